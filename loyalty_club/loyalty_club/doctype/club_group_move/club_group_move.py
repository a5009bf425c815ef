"""Club Group Move: a customer that the night moved into the group of the tier. Written by `engine.groups` only."""

from __future__ import annotations

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document


class ClubGroupMove(Document):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def _refuse(self) -> NoReturn:
		frappe.throw(
			_("The night writes what it moved, and nobody changes it by hand. Undo a move instead."),
			frappe.PermissionError,
		)
		raise AssertionError("frappe.throw raises")
