"""What browsers may call: the salesperson's desk through the functions it calls, as the people who call them."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import typing
from collections.abc import Callable
from pkgutil import iter_modules
from typing import Any

import frappe

from loyalty_club import api, jobs, printing
from loyalty_club.engine import gift_cards, post
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
	gl,
	invoice,
	line,
	member,
	outstanding,
	pay,
	program,
	redeeming,
)
from loyalty_club.tests.test_wallets import WalletCase

SELLER = "club-seller@example.com"
NOBODY = "club-nobody@example.com"
POINTS = "Loyalty Points"


def user(email: str, *roles: str) -> str:
	"""A user of the site with these roles."""
	if not frappe.db.exists("User", email):
		doc = frappe.get_doc(
			{"doctype": "User", "email": email, "first_name": "Club", "send_welcome_email": 0}
		)
		doc.flags.no_welcome_mail = True
		doc.insert(ignore_permissions=True)
		doc.add_roles(*roles)
	return email


def api_modules() -> list[Any]:
	"""`loyalty_club.api` and its modules."""
	return [
		api,
		*(importlib.import_module(f"{api.__name__}.{each.name}") for each in iter_modules(api.__path__)),
	]


def whitelisted() -> dict[str, Callable[..., Any]]:
	"""Every function of `loyalty_club.api` and its modules that a browser may call."""
	return {
		f"{module.__name__.removeprefix(api.__name__)}.{name}".lstrip("."): function
		for module in api_modules()
		for name, function in inspect.getmembers(module, inspect.isfunction)
		if function.__module__ == module.__name__ and function in frappe.whitelisted
	}


class EveryFunction(ClubCase):
	"""A walk over all of them, whoever wrote them."""

	def test_each_is_typed_documented_and_for_users_of_the_site_only(self) -> None:
		found = whitelisted()
		self.assertGreater(len(found), 15)
		for name, function in found.items():
			hints = typing.get_type_hints(function)
			names = [*inspect.signature(function).parameters, "return"]
			self.assertFalse([each for each in names if each not in hints], f"{name} is not fully typed")
			self.assertGreater(len(inspect.getdoc(function) or ""), 20, f"{name} says nothing of itself")
			self.assertNotIn(function, frappe.guest_methods, f"{name} is open to guests")

	def test_each_checks_a_permission_itself_or_by_a_helper_of_the_module(self) -> None:
		functions: dict[str, ast.FunctionDef] = {}  # "till.scan", and for helpers of a module "till._check"
		for module in api_modules():
			place = module.__name__.removeprefix(api.__name__).lstrip(".")
			for node in ast.parse(inspect.getsource(module)).body:
				if isinstance(node, ast.FunctionDef):
					functions[f"{place}.{node.name}".lstrip(".")] = node

		def answers_nothing(node: ast.AST) -> bool:
			return (
				isinstance(node, ast.If)
				and ast.unparse(node.test).startswith("not frappe.has_permission(")
				and isinstance(node.body[-1], (ast.Return, ast.Raise))
			)

		def checks(name: str) -> bool:
			if any(map(answers_nothing, ast.walk(functions[name]))):
				return True
			place = name.rpartition(".")[0]
			for call in (node for node in ast.walk(functions[name]) if isinstance(node, ast.Call)):
				called = ast.unparse(call.func)
				if called.endswith(".check_permission") or called == "frappe.only_for":
					return True
				if called == "frappe.has_permission" and any(
					each.arg == "throw" and ast.unparse(each.value) == "True" for each in call.keywords
				):
					return True
				for helper in (
					f"{place}.{called}".lstrip("."),
					called,
				):  # its own, or one imported from the desk's
					if helper in functions and helper != name and helper not in found and checks(helper):
						return True
			return False

		found = whitelisted()
		self.assertFalse([name for name in found if not checks(name)])

	def test_one_without_roles_may_call_none_of_the_desks_functions(self) -> None:
		mina = member(self.program)
		number = card(mina)
		sold = invoice(mina.customer)
		draft = invoice(mina.customer, submit=False)
		text = frappe.as_json(draft.as_dict())
		calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
			(api.find_member, {"text": number}),
			(api.invoice_panel, {"doc": text}),
			(api.prove_pin, {"member": mina.name, "pin": "1234"}),
			(api.invoice_facts, {"invoice": sold.name}),
			(api.retry_award, {"invoice": sold.name}),
			(api.join_club, {"customer": mina.customer}),
			(api.issue_card, {"member": mina.name}),
			(api.member_panel, {"member": mina.name}),
			(api.adjustment_panel, {"adjustment": '{"wallet": "Points"}'}),
			(api.card_panel, {"card": number}),
			(api.block_card, {"card": number}),
			(api.unblock_card, {"card": number}),
			(api.replace_card, {"card": number}),
			(api.set_pin, {"member": mina.name, "pin": "1234"}),
			(api.leave_club, {"member": mina.name}),
			(api.come_back, {"member": mina.name}),
		]
		frappe.set_user(user(NOBODY))
		for function, arguments in calls:
			with self.subTest(function.__name__), self.assertRaises(frappe.PermissionError):
				function(**arguments)


class Desk(ClubCase):
	"""As a salesperson: Sales User, Accounts User and Club Cashier."""

	def setUp(self) -> None:
		super().setUp()
		club = frappe.get_single("Loyalty Club Settings")
		club.program = self.program.name
		club.save()
		self.mina = member(self.program, mobile="09901234567")
		self.card = card(self.mina)
		give(self.mina, 1000)
		frappe.set_user(user(SELLER, "Sales User", "Accounts User", "Club Cashier"))

	def draft(self, *rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
		"""An unsaved invoice as a form sends it."""
		return {
			"doctype": "Sales Invoice",
			"name": "new-sales-invoice-1",
			"__islocal": 1,
			"company": COMPANY,
			"currency": "IRR",
			"conversion_rate": 1,
			"posting_date": frappe.utils.today(),
			"items": [
				{"doctype": "Sales Invoice Item", "idx": n, "conversion_factor": 1, **row}
				for n, row in enumerate(rows or [line("TEA", 10 * M)], start=1)
			],
			**fields,
		}

	def panel(self, *rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
		return api.invoice_panel(json.dumps(self.draft(*rows, **fields), default=str))


class Finding(Desk):
	def test_a_card_a_mobile_in_persian_digits_and_a_code_find_the_member(self) -> None:
		for text, by in ((self.card, "card"), ("۰۹۹۰۱۲۳۴۵۶۷", "mobile"), (self.mina.name, "code")):
			found = api.find_member(text, COMPANY)
			self.assertEqual((found["customer"], found["by"]), (self.mina.customer, by))

	def test_nobody_is_said_with_what_to_do(self) -> None:
		with self.assert_refused("let the customer join"):
			api.find_member("09901112233")


class Panel(Desk):
	def test_a_typed_mobile_shows_who_what_it_earns_and_that_spending_needs_more(self) -> None:
		shown = self.panel(club_card="09901234567")
		self.assertEqual(shown["customer"], self.mina.customer)
		self.assertEqual((shown["balance"], shown["will_earn"], shown["most"]), (1000, 100, 1000))
		self.assertEqual((shown["needs"], shown["by"]), ("card", "mobile"))
		self.assertIn("10,000,000 rial at 10 points", shown["why"])
		self.assertEqual(shown["value"], "1,000,000 rial")

	def test_the_scanned_card_may_spend_and_the_server_says_the_amount(self) -> None:
		rows = [{"doctype": "Club Redemption", "points": 300, "amount": 99 * M}]
		shown = self.panel(club_card=self.card, club_redemptions=rows)
		self.assertEqual((shown["needs"], shown["redeem_value"], shown["rest"]), ("", 300_000, 9_700_000))
		self.assertEqual(shown["will_earn"], 97)

	def test_what_cannot_be_is_said_and_not_thrown(self) -> None:
		rows = [{"doctype": "Club Redemption", "points": 3000}]
		self.assertIn("only 1,000", self.panel(club_card=self.card, club_redemptions=rows)["refused"])
		self.assertIn("belongs to member", self.panel(club_card=self.card, customer=customer())["error"])
		self.assertFalse(frappe.local.message_log)

	def test_nothing_is_saved(self) -> None:
		before = frappe.db.count("Sales Invoice"), entries(self.mina)
		self.panel(club_card=self.card)
		self.assertEqual((frappe.db.count("Sales Invoice"), entries(self.mina)), before)

	def test_many_customers_join_a_pilot_and_one_that_cannot_keeps_nobody_out(self) -> None:
		frappe.set_user("Administrator")
		pilot = program(tiers=[{"customer_group": "Bronze", "threshold": 0, "points": 10, "per": M}])
		people = [customer(mobile_no="0912 000 00 00" if n == 1 else None) for n in range(3)]
		in_it = member(pilot, customer())
		frappe.set_user(SELLER)
		told = api.join_many(json.dumps([*people, in_it.customer, "nobody at all"]), pilot.name)
		self.assertEqual((told["joined"], told["already"]), (3, 1))
		self.assertEqual([each["customer"] for each in told["refused"]], ["nobody at all"])
		self.assertTrue(told["refused"][0]["why"])
		members = frappe.get_all("Club Member", {"program": pilot.name}, pluck="customer")
		self.assertEqual(set(members), {*people, in_it.customer})
		frappe.set_user("Administrator")
		self.assertFalse(invoice(customer(), line("TEA", M)).club_member)
		frappe.set_user(user(NOBODY))
		self.assertRaises(frappe.PermissionError, api.join_many, [people[0]], pilot.name)

	def test_a_stranger_may_join_from_the_invoice(self) -> None:
		sara = customer()
		self.assertEqual(self.panel(customer=sara)["may_join"], True)
		name = api.join_club(sara, mobile="09903332211")
		shown = self.panel(customer=sara)
		self.assertEqual(
			(shown["member"], shown["tier"], shown["progress"]["tier"]), (name, "Bronze", "Silver")
		)
		self.assertEqual(api.find_member("09903332211")["member"], name)

	def test_only_a_sales_invoice_is_looked_at(self) -> None:
		self.assertIn(
			"no sales invoice", api.invoice_panel(json.dumps({"doctype": "User", "name": "x"}))["error"]
		)

	def test_an_invoice_of_a_company_one_may_not_see_is_not_looked_at(self) -> None:
		frappe.set_user("Administrator")
		frappe.get_doc(
			{"doctype": "User Permission", "user": SELLER, "allow": "Customer", "for_value": customer()}
		).insert()
		frappe.set_user(SELLER)
		with self.assertRaises(frappe.PermissionError):
			self.panel(customer=self.mina.customer)
		with self.assertRaises(frappe.PermissionError):
			self.panel(club_card=self.card)


class Pin(Desk):
	def test_a_pin_proves_for_this_user_and_member_only(self) -> None:
		api.set_pin(self.mina.name, "۱۲۳۴")
		proof = api.prove_pin(self.mina.name, "1234")
		rows = [{"points": 300}]
		shown = self.panel(customer=self.mina.customer, club_proof=proof, club_redemptions=rows)
		self.assertEqual((shown["needs"], shown["redeem_value"]), ("", 300_000))
		frappe.set_user("Administrator")
		shown = self.panel(customer=self.mina.customer, club_proof=proof, club_redemptions=rows)
		self.assertEqual(shown["needs"], "card")

	def test_a_wrong_pin_proves_nothing(self) -> None:
		api.set_pin(self.mina.name, "1234")
		with self.assert_refused("PIN is wrong"):
			api.prove_pin(self.mina.name, "4321")

	def test_a_pin_is_4_to_8_digits(self) -> None:
		for pin in ("", "12", "abcd", "123456789"):
			with self.subTest(pin), self.assert_refused("4 to 8 digits"):
				api.set_pin(self.mina.name, pin)


class Cards(Desk):
	def test_a_replaced_card_keeps_the_balance_and_the_old_one_finds_nobody(self) -> None:
		new = api.replace_card(self.card)
		self.assertEqual(api.find_member(new)["customer"], self.mina.customer)
		self.assertEqual(balance(self.mina), 1000)
		with self.assert_refused("is blocked since"):
			api.find_member(self.card)
		self.assertEqual(api.card_panel(self.card)["replaced_by"], new)
		with self.assert_refused("replaced already"):
			api.replace_card(self.card)

	def test_a_blocked_card_pays_nothing_until_it_is_found_again(self) -> None:
		self.assertEqual(api.block_card(self.card, "lost"), "Blocked")
		with self.assert_refused("is blocked since"):
			api.find_member(self.card)
		with self.assert_refused("already"):
			api.block_card(self.card)
		self.assertEqual(api.unblock_card(self.card), "Active")
		self.assertEqual(api.find_member(self.card)["customer"], self.mina.customer)

	def test_the_card_shows_its_number_in_fours_its_barcode_and_a_qr(self) -> None:
		shown = api.card_panel(self.card)
		self.assertEqual(shown["number"].split(), [self.card[n : n + 4] for n in range(0, 16, 4)])
		self.assertTrue(shown["barcode"].startswith("<svg") and shown["qr"].startswith("<svg"))

	def test_the_member_shows_points_and_cards(self) -> None:
		number = api.issue_card(self.mina.name)
		shown = api.member_panel(self.mina.name)
		self.assertEqual({each["name"] for each in shown["cards"]}, {self.card, number})
		self.assertEqual(shown["points"]["balance_text"], "1,000")


class Leaving(Desk):
	def test_who_left_earns_and_spends_nothing_and_may_come_back_to_the_points(self) -> None:
		api.leave_club(self.mina.name)
		shown = self.panel(customer=self.mina.customer)
		self.assertEqual((shown["status"], shown["awards"], shown["most"]), ("Left", False, 0))
		sold = invoice(self.mina.customer)
		self.assertEqual(entries(self.mina), [("adjust", 1000)])
		self.assertEqual(api.invoice_facts(sold.name), {})
		api.come_back(self.mina.name)
		self.assertEqual(self.panel(customer=self.mina.customer)["most"], 1000)


class Submitted(Desk):
	def test_a_submitted_invoice_says_what_it_earned_and_spent_and_the_balance_right_after(self) -> None:
		sold = invoice(self.mina.customer, line("TEA", 10 * M), **redeeming(self.mina, 300))
		invoice(self.mina.customer, line("TEA", 10 * M))
		facts = api.invoice_facts(sold.name)
		self.assertEqual((facts["earned"], facts["spent"], facts["balance"]), ("97", "300", "797"))
		self.assertEqual(facts["spent_value"], "300,000 rial")
		self.assertIn("797", printing.loyalty_club_of(sold))

	def test_a_credit_note_says_what_it_took_and_gave_back(self) -> None:
		sold = invoice(self.mina.customer, line("TEA", 10 * M), **redeeming(self.mina, 300))
		back = bring_back(sold)
		facts = api.invoice_facts(back.name)
		self.assertEqual((facts["reversed"], facts["restored"], facts["balance"]), ("97", "300", "1,000"))


class Wallets(WalletCase):
	"""Credit and gift cards on the desk's form: what is proposed, what is refused, what a submitted document says."""

	def setUp(self) -> None:
		super().setUp()
		self.put("Cash Credit", 300_000)
		self.gift, self.proof = self.gift_card(400_000)

	def draft(self, **fields: Any) -> dict[str, Any]:
		doc = invoice(fields.pop("customer", self.mina.customer), vat=False, submit=False, **fields)
		return api.invoice_panel(frappe.as_json(doc.as_dict()))

	def test_the_form_proposes_the_most_each_credit_may_pay(self) -> None:
		(credit,) = self.draft()["credits"]
		self.assertEqual(
			(credit["wallet"], credit["most"], credit["most_text"]), ("Cash Credit", 300_000, "300,000 rial")
		)
		(credit,) = self.draft(items=[line(rate=120_000)])["credits"]
		self.assertEqual(credit["most"], 120_000)

	def test_rows_are_shown_with_what_they_pay_and_what_remains(self) -> None:
		paid = self.rows(cash_credit=300_000, cards=((self.gift, self.proof, 400_000),))
		shown = self.draft(**paid)
		self.assertEqual(
			(shown["rest"], shown["needs"], shown["credits"][0]["asked_text"]), (300_000, "", "300,000 rial")
		)
		masked = gift_cards.by_name(self.gift).masked
		self.assertEqual(
			[(each["gift_card"], each["number"]) for each in shown["gift_cards"]], [(self.gift, masked)]
		)
		self.assertEqual(shown["tenders"], {"Club Cash Credit": 300_000, "Club Gift Card": 400_000})
		self.assertLessEqual(set(shown["tenders"]), set(shown["modes"]))

	def test_a_buyer_who_is_no_member_sees_what_a_gift_card_pays(self) -> None:
		rows = [{"wallet": "Gift Card", "gift_card": self.gift, "proof": self.proof, "points": 400_000}]
		shown = self.draft(customer=customer(), club_redemptions=rows)
		self.assertEqual(
			(shown["member"], shown["rest"], shown["gift_cards"][0]["pays_text"]),
			(None, 600_000, "400,000 rial"),
		)

	def test_a_submitted_invoice_says_what_each_wallet_paid_and_what_is_left(self) -> None:
		sold = invoice(
			self.mina.customer,
			line(rate=M),
			line("RICE", rate=M),
			vat=False,
			**self.rows(cash_credit=200_000, cards=((self.gift, self.proof, 400_000),)),
		)
		self.put("Cash Credit", 5 * M)  # later: the invoice says what was left then
		masked = gift_cards.by_name(self.gift).masked
		told = [
			(row["wallet"], row["number"], row["paid"], row["left"])
			for row in api.invoice_facts(sold.name)["wallets"]
		]
		self.assertEqual(
			told,
			[
				("Cash Credit", "", "200,000 rial", "100,000 rial"),
				("Gift Card", masked, "400,000 rial", "0 rial"),
			],
		)
		self.assertIn("100,000 rial", printing.loyalty_club_of(sold))
		back = bring_back(sold, submit=False, shares={0: 1})
		shown = api.invoice_panel(frappe.as_json(back.as_dict()))["back"]
		self.assertEqual(
			[(row["label"], row["back_text"]) for row in shown["wallets"]],
			[("Cash Credit", "100,000 rial"), ("Gift Card", "200,000 rial")],
		)
		back.submit()
		told = [(row["wallet"], row["back"], row["left"]) for row in api.invoice_facts(back.name)["wallets"]]
		self.assertEqual(
			told,
			[
				("Cash Credit", "100,000 rial", "5,200,000 rial"),
				("Gift Card", "200,000 rial", "200,000 rial"),
			],
		)

	def test_a_gift_card_of_a_stranger_is_told_on_the_receipt_without_any_points(self) -> None:
		rows = [{"wallet": "Gift Card", "gift_card": self.gift, "proof": self.proof, "points": 150_000}]
		sold = invoice(customer(), vat=False, club_redemptions=rows)
		facts = api.invoice_facts(sold.name)
		self.assertEqual((facts["member"], facts["wallets"][0]["left"]), ("", "250,000 rial"))
		self.assertNotIn("balance", facts)
		printed = printing.loyalty_club_of(sold)
		self.assertIn("250,000 rial", printed)
		self.assertNotIn("New balance", printed)

	def test_a_refund_that_stays_is_foretold_refused_or_told(self) -> None:
		sold = invoice(self.mina.customer, vat=False)
		back = bring_back(sold, submit=False, club_refund_as_credit=1)
		draft = frappe.as_json(back.as_dict())
		self.assertIn("not paid yet", api.invoice_panel(draft)["back"]["refused"])
		pay(sold)
		self.assertEqual(api.invoice_panel(draft)["back"]["kept_text"], "1,000,000 rial")
		back.reload()
		back.submit()
		(row,) = api.invoice_facts(back.name)["wallets"]
		self.assertEqual((row["kept"], row["left"]), ("1,000,000 rial", "1,300,000 rial"))


class Withholding(Desk):
	"""The points of a sale are spent elsewhere before the goods come back."""

	def setUp(self) -> None:
		super().setUp()
		frappe.set_user("Administrator")
		self.nima = member(self.program)
		self.sold = invoice(self.nima.customer, line("TEA", 10 * M))
		invoice(self.nima.customer, line("RICE", 500_000), vat=False, **redeeming(self.nima, 60))
		self.before = gl(POINTS)

	def panel_of(self, doc: Any) -> dict[str, Any]:
		return api.invoice_panel(frappe.as_json(doc.as_dict()))["back"]

	def test_the_draft_says_what_will_be_missing_and_what_it_is_worth(self) -> None:
		shown = self.panel_of(bring_back(self.sold, submit=False))
		self.assertEqual((shown["reversed"], shown["missing"]), ("100", "56"))
		self.assertEqual((shown["missing_value"], shown["withhold"]), ("56,000 rial", False))

	def test_nothing_is_withheld_unless_asked_for(self) -> None:
		back = bring_back(self.sold)
		self.assertEqual((deficit(self.nima), outstanding(back)), (56, -11 * M))
		self.assertEqual(gl(POINTS), self.before)

	def test_the_refund_pays_for_the_missing_points_and_leaves_the_tax_alone(self) -> None:
		back = bring_back(self.sold, club_withhold=1)
		self.assertEqual((deficit(self.nima), balance(self.nima)), (0, 0))
		self.assertEqual(outstanding(back), -11 * M + 56_000)
		self.assertEqual(gl(POINTS) - self.before, -56_000)
		self.assertEqual((back.grand_total, back.total_taxes_and_charges), (-11 * M, -M))
		facts = api.invoice_facts(back.name)
		self.assertEqual((facts["withheld"], facts["withheld_value"]), ("56", "56,000 rial"))

	def test_cancelling_the_credit_note_undoes_the_withholding_too(self) -> None:
		before = balance(self.nima), deficit(self.nima)
		back = bring_back(self.sold, club_withhold=1)
		back.cancel()
		self.assertEqual((balance(self.nima), deficit(self.nima)), before)
		self.assertEqual(gl(POINTS), self.before)
		self.assertEqual(outstanding(self.sold), 11 * M)

	def test_a_return_with_payments_refunds_less_money(self) -> None:
		nima = member(self.program)
		payments = [{"mode_of_payment": "Cash", "amount": 11 * M}]
		sold = invoice(nima.customer, line("TEA", 10 * M), is_pos=1, payments=payments)
		invoice(nima.customer, line("RICE", 500_000), vat=False, **redeeming(nima, 60))
		before = gl(POINTS)
		back = bring_back(sold, club_withhold=1)
		given = {row.mode_of_payment: row.amount for row in back.payments}
		self.assertEqual(given, {"Cash": -11 * M + 56_000, "Club Points": -56_000})
		self.assertEqual(gl(POINTS) - before, -56_000)
		self.assertEqual((deficit(nima), outstanding(back)), (0, 0))


class Retrying(Desk):
	failures_expected = True

	def test_a_failed_award_is_given_by_the_button_and_by_the_hourly_job(self) -> None:
		for again in (lambda name: api.retry_award(name), lambda _name: bool(jobs.retry_failed_awards())):
			frappe.set_user("Administrator")
			mina = member(self.program)
			frappe.db.set_value("Club Account", {"member": mina.name}, "state", "{broken")
			sold = invoice(mina.customer, line("TEA", 10 * M))
			self.assertEqual(sold.club_status, "Failed")
			self.assertEqual(entries(mina), [])
			frappe.db.set_value("Club Account", {"member": mina.name}, "state", "")
			frappe.set_user(SELLER)
			self.assertTrue(again(sold.name))
			self.assertEqual(entries(mina), [("award", 100)])
			self.assertFalse(post.retry(frappe.get_doc("Sales Invoice", sold.name)))
			self.assertEqual(entries(mina), [("award", 100)])
