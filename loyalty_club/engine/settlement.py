"""What one company owes another, because points or credit that were given in one were spent in the other.

The only code that writes Club Settlement and makes or cancels its journals. What a document spent is grouped by the
company of the lots it came from. Where the goods were sold: debit the Inter-Company Account, credit the liability of
the wallet; where the points were given: debit the liability, credit the Inter-Company Account. What a return gives back
goes the other way, on the return's own day; where the books of a company are closed on that day, its side is dated the
first day they are open. Money is in the companies' own currency, which is the program's.

A journal that cannot be posted stops no sale: the row says Failed and why, and is tried again every hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import getdate

from loyalty_club import accounting, ledger, policy
from loyalty_club.core.model import ZERO, Wallet
from loyalty_club.policy import CompanyPolicy, InForce, exact

ACCOUNT = "Club Inter-Company"
# What a wallet's movements in the books are. Points that were given are in no company's books yet.
KINDS: dict[str, frozenset[str]] = {"Points": frozenset({"redeem", "restore"})}
MONEY_KINDS = ledger.AT_FACE
PARTY_TYPES = ("Receivable", "Payable")
AT_ONCE = 200


# ---------------------------------------------------------------------------------------------- posting


def post(doc: Any, program: InForce, batch: ledger.Batch) -> None:
	"""Settles what a document has just spent of, or given back to, lots of other companies."""
	for (origin, wallet), (quantity, amount) in _moved(doc.company, batch).items():
		if amount:
			_settle(doc, program.name, origin, wallet, quantity, amount)


def _moved(company: str, batch: ledger.Batch) -> dict[tuple[str, Wallet], tuple[Decimal, Decimal]]:
	"""Quantity and Rial of each wallet that other companies' lots paid here; negative for what came back to them."""
	found: dict[tuple[str, Wallet], tuple[Decimal, Decimal]] = {}
	for moved, (quantity, amount) in batch.totals.items():
		if moved.home not in ("", company) and moved.kind in KINDS.get(moved.wallet, MONEY_KINDS):
			before = found.get((moved.home, moved.wallet), (ZERO, ZERO))
			found[moved.home, moved.wallet] = before[0] - quantity, before[1] - amount
	return found


def _settle(
	doc: Any, program: str, origin: str, wallet: Wallet, quantity: Decimal, amount: Decimal, **more: Any
) -> Any:
	row = frappe.get_doc(
		{
			"doctype": "Club Settlement",
			"document_type": doc.doctype,
			"document": doc.name,
			"posting_date": getdate(doc.posting_date),
			"program": program,
			"company": doc.company,
			"origin": origin,
			"wallet": wallet,
			"quantity": float(quantity),
			"amount": float(amount),
			"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
			"status": "Failed",
			**more,
		}
	)
	row.flags.by_settlement = True
	row.flags.ignore_permissions = True
	row.flags.ignore_links = True
	row.insert()
	_attempt(row, _book)
	return row


def _attempt(row: Any, act: Any) -> bool:
	"""Does it, or notes on the row why not; whether it was done."""
	savepoint = f"settle_{row.name}"
	frappe.db.savepoint(savepoint)
	said = len(frappe.local.message_log)
	try:
		act(row)
	except frappe.QueryDeadlockError:  # it ended the whole transaction: nothing of the document is left
		raise
	except Exception as error:
		frappe.db.rollback(save_point=savepoint)
		del frappe.local.message_log[said:]
		frappe.log_error(
			title=_("Loyalty Club: the settlement of {0} failed").format(row.document),
			reference_doctype="Club Settlement",
			reference_name=row.name,
		)
		why = frappe.utils.strip_html(str(error) or type(error).__name__)
		row.db_set({"status": "Failed", "error": why}, update_modified=False)
		frappe.msgprint(
			_(
				"The journal between {0} and {1} could not be posted yet. It will be tried again; see Club Settlement."
			).format(row.company, row.origin),
			indicator="orange",
			alert=True,
		)
		return False
	return True


def _book(row: Any) -> None:
	"""Posts the two journals of a row."""
	doc = frappe.get_doc(row.document_type, row.document)
	amount = exact(row.amount)
	sides = []
	for company, sign in ((row.company, 1), (row.origin, -1)):
		accounts = _accounts(row, company)
		day = open_date(company, getdate(row.posting_date))
		reference = sides[0][0] if sides else None
		sides.append((_journal(row, doc, accounts, sign * amount, day, reference), day))
	row.db_set(
		{
			"status": "Posted",
			"error": None,
			"journal_entry": sides[0][0],
			"journal_date": sides[0][1],
			"origin_journal_entry": sides[1][0],
			"origin_date": sides[1][1],
		},
		update_modified=False,
	)


def _accounts(row: Any, company: str) -> tuple[CompanyPolicy, str, str]:
	"""A company's part in the program, its Inter-Company Account and the liability of the wallet."""
	program = policy.in_force(row.program)
	found = program.companies.get(company) if program else None
	liability = found.wallets[row.wallet].account if found else None
	if found is None or not found.inter_company_account or not liability:
		frappe.throw(
			_(
				"Company {0} has no Inter-Company Account, or none for {1}, in the program {2}. Set it there."
			).format(company, _(row.wallet), row.program)
		)
		raise AssertionError("frappe.throw raises")
	return found, found.inter_company_account, liability


def _journal(
	row: Any,
	doc: Any,
	accounts: tuple[CompanyPolicy, str, str],
	due: Decimal,
	day: date,
	reference: str | None,
) -> str:
	"""One side's journal. due: what the company gets from the other one (Rial), negative for what it owes."""
	part, between, liability = accounts
	company = part.company
	common = {
		"cost_center": part.cost_center or frappe.get_cached_value("Company", company, "cost_center"),
		**_dimensions(doc, company),
	}
	currency = frappe.get_cached_value("Company", company, "default_currency")
	side = "debit_in_account_currency" if due > 0 else "credit_in_account_currency"
	other = "credit_in_account_currency" if due > 0 else "debit_in_account_currency"
	journal = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Inter Company Journal Entry",
			"inter_company_journal_entry_reference": reference,
			"is_system_generated": 1,
			"company": company,
			"posting_date": day,
			"user_remark": _remark(row, company, day),
			"accounts": [
				{**common, "account": account, "account_currency": currency, which: float(abs(due))}
				for account, which in ((between, side), (liability, other))
			],
		}
	)
	journal.flags.ignore_permissions = True
	journal.flags.loyalty_club = True
	journal.insert()
	journal.submit()
	return str(journal.name)


def _dimensions(doc: Any, company: str) -> dict[str, Any]:
	"""The document's accounting dimensions in its own company; in the other one those that its accounts ask for."""
	from erpnext.accounts.doctype.accounting_dimension import accounting_dimension

	if company == doc.company:
		names = [*accounting_dimension.get_accounting_dimensions(), "project"]
	else:
		checks = accounting_dimension.get_checks_for_pl_and_bs_accounts()
		names = [each.fieldname for each in checks if each.company == company and each.mandatory_for_bs]
	return {name: doc.get(name) for name in names if doc.get(name)}


def _remark(row: Any, company: str, day: date) -> str:
	said = (
		_("{0} from {1}, spent in {2} by {3}.")
		if row.amount > 0
		else _("{0} from {1}, back from {2} by {3}.")
	)
	text = said.format(_(row.wallet), row.origin, row.company, row.document)
	asked, style = getdate(row.posting_date), policy.style()
	if day != asked:
		text += " " + _("Dated {0}: the books of {1} are closed on {2}.").format(
			style.day(day), company, style.day(asked)
		)
	return text


# ---------------------------------------------------------------------------------------------- closed books


def open_date(company: str, day: date) -> date:
	"""The first day from `day` on that a company's books take a journal on: after frozen accounts, period closing
	vouchers and closed accounting periods. Whoever may post into frozen books does not: they are closed to be left
	alone."""
	ends = [end for end in (_frozen(company), _closed(company)) if end]
	found = max([day, *(end + timedelta(days=1) for end in ends)])
	while end := _period_end(company, found):
		found = end + timedelta(days=1)
	return found


def _frozen(company: str) -> date | None:
	given = None
	if frappe.get_meta("Company").has_field("accounts_frozen_till_date"):
		given = frappe.db.get_value("Company", company, "accounts_frozen_till_date")
	if not given and frappe.get_meta("Accounts Settings").has_field("acc_frozen_upto"):
		given = frappe.db.get_single_value("Accounts Settings", "acc_frozen_upto")
	return getdate(given) if given else None


def _closed(company: str) -> date | None:
	voucher = frappe.qb.DocType("Period Closing Voucher")
	last = (
		frappe.qb.from_(voucher)
		.select(Max(voucher.period_end_date))
		.where((voucher.docstatus == 1) & (voucher.company == company))
		.run()
	)[0][0]
	return getdate(last) if last else None


def _period_end(company: str, day: date) -> date | None:
	period, closed = frappe.qb.DocType("Accounting Period"), frappe.qb.DocType("Closed Document")
	query = (
		frappe.qb.from_(period)
		.join(closed)
		.on(closed.parent == period.name)
		.select(Max(period.end_date))
		.where(
			(period.company == company)
			& (closed.document_type == "Journal Entry")
			& (closed.closed == 1)
			& (period.start_date <= day)
			& (period.end_date >= day)
		)
	)
	if frappe.get_meta("Accounting Period").has_field("disabled"):
		query = query.where(period.disabled == 0)
	last = query.run()[0][0]
	return getdate(last) if last else None


# ---------------------------------------------------------------------------------------------- undoing, trying again


def cancel(doc: Any) -> None:
	"""Undoes the settlements of a document that is being cancelled."""
	for name in frappe.get_all(
		"Club Settlement",
		filters={"document_type": doc.doctype, "document": doc.name, "status": ["in", ["Posted", "Failed"]]},
		pluck="name",
		order_by="creation asc",
	):
		row = frappe.get_doc("Club Settlement", name)
		if not row.journal_entry:
			row.db_set("status", "Cancelled", update_modified=False)
			continue
		row.db_set("undo", 1, update_modified=False)
		_attempt(row, _undo)


def _undo(row: Any) -> None:
	"""Cancels a row's journals; where the books are closed by now, posts them the other way round, the first day they
	are open."""
	sides = ((row.company, row.journal_date), (row.origin, row.origin_date))
	if all(open_date(company, getdate(day)) == getdate(day) for company, day in sides):
		accounting.cancel([row.origin_journal_entry, row.journal_entry])
		row.db_set({"status": "Cancelled", "undo": 0, "error": None}, update_modified=False)
		return
	doc = frappe.get_doc(row.document_type, row.document)
	_settle(
		doc,
		row.program,
		row.origin,
		row.wallet,
		-exact(row.quantity),
		-exact(row.amount),
		reverses=row.name,
		posting_date=max(getdate(row.posting_date), getdate(row.journal_date)),
	)
	row.db_set({"status": "Reversed", "undo": 0, "error": None}, update_modified=False)


def retry(name: str) -> bool:
	"""Tries again what could not be posted or undone; whether it is now."""
	row = frappe.get_doc("Club Settlement", name, for_update=True)
	if row.status != "Failed":
		return False
	return _attempt(row, _undo if row.undo else _book)


def retry_failed() -> int:
	"""Tries all of them again; returns how many are done now."""
	done = 0
	for name in frappe.get_all(
		"Club Settlement", filters={"status": "Failed"}, pluck="name", order_by="creation asc", limit=AT_ONCE
	):
		done += retry(name)
		if not frappe.flags.in_test:
			frappe.db.commit()  # one row's locks are not held for the next
	return done


def owner_of(journal: str) -> str | None:
	"""The document whose settlement a journal posted; None for anybody else's journal."""
	row = frappe.qb.DocType("Club Settlement")
	found = (
		frappe.qb.from_(row)
		.select(row.document)
		.where((row.journal_entry == journal) | (row.origin_journal_entry == journal))
		.where(row.status != "Cancelled")
		.limit(1)
		.run()
	)
	return found[0][0] if found else None


# ---------------------------------------------------------------------------------------------- accounts


def ensure_accounts(companies: Iterable[Any]) -> None:
	"""Makes the Inter-Company Account of a program's companies (rows of its form), if there are several."""
	companies = list(companies)
	if len(companies) < 2:
		return
	for row in companies:
		if not row.inter_company_account:
			row.inter_company_account = _ensure_account(row.company)


def check_account(company: str, name: str) -> None:
	"""Refuses what cannot be an Inter-Company Account of the company."""
	account = frappe.get_cached_value(
		"Account", name, ["company", "root_type", "account_type", "is_group"], as_dict=True
	)
	fits = account.root_type in ("Asset", "Liability") and account.account_type not in PARTY_TYPES
	if account.company != company or account.is_group or not fits:
		frappe.throw(
			_(
				"{0} cannot be the Inter-Company Account of {1}. Choose an asset or liability of it that is no group."
			).format(name, company)
		)


def _ensure_account(company: str) -> str:
	title = _(ACCOUNT)
	known = frappe.db.get_value("Account", {"company": company, "account_name": title, "is_group": 0})
	if known:
		return str(known)
	account = frappe.get_doc(
		{"doctype": "Account", "account_name": title, "company": company, "parent_account": _group(company)}
	)
	account.flags.ignore_permissions = True
	account.insert()
	return str(account.name)


def _group(company: str) -> str:
	"""The group of current assets: the one that holds the group of receivables."""
	receivable = frappe.get_cached_value("Company", company, "default_receivable_account")
	group = frappe.db.get_value("Account", receivable, "parent_account") if receivable else None
	above = frappe.db.get_value("Account", group, "parent_account") if group else None
	if above and frappe.db.get_value("Account", above, "parent_account"):
		return str(above)
	if not group:
		frappe.throw(
			_(
				"Choose the Inter-Company Account of {0}: there is no receivable account to make one beside."
			).format(company)
		)
	return str(group)
