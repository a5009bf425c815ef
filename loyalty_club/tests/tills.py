"""Many tills of the Point of Sale at once, each a thread with a connection of its own, several processes of them. Run
by `tests/bench/run.py`.

`prepare` makes a corporate member, its wallets and a till, and commits; `sell` is several tills that all sell to it at
the same moments, as the till's page does (a sale saved before, and a sale saved and submitted in one request); `check`
closes the till and looks at points, wallets, chains and books. `twice` submits the same sale on several connections.
How often the database said "try again" is told (a deadlock is an error); anything else it says is an error here.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import frappe
from frappe.utils import getdate, today

from loyalty_club import reconcile, verify
from loyalty_club.tests import builders, companies
from loyalty_club.tests.builders import ABBR, COMPANY, M, card, customer, give, line, member, program

POINTS, CREDIT = 10_000, 100 * M
SPENT_POINTS, SPENT_CREDIT = 10, 90_000  # of a sale of 1,000,000, which then earns 9 points and not 10
ATTEMPTS = 20


def prepare() -> dict[str, Any]:
	"""A corporate member with points and credit, and an open till."""
	builders.before_tests()
	if frappe.get_meta("POS Settings").has_field("invoice_type"):
		frappe.db.set_single_value("POS Settings", "invoice_type", "POS Invoice")
	club = program(
		companies=[
			{
				"company": COMPANY,
				"liability_account": f"Loyalty Points - {ABBR}",
				"marketing_account": f"Marketing Expenses - {ABBR}",
			}
		]
	)
	corporate = member(club, customer("Corporate"))
	give(corporate, POINTS)
	paid = {"wallet": "Cash Credit", "kind": "Paid In", "mode_of_payment": "Cash"}
	give(corporate, CREDIT, **paid)
	profile = companies.till()
	companies.open_till(profile)
	story = {
		"program": club.name,
		"member": corporate.name,
		"customer": corporate.customer,
		"card": card(corporate),
		"profile": profile,
		"books": _books(),
		"knows isolation": bool(frappe.db.sql("show variables like 'innodb_snapshot_isolation'")),
	}
	frappe.db.commit()
	return story


def _books() -> dict[str, float]:
	return {name: builders.gl(name) for name in ("Loyalty Points", "Club Cash Credit")}


# ---------------------------------------------------------------------------------------------- tills


def _tills(count: int, work: Callable[[int], Any]) -> list[Any]:
	"""Runs `work` on so many connections at once."""
	site, path = frappe.local.site, frappe.local.sites_path

	def one(number: int) -> Any:
		frappe.init(site, sites_path=path)
		frappe.connect()
		frappe.flags.in_test = True
		try:
			return work(number)
		finally:
			frappe.destroy()

	with ThreadPoolExecutor(count) as pool:
		return [each.result() for each in [pool.submit(one, number) for number in range(count)]]


def _draft(story: dict[str, Any], paying: bool, **fields: Any) -> Any:
	"""A receipt of 1,000,000, not saved yet; what was paid is the page's word."""
	wish: dict[str, Any] = {"club_card": story["card"], "paid_amount": M, "base_paid_amount": M}
	cash = M
	if paying:
		cash -= SPENT_POINTS * 1000 + SPENT_CREDIT
		wish["club_redemptions"] = [
			{"points": SPENT_POINTS},
			{"wallet": "Cash Credit", "points": SPENT_CREDIT},
		]
	return companies.cart(
		story["customer"], line("TEA", M), profile=story["profile"], cash=cash, **wish, **fields
	)


def _request(story: dict[str, Any], isolation: int, act: Callable[[], Any]) -> tuple[Any, list[type]]:
	"""What one request does, with the server's default of `innodb_snapshot_isolation`, tried again as often as the
	database says so; its answer, and what the database said."""
	refused: list[type] = []
	for _attempt in range(ATTEMPTS):
		frappe.db.rollback()
		frappe.local.message_log = []
		frappe.local.loyalty_club_connection = None
		if story["knows isolation"]:
			frappe.db.sql("set session innodb_snapshot_isolation = %s", (isolation,))
		try:
			answer = act()
			frappe.db.commit()
			return answer, refused
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError) as error:
			frappe.db.rollback()
			refused.append(type(error))
			time.sleep(random.random() / 5)
	raise AssertionError(f"told to try again {ATTEMPTS} times: {refused}")


def sell(
	story: dict[str, Any], tills: int, rounds: int, first: int, isolation: int, doors_open: float
) -> dict[str, Any]:
	"""So many tills of this process (the first of them is number `first`), a sale of each a round: every second one is
	saved before and only submitted then, every third one pays by points and credit. With the isolation on all are saved
	before, for ERPNext's own lock of the naming series fails with it."""

	def till(number: int) -> dict[str, Any]:
		drafts = []
		for n in range(rounds):
			doc, paying = None, (first + number + n) % 3 == 0
			if isolation or (number + n) % 2:
				doc = _draft(story, paying).insert()
				frappe.db.commit()
			drafts.append((doc.name if doc else None, paying))
		told = _nothing()
		while time.time() < doors_open:
			time.sleep(0.001)
		for saved, paying in drafts:

			def one(saved: str | None = saved, paying: bool = paying) -> str:
				doc = frappe.get_doc("POS Invoice", saved) if saved else _draft(story, paying)
				doc.submit() if saved else _insert_submitted(doc)
				return str(doc.name)

			start = time.perf_counter()
			name, refused = _request(story, isolation, one)
			told["seconds"].append(time.perf_counter() - start)
			told["sales"].append(name)
			told["paying"] += paying
			told["deadlocks"] += refused.count(frappe.QueryDeadlockError)
			told["waits"] += refused.count(frappe.QueryTimeoutError)
		return told

	whole = _nothing()
	for told in _tills(tills, till):
		for key, value in told.items():
			whole[key] += value
	return whole


def _nothing() -> dict[str, Any]:
	return {"sales": [], "paying": 0, "deadlocks": 0, "waits": 0, "seconds": []}


def _insert_submitted(doc: Any) -> None:
	"""As the till's page submits a sale that was never saved: in one request."""
	doc.docstatus = 1
	doc.insert()


def check(story: dict[str, Any], sales: list[str], paying: int) -> dict[str, Any]:
	"""Closes the till; what the corporate member has is the sum of what was sold, and the books say the same."""
	frappe.db.rollback()
	who = frappe._dict(name=story["member"])
	assert len(set(sales)) == len(sales)
	points = POINTS + 10 * len(sales) - (SPENT_POINTS + 1) * paying
	assert builders.balance(who) == points, f"{builders.balance(who)} points, and not {points}"
	credit = frappe.db.get_value("Club Account", {"member": who.name, "wallet": "Cash Credit"}, "balance")
	assert credit == CREDIT - SPENT_CREDIT * paying, f"{credit} of credit"
	problems = [problem.text for problem in verify.verify(who.name)]
	assert not problems, problems
	statuses = set(frappe.get_all("POS Invoice", {"name": ["in", sales]}, pluck="club_status"))
	assert statuses == {"Posted"}, statuses
	_check_reconciled(story["program"])
	entries = frappe.db.count("Club Ledger Entry")
	companies.close_till(*[frappe.get_doc("POS Invoice", name) for name in sales])
	frappe.db.set_value("POS Opening Entry", {"pos_profile": story["profile"]}, "status", "Closed")
	frappe.db.commit()
	assert frappe.db.count("Club Ledger Entry") == entries
	_check_reconciled(story["program"])
	moved = {name: each - story["books"][name] for name, each in _books().items()}
	booked = {"Loyalty Points": SPENT_POINTS * 1000.0 * paying, "Club Cash Credit": SPENT_CREDIT * paying}
	assert moved == booked, f"the books say {moved}, and not {booked}"
	return {"sales": len(sales), "entries": entries}


def _check_reconciled(club: str) -> None:
	for found in reconcile.reconcile(getdate(today()), COMPANY, club):
		assert not found.rest, f"{found.account}: {found.rest} is not explained"
		assert not found.wrong, f"{found.account}: {found.wrong}"


# ---------------------------------------------------------------------------------------------- the same sale twice


def twice(story: dict[str, Any], races: int) -> dict[str, int]:
	"""The same sale arrives on two connections at the same moment, again and again: as a sale with the till's key that
	was never saved, and as a saved one that is submitted. One is sold; the other is told so."""
	told: Counter[str] = Counter()
	for race in range(races):
		key = frappe.generate_hash(length=20)
		_race(story, told, lambda key=key: _insert_submitted(_draft(story, False, club_till_key=key)))
		assert frappe.db.count("POS Invoice", {"club_till_key": key}) == 1
		name = frappe.db.get_value("POS Invoice", {"club_till_key": key})
		_check_once(name)
		saved = _draft(story, False, club_till_key=f"{key}{race}").insert().name
		frappe.db.commit()
		_race(story, told, lambda saved=saved: frappe.get_doc("POS Invoice", saved).submit())
		_check_once(saved)
		for each in (name, saved):
			frappe.get_doc("POS Invoice", each).cancel()  # so that the sums of `check` stand
			frappe.db.commit()
	return dict(told)


def _race(story: dict[str, Any], told: Counter[str], act: Callable[[], Any]) -> None:
	start = threading.Barrier(2)

	def till(_number: int) -> str:
		start.wait()
		try:
			_request(story, 0, act)
		except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
			return "there is one with this key"
		except (frappe.TimestampMismatchError, frappe.ValidationError) as error:
			return f"{type(error).__name__}: {error}"[:60]
		return "sold"

	found = _tills(2, till)
	assert found.count("sold") == 1, found
	told.update(found)
	frappe.db.rollback()


def _check_once(name: str) -> None:
	rows = frappe.get_all("Club Ledger Entry", {"source_name": name}, ["kind", "quantity"])
	assert [(row.kind, row.quantity) for row in rows] == [("award", 10)], rows
	assert frappe.db.get_value("POS Invoice", name, "docstatus") == 1


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	frappe.flags.in_test = True
	steps = {"prepare": lambda: prepare(), "sell": lambda: sell(given, **options)}
	steps["check"] = lambda: check(given, **options)
	steps["twice"] = lambda: twice(given, **options)
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
