"""LRFM on the site: what `core.lrfm` decides, for the members of a program, by what they bought up to an evening.

The only code that writes the scores in Club Profile (whose figures `engine.profiles` reads and writes), Club Score
(those of each month's last day) and Club Score Cuts (by what everybody was scored). Amounts in Rial; recency counts
from the last purchase.

The cuts, the averages, and what a member with some four scores is called the core says. Which scores a member's figures
make by those cuts the database says, and writes, for many members at once: a test has it agree with the core on and
beside every cut.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import product, repeat
from typing import Any, NamedTuple

import frappe
from frappe.query_builder.functions import Count
from pypika import Case, CustomFunction

from loyalty_club import ledger, policy
from loyalty_club.core import lrfm
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lrfm import Averages, Cuts, FourCuts, Scores, SegmentRule
from loyalty_club.core.model import Lrfm, Program
from loyalty_club.core.periods import CALENDARS
from loyalty_club.engine import favourites, profiles
from loyalty_club.engine.favourites import Whose
from loyalty_club.engine.profiles import PROFILE
from loyalty_club.policy import LRFM_PARTS, InForce

SCORE, CUTS = "Club Score", "Club Score Cuts"
_SIGNS = [f"L{a}R{b}F{c}M{d}" for a in "-+" for b in "-+" for c in "-+" for d in "-+"]

_Days = CustomFunction("datediff", ["after", "before"])
_Pick = CustomFunction("elt", ["n", *_SIGNS])
# Columns that hold what the scores are called.
NAMED = frozenset({"average_class", "segment"})


def standard_segment_rows() -> list[dict[str, Any]]:
	"""The usual segments as rows of a program's table."""
	return [
		{
			"segment": rule.name,
			"title_fa": rule.title_fa,
			**{
				f"{part}_{end}": getattr(rule, part)[n]
				for part in LRFM_PARTS
				for n, end in enumerate(("from", "to"))
			},
		}
		for rule in lrfm.STANDARD_SEGMENTS
	]


def segment_rules(program: str) -> tuple[SegmentRule, ...]:
	"""The segments of a program, as its form has them; the usual ones where it has none."""
	doc = frappe.get_cached_doc("Club Program", program)
	rows = doc.get("segment_rules") or []
	return (
		tuple(
			SegmentRule(
				row.segment,
				row.title_fa or "",
				*((row.get(f"{part}_from"), row.get(f"{part}_to")) for part in LRFM_PARTS),
			)
			for row in rows
		)
		or lrfm.STANDARD_SEGMENTS
	)


# ---------------------------------------------------------------------------------------------- by what all are scored


class Basis(NamedTuple):
	"""By what the members of a program are scored on an evening."""

	rules: Program
	as_of: date
	cuts: Cuts
	averages: Averages
	members: int
	segments: tuple[SegmentRule, ...]


def known_evening(program: InForce, as_of: date) -> date | None:
	"""The evening before `as_of` that the figures of the program's members are of; None where there is none, or where
	other days were counted then."""
	row = _current(program.name)
	if row is None or row.as_of >= as_of or json.loads(row.body).get("window") != _window(program.rules):
		return None
	found: date = row.as_of
	return found


def _current(program: str) -> Any:
	return frappe.db.get_value(
		CUTS,
		{"program": program, "current": 1},
		["name", "as_of", "body"],
		as_dict=True,
		order_by="as_of desc",
	)


def _window(rules: Program) -> str:
	"""Which days are scored, as far as the rules say it."""
	return f"{rules.lrfm.months} {rules.calendar}"


def basis(program: InForce, as_of: date) -> Basis:
	"""By what everybody is scored as of an evening, whose figures the profiles hold: made once, so that a run that was
	cut off goes on by the same."""
	body = frappe.db.get_value(CUTS, _cuts_name(program.name, as_of), "body")
	if body is None:
		return _made(program, as_of)
	return _basis(program, as_of, json.loads(body))


def current_basis(program: InForce) -> Basis | None:
	"""By what everybody was scored last; None where nobody was."""
	row = _current(program.name)
	return _basis(program, row.as_of, json.loads(row.body)) if row else None


def _basis(program: InForce, as_of: date, body: Mapping[str, Any]) -> Basis:
	return Basis(program.rules, as_of, *_read(body), segment_rules(program.name))


def _cuts_name(program: str, as_of: date) -> str:
	return f"{program}-{as_of:%Y%m%d}"


def _made(program: InForce, as_of: date) -> Basis:
	cuts, means, members = _measure(program, as_of)
	body = {
		"cuts": [[str(Fraction(each)) for each in four] for four in cuts],
		"averages": [str(each) for each in means],
		"members": members,
		"window": _window(program.rules),
	}
	table = frappe.qb.DocType(CUTS)
	frappe.qb.update(table).set(table.current, 0).where(
		(table.program == program.name) & (table.current == 1)
	).run()
	row = {
		"name": _cuts_name(program.name, as_of),
		"program": program.name,
		"as_of": as_of,
		"members": members,
		"current": 1,
		"body": json.dumps(body),
	}
	ledger.insert_rows(CUTS, [row], update=("members", "current", "body"))
	return Basis(program.rules, as_of, cuts, means, members, segment_rules(program.name))


def known_basis(program: str, as_of: date) -> tuple[Cuts, Averages, int] | None:
	"""Cuts, averages and number of members of an evening that was scored; None if it was not."""
	body = frappe.db.get_value(CUTS, _cuts_name(program, as_of), "body")
	return _read(json.loads(body)) if body else None


def forget_basis(program: str, as_of: date) -> None:
	"""Has the next run measure everybody again, because it is asked to score the same evening anew."""
	frappe.db.delete(CUTS, {"name": _cuts_name(program, as_of)})


def _read(body: Mapping[str, Any]) -> tuple[Cuts, Averages, int]:
	cuts = Cuts(*(tuple(Fraction(each) for each in four) for four in body["cuts"]))
	return cuts, Averages(*(Fraction(each) for each in body["averages"])), body["members"]


def _measure(program: InForce, as_of: date) -> tuple[Cuts, Averages, int]:
	"""Cuts and averages of everybody's values, which the database counts: a column for each, in some megabytes."""
	unit = 10**program.rules.money_decimals
	profile = frappe.qb.DocType(PROFILE)

	def column(field: Any, number: Any) -> array[int]:
		found = (
			frappe.qb.from_(profile)
			.select(field, Count("*"))
			.where((profile.program == program.name) & (profile.frequency > 0))
			.groupby(field)
			.run()
		)
		whole = array("q")
		for value, count in found:
			whole.extend(repeat(number(value), count))
		return whole

	columns = lrfm.Columns(
		column(profile.length, int),
		column(_Days(as_of, profile.last_visit), int),
		column(profile.frequency, int),
		column(profile.monetary, lambda amount: int(Decimal(str(amount)) * unit)),
		unit,
	)
	return lrfm.cuts(program.rules.lrfm, columns), lrfm.averages(columns), len(columns.length)


# ---------------------------------------------------------------------------------------------- writing


def write(by: Basis, program: str, whose: Whose) -> int:
	"""Gives some members the scores, the class and the segment that their figures make, where they have others; returns
	how many had. The database does it, in one statement.

	Of a range they are found first, by a plain read that locks nobody; but where most have no scores yet, writing the
	whole range looks at them once."""
	if whose.names is None and not _mostly_new(program, whose):
		whose = Whose(names=_others(by, program, whose))
	if whose.names == ():
		return 0
	sets, differs = _statement(by)
	now = {"now": frappe.utils.now_datetime(), "user": frappe.session.user}
	frappe.db.sql(
		f"update `tab{PROFILE}` set {sets}, `modified` = %(now)s, `modified_by` = %(user)s {_where(whose, differs)}",
		{"program": program, **whose._asdict(), **now},
	)
	return int(frappe.db.sql("select row_count()")[0][0])


def _mostly_new(program: str, whose: Whose) -> bool:
	"""Whether most of a range have no scores yet, by some who bought: it only says which way is faster."""
	profile = frappe.qb.DocType(PROFILE)
	mine = frappe.qb.from_(profile).select(profile.recency_score).where(profile.program == program)
	found = mine.where(whose.holds(profile.name) & (profile.frequency > 0)).limit(50).run(pluck=True)
	return found.count(0) * 2 > len(found)


def _others(by: Basis, program: str, whose: Whose) -> tuple[str, ...]:
	"""Whose scores, class or segment are others than their figures make."""
	_sets, differs = _statement(by)
	query = f"select `name` from `tab{PROFILE}` {_where(whose, differs)}"
	return tuple(frappe.db.sql(query, {"program": program, **whose._asdict()}, pluck=True))


def _where(whose: Whose, differs: str) -> str:
	mine = "`name` > %(after)s and `name` <= %(until)s" if whose.names is None else "`name` in %(names)s"
	return f"where ({differs}) and `program` = %(program)s and {mine}"


@lru_cache(maxsize=8)
def _statement(by: Basis) -> tuple[str, str]:
	"""What an evening's statement sets, and the condition that a profile has something else: made once for all its
	chunks. That its four scores or its class are not those of its figures, the cheapest to compare first; or that what
	it has is called otherwise now."""
	profile = frappe.qb.DocType(PROFILE)
	scores, average_class = _of_figures(profile, by)
	parts = {f"{part}_score": score for part, score in zip(LRFM_PARTS, scores, strict=True)}
	wanted = {column: _sql(term) for column, term in {**parts, "average_class": average_class}.items()}
	stands = _named(by, [profile[column] for column in parts])
	become = {**wanted, **_named(by, scores)}
	sets = ", ".join(f"`{column}` = {value}" for column, value in become.items())
	differs = " or ".join(_differs(column, value) for column, value in {**wanted, **stands}.items())
	return sets, differs


def _sql(term: Any) -> str:
	"""A term of columns and numbers as text."""
	return str(term.get_sql(quote_char="`")).replace("%", "%%")


def _differs(column: str, value: str) -> str:
	"""Names differ by case too."""
	if column in NAMED:
		return f"cast(coalesce(`{column}`, '') as binary) != cast({value} as binary)"
	return f"`{column}` != {value}"


def _of_figures(profile: Any, by: Basis) -> tuple[list[Any], Any]:
	"""The four scores and the class of a profile's figures."""
	recency = _Days(by.as_of, profile.last_visit)
	columns = profile.length, recency, profile.frequency, profile.monetary
	scores = [_score(column, four) for column, four in zip(columns, by.cuts, strict=True)]
	scores[1] = 6 - scores[1]
	bought = profile.frequency > 0
	average_class = Case().when(bought, _class(columns, by.averages)).else_("")
	return [Case().when(bought, score).else_(0) for score in scores], average_class


def _score(column: Any, four: FourCuts) -> Any:
	"""1 + how many of the cuts a column exceeds, as `core.lrfm` counts it."""
	case = Case()
	for score, cut in zip((5, 4, 3, 2), reversed(four), strict=True):
		case = case.when(_exceeds(column, Fraction(cut)), score)
	return case.else_(1)


def _exceeds(column: Any, limit: Fraction) -> Any:
	"""column > limit, exactly."""
	return column * limit.denominator > limit.numerator


def _class(columns: tuple[Any, ...], means: Averages) -> Any:
	"""The class against the average, as `core.lrfm` has it for each of the sixteen patterns."""
	length, recency, frequency, monetary = columns
	above = (
		_exceeds(length, means.length),
		recency * means.recency.denominator >= means.recency.numerator,
		_exceeds(frequency, means.frequency),
		_exceeds(monetary, means.monetary),
	)
	place = 1
	for weight, one in zip((8, 4, 2, 1), above, strict=True):
		place += Case().when(one, weight).else_(0)
	return _Pick(place, *(lrfm.CLASS_OF[signs].name for signs in _SIGNS))


def _named(by: Basis, scores: list[Any]) -> dict[str, str]:
	"""What four scores amount to, and the segment that they are; nothing where there are none."""
	place = sum(((score - 1) * weight for score, weight in zip(scores, (125, 25, 5, 1), strict=True)), 1)
	totals, segments = _called(by.rules.lrfm, by.segments)
	texts = (", ".join(frappe.db.escape(each) for each in column) for column in (totals, segments))
	total, segment = (f"elt({_sql(place)}, {text})" for text in texts)
	return {
		"score": f"coalesce(cast({total} as decimal(21, 9)), 0)",  # as the column is
		"segment": f"coalesce({segment}, '')",
	}


@lru_cache(maxsize=8)
def _called(rules: Lrfm, segments: tuple[SegmentRule, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
	"""Score and segment of each four scores, from 1, 1, 1, 1 to 5, 5, 5, 5, the last changing fastest."""
	totals, names = [], []
	for length, recency, frequency, monetary in product(range(1, 6), repeat=4):
		total = lrfm.total((length, recency, frequency, monetary), rules)
		totals.append(str(total))
		names.append(lrfm.segment(Scores(length, recency, frequency, monetary, total), segments))
	return tuple(totals), tuple(names)


# ---------------------------------------------------------------------------------------------- keeping


_KEPT = (
	*("member", "program", "tier", "length", "frequency", "monetary"),
	*(f"{part}_score" for part in LRFM_PARTS),
	*("score", "segment", "average_class"),
)


def keep_month(program: str, as_of: date, after: str, until: str) -> int:
	"""Keeps the scores of some members (behind one name, up to another) as those of a month's last evening: the
	profiles as they stand, by one statement. Whoever is not scored has none. Returns how many there are."""
	columns = ", ".join(f"`{each}`" for each in _KEPT)
	update = ", ".join(f"`{each}` = values(`{each}`)" for each in (*_KEPT, "recency", "modified"))
	frappe.db.sql(
		f"""
		insert into `tab{SCORE}`
			(`name`, `creation`, `modified`, `owner`, `modified_by`, `docstatus`, `idx`, `as_of`, `recency`, {columns})
		select concat(`name`, %(suffix)s), %(now)s, %(now)s, %(user)s, %(user)s, 0, 0, %(as_of)s,
			datediff(%(as_of)s, `last_visit`), {columns}
		from `tab{PROFILE}`
		where `program` = %(program)s and `name` > %(after)s and `name` <= %(until)s and `frequency` > 0
		on duplicate key update {update}
		""",
		{
			"suffix": f"-{as_of:%Y%m%d}",
			"now": frappe.utils.now_datetime(),
			"user": frappe.session.user,
			"as_of": as_of,
			"program": program,
			"after": after,
			"until": until,
		},
	)
	profile = frappe.qb.DocType(PROFILE)
	rows = (
		frappe.qb.from_(profile)
		.select(Count("*"))
		.where((profile.program == program) & (profile.name > after) & (profile.name <= until))
		.where(profile.frequency > 0)
		.run()
	)
	return int(rows[0][0])


def last_evening_of_month(rules: Program, day: date) -> date | None:
	"""The evening before, where `day` is the first of a month in the program's calendar."""
	return day - timedelta(days=1) if CALENDARS[rules.calendar].month_of(day).start == day else None


def of_accounts(program: str, after: str, until: str) -> dict[str, Decimal]:
	"""The scores of the accounts of some active members (behind one name, up to another); 0 for who has none."""
	member, profile = frappe.qb.DocType("Club Member"), frappe.qb.DocType(PROFILE)
	rows = (
		frappe.qb.from_(member)
		.join(profile)
		.on(profile.name == member.name)
		.select(member.account, profile.score)
		.where((member.program == program) & (member.status == "Active"))
		.where((member.name > after) & (member.name <= until) & member.account.isnotnull())
		.run()
	)
	return {account: policy.exact(score).quantize(lrfm.CENT) for account, score in rows}


def of_member(name: str, day: date) -> None:
	"""Scores one member as of the evening before `day`, by what everybody was scored last. Does nothing for who is not
	active, and before the first night."""
	found = frappe.db.get_value("Club Member", {"name": name, "status": "Active"}, "program")
	program = policy.in_force(found) if found else None
	by = current_basis(program) if program else None
	if program is None or by is None:
		return
	by = by._replace(as_of=day - timedelta(days=1))
	profiles.refresh(program, Whose(names=(name,)), by.as_of)
	favourites.refresh([name], by.as_of)
	write(by, program.name, Whose(names=(name,)))
	profiles.forget_version([name])
