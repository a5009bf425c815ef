"""The rules' own error: a code, facts, and a sentence in either language that names limit and way out."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from pathlib import Path

import pytest

from loyalty_club import core, persian
from loyalty_club.core.errors import ClubError, RedemptionRefused
from loyalty_club.core.words import ERRORS, Style

N = Decimal
SENTENCES = [
	(
		"not_a_quantity",
		{"wanted": N("1.5"), "step": N(1)},
		"1.5 is no number of points that can be moved. Ask for a positive multiple of 1.",
		"۱٫۵ امتیازِ قابل جابه‌جایی نیست. مضربی مثبت از ۱ بخواهید.",
	),
	(
		"not_enough_points",
		{"wanted": N(1060), "available": N(40)},
		"1,060 points were asked for, but only 40 can be spent now. Ask for 40 or less.",
		"۱٬۰۶۰ امتیاز خواسته شد، اما اکنون فقط ۴۰ امتیاز خرج‌کردنی است. ۴۰ یا کمتر بخواهید.",
	),
	(
		"below_minimum",
		{"wanted": N(19), "minimum": N(20)},
		"19 points are below the least that can be spent at once. Ask for 20 or more.",
		"۱۹ امتیاز کمتر از کمینهٔ هر خرج است. ۲۰ یا بیشتر بخواهید.",
	),
	(
		"not_a_multiple",
		{"wanted": N(60), "multiple": N(25)},
		"60 points cannot be spent: only multiples of 25 can.",
		"۶۰ امتیاز را نمی‌توان خرج کرد: فقط مضرب‌های ۲۵ پذیرفته است.",
	),
	(
		"daily_limit",
		{"wanted": N(31), "spent": N(20), "limit": N(50)},
		"31 points were asked for, but 20 were spent today and the limit for one day is 50.",
		"۳۱ امتیاز خواسته شد، اما امروز ۲۰ امتیاز خرج شده و سقف هر روز ۵۰ است.",
	),
	(
		"more_than_payable",
		{"wanted": N(34), "value": N(34000), "payable": N(33000)},
		"34 points are worth 34,000 rial, but points can pay only 33,000 rial of this invoice.",
		"ارزش ۳۴ امتیاز ۳۴٬۰۰۰ ریال است، اما امتیاز فقط ۳۳٬۰۰۰ ریال از این فاکتور را می‌پردازد.",
	),
	(
		"not_an_amount",
		{"wanted": N("0.5"), "step": N(1)},
		"0.5 is no amount of money that can be moved. Write a positive multiple of 1.",
		"۰٫۵ مبلغی قابل جابه‌جایی نیست. مضربی مثبت از ۱ بنویسید.",
	),
	(
		"not_enough_credit",
		{"amount": N(6000), "payable": N(5000)},
		"6,000 rial was asked for, but only 5,000 rial is there to spend now. Ask for 5,000 rial or less.",
		"۶٬۰۰۰ ریال خواسته شد، اما اکنون فقط ۵٬۰۰۰ ریال خرج‌کردنی است. ۵٬۰۰۰ ریال یا کمتر بخواهید.",
	),
	(
		"credit_more_than_payable",
		{"amount": N(6000), "payable": N(5000)},
		"Credit and gift cards were to pay 6,000 rial, but only 5,000 rial is left to pay: no change is given.",
		"قرار بود اعتبار و کارت هدیه ۶٬۰۰۰ ریال بپردازد، اما فقط ۵٬۰۰۰ ریال مانده است: باقی پول داده نمی‌شود.",
	),
	(
		"credit_is_spent",
		{"amount": N(6000), "payable": N(5000)},
		"6,000 rial was given and only 5,000 rial of it is left: the rest has been spent. It cannot be undone.",
		"۶٬۰۰۰ ریال داده شده و فقط ۵٬۰۰۰ ریال از آن مانده: بقیه خرج شده است. بی‌اثر کردنش ممکن نیست.",
	),
	(
		"transfer_to_self",
		{"member": "Mina"},
		"Member Mina cannot transfer points to themselves. Choose another member.",
		"عضو Mina نمی‌تواند به خودش امتیاز بدهد. عضو دیگری را برگزینید.",
	),
	(
		"transfer_too_young",
		{"wallet": "Points", "wanted": N(60), "available": N(40), "days": 7},
		"Only 40 points of 60 points can be transferred now: what was earned must be 7 days old. Transfer less.",
		"از ۶۰ امتیاز اکنون فقط ۴۰ امتیاز انتقال‌پذیر است: از به دست آمدنش باید ۷ روز گذشته باشد. کمتر انتقال دهید.",
	),
	(
		"transfer_below_minimum",
		{"wallet": "Cash Credit", "wanted": N(500), "limit": N(1000)},
		"500 rial is less than the least that can be transferred at once. Transfer 1,000 rial or more.",
		"۵۰۰ ریال کمتر از کمینهٔ هر انتقال است. ۱٬۰۰۰ ریال یا بیشتر انتقال دهید.",
	),
	(
		"transfer_above_most",
		{"wallet": "Points", "wanted": N(600), "limit": N(500)},
		"600 points is more than can be transferred at once. Transfer 500 points or less.",
		"۶۰۰ امتیاز بیشتر از بیشینهٔ هر انتقال است. ۵۰۰ امتیاز یا کمتر انتقال دهید.",
	),
	(
		"transfer_day_limit",
		{"wallet": "Points", "wanted": N(60), "given": N(50), "limit": N(100)},
		"With 60 points the member would give more than 100 points today (50 points so far). Transfer less today.",
		"با ۶۰ امتیاز این عضو امروز بیش از ۱۰۰ امتیاز می‌دهد (تا این‌جا ۵۰ امتیاز). امروز کمتر انتقال دهید.",
	),
	(
		"transfer_month_limit",
		{"wallet": "Gift Credit", "wanted": N(6000), "given": N(5000), "limit": N(10000)},
		"With 6,000 rial the member would give more than 10,000 rial this month (5,000 rial so far). Transfer less.",
		"با ۶٬۰۰۰ ریال این عضو در این ماه بیش از ۱۰٬۰۰۰ ریال می‌دهد (تا این‌جا ۵٬۰۰۰ ریال). کمتر انتقال دهید.",
	),
	(
		"merge_with_self",
		{"member": "Mina"},
		"Member Mina cannot be merged with themselves. Choose another member.",
		"عضو Mina را نمی‌توان با خودش ادغام کرد. عضو دیگری را برگزینید.",
	),
]


@pytest.mark.parametrize(("code", "facts", "english", "farsi"), SENTENCES)
def test_an_error_says_the_thing_the_limit_and_what_to_do(
	code: str, facts: dict, english: str, farsi: str
) -> None:
	error = ClubError(code, **facts)
	assert str(error) == english
	assert error.text(Style("fa")) == farsi
	assert (error.code, error.facts) == (code, facts)


def test_money_in_an_error_is_shown_in_the_chosen_unit() -> None:
	error = RedemptionRefused("more_than_payable", wanted=N(34), value=N(34000), payable=N(33000))
	assert "3,400 toman" in error.text(Style("en", unit=persian.TOMAN))
	assert "۳٬۳۰۰ تومان" in error.text(Style("fa", unit=persian.TOMAN))


def test_every_error_that_the_core_raises_has_its_sentence_and_is_told_above() -> None:
	raised = set()
	for path in Path(core.__file__).parent.glob("*.py"):
		text = path.read_text(encoding="utf-8")
		for node in ast.walk(ast.parse(text)):
			if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ClubError", "RedemptionRefused"):
				raised.add(ast.literal_eval(node.args[0]))
	assert raised == set(ERRORS) == {code for code, *_ in SENTENCES}


def test_a_refused_redemption_is_a_club_error() -> None:
	with pytest.raises(ClubError):
		raise RedemptionRefused("transfer_to_self", member="m")


def test_persian_sentences_have_no_latin_digits() -> None:
	for code, facts, *_ in SENTENCES:
		assert not re.search("[0-9]", ClubError(code, **facts).text(Style("fa")))
