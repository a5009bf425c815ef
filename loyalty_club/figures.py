"""Reads the ledger for panels and reports; recomputes nothing.

Every number is one set-based query over the ledger's tables, whatever the number of members: members, outstanding
points (what is left in lots, pending ones included) and what they are worth at each lot's own value. Points in points,
money in the program's currency, as `Decimal`. What wallets of money hold is none of these points; it is asked for by
wallet, and a gift card has no member. A user who is confined to companies sees what those companies gave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.core.doctype.user_permission.user_permission import get_permitted_documents
from frappe.query_builder import Case, Order
from frappe.query_builder.functions import Cast_, Coalesce, Count, Max, Min, Sum
from pypika.terms import NullValue

from loyalty_club import ledger, permissions, policy
from loyalty_club.core import lots
from loyalty_club.core.model import ZERO, Lot, Tier, Wallet
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine import gift_cards
from loyalty_club.policy import InForce

NOT_MEMBERS = ("Left", "Merged")
POINTS: Wallet = "Points"


class Standing(NamedTuple):
	"""What stands in one tier of one program: active members, outstanding points, their value in money."""

	members: int = 0
	points: Decimal = ZERO
	value: Decimal = ZERO


class Scoring(NamedTuple):
	"""How a customer group scores in a program in force, and what stands in its tier."""

	program: InForce
	tier: Tier
	standing: Standing


def programs(statuses: Collection[str] = ("Active",)) -> list[str]:
	"""Names of the programs of these statuses, in the order they were made."""
	return frappe.get_all(
		"Club Program", filters={"status": ["in", list(statuses)]}, pluck="name", order_by="creation asc"
	)


def scoring_of_group(group: str) -> list[Scoring]:
	"""How a customer group scores, in each program in force that has it. Three queries a program."""
	found = []
	for name in programs():
		program = policy.in_force(name)
		if program is None:
			continue
		tiers = {tier for tier, of in program.groups.items() if of == group}
		if not tiers:
			continue
		standing = standings(name)
		found.extend(
			Scoring(program, tier, standing.get(tier.name, Standing()))
			for tier in program.rules.tiers
			if tier.name in tiers
		)
	return found


def forms_with_group(group: str) -> list[Any]:
	"""Programs, closed ones left out, whose form has a row for the group: name, status, active_version, tier."""
	row, program = frappe.qb.DocType("Club Tier"), frappe.qb.DocType("Club Program")
	return (
		frappe.qb.from_(row)
		.join(program)
		.on((program.name == row.parent) & (row.parenttype == "Club Program"))
		.select(program.name, program.status, program.active_version, row.tier)
		.where((row.customer_group == group) & (program.status != "Closed"))
		.orderby(program.creation)
		.run(as_dict=True)
	)


def standings(program: str) -> dict[str, Standing]:
	"""What stands in each tier of a program, by the tier's name ("" for none)."""
	member, lot = frappe.qb.DocType("Club Member"), frappe.qb.DocType("Club Lot")
	counts = (
		frappe.qb.from_(member)
		.select(member.tier, Count(member.name))
		.where((member.program == program) & (member.status.notin(NOT_MEMBERS)))
		.groupby(member.tier)
		.run()
	)
	query = (
		frappe.qb.from_(lot)
		.join(member)
		.on(member.name == lot.member)
		.select(member.tier, _sum(lot.remaining), _sum(lot.remaining * lot.value))
		.where((member.program == program) & (lot.remaining > 0) & (lot.wallet == POINTS))
		.groupby(member.tier)
	)
	companies = allowed_companies()
	if companies:
		query = query.where(lot.company.isin(companies))
	found = {tier or "": Standing(members=count) for tier, count in counts}
	for tier, points, value in query.run():
		found[tier or ""] = found.get(tier or "", Standing())._replace(
			points=_exact(points), value=_exact(value)
		)
	return found


def members_in(names: Iterable[str]) -> int:
	"""Members of these programs who have not left."""
	names = list(names)
	if not names:
		return 0
	found: int = frappe.db.count("Club Member", {"program": ["in", names], "status": ["not in", NOT_MEMBERS]})
	return found


def outstanding() -> Standing:
	"""All outstanding points of the site and what they are worth."""
	lot = frappe.qb.DocType("Club Lot")
	query = (
		frappe.qb.from_(lot)
		.select(_sum(lot.remaining), _sum(lot.remaining * lot.value))
		.where((lot.remaining > 0) & (lot.wallet == POINTS))
	)
	companies = allowed_companies()
	if companies:
		query = query.where(lot.company.isin(companies))
	points, value = query.run()[0]
	return Standing(points=_exact(points), value=_exact(value))


def outstanding_of(member: str) -> Decimal:
	"""A member's outstanding points."""
	lot = frappe.qb.DocType("Club Lot")
	rows = (
		frappe.qb.from_(lot)
		.select(_sum(lot.remaining))
		.where((lot.member == member) & (lot.remaining > 0) & (lot.wallet == POINTS))
		.run()
	)
	return _exact(rows[0][0])


def earned_since(first: date) -> Decimal:
	"""Points that purchases earned from that day on, less what returns and cancellations took back."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(_sum(entry.quantity))
		.where(
			(entry.posting_date >= first) & entry.kind.isin(["award", "reverse"]) & (entry.wallet == POINTS)
		)
	)
	companies = allowed_companies()
	if companies:
		query = query.where(entry.company.isin(companies))
	return _exact(query.run()[0][0])


def first_of_month(day: date) -> date:
	"""The first day of that day's month, in the club's calendar."""
	calendar = policy.CALENDARS.get(policy.settings().calendar, "jalali")
	return CALENDARS[calendar].month_of(day).start


def allowed_companies() -> list[str]:
	"""The companies the present user is confined to; empty where there is no such limit."""
	found: list[str] = get_permitted_documents("Company")
	return found


def _sum(term: Any) -> Any:
	return Cast_(Sum(term), "char")


def _exact(text: str | None) -> Decimal:
	number = Decimal(text or 0)
	whole = number.to_integral_value()
	return whole.quantize(Decimal(1)) if number == whole else number.normalize()


# ---------------------------------------------------------------------------------------------- what reports show
#
# Each of these is confined to the companies and branches the present user may see (see `permissions`).


def movements(
	*,
	member: str | None = None,
	gift_card: str | None = None,
	program: str | None = None,
	company: str | None = None,
	branch: str | None = None,
	kind: str | None = None,
	tier: str | None = None,
	since: date | None = None,
	until: date | None = None,
	wallet: Wallet | None = POINTS,
) -> list[Any]:
	"""Ledger entries in the order of their day; an account's in the order they were made. Quantities are points, or
	Rial of other wallets; money is what they are worth at their lot's value; `granted`: whether given for nothing.
	wallet: None for all of them."""
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	query, owner = _owned(frappe.qb.from_(entry), entry, wallet)
	of = owner.member
	query = (
		query.left_join(lot)
		.on(lot.name == entry.lot)
		.select(
			entry.name,
			entry.wallet,
			entry.member,
			of.customer_name,
			owner.gift_card.as_("gift_card"),
			owner.last_four.as_("last_four"),
			entry.posting_date,
			entry.kind,
			Cast_(entry.quantity, "char").as_("quantity"),
			Cast_(entry.quantity * entry.value, "char").as_("money"),
			entry.lot,
			lot.granted,
			lot.expires_on,
			entry.source_doctype,
			entry.source_name,
			entry.company,
			entry.branch,
			entry.tier,
			owner.program.as_("program"),
			entry.program_version,
			entry.reason_code,
			entry.reason,
		)
		.orderby(entry.posting_date)
		.orderby(entry.account)
		.orderby(entry.seq)
	)
	for column, wanted in (
		(entry.member, member),
		(owner.gift_card, gift_card),
		(owner.program, program),
		(entry.company, company),
		(entry.branch, branch),
		(entry.kind, kind),
		(entry.tier, tier),
		(entry.wallet, wallet),
	):
		if wanted:
			query = query.where(column == wanted)
	if since:
		query = query.where(entry.posting_date >= since)
	if until:
		query = query.where(entry.posting_date <= until)
	rows = _confined(query, entry.company, entry.branch, owner).run(as_dict=True)
	for row in rows:
		row.quantity, row.money = _exact(row.quantity), _exact(row.money)
	return rows


def balances_before(member: str, day: date) -> dict[str, Decimal]:
	"""What each of a member's wallets held on the eve of a day: points, or Rial."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	query, owner = _owned(frappe.qb.from_(entry), entry, POINTS)
	query = (
		query.select(entry.wallet, _sum(entry.quantity))
		.where((entry.member == member) & (entry.posting_date < day))
		.groupby(entry.wallet)
	)
	rows = _confined(query, entry.company, entry.branch, owner).run()
	return {wallet: _exact(quantity) for wallet, quantity in rows}


def open_lots(member: str) -> dict[str, list[Lot]]:
	"""By wallet, a member's lots that have something left, in the order they would be spent."""
	lot = frappe.qb.DocType("Club Lot")
	query, owner = _owned(frappe.qb.from_(lot), lot, POINTS)
	query = query.select(lot.wallet, lot.account, lot.name).where(
		(lot.member == member) & (lot.remaining > 0)
	)
	rows = _confined(query, lot.company, lot.branch, owner, "Club Lot").run()
	seen = {name for _wallet, _account, name in rows}
	return {
		wallet: lots.spend_order(each for each in ledger.open_lots(account, True) if each.id in seen)
		for wallet, account in dict.fromkeys((wallet, account) for wallet, account, _name in rows)
	}


class Holding(NamedTuple):
	"""What one member or gift card, tier, customer group, company, or a whole wallet holds: outstanding, of which
	pending, and deficit (points, or Rial of a wallet of money), value in money of its currency, of which granted, and
	the first day after which something expires. members: how many members or gift cards hold it."""

	key: str
	currency: str
	wallet: str = POINTS
	title: str = ""
	program: str = ""
	tier: str = ""
	gift_card: bool = False
	members: int = 0
	points: Decimal = ZERO
	pending: Decimal = ZERO
	deficit: Decimal = ZERO
	value: Decimal = ZERO
	granted: Decimal = ZERO
	next_expiry: date | None = None


GROUPINGS = ("Member", "Tier", "Customer Group", "Company", "Wallet")


def holdings(
	by: str = "Member",
	*,
	program: str | None = None,
	company: str | None = None,
	branch: str | None = None,
	tier: str | None = None,
	customer_group: str | None = None,
	wallet: Wallet | None = POINTS,
) -> list[Holding]:
	"""What is outstanding as of now, in two set-based queries: the open lots, and the entries without a lot, which are
	the deficit. Grouped by one of `GROUPINGS`, by currency and by wallet. wallet: None for all of them."""
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	customer, rules = frappe.qb.DocType("Customer"), frappe.qb.DocType("Club Program")

	def grouped(row: Any, doctype: str, *numbers: Any) -> Any:
		query, owner = _owned(frappe.qb.from_(row), row, wallet)
		of = owner.member
		key = {
			"Member": owner.key,
			"Tier": of.tier,
			"Customer Group": customer.customer_group,
			"Company": row.company,
			"Wallet": row.wallet,
		}[by]
		query = (
			query.left_join(customer)
			.on(customer.name == of.customer)
			.left_join(rules)
			.on(rules.name == owner.program)
			.select(
				key.as_("holder"),
				rules.currency,
				row.wallet,
				Max(of.customer_name).as_("title"),
				Max(owner.last_four).as_("last_four"),
				Max(owner.program).as_("program"),
				Max(of.tier).as_("tier"),
				*numbers,
			)
			.groupby(key, rules.currency, row.wallet)
		)
		for column, wanted in (
			(owner.program, program),
			(row.company, company),
			(row.branch, branch),
			(of.tier, tier),
			(customer.customer_group, customer_group),
			(row.wallet, wallet),
		):
			if wanted:
				query = query.where(column == wanted)
		return _confined(query, row.company, row.branch, owner, doctype)

	waits = Case().when(lot.available_from > policy.club_today(), lot.remaining).else_(0)
	given = Case().when(lot.granted == 1, lot.remaining * lot.value).else_(0)
	open_ones = grouped(
		lot,
		"Club Lot",
		Count(lot.account).distinct().as_("members"),
		_sum(lot.remaining).as_("points"),
		_sum(waits).as_("pending"),
		_sum(lot.remaining * lot.value).as_("money"),
		_sum(given).as_("given"),
		Min(lot.expires_on).as_("next_expiry"),
	).where(lot.remaining > 0)
	found = {
		(row.holder, row.currency, row.wallet): _holding(row)._replace(
			members=row.members,
			points=_exact(row.points),
			pending=_exact(row.pending),
			value=_exact(row.money),
			granted=_exact(row.given),
			next_expiry=row.next_expiry,
		)
		for row in open_ones.run(as_dict=True)
	}
	owed = grouped(entry, "Club Ledger Entry", _sum(entry.quantity).as_("points"))
	for row in owed.where(entry.lot.isnull()).run(as_dict=True):
		deficit = -_exact(row.points)
		if deficit:
			key = (row.holder, row.currency, row.wallet)
			found[key] = found.get(key, _holding(row))._replace(deficit=deficit)
	place = {wallet: n for n, wallet in enumerate(policy.MODES)}
	if by == "Wallet":
		return sorted(found.values(), key=lambda each: (place[each.wallet], each.currency))
	return sorted(found.values(), key=lambda each: (each.title, each.key, place[each.wallet]))


def _holding(row: Any) -> Holding:
	return Holding(
		row.holder or "",
		row.currency or "",
		row.wallet,
		row.title or (gift_cards.mask(row.last_four) if row.last_four else ""),
		row.program or "",
		row.tier or "",
		bool(row.last_four),
	)


def tier_changes(
	*,
	program: str | None = None,
	member: str | None = None,
	company: str | None = None,
	since: date | None = None,
	until: date | None = None,
) -> list[Any]:
	"""Tier changes, newest first. They belong to a program: whoever is confined to companies sees the programs that
	are valid there, and whoever is confined to branches the members of those."""
	change, of = frappe.qb.DocType("Club Tier Change"), frappe.qb.DocType("Club Member")
	query = (
		frappe.qb.from_(change)
		.join(of)
		.on(of.name == change.member)
		.select(
			change.name,
			change.member,
			of.customer_name,
			of.program,
			of.branch,
			change.day,
			change.before,
			change.after,
			change.why,
			Cast_(change.value, "char").as_("value"),
			Cast_(change.threshold, "char").as_("threshold"),
			change.source_doctype,
			change.source_name,
			change.program_version,
		)
		.orderby(change.day, order=Order.desc)
		.orderby(change.creation, order=Order.desc)
	)
	companies = permissions.allowed("Company", "Club Tier Change")
	if company:
		companies = [each for each in companies or [company] if each == company] or [""]
	if companies:
		query = query.where(of.program.isin(permissions.programs_in(companies)))
	for column, wanted in ((of.program, program), (change.member, member)):
		if wanted:
			query = query.where(column == wanted)
	if since:
		query = query.where(change.day >= since)
	if until:
		query = query.where(change.day <= until)
	people = {"Club Member": of.name, "Customer": of.customer, "Club Program": of.program}
	rows = permissions.restrict(query, "Club Tier Change", {"Branch": of.branch, **people}).run(as_dict=True)
	for row in rows:
		row.value, row.threshold = _exact(row.value), _exact(row.threshold)
	return rows


def failed_awards(
	company: str | None = None, since: date | None = None, until: date | None = None
) -> list[Any]:
	"""Submitted sales invoices whose award failed, newest first, with the last error that was logged for each."""
	sale, log = frappe.qb.DocType("Sales Invoice"), frappe.qb.DocType("Error Log")
	query = (
		frappe.qb.from_(sale)
		.select(
			sale.name,
			sale.posting_date,
			sale.company,
			sale.customer,
			sale.customer_name,
			sale.club_member,
			sale.base_grand_total,
		)
		.where((sale.club_status == "Failed") & (sale.docstatus == 1))
		.orderby(sale.posting_date, order=Order.desc)
		.orderby(sale.name, order=Order.desc)
	)
	columns = {"Company": sale.company, "Customer": sale.customer, "Club Member": sale.club_member}
	if frappe.get_meta("Sales Invoice").has_field("branch"):
		query = query.select(sale.branch)
		columns["Branch"] = sale.branch
	elif permissions.allowed("Branch", "Sales Invoice"):
		return []
	if company:
		query = query.where(sale.company == company)
	if since:
		query = query.where(sale.posting_date >= since)
	if until:
		query = query.where(sale.posting_date <= until)
	rows = permissions.restrict(query, "Sales Invoice", columns).run(as_dict=True)
	if not rows:
		return rows
	errors = (
		frappe.qb.from_(log)
		.select(log.name, log.reference_name, log.method, log.error, log.creation)
		.where(
			(log.reference_doctype == "Sales Invoice") & log.reference_name.isin([row.name for row in rows])
		)
		.orderby(log.creation)
		.run(as_dict=True)
	)
	last = {error.reference_name: error for error in errors}
	for row in rows:
		row.update({"error_log": None, "error_title": None, "error_at": None, "error_said": None})
		error = last.get(row.name)
		if error:
			said = (error.error or "").strip().splitlines()
			row.update(
				{
					"error_log": error.name,
					"error_title": error.method,
					"error_at": error.creation,
					"error_said": said[-1].split(": ", 1)[-1] if said else "",
				}
			)
	return rows


class _Owner(NamedTuple):
	"""Columns about who owns a row's account: a member, or a gift card."""

	member: Any
	key: Any
	gift_card: Any
	last_four: Any
	program: Any


def _owned(query: Any, row: Any, wallet: Wallet | None) -> tuple[Any, _Owner]:
	"""A query of entries or lots, joined with their owners. Gift cards are looked for only where `wallet` lets them
	come up: the account that leads to them is a join more."""
	member = frappe.qb.DocType("Club Member")
	if wallet not in (None, "Gift Card"):
		nothing: Any = NullValue()
		query = query.join(member).on(member.name == row.member)
		return query, _Owner(member, member.name, nothing, nothing, member.program)
	account, card = frappe.qb.DocType("Club Account"), frappe.qb.DocType("Gift Card")
	query = (
		query.join(account)
		.on(account.name == row.account)
		.left_join(member)
		.on(member.name == row.member)
		.left_join(card)
		.on(card.name == account.gift_card)
	)
	key = Coalesce(row.member, account.gift_card)
	return query, _Owner(member, key, account.gift_card, card.last_four, account.program)


def _confined(
	query: Any, company: Any, branch: Any, owner: _Owner, doctype: str = "Club Ledger Entry"
) -> Any:
	people = {
		"Club Member": owner.member.name,
		"Customer": owner.member.customer,
		"Club Program": owner.program,
	}
	return permissions.restrict(query, doctype, {"Company": company, "Branch": branch, **people})
