"""Club Liability Cohort: the points of one program, period of award and value, as a valuation found them."""

from __future__ import annotations

from frappe.model.document import Document


class ClubLiabilityCohort(Document):
	"""The points of one program, period of award and value, as a valuation found them."""
