"""`loyalty-club …`: files in, files out; the rules are `core`, the words `messages`, the report `report`.

    loyalty-club backtest --program FILE.json --invoices FILE.csv[.gz] --out DIR
    loyalty-club lrfm --invoices FILE.csv[.gz] --out FILE.csv
    loyalty-club check FILE.json
    loyalty-club schema

A command writes everything or nothing: results are made in a scratch folder and moved to their place at the end. Bad
input ends with one message and exit code 2.
"""

from __future__ import annotations

import csv
import dataclasses
import gc
import io
import json
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import click

from loyalty_club import persian
from loyalty_club.cli import invoices, scoring
from loyalty_club.cli.invoices import InputError, OutOfOrder
from loyalty_club.cli.messages import say, system_error
from loyalty_club.cli.scratch import ScratchStore
from loyalty_club.core import lint, lint_words, program_words, words
from loyalty_club.core import program as programs
from loyalty_club.core.backtest import Bill, Replay
from loyalty_club.core.model import Calendar, Entry, Program
from loyalty_club.core.outcome import Outcome, Summary
from loyalty_club.core.words import Style
from loyalty_club.persian import MoneyUnit

FILES = ("summary.json", "ledger.csv", "members.csv", "report.html")


class BadInput(click.ClickException):
	"""One clear message, exit code 2."""

	exit_code = 2

	def __init__(self, message: str, lang: str) -> None:
		super().__init__(message)
		self.lang = lang

	def show(self, file: IO[Any] | None = None) -> None:
		click.echo(f"{say('error', self.lang)}: {self.message}", file=file, err=True)


def _fail(key: str, lang: str, **facts: object) -> BadInput:
	return BadInput(say(key, lang).format(**facts), lang)


_lang = click.option(
	"--lang",
	type=click.Choice(words.LANGUAGES),
	default="en",
	show_default=True,
	help="Language of the output.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="loyalty_club")
def main() -> None:
	"""The rules of a customer club, tried on a file of invoices."""
	for stream in (sys.stdout, sys.stderr):  # what it says may be Persian, wherever it is sent
		if isinstance(stream, io.TextIOWrapper):
			stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@main.command()
@click.option(
	"--program",
	"program_path",
	type=click.Path(path_type=Path),
	required=True,
	help="The program, a JSON file.",
)
@click.option(
	"--invoices",
	"invoices_path",
	type=click.Path(path_type=Path),
	required=True,
	help=f"Invoice lines, CSV or CSV.gz: {', '.join(invoices.REQUIRED)}; optional {', '.join(invoices.OPTIONAL)}.",
)
@click.option(
	"--map", "mapping", default="", help="Their headers for our columns: invoice=InvoiceNo,item=StockCode,…"
)
@click.option(
	"--as-of", default="", help="The day to look back from (Gregorian). Default: the last invoice's."
)
@_lang
@click.option("--calendar", type=click.Choice(["jalali", "gregorian"]), help="Default: the program's own.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
def backtest(
	program_path: Path,
	invoices_path: Path,
	mapping: str,
	as_of: str,
	lang: str,
	calendar: str | None,
	out: Path,
) -> None:
	"""Replays a history of invoices through a program and reports what would have come of it."""
	program = _program(program_path, lang)
	if calendar == "jalali" or calendar == "gregorian":
		shown: str = calendar
	else:
		shown = program.calendar
	names = _mapping(mapping, lang)
	day = _day(as_of, lang)
	style = Style(lang, shown, money_unit(program), program_words.titles(program))
	with _scratch(out, lang) as scratch:
		try:
			results = _replay(program, invoices_path, names, day, style, scratch)
		except InputError as error:
			raise BadInput(error.text(lang), lang) from None
		_publish(scratch, out)
	_print_summary(results.summary, style)
	click.echo(say("report_at", lang).format(path=out / "report.html"))


@main.command()
@click.option(
	"--invoices",
	"invoices_path",
	type=click.Path(path_type=Path),
	required=True,
	help="Invoice lines, as for backtest.",
)
@click.option("--program", "program_path", type=click.Path(path_type=Path), help="Whose LRFM rules count.")
@click.option(
	"--map", "mapping", default="", help="Their headers for our columns: invoice=InvoiceNo,item=StockCode,…"
)
@click.option("--as-of", default="", help="The day to score on (Gregorian). Default: the last invoice's.")
@click.option(
	"--months", type=click.IntRange(0, 240), help="How far back purchases count; 0: all. Default: 12."
)
@click.option(
	"--calendar", type=click.Choice(["jalali", "gregorian"]), help="Default: the program's own, or jalali."
)
@_lang
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV file for the scores.")
def lrfm(
	invoices_path: Path,
	program_path: Path | None,
	mapping: str,
	as_of: str,
	months: int | None,
	calendar: Calendar | None,
	lang: str,
	out: Path,
) -> None:
	"""Scores every customer by length, recency, frequency and amount of purchases."""
	program = _program(program_path, lang) if program_path else None
	if out.is_dir():
		raise _fail("out_in_the_way", lang, path=out)
	try:
		with no_collector():
			scoring.run(
				program,
				invoices_path,
				_mapping(mapping, lang),
				_day(as_of, lang),
				months,
				calendar,
				out,
				lang,
			)
	except InputError as error:
		raise BadInput(error.text(lang), lang) from None
	except OSError as error:
		raise _fail("cannot_write", lang, path=out, why=system_error(error, lang)) from None


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--margin", default="", help="The shop's gross margin as a share, e.g. 0.15.")
@_lang
def check(path: Path, margin: str, lang: str) -> None:
	"""Validates a program, says what it does, and what is dangerous in it."""
	program = _program(path, lang)
	share = None
	if margin:
		try:
			share = persian.parse_number(margin)
		except persian.NumberError:
			raise _fail("bad_margin", lang, given=margin) from None
		if not 0 <= share <= 1:
			raise _fail("bad_margin", lang, given=margin)
	style = Style(lang, program.calendar, money_unit(program), program_words.titles(program))
	click.echo(say("program_good", lang).format(path=path))
	click.echo(f"\n{say('what_it_does', lang)}")
	for sentence in program_words.in_words(program, style):
		click.echo(f"  • {sentence}")
	findings = lint.examine(program, margin=share, on=EXAMPLE_DAY)
	click.echo(f"\n{say('what_is_dangerous', lang)}")
	for finding in findings:
		click.echo(f"  {lint_words.severity_title(finding.severity, lang)}: {lint_words.say(finding, style)}")
	if not findings:
		click.echo(f"  {say('nothing_dangerous', lang)}")


@main.command()
def schema() -> None:
	"""Prints the JSON schema of a program file."""
	click.echo(json.dumps(programs.json_schema(), indent=2))


EXAMPLE_DAY = date(2025, 4, 21)  # 1 Ordibehesht 1404: worked examples are dated, and the same every day


# ---------------------------------------------------------------------------------------------- reading options


def money_unit(program: Program) -> MoneyUnit:
	"""How the program shows money: its display unit, else its currency."""
	unit = persian.UNITS.get(program.display_unit.upper() or ("RIAL" if program.currency == "IRR" else ""))
	return unit or persian.currency(
		program.currency, program.currency, program.currency, program.money_decimals
	)


def _program(path: Path, lang: str) -> Program:
	try:
		return programs.loads(path.read_text(encoding="utf-8-sig"))
	except OSError as error:
		message = say("cannot_open", lang).format(why=system_error(error, lang))
		raise BadInput(f"{path}: {message}", lang) from None
	except UnicodeDecodeError:
		raise BadInput(f"{path}: {say('not_utf8', lang)}", lang) from None
	except programs.ProgramError as error:
		between = words.JOIN[lang] if error.where else ": "
		raise BadInput(f"{path}{between}{error.text(Style(lang))}", lang) from None


def _mapping(text: str, lang: str) -> dict[str, str]:
	ours = (*invoices.REQUIRED, *invoices.OPTIONAL)
	found: dict[str, str] = {}
	for pair in filter(None, text.split(",")):
		name, equals, theirs = pair.partition("=")
		if name.strip() not in ours or not equals or not theirs.strip() or name.strip() in found:
			raise _fail("bad_map", lang, given=pair, ours=", ".join(ours))
		found[name.strip()] = theirs.strip()
	return found


def _day(text: str, lang: str) -> date | None:
	if not text:
		return None
	first, last = invoices.FIRST_YEAR, invoices.LAST_YEAR
	try:
		day, rest = invoices.day_and_rest(text)
		if rest or not first <= day.year <= last:
			raise ValueError(text)
	except ValueError:
		raise _fail("bad_as_of", lang, given=text, first=first, last=last) from None
	return day


# ---------------------------------------------------------------------------------------------- replaying


class Ledger:
	"""Collects entries in the scratch folder and gives them back by day, account and number, whatever order time let
	them happen in."""

	def __init__(self, path: Path) -> None:
		path.unlink(missing_ok=True)
		self._db = sqlite3.connect(path, isolation_level=None)
		self._db.executescript(
			"pragma journal_mode = off; pragma synchronous = off;"
			"create table entry (day, account, seq, kind, points, lot, value, source, facts, said); begin;"
		)
		self._new: list[tuple[object, ...]] = []

	def add(self, entry: Entry, said: str) -> None:
		"""Takes one entry with its reason in words."""
		facts = json.dumps({"code": entry.reason.code, **entry.reason.facts}, ensure_ascii=False, default=str)
		self._new.append(
			(
				entry.day.isoformat(),
				entry.account,
				entry.seq,
				entry.kind,
				plain(entry.quantity),
				entry.lot or "",
				plain(entry.value),
				entry.source,
				facts,
				said,
			)
		)
		if len(self._new) >= 5000:
			self._flush()

	def _flush(self) -> None:
		self._db.executemany("insert into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._new)
		self._new.clear()

	def rows(self) -> Iterator[tuple[object, ...]]:
		"""Every entry, in order."""
		self._flush()
		yield from self._db.execute("select * from entry order by day, account, seq")
		self._db.close()


def _replay(
	program: Program,
	path: Path,
	names: Mapping[str, str],
	as_of: date | None,
	style: Style,
	scratch: Path,
) -> Outcome:
	try:
		return _run(program, path, names, as_of, style, scratch, in_order=False)
	except OutOfOrder:
		if sys.stderr.isatty():
			click.echo(say("sorting", style.lang), err=True)
		return _run(program, path, names, as_of, style, scratch, in_order=True)


def _run(
	program: Program,
	path: Path,
	names: Mapping[str, str],
	as_of: date | None,
	style: Style,
	scratch: Path,
	*,
	in_order: bool,
) -> Outcome:
	from loyalty_club.cli import report

	ledger = Ledger(scratch / "ledger.sqlite")
	database = scratch / "store.sqlite"
	database.unlink(missing_ok=True)
	store = ScratchStore(database, lambda entry: ledger.add(entry, words.reason(entry.reason, style)))
	replay = Replay(program, store, as_of, style.calendar)

	def no_invoice_on_two_days(bill: Bill) -> None:
		if replay.repeated:
			column = names.get("posting_date", "posting_date")
			raise InputError(path, bill.place, column, "two_days", invoice=bill.id)

	with _progress(path, style.lang) as seen, no_collector():
		found = invoices.bills(path, names, seen=seen, in_order=in_order, scratch=scratch)
		replay.feed(found, no_invoice_on_two_days)
	outcome = replay.outcome()
	_write_json(scratch / "summary.json", outcome.summary)
	header = (
		"date",
		"customer",
		"seq",
		"kind",
		"points",
		"lot",
		"point_value",
		"document",
		"reason",
		"in_words",
	)
	_write_csv(scratch / "ledger.csv", header, ledger.rows())
	_write_members(scratch / "members.csv", replay)
	titles = {tier.name: style.title(tier.name) for tier in program.tiers}
	page = report.render(
		outcome,
		lang=style.lang,
		calendar=style.calendar,
		unit=style.unit,
		tier_titles=titles,
		in_words=program_words.in_words(program, style),
		warnings=[
			lint_words.say(finding, style)
			for finding in lint.examine(program, on=EXAMPLE_DAY)
			if finding.severity != "note"
		],
		source_name=path.name.encode("utf-8", "replace").decode(),
		title=program.title_fa if style.lang == "fa" else "",
	)
	(scratch / "report.html").write_text(page, encoding="utf-8")
	store.close_file()
	return outcome


@contextmanager
def no_collector() -> Iterator[None]:
	"""A replay makes millions of records and no cycles among them: looking for some would be a tenth of its time."""
	gc.disable()
	try:
		yield
	finally:
		gc.enable()


@contextmanager
def _progress(path: Path, lang: str) -> Iterator[Callable[[int], None]]:
	"""A bar over the file's bytes, on a terminal only."""
	size = path.stat().st_size if path.is_file() else 0
	if not sys.stderr.isatty() or not size:
		yield lambda done: None
		return
	with click.progressbar(length=size, label=say("reading", lang), file=sys.stderr) as bar:
		yield lambda done: bar.update(done - bar.pos)
		bar.update(size - bar.pos)


# ---------------------------------------------------------------------------------------------- writing


def plain(number: Decimal) -> str:
	"""A number without exponent or trailing zeros."""
	text = f"{number:f}"
	return text.rstrip("0").rstrip(".") if "." in text else text


def _jsonable(value: Any) -> Any:
	if isinstance(value, Decimal):
		return int(value) if value == value.to_integral_value() else plain(value)
	if isinstance(value, date):
		return value.isoformat()
	raise TypeError(type(value).__name__)


def _write_json(path: Path, summary: Summary) -> None:
	body = dataclasses.asdict(summary)
	path.write_text(
		json.dumps(body, ensure_ascii=False, indent="\t", default=_jsonable) + "\n", encoding="utf-8"
	)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
	with path.open("w", encoding="utf-8", newline="") as file:
		writer = csv.writer(file, lineterminator="\n")
		writer.writerow(header)
		writer.writerows(rows)


def _write_members(path: Path, replay: Replay) -> None:
	header = (
		"customer",
		"balance",
		"pending",
		"deficit",
		"value",
		"tier",
		"tier_since",
		"net_spend",
		"visits",
		"first_purchase",
		"last_purchase",
	)
	rows = (
		tuple(
			plain(each) if isinstance(each, Decimal) else each.isoformat() if isinstance(each, date) else each
			for each in dataclasses.astuple(member)
		)
		for member in sorted(replay.members(), key=lambda member: member.customer)
	)
	_write_csv(path, header, rows)


@contextmanager
def _scratch(out: Path, lang: str) -> Iterator[Path]:
	"""A folder in the results' or, while there are none, beside; gone at the end whatever happens."""
	if out.exists() and not out.is_dir():
		raise _fail("out_exists", lang, path=out)
	for name in FILES:
		if (out / name).is_dir():
			raise _fail("out_in_the_way", lang, path=out / name)
	home = out if out.is_dir() else out.absolute().parent
	made = [folder for folder in (home, *home.parents) if not folder.exists()]
	before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
	try:
		home.mkdir(parents=True, exist_ok=True)
		with tempfile.TemporaryDirectory(prefix=".loyalty-club-", dir=home) as name:
			yield Path(name)
	except (OSError, sqlite3.Error) as error:
		why = (error.strerror if isinstance(error, OSError) else "") or str(error)
		raise _fail("cannot_write", lang, path=out, why=why) from None
	finally:
		signal.signal(signal.SIGTERM, before)
		with suppress(OSError):  # of what was made, everything that stayed empty
			for folder in made:
				folder.rmdir()


def _publish(scratch: Path, out: Path) -> None:
	"""Moves the finished files to their place."""
	out.mkdir(exist_ok=True)
	for name in FILES:
		(scratch / name).replace(out / name)


def _print_summary(summary: Summary, style: Style) -> None:
	for field in dataclasses.fields(summary):
		value = getattr(summary, field.name)
		if isinstance(value, dict):
			value = ", ".join(f"{name or '-'} {count}" for name, count in value.items())
		elif isinstance(value, Decimal):
			value = (
				style.money(value)
				if field.name in ("net_sales", "value_outstanding")
				else style.number(value)
			)
		click.echo(f"{field.name:24} {value}")
