{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Members Over Time"] = {
	filters: [
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.period_filter(),
		loyalty_club.choice_filter("by", __("By"), [
			{ value: "tier", label: __("Tier") },
			{ value: "branch", label: __("Home Branch") },
			{ value: "channel", label: __("Channel", null, "Loyalty Club") },
			...loyalty_club.own_groups(),
		]),
		...loyalty_club.member_filters(),
		loyalty_club.calendar_filter(),
	],
};
