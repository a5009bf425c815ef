"""Loyalty Card: number, member and status. The number is made by the club."""

from __future__ import annotations

import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from loyalty_club.core import cards
from loyalty_club.engine import members


class LoyaltyCard(Document):
	"""A card."""

	def autoname(self) -> None:
		if not self.card_number:
			self.card_number = members.new_card_number()
		self.name = self.card_number

	def validate(self) -> None:
		if not cards.luhn_valid(self.card_number):
			frappe.throw(_("{0} is no card number: its check digit is wrong.").format(self.card_number))
		self.last_four = self.card_number[-4:]
		if not self.token:
			self.token = cards.card_token(secrets.randbelow)
		if self.status == "Blank" and self.member:
			self.status, self.issued_on = "Active", today()
		if self.status == "Active" and not self.member:
			frappe.throw(_("An active card belongs to a member. Choose one, or set the status to Blank."))
		before = self.get_doc_before_save()
		if before and before.member and before.member != self.member:
			frappe.throw(_("A card is never handed on to another member. Issue a new one."))
		if self.status in ("Blocked", "Replaced"):
			self.blocked_on = self.blocked_on or today()
		else:
			self.blocked_on = self.block_reason = None
