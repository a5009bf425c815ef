"""Club Lot: an award that can be spent."""

from __future__ import annotations

from frappe.model.document import Document


class ClubLot(Document):
	"""Holds its fields; nothing is computed here."""
