"""Club Redemption: points that pay a sales invoice; on a return, points that come back."""

from __future__ import annotations

from frappe.model.document import Document


class ClubRedemption(Document):
	"""Holds its fields; nothing is computed here."""
