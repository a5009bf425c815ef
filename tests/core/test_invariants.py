"""Random sequences of everything a club lives through; the design's invariants hold after each step.

Hypothesis shrinks a failure to the shortest story that still breaks one.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import (
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
	TierRules,
	When,
	Window,
	line,
	program,
)
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
	RuleBasedStateMachine,
	invariant,
	precondition,
	rule,
	run_state_machine_as_test,
)

from loyalty_club.core import records, tiers, words
from loyalty_club.core.account import Account
from loyalty_club.core.errors import ClubError, RedemptionRefused
from loyalty_club.core.model import Program

BONUS = (
	EarnRule("triple A", multiply=Decimal(3), when=When(items=frozenset({"A"}))),
	EarnRule("fifty", add=Decimal(50), when=When(minimum_amount=5 * M)),
	EarnRule("per unit", add=Decimal(2), add_per="unit", when=When(items=frozenset({"B"}))),
)

PROGRAMS = {
	"plain": program(tiers=LADDER),
	"everything": program(
		tiers=LADDER,
		earning=Earning(
			rules=BONUS, exclude=Items(items=frozenset({"D"})), pending_days=5, caps=Caps(day=Decimal(900))
		),
		expiry=Expiry("days", 40),
		spending=Spending(Decimal(1500), not_payable=Items(items=frozenset({"C"})), max_share=Decimal("0.9")),
		tier_rules=TierRules(window=Window("rolling_months", 3), term_months=2, downgrade="one_step"),
		returns=ReturnRules(restore_days=10),
		point_decimals=1,
	),
	"steps": program(
		tiers=LADDER,
		earning=Earning(method="full_steps", carry_over=True, rules=BONUS, stacking="best_only"),
		expiry=Expiry("end_of_month", 2),
		tier_rules=TierRules(metric="visits", window=Window("lifetime"), term_months=1),
	),
	"as a discount": program(
		tiers=LADDER,
		expiry=Expiry("days", 40),
		spending=Spending(Decimal(1500), max_share=Decimal("0.7"), redeem_as="discount"),
	),
	"idle, when paid": program(
		tiers=LADDER,
		earning=Earning(award="when_paid"),
		expiry=Expiry("inactivity", 1),
		tier_rules=TierRules(metric="points_earned", window=Window("this_and_last_year"), term_months=3),
	),
}

ITEMS = st.sampled_from("ABCD")
MEMBERS = st.sampled_from(["m", "n"])
LINES = st.lists(
	st.tuples(ITEMS, st.integers(1, 400), st.integers(1, 4)).map(
		lambda row: line(row[0], row[1] * 100_003, qty=row[2])
	),
	min_size=1,
	max_size=3,
)


class Life(RuleBasedStateMachine):
	"""Two members, one till."""

	program: Program = PROGRAMS["plain"]

	def __init__(self) -> None:
		super().__init__()
		self.shop = Shop(self.program)
		self.sales: list[str] = []
		self.returns: list[str] = []
		self.adjusted: list[str] = []
		self.given: list[str] = []
		self.seen = 0

	@rule(rows=LINES, who=MEMBERS, share=st.sampled_from([0, 0, 1, 2, 4]), paid=st.booleans())
	def buy(self, rows: list, who: str, share: int, paid: bool) -> None:
		points = self.shop.available(who) * share / 4
		points -= points % self.program.quantum
		try:
			name = self.shop.buy(*rows, redeem=points, who=who, paid=paid)
		except RedemptionRefused as refused:
			note(str(refused))
			name = self.shop.buy(*rows, who=who, paid=paid)
		self.sales.append(name)

	@precondition(lambda self: self.sales)
	@rule(data=st.data(), share=st.sampled_from(["1", "0.5", "0.25", "0.3"]))
	def bring_part(self, data: st.DataObject, share: str) -> None:
		sale = self.shop.sale(data.draw(st.sampled_from(self.sales)))
		chosen = data.draw(st.sets(st.sampled_from(range(len(sale.lines))), min_size=1))
		part = Decimal(share)
		rows = [
			each._replace(qty=each.qty * part, net=each.net * part, tax=each.tax * part)
			for n, each in enumerate(sale.lines)
			if n in chosen
		]
		self.returns.append(self.shop.bring(*rows, against=sale.id, who=sale.account).id)

	@rule(item=ITEMS, amount=st.integers(1, 100), who=MEMBERS)
	def bring_without_the_invoice(self, item: str, amount: int, who: str) -> None:
		self.returns.append(self.shop.bring(line(item, amount * 100_003), who=who).id)

	@precondition(lambda self: self.returns)
	@rule(data=st.data())
	def cancel_the_last_return(self, data: st.DataObject) -> None:
		self.shop.cancel(self.returns.pop())

	@precondition(lambda self: self.sales)
	@rule(data=st.data())
	def cancel_a_sale(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.sales))
		assert self.shop.cancel(name)
		assert not self.shop.cancel(name)
		self.sales.remove(name)

	@precondition(lambda self: self.sales)
	@rule(data=st.data())
	def pay(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.sales))
		first = self.shop.club.pay(name, self.shop.today)
		assert not (first and self.shop.club.pay(name, self.shop.today)), "paid twice"

	@precondition(lambda self: self.sales)
	@rule(data=st.data())
	def a_cheque_bounces(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.sales))
		self.shop.club.unpay(name, self.shop.today, self.shop.name("B"))

	@rule(days=st.sampled_from([1, 3, 8, 31, 70]))
	def wait(self, days: int) -> None:
		self.shop.wait(days)
		self.shop.settle()

	@rule(share=st.sampled_from([1, 2, 4]), giver=MEMBERS)
	def transfer(self, share: int, giver: str) -> None:
		points = self.shop.available(giver) * share / 4
		points -= points % self.program.quantum
		receiver = "n" if giver == "m" else "m"
		total = self.shop.balance("m") + self.shop.balance("n")
		if points:
			self.given.append(self.shop.name("T"))
			args = self.given[-1], giver, receiver, points, self.shop.today
			assert self.shop.club.transfer(*args) is not None
			assert self.shop.club.transfer(*args) is None
		else:
			with pytest.raises(ClubError):
				self.shop.club.transfer(self.shop.name("T"), giver, receiver, points, self.shop.today)
		self.shop.settle()
		assert self.shop.balance("m") + self.shop.balance("n") == total

	@precondition(lambda self: self.given)
	@rule(data=st.data())
	def cancel_a_transfer(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.given))
		self.given.remove(name)
		self.shop.settle()
		seen, total = len(self.shop.entries), self.shop.balance("m") + self.shop.balance("n")
		assert self.shop.cancel(name)
		assert not self.shop.cancel(name)
		died = sum(e.quantity for e in self.shop.entries[seen:] if e.kind == "expire")
		assert self.shop.balance("m") + self.shop.balance("n") == total + died

	@rule(who=MEMBERS, points=st.integers(-300, 300).filter(bool))
	def adjust(self, who: str, points: int) -> None:
		name = self.shop.name("A")
		assert self.shop.club.adjust(name, who, Decimal(points), self.shop.today, "a test") is not None
		assert self.shop.club.adjust(name, who, Decimal(points), self.shop.today, "a test") is None
		self.adjusted.append(name)

	@precondition(lambda self: self.adjusted)
	@rule(data=st.data())
	def cancel_an_adjustment(self, data: st.DataObject) -> None:
		name = data.draw(st.sampled_from(self.adjusted))
		self.adjusted.remove(name)
		assert self.shop.cancel(name)

	@invariant()
	def books_balance(self) -> None:
		self.shop.check()

	@invariant()
	def what_is_recorded_can_be_written_down_and_read_back(self) -> None:
		for name in (*self.sales, *self.returns, *self.adjusted, *self.given):
			document = self.shop.store.document(name)
			assert document is not None
			text = json.dumps(records.document_to(document))
			assert records.document_from(name, json.loads(text)) == document
		for who in ("m", "n"):
			account, again = self.shop.account(who), Account(who, self.shop.store)
			records.restore_state(again, json.loads(json.dumps(records.state_to(account))))
			assert records.state_to(again) == records.state_to(account)
			assert again.promotions == account.promotions
		for entry in self.shop.entries[self.seen :]:
			facts = json.loads(json.dumps(records.reason_to(entry.reason)))
			assert records.reason_from(entry.reason.code, facts) == entry.reason
			assert words.reason(entry.reason, words.Style("fa"))
		self.seen = len(self.shop.entries)

	@invariant()
	def nothing_is_spent_below_zero(self) -> None:
		running: dict[str, Decimal] = {}
		for entry in self.shop.entries:
			running[entry.account] = running.get(entry.account, Decimal(0)) + entry.quantity
			if entry.kind == "redeem":
				assert running[entry.account] >= 0, entry

	@invariant()
	def returns_undo_no_more_than_was_done(self) -> None:
		for name in self.sales:
			sale = self.shop.sale(name)
			assert 0 <= sale.reversed <= sale.awarded
			assert 0 <= sale.taken <= sale.awarded
			for (_, spent), back in zip(sale.spent, sale.restored, strict=True):
				assert 0 <= back <= spent
			for a, b in zip(sale.returned, sale.matched, strict=True):
				assert a >= 0 <= b
				assert a + b <= 1

	@invariant()
	def the_identity_of_the_summary_holds(self) -> None:
		by_kind = {
			kind: sum((e.quantity for e in self.shop.entries if e.kind == kind), Decimal(0))
			for kind in ("award", "redeem", "restore", "expire", "reverse", "fill", "transfer", "adjust")
		}
		assert by_kind["fill"] == by_kind["transfer"] == 0
		assert sum(by_kind.values()) == self.shop.balance("m") + self.shop.balance("n")

	@invariant()
	def activity_is_what_is_left_of_the_documents(self) -> None:
		for who in ("m", "n"):
			account = self.shop.account(who)
			assert account.total.net == sum((row.net for row in account.days.values()), Decimal(0))
			rules = self.program.tier_rules
			visits = sum(row.net > 0 and row.net >= rules.visit_minimum for row in account.days.values())
			assert account.visits == visits

	@invariant()
	def the_remembered_window_is_the_sum_of_its_days(self) -> None:
		for who in ("m", "n"):
			account, known = self.shop.account(who), self.shop.account(who).measured
			if known is not None:
				assert known.value == tiers.measure(known.rules, account.days, known.start, known.end)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_invariant_holds_after_any_sequence(name: str) -> None:
	class ThisLife(Life):
		program = PROGRAMS[name]

	run_state_machine_as_test(
		ThisLife,
		settings=settings(
			max_examples=60,
			stateful_step_count=25,
			suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
		),
	)


@settings(max_examples=300)
@given(
	st.lists(
		st.tuples(
			st.sampled_from(["buy", "buy", "with", "without", "wait"]),
			ITEMS,
			st.integers(1, 5),
			st.integers(0, 9),
		),
		max_size=14,
	),
	st.sampled_from(["plain", "everything", "steps"]),
)
def test_no_sequence_of_purchases_and_returns_ends_with_no_goods_and_more_points(
	story: list[tuple[str, str, int, int]], name: str
) -> None:
	"""Prices are fixed per item; rates change with the tier and the day. Bonuses, steps, pending awards and rounding
	are all on; no points are spent, so a positive balance would be points for nothing."""
	prices = {"A": 1_400_003, "B": 999_999, "C": 33_333, "D": 7_000_001}
	shop = Shop(PROGRAMS[name])
	held: dict[str, int] = dict.fromkeys(prices, 0)
	open_lines: list[list] = []

	def goods(item: str, count: int):
		return line(item, prices[item] * count, qty=count)

	for what, item, count, pick in story:
		if what == "buy":
			sale = shop.buy(goods(item, count))
			open_lines.append([sale, item, count])
			held[item] += count
		elif what == "wait":
			shop.wait(pick)
		elif what == "with" and open_lines:
			entry = open_lines[pick % len(open_lines)]
			back = min(count, entry[2], held[entry[1]])
			if back:
				shop.bring(goods(entry[1], back), against=entry[0])
				entry[2] -= back
				held[entry[1]] -= back
		elif what == "without" and held[item]:
			back = min(count, held[item])
			shop.bring(goods(item, back))
			held[item] -= back
	for item, count in held.items():
		if count:
			shop.bring(goods(item, count))
	assert shop.balance() <= 0, shop.entries
	assert shop.account().carry == Fraction(0)
	shop.check()
