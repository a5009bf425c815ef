// Gift Card: the list shows what may be shown of a number, and the status in words.
frappe.listview_settings["Gift Card"] = {
	hide_name_column: false,
	get_indicator(doc) {
		const colours = { Blank: "gray", Unpaid: "orange", Active: "green", Blocked: "red", Replaced: "darkgrey" };
		return [__(doc.status, null, "Gift Card"), colours[doc.status], `status,=,${doc.status}`];
	},
	formatters: {
		last_four: (value) => (value ? `<bdi>••••${frappe.utils.escape_html(value)}</bdi>` : ""),
	},
};
