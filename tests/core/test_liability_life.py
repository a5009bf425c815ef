"""A hundred thousand random operations across two years of month ends: not one rial drifts.

The rules post sales, redemptions, returns, cancellations, gifts, backdated documents; time expires what is old. At each
month's end everything is valued: the account, which redemptions debit at face, is brought to the liability, and what
was frozen is carried on. In the end all points are dead, and nothing is owed.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from builders import Expiry, M, Shop, Spending, program

from loyalty_club.core import liability
from loyalty_club.core.errors import ClubError
from loyalty_club.core.exact import Fraction
from loyalty_club.core.liability import NEVER, Cohort, Roll, Share
from loyalty_club.core.model import Lot, Posted
from loyalty_club.core.periods import CALENDARS

OPERATIONS = 100_000
MEMBERS = 400
BEGIN = date(2024, 3, 20)
MONTHS = 24
month_of = CALENDARS["jalali"].month_of
FIELD = {
	"award": ("issued", 1),
	"redeem": ("redeemed", -1),
	"restore": ("redeemed", -1),
	"fill": ("redeemed", -1),
	"reverse": ("reversed", -1),
	"expire": ("expired", -1),
}
Key = tuple[date, Decimal, bool]


class Books:
	"""The account and what valuations froze, fed with the ledger's entries."""

	def __init__(self, shop: Shop) -> None:
		self.shop = shop
		self.read = 0
		self.account = Decimal(0)
		self.cohorts: dict[Key, Counter[str]] = {}
		self.sales: Counter[Key] = Counter()
		self.shares: dict[Key, Share] = {}
		self.valued: Counter[Key] = Counter()
		self.moved = Roll(*[Decimal(0)] * 7, NEVER)

	def catch_up(self) -> None:
		"""Books what the ledger holds since it was looked at last."""
		for entry in self.shop.entries[self.read :]:
			if entry.kind in ("redeem", "restore"):
				self.account += entry.quantity * entry.value
			if entry.lot is None:
				continue
			root = self._lot(entry.account, self._lot(entry.account, entry.lot).root)
			sale = self.shop.store.document(root.id)
			key = (month_of(root.awarded_on).start, root.value, isinstance(sale, Posted))
			field, sign = FIELD.get(entry.kind) or (("issued", 1) if entry.quantity > 0 else ("expired", -1))
			self.cohorts.setdefault(key, Counter())[field] += sign * entry.quantity  # type: ignore[assignment]
			if entry.kind == "award" and isinstance(sale, Posted):
				self.sales[key] += sum((each.net for each in sale.lines), Decimal(0))  # type: ignore[assignment]
		self.read = len(self.shop.entries)

	def _lot(self, account: str, name: str) -> Lot:
		found = self.shop.account(account).lots.get(name) or self.shop.store.lot(name)
		assert found is not None
		return found

	def close(self, rate: Fraction) -> None:
		"""Values everything and brings the account there."""
		self.catch_up()
		rolls = []
		for key, fields in sorted(self.cohorts.items()):
			cohort = Cohort(**{name: Decimal(fields[name]) for name in Cohort._fields})
			before = self.shares.get(key, NEVER)
			if key[2]:
				sold, issued = self.sales[key] - self.valued[key], cohort.issued - before.cohort.issued
				more = liability.deferral(Decimal(sold), issued, key[1], rate)
				one = liability.roll(before.deferred + more, cohort, rate, before)
				self.valued[key] = self.sales[key]
			else:
				one = liability.at_cost(key[1], cohort, rate, before)
			assert one.opening == before.closing
			assert one.closing >= 0
			self.shares[key] = one.share
			rolls.append(one)
		left = sum((share.cohort.remaining for share in self.shares.values()), Decimal(0))
		accounts = self.shop.store.accounts.values()
		assert left == sum((account.balance + account.deficit for account in accounts), Decimal(0))
		whole = liability.total(rolls)
		opening, deferred, reversed_, recognised, expired, transferred, closing = whole[:7]
		assert opening + deferred - reversed_ - recognised - expired - transferred == closing
		bridge = liability.Bridge(opening, opening - self.account, Decimal(0), Decimal(0), whole)
		self.account += bridge.journal
		assert self.account == closing, "to the rial"
		self.moved = liability.total([self.moved, whole])


def test_no_rial_drifts() -> None:
	chance = random.Random(1404)
	shop = Shop(program(expiry=Expiry("days", 120)), BEGIN)
	books, people = Books(shop), [f"m{n}" for n in range(MEMBERS)]
	lately: list[str] = []
	done = refused = 0
	for month in range(MONTHS):
		if month == MONTHS // 2:
			shop.change(spending=Spending(Decimal(1_500)))
		period = month_of(shop.today)
		for day in range((period.end - period.start).days + 1):
			shop.today = period.start + timedelta(days=day)
			for _n in range(OPERATIONS // MONTHS // 30):
				try:
					_act(shop, chance, chance.choice(people), lately)
				except ClubError:
					refused += 1
				done += 1
			del lately[:-400]
			shop.settle()
		books.close(Fraction(chance.randint(40, 100), 100))
		shop.wait(1)
	assert done > OPERATIONS * 0.98
	assert refused < done * 0.2
	assert books.account > 0
	assert {key[1] for key in books.cohorts} == {Decimal(1_000), Decimal(1_500)}
	shop.wait(400)
	shop.settle()
	books.close(Fraction(1, 2))
	assert (books.account, books.moved.closing - books.moved.opening) == (0, 0)
	whole = books.moved
	assert whole.deferred == whole.reversed + whole.recognised + whole.expired + whole.transferred


def _act(shop: Shop, chance: random.Random, who: str, lately: list[str]) -> None:
	what = chance.random()
	if what < 0.55 or not lately:
		day, back = shop.today, chance.random() < 0.05
		if back:  # into a month that may be closed
			shop.today = max(BEGIN, day - timedelta(days=chance.randint(1, 25)))
		try:
			lately.append(shop.buy(chance.randint(1, 90) * M // 10, who=who))
		finally:
			shop.today = day
	elif what < 0.75:
		points = shop.available(who)
		if points > 0:
			lately.append(shop.buy(100 * M, who=who, redeem=chance.randint(1, int(points))))
	elif what < 0.88:
		sale = shop.sale(lately.pop(chance.randrange(len(lately))))
		shop.bring_all(sale.id, Decimal(chance.choice(["1", "0.5"])), sale.account)
	elif what < 0.94:
		shop.cancel(lately.pop(chance.randrange(len(lately))))
	else:
		shop.club.adjust(shop.name("A"), who, Decimal(chance.randint(1, 60)), shop.today, "a gift")
