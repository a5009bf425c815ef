// Club Tier Review: finds the members, says what would happen to them, and how far it is once it is approved. Everything
// is decided by the server.
const LOOK_EVERY = 2000; // ms between two looks while a worker is busy
const OUTCOMES = {
	Waiting: "orange",
	"Tier Kept": "green",
	"Tier Lost": "red",
	"Nothing to Decide": "gray",
	"Would Go Lower": "yellow",
	Withdrawn: "gray",
};

frappe.ui.form.on("Club Tier Review", {
	setup(frm) {
		frm.set_query("program", () => ({ filters: { status: "Active" } }));
		frm.get_docfield("status").formatter = (value) => __(value, null, "Club Tier Review");
		const grid = frappe.meta.get_docfield.bind(null, "Club Tier Review Member");
		for (const field of ["tier", "tier_after", "tier_then"])
			grid(field).formatter = (value) => loyalty_club.esc((frm.club_titles || {})[value] || value || "");
		for (const field of ["missing", "value", "threshold"])
			grid(field).formatter = (value) =>
				`<div style="text-align: end"><bdi>${format_number(value, null, Number.isInteger(value) ? 0 : 2)}</bdi></div>`;
		grid("decision").formatter = (value) => loyalty_club.esc(__(value, null, "Club Tier Review"));
		grid("outcome").formatter = (value) =>
			value
				? `<span class="indicator-pill no-indicator-dot ${OUTCOMES[value]}">${loyalty_club.esc(
						__(value, null, "Club Tier Review")
				  )}</span>`
				: "";
	},

	onload: async (frm) => {
		if (!frm.is_new()) return;
		if (!frm.doc.until) frm.set_value("until", frappe.datetime.add_days(frappe.datetime.get_today(), 7));
		if (frm.doc.program) return;
		const program = await frappe.db.get_single_value("Loyalty Club Settings", "program");
		if (program) frm.set_value("program", program);
	},

	refresh(frm) {
		const grid = frm.get_field("members").grid;
		grid.cannot_add_rows = true;
		const approved = frm.doc.docstatus > 0;
		grid.update_docfield_property("decision", "in_list_view", approved ? 0 : 1);
		grid.update_docfield_property("outcome", "in_list_view", approved ? 1 : 0);
		grid.visible_columns = undefined;
		grid.reset_grid();
		grid.wrapper.find(".grid-add-row, .grid-add-multiple-rows").hide();
		frm.clear_custom_buttons();
		if (frm.is_new())
			return loyalty_club.show(
				frm,
				"panel",
				`<p class="text-muted">${__("Save, then find the members whose term ends.")}</p>`
			);
		if (frm.doc.docstatus === 0 && frm.perm[0].write) {
			const button = frm.add_custom_button(__("Find Members"), () => find(frm));
			if (!(frm.doc.members || []).length) button.addClass("btn-primary");
		}
		show(frm);
	},

	until: (frm) => frm.doc.docstatus === 0 && (frm.doc.members || []).length && hint(frm),
});

const hint = () => frappe.show_alert({ message: __("Save and find the members again for this day."), indicator: "blue" });

const find = async (frm) => {
	if (frm.is_dirty()) await frm.save();
	const found = await frappe.xcall("loyalty_club.api.reviews.find", { review: frm.doc.name });
	await frm.reload_doc();
	if (!found.found)
		frappe.msgprint(__("Nobody's term ends up to this day, or their reviews are approved already."));
	else if (found.more)
		frappe.msgprint(
			__("These are the first {0}. Approve them, then make another review: it finds the others.", [found.found])
		);
};

const show = async (frm) => {
	const shown = await frappe.xcall("loyalty_club.api.reviews.panel", { review: frm.doc.name });
	if (cur_frm !== frm) return;
	const busy = frm.doc.docstatus === 1 && frm.doc.status === "Running" && shown.due;
	if (!busy && frm.club_busy) {
		frm.club_busy = false;
		return frm.reload_doc();
	}
	frm.club_titles = shown.titles;
	frm.refresh_field("members");
	loyalty_club.show(frm, "panel", panel_html(frm, shown));
	if (frm.doc.docstatus === 1) after_approval(frm, shown, busy);
};

const panel_html = (frm, shown) => {
	const { bdi, tile } = loyalty_club;
	if (!(frm.doc.members || []).length)
		return `<p class="text-muted">${__("Find the members whose term ends, look at what would happen, and submit to approve.")}</p>`;
	const tiles = [];
	if (frm.doc.docstatus === 1)
		tiles.push(
			tile({
				label: __("Decided", null, "Club Tier Review"),
				figure: __("{0} of {1}", [bdi(shown.done), bdi(shown.count)]),
				share: shown.share,
			}),
			...shown.outcomes.map(([outcome, count]) =>
				tile({ label: __(outcome, null, "Club Tier Review"), figure: bdi(count) })
			)
		);
	else {
		const ways = shown.ways.map(([from, to, count]) => __("{0} → {1}: {2}", [bdi(from), bdi(to), bdi(count)]));
		tiles.push(
			tile({ label: __("Members whose term ends"), figure: bdi(shown.count) }),
			tile({ label: __("Would lose the tier"), figure: bdi(shown.lost), under: ways.join("<br>") }),
			tile({ label: __("Would keep it"), figure: bdi(shown.kept) }),
			tile({ label: __("Kept by you"), figure: bdi(shown.by_hand) })
		);
	}
	const notes = [];
	if (frm.doc.docstatus === 0)
		notes.push(
			[__("As things stood on {0}. What is bought until the day of the decision still counts.", [bdi(shown.found_at)])],
			[__("Submitting approves: who has come to the day is decided at once, the others by the night of their day.")]
		);
	if (frm.doc.docstatus === 1 && shown.next_day && !shown.due)
		notes.push([__("The next decisions are due on {0}; the night carries them out.", [bdi(shown.next_day)])]);
	if (shown.failed)
		notes.push([__("{0} members could not be decided; their rows say why, and the night tries again.", [bdi(shown.failed)]), true]);
	if (shown.outcomes.some(([outcome]) => outcome === "Would Go Lower"))
		notes.push([
			__("Who would go lower by now than was approved is left as is: find them again in another review."),
			true,
		]);
	return `<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}`;
};

const after_approval = (frm, shown, busy) => {
	const call = (method) => async () => {
		await frappe.xcall(`loyalty_club.api.reviews.${method}`, { review: frm.doc.name });
		frm.reload_doc();
	};
	const waits = shown.outcomes.some(([outcome]) => outcome === "Waiting");
	if (waits && shown.due && frm.perm[0].submit)
		frm.add_custom_button(__("Continue", null, "Loyalty Club"), call("go_on"));
	if (waits && frm.perm[0].cancel)
		frm.add_custom_button(__("Withdraw the Rest"), () =>
			frappe.confirm(__("Who is not decided yet will not be decided by this review. Withdraw?"), call("withdraw"))
		);
	if (busy) {
		frm.club_busy = true;
		setTimeout(async () => {
			if (cur_frm !== frm) return;
			const found = await frappe.db.get_value("Club Tier Review", frm.doc.name, "status");
			if (cur_frm !== frm) return;
			frm.doc.status = found.message.status;
			show(frm);
		}, LOOK_EVERY);
	}
};
