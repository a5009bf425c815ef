"""Reads what the contract liability for points is made of: cohorts from the ledger, the sales they came with, and what
stands on the liability accounts. Decides nothing: amounts are `core.liability`'s. Points in points, money in Rial.

A cohort is the points of one program, company, period of award and value. A transferred point stays in the cohort of
the award that it descends from. Points that paid a deficit count as spent; what was taken by hand, as expired. One
query over the entries and one over each kind of invoice, whatever the number of members.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Sum
from pypika import Case

from loyalty_club import permissions, policy
from loyalty_club.core.liability import Cohort
from loyalty_club.core.model import ZERO
from loyalty_club.trends import exact

INVOICES = ("Sales Invoice", "POS Invoice")
# What an entry's kind does to a cohort, and with which sign it stands there.
FIELDS = {
	"award": ("issued", 1),
	"issue": ("issued", 1),
	"redeem": ("redeemed", -1),
	"restore": ("redeemed", -1),
	"fill": ("redeemed", -1),
	"reverse": ("reversed", -1),
	"expire": ("expired", -1),
	"transfer": ("transferred", -1),
}


class Key(NamedTuple):
	"""Which cohort. start: the first day of its period; value: Rial a point; sold: whether the points came with a
	sale."""

	program: str
	start: date
	value: Decimal
	sold: bool


class Held(NamedTuple):
	"""A cohort up to a day, and the amount of the sales that its points came with: returns are not subtracted, for
	they cut what was deferred."""

	key: Key
	cohort: Cohort
	sales: Decimal


def cohorts(
	company: str,
	until: date,
	period_of: Callable[[date], Any],
	program: str | None = None,
	*,
	gross: bool = False,
) -> list[Held]:
	"""The cohorts of a company up to a day, in the order of their keys. period_of: the period an award's day falls in;
	gross: sales with tax."""
	moved: dict[Key, Counter[str]] = {}
	starts: dict[date, date] = {}

	def key(name: str, day: date, value: str, sold: int) -> Key:
		if day not in starts:
			starts[day] = period_of(day).start
		return Key(name, starts[day], exact(value).normalize(), bool(sold))

	for name, day, value, sold, kind, more, quantity in _entries(company, until, program):
		field, sign = FIELDS.get(kind) or (("issued", 1) if more else ("expired", -1))
		moved.setdefault(key(name, day, value, sold), Counter())[field] += sign * exact(quantity)  # type: ignore[assignment]
	sales: Counter[Key] = Counter()
	for doctype in INVOICES:
		for name, day, value, amount in _sales(doctype, company, until, program, gross):
			sales[key(name, day, value, 1)] += exact(amount)  # type: ignore[assignment]
	return [
		Held(
			each,
			Cohort(**{field: moved[each].get(field, ZERO) for field in Cohort._fields}),
			sales.get(each, ZERO),
		)  # type: ignore[arg-type]
		for each in sorted(moved)
	]


def _entries(company: str, until: date, program: str | None) -> Any:
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	root, account = frappe.qb.DocType("Club Lot").as_("root"), frappe.qb.DocType("Club Account")
	sold = Case().when(root.source_doctype.isin(INVOICES), 1).else_(0)
	more = Case().when(entry.quantity > 0, 1).else_(0)
	value = Cast_(lot.value, "char")
	by = (account.program, root.awarded_on, lot.value, sold, entry.kind, more)
	query = (
		frappe.qb.from_(entry)
		.join(lot)
		.on(lot.name == entry.lot)
		.join(root)
		.on(root.name == lot.root)
		.join(account)
		.on(account.name == lot.account)
		.select(
			account.program,
			root.awarded_on,
			value,
			sold,
			entry.kind,
			more,
			Cast_(Sum(entry.quantity), "char"),
		)
		.where((entry.wallet == "Points") & (entry.posting_date <= until))
		.groupby(*by)
	)
	return _there(query, lot, account, company, program)


def _sales(doctype: str, company: str, until: date, program: str | None, gross: bool) -> Any:
	lot, sale = frappe.qb.DocType("Club Lot"), frappe.qb.DocType(doctype)
	account = frappe.qb.DocType("Club Account")
	amount = sale.base_grand_total if gross else sale.base_net_total
	query = (
		frappe.qb.from_(lot)
		.join(sale)
		.on(sale.name == lot.source_name)
		.join(account)
		.on(account.name == lot.account)
		.select(account.program, lot.awarded_on, Cast_(lot.value, "char"), Cast_(Sum(amount), "char"))
		.where((lot.wallet == "Points") & (lot.source_doctype == doctype) & (lot.root == lot.name))
		.where(lot.awarded_on <= until)
		.groupby(account.program, lot.awarded_on, lot.value)
	)
	return _there(query, lot, account, company, program)


def _there(query: Any, lot: Any, account: Any, company: str, program: str | None) -> Any:
	query = query.where(lot.company == company)
	if program:
		query = query.where(account.program == program)
	columns = {"Company": lot.company, "Club Program": account.program}
	return permissions.restrict(query, "Club Ledger Entry", columns).run()


def accounts(company: str, program: str | None = None) -> list[str]:
	"""The liability accounts of points in a company."""
	names = [program] if program else frappe.get_all("Club Program", pluck="name")
	found = [policy.in_force(name) for name in names]
	there = {
		each.companies[company].liability_account for each in found if each and company in each.companies
	}
	return sorted(there)


def balance(names: list[str], until: date) -> Decimal:
	"""What stands on accounts at the end of a day (Rial), credit positive."""
	if not names:
		return ZERO
	entry = frappe.qb.DocType("GL Entry")
	rows = (
		frappe.qb.from_(entry)
		.select(Cast_(Sum(entry.credit - entry.debit), "char"))
		.where(entry.account.isin(names) & (entry.posting_date <= until) & (entry.is_cancelled == 0))
		.run()
	)
	return exact(rows[0][0])
