"""Club Goal: a target for a key figure, who is responsible for it, and when it is reviewed. Checks its fields; the
report Club Key Figures shows where the club stands."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, getdate

from loyalty_club import key_figures, policy
from loyalty_club.engine import goals

MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}


class ClubGoal(Document):
	"""A target in each month, quarter or year."""

	def validate(self) -> None:
		if self.target < 0 or (
			key_figures.METRICS.get(self.metric) in key_figures.SHARES and self.target > 100
		):
			frappe.throw(_("The target of a share is between 0 and 100 %, any other is not negative."))
		if not self.next_review:
			self.next_review = add_months(policy.club_today(), MONTHS[self.review_every])
		if not self.is_new() and (self.has_value_changed("next_review") or not self.active):
			goals.reviewed(self.name)

	@frappe.whitelist()
	def reviewed(self) -> str:
		"""Has been reviewed: the next review is a month, quarter or year after the one that was due, and lies ahead.
		Returns its day."""
		self.check_permission("write")
		step, day = MONTHS[self.review_every], getdate(self.next_review)
		months = step
		while add_months(day, months) <= policy.club_today():
			months += step
		self.next_review = add_months(day, months)
		self.save()
		return str(self.next_review)
