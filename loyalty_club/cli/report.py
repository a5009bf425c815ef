"""The back-test as one HTML page that a shopkeeper can read: `render` turns an Outcome into its text.

What it alone may do: choose the words, the pictures and their scales. Every number comes from the Outcome;
what is worked out here is only how large one of them is beside another (shares, the steps of an axis). It writes
no file, reads no clock and asks no network: scripts and fonts stand inside the page. Equal input, equal bytes.

Its data: MESSAGES, every sentence in both languages; `_Voice`, which says numbers, money, days and tiers in
one of them; `_Chart`, one picture with the sentence that explains it and the table of its numbers.

How it is used: `render(outcome, lang="fa", calendar="jalali", unit=TOMAN, …)`; the layout of the page is in
`templates/report.html`, which only places what stands here.

Right to left: time runs from the right, as Persian readers expect, with the scale on the right. Plotly itself
only knows left to right, so each text handed to it is wrapped in Unicode isolates and legends are plain HTML.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from loyalty_club import jalali
from loyalty_club.core.outcome import Bucket, Month, Outcome, Summary, TierRow, Undone
from loyalty_club.persian import MoneyUnit, format_money, format_number

LANGUAGES: Final = ("en", "fa")
CALENDARS: Final = ("jalali", "gregorian")

# How many customers the chart of returns names.
TOP_UNDONE: Final = 15

# Key: (English, Persian). Positional {0}; a number is always already text.
MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
	# The page
	"kicker": ("Customer club · back-test on past invoices", "باشگاه مشتریان · آزمون روی فاکتورهای گذشته"),
	"subtitle": (
		"What would have happened, had this club been running while these invoices were written?",
		"اگر این باشگاه هنگام صدور همین فاکتورها برقرار بود، چه می‌شد؟",
	),
	"source": ("Invoices from", "منبع فاکتورها"),
	"period": ("Period", "دوره"),
	"period_value": ("{0} to {1}", "از {0} تا {1}"),
	"as_of": ("Counted up to", "محاسبه تا پایان روز"),
	"nothing": (
		"There is no invoice in this file that the club could have counted, so there is nothing to draw. "
		"Check the file, the period and the customer column.",
		"در این فایل هیچ فاکتوری نبود که در باشگاه به حساب بیاید؛ پس نموداری هم برای نشان دادن نیست. "
		"فایل، دوره و ستون مشتری را بررسی کنید.",
	),
	"noscript": (
		"The charts need JavaScript. Every number in them is also in the table below each one.",
		"نمودارها به جاوااسکریپت نیاز دارند. همهٔ عددهای آن‌ها در جدول زیر هر نمودار هم هست.",
	),
	"glance": ("At a glance", "در یک نگاه"),
	"identity": ("Where did the points go?", "امتیازها کجا رفتند؟"),
	"identity_note": (
		"Read from top to bottom: each bar begins where the one above it ended. What is left is still in "
		"members’ hands.",
		"از بالا به پایین بخوانید: هر نوار از همان جایی آغاز می‌شود که نوار بالایی تمام شده است. "
		"آنچه در پایان می‌ماند هنوز دست اعضاست.",
	),
	"identity_item": ("Points", "امتیاز"),
	"identity_count": ("How many", "تعداد"),
	"in_words": ("The club in words", "باشگاه به زبان ساده"),
	"warnings": ("Look at this before you switch it on", "پیش از راه‌اندازی به این‌ها توجه کنید"),
	"charts": ("In charts", "نمودارها"),
	"table": ("The numbers as a table", "همین عددها در جدول"),
	"unit": ("Unit: {0}", "واحد: {0}"),
	"footer": ("Also worth knowing", "نکته‌های دیگر"),
	"none": ("—", "—"),
	"sentences": ("{0} {1}", "{0} {1}"),
	# The cards
	"members": ("Members", "اعضا"),
	"members_sub": ("customers in the club", "مشتریان عضو باشگاه"),
	"invoices": ("Invoices", "فاکتور فروش"),
	"invoices_sub": ("and returns: {0}", "و فاکتور برگشتی: {0}"),
	"net_sales": ("Net sales", "فروش خالص"),
	"net_sales_sub": ("after discounts and returns", "پس از تخفیف و برگشت از فروش"),
	"earned": ("Points earned", "امتیاز داده‌شده"),
	"earned_sub": ("worth {0} after returns", "پس از برگشت‌ها به ارزش {0}"),
	"redeemed_net": ("Points redeemed", "امتیاز خرج‌شده"),
	"redeemed_sub": ("{0} paid with points", "{0} با امتیاز پرداخت شد"),
	"expired": ("Points expired", "امتیاز منقضی‌شده"),
	"expired_sub": ("{0} of all points earned", "{0} همهٔ امتیازهای داده‌شده"),
	"reversed": ("Points taken back", "امتیاز برگشت‌خورده"),
	"reversed_sub": ("by returns and cancellations", "با برگشت یا لغو فاکتور"),
	"outstanding": ("Points outstanding", "ماندهٔ امتیاز"),
	"outstanding_sub": ("worth {0}", "به ارزش {0}"),
	"cost": ("Cost as a share of sales", "هزینهٔ باشگاه نسبت به فروش"),
	"cost_sub": ("{0} if every point earned is redeemed", "{0} اگر همهٔ امتیازها خرج شود"),
	# The identity line
	"redeemed": ("Redeemed", "خرج‌شده"),
	"restored": ("Given back on returns", "بازگردانده‌شده به مشتری"),
	"left": ("Outstanding", "مانده"),
	"word_earned": ("Earned", "داده‌شده"),
	"word_expired": ("Expired", "منقضی‌شده"),
	"word_reversed": ("Taken back by returns", "برگشت‌خورده"),
	# Units and numbers
	"points": ("points", "امتیاز"),
	"scale_3": ("thousand", "هزار"),
	"scale_6": ("million", "میلیون"),
	"scale_9": ("billion", "میلیارد"),
	"scale_12": ("trillion", "هزار میلیارد"),
	"scaled": ("{0} {1}", "{0} {1}"),
	"scaled_money": ("{0} {1} {2}", "{0} {1} {2}"),
	# The mark keeps the percent sign behind the digits in reading order.
	"percent": ("{0}%", "{0}\u200f٪"),
	"percent_of_sales": ("percent of net sales", "درصد از فروش خالص"),
	"percent_of_all": ("percent of all", "درصد از کل"),
	"hover": ("{0}: {1}", "{0}: {1}"),
	"in_unit": ("{0} ({1})", "{0} ({1})"),
	"month_name": ("{0} {1}", "{0} {1}"),
	"day_name": ("{0} {1} {2}", "{0} {1} {2}"),
	# Charts
	"months_title": (
		"How many points came in each month, and how many went out?",
		"هر ماه چند امتیاز داده شد و چند امتیاز کم شد؟",
	),
	"months_note": (
		"Above the line: points earned in the month. Below it: points that went, by how they went. Redeemed "
		"is what members spent less what returns gave back to them.",
		"بالای خط، امتیازهایی است که در آن ماه داده شده؛ پایین خط، امتیازهایی که کم شده و اینکه چرا. "
		"خرج‌شده یعنی آنچه اعضا خرج کرده‌اند منهای آنچه هنگام برگشت کالا به آن‌ها بازگردانده شده است.",
	),
	"month": ("Month", "ماه"),
	"tiers_title": (
		"How do members and sales divide among the tiers?",
		"هر سطح چه سهمی از اعضا و از فروش دارد؟",
	),
	"tiers_note": (
		"For each tier, its share of the members and of the net sales. A tier whose sales bar is much "
		"longer than its members bar carries the shop. Members are counted where they are now, sales in the "
		"tier held at the purchase.",
		"برای هر سطح، سهم آن از اعضا و از فروش خالص. سطحی که نوار فروشش خیلی بلندتر از نوار اعضایش باشد، "
		"فروشگاه را می‌چرخاند. اعضا در سطح امروزشان شمرده شده‌اند و فروش در سطحی که هنگام خرید داشتند.",
	),
	"tier": ("Tier", "سطح"),
	"below": ("Below the first tier", "هنوز بدون سطح"),
	"share_members": ("Share of members", "سهم از اعضا"),
	"share_sales": ("Share of sales", "سهم از فروش"),
	"cost_title": (
		"What part of the sales does the club cost?",
		"باشگاه چند درصد از فروش هزینه دارد؟",
	),
	"cost_note": (
		"The dotted green line is what the club promised: the value of the points earned in the month. The "
		"blue line is what was really paid with points in it. Both are percents of that month’s net sales.",
		"خط‌چین سبز وعدهٔ باشگاه است: ارزش امتیازهایی که در آن ماه داده شد. خط آبی پولی است که واقعاً در آن "
		"ماه با امتیاز پرداخت شد. هر دو به درصد از فروش خالص همان ماه است.",
	),
	"promised": ("Value of points earned", "ارزش امتیازهای داده‌شده"),
	"paid": ("Paid with points", "پرداخت‌شده با امتیاز"),
	"promised_share": ("Earned, of sales", "داده‌شده، از فروش"),
	"paid_share": ("Paid, of sales", "پرداخت‌شده، از فروش"),
	"age_title": (
		"How long have outstanding points been waiting?",
		"امتیازهای مانده چند وقت است خرج نشده‌اند؟",
	),
	"age_note": (
		"Each bar is the points still unspent, by the months since they were earned. Tall old bars mean "
		"members who do not come back.",
		"هر ستون امتیازهایی است که هنوز خرج نشده، بر پایهٔ ماه‌هایی که از گرفتن آن‌ها گذشته است. ستون‌های "
		"قدیمی و بلند یعنی اعضایی که دیگر برنمی‌گردند.",
	),
	"age": ("Age in months", "عمر به ماه"),
	"age_first": ("under {0}", "زیر {0}"),
	"age_middle": ("{0} to {1}", "{0} تا {1}"),
	"age_last": ("{0} or", "{0} یا"),
	"age_last_below": ("more", "بیشتر"),
	"expiry_title": ("When will outstanding points expire?", "امتیازهای مانده کِی منقضی می‌شوند؟"),
	"expiry_note": (
		"Each bar is the points that will be lost at the end of their time if nobody redeems them. Remind "
		"members before a tall bar.",
		"هر ستون امتیازهایی است که اگر خرج نشود، در آن ماه از بین می‌رود. پیش از ستون‌های بلند به اعضا "
		"یادآوری کنید.",
	),
	"expires": ("Expires in", "ماه انقضا"),
	"never": ("no", "بدون"),
	"never_below": ("expiry", "انقضا"),
	"value": ("Value", "ارزش"),
	"none_outstanding": ("No points are outstanding.", "هیچ امتیازی نمانده است."),
	"no_tiers": ("This club has no tiers.", "این باشگاه سطح‌بندی ندارد."),
	"undone_title": ("Whose returns undid their points?", "امتیاز کدام مشتریان با برگشت کالا پس گرفته شد؟"),
	"undone_note": (
		"The pale bar is what the customer earned, the dark part of it what returns took back. A bar that "
		"is dark to its end bought, earned, and brought everything back.",
		"نوار کم‌رنگ امتیازی است که مشتری گرفته و بخش پررنگ آن چیزی است که با برگشت کالا پس گرفته شده. "
		"نواری که تا آخر پررنگ است یعنی مشتری خرید، امتیاز گرفت و همه را پس آورد.",
	),
	"undone_more": (
		"Shown: the {0} with the most points taken back, of {1} customers.",
		"{0} مشتری با بیشترین امتیاز برگشت‌خورده نشان داده شده است، از {1} مشتری.",
	),
	"none_undone": ("No return took points back.", "هیچ برگشتی امتیازی را پس نگرفت."),
	"of": ("{0} of {1}", "{0} از {1}"),
	"customer": ("Customer", "مشتری"),
	"bought": ("Bought", "خرید"),
	"returned": ("Returned", "برگشت از خرید"),
	"balance": ("Balance", "مانده"),
	# Footer
	"f_pending": (
		"Points not available yet: {0}. They are part of the outstanding points.",
		"امتیازهایی که هنوز قابل خرج نیست: {0}. این‌ها در مانده به حساب آمده‌اند.",
	),
	"f_deficit": (
		"Points owed by members who spent them before returning the goods: {0}. They are taken off the "
		"outstanding points, and off what these members earn next.",
		"کسری امتیاز اعضایی که پیش از پس آوردن کالا امتیازش را خرج کرده بودند: {0}. این مقدار از مانده کم "
		"شده و از امتیازهای بعدی همان اعضا جبران می‌شود.",
	),
	"f_no_customer": (
		"Lines without a customer, left out: {0}.",
		"سطرهای بدون مشتری که کنار گذاشته شد: {0}.",
	),
	"f_refused": (
		"Redemptions refused, because the points or the rules did not allow them: {0}.",
		"دفعه‌هایی که خرج امتیاز پذیرفته نشد، چون مانده یا قواعد باشگاه اجازه نمی‌داد: {0}.",
	),
	"f_after": (
		"Invoices after {1}, not counted: {0}.",
		"فاکتورهای پس از {1} که به حساب نیامد: {0}.",
	),
	"f_after_open": (
		"Invoices after the last day, not counted: {0}.",
		"فاکتورهای پس از روز پایان که به حساب نیامد: {0}.",
	),
	"f_posted": (
		"Invoices met a second time and counted once: {0}.",
		"فاکتورهایی که تکراری بود و فقط یک بار به حساب آمد: {0}.",
	),
	"colophon": (
		"Made by loyalty_club. This page is complete in itself: it opens without a network and sends "
		"nothing anywhere.",
		"ساختهٔ loyalty_club. این صفحه کامل است: بدون اینترنت باز می‌شود و چیزی به جایی نمی‌فرستد.",
	),
}

GREGORIAN_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
	"en": (
		"January",
		"February",
		"March",
		"April",
		"May",
		"June",
		"July",
		"August",
		"September",
		"October",
		"November",
		"December",
	),
	"fa": (
		"ژانویه",
		"فوریه",
		"مارس",
		"آوریل",
		"مه",
		"ژوئن",
		"ژوئیه",
		"اوت",
		"سپتامبر",
		"اکتبر",
		"نوامبر",
		"دسامبر",
	),
}

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

FONT_LICENCE: Final = """Vazirmatn, Copyright 2015 The Vazirmatn Project Authors.
Licensed under the SIL Open Font License, Version 1.1 (OFL)."""
FONT_FAMILY: Final = "Vazirmatn, Tahoma, system-ui, sans-serif"
_FONTS: Final = ((400, "Vazirmatn-Regular.woff2"), (700, "Vazirmatn-Bold.woff2"))

# Unicode isolates: the text inside is laid out right to left, or by its own first letter, wherever it stands.
_RLI: Final = "\u2067"
_FSI: Final = "\u2068"
_PDI: Final = "\u2069"
_MARKS: Final = re.compile("[\u200c\u200e\u200f\u2067-\u2069]")
_ZERO: Final = Decimal(0)
_LONGEST_LABEL: Final = 18
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


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
) -> str:
	"""The whole report as one HTML document that needs no network.

	`lang` is "en" or "fa"; `calendar`, "jalali" or "gregorian", writes the dates and must be the one the
	months of the outcome were cut by; `unit` is what money (Rial in the outcome) is shown in; `tier_titles`
	gives a tier's title in that language; `in_words` and `warnings` are sentences in it; `source_name` names
	the file. Raises ValueError for another language or calendar.
	"""
	if lang not in LANGUAGES:
		raise ValueError(f"Language {lang!r} is not known; use {' or '.join(LANGUAGES)}.")
	if calendar not in CALENDARS:
		raise ValueError(f"Calendar {calendar!r} is not known; use {' or '.join(CALENDARS)}.")
	voice = _Voice(lang, calendar, unit, tier_titles)
	charts = _charts(outcome, voice)
	drawn = [chart.drawing for chart in charts if chart.drawing]
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
		in_words=in_words,
		warnings=warnings,
		charts=charts,
		notes=_notes(outcome.summary, voice),
		font_css=Markup(_font_css()),
		plotly_js=Markup(str(get_plotlyjs())) if drawn else "",
		drawings=Markup(_script_json(drawn)),
	)


# --- Saying numbers, money, days and tiers ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Voice:
	"""One language, calendar and money unit; everything that is read on the page was said by it."""

	lang: str
	calendar: str
	unit: MoneyUnit
	tier_titles: Mapping[str, str]

	@property
	def rtl(self) -> bool:
		return self.lang == "fa"

	def text(self, key: str, *values: str) -> str:
		return MESSAGES[key][LANGUAGES.index(self.lang)].format(*values)

	def number(self, amount: Decimal | int, decimals: int | None = None) -> str:
		return format_number(Decimal(amount), self.lang, decimals)

	def points(self, amount: Decimal) -> str:
		return self.text("scaled", self.number(amount), self.text("points"))

	def money(self, amount: Decimal) -> str:
		"""Exact: 1,234,567,890 toman."""
		return format_money(amount, self.unit, self.lang)

	def money_short(self, amount: Decimal) -> str:
		"""From a million on, three figures and a word: 1.23 billion toman. Below, exact."""
		shown = amount / self.unit.factor
		power = _power(abs(shown), Decimal(1))
		if power < 6:
			return self.money(amount)
		short = shown.scaleb(-power)
		decimals = max(0, 2 - max(0, short.adjusted()))
		number = self.number(short.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
		return self.text("scaled_money", number, self.text(f"scale_{power}"), self.unit_name)

	def money_cell(self, amount: Decimal) -> str:
		"""Exact and without the unit, for a column whose head names it."""
		return self.money(amount).removesuffix(self.unit_name).rstrip()

	def in_unit(self, label: str) -> str:
		return self.text("in_unit", label, self.unit_name)

	@property
	def unit_name(self) -> str:
		return self.unit.name_fa if self.rtl else self.unit.name_en

	def percent(self, share: Decimal | None, decimals: int | None = 2) -> str:
		"""A share of 1 in percent; what has no share (of nothing) is a dash."""
		if share is None:
			return self.text("none")
		return self.text("percent", self.number(share * 100, decimals))

	def month(self, start: date) -> tuple[str, str]:
		"""The month that begins on this day, and its year."""
		if self.calendar == "jalali":
			year, month, _ = jalali.to_jalali(start)
			name = (jalali.MONTHS_FA if self.rtl else jalali.MONTHS_EN)[month - 1]
		else:
			year, name = start.year, GREGORIAN_MONTHS[self.lang][start.month - 1]
		return name, self.digits(year)

	def month_name(self, start: date) -> str:
		return self.text("month_name", *self.month(start))

	def day(self, day: date) -> str:
		if self.calendar == "jalali":
			return jalali.format_date(day, self.lang, "long")
		name = GREGORIAN_MONTHS[self.lang][day.month - 1]
		return self.text("day_name", self.digits(day.day), name, self.digits(day.year))

	def digits(self, number: int) -> str:
		"""A year or a day of the month: not grouped in threes."""
		return "".join(self.number(int(digit)) for digit in str(number))

	def tier(self, name: str, title_fa: str = "") -> str:
		if not name:
			return self.tier_titles.get("") or self.text("below")
		return self.tier_titles.get(name) or (title_fa if self.rtl else "") or name

	def plot(self, *lines: str, bold_first: bool = False) -> str:
		"""Lines of text for Plotly, which reads a little HTML and knows no right to left."""
		safe = [html.escape(line, quote=False) for line in lines]
		if self.rtl:
			safe = [f"{_RLI}{line}{_PDI}" for line in safe]
		if bold_first:
			safe[0] = f"<b>{safe[0]}</b>"
		return "<br>".join(safe)

	def plot_name(self, name: str) -> str:
		"""A name for Plotly: in its own direction, shortened where it would fill the picture."""
		short = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
		return f"{_FSI}{html.escape(short, quote=False)}{_PDI}"


def _power(largest: Decimal, at_least: Decimal) -> int:
	"""Which word a number is said with: 0, 3 (thousand), 6, 9 or 12; it is used from `at_least` of it on."""
	return next((power for power in (12, 9, 6, 3) if largest >= at_least.scaleb(power)), 0)


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
	return Decimal(part) / Decimal(whole) if whole > 0 else None


def _total(amounts: Iterable[Decimal]) -> Decimal:
	return sum(amounts, _ZERO)


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


def _period(summary: Summary, voice: _Voice) -> str:
	if not (summary.first_day and summary.last_day):
		return ""
	return voice.text("period_value", voice.day(summary.first_day), voice.day(summary.last_day))


def _cards(outcome: Outcome, voice: _Voice) -> list[_Card]:
	s, t = outcome.summary, voice.text
	earned_value = _total(month.earned_value for month in outcome.months)
	redeemed_value = _total(month.redeemed_value for month in outcome.months)
	short, exact = voice.money_short(s.net_sales), voice.money(s.net_sales)
	return [
		_Card(t("members"), voice.number(s.members), "", t("members_sub")),
		_Card(t("invoices"), voice.number(s.invoices), "", t("invoices_sub", voice.number(s.returns))),
		_Card(t("net_sales"), short, exact if exact != short else "", t("net_sales_sub")),
		_Card(
			t("cost"),
			voice.percent(_share(redeemed_value, s.net_sales)),
			"",
			t("cost_sub", voice.percent(_share(earned_value, s.net_sales))),
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
			t("expired_sub", voice.percent(_share(s.points_expired, s.points_earned), 1)),
		),
		_Card(t("reversed"), voice.number(s.points_reversed), "", t("reversed_sub")),
		_Card(
			t("outstanding"),
			voice.number(s.points_outstanding),
			"",
			t("outstanding_sub", voice.money_short(s.value_outstanding)),
		),
	]


def _identity(summary: Summary, voice: _Voice) -> list[_Step]:
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


def _notes(summary: Summary, voice: _Voice) -> list[str]:
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
		(summary.already_posted, voice.text("f_posted", voice.number(summary.already_posted))),
	)
	return [sentence for amount, sentence in sentences if amount]


# --- Charts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
	"""Column heads with "text" or "number" each, and rows of said values; customers go in <bdi>."""

	heads: tuple[tuple[str, str], ...]
	rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Chart:
	"""One picture. Without a `drawing` the `note` stands in its place and says why there is none."""

	id: str
	title: str
	note: str
	wide: bool
	height: int = 0
	legend: tuple[tuple[str, str], ...] = ()
	unit: str = ""
	drawing: Mapping[str, Any] | None = None
	table: _Table | None = None


def _charts(outcome: Outcome, voice: _Voice) -> list[_Chart]:
	"""All pictures in the order of the page; none when no invoice was counted."""
	if not (outcome.summary.invoices and outcome.months):
		return []
	return [
		_months_chart(outcome.months, voice),
		_tiers_chart(outcome.tiers, voice),
		_cost_chart(outcome.months, voice),
		_age_chart(outcome.by_age, voice),
		_expiry_chart(outcome.by_expiry, voice),
		_undone_chart(outcome.undone, voice),
	]


def _months_chart(months: Sequence[Month], voice: _Voice) -> _Chart:
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
	highs = [_total(values[i] for *_, values in series if values[i] > 0) for i in range(len(months))]
	lows = [_total(values[i] for *_, values in series if values[i] < 0) for i in range(len(months))]
	axis, unit = _points_axis(min([_ZERO, *lows]), max([_ZERO, *highs]), voice, signed=False)
	traces = [_columns_of(values, hover, colour) for colour, _, values in series]
	return _Chart(
		id="chart-months",
		title=t("months_title"),
		note=t("months_note"),
		wide=True,
		height=380,
		legend=tuple((COLOURS[colour], name) for colour, name, _ in series),
		unit=unit,
		drawing=_columns("chart-months", 380, traces, [voice.month(m.start) for m in months], axis, voice),
		table=_Table(((t("month"), "text"), *((name, "number") for name in names)), rows),
	)


def _cost_chart(months: Sequence[Month], voice: _Voice) -> _Chart:
	t = voice.text
	promised = [_share(m.earned_value, m.net_sales) for m in months]
	paid = [_share(m.redeemed_value, m.net_sales) for m in months]
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

	def say(tick: Decimal) -> str:
		return voice.percent(tick / 100, None)

	shares = [share * 100 for _, _, values, _ in series for share in values if share is not None]
	axis = _axis(
		min([_ZERO, *shares]), max([_ZERO, *shares]), lambda tick: voice.percent(tick / 100, None), voice
	)
	traces = [
		_line_of([None if share is None else share * 100 for share in values], hover, colour, dash)
		for colour, _, values, dash in series
	]
	return _Chart(
		id="chart-cost",
		title=t("cost_title"),
		note=t("cost_note"),
		wide=False,
		height=320,
		legend=tuple((COLOURS[colour], name) for colour, name, *_ in series),
		unit=t("unit", t("percent_of_sales")),
		drawing=_columns("chart-cost", 320, traces, [voice.month(m.start) for m in months], axis, voice),
		table=_Table(
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


def _tiers_chart(tiers: Sequence[TierRow], voice: _Voice) -> _Chart:
	t = voice.text
	if not tiers:
		return _Chart("chart-tiers", t("tiers_title"), t("no_tiers"), wide=False)
	members = sum(tier.members for tier in tiers)
	sales = _total(tier.net_sales for tier in tiers)
	of_members = [_share(tier.members, members) for tier in tiers]
	of_sales = [_share(tier.net_sales, sales) for tier in tiers]
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
	return _Chart(
		id="chart-tiers",
		title=t("tiers_title"),
		note=t("tiers_note"),
		wide=False,
		height=height,
		legend=tuple((COLOURS[colour], name) for colour, name, _ in series),
		unit=t("unit", t("percent_of_all")),
		drawing=_rows(
			"chart-tiers", height, traces, [voice.plot_name(title) for title in titles], "group", voice
		),
		table=_Table(
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


def _age_chart(buckets: Sequence[Bucket], voice: _Voice) -> _Chart:
	labels = [_age_label(bucket.key, voice) for bucket in buckets]
	return _buckets_chart("age", buckets, labels, "redeemed", voice)


def _expiry_chart(buckets: Sequence[Bucket], voice: _Voice) -> _Chart:
	ordered = [bucket for bucket in buckets if bucket.start] + [b for b in buckets if not b.start]
	never = (voice.text("never"), voice.text("never_below"))
	labels = [voice.month(bucket.start) if bucket.start else never for bucket in ordered]
	return _buckets_chart("expiry", ordered, labels, "expired", voice)


def _buckets_chart(
	name: str, buckets: Sequence[Bucket], labels: Sequence[tuple[str, str]], colour: str, voice: _Voice
) -> _Chart:
	"""Outstanding points in columns: by age or by expiry."""
	t = voice.text
	chart_id = f"chart-{name}"
	if not any(bucket.points for bucket in buckets):
		return _Chart(chart_id, t(f"{name}_title"), t("none_outstanding"), wide=False)
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
	traces = [_columns_of(amounts, hover, colour)]
	return _Chart(
		id=chart_id,
		title=t(f"{name}_title"),
		note=t(f"{name}_note"),
		wide=False,
		height=320,
		unit=unit,
		drawing=_columns(
			chart_id, 320, traces, labels, axis, voice, axis_title=head if name == "age" else ""
		),
		table=_Table(
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


def _age_label(key: str, voice: _Voice) -> tuple[str, str]:
	"""In two lines, from "3": 3 to 6 (months); from the first of AGES: under 1; from the last: 12 or more."""
	position = AGES.index(key)
	if position == len(AGES) - 1:
		return voice.text("age_last", voice.number(int(key))), voice.text("age_last_below")
	following = voice.number(int(AGES[position + 1]))
	if position == 0:
		return voice.text("age_first", following), ""
	return voice.text("age_middle", voice.number(int(key)), following), ""


def _undone_chart(undone: Sequence[Undone], voice: _Voice) -> _Chart:
	t = voice.text
	if not undone:
		return _Chart("chart-undone", t("undone_title"), t("none_undone"), wide=True)
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
	more = t("undone_more", voice.number(len(top)), voice.number(len(undone)))
	return _Chart(
		id="chart-undone",
		title=t("undone_title"),
		note=t("sentences", t("undone_note"), more) if len(undone) > len(top) else t("undone_note"),
		wide=True,
		height=height,
		legend=((COLOURS["reversed"], t("reversed")), (COLOURS["pale"], t("earned"))),
		unit=t("unit", t("points")),
		drawing=_rows(
			"chart-undone", height, traces, [voice.plot_name(row.customer) for row in top], "overlay", voice
		),
		table=_Table(heads, rows),
	)


# --- What Plotly is told ------------------------------------------------------------------------------------
# Exact numbers end here: a picture is drawn with floats, and never read back.


def _columns(
	chart_id: str,
	height: int,
	traces: Sequence[Mapping[str, Any]],
	labels: Sequence[tuple[str, str]],
	axis: Mapping[str, Any],
	voice: _Voice,
	axis_title: str = "",
) -> dict[str, Any]:
	"""Upright bars or lines side by side; of the labels below, the page writes as many as fit it."""
	count = len(labels)
	layout = _layout(height, voice)
	layout["barmode"] = "relative"
	layout["bargap"] = 0.35
	layout["margin"].update({"b": 62 if axis_title else 48, "l": 20, "r": 20})
	layout["xaxis"] = {
		"range": [count - 0.5, -0.5] if voice.rtl else [-0.5, count - 0.5],
		"fixedrange": True,
		"showgrid": False,
		"zeroline": False,
		"tickangle": 0,
		"tickmode": "array",
		"ticklabeloverflow": "allow",
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
	voice: _Voice,
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


def _layout(height: int, voice: _Voice) -> dict[str, Any]:
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


def _columns_of(values: Sequence[Decimal], hover: Sequence[str], colour: str) -> dict[str, Any]:
	return {
		"type": "bar",
		"x": list(range(len(values))),
		"y": [float(value) for value in values],
		"hovertext": list(hover),
		"hoverinfo": "text",
		"textposition": "none",
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


def _points_axis(low: Decimal, high: Decimal, voice: _Voice, *, signed: bool) -> tuple[dict[str, Any], str]:
	"""The scale for points and the sentence that names its unit; unsigned, below zero counts upwards too."""
	power = _power(max(abs(low), abs(high)), Decimal(20))
	unit = voice.text("points")
	if power:
		unit = voice.text("scaled", voice.text(f"scale_{power}"), unit)

	def say(tick: Decimal) -> str:
		return voice.number((tick if signed else abs(tick)).scaleb(-power))

	return _axis(low, high, say, voice), voice.text("unit", unit)


def _axis(low: Decimal, high: Decimal, say: Callable[[Decimal], str], voice: _Voice) -> dict[str, Any]:
	ticks = _nice_ticks(low, high)
	room = (ticks[-1] - ticks[0]) / 40
	return {
		"range": [float(ticks[0] - (room if low < 0 else 0)), float(ticks[-1] + room)],
		"tickvals": [float(tick) for tick in ticks],
		"ticktext": [voice.plot(say(tick)) for tick in ticks],
	}


def _nice_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
	"""About five round steps (1, 2, 2.5 or 5 times a power of ten) that hold both ends and zero."""
	low, high = min(low, _ZERO), max(high, _ZERO)
	if low == high:
		return [_ZERO, Decimal(1)]
	raw = (high - low) / 5
	power = Decimal(1).scaleb(raw.adjusted())
	step = next(power * times for times in _STEPS if power * times >= raw)
	first = int((low / step).to_integral_value(ROUND_FLOOR))
	last = int((high / step).to_integral_value(ROUND_CEILING))
	return [step * index for index in range(first, last + 1)]


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
