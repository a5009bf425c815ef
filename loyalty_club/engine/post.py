"""The way of a document: build what the rules see, lock, ask the core, write the ledger, then the books.

The hooks call these functions; nothing here decides a rule. An award that fails never stops a sale (`club_status` says
Failed, and it is tried again); a redemption that cannot be proven stops it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _

from loyalty_club import accounting, ledger, policy
from loyalty_club.core import lots, undo
from loyalty_club.core.errors import ClubError
from loyalty_club.core.model import ZERO, Posted, PostedReturn
from loyalty_club.core.posting import Club
from loyalty_club.engine import invoice, members, places, settlement, staff
from loyalty_club.engine.members import Member
from loyalty_club.engine.store import SiteStore
from loyalty_club.policy import InForce, exact

DRAFT = "draft"


class Session(NamedTuple):
	"""The rules on the site's tables, for one act."""

	club: Club
	store: SiteStore
	program: InForce


# ---------------------------------------------------------------------------------------------- opening


def act_of(doc: Any, what: str) -> ledger.Act:
	"""The act of a document."""
	return ledger.Act(doc.doctype, doc.name or DRAFT, str(doc.creation or ""), what)


def open_session(
	program: InForce,
	act: ledger.Act,
	*,
	company: str | None,
	branch: str | None,
	until: date,
	seen: dict[str, int] | None = None,
	dry: bool = False,
) -> Session:
	"""The rules of a program on the site's tables."""
	place = ledger.Place(company, branch, program.version)
	store = SiteStore(program.rules, act, place, until=until, seen=seen, dry=dry)
	return Session(Club(program.rules, store), store, program)


def program_of(member: str) -> InForce:
	"""The program a member is in."""
	name = frappe.db.get_value("Club Member", member, "program")
	found = policy.in_force(name)
	if found is None:
		raise frappe.ValidationError(_("The program {0} is not in force.").format(name))
	return found


@contextmanager
def spoken(program: InForce | None = None) -> Iterator[None]:
	"""What the rules refuse becomes one clear message in the user's language."""
	try:
		yield
	except ClubError as refused:
		style = policy.style(program.rules if program else None)
		frappe.throw(refused.text(style), title=_("Loyalty Club"))


def document_name(store: SiteStore, doc: Any) -> str:
	"""Under which name a document is posted: its own, unless a deleted one of the same name was posted before."""
	known = store.creation_of(doc.name)
	if known and known != str(doc.creation):
		return f"{doc.name} ({doc.creation})"
	return str(doc.name)


# ---------------------------------------------------------------------------------------------- sale


def wanted(doc: Any) -> Decimal:
	"""The points the document's redemption rows ask for."""
	return sum((exact(row.points) for row in doc.get("club_redemptions") or []), ZERO)


def submit_sale(doc: Any, member: Member) -> None:
	"""Redeems and awards what a submitted invoice should."""
	program = policy.in_force(member.program)
	redeem = wanted(doc)
	if program is None or doc.company not in program.companies:
		if redeem:
			frappe.throw(
				_("The club is not valid in company {0}: no points can be spent.").format(doc.company)
			)
		return
	if redeem:
		may_spend(member, program)
		places.check_spending(doc, program)
		with spoken(program):
			_sell(doc, member, program, redeem)
		return
	if member.status != "Active" or program.status != "Active":
		return
	frappe.db.savepoint("loyalty_club")
	try:
		_sell(doc, member, program, ZERO)
	except frappe.QueryDeadlockError:  # it ended the whole transaction: nothing of the sale is left to save
		raise
	except Exception as error:
		frappe.db.rollback(save_point="loyalty_club")
		failed(doc, error)


def may_spend(member: Member, program: InForce) -> None:
	"""Refuses for a member who is not active and a program that is closed."""
	if member.status != "Active":
		frappe.throw(
			_("Member {0} is {1}: no points can be spent. Make the member active first.").format(
				member.name, _(member.status, context="Club Member")
			)
		)
	if program.status != "Active":
		frappe.throw(_("The program {0} is closed: no points can be spent.").format(program.name))


def expect(doc: Any, member: Member | None) -> None:
	"""Writes the status that submitting will most likely give, so that it needs no statement of its own."""
	program = policy.in_force(member.program) if member else None
	active = program is not None and program.status == "Active" and doc.company in program.companies
	doc.club_status = "Posted" if active and member is not None and member.status == "Active" else ""


def _mark(doc: Any, status: str) -> None:
	"""The document's status, where it is not what was expected."""
	if doc.get("club_status") != status:
		doc.db_set("club_status", status, update_modified=False)


def failed(doc: Any, error: Exception) -> None:
	"""Notes that an award failed: shown on the document, tried again by the scheduler."""
	doc.log_error(title=_("Loyalty Club: the award of {0} failed").format(doc.name))
	_mark(doc, "Failed")
	frappe.msgprint(
		_("The sale is complete, but its points could not be given yet. They will be tried again."),
		indicator="orange",
		alert=True,
	)


def retry(doc: Any) -> bool:
	"""Tries a failed award again; whether the document is posted now."""
	if doc.docstatus != 1 or doc.get("club_status") != "Failed":
		return False
	member = members.by_name(doc.club_member) if doc.get("club_member") else None
	if doc.get("is_return"):
		submit_return(doc, member)
	elif member is not None:
		submit_sale(doc, members.survivor(member))
	return str(frappe.db.get_value(doc.doctype, doc.name, "club_status")) != "Failed"


def attach(doc: Any, member: Member, program: InForce) -> Posted | None:
	"""Awards a sale that was submitted without a member to one, as if it had been the member's; None if it was posted
	before. Spends nothing. (`attach` decides whether it may be.)"""
	with spoken(program):
		return _sell(doc, member, program, ZERO, "attach")


def _sell(doc: Any, member: Member, program: InForce, redeem: Decimal, what: str = "submit") -> Posted | None:
	company = program.companies[doc.company]
	session = open_session(
		program,
		act_of(doc, what),
		company=doc.company,
		branch=invoice.branch(doc),
		until=invoice.day(doc),
		seen={member.account: member.version},
	)
	session.store.open([member.account])
	name = document_name(session.store, doc)
	purchase = invoice.purchase(
		doc,
		member.account,
		redeem,
		company.mode_of_payment,
		paid=_is_paid(doc, program),
		name=name,
		barred=staff.barred(doc, member, session),
	)
	posted = session.club.sale(purchase)
	if posted is None:
		_mark(doc, "Posted")
		return None
	value = lots.value(posted.spent)
	session.store.write()
	if redeem:
		settlement.post(doc, program, session.store.batch)
		_book_redemption(doc, company, posted, value)
	_mark(doc, "Waiting" if posted.held else "Posted")
	return posted


def _is_paid(doc: Any, program: InForce) -> bool:
	"""Whether the invoice owes nothing once its points have paid; asked only where awards wait for that."""
	if program.rules.earning.award != "when_paid":
		return True
	outstanding = exact(frappe.db.get_value(doc.doctype, doc.name, "outstanding_amount"))
	by_points = (
		ZERO if doc.get("is_pos") else sum(exact(row.amount) for row in doc.get("club_redemptions") or [])
	)
	return outstanding - by_points <= 0 and not _waits_for_cheque(doc.doctype, doc.name)


def _book_redemption(doc: Any, company: policy.CompanyPolicy, posted: Posted, value: Decimal) -> None:
	"""The redemption in the books: proven by the tender of a document with payments, a journal for any other."""
	rows = doc.club_redemptions
	if doc.get("is_pos"):
		rate = exact(doc.conversion_rate or 1)
		tender = sum(
			exact(row.amount) for row in doc.payments if row.mode_of_payment == company.mode_of_payment
		)
		if abs(tender * rate - value) > Decimal("0.01") * max(rate, 1):
			frappe.throw(
				_(
					"The points are worth {0}, but the payment by {1} says {2}. Save the document again."
				).format(
					policy.style().money(value), company.mode_of_payment, policy.style().money(tender * rate)
				)
			)
		rows[0].db_set("amount", float(value), update_modified=False)
		return
	journal = accounting.redeem(doc, company, value)
	rows[0].db_set({"amount": float(value), "journal_entry": journal}, update_modified=False)


# ---------------------------------------------------------------------------------------------- return


def return_session(doc: Any, member: Member | None, *, dry: bool = False) -> tuple[Session, str] | None:
	"""The rules for a credit note, and the account it concerns; None if no member has to do with it."""
	account, accounts = None, []
	if doc.get("return_against"):
		account = frappe.db.get_value("Club Posting", doc.return_against, "account")
		accounts = ledger_heirs(account) if account else []
		account = accounts[-1] if accounts else None
	if account is None and member is not None:
		account = member.account
	if account is None:
		return None
	program = program_of(ledger.peek(account).member)
	if doc.company not in program.companies:
		return None
	session = open_session(
		program,
		act_of(doc, "submit"),
		company=doc.company,
		branch=invoice.branch(doc),
		until=invoice.day(doc),
		dry=dry,
	)
	session.store.open({*accounts, account})
	original = session.store.document(doc.return_against) if doc.get("return_against") else None
	if isinstance(original, Posted) and original.cancelled:
		return None  # a member was attached to the sale, and it was undone
	return session, account


def ledger_heirs(account: str) -> list[str]:
	"""An account and those it became by merging, the present one last."""
	found = [account]
	while heir := ledger.peek(found[-1]).state.get("heir"):
		found.append(heir)
	return found


def submit_return(doc: Any, member: Member | None) -> None:
	"""Undoes what the returned lines earned, and gives back what points paid of them."""
	opened = return_session(doc, member)
	if opened is None:
		return
	session, account = opened
	name = document_name(session.store, doc)
	with spoken(session.program):
		back = undo.bring_back(session.club, invoice.brought_back(doc, account, name))
		if back is None:
			return
		kept = ZERO, ZERO
		if doc.get("club_withhold"):
			kept = withheld(session, account, back, invoice.gross(doc))
		if kept[0]:
			why = _("Paid from the refund of {0}").format(doc.name)
			day = max(invoice.day(doc), session.store.account(account).clock)
			session.club.adjust(withholding(name), account, kept[0], day, why)
	session.store.write()
	settlement.post(doc, session.program, session.store.batch)
	_book_return(doc, session.program.companies[doc.company], back, kept)
	_mark(doc, "Posted")


def withheld(session: Session, account: str, back: PostedReturn, gross: Decimal) -> tuple[Decimal, Decimal]:
	"""The points that a return could not take back, and what they are worth now: what its refund may be reduced by.
	Never more than is refunded in money. gross: what the document asks for, in the company's currency."""
	rules = session.program.rules
	price = rules.spending.point_value
	if not price:
		return ZERO, ZERO
	owed = sum((points for lot, points in back.taken if lot is None), ZERO)
	points = min(owed, session.store.account(account).deficit)
	money = max(ZERO, gross - lots.value(back.restored))
	points = min(points, money / price // rules.quantum * rules.quantum)
	return points, points * price


def withholding(name: str) -> str:
	"""Under which name it is posted that a return's refund paid for missing points."""
	return f"{name}:withheld"


def _book_return(
	doc: Any, company: policy.CompanyPolicy, back: PostedReturn, kept: tuple[Decimal, Decimal]
) -> None:
	"""Points given back and points that the refund paid for, each with a journal of its own; with payments the refund's
	tenders have booked them."""
	points = sum((each for _lot, each in back.restored), ZERO)
	if not points and not kept[0]:
		return
	for row in doc.get("club_redemptions") or []:
		row.delete(ignore_permissions=True, force=True)
	doc.set("club_redemptions", [])
	for number, value, book in (
		(points, lots.value(back.restored), accounting.give_back),
		(*kept, accounting.withhold),
	):
		if number:
			journal = None if doc.get("is_pos") else book(doc, company, value)
			fields = {
				"wallet": "Points",
				"points": float(number),
				"amount": float(value),
				"journal_entry": journal,
			}
			doc.append("club_redemptions", fields).db_insert()


# ---------------------------------------------------------------------------------------------- cancellation


def cancel_document(doc: Any) -> None:
	"""Undoes what a cancelled invoice, credit note or adjustment posted."""
	rows = frappe.get_all(
		"Club Posting",
		filters={
			"source_name": doc.name,
			"source_doctype": doc.doctype,
			"source_creation": doc.creation,
			"kind": ["!=", "note"],
		},
		fields=["name", "account"],
		limit=1,
	)
	if not rows:
		return
	name, accounts = rows[0].name, ledger_heirs(rows[0].account)
	account = accounts[-1]
	program = program_of(ledger.peek(account).member)
	session = open_session(
		program,
		act_of(doc, "cancel"),
		company=doc.get("company"),
		branch=invoice.branch(doc),
		until=policy.club_today(),
	)
	session.store.open([account])
	with spoken(program):
		today = policy.club_today()
		undone = False
		if doc.get("club_withhold"):
			paid = withholding(name)
			undone = undo.cancel(session.club, paid, today, f"{paid}:cancel")
		undone = undo.cancel(session.club, name, today, f"{name}:cancel") or undone
	if undone:
		session.store.write()


def journals_of(doc: Any) -> list[str]:
	"""The club's journals of a document, from its own rows."""
	return [row.journal_entry for row in doc.get("club_redemptions") or [] if row.journal_entry]


# ---------------------------------------------------------------------------------------------- payment


def _waits_for_cheque(doctype: str, name: str) -> bool:
	"""Whether a cheque that pays the invoice has not cleared yet."""
	modes = [row.mode_of_payment for row in policy.settings().get("cheque_modes") or []]
	if not modes:
		return False
	payment = frappe.qb.DocType("Payment Entry")
	reference = frappe.qb.DocType("Payment Entry Reference")
	return bool(
		frappe.qb.from_(reference)
		.join(payment)
		.on(payment.name == reference.parent)
		.select(payment.name)
		.where(
			(reference.reference_doctype == doctype)
			& (reference.reference_name == name)
			& (payment.docstatus == 1)
			& (payment.mode_of_payment.isin(modes))
			& (payment.clearance_date.isnull())
			& (reference.allocated_amount > 0)
		)
		.limit(1)
		.run()
	)


def settle(doctype: str, name: str) -> None:
	"""Gives or takes back an award that depends on payment, by what the invoice owes now."""
	row = frappe.db.get_value(
		"Club Posting",
		{"name": name, "kind": "sale", "source_doctype": doctype},
		["account", "held"],
		as_dict=True,
	)
	if not row:
		return
	accounts = ledger_heirs(row.account)
	account = ledger.peek(accounts[-1])
	program = program_of(account.member)
	if program.rules.earning.award != "when_paid":
		return
	owes, docstatus, company = frappe.db.get_value(
		doctype, name, ["outstanding_amount", "docstatus", "company"]
	)
	paid = exact(owes) <= 0 and not _waits_for_cheque(doctype, name)
	if docstatus != 1 or paid != bool(row.held):
		return
	doc = frappe.get_doc(doctype, name)
	session = open_session(
		program,
		act_of(doc, f"{'paid' if paid else 'unpaid'} {account.version}"),
		company=company,
		branch=invoice.branch(doc),
		until=policy.club_today(),
		seen={account.name: account.version},
	)
	session.store.open(accounts)
	today = policy.club_today()
	done = session.club.pay(name, today) if paid else session.club.unpay(name, today, name)
	if done:
		session.store.write()
		frappe.db.set_value(
			doctype, name, "club_status", "Posted" if paid else "Waiting", update_modified=False
		)


# ---------------------------------------------------------------------------------------------- adjustment


def submit_adjustment(doc: Any) -> None:
	"""Gives or takes points by hand."""
	member = members.survivor(members.by_name(doc.member))
	program = program_of(member.name)
	session = open_session(
		program,
		act_of(doc, "submit"),
		company=doc.company,
		branch=doc.branch,
		until=frappe.utils.getdate(doc.posting_date),
		seen={member.account: member.version},
	)
	session.store.open([member.account])
	with spoken(program):
		done = session.club.adjust(
			document_name(session.store, doc),
			member.account,
			exact(doc.points),
			frappe.utils.getdate(doc.posting_date),
			doc.reason,
			frappe.utils.getdate(doc.expires_on) if doc.expires_on else None,
		)
	if done is not None:
		session.store.write()


# ---------------------------------------------------------------------------------------------- merging


def merge(gone: Member, stays: Member) -> None:
	"""Makes one member of two: points, debts and purchases move, and later returns of either find them."""
	program = program_of(stays.name)
	act = ledger.Act("Club Member", gone.name, str(frappe.utils.now_datetime()), f"merge into {stays.name}")
	session = open_session(program, act, company=None, branch=None, until=policy.club_today())
	session.store.open([gone.account, stays.account])
	with spoken(program):
		session.club.merge(f"{gone.name} > {stays.name}", gone.account, stays.account, policy.club_today())
	session.store.write()
	table = frappe.qb.DocType("Club Member")
	(
		frappe.qb.update(table)
		.set(table.status, "Merged")
		.set(table.merged_into, stays.name)
		.set(table.customer, None)
		.where(table.name == gone.name)
		.run()
	)
	frappe.clear_document_cache("Club Member", gone.name)


def let_time_pass(account: str, day: date) -> bool:
	"""Lets everything happen to an account that is due by itself up to the morning of `day`; whether anything did."""
	program = program_of(ledger.peek(account).member)
	act = ledger.Act("Club Account", account, "", f"time {day.isoformat()}")
	session = open_session(program, act, company=None, branch=None, until=day)
	session.store.open([account])
	moved = session.store.account(account)
	due = moved.next_due
	session.club.advance(moved, day)
	did = bool(session.store.entries or session.store.batch.changes)
	if did or moved.next_due != due:  # a due day that brought nothing must not be asked about every night
		session.store.write()
	return did
