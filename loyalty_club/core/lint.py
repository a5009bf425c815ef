"""Lint: what is dangerous in a program, each danger with a worked example. Reads a program; changes nothing.

It alone may say that a program, though possible (`program.check`), is unwise. Every number of an example is found by
letting one member of a club in memory (`trial.Trial`) buy, spend and bring back by the real rules; no rule is computed
here a second time. `lint_words` turns a `Finding` into a sentence.

Data: `Finding`, a code with a severity and the facts of its example. Facts are points, money (Rial), shares (0 to 1),
days, dates, and names of tiers and rules; `how`, where there is one, chooses between the sentences of a code.

What is looked for (each examiner's docstring says how it judges):

- danger: `rebate` that reaches the margin, `bonus_exceeds_sale`, `rate_inversion`, `unreachable_tier`, `born_expired`
  (one day at most to spend), `minimum_above_limit` (nothing can ever be spent), `circle`
- warning: `short_life` (less than a week), `minimum_unreachable`, `split_cap`, `spend_and_run` on the same day,
  `restore_extends` when expiry means nothing any more; also bonuses that come but once, and cheap ones in doubt
- note: `rebate` (always said, per tier), `minimum_not_multiple`, `no_expiry`, and the milder cases of the above

>>> from loyalty_club.core.model import Spending, Tier
>>> club = Program("club", (Tier("all", Decimal(0), Decimal(10), Decimal(1000000)),), Spending(Decimal(1000)))
>>> [(finding.code, finding.severity) for finding in examine(club, on=date(2025, 4, 21))]
[('spend_and_run', 'warning'), ('rebate', 'note'), ('no_expiry', 'note')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from loyalty_club.core import ladder, tiers
from loyalty_club.core import lots as lots_
from loyalty_club.core.earning import Rates
from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_half_up
from loyalty_club.core.model import ONE, ZERO, Caps, Line, Lot, Posted, Program
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.tiers import Day, Promotion
from loyalty_club.core.trial import (
	ENDLESS,
	ORDINARY,
	YEAR,
	Question,
	Scene,
	Trial,
	capped,
	enough_to_spend,
	first_quantity,
	full,
	least_purchase,
	life_of,
	longest_life,
	payable_by,
	rules_of,
	scenes,
	share_of,
	window_days,
	with_rules,
	without_rules,
)

Severity = Literal["danger", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("danger", "warning", "note")

INVOICES = 5  # in so many a capped purchase is split
SMALL = 10  # a small purchase is this part of `Tier.per`; a purchase is split in so many of them
WHOLE_PRICE = ONE
GENEROUS = Decimal("0.1")  # a rebate that few margins bear
VAT = Decimal("0.1")  # Iran's since 1403
SHORT_LIFE = 7  # days; a customer does not come more often than once a week
GATHERING = 60  # days; too few to gather points from more than an ordinary purchase
LONG = 800  # days; longer windows are not lived through day by day


@dataclass(frozen=True)
class Finding:
	"""Something to know about a program. The facts are those of a worked example that really happened."""

	code: str
	severity: Severity
	facts: dict[str, object]


def examine(
	program: Program, *, margin: Decimal | None = None, on: date, vat: Decimal = VAT
) -> list[Finding]:
	"""What is dangerous in a program that `program.check` accepts, the worst first.

	margin: the shop's gross margin as a share of the net price, None if it is not known. on: the day of the examples.
	vat: the tax of the examples as a share, where points are earned with tax.
	"""
	question = Question(program, margin, on, vat, scenes(program, program.earning.rules, on))
	found = [finding for examiner in EXAMINERS for finding in examiner(question)]
	if program.earning.base == "with_tax":
		found = [replace(finding, facts={**finding.facts, "vat": vat}) for finding in found]
	return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


# ---------------------------------------------------------------------------------------------- what is given away


def _rebate(question: Question) -> Iterator[Finding]:
	"""What an ordinary purchase gives back, and the most that bonus rules make of it. Where the cap per invoice cuts an
	ordinary purchase, a smaller one (1 × per) shows the rebate."""
	program, margin = question.program, question.margin
	entry = tiers.name_at(program, tiers.reached(program, ZERO))
	for tier in program.tiers:
		amount = ORDINARY * tier.per
		plain = question.trial(tier=tier.name, program=without_rules(program))
		posted = plain.buy(question.on, amount)
		if "cap" in posted.reason.facts:
			amount = tier.per
			plain = question.trial(tier=tier.name, program=without_rules(program))
			posted = plain.buy(question.on, amount)
		facts: dict[str, object] = {
			"tier": tier.name,
			"amount": amount,
			"points": posted.awarded,
			"worth": plain.worth(),
			"share": share_of(plain.worth(), amount),
		}
		highest = Fraction(plain.worth()) / Fraction(amount)
		spent, worth = amount, plain.worth()
		minima = {rule.when.minimum_amount for rule in program.earning.rules}
		for scene in question.scenes if program.earning.rules else ():
			for total in sorted({amount, *(least for least in minima if least > amount)}):
				trial = question.trial(tier=None if tier.name == entry else tier.name)
				posted = trial.buy(scene.day, total, scene)
				share = Fraction(trial.worth()) / Fraction(total)
				if share > highest:
					highest, spent, worth = share, total, trial.worth()
					facts |= {
						"best_amount": spent,
						"best_points": posted.awarded,
						"best_worth": worth,
						"best_share": share_of(worth, spent),
						"rules": list(rules_of(posted)),
						"day": scene.day,
					}
		if margin is not None:
			profit = round_half_up(Fraction(spent * margin), program.coin)
			facts |= {"margin": margin, "profit": profit, "spent": spent}
			facts["left" if profit >= worth else "lost"] = abs(profit - worth)
		limit = WHOLE_PRICE if margin is None else margin
		yield Finding("rebate", "danger" if highest >= Fraction(limit) else "note", facts)


def _bonus_exceeds_sale(question: Question) -> Iterator[Finding]:
	"""Added points do not grow with the price: a small purchase (the rule's minimum, or a tenth of `per`) shows what
	they are worth at worst. Points per invoice: a purchase split in ten; per unit: a purchase of ten cheap units; of
	the first purchase, which comes but once: the one small purchase. Each rule is tried alone, with only the tier's own
	rate beside it. Where the margin is not known, the whole price counts as danger, and a tenth of it as warning."""
	margin = question.margin
	limit = WHOLE_PRICE if margin is None else margin
	for rule in question.program.earning.rules:
		program = with_rules(question.program, (rule,))
		scene = next((each for each in scenes(program, (rule,), question.on) if each.rules), None)
		if not rule.add or scene is None:
			continue
		for tier in program.tiers:
			small = max(rule.when.minimum_amount, round_half_up(Fraction(tier.per) / SMALL, program.coin))
			standing = None if rule.when.first_purchase else tier.name
			trial = question.trial(tier=standing, program=program)
			units = SMALL if rule.add_per == "unit" else 1
			posted = trial.buy(scene.day, small, scene, units=units)
			if rule.name not in rules_of(posted):
				continue
			facts: dict[str, object] = {"rule": rule.name, "day": scene.day, "part": small}
			amount, severity = small, _severity(trial.worth(), small, margin)
			if rule.when.first_purchase:
				facts["how"] = "first"
				severity = severity and "warning"
			elif rule.add_per == "unit":
				facts |= {"how": "unit", "units": SMALL, "unit_price": small / SMALL}
			else:
				amount = small * SMALL
				once = question.trial(tier=standing, program=program)
				at_once = once.buy(scene.day, amount, scene)
				for _ in range(SMALL - 1):
					trial.buy(scene.day, small, scene)
				severity = _severity(trial.worth(), amount, margin)
				facts |= {"how": "invoice", "invoices": SMALL, "once_points": at_once.awarded}
				facts["once_worth"] = once.worth()
			worth = trial.worth()
			facts |= {"amount": amount, "points": trial.account.balance, "worth": worth}
			facts["share"] = share_of(worth, amount)
			given = Fraction(rules_of(posted)[rule.name] * program.spending.point_value)
			price = round_half_up(given / Fraction(limit) / units, program.coin) if limit else ZERO
			if price * units > rule.when.minimum_amount:
				facts["price"] = price
			if margin is not None:
				facts["margin"] = margin
			if severity:
				yield Finding("bonus_exceeds_sale", severity, facts)
			break


def _severity(worth: Decimal, amount: Decimal, margin: Decimal | None) -> Severity | None:
	share = Fraction(worth) / Fraction(amount)
	if share >= Fraction(WHOLE_PRICE if margin is None else margin):
		return "danger"
	return "warning" if margin is None and share >= Fraction(GENEROUS) else None


def _split_cap(question: Question) -> Iterator[Finding]:
	"""One purchase in one invoice and in five, each just large enough to meet the cap."""
	caps = question.program.earning.caps
	if caps.invoice is None or caps.day is not None or not question.earning_tiers or not caps.invoice:
		return
	tier = question.earning_tiers[0]
	part = full(least_purchase(question, tier, caps.invoice), tier)
	program = without_rules(question.program)
	one, many = (
		question.trial(tier=tier.name, program=program),
		question.trial(tier=tier.name, program=program),
	)
	one.buy(question.on, part * INVOICES)
	for _ in range(INVOICES):
		many.buy(question.on, part)
	if many.account.balance > one.account.balance:
		facts: dict[str, object] = {
			"cap": caps.invoice,
			"tier": tier.name,
			"amount": part * INVOICES,
			"part": part,
			"invoices": INVOICES,
			"points": one.account.balance,
			"split_points": many.account.balance,
			"gain": many.worth() - one.worth(),
		}
		yield Finding("split_cap", "warning" if caps.month is None else "note", facts)


# ---------------------------------------------------------------------------------------------- the ladder


def _rate_inversion(question: Question) -> Iterator[Finding]:
	"""Each tier beside the best one below it."""
	rates = Rates(question.program)
	for n, tier in enumerate(question.program.tiers[1:], 1):
		sample = Line("goods", ONE, ORDINARY * max(each.per for each in question.program.tiers))
		below = max(question.program.tiers[:n], key=lambda each: rates.plain(sample, each.name))
		if rates.plain(sample, tier.name) < rates.plain(sample, below.name):
			program = capped(without_rules(question.program), Caps())
			high, low = (
				question.trial(tier=each.name, program=program).buy(question.on, sample.net)
				for each in (tier, below)
			)
			facts: dict[str, object] = {
				"tier": tier.name,
				"lower": below.name,
				"amount": sample.net,
				"points": high.awarded,
				"lower_points": low.awarded,
			}
			yield Finding("rate_inversion", "danger", facts)


def _unreachable_tier(question: Question) -> Iterator[Finding]:
	"""A member who buys every day of the window, without end: the tiers this does not reach nobody reaches."""
	rules = question.program.tier_rules
	if rules.metric == "visits" and rules.window.kind != "lifetime":
		days = window_days(question)
		start = question.on - timedelta(days=days - 1)
		row = Day(max(rules.visit_minimum, ONE), ZERO)
		most = tiers.measure(rules, {start + timedelta(days=n): row for n in range(days)}, start, question.on)
		for tier in question.program.tiers[tiers.reached(question.program, most) + 1 :]:
			facts: dict[str, object] = {"how": "visits", "tier": tier.name, "visits": tier.threshold}
			yield Finding("unreachable_tier", "danger", {**facts, "most_visits": most})
	elif rules.metric == "points_earned":
		reached, most = _most_points(question)
		for tier in question.program.tiers[reached + 1 :]:
			facts = {"how": "points", "tier": tier.name, "threshold": tier.threshold, "most": most}
			yield Finding("unreachable_tier", "danger", facts)


def _most_points(question: Question) -> tuple[int, Decimal]:
	"""The highest place on the ladder, and the most points in a window, that a new member can come to. In a window
	without end, or too long to live through, caps per day and month do not count: time brings the rest."""
	program = question.program
	caps = program.earning.caps
	days = 1
	if caps.day is not None or caps.month is not None:
		if program.tier_rules.window.kind != "lifetime" and window_days(question) <= LONG:
			days = window_days(question)
		else:
			caps = replace(caps, day=None, month=None)
	rules = capped(program, caps)
	trial = question.trial(program=rules)
	buying = [(scene.day, scene) for scene in question.scenes]
	buying += [(question.on + timedelta(days=n), Scene(question.on)) for n in range(days)]
	best, most = tiers.position(rules, trial.account.tier), ZERO
	for day, scene in sorted(buying, key=lambda each: each[0]):
		for _ in range(2):  # the second at the rate that the first one leads to
			trial.buy(day, ENDLESS * max(tier.per for tier in program.tiers), scene)
			best = max(best, tiers.position(rules, trial.account.tier))
			most = max(most, ladder.value_now(rules, trial.account, day))
	return best, most


# ---------------------------------------------------------------------------------------------- life and minimum


def _born_expired(question: Question) -> Iterator[Finding]:
	"""The award day of a year whose points live shortest."""
	program = question.program
	lives = [
		(life, day)
		for day in (question.on + timedelta(days=n) for n in range(YEAR))
		if (life := life_of(program, day)) is not None
	]
	if not lives or not question.earning_tiers:
		return
	(days, begin, end), day = min(lives, key=lambda each: (each[0][0], each[1]))
	if days >= SHORT_LIFE:
		return
	tier = question.earning_tiers[0]
	trial = question.trial(tier=tier.name, program=without_rules(program))
	amount = ORDINARY * tier.per
	trial.buy(day, amount)
	trial.club.advance(trial.account, end + timedelta(days=1))
	facts: dict[str, object] = {
		"day": day,
		"amount": amount,
		"points": -trial.moved("expire"),
		"begin": begin,
		"last_day": end,
		"life": days,
	}
	if days <= 1:
		yield Finding("born_expired", "danger", facts)
	else:
		yield Finding("short_life", "warning", facts)


def _minimum(question: Question) -> Iterator[Finding]:
	"""Whether the least that can be spent can be spent at all, and be gathered while points live.

	Nothing can be spent when a customer with plenty of points is refused by the daily limit, or when the caps never
	let so many points be alive at once, however much is bought every day.

	Gathering: what must be bought in the lowest tier while points live (the longest life of a year). A customer of the
	lowest tier is one who stays below the next tier's threshold; when buying at the needed pace all through the tiers'
	window would reach that threshold, whoever stays in the lowest tier never spends. Where pace and threshold cannot
	be compared (one tier, lifetime window, visits), a life under 60 days for more than an ordinary purchase is said.
	"""
	program = question.program
	first = first_quantity(program)
	if program.spending.max_share <= 0 or not question.earning_tiers:
		return
	impossible = _refused_by_day(question, first) or _refused_by_caps(question, first)
	if impossible is not None:
		yield Finding("minimum_above_limit", "danger", impossible)
		return
	if program.spending.minimum > 0 and first != program.spending.minimum:
		facts: dict[str, object] = {
			"minimum": program.spending.minimum,
			"multiple": program.spending.multiple,
			"first": first,
		}
		yield Finding("minimum_not_multiple", "note", facts)
	tier, life_days = question.earning_tiers[0], longest_life(question)
	if program.spending.minimum <= 0 or not life_days:
		return
	amount = least_purchase(question, tier, first)
	facts = {"minimum": first, "tier": tier.name, "amount": amount, "life": life_days}
	place = tiers.position(program, tier.name)
	rules = program.tier_rules
	if place + 1 < len(program.tiers) and rules.window.kind != "lifetime" and rules.metric != "visits":
		trial = question.trial(tier=tier.name, program=capped(without_rules(program), Caps()))
		trial.buy(question.on, amount)
		gathered = ladder.value_now(program, trial.account, question.on)
		above = program.tiers[place + 1]
		if Fraction(gathered) * window_days(question) >= Fraction(above.threshold) * life_days:
			facts |= {"how": "pace", "next": above.name, "window": window_days(question)}
			yield Finding("minimum_unreachable", "warning", facts)
	elif life_days < GATHERING and amount > ORDINARY * tier.per:
		yield Finding("minimum_unreachable", "warning", {"how": "short", **facts})


def _refused_by_day(question: Question, first: Decimal) -> dict[str, object] | None:
	"""Offers the least quantity with more points and a larger invoice than needed."""
	program = question.program
	plenty = first * 10
	lot = Lot(
		"plenty",
		"member",
		plenty,
		plenty,
		program.spending.point_value,
		question.on,
		None,
		0,
		question.on,
		1,
		"plenty",
	)
	total = payable_by(program, lots_.value([(lot, plenty)]))
	try:
		lots_.redemption(program, [lot], ZERO, first, total, total, ZERO, question.on)
	except RedemptionRefused as refused:
		if refused.code == "daily_limit":
			return {"how": "day", "first": first, "limit": program.spending.daily_limit}
	return None


def _refused_by_caps(question: Question, first: Decimal) -> dict[str, object] | None:
	"""Buys without end every day that points live, and looks how many can be spent together."""
	program = question.program
	caps = program.earning.caps
	life = longest_life(question)
	if not life or life > LONG:  # time brings what a day or a month does not
		life, caps = 1, replace(caps, day=None, month=None)
	if caps == Caps(invoice=caps.invoice):
		return None
	rules = capped(without_rules(program), caps)
	tier = question.richest_tier
	trial = question.trial(tier=tier.name, program=rules)
	begin = CALENDARS[program.calendar].month_of(question.on).end + timedelta(days=1)
	most = ZERO
	for n in range(life + program.earning.pending_days + 31):
		day = begin + timedelta(days=n)
		trial.buy(day, ENDLESS * tier.per)
		most = max(most, trial.account.available(day))
	return {"how": "caps", "first": first, "limit": most} if most < first else None


def _no_expiry(question: Question) -> Iterator[Finding]:
	"""An ordinary purchase, ten years later."""
	if question.program.expiry.kind != "never" or not question.earning_tiers:
		return
	tier = question.earning_tiers[0]
	trial = question.trial(tier=tier.name, program=without_rules(question.program))
	amount = ORDINARY * tier.per
	trial.buy(question.on, amount)
	later = CALENDARS[question.program.calendar].add_months(question.on, 120)
	trial.club.advance(trial.account, later)
	facts: dict[str, object] = {
		"day": question.on,
		"amount": amount,
		"points": trial.account.available(later),
		"worth": trial.worth(),
		"later": later,
	}
	yield Finding("no_expiry", "note", facts)


# ---------------------------------------------------------------------------------------------- buying and returning


def _circle(question: Question) -> Iterator[Finding]:
	"""Buys, waits until the look-back has passed, and returns without the invoice: only the present tier's plain rate
	is taken back. Nothing is found when the look-back covers all the days in which goods are accepted."""
	program = question.program
	if program.returns.lookback_days >= program.returns.accepted_days:
		return
	wait = timedelta(days=program.returns.lookback_days + 1)
	best: tuple[Decimal, dict[str, object]] | None = None
	for tier in program.tiers:
		minima = {rule.when.minimum_amount for rule in program.earning.rules}
		for scene in question.scenes if program.earning.rules else ():
			for amount in sorted({max(ORDINARY * tier.per, least) for least in (ZERO, *minima)}):
				trial = question.trial(tier=tier.name)
				bought = trial.buy(scene.day, amount, scene)
				trial.bring_back(scene.day + wait, bought, with_invoice=False)
				gain = _circled(trial, bought, scene.day, scene.day + wait, amount, tier.name)
				kept = bought.awarded + trial.moved("reverse")
				rules = list(rules_of(bought))
				if rules and kept > 0 and (best is None or kept / amount > best[0]):
					best = kept / amount, {"how": "bonus", **gain, "rules": rules}
	if best is not None:
		yield Finding("circle", "danger", best[1])
	fallen = _circle_by_review(question, wait)
	if fallen is not None:
		yield Finding("circle", "warning", fallen)


def _circle_by_review(question: Question, wait: timedelta) -> dict[str, object] | None:
	"""The same in the highest-earning tier on the eve of a review that the member will not pass."""
	program = question.program
	tier = question.richest_tier
	if program.tier_rules.window.kind == "lifetime" or tier.threshold <= 0:
		return None
	trial = question.trial(tier=tier.name, program=without_rules(program))
	review = question.on + timedelta(days=1)
	since = CALENDARS[program.calendar].add_months(review, -program.tier_rules.term_months)
	trial.account.promotions.append(Promotion(tier.name, "", since, since, tier.threshold, review))
	trial.account.due(review)
	amount = ORDINARY * tier.per
	bought = trial.buy(question.on, amount)
	trial.bring_back(question.on + wait, bought, with_invoice=False)
	if bought.awarded + trial.moved("reverse") <= 0:
		return None
	facts = _circled(trial, bought, question.on, question.on + wait, amount, tier.name)
	return {"how": "tier", **facts, "after": trial.account.tier}


def _circled(
	trial: Trial, bought: Posted, day: date, back_on: date, amount: Decimal, tier: str
) -> dict[str, object]:
	taken = -trial.moved("reverse")
	kept = bought.awarded - taken
	return {
		"tier": tier,
		"day": day,
		"back_on": back_on,
		"lookback": trial.program.returns.lookback_days,
		"accepted": trial.program.returns.accepted_days,
		"amount": amount,
		"points": bought.awarded,
		"taken": taken,
		"gain_points": kept,
		"gain": kept * trial.program.spending.point_value,
	}


def _restore_extends(question: Question) -> Iterator[Finding]:
	"""On the last day of some points: buy with them, return the same day; and again on their new last day."""
	program = question.program
	if program.returns.restore_days <= 0 or program.spending.max_share <= 0 or not question.earning_tiers:
		return
	tier = question.earning_tiers[0]
	trial = question.trial(tier=tier.name, program=without_rules(program))
	bought = trial.buy(question.on, enough_to_spend(question, tier))
	lot = trial.club.own_lot(bought)
	last_days: list[date] = []
	points = ZERO
	while lot is not None and len(last_days) < 3:
		last = lots_.last_day(lot, program, trial.account.last_purchase)
		if last is None or last < lot.available_from or last in last_days:
			return
		last_days.append(last)
		total = payable_by(program, trial.worth()) or program.coin
		points = trial.spendable(last, total)
		if not points:
			return
		again = trial.buy(last, total, redeem=points)
		restored = trial.bring_back(last, again, with_invoice=True)
		lot = trial.account.lot_now(restored[-1][0]) if restored else None
	if len(last_days) < 3:
		return
	begin = question.on + timedelta(days=program.earning.pending_days)
	facts: dict[str, object] = {
		"day": question.on,
		"points": points,
		"last_day": last_days[0],
		"second": last_days[1],
		"third": last_days[2],
		"restore": program.returns.restore_days,
	}
	lived = longest_life(question) or (last_days[0] - begin).days + 1
	yield Finding("restore_extends", "warning" if program.returns.restore_days >= lived else "note", facts)


def _spend_and_run(question: Question) -> Iterator[Finding]:
	"""Buys, spends the points on something else as soon as they can be spent, and returns what earned them."""
	program = question.program
	pending, accepted = program.earning.pending_days, program.returns.accepted_days
	if pending >= accepted or program.spending.max_share <= 0 or not question.earning_tiers:
		return
	tier = question.earning_tiers[0]
	trial = question.trial(tier=tier.name, program=without_rules(program))
	amount = enough_to_spend(question, tier)
	first = trial.buy(question.on, amount)
	day = question.on + timedelta(days=pending)
	total = payable_by(program, trial.worth())
	points = trial.spendable(day, total) if total else ZERO
	if not points:
		return
	second = trial.buy(day, total, redeem=points)
	trial.bring_back(day, first, with_invoice=True)
	if trial.account.deficit <= 0:
		return
	facts: dict[str, object] = {
		"how": "same_day" if not pending else "later",
		"pending": pending,
		"accepted": accepted,
		"amount": amount,
		"points": points,
		"paid": lots_.value(second.spent),
		"back_on": day,
		"deficit": trial.account.deficit,
	}
	yield Finding("spend_and_run", "warning" if not pending else "note", facts)


EXAMINERS: tuple[Callable[[Question], Iterator[Finding]], ...] = (
	_rebate,
	_bonus_exceeds_sale,
	_rate_inversion,
	_unreachable_tier,
	_split_cap,
	_born_expired,
	_minimum,
	_circle,
	_restore_extends,
	_spend_and_run,
	_no_expiry,
)
