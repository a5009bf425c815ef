{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Reconciliation"] = {
	tree: true,
	name_field: "id",
	parent_field: "parent",
	initial_depth: 1,
	filters: [
		loyalty_club.to_filter(),
		loyalty_club.company_filter(),
		loyalty_club.program_filter(),
		loyalty_club.calendar_filter(),
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data));
		return loyalty_club.marked(shown, data, column);
	},
};
