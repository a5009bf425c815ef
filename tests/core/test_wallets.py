"""Wallets of money beside points: credit and gift cards pay, come back line by line, and are never spent twice."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from builders import M, Shop, Tender, day, line, program

from loyalty_club.core import records, undo, wallets, words
from loyalty_club.core.errors import ClubError, RedemptionRefused
from loyalty_club.core.model import Paid, Purchase, Return, Wallet

CASH, GIFT, CARD = "m/cash", "m/gift", "card"
MODES = {CASH: "Cash Credit", GIFT: "Gift Credit", CARD: "Gift Card"}


class Till(Shop):
	"""A shop where credit and gift cards pay, too."""

	def wallet(self, key: str, amount: int = 0, granted: bool | None = None, last: str = "") -> None:
		kind: Wallet = MODES[key]  # type: ignore[assignment]
		self.store.account(key).wallet = kind
		if amount:
			given = kind == "Gift Credit" if granted is None else granted
			self.club.adjust(
				self.name("A"),
				key,
				Decimal(amount),
				self.today,
				"a gift",
				day(last) if last else None,
				granted=given,
			)

	def sell(self, *rows, redeem: int = 0, who: str = "m", member: bool = True, **credit: int) -> str:
		name = self.name("S")
		wishes = [(key, MODES[key], Decimal(amount)) for key, amount in credit.items()]
		gross = sum((row.net + row.tax for row in rows), Decimal(0))
		shares = wallets.plan(self.club, wishes, gross, self.today)
		tenders = wallets.tenders(shares)
		if member:
			sale = Purchase(name, who, self.today, tuple(rows), Decimal(redeem), tenders)
			assert self.club.sale(sale) is not None
		else:
			sale = Purchase(name, shares[0].account, self.today, tuple(rows), Decimal(0), tenders)
			assert wallets.keep(self.club, sale, shares[0].account) is not None
		assert wallets.pay(self.club, name, shares, self.today)
		assert not wallets.pay(self.club, name, shares, self.today), "paid once"
		return name


def till(**settings: object) -> Till:
	shop = Till(program(**settings))  # type: ignore[arg-type]
	for key in MODES:
		shop.wallet(key)
	return shop


def test_own_money_earns_and_a_gift_does_not() -> None:
	shop = till()
	shop.wallet(CASH, 1_100_000)
	shop.wallet(GIFT, 1_100_000)
	assert shop.sale(shop.sell(line("A", M), **{CASH: 1_100_000})).awarded == 10
	gifted = shop.sale(shop.sell(line("A", M), **{GIFT: 550_000}))
	assert gifted.awarded == 5
	assert "after the part paid by points or gifts" in words.reason(gifted.reason, words.Style())
	assert shop.balance(CASH) == 0
	assert shop.balance(GIFT) == 550_000
	shop.check()


def test_a_gift_card_that_was_partly_given_reduces_the_base_by_that_part() -> None:
	shop = till()
	shop.wallet(CARD, 550_000, granted=False)
	shop.wallet(CARD, 550_000, granted=True)
	name = shop.sell(line("A", M), **{CARD: 1_100_000})
	assert shop.sale(name).tenders == (
		Tender("Gift Card", Decimal(550_000), False, CARD),
		Tender("Gift Card", Decimal(550_000), True, CARD),
	)
	assert shop.sale(name).awarded == 5


def test_everything_together_comes_back_by_line_and_in_full() -> None:
	"""100 points, credits, a card and cash pay 4.4 million; it comes back in four parts."""
	shop = till()
	shop.club.adjust("open", "m", Decimal(500), shop.today, "opening")
	for key in MODES:
		shop.wallet(key, 1_000_000)
	name = shop.sell(*[line(item, M) for item in "ABCD"], redeem=100, **dict.fromkeys(MODES, 700_003))
	before = {key: shop.balance(key) for key in MODES}
	points = shop.sale(name).awarded
	assert before == dict.fromkeys(MODES, 299_997)
	got = dict.fromkeys(MODES, Decimal(0))
	for item in "ABCD":
		back = shop.bring(line(item, M), against=name)
		for key, amount in back.credited:
			got[key] += amount
			assert shop.balance(key) == before[key] + got[key]
		whole = sum(amount for _mode, amount in back.money)
		assert whole + sum(lot.value * points for lot, points in back.restored) == 1_100_000
	assert got == dict.fromkeys(MODES, 700_003)
	assert shop.balance() == 500
	assert points > 0
	shop.check()


def test_a_cancelled_return_takes_its_credit_again_and_a_cancelled_sale_gives_the_rest() -> None:
	shop = till()
	shop.wallet(CASH, 1_100_000)
	name = shop.sell(line("A", M // 2), line("B", M // 2), **{CASH: 1_000_000})
	back = shop.bring(line("A", M // 2), against=name)
	assert shop.balance(CASH) == 600_000
	assert shop.cancel(back.id)
	assert shop.balance(CASH) == 100_000
	again = shop.bring(line("A", M // 2), against=name)
	assert shop.cancel(name)
	assert shop.balance(CASH) == 1_100_000
	assert shop.cancel(again.id), "what the cancelled sale has settled stays"
	assert shop.balance(CASH) == 1_100_000
	assert shop.balance() == 0
	shop.check()


def test_credit_spent_after_a_return_is_a_deficit_once_the_return_is_cancelled() -> None:
	shop = till()
	shop.wallet(CASH, 1_100_000)
	back = shop.bring(line("A", M), against=shop.sell(line("A", M), **{CASH: 1_100_000}))
	shop.sell(line("B", M), **{CASH: 1_100_000})
	shop.cancel(back.id)
	assert shop.account(CASH).deficit == 1_100_000
	shop.wallet(CASH, 1_500_000)
	assert shop.available(CASH) == 400_000
	shop.check()


def test_nobodys_purchase_by_gift_card_comes_back_to_the_card_and_the_drawer() -> None:
	shop = till()
	shop.wallet(CARD, 600_000, granted=False)
	name = shop.sell(line("A", M), member=False, **{CARD: 550_000})
	back = undo.bring_back(
		shop.club, Return("R", CARD, shop.today, (line("A", M // 2, qty=Decimal("0.5")),), name)
	)
	assert back is not None
	assert back.money == (("Gift Card", Decimal(275_000)), ("", Decimal(275_000)))
	assert shop.balance(CARD) == 325_000
	assert shop.cancel(name)
	assert shop.balance(CARD) == 600_000
	assert shop.account(CARD).purchases == 0
	assert not shop.account(CARD).days
	shop.check()


@pytest.mark.parametrize(
	("amount", "code"),
	[(1_100_001, "credit_more_than_payable"), (600_000, "not_enough_credit"), (0, "not_an_amount")],
)
def test_what_cannot_be_paid_is_refused_and_nothing_moves(amount: int, code: str) -> None:
	shop = till()
	shop.wallet(CARD, 500_000)
	entries = len(shop.entries)
	with pytest.raises(RedemptionRefused) as refused:
		shop.sell(line("A", M), **{CARD: amount})
	assert refused.value.code == code
	assert len(shop.entries) == entries
	assert shop.store.document("S2") is None


def test_points_pay_only_what_the_credit_leaves() -> None:
	shop = till()
	shop.club.adjust("open", "m", Decimal(1000), shop.today, "opening")
	shop.wallet(GIFT, 1_000_000)
	with pytest.raises(RedemptionRefused) as refused:
		shop.sell(line("A", M), redeem=101, **{GIFT: 1_000_000})
	assert refused.value.code == "more_than_payable"
	shop.sell(line("A", M), redeem=100, **{GIFT: 1_000_000})


def test_granted_credit_expires_and_own_money_does_not() -> None:
	shop = till(points=10)
	shop.wallet(GIFT, 300_000, last="2025-05-01")
	shop.wallet(CASH, 300_000)
	shop.on("2030-01-01")
	assert shop.available(GIFT) == 0
	assert shop.available(CASH) == 300_000
	assert [entry.reason.code for entry in shop.entries if entry.kind == "expire"] == ["credit_expired"]


def test_change_is_given_from_cash_only() -> None:
	"""Cash of 900,000 beside 700,000 of credit for 1,100,000: 500,000 is change, and only 400,000 cash came in."""
	shop = till()
	shop.wallet(CASH, 700_000)
	shares = wallets.plan(
		shop.club, [(CASH, "Cash Credit", Decimal(700_000))], Decimal(1_100_000), shop.today
	)
	tenders = (Tender("Cash", Decimal(900_000)), *wallets.tenders(shares))
	sale = Purchase("S", "m", shop.today, (line("A", M),), Decimal(0), tenders)
	shop.club.sale(sale)
	wallets.pay(shop.club, "S", shares, shop.today)
	back = shop.bring(line("A", M), against="S")
	assert dict(back.money) == {"Cash Credit": Decimal(700_000), "Cash": Decimal(400_000)}


def test_money_given_by_hand_can_be_taken_back_only_while_it_is_there() -> None:
	shop = till()
	shop.wallet(CASH, 500_000)
	shop.sell(line("A", 100_000), **{CASH: 110_000})
	with pytest.raises(ClubError) as refused:
		shop.cancel("A1")
	assert refused.value.code == "credit_is_spent"
	with pytest.raises(ClubError):
		shop.club.adjust("out", CASH, Decimal(-390_001), shop.today, "paid out", granted=False)
	assert shop.club.adjust("out", CASH, Decimal(-390_000), shop.today, "paid out", granted=False)
	assert shop.balance(CASH) == 0


def test_one_wallet_asked_for_twice_pays_both_at_once() -> None:
	shop = till()
	shop.wallet(CARD, 500_000)
	wishes = [(CARD, "Gift Card", Decimal(300_000))] * 2
	with pytest.raises(RedemptionRefused):
		wallets.plan(shop.club, wishes, Decimal(M), shop.today)
	shares = wallets.plan(shop.club, [(CARD, "Gift Card", Decimal(250_000))] * 2, Decimal(M), shop.today)
	assert [share.amount for share in shares] == [500_000]


def test_what_wallets_did_can_be_written_down_and_read_back() -> None:
	shop = till()
	shop.wallet(CARD, 500_000, granted=False)
	name = shop.sell(line("A", M), **{CARD: 500_000})
	back = shop.bring(line("A", M // 2), against=name)
	for document in (name, back.id, f"{name}|{CARD}", f"{back.id}|{CARD}"):
		kept = shop.store.document(document)
		assert kept is not None
		assert records.document_from(document, json.loads(json.dumps(records.document_to(kept)))) == kept
	paid = shop.store.document(f"{name}|{CARD}")
	assert isinstance(paid, Paid)
	assert (paid.amount, sum(paid.restored)) == (500_000, sum(amount for _key, amount in back.credited))
