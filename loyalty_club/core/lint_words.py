"""Sentences about findings: what `lint` found dangerous in a program, with its example, in English and Persian.

Only this module turns a `lint.Finding` into words. Data: tables of templates with the same keys and placeholders in
both languages (a test checks that). A fact is written by its key, always with its unit: money in the style's unit,
points, days, shares as percent, names by their Persian titles.

>>> finding = lint.Finding(
...     "minimum_above_limit", "danger", {"how": "day", "first": Decimal(9), "limit": Decimal(1)}
... )
>>> say(finding, Style())
'Points can never be spent: 9 points is the least that can be spent at once, but the limit for one day is 1 point. Raise the limit or lower the minimum.'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from loyalty_club.core import lint
from loyalty_club.core.phrases import AND, Text, counted, listed, percent, quoted
from loyalty_club.core.words import Style

SEVERITIES: Mapping[str, Text] = {
	"danger": {"en": "Danger", "fa": "خطر"},
	"warning": {"en": "Warning", "fa": "هشدار"},
	"note": {"en": "Note", "fa": "نکته"},
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

TABLES: Mapping[str, Mapping[str, Text]] = {
	"severities": SEVERITIES,
	"titles": TITLES,
	"sentences": SENTENCES,
	"parts": PARTS,
}


def severity_title(severity: str, lang: str) -> str:
	"""“danger”, “warning” or “note” in words."""
	return SEVERITIES[severity][lang]


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
		return listed([quoted(style.title(str(name)), style) for name in fact], AND, style)
	if isinstance(fact, str):
		return style.title(fact) if key in NAMES else fact
	if not isinstance(fact, (Decimal, int)):
		return str(fact)
	number = Decimal(fact)
	if key in MONEY:
		return style.money(number)
	if key in SHARES:
		return percent(number, style)
	if key in POINTS:
		return counted(number, "point", style)
	if key in DAYS:
		return counted(number, "day", style)
	return counted(number, "visit", style) if key == "visits" else style.number(number)
