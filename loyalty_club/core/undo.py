"""Returns and cancellations: what they reverse, restore and refund. Moves the account; `returns` decides how much.

Order inside one document: find which share of which purchase is back; reverse the points those earned; restore the
points that paid for them; then the activity and the tier. Everything is found out before anything moves.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from loyalty_club.core import ladder, returns, tiers
from loyalty_club.core.account import Account
from loyalty_club.core.earning import fine, line_points
from loyalty_club.core.lots import round_half_up, value
from loyalty_club.core.model import (
	NOTHING,
	WHOLE,
	ZERO,
	Line,
	Lot,
	Noted,
	Posted,
	PostedReturn,
	Reason,
	Return,
	Undoing,
)
from loyalty_club.core.posting import Club


def bring_back(club: Club, back: Return) -> PostedReturn | None:
	"""Posts a return; None if it was posted before.

	Lines of the original invoice undo their share of it. Whatever belongs to none (no original, more than was bought)
	claims the member's purchases of the item in the last `lookback_days`, the best rate first, takes back what those
	earned, and restores nothing; what finds no purchase takes back the present rate.
	"""
	if club.store.document(back.id) is not None:
		return None
	account = club.store.account(back.customer)
	if account.joined is None:
		club.join(account, back.day)
	club.advance(account, back.day)
	undoing = _Undo(club, account, back.id, max(back.day, account.clock))
	original = club.store.document(back.against) if back.against else None
	loose = [WHOLE] * len(back.lines)
	if isinstance(original, Posted) and original.account == account.key and not original.cancelled:
		found = returns.match(original, back.lines)
		loose = found.unmatched
		known = [Fraction(line.net) * (1 - left) for line, left in zip(back.lines, loose, strict=True)]
		undoing.reference(original, found.shares, _money(sum(known, NOTHING)))
	undoing.claim([(line, left) for line, left in zip(back.lines, loose, strict=True) if left])
	return undoing.post(
		"returned", back.against, sum((line.net for line in back.lines), ZERO), back.lines, loose
	)


def cancel(club: Club, name: str, day: date, source: str) -> bool:
	"""Undoes a document as if it had not been; False if there is none to undo.

	name: the document; source: the name of this act. A sale is undone like a full return of what is left of it; a
	return's points are given back and taken again.
	"""
	document = club.store.document(name)
	if document is None or isinstance(document, Noted) or document.cancelled or club.store.document(source):
		return False
	account = club.store.account(document.account)
	club.advance(account, day)
	today = max(day, account.clock)
	if isinstance(document, PostedReturn):
		_cancel_return(club, account, document, today, source)
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
		self.looked_for: set[str] = set()
		self.purchases: dict[str, Posted] = {}

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
		displaced = []
		for n, line in enumerate(original.lines):
			over = shares[n] + original.matched[n] - WHOLE
			if over > 0:
				original.matched[n] -= over
				displaced.append((line, over))
		for line, over in displaced:
			self._claim(line, over)

	def claim(self, loose: list[tuple[Line, Fraction]]) -> None:
		"""Parts of returned lines have no original."""
		self._look_for({line.item for line, _ in loose})
		for line, left in loose:
			unclaimed = self._claim(line, left)
			self.plain_net += _money(Fraction(line.net) * unclaimed)

	def _look_for(self, items: set[str]) -> None:
		"""Finds the member's purchases of the items within the look-back, once for each item."""
		wanted = items - self.looked_for
		if wanted:
			self.looked_for |= wanted
			since = self.today - timedelta(days=self.club.program.returns.lookback_days)
			for stored in self.club.store.sales(self.account.key, since, self.today, wanted):
				posted = self.touched[stored.id][0] if stored.id in self.touched else stored
				if not posted.cancelled:
					self.purchases.setdefault(stored.id, posted)

	def _claim(self, line: Line, left: Fraction) -> Fraction:
		"""Claims purchases of the item; what finds none is to be taken back at the present rate, and is returned."""
		quantity = Fraction(line.qty) * left
		for posted, n in self._purchases_of(line.item):
			if quantity <= 0:
				break
			bought = Fraction(posted.lines[n].qty)
			taken = self.back[n] if posted is self.original else posted.returned[n]
			part = min(WHOLE - taken - posted.matched[n], quantity / bought)
			if part > 0:
				self._touch(posted).matched[n] += part
				quantity -= part * bought
				net = _money(part * bought / Fraction(line.qty) * Fraction(line.net))
				self.claimed[posted.id] = self.claimed.get(posted.id, ZERO) + net
		unclaimed = max(NOTHING, quantity / Fraction(line.qty)) if line.qty else left
		self.plain += self.club.rates.plain(line, self.account.tier) * unclaimed
		return unclaimed

	def _purchases_of(self, item: str) -> list[tuple[Posted, int]]:
		"""The member's lines of an item within the look-back, the highest rate first, then the latest."""
		self._look_for({item})
		found = [
			(posted, n)
			for posted in self.purchases.values()
			for n, line in enumerate(posted.lines)
			if line.item == item and line.qty > 0
		]
		return sorted(found, key=_best_rate) if len(found) > 1 else found

	def post(
		self, code: str, against: str, net: Decimal, lines: tuple[Line, ...], loose: list[Fraction]
	) -> PostedReturn:
		"""Moves everything that was found out, and keeps what was done."""
		program, account, today = self.club.program, self.account, self.today
		account.clock = max(account.clock, today)
		taken: list[tuple[Lot | None, Decimal]] = []
		restored: list[tuple[Lot, Decimal]] = []
		money: list[tuple[str, Decimal]] = []
		activity: list[tuple[date, Decimal, Decimal]] = []
		undoings: list[Undoing] = []
		rounding = ZERO
		for posted, returned, matched in self.touched.values():
			mine = posted is self.original
			shares = self.back if mine else posted.returned
			if shares == returned and posted.matched == matched:
				continue
			before = (posted.reversed, posted.taken, posted.carried_back)
			was_empty = _empty(returned, matched)
			taken += self._reverse(posted, shares, code)
			gone = posted.reversed - before[0]
			pieces_before = list(posted.restored)
			refunded_before = list(posted.refunded)
			claimed = self.claimed.get(posted.id, ZERO)
			points = ZERO if posted.held else -gone
			if mine:
				targets = returns.restored_by_now(posted, shares, program.quantum)
				refund = returns.refund(posted, shares, targets, program.coin)
				money += refund.money
				rounding = refund.rounding
				posted.restored, posted.refunded, posted.returned = targets, refund.by_now, shares
				activity.append(self._count(posted.day, posted.day, -self.original_net, points))
				points = ZERO
			if claimed:
				activity.append(self._count(today, posted.day, -claimed, points))
			self.club.store.save(posted)
			emptied = _empty(posted.returned, posted.matched) and not was_empty
			account.purchases -= emptied
			undoings.append(
				Undoing(
					posted.id,
					_less(posted.returned, returned),
					_less(posted.matched, matched),
					gone,
					posted.taken - before[1],
					posted.carried_back - before[2],
					_less_money(posted.restored, pieces_before),
					_less_money(posted.refunded, refunded_before),
					emptied,
					posted.held,
				)
			)
		plain = round_half_up(self.plain, program.quantum)
		if plain > 0:
			reason = Reason("returned_unknown", {"points": plain, "tier": account.tier})
			taken += self.club.take_lots(account, [], plain, today, "reverse", self.source, reason)
		if plain or self.plain_net:
			activity.append(self._count(today, today, -self.plain_net, -plain))
		self._forget_last_purchase()
		if self.original is not None:
			restored = self._restore(self.original, undoings, code)
			if code == "cancelled" and account.spent[0] == self.original.day:
				spent = sum((points for _, points in self.original.spent), ZERO)
				account.spent = (account.spent[0], max(ZERO, account.spent[1] - spent))
		self.club.overdue(account, today)
		cash = sum(
			((Fraction(line.net + line.tax) * left) for line, left in zip(lines, loose, strict=True)), NOTHING
		)
		if cash:
			money.append(("", _money(cash)))
		posted_return = PostedReturn(
			self.source,
			account.key,
			today,
			against,
			net,
			tuple(undoings),
			tuple(taken),
			tuple(restored),
			tuple(money),
			rounding,
			tuple(activity),
			cancelled=code == "cancelled",
		)
		self.club.store.save(posted_return)
		return posted_return

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
		expired = self.club.expired(posted)
		points = max(ZERO, target - expired - posted.taken)
		if expired:
			facts["expired"] = expired
		posted.taken += points
		return self.club.take(self.account, posted, points, self.today, self.source, Reason(code, facts))

	def _restore(self, original: Posted, undoings: list[Undoing], code: str) -> list[tuple[Lot, Decimal]]:
		"""Gives back the points that paid for the returned lines, last consumed first."""
		steps = next((each.restored for each in undoings if each.purchase == original.id), None)
		if steps is None:
			return []
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

	def _count(self, day: date, bought: date, net: Decimal, points: Decimal) -> tuple[date, Decimal, Decimal]:
		"""Counts on `day` what came back; promotions that what was bought on `bought` belonged to are looked at."""
		program, account = self.club.program, self.account
		amount = -tiers.change(program.tier_rules, account.day(bought), net, points)
		ladder.add_activity(program, account, day, net, points)
		ladder.brought_back(program, account, bought, amount, self.today, own_day=day != bought)
		return day, net, points

	def _forget_last_purchase(self) -> None:
		"""A purchase that is all returned does not keep idle points alive."""
		account = self.account
		if self.club.program.expiry.kind == "inactivity" and account.last_purchase is not None:
			left = [day for day, row in account.days.items() if row.net > 0]
			if left and account.day(account.last_purchase).net <= 0:
				account.last_purchase = max(left)
				self.club.schedule(account, self.today)


def _cancel_return(club: Club, account: Account, back: PostedReturn, today: date, source: str) -> None:
	reason = Reason("return_cancelled", {"document": back.id})
	account.clock = max(account.clock, today)
	for lot, points in reversed(back.taken):
		if lot is not None:
			club.store.account(lot.account).put_back(
				(lot, points), club.program, today, "reverse", source, reason
			)
			continue
		rest = account.forgive(points, today, "reverse", source, reason)
		if rest:
			home = _home(club, account, back, rest, today)
			account.put_back((home, rest), club.program, today, "reverse", source, reason)
	for lot, points in back.restored:
		club.take_lots(account, [lot], points, today, "restore", source, reason)
	for step in back.undoings:
		posted = club.store.document(step.purchase)
		if isinstance(posted, Posted):
			posted.returned = list(_less(posted.returned, step.returned))
			posted.matched = list(_less(posted.matched, step.matched))
			posted.reversed -= step.reversed
			_settle_award(club, account, posted, step, today, source, reason)
			posted.carried_back -= step.carried_back
			posted.restored = list(_less_money(posted.restored, step.restored))
			posted.refunded = list(_less_money(posted.refunded, step.refunded))
			account.carry += step.carried_back
			account.purchases += step.emptied
			club.store.save(posted)
	for day, net, points in back.activity:
		moved = ladder.add_activity(club.program, account, day, -net, -points)
		for promotion in account.promotions:
			promotion.bought(day, moved)
	ladder.look_up(club.program, account, today)
	club.overdue(account, today)
	back.cancelled = True
	club.store.save(back)
	club.store.save(Noted(source, account.key, today, "cancelled"))


def _settle_award(
	club: Club, account: Account, posted: Posted, step: Undoing, today: date, source: str, reason: Reason
) -> None:
	"""Payment may have come or gone since the return: what it took of an award that is held now must not come back,
	and what payment took on its behalf must."""
	if posted.held:
		club.take_lots(account, [], step.taken, today, "reverse", source, reason)
	elif step.held:
		own = club.own_lot(posted)
		points = min(step.reversed, posted.taken)
		if own is not None and points:
			account.put_back((own, points), club.program, today, "reverse", source, reason)
			posted.taken -= points
	else:
		posted.taken -= step.taken


def _home(club: Club, account: Account, back: PostedReturn, points: Decimal, today: date) -> Lot:
	"""The lot to which points return that were taken as a deficit and which later awards have paid since: the lot of
	the award that was reversed, or one as if awarded today."""
	for step in back.undoings:
		posted = club.store.document(step.purchase)
		own = club.own_lot(posted) if isinstance(posted, Posted) else None
		if own is not None:
			return own
	lot = account.new_lot(club.program, points, today, today, club.program.spending.point_value)
	return lot._replace(remaining=ZERO)


def _money(exact: Fraction) -> Decimal:
	"""Rial of a share, to a millionth: finer than any coin."""
	return fine(exact)


def _best_rate(line: tuple[Posted, int]) -> tuple[Fraction, int]:
	"""Sorts lines by points per Rial, the most first, then by day, the latest first."""
	posted, n = line
	net = posted.lines[n].net
	return -line_points(posted, n) / Fraction(net) if net else NOTHING, -posted.day.toordinal()


def _empty(returned: list[Fraction], matched: list[Fraction]) -> bool:
	return all((a if b is NOTHING else a + b) == WHOLE for a, b in zip(returned, matched, strict=True))


def _less(now: list[Fraction], by: list[Fraction] | tuple[Fraction, ...]) -> tuple[Fraction, ...]:
	return tuple([NOTHING if a is b else a - b for a, b in zip(now, by, strict=True)])


def _less_money(now: list[Decimal], by: list[Decimal] | tuple[Decimal, ...]) -> tuple[Decimal, ...]:
	return tuple(a - b for a, b in zip(now, by or [ZERO] * len(now), strict=True))
