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
ADMINS = {  # the admin of a site without a club: groups, scoring and the first customer
	"en": {
		"user": "admin@example.com",
		"program": "Nowruz Club",
		"customer": "Neda Karimi",
		"tiers": [
			("Regular", "0", "10"),
			("Silver Circle", "500000000", "15"),
			("Gold Circle", "2000000000", "20"),
		],
	},
	"fa": {
		"user": "modir@example.com",
		"program": "باشگاه نوروز",
		"customer": "ندا کریمی",
		"tiers": [("برنزی", "0", "10"), ("نقره‌ای", "500000000", "15"), ("طلایی", "2000000000", "20")],
	},
}
ACCOUNTANTS = {  # language -> the accountant's user, the member, the group that is new, the group of the member
	"en": ("books@example.com", "Reza Moradi", "Platinum", "Bronze"),
	"fa": ("hesab@example.com", "رضا مرادی", "پلاتینیوم", "Bronze"),
}
PASSWORD = "a-tour-of-1405"
ADMIN_ROLES = ("Club Manager", "System Manager", "Accounts User", "Sales User")
ACCOUNTANT_ROLES = ("Accounts Manager", "Club Accountant")
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


def open_empty(lang: str) -> dict[str, Any]:
	"""A site where ERPNext is set up and nobody has set up a club; its language's user is to do it."""
	builders.before_tests()
	_desk()
	_price_list()
	for group in builders.GROUPS:
		if not frappe.db.count("Club Program") and frappe.db.exists("Customer Group", group):
			frappe.delete_doc("Customer Group", group)
	for each in frappe.get_all("Onboarding Step", {"name": ["like", "%Club%"]}, pluck="name"):
		frappe.db.set_value("Onboarding Step", each, {"is_complete": 0, "is_skipped": 0})
	frappe.db.set_value("Onboarding Step", "First Loyalty Card", {"is_complete": 0, "is_skipped": 0})
	frappe.db.set_value("Module Onboarding", "Loyalty Club", "is_complete", 0)
	person = ADMINS[lang]
	for each in frappe.get_all("Club Program", {"status": "Active"}, pluck="name"):
		frappe.get_doc("Club Program", each).close()
	frappe.db.set_single_value("Loyalty Club Settings", "program", None)
	_user(person["user"], lang, ADMIN_ROLES)
	customer = builders.customer(person["customer"], customer_group="Individual", mobile_no="09121112233")
	frappe.db.commit()
	frappe.clear_cache()
	return {
		**person,
		"password": PASSWORD,
		"customer": customer,
		"groups": [row[0] for row in person["tiers"]],
	}


def open_books() -> dict[str, Any]:
	"""The shop with members who bought, paid with points and brought goods back; its accountants, by language."""
	builders.before_tests()
	_desk()
	_price_list()
	program = _program()
	program.companies[0].marketing_account = f"Marketing Expenses - {builders.ABBR}"
	program.save()
	made = {}
	for lang, (user, name, new_group, _group) in ACCOUNTANTS.items():
		_user(user, lang, ACCOUNTANT_ROLES)
		_forget(program, new_group)
		made[lang] = _history(program, name)
	frappe.db.commit()
	frappe.clear_cache()
	moved = _redeemed()
	for lang, (user, _name, new_group, group) in ACCOUNTANTS.items():
		made[lang] = {
			"user": user,
			"password": PASSWORD,
			"program": program.name,
			"new_group": new_group,
			"member_group": group,
			"member": made[lang].name,
			"balance": builders.balance(made[lang]),
			"company": builders.COMPANY,
			"account": f"Loyalty Points - {builders.ABBR}",
			"moved": moved,
			"since": str(frappe.utils.add_months(frappe.utils.today(), -12)),
			"until": frappe.utils.today(),
		}
	return made


def _history(program: Any, name: str) -> Any:
	"""A member who earned, spent, brought back what was paid with points, and what had earned."""
	member = builders.member(program, builders.customer(name))
	builders.give(member, 300)
	earning = builders.invoice(member.customer, builders.line("RICE", 100_000_000))
	paid = builders.invoice(
		member.customer, builders.line("SAFFRON", 1_000_000, 2), **builders.redeeming(member, 1200)
	)
	builders.bring_back(paid, shares={0: 1})
	builders.bring_back(earning, club_withhold=1)
	builders.invoice(member.customer, builders.line("TEA", 24_000_000))
	return member


def _redeemed() -> float:
	"""What the liability account must have moved by: redeemed, less given back and less withheld, in Rial."""
	worth = {"redeem": 0.0, "restore": 0.0}
	for row in frappe.get_all(
		"Club Ledger Entry", {"kind": ["in", list(worth)]}, ["kind", "quantity", "value"]
	):
		worth[row.kind] += abs(row.quantity) * row.value
	returns = frappe.get_all("Sales Invoice", {"is_return": 1, "docstatus": 1}, pluck="name")
	back = sum(frappe.get_all("Club Redemption", {"parent": ["in", returns]}, pluck="amount"))
	return worth["redeem"] - worth["restore"] - (back - worth["restore"])


def _forget(program: Any, group: str) -> None:
	"""The group that an earlier walk made."""
	if any(row.customer_group == group for row in program.tiers):
		program.set("tiers", [row for row in program.tiers if row.customer_group != group])
		program.save()
		program.put_in_force()
	if frappe.db.exists("Customer Group", group):
		frappe.delete_doc("Customer Group", group)


def _desk() -> None:
	frappe.db.set_single_value("System Settings", {"setup_complete": 1, "enable_onboarding": 1})
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
	name = builders.PRICES
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
		program.put_in_force()
	else:
		program = builders.program(program_name="Mehr Club", title_fa="باشگاه مهر", display_unit="Toman")
	club.program = program.name
	club.save()
	return program


def _user(email: str, lang: str, roles: tuple[str, ...] = ROLES) -> None:
	if frappe.db.exists("User", email):
		frappe.get_doc("User", email).add_roles(*roles)
		return
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": email.split("@")[0].title(),
			"language": lang,
			"send_welcome_email": 0,
			"new_password": PASSWORD,
			"roles": [{"role": role} for role in roles],
		}
	)
	doc.flags.ignore_password_policy = True
	doc.insert(ignore_permissions=True)
