"""What wallets of money are to pay of a document: finds them, and who may spend from them. Moves nothing.

A wish is one row of a document's redemption table: a member's Cash or Gift Credit, or a gift card that anybody holds.
What there is to take, the core says (`core.wallets`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.core.model import ZERO, Wallet
from loyalty_club.engine import gift_cards
from loyalty_club.engine.members import Member, wallet_of
from loyalty_club.policy import InForce, exact


class Wish(NamedTuple):
	"""A row that asks a wallet to pay so many Rial."""

	row: Any
	wallet: Wallet
	account: str
	program: str
	mode: str
	amount: Decimal


def rows_of(doc: Any) -> list[Any]:
	"""The rows that ask wallets of money, one for each wallet and card: what is asked of one twice is added up."""
	found: dict[tuple[str, str], Any] = {}
	for row in doc.get("club_redemptions") or []:
		if row.wallet in (None, "", "Points") or not row.points:
			continue
		key = (row.wallet, str(row.gift_card or ""))
		if key in found:
			found[key].points = float(exact(found[key].points) + exact(row.points))
		else:
			found[key] = row
	return list(found.values())


def wishes(doc: Any, member: Member | None) -> list[Wish]:
	"""The wallets that the document's rows name, in their order. A gift card's number becomes its name. Raises
	ValidationError for a card that cannot pay, or a credit without its member."""
	found = []
	for row in rows_of(doc):
		if row.wallet == "Gift Card":
			card = gift_cards.find(row.gift_card, doc.company)
			gift_cards.refuse_unproven(card, row.proof)
			row.gift_card, account, program = card.name, card.account, card.program
		else:
			if member is None:
				frappe.throw(
					_("{0} can be spent by club members only. Scan a card, or clear the row.").format(
						_(row.wallet)
					)
				)
				raise AssertionError
			account, program = wallet_of(member.name, row.wallet), member.program
		if not account:
			frappe.throw(_("There is nothing on {0} yet.").format(_(row.wallet)), title=_("Nothing to spend"))
			raise AssertionError
		row.account = account
		mode = policy.MODES[row.wallet]
		found.append(Wish(row, row.wallet, account, program, mode, exact(row.points)))
	return found


def program_of(member: Member | None, asked: list[Wish]) -> InForce | None:
	"""The program by whose rules a document is paid: the member's, else that of the gift cards: one program."""
	names = {wish.program for wish in asked} | ({member.program} if member else set())
	if len(names) > 1:
		frappe.throw(
			_("Wallets of different programs cannot pay one document: {0}. Leave one out.").format(
				policy.listed(sorted(names))
			)
		)
	return policy.in_force(names.pop()) if names else None


def payer(member: Member | None, points: Decimal, asked: list[Wish]) -> Member | None:
	"""The member who buys; nobody where the membership rests and gift cards alone pay: they are anybody's."""
	rests = member is not None and member.status != "Active"
	only_cards = bool(asked) and not points and all(wish.wallet == "Gift Card" for wish in asked)
	return None if rests and only_cards else member


def total(asked: list[Wish]) -> Decimal:
	"""Rial of all of them."""
	return sum((wish.amount for wish in asked), ZERO)
