"""Club Points Ledger: every movement of points, with its document, place, tier and reason."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import figures
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	kinds = common.kinds()
	rows = []
	for moved in figures.movements(
		member=filters.member,
		program=filters.program,
		company=filters.company,
		branch=filters.branch,
		kind=filters.kind,
		tier=filters.tier,
		since=getdate(filters.from_date) if filters.from_date else None,
		until=getdate(filters.to_date) if filters.to_date else None,
	):
		points_in, points_out = common.split(moved.quantity)
		rows.append(
			{
				**moved,
				"posting_date_jalali": styles.day(moved.posting_date),
				"kind": kinds.get(moved.kind, moved.kind),
				"tier": styles.of(moved.program).title(moved.tier or ""),
				"points_in": points_in,
				"points_out": points_out,
				"value": float(moved.money),
				"currency": common.currency_of(moved.program),
				"expires_on_jalali": styles.day(moved.expires_on),
				"why": styles.why(moved),
				"reason": None,
				"quantity": None,
				"money": None,
			}
		)
	return _columns(styles, common.decimals_of(filters.program)), rows


def _columns(styles: Styles, decimals: int) -> list[dict[str, Any]]:
	return [
		*common.day("posting_date", _("Date"), styles),
		common.link("member", _("Club Member"), "Club Member"),
		common.text("customer_name", _("Customer Name"), 160),
		common.text("kind", _("Movement", context="Loyalty Club"), 120),
		common.points("points_in", _("Points In"), decimals),
		common.points("points_out", _("Points Out"), decimals),
		common.money("value", _("Value", context="Loyalty Club")),
		*common.document(_("Document")),
		common.text("tier", _("Tier Then"), 100),
		common.text("why", _("Why"), 420),
		*common.day("expires_on", _("Expires On", context="Loyalty Club"), styles),
		common.link("company", _("Company"), "Company"),
		common.link("branch", _("Branch", context="Loyalty Club"), "Branch", 110),
		common.link("program", _("Club Program"), "Club Program"),
		common.hidden_currency(),
	]
