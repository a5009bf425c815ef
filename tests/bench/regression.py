"""ERPNext's own tests, without the app and with it: `make erpnext-regression` (an hour).

Each doctype's tests run on a fresh database, twice: the results must be the same, test by test. ERPNext's Sales Invoice
tests of v15 need those of Accounting Dimension before them.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from run import Bench, Failed, find_bench

FIRST = {"Sales Invoice": ["Accounting Dimension"]}
DOCTYPES = ["Loyalty Program", "Pricing Rule", "POS Invoice", "Sales Invoice"]


def results(bench: Bench, doctype: str) -> tuple[int, set[str]]:
	"""How many tests ran, and which did not pass."""
	for before in FIRST.get(doctype, []):
		said(bench, before)
	text = said(bench, doctype)
	ran = re.findall(r"^Ran (\d+) tests?", text, re.MULTILINE)
	bad = {" ".join(found) for found in re.findall(r"^(?:\S+ )?(ERROR|FAIL):? +(\w+)", text, re.MULTILINE)}
	return sum(map(int, ran)), bad


def said(bench: Bench, doctype: str) -> str:
	"""What a doctype's tests print; that some fail is no error here."""
	try:
		return bench.frappe("run-tests", "--doctype", doctype, quiet=True)
	except Failed as failed:
		return str(failed.args[1]) if len(failed.args) > 1 else str(failed)


def main() -> int:
	"""Compares them."""
	root = find_bench()
	if root is None:
		print("no bench found: set FRAPPE_BENCH_ROOT")
		return 0
	chosen = sys.argv[1:] or DOCTYPES
	different = 0
	with tempfile.TemporaryDirectory(prefix="club-bench-") as folder:
		bench = Bench(root, Path(folder))
		bench.prepare()
		bench.start_services()
		try:
			for doctype in chosen:
				found = []
				for with_app in (False, True):
					bench.new_site()
					bench.frappe("set-config", "allow_tests", "true", quiet=True)
					if with_app:
						bench.frappe("install-app", "loyalty_club", quiet=True)
					found.append(results(bench, doctype))
					ran, bad = found[-1]
					print(
						f"{doctype}, {'with' if with_app else 'without'} the app: {ran} ran, {len(bad)} did not pass",
						flush=True,
					)
				if found[0] != found[1] or not found[0][0]:
					different += 1
					print(f"  DIFFERENT: {sorted(found[0][1] ^ found[1][1])}", flush=True)
		finally:
			bench.drop_site()
	return 1 if different else 0


if __name__ == "__main__":
	sys.exit(main())
