"""Tries a program on the site's own past: invoices and returns of a period run through the rules, in a worker.

The only code that writes the results of a Club Try Out. `history` reads the documents, `core.backtest` replays them,
`core.tryout` compares; nothing of it touches the ledger. The rules are the form's, whether the program is a draft or in
force, so that what is tried is what is seen.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import history, policy
from loyalty_club.cli.scratch import ScratchStore
from loyalty_club.core import tryout
from loyalty_club.core.backtest import Bill, Replay
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import ZERO, Program
from loyalty_club.core.outcome import Outcome
from loyalty_club.core.program import ProgramError
from loyalty_club.core.tryout import Customer
from loyalty_club.policy import exact

TRYOUT = "Club Try Out"
SAY_EVERY = 2.0  # seconds between two notes of how far it is
AFFECTED = 100
VALUE, THRESHOLD, POINTS, SHARE = "Value of a Point", "Threshold", "Points", "Highest Share of an Invoice"


# ---------------------------------------------------------------------------------------------- what is compared


class Side(NamedTuple):
	"""A program on one side of the comparison."""

	title: str
	rules: Program


def sides(doc: Any) -> list[Side]:
	"""The program, and what is beside it, if anything. Raises ValidationError for rules that are none."""
	found = [Side(doc.program, _rules(doc.program))]
	if doc.other_program:
		rules = _changed(_rules(doc.other_program), doc.changes)
		title = _("{0}, changed").format(doc.other_program) if doc.changes else doc.other_program
		found.append(Side(title, rules))
	return found


def _rules(program: str) -> Program:
	try:
		return policy.rules_of_form(frappe.get_doc("Club Program", program))
	except ProgramError as error:
		frappe.throw(_("{0}: {1}").format(program, error.text(policy.style())))
		raise AssertionError("frappe.throw raises") from None


def _changed(rules: Program, changes: Iterable[Any]) -> Program:
	"""The rules with some settings changed."""
	for change in changes:
		value = exact(change.value)
		if value < ZERO:
			frappe.throw(_("Row {0}: a negative number means nothing here.").format(change.idx))
		if change.what == VALUE:
			rules = replace(rules, spending=replace(rules.spending, point_value=value))
		elif change.what == SHARE:
			if value > 100:
				frappe.throw(_("Row {0}: a share is at most 100 %.").format(change.idx))
			rules = replace(rules, spending=replace(rules.spending, max_share=value / 100))
		else:
			names = [tier.name for tier in rules.tiers]
			if change.tier not in names:
				frappe.throw(
					_("Row {0}: there is no tier {1}. There are: {2}").format(
						change.idx, change.tier or "—", policy.listed(names)
					)
				)
			field = "threshold" if change.what == THRESHOLD else "points"
			tiers = tuple(
				replace(tier, **{field: value}) if tier.name == change.tier else tier for tier in rules.tiers
			)
			thresholds = [tier.threshold for tier in tiers]
			if thresholds != sorted(set(thresholds)):
				frappe.throw(
					_("Row {0}: each tier's threshold is above the one before it.").format(change.idx)
				)
			rules = replace(rules, tiers=tiers)
	return rules


def check(doc: Any) -> None:
	"""Refuses what cannot be run."""
	if getdate(doc.from_date) > getdate(doc.to_date):
		frappe.throw(_("The first day is after the last one."))
	if doc.changes and not doc.other_program:
		frappe.throw(_("Choose what the changes are made to: the program beside it, or the same one again."))
	for field, label in (("expected", _("Expected to Be Spent")), ("margin", _("Gross Margin"))):
		if not ZERO <= exact(doc.get(field)) <= 100:
			frappe.throw(_("{0} is between 0 and 100 %.").format(label))
	sides(doc)


# ---------------------------------------------------------------------------------------------- running


def start(doc: Any) -> None:
	"""Has a worker run it."""
	check(doc)
	doc.db_set({"status": "Running", "progress": 0, "error": None}, notify=False)
	frappe.enqueue(
		"loyalty_club.engine.tryout.run",
		queue="long",
		timeout=3 * 3600,
		job_id=f"loyalty_club_tryout:{doc.name}",
		deduplicate=True,
		enqueue_after_commit=True,
		name=doc.name,
	)


def run(name: str) -> None:
	"""What a worker runs: everything, and writes the result. One that was cut off is begun anew."""
	doc = frappe.get_doc(TRYOUT, name)
	doc.db_set({"status": "Running", "progress": 0, "error": None}, notify=False)
	_commit()
	try:
		result = result_of(doc, lambda share: _say(name, share))
	except Exception as error:
		if not frappe.flags.in_test:
			frappe.db.rollback()
		frappe.log_error(title=f"Loyalty Club: the try-out {name} failed")
		doc.db_set({"status": "Failed", "error": str(error) or type(error).__name__}, notify=False)
		_commit()
		return
	doc.db_set({"status": "Done", "progress": 100, "result": json.dumps(result)}, notify=False)
	_commit()


def _say(name: str, share: float) -> None:
	frappe.db.set_value(TRYOUT, name, "progress", share, update_modified=False)
	_commit()


def _commit() -> None:
	if not frappe.flags.in_test:
		frappe.db.commit()


def result_of(doc: Any, say: Any = None) -> dict[str, Any]:
	"""Runs it, and tells what came of it as plain data. say: called now and then with the percentage done."""
	compared = sides(doc)
	since, until = getdate(doc.from_date), getdate(doc.to_date)
	with tempfile.TemporaryDirectory(prefix="club-try-out-") as folder:
		replays = [
			Replay(side.rules, ScratchStore(Path(folder) / f"{n}.sqlite"), until)
			for n, side in enumerate(compared)
		]
		_feed(replays, doc, since, until, say)
		outcomes = [replay.outcome() for replay in replays]
		customers = [_customers(replay) for replay in replays]
	sold = history.sold(doc.company, since, until)
	margin = exact(doc.margin) / 100
	if not margin and sold.costed > ZERO:
		margin = 1 - sold.cost / sold.costed
	expected = Fraction(exact(doc.expected)) / 100
	told = [
		_side(side, outcome, expected, Fraction(margin) if margin > ZERO else None)
		for side, outcome in zip(compared, outcomes, strict=True)
	]
	if len(customers) == 1:
		present, first = _present(doc.program, compared[0].rules, list(customers[0])), customers[0]
	else:
		first, present = customers[0], customers[1]
	names = {each: customer.tier for each, customer in first.items()}
	other = {each: customer.tier for each, customer in present.items()}
	return {
		"sides": told,
		"beside_now": len(customers) == 1,
		"margin": _text(Decimal(str(margin))) if margin else None,
		"moves": [list(move) for move in tryout.moves(other, names)],
		"affected": [
			[each.name, *_customer(each.before), *_customer(each.after)]
			for each in tryout.affected(present, first, AFFECTED)
		],
	}


def _feed(replays: list[Replay], doc: Any, since: date, until: date, say: Any) -> None:
	whole, said = history.count(doc.company, since, until) or 1, time.monotonic()
	bills: Iterable[Bill] = history.bills(doc.company, since, until, redemptions=bool(doc.with_redemptions))
	for done, bill in enumerate(bills, start=1):
		for replay in replays:
			replay.feed((bill,))
		if say is not None and time.monotonic() - said > SAY_EVERY:
			said = time.monotonic()
			say(done * 100 / whole)


def _customers(replay: Replay) -> dict[str, Customer]:
	value = replay.program.spending.point_value
	return {
		member.customer: Customer(
			member.tier,
			replay.earned(member.customer),
			replay.earned(member.customer) * value,
			member.net_spend,
		)
		for member in replay.members()
	}


def _present(program: str, rules: Program, names: list[str]) -> dict[str, Customer]:
	"""What customers are now: the tier of an active member of the program, else the tier whose customer group they are
	in."""
	table = frappe.qb.DocType("Customer")
	doc = frappe.get_cached_doc("Club Program", program)
	tiers = {row.customer_group: row.tier or row.customer_group for row in doc.tiers if row.customer_group}
	groups = dict(frappe.qb.from_(table).select(table.name, table.customer_group).run())
	members = dict(
		frappe.get_all(
			"Club Member",
			{"program": program, "status": "Active"},
			["customer", "tier"],
			as_list=True,
			limit=0,
		)
	)
	return {
		name: Customer(members.get(name) or tiers.get(groups.get(name), ""), ZERO, ZERO, ZERO)
		for name in names
	}


# ---------------------------------------------------------------------------------------------- telling


def _text(number: Decimal) -> str:
	return format(number.normalize() + ZERO, "f")


def _customer(customer: Customer) -> list[str]:
	return [customer.tier, *(_text(each) for each in customer[1:])]


def _side(side: Side, outcome: Outcome, expected: Fraction, margin: Fraction | None) -> dict[str, Any]:
	"""A side as plain data, numbers as texts."""
	summary = outcome.summary
	cost = tryout.cost(outcome, side.rules.spending.point_value, expected, margin)
	numbers = ("invoices", "returns", "members", "redemptions_refused")
	points = (
		*("net_sales", "points_earned", "points_redeemed", "points_restored", "points_expired"),
		*("points_reversed", "points_outstanding", "points_pending", "points_deficit", "value_outstanding"),
	)
	return {
		"title": side.title,
		**{name: getattr(summary, name) for name in numbers},
		**{name: _text(getattr(summary, name)) for name in points},
		"cost": _text(cost.whole),
		"spent": _text(cost.spent),
		"owed": _text(cost.owed),
		"of_sales": _share(cost.of_sales),
		"of_margin": _share(cost.of_margin),
		"tiers": [
			[row.name, row.members, _text(row.net_sales), _text(row.earned), _text(row.outstanding)]
			for row in outcome.tiers
		],
		"months": [
			[
				month.start.isoformat(),
				*(_text(each) for each in (month.net_sales, month.earned, month.redeemed)),
			]
			for month in outcome.months
		],
	}


def _share(share: Fraction | None) -> str | None:
	"""Of a hundred, two decimals."""
	return _text(Decimal(round(share * 10_000)) / 100) if share is not None else None
