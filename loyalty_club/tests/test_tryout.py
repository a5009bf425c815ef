"""The try-out on a real site: what it says a period would have come to is what the hooks posted for it."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe

from loyalty_club import history
from loyalty_club.api import tryout as api
from loyalty_club.engine import tryout
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders
from loyalty_club.tests.builders import COMPANY, M, bring_back, customer, invoice, line, member, redeeming
from loyalty_club.tests.people import acting_as, user

FIRST = date(2025, 4, 21)
TIERS = [
	{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
	{"customer_group": "Silver", "threshold": 30 * M, "points": 15, "per": M},
	{"customer_group": "Gold", "threshold": 80 * M, "points": 20, "per": M},
]


def tried(program: str, until: date, **fields: Any) -> Any:
	"""A try-out that was run here and now."""
	doc = frappe.get_doc(
		{
			"doctype": "Club Try Out",
			"title": "Spring",
			"company": COMPANY,
			"from_date": FIRST,
			"to_date": until,
			"program": program,
			**fields,
		}
	).insert()
	tryout.run(doc.name)
	doc.reload()
	assert doc.status == "Done", doc.error
	return doc


class TestTryOut(builders.ClubCase):
	program_fields = {
		"tiers": TIERS,
		"expiry": "days",
		"expiry_count": 40,
		"rules": [{"rule": "Saffron twice", "multiply": 2, "items": "SAFFRON"}],
		"exclude": [{"choice": "Item Group", "value": "Gold Coins"}],
	}

	def story(self, days: int = 60) -> list[Any]:
		"""Sales, redemptions, returns of some members over some days, and what time does meanwhile."""
		chance = random.Random(7)
		with builders.on_day(FIRST):
			people = [member(self.program) for _n in range(4)]
		sold: list[tuple[Any, Any]] = []
		for n in range(0, days, 3):
			day = FIRST + timedelta(days=n)
			with builders.on_day(day):
				one = chance.choice(people)
				rows = [
					line(chance.choice(["TEA", "SAFFRON", "COIN"]), rate=chance.randint(1, 9) * M)
					for _row in range(2)
				]
				points = int(builders.balance(one))
				spends = redeeming(one, chance.randint(1, points)) if points > 0 and n % 2 else {}
				sold.append((one, invoice(one.customer, *rows, **spends)))
				if n % 12 == 6:
					bring_back(sold[-2][1], shares={0: 1}, posting_date=str(day), set_posting_time=1)
				runner.run("Passing of Time", day + timedelta(days=1))
		return people

	def test_it_is_what_the_hooks_posted(self) -> None:
		people = self.story()
		until = FIRST + timedelta(days=60)
		with builders.on_day(until):
			runner.run("Passing of Time", until)
			doc = tried(self.program.name, until)
		(side,) = json.loads(doc.result)["sides"]
		posted: dict[str, Decimal] = {}
		for one in people:
			for kind, points in builders.entries(one):
				posted[kind] = posted.get(kind, Decimal(0)) + Decimal(str(points))
		self.assertEqual(Decimal(side["points_earned"]), posted["award"])
		self.assertEqual(Decimal(side["points_redeemed"]), -posted["redeem"])
		self.assertEqual(Decimal(side["points_restored"]), posted.get("restore", 0))
		self.assertEqual(Decimal(side["points_reversed"]), -posted["reverse"])
		self.assertEqual(Decimal(side["points_expired"]), -posted["expire"])
		self.assertTrue(posted["expire"])
		balances = sum(Decimal(str(builders.balance(one))) for one in people)
		self.assertEqual(Decimal(side["points_outstanding"]), balances)
		tiers = frappe.get_all("Club Member", {"name": ["in", [one.name for one in people]]}, pluck="tier")
		self.assertEqual(
			{name: count for name, count, *_rest in side["tiers"] if count},
			{name: tiers.count(name) for name in set(tiers)},
		)
		self.assertEqual(json.loads(doc.result)["moves"], [], "they are in the tiers that they are in")

	def test_two_sides_and_who_moves(self) -> None:
		people = self.story(30)
		until = FIRST + timedelta(days=30)
		with builders.on_day(until):
			same = tried(self.program.name, until, other_program=self.program.name)
			doc = tried(
				self.program.name,
				until,
				other_program=self.program.name,
				changes=[
					{"what": "Threshold", "tier": "Silver", "value": 2 * M},
					{"what": "Value of a Point", "value": 2_000},
				],
			)
		self.assertEqual(json.loads(same.result)["moves"], [])
		result = json.loads(doc.result)
		first, second = result["sides"]
		moved = {(before, after): count for before, after, count in result["moves"]}
		self.assertTrue(moved)
		self.assertTrue(all(pair == ("Bronze", "Silver") for pair in moved), moved)
		self.assertEqual(Decimal(second["value_outstanding"]), Decimal(second["points_outstanding"]) * 2_000)
		self.assertGreater(Decimal(second["points_earned"]), Decimal(first["points_earned"]))
		self.assertEqual(len(result["affected"]), len({one.customer for one in people}))
		gains = [abs(Decimal(row[7]) - Decimal(row[3])) for row in result["affected"]]
		self.assertEqual(gains, sorted(gains, reverse=True))
		shown = api.panel(doc.name)
		self.assertEqual(len(shown["rows"][0]["cells"]), 2)

	def test_a_draft_is_tried_and_nothing_is_posted(self) -> None:
		with builders.on_day(FIRST):
			who = customer()
			invoice(who, line(rate=50 * M), vat=False)
			draft = frappe.copy_doc(frappe.get_doc("Club Program", self.program.name))
			draft.program_name = "Next Year"
			draft.status, draft.active_version = "Draft", None
			draft.insert()
			before = frappe.db.count("Club Ledger Entry")
			doc = tried(draft.name, FIRST, margin=25, expected=100)
		(side,) = json.loads(doc.result)["sides"]
		self.assertEqual(frappe.db.count("Club Ledger Entry"), before)
		self.assertEqual((side["points_earned"], side["members"]), ("500", 1))
		self.assertEqual((side["cost"], side["of_sales"], side["of_margin"]), ("500000", "1", "4"))
		self.assertEqual(side["owed"], "495050")  # 50,000,000 × 500,000 ÷ 50,500,000
		self.assertEqual(json.loads(doc.result)["moves"], [["Bronze", "Silver", 1]])

	def test_three_drafts_from_seven_answers_are_tried(self) -> None:
		with builders.on_day(FIRST):
			for amount in (10, 20, 30):
				invoice(customer(), line(rate=amount * M), vat=False)
			known = api.shop(COMPANY)
			self.assertEqual((known["purchase"], known["visits"], known["margin"]), (20 * M, 1, None))
			made = api.propose(COMPANY, "loyal", "both", "amount", 20, 10, known["purchase"], 12)
			self.assertEqual(len(set(made)), 3)
			status = frappe.get_all("Club Program", {"name": ["in", made]}, pluck="status")
			self.assertEqual(status, ["Draft"] * 3)
			_careful, balanced, generous = made
			doc = tried(
				balanced,
				FIRST,
				other_program=generous,
				margin=20,
				expected=100,
				extra_share=10,
				software_cost=100_000,
				kept_customers=1,
			)
			again = api.propose(COMPANY, "visits", "status", "gap", 20, 10, 20 * M, 6)
			self.assertFalse(set(again) & set(made), "a name that is taken is not taken again")
		first, second = json.loads(doc.result)["sides"]
		self.assertEqual(first["points_earned"], "480")  # 60,000,000 × 2 % × 0.8, each point worth 2,000
		self.assertEqual((first["cost"], second["cost"]), ("960000", "1440000"))
		plan = first["plan"]
		self.assertEqual((plan["extra"], plan["kept"], plan["worth"]), ("1200000", "4000000", "4000000"))
		self.assertEqual(plan["left"], str(1_200_000 + 4_000_000 - 960_000 - 100_000))
		self.assertTrue(any(row["title"] == "Return on investment" for row in api.panel(doc.name)["rows"]))
		with self.assert_refused("This answer means nothing: A typical purchase"):
			api.propose(COMPANY, "loyal", "both", "amount", 20, 10, 0, 12)

	def test_what_cannot_be_run_is_refused(self) -> None:
		for fields, words in (
			({"to_date": FIRST - timedelta(days=1)}, "after the last one"),
			({"changes": [{"what": "Value of a Point", "value": 1}]}, "Choose what the changes are made to"),
			(
				{
					"other_program": self.program.name,
					"changes": [{"what": "Threshold", "tier": "Tin", "value": 1}],
				},
				"no tier Tin",
			),
			(
				{
					"other_program": self.program.name,
					"changes": [{"what": "Threshold", "tier": "Silver", "value": 80 * M}],
				},
				"above the one before",
			),
			({"margin": 101}, "between 0 and 100"),
		):
			with self.assert_refused(words):
				tried(self.program.name, FIRST, **fields)

	def test_a_cashier_sees_none(self) -> None:
		doc = tried(self.program.name, FIRST)
		with acting_as(user("Club Cashier", "Sales User")):
			self.assertRaises(frappe.PermissionError, api.panel, doc.name)
			self.assertRaises(frappe.PermissionError, api.start, doc.name)

	def test_openings_and_consolidated_invoices_are_not_read(self) -> None:
		with builders.on_day(FIRST):
			who = customer()
			invoice(who, line(rate=M))
			invoice(who, line(rate=M), submit=False)
			invoice(who, line(rate=M)).cancel()
			opening = invoice(who, line(rate=M), submit=False)
			opening.is_opening = "Yes"
			opening.db_update()
		found = list(history.bills(COMPANY, FIRST, FIRST))
		self.assertEqual([len(bill.sold) for bill in found], [1])
		self.assertEqual(history.count(COMPANY, FIRST, FIRST), 1)
		(only,) = found[0].sold
		self.assertEqual((only.net, only.tax), (M, M / 10))
