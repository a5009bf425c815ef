"""LRFM: exact quintiles, ties, fixed limits, weights, segments, classes against the average, moves by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from builders import M, Shop, Tier, TierRules, day, program
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club.core import lrfm
from loyalty_club.core.backtest import Bill, MemoryStore, Replay
from loyalty_club.core.lrfm import Averages, Columns, Scores, Tally, Totals, Values
from loyalty_club.core.model import Line, Lrfm, TierChange

NOW = date(2026, 3, 20)
FOUR = (1, 2, 3, 4)
numbers = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60)


def columns(values: list[Values], unit: int = 1) -> Columns:
	length, recency, frequency, monetary = zip(*values, strict=True)
	return Columns(length, recency, frequency, [int(each * unit) for each in monetary], unit)


def people(amounts: list[int]) -> list[Values]:
	return [Values(n % 7, n % 5, n % 3 + 1, Decimal(amount)) for n, amount in enumerate(amounts)]


# ------------------------------------------------------------------------------------------ values


def test_length_recency_frequency_and_monetary_are_of_the_windows_purchase_days() -> None:
	tally = Tally()
	tally.add("m", date(2026, 1, 1), Decimal(100))
	tally.add("m", date(2026, 1, 1), Decimal(50))
	tally.add("m", date(2026, 2, 10), Decimal(30))
	tally.add("m", date(2026, 3, 1), Decimal(70))
	tally.add("m", date(2026, 3, 1), Decimal(-70))  # a fully returned day is no visit
	tally.add("m", date(2026, 3, 15), Decimal(-10))  # a return of a purchase that nobody knows
	tally.add("other", date(2026, 3, 1), Decimal(-5))
	found = tally.totals(date(2025, 3, 21), NOW)
	assert found == {"m": Totals(date(2026, 1, 1), date(2026, 2, 10), 2, Decimal(170))}
	assert lrfm.values(found["m"], NOW) == Values(40, 38, 2, Decimal(170))
	assert tally.totals(date(2026, 2, 1), NOW)["m"] == Totals(
		date(2026, 2, 10), date(2026, 2, 10), 1, Decimal(20)
	)
	assert tally.totals(date(2026, 3, 2), NOW) == {}


# ------------------------------------------------------------------------------------------ quintiles


@given(numbers)
def test_quintiles_are_exactly_the_interpolated_ones(column: list[int]) -> None:
	found = sorted(column)
	for fifth, cut in zip(FOUR, lrfm.quintiles(column), strict=True):
		place = Fraction(fifth * (len(found) - 1), 5)
		low = found[int(place)]
		high = found[min(int(place) + 1, len(found) - 1)]
		assert cut == low + (high - low) * (place - int(place))


@given(numbers)
def test_equal_values_have_equal_scores_more_never_scores_less_and_scores_do_not_mind_the_unit(
	amounts: list[int],
) -> None:
	values = people(amounts)
	by = lrfm.cuts(Lrfm(), columns(values))
	scores = [lrfm.score(each, by, Lrfm()) for each in values]
	for (one, its), (other, theirs) in product(zip(values, scores, strict=True), repeat=2):
		if one.monetary <= other.monetary:
			assert its.monetary <= theirs.monetary
		if one.recency <= other.recency:
			assert its.recency >= theirs.recency
	times = [each._replace(monetary=each.monetary * 1000) for each in values]
	by = lrfm.cuts(Lrfm(), columns(times))
	assert [lrfm.score(each, by, Lrfm()) for each in times] == scores
	fine = [each._replace(monetary=each.monetary / 100) for each in values]
	by = lrfm.cuts(Lrfm(), columns(fine, 100))
	assert [lrfm.score(each, by, Lrfm()) for each in fine] == scores


def test_half_of_all_with_a_single_purchase_share_their_scores() -> None:
	values = [Values(0, 30, 1, Decimal(100))] * 50
	values += [Values(10 * n, 30 - n // 2, n + 2, Decimal(100 + n)) for n in range(50)]
	by = lrfm.cuts(Lrfm(), columns(values))
	scores = [lrfm.score(each, by, Lrfm()) for each in values]
	assert {each[:4] for each in scores[:50]} == {(1, 3, 1, 1)}  # recency: no more than the third cut
	assert {each.frequency for each in scores[50:]} == {3, 4, 5}
	assert scores[-1] == Scores(5, 5, 5, 5, Decimal("5.00"))


def test_nobody_and_one_alone_can_be_scored() -> None:
	nobody = Columns([], [], [], [])
	assert lrfm.cuts(Lrfm(), nobody).length == (0, 0, 0, 0)
	assert lrfm.averages(nobody) == Averages(*(Fraction(0),) * 4)
	alone = Values(3, 4, 2, Decimal(9))
	by = lrfm.cuts(Lrfm(), columns([alone]))
	assert lrfm.score(alone, by, Lrfm())[:4] == (1, 5, 1, 1)


# ------------------------------------------------------------------------------------------ limits, weights


LIMITS = Lrfm(
	method="limits",
	length_limits=(Decimal(30), Decimal(90), Decimal(180), Decimal(365)),
	recency_limits=(Decimal(7), Decimal(30), Decimal(90), Decimal(180)),
	frequency_limits=(Decimal(1), Decimal(3), Decimal(6), Decimal(12)),
	monetary_limits=(M, 5 * M, 20 * M, 50 * M),
)


@pytest.mark.parametrize(
	("value", "scores"),
	[
		(Values(30, 7, 1, M), (1, 5, 1, 1)),
		(Values(31, 8, 2, M + Decimal("0.01")), (2, 4, 2, 2)),
		(Values(365, 180, 12, 50 * M), (4, 2, 4, 4)),
		(Values(366, 181, 13, 51 * M), (5, 1, 5, 5)),
	],
)
def test_a_fixed_limit_belongs_to_the_score_below_it(value: Values, scores: tuple[int, ...]) -> None:
	by = lrfm.cuts(LIMITS, Columns([], [], [], []))
	assert lrfm.score(value, by, LIMITS)[:4] == scores


def test_the_total_is_the_weighted_mean_half_up() -> None:
	assert lrfm.total((5, 4, 4, 4), Lrfm()) == Decimal("4.25")
	weighted = replace(Lrfm(), length_weight=Decimal(0), recency_weight=Decimal(2))
	assert lrfm.total((1, 5, 4, 2), weighted) == Decimal("4.00")
	assert lrfm.total((1, 1, 1, 2), replace(Lrfm(), monetary_weight=Decimal(5))) == Decimal("1.63")  # 13/8


# ------------------------------------------------------------------------------------------ segments and classes


def test_the_usual_segments_cover_every_score_and_each_is_met() -> None:
	met = {lrfm.segment(Scores(*four, Decimal(0))) for four in product(range(1, 6), repeat=4)}
	assert met == {rule.name for rule in lrfm.STANDARD_SEGMENTS}
	assert all(rule.title_fa for rule in lrfm.STANDARD_SEGMENTS)


def test_the_first_segment_that_covers_the_scores_is_taken_and_none_is_none() -> None:
	rules = (
		lrfm.SegmentRule("late", "", recency=(1, 2)),
		lrfm.SegmentRule("late and often", "", recency=(1, 2), frequency=(4, 5)),
	)
	assert lrfm.segment(Scores(1, 2, 5, 1, Decimal(0)), rules) == "late"
	assert lrfm.segment(Scores(1, 3, 5, 1, Decimal(0)), rules) == ""


MEANS = Averages(Fraction(50), Fraction(20), Fraction(4), Fraction(100, 3))


@pytest.mark.parametrize(
	("value", "pattern", "name"),
	[
		(Values(51, 19, 5, Decimal(34)), "L+R-F+M+", "Loyal"),
		(Values(51, 19, 5, Decimal(33)), "L+R-F+M-", "Core"),
		(Values(51, 19, 4, Decimal(33)), "L+R-F-M-", "Consuming Resources"),
		(Values(51, 20, 5, Decimal(33)), "L+R+F+M-", "Potential"),
		(Values(50, 19, 5, Decimal(34)), "L-R-F+M+", "New"),
		(Values(50, 20, 4, Decimal(33)), "L-R+F-M-", "Lost"),
	],
)
def test_a_class_compares_with_the_average(value: Values, pattern: str, name: str) -> None:
	assert lrfm.pattern(value, MEANS) == pattern
	assert lrfm.average_class(value, MEANS) == name


def test_every_pattern_has_a_class() -> None:
	assert len(lrfm.CLASS_OF) == 16
	assert set(lrfm.CLASS_OF.values()) == set(lrfm.AVERAGE_CLASSES)
	assert [key for key, each in lrfm.CLASS_OF.items() if each is lrfm.LOYAL] == ["L+R-F+M+"]


def test_moves_between_two_months_keep_everybody() -> None:
	before = {"a": "New", "b": "Loyal", "c": "Lost", "d": ""}
	after = {"a": "Loyal", "b": "Loyal", "e": "New", "d": ""}
	moved = lrfm.migration(before, after)
	assert moved == {("New", "Loyal"): 1, ("Loyal", "Loyal"): 1, ("Lost", ""): 1, ("", "New"): 1}


# ------------------------------------------------------------------------------------------ in the back-test


def test_the_back_test_gives_the_score_on_the_first_day_of_each_month() -> None:
	ladder = (
		Tier("base", Decimal(0), Decimal(10), M),
		Tier("top", Decimal("4.5"), Decimal(20), M),
	)
	rules = program(tiers=ladder, tier_rules=TierRules(metric="lrfm"))

	def bill(name: str, who: str, on: date, amount: int) -> Bill:
		return Bill(
			name, on, who, (Line("thing", Decimal(1), Decimal(amount)),), (), "", Decimal(0), None, "", 1, 1
		)

	begin = day("1404-02-01")
	history = [
		bill(f"{who}{visit}", who, begin + timedelta(days=3 * visit), n * 1_000_000)
		for n, who in enumerate("abcde", 1)
		for visit in range(n)
	]
	history.sort(key=lambda each: each.day)
	changes: list[TierChange] = []
	replay = Replay(rules, MemoryStore(on_change=changes.append), as_of=day("1404-04-02"))
	replay.feed(history)
	assert {each.after for each in changes} == set()
	replay.settle()
	assert [(each.account, each.day, each.after, each.value) for each in changes] == [
		("e", day("1404-03-01"), "top", Decimal(5))
	]


def test_a_score_of_the_back_test_is_the_one_its_own_days_give() -> None:
	rules = program(tier_rules=TierRules(metric="lrfm"))
	shop = Shop(rules, day("1404-02-01"))
	sale = shop.buy(10 * M)
	shop.wait(10)
	shop.buy(20 * M)
	shop.bring_all(sale)
	totals = lrfm.totals_of_days(shop.account().days, date.min, date.max)
	assert totals == Totals(day("1404-02-11"), day("1404-02-11"), 1, Decimal(20 * M))
