"""Batches of cards: makes them hundreds in a statement, in a worker where they are many.

May insert blank Loyalty Cards, and has `gift_cards` make blank Gift Cards. How many are missing is counted under the
batch's lock before each step, so that a run that was cut off, started twice or overtaken by a cancellation ends with
exactly the batch's number, or none; that no number is given twice is the database's own unique key.
"""

from __future__ import annotations

import secrets
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.core import cards
from loyalty_club.engine import gift_cards

BATCH = "Loyalty Card Batch"
AT_ONCE = 500  # cards in a statement and a transaction
WHILE_ONE_WAITS = 200  # so many are made within the browser's request
MOST = 20_000
_TRIES = 20


def kind_of(batch: Any) -> str:
	"""The DocType of the batch's cards."""
	return "Gift Card" if batch.kind == "Gift Card" else "Loyalty Card"


def start(batch: Any) -> None:
	"""Has the cards of a submitted batch made: at once if they are few, else by a worker."""
	batch.db_set("status", "Making")
	if batch.quantity <= WHILE_ONE_WAITS:
		while _step(batch.name):
			pass
		batch.reload()
	else:
		enqueue("loyalty_club.engine.batches.make", batch.name)


def enqueue(method: str, name: str) -> None:
	"""One job at a time for a batch and method; a call that is dropped for it loses nothing."""
	frappe.enqueue(
		method,
		queue="long",
		timeout=3600,
		job_id=f"{method}:{name}",
		deduplicate=True,
		enqueue_after_commit=True,
		name=name,
	)


def make(name: str) -> None:
	"""What a worker runs: makes what is missing of a batch, one transaction a step."""
	try:
		_commit()
		while _step(name):
			_commit()
	except Exception:
		frappe.db.rollback()
		frappe.db.set_value(BATCH, name, "status", "Failed", update_modified=False)
		frappe.log_error(title=f"Loyalty Club: the cards of {name} could not be made")
		_commit()
		raise
	_commit()


def resume_unfinished() -> None:
	"""What the scheduler runs: goes on with batches whose worker was lost while it made or printed them."""
	for method, state in (
		("loyalty_club.engine.batches.make", {"status": "Making"}),
		("loyalty_club.card_print.make", {"print_status": "Printing"}),
	):
		for name in frappe.get_all(BATCH, filters={"docstatus": 1, **state}, pluck="name"):
			enqueue(method, name)


def _commit() -> None:
	if not frappe.flags.in_test:
		frappe.db.commit()


def _step(name: str) -> bool:
	"""Makes at most AT_ONCE of the missing cards; whether there are more to make."""
	batch = frappe.db.get_value(
		BATCH,
		name,
		["name", "docstatus", "kind", "program", "quantity", "company", "branch", "face_value", "expires_on"],
		as_dict=True,
		for_update=True,
	)
	if not batch or batch.docstatus != 1:
		return False
	made = _made(batch)
	count = min(AT_ONCE, batch.quantity - made)
	if count > 0:
		if batch.kind == "Gift Card":
			gift_cards.make(
				batch.program,
				count,
				company=batch.company or None,
				branch=batch.branch or None,
				face_value=policy.exact(batch.face_value) or None,
				expires_on=batch.expires_on,
				batch=name,
			)
			made += count
		else:
			made = _make_loyalty_cards(batch, made + count)
	ready = made >= batch.quantity
	frappe.db.set_value(
		BATCH, name, {"made": made, "status": "Ready" if ready else "Making"}, update_modified=False
	)
	return not ready


def _made(batch: Any) -> int:
	count: int = frappe.db.count(kind_of(batch), {"batch": batch.name})
	return count


def _make_loyalty_cards(batch: Any, wanted: int) -> int:
	"""Inserts blank cards until the batch has so many; a number that is taken is left out by the database and another
	drawn. Returns how many there are."""
	prefix = policy.settings().card_prefix or "9000"
	digits = cards.random_digits(secrets.randbelow)
	now, user = frappe.utils.now_datetime(), frappe.session.user
	common = {"status": "Blank", "batch": batch.name, "docstatus": 0, "idx": 0}
	common |= {"creation": now, "modified": now, "owner": user, "modified_by": user}
	table = frappe.qb.DocType("Loyalty Card")
	made = _made(batch)
	for _attempt in range(_TRIES):
		rows = []
		for _n in range(wanted - made):
			number = cards.card_number(prefix, digits)
			own = {"name": number, "card_number": number, "last_four": number[-4:]}
			rows.append({**own, "token": cards.card_token(secrets.randbelow), **common})
		query = frappe.qb.into(table).columns(*rows[0]).insert(*[tuple(row.values()) for row in rows])
		query.ignore().run()
		made = _made(batch)
		if made >= wanted:
			return made
	frappe.throw(_("No free card number was found with the prefix {0}.").format(prefix))
	raise AssertionError("frappe.throw raises")


def drop(batch: Any) -> None:
	"""Takes the cards of a batch away that is cancelled. Raises ValidationError if any was handed out."""
	frappe.db.get_value(BATCH, batch.name, "name", for_update=True)
	doctype = kind_of(batch)
	used = frappe.db.count(doctype, {"batch": batch.name, "status": ["!=", "Blank"]})
	if used:
		frappe.throw(_("{0} cards of this batch have been handed out; it cannot be cancelled.").format(used))
	if doctype == "Gift Card":
		gift_cards.wipe(frappe.get_all(doctype, filters={"batch": batch.name}, pluck="name"))
	frappe.db.delete(doctype, {"batch": batch.name, "status": "Blank"})
	batch.db_set({"status": "Cancelled", "made": 0})
