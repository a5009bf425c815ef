"""Club Posting: what a document posted, line by line, and how much of it is undone by now."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubPosting(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
