"""Loyalty Club Settings: how the club shows money and dates, numbers its cards and lets members join."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club.core import cards, warnings
from loyalty_club.engine import gift_cards


class LoyaltyClubSettings(Document):
	"""Settings of the whole site."""

	def validate(self) -> None:
		try:
			self.card_prefix = cards.check_prefix(self.card_prefix or "")
		except cards.CardError:
			frappe.throw(
				_(
					"Card numbers cannot begin with {0}. Give 3 to 6 digits that are not a bank’s, such as 9000."
				).format(self.card_prefix or _("nothing")),
				title=_("Card Number Prefix"),
			)
		self._check_gift_cards()
		self._check_warnings()

	def _check_warnings(self) -> None:
		try:
			given = warnings.steps(self.warning_days or "")
		except warnings.StepsError:
			frappe.throw(
				_(
					"“{0}” are no days before. Write up to {1} numbers from 1 to {2}, such as 30, 7, 1."
				).format(self.warning_days, warnings.MOST_STEPS, warnings.LONGEST),
				title=_("Warnings to Members"),
			)
			raise
		self.warning_days = ", ".join(str(step) for step in given) or "0"
		self.home = frappe.db.get_single_value(
			"Loyalty Club Settings", "home"
		)  # an open form knows an old one

	def _check_gift_cards(self) -> None:
		"""Gift cards have numbers of their own: no membership card's, no bank's, and long enough to be unguessable."""
		given = self.gift_card_prefix or gift_cards.PREFIX
		try:
			self.gift_card_prefix = cards.check_prefix(given)
			too_long = len(self.gift_card_prefix) > gift_cards.LONGEST_PREFIX
		except cards.CardError:
			too_long = True
		if too_long:
			frappe.throw(
				_(
					"Gift card numbers cannot begin with {0}. Give 3 or 4 digits that are not a bank’s, such as 9001."
				).format(given),
				title=_("Gift Card Number Prefix"),
			)
		if self.gift_card_prefix.startswith(self.card_prefix) or self.card_prefix.startswith(
			self.gift_card_prefix
		):
			frappe.throw(
				_(
					"Gift cards and membership cards cannot both begin with {0}: no till could tell them apart. "
					"Change one of the prefixes."
				).format(self.gift_card_prefix),
				title=_("Gift Card Number Prefix"),
			)
		if not self.gift_card_item:  # a form that was opened before the item was made knows none
			self.gift_card_item = frappe.db.get_single_value("Loyalty Club Settings", "gift_card_item")
		self.gift_card_pin_digits = self.gift_card_pin_digits or gift_cards.PIN_DIGITS
		self.gift_card_wrong_tries = self.gift_card_wrong_tries or gift_cards.WRONG_TRIES
		self.gift_card_wrong_minutes = self.gift_card_wrong_minutes or gift_cards.WRONG_MINUTES
		if not gift_cards.PIN_DIGITS <= self.gift_card_pin_digits <= gift_cards.MOST_PIN_DIGITS:
			frappe.throw(
				_("A gift card’s PIN has {0} to {1} digits.").format(
					gift_cards.PIN_DIGITS, gift_cards.MOST_PIN_DIGITS
				)
			)
