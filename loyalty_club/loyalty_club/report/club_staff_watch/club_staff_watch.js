{% include "loyalty_club/public/js/report_filters.js" %}

// A filter of numbers that says what each means: a report shows no label beside what is chosen.
const choice = (fieldname, label, numbers, chosen, say) => ({
	fieldname,
	label,
	fieldtype: "Select",
	options: numbers.map((number) => ({ value: String(number), label: say(number) })),
	default: String(chosen),
});

frappe.query_reports["Club Staff Watch"] = {
	filters: [
		loyalty_club.from_filter(1),
		loyalty_club.to_filter(),
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
		loyalty_club.member_filter(),
		loyalty_club.company_filter(),
		loyalty_club.branch_filter(),
		choice("share", __("Share From (%)"), [10, 20, 30, 50], 20, (n) => __("Share of {0}% or more", [n])),
		choice("least", __("From So Many Awards"), [3, 5, 10, 20], 5, (n) => __("{0} awards or more", [n])),
		choice("cycles", __("From So Many Returns"), [1, 2, 3, 5], 2, (n) => __("Taken back {0} times or more", [n])),
		choice("within", __("Returned Within Days"), [0, 1, 3, 7, 30], 3, (n) =>
			n ? __("Taken back within {0} days", [n]) : __("Taken back on the same day")
		),
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
