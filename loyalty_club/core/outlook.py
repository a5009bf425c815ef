"""What the next review of a member's tier would decide as things stand: for a manager who approves it, for warnings and
for whoever wants to know in advance. Decides nothing; the account it is asked about is thrown away.

Data: `Outlook`. As things stand means: nothing is bought and nothing comes back until the day of the decision.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core import ladder, tiers
from loyalty_club.core.posting import Club


class Outlook(NamedTuple):
	"""A review to come. review_on: the end of the term; decided_on: that of the days of grace, or today where both are
	over; value: the metric then; threshold: what keeps the tier; after: the tier then."""

	tier: str
	review_on: date
	decided_on: date
	value: Decimal
	threshold: Decimal
	after: str

	@property
	def missing(self) -> Decimal:
		"""By how much the metric misses the tier; 0 if it does not."""
		return max(self.threshold - self.value, Decimal(0))

	@property
	def goes_down(self) -> bool:
		"""Whether the tier is lost."""
		return self.after != self.tier


def outlook(club: Club, key: str, today: date) -> Outlook | None:
	"""The next review of a member; None for who has no term, or is reviewed today by itself."""
	program, account = club.program, club.home(key)
	club.advance(account, today)
	top = account.promotions[-1] if account.promotions else None
	if top is None or top.review_on is None:
		return None
	day = max(today, top.review_on)
	value = ladder.value_at_review(program, account, top, day)
	after = tiers.after_review(program, tiers.position(program, account.tier), value)
	if tiers.name_at(program, after) != account.tier:
		day = max(day, top.grace_until or top.review_on + timedelta(days=program.tier_rules.grace_days))
	return Outlook(
		account.tier,
		top.review_on,
		day,
		value,
		tiers.threshold(program, account.tier),
		tiers.name_at(program, after),
	)
