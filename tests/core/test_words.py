"""Sentences of the ledger: each reason and each change of tier, in both languages, with its numbers."""

from __future__ import annotations

import ast
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from builders import DAY, LADDER, Caps, Earning, EarnRule, Expiry, M, Shop, Spending, When, line, program
from tables import assert_both_languages_say_the_same

from loyalty_club import core, persian
from loyalty_club.core import wallets, words
from loyalty_club.core.model import Entry, Purchase, Reason, TierChange
from loyalty_club.core.words import REASONS, TIER_CHANGES, Style, reason, tier_change

EN, FA = Style("en", "jalali"), Style("fa", "jalali")
N = Decimal


@pytest.mark.parametrize("table", ["REASONS", "EARNED_PARTS", "CAP_NAMES", "TIER_CHANGES", "ERRORS"])
def test_both_languages_say_the_same(table: str) -> None:
	assert_both_languages_say_the_same(getattr(words, table))


# ------------------------------------------------------------------------------------------ a life with every reason


def _life() -> list[Entry]:
	earning = Earning(
		award="when_paid",
		rules=(EarnRule("triple", multiply=N(3), when=When(items=frozenset({"A"}))),),
		caps=Caps(invoice=N(1000)),
	)
	shop = Shop(program(tiers=LADDER, earning=earning, expiry=Expiry("days", 40)))
	first = shop.buy(line("A", 10 * M), line("B", M))
	held = shop.buy(4 * M, paid=False)
	shop.bring_all(held, N("0.5"))
	shop.club.pay(held, shop.today)
	shop.club.unpay(held, shop.today, "bounced")
	shop.club.transfer("T1", "m", "n", N(7), shop.today)
	spent = shop.buy(M, redeem=100)
	back = shop.bring_all(spent, N("0.5"))
	shop.cancel(back.id)
	shop.cancel(spent)
	shop.buy(999 * M)
	shop.bring(line("never bought", 2 * M))
	shop.wait(41)
	shop.settle()
	other = shop.buy(3 * M)
	shop.buy(line("x", 30_000, tax=N(0)), redeem=30)
	shop.bring_all(other)
	shop.bring_all(first)
	shop.buy(20 * M)
	shop.club.transfer("T2", "m", "n", N(3), shop.today, approved="the card was lost")
	shop.cancel("T2")
	shop.club.adjust("A1", "m", N(50), shop.today, "opening balance")
	shop.change(spending=Spending(N(1000), redeem_as="discount"))
	shop.buy(M, redeem=5)
	shop.change(spending=Spending(N(1000)))
	shop.club.adjust("A2", "m", N(-20), shop.today, "typing error")
	shop.cancel("A1")
	shop.buy(M, who="n")
	shop.club.merge("M1", "n", "m", shop.today)
	_spend_credit(shop)
	return shop.entries


def _spend_credit(shop: Shop) -> None:
	shop.account("w").wallet = "Cash Credit"
	wallets.load(shop.club, "A3", "w", 9 * M, shop.today, "S1")
	wallets.unload(shop.club, "A4", "w", M, shop.today, "R1")
	wallets.keep_refund(shop.club, "A5", "w", M, shop.today, "R2")
	shop.club.adjust("A6", "w", -M, shop.today, "paid out")
	shop.account("v").wallet = "Cash Credit"
	shop.club.transfer("T3", "w", "v", N(1), shop.today)
	sales = []
	for name in ("S91", "S92", "S93"):
		shares = wallets.plan(shop.club, [("w", "Credit", M)], M, shop.today)
		rows = (line("w", M, tax=N(0)),)
		shop.club.sale(Purchase(name, "m", shop.today, rows, tenders=wallets.tenders(shares)))
		wallets.pay(shop.club, name, shares, shop.today)
		sales.append(name)
	shop.cancel(sales[0])
	back = shop.bring(line("w", M, tax=N(0)), against=sales[1])
	shop.club.adjust("A7", "w", -shop.available("w"), shop.today, "paid out")
	shop.cancel(back.id)
	shop.club.adjust("A8", "w", 5 * M, shop.today, "a gift", DAY.replace(year=2026))
	shop.on("2026-06-01")
	shop.settle()


LIFE = _life()
NO_ENTRY = {"place_earns_nothing", "own_document", "awards_limit", "no_member"}  # why there is none


def _reasons_in_the_source() -> set[str]:
	"""Every text that is given to Reason(…) as its code, and to `post(…)`, which passes it on."""
	found = set()
	for path in Path(core.__file__).parent.glob("*.py"):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if (
				isinstance(node, ast.Call)
				and node.args
				and ast.unparse(node.func) in ("Reason", "undoing.post")
			):
				texts = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
				found |= {text for text in texts if isinstance(text, str)}
	return found


def test_every_reason_the_core_can_give_has_its_sentence_and_occurs_in_the_life_above() -> None:
	assert _reasons_in_the_source() == set(REASONS)
	assert {entry.reason.code for entry in LIFE} == set(REASONS) - NO_ENTRY


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_entry_of_that_reason_is_a_whole_sentence_with_digits_of_its_language(code: str) -> None:
	for entry in (each for each in LIFE if each.reason.code == code):
		english, farsi = reason(entry.reason, EN), reason(entry.reason, FA)
		for said in (english, farsi):
			assert said.endswith(".")
			assert not re.search(r"[{}]|None|Decimal|Fraction|  ", said), said
		names = "|".join(["S[0-9]+", "R[0-9]+", "T[0-9]+", "A[0-9]+"])
		assert not re.search("[0-9]", re.sub(names, "", farsi)), farsi
		assert not re.search("[۰-۹]", english), english
		if entry.reason.code in ("redeemed", "expired"):
			assert persian.format_number(N(entry.reason.facts["points"]), "en") in english  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ the sentences themselves

EARNED = {
	"tier": "silver",
	"points": N(15),
	"per": N(1000000),
	"method": "proportional",
	"base": N("818181.818182"),
	"rules": [],
	"exact": N("12.272727"),
	"awarded": N(12),
	"rounding": "down",
}
SAID = [
	(
		Reason("earned", {**EARNED, "base": N(818182)}),
		"12 points: 818,182 rial at 15 points per 1,000,000 rial (silver) is 12.272727, rounded down.",
		"۱۲ امتیاز: ۸۱۸٬۱۸۲ ریال با نرخ ۱۵ امتیاز برای هر ۱٬۰۰۰٬۰۰۰ ریال (silver) می‌شود ۱۲٫۲۷۲۷۲۷،"
		" رو به پایین گرد شده.",
	),
	(
		Reason(
			"earned",
			{
				**EARNED,
				"base": N(2000000),
				"rules": [{"rule": "Yalda", "points": N(30)}, {"rule": "tea", "points": N("2.5")}],
				"exact": N("62.5"),
				"awarded": N(50),
				"before_cap": N(62),
				"cap": "day",
				"share": N("0.9"),
				"method": "full_steps",
			},
		),
		"50 points: 2,000,000 rial at 15 points per 1,000,000 rial (silver) is 62.5, with “Yalda” (+30), “tea” (+2.5),"
		" counted in full steps, after the part paid by points, limited from 62 by the cap per day.",
		"۵۰ امتیاز: ۲٬۰۰۰٬۰۰۰ ریال با نرخ ۱۵ امتیاز برای هر ۱٬۰۰۰٬۰۰۰ ریال (silver) می‌شود ۶۲٫۵، با «Yalda» (۳۰+)،"
		" «tea» (۲٫۵+)، به گام‌های کامل، پس از کنار گذاشتن بخش پرداخت‌شده با امتیاز، که از ۶۲ به سقف هر روز رسیده.",
	),
	(
		Reason("redeemed", {"points": N(1200), "value": N(1200000)}),
		"1,200 points paid 1,200,000 rial of this invoice.",
		"۱٬۲۰۰ امتیاز، ۱٬۲۰۰٬۰۰۰ ریال از این فاکتور را پرداخت.",
	),
	(
		Reason("redeemed_as_discount", {"points": N(200), "value": N(200000)}),
		"200 points took 200,000 rial off this invoice before tax.",
		"۲۰۰ امتیاز، ۲۰۰٬۰۰۰ ریال از این فاکتور پیش از مالیات کم کرد.",
	),
	(
		Reason("expired", {"points": N(40), "last_day": date(2025, 9, 22)}),
		"40 points expired: they could be spent through 1404/06/31.",
		"۴۰ امتیاز منقضی شد: تا پایان ۱۴۰۴/۰۶/۳۱ خرج‌کردنی بود.",
	),
	(
		Reason("fills_deficit", {"points": N(9)}),
		"9 points paid a deficit left by an earlier return.",
		"۹ امتیاز، بدهیِ مانده از یک برگشتِ پیشین را پر کرد.",
	),
	(
		Reason("returned", {"document": "INV-7", "awarded": N(100), "reversed": N(60), "expired": N(40)}),
		"Goods of invoice INV-7 came back: 60 of its 100 points are reversed by now (rounded half-up);"
		" 40 of them had expired and are not taken twice.",
		"کالای فاکتور INV-7 برگشت: تا این‌جا ۶۰ از ۱۰۰ امتیاز آن برگردانده شده (گرد به نزدیک‌ترین)؛"
		" ۴۰ از آن منقضی شده بود و دوباره گرفته نمی‌شود.",
	),
	(
		Reason("cancelled", {"document": "INV-7", "awarded": N(100)}),
		"Invoice INV-7 was cancelled: its 100 points are reversed.",
		"فاکتور INV-7 باطل شد: ۱۰۰ امتیاز آن برگردانده شد.",
	),
	(
		Reason("returned_unknown", {"points": N(30), "tier": ""}),
		"Goods came back without their invoice, and no purchase of them was found: 30 points at the present rate of"
		" no tier.",
		"کالایی بی‌فاکتور برگشت و خریدی از آن پیدا نشد: ۳۰ امتیاز با نرخ کنونیِ بدون سطح.",
	),
	(
		Reason("restored", {"document": "INV-7", "restored": N(44), "spent": N(147)}),
		"Goods of invoice INV-7 came back: 44 of the 147 points that paid it are restored by now (rounded half-up).",
		"کالای فاکتور INV-7 برگشت: تا این‌جا ۴۴ از ۱۴۷ امتیازی که پرداخته بود بازگردانده شده (گرد به نزدیک‌ترین).",
	),
	(
		Reason("restored_cancelled", {"document": "INV-7", "restored": N(147), "spent": N(147)}),
		"Invoice INV-7 was cancelled: 147 of the 147 points that paid it are restored.",
		"فاکتور INV-7 باطل شد: ۱۴۷ از ۱۴۷ امتیازی که پرداخته بود بازگردانده شد.",
	),
	(
		Reason("return_cancelled", {"document": "RET-1"}),
		"Return RET-1 was cancelled: what it did is undone.",
		"برگشتِ RET-1 باطل شد: آنچه کرده بود بی‌اثر شد.",
	),
	(
		Reason("returned_before_paid", {"document": "INV-7", "reversed": N(25)}),
		"25 points of invoice INV-7 were already reversed before it was paid.",
		"۲۵ امتیازِ فاکتور INV-7 پیش از پرداخت آن برگردانده شده بود.",
	),
	(
		Reason("payment_taken_back", {"document": "INV-7", "points": N(75)}),
		"The payment of invoice INV-7 was taken back: 75 points go until it is paid.",
		"پرداختِ فاکتور INV-7 پس گرفته شد: ۷۵ امتیاز تا پرداختِ دوباره کنار می‌رود.",
	),
	(
		Reason("transfer_out", {"points": N(5), "member": "Mina"}),
		"5 points given to member Mina.",
		"۵ امتیاز به عضو Mina داده شد.",
	),
	(
		Reason("transfer_out", {"points": N(5), "member": "Mina", "approved": "no phone"}),
		"5 points given to member Mina. Approved without the giver’s code (“no phone”).",
		"۵ امتیاز به عضو Mina داده شد. بدون کد دهنده تأیید شد («no phone»).",
	),
	(
		Reason("credit_transfer_out", {"amount": N(5000), "member": "Mina"}),
		"5,000 rial given to member Mina.",
		"۵٬۰۰۰ ریال به عضو Mina داده شد.",
	),
	(
		Reason("credit_transfer_in", {"amount": N(5000), "member": "Mina"}),
		"5,000 rial received from member Mina.",
		"۵٬۰۰۰ ریال از عضو Mina رسید.",
	),
	(
		Reason("transfer_cancelled", {"document": "T1"}),
		"Transfer T1 was cancelled: what was given goes back.",
		"انتقال T1 باطل شد: آنچه داده شده بود برمی‌گردد.",
	),
	(
		Reason("transfer_in", {"points": N(5), "member": "Mina"}),
		"5 points received from member Mina.",
		"۵ امتیاز از عضو Mina رسید.",
	),
	(
		Reason("merged_out", {"member": "Mina"}),
		"This membership became part of Mina.",
		"این عضویت در Mina ادغام شد.",
	),
	(
		Reason("merged_in", {"member": "Mina"}),
		"From membership Mina, which became part of this one.",
		"از عضویت Mina که در این عضویت ادغام شد.",
	),
	(
		Reason("adjusted_up", {"points": N(50), "why": "مانده از پیش"}),
		"50 points given by hand (“مانده از پیش”).",
		"۵۰ امتیاز دستی داده شد («مانده از پیش»).",
	),
	(
		Reason("adjusted_down", {"points": N(5), "why": "typing error"}),
		"5 points taken by hand (“typing error”).",
		"۵ امتیاز دستی برداشته شد («typing error»).",
	),
	(
		Reason("place_earns_nothing", {"place": "Outlet"}),
		"No points: purchases in Outlet earn none.",
		"بدون امتیاز: خرید در Outlet امتیاز ندارد.",
	),
	(
		Reason("own_document", {"user": "sara@shop.ir"}),
		"No points: staff earn none on documents they make themselves (sara@shop.ir).",
		"بدون امتیاز: کارکنان از سندی که خودشان ثبت می‌کنند امتیاز نمی‌گیرند (sara@shop.ir).",
	),
	(
		Reason("awards_limit", {"given": N(3), "limit": N(3)}),
		"No points: 3 purchases have earned points today, and a member may have 3 a day.",
		"بدون امتیاز: امروز ۳ خرید امتیاز گرفته است و هر عضو در روز ۳ بار می‌تواند امتیاز بگیرد.",
	),
	(
		Reason("no_member", {}),
		"No points: the buyer is no member.",
		"بدون امتیاز: خریدار عضو باشگاه نیست.",
	),
	(
		Reason("credit_spent", {"amount": N(5000), "document": "INV-7"}),
		"5,000 rial paid for INV-7.",
		"۵٬۰۰۰ ریال برای INV-7 پرداخت شد.",
	),
	(
		Reason("credit_returned", {"amount": N(5000), "document": "INV-7"}),
		"Goods of INV-7 came back: 5,000 rial went back to where it was paid from.",
		"کالای INV-7 برگشت: ۵٬۰۰۰ ریال به همان جا که پرداخته بود بازگشت.",
	),
	(
		Reason("credit_cancelled", {"amount": N(5000), "document": "INV-7"}),
		"INV-7 was cancelled: 5,000 rial went back to where it was paid from.",
		"INV-7 باطل شد: ۵٬۰۰۰ ریال به همان جا که پرداخته بود بازگشت.",
	),
	(
		Reason("credit_given", {"amount": N(5000), "why": "یلدا"}),
		"5,000 rial given by hand (“یلدا”).",
		"۵٬۰۰۰ ریال دستی داده شد («یلدا»).",
	),
	(
		Reason("credit_taken", {"amount": N(5000), "why": "یلدا"}),
		"5,000 rial taken by hand (“یلدا”).",
		"۵٬۰۰۰ ریال دستی برداشته شد («یلدا»).",
	),
	(
		Reason("credit_refunded", {"amount": N(5000), "why": "RET-1"}),
		"5,000 rial of the refund of RET-1 stays as credit.",
		"۵٬۰۰۰ ریال از بازپرداختِ RET-1 به‌صورت اعتبار ماند.",
	),
	(
		Reason("credit_expired", {"amount": N(5000), "last_day": date(2025, 9, 22)}),
		"5,000 rial expired: it could be spent through 1404/06/31.",
		"۵٬۰۰۰ ریال منقضی شد: تا پایان ۱۴۰۴/۰۶/۳۱ خرج‌کردنی بود.",
	),
	(
		Reason("credit_fills_deficit", {"amount": N(5000)}),
		"5,000 rial paid a deficit left by an earlier return.",
		"۵٬۰۰۰ ریال بدهیِ مانده از یک برگشتِ پیشین را پر کرد.",
	),
	(
		Reason("gift_card_sold", {"amount": N(5000), "why": "INV-7"}),
		"5,000 rial paid in by INV-7.",
		"۵٬۰۰۰ ریال با INV-7 شارژ شد.",
	),
	(
		Reason("gift_card_taken_back", {"amount": N(5000), "why": "RET-1"}),
		"5,000 rial taken back: the card was returned by RET-1.",
		"۵٬۰۰۰ ریال پس گرفته شد: کارت با RET-1 برگشت.",
	),
	(
		Reason("adjustment_cancelled", {"document": "ADJ-1"}),
		"Adjustment ADJ-1 was cancelled: what it did is undone.",
		"اصلاحِ ADJ-1 باطل شد: آنچه کرده بود بی‌اثر شد.",
	),
]


@pytest.mark.parametrize(("why", "english", "farsi"), SAID)
def test_a_reason_is_said_with_its_numbers(why: Reason, english: str, farsi: str) -> None:
	assert reason(why, EN) == english
	assert reason(why, FA) == farsi


def test_every_reason_is_said_above() -> None:
	assert {why.code for why, *_ in SAID} == set(REASONS)


@pytest.mark.parametrize(
	("style", "text"),
	[
		(Style("en", "gregorian"), "2025-09-22"),
		(Style("en", "jalali"), "1404/06/31"),
		(Style("fa", "gregorian"), "۲۰۲۵-۰۹-۲۲"),
		(Style("fa", "jalali"), "۱۴۰۴/۰۶/۳۱"),
	],
)
def test_a_day_is_said_in_the_chosen_calendar_and_digits(style: Style, text: str) -> None:
	assert style.day(date(2025, 9, 22)) == text


def test_names_are_translated_in_persian_only_and_money_is_in_the_chosen_unit() -> None:
	style = Style("fa", "jalali", persian.TOMAN, {"silver": "نقره‌ای", "Yalda": "یلدا"})
	why = Reason("earned", {**EARNED, "base": N(2000000), "rules": [{"rule": "Yalda", "points": N(30)}]})
	said = reason(why, style)
	assert "۲۰۰٬۰۰۰ تومان" in said
	assert "(نقره‌ای)" in said
	assert "«یلدا»" in said
	english = reason(why, style._replace(lang="en"))
	assert "(silver)" in english
	assert "“Yalda”" in english


@pytest.mark.parametrize(
	("why", "english", "farsi"),
	[
		(
			"reached",
			"From bronze to no tier: 51,000,000 rial reached 50,000,000 rial.",
			"از bronze به بدون سطح: ۵۱٬۰۰۰٬۰۰۰ ریال به مرز ۵۰٬۰۰۰٬۰۰۰ ریال رسید.",
		),
		(
			"review",
			"From bronze to no tier at the review: 51,000,000 rial is below 50,000,000 rial.",
			"از bronze به بدون سطح در بازبینی: ۵۱٬۰۰۰٬۰۰۰ ریال کمتر از مرز ۵۰٬۰۰۰٬۰۰۰ ریال است.",
		),
		(
			"withdrawn",
			"From bronze to no tier: without the returned goods 51,000,000 rial would not have reached"
			" 50,000,000 rial.",
			"از bronze به بدون سطح: بدون کالاهای برگشتی، ۵۱٬۰۰۰٬۰۰۰ ریال به مرز ۵۰٬۰۰۰٬۰۰۰ ریال نمی‌رسید.",
		),
	],
)
def test_a_change_of_tier_is_said_with_value_and_threshold(why: str, english: str, farsi: str) -> None:
	change = TierChange("m", DAY, "bronze", "", why, 51 * M, 50 * M)
	assert tier_change(change, EN, in_money=True) == english
	assert tier_change(change, FA, in_money=True) == farsi
	assert "51,000,000 " in tier_change(change, EN, in_money=False)
	assert "rial" not in tier_change(change, EN, in_money=False)


def test_every_change_of_tier_is_said_above() -> None:
	assert set(TIER_CHANGES) == {"reached", "review", "withdrawn"}


def test_money_in_a_sentence_is_told_to_a_hundredth_of_its_unit() -> None:
	base = Decimal("309909090.909091")
	assert Style("en", unit=persian.TOMAN).fact("base", base) == "30,990,909.09 toman"
	assert EN.fact("base", Decimal("818181.818182")) == "818,181.82 rial"
	assert EN.fact("base", Decimal(34_999_999)) == "34,999,999 rial"
