"""The way of a document: build what the rules see, lock, ask the core, write the ledger, then the books.

The hooks call these functions; nothing here decides a rule. An award that fails never stops a sale (`club_status` says
Failed, and it is tried again); a redemption that cannot be proven stops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import frappe
from frappe import _

from loyalty_club import accounting, ledger, policy
from loyalty_club.core import lots, undo, wallets
from loyalty_club.core.errors import ClubError
from loyalty_club.core.model import ZERO, Posted, PostedReturn, Transferred, Wallet
from loyalty_club.core.posting import Club
from loyalty_club.engine import credit, discount, gift_cards, invoice, members, places, settlement, staff
from loyalty_club.engine.credit import Wish
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
	sale = invoice.amounts(doc) if doc.doctype in invoice.DOCTYPES else None
	return ledger.Act(doc.doctype, doc.name or DRAFT, str(doc.creation or ""), what, sale)


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


def program_of_account(account: str) -> InForce:
	"""The program an account belongs to."""
	name = ledger.peek(account).program
	found = policy.in_force(name)
	if found is None:
		raise frappe.ValidationError(_("The program {0} is not in force.").format(name))
	return found


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
	rows = [row for row in doc.get("club_redemptions") or [] if row.wallet in (None, "", "Points")]
	return sum((exact(row.points) for row in rows), ZERO)


def submit_sale(doc: Any, member: Member | None) -> None:
	"""Redeems and awards what a submitted invoice should. Without a member only gift cards pay."""
	redeem, asked = wanted(doc), credit.wishes(doc, member)
	member = credit.payer(member, redeem, asked)
	program = credit.program_of(member, asked)
	if program is None or doc.company not in program.companies:
		if redeem or asked:
			frappe.throw(
				_("The club is not valid in company {0}: no points can be spent.").format(doc.company)
			)
		return
	if redeem or asked:
		may_spend(member, program)
		places.check_spending(doc, program)
		with spoken(program):
			_sell(doc, member, program, redeem, asked)
		return
	if member is None or member.status != "Active" or program.status != "Active":
		return
	frappe.db.savepoint("loyalty_club")
	try:
		_sell(doc, member, program, ZERO, asked)
	except frappe.QueryDeadlockError:  # it ended the whole transaction: nothing of the sale is left to save
		raise
	except Exception as error:
		frappe.db.rollback(save_point="loyalty_club")
		failed(doc, error)


def may_spend(member: Member | None, program: InForce) -> None:
	"""Refuses for a member who is not active and a program that is closed."""
	if member is not None and member.status != "Active":
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
		return _sell(doc, member, program, ZERO, [], "attach")


def _sell(
	doc: Any,
	member: Member | None,
	program: InForce,
	redeem: Decimal,
	asked: list[Wish],
	what: str = "submit",
) -> Posted | None:
	session = open_session(
		program,
		act_of(doc, what),
		company=doc.company,
		branch=invoice.branch(doc),
		until=invoice.day(doc),
		seen={member.account: member.version} if member else None,
	)
	session.store.open({*([member.account] if member else []), *(wish.account for wish in asked)})
	name = document_name(session.store, doc)
	posted = sell(session, doc, member, redeem, asked, name=name, paid=_is_paid(doc, program))
	if posted is None:
		_mark(doc, "Posted")
		return None
	session.store.write()
	if redeem or asked:
		settlement.post(doc, program, session.store.batch)
		worth = ZERO if posted.by_discount else lots.value(posted.spent)
		_book_redemption(doc, program.companies[doc.company], worth, asked)
	_mark(doc, "Waiting" if posted.held else "Posted")
	return posted


def sell(
	session: Session,
	doc: Any,
	member: Member | None,
	redeem: Decimal,
	asked: list[Wish],
	*,
	name: str,
	paid: bool,
) -> Posted | None:
	"""Asks the rules to post a sale, by points, wallets of money and other tenders; None if it was posted before. The
	accounts are open; nothing is written yet."""
	club = session.club
	shares = plan(session, doc, asked)
	account = member.account if member else shares[0].account
	purchase = invoice.purchase(
		doc,
		account,
		redeem,
		paid=paid,
		name=name,
		credit=wallets.tenders(shares),
		barred=staff.barred(doc, member, session) if member else None,
	)
	posted = club.sale(purchase) if member else wallets.keep(club, purchase, account)
	if posted is not None:
		wallets.pay(club, purchase.id, shares, purchase.day)
	return posted


def plan(session: Session, doc: Any, asked: list[Wish]) -> tuple[wallets.Share, ...]:
	"""What the wallets give of what they are asked for. Raises ClubError."""
	if not asked:
		return ()
	wished = [(wish.account, wish.mode, wish.amount) for wish in asked]
	return wallets.plan(session.club, wished, invoice.goods(doc), invoice.day(doc))


def _is_paid(doc: Any, program: InForce) -> bool:
	"""Whether the invoice owes nothing once its points have paid; asked only where awards wait for that."""
	if program.rules.earning.award != "when_paid":
		return True
	outstanding = exact(frappe.db.get_value(doc.doctype, doc.name, "outstanding_amount"))
	rows = [] if doc.get("is_pos") else doc.get("club_redemptions") or []
	if discount.used_by(program):
		rows = [row for row in rows if row.wallet not in (None, "", "Points")]
	by_wallets = sum(exact(row.amount) for row in rows)
	return outstanding - by_wallets <= 0 and not waits_for_cheque(doc.doctype, doc.name)


def _book_redemption(
	doc: Any, company: policy.CompanyPolicy, points_worth: Decimal, asked: list[Wish]
) -> None:
	"""What wallets paid in the books: proven by the tenders of a document with payments, a journal each for any other.
	points_worth: Rial that points paid, 0 where they were a discount."""
	paid = [(wish.row, wish.wallet, wish.amount) for wish in asked]
	points = next((row for row in doc.club_redemptions if row.wallet in (None, "", "Points")), None)
	if points is not None and points_worth:
		paid.insert(0, (points, "Points", points_worth))
	if doc.get("is_pos"):
		_check_tenders(doc, company, paid)
	for row, wallet, amount in paid:
		journal = None if doc.get("is_pos") else accounting.redeem(doc, company, amount, wallet)
		row.db_set({"amount": float(amount), "journal_entry": journal}, update_modified=False)


def _check_tenders(doc: Any, company: policy.CompanyPolicy, paid: list[tuple[Any, Wallet, Decimal]]) -> None:
	"""Refuses tenders of the club that are not exactly what its wallets pay."""
	rate = exact(doc.conversion_rate or 1)
	for wallet, (_account, mode) in company.wallets.items():
		value = sum((amount for _row, of, amount in paid if of == wallet), ZERO)
		tender = sum((exact(row.amount) for row in doc.payments if row.mode_of_payment == mode), ZERO) * rate
		if abs(tender - value) > Decimal("0.01") * max(rate, 1):
			frappe.throw(
				_("{0} is to pay {1}, but the payment by {2} says {3}. Save the document again.").format(
					_(wallet), policy.style().money(value), mode, policy.style().money(tender)
				)
			)


# ---------------------------------------------------------------------------------------------- return


def return_session(doc: Any, member: Member | None, *, dry: bool = False) -> tuple[Session, str] | None:
	"""The rules for a credit note, and the account it concerns; None if no member has to do with it."""
	account, accounts = None, []
	if doc.get("return_against"):
		account, accounts = accounts_of(doc.return_against)
	if account is None and member is not None:
		account = member.account
	if account is None:
		return None
	program = program_of_account(account)
	if doc.company not in program.companies:
		return None
	if doc.get("club_refund_as_credit") and member is not None and not dry:
		accounts.append(members.open_wallet(member, "Cash Credit"))
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


def accounts_of(name: str) -> tuple[str | None, list[str]]:
	"""Where a document is posted now (None: nowhere), and every account that undoing it can touch: wallets that paid
	it, members who hold points of it, and what any of them became by merging. All are locked at once, in one order."""
	known = ledger.posting(name, True)
	if known is None:
		return None, []
	document = known[0]
	heirs = ledger_heirs(document.account)
	paid_by: set[str] = set()
	if isinstance(document, Posted):
		paid_by = {tender.account for tender in document.tenders if tender.account}
		paid_by |= {holder for holder, _lot in ledger.descendants(document.lot)} if document.lot else set()
	if isinstance(document, PostedReturn):
		paid_by = {account for account, _amount in document.credited}
		paid_by |= {lot.account for lot, _points in document.taken if lot}
	if isinstance(document, Transferred):
		paid_by = {document.receiver}
	return heirs[-1], [*heirs, *(each for account in sorted(paid_by) for each in ledger_heirs(account))]


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
		day = max(invoice.day(doc), session.store.account(account).clock)
		if kept[0]:
			why = _("Paid from the refund of {0}").format(doc.name)
			session.club.adjust(withholding(name), account, kept[0], day, why)
		as_credit = refund_as_credit(doc, member, back, kept[1])
		if as_credit:
			assert member is not None
			wallet = members.open_wallet(member, "Cash Credit")
			wallets.keep_refund(session.club, refund_kept(name), wallet, as_credit, day, doc.name)
	session.store.write()
	settlement.post(doc, session.program, session.store.batch)
	_book_return(doc, session, back, kept, as_credit)
	_mark(doc, "Posted")


def refund_as_credit(doc: Any, member: Member | None, back: PostedReturn, withheld_: Decimal) -> Decimal:
	"""Rial that a return would give back in money and that stay as the member's Cash Credit, because the return asks
	for it. Raises ValidationError where nobody can hold it, or the invoice is not paid."""
	if not doc.get("club_refund_as_credit"):
		return ZERO
	if member is None:
		frappe.throw(
			_("Only a club member can keep a refund as credit. Clear the tick, or let the customer join.")
		)
	if doc.get("return_against") and not doc.get("is_pos"):
		owed = exact(frappe.db.get_value(doc.doctype, doc.return_against, "outstanding_amount"))
		if owed > 0:
			frappe.throw(
				_("{0} is not paid yet: there is no money to keep as credit. Clear the tick.").format(
					doc.return_against
				)
			)
	money = sum((amount for mode, amount in back.money if mode not in invoice.CLUB_MODES), ZERO)
	return max(ZERO, money - withheld_)


def refund_kept(name: str) -> str:
	"""Under which name it is posted that a return's refund stayed as credit."""
	return f"{name}:credit"


def withheld(session: Session, account: str, back: PostedReturn, gross: Decimal) -> tuple[Decimal, Decimal]:
	"""The points that a return could not take back, and what they are worth now: what its refund may be reduced by.
	Never more than is refunded in money. gross: what the document asks for, in the company's currency."""
	rules = session.program.rules
	price = rules.spending.point_value
	if not price:
		return ZERO, ZERO
	owed = sum((points for lot, points in back.taken if lot is None), ZERO)
	points = min(owed, session.store.account(account).deficit)
	money = max(ZERO, gross - back.refunded_value)
	points = min(points, money / price // rules.quantum * rules.quantum)
	return points, points * price


def withholding(name: str) -> str:
	"""Under which name it is posted that a return's refund paid for missing points."""
	return f"{name}:withheld"


def _book_return(
	doc: Any, session: Session, back: PostedReturn, kept: tuple[Decimal, Decimal], as_credit: Decimal
) -> None:
	"""What went back to wallets, points that the refund paid for, and a refund that stays as credit, each with a
	journal of its own; with payments the refund's tenders have booked them."""
	company = session.program.companies[doc.company]
	points = sum((each for _lot, each in back.restored), ZERO)
	value = lots.value(back.restored)
	booked: list[tuple[Wallet, str, Decimal, Decimal, Callable[[], str | None]]] = [
		("Points", "", points, value, lambda: _give_points_back(doc, company, back)),
		("Points", "", *kept, lambda: accounting.withhold(doc, company, kept[1])),
		("Cash Credit", "", as_credit, as_credit, lambda: accounting.keep_refund(doc, company, as_credit)),
	]
	for account, amount in back.credited:
		wallet = session.store.account(account).wallet
		give = partial(accounting.give_back, doc, company, amount, wallet)
		booked.append((wallet, account, amount, amount, give))
	if not any(number for _wallet, _account, number, *_rest in booked):
		return
	for row in doc.get("club_redemptions") or []:
		row.delete(ignore_permissions=True, force=True)
	doc.set("club_redemptions", [])
	for wallet, account, number, amount, book in booked:
		if number:
			card = frappe.db.get_value("Club Account", account, "gift_card") if account else None
			fields = {
				"wallet": wallet,
				"gift_card": card,
				"account": account or None,
				"points": float(number),
				"amount": float(amount),
				"journal_entry": None if doc.get("is_pos") else book(),
			}
			doc.append("club_redemptions", fields).db_insert()


def _give_points_back(doc: Any, company: policy.CompanyPolicy, back: PostedReturn) -> str | None:
	"""The journal of points that come back; none where they had been a discount, which the return itself undoes."""
	return accounting.give_back(doc, company, back.refunded_value) if back.refunded_value else None


# ---------------------------------------------------------------------------------------------- cancellation


def cancel_document(doc: Any) -> None:
	"""Undoes what a cancelled invoice, credit note, adjustment or transfer posted."""
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
	name = rows[0].name
	account, accounts = accounts_of(name)
	assert account
	if doc.get("club_refund_as_credit"):
		accounts += accounts_of(refund_kept(name))[1]
	program = program_of_account(account)
	session = open_session(
		program,
		act_of(doc, "cancel"),
		company=doc.get("company"),
		branch=invoice.branch(doc),
		until=policy.club_today(),
	)
	session.store.open([account, *accounts])
	with spoken(program):
		today = policy.club_today()
		undone = False
		if doc.get("club_refund_as_credit"):
			kept = refund_kept(name)
			undone = undo.cancel(session.club, kept, today, f"{kept}:cancel")
		if doc.get("club_withhold"):
			paid = withholding(name)
			undone = undo.cancel(session.club, paid, today, f"{paid}:cancel") or undone
		undone = undo.cancel(session.club, name, today, f"{name}:cancel") or undone
	if undone:
		session.store.write()


def journals_of(doc: Any) -> list[str]:
	"""The club's journals of a document, from its own rows."""
	return [row.journal_entry for row in doc.get("club_redemptions") or [] if row.journal_entry]


# ---------------------------------------------------------------------------------------------- payment


def waits_for_cheque(doctype: str, name: str) -> bool:
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
	program = program_of_account(account.name)
	if program.rules.earning.award != "when_paid":
		return
	owes, docstatus, company = frappe.db.get_value(
		doctype, name, ["outstanding_amount", "docstatus", "company"]
	)
	paid = exact(owes) <= 0 and not waits_for_cheque(doctype, name)
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
	"""Gives or takes points, or money of a wallet, by hand; money goes through the books."""
	account = _adjusted_account(doc)
	program = program_of_account(account)
	session = open_session(
		program,
		act_of(doc, "submit"),
		company=doc.company,
		branch=doc.branch,
		until=frappe.utils.getdate(doc.posting_date),
	)
	session.store.open([account])
	with spoken(program):
		done = session.club.adjust(
			document_name(session.store, doc),
			account,
			exact(doc.points),
			frappe.utils.getdate(doc.posting_date),
			doc.reason,
			frappe.utils.getdate(doc.expires_on) if doc.expires_on else None,
			granted=doc.wallet != "Cash Credit" and doc.kind != "Paid In",
		)
	if done is not None:
		session.store.write()
		if doc.wallet not in (None, "", "Points"):
			_book_adjustment(doc, program)
		if doc.journal_entry:
			settlement.post(doc, program, session.store.batch)


def _adjusted_account(doc: Any) -> str:
	"""The account that an adjustment moves, opened where it is a wallet's first money."""
	if doc.wallet == "Gift Card":
		return gift_cards.open_account(doc.gift_card)
	member = members.survivor(members.by_name(doc.member))
	return member.account if doc.wallet in (None, "", "Points") else members.open_wallet(member, doc.wallet)


def _book_adjustment(doc: Any, program: InForce) -> None:
	"""The journal of an adjustment of money: against the drawer, or the expense of what is given. An opening balance
	has none: it stands in the books that it comes from."""
	company = program.companies.get(doc.company)
	if company is None:
		frappe.throw(
			_("Choose a company of the program {0}: money goes through its books.").format(program.name)
		)
		raise AssertionError
	if doc.kind in ("Opening Balance", "Imported"):
		return
	if doc.kind in ("Paid In", "Paid Out"):
		against = accounting.account_of(doc.mode_of_payment, doc.company)
		if not against:
			frappe.throw(
				_("The mode of payment {0} has no account in {1}.").format(doc.mode_of_payment, doc.company)
			)
	else:
		against = company.marketing_account
		if not against:
			frappe.throw(
				_("The program {0} has no marketing expense account in {1}. What is given needs one.").format(
					program.name, doc.company
				)
			)
	doc.db_set(
		"journal_entry",
		accounting.adjust(doc, company, exact(doc.points), doc.wallet, str(against)),
		update_modified=False,
	)


# ---------------------------------------------------------------------------------------------- merging


def merge(gone: Member, stays: Member) -> None:
	"""Makes one member of two: points, debts and purchases move, and later returns of either find them."""
	program = program_of(stays.name)
	act = ledger.Act("Club Member", gone.name, str(frappe.utils.now_datetime()), f"merge into {stays.name}")
	session = open_session(program, act, company=None, branch=None, until=policy.club_today())
	mine = members.wallets_of(gone.name)
	pairs = {wallet: (account, members.open_wallet(stays, wallet)) for wallet, account in mine.items()}
	session.store.open([account for pair in pairs.values() for account in pair])
	with spoken(program):
		for wallet, (source, target) in sorted(pairs.items()):
			name = f"{gone.name} > {stays.name}"
			name = name if wallet == "Points" else f"{name} {wallet}"
			session.club.merge(name, source, target, policy.club_today())
	session.store.write()
	table = frappe.qb.DocType("Club Member")
	(
		frappe.qb.update(table)
		.set(table.status, "Merged")
		.set(table.left_on, policy.club_today())
		.set(table.merged_into, stays.name)
		.set(table.customer, None)
		.where(table.name == gone.name)
		.run()
	)
	staff.inherit(gone, stays)
	frappe.clear_document_cache("Club Member", gone.name)


def let_time_pass(account: str, day: date) -> bool:
	"""Lets everything happen to an account that is due by itself up to the morning of `day`; whether anything did."""
	program = program_of_account(account)
	session = open_session(program, ledger.Act.of_time(), company=None, branch=None, until=day)
	session.store.open([account])
	moved = session.store.account(account)
	due = moved.next_due
	session.club.advance(moved, day)
	did = bool(session.store.entries or session.store.batch.changes)
	if did or moved.next_due != due:  # a due day that brought nothing must not be asked about every night
		session.store.write()
	return did
