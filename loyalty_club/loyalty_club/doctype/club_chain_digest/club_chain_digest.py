"""Club Chain Digest: the signed heads of all chains on a day. Written by `engine.night.digests` only."""

from __future__ import annotations

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document


class ClubChainDigest(Document):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def _refuse(self) -> NoReturn:
		frappe.throw(
			_("Digests are evidence: the night makes them, and nobody can change or delete one by hand."),
			frappe.PermissionError,
		)
		raise AssertionError("frappe.throw raises")
