"""Club Program: the form of one club's rules. It is checked and put in force by `policy`; nothing is computed here."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import accounting, ledger, policy
from loyalty_club.core import program_error_words
from loyalty_club.core.places import shut
from loyalty_club.core.program import ProgramError
from loyalty_club.engine import discount, invoice, places, scores, settlement
from loyalty_club.setup import gift_card_item

# Where the form calls a setting of the program file otherwise.
TABLES = (
	("tiers", "Club Tier", "tiers.", {"name": "tier"}),
	("rules", "Club Earn Rule", "earning.rules.", {"name": "rule"}),
)
FIELDS = {
	"name": "program_name",
	"tier_rules.window.months": "window_months",
	"earning.caps.invoice": "cap_invoice",
	"earning.caps.day": "cap_day",
	"earning.caps.month": "cap_month",
	"earning.caps.member": "cap_member",
	"expiry.count": "expiry_count",
	"lrfm.months": "lrfm_months",
	"lrfm.method": "lrfm_method",
}


class ClubProgram(Document):
	"""Draft until it is put in force; then its version counts, and the form may be changed for the next one."""

	def validate(self) -> None:
		self._name_tiers()
		self._check_companies()
		self._check_places()
		try:
			policy.rules_of_form(self)
		except ProgramError as wrong:
			problem = program_error_words.problem(wrong.code, wrong.facts, policy.style())
			place = self._place(wrong.where)
			frappe.throw(f"{place}: {problem}" if place else problem, title=_("This program cannot be meant"))
		self._check_discount()
		self._check_gifts()
		self._check_segments()

	def _place(self, where: str) -> str:
		"""A place in the program file ("tiers.0.points") as the form calls it."""
		for table, child, begin, names in TABLES:
			if not where.startswith(begin):
				continue
			row, *path = where.removeprefix(begin).split(".")
			place = _("{0}, row {1}").format(_(self.meta.get_label(table)), int(row) + 1)
			column = frappe.get_meta(child).get_field(names.get(path[-1], path[-1])) if path else None
			return f"{place}, {_(column.label)}" if column else place
		field = self.meta.get_field(FIELDS.get(where, where.split(".")[-1]))
		return _(field.label) if field else where

	def _name_tiers(self) -> None:
		self.tiers.sort(key=lambda row: row.threshold or 0)
		for n, row in enumerate(self.tiers, 1):
			row.idx = n
			row.tier = (row.tier or row.customer_group or "").strip()

	def _check_companies(self) -> None:
		seen = set()
		for row in self.companies:
			if row.company in seen:
				frappe.throw(_("Company {0} is there twice; keep one row.").format(row.company))
			seen.add(row.company)
			currency = frappe.get_cached_value("Company", row.company, "default_currency")
			if currency != self.currency:
				frappe.throw(
					_(
						"Company {0} keeps its books in {1}, the program counts in {2}: make a program of its own."
					).format(row.company, currency, self.currency)
				)
			for field in accounting.ACCOUNT_FIELDS.values():
				if row.get(field):
					self._check_account(row.company, row.get(field), "Liability")
			if row.inter_company_account:
				settlement.check_account(row.company, row.inter_company_account)
			if row.marketing_account:
				self._check_account(row.company, row.marketing_account, "Expense")
			if row.revenue_account:
				self._check_account(row.company, row.revenue_account, "Income")

	def _check_discount(self) -> None:
		"""Companies settle what points paid, and a discount pays nothing."""
		in_force = policy.in_force(self.name) if self.active_version else None
		if len(self.companies) > 1 and (self.redeem_as == "discount" or discount.used_by(in_force)):
			frappe.throw(
				_("Points that are a discount are good in one company only. Make a program for each company.")
			)

	def _check_gifts(self) -> None:
		rules = policy.rules_of_form(self)
		expense = {row.company: row.marketing_account for row in self.companies}
		for row in self.gifts:
			place = _("{0}, row {1}").format(_("Gifts"), row.idx)
			step = rules.coin if row.wallet == "Gift Credit" else rules.quantum
			if not row.amount or policy.exact(row.amount) % step:
				frappe.throw(_("{0}: the amount must be a positive multiple of {1}.").format(place, step))
			company = row.expense_of or next(iter(expense), None)
			if company not in expense:
				frappe.throw(_("{0}: {1} is no company of this program.").format(place, company))
			if row.wallet == "Gift Credit" and not expense[company]:
				frappe.throw(
					_(
						"{0}: choose the marketing expense account of {1}; what is given is paid from it."
					).format(place, company)
				)

	def before_insert(self) -> None:
		if not self.segment_rules:
			self.set_standard_segments()

	def set_standard_segments(self) -> None:
		"""Fills the table of segments with the field's usual ones."""
		self.set("segment_rules", scores.standard_segment_rows())

	def _check_segments(self) -> None:
		seen = set()
		for row in self.segment_rules:
			place = _("{0}, row {1}").format(_("Segments"), row.idx)
			row.segment = (row.segment or "").strip()
			if row.segment in seen:
				frappe.throw(_("{0}: {1} is there twice; keep one row.").format(place, row.segment))
			seen.add(row.segment)
			for part in policy.LRFM_PARTS:
				low, high = row.get(f"{part}_from"), row.get(f"{part}_to")
				if not 1 <= (low or 0) <= (high or 0) <= 5:
					frappe.throw(
						_("{0}: scores go from 1 to 5, and the first is not above the second.").format(place)
					)

	@staticmethod
	def _check_account(company: str, name: str, root_type: str) -> None:
		account = frappe.get_cached_value("Account", name, ["company", "root_type", "is_group"], as_dict=True)
		if account.company == company and account.root_type == root_type and not account.is_group:
			return
		if root_type == "Income":
			frappe.throw(
				_("{0} is no income account of {1}. Choose one that is not a group.").format(name, company)
			)
		if root_type == "Expense":
			frappe.throw(
				_("{0} is no expense account of {1}. Choose one that is not a group.").format(name, company)
			)
		frappe.throw(
			_("{0} is no liability account of {1}. Choose one that is not a group.").format(name, company)
		)

	def _check_places(self) -> None:
		seen = set()
		companies = {row.company for row in self.companies}
		for row in self.places:
			place = places.name(row.company, row.branch)
			if row.company not in companies:
				frappe.throw(
					_(
						"{0}, row {1}: {2} is no company of this program. Add it to the companies first."
					).format(_(self.meta.get_label("places")), row.idx, row.company)
				)
			if place in seen:
				frappe.throw(_("{0} is there twice; keep one row.").format(place))
			seen.add(place)
		for company in shut(policy.places_of(self)):
			frappe.throw(
				_(
					"No row allows anything in {0}. To leave out some branches, add a row for {0} without one."
				).format(company)
			)
		if any(row.branch for row in self.places) and not invoice.has_branch():
			frappe.msgprint(
				_("Invoices here name no branch, only tills do: make Branch an accounting dimension."),
				indicator="orange",
			)

	def on_update(self) -> None:
		frappe.cache.delete_value("loyalty_club_programs")

	def put_in_force(self) -> str:
		"""Makes the form's rules count from now on; returns the version."""
		if not self.companies:
			frappe.throw(_("Add the company the program is valid in, and its liability account."))
		before = policy.in_force(self.name) if not self.is_new() else None
		version = policy.publish(self)
		if before and before.rules.tier_rules != policy.rules_of(version).tier_rules:
			ledger.wake(self.name, policy.club_today())  # a review may be due by the new rules
		accounting.ensure_wallets(self.companies)
		gift_card_item.ensure(self.companies)
		settlement.ensure_accounts(self.companies)
		self.status, self.active_version = "Active", version
		self.save()
		return version

	def close(self) -> None:
		"""Ends the program: nothing is earned or spent any more."""
		self.status = "Closed"
		self.save()

	def on_trash(self) -> None:
		if frappe.db.exists("Club Member", {"program": self.name}):
			frappe.throw(_("{0} has members; close it instead of deleting it.").format(self.name))
		for version in frappe.get_all("Club Program Version", filters={"program": self.name}, pluck="name"):
			frappe.delete_doc("Club Program Version", version, force=True, ignore_permissions=True)
