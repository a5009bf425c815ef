"""What the night costs on a large club: `make bench-night` (half an hour; `--quick` for a tenth of the club).

On a fresh site with 100,000 members and 1,000,000 ledger entries the first night, on which everybody is scored and
moved, the one after a month's last day, on which many lots die, and an ordinary one: each job's seconds, parted into
deciding and writing; deciding beside one `GROUP BY account` over the entries, measured twice afterwards in the same
process; writing beside bare multi-row inserts of the same rows into copies of the tables; the memory it took. Before
that the same on a tenth of the club, for the memory. So far members have an invoice each; then each purchase is given
one, and what points paid an entry in the general ledger, and the jobs that read documents are run again for everybody.
Then invoices are submitted for some minutes while whole nights
run now and then: how much slower they are at the median while they do.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import harness

NIGHT = date(2026, 3, 21)  # the night after the last day of 1404: a month's lots die, scores are kept
PURCHASES = 6  # a member, on average: ten entries each
ANEW = ("Scores", "Favourite Item Groups", "Books")  # jobs that read documents
MINUTES = 4  # of invoices beside jobs


def table(found: dict[str, dict[str, Any]]) -> None:
	"""What each job took."""
	print(
		"| job | looked at | seconds | deciding ÷ GROUP BY | writing ÷ bare INSERT | rows written | memory |"
	)
	print("|---|---|---|---|---|---|---|")
	for name, one in found.items():
		group = statistics.mean(one["group by"])
		rows, inserting = sum(one["bare"]["rows"].values()), one["bare"]["seconds"]
		writing = f"{one['writing'] / inserting:.1f} ({one['writing']:.1f} s)" if rows else "—"
		deciding = one["seconds"] - one["writing"]
		print(
			f"| {name} | {one['done']:,} | {one['seconds']:.1f} | {deciding / group:.1f} ({deciding:.1f} s) "
			f"| {writing} | {rows:,} | {one['memory']:+.0f} MB |"
		)
	print(
		f"\nGROUP BY: {', '.join(f'{s:.2f}' for one in found.values() for s in one['group by'])} s",
		flush=True,
	)


def night(bench: Any, day: date) -> dict[str, dict[str, Any]]:
	"""Runs a night's jobs in order, each in a process of its own."""
	return {name: bench.ask("job", {}, name=name, day=day.isoformat()) for name in bench.ask("jobs", {})}


def beside(bench: Any, story: Any, day: date) -> None:
	"""Invoices while all jobs of nights run: two tills, nights that come and go."""
	opens, seconds = time.time() + 90, MINUTES * 60  # time enough to write the drafts
	till = bench.begin("sells", story, seconds=seconds, doors_open=opens)
	spans, start, n = [], opens + 15, 0
	while start < opens + seconds - 15:
		n += 1
		worker = bench.begin("works", {}, day=(day + timedelta(days=30 * n)).isoformat(), doors_open=start)
		spans.append(bench.answer(worker))
		start = spans[-1][1] + (spans[-1][1] - spans[-1][0])  # as long again without
	told = bench.answer(till)
	during, apart = [], []
	for began, ended in told:
		busy = any(began < until and ended > since for since, until in spans)
		(during if busy else apart).append(ended - began)
	slower = statistics.median(during) / statistics.median(apart)
	took = sorted(until - since for since, until in spans)
	print(
		f"\n{len(told)} invoices, none failed, while {n} nights took {took[0]:.0f} to {took[-1]:.0f} s each:"
	)
	print(
		f"median {statistics.median(during) * 1000:.0f} ms beside a job ({len(during)}), "
		f"{statistics.median(apart) * 1000:.0f} ms without ({len(apart)}): ×{slower:.2f}"
	)


def main() -> None:
	"""Makes the site, measures, throws it away."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="10,000 members and 100,000 entries")
	options = parser.parse_args()
	run = harness.load()
	root = run.find_bench()
	if root is None:
		sys.exit("no bench found: set FRAPPE_BENCH_ROOT")
	members = 10_000 if options.quick else 100_000
	with tempfile.TemporaryDirectory(prefix="club-bench-") as folder:
		bench = run.Bench(root, Path(folder))
		bench.module = "loyalty_club.tests.measure_night"
		bench.prepare()
		bench.start_services()
		bench.new_site()
		bench.frappe("install-app", "loyalty_club", quiet=True)
		key = "0123456789abcdef" * 4  # of a site that is thrown away
		bench.frappe("set-config", "loyalty_club_signing_key", key, quiet=True)
		try:
			story = bench.ask("prepare", {})
			made = 0
			for size in (members // 10, members):
				began = time.time()
				rows = bench.ask("fill", story, first=made, members=size, purchases=PURCHASES)
				print(f"\n{rows} ({time.time() - began:.0f} s)\n", flush=True)
				made = size
				whole = size == members
				for what, day in (
					("the first night with these members", NIGHT - timedelta(days=1 if whole else 4)),
					*([("the night after a month's last day", NIGHT)] if whole else []),
					("the night after it", NIGHT + timedelta(days=1 if whole else -3)),
				):
					print(f"\n{what}:\n")
					table(night(bench, day))
					last = day
			print(
				f"\n{bench.ask('bill', story)}\n\nwith an invoice for each purchase, everybody read anew:\n"
			)
			table({name: bench.ask("job", {}, name=name, day=last.isoformat(), again=1) for name in ANEW})
			beside(bench, story, NIGHT)
		finally:
			bench.drop_site()


if __name__ == "__main__":
	main()
