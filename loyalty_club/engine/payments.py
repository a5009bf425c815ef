"""Awards and gift cards that wait for payment: notes which invoices a voucher touched, looks at them once it is done.

An invoice owes nothing when its outstanding amount is zero and no cheque that pays it is still uncleared. Payment
Entry and Journal Entry settle at their end; reconciliation and everything else before the transaction commits.
"""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club import policy
from loyalty_club.engine import gift_sales, post

DOCTYPES = ("Sales Invoice",)


def touch(doctype: str | None, name: str | None, *, own: bool = False) -> None:
	"""What an invoice owes may have changed. own: by the invoice itself, which looks after its gift cards."""
	if doctype not in DOCTYPES or not name:
		return
	if (own or not policy.settings().gift_card_item) and not _any_program_waits():
		return
	touched: dict[tuple[str, str], None] | None = getattr(frappe.local, "loyalty_club_touched", None)
	if touched is None:
		touched = frappe.local.loyalty_club_touched = {}
	if not touched:
		frappe.db.before_commit.add(settle_touched)
	touched[doctype, name] = None


def _any_program_waits() -> bool:
	"""Whether awards of any program in force wait for payment; answered from the cache."""
	for name in active_programs():
		program = policy.in_force(name)
		if program is not None and program.rules.earning.award == "when_paid":
			return True
	return False


def active_programs() -> list[str]:
	"""Names of the programs that have been put in force."""
	found = frappe.cache.get_value("loyalty_club_programs")
	if found is None:
		found = frappe.get_all("Club Program", filters={"active_version": ["is", "set"]}, pluck="name")
		frappe.cache.set_value("loyalty_club_programs", found)
	names: list[str] = found
	return names


def settle_touched() -> None:
	"""Looks at every invoice noted since the last time."""
	touched = getattr(frappe.local, "loyalty_club_touched", None)
	while touched:
		doctype, name = next(iter(touched))
		del touched[doctype, name]
		_settle(doctype, name)


def _settle(doctype: str, name: str) -> None:
	if _any_program_waits():
		post.settle(doctype, name)
	gift_sales.settle(doctype, name)


def cheque_changed(doc: Any) -> None:
	"""A payment's clearance date was set or taken away."""
	modes = {row.mode_of_payment for row in policy.settings().get("cheque_modes") or []}
	if doc.mode_of_payment not in modes:
		return
	for row in doc.references:
		if row.reference_doctype in DOCTYPES:
			_settle(row.reference_doctype, row.reference_name)
