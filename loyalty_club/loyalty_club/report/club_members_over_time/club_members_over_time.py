"""Club Members Over Time: how many members there were at the end of each month, quarter or year, by tier or by another
field of theirs; who joined and who left."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import member_filters, policy, trends
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles
from loyalty_club.trends import Club

FIELDS = ("tier", "branch", "channel")


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, the chart and the sums."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in (*FIELDS, *member_filters.own_groups()) else "tier"
	styles = Styles(filters)
	spans = common.spans(filters, styles)
	found = trends.members([(span.start, span.end) for span in spans], by, filters)
	groups = _groups(found, by, filters)
	titles = [_title(group, by, styles, filters) for group in groups]
	rows = [_row(span, club, groups) for span, club in zip(spans, found, strict=True)]
	note = _("The tier is the one at the end of each period.") if by == "tier" else None
	return _columns(groups, titles), rows, note, _chart(spans, found, groups, titles), _sums(found)


def _groups(found: list[Club], by: str, filters: Any) -> list[str]:
	"""The groups that had a member: tiers in their order, others by their size at the end."""
	there = {group for club in found for group in club.groups}
	if by == "tier":
		order = trends.tier_order(filters.program)
		return sorted(there, key=lambda group: (order.index(group) if group in order else len(order), group))
	return sorted(there, key=lambda group: (-found[-1].groups.get(group, 0), group))


def _title(group: str, by: str, styles: Styles, filters: Any) -> str:
	if not group:
		return _("None", context="Loyalty Club")
	if by == "tier":
		return styles.of(filters.program or policy.default_program()).title(group)
	return str(_(group)) if by == "channel" else group


def _row(span: Span, club: Club, groups: list[str]) -> dict[str, Any]:
	return {
		"period": span.title,
		**{f"group_{n}": club.groups.get(group, 0) for n, group in enumerate(groups)},
		"members": club.members,
		"joined": club.joined,
		"left": club.left,
	}


def _columns(groups: list[str], titles: list[str]) -> list[dict[str, Any]]:
	return [
		common.text("period", _("Period", context="Loyalty Club"), 150),
		*(common.number(f"group_{n}", titles[n], 110) for n in range(len(groups))),
		common.number("members", _("Members"), 110),
		common.number("joined", _("Joined", context="Loyalty Club"), 110),
		common.number("left", _("Left the Club"), 120),
	]


def _chart(spans: list[Span], found: list[Club], groups: list[str], titles: list[str]) -> Any:
	if not any(club.members for club in found):
		return None
	return {
		"data": {
			"labels": [span.title for span in spans],
			"datasets": [
				{"name": title, "values": [club.groups.get(group, 0) for club in found]}
				for group, title in zip(groups, titles, strict=True)
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": list(common.PALETTE),
	}


def _sums(found: list[Club]) -> list[dict[str, Any]]:
	if not found:
		return []
	return [
		{"label": _("Members at the End"), "value": found[-1].members, "datatype": "Int"},
		{
			"label": _("Joined", context="Loyalty Club"),
			"value": sum(club.joined for club in found),
			"datatype": "Int",
		},
		{"label": _("Left the Club"), "value": sum(club.left for club in found), "datatype": "Int"},
	]
