"""What the sales amount to that points came with was read from the invoices, for each valuation anew."""

from __future__ import annotations

import frappe


def execute() -> None:
	"""Keeps it on the lots that the sales opened, as `engine.invoice.amounts` counts it."""
	for doctype in ("Sales Invoice", "POS Invoice"):
		frappe.db.sql(
			f"""
			update `tabClub Lot` lot
			join `tab{doctype}` sale on sale.name = lot.source_name
			left join (
				select parent, sum(base_net_amount) as amount from `tab{doctype} Item`
				where club_gift_card > '' group by parent
			) kept on kept.parent = sale.name
			set lot.sale_net = sale.base_net_total - coalesce(kept.amount, 0),
				lot.sale_total = sale.base_grand_total - coalesce(kept.amount, 0)
			where lot.source_doctype = %s and lot.root = lot.name
			""",
			[doctype],
		)
