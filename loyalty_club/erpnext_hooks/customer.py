"""Customer: ERPNext's own loyalty program and the club's do not meet on one customer."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club.engine import members, post


def validate(doc: Any, method: str | None = None) -> None:
	"""On a member, a native program that came by auto opt-in is cleared; one that a user chose is refused."""
	if not doc.loyalty_program or doc.is_new():
		return
	member = frappe.db.get_value(
		"Club Member", {"customer": doc.name, "status": ["in", ["Active", "Inactive"]]}, "name"
	)
	if not member:
		return
	if frappe.get_cached_value("Loyalty Program", doc.loyalty_program, "auto_opt_in"):
		doc.loyalty_program = doc.loyalty_program_tier = None
	elif doc.has_value_changed("loyalty_program"):
		frappe.throw(
			_(
				"{0} is club member {1} and earns points there: leave Loyalty Program empty, for {2} cannot count too."
			).format(doc.customer_name, member, doc.loyalty_program),
			title=_("Two programs for one customer"),
		)


def before_rename(doc: Any, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Merging customers merges their memberships, before ERPNext rewrites the links to the one that goes."""
	if not merge:
		return
	going = {each.program: each for each in members.all_of(old)}
	for stays in members.all_of(new):
		gone = going.pop(stays.program, None)
		if gone is not None:
			post.merge(gone, stays)
		elif any(members.share_a_company(stays, each) for each in going.values()):
			frappe.throw(
				_(
					"{0} and {1} are members of different programs in one company. Let one of them leave first."
				).format(old, new)
			)
