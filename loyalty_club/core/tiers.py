"""Tiers: activity + ladder -> decision. Decides; changes nothing but the `Promotion` records it is handed.

Data: `Day`, one member's net purchases and points of one day, with returns already counted on the day of the original
purchase; `Promotion`, how a member came into a tier, with what is needed to say later whether it would have happened
without goods that came back.

A ladder position is an index into `program.tiers`; −1 is below the first threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core.model import ZERO, Program, TierRules
from loyalty_club.core.periods import CALENDARS

ONE_DAY = timedelta(days=1)


class Day(NamedTuple):
	"""Net purchases (Rial) and points earned on one day, returns subtracted; and whether it was counted as a visit when
	it last changed (the minimum may have been another then)."""

	net: Decimal = ZERO
	points: Decimal = ZERO
	visit: bool = False


def is_visit(rules: TierRules, day: Day) -> bool:
	"""A day with purchases left after returns, above the minimum. A fully returned day is no visit."""
	return day.net > 0 and day.net >= rules.visit_minimum


METRIC: Mapping[str, Callable[[TierRules, Day], Decimal]] = {
	"net_spend": lambda rules, day: day.net,
	"points_earned": lambda rules, day: day.points,
	"visits": lambda rules, day: Decimal(is_visit(rules, day)),
	"lrfm": lambda rules, day: ZERO,  # no day has a score: the member has one, given month by month
}

Start = Callable[[Program, date], date]


def months_back(program: Program, day: date, months: int) -> date:
	"""N months back from `day`, exclusive: on 15 Mehr with 12 months, from 16 Mehr of last year; on a month's last day
	from a month's first, for a month that is shorter must not reach further back."""
	calendar = CALENDARS[program.calendar]
	first = calendar.add_months(day, -months)
	if calendar.month_of(day).end == day:
		first = calendar.month_of(first).end
	return first + timedelta(days=1)


def _last_year(program: Program, day: date) -> date:
	year_of = CALENDARS[program.calendar].year_of
	return year_of(year_of(day).start - timedelta(days=1)).start


WINDOW: Mapping[str, Start] = {
	"lifetime": lambda program, day: date.min,
	"rolling_months": lambda program, day: months_back(program, day, program.tier_rules.window.months),
	"this_and_last_year": _last_year,
}


def window_start(program: Program, day: date) -> date:
	"""The first day whose purchases count for the tier on `day` (date.min: all of them)."""
	return WINDOW[program.tier_rules.window.kind](program, day)


def first_needed(program: Program, day: date) -> date:
	"""The first day that the tier, or the score that gives it, can look at from `day` on: a review in its days of grace
	looks from the end of the term. date.max: it needs no single day."""
	rules = program.tier_rules
	day -= timedelta(days=rules.grace_days)
	if rules.metric == "lrfm":
		return lrfm_start(program, day)
	return date.max if rules.window.kind == "lifetime" else window_start(program, day)


def lrfm_start(program: Program, day: date) -> date:
	"""The first day whose purchases count for the LRFM scores on `day` (date.min: all of them)."""
	return months_back(program, day, program.lrfm.months) if program.lrfm.months else date.min


def measure(rules: TierRules, days: Mapping[date, Day], start: date, end: date) -> Decimal:
	"""The metric over the days from `start` to `end`, both inclusive."""
	metric = METRIC[rules.metric]
	return sum([metric(rules, row) for day, row in days.items() if start <= day <= end], ZERO)


class Measured(NamedTuple):
	"""The metric over a window of days, and by which rules: the next day's window is worked out from it."""

	rules: TierRules
	start: date
	end: date
	value: Decimal

	def moved_to(self, days: Mapping[date, Day], start: date, end: date) -> Measured:
		"""The metric over a later window, by what leaves this one and what enters it."""
		metric = METRIC[self.rules.metric]
		gone, come = _between(days, self.start, start), _between(days, self.end + ONE_DAY, end + ONE_DAY)
		value = self.value - sum([metric(self.rules, row) for row in gone], ZERO)
		value += sum([metric(self.rules, row) for row in come], ZERO)
		return Measured(self.rules, start, end, value)

	def changed(self, before: Day | None, after: Day) -> Measured:
		"""The metric now that a row of the window is another (None: there was none)."""
		metric = METRIC[self.rules.metric]
		gone = metric(self.rules, before) if before is not None else ZERO
		return self._replace(value=self.value - gone + metric(self.rules, after))


def measured(
	known: Measured | None, rules: TierRules, days: Mapping[date, Day], start: date, end: date
) -> Measured:
	"""`measure` over the days, by way of a window already known, where that is less work."""
	if (
		known is not None
		and known.rules is rules
		and known.start <= start <= known.end <= end
		and (start - known.start).days + (end - known.end).days < len(days)
	):
		return known.moved_to(days, start, end)
	return Measured(rules, start, end, measure(rules, days, start, end))


def _between(days: Mapping[date, Day], start: date, end: date) -> Iterable[Day]:
	"""The rows of the days from `start` to the one before `end`."""
	while start < end:
		if start in days:
			yield days[start]
		start += ONE_DAY


def change(rules: TierRules, row: Day, net: Decimal, points: Decimal) -> Decimal:
	"""By how much the metric of a day moves when `net` and `points` are added to it."""
	metric = METRIC[rules.metric]
	return metric(rules, Day(row.net + net, row.points + points)) - metric(rules, row)


def position(program: Program, name: str) -> int:
	"""Where a tier is on the ladder; −1 for "" and for names the ladder no longer has."""
	return next((n for n, tier in enumerate(program.tiers) if tier.name == name), -1)


def reached(program: Program, value: Decimal) -> int:
	"""The highest tier whose threshold the value reaches; exactly at the threshold counts. A tier that needs nothing is
	reached by everyone, also by who brought back more than the window knows of."""
	value = max(value, ZERO)
	return max((n for n, tier in enumerate(program.tiers) if value >= tier.threshold), default=-1)


def name_at(program: Program, index: int) -> str:
	"""The name of the tier at a ladder position; "" below the ladder."""
	return program.tiers[index].name if index >= 0 else ""


def threshold(program: Program, name: str) -> Decimal:
	"""From which value of the metric a tier begins; 0 below the ladder."""
	index = position(program, name)
	return program.tiers[index].threshold if index >= 0 else ZERO


def after_review(program: Program, current: int, value: Decimal) -> int:
	"""Where a member stands after the review at the end of the term: kept while the metric still reaches the tier,
	else down — straight to what the metric gives, or one step."""
	deserved = reached(program, value)
	if deserved >= current:
		return current
	return DOWNGRADE[program.tier_rules.downgrade](current, deserved)


DOWNGRADE: Mapping[str, Callable[[int, int], int]] = {
	"straight": lambda current, deserved: deserved,
	"one_step": lambda current, deserved: current - 1,
}


@dataclass(slots=True)
class Promotion:
	"""How a member came into a tier, and what came back since.

	start, on: the window that was measured; value: the metric in it now, without what was returned since.
	returned: what was, since the last look; outside: the part of it that the activity counts on the return's own day.
	credited: of each day's purchases, what already stands for exchanged goods.
	check_on: when to look, `netting_days` after the last return. review_on: the end of the term. grace_until: the day
	on which the days of grace are over, once they have begun.
	"""

	tier: str
	before: str
	on: date
	start: date
	value: Decimal
	review_on: date | None
	returned: Decimal = ZERO
	outside: Decimal = ZERO
	first_return: date | None = None
	check_on: date | None = None
	credited: dict[date, Decimal] = field(default_factory=dict)
	grace_until: date | None = None

	@property
	def decided_on(self) -> date | None:
		"""When the review decides: at the end of the term, or of the days of grace."""
		return self.grace_until or self.review_on

	def bought(self, day: date, amount: Decimal) -> None:
		"""A sale was added to a day of the window."""
		if self.start <= day <= self.on:
			self.value += amount

	def brought_back(
		self, day: date, amount: Decimal, returned_on: date, netting_days: int, own_day: bool
	) -> None:
		"""Goods bought on `day`, worth `amount` of the metric, came back. own_day: the activity counts the return on
		its own day (it came without its invoice)."""
		if self.start <= day <= self.on:
			self.value -= amount
		else:
			amount = min(amount, self.credited.get(day, ZERO))
			if amount <= 0:
				return
			self.credited[day] -= amount
			self.value -= amount
		self.returned += amount
		if own_day and returned_on > self.on:
			self.outside += amount
		self.first_return = min(self.first_return or returned_on, returned_on)
		self.check_on = returned_on + timedelta(days=netting_days + 1)

	def stands(
		self, rules: TierRules, days: Iterable[tuple[date, Day]], limit: Decimal, value_now: Decimal
	) -> tuple[bool, Decimal]:
		"""Whether the promotion would have happened without the returned goods, exchanges netted; and the value that
		says so. Settles the netting: what was exchanged counts as bought from now on."""
		if self.first_return is None or self.check_on is None:
			return True, self.value
		begin = max(self.first_return - timedelta(days=rules.netting_days), self.on + timedelta(days=1))
		end = self.check_on - timedelta(days=1)
		metric = METRIC[rules.metric]
		free = {
			day: metric(rules, row) - self.credited.get(day, ZERO)
			for day, row in sorted(days)
			if begin <= day <= end
		}
		exchanged = left = max(ZERO, min(self.returned, sum(free.values(), ZERO) + self.outside))
		for day, amount in free.items():
			part = min(left, max(ZERO, amount))
			if part:
				self.credited[day] = self.credited.get(day, ZERO) + part
				left -= part
		self.value += exchanged
		self.returned = self.outside = ZERO
		self.first_return = self.check_on = None
		value = max(self.value, value_now)
		return value >= limit, value
