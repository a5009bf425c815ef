{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Points Ledger"] = {
	filters: [
		loyalty_club.from_filter(1),
		loyalty_club.to_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		loyalty_club.program_filter(),
		loyalty_club.wallet_filter(["Points", "Cash Credit", "Gift Credit", "Gift Card"], "Points"),
		loyalty_club.member_filter(),
		{ fieldname: "gift_card", label: __("Gift Card"), fieldtype: "Link", options: "Gift Card" },
		{
			fieldname: "kind",
			label: __("Movement", null, "Loyalty Club"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All movements") },
				{ value: "award", label: __("Award") },
				{ value: "issue", label: __("Paid In", null, "Loyalty Club") },
				{ value: "redeem", label: __("Redemption") },
				{ value: "restore", label: __("Given Back") },
				{ value: "reverse", label: __("Reversal") },
				{ value: "expire", label: __("Expiry") },
				{ value: "fill", label: __("Deficit Filled") },
				{ value: "transfer", label: __("Transfer") },
				{ value: "adjust", label: __("By Hand") },
			],
		},
		loyalty_club.tier_filter(__("Tier Then")),
		loyalty_club.calendar_filter(),
	],

	onload(report) {
		return loyalty_club.when_titled(report, "member");
	},

	formatter(value, row, column, data, default_formatter) {
		return loyalty_club.masked(loyalty_club.signed(default_formatter(value, row, column, data), column));
	},
};
