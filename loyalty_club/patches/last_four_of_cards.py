"""Cards made before they were found by their last four digits, and before a token always had a letter."""

from __future__ import annotations

import secrets

import frappe
from pypika.functions import Substring

from loyalty_club.core.cards import card_token


def execute() -> None:
	"""Writes the digits of the cards that have none, and other tokens for those that a QR cannot hold."""
	card = frappe.qb.DocType("Loyalty Card")
	frappe.qb.update(card).set(card.last_four, Substring(card.name, 13, 4)).where(
		card.last_four.isnull() | (card.last_four == "")
	).run()
	unfit = (
		frappe.qb.from_(card)
		.select(card.name)
		.where(card.token.regexp("^[0-9]+$") | card.token.isnull())
		.run()
	)
	for (name,) in unfit:
		frappe.db.set_value(
			"Loyalty Card", name, "token", card_token(secrets.randbelow), update_modified=False
		)
