"""Club Staff Watch: what is unusual in what each cashier gave to whom. Each row is something to ask about, no proof."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from loyalty_club import policy, watch
from loyalty_club.core.words import Style
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.watch import AMENDED, ATTACHED, CYCLE, NOTHING, SHARE, Asked, Sign


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	signs = watch.signs(_asked(filters), [filters.sign] if filters.sign else watch.SIGNS)
	people = _titles("Club Member", "customer_name", {sign.member for sign in signs}, "program")
	users = _titles("User", "full_name", {sign.user for sign in signs})
	titles, rows = _signs(), []
	for sign in signs:
		who = people.get(sign.member) or frappe._dict()
		rows.append(
			{
				"sign": sign.sign,
				"sign_said": titles[sign.sign],
				"cashier": sign.user,
				"cashier_name": (users.get(sign.user) or {}).get("title") or sign.user,
				"member": sign.member,
				"customer_name": who.title,
				"times": sign.times,
				"share": float(Decimal(sign.times) / sign.of * 100) if sign.of else None,
				"points": float(sign.points) if sign.sign != NOTHING else None,
				"day": sign.day,
				"day_jalali": styles.day(sign.day),
				"source_doctype": sign.doctype,
				"source_name": sign.document,
				"what": _said(sign, styles.of(who.program)),
			}
		)
	return _columns(styles), rows


def _asked(filters: Any) -> Asked:
	until = getdate(filters.to_date or policy.club_today())
	given = {
		"share": Decimal(str(filters.share)) / 100 if filters.share else None,
		"least": int(filters.least or 0) or None,
		"within": int(filters.within or 0) if filters.within not in (None, "") else None,
		"cycles": int(filters.cycles or 0) or None,
	}
	return Asked(
		getdate(filters.from_date or add_months(until, -1)),
		until,
		filters.company or None,
		filters.branch or None,
		filters.cashier or None,
		filters.member or None,
		**{key: value for key, value in given.items() if value is not None},
	)


def _signs() -> dict[str, str]:
	return {
		SHARE: _("Unusual share"),
		CYCLE: _("Sold and taken back"),
		AMENDED: _("Amended to another member"),
		NOTHING: _("Earned nothing"),
		ATTACHED: _("Attached later"),
	}


def _said(sign: Sign, style: Style) -> str:
	"""What happened, as a sentence."""

	def number(given: int) -> str:
		return style.number(Decimal(given))

	facts = sign.facts
	if sign.sign == SHARE:
		return _("{0} of the {1} awards of this cashier went to this member.").format(
			number(sign.times), number(sign.of)
		)
	if sign.sign == CYCLE:
		if not facts["within"]:
			return _("Taken back on the same day {0} times; the last by {1}.").format(
				number(sign.times), facts["back"]
			)
		return _("Taken back within {0} days {1} times; the last by {2}.").format(
			number(facts["within"]), number(sign.times), facts["back"]
		)
	if sign.sign == AMENDED:
		if not facts["was"]:
			return _("{0}, which it amends, had no member.").format(facts["original"])
		return _("The points of {0}, which it amends, were of member {1}.").format(
			facts["original"], facts["was"]
		)
	if sign.sign == NOTHING:
		if facts["remark"] == "own_document":
			return _("Made by the member: staff earn nothing on their own documents.")
		return _("The member had the most awards of a day already.")
	if facts["request"]:
		return _("Attached by {0}, which {1} asked for.").format(
			facts["request"].name, frappe.utils.get_fullname(facts["request"].requested_by)
		)
	return _("Attached by the code on its receipt.")


def _titles(doctype: str, title: str, names: Iterable[str], *more: str) -> dict[str, Any]:
	found = frappe.get_all(
		doctype, filters={"name": ["in", sorted(names) or [""]]}, fields=["name", title, *more]
	)
	return {row.name: frappe._dict(row, title=row[title]) for row in found}


def _columns(styles: Styles) -> list[dict[str, Any]]:
	return [
		common.text("sign", _("Sign"), 80, hidden=1),
		common.text("sign_said", _("What Is Unusual"), 200),
		common.text("cashier", _("Cashier"), 80, hidden=1),
		common.text("cashier_name", _("Cashier"), 160),
		common.link("member", _("Club Member"), "Club Member", 130),
		common.text("customer_name", _("Customer Name"), 160),
		common.number("times", _("Times", context="Loyalty Club"), 80),
		common.text("share", _("Share of the Awards"), 150, fieldtype="Percent", precision="0"),
		common.points("points", _("Points"), common.decimals_of(None)),
		*common.day("day", _("Last On"), styles),
		*common.document(_("Document")),
		common.text("what", _("What Happened"), 480),
	]
