// Club Attachment Request: shows the sale, and what stands in the way.
frappe.ui.form.on("Club Attachment Request", {
	setup(frm) {
		frm.set_query("document", () => ({
			filters: { docstatus: 1, is_return: 0, club_member: ["is", "not set"] },
		}));
		frm.set_query("member", () => ({ filters: { status: "Active" } }));
	},
	refresh: (frm) => show(frm),
	document: (frm) => show(frm),
	member: (frm) => show(frm),
	document_type: (frm) => frm.set_value("document", null),
});

const show = async (frm) => {
	const { document_type: doctype, document: name, member } = frm.doc;
	if (!doctype || !name) return loyalty_club.show(frm, "panel", "");
	const args = { doctype, name, ...(member && frm.doc.docstatus === 0 ? { member } : {}) };
	const sale = await loyalty_club.call("attach.request_panel", args);
	if (cur_frm !== frm || frm.doc.document !== name || !sale.name) return;
	const { bdi, esc, tile } = loyalty_club;
	const tiles = [
		tile({ label: __("Day"), figure: bdi(sale.day) }),
		tile({ label: __("Grand Total"), figure: bdi(sale.total) }),
		tile({ label: __("Customer"), figure: bdi(sale.customer) }),
		tile({ label: __("Made By", null, "Loyalty Club"), figure: bdi(sale.made_by) }),
	];
	const notes = sale.objection ? [[esc(sale.objection), true]] : [];
	if (!sale.objection && !frm.is_new() && frm.doc.docstatus === 0)
		notes.push([__("Somebody else than {0} approves this by submitting it.", [bdi(frappe.user.full_name(frm.doc.requested_by))])]);
	loyalty_club.show(
		frm,
		"panel",
		`<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}`
	);
};
