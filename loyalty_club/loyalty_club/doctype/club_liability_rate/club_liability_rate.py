"""Club Liability Rate: the share of a wallet's points that is expected to be spent."""

from __future__ import annotations

from frappe.model.document import Document


class ClubLiabilityRate(Document):
	"""The share of a wallet's points that is expected to be spent."""
