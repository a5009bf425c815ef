"""Club Member Statement: what happened to a member's points and credit, wallet by wallet, in order, with the balance
after each and why; then what is still open. Every number comes from `figures`; here they are only added up for the
running balance.
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
from loyalty_club.engine import members
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import DASH, Styles

POINTS = figures.POINTS
EMPTY = {"points_in": None, "points_out": None, "balance": None}


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, no chart, and the sums."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	if not filters.member and not filters.customer:
		return _columns(styles, None, [POINTS]), [], _("Choose a member or a customer.")
	member = _member(filters)
	since, until = getdate(filters.from_date), getdate(filters.to_date)
	if since > until:
		frappe.throw(_("The first day is after the last day."))
	wallets = _wallets(member, filters)
	before = figures.balances_before(member.name, since)
	moves = figures.movements(
		member=member.name, since=since, until=until, wallet=wallets[0] if len(wallets) == 1 else None
	)
	still_open = figures.open_lots(member.name)
	rows: list[dict[str, Any]] = []
	closing: dict[str, Decimal] = {}
	for wallet in wallets:
		if len(wallets) > 1:
			rows += [{**EMPTY, "row_type": "space"}] if rows else []
			rows.append({**EMPTY, "row_type": "heading", "kind": _(wallet), "bold": 1})
		balance = before.get(wallet, ZERO)
		rows.append(_line("opening", wallet, balance, since, styles, member.program))
		for moved in moves:
			if moved.wallet == wallet:
				balance += moved.quantity
				rows.append(_entry(moved, balance, styles))
		rows.append(_line("closing", wallet, balance, until, styles, member.program))
		closing[wallet] = balance
	rows[0]["head"] = _head(member, since, until, wallets, styles)
	for wallet in wallets:
		if wallet in still_open:
			rows.append({**EMPTY, "row_type": "space"})
			rows.append({**EMPTY, "row_type": "heading", "kind": _open_heading(wallet, wallets), "bold": 1})
			rows.extend(_lots(still_open[wallet], member, styles, wallet))
	note = None
	if permissions.is_confined():
		note = _("Only what happened in the companies and branches that you may see.")
	summary = _summary(wallets, closing, still_open, member, styles)
	return _columns(styles, member.program, wallets), rows, note, None, summary


def _wallets(member: Any, filters: Any) -> list[Wallet]:
	"""The wallets to tell of: the one that is chosen, else all that the member has."""
	if filters.wallet and filters.wallet != common.ALL:
		return [filters.wallet]
	opened = members.wallets_of(member.name)
	return [wallet for wallet in policy.MODES if wallet == POINTS or wallet in opened]


def _open_heading(wallet: Wallet, wallets: list[Wallet]) -> str:
	if wallet == POINTS:
		return _("Points that are still open")
	return _("{0} that is still there").format(_(wallet)) if len(wallets) > 1 else _("What is still there")


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
					filters.customer,
					len(found),
					policy.listed(f"{row.name} ({row.program})" for row in found),
				)
			)
		name = found[0].name
	frappe.has_permission("Club Member", "read", doc=name, throw=True)
	fields = ["name", "customer", "customer_name", "program", "tier", "status", "joined_on", "account"]
	return frappe.db.get_value("Club Member", name, fields, as_dict=True)


def _columns(styles: Styles, program: str | None, wallets: list[Wallet]) -> list[dict[str, Any]]:
	if wallets == [POINTS]:
		into, out = _("Points In"), _("Points Out")
	elif POINTS not in wallets:
		into, out = _("Amount In"), _("Amount Out")
	else:
		into, out = _("In", context="Loyalty Club"), _("Out", context="Loyalty Club")
	money = wallets != [POINTS]
	decimals = common.decimals_of(program) if POINTS in wallets else 0
	width = 140 if money else 110
	return [
		*common.day("posting_date", _("Date"), styles),
		common.text("kind", _("Movement", context="Loyalty Club"), 190),
		*common.document(_("Document")),
		common.points("points_in", into, decimals, width),
		common.points("points_out", out, decimals, width),
		common.points("balance", _("Balance", context="Loyalty Club"), decimals, width),
		*([common.text("origin", _("Origin", context="Loyalty Club"), 90)] if money else []),
		common.text("why", _("Why"), 470),
		common.text("worth", _("Value", context="Loyalty Club"), 150, align="right"),
		*common.day("expires_on", _("Expires On", context="Loyalty Club"), styles),
	]


def _line(
	row_type: str, wallet: Wallet, balance: Decimal, day: date, styles: Styles, program: str | None
) -> dict[str, Any]:
	"""An opening or closing line."""
	style = styles.of(program)
	shown = _shown(balance, wallet, style)
	return {
		"row_type": row_type,
		"wallet": wallet,
		"posting_date": day,
		"posting_date_jalali": styles.day(day),
		"kind": _("Opening balance") if row_type == "opening" else _("Closing balance"),
		"points_in": None,
		"points_out": None,
		"balance": float(balance),
		"money": {"balance": shown} if wallet != POINTS else None,
		"bold": 1,
		"text": {"day": styles.day(day), "balance": shown},
	}


def _shown(quantity: Decimal, wallet: str, style: Style) -> str:
	return style.number(quantity) if wallet == POINTS else style.money(quantity)


def _head(member: Any, since: date, until: date, wallets: list[Wallet], styles: Styles) -> dict[str, Any]:
	"""What the print says above the tables; the first row carries it."""
	style = styles.of(member.program)
	title = _("Statement of Points") if wallets == [POINTS] else _("Statement of Points and Credit")
	if POINTS not in wallets:
		title = _("Statement of {0}").format(_(wallets[0]))
	return {
		"title": title,
		"blocks": [
			{
				"wallet": wallet,
				"title": _(wallet) if len(wallets) > 1 else "",
				"open": _open_heading(wallet, wallets),
				"into": _("Points In") if wallet == POINTS else _("Amount In"),
				"out": _("Points Out") if wallet == POINTS else _("Amount Out"),
				"left": _("Points Left") if wallet == POINTS else _("Left", context="Loyalty Club"),
				"money": wallet != POINTS,
			}
			for wallet in wallets
		],
		"member": member.name,
		"name": member.customer_name or member.customer or "",
		"tier": style.title(member.tier or ""),
		"program": _program_title(member.program, style),
		"joined": styles.day(member.joined_on) or DASH,
		"since": styles.day(since),
		"until": styles.day(until),
		"printed": styles.day(policy.club_today()),
	}


def _program_title(program: str, style: Style) -> str:
	title = frappe.get_cached_value("Club Program", program, "title_fa") if style.lang == "fa" else None
	return str(title or program)


def _entry(moved: Any, balance: Decimal, styles: Styles) -> dict[str, Any]:
	style = styles.of(moved.program)
	wallet = moved.wallet
	points_in, points_out = common.split(moved.quantity)
	shown = _shown(abs(moved.quantity), wallet, style)
	into, out = (shown, "") if moved.quantity > ZERO else ("", shown)
	left = _shown(balance, wallet, style)
	worth = style.money(abs(moved.money)) if moved.money and wallet == POINTS else ""
	return {
		"row_type": "entry",
		"wallet": wallet,
		"posting_date": moved.posting_date,
		"posting_date_jalali": styles.day(moved.posting_date),
		"kind": common.kind(moved),
		"source_doctype": moved.source_doctype,
		"source_name": moved.source_name,
		"points_in": points_in,
		"points_out": points_out,
		"balance": float(balance),
		"origin": "" if wallet == POINTS else common.origin(moved.granted),
		"money": {"points_in": into, "points_out": out, "balance": left} if wallet != POINTS else None,
		"value": float(moved.money),
		"worth": worth,
		"expires_on": moved.expires_on,
		"expires_on_jalali": styles.day(moved.expires_on),
		"why": styles.why(moved),
		"text": {
			"day": styles.day(moved.posting_date),
			"in": into,
			"out": out,
			"balance": left,
			"value": worth,
			"expires": styles.day(moved.expires_on),
		},
	}


def _lots(still_open: list[Lot], member: Any, styles: Styles, wallet: Wallet) -> list[dict[str, Any]]:
	style = styles.of(member.program)
	program = policy.in_force(member.program)
	state = ledger.peek(member.account).state if wallet == POINTS else {}
	bought = state.get("last_purchase")
	today = policy.club_today()
	rows = []
	for lot in still_open:
		last = lots.last_day(lot, program.rules, getdate(bought) if bought else None) if program else None
		waits = lot.available_from > today
		value = lots.value([(lot, lot.remaining)])
		left = _shown(lot.remaining, wallet, style)
		worth = style.money(value) if wallet == POINTS else ""
		of = _("{0} of {1} points are left.") if wallet == POINTS else _("{0} of {1} is left.")
		rows.append(
			{
				"row_type": "lot",
				"wallet": wallet,
				"posting_date": lot.awarded_on,
				"posting_date_jalali": styles.day(lot.awarded_on),
				"kind": _("Can be spent from {0}").format(styles.day(lot.available_from))
				if waits
				else _("Can be spent"),
				"points_in": None,
				"points_out": None,
				"balance": float(lot.remaining),
				"origin": "" if wallet == POINTS else common.origin(lot.granted),
				"money": {"balance": left} if wallet != POINTS else None,
				"value": float(value),
				"worth": worth,
				"expires_on": last,
				"expires_on_jalali": styles.day(last) or _("Never"),
				"why": of.format(left, _shown(lot.original, wallet, style)),
				"text": {
					"day": styles.day(lot.awarded_on),
					"balance": left,
					"value": worth,
					"expires": styles.day(last) or _("Never"),
				},
			}
		)
	return rows


def _summary(
	wallets: list[Wallet],
	closing: dict[str, Decimal],
	still_open: dict[str, list[Lot]],
	member: Any,
	styles: Styles,
) -> list[dict[str, Any]]:
	"""What each wallet held at the end; what open points are worth now, and the first expiry."""
	style = styles.of(member.program)
	found = [
		{
			"label": _("Closing balance") if len(wallets) == 1 else _(wallet),
			"value": _shown(closing[wallet], wallet, style),
			"datatype": "Data",
		}
		for wallet in wallets
	]
	if POINTS in wallets:
		worth = lots.value([(lot, lot.remaining) for lot in still_open.get(POINTS, [])])
		found.insert(
			1, {"label": _("Open points are worth"), "value": style.money(worth), "datatype": "Data"}
		)
	dated = [lot.expires_on for wallet in wallets for lot in still_open.get(wallet, []) if lot.expires_on]
	first = styles.day(min(dated)) if dated else _("Never")
	return [*found, {"label": _("First expiry"), "value": first, "datatype": "Data"}]
