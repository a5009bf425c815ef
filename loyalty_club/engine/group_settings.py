"""What hangs on a Customer Group in ERPNext, in words: so that whoever moves customers sees what changes for them.
Reads; changes nothing.

What stands on the customer itself wins over the group: for such a customer a move changes less than is said here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.policy import exact


def of_groups(names: Collection[str]) -> dict[str, dict[str, str]]:
	"""What each group says, by what it is called: price list, payment terms, credit limit and account of each company,
	taxes, discounts, tills, users who see no other group."""
	return {name: _of_group(name) for name in names if frappe.db.exists("Customer Group", name)}


def differences(one: dict[str, str], other: dict[str, str]) -> list[tuple[str, str, str]]:
	"""What differs between two groups: what it is, in the first, in the second."""
	none = _("none")
	return [
		(what, one.get(what) or none, other.get(what) or none)
		for what in {**one, **other}
		if one.get(what) != other.get(what)
	]


def of_customers(names: Collection[str]) -> dict[str, list[str]]:
	"""What stands on customers themselves, and so wins over any group."""
	found: dict[str, list[str]] = {}
	if not names:
		return found
	for row in frappe.get_all(
		"Customer",
		filters={"name": ["in", list(names)]},
		fields=["name", "default_price_list", "payment_terms"],
	):
		if row.default_price_list:
			found.setdefault(row.name, []).append(_("Price List"))
		if row.payment_terms:
			found.setdefault(row.name, []).append(_("Payment Terms"))
	for doctype, what in (("Customer Credit Limit", _("Credit limit")), ("Party Account", _("Account"))):
		for row in frappe.get_all(
			doctype,
			filters={"parenttype": "Customer", "parent": ["in", list(names)]},
			fields=["parent"],
			distinct=True,
		):
			found.setdefault(row.parent, []).append(what)
	return found


def _of_group(name: str) -> dict[str, str]:
	doc = frappe.get_cached_doc("Customer Group", name)
	style = policy.style()
	found: dict[str, str] = {
		_("Price List"): doc.default_price_list or "",
		_("Payment Terms"): doc.payment_terms or "",
	}
	for row in doc.get("credit_limits") or []:
		found[_("Credit limit in {0}").format(row.company)] = style.number(exact(row.credit_limit))
	for row in doc.get("accounts") or []:
		found[_("Receivable account in {0}").format(row.company)] = row.account or ""
	family = _with_parents(doc)
	found[_("Tax rules")] = _listed("Tax Rule", {"customer_group": ["in", family]})
	found[_("Pricing rules")] = _listed(
		"Pricing Rule",
		{"applicable_for": "Customer Group", "customer_group": ["in", family], "disable": 0},
		"title",
	)
	found[_("Tills")] = _listed("POS Customer Group", {"customer_group": ["in", family]}, "parent")
	found[_("Users who see this group only")] = _listed(
		"User Permission", {"allow": "Customer Group", "for_value": ["in", family]}, "user"
	)
	return {what: said for what, said in found.items() if said}


def _with_parents(doc: Any) -> list[str]:
	return frappe.get_all(
		"Customer Group", filters={"lft": ["<=", doc.lft], "rgt": [">=", doc.rgt]}, pluck="name"
	)


def _listed(doctype: str, filters: dict[str, Any], field: str = "name") -> str:
	names = frappe.get_all(doctype, filters=filters, pluck=field, order_by=field)
	return policy.listed(sorted({str(name) for name in names if name}))
