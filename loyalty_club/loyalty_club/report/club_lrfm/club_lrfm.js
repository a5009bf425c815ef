{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club LRFM"] = {
	filters: [
		...loyalty_club.member_filters({ required: true }),
		loyalty_club.choice_filter("view", __("By"), [
			{ value: "segment", label: __("LRFM Segment") },
			{ value: "average_class", label: __("Class Against the Average") },
			{ value: "scores", label: __("Scores") },
		]),
		loyalty_club.evening_filter("as_of", __("As Of", null, "Loyalty Club"), __("Last Night")),
		loyalty_club.calendar_filter(),
	],

	onload: (report) => loyalty_club.only_program(report, ["as_of"]),

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.marked(
			loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
			data,
			column
		),
};
