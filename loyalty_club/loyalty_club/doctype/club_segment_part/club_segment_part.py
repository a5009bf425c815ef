"""Club Segment Part: another segment that a segment is made from"""

from __future__ import annotations

from frappe.model.document import Document


class ClubSegmentPart(Document):
	"""Holds its fields; nothing is computed here."""
