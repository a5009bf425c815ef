{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Points Over Time"] = {
	filters: [
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.period_filter(),
		loyalty_club.one_wallet_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		...loyalty_club.member_filters({ tier: __("Tier Then") }),
		loyalty_club.calendar_filter(),
	],

	formatter: (value, row, column, data, default_formatter) =>
		loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data)),
};
