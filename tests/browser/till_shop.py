"""The shop's till, on a site made by `tests/bench/run.py --sites`: run on the site, by `desk.Desk`."""

from __future__ import annotations

from typing import Any

import frappe
import shop
from frappe.utils import now_datetime, today

from loyalty_club.core import cards
from loyalty_club.engine import gift_cards
from loyalty_club.tests import builders

CASHIERS = {  # language -> the cashier's user, the member, the mobile, another member
	"en": ("cashier@example.com", "Mina Rahimi", "09123456789", "Omid Karimi"),
	"fa": ("sandogh@example.com", "مینا رحیمی", "09351112233", "امید کریمی"),
}
# ERPNext's till reads opening entries (Sales Manager) and prices of scanned barcodes (Sales Master Manager) with the
# cashier's own rights.
ROLES = ("Sales User", "Sales Manager", "Sales Master Manager", "Accounts User", "Club Cashier")
BARCODE = "6260100320012"


def open_till(invoice_type: str = "") -> dict[str, Any]:
	"""The shop, its till, and a till opened for each language's cashier; returns who may be used, by language."""
	builders.before_tests()
	shop._desk()
	shop._price_list()
	program = shop._program()
	_barcode()
	if invoice_type and frappe.get_meta("POS Settings").has_field("invoice_type"):
		_close_tills()
		frappe.db.set_single_value("POS Settings", "invoice_type", invoice_type)
	receipt = "Club Till Receipt" if invoice_type == "Sales Invoice" else "Club POS Receipt"
	made = {}
	for lang, (user, name, mobile, other) in CASHIERS.items():
		shop._user(user, lang, ROLES)
		_open(user, _profile(lang, receipt))
		for old in frappe.get_all("Club Member", {"mobile": ["like", f"%{mobile[1:]}"]}, pluck="name"):
			frappe.db.set_value("Club Member", old, "mobile", None)
		member = builders.member(
			program, builders.customer(name), mobile=mobile, birthday=_birthday(), pin="2580"
		)
		builders.give(member, 1200)
		second = builders.member(program, builders.customer(other))
		blocked = builders.card(second)
		frappe.get_doc("Loyalty Card", blocked).update({"status": "Blocked"}).save()
		builders.give(member, 500_000, wallet="Cash Credit")
		gift = _gift_card(program, 2_000_000)
		made[lang] = {
			"user": user,
			"password": shop.PASSWORD,
			"mobile": mobile,
			"member": member.name,
			"customer": member.customer,
			"customer_name": name,
			"card": builders.card(member),
			"pin": "2580",
			"gift_card": gift.number,
			"gift_pin": gift.pin,
			"blocked": blocked,
			"other": second.customer,
			"other_card": builders.card(second),
			"unknown": cards.card_number("9000", lambda n: "7" * n),
			"foreign": "603799123456789" + cards.luhn_digit("603799123456789"),
			"barcode": BARCODE,
			"v16": bool(frappe.get_meta("POS Settings").has_field("invoice_type")),
		}
	frappe.db.commit()
	frappe.clear_cache()
	return made


def _birthday() -> str:
	return str(frappe.utils.add_days(frappe.utils.add_years(today(), -30), 2))


def _gift_card(program: Any, money: float) -> Any:
	"""A gift card that was given for nothing."""
	card = gift_cards.make(program.name, 1, company=builders.COMPANY)[0]
	fields = {"doctype": "Club Adjustment", "wallet": "Gift Card", "gift_card": card.name, "points": money}
	fields |= {
		"kind": "Opening Balance",
		"reason": "opening",
		"company": builders.COMPANY,
		"posting_date": today(),
	}
	frappe.get_doc(fields).insert().submit()
	return card


def _barcode() -> None:
	for code, barcode in (("TEA", BARCODE),):
		item = frappe.get_doc("Item", code)
		if not any(row.barcode == barcode for row in item.barcodes):
			item.append("barcodes", {"barcode": barcode})
			item.save()
	if not frappe.db.exists("Warehouse", f"Till - {builders.ABBR}"):
		frappe.get_doc(
			{"doctype": "Warehouse", "warehouse_name": "Till", "company": builders.COMPANY}
		).insert()


def _profile(lang: str, receipt: str) -> str:
	name = f"Till {lang}"
	if frappe.db.exists("POS Profile", name):
		frappe.db.set_value("POS Profile", name, "print_format", receipt)
		return name
	taxes = frappe.get_all(
		"Sales Taxes and Charges Template", {"company": builders.COMPANY, "is_default": 1}, pluck="name"
	)
	frappe.get_doc(
		{
			"doctype": "POS Profile",
			"name": name,
			"company": builders.COMPANY,
			"currency": builders.CURRENCY,
			"selling_price_list": builders.PRICES,
			"warehouse": f"Till - {builders.ABBR}",
			"write_off_account": f"Write Off - {builders.ABBR}",
			"write_off_cost_center": f"Main - {builders.ABBR}",
			"write_off_limit": 1,
			"auto_add_item_to_cart": 1,
			"taxes_and_charges": taxes[0] if taxes else None,
			"print_format": receipt if frappe.db.exists("Print Format", "Club POS Receipt") else None,
			"payments": [{"mode_of_payment": "Cash", "default": 1}, {"mode_of_payment": "Bank Card"}],
		}
	).insert()
	return name


def _open(user: str, profile: str) -> None:
	for old in frappe.get_all(
		"POS Opening Entry", {"user": user, "status": "Open", "docstatus": 1}, pluck="name"
	):
		frappe.db.set_value("POS Opening Entry", old, "status", "Closed")
	doc = frappe.get_doc(
		{
			"doctype": "POS Opening Entry",
			"period_start_date": now_datetime(),
			"posting_date": today(),
			"user": user,
			"pos_profile": profile,
			"company": builders.COMPANY,
			"balance_details": [{"mode_of_payment": "Cash", "opening_amount": 0}],
		}
	)
	doc.insert()
	doc.submit()


def _close_tills() -> None:
	for old in frappe.get_all("POS Opening Entry", {"status": "Open", "docstatus": 1}, pluck="name"):
		frappe.db.set_value("POS Opening Entry", old, "status", "Closed")
