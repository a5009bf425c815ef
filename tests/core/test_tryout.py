"""Comparing two replays: costs against a count by hand, moves, who gains, what a plan returns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from loyalty_club.core.backtest import Bill, MemoryStore, Replay
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import Line, Program, Spending, Tier
from loyalty_club.core.tryout import Customer, Move, Plan, affected, cost, moves, returns

M = Decimal(1_000_000)
DAY = date(2025, 4, 21)


def outcome_of(*bills: Bill) -> object:
	replay = Replay(
		Program("club", (Tier("all", Decimal(0), Decimal(10), M),), Spending(Decimal(1000))), MemoryStore()
	)
	replay.feed(bills)
	return replay.outcome()


def line(net: Decimal) -> tuple[Line, ...]:
	return (Line("TEA", Decimal(1), net),)


def test_cost_of_a_period() -> None:
	outcome = outcome_of(
		Bill("1", DAY, "mina", line(100 * M)),
		Bill("2", DAY, "mina", line(Decimal(400_000)), redeem=Decimal(400)),
	)
	found = cost(outcome, Decimal(1000), Fraction(3, 4), Fraction(1, 5))  # type: ignore[arg-type]
	assert (found.spent, found.to_come, found.whole) == (400_000, 450_000, 850_000)
	assert found.of_sales == Fraction(850_000, 100_400_000)
	assert found.of_margin == Fraction(850_000 * 5, 100_400_000)
	deferred = Fraction(100_400_000) * 750_000 / (100_400_000 + 750_000)
	assert found.owed == round(deferred * (1 - Fraction(400, 750)))


def test_nothing_was_sold() -> None:
	found = cost(outcome_of(), Decimal(1000), Fraction(1), None)  # type: ignore[arg-type]
	assert found == (0, 0, 0, None, None)


def test_who_moves_and_whom_it_concerns() -> None:
	before = {"mina": "Bronze", "reza": "Bronze", "sara": "Silver"}
	after = {"mina": "Silver", "reza": "Silver", "sara": "Silver", "new": "Bronze"}
	assert moves(before, after) == [Move("Bronze", "Silver", 2), Move("", "Bronze", 1)]
	poor, rich = Customer("Bronze", Decimal(1), Decimal(10), M), Customer("Gold", Decimal(9), Decimal(90), M)
	found = affected({"mina": poor, "reza": rich}, {"mina": rich, "sara": poor}, 2)
	assert [(each.name, each.gain) for each in found] == [("reza", -90), ("mina", 80)]


def test_what_a_plan_returns() -> None:
	plan = Plan(
		software=Decimal(10),
		setup=Decimal(20),
		messages=Decimal(30),
		extra=Fraction(1, 50),
		kept=2,
		worth=Decimal(100),
	)
	found = returns(plan, Decimal(100_000), Decimal(340), Fraction(1, 4))
	assert (found.extra, found.kept, found.rewards, found.other) == (500, 200, 340, 60)
	assert (found.left, found.on_investment) == (300, Fraction(3, 4))
	assert returns(Plan(), Decimal(1), Decimal(0), Fraction(1)).on_investment is None
