"""How fast the rules are, as ratios taken in one run: `make bench` (about ten minutes; `--quick` for one).

1. Rules only (parse, score, post; no report) over a real file, against Python's own csv.reader over the same file,
   in interleaved pairs: median of the ratios, with the least and the greatest.
2. Cost per invoice and peak memory from 10,000 to 1,000,000 generated invoices of one shop: the same 2,000 customers
   and the same sales a day, only a longer history. Each size runs in a process of its own.

Without the real file (it lies outside the project) the bundled year of a shop is taken.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from loyalty_club.cli.invoices import bills
from loyalty_club.cli.main import no_collector
from loyalty_club.cli.scratch import ScratchStore
from loyalty_club.core.backtest import Replay
from loyalty_club.core.program import loads

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
RETAIL = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"
RETAIL_NAMES = {
	"invoice": "InvoiceNo",
	"posting_date": "InvoiceDate",
	"customer": "CustomerID",
	"item": "StockCode",
	"qty": "Quantity",
	"rate": "UnitPrice",
}
A_DAY = 330  # invoices


def read_only(path: Path) -> float:
	"""Seconds that csv.reader takes over the file."""
	start = time.perf_counter()
	with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
		for _ in csv.reader(file):
			pass
	return time.perf_counter() - start


def rules_only(path: Path, names: dict[str, str], program: str) -> tuple[float, Replay]:
	"""Seconds that the replay takes over the file, and the replay."""
	rules = loads((FIXTURES / program).read_text(encoding="utf-8"))
	start = time.perf_counter()
	with tempfile.TemporaryDirectory() as folder, no_collector():
		store = ScratchStore(Path(folder) / "store.sqlite")
		replay = Replay(rules, store)
		replay.feed(bills(path, names))
		replay.settle()
		seconds = time.perf_counter() - start
		store.close_file()
	return seconds, replay


def against_csv(pairs: int) -> None:
	"""Part 1."""
	if RETAIL.exists():
		path, names, program = RETAIL, RETAIL_NAMES, "online_retail.program.json"
	else:
		path, names, program = FIXTURES / "persian_shop.csv.gz", {}, "persian_shop.program.json"
	rules_only(path, names, program)
	found = []
	for _ in range(pairs):  # a read is short, so it is taken three times on either side
		reads = [read_only(path) for _ in range(3)]
		rules = rules_only(path, names, program)[0]
		reads += [read_only(path) for _ in range(3)]
		found.append((statistics.mean(reads), rules))
	ratios = sorted(rules / plain for plain, rules in found)
	print(f"| file | csv.reader | rules only | ratio, median of {pairs} | least | greatest |")
	print("|---|---|---|---|---|---|")
	plain, rules = (statistics.median(column) for column in zip(*found, strict=True))
	print(
		f"| {path.name} | {plain:.2f} s | {rules:.2f} s "
		f"| **{statistics.median(ratios):.1f}** | {ratios[0]:.1f} | {ratios[-1]:.1f} |"
	)


def generate(path: Path, invoices: int) -> None:
	"""A shop's history of so many invoices: 2,000 customers, 330 invoices a day, one in twenty a return."""
	chance = random.Random(7)
	kept: list[tuple[str, int, int]] = []
	with gzip.open(path, "wt", encoding="utf-8", compresslevel=1, newline="") as file:
		write = csv.writer(file).writerow
		write(
			("invoice", "posting_date", "customer", "item", "qty", "rate", "return_against", "redeem_points")
		)
		for n in range(invoices):
			day = date(2016, 3, 20) + timedelta(days=n // A_DAY)
			if kept and chance.random() < 0.05:
				name, customer, item = kept.pop(int(chance.random() * len(kept)))
				write((f"R{n}", day, f"C{customer}", f"I{item}", -1, 1_000_000 + item * 1000, name, ""))
				continue
			customer = int(chance.random() ** 2 * 2000)
			points = 20 if chance.random() < 0.05 else ""
			for row in range(1 + int(chance.random() * 3)):
				item = int(chance.random() * 500)
				write((f"S{n}", day, f"C{customer}", f"I{item}", 1, 1_000_000 + item * 1000, "", points))
				if row == 0:
					kept.append((f"S{n}", customer, item))
			if len(kept) > 1000:
				kept.pop(0)


def peak_memory() -> int:
	"""MB this process had at most (Linux; elsewhere what getrusage says, which counts the parent's share too)."""
	status = Path("/proc/self/status")
	if status.exists():
		found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
		return int(found.split()[1]) // 1024
	return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def one_size(invoices: int) -> None:
	"""Part 2, in a process of its own: prints what it measured as JSON."""
	with tempfile.TemporaryDirectory() as folder:
		path = Path(folder) / "history.csv.gz"
		generate(path, invoices)
		seconds, replay = rules_only(path, {}, "persian_shop.program.json")
	lots = sum(len(account.lots) for account in replay.store.accounts.values())
	peak = peak_memory()
	members = len(replay.store.accounts)
	print(json.dumps({"seconds": seconds, "peak": peak, "members": members, "lots": lots}))


def sizes(counts: list[int]) -> None:
	"""Part 2."""
	print(
		"| invoices | customers | open lots at the end | µs an invoice | against the smallest | peak memory |"
	)
	print("|---|---|---|---|---|---|")
	least = 0.0
	for count in counts:
		command = [sys.executable, __file__, "--one-size", str(count)]
		found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
		each = found["seconds"] / count * 1e6
		least = least or each
		print(
			f"| {count:,} | {found['members']:,} | {found['lots']:,} | {each:.0f} | {each / least:.2f} "
			f"| {found['peak']} MB |",
			flush=True,
		)


def main() -> None:
	"""Runs both parts and prints them as tables."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="one pair, up to 100,000 invoices")
	parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
	options = parser.parse_args()
	if options.one_size:
		one_size(options.one_size)
		return
	against_csv(1 if options.quick else 7)
	print()
	sizes([10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000])


if __name__ == "__main__":
	main()
