"""Key figures, tiers' value, before and after joining, top customers: each against a count of one's own."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe.desk import query_report
from frappe.desk.doctype.dashboard import dashboard

from loyalty_club import jalali, jobs, key_figure_panels, key_figures
from loyalty_club.api import reports
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders
from loyalty_club.tests.builders import COMPANY, M, bring_back, customer, invoice, line, member, redeeming
from loyalty_club.tests.people import acting_as, user

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
MONTHS = [
	(jalali.from_jalali(1405, n, 1), jalali.from_jalali(1405, n + 1, 1) - timedelta(days=1)) for n in (1, 2)
]
SPAN = {"from_date": str(MONTHS[0][0]), "to_date": str(MONTHS[1][1]), "calendar": "Jalali"}


class TestKeyFigures(builders.ClubCase):
	program_fields = {
		"expiry": "days",
		"expiry_count": 40,
		"tiers": [
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 100 * M, "points": 20, "per": M},
		],
	}

	def report(self, name: str, **filters: Any) -> dict[str, Any]:
		return query_report.run(
			name, {"program": self.program.name, **SPAN, **filters}, ignore_prepared_report=True
		)

	def two_months(self) -> tuple[Any, Any]:
		"""Two members: one buys in both months, spends and brings something back; the other buys once, is lifted."""
		with builders.on_day(BEGIN):
			mina, reza = member(self.program), member(self.program)
			sale = invoice(mina.customer, line(rate=50 * M), line("RICE", rate=10 * M), vat=False)
			invoice(reza.customer, line(rate=120 * M), vat=False)
		with builders.on_day(BEGIN + timedelta(days=3)):
			bring_back(
				sale,
				shares={1: 1},
				set_posting_time=1,
				posting_date=frappe.utils.today(),
				posting_time="23:00",
			)
		with builders.on_day(BEGIN + timedelta(days=35)):
			invoice(mina.customer, line(rate=M), vat=False, **redeeming(mina, 200))
			joins_later = member(self.program, joined_on=frappe.utils.today())
		with builders.on_day(BEGIN + timedelta(days=45)):
			runner.run("Passing of Time", BEGIN + timedelta(days=45))
		self.assertTrue(joins_later)
		return mina, reza

	def test_figures_of_two_months(self) -> None:
		self.two_months()
		with builders.on_day(MONTHS[1][1]):
			first, second = key_figures.figures(MONTHS, {"program": self.program.name})
		self.assertEqual((first["members"], first["joined"], first["left"]), (2, 2, 0))
		self.assertEqual((first["active_share"], first["repeat_share"]), (1, 0))
		self.assertEqual((first["net"], first["net_per_buyer"]), (170 * M, 85 * M))
		self.assertEqual((first["earned"], first["redeemed"], first["cost"]), (600 + 1_200, 0, 0))
		self.assertEqual(first["redemption_rate"], 0)
		self.assertIsNone(first["breakage_rate"])
		self.assertEqual(first["outstanding_value"], (500 + 1_200) * 1_000)
		self.assertEqual((second["members"], second["joined"]), (3, 1))
		self.assertEqual((second["active_share"], second["repeat_share"]), (Decimal(1) / 3, 1))
		# 200 of 500 are spent on 1,000,000, of which 800,000 earn 8; the rest of the first month's dies
		self.assertEqual((second["redeemed"], second["cost"]), (200, 200_000))
		self.assertEqual((second["expired"], second["earned"]), (300 + 1_200, 8))
		self.assertEqual(second["breakage_rate"], Decimal(1_500) / 1_700)
		self.assertEqual(second["cost_share"], Decimal(200_000) / M)
		self.assertEqual(second["outstanding_value"], 8_000)

	def test_the_report_shows_goals_and_leads_to_its_rows(self) -> None:
		self.two_months()
		with builders.on_day(date(2026, 6, 1)):
			for metric, target in (("Active Share", 50), ("Cost Share", 10)):
				frappe.get_doc(
					{"doctype": "Club Goal", "metric": metric, "target": target, "program": self.program.name}
				).insert()
			found = self.report("Club Key Figures", period="Month")
		rows = {row["name"]: row for row in found["result"] if isinstance(row, dict)}
		self.assertEqual(set(rows), set(key_figures.FIGURES))
		self.assertEqual(rows["active_share"]["marked"], {"span_0": "good", "span_1": "bad"})
		self.assertEqual(rows["cost_share"]["marked"], {"span_0": "good", "span_1": "bad"})
		self.assertEqual(
			(rows["active_share"]["span_1"], rows["active_share"]["target"]), ("33.3 %", "50.0 %")
		)
		spans = [each for each in found["columns"] if each["fieldname"].startswith("span_")]
		self.assertEqual([each["since"] for each in spans], [str(start) for start, _end in MONTHS])
		for report in {row["report"] for row in rows.values()}:
			self.assertTrue(frappe.db.exists("Report", report))
		goal = frappe.get_doc({"doctype": "Club Goal", "metric": "Active Share", "target": 101})
		with self.assert_refused("between 0 and 100"):
			goal.insert()

	def test_who_is_responsible_is_reminded_of_a_review_once_in_their_language(self) -> None:
		manager = user("Club Manager", language="fa")
		day = date(2026, 6, 1)
		with builders.on_day(day):
			goal = frappe.get_doc(
				{"doctype": "Club Goal", "metric": "Active Share", "target": 50, "responsible": manager}
			).insert()
			self.assertEqual((str(goal.next_review), jobs.remind_of_goals()), ("2026-07-01", 0))
		late = date(2026, 7, 3)
		with builders.on_day(late):
			self.assertEqual((jobs.remind_of_goals(), jobs.remind_of_goals()), (1, 0))
			(todo,) = self.todos(goal)
			self.assertEqual((todo.allocated_to, todo.status, todo.date), (manager, "Open", late))
			self.assertIn("هدف", todo.description)
			with acting_as(manager):
				self.assertEqual(frappe.get_doc("Club Goal", goal.name).reviewed(), "2026-08-01")
			self.assertEqual([each.status for each in self.todos(goal)], ["Closed"])
			self.assertEqual(jobs.remind_of_goals(), 0)
		with builders.on_day(date(2026, 11, 26)):
			self.assertEqual(jobs.remind_of_goals(), 1)
			self.assertEqual(frappe.get_doc("Club Goal", goal.name).reviewed(), "2026-12-01")
		with acting_as(user("Club Cashier")):
			self.assertRaises(frappe.PermissionError, frappe.get_doc("Club Goal", goal.name).reviewed)

	def card(self, figure: str, **narrowed: str) -> Any:
		return reports.card_key_figure(json.dumps({"figure": figure, **narrowed}))

	def test_the_dashboard_shows_the_last_whole_month_and_leads_to_its_rows(self) -> None:
		self.two_months()
		frappe.db.set_single_value("Loyalty Club Settings", "calendar", "Jalali")
		mine = {"program": self.program.name}
		for metric, target in (("Active Share", 50), ("Cost Share", 30)):
			frappe.get_doc({"doctype": "Club Goal", "metric": metric, "target": target, **mine}).insert()
		frappe.local.lang = "fa"
		self.addCleanup(setattr, frappe.local, "lang", "en")
		with builders.on_day(MONTHS[1][1] + timedelta(days=3)):
			shown = {name: self.card(name, **mine) for name in (*key_figures.FIGURES, "goals")}
		texts = {name: re.sub("<.*?>", "", each["value"]) for name, each in shown.items()}
		# a third of the members bought in Ordibehesht, all of them in Farvardin; of its two goals it reached the second
		self.assertEqual(texts["active_share"], "۳۳٫۳٪ ▼")
		self.assertEqual((texts["members"], texts["joined"]), ("۳", "۱ ▼"))
		self.assertEqual((texts["outstanding_value"], texts["redeemed"]), ("۸٬۰۰۰", "۲۰۰ ▲"))
		self.assertEqual((texts["cost_share"], texts["goals"]), ("۲۰٫۰٪ ▲", "۱ از ۲"))
		self.assertEqual(shown["active_share"]["route"], ["query-report", "Club New and Returning Members"])
		month = {"from_date": str(MONTHS[1][0]), "to_date": str(MONTHS[1][1]), "as_of": str(MONTHS[1][1])}
		self.assertEqual(shown["active_share"]["route_options"], {**month, **mine})
		self.assertEqual(shown["goals"]["route"], ["query-report", "Club Key Figures"])
		today = str(MONTHS[1][1] + timedelta(days=3))
		self.assertEqual(shown["outstanding_value"]["route_options"]["to_date"], today)
		frappe.local.lang = "en"
		with self.assert_refused("no key figure"):
			self.card("shares")

	def test_the_cards_of_a_dashboard_read_once(self) -> None:
		"""Whoever joins meanwhile is in what is asked anew: another question, or another user's."""
		mine = {"program": self.program.name}

		def members(**narrowed: str) -> str:
			return re.sub("<.*?>", "", self.card("members", **mine, **narrowed)["value"]).split()[0]

		member(self.program)
		self.assertEqual(members(), "1")
		member(self.program)
		self.assertEqual((members(), members(company=COMPANY)), ("1", "2"))
		with acting_as(user("Club Manager", "Accounts User")):
			self.assertEqual(members(), "2")

	def test_every_card_and_chart_of_the_dashboard_is_there(self) -> None:
		dashboard = frappe.get_doc("Dashboard", "Loyalty Club")
		cards = [frappe.get_doc("Number Card", row.card) for row in dashboard.cards]
		asked = [frappe.parse_json(each.filters_json)["figure"] for each in cards]
		self.assertEqual(len(asked), len(set(asked)))
		self.assertLessEqual(set(asked), {*key_figures.FIGURES, "goals"})
		for row in dashboard.charts:
			chart = frappe.get_doc("Dashboard Chart", row.chart)
			found = query_report.run(chart.report_name, {}, ignore_prepared_report=True)
			self.assertIn("result", found, chart.name)
		self.two_months()
		with builders.on_day(MONTHS[1][1]):
			runner.run("Scores", MONTHS[1][1])
			top = query_report.run("Club Top Customers", {"program": self.program.name})["chart"]
		self.assertEqual(top["data"]["datasets"][0]["values"], [120 * M, 51 * M])

	def todos(self, goal: Any) -> list[Any]:
		filters = {"reference_type": "Club Goal", "reference_name": goal.name}
		return frappe.get_all("ToDo", filters, ["allocated_to", "status", "date", "description"])

	def test_what_each_tier_brings_and_costs(self) -> None:
		self.two_months()
		with builders.on_day(MONTHS[1][1]):
			rows = {
				row["tier"]: row for row in self.report("Club Tier Value")["result"] if isinstance(row, dict)
			}
		self.assertEqual(
			{name: row["members"] for name, row in rows.items() if name != "Total"},
			{"Bronze": 1, "Silver": 1, "no tier": 1},
		)
		self.assertEqual((rows["Bronze"]["net"], rows["Silver"]["net"]), (51 * M, 120 * M))
		self.assertEqual((rows["Bronze"]["cost"], rows["Silver"]["cost"]), (200_000, 0))
		self.assertEqual(rows["Bronze"]["earned"], (500 + 8) * 1_000)
		self.assertEqual(rows["Total"]["net_share"], 100)

	def test_before_and_after_beside_comparable_customers(self) -> None:
		month = jalali.from_jalali(1405, 1, 1)
		before, after = month - timedelta(days=20), month + timedelta(days=40)
		joins, others = [customer() for _n in range(2)], [customer() for _n in range(3)]
		for day, amounts in ((before, (10, 20)), (after, (30, 30))):
			with builders.on_day(day):
				for who, amount in zip(joins, amounts, strict=True):
					invoice(who, line(rate=amount * M), vat=False)
		for day, amounts in ((before, (10, 20, 900)), (after, (10, 30, 1))):
			with builders.on_day(day):
				for who, amount in zip(others, amounts, strict=True):
					invoice(who, line(rate=amount * M), vat=False)
		with builders.on_day(month + timedelta(days=5)):
			for who in (*joins, customer()):
				member(self.program, who)
		today = date(2026, 11, 26)
		(found,) = key_figures.joined(
			COMPANY, self.program.name, month, month + timedelta(days=20), 1, "jalali", today
		)
		self.assertEqual(
			(found.new, found.members, found.matched), (1, 2, 2), "900 million is not comparable"
		)
		self.assertEqual((found.before, found.after), (15 * M, 30 * M))
		self.assertEqual((found.before_others, found.after_others), (15 * M, 20 * M))
		early = key_figures.joined(
			COMPANY, self.program.name, month, month, 1, "jalali", month + timedelta(days=40)
		)
		self.assertEqual(early, [], "the months after have not passed")
		with builders.on_day(today):
			rows = self.report(
				"Club Before and After",
				months=1,
				from_date=str(month),
				to_date=str(month + timedelta(days=20)),
			)
		self.assertEqual(rows["result"][0]["change"], 100)
		sets = rows["chart"]["data"]["datasets"]
		self.assertEqual([each["values"] for each in sets], [[100], [33.3]])
		rows = rows["result"]
		self.assertAlmostEqual(rows[0]["difference"], 100 - 100 / 3)
		self.assertEqual(CALENDARS["jalali"].month_of(month).start, month)

	def test_top_customers_by_what_they_bought_in_all(self) -> None:
		mina, reza = self.two_months()
		with builders.on_day(MONTHS[1][1]):
			runner.run("Scores", MONTHS[1][1])
			rows = self.report("Club Top Customers", count=1)["result"]
			every = self.report("Club Top Customers", count=10)["result"]
		self.assertEqual([row["member"] for row in rows], [reza.name])
		self.assertEqual(
			[(row["member"], row["net"]) for row in every], [(reza.name, 120 * M), (mina.name, 51 * M)]
		)

	def test_a_cashier_sees_none(self) -> None:
		with acting_as(user("Club Cashier", "Sales User")):
			for name in (
				"Club Key Figures",
				"Club Tier Value",
				"Club Before and After",
				"Club Top Customers",
			):
				self.assertRaises(frappe.PermissionError, self.report, name)
			self.assertFalse(frappe.has_permission("Club Goal", "read"))
			self.assertEqual(self.card("net"), key_figure_panels.DASH)
			self.assertEqual(dashboard.get_permitted_charts("Loyalty Club"), [])
			self.assertEqual(dashboard.get_permitted_cards("Loyalty Club"), [])
		with acting_as(user("Club Manager", "Accounts User")):
			self.assertEqual(len(dashboard.get_permitted_charts("Loyalty Club")), 8)
			self.assertEqual(len(dashboard.get_permitted_cards("Loyalty Club")), 12)
