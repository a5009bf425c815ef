// Club Message: the list shows kinds in words.
const loyalty_club_message_kinds = {};

frappe.listview_settings["Club Message"] = {
	hide_name_column: true,
	hide_name_filter: true,

	async onload(listview) {
		Object.assign(loyalty_club_message_kinds, await frappe.xcall("loyalty_club.api.messages.kinds"));
		listview.refresh();
	},

	get_indicator(doc) {
		const colours = { Queued: "blue", Held: "orange", Sent: "green", Failed: "red", Dropped: "gray" };
		return [__(doc.status, null, "Club Message"), colours[doc.status], `status,=,${doc.status}`];
	},

	formatters: {
		kind: (value) => frappe.utils.escape_html(loyalty_club_message_kinds[value] || value),
	},
};
