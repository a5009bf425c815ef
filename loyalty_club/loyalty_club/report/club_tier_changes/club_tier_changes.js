{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Tier Changes"] = {
	filters: [
		loyalty_club.from_filter(3, { reqd: 0 }),
		loyalty_club.to_filter({ reqd: 0 }),
		loyalty_club.program_filter(),
		loyalty_club.member_filter(),
		loyalty_club.company_filter(),
	],

	onload(report) {
		return loyalty_club.when_titled(report, "member");
	},
};
