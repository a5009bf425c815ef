"""Tier reviews that a manager approves: finds whose term ends, and carries out what was approved. The only code that
writes the rows of a Club Tier Review.

What is shown is what the core foresees (`core.outlook`); what is carried out is what the core decides on the day, so
that a purchase made meanwhile keeps the tier. An approval covers what it showed: who would go lower than that by now is
left for another review. A term is decided once, however often it is approved, and a chunk of decisions is written in
one transaction with the rows that say so: a worker that is killed has done all of it or nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from loyalty_club import ledger, permissions, policy
from loyalty_club.core import outlook as outlooks
from loyalty_club.core import tiers
from loyalty_club.core.outlook import Outlook
from loyalty_club.core.posting import Club
from loyalty_club.engine.night.runner import TRIES, Step, one_by_one
from loyalty_club.engine.store import SiteStore
from loyalty_club.figures import NOT_MEMBERS
from loyalty_club.policy import InForce

REVIEW = "Club Tier Review"
ROW = "Club Tier Review Member"
KEEP = "Keep for Another Term"
RULES = "As the Rules Say"
WAITING = "Waiting"
KEPT, LOST, NOTHING, LOWER, WITHDRAWN = (
	"Tier Kept",
	"Tier Lost",
	"Nothing to Decide",
	"Would Go Lower",
	"Withdrawn",
)
MOST = 2000  # members of one review: what a form can still show
AT_ONCE = 200  # members in a transaction
AT_A_LOOK = 500  # members that are foreseen at once
WHILE_ONE_WAITS = 200  # so many are decided within the browser's request


class Foreseen(NamedTuple):
	"""A member whose term ends, and what its review would decide."""

	member: str
	customer_name: str
	outlook: Outlook


# ---------------------------------------------------------------------------------------------- foreseeing


def program_of(name: str) -> InForce:
	"""The program, whose reviews wait for a manager. Raises ValidationError where they do not."""
	program = policy.in_force(name)
	if program is None:
		frappe.throw(_("{0} is not in force.").format(name))
		raise AssertionError("frappe.throw raises")
	if program.rules.tier_rules.review != "approved":
		frappe.throw(
			_(
				"In {0} reviews happen by themselves and need no approval. The report Club Tier Review shows them in "
				"advance; to approve them, choose so in the program and put it in force."
			).format(name)
		)
	return program


def foresee(
	program: InForce, until: date, today: date, *, branches: list[str] | None = None, waiting: bool = True
) -> Iterator[Foreseen]:
	"""Members of a program whose term ends up to a day, in the order of their days, with what would be decided.

	branches: of these only; waiting: also whose approved review waits for its day."""
	after: tuple[date, str] | None = None
	while people := _whose_term_ends(program, until, after, branches, waiting):
		after = people[-1].review_on, people[-1].name
		rows = ledger.peek_many([one.account for one in people])
		store = SiteStore(
			program.rules,
			ledger.Act(REVIEW, "", "", "preview"),
			ledger.Place(None, None, program.version),
			until=until,
			dry=True,
		)
		store.open_many({name: row for name, row in rows.items() if row.state})
		club = Club(program.rules, store)
		for one in people:
			found = outlooks.outlook(club, one.account, today) if one.account in store.accounts else None
			if found:
				yield Foreseen(one.name, one.customer_name or "", found)


def count(program: InForce, until: date) -> int:
	"""How many members there are whose term ends up to a day."""
	member = frappe.qb.DocType("Club Member")
	query = frappe.qb.from_(member).select(Count(member.name))
	return int(query.where(_ending(member, program, until)).run()[0][0])


def _ending(member: Any, program: InForce, until: date) -> Any:
	return (member.program == program.name) & member.status.notin(NOT_MEMBERS) & (member.review_on <= until)


def _whose_term_ends(
	program: InForce,
	until: date,
	after: tuple[date, str] | None,
	branches: list[str] | None,
	waiting: bool,
) -> list[Any]:
	member, row = frappe.qb.DocType("Club Member"), frappe.qb.DocType(ROW)
	query = (
		frappe.qb.from_(member)
		.select(member.name, member.customer_name, member.account, member.review_on)
		.where(_ending(member, program, until))
		.orderby(member.review_on)
		.orderby(member.name)
		.limit(AT_A_LOOK)
	)
	if after:
		query = query.where(
			(member.review_on > after[0]) | ((member.review_on == after[0]) & (member.name > after[1]))
		)
	if branches:
		query = query.where(member.branch.isin(branches))
	if not waiting:
		query = (
			query.left_join(row)
			.on(
				(row.member == member.name)
				& (row.review_on == member.review_on)
				& (row.docstatus == 1)
				& (row.outcome == WAITING)
			)
			.where(row.name.isnull())
		)
	return query.run(as_dict=True)


# ---------------------------------------------------------------------------------------------- finding


def find(doc: Any, today: date) -> dict[str, Any]:
	"""Fills a draft with the members whose term and days of grace end up to its day, those that lose the tier first;
	what was chosen for a member stays. `found`: how many; `more`: whether others are left, for the next review."""
	if doc.docstatus != 0:
		frappe.throw(_("{0} is approved already; make a new review.").format(doc.name))
	program = program_of(doc.program)
	chosen = {(row.member, row.review_on): (row.decision, row.reason) for row in rows_of(doc.name)}
	until = frappe.utils.getdate(doc.until)
	found: list[Foreseen] = []
	more = False
	for each in foresee(program, until, today, waiting=False):
		if each.outlook.decided_on > max(until, today):
			continue
		if len(found) == MOST:
			more = True
			break
		found.append(each)
	found.sort(key=lambda each: (not each.outlook.goes_down, each.outlook.decided_on, each.member))
	frappe.db.delete(ROW, {"parent": doc.name, "parenttype": REVIEW})
	rows = [_row(doc.name, n, each, chosen) for n, each in enumerate(found, 1)]
	if rows:
		frappe.db.bulk_insert(ROW, list(rows[0]), [list(row.values()) for row in rows])
	doc.db_set("found_at", frappe.utils.now_datetime())
	frappe.clear_document_cache(REVIEW, doc.name)
	return {"found": len(found), "more": more}


def _row(name: str, n: int, each: Foreseen, chosen: Mapping[Any, tuple[str, str]]) -> dict[str, Any]:
	seen, now, user = each.outlook, frappe.utils.now_datetime(), frappe.session.user
	decision, reason = chosen.get((each.member, seen.review_on), (RULES, ""))
	return {
		"name": frappe.generate_hash(length=10),
		"parent": name,
		"parenttype": REVIEW,
		"parentfield": "members",
		"idx": n,
		"creation": now,
		"modified": now,
		"owner": user,
		"modified_by": user,
		"member": each.member,
		"customer_name": each.customer_name,
		"tier": seen.tier,
		"review_on": seen.review_on,
		"decided_on": seen.decided_on,
		"value": seen.value,
		"threshold": seen.threshold,
		"missing": seen.missing,
		"tier_after": seen.after,
		"decision": decision,
		"reason": reason,
	}


def rows_of(name: str) -> list[Any]:
	"""The rows of a review as they stand, what was found and what was chosen."""
	return frappe.get_all(
		ROW,
		filters={"parent": name, "parenttype": REVIEW},
		fields=[
			*("name", "member", "customer_name", "tier", "review_on", "decided_on", "value", "threshold"),
			*("missing", "tier_after", "decision", "reason", "outcome", "tier_then", "error"),
		],
		order_by="idx",
	)


# ---------------------------------------------------------------------------------------------- approving


def check_approver() -> None:
	"""Raises PermissionError for who sees some companies or branches only: members belong to all of them."""
	if permissions.is_confined(REVIEW):
		frappe.throw(
			_(
				"You see some companies or branches only; a tier is decided by what was bought in all of them."
			),
			frappe.PermissionError,
		)


def start(doc: Any) -> None:
	"""Has the decisions of an approved review carried out whose day has come: at once if they are few, else by a
	worker."""
	today = policy.club_today()
	if _count(doc.name, today) <= WHILE_ONE_WAITS:
		for _step in steps(doc.name, today):
			pass
		doc.reload()
		return
	doc.db_set("status", "Running")
	frappe.enqueue(
		"loyalty_club.engine.reviews.carry_out",
		queue="long",
		timeout=3600,
		job_id=f"loyalty_club_review:{doc.name}",
		deduplicate=True,
		enqueue_after_commit=True,
		name=doc.name,
		day=today,
	)


def stop(doc: Any) -> None:
	"""Cancels what waits of a review of which nothing is decided yet. Raises ValidationError otherwise."""
	ledger.lock_document(REVIEW, doc.name, "docstatus")
	done = _decided(doc.name)
	if done:
		frappe.throw(
			_(
				"{0} members of this review are decided. Cancelling would give no tier back: purchases do. "
				"What is not decided yet can be withdrawn by the button."
			).format(policy.style().number(policy.exact(done)))
		)
	_set_outcomes({WITHDRAWN: [row.name for row in rows_of(doc.name)]})
	for row in doc.members:
		row.outcome = WITHDRAWN
	doc.status = "Cancelled"


def withdraw(doc: Any) -> int:
	"""Takes the approval back for members who are not decided yet; how many they are."""
	ledger.lock_document(REVIEW, doc.name, "docstatus")
	table = frappe.qb.DocType(ROW)
	names = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.parent == doc.name) & (table.outcome == WAITING) & (table.docstatus == 1))
		.for_update()
		.run(pluck=True)
	)
	_set_outcomes({WITHDRAWN: names})
	_show_status(doc.name)
	return len(names)


def _decided(name: str) -> int:
	table = frappe.qb.DocType(ROW)
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.parent == name) & table.outcome.isin([KEPT, LOST]))
		.for_update()
		.run()
	)
	return len(rows)


# ---------------------------------------------------------------------------------------------- carrying out


def carry_out(name: str, day: date) -> None:
	"""What a worker runs. One that is begun again goes on; so does the night."""
	for attempt in range(1, TRIES + 1):
		try:
			for _step in steps(name, frappe.utils.getdate(day)):
				if not frappe.flags.in_test:
					frappe.db.commit()
			return
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			if attempt == TRIES:
				raise
			frappe.db.rollback()


def waiting(day: date) -> list[str]:
	"""The approved reviews of which somebody's day has come."""
	table = frappe.qb.DocType(ROW)
	return (
		frappe.qb.from_(table)
		.select(table.parent)
		.distinct()
		.where((table.docstatus == 1) & (table.outcome == WAITING) & (table.decided_on <= day))
		.orderby(table.parent)
		.run(pluck=True)
	)


def count_waiting(day: date) -> int:
	"""How many approved decisions have come to their day."""
	return sum(_count(name, day) for name in waiting(day))


def _count(name: str, day: date) -> int:
	return int(
		frappe.db.count(ROW, {"parent": name, "outcome": WAITING, "docstatus": 1, "decided_on": ["<=", day]})
	)


def steps(name: str, day: date) -> Iterator[Step]:
	"""Carries out what was approved and has come to its day, some hundreds of members at a time, each in the
	transaction it finds."""
	after = 0
	while True:
		locked = ledger.lock_document(REVIEW, name, "name", "docstatus", "program", "creation")
		if not locked or locked.docstatus != 1:
			return
		rows = _due(name, day, after)
		if not rows:
			break
		after = rows[-1].idx
		yield _chunk(locked, rows, day)
	_show_status(name)
	yield Step("", 0)


def _due(name: str, day: date, after: int) -> list[Any]:
	table, member = frappe.qb.DocType(ROW), frappe.qb.DocType("Club Member")
	return (
		frappe.qb.from_(table)
		.join(member)
		.on(member.name == table.member)
		.select(
			table.name,
			table.idx,
			table.tier_after,
			table.review_on,
			table.decision,
			member.name.as_("member"),
			member.account,
			member.status,
		)
		.where((table.parent == name) & (table.outcome == WAITING) & (table.decided_on <= day))
		.where(table.idx > after)
		.orderby(table.idx)
		.limit(AT_ONCE)
		.run(as_dict=True)
	)


def _chunk(review: Any, rows: list[Any], day: date) -> Step:
	program = policy.in_force(review.program)
	if program is None or program.rules.tier_rules.review != "approved":
		_set_outcomes({NOTHING: [row.name for row in rows]})  # the program no longer waits for anybody
		return Step("", len(rows), {NOTHING: len(rows)})
	frappe.db.savepoint("loyalty_club_reviews")
	try:
		return Step("", len(rows), _counted(_decide(review, program, rows, day)))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.db.rollback(save_point="loyalty_club_reviews")
	by_name = {row.name: row for row in rows}
	done, failed = one_by_one(
		list(by_name), lambda name: _counted(_decide(review, program, [by_name[name]], day))
	)
	for name, why in failed:
		frappe.db.set_value(ROW, name, "error", why, update_modified=False)
	did: Counter[str] = Counter()
	for each in done:
		did.update(each)
	return Step("", len(rows), did, tuple((by_name[name].member, why) for name, why in failed))


def _counted(outcomes: Mapping[str, list[str]]) -> dict[str, int]:
	keys = {KEPT: "tiers_kept", LOST: "tiers_lost", NOTHING: "nothing_to_decide", LOWER: "would_go_lower"}
	return {keys[outcome]: len(names) for outcome, names in outcomes.items() if outcome in keys}


def _decide(review: Any, program: InForce, rows: list[Any], day: date) -> dict[str, list[str]]:
	"""Decides on members whose day has come, and writes it; which rows ended how."""
	locked = ledger.lock_many([row.account for row in rows if row.status not in NOT_MEMBERS])
	store = SiteStore(
		program.rules,
		ledger.Act(REVIEW, review.name, str(review.creation), "review"),
		ledger.Place(None, None, program.version),
		until=day,
	)
	store.open_many({name: row for name, row in locked.items() if row.state})
	club = Club(program.rules, store)
	outcomes: dict[str, list[str]] = defaultdict(list)
	then: dict[str, list[str]] = defaultdict(list)
	for row in rows:
		account = store.accounts.get(row.account)
		if account is None:
			outcomes[NOTHING].append(row.name)
			continue
		outcome = _outcome(club, row, day)
		outcomes[outcome].append(row.name)
		then[account.tier].append(row.name)
		if outcome == WAITING:  # the days of grace have begun only now, or are longer than they were
			grace = account.promotions[-1].grace_until or day + timedelta(days=1)
			frappe.db.set_value(ROW, row.name, "decided_on", grace, update_modified=False)
	if store.accounts:
		store.write()
	_set_outcomes({outcome: names for outcome, names in outcomes.items() if outcome != WAITING})
	table = frappe.qb.DocType(ROW)
	for tier, names in then.items():
		frappe.qb.update(table).set(table.tier_then, tier).where(table.name.isin(names)).run()
	return outcomes


def _outcome(club: Club, row: Any, day: date) -> str:
	seen = outlooks.outlook(club, row.account, day)
	if seen is None or seen.review_on != row.review_on:
		return NOTHING  # reviewed already, or lifted to another tier with a term of its own
	if row.decision == KEEP:
		return KEPT if club.review(row.account, day, keep=True) else NOTHING
	place = [tiers.position(club.program, name) for name in (seen.after, row.tier_after)]
	if seen.goes_down and place[0] < place[1]:
		return LOWER
	if not club.review(row.account, day):
		return WAITING
	return LOST if club.home(row.account).tier != seen.tier else KEPT


def _set_outcomes(outcomes: Mapping[str, list[str]]) -> None:
	table = frappe.qb.DocType(ROW)
	for outcome, names in outcomes.items():
		if names:
			(
				frappe.qb.update(table)
				.set(table.outcome, outcome)
				.set(table.error, None)
				.where(table.name.isin(names))
				.run()
			)


def _show_status(name: str) -> None:
	waits = frappe.db.count(ROW, {"parent": name, "outcome": WAITING, "docstatus": 1})
	frappe.db.set_value(REVIEW, name, "status", "Waiting" if waits else "Done", update_modified=False)
	frappe.clear_document_cache(REVIEW, name)
