"""Tier reviews that a manager approves: shown in advance, carried out once, on the member's day, with what was bought
meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import frappe

from loyalty_club.api import reviews as api
from loyalty_club.engine import reviews
from loyalty_club.engine.night import passing, runner
from loyalty_club.loyalty_club.report.club_tier_review.club_tier_review import execute
from loyalty_club.tests import builders, people
from loyalty_club.tests.builders import M, bring_back, invoice, line, member

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
END = date(2026, 4, 21)  # the term of who bought on the first day is over
NIGHT = "Tier Reviews"


class TestTierReview(builders.ClubCase):
	program_fields = {
		"review": "approved",
		"term_months": 1,
		"window_kind": "rolling_months",
		"window_months": 1,
		"tiers": [
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 5 * M, "points": 15, "per": M},
			{"customer_group": "Gold", "threshold": 20 * M, "points": 20, "per": M},
		],
	}

	def buyer(self, amount: float = 6 * M, day: date = BEGIN) -> Any:
		with builders.on_day(day):
			one = member(self.program)
			invoice(one.customer, line(rate=amount))
		return one

	def buy(self, one: Any, amount: float, day: date) -> Any:
		with builders.on_day(day):
			return invoice(one.customer, line(rate=amount))

	def found(self, day: date, until: date | None = None, submit: bool = False) -> Any:
		"""A review whose members have been found on a day."""
		with builders.on_day(day):
			doc = frappe.get_doc(
				{"doctype": "Club Tier Review", "program": self.program.name, "until": until or day}
			).insert()
			api.find(doc.name)
			doc.reload()
			if submit:
				doc.submit()
		return doc

	def approve(self, doc: Any, day: date) -> Any:
		with builders.on_day(day):
			doc.submit()
		doc.reload()
		return doc

	def tier(self, one: Any) -> str:
		name: str = frappe.db.get_value("Club Member", one.name, "tier")
		return name

	def outcomes(self, doc: Any) -> dict[str, str]:
		return {row.member: row.outcome for row in reviews.rows_of(doc.name)}

	def changes(self, one: Any) -> list[Any]:
		return frappe.get_all(
			"Club Tier Change",
			filters={"member": one.name, "why": "review"},
			fields=["day", "before", "after", "source_doctype", "source_name"],
		)

	def status(self, doc: Any) -> str:
		status: str = frappe.db.get_value("Club Tier Review", doc.name, "status")
		return status

	# ------------------------------------------------------------------------------------------ found, approved

	def test_nobody_moves_before_a_manager_approves(self) -> None:
		loses, keeps = self.buyer(), self.buyer()
		self.buy(keeps, 7 * M, BEGIN + timedelta(days=20))
		for _step in passing.steps(END + timedelta(days=3), ""):
			pass
		self.assertEqual(self.tier(loses), "Silver")
		doc = self.found(END)
		shown = {row.member: (row.tier, row.tier_after, row.missing) for row in doc.members}
		self.assertEqual(
			shown,
			{loses.name: ("Silver", "Bronze", 5 * M), keeps.name: ("Silver", "Silver", 0)},
		)
		self.assertEqual(self.tier(loses), "Silver", "a preview moves nobody")
		self.approve(doc, END)
		self.assertEqual(self.tier(loses), "Bronze")
		[change] = self.changes(loses)
		self.assertEqual(
			(change.day, change.source_doctype, change.source_name), (END, "Club Tier Review", doc.name)
		)
		self.assertEqual(self.status(doc), "Done")

	def test_who_goes_down_is_named_first(self) -> None:
		keeps, loses = self.buyer(), self.buyer()
		self.buy(keeps, 2 * M, BEGIN + timedelta(days=20))
		self.buy(keeps, 4 * M, BEGIN + timedelta(days=25))
		doc = self.found(BEGIN + timedelta(days=40), BEGIN + timedelta(days=60))
		self.assertEqual([row.idx for row in doc.members], list(range(1, len(doc.members) + 1)))
		self.assertEqual(doc.members[0].member, loses.name)

	def test_what_is_bought_after_the_approval_was_prepared_keeps_the_tier(self) -> None:
		one = self.buyer()
		doc = self.found(END - timedelta(days=2), END)
		self.assertEqual(doc.members[0].tier_after, "Bronze")
		self.buy(one, 6 * M, END - timedelta(days=1))
		self.approve(doc, END)
		self.assertEqual((self.tier(one), self.changes(one)), ("Silver", []))
		self.assertEqual(self.outcomes(doc), {one.name: "Tier Kept"})
		self.assertGreater(frappe.db.get_value("Club Member", one.name, "review_on"), END)

	def test_who_was_lifted_meanwhile_has_a_term_of_the_new_tier(self) -> None:
		one = self.buyer()
		doc = self.found(END - timedelta(days=2), END)
		self.buy(one, 15 * M, END - timedelta(days=1))
		self.approve(doc, END)
		self.assertEqual(self.tier(one), "Gold")
		self.assertEqual(self.outcomes(doc), {one.name: "Nothing to Decide"})

	def test_who_would_go_lower_than_approved_is_left_for_another_review(self) -> None:
		with builders.on_day(BEGIN):
			one = member(self.program)
			invoice(one.customer, line(rate=20 * M))
		with builders.on_day(BEGIN + timedelta(days=20)):
			sale = invoice(one.customer, line(rate=6 * M))
		doc = self.found(END - timedelta(days=1), END)
		self.assertEqual((doc.members[0].tier, doc.members[0].tier_after), ("Gold", "Silver"))
		with builders.on_day(END):
			bring_back(sale, set_posting_time=1, posting_date=END, posting_time="10:00:00")
		self.approve(doc, END)
		self.assertEqual(self.tier(one), "Gold")
		self.assertEqual(self.outcomes(doc), {one.name: "Would Go Lower"})
		again = self.found(END, submit=True)
		self.assertEqual((self.tier(one), self.outcomes(again)), ("Bronze", {one.name: "Tier Lost"}))

	def test_a_manager_keeps_a_member_with_a_reason(self) -> None:
		one = self.buyer()
		doc = self.found(END)
		doc.members[0].decision = reviews.KEEP
		with self.assert_refused("why"):
			doc.save()
		doc.reload()
		doc.members[0].update({"decision": reviews.KEEP, "reason": "was in hospital"})
		self.approve(doc, END)
		self.assertEqual(self.tier(one), "Silver")
		self.assertEqual(self.outcomes(doc), {one.name: "Tier Kept"})
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "review_on"), date(2026, 5, 22))

	def test_finding_again_keeps_what_was_chosen_and_shows_what_was_bought(self) -> None:
		one, other = self.buyer(), self.buyer()
		doc = self.found(END - timedelta(days=5), END)
		row = next(row for row in doc.members if row.member == one.name)
		row.decision, row.reason = reviews.KEEP, "a friend of the house"
		doc.save()
		self.buy(other, 6 * M, END - timedelta(days=4))
		with builders.on_day(END - timedelta(days=3)):
			api.find(doc.name)
		found = {row.member: row for row in reviews.rows_of(doc.name)}
		self.assertEqual(
			(found[one.name].decision, found[one.name].reason), (reviews.KEEP, "a friend of the house")
		)
		self.assertEqual(found[other.name].tier_after, found[other.name].tier)

	# ------------------------------------------------------------------------------------------ days to come

	def test_members_whose_day_comes_later_are_decided_by_the_night_of_their_day(self) -> None:
		now, later = self.buyer(), self.buyer(day=BEGIN + timedelta(days=5))
		doc = self.found(END, END + timedelta(days=10), submit=True)
		self.assertEqual((self.tier(now), self.tier(later)), ("Bronze", "Silver"))
		self.assertEqual(self.status(doc), "Waiting")
		day = END + timedelta(days=4)
		with builders.on_day(day):
			self.assertTrue(runner.run(NIGHT, day))
		self.assertEqual(self.tier(later), "Silver")
		day = END + timedelta(days=6)
		with builders.on_day(day):
			self.assertTrue(runner.run(NIGHT, day))
			self.assertTrue(runner.run(NIGHT, day, again=True))
		self.assertEqual(self.tier(later), "Bronze")
		[change] = self.changes(later)
		self.assertEqual(change.source_name, doc.name)
		self.assertEqual(self.status(doc), "Done")
		run = frappe.get_doc("Club Job Run", runner.name_of(NIGHT, day))
		self.assertEqual(run.status, "Completed")

	def test_days_of_grace_are_not_cut_short(self) -> None:
		self.program.grace_days = 10
		self.program.save()
		self.program.put_in_force()
		one, buys = self.buyer(), self.buyer()
		self.assertEqual(len(self.found(END).members), 0, "the grace is not over")
		doc = self.found(END, END + timedelta(days=10), submit=True)
		self.assertEqual({row.decided_on for row in doc.members}, {END + timedelta(days=10)})
		self.buy(buys, 6 * M, END + timedelta(days=8))
		for day in (END + timedelta(days=9), END + timedelta(days=10)):
			self.assertEqual(self.tier(one), "Silver")
			with builders.on_day(day):
				self.assertTrue(runner.run(NIGHT, day))
		self.assertEqual((self.tier(one), self.tier(buys)), ("Bronze", "Silver"))

	def test_an_approved_member_is_not_found_for_another_review(self) -> None:
		self.buyer(day=BEGIN + timedelta(days=5))
		self.found(END, END + timedelta(days=10), submit=True)
		self.assertEqual(self.found(END, END + timedelta(days=10)).members, [])

	def test_two_reviews_of_a_term_decide_it_once(self) -> None:
		one = self.buyer()
		first, second = self.found(END), self.found(END)
		self.approve(first, END)
		self.approve(second, END)
		self.assertEqual(len(self.changes(one)), 1)
		self.assertEqual(self.outcomes(second), {one.name: "Nothing to Decide"})

	# ------------------------------------------------------------------------------------------ many, cut off

	def test_a_worker_that_is_killed_and_one_that_is_begun_twice_decide_once(self) -> None:
		crowd = [self.buyer() for _n in range(7)]
		doc = self.found(END)
		with patch.object(reviews, "AT_ONCE", 3), patch.object(reviews, "WHILE_ONE_WAITS", 0):
			self.approve(doc, END)
			self.assertEqual(self.status(doc), "Running")
			steps = reviews.steps(doc.name, END)
			next(steps)
			frappe.db.savepoint("killed")
			next(steps)
			frappe.db.rollback(save_point="killed")
			self.assertEqual(sorted(map(self.tier, crowd)), ["Bronze"] * 3 + ["Silver"] * 4)
			reviews.carry_out(doc.name, END)
			reviews.carry_out(doc.name, END)
		self.assertEqual({self.tier(one) for one in crowd}, {"Bronze"})
		self.assertEqual({len(self.changes(one)) for one in crowd}, {1})
		self.assertEqual(self.status(doc), "Done")

	def test_one_who_cannot_be_decided_stops_nobody_else_and_is_tried_again(self) -> None:
		one, broken = self.buyer(), self.buyer()
		doc = self.found(END)
		state = frappe.db.get_value("Club Account", broken.account, "state")
		frappe.db.set_value("Club Account", broken.account, "state", '{"v": 1}', update_modified=False)
		self.approve(doc, END)
		self.assertEqual((self.tier(one), self.tier(broken)), ("Bronze", "Silver"))
		self.assertEqual((self.outcomes(doc)[broken.name], self.status(doc)), ("Waiting", "Waiting"))
		self.assertTrue(next(row.error for row in reviews.rows_of(doc.name) if row.member == broken.name))
		frappe.db.set_value("Club Account", broken.account, "state", state, update_modified=False)
		with builders.on_day(END):
			self.assertTrue(runner.run(NIGHT, END))
		self.assertEqual((self.tier(broken), self.status(doc)), ("Bronze", "Done"))

	def test_more_than_one_review_holds_is_found_by_the_next(self) -> None:
		crowd = [self.buyer() for _n in range(5)]
		with patch.object(reviews, "MOST", 3), patch.object(reviews, "AT_A_LOOK", 2):
			with builders.on_day(END):
				doc = frappe.get_doc(
					{"doctype": "Club Tier Review", "program": self.program.name, "until": END}
				).insert()
				self.assertEqual(api.find(doc.name), {"found": 3, "more": True})
			doc.reload()
			self.approve(doc, END)
			self.assertEqual(len(self.found(END, submit=True).members), 2)
		self.assertEqual({self.tier(one) for one in crowd}, {"Bronze"})

	# ------------------------------------------------------------------------------------------ taken back, refused

	def test_what_is_decided_is_not_cancelled_and_the_rest_can_be_withdrawn(self) -> None:
		self.buyer()
		later = self.buyer(day=BEGIN + timedelta(days=5))
		doc = self.found(END, END + timedelta(days=10), submit=True)
		with self.assert_refused("1 members of this review are decided"):
			doc.cancel()
		self.assertEqual(api.withdraw(doc.name), 1)
		self.assertEqual((self.outcomes(doc)[later.name], self.status(doc)), ("Withdrawn", "Done"))
		day = END + timedelta(days=8)
		with builders.on_day(day):
			self.assertTrue(runner.run(NIGHT, day))
		self.assertEqual(self.tier(later), "Silver")

	def test_a_review_of_which_nothing_is_decided_can_be_cancelled(self) -> None:
		later = self.buyer(day=BEGIN + timedelta(days=5))
		doc = self.found(END, END + timedelta(days=10), submit=True)
		doc.cancel()
		self.assertEqual((self.outcomes(doc), self.status(doc)), ({later.name: "Withdrawn"}, "Cancelled"))
		self.assertEqual(len(self.found(END, END + timedelta(days=10)).members), 1)

	def test_rows_are_found_and_not_written(self) -> None:
		one = self.buyer()
		doc = self.found(END)
		doc.members[0].tier_after = "Gold"
		doc.save()
		self.assertEqual(reviews.rows_of(doc.name)[0].tier_after, "Bronze")
		doc.append("members", {"member": one.name, "decision": reviews.RULES})
		with self.assert_refused("Find them by the button"):
			doc.save()

	def test_a_program_whose_reviews_happen_by_themselves_needs_no_approval(self) -> None:
		self.program.review = "by_itself"
		self.program.save()
		self.program.put_in_force()
		with self.assert_refused("by themselves"):
			self.found(END)

	def test_only_a_manager_who_sees_all_companies_approves(self) -> None:
		self.buyer()
		doc = self.found(END)
		for role, reads in (("Club Accountant", True), ("Club Cashier", False)):
			with people.acting_as(people.user(role)):
				self.assertEqual(bool(frappe.has_permission("Club Tier Review", "read")), reads)
				with self.assertRaises(frappe.PermissionError):
					api.find(doc.name)
				with self.assertRaises(frappe.PermissionError):
					frappe.get_doc("Club Tier Review", doc.name).submit()
		who = people.user("Club Manager")
		people.confine(who, "Company", builders.COMPANY)
		with people.acting_as(who), self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Club Tier Review", doc.name).submit()
		with builders.on_day(END), people.acting_as(people.user("Club Manager")):
			frappe.get_doc("Club Tier Review", doc.name).submit()
		self.assertEqual(self.status(doc), "Done")

	# ------------------------------------------------------------------------------------------ in advance

	def report(self, day: date, **filters: Any) -> tuple[Any, ...]:
		with builders.on_day(day):
			return execute({"program": self.program.name, "days": 30, **filters})

	def test_the_report_says_in_advance_who_loses_the_tier_also_where_no_approval_is_needed(self) -> None:
		for review in ("approved", "by_itself"):
			self.program.review = review
			self.program.save()
			self.program.put_in_force()
			loses, keeps = self.buyer(), self.buyer()
			self.buy(keeps, 6 * M, BEGIN + timedelta(days=20))
			mine = {loses.name, keeps.name}
			_columns, rows, note, chart, sums = self.report(END - timedelta(days=3))
			found = {row["member"]: row for row in rows if row["member"] in mine}
			self.assertEqual(found[loses.name]["would"], "Loses the tier")
			self.assertEqual((found[loses.name]["missing"], found[loses.name]["decided_on"]), (5 * M, END))
			self.assertEqual(found[keeps.name]["would"], "Keeps the tier")
			self.assertEqual(sum(sum(each["values"]) for each in chart["data"]["datasets"]), len(rows))
			self.assertEqual(sums[0]["value"], len(rows))
			self.assertEqual("manager" in note, review == "approved")
			only = self.report(END - timedelta(days=3), only_lost=1)[1]
			self.assertNotIn(keeps.name, {row["member"] for row in only})
			self.assertEqual(self.report(BEGIN + timedelta(days=1), days=5)[1], [])
