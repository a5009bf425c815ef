"""Three programs to begin with, from seven answers about a shop: a careful, a balanced and a generous one. They are
drafts to be tried on the shop's own past, not advice that anybody has measured.

It alone turns answers into rules. Data: `Answers`; `Proposal`. Money in the program's currency (Rial), shares as parts
of one.

What the club may cost is a part of the gross margin: `rebate` = margin × that part, and points are worth that share of
a purchase when all are spent. Tiers spread it around that mean, bonuses are taken out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple, get_args

from loyalty_club.core.model import (
	ONE,
	ZERO,
	Calendar,
	Earning,
	EarnRule,
	Expiry,
	Lrfm,
	Program,
	Spending,
	Tier,
	TierRules,
	When,
	Window,
)

Goal = Literal["visits", "basket", "loyal"]
Reward = Literal["discount", "status", "both"]
Measure = Literal["visits", "gap", "amount"]
Kind = Literal["careful", "balanced", "generous"]


class Answers(NamedTuple):
	"""What the shop answers.

	goal: customers should come more often, buy more at once, or the best should stay. reward: what brings them back, a
	discount, standing, or both. measure: what matters more, how often they come, that no gap grows long, or how much
	they buy. margin: gross margin of net sales. give: the part of it that the club may cost. purchase: a typical
	purchase (Rial, net). visits: how often a good customer comes in a year."""

	goal: Goal
	reward: Reward
	measure: Measure
	margin: Decimal
	give: Decimal
	purchase: Decimal
	visits: Decimal


class Proposal(NamedTuple):
	"""A program, how bold it is, and the share of net sales that its points are worth if all are spent."""

	kind: Kind
	program: Program
	rebate: Decimal


class AnswerError(ValueError):
	"""An answer that means nothing; `field` names it."""

	def __init__(self, field: str) -> None:
		super().__init__(f"{field}: this answer means nothing")
		self.field = field


BOLDNESS: Mapping[Kind, Decimal] = {
	"careful": Decimal("0.5"),
	"balanced": ONE,
	"generous": Decimal("1.5"),
}
# What each tier earns, of the mean.
SPREAD: Mapping[Reward, tuple[Decimal, Decimal, Decimal]] = {
	"discount": (ONE, Decimal("1.1"), Decimal("1.2")),
	"both": (Decimal("0.8"), Decimal("1.1"), Decimal("1.5")),
	"status": (Decimal("0.6"), Decimal("1.2"), Decimal("2")),
}
NAMES = (("Bronze", "برنزی"), ("Silver", "نقره‌ای"), ("Gold", "طلایی"))
BONUS = Decimal("0.2")  # of the rebate, where a bonus is given
LARGE = Decimal("1.5")  # times the rate, for a large purchase
SAFE = Decimal("0.9")  # of the margin, which no purchase gives more of
STEPS = (ONE, Decimal(2), Decimal(5), Decimal(10))
YEAR = 12


def check(answers: Answers) -> None:
	"""Raises AnswerError for the first answer that means nothing."""
	for field, given, known in (
		("goal", answers.goal, Goal),
		("reward", answers.reward, Reward),
		("measure", answers.measure, Measure),
	):
		if given not in get_args(known):
			raise AnswerError(field)
	for field in ("margin", "give"):
		if not ZERO < getattr(answers, field) <= ONE:
			raise AnswerError(field)
	if answers.purchase <= ZERO:
		raise AnswerError("purchase")
	if not ONE <= answers.visits <= 366:
		raise AnswerError("visits")


def propose(answers: Answers, currency: str = "IRR", calendar: Calendar = "jalali") -> list[Proposal]:
	"""A careful, a balanced and a generous program. Raises AnswerError."""
	check(answers)
	return [_proposal(kind, answers, currency, calendar) for kind in BOLDNESS]


def nice(amount: Decimal) -> Decimal:
	"""The number that people would say instead: 1, 2 or 5 with noughts, the nearest above.

	>>> nice(Decimal(370000))
	Decimal('500000')
	"""
	step = ONE.scaleb(amount.adjusted())
	return next(step * each for each in STEPS if step * each >= amount).quantize(min(step, ONE))


def _proposal(kind: Kind, answers: Answers, currency: str, calendar: Calendar) -> Proposal:
	rebate = min(answers.margin * answers.give * BOLDNESS[kind], _most(answers))
	per = nice(answers.purchase / 10)
	value = per / 1000
	rules = _bonus(answers, rebate, value)
	mean = rebate * (ONE - BONUS) if rules else rebate
	thresholds = _thresholds(answers)
	tiers = tuple(
		Tier(name, threshold, _points(mean * spread * per / value), per, title)
		for (name, title), threshold, spread in zip(NAMES, thresholds, SPREAD[answers.reward], strict=True)
	)
	program = Program(
		kind,
		tiers,
		Spending(value, max_share=Decimal("0.5")),
		currency=currency,
		calendar=calendar,
		tier_rules=TierRules(
			metric=_METRICS[answers.measure],
			window=Window("rolling_months", YEAR),
			downgrade="one_step",
		),
		earning=Earning(rules=rules),
		expiry=_expiry(kind, answers),
		lrfm=Lrfm(recency_weight=Decimal(2)) if answers.measure == "gap" else Lrfm(),
	)
	return Proposal(kind, program, rebate)


def _most(answers: Answers) -> Decimal:
	"""The highest mean rebate whose best purchase (highest tier, with the bonus) leaves a tenth of the margin."""
	highest = SPREAD[answers.reward][-1]
	best = highest
	if answers.goal == "visits":
		best = (ONE - BONUS) * highest + BONUS * answers.purchase / _least(answers)
	elif answers.goal == "basket":
		best = (ONE - BONUS) * highest * LARGE
	return answers.margin * SAFE / best


def _points(exact: Decimal) -> Decimal:
	"""Whole points, at least one."""
	return max(exact.to_integral_value(ROUND_HALF_UP), ONE)


_METRICS: Mapping[Measure, Literal["net_spend", "visits", "lrfm"]] = {
	"amount": "net_spend",
	"visits": "visits",
	"gap": "lrfm",
}


def _thresholds(answers: Answers) -> tuple[Decimal, Decimal, Decimal]:
	"""What a good customer reaches within the year, and what two of them would."""
	if answers.measure == "gap":  # an LRFM score, 1 to 5
		return ZERO, Decimal(3), Decimal(4)
	if answers.measure == "visits":
		first = max((answers.visits * Decimal("0.75")).to_integral_value(ROUND_CEILING), Decimal(2))
		return ZERO, first, max((answers.visits * 2).to_integral_value(ROUND_CEILING), first + 1)
	year = answers.purchase * answers.visits
	first = nice(year * Decimal("0.75"))
	return ZERO, first, max(nice(year * 2), first * 2)


def _bonus(answers: Answers, rebate: Decimal, value: Decimal) -> tuple[EarnRule, ...]:
	"""The bonus that fits the goal, worth a part of the rebate of a typical purchase."""
	if answers.goal == "visits":
		points = _points(answers.purchase * rebate * BONUS / value)
		when = When(minimum_amount=_least(answers))
		return (EarnRule("Every visit", add=points, when=when, title_fa="هر بار خرید"),)
	if answers.goal == "basket":
		when = When(minimum_amount=nice(answers.purchase * Decimal("1.5")))
		return (EarnRule("Large purchase", multiply=LARGE, when=when, title_fa="خرید بزرگ"),)
	return ()


def _least(answers: Answers) -> Decimal:
	"""The least purchase that counts as a visit (Rial)."""
	return nice(answers.purchase / 4)


def _expiry(kind: Kind, answers: Answers) -> Expiry:
	"""Points die where a gap grows twice as long as is usual; else at a month's end, within the year or half of it."""
	if answers.measure == "gap":
		months = (YEAR * 2 / answers.visits).to_integral_value(ROUND_CEILING)
		return Expiry("inactivity", max(int(months), 2))
	return Expiry("end_of_month", 6 if kind == "careful" else YEAR)
