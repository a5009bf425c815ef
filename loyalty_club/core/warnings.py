"""What a member is warned of: points or credit about to expire, a tier about to be lost. Decides; changes nothing.

Data: `Expiring`, what a wallet loses after a day unless it is spent; `AtRisk`, the tier that a review would take as
things stand, and what is missing to keep it. A *step* is how many days before its day a warning is given.

>>> steps("۳۰، 7, 1")
(30, 7, 1)
>>> valid_until(date(2026, 5, 31), date(2026, 5, 1), (30, 7, 1)).isoformat()
'2026-05-23'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from loyalty_club import persian
from loyalty_club.core import ladder
from loyalty_club.core import lots as lots_
from loyalty_club.core.account import Account
from loyalty_club.core.model import ZERO, Lot, Program, TierChange
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.posting import Club

STEPS = (30, 7, 1)
MOST_STEPS = 5
LONGEST = 366  # days
ONE_DAY = timedelta(days=1)


class StepsError(ValueError):
	"""A text that is no list of days. Its argument is the part that is wrong."""


class Expiring(NamedTuple):
	"""What is lost after `last_day`: points (Rial in a wallet of money), and what they are worth (Rial)."""

	quantity: Decimal
	value: Decimal
	last_day: date


class AtRisk(NamedTuple):
	"""The tier that is lost on `lost_on`, and the one after it. value: the metric on that day as things stand;
	threshold: what the tier needs; until: the last day that counts; grace: the last day of the days of grace that would
	follow, None if none would."""

	tier: str
	after: str
	value: Decimal
	threshold: Decimal
	until: date
	grace: date | None

	@property
	def missing(self) -> Decimal:
		"""What the metric lacks to keep the tier."""
		return self.threshold - self.value


# ---------------------------------------------------------------------------------------------- when


def steps(text: str) -> tuple[int, ...]:
	"""The days before, the earliest warning first, from a text such as "30, 7, 1" in whatever digits. None for "0".

	Raises StepsError for what is no whole number of days between 1 and 366, and for more than five."""
	words = [word for word in re.split(r"[,\s]+", persian.normalise(text.replace("،", ","))) if word]
	if words == ["0"]:
		return ()
	found = set()
	for word in words:
		if not re.fullmatch(r"[0-9]{1,3}", word) or not 1 <= int(word) <= LONGEST:
			raise StepsError(word)
		found.add(int(word))
	if len(found) > MOST_STEPS:
		raise StepsError(text)
	return tuple(sorted(found, reverse=True)) if words else STEPS


def valid_until(last: date, given_on: date, given: Sequence[int]) -> date:
	"""Through which day a warning may still be sent: until the next step takes its place, at most through `last`."""
	following = [last - timedelta(days=step) for step in given]
	return min([day - ONE_DAY for day in following if day > given_on], default=last)


def idle_since(program: Program, months: int, last: date) -> list[date]:
	"""The days since which a lot must have been idle so that `last` is its last day, `months` of the program's calendar
	later. Several where a month's end is clamped, none where no month has such a day."""
	add_months = CALENDARS[program.calendar].add_months
	about = add_months(last, -months)
	near = [about + timedelta(days=n) for n in range(-4, 5)]
	return [day for day in near if add_months(day, months) == last]


# ---------------------------------------------------------------------------------------------- points and credit


def expiring(
	lots: Iterable[Lot],
	deficit: Decimal,
	program: Program,
	last_purchase: date | None,
	day: date,
	last: date,
) -> Expiring | None:
	"""What an account loses after the day `last` unless it is spent, as things stand on the morning of `day`; None if
	nothing. Lots that were opened on `day` or later are not looked at, so that a day that is made up for later gives
	the same. A deficit is paid first, by what can be spent first."""
	known = [lot for lot in lots if lot.remaining > 0 and lot.awarded_on < day]
	dying = {lot.id for lot in known if lots_.last_day(lot, program, last_purchase) == last}
	if not dying:
		return None
	owed: dict[str, Decimal] = {}
	if deficit:
		first = sorted(lots_.spend_order(known), key=lambda lot: max(lot.available_from, day))
		owed = {lot.id: part for lot, part in lots_.take(first, deficit)[0]}
	pieces = [(lot, lot.remaining - owed.get(lot.id, ZERO)) for lot in known if lot.id in dying]
	quantity = sum([part for _lot, part in pieces], ZERO)
	return Expiring(quantity, lots_.value(pieces), last) if quantity else None


# ---------------------------------------------------------------------------------------------- tier


def at_risk(
	club: Club, account: Account, day: date, on: date, changes: Sequence[TierChange]
) -> AtRisk | None:
	"""The tier that the review decided on `on` takes from a member, as things stand on the morning of `day`; None if
	the tier would be kept, or is no longer there by then.

	It lets the time until then pass for the account: give it one that is thrown away. changes: the growing list of what
	the account's store was told of changes of tier."""
	top = account.promotions[-1] if account.promotions else None
	if account.is_money or top is None or top.decided_on != on or top.on >= day:
		return None
	begin, in_grace = len(changes), top.grace_until is not None
	_let_pass(club, account, on)
	grace = top.grace_until if not in_grace and top.grace_until is not None else None
	if grace is not None:
		_let_pass(club, account, grace)
	lost = [change for change in changes[begin:] if change.account == account.key]
	if not lost or lost[0].why != "review":
		return None
	change = lost[0]
	return AtRisk(
		change.before,
		change.after,
		change.value,
		change.threshold,
		on - ONE_DAY,
		grace - ONE_DAY if grace is not None else None,
	)


def _let_pass(club: Club, account: Account, day: date) -> None:
	"""Time passes up to the morning of `day`; a manager who would have to approve a review does."""
	club.advance(account, day)
	if club.program.tier_rules.review == "approved":
		ladder.approve(club.program, account, day)
