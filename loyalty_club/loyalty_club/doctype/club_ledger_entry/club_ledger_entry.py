"""Club Ledger Entry: one movement of points, one row per lot touched; never changed, never deleted."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubLedgerEntry(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
