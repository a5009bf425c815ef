"""Where a document stands, and whether points may be earned and spent there. Says it in words; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _

from loyalty_club import policy
from loyalty_club.core import places
from loyalty_club.core.earning import place_earns_nothing
from loyalty_club.core.model import Reason
from loyalty_club.engine import invoice
from loyalty_club.policy import InForce


def name(company: str, branch: str | None) -> str:
	"""A place as it is called."""
	return _("{0} ({1})", context="branch and company").format(branch, company) if branch else company


def _list(rows: Iterable[places.Place]) -> str:
	return policy.listed(name(row.company, row.branch) for row in rows)


def in_words(doc: Any) -> list[str]:
	"""What the Club Program form says of places."""
	rows = policy.places_of(doc)
	if not rows:
		return []
	said = []
	for what, here, not_here in (
		("earn", _("Points are earned in {0}."), _("No points are earned in {0}.")),
		("spend", _("Points and credit are spent in {0}."), _("Nothing is spent in {0}.")),
	):
		yes = places.where(rows, what)
		no = [row for row in rows if row not in yes]
		said += [words.format(_list(some)) for some, words in ((yes, here), (no, not_here)) if some]
	return said


def barred(doc: Any, program: InForce) -> Reason | None:
	"""Why a sale earns nothing where it is made; None if it may."""
	branch = invoice.branch(doc) if program.places else None
	if program.allowed(doc.company, branch, "earn"):
		return None
	return place_earns_nothing(name(doc.company, branch))


def no_spending(doc: Any, program: InForce) -> str:
	"""Why nothing can be spent where the document is made, and where it can; "" if it can."""
	branch = invoice.branch(doc) if program.places else None
	if program.allowed(doc.company, branch, "spend"):
		return ""
	here, elsewhere = name(doc.company, branch), _list(places.where(program.places, "spend"))
	if not elsewhere:
		return _("Points and credit cannot be spent in {0}, nor anywhere else, by the program {1}.").format(
			here, program.name
		)
	if not branch and any(row.company == doc.company for row in places.where(program.places, "spend")):
		return _(
			"Points and credit can be spent in {0} only, and this document names no branch. Set its branch."
		).format(elsewhere)
	return _("Points and credit cannot be spent in {0}. They can be spent in {1}.").format(here, elsewhere)


def check_spending(doc: Any, program: InForce) -> None:
	"""Refuses to spend where the program does not allow it."""
	refused = no_spending(doc, program)
	if refused:
		frappe.throw(refused, title=_("Not here"))
