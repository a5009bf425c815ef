"""Club Reconciliation: each liability account of the club, held against what the club's ledger says. `reconcile`
computes it; here it is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import permissions, policy, reconcile
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.reconcile import Account, Item, total


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	if permissions.allowed("Branch", "Club Ledger Entry"):
		frappe.throw(
			_(
				"The books are kept by company. You may see some branches only: ask somebody who sees them all."
			),
			frappe.PermissionError,
		)
	rows = [
		row
		for found in reconcile.reconcile(getdate(filters.to_date), filters.company, filters.program)
		for row in _account(found, styles)
	]
	return _columns(styles), rows


def _account(found: Account, styles: Styles) -> Iterator[dict[str, Any]]:
	"""An account's lines, debit positive."""
	top = f"{found.company}/{found.account}"
	currency = frappe.get_cached_value("Company", found.company, "default_currency")

	def line(name: str, words: str, amount: Decimal, **more: Any) -> dict[str, Any]:
		return {
			"id": f"{top}/{name}",
			"parent": top,
			"indent": 1,
			"line": words,
			"amount": float(amount),
			"currency": currency,
			**more,
		}

	def items(name: str, words: str, some: list[Item], sign: int = 1) -> Iterator[dict[str, Any]]:
		if not some:
			return
		yield line(name, words, sign * total(some), count=len(some))
		for n, item in enumerate(some):
			yield {
				**line(f"{name}/{n}", "", sign * item.amount),
				"parent": f"{top}/{name}",
				"indent": 2,
				"source_doctype": item.doctype,
				"source_name": item.name,
				"day": item.day,
				"day_jalali": styles.day(item.day),
			}

	yield {
		**line("", policy.listed(_(wallet) for wallet in found.wallets), found.balance),
		"id": top,
		"parent": None,
		"indent": 0,
		"bold": 1,
		"account": found.account,
		"company": found.company,
		"rest": float(found.rest),
		"mark": "bad" if found.rest or found.wrong else "good",
	}
	yield line("spent", _("Spent, by the ledger"), found.spent)
	yield line("back", _("Given back by returns"), found.given_back)
	yield line("given", _("Given: credit, gift cards, withheld refunds"), found.given)
	yield line("between", _("Between companies"), found.between)
	yield from items("tills", _("Of this at tills that are not closed yet"), found.at_tills, -1)
	yield from items(
		"unposted", _("Of this between companies, not posted or dated later"), found.not_posted, -1
	)
	yield from items("unpaid", _("Sold and not paid yet, so not given"), found.unpaid)
	yield line("expected", _("So the books should show"), found.expected, bold=1)
	yield line("booked", _("The club's vouchers show"), found.booked)
	yield line(
		"rest",
		_("Left over (0 where all is well)"),
		found.rest,
		bold=1,
		mark="bad" if found.rest else "good",
	)
	yield from items("wrong", _("Documents that differ"), found.wrong)
	yield from items("valued", _("Journals of liability valuations"), found.valued)
	yield from items("others", _("Other vouchers on the account, none of the club's"), found.others)
	yield line("balance", _("The account's movement in the general ledger"), found.balance, bold=1)
	if found.branches:
		yield line("branches", _("The club's vouchers by branch, and what is left over"), found.booked)
	for branch in found.branches:
		yield {
			**line(f"branches/{branch.name}", branch.name or _("Without a branch"), branch.booked),
			"parent": f"{top}/branches",
			"indent": 2,
			"rest": float(branch.rest),
			"mark": "bad" if branch.rest else "good",
			"marks": ["rest"],
		}


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		common.text("line", _("Line", context="Loyalty Club"), 400),
		common.money("amount", _("Debit Less Credit"), 160),
		common.money("rest", _("Left Over"), 120),
		common.number("count", _("Documents", context="Loyalty Club"), 100),
		*common.document(_("Document")),
		*common.day("day", _("Date"), styles),
		common.link("account", _("Account", context="Loyalty Club"), "Account", 200),
		common.link("company", _("Company"), "Company"),
		common.hidden_currency(),
	]
