"""Gift cards that a Sales Invoice or POS Invoice sells, tops up or takes back, a row each. Beside adjustments the only
code that puts money on a gift card.

A card is sold when its invoice is submitted, and holds money once that is paid: with payments at once, else when
nothing is owed any more (`settle`). When a payment is taken back the card stops; its money stays, for so does the
liability. A return takes back what it refunds, a cancellation everything, and neither more than is still there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Sum

from loyalty_club import ledger, policy
from loyalty_club.core import lots, undo, wallets
from loyalty_club.core.model import ZERO
from loyalty_club.engine import gift_cards, invoice, post, settlement
from loyalty_club.engine.gift_cards import Card
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.policy import exact
from loyalty_club.setup import gift_card_item


def rows_of(doc: Any) -> list[Any]:
	"""The rows that sell a gift card; asks the database nothing."""
	item = policy.settings().gift_card_item
	return [row for row in doc.items if row.get("club_gift_card") or (item and row.item_code == item)]


def posting_name(document: str, row: str) -> str:
	"""Under which name it is posted that a row put money on its card, or took it."""
	return f"{document}|gift card|{row}"


class Balance(NamedTuple):
	"""What a card holds (in the program's currency), what of it can be spent now, and what of that dies when, the first
	first; None for what never does."""

	holds: Decimal
	available: Decimal
	expiry: tuple[tuple[date | None, Decimal], ...]


def balance(card: Card, day: date | None = None) -> Balance:
	"""What a card holds on a day, as a plain read shows it."""
	program = policy.in_force(card.program)
	if program is None or not card.account:
		return Balance(ZERO, ZERO, ())
	day = day or policy.club_today()
	act = ledger.Act("Gift Card", card.name, "", "preview")
	session = post.open_session(program, act, company=None, branch=None, until=day, dry=True)
	session.store.open([card.account])
	account = session.store.account(card.account)
	session.club.advance(account, day)
	dying: dict[date | None, Decimal] = {}
	for lot in lots.spendable(account.lots.values(), day):
		last = lots.last_day(lot, program.rules, account.last_purchase)
		dying[last] = dying.get(last, ZERO) + lot.remaining
	expiry = sorted(dying.items(), key=lambda each: each[0] or date.max)
	return Balance(account.balance, account.available(day), tuple(expiry))


# ---------------------------------------------------------------------------------------------- draft


def row_for(text: str, company: str) -> dict[str, Any]:
	"""The row that sells or tops up the card of a scanned number, whole, so that a form needs to fetch nothing for it.
	rate: its face value, 0 for any amount."""
	card = gift_cards.identify(text)
	gift_cards.may_load(card, company)
	new = card.status == "Blank"
	rate = float(card.face_value) if new else 0.0
	item = frappe.get_cached_doc("Item", policy.settings().gift_card_item)
	template = gift_card_item.cover(company)
	return {
		"item_code": item.name,
		"item_name": item.item_name,
		"item_group": item.item_group,
		"description": (_("Gift card {0}") if new else _("Top-up of gift card {0}")).format(card.masked),
		"club_gift_card": card.name,
		"qty": 1,
		"uom": item.stock_uom,
		"stock_uom": item.stock_uom,
		"conversion_factor": 1,
		"rate": rate,
		"price_list_rate": rate,
		"income_account": _liability(card, company),
		"cost_center": frappe.get_cached_value("Company", company, "cost_center"),
		"warehouse": None,
		"item_tax_template": template,
		"item_tax_rate": _rates_of(template),
	}


def _rates_of(template: str | None) -> str:
	"""A tax template's rates as a row keeps them, JSON."""
	taxes = frappe.get_cached_doc("Item Tax Template", template).taxes if template else []
	return json.dumps({tax.tax_type: tax.tax_rate for tax in taxes})


def prepare(doc: Any) -> None:
	"""Before the totals: numbers become names, a face value becomes the rate, the row bears no tax and is no revenue.
	Raises ValidationError for whatever a gift card's row must not be."""
	rows = [] if doc.get("is_consolidated") else rows_of(doc)
	if not rows:
		return
	if not invoice.concerns(doc):
		frappe.throw(_("A gift card cannot be sold by an opening entry or within a group of companies."))
	own = frappe.get_cached_value("Company", doc.company, "default_currency")
	if doc.currency and doc.currency != own:
		frappe.throw(
			_("Gift cards of {0} hold {1}: sell them by an invoice in {1}.").format(doc.company, own)
		)
	template = gift_card_item.cover(doc.company, [tax.account_head for tax in doc.get("taxes") or []])
	seen: set[str] = set()
	for row in rows:
		card = _card_of(doc, row)
		if card.name in seen:
			frappe.throw(
				_("Row {0}: gift card {1} is there twice. Keep one row.").format(row.idx, card.masked)
			)
		seen.add(card.name)
		row.item_tax_template = template
		row.income_account = _liability(card, doc.company)


def _card_of(doc: Any, row: Any) -> Card:
	item = policy.settings().gift_card_item
	if row.item_code != item:
		frappe.throw(
			_("Row {0}: a gift card is sold as item {1}. Choose it, or clear the gift card.").format(
				row.idx, item
			)
		)
	if exact(row.qty) != (-1 if doc.get("is_return") else 1):
		frappe.throw(_("Row {0}: a gift card has a row of its own, with quantity 1.").format(row.idx))
	if doc.get("is_return"):
		card = _returned_card(doc, row)
	else:
		card = gift_cards.identify(_typed(row))
		gift_cards.may_load(card, doc.company)
		if card.status == "Blank" and card.face_value:
			row.rate = row.price_list_rate = float(card.face_value)
			row.discount_percentage = row.discount_amount = row.margin_rate_or_amount = 0
	row.club_gift_card = card.name
	return card


def _typed(row: Any) -> str:
	if not row.get("club_gift_card"):
		frappe.throw(
			_("Row {0}: scan the gift card that is sold, or type its number, in the row’s field {1}.").format(
				row.idx, _("Gift Card")
			),
			title=_("Gift Card missing"),
		)
	return str(row.club_gift_card)


def _returned_card(doc: Any, row: Any) -> Card:
	"""The card of the original's row, whatever the form says; without an original the one that was typed."""
	original = row.get(invoice.ORIGINAL_ROW[doc.doctype])
	if doc.get("return_against") and original:
		sold = frappe.db.get_value(f"{doc.doctype} Item", original, "club_gift_card")
		if sold:
			return gift_cards.heir(sold)
	card = gift_cards.heir(gift_cards.identify(_typed(row)).name)
	gift_cards.may_spend(card, doc.company)
	return card


def recall(doc: Any) -> None:
	"""On a drafted return that was not saved yet: its rows' cards are those of the original's rows."""
	if not doc.get("return_against"):
		return
	for row in rows_of(doc):
		original = row.get(invoice.ORIGINAL_ROW[doc.doctype])
		if original and not row.get("club_gift_card"):
			row.club_gift_card = frappe.db.get_value(f"{doc.doctype} Item", original, "club_gift_card")


def _liability(card: Card, company: str) -> str:
	program = policy.in_force(card.program)
	account = program.companies[company].wallets["Gift Card"].account if program else None
	if not account:
		frappe.throw(
			_(
				"The program {0} has no gift card account in {1}. Put it in force again, which makes one."
			).format(card.program, company)
		)
	return str(account)


def check(doc: Any) -> None:
	"""After the totals: what the card will hold is what the row asks for, neither less nor more."""
	rows = [] if doc.get("is_consolidated") else rows_of(doc)
	for row in rows:
		card = gift_cards.by_name(row.club_gift_card)
		row.income_account = _liability(card, doc.company)
		asked, net = exact(row.base_amount), exact(row.base_net_amount)
		if not asked:
			frappe.throw(_("Row {0}: write how much money the gift card is to hold.").format(row.idx))
		if asked != net:
			frappe.throw(
				_(
					"Row {0}: a gift card bears no discount and no tax, or it would hold more or less than is paid. "
					"Take the discount off, or sell the gift card by an invoice of its own."
				).format(row.idx)
			)
		sale = not doc.get("is_return")
		if sale and card.status == "Blank" and card.face_value and net != card.face_value:
			frappe.throw(
				_("Row {0}: gift card {1} is sold for {2}, no more and no less.").format(
					row.idx, card.masked, policy.style().money(card.face_value)
				)
			)
		_refuse_tax(doc, row)
	if rows and doc.get("write_off_amount") and not doc.get("is_return"):
		frappe.throw(_("A sale of gift cards is paid whole: take the write-off away."))


def _refuse_tax(doc: Any, row: Any) -> None:
	rates = json.loads(row.get("item_tax_rate") or "{}")
	for tax in doc.get("taxes") or []:
		exempt = tax.account_head in rates and not exact(rates[tax.account_head])
		if tax.charge_type != "Actual" and exact(tax.rate) and not exempt:
			frappe.throw(
				_(
					"Row {0}: a gift card bears no tax, but {1} taxes it. Choose the item tax template {2}."
				).format(row.idx, tax.account_head, gift_card_item.template_of(doc.company))
			)


# ---------------------------------------------------------------------------------------------- submit


def submit_rows(doc: Any) -> None:
	"""Sells, tops up or takes back the cards of a submitted document."""
	if doc.get("is_consolidated"):
		return
	for row, card in _locked(doc):
		if doc.get("is_return"):
			_take_back(doc, row, card)
			continue
		gift_cards.may_load(card, doc.company)
		owes = exact(frappe.db.get_value(doc.doctype, doc.name, "outstanding_amount"))
		if doc.doctype == "POS Invoice" and owes > 0:
			frappe.throw(
				_("A gift card is paid at once at the till: {0} is still owed.").format(
					policy.style().money(owes)
				)
			)
		if _is_paid(doc.doctype, doc.name, owes):
			_issue(doc, row, card, exact(row.base_net_amount))
		elif card.status == "Blank":
			gift_cards.set_status(card.name, "Unpaid", sold_doctype=doc.doctype, sold_in=doc.name)


def _locked(doc: Any) -> Iterator[tuple[Any, Card]]:
	"""Rows and their cards, locked in the order of their names; a replaced card's row is the new card's."""
	cards = {row.name: gift_cards.heir(row.club_gift_card).name for row in rows_of(doc)}
	rows = {row.name: row for row in doc.items}
	for row, card in sorted(cards.items(), key=lambda each: each[1]):
		yield rows[row], gift_cards.by_name(card, lock=True)


def _is_paid(doctype: str, name: str, owes: Decimal) -> bool:
	return owes <= 0 and not post.waits_for_cheque(doctype, name)


def _session(doc: Any, card: Card, account: str, what: str) -> post.Session:
	program = policy.in_force(card.program)
	assert program is not None
	session = post.open_session(
		program,
		post.act_of(doc, what),
		company=doc.company,
		branch=invoice.branch(doc),
		until=max(invoice.day(doc), policy.club_today()),
	)
	session.store.open([account])
	return session


def _issue(doc: Any, row: Any, card: Card, amount: Decimal) -> None:
	"""Puts the customer's money on the card, once, and makes it active unless it is blocked."""
	account = gift_cards.open_account(card.name)
	session = _session(doc, card, account, f"gift card {row.name}")
	with post.spoken(session.program):
		done = wallets.load(
			session.club,
			posting_name(doc.name, row.name),
			account,
			amount,
			invoice.day(doc),
			doc.name,
			card.expires_on,
		)
	if done is not None:
		session.store.write()
	status = "Blocked" if card.status == "Blocked" else "Active"
	if card.status != status or card.sold_in != doc.name:
		_keep_block(card, status, doc)


def _keep_block(card: Card, status: str, doc: Any) -> None:
	sold = {"sold_doctype": doc.doctype, "sold_in": doc.name}
	if status == "Blocked":
		frappe.db.set_value("Gift Card", card.name, sold)
	else:
		gift_cards.set_status(card.name, status, **sold)


# ---------------------------------------------------------------------------------------------- return


def _take_back(doc: Any, row: Any, card: Card) -> None:
	"""Takes what the row refunds off the card; an empty one is blocked. A sale not yet paid put nothing on it."""
	amount = -exact(row.base_net_amount)
	returned = {"block_reason": _("Returned by {0}").format(doc.name), "returned_in": doc.name}
	original = row.get(invoice.ORIGINAL_ROW[doc.doctype])
	if original and ledger.posting(posting_name(doc.return_against, original), True) is None:
		if card.status == "Unpaid" and not _left_to_pay(doc.doctype, original):
			gift_cards.set_status(card.name, "Blocked", **returned)
		return
	account = gift_cards.open_account(card.name)
	session = _session(doc, card, account, f"gift card {row.name}")
	day = max(invoice.day(doc), session.store.account(account).clock)
	with post.spoken(session.program):
		held = session.store.account(account)
		session.club.advance(held, day)
		own = sum((lot.remaining for lot in held.lots.values() if not lot.granted), ZERO)
		if amount > own:
			frappe.throw(
				_(
					"Row {0}: gift card {1} holds {2} that were paid for, so no more can be refunded. "
					"Write that as the row’s rate."
				).format(row.idx, card.masked, policy.style(session.program.rules).money(own)),
				title=_("Gift Card spent"),
			)
		name = posting_name(doc.name, row.name)
		done = wallets.unload(session.club, name, account, amount, day, doc.name)
	if done is not None:
		session.store.write()
		settlement.post(doc, session.program, session.store.batch)
	if not held.balance and card.status != "Blocked":
		gift_cards.set_status(card.name, "Blocked", **returned)


def _left_to_pay(doctype: str, row: str) -> Decimal:
	"""What a row sold less what was returned of it, in the company's currency: what its card gets once it is paid."""
	item, parent = frappe.qb.DocType(f"{doctype} Item"), frappe.qb.DocType(doctype)
	sold = exact(frappe.db.get_value(f"{doctype} Item", row, "base_net_amount"))
	back = (
		frappe.qb.from_(item)
		.join(parent)
		.on(parent.name == item.parent)
		.select(Sum(item.base_net_amount))
		.where(
			(item[invoice.ORIGINAL_ROW[doctype]] == row) & (parent.docstatus == 1) & (parent.is_return == 1)
		)
		.run()
	)
	return sold + exact(back[0][0])


# ---------------------------------------------------------------------------------------------- payment


def settle(doctype: str, name: str) -> None:
	"""Cards of an invoice whose debt changed: paid, they get their money; no longer paid, they stop."""
	if doctype not in DOCTYPES or not frappe.db.exists(
		f"{doctype} Item", {"parent": name, "club_gift_card": ["is", "set"]}
	):
		return
	doc = frappe.get_doc(doctype, name)
	if doc.docstatus != 1 or doc.get("is_return") or doc.get("is_consolidated"):
		return
	paid = _is_paid(doctype, name, exact(doc.outstanding_amount))
	for row, card in _locked(doc):
		issued = ledger.posting(posting_name(name, row.name), True) is not None
		if paid and not issued:
			amount = _left_to_pay(doctype, row.name)
			if amount > 0:
				_issue(doc, row, card, amount)
		elif paid and card.status == "Unpaid" and unpaid(card) is None:
			gift_cards.set_status(card.name, "Active")
		elif issued and not paid and card.status == "Active":
			gift_cards.set_status(card.name, "Unpaid", sold_doctype=doctype, sold_in=name)


def unpaid(card: Card) -> str | None:
	"""The invoice that stops a card: it put money on it and is not paid any more, or it sold it and is not paid yet."""
	for name, row, owes in _sales(card):
		put = ledger.posting(posting_name(name, row), True) is not None
		if (put or not card.account) and not _is_paid("Sales Invoice", name, owes):
			return name
	return None


def _sales(card: Card) -> list[tuple[str, str, Decimal]]:
	"""Ordinary invoices that sold or topped up a card or those it replaced: name, row, what they owe."""
	names, before = [card.name], card.name
	while before := frappe.db.get_value("Gift Card", before, "replaces"):
		names.append(before)
	item, parent = frappe.qb.DocType("Sales Invoice Item"), frappe.qb.DocType("Sales Invoice")
	rows = (
		frappe.qb.from_(item)
		.join(parent)
		.on(parent.name == item.parent)
		.select(parent.name, item.name, parent.outstanding_amount)
		.where(item.club_gift_card.isin(names) & (parent.docstatus == 1) & (parent.is_return == 0))
		.orderby(parent.creation)
		.run()
	)
	return [(name, row, exact(owes)) for name, row, owes in rows]


# ---------------------------------------------------------------------------------------------- cancel


def cancel_rows(doc: Any) -> None:
	"""Undoes what a cancelled document did to its cards. Raises ValidationError if the money was spent meanwhile."""
	if doc.get("is_consolidated"):
		return
	for row, card in _locked(doc):
		name = posting_name(doc.name, row.name)
		if ledger.posting(name, True) is not None:
			session = _session(doc, card, card.account, f"cancel gift card {row.name}")
			with post.spoken(session.program):
				undone = undo.cancel(session.club, name, policy.club_today(), f"{name}:cancel")
			if undone:
				session.store.write()
		if doc.get("is_return"):
			if frappe.db.get_value("Gift Card", card.name, "returned_in") == doc.name:
				gift_cards.set_status(card.name, gift_cards.status_by_sales(card))
		elif card.status in ("Unpaid", "Active"):
			status = "Active" if _given_otherwise(card, doc) else "Blank"
			gift_cards.set_status(card.name, status, sold_doctype=None, sold_in=None)


def _given_otherwise(card: Card, doc: Any) -> bool:
	"""Whether a card holds, or held, money that this document did not put on it."""
	return bool(
		frappe.db.exists(
			"Club Ledger Entry",
			{"account": card.account, "quantity": [">", 0], "source_name": ["!=", doc.name]},
		)
		if card.account
		else False
	)
