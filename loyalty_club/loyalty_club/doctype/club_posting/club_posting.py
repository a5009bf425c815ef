"""Club Posting: what a document posted, line by line, and how much of it is undone by now."""

from __future__ import annotations

from frappe.model.document import Document


class ClubPosting(Document):
	"""Holds its fields; nothing is computed here."""
