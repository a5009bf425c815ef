"""What `lint` finds: each danger in a program that has it and in one that has not.

Unless said otherwise: 10 points per 1,000,000 rial net, a point worth 1,000 rial, nothing expires.
"""

from __future__ import annotations

import itertools
from datetime import date, time
from decimal import Decimal

import pytest
from builders import (
	DAY,
	LADDER,
	Caps,
	Earning,
	EarnRule,
	Expiry,
	Items,
	M,
	Shop,
	Tier,
	TierRules,
	When,
	Window,
	day,
	line,
	program,
)
from dangers import DOUBLE, HAS_AND_HAS_NOT, POINTS, RICH, SHORT_LOOKBACK, TWELVE, adds, spending

from loyalty_club.core import lint
from loyalty_club.core.lint import Finding, examine
from loyalty_club.core.model import Program


def found(rules: Program, code: str, margin: Decimal | None = None) -> list[Finding]:
	return [finding for finding in examine(rules, margin=margin, on=DAY) if finding.code == code]


# 1 ------------------------------------------------------------------------------------- with and without each danger


@pytest.mark.parametrize("code", HAS_AND_HAS_NOT)
def test_a_danger_is_found_where_it_is_and_nowhere_else(code: str) -> None:
	has, has_not = HAS_AND_HAS_NOT[code]
	assert found(has, code)
	assert not found(has_not, code)


def test_the_worst_comes_first() -> None:
	severities = [finding.severity for finding in examine(RICH, margin=TWELVE, on=DAY)]
	assert severities == sorted(severities, key=lint.SEVERITIES.index)
	assert set(severities) == set(lint.SEVERITIES)


# 2 ------------------------------------------------------------------------------------- what is given away


def test_the_rebate_of_each_tier_is_what_an_ordinary_purchase_gives_back() -> None:
	assert [finding.facts["share"] for finding in found(program(tiers=LADDER), "rebate")] == [
		Decimal("0.01"),
		Decimal("0.015"),
		Decimal("0.02"),
	]


def test_a_rebate_is_a_danger_from_the_margin_on() -> None:
	rules = program(earning=Earning(rules=(DOUBLE,)))
	for margin, severity in (("0.03", "note"), ("0.02", "danger"), ("0.015", "danger")):
		(finding,) = found(rules, "rebate", Decimal(margin))
		assert finding.severity == severity
	assert finding.facts["lost"] == 50_000
	assert found(rules, "rebate")[0].severity == "note"


def test_bonuses_that_cannot_hold_together_are_not_added_up() -> None:
	def bonus(name: str, factor: int, **when: object) -> EarnRule:
		return EarnRule(name, multiply=Decimal(factor), when=When(**when))  # type: ignore[arg-type]

	rules = (
		bonus("friday", 2, weekdays=frozenset({"friday"})),
		bonus("monday", 4, weekdays=frozenset({"monday"})),
		bonus("brand", 3, brands=frozenset({"X"})),
		bonus("tehran", 2, branches=frozenset({"T"}), hours=(time(9), time(10))),
		bonus("late", 2, hours=(time(10), time(11)), minimum_amount=20 * M),
		bonus("over", 9, to_date=date(2025, 4, 20)),
	)
	(finding,) = found(program(earning=Earning(rules=rules)), "rebate")
	assert finding.facts["rules"] == ["monday", "brand", "tehran"]
	assert finding.facts["best_share"] == Decimal("0.07")


def test_an_excluded_line_gives_no_bonus() -> None:
	rules = (EarnRule("gold", multiply=Decimal(5), when=When(item_groups=frozenset({"Gold"}))),)
	earning = Earning(rules=rules, exclude=Items(item_groups=frozenset({"Gold"})))
	assert "best_share" not in found(program(earning=earning), "rebate")[0].facts


def test_a_bonus_of_the_first_purchase_counts_where_members_begin_only() -> None:
	findings = found(program(tiers=LADDER, earning=adds(50, first_purchase=True)), "rebate")
	assert ["best_share" in finding.facts for finding in findings] == [True, False, False]


def test_a_rebate_that_a_cap_would_hide_is_shown_by_a_smaller_purchase() -> None:
	(finding,) = found(program(earning=Earning(caps=Caps(invoice=Decimal(20)))), "rebate")
	assert (finding.facts["amount"], finding.facts["share"]) == (M, Decimal("0.01"))


def test_a_purchase_split_in_ten_gets_the_bonus_ten_times() -> None:
	(finding,) = found(program(earning=adds(20)), "bonus_exceeds_sale", TWELVE)
	facts = finding.facts
	assert (facts["how"], finding.severity) == ("invoice", "danger")
	assert (facts["once_points"], facts["points"]) == (30, 210)
	assert facts["price"] == 166_667, "20,000 rial are 12 % of it"
	shop = Shop(program(earning=adds(20)))
	for _ in range(10):
		shop.buy(100_000)
	assert shop.balance() == facts["points"]


@pytest.mark.parametrize(
	("earning", "how", "severity"),
	[
		(adds(200), "invoice", "danger"),
		(adds(20), "invoice", "warning"),
		(adds(10, per="unit"), "unit", "danger"),
		(adds(2, per="unit"), "unit", "warning"),
		(adds(200, first_purchase=True), "first", "warning"),
	],
)
def test_without_a_margin_more_than_the_price_is_a_danger_and_a_tenth_a_warning(
	earning: Earning, how: str, severity: str
) -> None:
	(finding,) = found(program(earning=earning), "bonus_exceeds_sale")
	assert (finding.facts["how"], finding.severity) == (how, severity)


def test_a_bonus_that_is_over_or_small_is_no_danger() -> None:
	assert not found(program(earning=adds(200, to_date=date(2025, 4, 20))), "bonus_exceeds_sale")
	assert not found(program(earning=adds(1)), "bonus_exceeds_sale", TWELVE)


def test_five_invoices_earn_five_times_the_cap() -> None:
	(finding,) = found(program(earning=Earning(caps=Caps(invoice=Decimal(50)))), "split_cap")
	assert finding.severity == "warning"
	assert (finding.facts["points"], finding.facts["split_points"]) == (50, 250)
	(finding,) = found(program(earning=Earning(caps=Caps(Decimal(50), month=Decimal(120)))), "split_cap")
	assert (finding.severity, finding.facts["split_points"]) == ("note", 120)


# 3 ------------------------------------------------------------------------------------- ladder, life, minimum


def test_a_tier_above_all_points_that_caps_allow_is_unreachable() -> None:
	def reach(cap: int, **window: object) -> list[Finding]:
		rules = TierRules("points_earned", Window(**window))  # type: ignore[arg-type]
		earning = Earning(caps=Caps(month=Decimal(cap)))
		return found(program(tiers=POINTS, tier_rules=rules, earning=earning), "unreachable_tier")

	(finding,) = reach(70, kind="rolling_months", months=12)
	assert finding.facts["most"] == 12 * 70
	assert not reach(75, kind="rolling_months", months=12)
	assert not reach(70, kind="lifetime")


def test_who_begins_below_a_ladder_of_points_never_gets_on_it_but_by_a_bonus() -> None:
	ladder = (Tier("first", Decimal(10), Decimal(10), M),)
	rules = TierRules("points_earned")
	assert found(program(tiers=ladder, tier_rules=rules), "unreachable_tier")
	assert not found(program(tiers=ladder, tier_rules=rules, earning=adds(10)), "unreachable_tier")


def test_points_of_the_last_day_of_a_month_live_one_day() -> None:
	(finding,) = found(program(expiry=Expiry("end_of_month", 1)), "born_expired")
	assert finding.facts["day"] == finding.facts["last_day"] == day("1404-02-31")
	assert (finding.facts["life"], finding.facts["points"]) == (1, 100)


def test_pending_days_count_before_a_life_begins() -> None:
	rules = program(expiry=Expiry("end_of_month", 1), earning=Earning(pending_days=10))
	(finding,) = found(rules, "born_expired")
	assert (finding.facts["day"], finding.facts["begin"]) == (day("1404-02-21"), day("1404-02-31"))


def test_caps_can_keep_every_member_below_the_minimum() -> None:
	def rules(minimum: int, caps: Caps, expiry: Expiry) -> Program:
		return program(spending=spending(minimum=minimum), earning=Earning(caps=caps), expiry=expiry)

	monthly, month = Caps(month=Decimal(40)), Expiry("end_of_month", 1)
	(finding,) = found(rules(50, monthly, month), "minimum_above_limit")
	assert finding.facts == {"how": "caps", "first": 50, "limit": 40}
	assert not found(rules(40, monthly, month), "minimum_above_limit")
	assert not found(rules(50, monthly, Expiry()), "minimum_above_limit"), "time brings the rest"
	assert found(rules(50, Caps(member=Decimal(40)), Expiry()), "minimum_above_limit")


def test_the_minimum_is_measured_by_the_pace_that_leaves_the_lowest_tier() -> None:
	(finding,) = found(HAS_AND_HAS_NOT["minimum_unreachable"][0], "minimum_unreachable")
	assert (finding.facts["how"], finding.facts["amount"], finding.facts["life"]) == ("pace", 10 * M, 31)
	one_tier = program(expiry=Expiry("days", 20), spending=spending(minimum=150))
	(finding,) = found(one_tier, "minimum_unreachable")
	assert (finding.facts["how"], finding.facts["amount"]) == ("short", 15 * M)


def test_the_first_quantity_said_is_the_first_that_can_be_spent() -> None:
	(finding,) = found(program(spending=spending(minimum=100, multiple=30)), "minimum_not_multiple")
	assert finding.facts["first"] == 120
	shop = Shop(program(spending=spending(minimum=100, multiple=30)))
	shop.buy(20 * M)
	shop.buy(M, redeem=120)
	assert shop.account().spent[1] == 120


# 4 ------------------------------------------------------------------------------------- buying and returning


def test_the_circle_happens_at_the_till_as_it_is_told() -> None:
	rules = HAS_AND_HAS_NOT["circle"][0]
	(finding,) = found(rules, "circle")
	assert finding.severity == "danger"
	shop = Shop(rules)
	shop.buy(10 * M)
	shop.wait(8)
	shop.bring(line("thing", 10 * M))
	assert shop.balance() == finding.facts["gain_points"] == 100


def test_a_fallen_tier_takes_back_less_than_the_higher_one_gave() -> None:
	(finding,) = found(program(tiers=LADDER, returns=SHORT_LOOKBACK), "circle")
	assert (finding.severity, finding.facts["how"]) == ("warning", "tier")
	assert (finding.facts["points"], finding.facts["taken"], finding.facts["after"]) == (200, 100, "bronze")
	forever = TierRules(window=Window("lifetime"))
	assert not found(program(tiers=LADDER, returns=SHORT_LOOKBACK, tier_rules=forever), "circle")
	assert not found(program(returns=SHORT_LOOKBACK), "circle"), "one rate: nothing to gain"


def test_points_are_prolonged_by_the_days_that_a_return_gives() -> None:
	(finding,) = found(program(expiry=Expiry("days", 100)), "restore_extends")
	assert finding.severity == "note"
	days = [finding.facts[key] for key in ("day", "last_day", "second", "third")]
	assert [(b - a).days for a, b in itertools.pairwise(days)] == [100, 30, 30]  # type: ignore[operator]
	(finding,) = found(program(expiry=Expiry("days", 20)), "restore_extends")
	assert finding.severity == "warning"


def test_points_spent_before_the_return_leave_a_deficit() -> None:
	(finding,) = found(program(), "spend_and_run")
	assert (finding.severity, finding.facts["deficit"], finding.facts["paid"]) == ("warning", 100, 100_000)
	(finding,) = found(program(earning=Earning(pending_days=5)), "spend_and_run")
	assert (finding.severity, finding.facts["pending"]) == ("note", 5)
