// Club Adjustment: shows what the member has now.
frappe.ui.form.on("Club Adjustment", {
	refresh: (frm) => show(frm),
	member: (frm) => show(frm),
});

const show = async (frm) => {
	const member = frm.doc.member;
	if (!member) return loyalty_club.show(frm, "panel", "");
	const shown = await loyalty_club.call("member_panel", { member });
	if (cur_frm !== frm || frm.doc.member !== member || !shown.points) return;
	const points = { ...shown.points, status: shown.status };
	loyalty_club.show(
		frm,
		"panel",
		`<div class="club-tiles">${loyalty_club.member_tiles(points).join("")}</div>
		${loyalty_club.notes_html(loyalty_club.member_notes(points))}`
	);
};
