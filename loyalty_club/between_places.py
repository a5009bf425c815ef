"""What was given in one place and spent in another, and what companies owe each other for it. Reads only.

By documents of some days, in points or money and in Rial at the lots' value. What Club Settlement says of the same days
and what the inter-company accounts show is told beside it, so that whoever looks sees whether they agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Max

from loyalty_club import document_totals, permissions, policy
from loyalty_club.core.model import ZERO
from loyalty_club.document_totals import Key, text_of_sum
from loyalty_club.policy import exact


class Flow(NamedTuple):
	"""What was given in one place and spent in another: quantities, and Rial at the lots' value."""

	origin: str
	origin_branch: str
	company: str
	branch: str
	program: str
	wallet: str
	spent: Decimal
	given_back: Decimal
	amount: Decimal  # spent less given back
	document: Key | None = None  # where each document is asked for
	day: date | None = None


class Settled(NamedTuple):
	"""What Club Settlement says of two companies, one program and wallet (Rial)."""

	posted: Decimal = ZERO
	failed: Decimal = ZERO


class Balanced(NamedTuple):
	"""Inter-company accounts of all companies at a day's end (Rial). later: posted in one company, dated later in the
	other; others: by vouchers that are none of the club's."""

	due_from: Decimal
	due_to: Decimal
	later: Decimal
	others: Decimal

	@property
	def rest(self) -> Decimal:
		"""What nothing explains: 0 where all is well."""
		return self.due_from - self.due_to - self.later - self.others


def flows(
	since: date,
	until: date,
	*,
	company: str | None = None,
	program: str | None = None,
	wallet: str | None = None,
	by_document: bool = False,
) -> list[Flow]:
	"""What submitted documents of these days spent, by where it had been given and where it was spent; of places that
	the present user may see. company: either of the two."""
	sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
	found: list[Flow] = []
	programs = document_totals.programs()
	wanted = [name for name, of in programs.items() if not program or of == program]
	for doctype in document_totals.sources() if wanted else ():
		total, _document, day, query = document_totals.of_kind(doctype)
		home, spending = Coalesce(total.home, total.company), total.kind.isin(["redeem", "restore"])
		place = (home, total.home_branch, total.company, total.branch, total.program_version, total.wallet)
		query = (
			query.select(
				*place,
				text_of_sum(Case().when(total.quantity < 0, total.quantity * -1).else_(0)),
				text_of_sum(Case().when(total.quantity > 0, total.quantity).else_(0)),
				text_of_sum(total.amount * -1),
			)
			.where((day >= since) & (day <= until) & total.program_version.isin(wanted))
			.where(spending | (home != total.company))
			.groupby(*place)
		)
		if by_document:
			query = query.select(total.source_name, Max(day)).groupby(total.source_name)
		if company:
			query = query.where((total.company == company) | (total.home == company))
		if wallet:
			query = query.where(total.wallet == wallet)
		for link, here, there in (
			("Company", total.company, total.home),
			("Branch", total.branch, total.home_branch),
		):
			names = permissions.allowed(link, "Club Ledger Entry")
			if names:
				query = query.where(here.isin(names) | there.isin(names))
		for row in query.run():
			key = [each or "" for each in row[: len(place)]]
			key[4] = programs[key[4]]
			amounts = [exact(each) for each in row[len(place) : len(place) + 3]]
			if by_document:
				found.append(Flow(*key, *amounts, (doctype, row[-2]), row[-1]))
			before = sums[tuple(key)]
			sums[tuple(key)] = [a + b for a, b in zip(before, amounts, strict=True)]
	if by_document:
		return sorted(found, key=lambda flow: (flow[:6], flow.day, flow.document))
	return [Flow(*key, *amounts) for key, amounts in sorted(sums.items())]


def journals_of(documents: Iterable[Key]) -> dict[tuple[Key, str, str], tuple[str, str]]:
	"""The two journals of documents' settlements, by document, origin and wallet."""
	names = sorted({name for _doctype, name in documents})
	if not names:
		return {}
	rows = frappe.get_all(
		"Club Settlement",
		filters={"document": ["in", names], "status": ["!=", "Cancelled"]},
		fields=[
			"document_type",
			"document",
			"origin",
			"wallet",
			"journal_entry",
			"origin_journal_entry",
		],
	)
	return {
		((row.document_type, row.document), row.origin, row.wallet): (
			row.journal_entry or "",
			row.origin_journal_entry or "",
		)
		for row in rows
	}


def settled(since: date, until: date) -> dict[tuple[str, str, str, str], Settled]:
	"""What settlements of documents of these days say, by origin, company, program and wallet."""
	row = frappe.qb.DocType("Club Settlement")
	found: dict[tuple[str, str, str, str], Settled] = {}
	for origin, company, program, wallet, status, amount in (
		frappe.qb.from_(row)
		.select(row.origin, row.company, row.program, row.wallet, row.status, text_of_sum(row.amount))
		.where((row.posting_date >= since) & (row.posting_date <= until) & (row.status != "Cancelled"))
		.groupby(row.origin, row.company, row.program, row.wallet, row.status)
		.run()
	):
		before = found.get((origin, company, program, wallet), Settled())
		field = "failed" if status == "Failed" else "posted"
		found[origin, company, program, wallet] = before._replace(
			**{field: getattr(before, field) + exact(amount)}
		)
	return found


def balanced(until: date) -> Balanced:
	"""Whether the inter-company accounts of all companies agree."""
	names: set[str] = set()
	for program in frappe.get_all("Club Program", filters={"active_version": ["is", "set"]}, pluck="name"):
		in_force = policy.in_force(program)
		for each in in_force.companies.values() if in_force else ():
			if each.inter_company_account:
				names.add(each.inter_company_account)
	if not names:
		return Balanced(ZERO, ZERO, ZERO, ZERO)
	journals, later = set(), ZERO
	for each in frappe.get_all(
		"Club Settlement",
		filters={"status": ["!=", "Cancelled"], "journal_entry": ["is", "set"]},
		fields=["journal_entry", "origin_journal_entry", "journal_date", "origin_date", "amount"],
	):
		journals |= {each.journal_entry, each.origin_journal_entry}
		here, there = each.journal_date <= until, each.origin_date <= until
		later += exact(each.amount) * (int(here) - int(there))
	gl = frappe.qb.DocType("GL Entry")
	due_from = due_to = others = ZERO
	of_account: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for account, voucher, amount in (
		frappe.qb.from_(gl)
		.select(gl.account, gl.voucher_no, text_of_sum(gl.debit - gl.credit))
		.where(gl.account.isin(sorted(names)) & (gl.is_cancelled == 0) & (gl.posting_date <= until))
		.groupby(gl.account, gl.voucher_no)
		.run()
	):
		of_account[account] += exact(amount)
		if voucher not in journals:
			others += exact(amount)
	for amount in of_account.values():
		due_from, due_to = due_from + max(amount, ZERO), due_to + max(-amount, ZERO)
	return Balanced(due_from, due_to, later, others)
