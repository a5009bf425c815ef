"""The only reader of settings: DocTypes -> `core.model.Program`, and back.

A program in force is a Club Program Version, whose JSON never changes, so what it says is remembered for as long as the
process lives. `of_form` and `to_form` translate between the Club Program form and the program file's JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.utils import getdate, today

from loyalty_club import persian
from loyalty_club.core import places as places_
from loyalty_club.core import program as programs
from loyalty_club.core import words
from loyalty_club.core.model import Program, Wallet
from loyalty_club.core.places import Place
from loyalty_club.core.program_words import titles

CALENDARS = {"Jalali": "jalali", "Gregorian": "gregorian"}
# What an earn rule lists by name, on the form one a line.
CONDITIONS = (
	"items",
	"item_groups",
	"brands",
	"tiers",
	"branches",
	"payment_modes",
	"weekdays",
	"occasions",
)
# The tender of each wallet, with an account per company.
MODES: dict[Wallet, str] = {
	"Points": "Club Points",
	"Cash Credit": "Club Cash Credit",
	"Gift Credit": "Club Gift Credit",
	"Gift Card": "Club Gift Card",
}
UNITS = {"Toman": "toman", "Rial": "rial", "Currency": ""}


class WalletPolicy(NamedTuple):
	"""The liability account of a wallet in a company, and the mode of payment that is its tender."""

	account: str | None
	mode_of_payment: str


class CompanyPolicy(NamedTuple):
	"""A company of the program and its accounts. `liability_account`, `mode_of_payment`: of points."""

	company: str
	liability_account: str
	round_off_account: str | None
	cost_center: str | None
	mode_of_payment: str | None
	wallets: dict[Wallet, WalletPolicy]
	marketing_account: str | None
	inter_company_account: str | None
	revenue_account: str | None

	def wallet_of(self, mode: str) -> Wallet | None:
		"""The wallet that a mode of payment is the tender of; None for cash and the like."""
		return next((name for name, each in self.wallets.items() if each.mode_of_payment == mode), None)


class InForce(NamedTuple):
	"""A program as it is in force: its rules, the version they stand in, its status and companies."""

	name: str
	version: str
	status: str
	rules: Program
	companies: dict[str, CompanyPolicy]
	move_customer_group: bool
	groups: dict[str, str]  # tier -> customer group
	places: tuple[Place, ...] = ()  # where points are earned and spent; empty: everywhere

	def allowed(self, company: str, branch: str | None, what: places_.What) -> bool:
		"""Whether points may be earned or spent there."""
		return places_.allowed(self.places, company, branch or "", what)


_RULES: dict[tuple[str, str, str], Program] = {}


def settings() -> Any:
	"""Loyalty Club Settings (cached)."""
	return frappe.get_cached_doc("Loyalty Club Settings")


def in_force(program: str) -> InForce | None:
	"""The program's version in force; None while it is a draft. Asks the database nothing that is cached."""
	doc = frappe.get_cached_doc("Club Program", program)
	if not doc.active_version:
		return None
	return InForce(
		doc.name,
		doc.active_version,
		doc.status,
		rules_of(doc.active_version),
		{row.company: company_of(row) for row in doc.companies},
		bool(doc.move_customer_group),
		{row.tier: row.customer_group for row in doc.tiers if row.customer_group},
		places_of(doc),
	)


def company_of(row: Any) -> CompanyPolicy:
	"""A row of the form's companies."""
	points = row.mode_of_payment or MODES["Points"]
	accounts = {
		"Points": row.liability_account,
		"Cash Credit": row.cash_credit_account,
		"Gift Credit": row.gift_credit_account,
		"Gift Card": row.gift_card_account,
	}
	return CompanyPolicy(
		row.company,
		row.liability_account,
		row.round_off_account or None,
		row.cost_center or None,
		row.mode_of_payment or None,
		{
			wallet: WalletPolicy(accounts[wallet] or None, points if wallet == "Points" else mode)
			for wallet, mode in MODES.items()
		},
		row.marketing_account or None,
		row.inter_company_account or None,
		row.revenue_account or None,
	)


def places_of(doc: Any) -> tuple[Place, ...]:
	"""The form's list of places. Like the companies, it counts as soon as it is saved."""
	return tuple(
		Place(row.company, row.branch or "", bool(row.may_earn), bool(row.may_spend))
		for row in doc.get("places") or []
	)


def rules_of(version: str) -> Program:
	"""What a Club Program Version says."""
	doc = frappe.get_cached_doc("Club Program Version", version)
	key = (frappe.local.site, version, doc.digest)
	if key not in _RULES:
		_RULES[key] = programs.loads(doc.rules)
	return _RULES[key]


def default_program() -> str | None:
	"""The program that new members join: the one of the settings, else the only active one."""
	chosen: str | None = settings().program
	if chosen:
		return chosen
	active = frappe.get_all("Club Program", filters={"status": "Active"}, pluck="name", limit=2)
	return active[0] if len(active) == 1 else None


# ---------------------------------------------------------------------------------------------- words


def language() -> str:
	"""The language to speak in: Persian or English."""
	return "fa" if (frappe.local.lang or "en").startswith("fa") else "en"


def listed(names: Iterable[str]) -> str:
	"""Names one after another, with the comma of the user's language: Frappe strips a translated ", " of its space."""
	return ("، " if language() == "fa" else ", ").join(names)


def percent(number: str) -> str:
	"""A number that is written out already, of a hundred: Frappe's texts to be translated have letters."""
	return f"{number}٪" if language() == "fa" else f"{number} %"


def style(rules: Program | None = None, lang: str | None = None) -> words.Style:
	"""How the club speaks to the present user: language, calendar, unit of money."""
	club = settings()
	lang = lang or language()
	calendar = CALENDARS.get(club.calendar, "jalali")
	unit = persian.RIAL
	if rules is not None:
		unit = money_unit(rules)
	elif UNITS.get(club.display_unit):
		unit = persian.UNITS[UNITS[club.display_unit].upper()]
	return words.Style(lang, calendar, unit, titles(rules) if rules else {})


def money_unit(rules: Program) -> persian.MoneyUnit:
	"""The unit the program shows money in."""
	key = (rules.display_unit or rules.currency).upper()
	if key in persian.UNITS:
		return persian.UNITS[key]
	name = frappe.get_cached_value("Currency", rules.currency, "currency_name") or rules.currency
	return persian.currency(rules.currency, name, name, rules.money_decimals)


# ---------------------------------------------------------------------------------------------- form <-> rules


def exact(number: Any) -> Decimal:
	"""A form's number, as it is written."""
	return Decimal(str(number or 0))


def _limit(number: Any) -> Decimal | None:
	"""A cap or limit, where 0 stands for none."""
	return exact(number) if number else None


def _names(text: str | None) -> list[str]:
	"""One name a line (or between commas, also Persian ones)."""
	lines = (text or "").replace("،", "\n").replace(",", "\n").splitlines()
	return [line.strip() for line in lines if line.strip()]


def _choice(rows: Iterable[Any], discounted: Any) -> dict[str, Any]:
	keys = {"Item": "items", "Item Group": "item_groups", "Brand": "brands"}
	body: dict[str, Any] = {}
	for row in rows:
		names = _with_children(row.value) if row.choice == "Item Group" else [row.value]
		body.setdefault(keys[row.choice], []).extend(names)
	if discounted:
		body["discounted"] = True
	return {key: sorted(set(each)) if isinstance(each, list) else each for key, each in body.items()}


def _with_children(group: str) -> list[str]:
	"""An item group and the groups below it: whoever excludes a group means everything in it."""
	bounds = frappe.db.get_value("Item Group", group, ["lft", "rgt"])
	if not bounds:
		return [group]
	return frappe.get_all(
		"Item Group", filters={"lft": [">=", bounds[0]], "rgt": ["<=", bounds[1]]}, pluck="name"
	)


def of_form(doc: Any) -> dict[str, Any]:
	"""The Club Program form as the program file's JSON. What is wrong with it is for `core.program.loads` to say."""
	caps = {key: _limit(doc.get(f"cap_{key}")) for key in ("invoice", "day", "month", "member")}
	body: dict[str, Any] = {
		"format": programs.FORMAT,
		"name": doc.program_name,
		"title_fa": doc.title_fa or "",
		"currency": doc.currency,
		"display_unit": UNITS[doc.display_unit],
		"calendar": CALENDARS[doc.calendar],
		"money_decimals": doc.money_decimals or 0,
		"point_decimals": doc.point_decimals or 0,
		"tiers": [
			{
				"name": row.tier or row.customer_group or "",
				"title_fa": row.title_fa or "",
				"threshold": exact(row.threshold),
				"points": exact(row.points),
				"per": exact(row.per),
			}
			for row in doc.tiers
		],
		"tier_rules": {
			"metric": doc.metric,
			"window": {"kind": doc.window_kind, "months": doc.window_months or 12},
			"visit_minimum": exact(doc.visit_minimum),
			"term_months": doc.term_months,
			"downgrade": doc.downgrade,
			"grace_days": doc.grace_days or 0,
			"review": doc.review or "by_itself",
			"netting_days": doc.netting_days,
		},
		"earning": {
			"method": doc.method,
			"carry_over": bool(doc.carry_over) and doc.method == "full_steps",
			"base": doc.base,
			"exclude": _choice(doc.exclude, doc.exclude_discounted),
			"rules": [_rule(row) for row in doc.rules],
			"stacking": doc.stacking,
			"caps": {key: cap for key, cap in caps.items() if cap is not None},
			"award": doc.award,
			"pending_days": doc.pending_days or 0,
		},
		"spending": {
			"point_value": exact(doc.point_value),
			"minimum": exact(doc.minimum),
			"multiple": exact(doc.multiple),
			"max_share": exact(doc.max_share) / 100,
			"redeem_as": doc.redeem_as or "tender",
			"not_payable": _choice(doc.not_payable, doc.not_payable_discounted),
		},
		"expiry": {"kind": doc.expiry, "count": doc.expiry_count or 1},
		"returns": {
			"accepted_days": doc.accepted_days,
			"lookback_days": doc.lookback_days,
			"restore_days": doc.restore_days,
		},
	}
	if doc.daily_limit:
		body["spending"]["daily_limit"] = exact(doc.daily_limit)
	lrfm: dict[str, Any] = {"months": doc.lrfm_months or 0, "method": doc.lrfm_method or "quintiles"}
	for part in LRFM_PARTS:
		lrfm[f"{part}_weight"] = exact(doc.get(f"{part}_weight"))
		if doc.get(f"{part}_limits"):
			lrfm[f"{part}_limits"] = _numbers(doc.get(f"{part}_limits"))
	return {**body, "lrfm": lrfm}


LRFM_PARTS = ("length", "recency", "frequency", "monetary")


def _numbers(text: str) -> list[Any]:
	"""Numbers that somebody has written one after the other, in any digits; what is none is left for the check of the
	program to name."""
	plain = persian.to_latin_digits(text).replace("٫", ".").replace("،", ",").replace(";", ",")
	return [each.strip() for each in plain.split(",")]


def _rule(row: Any) -> dict[str, Any]:
	body: dict[str, Any] = {"name": row.rule, "title_fa": row.title_fa or ""}
	if row.multiply:
		body["multiply"] = exact(row.multiply)
	if row.add:
		body["add"] = exact(row.add)
		body["add_per"] = row.add_per or "invoice"
	when: dict[str, Any] = {}
	for key in CONDITIONS:
		names = _names(row.get(key))
		if names:
			when[key] = [name.lower() for name in names] if key in ("weekdays", "occasions") else names
	if row.from_hour or row.to_hour:
		when["hours"] = [_hour(row.from_hour, "00:00"), _hour(row.to_hour, "23:59:59")]
	for key in ("from_date", "to_date"):
		if row.get(key):
			when[key] = getdate(row.get(key)).isoformat()
	if row.minimum_amount:
		when["minimum_amount"] = exact(row.minimum_amount)
	if row.first_purchase:
		when["first_purchase"] = True
	if when:
		body["when"] = when
	return body


def _hour(given: Any, otherwise: str) -> str:
	"""A time of day as the program file writes it. (The form has texts: Frappe fills empty Time fields with now.)"""
	parts = persian.normalise(str(given or "")).strip().split(":")
	if parts == [""]:
		return otherwise
	return ":".join(part.zfill(2) for part in (parts if len(parts) > 1 else [*parts, "00"]))


def as_text(body: dict[str, Any]) -> str:
	"""The program file's text, exact numbers as texts."""
	return json.dumps(body, ensure_ascii=False, indent="\t", default=str)


def rules_of_form(doc: Any) -> Program:
	"""The form's rules, checked. Raises `core.program.ProgramError`."""
	return programs.loads(as_text(of_form(doc)))


def to_form(doc: Any, rules: Program) -> None:
	"""Fills the Club Program form from rules (import). Accounts and customer groups stay as they are."""
	known = {row.tier: row.customer_group for row in doc.get("tiers") or []}
	earning, spending, tier_rules = rules.earning, rules.spending, rules.tier_rules
	units = {each: name for name, each in UNITS.items()}
	doc.update(
		{
			"title_fa": rules.title_fa,
			"currency": rules.currency,
			"calendar": rules.calendar.title(),
			"display_unit": units.get(rules.display_unit, "Currency"),
			"money_decimals": rules.money_decimals,
			"point_decimals": rules.point_decimals,
			"metric": tier_rules.metric,
			"visit_minimum": tier_rules.visit_minimum,
			"window_kind": tier_rules.window.kind,
			"window_months": tier_rules.window.months,
			"term_months": tier_rules.term_months,
			"downgrade": tier_rules.downgrade,
			"grace_days": tier_rules.grace_days,
			"review": tier_rules.review,
			"lrfm_months": rules.lrfm.months,
			"lrfm_method": rules.lrfm.method,
			**{f"{part}_weight": getattr(rules.lrfm, f"{part}_weight") for part in LRFM_PARTS},
			**{
				f"{part}_limits": ", ".join(str(each) for each in getattr(rules.lrfm, f"{part}_limits") or ())
				for part in LRFM_PARTS
			},
			"netting_days": tier_rules.netting_days,
			"method": earning.method,
			"carry_over": earning.carry_over,
			"base": earning.base,
			"stacking": earning.stacking,
			"award": earning.award,
			"pending_days": earning.pending_days,
			"cap_invoice": earning.caps.invoice or 0,
			"cap_day": earning.caps.day or 0,
			"cap_month": earning.caps.month or 0,
			"cap_member": earning.caps.member or 0,
			"exclude_discounted": earning.exclude.discounted,
			"point_value": spending.point_value,
			"minimum": spending.minimum,
			"multiple": spending.multiple,
			"max_share": spending.max_share * 100,
			"redeem_as": spending.redeem_as,
			"daily_limit": spending.daily_limit or 0,
			"not_payable_discounted": spending.not_payable.discounted,
			"expiry": rules.expiry.kind,
			"expiry_count": rules.expiry.count,
			"accepted_days": rules.returns.accepted_days,
			"lookback_days": rules.returns.lookback_days,
			"restore_days": rules.returns.restore_days,
			"tiers": [
				{
					"tier": tier.name,
					"customer_group": known.get(tier.name) or _group_named(tier.name, tier.title_fa),
					"title_fa": tier.title_fa,
					"threshold": tier.threshold,
					"points": tier.points,
					"per": tier.per,
				}
				for tier in rules.tiers
			],
			"exclude": _rows(earning.exclude),
			"not_payable": _rows(spending.not_payable),
			"rules": [_rule_row(rule) for rule in earning.rules],
		}
	)


def _group_named(*names: str) -> str | None:
	for name in names:
		if name and frappe.db.exists("Customer Group", name):
			return name
	return None


def _rows(items: Any) -> list[dict[str, str]]:
	return [
		{"choice": choice, "value": value}
		for choice, names in (
			("Item", items.items),
			("Item Group", items.item_groups),
			("Brand", items.brands),
		)
		for value in sorted(names)
	]


def _rule_row(rule: Any) -> dict[str, Any]:
	when = rule.when
	row: dict[str, Any] = {
		"rule": rule.name,
		"title_fa": rule.title_fa,
		"multiply": rule.multiply or 0,
		"add": rule.add or 0,
		"add_per": rule.add_per,
		"from_date": when.from_date,
		"to_date": when.to_date,
		"minimum_amount": when.minimum_amount,
		"first_purchase": when.first_purchase,
	}
	for key in CONDITIONS:
		row[key] = "\n".join(sorted(getattr(when, key)))
	if when.hours:
		row["from_hour"], row["to_hour"] = (
			each.isoformat("auto" if each.second else "minutes") for each in when.hours
		)
	return row


def in_points(rules: Program, quantity: Decimal, wallet: str) -> Decimal:
	"""A quantity of a wallet as limits in points count it: money as the points it is worth (Rial, where they are worth
	nothing)."""
	return quantity if wallet == "Points" else quantity / (rules.spending.point_value or Decimal(1))


# ---------------------------------------------------------------------------------------------- versions


def publish(doc: Any) -> str:
	"""Puts the form's rules in force: the version that says the same if it is the present one, else a new one."""
	text = as_text(of_form(doc))
	rules = programs.loads(text)
	digest = hashlib.sha256(text.encode()).hexdigest()
	last = frappe.get_all(
		"Club Program Version",
		filters={"program": doc.name},
		fields=["name", "version"],
		order_by="version desc",
		limit=1,
	)
	if last and rules_of(last[0].name) == rules:
		name: str = last[0].name
		return name
	version = frappe.get_doc(
		{
			"doctype": "Club Program Version",
			"program": doc.name,
			"version": (last[0].version if last else 0) + 1,
			"effective_from": today(),
			"digest": digest,
			"rules": text,
		}
	)
	version.flags.by_policy = True
	version.insert(ignore_permissions=True)
	made: str = version.name
	return made


def club_today() -> date:
	"""Today in the site's time zone."""
	return getdate(today())
