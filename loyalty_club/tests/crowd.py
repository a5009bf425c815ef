"""A large club, for measuring: so many members with two years of purchases, returns and redemptions, as the rules
themselves post them. Nothing is imitated: each history runs through `core.posting` and is written by `ledger.write`, so
that states, lots, chains and tiers are what a real site would have. Only customers and members are inserted in bulk.

Half of the members have bought once. Points die at the end of the twelfth month, so that every month's end is a large
night.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe

from loyalty_club import ledger, policy
from loyalty_club.core import undo
from loyalty_club.core.model import Document, Line, Purchase, Return
from loyalty_club.core.posting import Club
from loyalty_club.engine.store import SiteStore
from loyalty_club.patches import document_totals
from loyalty_club.tests.builders import ABBR, COMPANY, M, program

BEGIN = date(2024, 3, 20)  # 1 Farvardin 1403
END = date(2026, 3, 19)  # the evening before the last one of 1404, whose night is the large one
AT_ONCE = 400
GROUPS = ("Products", "Services", "Consumable", "Raw Material")
BRANCHES = ("Tehran", "Shiraz", "Tabriz")


class NewStore(SiteStore):
	"""The store of accounts that nothing was posted to before: what it has not seen itself there is not."""

	def document(self, name: str) -> Document | None:
		return self._documents.get(name)

	def creation_of(self, name: str) -> str:
		return ""


def club() -> Any:
	"""The program of the crowd."""
	return program(
		expiry="end_of_month",
		expiry_count=12,
		pending_days=3,
		grace_days=14,
		move_customer_group=1,
		tiers=[
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 30 * M, "points": 15, "per": M},
			{"customer_group": "Gold", "threshold": 80 * M, "points": 20, "per": M},
		],
	)


def fill(name: str, members: int, purchases: float, first: int = 0) -> dict[str, int]:
	"""Fills a program with members (behind the first ones, which are there already) who bought so often on average;
	returns how many rows there are then."""
	for branch in BRANCHES:
		if not frappe.db.exists("Branch", branch):
			frappe.get_doc({"doctype": "Branch", "branch": branch}).insert()
	frappe.db.commit()
	chance = random.Random(1404 + first)
	in_force = policy.in_force(name)
	made = first
	while made < members:
		count = min(AT_ONCE, members - made)
		accounts = _people(name, chance, made, count)
		frappe.db.commit()
		_live(in_force, accounts, chance, purchases)
		frappe.db.commit()
		made += count
		if made % 10_000 < AT_ONCE:
			print(made, flush=True)  # noqa: T201
	found = {}
	for doctype in (
		"Customer",
		"Club Member",
		"Club Ledger Entry",
		"Club Lot",
		"Club Activity",
		"Club Posting",
	):
		frappe.db.sql(f"analyze table `tab{doctype}`")
		found[doctype] = frappe.db.count(doctype)
	frappe.db.commit()
	return found


def _people(club_: str, chance: random.Random, first: int, count: int) -> list[str]:
	"""Customers, members and accounts, some hundreds by a few statements; returns the accounts."""
	customers, members, accounts = [], [], []
	for n in range(first, first + count):
		name, account = f"CROWD-{n:06}", frappe.generate_hash(length=10)
		customers.append(
			{
				"name": name,
				"customer_name": name,
				"customer_group": "Bronze",
				"territory": "All Territories",
				"customer_type": "Individual",
				"mobile_no": f"0912{n:07}",
			}
		)
		born = date(1960, 1, 1) + timedelta(days=chance.randint(0, 15_000))
		members.append(
			{
				"name": f"CLUB-X{n:06}",
				"customer": name,
				"customer_name": name,
				"program": club_,
				"status": "Active",
				"joined_on": BEGIN,
				"birthday": born,
				"branch": chance.choice(BRANCHES),
				"account": account,
				"mobile": f"+98912{n:07}",
				"service_messages": 1,
				"tier": "Bronze",
			}
		)
		accounts.append(
			{
				"name": account,
				"member": f"CLUB-X{n:06}",
				"program": club_,
				"wallet": "Points",
				"state": "{}",
				"head": "",
				"next_due": None,
			}
		)
	for doctype, rows in (("Customer", customers), ("Club Member", members), ("Club Account", accounts)):
		ledger._insert(doctype, rows)
	return [row["name"] for row in accounts]


def _live(program_: Any, accounts: list[str], chance: random.Random, purchases: float) -> None:
	"""Lives some members through the two years and writes what came of it."""
	branch = chance.choice(BRANCHES)
	act = ledger.Act("", "", "", f"crowd {accounts[0]}")
	place = ledger.Place(COMPANY, branch, program_.version)
	store = NewStore(program_.rules, act, place, until=BEGIN)
	store.open_many(ledger.lock_many(accounts))
	club_ = Club(program_.rules, store)
	for account in accounts:
		for day, back in _days(chance, purchases):
			_buy(club_, account, day, back, chance)
		club_.advance(store.accounts[account], END)
	store.write()


def _days(chance: random.Random, purchases: float) -> Iterator[tuple[date, bool]]:
	"""When a member buys, and whether it is brought back: half of all once."""
	span = (END - BEGIN).days
	count = 1 if chance.random() < 0.5 else 1 + int(chance.expovariate(1 / (2 * purchases - 2)))
	for day in sorted(chance.randint(0, span) for _n in range(count)):
		yield BEGIN + timedelta(days=day), chance.random() < 0.05


def _buy(club_: Club, account: str, day: date, back: bool, chance: random.Random) -> None:
	amount = Decimal(chance.randint(3, 90) * 100_000)
	lines = (Line("TEA", Decimal(1), amount, amount / 10, item_group=chance.choice(GROUPS), row="1"),)
	name = f"{account}.{day:%y%m%d}.{chance.getrandbits(32):08x}"
	purchase = Purchase(name, account, day, lines)
	if chance.random() < 0.15:
		most = club_.most(purchase)
		purchase = purchase._replace(redeem=most // 2)
	club_.sale(purchase)
	if back:
		undo.bring_back(club_, Return(f"{name}-R", account, day + timedelta(days=2), lines, name))


def bill(name: str) -> dict[str, int]:
	"""Gives what was posted in a program its documents: a bare submitted Sales Invoice with tax for each purchase and
	return, named by its lots and entries, and an entry in the general ledger for what points paid; `receipts` go. The
	totals of documents are made as for entries of before. Returns how many there are. (The chains do not agree with the
	entries any more.)"""
	for table in ("Sales Invoice Item", "Sales Invoice"):
		frappe.db.sql(f"delete from `tab{table}` where name like 'CROWD-SI%%'")
	posted = """
		insert into `tabSales Invoice` (name, creation, modified, docstatus, company, customer, club_member,
			posting_date, posting_time, is_return, base_net_total, net_total, base_total_taxes_and_charges,
			base_grand_total, grand_total, debit_to, club_status)
		select name, day, day, 1, company, customer, member, day, '12:00:00', kind = 'return', net, net, net / 10,
			net * 1.1, net * 1.1, %(debtors)s, 'Posted'
		from (
			select posting.name, posting.day, posting.company, posting.member, posting.kind, member.customer,
				if(kind = 'sale', json_value(body, '$.lines[0][2]'), -json_value(body, '$.net')) + 0.0 as net
			from `tabClub Posting` posting join `tabClub Member` member on member.name = posting.member
			where posting.kind in ('sale', 'return')
		) as posted"""
	items = """
		insert into `tabSales Invoice Item` (name, creation, modified, docstatus, parent, parenttype, parentfield,
			item_code, item_group, qty, base_net_amount, net_amount)
		select concat(sale.name, '.1'), sale.creation, sale.creation, 1, sale.name, 'Sales Invoice', 'items', 'TEA',
			json_value(sold.body, '$.lines[0][4]'), 1, sale.base_net_total, sale.base_net_total
		from `tabSales Invoice` sale
		join `tabClub Posting` posting on posting.name = sale.name
		join `tabClub Posting` sold on sold.name = coalesce(json_value(posting.body, '$.against'), posting.name)"""
	lots = """
		update `tabClub Posting` posting
		join `tabClub Lot` lot on lot.name = json_value(posting.body, '$.lot')
		join `tabSales Invoice` sale on sale.name = posting.name
		set lot.source_doctype = 'Sales Invoice', lot.source_name = sale.name, lot.sale_net = sale.base_net_total,
			lot.sale_total = sale.base_grand_total, lot.sold = 1
		where posting.kind = 'sale'"""
	entries = """
		update `tabClub Ledger Entry` entry
		join `tabClub Posting` posting on posting.account = entry.account and posting.day = entry.posting_date
			and posting.kind = if(entry.kind = 'restore', 'return', 'sale')
		set entry.source_doctype = 'Sales Invoice', entry.source_name = posting.name
		where entry.kind in ('award', 'redeem', 'restore')"""
	books = """
		insert into `tabGL Entry` (name, creation, modified, docstatus, posting_date, account, company, voucher_type,
			voucher_no, debit, credit, is_cancelled)
		select concat('CROWD-', source_name), now(), now(), 1, posting_date, %(account)s, company, source_doctype,
			source_name, greatest(sum(-quantity * value), 0), greatest(sum(quantity * value), 0), 0
		from `tabClub Ledger Entry` where source_name > '' and kind in ('redeem', 'restore')
		group by source_doctype, source_name, posting_date, company"""
	account = next(iter(policy.in_force(name).companies.values())).liability_account
	values = {"debtors": f"Debtors - {ABBR}", "account": account}
	for statement in (posted, items, lots, entries, books):
		frappe.db.sql(statement, values)
		frappe.db.commit()
	document_totals.execute()
	frappe.db.commit()
	invoices = ("Sales Invoice", "Sales Invoice Item", "GL Entry")
	tables = (*invoices, "Club Lot", "Club Ledger Entry", "Club Document Total")
	for doctype in tables:
		frappe.db.sql(f"analyze table `tab{doctype}`")
	return {doctype: frappe.db.count(doctype) for doctype in tables}


def receipts(count: int, first: int = 0) -> int:
	"""Bare submitted Sales Invoices of the crowd's members, an item each (behind the first ones, which are there
	already), for what reads invoices; returns how many there are."""
	chance = random.Random(1405 + first)
	names = frappe.get_all(
		"Club Member", {"name": ["like", "CLUB-X%"]}, ["name", "customer"], order_by="name"
	)
	made = first
	while made < count:
		heads, rows = [], []
		for n in range(made, min(count, made + 2000)):
			one, day = chance.choice(names), BEGIN + timedelta(days=chance.randint(0, (END - BEGIN).days))
			amount = chance.randint(3, 90) * 100_000
			hour = min(23, max(8, int(chance.gauss(17, 3))))
			heads.append(
				{
					"name": f"CROWD-SI-{n:06}",
					"docstatus": 1,
					"company": COMPANY,
					"customer": one.customer,
					"club_member": one.name,
					"posting_date": day,
					"posting_time": f"{hour:02}:{chance.randint(0, 59):02}:00",
					"base_net_total": amount,
					"net_total": amount,
					"base_grand_total": amount,
					"grand_total": amount,
					"debit_to": f"Debtors - {ABBR}",
					"club_status": "Posted",
				}
			)
			rows.append(
				{
					"name": f"CROWD-SII-{n:06}",
					"docstatus": 1,
					"parent": f"CROWD-SI-{n:06}",
					"parenttype": "Sales Invoice",
					"parentfield": "items",
					"item_code": "TEA",
					"item_group": chance.choice(GROUPS),
					"qty": 1,
					"base_net_amount": amount,
					"net_amount": amount,
				}
			)
		ledger._insert("Sales Invoice", heads)
		ledger._insert("Sales Invoice Item", rows)
		made += len(heads)
		frappe.db.commit()
	for doctype in ("Sales Invoice", "Sales Invoice Item"):
		frappe.db.sql(f"analyze table `tab{doctype}`")
	return made
