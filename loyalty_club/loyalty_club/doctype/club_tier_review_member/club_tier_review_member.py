"""Club Tier Review Member: a member whose tier a Club Tier Review decides."""

from __future__ import annotations

from frappe.model.document import Document


class ClubTierReviewMember(Document):
	"""Holds its fields; nothing is computed here."""
