{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Tier Changes"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{
			fieldname: "to_date",
			label: __("To Date", null, "Loyalty Club"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		{ fieldname: "program", label: __("Club Program"), fieldtype: "Link", options: "Club Program" },
		{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
		{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
	],

	onload(report) {
		return loyalty_club.when_titled(report, "member");
	},
};
