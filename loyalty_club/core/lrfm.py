"""LRFM: who buys since when, how lately, how often, for how much. Scores, segments and classes of customers; decides
nothing else, and moves no points.

Data: `Totals`, a customer's purchase days in a window; `Values`, what is scored; `Scores`, 1 to 5 each.

	L, length      days from the first to the last purchase of the window
	R, recency     days since the last one
	F, frequency   purchase days
	M, monetary    net amount (Rial) of the window's days, returns subtracted

A purchase day is a day with something left of it after returns. A customer without one in the window is not scored.

A score is 1 + the number of cuts that the value exceeds, recency's 5 − that number: the lower, the better. The cuts are
the quintiles of everybody's values, or the program's limits. Equal values have equal scores, however many there are.

Quintiles are by linear interpolation at 20, 40, 60 and 80 % of n − 1 (Hyndman and Fan 1996, type 7), exactly: a cut is
a `Fraction`. The length of the relation beside RFM, and comparing with the average, are Chang and Tsay's (2004).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import ZERO, Lrfm
from loyalty_club.core.tiers import Day

CENT = Decimal("0.01")
FIFTHS = (1, 2, 3, 4)


class Totals(NamedTuple):
	"""A customer's purchases in a window: first and last purchase day, how many there are, net amount (Rial) of all."""

	first: date
	last: date
	visits: int
	net: Decimal


class Values(NamedTuple):
	"""What is scored: days, days, purchase days, Rial."""

	length: int
	recency: int
	frequency: int
	monetary: Decimal


Cut = Fraction | Decimal
FourCuts = tuple[Cut, Cut, Cut, Cut]


class Cuts(NamedTuple):
	"""The four cuts of each of the four, ascending."""

	length: FourCuts
	recency: FourCuts
	frequency: FourCuts
	monetary: FourCuts


class Scores(NamedTuple):
	"""1 to 5 each, the best is 5; total: their weighted mean, two decimals."""

	length: int
	recency: int
	frequency: int
	monetary: int
	total: Decimal


class Columns(NamedTuple):
	"""Everybody's values, a column each, in any order; `monetary` in the smallest coin, whole numbers: `unit` of them
	are one Rial. Any sequences of whole numbers will do; arrays keep a hundred thousand in a few megabytes."""

	length: Sequence[int]
	recency: Sequence[int]
	frequency: Sequence[int]
	monetary: Sequence[int]
	unit: int = 1


def columns_of(values_: Iterable[Values]) -> Columns:
	"""Everybody's values as columns, amounts in the smallest coin that any of them has."""
	given = list(values_)
	places = [each.monetary.as_tuple().exponent for each in given]
	unit = 10 ** max([0, *(-place for place in places if isinstance(place, int))])
	return Columns(
		[each.length for each in given],
		[each.recency for each in given],
		[each.frequency for each in given],
		[int(each.monetary * unit) for each in given],
		unit,
	)


class Averages(NamedTuple):
	"""Everybody's exact means."""

	length: Fraction
	recency: Fraction
	frequency: Fraction
	monetary: Fraction


def values(totals: Totals, as_of: date) -> Values:
	"""What is scored of a customer on a day."""
	length, recency = (totals.last - totals.first).days, (as_of - totals.last).days
	return Values(length, recency, totals.visits, totals.net)


# ---------------------------------------------------------------------------------------------- scores


def quintiles(column: Iterable[int]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
	"""The four cuts that part a column of whole numbers into fifths; all 0 where it is empty.

	>>> [str(cut) for cut in quintiles([10, 20, 30, 40])]
	['16', '22', '28', '34']
	"""
	found = sorted(column)
	if not found:
		return (Fraction(0),) * 4
	one, two, three, four = (_at(found, fifth) for fifth in FIFTHS)
	return one, two, three, four


def _at(column: Sequence[int], fifth: int) -> Fraction:
	"""The value at so many fifths of a sorted column."""
	place, rest = divmod(fifth * (len(column) - 1), 5)
	low = column[place]
	return Fraction(low) if not rest else Fraction(5 * low + (column[place + 1] - low) * rest, 5)


def cuts(rules: Lrfm, columns: Columns) -> Cuts:
	"""By what everybody is scored: the quintiles of the columns, or the program's limits."""
	if rules.method == "limits":
		limits = rules.length_limits, rules.recency_limits, rules.frequency_limits, rules.monetary_limits
		length, recency, frequency, monetary = (each or (ZERO,) * 4 for each in limits)
		return Cuts(length, recency, frequency, monetary)
	one, two, three, four = quintiles(columns.monetary)
	unit = columns.unit
	return Cuts(
		quintiles(columns.length),
		quintiles(columns.recency),
		quintiles(columns.frequency),
		(one / unit, two / unit, three / unit, four / unit),
	)


def score(given: Values, by: Cuts, rules: Lrfm) -> Scores:
	"""The scores of a customer."""
	length = 1 + _exceeded(given.length, by.length)
	recency = 5 - _exceeded(given.recency, by.recency)
	frequency = 1 + _exceeded(given.frequency, by.frequency)
	monetary = 1 + _exceeded(given.monetary, by.monetary)
	return Scores(length, recency, frequency, monetary, total((length, recency, frequency, monetary), rules))


def _exceeded(value: int | Decimal, four: FourCuts) -> int:
	"""How many of the cuts a value exceeds, exactly."""
	if isinstance(value, int):
		return sum(value > cut for cut in four)
	return sum(
		value > cut if isinstance(cut, Decimal) else value * cut.denominator > cut.numerator for cut in four
	)


def total(scores: tuple[int, int, int, int], rules: Lrfm) -> Decimal:
	"""The weighted mean of four scores, half up to two decimals."""
	weights = rules.length_weight, rules.recency_weight, rules.frequency_weight, rules.monetary_weight
	weighted = sum((each * weight for each, weight in zip(scores, weights, strict=True)), ZERO)
	return (weighted / sum(weights, ZERO)).quantize(CENT, ROUND_HALF_UP)


# ---------------------------------------------------------------------------------------------- segments

ANY = (1, 5)


class SegmentRule(NamedTuple):
	"""A named segment: the scores (from, to; both inclusive) that make it."""

	name: str
	title_fa: str
	length: tuple[int, int] = ANY
	recency: tuple[int, int] = ANY
	frequency: tuple[int, int] = ANY
	monetary: tuple[int, int] = ANY

	def covers(self, scores: Scores | tuple[int, int, int, int]) -> bool:
		"""Whether the four scores are all in their ranges."""
		ranges = self.length, self.recency, self.frequency, self.monetary
		return all(low <= each <= high for each, (low, high) in zip(scores[:4], ranges, strict=True))


# In this order: the first that covers the scores is the customer's. Together they cover all 625 combinations.
STANDARD_SEGMENTS = (
	SegmentRule("Champions", "قهرمانان", recency=(4, 5), frequency=(4, 5), monetary=(4, 5)),
	SegmentRule("Can't Lose", "نباید از دست بروند", recency=(1, 2), frequency=(4, 5), monetary=(4, 5)),
	SegmentRule("Loyal", "وفادار", length=(3, 5), recency=(3, 5), frequency=(4, 5)),
	SegmentRule("Big Spenders", "پرخرج", recency=(3, 5), monetary=(5, 5)),
	SegmentRule("New", "تازه‌وارد", length=(1, 2), recency=(4, 5), frequency=(1, 2)),
	SegmentRule("Potential Loyal", "در آستانهٔ وفاداری", recency=(4, 5), frequency=(2, 5)),
	SegmentRule("Promising", "امیدبخش", recency=(4, 5)),
	SegmentRule("At Risk", "در خطر", recency=(1, 2), frequency=(3, 5)),
	SegmentRule("Need Attention", "نیازمند توجه", recency=(3, 3), frequency=(3, 5)),
	SegmentRule("About to Sleep", "رو به خواب", recency=(3, 3)),
	SegmentRule("Hibernating", "خفته", recency=(2, 2)),
	SegmentRule("Lost", "از دست رفته", recency=(1, 1)),
)


def segment(scores: Scores, rules: Iterable[SegmentRule] = STANDARD_SEGMENTS) -> str:
	"""The name of the first segment that covers the scores; "" if none does."""
	return next((rule.name for rule in rules if rule.covers(scores)), "")


# ---------------------------------------------------------------------------------------------- against the average


class AverageClass(NamedTuple):
	"""A group of the sixteen patterns of above (+) and not above (−) the average, and what it is called."""

	name: str
	title_fa: str


# After Chang and Tsay (2004): groups by length and recency, of which those who stay long are parted again by what they
# buy. R− is a recency below the average: lately.
LOYAL = AverageClass("Loyal", "وفادار")
CORE = AverageClass("Core", "اصلی")
CONSUMING = AverageClass("Consuming Resources", "پرهزینه")
POTENTIAL = AverageClass("Potential", "بالقوه")
NEW = AverageClass("New", "تازه‌وارد")
LOST = AverageClass("Lost", "از دست رفته")
AVERAGE_CLASSES = (LOYAL, CORE, POTENTIAL, NEW, CONSUMING, LOST)


def averages(columns: Columns) -> Averages:
	"""Everybody's means; all 0 where there is nobody."""
	count = len(columns.length) or 1
	length, recency, frequency = (Fraction(sum(each), count) for each in columns[:3])
	return Averages(length, recency, frequency, Fraction(sum(columns.monetary), count * columns.unit))


def pattern(given: Values, means: Averages) -> str:
	"""How a customer stands to the average: "L+R-F+M+" is longer, more lately, oftener and for more than it. Equal to
	the average is not above it; of recency, which is better the lower, equal is not below it.

	>>> pattern(
	...     Values(100, 3, 9, Decimal(90)), Averages(Fraction(50), Fraction(20), Fraction(4), Fraction(40))
	... )
	'L+R-F+M+'
	"""
	signs = (
		given.length > means.length,
		not given.recency < means.recency,
		given.frequency > means.frequency,
		given.monetary * means.monetary.denominator > means.monetary.numerator,
	)
	return "".join(f"{letter}{'+' if above else '-'}" for letter, above in zip("LRFM", signs, strict=True))


def average_class(given: Values, means: Averages) -> str:
	"""The class of a customer against the average: L, F and M above and R below it is "Loyal"."""
	return CLASS_OF[pattern(given, means)].name


def _class_of(length: str, recency: str, frequency: str, monetary: str) -> AverageClass:
	lately = recency == "-"
	buys = (frequency == "+") + (monetary == "+")
	if length == "+":
		if lately:
			return {2: LOYAL, 1: CORE, 0: CONSUMING}[buys]
		return POTENTIAL if buys else CONSUMING
	return NEW if lately else LOST


CLASS_OF: Mapping[str, AverageClass] = {
	f"L{length}R{recency}F{frequency}M{monetary}": _class_of(length, recency, frequency, monetary)
	for length in "+-"
	for recency in "+-"
	for frequency in "+-"
	for monetary in "+-"
}


# ---------------------------------------------------------------------------------------------- from month to month


def migration(before: Mapping[str, str], after: Mapping[str, str]) -> dict[tuple[str, str], int]:
	"""How many customers went from which segment to which between two days; "" is not scored (then: new, or left).

	>>> migration({"a": "New", "b": "Loyal"}, {"a": "Loyal", "c": "New"})
	{('New', 'Loyal'): 1, ('Loyal', ''): 1, ('', 'New'): 1}
	"""
	moved: dict[tuple[str, str], int] = {}
	for customer in [*before, *(each for each in after if each not in before)]:
		step = before.get(customer, ""), after.get(customer, "")
		if step != ("", ""):
			moved[step] = moved.get(step, 0) + 1
	return moved


# ---------------------------------------------------------------------------------------------- from bills


class Tally:
	"""Purchase days of many customers, for whoever has bills and no table: `add` each amount, then `totals`."""

	def __init__(self) -> None:
		self._days: dict[str, dict[date, Decimal]] = {}

	def add(self, customer: str, day: date, net: Decimal) -> None:
		"""Adds to a customer's day. A return is negative, on the day of the purchase if that is known."""
		days = self._days.get(customer)
		if days is None:
			days = self._days[customer] = {}
		days[day] = days.get(day, ZERO) + net

	def totals(self, start: date, end: date) -> dict[str, Totals]:
		"""What each customer who has a purchase day in the window bought in it (both days inclusive)."""
		found = {}
		for customer, days in self._days.items():
			totals = totals_of(days, start, end)
			if totals is not None:
				found[customer] = totals
		return found


def totals_of(days: Mapping[date, Decimal], start: date, end: date) -> Totals | None:
	"""A customer's totals in a window; None without a purchase day in it."""
	return totals_of_days({day: Day(net, ZERO, net > 0) for day, net in days.items()}, start, end)


def totals_of_days(days: Mapping[date, Day], start: date, end: date) -> Totals | None:
	"""A member's totals in a window, by the days of the account: what a visit is, the program says."""
	inside = [(day, row) for day, row in days.items() if start <= day <= end]
	bought = [day for day, row in inside if row.visit]
	if not bought:
		return None
	return Totals(min(bought), max(bought), len(bought), sum([row.net for _day, row in inside], ZERO))
