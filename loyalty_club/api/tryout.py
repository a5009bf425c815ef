"""What a browser may ask about try-outs: starting one, how far it is, what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt

from loyalty_club import tryout_panels
from loyalty_club.core.proposals import Answers
from loyalty_club.engine import tryout
from loyalty_club.policy import exact


def _doc(name: str, ptype: str) -> Any:
	doc = frappe.get_doc(tryout.TRYOUT, name)
	doc.check_permission(ptype)
	return doc


@frappe.whitelist(methods=["POST"])
def start(name: str) -> None:
	"""Has a worker run a saved try-out."""
	tryout.start(_doc(name, "write"))


@frappe.whitelist()
def panel(name: str) -> dict[str, Any]:
	"""How far it is (`status`, `progress` of a hundred), and its result in words and digits once it is done."""
	return tryout_panels.panel(_doc(name, "read"))


@frappe.whitelist()
def shop(company: str) -> dict[str, Any]:
	"""What the last twelve months say of a company, as answers to begin with."""
	_may_propose(company)
	return tryout.shop(company)


@frappe.whitelist(methods=["POST"])
def propose(
	company: str,
	goal: str,
	reward: str,
	measure: str,
	margin: float | str,
	give: float | str,
	purchase: float | str,
	visits: float | str,
) -> list[str]:
	"""Makes three drafts of programs from seven answers; their names. margin, give: of a hundred."""
	_may_propose(company)
	hundredth = Decimal("0.01")
	answers = Answers(
		goal,  # type: ignore[arg-type]
		reward,  # type: ignore[arg-type]
		measure,  # type: ignore[arg-type]
		exact(flt(margin)) * hundredth,
		exact(flt(give)) * hundredth,
		exact(flt(purchase)),
		exact(flt(visits)),
	)
	return tryout.propose(company, answers)


def _may_propose(company: str) -> None:
	frappe.has_permission(tryout.TRYOUT, "create", throw=True)
	frappe.has_permission("Club Program", "create", throw=True)
	frappe.has_permission("Company", "read", company, throw=True)
