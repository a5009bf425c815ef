"""Gift cards: numbers that cannot be guessed, PINs, the sale that makes one worth something, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt, today

from loyalty_club import policy
from loyalty_club.core import cards
from loyalty_club.engine import gift_cards
from loyalty_club.setup import gift_card_item
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	VAT,
	ClubCase,
	M,
)
from loyalty_club.tests.test_api import user

MANAGER = "club-gift-manager@example.com"
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

	def tries(self, **filters: Any) -> int:
		return frappe.db.count("Gift Card Try", filters)


def unknown() -> str:
	"""A number that could be a gift card's and is nobody's."""
	return cards.card_number(gift_cards.PREFIX, cards.random_digits(lambda limit: limit - 1))


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
		companies = [frappe._dict(company=COMPANY, gift_card_account=f"Loyalty Points - {ABBR}")]
		code = gift_card_item.ensure(companies)
		self.assertEqual(gift_card_item.ensure(companies), code)
		item = frappe.get_doc("Item", code)
		self.assertFalse(item.is_stock_item or item.grant_commission)
		self.assertEqual(
			[(row.company, row.income_account) for row in item.item_defaults if row.company == COMPANY],
			[(COMPANY, f"Loyalty Points - {ABBR}")],
		)
		template = frappe.get_doc("Item Tax Template", gift_card_item.template_of(COMPANY))
		self.assertIn(VAT, [row.tax_type for row in template.taxes])
		self.assertEqual({flt(row.tax_rate) for row in template.taxes}, {0})
		self.assertIn(template.name, [row.item_tax_template for row in item.taxes])

	def test_a_tax_account_that_appears_later_is_added(self) -> None:
		gift_card_item.ensure([frappe._dict(company=COMPANY, gift_card_account=f"Loyalty Points - {ABBR}")])
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
