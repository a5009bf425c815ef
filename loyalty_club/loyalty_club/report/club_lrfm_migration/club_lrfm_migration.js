{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club LRFM Migration"] = {
	filters: [
		...loyalty_club.member_filters({ required: true }),
		loyalty_club.choice_filter("view", __("Show", null, "Loyalty Club"), [
			{ value: "moves", label: __("Who moved between two months") },
			{ value: "months", label: __("Segments month by month") },
		]),
		loyalty_club.evening_filter("before", __("From the End Of"), __("The month before")),
		loyalty_club.evening_filter("after", __("To the End Of"), __("The last month")),
		loyalty_club.calendar_filter(),
	],

	onload: (report) => loyalty_club.only_program(report, ["before", "after"]),

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.coloured(
			loyalty_club.marked(
				loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
				data,
				column
			),
			data,
			column
		),
};
