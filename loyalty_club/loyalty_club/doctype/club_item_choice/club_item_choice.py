"""Club Item Choice: items, item groups or brands chosen for a rule."""

from __future__ import annotations

from frappe.model.document import Document


class ClubItemChoice(Document):
	"""Holds its fields; nothing is computed here."""
