"""What the club costs on a real ERPNext: `make bench-site` (about half an hour; `--quick` for a tenth).

On a fresh site, with 0, 100,000 and 1,000,000 ledger entries (and as many of ERPNext's own Loyalty Point Entries):
submitting an invoice of one row and of twenty for a customer who is no member, one of ERPNext's own program, a member
who earns, one who earns and has 100,000 entries, one who earns and redeems; and a Journal Entry
that pays an invoice. The kinds are
interleaved, the ratios taken within a round. Printed are the median and the 95th percentile of the seconds, the median
ratio to the no-member's, and the queries.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import harness
from harness import percentile

# Run on the site while it does not have the app, so not as a step of it.
PLAIN = """
from loyalty_club.tests import measure
frappe.set_user("Administrator")
frappe.flags.in_test = True
print([sorted(measure.plain(3, rows))[1] for rows in (1, 20)])
frappe.db.commit()
"""


def table(found: dict[str, list[list[float]]], entries: int, rows: int) -> None:
	"""One table of the measured kinds."""
	print(f"\n{entries:,} entries on the site, {rows} row{'s' if rows > 1 else ''} an invoice\n")
	print("| submitting | median | p95 | ratio to no member | queries | more than no member |")
	print("|---|---|---|---|---|---|")
	base = found["nobody"]
	for kind, times in found.items():
		seconds = [each[0] for each in times]
		ratio = statistics.median(each[0] / other[0] for each, other in zip(times, base, strict=True))
		queries = statistics.median(each[1] for each in times)
		more = queries - statistics.median(each[1] for each in base)
		print(
			f"| {kind} | {statistics.median(seconds) * 1000:.0f} ms | {percentile(seconds, 0.95) * 1000:.0f} ms "
			f"| {ratio:.2f} | {queries:.0f} | {more:+.0f} |",
			flush=True,
		)


def main() -> None:
	"""Makes the site, measures, throws it away."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="0 and 100,000 entries, few rounds")
	parser.add_argument("--rounds", type=int, default=30, help="how often each kind is submitted")
	options = parser.parse_args()
	run = harness.load()
	root = run.find_bench()
	if root is None:
		sys.exit("no bench found: set FRAPPE_BENCH_ROOT")
	sizes, count = ([0, 100_000], 8) if options.quick else ([0, 100_000, 1_000_000], options.rounds)
	with tempfile.TemporaryDirectory(prefix="club-bench-") as folder:
		bench = run.Bench(root, Path(folder))
		bench.module = "loyalty_club.tests.measure"
		bench.prepare()
		bench.start_services()
		bench.new_site()
		plain = bench.execute(PLAIN).strip().splitlines()[-1]
		print(f"queries without the app, with one row and with twenty: {plain}", flush=True)
		bench.frappe("install-app", "loyalty_club", quiet=True)
		try:
			story = bench.ask("prepare", {})
			for entries in sizes:
				story = bench.ask("fill", story, entries=entries, cards=entries)
				for rows in (1, 20):
					table(bench.ask("rounds", story, count=count, rows=rows), entries, rows)
				seen = bench.ask("find", story, count=200)
				print(
					f"\nfinding a member by card among {seen['cards']:,} cards: {seen['queries']:.0f} query, "
					f"{statistics.median(seen['seconds']) * 1000:.2f} ms",
					flush=True,
				)
		finally:
			bench.drop_site()


if __name__ == "__main__":
	main()
