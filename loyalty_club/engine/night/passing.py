"""Time passes: what is due by itself up to the morning of a day happens to every account, some hundreds at once.

Pending points become spendable and pay deficits, lots past their last day expire, tiers are withdrawn after returns and
reviewed at the end of their terms: the core decides it, account by account (`core.posting.Club.advance`); the ledger
locks, reads and writes a chunk by a few statements. An account that somebody holds is left for the end, so that a sale
never waits behind a chunk that waits for another sale.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import frappe

from loyalty_club import ledger, policy
from loyalty_club.core.posting import Club
from loyalty_club.engine import payments, post
from loyalty_club.engine.night.runner import Step, one_by_one
from loyalty_club.engine.store import SiteStore
from loyalty_club.policy import InForce

AT_ONCE = 200  # accounts in a transaction


def count(day: date) -> int:
	"""How many accounts are due on a day."""
	return sum(ledger.count_due(program, day) for program in payments.active_programs())


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a day. What is done is not found again, so that no cursor is needed."""
	for program in payments.active_programs():
		yield from _of_program(program, day)


def _of_program(program: str, day: date) -> Iterator[Step]:
	failing: set[str] = set()
	held: set[str] = set()
	after = None
	while names := ledger.due(program, day, AT_ONCE, after):
		after = names[-1]
		step, skipped = _chunk(
			program, [name for _when, name in names if name not in failing], day, wait=False
		)
		held |= skipped
		failing |= {name for name, _why in step.failed}
		yield step
	for start in range(0, len(held), AT_ONCE):
		yield _chunk(program, sorted(held)[start : start + AT_ONCE], day, wait=True)[0]


def _chunk(program: str, names: list[str], day: date, *, wait: bool) -> tuple[Step, set[str]]:
	"""Lets time pass for some accounts; what came of it, and who was held by others."""
	in_force = policy.in_force(program)
	assert in_force is not None
	frappe.db.savepoint("loyalty_club_chunk")
	try:
		rows = ledger.lock_many(names, skip_locked=not wait)
		did = advance(in_force, rows, day)
		return Step("", len(rows), did), set(names) - set(rows)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.db.rollback(save_point="loyalty_club_chunk")
	done, failed = one_by_one(names, lambda name: advance(in_force, ledger.lock_many([name]), day))
	did = {key: sum(each.get(key, 0) for each in done) for each in done for key in each}
	return Step("", len(names), did, failed), set()


def advance(program: InForce, rows: dict[str, ledger.Locked], day: date) -> dict[str, int]:
	"""Lets time pass for accounts that are locked, and writes what came of it; returns counts of it."""
	due = {name: row for name, row in rows.items() if row.next_due is not None and row.next_due <= day}
	if not due:
		return {}
	place = ledger.Place(None, None, program.version)
	store = SiteStore(program.rules, ledger.Act.of_time(), place, until=day)
	store.open_many(due)
	club = Club(program.rules, store)
	for name in due:
		club.advance(store.accounts[name], day)
	store.write()
	store.release()
	expired = [entry for entry in store.entries if entry.kind == "expire"]
	changes = store.batch.changes
	return {
		"accounts": len(due),
		"lots_expired": len(expired),
		"deficits_paid": sum(entry.kind == "fill" and entry.lot is None for entry in store.entries),
		"tiers_lost": sum(change.why in ("review", "withdrawn") for change in changes),
	}


def of_account(account: str, day: date) -> bool:
	"""The same for one account, by hand; whether anything happened."""
	return post.let_time_pass(account, day)
