"""The books: journal entries for points that pay an ordinary sales invoice, and the tender of one with payments.

The only code that makes or cancels the club's Journal Entries. An ordinary invoice: debit the program's liability
account, credit the customer with the invoice as reference, in the system-generated form that ERPNext itself cancels
along (see `cancel`). Amounts are in the company's currency; the liability moves by exactly points × value, and what a
foreign currency's rounding leaves goes to the round-off account of the same journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from loyalty_club import policy as policy_
from loyalty_club.core.model import Wallet
from loyalty_club.policy import CompanyPolicy, exact

WALLET_ACCOUNTS = {
	"cash_credit_account": "Club Cash Credit",
	"gift_credit_account": "Club Gift Credit",
	"gift_card_account": "Club Gift Cards",
}
ACCOUNT_FIELDS = {
	"Points": "liability_account",
	"Cash Credit": "cash_credit_account",
	"Gift Credit": "gift_credit_account",
	"Gift Card": "gift_card_account",
}
CENT = Decimal("0.01")


def redeem(doc: Any, policy: CompanyPolicy, amount: Decimal, wallet: Wallet = "Points") -> str:
	"""Journal for points worth `amount`, or money of another wallet, that pay `doc`; returns its name."""
	said = _("Points paid on {0}") if wallet == "Points" else _("Credit paid on {0}")
	return _journal(doc, policy, amount, doc.name, said.format(doc.name), wallet)


def give_back(doc: Any, policy: CompanyPolicy, amount: Decimal, wallet: Wallet = "Points") -> str:
	"""Journal for points worth `amount`, or money of another wallet, that a credit note gives back; its name."""
	said = _("Points given back by {0}") if wallet == "Points" else _("Credit given back by {0}")
	return _journal(doc, policy, -amount, _reference(doc), said.format(doc.name), wallet)


def keep_refund(doc: Any, policy: CompanyPolicy, amount: Decimal) -> str:
	"""Journal for `amount` of a credit note's refund that stays as the customer's credit; returns its name."""
	remark = _("The refund of {0} stays as credit").format(doc.name)
	return _journal(doc, policy, -amount, _reference(doc), remark, "Cash Credit")


def adjust(doc: Any, policy: CompanyPolicy, amount: Decimal, wallet: Wallet, against: str) -> str:
	"""Journal for money that a Club Adjustment puts into a wallet (amount > 0) or takes out: the wallet's liability
	against `against` (the drawer that money came into, or the expense of a gift); returns its name."""
	cost_center = policy.cost_center or frappe.get_cached_doc("Company", doc.company).cost_center
	currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	common = {"cost_center": cost_center, **_dimensions(doc)}
	journal = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"is_system_generated": 1,
			"company": doc.company,
			"posting_date": doc.posting_date,
			"user_remark": _("{0}: {1}").format(doc.name, doc.reason),
			"accounts": [
				_row(against, amount, currency, Decimal(1), common),
				_row(account_of_wallet(policy, wallet), -amount, currency, Decimal(1), common),
			],
		}
	)
	return _post(journal)


def value(company: str, day: date, remark: str, rows: Iterable[tuple[str, Decimal, str | None]]) -> str:
	"""Journal of a valuation; rows: account, amount (Rial, debit positive), cost center or None for the company's.
	Returns its name."""
	own = frappe.get_cached_doc("Company", company)
	dimensions = _default_dimensions(company)
	journal = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"is_system_generated": 1,
			"company": company,
			"posting_date": day,
			"user_remark": remark,
			"accounts": [
				_row(
					account,
					amount,
					own.default_currency,
					Decimal(1),
					{**dimensions, "cost_center": cost_center or own.cost_center},
				)
				for account, amount, cost_center in rows
			],
		}
	)
	return _post(journal)


def _default_dimensions(company: str) -> dict[str, Any]:
	"""The accounting dimensions that the company's accounts ask for, as it has them by default."""
	from erpnext.accounts.doctype.accounting_dimension import accounting_dimension

	checks = accounting_dimension.get_checks_for_pl_and_bs_accounts()
	return {
		each.fieldname: each.default_dimension
		for each in checks
		if each.company == company and each.default_dimension
	}


def account_of_wallet(policy: CompanyPolicy, wallet: Wallet) -> str:
	"""The liability account of a wallet in a company. Raises ValidationError if the program has none."""
	account = policy.wallets[wallet].account
	if not account:
		frappe.throw(
			_("{0} has no account for {1} yet. Put the club's program in force again.").format(
				policy.company, _(wallet)
			)
		)
		raise AssertionError
	return account


def withhold(doc: Any, policy: CompanyPolicy, amount: Decimal) -> str:
	"""Journal for `amount` of a credit note's refund that pays for points which the return could not take back;
	returns its name. The credit note itself, and its tax, stay as the goods are."""
	remark = _("Withheld from {0} for points that were spent already").format(doc.name)
	return _journal(doc, policy, -amount, _reference(doc), remark)


def _reference(doc: Any) -> str:
	"""Where the credit note does not keep its own balance, the original carries the reference: else a receivable of
	nobody's would remain."""
	own = doc.get("update_outstanding_for_self") or not doc.return_against
	return str(doc.name if own else doc.return_against)


def _journal(
	doc: Any, policy: CompanyPolicy, amount: Decimal, reference: str, remark: str, wallet: Wallet = "Points"
) -> str:
	company = frappe.get_cached_doc("Company", doc.company)
	own = company.default_currency
	party_currency = doc.get("party_account_currency") or own
	cost_center = policy.cost_center or doc.get("cost_center") or company.cost_center
	common = {"cost_center": cost_center, **_dimensions(doc)}
	rate = exact(doc.conversion_rate or 1) if party_currency != own else Decimal(1)
	in_party = amount
	if party_currency != own:
		in_party = (amount / rate).quantize(CENT, ROUND_HALF_UP)
	booked = in_party * rate if party_currency != own else amount
	rows: list[dict[str, Any]] = [
		_row(account_of_wallet(policy, wallet), amount, own, Decimal(1), common),
		{
			**_row(doc.debit_to, -in_party, party_currency, rate, common),
			"party_type": "Customer",
			"party": doc.customer,
			"reference_type": "Sales Invoice",
			"reference_name": reference,
		},
	]
	difference = flt(booked - amount, 2)
	if difference:
		account = policy.round_off_account or company.round_off_account
		if not account:
			frappe.throw(
				_(
					"Company {0} has no round-off account. Set one, for points that pay invoices in {1}."
				).format(doc.company, party_currency)
			)
		rows.append(_row(account, exact(difference), own, Decimal(1), common))
	journal = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Credit Note",
			"is_system_generated": 1,
			"company": doc.company,
			"posting_date": doc.posting_date,
			"multi_currency": int(party_currency != own),
			"user_remark": remark,
			"accounts": rows,
		}
	)
	return _post(journal)


def _post(journal: Any) -> str:
	journal.flags.ignore_permissions = True
	journal.flags.loyalty_club = True
	journal.insert()
	journal.submit()
	name: str = journal.name
	return name


def _row(
	account: str, debit: Decimal, currency: str, rate: Decimal, common: dict[str, Any]
) -> dict[str, Any]:
	side = "debit" if debit > 0 else "credit"
	return {
		**common,
		"account": account,
		"account_currency": currency,
		"exchange_rate": float(rate),
		f"{side}_in_account_currency": float(abs(debit)),
	}


def _dimensions(doc: Any) -> dict[str, Any]:
	"""The document's accounting dimensions, which some accounts ask for."""
	from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import get_accounting_dimensions

	names = [*get_accounting_dimensions(), "project"]
	return {name: doc.get(name) for name in names if doc.get(name)}


def cancel(journals: Iterable[str]) -> None:
	"""Cancels the club's journals of a document that is being cancelled, whatever the user may do with journals.

	In `before_cancel`: later ERPNext would unlink them first, and leave the customer a free credit."""
	for name in journals:
		journal = frappe.get_doc("Journal Entry", name)
		if journal.docstatus == 1:
			journal.flags.ignore_permissions = True
			journal.flags.loyalty_club = True
			journal.flags.ignore_links = True
			journal.cancel()


def owner_of(journal: str) -> str | None:
	"""The submitted sales invoice, adjustment or valuation that a journal belongs to; None for anybody else's."""
	row = frappe.qb.DocType("Club Redemption")
	invoice = frappe.qb.DocType("Sales Invoice")
	found = (
		frappe.qb.from_(row)
		.join(invoice)
		.on((invoice.name == row.parent) & (row.parenttype == "Sales Invoice"))
		.select(invoice.name)
		.where((row.journal_entry == journal) & (invoice.docstatus == 1))
		.limit(1)
		.run()
	)
	if found:
		return str(found[0][0])
	for doctype in ("Club Adjustment", "Club Liability Valuation"):
		owner: str | None = frappe.db.get_value(doctype, {"journal_entry": journal, "docstatus": 1}, "name")
		if owner:
			return owner
	return None


def account_of(mode: str, company: str) -> str | None:
	"""The account that a mode of payment goes to in a company."""
	found: str | None = frappe.db.get_value(
		"Mode of Payment Account", {"parent": mode, "company": company}, "default_account"
	)
	return found


def ensure_wallets(companies: Iterable[Any]) -> None:
	"""Makes what the wallets of a program's companies (rows of its form) need and have not: liability accounts, beside
	the one of points, and a Mode of Payment for each wallet that goes to them. An account that another program of the
	company has is this one's, too: a mode of payment has one for each company."""
	companies = list(companies)
	modes = {ACCOUNT_FIELDS[wallet]: mode for wallet, mode in policy_.MODES.items()}
	for row in companies:
		for field, title in WALLET_ACCOUNTS.items():
			if not row.get(field):
				row.set(field, account_of(modes[field], row.company) or _ensure_account(row, _(title)))
	for wallet, mode in policy_.MODES.items():
		_ensure_mode(mode, {row.company: row.get(ACCOUNT_FIELDS[wallet]) for row in companies})
		if wallet == "Points":
			for row in companies:
				row.mode_of_payment = mode


def _ensure_account(row: Any, title: str) -> str:
	beside = frappe.get_cached_value("Account", row.liability_account, "parent_account")
	known = frappe.db.get_value(
		"Account", {"company": row.company, "account_name": title, "root_type": "Liability"}, "name"
	)
	if known:
		return str(known)
	account = frappe.get_doc(
		{"doctype": "Account", "account_name": title, "parent_account": beside, "company": row.company}
	)
	account.flags.ignore_permissions = True
	account.insert()
	return str(account.name)


def _ensure_mode(name: str, accounts: dict[str, str]) -> None:
	if frappe.db.exists("Mode of Payment", name):
		mode = frappe.get_doc("Mode of Payment", name)
	else:
		mode = frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": name, "type": "General"})
	mode.enabled = 1
	known = {row.company: row for row in mode.accounts}
	for company, account in accounts.items():
		if company in known:
			known[company].default_account = account
		else:
			mode.append("accounts", {"company": company, "default_account": account})
	mode.flags.ignore_permissions = True
	mode.save()
