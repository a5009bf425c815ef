"""A program file: what it may say, and where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from builders import (
	LADDER,
	Caps,
	Earning,
	EarnRule,
	Expiry,
	Items,
	M,
	ReturnRules,
	Spending,
	Tier,
	TierRules,
	When,
	Window,
	program,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_club.core.model import Program
from loyalty_club.core.program import ProgramError, check, dumps, json_schema, loads

BASE = {
	"format": 1,
	"name": "Club",
	"tiers": [
		{"name": "silver", "threshold": 0, "points": 10, "per": 1000000},
		{"name": "gold", "threshold": 100, "points": 20, "per": 1000000},
	],
	"spending": {"point_value": 1000},
}


def rule(**more: object) -> dict:
	return {"earning": {"rules": [{"name": "r", "add": 1, **more}]}}


def when(**more: object) -> dict:
	return rule(when=more)


def tier(**more: object) -> dict:
	return {"tiers": [BASE["tiers"][0], {**BASE["tiers"][1], **more}]}  # type: ignore[index]


def problem(text: str) -> ProgramError:
	with pytest.raises(ProgramError) as wrong:
		loads(text)
	assert wrong.value.problem
	assert str(wrong.value).endswith(wrong.value.problem)
	return wrong.value


def file(**more: object) -> str:
	return json.dumps({**BASE, **more})


# ------------------------------------------------------------------------------------------ what is wrong, and where

WRONG = [
	({"format": 2}, "format"),
	({"format": None}, "format"),
	({"colour": "red"}, "colour"),
	({"name": 5}, "name"),
	({"calendar": "lunar"}, "calendar"),
	({"tiers": []}, "tiers"),
	({"tiers": [{"name": "a", "threshold": 0, "points": 10}]}, "tiers.0.per"),
	(tier(name=" "), "tiers.1.name"),
	(tier(name="silver"), "tiers.1.name"),
	(tier(per=0), "tiers.1.per"),
	(tier(points=-1), "tiers.1.points"),
	(tier(threshold=-1), "tiers.1.threshold"),
	(tier(threshold=0), "tiers.1.threshold"),
	(tier(threshold="many"), "tiers.1.threshold"),
	(tier(treshold=5), "tiers.1.treshold"),
	(rule(add=None), "earning.rules.0"),
	(rule(multiply=2), "earning.rules.0"),
	(rule(name=""), "earning.rules.0.name"),
	(rule(add=-1), "earning.rules.0.add"),
	(rule(add=None, multiply="0.5"), "earning.rules.0.multiply"),
	(rule(add_per="kilo"), "earning.rules.0.add_per"),
	({"earning": {"rules": [{"name": "r", "add": 1}, {"name": "r", "add": 2}]}}, "earning.rules.1.name"),
	(when(weekdays=["monday", "yesterday"]), "earning.rules.0.when.weekdays"),
	(when(occasions=["christmas"]), "earning.rules.0.when.occasions"),
	(when(tiers=["platinum"]), "earning.rules.0.when.tiers"),
	(when(hours=["12:00", "09:00"]), "earning.rules.0.when.hours"),
	(when(hours=["09:00", "09:00"]), "earning.rules.0.when.hours"),
	(when(hours=["09:00"]), "earning.rules.0.when.hours.1"),
	(when(hours=["09:00", "25:00"]), "earning.rules.0.when.hours.1"),
	(when(from_date="1404-01-01"), "earning.rules.0.when.from_date"),
	(when(to_date="1404-01-01"), "earning.rules.0.when.to_date"),
	(when(from_date="2025-13-01"), "earning.rules.0.when.from_date"),
	(when(from_date="2025-04-02", to_date="2025-04-01"), "earning.rules.0.when.to_date"),
	(when(itmes=["tea"]), "earning.rules.0.when.itmes"),
	(when(items="tea"), "earning.rules.0.when.items"),
	({"earning": {"carry_over": True}}, "earning.carry_over"),
	({"earning": {"pending_days": -1}}, "earning.pending_days"),
	({"earning": {"method": "random"}}, "earning.method"),
	({"earning": {"exclude": {"items": [5]}}}, "earning.exclude.items.0"),
	({"point_decimals": 3}, "point_decimals"),
	({"point_decimals": -1}, "point_decimals"),
	({"point_decimals": "1.5"}, "point_decimals"),
	({"money_decimals": 5}, "money_decimals"),
	({"money_decimals": -1}, "money_decimals"),
	({"spending": {}}, "spending.point_value"),
	({"spending": {"point_value": -1}}, "spending.point_value"),
	({"spending": {"point_value": 1, "max_share": "1.01"}}, "spending.max_share"),
	({"spending": {"point_value": 1, "max_share": "-0.01"}}, "spending.max_share"),
	({"expiry": {"kind": "days", "count": 0}}, "expiry.count"),
	({"expiry": {"kind": "end_of_year", "count": 21}}, "expiry.count"),
	({"expiry": {"kind": "sometimes"}}, "expiry.kind"),
	({"returns": {"accepted_days": -1}}, "returns.accepted_days"),
	({"returns": {"lookback_days": -1}}, "returns.lookback_days"),
	({"returns": {"restore_days": -1}}, "returns.restore_days"),
	({"tier_rules": {"netting_days": -1}}, "tier_rules.netting_days"),
	({"tier_rules": {"term_months": 0}}, "tier_rules.term_months"),
	({"tier_rules": {"window": {"months": 0}}}, "tier_rules.window.months"),
	({"tier_rules": {"window": {"kind": "lifetime", "years": 2}}}, "tier_rules.window.years"),
]


@pytest.mark.parametrize(("change", "where"), WRONG)
def test_a_program_that_cannot_be_meant_is_refused_with_its_place(change: dict, where: str) -> None:
	assert problem(file(**change)).where == where


def test_the_program_that_is_broken_above_is_right_without_the_break() -> None:
	assert loads(file()).tiers[1].threshold == 100


def test_what_is_missing_is_named() -> None:
	text = json.dumps({key: part for key, part in BASE.items() if key != "spending"})
	wrong = problem(text)
	assert (wrong.where, str(wrong)) == ("spending", "spending: is missing")


AT_THE_LIMIT = [
	tier(threshold="0.01"),
	tier(points=0),
	rule(add=0),
	rule(add=None, multiply=1),
	when(from_date="2025-04-01", to_date="2025-04-01"),
	when(hours=["00:00", "23:59:59"]),
	when(weekdays=["friday"], occasions=["yalda"], tiers=["gold"]),
	{"point_decimals": 2, "money_decimals": 4},
	{"spending": {"point_value": 0, "max_share": 0}},
	{"expiry": {"kind": "end_of_year", "count": 20}},
	{"earning": {"method": "full_steps", "carry_over": True, "pending_days": 0}},
	{"tier_rules": {"netting_days": 0, "term_months": 1}},
]


@pytest.mark.parametrize("change", AT_THE_LIMIT)
def test_exactly_at_a_limit_is_accepted(change: dict) -> None:
	assert list(check(loads(file(**change)))) == []


def test_check_names_every_problem_in_the_order_of_the_file() -> None:
	broken = program(
		tiers=(Tier("a", M, Decimal(1), Decimal(0)), Tier("a", M, Decimal(1), M)),
		earning=Earning(rules=(EarnRule("r"),), pending_days=-1),
		spending=Spending(Decimal(-1)),
		point_decimals=7,
	)
	assert [each.where for each in check(broken)] == [
		"tiers.0.per",
		"tiers.1.name",
		"tiers.1.threshold",
		"earning.rules.0",
		"point_decimals",
		"spending.point_value",
		"earning.pending_days",
	]


def test_overlapping_tiers_are_told_by_name_and_number() -> None:
	said = problem(file(**tier(threshold=0))).problem
	assert "“silver”" in said
	assert "“gold”" in said
	assert "begins at 0" in said


@pytest.mark.parametrize(
	("text", "where"),
	[
		("", "line 1, column 1"),
		("[", "line 1, column 2"),
		('{"format": 1,\n"name": }', "line 2, column 9"),
		('{"format": 1,\n\n\t"name": "a" "b"}', "line 3, column 14"),
		("[]", "line 1, column 1"),
		('"a program"', "line 1, column 1"),
	],
)
def test_what_is_no_json_object_is_refused_with_line_and_column(text: str, where: str) -> None:
	assert problem(text).where == where


@pytest.mark.parametrize(
	"text", ['{"format": 1, "format": 1}', '{"format": 1, "point_decimals": NaN}', '{"format": -Infinity}']
)
def test_a_key_that_is_there_twice_and_a_number_that_is_none_are_refused(text: str) -> None:
	problem(text)


@pytest.mark.parametrize("key", ["name", "title_fa"])
def test_a_number_that_is_none_is_no_name_either(key: str) -> None:
	"""NaN is not read as the text "NaN"."""
	text = file(**{key: "?"}).replace('"?"', "NaN")
	assert problem(text).where == key


@pytest.mark.parametrize(
	("text", "where"),
	[
		('{"format": 1, "name": "a", "name": "b"}', "name"),
		('{"format": 1, "name": "a", "point_decimals": NaN}', "point_decimals"),
	],
)
def test_a_key_that_is_there_twice_and_a_number_that_is_none_have_a_place(text: str, where: str) -> None:
	assert where in problem(text).where


@pytest.mark.parametrize(
	"hours", [["09:00Z", "12:00Z"], ["09:00+03:30", "12:00+03:30"], [9, "12:00"], [9, 12]]
)
def test_hours_have_no_time_zone(hours: list) -> None:
	"""A bare number is one of seconds in UTC to pydantic; no till's time can be compared with either."""
	assert problem(file(**when(hours=hours))).where.startswith("earning.rules.0.when.hours")


@pytest.mark.parametrize("spending", [{"minimum": "-1"}, {"multiple": "-5"}, {"daily_limit": -1}])
def test_spending_limits_below_zero_are_refused(spending: dict) -> None:
	(name,) = spending
	assert problem(file(spending={"point_value": 1000, **spending})).where == f"spending.{name}"


@pytest.mark.parametrize("cap", ["invoice", "day", "month", "member"])
def test_a_cap_below_zero_is_refused(cap: str) -> None:
	assert problem(file(earning={"caps": {cap: -1}})).where == f"earning.caps.{cap}"


# ------------------------------------------------------------------------------------------ numbers, dates


@pytest.mark.parametrize(
	("written", "value"), [("10", "10"), ("0.1", "0.1"), ('"0.1"', "0.1"), ("1e3", "1000"), ("12.50", "12.5")]
)
def test_numbers_are_exact_however_they_are_written(written: str, value: str) -> None:
	text = file().replace('"point_value": 1000', f'"point_value": {written}')
	assert loads(text).spending.point_value == Decimal(value)


def test_days_and_hours_are_read() -> None:
	rules = loads(file(**when(from_date="2025-03-21", hours=["09:00", "12:30"]))).earning.rules
	assert rules[0].when.from_date == date(2025, 3, 21)
	assert rules[0].when.hours == (time(9), time(12, 30))


# ------------------------------------------------------------------------------------------ writing


def test_only_what_differs_from_the_defaults_is_written() -> None:
	assert dumps(loads(file(calendar="jalali", expiry={"kind": "never"}))) == dumps(loads(file()))
	assert json.loads(dumps(loads(file()))) == BASE


def test_a_written_program_is_stable_and_keeps_persian() -> None:
	text = dumps(program(title_fa="باشگاه", earning=Earning(exclude=Items(items=frozenset("cab")))))
	assert "باشگاه" in text
	assert json.loads(text)["earning"]["exclude"]["items"] == ["a", "b", "c"]
	assert text.endswith("}\n")


EXACT = st.sampled_from(["0", "1", "0.5", "0.05", "1000000", "33.33", "1E+3"]).map(Decimal)
POINTS = st.sampled_from(["0", "1", "50", "1E+3"]).map(Decimal)
NAMES = st.frozensets(st.sampled_from(["tea", "چای", "gold coin", "x"]), max_size=3)
WHENS = st.builds(
	When,
	items=NAMES,
	branches=NAMES,
	tiers=st.sampled_from([frozenset(), frozenset({"gold"})]),
	weekdays=st.frozensets(st.sampled_from(["friday", "monday"])),
	hours=st.sampled_from([None, (time(9), time(12, 30)), (time(0), time(23, 59, 59))]),
	from_date=st.sampled_from([None, date(2025, 3, 21)]),
	to_date=st.sampled_from([None, date(2026, 3, 20)]),
	occasions=st.frozensets(st.sampled_from(["nowruz", "yalda"])),
	first_purchase=st.booleans(),
	minimum_amount=EXACT,
)
RULES = st.one_of(
	st.builds(EarnRule, st.just("r"), multiply=st.sampled_from([Decimal(1), Decimal("2.5")]), when=WHENS),
	st.builds(EarnRule, st.just("r"), add=EXACT, add_per=st.sampled_from(["invoice", "unit"]), when=WHENS),
)
PROGRAMS = st.builds(
	program,
	tiers=st.sampled_from([None, LADDER]),
	earning=st.builds(
		Earning,
		base=st.sampled_from(["net", "with_tax"]),
		exclude=st.builds(Items, items=NAMES, discounted=st.booleans()),
		rules=RULES.map(lambda each: (each,)),
		caps=st.builds(Caps, day=st.none() | POINTS, member=st.none() | POINTS),
		pending_days=st.integers(0, 60),
	),
	spending=st.builds(
		Spending,
		EXACT,
		max_share=st.sampled_from(["0", "0.3", "1"]).map(Decimal),
		daily_limit=st.none() | POINTS,
	),
	expiry=st.builds(Expiry, st.sampled_from(["never", "months", "end_of_half_year"]), st.integers(1, 40)),
	tier_rules=st.builds(
		TierRules,
		metric=st.sampled_from(["net_spend", "visits"]),
		window=st.builds(Window, st.sampled_from(["lifetime", "rolling_months"]), st.integers(1, 36)),
		downgrade=st.sampled_from(["straight", "one_step"]),
	),
	returns=st.builds(ReturnRules, st.integers(0, 90)),
	calendar=st.sampled_from(["jalali", "gregorian"]),
	point_decimals=st.integers(0, 2),
)


@settings(max_examples=100)
@given(PROGRAMS)
def test_a_program_that_is_written_reads_back_the_same(rules: Program) -> None:
	if rules.tiers != LADDER:
		without = tuple(
			replace(each, when=replace(each.when, tiers=frozenset())) for each in rules.earning.rules
		)
		rules = replace(rules, earning=replace(rules.earning, rules=without))
	text = dumps(rules)
	assert loads(text) == rules
	assert dumps(loads(text)) == text


# ------------------------------------------------------------------------------------------ steps and the schema


@pytest.mark.parametrize(("decimals", "quantum"), [(0, "1"), (1, "0.1"), (2, "0.01")])
def test_the_smallest_step_of_points_and_money(decimals: int, quantum: str) -> None:
	rules = program(point_decimals=decimals, money_decimals=decimals)
	assert (rules.quantum, rules.coin) == (Decimal(quantum), Decimal(quantum))


def test_the_schema_asks_for_what_a_program_must_have_and_forbids_the_rest() -> None:
	schema = json_schema()
	assert schema["required"] == ["format", "name", "tiers", "spending"]
	assert schema["properties"]["format"] == {"const": 1}
	assert schema["additionalProperties"] is False
	assert all(part["additionalProperties"] is False for part in schema["$defs"].values())


@pytest.mark.parametrize(
	("given", "where"),
	[
		({"name": "\ud800"}, "name"),
		({"name": ""}, "name"),
		({"name": "a\u0007"}, "name"),
		({"currency": "  "}, "currency"),
		({"display_unit": "zzz"}, "display_unit"),
		({"spending": {"point_value": 1000, "multiple": "1e-9"}}, "spending.multiple"),
		({"spending": {"point_value": 1000, "multiple": "0.5"}}, "spending.multiple"),
		({"spending": {"point_value": "1e30"}}, "spending.point_value"),
		({"tier_rules": {"visit_minimum": -5}}, "tier_rules.visit_minimum"),
		(when(from_date="9999-12-31"), "earning.rules.0.when.from_date"),
		(when(minimum_amount=-1), "earning.rules.0.when.minimum_amount"),
	],
)
def test_what_no_club_has_is_refused_where_it_stands(given: dict, where: str) -> None:
	assert problem(file(**given)).where == where


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": 1, "point_decimals": ' + "9" * 5000 + "}"])
def test_a_text_that_breaks_readers_is_refused_in_one_sentence(text: str) -> None:
	assert problem(text).problem
