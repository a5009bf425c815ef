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

from loyalty_club import between_places, permissions
from loyalty_club.between_places import Flow, Settled
from loyalty_club.core.model import ZERO
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	since, until = getdate(filters.from_date), getdate(filters.to_date)
	flows = [
		flow
		for flow in between_places.flows(
			since,
			until,
			company=filters.company,
			program=filters.program,
			wallet=filters.wallet,
			by_document=bool(filters.documents),
		)
		if filters.own or (flow.origin, flow.origin_branch) != (flow.company, flow.branch)
	]
	rows = [*_between(flows, between_places.settled(since, until), styles), *_netted(flows)]
	if not permissions.is_confined():
		rows += _check(between_places.balanced(until), styles.day(until))
	return _columns(styles, common.decimals_of(filters.program), bool(filters.documents)), rows


def _pair(flow: Flow) -> tuple[str, ...]:
	return flow.origin, flow.company, flow.program, flow.wallet


def _place(flow: Flow) -> tuple[str, ...]:
	return flow.origin_branch, flow.branch


def _between(flows: list[Flow], settled: dict[Any, Settled], styles: Styles) -> Iterator[dict[str, Any]]:
	"""A line for each two companies and wallet, below it their branches, and below those the documents if asked for."""
	journals = between_places.journals_of(flow.document for flow in flows if flow.document)
	for n, (pair, some) in enumerate(groupby(sorted(flows, key=_pair), key=_pair)):
		parts = list(some)
		top = {
			"id": f"{n}",
			"parent": None,
			"indent": 0,
			"bold": 1,
			"origin": pair[0],
			"company": pair[1],
			"program": pair[2],
			"wallet": _(pair[3]),
			"currency": common.currency_of(pair[2]),
		}
		line = _("Earned in {0}, spent in {1}").format(pair[0], pair[1])
		yield {**top, "line": line, **_amounts(parts), **_posted(parts, settled.get(pair, Settled()))}
		places = groupby(sorted(parts, key=_place), key=_place)
		for m, ((origin_branch, branch), branch_parts) in enumerate(places):
			own = list(branch_parts)
			row = {**top, "id": f"{n}.{m}", "parent": top["id"], "indent": 1, "bold": 0}
			if len(parts) > len(own) or origin_branch or branch:
				line = _("Earned in {0}, spent in {1}").format(
					origin_branch or common.DASH, branch or common.DASH
				)
				yield {**row, "line": line, "origin_branch": origin_branch, "branch": branch, **_amounts(own)}
			else:
				row = top
			for k, part in enumerate(own):
				if part.document:
					yield _document(row, k, part, journals, styles)


def _posted(parts: list[Flow], journals: Settled) -> dict[str, Any]:
	"""What the journals of two companies say; branches of one company need none."""
	first = parts[0]
	if first.origin == first.company:
		return {}
	left = sum((part.amount for part in parts), ZERO) - journals.posted - journals.failed
	return {
		"posted": float(journals.posted),
		"failed": float(journals.failed) or None,
		"difference": float(left),
		"mark": "bad" if left or journals.failed else "good",
		"marks": ["failed", "difference"] if left or not journals.failed else ["failed"],
		"settlements": {
			"origin": first.origin,
			"company": first.company,
			"wallet": first.wallet,
			"program": first.program,
		},
	}


def _document(above: dict[str, Any], n: int, part: Flow, journals: Any, styles: Styles) -> dict[str, Any]:
	assert part.document is not None
	here, there = journals.get((part.document, part.origin, part.wallet), ("", ""))
	return {
		**above,
		"id": f"{above['id']}.d{n}",
		"parent": above["id"],
		"indent": above["indent"] + 1,
		"bold": 0,
		"line": part.document[1],
		"origin_branch": part.origin_branch,
		"branch": part.branch,
		"source_doctype": part.document[0],
		"source_name": part.document[1],
		"day": part.day,
		"day_jalali": styles.day(part.day),
		"journal": here,
		"origin_journal": there,
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
			"line": _("In all {0} owes {1}").format(debtor, creditor),
			"origin": debtor,
			"company": creditor,
			"amount": float(abs(amount)),
			"currency": currency,
		}


def _check(found: between_places.Balanced, day: str) -> Iterator[dict[str, Any]]:
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
			"line": words,
			"amount": float(amount),
			"currency": currency,
			"bold": int(name == "rest"),
			"mark": ("bad" if amount else "good") if name == "rest" else None,
		}


def _columns(styles: Styles, decimals: int, documents: bool) -> list[dict[str, Any]]:
	each = [
		*common.document(_("Document")),
		*common.day("day", _("Date"), styles),
		common.link("journal", _("Journal Where It Was Spent"), "Journal Entry"),
		common.link("origin_journal", _("Journal Where It Was Earned"), "Journal Entry"),
	]
	return [
		common.text("line", _("Line", context="Loyalty Club"), 320),
		common.text("wallet", _("Wallet", context="Loyalty Club"), 100),
		common.points("spent", _("Spent"), decimals, 90),
		common.points("given_back", _("Given Back"), decimals, 100),
		common.money("amount", _("Value", context="Loyalty Club"), 130),
		common.money("posted", _("Journals Posted"), 130),
		common.money("failed", _("Not Posted Yet"), 130),
		common.money("difference", _("Difference", context="Loyalty Club"), 100),
		*(each if documents else []),
		common.link("origin", _("Earned In"), "Company"),
		common.link("origin_branch", _("Earned In Branch"), "Branch", 130),
		common.link("company", _("Spent In"), "Company"),
		common.link("branch", _("Spent In Branch"), "Branch", 130),
		common.link("program", _("Club Program"), "Club Program"),
		common.hidden_currency(),
	]
