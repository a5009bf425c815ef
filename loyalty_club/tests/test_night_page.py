"""The page Night Work: who sees and runs it, what it says of a run that goes on, was cut off or failed; time passes for
one member; the day of the night is the site's own; LRFM on a member's form."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import getdate

from loyalty_club import jobs, night_panels, panels, policy
from loyalty_club.api import night
from loyalty_club.engine.night import runner, scores
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import M, invoice, line, member
from loyalty_club.tests.people import acting_as, confine, user

BEGIN = date(2026, 3, 1)
LAST = date(2026, 3, 20)  # the last day on which points of BEGIN can be spent
TIME = "Passing of Time"


class NightCase(builders.ClubCase):
	program_fields = {"expiry": "days", "expiry_count": 19}

	def someone(self) -> Any:
		with builders.on_day(BEGIN):
			one = member(self.program)
			invoice(one.customer, line(rate=10 * M), vat=False)
		return one

	def job(self, name: str = TIME) -> dict[str, Any]:
		return next(each for each in night_panels.overview()["jobs"] if each["name"] == name)

	def cut_off(self, day: date) -> None:
		"""A run of which nobody knows any more."""
		runner.run(TIME, day)
		name = runner.name_of(TIME, day)
		frappe.db.set_value(
			runner.RUN,
			name,
			{"status": "Running", "done": 3, "total": 12, "ended_at": None, "seconds": 12.34},
		)


class TestPage(NightCase):
	def test_managers_run_it_accountants_see_it_others_neither(self) -> None:
		"""`only_for` lets everybody pass in tests, so the roles are asked for outside of one."""
		may = {
			"Club Manager": (True, True),
			"System Manager": (True, True),
			"Club Accountant": (True, False),
			"Club Cashier": (False, False),
			"Sales User": (False, False),
		}
		who = {role: user(role) for role in may}
		started: list[str] = []
		with patch.object(runner, "start", lambda name, day, again=False: started.append(name)):
			for role, (sees, runs) in may.items():
				with acting_as(who[role]), patch.dict(frappe.flags, {"in_test": False}):
					for act, allowed in ((night.overview, sees), (lambda: night.run_job("Scores"), runs)):
						if allowed:
							act()
						else:
							self.assertRaises(frappe.PermissionError, act)
		self.assertEqual(started, ["Scores", "Scores"])

	def test_a_job_is_started_by_hand_unless_it_runs_or_is_none(self) -> None:
		asked: list[dict[str, Any]] = []
		with patch.object(frappe, "enqueue", lambda method, **options: asked.append(options)):
			night.run_job("Scores", again=1)
			self.assertEqual((asked[0]["name"], asked[0]["again"]), ("Scores", True))
			self.assertTrue(asked[0]["enqueue_after_commit"])
			with self.assert_refused("no job Sleep"):
				night.run_job("Sleep")
			with patch.object(runner, "is_running", lambda name: True), self.assert_refused("runs already"):
				night.run_job("Scores")
		self.assertEqual(len(asked), 1)

	def test_a_run_says_how_far_it_is_and_whether_anybody_is_at_it(self) -> None:
		today = policy.club_today()
		self.cut_off(today)
		told = self.job()
		self.assertEqual((told["status"], told["done"], told["total"]), ("Interrupted", "3", "12"))
		self.assertEqual((told["share"], told["seconds"]), (25, "12.3"))
		with patch.object(runner, "is_running", lambda name: True):
			self.assertEqual((self.job()["status"], self.job()["running"]), ("Running", True))
		frappe.local.lang = "fa"
		self.addCleanup(setattr, frappe.local, "lang", "en")
		told = self.job()
		self.assertEqual((told["done"], told["total"], told["seconds"]), ("۳", "۱۲", "۱۲٫۳"))

	def test_the_hour_asks_a_worker_while_something_is_left_to_be_done(self) -> None:
		asked: list[str] = []
		with patch.object(frappe, "enqueue", lambda method, **options: asked.append(method)):
			self.cut_off(policy.club_today())
			self.assertTrue(night.run_night())
			self.assertEqual(asked, ["loyalty_club.jobs.run_night"])
			self.assertTrue(jobs.run_night())
			self.assertFalse(night.run_night(), "everything is done")
		self.assertEqual(len(asked), 1)

	def test_the_last_nights_tell_who_was_cut_off(self) -> None:
		today = policy.club_today()
		self.cut_off(today)
		told = night_panels.overview()
		place = list(runner.JOBS).index(TIME)
		self.assertEqual(told["nights"][0]["jobs"][place]["status"], "Interrupted")
		with patch.object(runner, "is_running", lambda name: True):
			self.assertEqual(night_panels.overview()["nights"][0]["jobs"][place]["status"], "Running")

	def test_what_was_cut_off_is_taken_up_again(self) -> None:
		today = policy.club_today()
		self.cut_off(today)
		self.assertFalse(runner.is_over(today))
		self.assertTrue(runner.run(TIME, today))
		self.assertEqual(self.job()["status"], "Completed")
		self.assertEqual(frappe.db.get_value(runner.RUN, runner.name_of(TIME, today), "started_times"), 2)

	def test_it_counts_the_nights_that_are_missing_and_names_what_failed(self) -> None:
		today = policy.club_today()
		one = self.someone()
		frappe.db.delete(runner.RUN)
		runner.run(TIME, today - timedelta(days=5))
		self.assertEqual((self.job()["missing"], self.job()["missing_shown"]), (5, "5"))
		with patch("loyalty_club.engine.night.passing.advance", side_effect=ValueError("no such lot")):
			frappe.db.set_value("Club Account", one.account, "next_due", today - timedelta(days=4))
			runner.run(TIME, today)
		told = self.job()
		self.assertEqual(told["status"], "Partly Failed")
		mine = next(each for each in told["failures"] if each["member"] == one.name)
		self.assertIn("no such lot", mine["error"])
		runner.run(TIME, today, again=True)
		self.assertEqual((self.job()["status"], self.job()["failures"]), ("Completed", []))

	def test_time_passes_for_one_member_by_hand(self) -> None:
		one, other = self.someone(), self.someone()
		with builders.on_day(LAST + timedelta(days=1)):
			self.assertTrue(night.pass_time(one.name))
			self.assertFalse(night.pass_time(one.name))
		self.assertEqual((builders.balance(one), builders.balance(other)), (0, 100))


class TestMidnight(NightCase):
	"""Tehran is at 3:30 before UTC: its 21 March begins at 20:30 of 20 March."""

	BEFORE, AFTER = "2026-03-20 20:29:50.123456", "2026-03-20 20:30:10.123456"

	def in_zone(self, name: str) -> None:
		settings = frappe.get_single("System Settings")
		before = settings.time_zone
		self.addCleanup(self.set_zone, before)
		self.set_zone(name)

	def set_zone(self, name: str) -> None:
		frappe.db.set_single_value("System Settings", "time_zone", name)
		frappe.clear_document_cache("System Settings", "System Settings")
		frappe.cache.delete_value("time_zone")
		frappe.local.system_settings = None

	def nights_of(self, moment: str) -> date:
		"""The day that the scheduler's job would run at a moment of the server's clock."""
		days: list[date] = []
		with builders.at_moment(moment), patch.object(runner, "night", lambda day: days.append(day) or True):
			jobs.run_night()
		return days[0]

	def test_the_night_begins_at_midnight_in_tehran(self) -> None:
		one = self.someone()
		self.in_zone("Asia/Tehran")
		self.assertEqual(self.nights_of(self.BEFORE), LAST)
		self.assertEqual(self.nights_of(self.AFTER), LAST + timedelta(days=1))
		with builders.at_moment(self.BEFORE):
			runner.run(TIME, policy.club_today())
		self.assertEqual(builders.balance(one), 100, "ten seconds before midnight its last day is not over")
		with builders.at_moment(self.AFTER):
			runner.run(TIME, policy.club_today())
		self.assertEqual(builders.balance(one), 0)
		row = frappe.get_last_doc("Club Ledger Entry", {"account": one.account, "kind": "expire"})
		self.assertEqual(row.posting_date, LAST + timedelta(days=1))

	def test_a_sale_after_midnight_is_the_new_days_and_cannot_spend_what_died(self) -> None:
		one = self.someone()
		self.in_zone("Asia/Tehran")
		with builders.at_moment(self.BEFORE):
			sale = invoice(one.customer, vat=False, **builders.redeeming(one, 40))
		self.assertEqual(getdate(sale.posting_date), LAST)
		with builders.at_moment(self.AFTER):
			with self.assert_refused("can be spent now"):
				invoice(one.customer, vat=False, **builders.redeeming(one, 40))
			late = invoice(one.customer, vat=False)
		self.assertEqual(getdate(late.posting_date), LAST + timedelta(days=1))
		days = frappe.get_all("Club Activity", {"member": one.name}, pluck="day", order_by="day")
		self.assertEqual(days[-2:], [LAST, LAST + timedelta(days=1)])

	def test_a_site_in_utc_has_its_midnight_later(self) -> None:
		self.in_zone("UTC")
		self.assertEqual(self.nights_of(self.AFTER), LAST)
		self.assertEqual(self.nights_of("2026-03-21 00:00:10"), LAST + timedelta(days=1))


class TestScoresOnTheForm(NightCase):
	def test_a_member_has_its_scores_as_of_last_night(self) -> None:
		one, two = self.someone(), self.someone()
		self.assertIsNone(panels.member(one.name)["scores"], "nobody has been scored")
		with builders.on_day(BEGIN + timedelta(days=4)):
			invoice(two.customer, line(rate=3 * M), vat=False)
		with builders.on_day(BEGIN + timedelta(days=10)):
			for _step in scores.steps(BEGIN + timedelta(days=10), ""):
				pass
			told = panels.member(two.name)["scores"]
		self.assertEqual([part["value"] for part in told["parts"]][:3], ["4 days", "5 days", "2 visits"])
		self.assertIn("13,000,000", told["parts"][3]["value"])
		row = frappe.get_doc("Club Profile", two.name)
		self.assertEqual(told["parts"][0]["score"], str(row.length_score))
		self.assertEqual(told["segment"], row.segment)
		confined = user("Club Manager")
		confine(confined, "Company", companies.second())
		with acting_as(confined):
			self.assertIsNone(panels.score_panels.of_member(two.name, policy.style()))
		with acting_as(user("Club Cashier")):
			self.assertIsNone(panels.score_panels.of_member(two.name, policy.style()))
