"""What the Point of Sale page, and the form of an invoice, show of the member whose cart it is, ready to be shown.

Asks the engine for everything that is a number, and adds what a cashier wants to know; decides and computes nothing.
Permissions are checked by whoever calls it (`api.till`, `api.invoice_panel`).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import gift_panels, jalali, policy
from loyalty_club.core.model import ZERO
from loyalty_club.engine import credit, draft, gift_cards, gift_sales, invoice

BIRTHDAY_NEAR = timedelta(days=3)
ROW = ("wallet", "gift_card", "points", "amount", "proof")


def cart(doc: Any) -> dict[str, Any]:
	"""The cart at the Point of Sale, or the form of an invoice: what the engine says of the draft, the member's
	birthday, and what each tender of the club pays (in the document's currency), `rest` being what is left for the
	others, which are none of `modes`."""
	shown = draft.panel(doc)
	member = doc.flags.get("club_member")
	if shown.get("member"):
		shown["birthday"] = _birthday(shown["member"])
	rate = policy.exact(doc.get("conversion_rate") or 1)
	asked = {} if shown.get("refused") or doc.get("is_return") else draft.asked_by_mode(doc, member)
	shown["modes"] = sorted(invoice.CLUB_MODES)
	shown["tenders"] = {mode: float(amount / rate) for mode, amount in asked.items()}
	shown["rest"] = float((invoice.gross(doc) - sum(asked.values(), ZERO)) / rate) if doc.get("items") else 0
	shown["gift_cards"] = [_gift_card(row) for row in credit.rows_of(doc) if row.wallet == "Gift Card"]
	return shown


def _gift_card(row: Any) -> dict[str, str]:
	card = gift_cards.identify(row.gift_card)
	program = policy.in_force(card.program)
	style = policy.style(program.rules if program else None)
	return {
		"gift_card": row.gift_card,
		"number": gift_panels.number(card, style),
		"pays_text": style.money(policy.exact(row.points)),
	}


def pay(doc: Any, wallet: str, gift_card: str = "", proof: str = "") -> dict[str, Any]:
	"""The cart with the most that one wallet may pay of what is left: as `cart`, and the `rows` that say so."""
	rows = [row for row in doc.get("club_redemptions") or [] if not _same(row, wallet, gift_card)]
	doc.set("club_redemptions", rows)
	shown = cart(doc)
	most = _most(doc, shown, wallet, gift_card, proof)
	if not most:
		frappe.throw(_("{0} can pay nothing of this sale.").format(_(wallet)))
	doc.append(
		"club_redemptions",
		{"wallet": wallet, "gift_card": gift_card or None, "points": float(most), "proof": proof or None},
	)
	shown = cart(doc)
	shown["rows"] = [{field: row.get(field) for field in ROW} for row in doc.club_redemptions]
	return shown


def _same(row: Any, wallet: str, gift_card: str) -> bool:
	return (row.wallet or "Points") == wallet and (row.gift_card or "") == gift_card


def _most(doc: Any, shown: dict[str, Any], wallet: str, gift_card: str, proof: str) -> Decimal:
	"""The most that a wallet may pay of a cart: points of the points, Rial of the others."""
	if shown.get("refused"):
		frappe.throw(shown["refused"])
	if wallet == "Points":
		return policy.exact(shown.get("most"))
	if wallet != "Gift Card":
		return next(
			(policy.exact(row.get("most")) for row in shown.get("credits", ()) if row["wallet"] == wallet),
			ZERO,
		)
	card = gift_cards.find(gift_card, doc.company)
	gift_cards.refuse_unproven(card, proof)
	member = doc.flags.get("club_member")
	left = invoice.goods(doc) - sum(draft.asked_by_mode(doc, member).values(), ZERO)
	return max(ZERO, min(left, gift_sales.balance(card).available))


def _birthday(member: str) -> str:
	"""Words for a birthday, in the Jalali calendar, that is today or in the next days."""
	month, day = frappe.db.get_value("Club Member", member, ["birth_month", "birth_day"]) or (0, 0)
	if not month or not day:
		return ""
	today = policy.club_today()
	this_year = jalali.to_jalali(today)[0]
	days: list[date] = [jalali.birthday(month, day, year) for year in (this_year, this_year + 1)]
	following = min(each for each in days if each >= today)
	if following == today:
		return _("Birthday today")
	near = following - today <= BIRTHDAY_NEAR
	return _("Birthday on {0}").format(policy.style().day(following)) if near else ""
