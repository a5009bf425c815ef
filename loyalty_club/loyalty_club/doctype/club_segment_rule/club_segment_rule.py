"""Club Segment Rule: the scores, from 1 to 5, that make a named segment of a program."""

from __future__ import annotations

from frappe.model.document import Document


class ClubSegmentRule(Document):
	"""Holds its fields; nothing is computed here."""
