"""Club Segment Members: who is in a segment now, to be looked at or exported."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club.engine import segments
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles
from loyalty_club.policy import LRFM_PARTS

FIRST = 1000  # rows that are shown unless all are asked for


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, and what they are."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	if not filters.segment:
		return _columns(styles, None), []
	doc = frappe.get_doc(segments.SEGMENT, filters.segment)
	doc.check_permission("read")
	style = styles.of(doc.program)
	titles = {field: dict(pairs) for field, pairs in segments.titles(doc.program, style).items()}
	whole = may_see_mobiles()
	every = filters.rows == "All"
	found = segments.rows(doc, 0 if every else FIRST + 1)
	rows = [
		{
			**row,
			"member": row.name,
			"mobile": row.mobile if whole else masked(row.mobile or ""),
			"tier": style.title(row.tier or ""),
			"channel": titles["channels"].get(row.channel, row.channel),
			"segment": titles["lrfm_segments"].get(row.segment, row.segment),
			"average_class": titles["average_classes"].get(row.average_class, row.average_class),
			"last_visit_jalali": styles.day(row.last_visit),
			"joined_on_jalali": styles.day(row.joined_on),
			"currency": common.currency_of(doc.program),
		}
		for row in (found if every else found[:FIRST])
	]
	note = f"<p>{frappe.utils.escape_html(segments.in_words(doc, style))}</p>"
	if len(found) > len(rows):
		note += f"<p>{_('The first {0} are shown. Choose all of them to export them.').format(FIRST)}</p>"
	return _columns(styles, doc.program), rows, note


def may_see_mobiles() -> bool:
	"""Whether the present user may read the field on the member's form."""
	meta = frappe.get_meta("Club Member")
	field = meta.get_field("mobile")
	return field.permlevel in meta.get_permlevel_access("read")


def masked(mobile: str) -> str:
	"""A mobile of which the last four digits are left."""
	return f"{'•' * max(len(mobile) - 4, 0)}{mobile[-4:]}"


def _columns(styles: Styles, program: str | None) -> list[dict[str, Any]]:
	labels = {
		"length": _("Length Score"),
		"recency": _("Recency Score"),
		"frequency": _("Frequency Score"),
		"monetary": _("Monetary Score"),
	}
	return [
		common.link("member", _("Club Member"), "Club Member", 130),
		common.link("customer", _("Customer"), "Customer"),
		common.text("customer_name", _("Customer Name"), 170),
		common.text("mobile", _("Mobile", context="Club Member"), 150),
		common.text("tier", _("Tier"), 90),
		common.link("branch", _("Branch", context="Loyalty Club"), "Branch", 110),
		*common.day("last_visit", _("Last Purchase"), styles),
		common.number("visits", _("Days with a Purchase"), 110),
		common.text("mean_gap", _("Days Between Purchases"), 130, fieldtype="Float", precision="1"),
		common.money("net", _("Net Purchases")),
		common.points("balance", _("Points"), common.decimals_of(program)),
		common.text("segment", _("LRFM Segment"), 130),
		common.text("score", _("Score"), 80, fieldtype="Float", precision="2"),
		*(common.number(f"{part}_score", labels[part], 100) for part in LRFM_PARTS),
		common.text("average_class", _("Class against the Average"), 140),
		common.text("favourite_item_group", _("Favourite Item Group"), 140),
		common.text("favourite_branch", _("Favourite Branch"), 120),
		*common.day("joined_on", _("Joined On"), styles),
		common.text("channel", _("Joined Through"), 120),
		common.hidden_currency(),
	]
