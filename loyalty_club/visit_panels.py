"""Shows visits: the table of weekdays and hours, coloured, and what the member's form says of one member's visits.

Formats what `visits` found; computes nothing. Texts are in the user's language, times are the site's own.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import jalali, persian, policy, visits
from loyalty_club.core.words import Style
from loyalty_club.visits import Asked, Times

SINCE = date(1990, 1, 1)
ENOUGH = 10  # invoices, below which a table of hours says nothing
DARK = 0.7  # from this share of the highest number on, text is white
EARLIEST, LATEST = 8, 20  # hours that are always shown


def weekday_name(weekday: int, lang: str) -> str:
	"""A day of the week, Monday being 0."""
	names = jalali.WEEKDAYS_FA if lang == "fa" else jalali.WEEKDAYS_EN
	return names[(weekday + 2) % 7]


def hours(found: Times) -> range:
	"""The hours to show: those of a shop, and those in which something was sold."""
	there = [hour for _weekday, hour in found.count] or [EARLIEST]
	return range(min(EARLIEST, *there), max(LATEST, *there) + 1)


def colour(share: float) -> tuple[str, str]:
	"""Background and text for a share from 0 to 1 of the highest number: light blue to dark, text always readable
	(at least 4.5 to 1)."""
	if share <= 0:
		return "transparent", "inherit"
	low, high = (222, 235, 247), (8, 69, 148)
	mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
	return f"rgb({', '.join(map(str, mixed))})", "#fff" if share >= DARK else "#000"


def heat_map(found: Times, style: Style) -> str:
	"""The table of weekdays and hours as HTML; reads from right to left where the page does."""
	shown = hours(found)
	highest = max(found.count.values(), default=0)

	def number(value: int) -> str:
		return style.number(Decimal(value))

	head = "".join(f"<th scope='col'>{hour_title(hour, style.lang)}</th>" for hour in shown)
	body = []
	for weekday in visits.weekdays(style.calendar):
		cells = []
		for hour in shown:
			count = found.count.get((weekday, hour), 0)
			back, text = colour(count / highest if highest else 0)
			cells.append(
				f"<td style='background: {back}; color: {text}'>{number(count) if count else ''}</td>"
			)
		body.append(f"<tr><th scope='row'>{weekday_name(weekday, style.lang)}</th>{''.join(cells)}</tr>")
	return (
		"<div class='club-heat' style='overflow-x: auto'>"
		"<style>.club-heat table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums }"
		" .club-heat td, .club-heat th { padding: 5px 4px; min-width: 34px; text-align: center; font-weight: normal;"
		" border-radius: 3px } .club-heat tbody th { text-align: start; padding-inline-end: 10px; white-space: nowrap }"
		" .club-heat td { border: 1px solid var(--border-color, #ddd) }</style>"
		f"<table><thead><tr><th scope='col'>{frappe.utils.escape_html(_('Hour'))}</th>{head}</tr></thead>"
		f"<tbody>{''.join(body)}</tbody></table></div>"
	)


def hour_title(number: int, lang: str) -> str:
	"""An hour in the digits of the language."""
	return persian.to_persian_digits(str(number)) if lang == "fa" else str(number)


def of_member(member: str, style: Style) -> dict[str, Any] | None:
	"""A member's visits for the form: number, last day, gap in days, and the table of hours of who came often enough.
	None where the user may not see them or there are none."""
	if not frappe.has_permission("Club Activity", "read"):
		return None
	asked = Asked(SINCE, policy.club_today() + timedelta(days=1), member=member)
	found = next(visits.of_members(asked), None)
	if found is None:
		return None
	times = visits.times(asked)
	gap = found.mean_gap
	return {
		"count": style.number(Decimal(len(found.days))),
		"first": style.day(found.days[0]),
		"last": style.day(found.days[-1]),
		"gap": style.number(Decimal(str(round(gap, 1)))) if gap is not None else "",
		"heat": heat_map(times, style) if times.total >= ENOUGH else "",
	}
