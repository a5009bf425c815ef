"""Club Gift Rule: what a member is given on an occasion. A row of Club Program; `engine.gifts` gives it."""

from __future__ import annotations

from frappe.model.document import Document


class ClubGiftRule(Document):
	"""One occasion and its gift."""
