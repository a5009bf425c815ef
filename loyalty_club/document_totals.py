"""What documents moved at face, as the ledger keeps it (Club Document Total): queries to sum up. Reads only.

Rial and points, signed as entries are: what is spent is negative. The books are held against it (`reconcile`), and what
was given in one place and spent in another comes of it (`between_places`).
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder.functions import Cast_, Sum

Key = tuple[str, str]  # DocType and name


def programs() -> dict[str, str]:
	"""Whose each version of a program is."""
	version = frappe.qb.DocType("Club Program Version")
	return dict(frappe.qb.from_(version).select(version.name, version.program).run())


def sources() -> list[str]:
	"""Kinds of documents that moved something."""
	total = frappe.qb.DocType("Club Document Total")
	rows = frappe.qb.from_(total).select(total.source_doctype).distinct().run(pluck=True)
	return sorted(rows)


def of_kind(doctype: str) -> tuple[Any, Any, Any, Any]:
	"""What submitted documents of a kind did that is, or will be, in the books: the tables of totals and documents, the
	document's day, and a query that selects nothing yet."""
	total, doc = frappe.qb.DocType("Club Document Total"), frappe.qb.DocType(doctype)
	meta = frappe.get_meta(doctype)
	query = (
		frappe.qb.from_(total)
		.join(doc)
		.on(doc.name == total.source_name)
		.where(total.source_doctype == doctype)
	)
	if meta.is_submittable:
		query = query.where(doc.docstatus == 1)
	if doctype == "Club Adjustment":  # an opening balance stands in the books that it comes from
		query = query.where(doc.journal_entry.isnotnull() & (doc.journal_entry != ""))
	return total, doc, doc.posting_date if meta.has_field("posting_date") else total.posting_date, query


def text_of_sum(term: Any) -> Any:
	"""A sum that loses nothing on its way."""
	return Cast_(Sum(term), "char")
