"""Club Tier Value: what the members of each tier bring and cost in a period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from loyalty_club import key_figures, policy, trends
from loyalty_club.core.model import ZERO
from loyalty_club.key_figures import Tier
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, the chart."""
	filters = frappe._dict(filters or {})
	until = getdate(filters.to_date or policy.club_today())
	since = getdate(filters.from_date or add_months(until, -12))
	found = key_figures.tiers(since, until, filters)
	styles = Styles(filters)
	style = styles.of(filters.program or policy.default_program())
	currency = common.currency_of(filters.program or policy.default_program())
	order = trends.tier_order(filters.program)
	names = sorted(
		found, key=lambda name: (name not in order, order.index(name) if name in order else 0, name)
	)
	if not names:
		return _columns(), []
	whole = Tier(
		sum(each.members for each in found.values()),
		sum(each.buyers for each in found.values()),
		*(sum((each[n] for each in found.values()), ZERO) for n in (2, 3, 4)),
	)
	rows = [_row(style.title(name), found[name], whole, currency) for name in names]
	rows.append({**_row(_("Total"), whole, whole, currency), "bold": 1})
	note = _("By the tier that members are in now. What they cost is the points they spent, at face.")
	chart = {
		"data": {
			"labels": [common.for_chart(style.title(name), style) for name in names],
			"datasets": [
				{
					"name": _("Net Purchases per Member"),
					"values": [_per(found[name].net, found[name].members) for name in names],
				}
			],
		},
		"type": "bar",
		"colors": [common.PALETTE[0]],
	}
	return _columns(), rows, f"<p>{frappe.utils.escape_html(note)}</p>", chart


def _per(amount: Decimal, count: int) -> float:
	return float(round(amount / count)) if count else 0.0


def _row(title: str, tier: Tier, whole: Tier, currency: str | None) -> dict[str, Any]:
	def share(part: Decimal | int, of: Decimal | int) -> float | None:
		return float(Decimal(part) * 100 / Decimal(of)) if of else None

	return {
		"tier": title,
		"members": tier.members,
		"buyers": tier.buyers,
		"net": float(tier.net),
		"net_share": share(tier.net, whole.net),
		"per_member": _per(tier.net, tier.members),
		"earned": float(tier.earned),
		"cost": float(tier.cost),
		"cost_share": share(tier.cost, tier.net) if tier.net > ZERO else None,
		"currency": currency,
	}


def _columns() -> list[dict[str, Any]]:
	return [
		common.text("tier", _("Tier"), 150),
		common.number("members", _("Members")),
		common.number("buyers", _("Who Bought"), 110),
		common.money("net", _("Net Purchases"), 170),
		common.percent("net_share", _("Share of Purchases"), 130),
		common.money("per_member", _("Net Purchases per Member"), 170),
		common.money("earned", _("Points Earned, Value"), 170),
		common.money("cost", _("Points Spent, Value"), 170),
		common.percent("cost_share", _("Cost, of Purchases"), 130),
		common.hidden_currency(),
	]
