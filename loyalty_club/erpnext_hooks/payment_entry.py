"""Payment Entry: invoices are paid, cheques clear or bounce."""

from __future__ import annotations

from typing import Any

from loyalty_club.engine import payments


def on_submit(doc: Any, method: str | None = None) -> None:
	"""A payment was made."""
	payments.settle_touched()


def on_cancel(doc: Any, method: str | None = None) -> None:
	"""A payment was taken back."""
	payments.settle_touched()


def on_change(doc: Any, method: str | None = None) -> None:
	"""A clearance date may have been set or taken away."""
	if doc.docstatus == 1:
		payments.cheque_changed(doc)
