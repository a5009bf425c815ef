"""Reminds of goals whose review is due: a ToDo for who is responsible, in their language, once for each review.

The only code that assigns a Club Goal; what was assigned is closed when the goal's next review moves on.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.desk.form import assign_to

GOAL = "Club Goal"


def remind(day: date) -> int:
	"""Assigns what is due on a day or before; returns how many were."""
	due = frappe.get_all(
		GOAL,
		filters={"active": 1, "next_review": ["<=", day]},
		fields=["name", "metric", "responsible", "owner"],
		order_by="next_review asc, name asc",
	)
	return sum(_assign(goal, day) for goal in due)


def _assign(goal: Any, day: date) -> bool:
	"""Whether it was assigned now. Who may not see the goal, where nothing may be shared, is named in the Error Log."""
	if frappe.db.exists("ToDo", {"reference_type": GOAL, "reference_name": goal.name, "status": "Open"}):
		return False
	who = goal.responsible or goal.owner
	lang = frappe.db.get_value("User", who, "language") or None
	frappe.db.savepoint("loyalty_club_goal")
	said = _("The goal {0} is to be reviewed: see where the club stands in Club Key Figures.", lang)
	todo = {
		"doctype": GOAL,
		"name": goal.name,
		"assign_to": [who],
		"description": said.format(_(goal.metric, lang)),
		"date": day,
	}
	try:
		assign_to.add(todo, ignore_permissions=True)
	except frappe.ValidationError:
		frappe.db.rollback(save_point="loyalty_club_goal")
		frappe.log_error(
			title=f"Loyalty Club: {who} could not be reminded of a goal", reference_name=goal.name
		)
		return False
	return True


def reviewed(name: str) -> None:
	"""Closes what was assigned for a goal that has been reviewed."""
	for todo in frappe.get_all(
		"ToDo", filters={"reference_type": GOAL, "reference_name": name, "status": "Open"}, pluck="name"
	):
		doc = frappe.get_doc("ToDo", todo)
		doc.status = "Closed"
		doc.save(ignore_permissions=True)
