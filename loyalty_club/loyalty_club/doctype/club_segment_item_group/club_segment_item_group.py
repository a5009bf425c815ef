"""Club Segment Item Group: an item group that a segment asks for"""

from __future__ import annotations

from frappe.model.document import Document


class ClubSegmentItemGroup(Document):
	"""Holds its fields; nothing is computed here."""
