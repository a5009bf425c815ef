"""Liability valuations on a real site: IFRS 15's example through documents, journals, the bridge to the accounts, what
was frozen and what catches up. `CLUB_BIRTHDAYS=1000` gives so many members birthday points (20 if not given).
"""

from __future__ import annotations

import csv
import io
import os
import random
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import frappe

from loyalty_club import liability_figures, policy, reconcile, verify
from loyalty_club.api import liability as api
from loyalty_club.core.liability import Cohort
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine import gift_cards, liability
from loyalty_club.engine.night import runner
from loyalty_club.patches import sales_of_lots
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	bring_back,
	give,
	gl,
	invoice,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.people import acting_as, confine, user

BIRTHDAYS = int(os.environ.get("CLUB_BIRTHDAYS") or 20)
FIRST = date(2024, 3, 20)  # 1 Farvardin 1403
YEAR_1, YEAR_2 = date(2025, 3, 20), date(2026, 3, 20)  # the last days of 1403 and 1404
YEARS = CALENDARS["jalali"].year_of
ACCOUNT = f"Loyalty Points - {ABBR}"
SALES = "Sales"
KEY = {"loyalty_club_signing_key": "0123456789abcdef" * 4}  # of a test


def owed(account: str = "Loyalty Points", until: date | None = None) -> float:
	"""What stands on a liability account, credit positive."""
	return -gl(account, **({"posting_date": ["<=", until]} if until else {}))


def value(until: date, rate: float = 100, submit: bool = True, **fields: Any) -> Any:
	"""A valuation of the company, everybody expected to spend so many percent of the points."""
	doc = frappe.get_doc(
		{
			"doctype": "Club Liability Valuation",
			"company": COMPANY,
			"to_date": until,
			"period": "Year",
			**fields,
		}
	)
	doc.insert()
	for row in doc.rates:
		row.rate = rate
	doc.save()
	if submit:
		doc.submit()
	return doc


def straight(until: date) -> dict[Any, Any]:
	"""What the entries say of each cohort, all of them read, one by one."""
	found: dict[Any, Any] = {}
	for row in frappe.db.sql(
		"""
		select e.wallet, v.program, r.awarded_on, l.value, e.kind, e.quantity,
			if(e.wallet = 'Points', r.source_doctype in ('Sales Invoice', 'POS Invoice'), not r.granted) as sold
		from `tabClub Ledger Entry` e
		join `tabClub Lot` l on l.name = e.lot
		join `tabClub Lot` r on r.name = l.root
		join `tabClub Program Version` v on v.name = l.program_version
		where l.company = %s and e.posting_date <= %s
		""",
		(COMPANY, until),
		as_dict=True,
	):
		start = YEARS(row.awarded_on).start
		key = (row.wallet, row.program, start, Decimal(str(row.value)).normalize(), bool(row.sold))
		sums = found.setdefault(key, dict.fromkeys(Cohort._fields, Decimal(0)))
		quantity = Decimal(str(row.quantity))
		if row.kind == "adjust":
			sums["issued" if quantity > 0 else "expired"] += abs(quantity)
		elif row.kind in ("award", "issue"):
			sums["issued"] += quantity
		else:
			field = {"reverse": "reversed", "expire": "expired", "transfer": "transferred"}
			sums[field.get(row.kind, "redeemed")] -= quantity
	return {key: sums for key, sums in found.items() if any(sums.values())}


class LiabilityCase(builders.ClubCase):
	"""100,000 rial bring 10,000 points, worth 1 rial each, that can be spent for two years and a half."""

	program_fields = {
		"point_value": 1,
		"expiry": "days",
		"expiry_count": 900,
		"tiers": [{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": 100}],
		"exclude": [{"choice": "Item", "value": "RICE"}],
		"companies": [
			{
				"company": COMPANY,
				"liability_account": ACCOUNT,
				"marketing_account": f"Marketing Expenses - {ABBR}",
				"revenue_account": f"Sales - {ABBR}",
			}
		],
	}

	def buys(self, one: Any, amount: int, **fields: Any) -> Any:
		"""A sale that earns."""
		return invoice(one.customer, line(rate=amount), vat=False, **fields)

	def spends(self, one: Any, points: int, vat: bool = False, **fields: Any) -> Any:
		"""A sale of what earns nothing, its net amount paid with points."""
		return invoice(one.customer, line("RICE", rate=points), vat=vat, **redeeming(one, points), **fields)

	def returns(self, sale: Any, **fields: Any) -> Any:
		"""Brings a sale back today."""
		return bring_back(
			sale, set_posting_time=1, posting_date=frappe.utils.today(), posting_time="23:00:00", **fields
		)

	def totals(self, doc: Any, **which: Any) -> tuple[Decimal, ...]:
		rows = [row for row in doc.cohorts if all(row.get(key) == value for key, value in which.items())]
		return tuple(liability.total(rows)[:7])

	def of_points(self, doc: Any) -> Any:
		(row,) = [each for each in doc.accounts if each.account == ACCOUNT]
		return row

	def assert_books_agree(self, doc: Any) -> None:
		"""Ledger, roll-forward, bridge and account say the same."""
		for row in doc.accounts:
			moved = sum(
				Decimal(str(row.get(field)))
				for field in ("spent", "given_back", "given", "between_companies", "others", "unexplained")
			)
			self.assertEqual(Decimal(str(row.opening)) + moved, Decimal(str(row.before_journal)))
			self.assertEqual(
				Decimal(str(row.before_journal)) + Decimal(str(row.journal)), Decimal(str(row.closing))
			)
			self.assertFalse(row.unexplained)
		day = frappe.utils.getdate(doc.to_date)
		for until in (day, day - timedelta(days=20)):
			read = liability_figures.cohorts(COMPANY, until, YEARS)
			told = {tuple(each.key): each.cohort._asdict() for each in read if any(each.cohort)}
			self.assertEqual(told, straight(until))
		closing = sum(Decimal(str(row.closing)) for row in doc.accounts)
		self.assertEqual(self.totals(doc)[6], closing)
		for found in reconcile.reconcile(frappe.utils.getdate(doc.to_date), COMPANY):
			(row,) = [each for each in doc.accounts if each.account == found.account]
			on_its_way = reconcile.total([*found.at_tills, *found.not_posted]) - reconcile.total(found.unpaid)
			self.assertEqual(-found.balance - on_its_way, Decimal(str(row.closing)), found.account)
			self.assertEqual((found.rest, found.wrong), (0, []))


class YearsCase(LiabilityCase):
	"""Years that are closed."""

	def year(self, until: date, rate: float) -> Any:
		with builders.on_day(until):
			doc = value(until, rate)
		self.assert_books_agree(doc)
		return doc


class TestExample52(YearsCase):
	"""IFRS 15 IE267 to IE270."""

	def test_through_documents(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
		with builders.on_day(YEAR_1 - timedelta(days=30)):
			spending = self.spends(one, 4_500, vat=True)
			self.assertEqual((spending.outstanding_amount, spending.grand_total), (450, 4_950))
		sales = -gl(SALES)
		year_1 = self.year(YEAR_1, 95)
		row = self.of_points(year_1)
		self.assertEqual(self.totals(year_1), (0, 8_676, 0, 4_110, 0, 0, 4_566))
		self.assertEqual((row.opening, row.spent, row.before_journal), (0, -4_500, -4_500))
		self.assertEqual((row.journal, row.closing, round(row.tax)), (9_066, 4_566, 409))
		self.assertEqual((owed(), -gl(SALES)), (4_566, sales - 9_066))
		with builders.on_day(YEAR_2 - timedelta(days=30)):
			self.spends(one, 3_800)
			last = self.spends(one, 200)
		year_2 = self.year(YEAR_2, 97)
		self.assertEqual(self.totals(year_2), (4_566, 0, 0, 3_493, 0, 0, 1_073))
		self.assertEqual((self.of_points(year_2).journal, owed()), (507, 1_073))
		self.assertEqual(year_2.previous, year_1.name)
		dead = FIRST + timedelta(days=901)
		with builders.on_day(dead):
			runner.run("Passing of Time", dead)
		year_3 = self.year(dead, 97)
		self.assertEqual(self.totals(year_3), (1_073, 0, 0, 0, 1_073, 0, 0))
		self.assertEqual((owed(), -gl(SALES)), (0, 100_000), "all that was paid, and no more")
		back = dead + timedelta(days=5)
		with builders.on_day(back):
			self.returns(last)
		late = self.year(back, 97)
		self.assertEqual(self.totals(late), (0, 0, 0, -204, 0, 0, 204))
		self.assertEqual((late.cohorts[0].remaining, owed()), (200, 204))

	def test_a_cohort_of_another_value_changes_nothing_in_the_first(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			self.program.reload()
			self.program.point_value = 2
			self.program.save()
			self.program.put_in_force()
			self.buys(one, 100_000)
		with builders.on_day(YEAR_1 - timedelta(days=30)):
			self.spends(one, 4_500)  # of the older ones, which are worth 1
		doc = self.year(YEAR_1, 95)
		self.assertEqual(self.totals(doc, value=1.0), (0, 8_676, 0, 4_110, 0, 0, 4_566))
		first, second = doc.cohorts
		self.assertEqual((first.value, second.value, second.issued), (1, 2, 10_000))
		self.assertEqual(second.closing, 15_966)  # 100,000 × 19,000 ÷ 119,000
		self.assertEqual(owed(), 4_566 + 15_966)

	def test_cancelling_the_last_one_reverses_it(self) -> None:
		with builders.on_day(FIRST):
			self.buys(member(self.program), 100_000)
		first = self.year(FIRST + timedelta(days=30), 95)
		second = self.year(YEAR_1, 95)
		with self.assert_refused("carries this valuation on"):
			first.reload().cancel()
		with self.assert_refused("belongs to"):
			frappe.get_doc("Journal Entry", first.journal_entry).cancel()
		self.assertEqual((self.of_points(first).journal, self.of_points(second).journal), (8_676, 0))
		self.assertFalse(second.journal_entry, "nothing is posted where nothing has moved")
		second.reload().cancel()
		first.reload().cancel()
		self.assertEqual((owed(), gl(SALES)), (0, -100_000))
		again = self.year(YEAR_1, 95)
		self.assertEqual((again.previous, owed()), (None, 8_676))


class TestExample52AsDiscount(YearsCase):
	"""The same where points are a discount before tax: nothing is debited at face, the same is revenue."""

	program_fields = {**LiabilityCase.program_fields, "redeem_as": "discount"}

	def test_through_documents(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
		with builders.on_day(YEAR_1 - timedelta(days=30)):
			spending = self.spends(one, 4_500, vat=True)
			self.assertEqual((spending.grand_total, spending.total_taxes_and_charges, owed()), (0, 0, 0))
		year_1 = self.year(YEAR_1, 95)
		row = self.of_points(year_1)
		self.assertEqual(self.totals(year_1), (0, 8_676, 0, 4_110, 0, 0, 4_566))
		self.assertEqual((row.spent, row.before_journal, row.journal, row.tax), (0, 0, 4_566, 0))
		self.assertEqual((owed(), -gl(SALES)), (4_566, 100_000 - 4_566))
		with builders.on_day(YEAR_2 - timedelta(days=30)):
			self.spends(one, 3_800)
			last = self.spends(one, 200)
		year_2 = self.year(YEAR_2, 97)
		self.assertEqual(self.totals(year_2), (4_566, 0, 0, 3_493, 0, 0, 1_073))
		self.assertEqual((self.of_points(year_2).journal, owed()), (-3_493, 1_073))
		dead = FIRST + timedelta(days=901)
		with builders.on_day(dead):
			runner.run("Passing of Time", dead)
		self.assertEqual(self.totals(self.year(dead, 97)), (1_073, 0, 0, 0, 1_073, 0, 0))
		self.assertEqual((owed(), -gl(SALES)), (0, 100_000), "all that was paid, and no more")
		back = dead + timedelta(days=5)
		with builders.on_day(back):
			self.returns(last)
		late = self.year(back, 97)
		self.assertEqual((self.totals(late)[6], owed(), late.cohorts[0].remaining), (204, 204, 200))

	def test_a_program_that_changes_over_has_both_in_its_books(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
		with builders.on_day(YEAR_1 - timedelta(days=40)):
			self.spends(one, 2_000)
			self.program.reload()
			self.program.redeem_as = "tender"
			self.program.put_in_force()
			self.spends(one, 2_500)
		year_1 = self.year(YEAR_1, 95)
		self.assertEqual(self.totals(year_1), (0, 8_676, 0, 4_110, 0, 0, 4_566))
		self.assertEqual((self.of_points(year_1).spent, owed()), (-2_500, 4_566))


class TestValuation(LiabilityCase):
	"""What is frozen, what catches up, who may."""

	def test_points_without_a_sale_are_a_marketing_expense(self) -> None:
		with builders.on_day(FIRST):
			people = [member(self.program) for _n in range(BIRTHDAYS)]
			for one in people:
				give(one, 50, kind="Gift", reason="birthday")
			doc = value(FIRST, 80)
		given = BIRTHDAYS * 50 * 80 // 100
		self.assertEqual(self.totals(doc), (0, given, 0, 0, 0, 0, given))
		self.assertEqual((gl("Marketing Expenses"), gl(SALES), owed()), (given, 0, given))
		with builders.on_day(FIRST + timedelta(days=9)):
			self.spends(people[0], 50)
			after = value(FIRST + timedelta(days=9), 80)
		self.assert_books_agree(after)
		self.assertEqual(self.totals(after), (given, 0, 0, 50, 0, 0, given - 50))
		self.assertFalse(after.journal_entry, "what was spent had been provided for at face")

	def test_a_backdated_document_catches_up_in_the_next(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
		closed = FIRST + timedelta(days=30)
		with builders.on_day(closed):
			first = value(closed, 95)
		first.reload()
		frozen = [row.as_dict() for row in first.cohorts]
		with builders.on_day(closed + timedelta(days=10)):
			late = self.buys(one, 100_000, posting_date=closed - timedelta(days=3))
			self.assertEqual(str(late.posting_date), str(closed - timedelta(days=3)))
			second = value(closed + timedelta(days=10), 95)
		self.assert_books_agree(second)
		self.assertEqual([row.as_dict() for row in frappe.get_doc(first.doctype, first.name).cohorts], frozen)
		self.assertEqual(self.totals(second), (8_676, 8_676, 0, 0, 0, 0, 17_352))
		self.assertEqual(owed(until=closed), 8_676, "the closed month's account stays as it was valued")

	def test_a_past_day_gives_the_same_later(self) -> None:
		until = FIRST + timedelta(days=30)
		with builders.on_day(FIRST):
			one = member(self.program)
			sale = self.buys(one, 100_000)
			self.spends(one, 1_000)
		with builders.on_day(until):
			then = value(until, 95, submit=False)
		seen = (self.totals(then), [row.as_dict().journal for row in then.accounts])
		then.delete()
		with builders.on_day(until + timedelta(days=40)):
			self.buys(one, 70_000)
			self.spends(one, 2_000)
			self.returns(sale)
			later = value(until, 95, submit=False)
		self.assertEqual((self.totals(later), [row.as_dict().journal for row in later.accounts]), seen)

	def test_a_deficit_is_shown_and_never_netted(self) -> None:
		with builders.on_day(FIRST):
			one, other = member(self.program), member(self.program)
			self.buys(one, 10_000)
			sale = self.buys(other, 300)
			self.spends(other, 30)
			bring_back(sale)
			self.assertEqual((builders.balance(one), builders.deficit(other)), (1_000, 30))
			doc = value(FIRST, 100, submit=False)
		(row,) = doc.cohorts
		self.assertEqual((row.remaining, row.redeemed), (1_000, 30))

	def test_nothing_is_submitted_that_was_not_seen(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			doc = value(FIRST, 95, submit=False)
			self.buys(one, 50_000)
			with self.assert_refused("changed since they were saved"):
				doc.submit()
			doc = frappe.get_doc(doc.doctype, doc.name)
			doc.save()
			doc.submit()
			self.assertEqual(doc.cohorts[0].issued, 15_000)
			with self.assert_refused("is valued up to"):
				value(FIRST, 95)
			with self.assert_refused("has not come"):
				value(FIRST + timedelta(days=1), 95)

	def test_the_expense_method(self) -> None:
		frappe.db.set_value("Club Program", self.program.name, "liability_method", "Expense")
		frappe.clear_document_cache("Club Program", self.program.name)
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			self.spends(one, 4_500)
			doc = value(FIRST, 95)
		self.assert_books_agree(doc)
		self.assertEqual(self.totals(doc), (0, 9_500, 0, 4_500, 0, 0, 5_000))
		self.assertEqual((gl("Marketing Expenses"), gl(SALES), owed()), (9_500, -104_500, 5_000))

	def test_what_is_learnt_needs_a_past(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			doc = value(FIRST, 95, submit=False)
			doc.rates[0].source = "Learnt"
			with self.assert_refused("nothing is learnt yet"):
				doc.save()
			self.spends(one, 4_000)
		dead = FIRST + timedelta(days=901)
		with builders.on_day(dead):
			runner.run("Passing of Time", dead)
			self.buys(one, 100_000)
			doc = frappe.get_doc(
				{"doctype": "Club Liability Valuation", "company": COMPANY, "to_date": dead, "period": "Year"}
			).insert()
			self.assertEqual(doc.rates[0].learnt, 40)
			doc.rates[0].source = "Learnt"
			doc.save()
		self.assertEqual(doc.rates[0].rate, 40)
		self.assertEqual(doc.cohorts[-1].deferred, 3_846)  # 100,000 × 4,000 ÷ 104,000

	def test_who_may(self) -> None:
		with builders.on_day(FIRST):
			self.buys(member(self.program), 50_000)
			doc = value(FIRST)
		cashier = user("Club Cashier", "Sales User")
		with acting_as(cashier):
			self.assertFalse(frappe.has_permission(doc.doctype, "read"))
			self.assertRaises(frappe.PermissionError, frappe.get_doc(doc.doctype, doc.name).check_permission)
		elsewhere = user("Club Accountant", "Accounts User")
		confine(elsewhere, "Company", companies.second())
		with acting_as(elsewhere):
			self.assertFalse(frappe.get_list(doc.doctype))
			self.assertEqual(liability_figures.cohorts(COMPANY, YEAR_1, YEARS), [])


class TestBooks(LiabilityCase):
	"""What the night finds, what an auditor takes away."""

	def spoilt(self) -> Any:
		"""A redemption whose entry in the books somebody has changed."""
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			sale = self.spends(one, 1_000)
			journal = sale.club_redemptions[0].journal_entry
			name = frappe.db.get_value("GL Entry", {"voucher_no": journal, "account": ACCOUNT})
			frappe.db.set_value("GL Entry", name, "debit", 400)
		return sale

	def test_the_night_reports_drift_and_repairs_nothing(self) -> None:
		with builders.on_day(FIRST):
			runner.run("Books", FIRST)
		run = frappe.get_doc("Club Job Run", f"Books-{FIRST}")
		self.assertEqual((run.status, run.failures), ("Completed", []))
		sale = self.spoilt()
		night = FIRST + timedelta(days=1)
		with builders.on_day(night):
			runner.run("Books", night)
		run = frappe.get_doc("Club Job Run", f"Books-{night}")
		self.assertEqual(run.status, "Partly Failed")
		(failure,) = run.failures
		self.assertEqual(failure.reference, ACCOUNT)
		self.assertIn("by 600 rial in 1 documents", failure.error)
		self.assertIn(sale.name, failure.error)
		self.assertEqual(gl("Loyalty Points"), 400, "nothing is repaired")

	def test_what_is_not_explained_is_not_valued_unless_it_is_accepted(self) -> None:
		self.spoilt()
		with builders.on_day(FIRST):
			doc = value(FIRST, 100, submit=False)
			self.assertEqual(self.of_points(doc).unexplained, 600)
			with self.assert_refused("differ from the points ledger"):
				doc.submit()
			doc = frappe.get_doc(doc.doctype, doc.name)
			doc.accept_differences = 1
			doc.save()
			doc.submit()
		self.assertEqual(owed(), self.of_points(doc).closing)

	def test_the_auditor_takes_everything_away(self) -> None:
		with builders.on_day(FIRST):
			one, other = member(self.program), member(self.program)
			self.buys(one, 100_000)
			self.buys(other, 50_000)
			self.spends(one, 4_000)
			draft = value(FIRST, 95, submit=False)
			with self.assert_refused("Submit the valuation first"):
				api.audit(draft.name)
			draft.submit()
		with builders.on_day(FIRST + timedelta(days=9)):  # later movements are not in it
			self.spends(one, 1_000)
			with patch.dict(frappe.conf, KEY):
				api.audit(draft.name)
		self.assertEqual(frappe.response["filename"], f"{draft.name}.zip")
		with zipfile.ZipFile(io.BytesIO(frappe.response["filecontent"])) as archive:
			tables = {
				name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
				for name in archive.namelist()
				if name.endswith(".csv")
			}
			text = archive.read("chain-digest.json").decode()
			self.assertIn(COMPANY, archive.read("README.txt").decode())
		(cohort,) = tables["roll-forward.csv"]
		self.assertEqual(float(cohort["remaining"]), 11_000)
		self.assertEqual(sum(float(row["remaining"]) for row in tables["lots.csv"]), 11_000)
		points = [row for row in tables["bridge.csv"] if row["account"] == ACCOUNT]
		booked = sum(
			float(row["credit"]) - float(row["debit"])
			for row in tables["journals.csv"]
			if row["account"] == ACCOUNT
		)
		self.assertEqual(float(points[0]["closing"]), booked)
		with patch.dict(frappe.conf, KEY):
			signed = verify.read_digest(text)
		self.assertEqual(list(verify.verify(signed=signed)), [])
		with acting_as(user("Club Cashier", "Sales User")):
			self.assertRaises(frappe.PermissionError, api.audit, draft.name)
			self.assertRaises(frappe.PermissionError, api.panel, draft.name)

	def test_the_panel_says_it_in_persian(self) -> None:
		with builders.on_day(FIRST):
			one = member(self.program)
			self.buys(one, 100_000)
			doc = value(FIRST, 95, submit=False)
		frappe.local.lang = "fa"
		try:
			shown = api.panel(doc.name)
		finally:
			frappe.local.lang = "en"
		self.assertEqual(shown["roll"]["rows"][-1]["cells"][1], "۸٬۶۷۶")
		self.assertEqual([row["title"] for row in shown["bridge"][0]["lines"]][-1], "بدهی اکنون")
		self.assertTrue(shown["points"]["rows"][0]["title"].startswith("۱۴۰۳، امتیاز"))
		self.assertEqual(shown["points"]["rows"][0]["cells"][-2], "۹۵٪")


class TestQuarter(LiabilityCase):
	"""A random quarter and some: whatever happens, ledger, roll-forward, bridge and accounts agree at every close."""

	program_fields = {
		**LiabilityCase.program_fields,
		"expiry_count": 40,
		"gifts": [],
	}
	settings = {"adjustment_limit": 0}

	def test_every_close_agrees(self) -> None:
		chance = random.Random(3)
		with builders.on_day(FIRST):
			people = [member(self.program) for _n in range(4)]
		sold: list[Any] = []
		rolled = Decimal(0)
		for month in range(4):
			start = FIRST + timedelta(days=31 * month)
			for n in range(0, 30, 2):
				day = start + timedelta(days=n)
				with builders.on_day(day):
					self.act(chance, people, sold)
					runner.run("Passing of Time", day + timedelta(days=1))
			close = start + timedelta(days=30)
			with builders.on_day(close):
				doc = value(close, chance.choice([60, 75, 90, 100]), period="Month")
			self.assert_books_agree(doc)
			opening, *moved, closing = self.totals(doc)
			self.assertEqual(opening, rolled)
			self.assertEqual(opening + moved[0] - sum(moved[1:]), closing)
			rolled = closing
		self.assertGreater(rolled, 0)
		for row in doc.cohorts:
			self.assertGreaterEqual(row.closing, 0)

	def act(self, chance: random.Random, people: list[Any], sold: list[Any]) -> None:
		one = chance.choice(people)
		points = int(builders.balance(one))
		what = chance.choice(
			["buys", "buys", "buys", "spends", "spends", "returns", "cancels", "gift", "credit", "late"]
		)
		if what == "spends" and points > 0:
			self.spends(one, chance.randint(1, points), vat=chance.random() < 0.5)
		elif what == "returns" and sold:
			self.returns(sold.pop(chance.randrange(len(sold))))
		elif what == "cancels" and sold:
			sold.pop(chance.randrange(len(sold))).reload().cancel()
		elif what == "gift":
			give(one, chance.randint(10, 500), kind="Gift", reason="birthday")
		elif what == "credit":
			give(one, chance.randint(10, 500), wallet="Gift Credit", kind="Gift", reason="sorry")
		elif what == "late":
			late = frappe.utils.getdate() - timedelta(days=12)
			self.buys(one, chance.randint(1, 9) * 1_000, posting_date=max(late, FIRST))
		else:
			sold.append(self.buys(one, chance.randint(1, 9) * 10_000))


class TestWithoutAccounts(LiabilityCase):
	"""A program that names no marketing account."""

	program_fields = {
		**LiabilityCase.program_fields,
		"companies": [
			{"company": COMPANY, "liability_account": ACCOUNT, "revenue_account": f"Sales - {ABBR}"}
		],
	}

	def test_the_preview_says_what_is_missing_and_nothing_is_half_posted(self) -> None:
		with builders.on_day(FIRST):
			give(member(self.program), 50, kind="Gift", reason="birthday")
			doc = value(FIRST, 80, submit=False)
			shown = api.panel(doc.name)
			self.assertIn("Set the Marketing Expense Account", shown["missing"])
			self.assertEqual(shown["roll"]["rows"][-1]["cells"][-1], "40")
			frappe.db.savepoint("submitting")
			with self.assert_refused("Set the Marketing Expense Account"):
				doc.submit()
			frappe.db.rollback(save_point="submitting")
		self.assertEqual((owed(), frappe.db.get_value(doc.doctype, doc.name, "docstatus")), (0, 0))


class TestCohorts(LiabilityCase):
	"""What the ledger holds."""

	def test_cohorts_hold_what_the_ledger_holds(self) -> None:
		with builders.on_day(FIRST):
			one, other = member(self.program), member(self.program)
			sale = self.buys(one, 50_000)
			self.buys(other, 20_000)
			give(other, 700)
		with builders.on_day(FIRST + timedelta(days=400)):
			self.buys(one, 30_000)
			self.spends(one, 1_000)
			self.returns(sale)
		until = FIRST + timedelta(days=400)
		found = liability_figures.cohorts(COMPANY, until, YEARS, self.program.name)
		self.assertEqual(
			[(held.key.start.year, held.key.sold) for held in found],
			[(2024, False), (2024, True), (2025, True)],
		)
		remaining = sum(held.cohort.remaining for held in found)
		lots = frappe.get_all("Club Lot", {"member": ["in", [one.name, other.name]]}, pluck="remaining")
		self.assertEqual(float(remaining), sum(lots))
		self.assertEqual([held.cohort.issued for held in found], [700, 5_000 + 2_000, 3_000])
		self.assertEqual([held.sales for held in found], [0, 70_000, 30_000])
		self.assertTrue(found[1].cohort.reversed)

	def test_a_sale_is_counted_without_tax_or_with_it_and_without_the_gift_cards_in_it(self) -> None:
		one = member(self.program)
		with builders.on_day(FIRST):
			made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
			present = line(policy.settings().gift_card_item, 20_000)
			rows = line(rate=50_000), present | {"club_gift_card": made.number}
			invoice(one.customer, *rows)
			give(one, 700)
			sold = self.returns(self.buys(one, 10_000))  # 5 points and 1: the tax earns nothing
		self.assertEqual(self.sales_by("sale_net"), [0, 10_000, 50_000])
		self.assertEqual(sold.docstatus, 1)
		for gross, sales in ((False, 60_000), (True, 65_000)):
			found = liability_figures.cohorts(COMPANY, FIRST, YEARS, self.program.name, gross=gross)
			self.assertEqual(
				{held.key.sold: held.sales for held in found if held.key.wallet == "Points"},
				{True: sales, False: 0},
			)

	def sales_by(self, field: str) -> list[float]:
		return sorted(frappe.get_all("Club Lot", {"wallet": "Points"}, pluck=field))

	def test_lots_of_before_get_what_their_sales_amount_to(self) -> None:
		one = member(self.program)
		with builders.on_day(FIRST):
			invoice(one.customer, line(rate=50_000))
			self.buys(one, 10_000)
			give(one, 700)
			give(one, 5_000, wallet="Cash Credit", kind="Paid In", mode_of_payment="Cash")
			give(one, 300, wallet="Gift Credit", kind="Gift")
		fields = ["wallet", "original", "sold", "sale_net", "sale_total"]
		known = sorted(frappe.get_all("Club Lot", fields=fields, as_list=True))
		self.assertEqual(
			[row[2:] for row in known if row[0] == "Points"],
			[(0, 0, 0), (1, 10_000, 10_000), (1, 50_000, 55_000)],
		)
		self.assertEqual(
			[row[:3] for row in known if row[0] != "Points"],
			[("Cash Credit", 5_000, 1), ("Gift Credit", 300, 0)],
		)
		frappe.db.sql("update `tabClub Lot` set sold = 0, sale_net = 0, sale_total = 0")
		sales_of_lots.execute()
		self.assertEqual(sorted(frappe.get_all("Club Lot", fields=fields, as_list=True)), known)
