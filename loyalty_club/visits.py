"""Reads when members come: their days of purchase, the time between them, and weekday and hour of their invoices.

A visit is a day that counts as one in Club Activity, whatever was bought in however many places. Where places are
asked for, or the user sees some of them only, it is a visit if something was bought there that was not brought back.
Amounts in Rial. One set-based query over the days and one over each kind of invoice, whatever the number of members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median
from types import MappingProxyType
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count, Sum
from pypika import Case, CustomFunction

from loyalty_club import member_filters, permissions
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine.invoice import DOCTYPES

HOURS, WEEK = 24, 7
SATURDAY = 5  # as the database counts: Monday is 0

_Concat = CustomFunction("group_concat", ["day"])
_Days = CustomFunction("to_days", ["day"])
_Weekday = CustomFunction("weekday", ["day"])
_Hour = CustomFunction("hour", ["time"])
DAYS_BEFORE = 365  # the database counts days from a year 0 that Python does not have


class Asked(NamedTuple):
	"""What visits are asked for: a span of days, both included, where, and whose: one member's, or those of
	whom a report's filters ask for."""

	since: date
	until: date
	company: str | None = None
	branch: str | None = None
	member: str | None = None
	people: Mapping[str, Any] = MappingProxyType({})


class Visits(NamedTuple):
	"""One member's visits in a span of days; gaps in days, None for fewer than two visits."""

	member: str
	customer_name: str
	tier: str
	program: str
	days: tuple[date, ...]
	net: Decimal

	@property
	def mean_gap(self) -> float | None:
		"""Days from one visit to the next, on average."""
		return (self.days[-1] - self.days[0]).days / (len(self.days) - 1) if len(self.days) > 1 else None

	@property
	def median_gap(self) -> float | None:
		"""The middle one of the gaps."""
		gaps = [(after - before).days for before, after in pairwise(self.days)]
		return float(median(gaps)) if gaps else None


# ---------------------------------------------------------------------------------------------- days


def of_members(asked: Asked) -> Iterator[Visits]:
	"""The visits of each member that the present user may see and who came at least once."""
	activity, member = frappe.qb.DocType("Club Activity"), frappe.qb.DocType("Club Member")
	confined = permissions.is_confined("Club Activity")
	came = activity.visit == 1
	if asked.company or asked.branch or confined:
		came = came & (activity.net > 0)
	days = _Concat(Case().when(came, _Days(activity.day)))  # as numbers: one row an account
	found = (
		frappe.qb.from_(activity)
		.select(activity.account, days.as_("days"), Cast_(Sum(activity.net), "char").as_("net"))
		.where((activity.day >= asked.since) & (activity.day <= asked.until))
		.groupby(activity.account)
	)
	for column, wanted in (
		(activity.company, asked.company),
		(activity.branch, asked.branch),
		(activity.member, asked.member),
	):
		if wanted:
			found = found.where(column == wanted)
	found = permissions.restrict(
		found, "Club Activity", {"Company": activity.company, "Branch": activity.branch}
	)
	came_there = found.as_("came_there")
	query = (
		frappe.qb.from_(came_there)
		.join(member)
		.on(member.account == came_there.account)
		.select(
			member.name, member.customer_name, member.tier, member.program, came_there.days, came_there.net
		)
		.where(came_there.days.isnotnull())
	)
	query = member_filters.narrow(query, member, asked.people)
	query = permissions.restrict(
		query,
		"Club Activity",
		{"Club Member": member.name, "Customer": member.customer, "Club Program": member.program},
	)
	known: dict[str, date] = {}
	for name, customer_name, tier, program, text, net in query.run():
		numbers = sorted(set(str(text).split(",")))  # all have six digits
		for number in numbers:
			if number not in known:
				known[number] = date.fromordinal(int(number) - DAYS_BEFORE)
		days_ = tuple(known[number] for number in numbers)
		yield Visits(name, customer_name or name, tier or "", program, days_, Decimal(net or 0))


def by_month(found: list[Visits], calendar: str) -> list[tuple[date, int, int]]:
	"""First day, visits and members of each month in which somebody came, in order."""
	month_of = CALENDARS[calendar].month_of
	first: dict[date, date] = {}
	visits: dict[date, int] = {}
	people: dict[date, int] = {}
	for one in found:
		last = None
		for day in one.days:
			start = first.get(day)
			if start is None:
				start = first[day] = month_of(day).start
			visits[start] = visits.get(start, 0) + 1
			if start != last:
				people[start] = people.get(start, 0) + 1
				last = start
	return [(start, visits[start], people[start]) for start in sorted(visits)]


# ---------------------------------------------------------------------------------------------- hours


class Times(NamedTuple):
	"""Members' invoices by weekday (0 is Monday) and hour of the site's clock: how many, and their net amount."""

	count: dict[tuple[int, int], int]
	net: dict[tuple[int, int], Decimal]

	@property
	def total(self) -> int:
		"""How many invoices there are."""
		return sum(self.count.values())


def times(asked: Asked) -> Times:
	"""When members buy: submitted invoices, without returns and without those that only sum up a till's."""
	counted: dict[tuple[int, int], int] = {}
	amounts: dict[tuple[int, int], Decimal] = {}
	for doctype in DOCTYPES:
		for weekday, hour, count, net in _times_of(doctype, asked).run():
			key = int(weekday), int(hour) % HOURS
			counted[key] = counted.get(key, 0) + count
			amounts[key] = amounts.get(key, Decimal(0)) + Decimal(net or 0)
	return Times(counted, amounts)


def _times_of(doctype: str, asked: Asked) -> Any:
	sale, member = frappe.qb.DocType(doctype), frappe.qb.DocType("Club Member")
	posting = frappe.qb.DocType("Club Posting")
	weekday, hour = _Weekday(sale.posting_date), _Hour(sale.posting_time)
	query = (
		frappe.qb.from_(sale)
		.select(weekday, hour, Count("*"), Cast_(Sum(sale.base_net_total), "char"))
		.where((sale.docstatus == 1) & (sale.is_return == 0) & (sale.club_member != ""))
		.where((sale.posting_date >= asked.since) & (sale.posting_date <= asked.until))
		.groupby(weekday, hour)
	)
	if doctype == "Sales Invoice":
		query = query.where(sale.is_consolidated == 0)
	for column, wanted in ((sale.company, asked.company), (sale.club_member, asked.member)):
		if wanted:
			query = query.where(column == wanted)
	if asked.branch or permissions.allowed("Branch", "Club Activity"):
		query = query.join(posting).on(
			(posting.source_name == sale.name)
			& (posting.source_doctype == doctype)
			& (posting.kind == "sale")
		)
		query = permissions.restrict(query, "Club Activity", {"Branch": posting.branch})
		if asked.branch:
			query = query.where(posting.branch == asked.branch)
	programs = permissions.allowed("Club Program", "Club Activity")
	if member_filters.are_asked(asked.people) or programs:
		query = query.join(member).on(member.name == sale.club_member)
		query = member_filters.narrow(query, member, asked.people)
		query = permissions.restrict(query, "Club Activity", {"Club Program": member.program})
	people = {"Company": sale.company, "Customer": sale.customer, "Club Member": sale.club_member}
	return permissions.restrict(query, "Club Activity", people)


def weekdays(calendar: str) -> list[int]:
	"""The days of the week in the order of a calendar, Monday being 0: the Jalali week begins on Saturday, another one
	where the system's settings say."""
	first = SATURDAY
	if calendar != "jalali":
		names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
		chosen = frappe.get_system_settings("first_day_of_the_week") or "Sunday"
		first = names.index(chosen) if chosen in names else 6
	return [(first + n) % WEEK for n in range(WEEK)]
