"""What an unsubmitted invoice shows and may ask: who the member is, what it will earn, what its points are worth.

Every amount is computed here, never taken from the client. It asks the same rules as `engine.post`, on a store that
cannot write.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils.password import get_encryption_key

from loyalty_club import accounting, ledger, policy
from loyalty_club.core import lots, undo, wallets, words
from loyalty_club.core import tiers as tiers_
from loyalty_club.core.errors import ClubError
from loyalty_club.core.ladder import value_now
from loyalty_club.core.model import ZERO, Posted, PostedReturn
from loyalty_club.engine import credit, discount, invoice, members, places, post, staff
from loyalty_club.engine.credit import Wish
from loyalty_club.engine.members import Member
from loyalty_club.policy import InForce, exact

PROOF_SECONDS = 900


# ---------------------------------------------------------------------------------------------- who


def identify(doc: Any) -> Member | None:
	"""Finds the member by card, mobile or code, else by customer; fills the customer. Remembered on the document
	until it is saved."""
	doc.flags.club_by = ""
	member: Member | None
	if doc.get("club_card"):
		found = members.find(doc.club_card, doc.company)
		if doc.customer and found.member.customer != doc.customer:
			frappe.throw(
				_(
					"“{0}” belongs to member {1} of customer {2}, but the invoice is for {3}. Change one of them."
				).format(doc.club_card, found.member.name, found.member.customer, doc.customer)
			)
		doc.customer = found.member.customer
		doc.flags.club_by = found.by
		member = found.member
	else:
		member = members.of_customer(doc.customer, doc.company)
	doc.flags.club_member = member
	doc.club_member = member.name if member else None
	return member


def refuse_native(doc: Any) -> None:
	"""A member's points are the club's: ERPNext's own loyalty program is cleared where it came by itself, refused
	where a user asks to spend from it."""
	if doc.get("redeem_loyalty_points"):
		frappe.throw(
			_(
				"{0} is a club member: spend points in the Loyalty Club section, and clear Redeem Loyalty Points."
			).format(doc.customer)
		)
	doc.loyalty_program = None


# ---------------------------------------------------------------------------------------------- identity


def proof(member: str, until: int) -> str:
	"""What shows that the present user saw the member's PIN, until a moment (seconds)."""
	text = f"{member}|{until}|{frappe.session.user}"
	return (
		f"{until}:{hmac.new(get_encryption_key().encode(), text.encode(), hashlib.sha256).hexdigest()[:32]}"
	)


def prove(member: str, pin: str) -> str:
	"""A proof for the PIN. Raises ValidationError if it is wrong."""
	if not members.check_pin(member, pin):
		frappe.throw(
			_("The PIN is wrong, or none is set. Try again, or scan the card."), title=_("Wrong PIN")
		)
	return proof(member, int(time.time()) + PROOF_SECONDS)


def _proven(doc: Any, member: Member) -> bool:
	given = str(doc.get("club_proof") or "")
	until = given.split(":")[0]
	if not until.isdigit() or int(until) < time.time():
		return False
	return hmac.compare_digest(given, proof(member.name, int(until)))


def needs(doc: Any, member: Member, points: Decimal) -> str:
	"""What is missing before so many points may be spent: "card" (or the PIN), "pin", or "" for nothing."""
	if _proven(doc, member):
		return ""
	if doc.flags.club_by != "card":
		return "card"
	limit = exact(policy.settings().card_daily_limit)
	return "pin" if limit and _spent_today(doc, member) + points > limit else ""


def _spent_today(doc: Any, member: Member) -> Decimal:
	day, spent = ledger.peek(member.account).state.get("spent") or ("", "0")
	return Decimal(spent) if day == invoice.day(doc).isoformat() else ZERO


def may_spend(doc: Any, member: Member, points: Decimal) -> None:
	"""Spending needs the card, up to a daily limit; above it, or without a card, the PIN."""
	missing = needs(doc, member, points)
	if missing == "card":
		frappe.throw(
			_("Spending needs the card or the member's PIN. Scan the card, or ask for the PIN."),
			title=_("Card needed"),
		)
	if missing == "pin":
		number = policy.style().number
		frappe.throw(
			_(
				"The card alone may spend {0} points a day, {1} of them are spent. Ask for the member's PIN."
			).format(number(exact(policy.settings().card_daily_limit)), number(_spent_today(doc, member))),
			title=_("PIN needed"),
		)


# ---------------------------------------------------------------------------------------------- redemption rows


def check_redemption(doc: Any, member: Member | None) -> None:
	"""Makes one row for each wallet that is asked, with the amount the server computes; refuses what cannot be
	spent."""
	points, asked = post.wanted(doc), credit.wishes(doc, member)
	member = credit.payer(member, points, asked)
	if not points and not asked:
		doc.set("club_redemptions", [])
		return
	if member is None and points:
		frappe.throw(
			_("Points can be spent by club members only. Scan a card, or clear the Loyalty Club rows.")
		)
		raise AssertionError
	program = credit.program_of(member, asked)
	if program is None or doc.company not in program.companies:
		frappe.throw(_("The club is not valid in company {0}: no points can be spent.").format(doc.company))
		raise AssertionError
	post.may_spend(member, program)
	places.check_spending(doc, program)
	if member is not None and (points or any(wish.wallet != "Gift Card" for wish in asked)):
		staff.may_spend(doc, member)
		may_spend(doc, member, points)
	with post.spoken(program):
		posted = _dry_sale(doc, member, points, program, asked)
	if points and discount.used_by(program):
		discount.check(doc, lots.value(posted.spent))
	rows = []
	if points:
		row = next(row for row in doc.club_redemptions if row.wallet in (None, "", "Points"))
		row.wallet, row.points, row.amount = "Points", float(points), float(lots.value(posted.spent))
		rows.append(row)
	for wish in asked:
		wish.row.amount = float(wish.amount)
		rows.append(wish.row)
	for row in rows:
		row.journal_entry = None
	doc.set("club_redemptions", rows)
	if doc.get("is_pos") and doc.docstatus == 1:
		_refuse_change(doc)


def _dry_session(
	doc: Any, member: Member | None, program: InForce | None = None, asked: Sequence[Wish] = ()
) -> post.Session:
	program = program or (policy.in_force(member.program) if member else None)
	assert program is not None
	session = post.open_session(
		program,
		post.act_of(doc, "preview"),
		company=doc.company,
		branch=invoice.branch(doc),
		until=invoice.day(doc),
		dry=True,
	)
	session.store.open({*([member.account] if member else []), *(wish.account for wish in asked)})
	return session


def _dry_sale(
	doc: Any, member: Member | None, points: Decimal, program: InForce, asked: Sequence[Wish] = ()
) -> Posted:
	session = _dry_session(doc, member, program, asked)
	posted = post.sell(session, doc, member, points, list(asked), name=post.DRAFT, paid=True)
	assert posted is not None
	return posted


def worth(member: Member, points: Decimal, day: date) -> Decimal:
	"""What so many points of the member are worth, in the order they would go."""
	session = _dry_session(
		frappe._dict(doctype="Club Member", name=member.name, posting_date=day, company=None), member
	)
	account = session.store.account(member.account)
	session.club.advance(account, day)
	pieces, _left = lots.take(lots.spendable(account.lots.values(), day), points)
	return lots.value(pieces)


# ---------------------------------------------------------------------------------------------- tenders


def write_discount(doc: Any, member: Member | None) -> None:
	"""Where points are a discount before tax, the document's discount follows the redemption rows."""
	if doc.get("is_return"):
		discount.put_back(doc)
		return
	points = post.wanted(doc)
	if points and member is not None and discount.used_by(policy.in_force(member.program)):
		discount.put(doc, worth(member, points, invoice.day(doc)))
	else:
		discount.put(doc, ZERO)


def write_tender(doc: Any, member: Member | None) -> None:
	"""On a document with payments, points, credit and gift cards are tenders: their rows follow the redemption rows."""
	if not doc.get("is_pos") or doc.get("is_return"):
		return
	rate = exact(doc.get("conversion_rate") or 1)
	amounts = {mode: amount / rate for mode, amount in asked_by_mode(doc, member).items()}
	asked = bool(amounts)
	for row in list(doc.payments):
		if row.mode_of_payment not in invoice.CLUB_MODES:
			continue
		if row.mode_of_payment in amounts:
			row.amount = float(amounts.pop(row.mode_of_payment))
			row.account = accounting.account_of(row.mode_of_payment, doc.company)
		elif row.amount:
			frappe.throw(
				_(
					"To pay by {0}, write points or amount in the Loyalty Club section; the payment follows from it."
				).format(row.mode_of_payment)
			)
	for mode, amount in amounts.items():
		doc.append(
			"payments",
			{
				"mode_of_payment": mode,
				"type": "General",
				"amount": float(amount),
				"account": accounting.account_of(mode, doc.company),
			},
		)
	if asked and doc.doctype == "POS Invoice":  # ERPNext takes the till's word for what was paid
		paid = sum((exact(row.amount) for row in doc.payments), ZERO)
		doc.paid_amount, doc.base_paid_amount = float(paid), float(paid * rate)
		doc.change_amount = doc.base_change_amount = 0


def _refuse_change(doc: Any) -> None:
	"""Change is given out of cash alone, never out of points, credit, gift cards or what a bank card paid too much."""
	cash = sum(
		exact(row.amount)
		for row in doc.payments
		if frappe.get_cached_value("Mode of Payment", row.mode_of_payment, "type") == "Cash"
	)
	over = sum(exact(row.amount) for row in doc.payments) - exact(doc.rounded_total or doc.grand_total)
	if over > cash:
		frappe.throw(
			_(
				"The payments are {0} too much; points, credit and gift cards give no change. Lower another payment."
			).format(policy.style().money(over * exact(doc.get("conversion_rate") or 1)))
		)


def asked_by_mode(doc: Any, member: Member | None) -> dict[str, Decimal]:
	"""Rial that the redemption rows ask for, by mode of payment."""
	found: dict[str, Decimal] = {}
	points = post.wanted(doc)
	if points and member is not None and _mode(doc, member):
		found[str(_mode(doc, member))] = worth(member, points, invoice.day(doc))
	for row in credit.rows_of(doc):
		mode = policy.MODES[row.wallet]
		found[mode] = found.get(mode, ZERO) + exact(row.points)
	return found


def _mode(doc: Any, member: Member | None) -> str | None:
	program = policy.in_force(member.program) if member else None
	company = program.companies.get(doc.company) if program and not discount.used_by(program) else None
	return company.mode_of_payment if company else None


def write_refund(doc: Any, member: Member | None) -> None:
	"""A return with payments of a sale that points paid refunds each tender as it paid: the server writes the rows.
	What is withheld for missing points is refunded as points, and not in money."""
	if not (doc.get("is_pos") and doc.get("is_return") and doc.get("return_against")):
		return
	known = ledger.posting(doc.return_against, True)
	if known is None or not isinstance(known[0], Posted):
		return
	paid_by_wallets = known[0].spent or any(tender.account for tender in known[0].tenders)
	if not (paid_by_wallets or doc.get("club_withhold") or doc.get("club_refund_as_credit")):
		return
	doc.calculate_taxes_and_totals()
	opened = post.return_session(doc, member, dry=True)
	if opened is None:
		return
	session, account = opened
	back = undo.bring_back(session.club, invoice.brought_back(doc, account, post.DRAFT))
	assert back is not None
	amounts = _refund_by_mode(doc, session, account, back)
	if as_credit := post.refund_as_credit(doc, member, back, ZERO):
		kept = sum((amounts.pop(mode) for mode in [*amounts] if mode not in invoice.CLUB_MODES), ZERO)
		mode = policy.MODES["Cash Credit"]
		amounts[mode] = amounts.get(mode, ZERO) + min(kept, as_credit)
	rate = exact(doc.get("conversion_rate") or 1)
	if doc.docstatus == 1 and not doc.is_new():
		_refuse_another_refund(doc, amounts, rate)
	doc.set("payments", [])
	for mode, amount in amounts.items():
		if amount:
			doc.append(
				"payments",
				{
					"mode_of_payment": mode,
					"account": accounting.account_of(mode, doc.company),
					"amount": -float(amount / rate),
					"base_amount": -float(amount),
				},
			)
	# ERPNext adds them up for a Sales Invoice only
	doc.paid_amount = sum(row.amount for row in doc.payments)
	doc.base_paid_amount = sum(row.base_amount for row in doc.payments)


def _refund_by_mode(doc: Any, session: post.Session, account: str, back: PostedReturn) -> dict[str, Decimal]:
	"""Rial that a return gives back by each mode of payment; gift cards that are brought back with the goods in
	money."""
	amounts: dict[str, Decimal] = {}
	default = _default_mode(doc)
	stored = invoice.stored_value(doc)
	for mode, amount in (*back.money, ("", stored)) if stored else back.money:
		amounts[mode or default] = amounts.get(mode or default, ZERO) + amount
	value = back.refunded_value
	if doc.get("club_withhold"):
		value += post.withheld(session, account, back, invoice.gross(doc))[1]
	over = sum(amounts.values(), value) - invoice.gross(doc)
	for mode in amounts:  # what whole points leave over goes with the money
		if mode not in invoice.CLUB_MODES:
			less = min(over, amounts[mode])
			amounts[mode] -= less
			over -= less
	if value:
		amounts[policy.MODES["Points"]] = value
	return amounts


def _refuse_another_refund(doc: Any, amounts: dict[str, Decimal], rate: Decimal) -> None:
	"""What points and wallets paid goes back to them, and not as cash."""
	given: dict[str, Decimal] = {}
	for row in doc.payments:
		given[row.mode_of_payment] = given.get(row.mode_of_payment, ZERO) - exact(row.amount) * rate
	for mode in {*given, *amounts} & invoice.CLUB_MODES:
		if abs(given.get(mode, ZERO) - amounts.get(mode, ZERO)) > max(Decimal(1), rate):
			style = policy.style()
			frappe.throw(
				_("{0} paid for these goods: {1} goes back to it, not {2}. Save the return again.").format(
					mode, style.money(amounts.get(mode, ZERO)), style.money(given.get(mode, ZERO))
				),
				title=_("Refund as it was paid"),
			)


def _default_mode(doc: Any) -> str:
	names = frappe.get_all(
		"Sales Invoice Payment",
		filters={"parent": doc.return_against, "mode_of_payment": ["not in", list(invoice.CLUB_MODES)]},
		pluck="mode_of_payment",
		order_by="idx",
		limit=1,
	)
	return names[0] if names else "Cash"


# ---------------------------------------------------------------------------------------------- what it shows


def panel(doc: Any) -> dict[str, Any]:
	"""Everything the Loyalty Club section shows of a draft: member, tier, balance, what it will earn and why, the
	most that may be spent."""
	if not invoice.concerns(doc):
		return {"member": None, "joins": False, "may_join": False}
	member = identify(doc)
	if member is None or not member.account:
		return {
			**({"back": _coming_back(doc, None)} if doc.get("is_return") and doc.get("items") else {}),
			"member": None,
			"joins": members.joins_by_itself(doc.get("customer")),
			"may_join": bool(policy.default_program()),
		}
	program = policy.in_force(member.program)
	if program is None or doc.company not in program.companies:
		return {"member": None, "joins": False, "may_join": False}
	style = policy.style(program.rules)
	shown = summary(member, invoice.day(doc), style)
	shown["by"] = doc.flags.club_by
	if not doc.get("items"):
		return shown
	if doc.get("is_return"):
		return {**shown, "back": _coming_back(doc, member)}
	try:
		_show_discount(doc, member, shown)
	except frappe.ValidationError as refused:
		frappe.clear_last_message()
		return {**shown, "refused": str(refused)}
	asked = credit.wishes(doc, member)
	session = _dry_session(doc, member, program, asked)
	mode = program.companies[doc.company].mode_of_payment
	try:
		shares = post.plan(session, doc, asked)
	except ClubError as refused:
		shown["refused"] = refused.text(style)
		return shown
	purchase = invoice.purchase(
		doc, member.account, ZERO, paid=True, name=post.DRAFT, credit=wallets.tenders(shares)
	)
	shown["not_here"] = places.no_spending(doc, program)
	active = member.status == "Active" and program.status == "Active"
	most = session.club.most(purchase) if active and not shown["not_here"] else ZERO
	shown["most"] = float(most)
	shown["most_text"] = style.number(most) if most else ""
	shown["most_value"] = style.money(worth(member, most, invoice.day(doc))) if most else ""
	points = post.wanted(doc)
	shown["needs"] = needs(doc, member, points if points or asked else most)
	shown["awards"] = member.status == "Active" and program.status == "Active"
	if (points or asked) and shown["not_here"]:
		shown["refused"] = shown["not_here"]
		return shown
	try:
		posted = _dry_sale(doc, member, points, program, asked)
	except ClubError as refused:
		shown["refused"] = refused.text(style)
		return shown
	value = lots.value(posted.spent)
	paid = ZERO if shown["as_discount"] else value
	shown["will_earn"] = float(posted.awarded)
	shown["will_earn_text"] = style.number(posted.awarded)
	shown["waits"] = program.rules.earning.award == "when_paid" and not doc.get("is_pos")
	shown["why"] = words.reason(posted.reason, style)
	shown["redeem_points_text"] = style.number(points) if points else ""
	shown["redeem_value"] = float(value)
	shown["redeem_text"] = style.money(value) if value else ""
	rest = invoice.gross(doc) - paid - credit.total(asked)
	shown["credits"] = _credits(shown["credits"], asked, invoice.goods(doc) - paid, style)
	shown["rest_text"] = style.money(rest)
	shown["rest"] = float(rest / exact(doc.get("conversion_rate") or 1))
	shown["points_mode"] = mode or ""
	shown["point_decimals"] = program.rules.point_decimals
	shown["money_decimals"] = program.rules.money_decimals
	return shown


def _show_discount(doc: Any, member: Member, shown: dict[str, Any]) -> None:
	"""The draft with the discount that its points are, and what that is in the document's currency."""
	before = doc.get("club_discount")
	write_discount(doc, member)
	if doc.get("club_discount") or before:
		doc.calculate_taxes_and_totals()
	shown["as_discount"] = discount.used_by(policy.in_force(member.program))
	shown["discount"] = doc.get("club_discount") or 0


def _coming_back(doc: Any, member: Member | None) -> dict[str, Any]:
	"""What a drafted return will take back, give back to points, credit and gift cards, keep as credit, and may
	withhold."""
	opened = post.return_session(doc, member, dry=True)
	if opened is None:
		return {}
	session, account = opened
	style = policy.style(session.program.rules)
	try:
		back = undo.bring_back(session.club, invoice.brought_back(doc, account, post.DRAFT))
	except ClubError as refused:
		return {"refused": refused.text(style)}
	assert back is not None
	gone = sum((points for _lot, points in back.taken), ZERO)
	given = sum((points for _lot, points in back.restored), ZERO)
	missing, worth_of_it = post.withheld(session, account, back, invoice.gross(doc))
	deficit = session.store.account(account).deficit
	shown: dict[str, Any] = {
		"reversed": style.number(gone) if gone else "",
		"restored": style.number(given) if given else "",
		"restored_value": style.money(lots.value(back.restored)) if given else "",
		"deficit": style.number(deficit) if deficit else "",
		"missing": style.number(missing) if missing else "",
		"missing_value": style.money(worth_of_it) if missing else "",
		"withhold": bool(doc.get("club_withhold")),
		"wallets": [
			{"label": _(session.store.account(each).wallet), "back_text": style.money(amount)}
			for each, amount in back.credited
		],
	}
	try:
		kept = post.refund_as_credit(doc, member, back, worth_of_it if shown["withhold"] else ZERO)
	except frappe.ValidationError as refused:
		frappe.clear_last_message()
		return {**shown, "refused": str(refused)}
	return {**shown, "kept_text": style.money(kept) if kept else ""}


def credits_of(member: Member, session: post.Session, day: date, style: words.Style) -> list[dict[str, Any]]:
	"""The member's wallets of money, what each holds and what of it can be spent on a day (Rial)."""
	found = []
	for wallet, name in sorted(members.wallets_of(member.name).items()):
		if wallet == "Points":
			continue
		account = session.store.account(name)
		session.club.advance(account, day)
		available = account.available(day)
		found.append(
			{
				"wallet": wallet,
				"label": _(wallet),
				"mode": policy.MODES[wallet],
				"available": float(available),
				"available_text": style.money(available),
				"balance_text": style.money(account.balance),
			}
		)
	return found


def _credits(
	shown: list[dict[str, Any]], asked: Sequence[Wish], left: Decimal, style: words.Style
) -> list[dict[str, Any]]:
	"""What each wallet pays of a document, and the most that it could. left: Rial that no points pay."""
	whole = credit.total(asked)
	for row in shown:
		mine = sum((wish.amount for wish in asked if wish.wallet == row["wallet"]), ZERO)
		most = max(ZERO, min(exact(row["available"]), left - whole + mine))
		row.update(
			asked=float(mine),
			asked_text=style.money(mine) if mine else "",
			most=float(most),
			most_text=style.money(most) if most else "",
		)
	return shown


def summary(member: Member, day: date, style: words.Style) -> dict[str, Any]:
	"""A member at a glance, as of a day."""
	session = _dry_session(
		frappe._dict(doctype="Club Member", name=member.name, posting_date=day, company=None), member
	)
	account, rules = session.store.account(member.account), session.program.rules
	if account.joined is None:  # nothing has been posted yet: as the first purchase will find the member
		session.club.join(account, day)
	session.club.advance(account, day)
	available = account.available(day)
	spendable = lots.spendable(account.lots.values(), day)
	dying = [(lots.last_day(lot, rules, account.last_purchase), lot.remaining) for lot in spendable]
	first = min((each for each, _points in dying if each), default=None)
	pieces, _left = lots.take(spendable, available)
	position = tiers_.position(rules, account.tier)
	value = value_now(rules, account, day)
	shown = style.money if rules.tier_rules.metric == "net_spend" else style.number
	following = rules.tiers[position + 1] if position + 1 < len(rules.tiers) else None
	progress = None
	if following is not None:
		progress = {
			"tier": style.title(following.name),
			"left": shown(max(ZERO, following.threshold - value)),
			"share": float(min(Decimal(1), max(ZERO, value / following.threshold)))
			if following.threshold
			else 1.0,
		}
	return {
		"member": member.name,
		"customer": member.customer,
		"status": member.status,
		"program": member.program,
		"program_status": session.program.status,
		"tier": style.title(account.tier),
		"balance": float(account.balance),
		"balance_text": style.number(account.balance),
		"available": float(available),
		"available_text": style.number(available),
		"value": style.money(lots.value(pieces)),
		"pending_text": style.number(account.pending(day)) if account.pending(day) else "",
		"deficit_text": style.number(account.deficit) if account.deficit else "",
		"next_expiry": style.day(first) if first else "",
		"next_expiry_points": style.number(sum((points for each, points in dying if each == first), ZERO))
		if first
		else "",
		"progress": progress,
		"credits": credits_of(member, session, day, style),
	}
