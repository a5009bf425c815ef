"""Attaching a submitted sale to a member: by a request that somebody else approves, by the code on its receipt."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.exceptions import TooManyRequestsError
from frappe.utils import add_days, today

from loyalty_club import printing, throttle
from loyalty_club.api import attach as api
from loyalty_club.core import receipt_code
from loyalty_club.engine import attach, members
from loyalty_club.tests import companies
from loyalty_club.tests.builders import (
	ClubCase,
	M,
	balance,
	bring_back,
	customer,
	deficit,
	entries,
	invoice,
	line,
	member,
	on_day,
	outstanding,
)
from loyalty_club.tests.people import acting_as, user

ASKS = ("Accounts User", "Sales User", "Club Cashier")
APPROVES = ("Accounts User", "Sales User", "Club Manager")


def ask(sold: Any, of: Any, **fields: Any) -> Any:
	"""A request, not approved yet."""
	return frappe.get_doc(
		{
			"doctype": "Club Attachment Request",
			"document_type": sold.doctype,
			"document": sold.name,
			"member": of.name,
			"reason": "the card was at home",
			**fields,
		}
	).insert()


class Case(ClubCase):
	settings = {"print_code": 1}

	def setUp(self) -> None:
		super().setUp()
		throttle.forget(attach.CODE)
		self.cashier, self.manager = user(*ASKS), user(*APPROVES)
		self.stranger = customer("Walk-in")
		self.mina = member(self.program)

	def sell(self, *rows: dict[str, Any], **fields: Any) -> Any:
		"""A sale without a member, by the cashier."""
		with acting_as(self.cashier):
			return invoice(self.stranger, *(rows or (line("TEA", 10 * M, qty=2),)), **fields)

	def approved(self, sold: Any, of: Any = None) -> Any:
		with acting_as(self.cashier):
			asked = ask(sold, of or self.mina)
		with acting_as(self.manager):
			asked.submit()
		sold.reload()
		return asked


class ByRequest(Case):
	def test_it_is_awarded_as_if_it_had_been_the_members_on_its_own_day(self) -> None:
		sold = self.sell(posting_date=add_days(today(), -5))
		self.assertEqual((sold.club_member, sold.club_status), (None, ""))
		asked = self.approved(sold)
		self.assertEqual(entries(self.mina), [("award", 200)])
		self.assertEqual((sold.club_member, sold.club_status), (self.mina.name, "Posted"))
		self.assertEqual((asked.requested_by, asked.approved_by), (self.cashier, self.manager))
		row = frappe.db.get_value("Club Posting", sold.name, ["day", "remark", "owner"], as_dict=True)
		self.assertEqual((str(row.day), row.remark), (add_days(today(), -5), "attach"))
		self.assertEqual(row.owner, self.manager)
		lot = frappe.get_all("Club Lot", {"member": self.mina.name}, ["awarded_on", "source_name"])[0]
		self.assertEqual((str(lot.awarded_on), lot.source_name), (add_days(today(), -5), sold.name))
		self.assertEqual(outstanding(sold), 22 * M, "the books are what they were")

	def test_a_sale_of_the_till_and_its_return(self) -> None:
		companies.till_makes(self, "POS Invoice")
		profile = companies.till()
		companies.open_till(profile)
		sold = companies.cart(self.stranger, line("TEA", 10 * M, qty=2), profile=profile, cash=20 * M)
		sold.insert()
		sold.submit()
		code = attach.code_of(sold)
		with acting_as(self.cashier):
			asked = ask(sold, self.mina)
		with acting_as(self.manager):
			asked.submit()
		self.assertEqual(balance(self.mina), 200)
		self.assertEqual(attach.find(code).member, self.mina.name)
		companies.bring_to_till(sold, 2)
		self.assertEqual(balance(self.mina), 0)

	def test_a_later_return_finds_it_and_cancelling_the_sale_takes_it_back(self) -> None:
		sold = self.sell()
		asked = self.approved(sold)
		with acting_as(self.cashier):
			back = bring_back(sold, shares={0: 1})
		self.assertEqual((balance(self.mina), back.club_status), (100, "Posted"))
		back.cancel()
		self.assertEqual(balance(self.mina), 200)
		sold.reload()
		sold.cancel()
		self.assertEqual((balance(self.mina), deficit(self.mina)), (0, 0))
		asked.reload()
		asked.cancel()
		self.assertEqual((balance(self.mina), deficit(self.mina)), (0, 0))

	def test_what_is_back_already_is_not_awarded(self) -> None:
		sold = self.sell(line("TEA", 10 * M, qty=4))
		with acting_as(self.cashier):
			bring_back(sold, shares={0: 1})
			bring_back(sold, shares={0: 2})
		self.approved(sold)
		self.assertEqual(balance(self.mina), 100)
		self.assertEqual([kind for kind, _points in entries(self.mina)], ["award", "reverse", "reverse"])
		self.assertEqual(
			sum(frappe.get_all("Club Activity", {"member": self.mina.name}, pluck="net")), 10 * M
		)
		backs = frappe.get_all("Sales Invoice", {"return_against": sold.name}, pluck="club_member")
		self.assertEqual(backs, [self.mina.name] * 2)

	def test_cancelling_the_request_undoes_it_and_a_return_then_concerns_nobody(self) -> None:
		other = self.sell()
		self.approved(other)
		sold = self.sell()
		with acting_as(self.cashier):
			bring_back(sold, shares={0: 1})
		asked = self.approved(sold)
		self.assertEqual(balance(self.mina), 300)
		with acting_as(self.manager):
			asked.cancel()
		sold.reload()
		self.assertEqual((balance(self.mina), sold.club_member, sold.club_status), (200, None, ""))
		with acting_as(self.cashier):
			bring_back(sold, shares={0: 1})
		self.assertEqual(balance(self.mina), 200)
		with acting_as(self.cashier), self.assert_refused("posted to the club before"):
			ask(sold, self.mina)
		sold.reload()
		for back in frappe.get_all("Sales Invoice", {"return_against": sold.name}, pluck="name"):
			frappe.get_doc("Sales Invoice", back).cancel()
		sold.reload()
		sold.cancel()
		self.assertEqual((balance(self.mina), deficit(self.mina)), (200, 0))

	def test_nobody_approves_what_they_asked_for(self) -> None:
		sold = self.sell()
		with acting_as(self.manager):
			own = ask(sold, self.mina)
			with self.assert_refused("asked for this yourself"):
				own.submit()
		with acting_as(self.cashier):
			asked = ask(sold, self.mina, requested_by=self.manager)
			self.assertEqual(asked.requested_by, self.cashier)
			with self.assertRaises(frappe.PermissionError):
				asked.submit()
		self.assertEqual(balance(self.mina), 0)

	def test_what_is_approved_is_what_was_asked_for(self) -> None:
		sold, friend = self.sell(), member(self.program)
		with acting_as(self.cashier):
			asked = ask(sold, self.mina)
		with acting_as(self.manager), self.assertRaises(frappe.CannotChangeConstantError):
			asked.member = friend.name
			asked.save()

	def test_no_hand_in_it_may_be_the_members_own(self) -> None:
		for hand in (self.cashier, self.manager):
			mine = member(self.program, staff_user=hand)
			with self.assert_refused("Staff earn nothing that way"):
				self.approved(self.sell(), mine)
			self.assertEqual(balance(mine), 0)

	def test_what_cannot_be_attached_says_why(self) -> None:
		theirs = invoice(self.mina.customer, line("TEA", 10 * M))
		draft = self.sell(submit=False)
		back = bring_back(self.sell())
		old = self.sell(posting_date=add_days(today(), -31))
		left = member(self.program)
		members.leave(left.name)
		for sold, of, words in (
			(theirs, self.mina, "belongs to member"),
			(draft, self.mina, "is a draft"),
			(back, self.mina, "is a return"),
			(old, self.mina, "30 days only"),
			(self.sell(), left, "Make the member active first"),
		):
			with self.subTest(words), self.assert_refused(words):
				ask(sold, of)

	def test_a_sale_that_was_cancelled_meanwhile_is_not_attached(self) -> None:
		sold = self.sell()
		with acting_as(self.cashier):
			asked = ask(sold, self.mina)
		sold.cancel()
		with acting_as(self.manager), self.assertRaises(frappe.CancelledLinkError):
			asked.submit()
		with self.assert_refused("is cancelled"):
			attach.attach(sold.doctype, sold.name, members.by_name(self.mina.name), (), asked.creation)
		self.assertEqual(balance(self.mina), 0)

	def test_a_draft_that_became_wrong_meanwhile_is_refused_when_it_is_approved(self) -> None:
		sold, friend = self.sell(), member(self.program)
		with acting_as(self.cashier):
			first, second = ask(sold, self.mina), ask(sold, friend)
		with acting_as(self.manager):
			first.submit()
			with self.assert_refused("belongs to member"):
				second.submit()
		self.assertEqual((balance(self.mina), balance(friend)), (200, 0))

	def test_awards_above_the_limit_of_a_day_are_refused_and_leave_nothing(self) -> None:
		frappe.db.set_single_value("Loyalty Club Settings", "awards_per_day", 1)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		invoice(self.mina.customer, line("TEA", 10 * M))
		sold = self.sell()
		with self.assert_refused("a member may have 1 a day"):
			self.approved(sold)
		self.assertFalse(frappe.db.exists("Club Posting", sold.name))
		self.assertEqual(balance(self.mina), 100)


class ByCode(Case):
	def test_the_receipt_has_a_code_that_the_till_takes_once(self) -> None:
		sold = self.sell()
		printed = printing.loyalty_club_of(sold)
		coded = printing.receipt_code(sold)
		self.assertIn(coded["code"], printed)
		self.assertRegex(coded["code"], "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$")
		again = frappe.get_doc("Sales Invoice", sold.name)
		self.assertEqual(printing.receipt_code(again), coded, "printed again it is the same")
		friend = member(self.program)
		other = user(*ASKS)
		with acting_as(other):
			self.assertEqual(api.look(coded["code"])["name"], sold.name)
			done = api.claim(coded["code"].lower(), self.mina.name)
			self.assertEqual((done["name"], done["earned"]), (sold.name, "200"))
			with self.assert_refused("used already"):
				api.claim(coded["code"], friend.name)
		sold.reload()
		self.assertEqual((balance(self.mina), balance(friend)), (200, 0))
		self.assertIsNone(printing.receipt_code(sold))
		self.assertEqual(frappe.db.get_value("Club Posting", sold.name, "owner"), other)

	def test_it_is_good_for_48_hours(self) -> None:
		with on_day(add_days(today(), -3)):
			old = self.sell(posting_date=today(), posting_time="10:00:00")
			code = printing.receipt_code(old)["code"]
		self.assertIsNone(printing.receipt_code(old))
		with self.assert_refused("was good until"):
			api.claim(code, self.mina.name)
		frappe.db.set_single_value("Loyalty Club Settings", "code_hours", 100)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		api.claim(code, self.mina.name)
		self.assertEqual(balance(self.mina), 200)

	def test_no_code_where_there_is_a_member_no_club_no_setting_or_no_sale(self) -> None:
		sold = self.sell()
		self.assertTrue(attach.code_of(sold))
		self.assertFalse(attach.code_of(invoice(self.mina.customer)))
		self.assertFalse(attach.code_of(self.sell(submit=False)))
		self.assertFalse(attach.code_of(bring_back(self.sell())))
		for name in frappe.get_all("Club Program", {"status": "Active"}, pluck="name"):
			frappe.get_doc("Club Program", name).close()
		self.assertFalse(attach.code_of(sold))
		self.program.reload()
		self.program.put_in_force()
		frappe.db.set_single_value("Loyalty Club Settings", "print_code", 0)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		self.assertFalse(attach.code_of(sold))
		self.assertEqual(printing.loyalty_club_of(sold), "")

	def test_a_cashier_who_keeps_receipts_cannot_use_them_for_the_own_membership(self) -> None:
		mine = member(self.program, staff_user=self.cashier)
		code = attach.code_of(self.sell())
		with acting_as(self.cashier), self.assert_refused("Staff earn nothing that way"):
			api.claim(code, mine.name)
		self.assertEqual(balance(mine), 0)

	def test_wrong_codes_are_counted_logged_and_refused_after_ten(self) -> None:
		code = attach.code_of(self.sell())
		wrong = receipt_code.code(b"guess", ["S"], attach.sold_at(self.sell()).date(), 0)
		with acting_as(self.cashier):
			for guess in (wrong, "what", wrong[:-1] + ("0" if wrong[-1] != "0" else "1")):
				with self.assert_refused("No receipt has the code"):
					api.look(guess)
			logged = frappe.cache.lrange("insert_queue_for_Error Log", 0, -1) or []
			self.assertTrue(any("wrong receipt code" in str(each) for each in logged), logged[:1])
			for _n in range(throttle.TRIES - 3):
				with self.assert_refused("No receipt has the code"):
					api.look(wrong)
			with self.assertRaises(TooManyRequestsError):
				api.claim(code, self.mina.name)
		with acting_as(user(*ASKS)):
			api.claim(code, self.mina.name)
		self.assertEqual(balance(self.mina), 200)

	def test_a_member_may_be_named_by_mobile_and_strangers_to_the_desk_may_not_ask(self) -> None:
		nima = member(self.program, mobile="09123456710")
		code = attach.code_of(self.sell())
		with acting_as(user()), self.assertRaises(frappe.PermissionError):
			api.claim(code, nima.name)
		with acting_as(self.cashier):
			self.assertEqual(api.claim(code, "0912 345 6710")["member"], nima.name)

	def test_a_sale_without_a_member_costs_no_query_more_whether_codes_are_printed_or_not(self) -> None:
		self.sell()
		with_codes = self._queries()
		frappe.db.set_single_value("Loyalty Club Settings", "print_code", 0)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		self.sell()
		self.assertEqual(self._queries(), with_codes)

	def _queries(self) -> int:
		sold = self.sell(submit=False)
		run, asked = frappe.db.sql, []

		def counting(*args: Any, **kwargs: Any) -> Any:
			asked.append(args)
			return run(*args, **kwargs)

		frappe.db.sql = counting
		try:
			sold.submit()
		finally:
			del frappe.db.sql
		return len(asked)
