"""What the Point of Sale page shows of the member whose cart it is, ready to be shown.

Asks the engine for everything that is a number, and adds what only a till wants to know; decides and computes nothing.
Permissions are checked by whoever calls it (`api.till`).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _

from loyalty_club import figures, jalali, policy
from loyalty_club.engine import draft

BIRTHDAY_NEAR = timedelta(days=3)


def wallet_modes() -> dict[str, str]:
	"""The modes of payment that are the club's -> the wallet each is."""
	found = {}
	for name in figures.programs():
		program = policy.in_force(name)
		for company in program.companies.values() if program else ():
			if company.mode_of_payment:
				found[company.mode_of_payment] = "Points"
	return found


def cart(doc: Any) -> dict[str, Any]:
	"""The cart at the Point of Sale: what the form of an invoice shows, and the member's birthday."""
	shown = draft.panel(doc)
	if shown.get("member"):
		shown["birthday"] = _birthday(shown["member"])
	if "redeem_value" in shown:
		rate = policy.exact(doc.get("conversion_rate") or 1)
		shown["redeem_tender"] = float(policy.exact(shown["redeem_value"]) / rate)
	return shown


def _birthday(member: str) -> str:
	"""Words for a birthday, in the Jalali calendar, that is today or in the next days."""
	month, day = frappe.db.get_value("Club Member", member, ["birth_month", "birth_day"]) or (0, 0)
	if not month or not day:
		return ""
	today = policy.club_today()
	this_year = jalali.to_jalali(today)[0]
	days: list[date] = [jalali.birthday(month, day, year) for year in (this_year, this_year + 1)]
	following = min(each for each in days if each >= today)
	if following == today:
		return _("Birthday today")
	near = following - today <= BIRTHDAY_NEAR
	return _("Birthday on {0}").format(policy.style().day(following)) if near else ""
