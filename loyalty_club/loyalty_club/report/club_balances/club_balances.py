"""Club Balances: what members hold now (points, pending ones, deficit, value, next expiry), singly or in groups."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import figures
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	by = filters.group_by if filters.group_by in figures.GROUPINGS else "Member"
	styles = Styles(filters)
	rows = []
	for held in figures.holdings(
		by,
		program=filters.program,
		company=filters.company,
		branch=filters.branch,
		tier=filters.tier,
		customer_group=filters.customer_group,
	):
		style = styles.of(held.program)
		rows.append(
			{
				"holder": style.title(held.key) if by == "Tier" else held.key,
				"customer_name": held.title,
				"tier": style.title(held.tier),
				"program": held.program,
				"members": held.members,
				"points": float(held.points),
				"pending": float(held.pending),
				"deficit": float(held.deficit),
				"value": float(held.value),
				"currency": held.currency,
				"next_expiry": held.next_expiry,
				"next_expiry_jalali": styles.day(held.next_expiry),
			}
		)
	return _columns(by, styles, common.decimals_of(filters.program)), rows


def _columns(by: str, styles: Styles, decimals: int) -> list[dict[str, Any]]:
	if by == "Member":
		first = [
			common.link("holder", _("Club Member"), "Club Member"),
			common.text("customer_name", _("Customer Name"), 180),
			common.text("tier", _("Tier"), 100),
			common.link("program", _("Club Program"), "Club Program"),
		]
	else:
		holder = {
			"Tier": common.text("holder", _("Tier"), 180),
			"Customer Group": common.link("holder", _("Customer Group"), "Customer Group", 180),
			"Company": common.link("holder", _("Company"), "Company", 180),
		}[by]
		first = [holder, common.number("members", _("Members with Points"), 140)]
	return [
		*first,
		common.points("points", _("Points"), decimals, 120),
		common.points("pending", _("Of These Pending"), decimals, 140),
		common.points("deficit", _("Deficit"), decimals, 100),
		common.money("value", _("Value", context="Loyalty Club")),
		*common.day("next_expiry", _("Next Expiry"), styles, 115),
		common.hidden_currency(),
	]
