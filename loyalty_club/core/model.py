"""The club's data: a program, what customers do, and what the ledger records. Nothing is computed here.

Immutable records, `Decimal` and `date` only. Units: money in the program's currency (Rial for IRR), points in points
(0 to 2 decimals), periods in days or calendar months, shares between 0 and 1.

- **Program** and its parts: what an admin decides. One JSON file (`program.py`) is one Program.
- **Purchase, Return** with their lines: what a customer does. Amounts are positive on both.
- **Lot**: an award that can be spent. **Entry**: one movement of points, with its **Reason**.
- **Posted, PostedReturn**: what a document did, kept so that a return reverses what was *posted*, never today's rules.

Lines, purchases, lots and entries are named tuples, because a replay makes millions of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import ClassVar, Literal, NamedTuple

from loyalty_club.core.exact import Fraction

ZERO = Decimal(0)
ONE = Decimal(1)
NOTHING = Fraction(0)
WHOLE = Fraction(1)
UNCOUNTED = frozenset({"own_document", "awards_limit"})  # what barred purchases that count for no tier either

Calendar = Literal["jalali", "gregorian"]

# ---------------------------------------------------------------------------------------------- the program


@dataclass(frozen=True, slots=True)
class Strict:
	"""Base of the program's parts: an unknown key in a program file is an error, never ignored."""

	__pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Items(Strict):
	"""A choice of lines: by item, item group or brand (any match counts), or all that were sold at a discount."""

	items: frozenset[str] = frozenset()
	item_groups: frozenset[str] = frozenset()
	brands: frozenset[str] = frozenset()
	discounted: bool = False


@dataclass(frozen=True, slots=True)
class Tier(Strict):
	"""One customer group of the ladder.

	threshold: value of the metric (Rial, points, visits or score) from which a member is in it, inclusive.
	points, per: `points` points for each `per` of money.
	"""

	name: str
	threshold: Decimal
	points: Decimal
	per: Decimal
	title_fa: str = ""


@dataclass(frozen=True, slots=True)
class Window(Strict):
	"""Which purchases count for a tier: all, the last N months, or this and last calendar year."""

	kind: Literal["lifetime", "rolling_months", "this_and_last_year"] = "rolling_months"
	months: int = 12


@dataclass(frozen=True, slots=True)
class TierRules(Strict):
	"""How members move on the ladder.

	metric: net spend (Rial), points earned, visits (purchase days whose net is at least `visit_minimum` Rial), or the
	LRFM score (1 to 5, see `Lrfm`; members get it on the first day of each month, and `window` does not matter).
	term_months: how long a tier is kept before it is reviewed. downgrade: at review, straight to the tier the metric
	gives, or one step. grace_days: how long after the term a member who would go down can still buy what is missing.
	review: it happens by itself, or waits until a manager has approved it. netting_days: returns and sales this many
	days apart are netted before a tier is withdrawn.
	"""

	metric: Literal["net_spend", "points_earned", "visits", "lrfm"] = "net_spend"
	window: Window = Window()
	visit_minimum: Decimal = ZERO
	term_months: int = 12
	downgrade: Literal["straight", "one_step"] = "straight"
	grace_days: int = 0
	review: Literal["by_itself", "approved"] = "by_itself"
	netting_days: int = 7


FourLimits = tuple[Decimal, Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Lrfm(Strict):
	"""How members are scored by Length (days from first to last purchase), Recency (days since the last one), Frequency
	(purchase days) and Monetary (net Rial).

	months: how far back purchases count, in the program's calendar; 0: all of them. method: quintiles of all members of
	the program, or fixed limits. …_limits: four ascending limits; a score is 1 + the number of limits that the value
	exceeds (recency: 5 − that number). Not used by quintiles. …_weight: of each score in the total, which is their
	weighted mean, 1 to 5, two decimals.
	"""

	months: int = 12
	method: Literal["quintiles", "limits"] = "quintiles"
	length_limits: FourLimits | None = None
	recency_limits: FourLimits | None = None
	frequency_limits: FourLimits | None = None
	monetary_limits: FourLimits | None = None
	length_weight: Decimal = ONE
	recency_weight: Decimal = ONE
	frequency_weight: Decimal = ONE
	monetary_weight: Decimal = ONE


@dataclass(frozen=True, slots=True)
class When(Strict):
	"""The conditions of an earn rule; all that are given must hold. An empty one always holds.

	items, item_groups, brands choose lines; the rest choose documents. weekdays: "monday"…; hours: from (inclusive)
	to (exclusive), e.g. ["09:00", "12:00"]; occasions: Jalali occasions by name; minimum_amount: Rial of the
	document's net total.
	"""

	items: frozenset[str] = frozenset()
	item_groups: frozenset[str] = frozenset()
	brands: frozenset[str] = frozenset()
	branches: frozenset[str] = frozenset()
	tiers: frozenset[str] = frozenset()
	weekdays: frozenset[str] = frozenset()
	hours: tuple[time, time] | None = None
	from_date: date | None = None
	to_date: date | None = None
	occasions: frozenset[str] = frozenset()
	payment_modes: frozenset[str] = frozenset()
	first_purchase: bool = False
	minimum_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class EarnRule(Strict):
	"""A bonus: multiply the rate of the matching lines, or add points per invoice or per unit sold.

	Multipliers come first: each adds (multiply − 1) times the plain contribution of a line, so ×2 and ×3 together
	are ×4. Exactly one of `multiply` and `add` is given.
	"""

	name: str
	multiply: Decimal | None = None
	add: Decimal | None = None
	add_per: Literal["invoice", "unit"] = "invoice"
	when: When = When()
	title_fa: str = ""


@dataclass(frozen=True, slots=True)
class Caps(Strict):
	"""The most points one invoice, day, calendar month or member (ever) can earn. None: no cap."""

	invoice: Decimal | None = None
	day: Decimal | None = None
	month: Decimal | None = None
	member: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Earning(Strict):
	"""How purchases become points.

	method: proportional (document total rounded down) or full steps of `Tier.per` over the document; carry_over keeps
	the remainder for the next invoice. base: net of tax, or with it. stacking: all matching rules, or only the best.
	award: on submit, or when the invoice is paid; pending_days: days before the points can be spent.
	"""

	method: Literal["proportional", "full_steps"] = "proportional"
	carry_over: bool = False
	base: Literal["net", "with_tax"] = "net"
	exclude: Items = Items()
	rules: tuple[EarnRule, ...] = ()
	stacking: Literal["add_all", "best_only"] = "add_all"
	caps: Caps = Caps()
	award: Literal["on_submit", "when_paid"] = "on_submit"
	pending_days: int = 0


@dataclass(frozen=True, slots=True)
class Spending(Strict):
	"""What points buy. point_value: Rial per point for new lots (a lot keeps its own). minimum, multiple: points per
	redemption. max_share: highest share of an invoice's total. daily_limit: points per member and day. redeem_as: a
	means of payment, or a discount before tax, which lowers the tax as well (`Line.taken_off`)."""

	point_value: Decimal
	minimum: Decimal = ZERO
	multiple: Decimal = ZERO
	max_share: Decimal = ONE
	not_payable: Items = Items()
	daily_limit: Decimal | None = None
	redeem_as: Literal["tender", "discount"] = "tender"


@dataclass(frozen=True, slots=True)
class Expiry(Strict):
	"""When a lot dies, counted from the day it can be spent; it can be spent through its last day.

	days / months: after `count`. end_of_month / quarter / half_year / year: at the end of the `count`-th such period,
	the one it begins in being the first. inactivity: `count` months after the member's last purchase.
	"""

	kind: Literal[
		"never",
		"days",
		"months",
		"end_of_month",
		"end_of_quarter",
		"end_of_half_year",
		"end_of_year",
		"inactivity",
	] = "never"
	count: int = 1


@dataclass(frozen=True, slots=True)
class ReturnRules(Strict):
	"""accepted_days: how long the shop takes goods back. lookback_days: how far a return without its invoice looks
	for the purchase. restore_days: the least life of points that a return gives back."""

	accepted_days: int = 30
	lookback_days: int = 365
	restore_days: int = 30


@dataclass(frozen=True, slots=True)
class Program(Strict):
	"""One club's rules. `currency` is an ISO 4217 code, `display_unit` how money is shown ("rial", "toman", or the
	currency itself when empty), `money_decimals` its decimals (Rial: 0), `point_decimals` 0 to 2; `calendar` decides
	what a month, quarter and year is."""

	name: str
	tiers: tuple[Tier, ...]
	spending: Spending
	title_fa: str = ""
	currency: str = "IRR"
	display_unit: str = ""
	calendar: Calendar = "jalali"
	money_decimals: int = 0
	point_decimals: int = 0
	tier_rules: TierRules = TierRules()
	earning: Earning = Earning()
	expiry: Expiry = Expiry()
	returns: ReturnRules = ReturnRules()
	lrfm: Lrfm = Lrfm()

	@property
	def quantum(self) -> Decimal:
		"""The smallest step of points: 1, 0.1 or 0.01."""
		return ONE.scaleb(-self.point_decimals)

	@property
	def coin(self) -> Decimal:
		"""The smallest step of money."""
		return ONE.scaleb(-self.money_decimals)


# ---------------------------------------------------------------------------------------------- what customers do


class Line(NamedTuple):
	"""One row of an invoice or return: quantity and amounts are positive, `net` without and `tax` the tax (Rial).

	`row` identifies the row in its own document ("" = only item and price do); on a return it names the original row.
	`taken_off`: what points that are a discount have taken off the row before tax; `net` and `tax` are after it.
	"""

	item: str
	qty: Decimal
	net: Decimal
	tax: Decimal = ZERO
	item_group: str = ""
	brand: str = ""
	discounted: bool = False
	row: str = ""
	taken_off: Decimal = ZERO


class Tender(NamedTuple):
	"""Another means of payment than points: its mode and amount (Rial). `reduces_base`: money given for nothing (Gift
	Credit) earns nothing; the customer's own money (cash, Cash Credit, a sold Gift Card) does. account: the wallet that
	paid it, "" for cash and the like."""

	mode: str
	amount: Decimal
	reduces_base: bool = False
	account: str = ""


class Purchase(NamedTuple):
	"""A sales invoice as the rules see it. `redeem` is the points the customer wants to pay with; `paid` is False for
	a credit sale that is still open; `barred` says why it earns nothing whatever its lines are, None if it may."""

	id: str
	customer: str
	day: date
	lines: tuple[Line, ...]
	redeem: Decimal = ZERO
	tenders: tuple[Tender, ...] = ()
	time: time | None = None
	branch: str = ""
	paid: bool = True
	barred: Reason | None = None


class Return(NamedTuple):
	"""Goods brought back. `against` is the original invoice, "" if it is not known."""

	id: str
	customer: str
	day: date
	lines: tuple[Line, ...]
	against: str = ""


# ---------------------------------------------------------------------------------------------- what the ledger records

# Points are counted by the program's rules; the others hold money (Rial), worth one each.
Wallet = Literal["Points", "Cash Credit", "Gift Credit", "Gift Card"]
Kind = Literal["award", "issue", "redeem", "restore", "reverse", "expire", "fill", "transfer", "adjust"]
Fact = object


class Reason(NamedTuple):
	"""Why an entry exists: a code that `words.reason` knows, and the facts behind it (rule, base, rate, rounding)."""

	code: str
	facts: dict[str, Fact]


class Lot(NamedTuple):
	"""An award that can be spent.

	original, remaining, expired: points. value: Rial per point, its own for ever. expires_on: the last day it can be
	spent (None: never, or `idle_months` after the last purchase). root: the lot of the award that it descends from
	by transfer or by restoring (its own id for an award's lot). granted: given for nothing, not the customer's own
	money. In a wallet of money quantities are Rial, and the value is 1.
	"""

	id: str
	account: str
	original: Decimal
	remaining: Decimal
	value: Decimal
	available_from: date
	expires_on: date | None
	idle_months: int
	awarded_on: date
	seq: int
	root: str
	expired: Decimal = ZERO
	granted: bool = True


class Entry(NamedTuple):
	"""One movement of points in one account: at most one lot; `lot` None moves the deficit. Signed quantity; `value` is
	the lot's, Rial per point (0 for the deficit: a debt has no value)."""

	account: str
	seq: int
	day: date
	kind: Kind
	quantity: Decimal
	lot: str | None
	value: Decimal
	source: str
	reason: Reason


class Given(NamedTuple):
	"""What a member has given others: the last day of it, how much that day, and in that day's calendar month."""

	day: date = date.min
	on_day: Decimal = ZERO
	in_month: Decimal = ZERO


class TierChange(NamedTuple):
	"""A member moved. `why`: "reached", "review" or "withdrawn"; value and threshold are of the metric."""

	account: str
	day: date
	before: str
	after: str
	why: str
	value: Decimal
	threshold: Decimal


# ---------------------------------------------------------------------------------------------- what a document did


class RulePart(NamedTuple):
	"""What one rule gave a line or document: the rule's name ("" for the tier's own rate) and its multiplier share
	or added points."""

	rule: str
	amount: Decimal


class Bonus(NamedTuple):
	"""Points added by one rule, spread over the lines by `shares` (same length as the lines, sums to 1)."""

	rule: str
	points: Decimal
	shares: tuple[Fraction, ...]


class Claim(NamedTuple):
	"""A return without reference has so much of line `n`."""

	source: str
	n: int
	share: Fraction


class Counted(NamedTuple):
	"""Net purchases (Rial, negative) that a return counted on a day. purchase: whose goods they were, as far as known;
	own_day: counted on the return's day, because the invoice was not given."""

	day: date
	net: Decimal
	purchase: str
	own_day: bool


@dataclass(slots=True)
class Posted:
	"""A purchase as it was posted, and how much of it has been undone since.

	weights: per line, base × (1 + bonuses), before wallet share and rate (Rial); parts: per line, which rules.
	rate: points per unit of weight, wallet share included. exact: the sum of all contributions in points before
	rounding and caps. awarded: what the ledger got (points). carry: Rial of step remainder this document left (+) or
	used (−). lot: the award's; held: it waits for payment, and scored is what it was
	before caps were looked at again. spent: lots (as they were) and points that paid; spent_on: when (for the daily
	limit).
	returned, matched: per line, the share brought back with reference, and claimed by returns without one.
	"""

	id: str
	account: str
	day: date
	tier: str
	lines: tuple[Line, ...]
	payable: tuple[bool, ...]
	weights: tuple[Decimal, ...]
	parts: tuple[tuple[RulePart, ...], ...]
	bonuses: tuple[Bonus, ...]
	rate: Fraction
	exact: Fraction
	awarded: Decimal
	carry: Fraction
	reason: Reason
	lot: str = ""
	held: bool = False
	scored: Decimal = ZERO
	spent_on: date | None = None
	spent: tuple[tuple[Lot, Decimal], ...] = ()
	tenders: tuple[Tender, ...] = ()
	returned: list[Fraction] = field(default_factory=list)
	matched: list[Fraction] = field(default_factory=list)
	claims: list[Claim] = field(default_factory=list)
	reversed: Decimal = ZERO
	taken: Decimal = ZERO
	carried_back: Fraction = NOTHING
	restored: list[Decimal] = field(default_factory=list)
	refunded: list[Decimal] = field(default_factory=list)
	cancelled: bool = False

	@property
	def gross(self) -> Decimal:
		return sum((line.net + line.tax for line in self.lines), ZERO)

	@property
	def by_discount(self) -> bool:
		"""Whether its points were a discount, and so paid nothing of what it amounts to."""
		return any(line.taken_off for line in self.lines)

	@property
	def counts(self) -> bool:
		"""Whether it counts as a purchase for tier, visits and inactivity."""
		return self.reason.code not in UNCOUNTED


class Undoing(NamedTuple):
	"""What one return with reference changed on its purchase: shares per line, points restored per piece, Rial refunded
	per tender."""

	purchase: str
	returned: tuple[Fraction, ...]
	restored: tuple[Decimal, ...]
	refunded: tuple[Decimal, ...]


@dataclass(slots=True)
class PostedReturn:
	"""A return (or cancellation) as it was posted.

	undoing: what it did to the purchase it names; claimed: the purchases whose lines it claims without naming them, as
	it stands now (a later return with reference moves claims on); plain: points taken at the present rate.
	taken: lots (None: deficit) and points that went; restored: lots and points that came back; money: refunds by mode
	(Rial), those of wallets included; credited: what of it went to which wallet's account; rounding: what the points'
	whole numbers leave between refund and document (Rial, 0 once all is back); by_discount: the points that came back
	had been a discount, and are no part of the refund.
	"""

	id: str
	account: str
	day: date
	against: str
	net: Decimal
	undoing: Undoing | None
	claimed: list[str]
	plain: Decimal
	taken: list[tuple[Lot | None, Decimal]]
	restored: tuple[tuple[Lot, Decimal], ...]
	money: tuple[tuple[str, Decimal], ...]
	rounding: Decimal
	activity: tuple[Counted, ...]
	cancelled: bool = False
	credited: tuple[tuple[str, Decimal], ...] = ()
	by_discount: bool = False

	@property
	def refunded_value(self) -> Decimal:
		"""What the points that came back are of the refund (Rial, each at its lot's value)."""
		return ZERO if self.by_discount else sum((lot.value * part for lot, part in self.restored), ZERO)


class Noted(NamedTuple):
	"""A document that was acted on and has nothing to undo by itself: a cancellation, a merging; or a lot that was
	received, and by which transfer."""

	id: str
	account: str
	day: date
	what: str


@dataclass(slots=True)
class Paid:
	"""What a wallet paid of a document (Rial). spent: lots as they were and what they gave; restored: how much of each
	has come back."""

	id: str
	account: str
	day: date
	document: str
	spent: tuple[tuple[Lot, Decimal], ...]
	restored: list[Decimal]

	@property
	def amount(self) -> Decimal:
		return sum((part for _lot, part in self.spent), ZERO)


@dataclass(slots=True)
class Repaid:
	"""What a return gave back to a wallet. paid: the payment it belongs to; steps: of each of its pieces (Rial);
	restored: the lots it went to."""

	id: str
	account: str
	day: date
	paid: str
	steps: tuple[Decimal, ...]
	restored: tuple[tuple[Lot, Decimal], ...]
	cancelled: bool = False


class Handed(NamedTuple):
	"""A piece that changed hands: the giver's lot as it was, the name of the lot it became, and how much."""

	lot: Lot
	received: str
	quantity: Decimal


@dataclass(slots=True)
class Transferred:
	"""What one member gave another. account: the giver's; receiver: the other's; recalled: how much of each piece has
	gone since because what the giver had earned it with was undone."""

	id: str
	account: str
	receiver: str
	day: date
	quantity: Decimal
	pieces: list[Handed]
	recalled: list[Decimal]
	cancelled: bool = False


@dataclass(slots=True)
class Adjusted:
	"""Points or money given or taken by a document of its own (an opening balance, a correction, a gift, a gift card
	that was sold). lot: the one that was opened; taken: lots (None: deficit) and points that went."""

	id: str
	account: str
	day: date
	points: Decimal
	lot: str
	taken: list[tuple[Lot | None, Decimal]]
	cancelled: bool = False


Document = Posted | PostedReturn | Paid | Repaid | Adjusted | Transferred | Noted
