"""Returns: how much of what a document posted is undone once some share of its lines is back. Decides; changes nothing.

Everything is cumulative: a target says what must be undone in total after this return, so that the parts of any
sequence of returns add up to the whole, whatever their order. Shares are `Fraction`s of a line between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from loyalty_club.core.earning import finely, line_points
from loyalty_club.core.exact import Fraction
from loyalty_club.core.lots import round_half_up
from loyalty_club.core.model import NOTHING, WHOLE, ZERO, Line, Posted, Tender


def _part(weights: Sequence[Decimal], shares: Sequence[Fraction]) -> Fraction:
	"""The share of a whole that the shares of its parts make; by count where the parts weigh nothing in sum."""
	total = sum(weights, ZERO)
	if not total:
		return sum(shares, NOTHING) / len(shares) if shares else NOTHING
	parts = [
		Fraction(weight) * share
		for weight, share in zip(weights, shares, strict=True)
		if share is not NOTHING
	]
	return sum(parts, NOTHING) / Fraction(total)


def all_back(shares: Sequence[Fraction]) -> bool:
	"""Whether everything is back."""
	return all(share == WHOLE for share in shares)


def reversed_by_now(posted: Posted, shares: Sequence[Fraction], quantum: Decimal) -> Decimal:
	"""Points of the award to be reversed in total: round(earned by the lines × returned share), half-up."""
	if all_back(shares):
		return posted.awarded
	earned = sum(
		(line_points(posted, n) * share for n, share in enumerate(shares) if share is not NOTHING), NOTHING
	)
	return min(posted.awarded, max(ZERO, round_half_up(earned, quantum)))


def carry_by_now(posted: Posted, shares: Sequence[Fraction]) -> Fraction:
	"""Rial of step remainder to be undone in total."""
	return finely(posted.carry * _part(posted.weights, shares)) if posted.carry else NOTHING


def restored_by_now(posted: Posted, returned: Sequence[Fraction], quantum: Decimal) -> list[Decimal]:
	"""Points to be restored in total, for each piece of `posted.spent`: of the points that paid, the share that the
	lines payable by points have of what is back, or the discount on these lines; rounded half-up per value of a point,
	last consumed first."""
	if posted.by_discount:
		weights = [line.taken_off for line in posted.lines]
	else:
		weights = [
			line.net + line.tax if payable else ZERO
			for line, payable in zip(posted.lines, posted.payable, strict=True)
		]
	share = WHOLE if all_back(returned) else max(NOTHING, _part(weights, returned))
	spent: dict[Decimal, Decimal] = {}
	for lot, points in posted.spent:
		spent[lot.value] = spent.get(lot.value, ZERO) + points
	left = {value: round_half_up(Fraction(points) * share, quantum) for value, points in spent.items()}
	targets = []
	for lot, points in reversed(posted.spent):
		part = min(points, left[lot.value])
		left[lot.value] -= part
		targets.append(part)
	return targets[::-1]


class Refund(NamedTuple):
	"""What goes back by other means than points: in total per tender, this time per mode, what of that goes to which
	wallet's account, and what the whole points leave over between document and refund this time (Rial; its sum over
	all returns is 0)."""

	by_now: list[Decimal]
	money: list[tuple[str, Decimal]]
	credited: list[tuple[str, Decimal]]
	rounding: Decimal


def money_tenders(posted: Posted) -> list[Tender]:
	"""The other tenders; what none of them covers (still open, or cash not named) is mode "". What the last ones gave
	above the total went back as change, never what a wallet gave."""
	paid = _value(posted, [points for _lot, points in posted.spent])
	tenders = sorted(posted.tenders, key=lambda tender: not tender.account) if posted.tenders else []
	rest = posted.gross - paid - sum((tender.amount for tender in tenders), ZERO)
	while rest < 0 and tenders:
		last = tenders.pop()
		rest += last.amount
		if rest > 0:
			return [*tenders, last._replace(amount=rest)]
	return [*tenders, Tender("", rest)] if rest else tenders


def refund(
	posted: Posted, returned: Sequence[Fraction], restored: Sequence[Decimal], unit: Decimal
) -> Refund:
	"""The money that goes back now that `returned` is back and `restored` points (per piece) are restored in total.

	unit: the smallest amount of money. No tender gets more than it gave; nothing goes back twice.
	"""
	tenders = money_tenders(posted)
	before = posted.refunded or [ZERO] * len(tenders)
	room = [tender.amount - done for tender, done in zip(tenders, before, strict=True)]
	gross = gross_share(posted.lines, returned)
	value = _value(posted, restored)
	target = sum((tender.amount for tender in tenders), ZERO)
	if not all_back(returned):
		target = min(target, max(ZERO, round_half_up(gross - Fraction(value), unit)))
	step = max(ZERO, target - sum(before, ZERO))
	parts = spread(step, room, unit)
	already = gross_share(posted.lines, posted.returned)
	left_over = gross - already - Fraction(value - _value(posted, posted.restored)) - Fraction(step)
	return Refund(
		[done + part for done, part in zip(before, parts, strict=True)],
		[(tender.mode, part) for tender, part in zip(tenders, parts, strict=True) if part],
		[
			(tender.account, part)
			for tender, part in zip(tenders, parts, strict=True)
			if part and tender.account
		],
		round_half_up(left_over, unit.scaleb(-6)).normalize(),
	)


def _value(posted: Posted, points: Sequence[Decimal]) -> Decimal:
	"""What points of the pieces paid of what the document amounts to (Rial)."""
	if posted.by_discount:
		return ZERO
	return sum((lot.value * each for (lot, _), each in zip(posted.spent, points, strict=True)), ZERO)


def spread(total: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
	"""`total` in parts proportional to the weights, each a multiple of `unit` but for the total's own remainder;
	they add up to the total, and none exceeds its weight while the total does not exceed their sum."""
	whole = sum(weights, ZERO)
	parts: list[Decimal] = []
	reach = given = ZERO
	for weight in weights:
		reach += weight
		upto = (
			total
			if reach == whole
			else round_half_up(Fraction(total) * Fraction(reach) / Fraction(whole), unit)
		)
		parts.append(upto - given)
		given = upto
	return parts


def gross_share(lines: Sequence[Line], shares: Sequence[Fraction]) -> Fraction:
	"""Rial of the lines, tax included, that the shares make."""
	parts = [
		Fraction(line.net + line.tax) * share for line, share in zip(lines, shares, strict=True) if share
	]
	return sum(parts, NOTHING)


class Match(NamedTuple):
	"""Which share of which original line a returned line brings back, and what part of it found no line (0 to 1)."""

	shares: list[Fraction]
	unmatched: list[Fraction]


def match(posted: Posted, lines: Sequence[Line], coin: Decimal) -> Match:
	"""Finds the original lines of returned ones: by row if the return names it, else by item, same unit price first.

	The share is the returned net over the line's net, so a return at a lower price undoes only as much as it refunds;
	what is a coin (the smallest step of money) off was rounded.
	"""
	shares = list(posted.returned)
	unmatched = []
	for line in lines:
		left = WHOLE
		for n in _candidates(posted, line):
			if left <= 0:
				break
			whole = _share(line, posted.lines[n], coin)
			if posted.lines[n].net and not line.net and line.qty and not whole:
				left = NOTHING
				break
			part = min(WHOLE - shares[n], whole * left)
			if part > 0:
				shares[n] += part
				left -= part / whole
		unmatched.append(left)
	return Match(shares, unmatched)


def _share(line: Line, original: Line, coin: Decimal) -> Fraction:
	"""How much of the original a returned line is, by net amount, or by quantity where the original cost nothing or the
	amounts are the same but for rounding."""
	rounded = abs(line.net * original.qty - original.net * line.qty) <= coin * original.qty
	if original.net and not (original.taken_off and rounded):
		return max(NOTHING, Fraction(line.net) / Fraction(original.net))
	return max(NOTHING, Fraction(line.qty) / Fraction(original.qty)) if original.qty else NOTHING


def _candidates(posted: Posted, line: Line) -> list[int]:
	"""The original lines that a returned one may bring back, the likeliest first."""
	rows = [n for n, original in enumerate(posted.lines) if line.row and original.row == line.row]
	if rows:
		return rows
	rows = [n for n, original in enumerate(posted.lines) if original.item == line.item]
	return sorted(rows, key=lambda n: posted.lines[n].net * line.qty != line.net * posted.lines[n].qty)
