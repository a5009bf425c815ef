"""What members buy most, and where: the item group and the branch of the largest net amount within a year; of equal
ones the first by name.

Reads submitted invoices of the members' own rows, returns subtracted; what a till's closing put together again is not
counted twice. Statements for `engine.profiles` to put into its own, with its values: `as_of`, the evening; `year`, that
of a year before; and those of `Whose`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

A_YEAR = timedelta(days=365)


class Whose(NamedTuple):
	"""Members: all from behind one name up to another, or, where names are given, those."""

	after: str = ""
	until: str = ""
	names: tuple[str, ...] | None = None

	def where(self, column: str) -> str:
		"""The condition on a column that holds the member's name."""
		if self.names is None:
			return f"{column} > %(after)s and {column} <= %(until)s"
		return f"{column} in %(names)s"


def branch(account: str) -> str:
	"""The branch of one account."""
	return f"""(
		select y.branch
		from `tabClub Activity` y
		where y.account = {account} and y.day > %(year)s and y.day <= %(as_of)s and y.branch > ''
		group by y.branch
		having sum(y.net) > 0
		order by sum(y.net) desc, y.branch
		limit 1
	)"""


def item_groups(whose: Whose) -> str:
	"""Member and item group, of those who have one."""
	return f"""
		select member, item_group
		from (
			select member, item_group, sum(net) as net,
				row_number() over (partition by member order by sum(net) desc, item_group) as place
			from (
				{_rows("Sales Invoice", whose)} and i.is_consolidated = 0
				union all
				{_rows("POS Invoice", whose)}
			) bought
			group by member, item_group
		) placed
		where place = 1 and net > 0
	"""


def _rows(doctype: str, whose: Whose) -> str:
	return f"""
		select i.club_member as member, r.item_group, r.base_net_amount as net
		from `tab{doctype}` i
		join `tab{doctype} Item` r on r.parent = i.name
		where {whose.where("i.club_member")} and i.docstatus = 1
			and i.posting_date > %(year)s and i.posting_date <= %(as_of)s and r.item_group > ''
	"""
