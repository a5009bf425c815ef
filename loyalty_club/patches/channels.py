"""Members who joined before it was kept which way they came."""

from __future__ import annotations

import frappe

from loyalty_club.setup import demo

AT_ONCE = "between m.creation and m.creation + interval 2 second"


def execute() -> None:
	"""Writes the way in where something tells it: the demo's members, and those whose first sale or imported balance
	was posted within two seconds after they were made. All others keep none."""
	frappe.db.sql(
		"update `tabClub Member` set channel = 'Demo' where ifnull(channel, '') = '' and program = %s",
		(demo.PROGRAM,),
	)
	frappe.db.sql(
		f"""update `tabClub Member` m set m.channel = 'Import' where ifnull(m.channel, '') = '' and exists (
			select 1 from `tabClub Adjustment` a where a.member = m.name and a.creation {AT_ONCE}
			and a.import_key != '' and a.import_key not like 'gift|%%')"""
	)
	frappe.db.sql(
		f"""update `tabClub Member` m set m.channel = 'First Purchase' where ifnull(m.channel, '') = '' and exists (
			select 1 from `tabClub Posting` p where p.account = m.account and p.kind = 'sale'
			and p.creation {AT_ONCE})"""
	)
