// Club Settlement: one that could not be posted may be tried again.
frappe.ui.form.on("Club Settlement", {
	refresh(frm) {
		frm.disable_save(); // the sale writes it
		if (frm.doc.status !== "Failed") return;
		frm.add_custom_button(__("Try Again", null, "Loyalty Club"), async () => {
			const done = await frappe.xcall("loyalty_club.api.branches.retry_settlement", { name: frm.doc.name });
			await frm.reload_doc();
			if (done) frappe.show_alert({ message: __("The journals are posted."), indicator: "green" });
		}).addClass("btn-primary");
	},
});
