"""What a review is foreseen to decide is what it decides, if nothing happens until then."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import LADDER, M, Shop, TierRules, Window, day, program

from loyalty_club.core.outlook import Outlook, outlook

RULES = {
	"by itself": TierRules(),
	"with grace": TierRules(grace_days=30),
	"one step": TierRules(downgrade="one_step", grace_days=10),
	"two months": TierRules(window=Window("rolling_months", 2), term_months=2),
	"all time": TierRules(window=Window("lifetime", 12)),
	"visits": TierRules(metric="visits"),
}


def gold(rules: TierRules) -> Shop:
	"""A member who became gold on 1 Ordibehesht 1404."""
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-02-01"))
	shop.buy(100 * M)
	return shop


@pytest.mark.parametrize("review", ["by_itself", "approved"])
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("bought", [0, 25, 60, 120])
@pytest.mark.parametrize("looked", ["1404-02-02", "1404-03-30", "1405-01-31", "1405-02-10"])
def test_what_is_foreseen_is_what_comes(name: str, review: str, bought: int, looked: str) -> None:
	shop = gold(replace(RULES[name], review=review))  # type: ignore[arg-type]
	if bought:
		shop.on("1404-02-02")
		shop.buy(bought * M)
	shop.on(looked)
	shop.settle()
	tier = shop.tier()
	seen = outlook(shop.club, "m", shop.today)
	if seen is None:
		assert not shop.account().promotions
		return
	assert seen.tier == tier
	assert seen.decided_on >= max(seen.review_on, shop.today)
	before = len(shop.changes)
	shop.today = seen.decided_on
	if review == "approved":
		assert shop.club.review("m", shop.today) is True
	else:
		shop.settle()
	assert shop.tier() == seen.after
	changes = [change for change in shop.changes[before:] if change.why == "review"]
	assert len(changes) == seen.goes_down
	if seen.goes_down:
		assert seen.missing > 0
		[change] = changes
		assert (change.value, change.threshold, change.day) == (seen.value, seen.threshold, seen.decided_on)
	else:
		assert seen.missing == 0
		assert shop.account().promotions[-1].review_on > seen.review_on  # type: ignore[operator]


def test_it_says_how_much_is_missing_and_until_when() -> None:
	shop = Shop(program(tiers=LADDER, tier_rules=TierRules(grace_days=30)), day("1404-02-01"))
	shop.buy(100 * M)
	shop.on("1404-08-01")
	shop.buy(60 * M)
	shop.on("1405-01-15")
	seen = outlook(shop.club, "m", shop.today)
	assert seen == Outlook("gold", day("1405-02-01"), day("1405-02-31"), 60 * M, 100 * M, "silver"), (
		"the first purchase has left the window of the term's last day"
	)
	assert seen.missing == 40 * M


def test_who_has_no_term_has_no_review() -> None:
	shop = Shop(program(tiers=LADDER), day("1404-02-01"))
	shop.buy(Decimal(1_000_000))
	assert outlook(shop.club, "m", shop.today) is None
