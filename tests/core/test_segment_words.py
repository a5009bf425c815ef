"""A segment in words: each template in both languages with the same places, and each kind of span."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from loyalty_club.core import segment_words
from loyalty_club.core.words import LANGUAGES, Style

EN, FA = Style("en", "jalali"), Style("fa", "jalali")


def test_every_text_is_in_both_languages_with_the_same_places() -> None:
	for name, table in segment_words.TABLES.items():
		for key, text in table.items():
			assert set(text) == set(LANGUAGES), (name, key)
			places = {lang: sorted(re.findall(r"{\d}", said)) for lang, said in text.items()}
			assert places["en"] == places["fa"], (name, key)


@pytest.mark.parametrize(
	("key", "low", "high", "said"),
	[
		("age", 18, 30, "age from 18 to 30"),
		("age", 18, 0, "age 18 or more"),
		("age", 0, 30, "age up to 30"),
		("recency", 5, 5, "recency score 5"),
		("score", 3.5, 0.0, "LRFM score 3.5 or more"),
		("last", 30, 90, "last purchase 30 to 90 days ago"),
		("last", None, 7, "last purchase within the last 7 days"),
		("joined", 365, None, "joined 365 days ago or earlier"),
		("joined", 1, 1, "joined 1 days ago"),
		("net", 5_000_000.0, 0, "net purchases 5,000,000 rial or more"),
	],
)
def test_spans(key: str, low: float | None, high: float | None, said: str) -> None:
	assert segment_words.span(key, low, high, EN) == said


def test_a_whole_sentence_in_both_languages() -> None:
	for style, said in (
		(
			EN,
			"Active members of Tea: tier Gold or Silver; also in A and B; not in C; "
			"birthday within 7 days, today included.",
		),
		(FA, "اعضای فعالِ Tea: سطح Gold یا Silver؛ و نیز در A و B؛ نه در C؛ تولد از امروز تا ۷ روز."),
	):
		clauses = [
			segment_words.names("tier", ["Gold", "Silver"], style),
			segment_words.names("also_in", ["A", "B"], style),
			segment_words.names("not_in", ["C"], style),
			segment_words.fact("birthday_within", style, 7),
		]
		assert segment_words.sentence("Tea", clauses, style) == said


def test_no_filter_is_everybody() -> None:
	assert segment_words.sentence("Tea", [], EN) == "All active members of Tea."
	assert segment_words.span("balance", Decimal("0.5"), Decimal(0), FA) == "امتیاز ۰٫۵ یا بیشتر"
