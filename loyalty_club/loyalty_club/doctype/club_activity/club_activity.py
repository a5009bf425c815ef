"""Club Activity: what one member bought on one day in one company and branch."""

from __future__ import annotations

from frappe.model.document import Document


class ClubActivity(Document):
	"""Holds its fields; nothing is computed here."""
