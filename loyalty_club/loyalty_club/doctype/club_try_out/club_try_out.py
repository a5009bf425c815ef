"""Club Try Out: a past period's invoices run through a program before it is in force. `engine.tryout` runs it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import permissions
from loyalty_club.engine import tryout


class ClubTryOut(Document):
	"""What is to be tried; a change of it makes the result out of date."""

	def validate(self) -> None:
		if permissions.allowed("Branch", self.doctype):
			frappe.throw(
				_(
					"A try-out reads all branches of a company. You may see some only: ask somebody who sees them all."
				),
				frappe.PermissionError,
			)
		tryout.check(self)
		before = self.get_doc_before_save()
		if before and before.status == "Running":
			frappe.throw(_("It is running. Wait until it is done."))
		self.status, self.result, self.error, self.progress = "Draft", None, None, 0
