"""Club Score: a member's LRFM scores as of a month's last day. Written by `engine.scores` only."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubScore(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
