"""What the staff's watchers look for, from the ledger alone. Reads; decides no points, and accuses nobody.

Five signs, each a `Sign` per cashier and member or per document: a member who gets an unusual share of one cashier's
awards; sales that the same cashier sold and took back; amendments after which another member has the points; sales
that earned nothing because staff made them for themselves or the day's awards were used up; sales that were attached
to a member after submit. The cashier is who posted it: the owner of the ledger's rows. One set-based query a sign over
the days asked for, then a few rows by name. Confined to what the present user may see.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Cast_, Count, Max, Sum

from loyalty_club import permissions
from loyalty_club.core.model import ZERO
from loyalty_club.engine.invoice import DOCTYPES

SHARE, CYCLE, AMENDED, NOTHING, ATTACHED = SIGNS = ("share", "cycle", "amended", "nothing", "attached")
CHUNK = 1000
ENTRY = "Club Ledger Entry"


class Asked(NamedTuple):
	"""What to look for. share: of a cashier's awards to one member (0 to 1), from `least` awards on; within: days
	between sale and return, from `cycles` of them on."""

	since: date
	until: date
	company: str | None = None
	branch: str | None = None
	user: str | None = None
	member: str | None = None
	share: Decimal = Decimal("0.2")
	least: int = 5
	within: int = 3
	cycles: int = 2


class Sign(NamedTuple):
	"""One thing to look at. times, of: how often, of how many; points: concerned; day, doctype, document: the last one;
	facts: for the sentence."""

	sign: str
	user: str
	member: str
	times: int
	points: Decimal
	day: date
	doctype: str
	document: str
	facts: dict[str, Any]
	of: int = 0


def signs(asked: Asked, wanted: Iterable[str] = SIGNS) -> list[Sign]:
	"""All signs of these kinds, in the order of the kinds."""
	look = {
		SHARE: shares,
		CYCLE: cycles,
		AMENDED: amendments,
		NOTHING: lambda asked: remarked(asked, NOTHING, ("own_document", "awards_limit")),
		ATTACHED: lambda asked: remarked(asked, ATTACHED, ("attach",)),
	}
	return [sign for kind in SIGNS if kind in set(wanted) for sign in look[kind](asked)]


def _number(text: str | None) -> Decimal:
	return Decimal(text or 0)


def _asked(query: Any, table: Any, day: Any, asked: Asked, doctype: str) -> Any:
	"""The rows asked for, of those the user may see."""
	query = query.where((day >= asked.since) & (day <= asked.until))
	for column, wanted in (
		(table.company, asked.company),
		(table.branch, asked.branch),
		(table.owner, asked.user),
		(table.member, asked.member),
	):
		if wanted:
			query = query.where(column == wanted)
	columns = {"Company": table.company, "Branch": table.branch, "Club Member": table.member}
	of = frappe.qb.DocType("Club Member")
	more = {"Customer": of.customer, "Club Program": of.program}
	if any(permissions.allowed(link, doctype) for link in more):
		query = query.join(of).on(of.name == table.member)
		columns |= more
	return permissions.restrict(query, doctype, columns)


# ---------------------------------------------------------------------------------------------- shares


def shares(asked: Asked) -> list[Sign]:
	"""Members who got an unusual share of one cashier's awards; the greatest share first."""
	entry = frappe.qb.DocType("Club Ledger Entry")

	def counted(*columns: Any) -> Any:
		return (
			frappe.qb.from_(entry)
			.select(*columns, Count("*"), Cast_(Sum(entry.quantity), "char"), Max(entry.posting_date))
			.where(entry.kind == "award")
			.groupby(*columns)
		)

	of_all = _asked(counted(entry.owner), entry, entry.posting_date, asked._replace(member=None), ENTRY)
	every = {row[0]: row[1] for row in of_all.having(Count("*") >= asked.least).run()}
	if not every:
		return []
	pairs = _asked(counted(entry.owner, entry.member), entry, entry.posting_date, asked, ENTRY)
	found = []
	for user, member, times, points, day in pairs.having(Count("*") >= asked.least).run():
		of = every.get(user, 0)
		if not of or Decimal(times) / of < asked.share:
			continue
		doctype, document = _last_award(user, member, day)
		found.append(Sign(SHARE, user, member, times, _number(points), day, doctype, document, {}, of))
	return sorted(found, key=lambda sign: (-Decimal(sign.times) / sign.of, -sign.times, sign.member))


def _last_award(user: str, member: str, day: date) -> tuple[str, str]:
	rows = frappe.get_all(
		"Club Ledger Entry",
		filters={"member": member, "owner": user, "kind": "award", "posting_date": day},
		fields=["source_doctype", "source_name"],
		order_by="seq desc",
		limit=1,
	)
	return rows[0].source_doctype or "", rows[0].source_name or ""


# ---------------------------------------------------------------------------------------------- bought and taken back


def cycles(asked: Asked) -> list[Sign]:
	"""Sales that the same cashier sold to a member and took back (or cancelled) within a few days, where that happened
	more than once; the most first."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(
			entry.owner,
			entry.member,
			entry.posting_date,
			entry.source_name,
			entry.reason,
			Cast_(entry.quantity, "char").as_("quantity"),
		)
		.where((entry.kind == "reverse") & entry.reason_code.isin(["returned", "cancelled"]))
	)
	backs = _asked(query, entry, entry.posting_date, asked, ENTRY).run(as_dict=True)
	for back in backs:
		back.sale = json.loads(back.reason or "{}").get("document") or ""
	sales = {row.name: row for row in _postings({back.sale for back in backs})}
	found: dict[tuple[str, str], list[Any]] = {}
	for back in backs:
		sale = sales.get(back.sale)
		if sale and sale.owner == back.owner and 0 <= (back.posting_date - sale.day).days <= asked.within:
			found.setdefault((back.owner, back.member), []).append((back, sale))
	made = []
	for (user, member), pairs in found.items():
		times = len({sale.name for _back, sale in pairs})
		if times < asked.cycles:
			continue
		back, sale = max(pairs, key=lambda pair: (pair[0].posting_date, pair[0].source_name or ""))
		points = -sum((_number(each.quantity) for each, _sale in pairs), ZERO)
		facts = {"back": back.source_name or "", "within": asked.within}
		made.append(
			Sign(
				CYCLE,
				user,
				member,
				times,
				points,
				back.posting_date,
				sale.source_doctype,
				sale.source_name,
				facts,
			)
		)
	return sorted(made, key=lambda sign: (-sign.times, -sign.points, sign.member))


def _postings(names: Iterable[str]) -> Iterator[Any]:
	"""Sales as they were posted, by name."""
	wanted = sorted(name for name in names if name)
	for n in range(0, len(wanted), CHUNK):
		yield from frappe.get_all(
			"Club Posting",
			filters={"name": ["in", wanted[n : n + CHUNK]], "kind": "sale"},
			fields=["name", "owner", "member", "account", "day", "source_doctype", "source_name"],
		)


# ---------------------------------------------------------------------------------------------- amendments


def amendments(asked: Asked) -> list[Sign]:
	"""Amended sales whose points are another member's than the original's, or whose original had no member; the latest
	first."""
	found: list[Sign] = []
	for doctype in DOCTYPES:
		amended = _amended(doctype, asked)
		before = {row.name: row for row in _postings(amended.values())}
		for row in _confined_postings(doctype, list(amended), asked):
			original = amended[row.source_name]
			was = before.get(original)
			if was and (was.account == row.account or row.member in _became(was.member)):
				continue
			facts = {"original": original, "was": was.member if was else ""}
			found.append(
				Sign(AMENDED, row.owner, row.member, 1, ZERO, row.day, doctype, row.source_name, facts)
			)
	points = _awarded(sign.document for sign in found)
	made = [sign._replace(points=points.get(sign.document, ZERO)) for sign in found]
	return sorted(made, key=lambda sign: (-sign.day.toordinal(), sign.document))


def _amended(doctype: str, asked: Asked) -> dict[str, str]:
	"""Amended sales of those days, and what each amends."""
	sale = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(sale)
		.select(sale.name, sale.amended_from)
		.where((sale.posting_date >= asked.since) & (sale.posting_date <= asked.until))
		.where(sale.amended_from.isnotnull() & (sale.docstatus > 0))
		.run()
	)
	return dict(rows)


def _confined_postings(doctype: str, names: list[str], asked: Asked) -> Iterator[Any]:
	"""What these sales posted, as far as it is asked for and the user may see it."""
	posting = frappe.qb.DocType("Club Posting")
	for n in range(0, len(names), CHUNK):
		query = (
			frappe.qb.from_(posting)
			.select(posting.owner, posting.member, posting.account, posting.day, posting.source_name)
			.where((posting.source_doctype == doctype) & (posting.kind == "sale"))
			.where(posting.source_name.isin(names[n : n + CHUNK]))
		)
		yield from _asked(query, posting, posting.day, asked, "Club Posting").run(as_dict=True)


def _became(member: str) -> set[str]:
	"""Who a member became by merging."""
	found: set[str] = set()
	heir = frappe.db.get_value("Club Member", member, "merged_into")
	while heir and heir not in found:
		found.add(heir)
		heir = frappe.db.get_value("Club Member", heir, "merged_into")
	return found


def _awarded(documents: Iterable[str]) -> dict[str, Decimal]:
	"""Points that documents were awarded."""
	wanted, found = sorted(set(documents)), {}
	entry = frappe.qb.DocType("Club Ledger Entry")
	for n in range(0, len(wanted), CHUNK):
		rows = (
			frappe.qb.from_(entry)
			.select(entry.source_name, Cast_(Sum(entry.quantity), "char"))
			.where(entry.source_name.isin(wanted[n : n + CHUNK]) & (entry.kind == "award"))
			.groupby(entry.source_name)
			.run()
		)
		found |= {name: _number(points) for name, points in rows}
	return found


# ---------------------------------------------------------------------------------------------- marked by the ledger


def remarked(asked: Asked, sign: str, remarks: tuple[str, ...]) -> list[Sign]:
	"""Sales that the ledger marks so; the latest first."""
	posting = frappe.qb.DocType("Club Posting")
	query = (
		frappe.qb.from_(posting)
		.select(
			posting.owner,
			posting.member,
			posting.day,
			posting.remark,
			posting.source_doctype,
			posting.source_name,
		)
		.where(posting.remark.isin(list(remarks)) & (posting.kind == "sale"))
	)
	rows = _asked(query, posting, posting.day, asked, "Club Posting").run(as_dict=True)
	attached = sign == ATTACHED
	points = _awarded(row.source_name for row in rows) if attached else {}
	requests = _requests([row.source_name for row in rows]) if attached and rows else {}
	made = [
		Sign(
			sign,
			row.owner,
			row.member,
			1,
			points.get(row.source_name, ZERO),
			row.day,
			row.source_doctype or "",
			row.source_name or "",
			{"remark": row.remark, "request": requests.get(row.source_name)},
		)
		for row in rows
	]
	return sorted(made, key=lambda each: (-each.day.toordinal(), each.document))


def _requests(documents: list[str]) -> dict[str, Any]:
	"""The approved request of each document that has one."""
	rows = frappe.get_all(
		"Club Attachment Request",
		filters={"document": ["in", documents], "docstatus": ["!=", 0]},
		fields=["name", "document", "requested_by"],
		order_by="creation asc",
	)
	return {row.document: row for row in rows}
