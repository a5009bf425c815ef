"""ERPNext's own points: what is really left, where its own sum is wrong."""

from __future__ import annotations

import doctest
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loyalty_club.core import native
from loyalty_club.core.native import Lot, Row, balance, converted, undeducted


def day(n: int) -> date:
	return date(2025, 1, n)


def award(name: str, points: int, on: int = 1, expires: int | None = 20) -> Row:
	return Row(name, points, day(on), day(expires) if expires else None)


def spend(points: int, against: str = "", on: int = 2, expires: int = 20) -> Row:
	return Row("spent", -points, day(on), day(expires), against)


def left(*rows: Row, on: int = 5) -> list[tuple[str, int]]:
	return [(lot.name, lot.points) for lot in balance(rows, day(on)).lots]


def test_the_example_in_the_docstring() -> None:
	assert doctest.testmod(native).failed == 0


def test_a_redemption_is_taken_from_the_award_it_names() -> None:
	assert left(award("A", 100, expires=9), award("B", 100), spend(30, "B")) == [("A", 100), ("B", 70)]


def test_a_balance_does_not_rise_when_a_used_up_award_expires() -> None:
	rows = [award("A", 100, expires=9), award("B", 100), spend(100, "A", expires=9), spend(60, "A", 3, 9)]
	assert balance(rows, day(9)).told == 40
	after = balance(rows, day(10))
	assert (after.told, after.points, after.uncovered) == (100, 40, 0)


def test_expired_awards_are_gone_and_the_last_day_still_counts() -> None:
	assert left(award("A", 100, expires=5)) == [("A", 100)]
	assert left(award("A", 100, expires=4)) == []


def test_what_nothing_covers_is_told_and_does_not_eat_later_awards() -> None:
	found = balance([award("A", 100), spend(160, "A"), award("B", 50, on=3)], day(5))
	assert (found.lots, found.uncovered) == ((Lot("B", 50, day(20)),), 60)


def test_rows_after_the_day_and_awards_not_yet_made_do_not_count() -> None:
	assert left(award("A", 100), spend(30, "A", on=6), award("B", 9, on=6)) == [("A", 100)]


def test_an_award_without_expiry_lives_although_erpnext_does_not_count_it() -> None:
	found = balance([award("A", 100, expires=None)], day(5))
	assert (found.points, found.told, found.lots[0].expires_on) == (100, 0, None)


def test_a_redemption_whose_award_was_deleted_takes_what_expires_first() -> None:
	assert left(award("B", 100), award("A", 100, expires=9), spend(130, "gone")) == [("B", 70)]


def test_points_an_invoice_was_paid_with_and_no_row_deducts() -> None:
	assert undeducted(600, 0, Decimal(0), Decimal(1000)) == 600
	assert undeducted(600, 0, Decimal(100), Decimal(1000)) == 540
	assert undeducted(600, 0, Decimal(1000), Decimal(1000)) == 0
	assert undeducted(600, 600, Decimal(0), Decimal(1000)) == 0
	assert undeducted(600, 500, Decimal(0), Decimal(1000)) == 100
	assert undeducted(5, 0, Decimal(0), Decimal(0)) == 5


def test_conversion_rounds_down_to_what_the_program_counts_in() -> None:
	assert converted(7, Decimal("0.15"), Decimal("0.1")) == Decimal("1.0")
	assert converted(7, Decimal(1), Decimal(1)) == 7


@given(
	st.lists(
		st.tuples(
			st.integers(-50, 50), st.integers(1, 10), st.integers(1, 10), st.sampled_from(["0", "1", ""])
		)
	),
	st.integers(1, 12),
)
def test_nothing_is_spent_twice_and_nothing_appears(drawn: list[tuple[int, int, int, str]], on: int) -> None:
	rows = [
		Row(str(n), points, day(made), day(made + life), against)
		for n, (points, made, life, against) in enumerate(drawn)
	]
	found = balance(rows, day(on))
	awards = {row.name: row for row in rows if row.points > 0}
	for lot in found.lots:
		assert 0 < lot.points <= awards[lot.name].points
		assert lot.expires_on is not None
		assert lot.expires_on >= day(on)
	given_ = sum(row.points for row in awards.values() if row.day <= day(on))
	spent = -sum(row.points for row in rows if row.points < 0 and row.day <= day(on))
	assert found.points <= given_ - spent + found.uncovered
	assert 0 <= found.uncovered <= spent
