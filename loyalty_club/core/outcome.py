"""What a back-test found, as plain data: the only thing that `summary.json`, `members.csv` and the report read.

Everything here is a frozen record of numbers: points in points, money in the program's currency (Rial), periods as
pairs of Gregorian dates. Nothing is computed from anything but the fields beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Summary:
	"""The back-test in one glance.

	`points_earned - points_redeemed + points_restored - points_expired - points_reversed == points_outstanding`.
	Outstanding points include pending ones and are net of deficits. `value_outstanding` is what the lots are worth,
	each at its own value; a deficit takes nothing off it, for nobody's debt pays another's points.
	"""

	program: str
	first_day: date | None
	last_day: date | None
	as_of: date | None
	invoices: int
	returns: int
	members: int
	net_sales: Decimal
	points_earned: Decimal
	points_redeemed: Decimal
	points_restored: Decimal
	points_expired: Decimal
	points_reversed: Decimal
	points_outstanding: Decimal
	points_pending: Decimal
	points_deficit: Decimal
	value_outstanding: Decimal
	members_per_tier: dict[str, int]
	lines_without_customer: int
	redemptions_refused: int
	already_posted: int
	after_as_of: int


@dataclass(frozen=True, slots=True)
class Month:
	"""One calendar month (Jalali or Gregorian): points by kind, sales, and what the points cost.

	`redeemed_value` is the money paid with points less what returns gave back; `earned_value` the value of the points
	earned less reversed. Both in the program's currency.
	"""

	start: date
	end: date
	net_sales: Decimal
	earned: Decimal
	redeemed: Decimal
	restored: Decimal
	expired: Decimal
	reversed: Decimal
	earned_value: Decimal
	redeemed_value: Decimal


@dataclass(frozen=True, slots=True)
class TierRow:
	"""One customer group of the ladder (name "" = below the first threshold): who is in it at the end, and the net
	sales made, points earned and points outstanding by members *while* (sales, earned) or *now* (the rest) in it."""

	name: str
	title_fa: str
	members: int
	net_sales: Decimal
	earned: Decimal
	outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Bucket:
	"""Outstanding points by age or by expiry.

	By age: `key` is the number of months since the award ("0", "1", "3", "6", "12" = at least so many, less than the
	next). By expiry: `key` is "never", or "month" with the calendar month in which the points expire.
	"""

	key: str
	start: date | None
	end: date | None
	points: Decimal
	value: Decimal


@dataclass(frozen=True, slots=True)
class Undone:
	"""A customer whose returns took back points."""

	customer: str
	tier: str
	bought: Decimal
	returned: Decimal
	earned: Decimal
	reversed: Decimal
	balance: Decimal


@dataclass(frozen=True, slots=True)
class Member:
	"""One line of members.csv. Money in the program's currency; dates Gregorian; visits are purchase days."""

	customer: str
	balance: Decimal
	pending: Decimal
	deficit: Decimal
	value: Decimal
	tier: str
	tier_since: date | None
	net_spend: Decimal
	visits: int
	first_purchase: date | None
	last_purchase: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
	"""All of it. `undone` is sorted by points reversed, highest first."""

	summary: Summary
	months: tuple[Month, ...]
	tiers: tuple[TierRow, ...]
	by_age: tuple[Bucket, ...]
	by_expiry: tuple[Bucket, ...]
	undone: tuple[Undone, ...]
