"""What the club costs: times and queries of submitting an invoice on a real site. Run by `benchmarks/site.py`.

`fill` puts ledger entries on the site, in the shape the engine writes; `round_` submits one invoice of each kind, so
that kinds are interleaved; `find` looks a member up by card. Everything is committed: the site is made for this and
thrown away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, today

from loyalty_club.engine import members
from loyalty_club.tests import builders
from loyalty_club.tests.builders import COMPANY, M, card, customer, give, invoice, line, member, program

KINDS = ("nobody", "native", "award", "award, 100,000 entries", "redeem", "journal")


def prepare() -> dict[str, Any]:
	"""Who buys: nobody's member, a customer of ERPNext's own program, members without and with a long history."""
	builders.before_tests()
	club = program()
	native = frappe.get_doc(
		{
			"doctype": "Loyalty Program",
			"loyalty_program_name": "Native",
			"loyalty_program_type": "Single Tier Program",
			"from_date": add_days(today(), -30),
			"company": COMPANY,
			"conversion_factor": 1000,
			"expiry_duration": 365,
			"expense_account": f"Loyalty Points - {builders.ABBR}",
			"cost_center": f"Main - {builders.ABBR}",
			"collection_rules": [{"tier_name": "One", "min_spent": 0, "collection_factor": 100_000}],
		}
	).insert()
	people: dict[str, Any] = {"nobody": customer(), "native": customer(loyalty_program=native.name)}
	for kind in ("award", "award, 100,000 entries", "redeem"):
		one = member(club)
		people[kind] = one.customer
		if kind == "redeem":
			give(one, 1_000_000)
			people["card"] = card(one)
		if kind.startswith("award, "):
			people["long"] = one.name
	people["journal"] = customer()
	frappe.db.commit()
	return {"program": club.name, "people": people, "native": native.name}


def fill(story: dict[str, Any], entries: int, cards: int) -> dict[str, Any]:
	"""So many ledger entries (and native ones) of 1,000 other members, a tenth of them of one member, and so many
	cards."""
	present = frappe.db.count("Club Ledger Entry")
	crowd = story.get("crowd") or (_crowd(story["program"]) if entries else [])
	story["crowd"] = crowd
	long = frappe.db.get_value("Club Account", {"member": story["people"]["long"]}, ["name", "member"])
	if present < entries:
		mine = min(100_000, entries)
		if not story.get("long filled") and mine:
			_entries([long], mine)
			story["long filled"] = mine
		_entries(crowd, entries - frappe.db.count("Club Ledger Entry"))
		_native(story, entries)
	_cards(cards)
	frappe.db.commit()
	for doctype in ("Club Ledger Entry", "Club Lot", "Loyalty Point Entry", "Loyalty Card"):
		frappe.db.sql(f"analyze table `tab{doctype}`")
	frappe.db.commit()
	return story


def _crowd(club: str) -> list[tuple[str, str]]:
	found = []
	for _n in range(1000):
		one = member(frappe._dict(name=club))
		found.append((frappe.db.get_value("Club Account", {"member": one.name}), one.name))
	frappe.db.commit()
	return found


def _entries(accounts: list[Any], count: int) -> None:
	"""Rows as `ledger` writes them, each award a lot that was used up at once but the last ten of an account."""
	now, columns, rows, lots = now_datetime(), None, [], []
	each = max(1, count // len(accounts))
	for account, owner in accounts:
		start = frappe.db.get_value("Club Account", account, "seq") or 0
		for n in range(start + 1, start + each + 1):
			name = f"{account}-{n}"
			row = {
				"name": name,
				"creation": now,
				"modified": now,
				"account": account,
				"seq": n,
				"member": owner,
				"posting_date": today(),
				"recorded_at": now,
				"kind": "award",
				"quantity": 10,
				"lot": name,
				"value": 1000,
				"company": COMPANY,
				"reason_code": "earned",
				"reason": "{}",
				"posting_key": frappe.generate_hash(length=40),
				"hash_version": 1,
			}
			columns = columns or list(row)
			rows.append(tuple(row.values()))
			remaining = 10 if n > start + each - 10 else 0
			lots.append(
				(name, now, now, account, owner, n, 10, remaining, 1000, today(), today(), name, COMPANY)
			)
		table = frappe.qb.DocType("Club Account")
		(
			frappe.qb.update(table)
			.set(table.seq, start + each)
			.set(table.entries, start + each)
			.set(table.balance, 100)
			.where(table.name == account)
			.run()
		)
		if len(rows) > 20_000 or account == accounts[-1][0]:
			frappe.db.bulk_insert("Club Ledger Entry", columns, rows, chunk_size=5000)
			frappe.db.bulk_insert(
				"Club Lot",
				[
					"name",
					"creation",
					"modified",
					"account",
					"member",
					"seq",
					"original",
					"remaining",
					"value",
					"awarded_on",
					"available_from",
					"root",
					"company",
				],
				lots,
				chunk_size=5000,
			)
			rows, lots = [], []
			frappe.db.commit()


def _native(story: dict[str, Any], count: int) -> None:
	"""As many Loyalty Point Entries of other customers."""
	present, now = frappe.db.count("Loyalty Point Entry"), now_datetime()
	columns = [
		"name",
		"creation",
		"modified",
		"customer",
		"loyalty_program",
		"loyalty_points",
		"company",
		"posting_date",
		"expiry_date",
	]
	rows = [
		(
			frappe.generate_hash(length=12),
			now,
			now,
			f"other {n % 1000}",
			story["native"],
			10,
			COMPANY,
			today(),
			add_days(today(), 300),
		)
		for n in range(present, count)
	]
	if rows:
		frappe.db.bulk_insert("Loyalty Point Entry", columns, rows, chunk_size=5000)


def _cards(count: int) -> None:
	present, now = frappe.db.count("Loyalty Card"), now_datetime()
	rows = [
		(f"9{n:015}", f"9{n:015}", now, now, "Blank", frappe.generate_hash(length=20))
		for n in range(present, count)
	]
	if rows:
		frappe.db.bulk_insert(
			"Loyalty Card",
			["name", "card_number", "creation", "modified", "status", "token"],
			rows,
			chunk_size=5000,
		)


def rounds(
	story: dict[str, Any], count: int, rows: int, kinds: Sequence[str] = KINDS
) -> dict[str, list[list[float]]]:
	"""Submits one invoice of each kind, `count` times over; per kind, [seconds, queries] of each."""
	found: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
	for n in range(count + 1):
		for kind in kinds:
			doc = _draft(story, kind, rows)
			frappe.db.commit()
			if doc.name:
				doc = frappe.get_doc(doc.doctype, doc.name)
			queries = [0]
			asked = frappe.db.sql

			def counted(*args: Any, _queries: list[int] = queries, _asked: Any = asked, **kwargs: Any) -> Any:
				_queries[0] += 1
				return _asked(*args, **kwargs)

			frappe.db.sql = counted
			start = time.perf_counter()
			try:
				if not doc.name:  # a journal, which the club makes whole
					doc.insert()
				doc.submit()
			finally:
				seconds = time.perf_counter() - start
				frappe.db.sql = asked
			frappe.db.commit()
			if n:  # the first round fills caches
				found[kind].append([seconds, queries[0]])
	return found


def _draft(story: dict[str, Any], kind: str, rows: int) -> Any:
	people = story["people"]
	if kind == "journal":
		owed = invoice(people[kind], line("TEA", M))
		return frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"company": COMPANY,
				"posting_date": today(),
				"accounts": [
					{"account": f"Cash Till - {builders.ABBR}", "debit_in_account_currency": 10_000},
					{
						"account": f"Debtors - {builders.ABBR}",
						"credit_in_account_currency": 10_000,
						"party_type": "Customer",
						"party": people[kind],
						"reference_type": "Sales Invoice",
						"reference_name": owed.name,
					},
				],
			}
		)
	extra = {"club_card": people["card"], "club_redemptions": [{"points": 10}]} if kind == "redeem" else {}
	return invoice(people[kind], *[line("TEA", M) for _row in range(rows)], submit=False, **extra)


def plain(count: int, rows: int) -> list[float]:
	"""Queries of submitting an invoice on a site that does not have the app."""
	builders.before_tests()
	story = {"people": {"nobody": customer()}}
	found = rounds(story, count, rows, ("nobody",))["nobody"]
	return [each[1] for each in found]


def find(story: dict[str, Any], count: int) -> dict[str, Any]:
	"""Seconds and queries of finding a member by card."""
	number, times = story["people"]["card"], []
	asked, queries = frappe.db.sql, [0]

	def counted(*args: Any, **kwargs: Any) -> Any:
		queries[0] += 1
		return asked(*args, **kwargs)

	members.find(number, COMPANY)
	frappe.db.sql = counted
	try:
		for _n in range(count):
			start = time.perf_counter()
			members.find(number, COMPANY)
			times.append(time.perf_counter() - start)
	finally:
		frappe.db.sql = asked
	return {"seconds": times, "queries": queries[0] / count, "cards": frappe.db.count("Loyalty Card")}


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	frappe.flags.in_test = True
	steps = {"prepare": lambda: prepare(), "fill": lambda: fill(given, **options)}
	steps["rounds"] = lambda: rounds(given, **options)
	steps["find"] = lambda: find(given, **options)
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
