"""The page Night Work and what runs the night by hand: each function is typed, checks permission, hands over."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import jobs, night_panels, policy
from loyalty_club.engine import members, post
from loyalty_club.engine.night import runner

MAY_SEE = ("Club Manager", "Club Accountant", "System Manager")
MAY_RUN = ("Club Manager", "System Manager")


@frappe.whitelist()
def overview() -> dict[str, Any]:
	"""Each job's last run, what is running now, and the last nights."""
	frappe.only_for(MAY_SEE)
	return night_panels.overview()


@frappe.whitelist(methods=["POST"])
def run_job(job: str, again: bool | int | str = False) -> None:
	"""Has a worker run a job for today, from where it was cut off. again: from its beginning, though it is complete."""
	frappe.only_for(MAY_RUN)
	runner.start(job, policy.club_today(), again=str(again) in ("1", "true", "True"))


@frappe.whitelist(methods=["POST"])
def run_night() -> bool:
	"""Has a worker run what is still to be done of the night, and of nights that were missed; whether there is
	anything."""
	frappe.only_for(MAY_RUN)
	return jobs.night()


@frappe.whitelist(methods=["POST"])
def pass_time(member: str) -> bool:
	"""Lets everything happen to a member that is due by itself; whether anything did."""
	frappe.only_for(MAY_RUN)
	frappe.has_permission("Club Member", "write", member, throw=True)
	found = members.by_name(member)
	if found.status == "Merged":
		frappe.throw(_("{0} was merged into another member.").format(member))
	today = policy.club_today()
	happened = [post.let_time_pass(account, today) for account in members.wallets_of(member).values()]
	return any(happened)
