"""What the month's end and a try-out cost on a large club: `make bench-books` (twenty minutes; `--quick` for a tenth).

On a fresh site with 100,000 members and 577,000 lots: a try-out of 100,000 invoices beside the command line over the
same invoices from a file, in interleaved pairs, which must come to the same points; then, with an invoice for each lot
and an entry in the general ledger for each that points paid, what a liability valuation reads, beside one `GROUP BY
account` over the lots, interleaved in one process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import harness

PURCHASES = 6  # a member, on average
PAIRS = 3


def valuation(found: list[dict[str, float]]) -> None:
	"""What a valuation reads."""
	print("| | seconds | beside the GROUP BY, median | least | greatest |")
	print("|---|---|---|---|---|")
	found = [{**each, "in all": each["cohorts"] + each["books"]} for each in found]
	for name in found[0]:
		ratios = sorted(each[name] / each["group by"] for each in found)
		print(
			f"| {name} | {statistics.median(each[name] for each in found):.2f} | {statistics.median(ratios):.1f} "
			f"| {ratios[0]:.1f} | {ratios[-1]:.1f} |",
			flush=True,
		)


def from_file(folder: Path, until: str) -> tuple[float, str]:
	"""Seconds of the command line, and the points that came of it."""
	out = folder / "out"
	command = [
		*(str(Path(sys.executable).parent / "loyalty-club"), "backtest"),
		*("--program", str(folder / "program.json"), "--invoices", str(folder / "invoices.csv")),
		*("--as-of", until, "--out", str(out)),
	]
	began = time.perf_counter()
	done = subprocess.run(command, capture_output=True, text=True)
	took = time.perf_counter() - began
	assert done.returncode == 0, done.stderr
	return took, json.loads((out / "summary.json").read_text(encoding="utf-8"))["points_outstanding"]


def try_outs(bench: Any, story: Any, folder: Path) -> None:
	"""Pairs of the two."""
	count = bench.ask("export", story, folder=str(folder))
	ratios = []
	for _pair in range(PAIRS):
		here = bench.ask("try_out", story)
		took, points = from_file(folder, here["until"])
		assert float(points) == float(here["points"]), (points, here)
		ratios.append(here["seconds"] / took)
		print(
			f"{count:,} invoices: {here['seconds']:.1f} s in the site, {took:.1f} s from the file", flush=True
		)
	print(
		f"try-out beside the command line: {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
	)


def main() -> None:
	"""Makes the site, measures, throws it away."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="a tenth of everything")
	options = parser.parse_args()
	run = harness.load()
	root = run.find_bench()
	if root is None:
		sys.exit("no bench found: set FRAPPE_BENCH_ROOT")
	size = 10_000 if options.quick else 100_000
	with tempfile.TemporaryDirectory(prefix="club-bench-") as folder:
		bench = run.Bench(root, Path(folder))
		bench.module = "loyalty_club.tests.measure_books"
		bench.prepare()
		bench.start_services()
		bench.new_site()
		bench.frappe("install-app", "loyalty_club", quiet=True)
		try:
			story = bench.ask("fill", {}, members=size, purchases=PURCHASES, receipts=size)
			print(f"\n{story['rows']}\n", flush=True)
			try_outs(bench, story, Path(folder))
			print(f"\n{bench.ask('bill', story)}\n", flush=True)
			valuation(bench.ask("valuation", {}))
		finally:
			bench.drop_site()


if __name__ == "__main__":
	main()
