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
	["Float", "Int", "Currency", "Percent"].includes(column.fieldtype) && (value === null || value === undefined || value === "")
		? ""
		: loyalty_club.signed(shown, column);

// A cell on the colours that the server gave it: background and text.
loyalty_club.coloured = (shown, data, column) => {
	const colours = data && data.colours && data.colours[column.fieldname];
	if (!colours || !shown) return shown;
	const [back, text] = colours;
	return `<div style="background: ${back}; color: ${text}; border-radius: 3px; padding-inline: 6px">${shown}</div>`;
};

// A line that sums up is bold; one that says whether all is well is green or red.
loyalty_club.marked = (shown, data, column) => {
	if (!data || !shown) return shown;
	const marked = !data.marks || data.marks.includes(column.fieldname);
	const colour = marked && { good: "var(--green-600)", bad: "var(--red-600)" }[data.mark];
	const coloured = colour ? `<span style="color: ${colour}">${shown}</span>` : shown;
	return data.bold ? `<b>${coloured}</b>` : coloured;
};

// ------------------------------------------------------------------------------------------ filters

loyalty_club.link_filter = (fieldname, label, options, more) => ({ fieldname, label, fieldtype: "Link", options, ...more });

loyalty_club.program_filter = (more) => loyalty_club.link_filter("program", __("Club Program"), "Club Program", more);

loyalty_club.company_filter = () => loyalty_club.link_filter("company", __("Company"), "Company");

loyalty_club.branch_filter = () => loyalty_club.link_filter("branch", __("Branch", null, "Loyalty Club"), "Branch");

loyalty_club.member_filter = () => loyalty_club.link_filter("member", __("Club Member"), "Club Member");

loyalty_club.tier_filter = (label) => ({ fieldname: "tier", label: label || __("Tier"), fieldtype: "Data" });

// From a day so many months ago.
loyalty_club.from_filter = (months, more) => ({
	fieldname: "from_date",
	label: __("From Date"),
	fieldtype: "Date",
	reqd: 1,
	default: frappe.datetime.add_months(frappe.datetime.get_today(), -months),
	...more,
});

loyalty_club.to_filter = (more) => ({
	fieldname: "to_date",
	label: __("To Date", null, "Loyalty Club"),
	fieldtype: "Date",
	reqd: 1,
	default: frappe.datetime.get_today(),
	...more,
});

loyalty_club.calendar_filter = () => ({
	fieldname: "calendar",
	label: __("Calendar"),
	fieldtype: "Select",
	options: [
		{ value: "", label: __("As in the settings") },
		{ value: "Jalali", label: __("Jalali") },
		{ value: "Gregorian", label: __("Gregorian") },
	],
});

// A select that always has one of its values, the first unless another is named.
loyalty_club.choice_filter = (fieldname, label, options, chosen) => ({
	fieldname,
	label,
	fieldtype: "Select",
	reqd: 1,
	default: chosen || options[0].value,
	options,
});

loyalty_club.period_filter = () =>
	loyalty_club.choice_filter("period", __("Period", null, "Loyalty Club"), [
		{ value: "Month", label: __("Month") },
		{ value: "Quarter", label: __("Quarter") },
		{ value: "Year", label: __("Year") },
	]);

loyalty_club.rows_filter = () =>
	loyalty_club.choice_filter("rows", __("Rows", null, "Loyalty Club"), [
		{ value: "First", label: __("The first 1,000") },
		{ value: "All", label: __("All members") },
	]);

// Whom a report about members can be asked for, by the club's own fields too.
loyalty_club.member_filters = (more) => [
	loyalty_club.program_filter((more || {}).required ? { reqd: 1 } : {}),
	loyalty_club.tier_filter((more || {}).tier),
	loyalty_club.link_filter("home_branch", __("Home Branch"), "Branch"),
	loyalty_club.link_filter("segment", __("Club Segment"), "Club Segment"),
	...(frappe.boot.loyalty_club_member_fields || []).map((field) => ({ ...field, label: __(field.label) })),
];

// Which wallets a report shows; "All" for every one of them.
loyalty_club.wallet_filter = (wallets, chosen) =>
	loyalty_club.choice_filter(
		"wallet",
		__("Wallet", null, "Loyalty Club"),
		[{ value: "All", label: __("All wallets") }, ...wallets.map((wallet) => ({ value: wallet, label: __(wallet) }))],
		chosen
	);

// Which of the months' last evenings whose scores were kept; the options come with the program.
loyalty_club.evening_filter = (fieldname, label, usual) => ({
	fieldname,
	label,
	fieldtype: "Select",
	options: [{ value: "", label: usual }],
	usual,
});

// A report of one program begins with the club's own; the evenings that can be picked are that program's.
loyalty_club.only_program = async (report, evenings) => {
	const filter = report.get_filter("program");
	const offer = async () => {
		const program = filter.get_value();
		const kept = program ? await frappe.xcall("loyalty_club.api.reports.evenings", { program }) : [];
		for (const fieldname of evenings) {
			const each = report.get_filter(fieldname);
			each.df.options = [{ value: "", label: each.df.usual }, ...kept];
			each.refresh();
		}
	};
	filter.df.onchange = async () => {
		await offer();
		report.refresh();
	};
	if (!filter.get_value()) {
		const program = await frappe.xcall("loyalty_club.api.reports.default_program");
		if (program) await filter.set_value(program);
	}
	await offer();
};

// The club's own fields that members can be counted by.
loyalty_club.own_groups = () =>
	(frappe.boot.loyalty_club_member_fields || [])
		.filter((field) => ["Select", "Link", "Autocomplete"].includes(field.fieldtype))
		.map((field) => ({ value: field.fieldname, label: __(field.label) }));

// One wallet, points first: what is in several cannot be added up.
loyalty_club.one_wallet_filter = () =>
	loyalty_club.choice_filter(
		"wallet",
		__("Wallet", null, "Loyalty Club"),
		["Points", "Cash Credit", "Gift Credit", "Gift Card"].map((wallet) => ({ value: wallet, label: __(wallet) }))
	);

// What every report about visits can be asked for.
loyalty_club.visit_filters = () => [
	loyalty_club.from_filter(12),
	loyalty_club.to_filter(),
	loyalty_club.company_filter(),
	loyalty_club.branch_filter(),
	...loyalty_club.member_filters(),
	loyalty_club.member_filter(),
];
