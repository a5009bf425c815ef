"""What members are warned of: the days before, what dies when, the tier that a review would take."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import DAY, LADDER, Earning, Expiry, M, Shop, TierRules, Window, day, lots, program
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club.core import warnings
from loyalty_club.core.lots import last_day
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.warnings import AtRisk, Expiring, StepsError, at_risk, expiring, idle_since, steps

N = Decimal
ONE_DAY = timedelta(days=1)

# ------------------------------------------------------------------------------------------ when


@pytest.mark.parametrize(
	("text", "days"),
	[
		("30, 7, 1", (30, 7, 1)),
		("1 7\n30", (30, 7, 1)),
		("۳۰، ۷، ۱", (30, 7, 1)),
		("٣٠,7,7", (30, 7)),
		("", (30, 7, 1)),
		("  ", (30, 7, 1)),
		("0", ()),
		("۰", ()),
		("366", (366,)),
	],
)
def test_days_before_in_any_digits_and_order(text: str, days: tuple[int, ...]) -> None:
	assert steps(text) == days


@pytest.mark.parametrize("text", ["soon", "7, 0", "-1", "1.5", "367", "1e2", "30; 7", "1 2 3 4 5 6"])
def test_what_is_no_list_of_days_is_refused(text: str) -> None:
	with pytest.raises(StepsError):
		steps(text)


def test_a_warning_may_be_sent_until_the_next_one_takes_its_place() -> None:
	last, given_ = date(2026, 5, 31), (30, 7, 1)
	until = [warnings.valid_until(last, last - timedelta(days=step), given_) for step in given_]
	assert until == [date(2026, 5, 23), date(2026, 5, 29), last]
	assert warnings.valid_until(last, date(2026, 5, 25), given_) == date(2026, 5, 29)


@given(
	st.sampled_from(["jalali", "gregorian"]),
	st.integers(1, 36),
	st.dates(date(2020, 1, 1), date(2040, 1, 1)),
)
def test_the_days_since_which_a_lot_was_idle_are_exactly_those(
	calendar: str, months: int, last: date
) -> None:
	rules = program(calendar=calendar)
	add_months = CALENDARS[calendar].add_months
	wide = [last - timedelta(days=n) for n in range(28 * months - 5, 32 * months + 5)]
	assert idle_since(rules, months, last) == sorted(
		each for each in wide if add_months(each, months) == last
	)


# ------------------------------------------------------------------------------------------ points


def test_what_dies_on_the_day_is_counted_at_its_own_value_and_nothing_else() -> None:
	held = [
		each._replace(awarded_on=DAY - ONE_DAY)
		for each in lots("50@1404-06-31 80@never 20@1404-06-31 7@1404-07-01")
	]
	held[2] = held[2]._replace(value=N(500))
	found = expiring(held, N(0), program(), None, DAY, day("1404-06-31"))
	assert found == Expiring(N(70), N(60_000), day("1404-06-31"))
	assert expiring(held, N(0), program(), None, DAY, day("1404-06-30")) is None


def test_lots_of_the_day_itself_are_no_matter_of_its_morning() -> None:
	held = lots("50@1404-06-31")
	assert expiring(held, N(0), program(), None, DAY, day("1404-06-31")) is None
	assert expiring(held, N(0), program(), None, DAY + ONE_DAY, day("1404-06-31")) is not None


@pytest.mark.parametrize(("debt", "left"), [(0, 50), (30, 50), (40, 40), (89, None), (90, None)])
def test_a_debt_is_paid_by_what_can_be_spent_first(debt: int, left: int | None) -> None:
	"""30 points that can be spent in two days, 50 in four that die later; nothing is left of either."""
	early, late = lots("30@1404-12-01 50@1404-06-31")
	held = [
		early._replace(available_from=DAY + timedelta(days=2)),
		late._replace(available_from=DAY + timedelta(days=4)),
	]
	found = expiring(held, N(debt), program(), None, DAY + ONE_DAY, day("1404-06-31"))
	left = None if debt >= 80 else left
	assert (found and found.quantity) == left


def test_a_lot_that_dies_of_inactivity_is_held_to_the_last_purchase() -> None:
	rules = program(expiry=Expiry("inactivity", 2))
	[lot] = [each._replace(idle_months=2) for each in lots("50@never")]
	first, later = last_day(lot, rules, None), last_day(lot, rules, DAY + timedelta(days=20))
	assert first is not None
	assert later is not None
	morning = DAY + ONE_DAY
	assert expiring([lot], N(0), rules, None, morning, first) == Expiring(N(50), N(50_000), first)
	assert expiring([lot], N(0), rules, DAY + timedelta(days=20), morning, first) is None
	assert expiring([lot], N(0), rules, DAY + timedelta(days=20), morning, later) is not None


def test_what_is_warned_of_is_what_expires_if_nothing_happens() -> None:
	shop = Shop(program(expiry=Expiry("days", 40), earning=Earning(pending_days=3)))
	for amount in (3, 5, 2):
		shop.buy(amount * M)
		shop.wait(1)
	back = shop.buy(4 * M)
	shop.wait(5)
	shop.buy(M, redeem=60)
	shop.bring_all(back)
	account = shop.account()
	said = {}
	for n in range(60):
		last = shop.today + timedelta(days=n)
		found = expiring(
			account.lots.values(), account.deficit, shop.club.program, None, shop.today + ONE_DAY, last
		)
		if found:
			said[last + ONE_DAY] = found.quantity
	shop.wait(70)
	shop.settle()
	died: dict[date, Decimal] = {}
	for entry in shop.entries:
		if entry.kind == "expire":
			died[entry.day] = died.get(entry.day, N(0)) - entry.quantity
	assert said == died
	assert len(said) > 1


# ------------------------------------------------------------------------------------------ tiers


def gold(rules: TierRules, bought: int = 100) -> Shop:
	"""A member who became gold on 1 Ordibehesht 1404."""
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-02-01"))
	shop.buy(bought * M)
	shop.wait(1)
	return shop


def risk(shop: Shop, on: date) -> AtRisk | None:
	return at_risk(shop.club, shop.account(), shop.today, on, shop.changes)


def test_the_tier_that_a_review_would_take_and_what_is_missing_until_the_day_before() -> None:
	shop = gold(TierRules())
	shop.on("1404-08-01")
	shop.buy(60 * M)
	on = day("1405-02-01")
	shop.on("1405-01-25")
	found = risk(shop, on)
	assert found == AtRisk("gold", "silver", 60 * M, 100 * M, on - ONE_DAY, None)
	assert found is not None
	assert found.missing == 40 * M


def test_what_is_missing_bought_on_the_last_day_keeps_the_tier() -> None:
	for more, tier in ((40, "gold"), (39, "silver")):
		shop = gold(TierRules())
		shop.on("1404-08-01")
		shop.buy(60 * M)
		shop.on("1405-01-31")
		shop.buy(more * M)
		shop.on("1405-02-01")
		assert shop.tier() == tier


def test_nothing_is_at_risk_on_another_day_or_when_enough_was_bought_or_on_the_day_of_the_promotion() -> None:
	on = day("1405-02-01")
	assert risk(gold(TierRules()), on + ONE_DAY) is None
	assert risk(gold(TierRules()), on) is not None
	shop = gold(TierRules())
	shop.buy(100 * M)
	assert risk(shop, on) is None
	shop = gold(TierRules())
	shop.today -= ONE_DAY
	assert risk(shop, on) is None


def test_the_lowest_tier_is_never_at_risk() -> None:
	shop = gold(TierRules(), 1)
	assert shop.tier() == "bronze"
	assert risk(shop, day("1405-02-01")) is None


@pytest.mark.parametrize("review", ["by_itself", "approved"])
def test_days_of_grace_are_told_of_and_end_on_a_day_of_their_own(review: str) -> None:
	rules = TierRules(grace_days=10, review=review)  # type: ignore[arg-type]
	on = day("1405-02-01")
	found = risk(gold(rules), on)
	assert found is not None
	assert (found.after, found.until, found.grace) == ("bronze", on - ONE_DAY, on + timedelta(days=9))
	shop = gold(rules)
	shop.today = on
	shop.settle()
	if review == "approved":
		assert not shop.club.review("m", on)
	shop.wait(1)
	assert risk(shop, on) is None, "that day is over"
	found = risk(shop, on + timedelta(days=10))
	assert found is not None
	assert (found.after, found.until, found.grace) == ("bronze", on + timedelta(days=9), None)


def test_a_tier_that_is_withdrawn_before_its_review_is_not_warned_of() -> None:
	shop = Shop(
		program(tiers=LADDER, tier_rules=TierRules(window=Window("rolling_months", 12))), day("1404-02-01")
	)
	sale = shop.buy(100 * M)
	shop.wait(3)
	shop.bring_all(sale)
	assert risk(shop, day("1405-02-01")) is None


def test_what_is_said_is_what_the_review_then_does() -> None:
	for months in (1, 2, 5):
		rules = TierRules(window=Window("rolling_months", months), term_months=3, grace_days=4)
		for later in (0, 30, 60, 80):
			shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-02-01"))
			shop.buy(100 * M)
			shop.wait(later)
			shop.buy(70 * M)
			shop.wait(1)
			on = shop.account().promotions[-1].review_on
			assert on is not None
			real = Shop(shop.club.program, day("1404-02-01"))
			real.buy(100 * M)
			real.wait(later)
			real.buy(70 * M)
			real.today = on + timedelta(days=4)
			real.settle()
			found = risk(shop, on)
			reviews = [(each.before, each.after, each.value) for each in real.changes if each.why == "review"]
			assert ([(found.tier, found.after, found.value)] if found else []) == reviews
