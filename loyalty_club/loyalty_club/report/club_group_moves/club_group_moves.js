{% include "loyalty_club/public/js/report_filters.js" %}

frappe.query_reports["Club Group Moves"] = {
	filters: [
		{
			fieldname: "program",
			label: __("Club Program"),
			fieldtype: "Link",
			options: "Club Program",
			get_query: () => ({ filters: { status: "Active" } }),
		},
		{
			fieldname: "show",
			label: __("Show", null, "Club Group Moves"),
			fieldtype: "Select",
			reqd: 1,
			default: "To Be Moved",
			options: [
				{ value: "To Be Moved", label: __("To Be Moved") },
				{ value: "Moved", label: __("Moved", null, "Club Group Moves") },
			],
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
			depends_on: "eval:doc.show==='Moved'",
		},
		{
			fieldname: "to_date",
			label: __("To Date", null, "Loyalty Club"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			depends_on: "eval:doc.show==='Moved'",
		},
	],

	async onload(report) {
		if (frappe.user.has_role(["Club Manager", "System Manager"])) {
			report.page.add_inner_button(__("Undo Checked"), () => undo_checked(report));
			report.page.add_inner_button(__("Undo a Day"), () => undo_day(report));
		}
		if (report.get_filter_value("program")) return;
		const program = await frappe.db.get_single_value("Loyalty Club Settings", "program");
		if (program) await report.set_filter_value("program", program);
	},

	get_datatable_options: (options) => ({ ...options, checkboxColumn: true }),
};

const told = (report) => (did) => {
	if (did.undone === undefined) frappe.msgprint(__("{0} moves are being undone by a worker.", [did.moves]));
	else
		frappe.msgprint(
			[
				__("{0} customers are back in the group they came from, and stay there until their tier changes.", [
					did.undone,
				]),
				did.elsewhere ? __("{0} were no longer in the group of the move and are left as they are.", [did.elsewhere]) : "",
			].join(" ")
		);
	report.refresh();
};

const undo_checked = (report) => {
	const moves = report.datatable.rowmanager
		.getCheckedRows()
		.map((n) => report.data[n])
		.filter((row) => row && row.move && !row.undone_at)
		.map((row) => row.move);
	if (!moves.length) return frappe.msgprint(__("Show what was moved, and check the rows that are to be undone."));
	frappe.confirm(__("Put {0} customers back into the group they came from?", [moves.length]), async () =>
		told(report)(await frappe.xcall("loyalty_club.api.groups.undo", { moves }))
	);
};

const undo_day = (report) =>
	frappe.prompt(
		[
			{
				fieldname: "program",
				label: __("Club Program"),
				fieldtype: "Link",
				options: "Club Program",
				reqd: 1,
				default: report.get_filter_value("program"),
			},
			{
				fieldname: "day",
				label: __("The Night of"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.get_today(),
				description: __("Who is undone stays until the tier changes. To undo all of it, switch it off in the program, too."),
			},
		],
		async (values) => told(report)(await frappe.xcall("loyalty_club.api.groups.undo_day", values)),
		__("Undo a Day"),
		__("Undo", null, "Club Group Moves")
	);
