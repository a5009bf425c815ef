"""Club Message: a message to a member, waiting to be sent. Written by `engine.outbox` only."""

from __future__ import annotations

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document


class ClubMessage(Document):
	"""Holds its fields; nothing is computed here, and nothing is saved through it."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def _refuse(self) -> NoReturn:
		frappe.throw(
			_("The club writes its messages itself. None can be made, changed or deleted by hand."),
			frappe.PermissionError,
		)
		raise AssertionError("frappe.throw raises")
