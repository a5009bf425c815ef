"""Lots: when they die, in which order they are spent, what may be spent. Decides; changes nothing.

Data: `model.Lot`. A *piece* is (lot, points): what a movement takes from or gives to one lot.

>>> from datetime import date
>>> spend_order([])
[]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import ZERO, Lot, Program
from loyalty_club.core.periods import CALENDARS, CalendarFunctions, nth_period_end

Piece = tuple[Lot, Decimal]

# ---------------------------------------------------------------------------------------------- rounding


def round_half_up(exact: Fraction, quantum: Decimal) -> Decimal:
	"""Points or money to the nearest quantum, half away from zero, exactly."""
	steps = exact if quantum == 1 else exact / Fraction(quantum)
	above, below = steps.numerator, steps.denominator
	whole = (2 * abs(above) + below) // (2 * below)
	return Decimal(whole if above >= 0 else -whole) * quantum


def round_down(exact: Fraction, quantum: Decimal) -> Decimal:
	"""Points to the quantum at or below (exact ≥ 0)."""
	if quantum == 1:
		return Decimal(exact.numerator // exact.denominator)
	return Decimal(exact // Fraction(quantum)) * quantum


# ---------------------------------------------------------------------------------------------- expiry


def _after_days(calendar: CalendarFunctions, day: date, count: int) -> date | None:
	return day + timedelta(days=count)


def _after_months(calendar: CalendarFunctions, day: date, count: int) -> date | None:
	return calendar.add_months(day, count)


def _open(calendar: CalendarFunctions, day: date, count: int) -> date | None:
	return None


EXPIRY: Mapping[str, Callable[[CalendarFunctions, date, int], date | None]] = {
	"never": _open,
	"inactivity": _open,
	"days": _after_days,
	"months": _after_months,
	"end_of_month": lambda calendar, day, count: nth_period_end(calendar.month_of, day, count),
	"end_of_quarter": lambda calendar, day, count: nth_period_end(calendar.quarter_of, day, count),
	"end_of_half_year": lambda calendar, day, count: nth_period_end(calendar.half_year_of, day, count),
	"end_of_year": lambda calendar, day, count: nth_period_end(calendar.year_of, day, count),
}


def expires_on(program: Program, available_from: date) -> date | None:
	"""The last day on which a lot that can be spent from `available_from` can be spent; None if none is fixed."""
	expiry = program.expiry
	return EXPIRY[expiry.kind](CALENDARS[program.calendar], available_from, expiry.count)


def last_day(lot: Lot, program: Program, last_purchase: date | None) -> date | None:
	"""The lot's last day, an idle lot's as it stands now: `idle_months` after the member's last purchase or the
	day it became available, whichever is later. None: never."""
	if lot.expires_on is not None or not lot.idle_months:
		return lot.expires_on
	since = max(last_purchase or lot.available_from, lot.available_from)
	return CALENDARS[program.calendar].add_months(since, lot.idle_months)


# ---------------------------------------------------------------------------------------------- order and availability


def spend_order(lots: Iterable[Lot]) -> list[Lot]:
	"""Earliest expiry first, then oldest, never-expiring last."""
	return sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.awarded_on, lot.seq))


def spendable(lots: Iterable[Lot], day: date) -> list[Lot]:
	"""The lots that can be spent on `day`, in the order they go."""
	return spend_order(
		lot
		for lot in lots
		if lot.remaining > 0
		and lot.available_from <= day
		and (lot.expires_on is None or day <= lot.expires_on)
	)


def available(lots: Iterable[Lot], deficit: Decimal, day: date) -> Decimal:
	"""Points that can be spent on `day`: what is in spendable lots less the deficit, never below zero."""
	return max(ZERO, sum((lot.remaining for lot in spendable(lots, day)), ZERO) - deficit)


def take(lots: Iterable[Lot], quantity: Decimal) -> tuple[list[Piece], Decimal]:
	"""Pieces of up to `quantity` points from the lots in the given order, and what could not be found."""
	pieces: list[Piece] = []
	for lot in lots:
		if quantity <= 0:
			break
		part = min(lot.remaining, quantity)
		if part > 0:
			pieces.append((lot, part))
			quantity -= part
	return pieces, quantity


def value(pieces: Iterable[Piece]) -> Decimal:
	"""What the pieces are worth (Rial), each at its lot's own value."""
	return sum((lot.value * points for lot, points in pieces), ZERO)


def redemption(
	program: Program,
	lots: Sequence[Lot],
	deficit: Decimal,
	quantity: Decimal,
	payable: Decimal,
	total: Decimal,
	spent_today: Decimal,
	day: date,
) -> list[Piece]:
	"""The pieces that pay `quantity` points towards a document, or `RedemptionRefused` with nothing changed.

	payable: Rial of the lines that points may pay, tax included; total: Rial of the whole document; spent_today:
	points this member already spent that day.
	"""
	spending = program.spending
	if quantity <= 0 or quantity % program.quantum:
		raise RedemptionRefused("not_a_quantity", wanted=quantity, step=program.quantum)
	can = available(lots, deficit, day)
	if quantity > can:
		raise RedemptionRefused("not_enough_points", wanted=quantity, available=can)
	if quantity < spending.minimum:
		raise RedemptionRefused("below_minimum", wanted=quantity, minimum=spending.minimum)
	if spending.multiple and quantity % spending.multiple:
		raise RedemptionRefused("not_a_multiple", wanted=quantity, multiple=spending.multiple)
	if spending.daily_limit is not None and spent_today + quantity > spending.daily_limit:
		raise RedemptionRefused("daily_limit", wanted=quantity, spent=spent_today, limit=spending.daily_limit)
	pieces, _ = take(spendable(lots, day), quantity)
	limit = min(payable, total * spending.max_share)
	if value(pieces) > limit:
		raise RedemptionRefused("more_than_payable", wanted=quantity, value=value(pieces), payable=limit)
	return pieces


def most(
	program: Program,
	lots: Sequence[Lot],
	deficit: Decimal,
	payable: Decimal,
	total: Decimal,
	spent_today: Decimal,
	day: date,
) -> Decimal:
	"""The most points that `redemption` would accept for this document; 0 if none."""
	spending = program.spending
	left = available(lots, deficit, day)
	if spending.daily_limit is not None:
		left = min(left, spending.daily_limit - spent_today)
	money = min(payable, total * spending.max_share)
	points = ZERO
	for lot in spendable(lots, day):
		fits = lot.remaining
		if lot.value > 0:
			fits = min(fits, (money / lot.value).quantize(program.quantum, ROUND_DOWN))
		fits = min(fits, left - points)
		if fits <= 0:
			break
		points += fits
		money -= fits * lot.value
		if fits < lot.remaining:
			break
	points -= points % _step(program)
	return points if points >= max(spending.minimum, program.quantum) else ZERO


def _step(program: Program) -> Decimal:
	"""The least number of points that is both a multiple of `spending.multiple` and a number of points at all."""
	one, other = Fraction(program.quantum), Fraction(program.spending.multiple or program.quantum)
	below = math.lcm(one.denominator, other.denominator)
	step = math.lcm(int(one * below), int(other * below))
	return Decimal(step) / below


# ---------------------------------------------------------------------------------------------- expiring


def to_expire(
	lots: Iterable[Lot], program: Program, last_purchase: date | None, day: date
) -> list[tuple[Piece, date]]:
	"""Everything left in lots whose last day is before `day`, each with the day it died (the day after)."""
	gone = []
	for lot in lots:
		last = last_day(lot, program, last_purchase)
		if last is not None and last < day and lot.remaining > 0:
			gone.append(((lot, lot.remaining), last + timedelta(days=1)))
	return sorted(gone, key=lambda death: (death[1], death[0][0].seq))
