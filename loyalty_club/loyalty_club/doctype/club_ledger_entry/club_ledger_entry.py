"""Club Ledger Entry: one movement of points, one row per lot touched; never changed, never deleted."""

from __future__ import annotations

from frappe.model.document import Document


class ClubLedgerEntry(Document):
	"""Holds its fields; nothing is computed here."""
