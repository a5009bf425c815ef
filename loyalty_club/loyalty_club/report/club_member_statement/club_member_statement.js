{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Member Statement"] = {
	filters: [
		{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{
			fieldname: "wallet",
			label: __("Wallet"),
			fieldtype: "Select",
			reqd: 1,
			default: "Points",
			options: [
				{ value: "Points", label: __("Points") },
				{ value: "Cash Credit", label: __("Cash Credit") },
				{ value: "Gift Credit", label: __("Gift Credit") },
			],
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
		},
		{
			fieldname: "to_date",
			label: __("To Date", null, "Loyalty Club"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
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
		report.page.add_inner_button(__("Print Statement"), () => {
			const dialog = frappe.ui.get_print_settings(
				false,
				(settings) => report.print_report(settings),
				report.report_doc.letter_head
			);
			if (dialog) dialog.set_value("orientation", "Portrait");
		});
		return loyalty_club.when_titled(report, "member");
	},

	formatter(value, row, column, data, default_formatter) {
		const shown = loyalty_club.signed(default_formatter(value, row, column, data), column);
		return data && data.bold && shown ? `<b>${shown}</b>` : shown;
	},
};
