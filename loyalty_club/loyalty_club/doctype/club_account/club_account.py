"""Club Account: one wallet of one member: the row that is locked."""

from __future__ import annotations

from frappe.model.document import Document


class ClubAccount(Document):
	"""Holds its fields; nothing is computed here."""
