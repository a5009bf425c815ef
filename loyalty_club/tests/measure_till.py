"""What the club costs at the Point of Sale: times and queries of what the till's page asks of the server, beside the
same till on a site without the app. Run by `benchmarks/till.py`.

Two sites of one folder, one of them without the app, are asked in turn, each call a request of its own: the site and
its caches are opened before the clock starts, and it stops after the commit. `fill` makes customers (on both) and
members, cards and ledger entries (with the app) by statements of the database, in the shape the engine writes.
Everything is committed: the sites are made for this and thrown away.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import frappe

from loyalty_club.tests import builders, companies, people
from loyalty_club.tests.builders import ABBR, COMPANY, M, card, customer, give, line, member, program

ROLES = ("Sales User", "Sales Manager", "Sales Master Manager", "Accounts User")
ROWS = 5
EACH = 10  # entries of a member
PAID = {"points": 100, "Cash Credit": 200_000, "Gift Card": 300_000}


# ---------------------------------------------------------------------------------------------- the two tills


def prepare_plain() -> dict[str, Any]:
	"""A till and its cashier on the site without the app."""
	builders.before_tests()
	story = {"site": frappe.local.site, "cashier": people.user(*ROLES), "somebody": customer()}
	story["profile"] = _till()
	frappe.db.commit()
	return story


def prepare() -> dict[str, Any]:
	"""The same with the app, and a member who can pay by everything."""
	builders.before_tests()
	club = program(
		companies=[
			{
				"company": COMPANY,
				"liability_account": f"Loyalty Points - {ABBR}",
				"marketing_account": f"Marketing Expenses - {ABBR}",
			}
		]
	)
	frappe.db.set_single_value("Loyalty Club Settings", "program", club.name)
	one = member(club)
	give(one, 1_000_000)
	give(one, 1000 * M, wallet="Cash Credit", kind="Paid In", mode_of_payment="Cash")
	story = {
		"site": frappe.local.site,
		"cashier": people.user(*ROLES, "Club Cashier"),
		"somebody": customer(),
		"program": club.name,
		"member": one.name,
		"customer": one.customer,
		"card": card(one),
		"gift_card": _gift_card(club),
		"profile": _till(),
	}
	frappe.db.commit()
	return story


def _till() -> str:
	if frappe.get_meta("POS Settings").has_field("invoice_type"):
		frappe.db.set_single_value("POS Settings", "invoice_type", "POS Invoice")
	profile = companies.till()
	companies.open_till(profile)
	return profile


def _gift_card(club: Any) -> list[str]:
	from loyalty_club.engine import gift_cards

	made = gift_cards.make(club.name, 1, company=COMPANY)[0]
	gift_cards.set_status(made.name, "Active")
	give(
		frappe._dict(name=None),
		1000 * M,
		member=None,
		wallet="Gift Card",
		gift_card=made.name,
		kind="Gift",
		reason="a benchmark",
	)
	return [made.name, made.pin]


# ---------------------------------------------------------------------------------------------- many members


def fill_plain(story: dict[str, Any], members: int) -> dict[str, Any]:
	"""So many customers on the site without the app."""
	_customers(members)
	return story


def fill(story: dict[str, Any], members: int) -> dict[str, Any]:
	"""So many members, each a customer with a mobile, a card and ten ledger entries."""
	_customers(members)
	club = frappe._dict(name=story["program"])
	one = member(club)
	number = card(one)
	sold = builders.invoice(one.customer, line("TEA", M), vat=False)
	account = frappe.db.get_value("Club Account", {"member": one.name}, "name")
	entry = frappe.db.get_value("Club Ledger Entry", {"account": account})
	n = "s.seq"
	who, of = f"concat('BENCH-', {n})", f"concat('bench', {n})"
	copy(
		"Club Member",
		one.name,
		members,
		name=who,
		customer=f"concat('Bench ', {n})",
		mobile=f"concat('+98912', lpad({n}, 7, '0'))",
		referral_code=f"concat('B', {n})",
		staff_user="null",
	)
	copy(
		"Club Account", account, members, name=of, member=who, seq=str(EACH), entries=str(EACH), balance="100"
	)
	copy(
		"Loyalty Card",
		number,
		members,
		name=f"concat('90', lpad({n}, 14, '0'))",
		card_number=f"concat('90', lpad({n}, 14, '0'))",
		member=who,
		token=f"md5({n})",
	)
	for k in range(1, EACH + 1):
		named = f"concat('bench', {n}, '-{k}')"
		copy(
			"Club Lot",
			entry,
			members,
			name=named,
			account=of,
			member=who,
			seq=str(k),
			root=named,
			remaining="10" if k == EACH else "0",
		)
		copy(
			"Club Ledger Entry",
			entry,
			members,
			name=named,
			account=of,
			member=who,
			seq=str(k),
			lot=named,
			posting_key=f"sha1({named})",
			hash=f"sha2({named}, 256)",
		)
		frappe.db.commit()
	assert sold.club_status == "Posted"
	for doctype in ("Club Member", "Club Account", "Loyalty Card", "Club Lot", "Club Ledger Entry"):
		frappe.db.sql(f"analyze table `tab{doctype}`")
	frappe.db.commit()
	return {**story, "members": members}


def _customers(count: int) -> None:
	copy(
		"Customer",
		customer(),
		count,
		name="concat('Bench ', s.seq)",
		customer_name="concat('Bench ', s.seq)",
		mobile_no="concat('0912', lpad(s.seq, 7, '0'))",
	)
	frappe.db.sql("analyze table `tabCustomer`")
	frappe.db.commit()


def copy(doctype: str, row: str, count: int, /, **changed: str) -> None:
	"""Copies a row so often; changed: columns and what they become, `s.seq` being the copy's number."""
	columns = frappe.db.get_table_columns(doctype)
	values = [changed.get(column, f"t.`{column}`") for column in columns]
	frappe.db.sql(
		f"insert into `tab{doctype}` ({', '.join(f'`{column}`' for column in columns)}) "
		f"select {', '.join(values)} from `tab{doctype}` t join seq_1_to_{count} s where t.name = %s",
		(row,),
	)


# ---------------------------------------------------------------------------------------------- what is measured


def rounds(story: dict[str, Any], plain: dict[str, Any], count: int) -> dict[str, list[list[float]]]:
	"""Everything once in turn, `count` times over; per kind, [seconds, queries] of each."""
	chance, path = Random(1), frappe.local.sites_path
	found: dict[str, list[list[float]]] = defaultdict(list)

	def ask(kind: str, of: dict[str, Any], act: Callable[[], Any]) -> Any:
		answer, *measured = _request(of, path, act)
		if counts:
			found[kind].append(measured)
		return answer

	for n in range(count + 1):
		counts = bool(n)  # the first round fills caches
		number = chance.randint(1, story.get("members") or 1)
		_search(story, plain, number, ask)
		_sales(story, plain, number, ask)
	frappe.init(story["site"], sites_path=path)
	frappe.connect()
	return dict(found)


def _search(story: dict[str, Any], plain: dict[str, Any], number: int, ask: Callable[..., Any]) -> None:
	"""The customer is found and shown: by the mobile without the app, by card, mobile and code with it."""
	from frappe.client import get_value
	from frappe.desk.search import search_link

	from loyalty_club.api import till

	mobile = f"0912{number:07}"

	def native() -> None:
		search_link("Customer", mobile)
		get_value(
			"Customer",
			["email_id", "customer_name", "mobile_no", "image", "loyalty_program"],
			plain["somebody"],
		)

	ask("without the app: customer by mobile, and details", plain, native)
	if not story.get("members"):
		return
	scanned = f"90{number:014}"
	found = ask("scan of a card", story, lambda: till.scan(scanned, COMPANY))
	assert found["member"] == f"BENCH-{number}", found
	cart = {"club_card": scanned, "club_by": "card"}
	shown = ask(
		"member panel, empty cart", story, lambda: till.panel(_text(story, found["customer"], 0, **cart))
	)
	assert shown["member"] == found["member"], shown
	shown = ask(
		f"member panel, {ROWS} rows", story, lambda: till.panel(_text(story, found["customer"], ROWS, **cart))
	)
	assert shown["will_earn"] == 10 * ROWS, shown
	for what, typed in (("mobile", mobile), ("code", f"BENCH-{number}")):
		rows = ask(
			f"customer by {what}",
			story,
			lambda typed=typed: till.find_customers("Customer", typed, "name", 0, 10, {}),
		)
		assert rows[0][0] == found["customer"], rows


def _text(story: dict[str, Any], who: str, rows: int, **fields: Any) -> str:
	doc = _cart(story, who, M * rows, **fields)
	if not rows:
		doc.set("items", [])
	return str(doc.as_json())


def _cart(story: dict[str, Any], who: str, cash: float, **fields: Any) -> Any:
	"""A basket, paid; what was paid is the page's word."""
	paid = {"paid_amount": M * ROWS, "base_paid_amount": M * ROWS, "owner": None}
	rows = [line("TEA", M) for _row in range(ROWS)]
	return companies.cart(who, *rows, profile=story["profile"], cash=cash, **paid, **fields)


def _sales(story: dict[str, Any], plain: dict[str, Any], number: int, ask: Callable[..., Any]) -> None:
	"""A basket is sold, in one request."""
	from loyalty_club.engine import gift_cards

	def submit(of: dict[str, Any], who: str, cash: float = M * ROWS, **fields: Any) -> Any:
		doc = _cart(of, who, cash, **fields)
		doc.docstatus = 1
		return doc.insert()

	ask("without the app: submit", plain, lambda: submit(plain, plain["somebody"]))
	ask("submit, no member", story, lambda: submit(story, story["somebody"]))
	if story.get("members"):
		mine = {"club_card": f"90{number:014}"}
		sold = ask("submit, member", story, lambda: submit(story, f"Bench {number}", **mine))
		assert sold.club_status == "Posted"
	card_ = {"club_card": story["card"]}
	points = {"points": PAID["points"]}
	cash = M * ROWS - PAID["points"] * 1000
	sold = ask(
		"submit, points pay",
		story,
		lambda: submit(story, story["customer"], cash, club_redemptions=[dict(points)], **card_),
	)
	assert sold.club_redemptions[0].amount == PAID["points"] * 1000
	name, pin = story["gift_card"]

	def all_of_them() -> Any:
		proof = gift_cards.prove(name, pin)
		rows = [
			dict(points),
			{"wallet": "Cash Credit", "points": PAID["Cash Credit"]},
			{"wallet": "Gift Card", "gift_card": name, "proof": proof, "points": PAID["Gift Card"]},
		]
		rest = cash - PAID["Cash Credit"] - PAID["Gift Card"]
		return submit(story, story["customer"], rest, club_redemptions=rows, **card_)

	sold = ask("submit, points, credit and a gift card pay", story, all_of_them)
	assert len(sold.club_redemptions) == 3


def _request(of: dict[str, Any], path: str, act: Callable[[], Any]) -> tuple[Any, float, int]:
	"""What one request answers, its seconds and its queries."""
	frappe.destroy()
	frappe.init(of["site"], sites_path=path)
	frappe.connect()
	frappe.set_user(of["cashier"])
	asked, queries = frappe.db.sql, 0

	def counted(*args: Any, **kwargs: Any) -> Any:
		nonlocal queries
		queries += 1
		return asked(*args, **kwargs)

	frappe.db.sql = counted
	start = time.perf_counter()
	answer = act()
	frappe.db.commit()
	return answer, time.perf_counter() - start, queries


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	steps = {"prepare": prepare, "prepare_plain": prepare_plain}
	for name, of_story in (("fill", fill), ("fill_plain", fill_plain), ("rounds", rounds)):
		steps[name] = lambda of_story=of_story: of_story(given, **options)  # type: ignore[misc]
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
