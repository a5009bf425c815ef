"""Club Program Place: a company or branch, and whether points are earned and spent there."""

from __future__ import annotations

from frappe.model.document import Document


class ClubProgramPlace(Document):
	"""Holds its fields; nothing is computed here."""
