"""Club Program Company: a company the program is valid in, and its accounts."""

from __future__ import annotations

from frappe.model.document import Document


class ClubProgramCompany(Document):
	"""Holds its fields; nothing is computed here."""
