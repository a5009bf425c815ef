"""Club Cohorts: members by the period of their first purchase, and how many of them bought in each that followed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import cohorts, policy, visit_panels
from loyalty_club.cohorts import Cohort
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles

SHOWS = ("share", "members", "net")
UNITS = {"Month": "months", "Quarter": "quarters", "Year": "years"}


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, the chart and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	style = styles.of(filters.program)
	spans = common.spans(filters, styles)
	show = filters.show if filters.show in SHOWS else "share"
	found = cohorts.cohorts([(span.start, span.end) for span in spans], filters)
	columns = _columns(len(spans), show, filters.period or "Month", style)
	if not any(cohort.size for cohort in found):
		return columns, []
	currency = common.currency_of(filters.program or policy.default_program())
	most = max(
		(_value(cohort, n, show) or 0 for cohort in found for n in range(1, len(cohort.bought))), default=0
	)
	rows = [
		_row(span, cohort, show, most, currency)
		for span, cohort in zip(spans, found, strict=True)
		if cohort.size
	]
	averages = [cohorts.average_share(found, n) for n in range(len(spans))]
	if show == "share":
		last = {f"after_{n}": share * 100 for n, share in enumerate(averages) if share is not None}
		size = sum(cohort.size for cohort in found)
		rows.append({"period": _("All Cohorts"), "size": size, **last, "bold": 1})
	note = _("Periods that have not come yet are empty; the last one may not be over.")
	return columns, rows, note, _chart(averages, filters.period or "Month", style), _sums(found, averages)


def _value(cohort: Cohort, n: int, show: str) -> float | None:
	"""What a cell shows; None where there is nothing to be shown."""
	if n >= len(cohort.bought) or not cohort.size:
		return None
	if show == "net":
		return float(cohort.net[n] / cohort.size)
	return cohort.bought[n] / cohort.size * 100 if show == "share" else cohort.bought[n]


def _row(span: Span, cohort: Cohort, show: str, most: float, currency: str | None) -> dict[str, Any]:
	values = {f"after_{n}": _value(cohort, n, show) for n in range(len(cohort.bought))}
	colours = {
		field: visit_panels.colour(min(1.0, value / most))
		for field, value in values.items()
		if value is not None and most and field != "after_0"
	}
	return {"period": span.title, "size": cohort.size, **values, "colours": colours, "currency": currency}


def _after(n: int, period: str, style: Style) -> str:
	if not n:
		return _("First Purchase")
	texts = {
		"Month": _("After {0} Months") if n > 1 else _("After {0} Month"),
		"Quarter": _("After {0} Quarters") if n > 1 else _("After {0} Quarter"),
		"Year": _("After {0} Years") if n > 1 else _("After {0} Year"),
	}
	return texts[period].format(style.number(Decimal(n)))


def _columns(count: int, show: str, period: str, style: Style) -> list[dict[str, Any]]:
	make = {"share": common.percent, "members": common.number, "net": common.money}[show]
	return [
		common.text("period", _("First Purchase In"), 150),
		common.number("size", _("Members"), 90),
		*(make(f"after_{n}", _after(n, period, style), 140) for n in range(count)),
		common.hidden_currency(),
	]


def _chart(averages: list[float | None], period: str, style: Style) -> dict[str, Any] | None:
	shares = [round(share * 100, 1) for share in averages[1:] if share is not None]
	if not shares:
		return None
	return {
		"data": {
			"labels": [_after(n, period, style) for n in range(1, len(shares) + 1)],
			"datasets": [{"name": _("Share of the Cohorts That Bought, %"), "values": shares}],
		},
		"type": "line",
		"colors": ["#2490ef"],
	}


def _sums(found: list[Cohort], averages: list[float | None]) -> list[dict[str, Any]]:
	shown: list[dict[str, Any]] = [
		{
			"label": _("Members with a First Purchase"),
			"value": sum(cohort.size for cohort in found),
			"datatype": "Int",
		}
	]
	if len(averages) > 1 and averages[1] is not None:
		shown.append(
			{
				"label": _("Bought Again in the Next Period"),
				"value": round(averages[1] * 100, 1),
				"datatype": "Percent",
			}
		)
	return shown
