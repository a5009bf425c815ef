"""Points that change hands keep where they come from; transfers between members: rules, confirmation, undoing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from loyalty_club import persian
from loyalty_club.api import transfers as api
from loyalty_club.engine import members, post, transfers
from loyalty_club.loyalty_club.report.club_member_statement import club_member_statement
from loyalty_club.tests import companies
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	customer,
	deficit,
	entries,
	give,
	invoice,
	line,
	member,
	program,
	redeeming,
)
from loyalty_club.tests.people import acting_as, user


@contextmanager
def in_persian() -> Iterator[None]:
	"""The block speaks Persian."""
	before = frappe.local.lang
	frappe.local.lang = "fa"
	try:
		yield
	finally:
		frappe.local.lang = before


@contextmanager
def patch_hooks(named: dict[str, list[str]]) -> Iterator[None]:
	"""The block's hooks name these functions, too, as another app would."""
	known = frappe.get_hooks

	def hooks(hook: str | None = None, *args: Any, **kwargs: Any) -> Any:
		return named[hook] if hook in named else known(hook, *args, **kwargs)

	with patch.object(frappe, "get_hooks", hooks):
		yield


def branch(name: str) -> str:
	"""A branch of that name."""
	if not frappe.db.exists("Branch", name):
		frappe.get_doc({"doctype": "Branch", "branch": name}).insert()
	return name


def lots(of: Any) -> list[Any]:
	"""A member's open lots in the order they were opened."""
	return frappe.get_all(
		"Club Lot",
		filters={"member": of.name, "remaining": [">", 0]},
		fields=["name", "remaining", "root", "company", "branch", "expires_on", "source_name", "wallet"],
		order_by="account, seq",
	)


class WhereALotComesFrom(ClubCase):
	"""Company and branch of a lot are those of its award, wherever its points are now."""

	program_fields = {"expiry": "days", "expiry_count": 60}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		self.north, self.south = branch("North"), branch("South")

	def bought_in_the_north(self, on: str | None = None) -> Any:
		sold = invoice(self.mina.customer, line("TEA", 10 * M), vat=False, posting_date=on or today())
		frappe.db.set_value("Club Lot", {"source_name": sold.name}, "branch", self.north)
		return sold

	def test_points_that_come_back_into_a_new_lot_belong_where_they_were_earned(self) -> None:
		self.bought_in_the_north(add_days(today(), -50))
		sold = invoice(self.mina.customer, line("TEA", M / 10), vat=False, **redeeming(self.mina, 100))
		bring_back(sold)
		(back,) = [lot for lot in lots(self.mina) if lot.source_name != sold.name]
		self.assertEqual((back.remaining, back.company, back.branch), (100, COMPANY, self.north))
		self.assertNotEqual(back.name, back.root)

	def test_points_of_a_merged_member_belong_where_they_were_earned(self) -> None:
		self.bought_in_the_north()
		sara = member(self.program)
		post.merge(members.by_name(self.mina.name), members.by_name(sara.name))
		(moved,) = lots(sara)
		self.assertEqual((moved.remaining, moved.company, moved.branch), (100, COMPANY, self.north))


PIN = "4321"
CODES: list[str] = []


def keep_code(transfer: Any, member: Any, code: str) -> None:
	"""As an outbox would: named in the hook by the test that needs it."""
	CODES.append(code)


class TransferCase(ClubCase):
	"""Mina has 100 points and a PIN, Sara none."""

	settings: dict[str, Any] = {
		"transfer_points": 1,
		"transfer_cash_credit": 1,
		"transfer_gift_credit": 0,
		**dict.fromkeys(
			(
				f"transfer_{kind}{name}"
				for kind in ("", "credit_")
				for name in ("minimum", "most", "day_limit", "month_limit")
			),
			0,
		),
		"transfer_held_days": 0,
	}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program, customer("Mina Giver"), mobile="0912 111 2233")
		self.sara = member(self.program, customer("Sara Receiver"), mobile="0912 444 5566")
		members.set_pin(self.mina.name, PIN)
		self.sold = invoice(self.mina.customer, line("TEA", 10 * M), vat=False)
		CODES.clear()

	def draft(self, quantity: float = 60, **fields: Any) -> Any:
		"""A saved transfer from Mina to Sara."""
		return frappe.get_doc(
			{
				"doctype": "Club Transfer",
				"giver": self.mina.name,
				"receiver": self.sara.name,
				"quantity": quantity,
				"company": COMPANY,
				"posting_date": today(),
				**fields,
			}
		).insert()

	def transfer(self, quantity: float = 60, **fields: Any) -> Any:
		"""A transfer that Mina's PIN confirmed."""
		doc = self.draft(quantity, **fields)
		transfers.confirm_by_pin(doc, PIN)
		doc.reload()
		return doc

	def refused(self, words: str, act: Any) -> None:
		"""The act ends with one clear error, and nothing is written."""
		before = self.written()
		frappe.db.savepoint("refused")
		with self.assert_refused(words):
			act()
		frappe.db.rollback(save_point="refused")
		self.assertEqual(self.written(), before)

	def written(self) -> list[int]:
		return [frappe.db.count(table) for table in ("Club Ledger Entry", "Club Lot", "Club Account")]


class Transfers(TransferCase):
	"""What moves, and what comes back."""

	def test_points_change_hands_with_their_dates_and_place(self) -> None:
		frappe.db.set_value("Club Lot", {"source_name": self.sold.name}, "branch", branch("North"))
		done = self.transfer(branch=branch("South"))
		self.assertEqual((balance(self.mina), balance(self.sara)), (40, 60))
		self.assertEqual((done.docstatus, done.confirmation, done.amount), (1, "PIN", 60_000))
		(own,), (received,) = lots(self.mina), lots(self.sara)
		self.assertEqual((received.root, received.expires_on), (own.name, own.expires_on))
		self.assertEqual((received.company, received.branch), (COMPANY, "North"))
		self.assertEqual(received.source_name, done.name)
		where = frappe.get_all("Club Ledger Entry", {"source_name": done.name}, pluck="branch")
		self.assertEqual(where, ["South", "South"], "but it happened in the south")

	def test_cancelling_brings_back_what_is_there_and_leaves_the_rest_as_a_deficit(self) -> None:
		done = self.transfer()
		invoice(self.sara.customer, line("TEA", M / 10), vat=False, **redeeming(self.sara, 50))
		done.cancel()
		self.assertEqual((balance(self.mina), balance(self.sara), deficit(self.sara)), (100, -50, 50))
		(own,) = lots(self.mina)
		self.assertEqual((own.remaining, own.source_name), (100, self.sold.name))

	def test_an_amended_transfer_is_confirmed_anew(self) -> None:
		done = self.transfer()
		done.cancel()
		again = frappe.copy_doc(done)
		again.update({"amended_from": done.name, "docstatus": 0})
		again.insert()
		self.assertFalse(again.confirmation)
		self.refused("PIN or code first", again.submit)
		transfers.confirm_by_pin(frappe.get_doc("Club Transfer", again.name), PIN)
		self.assertEqual((balance(self.mina), balance(self.sara)), (40, 60))

	def test_a_return_takes_the_transferred_points_first(self) -> None:
		self.transfer()
		give(self.sara, 30)
		lots = frappe.get_all("Club Lot", {"member": self.sara.name}, ["original", "sold"], as_list=True)
		self.assertEqual(sorted(lots), [(30, 0), (60, 1)], "what was received came with the giver's sale")
		invoice(self.mina.customer, line("TEA", 5 * M), vat=False)
		bring_back(self.sold)
		self.assertEqual((balance(self.mina), balance(self.sara)), (50, 30))
		self.assertEqual(entries(self.sara)[-1], ("reverse", -60))

	def test_what_the_receiver_spent_is_taken_from_the_givers_others_and_then_is_the_givers_deficit(
		self,
	) -> None:
		self.transfer(100)
		invoice(self.sara.customer, line("TEA", M / 10), vat=False, **redeeming(self.sara, 100))
		give(self.mina, 70)
		bring_back(self.sold)
		self.assertEqual((balance(self.mina), deficit(self.mina), balance(self.sara)), (-30, 30, 0))

	def test_a_return_and_its_cancellation_around_an_undone_transfer(self) -> None:
		done = self.transfer()
		back = bring_back(self.sold)
		done.cancel()
		self.assertEqual((balance(self.mina), balance(self.sara), deficit(self.sara)), (0, 0, 0))
		back.cancel()
		self.assertEqual((balance(self.mina), balance(self.sara)), (100, 0))

	def test_giver_and_receiver_are_found_by_card_mobile_or_code(self) -> None:
		doc = self.draft(giver=None, giver_found=card(self.mina), receiver=None, receiver_found="۰۹۱۲۴۴۴۵۵۶۶")
		self.assertEqual((doc.giver, doc.receiver), (self.mina.name, self.sara.name))
		self.assertFalse(doc.giver_found or doc.receiver_found, "a card's number is not kept")
		self.assertEqual((doc.giver_name, doc.receiver_name), ("Mina Giver", "Sara Receiver"))

	def test_both_statements_name_the_other(self) -> None:
		done = self.transfer()
		for of, other, sign in ((self.mina, self.sara, "given to"), (self.sara, self.mina, "received from")):
			rows = statement(of)
			(row,) = [row for row in rows if row.get("source_name") == done.name]
			name = frappe.db.get_value("Customer", other.customer, "customer_name")
			self.assertEqual(row["why"], f"60 points {sign} member {name} ({other.name}).")
		with in_persian():
			(row,) = [row for row in statement(self.sara) if row.get("source_name") == done.name]
			self.assertEqual(row["why"], f"۶۰ امتیاز از عضو Mina Giver ({self.mina.name}) رسید.")

	def test_cash_credit_goes_as_money_and_opens_the_receivers_wallet(self) -> None:
		self.refused("nothing on Cash Credit", lambda: self.draft(5000, wallet="Cash Credit"))
		give(self.mina, 9000, wallet="Cash Credit")
		done = self.transfer(5000, wallet="Cash Credit")
		self.assertEqual(done.amount, 5000)
		self.assertEqual([wallet_balance(of, "Cash Credit") for of in (self.mina, self.sara)], [4000, 5000])
		self.assertEqual([wallet_balance(of, "Points") for of in (self.mina, self.sara)], [100, 0])
		rows = statement(self.sara, "Cash Credit")
		(row,) = [row for row in rows if row.get("source_name") == done.name]
		self.assertEqual(row["why"], f"5,000 rial received from member Mina Giver ({self.mina.name}).")
		self.assertEqual([row["balance"] for row in rows if row["row_type"] == "closing"], [5000])
		self.assertFalse([row for row in statement(self.sara) if row.get("source_name") == done.name])
		done.cancel()
		self.assertEqual([wallet_balance(of, "Cash Credit") for of in (self.mina, self.sara)], [9000, 0])


class Rules(TransferCase):
	"""What is refused, each with one clear error and nothing written."""

	def allow(self, **fields: Any) -> None:
		"""Other settings."""
		club = frappe.get_single("Loyalty Club Settings")
		club.update(fields)
		club.save()

	def test_limits_of_the_settings(self) -> None:
		for fields, quantity, words in (
			({"transfer_points": 0}, 60, "Allow it in Loyalty Club Settings"),
			({"transfer_minimum": 61}, 60, "61 points or more"),
			({"transfer_most": 59}, 60, "59 points or less"),
			({"transfer_day_limit": 59}, 60, "more than 59 points today"),
			({"transfer_month_limit": 59}, 60, "more than 59 points this month"),
			({"transfer_held_days": 1}, 60, "must be 1 days old"),
			({}, 101, "only 100 can be spent"),
			({}, 1.5, "positive multiple of 1"),
		):
			with self.subTest(words):
				self.allow(**{**self.settings, **fields})
				self.refused(words, lambda number=quantity: self.draft(number))

	def test_a_limit_counts_what_was_given_before_and_is_asked_again_when_it_is_made(self) -> None:
		self.allow(transfer_day_limit=40)
		waiting = self.draft(30)
		self.transfer(30)
		self.refused("30 points so far", lambda: transfers.confirm_by_pin(waiting, PIN))
		self.refused("30 points so far", lambda: self.draft(11))
		self.transfer(10)
		self.assertEqual(balance(self.sara), 40)

	def test_the_same_points_are_not_given_twice(self) -> None:
		first, second = self.draft(60), self.draft(60)
		transfers.confirm_by_pin(first, PIN)
		self.refused("only 40 can be spent", lambda: transfers.confirm_by_pin(second, PIN))

	def test_gift_credit_only_if_the_settings_say_so(self) -> None:
		give(self.mina, 9000, wallet="Gift Credit")
		self.refused("Gift Credit cannot be transferred", lambda: self.draft(500, wallet="Gift Credit"))
		self.allow(transfer_gift_credit=1)
		self.transfer(500, wallet="Gift Credit")
		self.assertEqual(wallet_balance(self.sara, "Gift Credit"), 500)

	def test_not_to_oneself_nor_to_whom_one_became(self) -> None:
		self.refused("cannot transfer anything to themselves", lambda: self.draft(receiver=self.mina.name))
		post.merge(members.by_name(self.mina.name), members.by_name(self.sara.name))
		self.refused("cannot transfer anything to themselves", self.draft)

	def test_not_to_or_from_who_is_not_active(self) -> None:
		for who in (self.mina, self.sara):
			for status in ("Inactive", "Left"):
				with self.subTest(f"{who.name} {status}"):
					frappe.db.set_value("Club Member", who.name, "status", status)
					self.refused(f"is {status}", self.draft)
			frappe.db.set_value("Club Member", who.name, "status", "Active")
		other = member(self.program)
		post.merge(members.by_name(self.sara.name), members.by_name(other.name))
		self.refused(f"was merged into {other.name}", self.draft)

	def test_who_is_suspended_after_the_draft_gives_nothing(self) -> None:
		waiting = self.draft()
		frappe.db.set_value("Club Member", self.sara.name, "status", "Inactive")
		self.refused("is Inactive", lambda: transfers.confirm_by_pin(waiting, PIN))

	def test_not_between_programs_nor_in_a_company_without_the_club(self) -> None:
		other = program()
		stranger = member(other, customer("Ali"))
		self.refused("between programs", lambda: self.draft(receiver=stranger.name))
		self.refused("not valid in company", lambda: self.draft(company=companies.second()))

	def test_neither_pending_points_nor_a_debt_can_be_given(self) -> None:
		invoice(self.mina.customer, line("TEA", M / 10), vat=False, **redeeming(self.mina, 100))
		bring_back(self.sold)
		self.assertGreater(deficit(self.mina), 0)
		self.refused("only 0 can be spent", lambda: self.draft(1))

	def test_not_in_the_future(self) -> None:
		self.refused("not made in the future", lambda: self.draft(posting_date=add_days(today(), 1)))


class Confirmation(TransferCase):
	"""Nothing moves without the giver's word, or a manager's."""

	def test_a_wrong_pin_moves_nothing_and_counts(self) -> None:
		doc = self.draft()
		with self.assert_refused("PIN is wrong"):
			transfers.confirm_by_pin(doc, "0000")
		self.assertEqual(balance(self.sara), 0)
		self.assertEqual(frappe.db.get_value("Club Member", self.mina.name, "pin_failures"), 1)

	def test_submitting_without_it_is_refused_whatever_the_client_says(self) -> None:
		doc = self.draft(confirmation="PIN", confirmed_by="Administrator", approval_reason="trust me")
		self.assertFalse(doc.confirmation or doc.confirmed_by or doc.approval_reason)
		doc.confirmation = "Code"
		self.refused("PIN or code first", doc.submit)

	def test_a_code_is_good_once_for_what_it_was_made_for(self) -> None:
		doc = self.draft()
		code = transfers.new_code(doc)
		self.assertNotIn(code, frappe.as_json(doc.as_dict()))
		self.assertNotIn(code, doc.code_hash)
		doc.quantity = 61
		doc.save()
		self.refused("code is wrong", lambda: transfers.confirm(doc, code))
		doc = frappe.get_doc("Club Transfer", doc.name)
		doc.quantity = 60
		doc.save()
		transfers.confirm(doc, persian.to_persian_digits(code))
		self.assertEqual((balance(self.sara), doc.confirmation), (60, "Code"))
		self.refused("Only a saved transfer", lambda: transfers.confirm(doc, code))

	def test_five_wrong_codes_lock_it(self) -> None:
		doc = self.draft()
		code = transfers.new_code(doc)
		wrong = "000000" if code != "000000" else "111111"
		for _try in range(transfers.CODE_TRIES):
			with self.assert_refused("code is wrong"):
				transfers.confirm(doc, wrong)
		with self.assert_refused("locked after 5 wrong tries"):
			transfers.confirm(doc, code)
		self.assertEqual(balance(self.sara), 0)

	def test_a_code_dies_after_ten_minutes_and_another_comes_after_one(self) -> None:
		doc = self.draft()
		code = transfers.new_code(doc)
		self.refused("less than a minute ago", lambda: transfers.new_code(doc))
		doc.db_set("code_until", add_to_date(now_datetime(), seconds=-1))
		self.refused("still valid", lambda: transfers.confirm(doc, code))
		fresh = transfers.new_code(doc)
		transfers.confirm(doc, fresh)
		self.assertEqual(balance(self.sara), 60)

	def test_a_code_goes_to_whoever_sends_messages_and_never_to_the_browser(self) -> None:
		doc = self.draft()
		self.refused("no way to send messages", lambda: api.request_code(doc.name))
		with patch_hooks({transfers.HOOK: [f"{__name__}.keep_code"]}):
			told = api.request_code(doc.name)
		self.assertRegex(told, r"^\+989…233$")
		self.assertEqual(len(CODES), 1)
		api.confirm_by_code(doc.name, CODES[0])
		self.assertEqual(balance(self.sara), 60)

	def test_a_manager_may_do_without_it_and_the_statement_says_so(self) -> None:
		doc = self.draft()
		self.refused("Write why", lambda: transfers.approve(doc, " "))
		with acting_as(user("Club Manager", "Sales User")):
			api.approve(doc.name, "the phone is lost")
		doc.reload()
		self.assertEqual((doc.confirmation, doc.approval_reason), ("Approval", "the phone is lost"))
		(row,) = [row for row in statement(self.mina) if row.get("source_name") == doc.name]
		self.assertTrue(row["why"].endswith("Approved without the giver’s code (“the phone is lost”)."))

	def test_a_cashier_makes_transfers_with_a_pin_but_approves_none(self) -> None:
		with acting_as(user("Club Cashier", "Sales User")):
			made = api.make(self.mina.name, self.sara.name, 10, COMPANY, PIN)
			self.assertEqual(balance(self.sara), 10)
			doc = self.draft(5)
			with self.assertRaises(frappe.PermissionError):
				api.approve(doc.name, "I say so")
			with self.assertRaises(frappe.PermissionError):
				frappe.get_doc("Club Transfer", made).cancel()

	def test_one_without_the_role_may_call_nothing(self) -> None:
		doc = self.draft()
		with acting_as(user("Sales User")):
			for function, arguments in (
				(api.find, {"text": self.mina.name}),
				(api.preview, {"giver": self.mina.name}),
				(
					api.make,
					{
						"giver": self.mina.name,
						"receiver": self.sara.name,
						"quantity": 1,
						"company": COMPANY,
						"pin": PIN,
					},
				),
				(api.confirm_by_pin, {"transfer": doc.name, "pin": PIN}),
				(api.request_code, {"transfer": doc.name}),
				(api.confirm_by_code, {"transfer": doc.name, "code": "1"}),
				(api.approve, {"transfer": doc.name, "reason": "x"}),
				(api.ways, {}),
			):
				with self.subTest(function.__name__), self.assertRaises(frappe.PermissionError):
					function(**arguments)


class Preview(TransferCase):
	"""What the form shows."""

	def test_it_says_what_may_go_and_what_stands_in_the_way(self) -> None:
		club = frappe.get_single("Loyalty Club Settings")
		club.update({"transfer_minimum": 5, "transfer_month_limit": 80, "transfer_held_days": 0})
		club.save()
		self.transfer(20)
		shown = api.preview(self.mina.name, self.sara.name, "Points", 30)
		self.assertEqual((shown["available"], shown["most_text"]), ("80 points", "60 points"))
		self.assertEqual((shown["most"], shown["value"]), (60, "30,000 rial"))
		self.assertEqual(
			shown["limits"],
			["At least 5 points at once.", "At most 80 points a month; 20 points given this month."],
		)
		self.assertNotIn("refused", shown)
		self.assertIn(
			"more than 80 points this month", api.preview(self.mina.name, None, "Points", 61)["refused"]
		)
		self.assertIn("themselves", api.preview(self.mina.name, self.mina.name)["refused"])
		self.assertIn("nothing on Cash Credit", api.preview(self.mina.name, None, "Cash Credit")["refused"])


def statement(of: Any, wallet: str = "Points") -> list[dict[str, Any]]:
	"""The rows of a member's statement of this month."""
	filters = {"member": of.name, "from_date": add_days(today(), -30), "to_date": today(), "wallet": wallet}
	return club_member_statement.execute(filters)[1]


def wallet_balance(of: Any, wallet: str) -> float:
	"""What a member's wallet holds."""
	return float(frappe.db.get_value("Club Account", {"member": of.name, "wallet": wallet}, "balance") or 0)
