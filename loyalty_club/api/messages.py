"""What a browser may ask about messages to members: what one says."""

from __future__ import annotations

import frappe

from loyalty_club import policy
from loyalty_club.core import message_words
from loyalty_club.engine import outbox


@frappe.whitelist()
def preview(name: str) -> dict[str, str]:
	"""A message in the user's language: its kind as `title`, and what it says as `text`."""
	doc = frappe.get_doc("Club Message", name)
	doc.check_permission("read")
	program = policy.in_force(doc.program)
	style = policy.style(program.rules if program else None)
	return {
		"title": message_words.title(doc.kind, style.lang),
		"text": message_words.say(doc.kind, outbox.facts_from(doc.facts), style),
	}


@frappe.whitelist()
def kinds() -> dict[str, str]:
	"""The kinds of messages, each in the user's language, for those who may see messages."""
	frappe.has_permission("Club Message", "read", throw=True)
	return {kind: message_words.title(kind, policy.language()) for kind in message_words.TITLES}
