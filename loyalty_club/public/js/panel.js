// What the club's panels on forms share: their looks, and the tiles that show a member. Texts, numbers and dates come
// ready from the server; nothing is computed here.
frappe.provide("loyalty_club");

loyalty_club.esc = (text) => frappe.utils.escape_html(String(text ?? ""));
loyalty_club.bdi = (text) => `<bdi>${loyalty_club.esc(text)}</bdi>`;

loyalty_club.style = () =>
	frappe.dom.set_style(
		`
		.club-tiles { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 4px 8px; }
		.club-tile { flex: 1 1 130px; border: 1px solid var(--border-color); border-radius: var(--border-radius);
			padding: 8px 12px; min-inline-size: 0; }
		.club-tile .club-label { color: var(--text-muted); font-size: var(--text-sm); }
		.club-tile .club-figure { font-size: var(--text-lg); font-weight: 600; color: var(--text-color); }
		.club-tile .club-under { color: var(--text-muted); font-size: var(--text-sm); }
		.club-bar { block-size: 4px; border-radius: 2px; background: var(--bg-gray, #eee); margin-block-start: 6px; }
		.club-bar > span { display: block; block-size: 4px; border-radius: 2px; background: var(--primary, #2490ef); }
		.club-note { color: var(--text-muted); font-size: var(--text-sm); margin-block: 2px; }
		.club-note.club-warn { color: var(--orange-600, #c05621); }
		.club-buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 8px; }
		.club-figures td, .club-figures th { padding: 4px 8px; }
		.club-figures .club-amount { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
		.club-bridge { max-inline-size: 640px; }
		.club-title { margin-block: 16px 6px; }
		.club-cards { inline-size: 100%; }
		.club-cards td, .club-cards th { padding: 4px 8px; text-align: start; }
		.club-cards .club-number, .club-print .club-number { font-family: monospace; direction: ltr; unicode-bidi: isolate; }
		.club-print { margin-block-end: 12px; display: flex; flex-wrap: wrap; gap: 24px; align-items: center; direction: ltr;
			background: #fff; color: #000; border: 1px solid var(--border-color); border-radius: 8px; padding: 16px;
			inline-size: fit-content; }
		.club-print .club-number { font-size: 18px; text-align: center; padding-block-start: 8px; }
		`,
		"loyalty-club-panel"
	);

loyalty_club.tile = ({ label, figure, under, share, cls }) => `
	<div class="club-tile ${cls || ""}">
		<div class="club-label">${loyalty_club.esc(label)}</div>
		<div class="club-figure">${figure}</div>
		${under ? `<div class="club-under">${under}</div>` : ""}
		${
			share === undefined
				? ""
				: `<div class="club-bar"><span style="inline-size: ${Math.round(share * 100)}%"></span></div>`
		}
	</div>`;

// Balance and tier: what every panel about a member begins with.
loyalty_club.member_tiles = (shown) => {
	const { bdi, tile } = loyalty_club;
	const tiles = [
		tile({
			label: __("Balance", null, "Loyalty Club"),
			figure: __("{0} points", [bdi(shown.balance_text)]),
			under: shown.value ? __("worth {0}", [bdi(shown.value)]) : "",
		}),
		tile({
			label: __("Tier"),
			figure: bdi(shown.tier),
			under: shown.progress
				? __("{0} to {1}", [bdi(shown.progress.left), bdi(shown.progress.tier)])
				: __("the highest tier"),
			share: shown.progress ? shown.progress.share : 1,
		}),
		...loyalty_club.credit_tiles(shown.credits),
	];
	return tiles;
};

// What each wallet of money holds.
loyalty_club.credit_tiles = (credits) =>
	(credits || []).map((credit) =>
		loyalty_club.tile({
			label: credit.label,
			figure: loyalty_club.bdi(credit.available_text),
			under:
				credit.balance_text === credit.available_text
					? ""
					: __("of {0}", [loyalty_club.bdi(credit.balance_text)]),
		})
	);

loyalty_club.member_notes = (shown) => {
	const { bdi } = loyalty_club;
	const notes = [];
	if (shown.status && shown.status !== "Active")
		notes.push([__("The member is {0}: nothing is earned or spent.", [__(shown.status, null, "Club Member")]), true]);
	if (shown.program_status && shown.program_status !== "Active")
		notes.push([__("The program is {0}: nothing is earned or spent.", [__(shown.program_status, null, "Club Program")]), true]);
	if (shown.deficit_text)
		notes.push([
			__("{0} points are missing after a return. The next points fill them; until then none can be spent.", [
				bdi(shown.deficit_text),
			]),
			true,
		]);
	if (shown.pending_text)
		notes.push([__("{0} points are pending and can be spent later.", [bdi(shown.pending_text)])]);
	if (shown.next_expiry)
		notes.push([
			__("{0} points expire after {1}.", [bdi(shown.next_expiry_points), bdi(shown.next_expiry)]),
		]);
	return notes;
};

loyalty_club.notes_html = (notes) =>
	notes.map(([html, warn]) => `<div class="club-note ${warn ? "club-warn" : ""}">${html}</div>`).join("");

// A table of figures: a title and cells in each row. Cells follow the page's direction, so that a negative amount and its
// unit stand as a positive one does.
loyalty_club.figures_table = (heads, rows, cls = "") => {
	const { bdi, esc } = loyalty_club;
	const dir = frappe.utils.is_rtl() ? "rtl" : "ltr";
	const head = (text, n) => `<th class="${n ? "club-amount" : ""}">${esc(text)}</th>`;
	const cell = (text) => `<td class="club-amount"><bdi dir="${dir}">${esc(text)}</bdi></td>`;
	const line = (row) =>
		`<tr class="${row.bold ? "font-weight-bold" : ""}"><td>${row.link || bdi(row.title)}</td>${row.cells
			.map(cell)
			.join("")}</tr>`;
	return `<div class="table-responsive"><table class="table table-sm club-figures ${cls}">
		${heads ? `<thead><tr>${heads.map(head).join("")}</tr></thead>` : ""}
		<tbody>${rows.map(line).join("")}</tbody></table></div>`;
};

loyalty_club.figures_title = (words, unit) => {
	const { esc } = loyalty_club;
	return `<h5 class="club-title">${esc(words)}${unit ? ` <small class="text-muted">(${esc(unit)})</small>` : ""}</h5>`;
};

loyalty_club.show = (frm, field, html) => {
	loyalty_club.style();
	const control = frm.fields_dict[field];
	if (control) control.$wrapper.html(html);
	return control && control.$wrapper;
};

// An adjustment that puts money into a member's wallet, to be filled in.
loyalty_club.add_credit = (member, wallet) =>
	frappe.new_doc("Club Adjustment", { member, wallet, kind: wallet === "Cash Credit" ? "Paid In" : "Gift" });

// What a submitted invoice or credit note did to one credit or gift card, as the server says it.
loyalty_club.wallet_words = (row) => {
	const { bdi, esc } = loyalty_club;
	const label = row.number ? `${esc(row.label)} ${bdi(row.number)}` : esc(row.label);
	const amount = bdi(row.paid || row.back || row.kept);
	const did = row.paid ? __("paid") : row.back ? __("given back") : __("kept from the refund");
	return { label, amount, did, left: row.left ? __("{0} is left", [bdi(row.left)]) : "" };
};

loyalty_club.missing_words = (needs) =>
	needs === "pin"
		? __("So many points need the member's PIN.")
		: __("Spending needs the card, or the member's PIN.");

// A dialog that a PIN is typed into: hidden, Enter goes on, and the first thing to type has the focus.
loyalty_club.show_secret = (dialog, first) => {
	dialog.get_field("pin").$input.attr({ type: "password", autocomplete: "new-password", inputmode: "numeric" });
	dialog.$wrapper.find("input").on("keydown", (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		event.stopPropagation();
		$(event.target).trigger("change"); // what was typed last counts, too
		dialog.get_primary_btn().click();
	});
	dialog.$wrapper.on("shown.bs.modal", () => dialog.get_field(first).$input.focus());
	dialog.show();
};

// A gift card, scanned or typed, and its PIN. pay: what to do with the card's name, its proof and the dialog, once the
// server has proven it; false from it keeps the dialog open.
loyalty_club.gift_card_dialog = ({ number = "", fields = [], pay }) => {
	const input = (name) => dialog.get_field(name).$input;
	const value = (name) => (input(name).val() || "").trim();
	const dialog = new frappe.ui.Dialog({
		title: __("Pay by Gift Card"),
		fields: [
			{ fieldname: "number", fieldtype: "Data", label: __("Gift Card"), description: __("Scan it"), default: number },
			{ fieldname: "pin", fieldtype: "Data", label: __("PIN", null, "Club Member"), description: __("Under the scratch-off") },
			...fields,
		],
		primary_action_label: __("Pay"),
		primary_action: async () => {
			const [number, pin] = [value("number"), value("pin")];
			if (!number) return input("number").focus();
			if (!pin) return input("pin").focus();
			let card;
			try {
				card = await loyalty_club.call("gift_cards.prove", { number, pin });
			} catch {
				return input("pin").val("").focus(); // the server has said why
			}
			if ((await pay(card, dialog)) !== false) dialog.hide();
		},
	});
	loyalty_club.show_secret(dialog, number ? "pin" : "number");
	return dialog;
};

// What the document's discount by points becomes, by the server's answer; undefined where it stays as it is.
loyalty_club.new_discount = (doc, { member, discount, error }) => {
	const wanted = member ? discount : error ? undefined : 0;
	return doc.is_return || flt(doc.club_discount) === flt(wanted) ? undefined : wanted;
};

loyalty_club.call = (method, args) => frappe.xcall(`loyalty_club.api.${method}`, args);

loyalty_club.ask_pin = (title, action) =>
	frappe.prompt(
		{ fieldname: "pin", fieldtype: "Password", label: __("PIN", null, "Club Member"), reqd: 1, description: __("4 to 8 digits") },
		({ pin }) => action(pin),
		title
	);
