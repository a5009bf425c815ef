{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Points Over Time"] = {
	filters: [
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.period_filter(),
		loyalty_club.choice_filter(
			"wallet",
			__("Wallet", null, "Loyalty Club"),
			["Points", "Cash Credit", "Gift Credit", "Gift Card"].map((wallet) => ({ value: wallet, label: __(wallet) }))
		),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		...loyalty_club.member_filters({ tier: __("Tier Then") }),
		loyalty_club.calendar_filter(),
	],

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
};
