"""A store on disk for one back-test: what was posted, closed lots and days long past, in a scratch SQLite file.

It keeps memory flat in invoices. Data: a few tables of a database that dies with the run, so bodies are `marshal`led
(fast, and never read by another process). A back-test neither cancels nor unpays, so of a return only its name is kept
and of a purchase everything that a later return needs.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from loyalty_club.core.backtest import MemoryStore, ignore_change, ignore_entry
from loyalty_club.core.earning import TIER_RATE
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import (
	NOTHING,
	ZERO,
	Bonus,
	Document,
	Entry,
	Line,
	Lot,
	Noted,
	Posted,
	Reason,
	RulePart,
	TierChange,
)
from loyalty_club.core.tiers import Day

BATCH = 4000
SIEVE = 1 << 23  # bytes, one for each hash of a document's name: most new names need not be looked up
SCHEMA = """
create table document (name text unique, account text, day integer, body blob);
create index sale on document (account, day);
create table lot (name text primary key, body blob) without rowid;
create table kin (root text, account text, name text);
create index family on kin (root);
create table day (
	account text, day integer, net text, points text, visit integer, primary key (account, day)
) without rowid;
"""


class ScratchStore(MemoryStore):
	"""Accounts in memory, everything else in the file at `path`, written in batches."""

	def __init__(
		self,
		path: Path,
		on_entry: Callable[[Entry], None] = ignore_entry,
		on_change: Callable[[TierChange], None] = ignore_change,
	) -> None:
		super().__init__(on_entry, on_change)
		self._db = sqlite3.connect(path, isolation_level=None)
		self._db.executescript(
			f"pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -32000; {SCHEMA} begin;"
		)
		self._perhaps = bytearray(SIEVE)
		self._new_documents: dict[str, Document] = {}
		self._new_sales: dict[str, dict[str, Posted]] = {}
		self._new_lots: dict[str, bytes] = {}

	def close_file(self) -> None:
		"""Ends the use of the file."""
		self._db.close()

	def document(self, name: str) -> Document | None:
		new = self._new_documents.get(name)
		if new is not None or not self._perhaps[hash(name) % SIEVE]:
			return new
		row = self._db.execute("select account, day, body from document where name = ?", (name,)).fetchone()
		return _read(name, *row) if row else None

	def save(self, document: Document) -> None:
		if isinstance(document, Posted):
			self._new_sales.setdefault(document.account, {})[document.id] = document
		self._perhaps[hash(document.id) % SIEVE] = 1
		self._new_documents[document.id] = document
		if len(self._new_documents) >= BATCH:
			self._write()

	def sales(self, account: str, since: date, until: date, items: Collection[str]) -> Iterable[Posted]:
		wanted = [item.encode() for item in items]
		some = " or ".join(["instr(body, ?)"] * len(wanted)) if len(wanted) <= 50 else "1"
		rows = self._db.execute(
			f"select name, account, day, body from document where account = ? and day between ? and ? and ({some})",
			(account, since.toordinal(), until.toordinal(), *(wanted if len(wanted) <= 50 else ())),
		).fetchall()
		new = self._new_sales.get(account, {})
		for row in rows:
			if row[0] not in new and isinstance(sale := _read(*row), Posted):
				yield sale
		for sale in new.values():
			if since <= sale.day <= until and any(line.item in items for line in sale.lines):
				yield sale

	def lot(self, name: str) -> Lot | None:
		body = self._new_lots.get(name)
		if body is None:
			row = self._db.execute("select body from lot where name = ?", (name,)).fetchone()
			body = row[0] if row else None
		return _read_lot(marshal.loads(body)) if body else None

	def close(self, lot: Lot) -> None:
		self._new_lots[lot.id] = marshal.dumps(_write_lot(lot))
		if len(self._new_lots) >= BATCH:
			self._write()

	def adopt(self, lot: Lot) -> None:
		self._db.execute("insert into kin values (?, ?, ?)", (lot.root, lot.account, lot.id))

	def descendants(self, root: str) -> Iterable[tuple[str, str]]:
		return self._db.execute("select account, name from kin where root = ?", (root,)).fetchall()

	def day(self, account: str, day: date) -> Day:
		row = self._db.execute(
			"select net, points, visit from day where account = ? and day = ?", (account, day.toordinal())
		).fetchone()
		return Day(Decimal(row[0]), Decimal(row[1]), bool(row[2])) if row else Day()

	def every_day(self, account: str) -> dict[date, Day]:
		rows = self._db.execute("select day, net, points, visit from day where account = ?", (account,))
		folded = {
			date.fromordinal(day): Day(Decimal(net), Decimal(points), bool(visit))
			for day, net, points, visit in rows
		}
		return {**folded, **self.account(account).days}

	def fold(self, account: str, days: dict[date, Day]) -> None:
		self._db.executemany(
			"insert or replace into day values (?, ?, ?, ?, ?)",
			[
				(account, day.toordinal(), str(row.net), str(row.points), row.visit)
				for day, row in days.items()
			],
		)

	def _write(self) -> None:
		self._db.executemany(
			"insert or replace into document values (?, ?, ?, ?)",
			[
				(
					document.id,
					document.account,
					document.day.toordinal(),
					_body(document) if isinstance(document, Posted) else b"",
				)
				for document in self._new_documents.values()
			],
		)
		self._db.executemany("insert or replace into lot values (?, ?)", list(self._new_lots.items()))
		self._new_documents.clear()
		self._new_sales.clear()
		self._new_lots.clear()


def _write_lot(lot: Lot) -> tuple[str | int, ...]:
	return (
		lot.id,
		lot.account,
		str(lot.original),
		str(lot.remaining),
		str(lot.value),
		lot.available_from.toordinal(),
		lot.expires_on.toordinal() if lot.expires_on else 0,
		lot.idle_months,
		lot.awarded_on.toordinal(),
		lot.seq,
		lot.root,
		str(lot.expired),
	)


def _read_lot(row: Any) -> Lot:
	return Lot(
		row[0],
		row[1],
		Decimal(row[2]),
		Decimal(row[3]),
		Decimal(row[4]),
		date.fromordinal(row[5]),
		date.fromordinal(row[6]) if row[6] else None,
		row[7],
		date.fromordinal(row[8]),
		row[9],
		row[10],
		Decimal(row[11]),
	)


def _body(sale: Posted) -> bytes:
	"""Everything of a purchase that a return can ask for, by columns; what is as usual is left out."""
	items, quantities, nets, taxes, groups, brands, _, rows, taken_off = zip(*sale.lines, strict=True)
	count = len(items)
	plain = not sale.bonuses and sale.parts.count(TIER_RATE) == count
	return marshal.dumps(
		(
			sale.tier,
			(
				items,
				_texts(quantities),
				_texts(nets),
				_texts(taxes) if any(taxes) else None,
				groups if any(groups) else None,
				brands if any(brands) else None,
				rows if any(rows) else None,
				_texts(taken_off) if any(taken_off) else None,
			),
			None if all(sale.payable) else sale.payable,
			None if sale.weights == nets else _texts(sale.weights),
			None if plain else [[(part.rule, str(part.amount)) for part in each] for each in sale.parts],
			[(bonus.rule, str(bonus.points), list(map(_pair, bonus.shares))) for bonus in sale.bonuses],
			_pair(sale.rate),
			_pair(sale.exact),
			str(sale.awarded),
			_pair(sale.carry) if sale.carry else None,
			sale.lot,
			[(_write_lot(lot), str(points)) for lot, points in sale.spent],
			_undone(sale),
		)
	)


def _texts(numbers: Iterable[Decimal]) -> str:
	return " ".join(map(str, numbers))


def _numbers(text: str) -> Iterable[Decimal]:
	return map(Decimal, text.split())


def _undone(sale: Posted) -> tuple[Any, ...] | None:
	"""What returns have changed; None if there were none."""
	returned, matched = _shares(sale.returned), _shares(sale.matched)
	if not returned and not matched:
		return None
	return (
		returned,
		matched,
		str(sale.reversed),
		str(sale.taken),
		_pair(sale.carried_back) if sale.carried_back else None,
		list(map(str, sale.restored)),
		list(map(str, sale.refunded)),
	)


def _shares(shares: list[Fraction]) -> list[tuple[int, int]] | None:
	return None if shares.count(NOTHING) == len(shares) else list(map(_pair, shares))


def _pair(exact: Fraction) -> tuple[int, int]:
	return exact.numerator, exact.denominator


def _fraction(pair: tuple[int, int]) -> Fraction:
	return Fraction(*pair) if pair[0] else NOTHING


def _read(name: str, account: str, ordinal: int, body: bytes | None) -> Document:
	day = date.fromordinal(ordinal)
	if not body:
		return Noted(name, account, day, "return")
	row: Any = marshal.loads(body)
	items, quantities, nets, taxes, groups, brands, rows, taken_off = row[1]
	count = len(items)
	blank = ("",) * count
	back = row[12] or (None, None, 0, 0, None, (), ())
	net = tuple(_numbers(nets))
	lines = tuple(
		map(
			Line,
			items,
			_numbers(quantities),
			net,
			_numbers(taxes) if taxes else (ZERO,) * count,
			groups or blank,
			brands or blank,
			(False,) * count,
			rows or blank,
			_numbers(taken_off) if taken_off else (ZERO,) * count,
		)
	)
	return Posted(
		name,
		account,
		day,
		row[0],
		lines,
		row[2] or (True,) * count,
		tuple(_numbers(row[3])) if row[3] else net,
		tuple(tuple(RulePart(rule, Decimal(share)) for rule, share in each) for each in row[4])
		if row[4]
		else (TIER_RATE,) * count,
		tuple(
			Bonus(rule, Decimal(points), tuple(Fraction(*share) for share in shares))
			for rule, points, shares in row[5]
		),
		Fraction(*row[6]),
		Fraction(*row[7]),
		Decimal(row[8]),
		Fraction(*row[9]) if row[9] else NOTHING,
		Reason("earned", {}),
		lot=row[10],
		spent=tuple((_read_lot(lot), Decimal(points)) for lot, points in row[11]),
		returned=list(map(_fraction, back[0])) if back[0] else [NOTHING] * count,
		matched=list(map(_fraction, back[1])) if back[1] else [NOTHING] * count,
		reversed=Decimal(back[2]),
		taken=Decimal(back[3]),
		carried_back=Fraction(*back[4]) if back[4] else NOTHING,
		restored=list(map(Decimal, back[5])) if row[12] else [ZERO] * len(row[11]),
		refunded=list(map(Decimal, back[6])),
	)
