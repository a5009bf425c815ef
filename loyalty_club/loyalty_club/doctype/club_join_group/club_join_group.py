"""Club Join Group: a customer group whose customers join by themselves."""

from __future__ import annotations

from frappe.model.document import Document


class ClubJoinGroup(Document):
	"""Holds its fields; nothing is computed here."""
