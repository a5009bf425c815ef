"""What the ledger records, as JSON values and back: documents as they were posted, an account's state, reasons.

It alone knows this form; nothing is decided here. Numbers are exact: a `Decimal` is written as its text, a `Fraction`
as "n/d", a date as ISO 8601. Facts of a reason keep their kind: whole numbers are numbers, others {"n": text}, dates
{"d": text}. What was written comes back equal, for everything the rules record (tested after random lives).

>>> document_from("S1", document_to(Noted("S1", "m", date(2025, 3, 21), "transfer")))
Noted(id='S1', account='m', day=datetime.date(2025, 3, 21), what='transfer')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from loyalty_club.core.account import Account
from loyalty_club.core.exact import Fraction
from loyalty_club.core.model import (
	NOTHING,
	ZERO,
	Adjusted,
	Bonus,
	Claim,
	Counted,
	Document,
	Given,
	Handed,
	Line,
	Lot,
	Noted,
	Paid,
	Posted,
	PostedReturn,
	Reason,
	Repaid,
	RulePart,
	Tender,
	Transferred,
	Undoing,
)
from loyalty_club.core.tiers import Day, Promotion

Json = Any
VERSION = 1

# ---------------------------------------------------------------------------------------------- small things


def state_day(day: date | None) -> str | None:
	"""A day as a state holds it."""
	return day.isoformat() if day is not None else None


_day = state_day


def _day_from(text: str | None) -> date | None:
	return date.fromisoformat(text) if text else None


def _exact(fraction: Fraction) -> str:
	return f"{fraction.numerator}/{fraction.denominator}"


def _exact_from(text: str) -> Fraction:
	above, below = text.split("/")
	return Fraction(int(above), int(below)) if above != "0" else NOTHING


def _texts(numbers: Sequence[Decimal]) -> list[str]:
	return [str(number) for number in numbers]


def _decimals(texts: Sequence[str]) -> list[Decimal]:
	return [Decimal(text) for text in texts]


def _exacts(fractions: Sequence[Fraction]) -> list[str]:
	return [_exact(fraction) for fraction in fractions]


def _fractions(texts: Sequence[str]) -> list[Fraction]:
	return [_exact_from(text) for text in texts]


# ---------------------------------------------------------------------------------------------- reasons


def fact_to(fact: object) -> Json:
	"""A fact as a JSON value that keeps its kind."""
	if isinstance(fact, Decimal):
		return int(fact) if fact == fact.to_integral_value() and abs(fact) < 10**15 else {"n": str(fact)}
	if isinstance(fact, date):
		return {"d": fact.isoformat()}
	if isinstance(fact, Mapping):
		return {"m": {key: fact_to(each) for key, each in fact.items()}}
	if isinstance(fact, (list, tuple)):
		return [fact_to(each) for each in fact]
	return fact


def fact_from(given: Json) -> object:
	"""The fact again."""
	if isinstance(given, bool) or given is None or isinstance(given, str):
		return given
	if isinstance(given, int):
		return Decimal(given)
	if isinstance(given, list):
		return [fact_from(each) for each in given]
	if "n" in given:
		return Decimal(given["n"])
	if "d" in given:
		return date.fromisoformat(given["d"])
	return {key: fact_from(each) for key, each in given["m"].items()}


def reason_to(reason: Reason) -> dict[str, Json]:
	"""A reason's facts."""
	return {key: fact_to(fact) for key, fact in reason.facts.items()}


def reason_from(code: str, facts: Mapping[str, Json]) -> Reason:
	"""The reason again."""
	return Reason(code, {key: fact_from(fact) for key, fact in facts.items()})


# ---------------------------------------------------------------------------------------------- lots and lines


def lot_to(lot: Lot) -> list[Json]:
	"""A lot as a row."""
	return [
		lot.id,
		lot.account,
		str(lot.original),
		str(lot.remaining),
		str(lot.value),
		_day(lot.available_from),
		_day(lot.expires_on),
		lot.idle_months,
		_day(lot.awarded_on),
		lot.seq,
		lot.root,
		str(lot.expired),
		*([] if lot.granted else [False]),
	]


def lot_from(row: list[Json]) -> Lot:
	"""The lot again."""
	return Lot(
		row[0],
		row[1],
		Decimal(row[2]),
		Decimal(row[3]),
		Decimal(row[4]),
		date.fromisoformat(row[5]),
		_day_from(row[6]),
		row[7],
		date.fromisoformat(row[8]),
		row[9],
		row[10],
		Decimal(row[11]),
		*row[12:],
	)


def _line_to(line: Line) -> list[Json]:
	return [
		line.item,
		str(line.qty),
		str(line.net),
		str(line.tax),
		line.item_group,
		line.brand,
		line.discounted,
		line.row,
		*([str(line.taken_off)] if line.taken_off else []),
	]


def _line_from(row: list[Json]) -> Line:
	net, tax, taken_off = Decimal(row[2]), Decimal(row[3]), Decimal(row[8]) if len(row) > 8 else ZERO
	return Line(row[0], Decimal(row[1]), net, tax, row[4], row[5], row[6], row[7], taken_off)


def _pieces_to(pieces: Sequence[tuple[Lot | None, Decimal]]) -> list[Json]:
	return [[lot_to(lot) if lot is not None else None, str(points)] for lot, points in pieces]


def _pieces_from(rows: list[Json]) -> list[tuple[Lot | None, Decimal]]:
	return [(lot_from(row) if row is not None else None, Decimal(points)) for row, points in rows]


def _of_lots(rows: list[Json]) -> tuple[tuple[Lot, Decimal], ...]:
	return tuple((lot, points) for lot, points in _pieces_from(rows) if lot is not None)


# ---------------------------------------------------------------------------------------------- documents


def document_to(document: Document) -> dict[str, Json]:
	"""What was posted; the document's name is not part of it."""
	if isinstance(document, Posted):
		return _posted_to(document)
	if isinstance(document, PostedReturn):
		return _return_to(document)
	if isinstance(document, Paid):
		return {
			"kind": "payment",
			"account": document.account,
			"day": _day(document.day),
			"document": document.document,
			"spent": _pieces_to(document.spent),
			"restored": _texts(document.restored),
		}
	if isinstance(document, Repaid):
		return {
			"kind": "repayment",
			"account": document.account,
			"day": _day(document.day),
			"paid": document.paid,
			"steps": _texts(document.steps),
			"restored": _pieces_to(document.restored),
			"cancelled": document.cancelled,
		}
	if isinstance(document, Transferred):
		return {
			"kind": "transfer",
			"account": document.account,
			"receiver": document.receiver,
			"day": _day(document.day),
			"quantity": str(document.quantity),
			"pieces": [[lot_to(lot), received, str(part)] for lot, received, part in document.pieces],
			"recalled": _texts(document.recalled),
			"cancelled": document.cancelled,
		}
	if isinstance(document, Adjusted):
		return {
			"kind": "adjustment",
			"account": document.account,
			"day": _day(document.day),
			"points": str(document.points),
			"lot": document.lot,
			"taken": _pieces_to(document.taken),
			"cancelled": document.cancelled,
		}
	return {"kind": "note", "account": document.account, "day": _day(document.day), "what": document.what}


def document_from(name: str, body: Mapping[str, Json]) -> Document:
	"""What was posted under this name."""
	account, day = body["account"], date.fromisoformat(body["day"])
	kind = body["kind"]
	if kind == "sale":
		return _posted_from(name, account, day, body)
	if kind == "return":
		return _return_from(name, account, day, body)
	if kind == "payment":
		return Paid(
			name, account, day, body["document"], _of_lots(body["spent"]), _decimals(body["restored"])
		)
	if kind == "repayment":
		return Repaid(
			name,
			account,
			day,
			body["paid"],
			tuple(_decimals(body["steps"])),
			_of_lots(body["restored"]),
			body["cancelled"],
		)
	if kind == "transfer":
		return Transferred(
			name,
			account,
			body["receiver"],
			day,
			Decimal(body["quantity"]),
			[Handed(lot_from(lot), received, Decimal(part)) for lot, received, part in body["pieces"]],
			_decimals(body["recalled"]),
			body["cancelled"],
		)
	if kind == "adjustment":
		return Adjusted(
			name,
			account,
			day,
			Decimal(body["points"]),
			body["lot"],
			_pieces_from(body["taken"]),
			body["cancelled"],
		)
	return Noted(name, account, day, body["what"])


def _posted_to(sale: Posted) -> dict[str, Json]:
	return {
		"kind": "sale",
		"account": sale.account,
		"day": _day(sale.day),
		"tier": sale.tier,
		"lines": [_line_to(line) for line in sale.lines],
		"payable": list(sale.payable),
		"weights": _texts(sale.weights),
		"parts": [[[part.rule, str(part.amount)] for part in each] for each in sale.parts],
		"bonuses": [[bonus.rule, str(bonus.points), _exacts(bonus.shares)] for bonus in sale.bonuses],
		"rate": _exact(sale.rate),
		"exact": _exact(sale.exact),
		"awarded": str(sale.awarded),
		"carry": _exact(sale.carry),
		"reason": [sale.reason.code, reason_to(sale.reason)],
		"lot": sale.lot,
		"held": sale.held,
		"scored": str(sale.scored),
		"spent_on": _day(sale.spent_on),
		"spent": _pieces_to(sale.spent),
		"tenders": [
			[
				tender.mode,
				str(tender.amount),
				tender.reduces_base,
				*([tender.account] if tender.account else []),
			]
			for tender in sale.tenders
		],
		"returned": _exacts(sale.returned),
		"matched": _exacts(sale.matched),
		"claims": [[claim.source, claim.n, _exact(claim.share)] for claim in sale.claims],
		"reversed": str(sale.reversed),
		"taken": str(sale.taken),
		"carried_back": _exact(sale.carried_back),
		"restored": _texts(sale.restored),
		"refunded": _texts(sale.refunded),
		"cancelled": sale.cancelled,
	}


def _posted_from(name: str, account: str, day: date, body: Mapping[str, Json]) -> Posted:
	return Posted(
		name,
		account,
		day,
		body["tier"],
		tuple(_line_from(row) for row in body["lines"]),
		tuple(body["payable"]),
		tuple(_decimals(body["weights"])),
		tuple(tuple(RulePart(rule, Decimal(amount)) for rule, amount in each) for each in body["parts"]),
		tuple(
			Bonus(rule, Decimal(points), tuple(_fractions(shares)))
			for rule, points, shares in body["bonuses"]
		),
		_exact_from(body["rate"]),
		_exact_from(body["exact"]),
		Decimal(body["awarded"]),
		_exact_from(body["carry"]),
		reason_from(*body["reason"]),
		lot=body["lot"],
		held=body["held"],
		scored=Decimal(body["scored"]),
		spent_on=_day_from(body["spent_on"]),
		spent=_of_lots(body["spent"]),
		tenders=tuple(Tender(mode, Decimal(amount), *more) for mode, amount, *more in body["tenders"]),
		returned=_fractions(body["returned"]),
		matched=_fractions(body["matched"]),
		claims=[Claim(source, n, _exact_from(share)) for source, n, share in body["claims"]],
		reversed=Decimal(body["reversed"]),
		taken=Decimal(body["taken"]),
		carried_back=_exact_from(body["carried_back"]),
		restored=_decimals(body["restored"]),
		refunded=_decimals(body["refunded"]),
		cancelled=body["cancelled"],
	)


def _return_to(back: PostedReturn) -> dict[str, Json]:
	undoing = back.undoing
	return {
		"kind": "return",
		"account": back.account,
		"day": _day(back.day),
		"against": back.against,
		"net": str(back.net),
		"undoing": [
			undoing.purchase,
			_exacts(undoing.returned),
			_texts(undoing.restored),
			_texts(undoing.refunded),
		]
		if undoing
		else None,
		"claimed": back.claimed,
		"plain": str(back.plain),
		"taken": _pieces_to(back.taken),
		"restored": _pieces_to(back.restored),
		"money": [[mode, str(amount)] for mode, amount in back.money],
		"rounding": str(back.rounding),
		"activity": [[_day(row.day), str(row.net), row.purchase, row.own_day] for row in back.activity],
		"cancelled": back.cancelled,
		"credited": [[key, str(amount)] for key, amount in back.credited],
		**({"by_discount": True} if back.by_discount else {}),
	}


def _return_from(name: str, account: str, day: date, body: Mapping[str, Json]) -> PostedReturn:
	given = body["undoing"]
	undoing = None
	if given:
		undoing = Undoing(
			given[0], tuple(_fractions(given[1])), tuple(_decimals(given[2])), tuple(_decimals(given[3]))
		)
	return PostedReturn(
		name,
		account,
		day,
		body["against"],
		Decimal(body["net"]),
		undoing,
		body["claimed"],
		Decimal(body["plain"]),
		_pieces_from(body["taken"]),
		_of_lots(body["restored"]),
		tuple((mode, Decimal(amount)) for mode, amount in body["money"]),
		Decimal(body["rounding"]),
		tuple(
			Counted(date.fromisoformat(on), Decimal(net), purchase, own_day)
			for on, net, purchase, own_day in body["activity"]
		),
		body["cancelled"],
		tuple((key, Decimal(amount)) for key, amount in body.get("credited", ())),
		body.get("by_discount", False),
	)


# ---------------------------------------------------------------------------------------------- an account's state


def state_to(account: Account) -> dict[str, Json]:
	"""Everything of an account that is neither its lots nor its days nor its sum."""
	return {
		"v": VERSION,
		"carry": _exact(account.carry),
		"tier": account.tier,
		**({"score": str(account.score)} if account.score else {}),
		"tier_since": _day(account.tier_since),
		"joined": _day(account.joined),
		"promotions": [_promotion_to(each) for each in account.promotions],
		"total": [str(account.total.net), str(account.total.points)],
		"visits": account.visits,
		"purchases": account.purchases,
		"first_purchase": _day(account.first_purchase),
		"last_purchase": _day(account.last_purchase),
		"spent": [_day(account.spent[0]), str(account.spent[1])],
		**({"awards": [_day(account.awards[0]), account.awards[1]]} if account.awards[1] else {}),
		"clock": _day(account.clock),
		"next_due": _day(account.next_due),
		**({"given": _given(account.given)} if account.given.in_month else {}),
		**({"heir": account.heir} if account.heir else {}),
		**({"absorbed": account.absorbed} if account.absorbed else {}),
	}


def _given(given: Given) -> list[Json]:
	return [_day(given.day), str(given.on_day), str(given.in_month)]


def restore_state(account: Account, state: Mapping[str, Json]) -> None:
	"""Puts a state back into an account."""
	if not state:
		return
	account.carry = _exact_from(state["carry"])
	account.tier = state["tier"]
	account.score = Decimal(state.get("score", "0"))
	account.tier_since = _day_from(state["tier_since"])
	account.joined = _day_from(state["joined"])
	account.promotions = [_promotion_from(each) for each in state["promotions"]]
	account.total = Day(Decimal(state["total"][0]), Decimal(state["total"][1]))
	account.visits = state["visits"]
	account.purchases = state["purchases"]
	account.first_purchase = _day_from(state["first_purchase"])
	account.last_purchase = _day_from(state["last_purchase"])
	account.spent = (date.fromisoformat(state["spent"][0]), Decimal(state["spent"][1]))
	if "awards" in state:
		account.awards = (date.fromisoformat(state["awards"][0]), state["awards"][1])
	account.clock = date.fromisoformat(state["clock"])
	account.next_due = date.fromisoformat(state["next_due"])
	if "given" in state:
		on, day, month = state["given"]
		account.given = Given(date.fromisoformat(on), Decimal(day), Decimal(month))
	account.heir = state.get("heir", "")
	account.absorbed = state.get("absorbed", [])


def _promotion_to(each: Promotion) -> dict[str, Json]:
	return {
		"tier": each.tier,
		"before": each.before,
		"on": _day(each.on),
		"start": _day(each.start),
		"value": str(each.value),
		"review_on": _day(each.review_on),
		"returned": str(each.returned),
		"outside": str(each.outside),
		"first_return": _day(each.first_return),
		"check_on": _day(each.check_on),
		"credited": {day.isoformat(): str(amount) for day, amount in each.credited.items()},
		**({"grace_until": _day(each.grace_until)} if each.grace_until else {}),
	}


def _promotion_from(row: Mapping[str, Json]) -> Promotion:
	return Promotion(
		row["tier"],
		row["before"],
		date.fromisoformat(row["on"]),
		date.fromisoformat(row["start"]),
		Decimal(row["value"]),
		_day_from(row["review_on"]),
		Decimal(row["returned"]),
		Decimal(row["outside"]),
		_day_from(row["first_return"]),
		_day_from(row["check_on"]),
		{date.fromisoformat(day): Decimal(amount) for day, amount in row["credited"].items()},
		_day_from(row.get("grace_until")),
	)


__all__ = [
	"VERSION",
	"document_from",
	"document_to",
	"fact_from",
	"fact_to",
	"lot_from",
	"lot_to",
	"reason_from",
	"reason_to",
	"restore_state",
	"state_day",
	"state_to",
]
