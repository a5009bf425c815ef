// Loyalty Card: what is printed on it, and what to do when it is lost.
frappe.ui.form.on("Loyalty Card", {
	refresh(frm) {
		if (frm.is_new()) return loyalty_club.show(frm, "barcode", "");
		show(frm);
		if (!(frm.perm[0] && frm.perm[0].write)) return;
		if (frm.doc.member && frm.doc.status !== "Replaced" && frappe.model.can_create("Loyalty Card"))
			frm.add_custom_button(__("Replace"), () => replace(frm));
		if (["Active", "Blank"].includes(frm.doc.status)) frm.add_custom_button(__("Block"), () => block(frm));
		if (frm.doc.status === "Blocked") frm.add_custom_button(__("Unblock"), () => unblock(frm));
	},
});

const show = async (frm) => {
	const shown = await loyalty_club.call("card_panel", { card: frm.doc.name });
	if (cur_frm !== frm) return;
	const { bdi } = loyalty_club;
	const notes = [];
	if (shown.status === "Blocked") notes.push([__("Blocked since {0}.", [bdi(shown.blocked_on)]), true]);
	if (shown.replaced_by)
		notes.push([
			__("Replaced by {0}.", [
				`<a href="/app/loyalty-card/${shown.replaced_by}">${bdi(shown.replaced_by_number)}</a>`,
			]),
			true,
		]);
	loyalty_club.show(
		frm,
		"barcode",
		`${loyalty_club.notes_html(notes)}
		<div class="club-print">
			<div>${shown.barcode}<div class="club-number">${loyalty_club.esc(shown.number)}</div></div>
			<div>${shown.qr}</div>
		</div>`
	);
};

const replace = (frm) =>
	frappe.confirm(
		__("The old card stops working at once; the points stay. Make a new card?"),
		async () => {
			const number = await loyalty_club.call("replace_card", { card: frm.doc.name });
			frappe.set_route("Form", "Loyalty Card", number);
		}
	);

const block = (frm) =>
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), default: __("Lost", null, "Loyalty Card") },
		async ({ reason }) => {
			await loyalty_club.call("block_card", { card: frm.doc.name, reason });
			frm.reload_doc();
		},
		__("Block Card"),
		__("Block")
	);

const unblock = async (frm) => {
	await loyalty_club.call("unblock_card", { card: frm.doc.name });
	frm.reload_doc();
};
