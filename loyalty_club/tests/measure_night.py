"""What the night costs on a large club: its jobs beside one `GROUP BY`, beside bare inserts of the same rows, and
beside invoices. Run by `benchmarks/night.py`, each step in a process of its own; everything is committed, for the site
is made for this and thrown away.
"""

from __future__ import annotations

import json
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

import frappe

from loyalty_club import ledger
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders, crowd
from loyalty_club.tests.builders import M, invoice, line

YARDSTICK = "select account, sum(quantity), count(*) from `tabClub Ledger Entry` group by account"
# What a night writes, but for what it says of itself.
TABLES = (
	*("Club Ledger Entry", "Club Lot", "Club Account", "Club Tier Change", "Club Profile", "Club Score"),
	*("Club Message", "Club Group Move", "Customer"),
)
ROWS_AT_ONCE = 200
WRITES = ("insert", "update", "delete")


def prepare() -> dict[str, Any]:
	"""The program of the crowd."""
	builders.before_tests()
	name = crowd.club().name
	frappe.db.commit()
	return {"program": name}


def fill(story: dict[str, Any], first: int, members: int, purchases: float) -> dict[str, int]:
	"""Members behind the first ones; how many rows there are then."""
	frappe.set_user("Administrator")
	found = crowd.fill(story["program"], members, purchases, first)
	crowd.receipts(members, first)
	frappe.db.commit()
	return found


def yardstick() -> float:
	"""Seconds of one `GROUP BY account` over the entries, its rows fetched."""
	began = time.perf_counter()
	frappe.db.sql(YARDSTICK)
	took = time.perf_counter() - began
	frappe.db.rollback()
	return took


def job(name: str, day: str, again: int = 0) -> dict[str, Any]:
	"""Runs a job of a night (again: though it is done): seconds in all and of writing, how much memory it took beyond
	what the process had (megabytes), what it did; and the yardstick twice after it. Not before: its own hundred
	thousand rows would raise the peak that memory is measured against, and hide what the job takes below it."""
	frappe.flags.in_test = False
	memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
	clock = _Clock()
	began_at, began = frappe.utils.now_datetime(), time.perf_counter()
	with clock.running():
		done = runner.run(name, date.fromisoformat(day), again=bool(again))
	seconds = time.perf_counter() - began - clock.twice
	memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
	assert done, f"{name} of {day} was not completed"
	run = frappe.get_doc(runner.RUN, runner.name_of(name, date.fromisoformat(day)))
	assert run.status == "Completed", run.as_dict()
	yardstick()  # warms what it reads
	return {
		"seconds": seconds,
		"writing": clock.writing,
		"memory": memory / 1024,
		"done": run.done,
		"did": json.loads(run.did),
		"group by": [yardstick(), yardstick()],
		"bare": bare(began_at, clock.unmarked),
	}


# A statement that writes what it reads elsewhere: its columns, and what it reads.
READS_TOO = re.compile(
	r"\s*insert into `[^`]+`\s*\((?P<columns>.+?)\)\s*(?P<reads>select\s.+)\son duplicate key", re.S
)

UPDATES = re.compile(r"\s*update `tab(?P<table>[^`]+)`", re.I)


class _Clock:
	"""Seconds of writing: the ledger's writers, every other statement that writes, and the commits, which are in the
	seconds of `bare` as well. What a statement reads elsewhere before it writes is no part of them: that is read once
	more by itself (twice: the seconds of that), each row to its last column. unmarked: rows of each table that were
	updated and whose time of change was left as it was."""

	def __init__(self) -> None:
		self.writing = self.twice = 0.0
		self.unmarked: Counter[str] = Counter()
		self._inside = False

	@contextmanager
	def running(self) -> Iterator[None]:
		"""While it runs, what is written is clocked."""
		with ExitStack() as stack:
			for target, name in ((ledger, "write"), (ledger, "insert_rows"), (frappe.db, "commit")):
				stack.enter_context(patch.object(target, name, self._clocked(getattr(target, name))))
			stack.enter_context(patch.object(frappe.db, "sql", self._statement(frappe.db.sql)))
			yield

	def _clocked(self, act: Callable[..., Any]) -> Callable[..., Any]:
		def clocked(*args: Any, **kwargs: Any) -> Any:
			if self._inside:
				return act(*args, **kwargs)
			self._inside, began = True, time.perf_counter()
			try:
				return act(*args, **kwargs)
			finally:
				self.writing += time.perf_counter() - began
				self._inside = False

		return clocked

	def _statement(self, sql: Callable[..., Any]) -> Callable[..., Any]:
		clocked = self._clocked(sql)

		def statement(query: Any, values: Any = (), *args: Any, **kwargs: Any) -> Any:
			text = str(query)
			if text.lstrip()[:6].lower() not in WRITES:
				return sql(query, values, *args, **kwargs)
			if (both := READS_TOO.match(text)) and not self._inside:
				began = time.perf_counter()
				sql(
					f"with read_ ({both['columns']}) as ({both['reads']}) "
					f"select bit_xor(crc32(concat_ws('|', {both['columns']}))) from read_",
					values,
				)
				took = time.perf_counter() - began
				self.twice += took
				self.writing -= took
			done = clocked(query, values, *args, **kwargs)
			if (updates := UPDATES.match(text)) and "modified" not in text:
				self.unmarked[updates["table"]] += frappe.db._cursor.rowcount
			return done

		return statement


def bare(since: datetime, unmarked: Counter[str]) -> dict[str, Any]:
	"""Seconds of inserting the rows that were written since a moment (with as many others as were written unmarked),
	some hundreds in a statement and transaction, into copies of their tables; and how many there are of each."""
	seconds, rows = 0.0, {}
	for table in TABLES:
		taken = frappe.db.sql(f"select * from `tab{table}` where modified >= %s", since)
		more = frappe.db.sql(
			f"select * from `tab{table}` where modified < %s order by name limit %s",
			(since, unmarked.get(table, 0)),
		)
		taken += more
		if not taken:
			continue
		rows[table] = len(taken)
		frappe.db.sql_ddl(f"create table `bare {table}` like `tab{table}`")
		frappe.db.sql(
			f"insert into `bare {table}` select * from `tab{table}` where modified < %s and name > %s",
			(since, more[-1][0] if more else ""),
		)
		frappe.db.commit()
		one = f"({', '.join(['%s'] * len(taken[0]))})"
		began = time.perf_counter()
		for start in range(0, len(taken), ROWS_AT_ONCE):
			some = taken[start : start + ROWS_AT_ONCE]
			frappe.db.sql(
				f"insert into `bare {table}` values {', '.join([one] * len(some))}",
				[value for row in some for value in row],
			)
			frappe.db.commit()
		seconds += time.perf_counter() - began
		frappe.db.sql_ddl(f"drop table `bare {table}`")
	return {"seconds": seconds, "rows": rows}


# ---------------------------------------------------------------------------------------------- beside invoices


def sells(story: dict[str, Any], seconds: float, doors_open: float) -> list[tuple[float, float]]:
	"""Submits invoices of random members for so long; when each began and ended. Raises if one fails."""
	chance = random.Random(doors_open)
	names = frappe.get_all("Club Member", {"program": story["program"]}, pluck="customer", limit=5000)
	drafts = [
		invoice(chance.choice(names), line(rate=chance.randint(1, 9) * M), vat=False, submit=False)
		for _n in range(int(seconds * 6))
	]
	frappe.db.commit()
	while time.time() < doors_open:
		time.sleep(0.01)
	told = []
	for doc in drafts:
		began = time.time()
		if began > doors_open + seconds:
			break
		doc.submit()
		frappe.db.commit()
		told.append((began, time.time()))
	return told


def works(day: str, doors_open: float) -> list[float]:
	"""Runs all jobs of a night; when they began and ended."""
	frappe.flags.in_test = False
	while time.time() < doors_open:
		time.sleep(0.01)
	began = time.time()
	for name in runner.JOBS:
		assert runner.run(name, date.fromisoformat(day), again=True), name
	return [began, time.time()]


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	frappe.set_user("Administrator")
	frappe.flags.in_test = True
	steps: dict[str, Any] = {
		"prepare": prepare,
		"fill": lambda: fill(given, **options),
		"job": lambda: job(**options),
		"bill": lambda: crowd.bill(given["program"]),
		"sells": lambda: sells(given, **options),
		"works": lambda: works(**options),
		"jobs": lambda: list(runner.JOBS),
	}
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
