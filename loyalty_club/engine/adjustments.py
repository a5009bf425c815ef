"""What a Club Adjustment would do, before it is submitted: to a member's points or money, or to a gift card's. Moves
nothing (`engine.post.submit_adjustment` does).

Its limit is set in points; money counts as the points it is worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from frappe import _
from frappe.utils import getdate

from loyalty_club import ledger, policy
from loyalty_club.core import words
from loyalty_club.core.errors import ClubError
from loyalty_club.core.model import ZERO
from loyalty_club.engine import gift_cards, members, post
from loyalty_club.policy import InForce, exact

KINDS = {  # what each wallet may be adjusted as; "Imported" is for importers
	"Points": ("Opening Balance", "Correction", "Gift"),
	"Cash Credit": ("Paid In", "Paid Out", "Opening Balance", "Correction"),
	"Gift Credit": ("Gift", "Opening Balance", "Correction"),
	"Gift Card": ("Gift", "Paid In", "Paid Out", "Opening Balance", "Correction"),
}


def program_of(doc: Any) -> InForce | None:
	"""The program whose points or money are adjusted; None while nobody is chosen, or it is not in force."""
	name = None
	if doc.wallet == "Gift Card":
		name = gift_cards.by_name(doc.gift_card).program if doc.gift_card else None
	elif doc.member:
		name = members.by_name(doc.member).program
	return policy.in_force(name) if name else None


def over_limit(doc: Any, program: InForce) -> str:
	"""The limit, in words, where an adjustment is above what one person may do alone; "" where it is not."""
	limit = exact(policy.settings().adjustment_limit)
	wallet = doc.wallet or "Points"
	if not limit or policy.in_points(program.rules, abs(exact(doc.points)), wallet) <= limit:
		return ""
	style = policy.style(program.rules)
	value = program.rules.spending.point_value
	if wallet == "Points" or not value:
		return style.quantity(limit, "Points")
	return _("{0} ({1} points)").format(style.money(limit * value), style.number(limit))


def preview(doc: Any) -> dict[str, Any]:
	"""What the form shows of an adjustment, saved or not: what the wallet holds, what it would hold, the kinds that
	there are, the limit if it is above it, and as `refused` what stands in the way."""
	wallet = doc.wallet or "Points"
	shown: dict[str, Any] = {"kinds": KINDS[wallet], "modes": sorted(policy.MODES.values())}
	program = program_of(doc)
	if program is None:
		return shown
	style = policy.style(program.rules)
	shown |= {
		"currency": program.rules.currency,
		"program_status": program.status,
		"companies": list(program.companies),
		"whole_text": style.quantity(abs(exact(doc.points)), wallet) if doc.points else "",
		"limit": over_limit(doc, program),
	}
	account = gift_cards.by_name(doc.gift_card).account if wallet == "Gift Card" else None
	if wallet != "Gift Card":
		member = members.survivor(members.by_name(doc.member))
		shown["status"] = member.status
		account = members.wallet_of(member.name, wallet)
	if not account:
		after = {"after_text": style.quantity(exact(doc.points), wallet)} if exact(doc.points) > 0 else {}
		return {**shown, "now_text": style.quantity(ZERO, wallet), **after}
	return {**shown, **_before_and_after(doc, program, account, style)}


def _before_and_after(doc: Any, program: InForce, name: str, style: words.Style) -> dict[str, Any]:
	day = getdate(doc.posting_date) if doc.posting_date else policy.club_today()
	act = ledger.Act("Club Adjustment", post.DRAFT, "", "preview")
	session = post.open_session(program, act, company=None, branch=None, until=day, dry=True)
	session.store.open([name])
	account = session.store.account(name)
	session.club.advance(account, day)
	available = account.available(max(day, account.clock))

	def said(quantity: Decimal) -> str:
		return style.quantity(quantity, account.wallet)

	shown = {"now_text": said(account.balance)}
	if available != account.balance:
		shown["available_text"] = said(available)
	points = exact(doc.points)
	if not points or doc.docstatus:
		return shown
	try:
		session.club.adjust(post.DRAFT, name, points, day, doc.reason or "")
	except ClubError as refused:
		return {**shown, "refused": refused.text(style)}
	return {**shown, "after_text": said(account.balance)}
