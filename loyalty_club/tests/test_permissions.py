"""Nobody writes the ledger by hand, whoever it is and whichever way; a website user sees nothing of the club."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from typing import Any

import frappe
from frappe import client
from frappe.api import v1 as rest
from frappe.core.doctype.data_import.importer import Importer
from frappe.desk import query_report
from frappe.desk.form import save as form
from frappe.model.delete_doc import delete_doc
from frappe.model.rename_doc import rename_doc

from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	check_books,
	give,
	invoice,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.people import acting_as, user

LEDGER = (
	"Club Account",
	"Club Ledger Entry",
	"Club Lot",
	"Club Activity",
	"Club Posting",
	"Club Document Total",
	"Club Tier Change",
)
FIELD = {
	"Club Account": ("balance", 1_000_000),
	"Club Ledger Entry": ("quantity", 1_000_000),
	"Club Lot": ("remaining", 1_000_000),
	"Club Activity": ("net", 1_000_000),
	"Club Posting": ("day", "2020-01-01"),
	"Club Document Total": ("amount", 1),
	"Club Tier Change": ("after", "Gold"),
}


class NobodyWritesTheLedger(ClubCase):
	"""A cashier, a manager and Administrator, each way that Frappe has to write a record."""

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 100)
		self.sold = invoice(self.mina.customer, line("TEA", 600 * M), **redeeming(self.mina, 100))
		self.row = {doctype: self.rows(doctype)[0].name for doctype in LEDGER}
		self.before = self.state()

	def rows(self, doctype: str) -> list[Any]:
		"""What stands of the member in a table."""
		total = doctype == "Club Document Total"
		filters = {"source_name": self.sold.name} if total else {"member": self.mina.name}
		return frappe.get_all(doctype, filters, ["*"], order_by="name")

	def state(self) -> Any:
		"""Everything that stands in the member's tables."""
		return [self.rows(doctype) for doctype in LEDGER]

	def assert_refused_for(self, who: str, ways: dict[str, Callable[[str], Any]]) -> None:
		for doctype in LEDGER:
			for way, act in ways.items():
				with (
					self.subTest(user=who, doctype=doctype, way=way),
					acting_as(who),
					self.assertRaises(frappe.PermissionError, msg=f"{way} {doctype} as {who}"),
				):
					act(doctype)
		self.assertEqual(self.state(), self.before)

	def copy(self, doctype: str) -> dict[str, Any]:
		"""A new record as a client would send it."""
		sent = frappe.get_doc(doctype, self.row[doctype]).as_dict()
		for key in ("name", "creation", "modified", "owner", "modified_by"):
			sent.pop(key)
		return {**sent, FIELD[doctype][0]: FIELD[doctype][1], "__islocal": 1}

	def changed(self, doctype: str) -> dict[str, Any]:
		"""The record with another value, as a form would send it."""
		sent = frappe.get_doc(doctype, self.row[doctype]).as_dict(convert_dates_to_str=True)
		return {**sent, FIELD[doctype][0]: FIELD[doctype][1]}

	@property
	def ways(self) -> dict[str, Callable[[str], Any]]:
		"""REST and client scripts (frappe.client), the desk's form and list, and code that saves a document."""
		return {
			"client.insert": lambda doctype: client.insert(self.copy(doctype)),
			"client.insert_many": lambda doctype: client.insert_many([self.copy(doctype)]),
			"client.save": lambda doctype: client.save(self.changed(doctype)),
			"client.set_value": lambda doctype: client.set_value(doctype, self.row[doctype], *FIELD[doctype]),
			"client.delete": lambda doctype: client.delete(doctype, self.row[doctype]),
			"client.rename_doc": lambda doctype: client.rename_doc(doctype, self.row[doctype], "taken"),
			"the form": lambda doctype: form.savedocs(frappe.as_json(self.changed(doctype)), "Save"),
			"a new form": lambda doctype: form.savedocs(
				frappe.as_json({**self.copy(doctype), "name": "new-1"}), "Save"
			),
			"deleting": lambda doctype: delete_doc(doctype, self.row[doctype]),
			"get_doc().insert": lambda doctype: frappe.get_doc(self.copy(doctype)).insert(),
			"get_doc().save": lambda doctype: frappe.get_doc(self.changed(doctype)).save(),
			"POST /api/resource": lambda doctype: self.rest(doctype, self.copy(doctype)),
			"PUT /api/resource": lambda doctype: self.rest(
				doctype, dict([FIELD[doctype]]), self.row[doctype]
			),
			"DELETE /api/resource": lambda doctype: rest.delete_doc(doctype, self.row[doctype]),
			"Data Import": self.by_import,
		}

	def by_import(self, doctype: str) -> None:
		"""What Data Import does with one row that changes a record."""
		field, value = FIELD[doctype]
		rows = [["ID", frappe.get_meta(doctype).get_label(field)], [self.row[doctype], value]]
		with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
			csv.writer(file).writerows(rows)
			file.flush()
			importer = Importer(
				doctype, file_path=file.name, import_type="Update Existing Records", console=True
			)
		(payload,) = importer.import_file.get_payloads_for_import()
		importer.process_doc(payload.doc)

	def rest(self, doctype: str, sent: dict[str, Any], name: str | None = None) -> None:
		"""POST or PUT /api/resource."""
		frappe.local.form_dict = frappe._dict(data=frappe.as_json(sent))
		rest.update_doc(doctype, name) if name else rest.create_doc(doctype)

	def test_a_cashier(self) -> None:
		cashier = user("Club Cashier", "Sales User", "Sales Manager")
		self.assert_refused_for(cashier, self.ways)
		with acting_as(cashier):
			for doctype in LEDGER:
				self.assertFalse(frappe.has_permission(doctype, "import"))
				self.assertFalse(frappe.has_permission(doctype, "read"), "balances are the panel's to show")

	def test_a_manager_who_sees_it_all(self) -> None:
		self.assert_refused_for(user("Club Manager", "Club Accountant", "System Manager"), self.ways)

	def test_administrator_whom_no_permission_stops(self) -> None:
		self.assert_refused_for("Administrator", self.ways)

	def test_deleting_and_renaming_by_force(self) -> None:
		self.assert_refused_for(
			"Administrator",
			{
				"delete": lambda doctype: frappe.delete_doc(
					doctype, self.row[doctype], force=True, ignore_permissions=True
				),
				"rename": lambda doctype: rename_doc(doctype, self.row[doctype], "taken", force=True),
				"insert": lambda doctype: frappe.get_doc(self.copy(doctype)).insert(ignore_permissions=True),
				"db_insert": lambda doctype: frappe.get_doc(self.copy(doctype)).db_insert(),
				"db_update": lambda doctype: frappe.get_doc(self.changed(doctype)).db_update(),
			},
		)


class AWebsiteUser(ClubCase):
	def test_has_no_permission_on_anything_of_the_club(self) -> None:
		mina = member(self.program)
		give(mina, 100)
		ours = frappe.get_all("DocType", {"module": "Loyalty Club", "istable": 0}, pluck="name")
		self.assertIn("Club Ledger Entry", ours)
		stranger = user("Customer", user_type="Website User")
		for who in (stranger, "Guest"):
			with acting_as(who):
				for doctype in ours:
					for ptype in ("read", "write", "create", "delete", "report", "export"):
						self.assertFalse(frappe.has_permission(doctype, ptype), (who, doctype, ptype))
				for doctype in (*LEDGER, "Club Member", "Loyalty Card", "Club Program"):
					with self.assertRaises(frappe.PermissionError, msg=doctype):
						client.get_list(doctype)
				with self.assertRaises(frappe.PermissionError):
					client.get("Club Member", mina.name)
				with self.assertRaises(frappe.PermissionError):
					query_report.run("Club Member Statement", {"member": mina.name})


class ACompanysTransactionsAreDeleted(ClubCase):
	def test_balances_keep_the_entries_they_are_the_sum_of(self) -> None:
		mina = member(self.program)
		give(mina, 500)
		sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 200))
		before = balance(mina)
		record = frappe.get_doc(
			{"doctype": "Transaction Deletion Record", "company": COMPANY, "process_in_single_transaction": 1}
		)
		record.insert()
		record.submit()
		record.start_deletion_tasks()
		self.assertEqual(frappe.db.get_value(record.doctype, record.name, "status"), "Completed")
		self.assertFalse(frappe.db.exists("Sales Invoice", sold.name))
		self.assertEqual(balance(mina), before)
		self.assertTrue(frappe.db.exists("Club Program Company", {"parent": self.program.name}))
		check_books(self)
		again = invoice(mina.customer, line("TEA", 10 * M))
		self.assertEqual(again.club_status, "Posted")
		self.assertEqual(balance(mina), before + 100)
