"""Club Job Failure: what a job of the night could not do, and why."""

from __future__ import annotations

from frappe.model.document import Document


class ClubJobFailure(Document):
	"""Holds its fields; nothing is computed here."""
