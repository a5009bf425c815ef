{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Staff Watch"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
		},
		{
			fieldname: "to_date",
			label: __("To Date", null, "Loyalty Club"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "sign",
			label: __("What Is Unusual"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Everything") },
				{ value: "share", label: __("Unusual share") },
				{ value: "cycle", label: __("Sold and taken back") },
				{ value: "amended", label: __("Amended to another member") },
				{ value: "nothing", label: __("Earned nothing") },
				{ value: "attached", label: __("Attached later") },
			],
		},
		{ fieldname: "cashier", label: __("Cashier"), fieldtype: "Link", options: "User" },
		{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
		{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
		{ fieldname: "branch", label: __("Branch", null, "Loyalty Club"), fieldtype: "Link", options: "Branch" },
		{ fieldname: "share", label: __("Share From (%)"), fieldtype: "Int", default: 20 },
		{ fieldname: "least", label: __("From So Many Awards"), fieldtype: "Int", default: 5 },
		{ fieldname: "cycles", label: __("From So Many Returns"), fieldtype: "Int", default: 2 },
		{ fieldname: "within", label: __("Returned Within Days"), fieldtype: "Int", default: 3 },
	],

	onload(report) {
		// The number of times leads to the documents it counts.
		$(report.page.wrapper)
			.off("click.club")
			.on("click.club", ".club-times", (event) => {
				const { cashier, member } = $(event.currentTarget).data();
				const { from_date, to_date } = report.get_values();
				frappe.set_route("List", "Club Posting", {
					owner: String(cashier),
					member: String(member),
					kind: ["in", ["sale", "return"]],
					day: ["between", [from_date, to_date]],
				});
			});
		return loyalty_club.when_titled(report, "member");
	},

	formatter(value, row, column, data, default_formatter) {
		const shown = loyalty_club.signed(default_formatter(value, row, column, data), column);
		if (column.fieldname !== "times" || !data || !data.cashier) return shown;
		const esc = frappe.utils.escape_html;
		return `<a class="club-times" data-cashier="${esc(data.cashier)}" data-member="${esc(data.member)}">${shown}</a>`;
	},
};
