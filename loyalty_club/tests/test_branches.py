"""Where points are earned and spent: companies and branches, on invoices and at tills."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk import query_report
from frappe.utils import getdate

from loyalty_club import panels, printing, reconcile
from loyalty_club.engine import draft
from loyalty_club.engine import invoice as invoices
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	balance,
	bring_back,
	card,
	deficit,
	entries,
	give,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.companies import (
	ROW,
	SECOND,
	SECOND_ROW,
	branches,
	dimension,
	invoice,
	open_till,
	receipt,
	second,
	till,
	till_makes,
)

NORTH, OUTLET = "Club North", "Club Outlet"


def place(company: str = COMPANY, branch: str | None = None, earn: int = 1, spend: int = 1) -> dict[str, Any]:
	"""A row of the program's places."""
	return {"company": company, "branch": branch, "may_earn": earn, "may_spend": spend}


class PlacesCase(ClubCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		second()
		branches(NORTH, OUTLET)

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 1000)

	def allow(self, *rows: dict[str, Any]) -> None:
		"""The program's places are these."""
		self.program.reload()
		self.program.set("places", list(rows))
		self.program.save()

	def moved(self, doc: Any) -> list[Any]:
		"""Kind, points and place of what a document did."""
		return [
			(row.kind, row.quantity, row.company, row.branch)
			for row in frappe.get_all(
				"Club Ledger Entry",
				filters={"source_name": doc.name, "source_doctype": doc.doctype},
				fields=["kind", "quantity", "company", "branch"],
				order_by="seq",
			)
		]


class Branches(PlacesCase):
	"""Branch is an accounting dimension."""

	@classmethod
	def setUpClass(cls) -> None:
		dimension(True)
		super().setUpClass()

	@classmethod
	def tearDownClass(cls) -> None:
		super().tearDownClass()
		frappe.db.rollback()
		dimension(False)

	def test_a_branch_that_gives_no_points_says_so_and_its_returns_take_none(self) -> None:
		self.allow(place(), place(branch=OUTLET, earn=0))
		before = balance(self.mina)
		sold = invoice(self.mina.customer, line("TEA", 10 * M), branch=OUTLET)
		self.assertEqual((sold.club_status, self.moved(sold)), ("Posted", []))
		self.assertEqual(self.said(sold), f"No points: purchases in {OUTLET} ({COMPANY}) earn none.")
		back = bring_back(sold)
		self.assertEqual((balance(self.mina), deficit(self.mina), self.moved(back)), (before, 0, []))
		elsewhere = invoice(self.mina.customer, line("TEA", 10 * M), branch=NORTH)
		self.assertEqual(self.moved(elsewhere), [("award", 100, COMPANY, NORTH)])
		nowhere = invoice(self.mina.customer, line("TEA", M))
		self.assertEqual(self.moved(nowhere), [("award", 10, COMPANY, None)])

	def test_the_books_agree_with_the_ledger_branch_by_branch(self) -> None:
		cash = {"is_pos": 1, "payments": [{"mode_of_payment": "Cash", "amount": 0.9 * M}]}
		sold = invoice(self.mina.customer, line("TEA", M / 4, 4), branch=NORTH, **redeeming(self.mina, 400))
		bring_back(sold, shares={0: 1})
		invoice(self.mina.customer, line("TEA", M), branch=OUTLET, **redeeming(self.mina, 100), **cash)
		invoice(self.mina.customer, line("TEA", M), **redeeming(self.mina, 50))
		found = self.by_branch()
		self.assertEqual(
			{each.name: each.booked for each in found if each.name in (NORTH, OUTLET)},
			{NORTH: 300_000, OUTLET: 100_000},
		)
		self.assertEqual([each.rest for each in found], [0] * len(found))
		journal = sold.club_redemptions[0].journal_entry
		entry = frappe.db.get_value("GL Entry", {"voucher_no": journal, "debit": [">", 0]})
		frappe.db.set_value("GL Entry", entry, "branch", OUTLET)
		self.assertEqual(
			{each.name: each.rest for each in self.by_branch() if each.rest},
			{NORTH: 400_000, OUTLET: -400_000},
		)
		rows = query_report.run("Club Reconciliation", {"company": COMPANY, "program": self.program.name})[
			"result"
		]
		shown = {
			row["line"]: row["rest"] for row in rows if isinstance(row, dict) and "/branches/" in row["id"]
		}
		self.assertEqual((shown[NORTH], shown[OUTLET]), (400_000, -400_000))

	def by_branch(self) -> Any:
		account = self.program.companies[0].liability_account
		(found,) = (each for each in reconcile.reconcile(getdate(), COMPANY) if each.account == account)
		self.assertEqual((found.rest, found.wrong), (0, []))
		return found.branches

	def said(self, doc: Any) -> str:
		facts = printing.invoice_facts(doc)
		assert facts is not None
		self.assertEqual(facts["earned"], "0")
		return str(facts["why"])

	def test_the_draft_says_it_before(self) -> None:
		self.allow(place(earn=0, spend=0), place(branch=NORTH))
		shown = draft.panel(self.drafted(OUTLET))
		self.assertEqual((shown["will_earn"], shown["most"]), (0, 0))
		self.assertIn(f"purchases in {OUTLET} ({COMPANY}) earn none", shown["why"])
		self.assertEqual(
			shown["not_here"],
			f"Points and credit cannot be spent in {OUTLET} ({COMPANY})."
			f" They can be spent in {NORTH} ({COMPANY}).",
		)
		shown = draft.panel(self.drafted(NORTH))
		self.assertEqual((shown["will_earn"], shown["most"], shown["not_here"]), (100, 1000, ""))
		asked = self.drafted(OUTLET, club_card=card(self.mina), club_redemptions=[{"points": 5}])
		self.assertIn("cannot be spent", draft.panel(asked)["refused"])

	def drafted(self, branch: str, **fields: Any) -> Any:
		doc = invoice(self.mina.customer, line("TEA", 10 * M), branch=branch, submit=False)
		return frappe.get_doc({**doc.as_dict(), **fields})

	def test_spending_elsewhere_is_refused_with_the_places_where_it_is_allowed(self) -> None:
		self.allow(place(spend=0), place(branch=NORTH))
		with self.assert_refused(f"cannot be spent in {OUTLET}.*can be spent in {NORTH}"):
			invoice(self.mina.customer, line("TEA", M), branch=OUTLET, **redeeming(self.mina, 100))
		with self.assert_refused("names no branch. Set its branch"):
			invoice(self.mina.customer, line("TEA", M), **redeeming(self.mina, 100))
		sold = invoice(self.mina.customer, line("TEA", M), branch=NORTH, **redeeming(self.mina, 100))
		self.assertEqual(self.moved(sold)[0], ("redeem", -100, COMPANY, NORTH))

	def test_a_place_that_was_closed_meanwhile_takes_its_goods_back(self) -> None:
		sold = invoice(self.mina.customer, line("TEA", 2 * M), branch=OUTLET, **redeeming(self.mina, 100))
		self.assertEqual(balance(self.mina), 1000 - 100 + 19)
		self.allow(place(branch=NORTH))
		bring_back(sold)
		self.assertEqual(balance(self.mina), 1000)

	def test_a_till_names_its_branch(self) -> None:
		self.allow(place(), place(branch=OUTLET, earn=0, spend=0))
		till_makes(self, "POS Invoice")
		profile = till(branch=OUTLET)
		open_till(profile)
		sold = receipt(self.mina.customer, line("TEA", 10 * M), profile=profile, cash=10 * M)
		self.assertEqual(invoices.branch(sold), OUTLET)
		self.assertEqual((sold.club_status, self.moved(sold)), ("Posted", []))
		with self.assert_refused("cannot be spent"):
			receipt(
				self.mina.customer,
				line("TEA", M),
				profile=profile,
				cash=M - 100_000,
				**redeeming(self.mina, 100),
			)
		north = till(branch=NORTH)
		sold = invoice(
			self.mina.customer,
			line("TEA", 10 * M),
			is_pos=1,
			pos_profile=north,
			payments=[{"mode_of_payment": "Cash", "amount": 10 * M}],
		)
		self.assertEqual(self.moved(sold), [("award", 100, COMPANY, NORTH)])


class NoDimension(PlacesCase):
	"""The site's documents have no branch."""

	def test_a_till_whose_profile_names_its_branch(self) -> None:
		self.assertFalse(invoices.has_branch())
		self.allow(place(), place(branch=OUTLET, earn=0))
		outlet, north = till(club_branch=OUTLET), till(club_branch=NORTH)
		for profile, expected in ((outlet, []), (north, [("award", 100, COMPANY, NORTH)])):
			sold = invoice(
				self.mina.customer,
				line("TEA", 10 * M),
				is_pos=1,
				pos_profile=profile,
				payments=[{"mode_of_payment": "Cash", "amount": 10 * M}],
			)
			self.assertEqual(self.moved(sold), expected)

	def test_the_form_says_that_invoices_name_no_branch(self) -> None:
		frappe.clear_messages()
		self.allow(place(), place(branch=OUTLET, earn=0))
		self.assertIn("name no branch", str(frappe.get_message_log()))


class Companies(PlacesCase):
	program_fields = {"companies": [ROW, SECOND_ROW]}

	def test_a_company_may_give_points_and_another_take_them(self) -> None:
		self.allow(place(spend=0), place(SECOND, earn=0))
		earned = invoice(self.mina.customer, line("TEA", 10 * M))
		self.assertEqual(self.moved(earned), [("award", 100, COMPANY, None)])
		with self.assert_refused(f"cannot be spent in {COMPANY}. They can be spent in {SECOND}"):
			invoice(self.mina.customer, line("TEA", M), **redeeming(self.mina, 100))
		spent = invoice(self.mina.customer, line("TEA", M), company=SECOND, **redeeming(self.mina, 100))
		self.assertEqual(self.moved(spent), [("redeem", -100, SECOND, None)])

	def test_a_company_that_is_not_listed_neither_earns_nor_spends(self) -> None:
		self.allow(place())
		sold = invoice(self.mina.customer, line("TEA", 10 * M), company=SECOND)
		self.assertEqual(self.moved(sold), [])
		with self.assert_refused(f"cannot be spent in {SECOND}"):
			invoice(self.mina.customer, line("TEA", M), company=SECOND, **redeeming(self.mina, 100))

	def test_without_a_list_everywhere(self) -> None:
		sold = invoice(self.mina.customer, line("TEA", 10 * M), company=SECOND)
		self.assertEqual(self.moved(sold), [("award", 100, SECOND, None)])
		self.assertEqual([kind for kind, _points in entries(self.mina)], ["adjust", "award"])

	def test_the_form_refuses_what_cannot_be_meant_and_says_the_rest_in_words(self) -> None:
		with self.assert_refused("No row allows anything in Club Second"):
			self.allow(place(), place(SECOND, OUTLET, earn=0, spend=0))
		with self.assert_refused(f"{OUTLET} .* is there twice"):
			self.allow(place(branch=OUTLET), place(branch=OUTLET, earn=0))
		other = frappe.get_all("Company", {"name": ["not in", [COMPANY, SECOND]]}, pluck="name", limit=1)
		for company in other:
			with self.assert_refused(f"{company} is no company of this program"):
				self.allow(place(company))
		self.allow(place(), place(SECOND, earn=0), place(branch=OUTLET, spend=0))
		words = panels.program(self.program)["words"]
		self.assertIn(f"Points are earned in {COMPANY}, {OUTLET} ({COMPANY}).", words)
		self.assertIn(f"No points are earned in {SECOND}.", words)
		self.assertIn(f"Nothing is spent in {OUTLET} ({COMPANY}).", words)
