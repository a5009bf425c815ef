"""`loyalty-club demo`: a small shop is made once, and adds up."""

from __future__ import annotations

import frappe

from loyalty_club import figures, verify
from loyalty_club.setup import demo
from loyalty_club.tests.builders import COMPANY, ClubCase, member

SIZE = demo.Size(customers=4, weeks=5)


class Demo(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		if frappe.db.exists("Club Program", demo.PROGRAM):
			self.skipTest("this site has the demonstration already")

	def test_a_shop_is_made_once_and_every_sum_is_right(self) -> None:
		steps: list[int] = []
		made = demo.make(None, SIZE, steps.append)
		self.assertEqual((made.new, made.company), (True, demo.COMPANY))
		self.assertEqual(sum(steps), SIZE.invoices)
		self.assertEqual(made.counts["members"], 4)
		self.assertEqual(made.counts["cards"], 4)
		self.assertGreater(made.counts["invoices"], SIZE.invoices - 3)
		self.assertGreaterEqual(made.counts["returns"], 1)
		self.assertGreaterEqual(made.counts["redemptions"], 1)
		self.assertEqual((made.counts["gift cards"], made.counts["transfers"]), (2, 1))
		held = {each.key: each for each in figures.holdings("Wallet", program=demo.PROGRAM, wallet=None)}
		self.assertEqual((held["Cash Credit"].value, held["Gift Credit"].granted), (20_000_000, 2_000_000))
		self.assertEqual((held["Gift Card"].value, held["Gift Card"].granted), (8_000_000, 3_000_000))
		self.assertTrue(made.card)
		self.assertEqual(list(verify.verify()), [])
		again = demo.make(None, SIZE)
		self.assertFalse(again.new)
		self.assertEqual(again.counts, made.counts)
		self.assertIn(made.card, "\n".join(again.lines()))

	def test_in_a_company_that_is_there(self) -> None:
		made = demo.make(COMPANY, demo.Size(3, 1))
		self.assertEqual(made.company, COMPANY)

	def test_a_site_with_members_of_its_own_is_refused(self) -> None:
		demo.check(None, False)
		member(self.program)
		with self.assert_refused("1 club members of its own"):
			demo.check(None, False)
		demo.check(None, True)

	def test_a_company_that_is_none_or_keeps_other_books_is_refused(self) -> None:
		with self.assert_refused("There is no company"):
			demo.check("Nowhere", False)
		frappe.db.set_value("Company", COMPANY, "default_currency", "EUR")
		with self.assert_refused("keeps its books in EUR"):
			demo.check(COMPANY, False)
