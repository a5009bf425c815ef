"""Customers in the Customer Groups of their tiers: who is to be moved, moving, and undoing it. The only code that
changes a customer's group, and that writes Club Group Move.

The group hangs price list, payment terms, receivable account, credit limit, taxes and discounts on a customer, so it is
changed with care: only where the program says so, only from one of the program's own groups to another, never for a
customer that somebody has put elsewhere, and each move is logged and can be undone. A document's `save` is never used:
ERPNext's would rewrite the group in invoices that are submitted already. `modified` moves on, so that a form that was
open meanwhile is refused instead of writing the old group back.

A customer of two programs that move customers is moved by the older one alone; the other's wish is a conflict that the
preview names. Whoever's move was undone stays until the tier changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from pypika.terms import Criterion

from loyalty_club import figures, ledger, policy
from loyalty_club.policy import InForce

MOVE = "Club Group Move"
AT_ONCE = 200  # customers in a transaction
WHILE_ONE_WAITS = 200  # so many are put back within the browser's request
LONG_AGO = date(1900, 1, 1)


class Wish(NamedTuple):
	"""A customer who is not in the group of the tier. conflict: the older program that alone moves this customer;
	undone: the move there was undone, and the tier has not changed since."""

	member: str
	customer: str
	customer_name: str
	tier: str
	group: str
	wanted: str
	conflict: str = ""
	undone: bool = False

	@property
	def is_done(self) -> bool:
		"""Whether the night makes this move."""
		return not self.conflict and not self.undone


def movers() -> list[InForce]:
	"""The active programs that move customers, the oldest first."""
	found = [policy.in_force(name) for name in figures.programs()]
	return [program for program in found if program and program.move_customer_group and program.groups]


def older_than(program: InForce) -> list[str]:
	"""The names of the movers that come before this program, which need not be switched on yet."""
	order = figures.programs()
	place = order.index(program.name) if program.name in order else len(order)
	return [each.name for each in movers() if each.name in order[:place]]


# ---------------------------------------------------------------------------------------------- who


def wishes(program: InForce, older: Collection[str], after: str = "", limit: int = AT_ONCE) -> list[Wish]:
	"""Customers of a program who are not in the group of their tier, in the order of their members' names; older: the
	programs that come first."""
	member, customer, query = _wanting(program)
	if query is None:
		return []
	rows = (
		query.select(
			member.name,
			customer.name,
			customer.customer_name,
			member.tier,
			customer.customer_group,
			member.tier_since,
		)
		.where(member.name > after)
		.orderby(member.name)
		.limit(limit)
		.run()
	)
	claimed = _claimed({row[1] for row in rows}, older)
	undone = _undone([row[0] for row in rows])
	return [
		Wish(
			name,
			of,
			title,
			tier,
			group,
			program.groups[tier],
			claimed.get(of, ""),
			any(was == tier and day >= (since or LONG_AGO) for was, day in undone[name]),
		)
		for name, of, title, tier, group, since in rows
	]


def count(program: InForce) -> int:
	"""How many customers `wishes` would name."""
	member, _customer, query = _wanting(program)
	return int(query.select(Count(member.name)).run()[0][0]) if query is not None else 0


def counts(program: InForce) -> list[tuple[str, str, int]]:
	"""How many customers are in which group and would be in which other."""
	member, customer, query = _wanting(program)
	if query is None:
		return []
	rows = (
		query.select(customer.customer_group, member.tier, Count(member.name))
		.groupby(customer.customer_group, member.tier)
		.run()
	)
	return [(group, program.groups[tier], int(number)) for group, tier, number in rows]


def _wanting(program: InForce) -> tuple[Any, Any, Any]:
	member, customer = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Customer")
	own = sorted(set(program.groups.values()))
	wrong = [
		(member.tier == tier) & customer.customer_group.isin([each for each in own if each != group])
		for tier, group in program.groups.items()
		if len(own) > 1
	]
	if not wrong:
		return member, customer, None
	query = (
		frappe.qb.from_(member)
		.join(customer)
		.on(customer.name == member.customer)
		.where((member.program == program.name) & (member.status == "Active") & Criterion.any(wrong))
	)
	return member, customer, query


def _claimed(customers: Collection[str], older: Collection[str]) -> dict[str, str]:
	"""Which of the customers are active members of programs that come first, and of which."""
	if not customers or not older:
		return {}
	rows = frappe.get_all(
		"Club Member",
		filters={"customer": ["in", sorted(customers)], "program": ["in", list(older)], "status": "Active"},
		fields=["customer", "program"],
	)
	order = {name: n for n, name in enumerate(older)}
	rows.sort(key=lambda row: -order[row.program])
	return {row.customer: row.program for row in rows}


def _undone(members: Collection[str]) -> dict[str, list[tuple[str, date]]]:
	"""Tier and day of the moves of some members that were undone."""
	found: dict[str, list[tuple[str, date]]] = defaultdict(list)
	if members:
		for row in frappe.get_all(
			MOVE,
			filters={"member": ["in", list(members)], "undone_at": ["is", "set"]},
			fields=["member", "tier", "day"],
		):
			found[row.member].append((row.tier, row.day))
	return found


# ---------------------------------------------------------------------------------------------- moving


def move(program: InForce, wanted: Collection[Wish], day: date) -> int:
	"""Moves customers who are still where they were found; returns how many."""
	found = _lock({wish.customer for wish in wanted})
	now = frappe.utils.now_datetime()
	rows = []
	steps: dict[str, list[str]] = defaultdict(list)
	for wish in wanted:
		if found.get(wish.customer) != wish.group:
			continue
		steps[wish.wanted].append(wish.customer)
		rows.append(
			{
				"name": frappe.generate_hash(length=10),
				"day": day,
				"program": program.name,
				"member": wish.member,
				"customer": wish.customer,
				"customer_name": wish.customer_name,
				"tier": wish.tier,
				"group_before": wish.group,
				"group_after": wish.wanted,
				"moved_at": now,
			}
		)
	for group, customers in steps.items():
		_put(customers, group)
	ledger.insert_rows(MOVE, rows)
	return len(rows)


def _lock(names: Collection[str]) -> dict[str, str]:
	"""The groups of customers as they stand, locked until the transaction ends, in the order of their names."""
	return {
		row.name: row.customer_group for row in ledger.lock_documents("Customer", names, "customer_group")
	}


def _put(customers: Collection[str], group: str) -> None:
	table = frappe.qb.DocType("Customer")
	(
		frappe.qb.update(table)
		.set(table.customer_group, group)
		.set(table.modified, frappe.utils.now_datetime())
		.set(table.modified_by, frappe.session.user)
		.where(table.name.isin(list(customers)))
		.run()
	)
	_forget(customers)


def _forget(customers: Collection[str]) -> None:
	"""Takes customers out of the cache now and at the transaction's end, as Frappe does with one, all at once."""
	keys = [frappe.get_document_cache_key("Customer", name) for name in customers]

	def forget() -> None:
		frappe.cache.delete_value(keys)

	forget()
	frappe.db.value_cache.pop("Customer", None)
	frappe.db.after_commit.add(forget)
	frappe.db.after_rollback.add(forget)


# ---------------------------------------------------------------------------------------------- undoing


def undo(names: Collection[str]) -> dict[str, int]:
	"""Puts the customers of some moves back into the groups they came from, where they are still in the one they were
	moved to. `undone`: how many; `elsewhere`: of whom somebody has decided otherwise since."""
	table = frappe.qb.DocType(MOVE)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.customer, table.group_before, table.group_after)
		.where(table.name.isin(list(names) or [""]) & table.undone_at.isnull())
		.orderby(table.name)
		.for_update()
		.run(as_dict=True)
	)
	found = _lock({row.customer for row in rows})
	steps: dict[str, list[str]] = defaultdict(list)
	done = []
	for row in rows:
		if found.get(row.customer) == row.group_after:
			steps[row.group_before].append(row.customer)
			found[row.customer] = row.group_before
			done.append(row.name)
	for group, customers in steps.items():
		_put(customers, group)
	if done:
		(
			frappe.qb.update(table)
			.set(table.undone_at, frappe.utils.now_datetime())
			.set(table.undone_by, frappe.session.user)
			.where(table.name.isin(done))
			.run()
		)
	return {"undone": len(done), "elsewhere": len(rows) - len(done)}


def of_day(program: str, day: date, after: str = "", limit: int | None = None) -> list[str]:
	"""Names of a day's moves that are not undone."""
	return frappe.get_all(
		MOVE,
		filters={"program": program, "day": day, "undone_at": ["is", "not set"], "name": [">", after]},
		pluck="name",
		order_by="name",
		limit=limit,
	)


def undo_day(program: str, day: date) -> dict[str, int]:
	"""Undoes all moves of a day: at once if they are few, else by a worker. `moves`: how many there are."""
	names = of_day(program, day)
	if not names:
		frappe.throw(
			_("There is nothing left to undo of {0} on {1}.").format(program, policy.style().day(day))
		)
	if len(names) <= WHILE_ONE_WAITS:
		return {"moves": len(names), **undo(names)}
	frappe.enqueue(
		"loyalty_club.engine.groups.undo_all",
		queue="long",
		timeout=3600,
		job_id=f"loyalty_club_undo:{program}:{day.isoformat()}",
		deduplicate=True,
		enqueue_after_commit=True,
		program=program,
		day=day,
	)
	return {"moves": len(names)}


def undo_all(program: str, day: date) -> int:
	"""What a worker runs: undoes all moves of a day, chunk by chunk. One that is begun again goes on."""
	undone, after = 0, ""
	while names := of_day(program, day, after, AT_ONCE):
		after = names[-1]
		undone += undo(names)["undone"]
		if not frappe.flags.in_test:
			frappe.db.commit()
	return undone
