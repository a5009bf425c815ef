"""The app's Persian: finds every text that people are shown, brings fa.po up to date, writes fa.csv from it.

What it alone may do: say where a text to be translated can stand. Nothing here translates; that is done by hand in
`loyalty_club/locale/fa.po`, and Frappe reads what is made of it, `loyalty_club/translations/fa.csv`.

`make translations` adds what is new to fa.po with an empty translation, takes out what nobody is shown any more, and
writes fa.csv; `test_translations.py` fails until every empty one is filled in and `make translations` was run again.

A translation is the whole site's, so words that Frappe or ERPNext have and translate (COMMON) are left to them. Where
such a word is a field's label or choice, Frappe asks for it with the DocType as context first: there it gets one of its
own, as does whatever the code asks for with a context.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).parents[1] / "loyalty_club"
PO = APP / "locale" / "fa.po"
CSV = APP / "translations" / "fa.csv"
NAMES = ("MODES", "WALLET_ACCOUNTS", "ACCOUNT")  # constants that name records as the user reads them
NOT_SHOWN_BY_FRAPPE = ("tests", "core", "cli")  # the rules and the command line have words of their own

# What of a JSON record is shown, by its DocType; a child row is named by its own key of the record.
RECORDS: dict[str, dict[str, tuple[str, ...]]] = {
	"DocType": {"": ("name", "module", "description"), "permissions": ("role",), "links": ("group",)},
	"Report": {"": ("report_name",)},
	"Print Format": {"": ("name",)},
	"Page": {"": ("title",)},
	"Dashboard": {"": ("dashboard_name",)},
	"Dashboard Chart": {"": ("chart_name",)},
	"Number Card": {"": ("label",)},
	"Workspace": {
		"": ("label",),
		"links": ("label", "description"),
		"shortcuts": ("label", "format"),
		"number_cards": ("label",),
		"charts": ("label",),
		"quick_lists": ("label",),
	},
	"Workspace Sidebar": {"": ("title",), "items": ("label",)},
	"Desktop Icon": {"": ("label",)},
	"Module Onboarding": {"": ("title", "subtitle", "success_message")},
	"Onboarding Step": {"": ("title", "description", "action_label", "callback_title", "callback_message")},
}
COMMON = frozenset(
	"Account|Action|Active|Add|Amended From|Amount|Background Image|Balance|Barcode|Batch|"  # noqa: SIM905 -- one a line is too long
	"Blocked|Body|Branch|Brand|Calendar|Cancelled|Card|Cards|Cashier|Close|Closed|Code|Colour|"
	"Companies|Company|Connections|Cost Center|Currency|Customer|Customer Group|Customer Groups|"
	"Customer Name|Dashboard|Date|Day|Default|Document|Document Type|Draft|empty|Error Log|Expired|"
	"Expires On|Expiry|Export|Failed|File|From|From Date|Home|Import|In Words|Inactive|"
	"IP Address|Item|Item Group|Item Groups|Items|Joining|Journal Entry|Journals|Ledger|Left|"
	"Lock|Logo|Lost|Members|Merged|Mobile|Mode of Payment|Modes of Payment|Months|Movement|Name|"
	"Note|Number|Open|Open Settings|Opening Balance|Pay|Period|PIN|Point of Sale|POS Invoice|"
	"Posting Date|Prefix|Preview|Print|Printer|QR Code|Reason|Referral Code|Remaining|Remark|"
	"Replace|Return|Returns|Round Off Account|Rules|Sales Invoice|Save|Series|Settings|State|"
	"Status|System Manager|Text|Title|To|To Date|Token|Transfer|Try Again|Unpaid|User|Value|"
	"Version|Weekdays|{0} of {1}".split("|")
)
CALL_IN_HTML = re.compile(
	r"""\b__?\(\s*(["'])(?P<text>(?:\\.|(?!\1).)+)\1"""
	r"""(?:\s*,\s*(?:null|\[[^\]]*\])\s*,\s*(["'])(?P<context>[^"']+)\3)?"""
)
LETTER = re.compile("[a-zA-Z]")


class Text(NamedTuple):
	"""A text to be translated: as it stands in the code, the DocType it is asked for by ("" for none), its file."""

	text: str
	context: str
	where: str


def texts() -> Iterator[Text]:
	"""Every text of the app that people are shown in the desk and in prints."""
	for path in sorted(APP.rglob("*")):
		where = path.relative_to(APP.parent).as_posix()
		read = READERS.get(path.suffix)
		if not read or path.relative_to(APP).parts[0] in NOT_SHOWN_BY_FRAPPE:
			continue
		for text, context in read(path.read_text(encoding="utf-8")):
			if LETTER.search(text) and (context or text not in COMMON):
				yield Text(text, context, where)


def in_python(code: str) -> Iterator[tuple[str, str]]:
	"""What `_()` is called with, the NAMES, and fields that are defined in code, as `setup/custom_fields.py` does."""
	tree = ast.parse(code)
	for node in ast.walk(tree):
		if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "frappe._", "_lt"):
			said = _constant(node.args[0]) if node.args else None
			contexts = [_constant(each.value) for each in node.keywords if each.arg == "context"]
			if said:
				yield said, contexts[0] if contexts and contexts[0] else ""
		elif isinstance(node, (ast.Assign, ast.AnnAssign)):
			target = node.targets[0] if isinstance(node, ast.Assign) else node.target
			if ast.unparse(target) in NAMES:
				named = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
				yield from ((name, "") for name in map(_constant, named) if name)
		elif isinstance(node, ast.Dict):
			for key, value in zip(node.keys, node.values, strict=True):
				for row in value.elts if isinstance(value, ast.List) else ():
					if isinstance(row, ast.Dict):
						yield from in_field(_constants(row), _constant(key) or "")
			if (field := _constants(node)).get("fieldname"):  # of whatever DocType the code gives it to
				yield from in_field(field, "")


def _constant(node: ast.expr | None) -> str | None:
	return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _constants(row: ast.Dict) -> dict[str, str]:
	read = {_constant(key): _constant(value) for key, value in zip(row.keys, row.values, strict=True)}
	return {key: value for key, value in read.items() if key and value}


def in_script(code: str) -> Iterator[tuple[str, str]]:
	"""What `__()` is called with; its third argument is the context."""
	calls = extract_javascript(io.BytesIO(code.encode()), {"__": None}, (), {"parse_template_string": "true"})
	for _line, _name, said, _comments in calls:
		parts = (said,) if isinstance(said, str) else said
		if parts and parts[0]:
			yield parts[0], (parts[2] or "") if len(parts) == 3 else ""


def in_html(html: str) -> Iterator[tuple[str, str]]:
	"""What `_()` is called with in a template of Jinja, and `__()` in one of Frappe's reports."""
	for call in CALL_IN_HTML.finditer(html):
		yield re.sub(r"\\(.)", r"\1", call["text"]), call["context"] or ""


def in_record(file: str) -> Iterator[tuple[str, str]]:
	"""A DocType, a report, a workspace …: its name, labels and descriptions."""
	record = json.loads(file)
	if not isinstance(record, dict) or record.get("doctype") not in RECORDS:
		return
	for rows, shown in RECORDS[record["doctype"]].items():
		for row in record.get(rows, []) if rows else [record]:
			for key in shown:
				if row.get(key):
					yield row[key], ""
	if record["doctype"] == "DocType":
		for field in record["fields"]:
			yield from in_field(field, record["name"])
	for block in json.loads(record.get("content") or "[]") if record["doctype"] == "Workspace" else []:
		if block["type"] in ("header", "paragraph"):
			yield block["data"]["text"], ""


def in_field(field: dict[str, Any], doctype: str) -> Iterator[tuple[str, str]]:
	"""A field's label, description, choices or text; the DocType is the context of what is COMMON."""
	said = [field.get("label"), field.get("description")]
	if field.get("fieldtype") == "HTML":
		said.append(field.get("options"))
	if field.get("fieldtype") == "Select" and field["fieldname"] != "naming_series":
		said += (field.get("options") or "").split("\n")
	for text in said:
		if text:
			yield text, doctype if text in COMMON else ""


READERS: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
	".json": in_record,
	".py": in_python,
	".js": in_script,
	".html": in_html,
}


def catalogue() -> Catalog:
	"""The translations as they stand in fa.po."""
	with PO.open("rb") as file:
		return read_po(file, locale="fa")


def updated() -> Catalog:
	"""fa.po with every text of the app and no other."""
	known = catalogue()
	new = Catalog(locale="fa", header_comment=known.header_comment, fuzzy=False)
	new.mime_headers = known.mime_headers
	where: dict[tuple[str, str], list[str]] = {}
	for text in texts():
		files = where.setdefault((text.text, text.context), [])
		if text.where not in files:
			files.append(text.where)
	for text, context in sorted(where, key=lambda key: (where[key][0], key)):
		before = known.get(text, context or None)
		new.add(
			text,
			before.string if before else "",
			locations=[(file, 0) for file in where[text, context]],
			context=context or None,
			user_comments=before.user_comments if before else (),
		)
	return new


def po_text(translations: Catalog) -> str:
	"""A catalogue as fa.po, the same whichever version of Babel writes it."""
	out = io.BytesIO()
	write_po(out, translations, width=0, include_lineno=False)
	lines = out.getvalue().decode("utf-8").splitlines(keepends=True)
	return "".join(line for line in lines if not line.startswith('"Generated-By: '))


def csv_text(translations: Catalog) -> str:
	"""A catalogue as Frappe's fa.csv: text, translation, context."""
	out = io.StringIO()
	rows = csv.writer(out, lineterminator="\n")
	for message in translations:
		if message.id and message.string:
			row = [message.id, message.string, *([message.context] if message.context else [])]
			rows.writerow(part.replace("\n", "\\n") for part in row)
	return out.getvalue()


def main() -> None:
	"""Brings both files up to date."""
	translations = updated()
	PO.write_text(po_text(translations), encoding="utf-8")
	CSV.parent.mkdir(exist_ok=True)
	CSV.write_text(csv_text(translations), encoding="utf-8")
	empty = [message.id for message in translations if message.id and not message.string]
	print(f"{len(translations)} texts, {len(empty)} of them without a translation")
	for text in empty:
		print(f"  {text}")


if __name__ == "__main__":
	main()
