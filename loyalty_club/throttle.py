"""Guessing is slowed down: wrong tries are counted by user and kind in redis, and logged.

After `TRIES` wrong ones within `SECONDS` everything of that kind is refused for the rest of that time. Counter and log
(Error Log, written later) outlive the rollback of the request that failed.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.exceptions import TooManyRequestsError

TRIES = 10
SECONDS = 900


def _key(kind: str) -> str:
	key: str = frappe.cache.make_key(f"loyalty_club_tries:{kind}:{frappe.session.user}")
	return key


def check(kind: str) -> None:
	"""Refuses (TooManyRequestsError) whoever has tried wrongly too often."""
	if int(frappe.cache.get(_key(kind)) or 0) >= TRIES:
		frappe.throw(
			_("{0} wrong tries: wait {1} minutes, then try again.").format(TRIES, SECONDS // 60),
			TooManyRequestsError,
			title=_("Too many tries"),
		)


def wrong(kind: str, tried: str) -> None:
	"""Counts and logs a wrong try. tried: what may be told of it in the log."""
	key = _key(kind)
	if frappe.cache.incr(key) == 1:
		frappe.cache.expire(key, SECONDS)
	frappe.log_error(
		title=f"Loyalty Club: wrong {kind}",
		message=f"{tried}\n{frappe.session.user} {frappe.local.request_ip or ''}",
		defer_insert=True,
	)


def forget(kind: str) -> None:
	"""A right try ends the count."""
	frappe.cache.delete(_key(kind))
