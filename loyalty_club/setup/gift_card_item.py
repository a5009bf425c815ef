"""The Item that sells gift cards: no stock, no revenue (its income account is the liability of gift cards) and no tax
(its tax template has 0 % for every tax account of the company). Made by putting a program in force; idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _

CODE = "Club Gift Card"
GROUP = "Club Gift Cards"
TEMPLATE = "Club Gift Card"
TAXABLE = ("Tax", "Chargeable")  # what an Item Tax Template may name, of accounts that taxes go to
FURTHER = ("Income Account", "Expense Account", "Expenses Included In Valuation")


def ensure(companies: Iterable[Any]) -> str:
	"""Makes or completes the item for a program's companies: rows of its form, or CompanyPolicy; returns its code."""
	code = frappe.db.get_single_value("Loyalty Club Settings", "gift_card_item")
	item = frappe.get_doc("Item", code) if code and frappe.db.exists("Item", code) else _item()
	defaults = {row.company: row for row in item.item_defaults}
	templates = {row.item_tax_template for row in item.taxes}
	for company, account in _accounts(companies):
		row = defaults.get(company) or _default_row(item, company)
		row.income_account = account
		template = cover(company)
		if template and template not in templates:
			item.append("taxes", {"item_tax_template": template})
	item.disabled = 0
	item.flags.ignore_permissions = True
	item.save()
	if code != item.name:
		frappe.db.set_single_value(
			"Loyalty Club Settings", "gift_card_item", item.name, update_modified=False
		)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
	return str(item.name)


def _accounts(companies: Iterable[Any]) -> list[tuple[str, str]]:
	found = []
	for each in companies:
		wallets = getattr(each, "wallets", None)
		account = wallets["Gift Card"].account if wallets else each.get("gift_card_account")
		if account:
			found.append((each.company, account))
	return found


def _default_row(item: Any, company: str) -> Any:
	"""Empty texts: Frappe would fill in the site's default warehouse, which may be another company's."""
	return item.append("item_defaults", {"company": company, "default_warehouse": ""})


def _item() -> Any:
	if frappe.db.exists("Item", CODE):
		return frappe.get_doc("Item", CODE)
	return frappe.get_doc(
		{
			"doctype": "Item",
			"item_code": CODE,
			"item_name": _("Gift Card"),
			"item_group": _group(),
			"stock_uom": _unit(),
			"is_stock_item": 0,
			"is_purchase_item": 0,
			"is_sales_item": 1,
			"include_item_in_manufacturing": 0,
			"grant_commission": 0,
			"description": _("A gift card of the customer club"),
		}
	)


def _group() -> str:
	if not frappe.db.exists("Item Group", GROUP):
		root = frappe.get_all(
			"Item Group", filters={"is_group": 1}, pluck="name", order_by="lft asc", limit=1
		)
		group = frappe.get_doc(
			{
				"doctype": "Item Group",
				"item_group_name": GROUP,
				"parent_item_group": root[0] if root else None,
				"is_group": 0,
			}
		)
		group.flags.ignore_permissions = True
		group.insert()
	return GROUP


def _unit() -> str:
	chosen = frappe.db.get_single_value("Stock Settings", "stock_uom")
	for name in (chosen, "Nos", "Unit"):
		if name and frappe.db.exists("UOM", name):
			return str(name)
	return str(frappe.get_all("UOM", pluck="name", limit=1)[0])


def template_of(company: str) -> str:
	"""The name of a company's tax template."""
	return f"{TEMPLATE} - {frappe.get_cached_value('Company', company, 'abbr')}"


def cover(company: str, heads: Iterable[str] = ()) -> str | None:
	"""Brings the company's tax template up to its tax accounts, and `heads` besides; returns its name, None where there
	is nothing to exempt from. Asks little where nothing is missing: only `heads` are looked at if they are given."""
	name = template_of(company)
	template = frappe.get_cached_doc("Item Tax Template", name) if _exists(name) else None
	known = {row.tax_type for row in template.taxes} if template else set()
	wanted = [head for head in heads if head and head not in known and _may_be_named(head)]
	if template is not None and heads and not wanted:
		return name
	if not wanted:
		wanted = frappe.get_all(
			"Account",
			filters={"company": company, "is_group": 0, "account_type": ["in", TAXABLE]},
			pluck="name",
			order_by="name asc",
		)
	missing = [head for head in dict.fromkeys(wanted) if head not in known]
	if not missing:
		return name if template is not None else None
	doc = (
		frappe.get_doc("Item Tax Template", name)
		if template is not None
		else frappe.get_doc({"doctype": "Item Tax Template", "title": TEMPLATE, "company": company})
	)
	for head in missing:
		doc.append("taxes", {"tax_type": head, "tax_rate": 0})
	doc.disabled = 0
	doc.flags.ignore_permissions = True
	doc.save()
	return str(doc.name)


def _exists(template: str) -> bool:
	return bool(frappe.db.exists("Item Tax Template", template))


def _may_be_named(head: str) -> bool:
	kind = frappe.get_cached_value("Account", head, "account_type")
	return kind in (*TAXABLE, *FURTHER)


def drop() -> None:
	"""Takes item, group and templates away at uninstall; what invoices name stays, the item switched off."""
	for doctype, names in (
		("Item", [CODE]),
		("Item Tax Template", frappe.get_all("Item Tax Template", {"title": TEMPLATE}, pluck="name")),
		("Item Group", [GROUP]),
	):
		for name in names:
			if not frappe.db.exists(doctype, name):
				continue
			frappe.db.savepoint("loyalty_club_drop")
			try:
				frappe.delete_doc(doctype, name, ignore_permissions=True)
			except frappe.ValidationError:
				frappe.db.rollback(save_point="loyalty_club_drop")
				if doctype == "Item":
					frappe.db.set_value("Item", name, "disabled", 1)
