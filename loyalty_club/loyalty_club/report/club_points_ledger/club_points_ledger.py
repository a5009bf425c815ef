"""Club Points Ledger: every movement of points, or of money in wallets, with its document, place, tier and reason."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate
from frappe.utils.jinja_globals import is_rtl

from loyalty_club import figures
from loyalty_club.core.model import Wallet
from loyalty_club.engine import gift_cards
from loyalty_club.loyalty_club.report import common
from loyalty_club.loyalty_club.report.common import Styles


def execute(filters: dict[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows."""
	filters = frappe._dict(filters or {})
	styles = Styles(filters)
	wallet = common.wallet(filters)
	rows = []
	for moved in figures.movements(
		member=filters.member,
		gift_card=filters.gift_card,
		program=filters.program,
		company=filters.company,
		branch=filters.branch,
		kind=filters.kind,
		tier=filters.tier,
		since=getdate(filters.from_date) if filters.from_date else None,
		until=getdate(filters.to_date) if filters.to_date else None,
		wallet=wallet,
	):
		into, out = common.split(moved.quantity)
		in_points = moved.wallet == figures.POINTS
		rows.append(
			{
				**moved,
				"posting_date_jalali": styles.day(moved.posting_date),
				"wallet": _(moved.wallet),
				"customer_name": moved.customer_name or gift_cards.mask(moved.last_four),
				"kind": common.kind(moved),
				"origin": "" if in_points else common.origin(moved.granted),
				"tier": styles.of(moved.program).title(moved.tier or ""),
				"points_in": into if in_points else None,
				"points_out": out if in_points else None,
				"amount_in": None if in_points else into,
				"amount_out": None if in_points else out,
				"value": float(moved.money),
				"currency": common.currency_of(moved.program),
				"expires_on_jalali": styles.day(moved.expires_on),
				"why": styles.why(moved),
				"reason": None,
				"quantity": None,
				"money": None,
			}
		)
	return _columns(styles, common.decimals_of(filters.program), wallet), rows


def _columns(styles: Styles, decimals: int, wallet: Wallet | None) -> list[dict[str, Any]]:
	in_points = [
		common.points("points_in", _("Points In"), decimals),
		common.points("points_out", _("Points Out"), decimals),
	]
	value = common.money("value", _("Value", context="Loyalty Club"))
	origin = common.text("origin", _("Origin", context="Loyalty Club"), 90)
	member = common.link("member", _("Club Member"), "Club Member")
	card = common.link("gift_card", _("Gift Card"), "Gift Card", 110)
	card["align"] = "right" if is_rtl() else "left"  # Frappe takes an empty cell for a number
	if wallet == figures.POINTS:
		who, numbers = [member], [*in_points, value]
	elif wallet is None:
		who = [common.text("wallet", _("Wallet", context="Loyalty Club"), 100), member, card]
		numbers = [*in_points, value, origin]
	else:
		who = [card if wallet == "Gift Card" else member]
		amounts = common.money("amount_in", _("Amount In")), common.money("amount_out", _("Amount Out"))
		numbers = [*amounts, origin]
	return [
		*common.day("posting_date", _("Date"), styles),
		*who,
		common.text(
			"customer_name", _("Customer Name") if wallet != "Gift Card" else _("Gift Card Number"), 160
		),
		common.text("kind", _("Movement", context="Loyalty Club"), 120),
		*numbers,
		*common.document(_("Document")),
		common.text("tier", _("Tier Then"), 100),
		common.text("why", _("Why"), 420),
		*common.day("expires_on", _("Expires On", context="Loyalty Club"), styles),
		common.link("company", _("Company"), "Company"),
		common.link("branch", _("Branch", context="Loyalty Club"), "Branch", 110),
		common.link("program", _("Club Program"), "Club Program"),
		common.hidden_currency(),
	]
