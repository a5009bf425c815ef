"""Attaching a submitted sale to a member: by a request that somebody else approves, or by the code on its receipt.

The sale is awarded as if it had been the member's on its own day (a backdated sale, to the rules), under its own name,
so that later returns find it; what has been returned already takes its part back at once. Nothing is spent. The sale is
locked first: of two who attach the same sale one wins.

The code is worked out from the sale under the site's encryption key (`core.receipt_code`): it can be printed again,
costs a sale nothing, and is used up by the sale having a member.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime
from frappe.utils.password import get_encryption_key

from loyalty_club import ledger, policy, throttle
from loyalty_club.core import receipt_code, words
from loyalty_club.core.model import Posted
from loyalty_club.engine import invoice, payments, post
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.engine.members import Member

CODE_HOURS, DAYS = 48, 30
CODE = "receipt code"
LOCKED = ("docstatus", "club_member")


# ---------------------------------------------------------------------------------------------- may it be


def sold_at(doc: Any) -> datetime:
	"""When the sale was made."""
	return datetime.combine(invoice.day(doc), invoice.clock(doc) or datetime.min.time())


def refuse(doc: Any, member: Member, users: Collection[str | None], asked_at: datetime) -> None:
	"""Refuses, in one clear sentence, a sale that cannot be attached to this member.

	users: everybody who has a hand in it; asked_at: when it was asked for."""
	objection = _of_sale(doc) or _of_member(doc, member, users) or _of_age(doc, asked_at)
	if objection:
		frappe.throw(objection, title=_("Cannot be attached"))


def _of_sale(doc: Any) -> str:
	if doc.docstatus == 0:
		return _("{0} is a draft. Scan the card there, and submit it.").format(doc.name)
	if doc.docstatus == 2:
		return _("{0} is cancelled.").format(doc.name)
	if doc.get("is_return"):
		return _("{0} is a return. Attach the sale it belongs to.").format(doc.name)
	if not invoice.concerns(doc):
		return _("{0} is no sale that the club counts.").format(doc.name)
	if doc.get("club_member"):
		return _("{0} belongs to member {1} already.").format(doc.name, doc.club_member)
	if ledger.posting(doc.name, True):
		return _("{0} was posted to the club before. Use a Club Adjustment to give points for it.").format(
			doc.name
		)
	return ""


def _of_member(doc: Any, member: Member, users: Collection[str | None]) -> str:
	program = policy.in_force(member.program)
	if member.status != "Active":
		return _("Member {0} is {1}. Make the member active first.").format(
			member.name, _(member.status, context="Club Member")
		)
	if program is None or program.status != "Active":
		return _("The program {0} is not in force.").format(member.program)
	if doc.company not in program.companies:
		return _("The program {0} of member {1} is not valid in {2}.").format(
			program.name, member.name, doc.company
		)
	if member.staff_user and member.staff_user in users:
		return _(
			"{0} is the membership of {1}, who made this sale or attaches it. Staff earn nothing that way."
		).format(member.name, member.staff_user)
	return ""


def _of_age(doc: Any, asked_at: datetime) -> str:
	days = int(policy.settings().attach_days or DAYS)
	if asked_at - sold_at(doc) > timedelta(days=days):
		return _("{0} is of {1}: a member can be attached for {2} days only.").format(
			doc.name, policy.style().day(invoice.day(doc)), policy.style().number(policy.exact(days))
		)
	return ""


# ---------------------------------------------------------------------------------------------- do it, undo it


class Attached(NamedTuple):
	"""A sale that has a member now, and what it was awarded."""

	sale: Any
	posted: Posted


def attach(
	doctype: str, name: str, member: Member, users: Collection[str | None], asked_at: datetime
) -> Attached:
	"""Attaches a sale to a member. Raises ValidationError with what stands in the way.

	users: everybody who has a hand in it; asked_at: when it was asked for."""
	doc = _locked(doctype, name)
	refuse(doc, member, {doc.owner, frappe.session.user, *users}, asked_at)
	program = policy.in_force(member.program)
	assert program is not None
	frappe.db.savepoint("loyalty_club_attach")
	posted = post.attach(doc, member, program)
	if posted is None or posted.reason.code != "earned":
		frappe.db.rollback(save_point="loyalty_club_attach")
		frappe.throw(
			words.reason(posted.reason, policy.style(program.rules))
			if posted
			else _("{0} was posted to the club before. Use a Club Adjustment to give points for it.").format(
				name
			),
			title=_("Cannot be attached"),
		)
	doc.db_set("club_member", member.name, update_modified=False)
	for back in _returns(doc):
		if ledger.posting(back.name, True) is None:
			back.db_set("club_member", member.name, update_modified=False)
			post.submit_return(back, None)
	doc.add_comment("Info", _("attached to club member {0}").format(member.name))
	return Attached(doc, posted)


def detach(doctype: str, name: str) -> None:
	"""Undoes it: the award goes, and the sale belongs to nobody again."""
	doc = _locked(doctype, name)
	if doc.docstatus != 1 or not doc.club_member:
		return
	for back in _returns(doc):
		post.cancel_document(back)
		back.db_set({"club_member": None, "club_status": ""}, update_modified=False)
	post.cancel_document(doc)
	doc.add_comment("Info", _("no longer attached to club member {0}").format(doc.club_member))
	doc.db_set({"club_member": None, "club_status": ""}, update_modified=False)


def _locked(doctype: str, name: str) -> Any:
	"""The sale, locked, with what another may have changed meanwhile."""
	if doctype not in DOCTYPES:
		frappe.throw(_("{0} is no sale.").format(_(doctype)))
	row = ledger.lock_document(doctype, name, *LOCKED)
	if row is None:
		raise frappe.DoesNotExistError(_("There is no {0} {1}").format(_(doctype), name))
	doc = frappe.get_doc(doctype, name)
	doc.update(row)
	return doc


def _returns(doc: Any) -> list[Any]:
	names = frappe.get_all(
		doc.doctype,
		{"return_against": doc.name, "is_return": 1, "docstatus": 1},
		pluck="name",
		order_by="creation asc",
	)
	return [frappe.get_doc(doc.doctype, name) for name in names]


# ---------------------------------------------------------------------------------------------- the code on a receipt


class Coded(NamedTuple):
	"""The sale that a code leads to, and until when the code is good."""

	doctype: str
	name: str
	member: str | None
	until: datetime


def _key() -> bytes:
	return hmac.new(get_encryption_key().encode(), b"loyalty_club receipt", hashlib.sha256).digest()


def _code(key: bytes, doctype: str, doc: Any) -> str:
	made = get_datetime(doc.creation).isoformat()
	return receipt_code.code(key, [doctype, doc.name, made], invoice.day(doc), DOCTYPES.index(doctype))


def good_until(doc: Any) -> datetime:
	"""Until when the sale's code is good."""
	return sold_at(doc) + timedelta(hours=int(policy.settings().code_hours or CODE_HOURS))


def code_of(doc: Any) -> str:
	"""The code to print on a receipt, "" where there is none: codes are switched off, the sale has a member or is no
	sale of an active program's company, or the time is over."""
	if not policy.settings().print_code or not wants_member(doc) or good_until(doc) < now_datetime():
		return ""
	return _code(_key(), doc.doctype, doc)


def wants_member(doc: Any) -> bool:
	"""Whether it is a sale of an active program's company that has no member."""
	return doc.doctype in DOCTYPES and not _of_sale(doc) and _club_is_in(doc.company)


def _club_is_in(company: str) -> bool:
	found = (policy.in_force(name) for name in payments.active_programs())
	return any(each and each.status == "Active" and company in each.companies for each in found)


def find(text: str) -> Coded:
	"""The sale that a typed or scanned code leads to. Wrong ones are counted; too many are refused."""
	throttle.check(CODE)
	given = receipt_code.read(text)
	found = _look_up(given) if given else None
	if found is None:
		throttle.wrong(CODE, text[:40])
		frappe.throw(
			_("No receipt has the code “{0}”. Type the twelve letters and digits again.").format(text[:40]),
			title=_("Code not found"),
		)
		raise AssertionError
	throttle.forget(CODE)
	return found


def _look_up(given: str) -> Coded | None:
	kind, day = receipt_code.place(given, policy.club_today())
	doctype, key = DOCTYPES[kind], _key()
	table = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.creation, table.posting_date, table.posting_time, table.club_member)
		.where((table.posting_date == day) & (table.docstatus == 1) & (table.is_return == 0))
		.run(as_dict=True)
	)
	for row in rows:
		if hmac.compare_digest(_code(key, doctype, row), given):
			return Coded(doctype, row.name, row.club_member, good_until(row))
	return None


def claim(found: Coded, member: Member) -> Attached:
	"""Attaches the sale that a code leads to. A code works once. Raises ValidationError with what stands in the way."""
	if not policy.settings().print_code:
		frappe.throw(_("Codes on receipts are switched off in Loyalty Club Settings."))
	if found.member:
		frappe.throw(_("The code of {0} has been used already.").format(found.name), title=_("Code used"))
	if found.until < now_datetime():
		style = policy.style()
		frappe.throw(
			_("The code of {0} was good until {1}. Ask for a Club Attachment Request instead.").format(
				found.name, f"{style.day(found.until.date())} {found.until:%H:%M}"
			),
			title=_("Code expired"),
		)
	return attach(found.doctype, found.name, member, (), now_datetime())
