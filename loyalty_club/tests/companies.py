"""A second company and branches for tests: made in a test class's own transaction, gone with it."""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club.tests.builders import ABBR, COMPANY, CURRENCY, line
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


def branches(*names: str, dimension: bool = True) -> None:
	"""Branches, and Branch as an accounting dimension unless said otherwise. (Its fields are columns, which no rollback
	takes away: they stay on the test's site, as they would on a shop's.)"""
	for name in names:
		if not frappe.db.exists("Branch", name):
			frappe.get_doc({"doctype": "Branch", "branch": name}).insert()


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
