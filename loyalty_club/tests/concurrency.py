"""Many tills at once: real connections, real commits, on few members. Run by `tests/bench/run.py`, each worker a
process.

`prepare` makes members and commits; `work` is one till; `check` looks at every invariant. A till may be told "try
again" (a deadlock or a lock that took too long, as any database says under load): it then does; anything else is an
error.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

import frappe

from loyalty_club import policy
from loyalty_club.engine import attach, gift_cards, gift_sales, members, post, transfers
from loyalty_club.tests import builders
from loyalty_club.tests.builders import M, bring_back, card, give, invoice, line, member, program

MEMBERS = 4
GRUDGE = ("QueryDeadlockError", "QueryTimeoutError")


def prepare(isolation: int) -> dict[str, Any]:
	"""Members with points, and two new ones who have never bought."""
	builders.before_tests()
	club = program(expiry="days", expiry_count=400)
	frappe.db.set_single_value("Loyalty Club Settings", "transfer_points", 1)
	people = []
	for _n in range(MEMBERS):
		one = member(club)
		give(one, 2000)
		people.append([one.name, one.customer, card(one)])
	_begin_series(*(frappe._dict(name=each[0]) for each in people[:2]))
	frappe.db.commit()
	liability = builders.gl("Loyalty Points")
	knows = bool(frappe.db.sql("show variables like 'innodb_snapshot_isolation'"))
	return {
		"program": club.name,
		"people": people,
		"isolation": isolation,
		"knows isolation": knows,
		"liability": liability,
	}


def _begin_series(giver: Any, receiver: Any) -> None:
	"""Makes the transfers' series of names: Frappe itself deadlocks where two documents begin one at once."""
	frappe.get_doc(
		{
			"doctype": "Club Transfer",
			"giver": giver.name,
			"receiver": receiver.name,
			"quantity": 1,
			"company": builders.COMPANY,
			"posting_date": policy.club_today(),
		}
	).insert().delete()


def work(story: dict[str, Any], seed: int, operations: int, doors_open: float) -> dict[str, Any]:
	"""One till: so many operations, mixed from award, redeem, return, cancel and the passing of time."""
	chance = random.Random(seed)
	told: dict[str, int] = {}
	mine: list[str] = []
	while time.time() < doors_open:
		time.sleep(0.01)
	for _n in range(operations):
		kind = chance.choice(["award", "award", "redeem", "redeem", "return", "cancel", "expire"])
		for _attempt in range(20):
			try:
				_do(kind, chance, story, mine)
				frappe.db.commit()
				_isolate(story, 0)
				told[kind] = told.get(kind, 0) + 1
				break
			except Exception as error:
				frappe.db.rollback()
				_isolate(story, 0)
				frappe.local.message_log = []
				name = type(error).__name__
				if name in GRUDGE:
					told["try again"] = told.get("try again", 0) + 1
					time.sleep(chance.random() / 5)
					continue
				if name == "ValidationError" and "can be spent now" in str(error):
					told["refused"] = told.get("refused", 0) + 1
					break
				raise
		else:
			raise AssertionError(f"{kind} was told to try again twenty times")
	return told


def _do(kind: str, chance: random.Random, story: dict[str, Any], mine: list[str]) -> None:
	name, customer, number = chance.choice(story["people"])
	if kind in ("award", "redeem"):
		wish = {"club_card": number, "club_redemptions": [{"points": chance.randint(1, 150)}]}
		fields = wish if kind == "redeem" else {}
		amount = M if kind == "redeem" else chance.randint(1, 9) * M
		made = invoice(customer, line("TEA", amount), vat=False, submit=False, **fields)
		_new_request(story)
		made.submit()
		mine.append(made.name)
	elif kind == "expire":
		_new_request(story)
		post.let_time_pass(frappe.db.get_value("Club Account", {"member": name}), policy.club_today())
	elif mine:
		doc = frappe.get_doc("Sales Invoice", mine.pop(chance.randrange(len(mine))))
		if kind == "return":
			doc = bring_back(doc, submit=False)
		_new_request(story)
		if kind == "return":
			doc.submit()
		else:
			doc.cancel()


def _new_request(story: dict[str, Any]) -> None:
	"""A request of its own begins, with the server's default of `innodb_snapshot_isolation`. Drafts are made before,
	for the naming series would let one till in at a time, and with the isolation on ERPNext's own lock of it fails."""
	frappe.db.commit()
	_isolate(story, story["isolation"])
	frappe.local.loyalty_club_connection = None


def _isolate(story: dict[str, Any], on: int) -> None:
	if story["knows isolation"]:
		frappe.db.sql("set session innodb_snapshot_isolation = %s", (on,))


def check(story: dict[str, Any]) -> dict[str, Any]:
	"""The invariants on every account; nothing spent that was not there; the books equal the points."""
	import unittest

	frappe.db.rollback()
	case = unittest.TestCase()
	builders.check_books(case)
	names = [person[0] for person in story["people"]]
	for name in names:
		rows = frappe.get_all(
			"Club Ledger Entry", {"member": name}, ["kind", "quantity", "posting_key"], order_by="seq"
		)
		running = 0.0
		for row in rows:
			running += row.quantity
			if row.kind == "redeem":
				assert running >= 0, f"{name} spent points that were not there"
		assert len({row.posting_key for row in rows}) == len(rows)
	failed = frappe.get_all("Sales Invoice", {"club_status": "Failed"}, pluck="name")
	assert not failed, f"awards failed: {failed}"
	spent = frappe.get_all(
		"Club Ledger Entry",
		{"member": ["in", names], "kind": ["in", ["redeem", "restore"]]},
		["quantity", "value"],
	)
	paid = -sum(row.quantity * row.value for row in spent)
	booked = builders.gl("Loyalty Points") - story["liability"]
	assert booked == paid, f"points worth {paid} paid, the books say {booked}"
	return {
		"entries": frappe.db.count("Club Ledger Entry", {"member": ["in", names]}),
		"paid by points": paid,
	}


def first_purchases(story: dict[str, Any], who: int, doors_open: float) -> str:
	"""The first purchase of a new member, at the same moment as another's."""
	customer = story["new"][who]
	while time.time() < doors_open:
		time.sleep(0.001)
	sold = invoice(customer, line("TEA", 10 * M), vat=False)
	frappe.db.commit()
	return str(sold.club_status)


def crossing(story: dict[str, Any], who: int, rounds: int, doors_open: float) -> dict[str, int]:
	"""One of the first two members gives the other points, again and again, while the other does the same. Nothing may
	deadlock: both lock the two accounts in one order."""
	people = [story["people"][n][0] for n in (who % 2, (who + 1) % 2)]
	told = {"moved": 0, "try again": 0}
	while time.time() < doors_open:
		time.sleep(0.001)
	for n in range(rounds):
		doc = frappe.get_doc(
			{
				"doctype": "Club Transfer",
				"giver": people[0],
				"receiver": people[1],
				"quantity": 1 + (who + n) % 7,
				"company": builders.COMPANY,
				"posting_date": policy.club_today(),
			}
		).insert()
		_new_request(story)
		try:
			transfers.approve(doc, "a test")
			frappe.db.commit()
			told["moved"] += 1
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
			told["try again"] += 1
		_isolate(story, 0)
	return told


def endow(story: dict[str, Any]) -> str:
	"""Gives the first two members as many points as crossing takes, whatever the tills have left them; what they have
	together then."""
	for name, *_rest in story["people"][:2]:
		give(frappe.get_doc("Club Member", name), 1000)
	frappe.db.commit()
	return together(story)


def together(story: dict[str, Any]) -> str:
	"""What the first two members have together."""
	frappe.db.rollback()
	return str(sum(builders.balance(frappe._dict(name=each[0])) for each in story["people"][:2]))


def newcomers(story: dict[str, Any], pairs: int) -> dict[str, Any]:
	"""Members who have never bought."""
	club = frappe.get_doc("Club Program", story["program"])
	story["new"] = [member(club).customer for _n in range(2 * pairs)]
	frappe.db.commit()
	return story


def receipts(story: dict[str, Any], races: int) -> dict[str, Any]:
	"""Sales without a member, each with its code; and the codes' two claimants."""
	frappe.db.set_single_value("Loyalty Club Settings", "print_code", 1)
	frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
	club, stranger = frappe.get_doc("Club Program", story["program"]), builders.customer()
	sold = [invoice(stranger, line("TEA", 10 * M), vat=False) for _n in range(races)]
	story["receipts"] = [[doc.name, attach.code_of(doc)] for doc in sold]
	story["claimants"] = [member(club).name for _n in range(2)]
	frappe.db.commit()
	return story


def claim(story: dict[str, Any], who: int, doors_open: float) -> list[str]:
	"""One of two who claim the same receipts at the same moments; which of them this one got."""
	_new_request(story)
	got = []
	mine = members.by_name(story["claimants"][who])
	for n, (name, code) in enumerate(story["receipts"]):
		while time.time() < doors_open + n:
			time.sleep(0.001)
		try:
			attach.claim(attach.find(code), mine)
			frappe.db.commit()
			got.append(name)
		except frappe.ValidationError:
			frappe.db.rollback()
			frappe.local.message_log = []
		_new_request(story)
	return got


def favourite(story: dict[str, Any], limit: int) -> dict[str, Any]:
	"""A member whose awards a day are limited."""
	frappe.db.set_single_value("Loyalty Club Settings", "awards_per_day", limit)
	story["new"] = [member(frappe.get_doc("Club Program", story["program"])).customer] * (2 * limit)
	frappe.db.commit()
	return story


def favoured(story: dict[str, Any]) -> int:
	"""How many awards that member got; the limit is lifted again."""
	frappe.db.rollback()
	frappe.db.set_single_value("Loyalty Club Settings", "awards_per_day", 0)
	frappe.db.commit()
	found = frappe.db.get_value("Club Member", {"customer": story["new"][0]})
	count: int = frappe.db.count("Club Ledger Entry", {"member": found, "kind": "award"})
	return count


def gift_card(story: dict[str, Any], races: int, tills: int, amount: int) -> dict[str, Any]:
	"""Sold gift cards with a million on each, and for each till a draft on each card that wants so much of it."""
	item, buyer = policy.settings().gift_card_item, story["people"][0][1]
	made = gift_cards.make(story["program"], races, company=builders.COMPANY)
	drafts = []
	for card_ in made:
		row = line(item, M, club_gift_card=card_.number)
		payments = [{"mode_of_payment": "Cash", "amount": M}]
		invoice(buyer, row, vat=False, is_pos=1, payments=payments)
		proof = gift_cards.prove(card_.name, card_.pin)
		wish = {"wallet": "Gift Card", "gift_card": card_.number, "points": amount, "proof": proof}
		drafts.append(
			[
				invoice(buyer, line("TEA", M), vat=False, submit=False, club_redemptions=[wish]).name
				for _till in range(tills)
			]
		)
	frappe.db.commit()
	return {**story, "gift cards": [card_.name for card_ in made], "drafts": drafts}


def spend_gift(story: dict[str, Any], who: int, doors_open: float) -> list[str]:
	"""One of several tills that spend the same gift cards at the same moments: how each ended."""
	told = []
	for n, drafts in enumerate(story["drafts"]):
		_new_request(story)
		sale = frappe.get_doc("Sales Invoice", drafts[who])
		while time.time() < doors_open + 4 * n:
			time.sleep(0.001)
		told.append(_submit(story, sale))
	return told


def _submit(story: dict[str, Any], sale: Any) -> str:
	"""How submitting a draft ends, tried again as often as the database says so."""
	for _attempt in range(20):
		try:
			sale.submit()
			frappe.db.commit()
			return "paid"
		except Exception as error:
			frappe.db.rollback()
			frappe.local.message_log = []
			if type(error).__name__ in GRUDGE:
				time.sleep(random.random() / 5)
				_new_request(story)
				sale = frappe.get_doc("Sales Invoice", sale.name)
				continue
			if isinstance(error, frappe.ValidationError) and "is there to spend now" in str(error):
				return "refused"
			raise
		finally:
			_isolate(story, 0)
	raise AssertionError("the sale was told to try again twenty times")


def gifts_left(story: dict[str, Any]) -> list[float]:
	"""What is left on each gift card."""
	frappe.db.rollback()
	return [float(gift_sales.balance(gift_cards.by_name(name)).holds) for name in story["gift cards"]]


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	steps = {"prepare": lambda: prepare(**options), "check": lambda: check(given)}
	steps["work"] = lambda: work(given, **options)
	steps["newcomers"] = lambda: newcomers(given, **options)
	steps["receipts"] = lambda: receipts(given, **options)
	steps["claim"] = lambda: claim(given, **options)
	steps["favourite"] = lambda: favourite(given, **options)
	steps["favoured"] = lambda: favoured(given)
	steps["crossing"] = lambda: crossing(given, **options)
	steps["endow"] = lambda: endow(given)
	steps["together"] = lambda: together(given)
	steps["gift_card"] = lambda: gift_card(given, **options)
	steps["spend_gift"] = lambda: spend_gift(given, **options)
	steps["gifts_left"] = lambda: gifts_left(given)
	steps["first_purchases"] = lambda: first_purchases(given, **options)
	frappe.flags.in_test = True
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
