"""What the Point of Sale page asks: whose card was scanned, what the cart earns, what became of a sale.

The cart is the till's document, a POS Invoice or (v16) a Sales Invoice; every amount of it is computed by the engine.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.desk.search import search_widget

from loyalty_club import persian, policy, printing, till_panels
from loyalty_club.api import draft_invoice
from loyalty_club.core import cards
from loyalty_club.engine import gift_cards, gift_sales, members
from loyalty_club.engine.invoice import DOCTYPES

Rows = list[tuple[Any, ...]]


def _check(doctype: str) -> None:
	if doctype not in DOCTYPES:
		frappe.throw(_("The till makes no {0}.").format(_(doctype)))
	frappe.has_permission(doctype, "create", throw=True)


# ---------------------------------------------------------------------------------------------- once a day


@frappe.whitelist()
def setup() -> dict[str, Any]:
	"""What the till must know before the first scan: how the club's cards and gift cards begin, and which modes of
	payment are the club's (mode of payment -> wallet)."""
	frappe.has_permission("POS Profile", "read", throw=True)
	club = policy.settings()
	return {
		"card_prefix": club.card_prefix or "",
		"gift_card_prefix": club.gift_card_prefix or gift_cards.PREFIX,
		"modes": {mode: wallet for wallet, mode in policy.MODES.items()},
	}


# ---------------------------------------------------------------------------------------------- who


@frappe.whitelist()
def scan(text: str, company: str, doctype: str = "POS Invoice") -> dict[str, Any]:
	"""Whom a scanned text of 16 digits names: `kind` is "member", "gift_card", "blank_gift_card" with the `row` that
	sells it, "item" where it is an item's barcode or serial number, or "wrong" with one clear `error`."""
	_check(doctype)
	number = persian.normalise(text).replace(" ", "").replace("-", "")
	try:
		return _named_by(number, company)
	except frappe.ValidationError as wrong:
		frappe.clear_messages()
		return {"kind": "wrong", "error": str(wrong)}


def _named_by(number: str, company: str) -> dict[str, Any]:
	club = policy.settings()
	if gift_cards.is_number(number):
		if gift_cards.identify(number).status == "Blank":
			return {"kind": "blank_gift_card", "row": gift_sales.row_for(number, company)}
		return {"kind": "gift_card", "number": number}
	if not number.startswith(club.card_prefix) and not frappe.db.exists("Loyalty Card", number):
		if _is_item(number):
			return {"kind": "item"}
		_refuse_foreign(number)
	found = members.find(number, company)
	customer = frappe.get_cached_doc("Customer", found.member.customer)
	frappe.has_permission("Customer", "read", customer, throw=True)
	if not members.valid_in(found.member, company):
		frappe.throw(
			_("Card {0} belongs to {1}, which is not valid in company {2}.").format(
				cards.mask(number), found.member.program, company
			)
		)
	return {
		"kind": "member",
		"member": found.member.name,
		"customer": customer.name,
		"customer_name": customer.customer_name,
		"customer_group": customer.customer_group,
		"card": found.card,
	}


def _is_item(number: str) -> bool:
	return bool(
		frappe.db.exists("Item Barcode", {"barcode": number})
		or frappe.db.exists("Serial No", number)
		or frappe.db.exists("Batch", number)
		or frappe.db.exists("Item", number)
	)


def _refuse_foreign(number: str) -> None:
	if number[:6] in cards.BANK_PREFIXES:
		frappe.throw(
			_("{0} is a bank card; scan the club's card, which begins with {1}.").format(
				cards.mask(number), policy.settings().card_prefix
			)
		)
	frappe.throw(
		_("{0} is not a card of this club; its cards begin with {1}.").format(
			cards.mask(number), policy.settings().card_prefix
		)
	)


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def find_customers(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict[str, Any] | None = None
) -> Rows:
	"""The till's customer box: a mobile, membership code or card number finds its customer by an indexed exact match;
	anything else is ERPNext's ordinary search."""
	frappe.has_permission("Customer", "read", throw=True)
	customer = _exactly(txt)
	if customer:
		found: Rows = search_widget(
			"Customer",
			"",
			searchfield=searchfield,
			page_length=1,
			filters={**(filters or {}), "name": customer},
		)
		if found:
			return [(*found[0], txt)]  # Frappe takes with Enter only what shows the typed text
	rest: Rows = search_widget(
		"Customer",
		persian.to_latin_digits(txt),
		searchfield=searchfield,
		start=start,
		page_length=page_len,
		filters=filters,
	)
	return rest


def _exactly(text: str) -> str | None:
	"""The customer whom a text names as a member. A card that names nobody says why."""
	digits = persian.normalise(text).replace(" ", "").replace("-", "")
	if not digits:
		return None
	try:
		return members.find(text).member.customer
	except frappe.ValidationError:
		if digits.isdigit() and len(digits) == cards.CARD_LENGTH:
			raise
		frappe.clear_messages()
		return None


# ---------------------------------------------------------------------------------------------- the cart


@frappe.whitelist(methods=["POST"])
def panel(doc: str) -> dict[str, Any]:
	"""What the till shows of the cart's member: tier, balance, what the cart will earn and why, the most that may be
	spent, the birthday. doc: the till's document as JSON; nothing is saved. Anything that stands in the way comes back
	as `error`."""
	try:
		return till_panels.cart(draft_invoice(doc))
	except frappe.ValidationError as wrong:
		frappe.clear_messages()
		return {"error": str(wrong)}


@frappe.whitelist(methods=["POST"])
def pay(doc: str, wallet: str, gift_card: str = "", proof: str = "") -> dict[str, Any]:
	"""The cart with the most that one wallet may pay of it: as `panel`, and the `rows` for the document. gift_card: a
	Gift Card's name, with the proof of its PIN. Nothing is saved."""
	try:
		return till_panels.pay(draft_invoice(doc), wallet, gift_card, proof)
	except frappe.ValidationError as wrong:
		frappe.clear_messages()
		return {"error": str(wrong)}


# ---------------------------------------------------------------------------------------------- the sale


@frappe.whitelist()
def state(doctype: str, key: str) -> dict[str, Any]:
	"""What became of a sale whose answer was lost: name, docstatus and `modified` of the till's document with this key;
	empty if it never arrived."""
	_check(doctype)
	if not key:
		return {}
	found = frappe.db.get_value(
		doctype, {"club_till_key": key}, ["name", "docstatus", "modified"], as_dict=True
	)
	if not found:
		return {}
	frappe.has_permission(doctype, "read", found.name, throw=True)
	return {**found, "modified": str(found.modified)}


@frappe.whitelist()
def facts(doctype: str, name: str) -> dict[str, Any]:
	"""What a submitted order did to the member's points and to credit and gift cards, and what expires next; `coded`:
	the code that attaches it to a member later; empty if nothing."""
	_check(doctype)
	frappe.has_permission(doctype, "read", name, throw=True)
	return printing.receipt_facts(frappe.get_doc(doctype, name))
