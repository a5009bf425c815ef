"""Points as a discount before tax: the price falls, and the tax with it; what came off comes back with the goods.

10 points per 1,000,000 rial net, a point worth 1,000 rial, VAT 10 %. The lines are as the invoice has them: after the
discount.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import Items, Line, M, Shop, Spending, Tender, line, program

from loyalty_club.core import records
from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.lots import value
from loyalty_club.core.model import Purchase

THOUSAND = Decimal(1000)
AS_DISCOUNT = Spending(THOUSAND, redeem_as="discount")


def shop_with(points: int, **spending: object) -> Shop:
	"""A shop whose member holds so many points."""
	shop = Shop(program(spending=replace(AS_DISCOUNT, **spending)))
	shop.club.adjust("opening", "m", Decimal(points), shop.today, "opening")
	return shop


def after(item: str, before: int, taken_off: int, **more: object) -> Line:
	"""A line that cost `before` net, of which points took something off, with the tax on the rest."""
	return line(item, before - taken_off, **more)._replace(taken_off=Decimal(taken_off))


def test_a_million_less_200_points_bears_tax_on_800_000_and_earns_on_it() -> None:
	shop = shop_with(500)
	sale = shop.sale(shop.buy(after("tea", M, 200_000), redeem=200))
	assert (sale.gross, sale.lines[0].tax) == (880_000, 80_000)
	assert (value(sale.spent), sale.awarded, sale.by_discount) == (200_000, 8, True)
	assert shop.balance() == 500 - 200 + 8
	assert shop.account().days[shop.today].net == 800_000


def test_the_same_as_a_means_of_payment_leaves_the_tax_and_earns_on_what_was_paid_in_money() -> None:
	shop = Shop(program(spending=Spending(THOUSAND)))
	shop.club.adjust("opening", "m", Decimal(500), shop.today, "opening")
	sale = shop.sale(shop.buy(line("tea", M), redeem=200))
	assert (sale.gross, sale.lines[0].tax) == (1_100_000, 100_000)
	assert (sale.awarded, sale.by_discount) == (8, False)  # of 818,181


@pytest.mark.parametrize(("points", "refused"), [(1000, False), (1001, True)])
def test_points_take_off_the_whole_price_and_no_more(points: int, refused: bool) -> None:
	shop = shop_with(2000)
	row = after("tea", M, points * 1000 if not refused else M)
	if not refused:
		assert shop.sale(shop.buy(row, redeem=points)).gross == 0
		return
	with pytest.raises(RedemptionRefused) as error:
		shop.buy(row, redeem=points)
	assert (error.value.code, error.value.facts["payable"]) == ("more_than_payable", M)
	assert shop.balance() == 2000


def test_the_highest_share_and_what_is_not_payable_are_of_the_price_before() -> None:
	gold = Items(item_groups=frozenset({"gold"}))
	shop = shop_with(2000, max_share=Decimal("0.2"), not_payable=gold)
	rows = (after("tea", 600_000, 120_000), after("coin", 400_000, 80_000, item_group="gold"))
	asked = shop.club.most(_purchase(shop, rows))
	assert asked == 200
	shop.buy(*rows, redeem=200)
	shop.change(spending=replace(shop.club.program.spending, max_share=Decimal(1)))
	assert shop.club.most(_purchase(shop, rows)) == 600


def _purchase(shop: Shop, rows: tuple[Line, ...]) -> Purchase:
	return Purchase("draft", "m", shop.today, rows)


def test_half_of_it_back_refunds_half_of_what_was_paid_and_gives_back_half_of_the_points() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", M, 200_000, qty=2), redeem=200, tenders=(Tender("Cash", Decimal(880_000)),))
	back = shop.bring(line("tea", 400_000, qty=1), against=name)
	assert (sum(points for _lot, points in back.restored), back.refunded_value) == (100, 0)
	assert (back.money, back.rounding) == ((("Cash", Decimal(440_000)),), 0)
	assert shop.balance() == 500 - 200 + 8 + 100 - 4
	shop.bring(line("tea", 400_000, qty=1), against=name)
	assert shop.balance() == 500
	shop.check()


def test_thirds_that_do_not_come_out_even_add_up_to_everything() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", 100_001, 100_000, qty=3), redeem=100)
	for net in (0, 0, 0):  # a third of one rial, rounded
		shop.bring(line("tea", net, qty=1), against=name)
	assert shop.balance() == 500
	assert shop.sale(name).returned == [1]


def test_a_sale_that_is_cancelled_gives_all_of_them_back() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", M, 200_000), after("rice", M, 200_000), redeem=400)
	shop.bring(line("rice", 800_000), against=name)
	shop.cancel(name)
	assert shop.balance() == 500
	shop.check()


def test_the_line_that_the_discount_was_on_gives_the_points_back() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", M, 200_000), line("rice", M), redeem=200)
	assert not shop.bring(line("rice", M), against=name).restored
	(restored,) = shop.bring(line("tea", 800_000), against=name).restored
	assert restored[1] == 200
	assert shop.balance() == 500


def test_a_history_that_is_after_the_discount_need_not_say_how_it_was_spread() -> None:
	shop = shop_with(500)
	sale = shop.sale(shop.buy(line("tea", 600_000), line("rice", 200_000), redeem=200))
	assert [each.taken_off for each in sale.lines] == [150_000, 50_000]


def test_what_a_sale_was_stays_when_the_program_changes() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", M, 200_000), redeem=200)
	shop.change(spending=Spending(THOUSAND))
	back = shop.bring(line("tea", 800_000), against=name)
	assert (back.by_discount, back.money) == (True, (("", Decimal(880_000)),))
	assert shop.balance() == 500


def test_what_is_recorded_can_be_read_back() -> None:
	shop = shop_with(500)
	name = shop.buy(after("tea", M, 200_000), redeem=200)
	back = shop.bring(line("tea", 400_000, qty=Decimal("0.5")), against=name)
	for document in (shop.sale(name), back):
		assert records.document_from(document.id, records.document_to(document)) == document
