"""Club Lot: an award that can be spent."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubLot(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
