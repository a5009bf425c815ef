// Club Chain Digest: the file is there to be taken away, and how it is used.
frappe.ui.form.on("Club Chain Digest", {
	async refresh(frm) {
		frm.disable_save();
		frm.set_intro(
			__("Keep copies of these files away from this server. To compare the ledger with one: {0}", [
				`<code dir="ltr">bench --site ${frappe.utils.escape_html(
					frappe.boot.sitename
				)} loyalty-club verify --digest FILE</code>`,
			])
		);
		if (!frm.doc.file) return;
		const { message } = await frappe.db.get_value("File", frm.doc.file, "file_url");
		if (!message.file_url) return;
		frm.add_custom_button(__("Download"), () => window.open(message.file_url)).addClass("btn-primary");
	},
});
