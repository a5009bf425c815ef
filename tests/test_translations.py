"""Every text that people are shown in the desk and in prints is there in Persian."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import translations
from babel.messages.catalog import Catalog, Message

PLACEHOLDER = re.compile(r"\{\d*\}")
ARABIC = re.compile("[يكة٠-٩]")  # letters and digits that only look Persian
CODES = re.compile(
	r"<[^>]+>|\{\d*\}|bench --site \{1\} set-config \{2\}|--\w+|\d\d:\d\d"
	r"|SHA-256|PNG|JPEG|QR|#0B5563|loyalty_club_signing_key|site_config\.json|ERPNext|CRM|LRFM|IFRS 15"
	r"|monday|sunday|nowruz|sizdah_bedar|tirgan|mehregan|yalda|sadeh"
)
ASKED = ("_", "frappe._", "_lt")
CODE = sorted(translations.APP.rglob("*.py"))
SCRIPTS = sorted([*translations.APP.rglob("*.js"), *translations.APP.rglob("*.html")])


@pytest.fixture(scope="module")
def persian() -> Catalog:
	return translations.catalogue()


def written(persian: Catalog) -> list[Message]:
	return [message for message in persian if message.id]


def test_every_text_is_in_persian_and_nothing_else_is(persian: Catalog) -> None:
	shown = {(text.text, text.context) for text in translations.texts()}
	known = {(message.id, message.context or "") for message in written(persian)}
	assert shown - known == set(), "run make translations, and fill in what it adds to fa.po"
	assert known - shown == set(), "run make translations: nobody is shown these any more"
	assert [message.id for message in written(persian) if not message.string] == []
	assert not persian.obsolete
	assert [message.id for message in written(persian) if message.fuzzy] == []


def test_the_files_are_what_make_translations_writes(persian: Catalog) -> None:
	assert translations.PO.read_text(encoding="utf-8") == translations.po_text(translations.updated())
	assert translations.CSV.read_text(encoding="utf-8") == translations.csv_text(persian)


def test_a_translation_has_the_placeholders_of_its_text(persian: Catalog) -> None:
	for message in written(persian):
		assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(message.string)), message.id


def test_a_translation_is_written_as_persian_is(persian: Catalog) -> None:
	for message in written(persian):
		said = message.string
		assert not ARABIC.search(said), said
		assert not re.search("[a-zA-Z]", CODES.sub("", said)), said
		assert not re.search("[\"“”'’,;?]", re.sub("<[^>]+>", "", said)), said
		assert said == said.strip(), said
		assert "  " not in said, said
		assert message.id.endswith(".") == said.endswith("."), said


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_python_asks_for_whole_texts(path: Path) -> None:
	"""`_("… {0}").format(…)`: what is put in before asking is found in no catalogue."""
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if isinstance(node, ast.Call) and ast.unparse(node.func) in ASKED and node.args:
			text = node.args[0]
			assert not isinstance(text, (ast.JoinedStr, ast.BinOp)), ast.unparse(node)
			assert not (isinstance(text, ast.Call) and ast.unparse(text.func).endswith(".format")), text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_ask_for_whole_texts(path: Path) -> None:
	script = path.read_text(encoding="utf-8")
	assert not re.search(r"\b__?\(\s*`", script)
	assert not re.search(r"\b__?\(\s*(\"[^\"\n]*\"|'[^'\n]*')\s*\+", script)
