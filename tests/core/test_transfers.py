"""How much may change hands: each limit, what a member has given already, and the most there is left to give."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import DAY, Expiry, M, Shop, day, line, program

from loyalty_club.core.errors import ClubError
from loyalty_club.core.model import Given
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.transfers import Limits, given_by, most, taken_back

N = Decimal
JALALI = CALENDARS["jalali"].month_of


def shop(points: int = 100, wallet: str = "") -> Shop:
	"""m has so many points, or Rial of a wallet."""
	made = Shop(program(expiry=Expiry("days", 60)))
	if wallet:
		for who in ("m", "n"):
			made.account(who).wallet = wallet  # type: ignore[assignment]
		made.club.adjust("A1", "m", N(points), made.today, "a gift")
	else:
		made.buy(points * M / 10)
	return made


def give(of: Shop, quantity: int, limits: Limits, name: str = "") -> None:
	assert of.club.transfer(name or of.name("T"), "m", "n", N(quantity), of.today, limits=limits) is not None


@pytest.mark.parametrize(
	("limits", "quantity", "code"),
	[
		(Limits(minimum=N(20)), 19, "transfer_below_minimum"),
		(Limits(most=N(20)), 21, "transfer_above_most"),
		(Limits(day=N(20)), 21, "transfer_day_limit"),
		(Limits(month=N(20)), 21, "transfer_month_limit"),
		(Limits(held_days=1), 20, "transfer_too_young"),
	],
)
@pytest.mark.parametrize("wallet", ["", "Cash Credit"])
def test_each_limit_refuses_and_nothing_moves(limits: Limits, quantity: int, code: str, wallet: str) -> None:
	made = shop(wallet=wallet)
	before = list(made.entries)
	with pytest.raises(ClubError) as refused:
		give(made, quantity, limits)
	assert refused.value.code == code
	assert ("points" in str(refused.value)) is not bool(wallet)
	assert made.entries == before
	assert made.account("m").given == Given()


def test_exactly_the_limit_may_be_given() -> None:
	made = shop()
	give(made, 20, Limits(N(20), N(20), N(20), N(20)))
	assert made.balance("n") == 20


def test_a_days_limit_begins_anew_the_next_day_and_a_months_the_next_month_of_the_calendar() -> None:
	made = shop()
	made.on("1404-02-30")
	limits = Limits(day=N(30), month=N(50))
	give(made, 30, limits)
	with pytest.raises(ClubError):
		give(made, 1, limits)
	made.wait(1)
	give(made, 20, limits)
	with pytest.raises(ClubError) as refused:
		give(made, 1, limits)
	assert refused.value.facts["given"] == 50
	made.on("1404-03-01")
	give(made, 30, limits)
	assert made.balance("n") == 80


def test_an_undone_transfer_frees_what_it_had_used_of_the_limits() -> None:
	made = shop()
	limits = Limits(day=N(30), month=N(50))
	give(made, 30, limits, "T9")
	made.cancel("T9")
	give(made, 30, limits)
	assert made.account("m").given == Given(DAY, N(30), N(30))


def test_young_points_stay_old_ones_may_go() -> None:
	made = shop()
	made.wait(10)
	made.buy(5 * M)
	limits = Limits(held_days=10)
	assert most(made.account("m"), made.club.program, limits, made.today) == 100
	give(made, 100, limits)
	with pytest.raises(ClubError) as refused:
		give(made, 1, limits)
	assert refused.value.facts == {"wallet": "Points", "wanted": 1, "available": 0, "days": 10}


@pytest.mark.parametrize(
	("limits", "expected"),
	[
		(Limits(), 100),
		(Limits(most=N(70)), 70),
		(Limits(day=N(60), most=N(70)), 60),
		(Limits(month=N("50.5")), 50),
		(Limits(minimum=N(101)), 0),
		(Limits(held_days=3), 0),
		(Limits(day=N(0)), 0),
	],
)
def test_the_most_is_what_would_be_accepted(limits: Limits, expected: int) -> None:
	made = shop()
	found = most(made.account("m"), made.club.program, limits, made.today)
	assert found == expected
	if found:
		give(made, int(found), limits)
	else:
		with pytest.raises(ClubError):
			give(made, 1, limits)


def test_money_goes_in_money_and_not_more_than_is_there() -> None:
	made = shop(50_000, "Cash Credit")
	for quantity, code in ((50_001, "not_enough_credit"), (0, "not_an_amount"), (-1, "not_an_amount")):
		with pytest.raises(ClubError) as refused:
			give(made, quantity, Limits())
		assert refused.value.code == code
	give(made, 20_000, Limits())
	(lot,) = made.account("n").lots.values()
	assert (lot.remaining, lot.value, lot.granted, made.balance("m")) == (20_000, 1, True, 30_000)
	assert [entry.reason.code for entry in made.entries[-2:]] == ["credit_transfer_out", "credit_transfer_in"]
	made.check()


def test_paid_for_money_stays_paid_for() -> None:
	made = shop(0)
	for who in ("m", "n"):
		made.account(who).wallet = "Cash Credit"
	made.club.adjust("A1", "m", N(5000), made.today, "paid in", granted=False)
	give(made, 5000, Limits())
	(lot,) = made.account("n").lots.values()
	assert lot.granted is False


def test_names_for_the_statements_and_why_no_code_was_asked() -> None:
	made = shop()
	made.club.transfer(
		"T1", "m", "n", N(5), made.today, called=("CLUB-1", "CLUB-2"), approved="the phone is lost"
	)
	out, into = made.entries[-2:]
	assert out.reason.facts == {"points": 5, "member": "CLUB-2", "approved": "the phone is lost"}
	assert into.reason.facts == {"points": 5, "member": "CLUB-1"}


def test_a_deficit_gives_nothing() -> None:
	made = shop()
	made.buy(line("x", 100_000, tax=N(0)), redeem=100)
	made.bring_all("S1")
	assert most(made.account("m"), made.club.program, Limits(), made.today) == 0


def test_what_was_given_counts_on_its_own_day_and_month_only() -> None:
	before = Given(day("1404-02-31"), N(30), N(50))
	assert given_by(before, day("1404-02-31"), JALALI) == before
	assert given_by(before, day("1404-02-05"), JALALI) == Given(day("1404-02-05"), N(0), N(50))
	assert given_by(before, day("1404-03-01"), JALALI) == Given(day("1404-03-01"), N(0), N(0))
	assert given_by(Given(), DAY, JALALI) == Given(DAY, N(0), N(0))


def test_undoing_gives_back_what_it_had_used_of_the_same_day_and_month() -> None:
	before = Given(day("1404-02-31"), N(30), N(50))
	assert taken_back(before, day("1404-02-31"), N(10), JALALI) == before._replace(
		on_day=N(20), in_month=N(40)
	)
	assert taken_back(before, day("1404-02-30"), N(10), JALALI) == before._replace(in_month=N(40))
	assert taken_back(before, day("1404-01-30"), N(10), JALALI) == before
	assert taken_back(before, day("1404-02-31"), N(90), JALALI) == before._replace(on_day=N(0), in_month=N(0))
	assert taken_back(Given(), date(2025, 1, 1) + timedelta(days=1), N(1), JALALI) == Given()
