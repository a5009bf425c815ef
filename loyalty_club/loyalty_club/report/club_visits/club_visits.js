{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Visits"] = {
	filters: [
		...loyalty_club.visit_filters(),
		{
			fieldname: "rows",
			label: __("Rows", null, "Loyalty Club"),
			fieldtype: "Select",
			default: "First",
			reqd: 1,
			options: [
				{ value: "First", label: __("The first 1,000") },
				{ value: "All", label: __("All members") },
			],
		},
	],

	onload: (report) => loyalty_club.when_titled(report, "member"),

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
};
