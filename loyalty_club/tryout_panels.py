"""What the form of a Club Try Out shows of its result: the sides beside each other, tiers, who moves, whom it concerns
most. Formats; computes nothing but differences to show.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.core.words import Style
from loyalty_club.engine import tryout


def panel(doc: Any) -> dict[str, Any]:
	"""`status`, `progress`; of a result `heads`, `rows`, `tiers`, `moves`, `affected`, `notes`."""
	shown: dict[str, Any] = {
		"status": doc.status,
		"progress": doc.progress or 0,
		"progress_text": policy.style().number(Decimal(int(doc.progress or 0))),
	}
	if doc.status != "Done" or not doc.result:
		return shown
	result = json.loads(doc.result)
	style = policy.style(tryout.sides(doc)[0].rules)
	titles = [_title(side) for side in result["sides"]]
	named = _names([row[0] for row in result["affected"]])
	return {
		**shown,
		"heads": titles,
		"rows": _rows(result, style),
		"tiers": _tiers(result, style),
		"moves": [
			[style.title(before), style.title(after), style.number(Decimal(count))]
			for before, after, count in result["moves"]
		],
		"moves_from": _("now") if result["from_now"] else titles[0],
		"moves_to": titles[-1],
		"affected": [_affected(row, result, named, style) for row in result["affected"]],
		"from_now": result["from_now"],
		"notes": _notes(result, style),
	}


def _title(side: dict[str, Any]) -> str:
	return _("{0}, changed").format(side["program"]) if side["changed"] else str(side["program"])


def _names(customers: list[str]) -> dict[str, str]:
	rows = frappe.get_all(
		"Customer", {"name": ["in", customers or [""]]}, ["name", "customer_name"], as_list=True, limit=0
	)
	return dict(rows)


def _rows(result: dict[str, Any], style: Style) -> list[dict[str, Any]]:
	"""A line for each figure, with a cell for each side."""

	def number(text: Any) -> str:
		return style.number(Decimal(str(text)))

	def money(text: Any) -> str:
		return style.money(style.shown(Decimal(text)))

	def share(text: Any) -> str:
		return policy.percent(number(text)) if text is not None else "—"

	lines = [
		(_("Invoices"), "invoices", number),
		(_("Returns"), "returns", number),
		(_("Customers who would be members"), "members", number),
		(_("Net Sales"), "net_sales", money),
		(_("Points earned"), "points_earned", number),
		(_("Points spent"), "points_redeemed", number),
		(_("Points given back"), "points_restored", number),
		(_("Points expired"), "points_expired", number),
		(_("Points taken back by returns"), "points_reversed", number),
		(_("Points outstanding at the end"), "points_outstanding", number),
		(_("Their value"), "value_outstanding", money),
		(_("Contract liability (IFRS 15)"), "owed", money),
		(_("Cost: spent, and expected to be"), "cost", money),
		(_("Cost, of net sales"), "of_sales", share),
		(_("Cost, of the gross margin"), "of_margin", share),
	]
	rows = [
		{
			"title": title,
			"cells": [say(side[key]) for side in result["sides"]],
			"bold": key in ("cost", "of_sales", "of_margin"),
		}
		for title, key, say in lines
	]
	if any(side["plan"] for side in result["sides"]):
		planned = [
			(_("Brings: margin of extra purchases"), "extra", money),
			(_("Brings: customers kept"), "kept", money),
			(_("Costs: rewards"), "rewards", money),
			(_("Costs: software, set-up, messages"), "other", money),
			(_("What is left"), "left", money),
			(_("Return on investment"), "on_investment", share),
		]
		rows += [
			{
				"title": title,
				"cells": [say(side["plan"][key]) for side in result["sides"]],
				"bold": key in ("left", "on_investment"),
			}
			for title, key, say in planned
		]
	return rows


def _tiers(result: dict[str, Any], style: Style) -> list[dict[str, Any]]:
	return [
		{
			"title": _title(side),
			"rows": [
				{
					"title": style.title(name),
					"cells": [
						style.number(Decimal(members)),
						style.money(style.shown(Decimal(net))),
						style.number(Decimal(earned)),
						style.number(Decimal(outstanding)),
					],
				}
				for name, members, net, earned, outstanding in side["tiers"]
			],
		}
		for side in result["sides"]
	]


def _affected(row: list[str], result: dict[str, Any], named: dict[str, str], style: Style) -> dict[str, Any]:
	name, tier_before, earned_before, worth_before, net_before, tier, earned, worth, net = row
	gain = Decimal(worth) - Decimal(worth_before)
	cells = [
		style.money(style.shown(Decimal(net if Decimal(net) else net_before))),
		style.title(tier_before),
		style.title(tier),
	]
	if not result["from_now"]:
		cells.append(style.number(Decimal(earned_before)))
	return {
		"customer": name,
		"title": named.get(name, name),
		"cells": [*cells, style.number(Decimal(earned)), style.money(style.shown(gain))],
	}


def _notes(result: dict[str, Any], style: Style) -> list[str]:
	notes = [
		_(
			"The invoices are those of the period; the club begins with its first day, and everybody who buys is in it."
		),
		_("What customers would have bought otherwise because of the club, no past invoice tells."),
	]
	if result["margin"]:
		share = (Decimal(result["margin"]) * 100).quantize(Decimal("0.1"))
		notes.append(_("Gross margin reckoned with: {0} %.").format(style.number(share)))
	else:
		notes.append(_("The gross margin is not known: write it above to see the cost as a share of it."))
	plan = result["sides"][0]["plan"]
	if plan and plan["kept"] != "0":
		notes.append(
			_("Reckoned with for a customer kept: {0} of gross margin in the period.").format(
				style.money(style.shown(Decimal(plan["worth"])))
			)
		)
	refused = max(side["redemptions_refused"] for side in result["sides"])
	if refused:
		notes.append(
			_("{0} redemptions of then would not have been possible: the points were not there.").format(
				style.number(Decimal(refused))
			)
		)
	return notes
