"""What the page Night Work shows: each job's last run, what it did in words, what failed, and the last nights beside
each other. Reads Club Job Run; changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from loyalty_club import policy
from loyalty_club.core.words import Style
from loyalty_club.engine.night import runner

NIGHTS = 14
MOST_FAILURES = 20


def counts() -> dict[str, str]:
	"""What the named counts of the jobs are called, with the number in front."""
	return {
		"accounts": _("{0} accounts looked at"),
		"lots_expired": _("{0} lots expired"),
		"deficits_paid": _("{0} deficits paid by points released"),
		"tiers_lost": _("{0} tiers lost or withdrawn"),
		"members_scored": _("{0} members scored"),
		"profiles_changed": _("{0} profiles changed"),
		"scores_changed": _("{0} scores changed"),
		"item_groups_changed": _("{0} favourite item groups changed"),
		"month_scores": _("{0} scores of the month kept"),
		"accounts_scored": _("{0} accounts given a score"),
		"tiers_reached": _("{0} tiers reached"),
		"removed": _("{0} profiles of former members removed"),
		"kept": _("{0} tiers kept"),
		"lost": _("{0} tiers lost"),
		"customers_moved": _("{0} customers moved to the group of their tier"),
		"customers_of_another_program": _("{0} customers left to another program"),
		"customers_left_where_undone": _("{0} customers left where an undone move put them"),
		"points_expiring": _("{0} warnings of expiring points"),
		"credit_expiring": _("{0} warnings of expiring credit"),
		"tier_at_risk": _("{0} warnings of a tier about to be lost"),
		"out_of_date": _("{0} messages dropped, their time is over"),
		"digests": _("{0} digests signed"),
		"accounts_agree": _("{0} liability accounts agree with the ledger"),
		"files_removed": _("{0} old files of digests removed"),
		"failed": _("{0} failed"),
	}


def overview() -> dict[str, Any]:
	"""Everything the page shows."""
	today = policy.club_today()
	return {
		"jobs": [_job(name, today) for name in runner.JOBS],
		"nights": _nights(today),
		"today": _day(today),
		"workers": _workers(),
		"may_run": _may_run(),
	}


def _may_run() -> bool:
	return bool({"Club Manager", "System Manager"} & set(frappe.get_roles()))


def _job(name: str, today: date) -> dict[str, Any]:
	row = frappe.db.get_value(
		runner.RUN,
		{"job": name},
		["name", "day", "status", "done", "total", "did", "started_at", "pulse", "ended_at", "seconds"],
		order_by="pulse desc, day desc",  # while nights are made up for, the one that is worked on
		as_dict=True,
	)
	shown: dict[str, Any] = {"name": name, "label": _(name), "status": "Never", "running": False}
	if row:
		style, done = policy.style(), row.done or 0
		total = max(row.total or 0, done)
		silent = int((now_datetime() - get_datetime(row.pulse)).total_seconds()) if row.pulse else 0
		missing = runner.missing_days(name, today)
		running = row.status == "Running" and runner.is_running(name)
		interrupted = row.status == "Running" and not running
		shown |= {
			"run": row.name,
			"day": _day(row.day),
			"status": "Interrupted" if interrupted else row.status,
			"running": running,
			"share": done * 100 // total if total else 0,
			"done": style.number(Decimal(done)),
			"total": style.number(Decimal(total)),
			"seconds": _seconds(row.seconds, style),
			"silent": style.number(Decimal(silent)),
			"did": did(row.did),
			"failures": _failures(row.name),
			"missing": missing,
			"missing_shown": style.number(Decimal(missing)),
		}
	shown["indicator"] = COLOURS[shown["status"]]
	shown["status_label"] = _(shown["status"], context="Club Job Run")
	return shown


COLOURS = {
	"Never": "gray",
	"Running": "blue",
	"Completed": "green",
	"Partly Failed": "orange",
	"Failed": "red",
	"Interrupted": "orange",
}


def _labels() -> list[str]:
	"""The names of the jobs and of the states that are no choices of the DocType, for the translations."""
	return [
		_("Passing of Time"),
		_("Tier Reviews"),
		_("Scores"),
		_("Favourite Item Groups"),
		_("Customer Groups"),
		_("Warnings"),
		_("Chain Digest"),
		_("Books"),
		_("Never", context="Club Job Run"),
		_("Running", context="Club Job Run"),
		_("Completed", context="Club Job Run"),
		_("Partly Failed", context="Club Job Run"),
		_("Failed", context="Club Job Run"),
		_("Interrupted", context="Club Job Run"),
	]


def did(body: str | None) -> list[str]:
	"""What a run did, in words; body: its counts as JSON."""
	return _did(frappe.parse_json(body or "{}"))


def _did(found: Mapping[str, int]) -> list[str]:
	"""The counts in words; those that nobody has words for by their names."""
	words = counts()
	if found.get("not_signed"):
		found = {key: count for key, count in found.items() if key != "not_signed"}
		return [_("Not signed: the site has no signing key."), *_did(found)]
	style = policy.style()
	return [
		words[key].format(style.number(policy.exact(count))) if key in words else f"{key}: {count}"
		for key, count in found.items()
		if count
	]


def _failures(run: str) -> list[dict[str, Any]]:
	rows = frappe.get_all(
		"Club Job Failure",
		filters={"parent": run, "parenttype": runner.RUN},
		fields=["reference", "error"],
		order_by="idx",
		limit=MOST_FAILURES,
	)
	for row in rows:
		row["member"] = (
			frappe.db.get_value("Club Account", row.reference, "member") if row.reference else None
		) or (row.reference if frappe.db.exists("Club Member", row.reference) else None)
	return rows


def _nights(today: date) -> list[dict[str, Any]]:
	"""The last nights, the newest first: each job's state and seconds."""
	since = today - timedelta(days=NIGHTS)
	rows = frappe.get_all(
		runner.RUN,
		filters={"day": [">", since]},
		fields=["name", "job", "day", "status", "seconds"],
		order_by="day desc",
		limit=0,
	)
	days: dict[date, dict[str, Any]] = {}
	style = policy.style()
	for row in rows:
		if row.status == "Running" and not runner.is_running(row.job):
			row.status = "Interrupted"
		days.setdefault(row.day, {})[row.job] = {
			"run": row.name,
			"indicator": COLOURS[row.status],
			"status": _(row.status, context="Club Job Run"),
			"seconds": _seconds(row.seconds, style),
		}
	return [
		{"day": _day(day), "jobs": [jobs.get(name) for name in runner.JOBS]} for day, jobs in days.items()
	]


def _seconds(seconds: float | None, style: Style) -> str:
	return style.number(Decimal(str(round(seconds or 0, 1))))


def _day(day: date) -> str:
	return policy.style().day(day)


def _workers() -> dict[str, bool]:
	"""Whether somebody would run the night: the scheduler is on, and a worker takes long jobs."""
	from frappe.utils.background_jobs import get_workers
	from frappe.utils.scheduler import is_scheduler_inactive

	try:
		alive = any("long" in queue.name for worker in get_workers() for queue in worker.queues)
	except Exception:  # no redis: then nobody works
		alive = False
	return {"scheduler": not is_scheduler_inactive(verbose=False), "worker": alive}
