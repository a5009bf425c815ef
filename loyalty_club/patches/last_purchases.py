"""Accounts made before the day of the last purchase had a column of its own."""

from __future__ import annotations

import frappe


def execute() -> None:
	"""Copies the day out of each account's state, where it always stood."""
	frappe.db.sql(
		"update `tabClub Account` set last_purchase = json_value(state, '$.last_purchase') where last_purchase is null"
	)
