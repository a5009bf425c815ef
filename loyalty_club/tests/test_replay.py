"""Replaying a site's documents through the library gives the ledger that the hooks wrote.

A random story is told through real documents: sales, redemptions, returns with and without their invoice,
cancellations, adjustments, transfers, days that pass, a program that changes. Then the submitted documents are read
back, in the order they were posted, and posted once more to the rules with nothing but memory behind them. Days that
the night job let pass are part of the order: a tier reviewed on its day does not see a purchase that is entered later
for an earlier day.

`CLUB_REPLAY=500` tells a longer story (60 acts if not given), `CLUB_REPLAY_SEED` another one. Awards that wait for
payment are not part of it: when an invoice is paid is no fact of its own document.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import frappe
from frappe.utils import getdate, now_datetime, strip_html, today

from loyalty_club import ledger, policy, verify
from loyalty_club.core import records, undo
from loyalty_club.core.backtest import MemoryStore
from loyalty_club.core.model import ZERO, Entry, TierChange
from loyalty_club.core.posting import Club
from loyalty_club.engine import invoice as invoices
from loyalty_club.engine import post, transfers
from loyalty_club.tests import builders
from loyalty_club.tests.builders import ClubCase, M, at_moment, bring_back, card, customer, line, member

ACTS = int(os.environ.get("CLUB_REPLAY") or 60)
SEED = int(os.environ.get("CLUB_REPLAY_SEED") or 1)
DAYS = 75
TIERS = [
	{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M},
	{"customer_group": "Silver", "threshold": 60 * M, "points": 15, "per": M},
	{"customer_group": "Gold", "threshold": 150 * M, "points": 20, "per": M},
]
RULES = [
	{"rule": "First", "add": 20, "first_purchase": 1},
	{"rule": "Saffron twice", "multiply": 2, "items": "SAFFRON"},
]


class ReplayCase(ClubCase):
	"""Tells a story and replays it."""

	title = ""
	people = 5
	settings = {"transfer_points": 1}

	def tell(self) -> None:
		"""The story, act by act, each at a moment of its own."""
		self.random = Random(f"{SEED} {type(self).__name__}")
		start = datetime.combine(getdate(today()), datetime.min.time()) - timedelta(days=DAYS)
		self.members = [member(self.program, customer(), joined_on=start.date()) for _n in range(self.people)]
		self.cards = {each.name: card(each) for each in self.members}
		self.sold: list[Any] = []
		self.brought: list[Any] = []
		self.adjusted: list[Any] = []
		self.given: list[Any] = []
		self.passed: list[Any] = []
		self.refused: list[str] = []
		acts = [
			*[self.sell] * 10,
			*[self.take_back] * 4,
			self.take_back_loosely,
			self.cancel_sale,
			self.cancel_return,
			self.adjust,
			self.cancel_adjustment,
			*[self.give_away] * 2,
			self.cancel_transfer,
			self.let_time_pass,
		]
		for n in range(ACTS):
			moment = start + timedelta(days=DAYS * n // ACTS, hours=8, seconds=n, microseconds=1)
			with at_moment(moment):
				frappe.db.savepoint("act")
				try:
					if n == ACTS // 2:
						self.change_program()
					self.random.choice(acts)()
				except frappe.ValidationError as error:
					frappe.db.rollback(save_point="act")
					frappe.clear_messages()
					self.refused.append(strip_html(str(error)))
					self.assertNotIsInstance(error, frappe.DuplicateEntryError)
		self.assertLess(len(self.refused), ACTS / 2, "\n".join(self.refused))

	def some_day(self) -> str:
		"""Today, or now and then some days ago."""
		back = self.random.choice([0, 0, 0, 0, 3, 12])
		return str(getdate(today()) - timedelta(days=back))

	def rows(self) -> list[dict[str, Any]]:
		found = []
		for item in self.random.sample(
			["TEA", "RICE", "SAFFRON", "COIN", "VOUCHER"], self.random.randrange(1, 4)
		):
			rate = self.random.choice([0, 333_333, M, 4_799_999, 20 * M])
			fields = {"discount_percentage": 10} if rate and self.random.random() < 0.2 else {}
			if fields:
				fields["price_list_rate"] = rate / 0.9
			found.append(line(item, rate, self.random.choice([1, 1, 2, 3, 4]), **fields))
		return found

	def sell(self) -> None:
		who = self.random.choice(self.members)
		fields: dict[str, Any] = {"posting_date": self.some_day()}
		if self.random.random() < 0.2:
			fields |= {"apply_discount_on": "Grand Total", "additional_discount_percentage": 7}
		most = int(builders.balance(who))
		if most > 0 and self.random.random() < 0.5:
			fields["club_card"] = self.cards[who.name]
			fields["club_redemptions"] = [{"points": self.random.randrange(1, most + 1)}]
		if self.random.random() < 0.3:
			fields |= {"is_pos": 1, "payments": [{"mode_of_payment": "Cash", "amount": 0}]}
		doc = builders.invoice(
			who.customer, *self.rows(), vat=self.random.random() < 0.7, submit=False, **fields
		)
		if doc.is_pos:
			points = sum(row.amount for row in doc.club_redemptions)
			cash = next(row for row in doc.payments if row.mode_of_payment == "Cash")
			cash.amount = max(0, doc.grand_total - points)
			doc.save()
		doc.submit()
		self.sold.append(doc.reload())

	def take_back(self) -> None:
		if not self.sold:
			return
		doc = self.random.choice(self.sold[-15:])
		shares = None
		if self.random.random() < 0.7:
			shares = {
				n: self.random.choice([row.qty, max(1, row.qty // 2)])
				for n, row in enumerate(doc.items)
				if self.random.random() < 0.7
			} or {0: doc.items[0].qty}
		self.brought.append(bring_back(doc, shares=shares, posting_date=today(), set_posting_time=1))

	def take_back_loosely(self) -> None:
		"""A return without its invoice."""
		who = self.random.choice(self.members)
		rows = [{**row, "qty": -row["qty"]} for row in self.rows()]
		self.brought.append(builders.invoice(who.customer, *rows, is_return=1, update_stock=0))

	def cancel_sale(self) -> None:
		if self.sold:
			self.sold.pop(self.random.randrange(len(self.sold))).reload().cancel()

	def cancel_return(self) -> None:
		if self.brought:
			self.brought.pop(self.random.randrange(len(self.brought))).reload().cancel()

	def adjust(self) -> None:
		who = self.random.choice(self.members)
		points = self.random.choice([50, 200, -30, 1])
		fields: dict[str, Any] = {"posting_date": self.some_day()}
		if points > 0 and self.random.random() < 0.5:
			fields["expires_on"] = str(getdate(today()) + timedelta(days=9))
		self.adjusted.append(builders.give(who, points, **fields))

	def cancel_adjustment(self) -> None:
		if self.adjusted:
			self.adjusted.pop(self.random.randrange(len(self.adjusted))).reload().cancel()

	def give_away(self) -> None:
		"""A member gives another points, confirmed by a manager."""
		giver, receiver = self.random.sample(self.members, 2)
		doc = frappe.get_doc(
			{
				"doctype": "Club Transfer",
				"giver": giver.name,
				"receiver": receiver.name,
				"quantity": self.random.randrange(1, max(2, int(builders.balance(giver)))),
				"company": builders.COMPANY,
				"posting_date": self.some_day(),
			}
		).insert()
		transfers.approve(doc, "a story")
		self.given.append(doc.reload())

	def cancel_transfer(self) -> None:
		if self.given:
			self.given.pop(self.random.randrange(len(self.given))).reload().cancel()

	def let_time_pass(self) -> None:
		"""What the night job does."""
		who = self.random.choice(self.members)
		account = who.reload().account
		post.let_time_pass(account, getdate(today()))
		self.passed.append(frappe._dict(creation=now_datetime(), account=account, day=getdate(today())))

	def change_program(self) -> None:
		"""A new version is in force from now on."""
		self.program.reload()
		self.program.tiers[0].points = 12
		self.program.point_value = 1500
		self.program.put_in_force()

	# ------------------------------------------------------------------------------------------ replaying

	def replay(self) -> None:
		"""The documents once more, to the rules alone; and everything compared."""
		entries: list[tuple[Entry, str]] = []
		changes: list[TierChange] = []
		store = MemoryStore(
			lambda entry: entries.append((entry, store.account(entry.account).tier)), changes.append
		)
		accounts = {each.reload().account: each.name for each in self.members}
		postings = frappe.get_all(
			"Club Posting",
			filters={"account": ["in", list(accounts)]},
			fields=[
				"name",
				"account",
				"kind",
				"day",
				"seq",
				"creation",
				"source_doctype",
				"source_name",
				"program_version",
			],
			order_by="creation, seq, name",
		)
		# a received lot's note only says by which transfer it came
		postings = [row for row in postings if row.kind != "note" or row.name.endswith(":cancel")]
		self.assertEqual(len({row.creation for row in postings}), len(postings), "one moment an act")
		club = Club(policy.rules_of(postings[0].program_version), store)
		for row in sorted([*postings, *self.passed], key=lambda row: row.creation):
			if row.program_version:
				club = Club(policy.rules_of(row.program_version), store)
				self._post_again(club, row)
			elif store.account(row.account).next_due <= row.day:  # else nothing was written, not even the day
				club.advance(store.account(row.account), row.day)
		version = frappe.db.get_value("Club Program", self.program.name, "active_version")
		club = Club(policy.rules_of(version), store)
		for account in accounts:
			post.let_time_pass(account, getdate(today()))
			club.advance(store.account(account), getdate(today()))
		for account in accounts:
			self._compare(account, store, [pair for pair in entries if pair[0].account == account])
			self._compare_changes(accounts[account], [each for each in changes if each.account == account])
		self.assertEqual(list(verify.verify()), [])
		self.assertGreater(len(entries), ACTS / 3, "the story moved hardly any points")
		self.assertTrue(
			[entry for entry, _tier in entries if entry.kind == "transfer"], "nobody gave anything"
		)

	def _post_again(self, club: Club, row: Any) -> None:
		if row.name.endswith(":cancel"):
			self.assertTrue(undo.cancel(club, row.name.removesuffix(":cancel"), row.day, row.name), row.name)
			return
		doc = frappe.get_doc(row.source_doctype, row.source_name)
		if row.kind == "sale":
			bought = invoices.purchase(doc, row.account, post.wanted(doc), paid=True, name=row.name)
			self.assertIsNotNone(club.sale(bought), row.name)
		elif row.kind == "return":
			self.assertIsNotNone(undo.bring_back(club, invoices.brought_back(doc, row.account, row.name)))
		elif row.kind == "transfer":
			done = club.transfer(
				row.name,
				*(frappe.db.get_value("Club Member", name, "account") for name in (doc.giver, doc.receiver)),
				policy.exact(doc.quantity),
				getdate(doc.posting_date),
				called=(doc.giver, doc.receiver),
				approved=doc.approval_reason or "",
			)
			self.assertIsNotNone(done, row.name)
		else:
			expires_on = getdate(doc.expires_on) if doc.expires_on else None
			points, day = policy.exact(doc.points), getdate(doc.posting_date)
			done = club.adjust(row.name, row.account, points, day, doc.reason, expires_on)
			self.assertIsNotNone(done, row.name)

	def _compare(self, account: str, store: MemoryStore, replayed: list[tuple[Entry, str]]) -> None:
		columns = ["seq", "posting_date", "kind", "quantity", "lot", "value", "reason_code", "reason", "tier"]
		written = frappe.get_all(
			"Club Ledger Entry", filters={"account": account}, fields=columns, order_by="seq"
		)
		for row, (entry, tier) in zip(written, replayed, strict=False):
			said = json.dumps(records.reason_to(entry.reason), ensure_ascii=False, sort_keys=True)
			self.assertEqual(
				(
					row.seq,
					row.posting_date,
					row.kind,
					_exact(row.quantity),
					row.lot or None,
					_exact(row.value),
					row.reason_code,
					row.reason,
					row.tier or "",
				),
				(
					entry.seq,
					entry.day,
					entry.kind,
					entry.quantity,
					entry.lot,
					entry.value,
					entry.reason.code,
					said,
					tier,
				),
				f"{account}-{row.seq}",
			)
		self.assertEqual(len(written), len(replayed))
		known, locked = store.account(account), ledger.peek(account)
		self.assertEqual((locked.balance, locked.deficit), (known.balance, known.deficit))
		self.assertEqual(
			{lot.id: lot for lot in ledger.open_lots(account, True)}, dict(known.lots), "the open lots"
		)
		state = records.state_to(known) if known.joined else {}
		# what happens on no day writes nothing, so that the clock may stand where it was
		state.pop("clock", None)
		remembered = {key: value for key, value in locked.state.items() if key not in ("review_on", "clock")}
		self.assertEqual(_plain(remembered), _plain(state), "tier and memory")
		tier = frappe.db.get_value("Club Member", locked.member, "tier")
		self.assertEqual(tier or "", known.tier)

	def _compare_changes(self, name: str, replayed: list[TierChange]) -> None:
		written = frappe.get_all(
			"Club Tier Change",
			filters={"member": name},
			fields=["day", "before", "after", "why", "value", "threshold"],
			order_by="creation",
		)
		self.assertEqual(
			sorted(
				(
					row.day,
					row.before or "",
					row.after or "",
					row.why,
					_exact(row.value),
					_exact(row.threshold),
				)
				for row in written
			),
			sorted(
				(each.day, each.before, each.after, each.why, each.value, each.threshold) for each in replayed
			),
		)


def _exact(number: Any) -> Decimal:
	return policy.exact(number).quantize(Decimal("1e-9")) + ZERO


class Expiring(ReplayCase):
	program_fields = {
		"tiers": TIERS,
		"rules": RULES,
		"exclude": [{"choice": "Item Group", "value": "Gold Coins"}],
		"not_payable": [{"choice": "Item", "value": "VOUCHER"}],
		"expiry": "days",
		"expiry_count": 25,
		"restore_days": 10,
	}

	def test_replaying_the_documents_gives_the_ledger_that_the_hooks_wrote(self) -> None:
		self.tell()
		self.replay()


class Pending(ReplayCase):
	program_fields = {
		"tiers": TIERS,
		"rules": RULES,
		"pending_days": 4,
		"method": "full_steps",
		"carry_over": 1,
		"base": "with_tax",
		"point_decimals": 0,
		"cap_day": 700,
		"cap_month": 3000,
		"expiry": "inactivity",
		"expiry_count": 1,
		"window_kind": "rolling_months",
		"window_months": 1,
		"term_months": 1,
		"downgrade": "one_step",
	}

	def test_the_same_with_pending_awards_caps_carried_steps_and_reviews(self) -> None:
		self.tell()
		self.replay()


def _plain(given: Any) -> Any:
	"""A state with its numbers written in one way."""
	if isinstance(given, dict):
		return {key: _plain(each) for key, each in given.items()}
	if isinstance(given, list):
		return [_plain(each) for each in given]
	if isinstance(given, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", given):
		return ledger.plain(given)
	return given
