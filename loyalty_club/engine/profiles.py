"""A member's figures: what was bought up to an evening, ever and in the window of the scores, and what is liked most.

The only code that writes the figures of Club Profile; `engine.scores` writes the scores. Days come from Club Activity,
amounts in Rial; recency is never stored, for it changes every day: whoever shows it counts from the last purchase.

A night reads only what may have changed since the evening that the figures are of (`stale`): accounts whose days were
written, which a version tells, and those with purchases on the days that come into the window or leave it.
Everybody is read where no such evening is known.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Coalesce, Count, Max, Min, Sum
from pypika import Case
from pypika.terms import ExistsCriterion

from loyalty_club import ledger
from loyalty_club.core import tiers
from loyalty_club.core.lrfm import Totals
from loyalty_club.core.model import Program
from loyalty_club.engine import favourites
from loyalty_club.policy import InForce

PROFILE = "Club Profile"
LONG_AGO = date(1900, 1, 1)
UNSCORED = {"segment": "", "average_class": ""}
UNKNOWN = -1  # no account has this version: the next night reads the figures anew


class Someone(NamedTuple):
	"""A member whose figures are to be read. version: how often the account's days were written, as this transaction
	sees it."""

	name: str
	account: str
	customer: str | None
	tier: str
	branch: str | None
	version: int


class Figures(NamedTuple):
	"""What a member bought: in the window of the scores, and ever; None for nothing."""

	inside: Totals | None
	ever: Totals | None


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


def accounts_of(program: str, after: str, until: str) -> list[str]:
	"""The accounts of the active members from behind one name up to another."""
	member = frappe.qb.DocType("Club Member")
	found: list[str] = (
		frappe.qb.from_(member)
		.select(member.account)
		.where((member.program == program) & (member.status == "Active"))
		.where((member.name > after) & (member.name <= until) & member.account.isnotnull())
		.run(pluck=True)
	)
	return found


def someone(names: Collection[str]) -> list[Someone]:
	"""These active members."""
	member, _account, query = _people()
	return _found(query.where(member.name.isin(list(names))))


def stale(program: InForce, after: str, until: str, as_of: date, known: date | None) -> list[Someone]:
	"""Active members from behind one name up to another whose figures of the evening `known` may not be those of
	`as_of`; all of them where no evening is known."""
	member, account, query = _people()
	query = query.where(
		(member.program == program.name) & (member.name > after) & (member.name <= until)
	).orderby(member.name)
	if known is not None:
		profile = frappe.qb.DocType(PROFILE)
		query = query.left_join(profile).on(profile.name == member.name)
		differs = profile.name.isnull() | (profile.version != account.days_version)
		for field in ("customer", "tier", "branch"):
			differs |= Coalesce(profile[field], "") != Coalesce(member[field], "")
		differs |= _bought(account.name, known, as_of)  # behind `known`, up to `as_of`
		start, was = window_start(program.rules, as_of), window_start(program.rules, known)
		if start != was:
			differs |= _bought(account.name, was, start, first=True)
		query = query.where(differs)
	return _found(query)


def _people() -> tuple[Any, Any, Any]:
	member, account = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Club Account")
	query = (
		frappe.qb.from_(member)
		.join(account)
		.on(account.name == member.account)
		.select(
			member.name, member.account, member.customer, member.tier, member.branch, account.days_version
		)
		.where(member.status == "Active")
	)
	return member, account, query


def _found(query: Any) -> list[Someone]:
	return [
		Someone(name, account, customer, tier or "", branch, version)
		for name, account, customer, tier, branch, version in query.run()
	]


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


def figures_of(program: InForce, as_of: date, accounts: Collection[str]) -> dict[str, Figures]:
	"""What was bought on these accounts up to an evening, by one query. A purchase day is one with something left of it
	after returns."""
	if not accounts:
		return {}
	start = window_start(program.rules, as_of)
	activity = frappe.qb.DocType("Club Activity")
	query = (
		frappe.qb.from_(activity)
		.select(activity.account, *_sums(activity, activity.visit == 1, activity.net))
		.where(activity.account.isin(list(accounts)) & (activity.day <= as_of))
		.groupby(activity.account)
	)
	if start > LONG_AGO:
		within = activity.day >= start
		net = Case().when(within, activity.net).else_(0)
		query = query.select(*_sums(activity, within & (activity.visit == 1), net))
	found = {}
	for account, *columns in query.run():
		ever = _totals(columns[:4], program.rules)
		found[account] = Figures(_totals(columns[4:], program.rules) if start > LONG_AGO else ever, ever)
	return found


def _sums(activity: Any, came: Any, net: Any) -> tuple[Any, ...]:
	day = Case().when(came, activity.day)
	return Min(day), Max(day), Count(day).distinct(), Cast_(Sum(net), "char")


def _totals(columns: list[Any], rules: Program) -> Totals | None:
	first, last, visits, net = columns
	return Totals(first, last, visits, Decimal(net).quantize(rules.coin)) if visits else None


# ---------------------------------------------------------------------------------------------- writing


def refresh(program: InForce, people: list[Someone], as_of: date) -> int:
	"""Reads some members' figures as of an evening and writes those that changed; how many there are."""
	found = figures_of(program, as_of, [one.account for one in people])
	liked = favourites.of([one.name for one in people], as_of)
	rows = [
		_row(program, one, found.get(one.account, Figures(None, None)), liked[one.name]) for one in people
	]
	rows = changed(rows)
	if rows:
		update = [each for each in rows[0] if each != "name"]
		ledger.insert_rows(PROFILE, [{**row, **UNSCORED} for row in rows], update=update)
	return len(rows)


def _row(program: InForce, one: Someone, figures: Figures, liked: tuple[str, str]) -> dict[str, Any]:
	inside, ever = figures
	return {
		"name": one.name,
		"member": one.name,
		"program": program.name,
		"customer": one.customer,
		"tier": one.tier,
		"branch": one.branch,
		"version": one.version,
		"first_visit": ever.first if ever else None,
		"last_visit": ever.last if ever else None,
		"visits": ever.visits if ever else 0,
		"net": ever.net if ever else 0,
		"mean_gap": mean_gap(ever),
		"length": (inside.last - inside.first).days if inside else 0,
		"frequency": inside.visits if inside else 0,
		"monetary": inside.net if inside else 0,
		"favourite_item_group": liked[0],
		"favourite_branch": liked[1],
	}


def mean_gap(totals: Totals | None) -> float:
	"""Days between one purchase day and the next, on average; 0 for fewer than two."""
	if totals is None or totals.visits < 2:
		return 0.0
	return round((totals.last - totals.first).days / (totals.visits - 1), 2)


def changed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Those of the profiles that are not as they stand in the table."""
	if not rows:
		return []
	columns = [column for column in rows[0] if column != "name"]
	table = frappe.qb.DocType(PROFILE)
	found = frappe.qb.from_(table).select(table.name, *(table[each] for each in columns))
	there = {
		name: values for name, *values in found.where(table.name.isin([row["name"] for row in rows])).run()
	}
	return [
		row
		for row in rows
		if [_plain(row[each]) for each in columns] != [_plain(each) for each in there.get(row["name"], ())]
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
