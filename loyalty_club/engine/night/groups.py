"""Customer Groups: moves customers into the groups of their tiers, for the programs that say so.

A sale that lifts a tier moves nobody at once: prices and terms change between two days, not between two receipts.
`engine.groups` says who is moved. What is done is not found again, so that a run that was cut off begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from loyalty_club.engine import groups
from loyalty_club.engine.night.runner import Step

AT_ONCE = groups.AT_ONCE


def count(day: date) -> int:
	"""How many customers are not in the group of their tier."""
	return sum(groups.count(program) for program in groups.movers())


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a night."""
	older: list[str] = []
	for program in groups.movers():
		after = ""
		while found := groups.wishes(program, older, after, AT_ONCE):
			after = found[-1].member
			moved = groups.move(program, [wish for wish in found if wish.is_done], day)
			did = {
				"customers_moved": moved,
				"customers_of_another_program": sum(bool(wish.conflict) for wish in found),
				"customers_left_where_undone": sum(wish.undone and not wish.conflict for wish in found),
			}
			yield Step("", len(found), {name: number for name, number in did.items() if number})
		older.append(program.name)
