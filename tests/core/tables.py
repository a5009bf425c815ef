"""What every table of sentences promises: both languages, with the same placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from loyalty_club.core.words import LANGUAGES


def holes(template: str) -> set[str]:
	return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def assert_both_languages_say_the_same(table: Mapping[str, Mapping[str, str]]) -> None:
	for key, texts in table.items():
		assert set(texts) == set(LANGUAGES), key
		assert holes(texts["en"]) == holes(texts["fa"]), key
