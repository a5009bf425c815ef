"""Club Program Version: rules as they were put in force. Written once, by `policy`; never changed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class ClubProgramVersion(Document):
	"""Immutable."""

	def validate(self) -> None:
		if not self.is_new():
			frappe.throw(_("A version of a program is never changed; put a new one in force."))
		if not self.flags.by_policy:
			frappe.throw(_("Versions are made by putting a Club Program in force."))
