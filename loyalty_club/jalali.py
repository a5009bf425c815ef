"""The Jalali calendar: the one place that converts, parses, formats and counts in it.

What it alone may do: turn a Gregorian `datetime.date` into Jalali year, month and day and back, cut time into
Jalali periods, and read or write a Jalali date as text. The rest of the house stores and passes Gregorian
dates.

Its data: years 1300 to 1501 (21 March 1921 to 20 March 2123). Within them the 33-year leap rule that
jdatetime applies agrees with the true equinox; outside them every function refuses, so a Gregorian year typed
where a Jalali one belongs (2025/01/01), or a Jalali date stored as if it were Gregorian (`date(1404, 1, 1)`),
is found at once. A `datetime` is refused too: which day it falls on depends on a time zone.

How it is used:

>>> from_jalali(1404, 7, 1)
datetime.date(2025, 9, 23)
>>> to_jalali(date(2025, 9, 23))
(1404, 7, 1)
>>> quarter(1403, 4)
Period(start=datetime.date(2024, 12, 21), end=datetime.date(2025, 3, 20))
>>> month_of(date(2025, 9, 23)).covers(date(2025, 10, 22))
True
>>> to_jalali(add_months(from_jalali(1404, 6, 31), 1))
(1404, 7, 30)
>>> parse("۱۴۰۴/۷/۱")
datetime.date(2025, 9, 23)
>>> format_date(date(2025, 9, 23), "en", "long")
'1 Mehr 1404'
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import jdatetime

from loyalty_club.persian import normalise, to_persian_digits

FIRST_YEAR: Final = 1300
LAST_YEAR: Final = 1501

MONTHS_FA: Final[tuple[str, ...]] = (
	"فروردین",
	"اردیبهشت",
	"خرداد",
	"تیر",
	"مرداد",
	"شهریور",
	"مهر",
	"آبان",
	"آذر",
	"دی",
	"بهمن",
	"اسفند",
)
MONTHS_EN: Final[tuple[str, ...]] = (
	"Farvardin",
	"Ordibehesht",
	"Khordad",
	"Tir",
	"Mordad",
	"Shahrivar",
	"Mehr",
	"Aban",
	"Azar",
	"Dey",
	"Bahman",
	"Esfand",
)

# The week begins on Saturday; `weekday` gives the index into these.
WEEKDAYS_FA: Final[tuple[str, ...]] = (
	"شنبه",
	"یکشنبه",
	"دوشنبه",
	"سه‌شنبه",
	"چهارشنبه",
	"پنجشنبه",
	"جمعه",
)
WEEKDAYS_EN: Final[tuple[str, ...]] = (
	"Saturday",
	"Sunday",
	"Monday",
	"Tuesday",
	"Wednesday",
	"Thursday",
	"Friday",
)

# Occasions that fall on the same Jalali day each year, as (month, day). Lunar ones are no rule; they are
# rows.
OCCASIONS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
	{
		"nowruz": (1, 1),
		"sizdah_bedar": (1, 13),
		"tirgan": (4, 13),
		"mehregan": (7, 16),
		"yalda": (9, 30),
		"sadeh": (11, 10),
	}
)

_DATE_TEXT = re.compile(r"([0-9]{4})([/.-])([0-9]{1,2})\2([0-9]{1,2})")


class JalaliError(ValueError):
	"""A day, period or text that is no Jalali date within 1300 to 1501."""


class Period(NamedTuple):
	"""A span of whole days, both ends included, as Gregorian dates."""

	start: date
	end: date

	def covers(self, day: date) -> bool:
		"""Whether `day` lies in the period, its first and last day included."""
		return self.start <= day <= self.end


# --- Conversion ---------------------------------------------------------------------------------------------


def from_jalali(year: int, month: int, day: int) -> date:
	"""The Gregorian date of a Jalali day.

	Raises JalaliError for a year outside 1300 to 1501 and for a day the month does not have.

	>>> from_jalali(1403, 12, 30)
	datetime.date(2025, 3, 20)
	"""
	return _from_jalali(year, month, day)


def to_jalali(day: date) -> tuple[int, int, int]:
	"""Year, month and day in the Jalali calendar of a Gregorian date.

	Raises JalaliError for a datetime and for a date outside 1300/01/01 to 1501/12/29 (such as the Gregorian
	year 1404, which is a Jalali date that was stored without being converted).
	"""
	return _to_jalali(day)


def is_leap(year: int) -> bool:
	"""Whether Esfand of this Jalali year has 30 days (33-year rule, exact for 1300 to 1501)."""
	return _is_leap(year)


def month_length(year: int, month: int) -> int:
	"""Days in a Jalali month: 31 for the first six, 30 for the next five, 29 or 30 for Esfand."""
	_check_year(year)
	_check_number("month", month, 12)
	if month <= 6:
		return 31
	return 30 if month < 12 or _is_leap(year) else 29


def weekday(day: date) -> int:
	"""The day of the week, 0 for Saturday to 6 for Friday: an index into WEEKDAYS_FA and WEEKDAYS_EN.

	>>> WEEKDAYS_EN[weekday(date(2025, 3, 21))]
	'Friday'
	"""
	return (day.weekday() + 2) % 7


# --- Periods ------------------------------------------------------------------------------------------------


def month(y: int, m: int) -> Period:
	"""Month `m` (1 to 12) of Jalali year `y`."""
	_check_number("month", m, 12)
	return _months(y, m, m)


def quarter(y: int, q: int) -> Period:
	"""Quarter `q` (1 to 4) of Jalali year `y`: spring, summer, autumn, winter."""
	_check_number("quarter", q, 4)
	return _months(y, 3 * q - 2, 3 * q)


def half_year(y: int, h: int) -> Period:
	"""Half `h` (1 or 2) of Jalali year `y`."""
	_check_number("half-year", h, 2)
	return _months(y, 6 * h - 5, 6 * h)


def year(y: int) -> Period:
	"""Jalali year `y`, 1 Farvardin to 29 or 30 Esfand."""
	return _months(y, 1, 12)


def month_of(day: date) -> Period:
	"""The Jalali month that `day` falls in."""
	y, m, _ = _to_jalali(day)
	return _months(y, m, m)


def quarter_of(day: date) -> Period:
	"""The Jalali quarter that `day` falls in."""
	y, m, _ = _to_jalali(day)
	return quarter(y, (m + 2) // 3)


def half_year_of(day: date) -> Period:
	"""The half of the Jalali year that `day` falls in."""
	y, m, _ = _to_jalali(day)
	return half_year(y, (m + 5) // 6)


def year_of(day: date) -> Period:
	"""The Jalali year that `day` falls in."""
	return year(_to_jalali(day)[0])


def add_months(day: date, months: int) -> date:
	"""The same Jalali day that many Jalali months later (earlier when negative), clamped to the month's end.

	Raises JalaliError when the result leaves 1300 to 1501.

	>>> to_jalali(add_months(from_jalali(1404, 12, 29), -6))
	(1404, 6, 29)
	"""
	y, m, d = _to_jalali(day)
	target_year, month_index = divmod(12 * y + m - 1 + months, 12)
	target_month = month_index + 1
	return _from_jalali(target_year, target_month, min(d, month_length(target_year, target_month)))


# --- Days of the year ---------------------------------------------------------------------------------------


def birthday(month: int, day: int, year: int) -> date:
	"""The Gregorian date on which a birthday (Jalali month and day) is kept in Jalali year `year`.

	30 Esfand is kept on 29 Esfand in common years. Raises JalaliError for a day that no year has (31 Mehr).

	>>> to_jalali(birthday(12, 30, 1404))
	(1404, 12, 29)
	"""
	length = month_length(year, month)
	if (month, day) == (12, 30):
		day = length
	return _from_jalali(year, month, day)


def occasion(name: str, year: int) -> date:
	"""The Gregorian date of a solar occasion (a key of OCCASIONS) in Jalali year `year`.

	Raises JalaliError for an unknown name.

	>>> occasion("yalda", 1404)
	datetime.date(2025, 12, 21)
	"""
	if name not in OCCASIONS:
		raise JalaliError(f"Occasion {name!r} is not known; use one of {', '.join(OCCASIONS)}.")
	return _from_jalali(year, *OCCASIONS[name])


# --- Text ---------------------------------------------------------------------------------------------------


def parse(text: str) -> date:
	"""The Gregorian date of a Jalali date typed as year/month/day.

	Accepts Persian, Arabic and Latin digits, one of / - . as the separator, and bidi marks and spaces around.
	The year has four digits. Raises JalaliError for any other form, for a day the month does not have, and
	for a year outside 1300 to 1501.

	>>> parse("1404-07-01")
	datetime.date(2025, 9, 23)
	"""
	match = _DATE_TEXT.fullmatch(normalise(text))
	if match is None:
		raise JalaliError(
			f"{text!r} is not a Jalali date; write year/month/day with a 4-digit year, 1404/07/01."
		)
	return _from_jalali(int(match[1]), int(match[3]), int(match[4]))


def format_date(day: date, lang: str = "fa", style: str = "numeric") -> str:
	"""A Gregorian date written in the Jalali calendar.

	`lang` is "fa" (Persian digits and names) or "en"; `style` is "numeric" (1404/07/01), "long" (1 Mehr 1404)
	or "month" (Mehr 1404). Raises JalaliError for another lang or style and for a date outside the calendar's
	years.

	>>> format_date(date(2025, 9, 23), "en")
	'1404/07/01'
	"""
	y, m, d = _to_jalali(day)
	if lang not in ("fa", "en"):
		raise JalaliError(f"Language {lang!r} is not known; use 'fa' or 'en'.")
	name = (MONTHS_FA if lang == "fa" else MONTHS_EN)[m - 1]
	if style == "numeric":
		text = f"{y:04d}/{m:02d}/{d:02d}"
	elif style == "long":
		text = f"{d} {name} {y}"
	elif style == "month":
		text = f"{name} {y}"
	else:
		raise JalaliError(f"Date style {style!r} is not known; use 'numeric', 'long' or 'month'.")
	return to_persian_digits(text) if lang == "fa" else text


# --- The conversions themselves, remembered: a replay asks for the same days again and again ----------------


@lru_cache(maxsize=8192)
def _from_jalali(year: int, month: int, day: int) -> date:
	length = month_length(year, month)
	if not 1 <= day <= length:
		raise JalaliError(
			f"{year}/{month:02d}/{day:02d} does not exist: {MONTHS_EN[month - 1]} {year} has {length} days."
		)
	result: date = jdatetime.date(year, month, day).togregorian()
	return result


@lru_cache(maxsize=8192)
def _to_jalali(day: date) -> tuple[int, int, int]:
	if isinstance(day, datetime):
		raise JalaliError("A datetime has no Jalali day of its own; give its date in the site's time zone.")
	if not _FIRST_DAY <= day <= _LAST_DAY:
		hint = ""
		if FIRST_YEAR <= day.year <= LAST_YEAR:
			hint = " It looks like a Jalali date that was stored without being converted."
		raise JalaliError(
			f"{day.isoformat()} lies outside {_FIRST_DAY} to {_LAST_DAY}, Jalali 1300 to 1501.{hint}"
		)
	converted = jdatetime.date.fromgregorian(date=day)
	return converted.year, converted.month, converted.day


@lru_cache(maxsize=512)
def _is_leap(year: int) -> bool:
	_check_year(year)
	return bool(jdatetime.date(year, 1, 1).isleap())


@lru_cache(maxsize=4096)
def _months(year: int, first: int, last: int) -> Period:
	return Period(_from_jalali(year, first, 1), _from_jalali(year, last, month_length(year, last)))


def _check_year(year: int) -> None:
	if FIRST_YEAR <= year <= LAST_YEAR:
		return
	hint = "it looks like a Gregorian year; give the Jalali one" if year >= 1800 else "correct the year"
	raise JalaliError(f"Year {year} lies outside the Jalali years {FIRST_YEAR} to {LAST_YEAR}; {hint}.")


def _check_number(what: str, value: int, last: int) -> None:
	if not 1 <= value <= last:
		raise JalaliError(f"There is no {what} {value}; a Jalali year has {what}s 1 to {last}.")


_FIRST_DAY: Final = _from_jalali(FIRST_YEAR, 1, 1)
_LAST_DAY: Final = _from_jalali(LAST_YEAR, 12, month_length(LAST_YEAR, 12))
