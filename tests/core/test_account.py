"""An account: its movements one by one, each with its entries, and its day book."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import DAY, Expiry, M, ReturnRules, Shop, day, program

from loyalty_club.core.account import Account
from loyalty_club.core.backtest import MemoryStore
from loyalty_club.core.lots import spendable
from loyalty_club.core.model import Entry, Lot, Program, Reason
from loyalty_club.core.tiers import Day

WHY = Reason("expired", {})
PLAIN = program()


class Book:
	"""An account of its own with what it wrote."""

	def __init__(self, rules: Program = PLAIN, today: date = DAY) -> None:
		self.entries: list[Entry] = []
		self.store = MemoryStore(self.entries.append)
		self.account = self.store.account("m")
		self.account.clock = today
		self.rules = rules
		self.today = today

	def award(self, points: int, available: date | None = None, value: int = 1000) -> Lot:
		lot = self.account.new_lot(
			self.rules, Decimal(points), self.today, available or self.today, Decimal(value)
		)
		self.account.award(lot, self.rules, self.today, "S1", WHY)
		return lot

	def put_back(self, lot: Lot, points: int) -> Lot:
		return self.account.put_back((lot, Decimal(points)), self.rules, self.today, "restore", "R1", WHY)

	def draw(self, lot: Lot, points: int, kind: str = "redeem") -> None:
		self.account.draw([(lot, Decimal(points))], self.today, kind, "S2", WHY)  # type: ignore[arg-type]

	def told(self) -> list[tuple[str, int, str | None]]:
		return [(each.kind, int(each.quantity), each.lot) for each in self.entries]

	def remaining(self) -> dict[str, int]:
		return {name: int(lot.remaining) for name, lot in self.account.lots.items()}


# ------------------------------------------------------------------------------------------ award, draw, owe


def test_an_award_is_one_entry_and_one_lot_named_by_it() -> None:
	book = Book(program(expiry=Expiry("days", 10)))
	lot = book.award(30)
	(entry,) = book.entries
	assert (entry.account, entry.seq, entry.kind, entry.quantity, entry.lot) == ("m", 1, "award", 30, "m-1")
	assert (entry.day, entry.value, entry.source) == (DAY, 1000, "S1")
	assert (lot.expires_on, lot.root, lot.seq) == (DAY + timedelta(days=10), "m-1", 1)
	assert book.account.next_due == DAY + timedelta(days=11)


def test_an_idle_program_gives_lots_that_count_from_the_last_purchase() -> None:
	lot = Book(program(expiry=Expiry("inactivity", 4))).award(30)
	assert (lot.expires_on, lot.idle_months) == (None, 4)


def test_points_drawn_leave_the_lot_and_an_empty_lot_is_closed() -> None:
	book = Book()
	lot = book.award(30)
	book.draw(lot, 12)
	assert book.remaining() == {"m-1": 18}
	book.draw(lot, 18)
	assert book.remaining() == {}
	assert book.store.lot("m-1") == lot._replace(remaining=Decimal(0))
	assert book.told() == [("award", 30, "m-1"), ("redeem", -12, "m-1"), ("redeem", -18, "m-1")]


def test_only_what_expires_counts_as_expired() -> None:
	book = Book()
	lot = book.award(30)
	book.draw(lot, 12)
	book.draw(lot, 8, "expire")
	assert book.account.lots["m-1"].expired == 8
	book.draw(lot, 10, "expire")
	closed = book.store.lot("m-1")
	assert closed is not None
	assert closed.expired == 18


def test_a_debt_has_no_lot_and_no_value() -> None:
	book = Book()
	book.account.owe(Decimal(25), DAY, "reverse", "R1", WHY)
	book.account.owe(Decimal(0), DAY, "reverse", "R2", WHY)
	(entry,) = book.entries
	assert (entry.quantity, entry.lot, entry.value) == (-25, None, 0)
	assert (book.account.deficit, book.account.balance) == (25, -25)


@pytest.mark.parametrize(("points", "deficit", "rest"), [(10, 15, 0), (25, 0, 0), (40, 0, 15)])
def test_a_debt_is_forgiven_as_far_as_there_is_one(points: int, deficit: int, rest: int) -> None:
	book = Book()
	book.account.owe(Decimal(25), DAY, "reverse", "R1", WHY)
	assert book.account.forgive(Decimal(points), DAY, "reverse", "X1", WHY) == rest
	assert book.account.deficit == deficit
	assert sum(entry.quantity for entry in book.entries) == -deficit


def test_forgiving_where_there_is_no_debt_writes_nothing() -> None:
	book = Book()
	assert book.account.forgive(Decimal(5), DAY, "reverse", "X1", WHY) == 5
	assert book.entries == []


# ------------------------------------------------------------------------------------------ deficit


def test_an_award_pays_the_deficit_by_two_entries_that_cancel_out() -> None:
	book = Book()
	book.account.owe(Decimal(25), DAY, "reverse", "R1", WHY)
	book.award(30)
	assert book.told() == [
		("reverse", -25, None),
		("award", 30, "m-2"),
		("fill", -25, "m-2"),
		("fill", 25, None),
	]
	assert (book.account.balance, book.account.deficit, book.remaining()) == (5, 0, {"m-2": 5})


def test_a_deficit_larger_than_the_award_eats_it_whole() -> None:
	book = Book()
	book.account.owe(Decimal(25), DAY, "reverse", "R1", WHY)
	book.award(10)
	assert (book.account.balance, book.account.deficit, book.remaining()) == (-15, 15, {})


def test_a_pending_award_pays_the_deficit_on_the_day_it_is_released() -> None:
	book = Book()
	book.account.owe(Decimal(25), DAY, "reverse", "R1", WHY)
	book.award(30, available=DAY + timedelta(days=5))
	account = book.account
	assert (account.balance, account.deficit) == (5, 25)
	assert (account.pending(DAY + timedelta(days=4)), account.pending(DAY + timedelta(days=5))) == (30, 0)
	assert account.next_due == DAY + timedelta(days=5)
	account.fill(DAY + timedelta(days=4), "")
	assert account.deficit == 25
	account.fill(DAY + timedelta(days=5), "")
	assert (account.deficit, book.remaining()) == (0, {"m-2": 5})


def test_the_deficit_is_paid_in_spend_order() -> None:
	book = Book(program(expiry=Expiry("never")))
	book.award(10)
	book.rules = program(expiry=Expiry("days", 5))
	book.award(10)
	book.account.owe(Decimal(12), DAY, "reverse", "R1", WHY)
	book.account.fill(DAY, "")
	assert book.remaining() == {"m-1": 8}


# ------------------------------------------------------------------------------------------ put back


def test_points_go_back_into_their_own_lot_open_or_closed() -> None:
	book = Book()
	lot = book.award(30)
	book.draw(lot, 30)
	assert book.put_back(lot, 20).id == "m-1"
	assert book.put_back(lot, 10).id == "m-1"
	assert book.remaining() == {"m-1": 30}


@pytest.mark.parametrize(
	("lives", "name", "last"),
	[(30, "m-1", 30), (29, "m-3", 30), (90, "m-1", 90), (0, "m-3", 30)],
)
def test_points_put_back_live_for_at_least_the_restore_days(lives: int, name: str, last: int) -> None:
	book = Book(program(expiry=Expiry("days", lives)))
	lot = book.award(30)
	book.draw(lot, 30)
	back = book.put_back(lot, 20)
	assert (back.id, back.expires_on) == (name, DAY + timedelta(days=last))
	assert (back.value, back.root, back.awarded_on, back.remaining) == (1000, "m-1", DAY, 20)


def test_points_put_back_under_a_program_without_restore_days_keep_the_lots_last_day() -> None:
	book = Book(program(expiry=Expiry("days", 3), returns=ReturnRules(restore_days=0)))
	lot = book.award(30)
	book.draw(lot, 30)
	assert book.put_back(lot, 30).id == "m-1"
	assert book.account.lots["m-1"].expires_on == DAY + timedelta(days=3)


def test_a_lot_is_never_filled_above_what_it_began_with() -> None:
	book = Book()
	lot = book.award(30)
	book.draw(lot, 10)
	back = book.put_back(lot, 11)
	assert (back.id, back.original, back.root) == ("m-3", 11, "m-1")
	assert book.remaining() == {"m-1": 20, "m-3": 11}
	assert list(book.store.descendants("m-1")) == [("m", "m-3")]


def test_points_put_back_pay_a_deficit_too() -> None:
	book = Book()
	lot = book.award(30)
	book.draw(lot, 30)
	book.account.owe(Decimal(12), DAY, "reverse", "R1", WHY)
	book.put_back(lot, 20)
	assert (book.account.deficit, book.remaining()) == (0, {"m-1": 8})


# ------------------------------------------------------------------------------------------ receive


def test_a_piece_that_is_received_keeps_value_dates_and_origin() -> None:
	rules = program(expiry=Expiry("days", 40))
	giver, receiver = Book(rules), Book(rules)
	lot = giver.award(30, value=1500)
	receiver.account.key = "n"
	receiver.account.receive((lot, Decimal(12)), rules, DAY + timedelta(days=9), "T1", WHY)
	(got,) = receiver.account.lots.values()
	assert (got.id, got.account, got.original, got.remaining) == ("n-1", "n", 12, 12)
	assert (got.value, got.expires_on, got.awarded_on, got.root) == (1500, lot.expires_on, DAY, "m-1")
	assert (receiver.entries[0].kind, receiver.entries[0].quantity) == ("transfer", 12)
	assert receiver.account.next_due == DAY + timedelta(days=41)


# ------------------------------------------------------------------------------------------ the day book


def test_a_day_folded_away_is_read_from_the_store_and_counted_once() -> None:
	def row(net: int, points: int) -> Day:
		return Day(Decimal(net), Decimal(points), visit=True)

	account = Account("m", MemoryStore())
	account.set_day(DAY, row(100, 1))
	account.set_day(DAY + timedelta(days=1), row(50, 2))
	account.fold_before(DAY + timedelta(days=1))
	assert list(account.days) == [DAY + timedelta(days=1)]
	assert account.day(DAY) == row(100, 1)
	account.set_day(DAY, row(70, 1))
	assert (account.total.net, account.total.points, account.visits) == (120, 3, 2)
	account.fold_before(DAY + timedelta(days=1))
	assert account.day(DAY) == row(70, 1)
	assert account.day(DAY - timedelta(days=1)) == Day()
	account.set_day(DAY, Day())
	assert (account.total.net, account.visits) == (50, 1)


def test_points_spent_are_counted_for_their_day_only() -> None:
	account = Account("m", MemoryStore())
	account.spent = (DAY, Decimal(9))
	assert (account.spent_on(DAY), account.spent_on(DAY + timedelta(days=1))) == (9, 0)


def test_an_earlier_day_is_due_first() -> None:
	account = Account("m", MemoryStore())
	for each in (DAY, None, DAY + timedelta(days=1), DAY - timedelta(days=1)):
		account.due(each)
	assert account.next_due == DAY - timedelta(days=1)


# ------------------------------------------------------------------------------------------ what it says


def test_balance_has_pending_points_and_what_can_be_spent_has_not() -> None:
	shop = Shop(program())
	shop.buy(10 * M)
	account = shop.account()
	assert (account.balance, account.pending(DAY), account.available(DAY)) == (100, 0, 100)
	assert account.available(DAY - timedelta(days=1)) == 0
	assert account.pending(day("1404-01-31")) == 100
	assert [lot.id for lot in spendable(account.lots.values(), DAY)] == ["m-1"]


def test_a_lot_that_is_not_known_stands_at_nothing() -> None:
	book = Book()
	lot = book.award(30)
	stranger = lot._replace(id="m-99")
	assert book.account.lot_now(lot).remaining == 30
	assert book.account.lot_now(stranger).remaining == 0
