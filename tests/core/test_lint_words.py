"""What is said of a finding, in both languages."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from builders import DAY
from dangers import HAS_AND_HAS_NOT, PROGRAMS, TWELVE
from tables import assert_both_languages_say_the_same

from loyalty_club.core import lint, lint_words
from loyalty_club.core.lint import examine
from loyalty_club.core.program_words import titles
from loyalty_club.core.words import Style


@pytest.mark.parametrize("table", lint_words.TABLES)
def test_both_languages_say_the_same(table: str) -> None:
	assert_both_languages_say_the_same(lint_words.TABLES[table])


def test_every_code_has_its_pair() -> None:
	assert set(HAS_AND_HAS_NOT) | {"rebate"} == set(lint_words.TITLES)


@pytest.mark.parametrize("margin", [None, TWELVE, Decimal("0.005"), Decimal(0)])
def test_every_finding_is_a_sentence_with_the_digits_of_its_language(margin: Decimal | None) -> None:
	said = set()
	for rules in PROGRAMS:
		for finding in examine(rules, margin=margin, on=DAY):
			said.add(f"{finding.code}.{finding.facts['how']}" if "how" in finding.facts else finding.code)
			english = lint_words.say(finding, Style("en", "jalali", titles=titles(rules)))
			persian_ = lint_words.say(finding, Style("fa", "jalali", titles=titles(rules)))
			assert re.search(r"[0-9]", english)
			assert english.endswith(".")
			assert not re.search(r"[0-9{}]|None|True", persian_)
			assert "{" not in english
	assert len(said) >= len(lint_words.TITLES)


def test_severities_have_titles() -> None:
	assert [lint_words.severity_title(each, "fa") for each in lint.SEVERITIES] == ["خطر", "هشدار", "نکته"]
