"""The ledger: the only code that reads Club Account for writing, and the only code that writes it and its tables.

Its tables: Club Account (the row that is locked), Club Ledger Entry, Club Lot, Club Activity, Club Posting, Club
Document Total, Club Tier Change. Points in points, money in the program's currency, days as dates; numbers leave the
database as text and become `Decimal`, never float.

How it is used, in one transaction: `lock` an account; read what the rules ask for; hand a `Batch` to `write`. After the
lock a plain read still shows what the transaction saw first (REPEATABLE READ), so every read function is told whether
the account is `fresh`: unchanged since the transaction's snapshot, which the account's version tells. Only if it is not
do the reads lock, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count, Max, Sum

from loyalty_club.core import records
from loyalty_club.core.model import ZERO, Document, Entry, Lot, Posted, TierChange, Wallet
from loyalty_club.core.tiers import Day

HASH_VERSION = 1
TABLES = (
	"Club Account",
	"Club Ledger Entry",
	"Club Lot",
	"Club Activity",
	"Club Posting",
	"Club Document Total",
	"Club Tier Change",
)
# What of a document's entries the books show, now or later: money, and points that an invoice moved at face.
AT_FACE = frozenset({"redeem", "restore", "adjust", "issue"})
INVOICES = ("Sales Invoice", "POS Invoice")
UNKNOWN_VARIABLE = 1193
# In one statement. After one of some thousands of rows, all that is read on the connection is slower by half: the
# server seems to keep a buffer as large, and to fill it before it sends.
ROWS_AT_ONCE = 200


class Locked(NamedTuple):
	"""A Club Account row as it stands. fresh: plain reads of this transaction see the same."""

	name: str
	member: str | None
	wallet: Wallet
	program: str
	seq: int
	balance: Decimal
	deficit: Decimal
	entries: int
	version: int
	head: str
	state: dict[str, Any]
	next_due: date | None
	fresh: bool


class Act(NamedTuple):
	"""The document that makes something happen, and what it does: what a posting key is made of.

	creation tells a document from a deleted one of the same name; sale: what an invoice amounts to, before tax and with
	it (money)."""

	doctype: str
	name: str
	creation: str
	what: str
	sale: tuple[Decimal, Decimal] | None = None

	@classmethod
	def of_time(cls) -> Act:
		"""What happens by itself: no document's act."""
		return cls("", "", "", "time")

	def key(self, n: int) -> str:
		"""The posting key of the n-th entry of this act (ISO SHA-256, hexadecimal)."""
		return _digest(self.doctype, self.name, self.creation, self.what, str(n))


class Moved(NamedTuple):
	"""What a document moves together: on which day, entries of which kind, of which wallet, of lots given where."""

	day: date
	kind: str
	wallet: Wallet
	home: str
	home_branch: str


class Home(NamedTuple):
	"""Where an award's lot was given, and whether it came with a sale (or its money was paid for)."""

	company: str | None
	branch: str | None
	sold: bool


NOWHERE = Home(None, None, False)


class Place(NamedTuple):
	"""Where something happened."""

	company: str | None = None
	branch: str | None = None
	program_version: str | None = None


@dataclass
class AccountChange:
	"""How an account row ends."""

	locked: Locked
	seq: int
	deficit: Decimal
	tier: str
	tier_since: date | None
	review_on: date | None
	next_due: date
	last_purchase: date | None
	state: dict[str, Any]


@dataclass
class Batch:
	"""Everything one act does, in the order it happened."""

	act: Act
	place: Place
	entries: list[tuple[Entry, str]] = field(default_factory=list)  # with the tier then
	lots: dict[str, Lot] = field(default_factory=dict)
	days: dict[tuple[str, date], tuple[Day, Day]] = field(default_factory=dict)  # before, after
	documents: dict[str, Document] = field(default_factory=dict)
	changes: list[TierChange] = field(default_factory=list)
	accounts: dict[str, AccountChange] = field(default_factory=dict)
	totals: dict[Moved, tuple[Decimal, Decimal]] = field(
		default_factory=dict
	)  # quantity and Rial, by `write`


# ---------------------------------------------------------------------------------------------- opening and locking


def open_account(
	member: str | None, program: str, wallet: Wallet = "Points", gift_card: str | None = None
) -> str:
	"""Makes a wallet of a member, or of a gift card; returns its name."""
	name = frappe.generate_hash(length=10)
	_insert(
		"Club Account",
		[
			{
				"name": name,
				"member": member,
				"gift_card": gift_card,
				"program": program,
				"wallet": wallet,
				"balance": 0,
				"deficit": 0,
				"seq": 0,
				"entries": 0,
				"version": 0,
				"head": "",
				"state": "{}",
				"next_due": None,
			}
		],
	)
	return name


def hand_over(account: str, gift_card: str) -> None:
	"""The account is another gift card's from now on: the one that replaces its old one."""
	table = frappe.qb.DocType("Club Account")
	frappe.qb.update(table).set(table.gift_card, gift_card).where(table.name == account).run()


def drop_account(member: str) -> None:
	"""Deletes the accounts of a member that never had an entry."""
	frappe.db.delete("Club Activity", {"member": member})
	frappe.db.delete("Club Posting", {"member": member})
	frappe.db.delete("Club Account", {"member": member, "entries": 0})


def lock(names: Iterable[str], seen: Mapping[str, int] | None = None) -> dict[str, Locked]:
	"""Locks accounts until the transaction ends, in the order of their names, and returns the rows as they stand.

	seen: versions that this transaction's plain reads have shown, where the caller knows them. Only for `on_submit` and
	`on_cancel`, after ERPNext's own locks."""
	wanted = sorted(set(names))
	seen = dict(seen or {})
	_tolerate_newer_rows()
	unknown = [name for name in wanted if name not in seen]
	if unknown:
		seen |= {row.name: row.version for row in _account_rows(unknown, for_update=False)}
	found = {}
	for name in wanted:
		for row in _account_rows([name], for_update=True):
			found[name] = _locked(row, row.version == seen.get(name))
	missing = [name for name in wanted if name not in found]
	if missing:
		raise frappe.DoesNotExistError(f"Club Account {missing[0]}")
	return found


def lock_many(names: Collection[str], *, skip_locked: bool = False) -> dict[str, Locked]:
	"""Locks many accounts by one statement, in the order of their names. For work that no document causes: it comes
	first in its transaction, so that plain reads that follow see what was locked.

	skip_locked: leaves out those that somebody else holds, instead of waiting for them."""
	if not names:
		return {}
	_tolerate_newer_rows()
	rows = _account_rows(sorted(names), for_update=True, skip_locked=skip_locked)
	account = frappe.qb.DocType("Club Account")
	seen = dict(
		frappe.qb.from_(account)
		.select(account.name, account.version)
		.where(account.name.isin([row.name for row in rows]))
		.run()
		if rows
		else ()
	)
	return {row.name: _locked(row, row.version == seen.get(row.name)) for row in rows}


def due(program: str, day: date, limit: int, after: tuple[date, str] | None = None) -> list[tuple[date, str]]:
	"""The accounts of a program to which something happens by itself up to the morning of `day`: when, and name, in
	that order. after: the last one that was looked at."""
	account = frappe.qb.DocType("Club Account")
	query = (
		frappe.qb.from_(account)
		.select(account.next_due, account.name)
		.where((account.program == program) & (account.next_due <= day))
		.orderby(account.next_due)
		.orderby(account.name)
		.limit(limit)
	)
	if after:
		query = query.where(
			(account.next_due > after[0]) | ((account.next_due == after[0]) & (account.name > after[1]))
		)
	return [(when, name) for when, name in query.run()]


def count_due(program: str, day: date) -> int:
	"""How many accounts `due` would name."""
	account = frappe.qb.DocType("Club Account")
	rows = (
		frappe.qb.from_(account)
		.select(Count(account.name))
		.where((account.program == program) & (account.next_due <= day))
		.run()
	)
	return int(rows[0][0])


def wake(program: str, day: date) -> None:
	"""Has every member with a term looked at on `day`, because the program's rules of review have changed."""
	account, member = frappe.qb.DocType("Club Account"), frappe.qb.DocType("Club Member")
	(
		frappe.qb.update(account)
		.join(member)
		.on(member.account == account.name)
		.set(account.next_due, day)
		.where((account.program == program) & member.review_on.isnotnull())
		.where(account.next_due.isnull() | (account.next_due > day))
		.run()
	)


def peek_many(names: Collection[str]) -> dict[str, Locked]:
	"""Accounts as a plain read shows them, for previews."""
	return {row.name: _locked(row, True) for row in _account_rows(sorted(names), for_update=False)}


def peek(name: str) -> Locked:
	"""The account as a plain read shows it, for previews: nothing may be written from it."""
	rows = _account_rows([name], for_update=False)
	if not rows:
		raise frappe.DoesNotExistError(f"Club Account {name}")
	return _locked(rows[0], True)


def lock_document(doctype: str, name: str, *columns: str) -> Any:
	"""Locks a document that is to be posted later than it was submitted, so that only one act does, and returns these
	columns as they stand; None if there is none."""
	_tolerate_newer_rows()
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*[table[column] for column in columns])
	rows = query.where(table.name == name).for_update().run(as_dict=True)
	return rows[0] if rows else None


def lock_documents(doctype: str, names: Collection[str], *columns: str) -> list[Any]:
	"""Locks documents by one statement, in the order of their names, and returns their names and these columns as they
	stand, of those that there are."""
	if not names:
		return []
	_tolerate_newer_rows()
	table = frappe.qb.DocType(doctype)
	query = (
		frappe.qb.from_(table).force_index("PRIMARY").orderby(table.name)
	)  # else it could lock a range of another
	query = query.select(table.name, *[table[column] for column in columns])
	found: list[Any] = query.where(table.name.isin(sorted(set(names)))).for_update().run(as_dict=True)
	return found


def _account_rows(names: list[str], *, for_update: bool, skip_locked: bool = False) -> list[Any]:
	if not names:
		return []
	account = frappe.qb.DocType("Club Account")
	query = frappe.qb.from_(account)
	if len(names) > 1:  # by the primary key alone, else the lock could be one of a range
		query = query.force_index("PRIMARY").orderby(account.name)
	query = query.select(
		account.name,
		account.member,
		account.wallet,
		account.program,
		account.seq,
		_text(account.balance, "balance"),
		_text(account.deficit, "deficit"),
		account.entries,
		account.version,
		account.head,
		account.state,
		account.next_due,
	).where(account.name.isin(names))
	return (query.for_update(skip_locked=skip_locked) if for_update else query).run(as_dict=True)


def _locked(row: Any, fresh: bool) -> Locked:
	return Locked(
		row.name,
		row.member,
		row.wallet,
		row.program,
		row.seq,
		Decimal(row.balance),
		Decimal(row.deficit),
		row.entries,
		row.version,
		row.head or "",
		json.loads(row.state or "{}"),
		row.next_due,
		fresh,
	)


def _tolerate_newer_rows() -> None:
	"""Lets a locking read return a row that changed since the snapshot, instead of error 1020 (MariaDB ≥ 11.6.2 has
	innodb_snapshot_isolation on by default). Once per connection."""
	connection = frappe.db._conn
	if getattr(frappe.local, "loyalty_club_connection", None) is connection:
		return
	try:
		on = frappe.db.sql("select @@innodb_snapshot_isolation")[0][0]
	except Exception as error:
		if not error.args or error.args[0] != UNKNOWN_VARIABLE:
			raise
		on = 0
	if on:
		frappe.db.sql("set session innodb_snapshot_isolation = 0")
	frappe.local.loyalty_club_connection = connection


# ---------------------------------------------------------------------------------------------- reading


def _text(column: Any, name: str) -> Any:
	return Cast_(column, "char").as_(name)


def _run(query: Any, fresh: bool) -> list[Any]:
	return (query if fresh else query.for_update()).run(as_dict=True)


def _lot_query() -> Any:
	"""The lots' table, and a query of the columns that `_lots` takes, in its order."""
	lot = frappe.qb.DocType("Club Lot")
	return lot, frappe.qb.from_(lot).select(
		lot.name,
		lot.account,
		_text(lot.original, "original"),
		_text(lot.remaining, "remaining"),
		_text(lot.value, "value"),
		lot.available_from,
		lot.expires_on,
		lot.idle_months,
		lot.awarded_on,
		lot.seq,
		lot.root,
		_text(lot.expired, "expired"),
		lot.granted,
	)


def _lots(query: Any, fresh: bool = True) -> list[Lot]:
	return [
		Lot(
			*row[:2],
			_number(row[2]),
			_number(row[3]),
			_number(row[4]),
			*row[5:11],
			_number(row[11]),
			bool(row[12]),
		)
		for row in (query if fresh else query.for_update()).run()
	]


def _number(text: str) -> Decimal:
	"""A column's text as a number without the zeros that only its width brings."""
	return Decimal(text.rstrip("0").rstrip(".") or "0") if "." in text else Decimal(text)


def open_lots(account: str, fresh: bool) -> list[Lot]:
	"""The lots of an account that have something left, in the order they were opened."""
	lot, query = _lot_query()
	query = query.where((lot.account == account) & (lot.remaining > 0)).orderby(lot.seq)
	return _lots(query, fresh)


def open_lots_of(accounts: Collection[str], last: date | None = None) -> dict[str, list[Lot]]:
	"""The same for many accounts by one plain read. last: only those whose fixed last day it is."""
	lot, query = _lot_query()
	found: dict[str, list[Lot]] = {name: [] for name in accounts}
	if not accounts:
		return found
	query = query.where(lot.account.isin(list(accounts)) & (lot.remaining > 0))
	if last is not None:
		query = query.where(lot.expires_on == last)
	for each in _lots(query.orderby(lot.account).orderby(lot.seq)):
		found[each.account].append(each)
	return found


def one_lot(name: str, fresh: bool) -> Lot | None:
	"""A lot, open or closed."""
	lot, query = _lot_query()
	found = _lots(query.where(lot.name == name), fresh)
	return found[0] if found else None


def descendants(root: str) -> list[tuple[str, str]]:
	"""Account and name of each lot that descends from an award's lot, as a plain read shows them."""
	lot = frappe.qb.DocType("Club Lot")
	rows = (
		frappe.qb.from_(lot)
		.select(lot.account, lot.name)
		.where((lot.root == root) & (lot.name != root))
		.orderby(lot.name)
		.run()
	)
	return [(account, name) for account, name in rows]


def days(account: str, since: date, until: date, fresh: bool) -> dict[date, Day]:
	"""What the member bought on each day, all companies and branches together."""
	activity = frappe.qb.DocType("Club Activity")
	if fresh:
		rows = (
			frappe.qb.from_(activity)
			.select(
				activity.day,
				_text(Sum(activity.net), "net"),
				_text(Sum(activity.points), "points"),
				Max(activity.visit).as_("visit"),
			)
			.where((activity.account == account) & (activity.day >= since) & (activity.day <= until))
			.groupby(activity.day)
			.run(as_dict=True)
		)
	else:
		rows = (
			frappe.qb.from_(activity)
			.select(
				activity.day, _text(activity.net, "net"), _text(activity.points, "points"), activity.visit
			)
			.where((activity.account == account) & (activity.day >= since) & (activity.day <= until))
			.for_update()
			.run(as_dict=True)
		)
	found: dict[date, Day] = {}
	for row in rows:
		before = found.get(row.day, Day())
		found[row.day] = Day(
			before.net + _number(row.net),
			before.points + _number(row.points),
			before.visit or bool(row.visit),
		)
	return found


def days_of(accounts: Collection[str], since: date) -> dict[str, dict[date, Day]]:
	"""What members bought on each day from `since` on, by one plain read."""
	activity = frappe.qb.DocType("Club Activity")
	rows = (
		frappe.qb.from_(activity)
		.select(
			activity.account,
			activity.day,
			_text(Sum(activity.net), "net"),
			_text(Sum(activity.points), "points"),
			Max(activity.visit),
		)
		.where(activity.account.isin(list(accounts)) & (activity.day >= since))
		.groupby(activity.account, activity.day)
		.run()
	)
	found: dict[str, dict[date, Day]] = {name: {} for name in accounts}
	for account, day, net, points, visit in rows:
		found[account][day] = Day(_number(net), _number(points), bool(visit))
	return found


def posting(name: str, fresh: bool) -> tuple[Document, str] | None:
	"""What was posted under this name, and the creation of the document it was posted for."""
	table = frappe.qb.DocType("Club Posting")
	query = (
		frappe.qb.from_(table).select(table.name, table.body, table.source_creation).where(table.name == name)
	)
	rows = _run(query, fresh)
	if not rows:
		return None
	return records.document_from(rows[0].name, json.loads(rows[0].body)), str(rows[0].source_creation or "")


def balance_after(name: str) -> Decimal | None:
	"""The balance of the account right after a document was posted; None if none was posted under this name."""
	row = frappe.db.get_value("Club Posting", name, ["account", "seq"])
	if not row:
		return None
	account, seq = row
	table = frappe.qb.DocType("Club Ledger Entry")
	later = (
		frappe.qb.from_(table)
		.select(Cast_(Sum(table.quantity), "char"))
		.where((table.account == account) & (table.seq > seq))
		.run()
	)
	return peek(account).balance - Decimal(later[0][0] or "0")


def sales(account: str, since: date, until: date, fresh: bool) -> Iterator[Posted]:
	"""The member's purchases of those days, in the order they were posted."""
	table = frappe.qb.DocType("Club Posting")
	query = (
		frappe.qb.from_(table)
		.select(table.name, table.body)
		.where(
			(table.account == account) & (table.kind == "sale") & (table.day >= since) & (table.day <= until)
		)
		.orderby(table.seq)
		.orderby(table.name)
	)
	for row in _run(query, fresh):
		document = records.document_from(row.name, json.loads(row.body))
		if isinstance(document, Posted):
			yield document


# ---------------------------------------------------------------------------------------------- writing


def write(batch: Batch) -> None:
	"""Appends what an act did. The accounts in it must have been locked by this transaction."""
	now = frappe.utils.now_datetime()
	members = {name: change.locked.member for name, change in batch.accounts.items()}
	heads = _write_entries(batch, members, now)
	_write_lots(batch, members)
	_write_days(batch, members)
	_write_documents(batch, members)
	_write_totals(batch)
	_write_changes(batch, members)
	_write_accounts(batch, heads)


def _write_entries(batch: Batch, members: Mapping[str, str | None], now: datetime) -> dict[str, str]:
	"""Appends the entries; returns each account's new chain head."""
	rows: list[dict[str, Any]] = []
	heads = {name: change.locked.head for name, change in batch.accounts.items()}
	homes = _homes({entry.lot for entry, _ in batch.entries if entry.lot and not entry.source})
	place = batch.place
	n = 0
	for entry, tier in batch.entries:
		caused = bool(entry.source)
		if caused:
			place = batch.place
		elif entry.lot:  # one without a lot belongs to the one before it, which paid a deficit
			place = homes.get(entry.lot, batch.place)
		row: dict[str, Any] = {
			"name": f"{entry.account}-{entry.seq}",
			"account": entry.account,
			"seq": entry.seq,
			"member": members[entry.account],
			"wallet": batch.accounts[entry.account].locked.wallet,
			"posting_date": entry.day,
			"recorded_at": now,
			"kind": entry.kind,
			"quantity": entry.quantity,
			"lot": entry.lot,
			"value": entry.value,
			"source_doctype": batch.act.doctype if caused else None,
			"source_name": batch.act.name if caused else None,
			"company": place.company,
			"branch": place.branch,
			"tier": tier,
			"program_version": batch.place.program_version,
			"reason_code": entry.reason.code,
			"reason": json.dumps(records.reason_to(entry.reason), ensure_ascii=False, sort_keys=True),
			"posting_key": batch.act.key(n) if caused else _digest("time", entry.account, str(entry.seq)),
			"previous_hash": heads[entry.account],
			"hash_version": HASH_VERSION,
		}
		n += caused
		row["hash"] = heads[entry.account] = entry_hash(row)
		rows.append(row)
	_insert("Club Ledger Entry", rows)
	return heads


def _homes(lots: Collection[str], *, for_update: bool = False) -> dict[str, Home]:
	"""Where lots were given: what time does to a lot happens there, not where time was noticed."""
	if not lots:
		return {}
	lot = frappe.qb.DocType("Club Lot")
	query = frappe.qb.from_(lot).force_index("PRIMARY")  # else it could lock all of a small table
	query = query.select(lot.name, lot.company, lot.branch, lot.sold).where(lot.name.isin(sorted(lots)))
	rows = (query.for_update() if for_update else query).run()
	return {name: Home(company, branch, bool(sold)) for name, company, branch, sold in rows}


def _origins(roots: Collection[str]) -> dict[str, Home]:
	"""Where the awards' lots were given, and whether with a sale: what descends from one, by transfer or by restoring,
	belongs there still. One that was given after this transaction's snapshot is only seen by a locking read."""
	found = _homes(roots)
	unseen = [name for name in roots if name not in found]
	return {**found, **_homes(unseen, for_update=True)} if unseen else found


def entry_hash(row: Mapping[str, Any]) -> str:
	"""The chain's hash of an entry (SHA-256). Member, company and branch are links that a renaming rewrites, so they
	are not part of it; everything else of the row is."""
	return _digest(
		str(row["hash_version"]),
		row["previous_hash"] or "",
		row["account"],
		str(row["seq"]),
		row["posting_date"].isoformat(),
		row["recorded_at"].isoformat(sep=" ", timespec="microseconds"),
		row["kind"],
		plain(row["quantity"]),
		row["lot"] or "",
		plain(row["value"]),
		row["source_doctype"] or "",
		row["source_name"] or "",
		row["tier"] or "",
		row["program_version"] or "",
		row["reason_code"],
		row["reason"],
		row["posting_key"],
	)


def plain(number: Any) -> str:
	"""A number as it is hashed: no exponent, no trailing zeros."""
	exact = Decimal(str(number))
	return format(exact.normalize(), "f") if exact else "0"


def _write_lots(batch: Batch, members: Mapping[str, str | None]) -> None:
	if not batch.lots:
		return
	opened = {
		entry.lot for entry, _ in batch.entries if entry.lot and entry.lot == f"{entry.account}-{entry.seq}"
	}
	origins = _origins({lot.root for lot in batch.lots.values() if lot.id in opened} - opened)
	here, sale = batch.place, batch.act.sale
	rows = []
	for lot in batch.lots.values():
		mine, wallet = lot.id in opened, batch.accounts[lot.account].locked.wallet
		came_with = sale is not None if wallet == "Points" else not lot.granted
		home = origins.get(lot.root, Home(here.company, here.branch, came_with))
		net, total = sale if sale and lot.root == lot.id else (ZERO, ZERO)
		rows.append(
			{
				"name": lot.id,
				"account": lot.account,
				"member": members[lot.account],
				"seq": lot.seq,
				"original": lot.original,
				"remaining": lot.remaining,
				"expired": lot.expired,
				"value": lot.value,
				"awarded_on": lot.awarded_on,
				"available_from": lot.available_from,
				"expires_on": lot.expires_on,
				"idle_months": lot.idle_months,
				"root": lot.root,
				"granted": int(lot.granted),
				"wallet": wallet,
				"source_doctype": batch.act.doctype if mine else None,
				"source_name": batch.act.name if mine else None,
				"sold": int(home.sold),
				"sale_net": net,
				"sale_total": total,
				"company": home.company,
				"branch": home.branch,
				"program_version": batch.place.program_version,
			}
		)
	_insert("Club Lot", rows, update=("remaining", "expired"))


def _write_days(batch: Batch, members: Mapping[str, str | None]) -> None:
	rows = []
	for (account, day), (before, after) in batch.days.items():
		if (
			before.visit and not after.visit
		):  # one row of the day that says so makes it a visit, wherever it is
			activity = frappe.qb.DocType("Club Activity")
			(
				frappe.qb.update(activity)
				.set(activity.visit, 0)
				.where((activity.account == account) & (activity.day == day))
				.run()
			)
		if before == after:
			continue
		place = _digest(batch.place.company or "", batch.place.branch or "")[:8]
		rows.append(
			{
				"name": f"{account}-{day:%Y%m%d}-{place}",
				"account": account,
				"member": members[account],
				"day": day,
				"company": batch.place.company,
				"branch": batch.place.branch,
				"net": after.net - before.net,
				"points": after.points - before.points,
				"visit": int(after.visit),
			}
		)
	_insert("Club Activity", rows, add=("net", "points"), update=("visit",))


def _write_documents(batch: Batch, members: Mapping[str, str | None]) -> None:
	rows = []
	own = {batch.act.name, f"{batch.act.name} ({batch.act.creation})"}
	for document in batch.documents.values():
		mine = document.id.removesuffix(f":{batch.act.what}") in own
		kind = records.document_to(document)["kind"]
		rows.append(
			{
				"name": document.id,
				"account": document.account,
				"member": members[document.account],
				"source_doctype": batch.act.doctype if mine else None,
				"source_name": batch.act.name if mine else None,
				"source_creation": batch.act.creation if mine else None,
				"kind": kind,
				"day": document.day,
				"seq": batch.accounts[document.account].seq,
				"company": batch.place.company,
				"branch": batch.place.branch,
				"held": int(isinstance(document, Posted) and document.held),
				"remark": _remark(document, batch.act),
				"program_version": batch.place.program_version,
				"body": json.dumps(records.document_to(document), ensure_ascii=False),
			}
		)
	_insert("Club Posting", rows, update=("held", "body"))


def _remark(document: Document, act: Act) -> str | None:
	"""What the staff's watchers look for: why a sale earned nothing, or that it was attached to the member later."""
	if not isinstance(document, Posted):
		return None
	return "attach" if act.what == "attach" else document.reason.code if not document.counts else None


def _write_totals(batch: Batch) -> None:
	"""Adds up what the document moved at face, which the books are held against: entries of its many lots would have to
	be put together by its name each time. After the lots: some were opened just now. Signed as entries are."""
	act, place = batch.act, batch.place
	moved = [
		(entry, wallet)
		for entry, _tier in batch.entries
		if entry.source and entry.lot and entry.kind in AT_FACE
		for wallet in (batch.accounts[entry.account].locked.wallet,)
		if wallet != "Points" or act.doctype in INVOICES
	]
	# Locks: a lot may be younger than what this transaction sees; single rows of accounts that are locked anyway.
	homes = _homes({entry.lot for entry, _wallet in moved if entry.lot}, for_update=True)
	for entry, wallet in moved:
		home = homes.get(entry.lot or "", NOWHERE)
		key = Moved(entry.day, entry.kind, wallet, home.company or "", home.branch or "")
		quantity, amount = batch.totals.get(key, (ZERO, ZERO))
		batch.totals[key] = quantity + entry.quantity, amount + entry.quantity * entry.value
	rows = []
	for key, (quantity, amount) in batch.totals.items():
		of = (act.doctype, act.name, place.company or "", place.branch or "", place.program_version or "")
		rows.append(
			{
				"name": _digest(*of, *map(str, key))[:20],
				"source_doctype": act.doctype,
				"source_name": act.name,
				"posting_date": key.day,
				"kind": key.kind,
				"wallet": key.wallet,
				"program_version": place.program_version,
				"company": place.company,
				"branch": place.branch,
				"home": key.home or None,
				"home_branch": key.home_branch or None,
				"quantity": quantity,
				"amount": amount,
			}
		)
	_insert("Club Document Total", sorted(rows, key=lambda row: row["name"]), add=("quantity", "amount"))


def _write_changes(batch: Batch, members: Mapping[str, str | None]) -> None:
	_insert(
		"Club Tier Change",
		[
			{
				"name": frappe.generate_hash(length=10),
				"member": members[change.account],
				"day": change.day,
				"before": change.before,
				"after": change.after,
				"why": change.why,
				"value": change.value,
				"threshold": change.threshold,
				"source_doctype": batch.act.doctype or None,
				"source_name": batch.act.name or None,
				"program_version": batch.place.program_version,
			}
			for change in batch.changes
		],
	)


def _write_accounts(batch: Batch, heads: Mapping[str, str]) -> None:
	moved = dict.fromkeys(batch.accounts, ZERO)
	written = dict.fromkeys(batch.accounts, 0)
	with_days = {account for account, _day in batch.days}
	for entry, _tier in batch.entries:
		moved[entry.account] += entry.quantity
		written[entry.account] += 1
	rows = []
	for name, change in batch.accounts.items():
		locked = change.locked
		rows.append(
			{
				"name": name,
				"seq": change.seq,
				"balance": locked.balance + moved[name],
				"deficit": change.deficit,
				"entries": locked.entries + written[name],
				"version": locked.version + 1,
				"head": heads[name],
				"next_due": change.next_due if change.next_due < date.max else None,
				"last_purchase": change.last_purchase,
				"state": json.dumps(change.state, ensure_ascii=False),
				"days_version": int(name in with_days),  # what is added
			}
		)
		_show_tier(change)
	if len(rows) > 1:
		update = [column for column in rows[0] if column not in ("name", "days_version")]
		_insert("Club Account", rows, update=update, add=("days_version",))
		return
	for row in rows:
		account = frappe.qb.DocType("Club Account")
		query = frappe.qb.update(account).set(account.modified, frappe.utils.now_datetime())
		query = query.set(account.days_version, account.days_version + row.pop("days_version"))
		for column, value in row.items():
			query = query.set(account[column], value) if column != "name" else query
		query.where(account.name == row["name"]).run()


def _show_tier(change: AccountChange) -> None:
	"""Shows on the Club Member what the account says of the tier, where it has changed."""
	locked = change.locked
	if locked.member is None or locked.wallet != "Points":
		return
	shown = {"tier": change.tier, "tier_since": change.tier_since, "review_on": change.review_on}
	if any(records.state_day(shown[key]) != locked.state.get(key) for key in ("tier_since", "review_on")) or (
		change.tier != locked.state.get("tier")
	):
		frappe.db.set_value("Club Member", locked.member, shown, update_modified=False)


def insert_rows(doctype: str, rows: list[dict[str, Any]], *, update: Collection[str] = ()) -> None:
	"""Inserts rows of a table that is not the ledger's, some hundreds in one statement, as the ledger does with its
	own. update: columns that a row that is already there gets."""
	assert doctype not in TABLES, "the ledger's tables are written by `write` alone"
	for start in range(0, len(rows), ROWS_AT_ONCE):
		_insert(doctype, rows[start : start + ROWS_AT_ONCE], update=update)


def _insert(
	doctype: str,
	rows: list[dict[str, Any]],
	*,
	update: Collection[str] = (),
	add: Collection[str] = (),
) -> None:
	"""Inserts rows in one statement. update, add: columns that a row that is already there gets, or that are added to
	it. The statement is written out: the query builder would take longer than the database over a night's rows."""
	if not rows:
		return
	now, user = frappe.utils.now_datetime(), frappe.session.user
	common = {"creation": now, "modified": now, "owner": user, "modified_by": user, "docstatus": 0, "idx": 0}
	columns = list({**common, **rows[0]})
	one = f"({', '.join(['%s'] * len(columns))})"
	statement = f"insert into `tab{doctype}` ({_quoted(columns)}) values {', '.join([one] * len(rows))}"
	if update or add:
		new = [f"`{column}` = values(`{column}`)" for column in (*update, "modified")]
		new += [f"`{column}` = `{column}` + values(`{column}`)" for column in add]
		statement += f" on duplicate key update {', '.join(new)}"
	frappe.db.sql(statement, [value for row in rows for value in {**common, **row}.values()])


def _quoted(columns: Iterable[str]) -> str:
	return ", ".join(f"`{column}`" for column in columns)


def _digest(*parts: str) -> str:
	"""SHA-256 of texts, each with its length, so that no two lists give the same."""
	whole = hashlib.sha256()
	for part in parts:
		data = part.encode()
		whole.update(b"%d:" % len(data))
		whole.update(data)
	return whole.hexdigest()
