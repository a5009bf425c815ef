"""What members buy most, and where: the item group and the branch of the largest net amount within a year; of equal
ones the first by name.

Reads submitted invoices of the members' own rows, returns subtracted; what a till's closing put together again is not
counted twice. Only for members who have bought since they were last looked at: the others keep what they have.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Sum
from pypika.analytics import RowNumber

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


def item_groups(whose: Whose, as_of: date) -> Any:
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
