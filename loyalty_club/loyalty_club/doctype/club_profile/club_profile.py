"""Club Profile: a member's figures and LRFM scores as of last night. Written by `engine.scores` only."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubProfile(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
