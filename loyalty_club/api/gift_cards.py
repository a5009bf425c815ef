"""Gift cards in a browser: look one up, prove its PIN, sell it by a row; the form's panel and buttons. Numbers leave
the server masked, but for a card that is made, and one whose number is still kept to be printed."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import gift_panels
from loyalty_club.engine import gift_cards, gift_sales


def _may_sell() -> None:
	"""Whoever writes invoices handles gift cards at the till."""
	till = frappe.has_permission("POS Invoice", "create")
	frappe.has_permission("POS Invoice" if till else "Sales Invoice", "create", throw=True)


def _manage(card: str) -> None:
	frappe.has_permission("Gift Card", "write", card, throw=True)


@frappe.whitelist(methods=["POST"])
def look_up(number: str, pin: str | None = None, company: str | None = None) -> dict[str, Any]:
	"""What a gift card holds and until when, masked. number: typed or scanned, or a Gift Card's name for who may
	read one; pin: asked of who may not. Raises ValidationError that says what is wrong with the card."""
	if not frappe.has_permission("Gift Card", "read"):
		return gift_panels.at_the_till(_proven(number, pin or "")[0], company or None)
	return gift_panels.at_the_till(gift_cards.identify(number), company or None)


def _proven(number: str, pin: str) -> tuple[gift_cards.Card, str]:
	"""The card of a number, never of a record's name, and a proof that its PIN was told."""
	if not gift_cards.is_a_number(number):
		frappe.throw(_("Scan the gift card, or type the 16 digits on it."), title=_("Gift Card"))
	card = gift_cards.identify(number)
	return card, gift_cards.prove(card.name, pin)


@frappe.whitelist(methods=["POST"])
def prove(number: str, pin: str) -> dict[str, str]:
	"""For the redemption row of an invoice: the card's name and a proof, good for a quarter of an hour and for the
	present user, that its number and PIN were told. number: scanned or typed, never the card's name."""
	_may_sell()
	card, proof = _proven(number, pin)
	return {"gift_card": card.name, "masked": card.masked, "proof": proof}


@frappe.whitelist(methods=["POST"])
def sale_row(number: str, company: str) -> dict[str, Any]:
	"""The row of an invoice that sells or tops up a gift card, as the form keeps it. rate: in the company's currency, 0
	where any amount may be written. Raises ValidationError if it cannot be sold there."""
	_may_sell()
	return gift_sales.row_for(number, company)


@frappe.whitelist()
def panel(gift_card: str) -> dict[str, Any]:
	"""A Gift Card's form: balance, expiry and movements, ready to be shown."""
	frappe.has_permission("Gift Card", "read", gift_card, throw=True)
	return gift_panels.form(gift_card)


@frappe.whitelist(methods=["POST"])
def block(gift_card: str, reason: str = "") -> str:
	"""Blocks a lost gift card; what is on it stays. Returns its status."""
	_manage(gift_card)
	return str(gift_cards.block(gift_card, reason).status)


@frappe.whitelist(methods=["POST"])
def unblock(gift_card: str) -> str:
	"""Makes a blocked gift card count again; returns its status."""
	_manage(gift_card)
	return str(gift_cards.unblock(gift_card).status)


@frappe.whitelist(methods=["POST"])
def unlock(gift_card: str) -> None:
	"""Lets the right PIN count again after too many wrong ones."""
	_manage(gift_card)
	gift_cards.unlock(gift_card)


@frappe.whitelist(methods=["POST"])
def replace(gift_card: str) -> dict[str, str]:
	"""Makes a new gift card in place of a lost or worn one; balance and expiry stay. Tells the new card's name, number
	and PIN."""
	_manage(gift_card)
	frappe.has_permission("Gift Card", "create", throw=True)
	return gift_panels.secret(gift_cards.replace(gift_card))


@frappe.whitelist(methods=["POST"])
def reveal(gift_card: str) -> dict[str, str]:
	"""Number and PIN of a card that has not been handed out yet, to write or print them; it is noted on the card."""
	_manage(gift_card)
	return gift_panels.secret(gift_cards.reveal(gift_card))


@frappe.whitelist(methods=["POST"])
def wipe(gift_card: str) -> None:
	"""Forgets number and PIN of a card that is printed and handed out: from now on they stand on the card alone."""
	_manage(gift_card)
	gift_cards.wipe([gift_card])


@frappe.whitelist(methods=["POST"])
def forgive(user: str) -> None:
	"""Lets a user who was refused for too many wrong gift card numbers try again."""
	frappe.has_permission("Gift Card", "write", throw=True)
	gift_cards.forgive(user)
