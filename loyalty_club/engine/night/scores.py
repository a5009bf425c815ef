"""Scores: every night each member's figures and LRFM scores as of the evening before; on the first day of a month its
history, and, where the score is the tier's metric, the score that the account is given.

First the figures are brought up to the evening, of those who may have others than the evening before; from them come
the cuts; then those are scored whose scores change. The cursor is "program/part/member": a run that was cut off goes on
behind its last member, by the same cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Count

from loyalty_club import ledger, policy
from loyalty_club.core.posting import Club
from loyalty_club.engine import payments, profiles, scores
from loyalty_club.engine.favourites import Whose
from loyalty_club.engine.night.runner import Step
from loyalty_club.engine.store import SiteStore
from loyalty_club.policy import InForce

AT_ONCE = 5000  # members in a transaction
LOCKED_AT_ONCE = 2000  # whose accounts are locked


def count(day: date) -> int:
	"""How many members are scored."""
	member = frappe.qb.DocType("Club Member")
	programs = payments.active_programs()
	if not programs:
		return 0
	rows = (
		frappe.qb.from_(member)
		.select(Count(member.name))
		.where((member.status == "Active") & member.program.isin(programs))
		.run()
	)
	return int(rows[0][0])


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a night, from the cursor on."""
	as_of = day - timedelta(days=1)
	program_then, part_then, after_then = cursor.split("/", 2) if cursor else ("", "", "")
	if not cursor:
		while gone := profiles.remove_gone(AT_ONCE):
			yield Step("", 0, {"removed": gone})
	for name in sorted(payments.active_programs()):
		if name < program_then:
			continue
		program = policy.in_force(name)
		assert program is not None
		if not cursor:  # nothing of this evening is written yet: everybody is measured anew
			scores.forget_basis(name, as_of)
		for part, work in PARTS.items():
			here = name == program_then
			if here and part < part_then:
				continue
			after = after_then if here and part == part_then else ""
			for last, done, did in work(program, after, day):
				yield Step(f"{name}/{part}/{last}", done, did)


# The last member's name, how many were looked at, what was done.
Done = Iterator[tuple[str, int, dict[str, int]]]


def _figures(program: InForce, after: str, day: date) -> Done:
	as_of = day - timedelta(days=1)
	known = scores.known_evening(program, as_of)
	while (window := profiles.window(program.name, after, AT_ONCE))[1]:
		last, count = window
		written = profiles.refresh(program, profiles.stale(program, after, last, as_of, known, count), as_of)
		after = last
		yield after, count, {"members_scored": count, "profiles_changed": written}


def _scores(program: InForce, after: str, day: date) -> Done:
	by = scores.basis(program, day - timedelta(days=1))
	while last := profiles.window(program.name, after, AT_ONCE)[0]:
		changed = scores.write(by, program.name, Whose(after, last))
		after = last
		yield after, 0, {"scores_changed": changed}


def _history(program: InForce, after: str, day: date) -> Done:
	as_of = scores.last_evening_of_month(program.rules, day)
	while as_of and (last := profiles.window(program.name, after, AT_ONCE)[0]):
		kept = scores.keep_month(program.name, as_of, after, last)
		after = last
		yield after, 0, {"month_scores": kept}


def _tiers(program: InForce, after: str, day: date) -> Done:
	"""Gives the accounts their scores of a month, where the score is the tier's metric."""
	if program.rules.tier_rules.metric != "lrfm" or not scores.last_evening_of_month(program.rules, day):
		return
	while last := profiles.window(program.name, after, LOCKED_AT_ONCE)[0]:
		given = scores.of_accounts(program.name, after, last)
		after = last
		yield after, 0, give(program, given, day)


PARTS: dict[str, Callable[[InForce, str, date], Done]] = {
	"1": _figures,
	"2": _scores,
	"3": _history,
	"4": _tiers,
}


def give(program: InForce, scores_: Mapping[str, Decimal], day: date) -> dict[str, int]:
	"""Gives accounts their scores; a score that lifts a tier lifts it at once."""
	place = ledger.Place(None, None, program.version)
	store = SiteStore(program.rules, ledger.Act.of_time(), place, until=day)
	rows = {name: row for name, row in ledger.lock_many(list(scores_)).items() if row.state}
	wanted = {
		name: scores_[name]
		for name, row in rows.items()
		if policy.exact(row.state.get("score", 0)) != scores_[name]
	}
	if not wanted:
		return {}
	store.open_many({name: rows[name] for name in wanted})
	club = Club(program.rules, store)
	for name, score in wanted.items():
		club.scored(name, day, score)
	store.write()
	store.release()
	return {"accounts_scored": len(wanted), "tiers_reached": len(store.batch.changes)}
