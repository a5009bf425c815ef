"""The code on a receipt: what it leads to, what people make of it when they type."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club import persian
from loyalty_club.core import receipt_code
from loyalty_club.core.receipt_code import ALPHABET, LENGTH, code, place, read, show

DAY = date(2025, 4, 21)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_it_depends_on_the_key_and_on_each_fact_and_on_where_one_ends() -> None:
	one = code(b"k", ["S1", "a"], DAY, 0)
	others = [
		code(b"q", ["S1", "a"], DAY, 0),
		code(b"k", ["S2", "a"], DAY, 0),
		code(b"k", ["S1", "b"], DAY, 0),
		code(b"k", ["S1a", ""], DAY, 0),
		code(b"k", ["S1", "a"], DAY, 1),
		code(b"k", ["S1", "a"], DAY + timedelta(days=1), 0),
	]
	assert len({one, *others}) == 7
	assert code(b"k", ["S1", "a"], DAY, 0) == one


@given(days, st.sampled_from([0, 1]), st.integers(-1, 14))
def test_it_leads_back_to_the_day_and_kind(day: date, kind: int, age: int) -> None:
	given_code = code(b"k", ["S1"], day, kind)
	assert len(given_code) == LENGTH
	assert place(given_code, day + timedelta(days=age)) == (kind, day)


@given(days, st.text(max_size=10))
def test_what_is_printed_can_be_typed_in_small_letters_persian_digits_and_with_mistaken_letters(
	day: date, name: str
) -> None:
	printed = code(b"k", [name], day, 0)
	typed = show(printed).lower().replace("0", "o").replace("1", "l")
	assert read(typed) == printed
	assert read(persian.to_persian_digits(show(printed))) == printed
	assert set(printed) <= set(ALPHABET)


@pytest.mark.parametrize(
	"text", ["", "0912 345 6789", "KY2G-0BCC-YY0", "KY2G-0BCC-YY0BX", "KY2G-0BCC-YYU0", "!!!!!!!!!!!!"]
)
def test_other_texts_are_no_codes(text: str) -> None:
	assert read(text) == ""


def test_a_days_sales_have_different_codes() -> None:
	assert len({code(b"k", [f"S{n}"], DAY, 0) for n in range(5000)}) == 5000
	assert receipt_code.LENGTH >= 12
