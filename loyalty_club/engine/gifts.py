"""Gifts by rule: what a program gives a member on joining or on a birthday. Each is a Club Adjustment, given once.

The rules are rows of the Club Program and count as soon as they are saved. A gift that cannot be given (no expense
account, a frozen period) never stops a member from joining: it is logged, and a birthday's is tried again for a week.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _

from loyalty_club import jalali, policy
from loyalty_club.engine import payments

KEY = "gift|"
WEEK = 7
AT_ONCE = 200


def rules(program: str, occasion: str) -> list[Any]:
	"""The program's gifts on an occasion; none where it is not in force."""
	found = policy.in_force(program)
	if found is None or found.status != "Active":
		return []
	doc = frappe.get_cached_doc("Club Program", program)
	return [row for row in doc.get("gifts") or [] if row.occasion == occasion]


def on_joining(member: Any) -> None:
	"""Gives a new Club Member what the program gives on joining."""
	for rule in rules(member.program, "Joining"):
		give(member.name, member.program, rule, "", _("Welcome to the club"))


def give(member: str, program: str, rule: Any, when: str, why: str) -> bool:
	"""Gives one gift, once for each `when`; whether it was given now."""
	key = f"{KEY}{rule.occasion}|{rule.wallet}|{member}|{when}"
	if frappe.db.exists("Club Adjustment", {"import_key": key}):
		return False
	found = policy.in_force(program)
	assert found is not None
	today = policy.club_today()
	frappe.db.savepoint("loyalty_club_gift")
	try:
		doc = frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"member": member,
				"wallet": rule.wallet,
				"kind": "Gift",
				"points": rule.amount,
				"posting_date": today,
				"expires_on": today + timedelta(days=rule.valid_days) if rule.valid_days else None,
				"company": rule.expense_of or next(iter(found.companies)),
				"reason": why,
				"import_key": key,
			}
		)
		doc.flags.ignore_permissions = doc.flags.by_rule = True
		doc.insert()
		doc.submit()
	except frappe.ValidationError:
		frappe.db.rollback(save_point="loyalty_club_gift")
		frappe.log_error(title=_("Loyalty Club: {0} could not be given a gift").format(member))
		return False
	return True


def birthdays(today: date) -> int:
	"""Gives what members are given on their birthdays of the last week, so that a night missed loses none; returns how
	many gifts were given. A gift is given once in a Jalali year."""
	given = 0
	for program in payments.active_programs():
		for rule in rules(program, "Birthday"):
			for back in range(WEEK):
				day = today - timedelta(days=back)
				for member in _born_on(program, day):
					given += give(member, program, rule, str(jalali.to_jalali(day)[0]), _("Happy birthday"))
					if not frappe.flags.in_test:
						frappe.db.commit()  # one member's locks are not held for the next
	return given


def _born_on(program: str, day: date) -> Iterable[str]:
	"""Active members with this Jalali birthday; 30 Esfand is kept on 29 Esfand in common years."""
	year, month, in_month = jalali.to_jalali(day)
	days = [in_month]
	if (month, in_month) == (12, 29) and not jalali.is_leap(year):
		days.append(30)
	names: list[str] = frappe.get_all(
		"Club Member",
		filters={
			"program": program,
			"status": "Active",
			"birth_month": month,
			"birth_day": ["in", days],
			"joined_on": ["<=", day],
		},
		pluck="name",
	)
	return names
