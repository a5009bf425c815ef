"""Who may see what of the ledger: Frappe's user permissions, made strict.

A user who is confined to companies or branches sees what happened there, and nothing that happened nowhere in
particular; Frappe alone would show records without a company to everybody. The same rule holds in lists, for single
documents and in every report (`restrict`). Reads; changes nothing.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import get_user_permissions

PLACES = {"Company": "company", "Branch": "branch"}


def allowed(link: str, doctype: str, user: str | None = None) -> list[str]:
	"""The records of DocType `link` that user permissions confine the user to in records of `doctype`; empty where
	there is no such limit."""
	rows = get_user_permissions(user or frappe.session.user).get(link) or []
	return [row.get("doc") for row in rows if row.get("applicable_for") in (None, "", doctype)]


def is_confined(doctype: str = "Club Ledger Entry", user: str | None = None) -> bool:
	"""Whether the user sees some companies or branches only."""
	return any(allowed(link, doctype, user) for link in PLACES)


def restrict(query: Any, doctype: str, columns: dict[str, Any]) -> Any:
	"""A query of the query builder, confined to what the present user may see.

	doctype: whose records are read; columns: the column for each linked DocType, such as {"Company": entry.company}."""
	for link, column in columns.items():
		names = allowed(link, doctype)
		if names:
			query = query.where(column.isin(names))
	return query


def programs_in(companies: list[str]) -> Any:
	"""A query of the programs that are valid in one of these companies."""
	valid = frappe.qb.DocType("Club Program Company")
	query = frappe.qb.from_(valid).select(valid.parent)
	return query.where((valid.parenttype == "Club Program") & valid.company.isin(companies))


def query_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook `permission_query_conditions`: what a list of ledger records shows."""
	assert doctype
	conditions = []
	for link, field in PLACES.items():
		names = allowed(link, doctype, user)
		if names:
			values = ", ".join(frappe.db.escape(name, percent=False) for name in names)
			conditions.append(f"`tab{doctype}`.`{field}` in ({values})")
	return " and ".join(conditions)


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""Hook `has_permission`: whether one ledger record may be seen."""
	for link, field in PLACES.items():
		names = allowed(link, doc.doctype, user)
		if names and doc.get(field) not in names:
			return False
	return True


def settlement_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook `permission_query_conditions`: a settlement is seen by either of its two companies."""
	names = allowed("Company", "Club Settlement", user)
	if not names:
		return ""
	values = ", ".join(frappe.db.escape(name, percent=False) for name in names)
	return f"(`tabClub Settlement`.`company` in ({values}) or `tabClub Settlement`.`origin` in ({values}))"


def has_permission_for_settlement(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""Hook `has_permission`: whether one settlement may be seen."""
	names = allowed("Company", "Club Settlement", user)
	return not names or doc.company in names or doc.origin in names


def conditions_everywhere(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook `permission_query_conditions`: what counts purchases of all companies and branches is shown to nobody who
	sees some of them only."""
	assert doctype
	return "1 = 0" if is_confined(doctype, user) else ""


def has_permission_everywhere(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""Hook `has_permission`: the same for one record."""
	return not is_confined(doc.doctype, user)


def conditions_of_books(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook `permission_query_conditions`: the books are kept by company, so that whoever sees some branches only sees
	nothing of them."""
	assert doctype
	if allowed("Branch", doctype, user):
		return "1 = 0"
	names = allowed("Company", doctype, user)
	if not names:
		return ""
	values = ", ".join(frappe.db.escape(name, percent=False) for name in names)
	return f"`tab{doctype}`.`company` in ({values})"


def has_permission_for_books(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""Hook `has_permission`: the same for one record."""
	names = allowed("Company", doc.doctype, user)
	return not allowed("Branch", doc.doctype, user) and (not names or not doc.company or doc.company in names)
