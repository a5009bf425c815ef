"""Brings balances of ERPNext's own loyalty (Loyalty Point Entry) over as Club Adjustments: `loyalty-club
import-native`.

It alone reads Loyalty Point Entry. What is really left of each award, `core.native` says; per member, company and day
of expiry it becomes one adjustment of the kind Imported, which remembers the rows it stands for: a row that was brought
over is never brought over again.

A dry run does everything a run does, and takes it back customer by customer; so the two tell the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import getdate, strip_html

from loyalty_club import policy
from loyalty_club.core import native
from loyalty_club.core.model import ZERO
from loyalty_club.engine import members
from loyalty_club.engine.invoice import DOCTYPES

CUSTOMERS = 200
OUTER, INNER = "loyalty_club_customer", "loyalty_club_row"


class Row(NamedTuple):
	"""One adjustment, or why there is none. native: ERPNext's points; points: the club's; told: the balance ERPNext
	tells
	for customer and company, on the first row of the two; problem: nothing was done; note: something to know."""

	customer: str
	company: str
	expires_on: date | None
	native: int
	points: Decimal
	told: int | None
	joins: bool
	problem: str
	note: str


@dataclass(frozen=True)
class Options:
	"""as_of: the day of the balance and of the adjustments; program: the club program to join; companies: only these;
	join: let customers join who are no members; clear_native: take ERPNext's loyalty program off customers who came
	over; factor: club points for one of ERPNext's."""

	as_of: date
	program: str | None = None
	companies: tuple[str, ...] = ()
	join: bool = False
	clear_native: bool = False
	factor: Decimal = Decimal(1)


@dataclass
class Totals:
	"""What the rows add up to."""

	rows: int = 0
	customers: set[str] = field(default_factory=set)
	native: int = 0
	points: Decimal = ZERO
	told: int = 0
	problems: int = 0
	disagree: int = 0

	def add(self, row: Row) -> None:
		"""Counts a row."""
		self.told += row.told or 0
		self.disagree += row.told is not None and bool(row.note)
		if row.problem:
			self.problems += 1
			return
		if row.points:
			self.rows += 1
			self.customers.add(row.customer)
			self.native += row.native
			self.points += row.points


# ---------------------------------------------------------------------------------------------- importing


def import_native(
	options: Options, *, run: bool, checkpoint: Callable[[], None] = lambda: None
) -> Iterator[Row]:
	"""Imports the balances (run), or does it and takes it back (not run). checkpoint: called after each chunk of
	customers; a run commits there, a dry run rolls back.

	Raises ValidationError where an option cannot be meant."""
	_check(options)
	done = imported_rows()
	for customers in _customers():
		for customer, companies in _native_rows(customers, options).items():
			frappe.db.savepoint(OUTER)
			rows: list[Row] = []
			for company, found in companies.items():
				rows += _one(customer, company, found, options, done)
			clean = not any(row.problem for row in rows)
			if rows and options.clear_native and clean:
				frappe.db.set_value(
					"Customer", customer, {"loyalty_program": None, "loyalty_program_tier": None}
				)
			if run:
				frappe.db.release_savepoint(OUTER)
			else:
				frappe.db.rollback(save_point=OUTER)
			yield from rows
		checkpoint()


def _check(options: Options) -> None:
	if options.as_of > policy.club_today():
		frappe.throw(_("The balance of a day to come is not known: {0}.").format(options.as_of))
	if options.as_of.year < 1800:
		frappe.throw(_("{0} is no Gregorian date: the year is before 1800.").format(options.as_of))
	if options.factor <= 0:
		frappe.throw(_("The factor must be more than 0."))
	program = options.program or policy.default_program()
	if options.join and (not program or policy.in_force(program) is None):
		frappe.throw(_("There is no club program in force to join. Name one."))
	if options.program and policy.in_force(options.program) is None:
		frappe.throw(_("The program {0} is not in force.").format(options.program))


def _one(customer: str, company: str, found: _Found, options: Options, done: set[str]) -> Iterator[Row]:
	"""The rows of one customer in one company."""
	balance = native.balance(found.rows, options.as_of)
	note = _note(balance, found.invoices)
	by_day: dict[date | None, list[native.Lot]] = {}
	for lot in balance.lots:
		if lot.name not in done:
			by_day.setdefault(lot.expires_on, []).append(lot)
	told: int | None = balance.told
	if not by_day:
		if balance.points:
			note = _("imported before")
		if note:
			yield Row(customer, company, None, 0, ZERO, told, False, "", note)
		return
	member, joins, problem = _member(customer, company, options)
	for expires_on, lots in by_day.items():
		points = ZERO
		here = problem
		if member is not None:
			frappe.db.savepoint(INNER)
			try:
				points = _give(member, company, expires_on, lots, options)
			except frappe.ValidationError as refused:
				frappe.db.rollback(save_point=INNER)
				frappe.clear_messages()
				here = strip_html(str(refused))
			else:
				frappe.db.release_savepoint(INNER)
		why = note
		if not points and not here:
			why = _joined(note, _("less than one point of the club"))
		if expires_on is None and not here:
			why = _joined(
				note, _("ERPNext wrote no expiry and never counted these; they live as the program says")
			)
		yield Row(
			customer, company, expires_on, sum(lot.points for lot in lots), points, told, joins, here, why
		)
		told, joins, note = None, False, ""


def _joined(*notes: str) -> str:
	return "; ".join(note for note in notes if note)


def _note(balance: native.Balance, invoices: dict[str, int]) -> str:
	"""Why ERPNext tells another balance."""
	notes = [
		_("{0} spent {1} that were never deducted").format(invoice, points)
		for invoice, points in invoices.items()
	]
	if balance.uncovered:
		notes.append(_("{0} were spent without there being any").format(balance.uncovered))
	if balance.told != balance.points:
		notes.insert(0, _("ERPNext tells {0} instead of {1}").format(balance.told, balance.points))
	return _joined(*notes)


def _member(customer: str, company: str, options: Options) -> tuple[members.Member | None, bool, str]:
	"""The member the points go to, whether the customer joins for it, and else why there is none."""
	member = members.of_customer(customer, company)
	if member is not None and member.status == "Active":
		return _valid(member, company, False)
	if not options.join:
		if member is not None:
			return (
				None,
				False,
				_("member {0} is {1}").format(member.name, _(member.status, context="Club Member")),
			)
		return None, False, _("is no member; let customers join with --join")
	frappe.db.savepoint(INNER)
	try:
		program = member.program if member else options.program or policy.default_program()
		joined = members.by_name(members.join(customer, program, channel="Import").name)
	except (frappe.ValidationError, frappe.DoesNotExistError) as refused:
		frappe.db.rollback(save_point=INNER)
		frappe.clear_messages()
		return None, False, strip_html(str(refused))
	frappe.db.release_savepoint(INNER)
	return _valid(joined, company, True)


def _valid(member: members.Member, company: str, joins: bool) -> tuple[members.Member | None, bool, str]:
	program = policy.in_force(member.program)
	if program is None or program.status != "Active":
		return None, False, _("the program {0} is not in force").format(member.program)
	if company not in program.companies:
		return None, False, _("the program {0} is not valid in {1}").format(member.program, company)
	return member, joins, ""


def _give(
	member: members.Member, company: str, expires_on: date | None, lots: list[native.Lot], options: Options
) -> Decimal:
	"""Submits the adjustment; returns its points as they were written."""
	program = policy.in_force(member.program)
	assert program is not None
	points = native.converted(sum(lot.points for lot in lots), options.factor, program.rules.quantum)
	if not points:
		return ZERO
	names = sorted(lot.name for lot in lots)
	doc = frappe.get_doc(
		{
			"doctype": "Club Adjustment",
			"member": member.name,
			"kind": "Imported",
			"points": float(points),
			"posting_date": options.as_of,
			"company": company,
			"expires_on": expires_on,
			"reason": _("Balance from ERPNext's loyalty points"),
			"import_key": hashlib.sha256("\n".join(names).encode()).hexdigest(),
			"import_rows": json.dumps(names),
		}
	)
	doc.insert()
	doc.submit()
	return policy.exact(frappe.db.get_value("Club Adjustment", doc.name, "points")).normalize() + ZERO


# ---------------------------------------------------------------------------------------------- reading


class _Found(NamedTuple):
	"""A customer's native rows in one company; invoices: what was paid with points that no row deducts."""

	rows: list[native.Row]
	invoices: dict[str, int]


def imported_rows() -> set[str]:
	"""Names of the Loyalty Point Entries that were brought over."""
	found: set[str] = set()
	for text in frappe.get_all(
		"Club Adjustment",
		filters={"kind": "Imported", "docstatus": 1, "import_rows": ["is", "set"]},
		pluck="import_rows",
	):
		found.update(json.loads(text))
	return found


def _customers() -> Iterator[list[str]]:
	"""Customers that have native points, some at a time, in the order of their names."""
	table = frappe.qb.DocType("Loyalty Point Entry")
	last = ""
	while True:
		rows = (
			frappe.qb.from_(table)
			.select(table.customer)
			.where(table.customer > last)
			.groupby(table.customer)
			.orderby(table.customer)
			.limit(CUSTOMERS)
			.run()
		)
		if not rows:
			return
		last = rows[-1][0]
		yield [row[0] for row in rows]


def _native_rows(customers: list[str], options: Options) -> dict[str, dict[str, _Found]]:
	"""Customer -> company -> native rows, in the order they were written."""
	table = frappe.qb.DocType("Loyalty Point Entry")
	query = (
		frappe.qb.from_(table)
		.select(
			table.customer,
			table.company,
			table.name,
			table.loyalty_points,
			table.posting_date,
			table.expiry_date,
			table.redeem_against,
			table.invoice,
		)
		.where(table.customer.isin(customers))
		.orderby(table.customer)
		.orderby(table.company)
		.orderby(table.posting_date)
		.orderby(table.creation)
		.orderby(table.name)
	)
	if options.companies:
		query = query.where(table.company.isin(list(options.companies)))
	found: dict[str, dict[str, _Found]] = {}
	deducted: dict[str, int] = {}
	for customer, company, name, points, day, expires_on, against, invoice in query.run():
		if not day or not points:
			continue
		companies = found.setdefault(customer, {})
		companies.setdefault(company or "", _Found([], {})).rows.append(
			native.Row(name, int(points), day, expires_on, against or "")
		)
		if points < 0 and invoice:
			deducted[invoice] = deducted.get(invoice, 0) - int(points)
	for customer, company, invoice, day, points in _undeducted(customers, deducted, options):
		of = found.get(customer, {}).get(company)
		if of is not None:
			of.rows.append(native.Row(invoice, -points, day, None))
			of.invoices[invoice] = points
	return found


def _undeducted(
	customers: list[str], deducted: dict[str, int], options: Options
) -> Iterator[tuple[str, str, str, date, int]]:
	"""Invoices that were paid with native points which no row deducts: customer, company, name, day, points."""
	for doctype in DOCTYPES:
		rows = frappe.get_all(
			doctype,
			filters={
				"customer": ["in", customers],
				"docstatus": 1,
				"redeem_loyalty_points": 1,
				"loyalty_points": [">", 0],
				"is_return": 0,
				"posting_date": ["<=", options.as_of],
				**({"is_consolidated": 0} if doctype == "Sales Invoice" else {}),
			},
			fields=["name", "customer", "company", "posting_date", "loyalty_points", "grand_total"],
			order_by="posting_date, name",
		)
		returned = _returned(doctype, [row.name for row in rows])
		for row in rows:
			points = native.undeducted(
				int(row.loyalty_points),
				deducted.get(row.name, 0),
				returned.get(row.name, ZERO),
				policy.exact(row.grand_total),
			)
			if points:
				yield row.customer, row.company, row.name, getdate(row.posting_date), points


def _returned(doctype: str, names: list[str]) -> dict[str, Decimal]:
	"""Money that came back of these invoices."""
	if not names:
		return {}
	table = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(table)
		.select(table.return_against, Sum(table.grand_total))
		.where((table.return_against.isin(names)) & (table.is_return == 1) & (table.docstatus == 1))
		.groupby(table.return_against)
		.run()
	)
	return {name: -policy.exact(total) for name, total in rows}
