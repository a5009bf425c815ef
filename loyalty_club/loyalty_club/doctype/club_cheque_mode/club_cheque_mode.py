"""Club Cheque Mode: a mode of payment that pays only when it has cleared."""

from __future__ import annotations

from frappe.model.document import Document


class ClubChequeMode(Document):
	"""Holds its fields; nothing is computed here."""
