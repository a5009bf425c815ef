{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Reconciliation"] = {
	tree: true,
	name_field: "id",
	parent_field: "parent",
	initial_depth: 1,
	filters: [
		{
			fieldname: "to_date",
			label: __("To Date", null, "Loyalty Club"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
		{ fieldname: "program", label: __("Club Program"), fieldtype: "Link", options: "Club Program" },
		{
			fieldname: "calendar",
			label: __("Calendar"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("As in the settings") },
				{ value: "Jalali", label: __("Jalali") },
				{ value: "Gregorian", label: __("Gregorian") },
			],
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data));
		return loyalty_club.marked(shown, data, column);
	},
};
