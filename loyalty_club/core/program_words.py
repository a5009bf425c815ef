"""Sentences about a program: what it does, from its tiers to its returns, in English and Persian.

Only this module turns a `Program` into words. Data: tables of templates with the same keys and placeholders in both
languages (a test checks that). Every number has its unit: money in the style's unit, points, days, months, percent.
What an ordinary purchase earns is asked of `earning`.

>>> from loyalty_club.core.model import Spending
>>> club = Program("club", (Tier("all", Decimal(0), Decimal(10), Decimal(1000000)),), Spending(Decimal(1000)))
>>> in_words(club, Style())[0]
'all (from joining): 10 points for each 1,000,000 rial; a purchase of 10,000,000 rial without tax earns 100 points, worth 100,000 rial: a rebate of 1%.'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from decimal import ROUND_CEILING, Decimal

from loyalty_club import jalali, persian
from loyalty_club.core.earning import MICRO, WEEKDAYS, Earned, Rates
from loyalty_club.core.exact import Fraction
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
from loyalty_club.core.phrases import AND, CLAUSES, EITHER, OR, Text, choice, counted, listed, percent
from loyalty_club.core.trial import ORDINARY, without_rules
from loyalty_club.core.words import JOIN, Style

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
	"lrfm": {
		"en": "the LRFM score, 1 to 5, given on the first day of each month by the purchases",
		"fa": "نمرهٔ LRFM (۱ تا ۵) که روز اول هر ماه با خریدهای عضو",
	},
	"approved": {
		"en": "Nobody goes down before a manager has approved it.",
		"fa": "تا مدیر تأیید نکند هیچ عضوی پایین نمی‌رود.",
	},
	"grace": {
		"en": "For {grace} after the term whoever would go down can still buy what is missing.",
		"fa": "هر که باید پایین برود، تا {grace} پس از پایان دوره فرصت دارد کمبود را با خرید جبران کند.",
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
	"as_tender": {
		"en": "Points are a means of payment and leave price and tax as they are: an invoice of {net} net with {rate} tax, and {points}, bears {tax} of tax, and {pay} is to be paid.",
		"fa": "امتیاز وسیلهٔ پرداخت است و بها و مالیات را دست نمی‌زند: فاکتوری با مبلغ خالصِ {net}، مالیاتِ {rate} و {points}، مالیاتش {tax} است و {pay} برای پرداخت می‌ماند.",
	},
	"as_discount": {
		"en": "Points are a discount before tax and lower the price, and the tax with it: an invoice of {net} net with {rate} tax, and {points}, bears {tax} of tax, and {pay} is to be paid.",
		"fa": "امتیاز تخفیفِ پیش از مالیات است و بها را کم می‌کند و مالیات را هم با آن: فاکتوری با مبلغ خالصِ {net}، مالیاتِ {rate} و {points}، مالیاتش {tax} است و {pay} برای پرداخت می‌ماند.",
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
	"weekdays": WEEKDAY_TITLES,
	"occasions": OCCASION_TITLES,
	"program": PROGRAM,
	"items": ITEMS,
	"conditions": CONDITIONS,
	**{kind: names for kind, (_, names) in PERIODS.items()},
}


def titles(program: Program) -> dict[str, str]:
	"""The Persian titles of tiers and rules, by name, where they are given: for `Style.titles`."""
	named: list[Tier | EarnRule] = [*program.tiers, *program.earning.rules]
	return {each.name: each.title_fa for each in named if each.title_fa}


def in_words(program: Program, style: Style) -> list[str]:
	"""What a program does, in plain sentences: tiers, earning, bonus rules, spending, expiry, returns, review."""
	return [*_ladder(program, style), *_earning(program, style), *_spending(program, style)]


TYPICAL, FIFTH, TAX = Decimal(200), Decimal("0.2"), Decimal("0.1")  # points, share and tax of the example


def _text(key: str, style: Style, **said: str) -> str:
	return PROGRAM[key][style.lang].format(**said)


def _points(number: Decimal, style: Style) -> str:
	return counted(number, "point", style)


def _days(number: int, style: Style) -> str:
	return counted(Decimal(number), "day", style)


def _months(number: int, style: Style) -> str:
	return counted(Decimal(number), "month", style)


def _ladder(program: Program, style: Style) -> Iterator[str]:
	rates = Rates(program)
	for tier in program.tiers:
		line = Line("", ONE, tier.per * ORDINARY)
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
			share=percent(round_half_up(Fraction(worth) / Fraction(line.net), MICRO), style),
		)
	if program.tiers[0].threshold > 0:
		yield _text("below_ladder", style, tier=style.title(program.tiers[0].name))
	if program.tiers[-1].threshold > 0:
		rules = program.tier_rules
		metric = "visits_from" if rules.metric == "visits" and rules.visit_minimum > 0 else rules.metric
		window = "rolling_months" if program.lrfm.months else "lifetime"
		months = program.lrfm.months
		if rules.metric != "lrfm":
			window, months = rules.window.kind, rules.window.months
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
				window=_text(window, style, months=_months(months, style)),
			)
		yield _text(
			"review",
			style,
			term=_months(rules.term_months, style),
			down=_text(rules.downgrade, style),
			netting=_days(rules.netting_days, style),
		)
		if rules.grace_days:
			yield _text("grace", style, grace=_days(rules.grace_days, style))
		if rules.review == "approved":
			yield _text("approved", style)


def _ordinary(rates: Rates, tier: Tier, line: Line) -> Decimal:
	"""Points that an ordinary purchase earns by the tier's own rate, caps included."""
	plain = Rates(without_rules(rates.program))
	sale = Purchase("", "", date.min, (line,))
	classes = [plain.classify(line)]
	return plain.score(sale, tier.name, classes, WHOLE, False, NOTHING, Earned()).awarded


def _begin(program: Program, tier: Tier, style: Style) -> str:
	if tier.threshold <= 0:
		return _text("from_joining", style)
	written: Mapping[str, Callable[[Decimal], str]] = {
		"net_spend": style.money,
		"points_earned": lambda threshold: _points(threshold, style),
		"visits": lambda threshold: counted(threshold, "visit", style),
		"lrfm": style.number,
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
		yield _text("caps", style, caps=listed(said, AND, style))
	pending = earning.pending_days
	wait = _text("after_days", style, pending=_days(pending, style)) if pending else _text("at_once", style)
	yield _text("award", style, award=_text(earning.award, style), wait=wait)


def _items(items: Items, style: Style) -> str:
	kinds = {"items": items.items, "item_groups": items.item_groups, "brands": items.brands}
	said = [
		ITEMS[kind][style.lang].format(names=choice(names, EITHER, style))
		for kind, names in kinds.items()
		if names
	]
	if items.discounted:
		said.append(ITEMS["discounted"][style.lang])
	return listed(said, EITHER, style)


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
			yield condition(key, names=choice(names, OR, style))
	if when.tiers:
		yield condition("tiers", names=listed([style.title(name) for name in sorted(when.tiers)], OR, style))
	if when.weekdays:
		week = sorted(when.weekdays, key=lambda name: (WEEKDAYS.index(name) + 2) % 7)
		names_ = [WEEKDAY_TITLES[name][style.lang] for name in week]
		yield condition("weekdays", names=listed(names_, AND, style))
	if when.hours is not None:
		yield condition("hours", begin=_clock(when.hours[0], style), end=_clock(when.hours[1], style))
	begin, end = (style.day(day) if day else "" for day in (when.from_date, when.to_date))
	if begin or end:
		key = "dates" if begin and end else "from_date" if begin else "to_date"
		yield condition(key, begin=begin, end=end)
	if when.occasions:
		year = sorted(when.occasions, key=lambda name: jalali.OCCASIONS[name])
		yield condition(
			"occasions", names=listed([OCCASION_TITLES[name][style.lang] for name in year], OR, style)
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
			else _text("max_share", style, share=percent(spending.max_share, style))
		]
		if spending.minimum > 0:
			limits.append(_text("minimum", style, minimum=_points(spending.minimum, style)))
		if spending.multiple > 0:
			limits.append(_text("multiple", style, multiple=_points(spending.multiple, style)))
		if spending.daily_limit is not None:
			limits.append(_text("daily_limit", style, limit=_points(spending.daily_limit, style)))
		yield _text("spending", style, value=value, limits=JOIN[style.lang].join(limits))
		if spending.point_value:
			yield _tax(program, style)
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


def _tax(program: Program, style: Style) -> str:
	"""What points do to an invoice and its tax, by an example: a fifth of it paid by them, or as much as may be."""
	spending = program.spending
	step = spending.multiple or program.quantum
	points = step * (max(TYPICAL, spending.minimum) / step).to_integral_value(ROUND_CEILING)
	value = points * spending.point_value
	net = round_half_up(Fraction(value) / Fraction(min(spending.max_share, FIFTH)), program.coin)
	base = net - value if spending.redeem_as == "discount" else net
	tax = round_half_up(Fraction(base) * Fraction(TAX), program.coin)
	pay = net + tax - value
	return _text(
		"as_discount" if spending.redeem_as == "discount" else "as_tender",
		style,
		net=style.money(net),
		rate=percent(TAX, style),
		points=_points(points, style),
		tax=style.money(tax),
		pay=style.money(pay),
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
		life = _text(key, style, period=period, count=counted(Decimal(count - 1), unit, style))
	return _text("expiry", style, life=life)
