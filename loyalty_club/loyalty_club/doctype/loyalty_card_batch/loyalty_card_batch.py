"""Loyalty Card Batch: makes blank cards to be printed and handed out."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import policy

MOST = 5000


class LoyaltyCardBatch(Document):
	"""Cards made together."""

	def validate(self) -> None:
		if not 1 <= (self.quantity or 0) <= MOST:
			frappe.throw(_("A batch has 1 to {0} cards.").format(MOST))
		self.prefix = policy.settings().card_prefix

	def on_submit(self) -> None:
		for _n in range(self.quantity):
			card = frappe.get_doc({"doctype": "Loyalty Card", "status": "Blank", "batch": self.name})
			card.flags.ignore_permissions = True
			card.insert()
		self.db_set("made", self.quantity)

	def on_cancel(self) -> None:
		used = frappe.db.count("Loyalty Card", {"batch": self.name, "status": ["!=", "Blank"]})
		if used:
			frappe.throw(
				_("{0} cards of this batch have been handed out; it cannot be cancelled.").format(used)
			)
		frappe.db.delete("Loyalty Card", {"batch": self.name, "status": "Blank"})
