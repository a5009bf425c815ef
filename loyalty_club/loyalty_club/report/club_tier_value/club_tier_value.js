{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Tier Value"] = {
	filters: [
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		...loyalty_club.member_filters(),
		loyalty_club.calendar_filter(),
	],

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.marked(
			loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
			data,
			column
		),
};
