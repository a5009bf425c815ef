"""One-line literals for the core's tests: programs, lots, and a shop whose till speaks to the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from loyalty_club import jalali
from loyalty_club.core import undo
from loyalty_club.core.account import Account
from loyalty_club.core.backtest import MemoryStore
from loyalty_club.core.model import (
	Caps,
	Earning,
	EarnRule,
	Entry,
	Expiry,
	Items,
	Line,
	Lot,
	Posted,
	PostedReturn,
	Program,
	Purchase,
	Return,
	ReturnRules,
	Spending,
	Tender,
	Tier,
	TierChange,
	TierRules,
	When,
	Window,
)
from loyalty_club.core.posting import Club

M = Decimal(1_000_000)
VAT = Decimal("0.1")
DAY = date(2025, 4, 21)  # 1 Ordibehesht 1404


def day(text: str) -> date:
	"""A Gregorian date, or a Jalali one when the year is Jalali: day("1404-06-31")."""
	return jalali.parse(text) if int(text[:4]) < 1800 else date.fromisoformat(text)


def program(
	*,
	tiers: tuple[Tier, ...] | None = None,
	points: int | Decimal = 10,
	value: int = 1000,
	earning: Earning | None = None,
	expiry: Expiry | None = None,
	spending: Spending | None = None,
	**rest: object,
) -> Program:
	"""10 points per 1,000,000 rial net, a point worth 1,000 rial, one tier, nothing expires — unless said otherwise."""
	return Program(
		name="club",
		tiers=tiers or (Tier("member", Decimal(0), Decimal(points), M),),
		spending=spending or Spending(Decimal(value)),
		earning=earning or Earning(),
		expiry=expiry or Expiry(),
		**rest,  # type: ignore[arg-type]
	)


LADDER = (
	Tier("bronze", Decimal(0), Decimal(10), M),
	Tier("silver", 50 * M, Decimal(15), M),
	Tier("gold", 100 * M, Decimal(20), M),
)


def lots(text: str, since: date = DAY) -> list[Lot]:
	"""lots("50@1404-06-31 80@never"): points and last day, oldest first."""
	found = []
	for n, word in enumerate(text.split(), 1):
		points, last = word.split("@")
		expires = None if last == "never" else day(last)
		amount = Decimal(points)
		found.append(Lot(f"m-{n}", "m", amount, amount, Decimal(1000), since, expires, 0, since, n, f"m-{n}"))
	return found


def line(
	item: str, net: int | Decimal, qty: int | Decimal = 1, tax: Decimal | None = None, **more: object
) -> Line:
	"""A line with 10 % VAT unless told otherwise."""
	amount = Decimal(net)
	return Line(item, Decimal(qty), amount, amount * VAT if tax is None else tax, **more)  # type: ignore[arg-type]


class Shop:
	"""A till: sells, takes back, cancels, lets days pass; keeps every entry and tier change."""

	def __init__(self, rules: Program, today: date = DAY) -> None:
		self.entries: list[Entry] = []
		self.changes: list[TierChange] = []
		self.store = MemoryStore(self.entries.append, self.changes.append)
		self.club = Club(rules, self.store)
		self.today = today
		self._n = 0

	def change(self, **settings: object) -> None:
		"""A new version of the program is in force from now on."""
		self.club = Club(replace(self.club.program, **settings), self.store)  # type: ignore[arg-type]

	def name(self, letter: str) -> str:
		self._n += 1
		return f"{letter}{self._n}"

	def account(self, who: str = "m") -> Account:
		return self.store.account(who)

	def balance(self, who: str = "m") -> Decimal:
		return self.account(who).balance

	def available(self, who: str = "m") -> Decimal:
		self.club.advance(self.account(who), self.today)
		return self.account(who).available(self.today)

	def tier(self, who: str = "m") -> str:
		self.club.advance(self.account(who), self.today)
		return self.account(who).tier

	def wait(self, days: int) -> None:
		self.today += timedelta(days=days)

	def on(self, text: str) -> None:
		self.today = day(text)

	def buy(
		self,
		*lines: Line | int | Decimal,
		redeem: int = 0,
		who: str = "m",
		tenders: tuple[Tender, ...] = (),
		**more: object,
	) -> str:
		"""Sells lines, or an item "thing" of that net amount; returns the invoice's name."""
		rows = tuple(each if isinstance(each, Line) else line("thing", each) for each in lines)
		name = self.name("S")
		sale = Purchase(name, who, self.today, rows, Decimal(redeem), tenders, **more)  # type: ignore[arg-type]
		assert self.club.sale(sale) is not None
		return name

	def bring(self, *lines: Line, against: str = "", who: str = "m") -> PostedReturn:
		back = undo.bring_back(self.club, Return(self.name("R"), who, self.today, lines, against))
		assert back is not None
		return back

	def bring_all(self, sale: str, share: Decimal = Decimal(1), who: str = "m") -> PostedReturn:
		"""The same share of every line of a sale."""
		rows = [
			each._replace(qty=each.qty * share, net=each.net * share, tax=each.tax * share)
			for each in self.sale(sale).lines
		]
		return self.bring(*rows, against=sale, who=who)

	def cancel(self, name: str) -> bool:
		return undo.cancel(self.club, name, self.today, self.name("X"))

	def sale(self, name: str) -> Posted:
		found = self.store.document(name)
		assert isinstance(found, Posted)
		return found

	def settle(self) -> None:
		for account in list(self.store.accounts.values()):
			self.club.advance(account, self.today)

	def check(self) -> None:
		"""The invariants of the design, from the entries alone."""
		for key, account in self.store.accounts.items():
			mine = [entry for entry in self.entries if entry.account == key]
			assert [entry.seq for entry in mine] == list(range(1, account.seq + 1))
			assert account.balance == sum(entry.quantity for entry in mine)
			assert account.deficit == -sum(entry.quantity for entry in mine if entry.lot is None)
			assert account.deficit >= 0
			assert not any(
				account.deficit and lot.remaining and lot.available_from <= account.clock
				for lot in account.lots.values()
			), "points that can be spent pay the deficit first"
			names = {entry.lot for entry in mine if entry.lot}
			for name in names:
				lot = account.lots.get(name) or self.store.lot(name)
				assert lot is not None
				assert lot.remaining == sum(entry.quantity for entry in mine if entry.lot == name)
				assert 0 <= lot.remaining <= lot.original, lot


__all__ = [
	"DAY",
	"LADDER",
	"Caps",
	"EarnRule",
	"Earning",
	"Expiry",
	"Items",
	"Line",
	"M",
	"ReturnRules",
	"Shop",
	"Spending",
	"Tender",
	"Tier",
	"TierRules",
	"When",
	"Window",
	"day",
	"line",
	"lots",
	"program",
]
