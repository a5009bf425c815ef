"""What the report says: every sentence in both languages, and the voice that says numbers, money and days.

What it alone may do: hold a word that stands on the page of a back-test, in the cards, the charts or the notes.
It draws nothing and adds nothing up; what it is given it only writes down.

Its data: MESSAGES, one line per sentence as (English, Persian), its values at {0}, {1}; GREGORIAN_MONTHS.

How it is used: `voice = Voice("fa", "jalali", TOMAN, {"gold": "طلایی"})`, then `voice.text("members")`,
`voice.money(rial)`, `voice.month(day)`, and `voice.plot(…)` for what Plotly is to show.

Right to left: Plotly itself only knows left to right, so each text handed to it is wrapped in Unicode isolates.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from loyalty_club import jalali
from loyalty_club.persian import MoneyUnit, format_money, format_number

LANGUAGES: Final = ("en", "fa")
CALENDARS: Final = ("jalali", "gregorian")

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
	"in_words": ("The club in words", "باشگاه به زبان ساده"),
	"more_words": ("All other rules ({0})", "قواعد دیگر ({0} مورد)"),
	"warnings": ("Look at this before you switch it on", "پیش از راه‌اندازی به این‌ها توجه کنید"),
	"charts": ("In charts", "نمودارها"),
	"table": ("The numbers as a table", "همین عددها در جدول"),
	"unit": ("Unit: {0}", "واحد: {0}"),
	"footer": ("Also worth knowing", "نکته‌های دیگر"),
	"none": ("—", "—"),
	"sentences": ("{0} {1}", "{0} {1}"),
	# The cards
	"members": ("Members", "اعضا"),
	"members_sub": ("customers in these invoices", "مشتریان همین فاکتورها"),
	"invoices": ("Invoices", "فاکتور فروش"),
	"invoices_sub": ("and returns: {0}", "و فاکتور برگشتی: {0}"),
	"net_sales": ("Net sales", "فروش خالص"),
	"net_sales_sub": ("before tax, less returns", "بدون مالیات، پس از کسر برگشتی‌ها"),
	"earned": ("Points earned", "امتیاز داده‌شده"),
	"earned_sub": ("worth {0}, less those taken back", "به ارزش {0} پس از کسر برگشتی‌ها"),
	"redeemed_net": ("Points redeemed", "امتیاز خرج‌شده"),
	"redeemed_sub": ("paid for {0}", "{0} پرداخت شد"),
	"expired": ("Points expired", "امتیاز منقضی‌شده"),
	"expired_sub": ("{0} of all points earned", "{0} از همهٔ امتیازهای داده‌شده"),
	"reversed": ("Points taken back", "امتیاز پس‌گرفته‌شده"),
	"reversed_sub": ("because goods came back", "چون کالا برگشت داده شد"),
	"outstanding": ("Points outstanding", "ماندهٔ امتیاز"),
	"outstanding_sub": ("worth {0}", "به ارزش {0}"),
	"cost": ("Cost as a share of sales", "هزینهٔ باشگاه نسبت به فروش"),
	"cost_sub": ("{0} had every point been redeemed", "{0} اگر همهٔ امتیازها خرج می‌شد"),
	# The identity line
	"redeemed": ("Redeemed", "خرج‌شده"),
	"restored": ("Given back on returns", "بازگردانده‌شده به مشتری"),
	"left": ("Outstanding", "مانده"),
	"word_earned": ("Earned", "داده‌شده"),
	"word_expired": ("Expired", "منقضی‌شده"),
	"word_reversed": ("Taken back by returns", "پس‌گرفته‌شده با برگشت کالا"),
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
		"Above the line: points earned in the month. Below it: points that left, and why. Redeemed "
		"is what members spent less what returns gave back to them.",
		"بالای خط، امتیازهایی است که در آن ماه داده شده؛ پایین خط، امتیازهایی که کم شده و اینکه چرا. "
		"خرج‌شده یعنی آنچه اعضا خرج کرده‌اند منهای آنچه هنگام برگشت کالا به آن‌ها بازگردانده شده است.",
	),
	"month": ("Month", "ماه"),
	"tiers_title": (
		"Which tier brings in the sales?",
		"هر سطح چه سهمی از اعضا و از فروش دارد؟",
	),
	"tiers_note": (
		"For each tier, its share of the members and of the net sales. A tier whose sales bar is much "
		"longer than its members bar carries the shop. Members are counted where they are now; purchases and "
		"points in the tier held when they were made, returns in the tier held when the goods came back.",
		"برای هر سطح، سهم آن از اعضا و از فروش خالص. سطحی که نوار فروشش خیلی بلندتر از نوار اعضایش باشد، "
		"فروشگاه را می‌چرخاند. اعضا در سطح کنونی‌شان شمرده شده‌اند؛ خرید و امتیاز آن در سطحی که هنگام خرید "
		"داشتند و برگشتی در سطحی که هنگام پس آوردن کالا داشتند.",
	),
	"tier": ("Tier", "سطح"),
	"below": ("Below the first tier", "هنوز بدون سطح"),
	"share_members": ("Share of members", "سهم از اعضا"),
	"share_sales": ("Share of sales", "سهم از فروش"),
	"cost_title": (
		"How much of the sales does the club cost?",
		"هزینهٔ باشگاه چند درصد فروش است؟",
	),
	"cost_note": (
		"The dotted green line is what the club promised: the value of the points earned in the month, less "
		"those taken back. The blue line is what members really paid with points, less what returns gave "
		"back to them. Both are percents of that month’s net sales.",
		"نقطه‌چین سبز وعدهٔ باشگاه است: ارزش امتیازهایی که در آن ماه داده شد، منهای آنچه پس گرفته شد. خط آبی "
		"پولی است که اعضا واقعاً با امتیاز پرداختند، منهای آنچه با برگشت کالا به آن‌ها بازگردانده شد. هر دو به "
		"درصد از فروش خالص همان ماه است.",
	),
	"promised": ("Value of points earned", "ارزش امتیازهای داده‌شده"),
	"paid": ("Paid with points", "پرداخت‌شده با امتیاز"),
	"promised_share": ("Earned, % of sales", "داده‌شده، درصد از فروش"),
	"paid_share": ("Paid, % of sales", "پرداخت‌شده، درصد از فروش"),
	"age_title": (
		"How old are the unspent points?",
		"امتیازهای مانده چند وقت است خرج نشده‌اند؟",
	),
	"age_note": (
		"Each bar is the points still unspent, by the months since they were earned. Tall bars for "
		"long ages mean members who do not come back.",
		"هر ستون امتیازهایی است که هنوز خرج نشده، بر پایهٔ ماه‌هایی که از گرفتن آن‌ها گذشته است. ستون "
		"بلند در عمرهای زیاد یعنی اعضایی که دیگر برنمی‌گردند.",
	),
	"age": ("Months since earned", "ماه‌های گذشته از گرفتن امتیاز"),
	"age_first": ("under {0}", "زیر {0}"),
	"age_middle": ("{0} to {1}", "{0} تا {1}"),
	"age_last": ("{0} or", "{0} یا"),
	"age_last_below": ("more", "بیشتر"),
	"expiry_title": ("When will outstanding points expire?", "امتیازهای مانده کِی منقضی می‌شوند؟"),
	"expiry_note": (
		"Each bar is the points that will be lost in that month if nobody redeems them before. Months in "
		"which nothing expires are left out. Remind members before a month with a tall bar.",
		"هر ستون امتیازهایی است که اگر تا آن ماه خرج نشود، در آن ماه از بین می‌رود. ماه‌هایی که در آن‌ها چیزی "
		"منقضی نمی‌شود نیامده است. پیش از ماهی که ستون بلندی دارد به اعضا یادآوری کنید.",
	),
	"expires": ("Expires in", "ماه انقضا"),
	"never": ("no", "بدون"),
	"never_below": ("expiry", "انقضا"),
	"value": ("Value", "ارزش"),
	"none_outstanding": ("No points are outstanding.", "هیچ امتیازی نمانده است."),
	"no_tiers": ("This club has no tiers.", "این باشگاه سطح‌بندی ندارد."),
	"undone_title": ("Whose returns undid their points?", "امتیاز کدام مشتریان با برگشت کالا پس گرفته شد؟"),
	"undone_note": (
		"The pale bar is what the customer earned, the dark part of it what returns took back. Where a "
		"bar is dark to its end, the customer bought, earned, and brought everything back.",
		"نوار کم‌رنگ امتیازی است که مشتری گرفته و بخش پررنگ آن چیزی است که با برگشت کالا پس گرفته شده. "
		"نواری که تا آخر پررنگ است یعنی مشتری خرید، امتیاز گرفت و همه را پس آورد.",
	),
	"undone_more": (
		"Shown: the {0} customers with the most points taken back.",
		"{0} مشتری با بیشترین امتیاز پس‌گرفته‌شده نشان داده شده است.",
	),
	"none_undone": ("No return took points back.", "هیچ برگشتی امتیازی را پس نگرفت."),
	"of": ("{0} of {1}", "{0} از {1}"),
	"customer": ("Customer", "مشتری"),
	"bought": ("Bought", "مبلغ خرید"),
	"returned": ("Returned", "مبلغ برگشتی"),
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
		"Lines of the file without a customer, left out: {0}.",
		"سطرهایی از فایل که مشتری نداشت و کنار گذاشته شد: {0}.",
	),
	"f_refused": (
		"Times a member wanted to pay with points and could not, because the points or the rules did not "
		"allow it: {0}.",
		"دفعاتی که عضوی خواست با امتیاز بپردازد و نشد، چون مانده یا قواعد باشگاه اجازه نمی‌داد: {0}.",
	),
	"f_after": (
		"Invoices and returns after {1}, not counted: {0}.",
		"فاکتورهای فروش و برگشتیِ پس از {1} که به حساب نیامد: {0}.",
	),
	"f_after_open": (
		"Invoices and returns after the last day, not counted: {0}.",
		"فاکتورهای فروش و برگشتیِ پس از روز پایان که به حساب نیامد: {0}.",
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

# Unicode isolates: the text inside is laid out right to left, or by its own first letter, wherever it stands.
_RLI: Final = "\u2067"
_FSI: Final = "\u2068"
_PDI: Final = "\u2069"
_LONGEST_LABEL: Final = 18


@dataclass(frozen=True, slots=True)
class Voice:
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
		power = power_of(abs(shown), Decimal(1))
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


def power_of(largest: Decimal, at_least: Decimal) -> int:
	"""Which word a number is said with: 0, 3 (thousand), 6, 9 or 12; it is used from `at_least` of it on."""
	return next((power for power in (12, 9, 6, 3) if largest >= at_least.scaleb(power)), 0)
