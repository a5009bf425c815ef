// Loyalty Card: what is printed on it, and what to do when it is lost.
frappe.ui.form.on("Loyalty Card", {
	refresh(frm) {
		if (frm.is_new()) return loyalty_club.show(frm, "barcode", "");
		show(frm);
		const done = () => frm.reload_doc();
		const { block, hand_out, replace } = loyalty_club.cards;
		if (["Active", "Blank"].includes(frm.doc.status) && frm.perm[0] && frm.perm[0].print)
			frm.add_custom_button(__("Print Card"), () =>
				window.open(`/api/method/loyalty_club.api.cards.print_card?card=${frm.doc.name}`)
			);
		if (!(frm.perm[0] && frm.perm[0].write)) return;
		if (frm.doc.status === "Blank")
			frm.add_custom_button(__("Hand Out"), () => hand_out({ number: frm.doc.name }, done));
		if (frm.doc.member && frm.doc.status !== "Replaced" && frappe.model.can_create("Loyalty Card"))
			frm.add_custom_button(__("Replace"), () => replace(frm.doc.name));
		if (["Active", "Blank"].includes(frm.doc.status))
			frm.add_custom_button(__("Block"), () => block(frm.doc.name, done));
		if (frm.doc.status === "Blocked") frm.add_custom_button(__("Unblock"), () => unblock(frm));
	},
});

const show = async (frm) => {
	const shown = await loyalty_club.call("card_panel", { card: frm.doc.name });
	if (cur_frm !== frm) return;
	const { bdi } = loyalty_club;
	const notes = [];
	if (shown.status === "Blocked") notes.push([__("Blocked since {0}.", [bdi(shown.blocked_on)]), true]);
	if (shown.status === "Replaced" && shown.blocked_on)
		notes.push([__("Replaced on {0}.", [bdi(shown.blocked_on)]), true]);
	if (shown.reason) notes.push([__("Reason: {0}", [bdi(shown.reason)])]);
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

const unblock = async (frm) => {
	await loyalty_club.call("unblock_card", { card: frm.doc.name });
	frm.reload_doc();
};
