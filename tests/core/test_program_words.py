"""What is said of a program, in both languages."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from builders import Expiry, ReturnRules, Spending, program
from dangers import RICH, spending
from tables import assert_both_languages_say_the_same

from loyalty_club import jalali, persian
from loyalty_club.core import program_words
from loyalty_club.core.earning import WEEKDAYS
from loyalty_club.core.words import LANGUAGES, Style


@pytest.mark.parametrize("table", program_words.TABLES)
def test_both_languages_say_the_same(table: str) -> None:
	assert_both_languages_say_the_same(program_words.TABLES[table])


def test_every_weekday_and_occasion_has_a_title() -> None:
	assert set(program_words.WEEKDAY_TITLES) == set(WEEKDAYS)
	assert program_words.WEEKDAY_TITLES["friday"] == {"en": "Friday", "fa": "جمعه"}
	assert set(program_words.OCCASION_TITLES) == set(jalali.OCCASIONS)


@pytest.mark.parametrize("kind", ["never", "days", "months", "inactivity", *program_words.PERIODS])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_expiry_is_a_sentence(kind: str, lang: str) -> None:
	for calendar in ("jalali", "gregorian"):
		for count in (1, 2):
			rules = program(expiry=Expiry(kind, count), calendar=calendar)  # type: ignore[arg-type]
			assert not re.search(r"[{}]|None", " ".join(program_words.in_words(rules, Style(lang))))


def test_a_program_in_words_names_every_tier_rule_and_unit() -> None:
	english = program_words.in_words(RICH, Style("en", "jalali"))
	for text in ("bronze (from joining)", "silver (from 50,000,000 rial)", "gold (from 100,000,000 rial)"):
		assert any(sentence.startswith(text) for sentence in english)
	for rule in RICH.earning.rules:
		assert any(f"“{rule.name}”" in sentence for sentence in english)
	persian_ = program_words.in_words(RICH, Style("fa", "jalali", persian.TOMAN, program_words.titles(RICH)))
	assert len(persian_) == len(english)
	text = "\n".join(persian_)
	for title in ("برنزی", "نقره‌ای", "طلایی", "«آخر هفته»", "پنجشنبه و جمعه", "شب یلدا", "تومان", "درصد"):
		assert title in text
	assert not re.search(r"[0-9]", text)


def test_one_is_singular() -> None:
	rules = program(point_decimals=2, spending=spending(minimum=1), returns=ReturnRules(1, 1, 1))
	text = " ".join(program_words.in_words(rules, Style()))
	assert "at least 1 point at once" in text
	assert "accepted back for 1 day." in text
	assert "0.01 points" in text


def test_titles_are_the_persian_names_that_are_given() -> None:
	assert program_words.titles(RICH) == {
		"bronze": "برنزی",
		"silver": "نقره‌ای",
		"gold": "طلایی",
		"weekend": "آخر هفته",
		"yalda": "یلدا",
	}


@pytest.mark.parametrize(
	("redeem_as", "english", "farsi"),
	[
		(
			"tender",
			"bears 100,000 rial of tax, and 900,000 rial is to be paid.",
			"مالیاتش ۱۰۰٬۰۰۰ ریال است و ۹۰۰٬۰۰۰ ریال",
		),
		(
			"discount",
			"bears 80,000 rial of tax, and 880,000 rial is to be paid.",
			"مالیاتش ۸۰٬۰۰۰ ریال است و ۸۸۰٬۰۰۰ ریال",
		),
	],
)
def test_what_points_do_to_the_tax_is_shown_on_a_million_and_200_points(
	redeem_as: str, english: str, farsi: str
) -> None:
	rules = program(spending=Spending(Decimal(1000), redeem_as=redeem_as))  # type: ignore[arg-type]
	said = " ".join(program_words.in_words(rules, Style()))
	assert "an invoice of 1,000,000 rial net with 10% tax, and 200 points, " + english in said
	assert farsi in " ".join(program_words.in_words(rules, Style("fa", "jalali", persian.RIAL)))


def test_the_example_keeps_the_limits_of_the_program() -> None:
	rules = program(spending=Spending(Decimal(7), Decimal(250), Decimal(30), max_share=Decimal("0.15")))
	assert "an invoice of 12,600 rial net with 10% tax, and 270 points" in " ".join(
		program_words.in_words(rules, Style())
	)
