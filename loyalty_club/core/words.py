"""Sentences: what an error, a ledger entry's reason or a tier's change says, in English and Persian.

The rules speak in codes and facts; only this module turns them into words. Data: tables of templates with the same
keys in both languages (a test checks that). Dates are shown in the program's calendar, numbers in the language's digits.

>>> reason(Reason("expired", {"points": Decimal(40), "last_day": date(2025, 9, 22)}), Style("en", "jalali"))
'40 points expired: they could be spent through 1404/06/31.'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from loyalty_club import jalali, persian
from loyalty_club.core.model import Reason, TierChange
from loyalty_club.persian import MoneyUnit

LANGUAGES = ("en", "fa")


class Style(NamedTuple):
	"""How to speak: language, calendar of dates, unit of money, and the Persian titles of tiers and rules."""

	lang: str = "en"
	calendar: str = "gregorian"
	unit: MoneyUnit = persian.RIAL
	titles: Mapping[str, str] = {}

	def day(self, day: date) -> str:
		if self.calendar == "jalali":
			return jalali.format_date(day, self.lang)
		text = day.isoformat()
		return persian.to_persian_digits(text) if self.lang == "fa" else text

	def number(self, number: Decimal) -> str:
		return persian.format_number(number, self.lang)

	def money(self, amount: Decimal) -> str:
		return persian.format_money(amount, self.unit, self.lang)

	def quantity(self, quantity: Decimal, wallet: str) -> str:
		"""What a wallet holds, with its unit: points, or money."""
		if wallet != "Points":
			return self.money(quantity)
		return POINTS[self.lang].format(self.number(quantity))

	def shown(self, amount: Decimal) -> Decimal:
		"""Money to a hundredth of the unit it is shown in: finer than anybody reads in a sentence."""
		step = self.unit.factor / 100
		return (amount / step).to_integral_value(ROUND_HALF_UP) * step if amount % step else amount

	def title(self, name: str) -> str:
		if not name:
			return NO_TIER[self.lang]
		return self.titles.get(name, name) if self.lang == "fa" else name

	def fact(self, key: str, fact: object) -> str:
		"""A fact in words: by its key money or a name, else by its type."""
		if isinstance(fact, Decimal):
			return self.money(self.shown(fact)) if key in MONEY else self.number(fact)
		if isinstance(fact, date):
			return self.day(fact)
		if isinstance(fact, bool) or not isinstance(fact, (int, str)):
			return str(fact)
		if isinstance(fact, int):
			return self.number(Decimal(fact))
		return self.title(fact) if key in ("tier", "before", "after", "rule", "first", "second") else fact


MONEY = frozenset(
	{"value", "payable", "base", "per", "amount", "limit_money", "threshold_money", "carry", "price"}
)
POINTS = {"en": "{0} points", "fa": "{0} امتیاز"}
NO_TIER = {"en": "no tier", "fa": "بدون سطح"}

REASONS: Mapping[str, Mapping[str, str]] = {
	"earned": {
		"en": "{awarded} points: {base} at {points} points per {per} ({tier}) is {exact}{rules}{method}{share}{cap}.",
		"fa": "{awarded} امتیاز: {base} با نرخ {points} امتیاز برای هر {per} ({tier}) می‌شود {exact}{rules}{method}{share}{cap}.",
	},
	"place_earns_nothing": {
		"en": "No points: purchases in {place} earn none.",
		"fa": "بدون امتیاز: خرید در {place} امتیاز ندارد.",
	},
	"own_document": {
		"en": "No points: staff earn none on documents they make themselves ({user}).",
		"fa": "بدون امتیاز: کارکنان از سندی که خودشان ثبت می‌کنند امتیاز نمی‌گیرند ({user}).",
	},
	"awards_limit": {
		"en": "No points: {given} purchases have earned points today, and a member may have {limit} a day.",
		"fa": "بدون امتیاز: امروز {given} خرید امتیاز گرفته است و هر عضو در روز {limit} بار می‌تواند امتیاز بگیرد.",
	},
	"redeemed": {
		"en": "{points} points paid {value} of this invoice.",
		"fa": "{points} امتیاز، {value} از این فاکتور را پرداخت.",
	},
	"redeemed_as_discount": {
		"en": "{points} points took {value} off this invoice before tax.",
		"fa": "{points} امتیاز، {value} از این فاکتور پیش از مالیات کم کرد.",
	},
	"expired": {
		"en": "{points} points expired: they could be spent through {last_day}.",
		"fa": "{points} امتیاز منقضی شد: تا پایان {last_day} خرج‌کردنی بود.",
	},
	"fills_deficit": {
		"en": "{points} points paid a deficit left by an earlier return.",
		"fa": "{points} امتیاز، بدهیِ مانده از یک برگشتِ پیشین را پر کرد.",
	},
	"returned": {
		"en": "Goods of invoice {document} came back: {reversed} of its {awarded} points are reversed by now (rounded half-up){expired}.",
		"fa": "کالای فاکتور {document} برگشت: تا این‌جا {reversed} از {awarded} امتیاز آن برگردانده شده (گرد به نزدیک‌ترین){expired}.",
	},
	"cancelled": {
		"en": "Invoice {document} was cancelled: its {awarded} points are reversed{expired}.",
		"fa": "فاکتور {document} باطل شد: {awarded} امتیاز آن برگردانده شد{expired}.",
	},
	"returned_unknown": {
		"en": "Goods came back without their invoice, and no purchase of them was found: {points} points at the present rate of {tier}.",
		"fa": "کالایی بی‌فاکتور برگشت و خریدی از آن پیدا نشد: {points} امتیاز با نرخ کنونیِ {tier}.",
	},
	"restored": {
		"en": "Goods of invoice {document} came back: {restored} of the {spent} points that paid it are restored by now (rounded half-up).",
		"fa": "کالای فاکتور {document} برگشت: تا این‌جا {restored} از {spent} امتیازی که پرداخته بود بازگردانده شده (گرد به نزدیک‌ترین).",
	},
	"restored_cancelled": {
		"en": "Invoice {document} was cancelled: {restored} of the {spent} points that paid it are restored.",
		"fa": "فاکتور {document} باطل شد: {restored} از {spent} امتیازی که پرداخته بود بازگردانده شد.",
	},
	"return_cancelled": {
		"en": "Return {document} was cancelled: what it did is undone.",
		"fa": "برگشتِ {document} باطل شد: آنچه کرده بود بی‌اثر شد.",
	},
	"returned_before_paid": {
		"en": "{reversed} points of invoice {document} were already reversed before it was paid.",
		"fa": "{reversed} امتیازِ فاکتور {document} پیش از پرداخت آن برگردانده شده بود.",
	},
	"payment_taken_back": {
		"en": "The payment of invoice {document} was taken back: {points} points go until it is paid.",
		"fa": "پرداختِ فاکتور {document} پس گرفته شد: {points} امتیاز تا پرداختِ دوباره کنار می‌رود.",
	},
	"transfer_out": {
		"en": "{points} points given to member {member}.{approved}",
		"fa": "{points} امتیاز به عضو {member} داده شد.{approved}",
	},
	"transfer_in": {
		"en": "{points} points received from member {member}.",
		"fa": "{points} امتیاز از عضو {member} رسید.",
	},
	"credit_transfer_out": {
		"en": "{amount} given to member {member}.{approved}",
		"fa": "{amount} به عضو {member} داده شد.{approved}",
	},
	"credit_transfer_in": {
		"en": "{amount} received from member {member}.",
		"fa": "{amount} از عضو {member} رسید.",
	},
	"transfer_cancelled": {
		"en": "Transfer {document} was cancelled: what was given goes back.",
		"fa": "انتقال {document} باطل شد: آنچه داده شده بود برمی‌گردد.",
	},
	"merged_out": {
		"en": "This membership became part of {member}.",
		"fa": "این عضویت در {member} ادغام شد.",
	},
	"merged_in": {
		"en": "From membership {member}, which became part of this one.",
		"fa": "از عضویت {member} که در این عضویت ادغام شد.",
	},
	"adjusted_up": {
		"en": "{points} points given by hand (“{why}”).",
		"fa": "{points} امتیاز دستی داده شد («{why}»).",
	},
	"adjusted_down": {
		"en": "{points} points taken by hand (“{why}”).",
		"fa": "{points} امتیاز دستی برداشته شد («{why}»).",
	},
	"no_member": {
		"en": "No points: the buyer is no member.",
		"fa": "بدون امتیاز: خریدار عضو باشگاه نیست.",
	},
	"credit_spent": {
		"en": "{amount} paid for {document}.",
		"fa": "{amount} برای {document} پرداخت شد.",
	},
	"credit_returned": {
		"en": "Goods of {document} came back: {amount} went back to where it was paid from.",
		"fa": "کالای {document} برگشت: {amount} به همان جا که پرداخته بود بازگشت.",
	},
	"credit_cancelled": {
		"en": "{document} was cancelled: {amount} went back to where it was paid from.",
		"fa": "{document} باطل شد: {amount} به همان جا که پرداخته بود بازگشت.",
	},
	"credit_given": {
		"en": "{amount} given by hand (“{why}”).",
		"fa": "{amount} دستی داده شد («{why}»).",
	},
	"credit_taken": {
		"en": "{amount} taken by hand (“{why}”).",
		"fa": "{amount} دستی برداشته شد («{why}»).",
	},
	"credit_refunded": {
		"en": "{amount} of the refund of {why} stays as credit.",
		"fa": "{amount} از بازپرداختِ {why} به‌صورت اعتبار ماند.",
	},
	"credit_expired": {
		"en": "{amount} expired: it could be spent through {last_day}.",
		"fa": "{amount} منقضی شد: تا پایان {last_day} خرج‌کردنی بود.",
	},
	"credit_fills_deficit": {
		"en": "{amount} paid a deficit left by an earlier return.",
		"fa": "{amount} بدهیِ مانده از یک برگشتِ پیشین را پر کرد.",
	},
	"gift_card_sold": {
		"en": "{amount} paid in by {why}.",
		"fa": "{amount} با {why} شارژ شد.",
	},
	"gift_card_taken_back": {
		"en": "{amount} taken back: the card was returned by {why}.",
		"fa": "{amount} پس گرفته شد: کارت با {why} برگشت.",
	},
	"adjustment_cancelled": {
		"en": "Adjustment {document} was cancelled: what it did is undone.",
		"fa": "اصلاحِ {document} باطل شد: آنچه کرده بود بی‌اثر شد.",
	},
}

# Parts of the sentence of an award; each is left out where it says nothing.
EARNED_PARTS: Mapping[str, Mapping[str, str]] = {
	"rules": {"en": ", with {0}", "fa": "، با {0}"},
	"rule": {"en": "“{rule}” (+{points})", "fa": "«{rule}» ({points}+)"},
	"proportional": {"en": ", rounded down", "fa": "، رو به پایین گرد شده"},
	"full_steps": {"en": ", counted in full steps", "fa": "، به گام‌های کامل"},
	"share": {"en": ", after the part paid by points", "fa": "، پس از کنار گذاشتن بخش پرداخت‌شده با امتیاز"},
	"share_gifts": {
		"en": ", after the part paid by points or gifts",
		"fa": "، پس از کنار گذاشتن بخش پرداخت‌شده با امتیاز یا هدیه",
	},
	"cap": {
		"en": ", limited from {before_cap} by the cap per {cap}",
		"fa": "، که از {before_cap} به سقف هر {cap} رسیده",
	},
	"approved": {
		"en": " Approved without the giver’s code (“{approved}”).",
		"fa": " بدون کد دهنده تأیید شد («{approved}»).",
	},
	"expired": {
		"en": "; {expired} of them had expired and are not taken twice",
		"fa": "؛ {expired} از آن منقضی شده بود و دوباره گرفته نمی‌شود",
	},
}
CAP_NAMES: Mapping[str, Mapping[str, str]] = {
	"invoice": {"en": "invoice", "fa": "فاکتور"},
	"day": {"en": "day", "fa": "روز"},
	"month": {"en": "month", "fa": "ماه"},
	"member": {"en": "member", "fa": "عضو"},
}
JOIN = {"en": ", ", "fa": "، "}

TIER_CHANGES: Mapping[str, Mapping[str, str]] = {
	"reached": {
		"en": "From {before} to {after}: {value} reached {threshold}.",
		"fa": "از {before} به {after}: {value} به مرز {threshold} رسید.",
	},
	"review": {
		"en": "From {before} to {after} at the review: {value} is below {threshold}.",
		"fa": "از {before} به {after} در بازبینی: {value} کمتر از مرز {threshold} است.",
	},
	"withdrawn": {
		"en": "From {before} to {after}: without the returned goods {value} would not have reached {threshold}.",
		"fa": "از {before} به {after}: بدون کالاهای برگشتی، {value} به مرز {threshold} نمی‌رسید.",
	},
}

ERRORS: Mapping[str, Mapping[str, str]] = {
	"not_a_quantity": {
		"en": "{wanted} is no number of points that can be moved. Ask for a positive multiple of {step}.",
		"fa": "{wanted} امتیازِ قابل جابه‌جایی نیست. مضربی مثبت از {step} بخواهید.",
	},
	"not_enough_points": {
		"en": "{wanted} points were asked for, but only {available} can be spent now. Ask for {available} or less.",
		"fa": "{wanted} امتیاز خواسته شد، اما اکنون فقط {available} امتیاز خرج‌کردنی است. {available} یا کمتر بخواهید.",
	},
	"below_minimum": {
		"en": "{wanted} points are below the least that can be spent at once. Ask for {minimum} or more.",
		"fa": "{wanted} امتیاز کمتر از کمینهٔ هر خرج است. {minimum} یا بیشتر بخواهید.",
	},
	"not_a_multiple": {
		"en": "{wanted} points cannot be spent: only multiples of {multiple} can.",
		"fa": "{wanted} امتیاز را نمی‌توان خرج کرد: فقط مضرب‌های {multiple} پذیرفته است.",
	},
	"daily_limit": {
		"en": "{wanted} points were asked for, but {spent} were spent today and the limit for one day is {limit}.",
		"fa": "{wanted} امتیاز خواسته شد، اما امروز {spent} امتیاز خرج شده و سقف هر روز {limit} است.",
	},
	"more_than_payable": {
		"en": "{wanted} points are worth {value}, but points can pay only {payable} of this invoice.",
		"fa": "ارزش {wanted} امتیاز {value} است، اما امتیاز فقط {payable} از این فاکتور را می‌پردازد.",
	},
	"transfer_to_self": {
		"en": "Member {member} cannot transfer points to themselves. Choose another member.",
		"fa": "عضو {member} نمی‌تواند به خودش امتیاز بدهد. عضو دیگری را برگزینید.",
	},
	"not_an_amount": {
		"en": "{wanted} is no amount of money that can be moved. Write a positive multiple of {step}.",
		"fa": "{wanted} مبلغی قابل جابه‌جایی نیست. مضربی مثبت از {step} بنویسید.",
	},
	"not_enough_credit": {
		"en": "{amount} was asked for, but only {payable} is there to spend now. Ask for {payable} or less.",
		"fa": "{amount} خواسته شد، اما اکنون فقط {payable} خرج‌کردنی است. {payable} یا کمتر بخواهید.",
	},
	"credit_more_than_payable": {
		"en": "Credit and gift cards were to pay {amount}, but only {payable} is left to pay: no change is given.",
		"fa": "قرار بود اعتبار و کارت هدیه {amount} بپردازد، اما فقط {payable} مانده است: باقی پول داده نمی‌شود.",
	},
	"credit_is_spent": {
		"en": "{amount} was given and only {payable} of it is left: the rest has been spent. It cannot be undone.",
		"fa": "{amount} داده شده و فقط {payable} از آن مانده: بقیه خرج شده است. بی‌اثر کردنش ممکن نیست.",
	},
	"transfer_too_young": {
		"en": "Only {available} of {wanted} can be transferred now: what was earned must be {days} days old. Transfer less.",
		"fa": "از {wanted} اکنون فقط {available} انتقال‌پذیر است: از به دست آمدنش باید {days} روز گذشته باشد. کمتر انتقال دهید.",
	},
	"transfer_below_minimum": {
		"en": "{wanted} is less than the least that can be transferred at once. Transfer {limit} or more.",
		"fa": "{wanted} کمتر از کمینهٔ هر انتقال است. {limit} یا بیشتر انتقال دهید.",
	},
	"transfer_above_most": {
		"en": "{wanted} is more than can be transferred at once. Transfer {limit} or less.",
		"fa": "{wanted} بیشتر از بیشینهٔ هر انتقال است. {limit} یا کمتر انتقال دهید.",
	},
	"transfer_day_limit": {
		"en": "With {wanted} the member would give more than {limit} today ({given} so far). Transfer less today.",
		"fa": "با {wanted} این عضو امروز بیش از {limit} می‌دهد (تا این‌جا {given}). امروز کمتر انتقال دهید.",
	},
	"transfer_month_limit": {
		"en": "With {wanted} the member would give more than {limit} this month ({given} so far). Transfer less.",
		"fa": "با {wanted} این عضو در این ماه بیش از {limit} می‌دهد (تا این‌جا {given}). کمتر انتقال دهید.",
	},
	"merge_with_self": {
		"en": "Member {member} cannot be merged with themselves. Choose another member.",
		"fa": "عضو {member} را نمی‌توان با خودش ادغام کرد. عضو دیگری را برگزینید.",
	},
}


def reason(why: Reason, style: Style) -> str:
	"""A ledger entry's reason as a sentence."""
	facts = {key: style.fact(key, fact) for key, fact in why.facts.items()}
	parts = {"rules": "", "method": "", "share": "", "cap": "", "expired": "", "approved": ""}
	if why.code == "earned":
		parts |= _earned_parts(why, facts, style)
	if why.facts.get("expired"):
		parts["expired"] = EARNED_PARTS["expired"][style.lang].format(**facts)
	if why.facts.get("approved"):
		parts["approved"] = EARNED_PARTS["approved"][style.lang].format(**facts)
	return REASONS[why.code][style.lang].format(**{**facts, **parts})


def _earned_parts(why: Reason, facts: Mapping[str, str], style: Style) -> dict[str, str]:
	lang = style.lang
	parts = {"method": EARNED_PARTS[str(why.facts["method"])][lang]}
	rules = why.facts["rules"]
	if isinstance(rules, list) and rules:
		said = [
			EARNED_PARTS["rule"][lang].format(**{key: style.fact(key, fact) for key, fact in rule.items()})
			for rule in rules
		]
		parts["rules"] = EARNED_PARTS["rules"][lang].format(JOIN[lang].join(said))
	if "share" in why.facts:
		parts["share"] = EARNED_PARTS["share_gifts" if why.facts.get("gifts") else "share"][lang]
	if "cap" in why.facts:
		cap = CAP_NAMES[str(why.facts["cap"])][lang]
		parts["cap"] = EARNED_PARTS["cap"][lang].format(before_cap=facts["before_cap"], cap=cap)
	return parts


def tier_change(change: TierChange, style: Style, *, in_money: bool) -> str:
	"""A change of tier as a sentence; in_money: the metric is net spend."""
	show = style.money if in_money else style.number
	return TIER_CHANGES[change.why][style.lang].format(
		before=style.title(change.before),
		after=style.title(change.after),
		value=show(change.value),
		threshold=show(change.threshold),
	)


def error(code: str, facts: Mapping[str, object], style: Style) -> str:
	"""An error as a sentence that names the thing, the limit and what to do."""
	said = {key: style.fact(key, fact) for key, fact in facts.items()}
	wallet = facts.get("wallet")
	if isinstance(wallet, str):  # then its numbers are of that wallet
		for key, fact in facts.items():
			if isinstance(fact, Decimal):
				said[key] = style.quantity(fact, wallet)
	return ERRORS[code][style.lang].format(**said)
