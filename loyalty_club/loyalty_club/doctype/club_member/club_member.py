"""Club Member: one customer in one program. Validates its fields; the engine moves points."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from loyalty_club import figures, jalali, persian, policy
from loyalty_club.engine import gifts, members, staff


class ClubMember(Document):
	"""A membership."""

	def before_insert(self) -> None:
		self.channel = self.flags.club_channel or members.channel_of_request()

	def validate(self) -> None:
		if before := self.get_doc_before_save():
			self.channel = before.channel
		self._check_customer()
		self._note_leaving()
		self._normalise_person()
		self._find_staff_user()
		self._keep_pin()

	def _note_leaving(self) -> None:
		gone = self.status in figures.NOT_MEMBERS
		self.left_on = (self.left_on or policy.club_today()) if gone else None

	def _check_customer(self) -> None:
		if self.status == "Merged":
			return
		if not self.customer:
			frappe.throw(_("Choose the customer who joins."))
		for other in frappe.get_all(
			"Club Member",
			filters={"customer": self.customer, "status": ["!=", "Merged"], "name": ["!=", self.name or ""]},
			fields=["name", "program"],
		):
			shared = self._companies(other.program) & self._companies(self.program)
			if other.program == self.program or shared:
				frappe.throw(
					_("{0} is a member already: {1}. A customer has one membership per company.").format(
						self.customer, other.name
					),
					frappe.DuplicateEntryError,
				)

	@staticmethod
	def _companies(program: str) -> set[str]:
		found = policy.in_force(program)
		return set(found.companies) if found else set()

	def _normalise_person(self) -> None:
		if not self.mobile and self.is_new():
			self.mobile = members.contact_mobile(self.customer)
		if self.mobile:
			try:
				self.mobile = persian.mobile(self.mobile)
			except persian.MobileError:
				frappe.throw(_("{0} is no mobile number. Write it like 0912 345 6789.").format(self.mobile))
		if self.birthday:
			day = getdate(self.birthday)
			if day.year < 1800:
				frappe.throw(_("{0} is no Gregorian date: the year is before 1800.").format(self.birthday))
			_year, self.birth_month, self.birth_day = jalali.to_jalali(day)
		if self.is_new() and not self.referral_code:
			self.referral_code = frappe.generate_hash(length=8).upper()

	def _find_staff_user(self) -> None:
		if self.staff_user:
			self.not_staff = 0
		elif not self.not_staff and self.status != "Merged":
			self.staff_user = staff.user_of(self.customer, self.mobile)

	def _keep_pin(self) -> None:
		if not self.pin or set(self.pin) == {"*"}:
			return
		pin = persian.to_latin_digits(self.pin)
		if not (pin.isdigit() and 4 <= len(pin) <= 8):
			frappe.throw(_("A PIN has 4 to 8 digits."))
		self.pin_hash, self.pin_failures, self.pin = members.hash_pin(pin), 0, None

	def after_insert(self) -> None:
		members.open_accounts_of(self)
		gifts.on_joining(self)

	def on_trash(self) -> None:
		if frappe.db.exists("Club Ledger Entry", {"member": self.name}):
			frappe.throw(
				_("{0} has entries in the ledger; set the status to Left instead of deleting.").format(
					self.name
				)
			)
		members.close_accounts_of(self)
