"""Data that outlives an uninstall: a story before, a look after the next install. Run by `tests/bench/run.py`."""

from __future__ import annotations

import json
import unittest
from typing import Any

import frappe

from loyalty_club import policy
from loyalty_club.tests import builders
from loyalty_club.tests.builders import (
	M,
	balance,
	bring_back,
	give,
	invoice,
	line,
	member,
	program,
	redeeming,
)


def tell() -> dict[str, Any]:
	"""A member with an opening balance and an invoice that points pay; committed."""
	builders.before_tests()
	club = program()
	frappe.db.set_single_value("Loyalty Club Settings", "program", club.name)
	mina = member(club)
	give(mina, 500)
	sold = invoice(mina.customer, line("TEA", 10 * M), **redeeming(mina, 100))
	frappe.db.commit()
	return {"program": club.name, "member": mina.name, "sold": sold.name, "balance": balance(mina)}


def look(story: dict[str, Any]) -> dict[str, Any]:
	"""Everything stands as it did, and goes on: the invoice is returned."""
	builders.check_books(unittest.TestCase())
	mina = frappe.get_doc("Club Member", story["member"])
	assert balance(mina) == story["balance"], (balance(mina), story)
	assert frappe.db.get_single_value("Loyalty Club Settings", "program") == story["program"]
	sold = frappe.get_doc("Sales Invoice", story["sold"])
	assert (sold.club_member, sold.club_status, len(sold.club_redemptions)) == (mina.name, "Posted", 1)
	bring_back(sold)
	assert balance(mina) == 500
	settings = frappe.get_single("Loyalty Club Settings")
	settings.save()  # all that it names is there
	assert settings.gift_card_item, "the item that sells gift cards"
	modes = {mode: frappe.db.get_value("Mode of Payment", mode, "enabled") for mode in policy.MODES.values()}
	assert all(modes.values()), modes
	frappe.db.rollback()
	return {"balance": balance(mina)}


def main(step: str, story: str = "{}") -> None:
	"""One step, told and answered in JSON (for `bench execute`)."""
	frappe.flags.in_test = True
	answer = tell() if step == "tell" else look(json.loads(story))
	print("ANSWER " + json.dumps(answer, default=str))  # noqa: T201
