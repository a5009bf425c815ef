"""Sentences about programs: what one does, and what `lint` found dangerous in it, in English and Persian.

Only this module turns a `lint.Finding` or a `Program` into words. Data: tables of templates with the same keys and
placeholders in both languages (a test checks that). A fact is written by its key, always with its unit: money in the
style's unit, points, days, shares as percent, names by their Persian titles.

>>> from datetime import date
>>> from loyalty_club.core.model import Spending, Tier
>>> club = Program("club", (Tier("all", Decimal(0), Decimal(10), Decimal(1000000)),), Spending(Decimal(1000)))
>>> in_words(club, Style())[0]
'all (from joining): 10 points for each 1,000,000 rial; a purchase of 10,000,000 rial without tax earns 100 points, worth 100,000 rial: a rebate of 1%.'
>>> finding = lint.Finding(
...     "minimum_above_limit", "danger", {"how": "day", "first": Decimal(9), "limit": Decimal(1)}
... )
>>> say(finding, Style())
'Points can never be spent: 9 points is the least that can be spent at once, but the limit for one day is 1 point. Raise the limit or lower the minimum.'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from fractions import Fraction

from loyalty_club import jalali, persian
from loyalty_club.core import lint
from loyalty_club.core.earning import MICRO, WEEKDAYS, Earned, Rates
from loyalty_club.core.lots import round_half_up
from loyalty_club.core.model import (
	NOTHING,
	ONE,
	WHOLE,
	ZERO,
	EarnRule,
	Items,
	Line,
	Program,
	Purchase,
	Tier,
	When,
)
from loyalty_club.core.words import JOIN, Style

Text = Mapping[str, str]

# ---------------------------------------------------------------------------------------------- units and names

SEVERITIES: Mapping[str, Text] = {
	"danger": {"en": "Danger", "fa": "خطر"},
	"warning": {"en": "Warning", "fa": "هشدار"},
	"note": {"en": "Note", "fa": "نکته"},
}

# One and many; Persian nouns stay singular after a number.
UNITS: Mapping[str, Text] = {
	"point": {"en": "{0} point", "fa": "{0} امتیاز"},
	"points": {"en": "{0} points", "fa": "{0} امتیاز"},
	"day": {"en": "{0} day", "fa": "{0} روز"},
	"days": {"en": "{0} days", "fa": "{0} روز"},
	"month": {"en": "{0} month", "fa": "{0} ماه"},
	"months": {"en": "{0} months", "fa": "{0} ماه"},
	"quarter": {"en": "{0} quarter", "fa": "{0} سه‌ماهه"},
	"quarters": {"en": "{0} quarters", "fa": "{0} سه‌ماهه"},
	"half_year": {"en": "{0} half-year", "fa": "{0} نیم‌سال"},
	"half_years": {"en": "{0} half-years", "fa": "{0} نیم‌سال"},
	"year": {"en": "{0} year", "fa": "{0} سال"},
	"years": {"en": "{0} years", "fa": "{0} سال"},
	"visit": {"en": "{0} purchase day", "fa": "{0} روزِ خرید"},
	"visits": {"en": "{0} purchase days", "fa": "{0} روزِ خرید"},
	"percent": {"en": "{0}%", "fa": "{0} درصد"},
	"quote": {"en": "“{0}”", "fa": "«{0}»"},
}
OR: Text = {"en": " or ", "fa": " یا "}
EITHER: Text = {"en": " or ", "fa": " و "}  # “nothing is earned on a or b”, «این‌ها امتیاز ندارند: الف و ب»
AND: Text = {"en": " and ", "fa": " و "}
CLAUSES: Text = {"en": "; ", "fa": "؛ "}

WEEKDAY_TITLES: Mapping[str, Text] = {
	name: {"en": jalali.WEEKDAYS_EN[(n + 2) % 7], "fa": jalali.WEEKDAYS_FA[(n + 2) % 7]}
	for n, name in enumerate(WEEKDAYS)
}
OCCASION_TITLES: Mapping[str, Text] = {
	"nowruz": {"en": "Nowruz", "fa": "نوروز"},
	"sizdah_bedar": {"en": "Sizdah Bedar", "fa": "سیزده‌به‌در"},
	"tirgan": {"en": "Tirgan", "fa": "تیرگان"},
	"mehregan": {"en": "Mehregan", "fa": "مهرگان"},
	"yalda": {"en": "Yalda", "fa": "شب یلدا"},
	"sadeh": {"en": "Sadeh", "fa": "سده"},
}

# How the fact of a key is written; dates are told by their type.
POINTS = frozenset(
	[
		"points",
		"best_points",
		"once_points",
		"split_points",
		"lower_points",
		"taken",
		"gain_points",
		"deficit",
		"cap",
		"first",
		"minimum",
		"multiple",
		"limit",
		"threshold",
		"most",
	]
)
MONEY = frozenset(
	[
		"amount",
		"worth",
		"best_amount",
		"best_worth",
		"profit",
		"left",
		"lost",
		"spent",
		"part",
		"once_worth",
		"gain",
		"paid",
		"unit_price",
		"price",
	]
)
SHARES = frozenset(["share", "best_share", "margin", "vat"])
DAYS = frozenset(["life", "lookback", "accepted", "pending", "restore", "window", "most_visits"])
NAMES = frozenset(["tier", "lower", "next", "after", "rule"])

# ---------------------------------------------------------------------------------------------- findings

TITLES: Mapping[str, Text] = {
	"rebate": {"en": "Rebate of {tier}", "fa": "تخفیفِ امتیازیِ سطح {tier}"},
	"bonus_exceeds_sale": {
		"en": "“{rule}” gives too much on small purchases",
		"fa": "«{rule}» برای خریدهای کوچک زیاد می‌دهد",
	},
	"rate_inversion": {
		"en": "{tier} earns less than {lower}",
		"fa": "سطح {tier} کمتر از {lower} امتیاز می‌گیرد",
	},
	"unreachable_tier": {"en": "Nobody can reach {tier}", "fa": "هیچ‌کس به سطح {tier} نمی‌رسد"},
	"split_cap": {
		"en": "The cap per invoice can be walked around",
		"fa": "سقفِ هر فاکتور را می‌توان دور زد",
	},
	"born_expired": {
		"en": "Points expire as soon as they can be spent",
		"fa": "امتیازها تا خرج‌کردنی شوند منقضی می‌شوند",
	},
	"short_life": {"en": "Points can live for only {life}", "fa": "عمر امتیازها گاهی فقط {life} است"},
	"minimum_above_limit": {"en": "Points can never be spent", "fa": "امتیازها هرگز خرج‌کردنی نمی‌شوند"},
	"minimum_unreachable": {
		"en": "The minimum is out of reach for {tier}",
		"fa": "کمینهٔ خرج از دسترس سطح {tier} دور است",
	},
	"minimum_not_multiple": {
		"en": "The minimum itself cannot be spent",
		"fa": "خودِ کمینه خرج‌کردنی نیست",
	},
	"circle": {"en": "Buying and returning earns points", "fa": "خریدن و پس‌دادن امتیاز می‌آورد"},
	"restore_extends": {
		"en": "Buying and returning prolongs the life of points",
		"fa": "خریدن و پس‌دادن عمر امتیازها را بلند می‌کند",
	},
	"spend_and_run": {
		"en": "Points can be spent before their purchase is returned",
		"fa": "امتیاز را می‌توان پیش از پس‌دادنِ خریدِ آن خرج کرد",
	},
	"no_expiry": {"en": "Points never expire", "fa": "امتیازها منقضی نمی‌شوند"},
}

# By code, or by code and `how`.
SENTENCES: Mapping[str, Text] = {
	"rebate": {
		"en": "A purchase of {amount} earns {points}, worth {worth}: a rebate of {share}.{best}{margin}",
		"fa": "خریدِ {amount}، {points} به ارزش {worth} می‌دهد: {share} تخفیف.{best}{margin}",
	},
	"bonus_exceeds_sale.invoice": {
		"en": "A purchase of {amount} in one invoice earns {once_points}, worth {once_worth}; in {invoices} invoices of {part} it earns {points}, worth {worth}: {share} of the price.{below} Set a minimum amount or a cap per day.",
		"fa": "خریدِ {amount} در یک فاکتور {once_points} به ارزش {once_worth} می‌دهد و در {invoices} فاکتورِ جداگانه، هر کدام {part}، {points} به ارزش {worth}: {share} از قیمت.{below} کمترین مبلغ خرید یا سقف روزانه بگذارید.",
	},
	"bonus_exceeds_sale.unit": {
		"en": "{units} units at {unit_price} each cost {amount} and earn {points}, worth {worth}: {share} of the price.{below} Choose dearer items or set a cap.",
		"fa": "{units} عدد کالا، هر یک به قیمت {unit_price}، {amount} می‌شود و {points} به ارزش {worth} می‌دهد: {share} از قیمت.{below} کالاهای گران‌تر را برگزینید یا سقف بگذارید.",
	},
	"bonus_exceeds_sale.first": {
		"en": "A first purchase of {amount} earns {points}, worth {worth}: {share} of the price, once per member.{below} Set a minimum amount.",
		"fa": "نخستین خرید اگر {amount} باشد، {points} به ارزش {worth} می‌دهد: {share} از قیمت، یک بار برای هر عضو.{below} کمترین مبلغ خرید بگذارید.",
	},
	"rate_inversion": {
		"en": "A purchase of {amount} earns {points} in {tier}, but {lower_points} in {lower}, which is below it. Whoever is promoted loses; give the higher tier the better rate.",
		"fa": "خریدِ {amount} در سطح {tier}، {points} می‌دهد، اما در {lower} که پایین‌تر است {lower_points}. هر که بالا برود زیان می‌کند؛ نرخ سطح بالاتر را بیشتر کنید.",
	},
	"unreachable_tier.visits": {
		"en": "It needs {visits}, but even a purchase every day makes only {most_visits} in the window. Lower the threshold or widen the window.",
		"fa": "{visits} می‌خواهد، اما با خریدِ هرروزه هم در بازهٔ سنجش فقط {most_visits} می‌شود. آستانه را پایین بیاورید یا بازه را بلندتر کنید.",
	},
	"unreachable_tier.points": {
		"en": "It needs {threshold}, but however much a member buys, no more than {most} can be earned in the window. Raise the caps or the rates below it, or lower the threshold.",
		"fa": "{threshold} می‌خواهد، اما عضو هرچه هم بخرد، در بازهٔ سنجش بیش از {most} به دست نمی‌آورد. سقف‌ها یا نرخ سطح‌های پایین‌تر را بالا ببرید، یا آستانه را پایین بیاورید.",
	},
	"split_cap": {
		"en": "A purchase of {amount} in one invoice earns {points}, for the cap per invoice is {cap}; in {invoices} invoices of {part} on the same day it earns {split_points}, worth {gain} more. Set a cap per day.",
		"fa": "خریدِ {amount} در یک فاکتور {points} می‌دهد، چون سقف هر فاکتور {cap} است؛ در {invoices} فاکتور در همان روز، هر کدام {part}، {split_points} می‌دهد که {gain} بیشتر می‌ارزد. سقف روزانه بگذارید.",
	},
	"born_expired": {
		"en": "A purchase of {amount} on {day} earns {points} that can be spent on {begin} only; the next day all of them have expired. Let points live for more periods, or count days.",
		"fa": "خریدِ {amount} در {day}، {points} می‌دهد که فقط در {begin} خرج‌کردنی است؛ فردای آن همه منقضی شده. دوره‌های بیشتری به امتیازها عمر بدهید یا عمر را به روز بشمارید.",
	},
	"short_life": {
		"en": "A purchase of {amount} on {day} earns {points} that can be spent from {begin} through {last_day}, {life} in all; then they have expired. Let points live for more periods, or count days.",
		"fa": "خریدِ {amount} در {day}، {points} می‌دهد که از {begin} تا پایان {last_day} خرج‌کردنی است، روی‌هم {life}؛ سپس منقضی می‌شود. دوره‌های بیشتری به امتیازها عمر بدهید یا عمر را به روز بشمارید.",
	},
	"minimum_above_limit.day": {
		"en": "{first} is the least that can be spent at once, but the limit for one day is {limit}. Raise the limit or lower the minimum.",
		"fa": "کمینهٔ هر خرج {first} است، اما سقف هر روز {limit}. سقف را بالا ببرید یا کمینه را پایین بیاورید.",
	},
	"minimum_above_limit.caps": {
		"en": "{first} is the least that can be spent at once, but under the caps a member never has more than {limit}, however much they buy. Raise the caps or lower the minimum.",
		"fa": "کمینهٔ هر خرج {first} است، اما با سقف‌های امتیازگیری، عضو هرچه هم بخرد هیچ‌گاه بیش از {limit} ندارد. سقف‌ها را بالا ببرید یا کمینه را پایین بیاورید.",
	},
	"minimum_unreachable.pace": {
		"en": "{minimum} is the least that can be spent at once, and it takes purchases of {amount} within the {life} that points live. At that pace a member would reach {next} within {window}; whoever stays in {tier} never spends. Lower the minimum or let points live longer.",
		"fa": "کمینهٔ هر خرج {minimum} است که خریدِ {amount} را در {life} عمر امتیازها می‌خواهد. با این آهنگ، عضو در {window} به سطح {next} می‌رسد؛ هر که در {tier} بماند هرگز خرج نمی‌کند. کمینه را پایین بیاورید یا عمر امتیازها را بلندتر کنید.",
	},
	"minimum_unreachable.short": {
		"en": "{minimum} is the least that can be spent at once, and it takes purchases of {amount} within the {life} that points live. Lower the minimum or let points live longer.",
		"fa": "کمینهٔ هر خرج {minimum} است که خریدِ {amount} را در {life} عمر امتیازها می‌خواهد. کمینه را پایین بیاورید یا عمر امتیازها را بلندتر کنید.",
	},
	"minimum_not_multiple": {
		"en": "The minimum is {minimum}, but only multiples of {multiple} can be spent: {first} is the first that can. Make the minimum a multiple.",
		"fa": "کمینه {minimum} است، اما فقط مضرب‌های {multiple} خرج‌کردنی است: نخستین مقدارِ ممکن {first} است. کمینه را مضربی از آن بگذارید.",
	},
	"circle.bonus": {
		"en": "A member of {tier} buys for {amount} on {day}, with {rules}, and earns {points}. On {back_on}, when a return without invoice no longer looks back so far ({lookback}), they bring the goods back without it and lose {taken}: {gain_points}, worth {gain}, are left, and it can begin again. Look back at least the {accepted} for which goods are accepted.",
		"fa": "عضوِ {tier} در {day} با {rules} به مبلغ {amount} می‌خرد و {points} می‌گیرد. در {back_on} که برگشتِ بی‌فاکتور دیگر تا آن روز را نمی‌بیند ({lookback})، کالا را بی‌فاکتور پس می‌دهد و {taken} از دست می‌دهد: {gain_points} به ارزش {gain} برایش می‌ماند و می‌تواند از سر بگیرد. بازهٔ جست‌وجوی خرید را دست‌کم به {accepted} مهلتِ پس‌دادن برسانید.",
	},
	"circle.tier": {
		"en": "A member of {tier} buys for {amount} on {day}, the day before a review, earns {points} and falls to {after}. On {back_on}, when a return without invoice no longer looks back so far ({lookback}), they bring the goods back without it and lose only {taken}, at the rate of {after}: {gain_points}, worth {gain}, are left. Look back at least the {accepted} for which goods are accepted.",
		"fa": "عضوِ {tier} در {day}، یک روز پیش از بازبینی، به مبلغ {amount} می‌خرد، {points} می‌گیرد و به سطح {after} می‌افتد. در {back_on} که برگشتِ بی‌فاکتور دیگر تا آن روز را نمی‌بیند ({lookback})، کالا را بی‌فاکتور پس می‌دهد و با نرخِ {after} فقط {taken} از دست می‌دهد: {gain_points} به ارزش {gain} برایش می‌ماند. بازهٔ جست‌وجوی خرید را دست‌کم به {accepted} مهلتِ پس‌دادن برسانید.",
	},
	"restore_extends": {
		"en": "{points} earned on {day} could be spent through {last_day}. On that day they buy goods that are returned at once, and live until {second}; done again, until {third}, and so on, at no cost. Points that a return gives back live for at least {restore}: fewer days keep this short.",
		"fa": "{points} که در {day} به دست آمده، تا پایان {last_day} خرج‌کردنی است. در همان روز با آن کالایی خریده و پس داده می‌شود و امتیازها تا {second} زنده می‌ماند؛ بار دیگر تا {third}، و همین‌طور بی‌هیچ هزینه. امتیازِ بازگشته از برگشتِ کالا دست‌کم {restore} عمر دارد؛ روزهای کمتر این راه را کوتاه می‌کند.",
	},
	"spend_and_run.same_day": {
		"en": "A purchase of {amount} earns points; {points} of them pay {paid} of another purchase on the same day. Then the first is returned, and {deficit} cannot be taken back: the member is left with a deficit. Goods are accepted for {accepted}; let points wait as long, or withhold their value from the refund.",
		"fa": "خریدِ {amount} امتیازی می‌دهد که {points} آن در همان روز {paid} از خریدی دیگر را می‌پردازد. سپس خریدِ نخست پس داده می‌شود و {deficit} را نمی‌توان پس گرفت: عضو بدهکار می‌ماند. کالا تا {accepted} پس گرفته می‌شود؛ امتیازها را همین اندازه در انتظار نگه دارید یا ارزش آن را از بازپرداخت کم کنید.",
	},
	"spend_and_run.later": {
		"en": "A purchase of {amount} earns points; {points} of them pay {paid} of another purchase {pending} later. Then the first is returned, and {deficit} cannot be taken back: the member is left with a deficit. Goods are accepted for {accepted}; let points wait as long, or withhold their value from the refund.",
		"fa": "خریدِ {amount} امتیازی می‌دهد که {points} آن {pending} بعد {paid} از خریدی دیگر را می‌پردازد. سپس خریدِ نخست پس داده می‌شود و {deficit} را نمی‌توان پس گرفت: عضو بدهکار می‌ماند. کالا تا {accepted} پس گرفته می‌شود؛ امتیازها را همین اندازه در انتظار نگه دارید یا ارزش آن را از بازپرداخت کم کنید.",
	},
	"no_expiry": {
		"en": "A purchase of {amount} on {day} earns {points} that can still be spent on {later}, worth {worth}. What the club owes only grows until points are spent; think of an expiry.",
		"fa": "خریدِ {amount} در {day}، {points} می‌دهد که در {later} هنوز به ارزش {worth} خرج‌کردنی است. بدهی باشگاه تا خرج‌شدن امتیازها فقط بزرگ‌تر می‌شود؛ به تاریخ انقضا بیندیشید.",
	},
}

# Parts of those sentences; each is left out where it says nothing.
PARTS: Mapping[str, Text] = {
	"amount": {"en": "{amount} plus {vat} VAT", "fa": "{amount} به‌اضافهٔ {vat} مالیات"},
	"best": {
		"en": " At best, with {rules}, a purchase of {best_amount} earns {best_points}, worth {best_worth}: {best_share}.",
		"fa": " در بهترین حالت، با {rules}، خریدِ {best_amount}، {best_points} به ارزش {best_worth} می‌دهد: {best_share}.",
	},
	"left": {
		"en": " Of the profit on it, {profit} at a margin of {margin}, {left} is left.",
		"fa": " از سودِ آن، که با حاشیهٔ {margin} می‌شود {profit}، {left} می‌ماند.",
	},
	"lost": {
		"en": " The profit on it is {profit} at a margin of {margin}: the shop loses {lost}.",
		"fa": " سودِ آن با حاشیهٔ {margin} می‌شود {profit}: فروشگاه {lost} زیان می‌کند.",
	},
	"below": {
		"en": " Below {price}{each} the bonus alone is more than {limit}.",
		"fa": " زیر {price}{each} خودِ جایزه از {limit} بیشتر است.",
	},
	"each": {"en": " a unit", "fa": " برای هر عدد"},
	"margin": {"en": "the margin of {margin}", "fa": "حاشیهٔ سودِ {margin}"},
	"price": {"en": "the price", "fa": "قیمت"},
}


def severity_title(severity: str, lang: str) -> str:
	"""“danger”, “warning” or “note” in words."""
	return SEVERITIES[severity][lang]


def titles(program: Program) -> dict[str, str]:
	"""The Persian titles of tiers and rules, by name, where they are given: for `Style.titles`."""
	named: list[Tier | EarnRule] = [*program.tiers, *program.earning.rules]
	return {each.name: each.title_fa for each in named if each.title_fa}


def say(finding: lint.Finding, style: Style) -> str:
	"""A finding in words: what is dangerous, an example of it, and what to do."""
	lang, facts = style.lang, finding.facts
	said = {key: _fact(key, fact, style) for key, fact in facts.items()}
	parts = dict.fromkeys(("best", "margin", "below"), "")
	if "vat" in facts and "amount" in facts:
		said["amount"] = PARTS["amount"][lang].format(**said)
	if "best_share" in facts:
		parts["best"] = PARTS["best"][lang].format(**said)
	if "profit" in facts:
		parts["margin"] = PARTS["left" if "left" in facts else "lost"][lang].format(**said)
	if "price" in facts:
		each = PARTS["each"][lang] if facts["how"] == "unit" else ""
		limit = PARTS["margin" if "margin" in facts else "price"][lang].format(**said)
		parts["below"] = PARTS["below"][lang].format(**{**said, "each": each, "limit": limit})
	key = f"{finding.code}.{facts['how']}" if "how" in facts else finding.code
	sentence = SENTENCES[key][lang].format(**{**said, **parts})
	return f"{TITLES[finding.code][lang].format(**said)}: {sentence}"


def _fact(key: str, fact: object, style: Style) -> str:
	if isinstance(fact, date):
		return style.day(fact)
	if isinstance(fact, list):
		return _list([_quoted(style.title(str(name)), style) for name in fact], AND, style)
	if isinstance(fact, str):
		return style.title(fact) if key in NAMES else fact
	if not isinstance(fact, (Decimal, int)):
		return str(fact)
	number = Decimal(fact)
	if key in MONEY:
		return style.money(number)
	if key in SHARES:
		return _percent(number, style)
	if key in POINTS:
		return _count(number, "point", style)
	if key in DAYS:
		return _count(number, "day", style)
	return _count(number, "visit", style) if key == "visits" else style.number(number)


def _count(number: Decimal, unit: str, style: Style) -> str:
	return UNITS[unit if number == 1 else f"{unit}s"][style.lang].format(style.number(number))


def _percent(share: Decimal, style: Style) -> str:
	"""A share in hundredths, to two decimals."""
	hundredths = round_half_up(Fraction(share) * 100, Decimal("0.01"))
	return UNITS["percent"][style.lang].format(style.number(hundredths))


def _quoted(text: str, style: Style) -> str:
	return UNITS["quote"][style.lang].format(text)


def _list(texts: Sequence[str], last: Text, style: Style) -> str:
	"""“a, b and c”."""
	if len(texts) < 2:
		return "".join(texts)
	return JOIN[style.lang].join(texts[:-1]) + last[style.lang] + texts[-1]


def _choice(names: Iterable[str], last: Text, style: Style) -> str:
	return _list([_quoted(name, style) for name in sorted(names)], last, style)


# ---------------------------------------------------------------------------------------------- the program

PROGRAM: Mapping[str, Text] = {
	"tier": {
		"en": "{tier} ({begin}): {points} for each {per}; a purchase of {amount} {base} earns {earned}, worth {worth}: a rebate of {share}.",
		"fa": "{tier} ({begin}): {points} برای هر {per}؛ خریدِ {amount} {base}، {earned} به ارزش {worth} می‌دهد: {share} تخفیف.",
	},
	"from_joining": {"en": "from joining", "fa": "از آغاز عضویت"},
	"from": {"en": "from {threshold}", "fa": "از {threshold}"},
	"below_ladder": {
		"en": "Below {tier} a member has no tier, and earns nothing but added bonus points.",
		"fa": "عضو پیش از رسیدن به {tier} سطحی ندارد و جز امتیازِ جایزه‌ها چیزی نمی‌گیرد.",
	},
	"ladder": {
		"en": "A tier is reached by {metric} {window}; a member moves up at once.",
		"fa": "سطح عضو با {metric} {window} سنجیده می‌شود و بالارفتن بی‌درنگ است.",
	},
	"net_spend": {"en": "the net total of purchases", "fa": "جمع خالص خریدها"},
	"points_earned": {"en": "the points earned", "fa": "امتیازهای به‌دست‌آمده"},
	"visits": {"en": "the number of days with a purchase", "fa": "شمار روزهای خرید"},
	"visits_from": {
		"en": "the number of days with purchases of at least {visit_minimum}",
		"fa": "شمار روزهایی که دست‌کم {visit_minimum} خرید دارند،",
	},
	"lifetime": {"en": "since the first purchase", "fa": "از نخستین خرید تا امروز"},
	"rolling_months": {"en": "in the last {months}", "fa": "در {months} گذشته"},
	"this_and_last_year.jalali": {
		"en": "in this and the last Jalali year",
		"fa": "در سال جاری و سال گذشتهٔ شمسی",
	},
	"this_and_last_year.gregorian": {
		"en": "in this and the last Gregorian year",
		"fa": "در سال جاری و سال گذشتهٔ میلادی",
	},
	"review": {
		"en": "A tier is kept for {term} and then reviewed: whoever no longer reaches it goes {down}. After a return, purchases up to {netting} before and after it are netted against it before a tier is withdrawn.",
		"fa": "هر سطح {term} می‌ماند و سپس بازبینی می‌شود: هر که دیگر به مرز آن نرسد {down}. اگر کالایی برگردد، خریدهای تا {netting} پیش و پس از آن با آن تهاتر می‌شود و سپس دربارهٔ سطح تصمیم گرفته می‌شود.",
	},
	"straight": {
		"en": "straight down to the tier they do reach",
		"fa": "یک‌راست به سطحی می‌رود که سزاوارش است",
	},
	"one_step": {"en": "down one step", "fa": "یک پله پایین می‌رود"},
	"base": {
		"en": "Points are earned on the price {base}, {method}; what is paid by points earns nothing.",
		"fa": "امتیاز بر پایهٔ قیمت {base} است، {method}؛ بخشی که با امتیاز پرداخت شود امتیاز ندارد.",
	},
	"net": {"en": "without tax", "fa": "بدون مالیات"},
	"with_tax": {"en": "with tax", "fa": "با مالیات"},
	"proportional": {
		"en": "in proportion, each invoice rounded down to a multiple of {quantum}",
		"fa": "به نسبتِ مبلغ، و هر فاکتور رو به پایین به مضربی از {quantum} گرد می‌شود",
	},
	"full_steps": {
		"en": "for full steps of an invoice only; what is left of one is lost",
		"fa": "فقط برای گام‌های کاملِ هر فاکتور، و ماندهٔ فاکتور از دست می‌رود",
	},
	"carry_over": {
		"en": "for full steps only; what is left of one invoice counts for the next",
		"fa": "فقط برای گام‌های کامل، و ماندهٔ هر فاکتور به حساب فاکتور بعدی می‌رود",
	},
	"exclude": {"en": "Nothing is earned on {items}.", "fa": "این‌ها امتیاز ندارند: {items}."},
	"multiply": {
		"en": "“{rule}” multiplies points by {factor}: {conditions}.",
		"fa": "«{rule}» امتیاز را {factor} برابر می‌کند: {conditions}.",
	},
	"add.invoice": {
		"en": "“{rule}” adds {points} to an invoice: {conditions}.",
		"fa": "«{rule}» به هر فاکتور {points} می‌افزاید: {conditions}.",
	},
	"add.unit": {
		"en": "“{rule}” adds {points} for each unit: {conditions}.",
		"fa": "«{rule}» برای هر عدد کالا {points} می‌افزاید: {conditions}.",
	},
	"add_all": {
		"en": "Bonuses that hold together are all given.",
		"fa": "جایزه‌هایی که با هم برقرار شوند همه داده می‌شوند.",
	},
	"best_only": {
		"en": "Of the bonuses that hold together only the best is given.",
		"fa": "از جایزه‌هایی که با هم برقرار شوند فقط بهترین داده می‌شود.",
	},
	"caps": {"en": "At most {caps} can be earned.", "fa": "بیشترین امتیاز: {caps}."},
	"cap.invoice": {"en": "{cap} per invoice", "fa": "{cap} در هر فاکتور"},
	"cap.day": {"en": "{cap} a day", "fa": "{cap} در هر روز"},
	"cap.month": {"en": "{cap} a month", "fa": "{cap} در هر ماه"},
	"cap.member": {"en": "{cap} per member in all", "fa": "روی‌هم {cap} برای هر عضو"},
	"award": {
		"en": "Points are awarded {award} and can be spent {wait}.",
		"fa": "امتیاز {award} داده می‌شود و {wait} خرج‌کردنی است.",
	},
	"on_submit": {"en": "when the invoice is submitted", "fa": "با ثبت فاکتور"},
	"when_paid": {"en": "when the invoice is paid", "fa": "با پرداخت فاکتور"},
	"at_once": {"en": "at once", "fa": "بی‌درنگ"},
	"after_days": {"en": "after {pending}", "fa": "پس از {pending}"},
	"expiry": {
		"en": "From the day they can be spent, points live {life}.",
		"fa": "امتیازها از روزی که خرج‌کردنی می‌شوند {life}.",
	},
	"never": {"en": "Points never expire.", "fa": "امتیازها منقضی نمی‌شوند."},
	"for": {"en": "for {count} more", "fa": "تا {count} دیگر زنده‌اند"},
	"inactivity": {
		"en": "until {count} have passed without a purchase",
		"fa": "زنده‌اند تا {count} بی‌خرید بگذرد",
	},
	"this_period": {
		"en": "through the end of that {period}",
		"fa": "تا پایان همان {period} زنده‌اند",
	},
	"later_period": {
		"en": "through the end of the {period} that comes {count} after that one",
		"fa": "تا پایان {count} پس از همان {period} زنده‌اند",
	},
	"spending": {
		"en": "A point is worth {value}; points pay {limits}.",
		"fa": "هر امتیاز {value} می‌ارزد؛ خرج‌کردن: {limits}.",
	},
	"not_spent": {
		"en": "A point is worth {value}, but points cannot pay invoices.",
		"fa": "هر امتیاز {value} می‌ارزد، اما با امتیاز نمی‌توان پرداخت.",
	},
	"whole_share": {"en": "up to the whole invoice", "fa": "تا همهٔ مبلغ فاکتور"},
	"max_share": {"en": "up to {share} of an invoice", "fa": "تا {share} مبلغ فاکتور"},
	"minimum": {"en": "at least {minimum} at once", "fa": "هر بار دست‌کم {minimum}"},
	"multiple": {"en": "in multiples of {multiple}", "fa": "به مضرب‌های {multiple}"},
	"daily_limit": {"en": "at most {limit} a day", "fa": "در هر روز دست‌بالا {limit}"},
	"not_payable": {
		"en": "Points cannot pay for {items}.",
		"fa": "این‌ها را نمی‌توان با امتیاز پرداخت: {items}.",
	},
	"returns": {
		"en": "Goods are accepted back for {accepted}. A return takes back what its purchase earned; without the invoice, the purchases of the last {lookback} are looked through. Points that paid for returned goods come back{restore}.",
		"fa": "کالا تا {accepted} پس گرفته می‌شود. برگشت، امتیازِ همان خرید را پس می‌گیرد؛ بی‌فاکتور، در خریدهای {lookback} گذشته جست‌وجو می‌شود. امتیازی که بهای کالای برگشتی را پرداخته بازمی‌گردد{restore}.",
	},
	"restore": {
		"en": " and live for at least {days}",
		"fa": " و دست‌کم {days} عمر دارد",
	},
}

PERIODS: Mapping[str, tuple[str, Mapping[str, Text]]] = {
	"end_of_month": (
		"month",
		{
			"jalali": {"en": "Jalali month", "fa": "ماه شمسی"},
			"gregorian": {"en": "Gregorian month", "fa": "ماه میلادی"},
		},
	),
	"end_of_quarter": (
		"quarter",
		{
			"jalali": {"en": "quarter of the Jalali year", "fa": "سه‌ماههٔ شمسی"},
			"gregorian": {"en": "quarter of the Gregorian year", "fa": "سه‌ماههٔ میلادی"},
		},
	),
	"end_of_half_year": (
		"half_year",
		{
			"jalali": {"en": "half of the Jalali year", "fa": "نیم‌سالِ شمسی"},
			"gregorian": {"en": "half of the Gregorian year", "fa": "نیم‌سالِ میلادی"},
		},
	),
	"end_of_year": (
		"year",
		{
			"jalali": {"en": "Jalali year", "fa": "سال شمسی"},
			"gregorian": {"en": "Gregorian year", "fa": "سال میلادی"},
		},
	),
}

ITEMS: Mapping[str, Text] = {
	"items": {"en": "item {names}", "fa": "کالای {names}"},
	"item_groups": {"en": "item group {names}", "fa": "گروه کالای {names}"},
	"brands": {"en": "brand {names}", "fa": "برند {names}"},
	"discounted": {"en": "what is sold at a discount", "fa": "کالایی که با تخفیف فروخته شود"},
}

CONDITIONS: Mapping[str, Text] = {
	"always": {"en": "always", "fa": "همیشه"},
	"items": {"en": "on item {names} only", "fa": "فقط روی کالای {names}"},
	"item_groups": {"en": "on item group {names} only", "fa": "فقط روی گروه کالای {names}"},
	"brands": {"en": "on brand {names} only", "fa": "فقط روی برند {names}"},
	"branches": {"en": "at branch {names}", "fa": "در شعبهٔ {names}"},
	"tiers": {"en": "for members of {names}", "fa": "برای اعضای سطح {names}"},
	"weekdays": {"en": "on {names}", "fa": "روزهای {names}"},
	"hours": {"en": "between {begin} and {end}", "fa": "از ساعت {begin} تا {end}"},
	"dates": {"en": "from {begin} through {end}", "fa": "از {begin} تا پایان {end}"},
	"from_date": {"en": "from {begin} on", "fa": "از {begin}"},
	"to_date": {"en": "through {end}", "fa": "تا پایان {end}"},
	"occasions": {"en": "on {names}", "fa": "در {names}"},
	"payment_modes": {"en": "when paid by {names}", "fa": "هنگام پرداخت با {names}"},
	"first_purchase": {"en": "on the first purchase only", "fa": "فقط در نخستین خرید"},
	"minimum_amount": {"en": "for a net total of at least {amount}", "fa": "برای جمع خالصِ دست‌کم {amount}"},
}

TABLES: Mapping[str, Mapping[str, Text]] = {
	"severities": SEVERITIES,
	"units": UNITS,
	"weekdays": WEEKDAY_TITLES,
	"occasions": OCCASION_TITLES,
	"titles": TITLES,
	"sentences": SENTENCES,
	"parts": PARTS,
	"program": PROGRAM,
	"items": ITEMS,
	"conditions": CONDITIONS,
	"joins": {"or": OR, "either": EITHER, "and": AND, "clauses": CLAUSES},
	**{kind: names for kind, (_, names) in PERIODS.items()},
}


def in_words(program: Program, style: Style) -> list[str]:
	"""What a program does, in plain sentences: tiers, earning, bonus rules, spending, expiry, returns, review."""
	return [*_ladder(program, style), *_earning(program, style), *_spending(program, style)]


def _text(key: str, style: Style, **said: str) -> str:
	return PROGRAM[key][style.lang].format(**said)


def _points(number: Decimal, style: Style) -> str:
	return _count(number, "point", style)


def _days(number: int, style: Style) -> str:
	return _count(Decimal(number), "day", style)


def _months(number: int, style: Style) -> str:
	return _count(Decimal(number), "month", style)


def _ladder(program: Program, style: Style) -> Iterator[str]:
	rates = Rates(program)
	for tier in program.tiers:
		line = Line("", ONE, tier.per * lint.ORDINARY)
		earned = _ordinary(rates, tier, line)
		worth = earned * program.spending.point_value
		yield _text(
			"tier",
			style,
			tier=style.title(tier.name),
			begin=_begin(program, tier, style),
			points=_points(tier.points, style),
			per=style.money(tier.per),
			amount=style.money(line.net),
			base=_text(program.earning.base, style),
			earned=_points(earned, style),
			worth=style.money(worth),
			share=_percent(round_half_up(Fraction(worth) / Fraction(line.net), MICRO), style),
		)
	if program.tiers[0].threshold > 0:
		yield _text("below_ladder", style, tier=style.title(program.tiers[0].name))
	if program.tiers[-1].threshold > 0:
		rules = program.tier_rules
		metric = "visits_from" if rules.metric == "visits" and rules.visit_minimum > 0 else rules.metric
		window = rules.window.kind
		if window == "this_and_last_year":
			yield _text(
				"ladder",
				style,
				metric=_text(metric, style, visit_minimum=style.money(rules.visit_minimum)),
				window=_text(f"{window}.{program.calendar}", style),
			)
		else:
			yield _text(
				"ladder",
				style,
				metric=_text(metric, style, visit_minimum=style.money(rules.visit_minimum)),
				window=_text(window, style, months=_months(rules.window.months, style)),
			)
		yield _text(
			"review",
			style,
			term=_months(rules.term_months, style),
			down=_text(rules.downgrade, style),
			netting=_days(rules.netting_days, style),
		)


def _ordinary(rates: Rates, tier: Tier, line: Line) -> Decimal:
	"""Points that an ordinary purchase earns by the tier's own rate, caps included."""
	plain = Rates(lint.without_rules(rates.program))
	sale = Purchase("", "", date.min, (line,))
	classes = [plain.classify(line)]
	return plain.score(sale, tier.name, classes, WHOLE, False, NOTHING, Earned()).awarded


def _begin(program: Program, tier: Tier, style: Style) -> str:
	if tier.threshold <= 0:
		return _text("from_joining", style)
	written: Mapping[str, Callable[[Decimal], str]] = {
		"net_spend": style.money,
		"points_earned": lambda threshold: _points(threshold, style),
		"visits": lambda threshold: _count(threshold, "visit", style),
	}
	return _text("from", style, threshold=written[program.tier_rules.metric](tier.threshold))


def _earning(program: Program, style: Style) -> Iterator[str]:
	earning = program.earning
	method = "carry_over" if earning.carry_over else earning.method
	yield _text(
		"base",
		style,
		base=_text(earning.base, style),
		method=_text(method, style, quantum=_points(program.quantum, style)),
	)
	if earning.exclude != Items():
		yield _text("exclude", style, items=_items(earning.exclude, style))
	for rule in earning.rules:
		key = "multiply" if rule.multiply is not None else f"add.{rule.add_per}"
		yield _text(
			key,
			style,
			rule=style.title(rule.name),
			factor=style.number(rule.multiply or ONE),
			points=_points(rule.add or ZERO, style),
			conditions=CLAUSES[style.lang].join(_conditions(rule.when, style))
			or CONDITIONS["always"][style.lang],
		)
	if len(earning.rules) > 1:
		yield _text(earning.stacking, style)
	caps = {
		"invoice": earning.caps.invoice,
		"day": earning.caps.day,
		"month": earning.caps.month,
		"member": earning.caps.member,
	}
	said = [_text(f"cap.{of}", style, cap=_points(cap, style)) for of, cap in caps.items() if cap is not None]
	if said:
		yield _text("caps", style, caps=_list(said, AND, style))
	pending = earning.pending_days
	wait = _text("after_days", style, pending=_days(pending, style)) if pending else _text("at_once", style)
	yield _text("award", style, award=_text(earning.award, style), wait=wait)


def _items(items: Items, style: Style) -> str:
	kinds = {"items": items.items, "item_groups": items.item_groups, "brands": items.brands}
	said = [
		ITEMS[kind][style.lang].format(names=_choice(names, EITHER, style))
		for kind, names in kinds.items()
		if names
	]
	if items.discounted:
		said.append(ITEMS["discounted"][style.lang])
	return _list(said, EITHER, style)


def _conditions(when: When, style: Style) -> Iterator[str]:
	def condition(key: str, **said: str) -> str:
		return CONDITIONS[key][style.lang].format(**said)

	for key, names in (
		("items", when.items),
		("item_groups", when.item_groups),
		("brands", when.brands),
		("branches", when.branches),
		("payment_modes", when.payment_modes),
	):
		if names:
			yield condition(key, names=_choice(names, OR, style))
	if when.tiers:
		yield condition("tiers", names=_list([style.title(name) for name in sorted(when.tiers)], OR, style))
	if when.weekdays:
		week = sorted(when.weekdays, key=lambda name: (WEEKDAYS.index(name) + 2) % 7)
		names_ = [WEEKDAY_TITLES[name][style.lang] for name in week]
		yield condition("weekdays", names=_list(names_, AND, style))
	if when.hours is not None:
		yield condition("hours", begin=_clock(when.hours[0], style), end=_clock(when.hours[1], style))
	begin, end = (style.day(day) if day else "" for day in (when.from_date, when.to_date))
	if begin or end:
		key = "dates" if begin and end else "from_date" if begin else "to_date"
		yield condition(key, begin=begin, end=end)
	if when.occasions:
		year = sorted(when.occasions, key=lambda name: jalali.OCCASIONS[name])
		yield condition(
			"occasions", names=_list([OCCASION_TITLES[name][style.lang] for name in year], OR, style)
		)
	if when.first_purchase:
		yield condition("first_purchase")
	if when.minimum_amount > 0:
		yield condition("minimum_amount", amount=style.money(when.minimum_amount))


def _clock(moment: time, style: Style) -> str:
	text = moment.isoformat("minutes")
	return persian.to_persian_digits(text) if style.lang == "fa" else text


def _spending(program: Program, style: Style) -> Iterator[str]:
	yield _life(program, style)
	spending, returns = program.spending, program.returns
	value = style.money(spending.point_value)
	if spending.max_share <= 0:
		yield _text("not_spent", style, value=value)
	else:
		limits = [
			_text("whole_share", style)
			if spending.max_share >= 1
			else _text("max_share", style, share=_percent(spending.max_share, style))
		]
		if spending.minimum > 0:
			limits.append(_text("minimum", style, minimum=_points(spending.minimum, style)))
		if spending.multiple > 0:
			limits.append(_text("multiple", style, multiple=_points(spending.multiple, style)))
		if spending.daily_limit is not None:
			limits.append(_text("daily_limit", style, limit=_points(spending.daily_limit, style)))
		yield _text("spending", style, value=value, limits=JOIN[style.lang].join(limits))
	if spending.not_payable != Items():
		yield _text("not_payable", style, items=_items(spending.not_payable, style))
	restore = _text("restore", style, days=_days(returns.restore_days, style)) if returns.restore_days else ""
	yield _text(
		"returns",
		style,
		accepted=_days(returns.accepted_days, style),
		lookback=_days(returns.lookback_days, style),
		restore=restore,
	)


def _life(program: Program, style: Style) -> str:
	"""The expiry in words."""
	kind, count = program.expiry.kind, program.expiry.count
	if kind == "never":
		return _text("never", style)
	if kind == "days":
		life = _text("for", style, count=_days(count, style))
	elif kind == "months":
		life = _text("for", style, count=_months(count, style))
	elif kind == "inactivity":
		life = _text("inactivity", style, count=_months(count, style))
	else:
		unit, names = PERIODS[kind]
		period = names[program.calendar][style.lang]
		key = "this_period" if count == 1 else "later_period"
		life = _text(key, style, period=period, count=_count(Decimal(count - 1), unit, style))
	return _text("expiry", style, life=life)
