"""Wallets of money: what a credit or a gift card pays of a document, and what comes back to it. Moves their accounts.

A wallet is an `Account` whose unit is Rial: Cash Credit (the customer's own money), Gift Credit (given for nothing), a
Gift Card (sold or given). Giving and taking by a document of its own is `Club.adjust`; what a return gives back is
decided by `returns.refund`, tender by tender, and done here. A document may be paid by wallets without any member.

In order: `plan` (checks, moves nothing) -> `Club.sale` with the plan's `tenders` (or `keep`, where nobody is a member)
-> `pay`. Later `give_back` and `take_again`, which `undo` calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core import lots as lots_
from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.lots import Piece
from loyalty_club.core.model import (
	NOTHING,
	ZERO,
	Adjusted,
	Lot,
	Paid,
	Posted,
	Purchase,
	Reason,
	Repaid,
	Tender,
)
from loyalty_club.core.posting import Club


class Share(NamedTuple):
	"""What one wallet is to pay: its account, the mode of payment, the lots and Rial of each."""

	account: str
	mode: str
	pieces: tuple[Piece, ...]

	@property
	def amount(self) -> Decimal:
		"""Rial."""
		return lots_.value(self.pieces)


def payment_name(document: str, account: str) -> str:
	"""Under which name it is posted that a wallet paid for a document, or got something back by one."""
	return f"{document}|{account}"


def plan(
	club: Club, wishes: Iterable[tuple[str, str, Decimal]], payable: Decimal, day: date
) -> tuple[Share, ...]:
	"""What each wallet gives. wishes: account, mode of payment, Rial; payable: Rial of the document that wallets
	may pay. Lets time pass for the wallets, moves nothing. Raises RedemptionRefused for more than a wallet has or the
	document needs."""
	wanted: dict[tuple[str, str], Decimal] = {}
	for key, mode, amount in wishes:
		account = club.home(key)
		if amount <= 0 or amount % club.program.coin:
			raise RedemptionRefused("not_an_amount", wanted=amount, step=club.program.coin)
		wanted[account.key, mode] = wanted.get((account.key, mode), ZERO) + amount
	whole = sum(wanted.values(), ZERO)
	if whole > payable:
		raise RedemptionRefused("credit_more_than_payable", amount=whole, payable=payable)
	shares = []
	for (key, mode), amount in wanted.items():
		account = club.store.account(key)
		club.advance(account, day)
		today = max(day, account.clock)
		if amount > account.available(today):
			raise RedemptionRefused("not_enough_credit", amount=amount, payable=account.available(today))
		pieces, _left = lots_.take(lots_.spendable(account.lots.values(), today), amount)
		shares.append(Share(key, mode, tuple(pieces)))
	return tuple(shares)


def tenders(shares: Sequence[Share]) -> tuple[Tender, ...]:
	"""The plan as means of payment: what was given for nothing reduces the base of the points, the rest does not."""
	found = []
	for share in shares:
		for granted in (False, True):
			amount = lots_.value(piece for piece in share.pieces if piece[0].granted is granted)
			if amount:
				found.append(Tender(share.mode, amount, granted, share.account))
	return tuple(found)


def keep(club: Club, purchase: Purchase, key: str) -> Posted | None:
	"""Keeps a sale that wallets paid and no member made, so that a return refunds each tender by line: it is posted to
	the wallet `key`, earns nothing and counts for nothing; None if it was posted before."""
	if club.store.document(purchase.id) is not None:
		return None
	account = club.home(key)
	n = len(purchase.lines)
	posted = Posted(
		purchase.id,
		account.key,
		purchase.day,
		"",
		purchase.lines,
		(False,) * n,
		(ZERO,) * n,
		((),) * n,
		(),
		NOTHING,
		NOTHING,
		ZERO,
		NOTHING,
		Reason("no_member", {}),
		tenders=purchase.tenders,
		returned=[NOTHING] * n,
		matched=[NOTHING] * n,
	)
	account.purchases += sum((line.net for line in purchase.lines), ZERO) > 0
	club.store.save(posted)
	return posted


def pay(club: Club, document: str, shares: Sequence[Share], day: date) -> list[Paid]:
	"""Takes what was planned out of the wallets, once."""
	done = []
	for share in shares:
		name = payment_name(document, share.account)
		if club.store.document(name) is not None:
			continue
		account = club.store.account(share.account)
		today = max(day, account.clock)
		reason = Reason("credit_spent", {"amount": share.amount, "document": document})
		account.draw(share.pieces, today, "redeem", document, reason)
		paid = Paid(name, account.key, today, document, share.pieces, [ZERO] * len(share.pieces))
		club.store.save(paid)
		done.append(paid)
	return done


def load(
	club: Club,
	name: str,
	key: str,
	amount: Decimal,
	day: date,
	document: str,
	expires_on: date | None = None,
) -> Adjusted | None:
	"""A sold gift card holds the money that `document` was paid with, the buyer's own; None if it does already.
	expires_on: the card's own last day, if it has one."""
	reason = Reason("gift_card_sold", {"amount": amount, "why": document})
	return club.adjust(name, key, amount, day, document, expires_on, granted=False, reason=reason)


def unload(club: Club, name: str, key: str, amount: Decimal, day: date, document: str) -> Adjusted | None:
	"""A gift card was brought back by `document`: its money leaves it, and must still be there (ClubError)."""
	reason = Reason("gift_card_taken_back", {"amount": amount, "why": document})
	return club.adjust(name, key, -amount, day, document, reason=reason)


def keep_refund(
	club: Club, name: str, key: str, amount: Decimal, day: date, document: str
) -> Adjusted | None:
	"""Money that the return `document` owes a customer stays as their credit, their own money."""
	reason = Reason("credit_refunded", {"amount": amount, "why": document})
	return club.adjust(name, key, amount, day, document, granted=False, reason=reason)


def give_back(
	club: Club, source: str, document: str, key: str, amount: Decimal, today: date, code: str
) -> Repaid | None:
	"""Gives Rial back to the wallet that paid them for `document`, the last consumed first; None if it never paid.

	source: the return or cancellation; code: "returned" or "cancelled"."""
	paid = club.store.document(payment_name(document, key))
	if not isinstance(paid, Paid):
		return None
	account = club.home(paid.account)
	club.advance(account, today)
	facts: dict[str, object] = {"amount": amount, "document": document}
	reason = Reason("credit_returned" if code == "returned" else "credit_cancelled", facts)
	steps = [ZERO] * len(paid.spent)
	back: list[tuple[Lot, Decimal]] = []
	for n in reversed(range(len(paid.spent))):
		lot, given = paid.spent[n]
		part = min(amount, given - paid.restored[n])
		if part > 0:
			where = account.put_back((lot, part), club.program, today, "restore", source, reason)
			back.append((where, part))
			steps[n] = part
			paid.restored[n] += part
			amount -= part
	repaid = Repaid(payment_name(source, key), account.key, today, paid.id, tuple(steps), tuple(back))
	club.store.save(paid)
	club.store.save(repaid)
	return repaid


def take_again(club: Club, back: str, key: str, today: date, source: str) -> None:
	"""A return was cancelled: what it gave a wallet is taken again, as a deficit as far as it was spent meanwhile."""
	repaid = club.store.document(payment_name(back, key))
	if not isinstance(repaid, Repaid) or repaid.cancelled:
		return
	paid = club.store.document(repaid.paid)
	assert isinstance(paid, Paid)
	account = club.home(repaid.account)
	club.advance(account, today)
	reason = Reason("return_cancelled", {"document": back})
	for lot, amount in repaid.restored:
		club.take_lots(account, [lot], amount, today, "restore", source, reason)
	paid.restored = [done - step for done, step in zip(paid.restored, repaid.steps, strict=True)]
	repaid.cancelled = True
	club.store.save(paid)
	club.store.save(repaid)
