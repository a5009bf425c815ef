"""Club Tier Changes: who went from which tier to which, when and why."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import figures, policy
from loyalty_club.core import words
from loyalty_club.core.model import TierChange
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	rows = []
	for row in figures.tier_changes(
		program=filters.program,
		member=filters.member,
		company=filters.company,
		since=getdate(filters.from_date) if filters.from_date else None,
		until=getdate(filters.to_date) if filters.to_date else None,
	):
		style = styles.of(row.program)
		rules = policy.rules_of(row.program_version) if row.program_version else None
		change = TierChange("", row.day, row.before or "", row.after or "", row.why, row.value, row.threshold)
		in_money = rules is None or rules.tier_rules.metric == "net_spend"
		rows.append(
			{
				"day": row.day,
				"day_jalali": styles.day(row.day),
				"member": row.member,
				"customer_name": row.customer_name,
				"before": style.title(row.before or ""),
				"after": style.title(row.after or ""),
				"why": words.tier_change(change, style, in_money=in_money),
				"source_doctype": row.source_doctype,
				"source_name": row.source_name,
				"program": row.program,
				"branch": row.branch,
			}
		)
	return _columns(styles), rows


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		*common.day("day", _("Date"), styles),
		common.link("member", _("Club Member"), "Club Member"),
		common.text("customer_name", _("Customer Name"), 180),
		common.text("before", _("From"), 110),
		common.text("after", _("To"), 110),
		common.text("why", _("Why"), 480),
		*common.document(_("Document")),
		common.link("program", _("Club Program"), "Club Program"),
		common.link("branch", _("Branch", context="Loyalty Club"), "Branch", 110),
	]
