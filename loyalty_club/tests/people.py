"""Users for tests: made with the roles and user permissions a test needs; gone with its rollback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe


def user(*roles: str, **fields: Any) -> str:
	"""A user with these roles; returns the name."""
	email = f"{frappe.generate_hash(length=8)}@club.example"
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": "Test",
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in roles],
			**fields,
		}
	)
	doc.flags.no_welcome_mail = True
	doc.insert()
	return email


def confine(who: str, allow: str, *names: str) -> None:
	"""User permissions: of DocType `allow`, the user sees these records only."""
	for name in names:
		frappe.get_doc(
			{"doctype": "User Permission", "user": who, "allow": allow, "for_value": name}
		).insert()


@contextmanager
def acting_as(who: str) -> Iterator[None]:
	"""The block runs as that user."""
	before = frappe.session.user
	frappe.set_user(who)
	try:
		yield
	finally:
		frappe.set_user(before)
