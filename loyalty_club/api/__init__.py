"""Every function that a browser may call: typed, permission-checked; each hands over to the module that does it.

Here the desk's own; beside it one module a field of work (the till, gift cards, transfers, …).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import frappe
from frappe import _

from loyalty_club import figures, panels, persian, policy, printing, till_panels
from loyalty_club.core import program as programs
from loyalty_club.core.program import ProgramError
from loyalty_club.engine import adjustments, draft, gift_sales, members, post
from loyalty_club.engine.invoice import DOCTYPES

JOIN_AT_ONCE = 500  # as many as a list shows


# ---------------------------------------------------------------------------------------------- program


def _program(name: str, ptype: str) -> Any:
	doc = frappe.get_doc("Club Program", name)
	doc.check_permission(ptype)
	return doc


@frappe.whitelist(methods=["POST"])
def put_in_force(program: str) -> dict[str, Any]:
	"""Makes the rules of a Club Program's form count from now on; tells the version."""
	doc = _program(program, "write")
	before = doc.active_version
	version = doc.put_in_force()
	return {"version": version, "new": version != before, "version_number": panels.version(doc)["number"]}


@frappe.whitelist(methods=["POST"])
def close_program(program: str) -> None:
	"""Ends a program: nothing is earned or spent any more."""
	_program(program, "write").close()


@frappe.whitelist()
def program_panel(program: str) -> dict[str, Any]:
	"""What a Club Program's form means in words, and how it stands to the version in force."""
	return panels.program(_program(program, "read"))


@frappe.whitelist()
def program_dangers(program: str, margin: str | float | None = None) -> list[dict[str, str]]:
	"""What is dangerous in a Club Program's form. margin: gross margin in percent, in any digits; empty if unknown."""
	doc = _program(program, "read")
	text = persian.to_latin_digits(str(margin or "")).replace("٫", ".").strip(" %٪")
	try:
		percent = Decimal(text) if text else None
	except InvalidOperation:
		percent = Decimal(-1)
	if percent is not None and not 0 <= percent <= 100:
		frappe.throw(_("Write the margin as a percentage from 0 to 100."))
	return panels.dangers(doc, percent / 100 if percent else None)


@frappe.whitelist()
def export_program(program: str) -> dict[str, str]:
	"""A Club Program's form as the file that the command line reads: its name and text."""
	doc = _program(program, "read")
	try:
		text = programs.dumps(policy.rules_of_form(doc))
	except ProgramError as wrong:
		frappe.throw(wrong.text(policy.style()), title=_("This program cannot be meant"))
	return {"name": f"{frappe.scrub(doc.name)}.program.json", "text": text}


@frappe.whitelist(methods=["POST"])
def import_program(text: str, program: str | None = None) -> str:
	"""Fills a Club Program's form, or a new one, from a program file's text. Companies and accounts stay. Not in force
	before it is put in force. Returns the program's name."""
	try:
		rules = programs.loads(text)
	except ProgramError as wrong:
		frappe.throw(wrong.text(policy.style()), title=_("This file is no program"))
	if program:
		doc = _program(program, "write")
	else:
		frappe.has_permission("Club Program", "create", throw=True)
		if frappe.db.exists("Club Program", rules.name):
			frappe.throw(
				_("There is a program {0} already. Open it and import there.").format(rules.name),
			)
		doc = frappe.new_doc("Club Program")
		doc.program_name = rules.name
	policy.to_form(doc, rules)
	_refuse_unknown_choices(doc)
	doc.save()
	return str(doc.name)


def _refuse_unknown_choices(doc: Any) -> None:
	"""A file of another shop may name what this site does not have: left in, it would exclude nothing."""
	unknown = [
		f"{_(row.choice)}: {row.value}"
		for row in [*doc.exclude, *doc.not_payable]
		if not frappe.db.exists(row.choice, row.value)
	]
	if unknown:
		frappe.throw(
			_(
				"This site does not have what the file names. Make it first, or take it out of the file: {0}"
			).format(", ".join(dict.fromkeys(unknown))),
			title=_("Unknown on this site"),
		)


# ---------------------------------------------------------------------------------------------- panels


@frappe.whitelist()
def customer_group_panel(customer_group: str) -> dict[str, Any]:
	"""How a Customer Group scores, and what stands in its tier."""
	frappe.has_permission("Customer Group", "read", customer_group, throw=True)
	frappe.has_permission("Club Program", "read", throw=True)
	return panels.customer_group(customer_group)


@frappe.whitelist()
def customer_panel(customer: str) -> dict[str, Any]:
	"""A Customer's memberships, and what the CRM knows."""
	frappe.has_permission("Customer", "read", customer, throw=True)
	frappe.has_permission("Club Member", "read", throw=True)
	return panels.customer(customer)


@frappe.whitelist(methods=["POST"])
def join_club(
	customer: str, program: str | None = None, mobile: str | None = None, at_till: bool = False
) -> str:
	"""Makes a Customer a member; returns the Club Member. mobile: empty for the one ERPNext knows."""
	frappe.has_permission("Customer", "read", customer, throw=True)
	frappe.has_permission("Club Member", "create", throw=True)
	details = {"mobile": mobile} if mobile else {}
	channel = "Point of Sale" if frappe.utils.sbool(at_till) else ""
	return str(members.join(customer, program or None, channel, **details).name)


@frappe.whitelist(methods=["POST"])
def join_many(customers: str | list[str], program: str) -> dict[str, Any]:
	"""Makes Customers members of a program: how many `joined` and were members `already`, and who was `refused`, each
	with why; one that cannot join keeps nobody else out. At most 500 at once."""
	frappe.has_permission("Club Member", "create", throw=True)
	names = frappe.parse_json(customers)
	if len(names) > JOIN_AT_ONCE:
		frappe.throw(_("At most {0} customers at once.").format(JOIN_AT_ONCE))
	joined, already = 0, 0
	refused = []
	for name in names:
		if frappe.db.exists("Club Member", {"customer": name, "program": program, "status": "Active"}):
			already += 1
			continue
		frappe.db.savepoint("loyalty_club_join_many")
		try:
			join_club(name, program)
			joined += 1
		except (frappe.ValidationError, frappe.PermissionError) as error:
			frappe.db.rollback(save_point="loyalty_club_join_many")
			frappe.clear_last_message()
			refused.append(
				{"customer": name, "why": frappe.utils.strip_html(str(error)) or _("Not permitted")}
			)
	number = policy.style().number
	return {
		"joined": joined,
		"joined_text": number(Decimal(joined)),
		"already": already,
		"already_text": number(Decimal(already)),
		"refused": refused,
	}


@frappe.whitelist(methods=["POST"])
def issue_card(member: str) -> str:
	"""Makes a new card for a member; returns its number."""
	frappe.has_permission("Club Member", "read", member, throw=True)
	frappe.has_permission("Loyalty Card", "create", throw=True)
	return str(members.issue_card(member).name)


# ---------------------------------------------------------------------------------------------- member and card


@frappe.whitelist()
def member_panel(member: str) -> dict[str, Any]:
	"""A member's balance, tier and cards."""
	frappe.has_permission("Club Member", "read", member, throw=True)
	return panels.member(member)


@frappe.whitelist()
def card_panel(card: str) -> dict[str, Any]:
	"""A card's number as it is printed, its barcode and QR."""
	frappe.has_permission("Loyalty Card", "read", card, throw=True)
	return panels.card(frappe.get_doc("Loyalty Card", card))


@frappe.whitelist(methods=["POST"])
def block_card(card: str, reason: str = "") -> str:
	"""Blocks a lost card; returns its status."""
	frappe.has_permission("Loyalty Card", "write", card, throw=True)
	return str(members.block_card(card, reason).status)


@frappe.whitelist(methods=["POST"])
def unblock_card(card: str) -> str:
	"""Makes a blocked card count again; returns its status."""
	frappe.has_permission("Loyalty Card", "write", card, throw=True)
	return str(members.unblock_card(card).status)


@frappe.whitelist(methods=["POST"])
def replace_card(card: str, reason: str = "", number: str = "") -> str:
	"""Puts a new card in place of a lost or worn one; the points stay the member's. number: of the blank card that is
	handed out for it; empty makes a new number. Returns the new card's number."""
	frappe.has_permission("Loyalty Card", "write", card, throw=True)
	frappe.has_permission("Loyalty Card", "create", throw=True)
	return str(members.replace_card(card, reason, number).name)


@frappe.whitelist(methods=["POST"])
def set_pin(member: str, pin: str) -> None:
	"""Gives a member a new PIN of 4 to 8 digits."""
	frappe.has_permission("Club Member", "write", member, throw=True)
	members.set_pin(member, pin)


@frappe.whitelist(methods=["POST"])
def leave_club(member: str) -> None:
	"""Ends a membership; points and history stay."""
	frappe.has_permission("Club Member", "write", member, throw=True)
	members.leave(member)


@frappe.whitelist(methods=["POST"])
def come_back(member: str) -> None:
	"""Makes a member who had left active again."""
	frappe.has_permission("Club Member", "write", member, throw=True)
	members.come_back(member)


@frappe.whitelist()
def adjustment_panel(adjustment: str) -> dict[str, Any]:
	"""What a Club Adjustment's form shows: what its wallet holds before and after, which kinds there are, whether it
	needs a second person. adjustment: the form's document as JSON; nothing is saved."""
	frappe.has_permission("Club Adjustment", "read", throw=True)
	given = frappe.parse_json(adjustment)
	if not isinstance(given, dict) or given.get("wallet") not in adjustments.KINDS:
		frappe.throw(_("This is no adjustment."))
	for doctype, name in (("Club Member", given.get("member")), ("Gift Card", given.get("gift_card"))):
		if name:
			frappe.has_permission(doctype, "read", name, throw=True)
	return adjustments.preview(frappe._dict(given))


# ---------------------------------------------------------------------------------------------- sales invoice


def draft_invoice(text: str) -> Any:
	"""An unsaved Sales Invoice or POS Invoice as the form or the till has it, checked for what its user may see. Never
	saved: it is only looked at."""
	given = frappe.parse_json(text)
	if not isinstance(given, dict) or given.get("doctype") not in DOCTYPES:
		frappe.throw(_("This is no sales invoice."))
	kind, name = given["doctype"], given.get("name")
	frappe.has_permission(kind, "create", throw=True)
	if name and not given.get("__islocal") and frappe.db.exists(kind, name):
		frappe.has_permission(kind, "read", name, throw=True)
	for doctype in ("Customer", "Company"):
		if given.get(frappe.scrub(doctype)):
			known = frappe.get_cached_doc(doctype, given[frappe.scrub(doctype)])
			frappe.has_permission(doctype, "read", known, throw=True)
	if given.get("return_against"):
		frappe.has_permission(kind, "read", given["return_against"], throw=True)
	given["items"] = [row for row in given.get("items") or [] if row.get("item_code") or row.get("item_name")]
	given["docstatus"] = 0
	doc = frappe.get_doc(given)
	if doc.get("items"):
		gift_sales.recall(doc)
		doc.calculate_taxes_and_totals()
	return doc


@frappe.whitelist()
def find_member(text: str, company: str | None = None) -> dict[str, Any]:
	"""Whom a scanned card, a typed card number, mobile or membership code names. Raises ValidationError with what to
	do if nobody."""
	frappe.has_permission("Sales Invoice", "create", throw=True)
	found = members.find(text, company or None)
	customer = found.member.customer
	frappe.has_permission("Customer", "read", customer, throw=True)
	return {
		"member": found.member.name,
		"customer": customer,
		"customer_name": frappe.get_cached_value("Customer", customer, "customer_name"),
		"status": found.member.status,
		"by": found.by,
	}


@frappe.whitelist(methods=["POST"])
def invoice_panel(doc: str) -> dict[str, Any]:
	"""What the Loyalty Club section of a drafted Sales Invoice or POS Invoice shows: member, balance, what it will earn
	and why, the most that points and credit may pay, and what is left for other tenders. doc: the form's document as
	JSON; nothing is saved. Anything that stands in the way comes back as `error`."""
	try:
		shown = till_panels.cart(draft_invoice(doc))
	except frappe.ValidationError as wrong:
		frappe.clear_messages()
		return {"error": str(wrong)}
	if shown.get("customer"):
		frappe.has_permission("Customer", "read", shown["customer"], throw=True)
	shown["may_join"] = bool(shown.get("may_join")) and bool(frappe.has_permission("Club Member", "create"))
	return shown


def _invoice(doctype: str, name: str, ptype: str) -> Any:
	if doctype not in DOCTYPES:
		frappe.throw(_("This is no sales invoice."))
	frappe.has_permission(doctype, ptype, name, throw=True)
	return frappe.get_doc(doctype, name)


@frappe.whitelist(methods=["POST"])
def prove_pin(member: str, pin: str) -> str:
	"""A proof, good for a quarter of an hour and for the present user, that the member's PIN was told."""
	frappe.has_permission("Sales Invoice", "create", throw=True)
	return draft.prove(member, pin)


@frappe.whitelist()
def invoice_facts(invoice: str, doctype: str = "Sales Invoice") -> dict[str, Any]:
	"""What a submitted Sales Invoice or POS Invoice did to the member's points; empty if nothing."""
	return printing.invoice_facts(_invoice(doctype, invoice, "read")) or {}


@frappe.whitelist(methods=["POST"])
def retry_award(invoice: str, doctype: str = "Sales Invoice") -> bool:
	"""Tries again to give the points of an invoice whose award failed; whether they are given now."""
	return post.retry(_invoice(doctype, invoice, "submit"))


# ---------------------------------------------------------------------------------------------- number cards


UNSEEN = "–"  # a workspace shows its cards to everybody who may open it


def _number(number: Decimal | int) -> str:
	return policy.style().number(Decimal(number))


@frappe.whitelist()
def card_members(filters: Any = None) -> str:
	"""Number card: members of the programs that are not closed."""
	if not frappe.has_permission("Club Member", "read"):
		return UNSEEN
	return _number(figures.members_in(figures.programs(("Active", "Draft"))))


@frappe.whitelist()
def card_outstanding(filters: Any = None) -> str:
	"""Number card: outstanding points of all members."""
	if not frappe.has_permission("Club Ledger Entry", "read"):
		return UNSEEN
	return _number(figures.outstanding().points)


@frappe.whitelist()
def card_earned(filters: Any = None) -> str:
	"""Number card: points earned this month, in the club's calendar."""
	if not frappe.has_permission("Club Ledger Entry", "read"):
		return UNSEEN
	return _number(figures.earned_since(figures.first_of_month(policy.club_today())))
