"""Renaming and merging: the ledger's rows stand, and later returns find them."""

from __future__ import annotations

import json

import frappe

from loyalty_club import ledger
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	customer,
	give,
	gl,
	invoice,
	line,
	member,
	redeeming,
)

LINKS = ("company", "modified", "modified_by")


def rows() -> str:
	"""Every column of every entry but the links that renaming rewrites."""
	found = frappe.get_all("Club Ledger Entry", fields=["*"], order_by="name")
	return json.dumps([{k: v for k, v in row.items() if k not in LINKS} for row in found], default=str)


class Renaming(ClubCase):
	def test_another_group_another_name_another_company_name_change_no_ledger_row(self) -> None:
		mina = member(self.program)
		invoice(mina.customer, line("TEA", 10 * M))
		before = rows()
		doc = frappe.get_doc("Customer", mina.customer)
		doc.customer_group = "Gold"
		doc.save()
		frappe.rename_doc("Customer", mina.customer, f"{mina.customer} Renamed", show_alert=False)
		frappe.rename_doc("Customer Group", "Gold", "Golden", show_alert=False)
		frappe.rename_doc("Company", COMPANY, "Club Test Renamed", show_alert=False)
		self.assertEqual(rows(), before)
		for row in frappe.get_all("Club Ledger Entry", fields=["*"]):
			self.assertEqual(ledger.entry_hash(row), row.hash)
		mina.reload()
		self.assertTrue(mina.customer.endswith("Renamed"))
		self.assertEqual((mina.tier, balance(mina)), ("Bronze", 100))


class Merging(ClubCase):
	def test_the_survivor_has_both_balances_and_a_return_of_the_others_invoice_finds_its_entries(
		self,
	) -> None:
		mina, double = member(self.program), member(self.program)
		give(mina, 100)
		give(double, 200)
		number = card(double)
		before = gl("Loyalty Points")
		sold = invoice(double.customer, line("TEA", 10 * M), **redeeming(double, 150))
		self.assertEqual(balance(double), 200 - 150 + 98)
		gone = double.customer
		frappe.rename_doc("Customer", gone, mina.customer, merge=True, show_alert=False)
		double.reload()
		self.assertEqual((double.status, double.merged_into, double.customer), ("Merged", mina.name, None))
		self.assertEqual((balance(mina), balance(double)), (100 + 200 - 150 + 98, 0))
		sold.reload()
		back = bring_back(sold)
		self.assertEqual((balance(mina), balance(double)), (300, 0))
		self.assertEqual(gl("Loyalty Points"), before)
		back.cancel()
		self.assertEqual(balance(mina), 100 + 200 - 150 + 98)
		spent = invoice(mina.customer, line("TEA", M), club_card=number, club_redemptions=[{"points": 10}])
		self.assertEqual(spent.club_member, mina.name)

	def test_a_member_merged_into_a_customer_who_is_none_is_that_customers_member(self) -> None:
		double, plain = member(self.program), customer()
		give(double, 50)
		frappe.rename_doc("Customer", double.customer, plain, merge=True, show_alert=False)
		double.reload()
		self.assertEqual((double.customer, double.status, balance(double)), (plain, "Active", 50))
