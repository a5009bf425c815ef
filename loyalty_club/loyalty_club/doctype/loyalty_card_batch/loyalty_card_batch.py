"""Loyalty Card Batch: blank cards that are made together, printed, and handed out or sold."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import card_print, policy
from loyalty_club.engine import batches


class LoyaltyCardBatch(Document):
	"""Cards made together."""

	def validate(self) -> None:
		if not 1 <= (self.quantity or 0) <= batches.MOST:
			frappe.throw(
				_("A batch has 1 to {0} cards.").format(policy.style().number(Decimal(batches.MOST)))
			)
		self._check_design()
		if self.kind == "Gift Card":
			self.prefix = policy.settings().gift_card_prefix
			self._check_gift()
			return
		self.prefix = policy.settings().card_prefix
		self.company = self.branch = self.expires_on = None
		self.face_value = 0

	def _check_design(self) -> None:
		if self.design and frappe.get_cached_value("Club Card Design", self.design, "kind") != self.kind:
			frappe.throw(
				_("The design {0} is not for cards of the kind {1}. Choose another.").format(
					self.design, _(self.kind)
				)
			)

	def _check_gift(self) -> None:
		if not self.company:
			frappe.throw(_("Choose the company that sells the gift cards."))
		program = policy.in_force(self.program)
		if program is None or self.company not in program.companies:
			frappe.throw(
				_("The program {0} is not in force in {1}: its gift cards could not be sold there.").format(
					self.program, self.company
				)
			)
		if self.expires_on and frappe.utils.getdate(self.expires_on) <= policy.club_today():
			frappe.throw(_("The gift cards would have expired already. Choose a later day, or none."))

	def before_update_after_submit(self) -> None:
		self._check_design()

	def on_submit(self) -> None:
		batches.start(self)

	def on_cancel(self) -> None:
		card_print.drop_files(self)
		batches.drop(self)
