{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Before and After"] = {
	filters: [
		loyalty_club.from_filter(24),
		loyalty_club.to_filter(),
		loyalty_club.program_filter(),
		loyalty_club.company_filter(),
		{ fieldname: "months", label: __("Months Before and After"), fieldtype: "Int", default: 6, reqd: 1 },
		loyalty_club.calendar_filter(),
	],

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.marked(
			loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
			data,
			column
		),
};
