"""Payment Ledger Entry: whatever changes what an invoice owes passes here."""

from __future__ import annotations

from typing import Any

from loyalty_club.engine import payments


def on_submit(doc: Any, method: str | None = None) -> None:
	"""Notes the invoice; it is looked at when the voucher is done."""
	own = doc.voucher_no == doc.against_voucher_no
	payments.touch(doc.against_voucher_type, doc.against_voucher_no, own=own)
