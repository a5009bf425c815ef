"""The night under fire, on a real site: workers killed in the middle of every job, two workers at once, nights that
were missed, sales that race the expiry of what they spend. Part of `make bench-test`.

`CLUB_KILLS`: how often each job is killed.
"""

from __future__ import annotations

import os
import random
import time
from datetime import date, timedelta
from typing import Any

RACES = 20
# What a night says of itself, and what is signed only of the last one: not what a club stands at.
NOT_STATE = ("Club Job Run", "Club Job Failure", "Club Chain Digest")


class Unequal(AssertionError):
	"""Two ways that should end in the same did not; says in which tables."""


def under_fire(bench: Any) -> None:
	"""The whole round."""
	before, bench.module = bench.module, "loyalty_club.tests.nights"
	story = bench.ask("prepare", {})
	first, last = date(2026, 5, 5), date(2026, 6, 14)
	calm = _calm(bench, first, last)
	_missed(bench, first, last, calm)
	_killed(bench, first, last, calm)
	_two_at_once(bench, first)
	bench.ask("restore", {})
	_holds_up_nobody(bench, last)
	_races(bench, story)
	bench.ask("forget", {})
	bench.module = before


def _calm(bench: Any, first: date, last: date) -> dict[str, Any]:
	"""Forty nights that nothing disturbs: what they end in."""
	_nights(bench, first, last)
	calm: dict[str, Any] = bench.ask("told", {})
	bench.ask("check", {})
	if not calm["expired"]:
		raise Unequal("nothing expired in forty nights: the round shows nothing")
	print(
		f"forty nights: {calm['expired']} lots expired, {calm['Club Tier Change'][0]} tier changes",
		flush=True,
	)
	return calm


def _missed(bench: Any, first: date, last: date, calm: dict[str, Any]) -> None:
	"""A site that was off for forty days."""
	bench.ask("restore", {})
	_nights(bench, first, first)
	_nights(bench, last, last)
	_same("a site that was off for forty days", bench.ask("told", {}), calm, but=NOT_STATE)
	print("a site that was off for forty days: the same, entry by entry", flush=True)


def _killed(bench: Any, first: date, last: date, calm: dict[str, Any]) -> None:
	"""A worker that makes up for forty nights is killed again and again in the middle of what it writes; then one in
	the middle of each job of the last night."""
	kills = int(os.environ.get("CLUB_KILLS", "12"))
	bench.ask("restore", {})
	_nights(bench, first, first)
	chance, killed, eve = random.Random(11), 0, last - timedelta(days=1)
	for _n in range(kills):
		killed += _dies(bench, eve, chance.randint(1, 30))
	_nights(bench, eve, eve)
	for job in bench.ask("jobs", {}):
		for writes in (1, 2, 4):
			killed += _dies(bench, last, writes, job=job)
		_nights(bench, last, last, job=job)
	again = bench.ask("restarted", {})
	_same("nights in which workers were killed", bench.ask("told", {}), calm, but=NOT_STATE)
	untouched = [job for job in bench.ask("jobs", {}) if job not in again]
	if untouched:
		raise Unequal(f"never killed: {', '.join(untouched)}; the round shows nothing of them")
	bench.ask("check", {})
	print(f"{killed} workers killed in the middle of a job ({again}): the same, entry by entry", flush=True)


def _dies(bench: Any, day: date, writes: int, **more: Any) -> bool:
	worker = bench.begin("dies", {}, day=day.isoformat(), writes=writes, **more)
	worker.communicate()
	return bool(worker.returncode == -9)


def _two_at_once(bench: Any, day: date) -> None:
	"""Two workers run each job of a night that follows forty missed ones, at the same moment."""
	late = day + timedelta(days=40)
	bench.ask("restore", {})
	for job in bench.ask("jobs", {}):
		_nights(bench, late, late, job=job)
	alone = bench.ask("told", {})
	bench.ask("restore", {})
	for job in bench.ask("jobs", {}):
		opens = time.time() + 5
		both = [
			bench.begin("alongside", {}, day=late.isoformat(), job=job, doors_open=opens) for _n in range(2)
		]
		for worker in both:
			bench.answer(worker)
	_same("two workers at once", bench.ask("told", {}), alone, but=NOT_STATE)
	bench.ask("check", {})
	print("two workers at the same job: the same as one, entry by entry", flush=True)


def _holds_up_nobody(bench: Any, night: date) -> None:
	"""Scoring, and looking for item groups, reads what sales write, and locks none of it."""
	scores = {"name": "Scores", "changes": "profiles_changed"}
	if not bench.ask("locked", {}, **scores, isolated=0):
		raise Unequal("with the usual isolation nothing is locked either: the round shows nothing")
	groups = {"name": "Favourite Item Groups", "changes": "item_groups_changed"}
	for job in (scores, groups):
		if held := bench.ask("locked", {}, **job, isolated=1):
			raise Unequal(f"sales wait for {job['name']}: rows of {', '.join(held)} are locked")
		_nights(bench, night, night, job=job["name"])
	print("the night's scores and item groups: what sales write stays free", flush=True)


def _races(bench: Any, story: Any) -> None:
	"""Points are spent at the moment at which they expire: either, never both."""
	races = bench.ask("racers", story, races=RACES)
	races["program"] = story["program"]
	opens = time.time() + 8
	sale = bench.begin("sells", races, doors_open=opens)
	night = bench.begin("expires", races, doors_open=opens)
	ended, _dead = bench.answer(sale), bench.answer(night)
	for how, (spent, died, balance) in zip(ended, bench.ask("raced", races), strict=True):
		fair = (60, 40) if how == "paid" else (0, 100)
		if (spent, died) != fair or balance < 0:
			raise Unequal(
				f"a sale that was {how} against the night: {spent} spent, {died} expired, {balance} left"
			)
	print(
		f"{RACES} sales against the night: {ended.count('paid')} paid, {ended.count('refused')} refused",
		flush=True,
	)


def _nights(bench: Any, first: date, last: date, job: str = "") -> None:
	if first <= last and not bench.ask("nights", {}, first=first.isoformat(), last=last.isoformat(), job=job):
		raise Unequal(f"the nights from {first} to {last} were not completed")


def _same(what: str, found: dict[str, Any], expected: dict[str, Any], but: tuple[str, ...] = ()) -> None:
	wrong = [
		f"{key}: {value} instead of {expected.get(key)}"
		for key, value in found.items()
		if key not in but and value != expected.get(key)
	]
	if wrong:
		raise Unequal(f"{what}: {'; '.join(wrong)}")
