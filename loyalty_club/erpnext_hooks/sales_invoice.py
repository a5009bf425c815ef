"""Sales Invoice: who the member is, what the rows are worth; on submit and cancel the engine does the rest."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import accounting
from loyalty_club.core.model import ZERO
from loyalty_club.engine import discount, draft, gift_sales, invoice, members, post, settlement

QUIET = ["Club Redemption"]


def before_validate(doc: Any, method: str | None = None) -> None:
	"""Finds the member, and writes the tenders, or the discount, that points are."""
	if doc.is_new() and doc.get("club_till_key"):
		_refuse_a_second(doc)
	if doc.docstatus == 0 and (doc.is_new() or doc.get("amended_from")):
		_forget_what_was_posted(doc)
	gift_sales.prepare(doc)
	if not invoice.concerns(doc):
		doc.club_member = None
		doc.set("club_redemptions", [])
		discount.put(doc, ZERO)
		return
	member = draft.identify(doc)
	if member is not None:
		draft.refuse_native(doc)
	draft.write_discount(doc, member)
	draft.write_tender(doc, member)
	draft.write_refund(doc, member)


def _refuse_a_second(doc: Any) -> None:
	"""A till that lost the answer sends the sale again: it is one sale. (The unique key stops what comes meanwhile.)"""
	if doc.get("amended_from"):
		doc.club_till_key = None
		return
	saved = frappe.db.get_value(doc.doctype, {"club_till_key": doc.club_till_key}, "name")
	if saved:
		frappe.throw(
			_("This sale is saved already, as {0}. Open it in Recent Orders.").format(saved),
			title=_("Saved already"),
		)


def _forget_what_was_posted(doc: Any) -> None:
	"""Amending and copying carry fields that say what another document did. An amendment asks for the same points
	again; a copy must not spend."""
	copied = not doc.get("amended_from") and (
		doc.get("club_status") or any(row.journal_entry for row in doc.get("club_redemptions") or [])
	)
	doc.club_status = ""
	if copied:
		doc.club_card = doc.club_proof = None
		doc.set("club_redemptions", [])
	for row in doc.get("club_redemptions") or []:
		row.journal_entry = None


def validate(doc: Any, method: str | None = None) -> None:
	"""Computes what the redemption rows are worth, after the totals."""
	gift_sales.check(doc)
	if not invoice.concerns(doc):
		return
	if doc.flags.club_member is not None:
		doc.loyalty_program = None
	if doc.get("is_return"):
		if doc.docstatus == 0 and doc.get("club_redemptions"):
			doc.set("club_redemptions", [])
	else:
		draft.check_redemption(doc, doc.flags.club_member)
	if doc.docstatus == 1:
		post.expect(doc, doc.flags.club_member)
	_skip_empty_table(doc)


def _skip_empty_table(doc: Any) -> None:
	"""A table that is and was empty needs no query."""
	before = doc.get_doc_before_save()
	if not doc.get("club_redemptions") and not (before and before.get("club_redemptions")):
		doc.flags.ignore_children_type = [*(doc.flags.ignore_children_type or []), *QUIET]


def on_submit(doc: Any, method: str | None = None) -> None:
	"""Awards and redeems, or undoes."""
	if not invoice.concerns(doc):
		return
	member = doc.flags.club_member
	if member is None and not doc.get("is_return") and members.joins_by_itself(doc.customer):
		member = members.join_on_purchase(doc)
	if doc.get("is_return"):
		post.submit_return(doc, member)
	elif member is not None or doc.get("club_redemptions"):
		post.submit_sale(doc, member)
	gift_sales.submit_rows(doc)


def before_cancel(doc: Any, method: str | None = None) -> None:
	"""The club's journal goes first: ERPNext would only unlink it."""
	accounting.cancel(post.journals_of(doc))


def on_cancel(doc: Any, method: str | None = None) -> None:
	"""Undoes what the document posted."""
	doc.ignore_linked_doctypes = (
		*(doc.get("ignore_linked_doctypes") or ()),
		"Journal Entry",
		"Club Attachment Request",
	)
	post.cancel_document(doc)
	gift_sales.cancel_rows(doc)
	settlement.cancel(doc)
