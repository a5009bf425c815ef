"""Club Account: one wallet of one member: the row that is locked."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubAccount(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
