"""What a customer's points in ERPNext's own loyalty are really worth, lot by lot.

ERPNext keeps one row for each award and one for each piece of a redemption, with the name of the award it was taken
from. Its own balance is the sum of the rows that have not expired, which is wrong as soon as a redemption was charged
to an award that was used up before, was written nowhere, or its award has expired. Here each redemption takes what its
award still had, the rest what could be spent that day, in the order of expiry; what nothing covers is told, not carried
over.

>>> def day(n):
...     return date(2025, 1, n)
>>> rows = [Row("A", 100, day(1), day(9)), Row("B", 100, day(1), day(20))]
>>> rows += [Row("r", -100, day(2), day(9), "A"), Row("s", -60, day(3), day(9), "A")]
>>> balance(rows, day(10))
Balance(lots=(Lot(name='B', points=40, expires_on=datetime.date(2025, 1, 20)),), told=100, uncovered=0)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_down, round_half_up

UNIT = Decimal(1)


class Row(NamedTuple):
	"""A Loyalty Point Entry: whole points, positive if awarded, negative if spent. expires_on: the last day (None: none
	was written). against: the award a redemption names."""

	name: str
	points: int
	day: date
	expires_on: date | None
	against: str = ""


class Lot(NamedTuple):
	"""What is left of an award, in native points."""

	name: str
	points: int
	expires_on: date | None


class Balance(NamedTuple):
	"""lots: what is left and alive, by expiry; told: the balance ERPNext itself tells; uncovered: points that were
	spent without there being any."""

	lots: tuple[Lot, ...]
	told: int
	uncovered: int

	@property
	def points(self) -> int:
		"""Native points that are left."""
		return sum(lot.points for lot in self.lots)


@dataclass
class _Award:
	row: Row
	left: int


def balance(rows: Iterable[Row], as_of: date) -> Balance:
	"""The balance of one customer in one company on the morning of `as_of`, rows in the order they were written."""
	seen = [row for row in rows if row.day <= as_of]
	told = sum(row.points for row in seen if row.expires_on is not None and row.expires_on >= as_of)
	awards = [_Award(row, row.points) for row in seen if row.points > 0]
	by_name = {award.row.name: award for award in awards}
	uncovered = 0
	for spent in sorted((row for row in seen if row.points < 0), key=lambda row: row.day):
		points = -spent.points
		named = by_name.get(spent.against)
		alive = sorted((award for award in awards if _alive(award.row, spent.day)), key=_order)
		for award in [*([named] if named else []), *alive]:
			part = min(points, award.left)
			award.left -= part
			points -= part
		uncovered += points
	left = [award for award in awards if award.left and _lives(award.row, as_of)]
	lots = tuple(Lot(each.row.name, each.left, each.row.expires_on) for each in sorted(left, key=_order))
	return Balance(lots, told, uncovered)


def _lives(row: Row, day: date) -> bool:
	return row.expires_on is None or row.expires_on >= day


def _alive(row: Row, day: date) -> bool:
	return row.day <= day and _lives(row, day)


def _order(award: _Award) -> tuple[date, date]:
	return award.row.expires_on or date.max, award.row.day


def undeducted(wanted: int, deducted: int, returned: Decimal, total: Decimal) -> int:
	"""Native points an invoice was paid with that no row deducts.

	wanted: what it was paid with; deducted: what its rows say; returned, total: money that came back of it, and all of
	it. The share that came back gave its points back."""
	if wanted <= deducted:
		return 0
	share = min(Fraction(1), Fraction(returned) / Fraction(total)) if total > 0 else Fraction(0)
	back = int(round_half_up(Fraction(wanted) * share, UNIT))
	return max(0, wanted - back - deducted)


def converted(points: int, factor: Decimal, quantum: Decimal) -> Decimal:
	"""Native points in the club's, rounded down. factor: club points for one of ERPNext's."""
	return round_down(Fraction(points) * Fraction(factor), quantum)
