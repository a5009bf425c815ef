"""Club Member Statement: what happened to a member's points, in order, with the balance after each and why; then the
points that are still open. Every number comes from `figures`; here they are only added up for the running balance.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import figures, ledger, permissions, policy
from loyalty_club.core import lots
from loyalty_club.core.model import ZERO, Lot, Wallet
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import DASH, Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, no chart, and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	if not filters.member and not filters.customer:
		return _columns(styles), [], _("Choose a member or a customer.")
	member = _member(filters)
	since, until = getdate(filters.from_date), getdate(filters.to_date)
	if since > until:
		frappe.throw(_("The first day is after the last day."))
	wallet: Wallet = filters.wallet or figures.POINTS
	opening = figures.balance_before(member.name, since, wallet)
	rows = [_opening(member, since, until, opening, styles, wallet)]
	balance = opening
	for moved in figures.movements(member=member.name, since=since, until=until, wallet=wallet):
		balance += moved.quantity
		rows.append(_entry(moved, balance, styles))
	rows.append(_line("closing", _("Closing balance"), balance, until, styles, member.program))
	still_open = figures.open_lots(member.name, wallet)
	if still_open:
		empty = {"points_in": None, "points_out": None, "balance": None}
		rows.append({**empty, "row_type": "space"})
		heading = _("Points that are still open") if wallet == figures.POINTS else _("What is still there")
		rows.append({**empty, "row_type": "heading", "kind": heading, "bold": 1})
		rows.extend(_lots(still_open, member, styles, wallet))
	note = None
	if permissions.is_confined():
		note = _("Only what happened in the companies and branches that you may see.")
	summary = _summary(balance, still_open, member, styles, wallet)
	return _columns(styles, member.program, wallet), rows, note, None, summary


def _member(filters: Any) -> Any:
	"""The member that is asked for by name or by customer; refused where the user may not read it."""
	name = filters.member
	if not name:
		found = frappe.get_all(
			"Club Member",
			filters={"customer": filters.customer, "status": ["!=", "Merged"]},
			fields=["name", "program"],
		)
		if not found:
			frappe.throw(_("{0} is no member of the club.").format(filters.customer))
		if len(found) > 1:
			frappe.throw(
				_("{0} has {1} memberships. Choose one: {2}").format(
					filters.customer, len(found), ", ".join(f"{row.name} ({row.program})" for row in found)
				)
			)
		name = found[0].name
	frappe.has_permission("Club Member", "read", doc=name, throw=True)
	fields = ["name", "customer", "customer_name", "program", "tier", "status", "joined_on", "account"]
	return frappe.db.get_value("Club Member", name, fields, as_dict=True)


def _columns(
	styles: Styles, program: str | None = None, wallet: Wallet = figures.POINTS
) -> list[dict[str, Any]]:
	in_points = wallet == figures.POINTS
	decimals = common.decimals_of(program) if in_points else _money_decimals(program)
	return [
		*common.day("posting_date", _("Date"), styles),
		common.text("kind", _("Movement", context="Loyalty Club"), 190),
		*common.document(_("Document")),
		common.points("points_in", _("Points In") if in_points else _("Amount In"), decimals),
		common.points("points_out", _("Points Out") if in_points else _("Amount Out"), decimals),
		common.points("balance", _("Balance", context="Loyalty Club"), decimals),
		common.text("why", _("Why"), 470),
		common.text("worth", _("Value", context="Loyalty Club"), 150, align="right"),
		*common.day("expires_on", _("Expires On", context="Loyalty Club"), styles),
	]


def _money_decimals(program: str | None) -> int:
	found = policy.in_force(program) if program else None
	return found.rules.money_decimals if found else 0


def _line(
	row_type: str, words: str, balance: Decimal, day: date, styles: Styles, program: str | None
) -> dict[str, Any]:
	"""An opening or closing line."""
	style = styles.of(program)
	return {
		"row_type": row_type,
		"posting_date": day,
		"posting_date_jalali": styles.day(day),
		"kind": words,
		"points_in": None,
		"points_out": None,
		"balance": float(balance),
		"bold": 1,
		"text": {"day": styles.day(day), "balance": style.number(balance)},
	}


def _opening(
	member: Any, since: date, until: date, opening: Decimal, styles: Styles, wallet: Wallet
) -> dict[str, Any]:
	"""The opening line; it carries what the print says above the table, too."""
	style = styles.of(member.program)
	return {
		**_line("opening", _("Opening balance"), opening, since, styles, member.program),
		"head": {
			"title": _("Statement of Points")
			if wallet == figures.POINTS
			else _("Statement of {0}").format(_(wallet)),
			"member": member.name,
			"name": member.customer_name or member.customer or "",
			"tier": style.title(member.tier or ""),
			"program": _program_title(member.program, style),
			"joined": styles.day(member.joined_on) or DASH,
			"since": styles.day(since),
			"until": styles.day(until),
			"printed": styles.day(policy.club_today()),
		},
	}


def _program_title(program: str, style: Style) -> str:
	title = frappe.get_cached_value("Club Program", program, "title_fa") if style.lang == "fa" else None
	return str(title or program)


def _entry(moved: Any, balance: Decimal, styles: Styles) -> dict[str, Any]:
	style = styles.of(moved.program)
	points_in, points_out = common.split(moved.quantity)
	shown = style.number(abs(moved.quantity))
	worth = style.money(abs(moved.money)) if moved.money else ""
	return {
		"row_type": "entry",
		"posting_date": moved.posting_date,
		"posting_date_jalali": styles.day(moved.posting_date),
		"kind": common.kinds().get(moved.kind, moved.kind),
		"source_doctype": moved.source_doctype,
		"source_name": moved.source_name,
		"points_in": points_in,
		"points_out": points_out,
		"balance": float(balance),
		"value": float(moved.money),
		"worth": worth,
		"expires_on": moved.expires_on,
		"expires_on_jalali": styles.day(moved.expires_on),
		"why": styles.why(moved),
		"text": {
			"day": styles.day(moved.posting_date),
			"in": shown if moved.quantity > ZERO else "",
			"out": shown if moved.quantity < ZERO else "",
			"balance": style.number(balance),
			"value": worth,
			"expires": styles.day(moved.expires_on),
		},
	}


def _lots(still_open: list[Lot], member: Any, styles: Styles, wallet: Wallet) -> list[dict[str, Any]]:
	style = styles.of(member.program)
	program = policy.in_force(member.program)
	state = ledger.peek(member.account).state if wallet == figures.POINTS else {}
	bought = state.get("last_purchase")
	today = policy.club_today()
	rows = []
	for lot in still_open:
		last = lots.last_day(lot, program.rules, getdate(bought) if bought else None) if program else None
		waits = lot.available_from > today
		value = lots.value([(lot, lot.remaining)])
		rows.append(
			{
				"row_type": "lot",
				"posting_date": lot.awarded_on,
				"posting_date_jalali": styles.day(lot.awarded_on),
				"kind": _("Can be spent from {0}").format(styles.day(lot.available_from))
				if waits
				else _("Can be spent"),
				"points_in": None,
				"points_out": None,
				"balance": float(lot.remaining),
				"value": float(value),
				"worth": style.money(value),
				"expires_on": last,
				"expires_on_jalali": styles.day(last) or _("Never"),
				"why": _("{0} of {1} points are left.").format(
					style.number(lot.remaining), style.number(lot.original)
				)
				if wallet == figures.POINTS
				else _("{0} of {1} is left.").format(style.money(lot.remaining), style.money(lot.original)),
				"text": {
					"day": styles.day(lot.awarded_on),
					"balance": style.number(lot.remaining),
					"value": style.money(value),
					"expires": styles.day(last) or _("Never"),
				},
			}
		)
	return rows


def _summary(
	balance: Decimal, still_open: list[Lot], member: Any, styles: Styles, wallet: Wallet
) -> list[dict[str, Any]]:
	"""Closing balance, and what is open now with its value and first expiry."""
	style = styles.of(member.program)
	dated = [lot.expires_on for lot in still_open if lot.expires_on]
	value = lots.value([(lot, lot.remaining) for lot in still_open])
	return [
		{
			"label": _("Closing balance"),
			"value": style.number(balance) if wallet == figures.POINTS else style.money(balance),
			"datatype": "Data",
		},
		{
			"label": _("Open points are worth") if wallet == figures.POINTS else _("Can be spent"),
			"value": style.money(value),
			"datatype": "Data",
		},
		{
			"label": _("First expiry"),
			"value": styles.day(min(dated)) if dated else _("Never"),
			"datatype": "Data",
		},
	]
