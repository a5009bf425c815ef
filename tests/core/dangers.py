"""Programs with and without each danger, for the tests of `lint` and of what is said of programs and findings.

Unless said otherwise: 10 points per 1,000,000 rial net, a point worth 1,000 rial, nothing expires.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from builders import (
	LADDER,
	Caps,
	Earning,
	EarnRule,
	Expiry,
	Items,
	M,
	ReturnRules,
	Spending,
	Tier,
	TierRules,
	When,
	Window,
	day,
	program,
)

VALUE = Decimal(1000)
TWELVE = Decimal("0.12")
DOUBLE = EarnRule("double", multiply=Decimal(2))
SHORT_LOOKBACK = ReturnRules(accepted_days=30, lookback_days=7)


def adds(points: int, *, per: str = "invoice", **when: object) -> Earning:
	rule = EarnRule("gift", add=Decimal(points), add_per=per, when=When(**when))  # type: ignore[arg-type]
	return Earning(rules=(rule,))


def spending(**more: int | None) -> Spending:
	return Spending(VALUE, **{key: None if n is None else Decimal(n) for key, n in more.items()})  # type: ignore[arg-type]


RICH = program(
	tiers=(
		Tier("bronze", Decimal(0), Decimal(10), M, "برنزی"),
		Tier("silver", 50 * M, Decimal(15), M, "نقره‌ای"),
		Tier("gold", 100 * M, Decimal(12), M, "طلایی"),
	),
	earning=Earning(
		method="full_steps",
		carry_over=True,
		base="with_tax",
		exclude=Items(item_groups=frozenset({"Gold bars"}), discounted=True),
		rules=(
			EarnRule(
				"weekend",
				multiply=Decimal(2),
				when=When(
					weekdays=frozenset({"friday", "thursday"}),
					hours=(time(9), time(12)),
					tiers=frozenset({"gold", "silver"}),
				),
				title_fa="آخر هفته",
			),
			EarnRule(
				"yalda",
				multiply=Decimal("1.5"),
				when=When(occasions=frozenset({"yalda"}), brands=frozenset({"Pak"})),
				title_fa="یلدا",
			),
			EarnRule("welcome", add=Decimal(50), when=When(first_purchase=True)),
			EarnRule("visit", add=Decimal(20)),
			EarnRule(
				"milk",
				add=Decimal(1),
				add_per="unit",
				when=When(
					items=frozenset({"MILK"}),
					branches=frozenset({"Tehran"}),
					payment_modes=frozenset({"Cash"}),
					from_date=day("1404-05-01"),
					to_date=day("1404-06-31"),
					minimum_amount=Decimal(200_000),
				),
			),
		),
		caps=Caps(invoice=Decimal(500), month=Decimal(3000)),
	),
	expiry=Expiry("end_of_month", 1),
	spending=Spending(
		VALUE,
		Decimal(100),
		Decimal(30),
		Decimal("0.5"),
		Items(item_groups=frozenset({"Gift"})),
		Decimal(5000),
	),
	returns=SHORT_LOOKBACK,
)

VISITS = (Tier("all", Decimal(0), Decimal(10), M), Tier("daily", Decimal(400), Decimal(10), M))
POINTS = (Tier("all", Decimal(0), Decimal(10), M), Tier("rich", Decimal(900), Decimal(10), M))

HAS_AND_HAS_NOT = {
	"bonus_exceeds_sale": (
		program(earning=adds(100)),
		program(earning=adds(100, minimum_amount=50 * M)),
	),
	"rate_inversion": (
		program(tiers=(LADDER[0], Tier("silver", 50 * M, Decimal(15), 2 * M))),
		program(tiers=LADDER),
	),
	"unreachable_tier": (
		program(tiers=VISITS, tier_rules=TierRules("visits")),
		program(tiers=VISITS, tier_rules=TierRules("visits", Window("this_and_last_year"))),
	),
	"split_cap": (
		program(earning=Earning(caps=Caps(invoice=Decimal(50)))),
		program(earning=Earning(caps=Caps(invoice=Decimal(50), day=Decimal(50)))),
	),
	"born_expired": (program(expiry=Expiry("end_of_month", 1)), program(expiry=Expiry("end_of_month", 2))),
	"short_life": (program(expiry=Expiry("days", 5)), program(expiry=Expiry("days", 6))),
	"minimum_above_limit": (
		program(spending=spending(minimum=100, daily_limit=50)),
		program(spending=spending(minimum=100, daily_limit=100)),
	),
	"minimum_unreachable": (
		program(tiers=LADDER, expiry=Expiry("days", 30), spending=spending(minimum=100)),
		program(tiers=LADDER, expiry=Expiry("days", 90), spending=spending(minimum=100)),
	),
	"minimum_not_multiple": (
		program(spending=spending(minimum=100, multiple=30)),
		program(spending=spending(minimum=120, multiple=30)),
	),
	"circle": (
		program(earning=Earning(rules=(DOUBLE,)), returns=SHORT_LOOKBACK),
		program(earning=Earning(rules=(DOUBLE,)), returns=ReturnRules(30, 30)),
	),
	"restore_extends": (
		program(expiry=Expiry("months", 6)),
		program(expiry=Expiry("months", 6), returns=ReturnRules(restore_days=0)),
	),
	"spend_and_run": (program(), program(earning=Earning(pending_days=30))),
	"no_expiry": (program(), program(expiry=Expiry("months", 12))),
}
PROGRAMS = [RICH, *(rules for pair in HAS_AND_HAS_NOT.values() for rules in pair)]
