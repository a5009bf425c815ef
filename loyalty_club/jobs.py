"""What the scheduler runs. Each job is catch-up style: a run that was dropped loses nothing, the next one goes on."""

from __future__ import annotations

import frappe

from loyalty_club import policy
from loyalty_club.engine import gifts, goals, post, settlement, staff
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.engine.night import runner

AT_ONCE = 200


def find_staff() -> int:
	"""Finds the memberships of users who came after them; returns how many were found."""
	return staff.find()


def give_birthday_gifts() -> int:
	"""Gives what programs give on birthdays; returns how many gifts were given."""
	return gifts.birthdays(policy.club_today())


def remind_of_goals() -> int:
	"""Assigns goals whose review is due; returns how many were."""
	return goals.remind(policy.club_today())


def night() -> bool:
	"""Has a worker run what is still to be done of the night; whether there is anything. Called every hour: the first
	one after midnight in the site's time zone begins, and each one later goes on with what was cut off."""
	if runner.is_over(policy.club_today()):
		return False
	frappe.enqueue(
		"loyalty_club.jobs.run_night",
		queue="long",
		timeout=6 * 3600,
		job_id="loyalty_club_night",
		deduplicate=True,
	)
	return True


def run_night() -> bool:
	"""Runs what is still to be done of the night, and of nights that were missed; whether all is done."""
	return runner.night(policy.club_today())


def retry_failed_awards() -> int:
	"""Tries again to give the points of invoices whose award failed; returns how many are given now."""
	done = 0
	for doctype, name in _failed():
		frappe.db.savepoint("loyalty_club_retry")
		try:
			done += post.retry(frappe.get_doc(doctype, name))
		except frappe.ValidationError:
			frappe.db.rollback(save_point="loyalty_club_retry")
			frappe.log_error(title=f"Loyalty Club: {name} still fails")
		if not frappe.flags.in_test:
			frappe.db.commit()  # one document's locks are not held for the next
	return done


def _failed() -> list[tuple[str, str]]:
	return [
		(doctype, name)
		for doctype in DOCTYPES
		for name in frappe.get_all(
			doctype,
			filters={"club_status": "Failed", "docstatus": 1},
			pluck="name",
			order_by="modified asc",
			limit=AT_ONCE,
		)
	]


def retry_failed_settlements() -> int:
	"""Tries again to post journals between companies that could not be posted; returns how many are now."""
	return settlement.retry_failed()
