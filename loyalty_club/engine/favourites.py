"""What members buy most, and where: the item group and the branch of the largest net amount within a year; of equal
ones the first by name.

The only code that writes the item group in Club Profile, read from submitted invoices of the members' own, returns
subtracted; what a till's closing put together again is not counted twice. `engine.profiles` says whose is due: of those
who have bought since they were last looked at, or whose days left the window. The others keep what they have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Coalesce, Count, Sum
from pypika.analytics import RowNumber

PROFILE = "Club Profile"
A_YEAR = timedelta(days=365)


class Whose(NamedTuple):
	"""Members: all from behind one name up to another, or, where names are given, those."""

	after: str = ""
	until: str = ""
	names: tuple[str, ...] | None = None

	def holds(self, column: Any) -> Any:
		"""The condition on a column of members' names."""
		if self.names is None:
			return (column > self.after) & (column <= self.until)
		return column.isin(self.names)


# ---------------------------------------------------------------------------------------------- what


def count_due() -> int:
	"""How many members' item group is due."""
	profile = frappe.qb.DocType(PROFILE)
	found: int = frappe.qb.from_(profile).select(Count("*")).where(profile.item_group_due == 1).run()[0][0]
	return found


def due(after: str, limit: int) -> list[str]:
	"""The next members behind one name whose item group is due, in the order of their names. Their profiles are locked:
	whose figures change meanwhile is due again afterwards."""
	profile = frappe.qb.DocType(PROFILE)
	query = frappe.qb.from_(profile).select(profile.name).orderby(profile.name).limit(limit).for_update()
	found: list[str] = query.where((profile.item_group_due == 1) & (profile.name > after)).run(pluck=True)
	return found


def refresh(names: Sequence[str], as_of: date, after: str | None = None) -> int:
	"""Looks for the item groups of some members that are due, in the year up to an evening, and writes them; returns
	how many have another one now. after: behind this name, no others up to the last of them are due; where they are
	close together, their invoices are read as a range, which is faster."""
	whose = Whose(names=tuple(names))
	if after is not None and count_profiles(whole := Whose(after, names[-1])) < len(names) * 2:
		whose = whole
	profile, liked = frappe.qb.DocType(PROFILE), _item_groups(whose, as_of).as_("liked")
	rows = (
		frappe.qb.from_(profile)
		.left_join(liked)
		.on(liked.member == profile.name)
		.select(profile.name, profile.favourite_item_group, Coalesce(liked.what, ""))
		.where(whose.holds(profile.name) & (profile.item_group_due == 1))
		.run()
	)
	mine, stand = set(names), []
	others: dict[str, list[str]] = defaultdict(list)
	for name, had, what in rows:
		if name in mine:  # another that has become due meanwhile is not locked
			(stand if (had or "") == what else others[what]).append(name)
	now = {"modified": frappe.utils.now_datetime(), "modified_by": frappe.session.user}
	for what, members in others.items():
		_done(members, {"favourite_item_group": what, **now})
	_done(stand, {})
	return sum(map(len, others.values()))


def count_profiles(whose: Whose) -> int:
	"""How many of some members have a profile."""
	profile = frappe.qb.DocType(PROFILE)
	found: int = frappe.qb.from_(profile).select(Count("*")).where(whose.holds(profile.name)).run()[0][0]
	return found


def _done(names: list[str], values: dict[str, Any]) -> None:
	"""Notes that some members are looked at, and what was found."""
	profile = frappe.qb.DocType(PROFILE)
	query = frappe.qb.update(profile).where(profile.name.isin(names))
	for column, value in {"item_group_due": 0, **values}.items():
		query = query.set(profile[column], value)
	if names:
		query.run()


def _item_groups(whose: Whose, as_of: date) -> Any:
	"""What item group each member buys most in the year up to an evening: a query of member and what, of those who
	have one."""
	bought = _invoices("Sales Invoice", whose, as_of)
	if _any("POS Invoice", whose):  # to put two kinds together costs a tenth
		bought *= _invoices("POS Invoice", whose, as_of)
	bought = bought.as_("bought")
	net = Sum(bought.net)
	place = RowNumber().over(bought.member).orderby(net, order=frappe.qb.desc).orderby(bought.what)
	sums = (
		frappe.qb.from_(bought)
		.select(bought.member, bought.what, net.as_("net"), place.as_("place"))
		.groupby(bought.member, bought.what)
		.as_("sums")
	)
	return frappe.qb.from_(sums).select(sums.member, sums.what).where((sums.place == 1) & (sums.net > 0))


def _any(doctype: str, whose: Whose) -> bool:
	parent = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(parent).select(parent.name).where(whose.holds(parent.club_member)).limit(1)
	return bool(query.run())


def _invoices(doctype: str, whose: Whose, as_of: date) -> Any:
	parent, row = frappe.qb.DocType(doctype), frappe.qb.DocType(f"{doctype} Item")
	query = (
		frappe.qb.from_(parent)
		.join(row)
		.on(row.parent == parent.name)
		.select(parent.club_member.as_("member"), row.item_group.as_("what"), row.base_net_amount.as_("net"))
		.where(whose.holds(parent.club_member) & (parent.docstatus == 1) & (row.item_group > ""))
		.where((parent.posting_date > as_of - A_YEAR) & (parent.posting_date <= as_of))
	)
	return query.where(parent.is_consolidated == 0) if doctype == "Sales Invoice" else query


def branch(account: Any, as_of: date) -> Any:
	"""The branch in which an account (a column of the query around it) buys most in the year up to an evening: a query
	of one value, or none."""
	activity = frappe.qb.DocType("Club Activity")
	net = Sum(activity.net)
	return (
		frappe.qb.from_(activity)
		.select(activity.branch)
		.where((activity.account == account) & (activity.branch > ""))
		.where((activity.day > as_of - A_YEAR) & (activity.day <= as_of))
		.groupby(activity.branch)
		.having(net > 0)
		.orderby(net, order=frappe.qb.desc)
		.orderby(activity.branch)
		.limit(1)
	)
