"""Club Before and After: what members bought before they joined and after, beside customers who never did."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, cint, getdate

from loyalty_club import key_figures, permissions, policy
from loyalty_club.core.model import ZERO
from loyalty_club.key_figures import Joined
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles

MOST_MONTHS = 24


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, what they mean, the changes as a chart."""
	filters = frappe._dict(filters or {})
	if permissions.allowed("Branch", "Club Member"):
		frappe.throw(
			_("This report reads all branches of a company. You may see some only."), frappe.PermissionError
		)
	program = filters.program or policy.default_program()
	in_force = policy.in_force(program) if program else None
	if in_force is None:
		return _columns(""), []
	company = filters.company or next(iter(in_force.companies))
	frappe.has_permission("Company", "read", company, throw=True)
	months = cint(filters.months) or 6
	if not 1 <= months <= MOST_MONTHS:
		frappe.throw(_("Compare 1 to {0} months.").format(MOST_MONTHS))
	today = policy.club_today()
	styles = Styles(filters)
	style = styles.of(program)
	until = getdate(filters.to_date or today)
	since = getdate(filters.from_date or add_months(until, -24))
	found = key_figures.joined(company, in_force.name, since, until, months, styles.calendar, today)
	currency = common.currency_of(program)
	shown_months = style.number(Decimal(months))
	note = "".join(
		f"<p>{frappe.utils.escape_html(text)}</p>"
		for text in (
			_(
				"Net purchases per customer. Months before the month of joining, and as many after it: {0}."
			).format(shown_months),
			_("Comparable are customers who never joined and bought about as much before."),
			_("Whoever joins may be about to buy more anyway: this shows a difference, not its cause."),
		)
	)
	columns = _columns(shown_months)
	if not found:
		return columns, [], note
	rows = [_row(common.period_title(each.month, "Month", style), each, currency) for each in found]
	chart = _chart(rows)
	rows.append({**_row(_("Total"), _whole(found), currency), "bold": 1})
	return columns, rows, note, chart


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	compared = [row for row in rows if row["difference"] is not None]
	if not compared:
		return None
	shown = {"change": _("Members"), "change_others": _("Comparable", context="Loyalty Club")}
	return {
		"data": {
			"labels": [row["month"] for row in compared],
			"datasets": [
				{"name": f"{title} (%)", "values": [round(row[column], 1) for row in compared]}
				for column, title in shown.items()
			],
		},
		"type": "bar",
		"colors": [common.PALETTE[0], common.PALETTE[1]],
	}


def _whole(found: list[Joined]) -> Joined:
	"""All months together, each as it counts by its members."""
	members = sum(each.members for each in found)
	matched = [each for each in found if each.matched]
	compared = sum(each.members for each in matched)

	def mean(field: str, rows: list[Joined], count: int) -> Decimal:
		return sum((getattr(each, field) * each.members for each in rows), ZERO) / count if count else ZERO

	return Joined(
		found[0].month,
		sum(each.new for each in found),
		members,
		mean("before", found, members),
		mean("after", found, members),
		sum(each.matched for each in found),
		mean("before_others", matched, compared),
		mean("after_others", matched, compared),
	)


def _row(title: str, each: Joined, currency: str | None) -> dict[str, Any]:
	def change(before: Decimal, after: Decimal) -> float | None:
		return float((after / before - 1) * 100) if before else None

	mine, others = change(each.before, each.after), change(each.before_others, each.after_others)
	return {
		"month": title,
		"new": each.new,
		"members": each.members,
		"before": float(round(each.before)) if each.members else None,
		"after": float(round(each.after)) if each.members else None,
		"change": mine,
		"matched": each.matched,
		"before_others": float(round(each.before_others)) if each.matched else None,
		"after_others": float(round(each.after_others)) if each.matched else None,
		"change_others": others if each.matched else None,
		"difference": mine - others if mine is not None and others is not None and each.matched else None,
		"currency": currency,
	}


def _columns(months: str) -> list[dict[str, Any]]:
	return [
		common.text("month", _("Joined in"), 140),
		common.number("new", _("Bought Nothing Before"), 170),
		common.number("members", _("Bought Before"), 110),
		common.money("before", _("Members, Before"), 150),
		common.money("after", _("Members, After"), 150),
		common.percent("change", _("Change"), 100),
		common.number("matched", _("Comparable Non-Members"), 190),
		common.money("before_others", _("They, Before"), 150),
		common.money("after_others", _("They, After"), 150),
		common.percent("change_others", _("Their Change"), 110),
		common.percent("difference", _("Difference of the Changes"), 180),
		common.hidden_currency(),
	]
