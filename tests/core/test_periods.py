"""Months, quarters and years in either calendar, by one table."""

from __future__ import annotations

from datetime import date

import pytest
from builders import day

from loyalty_club.core.periods import CALENDARS, nth_period_end

PERIODS = [
	("jalali", "month_of", "1403-12-30", "1403-12-01", "1403-12-30"),
	("jalali", "month_of", "1404-06-31", "1404-06-01", "1404-06-31"),
	("jalali", "quarter_of", "1404-07-01", "1404-07-01", "1404-09-30"),
	("jalali", "quarter_of", "1404-12-01", "1404-10-01", "1404-12-29"),
	("jalali", "half_year_of", "1404-06-31", "1404-01-01", "1404-06-31"),
	("jalali", "half_year_of", "1403-07-01", "1403-07-01", "1403-12-30"),
	("jalali", "year_of", "1403-05-05", "1403-01-01", "1403-12-30"),
	("gregorian", "month_of", "2024-02-29", "2024-02-01", "2024-02-29"),
	("gregorian", "month_of", "2025-12-31", "2025-12-01", "2025-12-31"),
	("gregorian", "quarter_of", "2025-03-31", "2025-01-01", "2025-03-31"),
	("gregorian", "quarter_of", "2025-11-11", "2025-10-01", "2025-12-31"),
	("gregorian", "half_year_of", "2025-06-30", "2025-01-01", "2025-06-30"),
	("gregorian", "half_year_of", "2025-07-01", "2025-07-01", "2025-12-31"),
	("gregorian", "year_of", "2024-02-29", "2024-01-01", "2024-12-31"),
]


@pytest.mark.parametrize(("calendar", "which", "inside", "start", "end"), PERIODS)
def test_a_period_is_its_first_and_last_day(
	calendar: str, which: str, inside: str, start: str, end: str
) -> None:
	period = getattr(CALENDARS[calendar], which)(day(inside))
	assert (period.start, period.end) == (day(start), day(end))
	assert all(period.covers(each) for each in (day(start), day(inside), day(end)))


@pytest.mark.parametrize(
	("calendar", "since", "months", "then"),
	[
		("gregorian", "2025-01-31", 1, "2025-02-28"),
		("gregorian", "2024-01-31", 1, "2024-02-29"),
		("gregorian", "2024-12-31", 2, "2025-02-28"),
		("gregorian", "2025-03-31", -1, "2025-02-28"),
		("gregorian", "2025-01-15", -1, "2024-12-15"),
		("gregorian", "2024-02-29", -12, "2023-02-28"),
		("gregorian", "2025-05-05", 0, "2025-05-05"),
		("jalali", "1404-06-31", 1, "1404-07-30"),
		("jalali", "1403-12-30", 12, "1404-12-29"),
		("jalali", "1404-01-31", -1, "1403-12-30"),
		("jalali", "1405-01-31", -1, "1404-12-29"),
	],
)
def test_months_are_added_and_clamped_to_the_months_end(
	calendar: str, since: str, months: int, then: str
) -> None:
	assert CALENDARS[calendar].add_months(day(since), months) == day(then)


@pytest.mark.parametrize(
	("count", "end"), [(1, date(2025, 3, 31)), (2, date(2025, 6, 30)), (5, date(2026, 3, 31))]
)
def test_the_period_a_day_falls_in_is_the_first(count: int, end: date) -> None:
	assert nth_period_end(CALENDARS["gregorian"].quarter_of, date(2025, 3, 31), count) == end
