"""The club's fields on ERPNext's forms: one definition for install, migrate and uninstall."""

from __future__ import annotations

from typing import Any

import frappe

MODULE = "Loyalty Club"
PRINT = "{{ loyalty_club_of(doc) }}"


def _invoice(place: str, print_place: str) -> list[dict[str, Any]]:
	"""The fields of a Sales Invoice or POS Invoice."""
	return [
		{
			"fieldname": "club_section",
			"label": "Loyalty Club",
			"fieldtype": "Section Break",
			"insert_after": place,
			"collapsible": 0,
		},
		{
			"fieldname": "club_card",
			"label": "Card, Mobile or Code",
			"fieldtype": "Data",
			"insert_after": "club_section",
			"no_copy": 1,
			"print_hide": 1,
			"length": 40,
			"description": "Scan the card, or type the mobile number",
		},
		{
			"fieldname": "club_member",
			"label": "Club Member",
			"fieldtype": "Link",
			"options": "Club Member",
			"insert_after": "club_card",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"search_index": 0,  # `install.FOREIGN_INDEXES` begins with it
		},
		{
			"fieldname": "club_status",
			"label": "Points Status",
			"fieldtype": "Select",
			"options": "\nPosted\nWaiting\nFailed",
			"insert_after": "club_member",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"length": 20,
			"in_standard_filter": 1,
		},
		{
			"fieldname": "club_withhold",
			"label": "Withhold the Value of Missing Points",
			"fieldtype": "Check",
			"insert_after": "club_status",
			"depends_on": "eval:doc.is_return && (doc.club_withhold || doc.__club_missing)",
			"description": "Points that were spent already are paid for from the refund",
			"no_copy": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "club_refund_as_credit",
			"label": "Keep the Refund as Credit",
			"fieldtype": "Check",
			"insert_after": "club_withhold",
			"depends_on": "eval:doc.is_return && doc.club_member",
			"description": "What would be paid out in money stays as the member's Cash Credit",
			"no_copy": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "club_proof",
			"fieldtype": "Data",
			"insert_after": "club_refund_as_credit",
			"hidden": 1,
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"length": 60,
		},
		{  # made by the till for each sale: the same sale sent twice over a bad connection is one document
			"fieldname": "club_till_key",
			"fieldtype": "Data",
			"insert_after": "club_proof",
			"hidden": 1,
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"report_hide": 1,
			"unique": 1,
			"length": 40,
		},
		{"fieldname": "club_column", "fieldtype": "Column Break", "insert_after": "club_till_key"},
		{
			"fieldname": "club_panel",
			"fieldtype": "HTML",
			"options": "",
			"insert_after": "club_column",
			"print_hide": 1,
		},
		{
			"fieldname": "club_redeem_section",
			"fieldtype": "Section Break",
			"insert_after": "club_panel",
			"depends_on": "eval:(doc.club_redemptions || []).length",
			"hide_border": 1,
		},
		{
			"fieldname": "club_redemptions",
			"label": "Paid by Points, Credit and Gift Cards",
			"fieldtype": "Table",
			"options": "Club Redemption",
			"insert_after": "club_redeem_section",
			"no_copy": 1,
			"print_hide": 1,
		},
		{  # copied with the document's discount, which it is a part of: a copy without points loses both
			"fieldname": "club_discount",
			"label": "Taken Off by Points, before Tax",
			"fieldtype": "Currency",
			"options": "currency",
			"insert_after": "club_redemptions",
			"depends_on": "eval:doc.club_discount",
			"read_only": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "club_print_section",
			"fieldtype": "Section Break",
			"insert_after": print_place,
			"hidden": 1,
		},
		{
			"fieldname": "club_print",
			"fieldtype": "HTML",
			"options": PRINT,
			"insert_after": "club_print_section",
			"hidden": 1,
		},
	]


def _gift_card_row() -> list[dict[str, Any]]:
	"""Which gift card a row sells or tops up. On a return the server takes it from the original's row."""
	return [
		{
			"fieldname": "club_gift_card",
			"label": "Gift Card",
			"fieldtype": "Data",
			"insert_after": "item_code",
			"description": "Scan the gift card that is sold",
			"no_copy": 1,
			"print_hide": 1,
			"search_index": 1,
			"length": 40,
		},
	]


FIELDS: dict[str, list[dict[str, Any]]] = {
	"Sales Invoice": _invoice("before:accounting_dimensions_section", "before:payments_tab"),
	"POS Invoice": _invoice("before:accounting_dimensions_section", "before:terms_section_break"),
	"POS Profile": [
		{
			"fieldname": "club_branch",
			"label": "Branch",
			"fieldtype": "Link",
			"options": "Branch",
			"insert_after": "company",
			"description": "For the customer club: where this till stands",
			"depends_on": "eval:!frappe.meta.has_field('POS Profile', 'branch')",
		},
	],
	"Sales Invoice Item": _gift_card_row(),
	"POS Invoice Item": _gift_card_row(),
	"Customer": [
		{
			"fieldname": "club_tab",
			"label": "Loyalty Club",
			"fieldtype": "Tab Break",
			"insert_after": "loyalty_program_tier",
		},
		{"fieldname": "club_panel", "fieldtype": "HTML", "insert_after": "club_tab"},
	],
	"Customer Group": [
		{
			"fieldname": "club_section",
			"label": "Loyalty Club",
			"fieldtype": "Section Break",
			"insert_after": "payment_terms",
		},
		{"fieldname": "club_panel", "fieldtype": "HTML", "insert_after": "club_section"},
	],
}


def fields() -> dict[str, list[dict[str, Any]]]:
	"""The definition, each field marked as the app's. "before:x" is the place before ERPNext's own field x, whatever
	this version of ERPNext has there."""
	return {
		doctype: [
			{**field, "module": MODULE, "insert_after": _place(doctype, field["insert_after"])}
			for field in rows
		]
		for doctype, rows in FIELDS.items()
	}


def _place(doctype: str, given: str) -> str:
	if not given.startswith("before:"):
		return given
	names: list[str] = frappe.get_all(
		"DocField",
		filters={"parent": doctype, "parenttype": "DocType"},
		pluck="fieldname",
		order_by="idx asc",
	)
	return names[names.index(given.removeprefix("before:")) - 1]
