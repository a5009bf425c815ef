"""Club Score Cuts: by what the members of a program were scored on an evening. Written by `engine.scores` only."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubScoreCuts(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
