"""Warnings: who is told what on which day; what was spent, bought or left is not warned of; nothing is said twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import frappe
from frappe import client

from loyalty_club import policy
from loyalty_club.api import messages as api
from loyalty_club.engine import outbox
from loyalty_club.engine.night import passing, runner, warnings
from loyalty_club.tests import builders
from loyalty_club.tests.builders import M, give, invoice, line, member, program, redeeming
from loyalty_club.tests.people import acting_as, confine, user

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
LADDER = [
	{"customer_group": "Bronze", "title_fa": "برنزی", "threshold": 0, "points": 10, "per": M},
	{"customer_group": "Silver", "title_fa": "نقره‌ای", "threshold": 5 * M, "points": 10, "per": M},
	{"customer_group": "Gold", "title_fa": "طلایی", "threshold": 9 * M, "points": 10, "per": M},
]
SHOWN = ["member", "kind", "about", "due_on", "valid_until", "facts", "key", "status", "site"]


class WarningsCase(builders.ClubCase):
	def after(self, days: int) -> date:
		return BEGIN + timedelta(days=days)

	def who(self, club: Any, **fields: Any) -> Any:
		return member(club, **{"service_messages": 1, **fields})

	def night(self, day: date) -> dict[str, int]:
		"""Time passes, then everybody is warned; what was written."""
		for _step in passing.steps(day, ""):
			pass
		did: dict[str, int] = {}
		for step in warnings.steps(day, ""):
			self.assertEqual(step.failed, ())
			for key, n in step.did.items():
				did[key] = did.get(key, 0) + n
		return did

	def nights(self, first: int, last: int) -> None:
		for n in range(first, last + 1):
			self.night(self.after(n))

	def told(self, one: Any, kind: str = "points_expiring") -> list[tuple[int, dict[str, object]]]:
		"""On which days after the beginning the member is told what."""
		rows = frappe.get_all(
			"Club Message", {"member": one.name, "kind": kind}, ["due_on", "facts"], order_by="due_on"
		)
		return [((row.due_on - BEGIN).days, outbox.facts_from(row.facts)) for row in rows]


class PointsExpire(WarningsCase):
	def club(self, **fields: Any) -> Any:
		return program(**{"expiry": "days", "expiry_count": 60, **fields})

	def bought(self, club: Any, millions: int = 12) -> Any:
		with builders.on_day(BEGIN):
			one = self.who(club)
			invoice(one.customer, line(rate=millions * M), vat=False)
		return one

	def test_a_member_is_told_30_7_and_1_days_before_the_last_day(self) -> None:
		one = self.bought(self.club())
		self.nights(25, 62)
		facts = {"points": Decimal(120), "value": Decimal(120_000), "last_day": self.after(60)}
		self.assertEqual(self.told(one), [(30, facts), (53, facts), (59, facts)])
		rows = frappe.get_all(
			"Club Message",
			{"member": one.name},
			["about", "valid_until", "status", "site"],
			order_by="due_on",
		)
		self.assertEqual({row.about for row in rows}, {self.after(60)})
		self.assertEqual([(row.valid_until - BEGIN).days for row in rows], [52, 58, 60])
		self.assertEqual({row.site for row in rows}, {outbox.identity()})

	def test_the_days_are_a_setting_in_any_digits(self) -> None:
		club = frappe.get_single("Loyalty Club Settings")
		club.warning_days = "۲۰، 3"
		club.save()
		self.assertEqual(club.warning_days, "20, 3")
		one = self.bought(self.club())
		self.nights(25, 62)
		self.assertEqual([day for day, _facts in self.told(one)], [40, 57])
		club.warning_days = "0"
		club.save()
		self.assertEqual(list(warnings.steps(self.after(60), "")), [])
		for wrong in ("30, soon", "400", "-7", "1 2 3 4 5 6"):
			club.reload()
			club.warning_days = wrong
			with self.assertRaisesRegex(frappe.ValidationError, "days before"):
				club.save()

	def test_what_was_spent_is_not_warned_of(self) -> None:
		club = self.club()
		all_of_it, half = self.bought(club), self.bought(club)
		with builders.on_day(self.after(40)):
			invoice(all_of_it.customer, line(rate=M), vat=False, **redeeming(all_of_it, 120))
			invoice(half.customer, line(rate=M), vat=False, **redeeming(half, 60))
		self.nights(41, 61)
		self.assertEqual(self.told(all_of_it), [])
		self.assertEqual([(day, facts["points"]) for day, facts in self.told(half)], [(53, 60), (59, 60)])

	def test_a_debt_is_paid_by_what_would_expire(self) -> None:
		"""20 points are spent that are then taken back: a debt, which points that still pend will pay first."""
		club = self.club(pending_days=40, expiry_count=20)  # can be spent from day 40, dies after day 60
		told = []
		for owes in (True, False):
			with builders.on_day(BEGIN):
				one = self.who(club)
				given = give(one, 20)
				invoice(one.customer, line(rate=M), vat=False, **redeeming(one, 20))
				invoice(one.customer, line(rate=3 * M), vat=False)
			if owes:
				with builders.on_day(self.after(1)):
					given.cancel()
			self.assertEqual(builders.deficit(one), 20 if owes else 0)
			self.nights(30, 30)
			told += self.told(one)
		self.assertEqual([(day, facts["points"]) for day, facts in told], [(30, 19), (30, 39)])

	def test_several_lots_of_a_day_are_one_message_and_several_days_are_several(self) -> None:
		club = self.club()
		one = self.bought(club, 3)
		with builders.on_day(BEGIN):
			invoice(one.customer, line(rate=4 * M), vat=False)
		with builders.on_day(self.after(2)):
			invoice(one.customer, line(rate=5 * M), vat=False)
		self.nights(28, 33)
		self.assertEqual(
			[(day, facts["points"], facts["last_day"]) for day, facts in self.told(one)],
			[(30, 70, self.after(60)), (32, 50, self.after(62))],
		)

	def test_points_that_die_of_inactivity_live_on_with_a_purchase(self) -> None:
		club = self.club(expiry="inactivity", expiry_count=2)
		buys, idle = self.bought(club), self.bought(club)
		last = date(2026, 5, 21)  # 31 Ordibehesht: two Jalali months after 1 Farvardin is 1 Khordad, 22 May
		last = last + timedelta(days=1)
		away = (last - BEGIN).days
		with builders.on_day(self.after(40)):
			invoice(buys.customer, line(rate=2 * M), vat=False)
		self.nights(away - 30, away + 1)
		self.assertEqual([day for day, _facts in self.told(idle)], [away - 30, away - 7, away - 1])
		self.assertEqual({facts["last_day"] for _day, facts in self.told(idle)}, {last})
		told = self.told(buys)
		self.assertNotIn(last, {facts["last_day"] for day, facts in told if day > 40})
		self.nights(away + 2, 105)
		later = [facts for day, facts in self.told(buys) if facts["last_day"] != last]
		self.assertEqual({facts["points"] for facts in later}, {140})
		self.assertEqual(len(later), 3)

	def test_credit_that_expires_is_told_of_by_a_kind_of_its_own(self) -> None:
		club = self.club()
		with builders.on_day(BEGIN):
			one = self.who(club)
			give(one, 500_000, wallet="Gift Credit", kind="Opening Balance", expires_on=self.after(60))
			give(one, 300_000, wallet="Cash Credit", kind="Opening Balance")
		self.nights(25, 62)
		facts = {"amount": Decimal(500_000), "wallet": "Gift Credit", "last_day": self.after(60)}
		self.assertEqual(self.told(one, "credit_expiring"), [(30, facts), (53, facts), (59, facts)])
		self.assertEqual(self.told(one), [])

	def test_whoever_left_or_did_not_agree_is_told_nothing(self) -> None:
		club = self.club()
		left, silent, closed = self.bought(club), self.bought(club), self.bought(self.club())
		frappe.db.set_value("Club Member", left.name, "status", "Left")
		frappe.db.set_value("Club Member", silent.name, "service_messages", 0)
		frappe.db.set_value("Club Program", closed.program, "status", "Closed")
		frappe.clear_document_cache("Club Program", closed.program)
		self.nights(25, 62)
		for one in (left, silent, closed):
			self.assertEqual(self.told(one), [])

	def test_points_awarded_on_the_very_day_are_no_matter_of_its_morning(self) -> None:
		one = self.bought(self.club(expiry_count=30))
		self.night(BEGIN)
		self.assertEqual(self.told(one), [])
		self.nights(1, 31)
		self.assertEqual([day for day, _facts in self.told(one)], [23, 29])


class ATierIsAtRisk(WarningsCase):
	def club(self, **fields: Any) -> Any:
		return program(
			**{
				"tiers": LADDER,
				"window_kind": "rolling_months",
				"window_months": 2,
				"term_months": 2,
				"netting_days": 2,
				**fields,
			}
		)

	def gold(self, club: Any, millions: int = 10) -> Any:
		"""Gold since the beginning; a review two Jalali months later."""
		with builders.on_day(BEGIN):
			one = self.who(club)
			invoice(one.customer, line(rate=millions * M), vat=False)
		self.review = frappe.db.get_value("Club Member", one.name, "review_on")
		return one

	def risks(self, one: Any) -> list[tuple[int, dict[str, object]]]:
		"""How many days before the review the member is told what."""
		told = self.told(one, "tier_at_risk")
		return [((self.review - self.after(day)).days, facts) for day, facts in told]

	def test_it_says_what_is_missing_until_when_and_what_comes_after(self) -> None:
		one = self.gold(self.club())
		with builders.on_day(self.after(20)):
			invoice(one.customer, line(rate=6 * M), vat=False)
		away = (self.review - BEGIN).days
		self.nights(away - 31, away + 1)
		facts = {
			"tier": "Gold",
			"after": "Silver",
			"metric": "net_spend",
			"missing": Decimal(3 * M),
			"until": self.review - timedelta(days=1),
		}
		self.assertEqual(self.risks(one), [(30, facts), (7, facts), (1, facts)])
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Silver")  # as was said

	def test_it_stops_when_enough_is_bought_and_says_the_rest_when_some_is(self) -> None:
		club = self.club()
		enough, some = self.gold(club), self.gold(club)
		away = (self.review - BEGIN).days
		self.nights(away - 31, away - 20)
		with builders.on_day(self.after(away - 19)):
			invoice(enough.customer, line(rate=9 * M), vat=False)
			invoice(some.customer, line(rate=7 * M), vat=False)
		self.nights(away - 18, away + 1)
		self.assertEqual([day for day, _facts in self.risks(enough)], [30])
		missing = [(day, facts["missing"], facts["after"]) for day, facts in self.risks(some)]
		self.assertEqual(
			missing, [(30, 9 * M, "Bronze"), (7, 2 * M, "Silver"), (1, 2 * M, "Silver")], missing
		)
		self.assertEqual(frappe.db.get_value("Club Member", enough.name, "tier"), "Gold")

	def test_with_days_of_grace_they_are_told_of_and_their_end_is_warned_of(self) -> None:
		one = self.gold(self.club(grace_days=10))
		away = (self.review - BEGIN).days
		self.nights(away - 31, away + 11)
		told = self.risks(one)
		self.assertEqual([day for day, _facts in told], [30, 7, 1, -3, -9])
		self.assertEqual(told[0][1]["grace"], self.review + timedelta(days=9))
		self.assertEqual(told[3][1]["until"], self.review + timedelta(days=9))
		self.assertNotIn("grace", told[3][1])
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Bronze")

	def test_where_a_manager_approves_reviews_members_are_told_as_well(self) -> None:
		one = self.gold(self.club(review="approved"))
		away = (self.review - BEGIN).days
		self.nights(away - 31, away + 1)
		self.assertEqual([day for day, _facts in self.risks(one)], [30, 7, 1])
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Gold")

	def test_visits_and_points_are_counted_in_their_own_measure(self) -> None:
		for metric, thresholds, missing in (("visits", (0, 1, 3), 2), ("points_earned", (0, 15, 25), 15)):
			tiers = [{**tier, "threshold": least} for tier, least in zip(LADDER, thresholds, strict=True)]
			club = self.club(metric=metric, tiers=tiers, window_months=1)
			with builders.on_day(BEGIN):
				one = self.who(club)
			for n in (0, 1, 2, 50):
				with builders.on_day(self.after(n)):
					invoice(one.customer, line(rate=M), vat=False)
			self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Gold")
			self.review = frappe.db.get_value("Club Member", one.name, "review_on")
			self.night(self.review - timedelta(days=7))
			[(_day, facts)] = self.risks(one)
			after = "Silver" if metric == "visits" else "Bronze"
			self.assertEqual((facts["metric"], facts["after"], facts["missing"]), (metric, after, missing))

	def test_looking_writes_nothing_but_messages(self) -> None:
		one = self.gold(self.club())
		before = frappe.db.get_value("Club Account", one.account, "*", as_dict=True)
		for _step in warnings.steps(self.review - timedelta(days=7), ""):
			pass
		self.assertEqual(len(self.risks(one)), 1)
		self.assertEqual(frappe.db.get_value("Club Account", one.account, "*", as_dict=True), before)
		self.assertEqual(frappe.db.get_value("Club Member", one.name, "tier"), "Gold")


class Nights(WarningsCase):
	def crowd(self) -> list[Any]:
		club = program(
			tiers=LADDER,
			expiry="days",
			expiry_count=50,
			window_kind="rolling_months",
			window_months=1,
			term_months=2,
			grace_days=5,
		)
		with builders.on_day(BEGIN):
			people = [self.who(club) for _n in range(10)]
		for n, one in enumerate(people):
			with builders.on_day(self.after(n)):
				invoice(one.customer, line(rate=(n + 1) * M), vat=False)
		return people

	def rows(self, people: list[Any]) -> list[Any]:
		found = frappe.get_all("Club Message", {"member": ["in", [one.name for one in people]]}, SHOWN)
		return sorted(found, key=lambda row: row.key)

	def test_a_week_that_is_made_up_for_gives_what_the_nights_would_have_given(self) -> None:
		people = self.crowd()
		first, last = self.after(38), self.after(60)
		frappe.db.savepoint("before_nights")
		day = first
		while day <= last:
			with builders.on_day(day):
				self.assertTrue(runner.night(day))
			day += timedelta(days=1)
		one = self.rows(people)
		self.assertGreater(len(one), 10)
		self.assertEqual({row.kind for row in one}, {"points_expiring", "tier_at_risk"})
		frappe.db.rollback(save_point="before_nights")
		self.assertEqual(self.rows(people), [])
		with builders.on_day(first):
			self.assertTrue(runner.night(first))
		with builders.on_day(last):
			self.assertTrue(runner.night(last))
		self.assertEqual(self.rows(people), one)

	def test_a_second_time_nothing_is_written(self) -> None:
		people = self.crowd()
		day = self.after(52)
		self.assertTrue(self.night(day))
		once = self.rows(people)
		self.assertTrue(once)
		self.assertEqual(self.night(day), {})
		self.assertEqual(self.rows(people), once)

	def test_small_chunks_cut_off_anywhere_end_as_one_large(self) -> None:
		people = self.crowd()
		day = self.after(52)
		frappe.db.savepoint("before_nights")
		self.night(day)
		once = self.rows(people)
		found = len(list(warnings.steps(day, "")))
		self.assertGreater(found, 1)
		frappe.db.rollback(save_point="before_nights")
		for _step in passing.steps(day, ""):
			pass
		cursor = ""
		with patch.object(warnings, "AT_ONCE", 1):
			for _n in range(100):
				steps = warnings.steps(day, cursor)
				step = next(steps, None)
				if step is None:
					break
				frappe.db.savepoint("cut_off")
				next(steps, None)  # this chunk is lost, as when the worker is killed
				frappe.db.rollback(save_point="cut_off")
				cursor = step.cursor
		self.assertEqual(self.rows(people), once)

	def test_what_waited_too_long_is_dropped(self) -> None:
		people = self.crowd()
		self.night(self.after(22))
		[row] = self.rows(people[2:3])
		self.assertEqual(row.status, "Queued")
		self.night(row.valid_until)
		self.assertEqual(self.rows(people[2:3])[0].status, "Queued")
		self.assertGreater(self.night(row.valid_until + timedelta(days=1))["out_of_date"], 0)
		self.assertEqual(self.rows(people[2:3])[0].status, "Dropped")


class BeforeSending(WarningsCase):
	def setUp(self) -> None:
		super().setUp()
		club = program(expiry="days", expiry_count=60)
		with builders.on_day(BEGIN):
			self.people = [self.who(club) for _n in range(4)]
			for one in self.people:
				invoice(one.customer, line(rate=12 * M), vat=False)
		self.night(self.after(30))
		self.names = frappe.get_all(
			"Club Message", {"member": ["in", [one.name for one in self.people]]}, pluck="name"
		)
		self.assertEqual(len(self.names), 4)

	def test_what_is_no_longer_true_is_dropped_and_what_changed_says_so(self) -> None:
		same, some, spent, left = self.people
		with builders.on_day(self.after(31)):
			invoice(some.customer, line(rate=M), vat=False, **redeeming(some, 50))
			invoice(spent.customer, line(rate=M), vat=False, **redeeming(spent, 120))
		frappe.db.set_value("Club Member", left.name, "status", "Left")
		self.assertEqual(warnings.look_again(self.names, self.after(32)), 2)
		found = {
			row.member: (row.status, outbox.facts_from(row.facts)["points"])
			for row in frappe.get_all(
				"Club Message", {"name": ["in", self.names]}, ["member", "status", "facts"]
			)
		}
		self.assertEqual(found[same.name], ("Queued", 120))
		self.assertEqual(found[some.name], ("Queued", 70))
		self.assertEqual(found[spent.name][0], "Dropped")
		self.assertEqual(found[left.name][0], "Dropped")
		self.assertEqual(warnings.look_again(self.names, self.after(53)), 2)

	def test_a_copy_of_the_database_may_send_nothing_until_it_is_settled_there(self) -> None:
		outbox.settle(again=True)
		here = outbox.identity()
		self.assertTrue(outbox.may_send(here))
		with patch.dict(frappe.local.conf, {"db_name": "a_copy"}):
			self.assertNotEqual(outbox.identity(), here)
			self.assertFalse(outbox.may_send(here), "written elsewhere")
			self.assertFalse(outbox.may_send(outbox.identity()), "written here, but this is a copy")
			outbox.settle()  # what installing and migrating do
			self.assertFalse(outbox.may_send(outbox.identity()))
			outbox.settle(again=True)
			self.assertTrue(outbox.may_send(outbox.identity()))
			self.assertFalse(outbox.may_send(here), "what the other place wrote stays its own")

	def test_nobody_writes_one_and_a_cashier_sees_none(self) -> None:
		row = frappe.get_doc("Club Message", self.names[0])
		for who in (user("Club Manager", "System Manager"), "Administrator"):
			with acting_as(who):
				with self.assertRaises(frappe.PermissionError):
					client.set_value("Club Message", row.name, "status", "Sent")
				with self.assertRaises(frappe.PermissionError):
					frappe.get_doc({**row.as_dict(), "name": None, "key": "x"}).insert()
				with self.assertRaises(frappe.PermissionError):
					frappe.delete_doc("Club Message", row.name)
				self.assertTrue(client.get_list("Club Message", filters={"name": row.name}))
		with acting_as(user("Club Cashier", "Sales User")):
			with self.assertRaises(frappe.PermissionError):
				client.get_list("Club Message")
			with self.assertRaises(frappe.PermissionError):
				api.preview(row.name)

	def test_whoever_sees_some_companies_or_branches_only_sees_none(self) -> None:
		"""A message counts what a member has everywhere."""
		confined = user("Club Manager")
		confine(confined, "Company", builders.COMPANY)
		with acting_as(confined):
			self.assertEqual(client.get_list("Club Message"), [])
			with self.assertRaises(frappe.PermissionError):
				api.preview(self.names[0])

	def test_the_preview_is_a_sentence_in_the_users_language(self) -> None:
		shown = api.preview(self.names[0])
		self.assertEqual(shown["title"], "Points about to expire")
		style = policy.style(lang="en")
		self.assertIn("120 of your points (worth 120,000 rial)", shown["text"])
		self.assertIn(style.day(self.after(60)), shown["text"])
		frappe.local.lang = "fa"
		try:
			self.assertIn("۱۲۰ امتیازِ شما (به ارزش ۱۲۰٬۰۰۰ ریال)", api.preview(self.names[0])["text"])
		finally:
			frappe.local.lang = "en"
