"""A trial: a club in memory with one member, in which the examples of `lint` really happen.

It alone lets purchases and returns that nobody made go by the real rules (`posting.Club`, `undo.bring_back`, `lots`),
and finds the circumstances in which bonus rules hold (`earning` says whether they do). It says what comes of them, not
whether that is wise: this `lint` does. Nothing outlives a trial; the program it is of is never changed, only varied
(without bonus rules, with other caps).

Data: `Scene`, the circumstances of a purchase; `Question`, what each examiner of `lint` is handed; `Trial`, the club.
Money is Rial without tax unless said otherwise, a life is in days.

>>> from loyalty_club.core.model import Spending
>>> club = Program("club", (Tier("all", Decimal(0), Decimal(10), Decimal(1000000)),), Spending(Decimal(1000)))
>>> trial = Trial(club, date(2025, 4, 21), Decimal("0.1"))
>>> trial.buy(date(2025, 4, 21), Decimal(5000000)).awarded, trial.worth()
(Decimal('50'), Decimal('50000'))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from math import ceil
from typing import NamedTuple, TypeVar

from loyalty_club.core import lots as lots_
from loyalty_club.core import tiers, undo
from loyalty_club.core.backtest import MemoryStore
from loyalty_club.core.earning import MICRO, Rates, chosen, document_matches, line_matches
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_half_up
from loyalty_club.core.model import (
	ONE,
	ZERO,
	Caps,
	EarnRule,
	Entry,
	Line,
	Lot,
	Posted,
	Program,
	Purchase,
	Return,
	Tender,
	Tier,
	TierChange,
	When,
)
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.posting import Club

YEAR = 366  # days that are looked at for the worst one
ORDINARY = 10  # an ordinary purchase is so many times `Tier.per`
ENDLESS = Decimal(10) ** 12  # times `Tier.per`: more than anyone buys


class Scene(NamedTuple):
	"""The circumstances of a purchase, and the bonus rules (by number) that they allow."""

	day: date
	time: time | None = None
	branch: str = ""
	modes: tuple[str, ...] = ()
	item: str = "goods"
	item_group: str = ""
	brand: str = ""
	rules: frozenset[int] = frozenset()


class Question(NamedTuple):
	"""What every examiner is handed."""

	program: Program
	margin: Decimal | None
	on: date
	vat: Decimal
	scenes: tuple[Scene, ...]

	def trial(self, *, tier: str | None = None, program: Program | None = None) -> Trial:
		return Trial(program or self.program, self.on, self.vat, tier)

	@property
	def earning_tiers(self) -> list[Tier]:
		return [tier for tier in self.program.tiers if tier.points > 0]

	@property
	def richest_tier(self) -> Tier:
		"""The tier that earns most per Rial."""
		rates, sample = Rates(self.program), Line("goods", ONE, ENDLESS)
		return max(self.program.tiers, key=lambda tier: rates.plain(sample, tier.name))


class Trial:
	"""A club in memory with one member, who stands in `tier` and has bought before; None: who has just joined."""

	def __init__(self, program: Program, day: date, vat: Decimal, tier: str | None = None) -> None:
		self.entries: list[Entry] = []
		self.changes: list[TierChange] = []
		self.program = program
		self.store = MemoryStore(self.entries.append, self.changes.append)
		self.club = Club(program, self.store)
		self.account = self.store.account("member")
		self.club.join(self.account, day)
		if tier is not None:
			self.account.tier = tier
			self.account.purchases = 1
		self._vat = vat if program.earning.base == "with_tax" else ZERO
		self._n = 0

	def buy(
		self,
		day: date,
		amount: Decimal,
		scene: Scene | None = None,
		*,
		units: int = 1,
		redeem: Decimal = ZERO,
	) -> Posted:
		"""Buys for `amount` Rial net, in the circumstances of a scene but on this day."""
		scene = scene or Scene(day)
		line = Line(
			scene.item, Decimal(units), amount, amount * self._vat, scene.item_group, scene.brand, row="1"
		)
		coin = self.program.coin
		rest = line.net + line.tax - coin * (len(scene.modes) - 1)
		tenders = [Tender(mode, coin if n else rest) for n, mode in enumerate(scene.modes)]
		self._n += 1
		posted = self.club.sale(
			Purchase(
				f"S{self._n}",
				"member",
				day,
				(line,),
				redeem,
				tuple(tenders),
				time=scene.time,
				branch=scene.branch,
			)
		)
		assert posted is not None
		return posted

	def bring_back(self, day: date, posted: Posted, *, with_invoice: bool) -> list[tuple[Lot, Decimal]]:
		"""Brings everything of a purchase back; returns the lots and points that it restored."""
		self._n += 1
		against = posted.id if with_invoice else ""
		back = undo.bring_back(self.club, Return(f"R{self._n}", "member", day, posted.lines, against))
		assert back is not None
		return list(back.restored)

	def spendable(self, day: date, total: Decimal) -> Decimal:
		"""The most points that can pay an invoice of that total."""
		self.club.advance(self.account, day)
		account = self.account
		return lots_.most(self.program, list(account.lots.values()), account.deficit, total, total, ZERO, day)

	def worth(self) -> Decimal:
		"""Rial of all points the member has."""
		return lots_.value((lot, lot.remaining) for lot in self.account.lots.values())

	def moved(self, kind: str) -> Decimal:
		return sum((entry.quantity for entry in self.entries if entry.kind == kind), ZERO)


# ---------------------------------------------------------------------------------------------- circumstances

_T = TypeVar("_T")
_Choice = tuple[_T, frozenset[int]]


def _richest(choices: Iterable[_Choice[_T]]) -> list[_Choice[_T]]:
	"""The first of those that allow the same rules, without those that allow only part of what another does."""
	first: dict[frozenset[int], _T] = {}
	for value, allowed in choices:
		first.setdefault(allowed, value)
	return [
		(value, allowed) for allowed, value in first.items() if not any(allowed < other for other in first)
	]


def scenes(program: Program, rules: tuple[EarnRule, ...], on: date) -> tuple[Scene, ...]:
	"""Circumstances within a year from `on` that let as many of the rules hold together as can. Rules never take
	points away, so those of which another allows more need not be tried. Tier, first purchase and amount are left
	open: they are the trial's."""
	whens = [rule.when for rule in rules]
	days = {on + timedelta(days=n) for n in range(YEAR)}
	days |= {
		when.from_date + timedelta(days=n)
		for when in whens
		if when.from_date and when.from_date > on
		for n in range(7)
	}
	moments: list[time | None] = [None, *(when.hours[0] for when in whens if when.hours)]
	modes = tuple(sorted({mode for when in whens for mode in when.payment_modes}))
	found = [Scene(on, modes=modes, rules=frozenset(range(len(whens))))]

	def cross(
		values: Iterable[_T],
		put: Callable[[Scene, _T], Scene],
		condition: Callable[[When], When],
		holds: Callable[[When, Scene], bool],
	) -> list[Scene]:
		"""The scenes with one circumstance more."""
		only = [condition(when) for when in whens]
		blank = Scene(on)
		choices = _richest(
			(value, frozenset(n for n, when in enumerate(only) if holds(when, put(blank, value))))
			for value in values
		)
		return [
			scene._replace(rules=allowed)
			for scene, allowed in _richest(
				(put(scene, value), scene.rules & allowed) for scene in found for value, allowed in choices
			)
		]

	def document(when: When, scene: Scene) -> bool:
		sale = Purchase("", "", scene.day, (), time=scene.time, branch=scene.branch)
		return document_matches(when, sale, "", False)

	def line(when: When, scene: Scene) -> bool:
		return line_matches(when, _line(scene))

	def earns(scene: Scene) -> bool:
		return not chosen(program.earning.exclude, _line(scene))

	def each(of: Callable[[When], frozenset[str]]) -> list[str]:
		return sorted({name for when in whens for name in of(when)})

	found = cross(
		sorted(days),
		lambda scene, day: scene._replace(day=day),
		lambda when: When(
			weekdays=when.weekdays, from_date=when.from_date, to_date=when.to_date, occasions=when.occasions
		),
		document,
	)
	found = cross(
		moments,
		lambda scene, moment: scene._replace(time=moment),
		lambda when: When(hours=when.hours),
		document,
	)
	found = cross(
		["", *each(lambda when: when.branches)],
		lambda scene, branch: scene._replace(branch=branch),
		lambda when: When(branches=when.branches),
		document,
	)
	found = cross(
		[name for name in ("goods", *each(lambda when: when.items)) if earns(Scene(on, item=name))],
		lambda scene, name: scene._replace(item=name),
		lambda when: When(items=when.items),
		line,
	)
	found = cross(
		[name for name in ("", *each(lambda when: when.item_groups)) if earns(Scene(on, item_group=name))],
		lambda scene, name: scene._replace(item_group=name),
		lambda when: When(item_groups=when.item_groups),
		line,
	)
	found = cross(
		[name for name in ("", *each(lambda when: when.brands)) if earns(Scene(on, brand=name))],
		lambda scene, name: scene._replace(brand=name),
		lambda when: When(brands=when.brands),
		line,
	)
	return tuple(found)


def _line(scene: Scene) -> Line:
	return Line(scene.item, ONE, ZERO, item_group=scene.item_group, brand=scene.brand)


# ---------------------------------------------------------------------------------------------- programs like it


def with_rules(program: Program, rules: tuple[EarnRule, ...]) -> Program:
	"""The program with other bonus rules."""
	return replace(program, earning=replace(program.earning, rules=rules))


def without_rules(program: Program) -> Program:
	"""The program without its bonus rules."""
	return with_rules(program, ())


def capped(program: Program, caps: Caps) -> Program:
	"""The program with other caps."""
	return replace(program, earning=replace(program.earning, caps=caps))


# ---------------------------------------------------------------------------------------------- what it takes


def rules_of(posted: Posted) -> dict[str, Decimal]:
	"""The points that each bonus rule gave, as the award's reason says."""
	rules = posted.reason.facts["rules"]
	assert isinstance(rules, list)
	return {str(rule["rule"]): rule["points"] for rule in rules}


def share_of(part: Decimal, whole: Decimal) -> Decimal:
	"""What part of the whole it is, to a millionth."""
	return round_half_up(Fraction(part) / Fraction(whole), MICRO).normalize()


def least_purchase(question: Question, tier: Tier, points: Decimal) -> Decimal:
	"""The least money (Rial net) that earns so many points in a tier, bonus rules and caps left aside."""
	program = capped(without_rules(question.program), Caps())

	def enough(coins: int) -> bool:
		amount = coins * program.coin
		return question.trial(tier=tier.name, program=program).buy(question.on, amount).awarded >= points

	low, high = 0, int(tier.per / program.coin) + 1
	while not enough(high):
		low, high = high, high * 2
	while high - low > 1:
		middle = (low + high) // 2
		low, high = (low, middle) if enough(middle) else (middle, high)
	return high * program.coin


def first_quantity(program: Program) -> Decimal:
	"""The least points that minimum and multiple let a customer spend."""
	spending = program.spending
	step = spending.multiple or program.quantum
	quantity = max(ceil(Fraction(spending.minimum) / Fraction(step)), 1) * step
	while quantity % program.quantum:
		quantity += step
	return quantity


def life_of(program: Program, day: date) -> tuple[int, date, date] | None:
	"""How many days points awarded on `day` can be spent, the first and the last of them; None: no fixed end."""
	begin = day + timedelta(days=program.earning.pending_days)
	end = lots_.expires_on(program, begin)
	return None if end is None else ((end - begin).days + 1, begin, end)


def longest_life(question: Question) -> int:
	"""The longest that points awarded within a year can be spent, in days; 0: without a fixed end."""
	days = (question.on + timedelta(days=n) for n in range(YEAR))
	return max((life[0] for day in days if (life := life_of(question.program, day))), default=0)


def window_days(question: Question) -> int:
	"""The longest the window of the tiers gets, in days."""
	end = CALENDARS[question.program.calendar].year_of(question.on).end
	return (end - tiers.window_start(question.program, end)).days + 1


def full(amount: Decimal, tier: Tier) -> Decimal:
	"""A round amount that is enough: the next multiple of `per`."""
	return ceil(Fraction(amount) / Fraction(tier.per)) * tier.per


def enough_to_spend(question: Question, tier: Tier) -> Decimal:
	"""An ordinary purchase, or as much as it takes to earn what can be spent at once."""
	least = least_purchase(question, tier, first_quantity(question.program))
	return max(ORDINARY * tier.per, full(least, tier))


def payable_by(program: Program, worth: Decimal) -> Decimal:
	"""The invoice (Rial, tax included) of which points may pay so much."""
	exact = Fraction(worth) / Fraction(program.spending.max_share)
	return ceil(exact / Fraction(program.coin)) * program.coin
