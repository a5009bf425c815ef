"""Club Adjustment: points or money of a wallet, given or taken by hand. Validates its fields; the engine moves them."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from loyalty_club import accounting, policy
from loyalty_club.engine import adjustments, gifts, post, settlement


class ClubAdjustment(Document):
	"""An opening balance, a correction, a gift or an imported balance."""

	def validate(self) -> None:
		if not self.points:
			frappe.throw(_("Write how much to give, or a negative number to take."))
		self._check_wallet()
		if getdate(self.posting_date).year < 1800:
			frappe.throw(_("{0} is no Gregorian date: the year is before 1800.").format(self.posting_date))
		if self.expires_on and getdate(self.expires_on) < getdate(self.posting_date):
			frappe.throw(_("The points would expire before they are given."))

	def _check_wallet(self) -> None:
		if self.wallet == "Gift Card":
			self.member = None
			if not self.gift_card:
				frappe.throw(_("Choose the gift card."))
		else:
			self.gift_card = None
			if not self.member:
				frappe.throw(_("Choose the member."))
		paid = self.kind in ("Paid In", "Paid Out")
		if not paid:
			self.mode_of_payment = None
		elif self.wallet in ("Points", "Gift Credit"):
			frappe.throw(
				_("{0} is not bought with money. Choose Cash Credit or a gift card, or another kind.").format(
					_(self.wallet)
				)
			)
		elif not self.mode_of_payment or self.mode_of_payment in policy.MODES.values():
			frappe.throw(
				_(
					"Choose how the money came or went: cash, card or the like. A wallet cannot pay for another."
				)
			)
		elif (self.points > 0) != (self.kind == "Paid In"):
			frappe.throw(_("What is paid in is a positive amount, what is paid out a negative one."))
		if self.wallet == "Cash Credit" and self.kind == "Gift":
			frappe.throw(
				_("Cash Credit is the customer's own money. What is given for nothing is Gift Credit.")
			)

	def before_cancel(self) -> None:
		if self.journal_entry:
			accounting.cancel([self.journal_entry])

	def before_submit(self) -> None:
		if self.flags.by_rule:
			return
		program = adjustments.program_of(self)
		limit = adjustments.over_limit(self, program) if program else ""
		if limit and frappe.session.user == self.owner != "Administrator":
			frappe.throw(
				_("More than {0} need a second person: let somebody else submit this adjustment.").format(
					limit
				)
			)
		self.approved_by = frappe.session.user

	def on_submit(self) -> None:
		post.submit_adjustment(self)

	def on_cancel(self) -> None:
		self.ignore_linked_doctypes = ("Journal Entry",)
		post.cancel_document(self)
		settlement.cancel(self)
		if not str(self.import_key or "").startswith(gifts.KEY):  # an import may be done again, a gift not
			self.db_set("import_key", None, update_modified=False)
