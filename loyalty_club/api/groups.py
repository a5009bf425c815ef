"""What a browser may ask about customers who are moved into the groups of their tiers: undoing it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import permissions
from loyalty_club.engine import groups

MOST = 1000  # moves that one call names


def _may_undo() -> None:
	"""Refuses whoever is no manager of the club. Customers belong to no company: who sees some companies only undoes
	nothing."""
	frappe.has_permission(groups.MOVE, "read", throw=True)
	if not {"Club Manager", "System Manager"} & set(frappe.get_roles()):
		frappe.throw(_("Only a Club Manager undoes what the night moved."), frappe.PermissionError)
	if permissions.is_confined(groups.MOVE):
		frappe.throw(
			_("You see some companies or branches only; customers belong to all of them."),
			frappe.PermissionError,
		)


@frappe.whitelist(methods=["POST"])
def undo(moves: list[str] | str) -> dict[str, int]:
	"""Puts the customers of some Club Group Moves (names, as a list or JSON) back into the groups they came from.
	`undone`: how many; `elsewhere`: who is no longer in the group of that move."""
	_may_undo()
	names = frappe.parse_json(moves)
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
		frappe.throw(_("Name the moves that are to be undone."))
	if len(names) > MOST:
		frappe.throw(_("At most {0} moves are undone at once; undo the whole day instead.").format(MOST))
	return groups.undo(names)


@frappe.whitelist(methods=["POST"])
def undo_day(program: str, day: str) -> dict[str, int]:
	"""Undoes all moves that the night of a day made for a program; many are undone by a worker. `moves`: how many there
	are; `undone` and `elsewhere`, where it is done already."""
	_may_undo()
	return groups.undo_day(program, getdate(day))
