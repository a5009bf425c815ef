"""Values what points and credit are owed on a day, and posts the journal that brings the liability accounts there.

The only code that fills a Club Liability Valuation. Cohorts come from the ledger (`liability_figures`), what the books
hold from `reconcile`, amounts from `core.liability`; here they are put together, and what the valuation before froze is
carried on: what was backdated since stands in this one. Points in points, money in Rial (the company's currency).

The account is brought to the liability with what is on its way counted in (tills that are not closed, journals between
companies that are not posted), and without gift cards that are sold and not paid. Of the journal, what came without a
sale goes to the marketing expense, the rest to revenue.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import accounting, ledger, liability_figures, policy, reconcile
from loyalty_club.core import liability
from loyalty_club.core.exact import Fraction
from loyalty_club.core.liability import NEVER, Cohort, Roll, Share
from loyalty_club.core.model import ZERO
from loyalty_club.core.periods import CALENDARS
from loyalty_club.liability_figures import Held, Key
from loyalty_club.policy import CompanyPolicy, InForce, exact

VALUATION = "Club Liability Valuation"
DEFERRED, EXPENSE, MONEY = "Deferred Revenue", "Expense", "Money"
OWN_MONEY = "Cash Credit"  # the customers' own: all of it is expected to be spent
WHOLE = Fraction(1)
HUNDRED = Decimal(100)
# What a liability account's row keeps, and how it stands in `reconcile.Account` (debit positive there, credit here).
MOVED = {
	"spent": lambda found: found.spent,
	"given_back": lambda found: found.given_back,
	"given": lambda found: found.given,
	"between": lambda found: found.between,
	"others": lambda found: reconcile.total(found.others),
	"unexplained": lambda found: -found.rest,
}


class Line(NamedTuple):
	"""A cohort as it is valued. method: Deferred Revenue, Expense, or Money of a wallet; journal: what of the journal
	is this cohort's (credited to the liability)."""

	held: Held
	method: str
	rate: Fraction
	roll: Roll
	journal: Decimal

	@property
	def key(self) -> Key:
		return self.held.key


# ---------------------------------------------------------------------------------------------- a draft


def previous(doc: Any) -> Any:
	"""The company's last submitted valuation; None where there is none."""
	name = frappe.db.get_value(
		VALUATION,
		{"company": doc.company, "docstatus": 1, "name": ["!=", doc.name or ""]},
		"name",
		order_by="to_date desc",
	)
	return frappe.get_doc(VALUATION, name) if name else None


def prepare(doc: Any) -> None:
	"""Fills a draft: whom it follows, rates, cohorts, accounts. Raises ValidationError where it cannot be valued."""
	before = previous(doc)
	day = getdate(doc.to_date)
	if day > policy.club_today():
		frappe.throw(_("A day that has not come cannot be valued."))
	if before and getdate(before.to_date) >= day:
		frappe.throw(
			_(
				"{0} is valued up to {1} already ({2}). Choose a later day: late documents catch up in it."
			).format(doc.company, policy.style().day(getdate(before.to_date)), before.name)
		)
	doc.previous = before.name if before else None
	doc.from_date = getdate(before.to_date) + timedelta(days=1) if before else None
	if before:
		doc.calendar, doc.period = before.calendar, before.period
	programs = _programs(doc.company)
	held = liability_figures.cohorts(
		doc.company, day, _period_of(doc.calendar, doc.period), gross=doc.tax == "With Tax"
	)
	_set_rates(doc, before, held)
	lines = _lines(doc, before, held, programs)
	_set_cohorts(doc, lines)
	_set_accounts(doc, before, lines, programs)
	doc.fingerprint = _fingerprint(doc)


def _programs(company: str) -> dict[str, InForce]:
	found = {}
	for name in frappe.get_all(
		"Club Program", filters={"active_version": ["is", "set"]}, pluck="name", order_by="creation"
	):
		program = policy.in_force(name)
		if program and company in program.companies:
			found[name] = program
	if not found:
		frappe.throw(_("No program in force is valid in {0}.").format(company))
	return found


def _period_of(calendar: str, period: str) -> Any:
	functions = CALENDARS[policy.CALENDARS[calendar]]
	return {"Month": functions.month_of, "Quarter": functions.quarter_of, "Year": functions.year_of}[period]


def last_whole_period(company: str, calendar: str, period: str) -> date:
	"""The last day of the last period that is over; of one after it, where that is valued already: never a day that
	has not come."""
	period_of, today = _period_of(calendar, period), policy.club_today()
	found: date = period_of(today).start - timedelta(days=1)
	valued = frappe.db.get_value(
		VALUATION, {"company": company, "docstatus": 1}, "to_date", order_by="to_date desc"
	)
	return today if valued and getdate(valued) >= found else found


# ---------------------------------------------------------------------------------------------- what is expected


def _set_rates(doc: Any, before: Any, held: list[Held]) -> None:
	"""A row for each program and wallet that holds something: as on the form, else as it was before, else 100 %."""
	known = {(row.program, row.wallet): row for row in (*(before.rates if before else ()), *doc.rates)}
	cohorts: dict[tuple[str, str], list[Cohort]] = defaultdict(list)
	for one in held:
		if one.key.wallet != OWN_MONEY:
			cohorts[one.key.program, one.key.wallet].append(one.cohort)
	rows = []
	for (program, wallet), of in sorted(cohorts.items()):
		had = known.get((program, wallet))
		learnt = liability.learnt(of)
		shown = _percent(learnt) if learnt is not None else None
		source = had.source if had else "Number"
		if source == "Learnt" and learnt is None:
			frappe.throw(
				_(
					"{0}, {1}: nothing is learnt yet, for no period's points are all spent or expired. Write a number."
				).format(program, _(wallet))
			)
		rate = shown if source == "Learnt" else exact(had.rate if had else 100)
		if not ZERO <= exact(rate) <= HUNDRED:
			frappe.throw(_("{0}, {1}: the expected share is between 0 and 100 %.").format(program, _(wallet)))
		rows.append(
			{
				"program": program,
				"wallet": wallet,
				"source": source,
				"rate": float(exact(rate)),
				"learnt": float(shown) if shown is not None else None,
				"company": doc.company,
			}
		)
	doc.set("rates", rows)


def _percent(share: Fraction) -> Decimal:
	"""As the form shows it, which is what is reckoned with: two decimals of a hundred."""
	return Decimal(round(share * 10_000)) / HUNDRED


# ---------------------------------------------------------------------------------------------- cohorts


def _lines(doc: Any, before: Any, held: list[Held], programs: Mapping[str, InForce]) -> list[Line]:
	rates = {(row.program, row.wallet): Fraction(exact(row.rate)) / 100 for row in doc.rates}
	frozen = {_key(row): row for row in (before.cohorts if before else ())}
	there = {one.key for one in held}
	gone = [Held(key, Cohort(ZERO), ZERO, ZERO) for key in frozen if key not in there]
	lines = []
	for one in sorted([*held, *gone]):
		program = programs.get(one.key.program)
		if program is None:
			frappe.throw(
				_("{0} holds points of {1}, which is no program in force there.").format(
					doc.company, one.key.program
				)
			)
			raise AssertionError("frappe.throw raises")
		rate = rates.get((one.key.program, one.key.wallet), WHOLE)
		lines.append(_line(one, rate, program, frozen.get(one.key)))
	return lines


def _line(one: Held, rate: Fraction, program: InForce, had: Any) -> Line:
	method = MONEY
	if one.key.wallet == "Points":
		method = frappe.get_cached_value("Club Program", program.name, "liability_method") or DEFERRED
	share, sales_before = (_share(had), exact(had.sales)) if had else (NEVER, ZERO)
	if had and had.method != method:  # booked otherwise from now on: what that changes stands in this period
		share, sales_before = NEVER._replace(closing=share.closing), ZERO
	coin = program.rules.coin
	if method == EXPENSE or (method == DEFERRED and not one.key.sold):
		roll = liability.at_cost(one.key.value, one.cohort, rate, share, coin)
	else:
		issued = max(one.cohort.issued - share.cohort.issued, ZERO)
		if method == MONEY:
			more = liability.paid(issued * one.key.value)
		else:
			sales = max(one.sales - sales_before, ZERO)
			more = liability.deferral(sales, issued, one.key.value, rate)
		roll = liability.roll(share.deferred + more, one.cohort, rate, share, coin)
	booked = one.booked - (exact(had.booked) if had else ZERO)
	return Line(one, method, rate, roll, roll.closing - roll.opening - booked)


def _key(row: Any) -> Key:
	return Key(row.wallet, row.program, getdate(row.start), exact(row.value).normalize(), bool(row.sold))


def _share(row: Any) -> Share:
	cohort = Cohort(*(exact(row.get(field)) for field in Cohort._fields))
	return Share(cohort, Fraction(row.deferral), Fraction(row.recognised_share), exact(row.closing))


def _set_cohorts(doc: Any, lines: Iterable[Line]) -> None:
	doc.set(
		"cohorts",
		[
			{
				"wallet": line.key.wallet,
				"program": line.key.program,
				"start": line.key.start,
				"value": float(line.key.value),
				"sold": int(line.key.sold),
				"method": line.method,
				"sales": float(line.held.sales),
				"rate": float(_percent(line.rate)),
				**{field: float(getattr(line.held.cohort, field)) for field in Cohort._fields},
				"remaining": float(line.held.cohort.remaining),
				"opening": float(line.roll.opening),
				"deferred": float(line.roll.deferred),
				"reversed_amount": float(line.roll.reversed),
				"recognised": float(line.roll.recognised),
				"expired_amount": float(line.roll.expired),
				"transferred_amount": float(line.roll.transferred),
				"closing": float(line.roll.closing),
				"booked": float(line.held.booked),
				"journal": float(line.journal),
				"deferral": str(line.roll.share.deferred),
				"recognised_share": str(line.roll.share.recognised),
				"company": doc.company,
			}
			for line in lines
		],
	)


# ---------------------------------------------------------------------------------------------- accounts


def _set_accounts(doc: Any, before: Any, lines: list[Line], programs: Mapping[str, InForce]) -> None:
	day = getdate(doc.to_date)
	frozen = {row.account: row for row in (before.accounts if before else ())}
	closing: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for line in lines:
		closing[account_of(programs, doc.company, line.key)] += line.roll.closing
	rows = []
	for found in reconcile.reconcile(day, doc.company):
		had = frozen.get(found.account)
		totals = {name: -of(found) for name, of in MOVED.items()}
		totals["tax"] = found.tax
		moved = {
			name: total - (exact(had.get(f"total_{name}")) if had else ZERO) for name, total in totals.items()
		}
		opening = exact(had.closing) if had else ZERO
		stands = opening + sum((moved[name] for name in MOVED), ZERO)
		rows.append(
			{
				"account": found.account,
				"wallets": policy.listed(_(wallet) for wallet in found.wallets),
				"opening": float(opening),
				**{_field(name): float(amount) for name, amount in moved.items()},
				"before_journal": float(stands),
				"journal": float(closing[found.account] - stands),
				"closing": float(closing[found.account]),
				"at_tills": float(-reconcile.total(found.at_tills)),
				"not_posted": float(-reconcile.total(found.not_posted)),
				"unpaid": float(-reconcile.total(found.unpaid)),
				**{f"total_{name}": float(amount) for name, amount in totals.items()},
				"company": doc.company,
			}
		)
	doc.set("accounts", rows)


def _field(name: str) -> str:
	"""The row's field of a movement: `between` is a word of SQL."""
	return "between_companies" if name == "between" else name


def account_of(programs: Mapping[str, InForce], company: str, key: Key) -> str:
	"""The liability account of a cohort."""
	return accounting.account_of_wallet(programs[key.program].companies[company], key.wallet)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------- the journal


class Entry(NamedTuple):
	"""A line of the journal: account, amount (debit positive), cost center, and what it is: "liability", "revenue",
	"marketing"."""

	account: str
	amount: Decimal
	cost_center: str | None
	what: str


def journal(doc: Any) -> list[Entry]:
	"""The lines of the journal that a valuation posts; none where the accounts stand where they should."""
	programs = _programs(doc.company)
	due: dict[tuple[str, str | None, str], Decimal] = defaultdict(lambda: ZERO)
	left = {row.account: exact(row.journal) for row in doc.accounts}
	for row in doc.accounts:
		due[row.account, None, "liability"] -= exact(row.journal)
	first: dict[str, CompanyPolicy] = {}
	for name in programs:
		part = programs[name].companies[doc.company]
		for wallet in part.wallets.values():
			if wallet.account:
				first.setdefault(wallet.account, part)
	for row in doc.cohorts:
		key, amount = _key(row), exact(row.journal)
		if not amount:
			continue
		part = programs[key.program].companies[doc.company]
		what = "marketing" if not key.sold or row.method == EXPENSE else "revenue"
		due[_counter(part, what), part.cost_center, what] += amount
		left[account_of(programs, doc.company, key)] -= amount
	for account, amount in left.items():  # what no cohort explains: withheld refunds, other vouchers
		if amount:
			part = first[account]
			due[_counter(part, "revenue"), part.cost_center, "revenue"] += amount
	return [
		Entry(account, amount, cost_center, what)
		for (account, cost_center, what), amount in due.items()
		if amount
	]


def _counter(part: CompanyPolicy, what: str) -> str:
	if what == "marketing":
		account = part.marketing_account
	else:
		account = part.revenue_account or frappe.get_cached_value(
			"Company", part.company, "default_income_account"
		)
	if not account:
		frappe.throw(
			_("Set the {0} of {1} in the program's companies first.").format(
				_("Marketing Expense Account") if what == "marketing" else _("Points Revenue Account"),
				part.company,
			)
		)
	return str(account)


# ---------------------------------------------------------------------------------------------- submitting


def check(doc: Any) -> None:
	"""Refuses to submit what nobody has looked at, or what the books contradict."""
	if frappe.db.get_value(VALUATION, doc.name, "fingerprint") != doc.fingerprint:
		frappe.throw(
			_("The figures have changed since they were saved. Save, look at them again, then submit."),
			title=_("Not as you saw it"),
		)
	unexplained = [row.account for row in doc.accounts if exact(row.total_unexplained)]
	if unexplained and not doc.accept_differences:
		frappe.throw(
			_(
				"{0}: the books differ from the points ledger. See Club Reconciliation; put it right, or accept it."
			).format(policy.listed(unexplained))
		)


def submit(doc: Any) -> None:
	"""Posts the journal."""
	ledger.lock_document("Company", doc.company, "name")
	last = previous(doc)
	if (last.name if last else None) != (doc.previous or None):
		frappe.throw(
			_("Another valuation of {0} was submitted meanwhile. Save this one again.").format(doc.company)
		)
	rows = [(each.account, each.amount, each.cost_center) for each in journal(doc)]
	if rows:
		remark = _("{0}: points and credit owed up to {1}").format(
			doc.name, policy.style().day(getdate(doc.to_date))
		)
		doc.db_set("journal_entry", accounting.value(doc.company, getdate(doc.to_date), remark, rows))


def cancel(doc: Any) -> None:
	"""Cancels the journal of the last valuation; refuses an earlier one, for later ones carry it on."""
	later = frappe.db.get_value(VALUATION, {"previous": doc.name, "docstatus": 1}, "name")
	if later:
		frappe.throw(_("{0} carries this valuation on. Cancel that one first.").format(later))
	if doc.journal_entry:
		accounting.cancel([doc.journal_entry])


def _fingerprint(doc: Any) -> str:
	"""What the figures are, as a digest: the same figures give the same."""
	said = [
		[
			tuple(
				(field, str(row.get(field)))
				for field in row.as_dict(no_default_fields=True)
				if field != "parent"
			)
			for row in doc.get(table)
		]
		for table in ("rates", "cohorts", "accounts")
	]
	return hashlib.sha256(repr((str(doc.to_date), doc.company, doc.tax, said)).encode()).hexdigest()


def total(rows: Iterable[Any]) -> Roll:
	"""The sum of some cohorts of a valuation."""
	fields = (
		"opening",
		"deferred",
		"reversed_amount",
		"recognised",
		"expired_amount",
		"transferred_amount",
		"closing",
	)
	return liability.total(Roll(*(exact(row.get(field)) for field in fields), NEVER) for row in rows)
