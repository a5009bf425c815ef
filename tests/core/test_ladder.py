"""A member on the ladder: up at once, down at review, withdrawn after returns; exchanges change nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import DAY, LADDER, Earning, M, Shop, Tier, TierRules, Window, day, line, program

from loyalty_club.core import ladder
from loyalty_club.core.model import Program

LIFETIME = TierRules(window=Window("lifetime"))


def moves(shop: Shop) -> list[tuple[str, str, str]]:
	return [(change.why, change.before, change.after) for change in shop.changes]


# ------------------------------------------------------------------------------------------ metric by window

WINDOWS = {
	"lifetime": Window("lifetime"),
	"rolling": Window("rolling_months", 2),
	"two years": Window("this_and_last_year"),
}
# One purchase of 10,000,000 (100 points) on each day.
STORY = ["1402-12-01", "1403-11-15", "1404-01-15", "1404-02-10"]


def three_of(metric: str, window: Window, need: int) -> Program:
	tiers = (Tier("base", Decimal(0), Decimal(10), M), Tier("top", Decimal(need), Decimal(10), M))
	return program(tiers=tiers, tier_rules=TierRules(metric=metric, window=window))  # type: ignore[arg-type]


@pytest.mark.parametrize(
	("metric", "unit"), [("net_spend", 10_000_000), ("points_earned", 100), ("visits", 1)]
)
@pytest.mark.parametrize(("window", "counted"), [("lifetime", 4), ("rolling", 2), ("two years", 3)])
def test_a_tier_is_reached_at_exactly_what_its_window_counts_of_its_metric(
	metric: str, unit: int, window: str, counted: int
) -> None:
	for need, tier in ((counted * unit, "top"), (counted * unit + 1, "base")):
		shop = Shop(three_of(metric, WINDOWS[window], need))
		for each in STORY:
			shop.on(each)
			shop.buy(10 * M)
		assert shop.account().tier == tier
		assert ladder.value_now(shop.club.program, shop.account(), shop.today) == counted * unit


def test_two_purchases_on_one_day_are_one_visit() -> None:
	shop = Shop(three_of("visits", Window(), 2))
	shop.buy(M)
	shop.buy(M)
	assert shop.tier() == "base"
	shop.wait(1)
	shop.buy(M)
	assert shop.tier() == "top"


def test_a_fully_returned_day_is_no_visit_and_a_partly_returned_one_is() -> None:
	shop = Shop(three_of("visits", Window("lifetime"), 9))
	sale = shop.buy(M)
	shop.bring_all(sale, Decimal("0.5"))
	assert shop.account().visits == 1
	shop.bring(line("thing", M / 2), against=sale)
	assert shop.account().visits == 0


def test_points_received_from_another_member_do_not_count_for_the_tier() -> None:
	shop = Shop(three_of("points_earned", Window("lifetime"), 110))
	shop.buy(10 * M)
	shop.buy(10 * M, who="n")
	shop.club.transfer("T1", "n", "m", Decimal(100), shop.today)
	assert (shop.balance(), shop.tier()) == (200, "base")
	shop.buy(M)
	assert shop.tier() == "top"


def test_a_purchase_paid_by_a_wallet_counts_whole_for_net_spend() -> None:
	shop = Shop(program(tiers=LADDER))
	shop.buy(40 * M)
	shop.buy(10 * M, redeem=400)
	assert shop.tier() == "silver"


def test_a_lifetime_visit_that_is_undone_under_a_new_minimum_is_forgotten() -> None:
	"""The day was counted by the rule of then, so it must be taken off by that rule."""
	shop = Shop(program(tier_rules=TierRules(metric="visits", window=Window("lifetime"))))
	sale = shop.buy(M)
	stricter = TierRules(metric="visits", window=Window("lifetime"), visit_minimum=2 * M)
	shop.change(tier_rules=stricter)
	shop.bring_all(sale)
	assert shop.account().visits == 0


# ------------------------------------------------------------------------------------------ review


def test_a_member_is_not_moved_down_before_the_review_and_at_it_straight() -> None:
	shop = Shop(program(tiers=LADDER), day("1404-02-01"))
	shop.buy(100 * M)
	shop.on("1405-01-31")
	assert shop.tier() == "gold"
	shop.on("1405-02-01")
	assert shop.tier() == "bronze"
	(change,) = [each for each in shop.changes if each.why == "review"]
	assert (change.day, change.value, change.threshold) == (day("1405-02-01"), 0, 100 * M)


def test_one_step_at_a_time_each_after_a_term_of_its_own() -> None:
	rules = TierRules(downgrade="one_step", term_months=6, window=Window("rolling_months", 6))
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-01-20"))
	shop.buy(100 * M)
	shop.on("1404-07-19")
	assert shop.tier() == "gold"
	shop.on("1404-07-20")
	assert shop.tier() == "silver"
	shop.on("1405-01-19")
	assert shop.tier() == "silver"
	shop.on("1405-01-20")
	assert shop.tier() == "bronze"
	shop.on("1407-01-20")
	assert moves(shop) == [
		("reached", "bronze", "gold"),
		("review", "gold", "silver"),
		("review", "silver", "bronze"),
	]


def test_a_tier_still_deserved_at_the_review_is_kept_for_a_new_term() -> None:
	half_a_year = TierRules(window=Window("rolling_months", 6))
	shop = Shop(program(tiers=LADDER, tier_rules=half_a_year), day("1404-02-01"))
	shop.buy(50 * M)
	shop.on("1405-01-15")
	shop.buy(50 * M)
	shop.on("1405-02-01")
	assert shop.tier() == "silver"
	assert shop.account().promotions[-1].review_on == day("1406-02-01")
	shop.on("1406-01-31")
	assert shop.tier() == "silver"
	shop.on("1406-02-01")
	assert shop.tier() == "bronze"


def test_a_higher_tier_begins_a_new_term() -> None:
	shop = Shop(program(tiers=LADDER), day("1404-02-01"))
	shop.buy(50 * M)
	shop.on("1404-08-01")
	shop.buy(50 * M)
	shop.on("1405-07-30")
	assert shop.tier() == "gold"
	shop.on("1405-08-01")
	assert shop.tier() == "bronze"


def test_a_member_long_unseen_goes_through_every_review_on_its_own_day() -> None:
	rules = TierRules(downgrade="one_step", term_months=1, window=Window("rolling_months", 1))
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-02-01"))
	shop.buy(100 * M)
	shop.on("1405-02-01")
	assert shop.tier() == "bronze"
	assert [change.day for change in shop.changes] == [
		day("1404-02-01"),
		day("1404-03-01"),
		day("1404-04-01"),
	]


# ------------------------------------------------------------------------------------------ withdrawal


def climbed(*lines: object, rules: TierRules | None = None) -> Shop:
	"""One invoice that lifts a member, twenty days ago."""
	shop = Shop(program(tiers=LADDER, tier_rules=rules or TierRules()))
	shop.buy(*lines)
	shop.wait(20)
	return shop


@pytest.mark.parametrize(
	("back", "after"), [(1, "gold"), (2, "silver"), (51, "silver"), (52, "bronze"), (101, "bronze")]
)
def test_the_tier_that_the_rest_of_the_goods_gives_is_left(back: int, after: str) -> None:
	shop = climbed(line("A", back * M), line("B", (101 - back) * M))
	shop.bring(line("A", back * M), against="S1")
	shop.wait(7)
	assert shop.tier() == "gold"
	shop.wait(1)
	assert shop.tier() == after
	last = shop.changes[-1]
	if after != "gold":
		assert (last.why, last.value, last.threshold) == ("withdrawn", (101 - back) * M, 100 * M)


def test_a_withdrawn_tier_leaves_the_term_of_the_one_below_as_it_was() -> None:
	shop = Shop(program(tiers=LADDER), day("1404-02-01"))
	shop.buy(60 * M)
	shop.on("1404-05-01")
	sale = shop.buy(45 * M)
	shop.bring_all(sale)
	shop.on("1404-05-09")
	assert shop.tier() == "silver"
	assert shop.account().promotions[-1].review_on == day("1405-02-01")


def test_tier_changes_follow_each_other_in_time_also_when_a_review_was_due_under_a_withdrawn_tier() -> None:
	shop = Shop(program(tiers=LADDER), day("1403-01-01"))
	shop.buy(60 * M)
	shop.on("1403-12-01")
	sale = shop.buy(45 * M)
	shop.on("1404-02-01")
	shop.bring_all(sale)
	shop.wait(30)
	shop.settle()
	days = [change.day for change in shop.changes]
	assert days == sorted(days)


def test_a_cancelled_sale_withdraws_like_a_return() -> None:
	shop = climbed(101 * M)
	shop.cancel("S1")
	shop.wait(8)
	assert shop.tier() == "bronze"


def test_a_cancelled_return_leaves_the_tier() -> None:
	shop = climbed(line("A", 2 * M), line("B", 99 * M))
	back = shop.bring(line("A", 2 * M), against="S1")
	shop.wait(3)
	shop.cancel(back.id)
	shop.wait(30)
	assert moves(shop) == [("reached", "bronze", "gold")]


def test_a_return_cancelled_after_the_withdrawal_gives_the_tier_back() -> None:
	shop = climbed(line("A", 2 * M), line("B", 99 * M))
	back = shop.bring(line("A", 2 * M), against="S1")
	shop.wait(8)
	assert shop.tier() == "silver"
	shop.cancel(back.id)
	assert shop.tier() == "gold"


@pytest.mark.parametrize("wait", [0, 60])
def test_returned_goods_without_which_the_tier_stands_change_nothing(wait: int) -> None:
	shop = climbed(line("A", 2 * M), line("B", 120 * M))
	shop.wait(wait)
	shop.bring(line("A", 2 * M), against="S1")
	shop.wait(30)
	shop.settle()
	assert moves(shop) == [("reached", "bronze", "gold")]


def test_promoting_goods_returned_without_the_invoice_withdraw_after_seven_days() -> None:
	shop = climbed(line("A", 2 * M), line("B", 99 * M))
	shop.bring(line("A", 2 * M))
	shop.wait(7)
	assert shop.tier() == "gold"
	shop.wait(1)
	assert shop.tier() == "silver"


def test_the_rate_is_the_higher_one_until_the_tier_is_withdrawn() -> None:
	shop = climbed(line("A", 2 * M), line("B", 99 * M))
	shop.bring(line("A", 2 * M), against="S1")
	shop.wait(7)
	assert shop.sale(shop.buy(10_000)).tier == "gold"
	shop.wait(1)
	assert shop.sale(shop.buy(10_000)).tier == "silver"


# ------------------------------------------------------------------------------------------ exchange

# A window so short that the present metric says nothing about a purchase of two months ago.
WINDOWED = TierRules(window=Window("rolling_months", 1), term_months=12)


def gold(rules: TierRules | None = None) -> Shop:
	shop = Shop(program(tiers=LADDER, tier_rules=rules or WINDOWED))
	shop.buy(line("A", 2 * M), line("C", 2 * M), line("B", 97 * M))
	assert shop.tier() == "gold"
	shop.wait(60)
	return shop


@pytest.mark.parametrize(("before", "tier"), [(0, "gold"), (7, "gold"), (8, "silver")])
def test_a_repurchase_counts_up_to_seven_days_before_the_return(before: int, tier: str) -> None:
	shop = gold()
	shop.buy(line("A2", 2_100_000))
	shop.wait(before)
	shop.bring(line("A", 2 * M), against="S1")
	shop.wait(30)
	assert shop.tier() == tier


@pytest.mark.parametrize(("after", "tier"), [(0, "gold"), (7, "gold"), (8, "silver")])
def test_a_repurchase_counts_up_to_seven_days_after_the_return(after: int, tier: str) -> None:
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	shop.wait(after)
	shop.buy(line("A2", 2_100_000))
	shop.wait(30)
	assert shop.tier() == tier


def test_a_repurchase_that_costs_less_may_not_be_enough() -> None:
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	shop.buy(line("A2", 900_000))
	shop.wait(8)
	assert shop.tier() == "silver"
	assert shop.changes[-1].value == 99_900_000


def test_a_repurchase_that_comes_back_too_withdraws_the_tier() -> None:
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	again = shop.buy(line("A2", 2_100_000))
	shop.wait(20)
	assert shop.tier() == "gold"
	shop.bring_all(again)
	shop.wait(7)
	assert shop.tier() == "gold"
	shop.wait(1)
	assert shop.tier() == "silver"


def test_a_repurchase_that_comes_back_within_the_netting_days_withdraws_the_tier_too() -> None:
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	again = shop.buy(line("A2", 2_100_000))
	shop.wait(2)
	shop.bring_all(again)
	shop.wait(9)
	assert shop.tier() == "silver"


def test_two_exchanges_in_different_months_keep_the_tier() -> None:
	shop = gold()
	for item in "AC":
		shop.bring(line(item, 2 * M), against="S1")
		shop.wait(3)
		shop.buy(line(item + "2", 2 * M))
		shop.wait(40)
	shop.settle()
	assert moves(shop) == [("reached", "bronze", "gold")]


def test_two_exchanges_nine_days_apart_keep_the_tier() -> None:
	"""The days around the two returns overlap, but the first repurchase was before the second's days begin."""
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	shop.buy(line("A2", 2 * M))
	shop.wait(9)
	shop.bring(line("C", 2 * M), against="S1")
	shop.buy(line("C2", 2 * M))
	shop.wait(30)
	shop.settle()
	assert moves(shop) == [("reached", "bronze", "gold")]


def test_one_repurchase_does_not_stand_for_two_returns() -> None:
	shop = gold()
	shop.bring(line("A", 2 * M), against="S1")
	shop.buy(line("A2", 2 * M))
	shop.wait(9)
	assert shop.tier() == "gold"
	shop.bring(line("C", 2 * M), against="S1")
	shop.wait(8)
	assert shop.tier() == "silver"


def test_a_third_member_of_a_chain_of_exchanges_keeps_the_tier() -> None:
	shop = gold()
	last = "S1"
	item = "A"
	for n in range(3):
		shop.bring(line(item, 2 * M), against=last)
		item = f"A{n}"
		last = shop.buy(line(item, 2 * M))
		shop.wait(20)
	shop.settle()
	assert moves(shop) == [("reached", "bronze", "gold")]


def test_an_exchange_of_a_visit_keeps_a_tier_of_visits() -> None:
	for again, tier in ((True, "top"), (False, "base")):
		shop = Shop(three_of("visits", Window("rolling_months", 1), 3))
		first = shop.buy(M)
		for _ in range(2):
			shop.wait(1)
			shop.buy(M)
		assert shop.tier() == "top"
		shop.wait(60)
		shop.bring_all(first)
		if again:
			shop.wait(2)
			shop.buy(M)
		shop.wait(8)
		assert shop.tier() == tier


def test_the_netting_days_are_a_setting() -> None:
	shop = gold(TierRules(window=Window("rolling_months", 1), netting_days=0))
	shop.bring(line("A", 2 * M), against="S1")
	assert shop.tier() == "gold"
	shop.wait(1)
	assert shop.tier() == "silver"


# ------------------------------------------------------------------------------------------ where activity counts


def test_a_return_counts_on_its_purchases_day_and_without_one_on_its_own() -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", 3 * M), line("B", 3 * M))
	shop.wait(5)
	shop.bring(line("A", 3 * M), against=sale)
	shop.bring(line("B", 3 * M))
	account = shop.account()
	assert (account.day(DAY).net, account.day(DAY).points) == (3 * M, 30)
	assert (account.day(shop.today).net, account.day(shop.today).points) == (-3 * M, -30)


def test_days_folded_away_are_still_counted_and_can_still_be_returned() -> None:
	shop = Shop(program(tier_rules=LIFETIME, earning=Earning()))
	first = shop.buy(M)
	for _ in range(140):
		shop.wait(1)
		shop.buy(M)
	account = shop.account()
	assert DAY not in account.days
	assert account.day(DAY).net == M
	assert (account.total.net, account.visits) == (141 * M, 141)
	shop.bring_all(first)
	assert account.day(DAY).net == 0
	assert (account.total.net, account.visits) == (140 * M, 140)


@pytest.mark.parametrize("on", ["1403-12-29", "1403-12-30"])
def test_the_purchase_that_gave_a_tier_of_twelve_months_does_not_keep_it_for_twelve_more(on: str) -> None:
	"""30 Esfand 1403 + 12 months = 29 Esfand 1404, and 12 months back from there must not reach 30 Esfand again."""
	shop = Shop(program(tiers=LADDER), day(on))
	shop.buy(60 * M)
	shop.on("1404-12-28")
	assert shop.tier() == "silver"
	shop.on("1405-01-15")
	assert shop.tier() == "bronze"
