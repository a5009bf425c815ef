"""One member's account: the state that entries add up to, and the only code that moves it.

`Account` is what the locked row, the open lots and the activity of one member hold. It changes through the methods
below alone, each of which writes the entries that say so, so that at any time

    balance = sum of its entries = sum of its lots' remaining − its deficit.

`Store` is where the rest lives: closed lots, documents, days long past, and the ledger that takes the entries. The
back-test keeps it in memory or a scratch file, the app in its tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from loyalty_club.core import lots as lots_
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import Piece
from loyalty_club.core.model import (
	NOTHING,
	ZERO,
	Document,
	Entry,
	Given,
	Kind,
	Lot,
	Posted,
	Program,
	Reason,
	TierChange,
	Wallet,
)
from loyalty_club.core.tiers import Day, Measured, Promotion


class Store(Protocol):
	"""What the rules need to be remembered. Every answer is as of now; nothing is ever forgotten."""

	def account(self, key: str) -> Account:
		"""The member's account; a new one for a new member."""

	def document(self, name: str) -> Document | None:
		"""What was posted under this name."""

	def save(self, document: Document) -> None:
		"""Keeps what was posted, or how it stands now."""

	def sales(self, account: str, since: date, until: date, items: Collection[str]) -> Iterable[Posted]:
		"""The member's purchases of those days that have one of the items (and perhaps others)."""

	def lot(self, name: str) -> Lot | None:
		"""A closed lot (nothing remaining)."""

	def close(self, lot: Lot) -> None:
		"""Keeps a lot that has nothing remaining."""

	def adopt(self, lot: Lot) -> None:
		"""Remembers a lot that descends from another."""

	def descendants(self, root: str) -> Iterable[tuple[str, str]]:
		"""Account and name of each lot that descends from an award's lot."""

	def day(self, account: str, day: date) -> Day:
		"""A day that the account has folded away."""

	def every_day(self, account: str) -> dict[date, Day]:
		"""All days of an account, folded away or not."""

	def fold(self, account: str, days: dict[date, Day]) -> None:
		"""Keeps days that the account need not look at any more."""

	def record(self, entry: Entry) -> None:
		"""Appends to the ledger."""

	def moved(self, change: TierChange) -> None:
		"""Notes a change of tier."""


class Account:
	"""A member's points, tier and activity. Points in points, money in Rial; dates are the club's own."""

	__slots__ = (
		"absorbed",
		"awards",
		"carry",
		"clock",
		"days",
		"deficit",
		"first_purchase",
		"given",
		"heir",
		"joined",
		"key",
		"last_purchase",
		"lots",
		"measured",
		"next_due",
		"oldest_day",
		"promotions",
		"purchases",
		"score",
		"seq",
		"spent",
		"store",
		"tier",
		"tier_since",
		"total",
		"visits",
		"wallet",
	)

	def __init__(self, key: str, store: Store, wallet: Wallet = "Points") -> None:
		self.key = key
		self.store = store
		self.wallet = wallet
		self.seq = 0
		self.lots: dict[str, Lot] = {}
		self.deficit = ZERO
		self.carry: Fraction = NOTHING
		self.tier = ""
		self.tier_since: date | None = None
		self.score = ZERO
		self.joined: date | None = None
		self.promotions: list[Promotion] = []
		self.days: dict[date, Day] = {}
		self.measured: Measured | None = None
		self.oldest_day = date.min
		self.total = Day()
		self.visits = 0
		self.purchases = 0
		self.first_purchase: date | None = None
		self.last_purchase: date | None = None
		self.spent: tuple[date, Decimal] = (date.min, ZERO)
		self.given = Given()
		self.awards: tuple[date, int] = (date.min, 0)
		self.clock = date.min
		self.next_due = date.max
		self.heir = ""
		self.absorbed: list[str] = []

	# ------------------------------------------------------------------------------------------ what it says

	@property
	def is_money(self) -> bool:
		"""Whether it counts Rial, not points: no tier, no activity, lots worth 1 each."""
		return self.wallet != "Points"

	def step(self, program: Program) -> Decimal:
		"""The least that can be moved: of points, or of money."""
		return program.coin if self.is_money else program.quantum

	@property
	def balance(self) -> Decimal:
		"""Points, pending ones included, less the deficit."""
		return sum((lot.remaining for lot in self.lots.values()), ZERO) - self.deficit

	def pending(self, day: date) -> Decimal:
		"""Points that are awarded but cannot be spent yet on `day`."""
		return sum((lot.remaining for lot in self.lots.values() if lot.available_from > day), ZERO)

	def available(self, day: date) -> Decimal:
		"""Points that can be spent on `day`."""
		return lots_.available(self.lots.values(), self.deficit, day)

	def spent_on(self, day: date) -> Decimal:
		"""Points already spent on `day`."""
		return self.spent[1] if self.spent[0] == day else ZERO

	def awards_on(self, day: date) -> int:
		"""How many purchases have been awarded points on `day`, whatever has come back of them since."""
		return self.awards[1] if self.awards[0] == day else 0

	def lot_now(self, lot: Lot) -> Lot:
		"""How a lot of this account stands, open or closed."""
		return self.lots.get(lot.id) or self.store.lot(lot.id) or lot._replace(remaining=ZERO)

	def due(self, day: date | None) -> None:
		"""Something happens by itself on `day`."""
		if day is not None and day < self.next_due:
			self.next_due = day

	# ------------------------------------------------------------------------------------------ moving points

	def _post(
		self, day: date, kind: Kind, quantity: Decimal, lot: Lot | None, source: str, reason: Reason
	) -> None:
		self.seq += 1
		name, value = (lot.id, lot.value) if lot else (None, ZERO)
		self.store.record(Entry(self.key, self.seq, day, kind, quantity, name, value, source, reason))

	def _keep(self, lot: Lot) -> None:
		if lot.remaining:
			self.lots[lot.id] = lot
		else:
			self.lots.pop(lot.id, None)
			self.store.close(lot)

	def _due_for(self, lot: Lot, program: Program, day: date) -> None:
		if lot.available_from > day:
			self.due(lot.available_from)
		last = lots_.last_day(lot, program, self.last_purchase)
		if last is not None:
			self.due(last + timedelta(days=1))

	def new_lot(
		self, program: Program, quantity: Decimal, awarded_on: date, available_from: date, value: Decimal
	) -> Lot:
		"""The lot that the next entry of this account would open. Points die as the program says, money does not."""
		name = f"{self.key}-{self.seq + 1}"
		expires = None if self.is_money else lots_.expires_on(program, available_from)
		idle = program.expiry.count if program.expiry.kind == "inactivity" and not self.is_money else 0
		seq = self.seq + 1
		return Lot(
			name,
			self.key,
			quantity,
			quantity,
			value,
			available_from,
			expires,
			idle,
			awarded_on,
			seq,
			name,
		)

	def award(
		self, lot: Lot, program: Program, day: date, source: str, reason: Reason, kind: Kind = "award"
	) -> None:
		"""Opens the lot; if it can be spent, it fills the deficit first."""
		self._post(day, kind, lot.original, lot, source, reason)
		self._keep(lot)
		self._due_for(lot, program, self.clock)
		if self.deficit and lot.available_from <= self.clock:
			self.fill(self.clock, source)

	def fill(self, day: date, source: str) -> None:
		"""Lets the points that can be spent pay the deficit; the sum of the two movements is nothing."""
		pieces, left = lots_.take(lots_.spendable(self.lots.values(), day), self.deficit)
		for lot, points in pieces:
			unit = "amount" if self.is_money else "points"
			reason = Reason("credit_fills_deficit" if self.is_money else "fills_deficit", {unit: points})
			self._post(day, "fill", -points, lot, source, reason)
			self._post(day, "fill", points, None, source, reason)
			self._keep(lot._replace(remaining=lot.remaining - points))
		self.deficit = left

	def draw(self, pieces: Iterable[Piece], day: date, kind: Kind, source: str, reason: Reason) -> None:
		"""Takes pieces out of lots of this account."""
		for lot, points in pieces:
			self._post(day, kind, -points, lot, source, reason)
			now = self.lots[lot.id]
			expired = points if kind == "expire" else ZERO
			self._keep(now._replace(remaining=now.remaining - points, expired=now.expired + expired))

	def owe(self, quantity: Decimal, day: date, kind: Kind, source: str, reason: Reason) -> None:
		"""Takes points that are not there: a deficit."""
		if quantity:
			self._post(day, kind, -quantity, None, source, reason)
			self.deficit += quantity

	def forgive(self, quantity: Decimal, day: date, kind: Kind, source: str, reason: Reason) -> Decimal:
		"""Gives back points that were taken as a deficit, as far as there still is one; returns the rest."""
		part = min(quantity, self.deficit)
		if part:
			self._post(day, kind, part, None, source, reason)
			self.deficit -= part
		return quantity - part

	def put_back(
		self, piece: Piece, program: Program, day: date, kind: Kind, source: str, reason: Reason
	) -> Lot:
		"""Points return to the lot they came from; if it would die within `restore_days`, to a new lot of the same
		origin and value that lives so long. Returns the lot they went to."""
		lot, points = self.lot_now(piece[0]), piece[1]
		least = day + timedelta(days=program.returns.restore_days)
		last = lots_.last_day(lot, program, self.last_purchase)
		mine = lot.account == self.key
		if mine and (last is None or last >= least) and lot.remaining + points <= lot.original:
			lot = lot._replace(remaining=lot.remaining + points)
		else:
			lot = lot._replace(
				id=f"{self.key}-{self.seq + 1}",
				account=self.key,
				original=points,
				remaining=points,
				expired=ZERO,
				seq=self.seq + 1,
				expires_on=last if last is None or last >= least else least,
				idle_months=lot.idle_months if last is None or last >= least else 0,
			)
			self.store.adopt(lot)
		self._post(day, kind, points, lot, source, reason)
		self._keep(lot)
		self._due_for(lot, program, day)
		if self.deficit and lot.available_from <= day:
			self.fill(day, source)
		return lot

	def receive(self, piece: Piece, program: Program, day: date, source: str, reason: Reason) -> Lot:
		"""A piece of another account's lot arrives: a lot of its own, with the giver's value, dates and origin. Points
		that die of inactivity count the receiver's from the day they arrive. Returns the lot as it was opened."""
		given, points = piece
		lot = given._replace(
			id=f"{self.key}-{self.seq + 1}",
			account=self.key,
			original=points,
			remaining=points,
			expired=ZERO,
			seq=self.seq + 1,
			available_from=max(given.available_from, day) if given.idle_months else given.available_from,
		)
		self.store.adopt(lot)
		self._post(day, "transfer", points, lot, source, reason)
		self._keep(lot)
		self._due_for(lot, program, day)
		if self.deficit and lot.available_from <= day:
			self.fill(day, source)
		return lot

	def take_home(self, piece: Piece, program: Program, day: date, source: str, reason: Reason) -> None:
		"""A piece that had been given away comes back to its own lot, whose dates stay; to one like it where the lot is
		another account's by now."""
		lot, points = self.lot_now(piece[0]), piece[1]
		if lot.account != self.key or lot.remaining + points > lot.original:
			self.receive(piece, program, day, source, reason)
			return
		lot = lot._replace(remaining=lot.remaining + points)
		self._post(day, "transfer", points, lot, source, reason)
		self._keep(lot)
		self._due_for(lot, program, day)
		if self.deficit and lot.available_from <= day:
			self.fill(day, source)

	# ------------------------------------------------------------------------------------------ activity

	def day(self, day: date) -> Day:
		"""Net and points of a day, also one folded away."""
		found = self.days.get(day)
		if found is None:
			return self.store.day(self.key, day) if day < self.oldest_day else Day()
		return found

	def set_day(self, day: date, row: Day) -> None:
		"""Changes a day's row, and the totals with it."""
		before, known = self.day(day), self.measured
		if known is not None and known.start <= day <= known.end:
			self.measured = known.changed(self.days.get(day), row)
		self.days[day] = row
		points = self.total.points + row.points - before.points
		self.total = Day(self.total.net + row.net - before.net, points)
		self.visits += row.visit - before.visit

	def fold_before(self, day: date) -> None:
		"""Hands the days before `day` to the store."""
		old = {each: row for each, row in self.days.items() if each < day}
		if old:
			self.store.fold(self.key, old)
			for each in old:
				del self.days[each]
			self.measured = None
		self.oldest_day = max(self.oldest_day, day)
