"""Gifts by rule: on joining and on birthdays, once each, through the books."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt, getdate

from loyalty_club import jobs
from loyalty_club.tests.builders import ABBR, COMPANY, ClubCase, balance, customer, gl, member, on_day

WELCOME, CAKE = 500_000, 30


class Gifts(ClubCase):
	program_fields = {
		"companies": [
			{
				"company": COMPANY,
				"liability_account": f"Loyalty Points - {ABBR}",
				"marketing_account": f"Marketing Expenses - {ABBR}",
			}
		],
		"gifts": [
			{"occasion": "Joining", "wallet": "Gift Credit", "amount": WELCOME, "valid_days": 60},
			{"occasion": "Birthday", "wallet": "Points", "amount": CAKE, "valid_days": 0},
		],
	}

	def credit(self, of: Any) -> float:
		return flt(
			frappe.db.get_value("Club Account", {"member": of.name, "wallet": "Gift Credit"}, "balance")
		)

	def test_who_joins_is_given_credit_once_and_it_is_an_expense(self) -> None:
		before = gl("Marketing Expenses")
		who = member(self.program)
		self.assertEqual((self.credit(who), gl("Marketing Expenses") - before), (WELCOME, WELCOME))
		lot = frappe.db.get_value("Club Lot", {"member": who.name}, ["granted", "expires_on"], as_dict=True)
		self.assertEqual((lot.granted, (lot.expires_on - getdate(who.joined_on)).days), (1, 60))
		who.reload()
		who.status = "Left"
		who.save()
		who.status = "Active"
		who.save()
		self.assertEqual(self.credit(who), WELCOME)

	def test_birthdays_are_given_once_a_year_and_a_missed_night_is_made_up_for(self) -> None:
		with on_day("2026-03-01"):
			mina = member(self.program, birthday="1990-05-22")  # 1 Khordad
			mary = member(self.program, birthday="1992-03-20")  # 30 Esfand 1370, which 1404 has not
		with on_day("2026-03-20"):  # 29 Esfand 1404
			self.assertEqual(jobs.give_birthday_gifts(), 1)
			self.assertEqual((balance(mina), balance(mary)), (0, CAKE))
			self.assertEqual(jobs.give_birthday_gifts(), 0)
		with on_day("2026-05-25"):
			self.assertEqual(jobs.give_birthday_gifts(), 1)
			self.assertEqual(balance(mina), CAKE)
		with on_day("2027-05-22"):
			jobs.give_birthday_gifts()
			self.assertEqual(balance(mina), 2 * CAKE)

	def test_a_gift_that_was_cancelled_is_not_given_again(self) -> None:
		with on_day("2026-05-22"):
			mina = member(self.program, birthday="1990-05-22")
			jobs.give_birthday_gifts()
			gift = frappe.get_last_doc("Club Adjustment", {"member": mina.name, "wallet": "Points"})
			gift.cancel()
			self.assertEqual(jobs.give_birthday_gifts(), 0)
			self.assertEqual(balance(mina), 0)

	def test_who_is_inactive_or_joined_after_the_day_gets_nothing(self) -> None:
		with on_day("2026-05-22"):
			gone = member(self.program, birthday="1990-05-22")
			gone.status = "Inactive"
			gone.save()
		with on_day("2026-05-24"):
			late = member(self.program, birthday="1990-05-22", joined_on="2026-05-24")
			given = jobs.give_birthday_gifts()
			self.assertEqual((given, balance(gone), balance(late)), (0, 0, 0))

	def test_a_gift_that_cannot_be_booked_stops_nobody_from_joining(self) -> None:
		frappe.db.set_value("Account", f"Marketing Expenses - {ABBR}", "disabled", 1)
		frappe.clear_document_cache("Account", f"Marketing Expenses - {ABBR}")
		who = member(self.program, customer())
		self.assertEqual((who.status, self.credit(who)), ("Active", 0))
		self.assertTrue(frappe.db.exists("Error Log", {"method": ["like", f"%{who.name}%"]}))

	def test_a_gift_of_credit_needs_its_expense_account(self) -> None:
		self.program.reload()
		self.program.companies[0].marketing_account = None
		with self.assert_refused("choose the marketing expense account"):
			self.program.save()
