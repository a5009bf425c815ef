"""Returns, the deciding half: which share of which line is back, and what that undoes, restores and refunds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from builders import DAY, Line, M, Shop, Spending, Tender, line, lots, program
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_club.core.model import Posted, Reason
from loyalty_club.core.returns import (
	all_back,
	carry_by_now,
	gross_share,
	match,
	money_tenders,
	refund,
	restored_by_now,
	reversed_by_now,
	spread,
)

ONE = COIN = Decimal(1)
HALF = Fraction(1, 2)
WHOLE = Fraction(1)


def sold(
	*lines: Line, awarded: int = 0, spent: str = "", values: tuple[int, ...] = (), **more: object
) -> Posted:
	"""A purchase as posted: `awarded` points by the lines' net, paid by lots like "44@never" with those values."""
	net = sum(each.net for each in lines)
	pieces = [
		(lot._replace(value=Decimal(worth)), lot.original)
		for lot, worth in zip(lots(spent), values, strict=True)
	]
	facts: dict = {
		"payable": (True,) * len(lines),
		"returned": [Fraction(0)] * len(lines),
		"matched": [Fraction(0)] * len(lines),
		"carry": Fraction(0),
		**more,
	}
	return Posted(
		"S1",
		"m",
		DAY,
		"member",
		tuple(lines),
		weights=tuple(each.net for each in lines),
		parts=(),
		bonuses=(),
		rate=Fraction(awarded) / Fraction(net) if net else Fraction(0),
		exact=Fraction(awarded),
		awarded=Decimal(awarded),
		reason=Reason("earned", {}),
		spent=tuple(pieces),
		restored=[Decimal(0)] * len(pieces),
		**facts,
	)


# ------------------------------------------------------------------------------------------ match

PRICES = (line("tea", 100, qty=1), line("tea", 160, qty=2), line("tea", 90, qty=1), line("rice", 50, qty=1))


@pytest.mark.parametrize(
	("back", "shares"),
	[
		([line("tea", 100, qty=1)], ["1", "0", "0", "0"]),
		([line("tea", 80, qty=1)], ["0", "1/2", "0", "0"]),
		([line("tea", 90, qty=1)], ["0", "0", "1", "0"]),
		([line("tea", 90, qty=1), line("tea", 160, qty=2)], ["0", "1", "1", "0"]),
		([line("tea", 50, qty=1)], ["1/2", "0", "0", "0"]),
		([line("rice", 25, qty="0.5")], ["0", "0", "0", "1/2"]),
		([line("rice", 25, qty=1)], ["0", "0", "0", "1/2"]),
		([line("tea", 25, qty=1), line("tea", 25, qty=1)], ["1/2", "0", "0", "0"]),
	],
)
def test_a_returned_line_finds_its_item_the_same_price_first(back: list[Line], shares: list[str]) -> None:
	found = match(sold(*PRICES), back, COIN)
	assert found.shares == [Fraction(share) for share in shares]
	assert found.unmatched == [0] * len(back)


def test_more_than_one_line_is_filled_one_after_the_other() -> None:
	original = sold(line("tea", 100, qty=1), line("tea", 100, qty=1))
	found = match(original, [line("tea", 150, qty=Decimal("1.5"))], COIN)
	assert found.shares == [1, HALF]
	assert found.unmatched == [0]


def test_the_row_names_the_line_whatever_the_price_and_item() -> None:
	original = sold(line("tea", 100, row="a"), line("tea", 100, row="b"), line("tea", 40, row="c"))
	found = match(original, [line("tea", 40, row="b"), line("renamed", 20, row="c")], COIN)
	assert found.shares == [0, Fraction(2, 5), HALF]


def test_a_row_that_is_all_back_is_not_taken_from_its_neighbour() -> None:
	original = sold(line("tea", 100, row="a"), line("tea", 100, row="b"), returned=[WHOLE, Fraction(0)])
	found = match(original, [line("tea", 100, row="a")], COIN)
	assert found.shares == [1, 0]
	assert found.unmatched == [1]


@pytest.mark.parametrize(
	("back", "shares", "unmatched"),
	[
		(line("tea", 150, qty=3), ["1"], "1/3"),
		(line("salt", 100, qty=1), ["0"], "1"),
		(line("tea", 0, qty=0), ["0"], "1"),
	],
)
def test_what_was_not_bought_stays_unmatched(back: Line, shares: list[str], unmatched: str) -> None:
	found = match(sold(line("tea", 100, qty=2)), [back], COIN)
	assert (found.shares, found.unmatched) == ([Fraction(each) for each in shares], [Fraction(unmatched)])


def test_a_free_line_comes_back_by_quantity() -> None:
	found = match(sold(line("gift", 0, qty=4), line("tea", 100)), [line("gift", 0, qty=1)], COIN)
	assert found.shares == [Fraction(1, 4), 0]


def test_what_came_back_before_is_counted_and_the_posted_purchase_is_not_changed() -> None:
	original = sold(line("tea", 100), returned=[HALF])
	assert match(original, [line("tea", 25)], COIN).shares == [Fraction(3, 4)]
	assert original.returned == [HALF]


# ------------------------------------------------------------------------------------------ reversed, carried

TWO = (line("a", 30), line("b", 70))


@pytest.mark.parametrize(
	("shares", "points"),
	[((0, 0), 0), ((1, 0), 3), ((0, HALF), 4), ((HALF, HALF), 5), ((Fraction(1, 6), 0), 1), ((1, 1), 10)],
)
def test_the_points_to_reverse_are_what_the_lines_earned_half_up(shares: tuple, points: int) -> None:
	parts = [Fraction(share) for share in shares]
	assert reversed_by_now(sold(*TWO, awarded=10), parts, ONE) == points


def test_a_purchase_that_earned_nothing_has_nothing_to_reverse() -> None:
	assert reversed_by_now(sold(*TWO), [WHOLE, HALF], ONE) == 0


def test_a_remainder_comes_back_by_weight() -> None:
	assert carry_by_now(sold(*TWO, carry=Fraction(-50)), [WHOLE, Fraction(0)]) == -15
	assert carry_by_now(sold(*TWO), [WHOLE, WHOLE]) == 0
	free = sold(line("a", 0), line("b", 0), carry=Fraction(8))
	assert carry_by_now(free, [WHOLE, Fraction(0)]) == 4


@pytest.mark.parametrize(("shares", "yes"), [([WHOLE, WHOLE], True), ([WHOLE, HALF], False), ([], True)])
def test_everything_is_back_when_every_line_is(shares: list[Fraction], yes: bool) -> None:
	assert all_back(shares) is yes


# ------------------------------------------------------------------------------------------ restored


def test_points_of_two_values_come_back_in_proportion_the_last_consumed_first_within_a_value() -> None:
	paid = sold(line("a", 30), line("b", 70), spent="10@never 20@never 40@never", values=(1000, 1500, 1000))
	assert restored_by_now(paid, [WHOLE, Fraction(0)], ONE) == [0, 6, 15]
	assert restored_by_now(paid, [Fraction(0), WHOLE], ONE) == [0, 14, 35]
	assert restored_by_now(paid, [WHOLE, HALF], ONE) == [0, 13, 33], "19.5 of 30 and half-up of 32.5 of 50"
	assert restored_by_now(paid, [WHOLE, WHOLE], ONE) == [10, 20, 40]


def test_a_line_that_points_cannot_pay_restores_none_and_the_other_all() -> None:
	paid = sold(*TWO, spent="20@never", values=(1,), payable=(False, True))
	assert restored_by_now(paid, [WHOLE, Fraction(0)], ONE) == [0]
	assert restored_by_now(paid, [Fraction(0), WHOLE], ONE) == [20]


# ------------------------------------------------------------------------------------------ money


def test_what_no_tender_covers_is_a_tender_without_a_mode() -> None:
	paid = sold(line("a", 1000), spent="3@never", values=(100,), tenders=(Tender("card", Decimal(500)),))
	assert money_tenders(paid) == [Tender("card", Decimal(500)), Tender("", Decimal(300))]
	all_by_card = (Tender("card", Decimal(1100)),)
	assert money_tenders(sold(line("a", 1000), tenders=all_by_card)) == [*all_by_card]


def test_money_goes_back_to_each_tender_in_proportion_and_whole_points_leave_a_rounding() -> None:
	tenders = (Tender("card", Decimal(600)), Tender("cash", Decimal(400)))
	paid = sold(line("a", 500), line("b", 500), spent="1@never", values=(100,), tenders=tenders)
	first = refund(paid, [WHOLE, Fraction(0)], [ONE], ONE)
	assert first.money == [("card", 270), ("cash", 180)]
	assert first.rounding == 0
	paid.returned, paid.restored, paid.refunded = [WHOLE, Fraction(0)], [ONE], first.by_now
	last = refund(paid, [WHOLE, WHOLE], [ONE], ONE)
	assert last.money == [("card", 330), ("cash", 220)]
	assert last.by_now == [600, 400]


def test_a_point_that_is_worth_more_than_what_came_back_leaves_a_rounding_that_the_rest_makes_good() -> None:
	paid = sold(
		line("a", 500, tax=Decimal(0)), line("b", 500, tax=Decimal(0)), spent="1@never", values=(700,)
	)
	first = refund(paid, [WHOLE, Fraction(0)], [ONE], ONE)
	assert (first.money, first.rounding) == ([], -200)
	paid.returned, paid.restored, paid.refunded = [WHOLE, Fraction(0)], [ONE], first.by_now
	last = refund(paid, [WHOLE, WHOLE], [ONE], ONE)
	assert (last.money, last.rounding) == ([("", 300)], 200)


def test_gross_is_net_and_tax_of_the_shares() -> None:
	assert gross_share([line("a", 100), line("b", 50, tax=Decimal(0))], [HALF, WHOLE]) == 55 + 50


@settings(max_examples=200)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.data())
def test_a_spread_adds_up_and_no_part_exceeds_its_weight(weights: list[int], data: st.DataObject) -> None:
	total = Decimal(data.draw(st.integers(0, sum(weights))))
	parts = spread(total, [Decimal(weight) for weight in weights], ONE)
	assert sum(parts) == total
	for part, weight in zip(parts, weights, strict=True):
		assert 0 <= part <= weight
		assert part == part.to_integral_value()
		assert abs(part * sum(weights) - total * weight) < 1 * max(1, sum(weights)), "less than a coin off"


@settings(max_examples=40)
@given(
	nets=st.lists(st.integers(1, 900_000), min_size=1, max_size=4),
	card=st.integers(0, 100),
	points=st.integers(1, 60),
	order=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["0.25", "0.5", "1"])), max_size=6),
)
def test_refunds_of_two_values_never_exceed_what_was_paid_and_end_exactly(
	nets: list[int], card: int, points: int, order: list[tuple[int, str]]
) -> None:
	shop = Shop(program())
	shop.buy(3 * M)
	shop.change(spending=Spending(Decimal(1700)))
	shop.buy(97 * M)
	rows = [line(f"i{n}", net * 1000, tax=Decimal(net * 100)) for n, net in enumerate(nets)]
	gross = sum(nets) * 1100
	worth = 1000 * min(points, 30) + 1700 * max(0, points - 30)
	if worth > gross:
		return
	by_card = (gross - worth) * card // 100
	sale = shop.buy(*rows, redeem=points, tenders=(Tender("card", Decimal(by_card)),))
	given: dict[str, Decimal] = {"card": Decimal(0), "": Decimal(0)}
	rounding = back_value = Decimal(0)
	left = [Decimal(1)] * len(rows)
	for n, share in [*order, *((n, "1") for n in range(len(rows)))]:
		n %= len(rows)
		part = min(left[n], Decimal(share))
		if not part:
			continue
		left[n] -= part
		row = rows[n]
		done = shop.bring(
			row._replace(qty=row.qty * part, net=row.net * part, tax=row.tax * part), against=sale
		)
		rounding += done.rounding
		back_value += sum(lot.value * each for lot, each in done.restored)
		for mode, amount in done.money:
			assert amount > 0
			given[mode] += amount
		assert back_value <= worth
		assert given["card"] <= by_card
		assert given[""] <= gross - worth - by_card
	assert given == {"card": by_card, "": gross - worth - by_card}
	assert (back_value, rounding) == (worth, 0)
