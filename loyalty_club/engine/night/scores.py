"""Scores: every night each member's figures and LRFM scores as of the evening before; on the first day of a month its
history, and, where the score is the tier's metric, the score that the account is given.

A chunk's profiles are compared with the table and only those that changed are written. The cursor is "program/part/
member": a run that was cut off goes on behind its last member, by the same cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import frappe
from frappe.query_builder.functions import Count

from loyalty_club import ledger, policy
from loyalty_club.core.posting import Club
from loyalty_club.engine import favourites, payments, scores
from loyalty_club.engine.night.runner import Step
from loyalty_club.engine.scores import Basis, Someone
from loyalty_club.engine.store import SiteStore
from loyalty_club.policy import InForce

AT_ONCE = 500  # members in a transaction


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


Part = Callable[[InForce, Basis, list[Someone], date], dict[str, int]]


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a night, from the cursor on."""
	program_then, part_then, after_then = cursor.split("/", 2) if cursor else ("", "", "")
	for name in sorted(payments.active_programs()):
		if name < program_then:
			continue
		program = policy.in_force(name)
		assert program is not None
		if not cursor:  # nothing of this night is written yet: everybody is measured anew
			scores.forget_basis(name, day - timedelta(days=1))
		by = scores.basis(program, day - timedelta(days=1))
		month = scores.last_evening_of_month(program.rules, day) is not None
		for part, work in PARTS.items():
			if (name == program_then and part < part_then) or (part != "1" and not month):
				continue
			after = after_then if (name, part) == (program_then, part_then) else ""
			while people := scores.active_members(name, after, AT_ONCE):
				did = work(program, by, people, day)
				after = people[-1].name
				yield Step(f"{name}/{part}/{after}", len(people) if part == "1" else 0, did)
	yield Step("\U0010ffff//", 0, {"removed": scores.remove_gone()})


def _profiles(program: InForce, by: Basis, people: list[Someone], day: date) -> dict[str, int]:
	rows = scores.profile_rows(program, by, people, favourites.of(people, by.as_of))
	rows = scores.changed(rows)
	scores.insert(scores.PROFILE, rows, update=[each for each in rows[0] if each != "name"] if rows else ())
	return {"members_scored": len(people), "profiles_changed": len(rows)}


def _history(program: InForce, by: Basis, people: list[Someone], day: date) -> dict[str, int]:
	rows = scores.month_rows(program, by, people)
	scores.insert(scores.SCORE, rows, update=[each for each in rows[0] if each != "name"] if rows else ())
	return {"month_scores": len(rows)}


def _tiers(program: InForce, by: Basis, people: list[Someone], day: date) -> dict[str, int]:
	"""Gives the accounts their scores, where the score is the tier's metric."""
	if program.rules.tier_rules.metric != "lrfm":
		return {}
	return give(program, by, [one.account for one in people], day)


PARTS: dict[str, Part] = {"1": _profiles, "2": _history, "3": _tiers}


def give(program: InForce, by: Basis, accounts: list[str], day: date) -> dict[str, int]:
	"""Gives accounts the scores of an evening; a score that lifts a tier lifts it at once."""
	inside = dict(scores.totals_of(program, by.as_of, accounts))
	place = ledger.Place(None, None, program.version)
	store = SiteStore(program.rules, ledger.Act.of_time(), place, until=day)
	rows = {name: row for name, row in ledger.lock_many(accounts).items() if row.state}
	wanted = {}
	for name, row in rows.items():
		_values, found, _segment, _class = by.scored(inside.get(name))
		score = found.total if found else scores.NOBODY
		if policy.exact(row.state.get("score", 0)) != score:
			wanted[name] = score
	if not wanted:
		return {}
	store.open_many({name: rows[name] for name in wanted})
	club = Club(program.rules, store)
	for name, score in wanted.items():
		club.scored(name, day, score)
	store.write()
	return {"accounts_scored": len(wanted), "tiers_reached": len(store.batch.changes)}
