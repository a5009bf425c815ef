"""Transfers from member to member: who may give what to whom, the giver's confirmation, and the posting.

Whether and how much may be given is in Loyalty Club Settings; `core.transfers` decides by it. A transfer moves
something only once it is confirmed: by the giver's PIN, by a code that was made for it and sent to the giver, or by a
manager's approval with a reason, which the giver's statement shows.

Whoever sends messages names a function in the hook `loyalty_club_transfer_code`; it gets the transfer, the giver's
Club Member and the code. Only a digest of the code is kept, bound to what is transferred; it lives for ten minutes and
five wrong tries.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime
from frappe.utils.password import get_encryption_key

from loyalty_club import ledger, persian, policy
from loyalty_club.core import lots, transfers
from loyalty_club.core.account import Account
from loyalty_club.core.errors import ClubError
from loyalty_club.core.model import ZERO
from loyalty_club.core.transfers import Limits
from loyalty_club.engine import draft, members
from loyalty_club.engine import post as posts
from loyalty_club.engine.members import Member
from loyalty_club.policy import InForce, exact

WALLETS = {"Points": "points", "Cash Credit": "cash_credit", "Gift Credit": "gift_credit"}
HOOK = "loyalty_club_transfer_code"
CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=60)
APPROVERS = ("Club Manager", "System Manager")


class Pair(NamedTuple):
	"""Who gives, who receives, by which program's rules."""

	giver: Member
	receiver: Member
	program: InForce


# ---------------------------------------------------------------------------------------------- what is allowed


def limits(wallet: str) -> Limits | None:
	"""How much of a wallet may be given; None if nothing may."""
	club = policy.settings()
	if not club.get(f"transfer_{WALLETS[wallet]}"):
		return None
	kind = "transfer" if wallet == "Points" else "transfer_credit"

	def limit(name: str) -> Decimal | None:
		number = club.get(f"{kind}_{name}")
		return exact(number) if number else None

	return Limits(
		limit("minimum") or ZERO,
		limit("most"),
		limit("day_limit"),
		limit("month_limit"),
		int(club.transfer_held_days or 0),
	)


def _allowed(wallet: str) -> Limits:
	found = limits(wallet) if wallet in WALLETS else None
	if found is None:
		frappe.throw(
			_(
				"{0} cannot be transferred between members. Allow it in Loyalty Club Settings, Transfers."
			).format(_(wallet))
		)
		raise AssertionError
	return found


def pair(giver: str, receiver: str, company: str | None) -> Pair:
	"""The two members of a transfer. Raises ValidationError where nothing may go between them."""
	one, other = members.by_name(giver), members.by_name(receiver)
	if members.survivor(one).name == members.survivor(other).name:
		frappe.throw(
			_("Member {0} cannot transfer anything to themselves. Choose another member.").format(
				_called(one)
			)
		)
	for each in (one, other):
		if each.status == "Merged":
			frappe.throw(
				_("Member {0} was merged into {1}. Choose that member.").format(each.name, each.merged_into)
			)
		if each.status != "Active":
			frappe.throw(
				_("Member {0} is {1}: nothing can be transferred. Make the member active first.").format(
					_called(each), _(each.status, context="Club Member")
				)
			)
	if one.program != other.program:
		frappe.throw(
			_("{0} is a member of {1}, {2} of {3}. Nothing is transferred between programs.").format(
				_called(one), one.program, _called(other), other.program
			)
		)
	program = posts.program_of(one.name)
	if program.status != "Active":
		frappe.throw(_("The program {0} is closed: nothing can be transferred.").format(program.name))
	if company and company not in program.companies:
		frappe.throw(_("The club is not valid in company {0}. Choose another company.").format(company))
	return Pair(one, other, program)


def _called(member: Member) -> str:
	name = frappe.get_cached_value("Customer", member.customer, "customer_name") if member.customer else ""
	return f"{name} ({member.name})" if name else member.name


# ---------------------------------------------------------------------------------------------- the draft


def fill(doc: Any) -> None:
	"""Finds giver and receiver by what was scanned or typed; what was typed is not kept."""
	for field in ("giver", "receiver"):
		text = doc.get(f"{field}_found")
		if text:
			doc.set(field, members.find(text, doc.company).member.name)
			doc.set(f"{field}_found", None)
		if doc.get(field):
			doc.set(f"{field}_name", frappe.db.get_value("Club Member", doc.get(field), "customer_name"))


def check(doc: Any) -> None:
	"""Refuses what could not be posted now, and says what it is worth."""
	both = pair(doc.giver, doc.receiver, doc.company)
	bounds = _allowed(doc.wallet)
	doc.program, doc.currency = both.program.name, both.program.rules.currency
	with posts.spoken(both.program):
		account = _look(both, doc.wallet, getdate(doc.posting_date))
		pieces = transfers.pieces(
			account, both.program.rules, bounds, exact(doc.quantity), _today(account, doc.posting_date)
		)
	doc.amount = float(lots.value(pieces))


def _today(account: Account, day: Any) -> date:
	return max(getdate(day), account.clock)


def _look(both: Pair, wallet: str, day: date) -> Account:
	"""The giver's wallet as of a day, for a look only. Raises ValidationError where it was never opened."""
	name = members.wallet_of(both.giver.name, wallet)
	if not name:
		frappe.throw(_("{0} has nothing on {1}.").format(_called(both.giver), _(wallet)))
		raise AssertionError
	act = ledger.Act("Club Transfer", posts.DRAFT, "", "preview")
	session = posts.open_session(both.program, act, company=None, branch=None, until=day, dry=True)
	account = session.store.account(name)
	session.club.advance(account, day)
	return account


def preview(giver: str, receiver: str | None, wallet: str, quantity: Decimal, day: date) -> dict[str, Any]:
	"""What the form shows before anything is saved: what the giver has, the most that may go, the limits in words, and
	what stands in the way."""
	one = members.by_name(giver)
	program = posts.program_of(one.name)
	style = policy.style(program.rules)
	shown: dict[str, Any] = {"giver": _shown(one), "limits": []}
	if receiver:
		shown["receiver"] = _shown(members.by_name(receiver))
	try:
		both = pair(giver, receiver, None) if receiver else Pair(one, one, program)
		bounds = _allowed(wallet)
		account = _look(both, wallet, day)
	except frappe.ValidationError as wrong:
		frappe.clear_messages()
		return {**shown, "refused": str(wrong)}
	today, rules = _today(account, day), program.rules
	most = transfers.most(account, rules, bounds, today)
	pieces, _left = lots.take(lots.spendable(account.lots.values(), today), most)
	shown |= {
		"available": style.quantity(account.available(today), wallet),
		"most": float(most),
		"most_text": style.quantity(most, wallet),
		"most_value": style.money(lots.value(pieces)) if wallet == "Points" and most else "",
		"pending": style.quantity(account.pending(today), wallet) if account.pending(today) else "",
		"deficit": style.quantity(account.deficit, wallet) if account.deficit else "",
		"limits": _limits_in_words(bounds, account, wallet, today, program),
	}
	if quantity:
		try:
			pieces = transfers.pieces(account, rules, bounds, quantity, today)
		except ClubError as refused:
			return {**shown, "refused": refused.text(style)}
		shown["quantity"] = style.quantity(quantity, wallet)
		shown["value"] = style.money(lots.value(pieces))
	return shown


def _shown(member: Member) -> dict[str, str]:
	name = frappe.get_cached_value("Customer", member.customer, "customer_name") if member.customer else ""
	return {"member": member.name, "name": name or member.name, "status": member.status}


def _limits_in_words(bounds: Limits, account: Account, wallet: str, day: date, program: InForce) -> list[str]:
	style = policy.style(program.rules)
	given = transfers.given_on(account, program.rules, day)
	words = []
	if bounds.minimum:
		words.append(_("At least {0} at once.").format(style.quantity(bounds.minimum, wallet)))
	if bounds.most is not None:
		words.append(_("At most {0} at once.").format(style.quantity(bounds.most, wallet)))
	if bounds.day is not None:
		words.append(
			_("At most {0} a day; {1} given today.").format(
				style.quantity(bounds.day, wallet), style.quantity(given.on_day, wallet)
			)
		)
	if bounds.month is not None:
		words.append(
			_("At most {0} a month; {1} given this month.").format(
				style.quantity(bounds.month, wallet), style.quantity(given.in_month, wallet)
			)
		)
	if bounds.held_days:
		words.append(
			_("Only what was earned at least {0} days ago.").format(style.number(Decimal(bounds.held_days)))
		)
	return words


# ---------------------------------------------------------------------------------------------- confirmation


def confirm_by_pin(doc: Any, pin: str) -> None:
	"""Posts a saved transfer, confirmed by the giver's PIN. Raises ValidationError if it is wrong."""
	_open_for_confirmation(doc)
	draft.prove(doc.giver, pin)
	_confirmed(doc, "PIN")


def request_code(doc: Any) -> str:
	"""Makes a code for a saved transfer and hands it to whoever sends messages; returns the mobile it goes to, masked.
	Raises ValidationError where nobody can send it."""
	mobile = frappe.db.get_value("Club Member", doc.giver, "mobile")
	if not can_send_codes():
		frappe.throw(
			_("Codes cannot be sent: no way to send messages is set up. Ask for the giver’s PIN instead.")
		)
	if not mobile:
		frappe.throw(
			_("Member {0} has no mobile number. Write it on the member, or ask for the PIN.").format(
				doc.giver
			)
		)
	code = new_code(doc)
	for sender in frappe.get_hooks(HOOK):
		frappe.get_attr(sender)(transfer=doc, member=frappe.get_doc("Club Member", doc.giver), code=code)
	return f"{mobile[:4]}…{mobile[-3:]}"


def can_send_codes() -> bool:
	"""Whether anybody sends messages."""
	return bool(frappe.get_hooks(HOOK))


def may_approve() -> bool:
	"""Whether the present user may do without the giver's code."""
	return bool(set(APPROVERS) & set(frappe.get_roles()))


def new_code(doc: Any) -> str:
	"""A new code for a saved transfer, which makes an older one worthless. Only for whoever tells it to the giver."""
	_open_for_confirmation(doc)
	now = now_datetime()
	if doc.code_until and now < frappe.utils.get_datetime(doc.code_until) - CODE_LIFE + CODE_PAUSE:
		frappe.throw(_("A code was made less than a minute ago. Wait a moment before asking for another."))
	code = "".join(str(secrets.randbelow(10)) for _digit in range(CODE_DIGITS))
	doc.db_set(
		{"code_hash": _digest(doc, code), "code_until": now + CODE_LIFE, "code_failures": 0},
		update_modified=False,
	)
	return code


def confirm(doc: Any, code: str) -> None:
	"""Posts a saved transfer, confirmed by its code. Raises ValidationError if it is wrong, too old, or was tried too
	often."""
	_open_for_confirmation(doc)
	failures = frappe.db.get_value("Club Transfer", doc.name, "code_failures", for_update=True) or 0
	if not doc.code_hash or now_datetime() > frappe.utils.get_datetime(doc.code_until):
		frappe.throw(_("There is no code for this transfer that is still valid. Send a new one."))
	if failures >= CODE_TRIES:
		frappe.throw(_("The code is locked after {0} wrong tries. Send a new one.").format(CODE_TRIES))
	given = persian.normalise(code or "").strip()
	if not hmac.compare_digest(_digest(doc, given), doc.code_hash):
		name = doc.name
		frappe.db.after_rollback.add(lambda: _count_failure(name))
		doc.db_set("code_failures", failures + 1, update_modified=False)
		frappe.throw(_("The code is wrong. Ask the giver to read it again."), title=_("Wrong code"))
	_confirmed(doc, "Code")


def _count_failure(name: str) -> None:
	table = frappe.qb.DocType("Club Transfer")
	frappe.qb.update(table).set(table.code_failures, table.code_failures + 1).where(table.name == name).run()
	frappe.db.commit()  # a wrong try counts, though the request failed


def _digest(doc: Any, code: str) -> str:
	"""What is kept of a code: bound to what it confirms, so that it is good for nothing else."""
	parts = (doc.name, doc.giver, doc.receiver, doc.wallet, ledger.plain(exact(doc.quantity)), code)
	return hmac.new(get_encryption_key().encode(), "|".join(parts).encode(), hashlib.sha256).hexdigest()


def approve(doc: Any, reason: str) -> None:
	"""Posts a saved transfer without the giver's code, because a manager says so."""
	if not may_approve():
		frappe.throw(
			_(
				"Only a club manager approves a transfer without the giver’s code. Ask for the PIN, or call one."
			),
			frappe.PermissionError,
		)
	_open_for_confirmation(doc)
	if not (reason or "").strip():
		frappe.throw(_("Write why the transfer is made without the giver’s code: the statement shows it."))
	doc.approval_reason = reason.strip()
	_confirmed(doc, "Approval")


def _open_for_confirmation(doc: Any) -> None:
	if doc.is_new() or doc.docstatus != 0:
		frappe.throw(_("Only a saved transfer that was not made yet can be confirmed."))


def _confirmed(doc: Any, how: str) -> None:
	doc.confirmation, doc.confirmed_by, doc.confirmed_at = how, frappe.session.user, now_datetime()
	doc.flags.confirmed = True
	doc.submit()


# ---------------------------------------------------------------------------------------------- posting


def post(doc: Any) -> None:
	"""Moves what a confirmed transfer says. Both accounts are locked in the order of their names."""
	both = pair(doc.giver, doc.receiver, doc.company)
	bounds = _allowed(doc.wallet)
	giver = members.wallet_of(both.giver.name, doc.wallet)
	if not giver:
		frappe.throw(_("{0} has nothing on {1}.").format(_called(both.giver), _(doc.wallet)))
		raise AssertionError
	receiver = members.open_wallet(both.receiver, doc.wallet)
	session = posts.open_session(
		both.program,
		posts.act_of(doc, "submit"),
		company=doc.company,
		branch=doc.branch or None,
		until=getdate(doc.posting_date),
	)
	session.store.open([giver, receiver])
	with posts.spoken(both.program):
		done = session.club.transfer(
			posts.document_name(session.store, doc),
			giver,
			receiver,
			exact(doc.quantity),
			getdate(doc.posting_date),
			limits=bounds,
			called=(both.giver.name, both.receiver.name),
			approved=doc.approval_reason or "",
		)
	if done is not None:
		session.store.write()
		worth = lots.value((piece.lot, piece.quantity) for piece in done.pieces)
		doc.db_set("amount", float(worth), update_modified=False)
