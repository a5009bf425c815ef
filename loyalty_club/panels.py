"""What the desk's panels show, ready to be shown: texts in the user's language, numbers with their units.

Asks `policy` for the rules, `figures` for the numbers, the engine for a member's state, the core for words; decides and
computes nothing. Permissions are checked by whoever calls it (`api`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import card_panels, figures, persian, policy, score_panels, visit_panels
from loyalty_club.core import cards, lint, lint_words, program_words, words
from loyalty_club.core.model import Program
from loyalty_club.core.program import ProgramError
from loyalty_club.engine import draft, members, places

OPEN_OPPORTUNITY = ["Open", "Quotation", "Replied"]
OPEN_ISSUE = ["Open", "Replied", "On Hold"]
RECENT_INVOICES = 5


# ---------------------------------------------------------------------------------------------- program


def program(doc: Any) -> dict[str, Any]:
	"""The Club Program form: what its rules mean in words, the version in force, and whether the form says more."""
	in_force = version(doc) if doc.active_version else None
	try:
		rules = policy.rules_of_form(doc)
	except ProgramError as wrong:
		return {"wrong": wrong.text(policy.style()), "words": [], "version": in_force, "changed": True}
	return {
		"words": [*program_words.in_words(rules, policy.style(rules)), *places.in_words(doc)],
		"version": in_force,
		"changed": bool(in_force) and policy.rules_of(doc.active_version) != rules,
		"standing": _standings(doc, rules) if in_force else [],
	}


def version(doc: Any) -> dict[str, str]:
	"""The version in force of a program that has one: name, number and since when, in words."""
	row = frappe.get_cached_doc("Club Program Version", doc.active_version)
	style = policy.style()
	return {
		"name": row.name,
		"number": style.number(Decimal(row.version)),
		"since": style.day(frappe.utils.getdate(row.effective_from)),
	}


def _standings(doc: Any, rules: Program) -> list[dict[str, str]]:
	if not frappe.has_permission("Club Ledger Entry", "read"):
		return []
	style = policy.style(rules)
	found = figures.standings(doc.name)
	names = [*([""] if "" in found else []), *(tier.name for tier in rules.tiers)]
	return [
		{"tier": style.title(name), **_standing(found.get(name, figures.Standing()), style)} for name in names
	]


def _standing(standing: figures.Standing, style: words.Style) -> dict[str, str]:
	return {
		"members": style.number(Decimal(standing.members)),
		"points": style.number(standing.points),
		"value": style.money(standing.value),
	}


def dangers(doc: Any, margin: Decimal | None) -> list[dict[str, str]]:
	"""What is dangerous in the form's rules, the worst first. margin: gross margin as a share, None if unknown."""
	rules = policy.rules_of_form(doc)
	style = policy.style(rules)
	return [
		{
			"severity": found.severity,
			"title": lint_words.severity_title(found.severity, style.lang),
			"text": lint_words.say(found, style),
		}
		for found in lint.examine(rules, margin=margin, on=policy.club_today())
	]


# ---------------------------------------------------------------------------------------------- customer group


def customer_group(group: str) -> dict[str, Any]:
	"""The Customer Group form: how the group scores, who is in its tier, what is outstanding, where it is set."""
	shown = []
	may_count = frappe.has_permission("Club Ledger Entry", "read")
	for scoring in figures.scoring_of_group(group):
		style = policy.style(scoring.program.rules)
		row = {
			"program": scoring.program.name,
			"version": scoring.program.version,
			"tier_name": scoring.tier.name,
			"tier": style.title(scoring.tier.name),
			"from": _threshold(scoring.program.rules, scoring.tier.threshold, style),
			"points": style.number(scoring.tier.points),
			"per": style.money(scoring.tier.per),
		}
		if may_count:
			standing = _standing(scoring.standing, style)
			row |= {"points_out": standing.pop("points"), **standing}
		shown.append(row)
	in_force = {(row["program"], row["tier_name"]) for row in shown}
	return {
		"scoring": shown,
		"drafts": [
			{"program": form.name, "status": form.status, "tier": form.tier}
			for form in figures.forms_with_group(group)
			if (form.name, form.tier) not in in_force
		],
		"programs": figures.programs(("Active", "Draft")),
		"may_set": bool(frappe.has_permission("Club Program", "write")),
		"may_create": bool(frappe.has_permission("Club Program", "create")),
		"counted": bool(may_count),
	}


def _threshold(rules: Program, threshold: Decimal, style: words.Style) -> str:
	if not threshold:
		return _("joining")
	if rules.tier_rules.metric == "net_spend":
		return style.money(threshold)
	number = style.number(threshold)
	if rules.tier_rules.metric == "visits":
		return _("{0} visits").format(number)
	if rules.tier_rules.metric == "lrfm":
		return _("score {0}").format(number)
	return _("{0} points").format(number)


# ---------------------------------------------------------------------------------------------- customer


def customer(name: str) -> dict[str, Any]:
	"""The Customer form: memberships with balance and cards, latest invoices, and what the CRM knows."""
	rows = frappe.get_all(
		"Club Member",
		filters={"customer": name, "status": ["!=", "Merged"]},
		fields=["name", "program", "status", "joined_on", "mobile"],
		order_by="creation asc",
	)
	joined = {row.program for row in rows if row.status == "Active"}
	return {
		"members": [_member(row) for row in rows],
		"programs": [each for each in figures.programs() if each not in joined],
		"default_program": policy.default_program() or "",
		"may_join": bool(frappe.has_permission("Club Member", "create")),
		"may_issue": bool(frappe.has_permission("Loyalty Card", "create")),
		"may_add_credit": bool(frappe.has_permission("Club Adjustment", "create")),
		"statement": bool(frappe.db.exists("Report", "Club Member Statement")),
		"crm": _crm(name),
	}


def _member(row: Any) -> dict[str, Any]:
	found = policy.in_force(row.program)
	style = policy.style(found.rules if found else None)
	shown: dict[str, Any] = {
		"name": row.name,
		"program": row.program,
		"status": row.status,
		"joined_on": style.day(row.joined_on) if row.joined_on else "",
		"mobile": persian.to_persian_digits(row.mobile or "") if style.lang == "fa" else row.mobile or "",
		"cards": _cards(row.name, style),
		"invoices": _invoices(row.name, style) if frappe.has_permission("Sales Invoice", "read") else [],
	}
	member = members.by_name(row.name)
	if found and member.account:
		shown |= {"points": draft.summary(member, policy.club_today(), style)}
	return shown


def _cards(member: str, style: words.Style) -> list[dict[str, Any]]:
	names = frappe.get_all(
		"Loyalty Card", filters={"member": member}, pluck="name", order_by="creation desc", limit=20
	)
	return card_panels.rows(names, style)


def _invoices(member: str, style: words.Style) -> list[dict[str, str]]:
	rows = frappe.get_list(
		"Sales Invoice",
		filters={"club_member": member, "docstatus": 1},
		fields=["name", "posting_date", "base_grand_total", "currency", "is_return", "club_status"],
		order_by="posting_date desc, creation desc",
		limit=RECENT_INVOICES,
	)
	return [
		{
			"name": row.name,
			"day": style.day(row.posting_date),
			"total": style.money(policy.exact(row.base_grand_total)),
			"is_return": bool(row.is_return),
			"status": row.club_status or "",
		}
		for row in rows
	]


def _crm(customer: str) -> list[dict[str, Any]]:
	"""Open opportunities, open issues and active contracts; only of the kinds the user may read."""
	kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
		(
			"Opportunity",
			_("Open Opportunities"),
			{"opportunity_from": "Customer", "party_name": customer, "status": ["in", OPEN_OPPORTUNITY]},
		),
		("Issue", _("Open Issues"), {"customer": customer, "status": ["in", OPEN_ISSUE]}),
		(
			"Contract",
			_("Active Contracts"),
			{"party_type": "Customer", "party_name": customer, "status": "Active", "docstatus": 1},
		),
	)
	style = policy.style()
	shown = []
	for doctype, label, filters in kinds:
		if not frappe.has_permission(doctype, "read"):
			continue
		count = len(frappe.get_list(doctype, filters=filters, pluck="name", limit=100))
		shown.append(
			{
				"doctype": doctype,
				"label": label,
				"count": style.number(Decimal(count)),
				"any": bool(count),
				"filters": filters,
			}
		)
	return shown


# ---------------------------------------------------------------------------------------------- member and card


def member(name: str) -> dict[str, Any]:
	"""The Club Member form: balance, tier and cards."""
	row = frappe.db.get_value(
		"Club Member", name, ["name", "program", "status", "joined_on", "mobile"], as_dict=True
	)
	found = policy.in_force(row.program)
	style = policy.style(found.rules if found else None)
	return {
		**_member(row),
		"visits": visit_panels.of_member(name, style),
		"scores": score_panels.of_member(name, style),
		"has_pin": bool(frappe.db.get_value("Club Member", name, "pin_hash")),
		"may_issue": bool(frappe.has_permission("Loyalty Card", "create")),
		"statement": bool(frappe.db.exists("Report", "Club Member Statement")),
	}


def card(doc: Any) -> dict[str, Any]:
	"""The Loyalty Card form: the number as it is printed, its barcode, and the QR of its token."""
	following = frappe.db.get_value("Loyalty Card", {"replaces": doc.name}, "name")
	return {
		"number": cards.group(doc.name),
		"barcode": cards.code128_svg(doc.name),
		"qr": cards.qr_svg(doc.token) if doc.token else "",
		"status": doc.status,
		"blocked_on": policy.style().day(frappe.utils.getdate(doc.blocked_on)) if doc.blocked_on else "",
		"reason": doc.block_reason or "",
		"replaced_by": following or "",
		"replaced_by_number": cards.group(following) if following else "",
	}
