"""What the bench tests are built from: one company in rial, and one-line makers of everything a sale needs.

`before_tests` makes the masters once, for the first test; tests themselves never commit, and are rolled back. (It is no
hook, so that it does not meddle with other apps' tests.)
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import add_days, flt, getdate, today

from loyalty_club import ledger, policy, verify
from loyalty_club.core.model import ZERO
from loyalty_club.engine import members
from loyalty_club.engine.invoice import DOCTYPES

try:  # v16
	from frappe.tests import IntegrationTestCase as SiteTestCase
except ImportError:  # v15
	from frappe.tests.utils import FrappeTestCase as SiteTestCase

COMPANY, ABBR, CURRENCY = "Club Test", "CT", "IRR"
GROUPS = ("Bronze", "Silver", "Gold")
M = 1_000_000
VAT = f"VAT 10 - {ABBR}"
PRICES = "Club Selling"


def before_tests() -> None:
	"""Masters that every test shares; committed, for they are no test's own."""
	frappe.clear_cache()
	if not frappe.db.exists("Currency", CURRENCY):
		frappe.get_doc({"doctype": "Currency", "currency_name": CURRENCY, "enabled": 1}).insert()
	frappe.db.set_value("Currency", CURRENCY, "enabled", 1)
	_wizard()
	_fiscal_years()
	if not frappe.db.exists("Company", COMPANY):
		frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": COMPANY,
				"abbr": ABBR,
				"default_currency": CURRENCY,
				"country": "Iran",
				"create_chart_of_accounts_based_on": "Standard Template",
				"chart_of_accounts": "Standard",
			}
		).insert()
	for name, parent, kind in (
		("Loyalty Points", "Current Liabilities", {}),
		("VAT 10", "Duties and Taxes", {"account_type": "Tax", "tax_rate": 10}),
		("Cash Till", "Cash In Hand", {"account_type": "Cash"}),
	):
		if not frappe.db.exists("Account", f"{name} - {ABBR}"):
			frappe.get_doc(
				{
					"doctype": "Account",
					"account_name": name,
					"parent_account": f"{parent} - {ABBR}",
					"company": COMPANY,
					**kind,
				}
			).insert()
	_mode("Cash", f"Cash Till - {ABBR}")
	_mode("Bank Card", f"Cash Till - {ABBR}")
	_mode("Cheque", f"Cash Till - {ABBR}")
	for group in GROUPS:
		if not frappe.db.exists("Customer Group", group):
			frappe.get_doc(
				{
					"doctype": "Customer Group",
					"customer_group_name": group,
					"parent_customer_group": "All Customer Groups",
				}
			).insert()
	for group in ("Gold Coins", "Groceries"):
		if not frappe.db.exists("Item Group", group):
			frappe.get_doc(
				{"doctype": "Item Group", "item_group_name": group, "parent_item_group": "All Item Groups"}
			).insert()
	for code, group in (
		("TEA", "Groceries"),
		("RICE", "Groceries"),
		("SAFFRON", "Groceries"),
		("COIN", "Gold Coins"),
		("VOUCHER", "Groceries"),
	):
		if not frappe.db.exists("Item", code):
			frappe.get_doc(
				{
					"doctype": "Item",
					"item_code": code,
					"item_group": group,
					"stock_uom": "Nos",
					"is_stock_item": 0,
				}
			).insert()
	if not frappe.db.exists("Price List", PRICES):
		frappe.get_doc(
			{
				"doctype": "Price List",
				"price_list_name": PRICES,
				"currency": CURRENCY,
				"selling": 1,
				"enabled": 1,
			}
		).insert()
	frappe.db.set_single_value("Selling Settings", {"so_required": "No", "selling_price_list": PRICES})
	frappe.db.commit()


def _wizard() -> None:
	"""Roots that the set-up wizard makes."""
	from erpnext.setup.setup_wizard.operations.install_fixtures import install

	if not frappe.db.exists("Customer Group", "All Customer Groups"):
		install("Iran")


def _fiscal_years() -> None:
	for year in range(2023, getdate().year + 2):
		name = f"club-{year}"
		if frappe.db.exists("Fiscal Year", name):
			continue
		overlapping = frappe.db.exists(
			"Fiscal Year",
			{"year_start_date": ["<=", f"{year}-12-31"], "year_end_date": [">=", f"{year}-01-01"]},
		)
		if not overlapping:
			frappe.get_doc(
				{
					"doctype": "Fiscal Year",
					"year": name,
					"year_start_date": f"{year}-01-01",
					"year_end_date": f"{year}-12-31",
				}
			).insert()


def _mode(name: str, account: str) -> None:
	if frappe.db.exists("Mode of Payment", name):
		mode = frappe.get_doc("Mode of Payment", name)
	else:
		mode = frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": name, "type": "Cash"})
	if not any(row.company == COMPANY for row in mode.accounts):
		mode.append("accounts", {"company": COMPANY, "default_account": account})
	mode.save()


class ClubCase(SiteTestCase):
	"""A test on the site: 10 points per 1,000,000 rial, a point worth 1,000 rial, three groups, unless said
	otherwise."""

	settings: dict[str, Any] = {}
	program_fields: dict[str, Any] = {}
	failures_expected = False

	@classmethod
	def setUpClass(cls) -> None:
		if not frappe.db.exists("Price List", PRICES):
			before_tests()
		super().setUpClass()

	def setUp(self) -> None:
		super().setUp()
		frappe.db.savepoint("club_case")
		frappe.set_user("Administrator")
		frappe.local.loyalty_club_touched = {}
		club = frappe.get_single("Loyalty Club Settings")
		club.update({"program": None, "join_by": "By Hand", "calendar": "Jalali", "display_unit": "Rial"})
		club.update(self.settings)
		club.save()
		self.program = program(**self.program_fields)
		club.reload()  # putting a program in force may name the item that sells gift cards
		club.program = self.program.name
		club.save()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		check_books(self)
		if not self.failures_expected:
			self.assertFalse(frappe.get_all("Sales Invoice", {"club_status": "Failed"}), "an award failed")
		frappe.db.rollback(save_point="club_case")
		frappe.local.loyalty_club_touched = {}
		frappe.clear_cache(doctype="Loyalty Club Settings")
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		frappe.cache.delete_value("loyalty_club_programs")
		super().tearDown()

	def assert_refused(self, words: str) -> Any:
		"""The block ends with one clear error that says these words."""
		return self.assertRaisesRegex(frappe.ValidationError, words)


def program(**fields: Any) -> Any:
	"""A program in force."""
	doc = frappe.get_doc(
		{
			"doctype": "Club Program",
			"program_name": f"Club {frappe.generate_hash(length=6)}",
			"currency": CURRENCY,
			"display_unit": "Rial",
			"point_value": 1000,
			"companies": [{"company": COMPANY, "liability_account": f"Loyalty Points - {ABBR}"}],
			"tiers": [
				{"customer_group": "Bronze", "title_fa": "برنزی", "threshold": 0, "points": 10, "per": M},
				{
					"customer_group": "Silver",
					"title_fa": "نقره‌ای",
					"threshold": 500 * M,
					"points": 15,
					"per": M,
				},
				{
					"customer_group": "Gold",
					"title_fa": "طلایی",
					"threshold": 2000 * M,
					"points": 20,
					"per": M,
				},
			],
			**fields,
		}
	)
	doc.insert()
	doc.put_in_force()
	return doc


def customer(name: str = "", **fields: Any) -> str:
	"""A customer."""
	doc = frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": name or f"Mina {frappe.generate_hash(length=6)}",
			"customer_group": "Bronze",
			"territory": "All Territories",
			**fields,
		}
	).insert()
	made: str = doc.name
	return made


def member(club: Any, who: str | None = None, **fields: Any) -> Any:
	"""A member of the program."""
	return members.join(who or customer(), club.name, **fields)


def card(of: Any) -> str:
	"""A card of the member; returns its number."""
	doc = frappe.get_doc({"doctype": "Loyalty Card", "member": of.name, "status": "Active"}).insert()
	made: str = doc.name
	return made


def give(of: Any, points: float, **fields: Any) -> Any:
	"""Points given by hand."""
	doc = frappe.get_doc(
		{
			"doctype": "Club Adjustment",
			"member": of.name,
			"points": points,
			"reason": "opening balance",
			"kind": "Opening Balance",
			"company": COMPANY,
			"posting_date": today(),
			**fields,
		}
	).insert()
	doc.submit()
	return doc


def line(item: str = "TEA", rate: float = M, qty: float = 1, **fields: Any) -> dict[str, Any]:
	"""One row of an invoice."""
	return {"item_code": item, "qty": qty, "rate": rate, **fields}


def invoice(who: str, *rows: dict[str, Any], vat: bool = True, submit: bool = True, **fields: Any) -> Any:
	"""A sales invoice; submitted unless said otherwise."""
	doc = frappe.get_doc(
		{
			"doctype": "Sales Invoice",
			"company": COMPANY,
			"customer": who,
			"currency": CURRENCY,
			"set_posting_time": 1,
			"posting_date": today(),
			"due_date": add_days(fields.get("posting_date") or today(), 30),
			"debit_to": f"Debtors - {ABBR}",
			"selling_price_list": PRICES,
			"price_list_currency": CURRENCY,
			"plc_conversion_rate": 1,
			"items": list(rows) or [line()],
			**fields,
		}
	)
	if vat:
		doc.append(
			"taxes",
			{"charge_type": "On Net Total", "account_head": VAT, "rate": 10, "description": "VAT"},
		)
	doc.insert()
	if submit:
		doc.submit()
		doc.reload()
	return doc


def redeeming(of: Any, points: float) -> dict[str, Any]:
	"""Fields of an invoice that a card pays with points."""
	return {"club_card": card(of), "club_redemptions": [{"points": points}]}


def bring_back(
	original: Any, submit: bool = True, shares: dict[int, float] | None = None, **fields: Any
) -> Any:
	"""A credit note; shares: quantity per row index (all rows, whole, if not given)."""
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	doc = make_sales_return(original.name)
	if shares is not None:
		rows = [row for n, row in enumerate(doc.items) if shares.get(n)]
		for row in rows:
			n = next(i for i, each in enumerate(original.items) if each.name == row.sales_invoice_item)
			row.qty = -shares[n]
		doc.set("items", rows)
	doc.update(fields)
	doc.insert()
	if submit:
		doc.submit()
		doc.reload()
	return doc


def balance(of: Any) -> float:
	"""Points of a member, pending ones included, less the deficit."""
	return flt(frappe.db.get_value("Club Account", {"member": of.name, "wallet": "Points"}, "balance"))


def deficit(of: Any) -> float:
	"""Points the member owes."""
	return flt(frappe.db.get_value("Club Account", {"member": of.name, "wallet": "Points"}, "deficit"))


def entries(of: Any) -> list[tuple[str, float]]:
	"""Kind and points of each ledger entry of a member, in order."""
	rows = frappe.get_all(
		"Club Ledger Entry", filters={"member": of.name}, fields=["kind", "quantity"], order_by="seq"
	)
	return [(row.kind, row.quantity) for row in rows]


def outstanding(doc: Any) -> float:
	"""What an invoice owes."""
	return flt(frappe.db.get_value("Sales Invoice", doc.name, "outstanding_amount"))


def gl(account: str, **filters: Any) -> float:
	"""Debit less credit of an account."""
	rows = frappe.get_all(
		"GL Entry",
		filters={"account": f"{account} - {ABBR}", "is_cancelled": 0, **filters},
		fields=["debit", "credit"],
	)
	return sum(row.debit - row.credit for row in rows)


def pay(doc: Any, amount: float | None = None, **fields: Any) -> Any:
	"""A payment entry for an invoice."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	entry = get_payment_entry("Sales Invoice", doc.name, bank_account=f"Cash Till - {ABBR}")
	entry.update({"reference_no": "1", "reference_date": today(), **fields})
	if amount:
		entry.paid_amount = entry.received_amount = amount
		entry.references[0].allocated_amount = amount
	entry.insert()
	entry.submit()
	return entry


@contextmanager
def on_day(day: str | date) -> Iterator[None]:
	"""Today is another day."""
	with at_moment(f"{day} 12:00:00.123456"):
		yield


@contextmanager
def at_moment(moment: str | datetime) -> Iterator[None]:
	"""It is another moment (UTC)."""
	if not hasattr(uuid, "_load_system_functions"):  # gone with Python 3.13; older freezeguns ask for it
		uuid._load_system_functions = lambda: None  # type: ignore[attr-defined]
	from freezegun import freeze_time

	with freeze_time(moment, ignore=["pymysql"]):
		yield


def check_books(case: Any) -> None:
	"""The design's invariants on the site's tables, for every account."""
	for account in frappe.get_all("Club Account", pluck="name"):
		row = ledger.peek(account)
		rows = frappe.get_all(
			"Club Ledger Entry",
			filters={"account": account},
			fields=["seq", "quantity", "lot", "hash", "previous_hash", "kind", "source_doctype"],
			order_by="seq",
		)
		spending = {each.source_doctype for each in rows if each.kind in ("redeem", "restore")}
		case.assertLessEqual(spending, {*DOCTYPES, None}, "only invoices spend and give back")
		case.assertEqual([each.seq for each in rows], list(range(1, row.seq + 1)), "numbers without a gap")
		case.assertEqual(len(rows), row.entries)
		total = sum((policy.exact(each.quantity) for each in rows), ZERO)
		case.assertEqual(total, row.balance, "the balance is the sum of the entries")
		lots = frappe.get_all(
			"Club Lot", filters={"account": account}, fields=["name", "original", "remaining"]
		)
		remaining = sum((policy.exact(each.remaining) for each in lots), ZERO)
		case.assertEqual(remaining - row.deficit, row.balance, "the balance is the lots less the deficit")
		for lot in lots:
			of_lot = sum((policy.exact(each.quantity) for each in rows if each.lot == lot.name), ZERO)
			case.assertEqual(of_lot, policy.exact(lot.remaining))
			case.assertTrue(Decimal(0) <= policy.exact(lot.remaining) <= policy.exact(lot.original))
		head = ""
		for each in rows:
			case.assertEqual(each.previous_hash or "", head)
			head = each.hash
		case.assertEqual(head, row.head)
	case.assertEqual(list(verify.totals()), [], "totals are the sums of their documents' entries")
