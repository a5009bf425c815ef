// Copyright (c) 2026, The loyalty_club founders. MIT License.
// A goal that is due is reviewed with one click: the next review is set.
frappe.ui.form.on("Club Goal", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.active || !frm.perm[0].write) return;
		frm.add_custom_button(__("Key Figures"), () => frappe.set_route("query-report", "Club Key Figures"));
		if (frm.doc.next_review <= frappe.datetime.get_today())
			frm.add_custom_button(__("Reviewed"), async () => {
				await frm.call("reviewed");
				frm.reload_doc();
			}).addClass("btn-primary");
	},
});
