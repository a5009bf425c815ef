"""What a browser may ask for reports and for the dashboard made of them: the program to begin with, evenings whose
scores were kept, the numbers on cards."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import key_figure_panels, key_figures, policy, score_figures
from loyalty_club.loyalty_club.report.common import Styles


@frappe.whitelist()
def default_program() -> str | None:
	"""The program that the settings name, or the only one, if the user may see it."""
	program = policy.default_program()
	if not frappe.has_permission("Club Program", "read", program):
		return None
	return program


@frappe.whitelist()
def evenings(program: str) -> list[dict[str, str]]:
	"""The months' last evenings whose scores were kept, the latest first, each with its date in words."""
	frappe.has_permission("Club Score", "read", throw=True)
	frappe.has_permission("Club Program", "read", program, throw=True)
	score_figures.check_permission()
	styles = Styles({})
	found = score_figures.evenings(program)
	return [{"value": day.isoformat(), "label": styles.day(day) or day.isoformat()} for day in found]


@frappe.whitelist()
def card_key_figure(filters: str | dict[str, Any] | None = None) -> dict[str, Any] | str:
	"""Number card: a key figure (`figure`, of `key_figures.FIGURES`, or "goals") of a `program`, `company` or `branch`,
	if one is named; whoever may not open Club Key Figures sees a dash."""
	asked = frappe.parse_json(filters) or {}
	report = frappe.get_doc("Report", key_figure_panels.REPORT)
	if not frappe.has_permission(report.ref_doctype, "report"):  # as of the report itself
		return key_figure_panels.DASH
	if not report.is_permitted():
		return key_figure_panels.DASH
	narrowed = {key: asked[key] for key in ("program", "company", "branch") if asked.get(key)}
	if asked.get("figure") == "goals":
		return key_figure_panels.card_of_goals(narrowed)
	if asked.get("figure") not in key_figures.FIGURES:
		frappe.throw(_("There is no key figure {0}.").format(asked.get("figure")))
	return key_figure_panels.card(asked["figure"], narrowed)
