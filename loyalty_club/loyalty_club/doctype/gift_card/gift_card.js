// Gift Card: what is on it and what happened to it, and what to do when it is lost. Everything shown comes ready from the
// server; number and PIN are there only until the card is handed out.
frappe.ui.form.on("Gift Card", {
	setup(frm) {
		frm.get_docfield("status").formatter = (value) => __(value, null, "Gift Card");
		frm.get_docfield("last_four").formatter = (value) => (value ? `<bdi>••••${value}</bdi>` : "");
		frm.set_query("program", () => ({ filters: { status: "Active" } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.program) choose_program(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return loyalty_club.show(frm, "panel", "");
		show(frm);
	},
});

const choose_program = async (frm) => {
	const by_setting = await frappe.db.get_single_value("Loyalty Club Settings", "program");
	const known = await frappe.db.get_list("Club Program", { filters: { status: "Active" }, limit: 2 });
	const program = by_setting || (known.length === 1 && known[0].name);
	if (program && frm.is_new() && !frm.doc.program) frm.set_value("program", program);
};

const show = async (frm) => {
	const shown = await loyalty_club.call("gift_cards.panel", { gift_card: frm.doc.name });
	if (cur_frm !== frm) return;
	const $panel = loyalty_club.show(
		frm,
		"panel",
		`<div class="club-tiles">${tiles(shown).join("")}</div>
		${loyalty_club.notes_html(notes(shown))}
		<div class="club-secret"></div>
		${movements_html(shown.movements)}`
	);
	buttons(frm, shown, $panel);
};

const tiles = (shown) => {
	const { bdi, tile } = loyalty_club;
	const first = shown.expiry.find((each) => each.day);
	return [
		tile({ label: __("Card"), figure: bdi(shown.number), under: __(shown.status, null, "Gift Card") }),
		tile({
			label: __("Can Be Spent"),
			figure: bdi(shown.available_text),
			under: shown.holds_text === shown.available_text ? "" : __("of {0}", [bdi(shown.holds_text)]),
		}),
		tile({
			label: __("Expires On"),
			figure: first ? bdi(first.day) : __("never"),
			under: first ? bdi(first.amount) : "",
		}),
	];
};

const notes = (shown) => {
	const { bdi, esc } = loyalty_club;
	const found = [];
	const link = (doctype, name, text) => `<a href="${frappe.utils.get_form_link(doctype, name)}">${bdi(text || name)}</a>`;
	if (shown.status === "Blank") found.push([__("Not sold yet: there is nothing on it.")]);
	if (shown.status === "Unpaid" && shown.sold_in)
		found.push([__("It pays nothing until {0} is paid.", [link(shown.sold_doctype, shown.sold_in)]), true]);
	if (shown.status === "Blocked") found.push([__("Blocked since {0}.", [bdi(shown.blocked_on)]), true]);
	if (shown.replaced_by)
		found.push([
			__("Replaced by {0}, which has its money.", [
				link("Gift Card", shown.replaced_by, `${shown.replaced_by} (${shown.replaced_by_number})`),
			]),
			true,
		]);
	if (shown.locked) found.push([esc(__("The PIN is locked after too many wrong tries.")), true]);
	if (shown.kept && shown.may_manage)
		found.push([__("Number and PIN are kept until the card is handed out. Forget them then.")]);
	return found;
};

const movements_html = (rows) => {
	const { bdi, esc } = loyalty_club;
	if (!rows.length) return "";
	return `<table class="club-cards">
		<tr class="text-muted"><th>${__("Date")}</th><th>${__("Amount")}</th><th>${__("Reason")}</th><th>${__(
			"Document"
		)}</th></tr>
		${rows
			.map(
				(row) => `<tr>
				<td>${bdi(row.day)}</td>
				<td class="${row.out ? "text-danger" : ""}">${bdi(row.amount)}</td>
				<td>${esc(row.why)}</td>
				<td>${
					row.document
						? `<a href="${frappe.utils.get_form_link(row.doctype, row.document)}">${bdi(row.document)}</a>`
						: ""
				}</td>
			</tr>`
			)
			.join("")}
	</table>`;
};

// ---------------------------------------------------------------------------------------- buttons

const buttons = (frm, shown, $panel) => {
	const act = (label, action, group) => frm.add_custom_button(label, action, group);
	const live = ["Blank", "Unpaid", "Active"].includes(shown.status);
	frm.clear_custom_buttons();
	if (shown.may_give && live)
		act(shown.status === "Blank" ? __("Give Free of Charge") : __("Top Up Free of Charge"), () => give(frm));
	if (!shown.may_manage) return;
	if (shown.kept && shown.status !== "Replaced") {
		const group = __("Number and PIN");
		act(__("Show", null, "Gift Card"), () => reveal(frm, $panel), group);
		act(__("Forget", null, "Gift Card"), () => wipe(frm), group);
	}
	if (shown.locked) act(__("Unlock PIN"), () => unlock(frm));
	if (live) act(__("Block"), () => block(frm));
	if (shown.status === "Blocked") act(__("Unblock"), () => unblock(frm));
	if (frm.doc.account && shown.status !== "Replaced") act(__("Replace"), () => replace(frm));
};

const call = (method, frm, more) => loyalty_club.call(`gift_cards.${method}`, { gift_card: frm.doc.name, ...more });

const give = (frm) =>
	frappe.new_doc("Club Adjustment", { wallet: "Gift Card", gift_card: frm.doc.name, kind: "Gift", company: frm.doc.company });

const secret_html = ({ number, pin, barcode }) => `
	<div class="club-print">
		<div>${barcode}<div class="club-number">${loyalty_club.esc(number)}</div></div>
		<div>${__("PIN", null, "Gift Card")}<div class="club-number">${loyalty_club.esc(pin)}</div></div>
	</div>`;

const reveal = async (frm, $panel) => {
	const secret = await call("reveal", frm);
	$panel.find(".club-secret").html(secret_html(secret));
};

const wipe = (frm) =>
	frappe.confirm(
		__("From now on number and PIN stand on the card alone. Nobody can print it again. Forget them?"),
		async () => {
			await call("wipe", frm);
			frm.reload_doc();
		}
	);

const block = (frm) =>
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), default: __("Lost", null, "Gift Card") },
		async ({ reason }) => {
			await call("block", frm, { reason });
			frm.reload_doc();
		},
		__("Block Card"),
		__("Block")
	);

const unblock = async (frm) => {
	await call("unblock", frm);
	frm.reload_doc();
};

const unlock = async (frm) => {
	await call("unlock", frm);
	frm.reload_doc();
};

const replace = (frm) =>
	frappe.confirm(
		__("The old card stops working at once; its money goes to a new card with a new number and PIN. Make it?"),
		async () => {
			const made = await call("replace", frm);
			frappe.set_route("Form", "Gift Card", made.name);
			frappe.msgprint({ title: __("New Gift Card"), message: secret_html(made), wide: true });
		}
	);
