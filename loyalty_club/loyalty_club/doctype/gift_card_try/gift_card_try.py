"""Gift Card Try: a wrong number or PIN and who tried it. Written by `engine.gift_cards` alone."""

from __future__ import annotations

from frappe.model.document import Document


class GiftCardTry(Document):
	"""Holds its fields; nothing is computed here."""
