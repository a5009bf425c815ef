"""Club Points by Age: outstanding points by how long ago they were earned and how long they can still be spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import figures, policy, trends
from loyalty_club.core.model import ZERO
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.trends import AGES, IDLE, LATER, LEFT, NEVER, PENDING, Aged

BANDS = (*LEFT, LATER, IDLE, NEVER)


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note on deficits, the chart and the sums."""
	filters = frappe._dict(filters or {})
	wallet = filters.wallet or figures.POINTS
	in_points = wallet == figures.POINTS
	as_of = getdate(filters.as_of or policy.club_today())
	style = Styles(filters).of(filters.program)
	found = trends.by_age(as_of, wallet, filters)
	ages = [age for age in (*AGES, None, PENDING) if age in found]
	used = [band for band in BANDS if any(band in found[age].points for age in ages)]
	currency = common.currency_of(filters.program or policy.default_program())
	columns = _columns(used, style, in_points, common.decimals_of(filters.program))
	deficit = trends.deficits_on(as_of, wallet, filters)
	if not ages:
		return columns, []
	rows = [_row(_age(age, style), found[age], used, currency) for age in ages]
	whole = Aged(
		{band: sum((found[age].points.get(band, ZERO) for age in ages), ZERO) for band in used},
		sum((found[age].value for age in ages), ZERO),
	)
	rows.append({**_row(_("Total"), whole, used, currency), "bold": 1})
	total = sum(whole.points.values(), ZERO)
	kind = {"datatype": "Float"} if in_points else {"datatype": "Currency", "currency": currency}
	sums = [{"label": _("Outstanding"), "value": float(total), **kind}]
	if in_points and currency:
		value = {"value": float(whole.value), "datatype": "Currency", "currency": currency}
		sums.append({"label": _("Value", context="Loyalty Club"), **value})
	sums.append({"label": _("Deficit"), "value": float(deficit), **kind})
	return columns, rows, None, _chart(found, ages, used, style), sums


def _age(age: Any, style: Style) -> str:
	if age == PENDING:
		return _("Cannot be spent yet")
	if age is None:
		return _("More than {0} days").format(style.number(Decimal(AGES[-1])))
	place = AGES.index(age)
	first = AGES[place - 1] + 1 if place else 0
	return _("{0} to {1} days").format(style.number(Decimal(first)), style.number(Decimal(age)))


def _left(band: Any, style: Style) -> str:
	if band in LEFT:
		return _("Within {0} Days").format(style.number(Decimal(band)))
	return {LATER: _("Later", context="Loyalty Club"), IDLE: _("When Inactive"), NEVER: _("Never")}[band]


def _row(title: str, aged: Aged, used: list[Any], currency: str | None) -> dict[str, Any]:
	return {
		"age": title,
		**{f"left_{band}": float(aged.points.get(band, ZERO)) or None for band in used},
		"total": float(sum(aged.points.values(), ZERO)),
		"value": float(aged.value),
		"currency": currency,
	}


def _columns(used: list[Any], style: Style, in_points: bool, decimals: int) -> list[dict[str, Any]]:
	def amount(name: str, title: str) -> dict[str, Any]:
		return common.points(name, title, decimals, 130) if in_points else common.money(name, title)

	return [
		common.text("age", _("Since They Were Given"), 190),
		*(amount(f"left_{band}", _("Expires: {0}").format(_left(band, style))) for band in used),
		amount("total", _("Total")),
		*([common.money("value", _("Value", context="Loyalty Club"))] if in_points else []),
		common.hidden_currency(),
	]


def _chart(found: dict[Any, Aged], ages: list[Any], used: list[Any], style: Style) -> dict[str, Any]:
	return {
		"data": {
			"labels": [common.for_chart(_age(age, style), style) for age in ages],
			"datasets": [
				{
					"name": _("Expires: {0}").format(_left(band, style)),
					"values": [float(found[age].points.get(band, ZERO)) for age in ages],
				}
				for band in used
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": list(common.PALETTE),
	}
