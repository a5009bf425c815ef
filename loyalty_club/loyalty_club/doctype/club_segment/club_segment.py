"""Club Segment: filters that members have in common. `engine.segments` finds them."""

from __future__ import annotations

from frappe.model.document import Document

from loyalty_club.engine import segments


class ClubSegment(Document):
	"""Saved filters; nothing of what they find is stored."""

	def validate(self) -> None:
		segments.check(self)
