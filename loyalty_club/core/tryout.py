"""Compares what a past period would have come to under one program and under another: costs, who moves, who gains and
loses. Decides nothing and posts nothing; a replay (`backtest`) has done that.

Money in the program's currency (Rial), points in points, shares as fractions of one.

>>> from decimal import Decimal
>>> moves({"mina": "Bronze", "reza": "Bronze"}, {"mina": "Silver", "reza": "Bronze"})
[Move(before='Bronze', after='Silver', customers=1)]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from loyalty_club.core import liability
from loyalty_club.core.exact import Fraction
from loyalty_club.core.liability import Cohort
from loyalty_club.core.model import ZERO
from loyalty_club.core.outcome import Outcome

ONE_RIAL = Decimal(1)


class Cost(NamedTuple):
	"""What a club would have cost. spent: the value of points that paid, less what was given back; to_come: of the
	outstanding ones the value of those that are expected to pay; owed: the contract liability at the end (IFRS 15);
	of_sales, of_margin: spent and to come, by what was sold and by the gross margin of it, None where there is none."""

	spent: Decimal
	to_come: Decimal
	owed: Decimal
	of_sales: Fraction | None
	of_margin: Fraction | None

	@property
	def whole(self) -> Decimal:
		"""Spent and to come."""
		return self.spent + self.to_come


def cost(outcome: Outcome, value: Decimal, expected: Fraction, margin: Fraction | None) -> Cost:
	"""What came of a replay as a cost. value: of a point (Rial); expected: the share of points that is expected to be
	spent; margin: gross margin of net sales.

	The liability is that of one cohort: the whole period's points, shared with the whole period's sales."""
	summary = outcome.summary
	spent = sum((month.redeemed_value for month in outcome.months), ZERO)
	to_come = _coin(Fraction(summary.value_outstanding) * expected)
	redeemed = summary.points_redeemed - summary.points_restored
	remaining = summary.points_outstanding + summary.points_deficit
	cohort = Cohort(
		summary.points_earned,
		summary.points_earned - redeemed - summary.points_expired - remaining,
		redeemed,
		summary.points_expired,
	)
	deferred = liability.deferral(summary.net_sales, cohort.issued, value, expected)
	owed = liability.roll(deferred, cohort, expected).closing
	whole, sales = Fraction(spent + to_come), Fraction(summary.net_sales)
	return Cost(
		spent,
		to_come,
		owed,
		whole / sales if sales > 0 else None,
		whole / (sales * margin) if margin and sales > 0 else None,
	)


def _coin(amount: Fraction) -> Decimal:
	return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(ONE_RIAL, ROUND_HALF_UP)


class Move(NamedTuple):
	"""How many customers would be in another tier; "" for none."""

	before: str
	after: str
	customers: int


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> list[Move]:
	"""Who would be in another tier, most customers first. Whoever is on one side only has no tier on the other."""
	found = Counter(
		(before.get(each, ""), after.get(each, ""))
		for each in {**before, **after}
		if before.get(each, "") != after.get(each, "")
	)
	return [
		Move(*tiers, count) for tiers, count in sorted(found.items(), key=lambda each: (-each[1], each[0]))
	]


class Customer(NamedTuple):
	"""A customer under one program: tier at the end, points earned less taken back, what they are worth (Rial), and
	net purchases (Rial)."""

	tier: str
	earned: Decimal
	worth: Decimal
	net: Decimal


NOBODY = Customer("", ZERO, ZERO, ZERO)


class Affected(NamedTuple):
	"""A customer under both programs."""

	name: str
	before: Customer
	after: Customer

	@property
	def gain(self) -> Decimal:
		"""How much more the points are worth (Rial)."""
		return self.after.worth - self.before.worth


def affected(
	before: Mapping[str, Customer], after: Mapping[str, Customer], limit: int = 100
) -> list[Affected]:
	"""Whom it makes the largest difference to, in Rial and then by name."""
	found = [
		Affected(name, before.get(name, NOBODY), after.get(name, NOBODY)) for name in {**before, **after}
	]
	found.sort(key=lambda each: (-abs(each.gain), each.name))
	return found[:limit]


class Plan(NamedTuple):
	"""What somebody assumes of a club in the period that was tried, in Rial. software, setup, messages: what it costs
	beside its points. extra: the part of net sales that is bought only because of it. kept: customers who would have
	gone without it. worth: what one of them brings (gross margin) in the period."""

	software: Decimal = ZERO
	setup: Decimal = ZERO
	messages: Decimal = ZERO
	extra: Fraction = Fraction(0)
	kept: int = 0
	worth: Decimal = ZERO


class Return(NamedTuple):
	"""What comes of a plan (Rial): the gross margin of extra purchases and of customers kept, less rewards and the
	other costs. on_investment: what is left of each rial of cost; None where nothing is spent."""

	extra: Decimal
	kept: Decimal
	rewards: Decimal
	other: Decimal
	on_investment: Fraction | None

	@property
	def left(self) -> Decimal:
		"""What it brings less what it costs."""
		return self.extra + self.kept - self.rewards - self.other


def returns(plan: Plan, net_sales: Decimal, rewards: Decimal, margin: Fraction) -> Return:
	"""What a plan comes to. net_sales: of the period; rewards: what the points cost (`Cost.whole`); margin: gross
	margin of net sales.

	>>> plan = Plan(software=Decimal(100), extra=Fraction(1, 10))
	>>> result = returns(plan, Decimal(10_000), Decimal(100), Fraction(1, 4))
	>>> result.left, result.on_investment
	(Decimal('50'), Fraction(1, 4))
	"""
	extra = _coin(Fraction(net_sales) * plan.extra * margin)
	kept = plan.kept * plan.worth
	other = plan.software + plan.setup + plan.messages
	cost = rewards + other
	share = Fraction(extra + kept - cost) / Fraction(cost) if cost else None
	return Return(extra, kept, rewards, other, share)
