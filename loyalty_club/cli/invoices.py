"""Reads a file of invoice lines: the only code that knows CSV. Gives `Bill`s in the order of their days.

Data: one row a line of an invoice, columns `invoice, posting_date, customer, item, qty, rate` (net price of one unit,
before tax) and, if there are, `item_group, brand, branch, tax` (of the line), `return_against, redeem_points` (of the
invoice: on one of its rows or on all), `posting_time`. Negative quantities are returns.

Rows are read as a stream, a day at a time, so memory does not grow with the file. Within a day invoices go by time,
then by their first row. A file that is not in the order of days raises `OutOfOrder`: read it with `in_order=True`.
Everything wrong with the file is an `InputError` that names file, line and column.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from loyalty_club import persian
from loyalty_club.cli.messages import say
from loyalty_club.core.backtest import Bill
from loyalty_club.core.model import ZERO, Line

REQUIRED = ("invoice", "posting_date", "customer", "item", "qty", "rate")
OPTIONAL = ("item_group", "brand", "branch", "tax", "return_against", "redeem_points", "posting_time")
# The rules look 20 years to either side, and both calendars know all of that.
FIRST_YEAR, LAST_YEAR = 1950, 2099
# More than any shop sells at once, or asks (Rial): it is a barcode in the wrong column. The rules bear all below.
MOST_QUANTITY, MOST_MONEY = 10**8, 10**12
REMEMBERED = 50_000  # spellings of numbers, days and texts kept at once

_STAMP = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:[ T](.*))?")
_JALALI = re.compile(r"1[2-7][0-9]{2}(?:[-/.]|[0-9]{4}$)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_BREAK = re.compile(r"\r\n|\r|\n")


class Rows(Protocol):
	"""What `csv.reader` is: rows, and the line of the last one."""

	@property
	def line_num(self) -> int: ...

	def __iter__(self) -> Iterator[list[str]]: ...


class InputError(Exception):
	"""Something in a file that cannot be read as what it should be."""

	def __init__(self, path: Path, line: int, column: str, problem: str, **facts: object) -> None:
		super().__init__(path, line, column, problem, facts)
		self.path, self.line, self.column, self.problem, self.facts = path, line, column, problem, facts

	def text(self, lang: str) -> str:
		"""One sentence: where, what, and what to do."""
		where = say("place" if self.column else "place_line" if self.line else "place_file", lang).format(
			path=self.path, line=self.line, column=self.column
		)
		facts = {key: _shown(fact) for key, fact in self.facts.items()}
		return f"{where}: {say(self.problem, lang).format(**facts)}"

	def __str__(self) -> str:
		return self.text("en")


class OutOfOrder(Exception):
	"""A row is dated before the one above it."""


class _NotText(Exception):
	"""A NUL byte: no text has one."""


def _shown(fact: object) -> str:
	"""A fact as one short line, harmless on a terminal."""
	text = " ".join(str(fact).split())
	text = "".join("\ufffd" if unicodedata.category(char) == "Cc" else char for char in text)
	return text if len(text) <= 200 else f"{text[:200]}…"


def _plain(text: str) -> str:
	"""A text as it is compared; the common case without the work."""
	return " ".join(text.split()) if text.isascii() else persian.normalise(text)


def day_and_rest(stamp: str) -> tuple[date, str]:
	"""The Gregorian day a text begins with, and what follows it; ValueError if there is none."""
	match = _STAMP.fullmatch(_plain(stamp))
	if match is None:
		raise ValueError(stamp)
	return date(int(match[1]), int(match[3]), int(match[4])), match[5] or ""


class _Columns(NamedTuple):
	invoice: int
	posting_date: int
	customer: int
	item: int
	qty: int
	rate: int
	item_group: int
	brand: int
	branch: int
	tax: int
	return_against: int
	redeem_points: int
	posting_time: int


class _Draft:
	"""One invoice while its rows come in."""

	__slots__ = ("against", "back", "branch", "customer", "first", "given", "redeem", "rows", "sold", "time")

	def __init__(self, first: int, customer: str, against: str, branch: str, at: time | None) -> None:
		self.first = first
		self.given = customer
		self.customer = customer.strip()
		self.against = against
		self.branch = branch
		self.time = at
		self.redeem = ZERO
		self.rows = 0
		self.sold: list[Line] = []
		self.back: list[Line] = []


class _Bytes(io.BufferedReader):
	"""A file's bytes, unpacked; stops at a NUL."""

	def read1(self, size: int = -1, /) -> bytes:
		found = super().read1(size)
		if b"\0" in found:
			raise _NotText
		return found


class _Source:
	"""An open file as CSV rows, with where it is."""

	def __init__(self, path: Path) -> None:
		try:
			self._raw = path.open("rb")
			start = self._raw.peek(2)[:2]
		except OSError as error:
			raise InputError(path, 0, "", "cannot_open", why=error.strerror or str(error)) from None
		self.packed = bool(start) and b"\x1f\x8b".startswith(start)
		self.bytes = cast(BinaryIO, gzip.GzipFile(fileobj=self._raw) if self.packed else self._raw)
		self._text = io.TextIOWrapper(_Bytes(cast(io.RawIOBase, self.bytes)), "utf-8-sig", newline="")
		self.rows: Rows = csv.reader(self._text, strict=True)

	@property
	def done(self) -> int:
		"""Bytes of the file read so far."""
		return self._raw.tell()

	def close(self) -> None:
		"""Ends the use of the file."""
		self._text.close()
		self._raw.close()


class _SortedRows:
	"""Rows by day, from a scratch database: memory stays flat however long the file is."""

	def __init__(self, rows: Rows, reader: _Reader, path: Path) -> None:
		path.unlink(missing_ok=True)
		self.line_num = 0
		self._db = sqlite3.connect(path, isolation_level=None)
		self._db.executescript(
			"pragma journal_mode = off; pragma synchronous = off; create table row (day, line, fields); begin;"
		)
		self._db.executemany(
			"insert into row values (?, ?, ?)",
			(
				(reader.day_of(rows.line_num, row).toordinal(), rows.line_num, json.dumps(row))
				for row in rows
				if not _blank(row)
			),
		)

	def __iter__(self) -> Iterator[list[str]]:
		for line, fields in self._db.execute("select line, fields from row order by day, line"):
			self.line_num = line
			yield json.loads(fields)
		self._db.close()


def bills(
	path: Path,
	names: Mapping[str, str],
	*,
	seen: Callable[[int], None] = lambda done: None,
	in_order: bool = False,
	scratch: Path | None = None,
) -> Iterator[Bill]:
	"""The file's bills by day. names: our column -> theirs; in_order: sort the rows by day first, in a file below
	`scratch`; seen: told the bytes read so far. Raises InputError, and OutOfOrder unless `in_order`."""
	source = _Source(path)
	rows = source.rows
	try:
		header = next((row for row in rows if not _blank(row)), None)
		if not header:
			raise InputError(path, 1, "", "empty")
		columns = _columns(path, rows.line_num, header, names)
		reader = _Reader(path, columns, len(header), {**{each: each for each in _Columns._fields}, **names})
		if in_order:
			if scratch is None:
				raise ValueError("in_order needs a scratch folder")
			rows = _SortedRows(rows, reader, scratch / "rows.sqlite")
		yield from reader.read(rows, lambda: seen(source.done))
	except _BROKEN:
		raise InputError(path, source.rows.line_num + 1, "", "truncated") from None
	except (InputError, _NotText, UnicodeDecodeError, csv.Error) as error:
		raise _diagnosis(path, error) from None
	finally:
		source.close()


_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)


def _diagnosis(path: Path, error: Exception) -> InputError:
	"""What is at the bottom of a problem, and where it begins, from a second look at the file."""
	line = 0
	with closing(_Source(path)) as source:
		try:
			if source.packed:
				while source.bytes.read(1 << 20):
					pass
		except _BROKEN:
			return InputError(path, 0, "", "broken")
	if isinstance(error, InputError):
		return error
	with closing(_Source(path)) as source:
		if isinstance(error, csv.Error):
			try:
				for _ in source.rows:
					line = source.rows.line_num
			except csv.Error:
				pass
			return InputError(path, line + 1, "", "not_csv")
		for line, text in enumerate(io.TextIOWrapper(source.bytes, "latin-1", newline=""), 1):
			try:
				text.encode("latin-1").decode("utf-8")
			except UnicodeDecodeError:
				break
			if "\0" in text:
				return InputError(path, line, "", "nul")
	return InputError(path, line, "", "not_utf8")


def _blank(row: list[str]) -> bool:
	"""A line without anything in it, as spreadsheets leave some."""
	return not any(field.strip() for field in row)


def _columns(path: Path, line: int, header: list[str], names: Mapping[str, str]) -> _Columns:
	titles = [title.strip() for title in header]
	found = []
	for ours in _Columns._fields:
		theirs = names.get(ours, ours)
		if titles.count(theirs) > 1:
			raise InputError(path, line, theirs, "column_twice")
		if theirs in titles:
			found.append(titles.index(theirs))
		elif ours in REQUIRED or ours in names:
			raise InputError(path, line, theirs, "column_missing", ours=ours, has=", ".join(titles))
		else:
			found.append(-1)
	return _Columns(*found)


class _Reader:
	"""Turns rows into bills, remembering spellings it has met."""

	def __init__(self, path: Path, columns: _Columns, width: int, names: Mapping[str, str]) -> None:
		self._path = path
		self._at = columns
		self._width = width
		self._names = names
		self._days: dict[str, date] = {}
		self._times: dict[str, time | None] = {}
		self._quantities: dict[str, Decimal] = {}
		self._numbers: dict[str, Decimal] = {}
		self._texts: dict[str, str] = {}

	def read(self, rows: Rows, day_done: Callable[[], None]) -> Iterator[Bill]:
		"""Groups rows to bills, a day at a time."""
		at, width = self._at, self._width
		name_at, date_at, customer_at, item_at, quantity_at, price_at = at[:6]
		group_at, brand_at, tax_at = at.item_group, at.brand, at.tax
		against_at, redeem_at = at.return_against, at.redeem_points
		days, quantities, numbers, texts = self._days, self._quantities, self._numbers, self._texts
		new_line: Callable[[tuple[object, ...]], Line] = partial(
			tuple.__new__, Line
		)  # half the time of Line(…)
		today = date.min
		drafts: dict[str, _Draft] = {}
		last_name, draft = "", None
		for row in rows:
			if len(row) != width:
				if _blank(row):
					continue
				raise self._width_problem(rows.line_num, row)
			day = days.get(row[date_at])
			if day is None:
				if _blank(row):
					continue
				day = self._day(rows.line_num, row)
			if day != today:
				if day < today:
					raise OutOfOrder
				yield from self._bills(today, drafts)
				day_done()
				drafts.clear()
				today, draft = day, None
			name = row[name_at]
			if draft is None or name != last_name:
				last_name = name
				key = self._word(name)
				draft = drafts.get(key)
				if draft is None:
					draft = drafts[key] = self._draft(rows.line_num, row)
			if row[customer_at] != draft.given:
				self._check_customer(rows.line_num, row, draft)
			quantity = quantities.get(row[quantity_at])
			if quantity is None:
				quantity = self._number(rows.line_num, row, "qty")
			price = numbers.get(row[price_at])
			if price is None:
				price = self._number(rows.line_num, row, "rate")
			if against_at >= 0 and row[against_at] != draft.against:
				self._against(rows.line_num, row, draft)
			if redeem_at >= 0 and row[redeem_at]:
				self._redeem(rows.line_num, row, draft)
			draft.rows += 1
			if not draft.customer:
				continue
			item = row[item_at]
			if quantity > 0:
				lines, tax = draft.sold, self._tax(rows.line_num, row) if tax_at >= 0 else ZERO
			else:
				quantity = -quantity
				lines, tax = draft.back, self._tax_back(rows.line_num, row, price) if tax_at >= 0 else ZERO
			if quantity:
				lines.append(
					new_line(
						(
							texts.get(item) or self._word(item),
							quantity,
							quantity * price,
							tax,
							(texts.get(row[group_at]) or self._word(row[group_at])) if group_at >= 0 else "",
							(texts.get(row[brand_at]) or self._word(row[brand_at])) if brand_at >= 0 else "",
							False,
							"",
							ZERO,
						)
					)
				)
		yield from self._bills(today, drafts)

	def _bills(self, day: date, drafts: dict[str, _Draft]) -> Iterator[Bill]:
		found = list(drafts.items())
		if self._at.posting_time >= 0 or any(draft.time for _, draft in found):
			found.sort(key=lambda each: each[1].time or time.min)
		for name, draft in found:
			yield Bill(
				name,
				day,
				self._word(draft.customer),
				tuple(draft.sold),
				tuple(draft.back),
				self._word(draft.against),
				draft.redeem,
				draft.time,
				self._word(draft.branch),
				draft.rows,
				draft.first,
			)

	def _draft(self, line: int, row: list[str]) -> _Draft:
		at = self._at
		if not row[at.invoice].strip():
			raise InputError(self._path, line, self._names["invoice"], "no_invoice")
		return _Draft(
			line,
			row[at.customer],
			row[at.return_against] if at.return_against >= 0 else "",
			row[at.branch] if at.branch >= 0 else "",
			self._time(line, row),
		)

	def _check_customer(self, line: int, row: list[str], draft: _Draft) -> None:
		theirs = row[self._at.customer]
		if self._word(theirs) != self._word(draft.customer):
			raise InputError(
				self._path,
				line,
				self._names["customer"],
				"two_customers",
				invoice=row[self._at.invoice],
				first=draft.customer,
				second=theirs,
			)

	def day_of(self, line: int, row: list[str]) -> date:
		"""The day of a row, for sorting."""
		if len(row) != self._width:
			raise self._width_problem(line, row)
		return self._days.get(row[self._at.posting_date]) or self._day(line, row)

	def _width_problem(self, line: int, row: list[str]) -> InputError:
		"""Named is the line where the row begins: a quote that is not closed swallows lines."""
		begins = line - sum(len(_BREAK.findall(field)) for field in row)
		return InputError(self._path, begins, "", "fields", has=len(row), wants=self._width)

	def _day(self, line: int, row: list[str]) -> date:
		stamp = row[self._at.posting_date]
		column = self._names["posting_date"]
		try:
			day, rest = day_and_rest(stamp)
		except ValueError:
			problem = "jalali_date" if _JALALI.match(_plain(stamp)) else "bad_date"
			raise InputError(self._path, line, column, problem, given=stamp.strip()) from None
		if 1200 <= day.year < 1800:
			raise InputError(self._path, line, column, "jalali_date", given=stamp.strip())
		if not FIRST_YEAR <= day.year <= LAST_YEAR:
			raise InputError(
				self._path, line, column, "far_date", given=stamp.strip(), first=FIRST_YEAR, last=LAST_YEAR
			)
		if len(self._days) >= REMEMBERED:
			self._days.clear()
			self._times.clear()
		self._days[stamp] = day
		self._times[stamp] = self._clock(line, "posting_date", rest)
		return day

	def _time(self, line: int, row: list[str]) -> time | None:
		"""The time of an invoice: in a column of its own, or behind its date."""
		if self._at.posting_time >= 0:
			return self._clock(line, "posting_time", persian.normalise(row[self._at.posting_time]))
		return self._times[row[self._at.posting_date]]

	def _clock(self, line: int, column: str, text: str) -> time | None:
		if not text:
			return None
		match = _TIME.fullmatch(text)
		try:
			if match is None:
				raise ValueError(text)
			hour, minute, second, fraction = match.groups("0")
			return time(int(hour), int(minute), int(second), int(fraction[:6].ljust(6, "0")))
		except ValueError:
			raise InputError(self._path, line, self._names[column], "bad_time", given=text) from None

	def _against(self, line: int, row: list[str], draft: _Draft) -> None:
		theirs = row[self._at.return_against]
		if not theirs.strip():
			return
		if draft.against.strip() and self._word(theirs) != self._word(draft.against):
			raise InputError(
				self._path,
				line,
				self._names["return_against"],
				"two_originals",
				invoice=row[self._at.invoice],
				first=draft.against,
				second=theirs,
			)
		draft.against = theirs

	def _number(self, line: int, row: list[str], column: str) -> Decimal:
		text = row[getattr(self._at, column)]
		try:
			number = persian.parse_number(text)
		except persian.NumberError:
			raise InputError(
				self._path, line, self._names[column], "bad_number", given=text.strip()
			) from None
		known, most = (self._quantities, MOST_QUANTITY) if column == "qty" else (self._numbers, MOST_MONEY)
		if abs(number) >= most:
			raise InputError(self._path, line, self._names[column], "too_large", given=text.strip())
		if len(known) >= REMEMBERED:
			known.clear()
		known[text] = number
		return number

	def _tax(self, line: int, row: list[str]) -> Decimal:
		text = row[self._at.tax]
		if not text.strip():
			return ZERO
		tax = self._numbers.get(text)
		return self._number(line, row, "tax") if tax is None else tax

	def _tax_back(self, line: int, row: list[str], price: Decimal) -> Decimal:
		"""The tax of a returned line, whatever sign it is written with: that of its price."""
		tax = abs(self._tax(line, row))
		return -tax if price < 0 else tax

	def _redeem(self, line: int, row: list[str], draft: _Draft) -> None:
		if not row[self._at.redeem_points].strip():
			return
		points = self._number(line, row, "redeem_points")
		if points < 0:
			raise InputError(
				self._path, line, self._names["redeem_points"], "negative_points", given=str(points)
			)
		if points and draft.redeem and points != draft.redeem:
			raise InputError(
				self._path,
				line,
				self._names["redeem_points"],
				"two_redemptions",
				invoice=row[self._at.invoice],
				first=draft.redeem,
				second=points,
			)
		draft.redeem = draft.redeem or points

	def _word(self, text: str) -> str:
		"""A name as it is compared: trimmed, with one spelling of Persian letters and digits."""
		found = self._texts.get(text)
		if found is None:
			found = text.strip() if text.isascii() else persian.normalise(text)
			if len(self._texts) >= REMEMBERED:
				self._texts.clear()
			self._texts[text] = found
		return found
