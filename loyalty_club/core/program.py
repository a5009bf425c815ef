"""A program as a JSON file: reading, checking and writing it. The text is handed in; no file is opened here.

The same format is what the Club Program form exports and imports. Its JSON schema is generated from `model.Program`
(`json_schema`), so the two cannot disagree; `check` adds what a schema cannot say. Every problem is a `ProgramError`
whose `where` names the place in the file.

>>> program = loads(
...     '{"format": 1, "name": "Club", "spending": {"point_value": 1000}, '
...     '"tiers": [{"name": "gold", "threshold": 0, "points": 10, "per": 1000000}]}'
... )
>>> program.tiers[0].points
Decimal('10')
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from loyalty_club import jalali
from loyalty_club.core.earning import WEEKDAYS
from loyalty_club.core.model import EarnRule, Program
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
_ADAPTER: TypeAdapter[Program] = TypeAdapter(Program)


class ProgramError(ValueError):
	"""A program that cannot be meant. `where` is the place in the file ("tiers.1.threshold", or line and column)."""

	def __init__(self, where: str, problem: str) -> None:
		super().__init__(f"{where}: {problem}" if where else problem)
		self.where = where
		self.problem = problem


class _NoNumber:
	"""NaN or an infinity in the text: nothing that any setting takes, so that its place is named."""

	def __init__(self, text: str) -> None:
		self.text = text

	def __str__(self) -> str:
		return self.text


def loads(text: str) -> Program:
	"""The program in a JSON text; ProgramError if there is none in it."""
	try:
		raw = json.loads(text, parse_float=Decimal, parse_constant=_NoNumber, object_pairs_hook=_unique)
	except json.JSONDecodeError as error:
		raise ProgramError(f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}") from None
	except RecursionError:
		raise ProgramError("", "nests too deep for a program") from None
	except ProgramError:
		raise
	except ValueError:
		raise ProgramError("", "has a number of more digits than any setting takes") from None
	if not isinstance(raw, dict):
		raise ProgramError("line 1, column 1", "a program is a JSON object: { … }")
	if raw.pop("format", None) != FORMAT:
		raise ProgramError("format", f'says which format this file has; write "format": {FORMAT}')
	try:
		program = _ADAPTER.validate_python(raw)
	except ValidationError as error:
		problems = error.errors(include_url=False)
		first = next((each for each in problems if each["type"] != "missing"), problems[0])
		raise ProgramError(".".join(str(part) for part in first["loc"]), _say(first)) from None
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
		yield ProgramError("point_decimals", f"{program.point_decimals}: points have 0 to 2 decimals")
	if not 0 <= program.money_decimals <= 4:
		yield ProgramError("money_decimals", f"{program.money_decimals}: money has 0 to 4 decimals")
	if program.display_unit and program.display_unit.upper() not in UNITS:
		known = ", ".join(sorted(unit.lower() for unit in UNITS))
		yield ProgramError("display_unit", f"“{program.display_unit}” is no unit of money: {known}")
	if program.tier_rules.visit_minimum < 0:
		yield ProgramError("tier_rules.visit_minimum", "a visit cannot be worth less than nothing")
	if program.spending.point_value < 0:
		yield ProgramError("spending.point_value", "a point cannot be worth less than nothing")
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
			yield ProgramError(where, f"{points} points: write 0 or more")
		elif points is not None and points % program.quantum:
			yield ProgramError(
				where, f"{points} points: points of this program are multiples of {program.quantum}"
			)
	if not 0 <= program.spending.max_share <= 1:
		yield ProgramError("spending.max_share", f"{program.spending.max_share} is no share: from 0 to 1")
	most = LONGEST[program.expiry.kind]
	if not 1 <= program.expiry.count <= most:
		yield ProgramError(
			"expiry.count", f"{program.expiry.count}: points live for 1 to {most} periods (at most 20 years)"
		)
	if program.earning.carry_over and program.earning.method != "full_steps":
		yield ProgramError("earning.carry_over", 'only "full_steps" leave a remainder to carry over')
	for where, days in (
		("earning.pending_days", program.earning.pending_days),
		("returns.accepted_days", program.returns.accepted_days),
		("returns.lookback_days", program.returns.lookback_days),
		("returns.restore_days", program.returns.restore_days),
		("tier_rules.netting_days", program.tier_rules.netting_days),
	):
		if not 0 <= days <= 20 * 366:
			yield ProgramError(where, f"{days} days: write a number from 0 to {20 * 366} (20 years)")
	for where, months in (
		("tier_rules.term_months", program.tier_rules.term_months),
		("tier_rules.window.months", program.tier_rules.window.months),
	):
		if not 1 <= months <= 240:
			yield ProgramError(where, f"{months} months: write a number from 1 to 240 (20 years)")


def _beyond_reason(where: str, part: object) -> Iterator[ProgramError]:
	"""Numbers, texts and days that no club has, anywhere in the program."""
	if dataclasses.is_dataclass(part):
		for field in dataclasses.fields(part):
			yield from _beyond_reason(f"{where}.{field.name}".lstrip("."), getattr(part, field.name))
	elif isinstance(part, (tuple, frozenset)):
		for n, each in enumerate(part):
			yield from _beyond_reason(f"{where}.{n}", each)
	elif isinstance(part, Decimal) and (abs(part) > MOST or part != round(part, 6)):
		yield ProgramError(
			where, f"{part} is too large or too fine; at most {MOST:,}, with at most 6 decimals"
		)
	elif isinstance(part, str) and not (part.replace(ZWNJ, "").isprintable() and (part.strip() or not part)):
		yield ProgramError(where, "has nothing but spaces, or signs that cannot be shown")
	elif isinstance(part, date) and part.year >= 1800 and not 1950 <= part.year <= 2099:
		yield ProgramError(where, f"{part.isoformat()} is no day of a club; from 1950 to 2099")


def _check_tiers(program: Program) -> Iterator[ProgramError]:
	for where, text in (("name", program.name), ("currency", program.currency)):
		if not text:
			yield ProgramError(where, "is empty")
	if not program.tiers:
		yield ProgramError("tiers", "a program has at least one tier")
	seen: set[str] = set()
	for n, tier in enumerate(program.tiers):
		where = f"tiers.{n}"
		if not tier.name.strip():
			yield ProgramError(f"{where}.name", "a tier needs a name")
		if tier.name in seen:
			yield ProgramError(f"{where}.name", f"there are two tiers named “{tier.name}”")
		seen.add(tier.name)
		if tier.per <= 0:
			yield ProgramError(f"{where}.per", f"{tier.per}: points are given for each amount above 0")
		if tier.points < 0:
			yield ProgramError(f"{where}.points", f"{tier.points}: a purchase cannot earn less than nothing")
		if tier.threshold < 0:
			yield ProgramError(f"{where}.threshold", f"{tier.threshold}: a tier begins at 0 or above")
		if n and tier.threshold <= program.tiers[n - 1].threshold:
			below = program.tiers[n - 1]
			yield ProgramError(
				f"{where}.threshold",
				f"the tiers “{below.name}” and “{tier.name}” overlap: “{below.name}” begins at {below.threshold} and "
				f"“{tier.name}”, the next one, at {tier.threshold}. Each tier must begin above the one before",
			)


def _check_rules(program: Program) -> Iterator[ProgramError]:
	names = {tier.name for tier in program.tiers}
	seen: set[str] = set()
	for n, rule in enumerate(program.earning.rules):
		where = f"earning.rules.{n}"
		if not rule.name or rule.name in seen:
			yield ProgramError(f"{where}.name", "each rule needs a name of its own")
		seen.add(rule.name)
		yield from _check_rule(rule, where, names)


def _check_rule(rule: EarnRule, where: str, tiers: set[str]) -> Iterator[ProgramError]:
	when = rule.when
	if (rule.multiply is None) == (rule.add is None):
		yield ProgramError(where, f"“{rule.name}” must either multiply or add, and not both")
	if rule.multiply is not None and rule.multiply < 1:
		yield ProgramError(f"{where}.multiply", f"{rule.multiply}: a bonus multiplies by 1 or more")
	if rule.add is not None and rule.add < 0:
		yield ProgramError(f"{where}.add", f"{rule.add}: a bonus adds 0 points or more")
	for unknown in sorted(when.weekdays - set(WEEKDAYS)):
		yield ProgramError(f"{where}.when.weekdays", f"“{unknown}” is no weekday: {', '.join(WEEKDAYS)}")
	for unknown in sorted(when.occasions - set(jalali.OCCASIONS)):
		known = ", ".join(sorted(jalali.OCCASIONS))
		yield ProgramError(f"{where}.when.occasions", f"“{unknown}” is no known occasion: {known}")
	for unknown in sorted(when.tiers - tiers):
		yield ProgramError(f"{where}.when.tiers", f"there is no tier “{unknown}”")
	if when.hours is not None and any(hour.tzinfo is not None for hour in when.hours):
		yield ProgramError(
			f"{where}.when.hours", 'write the hours as the till shows them, like ["09:00", "12:00"]'
		)
	elif when.hours is not None and when.hours[0] >= when.hours[1]:
		yield ProgramError(
			f"{where}.when.hours", "the first hour must be before the last; split a night in two rules"
		)
	for key, day in (("from_date", when.from_date), ("to_date", when.to_date)):
		if day is not None and day.year < 1800:
			yield ProgramError(
				f"{where}.when.{key}", f"{day.isoformat()} looks like a Jalali date; write the Gregorian one"
			)
	if when.minimum_amount < 0:
		yield ProgramError(f"{where}.when.minimum_amount", f"{when.minimum_amount}: write 0 or more")
	if when.from_date and when.to_date and when.from_date > when.to_date:
		yield ProgramError(f"{where}.when.to_date", f"{when.to_date} is before {when.from_date}")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
	found: dict[str, object] = {}
	for key, each in pairs:
		if key in found:
			raise ProgramError(key, "is there twice in one object; keep one")
		found[key] = each
	return found


def _say(error: Any) -> str:
	"""One of pydantic's problems in plain words."""
	kind, given = error["type"], error.get("input")
	if kind == "missing":
		return "is missing"
	if kind in ("extra_forbidden", "unexpected_keyword_argument"):
		return "is no setting of a program; check its spelling"
	shown = (
		json.dumps(given, ensure_ascii=False, default=str) if not isinstance(given, (dict, list)) else "this"
	)
	expected = {
		"decimal_type": "a number",
		"decimal_parsing": "a number",
		"finite_number": "a number",
		"int_type": "a whole number",
		"int_parsing": "a whole number",
		"int_from_float": "a whole number",
		"string_type": "a text",
		"bool_type": "true or false",
		"bool_parsing": "true or false",
		"date_from_datetime_parsing": "a Gregorian date like 2025-03-21",
		"date_parsing": "a Gregorian date like 2025-03-21",
		"date_type": "a Gregorian date like 2025-03-21",
		"time_parsing": 'a time like "09:30"',
		"tuple_type": "a list",
		"frozen_set_type": "a list",
	}.get(kind)
	if kind == "literal_error":
		expected = f"one of {error['ctx']['expected']}"
	return f"{shown} is not {expected}" if expected else f"{shown}: {error['msg'].lower()}"


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
