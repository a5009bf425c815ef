"""Club Earn Rule: a bonus: multiplies the rate or adds points."""

from __future__ import annotations

from frappe.model.document import Document


class ClubEarnRule(Document):
	"""Holds its fields; nothing is computed here."""
