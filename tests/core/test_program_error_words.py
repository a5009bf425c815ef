"""What is wrong in a program file, said in both languages: every code, its place, its English and its Persian."""

from __future__ import annotations

import ast
import json
import re
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dangers import RICH
from tables import assert_both_languages_say_the_same
from test_program import file, rule, tier, when

from loyalty_club import jalali, persian
from loyalty_club.core import program, program_error_words
from loyalty_club.core.earning import WEEKDAYS
from loyalty_club.core.program import ProgramError, dumps, json_schema, loads
from loyalty_club.core.program_error_words import LRM, PLACES, PROBLEMS, RLM, WHYS
from loyalty_club.core.words import Style

FA = Style("fa")


def wrong(content: str | dict) -> ProgramError:
	with pytest.raises(ProgramError) as caught:
		loads(content if isinstance(content, str) else file(**content))
	return caught.value


def farsi(error: ProgramError) -> str:
	"""Without the marks of direction, which show nothing."""
	return error.text(FA).replace(LRM, "").replace(RLM, "")


def without(key: str) -> str:
	return json.dumps({name: part for name, part in json.loads(file()).items() if name != key})


SAID: list[tuple[str | dict, str, str, str]] = [
	(
		'{"format": 1,\n"name": }',
		"not_json",
		"line 2, column 9: not JSON: Expecting value",
		"خط ۲، ستون ۹: JSON نیست: این‌جا مقداری باید باشد",
	),
	("[" * 100_000, "too_deep", "nests too deep for a program", "بیش از اندازهٔ یک برنامه تودرتوست"),
	(
		file(point_decimals="?").replace('"?"', "9" * 5000),
		"too_many_digits",
		"has a number of more digits than any setting takes",
		"عددی دارد که رقم‌هایش بیش از آن است که تنظیمی بپذیرد",
	),
	(
		"[]",
		"not_an_object",
		"line 1, column 1: a program is a JSON object: { … }",
		"خط ۱، ستون ۱: هر برنامه یک شیء JSON است: { … }",
	),
	(
		'{"format": 1, "name": "a", "name": "b"}',
		"twice",
		"name: is there twice in one object; keep one",
		"name: در یک شیء دو بار آمده است؛ یکی را نگه دارید",
	),
	(
		{"format": 2},
		"format",
		'format: says which format this file has; write "format": 1',
		'format: می‌گوید که قالب این فایل کدام است؛ "format": 1 بنویسید',
	),
	(without("spending"), "missing", "spending: is missing", "spending: نوشته نشده است"),
	(
		{"colour": "red"},
		"unknown_setting",
		"colour: is no setting of a program; check its spelling",
		"colour: از تنظیم‌های برنامه نیست؛ املای آن را بررسی کنید",
	),
	(
		tier(per="many"),
		"not_a_number",
		'tiers.1.per: "many" is not a number',
		"tiers.1.per: «many» عدد نیست",
	),
	(
		{"expiry": {"count": "1.5"}},
		"not_a_whole_number",
		'expiry.count: "1.5" is not a whole number',
		"expiry.count: «1.5» عدد صحیح نیست",
	),
	({"name": 5}, "not_a_text", "name: 5 is not a text", "name: 5 متن نیست"),
	(
		{"earning": {"carry_over": "maybe"}},
		"not_true_or_false",
		'earning.carry_over: "maybe" is not true or false',
		"earning.carry_over: «maybe» نه true است و نه false",
	),
	(
		when(from_date="2025-13-01"),
		"not_a_date",
		'earning.rules.0.when.from_date: "2025-13-01" is not a Gregorian date like 2025-03-21',
		"earning.rules.0.when.from_date: «2025-13-01» تاریخ میلادی نیست؛ آن را مانند 2025-03-21 بنویسید",
	),
	(
		when(hours=["09:00", "25:00"]),
		"not_a_time",
		'earning.rules.0.when.hours.1: "25:00" is not a time like "09:30"',
		'earning.rules.0.when.hours.1: «25:00» ساعت نیست؛ آن را مانند "09:30" بنویسید',
	),
	(
		when(items="tea"),
		"not_a_list",
		'earning.rules.0.when.items: "tea" is not a list',
		"earning.rules.0.when.items: «tea» فهرست نیست",
	),
	(
		{"tier_rules": {"metric": {}}},
		"not_one_of",
		"tier_rules.metric: this is not one of 'net_spend', 'points_earned', 'visits' or 'lrfm'",
		"tier_rules.metric: به جای این مقدار یکی از این‌ها را بنویسید: «net_spend»، «points_earned»، «visits» یا «lrfm»",
	),
	(
		{"earning": None},
		"not_accepted",
		"earning: null: input should be a dictionary or an instance of earning",
		"earning: null: این‌جا یک شیء JSON باید باشد: { … }",
	),
	(
		{"spending": {"point_value": "1e30"}},
		"too_large",
		"spending.point_value: 1E+30 is too large or too fine; at most 1,000,000,000,000, with at most 6 decimals",
		"spending.point_value: 1E+30 بیش از اندازه بزرگ یا ریز است؛ "
		"دست‌بالا ۱٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰، با حداکثر ۶ رقم اعشار",
	),
	(
		{"currency": "  "},
		"unprintable",
		"currency: has nothing but spaces, or signs that cannot be shown",
		"currency: جز فاصله چیزی ندارد، یا نویسه‌هایی دارد که نمایش‌دادنی نیستند",
	),
	(
		when(to_date="2100-01-01"),
		"far_day",
		"earning.rules.0.when.to_date: 2100-01-01 is no day of a club; from 1950 to 2099",
		"earning.rules.0.when.to_date: 2100-01-01 روزی از عمر یک باشگاه نیست؛ "
		"از سال ۱۹۵۰ تا ۲۰۹۹ میلادی بنویسید",
	),
	({"name": ""}, "empty", "name: is empty", "name: خالی است"),
	(
		{"tiers": []},
		"no_tiers",
		"tiers: a program has at least one tier",
		"tiers: هر برنامه دست‌کم یک سطح دارد",
	),
	(tier(name=""), "tier_unnamed", "tiers.1.name: a tier needs a name", "tiers.1.name: هر سطح نامی می‌خواهد"),
	(
		tier(name="silver"),
		"tier_twice",
		"tiers.1.name: there are two tiers named “silver”",
		"tiers.1.name: دو سطح با نام «silver» هست",
	),
	(
		tier(per=0),
		"per_not_positive",
		"tiers.1.per: 0: points are given for each amount above 0",
		"tiers.1.per: ۰: امتیاز برای هر مبلغِ بیش از ۰ داده می‌شود",
	),
	(
		tier(points="-1.50"),
		"tier_points_below_zero",
		"tiers.1.points: -1.50: a purchase cannot earn less than nothing",
		"tiers.1.points: −۱٫۵: هیچ خریدی کمتر از ۰ امتیاز نمی‌آورد",
	),
	(
		tier(threshold=-1),
		"threshold_below_zero",
		"tiers.1.threshold: -1: a tier begins at 0 or above",
		"tiers.1.threshold: −۱: هر سطح از ۰ یا بالاتر آغاز می‌شود",
	),
	(
		{"tiers": [{"name": name, "threshold": 5000000, "points": 1, "per": 1} for name in ("نقره", "gold")]},
		"tiers_overlap",
		"tiers.1.threshold: the tiers “نقره” and “gold” overlap: “نقره” begins at 5000000 and "
		"“gold”, the next one, at 5000000. Each tier must begin above the one before",
		"tiers.1.threshold: سطح‌های «نقره» و «gold» هم‌پوشانی دارند: «نقره» از ۵٬۰۰۰٬۰۰۰ آغاز می‌شود و سطح پس از آن، "
		"«gold»، از ۵٬۰۰۰٬۰۰۰. هر سطح باید بالاتر از سطح پیش از خود آغاز شود",
	),
	(
		{"tier_rules": {"visit_minimum": -5}},
		"visit_below_zero",
		"tier_rules.visit_minimum: a visit cannot be worth less than nothing",
		"tier_rules.visit_minimum: ارزش هر روزِ خرید کمتر از ۰ نمی‌شود",
	),
	(
		rule(name=""),
		"rule_name",
		"earning.rules.0.name: each rule needs a name of its own",
		"earning.rules.0.name: هر قاعده نامی برای خود می‌خواهد",
	),
	(
		rule(multiply=2),
		"multiply_or_add",
		"earning.rules.0: “r” must either multiply or add, and not both",
		"earning.rules.0: «r» باید یا ضرب کند (multiply) یا بیفزاید (add)، و نه هر دو",
	),
	(
		rule(add=None, multiply="0.5"),
		"multiply_below_one",
		"earning.rules.0.multiply: 0.5: a bonus multiplies by 1 or more",
		"earning.rules.0.multiply: ۰٫۵: جایزه امتیاز را در ۱ یا بیشتر ضرب می‌کند",
	),
	(
		rule(add=-1),
		"add_below_zero",
		"earning.rules.0.add: -1: a bonus adds 0 points or more",
		"earning.rules.0.add: −۱: جایزه ۰ امتیاز یا بیشتر می‌افزاید",
	),
	(
		when(weekdays=["monday", "yesterday"]),
		"unknown_weekday",
		"earning.rules.0.when.weekdays: “yesterday” is no weekday: "
		"monday, tuesday, wednesday, thursday, friday, saturday, sunday",
		"earning.rules.0.when.weekdays: «yesterday» روز هفته نیست؛ روزها: "
		"monday، tuesday، wednesday، thursday، friday، saturday، sunday",
	),
	(
		when(occasions=["christmas"]),
		"unknown_occasion",
		"earning.rules.0.when.occasions: “christmas” is no known occasion: "
		"mehregan, nowruz, sadeh, sizdah_bedar, tirgan, yalda",
		"earning.rules.0.when.occasions: «christmas» مناسبتِ شناخته‌شده‌ای نیست؛ مناسبت‌ها: "
		"mehregan، nowruz، sadeh، sizdah_bedar، tirgan، yalda",
	),
	(
		when(tiers=["platinum"]),
		"unknown_tier",
		"earning.rules.0.when.tiers: there is no tier “platinum”",
		"earning.rules.0.when.tiers: سطحی به نام «platinum» نیست",
	),
	(
		when(hours=["09:00Z", "12:00Z"]),
		"hours_zone",
		'earning.rules.0.when.hours: write the hours as the till shows them, like ["09:00", "12:00"]',
		"earning.rules.0.when.hours: ساعت‌ها را همان‌گونه که صندوق نشان می‌دهد بنویسید، "
		'مانند ["09:00", "12:00"]',
	),
	(
		when(hours=["12:00", "09:00"]),
		"hours_order",
		"earning.rules.0.when.hours: the first hour must be before the last; split a night in two rules",
		"earning.rules.0.when.hours: ساعت نخست باید پیش از ساعت دوم باشد؛ بازهٔ شبانه را در دو قاعده بنویسید",
	),
	(
		when(from_date="1404-01-01"),
		"jalali_date",
		"earning.rules.0.when.from_date: 1404-01-01 looks like a Jalali date; write the Gregorian one",
		"earning.rules.0.when.from_date: 1404-01-01 به تاریخ جلالی می‌ماند؛ تاریخ میلادی را بنویسید",
	),
	(
		when(from_date="2025-04-02", to_date="2025-04-01"),
		"days_order",
		"earning.rules.0.when.to_date: 2025-04-01 is before 2025-04-02",
		"earning.rules.0.when.to_date: 2025-04-01 پیش از 2025-04-02 است",
	),
	(
		when(minimum_amount=-1),
		"amount_below_zero",
		"earning.rules.0.when.minimum_amount: -1: write 0 or more",
		"earning.rules.0.when.minimum_amount: −۱: ۰ یا بیشتر بنویسید",
	),
	(
		{"earning": {"carry_over": True}},
		"carry_over",
		'earning.carry_over: only "full_steps" leave a remainder to carry over',
		"earning.carry_over: فقط «full_steps» مانده‌ای دارد که به فاکتور بعدی برسد",
	),
	(
		{"earning": {"caps": {"day": -1}}},
		"points_below_zero",
		"earning.caps.day: -1 points: write 0 or more",
		"earning.caps.day: −۱ امتیاز: ۰ یا بیشتر بنویسید",
	),
	(
		{"spending": {"point_value": 1000, "multiple": "0.5"}},
		"points_too_fine",
		"spending.multiple: 0.5 points: points of this program are multiples of 1",
		"spending.multiple: ۰٫۵ امتیاز: امتیازهای این برنامه مضرب‌هایی از ۱ هستند",
	),
	(
		{"spending": {"point_value": -1}},
		"value_below_zero",
		"spending.point_value: a point cannot be worth less than nothing",
		"spending.point_value: ارزش هر امتیاز کمتر از ۰ نمی‌شود",
	),
	(
		{"spending": {"point_value": 1, "max_share": "1.01"}},
		"not_a_share",
		"spending.max_share: 1.01 is no share: from 0 to 1",
		"spending.max_share: ۱٫۰۱ سهمی از فاکتور نیست: عددی از ۰ تا ۱ بنویسید",
	),
	(
		{"expiry": {"kind": "end_of_year", "count": 21}},
		"expiry_count",
		"expiry.count: 21: points live for 1 to 20 periods (at most 20 years)",
		"expiry.count: ۲۱: عمر امتیاز ۱ تا ۲۰ دوره است (دست‌بالا ۲۰ سال)",
	),
	(
		{"returns": {"accepted_days": 7321}},
		"days_range",
		"returns.accepted_days: 7321 days: write a number from 0 to 7320 (20 years)",
		"returns.accepted_days: ۷٬۳۲۱ روز: عددی از ۰ تا ۷٬۳۲۰ بنویسید (۲۰ سال)",
	),
	(
		{"tier_rules": {"term_months": 0}},
		"months_range",
		"tier_rules.term_months: 0 months: write a number from 1 to 240 (20 years)",
		"tier_rules.term_months: ۰ ماه: عددی از ۱ تا ۲۴۰ بنویسید (۲۰ سال)",
	),
	(
		{"lrfm": {"months": 241}},
		"lrfm_months",
		"lrfm.months: 241 months: write a number from 0 (all purchases) to 240 (20 years)",
		"lrfm.months: ۲۴۱ ماه: عددی از ۰ (همهٔ خریدها) تا ۲۴۰ بنویسید (۲۰ سال)",
	),
	(
		{"lrfm": {"recency_weight": -1}},
		"weight_below_zero",
		"lrfm.recency_weight: -1: a weight is 0 or more",
		"lrfm.recency_weight: −۱: وزن ۰ یا بیشتر است",
	),
	(
		{"lrfm": {f"{part}_weight": 0 for part in ("length", "recency", "frequency", "monetary")}},
		"no_weight",
		"lrfm.length_weight: at least one of the four weights must be above 0",
		"lrfm.length_weight: دست‌کم یکی از چهار وزن باید بیشتر از ۰ باشد",
	),
	(
		{"lrfm": {"method": "limits"}},
		"limits_missing",
		"lrfm.length_limits: scoring by limits needs four rising numbers here",
		"lrfm.length_limits: امتیازدهی با مرزهای ثابت این‌جا چهار عددِ رو به افزایش می‌خواهد",
	),
	(
		{"lrfm": {"recency_limits": [1, 2, 2, 3]}},
		"limits_not_rising",
		"lrfm.recency_limits: 2 after 2: each limit must be above the one before",
		"lrfm.recency_limits: ۲ پس از ۲: هر مرز باید بالاتر از مرز پیش از خود باشد",
	),
	(
		{"tiers": [{"name": "a", "threshold": 6, "points": 1, "per": 1}], "tier_rules": {"metric": "lrfm"}},
		"score_above_five",
		"tiers.0.threshold: 6: an LRFM score is at most 5, so nobody would reach this tier",
		"tiers.0.threshold: ۶: نمرهٔ LRFM دست‌بالا ۵ است و هیچ‌کس به این سطح نمی‌رسد",
	),
	(
		{"point_decimals": 3},
		"point_decimals",
		"point_decimals: 3: points have 0 to 2 decimals",
		"point_decimals: ۳: امتیاز ۰ تا ۲ رقم اعشار دارد",
	),
	(
		{"money_decimals": 5},
		"money_decimals",
		"money_decimals: 5: money has 0 to 4 decimals",
		"money_decimals: ۵: مبلغ ۰ تا ۴ رقم اعشار دارد",
	),
	(
		{"display_unit": "zzz"},
		"unknown_unit",
		"display_unit: “zzz” is no unit of money: gheran, new_rial, rial, toman",
		"display_unit: «zzz» واحد پول نیست؛ واحدها: gheran، new_rial، rial، toman",
	),
]


@pytest.mark.parametrize(("content", "code", "english", "persian_"), SAID, ids=[code for _, code, *_ in SAID])
def test_what_is_wrong_is_said_in_both_languages(
	content: str | dict, code: str, english: str, persian_: str
) -> None:
	error = wrong(content)
	assert error.code == code
	assert str(error) == error.text(Style()) == english
	assert farsi(error) == persian_
	assert english == (f"{error.where}: {error.problem}" if error.where else error.problem)


def test_every_code_that_is_raised_has_its_sentence_and_is_told_above() -> None:
	raised = set(program.CODES.values())
	for node in ast.walk(ast.parse(Path(program.__file__).read_text(encoding="utf-8"))):
		if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ProgramError", "_in_line"):
			code = node.args[2 if ast.unparse(node.func) == "_in_line" else 1]
			if isinstance(code, ast.Constant):
				raised.add(code.value)
	assert raised | {"not_accepted"} == set(PROBLEMS) == {code for _, code, *_ in SAID}


@pytest.mark.parametrize("table", [PROBLEMS, PLACES, {"this": program_error_words.THIS}])
def test_both_languages_say_the_same(table: Any) -> None:
	assert_both_languages_say_the_same(table)


def test_facts_are_plain_and_a_line_is_one_too() -> None:
	assert wrong(tier(per=0)).facts == {"per": Decimal(0)}
	error = wrong('{"format": 1,\n"name": }')
	assert (error.where, error.code) == ("line 2, column 9", "not_json")
	assert error.facts == {"line": 2, "column": 9, "why": "Expecting value"}
	assert wrong({"calendar": "lunar"}).facts == {"given": '"lunar"', "choices": ["jalali", "gregorian"]}


# ------------------------------------------------------------------------------------------ other people's sentences


@pytest.mark.parametrize(
	("text", "says"),
	[
		("", "مقداری"),
		('{"a": tru}', "مقداری"),
		("{a: 1}", "نام تنظیمی"),
		('{"a" 1}', "دونقطه"),
		('{"a": 1 "b": 2}', "ویرگولِ"),
		('{"a": "b', "بسته نشده"),
		('{"a": "\n"}', "سرِ خط"),
		('{"a": "\\x"}', "نشانهٔ درستی"),
		('{"a": "\\u12"}', "نشانهٔ درستی"),
		("{} {}", "پس از پایان"),
		("\ufeff{}", "نوشتار درستی ندارد"),
	],
)
def test_what_the_json_reader_finds_is_said_in_persian(text: str, says: str) -> None:
	said = farsi(wrong(text))
	assert re.match(r"خط [۰-۹]+، ستون [۰-۹]+: JSON نیست: ", said)
	assert says in said
	assert re.findall("[A-Za-z]+", said) == ["JSON"]


@pytest.mark.parametrize(
	("change", "says"),
	[
		({"tiers": [5]}, "شیء JSON"),
		(when(hours=["09:00", "10:00", "11:00"]), "زیاد است"),
		(when(hours=[True, "10:00"]), "ساعت نیست"),
		(when(from_date="2025-03-21T10:00"), "تاریخ میلادی نیست"),
		({"expiry": {"count": "9" * 5000}}, "رقم‌هایش"),
		({"calendar": "\ud800"}, "یونیکد"),
	],
)
def test_what_pydantic_finds_is_said_in_persian(change: dict, says: str) -> None:
	error = wrong(change)
	assert error.code == "not_accepted"
	assert says in farsi(error)


def test_what_nobody_foresaw_is_said_in_persian_in_general() -> None:
	error = ProgramError("a", "not_accepted", given="[1]", kind="quite_new", why="input should be new")
	assert str(error) == "a: [1]: input should be new"
	assert farsi(error) == "a: [1]: این تنظیم چنین مقداری نمی‌پذیرد"
	error = ProgramError("line 1, column 2", "not_json", line=1, column=2, why="Quite new")
	assert farsi(error) == "خط ۱، ستون ۲: JSON نیست: این‌جا نوشتار درستی ندارد"
	assert all(list(whys)[-1] == "" for whys in WHYS.values())


# ------------------------------------------------------------------------------------------ nothing but Persian

OURS = {  # what may be Latin outside of quotes, beside what is in the file
	"JSON",
	"true",
	"false",
	*WEEKDAYS,
	*jalali.OCCASIONS,
	*(unit.lower() for unit in persian.UNITS),
	*(name for part in json_schema()["$defs"].values() for name in part["properties"]),  # settings
}
ODD = [
	None,
	True,
	0,
	-1,
	1.5,
	10**13,
	10**30,
	"",
	" ",
	"many",
	"NaN",
	"2e9999999",
	"9" * 5000,
	"2025-03-21T10:00",
]
ODD += ["1404-01-01", "9999-12-31", "09:00Z", ["a", "a", "b"], [1], [{}], {}, {"colour": "red"}]


def each_setting(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
	inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
	return [
		*([path] if path else []),
		*(below for k, each in inside for below in each_setting(each, (*path, k))),
	]


def test_whatever_stands_in_whatever_setting_no_english_is_said_in_persian() -> None:
	good = json.loads(dumps(RICH))
	codes = set()
	for path in each_setting(good):
		for odd in ODD:
			broken = deepcopy(good)
			part = broken
			for key in path[:-1]:
				part = part[key]
			part[path[-1]] = odd
			text = json.dumps(broken)
			try:
				loads(text)
			except ProgramError as error:
				codes.add(error.code)
				said = farsi(error)
				assert re.search("[آ-ی]", said)
				assert not re.search("None|Decimal", said)
				outside = set(re.findall("[A-Za-z_]+", re.sub("«.*?»", "", said)))
				assert outside - OURS - set(re.findall("[A-Za-z_]+", text)) <= {"E"}, said  # of 1E+30
	assert len(codes) > 25


def test_persian_stands_apart_from_what_is_written_from_left_to_right() -> None:
	assert wrong({"name": -5}).text(FA) == f"name{RLM}: {LRM}-5{LRM} متن نیست"
	assert wrong(when(to_date="1404-01-01")).text(FA).count(LRM) == 2


@pytest.mark.parametrize(
	"number", ["1e9999999", "-1e5000", "1e99999999999999999999", "1e-99999999999999999999"]
)
@pytest.mark.parametrize("setting", ["point_decimals", "name"])
def test_a_number_that_nothing_can_count_with_is_refused_in_one_sentence(setting: str, number: str) -> None:
	assert wrong(file(**{setting: "?"}).replace('"?"', number)).code == "too_many_digits"
