"""Documents that are out of the ordinary, each handled on purpose."""

from __future__ import annotations

import itertools

import frappe
from frappe.utils import add_days, today

from loyalty_club.engine import post
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	customer,
	entries,
	give,
	gl,
	invoice,
	line,
	member,
	outstanding,
	redeeming,
)

POINTS = "Loyalty Points"


class MixedTenders(ClubCase):
	"""1,100,000 with tax: 147 points worth 1,500, 330,000 by bank card, the rest cash; lines at triple rate, at the
	normal rate, excluded, and not payable by points."""

	program_fields = {
		"point_value": 1500,
		"rules": [{"rule": "triple", "multiply": 3, "items": "TEA"}],
		"exclude": [{"choice": "Item", "value": "COIN"}],
		"not_payable": [{"choice": "Item", "value": "VOUCHER"}],
	}
	ITEMS = ("TEA", "RICE", "COIN", "VOUCHER", "SAFFRON")

	def test_five_returns_in_any_order_leave_zero_points_zero_rial_and_every_tender_restored(self) -> None:
		orders = list(itertools.permutations(range(5)))
		for order in orders[:: len(orders) // 4]:
			with self.subTest(order=order):
				self.sell_and_return(order)

	def sell_and_return(self, order: tuple[int, ...]) -> None:
		mina = member(self.program)
		give(mina, 147)
		books = {name: gl(name) for name in (POINTS, "Cash Till", "VAT 10")}
		points_value = 147 * 1500
		sold = invoice(
			mina.customer,
			*[line(item, 200_000) for item in self.ITEMS],
			is_pos=1,
			payments=[
				{"mode_of_payment": "Bank Card", "amount": 330_000},
				{"mode_of_payment": "Cash", "amount": 1_100_000 - 330_000 - points_value},
			],
			**redeeming(mina, 147),
		)
		self.assertEqual(outstanding(sold), 0)
		self.assertEqual(gl(POINTS) - books[POINTS], points_value)
		back: dict[str, float] = {}
		for n in order:
			note = bring_back(sold, shares={n: 1})
			for row in note.payments:
				back[row.mode_of_payment] = back.get(row.mode_of_payment, 0) - row.amount
			self.assertEqual(outstanding(note), 0)
			if self.ITEMS[n] == "VOUCHER":
				self.assertEqual(note.club_redemptions, [], "a line points could not pay gives none back")
		self.assertEqual(
			back,
			{"Bank Card": 330_000, "Cash": 1_100_000 - 330_000 - points_value, "Club Points": points_value},
		)
		self.assertEqual(balance(mina), 147)
		self.assertEqual({name: gl(name) for name in books}, books)
		self.assertEqual(gl("Debtors", party=mina.customer), 0)

	def test_147_points_on_1100000_of_which_330000_is_returned_after_the_value_changed(self) -> None:
		mina = member(self.program)
		give(mina, 147)
		sold = invoice(mina.customer, line("RICE", 300_000), line("SAFFRON", 700_000), **redeeming(mina, 147))
		self.program.reload()
		self.program.point_value = 2000
		self.program.save()
		self.program.put_in_force()
		back = bring_back(sold, shares={0: 1})
		row = back.club_redemptions[0]
		self.assertEqual((row.points, row.amount), (44, 66_000))
		self.assertEqual(-outstanding(back), 264_000)

	def test_an_all_cash_refund_of_a_sale_that_points_paid_is_not_what_is_written(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		sold = invoice(
			mina.customer,
			line("RICE", 1_000_000),
			is_pos=1,
			payments=[{"mode_of_payment": "Cash", "amount": 1_100_000 - 150_000}],
			**redeeming(mina, 100),
		)
		back = bring_back(sold, payments=[{"mode_of_payment": "Cash", "amount": -1_100_000}])
		self.assertEqual(
			{row.mode_of_payment: -row.amount for row in back.payments},
			{"Cash": 950_000, "Club Points": 150_000},
		)

	def test_a_tender_of_points_without_points_is_refused(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		with self.assert_refused("write points or amount"):
			invoice(
				mina.customer, is_pos=1, payments=[{"mode_of_payment": "Club Points", "amount": 1_100_000}]
			)


class Currencies(ClubCase):
	def test_an_eur_invoice_earns_on_the_company_amount_and_moves_the_liability_by_points_times_value(
		self,
	) -> None:
		frappe.db.set_value("Currency", "EUR", "enabled", 1)
		debtors = frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": "Debtors EUR",
				"parent_account": f"Accounts Receivable - {ABBR}",
				"company": COMPANY,
				"account_type": "Receivable",
				"account_currency": "EUR",
			}
		).insert()
		ali = customer(default_currency="EUR", accounts=[{"company": COMPANY, "account": debtors.name}])
		reza = member(self.program, ali)
		give(reza, 1000)
		before = gl(POINTS)
		sold = invoice(
			ali,
			line("TEA", 100),
			vat=False,
			currency="EUR",
			conversion_rate=700_000,
			debit_to=debtors.name,
			**redeeming(reza, 333),
		)
		self.assertEqual(gl(POINTS) - before, 333_000)
		journal = frappe.get_doc("Journal Entry", sold.club_redemptions[0].journal_entry)
		party = next(row for row in journal.accounts if row.party)
		self.assertEqual(party.credit_in_account_currency, 0.48)
		self.assertEqual(
			sum(row.debit for row in journal.accounts), sum(row.credit for row in journal.accounts)
		)
		self.assertAlmostEqual(outstanding(sold), 100 - 0.48)
		# 70,000,000 less the share that points paid: 69,667,000 earn 696 points
		self.assertEqual(balance(reza), 1000 - 333 + 696)
		back = bring_back(sold)
		self.assertEqual(gl(POINTS), before)
		self.assertEqual(balance(reza), 1000)
		self.assertEqual(back.club_redemptions[0].amount, 333_000)


class OutOfTheOrdinary(ClubCase):
	def test_opening_entries_earn_nothing(self) -> None:
		mina = member(self.program)
		opening = invoice(
			mina.customer,
			line("TEA", 10 * M, income_account=f"Temporary Opening - {ABBR}"),
			vat=False,
			is_opening="Yes",
		)
		self.assertFalse(entries(mina) or opening.club_status)

	def test_what_a_till_consolidates_earns_nothing_again(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), submit=False)
		sold.is_consolidated = 1  # as POS Invoice Merge Log makes it
		sold.submit()
		self.assertFalse(entries(mina) or sold.club_status or sold.club_member)

	def test_a_debit_note_earns_on_what_it_adds(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		invoice(mina.customer, line("TEA", 2 * M), vat=False, is_debit_note=1, return_against=sold.name)
		self.assertEqual(balance(mina), 120)

	def test_an_invoice_of_zero_earns_zero_and_is_no_visit(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False, additional_discount_percentage=100)
		self.assertEqual((sold.grand_total, entries(mina)), (0, []))
		sold.cancel()
		self.assertEqual(entries(mina), [])

	def test_an_invoice_dated_in_the_past_earns_at_the_tier_of_now_with_dates_of_its_own(self) -> None:
		self.program.reload()
		self.program.update({"expiry": "days", "expiry_count": 30})
		self.program.save()
		self.program.put_in_force()
		mina = member(self.program)
		invoice(mina.customer, line("TEA", 10 * M))
		invoice(mina.customer, line("TEA", 20 * M), posting_date=add_days(today(), -40), due_date=today())
		self.assertEqual(entries(mina), [("award", 100), ("award", 200), ("expire", -200)])
		self.assertEqual(balance(mina), 100)

	def test_rounded_totals_leave_the_books_equal(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		sold = invoice(mina.customer, line("TEA", 999_999), **redeeming(mina, 1000))
		self.assertGreaterEqual(outstanding(sold), 0)
		sold.cancel()
		self.assertEqual((balance(mina), gl("Debtors", party=mina.customer)), (1000, 0))

	def test_the_award_of_a_closed_program_or_an_inactive_member_is_nothing(self) -> None:
		mina = member(self.program)
		mina.status = "Left"
		mina.save()
		self.assertFalse(invoice(mina.customer).club_status)
		self.assertEqual(entries(mina), [])

	def test_a_return_without_its_invoice_takes_back_the_highest_rate(self) -> None:
		mina = member(self.program)
		invoice(mina.customer, line("TEA", 10 * M), vat=False)
		invoice(mina.customer, line("TEA", 10 * M, qty=-1), vat=False, is_return=1)
		self.assertEqual(balance(mina), 0)


class OnceOnly(ClubCase):
	failures_expected = True

	def test_a_failed_award_never_stops_the_sale_and_is_shown_and_tried_again(self) -> None:
		mina = member(self.program)
		table = frappe.qb.DocType("Club Account")
		broken = frappe.db.get_value("Club Account", {"member": mina.name}, ["name", "state"])
		frappe.qb.update(table).set(table.state, "{broken").where(table.name == broken[0]).run()
		sold = invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual((sold.docstatus, sold.club_status), (1, "Failed"))
		frappe.qb.update(table).set(table.state, broken[1]).where(table.name == broken[0]).run()
		post.retry(sold)
		sold.reload()
		self.assertEqual((sold.club_status, balance(mina)), ("Posted", 100))
		post.retry(sold)
		self.assertEqual(balance(mina), 100)

	def test_posting_the_same_document_again_changes_nothing(self) -> None:
		from loyalty_club.engine import members

		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M))
		for _again in range(2):
			post.submit_sale(sold, members.by_name(mina.name))
		self.assertEqual(balance(mina), 100)

	def test_an_invoice_made_again_under_a_deleted_ones_name_is_another_one(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M))
		sold.cancel()
		frappe.db.delete("Sales Invoice", sold.name)  # what delete_linked_ledger_entries and a script can do
		frappe.db.delete("Sales Invoice Item", {"parent": sold.name})
		for table in ("Sales Taxes and Charges", "Payment Schedule"):
			frappe.db.delete(table, {"parent": sold.name})
		again = invoice(mina.customer, line("TEA", 20 * M), submit=False)
		frappe.rename_doc("Sales Invoice", again.name, sold.name, force=True, show_alert=False)
		again = frappe.get_doc("Sales Invoice", sold.name)
		again.submit()
		self.assertEqual(balance(mina), 200)
		again.reload()
		again.cancel()
		self.assertEqual(balance(mina), 0)


class Joining(ClubCase):
	settings = {"join_by": "On First Purchase", "join_groups": [{"customer_group": "Silver"}]}

	def test_customers_of_the_given_groups_join_on_their_first_purchase(self) -> None:
		mina, ali = customer(customer_group="Silver"), customer(customer_group="Gold")
		sold = invoice(mina, line("TEA", 10 * M))
		invoice(ali, line("TEA", 10 * M))
		self.assertFalse(frappe.db.exists("Club Member", {"customer": ali}))
		joined = frappe.get_doc("Club Member", {"customer": mina})
		self.assertEqual((sold.club_member, balance(joined)), (joined.name, 100))

	def test_a_customer_has_one_membership_per_company(self) -> None:
		mina = customer()
		member(self.program, mina)
		with self.assertRaises(frappe.DuplicateEntryError):
			frappe.get_doc(
				{"doctype": "Club Member", "customer": mina, "program": self.program.name}
			).insert()


class Cancelling(ClubCase):
	def cancel_as_cashier(self, unlink: int) -> None:
		frappe.db.set_single_value("Accounts Settings", "unlink_payment_on_cancellation_of_invoice", unlink)
		user = cashier()
		mina = member(self.program)
		give(mina, 1000)
		before = gl(POINTS)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 300))
		frappe.set_user(user)
		self.assertFalse(frappe.has_permission("Journal Entry", "cancel"))
		frappe.get_doc("Sales Invoice", sold.name).cancel()
		frappe.set_user("Administrator")
		self.assertEqual((balance(mina), gl(POINTS)), (1000, before))
		self.assertEqual(gl("Debtors", party=mina.customer), 0)
		self.assertFalse(
			frappe.get_all("Journal Entry Account", {"party": mina.customer, "docstatus": 1}, pluck="parent")
		)

	def test_a_cashier_without_rights_on_journals_cancels_with_unlinking_on(self) -> None:
		self.cancel_as_cashier(1)

	def test_a_cashier_without_rights_on_journals_cancels_with_unlinking_off(self) -> None:
		self.cancel_as_cashier(0)


def cashier() -> str:
	"""A user who may sell and cancel sales invoices, and nothing with journals."""
	if not frappe.db.exists("Role", "Club Test Sales"):
		frappe.get_doc({"doctype": "Role", "role_name": "Club Test Sales"}).insert()
	from frappe.permissions import add_permission, update_permission_property

	add_permission("Sales Invoice", "Club Test Sales", 0)
	for right in ("write", "create", "submit", "cancel", "delete"):
		update_permission_property("Sales Invoice", "Club Test Sales", 0, right, 1)
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": f"{frappe.generate_hash(length=6)}@club.example",
			"first_name": "Cashier",
			"send_welcome_email": 0,
			"roles": [{"role": "Club Cashier"}, {"role": "Club Test Sales"}],
		}
	).insert()
	name: str = user.name
	return name


assert card
