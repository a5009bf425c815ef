"""Club Failed Awards: sales that are complete, but whose points could not be given yet, and what went wrong."""

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
	rows = []
	for row in figures.failed_awards(
		company=filters.company,
		since=getdate(filters.from_date) if filters.from_date else None,
		until=getdate(filters.to_date) if filters.to_date else None,
	):
		rows.append(
			{
				**row,
				"source_doctype": "Sales Invoice",
				"posting_date_jalali": styles.day(row.posting_date),
				"currency": frappe.get_cached_value("Company", row.company, "default_currency"),
				"log_doctype": "Error Log",
			}
		)
	return _columns(styles), rows


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		*common.day("posting_date", _("Date"), styles),
		common.text("source_doctype", _("Document Type"), 120, hidden=1),
		common.text("name", _("Sales Invoice"), 170, fieldtype="Dynamic Link", options="source_doctype"),
		common.text("action", _("Action"), 110),
		common.link("club_member", _("Club Member"), "Club Member"),
		common.text("customer_name", _("Customer Name"), 180),
		common.money("base_grand_total", _("Grand Total")),
		common.text("error_said", _("What Went Wrong"), 360),
		common.text("error_at", _("Tried At"), 160, fieldtype="Datetime"),
		common.text("log_doctype", _("Log Type"), 80, hidden=1),
		common.text(
			"error_log",
			_("Error Log", context="Loyalty Club"),
			130,
			fieldtype="Dynamic Link",
			options="log_doctype",
		),
		common.link("company", _("Company"), "Company"),
		common.hidden_currency(),
	]
