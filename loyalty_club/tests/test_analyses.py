"""Members and points over time, points by age, new and returning members, cohorts, LRFM and its migration: each report
equals a count of one's own; who may see; a club's own fields as filters and groups."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field
from frappe.desk import query_report
from frappe.utils import flt

from loyalty_club import jalali, member_filters
from loyalty_club.engine import members, payments
from loyalty_club.engine.night import runner, scores
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import COMPANY, M, bring_back, card, invoice, line, member, redeeming
from loyalty_club.tests.people import acting_as, confine, user

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
END = date(2026, 8, 22)  # the last day of Mordad
FIRST_OF_MONTH = [jalali.from_jalali(1405, month, 1) for month in range(1, 7)]
MONTHS = [(start, after - timedelta(days=1)) for start, after in pairwise(FIRST_OF_MONTH)]
SPAN = {"from_date": str(BEGIN), "to_date": str(END), "calendar": "Jalali"}


class AnalysisCase(builders.ClubCase):
	program_fields = {
		"expiry": "days",
		"expiry_count": 50,
		"pending_days": 2,
		"lrfm_months": 3,
		"window_kind": "rolling_months",
		"window_months": 2,
		"term_months": 1,
		"tiers": [
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 6 * M, "points": 15, "per": M},
			{"customer_group": "Gold", "threshold": 14 * M, "points": 20, "per": M},
		],
	}

	def setUp(self) -> None:
		super().setUp()
		mine = patch.object(payments, "active_programs", lambda: [self.program.name])
		mine.start()
		self.addCleanup(mine.stop)

	def live(self) -> list[Any]:
		"""Ten members' five months: purchases, some with points, returns on later days, one who leaves; nights now and
		then, and on each first of a month."""
		chance = random.Random(6)
		with builders.on_day(BEGIN):
			people = [member(self.program, branch=self.branch(n)) for n in range(6)]
		sales: list[Any] = []
		for n in range((END - BEGIN).days + 2):
			today = BEGIN + timedelta(days=n)
			first = today in FIRST_OF_MONTH
			if not first and chance.random() < 0.55:
				continue
			with builders.on_day(today):
				if n % 3 == 0 and len(people) < 10 and n > 20:
					people.append(member(self.program, branch=self.branch(len(people))))
				if first or chance.random() < 0.3:
					for job in ("Passing of Time", "Scores"):
						runner.run(job, today, again=True)
				if chance.random() < 0.5 and today <= END:
					one = chance.choice(people[: 3 + n // 20])
					self.buy(one, chance, sales)
				if sales and chance.random() < 0.15:
					bring_back(
						sales.pop(chance.randrange(len(sales))),
						set_posting_time=1,
						posting_date=today,
						posting_time="23:00:00",
					)
		with builders.on_day(END):
			members.leave(people[1].name)
		return [frappe.get_doc("Club Member", one.name) for one in people]

	def buy(self, one: Any, chance: random.Random, sales: list[Any]) -> None:
		rows = [line(rate=chance.randint(1, 6) * M)]
		spends = {}
		if chance.random() < 0.6 and self.can_be_spent(one) >= 10:
			spends = {"club_card": card(one), **redeeming(one, 10)}
		sales.append(invoice(one.customer, *rows, vat=False, **spends))

	def can_be_spent(self, one: Any) -> float:
		day = frappe.utils.today()
		lots = frappe.get_all(
			"Club Lot",
			{
				"account": one.account,
				"available_from": ["<=", day],
				"expires_on": [">=", day],
			},
			pluck="remaining",
		)
		return float(sum(lots)) if not builders.deficit(one) else 0

	def branch(self, n: int) -> str:
		name = ("Here", "There")[n % 2]
		if not frappe.db.exists("Branch", name):
			frappe.get_doc({"doctype": "Branch", "branch": name}).insert()
		return name

	def report(self, name: str, **filters: Any) -> dict[str, Any]:
		given = {**SPAN, "program": self.program.name, **filters}
		with builders.on_day(END):
			found: dict[str, Any] = query_report.run(name, given)
		return found

	def entries(self) -> list[Any]:
		accounts = frappe.get_all(
			"Club Account", {"program": self.program.name, "wallet": "Points"}, pluck="name"
		)
		return frappe.get_all(
			"Club Ledger Entry",
			{"account": ["in", accounts]},
			["member", "posting_date", "kind", "quantity", "lot", "value", "tier"],
		)

	def purchase_days(self) -> dict[str, dict[date, float]]:
		"""Each member's purchase days from the invoices: what is left of a day after returns, and the day's net."""
		days: dict[str, dict[date, float]] = {}
		for row in frappe.get_all(
			"Sales Invoice",
			{"club_member": ["in", [one.name for one in self.people]], "docstatus": 1},
			["name", "club_member", "posting_date", "return_against", "base_net_total"],
		):
			day = row.posting_date
			if row.return_against:
				day = frappe.db.get_value("Sales Invoice", row.return_against, "posting_date")
			mine = days.setdefault(row.club_member, {})
			mine[day] = mine.get(day, 0) + flt(row.base_net_total)
		return {
			name: {day: net for day, net in sorted(mine.items()) if net > 0}
			for name, mine in days.items()
			if any(net > 0 for net in mine.values())
		}


class TestAnalyses(AnalysisCase):
	def test_the_reports_equal_counts_of_ones_own(self) -> None:
		"""One history, for it takes long to live through; each report against what the rows themselves say."""
		self.people = self.live()
		with self.subTest("points over time"):
			self.points_over_time()
		with self.subTest("points by age"):
			self.points_by_age()
		with self.subTest("members over time"):
			self.members_over_time()
		with self.subTest("new and returning"):
			self.new_and_returning()
		with self.subTest("cohorts"):
			self.cohorts()
		with self.subTest("lrfm"):
			self.lrfm()
		with self.subTest("migration"):
			self.migration()

	def points_over_time(self) -> None:
		rows, entries = self.report("Club Points Over Time")["result"], self.entries()
		self.assertEqual(rows[0]["period"], "Farvardin 1405")
		self.assertEqual(len(rows), len(MONTHS))
		columns = {
			"earned": "award",
			"spent": "redeem",
			"restored": "restore",
			"reversed": "reverse",
			"expired": "expire",
		}
		seen = set()
		for row, (start, end) in zip(rows, MONTHS, strict=True):
			for column, kind in columns.items():
				wanted = sum(
					each.quantity
					for each in entries
					if each.kind == kind and each.lot and start <= each.posting_date <= end
				)
				self.assertAlmostEqual(row[column], wanted, 6, (row["period"], column))
				seen |= {kind} if wanted else set()
			on_lots = [each for each in entries if each.lot and each.posting_date <= end]
			self.assertAlmostEqual(row["closing"], sum(each.quantity for each in on_lots), 6)
			moved = sum(row[column] for column in (*columns, "filled", "transferred", "adjusted"))
			self.assertAlmostEqual(row["opening"] + moved, row["closing"], 6)
		self.assertEqual(seen, set(columns.values()), "the history had some of everything")
		lots = frappe.get_all(
			"Club Lot", {"member": ["in", [one.name for one in self.people]]}, ["remaining", "value"]
		)
		later = [each for each in entries if each.posting_date > END and each.lot]
		self.assertAlmostEqual(
			rows[-1]["closing"] + sum(each.quantity for each in later), sum(lot.remaining for lot in lots), 6
		)
		self.assertAlmostEqual(rows[-1]["value"], rows[-1]["closing"] * 1000, 4)
		silver = self.report("Club Points Over Time", tier="Silver")["result"]
		wanted = sum(each.quantity for each in entries if each.tier == "Silver" and each.kind == "award")
		self.assertAlmostEqual(sum(row["earned"] for row in silver), wanted, 6)
		self.assertGreater(wanted, 0)

	def points_by_age(self) -> None:
		lots = {
			lot.name: lot
			for lot in frappe.get_all(
				"Club Lot",
				{"member": ["in", [one.name for one in self.people]]},
				["name", "awarded_on", "expires_on", "available_from", "remaining"],
			)
		}
		for as_of in (END, END - timedelta(days=40)):
			left: dict[str, float] = {}
			for each in self.entries():
				if each.lot and each.posting_date <= as_of:
					left[each.lot] = left.get(each.lot, 0) + each.quantity
			rows = self.report("Club Points by Age", as_of=str(as_of))["result"]
			total = rows[-1]
			self.assertAlmostEqual(total["total"], sum(left.values()), 6)
			young = [
				quantity
				for name, quantity in left.items()
				if (as_of - lots[name].awarded_on).days <= 30 and lots[name].available_from <= as_of
			]
			found = next((row["total"] for row in rows if row["age"].startswith("0 ")), 0)
			self.assertAlmostEqual(found, sum(young), 6)
			soon = [quantity for name, quantity in left.items() if (lots[name].expires_on - as_of).days <= 7]
			self.assertAlmostEqual(total.get("left_7") or 0, sum(soon), 6)

	def members_over_time(self) -> None:
		rows = self.report("Club Members Over Time")["result"]
		changes = frappe.get_all(
			"Club Tier Change",
			{"member": ["in", [one.name for one in self.people]]},
			["member", "day", "before", "after"],
		)
		self.assertTrue(any(change.before == "Silver" for change in changes))
		titles = {}
		told = self.report("Club Members Over Time")
		for column in told["columns"]:
			if column["fieldname"].startswith("group_"):
				titles[column["fieldname"]] = column["label"]
		for row, (start, end) in zip(rows, MONTHS, strict=True):
			wanted: dict[str, int] = {}
			for one in self.people:
				if one.joined_on > end or (one.left_on and one.left_on <= end):
					continue
				later = [change for change in changes if change.member == one.name and change.day > end]
				undone = Counter([one.tier or "", *(change.before or "" for change in later)])
				undone.subtract([change.after or "" for change in later])
				(tier,) = (name or "None" for name, count in undone.items() if count)
				wanted[tier] = wanted.get(tier, 0) + 1
			found = {title: row[field] for field, title in titles.items() if row[field]}
			self.assertEqual(found, wanted, row["period"])
			self.assertEqual(row["joined"], sum(start <= one.joined_on <= end for one in self.people))
		self.assertEqual((rows[-1]["left"], rows[-1]["members"]), (1, len(self.people) - 1))
		by_branch = self.report("Club Members Over Time", by="branch")["result"][-1]
		self.assertEqual(by_branch["members"], len(self.people) - 1)
		here = self.report("Club Members Over Time", home_branch="Here")["result"][-1]
		self.assertEqual(
			here["members"], sum(one.branch == "Here" and not one.left_on for one in self.people)
		)

	def new_and_returning(self) -> None:
		rows, days = self.report("Club New and Returning Members", away=1)["result"], self.purchase_days()
		counts = {"new": 0, "returning": 0, "won_back": 0}
		for row, (start, end) in zip(rows, MONTHS, strict=True):
			wanted = {"new": 0, "returning": 0, "won_back": 0}
			visits = net = 0.0
			for mine in days.values():
				inside = [day for day in mine if start <= day <= end]
				if not inside:
					continue
				before = [day for day in mine if day < start]
				kind = "new" if not before else "returning"
				if before and max(before) < jalali.add_months(start, -1):
					kind = "won_back"
				wanted[kind] += 1
				counts[kind] += 1
				visits, net = visits + len(inside), net + sum(mine[day] for day in inside)
			self.assertEqual({kind: row[kind] for kind in wanted}, wanted, row["period"])
			self.assertEqual((row["visits"], row["net"]), (visits, net))
			self.assertEqual(row["members"], sum(wanted.values()))
		self.assertTrue(all(counts.values()), counts)

	def cohorts(self) -> None:
		rows, days = self.report("Club Cohorts", show="members")["result"], self.purchase_days()
		shares = self.report("Club Cohorts")["result"]
		titles = [jalali.format_date(start, "en", "month") for start, _end in MONTHS]
		found = {row["period"]: row for row in rows}
		for n, (start, end) in enumerate(MONTHS):
			mine = [each for each in days.values() if start <= min(each) <= end]
			row = found.get(titles[n])
			self.assertEqual(row["size"] if row else 0, len(mine))
			for after in range(len(MONTHS) - n if row else 0):
				since, until = MONTHS[n + after]
				wanted = sum(any(since <= day <= until for day in each) for each in mine)
				self.assertEqual(row[f"after_{after}"], wanted)
			if row:
				self.assertIsNone(row.get(f"after_{len(MONTHS) - n}"))
		again = [row["after_1"] for row in rows if "after_1" in row]
		sizes = [row["size"] for row in rows if "after_1" in row]
		self.assertAlmostEqual(shares[-1]["after_1"], sum(again) / sum(sizes) * 100, 6)

	def lrfm(self) -> None:
		profiles = frappe.get_all(
			"Club Profile", {"program": self.program.name, "frequency": [">", 0]}, ["*"]
		)
		told = self.report("Club LRFM")
		rows = told["result"]
		self.assertEqual(rows[-1]["members"], len(profiles))
		self.assertEqual(sum(row["members"] for row in rows[:-1]), len(profiles))
		self.assertAlmostEqual(rows[-1]["net"], sum(flt(each.monetary) for each in profiles), 4)
		wanted = {}
		for each in profiles:
			wanted[each.segment] = wanted.get(each.segment, 0) + 1
		self.assertEqual({row["title"]: row["members"] for row in rows[:-1]}, wanted)
		scored = self.report("Club LRFM", view="scores")["result"]
		for row in scored:
			for part in ("length", "recency", "frequency", "monetary"):
				self.assertEqual(row[part], sum(each[f"{part}_score"] == row["score"] for each in profiles))

	def migration(self) -> None:
		kept = [start - timedelta(days=1) for start in FIRST_OF_MONTH[1:]]
		told = {
			day: dict(
				frappe.get_all(
					"Club Score",
					{"program": self.program.name, "as_of": day},
					["member", "segment"],
					as_list=True,
				)
			)
			for day in kept
		}
		self.assertTrue(all(told.values()))
		result = self.report("Club LRFM Migration", before=str(kept[1]), after=str(kept[3]))
		ends = {
			column["fieldname"]: column["label"]
			for column in result["columns"]
			if column["fieldname"].startswith("to_")
		}
		found = {
			(row["from"], ends[field]): row[field]
			for row in result["result"][:-1]
			for field in ends
			if row.get(field)
		}
		wanted: dict[tuple[str, str], int] = {}
		for name in {*told[kept[1]], *told[kept[3]]}:
			pair = (
				told[kept[1]].get(name) or "Not Scored Before",
				told[kept[3]].get(name) or "Not Scored Any More",
			)
			wanted[pair] = wanted.get(pair, 0) + 1
		self.assertEqual(found, wanted)
		months = self.report("Club LRFM Migration", view="months")["result"]
		self.assertEqual([row["members"] for row in months], [len(told[day]) for day in kept])

	# ------------------------------------------------------------------------------------------

	REPORTS = (
		*("Club Members Over Time", "Club Points Over Time", "Club Points by Age"),
		*("Club New and Returning Members", "Club Cohorts", "Club LRFM", "Club LRFM Migration"),
	)

	def test_an_empty_club_has_empty_reports(self) -> None:
		for name in self.REPORTS:
			told = self.report(name)
			numbers = [
				value
				for row in told["result"]
				for key, value in row.items()
				if isinstance(value, (int, float)) and key != "score"
			]
			self.assertFalse(any(numbers), name)

	def test_who_may_see_them(self) -> None:
		with builders.on_day(BEGIN):
			one = member(self.program)
			invoice(one.customer, line(rate=5 * M), vat=False)
		with builders.on_day(BEGIN + timedelta(days=1)):
			for _step in scores.steps(BEGIN + timedelta(days=1), ""):
				pass
		with acting_as(user("Club Cashier", "Sales User")):
			for name in self.REPORTS:
				with self.assertRaises(frappe.PermissionError, msg=name):
					self.report(name)
		confined = user("Club Manager", "Accounts Manager")
		confine(confined, "Company", companies.second())
		with acting_as(confined):
			for name in (
				"Club Points Over Time",
				"Club New and Returning Members",
				"Club Cohorts",
				"Club Points by Age",
			):
				self.assertEqual(self.report(name)["result"], [], name)
			self.assertEqual(self.report("Club Members Over Time")["result"][-1]["members"], 0)
			for name in ("Club LRFM", "Club LRFM Migration"):
				with self.assertRaises(frappe.PermissionError, msg=name):
					self.report(name)
		mine = user("Club Manager", "Accounts Manager")
		confine(mine, "Company", COMPANY)
		with acting_as(mine):
			self.assertEqual(self.report("Club New and Returning Members")["result"][0]["new"], 1)
			self.assertEqual(self.report("Club Members Over Time")["result"][-1]["members"], 1)


class TestOwnFields(AnalysisCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		fields = (
			{"fieldname": "favourite_colour", "fieldtype": "Select", "options": "\nBlue\nGreen"},
			{"fieldname": "old_address", "fieldtype": "Data", "hidden": 1},
			{"fieldname": "secret_note", "fieldtype": "Data", "permlevel": 3},
		)
		for field in fields:
			create_custom_field(
				"Club Member",
				{"label": frappe.unscrub(field["fieldname"]), "in_standard_filter": 1, **field},
				is_system_generated=False,
			)
		cls.addClassCleanup(cls.remove, [field["fieldname"] for field in fields])

	@classmethod
	def remove(cls, names: list[str]) -> None:
		frappe.set_user("Administrator")
		for name in names:
			frappe.delete_doc("Custom Field", f"Club Member-{name}", force=True)
		frappe.db.commit()
		frappe.clear_cache(doctype="Club Member")

	def test_a_clubs_own_field_is_a_filter_and_a_group(self) -> None:
		with builders.on_day(BEGIN):
			people = [
				member(self.program, favourite_colour=colour) for colour in ("Blue", "Green", "Blue", None)
			]
			for one in people:
				invoice(one.customer, vat=False)
		visited = self.report("Club Visits", favourite_colour="Blue")["result"]
		self.assertEqual({row["member"] for row in visited}, {people[0].name, people[2].name})
		self.assertEqual(
			self.report("Club New and Returning Members", favourite_colour="Green")["result"][0]["new"], 1
		)
		told = self.report("Club Members Over Time", by="favourite_colour")
		titles = {column["fieldname"]: column["label"] for column in told["columns"]}
		last = told["result"][-1]
		found = {titles[key]: value for key, value in last.items() if key.startswith("group_")}
		self.assertEqual(found, {"Blue": 2, "Green": 1, "None": 1})

	def test_only_what_the_user_may_see_is_offered(self) -> None:
		self.assertEqual([each["fieldname"] for each in member_filters.own_fields()], ["favourite_colour"])
		boot = frappe._dict()
		member_filters.add_to_boot(boot)
		self.assertEqual([each["label"] for each in boot.loyalty_club_member_fields], ["Favourite Colour"])
		with acting_as(user("Accounts User")):
			boot = frappe._dict()
			member_filters.add_to_boot(boot)
			self.assertNotIn("loyalty_club_member_fields", boot)

	def test_a_column_of_ones_own_is_added_as_in_any_report(self) -> None:
		with builders.on_day(BEGIN):
			one = member(self.program, favourite_colour="Green")
			invoice(one.customer, vat=False)
		column = {
			"fieldname": "favourite_colour",
			"fieldtype": "Select",
			"label": "Favourite Colour",
			"insert_after_index": 0,
			"link_field": {"fieldname": "member", "names": [one.name]},
			"doctype": "Club Member",
		}
		with builders.on_day(END):
			told = query_report.run(
				"Club Visits", {**SPAN, "program": self.program.name}, custom_columns=[column]
			)
		self.assertEqual([row["favourite_colour"] for row in told["result"]], ["Green"])
