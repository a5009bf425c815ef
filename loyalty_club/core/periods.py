"""Months, quarters and years in the program's calendar: one table, so that no rule asks which calendar it is in.

A period is a pair of Gregorian dates, both inclusive. The Jalali half is `loyalty_club.jalali`; this module only adds
the Gregorian one beside it.

>>> CALENDARS["gregorian"].add_months(date(2025, 1, 31), 1)
datetime.date(2025, 2, 28)
>>> CALENDARS["jalali"].add_months(date(2025, 9, 22), 1)  # 31 Shahrivar 1404 -> 30 Mehr
datetime.date(2025, 10, 22)
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from loyalty_club import jalali
from loyalty_club.jalali import Period


class CalendarFunctions(NamedTuple):
	"""What the rules need of a calendar. Each `…_of` gives the period a day falls in."""

	add_months: Callable[[date, int], date]
	month_of: Callable[[date], Period]
	quarter_of: Callable[[date], Period]
	half_year_of: Callable[[date], Period]
	year_of: Callable[[date], Period]


def _gregorian_add_months(day: date, months: int) -> date:
	"""Clamped to the month's end: 31 January + 1 month = 28 February."""
	year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
	return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _gregorian(months: int) -> Callable[[date], Period]:
	def period_of(day: date) -> Period:
		start = date(day.year, (day.month - 1) // months * months + 1, 1)
		return Period(start, _gregorian_add_months(start, months) - timedelta(days=1))

	return period_of


CALENDARS: Mapping[str, CalendarFunctions] = {
	"jalali": CalendarFunctions(
		jalali.add_months, jalali.month_of, jalali.quarter_of, jalali.half_year_of, jalali.year_of
	),
	"gregorian": CalendarFunctions(
		_gregorian_add_months, _gregorian(1), _gregorian(3), _gregorian(6), _gregorian(12)
	),
}


def nth_period_end(period_of: Callable[[date], Period], day: date, count: int) -> date:
	"""The last day of the `count`-th period from `day`, the period `day` falls in being the first."""
	end = period_of(day).end
	for _ in range(count - 1):
		end = period_of(end + timedelta(days=1)).end
	return end
