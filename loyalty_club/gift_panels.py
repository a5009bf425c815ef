"""What the desk and the till show of a gift card, ready to be shown; as `panels` does for everything else.

Reads; decides and computes nothing. Permissions are checked by whoever calls it (`api.gift_cards`).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import frappe

from loyalty_club import persian, policy
from loyalty_club.core import cards, words
from loyalty_club.core.model import ZERO
from loyalty_club.core.records import reason_from
from loyalty_club.engine import gift_cards, gift_sales
from loyalty_club.engine.gift_cards import Card, Made, Secret
from loyalty_club.engine.gift_sales import Balance

MOVEMENTS = 20


def number(card: Card, style: words.Style) -> str:
	"""A gift card's number as it may be shown, in the user's digits."""
	return persian.to_persian_digits(card.masked) if style.lang == "fa" else card.masked


def secret(found: Secret | Made) -> dict[str, str]:
	"""A card's number and PIN as they are printed."""
	shown = {
		"number": cards.group(found.number),
		"pin": found.pin,
		"barcode": cards.code128_svg(found.number),
	}
	return {**shown, "name": found.name} if isinstance(found, Made) else shown


def _style(card: Card) -> words.Style:
	program = policy.in_force(card.program)
	return policy.style(program.rules if program else None)


def _holdings(card: Card, style: words.Style) -> dict[str, Any]:
	held: Balance = gift_sales.balance(card)
	return {
		"gift_card": card.name,
		"number": number(card, style),
		"status": card.status,
		"holds_text": style.money(held.holds),
		"available": float(held.available),
		"available_text": style.money(held.available),
		"expiry": [
			{"day": style.day(day) if day else "", "amount": style.money(amount)}
			for day, amount in held.expiry
		],
		"expires_on": style.day(card.expires_on) if card.expires_on else "",
	}


def at_the_till(card: Card, company: str | None) -> dict[str, Any]:
	"""A card that was scanned: what it holds, and whether it may pay or be sold in the company, or why not."""
	return {
		**_holdings(card, _style(card)),
		"face_value": float(card.face_value),
		"may_not_pay": _objection(gift_cards.may_spend, card, company),
		"may_not_be_sold": _objection(gift_cards.may_load, card, company),
	}


def _objection(check: Any, card: Card, company: str | None) -> str:
	"""What a check says against a card; "" for nothing."""
	try:
		check(card, company)
	except frappe.ValidationError as refused:
		frappe.clear_last_message()
		return str(refused)
	return ""


def form(name: str) -> dict[str, Any]:
	"""The Gift Card form: balance, expiry, movements, what replaced it, and what may be done."""
	card = gift_cards.by_name(name)
	style = _style(card)
	club = policy.settings()
	following = gift_cards.heir(name) if card.status == "Replaced" else None
	tries = club.pin_tries or gift_cards.WRONG_PINS
	return {
		**_holdings(card, style),
		"blocked_on": style.day(card.blocked_on) if card.blocked_on else "",
		"sold_in": card.sold_in,
		"sold_doctype": card.sold_doctype,
		"locked": card.pin_failures >= tries,
		"replaced_by": following.name if following else "",
		"replaced_by_number": number(following, style) if following else "",
		"kept": bool(gift_cards.secrets_are_kept(name)),
		"may_manage": bool(frappe.has_permission("Gift Card", "write", name)),
		"may_give": bool(frappe.has_permission("Club Adjustment", "create")),
		"movements": _movements(card, style),
	}


def _movements(card: Card, style: words.Style) -> list[dict[str, Any]]:
	if not card.account:
		return []
	rows = frappe.get_all(
		"Club Ledger Entry",
		filters={"account": card.account},
		fields=["posting_date", "quantity", "reason_code", "reason", "source_doctype", "source_name"],
		order_by="seq desc",
		limit=MOVEMENTS,
	)
	return [
		{
			"day": style.day(row.posting_date),
			"amount": signed(policy.exact(row.quantity), style),
			"out": row.quantity < 0,
			"why": words.reason(reason_from(row.reason_code, json.loads(row.reason or "{}")), style),
			"doctype": row.source_doctype or "",
			"document": row.source_name or "",
		}
		for row in rows
	]


def signed(amount: Decimal, style: words.Style) -> str:
	"""An amount with its sign, which stays before the digits in right-to-left text, too."""
	number, _space, unit = style.money(abs(amount)).partition(" ")
	return f"\u2066{'+' if amount > ZERO else '−'}{number}\u2069 {unit}".rstrip()
