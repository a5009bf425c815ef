"""Phrases: a number with its unit, a share in percent, a name in quotes, names in a row; in English and Persian.

It alone knows how `lint_words` and `program_words` write these, so that both write them alike; whole sentences are
theirs. Data: tables with the same keys and placeholders in both languages (a test checks that). A unit is named by its
English singular, a share is a part of 1.

>>> counted(Decimal(1), "point", Style()), counted(Decimal(40), "point", Style("fa"))
('1 point', '۴۰ امتیاز')
>>> percent(Decimal("0.125"), Style()), choice({"b", "a", "c"}, OR, Style())
('12.5%', '“a”, “b” or “c”')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_half_up
from loyalty_club.core.words import JOIN, Style

Text = Mapping[str, str]

# One and many; Persian nouns stay singular after a number.
UNITS: Mapping[str, Text] = {
	"point": {"en": "{0} point", "fa": "{0} امتیاز"},
	"points": {"en": "{0} points", "fa": "{0} امتیاز"},
	"day": {"en": "{0} day", "fa": "{0} روز"},
	"days": {"en": "{0} days", "fa": "{0} روز"},
	"month": {"en": "{0} month", "fa": "{0} ماه"},
	"months": {"en": "{0} months", "fa": "{0} ماه"},
	"quarter": {"en": "{0} quarter", "fa": "{0} سه‌ماهه"},
	"quarters": {"en": "{0} quarters", "fa": "{0} سه‌ماهه"},
	"half_year": {"en": "{0} half-year", "fa": "{0} نیم‌سال"},
	"half_years": {"en": "{0} half-years", "fa": "{0} نیم‌سال"},
	"year": {"en": "{0} year", "fa": "{0} سال"},
	"years": {"en": "{0} years", "fa": "{0} سال"},
	"visit": {"en": "{0} purchase day", "fa": "{0} روزِ خرید"},
	"visits": {"en": "{0} purchase days", "fa": "{0} روزِ خرید"},
	"percent": {"en": "{0}%", "fa": "{0} درصد"},
	"quote": {"en": "“{0}”", "fa": "«{0}»"},
}
OR: Text = {"en": " or ", "fa": " یا "}
EITHER: Text = {"en": " or ", "fa": " و "}  # “nothing is earned on a or b”, «این‌ها امتیاز ندارند: الف و ب»
AND: Text = {"en": " and ", "fa": " و "}
CLAUSES: Text = {"en": "; ", "fa": "؛ "}

TABLES: Mapping[str, Mapping[str, Text]] = {
	"units": UNITS,
	"joins": {"or": OR, "either": EITHER, "and": AND, "clauses": CLAUSES},
}


def counted(number: Decimal, unit: str, style: Style) -> str:
	"""“1 point”, “2 points”."""
	return UNITS[unit if number == 1 else f"{unit}s"][style.lang].format(style.number(number))


def percent(share: Decimal, style: Style) -> str:
	"""A share in hundredths, to two decimals."""
	hundredths = round_half_up(Fraction(share) * 100, Decimal("0.01"))
	return UNITS["percent"][style.lang].format(style.number(hundredths))


def quoted(text: str, style: Style) -> str:
	"""A name between the quotation marks of the language."""
	return UNITS["quote"][style.lang].format(text)


def listed(texts: Sequence[str], last: Text, style: Style) -> str:
	"""“a, b and c”: texts as they are; `last` goes before the last one."""
	if len(texts) < 2:
		return "".join(texts)
	return JOIN[style.lang].join(texts[:-1]) + last[style.lang] + texts[-1]


def choice(names: Iterable[str], last: Text, style: Style) -> str:
	"""“a”, “b” or “c”: names in quotes, in the order of the alphabet."""
	return listed([quoted(name, style) for name in sorted(names)], last, style)
