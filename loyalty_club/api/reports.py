"""What a browser may ask for the filters of reports: the program to begin with, and evenings whose scores were kept."""

from __future__ import annotations

import frappe

from loyalty_club import policy, score_figures
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
