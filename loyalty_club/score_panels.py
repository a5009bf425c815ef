"""Shows a member's LRFM scores on the form, as of last night. Formats what Club Profile holds; computes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import permissions, score_figures
from loyalty_club.core.words import Style
from loyalty_club.engine import segments
from loyalty_club.engine.scores import PROFILE
from loyalty_club.policy import LRFM_PARTS


def of_member(member: str, style: Style) -> dict[str, Any] | None:
	"""Values and scores for the form; None where the user may not see them, or there are none."""
	if not frappe.has_permission(PROFILE, "read") or permissions.is_confined(PROFILE):
		return None
	row = frappe.db.get_value(PROFILE, member, "*", as_dict=True)
	evening = score_figures.last_evening(row.program) if row else None
	if row is None or evening is None or not row.frequency:
		return None
	titles = {key: dict(pairs) for key, pairs in segments.titles(row.program, style).items()}
	return {
		"as_of": style.day(evening),
		"segment": titles["lrfm_segments"].get(row.segment, row.segment),
		"average_class": titles["average_classes"].get(row.average_class, row.average_class),
		"score": style.number(Decimal(str(row.score)).normalize()),
		"parts": [
			{
				"title": title,
				"value": value,
				"score": style.number(Decimal(row[f"{part}_score"])),
			}
			for part, title, value in zip(LRFM_PARTS, _titles(), _values(row, evening, style), strict=True)
		],
		"favourite": " · ".join(each for each in (row.favourite_item_group, row.favourite_branch) if each),
	}


def _titles() -> tuple[str, ...]:
	return (
		_("Length", context="Loyalty Club"),
		_("Recency"),
		_("Frequency", context="Loyalty Club"),
		_("Monetary"),
	)


def _values(row: Any, evening: date, style: Style) -> tuple[str, ...]:
	days = _("{0} days", context="Loyalty Club")
	return (
		days.format(style.number(Decimal(row.length))),
		days.format(style.number(Decimal((evening - row.last_visit).days))),
		_("{0} visits", context="Loyalty Club").format(style.number(Decimal(row.frequency))),
		style.money(Decimal(str(row.monetary))),
	)
