"""What the club promises to a shopkeeper, each promise a test whose name says it.

Unless said otherwise: 10 points per 1,000,000 rial net, a point worth 1,000 rial, VAT 10 %.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import (
	DAY,
	LADDER,
	Earning,
	EarnRule,
	Expiry,
	Items,
	M,
	Shop,
	Spending,
	Tender,
	Tier,
	TierRules,
	When,
	Window,
	day,
	line,
	lots,
	program,
)

from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.lots import spend_order, take

TRIPLE_A = Earning(rules=(EarnRule("triple", multiply=Decimal(3), when=When(items=frozenset({"A"}))),))


# 1 ------------------------------------------------------------------------------------------------- earning


def test_34_999_999_rial_earn_349_proportionally() -> None:
	shop = Shop(program())
	shop.buy(34_999_999)
	assert shop.balance() == 349


def test_34_999_999_rial_earn_340_in_full_steps() -> None:
	shop = Shop(program(earning=Earning(method="full_steps")))
	shop.buy(34_999_999)
	assert shop.balance() == 340


def test_ten_purchases_of_900_000_in_full_steps_earn_90_with_carry_over_and_nothing_without() -> None:
	carrying = Shop(program(earning=Earning(method="full_steps", carry_over=True)))
	plain = Shop(program(earning=Earning(method="full_steps")))
	for _ in range(10):
		carrying.buy(900_000)
		plain.buy(900_000)
	assert carrying.balance() == 90
	assert plain.balance() == 0


def test_vat_and_an_excluded_item_group_earn_nothing() -> None:
	shop = Shop(program(earning=Earning(exclude=Items(item_groups=frozenset({"gold coins"})))))
	shop.buy(line("coin", 50 * M, item_group="gold coins"))
	assert shop.balance() == 0
	shop.buy(line("rice", 10 * M, tax=M))
	assert shop.balance() == 100


# 2 ------------------------------------------------------------------------------------------------- tier and rate


def test_the_invoice_that_lifts_a_member_earns_at_the_old_rate_and_the_next_at_the_new() -> None:
	shop = Shop(program(tiers=LADDER))
	shop.buy(60 * M)
	assert (shop.balance(), shop.tier()) == (600, "silver")
	shop.buy(10 * M)
	assert shop.balance() == 600 + 150


def test_exactly_at_the_threshold_counts() -> None:
	shop = Shop(program(tiers=LADDER))
	shop.buy(50 * M - 1)
	assert shop.tier() == "bronze"
	shop.buy(1)
	assert shop.tier() == "silver"


# 3 ------------------------------------------------------------------------------------------------- lots


def test_lots_go_by_earliest_expiry_then_oldest_and_never_expiring_last() -> None:
	some = lots("10@never 20@1404-12-29 30@1404-06-31 40@1404-12-29 50@never")
	assert [int(lot.original) for lot in spend_order(some)] == [30, 20, 40, 10, 50]
	pieces, missing = take(spend_order(some), Decimal(75))
	assert [(int(lot.original), int(points)) for lot, points in pieces] == [(30, 30), (20, 20), (40, 25)]
	assert missing == 0


def test_60_and_60_from_one_lot_of_100_is_refused() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	shop.buy(M, redeem=60)
	before = list(shop.entries)
	with pytest.raises(RedemptionRefused) as refused:
		shop.buy(M, redeem=60)
	assert refused.value.code == "not_enough_points"
	assert shop.entries == before
	shop.check()


# 4 ------------------------------------------------------------------------------------------------- line by line


def test_a_line_at_triple_rate_and_a_plain_one_earn_400_and_returning_the_first_takes_300() -> None:
	shop = Shop(program(earning=TRIPLE_A))
	sale = shop.buy(line("A", 10 * M), line("B", 10 * M))
	assert shop.balance() == 400
	shop.bring(line("A", 10 * M), against=sale)
	assert shop.balance() == 100


# 5 ------------------------------------------------------------------------------------------------- paid by points


def _paid_partly_by_points() -> tuple[Shop, str]:
	shop = Shop(program())
	shop.buy(line("seed", 20 * M))
	sale = shop.buy(line("thing", M, qty=10), redeem=200)
	return shop, sale


def test_net_1_000_000_of_which_200_000_is_paid_by_points_earns_on_818_181_81() -> None:
	shop, sale = _paid_partly_by_points()
	posted = shop.sale(sale)
	assert posted.rate * Fraction(posted.weights[0]) == Fraction(818_181, 100_000) + Fraction(9, 1_100_000)
	assert posted.reason.facts["base"] == Decimal("818181.818182")
	assert posted.awarded == 8


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 7, 8, 10])
def test_a_sale_paid_partly_by_points_returned_in_any_number_of_parts_leaves_nothing(parts: int) -> None:
	shop, sale = _paid_partly_by_points()
	money = Decimal(0)
	for n in range(parts):
		if n == parts // 2:
			shop.change(spending=Spending(Decimal(2500)), tiers=(Tier("member", Decimal(0), Decimal(70), M),))
		done = Decimal(n) / parts
		upto = Decimal(n + 1) / parts
		net = (M * upto).quantize(Decimal(1)) - (M * done).quantize(Decimal(1))
		back = shop.bring(line("thing", net, qty=Decimal(1), tax=net / 10), against=sale)
		money += sum((amount for _, amount in back.money), Decimal(0))
		shop.check()
	assert shop.balance() == 200
	assert money == 900_000
	assert sum(entry.quantity for entry in shop.entries if entry.kind == "restore") == 200
	assert {entry.value for entry in shop.entries if entry.kind == "restore"} == {Decimal(1000)}


def test_five_points_returned_in_four_equal_quarters_come_back_as_1_3_4_5() -> None:
	shop = Shop(program())
	shop.buy(M)
	sale = shop.buy(line("thing", 100_000, qty=4), redeem=5)
	restored = []
	for _ in range(4):
		shop.bring_all(sale, Decimal("0.25"))
		restored.append(int(sum(shop.sale(sale).restored)))
	assert restored == [1, 3, 4, 5]


def test_mixed_tenders_and_rates_come_back_exactly_in_every_order_of_five_returns() -> None:
	earning = Earning(
		rules=(EarnRule("triple", multiply=Decimal(3), when=When(items=frozenset({"A"}))),),
		exclude=Items(items=frozenset({"C"})),
	)
	spending = Spending(Decimal(1500), not_payable=Items(items=frozenset({"D"})))
	rows = [
		line("A", 300_000),
		line("B", 250_000),
		line("C", 200_000),
		line("D", 150_000),
		line("E", 100_000),
	]
	for order in itertools.permutations(range(5)):
		shop = Shop(program(earning=earning, spending=spending))
		shop.buy(line("seed", 100 * M))
		start = shop.balance()
		tenders = (Tender("card", Decimal(330_000)), Tender("cash", Decimal(1_100_000 - 220_500 - 330_000)))
		sale = shop.buy(*rows, redeem=147, tenders=tenders)
		given: dict[str, Decimal] = {}
		rounding = Decimal(0)
		for n in order:
			back = shop.bring(rows[n], against=sale)
			rounding += back.rounding
			for mode, amount in back.money:
				assert amount > 0
				given[mode] = given.get(mode, Decimal(0)) + amount
		assert shop.balance() == start
		assert given == {"card": 330_000, "cash": 549_500}
		assert rounding == 0
		assert shop.sale(sale).restored == [147]
		shop.check()


# 6 ------------------------------------------------------------------------------------------------- what paid it


def test_returning_a_line_that_points_could_not_pay_gives_back_money_only() -> None:
	shop = Shop(program(spending=Spending(Decimal(1000), not_payable=Items(items=frozenset({"B"})))))
	shop.buy(line("seed", 100 * M))
	sale = shop.buy(line("A", M), line("B", M), redeem=500)
	back = shop.bring(line("B", M), against=sale)
	assert back.restored == ()
	assert back.money == (("", Decimal(1_100_000)),)


def test_330_000_of_1_100_000_paid_by_147_points_gives_44_points_and_264_000_rial_after_a_new_value() -> None:
	shop = Shop(program(spending=Spending(Decimal(1500))))
	shop.buy(line("seed", 100 * M))
	sale = shop.buy(line("A", 700_000), line("B", 300_000), redeem=147)
	shop.change(spending=Spending(Decimal(2000)))
	back = shop.bring(line("B", 300_000), against=sale)
	assert sum(points for _, points in back.restored) == 44
	assert back.money == (("", Decimal(264_000)),)


# 7 ------------------------------------------------------------------------------------------------- deficit, order


def test_points_that_expired_are_not_taken_twice() -> None:
	shop = Shop(program(expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M)
	shop.buy(line("excluded", 60_000), redeem=60)
	spent_elsewhere = shop.balance()
	assert spent_elsewhere == 40
	shop.wait(11)
	assert shop.available() == 0
	shop.bring_all(sale)
	assert shop.balance() == -60
	shop.check()


def test_a_deficit_is_filled_by_the_next_award_and_nothing_is_spent_below_zero() -> None:
	shop = Shop(program())
	sale = shop.buy(5 * M)
	shop.buy(line("x", 50_000), redeem=50)
	shop.bring_all(sale)
	assert shop.balance() == -50
	with pytest.raises(RedemptionRefused):
		shop.buy(M, redeem=1)
	shop.buy(10 * M)
	assert (shop.balance(), shop.available(), shop.account().deficit) == (50, 50, 0)
	shop.check()


def test_what_was_spent_last_comes_back_first_into_its_own_lot() -> None:
	shop = Shop(program(expiry=Expiry("days", 30)))
	shop.buy(6 * M)
	shop.wait(29)
	shop.buy(line("filler", 4 * M))
	shop.wait(1)
	assert [int(lot.remaining) for lot in spend_order(shop.account().lots.values())] == [60, 40]
	sale = shop.buy(line("thing", 200_000, qty=2), redeem=100)
	back = shop.bring_all(sale, Decimal("0.5"))
	assert [int(points) for _, points in back.restored] == [40, 10]
	late, early = back.restored[0][0], back.restored[1][0]
	assert late.awarded_on == DAY + timedelta(days=29)
	assert early.awarded_on == DAY
	assert early.expires_on == shop.today + timedelta(days=30), "at least 30 days from the return"
	shop.check()


# 8 ------------------------------------------------------------------------------------------------- no original


def test_bought_at_triple_rate_and_returned_without_the_original_takes_all_300_back() -> None:
	today_only = When(items=frozenset({"A"}), to_date=DAY)
	shop = Shop(program(earning=Earning(rules=(EarnRule("triple", multiply=Decimal(3), when=today_only),))))
	for _ in range(5):
		shop.buy(line("A", 10 * M))
	assert shop.balance() == 1500
	shop.wait(1)
	for n in range(5):
		shop.bring(line("A", 10 * M))
		assert shop.balance() == 1500 - 300 * (n + 1)


# 9 ------------------------------------------------------------------------------------------------- exchange


def _gold() -> Shop:
	shop = Shop(program(tiers=LADDER))
	shop.buy(line("A", 2 * M), line("B", 99 * M))
	assert shop.tier() == "gold"
	shop.wait(20)
	return shop


def test_an_exchange_on_one_day_changes_neither_tier_nor_term_nor_rate() -> None:
	shop = _gold()
	term = shop.account().promotions[-1].review_on
	shop.bring(line("A", 2 * M), against="S1")
	before = shop.balance()
	shop.buy(line("A2", 2_100_000))
	assert shop.balance() - before == 42
	shop.wait(60)
	assert shop.tier() == "gold"
	assert shop.account().promotions[-1].review_on == term
	assert [change.after for change in shop.changes] == ["gold"]


def test_the_same_return_with_no_repurchase_within_seven_days_withdraws_the_tier_once() -> None:
	shop = _gold()
	shop.bring(line("A", 2 * M), against="S1")
	shop.wait(7)
	assert shop.tier() == "gold"
	shop.wait(1)
	assert shop.tier() == "silver"
	shop.wait(30)
	assert shop.tier() == "silver"
	assert [(change.why, change.after) for change in shop.changes] == [
		("reached", "gold"),
		("withdrawn", "silver"),
	]


# 10 ------------------------------------------------------------------------------------------------ pending, last day


def test_a_pending_award_can_be_spent_on_day_n_and_not_the_day_before() -> None:
	shop = Shop(program(earning=Earning(pending_days=14)))
	shop.buy(10 * M)
	shop.wait(13)
	assert (shop.balance(), shop.available()) == (100, 0)
	with pytest.raises(RedemptionRefused):
		shop.buy(M, redeem=1)
	shop.wait(1)
	shop.buy(M, redeem=100)


def test_pending_30_days_with_expiry_30_days_lives_30_days_after_release() -> None:
	shop = Shop(program(earning=Earning(pending_days=30), expiry=Expiry("days", 30)))
	shop.buy(10 * M)
	shop.wait(30)
	assert shop.available() == 100
	shop.wait(30)
	assert shop.available() == 100
	shop.wait(1)
	assert (shop.available(), shop.balance()) == (0, 0)


def test_a_lot_can_be_spent_through_the_day_it_expires_on() -> None:
	shop = Shop(program(expiry=Expiry("end_of_month")))
	shop.buy(10 * M)
	shop.on("1404-02-31")
	assert shop.available() == 100
	shop.buy(line("x", 55_000, tax=Decimal(0)), redeem=55)
	shop.on("1404-03-01")
	assert shop.available() == 0
	(died,) = [entry for entry in shop.entries if entry.kind == "expire"]
	assert (died.quantity, died.day) == (-45, day("1404-03-01"))


# 11 ------------------------------------------------------------------------------------------------ the calendar


def test_bought_on_28_12_1403_and_returned_on_5_1_1404_counts_in_1403() -> None:
	rules = TierRules(window=Window("this_and_last_year"))
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1403-12-28"))
	sale = shop.buy(line("A", 10 * M), line("B", 10 * M))
	shop.on("1404-01-05")
	shop.bring(line("A", 10 * M), against=sale)
	assert shop.account().day(day("1403-12-28")).net == 10 * M
	assert shop.account().day(day("1404-01-05")).net == 0


def test_this_and_last_jalali_year_reaches_across_the_leap_year_1403() -> None:
	rules = TierRules(window=Window("this_and_last_year"), term_months=1)
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1403-01-01"))
	shop.buy(60 * M)
	shop.on("1404-12-29")
	assert shop.tier() == "silver"
	shop.on("1405-01-31")
	assert shop.tier() == "bronze"


def test_points_die_at_the_end_of_the_second_quarter() -> None:
	shop = Shop(program(expiry=Expiry("end_of_quarter", 2)), day("1403-12-30"))
	shop.buy(10 * M)
	(lot,) = shop.account().lots.values()
	assert lot.expires_on == day("1404-03-31")
	assert lot.expires_on == date(2025, 6, 21)


def test_31_shahrivar_1404_plus_one_month_is_30_mehr() -> None:
	shop = Shop(program(expiry=Expiry("months", 1)), day("1404-06-31"))
	shop.buy(10 * M)
	(lot,) = shop.account().lots.values()
	assert lot.expires_on == day("1404-07-30")
