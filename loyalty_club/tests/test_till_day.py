"""A till's day of many receipts, in every tender, and its closing: points, wallets and books are equal.

What each receipt must do is reckoned here, in round numbers, from its tenders alone, and held against the ledger, the
closing entry and the books. `CLUB_TILL_DAY=200` makes the day longer (20 sales if not given; a tenth as many returns).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import getdate, today

from loyalty_club import accounting, policy, reconcile
from loyalty_club.core.model import ZERO
from loyalty_club.engine import gift_cards
from loyalty_club.reconcile import total
from loyalty_club.tests import companies
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	VAT,
	M,
	balance,
	customer,
	give,
	gl,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.test_wallets import CASH_CREDIT, GIFT_CARDS, GIFT_CREDIT, POINTS, WalletCase

SALES = int(os.environ.get("CLUB_TILL_DAY") or 20)
ACCOUNTS = {
	"Points": POINTS,
	"Cash Credit": CASH_CREDIT,
	"Gift Credit": GIFT_CREDIT,
	"Gift Card": GIFT_CARDS,
}
WALLET_OF = {mode: wallet for wallet, mode in policy.MODES.items()}
BOOKS = ("Sales", "VAT 10")
# Tenths of the total that each wallet pays; cash pays the rest. Strangers have gift cards alone.
MIXES: tuple[tuple[bool, dict[str, int]], ...] = (
	(True, {}),
	(False, {}),
	(True, {"Points": 1}),
	(True, {"Cash Credit": 3}),
	(True, {"Gift Credit": 2}),
	(True, {"Points": 1, "Cash Credit": 2, "Gift Credit": 1, "Gift Card": 1}),
	(False, {"Gift Card": 4}),
	(True, {"Points": 3, "Gift Card": 7}),
)
GIVEN_FOR_NOTHING = ("Points", "Gift Credit", "Gift Card")


class Sale(NamedTuple):
	"""A receipt and what it must do: tenders by mode of payment and tax (Rial), points."""

	doc: Any
	who: str
	member: Any
	gift_card: str
	tenders: dict[str, int]
	net: int
	tax: int
	earned: int


def with_invoice_type() -> bool:
	"""Whether the till may make Sales Invoices (v16)."""
	return bool(frappe.get_meta("POS Settings").has_field("invoice_type"))


class TillCase(WalletCase):
	"""An open till whose documents are of one kind."""

	document = "POS Invoice"

	def setUp(self) -> None:
		if self.document != "POS Invoice" and not with_invoice_type():
			self.skipTest("the till makes POS Invoices only")
		super().setUp()
		if with_invoice_type():
			before = frappe.db.get_single_value("POS Settings", "invoice_type")
			self.addCleanup(frappe.db.set_single_value, "POS Settings", "invoice_type", before)
			frappe.db.set_single_value("POS Settings", "invoice_type", self.document)
		self.profile = companies.till()
		self.opening = companies.open_till(self.profile)
		self.drawer, self.bank = (
			str(accounting.account_of(mode, COMPANY)).removesuffix(f" - {ABBR}")
			for mode in ("Cash", "Bank Card")
		)

	def receipt(self, who: str, *rows: dict[str, Any], cash: float, **fields: Any) -> Any:
		"""A sale. A POS Invoice is saved and submitted in one request, and what was paid is the page's word."""
		if self.document != "POS Invoice":
			fields = {"doctype": self.document, "is_created_using_pos": 1, **fields}
			return companies.receipt(who, *rows, profile=self.profile, cash=cash, **fields)
		doc = companies.cart(who, *rows, profile=self.profile, cash=cash, **fields)
		doc.paid_amount = doc.base_paid_amount = sum(row.amount for row in doc.payments)
		doc.docstatus = 1
		return doc.insert()

	def bring(self, doc: Any, *, rows: int) -> Any:
		"""A return of a receipt's first rows."""
		from erpnext.accounts.doctype.pos_invoice import pos_invoice
		from erpnext.accounts.doctype.sales_invoice import sales_invoice

		of_kind = pos_invoice if doc.doctype == "POS Invoice" else sales_invoice
		back = of_kind.make_sales_return(doc.name)
		back.set("items", back.items[:rows])
		back.calculate_taxes_and_totals()
		if len(back.payments) == 1:  # of a receipt that cash alone paid, the cashier says what is given back
			back.payments[0].amount = back.paid_amount = back.grand_total
		back.insert()
		back.submit()
		back.reload()
		return back

	def close(self) -> Any:
		"""Closes the till by a closing entry, the way its form does."""
		from erpnext.accounts.doctype.pos_closing_entry import pos_closing_entry

		closing = pos_closing_entry.make_closing_entry_from_opening(self.opening)
		for row in closing.payment_reconciliation:
			row.closing_amount = row.expected_amount
		closing.insert()
		with no_commits():
			closing.submit()
		closing.reload()
		self.assertEqual((closing.docstatus, closing.status), (1, "Submitted"))
		return closing


@contextmanager
def no_commits() -> Iterator[None]:
	"""A closing entry commits what it consolidated; a test must not."""
	committed = frappe.db.commit
	frappe.db.commit = lambda *_args, **_kwargs: None
	try:
		yield
	finally:
		frappe.db.commit = committed


class Day(TillCase):
	def setUp(self) -> None:
		super().setUp()
		self.chance = Random(SALES)
		self.members = [self.mina, *(member(self.program) for _n in range(5))]
		for each in self.members:
			give(each, 100_000)
			self.put("Cash Credit", 60 * M, each)
			self.put("Gift Credit", 40 * M, each)
		self.strangers = [customer() for _n in range(3)]
		self.gifts = [self.gift_card(60 * M) for _n in range(6)]
		self.cards = {each.name: redeeming(each, 1)["club_card"] for each in self.members}
		self.books = {name: gl(name) for name in (*ACCOUNTS.values(), *BOOKS, self.drawer)}
		self.held = self.holdings()
		self.before_today = self.reconciled()

	# ------------------------------------------------------------------------------------------ the day

	def sell(self, n: int) -> Sale:
		by_member, mix = MIXES[n % len(MIXES)]
		buyer = self.chance.choice(self.members) if by_member else None
		gift, proof = self.chance.choice(self.gifts)
		who = buyer.customer if buyer else self.chance.choice(self.strangers)
		rate, taxed = self.chance.randint(1, 3) * M, self.chance.random() < 0.5
		net = 2 * rate
		tax = net // 10 if taxed else 0
		paid = {wallet: (net + tax) // 10 * tenths for wallet, tenths in mix.items()}
		rows = []
		for wallet, amount in paid.items():
			of_card = {"gift_card": gift, "proof": proof} if wallet == "Gift Card" else {}
			quantity = amount // 1000 if wallet == "Points" else amount
			rows.append({"wallet": wallet, "points": quantity, **of_card})
		fields: dict[str, Any] = {"club_redemptions": rows}
		if taxed:
			of_vat = {
				"charge_type": "On Net Total",
				"account_head": VAT,
				"rate": 10,
				"description": "VAT",
				"cost_center": f"Main - {ABBR}",
			}
			fields["taxes"] = [of_vat]
		if buyer:
			fields["club_card"] = self.cards[buyer.name]
		cash = net + tax - sum(paid.values())
		doc = self.receipt(who, line("TEA", rate), line("RICE", rate), cash=cash, **fields)
		tenders = {policy.MODES[wallet]: amount for wallet, amount in paid.items()}
		if cash:
			tenders["Cash"] = cash
		own_tenths = 10 - sum(mix.get(wallet, 0) for wallet in GIVEN_FOR_NOTHING)
		earned = net // M * own_tenths if buyer else 0  # 10 points a million
		return Sale(doc, who, buyer, gift, tenders, net, tax, earned)

	def sell_a_gift_card(self) -> Sale:
		made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
		item = policy.settings().gift_card_item
		who = self.chance.choice(self.strangers)
		doc = self.receipt(who, line(item, M, club_gift_card=made.number), cash=M)
		self.gifts.append((made.name, ""))
		return Sale(doc, who, None, made.name, {"Cash": M, policy.MODES["Gift Card"]: -M}, 0, 0, 0)

	def test_points_wallets_and_books_are_equal_before_and_after_closing(self) -> None:
		sold = [self.sell(n) for n in range(SALES)]
		some = self.chance.sample(sold, SALES // 10)
		returned = [(sale, self.chance.choice((1, 1, 2))) for sale in some]
		notes = [self.bring(sale.doc, rows=rows) for sale, rows in returned]
		gifts = [self.sell_a_gift_card() for _n in range(2)]
		undone = self.sell(5).doc
		undone.cancel()
		brought = self.bring(next(sale.doc for sale in sold if sale not in some), rows=1)
		brought.cancel()
		happened = [(sale, Decimal(1)) for sale in (*sold, *gifts)]
		happened += [(sale, Decimal(-rows) / 2) for sale, rows in returned]

		self.check_receipts(returned, notes)
		self.check_holdings(happened)
		wallets = self.spent(happened)
		documents = [sale.doc for sale in (*sold, *gifts)] + [*notes, undone, brought]
		self.assertEqual(self.ledger(documents), wallets)
		self.check_reconciled(wallets, open_till=self.document == "POS Invoice")
		entries, postings = frappe.db.count("Club Ledger Entry"), frappe.db.count("Club Posting")

		closing = self.close()

		self.assertEqual(
			(frappe.db.count("Club Ledger Entry"), frappe.db.count("Club Posting")), (entries, postings)
		)
		self.check_closing(closing, happened)
		self.check_books(happened, wallets)
		self.check_reconciled(wallets, open_till=False)
		self.check_holdings(happened)
		if self.document == "POS Invoice":
			self.check_consolidated([sale.doc for sale in (*sold, *gifts)] + notes)

	# ------------------------------------------------------------------------------------------ what must be

	def spent(self, happened: list[tuple[Sale, Decimal]]) -> dict[str, Decimal]:
		"""Rial that each wallet paid, less what came back to it."""
		found = dict.fromkeys(ACCOUNTS, ZERO)
		for sale, share in happened:
			for mode, amount in sale.tenders.items():
				if mode in WALLET_OF:
					found[WALLET_OF[mode]] += amount * share
		return found

	def holdings(self) -> dict[tuple[str, str], Decimal]:
		"""What each wallet of everybody holds (points or Rial)."""
		found = {}
		for each in self.members:
			found[each.name, "Points"] = policy.exact(balance(each))
			for wallet in ("Cash Credit", "Gift Credit"):
				found[each.name, wallet] = policy.exact(self.holds(wallet, each))
		for name, _proof in self.gifts:
			found[name, "Gift Card"] = policy.exact(self.card_holds(name))
		return found

	def check_holdings(self, happened: list[tuple[Sale, Decimal]]) -> None:
		wanted = defaultdict(lambda: ZERO, self.held)
		for sale, share in happened:
			if sale.member:
				wanted[sale.member.name, "Points"] += sale.earned * share
			for mode, amount in sale.tenders.items():
				wallet = WALLET_OF.get(mode)
				if wallet is None:
					continue
				owner = sale.gift_card if wallet == "Gift Card" else sale.member.name
				wanted[owner, wallet] -= share * amount / (1000 if wallet == "Points" else 1)
		self.assertEqual(self.holdings(), dict(wanted))

	def check_receipts(self, returned: list[tuple[Sale, int]], notes: list[Any]) -> None:
		for (sale, rows), note in zip(returned, notes, strict=True):
			wanted = {mode: -amount * rows / 2 for mode, amount in sale.tenders.items()}
			given = {row.mode_of_payment: row.amount for row in note.payments if row.amount}
			self.assertEqual(given, wanted, f"the refund of {sale.doc.name}")

	def ledger(self, documents: list[Any]) -> dict[str, Decimal]:
		"""Rial that documents took out of wallets, from the entries."""
		entry = frappe.qb.DocType("Club Ledger Entry")
		rows = (
			frappe.qb.from_(entry)
			.select(entry.wallet, Sum(entry.quantity * entry.value))
			.where(
				(entry.source_doctype == self.document)
				& entry.source_name.isin([doc.name for doc in documents])
				& ((entry.wallet != "Points") | entry.kind.isin(["redeem", "restore"]))
			)
			.groupby(entry.wallet)
			.run()
		)
		return {wallet: -policy.exact(dict(rows).get(wallet)) for wallet in ACCOUNTS}

	def reconciled(self) -> dict[str, reconcile.Account]:
		found = reconcile.reconcile(getdate(today()), COMPANY, self.program.name)
		return {each.wallets[0]: each for each in found}

	def check_reconciled(self, wallets: dict[str, Decimal], *, open_till: bool) -> None:
		"""Nothing is unexplained; of an open till that makes POS Invoices, what it holds back is named."""
		for wallet, found in self.reconciled().items():
			self.assertEqual((found.rest, found.wrong), (0, []), wallet)
			before = self.before_today[wallet]
			self.assertEqual(found.said - before.said, wallets[wallet], wallet)
			held_back = [item for item in found.at_tills if item not in before.at_tills]
			self.assertEqual(total(held_back), wallets[wallet] if open_till else 0, wallet)
			self.assertEqual(bool(held_back), open_till, wallet)

	def check_closing(self, closing: Any, happened: list[tuple[Sale, Decimal]]) -> None:
		"""The expected amount of each mode is what its tenders were."""
		wanted: dict[str, Decimal] = defaultdict(lambda: ZERO)
		for sale, share in happened:
			for mode, amount in sale.tenders.items():
				if amount > 0:
					wanted[mode] += amount * share
		expected = {row.mode_of_payment: row.expected_amount for row in closing.payment_reconciliation}
		self.assertEqual(expected, dict(wanted))

	def check_books(self, happened: list[tuple[Sale, Decimal]], wallets: dict[str, Decimal]) -> None:
		moved = {name: gl(name) - before for name, before in self.books.items()}
		cash = sum(sale.tenders.get("Cash", 0) * share for sale, share in happened)
		net = sum(sale.net * share for sale, share in happened)
		tax = sum(sale.tax * share for sale, share in happened)
		wanted = {ACCOUNTS[wallet]: amount for wallet, amount in wallets.items()}
		wanted.update({self.drawer: Decimal(cash), "Sales": -Decimal(net), "VAT 10": -Decimal(tax)})
		self.assertEqual(moved, {name: float(wanted[name]) for name in moved})
		for who in {sale.who for sale, _share in happened}:
			self.assertEqual(gl("Debtors", party=who), 0)

	def check_consolidated(self, receipts: list[Any]) -> None:
		"""Every receipt is in an invoice, and the club did nothing to that."""
		into = {frappe.db.get_value("POS Invoice", doc.name, "consolidated_invoice") for doc in receipts}
		self.assertNotIn(None, into)
		for name in into:
			doc = frappe.get_doc("Sales Invoice", name)
			self.assertTrue(doc.is_consolidated)
			self.assertFalse(doc.club_member or doc.club_status or doc.club_card or doc.club_redemptions)
			self.assertFalse(frappe.db.exists("Club Ledger Entry", {"source_name": name}))
			self.assertFalse(frappe.db.exists("Club Posting", {"source_name": name}))


class DayOfSalesInvoices(Day):
	document = "Sales Invoice"


class MixedTenders(TillCase):
	"""1,100,000 of which points pay 147 × 1,500, a bank card 330,000 and cash the rest."""

	program_fields = {**WalletCase.program_fields, "point_value": 1500}

	def setUp(self) -> None:
		super().setUp()
		profile = frappe.get_doc("POS Profile", self.profile)
		profile.append("payments", {"mode_of_payment": "Bank Card"})
		profile.save()

	def test_147_points_on_1100000_of_which_330000_is_returned_after_the_value_changed(self) -> None:
		give(self.mina, 147)
		books = {name: gl(name) for name in (POINTS, *BOOKS, self.drawer, self.bank)}
		cash = 1_100_000 - 330_000 - 147 * 1500
		sold = self.receipt(
			self.mina.customer,
			line("RICE", 300_000),
			line("SAFFRON", 700_000),
			cash=cash,
			payments=[
				{"mode_of_payment": "Bank Card", "amount": 330_000},
				{"mode_of_payment": "Cash", "amount": cash},
			],
			taxes=[
				{
					"charge_type": "On Net Total",
					"account_head": VAT,
					"rate": 10,
					"description": "VAT",
					"cost_center": f"Main - {ABBR}",
				}
			],
			**redeeming(self.mina, 147),
		)
		self.assertEqual((sold.grand_total, sold.paid_amount), (1_100_000, 1_100_000))
		earned = balance(self.mina)
		self.program.reload()
		self.program.point_value = 2000
		self.program.save()
		self.program.put_in_force()
		back = self.bring(sold, rows=1)
		(row,) = back.club_redemptions
		self.assertEqual((row.points, row.amount), (44, 66_000))
		refunds = {row.mode_of_payment: -row.amount for row in back.payments if row.amount}
		# 264,000 in money, as 330,000 and 549,500 paid of it
		self.assertEqual(refunds, {"Club Points": 66_000, "Bank Card": 99_056, "Cash": 164_944})
		lot = frappe.get_all("Club Lot", {"member": self.mina.name}, ["value"], order_by="seq", limit=1)[0]
		self.assertEqual(lot.value, 1500, "points come back at the value they were spent at")
		entries = frappe.db.count("Club Ledger Entry")
		closing = self.close()
		self.assertEqual(frappe.db.count("Club Ledger Entry"), entries)
		expected = {row.mode_of_payment: row.expected_amount for row in closing.payment_reconciliation}
		self.assertEqual(
			expected,
			{"Club Points": 147 * 1500 - 66_000, "Bank Card": 330_000 - 99_056, "Cash": cash - 164_944},
		)
		moved = {name: gl(name) - before for name, before in books.items()}
		self.assertEqual(
			moved,
			{
				POINTS: 147 * 1500 - 66_000,
				self.drawer: cash - 164_944,
				self.bank: 330_000 - 99_056,
				"Sales": -700_000,
				"VAT 10": -70_000,
			},
		)
		self.assertEqual(gl("Debtors", party=self.mina.customer), 0)
		self.assertEqual(earned, 7)  # 1,000,000 × (1,100,000 − 220,500) ÷ 1,100,000 = 799,545
		self.assertEqual(balance(self.mina), 44 + 5)


class MixedTendersOfSalesInvoices(MixedTenders):
	document = "Sales Invoice"
