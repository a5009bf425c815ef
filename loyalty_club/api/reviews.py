"""What a browser may ask about tier reviews that a manager approves: finding members, how far it is, going on."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.engine import reviews


def _review(name: str, ptype: str) -> Any:
	doc = frappe.get_doc(reviews.REVIEW, name)
	doc.check_permission(ptype)
	return doc


@frappe.whitelist(methods=["POST"])
def find(review: str) -> dict[str, Any]:
	"""Fills a draft of a Club Tier Review with the members whose term ends. `found`: how many; `more`: whether others
	are left for another review."""
	doc = _review(review, "write")
	reviews.check_approver()
	return reviews.find(doc, policy.club_today())


@frappe.whitelist()
def panel(review: str) -> dict[str, Any]:
	"""What a Club Tier Review says as a whole: who would go where, how far it is, what the tiers are called."""
	doc = _review(review, "read")
	program = policy.in_force(doc.program)
	style = policy.style(program.rules if program else None)
	rows = reviews.rows_of(doc.name)

	def number(count: int) -> str:
		return style.number(Decimal(count))

	ways = Counter((row.tier, row.tier_after) for row in rows if row.decision == reviews.RULES)
	outcomes = Counter(row.outcome for row in rows if row.outcome)
	days = sorted({row.decided_on for row in rows if row.outcome == reviews.WAITING})
	done = len(rows) - outcomes[reviews.WAITING]
	return {
		"count": number(len(rows)),
		"lost": number(sum(count for (tier, after), count in ways.items() if tier != after)),
		"kept": number(sum(count for (tier, after), count in ways.items() if tier == after)),
		"by_hand": number(sum(row.decision == reviews.KEEP for row in rows)),
		"ways": [
			[style.title(tier), style.title(after) or _("no tier"), number(count)]
			for (tier, after), count in sorted(ways.items())
			if tier != after
		],
		"outcomes": [[outcome, number(count)] for outcome, count in sorted(outcomes.items())],
		"done": number(done),
		"share": done / len(rows) if rows else 1,
		"failed": number(sum(bool(row.error) for row in rows)) if any(row.error for row in rows) else "",
		"next_day": style.day(days[0]) if days else "",
		"due": bool(days and days[0] <= policy.club_today()),
		"found_at": style.day(frappe.utils.getdate(doc.found_at)) if doc.found_at else "",
		"titles": {name: style.title(name) for row in rows for name in (row.tier, row.tier_after) if name},
	}


@frappe.whitelist(methods=["POST"])
def go_on(review: str) -> None:
	"""Goes on with the decisions of an approved review whose worker was lost."""
	doc = _review(review, "submit")
	if doc.docstatus != 1:
		frappe.throw(_("{0} is not approved.").format(review))
	reviews.start(doc)


@frappe.whitelist(methods=["POST"])
def withdraw(review: str) -> int:
	"""Takes the approval back for members who are not decided yet; how many they are."""
	doc = _review(review, "cancel")
	if doc.docstatus != 1:
		frappe.throw(_("{0} is not approved.").format(review))
	return reviews.withdraw(doc)
