"""Finding a member by card, mobile or code among many: one statement each, every table of it read by an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from loyalty_club.engine import members
from loyalty_club.tests.builders import COMPANY, ClubCase, card, member
from loyalty_club.tests.measure_till import copy

MEMBERS = 200


class Finding(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		one = member(self.program, mobile="09120000000")
		number = card(one)
		account = frappe.db.get_value("Club Account", {"member": one.name})
		who = "concat('MANY-', s.seq)"
		copy(
			"Club Member",
			one.name,
			MEMBERS,
			name=who,
			customer="concat('Many ', s.seq)",
			mobile="concat('+98935', lpad(s.seq, 7, '0'))",
			referral_code="concat('M', s.seq)",
		)
		copy("Club Account", account, MEMBERS, name="concat('many', s.seq)", member=who)
		of_card = "concat('91', lpad(s.seq, 14, '0'))"
		copy(
			"Loyalty Card", number, MEMBERS, name=of_card, card_number=of_card, member=who, token="md5(s.seq)"
		)

	def asked(self, act: Callable[[], Any]) -> tuple[Any, list[tuple[str, Any]]]:
		"""What it answers, and the statements it asked the database."""
		sql, found = frappe.db.sql, []

		def noted(query: Any, values: Any = None, *args: Any, **kwargs: Any) -> Any:
			found.append((str(query), values))
			return sql(query, values, *args, **kwargs)

		frappe.db.sql = noted
		try:
			return act(), found
		finally:
			frappe.db.sql = sql

	def test_one_statement_by_indexes_finds_a_member(self) -> None:
		members.find("MANY-1", COMPANY)  # the program is in the caches
		for text, by in (
			("9100000000000177", "card"),
			("۹۱۰۰۰۰۰۰۰۰۰۰۰۱۷۷", "card"),
			("09350000177", "mobile"),
			("+98 935 000 0177", "mobile"),
			("many-177", "code"),
		):
			with self.subTest(text=text):
				found, statements = self.asked(lambda text=text: members.find(text, COMPANY))
				self.assertEqual((found.member.name, found.by), ("MANY-177", by))
				self.assertEqual(len(statements), 1, statements)
				self.assert_indexed(*statements[0])

	def assert_indexed(self, query: str, values: Any) -> None:
		for row in frappe.db.sql(f"explain {query}", values, as_dict=True):
			self.assertIn(row.type, ("const", "eq_ref", "ref"), row)
			self.assertTrue(row.key, row)
			self.assertLessEqual(int(row.rows), 2, row)

	def test_a_customer_s_member_is_found_by_one_statement_too(self) -> None:
		members.of_customer("Many 5", COMPANY)
		found, statements = self.asked(lambda: members.of_customer("Many 177", COMPANY))
		self.assertEqual((found.name, len(statements)), ("MANY-177", 1))
		self.assert_indexed(*statements[0])
