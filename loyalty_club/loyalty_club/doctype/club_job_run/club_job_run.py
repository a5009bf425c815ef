"""Club Job Run: what a job of the night did for a day. Written by `engine.night.runner` only."""

from __future__ import annotations

from frappe.model.document import Document


class ClubJobRun(Document):
	"""Holds its fields; nothing is computed here."""
