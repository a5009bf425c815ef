"""What a document moved at face was put together from its entries whenever the books were held against the ledger."""

from __future__ import annotations

import frappe


def execute() -> None:
	"""Keeps it as the ledger does since: the same sums of the entries that are there."""
	frappe.db.sql("delete from `tabClub Document Total`")
	frappe.db.sql(
		"""
		insert into `tabClub Document Total` (name, creation, modified, owner, modified_by, docstatus, idx,
			source_doctype, source_name, posting_date, kind, wallet, program_version, company, branch,
			home, home_branch, quantity, amount)
		select left(sha2(concat_ws('|', entry.source_doctype, entry.source_name, entry.posting_date, entry.kind,
				entry.wallet, coalesce(entry.program_version, ''), coalesce(entry.company, ''),
				coalesce(entry.branch, ''), coalesce(lot.company, ''), coalesce(lot.branch, '')), 256), 20),
			min(entry.creation), now(), 'Administrator', 'Administrator', 0, 0,
			entry.source_doctype, entry.source_name, entry.posting_date, entry.kind, entry.wallet,
			entry.program_version, entry.company, entry.branch, lot.company, lot.branch,
			sum(entry.quantity), sum(entry.quantity * entry.value)
		from `tabClub Ledger Entry` entry
		join `tabClub Lot` lot on lot.name = entry.lot
		where entry.source_name > '' and entry.kind in ('redeem', 'restore', 'adjust', 'issue')
			and (entry.wallet != 'Points' or entry.source_doctype in ('Sales Invoice', 'POS Invoice'))
		group by entry.source_doctype, entry.source_name, entry.posting_date, entry.kind, entry.wallet,
			entry.program_version, entry.company, entry.branch, lot.company, lot.branch
		"""
	)
