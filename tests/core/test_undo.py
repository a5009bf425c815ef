"""Returns and cancellations, the moving half: what they reverse, restore and refund, and how they are undone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

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
	ReturnRules,
	Shop,
	Spending,
	Tier,
	TierRules,
	When,
	day,
	line,
	program,
)

from loyalty_club.core.model import Counted

WHEN_PAID = Earning(award="when_paid")
TRIPLE_TODAY = Earning(rules=(EarnRule("triple", multiply=Decimal(3), when=When(to_date=DAY)),))


def untaxed(item: str, net: int) -> object:
	return line(item, net, tax=Decimal(0))


def spend(shop: Shop, points: int, who: str = "m") -> str:
	"""Pays an invoice wholly by points, so that it earns none."""
	return shop.buy(untaxed("filler", points * 1000), redeem=points, who=who)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ with the invoice


def test_a_return_under_a_new_program_reverses_what_was_posted() -> None:
	shop = Shop(program(earning=TRIPLE_TODAY))
	sale = shop.buy(10 * M)
	shop.wait(1)
	shop.change(
		tiers=(Tier("member", Decimal(0), Decimal(1), M),),
		earning=Earning(exclude=Items(items=frozenset({"thing"}))),
		spending=Spending(Decimal(9000), not_payable=Items(items=frozenset({"thing"}))),
	)
	back = shop.bring_all(sale, Decimal("0.5"))
	assert shop.balance() == 150
	assert [(points, lot.value) for lot, points in back.taken if lot] == [(150, 1000)]


def test_the_parts_of_a_return_are_rounded_half_up_on_the_whole() -> None:
	shop = Shop(program())
	sale = shop.buy(line("thing", 500_000, qty=4))
	taken = []
	for _ in range(4):
		back = shop.bring_all(sale, Decimal("0.25"))
		taken.append(int(sum(points for _, points in back.taken)))
	assert taken == [1, 2, 1, 1], "1.25, 2.5, 3.75 and 5 half-up are 1, 3, 4 and 5"


def test_reversal_takes_the_own_lot_then_others_in_spend_order_then_a_deficit() -> None:
	shop = Shop(program(expiry=Expiry("days", 60)))
	sale = shop.buy(10 * M)
	spend(shop, 90)
	shop.change(expiry=Expiry())
	shop.buy(2 * M)
	shop.change(expiry=Expiry("days", 5))
	shop.buy(3 * M)
	back = shop.bring_all(sale)
	assert [(lot.id if lot else None, points) for lot, points in back.taken] == [
		("m-1", 10),
		("m-4", 30),
		("m-3", 20),
		(None, 40),
	]
	assert shop.account().deficit == 40
	shop.check()


@pytest.mark.parametrize(("share", "balance"), [("0.5", -10), ("1", -60)])
def test_what_expired_is_never_taken_also_in_parts(share: str, balance: int) -> None:
	shop = Shop(program(expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M)
	spend(shop, 60)
	shop.wait(11)
	shop.bring_all(sale, Decimal(share))
	assert shop.balance() == balance
	if share == "0.5":
		shop.bring(line("thing", 5 * M), against=sale)
		assert shop.balance() == -60
	shop.check()


def test_points_that_were_restored_and_then_expired_are_not_taken_either() -> None:
	shop = Shop(program(expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M)
	other = spend(shop, 60)
	shop.wait(11)
	shop.bring_all(other)
	shop.wait(31)
	assert shop.available() == 0
	shop.bring_all(sale)
	assert shop.balance() == 0
	shop.check()


def test_a_return_of_more_than_was_bought_takes_the_rest_at_the_present_rate() -> None:
	shop = Shop(program(earning=TRIPLE_TODAY))
	sale = shop.buy(line("A", 10 * M, qty=2))
	shop.wait(1)
	back = shop.bring(line("A", 15 * M, qty=3), against=sale)
	assert shop.balance() == 300 - 300 - 50
	assert sum(amount for _, amount in back.money) == Decimal(16_500_000)
	assert shop.account().total.net == -5 * M
	shop.check()


def test_a_return_of_more_than_was_bought_looks_at_other_purchases_of_the_item_first() -> None:
	shop = Shop(program(earning=TRIPLE_TODAY))
	shop.buy(line("A", 5 * M))
	shop.wait(1)
	second = shop.buy(line("A", 10 * M, qty=2))
	shop.bring(line("A", 15 * M, qty=3), against=second)
	assert shop.balance() == 0
	assert shop.account().total.net == 0


@pytest.mark.parametrize("against", ["S1", "unknown", "R9", "T1"])
def test_a_return_against_what_is_not_the_members_own_sale_counts_as_one_without(against: str) -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", 10 * M))
	assert sale == "S1"
	shop.club.transfer("T1", "m", "o", Decimal(1), shop.today)
	shop.buy(line("A", 2 * M), who="n")
	back = shop.bring(line("A", 2 * M), against=against, who="n")
	assert (shop.balance("m"), shop.balance("n")) == (99, 0)
	assert shop.sale(sale).returned == [0]
	assert back.restored == ()
	assert back.money == (("", Decimal(2_200_000)),)
	shop.check()


def test_a_return_by_somebody_who_never_bought_owes_the_present_rate() -> None:
	shop = Shop(program())
	shop.bring(line("A", 3 * M), who="stranger")
	assert shop.balance("stranger") == -30
	assert shop.account("stranger").deficit == 30
	shop.check()


def test_a_return_against_a_cancelled_sale_finds_nothing_of_it() -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", 3 * M))
	shop.cancel(sale)
	shop.bring(line("A", 3 * M), against=sale)
	assert shop.balance() == -30


def test_a_return_at_no_price_gives_no_money_back() -> None:
	shop = Shop(program())
	sale = shop.buy(M)
	back = shop.bring(line("thing", 0), against=sale)
	assert sum(amount for _, amount in back.money) == 0


# ------------------------------------------------------------------------------------------ without the invoice


def test_without_the_invoice_the_best_rate_goes_first_and_what_was_paid_by_points_stays_paid() -> None:
	shop = Shop(program(earning=TRIPLE_TODAY))
	shop.buy(line("seed", 10 * M))
	shop.buy(line("A", M), redeem=110)
	shop.wait(1)
	shop.buy(line("A", M))
	start = shop.balance()
	back = shop.bring(line("A", M))
	assert start - shop.balance() == 27, "30 less a tenth that points had paid"
	assert back.restored == ()
	assert back.money == (("", Decimal(1_100_000)),)


@pytest.mark.parametrize(("days", "taken"), [(30, 300), (31, 100)])
def test_a_purchase_longer_ago_than_the_lookback_is_not_found(days: int, taken: int) -> None:
	shop = Shop(program(earning=TRIPLE_TODAY, returns=ReturnRules(lookback_days=30)))
	shop.buy(line("A", 10 * M))
	shop.wait(days)
	shop.bring(line("A", 10 * M))
	assert shop.balance() == 300 - taken


def test_the_present_rate_is_that_of_the_members_tier_without_bonus_and_on_the_base() -> None:
	rules = program(
		tiers=LADDER,
		earning=Earning(base="with_tax", exclude=Items(brands=frozenset({"X"})), rules=TRIPLE_TODAY.rules),
	)
	shop = Shop(rules)
	shop.buy(line("seed", 50 * M))
	assert shop.tier() == "silver"
	before = shop.balance()
	shop.bring(line("A", 10 * M), line("B", 10 * M, brand="X"))
	assert before - shop.balance() == 165


def test_a_part_of_what_was_bought_claims_its_part() -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", 12 * M, qty=4))
	shop.bring(line("A", 3 * M, qty=1))
	assert shop.sale(sale).matched == [Fraction(1, 4)]
	assert shop.balance() == 90


def test_the_invoice_takes_precedence_over_a_return_without_it_and_the_claim_moves_on() -> None:
	shop = Shop(program(earning=TRIPLE_TODAY))
	first = shop.buy(line("A", 10 * M))
	shop.wait(1)
	second = shop.buy(line("A", 10 * M))
	shop.bring(line("A", 10 * M))
	assert (shop.balance(), shop.sale(first).matched) == (100, [1])
	shop.bring(line("A", 10 * M), against=first)
	assert (shop.sale(first).matched, shop.sale(second).matched) == ([0], [1])
	assert shop.balance() == 0
	shop.check()


def test_a_claim_that_moves_on_takes_no_sales_from_the_member_again() -> None:
	"""The goods were subtracted when they came back; moving the claim to the other purchase moves points only."""
	shop = Shop(program())
	shop.buy(line("A", 10 * M))
	shop.wait(1)
	second = shop.buy(line("A", 10 * M))
	shop.bring(line("A", 10 * M))
	shop.bring(line("A", 10 * M), against=second)
	assert shop.balance() == 0
	assert shop.account().total.net == 0


def test_a_claim_that_moves_on_when_a_sale_is_cancelled_does_not_say_the_other_was_cancelled() -> None:
	shop = Shop(program())
	shop.buy(line("A", 10 * M))
	shop.wait(1)
	second = shop.buy(line("A", 10 * M))
	shop.bring(line("A", 10 * M))
	shop.cancel(second)
	last = shop.entries[-1]
	assert (last.quantity, last.reason.facts["document"]) == (-100, "S1")
	assert last.reason.code == "returned"


# ------------------------------------------------------------------------------------------ what paid for it


def test_points_of_two_values_come_back_into_their_lots() -> None:
	shop = Shop(program(spending=Spending(Decimal(1500))))
	shop.buy(10 * M)
	shop.change(spending=Spending(Decimal(2000)))
	shop.wait(1)
	shop.buy(10 * M)
	sale = shop.buy(line("A", 700_000), line("B", 300_000), redeem=147)
	assert [(lot.value, points) for lot, points in shop.sale(sale).spent] == [(1500, 100), (2000, 47)]
	shop.change(spending=Spending(Decimal(5000)))
	first = shop.bring(line("B", 300_000), against=sale)
	assert [(lot.value, points) for lot, points in first.restored] == [(2000, 14), (1500, 30)]
	assert first.money == (("", Decimal(330_000 - 14 * 2000 - 30 * 1500)),)
	last = shop.bring(line("A", 700_000), against=sale)
	assert [(lot.value, points) for lot, points in last.restored] == [(2000, 33), (1500, 70)]
	assert last.money == (("", Decimal(770_000 - 33 * 2000 - 70 * 1500)),)
	assert first.rounding + last.rounding == 0
	shop.check()


@pytest.mark.parametrize(("restore", "lives"), [(30, 30), (10, 20), (0, 20)])
def test_restored_points_keep_their_own_expiry_but_live_a_while(restore: int, lives: int) -> None:
	shop = Shop(program(expiry=Expiry("days", 40), returns=ReturnRules(restore_days=restore)))
	shop.buy(10 * M)
	sale = spend(shop, 100)
	shop.wait(20)
	shop.bring_all(sale)
	shop.wait(lives)
	assert shop.available() == 100
	shop.wait(1)
	assert shop.available() == 0


def test_points_restored_to_an_idle_lot_live_a_while_though_the_purchase_is_forgotten() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 2)), day("1404-01-01"))
	shop.buy(10 * M)
	shop.on("1404-02-25")
	sale = shop.buy(M, redeem=50)
	shop.wait(1)
	shop.bring_all(sale)
	shop.on("1404-03-01")
	assert shop.available() == 100
	shop.on("1404-03-25")
	assert shop.available() == 50


def test_the_deficit_a_return_leaves_is_paid_by_the_points_it_restores() -> None:
	shop = Shop(program())
	first = shop.buy(10 * M)
	second = spend(shop, 100)
	shop.bring_all(first)
	assert shop.balance() == -100
	shop.bring_all(second)
	assert (shop.balance(), shop.account().deficit) == (0, 0)
	shop.check()


# ------------------------------------------------------------------------------------------ cancelling a sale


def test_a_cancelled_sale_leaves_nothing_of_its_own() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	before = shop.account().total
	sale = shop.buy(line("A", 2 * M), line("B", M), redeem=100)
	assert shop.cancel(sale) is True
	assert shop.balance() == 100
	assert shop.account().total == before
	assert [entry.reason.code for entry in shop.entries if entry.source == "X3"] == [
		"cancelled",
		"restored_cancelled",
	]
	assert shop.cancel(sale) is False
	shop.check()


def test_a_sale_cancelled_after_a_part_came_back_undoes_the_rest() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	sale = shop.buy(4 * M, redeem=100)
	shop.bring_all(sale, Decimal("0.25"))
	shop.cancel(sale)
	assert shop.balance() == 100
	assert shop.account().total.net == 10 * M
	shop.check()


def test_a_sale_cancelled_after_its_points_were_spent_leaves_a_deficit() -> None:
	shop = Shop(program())
	sale = shop.buy(10 * M)
	spend(shop, 70)
	shop.cancel(sale)
	assert (shop.balance(), shop.account().deficit) == (-70, 70)


def test_a_cancelled_sale_takes_back_what_was_transferred() -> None:
	shop = Shop(program())
	sale = shop.buy(10 * M)
	shop.club.transfer("T1", "m", "n", Decimal(80), shop.today)
	shop.cancel(sale)
	assert (shop.balance("m"), shop.balance("n")) == (0, 0)
	shop.check()


def test_what_was_never_done_cannot_be_cancelled() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	assert shop.cancel("nothing") is False


# ------------------------------------------------------------------------------------------ cancelling a transfer


def given(points: int = 80, expiry: Expiry | None = None) -> Shop:
	"""m earned 100 points and gave n some of them."""
	shop = Shop(program(expiry=expiry or Expiry("days", 40)))
	shop.buy(10 * M)
	shop.wait(5)
	assert shop.club.transfer("T1", "m", "n", Decimal(points), shop.today) is not None
	return shop


def test_a_cancelled_transfer_comes_back_to_its_own_lot() -> None:
	shop = given()
	assert shop.cancel("T1") is True
	(lot,) = shop.account("m").lots.values()
	assert (lot.id, lot.remaining, lot.expires_on) == ("m-1", 100, DAY + timedelta(days=40))
	assert (shop.balance("n"), shop.account("m").given.in_month) == (0, 0)
	assert [(e.account, e.kind, e.quantity) for e in shop.entries[-2:]] == [
		("n", "transfer", -80),
		("m", "transfer", 80),
	]
	assert shop.cancel("T1") is False
	shop.check()


def test_what_the_receiver_has_spent_of_a_cancelled_transfer_is_the_receivers_deficit() -> None:
	shop = given()
	shop.buy(line("x", 50_000, tax=Decimal(0)), redeem=50, who="n")
	shop.cancel("T1")
	assert (shop.balance("m"), shop.balance("n"), shop.account("n").deficit) == (100, -50, 50)
	shop.check()


def test_the_receivers_other_points_pay_what_is_missing_of_a_cancelled_transfer() -> None:
	shop = given()
	shop.buy(line("x", 50_000, tax=Decimal(0)), redeem=50, who="n")
	shop.buy(3 * M, who="n")
	shop.cancel("T1")
	assert (shop.balance("m"), shop.balance("n"), shop.account("n").deficit) == (100, -20, 20)
	shop.check()


def test_what_has_died_at_the_receiver_does_not_come_back() -> None:
	shop = given()
	shop.buy(line("x", 50_000, tax=Decimal(0)), redeem=50, who="n")
	shop.wait(50)
	shop.cancel("T1")
	assert [(e.account, e.kind, e.quantity) for e in shop.entries[-3:]] == [
		("n", "transfer", -50),
		("m", "transfer", 50),
		("m", "expire", -50),
	]
	assert (shop.available("m"), shop.account("n").deficit) == (0, 50)
	shop.check()


def test_what_a_return_of_the_givers_goods_took_is_not_asked_for_again() -> None:
	shop = given()
	back = shop.bring_all("S1")
	assert (shop.balance("m"), shop.balance("n")) == (0, 0)
	shop.cancel("T1")
	assert (shop.balance("m"), shop.balance("n"), shop.account("n").deficit) == (0, 0, 0)
	shop.cancel(back.id)
	assert (shop.balance("m"), shop.balance("n")) == (100, 0), "the transfer is undone: they are the giver's"
	shop.check()


def test_a_return_after_a_cancelled_transfer_takes_from_the_giver_alone() -> None:
	shop = given()
	shop.cancel("T1")
	shop.buy(2 * M, who="n")
	back = shop.bring_all("S1")
	assert [(lot.account, points) for lot, points in back.taken if lot] == [("m", 100)]
	assert (shop.balance("m"), shop.balance("n")) == (0, 20)


def test_points_given_on_and_undone_in_turn_are_where_they_began() -> None:
	shop = given()
	shop.club.transfer("T2", "n", "o", Decimal(60), shop.today)
	back = shop.bring_all("S1")
	assert [shop.balance(who) for who in "mno"] == [0, 0, 0]
	shop.cancel("T2")
	shop.cancel("T1")
	assert [shop.balance(who) for who in "mno"] == [0, 0, 0]
	shop.cancel(back.id)
	assert [shop.balance(who) for who in "mno"] == [100, 0, 0]
	shop.check()


def test_who_gave_on_what_is_taken_back_owes_it() -> None:
	shop = given()
	shop.club.transfer("T2", "n", "o", Decimal(60), shop.today)
	shop.cancel("T1")
	assert [shop.balance(who) for who in "mno"] == [100, -60, 60]
	shop.check()


def test_a_cancelled_transfer_to_who_became_the_giver_moves_nothing() -> None:
	shop = given()
	shop.club.merge("M1", "n", "m", shop.today)
	assert shop.cancel("T1") is True
	assert shop.balance("m") == 100
	shop.check()


def test_a_cancelled_transfer_is_taken_from_whom_the_receiver_became() -> None:
	shop = given()
	shop.buy(line("x", 30_000, tax=Decimal(0)), redeem=30, who="n")
	shop.club.merge("M1", "n", "o", shop.today)
	shop.cancel("T1")
	assert (shop.balance("m"), shop.balance("o"), shop.account("o").deficit) == (100, -30, 30)
	shop.check()


def test_a_cancelled_transfer_pays_the_givers_deficit() -> None:
	shop = given(100)
	shop.bring(line("A", 4 * M))
	assert shop.account("m").deficit == 40
	shop.cancel("T1")
	assert (shop.balance("m"), shop.account("m").deficit) == (60, 0)
	shop.check()


def test_a_cancellation_cannot_be_cancelled() -> None:
	shop = Shop(program())
	sale = shop.buy(10 * M)
	shop.cancel(sale)
	assert shop.cancel("X2") is False
	back = shop.bring(line("A", M))
	shop.cancel(back.id)
	assert shop.cancel(shop.name("X")) is False
	assert shop.balance() == 0


@pytest.mark.parametrize("seen", [True, False])
def test_points_that_died_at_another_member_are_not_taken_nor_given_back_whether_or_not_the_night_job_ran(
	seen: bool,
) -> None:
	"""Invariant 6: when somebody looked at the receiver is nothing that a replay knows."""
	shop = Shop(program(expiry=Expiry("days", 10)))
	sale = shop.buy(10 * M)
	shop.club.transfer("T1", "m", "n", Decimal(100), shop.today)
	shop.wait(20)
	if seen:
		shop.settle()
	back = shop.bring_all(sale, Decimal("0.5"))
	assert not back.taken
	shop.cancel(back.id)
	assert shop.available("n") == 0


# ------------------------------------------------------------------------------------------ cancelling a return


def test_a_cancelled_return_gives_back_what_it_took_and_takes_what_it_restored() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	sale = shop.buy(line("A", 2 * M), line("B", M), redeem=100)
	state = shop.balance(), shop.account().total, shop.account().purchases
	back = shop.bring(line("A", 2 * M), against=sale)
	assert shop.balance() != state[0]
	assert shop.cancel(back.id) is True
	assert (shop.balance(), shop.account().total, shop.account().purchases) == state
	posted = shop.sale(sale)
	assert (posted.returned, posted.reversed, posted.restored, posted.refunded) == ([0, 0], 0, [0], [0])
	assert shop.cancel(back.id) is False
	again = shop.bring(line("A", 2 * M), against=sale)
	assert (again.taken, again.money) == (back.taken, back.money)
	shop.check()


def test_a_cancelled_return_after_later_awards_paid_its_deficit_gives_living_points() -> None:
	shop = Shop(program(expiry=Expiry("days", 20)))
	sale = shop.buy(10 * M)
	spend(shop, 100)
	back = shop.bring_all(sale)
	assert shop.account().deficit == 100
	shop.wait(15)
	shop.buy(6 * M)
	assert (shop.balance(), shop.account().deficit) == (-40, 40)
	shop.cancel(back.id)
	assert (shop.balance(), shop.account().deficit, shop.available()) == (60, 0, 60)
	(lot,) = shop.account().lots.values()
	assert (lot.root, lot.expires_on) == ("m-1", shop.today + timedelta(days=30))
	shop.check()


def test_a_cancelled_return_of_goods_never_bought_gives_points_as_if_awarded_today() -> None:
	shop = Shop(program(expiry=Expiry("days", 50)))
	back = shop.bring(line("A", 10 * M))
	shop.wait(3)
	shop.buy(10 * M)
	assert shop.balance() == 0
	shop.cancel(back.id)
	(lot,) = shop.account().lots.values()
	assert (lot.remaining, lot.value, lot.expires_on) == (100, 1000, shop.today + timedelta(days=50))
	shop.check()


def test_a_cancelled_return_takes_restored_points_that_were_spent_since_as_a_deficit() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	sale = spend(shop, 100)
	back = shop.bring_all(sale)
	spend(shop, 70)
	shop.cancel(back.id)
	assert (shop.balance(), shop.account().deficit) == (-70, 70)
	shop.check()


def test_a_cancelled_return_gives_transferred_points_back_to_who_held_them() -> None:
	shop = Shop(program())
	sale = shop.buy(10 * M)
	shop.club.transfer("T1", "m", "n", Decimal(80), shop.today)
	back = shop.bring_all(sale)
	shop.cancel(back.id)
	assert (shop.balance("m"), shop.balance("n")) == (20, 80)
	shop.check()


def test_a_cancelled_return_without_invoice_frees_the_purchase_it_claimed() -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", 10 * M))
	back = shop.bring(line("A", 10 * M))
	shop.cancel(back.id)
	assert (shop.balance(), shop.sale(sale).matched, shop.account().total.net) == (100, [0], 10 * M)
	shop.bring_all(sale)
	assert shop.balance() == 0


def test_returns_cancelled_in_any_order_leave_the_sale_as_it_was() -> None:
	for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
		shop = Shop(program(spending=Spending(Decimal(1500))))
		shop.buy(100 * M)
		sale = shop.buy(line("A", 333_333, qty=3), line("B", 100_001), redeem=147)
		start = shop.balance()
		backs = [shop.bring(line("A", 111_111), against=sale) for _ in range(3)]
		for n in order:
			shop.cancel(backs[n].id)
		posted = shop.sale(sale)
		assert shop.balance() == start
		assert (posted.returned, posted.reversed, posted.restored, posted.refunded) == ([0, 0], 0, [0], [0])
		shop.check()


def test_a_cancelled_return_counts_as_the_last_purchase_again() -> None:
	shop = Shop(program(expiry=Expiry("inactivity", 1)), day("1404-02-01"))
	shop.buy(10 * M)
	shop.on("1404-02-20")
	back = shop.bring_all(shop.buy(M))
	shop.cancel(back.id)
	shop.on("1404-03-20")
	assert shop.available() == 110


def test_a_return_cancelled_after_its_sale_was_gives_nothing() -> None:
	shop = Shop(program())
	sale = shop.buy(10 * M)
	back = shop.bring_all(sale, Decimal("0.5"))
	shop.cancel(sale)
	assert shop.balance() == 0
	shop.cancel(back.id)
	assert shop.balance() == 0


def test_a_return_without_invoice_cancelled_after_the_sale_it_claimed_leaves_nothing() -> None:
	"""300 at triple rate, −300 without the invoice; the sale cancelled, it is one of unknown goods: −100."""
	shop = Shop(program(earning=TRIPLE_TODAY))
	sale = shop.buy(line("A", 10 * M))
	shop.wait(1)
	back = shop.bring(line("A", 10 * M))
	shop.cancel(sale)
	assert shop.balance() == -100
	shop.cancel(back.id)
	assert shop.balance() == 0
	assert shop.sale(sale).matched == [0]


def test_a_return_without_invoice_cancelled_after_the_goods_came_back_with_it_leaves_nothing() -> None:
	"""As above, with a return of the invoice in place of its cancellation."""
	shop = Shop(program(earning=TRIPLE_TODAY))
	sale = shop.buy(line("A", 10 * M))
	shop.wait(1)
	back = shop.bring(line("A", 10 * M))
	shop.bring_all(sale)
	assert shop.balance() == -100
	shop.cancel(back.id)
	assert shop.balance() == 0
	assert shop.sale(sale).matched == [0]


# ------------------------------------------------------------------------------------------ unpaid meanwhile


def test_a_return_of_an_unpaid_sale_can_be_cancelled_before_the_payment() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	back = shop.bring_all(sale, Decimal("0.5"))
	shop.cancel(back.id)
	shop.club.pay(sale, shop.today)
	assert (shop.balance(), shop.account().total.points) == (100, 100)
	shop.check()


def test_a_return_of_an_unpaid_sale_cancelled_after_the_payment_gives_its_points() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	back = shop.bring_all(sale, Decimal("0.5"))
	shop.club.pay(sale, shop.today)
	shop.cancel(back.id)
	assert shop.balance() == 100
	assert shop.account().total.points == 100


def test_a_full_return_of_an_unpaid_sale_cancelled_after_the_payment_gives_all_its_points() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M, paid=False)
	back = shop.bring_all(sale)
	shop.club.pay(sale, shop.today)
	shop.cancel(back.id)
	assert shop.balance() == 100


def test_a_return_of_a_paid_sale_cancelled_after_the_cheque_bounced_gives_nothing_until_it_is_paid() -> None:
	shop = Shop(program(earning=WHEN_PAID))
	sale = shop.buy(10 * M)
	back = shop.bring_all(sale, Decimal("0.5"))
	shop.club.unpay(sale, shop.today, "B1")
	shop.cancel(back.id)
	assert shop.balance() == 0
	points = [shop.account().total.points]
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 100
	assert [*points, shop.account().total.points] == [0, 100]


def test_a_cap_limits_awards_and_not_what_a_cancelled_return_gives_back() -> None:
	"""The payment gives the 50 that the return left of 100, which the cap lets be; the other 50 come back with it."""
	shop = Shop(program(earning=Earning(award="when_paid", caps=Caps(day=Decimal(150)))))
	sale = shop.buy(10 * M, paid=False)
	back = shop.bring_all(sale, Decimal("0.5"))
	shop.buy(10 * M)
	shop.club.pay(sale, shop.today)
	assert shop.balance() == 150
	shop.cancel(back.id)
	assert shop.balance() == 200
	assert shop.sale(sale).reversed == 0
	assert shop.account().total.points == 200


# ------------------------------------------------------------------------------------------ visits, first and last


def test_a_return_that_empties_a_purchase_is_counted_once() -> None:
	shop = Shop(program())
	sale = shop.buy(line("A", M), line("B", M))
	shop.bring(line("A", M), against=sale)
	assert shop.account().purchases == 1
	shop.bring(line("B", M))
	assert shop.account().purchases == 0
	shop.bring(line("B", M))
	assert shop.account().purchases == 0


def test_a_return_reports_what_it_did() -> None:
	shop = Shop(program(tier_rules=TierRules()))
	sale = shop.buy(line("A", M), line("B", 2 * M))
	shop.wait(3)
	back = shop.bring(line("B", M), against=sale)
	assert (back.account, back.day, back.against, back.net) == ("m", shop.today, sale, M)
	assert [(int(points), lot.id if lot else None) for lot, points in back.taken] == [(10, "m-1")]
	assert back.activity == (Counted(DAY, -M, sale, False),)
	assert back.money == (("", Decimal(1_100_000)),)
	assert back.undoing is not None
	assert (back.undoing.purchase, back.undoing.returned) == (sale, (0, Fraction(1, 2)))
	assert (shop.sale(sale).reversed, back.claimed, back.plain) == (10, [], 0)
