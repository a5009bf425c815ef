"""Numbers with units, and names in a row, in both languages."""

from __future__ import annotations

import pytest
from tables import assert_both_languages_say_the_same

from loyalty_club.core import phrases
from loyalty_club.core.words import Style


@pytest.mark.parametrize("table", phrases.TABLES)
def test_both_languages_say_the_same(table: str) -> None:
	assert_both_languages_say_the_same(phrases.TABLES[table])


def test_only_the_last_of_a_row_is_joined_by_a_word() -> None:
	rows = [["a", "b", "c"][:n] for n in range(4)]
	assert [phrases.listed(row, phrases.AND, Style()) for row in rows] == ["", "a", "a and b", "a, b and c"]
	assert phrases.listed(rows[3], phrases.OR, Style("fa")) == "a، b یا c"
