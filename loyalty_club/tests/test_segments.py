"""Segments find the same members as a count of one's own over the plain rows; birthdays; who may see; ways in."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.desk import query_report

from loyalty_club import jalali, ledger
from loyalty_club.api import segments as api
from loyalty_club.engine import members, scores, segments
from loyalty_club.patches import channels
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import M, card, give, invoice, line, member
from loyalty_club.tests.people import acting_as, confine, user

TODAY = date(2026, 11, 26)  # 5 Azar 1405


def month(row: dict[str, Any]) -> int:
	"""The Jalali month of birth; 0 where it is not known."""
	return jalali.to_jalali(row["birthday"])[1] if row["birthday"] else 0


def age(row: dict[str, Any]) -> int:
	"""Full Jalali years."""
	if not row["birthday"]:
		return 0
	return sum(years_before(TODAY, years) >= row["birthday"] for years in range(1, 90))


TABLES = {
	"customer_groups": "customer_group",
	"branches": "branch",
	"favourite_branches": "branch",
	"item_groups": "item_group",
	"also_in": "segment",
	"not_in": "segment",
}


def years_before(day: date, years: int) -> date:
	year, month, in_month = jalali.to_jalali(day)
	return jalali.from_jalali(year - years, month, min(in_month, jalali.month_length(year - years, month)))


class SegmentCase(builders.ClubCase):
	def setUp(self) -> None:
		super().setUp()
		on = builders.on_day(TODAY)
		on.__enter__()
		self.addCleanup(on.__exit__, None, None, None)

	def segment(self, save: bool = True, **filters: Any) -> Any:
		fields = {
			key: [{TABLES[key]: name} for name in value] if key in TABLES else value
			for key, value in filters.items()
		}
		doc = frappe.get_doc(
			{
				"doctype": "Club Segment",
				"title": frappe.generate_hash(length=8),
				"program": self.program.name,
				**fields,
			}
		)
		return doc.insert() if save else doc

	def found(self, **filters: Any) -> set[str]:
		doc = self.segment(save=False, **filters)
		segments.check(doc)
		names = {row[0] for row in segments.query(doc).run()}
		self.assertEqual(segments.count(doc), len(names))
		return names

	def profile(self, one: Any, **figures: Any) -> None:
		row = {"name": one.name, "member": one.name, "program": self.program.name, **figures}
		ledger.insert_rows("Club Profile", [row], update=list(row))

	def person(self, birthday: date | None = None, **fields: Any) -> Any:
		return member(self.program, birthday=birthday, **fields)


class TestFilters(SegmentCase):
	"""A crowd whose rows are random, and filters that are."""

	def crowd(self) -> list[dict[str, Any]]:
		chance = random.Random(5)
		companies.branches("Segment North", "Segment South")
		parts = [each.name for each in scores.segment_rules(self.program.name)]
		people = []
		for _n in range(60):
			group = chance.choice(("Bronze", "Silver", "Gold"))
			one = self.person(
				birthday=years_before(TODAY, 20) - timedelta(days=chance.randint(0, 9000))
				if chance.random() < 0.8
				else None,
				branch=chance.choice(("Segment North", "Segment South", None)),
				joined_on=TODAY - timedelta(days=chance.randint(0, 400)),
				advertising=chance.randint(0, 1),
				channel=chance.choice(("Desk", "Import", "")),
				who=builders.customer(customer_group=group),
			)
			points = chance.choice((0, 50, 100, 400))
			if points:
				give(one, points)
			held = chance.random() < 0.5
			if held:
				card(one)
			tier = chance.choice(("", "Bronze", "Silver", "Gold"))
			one.db_set("tier", tier)
			row = {
				"name": one.name,
				"group": group,
				"points": points,
				"card": held,
				"tier": tier,
				"birthday": one.birthday,
				"branch": one.branch,
				"joined": (TODAY - frappe.utils.getdate(one.joined_on)).days,
				"advertising": one.advertising,
				"channel": one.channel,
				"last": None,
				"visits": 0,
			}
			if chance.random() < 0.85:
				visits = chance.randint(1, 12)
				scored = {
					f"{part}_score": chance.randint(1, 5)
					for part in ("length", "recency", "frequency", "monetary")
				}
				figures = {
					"visits": visits,
					"last_visit": TODAY - timedelta(days=chance.randint(1, 300)),
					"net": chance.randint(1, 90) * M,
					"mean_gap": chance.randint(2, 60) if visits > 1 else 0,
					**scored,
					"score": sum(scored.values()) / 4,
					"segment": chance.choice(parts),
					"average_class": chance.choice(("Loyal", "New", "Lost")),
					"favourite_item_group": chance.choice(("Groceries", "Gold Coins")),
					"favourite_branch": chance.choice(("Segment North", "Segment South")),
				}
				self.profile(one, **figures)
				row |= {**figures, "last": (TODAY - figures["last_visit"]).days}
			people.append(row)
		return people

	def test_every_filter_finds_what_a_count_of_ones_own_does(self) -> None:
		people = self.crowd()
		bought = [row for row in people if row["last"] is not None]
		some = scores.segment_rules(self.program.name)[0].name
		cases: list[tuple[dict[str, Any], Any]] = [
			({}, lambda row: True),
			({"tiers": "Gold\nSilver"}, lambda row: row["tier"] in ("Gold", "Silver")),
			({"customer_groups": ["Gold"]}, lambda row: row["group"] == "Gold"),
			({"customer_groups": ["All Customer Groups"]}, lambda row: True),
			({"branches": ["Segment North"]}, lambda row: row["branch"] == "Segment North"),
			({"channels": "Import\nDesk"}, lambda row: row["channel"] in ("Import", "Desk")),
			({"joined_from": 30, "joined_to": 200}, lambda row: 30 <= row["joined"] <= 200),
			({"purchases": "Never Purchased"}, lambda row: row["last"] is None),
			({"purchases": "Has Purchased"}, lambda row: row["last"] is not None),
			({"last_from": 30}, lambda row: row["last"] is not None and row["last"] >= 30),
			({"last_to": 90}, lambda row: row["last"] is not None and row["last"] <= 90),
			({"visits_from": 3, "visits_to": 6}, lambda row: 3 <= row["visits"] <= 6),
			({"visits_to": 2}, lambda row: row["visits"] <= 2),
			({"gap_from": 10, "gap_to": 30}, lambda row: 10 <= row.get("mean_gap", 0) <= 30),
			({"gap_to": 20}, lambda row: 0 < row.get("mean_gap", 0) <= 20),
			({"net_from": 20 * M, "net_to": 50 * M}, lambda row: 20 * M <= row.get("net", 0) <= 50 * M),
			(
				{"favourite_branches": ["Segment South"]},
				lambda row: row.get("favourite_branch") == "Segment South",
			),
			({"item_groups": ["Groceries"]}, lambda row: row.get("favourite_item_group") == "Groceries"),
			({"item_groups": ["All Item Groups"]}, lambda row: row["last"] is not None),
			({"lrfm_segments": some}, lambda row: row.get("segment") == some),
			(
				{"average_classes": "Loyal\nLost"},
				lambda row: row.get("average_class") in ("Loyal", "Lost"),
			),
			({"length_from": 3}, lambda row: row.get("length_score", 0) >= 3),
			({"recency_to": 2}, lambda row: 0 < row.get("recency_score", 0) <= 2),
			(
				{"frequency_from": 2, "frequency_to": 4, "monetary_from": 2},
				lambda row: 2 <= row.get("frequency_score", 0) <= 4 and row["monetary_score"] >= 2,
			),
			({"score_from": 2.5, "score_to": 3.5}, lambda row: 2.5 <= row.get("score", 0) <= 3.5),
			({"birth_month": "4"}, lambda row: month(row) == 4),
			({"age_from": 25, "age_to": 30}, lambda row: row["birthday"] and 25 <= age(row) <= 30),
			({"advertising": "No"}, lambda row: not row["advertising"]),
			({"advertising": "Yes"}, lambda row: row["advertising"]),
			({"has_card": "Yes"}, lambda row: row["card"]),
			({"has_card": "No"}, lambda row: not row["card"]),
			({"balance_from": 100}, lambda row: row["points"] >= 100),
			({"balance_to": 100}, lambda row: row["points"] <= 100),
			(
				{"tiers": "Gold", "last_to": 200, "advertising": "Yes"},
				lambda row: (
					row["tier"] == "Gold"
					and row["last"] is not None
					and row["last"] <= 200
					and row["advertising"]
				),
			),
		]
		self.assertTrue(bought)
		met = 0
		for filters, holds in cases:
			with self.subTest(filters=filters):
				expected = {row["name"] for row in people if holds(row)}
				self.assertEqual(self.found(**filters), expected)
				met += bool(expected)
		self.assertGreaterEqual(met, len(cases) - 1, "a filter that finds nobody shows nothing")

	def test_segments_of_segments(self) -> None:
		people = self.crowd()
		rich = self.segment(balance_from=100)
		gold = self.segment(tiers="Gold")
		both = {row["name"] for row in people if row["points"] >= 100 and row["tier"] == "Gold"}
		self.assertTrue(both)
		self.assertEqual(self.found(balance_from=100, also_in=[gold.name]), both)
		self.assertEqual(self.found(also_in=[rich.name, gold.name]), both)
		rest = {row["name"] for row in people if row["points"] >= 100 and row["tier"] != "Gold"}
		self.assertEqual(self.found(also_in=[rich.name], not_in=[gold.name]), rest)

	def test_chunks_membership_and_who_left(self) -> None:
		people = self.crowd()
		doc = self.segment(balance_from=100)
		expected = sorted(row["name"] for row in people if row["points"] >= 100)
		chunks = list(segments.members(doc.name, chunk=7))
		self.assertEqual([name for chunk in chunks for name in chunk], expected)
		self.assertEqual({len(chunk) for chunk in chunks[:-1]}, {7})
		self.assertTrue(segments.contains(doc.name, expected[0]))
		outside = next(row["name"] for row in people if row["points"] < 100)
		self.assertFalse(segments.contains(doc.name, outside))
		members.leave(expected[0])
		self.assertFalse(segments.contains(doc.name, expected[0]))
		self.assertEqual(segments.count(doc.name), len(expected) - 1)
		self.assertEqual(segments.count(doc.name, companies.second()), 0, "the program is not valid there")
		self.assertEqual(segments.count(doc.name, builders.COMPANY), len(expected) - 1)


class TestBirthdays(SegmentCase):
	def test_30_esfand_is_kept_on_the_29th_in_common_years(self) -> None:
		leap_child = self.person(jalali.from_jalali(1375, 12, 30))
		other = self.person(jalali.from_jalali(1380, 12, 29))
		first = self.person(jalali.from_jalali(1380, 1, 1))
		both = {leap_child.name, other.name}
		self.assertFalse(jalali.is_leap(1405))
		with builders.on_day(jalali.from_jalali(1405, 12, 28)):
			self.assertEqual(self.found(birthday_within=1), set())
			self.assertEqual(self.found(birthday_within=2), both)
			self.assertEqual(self.found(birthday_within=3), {*both, first.name})
		with builders.on_day(jalali.from_jalali(1405, 12, 29)):
			self.assertEqual(self.found(birthday_within=1), both)
		with builders.on_day(jalali.from_jalali(1406, 1, 1)):
			self.assertEqual(self.found(birthday_within=1), {first.name})
		self.assertTrue(jalali.is_leap(1408))
		with builders.on_day(jalali.from_jalali(1408, 12, 29)):
			self.assertEqual(self.found(birthday_within=1), {other.name})
			self.assertEqual(self.found(birthday_within=2), both)
		self.assertEqual(self.found(birth_month="12"), both)

	def test_every_window_agrees_with_the_days_themselves(self) -> None:
		for calendar, begin in (("jalali", date(2026, 3, 15)), ("gregorian", date(2026, 12, 20))):
			for offset in range(0, 800, 13):
				day = begin + timedelta(days=offset)
				for days in (1, 2, 7, 30, 200):
					spans = segments.kept_between(calendar, day, days)
					for born in (jalali.from_jalali(1375, 12, 30), date(1996, 2, 29), date(1990, 7, 1)):
						month, in_month = (
							jalali.to_jalali(born)[1:] if calendar == "jalali" else (born.month, born.day)
						)
						kept = any(
							self.kept(calendar, month, in_month, day + timedelta(days=n)) for n in range(days)
						)
						key = month * 100 + in_month
						self.assertEqual(
							any(low <= key <= high for low, high in spans), kept, (calendar, day, days, born)
						)

	def kept(self, calendar: str, month: int, in_month: int, day: date) -> bool:
		"""Whether a birthday is kept on a day."""
		if calendar == "jalali":
			return jalali.birthday(month, in_month, jalali.to_jalali(day)[0]) == day
		try:
			return day == date(day.year, month, in_month)
		except ValueError:
			return day == date(day.year, 2, 28)


class TestSayingAndRefusing(SegmentCase):
	def test_what_nobody_can_mean_is_refused(self) -> None:
		for filters, words in (
			({"last_from": 9, "last_to": 3}, "is more than"),
			({"recency_to": 6}, "at most 5"),
			({"score_from": 5.5}, "at most 5"),
			({"age_to": 120}, "at most 100"),
			({"purchases": "Never Purchased", "last_to": 5}, "never purchased"),
		):
			with self.subTest(filters=filters), self.assert_refused(words):
				self.segment(**filters)
		one = self.segment()
		two = self.segment(also_in=[one.name])
		one.append("not_in", {"segment": two.name})
		with self.assert_refused("made from itself"):
			one.save()

	def test_it_reads_like_words_in_both_languages(self) -> None:
		doc = self.segment(
			tiers="Gold\nSilver", last_from=30, last_to=90, advertising="Yes", net_from=5 * M, birth_month="9"
		)
		program = self.program.name
		frappe.local.lang = "en"
		self.assertEqual(
			api.preview(json.dumps(doc.as_dict(), default=str))["words"],
			f"Active members of {program}: tier Gold or Silver; last purchase 30 to 90 days ago; "
			"net purchases 5,000,000 rial or more; birthday in Azar; accepts advertising.",
		)
		frappe.local.lang = "fa"
		self.addCleanup(setattr, frappe.local, "lang", "en")
		self.assertEqual(
			api.preview(json.dumps(doc.as_dict(), default=str))["words"],
			f"اعضای فعالِ {program}: سطح طلایی یا نقره‌ای؛ آخرین خرید از ۳۰ تا ۹۰ روز پیش؛ "
			"خالصِ خرید ۵٬۰۰۰٬۰۰۰ ریال یا بیشتر؛ تولد در آذر؛ پذیرای تبلیغات.",
		)

	def test_a_form_that_is_not_saved_is_counted(self) -> None:
		people = [self.person(advertising=n % 2) for n in range(5)]
		shown = api.preview(json.dumps({"program": self.program.name, "advertising": "Yes", "age_to": "0"}))
		self.assertEqual((shown["count"], shown["all"]), ("2", "5"))
		self.assertEqual([row["name"] for row in shown["rows"]], sorted(one.name for one in people[1::2]))


class TestWhoMaySee(SegmentCase):
	def test_branches_and_companies_confine_who_looks(self) -> None:
		companies.branches("Segment North", "Segment South")
		north = self.person(branch="Segment North")
		self.person(branch="Segment South")
		self.person()
		doc = self.segment()
		who = user("Club Manager", "Sales Manager")
		confine(who, "Branch", "Segment North")
		with acting_as(who):
			self.assertEqual(segments.count(doc.name, as_seen=True), 1)
			self.assertEqual([row.name for row in segments.rows(doc.name)], [north.name])
			rows = query_report.run("Club Segment Members", {"segment": doc.name})["result"]
			self.assertEqual([row["member"] for row in rows], [north.name])
		elsewhere = user("Club Manager")
		confine(elsewhere, "Company", companies.second())
		with acting_as(elsewhere):
			self.assertEqual(segments.count(doc.name, as_seen=True), 0)
		self.assertEqual(segments.count(doc.name), 3)

	def test_a_cashier_sees_no_segment_and_exports_nothing(self) -> None:
		doc = self.segment()
		sent = json.dumps(doc.as_dict(), default=str)
		cashier = user("Club Cashier")
		with acting_as(cashier):
			self.assertFalse(frappe.has_permission("Club Segment", "read"))
			for act in (
				lambda: api.preview(sent),
				lambda: api.choices(self.program.name),
				lambda: query_report.run("Club Segment Members", {"segment": doc.name}),
			):
				with self.assertRaises(frappe.PermissionError):
					act()
		with acting_as(user("Club Accountant")):
			self.assertEqual(api.preview(sent)["count"], "0")
			with self.assertRaises(frappe.PermissionError):
				frappe.get_doc({**doc.as_dict(), "name": None, "title": "mine"}).insert()

	def test_a_mobile_is_masked_for_who_may_not_read_the_field(self) -> None:
		self.person(mobile="09121234567")
		doc = self.segment()
		who = user("Club Accountant")

		def shown() -> str:
			with acting_as(who):
				return query_report.run("Club Segment Members", {"segment": doc.name})["result"][0]["mobile"]

		self.assertEqual(shown(), "+989121234567")
		make_property_setter(
			"Club Member", "mobile", "permlevel", 3, "Int", validate_fields_for_doctype=False
		)
		self.addCleanup(frappe.clear_cache, doctype="Club Member")
		frappe.clear_cache(doctype="Club Member")
		self.assertTrue(shown().endswith("4567"))
		self.assertNotIn("912123", shown())


class TestWaysIn(SegmentCase):
	settings = {"join_by": "On First Purchase"}

	def test_each_way_in_is_kept_and_nobody_changes_it(self) -> None:
		who = builders.customer()
		invoice(who, line())
		one = frappe.get_doc("Club Member", {"customer": who})
		self.assertEqual(one.channel, "First Purchase")
		one.channel = "Portal"
		one.save()
		one.reload()
		self.assertEqual(one.channel, "First Purchase")
		members.leave(one.name)
		again = members.join(who, self.program.name, "Import")
		self.assertEqual(again.channel, "First Purchase")
		typed = frappe.get_doc(
			{
				"doctype": "Club Member",
				"customer": builders.customer(),
				"program": self.program.name,
				"channel": "Demo",
			}
		).insert()
		self.assertEqual(typed.channel, "", "no request: nothing is known")

	def test_the_patch_knows_the_demo_and_the_first_purchase(self) -> None:
		who = builders.customer()
		invoice(who, line())
		bought = frappe.get_doc("Club Member", {"customer": who})
		plain = self.person()
		for one in (bought, plain):
			one.db_set("channel", "")
		channels.execute()
		self.assertEqual(frappe.db.get_value("Club Member", bought.name, "channel"), "First Purchase")
		self.assertEqual(frappe.db.get_value("Club Member", plain.name, "channel"), "")
