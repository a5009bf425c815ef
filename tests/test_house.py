"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import loyalty_club
from loyalty_club.core.program import json_schema

PACKAGE = Path(loyalty_club.__file__).parent
PURE = sorted([*(PACKAGE / "core").glob("*.py"), PACKAGE / "jalali.py", PACKAGE / "persian.py"])
FORBIDDEN = {
	"frappe",
	"erpnext",
	"os",
	"io",
	"pathlib",
	"time",
	"random",
	"secrets",
	"sqlite3",
	"socket",
	"tempfile",
}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_pure_modules_import_no_framework_and_reach_for_no_clock_file_or_chance(path: Path) -> None:
	tree = ast.parse(path.read_text(encoding="utf-8"))
	for node in ast.walk(tree):
		names = []
		if isinstance(node, ast.Import):
			names = [alias.name for alias in node.names]
		elif isinstance(node, ast.ImportFrom):
			names = [node.module or ""]
		assert not {name.split(".")[0] for name in names} & FORBIDDEN, ast.dump(node)
		if isinstance(node, ast.Call):
			called = ast.unparse(node.func)
			assert called not in {"open", "float", "print", "input", "date.today", "datetime.now"}, called


@pytest.mark.parametrize("path", [*PURE, *sorted((PACKAGE / "cli").glob("*.py"))], ids=lambda path: path.name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
	docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
	assert docstring
	assert len(docstring) > 20


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_every_public_function_of_the_core_says_what_it_does(path: Path) -> None:
	tree = ast.parse(path.read_text(encoding="utf-8"))
	for node in tree.body:
		if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
			assert ast.get_docstring(node), node.name


def test_examples_in_docstrings_are_true() -> None:
	modules = [importlib.import_module(f"loyalty_club.{name}") for name in ("jalali", "persian")]
	core = importlib.import_module("loyalty_club.core")
	modules += [
		importlib.import_module(f"loyalty_club.core.{found.name}")
		for found in pkgutil.iter_modules(core.__path__)
	]
	results = [doctest.testmod(module) for module in modules]
	assert sum(result.failed for result in results) == 0
	assert sum(result.attempted for result in results) > 10


def test_the_rules_load_without_what_only_the_command_line_needs() -> None:
	code = (
		"import sys\n"
		"for name in ('click', 'jinja2', 'plotly'): sys.modules[name] = None\n"
		"import loyalty_club.core.backtest, loyalty_club.core.lint_words, loyalty_club.core.program\n"
		"import loyalty_club.core.cards, loyalty_club.core.program_words\n"
		"from loyalty_club.cli import main\n"
		"main()\n"
	)
	done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
	assert "loyalty_club[cli]" in done.stderr
	assert "Traceback" not in done.stderr
	assert done.returncode == 1


def test_the_promises_hold_on_the_fractions_of_the_standard_library_too() -> None:
	code = (
		"import sys\n"
		"sys.modules['quicktions'] = None\n"
		"import fractions, pytest\n"
		"from loyalty_club.core.exact import Fraction\n"
		"assert Fraction is fractions.Fraction\n"
		"sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/core/test_promises.py']))\n"
	)
	done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
	assert done.returncode == 0, done.stdout


def test_the_documented_schema_names_the_settings_the_code_has() -> None:
	"""Names only: what else a schema says of them is pydantic's, and differs between its versions."""
	written = json.loads((PACKAGE.parent / "docs" / "program.schema.json").read_text(encoding="utf-8"))
	made = json_schema()
	for part in (written, made):
		part["$defs"]["Program"] = {"properties": part["properties"]}
	names = [
		{name: sorted(part["properties"]) for name, part in each["$defs"].items()} for each in (written, made)
	]
	assert names[0] == names[1]
	assert written["required"] == made["required"]
