"""Earning: purchase + program -> what is earned, line by line, each with its reason. Decides; changes nothing.

A line that is not excluded contributes base × (1 + bonuses) — its *weight*, exact money — and the document's one
*rate* (points per unit of weight, a `Fraction`) turns weights into points. Keeping the division to the document makes
the sum exact and the replay fast; a return needs nothing but weights and rate.

Order: tier's rate, multipliers, added points, rounding down once per document, caps.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from loyalty_club import jalali
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_down
from loyalty_club.core.model import (
	NOTHING,
	ONE,
	WHOLE,
	ZERO,
	Bonus,
	Caps,
	EarnRule,
	Items,
	Line,
	Posted,
	Program,
	Purchase,
	Reason,
	RulePart,
	Tier,
	When,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MICRO = Decimal("0.000001")
NO_CAPS = Caps()
TIER_RATE = (RulePart("", ONE),)


class Earned(NamedTuple):
	"""What the member already earned, less what was reversed (points), for the caps."""

	day: Decimal = ZERO
	month: Decimal = ZERO
	ever: Decimal = ZERO


class Score(NamedTuple):
	"""What a purchase earns; the fields are those of `model.Posted`."""

	weights: tuple[Decimal, ...]
	parts: tuple[tuple[RulePart, ...], ...]
	bonuses: tuple[Bonus, ...]
	rate: Fraction
	exact: Fraction
	awarded: Decimal
	carry: Fraction
	reason: Reason


class LineClass(NamedTuple):
	"""What the program says of a kind of line, whatever the document: computed once per item."""

	excluded: bool
	payable: bool
	rules: frozenset[int]


def fine(exact: Fraction) -> Decimal:
	"""An exact number to a millionth, for telling; never for reckoning."""
	number = Decimal(exact.numerator)
	if exact.denominator != 1:
		number = (number / exact.denominator).quantize(MICRO, ROUND_HALF_UP).normalize()
	return number


def finely(exact: Fraction) -> Fraction:
	"""A remainder to a millionth of a Rial. What an account carries for ever must not grow longer with every share that
	was paid by points."""
	return Fraction(fine(exact)) if exact.denominator > 1 else exact


def place_earns_nothing(place: str) -> Reason:
	"""Why a purchase in `place` is barred from earning (`Purchase.barred`)."""
	return Reason("place_earns_nothing", {"place": place})


def own_document(user: str) -> Reason:
	"""Why a purchase that a member of the staff made out for their own membership is barred. user: the staff's."""
	return Reason("own_document", {"user": user})


def awards_limit(given: int, limit: int) -> Reason:
	"""Why a purchase of a member who got `given` awards on one day is barred where `limit` is the most."""
	return Reason("awards_limit", {"given": Decimal(given), "limit": Decimal(limit)})


def chosen(items: Items, line: Line) -> bool:
	"""Whether the choice names this line."""
	return (
		line.item in items.items
		or line.item_group in items.item_groups
		or line.brand in items.brands
		or (items.discounted and line.discounted)
	)


def line_matches(when: When, line: Line) -> bool:
	"""Whether a rule's choice of lines takes this line (each kind of choice that is given must hold)."""
	return (
		(not when.items or line.item in when.items)
		and (not when.item_groups or line.item_group in when.item_groups)
		and (not when.brands or line.brand in when.brands)
	)


def document_matches(when: When, purchase: Purchase, tier: str, first_purchase: bool) -> bool:
	"""Whether a rule's conditions on the document hold. A purchase without a time is outside every happy hour."""
	day = purchase.day
	return (
		(not when.branches or purchase.branch in when.branches)
		and (not when.tiers or tier in when.tiers)
		and (not when.weekdays or WEEKDAYS[day.weekday()] in when.weekdays)
		and (
			when.hours is None
			or (purchase.time is not None and when.hours[0] <= purchase.time < when.hours[1])
		)
		and (when.from_date is None or day >= when.from_date)
		and (when.to_date is None or day <= when.to_date)
		and (not when.occasions or any(is_occasion(name, day) for name in when.occasions))
		and (not when.payment_modes or any(tender.mode in when.payment_modes for tender in purchase.tenders))
		and (not when.first_purchase or first_purchase)
		and (when.minimum_amount <= 0 or sum(line.net for line in purchase.lines) >= when.minimum_amount)
	)


def is_occasion(name: str, day: date) -> bool:
	"""Whether `day` is the Jalali occasion of that name (see `jalali.OCCASIONS`)."""
	return jalali.to_jalali(day)[1:] == jalali.OCCASIONS[name]


def paying_share(gross: Decimal, reducing: Decimal) -> Fraction:
	"""The share of the grand total that earns: what was not paid from a wallet that reduces the base."""
	if not reducing or gross <= 0:
		return WHOLE
	return max(NOTHING, WHOLE - Fraction(reducing) / Fraction(gross))


class Rates:
	"""A program's earning rules, ready for many purchases: remembers what it said of each item."""

	def __init__(self, program: Program) -> None:
		self.program = program
		self._earning = program.earning
		self._rules = program.earning.rules
		self._classes: dict[tuple[str, str, str, bool], LineClass] = {}
		lines_matter = [program.earning.exclude, program.spending.not_payable] != [Items(), Items()]
		self._alike = None if lines_matter or self._rules else LineClass(False, True, frozenset())
		rate = [Fraction(tier.points) / Fraction(tier.per) for tier in program.tiers]
		self._rate = {tier.name: each for tier, each in zip(program.tiers, rate, strict=True)}
		self._tier = {tier.name: tier for tier in program.tiers}

	def classify(self, line: Line) -> LineClass:
		"""Whether the line earns, may be paid by points, and which rules choose it."""
		key = (line.item, line.item_group, line.brand, line.discounted)
		found = self._classes.get(key)
		if found is None:
			found = self._classes[key] = LineClass(
				chosen(self._earning.exclude, line),
				not chosen(self.program.spending.not_payable, line),
				frozenset(n for n, rule in enumerate(self._rules) if line_matches(rule.when, line)),
			)
		return found

	def classes(self, lines: tuple[Line, ...]) -> list[LineClass]:
		"""`classify` for each line; free of charge in a program to which all lines are alike."""
		if self._alike is not None:
			return [self._alike] * len(lines)
		return [self.classify(line) for line in lines]

	def payable(self, classes: list[LineClass]) -> tuple[bool, ...]:
		"""Which of the lines points may pay."""
		return (
			(True,) * len(classes) if self._alike is not None else tuple([kind.payable for kind in classes])
		)

	def plain(self, line: Line, tier: str) -> Fraction:
		"""Points the line would earn at the tier's own rate, with no bonus, before rounding."""
		if tier not in self._tier or self.classify(line).excluded:
			return NOTHING
		return Fraction(self.base(line)) * self._rate[tier]

	def base(self, line: Line) -> Decimal:
		"""The money of a line that can earn (Rial)."""
		return line.net + line.tax if self._earning.base == "with_tax" else line.net

	def score(
		self,
		purchase: Purchase,
		tier: str,
		classes: list[LineClass],
		share: Fraction,
		first_purchase: bool,
		carry: Fraction,
		earned: Earned,
	) -> Score:
		"""What `purchase` earns for a member who was in `tier` before it.

		share: `paying_share`; carry: Rial left from earlier full steps; earned: for the caps.
		"""
		lines = purchase.lines
		if purchase.barred is not None:
			nothing = (ZERO,) * len(lines)
			return Score(
				nothing, (TIER_RATE,) * len(lines), (), NOTHING, NOTHING, ZERO, NOTHING, purchase.barred
			)
		if self._alike is not None and self._earning.base == "net":
			bases = [line.net for line in lines]
		else:
			bases = [
				ZERO if kind.excluded else self.base(line) for line, kind in zip(lines, classes, strict=True)
			]
		level = self._tier.get(tier)
		active = [
			(n, rule)
			for n, rule in enumerate(self._rules)
			if document_matches(rule.when, purchase, tier, first_purchase)
		]
		base = weight = sum(bases, ZERO)
		weights: tuple[Decimal, ...] = tuple(bases)
		parts: tuple[tuple[RulePart, ...], ...] = (TIER_RATE,) * len(lines)
		bonuses: tuple[Bonus, ...] = ()
		rate, left = self._rate_of(base, level, share, carry)
		if active:
			plain = base
			weights, parts, bonuses = self._apply(active, lines, bases, classes)
			weight = sum(weights, ZERO)
			if weight != plain:
				rate, left = self._rate_of(weight, level, share, carry)
			if bonuses and self._earning.stacking == "best_only" and weight != plain:
				alone, left_alone = self._rate_of(plain, level, share, carry)
				if Fraction(plain) * alone + Fraction(bonuses[0].points) > Fraction(weight) * rate:
					weights, parts, weight, rate, left = (
						tuple(bases),
						(TIER_RATE,) * len(lines),
						plain,
						alone,
						left_alone,
					)
				else:
					bonuses = ()
		exact = Fraction(weight) * rate
		for bonus in bonuses:
			exact += Fraction(bonus.points)
		rounded = round_down(max(NOTHING, exact), self.program.quantum)
		awarded, capped_by = self.cap(rounded, earned)
		facts: dict[str, object] = {
			"tier": tier,
			"points": level.points if level else ZERO,
			"per": level.per if level else ONE,
			"method": self._earning.method,
			"base": fine(Fraction(base) * share) if share is not WHOLE else base,
			"rules": self._rule_points(active, bases, parts, bonuses, rate),
			"exact": fine(exact),
			"awarded": awarded,
			"rounding": "down",
		}
		if share != WHOLE:
			facts["share"] = fine(share)
			if any(tender.reduces_base for tender in purchase.tenders):
				facts["gifts"] = True
		if left:
			facts["carry"] = fine(left)
		if capped_by:
			facts["cap"] = capped_by
			facts["before_cap"] = rounded
		return Score(weights, parts, bonuses, rate, exact, awarded, left, Reason("earned", facts))

	def _rate_of(
		self, weight: Decimal, level: Tier | None, share: Fraction, carry: Fraction
	) -> tuple[Fraction, Fraction]:
		"""Points per unit of weight for a document of this weight, and the remainder it leaves to carry (Rial)."""
		if level is None:
			return NOTHING, NOTHING
		if self._earning.method == "proportional":
			rate = self._rate[level.name]
			return (rate if share is WHOLE else rate * share), NOTHING
		counted, per = Fraction(weight) * share, Fraction(level.per)
		carries = self._earning.carry_over
		steps = max(0, ((carry if carries else NOTHING) + counted) // per) if weight > 0 else 0
		left = finely(counted - steps * per) if carries else NOTHING
		return (steps * Fraction(level.points) / Fraction(weight) if steps else NOTHING), left

	def _apply(
		self,
		active: list[tuple[int, EarnRule]],
		lines: tuple[Line, ...],
		bases: list[Decimal],
		classes: list[LineClass],
	) -> tuple[tuple[Decimal, ...], tuple[tuple[RulePart, ...], ...], tuple[Bonus, ...]]:
		"""Weights and rules per line, and added bonuses; with `best_only` the best multiplier of each line and the best
		bonus, of which the document gets one."""
		best_only = self._earning.stacking == "best_only"
		multipliers = [(n, rule.name, rule.multiply - 1) for n, rule in active if rule.multiply is not None]
		added = [
			bonus
			for n, rule in active
			if rule.add is not None and (bonus := _bonus(n, rule, lines, bases, classes)) is not None
		]
		parts = []
		for kind in classes:
			extra = [RulePart(name, share) for n, name, share in multipliers if n in kind.rules]
			if best_only and extra:
				extra = [max(extra, key=lambda part: part.amount)]
			parts.append((*TIER_RATE, *extra) if extra else TIER_RATE)
		weights = tuple(
			base if each is TIER_RATE else base * sum((part.amount for part in each), ZERO)
			for base, each in zip(bases, parts, strict=True)
		)
		if best_only and added:
			added = [max(added, key=lambda bonus: bonus.points)]
		return weights, tuple(parts), tuple(added)

	def cap(self, points: Decimal, earned: Earned) -> tuple[Decimal, str]:
		"""Points after the tightest cap, and its name ("" if none was met)."""
		caps = self._earning.caps
		name = ""
		if caps == NO_CAPS:
			return points, name
		for which, cap, already in (
			("invoice", caps.invoice, ZERO),
			("day", caps.day, earned.day),
			("month", caps.month, earned.month),
			("member", caps.member, earned.ever),
		):
			if cap is not None and points > max(ZERO, cap - already):
				points, name = max(ZERO, cap - already), which
		return points, name

	def _rule_points(
		self,
		active: list[tuple[int, EarnRule]],
		bases: list[Decimal],
		parts: tuple[tuple[RulePart, ...], ...],
		bonuses: tuple[Bonus, ...],
		rate: Fraction,
	) -> list[dict[str, object]]:
		"""Each bonus rule with the points it gave, before rounding."""
		if not active:
			return []
		totals: dict[str, Decimal] = {}
		for base, each in zip(bases, parts, strict=True):
			for part in each[1:]:
				totals[part.rule] = totals.get(part.rule, ZERO) + base * part.amount
		given = [(name, Fraction(weight) * rate) for name, weight in totals.items()]
		given += [(bonus.rule, Fraction(bonus.points)) for bonus in bonuses]
		return [{"rule": name, "points": fine(points)} for name, points in given if points]


def _bonus(
	n: int, rule: EarnRule, lines: tuple[Line, ...], bases: list[Decimal], classes: list[LineClass]
) -> Bonus | None:
	"""The added points of a rule, spread over the lines it chooses by their base; None if it chooses none."""
	chosen_lines = [n in kind.rules and not kind.excluded for kind in classes]
	if rule.add is None or not any(chosen_lines):
		return None
	points = rule.add
	if rule.add_per == "unit":
		points *= sum((line.qty for line, yes in zip(lines, chosen_lines, strict=True) if yes), ZERO)
	spread = [base if yes else ZERO for base, yes in zip(bases, chosen_lines, strict=True)]
	if sum(spread, ZERO) <= 0 or min(spread) < 0:
		spread = [ONE if yes else ZERO for yes in chosen_lines]
	total = Fraction(sum(spread, ZERO))
	return Bonus(rule.name, points, tuple(Fraction(part) / total for part in spread))


def line_points(posted: Posted, n: int) -> Fraction:
	"""What line `n` earned (points): its exact contribution, scaled from the document's exact sum to what was awarded,
	so that the lines add up to the award."""
	if not posted.awarded:
		return NOTHING
	points = Fraction(posted.weights[n]) * posted.rate
	for bonus in posted.bonuses:
		points += Fraction(bonus.points) * bonus.shares[n]
	return points * Fraction(posted.awarded) / posted.exact
