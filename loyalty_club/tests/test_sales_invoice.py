"""Sales Invoice: awards, redemptions, returns, cancellations; on a real ledger and a real general ledger."""

from __future__ import annotations

import frappe

from loyalty_club import policy
from loyalty_club.core import words
from loyalty_club.core.records import reason_from
from loyalty_club.tests.builders import (
	ABBR,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	customer,
	deficit,
	entries,
	give,
	gl,
	invoice,
	line,
	member,
	outstanding,
	redeeming,
)

POINTS = "Loyalty Points"


class Earning(ClubCase):
	program_fields = {
		"tiers": [{"customer_group": "Gold", "title_fa": "طلایی", "threshold": 0, "points": 10, "per": M}],
		"exclude": [{"choice": "Item Group", "value": "Gold Coins"}],
	}

	def test_gold_earns_ten_points_per_million_on_net_and_an_excluded_group_earns_nothing(self) -> None:
		mina = member(self.program)
		invoice(mina.customer, line("TEA", 34_999_999), line("COIN", 50 * M))
		self.assertEqual(entries(mina), [("award", 349)])

	def test_the_entry_says_why_in_both_languages(self) -> None:
		import json

		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 35 * M))
		row = frappe.get_last_doc("Club Ledger Entry", {"member": mina.name})
		why = reason_from(row.reason_code, json.loads(row.reason))
		rules = policy.in_force(self.program.name).rules
		self.assertEqual(
			words.reason(why, policy.style(rules, "en")),
			"350 points: 35,000,000 rial at 10 points per 1,000,000 rial (Gold) is 350, rounded down.",
		)
		self.assertIn("(طلایی) می‌شود ۳۵۰", words.reason(why, policy.style(rules, "fa")))
		self.assertEqual(
			(row.source_doctype, row.source_name, row.tier), ("Sales Invoice", sold.name, "Gold")
		)
		self.assertEqual(sold.club_status, "Posted")

	def test_a_customer_who_is_no_member_earns_nothing_and_is_not_disturbed(self) -> None:
		sold = invoice(customer())
		self.assertFalse(sold.club_status)
		self.assertFalse(frappe.db.exists("Club Posting", sold.name))


class Redeeming(ClubCase):
	def test_300_of_1000_points_pay_300000_of_an_ordinary_invoice(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		self.assertEqual(outstanding(sold), 11 * M - 300_000)
		self.assertEqual(gl(POINTS) - before, 300_000)
		self.assertEqual(gl("Debtors", party=mina.customer), 11 * M - 300_000)
		self.assertEqual(sold.club_redemptions[0].amount, 300_000)
		journal = frappe.get_doc("Journal Entry", sold.club_redemptions[0].journal_entry)
		self.assertEqual((journal.docstatus, journal.is_system_generated), (1, 1))
		self.assertEqual(balance(mina), 1000 - 300 + 97)

	def test_the_same_on_an_invoice_with_payments_through_its_mode_of_payment(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(
			mina.customer,
			line("TEA", 10 * M),
			is_pos=1,
			payments=[{"mode_of_payment": "Cash", "amount": 11 * M - 300_000}],
			**redeeming(mina, 300),
		)
		self.assertEqual(outstanding(sold), 0)
		self.assertEqual(gl(POINTS) - before, 300_000)
		self.assertEqual({row.mode_of_payment: row.amount for row in sold.payments}["Club Points"], 300_000)
		self.assertFalse(sold.club_redemptions[0].journal_entry)
		self.assertEqual(balance(mina), 1000 - 300 + 97)

	def test_sixty_and_sixty_from_one_lot_of_100_is_refused(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		invoice(mina.customer, line("TEA", 500_000), **redeeming(mina, 60))
		before = entries(mina)
		with self.assert_refused("60 points were asked for, but only 44"):
			invoice(mina.customer, line("TEA", 500_000), **redeeming(mina, 60))
		self.assertEqual(entries(mina), before)

	def test_an_amount_sent_by_the_client_is_ignored(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		fields = redeeming(mina, 1)
		fields["club_redemptions"][0]["amount"] = 5 * M
		sold = invoice(mina.customer, line("TEA", 10 * M), **fields)
		self.assertEqual(sold.club_redemptions[0].amount, 1000)
		self.assertEqual(outstanding(sold), 11 * M - 1000)

	def test_more_than_payable_an_inactive_member_a_blocked_card_a_closed_program(self) -> None:
		mina = member(self.program)
		give(mina, 5000)
		with self.assert_refused("points can pay only"):
			invoice(mina.customer, line("TEA", M), **redeeming(mina, 2000))
		number = card(mina)
		blocked = frappe.get_doc("Loyalty Card", number)
		blocked.status = "Blocked"
		blocked.save()
		with self.assert_refused("is blocked since"):
			invoice(mina.customer, club_card=number, club_redemptions=[{"points": 10}])
		fields = redeeming(mina, 10)
		mina.reload()
		mina.status = "Inactive"
		mina.save()
		with self.assert_refused("is Inactive"):
			invoice(mina.customer, **fields)
		mina.status = "Active"
		mina.save()
		self.program.reload()
		self.program.close()
		with self.assert_refused("is closed"):
			invoice(mina.customer, **fields)
		self.assertEqual(balance(mina), 5000)

	def test_a_typed_mobile_earns_but_spending_needs_the_card_or_the_pin(self) -> None:
		from loyalty_club.engine import draft

		mina = member(self.program, mobile="09123456789", pin="1234")
		give(mina, 100)
		sold = invoice(mina.customer, line("TEA", 10 * M), club_card="۰۹۱۲۳۴۵۶۷۸۹")
		self.assertEqual(sold.club_member, mina.name)
		with self.assert_refused("card or the member's PIN"):
			invoice(mina.customer, club_card="09123456789", club_redemptions=[{"points": 10}])
		with self.assert_refused("PIN is wrong"):
			draft.prove(mina.name, "9999")
		proof = draft.prove(mina.name, "۱۲۳۴")
		sold = invoice(mina.customer, club_proof=proof, club_redemptions=[{"points": 10}])
		self.assertEqual(sold.club_redemptions[0].amount, 10_000)


class Undoing(ClubCase):
	def test_a_cancellation_takes_everything_back_and_the_journal_along(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		sold.cancel()
		self.assertEqual(balance(mina), 1000)
		self.assertEqual(gl(POINTS), before)
		self.assertEqual(gl("Debtors", party=mina.customer), 0)
		self.assertEqual(
			frappe.db.get_value("Journal Entry", sold.club_redemptions[0].journal_entry, "docstatus"), 2
		)

	def test_a_full_return_takes_and_gives_back_points(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		back = bring_back(sold)
		self.assertEqual(balance(mina), 1000)
		self.assertEqual(gl(POINTS), before)
		self.assertEqual((back.club_redemptions[0].points, back.club_redemptions[0].amount), (300, 300_000))
		self.assertEqual(outstanding(sold) + outstanding(back), 0)
		self.assertEqual(gl("Debtors", party=mina.customer), 0)

	def test_five_points_in_four_equal_returns_come_back_as_1_3_4_5(self) -> None:
		mina = member(self.program)
		give(mina, 5)
		sold = invoice(mina.customer, line("TEA", 100_000, qty=4), **redeeming(mina, 5))
		seen = []
		for _quarter in range(4):
			bring_back(sold, shares={0: 1})
			seen.append(sum(q for kind, q in entries(mina) if kind == "restore"))
		self.assertEqual(seen, [1, 3, 4, 5])

	def test_points_spent_elsewhere_leave_a_deficit_that_the_next_award_fills(self) -> None:
		mina = member(self.program)
		first = invoice(mina.customer, line("TEA", 5 * M), vat=False)
		invoice(mina.customer, line("RICE", 50_000), vat=False, **redeeming(mina, 50))
		bring_back(first)
		self.assertEqual((balance(mina), deficit(mina)), (-50, 50))
		with self.assert_refused("only 0 can be spent"):
			invoice(mina.customer, **redeeming(mina, 1))
		invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual((balance(mina), deficit(mina)), (50, 0))

	def test_cancelling_the_journal_alone_is_refused_with_the_reason(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		journal = frappe.get_doc("Journal Entry", sold.club_redemptions[0].journal_entry)
		with self.assert_refused(f"Cancel {sold.name}"):
			journal.cancel()

	def test_a_cancelled_return_undoes_it_and_takes_its_journal_along(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		for outstanding_for_self in (1, 0):
			back = bring_back(sold, update_outstanding_for_self=outstanding_for_self)
			self.assertEqual(balance(mina), 1000)
			self.assertEqual(gl("Debtors", party=mina.customer), 0)
			back.cancel()
			self.assertEqual(balance(mina), 1000 - 300 + 97)
			self.assertEqual(gl(POINTS) - before, 300_000)
			self.assertEqual(outstanding(sold), 11 * M - 300_000)

	def test_duplicates_and_returns_carry_no_redemption(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		repeated = frappe.copy_doc(sold, ignore_no_copy=False)  # what Auto Repeat does
		self.assertEqual(
			(repeated.club_redemptions, repeated.club_card, repeated.club_status), ([], None, None)
		)
		copy = frappe.copy_doc(sold)
		copy.docstatus = 0
		copy.insert()
		self.assertEqual((copy.club_redemptions, copy.club_card, copy.club_status), ([], None, ""))
		back = bring_back(sold, submit=False)
		self.assertEqual(back.club_redemptions, [])

	def test_amended_and_submitted_again_is_posted_once(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M))
		sold.cancel()
		again = frappe.copy_doc(sold)
		again.amended_from = sold.name
		again.docstatus = 0
		again.insert()
		again.submit()
		self.assertEqual(balance(mina), 100)
		self.assertEqual([kind for kind, _q in entries(mina)], ["award", "reverse", "award"])

	def test_a_cancelled_invoice_with_entries_cannot_be_deleted(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M))
		sold.cancel()
		frappe.db.set_single_value("Accounts Settings", "delete_linked_ledger_entries", 1)
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Sales Invoice", sold.name)


assert ABBR
