"""What the desk asks about branches and companies: each function is typed, checks permission, and hands over."""

from __future__ import annotations

import frappe

from loyalty_club.engine import settlement


@frappe.whitelist(methods=["POST"])
def retry_settlement(name: str) -> bool:
	"""Tries again to post the journals of a Club Settlement that failed; whether they are posted now."""
	frappe.only_for(("Club Accountant", "Club Manager", "System Manager"))
	frappe.has_permission("Club Settlement", "read", name, throw=True)
	return settlement.retry(name)
