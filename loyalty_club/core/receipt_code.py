"""The code on the receipt of a customer without a card: twelve letters and digits that lead to the sale.

Nothing is stored: the first character tells the sale's day and kind of document, so that few sales must be looked at,
the other eleven are 55 bits of an HMAC-SHA256 over what identifies the sale, under a key that the app keeps. It is
Crockford's base 32, which has no I, L, O and U. What people type for them is understood, in any case and with Persian
digits.

>>> code(b"key", ["S1", "2025-03-21"], date(2025, 3, 21), 0)
'659XJD11AWM4'
>>> read(" 659x-jdI1-awm4 "), show("659XJD11AWM4")
('659XJD11AWM4', '659X-JD11-AWM4')
>>> place("659XJD11AWM4", date(2025, 3, 22))
(0, datetime.date(2025, 3, 21))
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, timedelta

from loyalty_club import persian

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
KINDS = 2  # of documents
ROUND = len(ALPHABET) // KINDS  # days after which the first character comes again
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


def code(key: bytes, facts: Sequence[str], day: date, kind: int) -> str:
	"""The code of a sale. facts: what identifies it; day: its posting date; kind: 0 or 1, which kind of document."""
	text = "".join(f"{len(fact)}:{fact}" for fact in facts)
	bits = int.from_bytes(hmac.new(key, text.encode(), hashlib.sha256).digest(), "big")
	first = day.toordinal() % ROUND * KINDS + kind
	rest = [ALPHABET[bits >> 5 * n & 31] for n in range(LENGTH - 1)]
	return ALPHABET[first] + "".join(rest)


def read(text: str) -> str:
	"""What somebody typed or scanned, as a code; "" if it cannot be one."""
	plain = persian.normalise(text).upper().translate(_MISREAD)
	plain = "".join(plain.replace("-", " ").split())
	return plain if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else ""


def place(given: str, today: date) -> tuple[int, date]:
	"""Kind of document and day that a code tells: the latest such day that is not after tomorrow (the sale's clock may
	be ahead)."""
	first = ALPHABET.index(given[0])
	last = today + timedelta(days=1)
	return first % KINDS, last - timedelta(days=(last.toordinal() - first // KINDS) % ROUND)


def show(given: str) -> str:
	"""A code as it is printed."""
	return "-".join(given[n : n + 4] for n in range(0, len(given), 4))
