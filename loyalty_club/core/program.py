"""A program as a JSON file: reading, checking and writing it. The text is handed in; no file is opened here.

The same format is what the Club Program form exports and imports. Its JSON schema is generated from `model.Program`
(`json_schema`), so the two cannot disagree; `check` adds what a schema cannot say. Every problem is a `ProgramError`
whose `where` names the place in the file; its code and facts are put into words by `program_error_words`.

>>> program = loads(
...     '{"format": 1, "name": "Club", "spending": {"point_value": 1000}, '
...     '"tiers": [{"name": "gold", "threshold": 0, "points": 10, "per": 1000000}]}'
... )
>>> program.tiers[0].points
Decimal('10')
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import TypeAdapter, ValidationError

from loyalty_club import jalali
from loyalty_club.core import program_error_words
from loyalty_club.core.earning import WEEKDAYS
from loyalty_club.core.model import EarnRule, Program
from loyalty_club.core.words import Style
from loyalty_club.persian import UNITS, ZWNJ

FORMAT = 1
MOST = Decimal(10) ** 12  # of money or points: what ERPNext's columns hold
LONGEST = {  # 20 years, so that every day the rules can reach is one both calendars know
	"never": 240,
	"days": 20 * 366,
	"months": 240,
	"end_of_month": 240,
	"end_of_quarter": 80,
	"end_of_half_year": 40,
	"end_of_year": 20,
	"inactivity": 240,
}
MOST_DIGITS = 4000  # of a number as it is written: what Python turns into text and back
CODES = {  # of pydantic's kinds of problem; all others are "not_accepted"
	"missing": "missing",
	"extra_forbidden": "unknown_setting",
	"unexpected_keyword_argument": "unknown_setting",
	"decimal_type": "not_a_number",
	"decimal_parsing": "not_a_number",
	"finite_number": "not_a_number",
	"int_type": "not_a_whole_number",
	"int_parsing": "not_a_whole_number",
	"int_from_float": "not_a_whole_number",
	"string_type": "not_a_text",
	"bool_type": "not_true_or_false",
	"bool_parsing": "not_true_or_false",
	"date_from_datetime_parsing": "not_a_date",
	"date_parsing": "not_a_date",
	"date_type": "not_a_date",
	"time_parsing": "not_a_time",
	"tuple_type": "not_a_list",
	"frozen_set_type": "not_a_list",
	"literal_error": "not_one_of",
}
_ADAPTER: TypeAdapter[Program] = TypeAdapter(Program)


class ProgramError(ValueError):
	"""A program that cannot be meant. `where` is the place in the file ("tiers.1.threshold", or line and column, which
	are facts as well), `code` is stable, `facts` are plain values; `text` is for people."""

	def __init__(self, where: str, code: str, **facts: object) -> None:
		super().__init__(where, code, facts)
		self.where = where
		self.code = code
		self.facts = facts

	@property
	def problem(self) -> str:
		"""What is wrong, in English, without its place."""
		return program_error_words.problem(self.code, self.facts, Style())

	def text(self, style: Style) -> str:
		"""Where it is wrong, and what is wrong."""
		return program_error_words.text(self.where, self.code, self.facts, style)

	def __str__(self) -> str:
		return self.text(Style())


class _NoNumber:
	"""NaN or an infinity in the text: nothing that any setting takes, so that its place is named."""

	def __init__(self, text: str) -> None:
		self.text = text

	def __str__(self) -> str:
		return self.text


def loads(text: str) -> Program:
	"""The program in a JSON text; ProgramError if there is none in it."""
	try:
		raw = json.loads(text, parse_float=_decimal, parse_constant=_NoNumber, object_pairs_hook=_unique)
	except json.JSONDecodeError as error:
		raise _in_line(error.lineno, error.colno, "not_json", why=error.msg) from None
	except RecursionError:
		raise ProgramError("", "too_deep") from None
	except ProgramError:
		raise
	except ValueError:
		raise ProgramError("", "too_many_digits") from None
	if not isinstance(raw, dict):
		raise _in_line(1, 1, "not_an_object")
	if raw.pop("format", None) != FORMAT:
		raise ProgramError("format", "format", setting=f'"format": {FORMAT}')
	try:
		program = _ADAPTER.validate_python(raw)
	except ValidationError as error:
		problems = error.errors(include_url=False)
		first = next((each for each in problems if each["type"] != "missing"), problems[0])
		raise _refused(first) from None
	for problem in check(program):
		raise problem
	return program


def dumps(program: Program) -> str:
	"""The program as JSON: only what differs from the defaults, stable order, numbers as written. `loads` reads it."""
	body = {"format": FORMAT, **_plain(program)}
	return json.dumps(body, ensure_ascii=False, indent="\t") + "\n"


def json_schema() -> dict[str, Any]:
	"""The JSON schema of a program file (draft 2020-12)."""
	schema = _ADAPTER.json_schema()
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "loyalty_club program"
	schema["properties"] = {"format": {"const": FORMAT}, **schema["properties"]}
	schema["required"] = ["format", *schema["required"]]
	return schema


def check(program: Program) -> Iterator[ProgramError]:
	"""What is impossible in a program beyond its schema, in the order of the file."""
	beyond = [*_beyond_reason("", program)]
	if beyond:
		yield from beyond
		return
	yield from _check_tiers(program)
	yield from _check_rules(program)
	if not 0 <= program.point_decimals <= 2:
		yield ProgramError("point_decimals", "point_decimals", decimals=program.point_decimals)
	if not 0 <= program.money_decimals <= 4:
		yield ProgramError("money_decimals", "money_decimals", decimals=program.money_decimals)
	if program.display_unit and program.display_unit.upper() not in UNITS:
		known = sorted(unit.lower() for unit in UNITS)
		yield ProgramError("display_unit", "unknown_unit", unit=program.display_unit, known=known)
	if program.tier_rules.visit_minimum < 0:
		yield ProgramError("tier_rules.visit_minimum", "visit_below_zero")
	if program.spending.point_value < 0:
		yield ProgramError("spending.point_value", "value_below_zero")
	caps, spending = program.earning.caps, program.spending
	for where, points in (
		("earning.caps.invoice", caps.invoice),
		("earning.caps.day", caps.day),
		("earning.caps.month", caps.month),
		("earning.caps.member", caps.member),
		("spending.minimum", spending.minimum),
		("spending.multiple", spending.multiple),
		("spending.daily_limit", spending.daily_limit),
	):
		if points is not None and points < 0:
			yield ProgramError(where, "points_below_zero", points=points)
		elif points is not None and points % program.quantum:
			yield ProgramError(where, "points_too_fine", points=points, quantum=program.quantum)
	if not 0 <= program.spending.max_share <= 1:
		yield ProgramError("spending.max_share", "not_a_share", share=program.spending.max_share)
	most = LONGEST[program.expiry.kind]
	if not 1 <= program.expiry.count <= most:
		yield ProgramError("expiry.count", "expiry_count", count=program.expiry.count, most=most)
	if program.earning.carry_over and program.earning.method != "full_steps":
		yield ProgramError("earning.carry_over", "carry_over")
	for where, days in (
		("earning.pending_days", program.earning.pending_days),
		("returns.accepted_days", program.returns.accepted_days),
		("returns.lookback_days", program.returns.lookback_days),
		("returns.restore_days", program.returns.restore_days),
		("tier_rules.netting_days", program.tier_rules.netting_days),
		("tier_rules.grace_days", program.tier_rules.grace_days),
	):
		if not 0 <= days <= LONGEST["days"]:
			yield ProgramError(where, "days_range", days=days, most=LONGEST["days"])
	for where, months in (
		("tier_rules.term_months", program.tier_rules.term_months),
		("tier_rules.window.months", program.tier_rules.window.months),
	):
		if not 1 <= months <= LONGEST["months"]:
			yield ProgramError(where, "months_range", months=months, most=LONGEST["months"])
	yield from _check_lrfm(program)


def _check_lrfm(program: Program) -> Iterator[ProgramError]:
	rules = program.lrfm
	if not 0 <= rules.months <= LONGEST["months"]:
		yield ProgramError("lrfm.months", "lrfm_months", months=rules.months, most=LONGEST["months"])
	weights = {
		"length": rules.length_weight,
		"recency": rules.recency_weight,
		"frequency": rules.frequency_weight,
		"monetary": rules.monetary_weight,
	}
	for part, weight in weights.items():
		if weight < 0:
			yield ProgramError(f"lrfm.{part}_weight", "weight_below_zero", weight=weight)
	if not any(weights.values()):
		yield ProgramError("lrfm.length_weight", "no_weight")
	limits = {
		"length": rules.length_limits,
		"recency": rules.recency_limits,
		"frequency": rules.frequency_limits,
		"monetary": rules.monetary_limits,
	}
	for part, four in limits.items():
		if four is None and rules.method == "limits":
			yield ProgramError(f"lrfm.{part}_limits", "limits_missing")
		for low, high in itertools.pairwise(four or ()):
			if low >= high:
				yield ProgramError(f"lrfm.{part}_limits", "limits_not_rising", low=low, high=high)
	if program.tier_rules.metric == "lrfm" and program.tiers[-1].threshold > 5:
		last = len(program.tiers) - 1
		threshold = program.tiers[-1].threshold
		yield ProgramError(f"tiers.{last}.threshold", "score_above_five", threshold=threshold)


def _beyond_reason(where: str, part: object) -> Iterator[ProgramError]:
	"""Numbers, texts and days that no club has, anywhere in the program."""
	if dataclasses.is_dataclass(part):
		for field in dataclasses.fields(part):
			yield from _beyond_reason(f"{where}.{field.name}".lstrip("."), getattr(part, field.name))
	elif isinstance(part, (tuple, frozenset)):
		for n, each in enumerate(part):
			yield from _beyond_reason(f"{where}.{n}", each)
	elif isinstance(part, Decimal) and (not -MOST <= part <= MOST or part != round(part, 6)):
		yield ProgramError(where, "too_large", given=str(part), most=MOST)
	elif isinstance(part, str) and not (part.replace(ZWNJ, "").isprintable() and (part.strip() or not part)):
		yield ProgramError(where, "unprintable")
	elif isinstance(part, date) and part.year >= 1800 and not 1950 <= part.year <= 2099:
		yield ProgramError(where, "far_day", day=part)


def _check_tiers(program: Program) -> Iterator[ProgramError]:
	for where, text in (("name", program.name), ("currency", program.currency)):
		if not text:
			yield ProgramError(where, "empty")
	if not program.tiers:
		yield ProgramError("tiers", "no_tiers")
	seen: set[str] = set()
	for n, tier in enumerate(program.tiers):
		where = f"tiers.{n}"
		if not tier.name.strip():
			yield ProgramError(f"{where}.name", "tier_unnamed")
		if tier.name in seen:
			yield ProgramError(f"{where}.name", "tier_twice", tier=tier.name)
		seen.add(tier.name)
		if tier.per <= 0:
			yield ProgramError(f"{where}.per", "per_not_positive", per=tier.per)
		if tier.points < 0:
			yield ProgramError(f"{where}.points", "tier_points_below_zero", points=tier.points)
		if tier.threshold < 0:
			yield ProgramError(f"{where}.threshold", "threshold_below_zero", threshold=tier.threshold)
		if n and tier.threshold <= program.tiers[n - 1].threshold:
			below = program.tiers[n - 1]
			yield ProgramError(
				f"{where}.threshold",
				"tiers_overlap",
				below=below.name,
				tier=tier.name,
				below_threshold=below.threshold,
				threshold=tier.threshold,
			)


def _check_rules(program: Program) -> Iterator[ProgramError]:
	names = {tier.name for tier in program.tiers}
	seen: set[str] = set()
	for n, rule in enumerate(program.earning.rules):
		where = f"earning.rules.{n}"
		if not rule.name or rule.name in seen:
			yield ProgramError(f"{where}.name", "rule_name")
		seen.add(rule.name)
		yield from _check_rule(rule, where, names)


def _check_rule(rule: EarnRule, where: str, tiers: set[str]) -> Iterator[ProgramError]:
	when = rule.when
	if (rule.multiply is None) == (rule.add is None):
		yield ProgramError(where, "multiply_or_add", rule=rule.name)
	if rule.multiply is not None and rule.multiply < 1:
		yield ProgramError(f"{where}.multiply", "multiply_below_one", multiply=rule.multiply)
	if rule.add is not None and rule.add < 0:
		yield ProgramError(f"{where}.add", "add_below_zero", add=rule.add)
	for unknown in sorted(when.weekdays - set(WEEKDAYS)):
		yield ProgramError(f"{where}.when.weekdays", "unknown_weekday", weekday=unknown, known=list(WEEKDAYS))
	for unknown in sorted(when.occasions - set(jalali.OCCASIONS)):
		known = sorted(jalali.OCCASIONS)
		yield ProgramError(f"{where}.when.occasions", "unknown_occasion", occasion=unknown, known=known)
	for unknown in sorted(when.tiers - tiers):
		yield ProgramError(f"{where}.when.tiers", "unknown_tier", tier=unknown)
	if when.hours is not None and any(hour.tzinfo is not None for hour in when.hours):
		yield ProgramError(f"{where}.when.hours", "hours_zone")
	elif when.hours is not None and when.hours[0] >= when.hours[1]:
		yield ProgramError(f"{where}.when.hours", "hours_order")
	for key, day in (("from_date", when.from_date), ("to_date", when.to_date)):
		if day is not None and day.year < 1800:
			yield ProgramError(f"{where}.when.{key}", "jalali_date", day=day)
	if when.minimum_amount < 0:
		yield ProgramError(f"{where}.when.minimum_amount", "amount_below_zero", amount=when.minimum_amount)
	if when.from_date and when.to_date and when.from_date > when.to_date:
		yield ProgramError(f"{where}.when.to_date", "days_order", end=when.to_date, begin=when.from_date)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
	found: dict[str, object] = {}
	for key, each in pairs:
		if key in found:
			raise ProgramError(key, "twice")
		found[key] = each
	return found


def _decimal(written: str) -> Decimal:
	"""The exact number; ProgramError if it is one that nothing can count with."""
	try:
		number = Decimal(written)
	except InvalidOperation:
		raise ProgramError("", "too_many_digits") from None
	if abs(number.adjusted()) > MOST_DIGITS:
		raise ProgramError("", "too_many_digits")
	return number


def _in_line(line: int, column: int, code: str, **facts: object) -> ProgramError:
	return ProgramError(f"line {line}, column {column}", code, line=line, column=column, **facts)


def _refused(problem: Any) -> ProgramError:
	"""One of pydantic's problems as ours. `given` is the value as JSON, empty for an object or a list."""
	where = ".".join(str(part) for part in problem["loc"])
	code = CODES.get(problem["type"], "not_accepted")
	if code in ("missing", "unknown_setting"):
		return ProgramError(where, code)
	value = problem["input"]
	given = "" if isinstance(value, (dict, list)) else json.dumps(value, ensure_ascii=False, default=str)
	if code == "not_one_of":
		choices = re.findall("'([^']*)'", problem["ctx"]["expected"])
		return ProgramError(where, code, given=given, choices=choices)
	if code == "not_accepted":
		return ProgramError(where, code, given=given, kind=problem["type"], why=problem["msg"].lower())
	return ProgramError(where, code, given=given)


def _plain(part: Any) -> dict[str, Any]:
	"""A dataclass as JSON values, defaults left out."""
	body: dict[str, Any] = {}
	for field in dataclasses.fields(part):
		given = getattr(part, field.name)
		if field.default is dataclasses.MISSING or given != field.default:
			body[field.name] = _value(given)
	return body


def _value(given: Any) -> Any:
	if dataclasses.is_dataclass(given):
		return _plain(given)
	if isinstance(given, frozenset):
		return sorted(given)
	if isinstance(given, tuple):
		return [_value(each) for each in given]
	if isinstance(given, Decimal):
		return int(given) if given == given.to_integral_value() else str(given)
	if isinstance(given, time):
		return given.isoformat("minutes") if not given.second else given.isoformat()
	if isinstance(given, date):
		return given.isoformat()
	return given
