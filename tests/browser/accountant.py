"""The walk of an accountant, in English and in Persian: a new customer group and its scoring from the group's own form,
a member's statement against the balance on the member's form, balances by group, the liability account in the general
ledger against what was redeemed and given back, the month's end, and a program tried on the past. Leaves screenshots
in docs/images/tour.

Run by hand: `make tour`, or `python tests/browser/accountant.py --sites FOLDER` (a folder made once and kept).
"""

from __future__ import annotations

from desk import Desk, Walk, arguments, settle

ROWS = """() => frappe.query_report.data"""


class Accountant(Walk):
	"""One language's walk."""

	def group(self) -> None:
		"""A new group, and from it to its scoring."""
		page, person = self.page, self.person
		self.desk.open(page, "/app/customer-group/new")
		self.fill("customer_group_name", person["new_group"])
		self.save()
		self.sees(
			self.say("No program in force scores this group: its name on a customer earns nothing by itself.")
		)
		self.press("Set Scoring for This Group")
		if page.locator(".modal.show [data-fieldname=program] select").count():
			self.field("program").select_option(person["program"])
			self.confirm()
		settle(page)
		rows = page.evaluate("cur_frm.doc.tiers.length")
		self.cell("tiers", rows, "threshold", f"{rows + 1}000000000")  # above all others
		self.cell("tiers", rows, "points", "25")
		self.save()
		page.locator(".page-actions button:visible", has_text=self.say("Put in Force")).first.click()
		page.wait_for_timeout(700)
		self.confirm()
		settle(page, 4)
		self.desk.open(page, f"/app/customer-group/{person['new_group']}")
		self.sees(self.say("Their Value"))
		self.desk.open(page, f"/app/customer-group/{person['member_group']}")
		self.sees(self.say("Outstanding Points"))
		self.shot("customer-group")

	def report(self, name: str, **filters: object) -> list[dict[str, object]]:
		"""Opens a report; returns its rows."""
		self.page.evaluate(
			"([name, filters]) => frappe.set_route('query-report', name, filters)", [name, filters]
		)
		self.page.wait_for_function(
			"(name) => frappe.query_report?.report_name === name && frappe.query_report.data",
			arg=name,
			timeout=20_000,
		)
		settle(self.page, 3)
		rows: list[dict[str, object]] = self.page.evaluate(ROWS)
		return rows

	def statement(self) -> None:
		"""Closing balance of the statement = balance on the member's form; then its print."""
		page, person = self.page, self.person
		self.desk.open(page, f"/app/club-member/{person['member']}")
		shown = page.locator(".club-tile .club-figure bdi").first.inner_text()
		self.press("Statement")
		page.wait_for_function(
			"() => frappe.query_report && (frappe.query_report.data || []).length", timeout=20_000
		)
		settle(page, 2)
		rows = page.evaluate(ROWS)
		kinds = {row.get("row_type") for row in rows}
		assert {"opening", "entry", "closing", "lot"} <= kinds, kinds
		closing = next(row for row in rows if row["row_type"] == "closing")
		assert closing["text"]["balance"] == shown, (closing["text"], shown)
		assert closing["balance"] == person["balance"], (closing["balance"], person["balance"])
		summary = page.locator(".report-summary .summary-value:visible").first.inner_text()
		assert summary == shown, (summary, shown)
		self.shot("statement")
		self.press("Print Statement")
		with page.context.expect_page() as opened:
			self.confirm()
		paper = opened.value
		paper.wait_for_load_state()
		paper.wait_for_timeout(1500)
		assert shown in paper.locator("body").inner_text()
		Walk(self.desk, paper, self.lang, person, self.out).shot("statement-print")

	def balances(self) -> None:
		"""Balances by customer group: the member's group holds at least the member's points."""
		rows = self.report("Club Balances", group_by="Customer Group", program=self.person["program"])
		held = {row["holder"]: row["points"] for row in rows if isinstance(row, dict) and row.get("holder")}
		assert held[self.person["member_group"]] >= self.person["balance"], held
		self.shot("balances")

	def books(self) -> None:
		"""The liability account moved by what was redeemed, less what was given back and withheld."""
		person = self.person
		rows = self.report(
			"General Ledger",
			company=person["company"],
			from_date=person["since"],
			to_date=person["until"],
			account=[person["account"]],
			group_by="Group by Voucher (Consolidated)",
		)
		total = sum(
			(row.get("debit") or 0) - (row.get("credit") or 0)
			for row in rows
			if row and row.get("voucher_no")
		)
		assert round(total) == round(person["moved"]), (total, person["moved"])
		self.shot("general-ledger")

	def valuation(self) -> None:
		"""The liability as a draft shows it: what is owed is what the journal leaves on the account."""
		page, person = self.page, self.person
		self.desk.open(page, "/app/club-liability-valuation/new")
		page.evaluate(
			"([company, day]) => cur_frm.set_value({company, to_date: day})",
			[person["company"], person["until"]],
		)
		settle(page)
		self.save()
		self.sees(self.say("Roll-Forward"))
		owed = page.evaluate("cur_frm.doc.accounts.reduce((sum, row) => sum + row.closing, 0)")
		held = page.evaluate("cur_frm.doc.cohorts.reduce((sum, row) => sum + row.closing, 0)")
		assert owed == held > 0, (owed, held)
		self.shot("valuation")

	def try_out(self) -> None:
		"""A program on the past period, beside itself with points worth twice as much."""
		page, person = self.page, self.person
		self.desk.open(page, "/app/club-try-out/new")
		page.evaluate(
			"(fields) => cur_frm.set_value(fields)",
			{
				"title": person["program"],
				"company": person["company"],
				"from_date": person["since"],
				"to_date": person["until"],
				"program": person["program"],
				"other_program": person["program"],
			},
		)
		settle(page)
		page.evaluate(
			"(change) => { cur_frm.add_child('changes', change); cur_frm.refresh_field('changes'); }",
			{"what": "Value of a Point", "value": 2000},
		)
		self.save()
		name = page.evaluate("cur_frm.doc.name")
		self.desk.on_site(
			f"from loyalty_club.engine import tryout; tryout.run({name!r}); frappe.db.commit(); print('null')"
		)
		self.desk.open(page, f"/app/club-try-out/{name}")
		self.sees(self.say("Whom it makes the largest difference to"))
		self.shot("try-out", whole=True)

	def go(self) -> None:
		"""The whole walk."""
		self.group()
		self.statement()
		self.balances()
		self.books()
		self.valuation()
		self.try_out()


def main() -> None:
	"""Walks both languages."""
	given = arguments(__doc__)
	with Desk(given.sites, given.port) as desk:
		people = desk.on_site("import shop; print(json.dumps(shop.open_books()))")
		for lang in given.langs:
			person = people[lang]
			with desk.page(person["user"], person["password"], width=1500) as page:
				Accountant(desk, page, lang, person, given.out).go()


if __name__ == "__main__":
	main()
