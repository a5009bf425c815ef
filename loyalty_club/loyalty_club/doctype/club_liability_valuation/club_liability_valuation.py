"""Club Liability Valuation: what points and credit are owed on a day, and the journal that brings the accounts there.
`engine.liability` values it; a submitted one is frozen."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import permissions
from loyalty_club.engine import liability


class ClubLiabilityValuation(Document):
	"""Its draft is a preview; its submission posts the journal."""

	def validate(self) -> None:
		if permissions.allowed("Branch", self.doctype):
			frappe.throw(
				_(
					"The books are kept by company. You may see some branches only: ask somebody who sees them all."
				),
				frappe.PermissionError,
			)
		liability.prepare(self)

	def before_submit(self) -> None:
		liability.check(self)

	def on_submit(self) -> None:
		liability.submit(self)

	def before_cancel(self) -> None:
		liability.cancel(self)

	def on_cancel(self) -> None:
		self.ignore_linked_doctypes = ("Journal Entry",)
