// Club Try Out: starts it, says how far the worker is, and lays the result out as the server words it.
const LOOK_EVERY = 2000; // ms between two looks while a worker is busy

frappe.ui.form.on("Club Try Out", {
	setup(frm) {
		frm.get_docfield("status").formatter = (value) => __(value, null, "Club Try Out");
		frappe.meta.get_docfield("Club Try Out Change", "what").formatter = (value) =>
			loyalty_club.esc(__(value, null, "Club Try Out Change"));
	},

	async onload(frm) {
		if (!frm.is_new()) return;
		const today = frappe.datetime.get_today();
		if (!frm.doc.to_date) {
			await frm.set_value("to_date", frappe.datetime.add_days(today, -1));
			await frm.set_value("from_date", frappe.datetime.add_months(today, -12));
		}
	},

	refresh(frm) {
		frm.toggle_display("changes_section", Boolean(frm.doc.other_program));
		if (frm.is_new())
			return loyalty_club.show(
				frm,
				"panel",
				`<p class="text-muted">${__("Save, then run it: the period's own invoices and returns go through the program's rules. Nothing is posted.")}</p>`
			);
		show(frm);
	},

	other_program: (frm) => frm.toggle_display("changes_section", Boolean(frm.doc.other_program)),
});

const show = async (frm) => {
	const shown = await frappe.xcall("loyalty_club.api.tryout.panel", { name: frm.doc.name });
	if (cur_frm !== frm) return;
	frm.remove_custom_button(__("Run"));
	const busy = shown.status === "Running";
	if (!busy && frm.perm[0].write && !frm.is_dirty())
		frm.add_custom_button(__("Run"), () => run(frm)).toggleClass("btn-primary", shown.status !== "Done");
	if (busy) {
		frm.club_busy = true;
		loyalty_club.show(frm, "panel", progress_html(shown));
		setTimeout(() => cur_frm === frm && show(frm), LOOK_EVERY);
		return;
	}
	if (frm.club_busy) {
		frm.club_busy = false;
		return frm.reload_doc();
	}
	loyalty_club.show(
		frm,
		"panel",
		shown.rows ? result_html(shown) : `<p class="text-muted">${__("Run it to see what would have come of it.")}</p>`
	);
};

const run = async (frm) => {
	await frappe.xcall("loyalty_club.api.tryout.start", { name: frm.doc.name });
	await frm.reload_doc();
};

const progress_html = (shown) => `
	<div class="progress-area"><div class="progress-chart" title="${__("Progress")}">
		<div class="progress"><div class="progress-bar progress-bar-success" style="width: ${shown.progress}%"></div></div>
		<div class="text-muted">${__("{0} % of the invoices", [loyalty_club.bdi(shown.progress_text)])}</div>
	</div></div>`;

const cell = (text) => `<td class="club-amount"><bdi>${loyalty_club.esc(text)}</bdi></td>`;

const table = (heads, rows) => `
	<div class="table-responsive"><table class="table table-sm club-figures">
		<thead><tr>${heads.map((head, n) => `<th class="${n ? "club-amount" : ""}">${loyalty_club.esc(head)}</th>`).join("")}</tr></thead>
		<tbody>${rows
			.map(
				(row) =>
					`<tr class="${row.bold ? "font-weight-bold" : ""}"><td>${row.link || loyalty_club.bdi(row.title)}</td>${row.cells.map(cell).join("")}</tr>`
			)
			.join("")}</tbody>
	</table></div>`;

const title = (words) => `<h5 class="club-title">${loyalty_club.esc(words)}</h5>`;

const result_html = (shown) => {
	const parts = [table(["", ...shown.heads], shown.rows)];
	shown.tiers.forEach((side) =>
		parts.push(
			title(__("Tiers under {0}", [side.title])),
			table([__("Tier"), __("Customers"), __("Net Sales"), __("Points earned"), __("Points outstanding at the end")], side.rows)
		)
	);
	parts.push(title(__("Who would move: {0} → {1}", [shown.moves_from, shown.moves_to])));
	parts.push(
		shown.moves.length
			? table(
					[__("From", null, "Loyalty Club"), __("To", null, "Loyalty Club"), __("Customers")],
					shown.moves.map(([from, to, count]) => ({ title: from, cells: [to, count] }))
			  )
			: `<p class="text-muted">${__("Nobody.")}</p>`
	);
	const then = shown.beside_now ? [] : [__("Points before")];
	parts.push(
		title(__("Whom it makes the largest difference to")),
		table(
			[__("Customer"), __("Net Sales"), __("Tier before"), __("Tier after"), ...then, __("Points earned"), __("Difference")],
			shown.affected.map((row) => ({ ...row, link: link_of(row) }))
		),
		loyalty_club.notes_html(shown.notes.map((text) => [loyalty_club.esc(text)]))
	);
	return parts.join("");
};

const link_of = (row) =>
	`<a href="/app/customer/${encodeURIComponent(row.customer)}">${loyalty_club.bdi(row.title)}</a>`;
