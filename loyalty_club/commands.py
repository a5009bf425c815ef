"""`bench --site SITE loyalty-club …`: reads options and prints; the work is done elsewhere.

Frappe imports this module for every bench command, so that everything but click is imported where it is used.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from frappe.commands import get_site, pass_context


@click.group("loyalty-club")
def loyalty_club() -> None:
	"""The customer club: a demonstration, the ledger's proof, import of ERPNext's own points."""


@contextmanager
def _site(context: Any) -> Iterator[Any]:
	"""The site, connected as Administrator; errors for people become one line."""
	import frappe

	frappe.init(site=get_site(context))
	frappe.connect()
	try:
		yield frappe
	except frappe.ValidationError as refused:
		frappe.db.rollback()
		click.secho(str(refused), fg="red", err=True)
		sys.exit(2)
	finally:
		frappe.destroy()


@contextmanager
def _bar(length: int, label: str) -> Iterator[Callable[[int], None]]:
	"""A progress bar on a terminal; nothing elsewhere."""
	if not sys.stderr.isatty():
		yield lambda n: None
		return
	with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
		yield bar.update


# ---------------------------------------------------------------------------------------------- proof


@loyalty_club.command("verify")
@click.option("--member", help="Only this member's accounts")
@click.option(
	"--digest",
	"digest_file",
	type=click.Path(exists=True, dir_okay=False),
	help="Compare with a signed digest (JSON, or the .gz that the night keeps)",
)
@click.option("--public-key", help="The key the digest was signed with, where it was kept beside it")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a problem")
@pass_context
def verify_command(
	context: Any, member: str | None, digest_file: str | None, public_key: str | None, as_json: bool
) -> None:
	"""Recomputes every chain and every sum of the ledger; ends with 1 if anything is wrong."""
	with _site(context):
		from loyalty_club import verify

		signed = (
			verify.read_digest(verify.digest_text(Path(digest_file).read_bytes()), public_key)
			if digest_file
			else None
		)
		accounts = verify.count_accounts(member)
		if member and not accounts:
			click.secho(f"There is no account of member {member}.", fg="red", err=True)
			sys.exit(2)
		wrong = 0
		with _bar(accounts, "Accounts") as done:
			for problem in verify.verify(member, signed, done):
				wrong += 1
				click.echo(json.dumps(problem._asdict(), ensure_ascii=False) if as_json else problem.text)
		if signed:
			click.echo(f"Compared with the digest of {signed.made_at}.", err=as_json)
		click.secho(
			f"{accounts} accounts, {wrong} problems."
			if wrong
			else f"{accounts} accounts: every chain and sum is right.",
			fg="red" if wrong else "green",
			err=as_json,
		)
	sys.exit(1 if wrong else 0)


@loyalty_club.command("digest")
@click.option("--out", type=click.Path(dir_okay=False, writable=True), help="Write the JSON to this file")
@pass_context
def digest_command(context: Any, out: str | None) -> None:
	"""Signs all chain heads with the site's key; keep the file away from the database."""
	with _site(context) as frappe:
		from loyalty_club import verify

		body = verify.digest(frappe.utils.now_datetime().isoformat(timespec="seconds"))
		text = json.dumps(body, ensure_ascii=False, indent=None)
		if out:
			Path(out).write_text(text + "\n", encoding="utf-8")
			click.echo(
				f"{len(body['accounts'])} accounts, {body['entries']} entries, {body['sha256']}\n"
				f"signed by {body['public_key']}\nwritten to {out}"
			)
		else:
			click.echo(text)


# ---------------------------------------------------------------------------------------------- import


@loyalty_club.command("import-native")
@click.option("--run/--dry-run", "run", default=False, help="Import; without it everything is only tried")
@click.option("--as-of", help="The day of the balances, YYYY-MM-DD; today if not given")
@click.option("--program", help="The club program that customers join; the default one if not given")
@click.option("--company", "companies", multiple=True, help="Only this company; may be given again")
@click.option("--join", is_flag=True, help="Let customers join who are no members")
@click.option(
	"--clear-native", is_flag=True, help="Take ERPNext's loyalty program off customers who came over"
)
@click.option("--factor", default="1", show_default=True, help="Club points for one of ERPNext's")
@click.option(
	"--out", type=click.Path(dir_okay=False, writable=True), help="Write the table to this CSV file, too"
)
@pass_context
def import_native_command(
	context: Any,
	run: bool,
	as_of: str | None,
	program: str | None,
	companies: tuple[str, ...],
	join: bool,
	clear_native: bool,
	factor: str,
	out: str | None,
) -> None:
	"""Brings balances of ERPNext's own loyalty over; ends with 1 if some could not be."""
	try:
		exact = Decimal(factor)
		day = date.fromisoformat(as_of) if as_of else None
	except (InvalidOperation, ValueError) as wrong:
		raise click.UsageError(f"--as-of is a day like 2026-03-21, --factor a number: {wrong}") from wrong
	with _site(context) as frappe:
		from loyalty_club import importer, policy

		frappe.flags.mute_emails = True
		options = importer.Options(day or policy.club_today(), program, companies, join, clear_native, exact)
		checkpoint = frappe.db.commit if run else frappe.db.rollback
		totals, table = importer.Totals(), _Table(out)
		for row in importer.import_native(options, run=run, checkpoint=checkpoint):
			totals.add(row)
			table.write(row)
		table.close()
		click.echo(
			f"{totals.rows} adjustments for {len(totals.customers)} customers: {totals.points:f} points "
			f"for {totals.native} of ERPNext's, which tells {totals.told}; "
			f"{totals.disagree} balances have a note, {totals.problems} rows a problem."
		)
		click.secho("Imported." if run else "This was a dry run; nothing was changed.", fg="green")
	sys.exit(1 if totals.problems else 0)


class _Table:
	"""The rows of an import, on the terminal and in a file."""

	HEAD = ("customer", "company", "expires_on", "native", "points", "told", "joins", "problem", "note")

	def __init__(self, out: str | None) -> None:
		self._file = open(out, "w", encoding="utf-8-sig", newline="") if out else None  # noqa: SIM115
		self._csv = csv.writer(self._file) if self._file else None
		if self._csv:
			self._csv.writerow(self.HEAD)
		click.echo(self._line(self.HEAD[:-2], "what"))

	def write(self, row: Any) -> None:
		"""One row."""
		said = "; ".join(each for each in (row.problem and f"NOT IMPORTED: {row.problem}", row.note) if each)
		shown = [
			row.customer,
			row.company,
			str(row.expires_on or "-"),
			str(row.native),
			f"{row.points:f}",
			"" if row.told is None else str(row.told),
			"joins" if row.joins else "",
		]
		click.echo(self._line(shown, said))
		if self._csv:
			self._csv.writerow([*shown, row.problem, row.note])

	@staticmethod
	def _line(cells: Sequence[str], last: str) -> str:
		widths = (26, 16, 10, 9, 9, 9, 5)
		return "  ".join(
			[*(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)), last]
		).rstrip()

	def close(self) -> None:
		"""Ends the file."""
		if self._file:
			self._file.close()


# ---------------------------------------------------------------------------------------------- demonstration


@loyalty_club.command("demo")
@click.option("--company", help="The company to use, with books in IRR; one is made if not given")
@click.option(
	"--customers", default=30, show_default=True, type=click.IntRange(3, 200), help="How many customers"
)
@click.option(
	"--weeks", default=8, show_default=True, type=click.IntRange(1, 26), help="How many weeks of invoices"
)
@click.option("--force", is_flag=True, help="Even on a site that has members of a program of its own")
@pass_context
def demo_command(context: Any, company: str | None, customers: int, weeks: int, force: bool) -> None:
	"""Makes a shop with a club: groups, program, members, cards, and some weeks of invoices."""
	with _site(context) as frappe:
		from loyalty_club.setup import demo

		frappe.set_user("Administrator")
		frappe.flags.mute_emails = True
		size = demo.Size(customers, weeks)
		demo.check(company, force)
		with _bar(size.invoices, "Invoices") as done:
			made = demo.make(company, size, done)
		frappe.db.commit()
		for line in made.lines():
			click.echo(line)


@loyalty_club.command("night")
@click.option("--day", default="", help="The day whose night it is (Gregorian). Default: today.")
@click.option("--job", default="", help="Only this job, such as 'Passing of Time'")
@pass_context
def night_command(context: Any, day: str, job: str) -> None:
	"""Runs what is still to be done of the night here and now, nights that were missed included."""
	with _site(context) as frappe:
		from loyalty_club import night_panels, policy
		from loyalty_club.engine.night import runner

		frappe.set_user("Administrator")
		if job and job not in runner.JOBS:
			raise click.ClickException(f"There is no job {job}; the jobs are: {', '.join(runner.JOBS)}.")
		try:
			until = frappe.utils.getdate(day) if day else policy.club_today()
		except (ValueError, frappe.ValidationError):
			until = None
		if until is None or not 1950 <= until.year <= policy.club_today().year:
			raise click.ClickException(f"--day {day} is no Gregorian day; write it like 2026-03-21.")
		done = runner.run(job, until) if job else runner.night(until)
		for name in [job] if job else runner.JOBS:
			row = frappe.db.get_value(runner.RUN, runner.name_of(name, until), ["status", "did"])
			if row:
				click.echo(f"{name}: {row[0]}; {', '.join(night_panels.did(row[1])) or 'nothing was due'}")
		if not done:
			raise click.ClickException("Not everything was done; see the page Night Work.")


commands = [loyalty_club]
