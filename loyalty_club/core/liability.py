"""The contract liability for points: what of a sale is owed until its points are spent or die (IFRS 15, B39 to B43 and
illustrative example 52; Iranian standard 43), and the provision for points that were given for nothing.

Decides amounts only; posts nothing, and knows neither accounts nor documents. Points in points, money in Rial, exact
(`Fraction`) until `roll` rounds each line to the coin.

Data: `Cohort`, the points of one program, company, period of award and value, with everything that happened to them up
to a day; `Share`, what a valuation said of it; `Roll`, from one valuation to the next; `Bridge`, from there to the
account.

How it is used: `deferral` once, when a cohort is first valued, from the sales it came with; it is kept and never
changed by a later estimate or value, only cut by returns. Then, at each valuation, `roll`. Points that came without a
sale, and all points of a club that books them as an expense, are rolled `at_cost`, by the newest estimate.

>>> from decimal import Decimal
>>> deferred = deferral(Decimal(100_000), Decimal(10_000), Decimal(1), Fraction(95, 100))
>>> year_1 = Cohort(issued=Decimal(10_000), redeemed=Decimal(4_500))
>>> str(roll(deferred, year_1, Fraction(95, 100)).closing)
'4566'
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import ZERO

ONE_RIAL = Decimal(1)
NOTHING = Fraction(0)


class Cohort(NamedTuple):
	"""Points of one program, company, period of award and value per point, and what happened to them up to a day, all
	in points and none of it negative. Pending points are issued.

	reversed: taken back by returns; redeemed: less what was given back; transferred: gone to other companies' cohorts
	(less what came)."""

	issued: Decimal
	reversed: Decimal = ZERO
	redeemed: Decimal = ZERO
	expired: Decimal = ZERO
	transferred: Decimal = ZERO

	@property
	def remaining(self) -> Decimal:
		"""Points that can still be spent, or are pending."""
		return self.issued - self.reversed - self.redeemed - self.expired - self.transferred

	@property
	def standing(self) -> Fraction:
		"""The part of what was issued that returns and transfers have left."""
		gone = self.reversed + self.transferred
		return Fraction(self.issued - gone) / Fraction(self.issued) if self.issued else NOTHING


class Share(NamedTuple):
	"""What a valuation said of a cohort: the cohort then, its deferral (Rial, exact), the part of that which was
	recognised, and the liability that it came to (closing, Rial)."""

	cohort: Cohort
	deferred: Fraction
	recognised: Fraction
	closing: Decimal


NEVER = Share(Cohort(ZERO), NOTHING, NOTHING, ZERO)  # what was never valued


# ---------------------------------------------------------------------------------------------- at the beginning


def deferral(sales: Decimal, points: Decimal, value: Decimal, rate: Fraction) -> Fraction:
	"""The part of sales (Rial) that is allocated to the points that came with them, by relative stand-alone price
	(IFRS 15.74): the goods' is what they were sold for, the points' their value (Rial a point) times the part of them
	that is expected to be spent. Exact. Whether both are gross or net of tax is the caller's choice.

	>>> round(deferral(Decimal(100_000), Decimal(10_000), Decimal(1), Fraction(95, 100)))
	8676
	"""
	price = Fraction(points) * Fraction(value) * rate
	whole = Fraction(sales) + price
	return Fraction(sales) * price / whole if whole else NOTHING


def paid(amount: Decimal) -> Fraction:
	"""What a gift card or credit that was paid for is owed: what was paid. Its quantities are Rial, not points; what is
	never used is recognised in proportion to use (IFRS 15.B46)."""
	return Fraction(amount)


# ---------------------------------------------------------------------------------------------- what is expected


def expected(cohort: Cohort, rate: Fraction) -> Fraction:
	"""How many points of a cohort will have been spent in the end, if it is this part of those that returns left: at
	least those that were, at most those and what remains."""
	return _expected(cohort, rate, cohort.remaining)


def _expected(cohort: Cohort, rate: Fraction, remaining: Decimal) -> Fraction:
	spent = Fraction(cohort.redeemed)
	wish = Fraction(cohort.issued - cohort.reversed - cohort.transferred) * rate
	return min(max(wish, spent), spent + Fraction(remaining))


def learnt(cohorts: Iterable[Cohort]) -> Fraction | None:
	"""The part of points that was spent, of cohorts of which nothing remains; None where there are none."""
	issued = redeemed = ZERO
	for cohort in cohorts:
		if cohort.remaining == ZERO:
			issued += cohort.issued - cohort.reversed - cohort.transferred
			redeemed += cohort.redeemed
	return min(Fraction(redeemed) / Fraction(issued), Fraction(1)) if issued > ZERO else None


# ---------------------------------------------------------------------------------------------- from one to the next


class Roll(NamedTuple):
	"""A cohort's liability from one valuation to the next (Rial): opening + deferred − reversed − recognised − expired
	− transferred = closing, to the coin. share: what the next valuation begins with."""

	opening: Decimal
	deferred: Decimal
	reversed: Decimal
	recognised: Decimal
	expired: Decimal
	transferred: Decimal
	closing: Decimal
	share: Share


def roll(
	deferred: Fraction, now: Cohort, rate: Fraction, before: Share = NEVER, coin: Decimal = ONE_RIAL
) -> Roll:
	"""What the liability of a cohort is, and what moved it since the valuation before.

	Recognised is redeemed ÷ expected of the deferral that returns and transfers left, cumulatively: a changed
	expectation catches up in the period that changes it (IFRS 15.88). What would have been recognised had nothing
	expired since is recognised by use; the rest is by expiry. Points of the cohort's period that came after its
	valuation bring a deferral of their own, which is added to the first one and stands in this period.

	Raises ValueError for a cohort of which less than nothing remains, and for a deferral that is less than before."""
	if now.remaining < ZERO:
		raise ValueError(f"less than nothing remains of {now}")
	if deferred < before.deferred:
		raise ValueError(f"the deferral was {before.deferred} before, and is never changed")
	share = _recognised(now, rate, now.remaining)
	closing = _coins(deferred * now.standing * (1 - share), coin)
	begun = _coins(deferred, coin) - _coins(before.deferred, coin)
	died = now.expired - before.cohort.expired
	lived = _recognised(now, rate, now.remaining + died) if died > ZERO else share
	expired = _coins(deferred * now.standing * (share - lived), coin)
	owed = deferred * (1 - before.recognised) / Fraction(now.issued) if now.issued else NOTHING
	reversed_ = _coins(owed * Fraction(now.reversed - before.cohort.reversed), coin)
	transferred = _coins(owed * Fraction(now.transferred - before.cohort.transferred), coin)
	recognised = before.closing + begun - reversed_ - transferred - expired - closing
	return Roll(
		before.closing,
		begun,
		reversed_,
		recognised,
		expired,
		transferred,
		closing,
		Share(now, deferred, share, closing),
	)


def at_cost(
	value: Decimal, now: Cohort, rate: Fraction, before: Share = NEVER, coin: Decimal = ONE_RIAL
) -> Roll:
	"""The same for points that are owed at what they are expected to cost (value: Rial a point): a provision, measured
	anew by each estimate (IAS 37.59). deferred is what was given and what the estimate changed of all that was, and is
	an expense; recognised is what was spent, at face.

	Raises ValueError for a cohort of which less than nothing remains."""
	if now.remaining < ZERO:
		raise ValueError(f"less than nothing remains of {now}")
	price = Fraction(value) * rate
	had = before.cohort
	was = before.deferred / Fraction(had.issued) if had.issued else NOTHING
	owed = expected(now, rate) - Fraction(now.redeemed)
	closing = _coins(Fraction(value) * owed, coin)
	begun = _coins(price * Fraction(now.issued), coin) - _coins(before.deferred, coin)
	reversed_ = _coins(price * Fraction(now.reversed) - was * Fraction(had.reversed), coin)
	transferred = _coins(price * Fraction(now.transferred) - was * Fraction(had.transferred), coin)
	died = max(now.expired - had.expired, ZERO)
	lived = _expected(now, rate, now.remaining + died) - Fraction(now.redeemed)
	expired = _coins(Fraction(value) * (lived - owed), coin)
	recognised = before.closing + begun - reversed_ - transferred - expired - closing
	share = Share(now, price * Fraction(now.issued), _recognised(now, rate, now.remaining), closing)
	return Roll(before.closing, begun, reversed_, recognised, expired, transferred, closing, share)


def _recognised(cohort: Cohort, rate: Fraction, remaining: Decimal) -> Fraction:
	"""The part of the deferral that is recognised: all of it where nothing more is expected."""
	in_the_end = _expected(cohort, rate, remaining)
	return Fraction(cohort.redeemed) / in_the_end if in_the_end else Fraction(1)


def _coins(amount: Fraction, coin: Decimal) -> Decimal:
	"""Rounded to the coin, half up (away from nothing)."""
	coins = amount / Fraction(coin)
	places = (Decimal(coins.numerator) / Decimal(coins.denominator)).quantize(ONE_RIAL, ROUND_HALF_UP)
	return places * coin


# ---------------------------------------------------------------------------------------------- to the account


class Bridge(NamedTuple):
	"""From the roll-forward to the liability account of a period (Rial).

	opening: what the account was after the journal before; face: what redemptions debited to it, less what was given
	back, at the points' value; tax: the part of it that paid value added tax; other: what else was credited to it."""

	opening: Decimal
	face: Decimal
	tax: Decimal
	other: Decimal
	roll: Roll

	@property
	def account(self) -> Decimal:
		"""The account's balance before the journal."""
		return self.opening - self.face + self.other

	@property
	def journal(self) -> Decimal:
		"""What is credited to the account, and debited to sales, so that it is the liability; negative: the reverse."""
		return self.roll.closing - self.account

	@property
	def true_up(self) -> Decimal:
		"""What was recognised by use beyond what redemptions debited at face value."""
		return self.roll.recognised - self.face


def total(rolls: Iterable[Roll]) -> Roll:
	"""The sums of several cohorts' rolls; the share of the sum says nothing."""
	columns = [ZERO] * 7
	for one in rolls:
		columns = [had + more for had, more in zip(columns, one[:7], strict=True)]
	opening, deferred, reversed_, recognised, expired, transferred, closing = columns
	return Roll(
		opening,
		deferred,
		reversed_,
		recognised,
		expired,
		transferred,
		closing,
		NEVER._replace(closing=closing),
	)
