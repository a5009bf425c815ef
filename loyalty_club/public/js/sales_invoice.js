// The Loyalty Club section of Sales Invoice and POS Invoice: shows what the server says of a draft and of a submitted invoice, and
// writes what a salesperson asks for into the document. Every amount comes from the server.
(() => {
	if (loyalty_club.invoice_section) return; // Frappe runs this once for each form it makes
	loyalty_club.invoice_section = true;

	const DOCTYPES = ["Sales Invoice", "POS Invoice"];
	const WAIT = 500; // milliseconds after the last change

	// The Point of Sale page has this form hidden; there till.js does all of it.
	const at_till = () => frappe.get_route_str() === "point-of-sale";

	const schedule = (frm) => {
		if (at_till() || !DOCTYPES.includes(frm.doctype)) return; // other forms have the same rows of taxes
		clearTimeout(frm.club_timer);
		frm.club_timer = setTimeout(() => frappe.after_ajax(() => refresh_draft(frm)), WAIT);
	};

	const changed = (frm) => frm.doc.docstatus === 0 && schedule(frm);

	// ------------------------------------------------------------------------------------ draft

	const ask = (frm, changes) =>
		loyalty_club.call("invoice_panel", { doc: JSON.stringify({ ...frm.doc, ...changes }) });

	const refresh_draft = async (frm) => {
		if (cur_frm !== frm || frm.doc.docstatus !== 0) return;
		if (!frm.doc.customer && !frm.doc.club_card) return show_empty(frm);
		const turn = (frm.club_turn = (frm.club_turn || 0) + 1);
		const shown = await ask(frm);
		if (turn !== frm.club_turn || frm.doc.docstatus !== 0) return; // an older answer
		frm.club_shown = shown;
		take_over(frm, shown);
		show_draft(frm, shown);
	};

	// What the server worked out stands in the form, too; it is worked out again on saving.
	const take_over = (frm, shown) => {
		frm.doc.club_member = shown.member || null;
		frm.refresh_field("club_member");
		name_cards(frm, shown.gift_cards);
		if (!frm.doc.is_return && shown.redeem_value !== undefined)
			for (const row of rows_of(frm)) row.amount = is_points(row) ? shown.redeem_value : row.points;
		frm.refresh_field("club_redemptions");
		take_discount(frm, shown);
		frm.doc.__club_missing = shown.back && shown.back.missing ? 1 : 0;
		if (!frm.doc.__club_missing && frm.doc.club_withhold) frm.set_value("club_withhold", 0);
		frm.layout.refresh_dependency();
	};

	// Points that are a discount before tax stand in the form's own discount.
	const take_discount = async (frm, shown) => {
		const discount = loyalty_club.new_discount(frm.doc, shown);
		if (discount === undefined) return;
		frm.doc.club_discount = discount;
		frm.refresh_field("club_discount");
		if (discount) {
			frm.doc.apply_discount_on = "Net Total";
			frm.refresh_field("apply_discount_on");
		}
		await frm.set_value("discount_amount", discount);
	};

	const ltr = (number) => `\u2066${number}\u2069`; // a masked number, in a text that may go from right to left
	const rows_of = (frm) => frm.doc.club_redemptions || [];
	const is_points = (row) => (row.wallet || "Points") === "Points";

	// Gift cards stand in the table under their names; beside them what may be shown of their numbers.
	const name_cards = (frm, cards) => {
		frm.club_numbers = frm.club_numbers || {};
		for (const { gift_card, number } of cards || []) if (gift_card) frm.club_numbers[gift_card] = number;
	};

	const show_empty = (frm) =>
		loyalty_club.show(
			frm,
			"club_panel",
			`<div class="club-note">${__("Scan a card, type a mobile number, or choose the customer.")}</div>`
		);

	const show_draft = (frm, shown) => {
		const { bdi, esc, tile } = loyalty_club;
		if (shown.error)
			return loyalty_club.show(frm, "club_panel", `<div class="club-note club-warn">${shown.error}</div>`);
		if (!shown.member) return show_stranger(frm, shown);
		const tiles = loyalty_club.member_tiles(shown);
		const notes = loyalty_club.member_notes(shown);
		if (shown.back) tiles.push(...back_tiles(shown.back, notes));
		else if (shown.will_earn !== undefined && shown.awards)
			tiles.push(
				tile({
					label: __("This invoice will earn"),
					figure: __("{0} points", [bdi(shown.will_earn_text)]),
					under: shown.waits ? __("once it is paid") : "",
				})
			);
		tiles.push(...paying_tiles(shown));
		if (shown.refused) notes.unshift([esc(shown.refused), true]);
		if (shown.not_here && shown.available && !shown.refused) notes.unshift([esc(shown.not_here)]);
		if (rows_of(frm).some((row) => row.wallet !== "Gift Card") && shown.needs)
			notes.unshift([loyalty_club.missing_words(shown.needs), true]);
		if (shown.why && shown.awards) notes.push([esc(shown.why)]);
		const $panel = loyalty_club.show(
			frm,
			"club_panel",
			`<div class="club-tiles">${tiles.join("")}</div>
			${loyalty_club.notes_html(notes)}
			<div class="club-buttons"></div>`
		);
		const $buttons = $panel.find(".club-buttons");
		pay_buttons(frm, shown, $buttons);
		if (shown.back && shown.back.missing && !frm.doc.club_withhold)
			button($buttons, __("Withhold {0}", [bdi(shown.back.missing_value)]), "btn-primary", () =>
				frm.set_value("club_withhold", 1)
			);
	};

	const button = ($into, label, look, action) =>
		$(`<button type="button" class="btn btn-xs ${look}">${label}</button>`).appendTo($into).on("click", action);

	// What points, credit and gift cards are to pay.
	const paying_tiles = (shown) => {
		const { bdi, tile } = loyalty_club;
		const tiles = [];
		if (shown.redeem_text)
			tiles.push(
				tile({
					label: shown.as_discount ? __("Taken off by points") : __("Paid by points"),
					figure: __("{0} points", [bdi(shown.redeem_points_text)]),
					under: bdi(shown.redeem_text),
				})
			);
		for (const credit of (shown.credits || []).filter((each) => each.asked))
			tiles.push(tile({ label: __("Paid by {0}", [credit.label]), figure: bdi(credit.asked_text) }));
		for (const card of shown.gift_cards || [])
			tiles.push(tile({ label: __("Paid by gift card {0}", [ltr(card.number)]), figure: bdi(card.pays_text) }));
		return tiles;
	};

	const pay_buttons = (frm, shown, $buttons) => {
		if (frm.doc.is_return) return;
		if (shown.most)
			button($buttons, shown.redeem_text ? __("Change points") : __("Pay with points"), "btn-primary", () =>
				pay_dialog(frm, "Points")
			);
		for (const credit of shown.credits || [])
			if (credit.most && !shown.not_here)
				button(
					$buttons,
					credit.asked ? __("Change {0}", [credit.label]) : __("Pay by {0}", [credit.label]),
					"btn-primary",
					() => pay_dialog(frm, credit.wallet)
				);
		if (!shown.not_here && (frm.doc.items || []).some((row) => row.item_code))
			button($buttons, __("Pay by gift card"), "btn-default", () => gift_card_dialog(frm));
		if (rows_of(frm).length)
			button(
				$buttons,
				rows_of(frm).every(is_points) ? __("Do not pay with points") : __("Do not pay this way"),
				"btn-default",
				() => set_rows(frm, [])
			);
	};

	const back_tiles = (back, notes) => {
		const { bdi, esc, tile } = loyalty_club;
		const tiles = [];
		if (back.reversed)
			tiles.push(
				tile({ label: __("Points to be taken back"), figure: __("{0} points", [bdi(back.reversed)]) })
			);
		if (back.restored)
			tiles.push(
				tile({
					label: __("Points to be given back"),
					figure: __("{0} points", [bdi(back.restored)]),
					under: bdi(back.restored_value),
				})
			);
		for (const { label, back_text } of back.wallets || [])
			tiles.push(tile({ label: __("Goes back to {0}", [label]), figure: bdi(back_text) }));
		if (back.kept_text) tiles.push(tile({ label: __("Stays as Cash Credit"), figure: bdi(back.kept_text) }));
		if (back.refused) notes.unshift([esc(back.refused), true]);
		if (back.missing && back.withhold)
			notes.unshift([
				__("{0} is withheld from the refund for {1} points that were spent already.", [
					bdi(back.missing_value),
					bdi(back.missing),
				]),
			]);
		else if (back.missing)
			notes.unshift([
				__(
					"{0} of these points were spent already and will be missing. You may withhold their value, {1}, from the refund.",
					[bdi(back.missing), bdi(back.missing_value)]
				),
				true,
			]);
		return tiles;
	};

	// ------------------------------------------------------------------------------------ no member yet

	const show_stranger = (frm, shown) => {
		const words = !frm.doc.customer
			? __("Scan a card, type a mobile number, or choose the customer.")
			: shown.joins
				? __("No member yet. This purchase makes the customer one.")
				: __("The customer is no member of the club.");
		const notes = [[words]];
		const tiles = [...paying_tiles(shown), ...(shown.back ? back_tiles(shown.back, notes) : [])];
		const $panel = loyalty_club.show(
			frm,
			"club_panel",
			`<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}<div class="club-buttons"></div>`
		);
		const $buttons = $panel.find(".club-buttons");
		if (frm.doc.customer && shown.may_join && !frm.doc.is_return)
			button($buttons, __("Join the club"), "btn-primary", () => join_dialog(frm));
		if (frm.doc.customer) pay_buttons(frm, shown, $buttons);
	};

	const join_dialog = (frm) =>
		frappe.prompt(
			[
				{
					fieldname: "mobile",
					fieldtype: "Data",
					label: __("Mobile", null, "Club Member"),
					default: frm.doc.contact_mobile || "",
					description: __("Empty: the customer's own, if ERPNext knows it"),
				},
				{ fieldname: "card", fieldtype: "Check", label: __("Issue a card"), default: 1 },
			],
			async ({ mobile, card }) => {
				const member = await loyalty_club.call("join_club", {
					customer: frm.doc.customer,
					mobile,
					at_till: frm.doctype === "POS Invoice",
				});
				let words = __("{0} is a member now: {1}.", [
					loyalty_club.bdi(frm.doc.customer_name || frm.doc.customer),
					loyalty_club.bdi(member),
				]);
				if (card) {
					const number = await loyalty_club.call("issue_card", { member });
					words += " " + __("Card {0}.", [`<a href="/app/loyalty-card/${number}">${loyalty_club.bdi(number)}</a>`]);
				}
				frappe.show_alert({ message: words, indicator: "green" }, 10);
				schedule(frm);
			},
			__("Join the club"),
			__("Join")
		);

	// ------------------------------------------------------------------------------------ card, mobile, code

	const find = async (frm) => {
		if (at_till()) return;
		const text = (frm.doc.club_card || "").trim();
		if (!text || text === frm.club_scanned) return schedule(frm);
		let found;
		try {
			found = await loyalty_club.call("find_member", { text, company: frm.doc.company });
		} catch {
			return frm.set_value("club_card", null); // the server has said why
		}
		if (frm.doc.customer === found.customer) return schedule(frm);
		if (frm.doc.customer) {
			frappe.confirm(
				__("This is {0}, but the invoice is for {1}. Change the customer?", [
					loyalty_club.bdi(found.customer_name),
					loyalty_club.bdi(frm.doc.customer_name || frm.doc.customer),
				]),
				() => set_customer(frm, found.customer, text),
				() => frm.set_value("club_card", null)
			);
		} else set_customer(frm, found.customer, text);
	};

	const set_customer = async (frm, customer, text) => {
		frm.club_scanned = text;
		frm.club_by_card = true;
		await frm.set_value("customer", customer);
		frm.club_by_card = false;
		schedule(frm);
	};

	// ------------------------------------------------------------------------------------ paying

	// By points or by a member's credit; proves the member by card or PIN where that is missing.
	const pay_dialog = (frm, wallet) => {
		const { bdi, esc } = loyalty_club;
		const points = wallet === "Points";
		const credit_in = (found) => (found.credits || []).find((each) => each.wallet === wallet) || {};
		const shown = frm.club_shown;
		const able = points ? { most: shown.most, most_text: shown.most_text, label: __("points") } : credit_in(shown);
		const before = rows_of(frm).find((row) => (row.wallet || "Points") === wallet);
		const others = plain_rows(frm).filter((row) => row.wallet !== wallet);
		const title = points ? __("Pay with points") : __("Pay by {0}", [able.label]);
		let turn = 0;
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [
				{ fieldname: "most", fieldtype: "HTML" },
				{
					fieldname: "points",
					...(points ? number_field(shown.point_decimals) : number_field(shown.money_decimals)),
					label: points ? __("Points") : amount_label(frm),
					reqd: 1,
					default: (before && before.points) || able.most,
					onchange: () => look(given()),
				},
				{ fieldname: "worth", fieldtype: "HTML" },
				{ fieldname: "missing", fieldtype: "HTML" },
				{ fieldname: "proof_section", fieldtype: "Section Break", hide_border: 1 },
				{
					fieldname: "card",
					fieldtype: "Data",
					label: __("Card"),
					description: __("Scan it"),
					onchange: () => look(given()),
				},
				{ fieldname: "pin_column", fieldtype: "Column Break" },
				{ fieldname: "pin", fieldtype: "Data", label: __("PIN", null, "Club Member"), description: __("The member types it") },
			],
			primary_action_label: title,
			primary_action: () => apply(given()),
		});
		const field = (name) => dialog.get_field(name);
		const given = () => ({
			points: dialog.get_value("points") || 0,
			card: (field("card").$input.val() || "").trim(),
			pin: (field("pin").$input.val() || "").trim(),
		});
		const with_mine = (quantity) => [...others, ...(quantity ? [{ wallet, points: quantity }] : [])];
		const look = async ({ points, card }, proof) => {
			const mine = ++turn;
			const found = await ask(frm, {
				club_redemptions: with_mine(points).map((row) => ({ doctype: "Club Redemption", ...row })),
				...(card ? { club_card: card } : {}),
				...(proof ? { club_proof: proof } : {}),
			});
			if (mine === turn) tell(found, card);
			return found;
		};
		const tell = (found, card) => {
			const wrong = found.error || (found.refused && esc(found.refused));
			const amounts = [bdi(found.redeem_text), bdi(found.rest_text)];
			const paid = !points
				? __("{0} is paid by {1}, {2} remains to be paid.", [
						bdi(credit_in(found).asked_text),
						esc(able.label),
						bdi(found.rest_text),
					])
				: found.as_discount
					? __("{0} is taken off before tax, {1} remains to be paid.", amounts)
					: __("{0} is paid by points, {1} remains to be paid.", amounts);
			const needs = wrong ? "" : found.needs;
			field("worth").$wrapper.html(`<div class="club-note ${wrong ? "club-warn" : ""}">${wrong || paid}</div>`);
			field("missing").$wrapper.html(
				needs ? `<div class="club-note club-warn">${loyalty_club.missing_words(needs)}</div>` : ""
			);
			field("card").$wrapper.toggle(Boolean(card) || needs === "card");
			field("pin").$wrapper.toggle(Boolean(needs));
			if (needs) field(needs).set_focus();
		};
		const stands_in_the_way = (found) => found.error || found.refused || found.needs;
		const apply = async (values) => {
			let proof = null;
			let found = await look(values);
			if (!found.error && !found.refused && found.needs && values.pin) {
				try {
					proof = await loyalty_club.call("prove_pin", { member: found.member, pin: values.pin });
				} catch {
					return; // the server has said why
				}
				found = await look(values, proof);
			}
			if (stands_in_the_way(found)) return;
			dialog.hide();
			if (proof) frm.doc.club_proof = proof;
			if (values.card) {
				frm.club_scanned = values.card;
				await frm.set_value("club_card", values.card);
			}
			await set_rows(frm, with_mine(values.points), found);
		};
		field("pin").$input.attr({ type: "password", autocomplete: "new-password", inputmode: "numeric" });
		field("card").$wrapper.hide();
		field("pin").$wrapper.hide();
		const most = points
			? __("At most {0} points can pay this invoice; they are worth {1}.", [bdi(shown.most_text), bdi(shown.most_value)])
			: __("At most {0} can pay this invoice.", [bdi(able.most_text)]);
		field("most").$wrapper.html(`<div class="club-note">${most}</div>`);
		dialog.show();
		look(given());
	};

	const number_field = (decimals = 2) =>
		decimals ? { fieldtype: "Float", precision: decimals } : { fieldtype: "Int" };

	const amount_label = (frm) => {
		const company = frappe.get_doc(":Company", frm.doc.company) || {};
		return __("Amount in {0}", [company.default_currency || ""]);
	};

	// Anybody's gift card: as much as it can pay, or the amount that is typed.
	const gift_card_dialog = (frm) =>
		loyalty_club.gift_card_dialog({
			fields: [
				{
					fieldname: "amount",
					...number_field((frm.club_shown || {}).money_decimals),
					label: amount_label(frm),
					description: __("Empty: the most that it can pay"),
				},
				{ fieldname: "wrong", fieldtype: "HTML" },
			],
			pay: async ({ gift_card, proof }, dialog) => {
				const amount = dialog.get_value("amount");
				let found;
				let rows;
				if (amount) {
					const others = plain_rows(frm).filter((row) => row.gift_card !== gift_card);
					rows = [...others, { wallet: "Gift Card", gift_card, points: amount, proof }];
					found = await ask(frm, { club_redemptions: rows.map((row) => ({ doctype: "Club Redemption", ...row })) });
				} else {
					found = await loyalty_club.call("till.pay", {
						doc: JSON.stringify(frm.doc),
						wallet: "Gift Card",
						gift_card,
						proof,
					});
					rows = found.rows;
				}
				const wrong = found.error || (found.refused && loyalty_club.esc(found.refused));
				dialog.get_field("wrong").$wrapper.html(`<div class="club-note club-warn">${wrong || ""}</div>`);
				if (wrong) return false;
				await set_rows(frm, rows, found);
			},
		});

	const plain_rows = (frm) =>
		rows_of(frm).map(({ wallet, gift_card, points, proof }) => ({ wallet: wallet || "Points", gift_card, points, proof }));

	// Writes the redemption rows. On an invoice with payments the rest is what the other tenders pay.
	const set_rows = async (frm, rows, shown) => {
		frm.clear_table("club_redemptions");
		for (const { wallet, gift_card, points, proof } of rows)
			Object.assign(frm.add_child("club_redemptions"), {
				wallet,
				gift_card,
				points,
				proof,
				amount: wallet !== "Points" ? points : shown ? shown.redeem_value : 0,
			});
		name_cards(frm, shown && shown.gift_cards);
		frm.refresh_field("club_redemptions");
		frm.dirty();
		if (shown) await take_discount(frm, shown);
		if (frm.doc.is_pos) await share_tenders(frm, shown);
		schedule(frm);
	};

	const share_tenders = async (frm, shown) => {
		const answer = shown || (await ask(frm));
		if (!answer.tenders) return;
		const others = (frm.doc.payments || []).filter((row) => !answer.modes.includes(row.mode_of_payment));
		const main = others.find((row) => row.default) || others[0];
		for (const row of frm.doc.payments || []) {
			const amount = row === main ? answer.rest : answer.tenders[row.mode_of_payment] || 0;
			await frappe.model.set_value(row.doctype, row.name, "amount", amount);
		}
		frm.refresh_field("payments");
	};

	// ------------------------------------------------------------------------------------ submitted

	const show_submitted = async (frm) => {
		const facts = await loyalty_club.call("invoice_facts", { invoice: frm.doc.name, doctype: frm.doctype });
		if (cur_frm !== frm) return;
		const { bdi, esc, tile } = loyalty_club;
		if (!facts.member && !facts.wallets) return loyalty_club.show(frm, "club_panel", "");
		const points = (text) => __("{0} points", [bdi(text)]);
		const tiles = [];
		if (facts.earned) tiles.push(tile({ label: __("Points earned"), figure: points(facts.earned) }));
		if (facts.waits)
			tiles.push(tile({ label: __("Points earned"), figure: __("waiting"), under: __("once it is paid") }));
		if (facts.spent)
			tiles.push(
				tile({ label: __("Points spent"), figure: points(facts.spent), under: bdi(facts.spent_value) })
			);
		if (facts.reversed) tiles.push(tile({ label: __("Points taken back"), figure: points(facts.reversed) }));
		if (facts.restored)
			tiles.push(
				tile({
					label: __("Points given back"),
					figure: points(facts.restored),
					under: bdi(facts.restored_value),
				})
			);
		if (facts.withheld)
			tiles.push(
				tile({
					label: __("Paid for from the refund"),
					figure: points(facts.withheld),
					under: bdi(facts.withheld_value),
				})
			);
		for (const row of facts.wallets || []) {
			const { amount, did, left } = loyalty_club.wallet_words(row);
			const label = row.number ? `${row.label} ${ltr(row.number)}` : row.label;
			tiles.push(tile({ label, figure: `${amount} ${did}`, under: left }));
		}
		name_cards(frm, facts.wallets);
		frm.refresh_field("club_redemptions");
		if (facts.member)
			tiles.push(tile({ label: __("New balance"), figure: points(facts.balance), under: bdi(facts.tier) }));
		const notes = facts.why ? [[esc(facts.why)]] : [];
		loyalty_club.show(
			frm,
			"club_panel",
			`<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}`
		);
	};

	// ------------------------------------------------------------------------------------ submitted without a member

	const show_without_member = async (frm) => {
		loyalty_club.show(frm, "club_panel", "");
		if (frm.doc.docstatus !== 1 || frm.doc.is_return) return;
		const { doctype, name } = frm.doc;
		const shown = await loyalty_club.call("attach.receipt", { doctype, name });
		if (cur_frm !== frm || frm.doc.name !== name || !shown.attachable) return;
		const words = shown.code
			? __("The code {0} on the receipt attaches this sale to a member, until {1}.", [
					`<bdi dir="ltr"><b>${loyalty_club.esc(shown.code)}</b></bdi>`,
					loyalty_club.bdi(shown.until),
				])
			: __("This sale has no member.");
		const $panel = loyalty_club.show(
			frm,
			"club_panel",
			`<div class="club-note">${words}</div><div class="club-buttons"></div>`
		);
		if (frappe.model.can_create("Club Attachment Request"))
			button($panel.find(".club-buttons"), __("Ask to attach a member"), "btn-default", () =>
				frappe.new_doc("Club Attachment Request", { document_type: doctype, document: name })
			);
	};

	const show_failed = (frm) => {
		frm.dashboard.clear_headline();
		frm.dashboard.set_headline_alert(
			`<span>${__("The sale is complete, but its points could not be given yet.")}</span>
			<button type="button" class="btn btn-xs btn-default club-retry" style="margin-inline-start: 8px">${__(
				"Try again"
			)}</button>`,
			"orange"
		);
		$(frm.wrapper).find(".club-retry").on("click", async () => {
			const done = await loyalty_club.call("retry_award", { invoice: frm.doc.name, doctype: frm.doctype });
			frappe.show_alert(
				done
					? { message: __("The points are given."), indicator: "green" }
					: { message: __("It failed again. The Error Log tells why."), indicator: "orange" }
			);
			frm.reload_doc();
		});
	};

	// ------------------------------------------------------------------------------------ events

	const form = {
		refresh(frm) {
			if (at_till()) return;
			const label = frm.doc.is_return
				? __("Given Back, Kept or Paid For")
				: __("Paid by Points, Credit and Gift Cards");
			frm.set_df_property("club_redemptions", "label", label);
			const grid = frm.fields_dict.club_redemptions && frm.fields_dict.club_redemptions.grid;
			if (grid) {
				grid.wrapper.children(".control-label").text(label); // a grid writes its label once
				grid.cannot_add_rows = true;
				for (const field of ["wallet", "gift_card", "points"]) grid.update_docfield_property(field, "read_only", 1);
				grid.update_docfield_property("gift_card", "formatter", (value) => {
					const number = value && (frm.club_numbers || {})[value];
					return number ? `${loyalty_club.esc(value)} ${loyalty_club.bdi(number)}` : loyalty_club.esc(value);
				});
			}
			if (frm.doc.docstatus === 0) {
				show_empty(frm);
				schedule(frm);
			} else if (frm.doc.club_member || frm.doc.club_status || frm.doc.is_return) show_submitted(frm);
			else show_without_member(frm);
			if (frm.doc.docstatus === 1 && frm.doc.club_status === "Failed") show_failed(frm);
		},
		club_card: find,
		customer(frm) {
			if (frm.doc.docstatus !== 0 || at_till()) return;
			if (!frm.club_by_card) {
				// Another customer, chosen by hand: the card was somebody else's.
				frm.doc.club_card = frm.club_scanned = null;
				frm.refresh_field("club_card");
			}
			frm.doc.club_proof = null;
			const cards = plain_rows(frm).filter((row) => row.wallet === "Gift Card"); // whoever holds them may spend them
			if (cards.length < rows_of(frm).length) set_rows(frm, cards);
			changed(frm);
		},
		company: changed,
		posting_date: changed,
		is_pos: changed,
		club_withhold: changed,
		club_refund_as_credit: changed,
		taxes_and_charges: changed,
		discount_amount: changed,
		additional_discount_percentage: changed,
		apply_discount_on: changed,
		conversion_rate: changed,
	};

	const item = {
		item_code: changed,
		qty: changed,
		rate: changed,
		price_list_rate: changed,
		discount_percentage: changed,
		discount_amount: changed,
		items_remove: changed,
	};

	for (const doctype of DOCTYPES) {
		frappe.ui.form.on(doctype, form);
		frappe.ui.form.on(`${doctype} Item`, item);
	}
	frappe.ui.form.on("Sales Taxes and Charges", {
		rate: changed,
		tax_amount: changed,
		account_head: changed,
		charge_type: changed,
		taxes_remove: changed,
	});
	frappe.ui.form.on("Sales Invoice Payment", { amount: changed, payments_remove: changed });
	frappe.ui.form.on("Club Redemption", {
		club_redemptions_remove(frm) {
			if (frm.doc.is_pos && !frm.doc.is_return) share_tenders(frm);
			changed(frm);
		},
	});
})();
