"""Club Adjustment: points given or taken by hand. Validates its fields; the engine moves points."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from loyalty_club import policy
from loyalty_club.engine import post


class ClubAdjustment(Document):
	"""An opening balance, a correction, a gift or an imported balance."""

	def validate(self) -> None:
		if not self.points:
			frappe.throw(_("Write how many points to give, or a negative number to take."))
		if getdate(self.posting_date).year < 1800:
			frappe.throw(_("{0} is no Gregorian date: the year is before 1800.").format(self.posting_date))
		if self.expires_on and getdate(self.expires_on) < getdate(self.posting_date):
			frappe.throw(_("The points would expire before they are given."))

	def before_submit(self) -> None:
		limit = policy.settings().adjustment_limit
		if limit and abs(self.points) > limit and frappe.session.user == self.owner != "Administrator":
			frappe.throw(
				_(
					"More than {0} points need a second person: let somebody else submit this adjustment."
				).format(policy.style().number(policy.exact(limit)))
			)
		self.approved_by = frappe.session.user

	def on_submit(self) -> None:
		post.submit_adjustment(self)

	def on_cancel(self) -> None:
		post.cancel_document(self)
		self.db_set("import_key", None, update_modified=False)
