"""LRFM on the site: what `core.lrfm` decides, for the members of a program, by what they bought up to an evening.

The only code that writes Club Profile (a member's figures and scores as they are), Club Score (those of each month's
last day) and Club Score Cuts (by what everybody was scored). Days come from Club Activity, amounts in Rial; recency is
never stored, for it changes every day: whoever shows it counts from the last purchase.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count, Max, Min, Sum
from pypika import Case

from loyalty_club import ledger, policy
from loyalty_club.core import lrfm, tiers
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lrfm import Averages, Cuts, Scores, SegmentRule, Totals
from loyalty_club.core.model import Program
from loyalty_club.core.periods import CALENDARS
from loyalty_club.policy import LRFM_PARTS, InForce

PROFILE, SCORE, CUTS = "Club Profile", "Club Score", "Club Score Cuts"
LONG_AGO = date(1900, 1, 1)
NOBODY = Decimal(0)  # the score of a member who has none


def standard_segment_rows() -> list[dict[str, Any]]:
	"""The usual segments as rows of a program's table."""
	return [
		{
			"segment": rule.name,
			"title_fa": rule.title_fa,
			**{
				f"{part}_{end}": getattr(rule, part)[n]
				for part in LRFM_PARTS
				for n, end in enumerate(("from", "to"))
			},
		}
		for rule in lrfm.STANDARD_SEGMENTS
	]


def segment_rules(program: str) -> tuple[SegmentRule, ...]:
	"""The segments of a program, as its form has them; the usual ones where it has none."""
	doc = frappe.get_cached_doc("Club Program", program)
	rows = doc.get("segment_rules") or []
	return (
		tuple(
			SegmentRule(
				row.segment,
				row.title_fa or "",
				*((row.get(f"{part}_from"), row.get(f"{part}_to")) for part in LRFM_PARTS),
			)
			for row in rows
		)
		or lrfm.STANDARD_SEGMENTS
	)


# ---------------------------------------------------------------------------------------------- by what all are scored


class Basis(NamedTuple):
	"""By what the members of a program are scored on a day."""

	rules: Program
	as_of: date
	cuts: Cuts
	averages: Averages
	members: int
	segments: tuple[SegmentRule, ...]

	def scored(self, totals: Totals | None) -> tuple[lrfm.Values | None, Scores | None, str, str]:
		"""Values, scores, segment and class of a member."""
		if totals is None:
			return None, None, "", ""
		values = lrfm.values(totals, self.as_of)
		scores = lrfm.score(values, self.cuts, self.rules.lrfm)
		return (
			values,
			scores,
			lrfm.segment(scores, self.segments),
			lrfm.average_class(values, self.averages),
		)


def basis(program: InForce, as_of: date) -> Basis:
	"""By what everybody is scored as of an evening: made once, so that a run that was cut off goes on by the same."""
	name = f"{program.name}-{as_of:%Y%m%d}"
	body = frappe.db.get_value(CUTS, name, "body")
	if body is None:
		found = _measure(program, as_of)
		insert(
			CUTS,
			[
				{
					"name": name,
					"program": program.name,
					"as_of": as_of,
					"members": found[2],
					"body": _written(found),
				}
			],
			update=("members", "body"),
		)
	else:
		found = _read(json.loads(body))
	cuts, means, members = found
	return Basis(program.rules, as_of, cuts, means, members, segment_rules(program.name))


def known_basis(program: str, as_of: date) -> tuple[Cuts, Averages, int] | None:
	"""Cuts, averages and number of members of an evening that was scored; None if it was not."""
	body = frappe.db.get_value(CUTS, f"{program}-{as_of:%Y%m%d}", "body")
	return _read(json.loads(body)) if body else None


def forget_basis(program: str, as_of: date) -> None:
	"""Has the next run measure everybody again, because it is asked to score the same evening anew."""
	frappe.db.delete(CUTS, {"name": f"{program}-{as_of:%Y%m%d}"})


def _measure(program: InForce, as_of: date) -> tuple[Cuts, Averages, int]:
	"""Everybody's values, in four arrays: some megabytes for a hundred thousand members."""
	unit = 10**program.rules.money_decimals
	columns = lrfm.Columns(array("q"), array("q"), array("q"), array("q"), unit)
	for _account, totals in totals_of(program, as_of):
		values = lrfm.values(totals, as_of)
		row = values.length, values.recency, values.frequency, int(values.monetary * unit)
		for column, value in zip(columns[:4], row, strict=True):
			column.append(value)  # type: ignore[attr-defined]
	return lrfm.cuts(program.rules.lrfm, columns), lrfm.averages(columns), len(columns.length)


def _written(found: tuple[Cuts, Averages, int]) -> str:
	cuts, means, members = found
	return json.dumps(
		{
			"cuts": [[str(Fraction(each)) for each in four] for four in cuts],
			"averages": [str(each) for each in means],
			"members": members,
		}
	)


def _read(body: Mapping[str, Any]) -> tuple[Cuts, Averages, int]:
	cuts = Cuts(*(tuple(Fraction(each) for each in four) for four in body["cuts"]))
	return cuts, Averages(*(Fraction(each) for each in body["averages"])), body["members"]


# ---------------------------------------------------------------------------------------------- reading


def totals_of(
	program: InForce, as_of: date, accounts: Collection[str] | None = None, *, ever: bool = False
) -> Iterator[tuple[str, Totals]]:
	"""Account and purchases of each active member of a program (or of these accounts) in the scores' window up to an
	evening; ever: since the beginning. Members without a purchase day in it are left out."""
	start = LONG_AGO if ever else max(tiers.lrfm_start(program.rules, as_of), LONG_AGO)
	activity, member = frappe.qb.DocType("Club Activity"), frappe.qb.DocType("Club Member")
	bought = Case().when(activity.visit == 1, activity.day)
	query = (
		frappe.qb.from_(activity)
		.select(
			activity.account,
			Min(bought),
			Max(bought),
			Count(bought).distinct(),
			Cast_(Sum(activity.net), "char"),
		)
		.where((activity.day >= start) & (activity.day <= as_of))
		.groupby(activity.account)
	)
	if accounts is None:
		query = (
			query.join(member)
			.on(member.account == activity.account)
			.where((member.program == program.name) & (member.status == "Active"))
		)
	else:
		query = query.where(activity.account.isin(list(accounts)))
	for account, first, last, visits, net in query.run():
		if visits:
			yield account, Totals(first, last, visits, _amount(net, program.rules))


def _amount(net: Any, rules: Program) -> Decimal:
	return Decimal(net).quantize(rules.coin)


class Someone(NamedTuple):
	"""A member to be scored."""

	name: str
	account: str
	customer: str | None
	tier: str
	branch: str | None


def active_members(program: str, after: str, limit: int) -> list[Someone]:
	"""The next active members of a program behind `after`, in the order of their names."""
	member = frappe.qb.DocType("Club Member")
	rows = (
		frappe.qb.from_(member)
		.select(member.name, member.account, member.customer, member.tier, member.branch)
		.where((member.program == program) & (member.status == "Active") & (member.name > after))
		.orderby(member.name)
		.limit(limit)
		.run()
	)
	return [
		Someone(name, account, customer, tier or "", branch) for name, account, customer, tier, branch in rows
	]


# ---------------------------------------------------------------------------------------------- writing


def insert(doctype: str, rows: list[dict[str, Any]], update: Collection[str]) -> None:
	"""Inserts rows of one of this module's tables in one statement, or brings those that are there up to date."""
	assert doctype in (PROFILE, SCORE, CUTS), "the ledger's tables are the ledger's"
	ledger.insert_rows(doctype, rows, update=update)


def profile_rows(
	program: InForce, by: Basis, people: list[Someone], favourites: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
	"""What the profiles of some members are as of an evening. favourites: item group and branch of those whose were
	looked for."""
	accounts = [one.account for one in people]
	inside = dict(totals_of(program, by.as_of, accounts))
	ever = dict(totals_of(program, by.as_of, accounts, ever=True))
	rows = []
	for one in people:
		values, scores, segment, average_class = by.scored(inside.get(one.account))
		whole = ever.get(one.account)
		rows.append(
			{
				"name": one.name,
				"member": one.name,
				"program": program.name,
				"customer": one.customer,
				"tier": one.tier,
				"branch": one.branch,
				"first_visit": whole.first if whole else None,
				"last_visit": whole.last if whole else None,
				"visits": whole.visits if whole else 0,
				"net": whole.net if whole else 0,
				"mean_gap": mean_gap(whole),
				**_score_columns(values, scores),
				"segment": segment,
				"average_class": average_class,
				"favourite_item_group": favourites.get(one.name, ("", ""))[0],
				"favourite_branch": favourites.get(one.name, ("", ""))[1],
			}
		)
	return rows


def mean_gap(totals: Totals | None) -> float:
	"""Days between one purchase day and the next, on average; 0 for fewer than two."""
	if totals is None or totals.visits < 2:
		return 0.0
	return round((totals.last - totals.first).days / (totals.visits - 1), 2)


def _score_columns(values: lrfm.Values | None, scores: Scores | None) -> dict[str, Any]:
	return {
		"length": values.length if values else 0,
		"frequency": values.frequency if values else 0,
		"monetary": values.monetary if values else 0,
		**{f"{part}_score": getattr(scores, part) if scores else 0 for part in LRFM_PARTS},
		"score": scores.total if scores else 0,
	}


def month_rows(program: InForce, by: Basis, people: list[Someone]) -> list[dict[str, Any]]:
	"""The history's rows of some members as of a month's last evening; whoever was not scored has none."""
	inside = dict(totals_of(program, by.as_of, [one.account for one in people]))
	rows = []
	for one in people:
		values, scores, segment, average_class = by.scored(inside.get(one.account))
		if values is None:
			continue
		rows.append(
			{
				"name": f"{one.name}-{by.as_of:%Y%m%d}",
				"member": one.name,
				"program": program.name,
				"as_of": by.as_of,
				"recency": values.recency,
				**_score_columns(values, scores),
				"segment": segment,
				"average_class": average_class,
				"tier": one.tier,
			}
		)
	return rows


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
		if [_plain(row[each]) for each in columns] != [_plain(each) for each in there.get(row["name"], [])]
	]


def _plain(value: Any) -> Any:
	"""A value as it compares with what a column gives back."""
	if isinstance(value, (float, Decimal)):
		return round(float(value), 6)
	return value or None if isinstance(value, str) else value


def last_evening_of_month(rules: Program, day: date) -> date | None:
	"""The evening before, where `day` is the first of a month in the program's calendar."""
	return day - timedelta(days=1) if CALENDARS[rules.calendar].month_of(day).start == day else None


def remove_gone() -> int:
	"""Takes the profiles of members away who left, were merged or deleted; returns how many."""
	profile, member = frappe.qb.DocType(PROFILE), frappe.qb.DocType("Club Member")
	gone = (
		frappe.qb.from_(profile)
		.left_join(member)
		.on(member.name == profile.name)
		.select(profile.name)
		.where(member.name.isnull() | (member.status != "Active"))
		.limit(5000)
		.run()
	)
	if gone:
		frappe.qb.from_(profile).delete().where(profile.name.isin([name for (name,) in gone])).run()
	return len(gone)


def of_member(name: str, day: date) -> None:
	"""Scores one member anew, by what everybody was scored last night. Does nothing for who is not active."""
	from loyalty_club.engine import favourites

	row = frappe.db.get_value(
		"Club Member", name, ["name", "account", "customer", "tier", "branch", "program", "status"]
	)
	if not row or row[6] != "Active":
		return
	program = policy.in_force(row[5])
	if program is None:
		return
	one = Someone(*row[:5])
	by = basis(program, day - timedelta(days=1))
	rows = profile_rows(program, by, [one], favourites.of([one], by.as_of))
	insert(PROFILE, rows, update=[each for each in rows[0] if each != "name"])
