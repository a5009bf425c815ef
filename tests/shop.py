"""A folder with a program and a file of invoices, and the real command line to run on them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from loyalty_club.cli.main import main

SCRIPT = Path(sys.executable).parent / "loyalty-club"
PROGRAM: dict[str, Any] = {
	"format": 1,
	"name": "Corner shop club",
	"title_fa": "باشگاه فروشگاه سر کوچه",
	"tiers": [
		{"name": "bronze", "title_fa": "برنزی", "threshold": 0, "points": 10, "per": 1000},
		{"name": "silver", "title_fa": "نقره‌ای", "threshold": 100000, "points": 20, "per": 1000},
	],
	"spending": {"point_value": 10},
}
HEADER = "invoice,posting_date,customer,item,qty,rate"
FILES = ["ledger.csv", "members.csv", "report.html", "summary.json"]


class Result(NamedTuple):
	"""How a command ended, and what it said."""

	code: int
	out: str
	err: str


class Shop:
	"""Everything is in one folder, so that whatever is left behind is seen."""

	def __init__(self, folder: Path) -> None:
		self.folder = folder
		self.out = folder / "out"
		self.invoices = folder / "sales.csv"
		self.program = folder / "club.json"
		self.write_program()

	def write_program(self, content: str | bytes | None = None, **changes: object) -> None:
		"""The program's text, or what in it is not as usual."""
		text = json.dumps({**PROGRAM, **changes}, ensure_ascii=False) if content is None else content
		self.program.write_bytes(text if isinstance(text, bytes) else text.encode())

	def write(self, content: str | bytes, name: str = "sales.csv") -> None:
		"""The file of invoices."""
		self.invoices = self.folder / name
		self.invoices.write_bytes(content if isinstance(content, bytes) else content.encode())

	def sell(self, *rows: str, header: str = HEADER) -> None:
		"""The file of invoices, by its rows."""
		self.write("\n".join([header, *rows, ""]))

	def command(self, *options: object) -> list[str]:
		"""What follows `loyalty-club` for a back-test here."""
		given = ["backtest", "--program", self.program, "--invoices", self.invoices]
		if "--out" not in options:
			given += ["--out", self.out]
		return [str(each) for each in (*given, *options)]

	def backtest(self, *options: object) -> Result:
		"""A back-test in this process: `run` without the second that a new one takes."""
		return call(*self.command(*options))

	def good(self, *options: object) -> dict[str, Any]:
		"""The summary of a back-test that must go well; what has to agree does."""
		assert self.backtest(*options)[::2] == (0, "")
		return self.checked()

	def run(self, *options: object, **how: Any) -> Result:
		"""A back-test in a process of its own."""
		return run(*self.command(*options), **how)

	def files(self) -> dict[str, bytes]:
		"""Every file and folder here, hidden ones too, with its content."""
		return {
			str(path.relative_to(self.folder)): b"folder" if path.is_dir() else path.read_bytes()
			for path in sorted(self.folder.rglob("*"))
		}

	def summary(self) -> dict[str, Any]:
		found: dict[str, Any] = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
		return found

	def rows(self, name: str) -> list[dict[str, str]]:
		with (self.out / name).open(encoding="utf-8", newline="") as file:
			return list(csv.DictReader(file))

	def text(self, name: str) -> str:
		return (self.out / name).read_text(encoding="utf-8")

	def checked(self) -> dict[str, Any]:
		"""The summary, after the four files have been compared with each other."""
		assert sorted(path.name for path in self.out.iterdir()) == FILES
		summary, ledger, members = self.summary(), self.rows("ledger.csv"), self.rows("members.csv")
		points = {key: Decimal(str(number)) for key, number in summary.items() if key.startswith("points_")}
		assert points["points_outstanding"] == (
			points["points_earned"]
			- points["points_redeemed"]
			+ points["points_restored"]
			- points["points_expired"]
			- points["points_reversed"]
		)
		assert sum(Decimal(entry["points"]) for entry in ledger) == points["points_outstanding"]
		balances = dict.fromkeys((member["customer"] for member in members), Decimal(0))
		for entry in ledger:
			balances[entry["customer"]] += Decimal(entry["points"])
			assert json.loads(entry["reason"])["code"]
			assert entry["in_words"].strip()
		assert balances == {member["customer"]: Decimal(member["balance"]) for member in members}
		assert len(members) == summary["members"] == sum(summary["members_per_tier"].values())
		worth = sum((Decimal(member["value"]) for member in members), Decimal(0))
		assert worth == Decimal(str(summary["value_outstanding"]))
		return summary


def run(*words: object, **how: Any) -> Result:
	"""The installed script, as a user runs it."""
	how = {"capture_output": True, "env": {**os.environ, "PYTHONIOENCODING": "utf-8"}, **how}
	done = subprocess.run([SCRIPT, *map(str, words)], timeout=60, check=False, **how)
	return Result(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())


def call(*words: object) -> Result:
	"""The same command line in this process."""
	out, err = io.StringIO(), io.StringIO()
	with redirect_stdout(out), redirect_stderr(err):
		try:
			main([str(word) for word in words], prog_name="loyalty-club")
			code = 0
		except SystemExit as end:
			code = end.code if isinstance(end.code, int) else 1
	return Result(code, out.getvalue(), err.getvalue())


def refused(do: Callable[[], Result], shop: Shop) -> str:
	"""The one message of a command that must end with 2 and leave everything as it was."""
	before = shop.files()
	result = do()
	assert result.code == 2, result
	assert result.out == ""
	assert result.err.count("\n") == 1, result.err
	assert result.err.endswith("\n")
	assert "Traceback" not in result.err
	assert shop.files() == before
	return result.err.rstrip("\n")
