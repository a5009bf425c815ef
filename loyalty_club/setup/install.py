"""Install, migrate, uninstall. Uninstalling is installing's own data reversed."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from loyalty_club import accounting, policy
from loyalty_club.engine import outbox
from loyalty_club.setup import gift_card_item, grants, keep
from loyalty_club.setup.custom_fields import fields
from loyalty_club.setup.roles import ROLES

# What the hot path looks for; the first column decides which rows are read. Purchase days are read from their index
# alone: it holds all that is read of them.
INDEXES = {
	"Club Lot": [("account", "remaining"), ("root",), ("expires_on", "account")],
	"Club Activity": [("account", "day", "visit", "net", "points", "branch")],
	"Club Posting": [("account", "day"), ("source_name",), ("remark", "day")],
	"Club Redemption": [("journal_entry",)],
	"Club Adjustment": [("journal_entry",)],
	"Club Account": [("member", "wallet")],
	"Club Ledger Entry": [
		("account", "seq"),
		("lot",),
		("kind", "owner", "member", "posting_date", "quantity", "company", "branch"),  # Club Staff Watch
	],
	"Club Member": [("birth_month", "birth_day")],
}
# On ERPNext's own tables: a member's invoices of a year, found without reading them.
FOREIGN_INDEXES = {
	"Sales Invoice": ("club_member", "posting_date", "docstatus", "is_consolidated"),
	"POS Invoice": ("club_member", "posting_date", "docstatus"),
}
UNIQUE = {"Club Account": [("member", "wallet")], "Club Ledger Entry": [("account", "seq")]}


def after_install() -> None:
	"""Roles and their rights, fields, indexes, settings."""
	refresh()
	grants.grant()
	settings = frappe.get_single("Loyalty Club Settings")
	settings.flags.ignore_permissions = True
	settings.save()
	keep.give_back()
	for mode in policy.MODES.values():
		if frappe.db.exists("Mode of Payment", mode):
			frappe.db.set_value("Mode of Payment", mode, "enabled", 1)
	_make_tenders()


def _make_tenders() -> None:
	"""Makes the modes of payment and the gift card's item of programs that were kept: uninstalling took those away that
	no invoice names."""
	for name in frappe.get_all("Club Program", {"status": "Active"}, pluck="name"):
		companies = frappe.get_doc("Club Program", name).companies
		accounting.ensure_wallets(companies)
		gift_card_item.ensure(companies)


def after_migrate() -> None:
	"""The same again: running it twice changes nothing."""
	refresh()


def refresh() -> None:
	"""Brings roles, fields and indexes to what this version says; on a new site, makes it the outbox's home."""
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True
			)
	create_custom_fields(fields(), ignore_validate=True, update=True)
	for doctype, rows in UNIQUE.items():
		for columns in rows:
			frappe.db.add_unique(doctype, list(columns), constraint_name=f"club_{'_'.join(columns)}")
	for doctype, rows in INDEXES.items():
		for columns in rows:
			if columns not in UNIQUE.get(doctype, []):
				add_index(doctype, columns)
	for doctype, columns in FOREIGN_INDEXES.items():
		add_index(doctype, columns)
	outbox.settle()


def add_index(doctype: str, columns: tuple[str, ...]) -> None:
	"""Makes one of `INDEXES`, where it is not there."""
	frappe.db.add_index(doctype, list(columns), index_name=_index(columns))


def _index(columns: tuple[str, ...]) -> str:
	return f"club_{'_'.join(columns)}"


def before_uninstall() -> None:
	"""Takes the club's fields off ERPNext. The records go with the app's DocTypes, unless they are kept."""
	if keep.asked():
		keep.keep()
	for doctype, rows in fields().items():
		for field in rows:
			name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
			if name:
				frappe.delete_doc("Custom Field", name, force=True, ignore_permissions=True)
		frappe.clear_cache(doctype=doctype)
	_drop_columns()
	grants.revoke()
	_drop_onboarding()


def after_uninstall() -> None:
	"""Takes away the roles and the tender, once nothing refers to them; and the desk's sidebar, which Frappe 16 leaves
	behind."""
	if frappe.db.table_exists("Workspace Sidebar"):
		frappe.db.delete(
			"Workspace Sidebar Item", {"parent": "Loyalty Club", "parenttype": "Workspace Sidebar"}
		)
		frappe.db.delete("Workspace Sidebar", {"name": "Loyalty Club"})
	for role in ROLES:
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		frappe.delete_doc("Role", role, force=True, ignore_permissions=True, ignore_missing=True)
	_drop_tenders()
	gift_card_item.drop()
	frappe.db.commit()  # Frappe has committed its own part before, and does not again


def _drop_tenders() -> None:
	"""The modes of payment, now that no program names them; where one paid an invoice, it is only switched off."""
	for mode in policy.MODES.values():
		if frappe.db.exists("Mode of Payment", mode):
			try:
				frappe.delete_doc("Mode of Payment", mode, ignore_permissions=True)
			except frappe.LinkExistsError:
				frappe.db.set_value("Mode of Payment", mode, "enabled", 0)


def _drop_onboarding() -> None:
	"""Onboarding steps belong to no module, so that nothing else takes them away."""
	for step in frappe.get_all(
		"Onboarding Step Map",
		filters={"parent": "Loyalty Club", "parenttype": "Module Onboarding"},
		pluck="step",
	):
		frappe.delete_doc("Onboarding Step", step, force=True, ignore_permissions=True)


def _drop_columns() -> None:
	"""Custom Field leaves its column behind, and what is left of an index without it."""
	for doctype, columns in FOREIGN_INDEXES.items():
		if frappe.db.has_index(f"tab{doctype}", _index(columns)):
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop index `{_index(columns)}`")
	for doctype, rows in fields().items():
		present = frappe.db.get_table_columns(doctype)
		for field in rows:
			if field["fieldname"] in present:
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{field['fieldname']}`")
