{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Settlement"] = {
	tree: true,
	name_field: "id",
	parent_field: "parent",
	initial_depth: 1,
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
		},
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
			fieldname: "wallet",
			label: __("Wallet", null, "Loyalty Club"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All wallets") },
				{ value: "Points", label: __("Points") },
				{ value: "Cash Credit", label: __("Cash Credit") },
				{ value: "Gift Credit", label: __("Gift Credit") },
				{ value: "Gift Card", label: __("Gift Card") },
			],
		},
		{
			fieldname: "own",
			label: __("Also What Was Spent Where It Was Earned"),
			fieldtype: "Check",
		},
		{ fieldname: "documents", label: __("Each Document"), fieldtype: "Check" },
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
		if (data && data.settlements && column.fieldname === "posted" && shown) {
			const query = new URLSearchParams(data.settlements).toString();
			return `<a href="/app/club-settlement?${query}">${shown}</a>`;
		}
		return loyalty_club.marked(shown, data, column);
	},
};
