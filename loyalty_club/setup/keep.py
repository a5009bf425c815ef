"""Keeps the club's data over an uninstall, if the user asks for it before:

    bench --site … set-config loyalty_club_keep_data 1

Frappe drops the tables of an app with it. What is kept lies beside them in tables of the prefix below, which Frappe
does not look at; the next install takes it back and drops them. Copies whole tables; knows nothing of points. What an
older version kept is brought up to date by the patches, which an install passes over; each can be run again.
"""

from __future__ import annotations

import frappe
from frappe.modules.patch_handler import get_patches_from_app

from loyalty_club.setup.custom_fields import fields

PREFIX = "kept_"
SETTING = "loyalty_club_keep_data"
NOT_STORED = ("Section Break", "Column Break", "Tab Break", "HTML", "Table")


def asked() -> bool:
	"""Whether the site's configuration asks to keep the data."""
	return bool(frappe.conf.get(SETTING))


def keep() -> None:
	"""Copies the club's tables, its settings, and what its fields hold on ERPNext's documents."""
	for table in _tables():
		_copy(table, "1 = 1", "*")
	_copy("tabSingles", "doctype = 'Loyalty Club Settings'", "*")
	for doctype, columns in _columns().items():
		held = " or ".join(f"ifnull(`{column}`, '') not in ('', '0')" for column in columns)
		_copy(f"tab{doctype}", held, ", ".join(f"`{column}`" for column in ("name", *columns)))


def give_back() -> None:
	"""Puts everything that was kept back where it was."""
	kept = {row[0].removeprefix(PREFIX) for row in frappe.db.sql("show tables like %s", (f"{PREFIX}tab%",))}
	if not kept:
		return
	frappe.db.sql("delete from tabSingles where doctype = 'Loyalty Club Settings'")
	for table in sorted(kept & {*_tables(), "tabSingles"}):
		shared = ", ".join(f"`{column}`" for column in _shared(table))
		frappe.db.sql(f"insert into `{table}` ({shared}) select {shared} from `{PREFIX}{table}`")
	for doctype, columns in _columns().items():
		table = f"tab{doctype}"
		if table in kept:
			there = [column for column in _shared(table) if column in columns]
			values = ", ".join(f"now.`{column}` = old.`{column}`" for column in there)
			frappe.db.sql(
				f"update `{table}` now join `{PREFIX}{table}` old on old.name = now.name set {values}"
			)
	for patch in get_patches_from_app("loyalty_club"):
		frappe.get_attr(f"{patch}.execute")()
	frappe.db.commit()
	for table in kept:
		frappe.db.sql_ddl(f"drop table `{PREFIX}{table}`")
	frappe.clear_cache()


def _copy(table: str, condition: str, columns: str) -> None:
	frappe.db.sql_ddl(f"drop table if exists `{PREFIX}{table}`")
	frappe.db.sql_ddl(f"create table `{PREFIX}{table}` as select {columns} from `{table}` where {condition}")


def _tables() -> list[str]:
	"""The club's own tables."""
	names = frappe.get_all(
		"DocType", {"module": "Loyalty Club", "issingle": 0, "is_virtual": 0}, pluck="name"
	)
	return [f"tab{name}" for name in names]


def _columns() -> dict[str, list[str]]:
	"""What the club's fields store on ERPNext's documents."""
	found = {
		doctype: [field["fieldname"] for field in rows if field["fieldtype"] not in NOT_STORED]
		for doctype, rows in fields().items()
	}
	return {doctype: columns for doctype, columns in found.items() if columns}


def _shared(table: str) -> list[str]:
	"""Columns that both the table and its kept copy have."""
	now = [row[0] for row in frappe.db.sql(f"show columns from `{table}`")]
	kept = {row[0] for row in frappe.db.sql(f"show columns from `{PREFIX}{table}`")}
	return [column for column in now if column in kept]
