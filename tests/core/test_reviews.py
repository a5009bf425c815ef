"""Reviews with days of grace and a manager's approval, and tiers that the LRFM score gives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import LADDER, M, Shop, Tier, TierRules, Window, day, program

from loyalty_club.core import records
from loyalty_club.core.account import Account
from loyalty_club.core.backtest import MemoryStore

GRACE = TierRules(grace_days=30)
APPROVED = TierRules(review="approved")


def reviews(shop: Shop) -> list[tuple[str, str, str]]:
	return [
		(str(change.day), change.before, change.after) for change in shop.changes if change.why == "review"
	]


def gold(rules: TierRules) -> Shop:
	"""A member who became gold on 1 Ordibehesht 1404 and has bought nothing since."""
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-02-01"))
	shop.buy(100 * M)
	return shop


# ------------------------------------------------------------------------------------------ grace


def test_the_tier_is_held_through_the_days_of_grace_and_lost_on_the_day_after() -> None:
	shop = gold(GRACE)
	shop.on("1405-02-30")
	assert shop.tier() == "gold"
	shop.on("1405-02-31")
	assert shop.tier() == "bronze"
	assert reviews(shop) == [(str(day("1405-02-31")), "gold", "bronze")]


def test_what_is_bought_in_the_days_of_grace_keeps_the_tier_and_the_new_term_begins_at_the_old_ones_end() -> (
	None
):
	shop = gold(GRACE)
	shop.on("1404-08-01")
	shop.buy(60 * M)
	shop.on("1405-02-20")
	shop.buy(40 * M)
	shop.on("1405-02-31")
	assert shop.tier() == "gold"
	assert shop.account().promotions[-1].review_on == day("1406-02-01")
	assert shop.account().promotions[-1].grace_until is None
	assert reviews(shop) == []


def test_the_window_of_a_review_in_grace_still_begins_where_the_terms_end_puts_it() -> None:
	rules = replace(GRACE, window=Window("rolling_months", 2), term_months=2)
	shop = Shop(program(tiers=LADDER, tier_rules=rules), day("1404-01-01"))
	shop.buy(100 * M)
	shop.on("1404-01-05")  # inside the two months before 1 Khordad, outside those before 31 Khordad
	shop.buy(100 * M)
	shop.on("1404-03-31")
	assert shop.tier() == "gold"
	assert shop.account().promotions[-1].review_on == day("1404-05-01")


def test_whoever_still_deserves_the_tier_at_the_terms_end_needs_no_grace() -> None:
	shop = gold(GRACE)
	shop.on("1405-01-31")
	shop.buy(100 * M)
	shop.on("1405-02-01")
	assert shop.tier() == "gold"
	assert shop.account().promotions[-1].review_on == day("1406-02-01")
	assert shop.account().promotions[-1].grace_until is None


def test_time_that_passes_in_one_go_ends_as_time_that_passes_day_by_day() -> None:
	rules = replace(GRACE, term_months=1, downgrade="one_step", window=Window("rolling_months", 1))
	at_once, daily = gold(rules), gold(rules)
	at_once.on("1406-01-01")
	at_once.settle()
	while daily.today < at_once.today:
		daily.wait(1)
		daily.settle()
	assert at_once.changes == daily.changes
	assert len(reviews(at_once)) == 2


# ------------------------------------------------------------------------------------------ approval


def test_a_review_that_waits_for_a_manager_moves_nobody_by_itself() -> None:
	shop = gold(APPROVED)
	shop.on("1407-01-01")
	assert shop.tier() == "gold"
	assert shop.club.review("m", shop.today) is True
	assert shop.tier() == "bronze"
	assert reviews(shop) == [(str(day("1407-01-01")), "gold", "bronze")]


def test_a_review_is_decided_once_and_never_before_its_term_is_over() -> None:
	shop = gold(APPROVED)
	shop.on("1405-01-31")
	assert shop.club.review("m", shop.today) is False
	shop.on("1405-02-01")
	assert shop.club.review("m", shop.today) is True
	assert shop.club.review("m", shop.today) is False
	assert len(reviews(shop)) == 1


def test_a_manager_can_let_a_member_keep_the_tier_for_another_term() -> None:
	shop = gold(APPROVED)
	shop.on("1405-02-10")
	assert shop.club.review("m", shop.today, keep=True) is True
	assert shop.tier() == "gold"
	assert shop.account().promotions[-1].review_on == day("1406-02-01")
	assert shop.club.review("m", shop.today) is False


def test_a_manager_cannot_cut_the_days_of_grace_short() -> None:
	shop = gold(replace(APPROVED, grace_days=30))
	shop.on("1405-02-10")
	assert shop.club.review("m", shop.today) is False
	assert shop.tier() == "gold"
	shop.on("1405-02-31")
	assert shop.club.review("m", shop.today) is True
	assert shop.tier() == "bronze"


def test_reviews_that_waited_are_decided_in_time_order_when_they_no_longer_wait_for_a_manager() -> None:
	shop = gold(APPROVED)
	shop.on("1405-06-01")
	shop.buy(M)
	shop.change(tier_rules=TierRules())
	shop.account().due(shop.today)  # as the ledger wakes everybody whose review waited
	shop.on("1405-06-02")
	shop.buy(M)
	shop.on("1405-06-03")
	assert shop.tier() == "bronze"
	days = [change.day for change in shop.changes]
	assert days == sorted(days)


# ------------------------------------------------------------------------------------------ the score as metric

SCORES = (
	Tier("base", Decimal(0), Decimal(10), M),
	Tier("good", Decimal(3), Decimal(12), M),
	Tier("best", Decimal("4.5"), Decimal(15), M),
)


def scored(**more: object) -> Shop:
	return Shop(program(tiers=SCORES, tier_rules=TierRules(metric="lrfm", **more)), day("1404-02-01"))  # type: ignore[arg-type]


def test_a_score_lifts_at_once_and_a_lower_one_waits_for_the_review() -> None:
	shop = scored()
	shop.buy(M)
	assert shop.tier() == "base"
	assert shop.club.scored("m", shop.today, Decimal("4.5")) is True
	assert shop.tier() == "best"
	shop.wait(40)
	assert shop.club.scored("m", shop.today, Decimal("3.25")) is True
	assert shop.club.scored("m", shop.today, Decimal("3.25")) is False
	assert shop.tier() == "best"
	shop.on("1405-02-01")
	assert shop.tier() == "good"
	(review,) = [each for each in shop.changes if each.why == "review"]
	assert (review.value, review.threshold) == (Decimal("3.25"), Decimal("4.5"))


def test_goods_that_come_back_do_not_withdraw_a_tier_that_a_score_gave() -> None:
	shop = scored()
	sale = shop.buy(M)
	shop.club.scored("m", shop.today, Decimal(5))
	shop.bring_all(sale)
	shop.wait(30)
	assert shop.tier() == "best"


@pytest.mark.parametrize("rules", [GRACE, TierRules(metric="lrfm")])
def test_what_an_account_remembers_comes_back_equal(rules: TierRules) -> None:
	shop = gold(rules)
	shop.club.scored("m", shop.today, Decimal("3.75"))
	shop.on("1405-02-05")
	shop.settle()
	account = shop.account()
	again = Account("m", MemoryStore())
	records.restore_state(again, records.state_to(account))
	assert again.score == account.score == Decimal("3.75")
	assert again.promotions == account.promotions
	if rules is GRACE:
		assert again.promotions[-1].grace_until == day("1405-02-31")
