"""How fast LRFM comes from a file, as a ratio taken in one run: `make bench` (a minute; `--quick` for one pair).

`loyalty-club lrfm` in this process, from reading the file to the row of each customer, against Python's own csv.reader
over the same file, in interleaved pairs: median of the ratios, with the least and the greatest. Without the real file
(it lies outside the project) the bundled year of a shop is taken.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from backtest import FIXTURES, RETAIL, RETAIL_NAMES, read_only

from loyalty_club.cli import scoring
from loyalty_club.cli.main import no_collector


def scored(path: Path, names: dict[str, str]) -> tuple[float, int]:
	"""Seconds from the file to the last customer's row, and how many customers there are."""
	began = time.perf_counter()
	with tempfile.TemporaryDirectory() as folder, no_collector():
		found, last = scoring.read(path, names, Path(folder))
		assert last is not None
		rows = scoring.scored(scoring.NO_PROGRAM, found, last)
		count = sum(scoring.write(Path(folder) / "lrfm.csv", rows).values())
	return time.perf_counter() - began, count


def main() -> None:
	"""Measures and prints a table."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="one pair")
	options = parser.parse_args()
	path, names = (RETAIL, RETAIL_NAMES) if RETAIL.exists() else (FIXTURES / "persian_shop.csv.gz", {})
	scored(path, names)
	found, customers = [], 0
	for _ in range(1 if options.quick else 7):  # a read is short, so it is taken three times on either side
		reads = [read_only(path) for _ in range(3)]
		took, customers = scored(path, names)
		reads += [read_only(path) for _ in range(3)]
		found.append((statistics.mean(reads), took))
	ratios = sorted(took / plain for plain, took in found)
	plain, took = (statistics.median(column) for column in zip(*found, strict=True))
	print("| file | customers | csv.reader | LRFM | ratio, median | least | greatest |")
	print("|---|---|---|---|---|---|---|")
	print(
		f"| {path.name} | {customers:,} | {plain:.2f} s | {took:.2f} s "
		f"| **{statistics.median(ratios):.1f}** | {ratios[0]:.1f} | {ratios[-1]:.1f} |"
	)


if __name__ == "__main__":
	main()
