"""What a browser may ask about segments: what can be picked, and whom the filters of a form find as they are typed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt

from loyalty_club import policy
from loyalty_club.engine import scores, segments


@frappe.whitelist()
def choices(program: str) -> dict[str, list[tuple[str, str]]]:
	"""What can be picked in a program, each with its title: tiers, LRFM segments, classes, channels, months."""
	frappe.has_permission(segments.SEGMENT, "read", throw=True)
	frappe.has_permission("Club Program", "read", program, throw=True)
	return segments.titles(program, _style(program))


@frappe.whitelist()
def standard_rows() -> list[dict[str, Any]]:
	"""The usual LRFM segments as rows of a program's table."""
	frappe.has_permission("Club Program", "write", throw=True)
	return scores.standard_segment_rows()


@frappe.whitelist()
def preview(segment: str) -> dict[str, Any]:
	"""How many members the filters of a form find, whom first, and what they say in words. segment: the form as JSON,
	saved or not."""
	given = json.loads(segment)
	if not isinstance(given, dict):
		frappe.throw(_("A segment is expected."))
	frappe.has_permission(segments.SEGMENT, "read", throw=True)
	frappe.has_permission("Club Member", "read", throw=True)
	doc = frappe.get_doc({**given, "doctype": segments.SEGMENT})
	if not doc.program:
		return {}
	frappe.has_permission("Club Program", "read", doc.program, throw=True)
	_cast(doc)
	segments.check(doc)
	style = _style(doc.program)
	found = segments.count(doc, as_seen=True)
	of_all = frappe._dict(program=doc.program)
	as_of = segments.figures_of(doc.program)
	named = dict(segments.titles(doc.program, style)["lrfm_segments"])
	return {
		"count": style.number(Decimal(found)),
		"all": style.number(Decimal(segments.count(of_all, as_seen=True))),
		"words": segments.in_words(doc, style),
		"as_of": style.day(as_of) if as_of else "",
		"rows": [
			{
				"name": row.name,
				"customer": row.customer_name or row.customer or "",
				"tier": style.title(row.tier or ""),
				"last": style.day(row.last_visit) if row.last_visit else "",
				"segment": named.get(row.segment, row.segment or ""),
				"score": style.number(policy.exact(row.score)) if row.score else "",
				"balance": style.number(policy.exact(row.balance)),
			}
			for row in segments.rows(doc)
		],
	}


def _cast(doc: Any) -> None:
	"""What a form sends, as it is stored: numbers as numbers, and of choices only those that there are."""
	for field in doc.meta.fields:
		if field.fieldtype in ("Int", "Float"):
			doc.set(
				field.fieldname,
				cint(doc.get(field.fieldname)) if field.fieldtype == "Int" else flt(doc.get(field.fieldname)),
			)
		elif field.fieldtype == "Select" and doc.get(field.fieldname) not in (field.options or "").split(
			"\n"
		):
			doc.set(field.fieldname, "")


def _style(program: str) -> Any:
	found = policy.in_force(program)
	return policy.style(found.rules if found else None)
