{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Visits"] = {
	filters: [
		...loyalty_club.visit_filters(),
		loyalty_club.rows_filter(),
	],

	onload: (report) => loyalty_club.when_titled(report, "member"),

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
};
