"""Visits and their hours equal a count of one's own over the invoices; places, returns, tills; who may see."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

import frappe
from frappe.desk import query_report
from frappe.utils import flt

from loyalty_club import jalali, panels, visit_panels, visits
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import COMPANY, M, bring_back, invoice, line, member
from loyalty_club.tests.people import acting_as, confine, user
from loyalty_club.visits import Asked

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405, a Saturday
END = BEGIN + timedelta(days=100)
SPAN = {"from_date": str(BEGIN), "to_date": str(END)}


class VisitCase(builders.ClubCase):
	def sell(self, one: Any, day: date, amount: float = M, time: str = "10:00:00", **fields: Any) -> Any:
		with builders.on_day(day):
			return invoice(
				one.customer, line(rate=amount), vat=False, posting_date=day, posting_time=time, **fields
			)

	def bring_back(self, sale: Any, day: date) -> Any:
		with builders.on_day(day):
			return bring_back(sale, set_posting_time=1, posting_date=day, posting_time="23:00:00")

	def report(self, name: str, **filters: Any) -> dict[str, Any]:
		return query_report.run(name, {**SPAN, "program": self.program.name, **filters})

	def rows(self, **filters: Any) -> dict[str, Any]:
		rows = self.report("Club Visits", **filters)["result"]
		return {row["member"]: row for row in rows}


class TestVisits(VisitCase):
	def crowd(self) -> list[Any]:
		chance = random.Random(3)
		with builders.on_day(BEGIN):
			people = [member(self.program) for _n in range(8)]
		for n, one in enumerate(people[:7]):
			for day in sorted(chance.randint(0, 90) for _n in range(n + 1)):
				for _twice in range(chance.choice((1, 1, 2))):
					sale = self.sell(one, BEGIN + timedelta(days=day), chance.randint(1, 9) * M)
			if n in (3, 4):
				self.bring_back(sale, BEGIN + timedelta(days=95))
		return people

	def own(self, one: Any) -> dict[date, float]:
		"""What stands of each day's invoices; a return is of its invoice's day."""
		days: dict[date, float] = {}
		for row in frappe.get_all(
			"Sales Invoice",
			{"customer": one.customer, "docstatus": 1},
			["posting_date", "return_against", "base_net_total"],
		):
			day = row.posting_date
			if row.return_against:
				day = frappe.db.get_value("Sales Invoice", row.return_against, "posting_date")
			days[day] = days.get(day, 0) + flt(row.base_net_total)
		return days

	def test_visits_gaps_and_baskets_equal_the_invoices(self) -> None:
		people = self.crowd()
		found = self.rows()
		months: dict[tuple[int, int], list[str]] = {}
		for one in people:
			own = self.own(one)
			days = sorted(day for day, net in own.items() if net > 0)
			if not days:
				self.assertNotIn(one.name, found)
				continue
			row = found.pop(one.name)
			gaps = [(after - before).days for before, after in pairwise(days)]
			self.assertEqual(
				(row["visits"], row["first"], row["last"], row["net"]),
				(len(days), days[0], days[-1], sum(own.values())),
			)
			self.assertEqual(row["mean_gap"], mean(gaps) if gaps else None)
			self.assertEqual(row["median_gap"], median(gaps) if gaps else None)
			self.assertAlmostEqual(row["basket"], sum(own.values()) / len(days), 3)
			for day in days:
				months.setdefault(jalali.to_jalali(day)[:2], []).append(one.name)
		self.assertEqual(found, {})
		told = self.report("Club Visits")
		first, second = (each["values"] for each in told["chart"]["data"]["datasets"])
		self.assertEqual(first, [len(names) for _month, names in sorted(months.items())])
		self.assertEqual(second, [len(set(names)) for _month, names in sorted(months.items())])
		self.assertIn("Farvardin 1405", told["chart"]["data"]["labels"][0])
		sums = {each["label"]: each["value"] for each in told["report_summary"]}
		self.assertEqual(sums["Visits"], sum(first))

	def test_two_companies_on_a_day_are_one_visit(self) -> None:
		other = companies.second()
		doc = frappe.get_doc("Club Program", self.program.name)
		doc.append("companies", companies.SECOND_ROW)
		doc.save()
		doc.put_in_force()
		with builders.on_day(BEGIN):
			one = member(self.program)
		self.sell(one, BEGIN, 2 * M)
		with builders.on_day(BEGIN):
			companies.invoice(one.customer, line(rate=3 * M), company=other, posting_date=BEGIN)
		self.sell(one, BEGIN + timedelta(days=5), M)
		row = self.rows()[one.name]
		self.assertEqual((row["visits"], row["net"]), (2, 6 * M))
		there = self.rows(company=other)[one.name]
		self.assertEqual((there["visits"], there["net"], there["mean_gap"]), (1, 3 * M, None))
		self.assertEqual(self.rows(company=COMPANY)[one.name]["visits"], 2)
		who = user("Club Manager", "Sales Manager")
		confine(who, "Company", other)
		with acting_as(who):
			self.assertEqual(self.rows()[one.name]["visits"], 1)
			self.assertEqual(self.rows(company=COMPANY), {})

	def test_a_segment_and_a_tier_narrow_it(self) -> None:
		with builders.on_day(BEGIN):
			one, other = (member(self.program, advertising=n) for n in (1, 0))
		for each in (one, other):
			self.sell(each, BEGIN)
		segment = frappe.get_doc(
			{
				"doctype": "Club Segment",
				"title": "Advertised",
				"program": self.program.name,
				"advertising": "Yes",
			}
		).insert()
		self.assertEqual(set(self.rows(segment=segment.name)), {one.name})
		other.db_set("tier", "Gold")
		self.assertEqual(set(self.rows(tier="Gold")), {other.name})
		times = self.report("Club Visit Times", segment=segment.name)["result"]
		self.assertEqual(sum(row["count"] for row in times), 1)

	def test_who_may_not_see_the_days_sees_no_visits(self) -> None:
		with builders.on_day(BEGIN):
			one = member(self.program)
		self.sell(one, BEGIN)
		cashier = user("Club Cashier", "Sales User")
		with acting_as(cashier):
			self.assertIsNone(panels.member(one.name)["visits"])
			for name in ("Club Visits", "Club Visit Times"):
				with self.assertRaises(frappe.PermissionError):
					self.report(name)
		with acting_as(user("Club Manager")):
			self.assertEqual(panels.member(one.name)["visits"]["count"], "1")


class TestTimes(VisitCase):
	def test_hours_equal_the_invoices_and_the_week_begins_on_saturday(self) -> None:
		chance = random.Random(11)
		with builders.on_day(BEGIN):
			people = [member(self.program) for _n in range(3)]
			stranger = builders.customer()
		expected: dict[tuple[int, int], int] = {}
		for n in range(14):
			day = BEGIN + timedelta(days=chance.randint(0, 20))
			hour = chance.choice((9, 11, 18, 21))
			sale = self.sell(people[n % 3], day, time=f"{hour:02d}:{chance.randint(0, 59):02d}:00")
			expected[day.weekday(), hour] = expected.get((day.weekday(), hour), 0) + 1
			if n == 3:
				self.bring_back(sale, day + timedelta(days=1))
			if n == 4:
				with builders.on_day(day):
					sale.cancel()
				expected[day.weekday(), hour] -= 1
		with builders.on_day(BEGIN):
			invoice(stranger, posting_date=BEGIN, posting_time="12:00:00")
		found = visits.times(Asked(BEGIN, END, people={"program": self.program.name}))
		self.assertEqual(found.count, {key: count for key, count in expected.items() if count})
		told = self.report("Club Visit Times")
		self.assertEqual([row["weekday"] for row in told["result"]], list(jalali.WEEKDAYS_EN))
		for row, weekday in zip(told["result"], (5, 6, 0, 1, 2, 3, 4), strict=True):
			for hour in (9, 11, 18, 21):
				self.assertEqual(row[f"hour_{hour}"], expected.get((weekday, hour), 0))
		self.assertEqual(sum(told["chart"]["data"]["datasets"][0]["values"]), found.total)
		self.assertIn("<table>", told["message"])

	def test_a_tills_receipts_count_once(self) -> None:
		companies.till_makes(self, "POS Invoice")
		with builders.on_day(BEGIN):
			one = member(self.program)
			profile = companies.till()
			companies.open_till(profile)
			receipt = companies.receipt(one.customer, line(rate=M), profile=profile, cash=M)
			before = visits.times(Asked(BEGIN, BEGIN, member=one.name)).total
			companies.close_till(receipt)
			after = visits.times(Asked(BEGIN, BEGIN, member=one.name)).total
		self.assertEqual((before, after), (1, 1))

	def test_the_form_shows_hours_from_ten_invoices_on(self) -> None:
		with builders.on_day(BEGIN):
			one = member(self.program)
		for n in range(10):
			self.sell(one, BEGIN + timedelta(days=n), time=f"{9 + n}:00:00")
			if n == 8:
				self.assertEqual(panels.member(one.name)["visits"]["heat"], "")
		shown = panels.member(one.name)["visits"]
		self.assertEqual((shown["count"], shown["gap"]), ("10", "1"))
		self.assertEqual(shown["last"], jalali.format_date(BEGIN + timedelta(days=9), "en"))
		self.assertIn("club-heat", shown["heat"])

	def test_text_on_every_colour_can_be_read(self) -> None:
		def light(rgb: tuple[int, ...]) -> float:
			parts = [each / 255 for each in rgb]
			linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
			return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

		for n in range(1, 101):
			back, text = visit_panels.colour(n / 100)
			rgb = tuple(int(each) for each in back[4:-1].split(","))
			ink = (255, 255, 255) if text == "#fff" else (0, 0, 0)
			low, high = sorted((light(rgb), light(ink)))
			self.assertGreaterEqual((high + 0.05) / (low + 0.05), 4.5, f"{n} %")
