"""The outbox: the only code that writes Club Message. It sends nothing; a sender comes after it.

A message is a kind and exact facts (`core.message_words` words them when they are sent), written in the transaction of
what it tells of, at most once for each key. It goes to members who are active and agreed to such messages, else it is
not written at all.

Where it was written. A database that is restored elsewhere (a copy to try things on) must not message real people.
`identity` says where this is: the site's name, the database's name and server, and the machine's id where it has one.
None of it is in a backup of the database. The club remembers the identity of the place it was installed on (`home`),
and each message that of the place it was written on. A sender sends only what `may_send` allows, and sets the others to
Held: after a move to another server that is everything, until somebody has said that this is the club's place now
(`settle`).

What was true when it was written need not be when it is sent: a sender gives no message after its `valid_until`, and
has `night.warnings.look_again` look at those that wait for long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import frappe

from loyalty_club.core import records

MESSAGE = "Club Message"
SETTINGS = "Loyalty Club Settings"
# What a member must have agreed to for each kind: a field of Club Member.
KINDS = {
	"points_expiring": "service_messages",
	"credit_expiring": "service_messages",
	"tier_at_risk": "service_messages",
}
MACHINE_ID = Path("/etc/machine-id")


class Message(NamedTuple):
	"""A message to be written. account: the wallet it speaks of; about: the day it speaks of; due_on: the day it
	belongs to; valid_until: the last day on which it may be sent; facts: plain exact values; key: what makes it the
	same message."""

	member: str
	program: str
	account: str
	kind: str
	about: date
	due_on: date
	valid_until: date
	facts: Mapping[str, object]
	key: str


# ---------------------------------------------------------------------------------------------- where this is


def identity() -> str:
	"""Where this is: 16 hexadecimal digits of a SHA-256 over site, database, its server and the machine's id."""
	conf = frappe.conf
	machine = MACHINE_ID.read_text().strip() if MACHINE_ID.exists() else ""
	parts = [frappe.local.site, conf.db_name, conf.db_host or "", conf.db_port or "", machine]
	return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()[:16]


def home() -> str:
	"""The identity of the club's place, as the database remembers it; "" before it was installed."""
	return str(frappe.db.get_single_value(SETTINGS, "home") or "")


def settle(*, again: bool = False) -> None:
	"""Makes this the club's place; again: also where it was another one (the site has moved)."""
	if again or not home():
		frappe.db.set_single_value(SETTINGS, "home", identity(), update_modified=False)


def may_send(written_on: str) -> bool:
	"""Whether a message that was written on a place may be sent from here."""
	return written_on == identity() == home()


# ---------------------------------------------------------------------------------------------- writing


def put(messages: Iterable[Message]) -> dict[str, int]:
	"""Writes messages in the caller's transaction, those that are new; how many of each kind."""
	wanted = sorted({each.key: each for each in messages}.values(), key=lambda each: each.key)
	there = _there([each.key for each in wanted])
	wanted = [each for each in wanted if each.key not in there]
	people = agreeing({each.member for each in wanted}, {KINDS[each.kind] for each in wanted})
	rows, counts = [], dict.fromkeys(KINDS, 0)
	now, user, here = frappe.utils.now_datetime(), frappe.session.user, identity()
	for each in wanted:
		person = people.get(each.member)
		if person is None or not person[KINDS[each.kind]]:
			continue
		counts[each.kind] += 1
		rows.append(
			{
				"name": frappe.generate_hash(length=10),
				"creation": now,
				"modified": now,
				"owner": user,
				"modified_by": user,
				**each._asdict(),
				"branch": person.branch,
				"facts": facts_to(each.facts),
				"status": "Queued",
				"site": here,
			}
		)
	_insert(rows)
	return {kind: count for kind, count in counts.items() if count}


def _insert(rows: list[dict[str, Any]]) -> None:
	"""Inserts rows in one statement; one that somebody else has written stays as it is. The statement is written out:
	the query builder would take longer than the database over a night's rows."""
	if rows:
		columns = ", ".join(f"`{column}`" for column in rows[0])
		one = f"({', '.join(['%s'] * len(rows[0]))})"
		frappe.db.sql(
			f"insert into `tab{MESSAGE}` ({columns}) values {', '.join([one] * len(rows))} "
			"on duplicate key update `key` = `key`",
			[value for row in rows for value in row.values()],
		)


def _there(keys: Collection[str]) -> set[str]:
	if not keys:
		return set()
	table = frappe.qb.DocType(MESSAGE)
	return {
		row[0] for row in frappe.qb.from_(table).select(table.key).where(table.key.isin(list(keys))).run()
	}


def agreeing(members: Collection[str], consents: Collection[str]) -> dict[str, Any]:
	"""The active ones among some members: their branch, and whether they agreed to each kind of message."""
	if not members:
		return {}
	table = frappe.qb.DocType("Club Member")
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.branch, *[table[each] for each in sorted(consents)])
		.where(table.name.isin(sorted(members)) & (table.status == "Active"))
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def facts_to(facts: Mapping[str, object]) -> str:
	"""Facts as they are stored."""
	body = {key: records.fact_to(fact) for key, fact in facts.items()}
	return json.dumps(body, ensure_ascii=False, sort_keys=True)


def facts_from(text: str) -> dict[str, object]:
	"""The facts again."""
	return {key: records.fact_from(fact) for key, fact in json.loads(text).items()}


# ---------------------------------------------------------------------------------------------- what became untrue


def restate(name: str, facts: Mapping[str, object]) -> None:
	"""A message that waits says something else now."""
	frappe.db.set_value(MESSAGE, name, "facts", facts_to(facts))


def drop(names: Collection[str]) -> None:
	"""Messages that wait are not to be sent any more."""
	if names:
		table = frappe.qb.DocType(MESSAGE)
		(
			frappe.qb.update(table)
			.set(table.status, "Dropped")
			.set(table.modified, frappe.utils.now_datetime())
			.where(table.name.isin(list(names)) & table.status.isin(["Queued", "Held"]))
			.run()
		)


def out_of_date(day: date, limit: int) -> list[str]:
	"""Messages that still wait on `day` and may not be sent any more."""
	table = frappe.qb.DocType(MESSAGE)
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(table.status.isin(["Queued", "Held"]) & (table.valid_until < day))
		.orderby(table.name)
		.limit(limit)
		.run()
	)
	return [row[0] for row in rows]
