"""What a browser may ask about transfers between members: previews, codes, and making them.

Staff only, as yet: `_may_give` is the one place that says who may act for a giver.
"""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club import policy
from loyalty_club.engine import members, transfers
from loyalty_club.policy import exact


def _may_give(giver: str) -> None:
	"""Refuses whoever may not prepare a transfer of this member's: staff who may make transfers and see the member."""
	frappe.has_permission("Club Transfer", "create", throw=True)
	frappe.has_permission("Club Member", "read", giver, throw=True)


def _saved(transfer: str) -> Any:
	"""A transfer whose confirmation the user may take: who may make it."""
	doc = frappe.get_doc("Club Transfer", transfer)
	doc.check_permission("submit")
	return doc


@frappe.whitelist()
def find(text: str, company: str | None = None) -> dict[str, str]:
	"""Whom a scanned card, a typed card number, mobile or membership code names, to give or to receive."""
	frappe.has_permission("Club Transfer", "create", throw=True)
	found = members.find(text, company or None).member
	frappe.has_permission("Club Member", "read", found.name, throw=True)
	return {"member": found.name, "status": found.status}


@frappe.whitelist()
def preview(
	giver: str,
	receiver: str | None = None,
	wallet: str = "Points",
	quantity: str | float | None = None,
	posting_date: str | None = None,
) -> dict[str, Any]:
	"""What a transfer would do: what the giver has, the most that may go, the limits in words, its worth, and as
	`refused` what stands in the way. quantity: points, or money of the program's currency."""
	_may_give(giver)
	day = frappe.utils.getdate(posting_date) if posting_date else policy.club_today()
	return transfers.preview(giver, receiver or None, wallet, exact(quantity or 0), day)


@frappe.whitelist(methods=["POST"])
def make(
	giver: str,
	receiver: str,
	quantity: str | float,
	company: str,
	pin: str,
	wallet: str = "Points",
	why: str = "",
) -> str:
	"""Makes a transfer that the giver's PIN confirms, all at once; returns its name. Nothing is written if anything
	stands in the way."""
	_may_give(giver)
	doc = frappe.get_doc(
		{
			"doctype": "Club Transfer",
			"giver": giver,
			"receiver": receiver,
			"wallet": wallet,
			"quantity": quantity,
			"company": company,
			"why": why,
			"posting_date": policy.club_today(),
		}
	)
	doc.insert()
	transfers.confirm_by_pin(_saved(doc.name), pin)
	return str(doc.name)


@frappe.whitelist(methods=["POST"])
def confirm_by_pin(transfer: str, pin: str) -> None:
	"""Makes a saved transfer, confirmed by the giver's PIN."""
	transfers.confirm_by_pin(_saved(transfer), pin)


@frappe.whitelist(methods=["POST"])
def request_code(transfer: str) -> str:
	"""Sends the giver a code for a saved transfer, good for ten minutes; returns the masked mobile it went to."""
	return transfers.request_code(_saved(transfer))


@frappe.whitelist(methods=["POST"])
def confirm_by_code(transfer: str, code: str) -> None:
	"""Makes a saved transfer, confirmed by the code that the giver got."""
	transfers.confirm(_saved(transfer), code)


@frappe.whitelist(methods=["POST"])
def approve(transfer: str, reason: str) -> None:
	"""Makes a saved transfer without the giver's code, because a club manager says so; the statement shows why."""
	frappe.only_for(transfers.APPROVERS)
	transfers.approve(_saved(transfer), reason)


@frappe.whitelist()
def ways() -> dict[str, bool]:
	"""How the present user may have a transfer confirmed: whether codes can be sent, whether without one."""
	frappe.has_permission("Club Transfer", "create", throw=True)
	return {"code": transfers.can_send_codes(), "approval": transfers.may_approve()}
