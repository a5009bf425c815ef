"""What the form of a Club Liability Valuation shows: roll-forward, bridge and journal, in the user's language, calendar
and digits. Formats what the document holds; amounts are in the company's currency, as the general ledger shows them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import persian, policy, trends
from loyalty_club.core.model import ZERO
from loyalty_club.engine import liability
from loyalty_club.loyalty_club.report import common
from loyalty_club.policy import exact

COLUMNS = ("opening", "deferred", "reversed_amount", "recognised", "expired_amount", "transferred_amount")
AWAY = COLUMNS[2:]  # what is subtracted
BRIDGE = ("spent", "given_back", "given", "between_companies", "others", "unexplained")
ON_ITS_WAY = ("at_tills", "not_posted", "unpaid")


def panel(doc: Any) -> dict[str, Any]:
	"""Tables of texts: `roll`, `bridge`, `journal`, `points`; `missing`, what the journal lacks; `notes`, sentences and
	whether each is a warning."""
	lang = policy.language()
	decimals = 0 if all(not exact(row.closing) % 1 for row in doc.cohorts) else 2

	def money(amount: Any) -> str:
		number = exact(amount)
		return persian.format_number(number, lang, decimals) if number else "—"

	def quantity(amount: Any) -> str:
		return persian.format_number(exact(amount), lang) if amount else "—"

	journal, missing = _journal(doc, money)
	return {
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"roll": _roll(doc, money),
		"bridge": [_bridge(doc, row, money) for row in doc.accounts if _moved(row)],
		"journal": journal,
		"missing": missing,
		"points": _points(doc, quantity),
		"notes": _notes(doc, quantity),
	}


# ---------------------------------------------------------------------------------------------- the roll-forward


def _groups(doc: Any) -> dict[tuple[str, str, str], list[Any]]:
	found: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
	for row in doc.cohorts:
		found[row.wallet, row.program, _kind(row)].append(row)
	return found


def _kind(row: Any) -> str:
	if row.wallet != "Points":
		return _("paid for", context="Club Liability Valuation") if row.sold else _("given for nothing")
	if not row.sold:
		return _("given for nothing")
	return _("deferred revenue") if row.method == liability.DEFERRED else _("expense")


def _roll(doc: Any, money: Any) -> dict[str, Any]:
	heads = [
		_("Opening", context="Club Liability Valuation"),
		_("Deferred or provided"),
		_("Reversed by returns"),
		_("Recognised", context="Club Liability Valuation"),
		_("Expired", context="Club Liability Valuation"),
		_("Transferred", context="Club Liability Valuation"),
		_("Closing", context="Club Liability Valuation"),
	]

	def row(title: str, cohorts: Any, bold: bool = False) -> dict[str, Any]:
		sums = dict(zip((*COLUMNS, "closing"), liability.total(cohorts)[:7], strict=True))
		return {
			"title": title,
			"bold": bold,
			"cells": [money(-amount if name in AWAY else amount) for name, amount in sums.items()],
		}

	rows = [
		row(policy.listed((_(wallet), program, kind)), cohorts)
		for (wallet, program, kind), cohorts in sorted(_groups(doc).items())
	]
	return {"heads": heads, "rows": [*rows, row(_("Total"), doc.cohorts, bold=True)]}


def _points(doc: Any, quantity: Any) -> dict[str, Any]:
	"""The cohorts themselves: points or money, what is left of them and what is owed for it."""
	style = policy.style()
	calendar = policy.CALENDARS.get(doc.calendar, "jalali")
	style = style._replace(calendar=calendar)
	heads = [
		_("Awarded in"),
		_("Issued", context="Club Liability Valuation"),
		_("Taken back", context="Club Liability Valuation"),
		_("Spent", context="Club Liability Valuation"),
		_("Expired", context="Club Liability Valuation"),
		_("Left", context="Club Liability Valuation"),
		_("Expected", context="Club Liability Valuation"),
		_("Owed", context="Club Liability Valuation"),
	]
	rows = []
	for row in doc.cohorts:
		if not (exact(row.remaining) or exact(row.closing) or exact(row.opening)):
			continue
		title = policy.listed(
			(
				common.period_title(getdate(row.start), doc.period, style),
				_(row.wallet),
				row.program,
				_kind(row),
			)
		)
		if row.wallet == "Points":
			title = _("{0}, at {1}").format(title, quantity(row.value))
		cells = [
			quantity(row.get(name)) for name in ("issued", "reversed", "redeemed", "expired", "remaining")
		]
		share = policy.percent(persian.format_number(exact(row.rate), policy.language()))
		rows.append({"title": title, "cells": [*cells, share, quantity(row.closing)]})
	return {"heads": heads, "rows": rows}


# ---------------------------------------------------------------------------------------------- the bridge


def _moved(row: Any) -> bool:
	return any(exact(row.get(name)) for name in ("opening", *BRIDGE, "closing", "journal", *ON_ITS_WAY))


def _bridge(doc: Any, row: Any, money: Any) -> dict[str, Any]:
	"""From the liability before to the liability now, as the account goes; credit positive."""
	words = {
		"spent": _("Redemptions, at face"),
		"given_back": _("Given back by returns, at face"),
		"given": _("Paid in, given, withheld"),
		"between_companies": _("Settled between companies"),
		"others": _("Other vouchers on the account"),
		"unexplained": _("Not explained by any document"),
	}
	way = {
		"at_tills": _("At tills that are not closed yet"),
		"not_posted": _("Between companies, not posted or dated later"),
		"unpaid": _("Gift cards sold and not paid yet"),
	}
	opening = _("Owed at the valuation before") if doc.previous else _("Owed before the first valuation")
	lines = [{"title": opening, "amount": money(row.opening)}]
	lines += [
		{"title": words[name], "amount": money(row.get(name))} for name in BRIDGE if exact(row.get(name))
	]
	lines.append({"title": _("Before the journal"), "amount": money(row.before_journal), "bold": 1})
	lines.append({"title": _("The journal"), "amount": money(row.journal)})
	lines.append({"title": _("Owed now"), "amount": money(row.closing), "bold": 1})
	on_way = [
		{"title": way[name], "amount": money(row.get(name))} for name in ON_ITS_WAY if exact(row.get(name))
	]
	more = []
	if exact(row.tax):
		more.append({"title": _("Of the redemptions, value added tax"), "amount": money(row.tax)})
	face = -exact(row.spent) - exact(row.given_back)
	if face:
		recognised = sum(
			(exact(each.recognised) for each in doc.cohorts if _account_of(doc, each) == row.account), ZERO
		)
		more.append(
			{
				"title": _("Recognised beyond (short of) the face of redemptions"),
				"amount": money(recognised - face),
			}
		)
	return {"account": row.account, "lines": lines, "on_its_way": on_way, "more": more}


def _account_of(doc: Any, row: Any) -> str | None:
	program = policy.in_force(row.program)
	part = program.companies.get(doc.company) if program else None
	return part.wallets[row.wallet].account if part else None


# ---------------------------------------------------------------------------------------------- the journal


def _journal(doc: Any, money: Any) -> tuple[list[dict[str, str]], str]:
	"""Its lines: those that were posted, or that would be; and what is missing for them, "" for nothing."""
	if doc.journal_entry:
		rows = frappe.get_all(
			"Journal Entry Account",
			filters={"parent": doc.journal_entry},
			fields=["account", "debit", "credit"],
			order_by="idx",
		)
		return [
			{"account": row.account, "debit": money(row.debit), "credit": money(row.credit)} for row in rows
		], ""
	if doc.docstatus:
		return [], ""
	said = len(frappe.local.message_log)
	try:
		found = liability.journal(doc)
	except frappe.ValidationError as error:  # an account is not set: the rest is shown all the same
		del frappe.local.message_log[said:]
		return [], str(error)
	return [
		{
			"account": each.account,
			"debit": money(max(each.amount, ZERO)),
			"credit": money(max(-each.amount, ZERO)),
		}
		for each in found
	], ""


def _notes(doc: Any, quantity: Any) -> list[tuple[str, bool]]:
	methods = {row.method for row in doc.cohorts}
	words: list[str] = []
	if liability.DEFERRED in methods:
		words += (
			_("Deferred revenue: a sale is shared between goods and points by what each is worth by itself."),
			_("The points' share waits. It is recognised as they are spent, of those expected to be spent."),
			_(
				"What is expected anew changes what is recognised, never what was deferred (IFRS 15, standard 43)."
			),
		)
	if liability.EXPENSE in methods or any(not row.sold and row.wallet == "Points" for row in doc.cohorts):
		words.append(
			_(
				"Expense: what points will cost is an expense when they are given, and measured anew each time."
			)
		)
	if any(row.wallet == "Gift Card" for row in doc.cohorts):
		words.append(_("Gift cards: what will never be used is recognised in proportion to what is used."))
	deficit = trends.deficits_on(getdate(doc.to_date), "Points", {"company": doc.company})
	if deficit > ZERO:
		said = _("Members owe {0} points after returns. They are not set against what others may spend.")
		words.append(said.format(quantity(deficit)))
	wrong = _("{0}: {1} is explained by no document. Club Reconciliation says where.")
	return [(text, False) for text in words] + [
		(wrong.format(row.account, quantity(row.total_unexplained)), True)
		for row in doc.accounts
		if exact(row.total_unexplained)
	]
