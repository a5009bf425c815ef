// Club Transfer: who gives what to whom, what may go, and the giver's confirmation. Texts and numbers come ready from
// the server.
frappe.ui.form.on("Club Transfer", {
	setup(frm) {
		for (const field of ["giver", "receiver"]) frm.set_query(field, () => ({ filters: { status: "Active" } }));
		frm.show_submit_message = () => {}; // the giver confirms it, not a Submit button
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.company) frm.set_value("company", frappe.defaults.get_user_default("Company"));
	},

	refresh(frm) {
		show(frm);
		label(frm);
		if (frm.is_new() || frm.doc.docstatus !== 0) return;
		frm.page.clear_primary_action();
		if (frm.is_dirty()) return frm.page.set_primary_action(__("Save"), () => frm.save());
		if (frm.perm[0] && frm.perm[0].submit) offer(frm);
	},

	giver_found: (frm) => found(frm, "giver"),
	receiver_found: (frm) => found(frm, "receiver"),
	giver: (frm) => show(frm),
	receiver: (frm) => show(frm),
	quantity: (frm) => show(frm),
	posting_date: (frm) => show(frm),
	wallet(frm) {
		label(frm);
		show(frm);
	},
});

const label = (frm) =>
	frm.set_df_property(
		"quantity",
		"label",
		frm.doc.wallet === "Points" ? __("Points", null, "Loyalty Club") : __("Amount")
	);

// What was scanned or typed becomes the member at once.
const found = async (frm, field) => {
	const text = frm.doc[`${field}_found`];
	if (!text) return;
	const who = await loyalty_club.call("transfers.find", { text, company: frm.doc.company });
	if (cur_frm !== frm || frm.doc[`${field}_found`] !== text) return;
	await frm.set_value(field, who.member);
	await frm.set_value(`${field}_found`, "");
};

const show = async (frm) => {
	const { giver, receiver, wallet, quantity, posting_date } = frm.doc;
	if (!giver || frm.doc.docstatus !== 0) return loyalty_club.show(frm, "panel", "");
	const asked = JSON.stringify([giver, receiver, wallet, quantity, posting_date]);
	frm.club_asked = asked;
	const shown = await loyalty_club.call("transfers.preview", { giver, receiver, wallet, quantity, posting_date });
	if (cur_frm !== frm || frm.club_asked !== asked) return;
	loyalty_club.show(frm, "panel", panel_html(shown));
};

const panel_html = (shown) => {
	const { bdi, tile } = loyalty_club;
	const tiles = [
		tile({
			label: __("{0} gives", [shown.giver.name]),
			figure: shown.quantity ? bdi(shown.quantity) : "–",
			under: shown.value && shown.quantity !== shown.value ? __("worth {0}", [bdi(shown.value)]) : "",
		}),
	];
	if (shown.available)
		tiles.push(
			tile({
				label: __("Can spend now"),
				figure: bdi(shown.available),
				under: shown.pending ? __("{0} pending", [bdi(shown.pending)]) : "",
			}),
			tile({
				label: __("May give now"),
				figure: bdi(shown.most_text),
				under: shown.most_value ? __("worth {0}", [bdi(shown.most_value)]) : "",
			})
		);
	if (shown.receiver)
		tiles.push(
			tile({
				label: __("Receiver"),
				figure: bdi(shown.receiver.name),
				under: bdi(shown.receiver.member),
			})
		);
	const notes = [];
	if (shown.refused) notes.push([loyalty_club.esc(shown.refused), true]);
	if (shown.deficit)
		notes.push([__("{0} are missing after a return; what comes in fills them first.", [bdi(shown.deficit)]), true]);
	shown.limits.forEach((text) => notes.push([loyalty_club.esc(text)]));
	return `<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}`;
};

// A saved transfer is made by confirming it; there is no plain Submit.
const offer = async (frm) => {
	const ways = await loyalty_club.call("transfers.ways");
	if (cur_frm !== frm || frm.is_dirty() || frm.doc.docstatus !== 0) return;
	frm.page.set_primary_action(__("Confirm by PIN"), () => by_pin(frm));
	if (ways.code) frm.add_custom_button(__("Send a Code"), () => by_code(frm));
	if (ways.approval) frm.add_custom_button(__("Approve Without a Code"), () => approve(frm));
};

const confirm = async (frm, method, args) => {
	await loyalty_club.call(`transfers.${method}`, { transfer: frm.doc.name, ...args });
	frappe.show_alert({ message: __("The transfer is made."), indicator: "green" });
	frm.reload_doc();
};

const by_pin = (frm) =>
	loyalty_club.ask_pin(__("PIN of {0}", [frm.doc.giver_name || frm.doc.giver]), (pin) =>
		confirm(frm, "confirm_by_pin", { pin })
	);

const by_code = async (frm) => {
	const mobile = await loyalty_club.call("transfers.request_code", { transfer: frm.doc.name });
	frappe.prompt(
		{
			fieldname: "code",
			fieldtype: "Data",
			label: __("Code", null, "Club Transfer"),
			reqd: 1,
			description: __("Sent to {0}; good for ten minutes.", [mobile]),
		},
		({ code }) => confirm(frm, "confirm_by_code", { code }),
		__("Code of {0}", [frm.doc.giver_name || frm.doc.giver])
	);
};

const approve = (frm) =>
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Why Without a Code"),
			reqd: 1,
			description: __("The giver’s statement shows it."),
		},
		({ reason }) => confirm(frm, "approve", { reason }),
		__("Approve Without a Code"),
		__("Transfer")
	);
