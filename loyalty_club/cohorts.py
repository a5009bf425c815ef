"""Reads who buys again: new, returning and won-back members by period, and cohorts by their first purchase.

From Club Activity: a purchase day is one with something left of it after returns, whatever was bought in however many
places; where a company or branch is asked for, or the user sees some of them only, one on which something was bought
there that was not brought back. Amounts in Rial. One query each, whatever the number of members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Coalesce, Count, Max, Min, Sum
from pypika import Case
from pypika import analytics as over

from loyalty_club import member_filters, permissions
from loyalty_club.trends import exact

NEVER = date(1000, 1, 1)  # before a first purchase
NEW, RETURNING, WON_BACK = "new", "returning", "won_back"


def _purchase_days(until: date, filters: Mapping[str, Any]) -> Any:
	"""A query of account, day and net amount: a row for each purchase day up to `until`."""
	activity = frappe.qb.DocType("Club Activity")
	came = Max(activity.visit) == 1
	query = frappe.qb.from_(activity).select(activity.account, activity.day, Sum(activity.net).as_("net"))
	if filters.get("company") or filters.get("branch") or permissions.is_confined("Club Activity"):
		came = came & (Sum(activity.net) > 0)
	for key in ("company", "branch"):
		if filters.get(key):
			query = query.where(activity[key] == filters[key])
	columns = {"Company": activity.company, "Branch": activity.branch}
	query = permissions.restrict(query, "Club Activity", columns)
	query = member_filters.joined(query, activity.member, "Club Activity", filters)
	return query.where(activity.day <= until).groupby(activity.account, activity.day).having(came)


def _place(day: Any, ends: Sequence[tuple[date, date]]) -> Any:
	"""In which of the periods a day is, counted from 0; NULL before the first."""
	case = Case().when(day < ends[0][0], None)
	for n, (_start, end) in enumerate(ends):
		case = case.when(day <= end, n)
	return case


# ---------------------------------------------------------------------------------------------- new and returning


class Buyers(NamedTuple):
	"""Members of one kind who bought in a period: how many, their purchase days, net amount of these days."""

	members: int = 0
	visits: int = 0
	net: Decimal = Decimal(0)


def buyers(
	ends: Sequence[tuple[date, date]], away: Sequence[date], filters: Mapping[str, Any]
) -> list[dict[str, Buyers]]:
	"""Who bought in each period (first and last day, ascending): NEW for the first time; RETURNING; WON_BACK after
	their last purchase had been before the period's day in `away`."""
	days = _purchase_days(ends[-1][1], filters).as_("days")
	before = over.Lag(days.day).over(days.account).orderby(days.day)
	told = frappe.qb.from_(days).select(days.account, days.day, days.net, before.as_("before")).as_("told")
	each = (
		frappe.qb.from_(told)
		.select(
			_place(told.day, ends).as_("place"),
			Min(Coalesce(told.before, NEVER)).as_("before"),
			Count("*").as_("visits"),
			Sum(told.net).as_("net"),
		)
		.where(told.day >= ends[0][0])
		.groupby(told.account, _place(told.day, ends))
		.as_("each_one")
	)
	kind = Case().when(each.before == NEVER, NEW)
	for n, day in enumerate(away):
		kind = kind.when((each.place == n) & (each.before < day), WON_BACK)
	kind = kind.else_(RETURNING)
	rows = (
		frappe.qb.from_(each)
		.select(each.place, kind, Count("*"), Sum(each.visits), Cast_(Sum(each.net), "char"))
		.groupby(each.place, kind)
		.run()
	)
	found: list[dict[str, Buyers]] = [{} for _end in ends]
	for place, name, members, visits, net in rows:
		found[place][name] = Buyers(members, int(visits), exact(net))
	return found


# ---------------------------------------------------------------------------------------------- cohorts


class Cohort(NamedTuple):
	"""Members whose first purchase was in one period: how many, and of each period from then on (that one first) how
	many of them bought and for how much."""

	size: int
	bought: list[int]
	net: list[Decimal]


def cohorts(ends: Sequence[tuple[date, date]], filters: Mapping[str, Any]) -> list[Cohort]:
	"""The cohorts of the periods (first and last day, ascending), each up to the last period."""
	days = _purchase_days(ends[-1][1], filters).as_("days")
	first = over.Min(days.day).over(days.account)
	told = frappe.qb.from_(days).select(days.account, days.day, days.net, first.as_("first_day")).as_("told")
	begun, place = _place(told.first_day, ends), _place(told.day, ends)
	rows = (
		frappe.qb.from_(told)
		.select(begun, place, Count(told.account).distinct(), Cast_(Sum(told.net), "char"))
		.where(told.first_day >= ends[0][0])
		.groupby(begun, place)
		.run()
	)
	found = [Cohort(0, [0] * (len(ends) - n), [Decimal(0)] * (len(ends) - n)) for n in range(len(ends))]
	for begin, place_, members, net in rows:
		cohort = found[begin]
		cohort.bought[place_ - begin], cohort.net[place_ - begin] = members, exact(net)
		if place_ == begin:
			found[begin] = cohort._replace(size=members)
	return found


def average_share(found: Sequence[Cohort], after: int) -> float | None:
	"""The share of members who bought so many periods after their first purchase, of all cohorts that have come so
	far."""
	there = [cohort for cohort in found if len(cohort.bought) > after and cohort.size]
	people = sum(cohort.size for cohort in there)
	return sum(cohort.bought[after] for cohort in there) / people if people else None
