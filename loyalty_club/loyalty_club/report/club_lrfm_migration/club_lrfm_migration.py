"""Club LRFM Migration: who went from which segment to which between two months, and segments month by month."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import policy, score_figures, visit_panels
from loyalty_club.engine import segments
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note and the chart."""
	filters = frappe._dict(filters or {})
	program = filters.program or policy.default_program()
	if not program:
		return [], []
	score_figures.check_permission()
	styles = Styles(filters)
	kept = score_figures.evenings(program)
	after = _evening(filters.after, kept, kept[0] if kept else None, styles)
	earlier = [day for day in kept if after and day < after]
	before = _evening(filters.before, kept, earlier[0] if earlier else None, styles)
	titles = {**dict(segments.titles(program, styles.of(program))["lrfm_segments"])}
	if filters.view == "months":
		since = before if filters.before else None
		return _months(program, since or date.min, after or date.max, titles, styles, filters)
	if after is None or before is None:
		return [], [], _("Scores are kept at each month's end: there are none of two months yet.")
	if before >= after:
		frappe.throw(_("The first month is not before the second."))
	return _moves(program, before, after, titles, styles, filters)


def _evening(asked: Any, kept: list[date], usual: date | None, styles: Styles) -> date | None:
	if not asked:
		return usual
	day = getdate(asked)
	if day not in kept:
		frappe.throw(_("No scores were kept as of {0}.").format(styles.day(day)))
	return day


def _moves(
	program: str, before: date, after: date, titles: dict[str, str], styles: Styles, filters: Any
) -> tuple[Any, ...]:
	found = score_figures.moves(program, before, after, filters)
	order = [*titles, *sorted({name for pair in found for name in pair if name} - set(titles)), ""]
	froms = [name for name in order if any(pair[0] == name for pair in found)]
	tos = [name for name in order if any(pair[1] == name for pair in found)]
	rows = []
	for start in froms:
		counts = {end: found.get((start, end), 0) for end in tos}
		size = sum(counts.values())
		rows.append(
			{
				"from": titles.get(start, start) or _("Not Scored Before"),
				"size": size,
				**{f"to_{n}": counts[end] or None for n, end in enumerate(tos)},
				"stayed": counts.get(start, 0) / size * 100 if start and start in counts else None,
				"colours": {
					f"to_{n}": visit_panels.colour(counts[end] / size)
					for n, end in enumerate(tos)
					if counts[end]
				},
			}
		)
	columns = [
		common.text("from", _("From, {0}").format(styles.day(before) or before), 200),
		common.number("size", _("Members"), 90),
		*(
			common.number(f"to_{n}", titles.get(end, end) or _("Not Scored Any More"), 120)
			for n, end in enumerate(tos)
		),
		common.percent("stayed", _("Stayed"), 90),
	]
	rows.append(
		{
			"from": _("To, {0}").format(styles.day(after) or after),
			"size": sum(found.values()),
			**{f"to_{n}": sum(found.get((start, end), 0) for start in froms) for n, end in enumerate(tos)},
			"bold": 1,
		}
	)
	sizes = [
		{
			"name": styles.day(day) or day.isoformat(),
			"values": [
				sum(count for pair, count in found.items() if pair[place] == name) for name in order if name
			],
		}
		for place, day in ((0, before), (1, after))
	]
	chart = {
		"data": {"labels": [titles.get(name, name) for name in order if name], "datasets": sizes},
		"type": "bar",
		"colors": ["#94a3b8", "#2490ef"],
	}
	return columns, rows, None, chart


def _months(
	program: str, since: date, until: date, titles: dict[str, str], styles: Styles, filters: Any
) -> tuple[Any, ...]:
	found = score_figures.sizes(program, since, until, filters)
	names = [
		*titles,
		*sorted({name for sizes in found.values() for name in sizes} - set(titles)),
	]
	used = [name for name in names if any(name in sizes for sizes in found.values())]
	shown = [titles.get(name, name) or _("None", context="Loyalty Club") for name in used]
	style = styles.of(program)
	labels = {day: common.period_title(day, "Month", style) for day in found}
	columns = [
		common.text("month", _("End Of", context="Loyalty Club"), 140),
		common.number("members", _("Members"), 100),
		*(common.number(f"segment_{n}", title, 120) for n, title in enumerate(shown)),
	]
	rows = [
		{
			"month": labels[day],
			"members": sum(sizes.values()),
			**{f"segment_{n}": sizes.get(name, 0) for n, name in enumerate(used)},
		}
		for day, sizes in found.items()
	]
	if not rows:
		return columns, []
	chart = {
		"data": {
			"labels": list(labels.values()),
			"datasets": [
				{"name": title, "values": [sizes.get(name, 0) for sizes in found.values()]}
				for name, title in zip(used, shown, strict=True)
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": list(common.PALETTE),
	}
	return columns, rows, None, chart
