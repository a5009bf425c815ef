"""Places: where points may be earned and spent. Decides; reads and changes nothing.

A program lists places: a company, or one branch of it, and what is allowed there. The most specific row decides: the
branch's own, else its company's. What no row names is not allowed; a program that lists nothing allows everything
wherever it is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

What = Literal["earn", "spend"]


class Place(NamedTuple):
	"""A row of the list. branch: "" for the whole company."""

	company: str
	branch: str = ""
	earn: bool = True
	spend: bool = True

	def may(self, what: What) -> bool:
		"""Whether the row allows it."""
		return self.earn if what == "earn" else self.spend


def allowed(places: Sequence[Place], company: str, branch: str, what: What) -> bool:
	"""Whether points may be earned or spent in a branch ("" if it is not known) of a company."""
	if not places:
		return True
	rows = {row.branch: row for row in places if row.company == company}
	row = rows.get(branch) or rows.get("")
	return row is not None and row.may(what)


def where(places: Iterable[Place], what: What) -> list[Place]:
	"""The rows that allow it, whole companies first."""
	return sorted((row for row in places if row.may(what)), key=lambda row: (row.company, row.branch))


def shut(places: Iterable[Place]) -> list[str]:
	"""Companies that are listed only to forbid: nothing would be allowed anywhere in them, which nobody means who
	lists an exception."""
	open_in: dict[str, bool] = {}
	for row in places:
		open_in[row.company] = open_in.get(row.company, False) or row.earn or row.spend
	return sorted(company for company, is_open in open_in.items() if not is_open)
