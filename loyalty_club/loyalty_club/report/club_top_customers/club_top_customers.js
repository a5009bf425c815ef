{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Top Customers"] = {
	filters: [
		...loyalty_club.member_filters(),
		{ fieldname: "count", label: __("How Many"), fieldtype: "Int", default: 100, reqd: 1 },
		loyalty_club.calendar_filter(),
	],

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
};
