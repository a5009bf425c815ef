"""Club Top Customers: members by what they have bought in all, as the night has counted it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Cast_
from frappe.utils import cint

from loyalty_club import permissions, policy, trends
from loyalty_club.engine import scores
from loyalty_club.engine.profiles import PROFILE
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles

FIRST = 100
MOST = 5000
IN_CHART = 8
DAYS_OF_A_YEAR = 365


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows, the largest first; no note; the first of them as a chart."""
	filters = frappe._dict(filters or {})
	if permissions.is_confined("Club Member"):
		frappe.throw(
			_("These figures count purchases of all companies and branches. You may see some only."),
			frappe.PermissionError,
		)
	styles = Styles(filters)
	count = min(cint(filters.count) or FIRST, MOST)
	found = _found(filters, count)
	titles = {
		program: {rule.name: rule.title_fa for rule in scores.segment_rules(program)}
		for program in {row.program for row in found}
	}
	fa = policy.language() == "fa"
	for row in found:
		row.segment = (fa and titles[row.program].get(row.segment)) or row.segment
	rows = [_row(row, styles) for row in found]
	return _columns(styles), rows, None, _chart(rows)


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	if not rows:
		return None
	first = rows[:IN_CHART]
	return {
		"data": {
			"labels": [row["customer_name"] or row["member"] for row in first],
			"datasets": [{"name": _("Bought in All, Net"), "values": [row["net"] for row in first]}],
		},
		"type": "bar",
		"colors": [common.PALETTE[0]],
	}


def _found(filters: Any, count: int) -> list[Any]:
	profile, member = frappe.qb.DocType(PROFILE), frappe.qb.DocType("Club Member")
	query = (
		frappe.qb.from_(profile)
		.join(member)
		.on(member.name == profile.name)
		.select(
			*(member.name, member.customer, member.customer_name, member.tier, member.program),
			*(profile.first_visit, profile.last_visit, profile.visits, profile.segment, profile.mean_gap),
			Cast_(profile.net, "char").as_("net"),
		)
		.where((member.status == "Active") & (profile.net > 0))
		.orderby(profile.net, order=frappe.qb.desc)
		.orderby(member.name)
		.limit(count)
	)
	found: list[Any] = trends.seen(member, query, filters).run(as_dict=True)
	return found


def _row(row: Any, styles: Styles) -> dict[str, Any]:
	style = styles.of(row.program)
	days = (policy.club_today() - row.first_visit).days if row.first_visit else 0
	net = Decimal(row.net)
	return {
		"member": row.name,
		"customer": row.customer,
		"customer_name": row.customer_name,
		"tier": style.title(row.tier or ""),
		"segment": row.segment,
		"net": float(net),
		"a_year": float(round(net * DAYS_OF_A_YEAR / max(days, DAYS_OF_A_YEAR))),
		"visits": row.visits,
		"mean_gap": row.mean_gap or None,
		"last_visit": row.last_visit,
		"last_visit_jalali": styles.day(row.last_visit),
		"currency": common.currency_of(row.program),
	}


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		common.link("member", _("Club Member"), "Club Member", 130),
		common.link("customer", _("Customer"), "Customer", 150),
		common.text("customer_name", _("Name"), 170),
		common.text("tier", _("Tier"), 100),
		common.money("net", _("Bought in All, Net"), 160),
		common.money("a_year", _("In a Year"), 150),
		common.number("visits", _("Visits")),
		common.text("mean_gap", _("Days Between"), 110, fieldtype="Float", precision="1"),
		*common.day("last_visit", _("Last Visit"), styles),
		common.text("segment", _("LRFM Segment"), 140),
		common.hidden_currency(),
	]
