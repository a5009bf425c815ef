"""How key figures are shown: their names, the goals set for them, the cards of the manager's dashboard.

Formats what `key_figures` found; computes none of them. Texts and digits are the user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils.synchronization import filelock

from loyalty_club import key_figures, persian, policy
from loyalty_club.core.periods import CALENDARS
from loyalty_club.key_figures import AMOUNTS, LESS_IS_BETTER, METRICS, SHARES, Number
from loyalty_club.loyalty_club.report.common import DASH
from loyalty_club.policy import exact

REPORT = "Club Key Figures"
# Where the rows of a figure are.
ROWS = {
	**dict.fromkeys(("members", "joined", "left"), "Club Members Over Time"),
	**dict.fromkeys(
		("active_share", "repeat_share", "visits", "net", "net_per_buyer"), "Club New and Returning Members"
	),
	**dict.fromkeys(
		("earned", "redeemed", "expired", "redemption_rate", "breakage_rate", "outstanding_value"),
		"Club Points Over Time",
	),
	**dict.fromkeys(("cost", "cost_share"), "Club Tier Value"),
}
# What a card shows as it is today; of everything else it shows the last whole month.
AS_OF_TODAY = frozenset({"members", "outstanding_value"})
RECENT = 600  # seconds for which the dashboard's cards and whoever opens it again share what was read
WAIT = 120  # seconds


def titles() -> dict[str, str]:
	"""The figures' names."""
	return {
		"members": _("Members at the End"),
		"joined": _("New Members"),
		"left": _("Lost Members"),
		"active_share": _("Active: Members Who Bought"),
		"repeat_share": _("Repeat Purchase: Buyers Who Had Bought Before"),
		"visits": _("Days with a Purchase"),
		"net": _("Net Purchases of Members"),
		"net_per_buyer": _("Net Purchases per Buyer"),
		"earned": _("Points Earned"),
		"redeemed": _("Points Spent"),
		"expired": _("Points Expired"),
		"redemption_rate": _("Redemption Rate: Spent of Earned"),
		"breakage_rate": _("Breakage Rate: Expired of Spent and Expired"),
		"outstanding_value": _("Outstanding Value"),
		"cost": _("Cost: Points Spent, at Face"),
		"cost_share": _("Cost, of Members' Purchases"),
	}


def shown(name: str, value: Number, currency: str | None) -> str:
	"""A figure in the user's digits: shares in per cent, amounts of no currency without decimals."""
	lang = policy.language()
	if value is None:
		return DASH
	if name in SHARES:
		return policy.percent(persian.format_number(value * 100, lang, 1))
	if name in AMOUNTS and not currency:
		return persian.format_number(value, lang, 0)
	return persian.format_number(
		value, lang, 0 if name in AMOUNTS or value == value.to_integral_value() else 1
	)


# ---------------------------------------------------------------------------------------------- goals


def goals(period: str, program: str | None) -> dict[str, Any]:
	"""The goals that the user may see of periods of a kind, by figure; the program's own before those of all."""
	rows = frappe.get_list(
		"Club Goal",
		filters={"active": 1, "period": period, "program": ["in", ["", program or ""]]},
		fields=["metric", "target", "program", "responsible", "next_review"],
		order_by="program asc",
	)
	return {METRICS[row.metric]: row for row in rows}


def target(goal: Any) -> Decimal:
	"""What a goal asks for, in the unit of its figure: shares as parts of one."""
	wanted: Decimal = exact(goal.target)
	return wanted / 100 if METRICS[goal.metric] in SHARES else wanted


def mark(value: Number, goal: Any, end: date) -> str:
	"""Whether a period that ended on a day reached its goal: "good" or "bad"; "" where it is not over."""
	if value is None or end >= policy.club_today():
		return ""
	less = METRICS[goal.metric] in LESS_IS_BETTER
	return "good" if (value <= target(goal) if less else value >= target(goal)) else "bad"


# ---------------------------------------------------------------------------------------------- cards


def card(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
	"""What a Number Card shows: a figure of the last whole month of the club's calendar (`AS_OF_TODAY`: of today), an
	arrow for what it was before, and where its rows are. name: of `key_figures.FIGURES`. asked: program, company,
	branch, if only theirs."""
	months, program = _months(), asked.get("program") or policy.default_program()
	found = _figures(months, asked)
	now, before = (found[2], found[1]) if name in AS_OF_TODAY else (found[1], found[0])
	since, until = months[2] if name in AS_OF_TODAY else months[1]
	currency = frappe.get_cached_value("Club Program", program, "currency") if program else None
	value = shown(name, now[name], currency) + _arrow(now[name], before[name])
	return _leading(value, ROWS[name], since, until, asked)


def card_of_goals(asked: Mapping[str, Any]) -> dict[str, Any]:
	"""How many of the goals for months the last whole one reached."""
	months = _months()
	since, until = months[1]
	figures = _figures(months, asked)[1]
	marks = [mark(figures[name], goal, until) for name, goal in goals("Month", asked.get("program")).items()]
	reached, all_of_them = (policy.style().number(Decimal(n)) for n in (marks.count("good"), len(marks)))
	value = _("{0} of {1}").format(reached, all_of_them) if marks else DASH
	return _leading(value, REPORT, since, until, asked)


def _leading(value: str, report: str, since: date, until: date, asked: Mapping[str, Any]) -> dict[str, Any]:
	options = {"from_date": since, "to_date": until, "as_of": until, **asked}
	# As an element: Frappe's card takes the text out of whatever a formatter gave it.
	shown_value = f"<bdi>{frappe.utils.escape_html(value)}</bdi>"
	return {
		"value": shown_value,
		"fieldtype": "Data",
		"route": ["query-report", report],
		"route_options": {key: str(each) for key, each in options.items() if each},
	}


def _arrow(now: Number, before: Number) -> str:
	if now is None or before is None or now == before:
		return ""
	return " ▲" if now > before else " ▼"


def _months() -> list[tuple[date, date]]:
	"""The month before the last whole one, the last whole one, and the present one up to today."""
	functions = CALENDARS[policy.CALENDARS.get(policy.settings().calendar or "Jalali", "jalali")]
	today = policy.club_today()
	present = functions.month_of(today)
	last = functions.month_of(present.start - timedelta(days=1))
	before = functions.month_of(last.start - timedelta(days=1))
	return [(before.start, before.end), (last.start, last.end), (present.start, today)]


def _figures(months: list[tuple[date, date]], asked: Mapping[str, Any]) -> list[dict[str, Number]]:
	"""Read once for all cards, which ask at the same moment."""
	user = frappe.session.user
	key = f"loyalty_club_key_figures|{months}|{sorted(asked.items())}"
	with filelock(f"loyalty_club_key_figures_{user}", timeout=WAIT):
		found: list[dict[str, Number]] | None = frappe.cache.get_value(key, user=user, expires=True)
		if found is None:
			found = key_figures.figures(months, asked)
			frappe.cache.set_value(key, found, user=user, expires_in_sec=RECENT)
		return found
