"""Warnings: who is told, 30, 7 and 1 days before (or as the settings say), that points or credit are about to
expire, or that a tier is about to be lost.

A night goes through its *rounds*, one for each thing that can happen on each of those days: lots whose last day is
fixed, lots that die of inactivity, tiers whose review or days of grace end. A round finds its accounts, some hundreds
at a time; the core decides each (`core.warnings`); the outbox takes what comes of it, at most once. The state
of the ledger on the morning of the day is what counts, so that a day that is made up for later gives the same, as far
as nothing was bought since.

Messages whose last day is over are dropped first. One that waits longer is looked at again by whoever sends it
(`look_again`), for points may have been spent meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count

from loyalty_club import ledger, policy
from loyalty_club.core import warnings as rules_
from loyalty_club.core.model import Lot
from loyalty_club.core.posting import Club
from loyalty_club.engine import outbox, payments
from loyalty_club.engine.night.runner import Step, one_by_one
from loyalty_club.engine.outbox import Message
from loyalty_club.engine.store import SiteStore
from loyalty_club.policy import InForce

AT_ONCE = 500  # accounts in a transaction
DROPPED_AT_ONCE = 5000
LOTS, IDLE, TIERS = "lots", "idle", "tiers"


class Round(NamedTuple):
	"""One search. what: LOTS, IDLE or TIERS; about: the last day of the lots, or the day on which the review decides;
	program, months: of lots that die of inactivity; grace: the days of grace that end then."""

	what: str
	about: date
	program: str = ""
	months: int = 0
	grace: int = 0

	@property
	def label(self) -> str:
		"""What tells it from the other rounds of the night."""
		program = hashlib.sha256(self.program.encode()).hexdigest()[
			:12
		]  # a cursor has no room for long names
		return f"{self.what} {self.about.isoformat()} {self.months} {self.grace} {program}"


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a day. The cursor says in which round it is, behind which account."""
	label, after = json.loads(cursor) if cursor else ("", "")
	rounds = _rounds(day)
	place = next((n for n, each in enumerate(rounds) if each.label == label), None)
	if place is None:  # the settings have changed meanwhile: from the beginning, for nothing is written twice
		place, after = 0, ""
		yield from _drop(day)
	for each in rounds[place:]:
		while names := _find(each, after).run(pluck=True):
			after = names[-1]
			yield _chunk(each, names, day, json.dumps([each.label, after]))
		after = ""


def count(day: date) -> int:
	"""How many accounts the rounds of a day find."""
	return sum(_find(each, "", counted=True).run()[0][0] for each in _rounds(day))


def _rounds(day: date) -> list[Round]:
	given = days_before()
	programs = _programs()
	found = [Round(LOTS, day + timedelta(days=step)) for step in given]
	for name, program in programs.items():
		for months in _idle_months(name):
			for about in (day + timedelta(days=step) for step in given):
				if rules_.idle_since(program.rules, months, about):
					found.append(Round(IDLE, about, name, months))
	graces = sorted({0}.union(*[_graces(name) for name in programs]))
	found += [Round(TIERS, day + timedelta(days=step), grace=grace) for grace in graces for step in given]
	return found


def days_before() -> tuple[int, ...]:
	"""How many days before its day each warning is given, by the settings."""
	return rules_.steps(policy.settings().warning_days or "")


def _drop(day: date) -> Iterator[Step]:
	while names := outbox.out_of_date(day, DROPPED_AT_ONCE):
		outbox.drop(names)
		yield Step("", 0, {"out_of_date": len(names)})


# ---------------------------------------------------------------------------------------------- the programs


def _programs() -> dict[str, InForce]:
	"""The programs whose members are warned: those in which points can be spent."""
	found = [policy.in_force(name) for name in payments.active_programs()]
	return {each.name: each for each in found if each is not None and each.status == "Active"}


def _versions(program: str) -> list[str]:
	names: list[str] = frappe.get_all("Club Program Version", {"program": program}, pluck="name")
	return names


def _idle_months(program: str) -> list[int]:
	"""After how many months without a purchase lots of the program die, by any of its versions."""
	expiry = [policy.rules_of(name).expiry for name in _versions(program)]
	return sorted({each.count for each in expiry if each.kind == "inactivity"})


def _graces(program: str) -> set[int]:
	"""The days of grace that members may be in, by any version of the program."""
	return {policy.rules_of(name).tier_rules.grace_days for name in _versions(program)}


# ---------------------------------------------------------------------------------------------- who may be concerned


def _find(each: Round, after: str, *, counted: bool = False) -> Any:
	"""The query for the next names of a round (accounts, or members where it is about tiers), in their order."""
	return FIND[each.what](each, after, counted)


def _paged(query: Any, name: Any, after: str, counted: bool) -> Any:
	if counted:
		return query.select(Count(name).distinct())
	return query.select(name).distinct().where(name > after).orderby(name).limit(AT_ONCE)


def _find_lots(each: Round, after: str, counted: bool) -> Any:
	lot = frappe.qb.DocType("Club Lot")
	query = frappe.qb.from_(lot).force_index("club_expires_on_account")
	return _paged(
		query.where((lot.expires_on == each.about) & (lot.remaining > 0)), lot.account, after, counted
	)


def _find_idle(each: Round, after: str, counted: bool) -> Any:
	account, lot = frappe.qb.DocType("Club Account"), frappe.qb.DocType("Club Lot")
	program = policy.in_force(each.program)
	assert program is not None
	since = rules_.idle_since(program.rules, each.months, each.about)
	query = (
		frappe.qb.from_(account)
		.join(lot)
		.on(lot.account == account.name)
		.where(
			(account.program == each.program)
			& (account.last_purchase.isin(since) | lot.available_from.isin(since))
		)
		.where((lot.idle_months == each.months) & lot.expires_on.isnull() & (lot.remaining > 0))
	)
	return _paged(query, account.name, after, counted)


def _find_tiers(each: Round, after: str, counted: bool) -> Any:
	member = frappe.qb.DocType("Club Member")
	review_on = each.about - timedelta(days=each.grace)
	query = frappe.qb.from_(member).where((member.review_on == review_on) & (member.status == "Active"))
	return _paged(query, member.name, after, counted)


FIND: dict[str, Callable[[Round, str, bool], Any]] = {
	LOTS: _find_lots,
	IDLE: _find_idle,
	TIERS: _find_tiers,
}

# ---------------------------------------------------------------------------------------------- a chunk


def _chunk(each: Round, names: list[str], day: date, cursor: str) -> Step:
	def act(some: list[str]) -> dict[str, int]:
		accounts = _accounts_of_members(some) if each.what == TIERS else some
		return outbox.put(decide(each.what, accounts, day, each.about, days_before()))

	frappe.db.savepoint("loyalty_club_chunk")
	try:
		return Step(cursor, len(names), act(names))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.db.rollback(save_point="loyalty_club_chunk")
	done, failed = one_by_one(names, lambda name: act([name]))
	did = {kind: sum(one.get(kind, 0) for one in done) for kind in outbox.KINDS}
	return Step(cursor, len(names), {kind: n for kind, n in did.items() if n}, failed)


def decide(
	what: str, accounts: Collection[str], day: date, about: date, given: tuple[int, ...]
) -> list[Message]:
	"""The warnings of some accounts on the morning of `day` of what happens on `about`. Members who get no messages are
	left out early; the outbox is who decides."""
	rows = _accounts(accounts)
	people = outbox.agreeing({row.member for row in rows}, set(outbox.KINDS.values()))
	rows = [row for row in rows if row.member in people and people[row.member].service_messages]
	make = _tiers if what == TIERS else _expiring
	found: list[Message] = []
	for name, program in _programs().items():
		mine = [row for row in rows if row.program == name]
		if mine:
			found += make(program, mine, day, about, given)
	return found


def _accounts_of_members(members: Collection[str]) -> list[str]:
	member = frappe.qb.DocType("Club Member")
	found: list[str] = (
		frappe.qb.from_(member).select(member.account).where(member.name.isin(list(members))).run(pluck=True)
	)
	return [account for account in found if account]


def _accounts(names: Collection[str]) -> list[Any]:
	"""The accounts that are a member's, as far as expiry needs them."""
	account = frappe.qb.DocType("Club Account")
	if not names:
		return []
	rows: list[Any] = (
		frappe.qb.from_(account)
		.select(
			account.name,
			account.member,
			account.wallet,
			account.program,
			account.last_purchase,
			Cast_(account.deficit, "char").as_("deficit"),
		)
		.where(account.name.isin(list(names)) & account.member.isnotnull())
		.orderby(account.name)
		.run(as_dict=True)
	)
	return rows


def _expiring(
	program: InForce, rows: list[Any], day: date, last: date, given: tuple[int, ...]
) -> Iterable[Message]:
	lots = _lots(program, rows, last)
	for row in rows:
		found = rules_.expiring(
			lots[row.name], Decimal(row.deficit), program.rules, row.last_purchase, day, last
		)
		if found is None:
			continue
		facts: dict[str, object] = {"points": found.quantity, "value": found.value, "last_day": last}
		if row.wallet != "Points":
			facts = {"amount": found.quantity, "wallet": row.wallet, "last_day": last}
		kind = "points_expiring" if row.wallet == "Points" else "credit_expiring"
		yield _message(kind, program, row, last, day, rules_.valid_until(last, day, given), facts)


def _lots(program: InForce, rows: list[Any], last: date) -> dict[str, list[Lot]]:
	"""What the core needs to see of each account's lots: those that die on the day; all of them where there is a
	deficit to be paid, or where lots may die of inactivity."""
	idle = bool(_idle_months(program.name))
	whole = [row.name for row in rows if idle or Decimal(row.deficit)]
	rest = {row.name for row in rows}.difference(whole)
	return {**ledger.open_lots_of(whole), **ledger.open_lots_of(rest, last)}


def _tiers(
	program: InForce, rows: list[Any], day: date, on: date, given: tuple[int, ...]
) -> Iterable[Message]:
	store = SiteStore(program.rules, ledger.Act.of_time(), ledger.Place(), until=on, dry=True)
	store.open_many(ledger.peek_many([row.name for row in rows]))
	club, changes = Club(program.rules, store), store.batch.changes
	for row in rows:
		found = rules_.at_risk(club, store.accounts[row.name], day, on, changes)
		if found is None:
			continue
		facts: dict[str, object] = {
			"tier": found.tier,
			"after": found.after,
			"metric": program.rules.tier_rules.metric,
			"missing": found.missing,
			"until": found.until,
			**({"grace": found.grace} if found.grace else {}),
		}
		until = min(found.until, rules_.valid_until(on, day, given))
		yield _message("tier_at_risk", program, row, on, day, until, facts)


def _message(
	kind: str,
	program: InForce,
	row: Any,
	about: date,
	day: date,
	valid_until: date,
	facts: dict[str, object],
) -> Message:
	key = f"{kind}:{row.name}:{about.isoformat()}:{day.isoformat()}"
	return Message(row.member, program.name, row.name, kind, about, day, valid_until, facts, key)


# ---------------------------------------------------------------------------------------------- before sending


def look_again(names: Collection[str], day: date) -> int:
	"""Before warnings that wait are sent on `day`: those that are no longer true are dropped (points spent, tier kept,
	consent withdrawn), the others say what is true now. How many were dropped."""
	fields = ["name", "kind", "about", "account", "facts", "valid_until"]
	rows = frappe.get_all(
		outbox.MESSAGE, {"name": ["in", list(names)], "status": ["in", ["Queued", "Held"]]}, fields
	)
	dropped = [row.name for row in rows if row.valid_until < day]
	groups: dict[tuple[str, date], list[Any]] = {}
	for row in rows:
		if row.valid_until >= day:
			groups.setdefault((TIERS if row.kind == "tier_at_risk" else LOTS, row.about), []).append(row)
	for (what, about), group in groups.items():
		told = decide(what, {row.account for row in group}, day, about, days_before())
		now = {message.account: outbox.facts_to(message.facts) for message in told}
		for row in group:
			if row.account not in now:
				dropped.append(row.name)
			elif now[row.account] != row.facts:
				outbox.restate(row.name, outbox.facts_from(now[row.account]))
	outbox.drop(dropped)
	return len(dropped)
