"""Customers are moved into the groups of their tiers: only where it is switched on, only among the program's own
groups, each move logged and undone where it still stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe.utils import getdate, today

from loyalty_club.api import groups as api
from loyalty_club.engine import group_settings, groups
from loyalty_club.engine.night import groups as night
from loyalty_club.engine.night import runner
from loyalty_club.loyalty_club.report.club_group_moves.club_group_moves import execute
from loyalty_club.policy import in_force
from loyalty_club.tests import builders, people
from loyalty_club.tests.builders import M, invoice, line, member, program

LADDER = [
	{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
	{"customer_group": "Silver", "threshold": 5 * M, "points": 15, "per": M},
	{"customer_group": "Gold", "threshold": 9 * M, "points": 20, "per": M},
]


class TestGroupMoves(builders.ClubCase):
	program_fields = {"tiers": LADDER, "move_customer_group": 1}

	def setUp(self) -> None:
		super().setUp()
		for name in frappe.get_all("Club Program", {"name": ["!=", self.program.name]}, pluck="name"):
			frappe.db.set_value(
				"Club Program", name, "move_customer_group", 0
			)  # those that a site has already
			self.addCleanup(frappe.clear_document_cache, "Club Program", name)

	def buyer(self, amount: float = 6 * M, club: Any = None) -> Any:
		one = member(club or self.program)
		invoice(one.customer, line(rate=amount))
		return one

	def group(self, one: Any) -> str:
		name: str = frappe.db.get_value("Customer", one.customer, "customer_group")
		return name

	def night(self, day: date | None = None) -> dict[str, int]:
		did: dict[str, int] = {}
		for step in night.steps(day or getdate(today()), ""):
			for name, number in step.did.items():
				did[name] = did.get(name, 0) + number
		return did

	def moves(self, one: Any) -> list[Any]:
		return frappe.get_all(
			"Club Group Move",
			filters={"customer": one.customer},
			fields=["name", "group_before", "group_after", "tier", "day", "undone_at", "undone_by"],
			order_by="creation",
		)

	# ------------------------------------------------------------------------------------------ moving

	def test_a_sale_moves_nobody_and_the_night_does(self) -> None:
		one, other = self.buyer(), self.buyer(M)
		sale = frappe.get_last_doc("Sales Invoice", {"customer": one.customer})
		self.assertEqual(self.group(one), "Bronze")
		self.assertEqual(self.night(), {"customers_moved": 1})
		self.assertEqual((self.group(one), self.group(other)), ("Silver", "Bronze"))
		[row] = self.moves(one)
		self.assertEqual((row.group_before, row.group_after, row.tier), ("Bronze", "Silver", "Silver"))
		self.assertEqual(row.day, getdate(today()))
		group = frappe.db.get_value("Sales Invoice", sale.name, "customer_group")
		self.assertEqual(group, sale.customer_group, "what is submitted stays as it was")
		self.assertEqual(self.night(), {})

	def test_the_runner_logs_it_and_a_cached_customer_is_read_anew(self) -> None:
		one = self.buyer()
		self.assertEqual(frappe.get_cached_doc("Customer", one.customer).customer_group, "Bronze")
		day = getdate(today()) + timedelta(days=400)  # no site has had this night
		self.assertTrue(runner.run("Customer Groups", day))
		run = frappe.get_doc("Club Job Run", runner.name_of("Customer Groups", day))
		self.assertEqual((run.status, frappe.parse_json(run.did)), ("Completed", {"customers_moved": 1}))
		self.assertEqual(frappe.get_cached_doc("Customer", one.customer).customer_group, "Silver")

	def test_a_form_that_was_open_meanwhile_is_refused(self) -> None:
		one = self.buyer()
		form = frappe.get_doc("Customer", one.customer)
		self.night()
		with self.assertRaises(frappe.TimestampMismatchError):
			form.save()

	def test_nobody_is_moved_out_of_a_group_that_is_not_the_programs(self) -> None:
		frappe.get_doc(
			{
				"doctype": "Customer Group",
				"customer_group_name": "Wholesale of the test",
				"parent_customer_group": "All Customer Groups",
			}
		).insert()
		one = self.buyer()
		frappe.db.set_value("Customer", one.customer, "customer_group", "Wholesale of the test")
		self.assertEqual(self.night(), {})
		self.assertEqual(self.group(one), "Wholesale of the test")

	def test_nobody_is_moved_while_it_is_switched_off_or_the_program_is_closed(self) -> None:
		one = self.buyer()
		self.program.db_set("move_customer_group", 0)
		frappe.clear_document_cache("Club Program", self.program.name)
		self.assertEqual(self.night(), {})
		self.program.reload()
		self.program.move_customer_group = 1
		self.program.close()
		self.assertEqual(self.night(), {})
		self.assertEqual(self.group(one), "Bronze")

	def test_many_are_moved_chunk_by_chunk_and_a_second_run_finds_none(self) -> None:
		crowd = [self.buyer(amount * M) for amount in (1, 6, 10, 6, 10)]
		size, night.AT_ONCE = night.AT_ONCE, 2
		self.addCleanup(setattr, night, "AT_ONCE", size)
		self.assertEqual(night.count(getdate(today())), 4)
		self.assertEqual([step.done for step in night.steps(getdate(today()), "")], [2, 2])
		self.assertEqual([self.group(one) for one in crowd], ["Bronze", "Silver", "Gold", "Silver", "Gold"])
		self.assertEqual(night.count(getdate(today())), 0)

	def test_a_customer_whom_somebody_moves_meanwhile_is_left_alone(self) -> None:
		one = self.buyer()
		rules = in_force(self.program.name)
		assert rules
		found = groups.wishes(rules, [])
		frappe.db.set_value("Customer", one.customer, "customer_group", "Gold")
		self.assertEqual(groups.move(rules, found, getdate(today())), 0)
		self.assertEqual((self.group(one), self.moves(one)), ("Gold", []))

	# ------------------------------------------------------------------------------------------ two programs

	def test_of_two_programs_the_older_one_moves_and_the_other_is_a_conflict(self) -> None:
		frappe.db.set_value("Club Program", self.program.name, "creation", "2020-01-01")
		with builders.at_moment("2100-01-01 00:00:00.5"):
			later = program(
				tiers=[
					{**row, "customer_group": group}
					for row, group in zip(LADDER, ("Gold", "Silver", "Bronze"), strict=True)
				],
				move_customer_group=1,
			)
		one = self.buyer()
		self.assertEqual([each.name for each in groups.movers()], [self.program.name, later.name])
		second = frappe.get_doc("Club Member", one.name).as_dict()  # by a merge of companies, or an import
		second.update({"program": later.name, "tier": "Gold", "account": None, "referral_code": None})
		doc = frappe.get_doc(second)
		doc.name = f"{one.name}-2"
		doc.db_insert()
		did = self.night()
		self.assertEqual(did, {"customers_moved": 1, "customers_of_another_program": 1})
		self.assertEqual(self.group(one), "Silver")
		rules = in_force(later.name)
		assert rules
		[wish] = groups.wishes(rules, groups.older_than(rules))
		self.assertEqual((wish.conflict, wish.is_done), (self.program.name, False))

	# ------------------------------------------------------------------------------------------ undoing

	def test_a_days_moves_are_undone_and_stay_so_until_the_tier_changes(self) -> None:
		one, other = self.buyer(), self.buyer(10 * M)
		self.night()
		did = api.undo_day(self.program.name, today())
		self.assertEqual(did, {"moves": 2, "undone": 2, "elsewhere": 0})
		self.assertEqual((self.group(one), self.group(other)), ("Bronze", "Bronze"))
		[row] = self.moves(one)
		self.assertEqual(row.undone_by, "Administrator")
		self.assertTrue(row.undone_at)
		self.assertEqual(self.night(), {"customers_left_where_undone": 2})
		self.assertEqual(self.group(one), "Bronze")
		with builders.on_day(getdate(today()) + timedelta(days=1)):
			invoice(one.customer, line(rate=4 * M))
			self.assertEqual(self.night(), {"customers_moved": 1, "customers_left_where_undone": 1})
		self.assertEqual(self.group(one), "Gold")

	def test_only_what_still_stands_is_undone(self) -> None:
		one, other = self.buyer(), self.buyer()
		self.night()
		frappe.db.set_value("Customer", one.customer, "customer_group", "Gold")
		names = [self.moves(each)[0].name for each in (one, other)]
		self.assertEqual(api.undo(names), {"undone": 1, "elsewhere": 1})
		self.assertEqual((self.group(one), self.group(other)), ("Gold", "Bronze"))
		self.assertIsNone(self.moves(one)[0].undone_at)
		self.assertEqual(api.undo(names), {"undone": 0, "elsewhere": 1})

	def test_a_worker_undoes_a_large_day_chunk_by_chunk(self) -> None:
		crowd = [self.buyer() for _n in range(5)]
		self.night()
		size, groups.AT_ONCE = groups.AT_ONCE, 2
		self.addCleanup(setattr, groups, "AT_ONCE", size)
		self.assertEqual(groups.undo_all(self.program.name, getdate(today())), 5)
		self.assertEqual({self.group(one) for one in crowd}, {"Bronze"})

	def test_only_a_manager_undoes_and_nobody_writes_the_log(self) -> None:
		one = self.buyer()
		self.night()
		[row] = self.moves(one)
		for role in ("Club Accountant", "Club Cashier"):
			with people.acting_as(people.user(role)), self.assertRaises(frappe.PermissionError):
				api.undo([row.name])
		self.assertEqual(self.group(one), "Silver")
		with people.acting_as(people.user("Club Manager")):
			self.assertEqual(api.undo([row.name])["undone"], 1)
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Club Group Move", row.name).save()
		with self.assertRaises(frappe.PermissionError):
			frappe.delete_doc("Club Group Move", row.name)

	# ------------------------------------------------------------------------------------------ what differs

	def test_what_a_move_changes_is_said(self) -> None:
		terms = frappe.get_doc(
			{
				"doctype": "Payment Terms Template",
				"template_name": "Thirty days of the test",
				"terms": [
					{
						"invoice_portion": 100,
						"credit_days": 30,
						"due_date_based_on": "Day(s) after invoice date",
					}
				],
			}
		).insert()
		silver = frappe.get_doc("Customer Group", "Silver")
		silver.payment_terms = terms.name
		silver.append("credit_limits", {"company": builders.COMPANY, "credit_limit": 500})
		silver.save()
		found = group_settings.of_groups(["Bronze", "Silver"])
		said = group_settings.differences(found["Bronze"], found["Silver"])
		self.assertIn(("Payment Terms", "none", "Thirty days of the test"), said)
		self.assertIn((f"Credit limit in {builders.COMPANY}", "none", "500"), said)
		self.assertEqual(group_settings.differences(found["Bronze"], found["Bronze"]), [])

	# ------------------------------------------------------------------------------------------ the report

	def test_the_report_shows_who_would_be_moved_before_it_is_switched_on_and_who_was(self) -> None:
		self.program.move_customer_group = 0
		self.program.save()
		one = self.buyer()
		frappe.db.set_value("Customer", one.customer, "default_price_list", builders.PRICES)
		filters = {"program": self.program.name, "show": "To Be Moved"}
		_columns, rows, note, chart = execute(filters)
		self.assertEqual(
			[(row["customer"], row["group_before"], row["group_after"], row["own"]) for row in rows],
			[(one.customer, "Bronze", "Silver", "Price List")],
		)
		self.assertIn("Not switched on", note)
		self.assertEqual(chart["data"]["datasets"][0]["values"], [1])
		self.assertEqual(self.night(), {})
		self.program.move_customer_group = 1
		self.program.save()
		self.night()
		self.assertEqual(execute(filters)[1], [])
		[row] = execute({"program": self.program.name, "show": "Moved"})[1]
		self.assertEqual((row["customer"], row["group_after"]), (one.customer, "Silver"))

	def test_who_sees_some_companies_only_sees_no_moves(self) -> None:
		who = people.user("Club Manager")
		people.confine(who, "Company", builders.COMPANY)
		with people.acting_as(who), self.assertRaises(frappe.PermissionError):
			execute({"program": self.program.name, "show": "Moved"})
