"""The back-test as one HTML page that a shopkeeper can read: `render` turns an Outcome into its text.

What it alone may do: put the page together, and choose what stands above and below the charts. Every number
comes from the Outcome. It writes no file, reads no clock and asks no network: scripts and fonts stand inside
the page. Equal input, equal bytes.

Its data: the cards, the steps from points earned to points outstanding, and the notes below the charts; the
fonts and their licence. The words are in `report_words`, the pictures in `charts`.

How it is used: `render(outcome, lang="fa", calendar="jalali", unit=TOMAN, …)`; the layout of the page is in
`templates/report.html`, which only places what stands here.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from loyalty_club.cli.charts import COLOURS, charts, share_of, total
from loyalty_club.cli.report_words import CALENDARS, LANGUAGES, Voice
from loyalty_club.core.outcome import Outcome, Summary
from loyalty_club.persian import MoneyUnit

FONT_LICENCE: Final = """Vazirmatn, Copyright 2015 The Vazirmatn Project Authors.
Licensed under the SIL Open Font License, Version 1.1 (OFL)."""
_FONTS: Final = ((400, "Vazirmatn-Regular.woff2"), (700, "Vazirmatn-Bold.woff2"))
_ZERO: Final = Decimal(0)
# So many rules after those on the tiers, and they are folded.
FOLDED_FROM: Final = 3


def render(
	outcome: Outcome,
	*,
	lang: str,
	calendar: str,
	unit: MoneyUnit,
	tier_titles: Mapping[str, str],
	in_words: Sequence[str],
	warnings: Sequence[str],
	source_name: str,
	title: str = "",
) -> str:
	"""The whole report as one HTML document that needs no network.

	`lang` is "en" or "fa"; `calendar`, "jalali" or "gregorian", writes the dates and must be the one the
	months of the outcome were cut by; `unit` is what money (Rial in the outcome) is shown in; `tier_titles`
	gives a tier's title in that language; `in_words` (those on the tiers first) and `warnings` are sentences
	in it; `source_name` names the file; `title` is the club's name in that language, or empty for the
	program's own. Raises ValueError for another language or calendar.
	"""
	if lang not in LANGUAGES:
		raise ValueError(f"Language {lang!r} is not known; use {' or '.join(LANGUAGES)}.")
	if calendar not in CALENDARS:
		raise ValueError(f"Calendar {calendar!r} is not known; use {' or '.join(CALENDARS)}.")
	voice = Voice(lang, calendar, unit, tier_titles)
	pictures = charts(outcome, voice)
	tiers, others = _folded(in_words, len([name for name in tier_titles if name]))
	drawn = [chart.drawing for chart in pictures if chart.drawing]
	page = _environment().from_string(_resource("loyalty_club.cli", "templates/report.html").decode("utf-8"))
	return page.render(
		lang=lang,
		direction="rtl" if voice.rtl else "ltr",
		t=voice.text,
		summary=outcome.summary,
		source_name=source_name,
		period=_period(outcome.summary, voice),
		as_of=voice.day(outcome.summary.as_of) if outcome.summary.as_of else "",
		cards=_cards(outcome, voice),
		identity=_identity(outcome.summary, voice),
		title=title or outcome.summary.program,
		in_words=tiers,
		more_words=others,
		more_title=voice.text("more_words", voice.number(len(others))),
		warnings=warnings,
		charts=pictures,
		notes=_notes(outcome.summary, voice),
		font_css=Markup(_font_css()),
		plotly_js=Markup(str(get_plotlyjs())) if drawn else "",
		drawings=Markup(_script_json(drawn)),
	)


# --- What stands above the charts ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Card:
	label: str
	value: str
	exact: str
	sub: str


@dataclass(frozen=True, slots=True)
class _Step:
	"""One line of the identity: its sign, and where its bar begins and ends in percent of the widest."""

	sign: str
	label: str
	value: str
	colour: str
	offset: str
	width: str
	is_result: bool


def _period(summary: Summary, voice: Voice) -> str:
	if not (summary.first_day and summary.last_day):
		return ""
	return voice.text("period_value", voice.day(summary.first_day), voice.day(summary.last_day))


def _cards(outcome: Outcome, voice: Voice) -> list[_Card]:
	s, t = outcome.summary, voice.text
	earned_value = total(month.earned_value for month in outcome.months)
	redeemed_value = total(month.redeemed_value for month in outcome.months)
	short, exact = voice.money_short(s.net_sales), voice.money(s.net_sales)
	return [
		_Card(t("members"), voice.number(s.members), "", t("members_sub")),
		_Card(t("invoices"), voice.number(s.invoices), "", t("invoices_sub", voice.number(s.returns))),
		_Card(t("net_sales"), short, exact if exact != short else "", t("net_sales_sub")),
		_Card(
			t("cost"),
			voice.percent(share_of(redeemed_value, s.net_sales)),
			"",
			t("cost_sub", voice.percent(share_of(earned_value, s.net_sales))),
		),
		_Card(
			t("earned"), voice.number(s.points_earned), "", t("earned_sub", voice.money_short(earned_value))
		),
		_Card(
			t("redeemed_net"),
			voice.number(s.points_redeemed - s.points_restored),
			"",
			t("redeemed_sub", voice.money_short(redeemed_value)),
		),
		_Card(
			t("expired"),
			voice.number(s.points_expired),
			"",
			t("expired_sub", voice.percent(share_of(s.points_expired, s.points_earned), 1)),
		),
		_Card(t("reversed"), voice.number(s.points_reversed), "", t("reversed_sub")),
		_Card(
			t("outstanding"),
			voice.number(s.points_outstanding),
			"",
			t("outstanding_sub", voice.money_short(s.value_outstanding)),
		),
	]


def _identity(summary: Summary, voice: Voice) -> list[_Step]:
	"""Earned − redeemed + restored − expired − reversed = outstanding, as a falling staircase."""
	moves = [
		("+", "word_earned", summary.points_earned, "earned"),
		("−", "redeemed", summary.points_redeemed, "redeemed"),
		("+", "restored", summary.points_restored, "restored"),
		("−", "word_expired", summary.points_expired, "expired"),
		("−", "word_reversed", summary.points_reversed, "reversed"),
	]
	spans: list[tuple[Decimal, Decimal]] = []
	height = _ZERO
	for sign, _, amount, _ in moves:
		after = height + amount if sign == "+" else height - amount
		spans.append((min(height, after), max(height, after)))
		height = after
	left = summary.points_outstanding
	spans.append((min(_ZERO, left), max(_ZERO, left)))
	lowest = min(low for low, _ in spans)
	whole = max(high for _, high in spans) - lowest
	lines = [*moves, ("=", "left", left, "left")]
	return [
		_Step(
			sign,
			voice.text(key),
			voice.number(amount),
			COLOURS[colour],
			_css_percent(low - lowest, whole),
			_css_percent(high - low, whole),
			sign == "=",
		)
		for (sign, key, amount, colour), (low, high) in zip(lines, spans, strict=True)
	]


def _folded(sentences: Sequence[str], tiers: int) -> tuple[Sequence[str], Sequence[str]]:
	"""The sentences on the tiers, which are read at once, and the rest, if it is long enough to be folded."""
	first = max(1, tiers)
	if len(sentences) - first < FOLDED_FROM:
		return sentences, ()
	return sentences[:first], sentences[first:]


def _notes(summary: Summary, voice: Voice) -> list[str]:
	"""What else happened, each in a sentence; what did not happen is not mentioned."""
	after = (
		voice.text("f_after", voice.number(summary.after_as_of), voice.day(summary.as_of))
		if summary.as_of
		else voice.text("f_after_open", voice.number(summary.after_as_of))
	)
	sentences = (
		(summary.points_pending, voice.text("f_pending", voice.number(summary.points_pending))),
		(summary.points_deficit, voice.text("f_deficit", voice.number(summary.points_deficit))),
		(
			summary.lines_without_customer,
			voice.text("f_no_customer", voice.number(summary.lines_without_customer)),
		),
		(summary.redemptions_refused, voice.text("f_refused", voice.number(summary.redemptions_refused))),
		(summary.after_as_of, after),
	)
	return [sentence for amount, sentence in sentences if amount]


# --- The page -----------------------------------------------------------------------------------------------


def _environment() -> Environment:
	return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)


def _resource(package: str, path: str) -> bytes:
	return files(package).joinpath(*path.split("/")).read_bytes()


def _font_css() -> str:
	"""The font inside the page; its licence asks to be named wherever the font goes."""
	faces = [
		"@font-face{font-family:Vazirmatn;font-style:normal;font-display:block;"
		f"font-weight:{weight};src:url(data:font/woff2;base64,{_font(name)}) format('woff2')}}"
		for weight, name in _FONTS
	]
	return "\n".join([f"/* {FONT_LICENCE} */", *faces])


def _font(name: str) -> str:
	content = _resource("loyalty_club", f"public/fonts/vazirmatn/{name}")
	return base64.b64encode(content).decode("ascii")


def _script_json(value: object) -> str:
	"""JSON that may stand in a <script>: no name in it can end the script or begin another tag."""
	text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
	return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _css_percent(part: Decimal, whole: Decimal) -> str:
	return f"{100 * part / whole if whole else _ZERO:.3f}%"
