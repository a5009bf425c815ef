"""Club Visit Times: on which weekday and at what hour members buy, as a coloured table, a chart by hour, and rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy, visit_panels, visits
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.club_visits.club_visits import asked
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, the coloured table, and the chart."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	style = styles.of(filters.program)
	found = visits.times(asked(filters))
	if not found.total:
		return _columns([]), []
	hours = visit_panels.hours(found)
	currency = common.currency_of(filters.program or policy.default_program())
	if filters.company:
		currency = frappe.get_cached_value("Company", filters.company, "default_currency")
	rows = []
	for weekday in visits.weekdays(styles.calendar):
		counts = {hour: found.count.get((weekday, hour), 0) for hour in hours}
		net = sum((found.net.get((weekday, hour), Decimal(0)) for hour in hours), Decimal(0))
		count = sum(counts.values())
		rows.append(
			{
				"weekday": visit_panels.weekday_name(weekday, style.lang),
				"count": count,
				"share": float(Decimal(count) / found.total * 100),
				"net": float(net),
				"basket": float(net / count) if count else None,
				"currency": currency,
				**{f"hour_{hour}": number for hour, number in counts.items()},
			}
		)
	note = visit_panels.heat_map(found, style)
	return _columns(hours), rows, note, _chart(found, hours, style.lang)


def _columns(hours: Any) -> list[dict[str, Any]]:
	return [
		common.text("weekday", _("Weekday"), 110),
		common.number("count", _("Purchases"), 100),
		common.text("share", _("Share"), 90, fieldtype="Percent", precision="1"),
		common.money("net", _("Net Purchases")),
		common.money("basket", _("Average Basket")),
		*(common.number(f"hour_{hour}", f"{hour}:00", 70) for hour in hours),
		common.hidden_currency(),
	]


def _chart(found: visits.Times, hours: range, lang: str) -> dict[str, Any]:
	by_hour = [sum(found.count.get((weekday, hour), 0) for weekday in range(visits.WEEK)) for hour in hours]
	return {
		"data": {
			"labels": [visit_panels.hour_title(hour, lang) for hour in hours],
			"datasets": [{"name": _("Purchases"), "values": by_hour}],
		},
		"type": "bar",
		"colors": ["#2490ef"],
	}
