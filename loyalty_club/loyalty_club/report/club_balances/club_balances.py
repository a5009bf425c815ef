"""Club Balances: what members and gift cards hold now (points, pending ones, deficit, value, next expiry; the money of
wallets), singly or in groups."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import figures
from loyalty_club.core.model import Wallet
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	by = filters.group_by if filters.group_by in figures.GROUPINGS else "Member"
	wallet = None if by == "Wallet" else common.wallet(filters)
	styles = Styles(filters)
	rows = []
	for held in figures.holdings(
		by,
		program=filters.program,
		company=filters.company,
		branch=filters.branch,
		tier=filters.tier,
		customer_group=filters.customer_group,
		wallet=wallet,
	):
		style = styles.of(held.program)
		in_points = held.wallet == figures.POINTS
		titled = {"Tier": style.title, "Wallet": _}.get(by, str)
		rows.append(
			{
				"holder": titled(held.key),
				"holder_doctype": "Gift Card" if held.gift_card else "Club Member",
				"customer_name": held.title,
				"tier": "" if held.gift_card else style.title(held.tier),
				"program": held.program,
				"wallet": _(held.wallet),
				"members": held.members,
				"points": float(held.points) if in_points else None,
				"pending": float(held.pending) if in_points else None,
				"deficit": float(held.deficit) if in_points else None,
				"value": float(held.value),
				"granted": None if in_points else float(held.granted),
				"owed": None if in_points else float(held.deficit),
				"currency": held.currency,
				"next_expiry": held.next_expiry,
				"next_expiry_jalali": styles.day(held.next_expiry),
			}
		)
	return _columns(by, styles, common.decimals_of(filters.program), wallet), rows


def _columns(by: str, styles: Styles, decimals: int, wallet: Wallet | None) -> list[dict[str, Any]]:
	return [
		*_holders(by, wallet),
		*_numbers(decimals, wallet),
		*common.day("next_expiry", _("Next Expiry"), styles, 115),
		common.hidden_currency(),
	]


def _holders(by: str, wallet: Wallet | None) -> list[dict[str, Any]]:
	title = _("Wallet", context="Loyalty Club")
	each = [common.text("wallet", title, 110)] if wallet is None and by != "Wallet" else []
	if by == "Member":
		return [
			common.text("holder_doctype", _("Document Type"), 100, hidden=1),
			_member_or_card(wallet),
			common.text(
				"customer_name", _("Customer Name") if wallet != "Gift Card" else _("Gift Card Number"), 180
			),
			*each,
			common.text("tier", _("Tier"), 100),
			common.link("program", _("Club Program"), "Club Program"),
		]
	holder = {
		"Tier": common.text("holder", _("Tier"), 180),
		"Customer Group": common.link("holder", _("Customer Group"), "Customer Group", 180),
		"Company": common.link("holder", _("Company"), "Company", 180),
		"Wallet": common.text("holder", title, 180),
	}[by]
	count = {
		figures.POINTS: _("Members with Points"),
		"Gift Card": _("Gift Cards"),
		None: _("Holders", context="Loyalty Club"),
	}.get(wallet, _("Members with Credit"))
	return [holder, *each, common.number("members", count, 140)]


def _member_or_card(wallet: Wallet | None) -> dict[str, Any]:
	if wallet == "Gift Card":
		return common.link("holder", _("Gift Card"), "Gift Card")
	if wallet is not None:
		return common.link("holder", _("Club Member"), "Club Member")
	label = _("Holder", context="Loyalty Club")
	return common.text("holder", label, 140, fieldtype="Dynamic Link", options="holder_doctype")


def _numbers(decimals: int, wallet: Wallet | None) -> list[dict[str, Any]]:
	in_points = [
		common.points("points", _("Points"), decimals, 120),
		common.points("pending", _("Of These Pending"), decimals, 155),
		common.points("deficit", _("Deficit"), decimals, 100),
	]
	granted = common.money("granted", _("Of This Granted"))
	owed = common.money("owed", _("Deficit in Money"), 150)
	if wallet == figures.POINTS:
		return [*in_points, common.money("value", _("Value", context="Loyalty Club"))]
	if wallet is None:
		return [*in_points, common.money("value", _("Value", context="Loyalty Club")), granted, owed]
	return [common.money("value", _("Amount")), granted, owed]
