"""Club Group Moves: which customers the night would move into the groups of their tiers and what that changes for them,
or which it has moved."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from loyalty_club import permissions, policy
from loyalty_club.engine import group_settings, groups
from loyalty_club.engine.groups import Wish
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.policy import InForce

MOST = 2000  # customers that are shown
MOVED = "Moved"


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, what differs between the groups, and a chart of who goes where."""
	filters = frappe._dict(filters or {})
	if permissions.is_confined(groups.MOVE):
		frappe.throw(
			_("You see some companies or branches only; customers belong to all of them."),
			frappe.PermissionError,
		)
	if filters.show == MOVED:
		return _moved(filters, Styles(filters))
	program = policy.in_force(filters.program) if filters.program else None
	if program is None:
		return _columns_to_come(), [], _("Choose a program that is in force.")
	return _to_come(program)


# ---------------------------------------------------------------------------------------------- to come


def _to_come(program: InForce) -> tuple[Any, ...]:
	style = policy.style(program.rules)
	found = groups.wishes(program, groups.older_than(program), limit=MOST)
	own = group_settings.of_customers([wish.customer for wish in found])
	rows = [
		{
			"member": wish.member,
			"customer": wish.customer,
			"customer_name": wish.customer_name,
			"tier": style.title(wish.tier),
			"group_before": wish.group,
			"group_after": wish.wanted,
			"own": policy.listed(own.get(wish.customer, [])),
			"hindrance": _hindrance(wish),
		}
		for wish in found
	]
	counts = groups.counts(program)
	return _columns_to_come(), rows, _note(program, counts, len(found)), _chart(counts)


def _hindrance(wish: Wish) -> str:
	if wish.conflict:
		return _("{0} alone moves this customer: it is the older program.").format(wish.conflict)
	if wish.undone:
		return _("The move was undone: the customer stays until the tier changes.")
	return ""


def _note(program: InForce, counts: list[tuple[str, str, int]], shown: int) -> str:
	"""What differs between the groups, as a table."""
	notes = []
	if not program.move_customer_group:
		notes.append(_("Not switched on: nobody is moved. This is who would be."))
	else:
		notes.append(_("The next night moves them; a sale moves nobody at once."))
	style = policy.style(program.rules)
	total = sum(number for _before, _after, number in counts)
	if total > shown:
		notes.append(
			_("The first {0} of {1} are shown.").format(
				style.number(Decimal(shown)), style.number(Decimal(total))
			)
		)
	said = group_settings.of_groups({name for before, after, _n in counts for name in (before, after)})
	rows = []
	for before, after, number in sorted(counts):
		differing = group_settings.differences(said.get(before, {}), said.get(after, {}))
		way = escape_html(f"{_way(before, after)} ({style.number(Decimal(number))})")
		if not differing:
			rows.append((way, _("Nothing hangs on the groups that differs."), "", ""))
		for n, (what, one, other) in enumerate(differing):
			rows.append(("" if n else way, *map(escape_html, (what, one, other))))
	if not rows:
		return escape_html(" ".join(notes))
	head = "".join(f"<th>{each}</th>" for each in (_("From → To"), _("What Differs"), _("Now"), _("Then")))
	body = "".join(f"<tr>{''.join(f'<td><bdi>{cell}</bdi></td>' for cell in row)}</tr>" for row in rows)
	table = f'<table class="table table-bordered table-condensed"><tr>{head}</tr>{body}</table>'
	own = _("What stands on the customer itself wins over the group and does not change.")
	return f"<p>{escape_html(' '.join(notes))} {own}</p>{table}"


def _way(before: str, after: str) -> str:
	return _("{0} → {1}").format(before, after)


def _columns_to_come() -> list[dict[str, Any]]:
	return [
		common.link("customer", _("Customer"), "Customer", 160),
		common.text("customer_name", _("Customer Name"), 180),
		common.link("member", _("Club Member"), "Club Member"),
		common.text("tier", _("Tier"), 100),
		common.text("group_before", _("From"), 130),
		common.text("group_after", _("To"), 130),
		common.text("own", _("Stays, as It Is the Customer's Own"), 250),
		common.text("hindrance", _("Not Moved Because"), 330),
	]


# ---------------------------------------------------------------------------------------------- moved


def _moved(filters: Any, styles: Styles) -> tuple[Any, ...]:
	conditions: dict[str, Any] = {"program": filters.program} if filters.program else {}
	since = getdate(filters.from_date) if filters.from_date else groups.LONG_AGO
	until = getdate(filters.to_date) if filters.to_date else policy.club_today()
	found = frappe.get_all(
		groups.MOVE,
		filters={**conditions, "day": ["between", [since, until]]},
		fields=[
			*("name", "day", "member", "customer", "customer_name", "tier", "program"),
			*("group_before", "group_after", "undone_at", "undone_by"),
		],
		order_by="day desc, name",
		limit=MOST + 1,
	)
	note = _("The first {0} are shown; choose fewer days.").format(MOST) if len(found) > MOST else None
	rows = [
		{
			**row,
			"move": row.name,
			"day_jalali": styles.day(row.day),
			"tier": styles.of(row.program).title(row.tier),
		}
		for row in found[:MOST]
	]
	counts = Counter((row.group_before, row.group_after) for row in found[:MOST] if not row.undone_at)
	return (
		_columns_moved(styles),
		rows,
		note,
		_chart([(before, after, number) for (before, after), number in sorted(counts.items())]),
	)


def _columns_moved(styles: Styles) -> list[dict[str, Any]]:
	return [
		*common.day("day", _("Day"), styles),
		common.link("customer", _("Customer"), "Customer", 160),
		common.text("customer_name", _("Customer Name"), 180),
		common.text("tier", _("Tier"), 100),
		common.text("group_before", _("From"), 130),
		common.text("group_after", _("To"), 130),
		common.text("undone_at", _("Undone at"), 160, fieldtype="Datetime"),
		common.link("undone_by", _("Undone by"), "User", 160),
		common.link("program", _("Club Program"), "Club Program"),
		common.link("move", _("Club Group Move"), "Club Group Move", 120),
	]


def _chart(counts: list[tuple[str, str, int]]) -> dict[str, Any] | None:
	if not counts:
		return None
	return {
		"data": {
			"labels": [_way(before, after) for before, after, _number in counts],
			"datasets": [{"name": _("Customers"), "values": [number for _b, _a, number in counts]}],
		},
		"type": "bar",
		"colors": ["#2490ef"],
	}
