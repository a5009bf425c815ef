{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Member Statement"] = {
	filters: [
		loyalty_club.member_filter(),
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		loyalty_club.wallet_filter(["Points", "Cash Credit", "Gift Credit"], "All"),
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.calendar_filter(),
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
