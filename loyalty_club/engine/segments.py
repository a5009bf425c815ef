"""Segments: the members that a Club Segment's filters find, whenever they are asked for.

The one place that turns the filters into a query. Nothing of it is stored: figures and scores of purchases come from
Club Profile, which is as of last night; tier, balance, cards, consents and whether the member is active are as of now.
Amounts in Rial, points in points, days counted back from the club's today. 0 or nothing in a filter asks for nothing.

	query("Sleeping Gold")                     a query of the names of its members, to build upon
	count(doc), rows(doc), contains(doc, name), members(doc)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Count, Extract

from loyalty_club import jalali, permissions, policy
from loyalty_club.core import lrfm, segment_words
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.words import Style
from loyalty_club.engine import scores
from loyalty_club.policy import LRFM_PARTS

SEGMENT = "Club Segment"
CHANNELS = ("Desk", "Point of Sale", "First Purchase", "Import", "Demo", "Portal", "Referral", "API")
SPANS = ("joined", "last", "visits", "gap", "net", "age", *LRFM_PARTS, "score", "balance")
OLDEST, LONGEST = 100, 36_500
SHOWN = 20


def of(segment: Any) -> Any:
	"""The document of a segment's name; a document is returned as it is."""
	return frappe.get_cached_doc(SEGMENT, segment) if isinstance(segment, str) else segment


def listed(text: str | None) -> list[str]:
	"""What was picked: one a line."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def in_rows(doc: Any, table: str, field: str) -> list[str]:
	"""The names in one of a segment's tables."""
	return [row.get(field) for row in doc.get(table) or [] if row.get(field)]


# ---------------------------------------------------------------------------------------------- what can be meant


def check(doc: Any) -> None:
	"""Refuses filters that nobody can mean: what ends before it begins, scores outside 1 to 5, a segment made from
	itself. Raises ValidationError."""

	def number(value: Any) -> str:
		return policy.style().number(policy.exact(value).normalize())

	for key in SPANS:
		low, high = doc.get(f"{key}_from") or 0, doc.get(f"{key}_to") or 0
		if high and low > high:
			frappe.throw(
				_("{0} ({1}) is more than {2} ({3}).").format(
					*(_(doc.meta.get_label(f"{key}_from")), number(low)),
					*(_(doc.meta.get_label(f"{key}_to")), number(high)),
				)
			)
		top = 5 if key in (*LRFM_PARTS, "score") else OLDEST if key == "age" else 0
		top = LONGEST if key in ("joined", "last") else top
		if top and max(low, high) > top:
			field = f"{key}_from" if low > top else f"{key}_to"
			frappe.throw(_("{0} is at most {1}.").format(_(doc.meta.get_label(field)), number(top)))
	if doc.purchases == "Never Purchased" and any(
		doc.get(f"{key}_{end}") for key in ("last", "gap", "net", "visits") for end in ("from", "to")
	):
		frappe.throw(_("Who has never purchased has no last purchase, gaps or amounts: leave those empty."))
	_check_parts(doc, doc.name or "")


def _check_parts(doc: Any, whole: str, program: str = "") -> None:
	program = program or doc.program
	for name in (*in_rows(doc, "also_in", "segment"), *in_rows(doc, "not_in", "segment")):
		if name == whole:
			frappe.throw(_("{0} is made from itself.").format(name))
		part = of(name)
		if part.program != program:
			frappe.throw(_("{0} is a segment of {1}, not of {2}.").format(name, part.program, program))
		_check_parts(part, whole, program)


# ---------------------------------------------------------------------------------------------- the query


def query(segment: Any, company: str | None = None, *, as_seen: bool = False) -> Any:
	"""A query of the names of a segment's members.

	company: only if the program is valid there; as_seen: only members that the present user may see."""
	search = _Search(of(segment), company, as_seen)
	return search.query.select(search.member.name)


def count(segment: Any, company: str | None = None, *, as_seen: bool = False) -> int:
	"""How many members a segment has now: one query."""
	search = _Search(of(segment), company, as_seen)
	return int(search.query.select(Count("*")).run()[0][0])


def members(segment: Any, chunk: int = 1000, company: str | None = None) -> Iterator[list[str]]:
	"""The names of a segment's members in their order, `chunk` at a time: memory stays flat, and whoever is cut off
	goes on behind the last name."""
	after = ""
	while True:
		search = _Search(of(segment), company, False)
		name = search.member.name
		found = [
			row[0] for row in search.query.select(name).where(name > after).orderby(name).limit(chunk).run()
		]
		if not found:
			return
		yield found
		after = found[-1]


def contains(segment: Any, member: str) -> bool:
	"""Whether a member is in a segment now."""
	search = _Search(of(segment), None, False)
	return bool(search.query.select(search.member.name).where(search.member.name == member).limit(1).run())


def rows(segment: Any, limit: int = SHOWN, *, company: str | None = None) -> list[Any]:
	"""What is shown of a segment's members that the present user may see, in the order of their names; limit: 0 for
	all of them."""
	search = _Search(of(segment), company, True)
	member, profile, account = search.member, search.profile, search.account
	found = search.query.select(
		member.name,
		member.customer,
		member.customer_name,
		member.mobile,
		member.tier,
		member.branch,
		member.joined_on,
		member.channel,
		member.birthday,
		member.advertising,
		account.balance,
		profile.last_visit,
		profile.visits,
		profile.net,
		profile.mean_gap,
		profile.score,
		*(profile[f"{part}_score"] for part in LRFM_PARTS),
		profile.segment,
		profile.average_class,
		profile.favourite_item_group,
		profile.favourite_branch,
	).orderby(member.name)
	return list((found.limit(limit) if limit else found).run(as_dict=True))


def figures_of(program: str) -> date | None:
	"""The evening that the figures of purchases of a program's members are of; None before the first night."""
	found: date | None = frappe.db.get_value(
		"Club Score Cuts", {"program": program}, "as_of", order_by="as_of desc"
	)
	return found


class _Search:
	"""The query of a segment, joined with those tables alone that its filters ask."""

	def __init__(self, doc: Any, company: str | None, as_seen: bool) -> None:
		self.doc, self.today, self.company = doc, policy.club_today(), company
		self.member = frappe.qb.DocType("Club Member")
		self.query = frappe.qb.from_(self.member).where(
			(self.member.program == doc.program) & (self.member.status == "Active")
		)
		self._narrow_places(as_seen)
		self._narrow_person()
		self._narrow_purchases()
		self._narrow_others()

	@cached_property
	def profile(self) -> Any:
		table = frappe.qb.DocType("Club Profile")
		self.query = self.query.left_join(table).on(table.name == self.member.name)
		return table

	@cached_property
	def account(self) -> Any:
		table = frappe.qb.DocType("Club Account")
		self.query = self.query.left_join(table).on(table.name == self.member.account)
		return table

	def where(self, criterion: Any) -> None:
		self.query = self.query.where(criterion)

	def span(self, column: Any, key: str, *, low: Any = None, high: Any = None) -> None:
		"""What the filters `key`_from and `key`_to ask of a column."""
		low, high = low or self.doc.get(f"{key}_from"), high or self.doc.get(f"{key}_to")
		if low:
			self.where(column >= low)
		if high:
			self.where(column <= high)

	def days_ago(self, column: Any, key: str) -> None:
		low, high = self.doc.get(f"{key}_from"), self.doc.get(f"{key}_to")
		if low:
			self.where(column <= self.today - timedelta(days=low))
		if high:
			self.where(column >= self.today - timedelta(days=high))

	# who looks, and where

	def _narrow_places(self, as_seen: bool) -> None:
		member, doc = self.member, self.doc
		program = policy.in_force(doc.program)
		there = set(program.companies) if program else set()
		companies = set(permissions.allowed("Company", "Club Member")) if as_seen else set()
		if (self.company and self.company not in there) or (companies and not companies & there):
			self.where(member.name.isnull())
		if as_seen:
			columns = {
				"Branch": member.branch,
				"Club Program": member.program,
				"Club Member": member.name,
				"Customer": member.customer,
			}
			self.query = permissions.restrict(self.query, "Club Member", columns)

	def _narrow_person(self) -> None:
		member, doc = self.member, self.doc
		for field, column in (("tiers", member.tier), ("channels", member.channel)):
			if picked := listed(doc.get(field)):
				self.where(column.isin(picked))
		if branches := in_rows(doc, "branches", "branch"):
			self.where(member.branch.isin(branches))
		if groups := in_rows(doc, "customer_groups", "customer_group"):
			customer = frappe.qb.DocType("Customer")
			self.query = self.query.join(customer).on(customer.name == member.customer)
			self.where(customer.customer_group.isin(with_below("Customer Group", groups)))
		self.days_ago(member.joined_on, "joined")
		if doc.advertising:
			self.where(Coalesce(member.advertising, 0) == int(doc.advertising == "Yes"))
		if doc.has_card:
			card = frappe.qb.DocType("Loyalty Card")
			holders = (
				frappe.qb.from_(card)
				.select(card.member)
				.where((card.status == "Active") & card.member.isnotnull())
			)
			self.where(member.name.isin(holders) if doc.has_card == "Yes" else member.name.notin(holders))
		self._narrow_birthday()
		if doc.balance_from or doc.balance_to:
			self.span(self.account.balance, "balance")

	def _narrow_birthday(self) -> None:
		doc, member = self.doc, self.member
		calendar = calendar_of(doc.program)
		if calendar == "jalali":
			month, in_month = member.birth_month, member.birth_day
		else:
			month, in_month = Extract("month", member.birthday), Extract("day", member.birthday)
		if doc.birth_month:
			self.where(member.birthday.isnotnull() & (month == int(doc.birth_month)))
		if doc.birthday_within:
			self.where(member.birthday.isnotnull())
			key = month * 100 + in_month
			spans = kept_between(calendar, self.today, doc.birthday_within)
			self.where(Criterion.any([key.between(low, high) for low, high in spans]))
		back = CALENDARS[calendar].add_months
		if doc.age_from:
			self.where(member.birthday <= back(self.today, -12 * doc.age_from))
		if doc.age_to:
			self.where(member.birthday > back(self.today, -12 * (doc.age_to + 1)))

	# what last night's profile says

	def _narrow_purchases(self) -> None:
		doc = self.doc
		if doc.purchases:
			last = self.profile.last_visit
			self.where(last.isnull() if doc.purchases == "Never Purchased" else last.isnotnull())
		for key in ("last", "visits", "gap", "net", *LRFM_PARTS, "score"):
			if not (doc.get(f"{key}_from") or doc.get(f"{key}_to")):
				continue
			profile = self.profile
			if key == "last":
				self.days_ago(profile.last_visit, key)
			elif key == "gap":
				self.where(profile.mean_gap > 0)
				self.span(profile.mean_gap, key)
			elif key in ("visits", "net"):
				self.span(Coalesce(profile[key], 0), key)
			else:
				self.where(profile.score > 0)
				self.span(profile.score if key == "score" else profile[f"{key}_score"], key)
		for field, column in (("lrfm_segments", "segment"), ("average_classes", "average_class")):
			if picked := listed(doc.get(field)):
				self.where(self.profile[column].isin(picked))
		if branches := in_rows(doc, "favourite_branches", "branch"):
			self.where(self.profile.favourite_branch.isin(branches))
		if groups := in_rows(doc, "item_groups", "item_group"):
			self.where(self.profile.favourite_item_group.isin(with_below("Item Group", groups)))

	def _narrow_others(self) -> None:
		name = self.member.name
		for part in in_rows(self.doc, "also_in", "segment"):
			self.where(name.isin(query(part)))
		for part in in_rows(self.doc, "not_in", "segment"):
			self.where(name.notin(query(part)))


def with_below(doctype: str, names: list[str]) -> list[str]:
	"""Groups of a tree and the groups below them."""
	table = frappe.qb.DocType(doctype)
	bounds = frappe.qb.from_(table).select(table.lft, table.rgt).where(table.name.isin(names)).run()
	below = [(table.lft >= low) & (table.rgt <= high) for low, high in bounds]
	if not below:
		return names
	return [row[0] for row in frappe.qb.from_(table).select(table.name).where(Criterion.any(below)).run()]


def calendar_of(program: str) -> str:
	"""The calendar of a program's rules; the settings' while it is a draft."""
	found = policy.in_force(program)
	if found:
		return str(found.rules.calendar)
	return policy.CALENDARS.get(policy.settings().calendar, "jalali")


def kept_between(calendar: str, today: date, days: int) -> list[tuple[int, int]]:
	"""The days of the year, as month × 100 + day, whose birthdays are kept within so many days, today being the first.
	In a year without it, 30 Esfand is kept on 29 Esfand, and 29 February on the 28th."""
	if days >= 365:
		return [(101, 1231)]
	last = today + timedelta(days=days - 1)
	if calendar == "jalali":
		(first_year, *first), (last_year, *final) = jalali.to_jalali(today), jalali.to_jalali(last)
		leap, short, long = jalali.is_leap(last_year), 1229, 1230
	else:
		first_year, first = today.year, [today.month, today.day]
		last_year, final = last.year, [last.month, last.day]
		leap = last_year % 4 == 0 and (last_year % 100 != 0 or last_year % 400 == 0)
		short, long = 228, 229
	low, high = first[0] * 100 + first[1], final[0] * 100 + final[1]
	if high == short and not leap:
		high = long
	return [(low, high)] if first_year == last_year else [(low, 1231), (101, high)]


# ---------------------------------------------------------------------------------------------- in words


def titles(program: str, style: Style) -> dict[str, list[tuple[str, str]]]:
	"""What can be picked in a program, each with its title in the user's language: tiers, LRFM segments, classes
	against the average, ways of joining, months."""
	found = policy.in_force(program)
	persian = style.lang == "fa"
	rules = scores.segment_rules(program)
	months = jalali.MONTHS_FA if persian else jalali.MONTHS_EN
	if calendar_of(program) != "jalali":
		months = tuple(_(date(2000, month, 1).strftime("%B")) for month in range(1, 13))
	return {
		"tiers": [(tier.name, style.title(tier.name)) for tier in (found.rules.tiers if found else ())],
		"lrfm_segments": [(rule.name, (persian and rule.title_fa) or rule.name) for rule in rules],
		"average_classes": [
			(each.name, each.title_fa if persian else each.name) for each in lrfm.AVERAGE_CLASSES
		],
		"channels": [(each, _(each, context="Club Member")) for each in CHANNELS],
		"birth_month": [(str(number), month) for number, month in enumerate(months, 1)],
	}


def in_words(segment: Any, style: Style) -> str:
	"""A sentence that says whom a segment finds."""
	doc = of(segment)
	said = {field: dict(pairs) for field, pairs in titles(doc.program, style).items()}
	clauses = []

	def picked(key: str, field: str, names: list[str]) -> None:
		if names:
			shown = [said.get(field, {}).get(name, name) for name in names]
			clauses.append(segment_words.names(key, shown, style))

	def spans(*keys: str) -> None:
		for key in keys:
			low, high = doc.get(f"{key}_from"), doc.get(f"{key}_to")
			if low or high:
				clauses.append(segment_words.span(key, low, high, style))

	def fact(key: str, number: int = 0) -> None:
		clauses.append(segment_words.fact(key, style, number))

	picked("tier", "tiers", listed(doc.tiers))
	picked("customer_group", "", in_rows(doc, "customer_groups", "customer_group"))
	picked("branch", "", in_rows(doc, "branches", "branch"))
	picked("channel", "channels", listed(doc.channels))
	spans("joined")
	if doc.purchases:
		fact("purchases_never" if doc.purchases == "Never Purchased" else "purchases_has")
	spans("last", "visits", "gap", "net")
	picked("favourite_branch", "", in_rows(doc, "favourite_branches", "branch"))
	picked("item_group", "", in_rows(doc, "item_groups", "item_group"))
	picked("segment", "lrfm_segments", listed(doc.lrfm_segments))
	picked("class", "average_classes", listed(doc.average_classes))
	spans(*LRFM_PARTS, "score")
	picked("birth_month", "birth_month", [str(doc.birth_month)] if doc.birth_month else [])
	if doc.birthday_within:
		fact("birthday_within" if doc.birthday_within > 1 else "birthday_today", doc.birthday_within)
	spans("age")
	if doc.advertising:
		fact(f"advertising_{doc.advertising.lower()}")
	if doc.has_card:
		fact(f"card_{doc.has_card.lower()}")
	spans("balance")
	picked("also_in", "", in_rows(doc, "also_in", "segment"))
	picked("not_in", "", in_rows(doc, "not_in", "segment"))
	return segment_words.sentence(doc.program, clauses, style)
