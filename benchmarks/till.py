"""What the club costs at the Point of Sale of a real ERPNext: `make bench-till` (about a quarter of an hour; `--quick`
for a tenth of the members and few rounds).

On two fresh sites, one of them without the app: finding and showing the customer, and submitting a basket of five rows,
for a customer who is no member, a member who earns, one whom points pay a part for, one for whom points, credit and a
gift card do. First on empty sites, then with 100,000 members and their cards, 1,000,000 ledger entries and, on both,
100,000 customers. The kinds are interleaved in one run, each call a request of its own. Printed are the median and the
95th percentile of the milliseconds, the median of the ratios within a round to the same till without the app and the
ratio of the percentiles, and the queries (two of each are the commit's).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import harness
from harness import percentile

# Run on the site that does not have the app, so not as a step of it.
PLAIN = """
from loyalty_club.tests import measure_till
frappe.set_user("Administrator")
frappe.flags.in_test = True
print("ANSWER " + json.dumps(measure_till.{call}))
frappe.db.commit()
"""
FIND, SUBMIT = "without the app: customer by mobile, and details", "without the app: submit"


def plainly(bench: Any, call: str) -> dict[str, Any]:
	"""Runs a step on the site without the app."""
	said = bench.execute(PLAIN.format(call=call))
	found: dict[str, Any] = json.loads(said.rpartition("ANSWER ")[2].splitlines()[0])
	return found


def table(found: dict[str, list[list[float]]], members: int, percentile: Any) -> None:
	"""One table of everything measured, each beside the till without the app."""
	print(f"\n{members:,} members and cards, {members * 10:,} ledger entries\n")
	print("| at the till | median | p95 | median ratio | ratio of p95 | queries |")
	print("|---|---|---|---|---|---|")
	for kind, times in found.items():
		base = found[SUBMIT if "submit" in kind else FIND]
		own, other = ([each[0] * 1000 for each in rows] for rows in (times, base))
		late = percentile(own, 0.95)
		ratio = statistics.median(each / plain for each, plain in zip(own, other, strict=True))
		print(
			f"| {kind} | {statistics.median(own):.1f} ms | {late:.1f} ms | {ratio:.2f} "
			f"| {late / percentile(other, 0.95):.2f} | {statistics.median(each[1] for each in times):.0f} |",
			flush=True,
		)


def measure(bench: Any, plain_site: str, members: int, count: int) -> None:
	"""Prepares both sites, and measures them empty and full."""
	own_site, bench.site = bench.site, plain_site
	plain = plainly(bench, "prepare_plain()")
	bench.site = own_site
	story = bench.ask("prepare", {})
	table(bench.ask("rounds", story, plain=plain, count=count), 0, percentile)
	bench.site = plain_site
	plain = plainly(bench, f"fill_plain({plain!r}, {members})")
	bench.site = own_site
	story = bench.ask("fill", story, members=members)
	table(bench.ask("rounds", story, plain=plain, count=count), members, percentile)


def main() -> None:
	"""Makes both sites, measures, throws them away."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--quick", action="store_true", help="10,000 members, few rounds")
	parser.add_argument("--rounds", type=int, default=40, help="how often each kind is asked")
	options = parser.parse_args()
	run = harness.load()
	root = run.find_bench()
	if root is None:
		sys.exit("no bench found: set FRAPPE_BENCH_ROOT")
	members, count = (10_000, 8) if options.quick else (100_000, options.rounds)
	with tempfile.TemporaryDirectory(prefix="club-bench-") as folder:
		bench = run.Bench(root, Path(folder))
		bench.module = "loyalty_club.tests.measure_till"
		own_site, plain_site = bench.site, f"plain-{bench.site}"
		bench.prepare()
		bench.start_services()
		try:
			for bench.site in (plain_site, own_site):
				bench.new_site()
			bench.frappe("install-app", "loyalty_club", quiet=True)
			measure(bench, plain_site, members, count)
		finally:
			for bench.site in (plain_site, own_site):
				bench.drop_site()


if __name__ == "__main__":
	main()
