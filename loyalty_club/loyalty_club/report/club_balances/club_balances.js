{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Balances"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("By"),
			fieldtype: "Select",
			default: "Member",
			reqd: 1,
			options: [
				{ value: "Member", label: __("Member") },
				{ value: "Tier", label: __("Tier") },
				{ value: "Customer Group", label: __("Customer Group") },
				{ value: "Company", label: __("Company") },
				{ value: "Wallet", label: __("Wallet", null, "Loyalty Club") },
			],
		},
		{
			...loyalty_club.wallet_filter(["Points", "Cash Credit", "Gift Credit", "Gift Card"], "Points"),
			depends_on: "eval:doc.group_by != 'Wallet'", // which shows them all
		},
		loyalty_club.program_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		loyalty_club.tier_filter(),
		{
			fieldname: "customer_group",
			label: __("Customer Group"),
			fieldtype: "Link",
			options: "Customer Group",
		},
	],

	formatter(value, row, column, data, default_formatter) {
		return loyalty_club.masked(loyalty_club.signed(default_formatter(value, row, column, data), column));
	},
};
