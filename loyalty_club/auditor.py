"""What an auditor takes away from a Club Liability Valuation: one archive with the roll-forward, the open lots, the
bridge, the accounts' journals and the signed digest of the ledger's chains. Reads only.

Tables are CSV in UTF-8 with a mark, which spreadsheets ask for; days are Gregorian, points in points, money in the
company's currency.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO, Any

import frappe
from frappe.query_builder.functions import Cast_, Sum
from frappe.utils import getdate

from loyalty_club import verify

LONG_AGO = date(1900, 1, 1)
AT_ONCE = 10_000
ROLL = (
	*("wallet", "program", "start", "value", "sold", "method", "rate", "sales"),
	*("issued", "reversed", "redeemed", "expired", "transferred", "remaining"),
	*(
		"opening",
		"deferred",
		"reversed_amount",
		"recognised",
		"expired_amount",
		"transferred_amount",
		"closing",
	),
	*("booked", "journal", "deferral", "recognised_share"),
)
BRIDGE = (
	*("account", "wallets", "opening", "spent", "given_back", "given", "between_companies", "others"),
	*("unexplained", "before_journal", "journal", "closing", "tax", "at_tills", "not_posted", "unpaid"),
)
LOTS = (
	*(
		"lot",
		"member",
		"wallet",
		"program",
		"awarded_on",
		"available_from",
		"expires_on",
		"value",
		"original",
	),
	*("remaining", "granted", "root", "source_doctype", "source_name", "branch", "program_version"),
)
JOURNALS = (
	*("posting_date", "account", "voucher_type", "voucher_no", "debit", "credit", "against", "cost_center"),
	"remarks",
)
GUIDE = """Loyalty Club: {name}, {company}, up to {day} (currency: {currency})

roll-forward.csv   each cohort: points, what is expected to be spent, opening + deferred - reversed - recognised
                   - expired - transferred = closing; deferral and recognised_share are exact fractions
bridge.csv         each liability account: opening + movements = before_journal; + journal = closing (credit positive)
lots.csv           every lot with something left on that day; the points' remaining adds up to the cohorts'
journals.csv       what the general ledger holds on these accounts since the valuation before
chain-digest.json  the heads of all chains of the points ledger as they are now, signed; `bench --site SITE
                   loyalty-club verify --digest FILE` compares the ledger with it. Missing where the site has no key
"""


def write(doc: Any, file: IO[bytes]) -> None:
	"""Writes the archive of a valuation into a file."""
	with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
		guide = GUIDE.format(
			name=doc.name,
			company=doc.company,
			day=getdate(doc.to_date).isoformat(),
			currency=frappe.get_cached_value("Company", doc.company, "default_currency"),
		)
		archive.writestr("README.txt", guide)
		_table(archive, "roll-forward.csv", ROLL, ([row.get(name) for name in ROLL] for row in doc.cohorts))
		_table(archive, "bridge.csv", BRIDGE, ([row.get(name) for name in BRIDGE] for row in doc.accounts))
		_table(archive, "lots.csv", LOTS, _lots(doc.company, getdate(doc.to_date)))
		_table(archive, "journals.csv", JOURNALS, _journals(doc))
		if verify.can_sign():
			made_at = frappe.utils.now_datetime().isoformat(timespec="seconds")
			with archive.open("chain-digest.json", "w") as signed:
				verify.write_digest(made_at, lambda text: signed.write(text.encode()))


def _table(archive: zipfile.ZipFile, name: str, heads: Iterable[str], rows: Iterable[Any]) -> None:
	with archive.open(name, "w") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
		writer = csv.writer(file)
		writer.writerow(heads)
		writer.writerows(rows)


def _lots(company: str, until: date) -> Iterator[tuple[Any, ...]]:
	"""The company's lots with something left at a day's end, by what their entries add up to."""
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	account = frappe.qb.DocType("Club Account")
	after = ""
	while True:
		names = (
			frappe.qb.from_(lot)
			.select(lot.name)
			.where((lot.company == company) & (lot.name > after) & (lot.awarded_on <= until))
			.orderby(lot.name)
			.limit(AT_ONCE)
			.run(pluck=True)
		)
		if not names:
			return
		remaining = Sum(entry.quantity)
		yield from (
			frappe.qb.from_(lot)
			.join(entry)
			.on((entry.lot == lot.name) & (entry.posting_date <= until))
			.join(account)
			.on(account.name == lot.account)
			.select(
				*(lot.name, lot.member, lot.wallet, account.program, lot.awarded_on, lot.available_from),
				*(lot.expires_on, Cast_(lot.value, "char"), Cast_(lot.original, "char")),
				*(Cast_(remaining, "char"), lot.granted, lot.root, lot.source_doctype, lot.source_name),
				*(lot.branch, lot.program_version),
			)
			.where((lot.company == company) & (lot.name > after) & (lot.name <= names[-1]))
			.groupby(lot.name)
			.having(remaining != 0)
			.orderby(lot.name)
			.run()
		)
		after = names[-1]


def _journals(doc: Any) -> list[tuple[Any, ...]]:
	gl = frappe.qb.DocType("GL Entry")
	found: list[tuple[Any, ...]] = (
		frappe.qb.from_(gl)
		.select(*(gl[name] for name in JOURNALS))
		.where(gl.account.isin([row.account for row in doc.accounts] or [""]) & (gl.is_cancelled == 0))
		.where((gl.posting_date >= (doc.from_date or LONG_AGO)) & (gl.posting_date <= doc.to_date))
		.orderby(gl.posting_date)
		.orderby(gl.creation)
		.run()
	)
	return found
