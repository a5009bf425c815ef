"""Earning: every condition of a rule, their order, the caps, the base. 1,000,000 rial earn 10 points unless said."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import (
	DAY,
	LADDER,
	Caps,
	Earning,
	EarnRule,
	Items,
	M,
	Shop,
	Tender,
	Tier,
	TierRules,
	When,
	Window,
	day,
	line,
	program,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_club.core.earning import (
	awards_limit,
	fine,
	line_points,
	own_document,
	paying_share,
	place_earns_nothing,
)
from loyalty_club.core.model import Reason


def bonus(when: When, **more: object) -> Earning:
	"""7 points more where the rule holds."""
	return Earning(rules=(EarnRule("seven", add=Decimal(7), when=when),), **more)  # type: ignore[arg-type]


def rules(*given: EarnRule, **more: object) -> Earning:
	return Earning(rules=given, **more)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ conditions on lines

LINE_CONDITIONS = {
	"item": (When(items=frozenset({"tea"})), {"item": "tea"}, {"item": "rice"}),
	"one of two items": (When(items=frozenset({"tea", "rice"})), {"item": "rice"}, {"item": "salt"}),
	"group": (When(item_groups=frozenset({"food"})), {"item_group": "food"}, {"item_group": "toys"}),
	"brand": (When(brands=frozenset({"Golha"})), {"brand": "Golha"}, {"brand": ""}),
	"item and brand": (
		When(items=frozenset({"tea"}), brands=frozenset({"Golha"})),
		{"item": "tea", "brand": "Golha"},
		{"item": "tea", "brand": "Ahmad"},
	),
}


@pytest.mark.parametrize("name", LINE_CONDITIONS)
def test_a_rule_multiplies_only_the_lines_it_chooses(name: str) -> None:
	when, hit, miss = LINE_CONDITIONS[name]
	shop = Shop(program(earning=rules(EarnRule("triple", multiply=Decimal(3), when=when))))
	shop.buy(line(**{"item": "x", "net": M, **hit}), line(**{"item": "y", "net": M, **miss}))
	assert shop.balance() == 30 + 10


@pytest.mark.parametrize("name", LINE_CONDITIONS)
def test_a_rule_adds_points_only_to_an_invoice_with_a_line_it_chooses(name: str) -> None:
	when, hit, miss = LINE_CONDITIONS[name]
	shop = Shop(program(earning=bonus(when)))
	shop.buy(line(**{"item": "y", "net": M, **miss}))
	assert shop.balance() == 10
	shop.buy(line(**{"item": "x", "net": M, **hit}))
	assert shop.balance() == 10 + 17


# ------------------------------------------------------------------------------------------ conditions on documents

CARD = (Tender("card", Decimal(1_100_000)),)
CASH = (Tender("cash", Decimal(1_100_000)),)
MIXED = (Tender("cash", Decimal(600_000)), Tender("card", Decimal(500_000)))

DOCUMENT_CONDITIONS = [
	(When(branches=frozenset({"Tehran", "Karaj"})), {"branch": "Karaj"}, 17),
	(When(branches=frozenset({"Tehran", "Karaj"})), {"branch": "Shiraz"}, 10),
	(When(branches=frozenset({"Tehran", "Karaj"})), {}, 10),
	(When(hours=(time(9), time(12))), {"time": time(9)}, 17),
	(When(hours=(time(9), time(12))), {"time": time(11, 59, 59)}, 17),
	(When(hours=(time(9), time(12))), {"time": time(8, 59, 59)}, 10),
	(When(hours=(time(9), time(12))), {"time": time(12)}, 10),
	(When(hours=(time(9), time(12))), {}, 10),
	(When(payment_modes=frozenset({"card"})), {"tenders": CARD}, 17),
	(When(payment_modes=frozenset({"card"})), {"tenders": MIXED}, 17),
	(When(payment_modes=frozenset({"card"})), {"tenders": CASH}, 10),
	(When(payment_modes=frozenset({"card"})), {}, 10),
	(When(tiers=frozenset({"member"})), {}, 17),
	(When(tiers=frozenset({"gold"})), {}, 10),
	(When(minimum_amount=M), {}, 17),
	(When(minimum_amount=M + 1), {}, 10),
	(When(branches=frozenset({"Tehran"}), hours=(time(9), time(12))), {"branch": "Tehran"}, 10),
]


@pytest.mark.parametrize(("when", "sale", "points"), DOCUMENT_CONDITIONS)
def test_a_rule_holds_when_all_its_conditions_on_the_document_do(when: When, sale: dict, points: int) -> None:
	shop = Shop(program(earning=bonus(when)))
	shop.buy(M, **sale)
	assert shop.balance() == points


DAYS = [
	(When(weekdays=frozenset({"monday", "friday"})), "2025-04-21", 17),
	(When(weekdays=frozenset({"monday", "friday"})), "2025-04-25", 17),
	(When(weekdays=frozenset({"monday", "friday"})), "2025-04-22", 10),
	(When(from_date=date(2025, 4, 21)), "2025-04-21", 17),
	(When(from_date=date(2025, 4, 21)), "2025-04-20", 10),
	(When(to_date=date(2025, 4, 21)), "2025-04-21", 17),
	(When(to_date=date(2025, 4, 21)), "2025-04-22", 10),
	(When(occasions=frozenset({"yalda"})), "1404-09-30", 17),
	(When(occasions=frozenset({"yalda"})), "1404-10-01", 10),
	(When(occasions=frozenset({"yalda"})), "1403-09-30", 17),
	(When(occasions=frozenset({"nowruz", "yalda"})), "2025-03-21", 17),
	(When(occasions=frozenset({"nowruz"})), "1403-12-30", 10),
	(When(occasions=frozenset({"nowruz"})), "2024-03-20", 17),
]


@pytest.mark.parametrize(("when", "on", "points"), DAYS)
def test_a_rule_holds_on_its_days_both_ends_included(when: When, on: str, points: int) -> None:
	shop = Shop(program(earning=bonus(when)), day(on))
	shop.buy(M)
	assert shop.balance() == points


def test_a_minimum_amount_is_of_the_whole_document_without_tax() -> None:
	shop = Shop(program(earning=bonus(When(minimum_amount=2 * M))))
	shop.buy(line("a", M, tax=M), line("b", M - 1))
	assert shop.balance() == 19
	shop.buy(line("a", M), line("b", M))
	assert shop.balance() == 19 + 27


def test_a_rule_for_a_tier_holds_from_the_invoice_after_the_one_that_reached_it() -> None:
	shop = Shop(program(tiers=LADDER, earning=bonus(When(tiers=frozenset({"silver"})))))
	shop.buy(50 * M)
	assert shop.balance() == 500
	shop.buy(M)
	assert shop.balance() == 500 + 15 + 7


# ------------------------------------------------------------------------------------------ the first purchase

FIRST = bonus(When(first_purchase=True))


def test_the_first_purchase_earns_its_bonus_once() -> None:
	shop = Shop(program(earning=FIRST))
	shop.buy(M)
	shop.buy(M)
	assert shop.balance() == 17 + 10


def test_after_a_first_purchase_that_all_came_back_the_next_one_is_the_first() -> None:
	shop = Shop(program(earning=FIRST))
	sale = shop.buy(M)
	shop.bring_all(sale, Decimal("0.5"))
	assert shop.sale(shop.buy(M)).awarded == 10
	shop = Shop(program(earning=FIRST))
	shop.bring_all(shop.buy(M))
	assert shop.balance() == 0
	assert shop.sale(shop.buy(M)).awarded == 17


@pytest.mark.parametrize("how", ["cancelled", "returned without its invoice"])
def test_a_first_purchase_that_was_undone_was_none(how: str) -> None:
	shop = Shop(program(earning=FIRST))
	sale = shop.buy(M)
	if how == "cancelled":
		shop.cancel(sale)
	else:
		shop.bring(line("thing", M))
	assert shop.balance() == 0
	assert shop.sale(shop.buy(M)).awarded == 17


def test_when_the_return_of_the_first_purchase_is_cancelled_the_next_one_is_not_the_first() -> None:
	shop = Shop(program(earning=FIRST))
	back = shop.bring_all(shop.buy(M))
	shop.cancel(back.id)
	assert shop.sale(shop.buy(M)).awarded == 10


# ------------------------------------------------------------------------------------------ order, stacking

DOUBLE = EarnRule("double", multiply=Decimal(2))
TRIPLE = EarnRule("triple", multiply=Decimal(3))


def add(points: int, name: str = "add", **when: object) -> EarnRule:
	return EarnRule(name, add=Decimal(points), when=When(**when))  # type: ignore[arg-type]


STACKS = [
	("add_all", (DOUBLE,), 200),
	("add_all", (DOUBLE, TRIPLE), 400),
	("add_all", (add(50), DOUBLE), 250),
	("add_all", (DOUBLE, add(50), add(5, "add more")), 255),
	("best_only", (DOUBLE, TRIPLE), 300),
	("best_only", (DOUBLE, add(50)), 200),
	("best_only", (DOUBLE, add(150)), 250),
	("best_only", (add(50), add(5, "add more")), 150),
]


@pytest.mark.parametrize(("stacking", "given", "points"), STACKS)
def test_rules_multiply_first_then_add_all_of_them_or_the_best_only(
	stacking: str, given: tuple[EarnRule, ...], points: int
) -> None:
	shop = Shop(program(earning=rules(*given, stacking=stacking)))
	shop.buy(10 * M)
	assert shop.balance() == points


def test_best_only_takes_the_best_multiplier_of_each_line() -> None:
	a = EarnRule("a", multiply=Decimal(3), when=When(items=frozenset({"A"})))
	shop = Shop(program(earning=rules(DOUBLE, a, stacking="best_only")))
	shop.buy(line("A", M), line("B", M))
	assert shop.balance() == 30 + 20


def test_best_only_in_full_steps_takes_what_gives_the_most_points() -> None:
	"""900,000 tripled are two full steps, 20 points; without the multiplier there is no step, only 19."""
	shop = Shop(program(earning=rules(TRIPLE, add(19), stacking="best_only", method="full_steps")))
	shop.buy(900_000)
	assert shop.balance() == 20


@pytest.mark.parametrize(("qty", "points"), [("1", 12), ("3", 16), ("1.5", 13)])
def test_points_per_unit_count_the_units_sold(qty: str, points: int) -> None:
	per_unit = EarnRule("u", add=Decimal(2), add_per="unit", when=When(items=frozenset({"A"})))
	shop = Shop(program(earning=rules(per_unit)))
	shop.buy(line("A", 500_000, qty=Decimal(qty)), line("B", 500_000, qty=9))
	assert shop.balance() == points


def test_an_excluded_line_earns_no_bonus_either() -> None:
	per_unit = EarnRule("u", add=Decimal(2), add_per="unit")
	shop = Shop(program(earning=rules(per_unit, TRIPLE, exclude=Items(items=frozenset({"A"})))))
	shop.buy(line("A", 10 * M, qty=5))
	assert shop.balance() == 0
	shop.buy(line("A", 10 * M, qty=5), line("B", M))
	assert shop.balance() == 30 + 2


def test_added_points_belong_to_the_lines_by_their_amount() -> None:
	shop = Shop(program(earning=rules(add(50))))
	sale = shop.buy(line("A", 6 * M), line("B", 4 * M))
	assert shop.balance() == 150
	shop.bring(line("A", 6 * M), against=sale)
	assert shop.balance() == 150 - 60 - 30


def test_each_rule_says_what_it_gave() -> None:
	a = EarnRule("triple A", multiply=Decimal(3), when=When(items=frozenset({"A"})))
	shop = Shop(program(earning=rules(a, add(50, "fifty"), add(9, "not today", to_date=date(2025, 1, 1)))))
	posted = shop.sale(shop.buy(line("A", 2 * M), line("B", M)))
	assert posted.reason.facts["rules"] == [
		{"rule": "triple A", "points": Decimal(40)},
		{"rule": "fifty", "points": Decimal(50)},
	]
	assert posted.awarded == 30 + 40 + 50
	assert [[(part.rule, part.amount) for part in parts] for parts in posted.parts] == [
		[("", 1), ("triple A", 2)],
		[("", 1)],
	]


# ------------------------------------------------------------------------------------------ caps


def test_an_invoice_earns_no_more_than_its_cap_and_says_so() -> None:
	shop = Shop(program(earning=Earning(caps=Caps(invoice=Decimal(60)))))
	facts = shop.sale(shop.buy(10 * M)).reason.facts
	assert shop.balance() == 60
	assert (facts["cap"], facts["before_cap"], facts["awarded"]) == ("invoice", 100, 60)
	assert "cap" not in shop.sale(shop.buy(6 * M)).reason.facts, "exactly the cap is not limited"
	assert shop.balance() == 120


@pytest.mark.parametrize(
	("calendar", "caps", "days", "points"),
	[
		("jalali", Caps(day=Decimal(70)), ["1404-02-01", "1404-02-01", "1404-02-02"], [60, 10, 60]),
		("jalali", Caps(month=Decimal(70)), ["1404-02-01", "1404-02-31", "1404-03-01"], [60, 10, 60]),
		("jalali", Caps(month=Decimal(70)), ["2025-04-30", "2025-05-01", "2025-05-22"], [60, 10, 60]),
		("gregorian", Caps(month=Decimal(70)), ["2025-04-01", "2025-04-30", "2025-05-01"], [60, 10, 60]),
		("jalali", Caps(member=Decimal(70)), ["1403-02-01", "1404-02-01", "1405-02-01"], [60, 10, 0]),
		(
			"jalali",
			Caps(invoice=Decimal(50), day=Decimal(70)),
			["1404-02-01", "1404-02-01", "1404-02-01"],
			[50, 20, 0],
		),
		(
			"jalali",
			Caps(day=Decimal(60), month=Decimal(100)),
			["1404-02-01", "1404-02-02", "1404-02-03"],
			[60, 40, 0],
		),
	],
)
def test_a_cap_holds_for_its_period(calendar: str, caps: Caps, days: list[str], points: list[int]) -> None:
	shop = Shop(program(earning=Earning(caps=caps), calendar=calendar))
	got = []
	for each in days:
		shop.on(each)
		got.append(int(shop.sale(shop.buy(6 * M)).awarded))
	assert got == points


@pytest.mark.parametrize("caps", [Caps(day=Decimal(70)), Caps(month=Decimal(70)), Caps(member=Decimal(70))])
@pytest.mark.parametrize("how", ["return", "cancel"])
def test_what_is_undone_is_free_to_be_earned_again(caps: Caps, how: str) -> None:
	shop = Shop(program(earning=Earning(caps=caps)))
	first = shop.buy(6 * M)
	shop.buy(6 * M)
	assert shop.balance() == 70
	if how == "return":
		shop.bring_all(first)
	else:
		shop.cancel(first)
	assert shop.balance() == 10
	shop.buy(7 * M)
	assert shop.balance() == 70


def test_half_of_a_capped_invoice_takes_half_of_what_was_awarded() -> None:
	shop = Shop(program(earning=Earning(caps=Caps(invoice=Decimal(60)))))
	sale = shop.buy(10 * M)
	shop.bring_all(sale, Decimal("0.5"))
	assert shop.balance() == 30


@pytest.mark.parametrize(
	"caps", [Caps(day=Decimal(100)), Caps(month=Decimal(100)), Caps(member=Decimal(100))]
)
def test_two_credit_sales_paid_later_earn_no_more_than_the_cap(caps: Caps) -> None:
	shop = Shop(program(earning=Earning(award="when_paid", caps=caps)))
	sales = [shop.buy(10 * M, paid=False), shop.buy(10 * M, paid=False)]
	for sale in sales:
		shop.club.pay(sale, shop.today)
	assert shop.balance() == 100


def test_what_came_back_before_the_payment_uses_up_no_cap() -> None:
	"""100, and the 50 that are left of 100, are within 150."""
	shop = Shop(program(earning=Earning(award="when_paid", caps=Caps(day=Decimal(150)))))
	sale = shop.buy(10 * M, paid=False)
	shop.bring_all(sale, Decimal("0.5"))
	shop.buy(10 * M)
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 150


def test_a_cap_that_is_free_again_when_a_sale_is_paid_again_limits_it_no_more() -> None:
	"""The cap is looked at again at each payment, from what the sale had earned."""
	shop = Shop(program(earning=Earning(award="when_paid", caps=Caps(day=Decimal(150)))))
	sale = shop.buy(10 * M, paid=False)
	other = shop.buy(10 * M)
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 150
	shop.cancel(other)
	shop.club.unpay(sale, shop.today, "B1")
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 100


def test_a_monthly_cap_holds_for_an_invoice_backdated_into_a_month_long_past() -> None:
	lifetime = TierRules(window=Window("lifetime"))
	shop = Shop(program(earning=Earning(caps=Caps(month=Decimal(100))), tier_rules=lifetime))
	shop.buy(10 * M)
	for _ in range(140):
		shop.wait(1)
		shop.buy(1)
	assert shop.balance() == 100
	shop.today = DAY
	shop.buy(10 * M)
	assert shop.balance() == 100


# ------------------------------------------------------------------------------------------ the base


def test_base_with_tax_earns_on_the_tax_too() -> None:
	shop = Shop(program(earning=Earning(base="with_tax")))
	shop.buy(10 * M)
	assert shop.balance() == 110


WALLETS = [
	((Tender("gift", Decimal(550_000), reduces_base=True),), 5),
	((Tender("cash", Decimal(550_000)),), 10),
	((Tender("cash credit", Decimal(1_100_000)),), 10),
	((Tender("gift", Decimal(110_000), True), Tender("gift 2", Decimal(110_000), True)), 8),
	((Tender("gift", Decimal(1_100_000), True),), 0),
	((Tender("gift", Decimal(2_000_000), True),), 0),
]


@pytest.mark.parametrize(("tenders", "points"), WALLETS)
def test_a_granted_wallet_reduces_the_base_and_the_customers_own_money_does_not(
	tenders: tuple[Tender, ...], points: int
) -> None:
	shop = Shop(program())
	shop.buy(M, tenders=tenders)
	assert shop.balance() == points


def test_points_and_a_granted_wallet_reduce_the_base_together() -> None:
	shop = Shop(program())
	shop.buy(100 * M)
	gift = (Tender("gift", Decimal(275_000), reduces_base=True),)
	posted = shop.sale(shop.buy(M, redeem=275, tenders=gift))
	assert posted.awarded == 5
	assert posted.reason.facts["base"] == 500_000
	assert posted.reason.facts["share"] == Decimal("0.5")


def test_the_share_paid_by_a_wallet_is_of_the_grand_total_also_for_a_base_with_tax() -> None:
	shop = Shop(program(earning=Earning(base="with_tax")))
	shop.buy(M, tenders=(Tender("gift", Decimal(200_000), reduces_base=True),))
	assert shop.balance() == 9


def test_a_bonus_that_adds_points_is_not_reduced_by_how_it_was_paid() -> None:
	shop = Shop(program(earning=rules(add(50))))
	shop.buy(M, tenders=(Tender("gift", Decimal(1_100_000), reduces_base=True),))
	assert shop.balance() == 50


@pytest.mark.parametrize(
	("gross", "reducing", "share"),
	[(1_100_000, 0, 1), (1_100_000, 200_000, Fraction(9, 11)), (100, 150, 0), (0, 10, 1)],
)
def test_the_share_that_earns_is_between_none_and_all(gross: int, reducing: int, share: Fraction) -> None:
	assert paying_share(Decimal(gross), Decimal(reducing)) == share


EXCLUDED = {
	"discounted": (Items(discounted=True), {"discounted": True}),
	"item": (Items(items=frozenset({"x"})), {"item": "x"}),
	"group": (Items(item_groups=frozenset({"coins"})), {"item_group": "coins"}),
	"brand": (Items(brands=frozenset({"Apple"})), {"brand": "Apple"}),
	"any of them": (Items(items=frozenset({"y"}), brands=frozenset({"Apple"})), {"brand": "Apple"}),
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_an_excluded_line_earns_nothing_and_its_neighbour_does(name: str) -> None:
	exclude, facts = EXCLUDED[name]
	shop = Shop(program(earning=Earning(exclude=exclude)))
	shop.buy(line(**{"item": "a", "net": 7 * M, **facts}), line("b", 3 * M))
	assert shop.balance() == 30


def test_a_discounted_line_earns_unless_the_program_says_otherwise() -> None:
	shop = Shop(program())
	shop.buy(line("a", M, discounted=True))
	assert shop.balance() == 10


# ------------------------------------------------------------------------------------------ rounding, steps


@pytest.mark.parametrize(("decimals", "points"), [(0, "12"), (1, "12.3"), (2, "12.39")])
def test_points_have_as_many_decimals_as_the_program_says_and_are_rounded_down(
	decimals: int, points: str
) -> None:
	shop = Shop(program(point_decimals=decimals))
	shop.buy(1_239_999)
	assert shop.balance() == Decimal(points)


def test_rounding_is_once_for_the_document_not_for_each_line() -> None:
	shop = Shop(program())
	shop.buy(*[line(f"i{n}", 50_000) for n in range(4)])
	assert shop.balance() == 2


def test_full_steps_are_counted_over_the_document_and_after_the_part_paid_by_a_wallet() -> None:
	shop = Shop(program(earning=Earning(method="full_steps")))
	shop.buy(line("a", 600_000), line("b", 1_600_000))
	assert shop.balance() == 20
	shop.buy(2_200_000, tenders=(Tender("gift", Decimal(242_000), reduces_base=True),))
	assert shop.balance() == 20 + 10, "1,980,000 are one step"


TWO_SIZES = (Tier("small", Decimal(0), Decimal(10), M), Tier("large", 50 * M, Decimal(15), 2 * M))


@pytest.mark.parametrize(("carry", "points"), [(True, 500 + 15), (False, 500)])
def test_the_remainder_is_money_and_survives_a_change_of_tier(carry: bool, points: int) -> None:
	shop = Shop(program(tiers=TWO_SIZES, earning=Earning(method="full_steps", carry_over=carry)))
	shop.buy(50_900_000)
	assert shop.tier() == "large"
	shop.buy(1_100_000)
	assert shop.balance() == points
	assert shop.account().carry == 0


def test_a_remainder_comes_back_with_the_goods_that_left_it() -> None:
	shop = Shop(program(earning=Earning(method="full_steps", carry_over=True)))
	shop.bring_all(shop.buy(900_000))
	shop.buy(900_000)
	assert shop.balance() == 0
	assert shop.account().carry == 900_000


def test_a_remainder_is_not_lost_to_an_invoice_that_earns_nothing() -> None:
	"""900,000 are left over, and the new tier's step is smaller: an invoice of excluded goods must not use it up."""
	smaller = (Tier("a", Decimal(0), Decimal(10), M), Tier("b", Decimal(900_000), Decimal(5), M / 2))
	earning = Earning(method="full_steps", carry_over=True, exclude=Items(items=frozenset({"X"})))
	shop = Shop(program(tiers=smaller, earning=earning))
	shop.buy(900_000)
	shop.buy(line("X", 100))
	shop.buy(100_000)
	assert shop.balance() == 10, "1,000,000 in all are two steps of half a million"


def test_below_the_ladder_nothing_is_earned_until_the_first_tier_is_reached() -> None:
	shop = Shop(program(tiers=(Tier("silver", M, Decimal(10), M),)))
	shop.buy(M)
	assert (shop.balance(), shop.tier()) == (0, "silver")
	shop.buy(M)
	assert shop.balance() == 10


# ------------------------------------------------------------------------------------------ line by line

EVERYTHING = program(
	earning=rules(
		EarnRule("triple A", multiply=Decimal(3), when=When(items=frozenset({"A"}))),
		add(13),
		EarnRule("u", add=Decimal(2), add_per="unit", when=When(items=frozenset({"B"}))),
		caps=Caps(invoice=Decimal(40)),
		exclude=Items(items=frozenset({"C"})),
	)
)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 5_000_000)), min_size=1, max_size=5))
def test_what_the_lines_earned_adds_up_to_the_award(rows: list[tuple[str, int]]) -> None:
	shop = Shop(EVERYTHING)
	posted = shop.sale(shop.buy(*[line(item, net) for item, net in rows]))
	parts = [line_points(posted, n) for n in range(len(rows))]
	assert sum(parts) == Fraction(posted.awarded)
	assert posted.awarded <= 40
	assert all(part >= 0 for part in parts)
	assert all(part == 0 for part, (item, _) in zip(parts, rows, strict=True) if item == "C")


@pytest.mark.parametrize(
	("exact", "shown"),
	[
		(Fraction(3), "3"),
		(Fraction(9, 11), "0.818182"),
		(Fraction(1, 2), "0.5"),
		(Fraction(5, 10**7), "0.000001"),
	],
)
def test_numbers_are_told_to_a_millionth_half_up(exact: Fraction, shown: str) -> None:
	assert fine(exact) == Decimal(shown)


def test_what_is_carried_over_does_not_grow_longer_with_every_invoice_that_points_paid_in_part() -> None:
	shop = Shop(program(earning=Earning(method="full_steps", carry_over=True, base="with_tax")))
	shop.buy(100 * M)
	for n in range(20):
		sale = shop.buy(line("thing", 3 * M + n * 7, tax=Decimal(n * 11)), redeem=7)
		if n % 3 == 0:
			shop.bring_all(sale, Decimal("0.3"))
	assert shop.account().carry.denominator <= 10**6


# ------------------------------------------------------------------------------------------ barred


def test_a_barred_purchase_is_posted_with_its_reason_earns_nothing_and_takes_nothing_when_it_comes_back() -> (
	None
):
	rules = program(earning=Earning(award="when_paid", rules=(EarnRule("seven", add=Decimal(7)),)))
	shop = Shop(rules)
	shop.buy(10 * M)
	earned = shop.balance()
	assert earned == 107
	sale = shop.buy(20 * M, barred=place_earns_nothing("Outlet"), paid=False)
	posted = shop.sale(sale)
	assert (posted.awarded, posted.held, posted.reason.code) == (0, False, "place_earns_nothing")
	assert shop.balance() == earned
	shop.bring_all(sale, Decimal("0.5"))
	shop.cancel(sale)
	assert shop.balance() == earned
	assert shop.account().deficit == 0
	shop.check()


@pytest.mark.parametrize("why", [own_document("sara"), awards_limit(3, 3)])
def test_what_is_barred_for_its_maker_or_its_number_counts_for_no_tier(why: Reason) -> None:
	shop = Shop(program(tiers=LADDER))
	shop.buy(10 * M)
	shop.wait(1)
	before = (shop.account().total, shop.account().purchases, shop.account().visits)
	sale = shop.buy(90 * M, barred=why)
	assert shop.account().tier == "bronze"
	assert (shop.account().total, shop.account().purchases, shop.account().visits) == before
	half = shop.bring_all(sale, Decimal("0.5"))
	shop.cancel(half.id)
	shop.bring_all(sale, Decimal("0.3"))
	shop.cancel(sale)
	assert (shop.account().total, shop.account().purchases, shop.account().visits) == before
	shop.check()


def test_awards_of_a_day_are_counted_whatever_comes_back_of_them() -> None:
	shop = Shop(program())
	first = shop.buy(10 * M)
	shop.cancel(first)
	shop.buy(10 * M)
	shop.buy(Decimal(1))  # earns nothing
	shop.buy(10 * M, barred=own_document("sara"))
	assert shop.account().awards_on(shop.today) == 2
	shop.buy(10 * M, who="n")
	shop.club.merge("M1", "n", "m", shop.today)
	assert shop.account().awards_on(shop.today) == 3
	shop.wait(1)
	assert shop.account().awards_on(shop.today) == 0


def test_points_may_pay_a_barred_purchase_and_come_back_with_the_goods() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	sale = shop.buy(M, redeem=60, barred=place_earns_nothing("Outlet"))
	assert shop.balance() == 40
	shop.bring_all(sale)
	assert shop.balance() == 100
