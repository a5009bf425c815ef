"""A member's figures: what was bought up to an evening, ever and in the window of the scores, and what is liked most.

The only code that writes the figures of Club Profile; `engine.scores` writes the scores, `engine.favourites` the item
group, which is due where figures were read anew. Days come from Club Activity, amounts in Rial; recency is never
stored, for it changes every day: whoever shows it counts from the last purchase.

A night reads only what may have changed since the evening that the figures are of (`stale`): accounts whose days were
written, which a version tells, and those with purchases on the days that come into the window or leave it.
Everybody is read where no such evening is known.

Some thousands of members are one statement: the database sums up one pass over their days, compares and writes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce, Count, Max, Min, Sum
from pypika import Case, CustomFunction
from pypika.terms import ExistsCriterion, ValueWrapper

from loyalty_club.core import tiers
from loyalty_club.core.model import Program
from loyalty_club.engine import favourites
from loyalty_club.engine.favourites import Whose
from loyalty_club.policy import InForce

PROFILE = "Club Profile"
LONG_AGO = date(1900, 1, 1)
# Of a new profile: what scores and item groups are written over.
UNSCORED = {"segment": "", "average_class": "", "favourite_item_group": ""}
UNKNOWN = -1  # no account has this version: the next night reads the figures anew

_Days = CustomFunction("datediff", ["after", "before"])
_Whole = CustomFunction("floor", ["number"])
_Round = CustomFunction("round", ["number", "decimals"])


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
	if known is None or favourites.count_profiles(everybody) * 2 < count:
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


def _read(program: InForce, whose: Whose, as_of: date) -> Any:
	"""Some active members, and what one pass over the days of their accounts up to an evening tells. A purchase day is
	one with something left of it after returns. length, frequency, monetary: of the window of the scores; branch,
	another: the first and the last by name of a year's branches, and what was bought there."""
	member = frappe.qb.DocType("Club Member")
	activity = frappe.qb.DocType("Club Activity")
	inside = activity.day >= window_start(program.rules, as_of)
	there = (activity.branch > "") & (activity.day > as_of - favourites.A_YEAR)
	came = Case().when(activity.visit == 1, activity.day)
	came_inside = Case().when(inside & (activity.visit == 1), activity.day)
	branch = Case().when(there, activity.branch)
	columns = {
		"first": Min(came),
		"last": Max(came),
		"visits": Count(came).distinct(),
		"net": Sum(activity.net),
		"length": _Days(Max(came_inside), Min(came_inside)),
		"frequency": Count(came_inside).distinct(),
		"monetary": Sum(Case().when(inside, activity.net)),
		"branch": Min(branch),
		"another": Max(branch),
		"net_there": Sum(Case().when(there, activity.net)),
	}
	return (
		frappe.qb.from_(member)
		.left_join(activity)
		.on((activity.account == member.account) & (activity.day <= as_of))
		.select(member.name, member.account, member.customer, member.tier, member.branch.as_("own_branch"))
		.select(*(term.as_(name) for name, term in columns.items()))
		.where((member.program == program.name) & (member.status == "Active") & whose.holds(member.name))
		.groupby(member.name)
	)


def _figures(program: InForce, whose: Whose, as_of: date) -> dict[str, Any]:
	"""The profiles of some active members as of an evening, but for their scores: a query, and its terms by column.
	version: how often the days of the account were written, as they are read."""
	account = frappe.qb.DocType("Club Account")
	one = _read(program, whose, as_of).as_("one")
	decimals = program.rules.money_decimals
	gaps = one.visits - 1
	days = _Days(one.last, one.first)
	hundredths = _Whole((days * 200 + gaps) / (gaps * 2))
	elsewhere = Case().when(one.branch != one.another, favourites.branch(one.account, as_of))
	columns = {
		"name": one.name,
		"member": one.name,
		"program": ValueWrapper(program.name),
		"customer": one.customer,
		"tier": Coalesce(one.tier, ""),
		"branch": one.own_branch,
		"version": account.days_version,
		"first_visit": one.first,
		"last_visit": one.last,
		"visits": one.visits,
		"net": Case().when(one.visits > 0, _Round(one.net, decimals)).else_(0),
		"mean_gap": Case().when(gaps > 0, hundredths / 100).else_(0),
		"length": Coalesce(one.length, 0),
		"frequency": one.frequency,
		"monetary": Case().when(one.frequency > 0, _Round(one.monetary, decimals)).else_(0),
		"favourite_branch": Coalesce(elsewhere.when(one.net_there > 0, one.branch), ""),
	}
	query = frappe.qb.from_(one).join(account).on(account.name == one.account)
	return columns, query.select(*(term.as_(name) for name, term in columns.items()))


# ---------------------------------------------------------------------------------------------- writing


def refresh(program: InForce, whose: Whose, as_of: date) -> int:
	"""Brings some active members' figures up to an evening, in one statement that writes those that changed; how many
	did. Where each statement reads what is committed (as the night's do), it locks nothing that sales write. The item
	groups of all of them are due then."""
	if whose.names == ():
		return 0
	columns, query = _figures(program, whose, as_of)
	figures, given = query.walk()
	new = {"creation": "%(now)s", "modified": "%(now)s", "owner": "%(user)s", "modified_by": "%(user)s"}
	names = [*columns, *new, *UNSCORED, "item_group_due"]
	values = [f"figures.`{each}`" for each in columns] + [*new.values(), *("''" for _column in UNSCORED), "1"]
	kept = {f"`tab{PROFILE}`.`{each}`": f"values(`{each}`)" for each in columns if each != "name"}
	stands = " and ".join(f"{column} <=> {value}" for column, value in kept.items())
	update = [
		f"{each} = if({stands}, `tab{PROFILE}`.{each}, values({each}))"
		for each in ("modified", "modified_by")
	]
	update += [*(f"{column} = {value}" for column, value in kept.items()), "`item_group_due` = 1"]
	now = frappe.utils.now_datetime()
	frappe.db.sql(
		f"""
		insert into `tab{PROFILE}` ({", ".join(f"`{each}`" for each in names)})
		select {", ".join(values)} from ({figures}) as figures
		on duplicate key update {", ".join(update)}
		""",
		{**given, "now": now, "user": frappe.session.user},
	)
	profile = frappe.qb.DocType(PROFILE)
	written = frappe.qb.from_(profile).select(Count("*"))
	return int(written.where(whose.holds(profile.name) & (profile.modified == now)).run()[0][0])


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
