"""A shop to be photographed, on a site made by `tests/bench/run.py --sites`: run on the site, by `desk.Desk`."""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club.tests import builders

ITEMS = {
	"TEA": ("Lahijan tea, 500 g", 12_000_000),
	"RICE": ("Hashemi rice, 10 kg", 18_500_000),
	"SAFFRON": ("Qaen saffron, 5 g", 9_800_000),
}
PEOPLE = {  # language -> the salesperson's user, the member and the mobile, somebody who is no member yet
	"en": ("seller@example.com", "Mina Rahimi", "09123456789", "Sara Ahmadi"),
	"fa": ("forush@example.com", "مینا رحیمی", "09351112233", "سارا احمدی"),
}
PASSWORD = "a-tour-of-1405"
ROLES = ("Sales User", "Accounts User", "Club Cashier")


def open_shop() -> dict[str, Any]:
	"""Masters, a program, members with a card and 1,200 points each; returns who may be used, by language. Every call
	makes new members, so that a tour can be walked again."""
	builders.before_tests()
	_desk()
	_price_list()
	program = _program()
	made = {}
	for lang, (user, name, mobile, stranger) in PEOPLE.items():
		_user(user, lang)
		for old in frappe.get_all(
			"Club Member", filters={"mobile": ["like", f"%{mobile[1:]}"]}, pluck="name"
		):
			frappe.db.set_value("Club Member", old, "mobile", None)
		member = builders.member(program, builders.customer(name), mobile=mobile)
		number = builders.card(member)
		builders.give(member, 1200)
		made[lang] = {
			"user": user,
			"password": PASSWORD,
			"mobile": mobile,
			"member": member.name,
			"customer": member.customer,
			"card": number,
			"stranger": builders.customer(stranger),
		}
	frappe.db.commit()
	frappe.clear_cache()
	return made


def _desk() -> None:
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	if frappe.db.table_exists("Installed Application"):
		frappe.db.set_value(
			"Installed Application", {"app_name": ["in", ["frappe", "erpnext"]]}, "is_setup_complete", 1
		)
	frappe.db.set_default("desktop:home_page", "workspace")
	frappe.db.set_single_value("System Settings", "date_format", "yyyy-mm-dd")
	frappe.db.set_default("date_format", "yyyy-mm-dd")
	frappe.db.set_value("Currency", builders.CURRENCY, "number_format", "#,###")
	frappe.db.set_single_value("Global Defaults", "default_company", builders.COMPANY)
	frappe.db.set_single_value("Global Defaults", "default_currency", builders.CURRENCY)
	frappe.db.set_default("company", builders.COMPANY)
	frappe.db.set_default("currency", builders.CURRENCY)
	frappe.db.set_value("Language", "fa", "enabled", 1)


def _price_list() -> None:
	name = "Standard Selling"
	if not frappe.db.exists("Price List", name):
		frappe.get_doc(
			{"doctype": "Price List", "price_list_name": name, "selling": 1, "currency": builders.CURRENCY}
		).insert()
	frappe.db.set_single_value("Selling Settings", "selling_price_list", name)
	for code, (title, rate) in ITEMS.items():
		frappe.db.set_value("Item", code, {"item_name": title, "description": title})
		if not frappe.db.exists("Item Price", {"item_code": code, "price_list": name}):
			frappe.get_doc(
				{"doctype": "Item Price", "item_code": code, "price_list": name, "price_list_rate": rate}
			).insert()
	if not frappe.db.exists("Sales Taxes and Charges Template", {"company": builders.COMPANY}):
		row = {
			"charge_type": "On Net Total",
			"account_head": builders.VAT,
			"rate": 10,
			"description": "VAT 10 %",
		}
		frappe.get_doc(
			{
				"doctype": "Sales Taxes and Charges Template",
				"title": "VAT 10 %",
				"company": builders.COMPANY,
				"is_default": 1,
				"taxes": [row],
			}
		).insert()


def _program() -> Any:
	club = frappe.get_single("Loyalty Club Settings")
	club.update({"join_by": "By Hand", "calendar": "Jalali", "display_unit": "Toman"})
	if frappe.db.exists("Club Program", "Mehr Club"):
		program = frappe.get_doc("Club Program", "Mehr Club")
	else:
		program = builders.program(program_name="Mehr Club", title_fa="باشگاه مهر", display_unit="Toman")
	club.program = program.name
	club.save()
	return program


def _user(email: str, lang: str) -> None:
	if frappe.db.exists("User", email):
		return
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": email.split("@")[0].title(),
			"language": lang,
			"send_welcome_email": 0,
			"new_password": PASSWORD,
			"roles": [{"role": role} for role in ROLES],
		}
	)
	doc.flags.ignore_password_policy = True
	doc.insert(ignore_permissions=True)
