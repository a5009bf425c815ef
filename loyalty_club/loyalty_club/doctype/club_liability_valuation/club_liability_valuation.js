// Club Liability Valuation: shows roll-forward, bridge and journal as the server words them; its draft is the preview.
frappe.ui.form.on("Club Liability Valuation", {
	setup(frm) {
		frm.set_query("company", () => (frm.club_companies ? { filters: { name: ["in", frm.club_companies] } } : {}));
		const grid = frappe.meta.get_docfield.bind(null, "Club Liability Rate");
		grid("wallet").formatter = (value) => loyalty_club.esc(__(value));
		grid("learnt").formatter = (value) =>
			`<div style="text-align: end"><bdi>${value ? `${format_number(value, null, 2)}%` : "—"}</bdi></div>`;
		grid("source").formatter = (value) => loyalty_club.esc(__(value, null, "Club Liability Rate"));
	},

	async onload(frm) {
		if (!frm.is_new()) return;
		frm.club_companies = await frappe.xcall("loyalty_club.api.liability.companies");
		if (!frm.club_companies.includes(frm.doc.company))
			await frm.set_value("company", frm.club_companies.length === 1 ? frm.club_companies[0] : null);
		if (frm.doc.company) propose(frm);
	},

	company: (frm) => propose(frm),
	period: (frm) => propose(frm),
	calendar: (frm) => propose(frm),

	refresh(frm) {
		const grid = frm.get_field("rates").grid;
		grid.cannot_add_rows = true;
		grid.wrapper.find(".grid-add-row, .grid-add-multiple-rows, .grid-remove-rows").hide();
		frm.set_df_property("rates", "cannot_delete_rows", 1);
		frm.toggle_enable(["calendar", "period"], !frm.doc.previous && frm.doc.docstatus === 0);
		frm.toggle_display("accept_differences", (frm.doc.accounts || []).some((row) => row.total_unexplained));
		frm.toggle_display("rates_section", (frm.doc.rates || []).length);
		if (frm.is_new())
			return loyalty_club.show(
				frm,
				"panel",
				`<p class="text-muted">${__("Save to see what is owed and the journal that would be posted. Nothing is posted before you submit.")}</p>`
			);
		if (frm.doc.docstatus === 1)
			frm.add_custom_button(__("Archive for the Auditor"), () =>
				window.open(`/api/method/loyalty_club.api.liability.audit?valuation=${encodeURIComponent(frm.doc.name)}`)
			);
		show(frm);
	},
});

// The last day of the period that is over: what is valued next, usually.
const propose = async (frm) => {
	if (!frm.is_new() || !frm.doc.company) return;
	const { company, calendar, period } = frm.doc;
	frm.set_value("to_date", await frappe.xcall("loyalty_club.api.liability.last_day", { company, calendar, period }));
};

const show = async (frm) => {
	const shown = await frappe.xcall("loyalty_club.api.liability.panel", { valuation: frm.doc.name });
	if (cur_frm === frm) loyalty_club.show(frm, "panel", panel_html(frm, shown));
};

const panel_html = (frm, shown) => {
	const { esc, figures_table: table, figures_title: title } = loyalty_club;
	const rows = (some) => some.map((row) => ({ ...row, cells: [row.amount] }));
	const lines = (some, cls = "") => table(null, rows(some), `club-bridge ${cls}`);
	const parts = [title(__("Roll-Forward"), shown.currency), table(["", ...shown.roll.heads], shown.roll.rows)];
	shown.bridge.forEach((each) => {
		parts.push(title(__("From There to the Account {0}", [each.account]), shown.currency), lines(each.lines));
		if (each.more.length) parts.push(lines(each.more, "text-muted"));
		if (each.on_its_way.length)
			parts.push(`<p class="text-muted">${esc(__("On its way, and counted in or left out accordingly:"))}</p>`, lines(each.on_its_way, "text-muted"));
	});
	parts.push(
		title(frm.doc.docstatus === 0 ? __("Journal That Would Be Posted") : __("Journal"), shown.currency),
		shown.journal.length
			? table(
					["", __("Debit"), __("Credit")],
					shown.journal.map((row) => ({ title: row.account, cells: [row.debit, row.credit] }))
			  )
			: `<p class="club-note ${shown.missing ? "club-warn" : ""}">${esc(shown.missing || __("None: the accounts stand where they should."))}</p>`
	);
	if (shown.points.rows.length) parts.push(title(__("What Is Outstanding")), table(shown.points.heads, shown.points.rows));
	parts.push(loyalty_club.notes_html(shown.notes.map(([text, warn]) => [esc(text), warn])));
	return `<div class="club-valuation">${parts.join("")}</div>`;
};
