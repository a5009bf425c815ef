"""Transfers from member to member: how much may change hands. Decides; `posting` moves, `undo` takes back.

What a club allows is `Limits`; what a member has given already is `Given`, which the account remembers. Quantities are
points, or Rial where the account is a wallet of money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core import lots as lots_
from loyalty_club.core.account import Account
from loyalty_club.core.errors import ClubError
from loyalty_club.core.lots import Piece
from loyalty_club.core.model import ZERO, Given, Lot, Program
from loyalty_club.core.periods import CALENDARS
from loyalty_club.jalali import Period


class Limits(NamedTuple):
	"""What may be given. minimum, most: at once; day, month: by one member on a day, in a calendar month (None: no
	limit); held_days: how many days after its award a lot may be given."""

	minimum: Decimal = ZERO
	most: Decimal | None = None
	day: Decimal | None = None
	month: Decimal | None = None
	held_days: int = 0


NO_LIMITS = Limits()


def given_by(before: Given, day: date, month_of: Callable[[date], Period]) -> Given:
	"""What a member had given as it counts on `day`: nothing of another day, nothing of another month."""
	if before.day == day:
		return before
	same_month = before.in_month and month_of(before.day).covers(day)
	return Given(day, ZERO, before.in_month if same_month else ZERO)


def taken_back(before: Given, day: date, quantity: Decimal, month_of: Callable[[date], Period]) -> Given:
	"""What a member has given once a transfer of `day` is undone."""
	if not before.in_month or not month_of(before.day).covers(day):
		return before
	on_day = before.on_day - quantity if before.day == day else before.on_day
	return Given(before.day, max(ZERO, on_day), max(ZERO, before.in_month - quantity))


def given_on(account: Account, program: Program, day: date) -> Given:
	"""What the account's member has given as it counts on `day`."""
	return given_by(account.given, day, CALENDARS[program.calendar].month_of)


def pieces(account: Account, program: Program, limits: Limits, quantity: Decimal, day: date) -> list[Piece]:
	"""The pieces that a member gives, in the order points are spent, or a ClubError with nothing changed."""
	wallet, step, can = account.wallet, account.step(program), account.available(day)
	if account.is_money:
		if quantity <= 0 or quantity % step:
			raise ClubError("not_an_amount", wanted=quantity, step=step)
		if quantity > can:
			raise ClubError("not_enough_credit", amount=quantity, payable=can)
	if quantity <= 0 or quantity % step:
		raise ClubError("not_a_quantity", wanted=quantity, step=step)
	if quantity > can:
		raise ClubError("not_enough_points", wanted=quantity, available=can)
	ripe = _ripe(account, limits, day)
	old_enough = sum((lot.remaining for lot in ripe), ZERO)
	if quantity > old_enough:
		raise ClubError(
			"transfer_too_young", wallet=wallet, wanted=quantity, available=old_enough, days=limits.held_days
		)
	if quantity < limits.minimum:
		raise ClubError("transfer_below_minimum", wallet=wallet, wanted=quantity, limit=limits.minimum)
	if limits.most is not None and quantity > limits.most:
		raise ClubError("transfer_above_most", wallet=wallet, wanted=quantity, limit=limits.most)
	given = given_on(account, program, day)
	today, month = given.on_day, given.in_month
	if limits.day is not None and today + quantity > limits.day:
		raise ClubError("transfer_day_limit", wallet=wallet, wanted=quantity, given=today, limit=limits.day)
	if limits.month is not None and month + quantity > limits.month:
		raise ClubError(
			"transfer_month_limit", wallet=wallet, wanted=quantity, given=month, limit=limits.month
		)
	return lots_.take(ripe, quantity)[0]


def most(account: Account, program: Program, limits: Limits, day: date) -> Decimal:
	"""The most that `pieces` would give now; 0 if nothing."""
	given = given_on(account, program, day)
	ripe = sum((lot.remaining for lot in _ripe(account, limits, day)), ZERO)
	found = min(ripe, account.available(day))
	for limit, before in ((limits.most, ZERO), (limits.day, given.on_day), (limits.month, given.in_month)):
		if limit is not None:
			found = min(found, limit - before)
	found = max(ZERO, found)
	found -= found % account.step(program)
	return found if found >= limits.minimum else ZERO


def _ripe(account: Account, limits: Limits, day: date) -> list[Lot]:
	"""The lots that can be spent and were awarded long enough ago, in the order they go."""
	until = day - timedelta(days=limits.held_days)
	return [lot for lot in lots_.spendable(account.lots.values(), day) if lot.awarded_on <= until]
