"""A year of a real shop (UCI Online Retail): the replay against an independent computation of its own.

The file lies outside the project; without it these tests are skipped with a word.
"""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loyalty_club.cli.invoices import bills
from loyalty_club.cli.scratch import ScratchStore
from loyalty_club.core.backtest import MemoryStore, Replay
from loyalty_club.core.model import Entry
from loyalty_club.core.program import loads

ROOT = Path(__file__).parent.parent
RETAIL = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"
PROGRAM = ROOT / "fixtures" / "online_retail.program.json"
NAMES = {
	"invoice": "InvoiceNo",
	"posting_date": "InvoiceDate",
	"customer": "CustomerID",
	"item": "StockCode",
	"qty": "Quantity",
	"rate": "UnitPrice",
}

pytestmark = pytest.mark.skipif(not RETAIL.exists(), reason=f"the real file is not here: {RETAIL.name}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
	"""The real command line, run once over the real file."""
	out = tmp_path_factory.mktemp("retail") / "out"
	names = ",".join(f"{ours}={theirs}" for ours, theirs in NAMES.items())
	command = [
		Path(sys.executable).parent / "loyalty-club",
		*("backtest", "--program", PROGRAM, "--invoices", RETAIL, "--map", names),
		*("--as-of", "2011-12-31", "--out", out),
	]
	subprocess.run(command, check=True, capture_output=True)
	return out


@pytest.fixture(scope="module")
def lines() -> list[dict[str, str]]:
	with gzip.open(RETAIL, "rt", encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def test_counts_and_sales_are_what_the_file_says(folder: Path, lines: list[dict[str, str]]) -> None:
	summary = json.loads((folder / "summary.json").read_text())
	known = [line for line in lines if line["CustomerID"].strip() and int(line["Quantity"])]
	sold = {line["InvoiceNo"] for line in known if int(line["Quantity"]) > 0}
	back = {line["InvoiceNo"] for line in known if int(line["Quantity"]) < 0}
	net = sum(int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in known)
	assert summary["invoices"] == len(sold)
	assert summary["returns"] == len(back)
	assert summary["members"] == len({line["CustomerID"] for line in known})
	assert Decimal(str(summary["net_sales"])) == net
	assert (
		summary["lines_without_customer"] == sum(not line["CustomerID"].strip() for line in lines) == 135_080
	)


def test_points_earned_are_what_a_loop_over_the_file_gives(folder: Path, lines: list[dict[str, str]]) -> None:
	"""Independent: each invoice's total at the rate of the tier the ledger says the member was in before it, and that
	tier checked against a running total of net spend where nothing was ever brought back."""
	totals: dict[str, Decimal] = defaultdict(Decimal)
	customers: dict[str, str] = {}
	returned: set[str] = set()
	order: list[str] = []
	for line in lines:
		quantity, who = int(line["Quantity"]), line["CustomerID"].strip()
		if not who:
			continue
		if quantity < 0:
			returned.add(who)
			continue
		if line["InvoiceNo"] not in totals:
			order.append(line["InvoiceNo"])
		totals[line["InvoiceNo"]] += quantity * Decimal(line["UnitPrice"])
		customers[line["InvoiceNo"]] = who
	rates = {"bronze": Decimal(1), "silver": Decimal("1.5"), "gold": Decimal(2)}
	posted = {}
	with (folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
		for entry in csv.DictReader(file):
			if entry["kind"] == "award":
				posted[entry["document"]] = (int(entry["points"]), json.loads(entry["reason"])["tier"])
	spent: dict[str, Decimal] = defaultdict(Decimal)
	checked = 0
	for name in order:
		who = customers[name]
		points, tier = posted.get(name, (0, None))
		if tier is not None:
			assert points == int(totals[name] * rates[tier]), name
		else:
			assert totals[name] < 1
		if who not in returned and tier is not None:
			expected = "gold" if spent[who] >= 10_000 else "silver" if spent[who] >= 1_000 else "bronze"
			assert tier == expected, name
			checked += 1
		spent[who] += totals[name]
	assert checked > 5_000


def test_ledger_members_and_summary_agree(folder: Path) -> None:
	summary = json.loads((folder / "summary.json").read_text())
	by_kind: dict[str, int] = defaultdict(int)
	by_customer: dict[str, int] = defaultdict(int)
	with (folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
		for entry in csv.DictReader(file):
			by_kind[entry["kind"]] += int(entry["points"])
			by_customer[entry["customer"]] += int(entry["points"])
	with (folder / "members.csv").open(encoding="utf-8", newline="") as file:
		for member in csv.DictReader(file):
			assert by_customer[member["customer"]] == int(member["balance"]), member
	assert by_kind["award"] == summary["points_earned"]
	assert -by_kind["reverse"] == summary["points_reversed"]
	assert -by_kind["expire"] == summary["points_expired"]
	assert sum(by_kind.values()) == summary["points_outstanding"]
	assert (
		summary["points_earned"] - summary["points_reversed"] - summary["points_expired"]
		== (summary["points_outstanding"])
	)


@pytest.mark.parametrize(
	("who", "bought", "kept"), [("12346.0", "77183.60", "0"), ("16446.0", "168472.50", "2.90")]
)
def test_customers_who_brought_it_all_back_keep_no_top_tier_and_no_points(
	folder: Path, lines: list[dict[str, str]], who: str, bought: str, kept: str
) -> None:
	mine = [line for line in lines if line["CustomerID"] == who]
	sold = [int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in mine if int(line["Quantity"]) > 0]
	assert sum(sold) == Decimal(bought)
	with (folder / "members.csv").open(encoding="utf-8", newline="") as file:
		member = next(row for row in csv.DictReader(file) if row["customer"] == who)
	assert Decimal(member["net_spend"]) == Decimal(kept)
	assert member["tier"] == "bronze"
	assert int(member["balance"]) <= Decimal(kept)


def test_split_at_any_date_with_the_state_carried_over_or_fed_twice_gives_the_same_ledger(
	tmp_path: Path,
) -> None:
	program = loads(PROGRAM.read_text(encoding="utf-8"))
	year = [bill for bill in bills(RETAIL, NAMES) if bill.customer][::5]

	def run(*parts: list, disk: str = "") -> list[Entry]:
		entries: list[Entry] = []
		store = ScratchStore(tmp_path / disk, entries.append) if disk else MemoryStore(entries.append)
		replay = Replay(program, store, date(2011, 12, 31))
		for part in parts:
			replay.feed(part)
		replay.settle()
		return sorted(entries, key=lambda entry: (entry.account, entry.seq))

	whole = run(year)
	assert len(whole) > 3_000
	for share in (10, 3, 2):
		first = year[len(year) // share].day
		before = [bill for bill in year if bill.day < first]
		assert run(before, year[len(before) :]) == whole
	assert run(year, year) == whole, "the same file fed twice posts nothing twice"
	assert run(year, disk="store.sqlite") == whole, "a store on disk remembers what one in memory does"
