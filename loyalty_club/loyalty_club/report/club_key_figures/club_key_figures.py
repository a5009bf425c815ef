"""Club Key Figures: what a manager asks of the club, a column for each month, quarter or year; beside it the goals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import key_figure_panels, key_figures, policy
from loyalty_club.key_figures import Number
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, no note, the chart."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	spans = common.spans(filters, styles)
	found = key_figures.figures([(span.start, span.end) for span in spans], filters)
	currency = common.currency_of(filters.program or policy.default_program())
	goals = key_figure_panels.goals(filters.period or "Month", filters.program)
	titles = key_figure_panels.titles()
	rows = [_row(name, title, spans, found, goals.get(name), currency) for name, title in titles.items()]
	return _columns(spans, bool(goals)), rows, None, _chart(spans, found, styles)


def _row(
	name: str, title: str, spans: list[Span], found: list[dict[str, Number]], goal: Any, currency: str | None
) -> dict[str, Any]:
	row: dict[str, Any] = {"figure": title, "name": name, "report": key_figure_panels.ROWS[name]}
	for n, each in enumerate(found):
		row[f"span_{n}"] = key_figure_panels.shown(name, each[name], currency)
	if goal:
		row["target"] = key_figure_panels.shown(name, key_figure_panels.target(goal), currency)
		row["responsible"], row["next_review"] = goal.responsible, goal.next_review
		marks = {
			f"span_{n}": key_figure_panels.mark(each[name], goal, spans[n].end)
			for n, each in enumerate(found)
		}
		row["marked"] = {column: mark for column, mark in marks.items() if mark}
	return row


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
