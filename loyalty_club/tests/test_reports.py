"""The reports: their numbers after a small story, in both languages and calendars, and who sees what of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe.desk import query_report
from frappe.utils import add_days, getdate, today

from loyalty_club import figures, jalali
from loyalty_club.engine import gift_cards, post
from loyalty_club.loyalty_club.report.club_member_statement import club_member_statement
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	customer,
	deficit,
	give,
	invoice,
	line,
	member,
	on_day,
	redeeming,
)
from loyalty_club.tests.people import acting_as, confine, user
from loyalty_club.tests.test_wallets import WalletCase

STATEMENT, LEDGER, BALANCES = "Club Member Statement", "Club Points Ledger", "Club Balances"
CHANGES, FAILED = "Club Tier Changes", "Club Failed Awards"
ALL = (STATEMENT, LEDGER, BALANCES, CHANGES, FAILED)


def run(report: str, **filters: Any) -> list[Any]:
	"""The rows of a report, the way the desk asks for them."""
	if report in (STATEMENT, LEDGER):
		filters = {"from_date": add_days(today(), -30), "to_date": today(), **filters}
	found = query_report.run(report, filters=filters, ignore_prepared_report=True)["result"]
	return [frappe._dict(row) for row in found if isinstance(row, dict)]


def of_type(rows: list[Any], row_type: str) -> list[Any]:
	return [row for row in rows if row.get("row_type") == row_type]


class Persian:
	"""The block speaks Persian."""

	def __enter__(self) -> None:
		self.before = frappe.local.lang
		frappe.local.lang = "fa"

	def __exit__(self, *error: Any) -> None:
		frappe.local.lang = self.before


class Story(ClubCase):
	"""1,000 points given; 8,000,000 sold, 300 points pay; a quarter comes back; another sale is cancelled."""

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 1000)
		self.sold = invoice(self.mina.customer, line("TEA", M, 8), **redeeming(self.mina, 300))
		bring_back(self.sold, shares={0: 2})
		other = invoice(self.mina.customer, line("TEA", 2 * M))
		other.cancel()


class Statement(Story):
	def test_running_balance_ends_at_the_accounts_balance_and_every_line_says_why(self) -> None:
		rows = run(STATEMENT, member=self.mina.name)
		entries = of_type(rows, "entry")
		moved = 0.0
		for row in entries:
			moved += (row.points_in or 0) - (row.points_out or 0)
			self.assertEqual(row.balance, moved)
			self.assertTrue(row.why)
		self.assertEqual(of_type(rows, "opening")[0].balance, 0)
		self.assertEqual(of_type(rows, "closing")[0].balance, balance(self.mina))
		self.assertEqual(sum(row.balance for row in of_type(rows, "lot")), balance(self.mina))
		self.assertEqual((entries[0].points_in, entries[0].value), (1000, 1_000_000))
		redeemed = next(row for row in entries if row.points_out == 300)
		self.assertEqual((redeemed.source_doctype, redeemed.source_name), ("Sales Invoice", self.sold.name))
		self.assertEqual(redeemed.why, "300 points paid 300,000 rial of this invoice.")
		self.assertEqual(redeemed.kind, "Redemption")

	def test_the_period_before_is_the_opening_balance(self) -> None:
		nika = member(self.program)
		give(nika, 70, posting_date=add_days(today(), -20))
		give(nika, 5)
		rows = run(STATEMENT, member=nika.name, from_date=add_days(today(), -3))
		self.assertEqual(of_type(rows, "opening")[0].balance, 70)
		self.assertEqual([row.balance for row in of_type(rows, "entry")], [75])

	def test_jalali_stands_beside_the_date_and_can_be_turned_off(self) -> None:
		rows = run(STATEMENT, customer=self.mina.customer)
		row = of_type(rows, "entry")[0]
		self.assertEqual(row.posting_date, getdate(today()))
		self.assertEqual(row.posting_date_jalali, jalali.format_date(getdate(today()), "en"))
		answer = query_report.run(
			STATEMENT,
			filters={
				"member": self.mina.name,
				"from_date": today(),
				"to_date": today(),
				"calendar": "Gregorian",
			},
		)
		self.assertNotIn("posting_date_jalali", [column["fieldname"] for column in answer["columns"]])

	def test_in_persian(self) -> None:
		with Persian():
			rows = run(STATEMENT, member=self.mina.name)
		row = next(row for row in of_type(rows, "entry") if row.points_out == 300)
		self.assertEqual(row.why, "۳۰۰ امتیاز، ۳۰۰٬۰۰۰ ریال از این فاکتور را پرداخت.")
		self.assertEqual(row.posting_date_jalali, jalali.format_date(getdate(today()), "fa"))
		self.assertEqual(row.text["out"], "۳۰۰")
		self.assertEqual(of_type(rows, "opening")[0]["head"]["tier"], "برنزی")

	def test_points_that_expired_and_points_that_wait_to(self) -> None:
		nika = member(self.program)
		give(nika, 40, posting_date=add_days(today(), -9), expires_on=add_days(today(), -2))
		give(nika, 60, expires_on=add_days(today(), 50))
		post.let_time_pass(nika.account, getdate(today()))
		rows = run(STATEMENT, member=nika.name)
		self.assertEqual(of_type(rows, "closing")[0].balance, 60)
		self.assertEqual([row.kind for row in of_type(rows, "entry")].count("Expiry"), 1)
		(lot,) = of_type(rows, "lot")
		self.assertEqual((lot.balance, lot.expires_on), (60, getdate(add_days(today(), 50))))

	def test_a_customer_who_is_no_member_and_nobody_at_all(self) -> None:
		with self.assert_refused("is no member of the club"):
			run(STATEMENT, customer=customer())
		self.assertEqual(run(STATEMENT), [])


class Ledger(Story):
	def test_all_entries_and_their_filters(self) -> None:
		rows = run(LEDGER, member=self.mina.name)
		self.assertEqual(
			sum((row.points_in or 0) - (row.points_out or 0) for row in rows), balance(self.mina)
		)
		self.assertEqual(len(run(LEDGER, member=self.mina.name, kind="redeem")), 1)
		self.assertEqual(len(run(LEDGER, program=self.program.name)), len(rows))
		self.assertEqual(len(run(LEDGER, program=self.program.name, company=COMPANY)), len(rows))
		self.assertEqual(run(LEDGER, program=self.program.name, tier="Gold"), [])
		self.assertEqual(run(LEDGER, program=self.program.name, to_date=add_days(today(), -1)), [])

	def test_the_total_row_adds_points_up(self) -> None:
		answer = query_report.run(
			LEDGER, filters={"program": self.program.name, "from_date": today(), "to_date": today()}
		)
		total = answer["result"][-1]
		self.assertIsInstance(total, list)
		place = {column["fieldname"]: n for n, column in enumerate(answer["columns"])}
		self.assertEqual(total[place["points_in"]] - total[place["points_out"]], balance(self.mina))


class Balances(Story):
	def test_points_value_deficit_and_next_expiry_by_member_and_in_groups(self) -> None:
		nika = member(self.program, customer(customer_group="Gold"))
		give(nika, 50, expires_on=add_days(today(), 9))
		owes = member(self.program)
		given = invoice(owes.customer, line("TEA", 10 * M))
		invoice(owes.customer, line("TEA", M, 1), vat=False, **redeeming(owes, 100))
		bring_back(given)
		self.assertTrue(deficit(owes))
		by_member = {row.holder: row for row in run(BALANCES, program=self.program.name)}
		self.assertEqual(by_member[self.mina.name].points, balance(self.mina))
		self.assertEqual(by_member[self.mina.name].value, 1000 * balance(self.mina))
		self.assertEqual(
			(by_member[nika.name].points, by_member[nika.name].next_expiry),
			(50, getdate(add_days(today(), 9))),
		)
		self.assertEqual(by_member[owes.name].deficit, deficit(owes))
		whole = balance(self.mina) + balance(nika) + balance(owes)
		for by in figures.GROUPINGS:
			rows = run(BALANCES, program=self.program.name, group_by=by)
			self.assertEqual(sum(row.points - row.deficit for row in rows), whole, by)
		groups = {
			row.holder: row.points
			for row in run(BALANCES, program=self.program.name, group_by="Customer Group")
		}
		self.assertEqual(groups["Gold"], 50)

	def test_pending_points_are_told_apart(self) -> None:
		self.program.reload()
		self.program.pending_days = 7
		self.program.save()
		self.program.put_in_force()
		nika = member(self.program)
		invoice(nika.customer, line("TEA", 10 * M))
		row = {row.holder: row for row in run(BALANCES, program=self.program.name)}[nika.name]
		self.assertEqual((row.points, row.pending), (100, 100))


class Wallets(WalletCase):
	"""100 points, Cash Credit 1,000,000 of which an invoice took 300,000, Gift Credit 200,000, a gift card 400,000."""

	def setUp(self) -> None:
		super().setUp()
		give(self.mina, 100)
		self.put("Cash Credit", M)
		self.put("Gift Credit", 200_000, expires_on=add_days(today(), 40))
		self.gift, _proof = self.gift_card(400_000)
		invoice(self.mina.customer, line(rate=M), vat=False, **self.rows(cash_credit=300_000))

	def test_points_are_points_only_unless_other_wallets_are_asked_for(self) -> None:
		self.assertEqual(sum(row.points for row in run(BALANCES, program=self.program.name)), 110)
		ledger = run(LEDGER, program=self.program.name)
		self.assertEqual(sum((row.points_in or 0) - (row.points_out or 0) for row in ledger), 110)
		self.assertEqual(figures.outstanding_of(self.mina.name), 110)
		bronze = figures.standings(self.program.name)["Bronze"]
		self.assertEqual((bronze.points, bronze.value), (110, 110_000))

	def test_the_accountant_sees_what_each_wallet_holds_and_what_of_it_was_granted(self) -> None:
		rows = {row.holder: row for row in run(BALANCES, program=self.program.name, group_by="Wallet")}
		self.assertEqual(
			{name: (row.value, row.granted, row.points) for name, row in rows.items()},
			{
				"Points": (110_000, None, 110),
				"Cash Credit": (700_000, 0, None),
				"Gift Credit": (200_000, 200_000, None),
				"Gift Card": (400_000, 400_000, None),
			},
		)
		for by in figures.GROUPINGS:
			rows = run(BALANCES, program=self.program.name, group_by=by, wallet="All")
			self.assertEqual(sum(row.value for row in rows), 1_410_000, by)

	def test_a_gift_card_stands_under_its_name_and_masked_number(self) -> None:
		masked = gift_cards.by_name(self.gift).masked
		(row,) = run(BALANCES, program=self.program.name, wallet="Gift Card")
		self.assertEqual((row.holder, row.customer_name, row.value), (self.gift, masked, 400_000))
		(row,) = run(LEDGER, gift_card=self.gift)
		self.assertEqual((row.gift_card, row.customer_name, row.member), (self.gift, masked, None))
		self.assertEqual((row.amount_in, row.points_in, row.origin), (400_000, None, "Granted"))
		rows = run(LEDGER, program=self.program.name, wallet="All")
		self.assertEqual({row.wallet for row in rows}, {"Points", "Cash Credit", "Gift Credit", "Gift Card"})
		held = run(BALANCES, program=self.program.name, wallet="All")
		self.assertLessEqual({self.gift, self.mina.name}, {row.holder for row in held})

	def test_a_member_who_may_be_seen_alone_hides_the_gift_cards(self) -> None:
		who = user("Club Manager")
		confine(who, "Club Member", self.mina.name)
		with acting_as(who):
			held = run(BALANCES, program=self.program.name, wallet="All")
			self.assertEqual({row.holder for row in held}, {self.mina.name})
			self.assertEqual(run(LEDGER, gift_card=self.gift), [])

	def test_the_statement_has_a_block_for_each_wallet_with_its_own_balance(self) -> None:
		rows = run(STATEMENT, member=self.mina.name)
		closing = {row.wallet: row for row in of_type(rows, "closing")}
		self.assertEqual(
			{name: row.balance for name, row in closing.items()},
			{"Points": 110, "Cash Credit": 700_000, "Gift Credit": 200_000},
		)
		self.assertEqual(closing["Cash Credit"].text["balance"], "700,000 rial")
		entries = [row for row in of_type(rows, "entry") if row.wallet == "Cash Credit"]
		self.assertEqual([row.balance for row in entries], [M, 700_000])
		self.assertEqual([row.origin for row in entries], ["Paid for", "Paid for"])
		(gift,) = (row for row in of_type(rows, "lot") if row.wallet == "Gift Credit")
		self.assertEqual((gift.origin, gift.why), ("Granted", "200,000 rial of 200,000 rial is left."))
		(alone,) = of_type(run(STATEMENT, member=self.mina.name, wallet="Gift Credit"), "closing")
		self.assertEqual((alone.wallet, alone.balance), ("Gift Credit", 200_000))
		answer = query_report.run(
			STATEMENT, filters={"member": self.mina.name, "from_date": today(), "to_date": today()}
		)
		told = {each["label"]: each["value"] for each in answer["report_summary"]}
		self.assertEqual((told["Points"], told["Cash Credit"]), ("110", "700,000 rial"))


class TierChanges(ClubCase):
	def test_from_to_and_why_in_words(self) -> None:
		mina = member(self.program)
		invoice(mina.customer, line("TEA", 600 * M))
		(row,) = run(CHANGES, member=mina.name)
		self.assertEqual((row.before, row.after), ("Bronze", "Silver"))
		self.assertEqual(row.why, "From Bronze to Silver: 600,000,000 rial reached 500,000,000 rial.")
		self.assertEqual(row.day_jalali, jalali.format_date(getdate(today()), "en"))
		with Persian():
			(row,) = run(CHANGES, member=mina.name)
		self.assertEqual((row.before, row.after), ("برنزی", "نقره‌ای"))


class FailedAwards(ClubCase):
	failures_expected = True

	def test_a_failed_award_is_shown_with_its_error(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer)
		self.assertNotIn(sold.name, [row.name for row in run(FAILED)])
		try:
			raise ValueError("the table is full")
		except ValueError as error:
			post.failed(sold, error)
		row = next(row for row in run(FAILED, company=COMPANY) if row.name == sold.name)
		self.assertEqual(row.club_member, mina.name)
		self.assertIn("the table is full", row.error_said)
		self.assertTrue(row.error_log and row.error_at)


class WhoSeesWhat(ClubCase):
	"""One member with points from two companies and two branches."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		cls.other = f"Club Other {frappe.generate_hash(length=5)}"
		frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": cls.other,
				"abbr": frappe.generate_hash(length=5).upper(),
				"default_currency": "IRR",
				"country": "Iran",
				"create_chart_of_accounts_based_on": "Standard Template",
				"chart_of_accounts": "Standard",
			}
		).insert()
		for branch in ("North", "South"):
			if not frappe.db.exists("Branch", branch):
				frappe.get_doc({"doctype": "Branch", "branch": branch}).insert()

	def setUp(self) -> None:
		super().setUp()
		with on_day(add_days(today(), -5)):
			self.mina = member(self.program)
			give(self.mina, 20, branch="South", expires_on=add_days(today(), 3))
		give(self.mina, 100, branch="North")  # by now the others have expired, in the South
		give(self.mina, 7, company=self.other)

	def seen(self, who: str) -> dict[str, float]:
		"""Points that each report shows the user in all."""
		with acting_as(who):
			statement = run(STATEMENT, member=self.mina.name)
			ledger = run(LEDGER, member=self.mina.name)
			held = run(BALANCES, program=self.program.name)
			by_company = run(BALANCES, program=self.program.name, group_by="Company")
			rows = frappe.get_list("Club Ledger Entry", {"member": self.mina.name}, pluck="quantity")
			lots = frappe.get_list("Club Lot", {"member": self.mina.name}, pluck="remaining")
		return {
			STATEMENT: of_type(statement, "closing")[0].balance,
			LEDGER: sum((row.points_in or 0) - (row.points_out or 0) for row in ledger),
			BALANCES: sum(row.points for row in held),
			"by company": sum(row.points for row in by_company),
			"list": sum(rows),
			"lots": sum(lots),
		}

	def test_without_a_limit_everything(self) -> None:
		seen = self.seen(user("Club Manager"))
		self.assertEqual(set(seen.values()), {107}, seen)

	def test_confined_to_a_company(self) -> None:
		who = user("Club Manager")
		confine(who, "Company", COMPANY)
		self.assertEqual(set(self.seen(who).values()), {100})
		elsewhere = user("Club Manager")
		confine(elsewhere, "Company", self.other)
		self.assertEqual(set(self.seen(elsewhere).values()), {7})

	def test_confined_to_a_branch(self) -> None:
		north, south = user("Club Accountant"), user("Club Accountant")
		confine(north, "Branch", "North")
		confine(south, "Branch", "South")
		self.assertEqual(set(self.seen(north).values()), {100})
		self.assertEqual(set(self.seen(south).values()), {0})

	def test_one_record_is_refused_too(self) -> None:
		who = user("Club Manager")
		confine(who, "Company", COMPANY)
		with acting_as(who):
			for row in frappe.get_all("Club Ledger Entry", {"member": self.mina.name}, ["name", "company"]):
				may = frappe.has_permission("Club Ledger Entry", "read", row.name)
				self.assertEqual(may, row.company == COMPANY, row)

	def test_activity_and_postings_in_lists(self) -> None:
		sold = invoice(self.mina.customer, **redeeming(self.mina, 1))
		who, elsewhere = user("Club Manager"), user("Club Manager")
		confine(who, "Company", COMPANY)
		confine(elsewhere, "Company", self.other)
		for doctype, filters in (
			("Club Activity", {"member": self.mina.name}),
			("Club Posting", {"member": self.mina.name}),
			("Club Document Total", {"source_name": sold.name}),
		):
			with acting_as(who):
				self.assertTrue(frappe.get_list(doctype, filters), doctype)
			with acting_as(elsewhere):
				places = frappe.get_list(doctype, filters, pluck="company")
				self.assertLessEqual(set(places), {self.other}, doctype)

	def test_tier_changes_and_failed_awards(self) -> None:
		invoice(self.mina.customer, line("TEA", 600 * M))
		sold = invoice(self.mina.customer)
		sold.db_set("club_status", "Failed")
		here, elsewhere = user("Club Manager"), user("Club Manager")
		confine(here, "Company", COMPANY)
		confine(elsewhere, "Company", self.other)
		with acting_as(here):
			self.assertEqual(len(run(CHANGES, member=self.mina.name)), 1)
			self.assertIn(sold.name, [row.name for row in run(FAILED)])
		with acting_as(elsewhere):
			self.assertEqual(run(CHANGES, member=self.mina.name), [])
			self.assertEqual(run(FAILED), [])
		sold.db_set("club_status", "Posted")

	def test_a_permission_for_other_records_only_changes_nothing(self) -> None:
		who = user("Club Manager")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": who,
				"allow": "Company",
				"for_value": self.other,
				"apply_to_all_doctypes": 0,
				"applicable_for": "Purchase Invoice",
			}
		).insert()
		self.assertEqual(self.seen(who)[LEDGER], 107)

	def test_a_cashier_runs_the_statement_and_no_other_report(self) -> None:
		with acting_as(user("Club Cashier", "Sales User")):
			self.assertEqual(of_type(run(STATEMENT, member=self.mina.name), "closing")[0].balance, 107)
			for report in ALL[1:]:
				with self.assertRaises(frappe.PermissionError, msg=report):
					run(report)

	def test_a_member_that_may_not_be_read_has_no_statement(self) -> None:
		who = user("Club Cashier")
		confine(who, "Club Member", member(self.program).name)
		with acting_as(who), self.assertRaises(frappe.PermissionError):
			run(STATEMENT, member=self.mina.name)
		stranger = user("Sales User")
		with acting_as(stranger), self.assertRaises(frappe.PermissionError):
			club_member_statement.execute(
				{"member": self.mina.name, "from_date": today(), "to_date": today()}
			)


class Figures(Story):
	def test_the_day_before_counts_from_the_day_itself(self) -> None:
		self.assertEqual(figures.balances_before(self.mina.name, getdate(today())), {})
		with on_day(add_days(today(), 1)):
			self.assertEqual(
				figures.balances_before(self.mina.name, getdate(today())),
				{"Points": Decimal(str(balance(self.mina)))},
			)
