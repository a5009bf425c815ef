"""Staff who are members: whose membership is whose, and what they may not do on documents they make themselves.

A Club Member names its user in `staff_user`. It is filled when the member is saved, and once a day for users who came
later: the customer's portal users first, then the user or an e-mail address of the customer's contacts, then the
mobile of a user or of an employee. Only enabled users of the desk count; whoever shares a mobile with a cashier and is
none is marked `not_staff`. Decides nothing about points: it says why a purchase is barred, the core does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import frappe
from frappe import _

from loyalty_club import persian, policy
from loyalty_club.core.earning import awards_limit, own_document
from loyalty_club.core.model import Reason
from loyalty_club.engine import invoice, places
from loyalty_club.engine.members import Member

TAIL = 4  # digits by which mobiles are looked up before they are compared

# ---------------------------------------------------------------------------------------------- what they may not do


def makers(doc: Any) -> set[str]:
	"""Users who make a document: its owner, and who submits it."""
	return {doc.get("owner") or frappe.session.user, frappe.session.user}


def is_own(doc: Any, member: Member) -> bool:
	"""Whether the document is made by the member."""
	return bool(member.staff_user) and member.staff_user in makers(doc)


def barred(doc: Any, member: Member, session: Any) -> Reason | None:
	"""Why a sale of the member earns nothing, None if it may: the member makes it, it is made where nothing is earned,
	or the member has had the awards of a day. session: an `engine.post.Session` whose account is open, so that awards
	are counted under its lock; it asks the database nothing."""
	if is_own(doc, member):
		return own_document(str(member.staff_user))
	there = places.barred(doc, session.program)
	if there is not None:
		return there
	limit = int(policy.settings().awards_per_day or 0)
	if not limit:
		return None
	account = session.club.home(member.account)
	given = account.awards_on(max(invoice.day(doc), account.clock))
	return awards_limit(given, limit) if given >= limit else None


def may_spend(doc: Any, member: Member) -> None:
	"""Refuses that a member spends on a document that the member makes, unless the settings allow it."""
	if is_own(doc, member) and not policy.settings().staff_may_spend:
		frappe.throw(
			_(
				"{0} is your own membership: points and credit cannot be spent on a document you make yourself. "
				"Let a colleague make it."
			).format(member.name)
			if member.staff_user == frappe.session.user
			else _(
				"{0} is the membership of {1}, who made this document: points and credit cannot be spent on it. "
				"Let a colleague make it."
			).format(member.name, member.staff_user),
			title=_("Own document"),
		)


# ---------------------------------------------------------------------------------------------- whose membership it is


def user_of(customer: str | None, mobile: str | None) -> str | None:
	"""The user of the desk who is this customer, None if nobody is. mobile: in the international form."""
	if customer:
		portal = frappe.get_all(
			"Portal User", {"parent": customer, "parenttype": "Customer"}, pluck="user", order_by="idx asc"
		)
		for names in (portal, _of_contacts(customer)):
			found = _staff(names)
			if found:
				return next(name for name in names if name in found)
	return _by_mobile(mobile) if mobile else None


def _staff(names: Collection[str] | None = None) -> set[str]:
	"""Enabled users of the desk, all or those of the given ones."""
	filters: list[list[Any]] = [
		["enabled", "=", 1],
		["user_type", "=", "System User"],
		["name", "not in", list(frappe.STANDARD_USERS)],
	]
	if names is not None:
		if not names:
			return set()
		filters.append(["name", "in", list(names)])
	return set(frappe.get_all("User", filters=filters, pluck="name"))


def _of_contacts(customer: str) -> list[str]:
	contacts = frappe.get_all(
		"Dynamic Link",
		{"link_doctype": "Customer", "link_name": customer, "parenttype": "Contact"},
		pluck="parent",
	)
	if not contacts:
		return []
	users = frappe.get_all("Contact", {"name": ["in", contacts], "user": ["is", "set"]}, pluck="user")
	mails = frappe.get_all("Contact Email", {"parent": ["in", contacts]}, pluck="email_id")
	return [*users, *(mail for mail in mails if mail)]


def _by_mobile(mobile: str) -> str | None:
	tail = mobile[-TAIL:]
	ends = [f"%{tail}", f"%{persian.to_persian_digits(tail)}"]
	for user, number in _numbers(ends):
		if _plain(number) == mobile and _staff([user]):
			return user
	return None


def _numbers(ends: Iterable[str] | None = None) -> list[tuple[str, str]]:
	"""Users and their numbers, as they were typed, of User and of Employee; only numbers that end so, if that is
	given."""

	def alike(*fields: str) -> list[list[str]] | None:
		return [[field, "like", end] for field in fields for end in ends] if ends else None

	users = frappe.get_all(
		"User", or_filters=alike("mobile_no", "phone"), fields=["name", "mobile_no", "phone"]
	)
	people = frappe.get_all(
		"Employee",
		filters={"user_id": ["is", "set"], "status": "Active"},
		or_filters=alike("cell_number"),
		fields=["user_id", "cell_number"],
	)
	found = [(row.name, number) for row in users for number in (row.mobile_no, row.phone)]
	found += [(row.user_id, row.cell_number) for row in people]
	return [(user, number) for user, number in found if number]


def _plain(number: str) -> str:
	try:
		return persian.mobile(number)
	except persian.MobileError:
		return ""


def inherit(gone: Member, stays: Member) -> None:
	"""A membership that a user's becomes part of is that user's, unless it is another's already."""
	if gone.staff_user and not stays.staff_user:
		frappe.db.set_value("Club Member", stays.name, "staff_user", gone.staff_user, update_modified=False)


def find() -> int:
	"""Finds the memberships of users who came after them; returns how many were found."""
	staff = _staff()
	if not staff:
		return 0
	by_mobile = {_plain(number): user for user, number in _numbers() if user in staff}
	by_mobile.pop("", None)
	by_customer = _customers_of(staff)
	found: dict[str, str] = {}
	for field, users in (("mobile", by_mobile), ("customer", by_customer)):
		if users:
			for row in frappe.get_all(
				"Club Member",
				filters={field: ["in", list(users)], "staff_user": ["is", "not set"], "not_staff": 0},
				fields=["name", field],
			):
				found[row.name] = users[row[field]]
	for name, user in found.items():
		frappe.db.set_value("Club Member", name, "staff_user", user, update_modified=False)
	return len(found)


def _customers_of(staff: set[str]) -> dict[str, str]:
	"""Customers who are a user of the staff, by portal user or contact."""
	users = list(staff)
	found: dict[str, str] = {}
	contacts = {
		row.parent: row.email_id
		for row in frappe.get_all("Contact Email", {"email_id": ["in", users]}, ["parent", "email_id"])
	}
	contacts |= {
		row.name: row.user for row in frappe.get_all("Contact", {"user": ["in", users]}, ["name", "user"])
	}
	if contacts:
		for row in frappe.get_all(
			"Dynamic Link",
			{"link_doctype": "Customer", "parenttype": "Contact", "parent": ["in", list(contacts)]},
			["parent", "link_name"],
		):
			found[row.link_name] = contacts[row.parent]
	for row in frappe.get_all(
		"Portal User", {"parenttype": "Customer", "user": ["in", users]}, ["parent", "user"]
	):
		found[row.parent] = row.user
	return found
