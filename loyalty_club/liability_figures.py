"""Reads what the liability for points and credit is made of: cohorts from the ledger, the sales they came with, the tax
that points paid. Decides nothing: amounts are `core.liability`'s. Points in points, money in Rial.

A cohort is the points, or the money, of one program, company, wallet, period of award and value. What was transferred
stays in the cohort of the award that it descends from. Points that paid a deficit count as spent; what was taken by
hand, as expired. A few queries over the entries and the invoices, whatever the number of members.
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

from loyalty_club import permissions
from loyalty_club.core.liability import Cohort
from loyalty_club.core.model import ZERO
from loyalty_club.engine import settlement
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


# Which kinds of entries are in the books at once, by vouchers of their own.
BOOKED = {"Points": settlement.KINDS["Points"]}


class Key(NamedTuple):
	"""Which cohort. start: the first day of its period; value: Rial a point; sold: whether the points came with a sale,
	or the money was paid for."""

	wallet: str
	program: str
	start: date
	value: Decimal
	sold: bool


class Held(NamedTuple):
	"""A cohort up to a day. sales: what the sales that its points came with amount to; returns are not subtracted, for
	they cut what was deferred. booked: what vouchers of the club credited to the liability account for it, at face
	(Rial; negative where more was spent than put in)."""

	key: Key
	cohort: Cohort
	sales: Decimal
	booked: Decimal


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
	booked: Counter[Key] = Counter()
	starts: dict[date, date] = {}

	def key(wallet: str, name: str, day: date, value: str, sold: int) -> Key:
		if day not in starts:
			starts[day] = period_of(day).start
		return Key(wallet, name, starts[day], exact(value).normalize(), bool(sold))

	for wallet, name, day, value, sold, kind, more, quantity in _entries(company, until, program):
		field, sign = FIELDS.get(kind) or (("issued", 1) if more else ("expired", -1))
		which = key(wallet, name, day, value, sold)
		moved.setdefault(which, Counter())[field] += sign * exact(quantity)  # type: ignore[assignment]
		if kind in BOOKED.get(wallet, settlement.MONEY_KINDS):
			booked[which] += exact(quantity) * which.value  # type: ignore[assignment]
	sales: Counter[Key] = Counter()
	for doctype in INVOICES:
		for name, day, value, amount in _sales(doctype, company, until, program, gross):
			sales[key("Points", name, day, value, 1)] += exact(amount)  # type: ignore[assignment]
	return [
		Held(
			each,
			Cohort(**{field: moved[each].get(field, ZERO) for field in Cohort._fields}),  # type: ignore[arg-type]
			sales.get(each, ZERO),  # type: ignore[arg-type]
			booked.get(each, ZERO),  # type: ignore[arg-type]
		)
		for each in sorted(moved)
	]


def _entries(company: str, until: date, program: str | None) -> list[Any]:
	"""Sums of the entries. Most lots are an award's own: the award is looked for only where it is another's."""
	return [*_of_lots(company, until, program, own=True), *_of_lots(company, until, program, own=False)]


def _of_lots(company: str, until: date, program: str | None, *, own: bool) -> Any:
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	version = frappe.qb.DocType("Club Program Version")
	root = lot if own else frappe.qb.DocType("Club Lot").as_("root")
	points = entry.wallet == "Points"
	came_with_a_sale = points & root.source_doctype.isin(INVOICES)
	paid_for = (entry.wallet != "Points") & (root.granted == 0)
	sold = Case().when(came_with_a_sale | paid_for, 1).else_(0)
	more = Case().when(entry.quantity > 0, 1).else_(0)
	by = (entry.wallet, version.program, root.awarded_on, lot.value, sold, entry.kind, more)
	query = frappe.qb.from_(entry).join(lot).on(lot.name == entry.lot)
	if not own:
		query = query.join(root).on(root.name == lot.root)
	query = (
		query.join(version)
		.on(version.name == lot.program_version)
		.select(*by[:3], Cast_(lot.value, "char"), *by[4:], Cast_(Sum(entry.quantity), "char"))
		.where((entry.posting_date <= until) & (lot.root == lot.name if own else lot.root != lot.name))
		.groupby(*by)
	)
	return _there(query, lot, version, company, program)


def _sales(doctype: str, company: str, until: date, program: str | None, gross: bool) -> Any:
	lot, sale = frappe.qb.DocType("Club Lot"), frappe.qb.DocType(doctype)
	version = frappe.qb.DocType("Club Program Version")
	amount = sale.base_grand_total if gross else sale.base_net_total
	query = (
		frappe.qb.from_(lot)
		.join(sale)
		.on(sale.name == lot.source_name)
		.join(version)
		.on(version.name == lot.program_version)
		.select(version.program, lot.awarded_on, Cast_(lot.value, "char"), Cast_(Sum(amount), "char"))
		.where((lot.wallet == "Points") & (lot.source_doctype == doctype) & (lot.root == lot.name))
		.where(lot.awarded_on <= until)
		.groupby(version.program, lot.awarded_on, lot.value)
	)
	return _there(query, lot, version, company, program)


def _there(query: Any, lot: Any, version: Any, company: str, program: str | None) -> Any:
	query = query.where(lot.company == company)
	if program:
		query = query.where(version.program == program)
	columns = {"Company": lot.company, "Club Program": version.program}
	return permissions.restrict(query, "Club Ledger Entry", columns).run()


def tax_paid(company: str, until: date) -> dict[tuple[str, str], Decimal]:
	"""The tax in what points and credit paid up to a day (Rial, less what was given back), by program and wallet: of
	each invoice the share of it that is tax."""
	found: Counter[tuple[str, str]] = Counter()
	entry, account = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Account")
	for doctype in INVOICES:
		sale = frappe.qb.DocType(doctype)
		amount = entry.quantity * entry.value * -1
		tax = Sum(amount * sale.base_total_taxes_and_charges / sale.base_grand_total)
		query = (
			frappe.qb.from_(entry)
			.join(sale)
			.on(sale.name == entry.source_name)
			.join(account)
			.on(account.name == entry.account)
			.select(account.program, entry.wallet, Cast_(tax, "char"))
			.where((entry.source_doctype == doctype) & entry.kind.isin(["redeem", "restore"]))
			.where((sale.docstatus == 1) & (sale.base_grand_total != 0))
			.where((entry.company == company) & (entry.posting_date <= until))
			.groupby(account.program, entry.wallet)
		)
		for program, wallet, sum_ in query.run():
			found[program, wallet] += exact(sum_)  # type: ignore[assignment]
	return dict(found)  # type: ignore[arg-type]
