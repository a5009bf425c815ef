"""Club Tier Change: from which tier to which a member went, and why."""

from __future__ import annotations

from frappe.model.document import Document


class ClubTierChange(Document):
	"""Holds its fields; nothing is computed here."""
