"""The admin's and the accountant's desk: programs and their versions, panels, groups, ERPNext's own loyalty program."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import frappe

import loyalty_club
from loyalty_club import accounting, api, figures, policy
from loyalty_club.core import program as programs
from loyalty_club.engine import gift_cards
from loyalty_club.setup import grants
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	CURRENCY,
	ClubCase,
	M,
	bring_back,
	card,
	customer,
	give,
	invoice,
	line,
	member,
	program,
	redeeming,
)
from loyalty_club.tests.test_wallets import WalletCase

BUNDLED = Path(loyalty_club.__file__).parent.parent / "fixtures" / "persian_shop.program.json"
EVERYTHING = {
	"format": 1,
	"name": "Everything",
	"title_fa": "همه‌چیز",
	"currency": "IRR",
	"display_unit": "rial",
	"calendar": "gregorian",
	"money_decimals": 2,
	"point_decimals": 1,
	"tiers": [
		{"name": "low", "title_fa": "پایین", "threshold": 1, "points": "1.5", "per": 1000},
		{"name": "high", "threshold": "20.5", "points": 3, "per": 1000},
	],
	"tier_rules": {
		"metric": "visits",
		"window": {"kind": "rolling_months", "months": 7},
		"visit_minimum": 500,
		"term_months": 5,
		"downgrade": "one_step",
		"netting_days": 3,
	},
	"earning": {
		"method": "full_steps",
		"carry_over": True,
		"base": "with_tax",
		"exclude": {"items": ["TEA"], "item_groups": ["Gold Coins"], "brands": ["B"], "discounted": True},
		"rules": [
			{
				"name": "weekend",
				"title_fa": "آخر هفته",
				"multiply": "2.5",
				"when": {
					"items": ["RICE"],
					"item_groups": ["Groceries"],
					"brands": ["B"],
					"branches": ["North"],
					"tiers": ["high"],
					"weekdays": ["thursday", "friday"],
					"hours": ["18:00", "21:30"],
					"from_date": "2026-01-01",
					"to_date": "2026-12-31",
					"minimum_amount": 100000,
					"payment_modes": ["Cash"],
					"occasions": ["yalda", "nowruz"],
				},
			},
			{"name": "hello", "add": 20, "add_per": "unit", "when": {"first_purchase": True}},
		],
		"stacking": "best_only",
		"caps": {"invoice": 100, "day": 200, "month": 300, "member": 4000},
		"award": "when_paid",
		"pending_days": 9,
	},
	"spending": {
		"point_value": "12.5",
		"minimum": 10,
		"multiple": 5,
		"max_share": "0.35",
		"daily_limit": 77,
		"not_payable": {"item_groups": ["Gold Coins"], "discounted": True},
	},
	"expiry": {"kind": "end_of_quarter", "count": 2},
	"returns": {"accepted_days": 11, "lookback_days": 222, "restore_days": 33},
}


class TestProgramFile(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		if not frappe.db.exists("Brand", "B"):
			frappe.get_doc({"doctype": "Brand", "brand": "B"}).insert()
		bundled = programs.loads(BUNDLED.read_text(encoding="utf-8"))
		for group in bundled.earning.exclude.item_groups | bundled.spending.not_payable.item_groups:
			if not frappe.db.exists("Item Group", group):
				frappe.get_doc(
					{
						"doctype": "Item Group",
						"item_group_name": group,
						"parent_item_group": "All Item Groups",
					}
				).insert()

	def _round_trip(self, text: str) -> None:
		rules = programs.loads(text)
		doc = frappe.new_doc("Club Program")
		doc.program_name = rules.name
		policy.to_form(doc, rules)
		self.assertEqual(policy.rules_of_form(doc), rules, "in memory")
		doc.insert()
		self.assertEqual(
			policy.rules_of_form(frappe.get_doc("Club Program", doc.name)), rules, "from the tables"
		)
		exported = api.export_program(doc.name)
		self.assertEqual(programs.loads(exported["text"]), rules, "exported")

	def test_the_bundled_program_comes_back_from_the_form_as_it_was(self) -> None:
		self._round_trip(BUNDLED.read_text(encoding="utf-8"))

	def test_a_program_with_every_setting_comes_back_from_the_form_as_it_was(self) -> None:
		self._round_trip(json.dumps(EVERYTHING))

	def test_importing_keeps_companies_and_is_not_in_force_before_it_is_put_in_force(self) -> None:
		accounts = [row.liability_account for row in self.program.companies]
		name = api.import_program(BUNDLED.read_text(encoding="utf-8"), self.program.name)
		doc = frappe.get_doc("Club Program", name)
		self.assertEqual([row.liability_account for row in doc.companies], accounts)
		self.assertEqual(doc.active_version, self.program.active_version)
		self.assertTrue(api.program_panel(name)["changed"])
		api.put_in_force(name)
		self.assertFalse(api.program_panel(name)["changed"])

	def test_importing_without_a_program_makes_one_and_refuses_a_taken_name(self) -> None:
		text = json.dumps(EVERYTHING)
		self.assertEqual(api.import_program(text), "Everything")
		with self.assert_refused("already"):
			api.import_program(text)

	def test_a_file_that_names_what_the_site_does_not_have_is_refused_with_its_name(self) -> None:
		foreign = {**EVERYTHING, "earning": {"exclude": {"item_groups": ["Moon Dust"]}}}
		with self.assert_refused("Moon Dust"):
			api.import_program(json.dumps(foreign))

	def test_a_file_that_is_no_program_is_refused_in_the_language_of_the_user(self) -> None:
		wrong = json.dumps({**EVERYTHING, "tiers": []})
		with self.assert_refused("tiers"):
			api.import_program(wrong)
		frappe.local.lang = "fa"
		try:
			with self.assert_refused("سطح"):
				api.import_program(wrong)
		finally:
			frappe.local.lang = "en"


class TestForm(ClubCase):
	def test_what_is_wrong_is_named_as_the_form_calls_it(self) -> None:
		doc = frappe.get_doc("Club Program", self.program.name)
		doc.tiers[1].points = -5
		with self.assert_refused("Tiers, row 2, Points: -5"):
			doc.save()
		doc.reload()
		doc.append("rules", {"rule": "wrong", "multiply": 0.5})
		with self.assert_refused("Rules, row 1, Multiply By: "):
			doc.save()
		doc.reload()
		doc.cap_day = 1.5
		with self.assert_refused("Most Points per Day: "):
			doc.save()


class TestAccounts(ClubCase):
	def test_a_second_program_put_in_force_in_persian_has_the_companys_accounts(self) -> None:
		modes = {mode: accounting.account_of(mode, COMPANY) for mode in policy.MODES.values()}
		frappe.local.lang = "fa"
		try:
			second = program()
		finally:
			frappe.local.lang = "en"
		self.assertEqual(
			{mode: accounting.account_of(mode, COMPANY) for mode in modes}, modes, "no tender has moved"
		)
		for field in accounting.WALLET_ACCOUNTS:
			self.assertEqual(second.companies[0].get(field), self.program.companies[0].get(field))


class TestVersions(ClubCase):
	def test_put_in_force_twice_without_a_change_is_the_same_version(self) -> None:
		first = self.program.active_version
		again = api.put_in_force(self.program.name)
		self.assertEqual((again["version"], again["new"]), (first, False))

	def test_a_change_makes_a_new_version_and_leaves_the_old_one(self) -> None:
		first = self.program.active_version
		doc = frappe.get_doc("Club Program", self.program.name)
		doc.tiers[0].points = 12
		doc.save()
		self.assertEqual(policy.in_force(doc.name).rules.tiers[0].points, 10, "not before it is put in force")
		done = api.put_in_force(doc.name)
		self.assertTrue(done["new"])
		self.assertEqual(policy.in_force(doc.name).rules.tiers[0].points, 12)
		self.assertEqual(policy.rules_of(first).tiers[0].points, 10)

	def test_a_version_is_never_changed_nor_made_by_hand(self) -> None:
		version = frappe.get_doc("Club Program Version", self.program.active_version)
		version.rules = "{}"
		with self.assert_refused("never changed"):
			version.save()
		with self.assert_refused("putting a Club Program in force"):
			frappe.copy_doc(version).insert()

	def test_a_closed_program_awards_nothing_until_it_is_put_in_force_again(self) -> None:
		mina = member(self.program)
		api.close_program(self.program.name)
		invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual(figures.outstanding_of(mina.name), 0)
		api.put_in_force(self.program.name)
		invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual(figures.outstanding_of(mina.name), 100)

	def test_only_who_may_write_a_program_puts_it_in_force(self) -> None:
		frappe.set_user(_user("Club Cashier"))
		for act in (api.put_in_force, api.close_program):
			with self.assertRaises(frappe.PermissionError):
				act(self.program.name)
		with self.assertRaises(frappe.PermissionError):
			api.import_program(BUNDLED.read_text(encoding="utf-8"), self.program.name)
		self.assertTrue(api.program_panel(self.program.name)["words"])

	def test_dangers_are_told_with_the_margin_in_any_digits(self) -> None:
		found = api.program_dangers(self.program.name, "۱٪")
		self.assertIn("danger", [each["severity"] for each in found])
		self.assertNotIn(
			"danger", [each["severity"] for each in api.program_dangers(self.program.name, "20")]
		)
		for wrong in ("150", "-3", "much"):
			with self.assert_refused("percentage"):
				api.program_dangers(self.program.name, wrong)


class TestCustomerGroup(ClubCase):
	def test_the_panel_says_scoring_members_and_what_is_outstanding(self) -> None:
		mina, sara = member(self.program), member(self.program)
		invoice(mina.customer, line("TEA", 600 * M))
		give(sara, 100)
		panel = api.customer_group_panel("Silver")
		row = next(each for each in panel["scoring"] if each["program"] == self.program.name)
		self.assertEqual(
			(row["from"], row["points"], row["per"]), ("500,000,000 rial", "15", "1,000,000 rial")
		)
		self.assertEqual((row["members"], row["points_out"], row["value"]), ("1", "6,000", "6,000,000 rial"))
		bronze = figures.standings(self.program.name)["Bronze"]
		self.assertEqual((bronze.members, bronze.points, bronze.value), (1, 100, 100_000))

	def test_what_is_spent_and_returned_is_no_longer_outstanding(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 100 * M))
		give(mina, 100)
		invoice(mina.customer, line("TEA", M), **redeeming(mina, 300))
		bring_back(sold)
		standing = figures.standings(self.program.name)["Bronze"]
		balance = Decimal(str(frappe.db.get_value("Club Account", {"member": mina.name}, "balance")))
		deficit = Decimal(str(frappe.db.get_value("Club Account", {"member": mina.name}, "deficit")))
		self.assertEqual(standing.points - deficit, balance)

	def test_a_group_in_a_draft_is_told_as_not_in_force(self) -> None:
		group = _group()
		self.assertEqual(api.customer_group_panel(group)["scoring"], [])
		doc = frappe.get_doc("Club Program", self.program.name)
		doc.append("tiers", {"customer_group": group, "threshold": 9000 * M, "points": 30, "per": M})
		doc.save()
		panel = api.customer_group_panel(group)
		self.assertEqual(panel["scoring"], [])
		self.assertIn(self.program.name, [each["program"] for each in panel["drafts"]])
		doc.put_in_force()
		panel = api.customer_group_panel(group)
		self.assertEqual([each["program"] for each in panel["scoring"]], [self.program.name])
		self.assertEqual(panel["drafts"], [])

	def test_an_accountant_defines_a_group_and_sets_its_scoring(self) -> None:
		grants.grant()
		frappe.set_user(_user("Club Accountant", "Accounts Manager"))
		group = _group()
		panel = api.customer_group_panel(group)
		self.assertTrue(panel["may_set"])
		doc = frappe.get_doc("Club Program", self.program.name)
		doc.append("tiers", {"customer_group": group, "threshold": 9000 * M, "points": 30, "per": M})
		doc.save()
		api.put_in_force(doc.name)
		row = next(
			each
			for each in api.customer_group_panel(group)["scoring"]
			if each["program"] == self.program.name
		)
		self.assertEqual((row["points"], row["members"]), ("30", "0"))

	def test_a_cashier_sees_scoring_but_no_totals(self) -> None:
		grants.grant()
		frappe.set_user(_user("Club Cashier", "Sales User"))
		panel = api.customer_group_panel("Gold")
		self.assertFalse(panel["may_set"])
		self.assertTrue(panel["scoring"])
		self.assertNotIn("points_out", panel["scoring"][0])
		self.assertEqual(api.card_outstanding(), "–")

	def test_rights_on_groups_are_given_once_and_taken_back_without_a_trace(self) -> None:
		before = frappe.db.count("Custom DocPerm", {"parent": "Customer Group"})
		grants.revoke()
		self.assertEqual(frappe.db.count("Custom DocPerm", {"parent": "Customer Group"}), 0)
		grants.grant()
		once = frappe.db.count("Custom DocPerm", {"parent": "Customer Group"})
		grants.grant()
		self.assertEqual(frappe.db.count("Custom DocPerm", {"parent": "Customer Group"}), once)
		if before:
			self.assertEqual(before, once)


class TestCustomer(ClubCase):
	def test_join_card_and_panel(self) -> None:
		who = customer(mobile_no="09121234567")
		self.assertEqual(api.customer_panel(who)["members"], [])
		self.assertIn(self.program.name, api.customer_panel(who)["programs"])
		name = api.join_club(who, self.program.name)
		number = api.issue_card(name)
		sold = invoice(who, line("TEA", 10 * M))
		shown = api.customer_panel(who)["members"][0]
		self.assertEqual((shown["name"], shown["status"]), (name, "Active"))
		self.assertEqual(shown["points"]["available_text"], "100")
		self.assertEqual(shown["points"]["value"], "100,000 rial")
		self.assertEqual([each["name"] for each in shown["cards"]], [number])
		self.assertNotIn(number[4:12], shown["cards"][0]["number"])
		self.assertEqual([each["name"] for each in shown["invoices"]], [sold.name])

	def test_the_crm_is_counted_only_where_the_user_may_read(self) -> None:
		who = customer()
		frappe.get_doc({"doctype": "Issue", "subject": "late", "customer": who}).insert()
		crm = {each["doctype"]: each for each in api.customer_panel(who)["crm"]}
		self.assertEqual((crm["Issue"]["count"], crm["Opportunity"]["count"]), ("1", "0"))
		frappe.set_user(_user("Club Accountant", "Accounts Manager"))
		self.assertNotIn("Issue", {each["doctype"] for each in api.customer_panel(who)["crm"]})

	def test_a_native_program_of_auto_opt_in_is_cleared_and_a_typed_one_refused(self) -> None:
		mina = member(self.program)
		typed, auto = _native(auto_opt_in=0), _native(auto_opt_in=1)
		doc = frappe.get_doc("Customer", mina.customer)
		doc.save()
		self.assertFalse(doc.loyalty_program, "auto opt-in")
		doc.loyalty_program = auto
		doc.save()
		self.assertFalse(doc.loyalty_program)
		doc.loyalty_program = typed
		with self.assert_refused("leave Loyalty Program empty"):
			doc.save()

	def test_what_was_typed_before_joining_does_not_stop_later_changes(self) -> None:
		who = customer(loyalty_program=_native(auto_opt_in=0))
		member(self.program, who)
		doc = frappe.get_doc("Customer", who)
		doc.website = "example.com"
		doc.save()

	def test_who_is_no_member_keeps_the_native_program(self) -> None:
		typed = _native(auto_opt_in=0)
		doc = frappe.get_doc("Customer", customer())
		doc.loyalty_program = typed
		doc.save()
		self.assertEqual(doc.loyalty_program, typed)

	def test_number_cards_read_the_ledger(self) -> None:
		before = figures.outstanding().points
		mina = member(self.program)
		card(mina)
		invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual(figures.outstanding().points - before, 100)
		self.assertEqual(api.card_outstanding(), policy.style().number(figures.outstanding().points))
		self.assertTrue(api.card_members())
		self.assertTrue(api.card_earned())


class TestAdjustment(WalletCase):
	"""A person who writes adjustments, and the limit above which a second one must submit them: 500 points, which are
	500,000 rial."""

	settings = {"adjustment_limit": 500}

	def setUp(self) -> None:
		super().setUp()
		self.one, self.other = _user("Club Manager", "Accounts User"), _user("Club Manager", "Accounts User")

	def drafted(self, wallet: str, amount: float, **fields: Any) -> Any:
		doc = frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"member": self.mina.name,
				"wallet": wallet,
				"kind": "Gift",
				"points": amount,
				"company": COMPANY,
				"posting_date": frappe.utils.today(),
				"reason": "a test",
				**fields,
			}
		)
		return doc.insert()

	def shown(self, **doc: Any) -> dict[str, Any]:
		return api.adjustment_panel(json.dumps({"member": self.mina.name, **doc}))

	def test_money_above_the_limits_worth_needs_a_second_person_as_points_do(self) -> None:
		for wallet, most, limit in (
			("Points", 500, "500 points"),
			("Gift Credit", 500_000, r"500,000 rial \(500 points\)"),
		):
			with self.subTest(wallet):
				frappe.set_user(self.one)
				self.drafted(wallet, most).submit()
				above = self.drafted(wallet, most + 1)
				with self.assert_refused(f"More than {limit} need a second person"):
					above.submit()
				frappe.set_user(self.other)
				above = frappe.get_doc("Club Adjustment", above.name)
				above.submit()
				self.assertEqual(above.approved_by, self.other)

	def test_money_above_the_limit_on_a_gift_card_too(self) -> None:
		card = gift_cards.make(self.program.name, 1, company=COMPANY)[0].name
		frappe.set_user(self.one)
		above = self.drafted("Gift Card", 600_000, member=None, gift_card=card)
		with self.assert_refused("need a second person"):
			above.submit()
		self.assertIn(
			"500 points",
			api.adjustment_panel(json.dumps({"wallet": "Gift Card", "gift_card": card, "points": 600_000}))[
				"limit"
			],
		)

	def test_the_panel_says_before_and_after_in_the_wallets_unit_and_which_kinds_there_are(self) -> None:
		self.put("Cash Credit", 300_000)
		shown = self.shown(wallet="Cash Credit", points=50_000)
		self.assertEqual((shown["now_text"], shown["after_text"]), ("300,000 rial", "350,000 rial"))
		self.assertEqual((shown["currency"], shown["companies"], shown["limit"]), ("IRR", [COMPANY], ""))
		self.assertNotIn("Gift", shown["kinds"])
		self.assertIn(
			"only 300,000 rial is there", self.shown(wallet="Cash Credit", points=-300_001)["refused"]
		)
		self.assertEqual(self.shown(wallet="Gift Credit", points=10)["now_text"], "0 rial")
		self.assertEqual(self.shown(wallet="Points", points=7)["after_text"], "7 points")
		self.assertFalse(
			frappe.db.exists("Club Account", {"member": self.mina.name, "wallet": "Gift Credit"})
		)

	def test_a_member_shows_credits_beside_points(self) -> None:
		self.put("Cash Credit", 300_000)
		(credit,) = api.member_panel(self.mina.name)["points"]["credits"]
		self.assertEqual((credit["label"], credit["available_text"]), ("Cash Credit", "300,000 rial"))
		panel = api.customer_panel(self.mina.customer)
		self.assertEqual(panel["members"][0]["points"]["credits"], [credit])
		self.assertTrue(panel["may_add_credit"])
		frappe.set_user(_user("Club Cashier", "Sales User"))
		self.assertFalse(api.customer_panel(self.mina.customer)["may_add_credit"])


class TestSettings(ClubCase):
	def test_a_bank_prefix_is_refused_with_what_to_do(self) -> None:
		club = frappe.get_single("Loyalty Club Settings")
		club.card_prefix = "6037"
		with self.assert_refused("bank"):
			club.save()


def _user(*roles: str) -> str:
	name = f"{frappe.generate_hash(length=6)}@club.test"
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": name,
			"first_name": "Club",
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in roles],
		}
	)
	doc.flags.no_welcome_mail = True
	doc.insert(ignore_permissions=True)
	return name


def _group() -> str:
	doc = frappe.get_doc(
		{
			"doctype": "Customer Group",
			"customer_group_name": f"Group {frappe.generate_hash(length=6)}",
			"parent_customer_group": "All Customer Groups",
		}
	).insert()
	return str(doc.name)


def _native(**fields: Any) -> str:
	doc = frappe.get_doc(
		{
			"doctype": "Loyalty Program",
			"loyalty_program_name": f"Native {frappe.generate_hash(length=6)}",
			"loyalty_program_type": "Single Tier Program",
			"from_date": "2020-01-01",
			"company": COMPANY,
			"currency": CURRENCY,
			"conversion_factor": 1,
			"expiry_duration": 365,
			"expense_account": f"Marketing Expenses - {ABBR}",
			"cost_center": f"Main - {ABBR}",
			"collection_rules": [{"tier_name": "all", "min_spent": 0, "collection_factor": 1000}],
			**fields,
		}
	).insert()
	return str(doc.name)
