"""Cards in daily life: the printer's files, handing out, finding a lost one."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import card_panels, card_print
from loyalty_club.engine import batches, members

# ---------------------------------------------------------------------------------------------- design and batch


@frappe.whitelist(methods=["POST"])
def design_preview(doc: str) -> dict[str, str]:
	"""Front and back of a Club Card Design as its form has it, as SVG. doc: the document as JSON; nothing is saved."""
	frappe.has_permission("Club Card Design", "read", throw=True)
	given = frappe.parse_json(doc)
	if not isinstance(given, dict) or given.get("doctype") != "Club Card Design":
		frappe.throw(_("This is no card design."))
	return card_print.preview(frappe.get_doc(given))


def _batch(name: str, ptype: str) -> Any:
	doc = frappe.get_doc(batches.BATCH, name)
	doc.check_permission(ptype)
	return doc


@frappe.whitelist()
def batch_panel(batch: str) -> dict[str, Any]:
	"""How far a Loyalty Card Batch is, its files, and how it looks."""
	return card_panels.batch(_batch(batch, "read"))


@frappe.whitelist(methods=["POST"])
def resume_batch(batch: str) -> None:
	"""Goes on with the cards of a Loyalty Card Batch whose making stopped."""
	doc = _batch(batch, "submit")
	if doc.docstatus != 1 or doc.status == "Ready":
		frappe.throw(_("There is nothing left to make in {0}.").format(batch))
	batches.start(doc)


@frappe.whitelist(methods=["POST"])
def print_batch(batch: str) -> None:
	"""Makes the card printer's file of a Loyalty Card Batch; large ones are made by a worker."""
	card_print.start(_batch(batch, "print"))


@frappe.whitelist()
def print_card(card: str) -> None:
	"""Front and back of one Loyalty Card as a PDF to download."""
	doc = frappe.get_doc("Loyalty Card", card)
	doc.check_permission("print")
	if doc.status not in ("Blank", "Active"):
		frappe.throw(_("Card {0} no longer works and is not printed.").format(card_panels.number(doc.name)))
	frappe.local.response.filename = f"{doc.name[-4:]}.pdf"
	frappe.local.response.filecontent = card_print.card_file(doc)
	frappe.local.response.type = "pdf"


# ---------------------------------------------------------------------------------------------- daily life


@frappe.whitelist(methods=["POST"])
def hand_out(number: str, member: str) -> str:
	"""Makes a blank card a member's. number: scanned or typed; member: a membership code. Returns the card's number."""
	frappe.has_permission("Club Member", "read", member, throw=True)
	frappe.has_permission("Loyalty Card", "write", throw=True)
	return str(members.hand_out(number, member).name)


@frappe.whitelist()
def find(text: str = "", status: str = "") -> list[dict[str, Any]]:
	"""The cards that a number, its last four digits, a mobile, a membership code or a customer's name says, the latest
	first. status: of the card; empty for any."""
	frappe.has_permission("Loyalty Card", "read", throw=True)
	return card_panels.found(members.find_cards(text, status))
