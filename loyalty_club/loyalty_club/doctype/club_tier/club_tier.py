"""Club Tier: the scoring of one customer group."""

from __future__ import annotations

from frappe.model.document import Document


class ClubTier(Document):
	"""Holds its fields; nothing is computed here."""
