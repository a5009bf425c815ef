"""A member's figures: what was bought up to an evening, ever and in the window of the scores, and what is liked most.

The only code that writes the figures of Club Profile; `engine.scores` writes the scores. Days come from Club Activity,
amounts in Rial; recency is never stored, for it changes every day: whoever shows it counts from the last purchase.

A night reads only what may have changed since the evening that the figures are of (`stale`): accounts whose days were
written, which a version tells, and those with purchases on the days that come into the window or leave it.
Everybody is read where no such evening is known.

What is read the database sums up, compares with what the profiles have, and gives only what is to be written: one
statement for some thousands of members, written out because it is set work. It is a plain read, so that no sale waits
for it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce, Count, Max
from pypika.terms import ExistsCriterion

from loyalty_club import ledger
from loyalty_club.core import tiers
from loyalty_club.core.model import Program
from loyalty_club.engine import favourites
from loyalty_club.engine.favourites import Whose
from loyalty_club.policy import InForce

PROFILE = "Club Profile"
LONG_AGO = date(1900, 1, 1)
UNSCORED = {"segment": "", "average_class": ""}
UNKNOWN = -1  # no account has this version: the next night reads the figures anew


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


def stale(program: InForce, after: str, until: str, as_of: date, known: date | None) -> Whose:
	"""Active members from behind one name up to another whose figures of the evening `known` may not be those of
	`as_of`; all of them where no evening is known."""
	if known is None:
		return Whose(after, until)
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
	return Whose(names=tuple(names))


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

# A purchase day is one with something left of it after returns. Everything is of the last evening, `as_of`; what is
# "inside" is from `start` on. The gap between two purchase days is a mean, in days.
_FIGURES = """
	select m.name, m.name as member, m.program, m.customer, ifnull(m.tier, '') as tier, m.branch,
		a.days_version as version,
		{first} as first_visit, {last} as last_visit, {visits} as visits,
		if({visits}, round(sum(x.net), %(decimals)s), 0) as net,
		if({visits} > 1, round(100 * datediff({last}, {first}) / ({visits} - 1)) / 100, 0) as mean_gap,
		ifnull(datediff({last_inside}, {first_inside}), 0) as length, {visits_inside} as frequency,
		if({visits_inside}, round(sum(if(x.day >= %(start)s, x.net, 0)), %(decimals)s), 0) as monetary,
		ifnull({branch}, '') as favourite_branch
	from `tabClub Member` m
	join `tabClub Account` a on a.name = m.account
	left join `tabClub Activity` x on x.account = a.name and x.day <= %(as_of)s
	where m.program = %(program)s and m.status = 'Active' and {whose}
	group by m.name
"""
_CAME, _CAME_INSIDE = "if(x.visit, x.day, null)", "if(x.visit and x.day >= %(start)s, x.day, null)"
_COLUMNS = (
	*("name", "member", "program", "customer", "tier", "branch", "version"),
	*("first_visit", "last_visit", "visits", "net", "mean_gap", "length", "frequency", "monetary"),
	*("favourite_branch", "favourite_item_group"),
)


def _changed(program: InForce, whose: Whose, as_of: date) -> list[tuple[Any, ...]]:
	"""The figures of some active members, a row of `_COLUMNS` each, where the profiles do not have them."""
	figures = _FIGURES.format(
		whose=whose.where("m.name"),
		branch=favourites.branch("a.name"),
		**_over("", _CAME),
		**_over("_inside", _CAME_INSIDE),
	)
	new = {column: f"f.{column}" for column in _COLUMNS}
	new["favourite_item_group"] = "ifnull(g.item_group, '')"
	same = " and ".join(f"p.`{column}` <=> {value}" for column, value in new.items())
	exactly = {column: f"cast({new[column]} as char)" for column in ("net", "monetary")}
	rows: list[tuple[Any, ...]] = frappe.db.sql(
		f"""
		select {", ".join({**new, **exactly}.values())}
		from ({figures}) f
		left join ({favourites.item_groups(whose)}) g on g.member = f.name
		left join `tab{PROFILE}` p on p.name = f.name
		where p.name is null or not ({same})
		""",
		{
			**whose._asdict(),
			"program": program.name,
			"as_of": as_of,
			"start": window_start(program.rules, as_of),
			"year": as_of - favourites.A_YEAR,
			"decimals": program.rules.money_decimals,
		},
	)
	return rows


def _over(suffix: str, came: str) -> dict[str, str]:
	"""First, last and number of the purchase days."""
	return {
		f"first{suffix}": f"min({came})",
		f"last{suffix}": f"max({came})",
		f"visits{suffix}": f"count(distinct {came})",
	}


# ---------------------------------------------------------------------------------------------- writing


def refresh(program: InForce, whose: Whose, as_of: date) -> int:
	"""Reads some active members' figures as of an evening and writes those that changed; how many there are."""
	if whose.names == ():
		return 0
	rows = [{**dict(zip(_COLUMNS, row, strict=True)), **UNSCORED} for row in _changed(program, whose, as_of)]
	if rows:
		ledger.insert_rows(PROFILE, rows, update=_COLUMNS[1:])
	return len(rows)


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
