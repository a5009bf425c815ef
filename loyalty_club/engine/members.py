"""Members: who a text, a card or a customer is; joining, leaving, merging. Points move through `engine.post` alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import date
from typing import Any, NamedTuple, NoReturn

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils.password import get_encryption_key

from loyalty_club import ledger, persian, policy
from loyalty_club.core import cards
from loyalty_club.core.model import Wallet

PIN_ROUNDS = 100_000
KEYED = "k"  # before a PIN's hash: it was made under the site's key
_TOKEN = re.compile(r"[0-9a-z]{20}")  # what a card's QR holds


class Member(NamedTuple):
	"""A member with the account and its version as a plain read shows them."""

	name: str
	customer: str | None
	program: str
	status: str
	tier: str
	account: str
	version: int
	merged_into: str | None
	staff_user: str | None = None


class Found(NamedTuple):
	"""Whom a scanned or typed text named, and by what: "card", "mobile" or "code"."""

	member: Member
	by: str
	card: str = ""


# ---------------------------------------------------------------------------------------------- finding


def _members(condition: Any, member: Any) -> list[Member]:
	account = frappe.qb.DocType("Club Account")
	rows = (
		frappe.qb.from_(member)
		.left_join(account)
		.on((account.member == member.name) & (account.wallet == "Points"))
		.select(
			member.name,
			member.customer,
			member.program,
			member.status,
			member.tier,
			account.name,
			account.version,
			member.merged_into,
			member.staff_user,
		)
		.where(condition)
		.orderby(member.creation, order=Order.desc)
		.run()
	)
	return [Member(*row) for row in rows]


def of_customer(customer: str | None, company: str | None) -> Member | None:
	"""The customer's active membership that is valid in the company; one indexed query."""
	if not customer:
		return None
	table = frappe.qb.DocType("Club Member")
	for member in _members((table.customer == customer) & (table.status != "Merged"), table):
		if valid_in(member, company):
			return member
	return None


def all_of(customer: str) -> list[Member]:
	"""The customer's memberships that are not merged into another."""
	table = frappe.qb.DocType("Club Member")
	return _members((table.customer == customer) & (table.status != "Merged"), table)


def share_a_company(one: Member, other: Member) -> bool:
	"""Whether both members' programs are valid in one company."""
	first, second = policy.in_force(one.program), policy.in_force(other.program)
	return bool(first and second and set(first.companies) & set(second.companies))


def valid_in(member: Member, company: str | None) -> bool:
	"""Whether the member's program is valid in the company."""
	program = policy.in_force(member.program)
	return program is not None and (company is None or company in program.companies)


def by_name(name: str) -> Member:
	"""The member of that name. Raises DoesNotExistError."""
	table = frappe.qb.DocType("Club Member")
	found = _members(table.name == name, table)
	if not found:
		raise frappe.DoesNotExistError(_("There is no club member {0}").format(name))
	return found[0]


def survivor(member: Member) -> Member:
	"""The member that a merged one became, however often."""
	seen = set()
	while member.merged_into and member.name not in seen:
		seen.add(member.name)
		member = by_name(member.merged_into)
	return member


def find(text: str, company: str | None = None) -> Found:
	"""Whom a scanned card, a typed card number, mobile or membership code names. Raises ValidationError, with what to
	do."""
	plain = persian.normalise(text or "").strip()
	digits = plain.replace(" ", "").replace("-", "")
	table = frappe.qb.DocType("Club Member")
	number = digits if digits.isdigit() and len(digits) == cards.CARD_LENGTH else _of_token(plain)
	if number:
		return _by_card(number)
	found: list[Member] = []
	by = "mobile"
	try:
		mobile = persian.mobile(plain)
	except persian.MobileError:
		mobile = ""
	if mobile:
		found = [each for each in _members(table.mobile == mobile, table) if each.status == "Active"]
		found = [each for each in found if valid_in(each, company)]
	if not found and not mobile:
		found, by = _members(table.name == plain.upper(), table), "code"
	if not found:
		frappe.throw(
			_("No member has the card, mobile or code “{0}”. Check it, or let the customer join.").format(
				plain
			),
			title=_("Member not found"),
		)
	if len(found) > 1:
		frappe.throw(
			_("{0} members share the mobile {1}. Ask for the card or the membership code.").format(
				len(found), plain
			)
		)
	return Found(found[0], by)


def _by_card(number: str) -> Found:
	card = frappe.qb.DocType("Loyalty Card")
	table = frappe.qb.DocType("Club Member")
	account = frappe.qb.DocType("Club Account")
	rows = (
		frappe.qb.from_(card)
		.left_join(table)
		.on(table.name == card.member)
		.left_join(account)
		.on((account.member == table.name) & (account.wallet == "Points"))
		.select(
			card.status,
			card.blocked_on,
			table.name,
			table.customer,
			table.program,
			table.status,
			table.tier,
			account.name,
			account.version,
			table.merged_into,
			table.staff_user,
		)
		.where(card.name == number)
		.run()
	)
	masked = cards.mask(number)
	if not rows:
		_unknown_card(number)
	status, blocked_on, *member = rows[0]
	if status in ("Blocked", "Replaced"):
		day = policy.style().day(blocked_on) if blocked_on else ""
		frappe.throw(
			_("Card {0} is blocked since {1}; issue a new one or use the mobile number.").format(masked, day),
			title=_("Card blocked"),
		)
	if not member[0]:
		frappe.throw(_("Card {0} belongs to nobody yet. Hand it out first.").format(masked))
	return Found(survivor(Member(*member)), "card", number)


def _of_token(text: str) -> str:
	"""The number of the card whose QR was scanned; "" for any other text."""
	if not _TOKEN.fullmatch(text):
		return ""
	return str(frappe.db.get_value("Loyalty Card", {"token": text}, "name") or "")


def _unknown_card(number: str) -> NoReturn:
	masked = cards.mask(number)
	if not cards.luhn_valid(number):
		frappe.throw(
			_("{0} is no card number: a digit is wrong. Type it again or scan the card.").format(masked)
		)
	prefix = policy.settings().gift_card_prefix
	if prefix and number.startswith(prefix):
		frappe.throw(
			_("{0} is a gift card and names no member: it belongs where the invoice is paid.").format(masked)
		)
	frappe.throw(_("There is no card {0}. Use the mobile number, or issue a card.").format(masked))
	raise AssertionError("frappe.throw raises")


# ---------------------------------------------------------------------------------------------- joining and leaving


def join(customer: str, program: str | None = None, channel: str = "", **details: Any) -> Any:
	"""Makes the customer a member (again) and returns the Club Member. channel: the way in, one of Club Member's; empty
	for what the request says. Who comes back keeps the first one."""
	program = program or policy.default_program()
	if not program:
		frappe.throw(
			_(
				"There is no active club program to join. Put one in force, and choose it in Loyalty Club Settings."
			)
		)
	existing = frappe.db.get_value("Club Member", {"customer": customer, "program": program}, "name")
	if existing:
		doc = frappe.get_doc("Club Member", existing)
		if doc.status == "Active":
			return doc
		doc.status = "Active"
		doc.update(details)
		doc.save()
		return doc
	doc = frappe.get_doc({"doctype": "Club Member", "customer": customer, "program": program, **details})
	doc.flags.club_channel = channel
	doc.insert()
	return doc


def channel_of_request() -> str:
	"""The way in of a member whom the present request makes: a key of the API, a file, or a form of the desk; "" where
	it is no request."""
	if frappe.flags.in_import:
		return "Import"
	if not getattr(frappe.local, "request", None):
		return ""
	return "API" if frappe.get_request_header("Authorization") else "Desk"


def joins_by_itself(customer: str | None) -> bool:
	"""Whether a customer becomes a member on the first purchase: everyone, or those of the given groups and of groups
	below them."""
	club = policy.settings()
	if club.join_by != "On First Purchase" or not customer:
		return False
	customer_group = frappe.get_cached_value("Customer", customer, "customer_group")
	groups = {row.customer_group for row in club.join_groups}
	if not groups or customer_group in groups:
		return True
	bounds = (
		frappe.get_cached_value("Customer Group", customer_group, ["lft", "rgt"]) if customer_group else None
	)
	if not bounds:
		return False
	return any(
		low <= bounds[0] and bounds[1] <= high
		for low, high in (
			frappe.get_cached_value("Customer Group", group, ["lft", "rgt"]) for group in groups
		)
	)


def contact_mobile(customer: str) -> str:
	"""The customer's mobile in the international form; "" where ERPNext has none or no valid one."""
	text = frappe.db.get_value("Customer", customer, "mobile_no")
	if not text:
		contact = frappe.db.get_value(
			"Dynamic Link",
			{"link_doctype": "Customer", "link_name": customer, "parenttype": "Contact"},
			"parent",
		)
		text = frappe.db.get_value("Contact", contact, "mobile_no") if contact else None
	try:
		return persian.mobile(text) if text else ""
	except persian.MobileError:
		return ""


# ---------------------------------------------------------------------------------------------- wallets


def wallet_of(member: str, wallet: str) -> str | None:
	"""The member's account of that wallet; None where it was never opened."""
	found: str | None = frappe.db.get_value("Club Account", {"member": member, "wallet": wallet}, "name")
	return found


def wallets_of(member: str) -> dict[str, str]:
	"""The member's accounts by wallet."""
	rows = frappe.get_all("Club Account", filters={"member": member}, fields=["wallet", "name"])
	return {row.wallet: row.name for row in rows}


def open_wallet(member: Member, wallet: Wallet) -> str:
	"""The member's account of that wallet, opened if there is none yet."""
	return wallet_of(member.name, wallet) or ledger.open_account(member.name, member.program, wallet)


# ---------------------------------------------------------------------------------------------- PIN


def hash_pin(pin: str) -> str:
	"""A salted hash of a PIN (PBKDF2-SHA256) under the site's encryption key: a PIN is short, and whoever read a plain
	hash could try them all elsewhere."""
	salt = secrets.token_hex(8)
	return f"{KEYED}${salt}${_pin_digest(pin, salt, keyed=True)}"


def _pin_digest(pin: str, salt: str, *, keyed: bool) -> str:
	plain = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt.encode(), PIN_ROUNDS).hex()
	if not keyed:
		return plain
	return hmac.new(get_encryption_key().encode(), f"member pin|{plain}".encode(), hashlib.sha256).hexdigest()


def check_pin(member: str, pin: str) -> bool:
	"""Whether it is the member's PIN; after too many wrong ones none is. Wrong tries are counted even if the
	transaction fails."""
	row = frappe.db.get_value("Club Member", member, ["pin_hash", "pin_failures"], as_dict=True)
	if not row or not row.pin_hash:
		return False
	tries = policy.settings().pin_tries or 5
	if (row.pin_failures or 0) >= tries:
		frappe.throw(_("The PIN is locked after {0} wrong tries. Set a new one on the member.").format(tries))
	pin = persian.normalise(pin)
	*keyed, salt, digest = row.pin_hash.split("$")
	if hmac.compare_digest(_pin_digest(pin, salt, keyed=bool(keyed)), digest):
		changes = {"pin_failures": 0} if row.pin_failures else {}
		if not keyed:  # of a version that hashed without the site's key
			changes["pin_hash"] = hash_pin(pin)
		if changes:
			frappe.db.set_value("Club Member", member, changes, update_modified=False)
		return True
	frappe.db.after_rollback.add(lambda: _count_failure(member))
	frappe.db.set_value(
		"Club Member", member, "pin_failures", (row.pin_failures or 0) + 1, update_modified=False
	)
	return False


def _count_failure(member: str) -> None:
	frappe.db.sql("update `tabClub Member` set pin_failures = pin_failures + 1 where name = %s", (member,))
	frappe.db.commit()


# ---------------------------------------------------------------------------------------------- cards


def new_card_number() -> str:
	"""A card number that no card has yet."""
	prefix = policy.settings().card_prefix or "9000"
	digits = cards.random_digits(secrets.randbelow)
	for _attempt in range(20):
		number = cards.card_number(prefix, digits)
		if not frappe.db.exists("Loyalty Card", number):
			return number
	raise frappe.ValidationError(_("No free card number was found with the prefix {0}.").format(prefix))


def issue_card(member: str, **details: Any) -> Any:
	"""Makes a new card for the member, and returns it."""
	card = frappe.get_doc({"doctype": "Loyalty Card", "member": member, "status": "Active", **details})
	card.insert()
	return card


def block_card(name: str, reason: str = "") -> Any:
	"""Blocks a card: it finds nobody and pays nothing from now on."""
	card = frappe.get_doc("Loyalty Card", name)
	if card.status not in ("Active", "Blank"):
		frappe.throw(
			_("Card {0} is {1} already.").format(cards.mask(name), _(card.status, context="Loyalty Card"))
		)
	card.update({"status": "Blocked", "block_reason": reason})
	card.save()
	return card


def unblock_card(name: str) -> Any:
	"""A blocked card that was found again counts again."""
	card = frappe.get_doc("Loyalty Card", name)
	if card.status != "Blocked":
		frappe.throw(_("Card {0} is not blocked.").format(cards.mask(name)))
	card.update({"status": "Active" if card.member else "Blank", "block_reason": None})
	card.save()
	return card


def replace_card(name: str, reason: str = "", number: str = "") -> Any:
	"""Puts a new card in place of a lost or worn one, and returns it. The points are the member's: they stay.

	number: of a blank card that is handed out for it, scanned or typed; empty makes a new number."""
	old = _locked_card(name)
	if not old.member:
		frappe.throw(_("Card {0} belongs to nobody yet. Hand it out first.").format(cards.mask(name)))
	if old.status == "Replaced":
		frappe.throw(
			_("Card {0} has been replaced already, by {1}.").format(
				cards.mask(name),
				cards.mask(frappe.db.get_value("Loyalty Card", {"replaces": name}, "name") or name),
			)
		)
	old.status = "Replaced"
	old.block_reason = reason or old.block_reason
	old.save()
	member = survivor(by_name(old.member)).name
	return hand_out(number, member, replaces=name) if number else issue_card(member, replaces=name)


def hand_out(text: str, member: str, **details: Any) -> Any:
	"""Makes the blank card of a scanned or typed number the member's, and returns it. Raises ValidationError with what
	to do."""
	plain = persian.normalise(text or "")
	number = _of_token(plain) or re.sub(r"\D", "", plain)
	if len(number) != cards.CARD_LENGTH:
		frappe.throw(_("Scan the card, or type the 16 digits on it."))
	if not frappe.db.exists("Loyalty Card", number):
		_unknown_card(number)
	card = _locked_card(number)
	masked = cards.mask(number)
	if card.status in ("Blocked", "Replaced"):
		frappe.throw(
			_("Card {0} is {1}. Take another.").format(masked, _(card.status, context="Loyalty Card"))
		)
	if card.member:
		frappe.throw(
			_("Card {0} is the card of member {1} already. Take another.").format(masked, card.member)
		)
	who = survivor(by_name(member))
	if who.status != "Active":
		frappe.throw(
			_("Member {0} is {1} and is given no card.").format(
				who.name, _(who.status, context="Club Member")
			)
		)
	program = frappe.db.get_value("Loyalty Card Batch", card.batch, "program") if card.batch else None
	if program and program != who.program:
		frappe.throw(
			_("Card {0} is for members of {1}; {2} is a member of {3}. Take another.").format(
				masked, program, who.name, who.program
			)
		)
	card.update({"member": who.name, "status": "Active", "issued_on": policy.club_today(), **details})
	card.save()
	return card


def _locked_card(name: str) -> Any:
	"""A card that nobody else hands out or replaces meanwhile."""
	return frappe.get_doc("Loyalty Card", name, for_update=True)


def find_cards(text: str, status: str = "", limit: int = 20) -> list[str]:
	"""The numbers of the cards that a number, its last four digits, a mobile, a membership code or a customer's name
	says, the latest first; of every member and blank card if the text is empty."""
	plain = persian.normalise(text or "").strip()
	digits = _of_token(plain) or re.sub(r"[\s-]", "", plain)
	card, member = frappe.qb.DocType("Loyalty Card"), frappe.qb.DocType("Club Member")
	query = frappe.qb.from_(card).left_join(member).on(member.name == card.member).select(card.name)
	if status:
		query = query.where(card.status == status)
	if digits.isdigit() and len(digits) == cards.CARD_LENGTH:
		query = query.where(card.name == digits)
	elif digits.isdigit() and len(digits) == 4:
		query = query.where(card.last_four == digits)
	elif plain:
		try:
			query = query.where(member.mobile == persian.mobile(plain))
		except persian.MobileError:
			like = f"%{plain}%"
			query = query.where(
				(member.name == plain.upper()) | member.customer_name.like(like) | (member.customer == plain)
			)
	rows = query.orderby(card.modified, order=Order.desc).limit(limit).run()
	return [name for (name,) in rows]


def set_pin(name: str, pin: str) -> None:
	"""Gives the member a new PIN, and another try to who was locked out. Raises ValidationError unless it is 4 to 8
	digits."""
	doc = frappe.get_doc("Club Member", name)
	doc.pin = persian.normalise(pin)
	if not doc.pin:
		frappe.throw(_("A PIN has 4 to 8 digits."))
	doc.save()


def leave(name: str) -> None:
	"""The member leaves the club: nothing is earned or spent. Points and history stay, in case of a return."""
	_set_status(name, "Left")


def come_back(name: str) -> None:
	"""A member who had left, or was inactive, is active again."""
	_set_status(name, "Active")


def _set_status(name: str, status: str) -> None:
	doc = frappe.get_doc("Club Member", name)
	if doc.status == "Merged":
		frappe.throw(_("{0} was merged into {1}. Open that member.").format(name, doc.merged_into))
	doc.status = status
	doc.save()


def since(member: str) -> date | None:
	"""The day the member joined."""
	found: date | None = frappe.db.get_value("Club Member", member, "joined_on")
	return found


def open_accounts_of(doc: Any) -> None:
	"""Opens the account of a Club Member that was just made."""
	doc.db_set("account", ledger.open_account(doc.name, doc.program), update_modified=False)


def join_on_purchase(doc: Any) -> Member | None:
	"""Makes the customer of a submitted invoice a member; what goes wrong must not stop the sale."""
	frappe.db.savepoint("loyalty_club_join")
	try:
		program = policy.default_program()
		if not program:
			return None
		in_force = policy.in_force(program)
		if in_force is None or doc.company not in in_force.companies or in_force.status != "Active":
			return None
		member = frappe.get_doc(
			{
				"doctype": "Club Member",
				"customer": doc.customer,
				"program": program,
				"joined_on": doc.posting_date,
			}
		)
		member.flags.ignore_permissions = True
		member.flags.club_channel = "First Purchase"
		member.insert()
	except frappe.ValidationError:
		frappe.db.rollback(save_point="loyalty_club_join")
		doc.log_error(title=_("Loyalty Club: {0} could not join").format(doc.customer))
		return None
	doc.db_set("club_member", member.name, update_modified=False)
	return by_name(member.name)


def close_accounts_of(doc: Any) -> None:
	"""Takes the empty account of a Club Member that is deleted away."""
	ledger.drop_account(doc.name)
