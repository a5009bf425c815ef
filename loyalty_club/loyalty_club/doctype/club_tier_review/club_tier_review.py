"""Club Tier Review: what the reviews at the end of a term would decide, for a manager to approve. Checks its fields;
`engine.reviews` finds the members and carries out what was approved."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club.engine import reviews

CHOSEN = ("decision", "reason")  # what a person writes; the rest of a row is what was found


class ClubTierReview(Document):
	"""Its submission approves; members whose day has not come are decided by the night of their day."""

	def before_insert(self) -> None:
		self.set("members", [])

	def validate(self) -> None:
		reviews.program_of(self.program)
		if self.docstatus == 0:
			self.status = "Draft"
		self._check_rows()

	def _check_rows(self) -> None:
		found = {row.name: row for row in reviews.rows_of(self.name)} if self.members else {}
		for row in self.members:
			if row.name not in found:
				frappe.throw(
					_("Row {0}: members are not written by hand. Find them by the button.").format(row.idx)
				)
			row.update({field: value for field, value in found[row.name].items() if field not in CHOSEN})
			row.reason = (row.reason or "").strip() if row.decision == reviews.KEEP else ""
			if row.decision == reviews.KEEP and not row.reason:
				frappe.throw(
					_("Row {0}: write why {1} keeps the tier.").format(
						row.idx, row.customer_name or row.member
					)
				)

	def before_submit(self) -> None:
		reviews.check_approver()
		if not self.members:
			frappe.throw(_("There is nobody to decide on. Find the members first."))
		self.approved_by, self.status = frappe.session.user, "Waiting"
		for row in self.members:
			row.outcome = reviews.WAITING

	def on_submit(self) -> None:
		reviews.start(self)

	def before_cancel(self) -> None:
		reviews.stop(self)

	def before_update_after_submit(self) -> None:
		self._refuse_changes()

	def _refuse_changes(self, *_args: Any) -> None:
		frappe.throw(_("An approved review is not changed. Withdraw what is not decided yet."))
