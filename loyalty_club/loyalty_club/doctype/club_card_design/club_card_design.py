"""Club Card Design: how the club's cards look. Validates its fields; `card_print` shows and prints it."""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.model.document import Document

from loyalty_club import card_print

COLOURS = ("colour_1", "colour_2", "text_colour", "back_colour", "back_text_colour")


class ClubCardDesign(Document):
	"""A design."""

	def validate(self) -> None:
		for field in COLOURS:
			if self.get(field) and not re.fullmatch(r"#[0-9a-fA-F]{6}", self.get(field)):
				frappe.throw(
					_("{0} is no colour: write it like #0B5563.").format(_(self.meta.get_label(field)))
				)
		card_print.check_pictures(self)

	def on_update(self) -> None:
		if self.is_default:
			for other in frappe.get_all(
				"Club Card Design",
				filters={"kind": self.kind, "is_default": 1, "name": ["!=", self.name]},
				pluck="name",
			):
				frappe.db.set_value("Club Card Design", other, "is_default", 0)
