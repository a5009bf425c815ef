"""Reads LRFM scores for reports: how members are spread over segments and scores, and how they move between segments.

From Club Profile (as of last night) and Club Score (as of each month's last evening). They count purchases of all
companies and branches, so whoever sees some of those only sees none of it. Amounts in Rial; one query each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Avg, Cast_, Coalesce, Count, Sum
from pypika import CustomFunction

from loyalty_club import member_filters, permissions
from loyalty_club.engine.scores import CUTS, PROFILE, SCORE
from loyalty_club.policy import LRFM_PARTS
from loyalty_club.trends import exact

_Days = CustomFunction("datediff", ["after", "before"])


class Group(NamedTuple):
	"""Members who share a segment, class or score: how many, their averages of the four values (days, days, purchase
	days, Rial) and of the score, and the net amount of all in the scores' window."""

	members: int
	length: float
	recency: float
	frequency: float
	monetary: float
	score: float
	net: Decimal


def check_permission() -> None:
	"""Raises PermissionError for a user who sees some companies or branches only."""
	if permissions.is_confined(PROFILE):
		frappe.throw(
			_("Scores count purchases of all companies and branches: you see some of them only."),
			frappe.PermissionError,
		)


def evenings(program: str) -> list[date]:
	"""The months' last evenings whose scores were kept, the latest first."""
	score = frappe.qb.DocType(SCORE)
	found: list[date] = (
		frappe.qb.from_(score)
		.select(score.as_of)
		.distinct()
		.where(score.program == program)
		.orderby(score.as_of, order=frappe.qb.desc)
		.run(pluck=True)
	)
	return found


def last_evening(program: str) -> date | None:
	"""The evening that the profiles are of; None before the first night."""
	found: date | None = frappe.db.get_value(CUTS, {"program": program, "current": 1}, "as_of")
	return found


def _table(program: str, as_of: date | None) -> tuple[Any, Any, Any]:
	"""The table with the scores of an evening (None: last night's), a query of it, and recency in days."""
	table = frappe.qb.DocType(SCORE if as_of else PROFILE)
	query = frappe.qb.from_(table).where((table.program == program) & (table.frequency > 0))
	if as_of:
		return table, query.where(table.as_of == as_of), table.recency
	return table, query, _Days(last_evening(program), table.last_visit)


def _narrowed(query: Any, table: Any, filters: Mapping[str, Any]) -> Any:
	return member_filters.joined(query, table.member, PROFILE, filters)


def groups(program: str, as_of: date | None, by: str, filters: Mapping[str, Any]) -> dict[Any, Group]:
	"""Members who are scored, by a column: segment, average_class, or one of the four scores."""
	table, query, recency = _table(program, as_of)
	rows = (
		_narrowed(query, table, filters)
		.select(
			Coalesce(table[by], "") if by in ("segment", "average_class") else table[by],
			Count("*"),
			Avg(table.length),
			Avg(recency),
			Avg(table.frequency),
			Avg(table.monetary),
			Avg(table.score),
			Cast_(Sum(table.monetary), "char"),
		)
		.groupby(table[by])
		.run()
	)
	return {key: Group(count, *map(float, means), exact(net)) for key, count, *means, net in rows}


def spread(program: str, as_of: date | None, filters: Mapping[str, Any]) -> dict[str, dict[int, int]]:
	"""How many members have which score, of each of the four."""
	return {
		part: {
			score: group.members for score, group in groups(program, as_of, f"{part}_score", filters).items()
		}
		for part in LRFM_PARTS
	}


def without(program: str, filters: Mapping[str, Any]) -> int:
	"""How many members have no purchase in the window, so no scores, as of last night."""
	table = frappe.qb.DocType(PROFILE)
	query = frappe.qb.from_(table).where((table.program == program) & (table.frequency == 0))
	return int(_narrowed(query, table, filters).select(Count("*")).run()[0][0])


def moves(program: str, before: date, after: date, filters: Mapping[str, Any]) -> dict[tuple[str, str], int]:
	"""How many members went from which segment to which between two months' last evenings; "" is not scored."""
	found: dict[tuple[str, str], int] = {}
	for one, other, order in ((before, after, 1), (after, before, -1)):
		here, there = frappe.qb.DocType(SCORE).as_("here"), frappe.qb.DocType(SCORE).as_("there")
		query = (
			frappe.qb.from_(here)
			.left_join(there)
			.on((there.member == here.member) & (there.program == here.program) & (there.as_of == other))
			.select(Coalesce(here.segment, ""), Coalesce(there.segment, ""), Count("*"))
			.where((here.program == program) & (here.as_of == one))
			.groupby(here.segment, there.segment)
		)
		if order < 0:  # those who were not scored before
			query = query.where(there.name.isnull())
		for start, end, count in _narrowed(query, here, filters).run():
			key = (start, end) if order > 0 else ("", start)
			found[key] = found.get(key, 0) + count
	return found


def sizes(program: str, since: date, until: date, filters: Mapping[str, Any]) -> dict[date, dict[str, int]]:
	"""How many members each segment had on the months' last evenings of a span."""
	table = frappe.qb.DocType(SCORE)
	query = (
		frappe.qb.from_(table)
		.select(table.as_of, Coalesce(table.segment, ""), Count("*"))
		.where((table.program == program) & (table.as_of >= since) & (table.as_of <= until))
		.groupby(table.as_of, table.segment)
		.orderby(table.as_of)
	)
	found: dict[date, dict[str, int]] = {}
	for day, segment, count in _narrowed(query, table, filters).run():
		found.setdefault(day, {})[segment] = count
	return found
