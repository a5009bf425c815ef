"""The way of a document: what a sale, a payment, a transfer or the mere passing of time does to a member.

The invoice hooks, the night jobs and the back-test all call these functions (and those of `undo`); each asks the
deciding modules (`earning`, `lots`, `tiers`) and moves the account by `Account`'s methods. They check before they move:
an error leaves nothing behind but what time itself has done (`advance`).

Every function is safe to repeat: a document that was posted before is not posted again.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from loyalty_club.core import ladder, returns, tiers, transfers
from loyalty_club.core import lots as lots_
from loyalty_club.core.account import Account, Store
from loyalty_club.core.earning import Earned, LineClass, Rates, paying_share
from loyalty_club.core.errors import ClubError
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import Piece
from loyalty_club.core.model import (
	NOTHING,
	ONE,
	WHOLE,
	ZERO,
	Adjusted,
	Given,
	Handed,
	Kind,
	Line,
	Lot,
	Noted,
	Posted,
	Program,
	Purchase,
	Reason,
	Transferred,
)
from loyalty_club.core.periods import CALENDARS
from loyalty_club.core.tiers import Day


class Club:
	"""A program in force and the store it posts to. A new version of the program is a new Club on the same store."""

	def __init__(self, program: Program, store: Store) -> None:
		self.program = program
		self.store = store
		self.rates = Rates(program)
		self.calendar = CALENDARS[program.calendar]

	# ------------------------------------------------------------------------------------------ joining, time

	def join(self, account: Account, day: date) -> None:
		"""Begins a membership: the tier that needs nothing, if there is one. A wallet of money has none."""
		account.joined = account.clock = day
		account.oldest_day = date.min
		if not account.is_money:
			account.tier_since = day
			account.tier = tiers.name_at(self.program, tiers.reached(self.program, ZERO))

	def advance(self, account: Account, day: date) -> None:
		"""Lets everything happen that is due by itself up to the morning of `day`: expiry, release of pending points
		into a deficit, tiers withdrawn after returns, tier reviews — in the order of their days."""
		while account.next_due <= day and account.next_due < date.max:
			due = account.next_due
			account.next_due = date.max
			for (lot, points), died in lots_.to_expire(
				account.lots.values(), self.program, account.last_purchase, due
			):
				unit = "amount" if account.is_money else "points"
				facts: dict[str, object] = {unit: points, "last_day": died - timedelta(days=1)}
				reason = Reason("credit_expired" if account.is_money else "expired", facts)
				account.draw([(lot, points)], max(died, account.clock), "expire", "", reason)
			if account.deficit:
				account.fill(due, "")
			ladder.look_at(self.program, account, due)
			self.schedule(account, due)
		if day > account.clock:
			account.clock = day

	def schedule(self, account: Account, day: date) -> None:
		"""Notes the next day on which something of this account happens by itself."""
		for lot in account.lots.values():
			if lot.available_from > day:
				account.due(lot.available_from)
			last = lots_.last_day(lot, self.program, account.last_purchase)
			if last is not None:
				account.due(last + timedelta(days=1))
		for promotion in account.promotions:
			account.due(promotion.check_on)
		account.due(ladder.next_look(self.program, account))

	def review(self, key: str, day: date, *, keep: bool = False) -> bool:
		"""A manager has approved the review of a member whose term is over, or lets the member keep the tier for
		another term; whether there was anything to decide. Safe to repeat: a term is decided once."""
		account = self.home(key)
		self.advance(account, day)
		done = ladder.approve(self.program, account, max(day, account.clock), keep=keep)
		self.schedule(account, max(day, account.clock))
		return done

	def scored(self, key: str, day: date, score: Decimal) -> bool:
		"""A member has been given an LRFM score (1 to 5, two decimals; 0: none), by which the tier may rise at once;
		whether it is another one than before."""
		account = self.home(key)
		self.advance(account, day)
		if account.score == score:
			return False
		account.score = score
		ladder.look_up(self.program, account, max(day, account.clock))
		return True

	def home(self, key: str) -> Account:
		"""The account that one has become by merging, itself if it has not."""
		account = self.store.account(key)
		while account.heir:
			account = self.store.account(account.heir)
		return account

	# ------------------------------------------------------------------------------------------ sale, payment

	def sale(self, purchase: Purchase) -> Posted | None:
		"""Redeems and awards what a purchase should; None if it was posted before.

		A purchase dated before what the account has already seen earns at the tier held now, with dates from its own
		day; what would have expired meanwhile is awarded and expired at once.
		Raises RedemptionRefused (nothing is changed) if the points it wants to spend cannot be.
		"""
		if self.store.document(purchase.id) is not None:
			return None
		account = self.home(purchase.customer)
		day = purchase.day
		if account.next_due <= day:
			self.advance(account, day)
		today = max(day, account.clock)

		lines = purchase.lines
		classes = self.rates.classes(lines)
		net = sum([line.net for line in lines], ZERO)
		spent: list[Piece] = []
		share = WHOLE
		if purchase.redeem or purchase.tenders:
			gross = net + sum([line.tax for line in lines], ZERO)
			reducing = sum((tender.amount for tender in purchase.tenders if tender.reduces_base), ZERO)
			if purchase.redeem:
				lines = self._discounted(account, purchase, today)
				spent = self._redemption(account, purchase._replace(lines=lines), classes, today)
				if not self.by_discount:
					reducing += lots_.value(spent)
			share = paying_share(gross, reducing)

		if account.joined is None:
			self.join(account, day)
		account.clock = today
		tier = account.tier
		score = self.rates.score(
			purchase, tier, classes, share, account.purchases == 0, account.carry, self._earned(account, day)
		)
		if spent:
			facts: dict[str, object] = {"points": purchase.redeem, "value": lots_.value(spent)}
			reason = Reason("redeemed_as_discount" if self.by_discount else "redeemed", facts)
			account.draw(spent, day, "redeem", purchase.id, reason)
			account.spent = (today, account.spent_on(today) + purchase.redeem)

		posted = Posted(
			purchase.id,
			account.key,
			day,
			tier,
			lines,
			self.rates.payable(classes),
			score.weights,
			score.parts,
			score.bonuses,
			score.rate,
			score.exact,
			score.awarded,
			score.carry,
			score.reason,
			scored=score.awarded,
			spent_on=today if spent else None,
			spent=tuple(spent),
			tenders=purchase.tenders,
			returned=[NOTHING] * len(lines),
			matched=[NOTHING] * len(lines),
			restored=[ZERO] * len(spent),
		)
		if score.carry:
			account.carry += score.carry
		if not posted.counts:
			net = ZERO
		account.purchases += net > 0
		if net > 0:
			if account.first_purchase is None or day < account.first_purchase:
				account.first_purchase = day
			if account.last_purchase is None or day > account.last_purchase:
				account.last_purchase = day
		points = score.awarded
		if points:
			account.awards = (today, account.awards_on(today) + 1)
		if self.program.earning.award == "when_paid" and not purchase.paid and purchase.barred is None:
			posted.held, points = True, ZERO
		elif points:
			self._award(account, posted, day, purchase.id)
		moved = ladder.add_activity(self.program, account, day, net, points)
		for promotion in account.promotions:
			promotion.bought(day, moved)
		ladder.look_up(self.program, account, today)
		if today != day:
			self.overdue(account, today)
		ladder.fold(self.program, account, today)
		self.store.save(posted)
		return posted

	def most(self, purchase: Purchase) -> Decimal:
		"""The most points that could pay this purchase now; 0 if none. Lets time pass for the member, nothing else."""
		account = self.home(purchase.customer)
		self.advance(account, purchase.day)
		payable, total = self._payable(purchase, self.rates.classes(purchase.lines))
		return lots_.most(
			self.program,
			list(account.lots.values()),
			account.deficit,
			payable,
			total,
			account.spent_on(max(purchase.day, account.clock)),
			max(purchase.day, account.clock),
		)

	def _redemption(
		self, account: Account, purchase: Purchase, classes: list[LineClass], today: date
	) -> list[Piece]:
		payable, total = self._payable(purchase, classes)
		return lots_.redemption(
			self.program,
			list(account.lots.values()),
			account.deficit,
			purchase.redeem,
			payable,
			total,
			account.spent_on(today),
			today,
		)

	@property
	def by_discount(self) -> bool:
		"""Whether points are a discount before tax in this program."""
		return self.program.spending.redeem_as == "discount"

	def _discounted(self, account: Account, purchase: Purchase, today: date) -> tuple[Line, ...]:
		"""The lines with what the points have taken off each. A document that does not say it, but is after the
		discount, had it spread over its lines by their net amounts."""
		lines = purchase.lines
		if not self.by_discount or any(line.taken_off for line in lines):
			return lines
		pieces, _left = lots_.take(lots_.spendable(account.lots.values(), today), purchase.redeem)
		parts = returns.spread(
			lots_.value(pieces), [max(ZERO, line.net) for line in lines], self.program.coin
		)
		return tuple(line._replace(taken_off=part) for line, part in zip(lines, parts, strict=True))

	def _payable(self, purchase: Purchase, classes: list[LineClass]) -> tuple[Decimal, Decimal]:
		"""Rial that points may pay of a purchase, and what it is in all: as a discount, of the lines as they were
		before it, without tax; as a means of payment, with tax, but not what other wallets pay."""
		rows = [(line, kind.payable) for line, kind in zip(purchase.lines, classes, strict=True)]
		if self.by_discount:
			before = [(line.net + line.taken_off, payable) for line, payable in rows]
			return sum((net for net, payable in before if payable), ZERO), sum(
				(net for net, _ in before), ZERO
			)
		total = sum((line.net + line.tax for line in purchase.lines), ZERO)
		payable = sum((line.net + line.tax for line, payable in rows if payable), ZERO)
		credit = sum([tender.amount for tender in purchase.tenders if tender.account], ZERO)
		return (min(payable, total - credit) if credit else payable), total

	def _award(self, account: Account, posted: Posted, day: date, source: str) -> None:
		"""Opens the document's lot: spendable after the pending days, its life counted from then."""
		available = day + timedelta(days=self.program.earning.pending_days)
		lot = account.new_lot(self.program, posted.awarded, day, available, self.program.spending.point_value)
		account.award(lot, self.program, day, source, posted.reason)
		posted.lot = lot.id

	def overdue(self, account: Account, today: date) -> None:
		"""Lets what a backdated document should already have seen happen happen now."""
		if account.next_due <= today:
			self.advance(account, today)

	def _earned(self, account: Account, day: date) -> Earned:
		caps = self.program.earning.caps
		if caps.day is None and caps.month is None and caps.member is None:
			return Earned()
		month = self.calendar.month_of(day)
		in_month = sum((row.points for each, row in account.days.items() if month.covers(each)), ZERO)
		if month.start < account.oldest_day:
			past = (month.start + timedelta(days=n) for n in range((account.oldest_day - month.start).days))
			in_month += sum((account.day(each).points for each in past if each <= month.end), ZERO)
		return Earned(account.day(day).points, in_month, account.total.points)

	def pay(self, document: str, day: date) -> bool:
		"""A held award is given because its invoice was paid (or its cheque cleared) on `day`; False if there is none.

		Its dates count from the payment."""
		posted = self.store.document(document)
		if not isinstance(posted, Posted) or not posted.held or posted.cancelled:
			return False
		account = self.home(posted.account)
		self.advance(account, day)
		posted.held = False
		self._cap_again(account, posted)
		left = posted.awarded - posted.reversed
		if left:
			self._award(account, posted, day, posted.id)
			if posted.reversed:
				reason = Reason("returned_before_paid", {"document": posted.id, "reversed": posted.reversed})
				self.take_lots(
					account,
					self.award_lots(posted),
					posted.reversed,
					account.clock,
					"reverse",
					posted.id,
					reason,
				)
			moved = ladder.add_activity(self.program, account, posted.day, ZERO, left)
			for promotion in account.promotions:
				promotion.bought(posted.day, moved)
			ladder.look_up(self.program, account, account.clock)
		posted.taken = posted.reversed
		self.overdue(account, account.clock)
		self.store.save(posted)
		return True

	def _cap_again(self, account: Account, posted: Posted) -> None:
		"""Other awards may have used up the caps while this one waited."""
		shares = [a + b for a, b in zip(posted.returned, posted.matched, strict=True)]
		quantum = self.program.quantum
		posted.awarded = posted.scored
		posted.reversed = returns.reversed_by_now(posted, shares, quantum)
		wanted = posted.awarded - posted.reversed
		allowed, cap = self.rates.cap(wanted, self._earned(account, posted.day))
		while posted.awarded - posted.reversed > allowed:
			too_many = posted.awarded - posted.reversed - allowed
			share = Fraction(wanted) / Fraction(posted.scored)
			posted.awarded -= max(quantum, lots_.round_down(Fraction(too_many) / share, quantum))
			posted.reversed = returns.reversed_by_now(posted, shares, quantum)
		if cap:
			facts = {
				"before_cap": posted.scored,
				**posted.reason.facts,
				"awarded": posted.awarded,
				"cap": cap,
			}
			posted.reason = Reason("earned", facts)

	def unpay(self, document: str, day: date, source: str) -> bool:
		"""The payment was taken back (a cheque bounced): the award goes until it is paid again; False if there is
		none to take."""
		posted = self.store.document(document)
		if not isinstance(posted, Posted) or posted.held or posted.cancelled or not posted.lot:
			return False
		account = self.home(posted.account)
		self.advance(account, day)
		lots = self.award_lots(posted)
		left = posted.awarded - posted.taken - expired(lots)
		reason = Reason("payment_taken_back", {"document": posted.id, "points": left})
		self.take_lots(account, lots, max(ZERO, left), account.clock, "reverse", source, reason)
		moved = ladder.add_activity(self.program, account, posted.day, ZERO, posted.reversed - posted.awarded)
		ladder.brought_back(self.program, account, posted.day, -moved, account.clock, own_day=False)
		posted.held, posted.lot, posted.taken = True, "", ZERO
		self.store.save(posted)
		return True

	# ------------------------------------------------------------------------------------------ taking

	def family(self, posted: Posted | Adjusted) -> list[Lot]:
		"""The lots that descend from a document's award by transfer or restoring, its own left out. Time passes for
		their holders first, so that it does not matter who was looked at when."""
		today = self.home(posted.account).clock
		found = []
		for key, name in self.store.descendants(posted.lot) if posted.lot else ():
			holder = self.store.account(key)
			self.advance(holder, today)
			lot = holder.lots.get(name) or self.store.lot(name)
			if lot is not None:
				found.append(lot)
		return found

	def own_lot(self, posted: Posted | Adjusted) -> Lot | None:
		"""The award's lot as it stands, open or closed."""
		if not posted.lot:
			return None
		return self.store.account(posted.account).lots.get(posted.lot) or self.store.lot(posted.lot)

	def award_lots(self, posted: Posted | Adjusted) -> list[Lot]:
		"""Every lot of a document's award: its own, then what descends from it."""
		own = self.own_lot(posted)
		return [*([own] if own else []), *self.family(posted)]

	def take_lots(
		self,
		account: Account,
		first: list[Lot],
		points: Decimal,
		today: date,
		kind: Kind,
		source: str,
		reason: Reason,
	) -> list[tuple[Lot | None, Decimal]]:
		"""Takes points from the given lots (of any account), then from what can be spent, then as a deficit."""
		taken: list[tuple[Lot | None, Decimal]] = []
		for lot in first:
			holder = self.store.account(lot.account)
			now = holder.lots.get(lot.id)
			part = min(points, now.remaining) if now else ZERO
			if now and part:
				holder.draw([(now, part)], today, kind, source, reason)
				taken.append((now, part))
				if holder is not account:
					self._recall(now, part)
				points -= part
		pieces, rest = lots_.take(lots_.spendable(account.lots.values(), today), points)
		account.draw(pieces, today, kind, source, reason)
		taken += pieces
		if rest:
			account.owe(rest, today, kind, source, reason)
			taken.append((None, rest))
		return taken

	# ------------------------------------------------------------------------------------------ merging

	def merge(self, name: str, gone: str, stays: str, day: date) -> bool:
		"""Two members turn out to be one: points, debts, purchases and what a later return needs go to the one that
		stays, each lot with its value, dates and origin; False if done before."""
		if self.store.document(name) is not None:
			return False
		source, target = self.home(gone), self.home(stays)
		if source is target:
			raise ClubError("merge_with_self", member=gone)
		today = max(day, source.clock, target.clock)
		for account in (source, target):
			if account.joined is None:
				self.join(account, today)
			self.advance(account, today)
			account.clock = today
		out, into = Reason("merged_out", {"member": stays}), Reason("merged_in", {"member": gone})
		for lot in lots_.spend_order(source.lots.values()):
			piece = (lot, lot.remaining)
			source.draw([piece], today, "transfer", name, out)
			target.receive(piece, self.program, today, name, into)
		debt = source.deficit
		source.forgive(debt, today, "transfer", name, out)
		target.owe(debt, today, "transfer", name, into)
		if target.deficit:
			target.fill(today, name)
		_add_member(target, source, self.store)
		target.absorbed += [source.key, *source.absorbed]
		source.heir, source.promotions, source.next_due = target.key, [], date.max
		ladder.look_up(self.program, target, today)
		self.schedule(target, today)
		self.store.save(Noted(name, source.key, today, "merge"))
		return True

	# ------------------------------------------------------------------------------------------ adjustment

	def adjust(
		self,
		name: str,
		key: str,
		points: Decimal,
		day: date,
		why: str,
		expires_on: date | None = None,
		*,
		granted: bool = True,
		reason: Reason | None = None,
	) -> Adjusted | None:
		"""Gives (points > 0) or takes (points < 0) points by hand, or money where the account is a wallet of money;
		None if it was done before.

		What is given is a lot of its own, alive as the program says (money: for ever) or through `expires_on`, and
		counts for no tier and no cap. What is taken goes in spend order; points may leave a deficit, money must be
		there. why: a person's words; granted: given for nothing; reason: where a document does it (`wallets`).
		"""
		if self.store.document(name) is not None:
			return None
		account = self.home(key)
		money = account.is_money
		step = account.step(self.program)
		if not points or points % step:
			if money:
				raise ClubError("not_an_amount", wanted=points, step=step)
			raise ClubError("not_a_quantity", wanted=points, step=step)
		if account.joined is None:
			self.join(account, day)
		self.advance(account, day)
		today = max(day, account.clock)
		if money and -points > account.available(today):
			raise ClubError("not_enough_credit", amount=-points, payable=account.available(today))
		facts: dict[str, object] = {"amount" if money else "points": abs(points), "why": why}
		kind: Kind = "issue" if reason else "adjust"
		adjusted = Adjusted(name, account.key, today, points, "", [])
		if points > 0:
			value = ONE if money else self.program.spending.point_value
			lot = account.new_lot(self.program, points, day, day, value)._replace(granted=granted)
			if expires_on is not None:
				lot = lot._replace(expires_on=expires_on, idle_months=0)
			reason = reason or Reason("credit_given" if money else "adjusted_up", facts)
			account.award(lot, self.program, day, name, reason, kind)
			adjusted.lot = lot.id
		else:
			reason = reason or Reason("credit_taken" if money else "adjusted_down", facts)
			adjusted.taken = self.take_lots(account, [], -points, today, kind, name, reason)
		self.schedule(account, today)
		self.overdue(account, today)
		self.store.save(adjusted)
		return adjusted

	# ------------------------------------------------------------------------------------------ transfer

	def transfer(
		self,
		name: str,
		giver: str,
		receiver: str,
		quantity: Decimal,
		day: date,
		*,
		limits: transfers.Limits = transfers.NO_LIMITS,
		called: tuple[str, str] = ("", ""),
		approved: str = "",
	) -> Transferred | None:
		"""Moves points, or money of a wallet, from one member to another, each lot's value, dates and origin kept; None
		if it was done before.

		called: how giver and receiver are named in each other's statement; approved: why it was done without the
		giver's code. Both wallets are of one kind."""
		if self.store.document(name) is not None:
			return None
		names = called[0] or giver, called[1] or receiver
		source, target = self.home(giver), self.home(receiver)
		if source is target:
			raise ClubError("transfer_to_self", member=names[0])
		assert source.wallet == target.wallet, "one kind of wallet"
		for account in (source, target):
			self.advance(account, day)
		today = max(day, source.clock, target.clock)
		self.advance(source, today)
		self.advance(target, today)
		pieces = transfers.pieces(source, self.program, limits, quantity, today)
		if target.joined is None:
			self.join(target, today)
		money = source.is_money
		facts: dict[str, object] = {"amount" if money else "points": quantity}
		out = {**facts, "member": names[1], **({"approved": approved} if approved else {})}
		source.draw(
			pieces, today, "transfer", name, Reason("credit_transfer_out" if money else "transfer_out", out)
		)
		into = Reason("credit_transfer_in" if money else "transfer_in", {**facts, "member": names[0]})
		done = Transferred(name, source.key, target.key, today, quantity, [], [ZERO] * len(pieces))
		for lot, part in pieces:
			received = target.receive((lot, part), self.program, today, name, into).id
			done.pieces.append(Handed(lot, received, part))
			self.store.save(Noted(received, target.key, today, name))
		given = transfers.given_on(source, self.program, today)
		source.given = Given(today, given.on_day + quantity, given.in_month + quantity)
		self.store.save(done)
		return done

	def transfer_of(self, lot: str) -> tuple[Transferred, int] | None:
		"""The transfer by which a lot was received, and which of its pieces it is; None if it was not."""
		note = self.store.document(lot)
		done = self.store.document(note.what) if isinstance(note, Noted) else None
		if not isinstance(done, Transferred):
			return None
		return done, [piece.received for piece in done.pieces].index(lot)

	def _recall(self, lot: Lot, points: Decimal) -> None:
		"""What another member had received goes, because what it was earned with was undone: neither that member nor
		whoever passed it on owes it when the transfer is undone, too."""
		found = self.transfer_of(lot.id)
		while found:
			done, n = found
			done.recalled[n] += points
			self.store.save(done)
			found = self.transfer_of(done.pieces[n].lot.id)


def _add_member(account: Account, gone: Account, store: Store) -> None:
	"""Gives an account the purchases of one that was merged into it."""
	for day, row in store.every_day(gone.key).items():
		mine = account.day(day)
		account.set_day(day, Day(mine.net + row.net, mine.points + row.points, mine.visit or row.visit))
		gone.set_day(day, Day())
	account.carry += gone.carry
	account.purchases += gone.purchases
	day_of_awards = max(account.awards[0], gone.awards[0])
	account.awards = (day_of_awards, account.awards_on(day_of_awards) + gone.awards_on(day_of_awards))
	firsts = [each for each in (account.first_purchase, gone.first_purchase) if each]
	lasts = [each for each in (account.last_purchase, gone.last_purchase) if each]
	account.first_purchase, account.last_purchase = min(firsts, default=None), max(lasts, default=None)
	account.joined = min(each for each in (account.joined, gone.joined) if each)
	gone.carry, gone.purchases = NOTHING, 0


def expired(lots: list[Lot]) -> Decimal:
	"""Points of these lots that have expired, wherever they are now."""
	return sum([lot.expired for lot in lots], ZERO)
