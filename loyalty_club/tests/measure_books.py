"""What the month's end and a try-out cost on a large club. Run by `benchmarks/books.py`, each step in a process of its
own; everything is committed, for the site is made for this and thrown away.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frappe

from loyalty_club import history, liability_figures, policy, reconcile
from loyalty_club.core import program as programs
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine import tryout
from loyalty_club.tests import builders, crowd
from loyalty_club.tests.builders import COMPANY

YARDSTICK = "select account, sum(remaining * value), count(*) from `tabClub Lot` group by account"
PAIRS = 5


def fill(members: int, purchases: float, receipts: int) -> dict[str, Any]:
	"""A club of so many members with bare invoices of theirs; its program, and how many rows there are."""
	builders.before_tests()
	name = crowd.club().name
	frappe.db.commit()
	rows = crowd.fill(name, members, purchases)
	rows["Sales Invoice"] = crowd.receipts(receipts)
	frappe.db.commit()
	return {"program": name, "rows": rows}


def seconds(act: Callable[[], Any]) -> float:
	"""How long it takes."""
	began = time.perf_counter()
	act()
	return time.perf_counter() - began


def valuation() -> list[dict[str, float]]:
	"""Interleaved: one `GROUP BY` over the lots, then what a valuation reads, part by part."""
	month_of = CALENDARS["jalali"].month_of
	parts: dict[str, Callable[[], Any]] = {
		"group by": lambda: frappe.db.sql(YARDSTICK),
		"cohorts": lambda: liability_figures.cohorts(COMPANY, crowd.END, month_of),
		"books": lambda: reconcile.reconcile(crowd.END, COMPANY),
	}
	for act in parts.values():  # warms what it reads
		act()
	return [{name: seconds(act) for name, act in parts.items()} for _pair in range(PAIRS)]


def export(program: str, folder: str) -> int:
	"""Writes the program and the invoices as the command line reads them; how many invoices there are."""
	form = frappe.get_doc("Club Program", program)
	rules = policy.rules_of_form(form)
	(Path(folder) / "program.json").write_text(programs.dumps(rules), encoding="utf-8")
	found = 0
	with (Path(folder) / "invoices.csv").open("w", encoding="utf-8", newline="") as file:
		rows = csv.writer(file)
		rows.writerow(["invoice", "posting_date", "customer", "item", "item_group", "qty", "rate", "tax"])
		for bill in history.bills(COMPANY, crowd.BEGIN, crowd.END):
			found += 1
			for each in bill.sold:
				price = f"{each.net / each.qty:f}"
				rows.writerow(
					[
						bill.id,
						bill.day,
						bill.customer,
						each.item,
						each.item_group,
						each.qty,
						price,
						f"{each.tax:f}",
					]
				)
	return found


def try_out(program: str) -> dict[str, Any]:
	"""A try-out of all invoices: seconds, and the points that came of it."""
	doc = frappe.get_doc(
		{
			"doctype": "Club Try Out",
			"title": "benchmark",
			"company": COMPANY,
			"from_date": crowd.BEGIN,
			"to_date": crowd.END,
			"program": program,
			"expected": 100,
		}
	)
	found: list[Any] = []
	took = seconds(lambda: found.append(tryout.result_of(doc)))
	(side,) = found[0]["sides"]
	return {"seconds": took, "points": side["points_outstanding"], "until": crowd.END.isoformat()}


def main(step: str, story: str = "{}", **options: Any) -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	given = json.loads(story)
	frappe.set_user("Administrator")
	frappe.flags.in_test = True
	steps: dict[str, Any] = {
		"bill": lambda: crowd.bill(given["program"]),
		"fill": lambda: fill(**options),
		"valuation": valuation,
		"export": lambda: export(given["program"], **options),
		"try_out": lambda: try_out(given["program"]),
	}
	print("ANSWER " + json.dumps(steps[step](), default=str))  # noqa: T201
