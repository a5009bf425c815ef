"""What the Point of Sale page asks of the server, for the till's document of either kind."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from loyalty_club import api, jalali, printing
from loyalty_club.api import till
from loyalty_club.core import cards
from loyalty_club.engine import gift_cards
from loyalty_club.tests import companies
from loyalty_club.tests.builders import COMPANY, ClubCase, M, balance, card, customer, give, line, member
from loyalty_club.tests.test_api import NOBODY, user

CASHIER = "club-till@example.com"
ROLES = ("Sales User", "Sales Manager", "Accounts User", "Club Cashier")


class TillCase(ClubCase):
	"""A cashier at an open till, and Mina with a card and 1,000 points."""

	document = "POS Invoice"

	def setUp(self) -> None:
		super().setUp()
		self.fields = companies.till_makes(self, self.document)
		self.profile = companies.till()
		self.mina = member(self.program, mobile="09901234567")
		self.card = card(self.mina)
		give(self.mina, 1000)
		user(CASHIER, *ROLES)
		frappe.set_user(CASHIER)
		companies.open_till(self.profile)

	def cart(self, *rows: dict[str, Any], who: str = "", cash: float = 0, **fields: Any) -> Any:
		"""A cart that is not saved."""
		rows = rows or (line("TEA", 10 * M),)
		return companies.cart(
			who or self.mina.customer, *rows, profile=self.profile, cash=cash, **{**self.fields, **fields}
		)

	def text(self, doc: Any) -> str:
		"""What the page sends."""
		return json.dumps({**doc.as_dict(), "__islocal": 1, "name": "new-pos-invoice-abc"}, default=str)

	def pay(self, doc: Any, wallet: str, **fields: Any) -> dict[str, Any]:
		found = till.pay(self.text(doc), wallet, **fields)
		self.assertNotIn("error", found)
		doc.set("club_redemptions", found["rows"])
		return found

	def sell(self, doc: Any, cash: float) -> Any:
		"""The cart, saved and completed."""
		doc.payments[0].amount = cash
		doc.insert()
		doc.submit()
		return doc.reload()


class Scans(TillCase):
	def scan(self, text: str) -> dict[str, Any]:
		return till.scan(text, COMPANY, self.document)

	def test_a_card_names_its_member_in_any_digits(self) -> None:
		found = self.scan(self.card)
		self.assertEqual(
			(found["kind"], found["member"], found["customer"], found["card"]),
			("member", self.mina.name, self.mina.customer, self.card),
		)
		persian = self.card.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
		self.assertEqual(self.scan(persian)["member"], self.mina.name)

	def test_what_is_wrong_with_a_card_is_one_sentence_and_no_message_beside_it(self) -> None:
		blocked = card(self.mina)
		frappe.get_doc("Loyalty Card", blocked).update({"status": "Blocked"}).save(ignore_permissions=True)
		misread = self.card[:-1] + str((int(self.card[-1]) + 1) % 10)
		foreign = "888812345678901"
		bank = "603799123456789"
		for number, words in (
			(blocked, "is blocked"),
			(misread, "a digit is wrong"),
			(cards.card_number("9000", lambda n: "7" * n), "There is no card"),
			(foreign + cards.luhn_digit(foreign), "is not a card of this club"),
			(bank + cards.luhn_digit(bank), "is a bank card"),
		):
			found = self.scan(number)
			self.assertEqual(found["kind"], "wrong", number)
			self.assertIn(words, found["error"])
			self.assertNotIn(number, found["error"], "a number is never said in full")
			self.assertFalse(frappe.get_message_log())

	def test_sixteen_digits_of_an_item_are_the_items(self) -> None:
		body = "777712345678901"
		barcode = body + cards.luhn_digit(body)
		frappe.set_user("Administrator")
		item = frappe.get_doc("Item", "TEA")
		item.append("barcodes", {"barcode": barcode})
		item.save()
		frappe.set_user(CASHIER)
		self.assertEqual(self.scan(barcode), {"kind": "item"})

	def test_a_gift_card_is_no_membership_card(self) -> None:
		made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
		frappe.set_user("Administrator")
		give(frappe._dict(name=None), M, wallet="Gift Card", gift_card=made.name)
		frappe.set_user(CASHIER)
		self.assertEqual(self.scan(made.number), {"kind": "gift_card", "number": made.number})

	def test_a_blank_gift_card_is_for_sale_and_an_unknown_one_is_nobodys(self) -> None:
		made = gift_cards.make(self.program.name, 1, company=COMPANY, face_value=Decimal(M))[0]
		found = self.scan(made.number)
		self.assertEqual(found["kind"], "blank_gift_card")
		row = found["row"]
		self.assertEqual((row["club_gift_card"], row["qty"], row["rate"]), (made.name, 1, M))
		self.assertEqual(
			self.scan(cards.card_number(gift_cards.PREFIX, lambda n: "7" * n))["kind"],
			"wrong",
			"it is counted",
		)

	def test_a_member_of_a_club_that_is_not_valid_here(self) -> None:
		frappe.set_user("Administrator")
		other = companies.second()
		frappe.set_user(CASHIER)
		found = till.scan(self.card, other, self.document)
		self.assertIn("is not valid in company", found.get("error", ""))


class Finding(TillCase):
	def find(self, text: str, **filters: Any) -> list[Any]:
		return [row[0] for row in till.find_customers("Customer", text, "name", 0, 10, filters)]

	def test_mobile_code_and_card_find_the_one_customer(self) -> None:
		for text in (
			"09901234567",
			"۰۹۹۰۱۲۳۴۵۶۷",
			"+98 990 123 4567",
			self.mina.name,
			self.mina.name.lower(),
			self.card,
		):
			self.assertEqual(self.find(text), [self.mina.customer], text)

	def test_the_typed_text_is_shown_so_that_enter_takes_it(self) -> None:
		rows = till.find_customers("Customer", "09901234567", "name", 0, 10, {})
		self.assertIn("09901234567", rows[0])

	def test_anything_else_is_the_ordinary_search(self) -> None:
		name = customer("Parvaneh Sadeghi")
		self.assertEqual(self.find("Parvaneh Sad"), [name])
		self.assertEqual(self.find("nobody is called that"), [])

	def test_the_tills_customer_groups_hold(self) -> None:
		self.assertEqual(self.find("09901234567", customer_group=["in", ["Gold"]]), [])
		self.assertEqual(self.find("09901234567", customer_group=["in", ["Bronze"]]), [self.mina.customer])

	def test_a_card_that_is_wrong_says_why(self) -> None:
		with self.assert_refused("There is no card"):
			self.find(cards.card_number("9000", lambda n: "7" * n))


class Cart(TillCase):
	def panel(self, doc: Any) -> dict[str, Any]:
		return till.panel(self.text(doc))

	def test_it_says_of_a_cart_what_the_form_says(self) -> None:
		doc = self.cart(club_card=self.card)
		shown, form = self.panel(doc), api.invoice_panel(self.text(doc))
		self.assertEqual((shown["will_earn"], shown["most"]), (100, 1000))
		form.pop("may_join")
		self.assertEqual({key: shown[key] for key in form}, form)
		self.assertEqual((shown["tenders"], shown["rest"]), ({}, 10 * M))

	def test_it_asks_little_and_writes_nothing(self) -> None:
		doc = self.cart(club_card=self.card)
		self.panel(doc)
		text = self.text(doc)
		counts = [frappe.db.count(each) for each in ("Club Ledger Entry", self.document, "Club Posting")]
		with self.assertQueryCount(60):
			till.panel(text)
		self.assertEqual(
			counts, [frappe.db.count(each) for each in ("Club Ledger Entry", self.document, "Club Posting")]
		)

	def test_a_birthday_near_is_said(self) -> None:
		for days, words in ((0, "Birthday today"), (3, "Birthday on"), (4, ""), (-1, "")):
			year, month, day = jalali.to_jalali(getdate(add_days(today(), days)))
			self.mina.birthday = jalali.from_jalali(year - 30, month, day)
			self.mina.save(ignore_permissions=True)
			said = self.panel(self.cart())["birthday"]
			if abs(days) in (0, 3):
				self.assertIn(words, said, days)
			else:
				self.assertEqual(said, "", days)

	def test_who_is_no_member_is_told_so(self) -> None:
		shown = self.panel(self.cart(who=customer()))
		self.assertIsNone(shown["member"])
		self.assertEqual(shown["rest"], 10 * M)

	def test_somebody_elses_card_is_an_error_and_no_crash(self) -> None:
		self.assertIn(
			"belongs to member", self.panel(self.cart(who=customer(), club_card=self.card))["error"]
		)


class Paying(TillCase):
	def test_the_most_by_points_and_the_rest_in_cash(self) -> None:
		doc = self.cart(club_card=self.card)
		found = self.pay(doc, "Points")
		self.assertEqual((found["tenders"], found["rest"]), ({"Club Points": M}, 9 * M))
		self.sell(doc, 9 * M)
		self.assertEqual((doc.club_status, doc.paid_amount, doc.change_amount), ("Posted", 10 * M, 0))
		self.assertEqual(balance(self.mina), 1000 - 1000 + 90)

	def test_points_and_credit_and_a_gift_card_together(self) -> None:
		frappe.set_user("Administrator")
		give(self.mina, 2 * M, wallet="Cash Credit")
		made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
		fields = {"wallet": "Gift Card", "gift_card": made.name, "points": 20 * M, "kind": "Opening Balance"}
		fields |= {
			"doctype": "Club Adjustment",
			"reason": "opening",
			"company": COMPANY,
			"posting_date": today(),
		}
		frappe.get_doc(fields).insert().submit()
		frappe.set_user(CASHIER)
		doc = self.cart(club_card=self.card)
		self.pay(doc, "Points")
		self.pay(doc, "Cash Credit")
		proof = gift_cards.prove(made.name, made.pin)
		found = self.pay(doc, "Gift Card", gift_card=made.name, proof=proof)
		self.assertEqual(
			found["tenders"], {"Club Points": M, "Club Cash Credit": 2 * M, "Club Gift Card": 7 * M}
		)
		self.assertEqual(found["rest"], 0)
		self.assertTrue(found["gift_cards"][0]["number"].endswith(made.number[-4:]))
		self.sell(doc, 0)
		self.assertEqual((doc.club_status, doc.paid_amount), ("Posted", 10 * M))

	def test_a_gift_card_pays_for_who_is_no_member(self) -> None:
		frappe.set_user("Administrator")
		made = gift_cards.make(self.program.name, 1, company=COMPANY)[0]
		fields = {"wallet": "Gift Card", "gift_card": made.name, "points": 4 * M, "kind": "Opening Balance"}
		fields |= {
			"doctype": "Club Adjustment",
			"reason": "opening",
			"company": COMPANY,
			"posting_date": today(),
		}
		frappe.get_doc(fields).insert().submit()
		frappe.set_user(CASHIER)
		doc = self.cart(who=customer())
		self.assertIn("PIN", till.pay(self.text(doc), "Gift Card", gift_card=made.name)["error"])
		found = self.pay(doc, "Gift Card", gift_card=made.name, proof=gift_cards.prove(made.name, made.pin))
		self.assertEqual((found["tenders"], found["rest"]), ({"Club Gift Card": 4 * M}, 6 * M))
		self.sell(doc, 6 * M)
		self.assertEqual(doc.docstatus, 1)

	def test_nothing_to_pay_with_is_said(self) -> None:
		doc = self.cart(club_card=self.card)
		self.assertIn("can pay nothing", till.pay(self.text(doc), "Gift Credit")["error"])

	def test_spending_without_card_or_pin_is_refused_when_it_is_saved(self) -> None:
		doc = self.cart()
		self.pay(doc, "Points")
		with self.assert_refused("Scan the card"):
			self.sell(doc, 9 * M)

	def test_what_the_till_says_was_paid_is_counted(self) -> None:
		doc = self.cart(club_card=self.card)
		self.pay(doc, "Points")
		doc.paid_amount = doc.base_paid_amount = 10 * M
		self.sell(doc, 10 * M)  # a million too much, in cash: change
		self.assertEqual((doc.paid_amount, doc.change_amount), (11 * M, M))

	def test_a_tender_that_is_no_cash_gives_no_change(self) -> None:
		frappe.set_user("Administrator")
		mode = frappe.get_doc("Mode of Payment", "Bank Card")
		mode.type = "Bank"
		mode.save()
		frappe.set_user(CASHIER)
		doc = self.cart(club_card=self.card)
		self.pay(doc, "Points")
		doc.payments[0].mode_of_payment = "Bank Card"
		with self.assert_refused("give no change"):
			self.sell(doc, 10 * M)


class OneSale(TillCase):
	def test_the_same_sale_sent_twice_is_saved_once(self) -> None:
		first = self.cart(club_card=self.card, club_till_key="abc-1")
		self.assertEqual(till.state(self.document, "abc-1"), {})
		first.insert()
		found = till.state(self.document, "abc-1")
		self.assertEqual(
			(found["name"], found["docstatus"], found["modified"]), (first.name, 0, str(first.modified))
		)
		with self.assert_refused(f"saved already, as {first.name}"):
			self.cart(club_card=self.card, club_till_key="abc-1").insert()
		self.sell_again(first)
		self.assertEqual(till.state(self.document, "abc-1")["docstatus"], 1)

	def sell_again(self, doc: Any) -> None:
		doc.payments[0].amount = 10 * M
		doc.paid_amount = doc.base_paid_amount = 10 * M
		doc.save()
		doc.submit()

	def test_the_database_itself_refuses_what_comes_meanwhile(self) -> None:
		first = self.cart(club_till_key="abc-2")
		first.insert()
		second = self.cart(club_till_key="abc-2")
		second.set_new_name()
		with self.assertRaises((frappe.UniqueValidationError, frappe.DuplicateEntryError)):
			second.db_insert()

	def test_sales_without_a_till_have_no_key(self) -> None:
		self.cart().insert()
		second = self.cart()
		second.insert()
		self.assertFalse(second.club_till_key)

	def test_an_amendment_is_another_sale(self) -> None:
		first = self.cart(club_till_key="abc-3")
		self.sell(first, 10 * M)
		frappe.set_user("Administrator")
		first.cancel()
		amended = frappe.copy_doc(first, ignore_no_copy=False)
		amended.update({"amended_from": first.name, "club_till_key": "abc-3", "docstatus": 0})
		amended.insert()
		self.assertFalse(amended.club_till_key)


class Receipts(TillCase):
	program_fields = {"expiry": "months", "expiry_count": 6}

	def test_on_screen_and_on_paper(self) -> None:
		doc = self.cart(club_card=self.card)
		self.pay(doc, "Points")
		self.sell(doc, 9 * M)
		facts = till.facts(self.document, doc.name)
		self.assertEqual((facts["earned"], facts["spent"], facts["balance"]), ("90", "1,000", "90"))
		self.assertTrue(facts["why"])
		self.assertEqual(facts["next_expiry_points"], "90")
		html = printing.loyalty_club_receipt(doc)
		for words in (doc.name, "Club Points", "1,000", "expire after", 'dir="ltr"', "80mm"):
			self.assertIn(words, html)

	def test_in_persian_from_right_to_left_with_persian_digits_and_jalali_dates(self) -> None:
		doc = self.cart()
		self.sell(doc, 10 * M)
		frappe.local.lang = "fa"
		try:
			html = printing.loyalty_club_receipt(doc)
		finally:
			frappe.local.lang = "en"
		self.assertIn('dir="rtl"', html)
		self.assertRegex(html, "۱۴۰[0-9۰-۹]")
		self.assertNotIn("10,000,000", html)

	def test_the_print_formats_are_there_for_both_documents(self) -> None:
		for name, doctype in (("Club POS Receipt", "POS Invoice"), ("Club Till Receipt", "Sales Invoice")):
			self.assertEqual(frappe.db.get_value("Print Format", name, "doc_type"), doctype)


class Rights(TillCase):
	def test_one_without_roles_may_ask_nothing(self) -> None:
		doc = self.cart()
		doc.insert()
		text = self.text(doc)
		frappe.set_user(user(NOBODY))
		for function, given in (
			(till.setup, {}),
			(till.scan, {"text": self.card, "company": COMPANY, "doctype": self.document}),
			(till.panel, {"doc": text}),
			(till.pay, {"doc": text, "wallet": "Points"}),
			(till.state, {"doctype": self.document, "key": "abc"}),
			(till.facts, {"doctype": self.document, "name": doc.name}),
		):
			with self.subTest(function.__name__), self.assertRaises(frappe.PermissionError):
				function(**given)
		with self.assertRaises(frappe.PermissionError):
			till.find_customers("Customer", "09901234567", "name", 0, 10, {})

	def test_no_other_document_is_asked_about(self) -> None:
		with self.assert_refused("The till makes no"):
			till.facts("User", "Administrator")

	def test_what_the_till_knows_of_the_club(self) -> None:
		known = till.setup()
		self.assertEqual(known["card_prefix"], "9000")
		self.assertEqual(known["modes"]["Club Points"], "Points")


class SalesInvoices:
	"""The same on a till that makes Sales Invoices (v16)."""

	document = "Sales Invoice"


class ScansOfSales(SalesInvoices, Scans):
	pass


class CartOfSales(SalesInvoices, Cart):
	pass


class PayingOfSales(SalesInvoices, Paying):
	pass


class OneSaleOfSales(SalesInvoices, OneSale):
	pass


class ReceiptsOfSales(SalesInvoices, Receipts):
	pass
