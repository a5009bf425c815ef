"""Favourite Item Groups: what each member buys most, of those whose figures the scores' job has read anew.

A job of its own, for it reads the rows of ERPNext's invoices, one or more of each purchase, and no score waits for
them. Whoever is done is no longer found, so that a run that was cut off begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from loyalty_club.engine import favourites
from loyalty_club.engine.night.runner import Step

AT_ONCE = 5000  # members in a transaction


def count(_day: date) -> int:
	"""How many members are looked at."""
	return favourites.count_due()


def steps(day: date, _cursor: str) -> Iterator[Step]:
	"""The chunks of a night."""
	after = ""
	while names := favourites.due(after, AT_ONCE):
		changed = favourites.refresh(names, day - timedelta(days=1), after)
		after = names[-1]
		yield Step("", len(names), {"item_groups_changed": changed})
