"""The report that watches the staff: each sign after a small story, the honest beside the unusual."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk import query_report
from frappe.utils import add_days, today

from loyalty_club import watch
from loyalty_club.engine import attach, members, post
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	bring_back,
	card,
	customer,
	invoice,
	line,
	member,
)
from loyalty_club.tests.people import acting_as, confine, user

SELLER = ("Accounts Manager", "Sales User", "Club Cashier")
REPORT = "Club Staff Watch"


def run(**filters: Any) -> list[Any]:
	"""Rows of the report, the way the desk asks for them."""
	filters = {"from_date": add_days(today(), -30), "to_date": today(), **filters}
	found = query_report.run(REPORT, filters=filters, ignore_prepared_report=True)["result"]
	return [frappe._dict(row) for row in found if isinstance(row, dict)]


class Watch(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		self.sara, self.omid = user(*SELLER, first_name="Sara"), user(*SELLER, first_name="Omid")
		self.mina, self.nima = member(self.program), member(self.program)

	def sell(self, by: str, of: Any, *rows: dict[str, Any], **fields: Any) -> Any:
		with acting_as(by):
			return invoice(of.customer, *(rows or (line("TEA", 10 * M),)), **fields)

	def rows(self, sign: str, **filters: Any) -> list[Any]:
		mine = {self.sara, self.omid}
		return [row for row in run(sign=sign, **filters) if row.cashier in mine]

	def test_a_member_who_gets_most_of_one_cashiers_awards(self) -> None:
		for _n in range(6):
			last = self.sell(self.sara, self.mina)
		for _n in range(4):
			self.sell(self.sara, self.nima)
		for _n in range(7):
			self.sell(self.omid, member(self.program))
		found = self.rows("share")
		self.assertEqual(
			[(row.cashier, row.member, row.times, row.share, row.points) for row in found],
			[(self.sara, self.mina.name, 6, 60, 600)],
		)
		self.assertEqual((found[0].source_name, str(found[0].day)), (last.name, today()))
		self.assertIn("6 of the 10 awards", found[0].what)
		self.assertEqual(len(self.rows("share", least=4)), 2)
		self.assertEqual(self.rows("share", share=61), [])
		self.assertEqual(self.rows("share", cashier=self.omid), [])
		self.assertEqual(len(self.rows("share", member=self.mina.name)), 1)
		self.assertEqual(self.rows("share", to_date=add_days(today(), -1)), [])

	def test_sold_and_taken_back_by_the_same_cashier_within_days_and_more_than_once(self) -> None:
		for _n in range(2):
			sold = self.sell(self.sara, self.mina)
			with acting_as(self.sara):
				back = bring_back(sold)
		gone = self.sell(self.sara, self.mina)
		with acting_as(self.sara):
			gone.cancel()
		by_another = self.sell(self.sara, self.nima)
		with acting_as(self.omid):
			bring_back(by_another)
		for _n in range(2):
			old = self.sell(self.omid, self.nima, posting_date=add_days(today(), -5))
			with acting_as(self.omid):
				bring_back(old)
		found = self.rows("cycle")
		self.assertEqual(
			[(row.cashier, row.member, row.times, row.points) for row in found],
			[(self.sara, self.mina.name, 3, 300)],
		)
		self.assertIn(found[0].what.split()[-1].strip("."), {back.name, gone.name})
		self.assertEqual(len(self.rows("cycle", within=5)), 2)
		self.assertEqual(self.rows("cycle", cycles=4), [])

	def amended(self, sold: Any, by: str, **fields: Any) -> Any:
		with acting_as(by):
			sold.cancel()
			again = frappe.copy_doc(sold)
			again.update({"amended_from": sold.name, "docstatus": 0, **fields})
			again.insert()
			again.submit()
		return again

	def test_an_amendment_that_gives_the_points_to_another_or_to_somebody_at_all(self) -> None:
		stranger = customer("Walk-in")
		honest = self.amended(self.sell(self.omid, self.mina), self.omid)
		moved = self.amended(self.sell(self.sara, self.mina), self.sara, customer=self.nima.customer)
		with acting_as(self.sara):
			nobodys = invoice(stranger, line("TEA", 10 * M))
		somebodys = self.amended(nobodys, self.sara, customer=self.nima.customer, club_card=card(self.nima))
		found = {row.source_name: row for row in self.rows("amended")}
		self.assertEqual(set(found), {moved.name, somebodys.name})
		self.assertNotIn(honest.name, found)
		self.assertEqual((found[moved.name].cashier, found[moved.name].member), (self.sara, self.nima.name))
		self.assertIn(f"were of member {self.mina.name}", found[moved.name].what)
		self.assertIn("had no member", found[somebodys.name].what)
		self.assertEqual(found[moved.name].points, 100)

	def test_members_who_were_merged_are_one(self) -> None:
		sold = self.sell(self.omid, self.mina)
		with acting_as(self.omid):
			sold.cancel()
		mine, theirs = self.mina.customer, self.nima.customer
		post.merge(members.by_name(self.mina.name), members.by_name(self.nima.name))
		with acting_as(self.omid):
			again = frappe.copy_doc(sold)
			again.update({"amended_from": sold.name, "docstatus": 0, "customer": theirs})
			again.insert()
			again.submit()
		self.assertNotEqual(mine, theirs)
		self.assertEqual(self.rows("amended"), [])

	def test_what_earned_nothing_and_what_was_attached_later(self) -> None:
		frappe.db.set_single_value("Loyalty Club Settings", {"awards_per_day": 1, "print_code": 1})
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		self.mina.staff_user = self.sara
		self.mina.save()
		own = self.sell(self.sara, self.mina)
		self.sell(self.omid, self.nima)
		above = self.sell(self.omid, self.nima)
		found = {row.source_name: row for row in self.rows("nothing")}
		self.assertEqual(set(found), {own.name, above.name})
		self.assertIn("own documents", found[own.name].what)
		self.assertIn("most awards", found[above.name].what)

		one, two = member(self.program), member(self.program)
		stranger = customer("Walk-in")
		with acting_as(self.sara):
			first, second = (invoice(stranger, line("TEA", 10 * M)) for _n in range(2))
			asked = frappe.get_doc(
				{
					"doctype": "Club Attachment Request",
					"document_type": "Sales Invoice",
					"document": first.name,
					"member": one.name,
					"reason": "forgot the card",
				}
			).insert()
		approver = user("Accounts User", "Sales User", "Club Manager")
		with acting_as(approver):
			asked.submit()
		with acting_as(self.omid):
			attach.claim(attach.find(attach.code_of(second)), members.by_name(two.name))
		found = {row.source_name: row for row in run(sign="attached")}
		self.assertEqual((found[first.name].cashier, found[first.name].points), (approver, 100))
		self.assertIn(asked.name, found[first.name].what)
		self.assertIn("Sara", found[first.name].what)
		self.assertEqual(found[second.name].cashier, self.omid)
		self.assertIn("code on its receipt", found[second.name].what)

	def test_who_may_look_and_what_a_confined_manager_sees(self) -> None:
		for _n in range(6):
			self.sell(self.sara, self.mina)
		manager, other = (user("Club Manager", "Accounts User", "Sales User") for _n in range(2))
		confine(manager, "Company", COMPANY)
		elsewhere = frappe.get_all("Company", {"name": ["!=", COMPANY]}, pluck="name", limit=1)
		with acting_as(manager):
			self.assertEqual(len(self.rows("share")), 1)
		with acting_as(other):
			self.assertEqual(len(self.rows("share")), 1)
		if elsewhere:
			confine(other, "Company", elsewhere[0])
			with acting_as(other):
				self.assertEqual(self.rows("share"), [])
		with acting_as(self.sara), self.assertRaises(frappe.PermissionError):
			run()

	def test_everything_is_asked_in_few_queries(self) -> None:
		for _n in range(6):
			self.sell(self.sara, self.mina)
		ask, asked = frappe.db.sql, []

		def counting(*args: Any, **kwargs: Any) -> Any:
			asked.append(args)
			return ask(*args, **kwargs)

		frappe.db.sql = counting
		try:
			found = watch.signs(
				watch.Asked(
					frappe.utils.getdate(add_days(today(), -1)), frappe.utils.getdate(), user=self.sara
				)
			)
		finally:
			del frappe.db.sql
		self.assertEqual([sign.sign for sign in found], ["share"])
		self.assertLessEqual(len(asked), 14)
