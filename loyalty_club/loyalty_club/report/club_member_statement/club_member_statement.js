{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Member Statement"] = {
	filters: [
		{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		loyalty_club.wallet_filter(["Points", "Cash Credit", "Gift Credit"], "All"),
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
		// Money stands with its unit, as the server writes it, where Frappe writes numbers.
		const money = data && data.money && column.fieldname in data.money ? data.money[column.fieldname] : null;
		const shown =
			money === null
				? loyalty_club.signed(default_formatter(value, row, column, data), column)
				: `<div style="text-align: right"><bdi>${frappe.utils.escape_html(money)}</bdi></div>`;
		return data && data.bold && shown ? `<b>${shown}</b>` : shown;
	},
};
