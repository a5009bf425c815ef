"""Returns and cancellations: what they reverse, restore and refund. Moves the account; `returns` decides how much.

Order inside one document: find which share of which purchase is back; reverse the points those earned; restore the
points that paid for them; then the activity and the tier. Everything is found out before anything moves.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from loyalty_club.core import ladder, returns, tiers, transfers, wallets
from loyalty_club.core.account import Account
from loyalty_club.core.earning import fine, line_points
from loyalty_club.core.errors import ClubError
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_half_up, value
from loyalty_club.core.model import (
	NOTHING,
	WHOLE,
	ZERO,
	Adjusted,
	Claim,
	Counted,
	Handed,
	Kind,
	Line,
	Lot,
	Noted,
	Paid,
	Posted,
	PostedReturn,
	Reason,
	Repaid,
	Return,
	Transferred,
	Undoing,
)
from loyalty_club.core.posting import Club, expired


def bring_back(club: Club, back: Return) -> PostedReturn | None:
	"""Posts a return; None if it was posted before.

	Lines of the original invoice undo their share of it. Whatever belongs to none (no original, more than was bought)
	claims the member's purchases of the item in the last `lookback_days`, the best rate first, takes back what those
	earned, and restores nothing; what finds no purchase takes back the present rate.
	"""
	if club.store.document(back.id) is not None:
		return None
	account = club.home(back.customer)
	if account.joined is None:
		club.join(account, back.day)
	club.advance(account, back.day)
	undoing = _Undo(club, account, back.id, max(back.day, account.clock))
	original = club.store.document(back.against) if back.against else None
	loose = [WHOLE] * len(back.lines)
	if isinstance(original, Posted) and club.home(original.account) is account and not original.cancelled:
		found = returns.match(original, back.lines, club.program.coin)
		loose = found.unmatched
		known = [Fraction(line.net) * (1 - left) for line, left in zip(back.lines, loose, strict=True)]
		undoing.reference(original, found.shares, _money(sum(known, NOTHING)))
	if not account.is_money:
		undoing.claim([(line, left) for line, left in zip(back.lines, loose, strict=True) if left])
	return undoing.post(
		"returned", back.against, sum((line.net for line in back.lines), ZERO), back.lines, loose
	)


def cancel(club: Club, name: str, day: date, source: str) -> bool:
	"""Undoes a document as if it had not been; False if there is none to undo.

	name: the document; source: the name of this act. A sale is undone like a full return of what is left of it; a
	return's points are given back and taken again; a transfer's come back.
	"""
	document = club.store.document(name)
	if document is None or isinstance(document, (Noted, Paid, Repaid)):
		return False
	if document.cancelled or club.store.document(source):
		return False
	account = club.home(document.account)
	club.advance(account, day)
	today = max(day, account.clock)
	if isinstance(document, PostedReturn):
		_cancel_return(club, account, document, today, source)
		return True
	if isinstance(document, Adjusted):
		_cancel_adjustment(club, account, document, today, source)
		return True
	if isinstance(document, Transferred):
		_cancel_transfer(club, account, document, today, source)
		return True
	left = [Fraction(line.net) * (1 - f) for line, f in zip(document.lines, document.returned, strict=True)]
	net = _money(sum(left, NOTHING))
	undoing = _Undo(club, account, source, today)
	document.cancelled = True
	undoing.reference(document, [WHOLE] * len(document.lines), net)
	undoing.post("cancelled", name, net, (), [])
	return True


class _Undo:
	"""One return while it is worked out."""

	def __init__(self, club: Club, account: Account, source: str, today: date) -> None:
		self.club = club
		self.account = account
		self.source = source
		self.today = today
		self.touched: dict[str, tuple[Posted, list[Fraction], list[Fraction]]] = {}
		self.original: Posted | None = None
		self.back: list[Fraction] = []
		self.original_net = ZERO
		self.claimed: dict[str, Decimal] = {}
		self.plain = NOTHING
		self.plain_net = ZERO
		self.moved: dict[str, Fraction] = {}
		self.moved_to: dict[str, list[str]] = {}
		self.looked_for: set[str] = set()
		self.purchases: dict[str, Posted] = {}
		self.lines_of: dict[str, list[tuple[Posted, int]]] = {}

	def _touch(self, posted: Posted) -> Posted:
		"""One object per document, with its shares as they were."""
		if posted.id not in self.touched:
			self.touched[posted.id] = (posted, list(posted.returned), list(posted.matched))
		return self.touched[posted.id][0]

	def reference(self, original: Posted, shares: list[Fraction], net: Decimal) -> None:
		"""The original's lines are back up to `shares`; what returns without reference had claimed of them moves on
		to other purchases of the item."""
		self.original = self._touch(original)
		self.back, self.original_net = shares, net
		displaced: list[tuple[Line, Fraction, str]] = []
		for n, line in enumerate(original.lines):
			over = shares[n] + original.matched[n] - WHOLE
			if over > 0:
				original.matched[n] -= over
				displaced += [(line, part, source) for source, part in _displace(original, n, over)]
		for line, over, source in displaced:
			unclaimed = self._claim(line, over, source)
			if unclaimed:
				points = self.club.rates.plain(line, self.account.tier) * unclaimed
				self.moved[source] = self.moved.get(source, NOTHING) + points

	def claim(self, loose: list[tuple[Line, Fraction]]) -> None:
		"""Parts of returned lines have no original: they claim purchases of the item; what finds none is taken back at
		the present rate."""
		self._look_for({line.item for line, _ in loose})
		for line, left in loose:
			unclaimed = self._claim(line, left, self.source)
			if unclaimed:
				self.plain += self.club.rates.plain(line, self.account.tier) * unclaimed
				self.plain_net += _money(Fraction(line.net) * unclaimed)

	def _look_for(self, items: set[str]) -> None:
		"""Finds the member's purchases of the items within the look-back, once for each item."""
		wanted = items - self.looked_for
		if wanted:
			self.looked_for |= wanted
			since = self.today - timedelta(days=self.club.program.returns.lookback_days)
			for key in (self.account.key, *self.account.absorbed):
				for stored in self.club.store.sales(key, since, self.today, wanted):
					self._offer(stored, wanted)

	def _offer(self, stored: Posted, wanted: set[str]) -> None:
		"""A purchase whose lines of the wanted items may be claimed."""
		posted = self.touched[stored.id][0] if stored.id in self.touched else stored
		for n, line in enumerate(posted.lines):
			if line.item in wanted and line.qty > 0 and not posted.cancelled:
				self.lines_of.setdefault(line.item, []).append(
					(self.purchases.setdefault(posted.id, posted), n)
				)

	def _claim(self, line: Line, left: Fraction, source: str) -> Fraction:
		"""Claims purchases of the item in the name of a return; gives the part of the line that found none."""
		quantity = Fraction(line.qty) if left is WHOLE else Fraction(line.qty) * left
		for posted, n in self._purchases_of(line.item):
			if quantity <= 0:
				break
			bought = Fraction(posted.lines[n].qty)
			taken = self.back[n] if posted is self.original else posted.returned[n]
			matched = posted.matched[n]
			free = WHOLE if taken is NOTHING and matched is NOTHING else WHOLE - taken - matched
			part = min(free, WHOLE if quantity == bought else quantity / bought)
			if part > 0:
				self._touch(posted).matched[n] = part if matched is NOTHING else matched + part
				posted.claims.append(Claim(source, n, part))
				quantity -= part * bought
				if source == self.source:
					net = line.net
					if part * bought != line.qty:
						net = _money(part * bought / Fraction(line.qty) * Fraction(line.net))
					self.claimed[posted.id] = self.claimed.get(posted.id, ZERO) + net
				else:
					self.moved_to.setdefault(source, []).append(posted.id)
		return max(NOTHING, quantity / Fraction(line.qty)) if line.qty else left

	def _purchases_of(self, item: str) -> list[tuple[Posted, int]]:
		"""The member's lines of an item within the look-back, the highest rate first, then the latest."""
		self._look_for({item})
		found = self.lines_of.get(item, [])
		return sorted(found, key=_best_rate) if len(found) > 1 else found

	def post(
		self, code: str, against: str, net: Decimal, lines: tuple[Line, ...], loose: list[Fraction]
	) -> PostedReturn:
		"""Moves everything that was found out, and keeps what was done."""
		program, account, today = self.club.program, self.account, self.today
		account.clock = max(account.clock, today)
		taken: list[tuple[Lot | None, Decimal]] = []
		undoing: Undoing | None = None
		refund = returns.Refund([], [], [], ZERO)
		activity: list[Counted] = []
		for posted, returned, matched in self.touched.values():
			mine = posted is self.original
			shares = self.back if mine else posted.returned
			if shares == returned and posted.matched == matched:
				continue
			already = posted.reversed
			was_empty = _empty(returned, matched)
			taken += self._reverse(posted, shares, code if mine else "returned")
			points = ZERO if posted.held else already - posted.reversed
			if mine:
				targets = returns.restored_by_now(posted, shares, program.quantum)
				refund = returns.refund(posted, shares, targets, program.coin)
				undoing = Undoing(
					posted.id,
					_less(shares, returned),
					_less_money(targets, posted.restored),
					_less_money(refund.by_now, posted.refunded),
				)
				posted.restored, posted.refunded, posted.returned = targets, refund.by_now, shares
				activity.append(self._count(posted, -self.original_net, points, own_day=False))
			else:
				activity.append(self._count(posted, ZERO, points, own_day=True))
			self.club.store.save(posted)
			account.purchases -= _counts(posted) and _empty(posted.returned, posted.matched) and not was_empty
		for name, claimed in self.claimed.items():
			activity.append(self._count(self.touched[name][0], -claimed, ZERO, own_day=True))
		plain = self._take_plain(self.source, self.plain, taken)
		if plain or self.plain_net:
			activity.append(self._count(None, -self.plain_net, -plain, own_day=True))
		self._move_claims()
		recall_last_purchase(account)
		restored = (
			self._restore(self.original, undoing, code) if self.original is not None and undoing else []
		)
		credited = _together(refund.credited)
		if self.original is not None:
			for key, amount in credited:
				wallets.give_back(self.club, self.source, self.original.id, key, amount, today, code)
		if code == "cancelled" and self.original is not None and account.spent[0] == self.original.spent_on:
			spent = sum((points for _, points in self.original.spent), ZERO)
			account.spent = (account.spent[0], max(ZERO, account.spent[1] - spent))
		self.club.overdue(account, today)
		cash = [Fraction(line.net + line.tax) * left for line, left in zip(lines, loose, strict=True) if left]
		money = [*refund.money, ("", _money(sum(cash, NOTHING)))] if cash else refund.money
		posted_return = PostedReturn(
			self.source,
			account.key,
			today,
			against,
			net,
			undoing,
			list(self.claimed),
			plain,
			taken,
			tuple(restored),
			tuple(money),
			refund.rounding,
			tuple(activity),
			cancelled=code == "cancelled",
			credited=credited,
			by_discount=self.original is not None and self.original.by_discount,
		)
		self.club.store.save(posted_return)
		return posted_return

	def _take_plain(self, source: str, exact: Fraction, taken: list[tuple[Lot | None, Decimal]]) -> Decimal:
		"""Takes back the present rate of goods that no purchase is known of; returns the points."""
		points = round_half_up(exact, self.club.program.quantum)
		if points > 0:
			reason = Reason("returned_unknown", {"points": points, "tier": self.account.tier})
			taken += self.club.take_lots(self.account, [], points, self.today, "reverse", self.source, reason)
		return max(ZERO, points)

	def _move_claims(self) -> None:
		"""Tells the returns whose claims moved on where they are now, and takes what found no other purchase."""
		for source in self.moved.keys() | self.moved_to.keys():
			holder = self.club.store.document(source)
			taken: list[tuple[Lot | None, Decimal]] = []
			plain = self._take_plain(source, self.moved.get(source, NOTHING), taken)
			self._count(None, ZERO, -plain, own_day=True)
			if isinstance(holder, PostedReturn):
				holder.claimed += self.moved_to.get(source, [])
				holder.plain += plain
				holder.taken += taken
				self.club.store.save(holder)

	def _reverse(self, posted: Posted, shares: list[Fraction], code: str) -> list[tuple[Lot | None, Decimal]]:
		"""Takes back what the returned lines earned, as far as it has not expired or been taken before."""
		together = [a if b is NOTHING else a + b for a, b in zip(shares, posted.matched, strict=True)]
		target = returns.reversed_by_now(posted, together, self.club.program.quantum)
		carried = returns.carry_by_now(posted, together)
		if carried is not posted.carried_back:
			self.account.carry -= carried - posted.carried_back
			posted.carried_back = carried
		facts: dict[str, object] = {
			"document": posted.id,
			"awarded": posted.awarded,
			"reversed": target,
			"before": posted.reversed,
			"rounding": "half_up",
		}
		posted.reversed = target
		if posted.held:
			return []
		lots = self.club.award_lots(posted)
		gone = expired(lots)
		points = max(ZERO, target - gone - posted.taken)
		if gone:
			facts["expired"] = gone
		posted.taken += points
		return self.club.take_lots(
			self.account, lots, points, self.today, "reverse", self.source, Reason(code, facts)
		)

	def _restore(self, original: Posted, undoing: Undoing, code: str) -> list[tuple[Lot, Decimal]]:
		"""Gives back the points that paid for the returned lines, last consumed first."""
		steps = undoing.restored
		pieces = [(lot, points) for (lot, _), points in zip(original.spent, steps, strict=True) if points > 0]
		whole = sum((points for _, points in original.spent), ZERO)
		facts: dict[str, object] = {
			"document": original.id,
			"spent": whole,
			"restored": sum(original.restored, ZERO),
			"value": value(pieces),
			"rounding": "half_up",
		}
		reason = Reason("restored" if code == "returned" else "restored_cancelled", facts)
		back = []
		for piece in reversed(pieces):
			lot = self.account.put_back(piece, self.club.program, self.today, "restore", self.source, reason)
			back.append((lot, piece[1]))
		return back

	def _count(self, posted: Posted | None, net: Decimal, points: Decimal, *, own_day: bool) -> Counted:
		"""Counts what came back, on the return's own day or the purchase's; promotions that the purchase belonged to
		are looked at."""
		program, account = self.club.program, self.account
		if posted is not None and not posted.counts:
			net = ZERO
		bought = posted.day if posted else self.today
		day = self.today if own_day else bought
		amount = -tiers.change(program.tier_rules, account.day(bought), net, points)
		ladder.add_activity(program, account, day, net, points)
		ladder.brought_back(program, account, bought, amount, self.today, own_day=day != bought)
		return Counted(day, net, posted.id if posted else "", own_day)


def recall_last_purchase(account: Account) -> None:
	"""A purchase that is all returned does not keep idle points alive: the last one is the latest of which something
	is left (of the days in memory)."""
	left = [day for day, row in account.days.items() if row.net > 0]
	if left:
		account.last_purchase = max(left)
	elif account.oldest_day == date.min:
		account.last_purchase = None


def _displace(original: Posted, n: int, over: Fraction) -> list[tuple[str, Fraction]]:
	"""Takes claims of so much of line `n` off a purchase, the latest first; gives whose they were."""
	found = []
	kept: list[Claim] = []
	for claim in reversed(original.claims):
		part = min(claim.share, over) if claim.n == n else NOTHING
		over -= part
		if part:
			found.append((claim.source, part))
		if part != claim.share:
			kept.append(claim._replace(share=claim.share - part))
	original.claims = kept[::-1]
	return [*found, ("", over)] if over else found


def _cancel_return(club: Club, account: Account, back: PostedReturn, today: date, source: str) -> None:
	"""Shares, claims and activity as if the return had not been; the points follow from them."""
	reason = Reason("return_cancelled", {"document": back.id})
	account.clock = max(account.clock, today)
	pool = back.taken[::-1]
	named = back.undoing.purchase if back.undoing else ""
	for name in dict.fromkeys([named, *back.claimed]):
		posted = club.store.document(name)
		if not isinstance(posted, Posted) or posted.cancelled:
			continue
		was_empty, already = _empty(posted.returned, posted.matched), posted.reversed
		if back.undoing is not None and name == named:
			posted.returned = list(_less(posted.returned, back.undoing.returned))
			posted.restored = list(_less_money(posted.restored, back.undoing.restored))
			posted.refunded = list(_less_money(posted.refunded, back.undoing.refunded))
		for claim in posted.claims:
			if claim.source == back.id:
				posted.matched[claim.n] -= claim.share
		posted.claims = [claim for claim in posted.claims if claim.source != back.id]
		points = _no_longer_taken(club, account, posted)
		home = club.own_lot(posted)
		_give_back(club, account, pool, points, home, today, source, reason)
		if not posted.held:
			day = posted.day if name == named else back.day
			_count_again(club, account, day, day, ZERO, already - posted.reversed)
		account.purchases += _counts(posted) and was_empty and not _empty(posted.returned, posted.matched)
		club.store.save(posted)
	_give_back(club, account, pool, back.plain, None, today, source, reason)
	_count_again(club, account, back.day, back.day, ZERO, back.plain)
	for counted in back.activity:
		posted = club.store.document(counted.purchase)
		gone = isinstance(posted, Posted) and posted.cancelled
		if not gone or counted.own_day:
			bought = posted.day if isinstance(posted, Posted) else counted.day
			_count_again(club, account, counted.day, bought, -counted.net, ZERO)
	original = club.store.document(named)
	if isinstance(original, Posted) and not original.cancelled:
		for lot, points in back.restored:
			club.take_lots(account, [lot], points, today, "restore", source, reason)
		for key, _amount in back.credited:
			wallets.take_again(club, back.id, key, today, source)
	recall_last_purchase(account)
	ladder.look_up(club.program, account, today)
	club.schedule(account, today)
	club.overdue(account, today)
	back.cancelled = True
	club.store.save(back)
	club.store.save(Noted(source, account.key, today, "cancelled"))


def _cancel_adjustment(club: Club, account: Account, done: Adjusted, today: date, source: str) -> None:
	"""Takes back what was given, as far as it has not expired; gives back what was taken."""
	account.clock = max(account.clock, today)
	reason = Reason("adjustment_cancelled", {"document": done.id})
	if done.points > 0:
		lots = club.award_lots(done)
		left = max(ZERO, done.points - expired(lots))
		there = sum((lot.remaining for lot in lots), ZERO)
		if account.is_money and left > there:
			raise ClubError("credit_is_spent", amount=left, payable=there)
		club.take_lots(account, lots, left, today, "adjust", source, reason)
	else:
		_give_back(club, account, done.taken[::-1], -done.points, None, today, source, reason, "adjust")
	club.schedule(account, today)
	club.overdue(account, today)
	done.cancelled = True
	club.store.save(done)
	club.store.save(Noted(source, account.key, today, "cancelled"))


def _cancel_transfer(club: Club, giver: Account, done: Transferred, today: date, source: str) -> None:
	"""What was given comes back with its dates and origin: from the lots it became, from what else the receiver can
	spend; what is missing is the receiver's deficit. What has expired there, or gone because what the giver earned it
	with was undone, is not asked for and does not come back."""
	receiver = club.home(done.receiver)
	club.advance(receiver, today)
	today = max(today, receiver.clock)
	club.advance(giver, today)
	giver.clock = receiver.clock = today
	if receiver is not giver:
		reason = Reason("transfer_cancelled", {"document": done.id})
		first: list[Lot] = []
		back = []
		for piece, recalled in zip(done.pieces, done.recalled, strict=True):
			became = _became(club, done.receiver, receiver, piece)
			left = piece.quantity - recalled - expired(became)
			back.append((piece.lot, max(ZERO, left)))
			first += [lot for lot in became if lot.account == receiver.key and lot not in first]
		whole = sum((points for _lot, points in back), ZERO)
		club.take_lots(receiver, first, whole, today, "transfer", source, reason)
		for lot, points in back:
			if points:
				giver.take_home((lot, points), club.program, today, source, reason)
		for account in (giver, receiver):
			club.schedule(account, today)
			club.overdue(account, today)
	giver.given = transfers.taken_back(giver.given, done.day, done.quantity, club.calendar.month_of)
	done.cancelled = True
	club.store.save(done)
	club.store.save(Noted(source, giver.key, today, "cancelled"))


def _became(club: Club, key: str, receiver: Account, piece: Handed) -> list[Lot]:
	"""The lot that a piece became, as it stands; where the account `key` that received it was merged into another, also
	what that one has of the same origin."""
	first = club.store.account(key).lots.get(piece.received) or club.store.lot(piece.received)
	found = [first] if first else []
	if key != receiver.key:
		for holder, name in club.store.descendants(piece.lot.root):
			lot = receiver.lots.get(name) or club.store.lot(name)
			if holder == receiver.key and lot is not None:
				found.append(lot)
	return found


def _goes_back_to(club: Club, lot: Lot, points: Decimal) -> Lot:
	"""Where points go back to that had been taken from a lot that was received: there, or, if the transfer was undone
	meanwhile, to the lot they were given from."""
	found, undone = club.transfer_of(lot.id), True
	while found:
		done, n = found
		done.recalled[n] -= min(points, done.recalled[n])
		club.store.save(done)
		undone = undone and done.cancelled
		given = done.pieces[n].lot
		lot = given if undone else lot
		found = club.transfer_of(given.id)
	return lot


def _no_longer_taken(club: Club, account: Account, posted: Posted) -> Decimal:
	"""Points that had been taken from a purchase's award and, by its shares as they are now, should not be."""
	shares = [a + b for a, b in zip(posted.returned, posted.matched, strict=True)]
	posted.reversed = returns.reversed_by_now(posted, shares, club.program.quantum)
	carried = returns.carry_by_now(posted, shares)
	account.carry -= carried - posted.carried_back
	posted.carried_back = carried
	if posted.held:
		return ZERO
	points = max(ZERO, posted.taken - max(ZERO, posted.reversed - expired(club.award_lots(posted))))
	posted.taken -= points
	return points


def _give_back(
	club: Club,
	account: Account,
	pool: list[tuple[Lot | None, Decimal]],
	points: Decimal,
	home: Lot | None,
	today: date,
	source: str,
	reason: Reason,
	kind: Kind = "reverse",
) -> None:
	"""Gives points back to where the return took them: to lots, and to the deficit as far as there still is one. What
	later awards have paid of it goes to the lot of the award that was reversed, or to one as if awarded today."""
	program = club.program
	homeless = ZERO
	while points and pool:
		lot, taken = pool.pop(0)
		part = min(points, taken)
		points -= part
		if part < taken:
			pool.insert(0, (lot, taken - part))
		if lot is None:
			homeless += account.forgive(part, today, kind, source, reason)
		else:
			if club.home(lot.account) is not account:
				lot = _goes_back_to(club, lot, part)
			club.home(lot.account).put_back((lot, part), program, today, kind, source, reason)
	homeless += account.forgive(points, today, kind, source, reason)
	if homeless:
		if home is None:
			home = account.new_lot(program, homeless, today, today, program.spending.point_value)
			home = home._replace(remaining=ZERO)
		account.put_back((home, homeless), program, today, kind, source, reason)


def _count_again(
	club: Club, account: Account, day: date, bought: date, net: Decimal, points: Decimal
) -> None:
	"""Takes back what a return counted on a day; promotions have again what was bought on `bought`."""
	moved = ladder.add_activity(club.program, account, day, net, points)
	for promotion in account.promotions:
		promotion.bought(bought, moved)


def _together(credited: list[tuple[str, Decimal]]) -> tuple[tuple[str, Decimal], ...]:
	"""One amount for each wallet."""
	found: dict[str, Decimal] = {}
	for key, amount in credited:
		found[key] = found.get(key, ZERO) + amount
	return tuple(found.items())


def _money(exact: Fraction) -> Decimal:
	"""Rial of a share, to a millionth: finer than any coin."""
	return fine(exact)


def _best_rate(line: tuple[Posted, int]) -> tuple[Fraction, int, str, int]:
	"""Sorts lines by points per Rial, the most first, then by day, the latest first, then by name and row, so that the
	order does not depend on where a store keeps them."""
	posted, n = line
	net = posted.lines[n].net
	rate = -line_points(posted, n) / Fraction(net) if net else NOTHING
	return rate, -posted.day.toordinal(), posted.id, n


def _counts(posted: Posted) -> bool:
	"""Whether it was a purchase at all: a free sample is none, nor is what may not count."""
	return posted.counts and sum((line.net for line in posted.lines), ZERO) > 0


def _empty(returned: list[Fraction], matched: list[Fraction]) -> bool:
	return all((a if b is NOTHING else a + b) == WHOLE for a, b in zip(returned, matched, strict=True))


def _less(now: list[Fraction], by: list[Fraction] | tuple[Fraction, ...]) -> tuple[Fraction, ...]:
	return tuple([NOTHING if a is b else a - b for a, b in zip(now, by, strict=True)])


def _less_money(now: list[Decimal], by: list[Decimal] | tuple[Decimal, ...]) -> tuple[Decimal, ...]:
	return tuple(a - b for a, b in zip(now, by or [ZERO] * len(now), strict=True))
