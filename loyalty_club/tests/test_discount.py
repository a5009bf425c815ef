"""Points as a discount before tax: what it does to rows, tax, invoice and books, at the desk and at the till."""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club import ledger, policy, printing, reconcile
from loyalty_club.engine import draft, gift_cards
from loyalty_club.tests import companies
from loyalty_club.tests.builders import (
	COMPANY,
	VAT,
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
	outstanding,
	pay,
	redeeming,
)
from loyalty_club.tests.test_till_day import TillCase

POINTS = "Loyalty Points"
WORDS_FOR_TWO = "clear its Additional Discount, or the points"


def figures(doc: Any) -> tuple[float, float, float]:
	"""Net total, tax and grand total of an invoice."""
	return doc.net_total, doc.total_taxes_and_charges, doc.grand_total


def of_points(program: str) -> list[reconcile.Account]:
	"""How the account of points stands to the ledger."""
	found = reconcile.reconcile(policy.club_today(), COMPANY, program)
	return [each for each in found if "Points" in each.wallets]


class ADiscount(ClubCase):
	program_fields = {"redeem_as": "discount"}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 1000)

	def sell(self, points: float = 200, *rows: dict[str, Any], **fields: Any) -> Any:
		return invoice(
			self.mina.customer, *(rows or [line("TEA", M)]), **redeeming(self.mina, points), **fields
		)

	def test_a_million_less_200_points_is_80000_of_tax_and_880000_to_pay(self) -> None:
		before, income = gl(POINTS), gl("Sales")
		sold = self.sell()
		self.assertEqual(figures(sold), (800_000, 80_000, 880_000))
		self.assertEqual(
			(sold.discount_amount, sold.apply_discount_on, sold.club_discount),
			(200_000, "Net Total", 200_000),
		)
		self.assertEqual(
			(sold.items[0].net_amount, sold.items[0].distributed_discount_amount), (800_000, 200_000)
		)
		self.assertEqual(outstanding(sold), 880_000)
		self.assertEqual(gl("Sales") - income, -800_000)
		self.assertEqual(gl("Debtors", party=self.mina.customer), 880_000)
		self.assertEqual(gl(POINTS) - before, 0)
		self.assertEqual(
			(sold.club_redemptions[0].amount, sold.club_redemptions[0].journal_entry), (200_000, None)
		)
		self.assertEqual(balance(self.mina), 1000 - 200 + 8)

	def test_the_account_is_reconciled_with_nothing_of_it(self) -> None:
		bring_back(self.sell())
		(found,) = of_points(self.program.name)
		self.assertEqual((found.spent, found.given_back, found.wrong, found.rest), (0, 0, [], 0))

	def test_a_draft_shows_it_and_loses_it_with_the_points(self) -> None:
		doc = self.sell(submit=False)
		self.assertEqual(figures(doc), (800_000, 80_000, 880_000))
		shown = draft.panel(doc)
		self.assertEqual((shown["as_discount"], shown["discount"], shown["rest"]), (True, 200_000, 880_000))
		self.assertEqual(shown["most"], 1000)
		doc.set("club_redemptions", [])
		doc.save()
		self.assertEqual(figures(doc), (M, 100_000, 1_100_000))
		self.assertEqual((doc.discount_amount, doc.club_discount), (0, 0))

	def test_a_panel_of_what_is_not_saved_yet_computes_it(self) -> None:
		doc = invoice(self.mina.customer, line("TEA", M), submit=False, club_card=card(self.mina))
		doc.append("club_redemptions", {"wallet": "Points", "points": 300})
		shown = draft.panel(doc)
		self.assertEqual(
			(shown["discount"], shown["rest"], shown["redeem_value"]), (300_000, 770_000, 300_000)
		)

	def test_a_copy_has_neither_points_nor_discount(self) -> None:
		copy = frappe.copy_doc(self.sell(), ignore_no_copy=False)  # as the form copies
		copy.insert()
		self.assertEqual(figures(copy), (M, 100_000, 1_100_000))
		self.assertEqual((copy.discount_amount, copy.club_discount, copy.club_redemptions), (0, 0, []))

	def test_beside_another_discount_it_is_refused_and_nothing_is_written(self) -> None:
		for other in ({"discount_amount": 50_000}, {"additional_discount_percentage": 5}):
			with self.assert_refused(WORDS_FOR_TWO):
				self.sell(apply_discount_on="Grand Total", **other)
		doc = self.sell(submit=False)
		doc.discount_amount = 250_000
		with self.assert_refused(WORDS_FOR_TWO):
			doc.save()
		self.assertEqual(balance(self.mina), 1000)

	def test_a_pricing_rule_for_the_whole_invoice_stands_in_its_way(self) -> None:
		frappe.get_doc(
			{
				"doctype": "Pricing Rule",
				"title": "Autumn",
				"apply_on": "Transaction",
				"selling": 1,
				"company": COMPANY,
				"currency": frappe.get_cached_value("Company", COMPANY, "default_currency"),
				"price_or_product_discount": "Price",
				"rate_or_discount": "Discount Percentage",
				"discount_percentage": 10,
				"apply_discount_on": "Net Total",
			}
		).insert()
		self.assertEqual(figures(invoice(customer(), line("TEA", M)))[0], 900_000)
		with self.assert_refused(WORDS_FOR_TWO):
			self.sell()
		self.assertEqual(balance(self.mina), 1000)

	def test_the_highest_share_is_of_the_price_before_tax(self) -> None:
		self.program.max_share = 20
		self.program.put_in_force()
		with self.assert_refused("points can pay only 200,000"):
			self.sell(201)
		self.assertEqual(figures(self.sell(200))[2], 880_000)

	def test_all_of_it_may_be_taken_off(self) -> None:
		sold = self.sell(1000)
		self.assertEqual(figures(sold), (0, 0, 0))
		self.assertEqual(balance(self.mina), 0)
		back = bring_back(sold)
		self.assertEqual(figures(back), (0, 0, 0))
		self.assertEqual(balance(self.mina), 1000)

	def test_half_back_refunds_half_and_gives_half_of_the_points_back(self) -> None:
		sold = self.sell(200, line("TEA", M / 2, 2))
		pay(sold)
		back = bring_back(sold, shares={0: 1})
		self.assertEqual(figures(back), (-400_000, -40_000, -440_000))
		self.assertEqual((back.discount_amount, back.club_discount), (-100_000, -100_000))
		self.assertEqual(balance(self.mina), 1000 - 200 + 8 + 100 - 4)
		self.assertEqual(gl(POINTS), 0)
		rest = bring_back(sold, shares={0: 1})
		self.assertEqual(figures(rest), (-400_000, -40_000, -440_000))
		self.assertEqual(balance(self.mina), 1000)
		rest.cancel()
		self.assertEqual(balance(self.mina), 1000 - 200 + 8 + 100 - 4)

	def test_rows_that_come_back_in_thirds_add_up(self) -> None:
		sold = self.sell(100, line("TEA", 333_333, 3), line("RICE", 77_777, 1))
		for _third in range(3):
			bring_back(sold, shares={0: 1})
		bring_back(sold, shares={1: 1})
		self.assertEqual(balance(self.mina), 1000)
		(posted, *_rest) = ledger.posting(sold.name, True)
		self.assertEqual((posted.returned, posted.reversed), ([1, 1], posted.awarded))

	def test_a_cancelled_invoice_gives_the_points_back(self) -> None:
		sold = self.sell()
		sold.cancel()
		self.assertEqual(balance(self.mina), 1000)
		again = frappe.copy_doc(sold)  # as the form amends
		again.update({"amended_from": sold.name, "docstatus": 0, "club_card": card(self.mina)})
		again.insert()
		again.submit()
		self.assertEqual(figures(again), (800_000, 80_000, 880_000))

	def test_money_of_a_wallet_pays_what_is_left(self) -> None:
		frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"member": self.mina.name,
				"wallet": "Cash Credit",
				"points": 500_000,
				"reason": "paid in",
				"kind": "Opening Balance",
				"company": COMPANY,
				"posting_date": frappe.utils.today(),
			}
		).insert().submit()
		doc = invoice(
			self.mina.customer,
			line("TEA", M),
			club_card=card(self.mina),
			club_redemptions=[{"points": 200}, {"wallet": "Cash Credit", "points": 500_000}],
		)
		self.assertEqual((doc.grand_total, outstanding(doc)), (880_000, 380_000))

	def test_the_program_may_change_between_sale_and_return(self) -> None:
		sold = self.sell()
		self.program.redeem_as = "tender"
		self.program.put_in_force()
		back = bring_back(sold)
		self.assertEqual((figures(back), gl(POINTS)), ((-800_000, -80_000, -880_000), 0))
		self.assertEqual(balance(self.mina), 1000)
		tender = self.sell()
		self.assertEqual((figures(tender), outstanding(tender)), ((M, 100_000, 1_100_000), 900_000))

	def test_what_a_gift_card_costs_is_not_lowered(self) -> None:
		(made,) = gift_cards.make(self.program.name, 1, company=COMPANY)
		row = line(policy.settings().gift_card_item, M, club_gift_card=made.number)
		with self.assert_refused("a gift card holds what it cost"):
			self.sell(100, line("TEA", M), row)

	def test_a_program_of_several_companies_cannot_have_it(self) -> None:
		companies.second()
		self.program.append("companies", companies.SECOND_ROW)
		with self.assert_refused("good in one company only"):
			self.program.save()


class AtTheTill(ClubCase):
	program_fields = {"redeem_as": "discount"}

	def test_an_invoice_with_payments_is_paid_with_what_is_left_and_refunded_so(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		sold = invoice(
			mina.customer,
			line("TEA", M / 2, 2),
			is_pos=1,
			payments=[{"mode_of_payment": "Cash", "amount": 880_000}],
			**redeeming(mina, 200),
		)
		self.assertEqual((figures(sold), outstanding(sold)), ((800_000, 80_000, 880_000), 0))
		self.assertEqual([row.mode_of_payment for row in sold.payments], ["Cash"])
		back = bring_back(sold, shares={0: 1})
		self.assertEqual(figures(back), (-400_000, -40_000, -440_000))
		self.assertEqual([(row.mode_of_payment, row.amount) for row in back.payments], [("Cash", -440_000)])
		self.assertEqual(balance(mina), 1000 - 200 + 8 + 100 - 4)


class AMeansOfPayment(ClubCase):
	def test_a_million_and_200_points_is_100000_of_tax_and_900000_to_pay(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", M), **redeeming(mina, 200))
		self.assertEqual(figures(sold), (M, 100_000, 1_100_000))
		self.assertEqual((outstanding(sold), gl(POINTS) - before), (900_000, 200_000))
		self.assertFalse(sold.discount_amount or sold.club_discount)


class AtAnOpenTill(TillCase):
	"""The till's receipts, their return and the closing."""

	program_fields = {**TillCase.program_fields, "redeem_as": "discount"}

	def test_a_receipt_its_return_and_the_closing_leave_the_liability_alone(self) -> None:
		give(self.mina, 1000)
		sales = gl("Sales")
		vat = {"charge_type": "On Net Total", "account_head": VAT, "rate": 10, "description": "VAT"}
		sold = self.receipt(
			self.mina.customer, line("TEA", M / 2, 2), cash=880_000, taxes=[vat], **redeeming(self.mina, 200)
		)
		self.assertEqual(figures(sold), (800_000, 80_000, 880_000))
		self.assertEqual(
			(sold.change_amount or 0, [row.mode_of_payment for row in sold.payments]), (0, ["Cash"])
		)
		said = [row["amount"] for row in printing.receipt(sold)["totals"]]
		fields = ("total", "discount_amount", "grand_total")
		self.assertEqual([said[n] for n in (0, 1, 3)], [sold.get_formatted(each) for each in fields])
		back = self.bring(sold)
		self.assertEqual(figures(back), (-400_000, -40_000, -440_000))
		self.assertEqual(balance(self.mina), 1000 - 200 + 8 + 100 - 4)
		self.close(sold, back)
		self.assertEqual((gl("Sales") - sales, gl(POINTS)), (-400_000, self.before[POINTS]))
		(found,) = of_points(self.program.name)
		self.assertEqual((found.spent, found.at_tills, found.wrong, found.rest), (0, [], [], 0))

	def bring(self, sold: Any) -> Any:
		if self.document == "POS Invoice":
			return companies.bring_to_till(sold, 1)
		return bring_back(sold, shares={0: 1})

	def close(self, *receipts: Any) -> None:
		if self.document == "POS Invoice":
			for into in companies.close_till(*receipts):
				self.assertEqual(
					frappe.db.get_value("Sales Invoice", into, ["club_discount", "discount_amount"]), (0, 0)
				)


class AtATillOfInvoices(AtAnOpenTill):
	"""v16: the till makes Sales Invoices."""

	document = "Sales Invoice"
