"""Journal Entry: the club's own journals live and die with their invoice."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from loyalty_club import accounting
from loyalty_club.engine import payments, settlement


def before_cancel(doc: Any, method: str | None = None) -> None:
	"""Refuses to cancel a journal of the club alone."""
	if doc.flags.loyalty_club or not doc.get("is_system_generated"):
		return
	_refuse_settlement(doc)
	invoice = accounting.owner_of(doc.name)
	if invoice:
		frappe.throw(
			_("Journal Entry {0} belongs to {1}. Cancel {1}; the journal goes with it.").format(
				doc.name, invoice
			)
		)


def _refuse_settlement(doc: Any) -> None:
	document = settlement.owner_of(doc.name)
	if document:
		frappe.throw(
			_(
				"Journal Entry {0} settles between companies what {1} spent. It goes when {1} is cancelled."
			).format(doc.name, document)
		)


def on_submit(doc: Any, method: str | None = None) -> None:
	"""A payment may have been made."""
	payments.settle_touched()


def on_cancel(doc: Any, method: str | None = None) -> None:
	"""A payment may have been taken back."""
	payments.settle_touched()
