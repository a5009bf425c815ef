"""Gift Card: a bearer's wallet. Validates its fields; `engine.gift_cards` makes its number and changes its status."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from loyalty_club import policy
from loyalty_club.engine import gift_cards

KEPT = (
	"number_hash",
	"pin_hash",
	"last_four",
	"account",
	"pin_failures",
	"blocked_on",
	"sold_in",
	"returned_in",
)


class GiftCard(Document):
	"""A card that is blank until its sale is paid or it is given, and holds money from then on."""

	def before_insert(self) -> None:
		gift_cards.equip(self)
		self.account = self.batch = self.replaces = self.blocked_on = self.block_reason = None
		self.sold_doctype = self.sold_in = self.returned_in = None

	def validate(self) -> None:
		program = policy.in_force(self.program)
		if program is None:
			frappe.throw(_("The program {0} is not in force. Put it in force first.").format(self.program))
			raise AssertionError
		if self.company and self.company not in program.companies:
			frappe.throw(_("The program {0} is not valid in {1}.").format(self.program, self.company))
		if flt(self.face_value) < 0:
			frappe.throw(_("The face value cannot be negative. Leave it empty for any amount."))
		before = self.get_doc_before_save()
		if before is None:
			if self.expires_on and getdate(self.expires_on) < policy.club_today():
				frappe.throw(_("The card would have expired before it is sold."))
			return
		if self.status != before.status or any(_differ(self, before, each) for each in KEPT):
			frappe.throw(
				_("Sell, block or replace a gift card by its buttons or an invoice; its status follows."),
				title=_("Gift Card"),
			)
		if self.status != "Blank" and (
			flt(self.face_value) != flt(before.face_value) or _differ(self, before, "expires_on")
		):
			frappe.throw(_("Face value and expiry of a gift card that was sold stay as they were."))

	def on_trash(self) -> None:
		if self.status != "Blank" or self.account:
			frappe.throw(_("Gift card {0} has been used; block it instead of deleting it.").format(self.name))


def _differ(one: Document, other: Document, field: str) -> bool:
	"""Whether two states differ in a field; a form sends dates as texts."""
	return str(one.get(field) or "") != str(other.get(field) or "")
