"""What members buy most, and where: the item group and the branch of the largest net amount within a year.

Reads submitted invoices of the members' own rows, returns subtracted; what a till's closing put together again is not
counted twice. Only for members who have bought since they were last looked at: the others keep what they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe.query_builder.functions import Sum

A_YEAR = timedelta(days=365)


def of(members: list[str], as_of: date) -> dict[str, tuple[str, str]]:
	"""Item group and branch that each member buys most in the year up to an evening; "" where there is none."""
	groups, branches = _amounts(members, as_of)
	return {name: (_most(groups.get(name, {})), _most(branches.get(name, {}))) for name in members}


Amounts = dict[str, dict[str, Decimal]]


def _amounts(members: list[str], as_of: date) -> tuple[Amounts, Amounts]:
	"""Net amount (Rial) of each member by item group, and by branch."""
	groups: Amounts = {}
	branches: Amounts = {}
	if not members:
		return groups, branches
	for doctype in ("Sales Invoice", "POS Invoice"):
		parent, row = frappe.qb.DocType(doctype), frappe.qb.DocType(f"{doctype} Item")
		query = (
			frappe.qb.from_(parent)
			.join(row)
			.on(row.parent == parent.name)
			.select(parent.club_member, row.item_group, Sum(row.base_net_amount))
			.where(parent.club_member.isin(members) & (parent.docstatus == 1))
			.where((parent.posting_date > as_of - A_YEAR) & (parent.posting_date <= as_of))
			.groupby(parent.club_member, row.item_group)
		)
		if doctype == "Sales Invoice":
			query = query.where(parent.is_consolidated == 0)
		_add(groups, query.run())
	activity = frappe.qb.DocType("Club Activity")
	_add(
		branches,
		frappe.qb.from_(activity)
		.select(activity.member, activity.branch, Sum(activity.net))
		.where(activity.member.isin(members))
		.where((activity.day > as_of - A_YEAR) & (activity.day <= as_of))
		.groupby(activity.member, activity.branch)
		.run(),
	)
	return groups, branches


def _add(amounts: Amounts, rows: Any) -> None:
	for member, what, net in rows:
		if what:
			mine = amounts.setdefault(member, {})
			mine[what] = mine.get(what, Decimal(0)) + Decimal(str(net or 0))


def _most(amounts: Mapping[str, Decimal]) -> str:
	"""The name with the largest amount above nothing; of equal ones the first by name."""
	best = min(amounts.items(), key=lambda each: (-each[1], each[0]), default=("", Decimal(0)))
	return best[0] if best[1] > 0 else ""
