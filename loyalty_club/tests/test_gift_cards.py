"""Gift cards: numbers that cannot be guessed, PINs, the sale that makes one worth something, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import frappe
from erpnext.accounts.doctype.pos_invoice.pos_invoice import make_sales_return
from frappe.utils import add_days, flt, getdate, today

from loyalty_club import policy
from loyalty_club.api import draft_invoice
from loyalty_club.api import gift_cards as api
from loyalty_club.core import cards
from loyalty_club.engine import gift_cards, gift_sales, members
from loyalty_club.setup import gift_card_item
from loyalty_club.tests import companies
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	VAT,
	ClubCase,
	M,
	balance,
	bring_back,
	customer,
	gl,
	invoice,
	line,
	member,
	on_day,
	outstanding,
	pay,
)
from loyalty_club.tests.test_api import user

MANAGER = "club-gift-manager@example.com"
ISOLATES = {0x2066: None, 0x2069: None}
STRANGER = "club-gift-stranger@example.com"
CASHIER = "club-gift-cashier@example.com"


class GiftCase(ClubCase):
	"""A program with gift cards. Counters outside the database are put back; what only a real rollback would do, not
	done."""

	def setUp(self) -> None:
		super().setUp()
		self.users = [
			user(MANAGER, "Club Manager", "Accounts User", "Sales User"),
			user(CASHIER, "Club Cashier", "Accounts User", "Sales User"),
			"Administrator",
		]
		self.forget()
		self.item = policy.settings().gift_card_item
		self.liability = self.program.companies[0].gift_card_account.removesuffix(f" - {ABBR}")

	def tearDown(self) -> None:
		self.forget()
		frappe.db.after_rollback.reset()
		super().tearDown()

	def forget(self) -> None:
		for each in self.users:
			gift_cards.forgive(each)
		for name in frappe.get_all("Gift Card", pluck="name"):
			frappe.cache.delete(gift_cards._key(f"pin:{name}"))

	@contextmanager
	def a_user(self, email: str) -> Iterator[None]:
		frappe.set_user(email)
		try:
			yield
		finally:
			frappe.set_user("Administrator")

	def blank(self, **fields: Any) -> gift_cards.Made:
		return gift_cards.make(self.program.name, 1, company=COMPANY, **fields)[0]

	def card(self, made: Any) -> gift_cards.Card:
		return gift_cards.by_name(getattr(made, "name", made))

	def row(self, made: Any, rate: float = M, **fields: Any) -> dict[str, Any]:
		return line(self.item, rate, club_gift_card=made.number, **fields)

	def sell(self, made: Any, rate: float = M, *rows: dict[str, Any], **fields: Any) -> Any:
		"""A sale at the counter, paid in cash."""
		whole = rate + sum(each["rate"] * each["qty"] for each in rows) * 1.1
		payments = [{"mode_of_payment": "Cash", "amount": whole}]
		return invoice(self.buyer(), self.row(made, rate), *rows, is_pos=1, payments=payments, **fields)

	def buyer(self) -> str:
		self._buyer = getattr(self, "_buyer", None) or customer("Buyer of gifts")
		return self._buyer

	def spend(self, made: Any, amount: float, *rows: dict[str, Any], **fields: Any) -> Any:
		"""An ordinary invoice that the card pays in part or whole."""
		proof = gift_cards.prove(made.name, made.pin)
		wish = {"wallet": "Gift Card", "gift_card": made.number, "points": amount, "proof": proof}
		return invoice(
			fields.pop("who", None) or self.buyer(),
			*(rows or [line("TEA", M)]),
			club_redemptions=[wish],
			**{"vat": False, **fields},
		)

	def holds(self, made: Any) -> float:
		return float(gift_sales.balance(self.card(made)).holds)

	def tries(self, **filters: Any) -> int:
		return frappe.db.count("Gift Card Try", filters)


def unknown() -> str:
	"""A number that could be a gift card's and is nobody's."""
	return cards.card_number(gift_cards.PREFIX, cards.random_digits(lambda limit: limit - 1))


class Valued(GiftCase):
	"""What of gift cards that were sold is never used."""

	def test_it_is_recognised_in_proportion_to_use(self) -> None:
		made = self.blank()
		self.sell(made, M)
		self.spend(made, 450_000)
		doc = frappe.get_doc(
			{"doctype": "Club Liability Valuation", "company": COMPANY, "to_date": today(), "period": "Year"}
		).insert()
		for row in doc.rates:
			row.rate = 90 if row.wallet == "Gift Card" else 100
		doc.save()
		(cohort,) = [
			row for row in doc.cohorts if row.wallet == "Gift Card" and row.program == self.program.name
		]
		self.assertEqual((cohort.issued, cohort.redeemed, cohort.sold), (M, 450_000, 1))
		self.assertEqual((cohort.recognised, cohort.closing), (500_000, 500_000))  # 450 of 900
		(account,) = [
			row for row in doc.accounts if row.account == self.program.companies[0].gift_card_account
		]
		self.assertEqual((account.before_journal, account.journal), (550_000, -50_000))
		doc.submit()
		self.assertEqual(-gl(self.liability), 500_000)


class Numbers(GiftCase):
	def test_a_batch_has_16_digits_the_gift_prefix_a_check_digit_and_no_two_alike(self) -> None:
		made = gift_cards.make(self.program.name, 700, company=COMPANY, face_value=Decimal(M))
		self.assertEqual(len({each.number for each in made}), 700)
		self.assertEqual(len({each.name for each in made}), 700)
		for each in made:
			self.assertTrue(cards.luhn_valid(each.number) and each.number.startswith("9001"))
			self.assertRegex(each.pin, r"^\d{4}$")
			self.assertRegex(each.name, r"^GC-\d{6}$")
		self.assertGreater(len({each.number[4:9] for each in made}), 600, "serials are random")

	def test_no_table_holds_the_number_or_pin_in_the_clear(self) -> None:
		made = self.blank()
		row = frappe.db.get_value("Gift Card", made.name, "*", as_dict=True)
		self.assertNotIn(made.number, str(row))
		self.assertEqual(row.last_four, made.number[-4:])
		kept = frappe.db.sql(
			"select password from __Auth where doctype = 'Gift Card' and name = %s", made.name
		)
		self.assertNotIn(made.number, str(kept))
		self.assertNotEqual(row.number_hash, gift_cards.number_hash(made.number[::-1]))

	def test_number_and_pin_are_kept_until_the_card_is_printed_and_then_wiped(self) -> None:
		made = gift_cards.make(self.program.name, 3)
		found = gift_cards.secrets_of([each.name for each in made])
		self.assertEqual({(name, *secret) for name, secret in found.items()}, {tuple(each) for each in made})
		gift_cards.wipe([each.name for each in made])
		self.assertEqual(gift_cards.secrets_of([each.name for each in made]), {})
		with self.assert_refused("no longer kept"):
			gift_cards.reveal(made[0].name)
		self.assertEqual(gift_cards.identify(made[0].number).name, made[0].name)

	def test_one_made_on_its_form_is_blank_and_its_number_is_the_server_s(self) -> None:
		doc = frappe.get_doc(
			{
				"doctype": "Gift Card",
				"program": self.program.name,
				"status": "Active",
				"number_hash": "x",
				"company": COMPANY,
				"pin_failures": 3,
			}
		).insert()
		self.assertEqual((doc.status, doc.pin_failures), ("Blank", 0))
		secret = gift_cards.reveal(doc.name)
		self.assertEqual(gift_cards.identify(secret.number).name, doc.name)
		self.assertEqual(secret.number[-4:], doc.last_four)

	def test_the_form_cannot_change_status_or_what_was_sold(self) -> None:
		doc = frappe.get_doc("Gift Card", self.blank(face_value=Decimal(M)).name)
		doc.status = "Active"
		with self.assert_refused("by its buttons"):
			doc.save()
		doc.reload()
		doc.face_value = 2 * M
		doc.save()
		gift_cards.set_status(doc.name, "Active")
		doc.reload()
		doc.face_value = 3 * M
		with self.assert_refused("stay as they were"):
			doc.save()
		doc.reload()
		with self.assert_refused("has been used"):
			doc.delete()

	def test_the_prefix_is_no_bank_s_no_membership_card_s_and_leaves_11_random_digits(self) -> None:
		club = frappe.get_single("Loyalty Club Settings")
		for prefix, words in (("6037", "not a bank"), ("90011", "3 or 4 digits"), ("900", "both begin")):
			with self.subTest(prefix), self.assert_refused(words):
				club.update({"gift_card_prefix": prefix, "card_prefix": "9000"})
				club.save()
			club.reload()
		with self.assert_refused("4 to 6 digits"):
			club.gift_card_pin_digits = 3
			club.save()
		club.reload()
		club.update({"gift_card_prefix": "۹۰۰۲", "gift_card_pin_digits": 6})
		club.save()
		made = self.blank()
		self.assertTrue(made.number.startswith("9002"))
		self.assertEqual(len(made.pin), 6)


class Finding(GiftCase):
	def test_any_digits_and_spaces_or_the_name_find_the_card(self) -> None:
		made = self.blank()
		spaced = " ".join(made.number[n : n + 4] for n in range(0, 16, 4))
		persian = made.number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
		for text in (made.number, spaced, persian, spaced.replace(" ", "-"), made.name, made.name.lower()):
			with self.subTest(text):
				self.assertEqual(gift_cards.identify(text).name, made.name)
				self.assertEqual(gift_cards.is_number(text), not text.lower().startswith("gc"))

	def test_what_stands_in_the_way_is_said(self) -> None:
		made = self.blank()
		with self.assert_refused("not been sold yet"):
			gift_cards.find(made.number, COMPANY)
		gift_cards.set_status(made.name, "Unpaid", sold_in="SINV-7")
		with self.assert_refused("its sale SINV-7 is not paid"):
			gift_cards.find(made.number, COMPANY)
		gift_cards.set_status(made.name, "Active")
		self.assertEqual(gift_cards.find(made.number, COMPANY).name, made.name)
		with self.assert_refused("not valid in Elsewhere"):
			gift_cards.find(made.number, "Elsewhere")
		gift_cards.block(made.name, "lost")
		with self.assert_refused("is blocked since"):
			gift_cards.find(made.number, COMPANY)
		gift_cards.set_status(made.name, "Active", expires_on=policy.club_today() - timedelta(days=1))
		with self.assert_refused("could be spent through"):
			gift_cards.find(made.number, COMPANY)
		gift_cards.set_status(made.name, "Active", expires_on=today())
		self.assertEqual(gift_cards.find(made.number, COMPANY).name, made.name)

	def test_scanned_as_a_member_s_card_it_says_what_it_is(self) -> None:
		club = frappe.get_single("Loyalty Club Settings")
		club.save()
		with self.assert_refused("is a gift card and names no member"):
			members.find(self.blank().number)

	def test_a_mistyped_digit_is_no_guess_and_an_unknown_number_is(self) -> None:
		made = self.blank()
		wrong = made.number[:-1] + str((int(made.number[-1]) + 1) % 10)
		with self.assert_refused("a digit is wrong"):
			gift_cards.identify(wrong)
		self.assertEqual(self.tries(), 0)
		with self.assert_refused("There is no gift card"):
			gift_cards.identify(unknown())
		row = frappe.get_last_doc("Gift Card Try")
		self.assertEqual(
			(row.kind, row.user, row.last_four), ("Wrong Number", "Administrator", unknown()[-4:])
		)
		with self.assert_refused("16 digits on it"):
			gift_cards.identify("9001")

	def test_after_ten_wrong_numbers_right_ones_are_refused_too_but_only_that_user_s(self) -> None:
		made = self.blank()
		with self.a_user(CASHIER):
			for _n in range(10):
				with self.assert_refused("There is no gift card"):
					gift_cards.identify(unknown())
			for text in (unknown(), made.number):
				with self.assert_refused("Too many gift card numbers or PINs were wrong"):
					gift_cards.identify(text)
		self.assertEqual(self.tries(user=CASHIER, kind="Wrong Number"), 10)
		self.assertEqual(self.tries(user=CASHIER, kind="Refused"), 2)
		self.assertEqual(gift_cards.identify(made.number).name, made.name)
		gift_cards.forgive(CASHIER)
		with self.a_user(CASHIER):
			self.assertEqual(gift_cards.identify(made.number).name, made.name)

	def test_guesses_are_counted_and_logged_although_the_request_fails(self) -> None:
		"""What the request does when it ends with the error, without its commit."""
		frappe.db.after_rollback.reset()
		with self.assert_refused("There is no gift card"):
			gift_cards.identify(unknown())
		kept = list(frappe.db.after_rollback._functions)[-1]
		frappe.db.delete("Gift Card Try")
		commit, frappe.db.commit = frappe.db.commit, lambda: None
		try:
			kept()
		finally:
			frappe.db.commit = commit
		self.assertEqual(self.tries(kind="Wrong Number"), 1)
		self.assertEqual(int(frappe.cache.get(gift_cards._key("wrong:Administrator"))), 1)


class Pins(GiftCase):
	def setUp(self) -> None:
		super().setUp()
		self.made = self.blank()
		self.wrong = "0000" if self.made.pin != "0000" else "1111"

	def test_the_right_pin_proves_for_a_while_and_for_this_user_alone(self) -> None:
		proof = gift_cards.prove(self.made.name, self.made.pin)
		card = self.card(self.made)
		self.assertEqual(gift_cards.needs(card, proof), "")
		for other in ("", None, "x", proof[:-1] + "!", gift_cards.proof(self.made.name, 1)):
			self.assertEqual(gift_cards.needs(card, other), "pin", other)
		self.assertEqual(gift_cards.needs(self.card(self.blank()), proof), "pin")
		with self.a_user(CASHIER):
			self.assertEqual(gift_cards.needs(card, proof), "pin")
			with self.assert_refused("needs its PIN"):
				gift_cards.refuse_unproven(card, proof)

	def test_persian_digits_are_digits(self) -> None:
		pin = self.made.pin.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
		self.assertTrue(gift_cards.check_pin(self.made.name, pin))

	def test_five_wrong_tries_lock_it_even_for_the_right_one_until_a_manager_unlocks(self) -> None:
		for _n in range(5):
			with self.assert_refused("PIN of the gift card is wrong"):
				gift_cards.prove(self.made.name, self.wrong)
		with self.assert_refused("locked after 5 wrong tries"):
			gift_cards.prove(self.made.name, self.made.pin)
		self.assertEqual(self.tries(gift_card=self.made.name, kind="Wrong PIN"), 5)
		gift_cards.unlock(self.made.name)
		self.assertEqual(
			gift_cards.needs(self.card(self.made), gift_cards.prove(self.made.name, self.made.pin)), ""
		)

	def test_tries_are_counted_beyond_a_rollback(self) -> None:
		for _n in range(5):
			frappe.db.savepoint("request")
			with self.assert_refused("is wrong"):
				gift_cards.prove(self.made.name, self.wrong)
			frappe.db.rollback(save_point="request")
		self.assertEqual(self.card(self.made).pin_failures, 0, "rolled back")
		with self.assert_refused("locked after 5"):
			gift_cards.prove(self.made.name, self.made.pin)

	def test_what_a_failed_request_leaves_is_one_wrong_try_more(self) -> None:
		"""Frappe runs what is added to `after_rollback`, each once and until one commits."""
		frappe.db.after_rollback.reset()
		frappe.db.savepoint("request")
		self.assertFalse(gift_cards.check_pin(self.made.name, self.wrong))
		kept = list(frappe.db.after_rollback._functions)[-1]
		frappe.db.rollback(save_point="request")
		commit, frappe.db.commit = frappe.db.commit, lambda: None
		try:
			kept()
		finally:
			frappe.db.commit = commit
		self.assertEqual(self.card(self.made).pin_failures, 1)
		self.assertEqual(self.tries(gift_card=self.made.name, kind="Wrong PIN"), 1)

	def test_the_right_one_in_time_begins_anew(self) -> None:
		for _n in range(3):
			for _m in range(3):
				self.assertFalse(gift_cards.check_pin(self.made.name, self.wrong))
			self.assertTrue(gift_cards.check_pin(self.made.name, self.made.pin))
		self.assertEqual(self.card(self.made).pin_failures, 0)

	def test_wrong_pins_of_many_cards_are_guessing_too(self) -> None:
		others = gift_cards.make(self.program.name, 4)
		for made in others[:3]:
			for _n in range(3):
				self.assertFalse(gift_cards.check_pin(made.name, "none"))
		self.assertFalse(gift_cards.check_pin(others[3].name, "none"))
		with self.assert_refused("Too many"):
			gift_cards.check_pin(self.made.name, self.made.pin)


class TheItem(GiftCase):
	def test_it_is_made_once_with_no_stock_no_revenue_and_no_tax(self) -> None:
		code = self.item
		self.assertEqual(gift_card_item.ensure(self.program.companies), code)
		item = frappe.get_doc("Item", code)
		self.assertFalse(item.is_stock_item or item.grant_commission)
		self.assertEqual(
			[(row.company, row.income_account) for row in item.item_defaults if row.company == COMPANY],
			[(COMPANY, f"{self.liability} - {ABBR}")],
		)
		template = frappe.get_doc("Item Tax Template", gift_card_item.template_of(COMPANY))
		self.assertIn(VAT, [row.tax_type for row in template.taxes])
		self.assertEqual({flt(row.tax_rate) for row in template.taxes}, {0})
		self.assertIn(template.name, [row.item_tax_template for row in item.taxes])

	def test_a_tax_account_that_appears_later_is_added(self) -> None:
		head = frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": "VAT 12",
				"parent_account": f"Duties and Taxes - {ABBR}",
				"company": COMPANY,
				"account_type": "Tax",
			}
		).insert()
		name = gift_card_item.cover(COMPANY, [head.name])
		taxes = [row.tax_type for row in frappe.get_doc("Item Tax Template", name).taxes]
		self.assertEqual(taxes.count(head.name), 1)
		self.assertIn(VAT, taxes)


class Selling(GiftCase):
	def test_a_paid_sale_makes_it_active_and_is_a_liability_without_tax(self) -> None:
		made, before = self.blank(), gl(self.liability)
		sold = self.sell(made, 5 * M, line("TEA", 10 * M))
		self.assertEqual(sold.items[0].club_gift_card, made.name)
		self.assertEqual(sold.total_taxes_and_charges, M, "the tea's only")
		self.assertEqual(gl(self.liability) - before, -5 * M)
		card = self.card(made)
		self.assertEqual((card.status, card.sold_in, self.holds(made)), ("Active", sold.name, 5 * M))
		lot = frappe.get_last_doc("Club Lot", {"account": card.account})
		self.assertEqual(
			(lot.granted, lot.wallet, lot.expires_on, lot.company), (0, "Gift Card", None, COMPANY)
		)
		entry = frappe.get_last_doc("Club Ledger Entry", {"account": card.account})
		self.assertEqual((entry.kind, entry.quantity, entry.source_name), ("issue", 5 * M, sold.name))
		self.assertEqual(gift_cards.secrets_of([made.name]), {}, "handed out")

	def test_prices_that_include_tax_leave_the_card_its_whole_money(self) -> None:
		made = self.blank()
		tax = {
			"charge_type": "On Net Total",
			"account_head": VAT,
			"rate": 10,
			"description": "VAT",
			"included_in_print_rate": 1,
		}
		payments = [{"mode_of_payment": "Cash", "amount": 16 * M}]
		rows = self.row(made, 5 * M), line("TEA", 11 * M)
		sold = invoice(self.buyer(), *rows, vat=False, taxes=[tax], is_pos=1, payments=payments)
		self.assertEqual((sold.total_taxes_and_charges, self.holds(made)), (M, 5 * M))

	def test_a_tax_account_nobody_knew_is_no_tax_on_it_either(self) -> None:
		head = frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": "Municipal Tax",
				"parent_account": f"Duties and Taxes - {ABBR}",
				"company": COMPANY,
				"account_type": "Tax",
			}
		).insert()
		tax = {"charge_type": "On Net Total", "account_head": head.name, "rate": 5, "description": "new"}
		sold = invoice(self.buyer(), self.row(self.blank()), line("TEA", M), vat=False, taxes=[tax])
		self.assertEqual(sold.total_taxes_and_charges, M * 0.05)

	def test_an_invoice_pays_later_and_only_then_the_card_holds_money(self) -> None:
		made = self.blank()
		sold = invoice(self.buyer(), self.row(made), line("TEA", M), vat=False)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Unpaid", 0))
		with self.assert_refused(f"its sale {sold.name} is not paid"):
			gift_cards.find(made.number, COMPANY)
		with self.assert_refused("has been sold by"):
			invoice(self.buyer(), self.row(made))
		pay(sold, M)
		self.assertEqual(self.card(made).status, "Unpaid")
		sold.reload()
		rest = pay(sold, M)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", M))
		self.spend(made, 300_000)
		rest.reload()
		rest.cancel()
		self.assertEqual((self.card(made).status, self.holds(made)), ("Unpaid", 700_000))
		with self.assert_refused("is not paid"):
			self.spend(made, 300_000)
		sold.reload()
		pay(sold, M)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", 700_000))

	def test_a_face_value_is_the_price_and_without_one_any_amount(self) -> None:
		made = self.blank(face_value=Decimal(2 * M))
		sold = self.sell(made, 2 * M, submit=False)
		sold.items[0].rate = M
		sold.save()
		self.assertEqual((sold.items[0].rate, sold.grand_total), (2 * M, 2 * M))
		with self.assert_refused("write how much money"):
			invoice(self.buyer(), self.row(self.blank(), 0))

	def test_what_a_row_must_not_be_is_said(self) -> None:
		made, other = self.blank(), self.blank()
		cases = (
			("quantity 1", [self.row(made, qty=2)], {}),
			("scan the gift card", [line(self.item, M)], {}),
			("is there twice", [self.row(made), self.row(made)], {}),
			("is sold as item", [line("TEA", M, club_gift_card=made.number)], {}),
			("no discount and no tax", [self.row(made), self.row(other)], {"discount_amount": M}),
			("There is no gift card", [line(self.item, M, club_gift_card=unknown())], {}),
		)
		for words, rows, fields in cases:
			with self.subTest(words), self.assert_refused(words):
				invoice(self.buyer(), *rows, submit=False, **fields)
		gift_cards.block(made.name)
		with self.assert_refused("is blocked since"):
			invoice(self.buyer(), self.row(made), submit=False)
		self.program.close()
		with self.assert_refused("is closed"):
			invoice(self.buyer(), self.row(other), submit=False)

	def test_it_earns_no_points_and_no_wallet_pays_for_it(self) -> None:
		mina = member(self.program)
		made, rich = self.blank(), self.blank()
		self.sell(rich, 50 * M)
		sold = invoice(mina.customer, self.row(made, 20 * M), line("TEA", 10 * M), vat=False)
		self.assertEqual(balance(mina), 100)
		self.assertEqual(outstanding(sold), 30 * M)
		with self.assert_refused("only"):
			self.spend(rich, 15 * M, line("TEA", 10 * M), self.row(self.blank(), 20 * M))
		self.spend(rich, 10 * M, line("TEA", 10 * M), self.row(self.blank(), 20 * M))
		self.assertEqual(self.holds(rich), 40 * M)

	def test_a_top_up_adds_to_what_is_there(self) -> None:
		made = self.blank(face_value=Decimal(M))
		self.sell(made, M)
		self.sell(made, 3 * M)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", 4 * M))

	def test_the_expiry_of_the_card_is_the_money_s(self) -> None:
		made = self.blank(expires_on=policy.club_today() + timedelta(days=30))
		self.sell(made)
		self.assertEqual(
			gift_sales.balance(self.card(made)).expiry,
			((policy.club_today() + timedelta(days=30), Decimal(M)),),
		)
		with on_day(policy.club_today() + timedelta(days=31)):
			self.assertEqual(gift_sales.balance(self.card(made)).available, 0)
			with self.assert_refused("could be spent through"):
				gift_cards.find(made.number, COMPANY)


class TakingBack(GiftCase):
	def test_a_cancelled_sale_leaves_a_blank_card_that_can_be_sold_again(self) -> None:
		made, before = self.blank(), gl(self.liability)
		sold = self.sell(made)
		sold.cancel()
		self.assertEqual((self.card(made).status, self.holds(made)), ("Blank", 0))
		self.assertEqual(gl(self.liability), before)
		self.sell(made, 2 * M)
		self.assertEqual(self.holds(made), 2 * M)

	def test_what_was_spent_meanwhile_cannot_be_cancelled(self) -> None:
		made = self.blank()
		sold = self.sell(made)
		spent = self.spend(made, 400_000)
		with self.assert_refused("has been spent"):
			sold.cancel()
		spent.reload()
		self.assertEqual(self.holds(made), 600_000)

	def test_an_unpaid_sale_that_is_cancelled_or_returned_leaves_nothing(self) -> None:
		made = self.blank()
		sold = invoice(self.buyer(), self.row(made), vat=False)
		sold.cancel()
		self.assertEqual(self.card(made).status, "Blank")
		again = invoice(self.buyer(), self.row(made), vat=False)
		bring_back(again, update_outstanding_for_self=0)
		self.assertEqual(outstanding(again), 0)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Blocked", 0))

	def test_a_return_takes_the_money_back_and_blocks_the_card(self) -> None:
		made, before = self.blank(), gl(self.liability)
		sold = self.sell(made)
		back = bring_back(sold)
		self.assertEqual(back.items[0].club_gift_card, made.name)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Blocked", 0))
		self.assertEqual(gl(self.liability), before)
		back.cancel()
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", M))
		self.spend(made, M)

	def test_only_what_is_still_on_it_is_refunded(self) -> None:
		made = self.blank()
		sold = self.sell(made)
		self.spend(made, 400_000)
		back = bring_back(sold, submit=False)
		frappe.db.savepoint("refused")
		with self.assert_refused("holds 600,000 rial"):
			back.submit()
		frappe.db.rollback(save_point="refused")
		back.reload()
		back.items[0].rate = 600_000
		back.payments[0].amount = -600_000
		back.save()
		back.submit()
		self.assertEqual((self.card(made).status, self.holds(made)), ("Blocked", 0))
		self.assertEqual(gl(self.liability), 0)

	def test_other_rows_come_back_without_the_card(self) -> None:
		made = self.blank()
		sold = self.sell(made, M, line("TEA", M))
		bring_back(sold, shares={1: 1}, payments=[{"mode_of_payment": "Cash", "amount": -1.1 * M}])
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", M))


class Replacing(GiftCase):
	def test_the_new_card_has_the_money_its_lots_and_expiry_and_the_old_one_says_so(self) -> None:
		made = self.blank(expires_on=policy.club_today() + timedelta(days=300))
		self.sell(made)
		spent = self.spend(made, 300_000)
		before = gift_sales.balance(self.card(made))
		new = gift_cards.replace(made.name)
		self.assertNotEqual((new.number, new.pin), (made.number, made.pin))
		self.assertEqual(gift_sales.balance(self.card(new)), before)
		with self.assert_refused("was replaced on"):
			gift_cards.find(made.number, COMPANY)
		with self.assert_refused("replaced already, by"):
			gift_cards.replace(made.name)
		bring_back(spent)
		self.assertEqual(self.holds(new), M)
		self.spend(new, M)
		self.assertEqual(self.card(new).expires_on, policy.club_today() + timedelta(days=300))

	def test_a_sale_not_yet_paid_follows_the_new_card(self) -> None:
		made = self.blank()
		sold = invoice(self.buyer(), self.row(made), vat=False)
		with self.assert_refused("holds no money"):
			gift_cards.replace(made.name)
		payment = pay(sold)
		new = gift_cards.replace(made.name)
		payment.reload()
		payment.cancel()
		self.assertEqual(self.card(new).status, "Unpaid")
		sold.reload()
		pay(sold)
		self.assertEqual((self.card(new).status, self.holds(new)), ("Active", M))
		sold.reload()
		frappe.get_last_doc("Payment Entry", {"docstatus": 1}).cancel()
		sold.reload()
		sold.cancel()
		self.assertEqual(self.holds(new), 0)

	def test_a_blocked_card_pays_nothing_and_keeps_its_money(self) -> None:
		made = self.blank()
		self.sell(made)
		gift_cards.block(made.name, "lost")
		with self.assert_refused("is blocked since"):
			self.spend(made, M)
		self.assertEqual(gift_cards.unblock(made.name).status, "Active")
		self.spend(made, M)
		self.assertEqual(self.holds(made), 0)


class Cheques(GiftCase):
	settings = {"cheque_modes": [{"mode_of_payment": "Cheque"}]}

	def test_a_cheque_makes_it_active_when_it_clears_and_stops_it_when_it_bounces(self) -> None:
		made = self.blank()
		sold = invoice(self.buyer(), self.row(made), vat=False)
		cheque = pay(sold, mode_of_payment="Cheque", reference_date=add_days(today(), 60))
		self.assertEqual((outstanding(sold), self.card(made).status), (0, "Unpaid"))
		cheque.reload()
		cheque.db_set("clearance_date", today())
		self.assertEqual((self.card(made).status, self.holds(made)), ("Active", M))
		cheque.reload()
		cheque.db_set("clearance_date", None)
		self.assertEqual((self.card(made).status, self.holds(made)), ("Unpaid", M))
		gift_cards.block(made.name)
		self.assertEqual(gift_cards.unblock(made.name).status, "Unpaid", "unblocking does not pay")


class GivenFree(GiftCase):
	program_fields = {
		"companies": [
			{
				"company": COMPANY,
				"liability_account": f"Loyalty Points - {ABBR}",
				"marketing_account": f"Marketing Expenses - {ABBR}",
			}
		]
	}

	def give(self, made: Any, amount: float, **fields: Any) -> Any:
		doc = frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"wallet": "Gift Card",
				"gift_card": made.name,
				"kind": "Gift",
				"points": amount,
				"company": COMPANY,
				"posting_date": today(),
				"reason": "with our thanks",
				**fields,
			}
		).insert()
		doc.submit()
		return doc

	def test_an_adjustment_gives_it_money_that_expires_and_costs_marketing(self) -> None:
		made, before = self.blank(), gl(self.liability)
		last = add_days(today(), 60)
		self.give(made, 2 * M, expires_on=last)
		self.assertEqual(gl(self.liability) - before, -2 * M)
		card = self.card(made)
		self.assertEqual(card.status, "Active")
		self.assertEqual(gift_sales.balance(card).expiry, ((getdate(last), Decimal(2 * M)),))
		self.assertEqual(frappe.get_last_doc("Club Lot", {"account": card.account}).granted, 1)
		self.spend(made, 500_000)
		with on_day(add_days(last, 1)):
			self.assertEqual(gift_sales.balance(self.card(made)).available, 0)

	def test_given_money_is_no_cash(self) -> None:
		made = self.blank()
		sold = self.sell(made)
		self.give(made, M)
		self.spend(made, M)
		back = bring_back(sold, submit=False)
		held = gift_sales.balance(self.card(made)).holds
		self.assertEqual(held, M)
		lots = frappe.get_all("Club Lot", {"account": self.card(made).account}, ["granted", "remaining"])
		own = sum(row.remaining for row in lots if not row.granted)
		self.assertEqual(own, 0, "the older lot, which was paid for, went first")
		with self.assert_refused("holds 0 rial that were paid for"):
			back.submit()

	def test_the_replaced_card_gets_none(self) -> None:
		made = self.blank()
		self.sell(made)
		new = gift_cards.replace(made.name)
		with self.assert_refused(f"was replaced by {new.name}"):
			self.give(made, M)
		self.give(new, M)
		self.assertEqual(self.holds(new), 2 * M)
		self.assertEqual(frappe.db.get_value("Club Account", self.card(new).account, "gift_card"), new.name)


class AtTheTill(GiftCase):
	def setUp(self) -> None:
		super().setUp()
		companies.till_makes(self, "POS Invoice")
		self.profile = companies.till(COMPANY)
		companies.open_till(self.profile)

	def receipt(self, *rows: dict[str, Any], **fields: Any) -> Any:
		return companies.receipt(self.buyer(), *rows, profile=self.profile, **fields)

	def consolidate(self, *receipts: Any) -> Any:
		log = frappe.get_doc(
			{
				"doctype": "POS Invoice Merge Log",
				"posting_date": today(),
				"posting_time": frappe.utils.nowtime(),
				"company": COMPANY,
				"customer": self.buyer(),
				"pos_invoices": [
					{
						"pos_invoice": doc.name,
						"posting_date": doc.posting_date,
						"grand_total": doc.grand_total,
						"customer": doc.customer,
						"is_return": doc.is_return,
						"return_against": doc.return_against,
					}
					for doc in receipts
				],
			}
		)
		log.insert()
		log.submit()
		return log

	def test_two_cards_and_tea_through_the_day_s_end_and_a_return_of_one(self) -> None:
		one, two, before = self.blank(), self.blank(), gl(self.liability)
		sold = self.receipt(self.row(one), self.row(two, 2 * M), line("TEA", M), cash=4 * M)
		self.assertEqual([self.holds(each) for each in (one, two)], [M, 2 * M])
		self.assertEqual(sold.items[0].income_account, f"{self.liability} - {ABBR}")
		self.assertEqual(gl(self.liability), before, "no books before the till is closed")
		back = make_sales_return(sold.name)
		back.set("items", [row for row in back.items if row.pos_invoice_item == sold.items[1].name])
		back.update({"payments": [{"mode_of_payment": "Cash", "amount": -2 * M}], "paid_amount": -2 * M})
		back.insert()
		back.submit()
		self.assertEqual((self.holds(two), self.card(two).status), (0, "Blocked"))
		entries = frappe.db.count("Club Ledger Entry")
		log = self.consolidate(sold, back)
		whole = frappe.get_doc("Sales Invoice", log.consolidated_invoice)
		self.assertEqual([row.club_gift_card for row in whole.items], [None, None, None])
		self.assertEqual([row.amount for row in whole.items], [M, 2 * M, M])
		self.assertEqual(frappe.db.count("Club Ledger Entry"), entries, "and nothing again at its end")
		self.assertEqual(gl(self.liability) - before, -M)
		log.reload()
		log.cancel()
		self.assertEqual(gl(self.liability), before)
		self.assertEqual(self.holds(one), M)

	def test_a_drafted_return_knows_the_cards_of_its_rows(self) -> None:
		made = self.blank()
		sold = self.receipt(self.row(made), line("TEA", M), cash=2 * M)
		back = make_sales_return(sold.name)
		self.assertEqual([row.club_gift_card for row in back.items], [None, None], "ERPNext copies none")
		shown = draft_invoice(frappe.as_json(back))
		self.assertEqual([row.club_gift_card for row in shown.items], [made.name, None])

	def test_a_cancelled_receipt_leaves_a_blank_card(self) -> None:
		made = self.blank()
		sold = self.receipt(self.row(made), cash=M)
		sold.cancel()
		self.assertEqual((self.card(made).status, self.holds(made)), ("Blank", 0))

	def test_it_is_paid_at_once(self) -> None:
		made = self.blank()
		with self.assert_refused("is still owed|Partial Payment|partial"):
			self.receipt(self.row(made), cash=M / 2)

	def test_a_card_pays_the_receipt_and_gets_it_back(self) -> None:
		made = self.blank()
		self.sell(made)
		proof = gift_cards.prove(made.name, made.pin)
		wish = {"wallet": "Gift Card", "gift_card": made.number, "points": 600_000, "proof": proof}
		sold = self.receipt(line("TEA", M), cash=400_000, club_redemptions=[wish])
		self.assertEqual((self.holds(made), sold.club_redemptions[0].gift_card), (400_000, made.name))
		back = make_sales_return(sold.name)
		back.insert()
		back.submit()
		self.assertEqual(self.holds(made), M)


class Browser(GiftCase):
	def test_a_cashier_looks_up_by_number_masked_and_a_stranger_with_number_and_pin(self) -> None:
		made = self.blank()
		self.sell(made)
		with self.a_user(CASHIER):
			shown = api.look_up(made.number, company=COMPANY)
			self.assertEqual((shown["available_text"], shown["may_not_pay"]), ("1,000,000 rial", ""))
			self.assertNotIn(made.number, str(shown))
			self.assertNotIn(made.pin, str({**shown, "gift_card": "", "number": ""}).replace("1,000,000", ""))
			found = api.prove(made.number, made.pin)
			self.assertEqual(gift_cards.needs(self.card(made), found["proof"]), "")
			with self.assert_refused("16 digits on it"):
				api.prove(made.name, made.pin)
			with self.assertRaises(frappe.PermissionError):
				api.block(made.name)
		self.users.append(user(STRANGER))
		with self.a_user(STRANGER):
			with self.assert_refused("PIN of the gift card is wrong"):
				api.look_up(made.number)
			self.assertEqual(api.look_up(made.number, made.pin)["available"], M)
			with self.assert_refused("16 digits on it"):
				api.look_up(made.name, made.pin)
			for call in (
				lambda: api.prove(made.number, made.pin),
				lambda: api.sale_row(made.number, COMPANY),
				lambda: api.panel(made.name),
				lambda: api.reveal(made.name),
				lambda: api.forgive(STRANGER),
			):
				with self.assertRaises(frappe.PermissionError):
					call()

	def test_the_row_that_sells_a_card(self) -> None:
		made = self.blank(face_value=Decimal(M))
		with self.a_user(CASHIER):
			row = api.sale_row(made.number, COMPANY)
			self.assertEqual(
				(row["item_code"], row["club_gift_card"], row["rate"]), (self.item, made.name, M)
			)
			self.sell(made)
			row = api.sale_row(made.number, COMPANY)
			self.assertEqual((row["rate"], row["description"][:6]), (0, "Top-up"))

	def test_the_form_s_panel_and_buttons(self) -> None:
		made = self.blank()
		sold = self.sell(made)
		self.spend(made, 300_000)
		with self.a_user(MANAGER):
			shown = api.panel(made.name)
			self.assertEqual(shown["available_text"], "700,000 rial")
			self.assertEqual(
				[row["amount"].translate(ISOLATES) for row in shown["movements"]],
				["−300,000 rial", "+1,000,000 rial"],
			)
			self.assertIn(sold.name, shown["movements"][1]["why"])
			self.assertEqual(api.block(made.name, "lost"), "Blocked")
			self.assertEqual(api.unblock(made.name), "Active")
			new = api.replace(made.name)
			self.assertEqual(api.panel(made.name)["replaced_by"], new["name"])
			again = api.reveal(new["name"])
			self.assertEqual((again["number"], again["pin"]), (new["number"], new["pin"]))
			api.wipe(new["name"])
			with self.assert_refused("no longer kept"):
				api.reveal(new["name"])
			self.assertEqual(api.panel(new["name"])["available_text"], "700,000 rial")

	def test_unlocking_is_the_manager_s(self) -> None:
		made = self.blank()
		for _n in range(5):
			gift_cards.check_pin(made.name, "none")
		with self.a_user(CASHIER), self.assertRaises(frappe.PermissionError):
			api.unlock(made.name)
		with self.a_user(MANAGER):
			self.assertTrue(api.panel(made.name)["locked"])
			api.unlock(made.name)
			self.assertFalse(api.panel(made.name)["locked"])
		self.assertTrue(gift_cards.check_pin(made.name, made.pin))
