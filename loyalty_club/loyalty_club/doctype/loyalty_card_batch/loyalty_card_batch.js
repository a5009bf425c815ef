// Loyalty Card Batch: how far it is, how the cards look, and the printer's file.
const EVERY = 2000; // ms between two looks while a worker is busy

frappe.ui.form.on("Loyalty Card Batch", {
	setup(frm) {
		frm.get_docfield("status").formatter = (value) => __(value, null, "Loyalty Card Batch");
		frm.set_query("program", () => ({ filters: { status: "Active" } }));
		frm.set_query("design", () => ({ filters: { kind: frm.doc.kind } }));
	},

	onload: async (frm) => {
		if (!frm.is_new() || frm.doc.program) return;
		const program = await frappe.db.get_single_value("Loyalty Club Settings", "program");
		if (program) frm.set_value("program", program);
	},

	refresh(frm) {
		if (frm.is_new()) return loyalty_club.show(frm, "panel", "");
		show(frm);
	},

	kind: (frm) => frm.set_value("design", null),
});

const show = async (frm) => {
	const shown = await loyalty_club.call("cards.batch_panel", { batch: frm.doc.name });
	if (cur_frm !== frm) return;
	const busy = shown.status === "Making" || shown.print_status === "Printing";
	if (!busy && frm.club_busy) {
		frm.club_busy = false;
		return frm.reload_doc();
	}
	const { bdi, esc, tile } = loyalty_club;
	const tiles = [];
	if (frm.doc.docstatus === 1) {
		tiles.push(
			tile({
				label: shown.print_status === "Printing" ? __("Cards drawn") : __("Cards made"),
				figure: __("{0} of {1}", [bdi(shown.done), bdi(shown.quantity)]),
				share: shown.share,
			})
		);
		if (shown.status === "Ready")
			tiles.push(
				tile({
					label: frm.doc.kind === "Gift Card" ? __("Not yet sold") : __("Not yet handed out"),
					figure: bdi(shown.blank),
				})
			);
	}
	const notes = [];
	if (shown.status === "Failed")
		notes.push([__("The cards could not all be made; the Error Log says why. Continue when it is put right."), true]);
	if (shown.print_status === "Failed")
		notes.push([__("The print file could not be made; the Error Log says why."), true]);
	if (shown.printed_on) notes.push([__("The print file was made on {0}.", [bdi(shown.printed_on)])]);
	if (frm.doc.docstatus === 1 && !frm.doc.design)
		notes.push([
			shown.design
				? __("No design is chosen: {0} is used.", [bdi(shown.design)])
				: __("There is no design of the club's own yet: the cards are plain."),
		]);
	const files = shown.files.map(
		(file) => `<li><a href="${esc(file.url)}" target="_blank"><bdi dir="ltr">${esc(file.name)}</bdi></a>
			<span class="text-muted">${__("{0} KB", [bdi(file.size)])}</span></li>`
	);
	const $panel = loyalty_club.show(
		frm,
		"panel",
		`<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}
		${files.length ? `<ul>${files.join("")}</ul>` : ""}<div class="club-faces"></div>`
	);
	loyalty_club.cards.faces($panel, shown.preview);
	buttons(frm, shown, busy);
	if (busy) {
		frm.club_busy = true;
		setTimeout(() => cur_frm === frm && show(frm), EVERY);
	}
};

const buttons = (frm, shown, busy) => {
	frm.clear_custom_buttons();
	if (shown.may_print && frappe.model.can_print("Loyalty Card Batch"))
		frm.add_custom_button(__("Make Print File"), () => print(frm));
	if (frm.doc.docstatus === 1 && !busy && shown.status !== "Ready")
		frm.add_custom_button(__("Continue", null, "Loyalty Club"), () => go_on(frm));
	if (shown.status === "Making") frm.add_custom_button(__("Continue", null, "Loyalty Club"), () => go_on(frm));
	if (frm.doc.docstatus === 1)
		frm.add_custom_button(__("Cards", null, "Loyalty Club"), () => frappe.set_route("List", frm.doc.kind, { batch: frm.doc.name }));
};

const print = (frm) => {
	const make = async () => {
		await loyalty_club.call("cards.print_batch", { batch: frm.doc.name });
		frm.reload_doc();
	};
	if (frm.doc.kind !== "Gift Card") return make();
	frappe.confirm(
		__("The activation codes are put into this file and are not kept anywhere else. Keep the file safe. Make it now?"),
		make
	);
};

const go_on = async (frm) => {
	await loyalty_club.call("cards.resume_batch", { batch: frm.doc.name });
	frm.reload_doc();
};
