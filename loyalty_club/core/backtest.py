"""Replays a purchase history through the same functions that the invoice hooks call, and tells what came of it.

Data in: `Bill`s, invoices and returns in the order of their days.
Data out: an `Outcome`; every ledger entry and tier change goes to the store's `on_entry` and `on_change` meanwhile.
Memory grows with customers and open lots; what was posted is kept by the store, `MemoryStore` here or one on disk.

>>> store = MemoryStore()
>>> replay = Replay(program, store)  # doctest: +SKIP
>>> replay.feed(bills)  # doctest: +SKIP
>>> replay.outcome().summary.points_outstanding  # doctest: +SKIP
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core import lrfm, undo
from loyalty_club.core.account import Account
from loyalty_club.core.errors import RedemptionRefused
from loyalty_club.core.lots import last_day
from loyalty_club.core.model import (
	ZERO,
	Document,
	Entry,
	Line,
	Lot,
	Posted,
	Program,
	Purchase,
	Return,
	Tender,
	TierChange,
)
from loyalty_club.core.outcome import Bucket, Member, Month, Outcome, Summary, TierRow, Undone
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.posting import Club
from loyalty_club.core.tiers import ONE_DAY, Day, lrfm_start


class Bill(NamedTuple):
	"""An invoice or return of the history, or both at once.

	sold, back: lines that went out and came back, amounts positive in both; redeem: the points it was paid with, if the
	history knows; rows, place: how many lines of its file it has, and the first one's number; tenders: what else paid
	it, if the history knows.
	"""

	id: str
	day: date
	customer: str
	sold: tuple[Line, ...]
	back: tuple[Line, ...] = ()
	against: str = ""
	redeem: Decimal = ZERO
	time: time | None = None
	branch: str = ""
	rows: int = 0
	place: int = 0
	tenders: tuple[Tender, ...] = ()


def ignore_entry(entry: Entry) -> None:
	"""Nobody listens."""


def ignore_change(change: TierChange) -> None:
	"""Nobody listens."""


class MemoryStore:
	"""A `Store` that forgets nothing and keeps everything in memory."""

	def __init__(
		self,
		on_entry: Callable[[Entry], None] = ignore_entry,
		on_change: Callable[[TierChange], None] = ignore_change,
	) -> None:
		self.accounts: dict[str, Account] = {}
		self.record = on_entry
		self.moved = on_change
		self._kin: dict[str, list[tuple[str, str]]] = {}
		self._documents: dict[str, Document] = {}
		self._sales: dict[str, list[Posted]] = {}
		self._closed: dict[str, Lot] = {}
		self._days: dict[tuple[str, date], Day] = {}

	def account(self, key: str) -> Account:
		found = self.accounts.get(key)
		if found is None:
			found = self.accounts[key] = Account(key, self)
		return found

	def adopt(self, lot: Lot) -> None:
		self._kin.setdefault(lot.root, []).append((lot.account, lot.id))

	def descendants(self, root: str) -> Iterable[tuple[str, str]]:
		return self._kin.get(root, ())

	def document(self, name: str) -> Document | None:
		return self._documents.get(name)

	def save(self, document: Document) -> None:
		if isinstance(document, Posted) and document.id not in self._documents:
			self._sales.setdefault(document.account, []).append(document)
		self._documents[document.id] = document

	def sales(self, account: str, since: date, until: date, items: Collection[str]) -> Iterable[Posted]:
		return [sale for sale in self._sales.get(account, ()) if since <= sale.day <= until]

	def lot(self, name: str) -> Lot | None:
		return self._closed.get(name)

	def close(self, lot: Lot) -> None:
		self._closed[lot.id] = lot

	def day(self, account: str, day: date) -> Day:
		return self._days.get((account, day), Day())

	def every_day(self, account: str) -> dict[date, Day]:
		folded = {day: row for (key, day), row in self._days.items() if key == account}
		return {**folded, **self.account(account).days}

	def fold(self, account: str, days: dict[date, Day]) -> None:
		for day, row in days.items():
			self._days[account, day] = row


class _Sums:
	"""Running sums of one month, tier or customer."""

	__slots__ = ("by_kind", "earned_value", "net", "redeemed_value", "returned")

	def __init__(self) -> None:
		self.by_kind: dict[str, Decimal] = {}
		self.net = ZERO
		self.returned = ZERO
		self.earned_value = ZERO
		self.redeemed_value = ZERO

	def add(self, kind: str, quantity: Decimal) -> None:
		self.by_kind[kind] = self.by_kind.get(kind, ZERO) + quantity

	def of(self, kind: str) -> Decimal:
		return self.by_kind.get(kind, ZERO)


class Replay:
	"""One back-test of one program. Feed it any number of histories that follow each other; the state carries over,
	and a bill that was fed before is not posted again."""

	def __init__(
		self, program: Program, store: MemoryStore, as_of: date | None = None, calendar: str = ""
	) -> None:
		"""as_of: the day to look back from (the last bill's if not given); calendar: how months are cut when telling
		(the program's own if not given)."""
		self.program = program
		self.calendar = CALENDARS[calendar or program.calendar]
		self.club = Club(program, store)
		self.store = store
		self.as_of = as_of
		self.invoices = self.returns = 0
		self.refused = self.repeated = self.later = self.without_customer = 0
		self.first_day: date | None = None
		self.last_day: date | None = None
		self._months: dict[date, _Sums] = {}
		self._month_starts: dict[date, date] = {}
		self._tiers: dict[str, _Sums] = defaultdict(_Sums)
		self._customers: dict[str, _Sums] = defaultdict(_Sums)
		self._month_begins: date | None = None  # where the score is the tier's metric: when the next is given
		self._listener = store.record
		store.record = self._count_entry

	# ------------------------------------------------------------------------------------------ replaying

	def feed(self, bills: Iterable[Bill], progress: Callable[[Bill], None] | None = None) -> None:
		"""Posts the bills in their order. `progress` is called after each."""
		for bill in bills:
			if self.as_of is not None and bill.day > self.as_of:
				self.later += 1
			elif not bill.customer:
				self.without_customer += bill.rows
			else:
				self._post(bill)
			if progress is not None:
				progress(bill)

	def _post(self, bill: Bill) -> None:
		"""What came back first, then what was bought; a bill with both is a return with a name of its own."""
		self._give_scores(bill.day)
		if bill.back:
			name = f"{bill.id}:return" if bill.sold else bill.id
			self._post_return(Return(name, bill.customer, bill.day, bill.back, bill.against))
		if bill.sold:
			self._post_sale(
				Purchase(
					bill.id,
					bill.customer,
					bill.day,
					bill.sold,
					bill.redeem,
					bill.tenders,
					bill.time,
					bill.branch,
				)
			)

	def _post_sale(self, purchase: Purchase) -> None:
		try:
			posted = self.club.sale(purchase)
		except RedemptionRefused:
			self.refused += 1
			posted = self.club.sale(purchase._replace(redeem=ZERO))
		if posted is None:
			self.repeated += 1
			return
		self.invoices += 1
		self._seen(purchase.day)
		net = sum([line.net for line in posted.lines], ZERO)
		self._count_sales(purchase.day, posted.tier, posted.account, net)

	def _post_return(self, back: Return) -> None:
		posted = undo.bring_back(self.club, back)
		if posted is None:
			self.repeated += 1
			return
		self.returns += 1
		self._seen(back.day)
		account = self.store.accounts[back.customer]
		self._count_sales(back.day, account.tier, account.key, -posted.net)
		self._customers[account.key].returned += posted.net

	def _seen(self, day: date) -> None:
		if self.first_day is None or day < self.first_day:
			self.first_day = day
		if self.last_day is None or day > self.last_day:
			self.last_day = day

	def _give_scores(self, day: date) -> None:
		"""Gives every member the LRFM score of each month that has begun by `day`, as of the evening before it, where
		the score is the tier's metric."""
		if self.program.tier_rules.metric != "lrfm":
			return
		month_of = CALENDARS[self.program.calendar].month_of
		if self._month_begins is None:
			self._month_begins = month_of(day).end + ONE_DAY
		while self._month_begins <= day:
			self._score_everybody(self._month_begins)
			self._month_begins = month_of(self._month_begins).end + ONE_DAY

	def _score_everybody(self, day: date) -> None:
		as_of, rules = day - ONE_DAY, self.program.lrfm
		start = lrfm_start(self.program, as_of)
		values: dict[str, lrfm.Values] = {}
		for key, account in self.store.accounts.items():
			days = account.days if account.oldest_day <= start else self.store.every_day(key)
			totals = lrfm.totals_of_days(days, start, as_of)
			if totals is not None:
				values[key] = lrfm.values(totals, as_of)
		cuts = lrfm.cuts(rules, lrfm.columns_of(values.values()))
		for key in list(self.store.accounts):
			mine = values.get(key)
			self.club.scored(key, day, lrfm.score(mine, cuts, rules).total if mine else ZERO)

	# ------------------------------------------------------------------------------------------ counting

	def _month(self, day: date) -> _Sums:
		start = self._month_starts.get(day)
		if start is None:
			start = self._month_starts[day] = self.calendar.month_of(day).start
		found = self._months.get(start)
		if found is None:
			found = self._months[start] = _Sums()
		return found

	def _count_sales(self, day: date, tier: str, customer: str, net: Decimal) -> None:
		self._month(day).net += net
		self._tiers[tier].net += net
		self._customers[customer].net += net

	def _count_entry(self, entry: Entry) -> None:
		self._listener(entry)
		kind, quantity = entry.kind, entry.quantity
		if kind == "fill" or kind == "transfer":
			return
		month = self._month(entry.day)
		month.add(kind, quantity)
		self._customers[entry.account].add(kind, quantity)
		if kind == "award":
			self._tiers[str(entry.reason.facts["tier"])].add(kind, quantity)
		if kind in ("award", "reverse"):
			value = entry.value if entry.lot else self.program.spending.point_value
			month.earned_value += quantity * value
		elif kind in ("redeem", "restore"):
			month.redeemed_value -= quantity * entry.value

	# ------------------------------------------------------------------------------------------ telling

	def settle(self) -> date | None:
		"""Lets time pass for every member up to the day the back-test looks back from, and returns that day."""
		day = self.as_of or self.last_day
		if day is not None:
			self._give_scores(day)
			for account in self.store.accounts.values():
				if account.next_due <= day:
					self.club.advance(account, day)
		return day

	def members(self) -> Iterator[Member]:
		"""Every member as of the last `settle`, in the order they joined."""
		day = self.as_of or self.last_day or date.min
		for account in self.store.accounts.values():
			yield Member(
				account.key,
				account.balance,
				account.pending(day),
				account.deficit,
				sum((lot.remaining * lot.value for lot in account.lots.values()), ZERO),
				account.tier,
				account.tier_since,
				account.total.net,
				account.visits,
				account.first_purchase,
				account.last_purchase,
			)

	def earned(self, customer: str) -> Decimal:
		"""The points a customer earned, less those that returns took back."""
		sums = self._customers[customer]
		return sums.of("award") + sums.of("reverse")

	def outcome(self) -> Outcome:
		"""What came of it, as of `as_of` or the last bill's day."""
		day = self.settle()
		names = [tier.name for tier in self.program.tiers]
		per_tier = dict.fromkeys(names, 0)
		outstanding = dict.fromkeys(names, ZERO)
		balance = pending = deficit = value = ZERO
		for member in self.members():
			per_tier[member.tier] = per_tier.get(member.tier, 0) + 1
			outstanding[member.tier] = outstanding.get(member.tier, ZERO) + member.balance
			balance += member.balance
			pending += member.pending
			deficit += member.deficit
			value += member.value
		months = list(self._month_rows())
		summary = Summary(
			program=self.program.name,
			first_day=self.first_day,
			last_day=self.last_day,
			as_of=day,
			invoices=self.invoices,
			returns=self.returns,
			members=len(self.store.accounts),
			net_sales=sum((month.net_sales for month in months), ZERO),
			points_earned=sum((month.earned for month in months), ZERO),
			points_redeemed=sum((month.redeemed for month in months), ZERO),
			points_restored=sum((month.restored for month in months), ZERO),
			points_expired=sum((month.expired for month in months), ZERO),
			points_reversed=sum((month.reversed for month in months), ZERO),
			points_outstanding=balance,
			points_pending=pending,
			points_deficit=deficit,
			value_outstanding=value,
			members_per_tier=per_tier,
			lines_without_customer=self.without_customer,
			redemptions_refused=self.refused,
			already_posted=self.repeated,
			after_as_of=self.later,
		)
		return Outcome(
			summary,
			tuple(months),
			tuple(self._tier_rows(per_tier, outstanding)),
			tuple(self._by_age(day)),
			tuple(self._by_expiry()),
			tuple(self._undone()),
		)

	def _month_rows(self) -> Iterator[Month]:
		for start in sorted(self._months):
			sums = self._months[start]
			yield Month(
				start,
				self.calendar.month_of(start).end,
				sums.net,
				sums.of("award"),
				-sums.of("redeem"),
				sums.of("restore"),
				-sums.of("expire"),
				-sums.of("reverse"),
				sums.earned_value,
				sums.redeemed_value,
			)

	def _tier_rows(self, members: dict[str, int], outstanding: dict[str, Decimal]) -> Iterator[TierRow]:
		titles = {tier.name: tier.title_fa for tier in self.program.tiers}
		for name in members:
			sums = self._tiers[name]
			yield TierRow(
				name, titles.get(name, ""), members[name], sums.net, sums.of("award"), outstanding[name]
			)

	def _by_age(self, day: date | None) -> Iterator[Bucket]:
		edges = (0, 1, 3, 6, 12)
		sums = dict.fromkeys(edges, (ZERO, ZERO))
		if day is None:
			return
		limits = [(edge, self.calendar.add_months(day, -edge)) for edge in edges]
		for account in self.store.accounts.values():
			for lot in account.lots.values():
				edge = max((each for each, limit in limits if lot.awarded_on <= limit), default=0)
				points, value = sums[edge]
				sums[edge] = (points + lot.remaining, value + lot.remaining * lot.value)
		for edge, (points, value) in sums.items():
			yield Bucket(str(edge), None, None, points, value)

	def _by_expiry(self) -> Iterator[Bucket]:
		sums: dict[date | None, tuple[Decimal, Decimal]] = {}
		for account in self.store.accounts.values():
			for lot in account.lots.values():
				last = last_day(lot, self.program, account.last_purchase)
				start = self.calendar.month_of(last).start if last else None
				points, value = sums.get(start, (ZERO, ZERO))
				sums[start] = (points + lot.remaining, value + lot.remaining * lot.value)
		for start in sorted(each for each in sums if each is not None):
			yield Bucket("month", start, self.calendar.month_of(start).end, *sums[start])
		if None in sums:
			yield Bucket("never", None, None, *sums[None])

	def _undone(self, most: int = 50) -> list[Undone]:
		rows = []
		for key, sums in self._customers.items():
			if sums.of("reverse") < 0:
				account = self.store.accounts[key]
				rows.append(
					Undone(
						key,
						account.tier,
						sums.net + sums.returned,
						sums.returned,
						sums.of("award"),
						-sums.of("reverse"),
						account.balance,
					)
				)
		return sorted(rows, key=lambda row: (-row.reversed, row.customer))[:most]
