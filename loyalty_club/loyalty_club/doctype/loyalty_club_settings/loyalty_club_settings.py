"""Loyalty Club Settings: how the club shows money and dates, numbers its cards and lets members join."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club.core import cards


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
