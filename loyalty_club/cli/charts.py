"""The pictures of the report: what Plotly is told, with the sentence and the table of numbers beside each.

What it alone may do: choose a picture, its scale and its colours. Every number comes from the Outcome; what is
worked out here is only how large one is beside another (shares, the steps of an axis). Exact numbers become
floats here, to be drawn, and are never read back.

Its data: `Chart`, one picture with its title, note, legend and `Table`; COLOURS, one meaning each on the whole
page.

How it is used: `charts(outcome, voice)` gives all pictures in the order of the page; the page's own script
fits labels and ranges to the width it finds (`labels`, `label_width`, `names_width`, `ends_width`).

Right to left: time runs from the right, as Persian readers expect, with the scale on the right; legends are
plain HTML.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from loyalty_club.cli.report_words import Voice, power_of
from loyalty_club.core.outcome import Bucket, Month, Outcome, TierRow, Undone

# How many customers the chart of returns names.
TOP_UNDONE: Final = 15
# Up to so many columns stand in a third of the page; up to so many have their number written above them.
THIRD_COLUMNS: Final = 4
WRITTEN_COLUMNS: Final = 5

COLOURS: Final[Mapping[str, str]] = {
	"earned": "#0f766e",
	"redeemed": "#3b6fb6",
	"restored": "#7aa5d8",
	"expired": "#d99a2b",
	"reversed": "#c2452d",
	"left": "#334155",
	"members": "#94a3b8",
	"pale": "#b7d8d3",
	"grid": "#e5e9ee",
	"zero": "#94a3b8",
	"ink": "#1f2937",
}

# The first month of each age, as the outcome's buckets by age are keyed.
AGES: Final = ("0", "1", "3", "6", "12")

FONT_FAMILY: Final = "Vazirmatn, Tahoma, system-ui, sans-serif"
_MARKS: Final = re.compile("[\u200c\u200e\u200f\u2067-\u2069]")
_ZERO: Final = Decimal(0)
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Table:
	"""Column heads with "text" or "number" each, and rows of said values; customers go in <bdi>."""

	heads: tuple[tuple[str, str], ...]
	rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
	"""One picture, "full", "half" or "third" of a wide page. Without a `drawing` the `note` says why there is none."""

	id: str
	title: str
	note: str
	width: str
	height: int = 0
	legend: tuple[tuple[str, str], ...] = ()
	unit: str = ""
	drawing: Mapping[str, Any] | None = None
	table: Table | None = None


def charts(outcome: Outcome, voice: Voice) -> list[Chart]:
	"""All pictures in the order of the page; none when no invoice was counted."""
	if not (outcome.summary.invoices and outcome.months):
		return []
	few = len(outcome.by_expiry) <= THIRD_COLUMNS
	beside = "third" if few else "half"
	return [
		_months_chart(outcome.months, voice),
		_cost_chart(outcome.months, voice),
		_tiers_chart(outcome.tiers, beside, voice),
		_age_chart(outcome.by_age, beside, voice),
		_expiry_chart(outcome.by_expiry, "third" if few else "full", voice),
		_undone_chart(outcome.undone, voice),
	]


def _months_chart(months: Sequence[Month], voice: Voice) -> Chart:
	t = voice.text
	series = (
		("earned", t("earned"), [m.earned for m in months]),
		("redeemed", t("redeemed_net"), [m.restored - m.redeemed for m in months]),
		("expired", t("expired"), [-m.expired for m in months]),
		("reversed", t("reversed"), [-m.reversed for m in months]),
	)
	rows = tuple(
		(
			voice.month_name(m.start),
			voice.number(m.earned),
			voice.number(m.redeemed - m.restored),
			voice.number(m.expired),
			voice.number(m.reversed),
		)
		for m in months
	)
	names = [name for _, name, _ in series]
	hover = [
		voice.plot(
			row[0],
			*(t("hover", name, value) for name, value in zip(names, row[1:], strict=True)),
			bold_first=True,
		)
		for row in rows
	]
	highs = [total(values[i] for *_, values in series if values[i] > 0) for i in range(len(months))]
	lows = [total(values[i] for *_, values in series if values[i] < 0) for i in range(len(months))]
	axis, unit = _points_axis(min([_ZERO, *lows]), max([_ZERO, *highs]), voice, signed=False)
	traces = [_columns_of(values, hover, colour) for colour, _, values in series]
	return Chart(
		id="chart-months",
		title=t("months_title"),
		note=t("months_note"),
		width="full",
		height=380,
		legend=tuple((COLOURS[colour], name) for colour, name, _ in series),
		unit=unit,
		drawing=_columns("chart-months", 380, traces, [voice.month(m.start) for m in months], axis, voice),
		table=Table(((t("month"), "text"), *((name, "number") for name in names)), rows),
	)


def _cost_chart(months: Sequence[Month], voice: Voice) -> Chart:
	t = voice.text
	promised = [share_of(m.earned_value, m.net_sales) for m in months]
	paid = [share_of(m.redeemed_value, m.net_sales) for m in months]
	hover = [
		voice.plot(
			voice.month_name(m.start),
			t("hover", t("promised"), voice.percent(promised[i])),
			t("hover", t("paid"), voice.percent(paid[i])),
			bold_first=True,
		)
		for i, m in enumerate(months)
	]
	series = (("earned", t("promised"), promised, "dot"), ("redeemed", t("paid"), paid, "solid"))

	shares = [share * 100 for _, _, values, _ in series for share in values if share is not None]
	axis = _axis(
		min([_ZERO, *shares]), max([_ZERO, *shares]), lambda tick: voice.percent(tick / 100, None), voice
	)
	traces = [
		_line_of([None if share is None else share * 100 for share in values], hover, colour, dash)
		for colour, _, values, dash in series
	]
	return Chart(
		id="chart-cost",
		title=t("cost_title"),
		note=t("cost_note"),
		width="full",
		height=320,
		legend=tuple((COLOURS[colour], name) for colour, name, *_ in series),
		unit=t("unit", t("percent_of_sales")),
		drawing=_columns("chart-cost", 320, traces, [voice.month(m.start) for m in months], axis, voice),
		table=Table(
			(
				(t("month"), "text"),
				(voice.in_unit(t("net_sales")), "number"),
				(voice.in_unit(t("promised")), "number"),
				(t("promised_share"), "number"),
				(voice.in_unit(t("paid")), "number"),
				(t("paid_share"), "number"),
			),
			tuple(
				(
					voice.month_name(m.start),
					voice.money_cell(m.net_sales),
					voice.money_cell(m.earned_value),
					voice.percent(promised[i]),
					voice.money_cell(m.redeemed_value),
					voice.percent(paid[i]),
				)
				for i, m in enumerate(months)
			),
		),
	)


def _tiers_chart(tiers: Sequence[TierRow], width: str, voice: Voice) -> Chart:
	t = voice.text
	if not tiers:
		return Chart("chart-tiers", t("tiers_title"), t("no_tiers"), width)
	members = sum(tier.members for tier in tiers)
	sales = total(tier.net_sales for tier in tiers)
	of_members = [share_of(tier.members, members) for tier in tiers]
	of_sales = [share_of(tier.net_sales, sales) for tier in tiers]
	titles = [voice.tier(tier.name, tier.title_fa) for tier in tiers]
	hover = [
		voice.plot(
			titles[i],
			t("hover", t("members"), voice.number(tier.members)),
			t("hover", t("net_sales"), voice.money_short(tier.net_sales)),
			t("hover", t("earned"), voice.number(tier.earned)),
			t("hover", t("outstanding"), voice.number(tier.outstanding)),
			bold_first=True,
		)
		for i, tier in enumerate(tiers)
	]
	series = (("members", t("share_members"), of_members), ("earned", t("share_sales"), of_sales))
	traces = [
		_bars(
			[share or _ZERO for share in shares],
			hover,
			colour,
			text=[voice.plot(voice.percent(share, 1)) for share in shares],
		)
		for colour, _, shares in series
	]
	height = 60 + 72 * len(tiers)
	return Chart(
		id="chart-tiers",
		title=t("tiers_title"),
		note=t("tiers_note"),
		width=width,
		height=height,
		legend=tuple((COLOURS[colour], name) for colour, name, _ in series),
		drawing=_rows(
			"chart-tiers", height, traces, [voice.plot_name(title) for title in titles], "group", voice
		),
		table=Table(
			(
				(t("tier"), "text"),
				(t("members"), "number"),
				(t("share_members"), "number"),
				(voice.in_unit(t("net_sales")), "number"),
				(t("share_sales"), "number"),
				(t("earned"), "number"),
				(t("outstanding"), "number"),
			),
			tuple(
				(
					titles[i],
					voice.number(tier.members),
					voice.percent(of_members[i], 1),
					voice.money_cell(tier.net_sales),
					voice.percent(of_sales[i], 1),
					voice.number(tier.earned),
					voice.number(tier.outstanding),
				)
				for i, tier in enumerate(tiers)
			),
		),
	)


def _age_chart(buckets: Sequence[Bucket], width: str, voice: Voice) -> Chart:
	"""Up to the oldest points there are: a club whose points live for half a year has none of a year."""
	reached = max((i for i, bucket in enumerate(buckets, 1) if bucket.points), default=0)
	labels = [_age_label(bucket.key, voice) for bucket in buckets[:reached]]
	return _buckets_chart("age", buckets[:reached], labels, "redeemed", width, voice)


def _expiry_chart(buckets: Sequence[Bucket], width: str, voice: Voice) -> Chart:
	ordered = [bucket for bucket in buckets if bucket.start] + [b for b in buckets if not b.start]
	never = (voice.text("never"), voice.text("never_below"))
	labels = [voice.month(bucket.start) if bucket.start else never for bucket in ordered]
	return _buckets_chart("expiry", ordered, labels, "expired", width, voice)


def _buckets_chart(
	name: str,
	buckets: Sequence[Bucket],
	labels: Sequence[tuple[str, str]],
	colour: str,
	width: str,
	voice: Voice,
) -> Chart:
	"""Outstanding points in columns: by age or by expiry."""
	t = voice.text
	chart_id = f"chart-{name}"
	if not any(bucket.points for bucket in buckets):
		return Chart(chart_id, t(f"{name}_title"), t("none_outstanding"), width)
	names = [" ".join(filter(None, label)) for label in labels]
	head = t("age" if name == "age" else "expires")
	hover = [
		voice.plot(
			t("hover", head, names[i]),
			voice.points(bucket.points),
			t("hover", t("value"), voice.money_short(bucket.value)),
			bold_first=True,
		)
		for i, bucket in enumerate(buckets)
	]
	amounts = [bucket.points for bucket in buckets]
	axis, unit = _points_axis(min([_ZERO, *amounts]), max([_ZERO, *amounts]), voice, signed=True)
	said: list[str] = []
	if len(buckets) <= WRITTEN_COLUMNS:
		# With the number on each column there is nothing left to measure with a scale.
		said = [voice.plot(voice.number(amount)) for amount in amounts]
		ends = [float(min([_ZERO, *amounts])), float(max([_ZERO, *amounts]))]
		axis, unit = {"range": ends, "showticklabels": False, "showgrid": False}, t("unit", t("points"))
	traces = [_columns_of(amounts, hover, colour, said)]
	return Chart(
		id=chart_id,
		title=t(f"{name}_title"),
		note=t(f"{name}_note"),
		width=width,
		height=320,
		unit=unit,
		drawing=_columns(
			chart_id, 320, traces, labels, axis, voice, axis_title=head if name == "age" else ""
		),
		table=Table(
			(
				(head, "text"),
				(t("outstanding"), "number"),
				(voice.in_unit(t("value")), "number"),
			),
			tuple(
				(names[i], voice.number(bucket.points), voice.money_cell(bucket.value))
				for i, bucket in enumerate(buckets)
			),
		),
	)


def _age_label(key: str, voice: Voice) -> tuple[str, str]:
	"""In two lines, from "3": 3 to 6 (months); from the first of AGES: under 1; from the last: 12 or more."""
	position = AGES.index(key)
	if position == len(AGES) - 1:
		return voice.text("age_last", voice.number(int(key))), voice.text("age_last_below")
	following = voice.number(int(AGES[position + 1]))
	if position == 0:
		return voice.text("age_first", following), ""
	return voice.text("age_middle", voice.number(int(key)), following), ""


def _undone_chart(undone: Sequence[Undone], voice: Voice) -> Chart:
	t = voice.text
	if not undone:
		return Chart("chart-undone", t("undone_title"), t("none_undone"), "full")
	top = undone[:TOP_UNDONE]
	rows = tuple(
		(
			row.customer,
			voice.tier(row.tier),
			voice.money_cell(row.bought),
			voice.money_cell(row.returned),
			voice.number(row.earned),
			voice.number(row.reversed),
			voice.number(row.balance),
		)
		for row in top
	)
	heads = (
		(t("customer"), "name"),
		(t("tier"), "text"),
		(voice.in_unit(t("bought")), "number"),
		(voice.in_unit(t("returned")), "number"),
		(t("earned"), "number"),
		(t("reversed"), "number"),
		(t("balance"), "number"),
	)
	hover = [
		f"<b>{voice.plot_name(cells[0])}</b><br>"
		+ voice.plot(*(t("hover", head, cell) for (head, _), cell in zip(heads[1:], cells[1:], strict=True)))
		for cells in rows
	]
	said = [voice.plot(t("of", voice.number(row.reversed), voice.number(row.earned))) for row in top]
	traces = [
		_bars([row.earned for row in top], hover, "pale", text=said),
		_bars([row.reversed for row in top], hover, "reversed"),
	]
	height = 40 + 34 * len(top)
	more = t("undone_more", voice.number(len(top)))
	return Chart(
		id="chart-undone",
		title=t("undone_title"),
		note=t("sentences", t("undone_note"), more) if len(undone) > len(top) else t("undone_note"),
		width="full",
		height=height,
		legend=((COLOURS["reversed"], t("reversed")), (COLOURS["pale"], t("earned"))),
		unit=t("unit", t("points")),
		drawing=_rows(
			"chart-undone", height, traces, [voice.plot_name(row.customer) for row in top], "overlay", voice
		),
		table=Table(heads, rows),
	)


# --- What Plotly is told ------------------------------------------------------------------------------------
# Exact numbers end here: a picture is drawn with floats, and never read back.


def _columns(
	chart_id: str,
	height: int,
	traces: Sequence[Mapping[str, Any]],
	labels: Sequence[tuple[str, str]],
	axis: Mapping[str, Any],
	voice: Voice,
	axis_title: str = "",
) -> dict[str, Any]:
	"""Upright bars or lines side by side; of the labels below, the page writes as many as fit it."""
	count = len(labels)
	layout = _layout(height, voice)
	layout["barmode"] = "relative"
	layout["bargap"] = 0.35
	written = any(trace.get("text") for trace in traces)
	layout["margin"].update({"b": 68 if axis_title or written else 54, "l": 20, "r": 20})
	layout["xaxis"] = {
		"range": [count - 0.5, -0.5] if voice.rtl else [-0.5, count - 0.5],
		"fixedrange": True,
		"showgrid": False,
		"zeroline": False,
		"tickangle": 0,
		"tickmode": "array",
		"ticklabeloverflow": "allow",
		"ticklabelstandoff": 6,
		"title": {"text": voice.plot(axis_title) if axis_title else "", "standoff": 6, "font": {"size": 12}},
	}
	layout["yaxis"] = {
		**axis,
		"fixedrange": True,
		"automargin": True,
		"side": "right" if voice.rtl else "left",
		"gridcolor": COLOURS["grid"],
		"zerolinecolor": COLOURS["zero"],
		"tickmode": "array",
		"ticklabelstandoff": 6,
	}
	if written:
		layout["margin"]["t"] = 26
	return {
		"id": chart_id,
		"data": list(traces),
		"layout": layout,
		"labels": [[voice.plot(name), voice.plot(below) if below else ""] for name, below in labels],
		"label_width": _text_width(line for label in labels for line in label),
	}


def _rows(
	chart_id: str,
	height: int,
	traces: Sequence[Mapping[str, Any]],
	names: Sequence[str],
	barmode: str,
	voice: Voice,
) -> dict[str, Any]:
	"""Lying bars, one line per name, the number written at the end of each; so no scale is needed. The page
	widens the range for what is written behind the longest bar."""
	longest = max([value for trace in traces for value in trace["x"]], default=0.0) or 1.0
	layout = _layout(height, voice)
	layout["barmode"] = barmode
	layout["bargap"] = 0.32
	layout["bargroupgap"] = 0.08
	layout["margin"]["b"] = 8
	layout["xaxis"] = {
		"range": [longest, 0] if voice.rtl else [0, longest],
		"fixedrange": True,
		"visible": False,
	}
	layout["yaxis"] = {
		"range": [len(names) - 0.5, -0.5],
		"fixedrange": True,
		"automargin": True,
		"side": "right" if voice.rtl else "left",
		"showgrid": False,
		"zeroline": False,
		"tickmode": "array",
		"tickvals": list(range(len(names))),
		"ticktext": list(names),
		"ticklabelstandoff": 8,
	}
	return {
		"id": chart_id,
		"data": list(traces),
		"layout": layout,
		"names_width": _text_width(names),
		"ends_width": _text_width(text for trace in traces for text in trace["text"]),
	}


def _layout(height: int, voice: Voice) -> dict[str, Any]:
	return {
		"height": height,
		"autosize": True,
		"showlegend": False,
		"dragmode": False,
		"hovermode": "closest",
		"paper_bgcolor": "rgba(0,0,0,0)",
		"plot_bgcolor": "rgba(0,0,0,0)",
		"margin": {"l": 12, "r": 12, "t": 12, "b": 12},
		"font": {"family": FONT_FAMILY, "size": 13, "color": COLOURS["ink"]},
		"hoverlabel": {
			"align": "right" if voice.rtl else "left",
			"bgcolor": "#ffffff",
			"bordercolor": COLOURS["zero"],
			"font": {"family": FONT_FAMILY, "size": 13, "color": COLOURS["ink"]},
		},
	}


def _text_width(texts: Iterable[str]) -> int:
	"""About how many pixels the longest of these takes, with the space around it."""
	return 10 + round(6.2 * max((len(_MARKS.sub("", html.unescape(text))) for text in texts), default=0))


def _columns_of(
	values: Sequence[Decimal], hover: Sequence[str], colour: str, text: Sequence[str] = ()
) -> dict[str, Any]:
	return {
		"type": "bar",
		"x": list(range(len(values))),
		"y": [float(value) for value in values],
		"hovertext": list(hover),
		"hoverinfo": "text",
		"text": list(text),
		"textposition": "outside" if text else "none",
		"textangle": 0,
		"constraintext": "none",
		"cliponaxis": False,
		"marker": {"color": COLOURS[colour]},
	}


def _line_of(
	values: Sequence[Decimal | None], hover: Sequence[str], colour: str, dash: str
) -> dict[str, Any]:
	"""A line with a gap where there is no value."""
	return {
		"type": "scatter",
		"mode": "lines+markers",
		"x": list(range(len(values))),
		"y": [None if value is None else float(value) for value in values],
		"hovertext": list(hover),
		"hoverinfo": "text",
		"cliponaxis": False,
		"line": {"color": COLOURS[colour], "width": 3, "dash": dash},
		"marker": {"color": COLOURS[colour], "size": 7},
	}


def _bars(
	values: Sequence[Decimal], hover: Sequence[str], colour: str, text: Sequence[str] = ()
) -> dict[str, Any]:
	return {
		"type": "bar",
		"orientation": "h",
		"x": [float(value) for value in values],
		"y": list(range(len(values))),
		"hovertext": list(hover),
		"hoverinfo": "text",
		"text": list(text),
		"textposition": "outside" if text else "none",
		"cliponaxis": False,
		"marker": {"color": COLOURS[colour]},
	}


def _points_axis(low: Decimal, high: Decimal, voice: Voice, *, signed: bool) -> tuple[dict[str, Any], str]:
	"""The scale for points and the sentence that names its unit; unsigned, below zero counts upwards too."""
	power = power_of(max(abs(low), abs(high)), Decimal(20))
	unit = voice.text("points")
	if power:
		unit = voice.text("scaled", voice.text(f"scale_{power}"), unit)

	def say(tick: Decimal) -> str:
		return voice.number((tick if signed else abs(tick)).scaleb(-power))

	return _axis(low, high, say, voice), voice.text("unit", unit)


def _axis(low: Decimal, high: Decimal, say: Callable[[Decimal], str], voice: Voice) -> dict[str, Any]:
	ticks = nice_ticks(low, high)
	room = (ticks[-1] - ticks[0]) / 40
	return {
		"range": [float(ticks[0] - (room if low < 0 else 0)), float(ticks[-1] + room)],
		"tickvals": [float(tick) for tick in ticks],
		"ticktext": [voice.plot(say(tick)) for tick in ticks],
	}


def nice_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
	"""About seven round steps (1, 2, 2.5 or 5 times a power of ten) that hold both ends and zero."""
	low, high = min(low, _ZERO), max(high, _ZERO)
	if low == high:
		return [_ZERO, Decimal(1)]
	raw = (high - low) / 7
	power = Decimal(1).scaleb(raw.adjusted())
	step = next(power * times for times in _STEPS if power * times >= raw)
	first = int((low / step).to_integral_value(ROUND_FLOOR))
	last = int((high / step).to_integral_value(ROUND_CEILING))
	return [step * index for index in range(first, last + 1)]


def share_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
	return Decimal(part) / Decimal(whole) if whole > 0 else None


def total(amounts: Iterable[Decimal]) -> Decimal:
	return sum(amounts, _ZERO)
