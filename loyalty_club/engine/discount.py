"""Points as a discount before tax, on the document: ERPNext's Additional Discount on the net total, before its taxes.
The only code that writes an invoice's discount; how much it is the rules say (`engine.draft`).

`club_discount` holds what of the discount is the points', in the document's currency, negative on a return. A document
has one discount: beside another one points cannot be spent. Nothing of it goes through the liability account.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from loyalty_club import ledger
from loyalty_club.core.model import ZERO, Posted
from loyalty_club.engine import invoice
from loyalty_club.policy import InForce, exact

ON = "Net Total"


def used_by(program: InForce | None) -> bool:
	"""Whether points are a discount in a program."""
	return program is not None and program.rules.spending.redeem_as == "discount"


def put(doc: Any, amount: Decimal) -> None:
	"""Makes the points' discount of a draft `amount` (Rial; 0: none, and what was there goes). Raises ValidationError
	where the document has another discount, or sells a gift card, which holds what it cost."""
	mine, whole = exact(doc.get("club_discount")), exact(doc.get("discount_amount"))
	if not amount:
		if mine and abs(whole) >= abs(mine):
			doc.discount_amount = float(whole - mine)
		if mine:
			doc.club_discount = 0
		return
	if doc.get("additional_discount_percentage") or whole not in (ZERO, mine):
		_refuse_another()
	if any(row.get("club_gift_card") for row in doc.items):
		frappe.throw(
			_(
				"Points are a discount here, and a gift card holds what it cost: sell it by an invoice of its own."
			),
			title=_("Loyalty Club"),
		)
	_write(doc, amount)


def _refuse_another() -> None:
	frappe.throw(
		_(
			"Points are a discount here, and an invoice has one: clear its Additional Discount, or the points."
		),
		title=_("Two discounts"),
	)


def _write(doc: Any, amount: Decimal) -> None:
	doc.apply_discount_on = ON
	doc.additional_discount_percentage = 0
	in_document = float(amount / exact(doc.get("conversion_rate") or 1))
	doc.discount_amount = doc.club_discount = flt(in_document, doc.precision("discount_amount"))


def check(doc: Any, amount: Decimal) -> None:
	"""Refuses a document, its totals made, whose discount is not what its points are worth: a pricing rule may have
	written another one meanwhile. amount: Rial."""
	rate = exact(doc.get("conversion_rate") or 1)
	off = exact(doc.club_discount) * rate - amount
	same = exact(doc.discount_amount) == exact(doc.club_discount) and doc.apply_discount_on == ON
	if not same or doc.get("additional_discount_percentage") or abs(off) > Decimal("0.01") * max(rate, 1):
		_refuse_another()


def put_back(doc: Any) -> None:
	"""A return of a sale whose points were a discount has the discount of the returned rows, whatever ERPNext copied:
	so much of each row's as its quantity is of the sold one."""
	doc.club_discount = 0
	if not doc.get("return_against") or not frappe.db.get_value(
		doc.doctype, doc.return_against, "club_discount"
	):
		return
	known = ledger.posting(doc.return_against, True)
	if known is None or not isinstance(known[0], Posted) or not known[0].by_discount:
		return
	sold = {line.row: line for line in known[0].lines}
	off = ZERO
	for row in doc.items:
		line = sold.get(row.get(invoice.ORIGINAL_ROW[doc.doctype]) or "")
		if line is not None and line.qty:
			off += line.taken_off * min(Decimal(1), abs(exact(row.qty)) / line.qty)
	_write(doc, -off)
