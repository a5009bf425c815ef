"""What a browser may ask about try-outs: starting one, how far it is, what came of it."""

from __future__ import annotations

from typing import Any

import frappe

from loyalty_club import tryout_panels
from loyalty_club.engine import tryout


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
