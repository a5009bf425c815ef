"""LRFM on the site equals a computation of its own; history by month; a score lifts a tier; what is cut off goes on."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import flt, today

from loyalty_club import policy
from loyalty_club.core import lrfm
from loyalty_club.engine import invoice as engine_invoice
from loyalty_club.engine import payments, scores
from loyalty_club.engine.favourites import Whose
from loyalty_club.engine.night import favourites as item_groups
from loyalty_club.engine.night import scores as night
from loyalty_club.tests import builders
from loyalty_club.tests.builders import M, bring_back, invoice, line, member

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
MONTH_BEGINS = date(2026, 5, 22)  # 1 Khordad 1405
FOUR = ("length", "recency", "frequency", "monetary")


def back(sale: Any, **fields: Any) -> Any:
	return bring_back(sale, set_posting_time=1, posting_date=today(), posting_time="23:00:00", **fields)


def quantile(column: list[float], share: float) -> float:
	"""numpy's default, written out."""
	found = sorted(column)
	place = share * (len(found) - 1)
	low = int(place)
	return found[low] + (found[min(low + 1, len(found) - 1)] - found[low]) * (place - low)


class ScoreCase(builders.ClubCase):
	"""Only this test's own program has a night."""

	def setUp(self) -> None:
		super().setUp()
		mine = patch.object(payments, "active_programs", lambda: [self.program.name])
		mine.start()
		self.addCleanup(mine.stop)


def selling_in(branch: str | None) -> Any:
	"""As if invoices named it: the site need not have branches as an accounting dimension."""
	return patch.object(engine_invoice, "branch", lambda _doc: branch)


class TestScores(ScoreCase):
	program_fields = {"lrfm_months": 2}

	def crowd(self) -> list[Any]:
		"""Thirty members: half bought once; some brought a day or a part of it back, one left, some never bought."""
		chance = random.Random(9)
		people = []
		with builders.on_day(BEGIN):
			people = [member(self.program) for _n in range(30)]
		for n, one in enumerate(people[:27]):
			for visit in range(1 if n % 2 else chance.randint(2, 4)):
				with builders.on_day(BEGIN + timedelta(days=chance.randint(0, 60) if visit else 20 + n // 2)):
					sale = invoice(one.customer, line(rate=chance.randint(1, 9) * M, qty=2), vat=False)
			if n in (4, 6):
				with builders.on_day(BEGIN + timedelta(days=61)):
					back(sale) if n == 4 else bring_back(
						sale, shares={0: 1}, set_posting_time=1, posting_date=today(), posting_time="23:00:00"
					)
		people[2].reload()
		people[2].status = "Left"
		people[2].save()
		return people

	def expected(self, people: list[Any], as_of: date) -> dict[str, tuple[int, int, int, float]]:
		"""L, R, F and M from the invoices themselves: each return counted on its invoice's day."""
		start = date(2026, 3, 22) if as_of == date(2026, 5, 21) else as_of - timedelta(days=61)
		found = {}
		for one in people:
			if one.status == "Left":
				continue
			days: dict[date, float] = {}
			for row in frappe.get_all(
				"Sales Invoice",
				{"customer": one.customer, "docstatus": 1},
				["name", "posting_date", "return_against", "base_net_total"],
			):
				day = row.posting_date
				if row.return_against:
					day = frappe.db.get_value("Sales Invoice", row.return_against, "posting_date")
				if start <= day <= as_of:
					days[day] = days.get(day, 0) + flt(row.base_net_total)
			bought = sorted(day for day, net in days.items() if net > 0)
			if bought:
				length, recency = (bought[-1] - bought[0]).days, (as_of - bought[-1]).days
				found[one.name] = (length, recency, len(bought), sum(days.values()))
		return found

	def run_night(self, day: date) -> None:
		for job in (night, item_groups):
			for _step in job.steps(day, ""):
				pass

	def profiles(self) -> dict[str, Any]:
		rows = frappe.get_all("Club Profile", {"program": self.program.name}, ["*"])
		return {row.name: row for row in rows}

	# ------------------------------------------------------------------------------------------

	def test_scores_equal_a_computation_from_the_invoices_alone(self) -> None:
		people = self.crowd()
		self.run_night(MONTH_BEGINS)
		as_of = MONTH_BEGINS - timedelta(days=1)
		expected = self.expected(people, as_of)
		found = self.profiles()
		self.assertNotIn(people[2].name, found, "who left is not scored")
		self.assertEqual(len(found), 29)
		columns = list(zip(*expected.values(), strict=True))
		cuts = [[quantile(list(column), share) for share in (0.2, 0.4, 0.6, 0.8)] for column in columns]
		for name, row in found.items():
			if name not in expected:
				self.assertEqual((row.score, row.segment), (0, ""))
				continue
			four = [
				row.length,
				(as_of - row.last_visit).days,
				row.frequency,
				flt(row.monetary),
			]
			self.assertEqual(tuple(four), expected[name], name)
			above = [sum(value > cut for cut in each) for value, each in zip(four, cuts, strict=True)]
			wanted = [1 + above[0], 5 - above[1], 1 + above[2], 1 + above[3]]
			self.assertEqual([row.get(f"{part}_score") for part in FOUR], wanted, name)
			self.assertAlmostEqual(row.score, round(sum(wanted) / 4 + 1e-9, 2), 6)
			self.assertEqual(
				row.segment, lrfm.segment(lrfm.Scores(*wanted, Decimal(0)), lrfm.STANDARD_SEGMENTS)
			)
		scored = [row for row in found.values() if row.frequency == 1]
		self.assertGreaterEqual(len(scored), 13)
		self.assertEqual(len({row.frequency_score for row in scored}), 1, "equal values share a score")

	def test_a_month_has_its_history_and_a_second_night_changes_nothing(self) -> None:
		self.crowd()
		self.run_night(MONTH_BEGINS - timedelta(days=1))
		self.assertEqual(frappe.db.count("Club Score", {"program": self.program.name}), 0)
		self.run_night(MONTH_BEGINS)
		rows = frappe.get_all("Club Score", {"program": self.program.name}, ["*"], order_by="name")
		profiles = self.profiles()
		self.assertEqual({row.as_of for row in rows}, {MONTH_BEGINS - timedelta(days=1)})
		self.assertEqual(
			{row.member: (row.score, row.segment) for row in rows},
			{name: (row.score, row.segment) for name, row in profiles.items() if row.frequency},
		)
		before = self.profiles()
		self.run_night(MONTH_BEGINS)
		after = self.profiles()
		written = [
			(
				name,
				{key: (value, after[name][key]) for key, value in row.items() if value != after[name][key]},
			)
			for name, row in before.items()
			if row.modified != after[name].modified
		]
		self.assertEqual(written, [], "what has not changed is not written")

	def test_a_night_that_was_cut_off_goes_on_by_the_same_cuts(self) -> None:
		people = self.crowd()
		frappe.db.savepoint("scores")
		self.run_night(MONTH_BEGINS)
		columns = ["name", "score", "segment", "average_class", "tier", "favourite_item_group"]

		def told() -> list[Any]:
			return [
				frappe.get_all(doctype, {"program": self.program.name}, columns[:5], order_by="name")
				for doctype in ("Club Profile", "Club Score")
			]

		calm = told()
		frappe.db.rollback(save_point="scores")
		with patch.object(night, "AT_ONCE", 4):
			cursor = ""
			for _n in range(200):  # every chunk in a run of its own
				step = next(night.steps(MONTH_BEGINS, cursor), None)
				if step is None:
					break
				cursor = step.cursor
				if _n == 2:  # somebody buys meanwhile: the cuts of this night stay
					with builders.on_day(MONTH_BEGINS):
						invoice(people[20].customer, line(rate=50 * M), vat=False)
		self.assertEqual(told(), calm)

	def test_nights_in_a_row_give_what_a_night_from_nothing_gives(self) -> None:
		"""A night reads only what may have changed: purchases, returns of older days, days that leave the window
		or come in late, members who join, leave or change their tier, rules that change."""
		chance, rules = random.Random(4), (2, 3)
		with builders.on_day(BEGIN):
			people = [member(self.program) for _n in range(12)]
		sales = []
		for night_ in range(1, 90):
			today_ = BEGIN + timedelta(days=night_)
			with builders.on_day(today_):
				for one in people[: 2 + night_ // 8]:
					if chance.random() < 0.09:
						earlier = chance.choice((0, 0, 0, 5))
						day = max(BEGIN, today_ - timedelta(days=earlier))
						fields = {"set_posting_time": 1, "posting_date": day}
						bought = line(chance.choice(("TEA", "COIN")), chance.randint(1, 9) * M)
						sales.append(invoice(one.customer, bought, vat=False, **fields))
				if sales and chance.random() < 0.1:
					back(sales.pop(chance.randrange(len(sales))))
				if night_ == 50:
					people[1].reload()
					people[1].status = "Left"
					people[1].save()
				if night_ == 60:
					frappe.db.set_value("Club Member", people[2].name, "branch", self.branch_of_another())
				if night_ == 70:
					doc = frappe.get_doc("Club Program", self.program.name)
					doc.segment_rules[0].title_fa = "بهترین"
					doc.segment_rules[0].recency_from = rules[1]
					doc.save()
			if chance.random() < 0.7:  # some nights are missed
				self.run_night(today_)
		last = BEGIN + timedelta(days=90)
		self.run_night(last)
		fields = [
			each
			for each in frappe.db.get_table_columns("Club Profile")
			if each not in ("creation", "modified")
		]
		told = frappe.get_all("Club Profile", {"program": self.program.name}, fields, order_by="name")
		self.assertEqual(len(told), 11)
		self.assertGreater(len({row.segment for row in told}), 2)
		self.assertEqual({row.favourite_item_group for row in told}, {"Groceries", "Gold Coins"})
		frappe.db.delete("Club Profile", {"program": self.program.name})
		frappe.db.delete("Club Score Cuts", {"program": self.program.name})
		self.run_night(last)
		self.assertEqual(
			told, frappe.get_all("Club Profile", {"program": self.program.name}, fields, order_by="name")
		)

	def branch_of_another(self) -> str:
		if not frappe.db.exists("Branch", "Somewhere Else"):
			frappe.get_doc({"doctype": "Branch", "branch": "Somewhere Else"}).insert()
		return "Somewhere Else"

	def test_the_database_finds_whose_scores_change_as_the_core_says(self) -> None:
		"""On every cut, beside it, and far from it."""
		self.crowd()
		self.run_night(MONTH_BEGINS)
		program_ = policy.in_force(self.program.name)
		by = scores.basis(program_, MONTH_BEGINS - timedelta(days=1))
		names = sorted(self.profiles())
		chance = random.Random(8)
		table = frappe.qb.DocType("Club Profile")
		for _round in range(12):
			for name in names:
				cut = [chance.choice(four) for four in by.cuts]
				moved = [float(each) + chance.choice((-1, 0, 0, 1, 40)) for each in cut]
				last = by.as_of - timedelta(days=max(0, round(moved[1])))
				frappe.qb.update(table).set(table.length, max(0, round(moved[0]))).set(
					table.last_visit, last
				).set(table.frequency, max(0, round(moved[2]))).set(
					table.monetary, Decimal(round(max(0, moved[3])))
				).where(table.name == name).run()
			wrong = {name for name in names if self.told(name) != self.wanted(by, name)}
			self.assertTrue(wrong)
			everybody = Whose(until=names[-1])
			if _round % 3 == 0:  # as on a first night
				frappe.qb.update(table).set(table.recency_score, 0).run()
				wrong = {name for name in names if self.told(name) != self.wanted(by, name)}
				self.assertTrue(scores._mostly_new(self.program.name, everybody))
			frappe.qb.update(table).set(table.modified, BEGIN).run()
			changed = scores.write(by, self.program.name, everybody)
			for name in names:
				self.assertEqual(self.told(name), self.wanted(by, name), name)
			written = {row.name for row in self.profiles().values() if row.modified.date() != BEGIN}
			self.assertEqual((written, changed), (wrong, len(wrong)))
			self.assertEqual(scores.write(by, self.program.name, everybody), 0)

	def told(self, name: str) -> list[Any]:
		row = frappe.db.get_value("Club Profile", name, "*", as_dict=True)
		four = (row.get(f"{part}_score") for part in FOUR)
		return [*four, row.average_class or "", row.segment or "", Decimal(str(row.score))]

	def wanted(self, by: scores.Basis, name: str) -> list[Any]:
		"""What the core makes of the figures of a profile."""
		row = frappe.db.get_value("Club Profile", name, "*", as_dict=True)
		if not row.frequency:
			return [0, 0, 0, 0, "", "", 0]
		recency, monetary = (by.as_of - row.last_visit).days, Decimal(str(row.monetary))
		values = lrfm.Values(row.length, recency, row.frequency, monetary)
		found = lrfm.score(values, by.cuts, by.rules.lrfm)
		names = lrfm.average_class(values, by.averages), lrfm.segment(found, by.segments)
		return [*found[:4], *names, found.total]

	def test_the_segments_of_the_program_count(self) -> None:
		self.crowd()
		doc = frappe.get_doc("Club Program", self.program.name)
		for name in ("Everybody", "EVERYBODY", "100%s '`\\ of %(now)s"):
			doc.set("segment_rules", [{"segment": name, "title_fa": "همه"}])
			doc.save()
			self.run_night(MONTH_BEGINS)
			self.assertEqual({row.segment for row in self.profiles().values() if row.frequency}, {name})

	def test_segments_that_cannot_be_meant_are_refused(self) -> None:
		doc = frappe.get_doc("Club Program", self.program.name)
		self.assertEqual(len(doc.segment_rules), len(lrfm.STANDARD_SEGMENTS))
		doc.segment_rules[0].recency_from = 6
		with self.assert_refused("from 1 to 5"):
			doc.save()
		doc.reload()
		doc.segment_rules[1].segment = doc.segment_rules[0].segment
		with self.assert_refused("there twice"):
			doc.save()

	def test_a_favourite_is_what_most_was_paid_for_less_what_came_back(self) -> None:
		one = member(self.program)
		with builders.on_day(BEGIN):
			sale = invoice(one.customer, line("TEA", 3 * M), vat=False)
			group = frappe.db.get_value("Item", "TEA", "item_group")
		self.run_night(BEGIN + timedelta(days=1))
		found = self.profiles()[one.name]
		self.assertEqual((found.favourite_item_group, found.item_group_due), (group, 0))
		with builders.on_day(BEGIN + timedelta(days=2)):
			bring_back(sale, set_posting_time=1, posting_date=today(), posting_time="23:00:00")
		scores.of_member(one.name, BEGIN + timedelta(days=3))
		self.assertEqual(self.profiles()[one.name].favourite_item_group or "", "")

	def test_item_groups_are_looked_for_where_somebody_bought_chunk_by_chunk(self) -> None:
		with builders.on_day(BEGIN):
			people = [member(self.program) for _n in range(7)]
			for n, one in enumerate(people[:6]):
				invoice(one.customer, line("COIN" if n % 2 else "TEA"), vat=False)
		wanted = dict(zip([one.name for one in people], ["Groceries", "Gold Coins"] * 3 + [""], strict=True))

		def found() -> dict[str, str]:
			return {name: row.favourite_item_group for name, row in self.profiles().items()}

		day = BEGIN + timedelta(days=1)
		for _step in night.steps(day, ""):
			pass
		self.assertEqual((set(found().values()), item_groups.count(day)), ({""}, 7))
		chunks = []
		with patch.object(item_groups, "AT_ONCE", 3):
			while (step := next(item_groups.steps(day, ""), None)) is not None:  # each in a run of its own
				chunks.append((step.done, step.did["item_groups_changed"]))
		self.assertEqual((found(), chunks), (wanted, [(3, 3), (3, 3), (1, 0)]))
		with builders.on_day(day):
			invoice(people[0].customer, line("COIN", 5 * M), vat=False)
			invoice(people[2].customer, line("TEA", 5 * M), vat=False)
		day += timedelta(days=1)
		for _step in night.steps(day, ""):
			pass
		before = {name: row.modified for name, row in self.profiles().items()}
		(step,) = item_groups.steps(day, "")
		self.assertEqual((step.done, dict(step.did)), (2, {"item_groups_changed": 1}))
		self.assertEqual(found(), {**wanted, people[0].name: "Gold Coins"})
		written = {name for name, row in self.profiles().items() if row.modified != before[name]}
		self.assertEqual(written, {people[0].name})
		self.assertEqual(list(item_groups.steps(day, "")), [])

	def test_a_profile_has_visits_gaps_amounts_and_the_branch_of_most(self) -> None:
		for name in ("Nearby", "Far Away"):
			if not frappe.db.exists("Branch", name):
				frappe.get_doc({"doctype": "Branch", "branch": name}).insert()
		with builders.on_day(BEGIN):
			one, other, none = (member(self.program) for _n in range(3))
		for days, rate, branch in ((0, 2, "Nearby"), (1, 3, "Far Away"), (7, 2, "Nearby"), (7, 1, None)):
			with builders.on_day(BEGIN + timedelta(days=days)), selling_in(branch):
				invoice(one.customer, line(rate=rate * M), vat=False)
		with builders.on_day(BEGIN), selling_in("Far Away"):
			invoice(other.customer, line(rate=M), vat=False)
		night_of = BEGIN + timedelta(days=8)
		self.run_night(night_of)
		columns = ("first_visit", "last_visit", "visits", "net", "mean_gap", "length", "favourite_branch")
		end = BEGIN + timedelta(days=7)
		found = self.profiles()
		told = [tuple(found[each.name][column] for column in columns) for each in (one, other, none)]
		self.assertEqual(told[0], (BEGIN, end, 3, 8 * M, 3.5, 7, "Nearby"))
		self.assertEqual(told[1], (BEGIN, BEGIN, 1, M, 0, 0, "Far Away"))
		self.assertEqual(told[2], (None, None, 0, 0, 0, 0, ""))
		written = found[one.name].modified
		self.run_night(night_of)
		self.assertEqual(self.profiles()[one.name].modified, written, "what stands is not written again")


class TestScoreAsMetric(ScoreCase):
	program_fields = {
		"metric": "lrfm",
		"lrfm_months": 2,
		"tiers": [
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 3, "points": 15, "per": M},
			{"customer_group": "Gold", "threshold": 4.5, "points": 20, "per": M},
		],
	}

	def test_the_months_score_lifts_the_tier_at_once(self) -> None:
		people = [member(self.program, joined_on=BEGIN) for _n in range(5)]
		for n, one in enumerate(people):
			for visit in range(n + 1):
				with builders.on_day(BEGIN + timedelta(days=10 + 10 * visit)):
					invoice(one.customer, line(rate=(n + 1) * M), vat=False)
		for _step in night.steps(MONTH_BEGINS - timedelta(days=1), ""):
			pass
		self.assertEqual({frappe.db.get_value("Club Member", one.name, "tier") for one in people}, {"Bronze"})
		for _step in night.steps(MONTH_BEGINS, ""):
			pass
		tiers = [frappe.db.get_value("Club Member", one.name, "tier") for one in people]
		self.assertEqual((tiers[0], tiers[-1]), ("Bronze", "Gold"))
		change = frappe.get_last_doc("Club Tier Change", {"member": people[-1].name})
		self.assertEqual((change.day, change.why, change.value), (MONTH_BEGINS, "reached", 5))
		given = scores.of_accounts(self.program.name, "", people[-1].name)
		self.assertEqual(sorted(given), sorted(one.account for one in people))
		self.assertEqual(night.give(policy.in_force(self.program.name), given, MONTH_BEGINS), {})
