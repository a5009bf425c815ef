"""A member on the ladder: activity in, tier out. Moves the account's tier; `tiers` decides.

Up at once after a purchase (or, where the LRFM score is the metric, when the month's score is given); down at the
review that ends a term, after days of grace and a manager's approval where the program says so; withdrawn some days
after a return without which the promotion would not have happened.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from loyalty_club.core import tiers
from loyalty_club.core.account import Account
from loyalty_club.core.model import ZERO, Program, TierChange
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.tiers import Day, Promotion

KEPT_DAYS = 62  # activity younger than this stays in memory whatever the window, for caps and netting


def value_now(program: Program, account: Account, day: date) -> Decimal:
	"""The metric of the member's tier on `day`, in its window."""
	rules = program.tier_rules
	if rules.metric == "lrfm":
		return account.score
	if rules.window.kind == "lifetime":
		totals = {
			"net_spend": account.total.net,
			"points_earned": account.total.points,
			"visits": Decimal(account.visits),
		}
		return totals[rules.metric]
	start = tiers.window_start(program, day)
	account.measured = tiers.measured(account.measured, rules, account.days, start, day)
	return account.measured.value


def add_activity(program: Program, account: Account, day: date, net: Decimal, points: Decimal) -> Decimal:
	"""Adds purchases and points to a day; returns by how much the tier's metric moved. A wallet of money has none."""
	if account.is_money:
		return ZERO
	rules = program.tier_rules
	before = account.day(day)
	after = Day(before.net + net, before.points + points)
	after = after._replace(visit=tiers.is_visit(rules, after))
	account.set_day(day, after)
	metric = tiers.METRIC[rules.metric]
	return metric(rules, after) - metric(rules, before)


def fold(program: Program, account: Account, day: date) -> None:
	"""Folds away the days that no window, cap or netting can look at again, when there are many."""
	if len(account.days) > KEPT_DAYS:
		keep = day - timedelta(days=max(KEPT_DAYS, 2 * program.tier_rules.netting_days + 1))
		keep = min(keep, tiers.first_needed(program, day))
		if min(account.days) < keep:
			account.fold_before(keep)


def look_up(program: Program, account: Account, day: date) -> None:
	"""Moves the member up at once if the metric reaches a higher tier."""
	if account.is_money:
		return
	current = tiers.position(program, account.tier)
	if current == len(program.tiers) - 1:
		return
	value = value_now(program, account, day)
	after = tiers.reached(program, value)
	if after > current:
		name = tiers.name_at(program, after)
		account.promotions.append(_promotion(program, account, day, name, value))
		_change(program, account, day, name, "reached", value)


def look_at(program: Program, account: Account, day: date) -> None:
	"""What is due on `day`: tiers to be withdrawn after returns, then the review at the end of the term."""
	if any(promotion.check_on is not None and promotion.check_on <= day for promotion in account.promotions):
		_check(program, account, day)
	if account.promotions and program.tier_rules.review == "by_itself":
		top = account.promotions[-1]
		if top.decided_on is not None and top.decided_on <= day:
			_review(program, account, top, max(day, account.clock))


def approve(program: Program, account: Account, day: date, *, keep: bool = False) -> bool:
	"""A manager approves the review of a member whose term is over on `day`, or lets the member keep the tier for
	another term. Whether there was anything to decide: nothing is before the term, and its days of grace, are over."""
	top = account.promotions[-1] if account.promotions else None
	if top is None or top.review_on is None or top.review_on > day:
		return False
	if keep:
		_renew(program, top, day)
		return True
	_review(program, account, top, day)
	return top.grace_until is None or top.grace_until <= day


def next_look(program: Program, account: Account) -> date | None:
	"""When the member's tier is reviewed by itself; None if never, or if it waits for a manager."""
	if not account.promotions or program.tier_rules.review != "by_itself":
		return None
	return account.promotions[-1].decided_on


def brought_back(
	program: Program, account: Account, bought: date, amount: Decimal, today: date, own_day: bool
) -> None:
	"""Goods worth `amount` of the metric, bought on a day, came back: promotions they were part of are looked at
	again after the netting days."""
	if amount:
		for promotion in account.promotions:
			promotion.brought_back(bought, amount, today, program.tier_rules.netting_days, own_day)
			account.due(promotion.check_on)


def _promotion(program: Program, account: Account, day: date, tier: str, value: Decimal) -> Promotion:
	review_on = None
	if tiers.threshold(program, tier) > 0:
		review_on = CALENDARS[program.calendar].add_months(day, program.tier_rules.term_months)
		if program.tier_rules.review == "by_itself":
			account.due(review_on)
	return Promotion(tier, account.tier, day, tiers.window_start(program, day), value, review_on)


def _change(program: Program, account: Account, day: date, after: str, why: str, value: Decimal) -> None:
	threshold = tiers.threshold(program, after if why == "reached" else account.tier)
	change = TierChange(account.key, day, account.tier, after, why, value, threshold)
	account.tier, account.tier_since = after, day
	account.store.moved(change)


def _check(program: Program, account: Account, day: date) -> None:
	"""Leaves the member in the highest tier whose promotion stands, or that the remaining value gives."""
	now = value_now(program, account, day - timedelta(days=1))
	kept: list[Promotion] = []
	deserved, value = -1, now
	for promotion in account.promotions:
		stands = True
		if promotion.check_on is not None and promotion.check_on <= day:
			limit = tiers.threshold(program, promotion.tier)
			stands, found = promotion.stands(program.tier_rules, account.days.items(), limit, now)
			if not stands:
				deserved, value = tiers.reached(program, found), found
		if stands:
			kept.append(promotion)
	lost = account.promotions[-1] not in kept
	account.promotions = kept
	if lost:
		base = tiers.reached(program, ZERO)
		standing = tiers.position(program, kept[-1].tier) if kept else base
		after = max(standing, min(deserved, tiers.position(program, account.tier) - 1))
		name = tiers.name_at(program, after)
		if after > standing:
			account.promotions.append(_promotion(program, account, day, name, value))
		_change(program, account, day, name, "withdrawn", value)


def _review(program: Program, account: Account, top: Promotion, day: date) -> None:
	current = tiers.position(program, account.tier)
	value = value_at_review(program, account, top, day)
	after = tiers.after_review(program, current, value)
	if after == current:
		_renew(program, top, day)
		return
	grace = timedelta(days=program.tier_rules.grace_days)
	if grace and top.grace_until is None and top.review_on is not None:
		top.grace_until = top.review_on + grace
	if top.grace_until is not None and top.grace_until > day:
		account.due(top.grace_until)
		return
	name = tiers.name_at(program, after)
	promotion = _promotion(program, account, day, name, value)
	_change(program, account, day, name, "review", value)
	account.promotions = [promotion] if promotion.review_on else []


def value_at_review(program: Program, account: Account, top: Promotion, day: date) -> Decimal:
	"""The metric in the window of the term's last day; what was bought in the days of grace counts as well."""
	rules = program.tier_rules
	end = top.review_on or day
	if end >= day or rules.window.kind == "lifetime" or rules.metric == "lrfm":
		return value_now(program, account, day)
	return tiers.measure(rules, account.days, tiers.window_start(program, end), day)


def _renew(program: Program, top: Promotion, day: date) -> None:
	"""Another term begins where the last one ended."""
	add_months, term = CALENDARS[program.calendar].add_months, program.tier_rules.term_months
	begin, terms = top.review_on or day, 1
	while (end := add_months(begin, terms * term)) <= day:
		terms += 1
	top.review_on, top.grace_until = end, None
