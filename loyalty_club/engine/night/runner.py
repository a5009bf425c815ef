"""Runs the jobs of a night. The only code that writes Club Job Run, and that commits for a job.

Data: `Job`, what is to be run; `Step`, a chunk that a job has done; one Club Job Run for each job and day, whose cursor
says where the next chunk begins.

A job runs alone: it holds a named lock of the database's, which goes with the connection of whoever holds it, however
that ends. Nothing depends on it but the peace of the log: what a job does is safe to be done by two at once.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

import frappe
from frappe import _
from rq.timeouts import BaseTimeoutException

RUN = "Club Job Run"
TRIES = 5  # of a chunk that a deadlock or a lock's time-out undid
MOST_FAILURES = 200  # that a run names; the others are counted
Ran = TypeVar("Ran")


class Step(NamedTuple):
	"""A chunk that was done. cursor: where the next one begins ("" when it does not matter: what is done is no longer
	found); done: members (or what the job counts) that were looked at; did: named counts; failed: what could not be
	done, with the reason."""

	cursor: str
	done: int
	did: Mapping[str, int] = {}
	failed: tuple[tuple[str, str], ...] = ()


class Job(NamedTuple):
	"""A job of the night. module: where its `steps(day, cursor)` and `count(day)` are. each_day: whether a day that was
	missed is made up for; else only the last one counts. reads_committed: whether each statement is to read what is
	committed by then, which has one that writes what it reads elsewhere lock nothing there."""

	name: str
	module: str
	each_day: bool = True
	reads_committed: bool = False

	def steps(self, day: date, cursor: str) -> Iterator[Step]:
		"""The chunks of a day from `cursor` on, each done when it is asked for."""
		found: Iterator[Step] = import_module(self.module).steps(day, cursor)
		return found

	def count(self, day: date) -> int:
		"""How many there are to be looked at, for the progress that is shown."""
		found: int = import_module(self.module).count(day)
		return found


_HERE = "loyalty_club.engine.night"
# In the order of the night: each may look at what those before it did.
JOBS = {
	job.name: job
	for job in (
		Job("Passing of Time", f"{_HERE}.passing"),
		Job("Tier Reviews", f"{_HERE}.reviews"),
		Job("Scores", f"{_HERE}.scores", reads_committed=True),
		Job("Favourite Item Groups", f"{_HERE}.favourites", each_day=False, reads_committed=True),
		Job("Customer Groups", f"{_HERE}.groups"),
		Job("Warnings", f"{_HERE}.warnings"),
		Job("Chain Digest", f"{_HERE}.digests", each_day=False),
		Job("Books", f"{_HERE}.books", each_day=False),
	)
}


# ---------------------------------------------------------------------------------------------- the night


def night(today: date) -> bool:
	"""Runs every job for every day up to `today` that has not been run, day by day; whether all were completed. A job
	that somebody else runs is left to them."""
	done = True
	for day in _days(today):
		for job in JOBS.values():
			if _is_missing(job, day, today):
				done = run(job.name, day) and done
	return done


def is_over(today: date) -> bool:
	"""Whether every job is complete for every day up to `today`."""
	return not any(_is_missing(job, day, today) for day in _days(today) for job in JOBS.values())


def _days(today: date) -> list[date]:
	first = min([_first_missing(job, today) for job in JOBS.values()])
	return [first + timedelta(days=n) for n in range((today - first).days + 1)]


def _first_missing(job: Job, today: date) -> date:
	"""The first day that a job has to be run for: the day after the last one that is complete, never after today. On a
	site that never had a night, today."""
	run = frappe.qb.DocType(RUN)
	last = (
		frappe.qb.from_(run)
		.select(run.day)
		.where((run.job == job.name) & run.status.isin(COMPLETE))
		.orderby(run.day, order=frappe.qb.desc)
		.limit(1)
		.run()
	)
	if last:
		return min(last[0][0] + timedelta(days=1), today)
	begun = frappe.qb.from_(run).select(run.day).where(run.job == job.name).orderby(run.day).limit(1).run()
	return min(begun[0][0], today) if begun else today


COMPLETE = ("Completed", "Partly Failed")


def missing_days(name: str, today: date) -> int:
	"""How many days up to `today` a job has still to be run for."""
	job = JOBS[name]
	if not job.each_day:
		return int(_is_missing(job, today, today))
	first = _first_missing(job, today)
	return sum(_is_missing(job, first + timedelta(days=n), today) for n in range((today - first).days + 1))


def _is_missing(job: Job, day: date, today: date) -> bool:
	if not job.each_day and day != today:
		return False
	if day < _first_missing(job, today):
		return False
	return frappe.db.get_value(RUN, name_of(job.name, day), "status") not in COMPLETE


def name_of(job: str, day: date) -> str:
	"""The name of a job's run."""
	return f"{job}-{day.isoformat()}"


# ---------------------------------------------------------------------------------------------- one job


def run(name: str, day: date, *, again: bool = False) -> bool:
	"""Runs a job for a day, from where an earlier run was cut off; whether it is complete now.

	again: a day that is complete already is run from its beginning."""
	job = JOBS[name]
	with _alone(name) as mine, _isolated(job):
		if not mine:
			return False
		begun = time.monotonic()
		progress = _begin(job, day, again=again)
		if progress is None:
			return True
		try:
			steps = _Steps(job, day, progress.cursor)
			while (step := steps.next()) is not None:
				progress.add(step, time.monotonic() - begun)
				_commit()
		except Exception as error:
			_undo()
			frappe.log_error(title=f"Loyalty Club: {name} of {day.isoformat()} failed")
			progress.end("Failed", time.monotonic() - begun, frappe.get_traceback().strip().splitlines()[-1])
			_commit()
			if isinstance(error, BaseTimeoutException):  # the worker wants its job to end
				raise
			return False
		progress.end("Partly Failed" if progress.failed else "Completed", time.monotonic() - begun)
		_commit()
	return True


class _Steps:
	"""The chunks of a job. One that a deadlock undid is begun again."""

	def __init__(self, job: Job, day: date, cursor: str) -> None:
		self._job, self._day, self._cursor = job, day, cursor
		self._chunks = job.steps(day, cursor)

	def next(self) -> Step | None:
		for attempt in range(TRIES):
			try:
				step = next(self._chunks, None)
			except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
				frappe.db.rollback()
				if attempt == TRIES - 1:
					raise
				time.sleep(0.1 * 2**attempt)
				self._chunks = self._job.steps(self._day, self._cursor)
			else:
				if step is not None:
					self._cursor = step.cursor
				return step
		raise AssertionError("unreachable")


def one_by_one(names: list[str], act: Callable[[str], Ran]) -> tuple[list[Ran], tuple[tuple[str, str], ...]]:
	"""What `act` returns for each, and what failed with the reason: for a chunk that could not be done at once. A
	failure leaves nothing behind and stops nobody else."""
	done: list[Ran] = []
	failed: list[tuple[str, str]] = []
	for name in names:
		frappe.db.savepoint("loyalty_club_one")
		try:
			done.append(act(name))
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			raise
		except Exception as error:
			frappe.db.rollback(save_point="loyalty_club_one")
			frappe.log_error(title=f"Loyalty Club: {name} could not be worked on in the night")
			failed.append((name, f"{type(error).__name__}: {error}"[:300]))
	return done, tuple(failed)


def is_running(name: str) -> bool:
	"""Whether somebody runs a job at this moment."""
	return not frappe.db.sql("select is_free_lock(%s)", _lock_name(name))[0][0]


@contextmanager
def _alone(name: str) -> Iterator[bool]:
	"""Holds the job's lock, if it is free."""
	mine = bool(frappe.db.sql("select get_lock(%s, 0)", _lock_name(name))[0][0])
	try:
		yield mine
	finally:
		if mine:
			frappe.db.sql("select release_lock(%s)", _lock_name(name))


@contextmanager
def _isolated(job: Job) -> Iterator[None]:
	"""The isolation that a job asks for, in its transactions; the usual one where the server's log of statements does
	not allow it (InnoDB's transactions that read what is committed are logged by rows)."""
	logs_statements = "select @@log_bin and @@binlog_format = 'STATEMENT'"
	if not job.reads_committed or frappe.db.sql(logs_statements)[0][0]:
		yield
		return
	frappe.db.sql("set session transaction isolation level read committed")
	try:
		yield
	finally:
		frappe.db.sql("set session transaction isolation level repeatable read")


def _lock_name(name: str) -> str:
	"""Of a lock of the whole database server: at most 64 characters."""
	return f"{frappe.conf.db_name}:{name}"[:64]


def _commit() -> None:
	"""Ends a chunk. (A test's own transaction goes on.)"""
	if frappe.flags.in_test:
		frappe.db.savepoint("loyalty_club_step")
	else:
		frappe.db.commit()


def _undo() -> None:
	"""Takes back what the chunk has done that failed."""
	frappe.db.rollback(save_point="loyalty_club_step" if frappe.flags.in_test else None)


# ---------------------------------------------------------------------------------------------- what is written of it


class _Progress:
	"""The Club Job Run of this run."""

	def __init__(self, row: Any) -> None:
		self.name: str = row.name
		self.cursor: str = row.cursor or ""
		self.done = row.done or 0
		self.seconds = row.seconds or 0.0
		self.did = Counter(json.loads(row.did or "{}"))
		self.failed: int = self.did.get("failed", 0)

	def add(self, step: Step, seconds: float) -> None:
		"""Notes a chunk, in its own transaction."""
		self.done += step.done
		self.did.update(step.did)
		for reference, error in step.failed:
			self.failed += 1
			if self.failed <= MOST_FAILURES:
				self._note(reference, error)
		if self.failed:
			self.did["failed"] = self.failed
		self.cursor = step.cursor
		self._set(seconds, cursor=step.cursor)

	def end(self, status: str, seconds: float, error: str = "") -> None:
		"""Notes how it ended."""
		if error:
			self._note("", error)
		self._set(seconds, status=status, ended_at=frappe.utils.now_datetime())

	def _set(self, seconds: float, **more: Any) -> None:
		frappe.db.set_value(
			RUN,
			self.name,
			{
				"done": self.done,
				"did": json.dumps(self.did),
				"seconds": self.seconds + seconds,
				"pulse": frappe.utils.now_datetime(),
				**more,
			},
			update_modified=False,
		)

	def _note(self, reference: str, error: str) -> None:
		frappe.get_doc(
			{
				"doctype": "Club Job Failure",
				"parent": self.name,
				"parenttype": RUN,
				"parentfield": "failures",
				"reference": reference,
				"error": error,
				"idx": self.failed,
			}
		).db_insert()


def _begin(job: Job, day: date, *, again: bool) -> _Progress | None:
	"""The run's record, made or taken up again; None if the day is complete."""
	name = name_of(job.name, day)
	fields = ["name", "status", "cursor", "done", "did", "seconds", "started_times"]
	row = frappe.db.get_value(RUN, name, fields, as_dict=True)
	if row is None:
		doc = frappe.get_doc({"doctype": RUN, "job": job.name, "day": day, "total": job.count(day)})
		doc.name = name
		doc.update(_started(0))
		doc.db_insert(ignore_if_duplicate=True)  # somebody else's, where they began at the same moment
		_commit()
		row = frappe.db.get_value(RUN, name, fields, as_dict=True)
	elif row.status in COMPLETE and not again:
		return None
	else:
		if row.status in COMPLETE:
			row.cursor, row.done, row.did, row.seconds = "", 0, "{}", 0
			frappe.db.set_value(RUN, name, "total", job.count(day), update_modified=False)
		frappe.db.delete("Club Job Failure", {"parent": name, "parenttype": RUN})
		found = Counter(json.loads(row.did or "{}"))
		found.pop("failed", None)
		row.did = json.dumps(found)
		started = _started(row.started_times or 0)
		frappe.db.set_value(
			RUN, name, {**started, "cursor": row.cursor, "done": row.done}, update_modified=False
		)
	_commit()
	return _Progress(row)


def _started(times: int) -> dict[str, Any]:
	now = frappe.utils.now_datetime()
	return {
		"status": "Running",
		"started_at": now,
		"pulse": now,
		"ended_at": None,
		"by": frappe.session.user,
		"worker": str(os.getpid()),
		"started_times": times + 1,
	}


def start(name: str, day: date, *, again: bool = False) -> None:
	"""Has a worker run a job for a day. Raises ValidationError where it runs already."""
	if name not in JOBS:
		frappe.throw(_("There is no job {0}.").format(name))
	if is_running(name):
		frappe.throw(_("{0} runs already.").format(_(name)))
	frappe.enqueue(
		"loyalty_club.engine.night.runner.run",
		queue="long",
		timeout=6 * 3600,
		enqueue_after_commit=True,
		name=name,
		day=day,
		again=again,
	)
