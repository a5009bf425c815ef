// What the club's reports share. Included in their scripts.
frappe.provide("loyalty_club");

// A link filter that shows a title is empty until the title has come; a report that is opened for a member must wait.
loyalty_club.when_titled = async (report, fieldname) => {
	const filter = report.get_filter(fieldname);
	for (let n = 0; n < 60 && filter.value && !filter.get_value(); n++) await frappe.timeout(0.05);
};

// A cell with a signed number reads left to right in every language; else the minus goes to the wrong end. Beside a sign
// of currency that is written from right to left, the number alone does.
loyalty_club.signed = (shown, column) => {
	if (!["Float", "Int", "Currency"].includes(column.fieldtype) || !shown) return shown;
	if (!/[\u0600-\u06ff\ufb50-\ufdff]/.test(shown)) return `<bdi dir="ltr">${shown}</bdi>`;
	return shown.replace(/-[\d.,٬٫۰-۹]+/, (number) => `<bdi dir="ltr">${number}</bdi>`);
};

// So does a card's number, of which dots hide the beginning.
loyalty_club.masked = (shown) => String(shown ?? "").replace(/•+[\d۰-۹]*/, (number) => `<bdi dir="ltr">${number}</bdi>`);

// A number that a line does not have is no zero.
loyalty_club.number_or_nothing = (value, column, shown) =>
	["Float", "Int", "Currency"].includes(column.fieldtype) && (value === null || value === undefined || value === "")
		? ""
		: loyalty_club.signed(shown, column);

// A line that sums up is bold; one that says whether all is well is green or red.
loyalty_club.marked = (shown, data, column) => {
	if (!data || !shown) return shown;
	const marked = !data.marks || data.marks.includes(column.fieldname);
	const colour = marked && { good: "var(--green-600)", bad: "var(--red-600)" }[data.mark];
	const coloured = colour ? `<span style="color: ${colour}">${shown}</span>` : shown;
	return data.bold ? `<b>${coloured}</b>` : coloured;
};

// Which wallets a report shows; "All" for every one of them.
loyalty_club.wallet_filter = (wallets, chosen) => ({
	fieldname: "wallet",
	label: __("Wallet", null, "Loyalty Club"),
	fieldtype: "Select",
	reqd: 1,
	default: chosen,
	options: [
		{ value: "All", label: __("All wallets") },
		...wallets.map((wallet) => ({ value: wallet, label: __(wallet) })),
	],
});

// What every report about visits can be asked for.
loyalty_club.visit_filters = () => [
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
	{ fieldname: "program", label: __("Club Program"), fieldtype: "Link", options: "Club Program" },
	{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
	{ fieldname: "branch", label: __("Branch", null, "Loyalty Club"), fieldtype: "Link", options: "Branch" },
	{ fieldname: "tier", label: __("Tier"), fieldtype: "Data" },
	{ fieldname: "segment", label: __("Club Segment"), fieldtype: "Link", options: "Club Segment" },
	{ fieldname: "member", label: __("Club Member"), fieldtype: "Link", options: "Club Member" },
];
