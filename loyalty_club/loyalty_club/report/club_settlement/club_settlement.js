{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Settlement"] = {
	tree: true,
	name_field: "id",
	parent_field: "parent",
	initial_depth: 1,
	filters: [
		loyalty_club.from_filter(1),
		loyalty_club.to_filter(),
		loyalty_club.company_filter(),
		loyalty_club.program_filter(),
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
		loyalty_club.calendar_filter(),
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
