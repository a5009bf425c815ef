"""`loyalty-club lrfm`: a file of invoice lines in, a row of scores for each customer out. The rules are `core.lrfm`."""

from __future__ import annotations

import csv
import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import click

from loyalty_club import persian
from loyalty_club.cli import invoices
from loyalty_club.cli.invoices import OutOfOrder
from loyalty_club.cli.messages import say
from loyalty_club.core import lrfm
from loyalty_club.core.backtest import Bill
from loyalty_club.core.lrfm import Tally
from loyalty_club.core.model import ONE, ZERO, Calendar, Program, Spending, Tier
from loyalty_club.core.tiers import lrfm_start

HEADER = (
	*("customer", "L", "R", "F", "M", "L_score", "R_score", "F_score", "M_score", "score"),
	*("segment", "class", "pattern"),
)
NO_PROGRAM = Program("", (Tier("", ZERO, ONE, ONE),), Spending(ONE))
Row = tuple[object, ...]


def tally(bills: Iterable[Bill]) -> tuple[Tally, date | None]:
	"""The customers' days of a history, and its last day. A return counts on its invoice's day, where the file names it
	and has it, else on its own; bills without a customer count for nobody."""
	found, last = Tally(), None
	days: dict[str, date] = {}
	for bill in bills:
		last = bill.day if last is None or bill.day > last else last
		if not bill.customer:
			continue
		if bill.sold:
			days[bill.id] = bill.day
			found.add(bill.customer, bill.day, sum([line.net for line in bill.sold], ZERO))
		if bill.back:
			day = days.get(bill.against, bill.day) if bill.against else bill.day
			found.add(bill.customer, day, -sum([line.net for line in bill.back], ZERO))
	return found, last


def scored(program: Program, found: Tally, as_of: date) -> Iterator[Row]:
	"""A row for each customer who bought in the window, in the order of their names."""
	totals = found.totals(lrfm_start(program, as_of), as_of)
	values = {customer: lrfm.values(each, as_of) for customer, each in totals.items()}
	columns = lrfm.columns_of(values.values())
	cuts, means = lrfm.cuts(program.lrfm, columns), lrfm.averages(columns)
	for customer in sorted(values):
		mine = values[customer]
		scores = lrfm.score(mine, cuts, program.lrfm)
		yield (
			customer,
			*(*mine[:3], plain(mine.monetary)),
			*(*scores[:4], plain(scores.total)),
			lrfm.segment(scores),
			lrfm.average_class(mine, means),
			lrfm.pattern(mine, means),
		)


def plain(number: Decimal) -> str:
	"""A number without exponent or trailing zeros."""
	text = f"{number:f}"
	return text.rstrip("0").rstrip(".") if "." in text else text


def read(path: Path, names: Mapping[str, str], scratch: Path) -> tuple[Tally, date | None]:
	"""The tally of a file, whatever order its rows are in. Raises InputError."""
	try:
		return tally(invoices.bills(path, names))
	except OutOfOrder:
		return tally(invoices.bills(path, names, in_order=True, scratch=scratch))


def write(path: Path, rows: Iterable[Row]) -> dict[str, int]:
	"""Writes the rows to a file beside, which takes the place of `path` when it is whole; returns how many customers
	each segment has. Raises OSError, and then leaves nothing."""
	counts: dict[str, int] = {}
	handle, name = tempfile.mkstemp(prefix=".loyalty-club-", dir=path.absolute().parent)
	try:
		with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
			writer = csv.writer(file, lineterminator="\n")
			writer.writerow(HEADER)
			for row in rows:
				writer.writerow(row)
				segment = str(row[HEADER.index("segment")])
				counts[segment] = counts.get(segment, 0) + 1
		mask = os.umask(0)
		os.umask(mask)
		os.chmod(name, 0o666 & ~mask)
		os.replace(name, path)
	except BaseException:
		Path(name).unlink(missing_ok=True)
		raise
	return counts


def run(
	program: Program | None,
	path: Path,
	names: Mapping[str, str],
	as_of: date | None,
	months: int | None,
	calendar: Calendar | None,
	out: Path,
	lang: str,
) -> None:
	"""The command, its options read. Raises InputError for the file; OSError where the result cannot be written."""
	rules = program or NO_PROGRAM
	if calendar is not None:
		rules = dataclasses.replace(rules, calendar=calendar)
	if months is not None:
		rules = dataclasses.replace(rules, lrfm=dataclasses.replace(rules.lrfm, months=months))
	with tempfile.TemporaryDirectory(prefix="loyalty-club-") as scratch:
		found, last = read(path, names, Path(scratch))
	day = as_of or last or date.min + timedelta(days=1)
	counts = write(out, scored(rules, found, day))
	digits = persian.to_persian_digits if lang == "fa" else str
	titles = {rule.name: rule.title_fa if lang == "fa" else rule.name for rule in lrfm.STANDARD_SEGMENTS}
	click.echo(
		say("scored", lang).format(count=digits(str(sum(counts.values()))), day=day.isoformat(), path=out)
	)
	for name, title in titles.items():
		if name in counts:
			click.echo(f"  {title}: {digits(str(counts[name]))}")
