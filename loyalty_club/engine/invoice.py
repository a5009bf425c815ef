"""A Sales Invoice (or POS Invoice) as the rules see it: the only place that knows its fields. Reads; changes nothing.

Amounts are in the company's currency. What the customer pays is `base_grand_total`; what a line's tax is, ERPNext's own
item-wise detail says, and what that leaves over goes to the last line, so that the lines add up to the document.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import frappe
from frappe.utils import get_time, getdate

from loyalty_club import ledger, policy
from loyalty_club.core.model import ZERO, Line, Purchase, Reason, Return, Tender
from loyalty_club.policy import exact

DOCTYPES = ledger.INVOICES
CLUB_MODES = frozenset(policy.MODES.values())
MILLIONTH = Decimal("0.000001")
# Where a return's row names the row that was sold.
ORIGINAL_ROW = {"Sales Invoice": "sales_invoice_item", "POS Invoice": "pos_invoice_item"}


def concerns(doc: Any) -> bool:
	"""Whether the club has anything to do with this document at all: no opening entry, no consolidation of till
	receipts, no sale between companies of one group."""
	return not (
		doc.get("is_opening") == "Yes" or doc.get("is_consolidated") or doc.get("is_internal_customer")
	)


def lines(doc: Any) -> tuple[Line, ...]:
	"""The document's rows, amounts and quantities positive. A row that sells a gift card is none of them."""
	sign = -1 if doc.get("is_return") else 1
	taxes = _taxes(doc)
	found = []
	for row in doc.items:
		if row.get("club_gift_card"):
			continue
		original = row.get("sales_invoice_item") or row.get("pos_invoice_item") or ""
		found.append(
			Line(
				row.item_code or row.item_name or "",
				sign * exact(row.qty),
				sign * _money(row.base_net_amount),
				sign * taxes[row.name or str(row.idx)],
				row.item_group or "",
				row.get("brand") or "",
				_discounted(row),
				original if doc.get("is_return") else (row.name or ""),
				_taken_off(doc, row),
			)
		)
	return tuple(found)


def _taken_off(doc: Any, row: Any) -> Decimal:
	"""What points that are a discount took off a row before tax, as ERPNext spread it. A return's own is of no matter:
	what comes back is what was taken off the sold row."""
	if not doc.get("club_discount") or doc.get("is_return"):
		return ZERO
	return _money(exact(row.distributed_discount_amount) * exact(doc.get("conversion_rate") or 1))


def _discounted(row: Any) -> bool:
	return bool(row.get("discount_percentage") or row.get("discount_amount"))


def _money(amount: Any) -> Decimal:
	return exact(amount).quantize(MILLIONTH).normalize() + ZERO


def _taxes(doc: Any) -> dict[str, Decimal]:
	"""Tax per row, in the company's currency, discounts on the grand total included; it adds up to the document's."""
	keys = [row.name or str(row.idx) for row in doc.items]
	found = dict.fromkeys(keys, ZERO)
	nets = {key: _money(row.base_net_amount) for key, row in zip(keys, doc.items, strict=True)}
	whole = _money(doc.base_grand_total) - sum(nets.values(), ZERO)
	if not whole or not keys:
		return found
	by_item: dict[str, Decimal] = defaultdict(lambda: ZERO)
	rate = exact(doc.get("conversion_rate") or 1)
	for tax in doc.get("taxes") or []:
		detail = tax.get("item_wise_tax_detail")
		if not detail:
			continue
		for item, given in (json.loads(detail) if isinstance(detail, str) else detail).items():
			amount = given.get("tax_amount") if isinstance(given, dict) else given[1]
			sign = -1 if tax.get("add_deduct_tax") == "Deduct" else 1
			by_item[item] += sign * exact(amount) * rate
	for given in doc.get("item_wise_tax_details") or []:  # v16
		if given.get("item_row") in found:
			found[given.item_row] += exact(given.amount) * rate
	for key, row in zip(keys, doc.items, strict=True):
		same = [
			other
			for other, each in zip(keys, doc.items, strict=True)
			if (each.item_code or each.item_name) == (row.item_code or row.item_name)
		]
		total = sum((nets[other] for other in same), ZERO)
		share = nets[key] / total if total else Decimal(1) / len(same)
		found[key] += by_item.get(row.item_code or row.item_name, ZERO) * share
	told = sum(found.values(), ZERO)
	net = sum(nets.values(), ZERO)
	if told and abs(told) * 2 > abs(whole):
		found = {key: (each * whole / told).quantize(MILLIONTH, ROUND_HALF_UP) for key, each in found.items()}
	elif net:
		found = {key: (nets[key] * whole / net).quantize(MILLIONTH, ROUND_HALF_UP) for key in found}
	goods = [key for key, row in zip(keys, doc.items, strict=True) if not row.get("club_gift_card")]
	found[(goods or keys)[-1]] += whole - sum(found.values(), ZERO)
	return found


def gross(doc: Any) -> Decimal:
	"""What the document asks for, positive, in the company's currency."""
	return abs(_money(doc.base_grand_total))


def amounts(doc: Any) -> tuple[Decimal, Decimal]:
	"""What the goods of a sale amount to, before tax and with it, in the company's currency; negative for a return. A
	gift card that it sells is none."""
	kept = -stored_value(doc) if doc.get("is_return") else stored_value(doc)
	return _money(doc.base_net_total) - kept, _money(doc.base_grand_total) - kept


def stored_value(doc: Any) -> Decimal:
	"""Rial of the rows that sell or bring back gift cards, positive."""
	rows = [row for row in doc.items if row.get("club_gift_card")]
	return abs(sum((_money(row.base_net_amount) for row in rows), ZERO))


def goods(doc: Any) -> Decimal:
	"""What points, credit and gift cards may pay at most (Rial): everything but gift cards."""
	return gross(doc) - stored_value(doc)


def day(doc: Any) -> date:
	"""The document's posting date."""
	found: date = getdate(doc.posting_date)
	return found


def clock(doc: Any) -> time | None:
	"""The document's time of day."""
	given = doc.get("posting_time")
	if not given:
		return None
	if isinstance(given, timedelta):
		given = str(given)
	found: time = get_time(given).replace(tzinfo=None)
	return found


def tenders(doc: Any) -> tuple[Tender, ...]:
	"""The means of payment of a document with payments that are no wallets; change is not among them."""
	if not doc.get("is_pos"):
		return ()
	rate = exact(doc.get("conversion_rate") or 1)
	return tuple(
		Tender(row.mode_of_payment, _money(exact(row.amount) * rate))
		for row in doc.payments
		if row.amount and row.mode_of_payment not in CLUB_MODES
	)


def purchase(
	doc: Any,
	account: str,
	redeem: Decimal,
	*,
	paid: bool,
	name: str | None = None,
	credit: tuple[Tender, ...] = (),
	barred: Reason | None = None,
) -> Purchase:
	"""The document as a purchase. credit: what wallets of money pay of it."""
	return Purchase(
		name or doc.name or "draft",
		account,
		day(doc),
		lines(doc),
		redeem,
		(*tenders(doc), *credit),
		clock(doc),
		branch(doc) or "",
		paid,
		barred,
	)


def brought_back(doc: Any, account: str, name: str | None = None) -> Return:
	"""The credit note as a return."""
	return Return(name or doc.name or "draft", account, day(doc), lines(doc), doc.get("return_against") or "")


def branch(doc: Any) -> str | None:
	"""The branch: the document's own, where the site has it as a field (an accounting dimension), else that of its POS
	Profile: by the same dimension, else by the club's own field."""
	found: str | None = _branch_in(doc, doc.doctype)
	if not found and doc.get("pos_profile"):
		found = _branch_in(frappe.get_cached_doc("POS Profile", doc.pos_profile), "POS Profile")
	return found or None


def has_branch(doctype: str = "Sales Invoice") -> bool:
	"""Whether documents of this kind name their branch."""
	return bool(branch_fields(doctype))


def _branch_in(doc: Any, doctype: str) -> str | None:
	return next((doc.get(field) for field in branch_fields(doctype) if doc.get(field)), None)


def branch_fields(doctype: str) -> list[str]:
	"""Link fields to Branch, the club's own last: the dimension may be called otherwise than "branch"."""
	meta = frappe.get_meta(doctype)
	names = [field.fieldname for field in meta.get_link_fields() if field.options == "Branch"]
	return sorted(names, key=lambda name: (name == "club_branch", name != "branch"))
