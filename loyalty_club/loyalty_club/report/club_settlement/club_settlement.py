"""Club Settlement: what was earned in one place and spent in another, the journals between companies, and whether what
one company has to get is what the other owes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import permissions, reconcile
from loyalty_club.core.model import ZERO
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.reconcile import Flow, Settled


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	since, until = getdate(filters.from_date), getdate(filters.to_date)
	flows = [
		flow
		for flow in reconcile.flows(
			since,
			until,
			company=filters.company,
			program=filters.program,
			wallet=filters.wallet,
		)
		if filters.own or (flow.origin, flow.origin_branch) != (flow.company, flow.branch)
	]
	rows = [*_between(flows, reconcile.settled(since, until)), *_netted(flows)]
	if not permissions.is_confined():
		rows += _check(reconcile.balanced(until), styles.day(until))
	return _columns(styles, common.decimals_of(filters.program)), rows


def _pair(flow: Flow) -> tuple[str, str, str, str]:
	return flow.origin, flow.company, flow.program, flow.wallet


def _between(flows: list[Flow], settled: dict[Any, Settled]) -> Iterator[dict[str, Any]]:
	"""A line for each two companies and wallet, and below it their branches."""
	for n, (pair, some) in enumerate(groupby(sorted(flows, key=_pair), key=_pair)):
		parts = list(some)
		origin, company, program, wallet = pair
		journals = settled.get(pair, Settled()) if origin != company else None
		amount = sum((part.amount for part in parts), ZERO)
		row = {
			"id": f"{n}",
			"parent": None,
			"indent": 0,
			"bold": 1,
			"origin": origin,
			"company": company,
			"program": program,
			"wallet": _(wallet),
			"currency": common.currency_of(program),
			**_amounts(parts),
		}
		if journals is not None:
			left = amount - journals.posted - journals.failed
			row |= {
				"posted": float(journals.posted),
				"failed": float(journals.failed) or None,
				"difference": float(left),
				"mark": "bad" if left or journals.failed else "good",
				"journals": _("See them"),
				"from_to": [origin, company, wallet, program],
			}
		yield row
		for m, part in enumerate(parts):
			if len(parts) > 1 or part.origin_branch or part.branch:
				yield {
					"id": f"{n}.{m}",
					"parent": f"{n}",
					"indent": 1,
					"origin": part.origin,
					"origin_branch": part.origin_branch,
					"company": part.company,
					"branch": part.branch,
					"program": program,
					"wallet": _(wallet),
					"currency": row["currency"],
					**_amounts([part]),
				}


def _amounts(parts: list[Flow]) -> dict[str, float]:
	return {
		"spent": float(sum((part.spent for part in parts), ZERO)),
		"given_back": float(sum((part.given_back for part in parts), ZERO)),
		"amount": float(sum((part.amount for part in parts), ZERO)),
	}


def _netted(flows: list[Flow]) -> Iterator[dict[str, Any]]:
	"""What each two companies owe each other in all, both directions held against each other."""
	owed: dict[tuple[str, str, str], Decimal] = {}
	for flow in flows:
		if flow.origin == flow.company:
			continue
		first, second = sorted((flow.origin, flow.company))
		sign = 1 if flow.origin == first else -1
		key = (first, second, common.currency_of(flow.program) or "")
		owed[key] = owed.get(key, ZERO) + sign * flow.amount
	for n, ((first, second, currency), amount) in enumerate(sorted(owed.items())):
		debtor, creditor = (first, second) if amount >= 0 else (second, first)
		yield {
			"id": f"net{n}",
			"parent": None,
			"indent": 0,
			"bold": 1,
			"origin": debtor,
			"company": creditor,
			"wallet": _("Net: the first owes the second"),
			"amount": float(abs(amount)),
			"currency": currency,
		}


def _check(found: reconcile.Balanced, day: str) -> Iterator[dict[str, Any]]:
	"""Whether due-from is due-to, in the books of all companies."""
	lines = [
		("due_from", _("Due from others, in all books on {0}").format(day), found.due_from),
		("due_to", _("Due to others, in all books on {0}").format(day), found.due_to),
	]
	if found.later:
		lines.append(("later", _("Dated later in the other company, for its books were closed"), found.later))
	if found.others:
		lines.append(("others", _("Vouchers on these accounts that are none of the club's"), found.others))
	lines.append(("rest", _("Left over (0 where all is well)"), found.rest))
	currency = frappe.db.get_value("Club Program", {"active_version": ["is", "set"]}, "currency")
	for name, words, amount in lines:
		yield {
			"id": name,
			"parent": None,
			"indent": 0,
			"wallet": words,
			"amount": float(amount),
			"currency": currency,
			"bold": int(name == "rest"),
			"mark": ("bad" if amount else "good") if name == "rest" else None,
		}


def _columns(styles: Styles, decimals: int) -> list[dict[str, Any]]:
	return [
		common.link("origin", _("Earned In"), "Company", 170),
		common.link("origin_branch", _("Branch", context="Loyalty Club"), "Branch", 120),
		common.link("company", _("Spent In"), "Company", 160),
		common.link("branch", _("Branch", context="Loyalty Club"), "Branch", 120),
		common.text("wallet", _("Wallet", context="Loyalty Club"), 200),
		common.points("spent", _("Spent"), decimals),
		common.points("given_back", _("Given Back"), decimals),
		common.money("amount", _("Value", context="Loyalty Club")),
		common.money("posted", _("Journals Posted")),
		common.money("failed", _("Not Posted Yet")),
		common.money("difference", _("Difference", context="Loyalty Club"), 120),
		common.text("journals", _("Journals"), 100),
		common.link("program", _("Club Program"), "Club Program"),
		common.hidden_currency(),
	]
