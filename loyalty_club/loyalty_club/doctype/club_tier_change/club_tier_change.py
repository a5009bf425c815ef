"""Club Tier Change: from which tier to which a member went, and why."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubTierChange(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
