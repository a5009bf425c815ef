// The club at the Point of Sale page, v15 and v16: the member beside the cart, cards scanned anywhere, points and
// credits as tenders, the receipt on screen, and one sale even over a bad connection. ERPNext's own classes are
// extended where they show or do these things, and their own methods are always called. Every amount is the server's.
(() => {
	const WAIT = 400; // milliseconds after the last change of the cart
	const GAP = 250; // milliseconds between two keys of a scanner at most, on a slow machine
	const ONCE = 1000; // milliseconds in which the same number is the same scan
	const LENGTH = 16; // digits of a card's number
	const HOLD = 150; // milliseconds that v16's till waits with a typed digit
	const SETTLED = 500; // milliseconds after which ERPNext has written down what was typed
	const FOCUS = 700; // milliseconds; ERPNext's own click on the default tender comes after 500
	const AGAIN = 3000; // milliseconds between two questions for a lost sale
	const KEYS = { points: "f2", credits: "f4", gift_card: "f8" };
	const PENDING = "loyalty_club.till.pending";
	const DOCTYPES = ["POS Invoice", "Sales Invoice"];

	const page = frappe.pages["point-of-sale"];
	const load = page.on_page_load;
	page.on_page_load = function (...args) {
		frappe.require("point-of-sale.bundle.js", () => {
			extend_erpnext();
			load.apply(this, args);
		});
	};

	const at_till = () => frappe.get_route_str() === "point-of-sale";
	const call = (method, args) => loyalty_club.call(`till.${method}`, args);
	const key_name = (wallet) => `<kbd>${key_of(wallet).toUpperCase()}</kbd>`;
	const key_of = (wallet) => ({ Points: KEYS.points, "Gift Card": KEYS.gift_card })[wallet] || KEYS.credits;
	const say_wrong = (message) => {
		frappe.show_alert({ message, indicator: "red" }, 10);
		frappe.utils.play_sound("error");
	};

	// A masked card number reads from left to right in any text.
	const masked_ltr = (text) => text.replace(/[0-9۰-۹]*•+[0-9۰-۹]+/g, '<bdi dir="ltr">$&</bdi>');

	// What the till needs to know before the first scan, asked once.
	let known = { card_prefix: "", gift_card_prefix: "", modes: {} };

	const extend = (cls, methods) => {
		for (const [name, method] of Object.entries(methods)) {
			const original = cls.prototype[name];
			cls.prototype[name] = function (...args) {
				return method.call(this, (...given) => original?.apply(this, given.length ? given : args), ...args);
			};
		}
	};

	// -------------------------------------------------------------------------------------- scanning

	const digits_of = (text) =>
		String(text ?? "")
			.replace(/[۰-۹]/g, (each) => each.charCodeAt(0) - 0x06f0)
			.replace(/[٠-٩]/g, (each) => each.charCodeAt(0) - 0x0660)
			.replace(/[\s\u200c\u200e\u200f-]/g, "");

	const luhn = (number) =>
		[...number].reverse().reduce((sum, each, at) => {
			const digit = at % 2 ? each * 2 : +each;
			return sum + (digit > 9 ? digit - 9 : digit);
		}, 0) %
			10 ===
		0;

	// The number in a text that may be a card: one of the club's, right or misread, or of somebody else. An item's
	// barcode of 16 digits is told apart by the server.
	const card_in = (text) => {
		const number = digits_of(text);
		if (!/^\d+$/.test(number) || number.length !== LENGTH) return null;
		const ours = [known.card_prefix, known.gift_card_prefix].some((each) => each && number.startsWith(each));
		return ours || luhn(number) ? number : null;
	};

	// A scanner is a keyboard that types fast. Its keys are watched before anybody else sees them: a card's digits are
	// taken out of whatever they fell into, and its Enter is nobody's Enter.
	class Wedge {
		constructor(till) {
			this.till = till;
			this.text = "";
			this.last = 0;
			this.held = [];
			window.addEventListener("keydown", (event) => this.key(event), true);
		}

		key(event) {
			if (!at_till() || !this.till.pos) return;
			const digit = event.key?.length === 1 ? digits_of(event.key) : "";
			if (/^\d$/.test(digit) && !event.ctrlKey && !event.altKey && !event.metaKey)
				return this.digit(digit, event.timeStamp);
			if (["Enter", "Tab"].includes(event.key) && event.timeStamp - this.last < GAP * 2 && card_in(this.text)) {
				event.preventDefault();
				event.stopImmediatePropagation();
				this.end();
			} else if (event.key !== "Shift") this.text = "";
		}

		digit(digit, now) {
			clearTimeout(this.timer);
			if (now - this.last > GAP) {
				this.text = "";
				this.before = this.till.before_scan();
			}
			this.last = now;
			this.text += digit;
			if (card_in(this.text)) this.timer = setTimeout(() => this.end(), GAP); // a scanner without Enter
		}

		// v16 takes every key for the chosen tender: it waits a moment, in case a card is being scanned.
		hold(typed) {
			this.held.push(typed);
			clearTimeout(this.release);
			this.release = setTimeout(() => this.held.splice(0).forEach((each) => each()), HOLD);
		}

		end() {
			clearTimeout(this.timer);
			const number = card_in(this.text);
			this.text = "";
			if (!number) return;
			this.held = [];
			this.till.undo_typing(this.before);
			this.till.scan(number);
		}
	}

	// -------------------------------------------------------------------------------------- the till

	class Till {
		constructor() {
			this.shown = null;
			this.turn = 0;
			this.wedge = new Wedge(this);
			call("setup").then((answer) => (known = answer));
			for (const doctype of DOCTYPES)
				frappe.ui.form.on(doctype, { customer: (frm) => this.pos && frm === this.frm && this.forget(frm) });
			$(document).ajaxError((event, xhr, settings) => {
				if (this.pos && at_till() && String(settings.url).includes("savedocs")) this.lost(xhr);
			});
		}

		get frm() {
			return this.pos?.frm;
		}

		get doc() {
			return this.frm?.doc;
		}

		get paying() {
			return this.pos.payment.$component.is(":visible");
		}

		begin(pos) {
			this.pos = pos;
			this.shown = this.signature = null;
			this.shortcuts();
			this.resume();
		}

		shortcuts() {
			frappe.ui.keys.key_map[119] ??= "f8"; // Frappe names five of the function keys only
			const key = (shortcut, action, description) =>
				frappe.ui.keys.add_shortcut({
					shortcut,
					action: () => void action(),
					description,
					condition: () => this.pos.cart.$component.is(":visible") && this.doc?.docstatus === 0,
					ignore_inputs: true,
					page: cur_page.page.page,
				});
			key(KEYS.points, () => this.pay_by("Points"), __("Pay the Most by Points"));
			key(KEYS.credits, () => this.pay_by("Cash Credit"), __("Pay the Most by Credit"));
			key(KEYS.gift_card, () => this.pay_by("Gift Card"), __("Pay by Gift Card"));
		}

		// ---------------------------------------------------------------------------------- who

		// What a scan's digits may fall into: the focused field, and on v16 the amount of the chosen tender.
		before_scan() {
			const element = document.activeElement;
			return {
				element,
				value: element?.value,
				amounts: this.paying ? this.doc.payments.map((row) => [row, row.amount]) : [],
			};
		}

		undo_typing({ element, value, amounts }) {
			if (value !== undefined && element.value !== value) {
				element.value = value;
				if (element === this.pos.item_selector.search_field.$input[0]) $(element).trigger("input");
			}
			for (const wait of amounts.length ? [0, SETTLED] : []) setTimeout(() => this.undo_amounts(amounts), wait);
		}

		async undo_amounts(amounts) {
			const typed = amounts.filter(([row, amount]) => row.amount !== amount);
			for (const [row, amount] of typed) await frappe.model.set_value(row.doctype, row.name, "amount", amount);
			if (typed.length && this.paying) this.pos.payment.render_payment_mode_dom();
		}

		// One scan may arrive twice: by its keys, and by ERPNext's own ear for scanners.
		async scan(number) {
			const now = performance.now();
			if (number === this.scanned?.number && now - this.scanned.at < ONCE) return;
			this.scanned = { number, at: now };
			const asked = { text: number, company: this.doc.company, doctype: this.frm.doctype };
			await this.take(await call("scan", asked), number);
		}

		async take(found, number) {
			if (found.kind === "wrong") return say_wrong(masked_ltr(loyalty_club.esc(found.error)));
			if (found.kind === "item") return this.as_item(number);
			if (found.kind === "gift_card") return this.gift_card(number);
			if (found.kind === "blank_gift_card") return this.sell_gift_card(found.row);
			const groups = this.pos.cart.allowed_customer_groups || [];
			if (groups.length && !groups.includes(found.customer_group))
				return say_wrong(
					__("{0} is in the customer group {1}, to which this till does not sell.", [
						loyalty_club.bdi(found.customer_name),
						loyalty_club.bdi(found.customer_group),
					])
				);
			if (!(await this.to_the_cart())) return;
			if (this.doc.customer === found.customer) return this.add_card(found.card);
			if (this.doc.customer && this.shown?.member && this.doc.items.length && !(await this.may_change(found)))
				return;
			if (this.paying) this.pos.cart.$totals_section.find(".edit-cart-btn").click();
			this.choose(found);
		}

		as_item(number) {
			const selector = this.pos.item_selector;
			selector.club_item = number;
			selector.search_field.set_focus();
			selector.set_search_value(number);
		}

		// A gift card that nobody has yet is sold by a row of its own, written at once as on the desk.
		async sell_gift_card(row) {
			if (!(await this.to_the_cart())) return;
			if (!this.doc.customer) return this.pos.raise_customer_selection_alert();
			if (this.doc.items.some((each) => each.club_gift_card === row.club_gift_card)) return;
			if (this.paying) this.pos.cart.$totals_section.find(".edit-cart-btn").click();
			if (row.rate) return this.add_row(row);
			frappe.prompt(
				{ fieldname: "amount", fieldtype: "Currency", label: __("Amount"), options: "currency", reqd: 1 },
				({ amount }) => this.add_row({ ...row, rate: amount, price_list_rate: amount }),
				__("Sell Gift Card"),
				__("Add")
			);
		}

		add_row(row) {
			const added = this.frm.add_child("items", row);
			this.frm.cscript.calculate_taxes_and_totals();
			this.frm.dirty();
			this.pos.update_cart_html(added);
			frappe.utils.play_sound("submit");
		}

		// After a sale, or over the recent orders, a scan begins the next sale.
		async to_the_cart() {
			if (this.doc?.docstatus === 1) this.pos.order_summary.$summary_container.find(".new-btn").click();
			if (this.pos.recent_order_list.$component.is(":visible")) this.pos.toggle_recent_order();
			for (let waited = 0; waited < 50; waited++) {
				if (this.doc?.docstatus === 0 && this.pos.cart.$component.is(":visible") && !frappe.dom.freeze_count)
					return true;
				await frappe.timeout(0.1);
			}
			return false;
		}

		may_change(found) {
			return new Promise((resolve) =>
				frappe.confirm(
					__("This is the card of {0}, but the cart is {1}'s. Change the customer?", [
						loyalty_club.bdi(found.customer_name),
						loyalty_club.bdi(this.doc.customer_name || this.doc.customer),
					]),
					() => resolve(true),
					() => resolve(false)
				)
			);
		}

		choose(found) {
			const cart = this.pos.cart;
			if (!cart.$customer_section.find(".customer-field").length) cart.make_customer_selector();
			this.card_of = found.customer;
			this.doc.club_proof = null;
			this.doc.club_redemptions = [];
			this.doc.club_card = found.card;
			cart.customer_field.df.onchange.call({ value: found.customer });
			frappe.utils.play_sound("submit");
		}

		add_card(card) {
			this.card_of = this.doc.customer;
			frappe.utils.play_sound("submit");
			if (this.doc.club_card !== card) {
				this.doc.club_card = card;
				this.frm.dirty();
			}
			this.on_card ? this.on_card() : this.schedule(0);
		}

		// Another customer, chosen by hand: the card, the PIN and the points were somebody else's.
		forget(frm) {
			if (frm.doc.docstatus !== 0 || frm.doc.is_return) return;
			if (frm.doc.club_card && frm.doc.customer === this.card_of) return;
			this.card_of = null;
			frm.doc.club_card = frm.doc.club_proof = frm.doc.club_member = null;
			frm.doc.club_redemptions = [];
		}

		// ---------------------------------------------------------------------------------- the panel

		schedule(wait = WAIT) {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.refresh(), wait);
		}

		// What the answer depends on: nothing is asked twice.
		sign() {
			const { customer, club_card, club_proof, grand_total, company, is_return, items, club_redemptions } = this.doc;
			return JSON.stringify([
				[this.doc.club_till_key || this.doc.name, customer, club_card, club_proof, grand_total, company, is_return],
				items.map((row) => [row.item_code, row.qty, row.rate, row.net_amount]),
				(club_redemptions || []).map((row) => [row.wallet, row.points, row.gift_card]),
			]);
		}

		ask(changes) {
			return call("panel", { doc: JSON.stringify({ ...this.doc, ...changes }) });
		}

		async refresh() {
			clearTimeout(this.timer);
			this.timer = null;
			if (!this.doc || this.doc.docstatus !== 0) return;
			if (!this.doc.customer) {
				this.shown = this.signature = null;
				return this.show();
			}
			const signature = this.sign();
			if (signature === this.signature) return this.show();
			const turn = ++this.turn;
			const shown = await this.ask();
			if (turn !== this.turn || signature !== this.sign()) return; // the cart has changed meanwhile
			this.signature = signature;
			this.shown = shown;
			this.take_over(shown);
			await this.take_discount(shown);
			this.show();
		}

		// The answer as of the cart as it is now.
		async current() {
			if (this.timer || this.signature !== this.sign()) await this.refresh();
			return this.shown;
		}

		take_over(shown) {
			this.doc.club_member = shown.member || null;
			for (const row of this.rows)
				if (wallet_of(row) === "Points" && shown.redeem_value !== undefined) row.amount = shown.redeem_value;
		}

		// Points that are a discount before tax stand in the document's own discount.
		async take_discount(shown) {
			const discount = loyalty_club.new_discount(this.doc, shown);
			if (discount === undefined) return;
			this.doc.club_discount = discount;
			if (discount) this.doc.apply_discount_on = "Net Total";
			await frappe.model.set_value(this.doc.doctype, this.doc.name, "discount_amount", discount);
			this.pos.cart.update_totals_section(this.frm);
		}

		show() {
			const $section = this.pos.cart.$customer_section;
			$section.find(".club-till").remove();
			if (!this.shown || !this.doc.customer || $section.find(".customer-field").length) return;
			if (!this.pos.cart.$cart_container.is(":visible")) return; // the customer's own details are open
			loyalty_club.style();
			style();
			const $panel = $(`<div class="club-till">${panel_html(this.shown, this.doc)}</div>`).appendTo($section);
			$panel.find(".club-pay").on("click", (event) => this.pay_by($(event.currentTarget).attr("data-wallet")));
			if (this.paying) this.show_tenders(this.pos.payment);
		}

		// ---------------------------------------------------------------------------------- paying

		get rows() {
			return this.doc.club_redemptions || [];
		}

		// The most that a wallet may pay; pressed again, nothing.
		async pay_by(wallet) {
			if (this.busy || this.doc.is_return) return;
			this.busy = true;
			try {
				if (wallet === "Gift Card") await this.gift_card();
				else await this.pay_or_not(wallet === "Points" ? ["Points"] : CREDITS);
			} finally {
				this.busy = false;
			}
		}

		async pay_or_not(wallets) {
			const shown = await this.current();
			const others = this.rows.filter((row) => !wallets.includes(wallet_of(row)));
			if (others.length < this.rows.length) return this.set_rows(others);
			if (!shown?.member)
				return say_wrong(__("Nobody here is a member of the club. Scan the card, or type the mobile number."));
			if (shown.error) return say_wrong(shown.error);
			const able = wallets.filter((wallet) => most_of(shown, wallet));
			if (!able.length)
				return say_wrong(shown.not_here ? loyalty_club.esc(shown.not_here) : __("Nothing there can pay this cart."));
			if (shown.needs && !(await this.prove(shown.needs))) return;
			for (const wallet of able) await this.pay(wallet);
		}

		async pay(wallet, card = {}) {
			const found = await call("pay", { doc: JSON.stringify(this.doc), wallet, ...card });
			if (found.error) return say_wrong(found.error);
			await this.set_rows(found.rows, found);
		}

		async set_rows(rows, found) {
			found ??= await this.ask({ club_redemptions: rows });
			this.frm.clear_table("club_redemptions");
			for (const { wallet, gift_card, points, amount, proof } of rows)
				Object.assign(this.frm.add_child("club_redemptions"), { wallet, gift_card, points, amount, proof });
			this.frm.dirty();
			this.shown = found;
			await this.take_discount(found);
			this.signature = this.sign();
			await this.write_tenders(found);
			frappe.utils.play_sound("submit");
			this.show();
		}

		// The tenders of the document as the server says: the club's, and the rest by the till's own default.
		async write_tenders({ tenders, rest }) {
			if (!tenders) return;
			for (const mode of Object.keys(tenders))
				if (!this.doc.payments.some((row) => row.mode_of_payment === mode))
					this.frm.add_child("payments", { mode_of_payment: mode, type: "General" });
			const main = this.main;
			for (const row of this.doc.payments) {
				let amount = tenders[row.mode_of_payment] || 0;
				if (row === main && !this.frm.skip_default_payment) amount = rest;
				await frappe.model.set_value(row.doctype, row.name, "amount", amount);
			}
			if (!this.paying) return;
			this.pos.payment.render_payment_mode_dom();
			this.pos.payment.update_totals_section();
			setTimeout(() => this.choose_tender(), FOCUS);
		}

		// The tender that takes what the club's tenders leave.
		get main() {
			const others = this.doc.payments.filter((row) => !(row.mode_of_payment in known.modes));
			return others.find((row) => row.default) || others[0];
		}

		// Drawing the tenders anew loses which is chosen, as does v16 by any click elsewhere, and without one Ctrl+Enter
		// completes nothing. A second click would take v16's choice back.
		choose_tender() {
			const { $payment_modes, sanitize_mode_of_payment } = this.pos.payment;
			const row = this.doc?.docstatus === 0 && this.main;
			if (!row || !this.paying || $payment_modes.find(".border-primary").length) return;
			$payment_modes.find(`.mode-of-payment[data-mode="${sanitize_mode_of_payment(row.mode_of_payment)}"]`).click();
		}

		// A gift card, scanned or typed, and its PIN.
		gift_card(number = "") {
			if (this.gift_dialog?.display) return this.gift_dialog.set_value("number", number);
			if (this.doc.docstatus !== 0 || !this.doc.items.length) return say_wrong(__("Put something into the cart first."));
			return new Promise((resolve) => {
				this.gift_dialog = loyalty_club.gift_card_dialog({
					number,
					pay: async ({ gift_card, proof }, dialog) => {
						dialog.hide();
						await this.pay("Gift Card", { gift_card, proof });
					},
				});
				this.gift_dialog.onhide = () => resolve();
			});
		}

		// Before the order is saved for payment, and after ERPNext has put everything on its default tender.
		async share() {
			if (!this.rows.length || this.doc.is_return) return;
			const shown = await this.current();
			if (shown?.error || shown?.refused) return say_wrong(shown.error || loyalty_club.esc(shown.refused));
			if (shown) await this.write_tenders(shown);
		}

		// The card, scanned now, or the PIN. Whether it was shown.
		prove(needs) {
			return new Promise((resolve) => {
				let done = false;
				const dialog = new frappe.ui.Dialog({
					title: __("Card or PIN"),
					fields: [
						{ fieldname: "words", fieldtype: "HTML" },
						{
							fieldname: "pin",
							fieldtype: "Data",
							label: __("PIN", null, "Club Member"),
							description: __("The member types it"),
						},
					],
					primary_action_label: __("Continue", null, "Loyalty Club"),
					primary_action: async () => {
						const pin = (dialog.get_field("pin").$input.val() || "").trim();
						if (!pin) return;
						try {
							this.doc.club_proof = await loyalty_club.call("prove_pin", { member: this.shown.member, pin });
						} catch {
							return dialog.get_field("pin").$input.val("").focus(); // the server has said why
						}
						this.frm.dirty();
						finish();
					},
				});
				const finish = () => {
					done = true;
					dialog.hide();
				};
				this.on_card = needs === "card" ? finish : null;
				dialog.onhide = () => {
					this.on_card = null;
					resolve(done);
				};
				dialog.get_field("words").$wrapper.html(`<div class="club-note">${loyalty_club.missing_words(needs)}</div>`);
				loyalty_club.show_secret(dialog, "pin");
			});
		}

		// The club's tenders on the payment screen: nothing is typed into them.
		show_tenders(payment) {
			for (const [mode, wallet] of Object.entries(known.modes)) {
				const name = payment.sanitize_mode_of_payment(mode);
				const control = payment[`${name}_control`];
				if (control) control.df.onchange = () => {}; // it would write back what it was drawn with
				delete payment[`${name}_control`];
				const $box = payment.$payment_modes.find(
					`.mode-of-payment[data-mode="${name}"], .club-tender[data-wallet="${wallet}"]`
				);
				const paid = this.doc.payments.find((row) => row.mode_of_payment === mode)?.amount;
				if (this.doc.is_return && !paid) {
					$box.closest(".payment-mode-wrapper").remove();
					continue;
				}
				if (!$box.length && !paid && wallet !== "Gift Card" && !most_of(this.shown, wallet)) continue;
				const $shown = $(tender_html(mode, wallet, paid, this.shown, this.doc.currency));
				$box.length ? $box.replaceWith($shown) : add_box(payment, $shown);
				$shown.on("click", () => this.pay_by(wallet));
			}
			if (this.doc.is_return) this.show_refunds(payment);
		}

		// ERPNext draws no amount below zero.
		show_refunds({ $payment_modes, sanitize_mode_of_payment }) {
			for (const { mode_of_payment: mode, amount } of this.doc.payments)
				if (amount < 0)
					$payment_modes
						.find(`.${sanitize_mode_of_payment(mode)}-amount`)
						.html(loyalty_club.bdi(format_currency(amount, this.doc.currency)));
		}

		// ---------------------------------------------------------------------------------- one sale is one sale

		submit(original) {
			if (this.submitting) return;
			const { doctype, name, club_till_key: key } = this.doc;
			this.submitting = { doctype, name, key };
			remember(this.submitting);
			// Frappe takes no answer for a good one: what comes after a sale comes only if it was made.
			const frm = this.frm;
			frm.savesubmit = (...args) =>
				new Promise((resolve) =>
					Object.getPrototypeOf(frm)
						.savesubmit.apply(frm, args)
						.then((answer) => frm.doc.docstatus === 1 && resolve(answer))
				);
			original();
			delete frm.savesubmit;
			// ERPNext asks first; whoever says no has not begun.
			const dialog = window.cur_dialog;
			if (dialog?.confirm_dialog) {
				const hidden = dialog.onhide;
				dialog.onhide = (...args) => {
					hidden?.apply(dialog, args);
					setTimeout(() => {
						if (frappe.ui.form.is_saving || this.doc.docstatus !== 0 || this.asking) return;
						this.settle();
						this.choose_tender();
					}, FOCUS);
				};
			}
		}

		settle() {
			this.submitting = null;
			remember(null);
		}

		// No answer to saving or submitting: only the server knows whether it was done.
		async lost(xhr) {
			const submitting = this.submitting;
			const unknown = xhr.status === 0 || xhr.status >= 502;
			if (this.asking || (!unknown && !submitting)) return; // else the server has refused, and said why
			this.asking = true;
			const { doctype, club_till_key: key, modified } = this.doc;
			if (unknown) frappe.dom.freeze(__("The connection was lost. Asking whether the sale was made …"));
			const found = await answer_of(doctype, key, unknown);
			if (unknown) frappe.dom.unfreeze();
			this.asking = false;
			this.settle();
			if (found.docstatus === 1) return this.show_submitted(doctype, found.name);
			if (!unknown) return;
			const saved = found.name && found.modified !== modified;
			if (saved) {
				await this.adopt(doctype, found.name);
				this.pos.payment.checkout();
			} else if (!submitting) this.pos.cart.$totals_section.find(".edit-cart-btn").click();
			this.choose_tender();
			if (submitting) say_wrong(__("The connection was lost before the sale was made. Complete the order again."));
			else if (!saved) say_wrong(__("The connection was lost before the order was saved. Check out again."));
		}

		// The draft that the server has of this sale.
		async adopt(doctype, name) {
			frappe.model.remove_from_locals(doctype, name);
			await frappe.model.with_doc(doctype, name);
			this.frm.refresh(name);
		}

		async show_submitted(doctype, name) {
			await this.adopt(doctype, name);
			this.pos.toggle_components(false);
			this.pos.order_summary.toggle_component(true);
			this.pos.order_summary.load_summary_of(this.doc, true);
			frappe.show_alert({ message: __("The sale was made: {0}.", [loyalty_club.bdi(name)]), indicator: "green" }, 10);
		}

		// After a reload: what became of the sale that was being made.
		async resume() {
			const pending = remembered();
			if (!pending?.key) return;
			const found = await call("state", { doctype: pending.doctype, key: pending.key });
			remember(null);
			if (!found.name) return;
			if (!(await this.to_the_cart())) return;
			if (found.docstatus === 1) return this.show_submitted(pending.doctype, found.name);
			frappe.show_alert(
				{
					message: __("The last sale, {0}, was saved but not completed. It is in Recent Orders.", [
						loyalty_club.bdi(found.name),
					]),
					indicator: "orange",
				},
				15
			);
		}
	}

	const remember = (pending) => {
		if (pending) localStorage.setItem(PENDING, JSON.stringify(pending));
		else localStorage.removeItem(PENDING);
	};
	const remembered = () => JSON.parse(localStorage.getItem(PENDING) || "null");

	// What the server has of a sale; asked until it answers, if the connection is what is missing.
	const answer_of = async (doctype, key, again) => {
		for (;;) {
			try {
				return await ask_quietly("state", { doctype, key: key || "" });
			} catch {
				if (!again) return {};
				await frappe.timeout(AGAIN / 1000);
			}
		}
	};

	// Without Frappe's own words about a lost connection.
	const ask_quietly = async (method, args) => {
		const answer = await fetch(`/api/method/loyalty_club.api.till.${method}?${new URLSearchParams(args)}`, {
			headers: { "X-Frappe-CSRF-Token": frappe.csrf_token, Accept: "application/json" },
		});
		if (!answer.ok) throw answer.status;
		return (await answer.json()).message;
	};

	const CREDITS = ["Gift Credit", "Cash Credit"]; // what was given goes before what is the customer's own
	const wallet_of = (row) => row.wallet || "Points";
	const credit_of = (shown, wallet) => (shown?.credits || []).find((each) => each.wallet === wallet);
	const most_of = (shown, wallet) => (wallet === "Points" ? shown?.most : credit_of(shown, wallet)?.most);

	// -------------------------------------------------------------------------------------- looks

	const style = () =>
		frappe.dom.set_style(
			`
			.club-till { border-block-start: 1px solid var(--border-color); margin-block-start: 8px; padding-block-start: 8px;
				font-size: var(--text-sm); }
			.club-till .club-line { display: flex; justify-content: space-between; gap: 8px; align-items: baseline; }
			.club-till .club-strong { font-weight: 600; }
			.club-till .club-earn { color: var(--green-600, #2f9d58); font-weight: 600; }
			.club-till .club-birthday { color: var(--pink-600, #c0347c); font-weight: 600; }
			.club-till .club-pay { margin-block-start: 6px; inline-size: 100%; display: flex; justify-content: space-between;
				gap: 8px; }
			.club-till kbd, .club-tender kbd { background: var(--control-bg); color: var(--text-muted); }
			.point-of-sale-app .payment-modes:has(.club-tender) { flex-wrap: wrap; }
			.club-tender { background: var(--fg-color); border-radius: var(--border-radius-md); box-shadow: var(--shadow-base);
				padding: var(--padding-md) var(--padding-lg); cursor: pointer; user-select: none; display: flex;
				flex-wrap: wrap; justify-content: space-between; gap: 4px 8px; }
			.club-tender .club-amount { font-weight: 700; }
			.club-tender .club-note { flex-basis: 100%; }
			.past-order-summary:has(.club-receipt) .abs-container { overflow-y: auto; }
			.past-order-summary:has(.club-receipt) .abs-container > * { flex-shrink: 0; }
			.past-order-summary:has(.club-receipt) .summary-btns { position: sticky; inset-block-end: 0;
				background: var(--fg-color); padding-block-start: var(--padding-sm); }
			.club-receipt .club-notes { padding: var(--padding-xs) var(--padding-md); }
			`,
			"loyalty-club-till"
		);

	const line = (start, end, cls = "") => `<div class="club-line ${cls}"><span>${start}</span><span>${end}</span></div>`;

	const panel_html = (shown, doc) => {
		const { bdi, esc } = loyalty_club;
		if (shown.error) return `<div class="club-note club-warn">${shown.error}</div>`;
		const gift_cards = (shown.gift_cards || []).map((card) => line(gift_card_words(card), bdi(card.pays_text))).join("");
		if (!shown.member)
			return `<div class="club-note">${
				shown.joins
					? __("No member yet. This purchase makes the customer one.")
					: __("The customer is no member of the club.")
			}</div>${gift_cards}`;
		const parts = [
			line(
				bdi(shown.tier),
				__("{0} points", [bdi(shown.balance_text)]) +
					(shown.value ? ` <span class="text-muted">${__("worth {0}", [bdi(shown.value)])}</span>` : ""),
				"club-strong"
			),
			`<div class="club-bar"><span style="inline-size: ${Math.round(
				(shown.progress ? shown.progress.share : 1) * 100
			)}%"></span></div>`,
			`<div class="club-note">${
				shown.progress
					? __("{0} to {1}", [bdi(shown.progress.left), bdi(shown.progress.tier)])
					: __("the highest tier")
			}</div>`,
		];
		if (shown.birthday) parts.push(`<div class="club-birthday">${esc(shown.birthday)}</div>`);
		if (shown.will_earn !== undefined && shown.awards)
			parts.push(
				line(__("This cart will earn"), __("{0} points", [bdi(shown.will_earn_text)]), "club-earn")
			);
		const notes = loyalty_club.member_notes(shown);
		if (shown.refused) notes.unshift([esc(shown.refused), true]);
		else if (shown.not_here) notes.push([esc(shown.not_here), true]);
		parts.push(back_html(shown.back), loyalty_club.notes_html(notes));
		for (const credit of shown.credits || [])
			parts.push(line(esc(credit.label), bdi(credit.available_text)));
		if (!doc.is_return) parts.push(points_button(shown), credit_button(shown));
		return parts.join("") + gift_cards;
	};

	const points_button = (shown) => {
		const { bdi } = loyalty_club;
		if (shown.redeem_text) {
			const asked = [bdi(shown.redeem_points_text), bdi(shown.redeem_text)];
			return button("Points", shown.as_discount ? __("{0} points take off {1}", asked) : __("{0} points pay {1}", asked), true);
		}
		if (!shown.most) return "";
		const most = [bdi(shown.most_value), bdi(shown.most_text)];
		return button("Points", shown.as_discount ? __("Take {0} off by {1} points", most) : __("Pay {0} by {1} points", most));
	};

	const credit_button = (shown) => {
		const { bdi, esc } = loyalty_club;
		const words = (credit, text) => `${esc(credit.label)} ${bdi(text)}`;
		const asked = (shown.credits || []).filter((each) => each.asked);
		if (asked.length)
			return button("Cash Credit", __("Paid by {0}", [asked.map((each) => words(each, each.asked_text)).join(" + ")]), true);
		const able = (shown.credits || []).filter((each) => each.most);
		if (!able.length) return "";
		return button("Cash Credit", __("Pay by {0}", [able.map((each) => words(each, each.most_text)).join(" + ")]));
	};

	const gift_card_words = (card) => __("Gift card {0} pays", [loyalty_club.bdi(card.number)]);

	const button = (wallet, label, done) =>
		`<button type="button" class="btn btn-sm ${done ? "btn-success" : "btn-default"} club-pay" data-wallet="${wallet}"
			title="${key_of(wallet).toUpperCase()}"><span>${label}${done ? " ✓" : ""}</span>${key_name(wallet)}</button>`;

	const back_html = (back) => {
		if (!back) return "";
		const { bdi, esc } = loyalty_club;
		const rows = [];
		if (back.refused) rows.push(`<div class="club-note club-warn">${esc(back.refused)}</div>`);
		if (back.reversed) rows.push(line(__("Points to be taken back"), bdi(back.reversed)));
		if (back.restored)
			rows.push(line(__("Points to be given back"), `${bdi(back.restored)} (${bdi(back.restored_value)})`));
		for (const { label, back_text } of back.wallets || [])
			rows.push(line(__("Goes back to {0}", [esc(label)]), bdi(back_text)));
		if (back.kept_text) rows.push(line(__("Stays as Cash Credit"), bdi(back.kept_text)));
		if (back.missing)
			rows.push(
				`<div class="club-note club-warn">${__("{0} of these points were spent already and will be missing.", [
					bdi(back.missing),
				])}</div>`
			);
		return rows.join("");
	};

	const tender_html = (mode, wallet, amount, shown, currency) => {
		const { bdi, esc } = loyalty_club;
		const most =
			wallet === "Points"
				? shown?.most && __("at most {0} points, {1}", [bdi(shown.most_text), bdi(shown.most_value)])
				: credit_of(shown, wallet)?.most && __("at most {0}", [bdi(credit_of(shown, wallet).most_text)]);
		const note = !amount && most ? `<div class="club-note">${most}</div>` : "";
		return `<div class="club-tender" data-wallet="${wallet}" title="${key_of(wallet).toUpperCase()}">
			<span>${esc(__(mode))} ${key_name(wallet)}</span>
			<span class="club-amount">${amount ? format_currency(amount, currency) : ""}</span>${note}
		</div>`;
	};

	const add_box = (payment, $shown) =>
		$('<div class="payment-mode-wrapper"></div>').append($shown).appendTo(payment.$payment_modes);

	const receipt_html = (facts) => {
		const { bdi, esc } = loyalty_club;
		const row = (label, text) => `<div class="summary-row-wrapper"><div>${label}</div><div>${text}</div></div>`;
		const points = (text) => __("{0} points", [bdi(text)]);
		const worth = (text) => (text ? ` (${bdi(text)})` : "");
		const rows = [];
		if (facts.coded)
			rows.push(row(__("Code for the points, until {0}", [bdi(facts.coded.until)]), bdi(facts.coded.code)));
		if (facts.earned) rows.push(row(__("Points earned"), points(facts.earned)));
		if (facts.waits) rows.push(row(__("Points earned"), __("once it is paid")));
		if (facts.spent) rows.push(row(__("Points spent"), points(facts.spent) + worth(facts.spent_value)));
		if (facts.reversed) rows.push(row(__("Points taken back"), points(facts.reversed)));
		if (facts.restored) rows.push(row(__("Points given back"), points(facts.restored) + worth(facts.restored_value)));
		if (facts.member) rows.push(row(__("New balance"), `${points(facts.balance)} · ${bdi(facts.tier)}`));
		for (const { label, amount, did, left } of (facts.wallets || []).map(loyalty_club.wallet_words))
			rows.push(row(`${label}: ${did}`, [amount, left].filter(Boolean).join(" – ")));
		const notes = [];
		if (facts.why) notes.push([esc(facts.why)]);
		if (facts.next_expiry)
			notes.push([__("{0} points expire after {1}.", [bdi(facts.next_expiry_points), bdi(facts.next_expiry)])]);
		return `<div class="label club-receipt">${__("Loyalty Club")}</div>
			<div class="summary-container club-receipt">${rows.join("")}
			<div class="club-notes">${loyalty_club.notes_html(notes)}</div></div>`;
	};

	const show_receipt = async (summary, doc) => {
		summary.$summary_container.find(".club-receipt").remove();
		if (doc.docstatus !== 1) return;
		const facts = await call("facts", { doctype: doc.doctype, name: doc.name });
		if (!(facts.member || facts.coded || facts.wallets) || summary.doc?.name !== doc.name) return;
		loyalty_club.style();
		style();
		summary.$summary_container.find(".club-receipt").remove();
		$(receipt_html(facts)).insertBefore(summary.$summary_btns);
	};

	// -------------------------------------------------------------------------------------- ERPNext's classes

	const extend_erpnext = () => {
		const POS = erpnext.PointOfSale;
		if (POS.loyalty_club) return;
		const till = (POS.loyalty_club = new Till());

		extend(POS.Controller, {
			make_app(original) {
				original();
				till.begin(this);
			},
			get_new_frm(original) {
				const frm = original();
				frm.doc.club_till_key = frappe.utils.get_random(20);
				return frm;
			},
			// Ctrl+Enter clicks both of ERPNext's checkout buttons; it is one checkout.
			save_and_checkout(original) {
				if (this.frm.doc.is_return) this.frm.dirty(); // saving is what writes the refund
				this.club_checkout ??= till
					.share()
					.then(original)
					.finally(() => (this.club_checkout = null));
				return this.club_checkout;
			},
			init_payments(original) {
				original();
				const submit = this.payment.events.submit_invoice;
				this.payment.events.submit_invoice = () => till.submit(submit);
			},
		});

		extend(POS.ItemCart, {
			update_customer_section(original) {
				original();
				till.pos && till.schedule(0);
			},
			update_totals_section(original) {
				original();
				till.pos && till.schedule();
			},
			toggle_customer_info(original, show) {
				original();
				if (show) this.$customer_section.find(".club-till").remove();
			},
			make_customer_selector(original) {
				original();
				const df = this.customer_field.df;
				const query = df.get_query;
				df.get_query = () => ({ ...query(), query: "loyalty_club.api.till.find_customers" });
				this.customer_field.$input.attr("placeholder", __("Scan a card; or name, phone, membership code"));
			},
		});

		extend(POS.ItemSelector, {
			bind_events(original) {
				original();
				// ERPNext's ear for scanners takes Enter after any key within a tenth of a second: Ctrl+Enter, too.
				const ear = document.scannerDetectionData?.options;
				if (ear) ear.onKeyDetect = (code, event) => !(event.ctrlKey || event.altKey || event.metaKey);
			},
			set_search_value(original, value) {
				const number = value && value !== this.club_item && card_in(value);
				if (!number) return original();
				till.scan(number);
				return original("");
			},
			filter_items(original, { search_term = "" } = {}) {
				const number = search_term !== this.club_item && card_in(search_term);
				this.club_item = null;
				if (!number) return original();
				till.scan(number);
				this.set_search_value("");
			},
		});

		extend(POS.Payment, {
			checkout(original) {
				original();
				till.share();
				if (till.doc.is_return) setTimeout(() => till.choose_tender(), FOCUS); // the server's rows have no default
			},
			render_payment_mode_dom(original) {
				original();
				till.show_tenders(this);
			},
			on_numpad_clicked(original, button, from_numpad = true) {
				if (from_numpad) return original();
				if (window.cur_dialog?.display) return; // what is typed into a dialog is no amount
				till.wedge.hold(() => this.selected_mode && original());
			},
		});

		extend(POS.PastOrderSummary, {
			load_summary_of(original, doc, after_submission) {
				if (after_submission) till.settle();
				original();
				show_receipt(this, doc);
			},
		});
	};
})();
