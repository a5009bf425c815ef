"""The night under fire: workers killed in the middle of a job, two workers at the same job, sales that race it. Run by
`tests/bench/nights.py`, each worker a process with real commits.

`prepare` makes a club with something for every job to do; `keep` and `restore` put the site's tables back, so that the
same nights can be had again; `nights` runs them, and `told` says what came of it, entry by entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import today

from loyalty_club import ledger
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders
from loyalty_club.tests.builders import M, bring_back, card, invoice, line, member, program

BEGIN = date(2026, 3, 21)  # 1 Farvardin 1405
FIRST_NIGHT = BEGIN + timedelta(days=45)
LAST_NIGHT = FIRST_NIGHT + timedelta(days=40)
MEMBERS = 120
AT_ONCE = 25  # members in a chunk, so that there are many to be killed in
# What a night may write: all of it is compared, but for what says when and by whom it was written.
TABLES = (
	"Club Account",
	"Club Ledger Entry",
	"Club Lot",
	"Club Activity",
	"Club Posting",
	"Club Document Total",
	"Club Tier Change",
	"Club Member",
	"Club Profile",
	"Club Score",
	"Club Score Cuts",
	"Club Message",
	"Club Group Move",
	"Club Chain Digest",
	"Club Job Run",
	"Club Job Failure",
	"Customer",
)
NEVER_EQUAL = {
	*(
		"creation",
		"modified",
		"modified_by",
		"owner",
		"recorded_at",
		"hash",
		"previous_hash",
		"head",
		"version",
	),
	*("started_at", "ended_at", "pulse", "seconds", "worker", "started_times", "made_at", "moved_at", "by"),
	*("sha256", "signature", "file"),
}
UNNAMED = (
	"Club Tier Change",
	"Club Group Move",
	"Club Job Failure",
	"Club Message",
)  # their names are random


def _tables() -> list[str]:
	return [each for each in TABLES if frappe.db.table_exists(each)]


def prepare() -> dict[str, Any]:
	"""A club in which every job has something to do: lots that die, awards that pend, debts, tiers that are lost,
	customers in the wrong group."""
	builders.before_tests()
	for name in frappe.get_all("Club Program", {"status": "Active"}, pluck="name"):
		frappe.db.set_value("Club Program", name, "move_customer_group", 0)
	club = program(
		expiry="days",
		expiry_count=40,
		pending_days=3,
		window_kind="rolling_months",
		window_months=1,
		term_months=1,
		grace_days=5,
		move_customer_group=1,
		tiers=[
			{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
			{"customer_group": "Silver", "threshold": 5 * M, "points": 15, "per": M},
			{"customer_group": "Gold", "threshold": 9 * M, "points": 20, "per": M},
		],
	)
	chance = random.Random(5)
	with builders.on_day(BEGIN):
		people = [member(club) for _n in range(MEMBERS)]
	for one in people:
		for _n in range(chance.randint(1, 2)):
			with builders.on_day(BEGIN + timedelta(days=chance.randint(0, 40))):
				sale = invoice(one.customer, line(rate=chance.randint(1, 10) * M), vat=False)
				if chance.random() < 0.15:
					bring_back(sale, set_posting_time=1, posting_date=today(), posting_time="23:00:00")
	for table in ("Club Job Run", "Club Job Failure"):
		frappe.db.delete(table)
	frappe.db.commit()
	keep()
	return {"program": club.name, "people": [one.name for one in people]}


# ---------------------------------------------------------------------------------------------- the same nights again


def keep() -> None:
	"""Remembers the tables that a night writes."""
	for table in _tables():
		frappe.db.sql_ddl(f"drop table if exists `kept {table}`")
		frappe.db.sql_ddl(f"create table `kept {table}` as select * from `tab{table}`")


def restore() -> None:
	"""Puts them back."""
	for table in _tables():
		frappe.db.sql(f"delete from `tab{table}`")
		frappe.db.sql(f"insert into `tab{table}` select * from `kept {table}`")
	frappe.db.commit()
	frappe.clear_cache()


def forget() -> None:
	"""Drops what was remembered."""
	for table in _tables():
		frappe.db.sql_ddl(f"drop table if exists `kept {table}`")


def told() -> dict[str, Any]:
	"""For each table, how many rows it has and a digest of all of them."""
	found: dict[str, Any] = {}
	for table in _tables():
		columns = [
			each
			for each in frappe.db.get_table_columns(table)
			if each not in NEVER_EQUAL and not (each == "name" and table in UNNAMED)
		]
		names = ", ".join(f"`{each}`" for each in columns)
		rows = sorted(repr(row) for row in frappe.db.sql(f"select {names} from `tab{table}`"))
		found[table] = [len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()]
	found["expired"] = frappe.db.count("Club Ledger Entry", {"kind": "expire"})
	return found


# ---------------------------------------------------------------------------------------------- nights


@contextlib.contextmanager
def _small_chunks() -> Iterator[None]:
	"""Every job works on few members at once."""
	with contextlib.ExitStack() as stack:
		for job in runner.JOBS.values():
			module = import_module(job.module)
			if hasattr(module, "AT_ONCE"):
				stack.enter_context(patch.object(module, "AT_ONCE", AT_ONCE))
		yield


def nights(first: str, last: str, every: int = 1, job: str = "") -> bool:
	"""Runs the nights of some days, each for itself, or (every > 1) only each n-th, which makes up for the others; of
	one job, if it is named."""
	frappe.flags.in_test = False
	day, until, done = date.fromisoformat(first), date.fromisoformat(last), True
	with _small_chunks():
		while day <= until:
			with builders.on_day(day):
				done = (runner.run(job, day) if job else runner.night(day)) and done
			day += timedelta(days=every)
	return done


def dies(day: str, writes: int, job: str = "") -> None:
	"""Runs a night, or one job of it, and is killed, as by `kill -9`, in the middle of what it writes: before its n-th
	statement of it."""
	frappe.flags.in_test = False
	sql, left = frappe.db.sql, [writes]

	def counted(query: Any, *args: Any, **kwargs: Any) -> Any:
		text = str(query).lstrip().lower()
		if text.startswith(("insert", "update", "delete")):
			left[0] -= 1
			if left[0] < 0:
				os.kill(os.getpid(), signal.SIGKILL)
		return sql(query, *args, **kwargs)

	with _small_chunks(), builders.on_day(date.fromisoformat(day)), patch.object(frappe.db, "sql", counted):
		if job:
			runner.run(job, date.fromisoformat(day))
		else:
			runner.night(date.fromisoformat(day))


def restarted() -> dict[str, int]:
	"""How many runs of each job were begun more than once."""
	rows = frappe.db.sql("select job, count(*) from `tabClub Job Run` where started_times > 1 group by job")
	return dict(rows)


def alongside(day: str, job: str, doors_open: float) -> bool:
	"""Runs a job without heeding whether somebody else does."""
	frappe.flags.in_test = False
	while time.time() < doors_open:
		time.sleep(0.005)
	with _small_chunks(), patch.object(runner, "_alone", lambda name: contextlib.nullcontext(True)):
		return runner.run(job, date.fromisoformat(day))


def check() -> None:
	"""The invariants on every account."""
	import unittest

	builders.check_books(unittest.TestCase())


# ---------------------------------------------------------------------------------------------- sales against the night


def racers(story: dict[str, Any], races: int) -> dict[str, Any]:
	"""Members with 100 points each that can be spent for 40 days, and drafts of the last day that spend them."""
	club = frappe.get_doc("Club Program", story["program"])
	club.update({"pending_days": 0, "move_customer_group": 0})
	club.save()
	club.put_in_force()
	last = BEGIN + timedelta(days=40)
	drafts, accounts = [], []
	for _n in range(races):
		with builders.on_day(BEGIN):
			one = member(club)
			invoice(one.customer, line(rate=10 * M), vat=False)
		number = card(one)
		with builders.on_day(last):
			wish = [{"points": 60}]
			draft = invoice(one.customer, vat=False, submit=False, club_card=number, club_redemptions=wish)
		drafts.append(draft.name)
		accounts.append(one.account)
	frappe.db.commit()
	return {"drafts": drafts, "accounts": accounts, "night": (last + timedelta(days=1)).isoformat()}


def sells(story: dict[str, Any], doors_open: float) -> list[str]:
	"""Submits the drafts, one each second; how each ended."""
	ended = []
	for n, name in enumerate(story["drafts"]):
		doc = frappe.get_doc("Sales Invoice", name)
		_wait(doors_open + n)
		for _attempt in range(20):
			try:
				doc.submit()
				frappe.db.commit()
				ended.append("paid")
				break
			except Exception as error:
				frappe.db.rollback()
				frappe.local.message_log = []
				if type(error).__name__ in ("QueryDeadlockError", "QueryTimeoutError"):
					doc = frappe.get_doc("Sales Invoice", name)
					continue
				if not (isinstance(error, frappe.ValidationError) and "can be spent now" in str(error)):
					raise
				ended.append("refused")
				break
	return ended


def expires(story: dict[str, Any], doors_open: float) -> int:
	"""Lets each account's night come at about the moment at which its draft is submitted; how many lots died."""
	from loyalty_club.engine.night import passing

	chance, day = random.Random(3), date.fromisoformat(story["night"])
	dead = 0
	for n, name in enumerate(story["accounts"]):
		_wait(doors_open + n + chance.random() * 0.5)
		program_ = passing.policy.in_force(story["program"])
		frappe.db.commit()
		dead += passing.advance(program_, ledger.lock_many([name]), day).get("lots_expired", 0)
		frappe.db.commit()
	return dead


def raced(story: dict[str, Any]) -> list[list[float]]:
	"""Of each racer: points spent, points expired, balance."""
	found = []
	for name in story["accounts"]:
		rows = frappe.get_all("Club Ledger Entry", {"account": name}, ["kind", "quantity"])
		spent = -sum(row.quantity for row in rows if row.kind == "redeem")
		died = -sum(row.quantity for row in rows if row.kind == "expire")
		found.append([spent, died, sum(row.quantity for row in rows)])
	check()
	return found


# What sales write, or find their members in, and the night's jobs read.
OF_SALES = ("Club Account", "Club Activity", "Club Member", "Sales Invoice", "Sales Invoice Item")


def locked(name: str, changes: str, *, isolated: int) -> list[str]:
	"""Which of those tables have a row that nobody else may write while a chunk of a job, which has to change something
	that it counts so, is not committed; with the isolation that the job asks for or with the usual one."""
	job = runner.JOBS[name]
	with runner._isolated(job if isolated else job._replace(reads_committed=False)):
		frappe.db.commit()
		chunk = next(job.steps(LAST_NIGHT, ""))
		assert chunk.did[changes], "a chunk that writes nothing shows nothing"
		mine = frappe.local.db
		frappe.connect()
		try:
			found = [table for table in OF_SALES if _is_locked(table)]
		finally:
			frappe.db.close()
			frappe.local.db = mine
		frappe.db.rollback()
	return found


def _is_locked(table: str) -> bool:
	"""By whichever index its rows were found."""
	indexes = frappe.db.sql(f"show index from `tab{table}` where Seq_in_index = 1", as_dict=True)
	return any(_is_held(table, each.Key_name, each.Column_name) for each in indexes)


def _is_held(table: str, index: str, column: str) -> bool:
	rows = f"select `{column}` from `tab{table}` force index (`{index}`) order by `{column}`"
	try:
		frappe.db.sql(f"{rows} for update nowait")
	except frappe.QueryTimeoutError:
		return True
	finally:
		frappe.db.rollback()
	return False


def _wait(moment: float) -> None:
	while time.time() < moment:
		time.sleep(0.002)


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	frappe.flags.in_test = True
	steps: dict[str, Any] = {
		"racers": lambda: racers(given, **options),
		"sells": lambda: sells(given, **options),
		"expires": lambda: expires(given, **options),
		"raced": lambda: raced(given),
	}
	for each in (prepare, restore, forget, told, nights, dies, restarted, alongside, check):
		steps.setdefault(each.__name__, lambda each=each: each(**options))
	steps["locked"] = lambda: locked(**options)
	steps["jobs"] = lambda: list(runner.JOBS)
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
