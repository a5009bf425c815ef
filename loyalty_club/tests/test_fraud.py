"""Staff who are members, and the most awards a day: what earns nothing and says why, whose membership it is."""

from __future__ import annotations

import hashlib
from typing import Any

import frappe
from frappe.utils import add_days, today

from loyalty_club import jobs, ledger, printing
from loyalty_club.core.model import Posted
from loyalty_club.engine import draft, members, post, staff
from loyalty_club.tests.builders import (
	ClubCase,
	M,
	balance,
	bring_back,
	customer,
	entries,
	give,
	invoice,
	line,
	member,
	pay,
	redeeming,
)
from loyalty_club.tests.people import acting_as, user

SELLER = ("Accounts User", "Sales User", "Club Cashier")


def posted(sold: Any) -> Posted:
	"""What a sale posted."""
	known = ledger.posting(sold.name, True)
	assert known is not None
	assert isinstance(known[0], Posted)
	return known[0]


def seller(**fields: str) -> str:
	"""A user who makes invoices."""
	return user(*SELLER, **fields)


def staffed(case: ClubCase, who: str) -> Any:
	"""The membership of a user."""
	found = member(case.program)
	found.staff_user = who
	found.save()
	return found


def activity(of: Any) -> float:
	"""Net purchases that count for the member's tier."""
	return sum(frappe.get_all("Club Activity", {"member": of.name}, pluck="net"))


class OwnDocuments(ClubCase):
	def test_who_makes_the_document_earns_nothing_on_it_and_reads_why(self) -> None:
		sara = seller()
		mine = staffed(self, sara)
		with acting_as(sara):
			sold = invoice(mine.customer, line("TEA", 10 * M))
			printed = printing.loyalty_club_of(sold)
		self.assertEqual((sold.club_status, balance(mine), activity(mine)), ("Posted", 0, 0))
		self.assertEqual(posted(sold).reason.code, "own_document")
		self.assertIn("staff earn none on documents they make themselves", printed)
		row = frappe.db.get_value("Club Posting", sold.name, ["remark", "owner"])
		self.assertEqual(row, ("own_document", sara))

	def test_a_colleague_may_sell_to_staff_and_a_draft_passed_on_is_still_the_makers_own(self) -> None:
		sara, other = seller(), seller()
		mine = staffed(self, sara)
		with acting_as(other):
			invoice(mine.customer, line("TEA", 10 * M))
		self.assertEqual(balance(mine), 100)
		with acting_as(sara):
			passed_on = invoice(mine.customer, line("TEA", 10 * M), submit=False)
		with acting_as(other):
			passed_on.submit()
			taken_over = invoice(mine.customer, line("TEA", 10 * M), submit=False)
		with acting_as(sara):
			taken_over.submit()
		self.assertEqual(balance(mine), 100)

	def test_what_comes_back_of_an_own_document_takes_no_points_of_others(self) -> None:
		sara, other = seller(), seller()
		mine = staffed(self, sara)
		with acting_as(other):
			invoice(mine.customer, line("TEA", 10 * M))
		before = activity(mine)
		with acting_as(sara):
			sold = invoice(mine.customer, line("RICE", 10 * M, qty=2))
		back = bring_back(sold, shares={0: 1})
		self.assertEqual((balance(mine), activity(mine)), (100, before))
		back.cancel()
		sold.reload()
		sold.cancel()
		self.assertEqual((balance(mine), activity(mine)), (100, before))

	def test_points_cannot_be_spent_on_it_unless_the_settings_say_so(self) -> None:
		sara = seller()
		mine = staffed(self, sara)
		give(mine, 500)
		wish = redeeming(mine, 100)
		with acting_as(sara), self.assert_refused("your own membership"):
			invoice(mine.customer, line("TEA", M), **wish)
		passed_on = frappe.get_doc({"doctype": "Sales Invoice", "owner": sara})
		with self.assert_refused(f"the membership of {sara}"):
			staff.may_spend(passed_on, members.by_name(mine.name))
		frappe.db.set_single_value("Loyalty Club Settings", "staff_may_spend", 1)
		with acting_as(sara):
			sold = invoice(mine.customer, line("TEA", M), **wish)
		self.assertEqual(balance(mine), 400)
		self.assertEqual(posted(sold).reason.code, "own_document")

	def test_the_panel_says_beforehand_that_it_will_earn_nothing(self) -> None:
		sara = seller()
		mine = staffed(self, sara)
		with acting_as(sara):
			sold = invoice(mine.customer, line("TEA", 10 * M), submit=False)
			shown = draft.panel(sold)
		self.assertEqual(shown["will_earn"], 0)
		self.assertIn("staff earn none", shown["why"])

	def test_an_award_that_waits_for_payment_does_not_slip_through(self) -> None:
		self.program.award = "when_paid"
		self.program.save()
		self.program.put_in_force()
		sara = seller()
		mine = staffed(self, sara)
		with acting_as(sara):
			sold = invoice(mine.customer, line("TEA", 10 * M))
		self.assertEqual(sold.club_status, "Posted")
		pay(sold)
		self.assertEqual((balance(mine), entries(mine)), (0, []))


class WhoseMembership(ClubCase):
	def test_it_is_found_by_portal_user_contact_and_mobile_when_the_member_is_saved(self) -> None:
		portal, contact, phone = seller(), seller(), seller(mobile_no="0912 345 6701")
		by_portal = customer()
		doc = frappe.get_doc("Customer", by_portal)
		doc.append("portal_users", {"user": portal})
		doc.save()
		by_contact = customer()
		frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": "Sara",
				"email_ids": [{"email_id": contact, "is_primary": 1}],
				"links": [{"link_doctype": "Customer", "link_name": by_contact}],
			}
		).insert()
		self.assertEqual(member(self.program, by_portal).staff_user, portal)
		self.assertEqual(member(self.program, by_contact).staff_user, contact)
		self.assertEqual(member(self.program, mobile="09123456701").staff_user, phone)
		self.assertIsNone(member(self.program, mobile="09123456702").staff_user)

	def test_an_employees_mobile_is_the_users_and_who_is_disabled_or_no_user_of_the_desk_is_nobody(
		self,
	) -> None:
		sara = seller()
		if not frappe.db.exists("Gender", "Female"):
			frappe.get_doc({"doctype": "Gender", "gender": "Female"}).insert()
		frappe.get_doc(
			{
				"doctype": "Employee",
				"first_name": "Sara",
				"gender": "Female",
				"date_of_birth": "1990-01-01",
				"date_of_joining": "2020-01-01",
				"company": "Club Test",
				"cell_number": "+98 912 345 6703",
				"user_id": sara,
				"status": "Active",
			}
		).insert()
		self.assertEqual(member(self.program, mobile="09123456703").staff_user, sara)
		seller(mobile_no="09123456704", enabled=0)
		self.assertIsNone(member(self.program, mobile="09123456704").staff_user)
		user(mobile_no="09123456705")  # without a role: a website user
		self.assertIsNone(member(self.program, mobile="09123456705").staff_user)

	def test_users_who_come_later_are_found_once_a_day_and_who_is_none_is_left_alone(self) -> None:
		mina = member(self.program, mobile="09123456706")
		brother = member(self.program, mobile="09123456707", not_staff=1)
		sara, other = seller(mobile_no="09123456706"), seller(mobile_no="09123456707")
		self.assertGreaterEqual(jobs.find_staff(), 1)
		mina.reload()
		brother.reload()
		self.assertEqual((mina.staff_user, brother.staff_user), (sara, None))
		self.assertEqual(jobs.find_staff(), 0)
		brother.save()
		self.assertIsNone(brother.staff_user)
		self.assertTrue(frappe.db.exists("User", other))

	def test_a_membership_that_a_users_became_part_of_is_the_users(self) -> None:
		sara = seller()
		mine, other = staffed(self, sara), member(self.program)
		post.merge(members.by_name(mine.name), members.by_name(other.name))
		with acting_as(sara):
			invoice(other.customer, line("TEA", 10 * M))
		self.assertEqual(balance(other), 0)

	def test_a_cashier_cannot_say_that_a_membership_is_not_theirs(self) -> None:
		sara = seller(mobile_no="09123456708")
		mine = member(self.program, mobile="09123456708")
		self.assertEqual(mine.staff_user, sara)
		with acting_as(sara):
			doc = frappe.get_doc("Club Member", mine.name)
			doc.update({"staff_user": None, "not_staff": 1, "mobile": "09123456709"})
			doc.save()
		mine.reload()
		self.assertEqual((mine.staff_user, mine.not_staff, mine.mobile), (sara, 0, "+989123456709"))


class Pins(ClubCase):
	"""What is kept of a PIN is good for nobody who reads it."""

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program, pin="1234")

	def stored(self) -> str:
		return str(frappe.db.get_value("Club Member", self.mina.name, "pin_hash"))

	def test_it_cannot_be_tried_without_the_sites_key(self) -> None:
		kind, salt, digest = self.stored().split("$")
		plain = hashlib.pbkdf2_hmac("sha256", b"1234", salt.encode(), members.PIN_ROUNDS).hex()
		self.assertEqual(kind, members.KEYED)
		self.assertNotEqual(digest, plain)
		self.assertTrue(members.check_pin(self.mina.name, "۱۲۳۴"))
		self.assertFalse(members.check_pin(self.mina.name, "1235"))

	def test_one_of_an_older_version_is_taken_and_replaced(self) -> None:
		plain = hashlib.pbkdf2_hmac("sha256", b"1234", b"salt", members.PIN_ROUNDS).hex()
		frappe.db.set_value("Club Member", self.mina.name, {"pin_hash": f"salt${plain}", "pin_failures": 2})
		self.assertFalse(members.check_pin(self.mina.name, "4321"))
		self.assertEqual(self.stored(), f"salt${plain}")
		self.assertTrue(members.check_pin(self.mina.name, "1234"))
		self.assertEqual(self.stored().split("$")[0], members.KEYED)
		self.assertEqual(frappe.db.get_value("Club Member", self.mina.name, "pin_failures"), 0)
		self.assertTrue(members.check_pin(self.mina.name, "1234"))

	def test_nobody_reads_it_and_who_may_sets_another(self) -> None:
		for role in ("Club Cashier", "Club Manager"):
			with acting_as(user(role, "Sales User")):
				(row,) = frappe.get_list("Club Member", {"name": self.mina.name}, ["name", "pin_hash"])
				self.assertNotIn("pin_hash", row)
				doc = frappe.get_doc("Club Member", self.mina.name)
				doc.apply_fieldlevel_read_permissions()
				self.assertIsNone(doc.get("pin_hash"))
		with acting_as(user("Club Manager", "Sales User")):
			doc = frappe.get_doc("Club Member", self.mina.name)
			doc.pin = "98765"
			doc.save()
		self.assertTrue(members.check_pin(self.mina.name, "98765"))


class AwardsOfADay(ClubCase):
	settings = {"awards_per_day": 2}

	def test_above_the_limit_the_sale_goes_through_earns_nothing_and_says_why(self) -> None:
		mina = member(self.program)
		for _n in range(2):
			invoice(mina.customer, line("TEA", 10 * M))
		third = invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual((balance(mina), third.club_status), (200, "Posted"))
		self.assertEqual(posted(third).reason.code, "awards_limit")
		self.assertIn("a member may have 2 a day", printing.loyalty_club_of(third))
		self.assertEqual(frappe.db.get_value("Club Posting", third.name, "remark"), "awards_limit")
		self.assertEqual(activity(mina), 20 * M)

	def test_a_return_frees_no_place_and_the_next_day_does(self) -> None:
		mina = member(self.program)
		first = invoice(mina.customer, line("TEA", 10 * M), posting_date=add_days(today(), -1))
		invoice(mina.customer, line("TEA", 10 * M), posting_date=add_days(today(), -1))
		bring_back(first)
		invoice(mina.customer, line("TEA", 10 * M))
		invoice(mina.customer, line("TEA", 10 * M))
		late = invoice(mina.customer, line("TEA", 10 * M), posting_date=add_days(today(), -3))
		self.assertEqual(posted(late).reason.code, "awards_limit", "a backdated sale counts today")
		self.assertEqual(balance(mina), 300)

	def test_no_limit_counts_nobody_out_and_asks_the_database_nothing_more(self) -> None:
		mina = member(self.program)
		asked = {}
		for limit in (50, 0):
			frappe.db.set_single_value("Loyalty Club Settings", "awards_per_day", limit)
			frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
			for _n in range(2):
				invoice(mina.customer, line("TEA", 10 * M))
			asked[limit] = self._queries(mina)
		self.assertEqual(asked[50], asked[0])
		self.assertGreater(asked[0], 5)
		self.assertEqual(balance(mina), 600)

	def _queries(self, of: Any) -> int:
		"""Statements of the club's own tables that submitting a sale asks; ERPNext's own vary."""
		sold = invoice(of.customer, line("TEA", 10 * M), submit=False)
		run, asked = frappe.db.sql, []

		def counting(*args: object, **kwargs: object) -> object:
			if "tabClub" in str(args[0]):
				asked.append(args)
			return run(*args, **kwargs)

		frappe.db.sql = counting
		try:
			sold.submit()
		finally:
			del frappe.db.sql
		return len(asked)
