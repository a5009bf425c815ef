{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Tier Review"] = {
	filters: [
		{
			fieldname: "program",
			label: __("Club Program"),
			fieldtype: "Link",
			options: "Club Program",
			reqd: 1,
			get_query: () => ({ filters: { status: "Active" } }),
		},
		{ fieldname: "days", label: __("In the Next Days"), fieldtype: "Int", default: 30, reqd: 1 },
		{ fieldname: "only_lost", label: __("Only Who Loses the Tier"), fieldtype: "Check" },
	],

	async onload(report) {
		if (frappe.model.can_create("Club Tier Review"))
			report.page.add_inner_button(__("Approve"), () =>
				frappe.new_doc("Club Tier Review", {
					program: report.get_filter_value("program"),
					until: frappe.datetime.add_days(frappe.datetime.get_today(), report.get_filter_value("days")),
				})
			);
		if (report.get_filter_value("program")) return;
		const program = await frappe.db.get_single_value("Loyalty Club Settings", "program");
		if (program) await report.set_filter_value("program", program);
	},

	formatter(value, row, column, data, default_formatter) {
		const shown = loyalty_club.number_or_nothing(value, column, default_formatter(value, row, column, data));
		return loyalty_club.marked(shown, data, column);
	},
};
