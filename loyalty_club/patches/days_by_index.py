"""The index of the purchase days held the account and the day alone, so that each day was looked up in the table."""

from __future__ import annotations

import frappe

from loyalty_club.setup.install import INDEXES, add_index

OLD = "club_account_day"


def execute() -> None:
	"""Makes the one that holds what is read, then drops the old one."""
	for columns in INDEXES["Club Activity"]:
		add_index("Club Activity", columns)
	if frappe.db.has_index("tabClub Activity", OLD):
		frappe.db.sql_ddl(f"alter table `tabClub Activity` drop index `{OLD}`")
