"""What the desk shows of cards and batches, ready to be shown; as `panels` does for everything else.

Reads; decides and computes nothing. Permissions are checked by whoever calls it (`api.cards`), but for single cards
that the user may not see: those are left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import getdate

from loyalty_club import card_print, persian, policy
from loyalty_club.core import cards, words
from loyalty_club.engine import batches


def number(name: str, style: words.Style | None = None) -> str:
	"""A card's number as it may be shown: its ends, in the user's digits."""
	masked = cards.mask(name)
	return persian.to_persian_digits(masked) if (style or policy.style()).lang == "fa" else masked


def rows(names: list[str], style: words.Style) -> list[dict[str, Any]]:
	"""Cards with what became of them: number, status, since when and why, and by which they were replaced."""
	found = frappe.get_all(
		"Loyalty Card",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"status",
			"issued_on",
			"blocked_on",
			"block_reason",
			"member",
			"customer_name",
			"batch",
		],
	)
	following = dict(
		frappe.get_all(
			"Loyalty Card", filters={"replaces": ["in", names]}, fields=["replaces", "name"], as_list=True
		)
	)
	places = {name: place for place, name in enumerate(names)}
	return [
		{
			"name": row.name,
			"number": number(row.name, style),
			"status": row.status,
			"issued_on": style.day(getdate(row.issued_on)) if row.issued_on and row.member else "",
			"blocked_on": style.day(getdate(row.blocked_on)) if row.blocked_on else "",
			"reason": row.block_reason or "",
			"member": row.member or "",
			"customer_name": row.customer_name or "",
			"replaced_by": following.get(row.name, ""),
			"replaced_by_number": number(following[row.name], style) if row.name in following else "",
		}
		for row in sorted(found, key=lambda row: places[row.name])
	]


def found(names: list[str]) -> list[dict[str, Any]]:
	"""The dialog Find a Card: those of the cards that the user may see."""
	if not names:
		return []
	seen = set(frappe.get_list("Loyalty Card", filters={"name": ["in", names]}, pluck="name"))
	shown = rows([name for name in names if name in seen], policy.style())
	mobiles = dict(
		frappe.get_all(
			"Club Member",
			filters={"name": ["in", [row["member"] for row in shown if row["member"]]]},
			fields=["name", "mobile"],
			as_list=True,
		)
	)
	lang = policy.language()
	for row in shown:
		mobile = mobiles.get(row["member"]) or ""
		row["mobile"] = persian.to_persian_digits(mobile) if lang == "fa" else mobile
	return shown


def batch(doc: Any) -> dict[str, Any]:
	"""The Loyalty Card Batch form: how many are made and printed, how many went out, the files, and the design."""
	style = policy.style()
	look = card_print.design_of(doc.design, doc.kind)
	printing = doc.print_status == "Printing"
	done = card_print.progress(doc) if printing else doc.made or 0
	doctype = batches.kind_of(doc)
	blank = frappe.db.count(doctype, {"batch": doc.name, "status": "Blank"}) if doc.docstatus == 1 else 0
	return {
		"status": doc.status,
		"print_status": doc.print_status or "",
		"quantity": style.number(Decimal(doc.quantity or 0)),
		"done": style.number(Decimal(done)),
		"share": done / doc.quantity if doc.quantity else 0,
		"blank": style.number(Decimal(blank)),
		"printed_on": style.day(getdate(doc.printed_on)) if doc.printed_on else "",
		"may_print": doc.status == "Ready"
		and not printing
		and not (doc.kind == "Gift Card" and doc.printed_on),
		"design": look.name if not look.is_new() else "",
		"preview": card_print.preview(look, doc),
		"files": [
			{"name": row.file_name, "url": row.file_url, "size": style.number(Decimal(row.file_size // 1024))}
			for row in card_print.files(doc)
		],
	}
