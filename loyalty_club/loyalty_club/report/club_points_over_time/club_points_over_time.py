"""Club Points Over Time: what each month, quarter or year brought and took, and what was outstanding at its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import figures, policy, trends
from loyalty_club.core.model import ZERO
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles
from loyalty_club.trends import Flow

# The columns, and the kinds of entries that are in them.
KINDS = {
	"earned": ("award", "issue"),
	"spent": ("redeem",),
	"restored": ("restore",),
	"reversed": ("reverse",),
	"expired": ("expire",),
	"filled": ("fill",),
	"transferred": ("transfer",),
	"adjusted": ("adjust",),
}


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, no note, the chart and the sums."""
	filters = frappe._dict(filters or {})
	wallet = filters.wallet or figures.POINTS
	styles = Styles(filters)
	spans = common.spans(filters, styles)
	found = trends.flows([(span.start, span.end) for span in spans], wallet, filters)
	currency = common.currency_of(filters.program or policy.default_program())
	rows = [_row(span, flow, currency) for span, flow in zip(spans, found, strict=True)]
	in_points = wallet == figures.POINTS
	decimals = common.decimals_of(filters.program)
	columns = _columns(in_points, decimals)
	if not any(flow.opening or flow.closing or flow.moved for flow in found):
		return columns, []
	return columns, rows, None, _chart(spans, found), _sums(found, in_points, currency)


def _moved(flow: Flow, column: str) -> Decimal:
	return sum((flow.moved.get(kind, ZERO) for kind in KINDS[column]), ZERO)


def _row(span: Span, flow: Flow, currency: str | None) -> dict[str, Any]:
	return {
		"period": span.title,
		"opening": float(flow.opening),
		**{column: float(_moved(flow, column)) for column in KINDS},
		"closing": float(flow.closing),
		"deficit": float(flow.deficit),
		"value": float(flow.value),
		"currency": currency,
	}


def _columns(in_points: bool, decimals: int) -> list[dict[str, Any]]:
	titles = {
		"opening": _("Outstanding Before"),
		"earned": _("Earned") if in_points else _("Paid In or Given"),
		"spent": _("Spent", context="Loyalty Club"),
		"restored": _("Given Back"),
		"reversed": _("Taken Back"),
		"expired": _("Expired"),
		"filled": _("Deficit Filled"),
		"transferred": _("Transferred", context="Loyalty Club"),
		"adjusted": _("By Hand"),
		"closing": _("Outstanding"),
		"deficit": _("Deficit"),
	}
	return [
		common.text("period", _("Period", context="Loyalty Club"), 150),
		*(
			common.points(name, title, decimals, 125) if in_points else common.money(name, title)
			for name, title in titles.items()
		),
		*([common.money("value", _("Value", context="Loyalty Club"))] if in_points else []),
		common.hidden_currency(),
	]


def _chart(spans: list[Span], found: list[Flow]) -> dict[str, Any]:
	bars = {"earned": _("Earned"), "spent": _("Spent", context="Loyalty Club"), "expired": _("Expired")}
	return {
		"data": {
			"labels": [span.title for span in spans],
			"datasets": [
				*(
					{
						"name": title,
						"chartType": "bar",
						"values": [float(abs(_moved(flow, each))) for flow in found],
					}
					for each, title in bars.items()
				),
				{
					"name": _("Outstanding"),
					"chartType": "line",
					"values": [float(flow.closing) for flow in found],
				},
			],
		},
		"type": "axis-mixed",
		"colors": ["#2490ef", "#16a34a", "#b45309", "#6b21a8"],
	}


def _sums(found: list[Flow], in_points: bool, currency: str | None) -> list[dict[str, Any]]:
	kind = {"datatype": "Float"} if in_points else {"datatype": "Currency", "currency": currency}
	total = {column: sum((_moved(flow, column) for flow in found), ZERO) for column in KINDS}
	shown = [
		{
			"label": _("Earned") if in_points else _("Paid In or Given"),
			"value": float(total["earned"]),
			**kind,
		},
		{"label": _("Spent", context="Loyalty Club"), "value": float(-total["spent"]), **kind},
		{"label": _("Expired"), "value": float(-total["expired"]), **kind},
		{"label": _("Outstanding"), "value": float(found[-1].closing), **kind},
	]
	if in_points and currency:
		value = {"value": float(found[-1].value), "datatype": "Currency", "currency": currency}
		shown.append({"label": _("Value", context="Loyalty Club"), **value})
	return shown
