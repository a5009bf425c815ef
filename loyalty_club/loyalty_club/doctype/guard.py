"""The ledger's DocTypes may be read as documents and never written as documents: not from a form, the REST API, Data
Import, a client script or a server script that saves, whoever the user is. `loyalty_club.ledger` writes their tables
through the query builder, and is the only code that does.
"""

from __future__ import annotations

from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.model.document import Document


class LedgerDocument(Document):
	"""A record that only the club's own bookings make and change."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def db_insert(self, *args: Any, **kwargs: Any) -> None:
		self._refuse()

	def db_update(self) -> None:
		self._refuse()

	def _refuse(self) -> NoReturn:
		frappe.throw(
			_(
				"{0} cannot be made, changed or deleted by hand. Use a sales invoice, a return or a Club Adjustment; "
				"to undo one, cancel it."
			).format(_(self.doctype)),
			frappe.PermissionError,
			title=_("The ledger is closed"),
		)
		raise AssertionError("frappe.throw raises")
