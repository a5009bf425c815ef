"""The Jalali calendar against known equinoxes, and its arithmetic against its own rules."""

import doctest
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club import jalali
from loyalty_club.jalali import (
	JalaliError,
	Period,
	add_months,
	birthday,
	format_date,
	from_jalali,
	is_leap,
	month_length,
	occasion,
	parse,
	to_jalali,
)

FIRST, LAST = date(1921, 3, 21), date(2123, 3, 20)
A_DAY = st.dates(FIRST, LAST)

# 1 Farvardin and whether the year is leap.
NEW_YEARS = [
	(1300, True, "1921-03-21"),
	(1304, True, "1925-03-21"),
	(1309, True, "1930-03-21"),
	(1342, True, "1963-03-21"),
	(1358, True, "1979-03-21"),
	(1375, True, "1996-03-20"),
	(1376, False, "1997-03-21"),
	(1387, True, "2008-03-20"),
	(1399, True, "2020-03-20"),
	(1400, False, "2021-03-21"),
	(1403, True, "2024-03-20"),
	(1404, False, "2025-03-21"),
	(1405, False, "2026-03-21"),
	(1407, False, "2028-03-20"),
	(1408, True, "2029-03-20"),
	(1409, False, "2030-03-21"),
	(1436, True, "2057-03-20"),
	(1437, False, "2058-03-21"),
	(1470, False, "2091-03-21"),
	(1471, False, "2092-03-20"),
	(1498, True, "2119-03-21"),
	(1500, False, "2121-03-21"),
]
LEAP_1370_TO_1450 = [1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403]
LEAP_1370_TO_1450 += [1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1441, 1445, 1449]


def day(text: str) -> date:
	"""2025-03-21 is Gregorian, 1404/1/1 is Jalali."""
	return date.fromisoformat(text) if "-" in text else from_jalali(*map(int, text.split("/")))


def test_the_examples_in_the_module_hold() -> None:
	result = doctest.testmod(jalali)
	assert result.attempted > 10
	assert result.failed == 0


# --- Conversion ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "leap", "new_year"), NEW_YEARS)
def test_the_year_begins_on_the_day_of_the_equinox(year: int, leap: bool, new_year: str) -> None:
	assert from_jalali(year, 1, 1) == day(new_year)
	assert to_jalali(day(new_year)) == (year, 1, 1)
	assert is_leap(year) is leap


def test_leap_years_from_1370_to_1450() -> None:
	assert [year for year in range(1370, 1451) if is_leap(year)] == LEAP_1370_TO_1450


def test_every_year_is_as_long_as_its_leap_rule_says() -> None:
	for year in range(1300, 1501):
		length = (from_jalali(year + 1, 1, 1) - from_jalali(year, 1, 1)).days
		assert length == (366 if is_leap(year) else 365), year
		assert sum(month_length(year, month) for month in range(1, 13)) == length


def test_every_day_from_1300_to_1501_follows_the_day_before() -> None:
	gregorian = FIRST
	for year in range(1300, 1502):
		for month in range(1, 13):
			for of_month in range(1, month_length(year, month) + 1):
				assert to_jalali(gregorian) == (year, month, of_month)
				gregorian += timedelta(1)
	assert gregorian == LAST + timedelta(1)


@given(A_DAY)
def test_conversion_there_and_back_is_the_same_day(gregorian: date) -> None:
	assert from_jalali(*to_jalali(gregorian)) == gregorian


@pytest.mark.parametrize(("text", "gregorian"), [("1403/12/30", "2025-03-20"), ("1408/12/30", "2030-03-20")])
def test_the_last_day_of_a_leap_year_exists(text: str, gregorian: str) -> None:
	assert day(text) == parse(text) == day(gregorian)


@pytest.mark.parametrize(
	("year", "month", "of_month", "message"),
	[
		(1404, 12, 30, "1404/12/30 does not exist: Esfand 1404 has 29 days"),
		(1404, 7, 31, "1404/07/31 does not exist: Mehr 1404 has 30 days"),
		(1404, 6, 32, "Shahrivar 1404 has 31 days"),
		(1404, 1, 0, "1404/01/00 does not exist"),
		(1403, 13, 1, "no month 13"),
		(1403, 0, 1, "no month 0"),
		(1299, 12, 1, "Year 1299 lies outside .* 1300 to 1501; correct the year"),
		(1502, 1, 1, "Year 1502 lies outside"),
		(2025, 1, 1, "Year 2025 .* looks like a Gregorian year"),
	],
)
def test_impossible_days_are_refused(year: int, month: int, of_month: int, message: str) -> None:
	with pytest.raises(JalaliError, match=message):
		from_jalali(year, month, of_month)


@pytest.mark.parametrize("text", ["0001-01-01", "1799-12-31", "1921-03-20", "2123-03-21", "9999-12-31"])
def test_gregorian_dates_outside_the_exact_years_are_refused(text: str) -> None:
	with pytest.raises(JalaliError, match=f"{text} lies outside 1921-03-21 to 2123-03-20"):
		to_jalali(day(text))


def test_a_jalali_date_stored_as_gregorian_is_named_as_such() -> None:
	with pytest.raises(JalaliError, match="looks like a Jalali date that was stored without being converted"):
		to_jalali(date(1404, 1, 1))
	with pytest.raises(JalaliError, match=r"1850-01-01 lies outside [^.]*1501\.$"):
		to_jalali(date(1850, 1, 1))


def test_a_datetime_is_refused_for_its_day_depends_on_a_time_zone() -> None:
	assert to_jalali(date(2025, 9, 23)) == (1404, 7, 1)
	with pytest.raises(JalaliError, match="time zone"):
		to_jalali(datetime(2025, 9, 23))  # noqa: DTZ001


@pytest.mark.parametrize(
	("gregorian", "name_en", "name_fa"),
	[
		("2025-03-21", "Friday", "جمعه"),
		("2025-03-22", "Saturday", "شنبه"),
		("2026-03-18", "Wednesday", "چهارشنبه"),
	],
)
def test_the_week_begins_on_saturday(gregorian: str, name_en: str, name_fa: str) -> None:
	index = jalali.weekday(day(gregorian))
	assert (jalali.WEEKDAYS_EN[index], jalali.WEEKDAYS_FA[index]) == (name_en, name_fa)


# --- Periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("year", "starts", "end"),
	[
		(1403, ["2024-03-20", "2024-06-21", "2024-09-22", "2024-12-21"], "2025-03-20"),
		(1404, ["2025-03-21", "2025-06-22", "2025-09-23", "2025-12-22"], "2026-03-20"),
	],
)
def test_quarters_and_halves_of_the_year(year: int, starts: list[str], end: str) -> None:
	first = [day(text) for text in starts]
	last = [start - timedelta(1) for start in first[1:]] + [day(end)]
	assert [jalali.quarter(year, q) for q in (1, 2, 3, 4)] == list(zip(first, last, strict=True))
	assert jalali.half_year(year, 1) == (first[0], last[1])
	assert jalali.half_year(year, 2) == (first[2], last[3])
	assert jalali.year(year) == (first[0], last[3])


@pytest.mark.parametrize("year", range(1399, 1410))
def test_the_year_ends_where_gregorian_arithmetic_would_miss_it(year: int) -> None:
	start, end = jalali.year(year)
	naive = start.replace(year=start.year + 1) - timedelta(1)
	assert (end != naive) is (year in {1399, 1402, 1403, 1406, 1408})


def test_months_tile_the_calendar() -> None:
	previous_end = FIRST - timedelta(1)
	for year in range(1300, 1502):
		for month in range(1, 13):
			start, end = jalali.month(year, month)
			assert start == previous_end + timedelta(1)
			assert (end - start).days + 1 == month_length(year, month)
			previous_end = end
	assert previous_end == LAST


@pytest.mark.parametrize(
	("call", "message"),
	[
		(lambda: jalali.month(1404, 13), "no month 13"),
		(lambda: jalali.quarter(1404, 0), "no quarter 0"),
		(lambda: jalali.quarter(1404, 5), "no quarter 5"),
		(lambda: jalali.half_year(1404, 3), "no half-year 3"),
		(lambda: jalali.year(1502), "Year 1502"),
	],
)
def test_periods_that_do_not_exist_are_refused(call, message: str) -> None:
	with pytest.raises(JalaliError, match=message):
		call()


@given(A_DAY)
def test_each_period_of_a_day_covers_it_and_the_longer_one_covers_the_shorter(some_day: date) -> None:
	periods = [
		of(some_day) for of in (jalali.month_of, jalali.quarter_of, jalali.half_year_of, jalali.year_of)
	]
	assert all(period.covers(some_day) for period in periods)
	for shorter, longer in pairwise(periods):
		assert longer.covers(shorter.start)
		assert longer.covers(shorter.end)
	year, month, _ = to_jalali(some_day)
	assert periods[0] == jalali.month(year, month)
	assert periods[3] == jalali.year(year)
	# Whole quarters and halves only: the period begins where the table above says, three and six months long.
	assert to_jalali(periods[1].start)[1] in {1, 4, 7, 10}
	assert add_months(periods[1].start, 2) == jalali.month_of(periods[1].end).start
	assert to_jalali(periods[2].start)[1] in {1, 7}
	assert add_months(periods[2].start, 5) == jalali.month_of(periods[2].end).start


def test_a_period_includes_both_its_ends_and_nothing_beyond() -> None:
	period = Period(date(2025, 3, 21), date(2025, 4, 20))
	assert period.covers(date(2025, 3, 21))
	assert period.covers(date(2025, 4, 20))
	assert not period.covers(date(2025, 3, 20))
	assert not period.covers(date(2025, 4, 21))


@pytest.mark.parametrize(
	("start", "months", "expected"),
	[
		("1404/6/31", 1, "1404/7/30"),
		("1404/6/31", 0, "1404/6/31"),
		("1404/6/31", 6, "1404/12/29"),
		("1403/6/31", 6, "1403/12/30"),
		("1403/12/30", 12, "1404/12/29"),
		("1403/12/30", 60, "1408/12/30"),
		("1404/12/29", 1, "1405/1/29"),
		("1405/1/31", -1, "1404/12/29"),
		("1404/7/30", -1, "1404/6/30"),
		("1404/1/15", -13, "1402/12/15"),
		("1404/1/15", 24, "1406/1/15"),
	],
)
def test_adding_months_clamps_to_the_end_of_the_month(start: str, months: int, expected: str) -> None:
	assert add_months(day(start), months) == day(expected)


@given(st.dates(from_jalali(1320, 1, 1), from_jalali(1480, 12, 29)), st.integers(-240, 240))
def test_adding_months_moves_by_exactly_that_many_months(start: date, months: int) -> None:
	year, month, of_month = to_jalali(start)
	moved = to_jalali(add_months(start, months))
	assert 12 * moved[0] + moved[1] == 12 * year + month + months
	assert moved[2] == min(of_month, month_length(moved[0], moved[1]))


@pytest.mark.parametrize(("start", "months"), [("1501/12/1", 1), ("1300/1/1", -1)])
def test_adding_months_does_not_leave_the_calendar(start: str, months: int) -> None:
	with pytest.raises(JalaliError, match="lies outside"):
		add_months(day(start), months)


# --- Days of the year ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("month", "of_month", "year", "expected"),
	[
		(12, 30, 1403, "1403/12/30"),
		(12, 30, 1404, "1404/12/29"),
		(12, 29, 1404, "1404/12/29"),
		(6, 31, 1404, "1404/6/31"),
		(1, 1, 1405, "2026-03-21"),
	],
)
def test_a_birthday_on_30_esfand_is_kept_on_29_in_common_years(
	month: int, of_month: int, year: int, expected: str
) -> None:
	assert birthday(month, of_month, year) == day(expected)


@pytest.mark.parametrize(("month", "of_month"), [(7, 31), (12, 31), (13, 1), (1, 0)])
def test_a_birthday_that_no_year_has_is_refused(month: int, of_month: int) -> None:
	with pytest.raises(JalaliError):
		birthday(month, of_month, 1404)


@pytest.mark.parametrize(
	("name", "year", "expected"),
	[
		("nowruz", 1405, "2026-03-21"),
		("sizdah_bedar", 1404, "2025-04-02"),
		("mehregan", 1404, "2025-10-08"),
		("yalda", 1403, "2024-12-20"),
		("yalda", 1404, "2025-12-21"),
	],
)
def test_solar_occasions_follow_their_jalali_day(name: str, year: int, expected: str) -> None:
	assert occasion(name, year) == day(expected)


def test_every_occasion_in_the_table_exists_in_every_year() -> None:
	for name, month_and_day in jalali.OCCASIONS.items():
		for year in (1403, 1404):
			assert to_jalali(occasion(name, year)) == (year, *month_and_day)


def test_an_unknown_occasion_is_refused_and_the_known_ones_are_named() -> None:
	with pytest.raises(JalaliError, match="'norooz' is not known; use one of nowruz, "):
		occasion("norooz", 1404)


# --- Text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"text",
	[
		"1404/07/01",
		"1404/7/1",
		"1404-07-01",
		"1404.7.1",
		"۱۴۰۴/۰۷/۰۱",
		"١٤٠٤/٠٧/٠١",
		"  ۱۴۰۴-۷-۱\n",
		"\u200f۱۴۰۴/۰۷/۰۱\u200e",
		"\u2067 1404/07/01 \u2069",
	],
)
def test_a_date_is_read_from_any_digits_and_separators(text: str) -> None:
	assert parse(text) == date(2025, 9, 23)


@pytest.mark.parametrize(
	"text",
	[
		"",
		"04/07/01",
		"1404/07",
		"1404/07/01/02",
		"1404/07-01",
		"01/07/1404",
		"14040701",
		"1404/007/1",
		"1404/7/1 12:00",
		"1404 / 7 / 1",
		"1404/-7/1",
		"۱ مهر ۱۴۰۴",
		"१४०४/०७/०१",
	],
)
def test_any_other_form_of_a_date_is_refused(text: str) -> None:
	with pytest.raises(JalaliError, match="is not a Jalali date; write year/month/day with a 4-digit year"):
		parse(text)


@pytest.mark.parametrize(
	("text", "message"),
	[
		("2025/01/01", "Year 2025 .* looks like a Gregorian year; give the Jalali one"),
		("۲۰۲۵/۰۱/۰۱", "looks like a Gregorian year"),
		("1299/12/29", "Year 1299 .* correct the year"),
		("1502/01/01", "Year 1502"),
		("1404/12/30", "Esfand 1404 has 29 days"),
		("1404/07/31", "Mehr 1404 has 30 days"),
		("1403/13/01", "no month 13"),
		("1403/00/01", "no month 0"),
		("1403/01/00", "1403/01/00 does not exist"),
	],
)
def test_impossible_typed_dates_are_refused_with_their_reason(text: str, message: str) -> None:
	with pytest.raises(JalaliError, match=message):
		parse(text)


@pytest.mark.parametrize(
	("lang", "style", "expected"),
	[
		("fa", "numeric", "۱۴۰۴/۰۷/۰۱"),
		("en", "numeric", "1404/07/01"),
		("fa", "long", "۱ مهر ۱۴۰۴"),
		("en", "long", "1 Mehr 1404"),
		("fa", "month", "مهر ۱۴۰۴"),
		("en", "month", "Mehr 1404"),
	],
)
def test_a_date_is_written_in_each_language_and_style(lang: str, style: str, expected: str) -> None:
	assert format_date(date(2025, 9, 23), lang, style) == expected


def test_a_date_is_written_in_persian_numbers_unless_told_otherwise() -> None:
	assert format_date(date(2025, 3, 21)) == "۱۴۰۴/۰۱/۰۱"


@pytest.mark.parametrize(
	("month", "fa", "en"),
	[
		(1, "فروردین", "Farvardin"),
		(2, "اردیبهشت", "Ordibehesht"),
		(3, "خرداد", "Khordad"),
		(4, "تیر", "Tir"),
		(5, "مرداد", "Mordad"),
		(6, "شهریور", "Shahrivar"),
		(7, "مهر", "Mehr"),
		(8, "آبان", "Aban"),
		(9, "آذر", "Azar"),
		(10, "دی", "Dey"),
		(11, "بهمن", "Bahman"),
		(12, "اسفند", "Esfand"),
	],
)
def test_each_month_has_its_name_in_both_languages(month: int, fa: str, en: str) -> None:
	first = from_jalali(1404, month, 1)
	assert format_date(first, "fa", "month") == f"{fa} ۱۴۰۴"
	assert format_date(first, "en", "month") == f"{en} 1404"


@given(A_DAY, st.sampled_from(["fa", "en"]))
def test_what_is_written_in_numbers_is_read_back(some_day: date, lang: str) -> None:
	assert parse(format_date(some_day, lang)) == some_day


@pytest.mark.parametrize(("lang", "style"), [("ar", "numeric"), ("fa", "short"), ("", "long"), ("en", "")])
def test_unknown_languages_and_styles_are_refused(lang: str, style: str) -> None:
	with pytest.raises(JalaliError, match="is not known; use"):
		format_date(date(2025, 9, 23), lang, style)
