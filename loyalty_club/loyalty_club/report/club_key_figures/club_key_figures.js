{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Key Figures"] = {
	filters: [
		loyalty_club.from_filter(12),
		loyalty_club.to_filter(),
		loyalty_club.period_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		...loyalty_club.member_filters({ tier: __("Tier Then") }),
		loyalty_club.calendar_filter(),
	],

	onload: (report) => report.page.add_inner_button(__("Goals"), () => frappe.set_route("List", "Club Goal")),

	// Each number leads to its rows: the report that it comes from, of that period and these filters.
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !column.since || !value) return shown;
		const colour = { good: "var(--green-600)", bad: "var(--red-600)" }[(data.marked || {})[column.fieldname]];
		const filters = {
			...frappe.query_report.get_filter_values(),
			from_date: column.since,
			to_date: column.until,
			as_of: column.until,
		};
		const query = Object.entries(filters)
			.filter(([, each]) => each)
			.map(([name, each]) => `${name}=${encodeURIComponent(each)}`)
			.join("&");
		return `<a href="${frappe.router.make_url(["query-report", data.report])}?${query}" style="${
			colour ? `color: ${colour}` : ""
		}"><bdi dir="ltr">${frappe.utils.escape_html(value)}</bdi></a>`;
	},
};
