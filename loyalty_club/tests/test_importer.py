"""`loyalty-club import-native`, and opening balances by Data Import."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from loyalty_club import importer, verify
from loyalty_club.core.model import ZERO
from loyalty_club.tests import builders
from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	ClubCase,
	M,
	SiteTestCase,
	balance,
	customer,
	entries,
	invoice,
	line,
	member,
)


def native_program() -> str:
	"""A program of ERPNext's own: a point per 1,000 rial, worth 100."""
	doc = frappe.get_doc(
		{
			"doctype": "Loyalty Program",
			"loyalty_program_name": f"Native {frappe.generate_hash(length=6)}",
			"loyalty_program_type": "Single Tier Program",
			"from_date": "2020-01-01",
			"company": COMPANY,
			"conversion_factor": 100,
			"expiry_duration": 100,
			"expense_account": f"Sales - {ABBR}",
			"cost_center": f"Main - {ABBR}",
			"collection_rules": [{"tier_name": "All", "collection_factor": 1000, "min_spent": 0}],
		}
	).insert()
	made: str = doc.name
	return made


def told(who: str, program: str) -> float:
	"""The balance ERPNext tells."""
	from erpnext.accounts.doctype.loyalty_program.loyalty_program import get_loyalty_details

	return get_loyalty_details(who, program, today(), COMPANY)["loyalty_points"] or 0


class ImporterCase(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete("Loyalty Point Entry")
		self.native = native_program()

	def native_customer(self) -> str:
		who = customer()
		frappe.db.set_value("Customer", who, "loyalty_program", self.native)
		return who

	def row(self, who: str, points: int, day: int, expires: int | None, **fields: Any) -> str:
		"""A Loyalty Point Entry; days from today."""
		doc = frappe.get_doc(
			{
				"doctype": "Loyalty Point Entry",
				"company": COMPANY,
				"loyalty_program": self.native,
				"customer": who,
				"loyalty_points": points,
				"posting_date": add_days(today(), day),
				"expiry_date": add_days(today(), expires) if expires is not None else None,
				**fields,
			}
		).insert(ignore_mandatory=True)  # v16 asks for an invoice
		made: str = doc.name
		return made

	def options(self, **fields: Any) -> importer.Options:
		return importer.Options(getdate(today()), **fields)

	def tried(self, **fields: Any) -> list[importer.Row]:
		return list(importer.import_native(self.options(**fields), run=False))

	def done(self, **fields: Any) -> list[importer.Row]:
		return list(importer.import_native(self.options(**fields), run=True))


def totals(rows: list[importer.Row]) -> importer.Totals:
	"""What rows add up to."""
	found = importer.Totals()
	for row in rows:
		found.add(row)
	return found


class Importing(ImporterCase):
	def test_dry_run_and_run_agree_and_a_second_run_imports_nothing(self) -> None:
		mina, sara, outsider = (self.native_customer() for _n in range(3))
		for who in (mina, sara):
			member(self.program, who)
		self.row(mina, 100, -30, 10)
		self.row(mina, 50, -20, 10)
		self.row(mina, 70, -10, 40)
		self.row(sara, 30, -10, -1)
		self.row(outsider, 30, -10, 20)
		tried = self.tried()
		self.assertEqual(frappe.db.count("Club Adjustment"), 0)
		done = self.done()
		self.assertEqual(tried, done)
		self.assertEqual(totals(tried), totals(done))
		self.assertEqual((totals(done).points, totals(done).rows, totals(done).problems), (220, 2, 1))
		adjustments = frappe.get_all(
			"Club Adjustment",
			fields=["points", "expires_on", "kind", "docstatus", "company"],
			order_by="expires_on",
		)
		self.assertEqual(
			[tuple(row.values()) for row in adjustments],
			[
				(150, getdate(add_days(today(), 10)), "Imported", 1, COMPANY),
				(70, getdate(add_days(today(), 40)), "Imported", 1, COMPANY),
			],
		)
		again = self.done()
		self.assertEqual((totals(again).points, frappe.db.count("Club Adjustment")), (0, 2))
		self.assertEqual([row.note for row in again if row.customer == mina], ["imported before"])
		self.assertEqual(list(verify.verify()), [])

	def test_customers_join_where_that_is_wanted_and_their_native_program_is_cleared(self) -> None:
		who = self.native_customer()
		self.row(who, 30, -10, 20)
		self.assertIn("is no member", self.tried()[0].problem)
		fields = {"join": True, "program": self.program.name, "clear_native": True}
		tried = self.tried(**fields)
		self.assertFalse(frappe.db.exists("Club Member", {"customer": who}))
		self.assertEqual(frappe.db.get_value("Customer", who, "loyalty_program"), self.native)
		done = self.done(**fields)
		self.assertEqual(tried, done)
		self.assertTrue(done[0].joins)
		joined = frappe.get_doc("Club Member", {"customer": who})
		self.assertEqual(entries(joined), [("adjust", 30)])
		self.assertIsNone(frappe.db.get_value("Customer", who, "loyalty_program"))

	def test_a_used_up_lot_that_expired_does_not_raise_the_balance(self) -> None:
		mina = member(self.program, self.native_customer())
		first = self.row(mina.customer, 100, -30, -1)
		self.row(mina.customer, 100, -30, 20)
		self.row(mina.customer, -100, -20, -1, redeem_against=first)
		self.row(mina.customer, -60, -10, -1, redeem_against=first)
		self.assertEqual(told(mina.customer, self.native), 100)
		(row,) = self.done()
		self.assertEqual((row.points, row.told), (40, 100))
		self.assertIn("ERPNext tells 100 instead of 40", row.note)
		self.assertEqual(balance(mina), 40)

	def test_points_that_erpnext_never_deducted_are_deducted(self) -> None:
		mina = member(self.program, self.native_customer())
		self.row(
			mina.customer, 1000, -30, 20
		)  # imported by hand: no invoice type, so invoices never use it up
		sold = invoice(mina.customer, line("TEA", 10 * M), vat=False)
		frappe.db.set_value("Sales Invoice", sold.name, {"redeem_loyalty_points": 1, "loyalty_points": 600})
		self.assertEqual(told(mina.customer, self.native), 1000)
		before = balance(mina)
		(row,) = self.done()
		self.assertEqual(row.points, 400)
		self.assertIn(f"{sold.name} spent 600 that were never deducted", row.note)
		self.assertEqual(balance(mina) - before, 400)

	def test_a_real_redemption_of_a_customer_who_is_no_member_yet(self) -> None:
		who = self.native_customer()
		first = invoice(who, line("TEA", M), vat=False, loyalty_program=self.native)
		self.assertEqual(told(who, self.native), 1000)
		invoice(
			who,
			line("TEA", M),
			vat=False,
			loyalty_program=self.native,
			redeem_loyalty_points=1,
			loyalty_points=300,
			loyalty_amount=30_000,
		)
		second = int(told(who, self.native))
		self.assertEqual(second, 1000 - 300 + 970)
		rows = self.done(join=True, program=self.program.name)
		self.assertEqual(sum(row.points for row in rows), second)
		self.assertEqual([row.note for row in rows], [""])
		self.assertEqual({row.expires_on for row in rows}, {getdate(add_days(first.posting_date, 100))})

	def test_expiry_is_kept_and_without_one_they_live_as_the_program_says(self) -> None:
		mina = member(self.program, self.native_customer())
		self.row(mina.customer, 10, -30, 0)
		self.row(mina.customer, 20, -30, None)
		self.done()
		lots = frappe.get_all(
			"Club Lot", {"member": mina.name}, ["original", "expires_on"], order_by="original"
		)
		self.assertEqual(
			[(lot.original, lot.expires_on) for lot in lots], [(10, getdate(today())), (20, None)]
		)

	def test_a_factor_converts_and_rounds_down(self) -> None:
		mina = member(self.program, self.native_customer())
		self.row(mina.customer, 19, -30, 5)
		(row,) = self.done(factor=Decimal("0.1"))
		self.assertEqual((row.native, row.points, balance(mina)), (19, 1, 1))

	def test_a_cancelled_import_may_be_made_again(self) -> None:
		mina = member(self.program, self.native_customer())
		self.row(mina.customer, 19, -30, 5)
		self.done()
		frappe.get_last_doc("Club Adjustment", {"member": mina.name}).cancel()
		self.assertEqual(balance(mina), 0)
		self.assertEqual(totals(self.done()).points, 19)
		self.assertEqual(balance(mina), 19)

	def test_customers_that_were_merged_are_not_imported_twice(self) -> None:
		mina = member(self.program, self.native_customer())
		other = self.native_customer()
		self.row(mina.customer, 19, -30, 5)
		self.done()
		frappe.db.set_value("Loyalty Point Entry", {"customer": mina.customer}, "customer", other)
		member(self.program, other)
		self.assertEqual(totals(self.done()).points, ZERO)

	def test_what_goes_wrong_with_one_customer_does_not_stop_the_others(self) -> None:
		mina, sara = (member(self.program, self.native_customer()) for _n in range(2))
		for each in (mina, sara):
			self.row(each.customer, 19, -30, 5)
		mina.status = "Left"
		mina.save()
		rows = {row.customer: row for row in self.done()}
		self.assertIn("is Left", rows[mina.customer].problem)
		self.assertEqual(rows[sara.customer].points, 19)

	def test_a_day_to_come_is_refused(self) -> None:
		with self.assert_refused("a day to come"):
			list(importer.import_native(importer.Options(getdate(add_days(today(), 1))), run=False))


class OpeningBalances(SiteTestCase):
	"""Data Import commits; so this test takes everything away again by hand."""

	def setUp(self) -> None:
		super().setUp()
		self.start = frappe.utils.now_datetime()
		frappe.set_user("Administrator")
		self.program = builders.program()

	def tearDown(self) -> None:
		frappe.db.rollback()
		for doctype in _written():
			frappe.db.delete(doctype, {"creation": [">=", self.start]})
		frappe.cache.delete_value("loyalty_club_programs")
		frappe.db.commit()
		super().tearDown()

	def test_opening_balances_come_by_data_import_and_are_submitted(self) -> None:
		people = [member(self.program) for _n in range(3)]
		text = "Member,Kind,Points or Amount,Posting Date,Company,Expires On,Reason\n"
		for n, each in enumerate(people):
			text += f"{each.name},Opening Balance,{100 * (n + 1)},{today()},{COMPANY},{add_days(today(), 90)},Opening\n"
		file = frappe.get_doc(
			{"doctype": "File", "file_name": "opening.csv", "is_private": 1, "content": text}
		).insert()
		job = frappe.get_doc(
			{
				"doctype": "Data Import",
				"reference_doctype": "Club Adjustment",
				"import_type": "Insert New Records",
				"submit_after_import": 1,
				"mute_emails": 1,
				"import_file": file.file_url,
			}
		).insert()
		frappe.db.commit()
		from frappe.core.doctype.data_import.importer import Importer

		Importer("Club Adjustment", data_import=job).import_data()
		log = frappe.get_all("Data Import Log", {"data_import": job.name}, ["success", "exception"])
		self.assertEqual([(row.success, row.exception) for row in log], [(1, None)] * 3)
		self.assertEqual([balance(each) for each in people], [100, 200, 300])
		rows = frappe.get_all(
			"Club Adjustment", {"member": ["in", [each.name for each in people]]}, ["docstatus", "kind"]
		)
		self.assertEqual({(row.docstatus, row.kind) for row in rows}, {(1, "Opening Balance")})
		self.assertEqual(list(verify.verify()), [])


def _written() -> Iterator[str]:
	"""DocTypes the test wrote to."""
	yield from frappe.get_all("DocType", {"module": "Loyalty Club", "issingle": 0}, pluck="name")
	yield from ("Customer", "Contact", "File", "Data Import", "Data Import Log", "Version", "Error Log")
