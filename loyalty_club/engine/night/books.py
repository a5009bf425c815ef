"""Books: holds the liability accounts of all companies against the points ledger, as Club Reconciliation does, as of
the evening before. Each account that differs stands among the run's failures, with what differs; nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from frappe import _

from loyalty_club import policy, reconcile
from loyalty_club.engine.night.runner import Step
from loyalty_club.reconcile import Account

MOST_NAMED = 5  # documents of an account


def count(day: date) -> int:
	"""How many accounts there are."""
	return len(reconcile.accounts())


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""One chunk: all accounts, for they are of one moment."""
	found = reconcile.reconcile(day - timedelta(days=1))
	wrong = [account for account in found if account.rest or account.wrong]
	failed = tuple((account.account, _words(account)) for account in wrong)
	yield Step("", len(found), {"accounts_agree": len(found) - len(wrong)}, failed)


def _words(account: Account) -> str:
	"""What differs, in a sentence."""
	style = policy.style()
	names = policy.listed(item.name for item in account.wrong[:MOST_NAMED])
	said = _("{0}: the books differ from the ledger by {1} in {2} documents: {3}")
	count = style.number(policy.exact(len(account.wrong)))
	return said.format(account.company, style.money(account.rest), count, names)
