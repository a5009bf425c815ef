"""What every report about members can be asked for: program, tier, home branch, segment, and the fields that a club has
added to Club Member itself and made standard filters. Narrows queries; reads nothing of members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from loyalty_club import permissions
from loyalty_club.engine import segments

# The filter and the member's field; `branch` alone is where something happened.
FIELDS = {"program": "program", "tier": "tier", "home_branch": "branch"}
# Fields of a type whose value is the column's own, to be picked or typed.
PEOPLE = ("Club Member", "Customer", "Club Program")  # what user permissions may confine a user to
GROUPS = ("Select", "Link", "Autocomplete")
# The filters of the reports themselves: a custom field of such a name would stand there twice, and is left out.
TAKEN = frozenset(
	{
		*(
			"program",
			"tier",
			"home_branch",
			"segment",
			"member",
			"company",
			"branch",
			"calendar",
			"period",
			"rows",
		),
		*(
			"from_date",
			"to_date",
			"as_of",
			"wallet",
			"view",
			"by",
			"before",
			"after",
			"away",
			"cashier",
			"customer",
		),
		*(
			"customer_group",
			"day",
			"days",
			"documents",
			"gift_card",
			"group_by",
			"kind",
			"only_lost",
			"own",
			"show",
		),
		*("sign", "months", "count"),
	}
)
PICKED = ("Data", "Link", "Select", "Check", "Int", "Autocomplete")


def own_fields() -> list[dict[str, Any]]:
	"""The custom fields of Club Member that are standard filters and that the present user may see: fieldname, label,
	fieldtype and options of each, in the form's order."""
	meta = frappe.get_meta("Club Member")
	seen = set(meta.get_permlevel_access("read")) | {0}
	return [
		{
			"fieldname": each.fieldname,
			"label": each.label,
			"fieldtype": each.fieldtype,
			"options": each.options,
		}
		for each in meta.get("fields", {"is_custom_field": 1, "in_standard_filter": 1})
		if each.fieldtype in PICKED
		and each.fieldname not in TAKEN
		and not each.hidden
		and each.permlevel in seen
	]


def own_groups() -> list[str]:
	"""Those of them that members can be counted by."""
	return [each["fieldname"] for each in own_fields() if each["fieldtype"] in GROUPS]


def narrow(query: Any, member: Any, filters: Mapping[str, Any]) -> Any:
	"""A query that has Club Member as `member`, narrowed to whom the filters of a report ask for. Raises
	PermissionError for a segment that the present user may not read."""
	for key, field in _fields().items():
		if filters.get(key):
			query = query.where(member[field] == filters[key])
	if filters.get("segment"):
		frappe.get_doc("Club Segment", filters["segment"]).check_permission("read")
		query = query.where(member.name.isin(segments.query(filters["segment"])))
	return query


def joined(query: Any, column: Any, doctype: str, filters: Mapping[str, Any]) -> Any:
	"""A query whose `column` names a member, narrowed to whom the filters ask for and to whom the present user may see
	in records of `doctype`. Club Member is joined only where one of the two asks for it."""
	if not (are_asked(filters) or any(permissions.allowed(link, doctype) for link in PEOPLE)):
		return query
	member = frappe.qb.DocType("Club Member")
	query = narrow(query.join(member).on(member.name == column), member, filters)
	columns = (member.name, member.customer, member.program)
	return permissions.restrict(query, doctype, dict(zip(PEOPLE, columns, strict=True)))


def are_asked(filters: Mapping[str, Any]) -> bool:
	"""Whether a report asks for some members only."""
	return any(filters.get(key) for key in (*_fields(), "segment"))


def _fields() -> dict[str, str]:
	return {**FIELDS, **{each["fieldname"]: each["fieldname"] for each in own_fields()}}


def add_to_boot(bootinfo: Any) -> None:
	"""Hook `extend_bootinfo`: the desk knows a club's own filters before a report is opened."""
	if frappe.has_permission("Club Member", "read"):
		bootinfo.loyalty_club_member_fields = own_fields()
