"""The ledger against the books: each account of the club stands where its documents say, or it is said why not."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk import query_report
from frappe.utils import add_days, getdate, today

from loyalty_club import policy, reconcile
from loyalty_club.engine import gift_cards, settlement
from loyalty_club.reconcile import Account, total
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	ClubCase,
	M,
	bring_back,
	customer,
	give,
	line,
	member,
	pay,
	redeeming,
)
from loyalty_club.tests.companies import (
	ROW,
	SECOND,
	SECOND_ROW,
	bring_to_till,
	close_till,
	invoice,
	open_till,
	receipt,
	second,
	till,
	till_makes,
)
from loyalty_club.tests.people import acting_as, confine, user

OWN, OWN_CARDS = "Reconciled Points", "Reconciled Gift Cards"


class Reconciling(ClubCase):
	"""Accounts of its own, on which nothing stands from before."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		row = {**ROW}
		for field, name in (("liability_account", OWN), ("gift_card_account", OWN_CARDS)):
			row[field] = f"{name} - {ABBR}"
			frappe.get_doc(
				{
					"doctype": "Account",
					"account_name": name,
					"parent_account": f"Current Liabilities - {ABBR}",
					"company": COMPANY,
				}
			).insert()
		cls.program_fields = {"companies": [row]}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 5000, posting_date=add_days(today(), -5))

	def found(self, wallet: str = "Points", company: str = COMPANY, until: str | None = None) -> Account:
		"""How the account of a wallet stands: the same in however many sheaves documents are put."""
		found = []
		for sheaves in (reconcile.SHEAVES, 2, 1):
			with patch.object(reconcile, "SHEAVES", sheaves):
				accounts = reconcile.reconcile(getdate(until or today()), company, self.program.name)
			found.append(accounts)
			self.assertEqual(accounts, found[0], f"in {sheaves} sheaves")
		(one,) = (each for each in found[0] if each.wallets == (wallet,))
		return one

	def assert_well(self, found: Account) -> None:
		self.assertEqual((found.rest, found.wrong), (0, []))

	def pay(self, amount: float, points: float = 100, **fields: Any) -> Any:
		"""A sale of which points pay a part."""
		return invoice(
			self.mina.customer, line("TEA", amount / 4, 4), **redeeming(self.mina, points), **fields
		)


class Documents(Reconciling):
	def test_journals_tenders_returns_and_cancellations(self) -> None:
		sold = self.pay(M, 400)
		bring_back(sold, shares={0: 1})
		self.pay(M, 200, is_pos=1, payments=[{"mode_of_payment": "Cash", "amount": 0.8 * M}])
		self.pay(M, 300).cancel()
		found = self.found()
		self.assertEqual((found.spent, found.given_back), (600_000, -100_000))
		self.assertEqual((found.expected, found.booked, found.balance), (500_000, 500_000, 500_000))
		self.assert_well(found)

	def test_what_a_refund_withholds_for_missing_points(self) -> None:
		earned = invoice(self.mina.customer, line("TEA", 100 * M))
		self.pay(10 * M, 6000)
		bring_back(earned, club_withhold=1)
		found = self.found()
		self.assertLess(found.given, 0)
		self.assertEqual(found.balance, 6_000_000 + found.given)
		self.assert_well(found)

	def test_a_manual_journal_is_named_and_explains_the_balance(self) -> None:
		self.pay(M, 400)
		journal = self.by_hand(70_000)
		found = self.found()
		self.assertEqual([(each.name, each.amount) for each in found.others], [(journal.name, 70_000)])
		self.assertEqual((found.booked, found.balance), (400_000, 470_000))
		self.assert_well(found)

	def by_hand(self, amount: float) -> Any:
		doc = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"company": COMPANY,
				"posting_date": today(),
				"accounts": [
					{"account": f"{OWN} - {ABBR}", "debit_in_account_currency": amount},
					{"account": f"Cash Till - {ABBR}", "credit_in_account_currency": amount},
				],
			}
		).insert()
		doc.submit()
		return doc

	def test_a_journal_that_was_taken_away_is_found(self) -> None:
		sold = self.pay(M, 400)
		self.pay(M, 100)
		frappe.db.set_value(
			"GL Entry",
			{"voucher_no": sold.club_redemptions[0].journal_entry, "account": f"{OWN} - {ABBR}"},
			"is_cancelled",
			1,
		)
		found = self.found()
		self.assertEqual((found.expected, found.booked, found.rest), (500_000, 100_000, 400_000))
		self.assertEqual([(each.name, each.amount) for each in found.wrong], [(sold.name, 400_000)])

	def test_mistakes_that_add_up_to_nothing_are_named_too(self) -> None:
		sold, other = self.pay(M, 400), self.pay(M, 100)
		self.pay(M, 300)
		account = f"{OWN} - {ABBR}"
		vouchers = [doc.club_redemptions[0].journal_entry for doc in (sold, other)]
		for journal, amount in zip(vouchers, (399_000, 101_000), strict=True):
			frappe.db.set_value("GL Entry", {"voucher_no": journal, "account": account}, "debit", amount)
		found = self.found()
		self.assertEqual((found.rest, found.balance), (0, 800_000))
		wrong = {each.name: each.amount for each in found.wrong}
		self.assertEqual(wrong, {sold.name: 1_000, other.name: -1_000})

	def test_vouchers_of_others_that_add_up_to_nothing_are_named_too(self) -> None:
		self.pay(M, 400)
		put, taken = self.by_hand(70_000), self.by_hand(-70_000)
		found = self.found()
		self.assertEqual(
			{each.name: each.amount for each in found.others}, {put.name: 70_000, taken.name: -70_000}
		)
		self.assertEqual((found.booked, found.balance), (400_000, 400_000))
		self.assert_well(found)

	def test_a_day_before_it_happened_there_is_nothing(self) -> None:
		self.pay(M, 400)
		found = self.found(until=add_days(today(), -1))
		self.assertEqual((found.said, found.balance), (0, 0))


class AtTheTill(Reconciling):
	def setUp(self) -> None:
		super().setUp()
		till_makes(self, "POS Invoice")

	def test_receipts_are_on_their_way_until_the_till_is_closed(self) -> None:
		profile = till()
		open_till(profile)
		first = self.receipt(profile, 400)
		second_ = self.receipt(profile, 100)
		self.pay(M, 50)
		found = self.found()
		self.assertEqual((found.spent, found.balance), (550_000, 50_000))
		self.assertEqual(
			{(each.doctype, each.name, each.amount) for each in found.at_tills},
			{("POS Invoice", first.name, 400_000), ("POS Invoice", second_.name, 100_000)},
		)
		self.assert_well(found)
		back = bring_to_till(first, 1)
		found = self.found()
		self.assertEqual((found.given_back, total(found.at_tills)), (-100_000, 400_000))
		self.assert_well(found)
		for name in close_till(first, second_, back):
			self.assertTrue(name)
		found = self.found()
		self.assertEqual((found.at_tills, found.spent, found.balance), ([], 550_000, 450_000))
		self.assert_well(found)

	def test_a_receipt_that_is_closed_with_a_later_days_was_on_its_way_before(self) -> None:
		profile = till()
		open_till(profile)
		sold = self.receipt(profile, 400, posting_date=add_days(today(), -1))
		close_till(sold, self.receipt(profile, 50))
		found = self.found(until=add_days(today(), -1))
		self.assertEqual((total(found.at_tills), found.balance), (400_000, 0))
		self.assert_well(found)
		self.assert_well(self.found())

	def receipt(self, profile: str, points: float, **fields: Any) -> Any:
		return receipt(
			self.mina.customer,
			line("TEA", M / 4, 4),
			profile=profile,
			cash=M - points * 1000,
			**redeeming(self.mina, points),
			**fields,
		)


class Valued(Reconciling):
	"""A valuation while a till is open: the account ends at the liability, once the till is closed."""

	def setUp(self) -> None:
		super().setUp()
		row = self.program.companies[0]
		row.marketing_account, row.revenue_account = f"Marketing Expenses - {ABBR}", f"Sales - {ABBR}"
		self.program.save()

	def value(self, company: str, until: Any) -> Any:
		doc = frappe.get_doc(
			{"doctype": "Club Liability Valuation", "company": company, "to_date": until, "period": "Year"}
		).insert()
		doc.submit()
		return doc

	def row(self, doc: Any, account: str) -> Any:
		(found,) = [row for row in doc.accounts if row.account == account]
		return found

	def test_a_till_that_is_closed_after_the_valuation_is_counted_once(self) -> None:
		till_makes(self, "POS Invoice")
		profile = till()
		open_till(profile)
		yesterday = add_days(today(), -1)
		fields = {"cash": 0.6 * M, "profile": profile, "posting_date": yesterday}
		sold = receipt(self.mina.customer, line("TEA", M / 4, 4), **redeeming(self.mina, 400), **fields)
		first = self.row(self.value(COMPANY, yesterday), f"{OWN} - {ABBR}")
		self.assertEqual((first.spent, first.at_tills), (-400_000, -400_000))
		self.assertEqual(-self.found(until=yesterday).balance, first.closing + 400_000, "it is on its way")
		close_till(sold)
		self.assertEqual(-self.found().balance, first.closing)
		second_ = self.row(self.value(COMPANY, today()), f"{OWN} - {ABBR}")
		self.assertEqual((second_.spent, second_.at_tills, second_.closing), (0, 0, first.closing))
		self.assert_well(self.found())
		self.assertEqual(len(self.found().valued), 1)


class GiftCards(Reconciling):
	def sell(self, **fields: Any) -> Any:
		made = gift_cards.make(self.program.name, 1)[0]
		row = line(policy.settings().gift_card_item, M, club_gift_card=made.number)
		return made, invoice(customer(), row, **fields)

	def test_a_card_that_is_sold_and_not_paid_is_in_the_books_and_holds_nothing(self) -> None:
		_made, sold = self.sell()
		found = self.found("Gift Card")
		self.assertEqual((found.given, found.balance), (0, -M))
		self.assertEqual([(each.name, each.amount) for each in found.unpaid], [(sold.name, -M)])
		self.assert_well(found)
		pay(sold)
		found = self.found("Gift Card")
		self.assertEqual((found.given, found.unpaid, found.balance), (-M, [], -M))
		self.assert_well(found)

	def test_a_card_that_is_spent_and_taken_back_in_part(self) -> None:
		made, sold = self.sell(is_pos=1, payments=[{"mode_of_payment": "Cash", "amount": M}])
		proof = gift_cards.prove(made.name, made.pin)
		wish = {"wallet": "Gift Card", "gift_card": made.number, "points": 400_000, "proof": proof}
		bought = invoice(customer(), line("TEA", M / 4, 4), club_redemptions=[wish])
		bring_back(bought, shares={0: 1})
		found = self.found("Gift Card")
		self.assertEqual((found.given, found.spent, found.given_back), (-M, 400_000, -100_000))
		self.assertEqual(found.balance, -700_000)
		self.assert_well(found)
		self.assertEqual(sold.docstatus, 1)


class BetweenCompanies(Reconciling):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		second()
		cls.program_fields = {"companies": [*cls.program_fields["companies"], SECOND_ROW]}

	def test_both_sides_and_what_is_not_posted_or_dated_later(self) -> None:
		yesterday = add_days(today(), -1)
		give(self.mina, 1000, company=SECOND, posting_date=add_days(today(), -9))
		sold = self.pay(5 * M, 2000, company=SECOND)
		found, other = self.found(), self.found(company=SECOND)
		self.assertEqual((found.spent, found.between), (0, 1_000_000))
		self.assertEqual((other.spent, other.between, other.balance), (2_000_000, -1_000_000, 1_000_000))
		self.assert_well(found)
		self.assert_well(other)
		row = frappe.get_doc("Club Settlement", {"document": sold.name})
		row.db_set("origin_date", add_days(today(), 5))
		frappe.db.set_value(
			"GL Entry", {"voucher_no": row.origin_journal_entry}, "posting_date", add_days(today(), 5)
		)
		found = self.found()
		self.assertEqual((total(found.not_posted), found.balance), (1_000_000, 0))
		self.assert_well(found)
		self.assertEqual(self.found(until=yesterday).said, 0)

	def test_at_a_till_of_the_other_company(self) -> None:
		till_makes(self, "POS Invoice")
		profile = till(SECOND)
		open_till(profile)
		sold = receipt(
			self.mina.customer,
			line("TEA", M / 4, 4),
			profile=profile,
			cash=600_000,
			**redeeming(self.mina, 400),
		)
		row = frappe.get_doc("Club Settlement", {"document": sold.name})
		self.assertEqual((row.document_type, row.amount, row.status), ("POS Invoice", 400_000, "Posted"))
		found, other = self.found(), self.found(company=SECOND)
		self.assertEqual((found.balance, other.balance), (400_000, -400_000))
		self.assertEqual(total(other.at_tills), 400_000)
		self.assert_well(found)
		self.assert_well(other)
		back = bring_to_till(sold, 1)
		close_till(sold, back)
		found, other = self.found(), self.found(company=SECOND)
		self.assertEqual((found.balance, other.balance, other.at_tills), (300_000, 0, []))
		self.assert_well(found)
		self.assert_well(other)

	def test_what_was_spent_elsewhere_is_valued_at_home(self) -> None:
		self.pay(5 * M, 2000, company=SECOND)
		accounts = {COMPANY: f"{OWN} - {ABBR}", SECOND: SECOND_ROW["liability_account"]}
		for company, account in accounts.items():
			doc = frappe.get_doc(
				{
					"doctype": "Club Liability Valuation",
					"company": company,
					"to_date": today(),
					"period": "Year",
				}
			).insert()
			(row,) = [each for each in doc.accounts if each.account == account]
			if company == COMPANY:  # 5,000 were given there, 2,000 are spent: the settlement has debited them
				self.assertEqual((row.spent, row.between_companies, row.closing), (0, -2_000_000, 3_000_000))
				(cohort,) = [each for each in doc.cohorts if each.program == self.program.name]
				self.assertEqual((cohort.redeemed, cohort.remaining, cohort.journal), (2000, 3000, 5_000_000))
			else:
				self.assertEqual((row.spent, row.between_companies), (-2_000_000, 2_000_000))
				self.assertEqual(row.before_journal, 0)
			self.assertEqual(row.unexplained, 0)

	def test_a_failed_journal_is_on_its_way(self) -> None:
		account = f"{settlement.ACCOUNT} - {ABBR}"
		frappe.db.set_value("Account", account, "disabled", 1)
		frappe.clear_document_cache("Account", account)
		self.pay(5 * M, 2000, company=SECOND)
		for found, amount in ((self.found(), 2_000_000), (self.found(company=SECOND), -2_000_000)):
			self.assertEqual(total(found.not_posted), amount)
			self.assert_well(found)

	def test_the_settlement_report(self) -> None:
		give(self.mina, 1000, company=SECOND, posting_date=add_days(today(), -9))
		sold = self.pay(5 * M, 2000, company=SECOND)
		self.pay(5 * M, 500)
		bring_back(sold, shares={0: 1})
		rows = self.run_report("Club Settlement", from_date=add_days(today(), -3), program=self.program.name)
		top = {(row.origin, row.company): row for row in rows if row.indent == 0 and row.spent}
		self.assertEqual(set(top), {(COMPANY, SECOND)})
		row = top[COMPANY, SECOND]
		self.assertEqual((row.spent, row.given_back, row.amount), (1000, 500, 500_000))
		self.assertEqual((row.posted, row.difference, row.mark), (500_000, 0, "good"))
		(net,) = (row for row in rows if (row.id or "").startswith("net"))
		self.assertEqual((net.origin, net.company, net.amount), (COMPANY, SECOND, 500_000))
		due = {row.id: row.amount for row in rows if row.id in ("due_from", "due_to", "rest")}
		self.assertEqual(due, {"due_from": 500_000, "due_to": 500_000, "rest": 0})
		shown = self.run_report("Club Settlement", from_date=today(), program=self.program.name, documents=1)
		(line_,) = [row for row in shown if row.source_name == sold.name]
		settled = frappe.db.get_value(
			"Club Settlement", {"document": sold.name}, ["journal_entry", "origin_journal_entry"]
		)
		self.assertEqual((line_.amount, line_.day, line_.indent), (1_000_000, getdate(today()), 1))
		self.assertEqual((line_.journal, line_.origin_journal), settled)
		self.assertTrue(line_.day_jalali)
		own = self.run_report(
			"Club Settlement", from_date=today(), program=self.program.name, own=1, company=COMPANY
		)
		self.assertIn((COMPANY, COMPANY, 500), [(row.origin, row.company, row.spent) for row in own])

	def run_report(self, name: str, **filters: Any) -> list[Any]:
		found = query_report.run(name, filters={"to_date": today(), **filters}, ignore_prepared_report=True)
		return [frappe._dict(row) for row in found["result"] if isinstance(row, dict)]

	def test_the_reconciliation_report_and_who_sees_what(self) -> None:
		self.pay(5 * M, 2000, company=SECOND)
		rows = self.run_report("Club Reconciliation", program=self.program.name)
		tops = [row for row in rows if row.indent == 0]
		self.assertEqual({row.company for row in tops}, {COMPANY, SECOND})
		self.assertEqual({row.mark for row in tops if row.account.startswith(OWN)}, {"good"})
		who, branch = user("Club Accountant"), user("Club Accountant")
		confine(who, "Company", COMPANY)
		if not frappe.db.exists("Branch", "Club North"):
			frappe.get_doc({"doctype": "Branch", "branch": "Club North"}).insert()
		confine(branch, "Branch", "Club North")
		with acting_as(who):
			rows = self.run_report("Club Reconciliation", program=self.program.name)
			self.assertEqual({row.company for row in rows if row.indent == 0}, {COMPANY})
			rows = self.run_report("Club Settlement", from_date=today())
			self.assertFalse([row for row in rows if row.id == "due_from"])
		with acting_as(branch), self.assertRaises(frappe.PermissionError):
			self.run_report("Club Reconciliation")
		with acting_as(user("Club Cashier")), self.assertRaises(frappe.PermissionError):
			self.run_report("Club Settlement", from_date=today())
