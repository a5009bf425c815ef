"""What prints say of points. Called from Jinja; reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import gift_panels, ledger, persian, policy
from loyalty_club.core import lots, wallets, words
from loyalty_club.core import receipt_code as codes
from loyalty_club.core.model import ZERO, Adjusted, Posted, PostedReturn
from loyalty_club.engine import attach, discount, draft, gift_cards, members, post


def invoice_facts(doc: Any) -> dict[str, Any] | None:
	"""What a submitted invoice or credit note did to the member's points, and in `wallets` to credit and gift cards, in
	the user's language; None if nothing. `member` is empty where nobody's points are concerned: a gift card paid."""
	known = ledger.posting(doc.name, True) if doc.get("name") else None
	if known is None or doc.docstatus != 1:
		return None
	document = known[0]
	if not isinstance(document, (Posted, PostedReturn)):
		return None
	account = ledger.peek(document.account)
	program = post.program_of_account(account.name)
	style = policy.style(program.rules)
	facts: dict[str, Any] = {
		"member": account.member or "",
		"lines": [],
		"wallets": _wallets(doc, document, style),
	}
	if not account.member:
		return facts if facts["wallets"] else None
	facts["tier"] = style.title(account.state.get("tier") or "")
	facts["balance"] = style.number(ledger.balance_after(doc.name) or ZERO)
	if isinstance(document, Posted):
		facts["earned"] = style.number(document.awarded) if not document.held else ""
		facts["waits"] = bool(document.held)
		facts["why"] = words.reason(document.reason, style)
		spent = sum((points for _lot, points in document.spent), ZERO)
		facts["spent"] = style.number(spent) if spent else ""
		facts["spent_value"] = style.money(lots.value(document.spent)) if spent else ""
		facts |= _expiring(account.member, style)
	else:
		gone = sum((points for _lot, points in document.taken), ZERO)
		back = sum((points for _lot, points in document.restored), ZERO)
		facts["reversed"] = style.number(gone) if gone else ""
		facts["restored"] = style.number(back) if back else ""
		facts["restored_value"] = style.money(lots.value(document.restored)) if back else ""
		facts |= _withheld(doc, style)
	return facts


def _wallets(doc: Any, document: Posted | PostedReturn, style: words.Style) -> list[dict[str, str]]:
	"""What each credit and gift card paid of an invoice, or got back or kept by a credit note, and what was left on it
	right after."""
	did = "paid" if isinstance(document, Posted) else "back"
	tenders: Iterable[tuple[str, Decimal]] = (
		[(each.account, each.amount) for each in document.tenders]
		if isinstance(document, Posted)
		else document.credited
	)
	moved: dict[str, Decimal] = {}
	for account, amount in tenders:
		if account:
			moved[account] = moved.get(account, ZERO) + amount
	rows = [
		_wallet(account, did, amount, wallets.payment_name(document.id, account), style)
		for account, amount in moved.items()
	]
	kept = ledger.posting(post.refund_kept(document.id), True) if doc.get("club_refund_as_credit") else None
	if kept is not None and isinstance(kept[0], Adjusted):
		rows.append(_wallet(kept[0].account, "kept", kept[0].points, kept[0].id, style))
	return rows


def _wallet(account: str, did: str, amount: Decimal, posted: str, style: words.Style) -> dict[str, str]:
	wallet, card = frappe.db.get_value("Club Account", account, ["wallet", "gift_card"])
	number = gift_panels.number(gift_cards.by_name(card), style) if card else ""
	left = ledger.balance_after(posted)
	return {
		"wallet": wallet,
		"label": _(wallet),
		"gift_card": card or "",
		"number": number,
		"paid": "",
		"back": "",
		"kept": "",
		did: style.money(amount),
		"left": style.money(left) if left is not None else "",
	}


def _expiring(member: str, style: words.Style) -> dict[str, str]:
	"""What expires next, as of today."""
	found = draft.summary(members.by_name(member), policy.club_today(), style)
	return {key: found[key] for key in ("next_expiry", "next_expiry_points")}


def _withheld(doc: Any, style: words.Style) -> dict[str, str]:
	"""Missing points that a credit note's refund paid for."""
	known = ledger.posting(post.withholding(doc.name), True) if doc.get("club_withhold") else None
	if known is None or not isinstance(known[0], Adjusted):
		return {}
	points = known[0].points
	rows = doc.get("club_redemptions") or []
	value = policy.exact(rows[-1].amount) if rows else ZERO  # the engine writes it after what is given back
	return {"withheld": style.number(points), "withheld_value": style.money(value) if value else ""}


def receipt_code(doc: Any) -> dict[str, str] | None:
	"""The code that attaches a sale without a member to one, as it is printed, and until when it is good; None where
	there is none."""
	code = attach.code_of(doc)
	if not code:
		return None
	until = attach.good_until(doc)
	style = policy.style()
	clock = f"{until:%H:%M}"
	said = persian.to_persian_digits(clock) if style.lang == "fa" else clock
	return {"code": codes.show(code), "until": f"{style.day(until.date())} {said}"}


def receipt_facts(doc: Any) -> dict[str, Any]:
	"""What a receipt says: as `invoice_facts`, and without a member `coded`, the code that attaches the sale to one if
	the settings ask for it; empty if nothing."""
	facts = invoice_facts(doc) or {}
	if not facts.get("member"):
		coded = receipt_code(doc)
		facts |= {"coded": coded} if coded else {}
	return facts


def loyalty_club_of(doc: Any) -> str:
	"""The club's lines on an invoice's print; "" for none."""
	facts = receipt_facts(doc)
	if not facts:
		return ""
	html: str = frappe.render_template(
		"loyalty_club/templates/includes/invoice_points.html", {"facts": facts}
	)
	return html


def loyalty_club_receipt(doc: Any) -> str:
	"""A whole receipt of 80 mm, from right to left for who reads so: what the print formats Club POS Receipt and Club
	Till Receipt are."""
	html: str = frappe.render_template(
		"loyalty_club/templates/includes/till_receipt.html", {"receipt": receipt(doc)}
	)
	return html


def receipt(doc: Any) -> dict[str, Any]:
	"""What stands on a receipt, as the user's language writes it."""
	style = policy.style()

	def said(text: Any) -> str:
		return persian.to_persian_digits(str(text)) if style.lang == "fa" else str(text)

	def row(label: str, field: str, of: Any = doc, **more: Any) -> dict[str, Any]:
		return {"label": label, "amount": said(of.get_formatted(field, doc)), **more}

	taxes = [row(said(tax.description), "tax_amount", tax) for tax in doc.get("taxes") or []]
	off = (
		[row(_("Discount", context="Loyalty Club"), "discount_amount")] if doc.get("discount_amount") else []
	)
	if off and doc.apply_discount_on == discount.ON:  # before tax: the net total is after it
		totals = [row(_("Total"), "total"), *off, *taxes]
	else:
		totals = [row(_("Net Total", context="Loyalty Club"), "net_total"), *taxes, *off]
	totals.append(row(_("Grand Total"), "grand_total", strong=True))
	if doc.get("rounded_total") and doc.rounded_total != doc.grand_total:
		totals.append(row(_("Rounded Total", context="Loyalty Club"), "rounded_total", strong=True))
	payments = [
		row(_(each.mode_of_payment), "amount", each) for each in doc.get("payments") or [] if each.amount
	]
	if doc.get("change_amount"):
		payments.append(row(_("Change Amount", context="Loyalty Club"), "change_amount"))
	clock = f"{frappe.utils.get_time(str(doc.posting_time)):%H:%M}" if doc.get("posting_time") else ""
	return {
		"rtl": style.lang == "fa",
		"company": doc.company,
		"heading": doc.get("select_print_heading") or (_("Return") if doc.get("is_return") else ""),
		"name": doc.name,
		"day": f"{style.day(frappe.utils.getdate(doc.posting_date))} {said(clock)}".strip(),
		"customer": doc.customer_name,
		"lines": [
			{
				"item": each.item_name,
				"qty": said(f"{each.qty:g} {_(each.uom or '')}".strip()),
				"rate": said(each.get_formatted("rate", doc)),
				"amount": said(each.get_formatted("amount", doc)),
			}
			for each in doc.items
		],
		"totals": totals,
		"payments": payments,
		"club": loyalty_club_of(doc),
		"terms": doc.get("terms") or "",
	}
