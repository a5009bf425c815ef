"""Club Segment Branch: a branch that a segment asks for"""

from __future__ import annotations

from frappe.model.document import Document


class ClubSegmentBranch(Document):
	"""Holds its fields; nothing is computed here."""
