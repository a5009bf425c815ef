{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Failed Awards"] = {
	filters: [
		loyalty_club.company_filter(),
		loyalty_club.from_filter(0, { reqd: 0, default: undefined }),
		loyalty_club.to_filter({ reqd: 0, default: undefined }),
	],

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "action" && data && data.name) {
			return `<button class="btn btn-xs btn-default club-retry" data-invoice="${frappe.utils.escape_html(
				data.name
			)}">${__("Try Again")}</button>`;
		}
		return default_formatter(value, row, column, data);
	},

	onload(report) {
		$(report.page.wrapper)
			.off("click.club")
			.on("click.club", ".club-retry", (event) => {
				const button = $(event.currentTarget).prop("disabled", true);
				frappe
					.call("loyalty_club.api.retry_award", { invoice: button.attr("data-invoice") })
					.then((answer) => {
						frappe.show_alert(
							answer.message
								? { message: __("The points were given."), indicator: "green" }
								: { message: __("It failed again; see the Error Log."), indicator: "red" }
						);
						report.refresh();
					})
					.catch(() => button.prop("disabled", false));
			});
	},
};
