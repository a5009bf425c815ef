"""Reads how members and points came to be what they are: by periods, and outstanding points by age.

Recomputes nothing: points come from the ledger's entries and lots, tiers from Club Tier Change. Points in points, money
in the program's currency. A few set-based queries each, whatever the number of members; what Python holds grows with
days and tier changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Coalesce, Count, Sum
from pypika import Case

from loyalty_club import figures, member_filters, permissions, policy
from loyalty_club.core.model import ZERO, Wallet

# Where a report looks: the company and branch of an entry.
PLACES = ("company", "branch")


def exact(value: Any) -> Decimal:
	"""A sum that the database gave as text."""
	return Decimal(value or 0)


# ---------------------------------------------------------------------------------------------- members


class Club(NamedTuple):
	"""The members at the end of a period, by group, and how many joined and left in it."""

	groups: Mapping[str, int]
	joined: int
	left: int

	@property
	def members(self) -> int:
		"""All of them."""
		return sum(self.groups.values())


def members(ends: Sequence[tuple[date, date]], by: str, filters: Mapping[str, Any]) -> list[Club]:
	"""The club at the end of each period (first and last day, ascending). by: "tier", as it was then; or another field
	of Club Member, as it is now. Of whoever left and came back, only the present membership counts."""
	events = _tier_events(filters) if by == "tier" else _events(by, filters)
	days = sorted(events)
	found, groups, place = [], Counter[str](), 0
	for start, end in ends:
		joined = left = 0
		while place < len(days) and days[place] <= end:
			for (group, what), count in events[days[place]].items():
				groups[group] += -count if what in ("left", "from") else count
				if days[place] >= start:
					joined += count if what == "joined" else 0
					left += count if what == "left" else 0
			place += 1
		found.append(Club({group: count for group, count in groups.items() if count}, joined, left))
	return found


Events = dict[date, Counter[tuple[str, str]]]  # day -> (group, joined | left | from | to) -> how many


def seen(member: Any, query: Any, filters: Mapping[str, Any]) -> Any:
	"""The members that the filters ask for and the present user may see."""
	query = member_filters.narrow(query, member, filters)
	companies = permissions.allowed("Company", "Club Member")
	if companies:
		query = query.where(member.program.isin(permissions.programs_in(companies)))
	people = {"Club Member": member.name, "Customer": member.customer, "Club Program": member.program}
	return permissions.restrict(query, "Club Member", {"Branch": member.branch, **people})


def _add(events: Events, joined: date, left: date | None, first: str, last: str, count: int) -> None:
	events.setdefault(joined, Counter())[first, "joined"] += count
	if left is not None:
		events.setdefault(max(left, joined), Counter())[last, "left"] += count


def _events(by: str, filters: Mapping[str, Any]) -> Events:
	member = frappe.qb.DocType("Club Member")
	group = Coalesce(member[by], "")
	query = (
		frappe.qb.from_(member)
		.select(member.joined_on, member.left_on, group, Count("*"))
		.groupby(member.joined_on, member.left_on, group)
		.where(member.joined_on.isnotnull())
	)
	events: Events = {}
	for joined, left, name, count in seen(member, query, filters).run():
		_add(events, joined, left, str(name), str(name), count)
	return events


def _tier_events(filters: Mapping[str, Any]) -> Events:
	"""The tier filter asks for members who are in it now: where they were before is the point of the report."""
	member, change = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Club Tier Change")
	moved = frappe.qb.from_(change).select(change.member).distinct()
	stayed = (
		frappe.qb.from_(member)
		.left_join(moved.as_("moved"))
		.on(moved.as_("moved").member == member.name)
		.select(member.joined_on, member.left_on, Coalesce(member.tier, ""), Count("*"))
		.where(moved.as_("moved").member.isnull() & member.joined_on.isnotnull())
		.groupby(member.joined_on, member.left_on, member.tier)
	)
	events: Events = {}
	for joined, left, tier, count in seen(member, stayed, filters).run():
		_add(events, joined, left, tier, tier, count)
	moves = (
		frappe.qb.from_(change)
		.join(member)
		.on(member.name == change.member)
		.select(
			member.name,
			member.joined_on,
			member.left_on,
			Coalesce(member.tier, ""),
			change.day,
			Coalesce(change.before, ""),
			Coalesce(change.after, ""),
		)
		.where(member.joined_on.isnotnull())
		.orderby(member.name)
		.orderby(change.day)
	)
	rows = seen(member, moves, filters).run()
	for (_name, joined, left, tier), changes in groupby(rows, key=itemgetter(0, 1, 2, 3)):
		steps = [row[4:] for row in changes]
		_add(events, joined, left, _first_tier(tier, steps), tier, 1)
		for day, before, after in steps:
			on = events.setdefault(
				max(day, joined), Counter()
			)  # a purchase before the member joined counts too
			on[before, "from"] += 1
			on[after, "to"] += 1
	return events


def _first_tier(tier: str, steps: Sequence[tuple[date, str, str]]) -> str:
	"""The tier that these changes, undone, lead back to. Two of one moment are in no order, and need none."""
	undone = Counter({tier: 1})
	for _day, before, after in steps:
		undone[before] += 1
		undone[after] -= 1
	return next((name for name, count in undone.items() if count > 0), steps[0][1])


# ---------------------------------------------------------------------------------------------- points by period


class Flow(NamedTuple):
	"""What a period brought to the points that can be spent or are pending (or to what a wallet of money holds).

	moved: by kind of entry, signed; opening + moved = closing. deficit: what members owe at the end, never netted.
	value: what the closing is worth in money. worth: what moved is worth, by kind, signed."""

	opening: Decimal
	moved: Mapping[str, Decimal]
	closing: Decimal
	deficit: Decimal
	value: Decimal
	worth: Mapping[str, Decimal] = {}


def flows(ends: Sequence[tuple[date, date]], wallet: Wallet, filters: Mapping[str, Any]) -> list[Flow]:
	"""The movements in each period (first and last day, ascending), by posting date."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	on_lot = Case().when(entry.lot.isnull(), 0).else_(1)
	query = (
		frappe.qb.from_(entry)
		.select(
			entry.posting_date,
			entry.kind,
			on_lot,
			Cast_(Sum(entry.quantity), "char"),
			Cast_(Sum(entry.quantity * entry.value), "char"),
		)
		.where((entry.wallet == wallet) & (entry.posting_date <= ends[-1][1]))
		.groupby(entry.posting_date, entry.kind, on_lot)
		.orderby(entry.posting_date)
	)
	rows = list(_entries_seen(entry, query, filters).run())
	found, place = [], 0
	closing = deficit = value = ZERO
	for start, end in ends:
		opening, moved, worths = closing, Counter[str](), Counter[str]()
		while place < len(rows) and rows[place][0] <= end:
			day, kind, is_on_lot, quantity, worth = rows[place]
			place += 1
			if not is_on_lot:
				deficit -= exact(quantity)
				continue
			closing, value = closing + exact(quantity), value + exact(worth)
			if day >= start:
				moved[kind] += exact(quantity)  # type: ignore[assignment]
				worths[kind] += exact(worth)  # type: ignore[assignment]
			else:
				opening = closing
		found.append(Flow(opening, moved, closing, deficit, value, worths))  # type: ignore[arg-type]
	return found


def _entries_seen(row: Any, query: Any, filters: Mapping[str, Any], *, tier: bool = True) -> Any:
	"""Entries (or lots) that the filters ask for and the present user may see; the tier asked for is the one then."""
	asked = {key: value for key, value in filters.items() if key != "tier" or not tier}
	if tier and filters.get("tier"):
		query = query.where(row.tier == filters["tier"])
	for key in PLACES:
		if filters.get(key):
			query = query.where(row[key] == filters[key])
	query = permissions.restrict(query, "Club Ledger Entry", {"Company": row.company, "Branch": row.branch})
	return member_filters.joined(query, row.member, "Club Ledger Entry", asked)


# ---------------------------------------------------------------------------------------------- points by age

AGES = (30, 90, 180, 365)  # days; the last band has no end
LEFT = (7, 30, 90, 180, 365)  # days that are left
PENDING, LATER, IDLE, NEVER = "pending", "later", "idle", "never"


class Aged(NamedTuple):
	"""Outstanding points of one age: by how long they can be spent (a number of days, LATER, IDLE or NEVER), and what
	they are worth."""

	points: Mapping[Any, Decimal]
	value: Decimal


def by_age(as_of: date, wallet: Wallet, filters: Mapping[str, Any]) -> dict[Any, Aged]:
	"""Outstanding points at the end of a day by age (the most days of the band, None for older ones, PENDING for what
	cannot be spent yet). Age counts from the award, what is left from the day after `as_of`."""
	found: dict[Any, tuple[Counter[Any], Decimal]] = {}
	for awarded, available, expires, idle, quantity, worth in _lots_on(as_of, wallet, filters):
		age: Any = next((most for most in AGES if (as_of - awarded).days <= most), None)
		if available > as_of:
			age = PENDING
		left: Any = IDLE if idle else NEVER
		if expires is not None:
			left = next((most for most in LEFT if (expires - as_of).days <= most), LATER)
		points, value = found.get(age, (Counter(), ZERO))
		points[left] += exact(quantity)  # type: ignore[assignment]
		found[age] = (points, value + exact(worth))
	return {age: Aged(points, value) for age, (points, value) in found.items()}


def _lots_on(as_of: date, wallet: Wallet, filters: Mapping[str, Any]) -> Any:
	"""What was left of lots at the end of a day, by their dates."""
	lot = frappe.qb.DocType("Club Lot")
	if as_of >= policy.club_today():
		query = frappe.qb.from_(lot).where(lot.remaining > 0)
		quantity = lot.remaining
	else:
		entry = frappe.qb.DocType("Club Ledger Entry")
		then = (
			frappe.qb.from_(entry)
			.select(entry.lot, Sum(entry.quantity).as_("quantity"))
			.where((entry.wallet == wallet) & (entry.posting_date <= as_of) & entry.lot.isnotnull())
			.groupby(entry.lot)
			.having(Sum(entry.quantity) != 0)
			.as_("then_left")
		)
		query = frappe.qb.from_(lot).join(then).on(then.lot == lot.name)
		quantity = then.quantity
	dates = (lot.awarded_on, lot.available_from, lot.expires_on, Coalesce(lot.idle_months, 0))
	query = (
		query.select(*dates, Cast_(Sum(quantity), "char"), Cast_(Sum(quantity * lot.value), "char"))
		.where(lot.wallet == wallet)
		.groupby(*dates)
	)
	return _entries_seen(lot, query, filters, tier=False).run()


def deficits_on(as_of: date, wallet: Wallet, filters: Mapping[str, Any]) -> Decimal:
	"""What members owe at the end of a day."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(Cast_(Sum(entry.quantity), "char"))
		.where((entry.wallet == wallet) & (entry.posting_date <= as_of) & entry.lot.isnull())
	)
	return -exact(_entries_seen(entry, query, filters, tier=False).run()[0][0])


def tier_order(program: str | None) -> list[str]:
	"""The tiers' names, lowest first; of all programs that are or were in force, where none is asked for."""
	names: list[str] = []
	for name in [program] if program else figures.programs(("Active", "Closed")):
		found = policy.in_force(name)
		names += [tier.name for tier in found.rules.tiers if tier.name not in names] if found else []
	return names
