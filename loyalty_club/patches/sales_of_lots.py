"""What the sales amount to that points came with was read from the invoices, and whether what was received came with a
sale from the sender's lot, for each valuation anew."""

from __future__ import annotations

import frappe


def execute() -> None:
	"""Keeps both on the lots, as the ledger does since: amounts as `engine.invoice.amounts` counts them."""
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
	frappe.db.sql(
		"""
		update `tabClub Lot` lot
		join `tabClub Lot` root on root.name = lot.root
		set lot.sold = case when lot.wallet != 'Points' then 1 - root.granted
			when root.source_doctype in ('Sales Invoice', 'POS Invoice') then 1 else 0 end
		"""
	)
