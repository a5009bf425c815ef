"""A club's own field never stands in a report's filters twice."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import loyalty_club

PACKAGE = Path(loyalty_club.__file__).parent
SCRIPTS = [
	PACKAGE / "public/js/report_filters.js",
	*sorted((PACKAGE / "loyalty_club/report").glob("*/*.js")),
]
NAMED = re.compile(r'fieldname: "(\w+)"')
BUILT = re.compile(r'_filter\(\s*"(\w+)"')


def taken() -> set[str]:
	"""`member_filters.TAKEN`, read without Frappe."""
	tree = ast.parse((PACKAGE / "member_filters.py").read_text(encoding="utf-8"))
	(value,) = [
		node.value
		for node in tree.body
		if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TAKEN"
	]
	return {each.value for each in ast.walk(value) if isinstance(each, ast.Constant)}


def test_every_filter_of_a_report_is_taken() -> None:
	texts = [path.read_text(encoding="utf-8") for path in SCRIPTS]
	used = {name for text in texts for pattern in (NAMED, BUILT) for name in pattern.findall(text)}
	assert len(used) > 20
	assert used == taken()
