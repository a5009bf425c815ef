"""The night: time passes for everybody at once as it does for one at a time; missed nights are made up for in order;
what was cut off goes on; nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import getdate, today

from loyalty_club import ledger
from loyalty_club.engine import post
from loyalty_club.engine.night import passing, runner
from loyalty_club.tests import builders
from loyalty_club.tests.builders import M, bring_back, invoice, line, member, program

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
ENTRY = [
	"account",
	"seq",
	"posting_date",
	"kind",
	"quantity",
	"lot",
	"value",
	"company",
	"branch",
	"tier",
	"reason",
]
TIME = "Passing of Time"


class TestNight(builders.ClubCase):
	def club(self) -> Any:
		"""Points die after 20 days, pend for 3; silver from 5 million, reviewed after a month."""
		return program(
			expiry="days",
			expiry_count=20,
			pending_days=3,
			window_kind="rolling_months",
			window_months=1,
			term_months=1,
			tiers=[
				{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
				{"customer_group": "Silver", "threshold": 5 * M, "points": 15, "per": M},
			],
		)

	def crowd(self) -> tuple[Any, list[Any]]:
		"""Twelve members with lots of different ages, debts and tiers, as of 20 days after the beginning."""
		club = self.club()
		found = []
		with builders.on_day(BEGIN):
			found = [member(club) for _n in range(12)]
		for n, one in enumerate(found):
			for back in range(n % 3 + 1):
				with builders.on_day(BEGIN + timedelta(days=n + 5 * back)):
					sale = invoice(one.customer, line(rate=(n + 1) * M))
			if n % 4 == 3:
				with builders.on_day(BEGIN + timedelta(days=n + 5 * back + 2)):
					bring_back(sale, set_posting_time=1, posting_date=today(), posting_time="23:00:00")
		return club, found

	def told(self, people: list[Any]) -> dict[str, Any]:
		"""Everything the ledger says of some members."""
		accounts = [one.account for one in people]
		names = [one.name for one in people]
		state = [ledger.peek(name)._replace(head="", fresh=True)._asdict() for name in accounts]
		for each in state:
			each.pop("version")
		return {
			"entries": frappe.get_all(
				"Club Ledger Entry",
				filters={"account": ["in", accounts]},
				fields=ENTRY,
				order_by="account, seq",
			),
			"lots": frappe.get_all(
				"Club Lot",
				filters={"account": ["in", accounts]},
				fields=["name", "original", "remaining", "expired", "expires_on"],
				order_by="name",
			),
			"changes": frappe.get_all(
				"Club Tier Change",
				filters={"member": ["in", names]},
				fields=["member", "day", "before", "after", "why", "value"],
				order_by="member, day, after",
			),
			"members": frappe.get_all(
				"Club Member",
				filters={"name": ["in", names]},
				fields=["name", "tier", "tier_since", "review_on"],
				order_by="name",
			),
			"accounts": state,
		}

	def nights(self, first: date, last: date) -> None:
		day = first
		while day <= last:
			for _step in passing.steps(day, ""):
				pass
			day += timedelta(days=1)

	def twice(self, way: Any, other: Any) -> None:
		"""Two ways for time to pass end in the same."""
		_club, people = self.crowd()
		before = self.told(people)
		frappe.db.savepoint("before_night")
		way(people)
		one = self.told(people)
		frappe.db.rollback(save_point="before_night")
		self.assertEqual(self.told(people), before)
		other(people)
		self.assertEqual(self.told(people), one)
		kinds = {entry.kind for entry in one["entries"]}
		self.assertTrue({"award", "expire", "reverse"} <= kinds, kinds)
		self.assertIn("review", {change.why for change in one["changes"]})
		builders.check_books(self)

	# ------------------------------------------------------------------------------------------ time passes

	def test_a_chunk_of_accounts_ends_as_each_alone_would(self) -> None:
		until = BEGIN + timedelta(days=60)

		def alone(people: list[Any]) -> None:
			for one in people:
				if ledger.due(one.program, until, 1000) and ledger.peek(one.account).next_due <= until:
					post.let_time_pass(one.account, until)

		self.twice(lambda people: self.nights(until, until), alone)

	def test_a_chunk_of_one_and_a_chunk_of_many_end_in_the_same(self) -> None:
		until = BEGIN + timedelta(days=60)

		def small(people: list[Any]) -> None:
			with patch.object(passing, "AT_ONCE", 1):
				self.nights(until, until)

		self.twice(lambda people: self.nights(until, until), small)

	def test_a_night_that_was_cut_off_ends_as_one_that_was_not(self) -> None:
		until = BEGIN + timedelta(days=60)

		def cut_off(people: list[Any]) -> None:
			with patch.object(passing, "AT_ONCE", 4):
				next(passing.steps(until, ""))
				frappe.db.savepoint("cut_off")
				next(passing.steps(until, ""))  # this chunk is lost, as when the worker is killed
				frappe.db.rollback(save_point="cut_off")
				self.nights(until, until)

		self.twice(lambda people: self.nights(until, until), cut_off)

	def test_a_second_night_of_the_same_day_does_nothing(self) -> None:
		until = BEGIN + timedelta(days=60)
		_club, people = self.crowd()
		self.nights(until, until)
		once = self.told(people)
		self.assertEqual([step.done for step in passing.steps(until, "")], [])
		self.assertEqual(self.told(people), once)

	def test_one_account_that_cannot_be_worked_on_stops_nobody_else(self) -> None:
		_club, people = self.crowd()
		broken = people[5]
		frappe.db.set_value("Club Account", broken.account, "state", '{"v": 1}', update_modified=False)
		until = BEGIN + timedelta(days=60)
		steps = list(passing.steps(until, ""))
		failed = [name for step in steps for name, _why in step.failed]
		self.assertEqual(failed, [broken.account])
		for one in people:
			due = frappe.db.get_value("Club Account", one.account, "next_due")
			self.assertEqual(one is broken, due is not None and due <= until)

	# ------------------------------------------------------------------------------------------ the runner

	def run_nights(self, last: date) -> None:
		with builders.on_day(last):
			self.assertTrue(runner.night(last))

	def test_missed_nights_end_as_nights_that_were_not_missed(self) -> None:
		first, last = BEGIN + timedelta(days=30), BEGIN + timedelta(days=70)

		def every_night(people: list[Any]) -> None:
			day = first
			while day <= last:
				self.run_nights(day)
				day += timedelta(days=1)

		def forty_missed(people: list[Any]) -> None:
			self.run_nights(first)
			self.run_nights(last)

		self.twice(every_night, forty_missed)

	def test_a_run_says_what_it_did_and_is_not_begun_again(self) -> None:
		_club, people = self.crowd()
		until = BEGIN + timedelta(days=60)
		self.assertTrue(runner.run(TIME, until))
		row = frappe.get_doc("Club Job Run", runner.name_of(TIME, until))
		self.assertEqual((row.status, row.started_times), ("Completed", 1))
		did = frappe.parse_json(row.did)
		expired = frappe.db.count(
			"Club Ledger Entry", {"kind": "expire", "account": ["in", [one.account for one in people]]}
		)
		self.assertGreaterEqual(did["lots_expired"], expired)
		self.assertTrue(runner.run(TIME, until))
		self.assertEqual(
			frappe.db.get_value("Club Job Run", row.name, ["started_times", "done"]), (1, row.done)
		)

	def test_a_run_that_was_cut_off_goes_on(self) -> None:
		self.crowd()
		until = BEGIN + timedelta(days=60)
		steps = passing.steps

		def dies(day: date, cursor: str) -> Iterator[Any]:
			yield next(steps(day, cursor))
			raise SystemExit  # not an Exception: nothing is tidied up

		with patch.object(passing, "AT_ONCE", 5):
			with patch.object(passing, "steps", dies), self.assertRaises(SystemExit):
				runner.run(TIME, until)
			name = runner.name_of(TIME, until)
			self.assertEqual(frappe.db.get_value("Club Job Run", name, "status"), "Running")
			self.assertFalse(runner.is_running(TIME))
			self.assertTrue(runner.run(TIME, until))
		row = frappe.get_doc("Club Job Run", name)
		self.assertEqual((row.status, row.started_times), ("Completed", 2))
		self.assertGreater(row.done, 5)

	def test_a_job_that_fails_says_so_and_is_tried_again(self) -> None:
		until = getdate(today())

		def fails(day: date, cursor: str) -> Iterator[Any]:
			raise ZeroDivisionError("no such thing")
			yield

		with patch.object(passing, "steps", fails):
			self.assertFalse(runner.run(TIME, until))
		row = frappe.get_doc("Club Job Run", runner.name_of(TIME, until))
		self.assertEqual(row.status, "Failed")
		self.assertIn("ZeroDivisionError", row.failures[0].error)
		self.assertTrue(runner.run(TIME, until))
		row.reload()
		self.assertEqual((row.status, row.failures), ("Completed", []))

	# ------------------------------------------------------------------------------------------ waking

	def test_a_program_that_no_longer_waits_for_a_manager_reviews_everybody_whose_term_is_over(self) -> None:
		club = program(
			review="approved",
			term_months=1,
			window_kind="rolling_months",
			window_months=1,
			tiers=[
				{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
				{"customer_group": "Silver", "threshold": 5 * M, "points": 15, "per": M},
			],
		)
		with builders.on_day(BEGIN):
			one = member(club)
			invoice(one.customer, line(rate=6 * M))
		later = BEGIN + timedelta(days=100)
		self.nights(later, later)
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Silver")
		with builders.on_day(later):
			club.reload()
			club.review = "by_itself"
			club.save()
			club.put_in_force()
		self.nights(later, later)
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Bronze")
