"""What the club's roles may do with ERPNext's own DocTypes: granted once at install, so that a site may take it away,
and undone at uninstall.

"Define groups, then set each group's scoring" needs groups; ERPNext lets only the Sales Master Manager make them.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import add_permission, rights

from loyalty_club.setup.roles import ROLES

GRANTS = {
	"Customer Group": {
		"Club Manager": ("read", "write", "create", "report", "print"),
		"Club Accountant": ("read", "write", "create", "report", "print"),
		"Club Cashier": ("read",),
	},
}


def grant() -> None:
	"""Gives the club's roles their rights, where they have none yet."""
	for doctype, roles in GRANTS.items():
		for role, ptypes in roles.items():
			if frappe.db.exists("Custom DocPerm", {"parent": doctype, "role": role}):
				continue
			name = add_permission(doctype, role)
			frappe.db.set_value("Custom DocPerm", name, dict.fromkeys(ptypes, 1))
		frappe.clear_cache(doctype=doctype)


def revoke() -> None:
	"""Takes them away. What is left is the DocType's own set again, unless the site changed that itself."""
	for doctype in GRANTS:
		frappe.db.delete("Custom DocPerm", {"parent": doctype, "role": ["in", list(ROLES)]})
		if _rows("Custom DocPerm", doctype) == _rows("DocPerm", doctype):
			frappe.db.delete("Custom DocPerm", {"parent": doctype})
		frappe.clear_cache(doctype=doctype)


def _rows(table: str, doctype: str) -> list[tuple[Any, ...]]:
	present = [each for each in rights if frappe.get_meta(table).has_field(each)]
	rows = frappe.get_all(
		table, filters={"parent": doctype}, fields=["role", "permlevel", "if_owner", *present]
	)
	return sorted(
		(row.role, row.permlevel, row.if_owner, *(int(row[each] or 0) for each in present)) for row in rows
	)
