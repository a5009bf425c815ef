"""A second company and branches for tests: made in a test class's own transaction, gone with it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import today

from loyalty_club.tests.builders import ABBR, COMPANY, CURRENCY, PRICES, line
from loyalty_club.tests.builders import invoice as _invoice

SECOND, SECOND_ABBR = "Club Second", "CS"
ROW = {"company": COMPANY, "liability_account": f"Loyalty Points - {ABBR}"}
SECOND_ROW = {"company": SECOND, "liability_account": f"Loyalty Points - {SECOND_ABBR}"}


def second() -> str:
	"""The second company, with what a sale in it needs."""
	if frappe.db.exists("Company", SECOND):
		return SECOND
	frappe.get_doc(
		{
			"doctype": "Company",
			"company_name": SECOND,
			"abbr": SECOND_ABBR,
			"default_currency": CURRENCY,
			"country": "Iran",
			"create_chart_of_accounts_based_on": "Standard Template",
			"chart_of_accounts": "Standard",
		}
	).insert()
	for name, parent, kind in (
		("Loyalty Points", "Current Liabilities", {}),
		("Cash Till", "Cash In Hand", {"account_type": "Cash"}),
	):
		frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": name,
				"parent_account": f"{parent} - {SECOND_ABBR}",
				"company": SECOND,
				**kind,
			}
		).insert()
	cash = frappe.get_doc("Mode of Payment", "Cash")
	cash.append("accounts", {"company": SECOND, "default_account": f"Cash Till - {SECOND_ABBR}"})
	cash.save()
	return SECOND


def branches(*names: str) -> None:
	"""Branches of these names."""
	for name in names:
		if not frappe.db.exists("Branch", name):
			frappe.get_doc({"doctype": "Branch", "branch": name}).insert()


def dimension(present: bool) -> None:
	"""Makes Branch an accounting dimension, or no longer. Changes tables, so it is for `setUpClass` and
	`tearDownClass`, outside of what a test rolls back."""
	known = frappe.db.exists("Accounting Dimension", {"document_type": "Branch"})
	if present and not known:
		frappe.get_doc({"doctype": "Accounting Dimension", "document_type": "Branch"}).insert()
	if known and not present:
		frappe.delete_doc("Accounting Dimension", known)
	frappe.db.commit()
	frappe.clear_cache()


def till(company: str = COMPANY, **fields: Any) -> str:
	"""A POS Profile; returns its name."""
	abbr = ABBR if company == COMPANY else SECOND_ABBR
	doc = frappe.get_doc(
		{
			"doctype": "POS Profile",
			"name": f"Till {frappe.generate_hash(length=6)}",
			"company": company,
			"currency": CURRENCY,
			"selling_price_list": PRICES,
			"warehouse": frappe.db.get_value("Warehouse", {"company": company, "is_group": 0}),
			"write_off_account": f"Write Off - {abbr}",
			"write_off_cost_center": f"Main - {abbr}",
			"income_account": f"Sales - {abbr}",
			"cost_center": f"Main - {abbr}",
			"customer_group": "Bronze",
			"territory": "All Territories",
			"payments": [{"mode_of_payment": "Cash", "default": 1}],
			**fields,
		}
	).insert()
	made: str = doc.name
	return made


def till_makes(case: Any, document: str) -> dict[str, Any]:
	"""Tills make documents of this kind while the test runs (v16 has a choice; v15 makes POS Invoices, a test of
	another kind is skipped); returns the fields that such a document has."""
	choice = bool(frappe.get_meta("POS Settings").has_field("invoice_type"))
	if document != "POS Invoice" and not choice:
		case.skipTest("tills of this version make POS Invoices")
	if choice:
		before = frappe.db.get_single_value("POS Settings", "invoice_type")
		case.addCleanup(frappe.db.set_single_value, "POS Settings", "invoice_type", before)
		frappe.db.set_single_value("POS Settings", "invoice_type", document)
	return {} if document == "POS Invoice" else {"doctype": document, "is_created_using_pos": 1}


def open_till(profile: str) -> Any:
	"""The present user opens a till."""
	entry = frappe.get_doc(
		{
			"doctype": "POS Opening Entry",
			"pos_profile": profile,
			"user": frappe.session.user,
			"company": frappe.db.get_value("POS Profile", profile, "company"),
			"period_start_date": frappe.utils.now_datetime(),
			"balance_details": [{"mode_of_payment": "Cash", "opening_amount": 0}],
		}
	).insert()
	entry.submit()
	return entry


def cart(who: str, *rows: dict[str, Any], profile: str, cash: float = 0, **fields: Any) -> Any:
	"""A POS Invoice of an open till that is not saved yet."""
	company = frappe.db.get_value("POS Profile", profile, "company")
	abbr = ABBR if company == COMPANY else SECOND_ABBR
	return frappe.get_doc(
		{
			"doctype": "POS Invoice",
			"is_pos": 1,
			"pos_profile": profile,
			"company": company,
			"customer": who,
			"currency": CURRENCY,
			"set_posting_time": 1,
			"posting_date": today(),
			"due_date": today(),
			"debit_to": f"Debtors - {abbr}",
			"selling_price_list": PRICES,
			"price_list_currency": CURRENCY,
			"plc_conversion_rate": 1,
			"items": list(rows) or [line()],
			"payments": [{"mode_of_payment": "Cash", "amount": cash}],
			**fields,
		}
	)


def receipt(
	who: str, *rows: dict[str, Any], profile: str, cash: float = 0, submit: bool = True, **fields: Any
) -> Any:
	"""A POS Invoice of an open till."""
	doc = cart(who, *rows, profile=profile, cash=cash, **fields)
	doc.insert()
	if submit:
		doc.submit()
		doc.reload()
	return doc


def close_till(*receipts: Any) -> list[str]:
	"""Consolidates receipts the way a closing entry does (whose own function commits); returns the invoices."""
	from erpnext.accounts.doctype.pos_invoice_merge_log import pos_invoice_merge_log as merging

	rows = [
		{
			"pos_invoice": doc.name,
			"posting_date": doc.posting_date,
			"grand_total": doc.grand_total,
			"customer": doc.customer,
			"is_return": doc.is_return,
			"return_against": doc.return_against,
		}
		for doc in receipts
	]
	for who, groups in merging.get_invoice_customer_map([frappe._dict(row) for row in rows]).items():
		for group in groups.values():
			for some in merging.split_invoices(group):
				log = frappe.new_doc("POS Invoice Merge Log")
				log.update({"posting_date": today(), "posting_time": frappe.utils.nowtime(), "customer": who})
				log.company = receipts[0].company
				log.set("pos_invoices", some)
				log.save()
				log.submit()
	for doc in receipts:
		doc.reload()
	return [doc.consolidated_invoice for doc in receipts]


def bring_to_till(original: Any, quantity: float) -> Any:
	"""A return of so much of a receipt's first row, at the till."""
	from erpnext.accounts.doctype.pos_invoice.pos_invoice import make_sales_return

	doc = make_sales_return(original.name)
	doc.items[0].qty = -quantity
	doc.set("items", doc.items[:1])
	doc.insert()
	doc.submit()
	doc.reload()
	return doc


def invoice(who: str, *rows: dict[str, Any], company: str = COMPANY, **fields: Any) -> Any:
	"""A sales invoice without tax, in either company."""
	abbr = ABBR if company == COMPANY else SECOND_ABBR
	return _invoice(
		who,
		*(rows or (line(),)),
		vat=False,
		company=company,
		debit_to=f"Debtors - {abbr}",
		**fields,
	)


def gl(account: str, company: str = COMPANY, **filters: Any) -> float:
	"""Debit less credit of an account of either company."""
	abbr = ABBR if company == COMPANY else SECOND_ABBR
	rows = frappe.get_all(
		"GL Entry",
		filters={"account": f"{account} - {abbr}", "is_cancelled": 0, **filters},
		fields=["debit", "credit"],
	)
	return sum(row.debit - row.credit for row in rows)
