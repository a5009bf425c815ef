"""Each posting happens at most once, whatever way a document is submitted."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today

from loyalty_club.tests.builders import (
	ABBR,
	COMPANY,
	CURRENCY,
	ClubCase,
	M,
	balance,
	entries,
	give,
	invoice,
	line,
	member,
	redeeming,
)


class Ways(ClubCase):
	def test_two_browser_tabs_post_once(self) -> None:
		mina = member(self.program)
		draft = invoice(mina.customer, line("TEA", 10 * M), submit=False)
		one, other = frappe.get_doc("Sales Invoice", draft.name), frappe.get_doc("Sales Invoice", draft.name)
		one.submit()
		with self.assertRaises((frappe.TimestampMismatchError, frappe.ValidationError)):
			other.submit()
		self.assertEqual(entries(mina), [("award", 100)])

	def test_a_submit_that_died_between_ledger_and_commit_and_is_tried_again_posts_once(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		draft = invoice(mina.customer, line("TEA", 10 * M), submit=False, **redeeming(mina, 50))
		frappe.db.savepoint("death")
		frappe.get_doc("Sales Invoice", draft.name).submit()
		self.assertEqual(len(entries(mina)), 3)
		frappe.db.rollback(save_point="death")
		self.assertEqual(len(entries(mina)), 1)
		frappe.get_doc("Sales Invoice", draft.name).submit()
		self.assertEqual([kind for kind, _points in entries(mina)], ["adjust", "redeem", "award"])
		self.assertEqual(balance(mina), 100 - 50 + 99)

	def test_a_background_submit_posts_once(self) -> None:
		from frappe.model.document import execute_action

		mina = member(self.program)
		draft = invoice(mina.customer, line("TEA", 10 * M), submit=False)
		execute_action("Sales Invoice", draft.name, "submit")
		self.assertEqual(frappe.db.get_value("Sales Invoice", draft.name, "docstatus"), 1)
		self.assertEqual(entries(mina), [("award", 100)])

	def test_an_auto_repeated_invoice_earns_anew_and_spends_nothing(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 50))
		repeat = frappe.get_doc(
			{
				"doctype": "Auto Repeat",
				"reference_doctype": "Sales Invoice",
				"reference_document": sold.name,
				"start_date": add_days(today(), 1),
				"frequency": "Monthly",
				"submit_on_creation": 1,
			}
		)
		frappe.make_property_setter(
			{
				"doctype": "Sales Invoice",
				"doctype_or_field": "DocType",
				"property": "allow_auto_repeat",
				"value": 1,
			},
			is_system_generated=False,
		)
		frappe.clear_cache(doctype="Sales Invoice")
		repeat.insert()
		made = repeat.make_new_document()
		made.reload()
		self.assertEqual((made.docstatus, made.club_redemptions, made.club_card), (1, [], None))
		self.assertEqual(balance(mina), 100 - 50 + 99 + 100)

	def test_data_import_with_submit_posts_each_invoice_once(self) -> None:
		from frappe.core.doctype.data_import.data_import import DataImport
		from frappe.core.doctype.data_import.importer import Importer

		mina = member(self.program)
		header = (
			"Customer,Company,Currency,Debit To,Posting Date,Edit Posting Date and Time,Payment Due Date,"
			"Selling Price List,Price List Currency,Price List Exchange Rate,Exchange Rate,"
			"Item (Items),Item Name (Items),UOM (Items),"
			"Quantity (Items),Rate (Items),Income Account (Items),Cost Center (Items)"
		)
		row = (
			f"{mina.customer},{COMPANY},{CURRENCY},Debtors - {ABBR},{today()},1,{add_days(today(), 30)},Club Selling,"
			f"{CURRENCY},1,1,TEA,TEA,Nos,1,10000000,Sales - {ABBR},Main - {ABBR}"
		)
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"club-{frappe.generate_hash(length=6)}.csv",
				"content": f"{header}\n{row}\n{row}\n",
				"is_private": 1,
			}
		).insert()
		job: DataImport = frappe.get_doc(
			{
				"doctype": "Data Import",
				"reference_doctype": "Sales Invoice",
				"import_type": "Insert New Records",
				"submit_after_import": 1,
				"mute_emails": 1,
				"import_file": file.file_url,
			}
		).insert()
		committed = frappe.db.commit
		frappe.db.commit = lambda *_a, **_k: None  # the importer commits row by row; a test must not
		try:
			Importer("Sales Invoice", data_import=job).import_data()
		finally:
			frappe.db.commit = committed
		made = frappe.get_all("Sales Invoice", {"customer": mina.customer}, ["docstatus", "club_status"])
		self.assertEqual([(each.docstatus, each.club_status) for each in made], [(1, "Posted")] * 2)
		self.assertEqual(balance(mina), 200)
