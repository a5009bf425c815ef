"""Club New and Returning Members: who of those who bought in a period bought for the first time, who came again, and
who came back after a long time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from loyalty_club import cohorts, policy
from loyalty_club.cohorts import NEW, RETURNING, WON_BACK, Buyers
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Span, Styles

KINDS = (NEW, RETURNING, WON_BACK)
MONTHS, MOST_MONTHS = 6, 120


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, what the words mean, the chart and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	style = styles.of(filters.program)
	spans = common.spans(filters, styles)
	months = cint(filters.away) or MONTHS
	if not 1 <= months <= MOST_MONTHS:
		frappe.throw(_("Won Back After Months is from 1 to {0}.").format(MOST_MONTHS))
	add_months = CALENDARS[styles.calendar].add_months
	away = [add_months(span.start, -months) for span in spans]
	found = cohorts.buyers([(span.start, span.end) for span in spans], away, filters)
	currency = common.currency_of(filters.program or policy.default_program())
	if not any(found):
		return _columns(), []
	rows = [_row(span, kinds, currency) for span, kinds in zip(spans, found, strict=True)]
	return _columns(), rows, _note(months, style), _chart(spans, found), _sums(found, currency)


def _note(months: int, style: Style) -> str:
	text = _(
		"New: the first purchase ever. Won back: the last purchase had been {0} months or more before the period "
		"began. Returning: all others who bought."
	)
	return text.format(style.number(Decimal(months)))


def _row(span: Span, kinds: dict[str, Buyers], currency: str | None) -> dict[str, Any]:
	each = {kind: kinds.get(kind, Buyers()) for kind in KINDS}
	members, visits = sum(one.members for one in each.values()), sum(one.visits for one in each.values())
	net = sum((one.net for one in each.values()), Buyers().net)
	again = net - each[NEW].net
	return {
		"period": span.title,
		"members": members,
		**{kind: one.members for kind, one in each.items()},
		"again_share": (members - each[NEW].members) / members * 100 if members else None,
		"visits": visits,
		"net": float(net),
		**{f"{kind}_net": float(one.net) for kind, one in each.items()},
		"again_net_share": float(again / net * 100) if net > 0 else None,
		"currency": currency,
	}


def _columns() -> list[dict[str, Any]]:
	return [
		common.text("period", _("Period", context="Loyalty Club"), 150),
		common.number("members", _("Members Who Bought"), 150),
		common.number(NEW, _("New", context="Loyalty Club"), 90),
		common.number(RETURNING, _("Returning"), 100),
		common.number(WON_BACK, _("Won Back"), 100),
		common.percent("again_share", _("Share of Those Who Came Again"), 160),
		common.number("visits", _("Visits"), 90),
		common.money("net", _("Net Purchases")),
		common.money(f"{NEW}_net", _("Of New Members")),
		common.money(f"{RETURNING}_net", _("Of Returning Members")),
		common.money(f"{WON_BACK}_net", _("Of Members Won Back")),
		common.percent("again_net_share", _("Share of Sales to Those Who Came Again"), 180),
		common.hidden_currency(),
	]


def _chart(spans: list[Span], found: list[dict[str, Buyers]]) -> dict[str, Any]:
	titles = {NEW: _("New", context="Loyalty Club"), RETURNING: _("Returning"), WON_BACK: _("Won Back")}
	return {
		"data": {
			"labels": [span.title for span in spans],
			"datasets": [
				{"name": title, "values": [kinds.get(kind, Buyers()).members for kinds in found]}
				for kind, title in titles.items()
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#2490ef", "#16a34a", "#b45309"],
	}


def _sums(found: list[dict[str, Buyers]], currency: str | None) -> list[dict[str, Any]]:
	net = float(sum((one.net for kinds in found for one in kinds.values()), Buyers().net))
	money = {"datatype": "Currency", "currency": currency}
	new = sum(kinds.get(NEW, Buyers()).members for kinds in found)
	won = sum(kinds.get(WON_BACK, Buyers()).members for kinds in found)
	return [
		{"label": _("New Members in All"), "value": new, "datatype": "Int"},
		{"label": _("Won Back in All"), "value": won, "datatype": "Int"},
		{"label": _("Net Purchases"), "value": net, **money},
	]
