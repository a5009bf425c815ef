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
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import history, policy
from loyalty_club.cli.scratch import ScratchStore
from loyalty_club.core import proposals, tryout
from loyalty_club.core.backtest import Bill, Replay
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import ZERO, Program
from loyalty_club.core.outcome import Outcome, Summary
from loyalty_club.core.program import ProgramError
from loyalty_club.core.proposals import Answers
from loyalty_club.core.tryout import Customer
from loyalty_club.policy import exact

TRYOUT = "Club Try Out"
SAY_EVERY = 2.0  # seconds between two notes of how far it is
AFFECTED = 100
PLANNED = ("software_cost", "setup_cost", "message_cost", "kept_customers", "customer_worth")
VALUE, THRESHOLD, POINTS, SHARE = "Value of a Point", "Threshold", "Points", "Highest Share of an Invoice"


# ---------------------------------------------------------------------------------------------- what is compared


class Side(NamedTuple):
	"""A program on one side of the comparison. changed: whether the form's changes are made to it."""

	program: str
	rules: Program
	changed: bool = False


def sides(doc: Any) -> list[Side]:
	"""The program, and what it is compared with, if anything. Raises ValidationError for rules that are none."""
	found = [Side(doc.program, _rules(doc.program))]
	if doc.other_program:
		rules = _changed(_rules(doc.other_program), doc.changes)
		found.append(Side(doc.other_program, rules, bool(doc.changes)))
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
		frappe.throw(
			_("Choose what the changes are made to: the program to compare with, or the same one again.")
		)
	for field, label in (
		("expected", _("Expected to Be Spent")),
		("margin", _("Gross Margin")),
		("extra_share", _("Bought Only Because of the Club")),
	):
		if not ZERO <= exact(doc.get(field)) <= 100:
			frappe.throw(_("{0} is between 0 and 100 %.").format(label))
	for field in PLANNED:
		if exact(doc.get(field)) < ZERO:
			frappe.throw(_("{0} is not negative.").format(_(doc.meta.get_label(field))))
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
	share = Fraction(margin) if margin > ZERO else None
	told = [
		_side(side, outcome, expected, share, doc) for side, outcome in zip(compared, outcomes, strict=True)
	]
	if len(customers) == 1:  # from what customers are now to what they would be
		customers.insert(0, _present(doc.program, list(customers[0])))
	before, after = customers
	return {
		"sides": told,
		"from_now": len(told) == 1,
		"margin": _text(Decimal(str(margin))) if margin else None,
		"moves": [
			list(move)
			for move in tryout.moves(
				{name: customer.tier for name, customer in before.items()},
				{name: customer.tier for name, customer in after.items()},
			)
		],
		"affected": [
			[each.name, *_customer(each.before), *_customer(each.after)]
			for each in tryout.affected(before, after, AFFECTED)
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


def _present(program: str, names: list[str]) -> dict[str, Customer]:
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


def _side(
	side: Side, outcome: Outcome, expected: Fraction, margin: Fraction | None, doc: Any
) -> dict[str, Any]:
	"""A side as plain data, numbers as texts."""
	summary = outcome.summary
	cost = tryout.cost(outcome, side.rules.spending.point_value, expected, margin)
	numbers = ("invoices", "returns", "members", "redemptions_refused")
	points = (
		*("net_sales", "points_earned", "points_redeemed", "points_restored", "points_expired"),
		*("points_reversed", "points_outstanding", "points_pending", "points_deficit", "value_outstanding"),
	)
	return {
		"program": side.program,
		"changed": side.changed,
		**{name: getattr(summary, name) for name in numbers},
		**{name: _text(getattr(summary, name)) for name in points},
		"cost": _text(cost.whole),
		"spent": _text(cost.spent),
		"owed": _text(cost.owed),
		"of_sales": _share(cost.of_sales),
		"of_margin": _share(cost.of_margin),
		"plan": _planned(doc, summary, cost, margin),
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


def _planned(doc: Any, summary: Summary, cost: tryout.Cost, margin: Fraction | None) -> dict[str, Any] | None:
	"""What comes of the form's assumptions; None where there are none, or the margin is not known."""
	if margin is None or not any(exact(doc.get(field)) for field in (*PLANNED, "extra_share")):
		return None
	worth = exact(doc.customer_worth)
	if not worth and summary.members:
		worth = Decimal(round(Fraction(summary.net_sales) * margin / summary.members))
	plan = tryout.Plan(
		exact(doc.software_cost),
		exact(doc.setup_cost),
		exact(doc.message_cost),
		Fraction(exact(doc.extra_share)) / 100,
		int(doc.kept_customers or 0),
		worth,
	)
	found = tryout.returns(plan, summary.net_sales, cost.whole, margin)
	return {
		"extra": _text(found.extra),
		"kept": _text(found.kept),
		"rewards": _text(found.rewards),
		"other": _text(found.other),
		"left": _text(found.left),
		"on_investment": _share(found.on_investment),
		"worth": _text(worth),
	}


def _share(share: Fraction | None) -> str | None:
	"""Of a hundred, two decimals."""
	return _text(Decimal(round(share * 10_000)) / 100) if share is not None else None


# ---------------------------------------------------------------------------------------------- proposals


def shop(company: str) -> dict[str, Any]:
	"""What a company's last twelve months say of a typical purchase (Rial), of how often a customer comes, and of the
	gross margin (of a hundred; None where no cost is known): proposed answers, to be corrected."""
	until = policy.club_today()
	since = until - timedelta(days=365)
	sold = history.sold(company, since, until)
	purchases, customers = history.purchases(company, since, until)
	margin = 100 - sold.cost * 100 / sold.costed if sold.costed > ZERO else None
	return {
		"purchase": float(round(sold.net / purchases)) if purchases else None,
		"visits": round(purchases / customers, 1) if customers else None,
		"margin": float(round(margin, 1)) if margin is not None and margin > ZERO else None,
	}


def propose(company: str, answers: Answers) -> list[str]:
	"""Makes three drafts of programs from a shop's answers; their names. Raises ValidationError for an answer that
	means nothing."""
	club = policy.settings()
	calendar = policy.CALENDARS.get(club.calendar, "jalali")
	currency = frappe.get_cached_value("Company", company, "default_currency")
	try:
		found = proposals.propose(answers, currency, calendar)
	except proposals.AnswerError as error:
		frappe.throw(_("This answer means nothing: {0}").format(_answer(error.field)))
		raise AssertionError("frappe.throw raises") from None
	made = []
	for each in found:
		doc = frappe.new_doc("Club Program")
		policy.to_form(doc, each.program)
		doc.display_unit = club.display_unit or doc.display_unit
		doc.program_name = _free_name(_title(each.kind))
		doc.title_fa = doc.program_name if policy.language() == "fa" else ""
		doc.insert()
		made.append(doc.name)
	return made


def _title(kind: str) -> str:
	return {
		"careful": _("Careful Proposal"),
		"balanced": _("Balanced Proposal"),
		"generous": _("Generous Proposal"),
	}[kind]


def _answer(field: str) -> str:
	return {
		"goal": _("What should change"),
		"reward": _("What brings customers back"),
		"measure": _("What matters more"),
		"margin": _("Gross margin, % of net sales"),
		"give": _("What the club may cost, % of the margin"),
		"purchase": _("A typical purchase, net"),
		"visits": _("How often a good customer comes in a year"),
	}[field]


def _free_name(title: str) -> str:
	name, n = title, 1
	while frappe.db.exists("Club Program", name):
		n += 1
		name = f"{title} {n}"
	return name
