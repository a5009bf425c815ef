"""Three programs from seven answers: each is a program that the rules take, no more generous than was asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_club.core import lint
from loyalty_club.core import program as programs
from loyalty_club.core.proposals import (
	AnswerError,
	Answers,
	Goal,
	Measure,
	Reward,
	nice,
	propose,
)

SHOP = Answers("loyal", "discount", "amount", Decimal("0.2"), Decimal("0.1"), Decimal(5_000_000), Decimal(12))


def test_a_shop_with_a_margin_of_twenty_per_cent_that_gives_a_tenth_of_it() -> None:
	careful, balanced, generous = propose(SHOP)
	assert [each.rebate for each in (careful, balanced, generous)] == [
		Decimal("0.010"),
		Decimal("0.020"),
		Decimal("0.030"),
	]
	bronze, silver, gold = balanced.program.tiers
	assert (bronze.points, bronze.per, balanced.program.spending.point_value) == (20, 500_000, 500)
	assert [tier.threshold for tier in (bronze, silver, gold)] == [0, 50_000_000, 200_000_000]
	assert (silver.points, gold.points) == (22, 24)
	assert careful.program.expiry.count < balanced.program.expiry.count


def test_each_answer_changes_what_it_is_about() -> None:
	def balanced(**fields: object) -> object:
		return propose(SHOP._replace(**fields))[1].program  # type: ignore[arg-type]

	assert balanced(measure="visits").tier_rules.metric == "visits"  # type: ignore[attr-defined]
	gap = balanced(measure="gap", visits=Decimal(6))
	assert (gap.tier_rules.metric, gap.expiry.kind, gap.expiry.count) == ("lrfm", "inactivity", 4)  # type: ignore[attr-defined]
	assert balanced(goal="visits").earning.rules[0].add == 40  # type: ignore[attr-defined]
	assert balanced(goal="basket").earning.rules[0].when.minimum_amount == 10_000_000  # type: ignore[attr-defined]
	spread = [tier.points for tier in balanced(reward="status").tiers]  # type: ignore[attr-defined]
	assert spread == [12, 24, 40]
	assert balanced(purchase=Decimal(40)).spending.point_value == Decimal("0.005")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
	("field", "given_"),
	[
		("goal", "fame"),
		("margin", Decimal(0)),
		("give", Decimal("1.1")),
		("purchase", Decimal(0)),
		("visits", Decimal(0)),
	],
)
def test_an_answer_that_means_nothing_is_named(field: str, given_: object) -> None:
	with pytest.raises(AnswerError) as refused:
		propose(SHOP._replace(**{field: given_}))  # type: ignore[arg-type]
	assert refused.value.field == field


@settings(max_examples=300)
@given(
	st.builds(
		Answers,
		st.sampled_from(get_args(Goal)),
		st.sampled_from(get_args(Reward)),
		st.sampled_from(get_args(Measure)),
		st.decimals("0.02", "0.6", places=2),
		st.decimals("0.02", "1", places=2),
		st.integers(10_000, 10**9).map(Decimal),
		st.integers(1, 100).map(Decimal),
	)
)
def test_every_proposal_is_a_program_without_danger_to_the_margin(answers: Answers) -> None:
	for proposal in propose(answers):
		again = programs.loads(programs.dumps(proposal.program))
		assert again == proposal.program
		found = lint.examine(proposal.program, margin=answers.margin, on=date(2025, 4, 21))
		assert not [each for each in found if each.severity == "danger"], found


def test_nice_numbers() -> None:
	assert [int(nice(Decimal(each))) for each in (1, 3, 10, 11, 499_999, 600_000)] == [
		1,
		5,
		10,
		20,
		500_000,
		1_000_000,
	]
