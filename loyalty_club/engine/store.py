"""The site's tables as the `Store` that the rules ask: it reads through `ledger`, collects what changed, writes it
once.

It decides nothing. A `SiteStore` lives for one act in one transaction. With `dry=True` nothing is locked and nothing
can be written: that is how a preview asks the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from loyalty_club import ledger
from loyalty_club.core import records, tiers
from loyalty_club.core.account import Account
from loyalty_club.core.ladder import KEPT_DAYS
from loyalty_club.core.model import ZERO, Document, Entry, Lot, Posted, Program, TierChange
from loyalty_club.core.tiers import Day


class _Lots(dict[str, Lot]):
	"""An account's open lots, read when somebody looks at them: an award needs none of the old ones."""

	def __init__(self, load: Callable[[], Iterable[Lot]], changed: Callable[[Lot], None]) -> None:
		super().__init__()
		self._load: Callable[[], Iterable[Lot]] | None = load
		self._changed = changed

	def _all(self) -> None:
		if self._load is not None:
			load, self._load = self._load, None
			for lot in load():
				if lot.id not in self:
					super().__setitem__(lot.id, lot)

	def __setitem__(self, name: str, lot: Lot) -> None:
		super().__setitem__(name, lot)
		self._changed(lot)

	def __getitem__(self, name: str) -> Lot:
		self._all()
		return super().__getitem__(name)

	def get(self, name: str, default: Any = None) -> Any:
		self._all()
		return super().get(name, default)

	def values(self) -> Any:
		self._all()
		return super().values()

	def pop(self, name: str, *default: Any) -> Any:
		self._all()
		return super().pop(name, *default)


class SiteAccount(Account):
	"""A Club Account while an act moves it."""

	__slots__ = ("_days", "_lots", "_since", "moved", "row")

	def __init__(
		self,
		row: ledger.Locked,
		store: SiteStore,
		until: date,
		lots: Iterable[Lot] | None = None,
		days: dict[date, Day] | None = None,
	) -> None:
		"""lots, days: where they have been read already."""
		self._lots: Any = None
		self._days: dict[date, Day] | None = {}
		self.moved = ZERO
		self.row = row
		super().__init__(row.name, store, row.wallet)
		self.seq, self.deficit = row.seq, row.deficit
		records.restore_state(self, row.state)
		self.due(row.next_due)
		earliest = min(until, self.clock) if row.state else until
		self._since = _remembered_from(store.program, earliest)
		begun = min(self.first_purchase or date.max, self.joined or date.max)
		self.oldest_day = self._since if begun < self._since else date.min
		read = (lambda: ledger.open_lots(row.name, row.fresh)) if lots is None else lambda: lots
		self._lots = _Lots(read, store.lot_changed)
		self._days = days

	@property
	def balance(self) -> Decimal:
		return self.row.balance + self.moved

	@property
	def lots(self) -> dict[str, Lot]:  # type: ignore[override]
		lots: dict[str, Lot] = self._lots
		return lots

	@lots.setter
	def lots(self, given: dict[str, Lot]) -> None:
		self._lots = given

	@property
	def days(self) -> dict[date, Day]:  # type: ignore[override]
		if self._days is None:
			self._days = (
				ledger.days(self.key, self._since, date.max, self.row.fresh) if self.row.state else {}
			)
		return self._days

	@days.setter
	def days(self, given: dict[date, Day]) -> None:
		self._days = given

	def set_day(self, day: date, row: Day) -> None:
		store = self.store
		assert isinstance(store, SiteStore)
		store.day_changed(self.key, day, self.day(day), row)
		super().set_day(day, row)


def _remembered_from(program: Program, day: date) -> date:
	"""The first day that a window, cap or netting can look at from `day` on; older ones are asked for singly."""
	rules = program.tier_rules
	first = day - timedelta(days=max(KEPT_DAYS, 2 * rules.netting_days + 1))
	if day > date(1900, 1, 1):
		first = min(first, tiers.first_needed(program, day))
	return first


def _clock(row: ledger.Locked) -> date:
	return date.fromisoformat(row.state["clock"])


def _tier_is_due(row: ledger.Locked, day: date) -> bool:
	"""Whether a tier of this account may be reviewed or withdrawn by `day`."""
	until = records.state_day(day) or ""
	return any(
		when is not None and when <= until
		for promotion in row.state.get("promotions", ())
		for when in (promotion["check_on"], promotion.get("grace_until"), promotion["review_on"])
	)


class SiteStore:
	"""A `core.account.Store` over the site's tables, for one act."""

	def __init__(
		self,
		program: Program,
		act: ledger.Act,
		place: ledger.Place,
		*,
		until: date,
		seen: Mapping[str, int] | None = None,
		dry: bool = False,
	) -> None:
		"""until: the day of the act; seen: account versions that plain reads of this transaction have shown."""
		self.program = program
		self.batch = ledger.Batch(act, place)
		self.accounts: dict[str, SiteAccount] = {}
		self.entries: list[Entry] = []
		self._until = until
		self._seen = dict(seen or {})
		self._dry = dry
		self._documents: dict[str, Document | None] = {}
		self._creations: dict[str, str] = {}
		self._kin: dict[str, list[tuple[str, str]]] = {}

	# ------------------------------------------------------------------------------------------ what the rules ask

	def open(self, names: Iterable[str]) -> None:
		"""Locks several accounts at once, in one order."""
		wanted = [name for name in names if name not in self.accounts]
		rows = {name: ledger.peek(name) for name in wanted} if self._dry else ledger.lock(wanted, self._seen)
		for name in wanted:
			self.accounts[name] = SiteAccount(rows[name], self, self._until)

	def open_many(self, rows: Mapping[str, ledger.Locked]) -> None:
		"""Takes accounts that are locked (or peeked at) already, and reads at once what time's passing looks at: their
		lots, and the days of those whose tier is looked at."""
		fresh = [name for name, row in rows.items() if row.fresh]
		lots = ledger.open_lots_of(fresh)
		looked_at = [name for name in fresh if _tier_is_due(rows[name], self._until)]
		since = min(
			[_remembered_from(self.program, _clock(rows[name])) for name in looked_at], default=date.max
		)
		days = ledger.days_of(looked_at, since) if looked_at else {}
		for name, row in rows.items():
			self.accounts[name] = SiteAccount(row, self, self._until, lots.get(name), days.get(name))

	def account(self, key: str) -> SiteAccount:
		if key not in self.accounts:
			self.open([key])
		return self.accounts[key]

	def document(self, name: str) -> Document | None:
		if name not in self._documents:
			found = ledger.posting(name, self._fresh)
			self._documents[name], self._creations[name] = found or (None, "")
		return self._documents[name]

	def creation_of(self, name: str) -> str:
		"""When the document that was posted under this name was made; "" if none was."""
		self.document(name)
		return self._creations.get(name, "")

	def save(self, document: Document) -> None:
		self._documents[document.id] = document
		self.batch.documents[document.id] = document

	def sales(self, account: str, since: date, until: date, items: Collection[str]) -> Iterable[Posted]:
		for sale in ledger.sales(account, since, until, self._fresh):
			known = self._documents.setdefault(sale.id, sale)
			if isinstance(known, Posted):
				yield known

	def lot(self, name: str) -> Lot | None:
		return self.batch.lots.get(name) or ledger.one_lot(name, self._fresh)

	def close(self, lot: Lot) -> None:
		self.lot_changed(lot)

	def adopt(self, lot: Lot) -> None:
		self._kin.setdefault(lot.root, []).append((lot.account, lot.id))

	def descendants(self, root: str) -> Iterable[tuple[str, str]]:
		found = ledger.descendants(root)
		self.open(sorted({account for account, _ in found}))
		return [*found, *self._kin.get(root, ())]

	def day(self, account: str, day: date) -> Day:
		return ledger.days(account, day, day, self._fresh).get(day, Day())

	def every_day(self, account: str) -> dict[date, Day]:
		return {**ledger.days(account, date.min, date.max, self._fresh), **self.account(account).days}

	def fold(self, account: str, days: dict[date, Day]) -> None:
		"""The days stand in the table already."""

	def record(self, entry: Entry) -> None:
		account = self.accounts[entry.account]
		account.moved += entry.quantity
		self.entries.append(entry)
		self.batch.entries.append((entry, account.tier))

	def moved(self, change: TierChange) -> None:
		self.batch.changes.append(change)

	# ------------------------------------------------------------------------------------------ what changed

	@property
	def _fresh(self) -> bool:
		return all(account.row.fresh for account in self.accounts.values())

	def lot_changed(self, lot: Lot) -> None:
		"""A lot was opened, or has another remainder."""
		self.batch.lots[lot.id] = lot

	def day_changed(self, account: str, day: date, before: Day, after: Day) -> None:
		"""A day's purchases are others."""
		first = self.batch.days.get((account, day), (before, after))[0]
		self.batch.days[account, day] = (first, after)

	def write(self) -> None:
		"""Writes everything at once. Call it once, at the end."""
		assert not self._dry, "a preview writes nothing"
		for name, account in self.accounts.items():
			review_on = account.promotions[-1].review_on if account.promotions else None
			state = records.state_to(account) if account.joined is not None else {}
			if state:
				state["review_on"] = records.state_day(review_on)
			self.batch.accounts[name] = ledger.AccountChange(
				account.row,
				account.seq,
				account.deficit,
				account.tier,
				account.tier_since,
				review_on,
				account.next_due,
				account.last_purchase,
				state,
			)
		ledger.write(self.batch)

	def release(self) -> None:
		"""Lets go of the accounts, which hold the store: a night's work would else wait for the garbage collector."""
		self.accounts.clear()
