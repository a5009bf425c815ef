"""Club Visits: how often each member came in a span of days, at what distance, and what was bought; visits by month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from loyalty_club import policy, visits
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.visits import Asked, Visits

FIRST = 1000  # members who are shown unless all are asked for: who came most often


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, visits and members by month, and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	found = list(visits.of_members(asked(filters)))
	found.sort(key=lambda one: (-len(one.days), one.member))
	shown = found if filters.rows == "All" else found[:FIRST]
	rows = [_row(one, styles) for one in shown]
	note = (
		_("The first {0} of {1} members are shown. The chart and the sums are of all.").format(
			FIRST, len(found)
		)
		if len(found) > len(shown)
		else None
	)
	months = visits.by_month(found, styles.calendar)
	return _columns(styles), rows, note, _chart(months, styles.of(None)), _sums(found, styles)


def asked(filters: Any) -> Asked:
	"""What the filters of a report about visits ask for."""
	until = getdate(filters.to_date or policy.club_today())
	since = getdate(filters.from_date or add_months(until, -12))
	return Asked(
		since, until, filters.company or None, filters.branch or None, filters.member or None, people=filters
	)


def _row(one: Visits, styles: Styles) -> dict[str, Any]:
	return {
		"member": one.member,
		"customer_name": one.customer_name,
		"tier": styles.of(one.program).title(one.tier),
		"visits": len(one.days),
		"first": one.days[0],
		"first_jalali": styles.day(one.days[0]),
		"last": one.days[-1],
		"last_jalali": styles.day(one.days[-1]),
		"mean_gap": one.mean_gap,
		"median_gap": one.median_gap,
		"net": float(one.net),
		"basket": float(one.net / len(one.days)),
		"program": one.program,
		"currency": common.currency_of(one.program),
	}


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		common.link("member", _("Club Member"), "Club Member", 130),
		common.text("customer_name", _("Customer Name"), 170),
		common.text("tier", _("Tier"), 90),
		common.number("visits", _("Visits"), 80),
		*common.day("first", _("First Visit"), styles),
		*common.day("last", _("Last Visit"), styles),
		common.text("mean_gap", _("Days Between, Mean"), 130, fieldtype="Float", precision="1"),
		common.text("median_gap", _("Days Between, Median"), 140, fieldtype="Float", precision="1"),
		common.money("net", _("Net Purchases")),
		common.money("basket", _("Average Basket")),
		common.link("program", _("Club Program"), "Club Program"),
		common.hidden_currency(),
	]


def _chart(months: list[tuple[date, int, int]], style: Style) -> dict[str, Any] | None:
	if not months:
		return None
	return {
		"data": {
			"labels": [common.period_title(start, "Month", style) for start, _visits, _people in months],
			"datasets": [
				{"name": _("Visits"), "values": [count for _start, count, _people in months]},
				{"name": _("Members"), "values": [people for _start, _visits, people in months]},
			],
		},
		"type": "bar",
		"colors": ["#2490ef", "#b45309"],
	}


def _sums(found: list[Visits], styles: Styles) -> list[dict[str, Any]]:
	count = sum(len(one.days) for one in found)
	if not count:
		return []
	currencies = {common.currency_of(program) for program in {one.program for one in found}}
	shown = [
		{"label": _("Members"), "value": len(found), "datatype": "Int"},
		{"label": _("Visits"), "value": count, "datatype": "Int"},
		{
			"label": _("Visits a Member"),
			"value": round(count / len(found), 1),
			"datatype": "Float",
		},
	]
	if len(currencies) == 1:
		net = float(sum((one.net for one in found), Decimal(0)))
		money = {"datatype": "Currency", "currency": currencies.pop()}
		shown += [
			{"label": _("Net Purchases"), "value": net, **money},
			{"label": _("Average Basket"), "value": net / count, **money},
		]
	return shown
