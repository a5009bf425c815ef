"""Club Liability Account: from one valuation to the next on a liability account."""

from __future__ import annotations

from frappe.model.document import Document


class ClubLiabilityAccount(Document):
	"""From one valuation to the next on a liability account."""
