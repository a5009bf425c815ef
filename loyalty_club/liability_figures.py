"""Reads what the liability for points and credit is made of: cohorts from the ledger, and the sales they came with.
Decides nothing: amounts are `core.liability`'s. Points in points, money in Rial.

A cohort is the points, or the money, of one program, company, wallet, period of award and value. What was transferred
stays in the cohort of the award that it descends from. Points that paid a deficit count as spent; what was taken by
hand, as expired. A few queries over lots and entries, whatever the number of members.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import frappe
from frappe.query_builder.functions import Cast_, Sum
from pypika import Case
from pypika.terms import Function

from loyalty_club import permissions, policy
from loyalty_club.core.liability import Cohort
from loyalty_club.core.model import ZERO, Wallet
from loyalty_club.engine import settlement
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.trends import exact

WALLETS = get_args(Wallet)
# What an entry's kind does to a cohort, and with which sign it stands there.
FIELDS = {
	"award": ("issued", 1),
	"issue": ("issued", 1),
	"redeem": ("redeemed", -1),
	"restore": ("redeemed", -1),
	"fill": ("redeemed", -1),
	"reverse": ("reversed", -1),
	"expire": ("expired", -1),
	"transfer": ("transferred", -1),
}
# The kinds that are read from the entries; of the others lots tell the sums.
RARER = ("issue", "adjust", "restore", "fill", "reverse", "transfer")

# Which kinds of entries are in the books at once, by vouchers of their own.
BOOKED = {"Points": settlement.KINDS["Points"]}


class Key(NamedTuple):
	"""Which cohort. start: the first day of its period; value: Rial a point; sold: whether the points came with a sale,
	or the money was paid for."""

	wallet: str
	program: str
	start: date
	value: Decimal
	sold: bool


class Held(NamedTuple):
	"""A cohort up to a day. sales: what the sales that its points came with amount to; returns are not subtracted, for
	they cut what was deferred. booked: what vouchers of the club credited to the liability account for it, at face
	(Rial; negative where more was spent than put in)."""

	key: Key
	cohort: Cohort
	sales: Decimal
	booked: Decimal


def cohorts(
	company: str,
	until: date,
	period_of: Callable[[date], Any],
	program: str | None = None,
	*,
	gross: bool = False,
) -> list[Held]:
	"""The cohorts of a company up to a day, in the order of their keys. period_of: the period an award's day falls in;
	gross: sales with tax."""
	moved: dict[Key, Counter[str]] = {}
	booked: Counter[Key] = Counter()
	starts: dict[date, date] = {}

	def key(wallet: str, name: str, day: date, value: str, sold: int) -> Key:
		if day not in starts:
			starts[day] = period_of(day).start
		return Key(wallet, name, starts[day], exact(value).normalize(), bool(sold))

	versions = _versions(program)
	seen = permissions.allowed("Company", "Club Ledger Entry")
	if not versions or (seen and company not in seen):
		return []
	lots = _lots(company, until, versions, "sale_total" if gross else "sale_net")
	for group, kind, more, quantity in _movements(company, until, versions, lots):
		field, sign = FIELDS.get(kind) or (("issued", 1) if more else ("expired", -1))
		which = key(*group)
		moved.setdefault(which, Counter())[field] += sign * quantity  # type: ignore[assignment]
		if kind in BOOKED.get(group.wallet, settlement.MONEY_KINDS):
			booked[which] += quantity * which.value  # type: ignore[assignment]
	for group, quantity in _discounts(company, until, versions):
		which = key(*group)
		booked[which] -= quantity * which.value  # type: ignore[assignment]
	sales: Counter[Key] = Counter()
	for group, amount in lots.sales.items():
		sales[key(*group)] += amount  # type: ignore[assignment]
	return [
		Held(
			each,
			Cohort(**{field: moved[each].get(field, ZERO) for field in Cohort._fields}),  # type: ignore[arg-type]
			sales.get(each, ZERO),  # type: ignore[arg-type]
			booked.get(each, ZERO),  # type: ignore[arg-type]
		)
		for each in sorted(moved)
	]


class Group(NamedTuple):
	"""Of what is read together: as `Key`, by the day of the award and with the value as the database has it."""

	wallet: str
	program: str
	day: date
	value: str
	sold: int


def _versions(program: str | None) -> dict[str, str]:
	"""The versions of programs that the present user may see, of one program or all, and whose each is."""
	version = frappe.qb.DocType("Club Program Version")
	query = frappe.qb.from_(version).select(version.name, version.program)
	if program:
		query = query.where(version.program == program)
	return dict(permissions.restrict(query, "Club Ledger Entry", {"Club Program": version.program}).run())


def _movements(
	company: str, until: date, versions: dict[str, str], lots: Lots
) -> Iterator[tuple[Group, str, bool, Decimal]]:
	"""What moved up to a day: group, kind of entry, whether it is more, and the sum of the quantities.

	As it stands now, lots tell most of it: what they were opened with, what is left and what expired. So only entries
	of the rarer kinds are read (an award is what no such entry opened), and those of later days, which are taken back.
	"""
	now: dict[Group, Counter[tuple[str, bool]]] = {}
	opened: Counter[Group] = Counter()
	for group, kind, more, opening, quantity in _entries(company, versions, kinds=RARER):
		now.setdefault(group, Counter())[kind, more] += quantity  # type: ignore[assignment]
		if opening:
			opened[group] += quantity  # type: ignore[assignment]
	for group, (original, left, expired) in lots.sums.items():
		moved = now.setdefault(group, Counter())
		award = original - opened.get(group, ZERO)
		redeemed = left - award + expired - sum(moved.values(), ZERO)
		told = {("award", True): award, ("expire", False): -expired, ("redeem", False): redeemed}
		moved.update(told)  # type: ignore[arg-type]
	for group, kind, more, _opening, quantity in _entries(company, versions, after=until):
		now[group][kind, more] -= quantity  # type: ignore[assignment]
	for group, moved in now.items():
		for (kind, more), quantity in moved.items():
			if quantity:
				yield group, kind, more, quantity  # type: ignore[misc]


class Lots(NamedTuple):
	"""By group: what lots were opened with, what is left and what expired; and what the sales amount to that they came
	with."""

	sums: dict[Group, tuple[Decimal, Decimal, Decimal]]
	sales: dict[Group, Decimal]


def _lots(company: str, until: date, versions: dict[str, str], sale: str) -> Lots:
	"""All lots of a company by one pass; of the sales (which of a lot's amounts they are counted by) those up to a day.
	A lot has the day, the value and the source of the award that it descends from."""
	found = Lots({}, {})
	lot = frappe.qb.DocType("Club Lot")
	number = _number(lot, versions)
	by = (number, lot.awarded_on, lot.value, lot.sold)
	rows = (
		frappe.qb.from_(lot)
		.select(number, lot.awarded_on, Cast_(lot.value, "char"), lot.sold)
		.select(*(Cast_(Sum(lot[each]), "char") for each in ("original", "remaining", "expired", sale)))
		.where((lot.company == company) & lot.program_version.isin([*versions]))
		.groupby(*by)
		.run()
	)
	for of, day, value, sold, *amounts in rows:
		group = Group(*_told(of, versions), day, value, sold)
		known = found.sums.get(group, (ZERO, ZERO, ZERO))
		original, left, expired, amount = (exact(each) for each in amounts)
		found.sums[group] = known[0] + original, known[1] + left, known[2] + expired
		if group.wallet == "Points" and sold and day <= until:
			found.sales[group] = found.sales.get(group, ZERO) + amount
	return found


def _number(row: Any, versions: dict[str, str]) -> Any:
	"""Wallet and program's version of an entry or a lot as one number, for the database groups by texts at half the
	speed."""
	wallet = Function("field", row.wallet, *WALLETS)
	return wallet * (len(versions) + 1) + Function("field", row.program_version, *versions)


def _told(number: int, versions: dict[str, str]) -> tuple[str, str]:
	"""The wallet and the program that a number stands for."""
	wallet, version = divmod(number, len(versions) + 1)
	return WALLETS[wallet - 1], [*versions.values()][version - 1]


def _yes(condition: Any) -> Any:
	return Case().when(condition, 1).else_(0)


def _entries(
	company: str,
	versions: dict[str, str],
	*,
	kinds: Collection[str] = (),
	after: date | None = None,
) -> Iterator[tuple[Group, str, bool, bool, Decimal]]:
	"""Sums of entries of some kinds, or of later days: group, kind, whether they are more, and whether they opened
	their lots, which bear the names of the entries that did."""
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	more, opening = _yes(entry.quantity > 0), _yes(entry.name == entry.lot)
	query, by = _grouped(company, versions, entry, lot)
	query = query.select(entry.kind, more, opening, Cast_(Sum(entry.quantity), "char"))
	query = query.groupby(*by, entry.kind, more, opening)
	if kinds:
		query = query.where(entry.kind.isin(list(kinds)))
	if after is not None:  # few, and to be begun with
		query = query.force_index("posting_date").where(entry.posting_date > after)
	for wallet, version, day, value, sold, kind, is_more, is_opening, quantity in query.run():
		group = Group(wallet, versions[version], day, value, sold)
		yield group, kind, bool(is_more), bool(is_opening), exact(quantity)


def _discounts(company: str, until: date, versions: dict[str, str]) -> Iterator[tuple[Group, Decimal]]:
	"""Sums of what was spent and given back as a discount before tax, which no voucher books."""
	if not any(policy.rules_of(each).spending.redeem_as == "discount" for each in versions):
		return
	for doctype in DOCTYPES:
		entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
		sale = frappe.qb.DocType(doctype)
		query, by = _grouped(company, versions, entry, lot)
		query = (
			query.join(sale)
			.on(sale.name == entry.source_name)
			.select(Cast_(Sum(entry.quantity), "char"))
			.where((entry.source_doctype == doctype) & (sale.club_discount != 0) & (entry.wallet == "Points"))
			.where(entry.kind.isin(sorted(BOOKED["Points"])) & (entry.posting_date <= until))
			.groupby(*by)
		)
		for wallet, version, day, value, sold, quantity in query.run():
			yield Group(wallet, versions[version], day, value, sold), exact(quantity)


def _grouped(company: str, versions: dict[str, str], entry: Any, lot: Any) -> tuple[Any, tuple[Any, ...]]:
	"""Entries with their lots: a query that selects a `Group`'s fields, with the version for the program, and by what
	they are grouped."""
	by = (entry.wallet, lot.program_version, lot.awarded_on, lot.value, lot.sold)
	query = (
		frappe.qb.from_(entry)
		.join(lot)
		.on(lot.name == entry.lot)
		.select(*by[:3], Cast_(lot.value, "char"), lot.sold)
		.where((lot.company == company) & lot.program_version.isin([*versions]))
	)
	return query, by
