// Club Message: what it says, in the reader's language. The club writes messages; nothing is changed here.
frappe.ui.form.on("Club Message", {
	setup(frm) {
		frm.get_docfield("status").formatter = (value) => __(value, null, "Club Message");
	},

	async refresh(frm) {
		frm.disable_save();
		frm.page.set_indicator(...loyalty_club_message_status(frm.doc.status));
		const name = frm.doc.name;
		const said = await frappe.xcall("loyalty_club.api.messages.preview", { name });
		if (frm.doc.name !== name) return;
		frm.get_docfield("kind").formatter = () => frappe.utils.escape_html(said.title);
		frm.refresh_field("kind");
		const $text = $(`<blockquote class="club-message" dir="auto"></blockquote>`).text(said.text);
		frm.get_field("preview").$wrapper.empty().append($text);
	},
});

const loyalty_club_message_status = (status) => {
	const colours = { Queued: "blue", Held: "orange", Sent: "green", Failed: "red", Dropped: "gray" };
	return [__(status, null, "Club Message"), colours[status]];
};
