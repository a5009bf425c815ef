"""A member's figures: what was bought up to an evening, ever and in the window of the scores, and what is liked most.

The only code that writes the figures of Club Profile; `engine.scores` writes the scores. Days come from Club Activity,
amounts in Rial; recency is never stored, for it changes every day: whoever shows it counts from the last purchase.

A night reads only what may have changed since the evening that the figures are of (`stale`): accounts whose days were
written, which a version tells, and those with purchases on the days that come into the window or leave it.
Everybody is read where no such evening is known.

Some thousands of members are read at once, by plain reads, so that no sale waits for them: a row each of all that the
database can sum up in one pass over their days.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Coalesce, Count, Max, Min, Sum
from pypika import Case, CustomFunction
from pypika.terms import ExistsCriterion

from loyalty_club import ledger
from loyalty_club.core import tiers
from loyalty_club.core.model import Program
from loyalty_club.engine import favourites
from loyalty_club.engine.favourites import Whose
from loyalty_club.policy import InForce

PROFILE = "Club Profile"
LONG_AGO = date(1900, 1, 1)
UNSCORED = {"segment": "", "average_class": ""}  # of a new profile
UNKNOWN = -1  # no account has this version: the next night reads the figures anew

_Days = CustomFunction("datediff", ["after", "before"])


def window_start(rules: Program, as_of: date) -> date:
	"""The first day whose purchases are scored on an evening."""
	return max(tiers.lrfm_start(rules, as_of), LONG_AGO)


# ---------------------------------------------------------------------------------------------- whose


def window(program: str, after: str, limit: int) -> tuple[str, int]:
	"""The last of the next active members of a program behind `after`, in the order of their names, and how many there
	are up to it; ("", 0) where there are none."""
	member = frappe.qb.DocType("Club Member")
	following = (
		frappe.qb.from_(member)
		.select(member.name)
		.where((member.program == program) & (member.status == "Active") & (member.name > after))
		.orderby(member.name)
		.limit(limit)
		.as_("following")
	)
	last, count = frappe.qb.from_(following).select(Max(following.name), Count("*")).run()[0]
	return last or "", count


def stale(program: InForce, after: str, until: str, as_of: date, known: date | None, count: int) -> Whose:
	"""Active members from behind one name up to another, `count` in all, whose figures of the evening `known` may not
	be those of `as_of`; all of them where no evening is known, or most are new or have to be read anyway: a range is
	read faster than names."""
	everybody = Whose(after, until)
	if known is None or _profiles(everybody) * 2 < count:
		return everybody
	member, account = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Club Account")
	profile = frappe.qb.DocType(PROFILE)
	differs = profile.name.isnull() | (profile.version != account.days_version)
	for field in ("customer", "tier", "branch"):
		differs |= Coalesce(profile[field], "") != Coalesce(member[field], "")
	differs |= _bought(account.name, known, as_of)  # behind `known`, up to `as_of`
	start, was = window_start(program.rules, as_of), window_start(program.rules, known)
	if start != was:
		differs |= _bought(account.name, was, start, first=True)
	names = (
		frappe.qb.from_(member)
		.join(account)
		.on(account.name == member.account)
		.left_join(profile)
		.on(profile.name == member.name)
		.select(member.name)
		.where((member.program == program.name) & (member.status == "Active"))
		.where((member.name > after) & (member.name <= until) & differs)
		.orderby(member.name)
		.run(pluck=True)
	)
	return Whose(names=tuple(names)) if len(names) * 2 < count else everybody


def _profiles(whose: Whose) -> int:
	profile = frappe.qb.DocType(PROFILE)
	found: int = frappe.qb.from_(profile).select(Count("*")).where(whose.holds(profile.name)).run()[0][0]
	return found


def _bought(account: Any, since: date, until: date, *, first: bool = False) -> Any:
	"""Whether something was bought behind `since` up to `until`; first: from `since` up to before `until`."""
	activity = frappe.qb.DocType("Club Activity")
	days = (
		((activity.day >= since) & (activity.day < until))
		if first
		else ((activity.day > since) & (activity.day <= until))
	)
	inner = frappe.qb.from_(activity).select(activity.name).where((activity.account == account) & days)
	return ExistsCriterion(inner)


# ---------------------------------------------------------------------------------------------- what


class Read(NamedTuple):
	"""What is read of a member in one pass over the days of the account up to an evening. version: how often they were
	written, as they are read; net, monetary: texts, so that they are exact; length, frequency, monetary: of the window
	of the scores; branch, another: the first and the last by name of a year's branches, and what was bought there."""

	name: str
	customer: str | None
	tier: str | None
	own_branch: str | None
	version: int
	first: date
	last: date
	visits: int
	net: str
	length: int
	frequency: int
	monetary: str
	branch: str | None
	another: str | None
	net_there: float


def _read(program: InForce, whose: Whose, as_of: date) -> list[Read]:
	"""Some active members. A purchase day is one with something left of it after returns."""
	member, account = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Club Account")
	activity = frappe.qb.DocType("Club Activity")
	inside = activity.day >= window_start(program.rules, as_of)
	there = (activity.branch > "") & (activity.day > as_of - favourites.A_YEAR)
	came = Case().when(activity.visit == 1, activity.day)
	came_inside = Case().when(inside & (activity.visit == 1), activity.day)
	branch = Case().when(there, activity.branch)
	rows = (
		frappe.qb.from_(member)
		.join(account)
		.on(account.name == member.account)
		.left_join(activity)
		.on((activity.account == account.name) & (activity.day <= as_of))
		.select(member.name, member.customer, member.tier, member.branch, account.days_version)
		.select(Min(came), Max(came), Count(came).distinct(), Cast_(Sum(activity.net), "char"))
		.select(_Days(Max(came_inside), Min(came_inside)), Count(came_inside).distinct())
		.select(Cast_(Sum(Case().when(inside, activity.net)), "char"))
		.select(Min(branch), Max(branch), Sum(Case().when(there, activity.net)))
		.where((member.program == program.name) & (member.status == "Active") & whose.holds(member.name))
		.groupby(member.name)
		.run()
	)
	return [Read(*row) for row in rows]


def _figures(program: InForce, whose: Whose, as_of: date) -> list[dict[str, Any]]:
	"""The profiles of some active members as of an evening, but for their scores."""
	people = _read(program, whose, as_of)
	several = tuple(one.name for one in people if one.branch != one.another)
	branches = favourites.branches(Whose(names=several), as_of)
	only = {one.name: one.branch for one in people if one.branch == one.another and (one.net_there or 0) > 0}
	groups = favourites.item_groups(whose, as_of)
	liked = only | branches
	return [_row(program, one, groups.get(one.name), liked.get(one.name)) for one in people]


def _row(program: InForce, one: Read, group: str | None, branch: str | None) -> dict[str, Any]:
	coin = program.rules.coin
	return {
		"name": one.name,
		"member": one.name,
		"program": program.name,
		"customer": one.customer,
		"tier": one.tier or "",
		"branch": one.own_branch,
		"version": one.version,
		"first_visit": one.first,
		"last_visit": one.last,
		"visits": one.visits,
		"net": Decimal(one.net).quantize(coin) if one.visits else 0,
		"mean_gap": round((one.last - one.first).days / (one.visits - 1), 2) if one.visits > 1 else 0.0,
		"length": one.length or 0,
		"frequency": one.frequency,
		"monetary": Decimal(one.monetary).quantize(coin) if one.frequency else 0,
		"favourite_item_group": group or "",
		"favourite_branch": branch or "",
		**UNSCORED,
	}


# ---------------------------------------------------------------------------------------------- writing


def refresh(program: InForce, whose: Whose, as_of: date) -> int:
	"""Reads some active members' figures as of an evening and writes those that changed; how many there are."""
	if whose.names == ():
		return 0
	rows = _changed(_figures(program, whose, as_of), whose)
	if rows:
		ledger.insert_rows(PROFILE, rows, update=_columns(rows[0]))
	return len(rows)


def _columns(row: dict[str, Any]) -> list[str]:
	"""What is compared, and written where there is a profile."""
	return [column for column in row if column != "name" and column not in UNSCORED]


def _changed(rows: list[dict[str, Any]], whose: Whose) -> list[dict[str, Any]]:
	"""Those of some members' profiles that are not as they stand in the table."""
	if not rows:
		return []
	columns = _columns(rows[0])
	table = frappe.qb.DocType(PROFILE)
	found = frappe.qb.from_(table).select(table.name, *(table[each] for each in columns))
	there = {name: values for name, *values in found.where(whose.holds(table.name)).run()}
	return [
		row
		for row in rows
		if row["name"] not in there
		or [_plain(row[each]) for each in columns] != [_plain(each) for each in there[row["name"]]]
	]


def _plain(value: Any) -> Any:
	"""A value as it compares with what a column gives back."""
	if isinstance(value, (float, Decimal)):
		return round(float(value), 6)
	return value or None if isinstance(value, str) else value


def remove_gone(limit: int) -> int:
	"""Takes the profiles of members away who left, were merged or deleted; returns how many, at most `limit`."""
	profile, member = frappe.qb.DocType(PROFILE), frappe.qb.DocType("Club Member")
	gone = (
		frappe.qb.from_(profile)
		.left_join(member)
		.on(member.name == profile.name)
		.select(profile.name)
		.where(member.name.isnull() | (member.status != "Active"))
		.orderby(profile.name)
		.limit(limit)
		.run(pluck=True)
	)
	if gone:
		frappe.qb.from_(profile).delete().where(profile.name.isin(gone)).run()
	return len(gone)


def forget_version(names: Collection[str]) -> None:
	"""Has the next night read the figures of these members anew."""
	profile = frappe.qb.DocType(PROFILE)
	frappe.qb.update(profile).set(profile.version, UNKNOWN).where(profile.name.isin(list(names))).run()
