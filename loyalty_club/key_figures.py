"""Reads what a manager asks of a club, period by period: members, how many are active, who comes back, what points cost
and bring; by tier; before joining and after. Puts together what `trends` and `cohorts` read; recomputes no points.

Amounts in the company's currency (Rial), shares as parts of one. None where a figure means nothing: a share of nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import quantiles
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Coalesce, Count, Sum
from pypika import Case

from loyalty_club import cohorts, history, member_filters, permissions, trends
from loyalty_club.core.model import ZERO
from loyalty_club.core.periods import CALENDARS
from loyalty_club.trends import Flow, exact

Ends = Sequence[tuple[date, date]]
Number = Decimal | None
# In the order in which they are shown: as goals call them, and as they are called here.
METRICS = {
	"Members": "members",
	"New Members": "joined",
	"Lost Members": "left",
	"Active Share": "active_share",
	"Repeat Purchase": "repeat_share",
	"Days with a Purchase": "visits",
	"Net Purchases": "net",
	"Net Purchases per Buyer": "net_per_buyer",
	"Points Earned": "earned",
	"Points Spent": "redeemed",
	"Points Expired": "expired",
	"Redemption Rate": "redemption_rate",
	"Breakage Rate": "breakage_rate",
	"Outstanding Value": "outstanding_value",
	"Cost": "cost",
	"Cost Share": "cost_share",
}
FIGURES = tuple(METRICS.values())
SHARES = frozenset({"active_share", "repeat_share", "redemption_rate", "breakage_rate", "cost_share"})
AMOUNTS = frozenset({"net", "net_per_buyer", "outstanding_value", "cost"})
LESS_IS_BETTER = frozenset({"left", "expired", "breakage_rate", "outstanding_value", "cost", "cost_share"})


def _part(part: Decimal | int, whole: Decimal | int) -> Number:
	return Decimal(part) / Decimal(whole) if whole else None


def figures(ends: Ends, filters: Mapping[str, Any]) -> list[dict[str, Number]]:
	"""The figures of each period (first and last day, ascending), by name.

	active_share: of the members at the end, who bought in the period. repeat_share: of those, who had bought before.
	redemption_rate: points spent less given back, of those earned less taken back. breakage_rate: expired, of expired
	and spent. cost: spent points at face, less what was given back; cost_share: of the members' net purchases."""
	clubs = trends.members(ends, "tier", filters)
	flows = trends.flows(ends, "Points", filters)
	bought = cohorts.buyers(ends, [cohorts.NEVER] * len(ends), filters)
	return [_of_period(*each) for each in zip(clubs, flows, bought, strict=True)]


def _of_period(club: trends.Club, flow: Flow, bought: Mapping[str, cohorts.Buyers]) -> dict[str, Number]:
	def moved(*kinds: str) -> Decimal:
		return sum((flow.moved.get(kind, ZERO) for kind in kinds), ZERO)

	people = sum(each.members for each in bought.values())
	again = people - bought.get(cohorts.NEW, cohorts.Buyers()).members
	net = sum((each.net for each in bought.values()), ZERO)
	earned, redeemed, expired = moved("award"), -moved("redeem", "restore"), -moved("expire")
	cost = -(flow.worth.get("redeem", ZERO) + flow.worth.get("restore", ZERO))
	return {
		"members": Decimal(club.members),
		"joined": Decimal(club.joined),
		"left": Decimal(club.left),
		"active_share": _part(people, club.members),
		"repeat_share": _part(again, people),
		"visits": Decimal(sum(each.visits for each in bought.values())),
		"net": net,
		"net_per_buyer": _part(net, people),
		"earned": earned,
		"redeemed": redeemed,
		"expired": expired,
		"redemption_rate": _part(redeemed, earned + moved("reverse")),
		"breakage_rate": _part(expired, expired + redeemed),
		"outstanding_value": flow.value,
		"cost": cost,
		"cost_share": _part(cost, net),
	}


# ---------------------------------------------------------------------------------------------- by tier


class Tier(NamedTuple):
	"""What the members of one tier brought and cost in a period: net purchases, value of points earned and spent."""

	members: int
	buyers: int
	net: Decimal
	earned: Decimal
	cost: Decimal


def tiers(since: date, until: date, filters: Mapping[str, Any]) -> dict[str, Tier]:
	"""By the tier that members are in now."""
	member = frappe.qb.DocType("Club Member")
	asked = {**filters, "company": None, "branch": None}
	counts = dict(
		trends.seen(
			member,
			frappe.qb.from_(member)
			.select(Coalesce(member.tier, ""), Count("*"))
			.where(member.status == "Active")
			.groupby(Coalesce(member.tier, "")),
			asked,
		).run()
	)
	bought = _by_tier(
		frappe.qb.DocType("Club Activity"),
		lambda row: (Count(Case().when(row.visit == 1, row.account)).distinct(), Cast_(Sum(row.net), "char")),
		lambda row: (row.day >= since) & (row.day <= until),
		"Club Activity",
		filters,
	)
	moved = _by_tier(
		frappe.qb.DocType("Club Ledger Entry"),
		lambda row: (
			_worth(row, ("award", "reverse")),
			_worth(row, ("redeem", "restore")),
		),
		lambda row: (row.posting_date >= since) & (row.posting_date <= until) & (row.wallet == "Points"),
		"Club Ledger Entry",
		filters,
	)
	return {
		name: Tier(
			counts.get(name, 0),
			bought.get(name, (0, 0))[0],
			exact(bought.get(name, (0, 0))[1]),
			exact(moved.get(name, (0, 0))[0]),
			-exact(moved.get(name, (0, 0))[1]),
		)
		for name in {*counts, *bought, *moved}
	}


def _worth(row: Any, kinds: tuple[str, ...]) -> Any:
	return Cast_(Sum(Case().when(row.kind.isin(kinds), row.quantity * row.value).else_(0)), "char")


def _by_tier(row: Any, columns: Any, where: Any, doctype: str, filters: Mapping[str, Any]) -> dict[str, Any]:
	member = frappe.qb.DocType("Club Member")
	tier = Coalesce(member.tier, "")
	query = (
		frappe.qb.from_(row)
		.join(member)
		.on(member.name == row.member)
		.select(tier, *columns(row))
		.where(where(row))
		.groupby(tier)
	)
	for key in ("company", "branch"):
		if filters.get(key):
			query = query.where(row[key] == filters[key])
	query = permissions.restrict(query, doctype, {"Company": row.company, "Branch": row.branch})
	query = member_filters.narrow(query, member, filters)
	names = {"Club Member": member.name, "Customer": member.customer, "Club Program": member.program}
	query = permissions.restrict(query, doctype, names)
	return {name: found for name, *found in query.run()}


# ---------------------------------------------------------------------------------------------- before and after


class Joined(NamedTuple):
	"""Who joined in a month, and comparable customers who never did: what one of them bought (net) in the months before
	that month and in as many after it. `members` bought before; `new` had bought nothing, and are compared with nobody.
	matched: how many non-members they are compared with."""

	month: date
	new: int
	members: int
	before: Decimal
	after: Decimal
	matched: int
	before_others: Decimal
	after_others: Decimal


def joined(
	company: str, program: str, since: date, until: date, months: int, calendar: str, today: date
) -> list[Joined]:
	"""The months of joining of which as many months have passed since. Comparable is who bought in the months before
	about as much: in the same quarter of the members by that amount; each quarter counts as it does among members."""
	functions = CALENDARS[calendar]
	people = _days_of_joining(program, since, until)
	ever = set(frappe.get_all("Club Member", pluck="customer"))
	found = []
	month = functions.month_of(since)
	while month.start <= until:
		before = functions.add_months(month.start, -months)
		after = functions.add_months(functions.month_of(month.end).start, months + 1)
		if after > today:
			break
		here = {name for name, day in people.items() if month.start <= day <= month.end}
		if here:
			net = history.net_by_customer(company, before, month, after)
			found.append(_compared(month.start, here, ever, net))
		month = functions.month_of(date.fromordinal(month.end.toordinal() + 1))
	return found


def _days_of_joining(program: str, since: date, until: date) -> dict[str, date]:
	rows = frappe.get_all(
		"Club Member",
		{"program": program, "joined_on": ["between", [since, until]], "customer": ["is", "set"]},
		["customer", "joined_on"],
		as_list=True,
		limit=0,
	)
	return dict(rows)


def _compared(
	month: date, here: set[str], ever: set[str], net: Mapping[str, tuple[Decimal, Decimal]]
) -> Joined:
	nothing = (ZERO, ZERO)
	mine = [net.get(name, nothing) for name in here]
	bought = [each for each in mine if each[0] > 0]
	others = [amounts for name, amounts in net.items() if name not in ever and amounts[0] > 0]
	new = len(mine) - len(bought)
	if not bought:
		return Joined(month, new, 0, ZERO, ZERO, 0, ZERO, ZERO)
	cuts = quantiles([each[0] for each in bought], n=4) if len(bought) > 1 else [bought[0][0]]
	weights = Counter(_quarter(each[0], cuts) for each in bought)
	groups: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
	low, high = min(each[0] for each in bought) / 2, max(each[0] for each in bought) * 2
	for each in others:
		if low <= each[0] <= high:
			groups[_quarter(each[0], cuts)].append(each)
	weights_there = {quarter: count for quarter, count in weights.items() if groups[quarter]}
	whole = sum(weights_there.values())

	def others_mean(place: int) -> Decimal:
		if not whole:
			return ZERO
		return (
			sum(
				(_mean([each[place] for each in groups[q]]) * count for q, count in weights_there.items()),
				ZERO,
			)
			/ whole
		)

	return Joined(
		month,
		new,
		len(bought),
		_mean([each[0] for each in bought]),
		_mean([each[1] for each in bought]),
		sum(len(groups[quarter]) for quarter in weights_there),
		others_mean(0),
		others_mean(1),
	)


def _quarter(amount: Decimal, cuts: Sequence[Decimal]) -> int:
	return sum(amount > cut for cut in cuts)


def _mean(amounts: Sequence[Decimal]) -> Decimal:
	return sum(amounts, ZERO) / len(amounts)
