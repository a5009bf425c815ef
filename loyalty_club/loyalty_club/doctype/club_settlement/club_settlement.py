"""Club Settlement: what one company owes another because points earned in it were spent in the other."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class ClubSettlement(Document):
	"""Made and changed by `engine.settlement` only."""

	def validate(self) -> None:
		self._only_the_club()

	def on_trash(self) -> None:
		self._only_the_club()

	def _only_the_club(self) -> None:
		if not self.flags.by_settlement:
			frappe.throw(
				_(
					"A Club Settlement is made by the sale it settles, and goes when that is cancelled; not by hand."
				),
				frappe.PermissionError,
			)
