"""Cards made before they were found by their last four digits."""

from __future__ import annotations

import frappe
from pypika.functions import Substring


def execute() -> None:
	"""Writes the digits of the cards that have none."""
	card = frappe.qb.DocType("Loyalty Card")
	frappe.qb.update(card).set(card.last_four, Substring(card.name, 13, 4)).where(
		card.last_four.isnull() | (card.last_four == "")
	).run()
