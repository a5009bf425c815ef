"""Club Key Figures: what a manager asks of the club, a column for each month, quarter or year; beside it the goals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import key_figures, persian, policy
from loyalty_club.key_figures import AMOUNTS, LESS_IS_BETTER, METRICS, SHARES, Number
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles
from loyalty_club.policy import exact

# Where the rows of a figure are.
ROWS = {
	**dict.fromkeys(("members", "joined", "left"), "Club Members Over Time"),
	**dict.fromkeys(
		("active_share", "repeat_share", "visits", "net", "net_per_buyer"), "Club New and Returning Members"
	),
	**dict.fromkeys(
		("earned", "redeemed", "expired", "redemption_rate", "breakage_rate", "outstanding_value"),
		"Club Points Over Time",
	),
	**dict.fromkeys(("cost", "cost_share"), "Club Tier Value"),
}


def titles() -> dict[str, str]:
	"""The figures' names."""
	return {
		"members": _("Members at the End"),
		"joined": _("New Members"),
		"left": _("Lost Members"),
		"active_share": _("Active: Members Who Bought"),
		"repeat_share": _("Repeat Purchase: Buyers Who Had Bought Before"),
		"visits": _("Days with a Purchase"),
		"net": _("Net Purchases of Members"),
		"net_per_buyer": _("Net Purchases per Buyer"),
		"earned": _("Points Earned"),
		"redeemed": _("Points Spent"),
		"expired": _("Points Expired"),
		"redemption_rate": _("Redemption Rate: Spent of Earned"),
		"breakage_rate": _("Breakage Rate: Expired of Spent and Expired"),
		"outstanding_value": _("Outstanding Value"),
		"cost": _("Cost: Points Spent, at Face"),
		"cost_share": _("Cost, of Members' Purchases"),
	}


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, no note, the chart."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	spans = common.spans(filters, styles)
	found = key_figures.figures([(span.start, span.end) for span in spans], filters)
	currency = common.currency_of(filters.program or policy.default_program())
	goals = _goals(filters)
	rows = [_row(name, title, spans, found, goals.get(name), currency) for name, title in titles().items()]
	return _columns(spans, bool(goals)), rows, None, _chart(spans, found, styles)


def _goals(filters: Any) -> dict[str, Any]:
	"""The goals of the report's period, the program's own before those of all programs."""
	rows = frappe.get_list(
		"Club Goal",
		filters={
			"active": 1,
			"period": filters.period or "Month",
			"program": ["in", ["", filters.program or ""]],
		},
		fields=["metric", "target", "program", "responsible", "next_review"],
		order_by="program asc",
	)
	return {METRICS[row.metric]: row for row in rows}


def _row(
	name: str, title: str, spans: list[Span], found: list[dict[str, Number]], goal: Any, currency: str | None
) -> dict[str, Any]:
	row: dict[str, Any] = {"figure": title, "name": name, "report": ROWS[name]}
	for n, each in enumerate(found):
		row[f"span_{n}"] = _shown(name, each[name], currency)
	if goal:
		row["target"] = _shown(name, exact(goal.target) / (100 if name in SHARES else 1), currency)
		row["responsible"], row["next_review"] = goal.responsible, goal.next_review
		marks = {f"span_{n}": _mark(name, each[name], goal, spans[n]) for n, each in enumerate(found)}
		row["marked"] = {column: mark for column, mark in marks.items() if mark}
	return row


def _mark(name: str, value: Number, goal: Any, span: Span) -> str:
	"""Whether a period that is over reached its goal."""
	if value is None or span.end >= policy.club_today():
		return ""
	target = exact(goal.target) / (100 if name in SHARES else 1)
	reached = value <= target if name in LESS_IS_BETTER else value >= target
	return "good" if reached else "bad"


def _shown(name: str, value: Number, currency: str | None) -> str:
	"""A figure in the user's digits: one column holds shares, amounts and numbers."""
	lang = policy.language()
	if value is None:
		return common.DASH
	if name in SHARES:
		return policy.percent(persian.format_number(value * 100, lang, 1))
	if name in AMOUNTS and not currency:
		return persian.format_number(value, lang, 0)
	return persian.format_number(
		value, lang, 0 if name in AMOUNTS or value == value.to_integral_value() else 1
	)


def _columns(spans: list[Span], with_goals: bool) -> list[dict[str, Any]]:
	columns = [common.text("figure", _("Key Figure"), 320)]
	columns += [
		common.text(f"span_{n}", span.title, 140, align="right", since=str(span.start), until=str(span.end))
		for n, span in enumerate(spans)
	]
	if with_goals:
		columns += [
			common.text("target", _("Target"), 120, align="right"),
			common.link("responsible", _("Responsible"), "User", 150),
			common.text("next_review", _("Next Review"), 110, fieldtype="Date"),
		]
	return columns


def _chart(spans: list[Span], found: list[dict[str, Number]], styles: Styles) -> dict[str, Any]:
	def percents(name: str) -> list[float]:
		return [float(round((each[name] or Decimal(0)) * 100, 1)) for each in found]

	style = styles.of(None)
	shown = {
		"active_share": _("Active Share"),
		"repeat_share": _("Repeat Purchase"),
		"redemption_rate": _("Redemption Rate"),
	}
	return {
		"data": {
			"labels": [common.for_chart(span.title, style) for span in spans],
			"datasets": [{"name": f"{shown[name]} (%)", "values": percents(name)} for name in shown],
		},
		"type": "line",
		"colors": list(common.PALETTE[:5:2]),
	}
