"""Club Document Total: what the entries of a document come to, by wallet and where the lots were given."""

from __future__ import annotations

from loyalty_club.loyalty_club.doctype.guard import LedgerDocument


class ClubDocumentTotal(LedgerDocument):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""
