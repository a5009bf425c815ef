{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Points Ledger"] = {
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
		{ fieldname: "branch", label: __("Branch", null, "Loyalty Club"), fieldtype: "Link", options: "Branch" },
		{ fieldname: "program", label: __("Club Program"), fieldtype: "Link", options: "Club Program" },
		loyalty_club.wallet_filter(["Points", "Cash Credit", "Gift Credit", "Gift Card"], "Points"),
		{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
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
		{ fieldname: "tier", label: __("Tier Then"), fieldtype: "Data" },
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

	onload(report) {
		return loyalty_club.when_titled(report, "member");
	},

	formatter(value, row, column, data, default_formatter) {
		return loyalty_club.masked(loyalty_club.signed(default_formatter(value, row, column, data), column));
	},
};
