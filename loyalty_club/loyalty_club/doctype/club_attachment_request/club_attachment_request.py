"""Club Attachment Request: a member is attached to a submitted sale, once somebody else approves. Validates its fields;
the engine does the rest."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from loyalty_club.engine import attach, members


class ClubAttachmentRequest(Document):
	"""Asked for by one, approved (submitted) by another. Sale, member and reason cannot be changed once it is saved, so
	that what is approved is what was asked for; a member's own staff may be neither of the two."""

	def before_insert(self) -> None:
		self.requested_by = frappe.session.user
		self.approved_by = None

	def validate(self) -> None:
		if self.docstatus:
			return
		sale = frappe.get_doc(self.document_type, self.document)
		sale.check_permission("read")
		attach.refuse(sale, members.by_name(self.member), self._hands(sale.owner), self._asked_at())

	def before_submit(self) -> None:
		if frappe.session.user in (self.requested_by, self.owner) and frappe.session.user != "Administrator":
			frappe.throw(
				_("You asked for this yourself: let somebody else approve it."),
				title=_("Second person needed"),
			)
		self.approved_by = frappe.session.user

	def on_submit(self) -> None:
		attach.attach(
			self.document_type,
			self.document,
			members.survivor(members.by_name(self.member)),
			self._hands(),
			self._asked_at(),
		)

	def on_cancel(self) -> None:
		attach.detach(self.document_type, self.document)

	def _hands(self, *more: str) -> set[str]:
		return {*more, frappe.session.user, self.requested_by, self.owner or frappe.session.user}

	def _asked_at(self) -> object:
		return get_datetime(self.creation) if self.creation else now_datetime()
