"""Club LRFM: how members are spread over segments, classes and scores, last night or at a month's end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from loyalty_club import policy, score_figures
from loyalty_club.core.model import ZERO
from loyalty_club.core.words import Style
from loyalty_club.engine import segments
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.policy import LRFM_PARTS
from loyalty_club.score_figures import Group


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a note, the chart and the sums."""
	filters = frappe._dict(filters or {})
	program = filters.program or policy.default_program()
	if not program:
		return [], []
	score_figures.check_permission()
	styles = Styles(filters)
	style = styles.of(program)
	as_of = getdate(filters.as_of) if filters.as_of else None
	if as_of and as_of not in score_figures.evenings(program):
		frappe.throw(_("No scores were kept as of {0}.").format(styles.day(as_of)))
	note = _note(program, as_of, styles, filters)
	if filters.view == "scores":
		return *_scores(score_figures.spread(program, as_of, filters), style, note), None
	by = "average_class" if filters.view == "average_class" else "segment"
	found = score_figures.groups(program, as_of, by, filters)
	titles = dict(segments.titles(program, style)["lrfm_segments" if by == "segment" else "average_classes"])
	order = [*titles, *sorted(set(found) - set(titles))]
	shown = [name for name in order if name in found]
	columns = _columns(by)
	if not shown:
		return columns, [], note
	currency = common.currency_of(program)
	whole = _whole(list(found.values()))
	labels = [titles.get(name, name) or _("None", context="Loyalty Club") for name in shown]
	rows = [_row(label, found[name], whole, currency) for label, name in zip(labels, shown, strict=True)]
	rows.append({**_row(_("Total"), whole, whole, currency), "bold": 1})
	chart = {
		"data": {
			"labels": labels,
			"datasets": [{"name": _("Members"), "values": [found[name].members for name in shown]}],
		},
		"type": "bar",
		"colors": ["#2490ef"],
	}
	return columns, rows, note, chart, _sums(whole, style, currency)


def _note(program: str, as_of: date | None, styles: Styles, filters: Any) -> str:
	evening = as_of or score_figures.last_evening(program)
	if evening is None:
		return _("Nobody has been scored yet: the night does it, or the page Night Work by hand.")
	text = _("As of the evening of {0}.").format(styles.day(evening) or evening.isoformat())
	if as_of is None:
		count = score_figures.without(program, filters)
		number = styles.of(program).number(Decimal(count))
		text += " " + _("{0} members have no purchase in the time that is scored.").format(number)
	return text


def _whole(groups: list[Group]) -> Group:
	count = sum(group.members for group in groups)

	def mean(field: str) -> float:
		return sum(getattr(group, field) * group.members for group in groups) / count

	means = (mean(field) for field in ("length", "recency", "frequency", "monetary", "score"))
	return Group(count, *means, sum((group.net for group in groups), ZERO))


def _row(title: str, group: Group, whole: Group, currency: str | None) -> dict[str, Any]:
	return {
		"title": title,
		"members": group.members,
		"share": group.members / whole.members * 100,
		"length": group.length,
		"recency": group.recency,
		"frequency": group.frequency,
		"monetary": group.monetary,
		"score": group.score,
		"net": float(group.net),
		"net_share": float(group.net / whole.net * 100) if whole.net > ZERO else None,
		"currency": currency,
	}


def _columns(by: str) -> list[dict[str, Any]]:
	def mean(name: str, title: str) -> dict[str, Any]:
		return common.text(name, title, 130, fieldtype="Float", precision="1")

	return [
		common.text("title", _("LRFM Segment") if by == "segment" else _("Class Against the Average"), 190),
		common.number("members", _("Members"), 100),
		common.percent("share", _("Share of Members"), 110),
		mean("length", _("Length, Days")),
		mean("recency", _("Recency, Days")),
		mean("frequency", _("Frequency, Visits")),
		common.money("monetary", _("Monetary, a Member"), 170),
		common.text("score", _("LRFM Score"), 100, fieldtype="Float", precision="2"),
		common.money("net", _("Net Purchases"), 180),
		common.percent("net_share", _("Share of Purchases"), 130),
		common.hidden_currency(),
	]


def _scores(found: dict[str, dict[int, int]], style: Style, note: str) -> tuple[Any, ...]:
	titles = {
		"length": _("Length", context="Loyalty Club"),
		"recency": _("Recency"),
		"frequency": _("Frequency", context="Loyalty Club"),
		"monetary": _("Monetary"),
	}
	columns = [
		common.number("score", _("Score"), 90),
		*(common.number(part, titles[part], 130) for part in LRFM_PARTS),
	]
	if not any(found.values()):
		return columns, [], note, None
	rows = [
		{"score": score, **{part: found[part].get(score, 0) for part in LRFM_PARTS}}
		for score in range(5, 0, -1)
	]
	chart = {
		"data": {
			"labels": [str(score) for score in range(1, 6)],
			"datasets": [
				{"name": titles[part], "values": [found[part].get(score, 0) for score in range(1, 6)]}
				for part in LRFM_PARTS
			],
		},
		"type": "bar",
		"colors": ["#2490ef", "#16a34a", "#b45309", "#6b21a8"],
	}
	return columns, rows, note, chart


def _sums(whole: Group, style: Style, currency: str | None) -> list[dict[str, Any]]:
	return [
		{"label": _("Members Scored"), "value": whole.members, "datatype": "Int"},
		{"label": _("Recency, Days"), "value": round(whole.recency, 1), "datatype": "Float"},
		{"label": _("Frequency, Visits"), "value": round(whole.frequency, 1), "datatype": "Float"},
		{
			"label": _("Monetary, a Member"),
			"value": whole.monetary,
			"datatype": "Currency",
			"currency": currency,
		},
	]
