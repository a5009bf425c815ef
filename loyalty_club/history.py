"""Reads a company's past sales as the rules see them: submitted invoices and returns of a period, in the order of their
days and of their making, some hundreds at a time, by a few statements each. What a line is and what its tax is
`engine.invoice` says, as for the hooks. Changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count, Sum
from pypika import Case

from loyalty_club.core.backtest import Bill
from loyalty_club.core.model import ZERO
from loyalty_club.engine import invoice
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.engine.post import wanted
from loyalty_club.jalali import Period
from loyalty_club.policy import exact

AT_ONCE = 500
PARENT = (
	*("name", "customer", "posting_date", "posting_time", "creation", "is_return", "return_against"),
	*("base_grand_total", "conversion_rate", "pos_profile", "is_pos"),
)
ROW = (
	*("parent", "name", "idx", "item_code", "item_name", "qty", "base_net_amount", "item_group", "brand"),
	*("discount_percentage", "discount_amount", "club_gift_card"),
)
OWN_ROW = {"Sales Invoice": ("sales_invoice_item",), "POS Invoice": ("pos_invoice_item",)}
TAX = ("parent", "item_wise_tax_detail", "add_deduct_tax")


class Sold(NamedTuple):
	"""What a company sold in a period (Rial, returns subtracted): net, and of the rows whose cost is known net and
	cost."""

	documents: int
	net: Decimal
	costed: Decimal
	cost: Decimal


def _submitted(doctype: str, company: str, since: date, until: date) -> Any:
	"""What the hooks would have posted: no openings, no consolidations of receipts, no sales within a group."""
	parent = frappe.qb.DocType(doctype)
	query = (
		frappe.qb.from_(parent)
		.where((parent.docstatus == 1) & (parent.company == company))
		.where((parent.posting_date >= since) & (parent.posting_date <= until))
		.where(parent.is_opening.isnull() | (parent.is_opening != "Yes"))
	)
	meta = frappe.get_meta(doctype)
	for field in ("is_consolidated", "is_internal_customer"):
		if meta.has_field(field):
			query = query.where((parent[field] == 0) | parent[field].isnull())
	return parent, query


def count(company: str, since: date, until: date) -> int:
	"""How many invoices and returns there are."""
	found = 0
	for doctype in DOCTYPES:
		_parent, query = _submitted(doctype, company, since, until)
		found += query.select(Count("*")).run()[0][0]
	return found


def sold(company: str, since: date, until: date) -> Sold:
	"""What was sold; a row's cost is known where the stock ledger valued what left (`incoming_rate`)."""
	documents, net, costed, cost = count(company, since, until), ZERO, ZERO, ZERO
	for doctype in DOCTYPES:
		parent, query = _submitted(doctype, company, since, until)
		row = frappe.qb.DocType(f"{doctype} Item")
		sums = [row.base_net_amount]
		if frappe.get_meta(f"{doctype} Item").has_field("incoming_rate"):  # no till's receipt has it
			known = row.incoming_rate > 0
			sums.append(Case().when(known, row.base_net_amount).else_(0))
			sums.append(Case().when(known, row.incoming_rate * row.stock_qty).else_(0))
		query = query.join(row).on(row.parent == parent.name)
		found = [*query.select(*(Cast_(Sum(each), "char") for each in sums)).run()[0], 0, 0]
		net, costed, cost = net + exact(found[0]), costed + exact(found[1]), cost + exact(found[2])
	return Sold(documents, net, costed, cost)


def purchases(company: str, since: date, until: date) -> tuple[int, int]:
	"""How many invoices there are (no returns), and of how many customers."""
	found, customers = 0, set()
	for doctype in DOCTYPES:
		parent, query = _submitted(doctype, company, since, until)
		query = (
			query.select(parent.customer, Count("*")).where(parent.is_return == 0).groupby(parent.customer)
		)
		for customer, count_ in query.run():
			found += count_
			customers.add(customer)
	return found, len(customers)


def net_by_customer(
	company: str, since: date, month: Period, until: date
) -> dict[str, tuple[Decimal, Decimal]]:
	"""What each customer bought (Rial, returns subtracted): from `since` to before a month, and from behind it to
	before `until`."""
	found: dict[str, tuple[Decimal, Decimal]] = {}
	for doctype in DOCTYPES:
		parent, query = _submitted(doctype, company, since, until - timedelta(days=1))
		before = Case().when(parent.posting_date < month.start, parent.base_net_total).else_(0)
		after = Case().when(parent.posting_date > month.end, parent.base_net_total).else_(0)
		query = query.select(parent.customer, Cast_(Sum(before), "char"), Cast_(Sum(after), "char"))
		for customer, *amounts in query.groupby(parent.customer).run():
			had = found.get(customer, (ZERO, ZERO))
			found[customer] = (had[0] + exact(amounts[0]), had[1] + exact(amounts[1]))
	return found


def bills(company: str, since: date, until: date, *, redemptions: bool = True) -> Iterator[Bill]:
	"""The documents of the period. redemptions: with the points they were paid with."""
	order: list[tuple[Any, ...]] = []
	for doctype in DOCTYPES:
		parent, query = _submitted(doctype, company, since, until)
		query = query.select(parent.posting_date, parent.creation, parent.name)
		order += [(*row, doctype) for row in query.run()]
	order.sort()
	for start in range(0, len(order), AT_ONCE):
		wanted_now = order[start : start + AT_ONCE]
		docs: dict[tuple[str, str], Any] = {}
		for doctype in DOCTYPES:
			names = [row[2] for row in wanted_now if row[3] == doctype]
			docs.update({(doctype, doc.name): doc for doc in _documents(doctype, names)})
		for row in wanted_now:
			yield _bill(docs[row[3], row[2]], redemptions=redemptions)


class _Past(SimpleNamespace):
	"""A document as far as it was read."""

	def get(self, name: str, default: Any = None) -> Any:
		return getattr(self, name, default)


def _documents(doctype: str, names: list[str]) -> list[Any]:
	if not names:
		return []
	meta = frappe.get_meta(doctype)
	branches = [field for field in invoice.branch_fields(doctype) if field not in PARENT]
	docs = frappe.get_all(doctype, {"name": ["in", names]}, [*PARENT, *branches], limit=0)
	tables: dict[str, dict[str, list[Any]]] = {
		"items": _children(f"{doctype} Item", names, (*ROW, *OWN_ROW[doctype])),
		"taxes": _children("Sales Taxes and Charges", names, _there("Sales Taxes and Charges", TAX)),
		"payments": _children("Sales Invoice Payment", names, ("parent", "mode_of_payment", "amount")),
		"club_redemptions": _children("Club Redemption", names, ("parent", "wallet", "points")),
	}
	if meta.has_field("item_wise_tax_details"):  # v16
		tables["item_wise_tax_details"] = _children(
			"Item Wise Tax Detail", names, ("parent", "item_row", "amount")
		)
	return [
		_Past(doctype=doctype, **doc, **{table: rows.get(doc.name, []) for table, rows in tables.items()})
		for doc in docs
	]


def _there(doctype: str, fields: tuple[str, ...]) -> tuple[str, ...]:
	meta = frappe.get_meta(doctype)
	return tuple(field for field in fields if field == "parent" or meta.has_field(field))


def _children(doctype: str, names: list[str], fields: tuple[str, ...]) -> dict[str, list[Any]]:
	found: dict[str, list[Any]] = defaultdict(list)
	for row in frappe.get_all(
		doctype, {"parent": ["in", names]}, list(fields), order_by="parent, idx", limit=0
	):
		found[row.parent].append(row)
	return found


def _bill(doc: Any, *, redemptions: bool) -> Bill:
	lines = invoice.lines(doc)
	came_back = bool(doc.is_return)
	return Bill(
		doc.name,
		invoice.day(doc),
		doc.customer or "",
		() if came_back else lines,
		lines if came_back else (),
		(doc.return_against or "") if came_back else "",
		wanted(doc) if redemptions and not came_back else ZERO,
		invoice.clock(doc),
		invoice.branch(doc) or "",
		len(lines),
		tenders=() if came_back else invoice.tenders(doc),
	)
