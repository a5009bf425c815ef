"""Points that change hands keep where they come from."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from loyalty_club.engine import members, post
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	bring_back,
	invoice,
	line,
	member,
	redeeming,
)


def branch(name: str) -> str:
	"""A branch of that name."""
	if not frappe.db.exists("Branch", name):
		frappe.get_doc({"doctype": "Branch", "branch": name}).insert()
	return name


def lots(of: Any) -> list[Any]:
	"""A member's open lots in the order they were opened."""
	return frappe.get_all(
		"Club Lot",
		filters={"member": of.name, "remaining": [">", 0]},
		fields=["name", "remaining", "root", "company", "branch", "expires_on", "source_name", "wallet"],
		order_by="account, seq",
	)


class WhereALotComesFrom(ClubCase):
	"""Company and branch of a lot are those of its award, wherever its points are now."""

	program_fields = {"expiry": "days", "expiry_count": 60}

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		self.north, self.south = branch("North"), branch("South")

	def bought_in_the_north(self, on: str | None = None) -> Any:
		sold = invoice(self.mina.customer, line("TEA", 10 * M), vat=False, posting_date=on or today())
		frappe.db.set_value("Club Lot", {"source_name": sold.name}, "branch", self.north)
		return sold

	def test_points_that_come_back_into_a_new_lot_belong_where_they_were_earned(self) -> None:
		self.bought_in_the_north(add_days(today(), -50))
		sold = invoice(self.mina.customer, line("TEA", M / 10), vat=False, **redeeming(self.mina, 100))
		bring_back(sold)
		(back,) = [lot for lot in lots(self.mina) if lot.source_name != sold.name]
		self.assertEqual((back.remaining, back.company, back.branch), (100, COMPANY, self.north))
		self.assertNotEqual(back.name, back.root)

	def test_points_of_a_merged_member_belong_where_they_were_earned(self) -> None:
		self.bought_in_the_north()
		sara = member(self.program)
		post.merge(members.by_name(self.mina.name), members.by_name(sara.name))
		(moved,) = lots(sara)
		self.assertEqual((moved.remaining, moved.company, moved.branch), (100, COMPANY, self.north))
