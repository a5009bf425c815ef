"""Awards that wait for payment: payment entries, journals, reconciliation, cheques."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today

from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	entries,
	give,
	invoice,
	line,
	member,
	pay,
	redeeming,
)


class WhenPaid(ClubCase):
	program_fields = {"award": "when_paid"}
	settings = {"cheque_modes": [{"mode_of_payment": "Cheque"}]}

	def test_nothing_until_it_is_paid_whole_then_the_award_and_taken_back_when_the_payment_is(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		self.assertEqual((balance(mina), sold.club_status), (0, "Waiting"))
		pay(sold, 4 * M)
		self.assertEqual(balance(mina), 0)
		sold.reload()
		rest = pay(sold, 6 * M)
		self.assertEqual(balance(mina), 100)
		rest.cancel()
		self.assertEqual(balance(mina), 0)
		sold.reload()
		self.assertEqual(sold.club_status, "Waiting")
		pay(sold, 6 * M)
		self.assertEqual(balance(mina), 100)
		self.assertEqual([kind for kind, _points in entries(mina)], ["award", "reverse", "award"])

	def test_a_journal_entry_that_pays_it_gives_the_award_and_its_cancellation_takes_it(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		journal = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"company": COMPANY,
				"posting_date": today(),
				"accounts": [
					{"account": f"Cash Till - {ABBR}", "debit_in_account_currency": 10 * M},
					{
						"account": f"Debtors - {ABBR}",
						"party_type": "Customer",
						"party": mina.customer,
						"credit_in_account_currency": 10 * M,
						"reference_type": "Sales Invoice",
						"reference_name": sold.name,
					},
				],
			}
		).insert()
		journal.submit()
		self.assertEqual(balance(mina), 100)
		journal.cancel()
		self.assertEqual(balance(mina), 0)

	def test_reconciling_an_advance_gives_the_award(self) -> None:
		from loyalty_club.engine import payments

		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		advance = frappe.get_doc(
			{
				"doctype": "Payment Entry",
				"payment_type": "Receive",
				"company": COMPANY,
				"posting_date": today(),
				"party_type": "Customer",
				"party": mina.customer,
				"paid_from": f"Debtors - {ABBR}",
				"paid_to": f"Cash Till - {ABBR}",
				"paid_amount": 10 * M,
				"received_amount": 10 * M,
				"reference_no": "1",
				"reference_date": today(),
			}
		).insert()
		advance.submit()
		self.assertEqual(balance(mina), 0)
		tool = frappe.get_doc(
			{
				"doctype": "Payment Reconciliation",
				"company": COMPANY,
				"party_type": "Customer",
				"party": mina.customer,
				"receivable_payable_account": f"Debtors - {ABBR}",
			}
		)
		tool.get_unreconciled_entries()
		invoices = [row.as_dict() for row in tool.invoices if row.invoice_number == sold.name]
		payments_ = [row.as_dict() for row in tool.payments]
		tool.allocate_entries(frappe._dict({"invoices": invoices, "payments": payments_}))
		tool.reconcile()
		payments.settle_touched()  # what happens before the commit
		self.assertEqual(balance(mina), 100)

	def test_paid_at_once_with_payments_or_by_points_alone(self) -> None:
		mina = member(self.program)
		give(mina, 1000)
		invoice(
			mina.customer,
			line("TEA", 10 * M),
			vat=False,
			is_pos=1,
			payments=[{"mode_of_payment": "Cash", "amount": 10 * M}],
		)
		self.assertEqual(balance(mina), 1100)
		sold = invoice(mina.customer, line("TEA", 500_000), vat=False, **redeeming(mina, 500))
		self.assertEqual((sold.club_status, balance(mina)), ("Posted", 600))

	def test_a_cheque_of_60_days_gives_nothing_until_it_clears_and_is_taken_back_when_it_bounces(
		self,
	) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		cheque = pay(sold, mode_of_payment="Cheque", reference_date=add_days(today(), 60))
		self.assertEqual(balance(mina), 0)
		cheque.reload()
		cheque.db_set("clearance_date", add_days(today(), 60))
		self.assertEqual(balance(mina), 100)
		cheque.reload()
		cheque.db_set("clearance_date", None)
		cheque.reload()
		cheque.cancel()
		self.assertEqual(balance(mina), 0)
		sold.reload()
		again = pay(sold, mode_of_payment="Cheque", reference_date=add_days(today(), 90))
		self.assertEqual(balance(mina), 0)
		again.reload()
		again.db_set("clearance_date", add_days(today(), 90))
		self.assertEqual(balance(mina), 100)

	def test_half_returned_before_it_is_paid_gives_the_half_that_is_kept(self) -> None:
		mina = member(self.program)
		sold = invoice(mina.customer, line("TEA", 5 * M, qty=2), vat=False)
		bring_back(sold, shares={0: 1}, update_outstanding_for_self=0)
		sold.reload()
		pay(sold, 5 * M)
		self.assertEqual(balance(mina), 50)
