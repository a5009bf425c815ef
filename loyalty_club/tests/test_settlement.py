"""Points that were given in one company and spent in another: both sides of the journal, by the lots spent."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_months, flt, get_first_day, get_last_day, getdate, today

from loyalty_club import jobs, reconcile
from loyalty_club.engine import gift_cards, members, settlement, transfers
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	customer,
	give,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.companies import ROW, SECOND, SECOND_ROW, gl, invoice, second
from loyalty_club.tests.people import acting_as, confine, user

POINTS, CREDIT, BETWEEN = "Loyalty Points", "Club Cash Credit", settlement.ACCOUNT
LAST_MONTH = add_days(get_first_day(add_months(today(), -1)), 9)


class SettlingCase(ClubCase):
	"""600 points from A (the first company), 400 from B (the second)."""

	program_fields = {"companies": [ROW, SECOND_ROW]}
	A, B = COMPANY, SECOND

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		second()

	def setUp(self) -> None:
		super().setUp()
		self.before = (gl(POINTS, self.A), gl(POINTS, self.B))
		self.mina = member(self.program)
		give(self.mina, 600, company=self.A, posting_date=LAST_MONTH)

	def give_in_b(self, **fields: Any) -> None:
		give(self.mina, 400, company=self.B, posting_date=LAST_MONTH, **fields)

	def sell(self, points: float, rate: float = M, **fields: Any) -> Any:
		"""A sale in B that points pay a part of."""
		return invoice(
			self.mina.customer,
			line("TEA", rate / 2, 2),
			company=self.B,
			**{**redeeming(self.mina, points), **fields},
		)

	def rows(self, doc: Any) -> list[Any]:
		return frappe.get_all(
			"Club Settlement", filters={"document": doc.name}, fields=["*"], order_by="creation asc"
		)

	def row(self, doc: Any) -> Any:
		(found,) = self.rows(doc)
		return found

	def assert_due(self, amount: float) -> None:
		"""What B is to get from A stands in both books, and nothing else."""
		self.assertEqual((gl(BETWEEN, self.B), gl(BETWEEN, self.A)), (amount, -amount))

	def assert_points(self, a: float, b: float) -> None:
		"""So much has been debited to the liability of points in each company."""
		now = (gl(POINTS, self.A) - self.before[0], gl(POINTS, self.B) - self.before[1])
		self.assertEqual(now, (a, b))

	def close(self, company: str, day: str) -> None:
		"""The company closes that day's month to journals."""
		frappe.get_doc(
			{
				"doctype": "Accounting Period",
				"period_name": frappe.generate_hash(length=6),
				"company": company,
				"start_date": get_first_day(day),
				"end_date": get_last_day(day),
				"closed_documents": [{"document_type": "Journal Entry", "closed": 1}],
			}
		).insert()

	def month(self, company: str, day: str) -> list[Any]:
		"""The company's books in that day's month."""
		return frappe.get_all(
			"GL Entry",
			filters={
				"company": company,
				"posting_date": ["between", [get_first_day(day), get_last_day(day)]],
			},
			fields=["name", "account", "debit", "credit", "is_cancelled"],
			order_by="name",
		)


class Settling(SettlingCase):
	"""Points."""

	# ------------------------------------------------------------------------------------------ the scenario

	def test_half_comes_back_after_the_other_company_closed_its_month(self) -> None:
		self.give_in_b()
		sold = self.sell(500, posting_date=LAST_MONTH)
		row = self.row(sold)  # the older points go first: all of them from A
		self.assertEqual(
			(row.status, row.origin, row.company, row.amount), ("Posted", self.A, self.B, 500_000)
		)
		self.assert_due(500_000)
		self.assert_points(500_000, 0)
		self.close(self.A, LAST_MONTH)
		before = self.month(self.A, LAST_MONTH)
		back = bring_back(sold, shares={0: 1})
		self.assert_due(250_000)
		self.assert_points(250_000, 0)
		self.assertEqual(self.month(self.A, LAST_MONTH), before)
		row = self.row(back)
		self.assertEqual((row.amount, row.origin_date), (-250_000, getdate(today())))
		self.assertEqual(balance(self.mina), 600 + 400 - 250 + 2)

	def test_both_lots_pay_and_only_the_others_share_is_settled(self) -> None:
		self.give_in_b(expires_on=add_days(today(), 300))  # goes first
		sold = self.sell(500, posting_date=LAST_MONTH)
		self.assertEqual(self.row(sold).amount, 100_000)
		self.assert_due(100_000)
		self.assert_points(100_000, 400_000)
		self.close(self.A, LAST_MONTH)
		before = self.month(self.A, LAST_MONTH)
		back = bring_back(sold, shares={0: 1})
		self.assertEqual(self.row(back).amount, -self.given_back(back))
		self.assert_due(100_000 - self.given_back(back))
		a, b = gl(POINTS, self.A) - self.before[0], gl(POINTS, self.B) - self.before[1]
		self.assertEqual((a, a + b), (100_000 - self.given_back(back), 250_000))
		bring_back(sold, shares={0: 1})
		self.assert_due(0)
		self.assert_points(0, 0)
		self.assertEqual(self.month(self.A, LAST_MONTH), before)

	def given_back(self, back: Any) -> float:
		"""What a return gave back to lots of A, in money."""
		lots = frappe.get_all("Club Lot", {"member": self.mina.name, "company": self.A}, pluck="name")
		rows = frappe.get_all(
			"Club Ledger Entry",
			{"source_name": back.name, "kind": "restore", "lot": ["in", lots]},
			["quantity", "value"],
		)
		self.assertTrue(rows)
		return sum(row.quantity * row.value for row in rows)

	def test_points_of_the_same_company_need_no_settlement(self) -> None:
		sold = invoice(self.mina.customer, line("TEA", M), **redeeming(self.mina, 500))
		self.assertEqual(self.rows(sold), [])
		self.assert_due(0)

	def test_with_payments_the_tender_is_the_redemption_and_the_settlement_is_the_same(self) -> None:
		sold = self.sell(500, is_pos=1, payments=[{"mode_of_payment": "Cash", "amount": 500_000}])
		self.assert_due(500_000)
		self.assert_points(500_000, 0)
		bring_back(sold)
		self.assert_due(0)
		self.assert_points(0, 0)

	# ------------------------------------------------------------------------------------------ journals

	def test_the_two_journals_name_each_other_and_are_no_users_to_cancel(self) -> None:
		row = self.row(self.sell(500))
		here, there = (
			frappe.get_doc("Journal Entry", name) for name in (row.journal_entry, row.origin_journal_entry)
		)
		self.assertEqual(
			(here.inter_company_journal_entry_reference, there.inter_company_journal_entry_reference),
			(there.name, here.name),
		)
		self.assertEqual((here.company, there.company), (self.B, self.A))
		self.assertTrue(here.is_system_generated and there.is_system_generated)
		self.assertEqual(here.user_remark, f"Points from {self.A}, spent in {self.B} by {row.document}.")
		for journal in (here, there):
			with self.assert_refused(f"settles between companies what {row.document} spent"):
				journal.reload()
				journal.cancel()

	def test_cancelling_the_sale_cancels_both(self) -> None:
		sold = self.sell(500)
		row = self.row(sold)
		sold.cancel()
		self.assertEqual(self.row(sold).status, "Cancelled")
		for name in (row.journal_entry, row.origin_journal_entry):
			self.assertEqual(frappe.db.get_value("Journal Entry", name, "docstatus"), 2)
		self.assert_due(0)
		self.assert_points(0, 0)

	def test_cancelling_a_return_settles_the_sale_again(self) -> None:
		sold = self.sell(500)
		back = bring_back(sold)
		self.assert_due(0)
		back.reload()
		back.cancel()
		self.assert_due(500_000)

	def test_cancelling_after_the_month_was_closed_leaves_it_alone(self) -> None:
		sold = self.sell(500, posting_date=LAST_MONTH)
		self.close(self.A, LAST_MONTH)
		before = self.month(self.A, LAST_MONTH)
		sold.cancel()
		first, reversal = self.rows(sold)
		self.assertEqual(
			(first.status, reversal.status, reversal.reverses), ("Reversed", "Posted", first.name)
		)
		self.assertEqual(reversal.origin_date, getdate(get_first_day(today())))
		self.assertEqual(self.month(self.A, LAST_MONTH), before)
		self.assert_due(0)
		with self.assert_refused("settles between companies"):
			frappe.get_doc("Journal Entry", first.journal_entry).cancel()

	def test_a_document_dated_into_the_others_closed_month_is_dated_after_it_there(self) -> None:
		self.close(self.A, LAST_MONTH)
		row = self.row(self.sell(500, posting_date=LAST_MONTH))
		self.assertEqual(
			(row.journal_date, row.origin_date), (getdate(LAST_MONTH), getdate(get_first_day(today())))
		)
		self.assertIn(
			f"the books of {self.A} are closed",
			frappe.db.get_value("Journal Entry", row.origin_journal_entry, "user_remark"),
		)
		self.assert_due(500_000)

	def test_frozen_books_and_closed_periods_one_after_the_other(self) -> None:
		self.assertEqual(settlement.open_date(self.A, getdate(LAST_MONTH)), getdate(LAST_MONTH))
		end = get_last_day(LAST_MONTH)
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", end)
		self.close(self.A, today())
		after = getdate(add_days(get_last_day(today()), 1))
		self.assertEqual(settlement.open_date(self.A, getdate(LAST_MONTH)), after)
		self.assertEqual(settlement.open_date(self.B, getdate(LAST_MONTH)), getdate(add_days(end, 1)))

	# ------------------------------------------------------------------------------------------ failures

	def test_a_journal_that_cannot_be_posted_stops_no_sale_and_is_tried_again(self) -> None:
		account = frappe.db.get_value(
			"Club Program Company", {"parent": self.program.name, "company": self.A}, "inter_company_account"
		)
		frappe.db.set_value("Account", account, "disabled", 1)
		frappe.clear_document_cache("Account", account)
		sold = self.sell(500)
		row = self.row(sold)
		self.assertEqual((sold.docstatus, row.status), (1, "Failed"))
		self.assertIn(account, row.error)
		self.assert_due(0)
		self.assertEqual((row.journal_entry, gl(BETWEEN, self.B)), (None, 0))
		self.assertEqual(jobs.retry_failed_settlements(), 0)
		frappe.db.set_value("Account", account, "disabled", 0)
		frappe.clear_document_cache("Account", account)
		self.assertEqual(jobs.retry_failed_settlements(), 1)
		row = self.row(sold)
		self.assertEqual((row.status, row.error), ("Posted", None))
		self.assert_due(500_000)

	def test_a_sale_that_is_cancelled_before_its_journals_were_posted_needs_none(self) -> None:
		self.program.reload()
		for row in self.program.companies:
			row.db_set("inter_company_account", None)
		frappe.clear_document_cache("Club Program", self.program.name)
		sold = self.sell(500)
		self.assertIn("has no Inter-Company Account", self.row(sold).error)
		sold.cancel()
		self.assertEqual(self.row(sold).status, "Cancelled")
		self.assertEqual(jobs.retry_failed_settlements(), 0)

	def test_an_undoing_that_fails_is_tried_again(self) -> None:
		sold = self.sell(500)
		account = f"{BETWEEN} - CT"
		frappe.db.set_value("Account", account, "freeze_account", "Yes")
		frappe.db.set_single_value("Accounts Settings", "frozen_accounts_modifier", "Accounts Manager")
		frappe.clear_document_cache("Account", account)
		who = user("Accounts User", "Sales User", "Club Cashier", "Sales Manager")
		with acting_as(who):
			doc = frappe.get_doc("Sales Invoice", sold.name)
			doc.flags.ignore_permissions = True
			doc.cancel()
		row = self.row(sold)
		self.assertEqual((row.status, row.undo), ("Failed", 1))
		self.assertIn("frozen", row.error)
		frappe.db.set_value("Account", account, "freeze_account", "No")
		frappe.clear_document_cache("Account", account)
		self.assertEqual(jobs.retry_failed_settlements(), 1)
		self.assertEqual(self.row(sold).status, "Cancelled")
		self.assert_due(0)

	# ------------------------------------------------------------------------------------------ the record, accounts

	def test_the_record_is_no_users_to_write_and_seen_by_either_company(self) -> None:
		row = self.row(self.sell(500))
		doc = frappe.get_doc("Club Settlement", row.name)
		doc.amount = 1
		with self.assertRaises(frappe.PermissionError):
			doc.save()
		with self.assertRaises(frappe.PermissionError):
			frappe.delete_doc("Club Settlement", row.name)
		for company in (self.A, self.B):
			who = user("Club Accountant")
			confine(who, "Company", company)
			with acting_as(who):
				self.assertEqual(len(frappe.get_list("Club Settlement", {"name": row.name})), 1)
				self.assertTrue(frappe.has_permission("Club Settlement", "read", row.name))
		others = frappe.get_all("Company", {"name": ["not in", [self.A, self.B]]}, pluck="name", limit=1)
		for company in others:
			who = user("Club Accountant")
			confine(who, "Company", company)
			with acting_as(who):
				self.assertEqual(frappe.get_list("Club Settlement", {"name": row.name}), [])
				self.assertFalse(frappe.has_permission("Club Settlement", "read", row.name))

	def test_accounts_are_made_for_several_companies_and_what_cannot_be_one_is_refused(self) -> None:
		for row in self.program.companies:
			account = frappe.get_doc("Account", row.inter_company_account)
			self.assertEqual((account.company, account.root_type), (row.company, "Asset"))
		self.program.reload()
		self.program.companies[0].inter_company_account = self.program.companies[1].inter_company_account
		with self.assert_refused("cannot be the Inter-Company Account"):
			self.program.save()


class Money(SettlingCase):
	"""Wallets of money are settled like points."""

	settings = {"transfer_cash_credit": 1, "transfer_held_days": 0}

	def setUp(self) -> None:
		super().setUp()
		self.put(700_000)

	def put(self, amount: float, of: Any = None, **fields: Any) -> Any:
		"""Cash Credit paid in (or out) in cash, in A unless said otherwise."""
		return give(
			of or self.mina,
			amount,
			**{
				"wallet": "Cash Credit",
				"kind": "Paid In" if amount > 0 else "Paid Out",
				"mode_of_payment": "Cash",
				"company": self.A,
				"posting_date": LAST_MONTH,
				**fields,
			},
		)

	def pay(self, amount: float, of: Any = None, **fields: Any) -> Any:
		who = of or self.mina
		rows = [{"wallet": "Cash Credit", "points": amount}]
		return invoice(
			who.customer,
			line("TEA", M / 2, 2),
			company=self.B,
			club_card=card(who),
			club_redemptions=rows,
			**fields,
		)

	def assert_well(self) -> None:
		"""Every account of the program stands where its documents say."""
		for found in reconcile.reconcile(getdate(today()), program=self.program.name):
			if "Cash Credit" in found.wallets:
				self.assertEqual((found.rest, found.wrong, found.others), (0, [], []), found)

	def test_credit_of_the_other_company_and_its_return(self) -> None:
		sold = self.pay(500_000)
		row = self.row(sold)
		self.assertEqual((row.wallet, row.origin, row.amount), ("Cash Credit", self.A, 500_000))
		self.assert_due(500_000)
		self.assertEqual((gl(CREDIT, self.A), gl(CREDIT, self.B)), (-200_000, 0))
		self.assert_well()
		bring_back(sold, shares={0: 1})
		self.assert_due(250_000)
		self.assertEqual((gl(CREDIT, self.A), gl(CREDIT, self.B)), (-450_000, 0))
		self.assert_well()

	def test_credit_that_was_passed_on_is_still_the_first_companys(self) -> None:
		nika = member(self.program)
		members.set_pin(self.mina.name, "4321")
		transfer = frappe.get_doc(
			{
				"doctype": "Club Transfer",
				"giver": self.mina.name,
				"receiver": nika.name,
				"wallet": "Cash Credit",
				"quantity": 600_000,
				"company": self.B,
				"posting_date": today(),
			}
		).insert()
		transfers.confirm_by_pin(transfer, "4321")
		sold = self.pay(500_000, nika)
		self.assertEqual((self.row(sold).origin, self.row(sold).amount), (self.A, 500_000))
		self.assert_due(500_000)
		self.assert_well()

	def test_a_gift_card_that_anybody_brings(self) -> None:
		card_ = gift_cards.make(self.program.name, 1)[0]
		gift_cards.set_status(card_.name, "Active")
		self.put(400_000, wallet="Gift Card", gift_card=card_.name, member=None)
		proof = gift_cards.prove(card_.name, card_.pin)
		sold = invoice(
			customer(),
			line("TEA", M),
			company=self.B,
			club_redemptions=[
				{"wallet": "Gift Card", "gift_card": card_.name, "points": 300_000, "proof": proof}
			],
		)
		row = self.row(sold)
		self.assertEqual((row.wallet, row.origin, row.amount), ("Gift Card", self.A, 300_000))
		self.assert_due(300_000)
		sold.cancel()
		self.assert_due(0)

	def test_paying_credit_out_where_it_was_not_paid_in(self) -> None:
		paid = self.put(-300_000, company=self.B, posting_date=today())
		row = self.row(paid)
		self.assertEqual((row.document_type, row.amount), ("Club Adjustment", 300_000))
		self.assert_due(300_000)
		self.assertEqual((gl(CREDIT, self.A), gl(CREDIT, self.B)), (-400_000, 0))
		self.assert_well()
		paid.cancel()
		self.assert_due(0)
		self.assert_well()


class OneCompany(ClubCase):
	def test_needs_no_account(self) -> None:
		self.program.reload()
		self.assertFalse(self.program.companies[0].inter_company_account)
		mina = member(self.program)
		give(mina, 100)
		sold = invoice(mina.customer, line("TEA", M), **redeeming(mina, 100))
		self.assertEqual(flt(frappe.db.count("Club Settlement", {"document": sold.name})), 0)
