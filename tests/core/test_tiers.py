"""Tiers, the deciding half: metric, window, threshold, review."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import DAY, LADDER, M, Tier, TierRules, Window, day, program

from loyalty_club.core.tiers import (
	Day,
	Promotion,
	after_review,
	change,
	is_visit,
	measure,
	measured,
	name_at,
	position,
	reached,
	threshold,
	window_start,
)

YEAR = {
	day("1403-12-30"): Day(Decimal(400), Decimal(4)),
	day("1404-01-01"): Day(Decimal(100), Decimal(1)),
	day("1404-01-02"): Day(Decimal(0), Decimal(0)),
	day("1404-01-03"): Day(Decimal(-50), Decimal(-1)),
	day("1404-06-31"): Day(Decimal(99), Decimal(7)),
}


@pytest.mark.parametrize(
	("metric", "minimum", "value"),
	[
		("net_spend", 0, 149),
		("points_earned", 0, 7),
		("visits", 0, 2),
		("visits", 99, 2),
		("visits", 100, 1),
		("visits", 101, 0),
	],
)
def test_a_metric_is_measured_over_the_days_of_its_window_both_ends_included(
	metric: str, minimum: int, value: int
) -> None:
	rules = TierRules(metric=metric, visit_minimum=Decimal(minimum))  # type: ignore[arg-type]
	assert measure(rules, YEAR, day("1404-01-01"), day("1404-06-31")) == value


@pytest.mark.parametrize("metric", ["net_spend", "points_earned", "visits"])
@pytest.mark.parametrize(
	("start", "end"),
	[("1403-12-30", "1404-01-02"), ("1404-01-01", "1404-01-02"), ("1404-01-02", "1404-06-31")],
)
def test_a_window_moved_on_is_the_window_measured_anew(metric: str, start: str, end: str) -> None:
	rules = TierRules(metric=metric)  # type: ignore[arg-type]
	known = measured(None, rules, YEAR, day("1403-12-30"), day("1404-01-02"))
	moved = known.moved_to(YEAR, day(start), day(end))
	assert moved == measured(None, rules, YEAR, day(start), day(end))


@pytest.mark.parametrize(
	("net", "minimum", "yes"), [(1, 0, True), (0, 0, False), (-5, 0, False), (99, 100, False)]
)
def test_a_day_is_a_visit_while_purchases_are_left_of_it(net: int, minimum: int, yes: bool) -> None:
	assert is_visit(TierRules(visit_minimum=Decimal(minimum)), Day(Decimal(net))) is yes


@pytest.mark.parametrize(
	("metric", "row", "net", "points", "moved"),
	[
		("net_spend", (100, 1), -30, -1, -30),
		("points_earned", (100, 1), -30, -1, -1),
		("visits", (0, 0), 10, 0, 1),
		("visits", (10, 0), 10, 0, 0),
		("visits", (10, 0), -10, 0, -1),
		("visits", (20, 0), -10, 0, 0),
	],
)
def test_a_change_moves_the_metric_by_its_own_measure(
	metric: str, row: tuple[int, int], net: int, points: int, moved: int
) -> None:
	before = Day(Decimal(row[0]), Decimal(row[1]))
	assert change(TierRules(metric=metric), before, Decimal(net), Decimal(points)) == moved  # type: ignore[arg-type]


@pytest.mark.parametrize(
	("calendar", "window", "on", "start"),
	[
		("jalali", Window("lifetime"), "1404-07-15", "0001-01-01"),
		("jalali", Window("rolling_months", 12), "1404-07-15", "1403-07-16"),
		("jalali", Window("rolling_months", 1), "1404-07-30", "1404-07-01"),
		("jalali", Window("rolling_months", 1), "1404-07-29", "1404-06-30"),
		("jalali", Window("rolling_months", 12), "1404-12-29", "1404-01-01"),
		("jalali", Window("rolling_months", 12), "1403-12-30", "1403-01-01"),
		("gregorian", Window("rolling_months", 12), "2025-02-28", "2024-03-01"),
		("gregorian", Window("rolling_months", 3), "2025-05-31", "2025-03-01"),
		("jalali", Window("this_and_last_year"), "1404-01-01", "1403-01-01"),
		("jalali", Window("this_and_last_year"), "1403-12-30", "1402-01-01"),
		("gregorian", Window("this_and_last_year"), "2025-12-31", "2024-01-01"),
	],
)
def test_a_window_begins(calendar: str, window: Window, on: str, start: str) -> None:
	rules = program(calendar=calendar, tier_rules=TierRules(window=window))
	assert window_start(rules, day(on)) == (date.min if start == "0001-01-01" else day(start))


CLUB = program(tiers=LADDER)
ABOVE_ZERO = program(tiers=(Tier("silver", 50 * M, Decimal(1), M), Tier("gold", 90 * M, Decimal(1), M)))


@pytest.mark.parametrize(
	("value", "name"),
	[
		(-M, "bronze"),
		(0, "bronze"),
		(50 * M - 1, "bronze"),
		(50 * M, "silver"),
		(100 * M, "gold"),
		(999 * M, "gold"),
	],
)
def test_a_tier_is_reached_exactly_at_its_threshold_and_one_that_needs_nothing_by_everyone(
	value: Decimal, name: str
) -> None:
	assert name_at(CLUB, reached(CLUB, Decimal(value))) == name


def test_below_the_first_threshold_there_is_no_tier() -> None:
	assert reached(ABOVE_ZERO, 50 * M - 1) == -1
	assert name_at(ABOVE_ZERO, -1) == ""
	assert position(ABOVE_ZERO, "") == position(ABOVE_ZERO, "dropped from the ladder") == -1
	assert threshold(ABOVE_ZERO, "") == 0
	assert threshold(ABOVE_ZERO, "gold") == 90 * M


@pytest.mark.parametrize(
	("downgrade", "current", "value", "after"),
	[
		("straight", "gold", 100 * M, "gold"),
		("straight", "gold", 100 * M - 1, "silver"),
		("straight", "gold", 0, "bronze"),
		("one_step", "gold", 0, "silver"),
		("one_step", "silver", 0, "bronze"),
		("one_step", "gold", 60 * M, "silver"),
		("straight", "silver", 500 * M, "silver"),
		("straight", "bronze", 0, "bronze"),
	],
)
def test_a_review_keeps_the_tier_or_goes_down_straight_or_one_step_and_never_up(
	downgrade: str, current: str, value: Decimal, after: str
) -> None:
	rules = program(tiers=LADDER, tier_rules=TierRules(downgrade=downgrade))  # type: ignore[arg-type]
	assert name_at(rules, after_review(rules, position(rules, current), Decimal(value))) == after


def promotion(value: int = 102) -> Promotion:
	"""Into gold on 1404-02-01 with a window from 1404-01-01."""
	return Promotion("gold", "bronze", DAY, day("1404-01-01"), Decimal(value), None)


LIMIT = Decimal(100)
NET = TierRules()


def bring(into: Promotion, on: str, amount: int, bought: str = "1404-02-01") -> Promotion:
	into.brought_back(day(bought), Decimal(amount), day(on), 7, own_day=False)
	return into


def days(**rows: int) -> list[tuple[date, Day]]:
	"""days(d15=5): net of days of Ordibehesht 1404."""
	return [(day(f"1404-02-{key[1:]}"), Day(Decimal(net))) for key, net in rows.items()]


def test_a_promotion_that_nothing_came_back_of_stands() -> None:
	assert promotion().stands(NET, [], LIMIT, Decimal(0)) == (True, 102)


def test_a_promotion_is_looked_at_the_day_after_the_netting_days() -> None:
	assert bring(promotion(), "1404-02-20", 5).check_on == day("1404-02-28")


@pytest.mark.parametrize(
	("rows", "stands", "value"),
	[
		({}, False, 97),
		({"d13": 3}, True, 100),
		({"d12": 3}, False, 97),
		({"d27": 3}, True, 100),
		({"d28": 3}, False, 97),
		({"d20": 2}, False, 99),
		({"d14": 1, "d26": 2}, True, 100),
		({"d20": 50}, True, 102),
	],
)
def test_what_was_bought_up_to_seven_days_before_or_after_is_netted_up_to_what_came_back(
	rows: dict, stands: bool, value: int
) -> None:
	back = bring(promotion(), "1404-02-20", 5)
	assert back.stands(NET, days(**rows), LIMIT, Decimal(0)) == (stands, value)


def test_the_promoting_day_itself_is_no_repurchase() -> None:
	back = bring(promotion(), "1404-02-03", 5)
	assert back.stands(NET, days(d01=102), LIMIT, Decimal(0)) == (False, 97)


def test_a_promotion_stands_where_the_present_metric_gives_the_tier_anyway() -> None:
	back = bring(promotion(), "1404-02-20", 5)
	assert back.stands(NET, [], LIMIT, LIMIT) == (True, 100)


def test_goods_from_outside_the_window_do_not_touch_a_promotion() -> None:
	back = bring(promotion(), "1404-02-20", 5, bought="1404-02-15")
	assert back.check_on is None
	assert back.value == 102


def test_what_was_exchanged_is_not_counted_for_a_second_exchange() -> None:
	back = bring(promotion(), "1404-02-20", 5)
	assert back.stands(NET, days(d20=5), LIMIT, Decimal(0)) == (True, 102)
	bring(back, "1404-02-21", 5)
	assert back.stands(NET, days(d20=5), LIMIT, Decimal(0)) == (False, 97)


def test_what_was_bought_in_exchange_and_comes_back_too_was_part_of_the_promotion() -> None:
	back = bring(promotion(), "1404-02-20", 5)
	back.stands(NET, days(d20=5), LIMIT, Decimal(0))
	bring(back, "1404-03-10", 9, bought="1404-02-20")
	assert back.value == 97
	assert back.stands(NET, [], LIMIT, Decimal(0)) == (False, 97)


def test_a_sale_on_a_day_of_the_window_adds_to_the_promotion() -> None:
	more = promotion()
	more.bought(DAY, Decimal(8))
	more.bought(day("1404-02-02"), Decimal(100))
	more.bought(day("1403-12-30"), Decimal(100))
	assert more.value == 110
