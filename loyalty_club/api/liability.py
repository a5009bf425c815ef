"""What a browser may ask about liability valuations: what the form shows, and the auditor's archive."""

from __future__ import annotations

import io
from typing import Any

import frappe
from frappe import _

from loyalty_club import auditor, liability_panels
from loyalty_club.engine import liability
from loyalty_club.engine.liability import VALUATION


def _valuation(name: str) -> Any:
	doc = frappe.get_doc(VALUATION, name)
	doc.check_permission("read")
	return doc


@frappe.whitelist()
def panel(valuation: str) -> dict[str, Any]:
	"""Roll-forward, bridge, journal and cohorts of a saved valuation, in words and digits."""
	return liability_panels.panel(_valuation(valuation))


@frappe.whitelist()
def companies() -> list[str]:
	"""The companies that can be valued: those of programs in force that the user may see."""
	frappe.has_permission(VALUATION, "create", throw=True)
	valid = frappe.get_all("Club Program Company", filters={"parenttype": "Club Program"}, pluck="company")
	return frappe.get_list("Company", filters={"name": ["in", sorted(set(valid))]}, pluck="name")


@frappe.whitelist()
def last_day(company: str, calendar: str, period: str) -> str:
	"""The last day of the last whole month, quarter or year of a calendar: what is valued next, usually."""
	frappe.has_permission(VALUATION, "create", throw=True)
	return liability.last_whole_period(company, calendar, period).isoformat()


@frappe.whitelist()
def audit(valuation: str) -> None:
	"""Downloads the auditor's archive of a submitted valuation."""
	doc = _valuation(valuation)
	doc.check_permission("export")
	if doc.docstatus != 1:
		frappe.throw(_("Submit the valuation first: what an auditor is given is frozen."))
	file = io.BytesIO()
	auditor.write(doc, file)
	frappe.response["filecontent"] = file.getvalue()
	frappe.response["filename"] = f"{doc.name}.zip"
	frappe.response["type"] = "binary"
