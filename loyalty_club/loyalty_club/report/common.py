"""What the club's reports share: columns, words for codes, dates in both calendars. Formats; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from loyalty_club import figures, jalali, persian, policy
from loyalty_club.core import words
from loyalty_club.core.model import ZERO, Wallet
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.records import reason_from

DASH = "—"


def kind(moved: Any) -> str:
	"""A ledger entry's kind in words."""
	if moved.kind == "redeem" and moved.wallet != figures.POINTS:
		return _("Spent", context="Loyalty Club")
	return _kinds().get(moved.kind, moved.kind)


def _kinds() -> dict[str, str]:
	return {
		"award": _("Award"),
		"issue": _("Paid In", context="Loyalty Club"),
		"redeem": _("Redemption"),
		"restore": _("Given Back"),
		"reverse": _("Reversal"),
		"expire": _("Expiry"),
		"fill": _("Deficit Filled"),
		"transfer": _("Transfer"),
		"adjust": _("By Hand"),
	}


ALL = "All"
MOST_SPANS = 120
# For charts with many groups: neighbours differ in lightness too.
PALETTE = (
	*("#1d4ed8", "#93c5fd", "#15803d", "#86efac", "#b45309", "#fcd34d", "#7e22ce"),
	*("#d8b4fe", "#be123c", "#fda4af", "#0f766e", "#5eead4", "#475569", "#cbd5e1"),
)


def wallet(filters: Mapping[str, Any]) -> Wallet | None:
	"""The wallet that a report is asked about: points, unless another is chosen, or a gift card; None for all."""
	if filters.get("gift_card"):
		return "Gift Card"
	chosen = filters.get("wallet") or figures.POINTS
	return None if chosen == ALL else chosen


def origin(granted: Any) -> str:
	"""Whether what moved was given for nothing or is the customer's own money; "" where nothing is known of it."""
	if granted is None:
		return ""
	return _("Granted") if granted else _("Paid for")


def calendar(filters: Mapping[str, Any]) -> str:
	"""The calendar to show dates in, beside the Gregorian of the desk: the filter's, else the settings'."""
	chosen = filters.get("calendar") or policy.settings().calendar or "Jalali"
	return policy.CALENDARS.get(chosen, "jalali")


class Styles:
	"""How each program speaks, in one calendar."""

	def __init__(self, filters: Mapping[str, Any]) -> None:
		self.calendar = calendar(filters)
		self._known: dict[str, words.Style] = {}
		self._names: dict[str, str] = {}
		self._plain = policy.style()._replace(calendar=self.calendar)

	def of(self, program: str | None) -> words.Style:
		"""The style of a program; the site's own for a program that is not in force."""
		if not program:
			return self._plain
		if program not in self._known:
			found = policy.in_force(program)
			self._known[program] = (
				policy.style(found.rules)._replace(calendar=self.calendar) if found else self._plain
			)
		return self._known[program]

	def day(self, day: date | None) -> str:
		"""A day in the calendar; "" for none."""
		return self._plain.day(day) if day else ""

	@property
	def jalali(self) -> bool:
		"""Whether dates get a Jalali column beside them."""
		return self.calendar == "jalali"

	def why(self, row: Any) -> str:
		"""An entry's reason as a sentence. Another member in it is named as the customer is called now: the ledger
		knows codes only."""
		reason = reason_from(row.reason_code, json.loads(row.reason or "{}"))
		other = reason.facts.get("member")
		if isinstance(other, str):
			reason = reason._replace(facts={**reason.facts, "member": self._named(other)})
		return words.reason(reason, self.of(row.program))

	def _named(self, code: str) -> str:
		"""A member, or whose account it is, by the customer's name and the code."""
		if code not in self._names:
			member = frappe.db.get_value("Club Account", code, "member") or code
			name = frappe.db.get_value("Club Member", member, "customer_name")
			self._names[code] = f"{name} ({member})" if name and name != member else member
		return self._names[code]


PERIODS = ("Month", "Quarter", "Year")


class Span(NamedTuple):
	"""A month, quarter or year of a calendar, as far as a report asks for it; both days included."""

	start: date
	end: date
	title: str


def spans(filters: Mapping[str, Any], styles: Styles, months: int = 12) -> list[Span]:
	"""The periods that the filters ask for (from_date, to_date, period), in order; without dates, those of so many
	months up to today."""
	until = getdate(filters.get("to_date") or policy.club_today())
	since = getdate(filters.get("from_date") or add_months(until, -months))
	period, style = filters.get("period") or "Month", styles.of(None)
	functions = CALENDARS[styles.calendar]
	of = {"Month": functions.month_of, "Quarter": functions.quarter_of, "Year": functions.year_of}[period]
	found = []
	while since <= until:
		whole = of(since)
		found.append(Span(since, min(whole.end, until), period_title(whole.start, period, style)))
		since = whole.end + timedelta(days=1)
	if len(found) > MOST_SPANS:
		frappe.throw(_("These are {0} periods; a report shows at most {1}.").format(len(found), MOST_SPANS))
	return found


def period_title(start: date, period: str, style: words.Style) -> str:
	"""A period of the calendar, by its first day, in words."""
	in_jalali = style.calendar == "jalali"
	if period == "Month" and in_jalali:
		return jalali.format_date(start, style.lang, "month")
	year, month, _day = jalali.to_jalali(start) if in_jalali else (start.year, start.month, start.day)
	shown = persian.to_persian_digits(str(year)) if style.lang == "fa" else str(year)
	if period == "Month":
		return f"{_(start.strftime('%B'))} {shown}"
	if period == "Year":
		return shown
	if in_jalali:
		seasons = [_("Spring"), _("Summer"), _("Autumn"), _("Winter")]
		return f"{seasons[(month - 1) // 3]} {shown}"
	quarter = str((month - 1) // 3 + 1)
	shown_quarter = persian.to_persian_digits(quarter) if style.lang == "fa" else quarter
	return _("Quarter {0} of {1}").format(shown_quarter, shown)


def for_chart(label: str, style: words.Style) -> str:
	"""A label for a chart, which draws from left to right: a Persian one that begins with a number stays in order."""
	return f"\u202b{label}\u202c" if style.lang == "fa" else label


def currency_of(program: str | None) -> str | None:
	"""The currency a program counts in."""
	found: str | None = frappe.get_cached_value("Club Program", program, "currency") if program else None
	return found


def split(quantity: Decimal) -> tuple[float | None, float | None]:
	"""Points in, points out."""
	return (float(quantity), None) if quantity > ZERO else (None, float(-quantity))


# ---------------------------------------------------------------------------------------------- columns


def text(fieldname: str, label: str, width: int = 120, **more: Any) -> dict[str, Any]:
	"""A column of text."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width, **more}


def link(fieldname: str, label: str, options: str, width: int = 140) -> dict[str, Any]:
	"""A link where the user may read what it leads to; else the name alone: Frappe would refuse the whole report."""
	may = frappe.has_permission(options, "read")
	return text(fieldname, label, width, **({"fieldtype": "Link", "options": options} if may else {}))


def points(fieldname: str, label: str, decimals: int, width: int = 110) -> dict[str, Any]:
	"""A column of points."""
	return text(
		fieldname, label, width, fieldtype="Float", precision=str(decimals)
	)  # a number 0 would count as none


def decimals_of(program: str | None) -> int:
	"""Decimals of a program's points; without one, the most that any program has."""
	names = [program] if program else figures.programs(("Active", "Closed"))
	found = [policy.in_force(name) for name in names]
	return max((each.rules.point_decimals for each in found if each), default=0)


def money(fieldname: str, label: str, width: int = 140) -> dict[str, Any]:
	"""A column of money, in the currency of the row."""
	return text(fieldname, label, width, fieldtype="Currency", options="currency")


def number(fieldname: str, label: str, width: int = 90) -> dict[str, Any]:
	"""A column of whole numbers."""
	return text(fieldname, label, width, fieldtype="Int")


def percent(fieldname: str, label: str, width: int = 110) -> dict[str, Any]:
	"""A column of shares, of a hundred."""
	return text(fieldname, label, width, fieldtype="Percent", precision="1")


def day(fieldname: str, label: str, styles: Styles, width: int = 115) -> list[dict[str, Any]]:
	"""A column of dates, and beside it the same in Jalali where that is wanted."""
	columns = [text(fieldname, label, width, fieldtype="Date")]
	if styles.jalali:
		columns.append(text(f"{fieldname}_jalali", _("{0} (Jalali)").format(label), width))
	return columns


def document(label: str) -> list[dict[str, Any]]:
	"""The document that caused something."""
	return [
		text("source_doctype", _("Document Type"), 120, hidden=1),
		text("source_name", label, 190, fieldtype="Dynamic Link", options="source_doctype"),
	]


def hidden_currency() -> dict[str, Any]:
	"""The currency that money columns name."""
	return text("currency", _("Currency"), 60, hidden=1)
