"""The liability's cohorts on a real site: IFRS 15's example through documents, and what the ledger holds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe

from loyalty_club import liability_figures
from loyalty_club.core import liability
from loyalty_club.core.exact import Fraction
from loyalty_club.core.liability import Bridge, Cohort
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import ABBR, COMPANY, bring_back, invoice, line, member, redeeming
from loyalty_club.tests.people import acting_as, confine, user

FIRST = date(2024, 3, 20)  # 1 Farvardin 1403
YEAR_1, YEAR_2 = date(2025, 3, 20), date(2026, 3, 20)  # the last days of 1403 and 1404
YEARS = CALENDARS["jalali"].year_of
ACCOUNT = f"Loyalty Points - {ABBR}"


class TestCohorts(builders.ClubCase):
	"""100,000 rial bring 10,000 points, worth 1 rial each, that can be spent for two years and a half."""

	program_fields = {
		"point_value": 1,
		"expiry": "days",
		"expiry_count": 900,
		"tiers": [{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": 100}],
	}

	def cohort(self, until: date, **more: Any) -> liability_figures.Held:
		(found,) = liability_figures.cohorts(COMPANY, until, YEARS, self.program.name, **more)
		return found

	def buys(self, one: Any, amount: int, points: int = 0) -> Any:
		spends = redeeming(one, points) if points else {}
		return invoice(one.customer, line(rate=amount), vat=False, **spends)

	def test_example_52_through_documents(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
		before = liability_figures.balance([ACCOUNT], YEAR_1)
		with builders.on_day(YEAR_1 - timedelta(days=30)):
			self.buys(one, 4_500, points=4_500)
		held = self.cohort(YEAR_1)
		self.assertEqual((held.key.value, held.key.sold, held.sales), (1, True, 100_000))
		self.assertEqual(held.cohort, Cohort(Decimal(10_000), redeemed=Decimal(4_500)))
		deferred = liability.deferral(held.sales, held.cohort.issued, held.key.value, Fraction(95, 100))
		year_1 = liability.roll(deferred, held.cohort, Fraction(95, 100))
		face = before - liability_figures.balance([ACCOUNT], YEAR_1)
		bridge = Bridge(Decimal(0), face, Decimal(0), Decimal(0), year_1)
		self.assertEqual((year_1.closing, bridge.journal), (4_566, 9_066))
		with builders.on_day(YEAR_2 - timedelta(days=30)):
			self.buys(one, 4_000, points=4_000)
		held = self.cohort(YEAR_2)
		year_2 = liability.roll(deferred, held.cohort, Fraction(97, 100), year_1.share)
		self.assertEqual((year_2.recognised, year_2.closing), (3_493, 1_073))
		dead = FIRST + timedelta(days=901)
		with builders.on_day(dead):
			runner.run("Passing of Time", dead)
		year_3 = liability.roll(deferred, self.cohort(dead).cohort, Fraction(97, 100), year_2.share)
		self.assertEqual((year_3.expired, year_3.closing), (1_073, 0))
		self.assertEqual(
			self.cohort(YEAR_1).cohort, Cohort(Decimal(10_000), redeemed=Decimal(4_500)), "a past day stays"
		)

	def test_cohorts_hold_what_the_ledger_holds(self) -> None:
		with builders.on_day(FIRST):
			one, other = member(self.program), member(self.program)
			sale = self.buys(one, 50_000)
			self.buys(other, 20_000)
			builders.give(other, 700)
		with builders.on_day(FIRST + timedelta(days=400)):
			self.buys(one, 30_000)
			self.buys(one, 1_000, points=1_000)
			bring_back(sale, set_posting_time=1, posting_date=frappe.utils.today(), posting_time="23:00:00")
		until = FIRST + timedelta(days=400)
		found = liability_figures.cohorts(COMPANY, until, YEARS, self.program.name)
		self.assertEqual(
			[(held.key.start.year, held.key.sold) for held in found],
			[(2024, False), (2024, True), (2025, True)],
		)
		remaining = sum(held.cohort.remaining for held in found)
		lots = frappe.get_all("Club Lot", {"member": ["in", [one.name, other.name]]}, pluck="remaining")
		self.assertEqual(float(remaining), sum(lots))
		self.assertEqual([held.cohort.issued for held in found], [700, 7_000, 3_000])
		self.assertEqual([held.sales for held in found], [0, 70_000, 30_000])
		self.assertTrue(found[1].cohort.reversed)

	def test_who_is_confined_elsewhere_sees_none(self) -> None:
		with builders.on_day(FIRST):
			self.buys(member(self.program), 50_000)
		who = user("Club Accountant", "Accounts User")
		confine(who, "Company", companies.second())
		with acting_as(who):
			self.assertEqual(liability_figures.cohorts(COMPANY, YEAR_1, YEARS), [])
