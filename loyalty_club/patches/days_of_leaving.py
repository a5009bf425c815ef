"""The day on which a member left is kept from now on; who left earlier was last changed on that day, or later."""

from __future__ import annotations

import frappe
from frappe.query_builder.functions import Date

from loyalty_club import figures


def execute() -> None:
	"""Fills the days of who left before."""
	member = frappe.qb.DocType("Club Member")
	(
		frappe.qb.update(member)
		.set(member.left_on, Date(member.modified))
		.where(member.status.isin(figures.NOT_MEMBERS) & member.left_on.isnull())
		.run()
	)
