"""Sentences about a program file: what is wrong in it, and where, in English and Persian.

Only this module turns a `program.ProgramError` into words; what is wrong is found there. Data: `PROBLEMS`, a template for
each code, and `PLACES`, with the same keys and placeholders in both languages (a test checks that); `WHYS`, Persian for
what the JSON reader and pydantic say in English. In English a number is written as it stands in the file, in Persian with
Persian digits; settings, dates and JSON values stay as they stand, set apart by marks of direction.

>>> text("tiers.1.per", "per_not_positive", {"per": Decimal(0)}, Style())
'tiers.1.per: 0: points are given for each amount above 0'
>>> text("tiers.1.name", "tier_twice", {"tier": "gold"}, Style("fa")).replace(RLM, "")
'tiers.1.name: دو سطح با نام «gold» هست'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from loyalty_club import persian
from loyalty_club.core.phrases import OR, Text, listed, quoted
from loyalty_club.core.words import JOIN, Style

LRM = "\u200e"
RLM = "\u200f"

PLACES: Mapping[str, Text] = {
	"setting": {"en": "{where}: {problem}", "fa": "{where}\u200f: {problem}"},
	"line": {"en": "line {line}, column {column}: {problem}", "fa": "خط {line}، ستون {column}: {problem}"},
	"file": {"en": "{problem}", "fa": "{problem}"},
}
THIS: Text = {"en": "this", "fa": "این مقدار"}  # an object or a list, which is not written out

PROBLEMS: Mapping[str, Text] = {
	# the text
	"not_json": {"en": "not JSON: {why}", "fa": "JSON نیست: {why}"},
	"too_deep": {"en": "nests too deep for a program", "fa": "بیش از اندازهٔ یک برنامه تودرتوست"},
	"too_many_digits": {
		"en": "has a number of more digits than any setting takes",
		"fa": "عددی دارد که رقم‌هایش بیش از آن است که تنظیمی بپذیرد",
	},
	"not_an_object": {
		"en": "a program is a JSON object: {{ … }}",
		"fa": "هر برنامه یک شیء JSON است: \u200e{{ … }}\u200e",
	},
	"twice": {
		"en": "is there twice in one object; keep one",
		"fa": "در یک شیء دو بار آمده است؛ یکی را نگه دارید",
	},
	"format": {
		"en": "says which format this file has; write {setting}",
		"fa": "می‌گوید که قالب این فایل کدام است؛ \u200e{setting}\u200e بنویسید",
	},
	# one setting by itself
	"missing": {"en": "is missing", "fa": "نوشته نشده است"},
	"unknown_setting": {
		"en": "is no setting of a program; check its spelling",
		"fa": "از تنظیم‌های برنامه نیست؛ املای آن را بررسی کنید",
	},
	"not_a_number": {"en": "{given} is not a number", "fa": "{given} عدد نیست"},
	"not_a_whole_number": {"en": "{given} is not a whole number", "fa": "{given} عدد صحیح نیست"},
	"not_a_text": {"en": "{given} is not a text", "fa": "{given} متن نیست"},
	"not_true_or_false": {"en": "{given} is not true or false", "fa": "{given} نه true است و نه false"},
	"not_a_date": {
		"en": "{given} is not a Gregorian date like 2025-03-21",
		"fa": "{given} تاریخ میلادی نیست؛ آن را مانند \u200e2025-03-21\u200e بنویسید",
	},
	"not_a_time": {
		"en": '{given} is not a time like "09:30"',
		"fa": '{given} ساعت نیست؛ آن را مانند \u200e"09:30"\u200e بنویسید',
	},
	"not_a_list": {"en": "{given} is not a list", "fa": "{given} فهرست نیست"},
	"not_one_of": {
		"en": "{given} is not one of {choices}",
		"fa": "به جای {given} یکی از این‌ها را بنویسید: {choices}",
	},
	"not_accepted": {"en": "{given}: {why}", "fa": "{given}: {why}"},
	"too_large": {
		"en": "{given} is too large or too fine; at most {most:,}, with at most 6 decimals",
		"fa": "{given} بیش از اندازه بزرگ یا ریز است؛ دست‌بالا {most}، با حداکثر ۶ رقم اعشار",
	},
	"unprintable": {
		"en": "has nothing but spaces, or signs that cannot be shown",
		"fa": "جز فاصله چیزی ندارد، یا نویسه‌هایی دارد که نمایش‌دادنی نیستند",
	},
	"far_day": {
		"en": "{day} is no day of a club; from 1950 to 2099",
		"fa": "{day} روزی از عمر یک باشگاه نیست؛ از سال ۱۹۵۰ تا ۲۰۹۹ میلادی بنویسید",
	},
	"empty": {"en": "is empty", "fa": "خالی است"},
	# tiers
	"no_tiers": {"en": "a program has at least one tier", "fa": "هر برنامه دست‌کم یک سطح دارد"},
	"tier_unnamed": {"en": "a tier needs a name", "fa": "هر سطح نامی می‌خواهد"},
	"tier_twice": {"en": "there are two tiers named “{tier}”", "fa": "دو سطح با نام «{tier}» هست"},
	"per_not_positive": {
		"en": "{per}: points are given for each amount above 0",
		"fa": "{per}: امتیاز برای هر مبلغِ بیش از ۰ داده می‌شود",
	},
	"tier_points_below_zero": {
		"en": "{points}: a purchase cannot earn less than nothing",
		"fa": "{points}: هیچ خریدی کمتر از ۰ امتیاز نمی‌آورد",
	},
	"threshold_below_zero": {
		"en": "{threshold}: a tier begins at 0 or above",
		"fa": "{threshold}: هر سطح از ۰ یا بالاتر آغاز می‌شود",
	},
	"tiers_overlap": {
		"en": "the tiers “{below}” and “{tier}” overlap: “{below}” begins at {below_threshold} and “{tier}”, the next one, at {threshold}. Each tier must begin above the one before",
		"fa": "سطح‌های «{below}» و «{tier}» هم‌پوشانی دارند: «{below}» از {below_threshold} آغاز می‌شود و سطح پس از آن، «{tier}»، از {threshold}. هر سطح باید بالاتر از سطح پیش از خود آغاز شود",
	},
	"visit_below_zero": {
		"en": "a visit cannot be worth less than nothing",
		"fa": "ارزش هر روزِ خرید کمتر از ۰ نمی‌شود",
	},
	# earning
	"rule_name": {"en": "each rule needs a name of its own", "fa": "هر قاعده نامی برای خود می‌خواهد"},
	"multiply_or_add": {
		"en": "“{rule}” must either multiply or add, and not both",
		"fa": "«{rule}» باید یا ضرب کند (multiply) یا بیفزاید (add)، و نه هر دو",
	},
	"multiply_below_one": {
		"en": "{multiply}: a bonus multiplies by 1 or more",
		"fa": "{multiply}: جایزه امتیاز را در ۱ یا بیشتر ضرب می‌کند",
	},
	"add_below_zero": {
		"en": "{add}: a bonus adds 0 points or more",
		"fa": "{add}: جایزه ۰ امتیاز یا بیشتر می‌افزاید",
	},
	"unknown_weekday": {
		"en": "“{weekday}” is no weekday: {known}",
		"fa": "«{weekday}» روز هفته نیست؛ روزها: {known}",
	},
	"unknown_occasion": {
		"en": "“{occasion}” is no known occasion: {known}",
		"fa": "«{occasion}» مناسبتِ شناخته‌شده‌ای نیست؛ مناسبت‌ها: {known}",
	},
	"unknown_tier": {"en": "there is no tier “{tier}”", "fa": "سطحی به نام «{tier}» نیست"},
	"hours_zone": {
		"en": 'write the hours as the till shows them, like ["09:00", "12:00"]',
		"fa": 'ساعت‌ها را همان‌گونه که صندوق نشان می‌دهد بنویسید، مانند \u200e["09:00", "12:00"]\u200e',
	},
	"hours_order": {
		"en": "the first hour must be before the last; split a night in two rules",
		"fa": "ساعت نخست باید پیش از ساعت دوم باشد؛ بازهٔ شبانه را در دو قاعده بنویسید",
	},
	"jalali_date": {
		"en": "{day} looks like a Jalali date; write the Gregorian one",
		"fa": "{day} به تاریخ جلالی می‌ماند؛ تاریخ میلادی را بنویسید",
	},
	"days_order": {"en": "{end} is before {begin}", "fa": "{end} پیش از {begin} است"},
	"amount_below_zero": {"en": "{amount}: write 0 or more", "fa": "{amount}: ۰ یا بیشتر بنویسید"},
	"carry_over": {
		"en": 'only "full_steps" leave a remainder to carry over',
		"fa": "فقط «full_steps» مانده‌ای دارد که به فاکتور بعدی برسد",
	},
	# points, money, periods
	"points_below_zero": {
		"en": "{points} points: write 0 or more",
		"fa": "{points} امتیاز: ۰ یا بیشتر بنویسید",
	},
	"points_too_fine": {
		"en": "{points} points: points of this program are multiples of {quantum}",
		"fa": "{points} امتیاز: امتیازهای این برنامه مضرب‌هایی از {quantum} هستند",
	},
	"value_below_zero": {
		"en": "a point cannot be worth less than nothing",
		"fa": "ارزش هر امتیاز کمتر از ۰ نمی‌شود",
	},
	"not_a_share": {
		"en": "{share} is no share: from 0 to 1",
		"fa": "{share} سهمی از فاکتور نیست: عددی از ۰ تا ۱ بنویسید",
	},
	"expiry_count": {
		"en": "{count}: points live for 1 to {most} periods (at most 20 years)",
		"fa": "{count}: عمر امتیاز ۱ تا {most} دوره است (دست‌بالا ۲۰ سال)",
	},
	"days_range": {
		"en": "{days} days: write a number from 0 to {most} (20 years)",
		"fa": "{days} روز: عددی از ۰ تا {most} بنویسید (۲۰ سال)",
	},
	"months_range": {
		"en": "{months} months: write a number from 1 to {most} (20 years)",
		"fa": "{months} ماه: عددی از ۱ تا {most} بنویسید (۲۰ سال)",
	},
	# LRFM
	"lrfm_months": {
		"en": "{months} months: write a number from 0 (all purchases) to {most} (20 years)",
		"fa": "{months} ماه: عددی از ۰ (همهٔ خریدها) تا {most} بنویسید (۲۰ سال)",
	},
	"weight_below_zero": {
		"en": "{weight}: a weight is 0 or more",
		"fa": "{weight}: وزن ۰ یا بیشتر است",
	},
	"no_weight": {
		"en": "at least one of the four weights must be above 0",
		"fa": "دست‌کم یکی از چهار وزن باید بیشتر از ۰ باشد",
	},
	"limits_missing": {
		"en": "scoring by limits needs four rising numbers here",
		"fa": "امتیازدهی با مرزهای ثابت این‌جا چهار عددِ رو به افزایش می‌خواهد",
	},
	"limits_not_rising": {
		"en": "{high} after {low}: each limit must be above the one before",
		"fa": "{high} پس از {low}: هر مرز باید بالاتر از مرز پیش از خود باشد",
	},
	"score_above_five": {
		"en": "{threshold}: an LRFM score is at most 5, so nobody would reach this tier",
		"fa": "{threshold}: نمرهٔ LRFM دست‌بالا ۵ است و هیچ‌کس به این سطح نمی‌رسد",
	},
	"point_decimals": {
		"en": "{decimals}: points have 0 to 2 decimals",
		"fa": "{decimals}: امتیاز ۰ تا ۲ رقم اعشار دارد",
	},
	"money_decimals": {
		"en": "{decimals}: money has 0 to 4 decimals",
		"fa": "{decimals}: مبلغ ۰ تا ۴ رقم اعشار دارد",
	},
	"unknown_unit": {
		"en": "“{unit}” is no unit of money: {known}",
		"fa": "«{unit}» واحد پول نیست؛ واحدها: {known}",
	},
}

# Persian for `why`, by how the reader's sentence begins, or by the kind pydantic gives it; "" is for all others.
WHYS: Mapping[str, Mapping[str, str]] = {
	"not_json": {
		"Expecting value": "این‌جا مقداری باید باشد",
		"Expecting property name": 'این‌جا نام تنظیمی میان دو " باید باشد',
		"Expecting ':'": "این‌جا دونقطه (:) باید باشد",
		"Expecting ','": "این‌جا ویرگولِ لاتین (,) باید باشد",
		"Illegal trailing comma": "پس از این ویرگول (,) چیزی نیست؛ آن را بردارید",
		"Unterminated string": "متنی که این‌جا آغاز می‌شود بسته نشده است",
		"Invalid control character": "در متن این‌جا سرِ خط یا نویسهٔ کنترلی هست",
		"Invalid \\": "پس از \u200e\\\u200e نشانهٔ درستی نیامده است",
		"Extra data": "پس از پایان برنامه چیز دیگری هم هست",
		"": "این‌جا نوشتار درستی ندارد",
	},
	"not_accepted": {
		"dataclass": "این‌جا یک شیء JSON باید باشد: \u200e{ … }\u200e",
		"too_long": "شمارِ موردهایش زیاد است",
		"int_parsing_size": "رقم‌هایش بیش از آن است که تنظیمی بپذیرد",
		"string_unicode": "نویسه‌ای دارد که در یونیکد نیست",
		"time": 'ساعت نیست؛ آن را مانند \u200e"09:30"\u200e بنویسید',
		"date": "تاریخ میلادی نیست؛ آن را مانند \u200e2025-03-21\u200e و بی ساعت بنویسید",
		"": "این تنظیم چنین مقداری نمی‌پذیرد",
	},
}


def text(where: str, code: str, facts: Mapping[str, object], style: Style) -> str:
	"""Where the problem is, and the problem."""
	place = "line" if "line" in facts else "setting" if where else "file"
	counts = {key: str(facts[key]) for key in ("line", "column") if key in facts}
	if style.lang == "fa":
		counts = {key: persian.to_persian_digits(count) for key, count in counts.items()}
	return PLACES[place][style.lang].format(where=where, problem=problem(code, facts, style), **counts)


def problem(code: str, facts: Mapping[str, object], style: Style) -> str:
	"""The problem without its place."""
	said = {key: _said(key, fact, style) for key, fact in facts.items()}
	if "why" in facts and style.lang == "fa":
		kind = str(facts.get("kind", facts["why"]))
		said["why"] = next(why for begin, why in WHYS[code].items() if kind.startswith(begin))
	return PROBLEMS[code][style.lang].format(**said)


def _said(key: str, fact: object, style: Style) -> object:
	"""A fact as a template takes it: in English as it is, in Persian by its key or type."""
	if isinstance(fact, list):
		if key == "known":
			return JOIN[style.lang].join(fact)
		choices = [quoted(each, style) if style.lang == "fa" else f"'{each}'" for each in fact]
		return listed(choices, OR, style)
	if key == "given":
		return _given(str(fact), style) if fact else THIS[style.lang]
	if style.lang == "fa":
		if isinstance(fact, date):
			return f"{LRM}{fact.isoformat()}{LRM}"
		if isinstance(fact, (int, Decimal)):
			return style.number(Decimal(fact))
	return fact


def _given(json: str, style: Style) -> str:
	"""A JSON value: a text between the quotation marks of the language, anything else as it stands."""
	if style.lang != "fa":
		return json
	return quoted(json[1:-1], style) if json.startswith('"') else f"{LRM}{json}{LRM}"
