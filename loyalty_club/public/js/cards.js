// Cards in daily life: the dialogs that hand out, find, block and replace one. A scanner types the number and Enter.
frappe.provide("loyalty_club.cards");

loyalty_club.cards.style = () => {
	loyalty_club.style();
	frappe.dom.set_style(
		`
		@font-face { font-family: "Club Card"; font-weight: 400; src: url(/assets/loyalty_club/fonts/vazirmatn/Vazirmatn-Regular.woff2); }
		@font-face { font-family: "Club Card"; font-weight: 700; src: url(/assets/loyalty_club/fonts/vazirmatn/Vazirmatn-Bold.woff2); }
		.club-faces { display: flex; flex-wrap: wrap; gap: 16px; margin-block: 4px 12px; direction: ltr; }
		.club-face { inline-size: 342px; max-inline-size: 100%; overflow: hidden; font-family: "Club Card", sans-serif; letter-spacing: normal;
			box-shadow: 0 1px 6px rgb(0 0 0 / 25%); }
		.club-found td { vertical-align: top; border-block-start: 1px solid var(--border-color); }
		.club-found .btn { margin-block-end: 4px; }
		.club-scan { direction: ltr; text-align: start; font-family: monospace; }
		`,
		"loyalty-club-cards"
	);
};

// Front and back as they are printed. A line that is wider than its place is set smaller, as the printer's file does.
loyalty_club.cards.faces = ($parent, preview) => {
	loyalty_club.cards.style();
	$parent.find(".club-faces").html(`${preview.front}${preview.back}`);
	const fit = () =>
		$parent.find("text[data-most]").each((_n, text) => {
			const width = text.getComputedTextLength();
			if (width > text.dataset.most)
				text.setAttribute("font-size", (text.getAttribute("font-size") * text.dataset.most) / width);
		});
	Promise.all([document.fonts.load('400 12px "Club Card"'), document.fonts.load('700 12px "Club Card"')]).then(fit);
};

const status_text = (card) => {
	const { bdi, esc } = loyalty_club;
	const parts = [__(card.status, null, "Loyalty Card")];
	if (card.blocked_on) parts.push(__("since {0}", [bdi(card.blocked_on)]));
	if (card.reason) parts.push(esc(card.reason));
	if (card.replaced_by)
		parts.push(
			__("now {0}", [`<a href="/app/loyalty-card/${card.replaced_by}">${bdi(card.replaced_by_number)}</a>`])
		);
	return parts.join(" · ");
};

// Rows of cards with what can be done; `done` is called after something was.
loyalty_club.cards.table = ($parent, cards, { done, of_member } = {}) => {
	loyalty_club.cards.style();
	const { bdi, esc } = loyalty_club;
	const may = frappe.model.can_write("Loyalty Card");
	const rows = cards.map((card, n) => {
		const buttons = [];
		const button = (key, label) =>
			buttons.push(`<button type="button" class="btn btn-xs btn-default" data-${key}="${n}">${label}</button>`);
		if (may && ["Active", "Blank"].includes(card.status)) button("block", __("Block"));
		if (may && card.member && card.status !== "Replaced" && frappe.model.can_create("Loyalty Card"))
			button("replace", __("Replace"));
		if (may && card.status === "Blank") button("out", __("Hand Out"));
		const who = card.member
			? `<a href="/app/club-member/${encodeURIComponent(card.member)}">${bdi(card.customer_name || card.member)}</a>
				<div class="text-muted"><bdi dir="ltr">${esc(card.mobile || "")}</bdi></div>`
			: "";
		return `<tr>
			<td><a href="/app/loyalty-card/${card.name}" class="club-number">${bdi(card.number)}</a></td>
			${of_member ? "" : `<td>${who}</td>`}
			<td>${status_text(card)}</td>
			<td>${bdi(card.issued_on)}</td>
			<td>${buttons.join(" ")}</td>
		</tr>`;
	});
	$parent.html(`<table class="club-cards club-found">
		<tr class="text-muted"><th>${__("Card")}</th>${of_member ? "" : `<th>${__("Member")}</th>`}
			<th>${__("Status")}</th><th>${__("Issued On")}</th><th></th></tr>
		${rows.join("")}
	</table>`);
	const on = (key, action) =>
		$parent.find(`[data-${key}]`).on("click", (event) => action(cards[$(event.currentTarget).data(key)]));
	on("block", (card) => loyalty_club.cards.block(card.name, done));
	on("replace", (card) => loyalty_club.cards.replace(card.name, done));
	on("out", (card) => loyalty_club.cards.hand_out({ number: card.name }, done));
};

const number_field = (fields) => ({
	fieldname: "number",
	fieldtype: "Data",
	label: __("Card Number"),
	description: __("Scan the card, or type the 16 digits on it"),
	...fields,
});

const as_number = (dialog) => dialog.fields_dict.number && dialog.fields_dict.number.$input.addClass("club-scan");

loyalty_club.cards.block = (card, done) =>
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), default: __("Lost", null, "Loyalty Card") },
		async ({ reason }) => {
			await loyalty_club.call("block_card", { card, reason });
			if (done) done();
		},
		__("Block Card"),
		__("Block")
	);

loyalty_club.cards.replace = (card, done) => {
	const dialog = frappe.prompt(
		[
			{
				fieldname: "reason",
				fieldtype: "Data",
				label: __("Reason"),
				default: __("Lost", null, "Loyalty Card"),
			},
			number_field({
				label: __("New Card"),
				description: __("Scan the blank card that is handed out; empty for a new number"),
			}),
			{
				fieldtype: "HTML",
				options: `<p class="text-muted">${__("The old card stops working at once; the points stay.")}</p>`,
			},
		],
		async ({ reason, number }) => {
			const made = await loyalty_club.call("replace_card", { card, reason, number });
			frappe.show_alert({ message: __("The card is replaced."), indicator: "green" });
			if (done) done(made);
			else frappe.set_route("Form", "Loyalty Card", made);
		},
		__("Replace Card"),
		__("Replace")
	);
	as_number(dialog);
};

// Either side may be known: the card's number, or the member.
loyalty_club.cards.hand_out = ({ number, member }, done) => {
	loyalty_club.cards.style();
	const dialog = new frappe.ui.Dialog({
		title: __("Hand Out a Card"),
		fields: [
			number_field({ reqd: 1, default: number, read_only: number ? 1 : 0 }),
			{
				fieldname: "member",
				fieldtype: "Link",
				options: "Club Member",
				label: __("Member"),
				reqd: 1,
				default: member,
				read_only: member ? 1 : 0,
				get_query: () => ({ filters: { status: "Active" } }),
			},
		],
		primary_action_label: __("Hand Out"),
		primary_action: async (values) => {
			const name = await loyalty_club.call("cards.hand_out", values);
			dialog.hide();
			frappe.show_alert({ message: __("The card is the member's from now on."), indicator: "green" });
			if (done) done(name);
		},
	});
	dialog.show();
	as_number(dialog);
	dialog.$wrapper.on("keydown", "input.club-scan", (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		if (dialog.get_value("member")) dialog.get_primary_btn().trigger("click");
		else dialog.fields_dict.member.$input.trigger("focus");
	});
};

loyalty_club.cards.find = () => {
	loyalty_club.cards.style();
	const dialog = new frappe.ui.Dialog({
		title: __("Find a Card"),
		size: "extra-large",
		fields: [
			{
				fieldname: "text",
				fieldtype: "Data",
				label: __("Customer, mobile, last four digits or number"),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "status",
				fieldtype: "Select",
				label: __("Status"),
				options: ["", "Blank", "Active", "Blocked", "Replaced"].map((value) => ({
					value,
					label: value ? __(value, null, "Loyalty Card") : "",
				})),
			},
			{ fieldtype: "Section Break" },
			{ fieldname: "found", fieldtype: "HTML" },
		],
	});
	let asked = 0;
	const look = async () => {
		const mine = ++asked;
		const { text, status } = dialog.get_values(true) || {};
		const cards = await loyalty_club.call("cards.find", { text: text || "", status: status || "" });
		if (mine !== asked) return;
		const $found = dialog.fields_dict.found.$wrapper;
		if (!cards.length) $found.html(`<div class="text-muted">${__("No card was found.")}</div>`);
		else loyalty_club.cards.table($found, cards, { done: look });
	};
	dialog.show();
	dialog.fields_dict.text.$input.on("input", frappe.utils.debounce(look, 300));
	dialog.fields_dict.status.$input.on("change", look);
	dialog.$wrapper.on("click", "a[href]", () => dialog.hide());
	look();
};
