"""POS Invoice: the till's document goes the way of a Sales Invoice; it posts points when it is submitted, and its books
follow when the till is closed."""

from __future__ import annotations

from loyalty_club.erpnext_hooks.sales_invoice import (
	before_cancel,
	before_validate,
	on_cancel,
	on_submit,
	validate,
)

__all__ = ["before_cancel", "before_validate", "on_cancel", "on_submit", "validate"]
