"""Lots: when they die, in which order they go, what may be spent of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import DAY, Expiry, Items, M, Shop, Spending, day, line, lots, program
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.lots import (
	available,
	expires_on,
	last_day,
	most,
	redemption,
	round_down,
	round_half_up,
	spend_order,
	spendable,
	take,
	to_expire,
	value,
)
from loyalty_club.core.model import Lot

# ------------------------------------------------------------------------------------------ expiry

JALALI = [
	("never", 1, "1404-06-31", None),
	("inactivity", 3, "1404-06-31", None),
	("days", 10, "1404-06-31", "1404-07-10"),
	("days", 1, "1403-12-30", "1404-01-01"),
	("months", 1, "1404-06-31", "1404-07-30"),
	("months", 5, "1404-01-31", "1404-06-31"),
	("months", 11, "1404-01-31", "1404-12-29"),
	("months", 11, "1403-01-31", "1403-12-30"),
	("months", 12, "1403-12-30", "1404-12-29"),
	("months", 60, "1403-12-30", "1408-12-30"),
	("end_of_month", 1, "1404-02-01", "1404-02-31"),
	("end_of_month", 1, "1404-02-31", "1404-02-31"),
	("end_of_month", 2, "1404-06-31", "1404-07-30"),
	("end_of_month", 1, "1403-12-01", "1403-12-30"),
	("end_of_month", 1, "1404-12-01", "1404-12-29"),
	("end_of_quarter", 1, "1404-03-31", "1404-03-31"),
	("end_of_quarter", 1, "1404-04-01", "1404-06-31"),
	("end_of_quarter", 2, "1404-09-30", "1404-12-29"),
	("end_of_quarter", 1, "1403-10-01", "1403-12-30"),
	("end_of_half_year", 1, "1404-06-31", "1404-06-31"),
	("end_of_half_year", 1, "1404-07-01", "1404-12-29"),
	("end_of_half_year", 2, "1403-01-01", "1403-12-30"),
	("end_of_year", 1, "1403-01-01", "1403-12-30"),
	("end_of_year", 1, "1404-12-29", "1404-12-29"),
	("end_of_year", 2, "1403-12-30", "1404-12-29"),
]
GREGORIAN = [
	("never", 1, "2025-01-31", None),
	("inactivity", 3, "2025-01-31", None),
	("days", 365, "2024-02-29", "2025-02-28"),
	("months", 1, "2025-01-31", "2025-02-28"),
	("months", 1, "2024-01-31", "2024-02-29"),
	("months", 12, "2024-02-29", "2025-02-28"),
	("months", 48, "2024-02-29", "2028-02-29"),
	("months", 2, "2025-12-31", "2026-02-28"),
	("end_of_month", 1, "2024-02-01", "2024-02-29"),
	("end_of_month", 2, "2025-01-31", "2025-02-28"),
	("end_of_quarter", 1, "2025-03-31", "2025-03-31"),
	("end_of_quarter", 1, "2025-04-01", "2025-06-30"),
	("end_of_quarter", 2, "2025-11-01", "2026-03-31"),
	("end_of_half_year", 1, "2025-06-30", "2025-06-30"),
	("end_of_half_year", 2, "2025-07-01", "2026-06-30"),
	("end_of_year", 1, "2024-12-31", "2024-12-31"),
	("end_of_year", 2, "2025-01-01", "2026-12-31"),
]


@pytest.mark.parametrize(
	("calendar", "kind", "count", "since", "last"),
	[("jalali", *row) for row in JALALI] + [("gregorian", *row) for row in GREGORIAN],
)
def test_a_lots_last_day(calendar: str, kind: str, count: int, since: str, last: str | None) -> None:
	rules = program(calendar=calendar, expiry=Expiry(kind, count))  # type: ignore[arg-type]
	assert expires_on(rules, day(since)) == (day(last) if last else None)


def idle(since: str, months: int = 1) -> Lot:
	ten = Decimal(10)
	return Lot("m-1", "m", ten, ten, Decimal(1000), day(since), None, months, day(since), 1, "m-1")


@pytest.mark.parametrize(
	("calendar", "since", "last_purchase", "last"),
	[
		("jalali", "1404-06-31", None, "1404-07-30"),
		("jalali", "1404-06-31", "1404-06-31", "1404-07-30"),
		("jalali", "1404-06-31", "1404-07-15", "1404-08-15"),
		("jalali", "1404-06-31", "1404-01-01", "1404-07-30"),
		("gregorian", "2025-01-31", "2025-01-31", "2025-02-28"),
		("gregorian", "2025-01-31", "2025-02-10", "2025-03-10"),
	],
)
def test_an_idle_lots_last_day_counts_from_the_later_of_release_and_last_purchase(
	calendar: str, since: str, last_purchase: str | None, last: str
) -> None:
	rules = program(calendar=calendar)
	bought = day(last_purchase) if last_purchase else None
	assert last_day(idle(since), rules, bought) == day(last)


def test_a_lot_with_a_day_of_its_own_is_not_kept_alive_by_purchases() -> None:
	(lot,) = lots("10@1404-06-31")
	assert last_day(lot, program(), day("1404-06-30")) == day("1404-06-31")
	assert last_day(lots("10@never")[0], program(), DAY) is None


def test_a_purchase_keeps_idle_points_alive_and_one_that_all_came_back_does_not() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 1)), day("1404-01-10"))
	shop.buy(10 * M)
	shop.on("1404-02-10")
	shop.buy(M)
	shop.on("1404-03-10")
	assert shop.available() == 110
	shop.bring_all(shop.buy(M))
	shop.on("1404-03-11")
	assert shop.available() == 0
	shop.check()


def test_a_free_gift_keeps_no_idle_points_alive() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 1)), day("1404-01-10"))
	shop.buy(10 * M)
	shop.on("1404-02-10")
	shop.buy(line("sample", 0))
	shop.on("1404-02-11")
	assert shop.available() == 0


def test_what_has_died_is_found_with_the_day_after_its_last_the_earliest_first() -> None:
	some = lots("10@1404-06-31 20@never 30@1404-02-15 40@1404-07-01")
	dead = to_expire(some, program(), None, day("1404-07-01"))
	assert [(int(points), died) for (_, points), died in dead] == [
		(30, day("1404-02-16")),
		(10, day("1404-07-01")),
	]
	assert to_expire([some[0]._replace(remaining=Decimal(0))], program(), None, day("1404-12-01")) == []


# ------------------------------------------------------------------------------------------ order and availability


def test_of_two_lots_that_die_together_the_older_goes_first_and_then_the_one_awarded_first() -> None:
	early, late = lots("10@1404-06-31 20@1404-06-31")
	older = late._replace(awarded_on=date(2025, 1, 1))
	assert spend_order([late, early]) == [early, late]
	assert spend_order([early, older]) == [older, early]


@pytest.mark.parametrize(
	("on", "points"),
	[("1404-02-01", [30, 10]), ("1404-06-31", [30, 10]), ("1404-07-01", [10]), ("1404-01-31", [])],
)
def test_a_lot_can_be_spent_from_its_first_through_its_last_day(on: str, points: list[int]) -> None:
	some = [*lots("10@never 30@1404-06-31"), *lots("50@1404-06-31", since=day("1404-12-01"))]
	assert [int(lot.remaining) for lot in spendable(some, day(on))] == points


@pytest.mark.parametrize(("deficit", "points"), [(0, 40), (15, 25), (40, 0), (60, 0)])
def test_a_deficit_is_taken_off_what_can_be_spent_never_below_zero(deficit: int, points: int) -> None:
	assert available(lots("10@never 30@1404-06-31"), Decimal(deficit), DAY) == points


def test_more_than_there_is_is_told_as_missing() -> None:
	some = lots("10@never 30@never")
	pieces, missing = take(some, Decimal(45))
	assert ([points for _, points in pieces], missing) == ([10, 30], 5)
	assert take(some, Decimal(0)) == ([], 0)


def test_pieces_are_worth_their_own_lots_value() -> None:
	cheap, dear = lots("10@never 30@never")
	assert value([(cheap, Decimal(4)), (dear._replace(value=Decimal(2500)), Decimal(2))]) == 4000 + 5000


# ------------------------------------------------------------------------------------------ redemption

POINT = Decimal(1000)
REFUSED = [
	(Spending(POINT), {"quantity": 0}, "not_a_quantity", {"wanted": 0, "step": 1}),
	(Spending(POINT), {"quantity": -5}, "not_a_quantity", {"wanted": -5, "step": 1}),
	(Spending(POINT), {"quantity": "1.5"}, "not_a_quantity", {"wanted": Decimal("1.5"), "step": 1}),
	(Spending(POINT), {"quantity": 101}, "not_enough_points", {"wanted": 101, "available": 100}),
	(Spending(POINT), {"quantity": 81, "deficit": 20}, "not_enough_points", {"wanted": 81, "available": 80}),
	(Spending(POINT, minimum=Decimal(20)), {"quantity": 19}, "below_minimum", {"wanted": 19, "minimum": 20}),
	(
		Spending(POINT, multiple=Decimal(25)),
		{"quantity": 60},
		"not_a_multiple",
		{"wanted": 60, "multiple": 25},
	),
	(
		Spending(POINT, daily_limit=Decimal(50)),
		{"quantity": 31, "spent_today": 20},
		"daily_limit",
		{"wanted": 31, "spent": 20, "limit": 50},
	),
	(
		Spending(POINT, max_share=Decimal("0.3")),
		{"quantity": 34, "total": 110_000},
		"more_than_payable",
		{"wanted": 34, "value": 34_000, "payable": 33_000},
	),
	(
		Spending(POINT),
		{"quantity": 56, "payable": 55_000, "total": 110_000},
		"more_than_payable",
		{"wanted": 56, "value": 56_000, "payable": 55_000},
	),
]
ACCEPTED = [
	(Spending(POINT), {"quantity": 100}),
	(Spending(POINT), {"quantity": 80, "deficit": 20}),
	(Spending(POINT, minimum=Decimal(20)), {"quantity": 20}),
	(Spending(POINT, multiple=Decimal(25)), {"quantity": 75}),
	(Spending(POINT, daily_limit=Decimal(50)), {"quantity": 30, "spent_today": 20}),
	(Spending(POINT, max_share=Decimal("0.3")), {"quantity": 33, "total": 110_000}),
	(Spending(POINT), {"quantity": 55, "payable": 55_000, "total": 110_000}),
]


def ask(spending: Spending, wish: dict) -> list:
	wish = {"deficit": 0, "payable": M, "total": M, "spent_today": 0, **wish}
	numbers = {key: Decimal(number) for key, number in wish.items()}
	return redemption(program(spending=spending), lots("60@1404-12-29 40@never"), day=DAY, **numbers)


@pytest.mark.parametrize(("spending", "wish", "code", "facts"), REFUSED)
def test_a_limit_on_spending_refuses_by_its_name_and_with_its_numbers(
	spending: Spending, wish: dict, code: str, facts: dict
) -> None:
	with pytest.raises(RedemptionRefused) as refused:
		ask(spending, wish)
	assert refused.value.code == code
	assert refused.value.facts == facts


@pytest.mark.parametrize(("spending", "wish"), ACCEPTED)
def test_exactly_at_a_limit_is_accepted(spending: Spending, wish: dict) -> None:
	pieces = ask(spending, wish)
	first = min(wish["quantity"], 60)
	assert [int(points) for _, points in pieces] == [
		part for part in (first, wish["quantity"] - first) if part
	]


def test_points_with_decimals_are_spent_in_their_own_steps() -> None:
	rules = program(point_decimals=1)
	pieces = redemption(rules, lots("10@never"), Decimal(0), Decimal("2.5"), M, M, Decimal(0), DAY)
	assert pieces[0][1] == Decimal("2.5")
	with pytest.raises(RedemptionRefused):
		redemption(rules, lots("10@never"), Decimal(0), Decimal("2.55"), M, M, Decimal(0), DAY)


def test_what_points_cannot_pay_is_not_payable_even_when_the_invoice_is_large() -> None:
	spending = Spending(POINT, not_payable=Items(item_groups=frozenset({"coins"})))
	shop = Shop(program(spending=spending))
	shop.buy(100 * M)
	rows = (line("coin", 10 * M, item_group="coins"), line("tea", 100_000))
	with pytest.raises(RedemptionRefused) as refused:
		shop.buy(*rows, redeem=111)
	assert refused.value.facts["payable"] == 110_000
	shop.buy(*rows, redeem=110)


def test_the_daily_limit_counts_the_day_and_begins_anew_on_the_next() -> None:
	shop = Shop(program(spending=Spending(POINT, daily_limit=Decimal(50))))
	shop.buy(100 * M)
	shop.buy(M, redeem=30)
	with pytest.raises(RedemptionRefused) as refused:
		shop.buy(M, redeem=21)
	assert refused.value.code == "daily_limit"
	shop.buy(M, redeem=20)
	shop.wait(1)
	shop.buy(M, redeem=50)


def test_a_sale_that_was_cancelled_leaves_nothing_of_the_daily_limit_used() -> None:
	shop = Shop(program(spending=Spending(POINT, daily_limit=Decimal(50))))
	shop.buy(100 * M)
	shop.cancel(shop.buy(M, redeem=50))
	shop.buy(M, redeem=50)


def test_a_backdated_sale_that_was_cancelled_leaves_nothing_of_the_daily_limit_used() -> None:
	"""The limit counts, and is given back, on the day the points went, whatever the invoice is dated."""
	shop = Shop(program(spending=Spending(POINT, daily_limit=Decimal(50))))
	shop.buy(100 * M)
	shop.wait(3)
	shop.buy(M)
	shop.today = DAY
	shop.cancel(shop.buy(M, redeem=50))
	shop.buy(M, redeem=50)


HOLDINGS = st.lists(
	st.tuples(
		st.integers(1, 12),
		st.sampled_from([0, 700, 1000, 1500]),
		st.sampled_from(["never", "1404-02-01", "1404-02-20", "1404-01-31"]),
	),
	max_size=4,
)


@settings(max_examples=150)
@given(
	holdings=HOLDINGS,
	minimum=st.sampled_from([0, 3, 8]),
	multiple=st.sampled_from(["0", "1", "2", "5", "0.5"]),
	share=st.sampled_from(["1", "0.5", "0.3", "0"]),
	limit=st.sampled_from([None, 4, 11]),
	decimals=st.sampled_from([0, 1]),
	deficit=st.integers(0, 6),
	payable=st.integers(0, 25_000),
	spent=st.integers(0, 3),
)
def test_the_most_is_always_accepted_and_nothing_more_is(
	holdings: list,
	minimum: int,
	multiple: str,
	share: str,
	limit: int | None,
	decimals: int,
	deficit: int,
	payable: int,
	spent: int,
) -> None:
	spending = Spending(
		POINT,
		Decimal(minimum),
		Decimal(multiple),
		Decimal(share),
		daily_limit=None if limit is None else Decimal(limit),
	)
	rules = program(spending=spending, point_decimals=decimals)
	some = [
		lots(f"{points}@{last}")[0]._replace(id=f"m-{n}", seq=n, value=Decimal(worth))
		for n, (points, worth, last) in enumerate(holdings)
	]
	money = (Decimal(payable), Decimal(20_000))

	def accepted(points: Decimal) -> bool:
		try:
			redemption(rules, some, Decimal(deficit), points, *money, Decimal(spent), DAY)
		except RedemptionRefused:
			return False
		return True

	found = most(rules, some, Decimal(deficit), *money, Decimal(spent), DAY)
	step = Decimal(1).scaleb(-decimals)
	assert found == 0 or accepted(found)
	higher = found + step
	while higher <= 48:
		assert not accepted(higher)
		higher += step


def test_the_most_is_accepted_when_the_multiple_is_finer_than_a_point() -> None:
	"""Of 5 whole points in multiples of 1.5 three can be spent: 4.5 is no number of points."""
	rules = program(spending=Spending(POINT, multiple=Decimal("1.5")))
	found = most(rules, lots("5@never"), Decimal(0), M, M, Decimal(0), DAY)
	assert found == 3


# ------------------------------------------------------------------------------------------ rounding


@pytest.mark.parametrize(
	("exact", "quantum", "up", "down"),
	[
		("5/2", "1", "3", "2"),
		("249/100", "1", "2", "2"),
		("1/4", "0.1", "0.3", "0.2"),
		("1/3", "0.01", "0.33", "0.33"),
		("7", "1", "7", "7"),
		("0", "1", "0", "0"),
		("1999999999999999999999999999999/2", "1", "1" + "0" * 30, "999999999999999999999999999999"),
	],
)
def test_half_goes_up_and_down_is_down(exact: str, quantum: str, up: str, down: str) -> None:
	number, step = Fraction(exact), Decimal(quantum)
	assert (round_half_up(number, step), round_down(number, step)) == (Decimal(up), Decimal(down))


def test_half_below_zero_goes_away_from_zero() -> None:
	assert round_half_up(Fraction(-5, 2), Decimal(1)) == -3
	assert round_half_up(Fraction(-12, 5), Decimal(1)) == -2
