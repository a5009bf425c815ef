"""Club Tier Review: whose term ends in the next days, and what the review would decide as things stand."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import frappe
from frappe import _

from loyalty_club import permissions, policy
from loyalty_club.core.words import Style
from loyalty_club.engine import reviews
from loyalty_club.engine.reviews import Foreseen
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.policy import InForce

MOST = 5000  # members that are shown
DAYS = 30


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, a chart by tier, and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	program = policy.in_force(filters.program) if filters.program else None
	if program is None:
		return _columns(styles, None), [], _("Choose a program that is in force.")
	companies = permissions.allowed("Company", reviews.REVIEW)
	if companies and not set(companies) & set(program.companies):
		return _columns(styles, program), [], _("This program is not valid in your companies.")
	style, today = styles.of(program.name), policy.club_today()
	until = today + timedelta(days=int(filters.days or DAYS))
	found, more = [], False
	for each in reviews.foresee(
		program, until, today, branches=permissions.allowed("Branch", reviews.REVIEW)
	):
		if each.outlook.review_on > until or (filters.only_lost and not each.outlook.goes_down):
			continue
		if len(found) == MOST:
			more = True
			break
		found.append(each)
	approved = _approved(program, found)
	rows = [_row(each, program, style, styles, approved) for each in found]
	return (
		_columns(styles, program),
		rows,
		_note(program, more),
		_chart(program, found, style),
		_sums(found),
	)


def _row(
	each: Foreseen, program: InForce, style: Style, styles: Styles, approved: dict[tuple[str, Any], str]
) -> dict[str, Any]:
	seen = each.outlook
	return {
		"member": each.member,
		"customer_name": each.customer_name,
		"tier": style.title(seen.tier),
		"tier_after": style.title(seen.after) if seen.goes_down else "",
		"would": _("Loses the tier") if seen.goes_down else _("Keeps the tier"),
		"mark": "bad" if seen.goes_down else "good",
		"marks": ["would"],
		"review_on": seen.review_on,
		"review_on_jalali": styles.day(seen.review_on),
		"decided_on": seen.decided_on,
		"decided_on_jalali": styles.day(seen.decided_on),
		"value": float(seen.value),
		"threshold": float(seen.threshold),
		"missing": float(seen.missing) if seen.missing else None,
		"review": approved.get((each.member, seen.review_on)),
		"currency": program.rules.currency,
	}


def _approved(program: InForce, found: list[Foreseen]) -> dict[tuple[str, Any], str]:
	"""The approved reviews that wait for these members' days."""
	if program.rules.tier_rules.review != "approved" or not found:
		return {}
	rows = frappe.get_all(
		reviews.ROW,
		filters={
			"member": ["in", [each.member for each in found]],
			"docstatus": 1,
			"outcome": reviews.WAITING,
		},
		fields=["member", "review_on", "parent"],
	)
	return {(row.member, row.review_on): row.parent for row in rows}


def _note(program: InForce, more: bool) -> str:
	notes = [_("As things stand now: what is bought until the day of the decision still counts.")]
	if program.rules.tier_rules.review == "approved":
		notes.append(_("Nobody loses a tier before a manager approves it by a Club Tier Review."))
	if more:
		notes.append(_("The first {0} members are shown; choose fewer days.").format(MOST))
	return " ".join(notes)


def _chart(program: InForce, found: list[Foreseen], style: Style) -> dict[str, Any] | None:
	if not found:
		return None
	counted = Counter((each.outlook.tier, each.outlook.goes_down) for each in found)
	names = [tier.name for tier in program.rules.tiers if any(counted[tier.name, lost] for lost in (0, 1))]
	return {
		"data": {
			"labels": [style.title(name) for name in names],
			"datasets": [
				{"name": _("Keep the tier"), "values": [counted[name, False] for name in names]},
				{"name": _("Lose the tier"), "values": [counted[name, True] for name in names]},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#2e7d32", "#c62828"],
	}


def _sums(found: list[Foreseen]) -> list[dict[str, Any]]:
	lost = sum(each.outlook.goes_down for each in found)
	return [
		{"label": _("Members whose term ends"), "value": len(found), "datatype": "Int"},
		{"label": _("Lose the tier"), "value": lost, "datatype": "Int", "indicator": "Red"},
		{"label": _("Keep the tier"), "value": len(found) - lost, "datatype": "Int", "indicator": "Green"},
	]


def _columns(styles: Styles, program: InForce | None) -> list[dict[str, Any]]:
	metric = program.rules.tier_rules.metric if program else "net_spend"
	decimals = {"lrfm": 2, "points_earned": program.rules.point_decimals if program else 0}.get(metric, 0)

	def value(fieldname: str, label: str) -> dict[str, Any]:
		if metric == "net_spend":
			return common.money(fieldname, label, 180)
		return common.points(fieldname, label, decimals)

	return [
		common.link("member", _("Club Member"), "Club Member"),
		common.text("customer_name", _("Customer Name"), 180),
		common.text("tier", _("Tier"), 100),
		common.text("would", _("What Would Happen"), 150),
		common.text("tier_after", _("To"), 100),
		value("missing", _("Missing to Keep It")),
		*common.day("decided_on", _("Decided On"), styles),
		*common.day("review_on", _("Term Ends On"), styles),
		value("value", _("Value")),
		value("threshold", _("Threshold")),
		common.link("review", _("Approved by"), reviews.REVIEW),
		common.hidden_currency(),
	]
