"""Random lives in which credit and gift cards pay beside points: the invariants hold, and no money is made or lost."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from test_invariants import LINES, MEMBERS, PROGRAMS, Life

from loyalty_club.core import records, undo, wallets
from loyalty_club.core.errors import ClubError, RedemptionRefused
from loyalty_club.core.model import Paid, Posted, Purchase, Repaid, Return

KINDS = {"m/cash": "Cash Credit", "n/gift": "Gift Credit", "card": "Gift Card"}
WALLETS = st.sampled_from(sorted(KINDS))
SHARES = st.sampled_from([0, 1, 2, 4])


class MoneyLife(Life):
	"""The same two members and till, a credit each, and a gift card that anybody may hold."""

	def __init__(self) -> None:
		super().__init__()
		for key, kind in KINDS.items():
			self.shop.account(key).wallet = kind  # type: ignore[assignment]
		self.put_in: list[str] = []
		self.strangers: list[str] = []

	@rule(
		key=WALLETS,
		amount=st.integers(1, 400),
		own=st.booleans(),
		days=st.sampled_from([None, None, 20]),
	)
	def put(self, key: str, amount: int, own: bool, days: int | None) -> None:
		name = self.shop.name("P")
		last = None if days is None else self.shop.today.fromordinal(self.shop.today.toordinal() + days)
		done = self.shop.club.adjust(
			name, key, Decimal(amount * 9_973), self.shop.today, "a test", last, granted=not own
		)
		assert done is not None
		self.put_in.append(name)

	@precondition(lambda self: self.put_in)
	@rule(data=st.data())
	def take_back_what_was_put_in(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.put_in))
		entries = len(self.shop.entries)
		try:
			assert self.shop.cancel(name)
		except ClubError as refused:
			code = refused.code
		else:
			self.put_in.remove(name)
			return
		assert code == "credit_is_spent"
		assert all(not entry.source for entry in self.shop.entries[entries:]), "only time has passed"

	@rule(rows=LINES, who=MEMBERS, points=SHARES, shares=st.lists(st.tuples(WALLETS, SHARES), max_size=3))
	def buy_with_credit(self, rows: list, who: str, points: int, shares: list[tuple[str, int]]) -> None:
		spend = self.shop.available(who) * points / 4
		spend -= spend % self.program.quantum
		wishes = self._wishes(shares)
		gross = sum((row.net + row.tax for row in rows), Decimal(0))
		name = self.shop.name("S")
		try:
			plan = wallets.plan(self.shop.club, wishes, gross, self.shop.today)
			sale = Purchase(name, who, self.shop.today, tuple(rows), spend, wallets.tenders(plan))
			assert self.shop.club.sale(sale) is not None
		except RedemptionRefused:
			assert self.shop.store.document(name) is None
			return
		wallets.pay(self.shop.club, name, plan, self.shop.today)
		assert not wallets.pay(self.shop.club, name, plan, self.shop.today)
		self.sales.append(name)

	@rule(rows=LINES, share=st.sampled_from([1, 2, 4]))
	def a_stranger_buys_by_gift_card(self, rows: list, share: int) -> None:
		gross = sum((row.net + row.tax for row in rows), Decimal(0))
		amount = min(gross // 1, self.shop.available("card") * share // 4)
		if amount <= 0:
			return
		name = self.shop.name("S")
		plan = wallets.plan(self.shop.club, [("card", "Gift Card", amount)], gross, self.shop.today)
		sale = Purchase(name, "card", self.shop.today, tuple(rows), tenders=wallets.tenders(plan))
		assert wallets.keep(self.shop.club, sale, "card") is not None
		wallets.pay(self.shop.club, name, plan, self.shop.today)
		self.strangers.append(name)

	@precondition(lambda self: self.strangers)
	@rule(data=st.data(), part=st.sampled_from(["1", "0.5", "0.3"]))
	def a_stranger_brings_back(self, data: st.DataObject, part: str) -> None:
		sale = self.shop.sale(data.draw(st.sampled_from(self.strangers)))
		share = Decimal(part)
		rows = tuple(
			each._replace(qty=each.qty * share, net=each.net * share, tax=each.tax * share)
			for each in sale.lines
		)
		back = undo.bring_back(
			self.shop.club, Return(self.shop.name("R"), "card", self.shop.today, rows, sale.id)
		)
		assert back is not None
		assert not back.taken

	@precondition(lambda self: self.strangers)
	@rule(data=st.data())
	def a_strangers_sale_is_cancelled(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.strangers))
		self.strangers.remove(name)
		assert self.shop.cancel(name)

	def _wishes(self, shares: list[tuple[str, int]]) -> list[tuple[str, str, Decimal]]:
		found = [(key, KINDS[key], self.shop.available(key) * share // 4) for key, share in shares if share]
		return [wish for wish in found if wish[2] > 0]

	@invariant()
	def what_wallets_paid_is_what_is_gone(self) -> None:
		"""Of every sale: paid less given back is what its entries say, piece by piece, never below zero."""
		for name in (*self.sales, *self.strangers):
			for key in KINDS:
				paid = self.shop.store.document(wallets.payment_name(name, key))
				if isinstance(paid, Paid):
					for (_lot, part), back in zip(paid.spent, paid.restored, strict=True):
						assert 0 <= back <= part
					sale = self.shop.sale(name)
					if all(share == 1 for share in sale.returned):
						assert sum(paid.restored) == paid.amount, "all goods back, all money back"

	@invariant()
	def wallets_are_written_down_and_read_back(self) -> None:
		for name in (*self.sales, *self.strangers, *self.returns):
			for key in KINDS:
				document = self.shop.store.document(wallets.payment_name(name, key))
				if isinstance(document, (Paid, Repaid)):
					text = json.dumps(records.document_to(document))
					assert records.document_from(document.id, json.loads(text)) == document

	@invariant()
	def the_identity_of_the_summary_holds(self) -> None:
		for keys in (("m", "n"), *[(key,) for key in KINDS]):
			total = sum((e.quantity for e in self.shop.entries if e.account in keys), Decimal(0))
			assert total == sum(self.shop.balance(key) for key in keys)

	@invariant()
	def wallets_have_neither_tier_nor_activity(self) -> None:
		for key in KINDS:
			account = self.shop.account(key)
			assert not account.tier
			assert not account.days
			assert account.purchases >= 0
			assert all(lot.value == 1 and lot.remaining % 1 == 0 for lot in account.lots.values())

	def teardown(self) -> None:
		"""Everything that was bought is undone: each wallet holds what was put in and has not died, or owes nothing."""
		for name in (*self.sales, *self.strangers):
			document = self.shop.store.document(name)
			if isinstance(document, Posted) and not document.cancelled:
				assert self.shop.cancel(name)
		for key in KINDS:
			mine = [entry for entry in self.shop.entries if entry.account == key]
			spent = sum((e.quantity for e in mine if e.kind in ("redeem", "restore")), Decimal(0))
			assert spent <= 0, "more came back than was spent"
			assert not any(entry.kind == "reverse" for entry in mine)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_invariant_holds_where_money_pays_too(name: str) -> None:
	class ThisLife(MoneyLife):
		program = PROGRAMS[name]

	run_state_machine_as_test(
		ThisLife,
		settings=settings(
			max_examples=60,
			stateful_step_count=25,
			suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
		),
	)
