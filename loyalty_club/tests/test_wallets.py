"""Credit and gift cards beside points, by real documents: on an ordinary invoice, at the till, after closing."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt, today

from loyalty_club.engine import gift_cards
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import (
	ABBR,
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
	outstanding,
)

MARKETING = "Marketing Expenses"
CASH_CREDIT, GIFT_CREDIT, GIFT_CARDS = "Club Cash Credit", "Club Gift Credit", "Club Gift Cards"
POINTS = "Loyalty Points"


class WalletCase(ClubCase):
	"""A member with a card, and a till."""

	program_fields = {
		"companies": [
			{
				"company": COMPANY,
				"liability_account": f"{POINTS} - {ABBR}",
				"marketing_account": f"{MARKETING} - {ABBR}",
			}
		]
	}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		self.before = {name: gl(name) for name in (CASH_CREDIT, GIFT_CREDIT, GIFT_CARDS, POINTS, MARKETING)}

	def put(self, wallet: str, amount: float, of: Any = None, **fields: Any) -> Any:
		"""Money into a wallet: paid in by cash, or given."""
		paid = {"Cash Credit": {"kind": "Paid In", "mode_of_payment": "Cash"}}.get(wallet, {"kind": "Gift"})
		return give(of or self.mina, amount, wallet=wallet, **{**paid, "reason": "a test", **fields})

	def gift_card(self, amount: float, **fields: Any) -> tuple[str, str]:
		"""A gift card that was given free; returns its name and a proof of its PIN."""
		made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
		gift_cards.set_status(made.name, "Active")
		frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"wallet": "Gift Card",
				"gift_card": made.name,
				"points": amount,
				"kind": "Gift",
				"reason": "a test",
				"company": COMPANY,
				"posting_date": today(),
				**fields,
			}
		).insert().submit()
		return made.name, gift_cards.prove(made.name, made.pin)

	def rows(
		self, points: float = 0, cards: tuple[tuple[str, str, float], ...] = (), **wallets: float
	) -> Any:
		"""Fields of an invoice that a card pays with points, credit and gift cards."""
		rows: list[dict[str, Any]] = [{"points": points}] if points else []
		rows += [{"wallet": name.replace("_", " ").title(), "points": n} for name, n in wallets.items()]
		rows += [
			{"wallet": "Gift Card", "gift_card": name, "proof": proof, "points": n}
			for name, proof, n in cards
		]
		return {"club_card": card(self.mina), "club_redemptions": rows}

	def holds(self, wallet: str, of: Any = None) -> float:
		return flt(
			frappe.db.get_value(
				"Club Account", {"member": (of or self.mina).name, "wallet": wallet}, "balance"
			)
		)

	def card_holds(self, name: str) -> float:
		return flt(frappe.db.get_value("Club Account", {"gift_card": name}, "balance"))

	def moved(self, account: str) -> float:
		"""Debit less credit of an account since the test began."""
		return gl(account) - self.before[account]


class Giving(WalletCase):
	def test_money_paid_in_is_a_liability_and_what_is_given_an_expense(self) -> None:
		self.put("Cash Credit", M)
		gift = self.put("Gift Credit", 500_000, expires_on="2099-01-01")
		self.assertEqual((self.moved(CASH_CREDIT), self.moved(GIFT_CREDIT)), (-M, -500_000))
		self.assertEqual(self.moved(MARKETING), 500_000)
		self.assertEqual((self.holds("Cash Credit"), self.holds("Gift Credit")), (M, 500_000))
		granted = dict(
			frappe.get_all("Club Lot", {"member": self.mina.name}, ["wallet", "granted"], as_list=True)
		)
		self.assertEqual(granted, {"Cash Credit": 0, "Gift Credit": 1})
		gift.reload()
		gift.cancel()
		self.assertEqual(
			(self.moved(GIFT_CREDIT), self.moved(MARKETING), self.holds("Gift Credit")), (0, 0, 0)
		)

	def test_what_cannot_be_is_refused(self) -> None:
		for wallet, fields, words in (
			("Gift Credit", {"kind": "Paid In", "mode_of_payment": "Cash"}, "not bought with money"),
			("Cash Credit", {"mode_of_payment": "Club Points"}, "A wallet cannot pay for another"),
			("Cash Credit", {"kind": "Gift"}, "the customer's own money"),
			("Cash Credit", {"kind": "Paid Out", "points": -1}, "only 0 rial is there"),
			("Gift Credit", {"points": 0.5}, "no amount of money"),
		):
			with self.subTest(words=words), self.assert_refused(words):
				self.put(wallet, fields.pop("points", M), **fields)
			self.assertEqual(self.holds(wallet), 0)

	def test_spent_money_cannot_be_taken_back_by_cancelling_its_gift(self) -> None:
		gift = self.put("Gift Credit", 110_000)
		invoice(self.mina.customer, line(rate=100_000), **self.rows(gift_credit=110_000))
		gift.reload()
		with self.assert_refused("the rest has been spent"):
			gift.cancel()


class OrdinaryInvoice(WalletCase):
	def test_points_credit_and_a_gift_card_pay_by_journals_and_come_back_by_line(self) -> None:
		give(self.mina, 100)
		self.put("Cash Credit", 300_000)
		self.put("Gift Credit", 200_000)
		name, proof = self.gift_card(400_000)
		doc = invoice(
			self.mina.customer,
			line(rate=M),
			line("RICE", rate=M),
			**self.rows(100, ((name, proof, 400_000),), cash_credit=300_000, gift_credit=200_000),
		)
		self.assertEqual(outstanding(doc), 2_200_000 - 1_000_000)
		self.assertEqual([row.amount for row in doc.club_redemptions], [100_000, 300_000, 200_000, 400_000])
		self.assertEqual(len({row.journal_entry for row in doc.club_redemptions}), 4)
		self.assertEqual(
			{each: self.moved(each) for each in (CASH_CREDIT, GIFT_CREDIT, GIFT_CARDS)},
			{CASH_CREDIT: 0, GIFT_CREDIT: 0, GIFT_CARDS: 0},
		)
		self.assertEqual(self.moved(POINTS), 100_000)
		# 700,000 of 2,200,000 was given for nothing: 20 points × 15/22 = 13.6
		self.assertEqual(balance(self.mina), 13)
		back = bring_back(doc, shares={0: 1})
		self.assertEqual(
			(self.holds("Cash Credit"), self.holds("Gift Credit"), self.card_holds(name)),
			(150_000, 100_000, 200_000),
		)
		self.assertEqual(
			(self.moved(CASH_CREDIT), self.moved(GIFT_CREDIT), self.moved(GIFT_CARDS), self.moved(POINTS)),
			(-150_000, -100_000, -200_000, 50_000),
		)
		back.cancel()
		self.assertEqual((self.holds("Cash Credit"), self.card_holds(name)), (0, 0))
		self.assertEqual(self.moved(GIFT_CARDS), 0)
		doc.reload()
		doc.cancel()
		self.assertEqual(
			(self.holds("Cash Credit"), self.holds("Gift Credit"), self.card_holds(name)),
			(300_000, 200_000, 400_000),
		)
		self.assertEqual(
			(self.moved(CASH_CREDIT), self.moved(GIFT_CREDIT), self.moved(GIFT_CARDS), self.moved(POINTS)),
			(-300_000, -200_000, -400_000, 0),
		)

	def test_more_than_there_is_or_is_to_pay_is_refused_and_nothing_written(self) -> None:
		self.put("Cash Credit", 500_000)
		with self.assert_refused("only 500,000 rial is there"):
			invoice(self.mina.customer, **self.rows(cash_credit=500_001))
		with self.assert_refused("only 110,000 rial is left to pay"):
			invoice(self.mina.customer, line(rate=100_000), **self.rows(cash_credit=110_001))
		with self.assert_refused("There is nothing on Gift Credit"):
			invoice(self.mina.customer, **self.rows(gift_credit=1))
		self.assertEqual(self.holds("Cash Credit"), 500_000)

	def test_a_buyer_who_is_no_member_pays_by_gift_card_and_gets_it_back(self) -> None:
		name, proof = self.gift_card(600_000)
		stranger = customer()
		asked = {"club_redemptions": [{"wallet": "Gift Card", "gift_card": name, "points": 550_000}]}
		with self.assert_refused("needs its PIN"):
			invoice(stranger, **asked)
		asked["club_redemptions"][0]["proof"] = proof
		doc = invoice(stranger, line(rate=500_000), line("RICE", rate=500_000), **asked)
		self.assertEqual(
			(outstanding(doc), self.card_holds(name), doc.club_status), (550_000, 50_000, "Posted")
		)
		bring_back(doc, shares={0: 1})
		self.assertEqual((self.card_holds(name), self.moved(GIFT_CARDS)), (325_000, -325_000))
		self.assertFalse(
			frappe.db.exists("Club Activity", {"account": ["is", "set"], "member": ["is", "not set"]})
		)

	def test_a_resting_member_pays_by_gift_card_like_anybody_and_by_nothing_else(self) -> None:
		name, proof = self.gift_card(1_100_000)
		self.put("Cash Credit", 1_100_000)
		self.mina.reload()
		self.mina.status = "Inactive"
		self.mina.save()
		with self.assert_refused("Make the member active first"):
			invoice(self.mina.customer, **self.rows(cash_credit=1_100_000))
		doc = invoice(self.mina.customer, **self.rows(cards=((name, proof, 1_100_000),)))
		self.assertEqual((outstanding(doc), self.card_holds(name), balance(self.mina)), (0, 0, 0))
		bring_back(doc)
		self.assertEqual((self.card_holds(name), balance(self.mina)), (1_100_000, 0))

	def test_a_refund_stays_as_credit_once_the_invoice_is_paid(self) -> None:
		doc = invoice(self.mina.customer)
		frappe.db.savepoint("unpaid")
		with self.assert_refused("not paid yet"):
			bring_back(doc, club_refund_as_credit=1)
		frappe.db.rollback(save_point="unpaid")
		builders.pay(doc)
		back = bring_back(doc, club_refund_as_credit=1)
		self.assertEqual((self.holds("Cash Credit"), outstanding(back)), (1_100_000, 0))
		self.assertEqual(self.moved(CASH_CREDIT), -1_100_000)
		back.cancel()
		self.assertEqual((self.holds("Cash Credit"), self.moved(CASH_CREDIT)), (0, 0))

	def test_merging_members_merges_every_wallet(self) -> None:
		other = member(self.program)
		self.put("Cash Credit", 300_000)
		self.put("Gift Credit", 100_000, other)
		frappe.rename_doc("Customer", self.mina.customer, other.customer, merge=True)
		self.assertEqual(
			(self.holds("Cash Credit", other), self.holds("Gift Credit", other)), (300_000, 100_000)
		)
		self.assertEqual(self.holds("Cash Credit"), 0)


class AtTheTill(WalletCase):
	document = "POS Invoice"

	def setUp(self) -> None:
		super().setUp()
		self.kind = companies.till_makes(self, self.document)
		self.profile = companies.till()
		companies.open_till(self.profile)

	def sell(self, *rows: dict[str, Any], who: str = "", cash: float = 0, **fields: Any) -> Any:
		return companies.receipt(
			who or self.mina.customer, *rows, profile=self.profile, cash=cash, **{**self.kind, **fields}
		)

	def bring(
		self, doc: Any, shares: dict[int, float] | None = None, submit: bool = True, **fields: Any
	) -> Any:
		from erpnext.controllers.sales_and_purchase_return import make_return_doc

		back = make_return_doc(self.document, doc.name)
		if shares is not None:
			rows = [row for n, row in enumerate(back.items) if shares.get(n)]
			for row in rows:
				n = next(
					i
					for i, each in enumerate(doc.items)
					if each.name in (row.get("pos_invoice_item"), row.get("sales_invoice_item"))
				)
				row.qty = -shares[n]
			back.set("items", rows)
		back.update(fields)
		back.insert()
		if submit:
			back.submit()
			back.reload()
		return back

	def tenders(self, doc: Any) -> dict[str, float]:
		return {row.mode_of_payment: row.amount for row in doc.payments if row.amount}

	def test_every_wallet_is_a_tender_that_the_server_writes(self) -> None:
		give(self.mina, 100)
		self.put("Cash Credit", 300_000)
		self.put("Gift Credit", 200_000)
		name, proof = self.gift_card(150_000)
		doc = self.sell(
			line(rate=M),
			cash=250_000,
			**self.rows(100, ((name, proof, 150_000),), cash_credit=300_000, gift_credit=200_000),
		)
		self.assertEqual(
			self.tenders(doc),
			{
				"Cash": 250_000,
				"Club Points": 100_000,
				"Club Cash Credit": 300_000,
				"Club Gift Credit": 200_000,
				"Club Gift Card": 150_000,
			},
		)
		self.assertEqual((doc.outstanding_amount, doc.change_amount), (0, 0))
		self.assertEqual(balance(self.mina), 5)  # 550,000 of 1,000,000 was not given for nothing

	def test_no_change_is_given_from_wallets_and_no_tender_is_made_up(self) -> None:
		self.put("Cash Credit", M)
		with self.assert_refused("only 100,000 rial is left to pay: no change"):
			self.sell(line(rate=100_000), **self.rows(cash_credit=150_000))
		with self.assert_refused("To pay by Club Cash Credit"):
			self.sell(
				line(rate=100_000),
				payments=[{"mode_of_payment": "Club Cash Credit", "amount": 100_000}],
			)
		doc = self.sell(line(rate=100_000), cash=80_000, **self.rows(cash_credit=60_000))
		self.assertEqual((doc.change_amount, self.holds("Cash Credit")), (40_000, M - 60_000))

	def test_a_partial_return_writes_its_own_tenders_and_refuses_cash_for_all(self) -> None:
		give(self.mina, 100)
		self.put("Cash Credit", 300_000)
		doc = self.sell(
			line(rate=500_000),
			line("RICE", rate=500_000),
			cash=600_000,
			**self.rows(100, cash_credit=300_000),
		)
		back = self.bring(doc, {0: 1}, submit=False)
		wanted = {"Cash": -300_000, "Club Points": -50_000, "Club Cash Credit": -150_000}
		self.assertEqual(self.tenders(back), wanted)
		back.payments[0].amount = -500_000
		for row in back.payments[1:]:
			row.amount = 0
		with self.assert_refused("goes back to it"):
			back.submit()
		back.reload()
		back.submit()
		self.assertEqual((self.holds("Cash Credit"), self.tenders(back)), (150_000, wanted))
		self.assertEqual(balance(self.mina), 50 + 9 - 5)

	def test_a_refund_in_cash_may_stay_as_credit(self) -> None:
		doc = self.sell(line(rate=500_000), cash=500_000)
		back = self.bring(doc, club_refund_as_credit=1)
		self.assertEqual(self.tenders(back), {"Club Cash Credit": -500_000})
		self.assertEqual(self.holds("Cash Credit"), 500_000)

	def test_closing_the_till_books_every_wallet_once_and_posts_nothing_again(self) -> None:
		give(self.mina, 100)
		self.put("Cash Credit", 300_000)
		name, proof = self.gift_card(150_000)
		doc = self.sell(
			line(rate=500_000),
			line("RICE", rate=500_000),
			cash=450_000,
			**self.rows(100, ((name, proof, 150_000),), cash_credit=300_000),
		)
		stranger = self.sell(line("RICE", rate=200_000), who=customer(), cash=200_000)
		back = self.bring(doc, {0: 1})
		before = frappe.db.count("Club Ledger Entry")
		if self.document == "POS Invoice":
			self.assertEqual((self.moved(CASH_CREDIT), self.moved(GIFT_CARDS)), (-300_000, -150_000))
			companies.close_till(doc, stranger, back)
		self.assertEqual(frappe.db.count("Club Ledger Entry"), before)
		self.assertEqual(
			(self.moved(CASH_CREDIT), self.moved(GIFT_CARDS), self.moved(POINTS)),
			(-self.holds("Cash Credit"), -self.card_holds(name), 50_000),
		)
		self.assertEqual((self.holds("Cash Credit"), self.card_holds(name)), (150_000, 75_000))


class AtTheTillOfSalesInvoices(AtTheTill):
	"""The same where the till makes Sales Invoices, which is the default of version 16."""

	document = "Sales Invoice"
