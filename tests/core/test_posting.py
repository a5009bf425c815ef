"""What a sale, a payment, a transfer and the passing of time do to a member."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import (
	DAY,
	LADDER,
	Earning,
	Expiry,
	M,
	Shop,
	Spending,
	Tier,
	TierRules,
	Window,
	day,
	line,
	program,
)

from loyalty_club.core import undo
from loyalty_club.core.errors import ClubError, RedemptionRefused
from loyalty_club.core.model import Caps, Purchase, Return

WHEN_PAID = Earning(award="when_paid")


def told(shop: Shop, who: str = "m") -> list[tuple[str, int]]:
	return [(entry.kind, int(entry.quantity)) for entry in shop.entries if entry.account == who]


# ------------------------------------------------------------------------------------------ at most once


def test_a_document_posted_twice_is_posted_once_and_the_second_time_writes_nothing() -> None:
	shop = Shop(program())
	sale = Purchase("S1", "m", DAY, (line("tea", 10 * M),))
	back = Return("R1", "m", DAY, (line("tea", 5 * M),), "S1")
	assert shop.club.sale(sale) is not None
	assert undo.bring_back(shop.club, back) is not None
	assert shop.club.transfer("T1", "m", "n", Decimal(10), DAY) is not None
	assert undo.cancel(shop.club, "R1", DAY, "X1") is True
	before = list(shop.entries), shop.account().total, shop.account().purchases
	assert shop.club.sale(sale) is None
	assert shop.club.sale(sale._replace(day=DAY + timedelta(days=900))) is None
	assert undo.bring_back(shop.club, back) is None
	assert shop.club.transfer("T1", "m", "n", Decimal(10), DAY) is None
	assert undo.cancel(shop.club, "R1", DAY, "X1") is False
	assert undo.cancel(shop.club, "S1", DAY, "X1") is False, "the name of the act is taken"
	assert (shop.entries, shop.account().total, shop.account().purchases) == before
	assert shop.account().clock == DAY


def test_a_refused_sale_can_be_posted_without_the_points() -> None:
	shop = Shop(program())
	wish = Purchase("S1", "m", DAY, (line("tea", M),), redeem=Decimal(5))
	with pytest.raises(RedemptionRefused):
		shop.club.sale(wish)
	assert shop.store.document("S1") is None
	assert shop.club.sale(wish._replace(redeem=Decimal(0))) is not None
	assert told(shop) == [("award", 10)]


@pytest.mark.parametrize("points", [-1, "0.5", 11])
def test_a_refused_sale_changes_nothing(points: str) -> None:
	shop = Shop(program())
	shop.buy(M)
	before = list(shop.entries), shop.account().total, shop.account().spent
	with pytest.raises(RedemptionRefused):
		shop.club.sale(Purchase("S9", "m", DAY, (line("tea", M),), redeem=Decimal(points)))
	assert (shop.entries, shop.account().total, shop.account().spent) == before


# ------------------------------------------------------------------------------------------ paid later


def test_a_credit_sale_earns_when_it_is_paid_and_once() -> None:
	shop = Shop(program(earning=WHEN_PAID, expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M, paid=False)
	assert (shop.entries, shop.balance()) == ([], 0)
	shop.wait(20)
	assert shop.club.pay(sale, shop.today) is True
	assert shop.club.pay(sale, shop.today) is False
	(lot,) = shop.account().lots.values()
	assert lot.awarded_on == lot.available_from == shop.today
	assert lot.expires_on == shop.today + timedelta(days=10), "counted from the payment"
	assert told(shop) == [("award", 100)]


def test_a_paid_sale_earns_at_once_also_where_credit_sales_wait() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M)
	assert shop.balance() == 100
	assert shop.club.pay(sale, shop.today) is False
	assert shop.balance() == 100


def test_a_credit_sale_earns_at_once_where_awards_are_on_submit() -> None:
	shop = Shop(program())
	shop.buy(10 * M, paid=False)
	assert shop.balance() == 100


def test_the_rate_of_a_credit_sale_is_that_of_the_day_it_was_sold() -> None:
	shop = Shop(program(tiers=LADDER, earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	shop.buy(60 * M)
	assert shop.tier() == "silver"
	shop.change(tiers=(Tier("bronze", Decimal(0), Decimal(99), M),))
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 600 + 100


def test_a_bounced_cheque_takes_the_points_and_a_new_payment_gives_them_anew() -> None:
	shop = Shop(program(earning=WHEN_PAID, expiry=Expiry("days", 30)))
	sale = shop.buy(10 * M, paid=False)
	assert shop.club.unpay(sale, shop.today, "B0") is False, "nothing to take yet"
	shop.club.pay(sale, shop.today)
	shop.wait(3)
	assert shop.club.unpay(sale, shop.today, "B1") is True
	assert shop.club.unpay(sale, shop.today, "B2") is False
	assert shop.balance() == 0
	shop.wait(4)
	assert shop.club.pay(sale, shop.today) is True
	(lot,) = shop.account().lots.values()
	assert (shop.balance(), lot.expires_on) == (100, shop.today + timedelta(days=30))
	assert told(shop) == [("award", 100), ("reverse", -100), ("award", 100)]
	shop.check()


def test_points_that_were_spent_before_the_cheque_bounced_are_a_deficit_until_it_is_paid() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M)
	shop.buy(line("x", 200_000), redeem=60)
	shop.bring(line("x", 200_000), against="S2")
	assert shop.balance() == 100
	shop.buy(line("x", 66_000, tax=Decimal(0)), redeem=60)
	assert shop.balance() == 40
	shop.club.unpay(sale, shop.today, "B1")
	assert shop.balance() == -60
	shop.club.pay(sale, shop.today)
	assert (shop.balance(), shop.account().deficit) == (40, 0)
	shop.check()


def test_points_that_expired_are_not_taken_when_the_cheque_bounces() -> None:
	shop = Shop(program(earning=WHEN_PAID, expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M)
	shop.wait(11)
	shop.club.unpay(sale, shop.today, "B1")
	assert shop.balance() == 0
	assert told(shop) == [("award", 100), ("expire", -100)]


@pytest.mark.parametrize(("share", "left"), [("0.5", 50), ("0.25", 75), ("1", 0)])
def test_what_came_back_before_the_payment_is_not_earned_by_it(share: str, left: int) -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	shop.bring_all(sale, Decimal(share))
	assert shop.entries == []
	shop.club.pay(sale, shop.today)
	assert (shop.balance(), shop.account().total.points) == (left, left)
	shop.check()


def test_the_rest_comes_back_after_the_payment() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	shop.bring_all(sale, Decimal("0.5"))
	shop.club.pay(sale, shop.today)
	shop.bring_all(sale, Decimal("0.5"))
	assert shop.balance() == 0
	shop.check()


def test_a_cancelled_credit_sale_earns_nothing_when_money_comes_after_all() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	shop.cancel(sale)
	assert shop.club.pay(sale, shop.today) is False
	assert shop.club.unpay(sale, shop.today, "B1") is False
	assert shop.entries == []


def test_a_sale_cancelled_after_its_cheque_bounced_takes_nothing_twice() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M)
	shop.club.unpay(sale, shop.today, "B1")
	shop.cancel(sale)
	assert shop.balance() == 0
	assert shop.account().total.points == 0


@pytest.mark.parametrize("document", ["S9", "R1", "T1"])
def test_only_a_sale_that_waits_can_be_paid(document: str) -> None:
	shop = Shop(program(earning=WHEN_PAID))
	shop.club.sale(Purchase("S1", "m", DAY, (line("tea", 10 * M),)))
	undo.bring_back(shop.club, Return("R1", "m", DAY, (line("tea", M),), "S1"))
	shop.club.transfer("T1", "m", "n", Decimal(1), DAY)
	assert shop.club.pay(document, DAY) is False
	assert shop.club.unpay(document, DAY, "B1") is False


def test_a_payment_that_reaches_a_tier_of_points_lifts_the_member() -> None:
	tiers = (Tier("a", Decimal(0), Decimal(10), M), Tier("b", Decimal(100), Decimal(10), M))
	rules = TierRules(metric="points_earned")
	shop = Shop(program(tiers=tiers, tier_rules=rules, earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	assert shop.tier() == "a"
	shop.club.pay(sale, shop.today)
	assert shop.tier() == "b"
	shop.club.unpay(sale, shop.today, "B1")
	shop.wait(8)
	assert shop.tier() == "a"


def test_a_payment_entered_late_whose_points_are_already_dead_gives_none_at_once() -> None:
	shop = Shop(program(earning=WHEN_PAID, expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M, paid=False)
	shop.wait(60)
	shop.buy(M)
	shop.club.pay(sale, DAY)
	assert shop.balance() == 10


# ------------------------------------------------------------------------------------------ pending


def test_pending_days_count_from_the_payment() -> None:
	shop = Shop(program(earning=Earning(award="when_paid", pending_days=14), expiry=Expiry("days", 30)))
	sale = shop.buy(10 * M, paid=False)
	shop.wait(5)
	shop.club.pay(sale, shop.today)
	(lot,) = shop.account().lots.values()
	assert (lot.awarded_on, lot.available_from) == (shop.today, shop.today + timedelta(days=14))
	assert lot.expires_on == shop.today + timedelta(days=44)


def test_a_pending_award_fills_the_deficit_on_release_and_not_before() -> None:
	shop = Shop(program(earning=Earning(pending_days=14)))
	first = shop.buy(10 * M)
	shop.wait(14)
	shop.buy(line("x", 100_000, tax=Decimal(0)), redeem=100)
	shop.bring_all(first)
	shop.buy(10 * M)
	shop.wait(13)
	shop.settle()
	assert (shop.account().deficit, shop.balance()) == (100, 0)
	shop.wait(1)
	shop.settle()
	assert (shop.account().deficit, shop.balance(), shop.available()) == (0, 0, 0)
	fills = [entry for entry in shop.entries if entry.kind == "fill"]
	assert [(entry.quantity, entry.day) for entry in fills] == [(-100, shop.today), (100, shop.today)]
	shop.check()


def test_a_pending_award_is_reversed_from_its_own_lot_before_it_is_released() -> None:
	shop = Shop(program(earning=Earning(pending_days=14)))
	shop.buy(10 * M)
	shop.wait(14)
	second = shop.buy(5 * M)
	shop.bring_all(second)
	assert (shop.balance(), shop.available()) == (100, 100)


# ------------------------------------------------------------------------------------------ time


def test_what_is_due_happens_on_its_own_day_however_late_one_looks() -> None:
	shop = Shop(program(expiry=Expiry("days", 10)))
	shop.buy(10 * M)
	shop.wait(5)
	shop.buy(5 * M)
	shop.wait(300)
	shop.settle()
	died = [(entry.day, entry.quantity) for entry in shop.entries if entry.kind == "expire"]
	assert died == [(DAY + timedelta(days=11), -100), (DAY + timedelta(days=16), -50)]
	assert shop.account().next_due == date.max
	before = list(shop.entries)
	shop.settle()
	assert shop.entries == before


def test_time_never_runs_backwards_for_a_member() -> None:
	shop = Shop(program())
	shop.buy(M)
	shop.club.advance(shop.account(), DAY + timedelta(days=9))
	shop.club.advance(shop.account(), DAY)
	assert shop.account().clock == DAY + timedelta(days=9)


# ------------------------------------------------------------------------------------------ backdated


def test_a_backdated_invoice_earns_at_the_tier_held_now_with_dates_of_its_own_day() -> None:
	shop = Shop(program(tiers=LADDER, expiry=Expiry("days", 90)))
	shop.buy(60 * M)
	shop.today = DAY - timedelta(days=20)
	posted = shop.sale(shop.buy(10 * M))
	assert (posted.tier, posted.awarded) == ("silver", 150)
	lot = shop.account().lots[posted.lot]
	assert (lot.awarded_on, lot.expires_on) == (shop.today, shop.today + timedelta(days=90))
	assert shop.account().day(shop.today).net == 10 * M


def test_what_a_backdated_invoice_earned_and_is_dead_by_now_is_awarded_and_expired_at_once() -> None:
	shop = Shop(program(expiry=Expiry("days", 10)), DAY)
	shop.wait(60)
	shop.buy(M)
	now = shop.today
	shop.today = DAY
	shop.buy(10 * M)
	assert [(entry.kind, int(entry.quantity), entry.day) for entry in shop.entries[1:]] == [
		("award", 100, DAY),
		("expire", -100, now),
	]
	assert shop.balance() == 10
	shop.check()


def test_dead_points_of_a_backdated_invoice_pay_no_deficit_and_living_ones_do() -> None:
	for life, deficit in ((10, 50), (100, 0)):
		shop = Shop(program(expiry=Expiry("days", life)), DAY + timedelta(days=60))
		sale = shop.buy(5 * M)
		shop.buy(line("x", 50_000, tax=Decimal(0)), redeem=50)
		shop.bring_all(sale)
		assert shop.account().deficit == 50
		shop.today = DAY
		shop.buy(10 * M)
		assert shop.account().deficit == deficit
		shop.check()


def test_a_backdated_invoice_may_lift_the_tier_from_today_on() -> None:
	shop = Shop(program(tiers=LADDER), DAY + timedelta(days=60))
	shop.buy(40 * M)
	shop.today = DAY
	shop.buy(10 * M)
	(change,) = shop.changes
	assert (change.after, change.day) == ("silver", DAY + timedelta(days=60))


def test_a_backdated_invoice_outside_the_window_lifts_nobody() -> None:
	shop = Shop(program(tiers=LADDER, tier_rules=TierRules(window=Window("rolling_months", 1))))
	shop.wait(60)
	shop.buy(40 * M)
	shop.today = DAY
	shop.buy(10 * M)
	assert shop.account().tier == "bronze"


def test_nothing_else_is_scored_again_by_a_backdated_invoice() -> None:
	shop = Shop(program(tiers=LADDER), DAY + timedelta(days=60))
	shop.buy(40 * M)
	shop.buy(10 * M - 1)
	before = list(shop.entries)
	shop.today = DAY
	shop.buy(20 * M)
	assert shop.entries[: len(before)] == before
	assert told(shop)[len(before) :] == [("award", 200)]


# ------------------------------------------------------------------------------------------ a new program


def test_points_keep_the_value_and_expiry_they_were_given_with() -> None:
	shop = Shop(program(expiry=Expiry("days", 60)))
	shop.buy(10 * M)
	shop.change(spending=Spending(Decimal(2500)), expiry=Expiry("days", 5))
	shop.wait(6)
	shop.buy(10 * M)
	old, new = shop.account().lots.values()
	assert (old.value, old.expires_on) == (1000, DAY + timedelta(days=60))
	assert (new.value, new.expires_on) == (2500, DAY + timedelta(days=11))
	posted = shop.sale(shop.buy(10 * M, redeem=150))
	assert [(lot.value, points) for lot, points in posted.spent] == [(2500, 100), (1000, 50)]


def test_the_amount_payable_counts_each_point_at_its_own_value() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	shop.change(spending=Spending(Decimal(2000)))
	shop.buy(10 * M)
	rows = line("x", 300_000, tax=Decimal(0))
	shop.club.sale(Purchase("ok", "m", DAY, (rows,), redeem=Decimal(200)))
	with pytest.raises(RedemptionRefused):
		shop.club.sale(Purchase("no", "m", DAY, (line("x", 1000, tax=Decimal(0)),), redeem=Decimal(3)))


# ------------------------------------------------------------------------------------------ transfer


def two(expiry: Expiry | None = None) -> Shop:
	"""m has 100 points, n none."""
	shop = Shop(program(expiry=expiry or Expiry("days", 40), spending=Spending(Decimal(1500))))
	shop.buy(10 * M)
	return shop


def test_a_transfer_keeps_value_dates_and_origin_of_each_lot() -> None:
	shop = two()
	shop.wait(5)
	shop.change(spending=Spending(Decimal(9000)))
	shop.buy(2 * M)
	shop.club.transfer("T1", "m", "n", Decimal(110), shop.today)
	first, second = shop.account("n").lots.values()
	assert (first.remaining, first.value, first.root) == (100, 1500, "m-1")
	assert (first.awarded_on, first.expires_on) == (DAY, DAY + timedelta(days=40))
	assert (second.remaining, second.value, second.root) == (10, 9000, "m-2")
	assert (shop.balance("m"), shop.balance("n")) == (10, 110)
	assert [(e.kind, e.quantity, e.reason.code) for e in shop.entries[2:]] == [
		("transfer", -100, "transfer_out"),
		("transfer", -10, "transfer_out"),
		("transfer", 100, "transfer_in"),
		("transfer", 10, "transfer_in"),
	]
	shop.check()


def test_points_received_die_on_the_day_the_giver_would_have_lost_them() -> None:
	shop = two()
	shop.wait(30)
	shop.club.transfer("T1", "m", "n", Decimal(100), shop.today)
	shop.wait(10)
	assert shop.available("n") == 100
	shop.wait(1)
	assert shop.available("n") == 0


def test_points_received_pay_the_receivers_deficit() -> None:
	shop = two()
	sale = shop.buy(3 * M, who="n")
	shop.buy(line("x", 45_000, tax=Decimal(0)), redeem=30, who="n")
	shop.bring_all(sale, who="n")
	shop.club.transfer("T1", "m", "n", Decimal(100), shop.today)
	assert (shop.balance("n"), shop.account("n").deficit) == (70, 0)
	shop.check()


@pytest.mark.parametrize(
	("points", "to", "code"),
	[
		("101", "n", "not_enough_points"),
		("0", "n", "not_a_quantity"),
		("-5", "n", "not_a_quantity"),
		("0.5", "n", "not_a_quantity"),
		("10", "m", "transfer_to_self"),
	],
)
def test_a_transfer_that_cannot_be_is_refused_and_moves_nothing(points: str, to: str, code: str) -> None:
	shop = two()
	before = list(shop.entries)
	with pytest.raises(ClubError) as refused:
		shop.club.transfer("T1", "m", to, Decimal(points), shop.today)
	assert refused.value.code == code
	assert shop.entries == before
	assert shop.store.document("T1") is None


def test_a_refused_transfer_makes_nobody_a_member() -> None:
	shop = two()
	with pytest.raises(ClubError):
		shop.club.transfer("T1", "m", "typo", Decimal(101), shop.today)
	assert shop.account("typo").joined is None


def test_a_refused_sale_makes_nobody_a_member() -> None:
	shop = Shop(program())
	with pytest.raises(RedemptionRefused):
		shop.buy(M, redeem=1, who="new")
	assert shop.account("new").joined is None


def test_pending_points_cannot_be_transferred() -> None:
	shop = Shop(program(earning=Earning(pending_days=3)))
	shop.buy(10 * M)
	with pytest.raises(ClubError) as refused:
		shop.club.transfer("T1", "m", "n", Decimal(1), shop.today)
	assert refused.value.facts == {"wanted": 1, "available": 0}


def test_a_return_takes_what_was_transferred_before_other_points() -> None:
	shop = two(Expiry())
	shop.buy(10 * M, who="n")
	shop.club.transfer("T1", "m", "n", Decimal(60), shop.today)
	shop.buy(5 * M)
	back = shop.bring_all("S1")
	assert [(lot.account, lot.root, points) for lot, points in back.taken if lot] == [
		("m", "m-1", 40),
		("n", "m-1", 60),
	]
	assert (shop.balance("m"), shop.balance("n")) == (50, 100)
	shop.check()


def test_what_the_receiver_spent_is_taken_from_the_givers_other_points_and_then_is_the_givers_deficit() -> (
	None
):
	shop = two(Expiry())
	shop.club.transfer("T1", "m", "n", Decimal(60), shop.today)
	shop.buy(line("x", 90_000, tax=Decimal(0)), redeem=60, who="n")
	shop.buy(5 * M)
	shop.bring_all("S1")
	assert (shop.balance("m"), shop.account("m").deficit, shop.balance("n")) == (-10, 10, 0)
	shop.check()


def test_points_that_went_on_to_a_third_member_are_found_too() -> None:
	shop = two(Expiry())
	shop.club.transfer("T1", "m", "n", Decimal(60), shop.today)
	shop.club.transfer("T2", "n", "o", Decimal(45), shop.today)
	shop.bring_all("S1")
	assert [shop.balance(who) for who in "mno"] == [0, 0, 0]
	shop.check()


def test_idle_points_received_are_not_kept_alive_by_a_purchase_that_all_came_back() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 2)), day("1404-02-01"))
	shop.buy(10 * M)
	shop.club.transfer("T1", "m", "n", Decimal(100), shop.today)
	shop.on("1404-03-20")
	shop.bring_all(shop.buy(M, who="n"), who="n")
	shop.on("1404-04-01")
	assert shop.available("n") == 100
	shop.on("1404-04-02")
	assert shop.available("n") == 0


def test_idle_points_forget_a_returned_purchase_also_under_a_program_that_knows_no_idleness() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 1)), day("1404-02-01"))
	shop.buy(10 * M)
	shop.on("1404-02-20")
	sale = shop.buy(M)
	shop.change(expiry=Expiry("days", 500))
	shop.bring_all(sale)
	shop.on("1404-03-02")
	assert shop.available() == 0


# ------------------------------------------------------------------------------------------ adjustment


def test_an_opening_balance_can_be_spent_and_counts_for_no_tier_and_no_cap() -> None:
	rules = TierRules(metric="points_earned", window=Window("lifetime"))
	shop = Shop(program(earning=Earning(caps=Caps(member=Decimal(10))), tier_rules=rules))
	shop.club.adjust("A1", "m", Decimal(500), shop.today, "opening balance")
	assert shop.available() == 500
	assert shop.account().total.points == 0
	shop.buy(10 * M)
	assert shop.balance() == 510


def test_an_adjustment_is_posted_once_and_undone_as_far_as_its_points_have_not_expired() -> None:
	shop = Shop(program(expiry=Expiry("days", 30)))
	shop.club.adjust("A1", "m", Decimal(100), shop.today, "gift", shop.today + timedelta(days=5))
	assert shop.club.adjust("A1", "m", Decimal(100), shop.today, "gift") is None
	shop.buy(10 * M, redeem=60)
	shop.wait(6)
	shop.settle()
	assert shop.cancel("A1")
	assert shop.balance() == 99 - 60
	assert not shop.cancel("A1")
	shop.check()


def test_taking_more_than_there_is_leaves_a_deficit_and_cancelling_it_gives_all_back() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	shop.club.adjust("A1", "m", Decimal(-130), shop.today, "typing error")
	assert (shop.balance(), shop.account().deficit) == (-30, 30)
	assert shop.cancel("A1")
	assert (shop.balance(), shop.account().deficit) == (100, 0)


def test_an_adjustment_of_nothing_or_of_parts_of_points_is_refused() -> None:
	shop = Shop(program())
	for points in ("0", "0.5"):
		with pytest.raises(ClubError):
			shop.club.adjust("A1", "m", Decimal(points), shop.today, "?")
	assert shop.entries == []


# ------------------------------------------------------------------------------------------ merging


def test_merging_leaves_one_member_with_both_balances_purchases_and_the_tier_they_give_together() -> None:
	shop = Shop(program(tiers=LADDER))
	shop.buy(30 * M, who="m")
	shop.buy(30 * M, who="n")
	assert (shop.tier(), shop.balance("m"), shop.balance("n")) == ("bronze", 300, 300)
	assert shop.club.merge("X1", "n", "m", shop.today)
	assert not shop.club.merge("X1", "n", "m", shop.today)
	assert (shop.balance("m"), shop.balance("n")) == (600, 0)
	assert (shop.account().total.net, shop.account().purchases, shop.account().visits) == (60 * M, 2, 1)
	assert shop.tier() == "silver"
	shop.check()


def test_a_later_return_of_the_merged_members_invoice_finds_its_points_and_gives_back_what_paid() -> None:
	shop = Shop(program())
	shop.buy(20 * M, who="n")
	spent = shop.buy(10 * M, who="n", redeem=100)
	shop.club.merge("X1", "n", "m", shop.today)
	assert shop.balance("m") == 200 - 100 + 99
	shop.bring_all(spent, who="n")
	assert (shop.balance("m"), shop.balance("n"), shop.account().deficit) == (200, 0, 0)
	back = shop.bring(line("thing", 20 * M), who="m")
	assert back.claimed == ["S1"]
	assert shop.balance("m") == 0
	shop.check()


def test_a_merged_members_debt_goes_along_and_the_others_points_pay_it() -> None:
	shop = Shop(program())
	first = shop.buy(10 * M, who="n")
	shop.buy(M, who="n", redeem=100)
	shop.bring_all(first, who="n")
	assert shop.account("n").deficit > 0
	owed = shop.account("n").deficit
	shop.buy(100 * M, who="m")
	shop.club.merge("X1", "n", "m", shop.today)
	assert (shop.balance("m"), shop.account("m").deficit) == (1000 - owed, 0)
	assert (shop.balance("n"), shop.account("n").deficit) == (0, 0)
	shop.check()


def test_a_member_cannot_be_merged_with_the_one_they_already_became() -> None:
	shop = Shop(program())
	shop.buy(M, who="n")
	shop.buy(M, who="m")
	shop.club.merge("X1", "n", "m", shop.today)
	with pytest.raises(ClubError):
		shop.club.merge("X2", "n", "m", shop.today)
	with pytest.raises(ClubError):
		shop.club.transfer("T1", "n", "m", Decimal(1), shop.today)
