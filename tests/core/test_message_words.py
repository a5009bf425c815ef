"""Messages in words: both languages, every kind, every part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args, get_type_hints

import pytest
from tables import assert_both_languages_say_the_same

from loyalty_club import persian
from loyalty_club.core import message_words
from loyalty_club.core.message_words import say, title
from loyalty_club.core.model import TierRules
from loyalty_club.core.words import Style

N = Decimal
LAST = date(2026, 5, 31)
EN, FA = Style("en"), Style("fa", "jalali", persian.TOMAN, {"Gold": "طلایی", "Silver": "نقره‌ای"})


@pytest.mark.parametrize("table", ["TITLES", "SENTENCES", "WALLETS", "MISSING"])
def test_both_languages_say_the_same(table: str) -> None:
	assert_both_languages_say_the_same(getattr(message_words, table))


def test_parts_are_there_in_both_languages_too() -> None:
	assert_both_languages_say_the_same({"worth": message_words.WORTH, "grace": message_words.GRACE})


def test_every_kind_has_a_title_and_a_sentence() -> None:
	assert set(message_words.TITLES) == set(message_words.SENTENCES)
	assert title("points_expiring", "fa") == "امتیازِ رو به انقضا"
	assert title("not yet known", "en") == "not yet known"


def test_every_metric_of_a_tier_says_what_is_missing() -> None:
	assert set(message_words.MISSING) == set(get_args(get_type_hints(TierRules)["metric"]))


def test_points_with_their_worth_and_without() -> None:
	facts = {"points": N(1200), "value": N(1_200_000), "last_day": LAST}
	assert say("points_expiring", facts, EN) == (
		"1,200 of your points (worth 1,200,000 rial) expire: they can be spent through 2026-05-31."
	)
	assert say("points_expiring", facts, FA) == (
		"۱٬۲۰۰ امتیازِ شما (به ارزش ۱۲۰٬۰۰۰ تومان) رو به انقضاست: تا پایان ۱۴۰۵/۰۳/۱۰ می‌توانید خرجش کنید."
	)
	nothing = say("points_expiring", {**facts, "value": N(0)}, EN)
	assert nothing == "1,200 of your points expire: they can be spent through 2026-05-31."


@pytest.mark.parametrize(
	("metric", "missing", "en", "fa"),
	[
		("net_spend", N(3_000_000), "buy for 3,000,000 rial more", "۳۰۰٬۰۰۰ تومان دیگر خرید کنید"),
		("points_earned", N("12.5"), "earn 12.5 more points", "۱۲٫۵ امتیاز دیگر به دست آورید"),
		("visits", N(2), "come and buy on 2 more days", "۲ روز دیگر برای خرید بیایید"),
		("lrfm", N("0.25"), "raise your score by 0.25", "نمره‌تان را ۰٫۲۵ بالاتر ببرید"),
	],
)
def test_a_tier_at_risk_by_each_metric(metric: str, missing: Decimal, en: str, fa: str) -> None:
	facts: dict[str, object] = {
		"tier": "Gold",
		"after": "Silver",
		"metric": metric,
		"missing": missing,
		"until": LAST,
	}
	assert (
		say("tier_at_risk", facts, EN)
		== f"To stay in Gold, {en} by 2026-05-31; otherwise you move to Silver."
	)
	assert fa in say("tier_at_risk", facts, FA)
	assert "طلایی" in say("tier_at_risk", facts, FA)
	told = say("tier_at_risk", {**facts, "after": "", "grace": date(2026, 6, 10)}, EN)
	assert told.endswith("otherwise you move to no tier. After that you still have until 2026-06-10.")
