"""What the desk and the till ask to attach a submitted sale to a member: by the code on its receipt, or by a request
(Club Attachment Request) that somebody else approves."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from loyalty_club import policy, printing
from loyalty_club.engine import attach, invoice, members
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.engine.members import Member


def _check(doctype: str, name: str | None = None) -> None:
	"""Attaching by a code is for whoever may make such a sale."""
	if doctype not in DOCTYPES:
		frappe.throw(_("{0} is no sale.").format(_(doctype)))
	frappe.has_permission(doctype, "create", throw=True)
	if name:
		frappe.has_permission(doctype, "read", name, throw=True)


def _member(text: str, company: str | None) -> Member:
	"""The member of a name, card, mobile or membership code."""
	if frappe.db.exists("Club Member", text):
		return members.survivor(members.by_name(text))
	return members.find(text, company).member


def _sale(doc: Any) -> dict[str, Any]:
	style = policy.style()
	return {
		"doctype": doc.doctype,
		"name": doc.name,
		"day": style.day(invoice.day(doc)),
		"total": style.money(invoice.gross(doc)),
		"customer": doc.customer_name or doc.customer,
		"made_by": frappe.utils.get_fullname(doc.owner),
	}


@frappe.whitelist(methods=["POST"])
def look(code: str) -> dict[str, Any]:
	"""The sale that a receipt's code leads to: day, total, and whether the code is used. Wrong codes are counted."""
	frappe.has_permission("Club Member", "read", throw=True)
	found = attach.find(code)
	_check(found.doctype, found.name)
	return {**_sale(frappe.get_doc(found.doctype, found.name)), "used": bool(found.member)}


@frappe.whitelist(methods=["POST"])
def claim(code: str, member: str) -> dict[str, Any]:
	"""Attaches the sale of a receipt's code to a member, once; tells the sale and what was awarded. member: a Club
	Member, or a card, mobile or membership code."""
	frappe.has_permission("Club Member", "read", throw=True)
	found = attach.find(code)
	_check(found.doctype, found.name)
	whom = _member(member, frappe.db.get_value(found.doctype, found.name, "company"))
	frappe.has_permission("Club Member", "read", whom.name, throw=True)
	done = attach.claim(found, whom)
	style = policy.style(policy.in_force(whom.program).rules)  # type: ignore[union-attr]
	return {
		**_sale(done.sale),
		"member": whom.name,
		"earned": style.number(done.posted.awarded),
		"waits": done.posted.held,
	}


@frappe.whitelist()
def receipt(doctype: str, name: str) -> dict[str, Any]:
	"""What can still be done for a submitted sale without a member: whether one may be attached, and the code on its
	receipt with the time it is good until (both empty where there is none)."""
	frappe.has_permission(doctype, "read", name, throw=True)
	doc = frappe.get_doc(doctype, name)
	return {
		"attachable": attach.wants_member(doc),
		**(printing.receipt_code(doc) or {"code": "", "until": ""}),
	}


@frappe.whitelist()
def request_panel(doctype: str, name: str, member: str | None = None) -> dict[str, Any]:
	"""What a Club Attachment Request's form shows: the sale, and what stands in the way as `objection`."""
	frappe.has_permission("Club Attachment Request", "read", throw=True)
	if doctype not in DOCTYPES:
		return {}
	frappe.has_permission(doctype, "read", name, throw=True)
	doc = frappe.get_doc(doctype, name)
	shown = _sale(doc)
	if member:
		frappe.has_permission("Club Member", "read", member, throw=True)
		try:
			attach.refuse(doc, members.by_name(member), {doc.owner, frappe.session.user}, now_datetime())
		except frappe.ValidationError as wrong:
			frappe.clear_messages()
			shown["objection"] = str(wrong)
	return shown
