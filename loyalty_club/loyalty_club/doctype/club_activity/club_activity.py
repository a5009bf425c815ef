"""Club Activity: what one member bought on one day in one company and branch."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubActivity(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
