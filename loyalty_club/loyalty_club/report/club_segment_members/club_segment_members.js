{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Segment Members"] = {
	filters: [
		{ fieldname: "segment", label: __("Club Segment"), fieldtype: "Link", options: "Club Segment", reqd: 1 },
		loyalty_club.rows_filter(),
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (column.fieldname === "mobile") return value ? `<bdi dir="ltr">${frappe.utils.escape_html(value)}</bdi>` : "";
		return loyalty_club.number_or_nothing(value, column, shown);
	},
};
