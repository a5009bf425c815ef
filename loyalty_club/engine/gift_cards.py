"""Gift cards: their numbers and PINs, who holds which, what stops one. The only code that makes or changes a Gift Card.

A number is 16 digits like a bank card's: the gift prefix, at least 11 random digits, the Luhn digit. It is looked up by
a keyed hash (HMAC-SHA256 with the site's encryption key), and so is its PIN checked: without the key a copied database
tells neither, and a batch of thousands is made in seconds, which the slow hash of `members.hash_pin` would turn into
minutes without guarding four digits better. In the clear both are kept, encrypted, only until the card is printed and
handed out. Wrong numbers and PINs are counted beyond any rollback, logged in Gift Card Try, and soon refused.

What a card holds is its Club Account's; `engine.gift_sales` moves it for invoices.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder import Table
from frappe.utils.password import decrypt, encrypt, get_encryption_key, remove_encrypted_password
from pypika.terms import Values

from loyalty_club import ledger, persian, policy
from loyalty_club.core import cards
from loyalty_club.policy import exact

PREFIX = "9001"
LONGEST_PREFIX = 4  # leaves 11 random digits
PIN_DIGITS, MOST_PIN_DIGITS = 4, 6
WRONG_PINS, WRONG_TRIES, WRONG_MINUTES = 5, 10, 15  # where the settings say nothing
PROOF_SECONDS = 900
SERIES = "GC-"
SERIES_DIGITS = 6
AT_ONCE = 500
DAY_SECONDS = 86_400
_NAME = re.compile(r"GC-\d+")
_AUTH = Table("__Auth")


class Card(NamedTuple):
	"""A Gift Card as it stands. account: "" until it first held money; face_value in the program's currency, 0 for any
	amount."""

	name: str
	status: str
	program: str
	company: str
	account: str
	last_four: str
	face_value: Decimal
	expires_on: date | None
	blocked_on: date | None
	sold_doctype: str
	sold_in: str
	pin_failures: int

	@property
	def masked(self) -> str:
		"""What may be shown of its number."""
		return mask(self.last_four)


class Secret(NamedTuple):
	"""What stands on a card and nowhere else: its number and PIN, in the clear."""

	number: str
	pin: str


class Made(NamedTuple):
	"""A card that was just made, and its secret, told once."""

	name: str
	number: str
	pin: str


def mask(last_four: str | None) -> str:
	"""A gift card's number as it may be shown."""
	return f"••••{last_four or ''}"


# ---------------------------------------------------------------------------------------------- hashes


def _keyed(*parts: str) -> str:
	"""HMAC-SHA256 of texts under the site's encryption key, hexadecimal."""
	return hmac.new(get_encryption_key().encode(), "|".join(parts).encode(), hashlib.sha256).hexdigest()


def number_hash(number: str) -> str:
	"""By what a number is looked up."""
	return _keyed("gift card number", number)


def _pin_hash(pin: str) -> str:
	salt = secrets.token_hex(8)
	return f"{salt}${_keyed('gift card pin', salt, pin)}"


def _is_pin(stored: str, pin: str) -> bool:
	salt, digest = stored.split("$")
	return hmac.compare_digest(_keyed("gift card pin", salt, persian.normalise(pin or "").strip()), digest)


# ---------------------------------------------------------------------------------------------- guessing


def _who() -> str:
	"""Who is trying: the user; of guests, the address."""
	user = str(frappe.session.user)
	return user if user != "Guest" else str(frappe.local.request_ip or "")


def _key(what: str) -> Any:
	return frappe.cache.make_key(f"loyalty_club_gift_card:{what}")


def _count(what: str, seconds: int) -> int:
	"""One more, at once and for every process, whatever becomes of the transaction."""
	key = _key(what)
	count = int(frappe.cache.incrby(key, 1))
	if count == 1:
		frappe.cache.expire(key, seconds)
	return count


def _refuse_guessing() -> None:
	"""Who guessed wrong too often is refused for a while, right numbers too."""
	club = policy.settings()
	most = club.gift_card_wrong_tries or WRONG_TRIES
	if int(frappe.cache.get(_key(f"wrong:{_who()}")) or 0) >= most:
		_log("Refused")
		frappe.throw(
			_(
				"Too many gift card numbers or PINs were wrong. Try again in {0} minutes, or ask a club manager."
			).format(club.gift_card_wrong_minutes or WRONG_MINUTES),
			title=_("Gift Card"),
		)


def _guessed_wrong(kind: str, last_four: str = "", card: str | None = None) -> None:
	minutes = policy.settings().gift_card_wrong_minutes or WRONG_MINUTES
	_count(f"wrong:{_who()}", minutes * 60)
	_log(kind, last_four, card)


def _log(kind: str, last_four: str = "", card: str | None = None) -> None:
	"""A row of Gift Card Try, and of a wrong PIN the card's count; both also stay if the request fails. One callback
	for both: its commit forgets those behind it."""
	row = {
		"doctype": "Gift Card Try",
		"kind": kind,
		"user": frappe.session.user,
		"ip_address": frappe.local.request_ip,
		"last_four": last_four,
		"gift_card": card,
	}

	def write() -> None:
		frappe.get_doc(row).insert(ignore_permissions=True, ignore_links=True)
		if kind == "Wrong PIN":
			table = frappe.qb.DocType("Gift Card")
			frappe.qb.update(table).set(table.pin_failures, table.pin_failures + 1).where(
				table.name == card
			).run()

	def again() -> None:
		write()
		frappe.db.commit()

	write()
	frappe.db.after_rollback.add(again)


def forgive(user: str) -> None:
	"""Lets a user who guessed wrong too often try again."""
	frappe.cache.delete(_key(f"wrong:{user}"))


# ---------------------------------------------------------------------------------------------- finding


def _cards(condition: Any, *, lock: bool = False) -> list[Card]:
	card = frappe.qb.DocType("Gift Card")
	query = (
		frappe.qb.from_(card)
		.select(
			card.name,
			card.status,
			card.program,
			card.company,
			card.account,
			card.last_four,
			card.face_value,
			card.expires_on,
			card.blocked_on,
			card.sold_doctype,
			card.sold_in,
			card.pin_failures,
		)
		.where(condition(card))
		.orderby(card.name)
	)
	if lock:
		ledger.lock(())  # a locking read may show newer rows than the transaction's first read
	return [
		Card(
			row.name,
			row.status,
			row.program,
			row.company or "",
			row.account or "",
			row.last_four or "",
			exact(row.face_value),
			row.expires_on,
			row.blocked_on,
			row.sold_doctype or "",
			row.sold_in or "",
			row.pin_failures or 0,
		)
		for row in (query.for_update() if lock else query).run(as_dict=True)
	]


def by_name(name: str, *, lock: bool = False) -> Card:
	"""The card of that name; lock: until the transaction ends. Raises DoesNotExistError."""
	found = _cards(lambda card: card.name == name, lock=lock)
	if not found:
		raise frappe.DoesNotExistError(_("There is no gift card {0}").format(name))
	return found[0]


def is_number(text: str) -> bool:
	"""Whether a scanned or typed text looks like a gift card of this club; asks no table."""
	digits = _digits(text)
	return len(digits) == cards.CARD_LENGTH and digits.startswith(
		policy.settings().gift_card_prefix or PREFIX
	)


def is_a_number(text: str) -> bool:
	"""Whether a text is a card's number at all, of whatever prefix, and not a record's name."""
	return len(_digits(text)) == cards.CARD_LENGTH


def _digits(text: str) -> str:
	plain = persian.normalise(text or "")
	return "" if any(letter.isalpha() for letter in plain) else re.sub(r"\D", "", plain)


def identify(text: str) -> Card:
	"""The card of a number, typed with any digits and spaces, or of a Gift Card's name. Raises ValidationError; wrong
	numbers are counted and logged."""
	plain = persian.normalise(text or "").strip().upper()
	if _NAME.fullmatch(plain):
		return by_name(plain)
	digits = _digits(text)
	if not is_a_number(text):
		frappe.throw(_("Scan the gift card, or type the 16 digits on it."), title=_("Gift Card"))
	_refuse_guessing()
	shown = mask(digits[-4:])
	if not cards.luhn_valid(digits):
		frappe.throw(
			_("{0} is no gift card number: a digit is wrong. Compare it with the card.").format(shown),
			title=_("Gift Card"),
		)
	hashed = number_hash(digits)
	found = _cards(lambda card: card.number_hash == hashed)
	if not found:
		_guessed_wrong("Wrong Number", digits[-4:])
		frappe.throw(
			_("There is no gift card {0}. Compare the number with the card.").format(shown),
			title=_("Gift Card not found"),
		)
	return found[0]


def find(text: str, company: str | None) -> Card:
	"""The card of a number or name that may pay in the company. Raises ValidationError that says what stands in the
	way."""
	card = identify(text)
	may_spend(card, company)
	return card


def may_spend(card: Card, company: str | None) -> None:
	"""Refuses for a card that cannot pay in the company."""
	_refuse_stopped(card)
	if card.status == "Blank":
		frappe.throw(
			_("Gift card {0} has not been sold yet: there is nothing on it.").format(card.masked),
			title=_("Gift Card"),
		)
	if card.status == "Unpaid":
		frappe.throw(
			_("Gift card {0} is not active: its sale {1} is not paid.").format(card.masked, card.sold_in),
			title=_("Gift Card"),
		)
	_refuse_elsewhere(card, company)


def may_load(card: Card, company: str | None) -> None:
	"""Refuses for a card that can neither be sold nor topped up in the company."""
	_refuse_stopped(card)
	if card.status == "Unpaid":
		frappe.throw(
			_("Gift card {0} has been sold by {1} already, which is not paid yet.").format(
				card.masked, card.sold_in
			),
			title=_("Gift Card"),
		)
	_refuse_elsewhere(card, company)
	program = policy.in_force(card.program)
	if program is None or program.status != "Active":
		frappe.throw(
			_("The program {0} of gift card {1} is closed: no card of it is sold.").format(
				card.program, card.masked
			),
			title=_("Gift Card"),
		)


def _refuse_stopped(card: Card) -> None:
	style = policy.style()
	if card.status == "Replaced":
		frappe.throw(
			_("Gift card {0} was replaced on {1} and pays nothing. Ask for the new card.").format(
				card.masked, style.day(card.blocked_on) if card.blocked_on else ""
			),
			title=_("Gift Card replaced"),
		)
	if card.status == "Blocked":
		frappe.throw(
			_("Gift card {0} is blocked since {1}. A club manager can unblock or replace it.").format(
				card.masked, style.day(card.blocked_on) if card.blocked_on else ""
			),
			title=_("Gift Card blocked"),
		)
	if card.expires_on and card.expires_on < policy.club_today():
		frappe.throw(
			_("Gift card {0} expired: it could be spent through {1}.").format(
				card.masked, style.day(card.expires_on)
			),
			title=_("Gift Card expired"),
		)


def _refuse_elsewhere(card: Card, company: str | None) -> None:
	if company is None:
		return
	program = policy.in_force(card.program)
	if (card.company and card.company != company) or program is None or company not in program.companies:
		frappe.throw(
			_("Gift card {0} is not valid in {1}. It belongs to {2}.").format(
				card.masked, company, card.company or card.program
			),
			title=_("Gift Card"),
		)


# ---------------------------------------------------------------------------------------------- PIN


def check_pin(name: str, pin: str) -> bool:
	"""Whether it is the card's PIN; after too many wrong ones none is, until a club manager unlocks the card. Wrong
	tries are counted before anything else happens, by all processes together, whatever becomes of the transaction."""
	_refuse_guessing()
	card = by_name(name)
	stored = frappe.db.get_value("Gift Card", name, "pin_hash")
	tries = policy.settings().pin_tries or WRONG_PINS
	if max(card.pin_failures + 1, _count(f"pin:{name}", DAY_SECONDS)) > tries:
		_log("Refused", card.last_four, name)
		frappe.throw(
			_(
				"The PIN of gift card {0} is locked after {1} wrong tries. A club manager can unlock it."
			).format(card.masked, policy.style().number(Decimal(tries))),
			title=_("PIN locked"),
		)
	if _is_pin(stored or "$", pin):
		_reset_pin(name)
		return True
	_guessed_wrong("Wrong PIN", card.last_four, name)
	return False


def _reset_pin(name: str) -> None:
	frappe.cache.delete(_key(f"pin:{name}"))
	frappe.db.set_value("Gift Card", name, "pin_failures", 0, update_modified=False)


def unlock(name: str) -> None:
	"""Lets the right PIN count again after too many wrong ones."""
	card = by_name(name)
	_reset_pin(name)
	frappe.get_doc("Gift Card", name).add_comment(
		"Info", _("PIN unlocked after {0} wrong tries").format(card.pin_failures)
	)


def proof(name: str, until: int) -> str:
	"""What shows that the present user was told the card's PIN, until a moment (seconds)."""
	return f"{until}:{_keyed('gift card proof', name, str(until), frappe.session.user)[:32]}"


def prove(name: str, pin: str) -> str:
	"""A proof for the PIN, good for a quarter of an hour. Raises ValidationError if it is wrong."""
	if not check_pin(name, pin):
		frappe.throw(_("The PIN of the gift card is wrong. Try again."), title=_("Wrong PIN"))
	return proof(name, int(time.time()) + PROOF_SECONDS)


def needs(card: Card, given: str | None) -> str:
	"""What is missing before the card may pay: "pin", or "" for nothing. given: a proof."""
	until = str(given or "").split(":")[0]
	if not until.isdigit() or int(until) < time.time():
		return "pin"
	return "" if hmac.compare_digest(str(given), proof(card.name, int(until))) else "pin"


def refuse_unproven(card: Card, given: str | None) -> None:
	"""Paying needs the PIN, told within the last quarter of an hour."""
	if needs(card, given):
		frappe.throw(
			_("Paying with gift card {0} needs its PIN. Scan the card again and ask for the PIN.").format(
				card.masked
			),
			title=_("PIN needed"),
		)


# ---------------------------------------------------------------------------------------------- making


def make(
	program: str,
	quantity: int,
	*,
	company: str | None = None,
	branch: str | None = None,
	face_value: Decimal | None = None,
	expires_on: date | None = None,
	batch: str | None = None,
	customer: str | None = None,
	replaces: str | None = None,
) -> list[Made]:
	"""Makes blank cards, hundreds in a statement; tells their numbers and PINs, which are kept, encrypted, until they
	are wiped. face_value in the program's currency; None for any amount."""
	made: list[Made] = []
	fields = {
		"program": program,
		"company": company,
		"branch": branch,
		"status": "Blank",
		"face_value": face_value or 0,
		"expires_on": expires_on,
		"batch": batch,
		"customer": customer,
		"replaces": replaces,
	}
	while len(made) < quantity:
		secrets_ = _new_secrets(min(AT_ONCE, quantity - len(made)))
		names = _next_names(len(secrets_))
		_insert(names, secrets_, fields)
		made += [Made(name, secret.number, secret.pin) for name, secret in zip(names, secrets_, strict=True)]
	return made


def _new_secrets(count: int) -> list[Secret]:
	"""Numbers that no card has, and PINs."""
	club = policy.settings()
	prefix = club.gift_card_prefix or PREFIX
	digits = cards.random_digits(secrets.randbelow)
	pin_digits = club.gift_card_pin_digits or PIN_DIGITS
	found: dict[str, Secret] = {}
	card = frappe.qb.DocType("Gift Card")
	while len(found) < count:
		fresh = {}
		for _n in range(count - len(found)):
			number = cards.card_number(prefix, digits)
			fresh[number_hash(number)] = Secret(number, digits(pin_digits))
		taken = frappe.qb.from_(card).select(card.number_hash).where(card.number_hash.isin(list(fresh))).run()
		for (hashed,) in taken:
			del fresh[hashed]
		found |= fresh
	return list(found.values())


def _next_names(count: int) -> list[str]:
	"""So many names of the series, taken in one step."""
	series = frappe.qb.DocType("Series")
	frappe.qb.into(series).columns("name", "current").insert(SERIES, count).on_duplicate_key_update(
		series.current, series.current + Values(series.current)
	).run()
	last = frappe.qb.from_(series).select(series.current).where(series.name == SERIES).for_update().run()
	first = last[0][0] - count + 1
	return [f"{SERIES}{n:0{SERIES_DIGITS}d}" for n in range(first, first + count)]


def _insert(names: list[str], secrets_: list[Secret], fields: dict[str, Any]) -> None:
	now, user = frappe.utils.now_datetime(), frappe.session.user
	common = {"creation": now, "modified": now, "owner": user, "modified_by": user, "docstatus": 0, "idx": 0}
	rows = [
		{"name": name, **common, **fields, **facts(secret)}
		for name, secret in zip(names, secrets_, strict=True)
	]
	table = frappe.qb.DocType("Gift Card")
	frappe.qb.into(table).columns(*rows[0]).insert(*[tuple(row.values()) for row in rows]).run()
	kept = [
		("Gift Card", name, "number", encrypt(_together(secret)), 1)
		for name, secret in zip(names, secrets_, strict=True)
	]
	frappe.qb.into(_AUTH).columns("doctype", "name", "fieldname", "password", "encrypted").insert(*kept).run()


def _together(secret: Secret) -> str:
	return f"{secret.number} {secret.pin}"


def facts(secret: Secret) -> dict[str, Any]:
	"""What a Gift Card's fields say of its secret."""
	return {
		"number": "*" * cards.CARD_LENGTH,
		"number_hash": number_hash(secret.number),
		"last_four": secret.number[-4:],
		"pin_hash": _pin_hash(secret.pin),
		"pin_failures": 0,
	}


def equip(doc: Any) -> None:
	"""Gives a Gift Card that is made on its form its number and PIN."""
	secret = _new_secrets(1)[0]
	doc.update({**facts(secret), "number": _together(secret), "status": "Blank"})


def secrets_of(names: Iterable[str]) -> dict[str, Secret]:
	"""Number and PIN of each card whose are still kept, to print them."""
	found: dict[str, Secret] = {}
	wanted = list(names)
	for start in range(0, len(wanted), AT_ONCE):
		rows = (
			frappe.qb.from_(_AUTH)
			.select(_AUTH.name, _AUTH.password)
			.where(
				(_AUTH.doctype == "Gift Card")
				& (_AUTH.fieldname == "number")
				& _AUTH.name.isin(wanted[start : start + AT_ONCE])
			)
			.run()
		)
		for name, kept in rows:
			found[name] = Secret(*decrypt(kept, key=f"Gift Card.{name}.number").split())
	return found


def secrets_are_kept(name: str) -> bool:
	"""Whether a card's number and PIN are still there to be printed."""
	return bool(frappe.db.get_value("Gift Card", name, "number"))


def wipe(names: Iterable[str]) -> None:
	"""Forgets numbers and PINs: from now on they stand on the cards alone."""
	wanted = list(names)
	card = frappe.qb.DocType("Gift Card")
	for start in range(0, len(wanted), AT_ONCE):
		part = wanted[start : start + AT_ONCE]
		remove_encrypted_password("Gift Card", ["in", part], "number")
		frappe.qb.update(card).set(card.number, None).where(card.name.isin(part)).run()


def reveal(name: str) -> Secret:
	"""Number and PIN of one card, to print or hand it out; that they were looked at is noted on the card."""
	found = secrets_of([name]).get(name)
	if found is None:
		frappe.throw(
			_("The number of gift card {0} is no longer kept. If the card is lost, replace it.").format(name),
			title=_("Gift Card"),
		)
	assert found is not None
	frappe.get_doc("Gift Card", name).add_comment("Info", _("Number and PIN were shown"))
	return found


# ---------------------------------------------------------------------------------------------- status


def set_status(name: str, status: str, note: str = "", **fields: Any) -> None:
	"""The only place that changes a card's status. One that is handed out no longer needs its number in the clear.
	note: for the card's history, where a person did it."""
	stopped = policy.club_today() if status in ("Blocked", "Replaced") else None
	changed = {"status": status, "blocked_on": stopped, "block_reason": None, "returned_in": None, **fields}
	frappe.db.set_value("Gift Card", name, changed)
	if status in ("Active", "Unpaid"):
		wipe([name])
	if note:
		frappe.get_doc("Gift Card", name).add_comment("Info", note)


def block(name: str, reason: str = "") -> Any:
	"""Stops a lost card: it pays nothing from now on; what is on it stays."""
	card = by_name(name, lock=True)
	if card.status not in ("Blank", "Unpaid", "Active"):
		_refuse_stopped(card)
	set_status(name, "Blocked", _("Blocked: {0}").format(reason or "–"), block_reason=reason)
	return frappe.get_doc("Gift Card", name)


def unblock(name: str) -> Any:
	"""A card that was found again counts again."""
	card = by_name(name, lock=True)
	if card.status != "Blocked":
		frappe.throw(_("Gift card {0} is not blocked.").format(card.masked))
	set_status(name, status_by_sales(card), _("Unblocked"))
	return frappe.get_doc("Gift Card", name)


def status_by_sales(card: Card) -> str:
	"""What a card is that is neither blocked nor replaced."""
	from loyalty_club.engine import gift_sales

	if gift_sales.unpaid(card):
		return "Unpaid"
	return "Active" if card.account else "Blank"


def replace(name: str) -> Made:
	"""A new card, with a new number and PIN, in place of a lost or worn one; the account stays, and with it balance,
	lots and expiry. The old number finds nobody any more. Tells the new secret."""
	card = by_name(name, lock=True)
	if card.status == "Replaced":
		following = frappe.db.get_value("Gift Card", {"replaces": name}, "name")
		frappe.throw(_("Gift card {0} has been replaced already, by {1}.").format(card.masked, following))
	if not card.account:
		frappe.throw(
			_("Gift card {0} holds no money: take another blank card instead of replacing it.").format(
				card.masked
			)
		)
	row = frappe.db.get_value("Gift Card", name, ["branch", "customer"], as_dict=True)
	made = make(
		card.program,
		1,
		company=card.company or None,
		branch=row.branch,
		face_value=card.face_value,
		expires_on=card.expires_on,
		customer=row.customer,
		replaces=name,
	)[0]
	frappe.db.set_value(
		"Gift Card",
		made.name,
		{
			"account": card.account,
			"status": status_by_sales(card),
			"sold_doctype": card.sold_doctype or None,
			"sold_in": card.sold_in or None,
		},
	)
	ledger.hand_over(card.account, made.name)
	set_status(name, "Replaced", _("Replaced by {0}").format(made.name), account=None)
	return made


def heir(name: str) -> Card:
	"""The card that stands for this one now, however often it was replaced."""
	card = by_name(name)
	while card.status == "Replaced":
		following = frappe.db.get_value("Gift Card", {"replaces": card.name}, "name")
		if not following:
			break
		card = by_name(following)
	return card


def open_account(name: str) -> str:
	"""The account that is to get money, opened if the card has never held any; a blank card becomes active with it."""
	card = by_name(name, lock=True)
	if card.status == "Replaced":
		frappe.throw(
			_("Gift card {0} was replaced by {1}. Choose that one.").format(card.masked, heir(name).name),
			title=_("Gift Card replaced"),
		)
	account = card.account or ledger.open_account(None, card.program, "Gift Card", name)
	if not card.account:
		frappe.db.set_value("Gift Card", name, "account", account)
	if card.status == "Blank":
		set_status(name, "Active")
	return account
