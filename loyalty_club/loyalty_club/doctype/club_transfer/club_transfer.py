"""Club Transfer: what one member gives another. Validates its fields; the engine decides and moves points."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from loyalty_club import policy
from loyalty_club.engine import post, transfers

CONFIRMATION = ("confirmation", "confirmed_by", "confirmed_at", "approval_reason")
CODE = ("code_hash", "code_until", "code_failures")


class ClubTransfer(Document):
	"""Points or credit that change hands once the giver has confirmed it."""

	def validate(self) -> None:
		self._keep_what_only_the_engine_writes()
		transfers.fill(self)
		if not self.giver or not self.receiver:
			frappe.throw(_("Say who gives and who receives: scan the cards, or choose the members."))
		if getdate(self.posting_date).year < 1800:
			frappe.throw(_("{0} is no Gregorian date: the year is before 1800.").format(self.posting_date))
		if getdate(self.posting_date) > policy.club_today():
			frappe.throw(_("Transfers are not made in the future. Write today’s date or an earlier one."))
		transfers.check(self)

	def _keep_what_only_the_engine_writes(self) -> None:
		"""Whatever a client sent: a confirmation is the engine's, and so is the code."""
		before = self.get_doc_before_save()
		for field in CODE if self.flags.confirmed else (*CONFIRMATION, *CODE):
			self.set(field, before.get(field) if before else None)

	def before_submit(self) -> None:
		if not self.flags.confirmed:
			frappe.throw(
				_("Ask for the giver’s PIN or code first: press Confirm on the saved transfer."),
				title=_("Not confirmed"),
			)

	def on_submit(self) -> None:
		transfers.post(self)

	def on_cancel(self) -> None:
		post.cancel_document(self)
