"""The contract liability: IFRS 15's own example to the unit, returns, expiry, gift cards, random lives of cohorts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club.core.exact import Fraction
from loyalty_club.core.liability import (
	NEVER,
	Bridge,
	Cohort,
	Roll,
	at_cost,
	deferral,
	expected,
	learnt,
	paid,
	roll,
	total,
)

SALES, POINTS = Decimal(100_000), Decimal(10_000)
EXAMPLE = deferral(SALES, POINTS, Decimal(1), Fraction(95, 100))


def adds_up(one: Roll) -> bool:
	left = one.opening + one.deferred - one.reversed - one.recognised - one.expired - one.transferred
	return left == one.closing


class TestExample52:
	"""IFRS 15 IE267 to IE270, with the journals of a liability account that redemptions debit at face value."""

	year_1 = roll(EXAMPLE, Cohort(POINTS, redeemed=Decimal(4_500)), Fraction(95, 100))
	year_2 = roll(EXAMPLE, Cohort(POINTS, redeemed=Decimal(8_500)), Fraction(97, 100), year_1.share)
	year_3 = roll(
		EXAMPLE,
		Cohort(POINTS, redeemed=Decimal(8_500), expired=Decimal(1_500)),
		Fraction(97, 100),
		year_2.share,
	)

	def test_products_and_points_share_the_price(self) -> None:
		assert round(EXAMPLE) == 8_676
		assert round(Fraction(SALES) - EXAMPLE) == 91_324

	def test_year_1(self) -> None:
		assert self.year_1[:7] == (0, 8_676, 0, 4_110, 0, 0, 4_566)
		bridge = Bridge(Decimal(0), face=Decimal(4_500), tax=Decimal(409), other=Decimal(0), roll=self.year_1)
		assert (bridge.account, bridge.journal, bridge.true_up) == (-4_500, 9_066, -390)

	def test_year_2_catches_up_with_the_new_estimate(self) -> None:
		assert self.year_2[:7] == (4_566, 0, 0, 3_493, 0, 0, 1_073)
		bridge = Bridge(
			Decimal(4_566), face=Decimal(4_000), tax=Decimal(0), other=Decimal(0), roll=self.year_2
		)
		assert (bridge.account, bridge.journal) == (566, 507)

	def test_the_last_points_expire(self) -> None:
		assert self.year_3[:7] == (1_073, 0, 0, 0, 1_073, 0, 0)

	def test_a_late_return_gives_points_back(self) -> None:
		late = Cohort(POINTS, redeemed=Decimal(8_300), expired=Decimal(1_500))
		year_4 = roll(EXAMPLE, late, Fraction(97, 100), self.year_3.share)
		assert late.remaining == 200
		assert year_4[:7] == (0, 0, 0, -204, 0, 0, 204)  # 8,676 × 200 ÷ 8,500
		gone = roll(EXAMPLE, late._replace(expired=Decimal(1_700)), Fraction(97, 100), year_4.share)
		assert gone[:7] == (204, 0, 0, 0, 204, 0, 0)

	def test_a_cohort_of_another_value_changes_nothing_in_it(self) -> None:
		other = roll(
			deferral(SALES, POINTS, Decimal(2), Fraction(95, 100)),
			Cohort(POINTS, redeemed=Decimal(1_000)),
			Fraction(95, 100),
		)
		both = total([self.year_1, other])
		assert both.closing == self.year_1.closing + other.closing
		assert both.closing - other.closing == 4_566
		assert adds_up(both)


def test_returns_cut_the_deferral_and_nothing_else_does() -> None:
	first = roll(EXAMPLE, Cohort(POINTS), Fraction(95, 100))
	assert first.closing == 8_676
	half = roll(EXAMPLE, Cohort(POINTS, reversed=Decimal(5_000)), Fraction(95, 100), first.share)
	assert half[:7] == (8_676, 0, 4_338, 0, 0, 0, 4_338)
	estimate = roll(EXAMPLE, Cohort(POINTS), Fraction(50, 100), first.share)
	assert estimate.closing == 8_676, "a lower expectation recognises nothing before something is spent"


def test_points_that_come_late_bring_a_deferral_of_their_own() -> None:
	first = roll(EXAMPLE, Cohort(POINTS, redeemed=Decimal(4_500)), Fraction(95, 100))
	late = deferral(Decimal(10_000), Decimal(1_000), Decimal(1), Fraction(95, 100))
	after = roll(
		EXAMPLE + late, Cohort(Decimal(11_000), redeemed=Decimal(4_500)), Fraction(95, 100), first.share
	)
	assert (after.opening, after.deferred) == (4_566, 867)
	assert adds_up(after)
	assert after.closing == round((EXAMPLE + late) * (1 - Fraction(4_500, 10_450)))
	with pytest.raises(ValueError, match="never changed"):
		roll(EXAMPLE - 1, Cohort(POINTS, redeemed=Decimal(4_500)), Fraction(95, 100), first.share)


def test_transferred_points_leave_with_their_share() -> None:
	first = roll(EXAMPLE, Cohort(POINTS, redeemed=Decimal(4_750)), Fraction(95, 100))
	gone = roll(
		EXAMPLE, Cohort(POINTS, redeemed=Decimal(4_750), transferred=Decimal(1_000)), Fraction(1), first.share
	)
	assert gone.transferred == 434  # a tenth of what was owed for: half of 8,676
	assert adds_up(gone)


class TestAtCost:
	"""Birthday points of a thousand members, fifty each, worth 1,000 rial."""

	points = Decimal(1_000) * 50
	given = at_cost(Decimal(1_000), Cohort(points), Fraction(8, 10))

	def test_they_are_an_expense_when_given(self) -> None:
		assert self.given[:7] == (0, 40_000_000, 0, 0, 0, 0, 40_000_000)

	def test_what_is_spent_is_released_at_face(self) -> None:
		spent = at_cost(
			Decimal(1_000),
			Cohort(self.points, redeemed=Decimal(10_000)),
			Fraction(8, 10),
			self.given.share,
		)
		assert (spent.deferred, spent.recognised, spent.closing) == (0, 10_000_000, 30_000_000)

	def test_a_new_estimate_is_an_expense_of_its_period(self) -> None:
		now = Cohort(self.points, redeemed=Decimal(10_000), reversed=Decimal(1_000))
		first = at_cost(Decimal(1_000), now, Fraction(8, 10), self.given.share)
		more = at_cost(Decimal(1_000), now._replace(redeemed=Decimal(12_000)), Fraction(9, 10), first.share)
		assert first[:7] == (40_000_000, 0, 800_000, 10_000_000, 0, 0, 29_200_000)
		assert more[:7] == (29_200_000, 5_000_000, 100_000, 2_000_000, 0, 0, 32_100_000)
		assert adds_up(more)

	def test_the_last_ones_expire(self) -> None:
		now = Cohort(self.points, redeemed=Decimal(30_000), expired=Decimal(20_000))
		gone = at_cost(Decimal(1_000), now, Fraction(8, 10), self.given.share)
		assert gone[:7] == (40_000_000, 0, 0, 30_000_000, 10_000_000, 0, 0)

	def test_more_is_spent_than_was_expected(self) -> None:
		now = Cohort(self.points, redeemed=Decimal(45_000), expired=Decimal(5_000))
		gone = at_cost(Decimal(1_000), now, Fraction(8, 10), self.given.share)
		assert (gone.closing, gone.recognised) == (0, 40_000_000), "what is left of the cost is the bridge's"


def test_what_is_never_used_of_gift_cards_is_recognised_in_proportion_to_use() -> None:
	sold = Decimal(1_000_000)
	used = roll(paid(sold), Cohort(sold, redeemed=Decimal(450_000)), Fraction(9, 10))
	assert used.recognised == 500_000, "half of what will be used, so half of the whole"
	assert used.closing == 500_000


def test_what_is_expected_is_what_can_still_be() -> None:
	assert expected(Cohort(POINTS), Fraction(9, 10)) == 9_000
	assert expected(Cohort(POINTS, redeemed=Decimal(9_500)), Fraction(9, 10)) == 9_500
	assert expected(Cohort(POINTS, redeemed=Decimal(1), expired=Decimal(9_990)), Fraction(9, 10)) == 10
	assert expected(Cohort(POINTS, reversed=Decimal(5_000)), Fraction(9, 10)) == 4_500


def test_a_rate_is_learnt_from_what_has_ended() -> None:
	ended = [
		Cohort(Decimal(100), redeemed=Decimal(60), expired=Decimal(40)),
		Cohort(Decimal(300), reversed=Decimal(100), redeemed=Decimal(200)),
	]
	assert learnt([*ended, Cohort(Decimal(1_000))]) == Fraction(260, 300)
	assert learnt([Cohort(Decimal(5))]) is None
	assert learnt([]) is None


def test_less_than_nothing_is_no_cohort() -> None:
	with pytest.raises(ValueError, match="less than nothing"):
		roll(EXAMPLE, Cohort(Decimal(10), redeemed=Decimal(11)), Fraction(1))


@st.composite
def lives(draw: st.DrawFn) -> tuple[Fraction, list[tuple[Cohort, Fraction]]]:
	"""A deferral, and a cohort at each of some valuations with the rate that is expected then: points are spent, given
	back, taken back, transferred and die; in the end nothing remains."""
	issued = Decimal(draw(st.integers(1, 10_000)))
	deferred = deferral(
		Decimal(draw(st.integers(0, 10**9))),
		issued,
		Decimal(draw(st.integers(1, 5_000))),
		Fraction(draw(st.integers(1, 100)), 100),
	)
	cohort, steps = Cohort(issued), []
	for _step in range(draw(st.integers(1, 6))):
		for field in ("redeemed", "expired", "reversed", "transferred"):
			more = Decimal(draw(st.integers(0, int(cohort.remaining))))
			cohort = cohort._replace(**{field: getattr(cohort, field) + more})
		back = Decimal(draw(st.integers(0, int(cohort.redeemed) // 3)))
		cohort = cohort._replace(redeemed=cohort.redeemed - back)
		steps.append((cohort, Fraction(draw(st.integers(0, 100)), 100)))
	steps.append((cohort._replace(expired=cohort.expired + cohort.remaining), Fraction(1, 2)))
	return deferred, steps


@given(lives(), st.integers(1, 5_000))
def test_every_life_at_cost_adds_up_and_ends_with_nothing(
	life: tuple[Fraction, list[tuple[Cohort, Fraction]]], value: int
) -> None:
	before = NEVER
	for cohort, rate in life[1]:
		one = at_cost(Decimal(value), cohort, rate, before)
		assert adds_up(one)
		assert 0 <= one.closing <= cohort.remaining * value
		again = at_cost(Decimal(value), cohort, rate, one.share)
		assert again[:7] == (one.closing, 0, 0, 0, 0, 0, one.closing), "valued twice, nothing moves"
		before = one.share
	assert before.closing == 0


@given(lives())
def test_every_life_adds_up_and_ends_with_nothing(
	life: tuple[Fraction, list[tuple[Cohort, Fraction]]],
) -> None:
	deferred, steps = life
	before = NEVER
	told = []
	for cohort, rate in steps:
		one = roll(deferred, cohort, rate, before)
		assert adds_up(one)
		assert one.opening == before.closing
		assert 0 <= one.closing <= round(deferred) + 1
		again = roll(deferred, cohort, rate, one.share)
		assert again[:7] == (one.closing, 0, 0, 0, 0, 0, one.closing), "valued twice, nothing moves"
		told.append(one)
		before = one.share
	assert told[-1].closing == 0
	moved = sum(
		(each.deferred - each.reversed - each.recognised - each.expired - each.transferred for each in told),
		Decimal(0),
	)
	assert moved == 0
