"""Whether the ledger is what was written: every chain recomputed, every sum added up. Reads only.

One pass over the tables, account by account in the order of their names, `CHUNK` rows at a time, so that memory does
not grow with the ledger. Numbers are read as text, so nothing is lost on the way. What is wrong is a `Problem` that
names the account, the member or gift card, and the entry. An account of money is held to the same as one of points.

The chain finds any change that did not recompute it. Against one that did, `digest` signs all chain heads (Ed25519)
with a key that is kept outside the database, and `verify(signed=…)` compares: an account's history may have grown
since, but the entry that was its head then must still have that hash.

>>> for problem in verify():
...     print(problem.text)
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import frappe
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from frappe import _
from frappe.query_builder.functions import Cast_, Count, Max, Sum
from pypika.terms import ValueWrapper

from loyalty_club import ledger
from loyalty_club.core.model import ZERO, Kind

CHUNK = 5000
ACCOUNTS = 500
FORMAT = "loyalty-club-digest/1"
KEY = "loyalty_club_signing_key"
LEAST_KEY = 16
GZIP = b"\x1f\x8b"

NUMBERS = ("quantity", "value")
COLUMNS = (
	"name",
	"account",
	"seq",
	"wallet",
	"posting_date",
	"recorded_at",
	"kind",
	"quantity",
	"lot",
	"value",
	"source_doctype",
	"source_name",
	"tier",
	"program_version",
	"reason_code",
	"reason",
	"posting_key",
	"previous_hash",
	"hash",
	"hash_version",
)
KINDS = get_args(Kind)
POINTS = "Points"


class Problem(NamedTuple):
	"""One thing that is wrong. entry: the ledger entry or lot concerned, "" if it is the account itself; what and
	should: for people; gift_card: whose account it is where it is no member's."""

	account: str
	member: str
	entry: str
	what: str
	should: str
	gift_card: str = ""

	@property
	def text(self) -> str:
		"""In one line."""
		where = " · ".join(each for each in (self.account, self.member, self.gift_card, self.entry) if each)
		return f"{where}: {self.what} {self.should}".rstrip()


class Row(NamedTuple):
	"""A Club Account as it stands."""

	name: str
	member: str
	seq: int
	entries: int
	balance: Decimal
	deficit: Decimal
	head: str
	wallet: str
	gift_card: str


class Signed(NamedTuple):
	"""A digest that was exported: count and head per account."""

	made_at: str
	heads: dict[str, tuple[int, str]]


class Digest(NamedTuple):
	"""What a digest says, without its accounts."""

	accounts: int
	entries: int
	sha256: str


class DigestError(frappe.ValidationError):
	"""A digest cannot be made or believed; the message says why."""


# ---------------------------------------------------------------------------------------------- verifying


def count_accounts(member: str | None = None) -> int:
	"""How many accounts there are to look at."""
	account = frappe.qb.DocType("Club Account")
	query = frappe.qb.from_(account).select(Count(account.name))
	if member:
		query = query.where(account.member == member)
	found: int = query.run()[0][0]
	return found


def verify(
	member: str | None = None,
	signed: Signed | None = None,
	progress: Callable[[int], None] | None = None,
) -> Iterator[Problem]:
	"""Everything that is wrong with the ledger, or with one member's accounts.

	signed: what `read_digest` gave, to find a chain that was rewritten; progress: called with the number of accounts
	done since the last call."""
	seen = 0
	for chunk in _accounts(member):
		lots = _lots([row.name for row in chunk])
		entries = _Feed(_entries([row.name for row in chunk]))
		for row in chunk:
			promised = signed.heads.get(row.name) if signed else None
			yield from _Chain(row, lots.get(row.name, {}), promised).problems(entries.of(row.name))
		seen += len(chunk)
		if progress is not None:
			progress(len(chunk))
	if member is None:
		yield from _without_account()
		yield from totals()
		if signed is not None:
			yield from _accounts_gone(signed)


class _Chain:
	"""One account while its entries pass."""

	def __init__(self, row: Row, lots: dict[str, dict[str, Any]], promised: tuple[int, str] | None) -> None:
		self.row = row
		self.lots = lots
		self.promised = promised
		self.by_lot: dict[str, Decimal] = {}
		self.expired: dict[str, Decimal] = {}
		self.sum = ZERO
		self.altered: list[dict[str, Any]] = []
		self.found: list[Problem] = []
		self.incomplete = False

	def problem(self, entry: str, what: str, should: str = "") -> None:
		row = self.row
		self.found.append(Problem(row.name, row.member, entry, what, should, row.gift_card))

	def problems(self, entries: Iterable[dict[str, Any]]) -> list[Problem]:
		"""What is wrong with this account."""
		seq, head, count, previous = 0, "", 0, ""
		kept = self.promised is None or self.promised[0] == 0
		for entry in entries:
			seq += 1
			count += 1
			if entry["seq"] > self.row.seq:
				self._entry_too_many(entry)
				continue
			whole = self._gap(seq, entry["seq"] - 1)
			seq = entry["seq"]
			self._one(entry, previous, head, whole)
			previous, head = entry["name"], entry["hash"] or ""
			if self.promised is not None and seq == self.promised[0]:
				kept = True
				if head != self.promised[1]:
					self.problem(
						entry["name"],
						_("the chain was rewritten: this entry was the head when the digest was signed."),
						_("Its hash should be {0}, but is {1}.").format(
							_short(self.promised[1]), _short(head)
						),
					)
		whole = self._gap(seq + 1, self.row.seq)
		if whole and head != self.row.head:
			self.problem(
				previous,
				_("is the last entry, but its hash is not the head of the chain on the account."),
				_("The head should be {0}, but is {1}.").format(_short(self.row.head), _short(head)),
			)
		if not kept and self.promised is not None:
			self.problem(
				"",
				_("the chain is shorter than when the digest was signed."),
				_("It should have at least {0} entries.").format(self.promised[0]),
			)
		if self.row.entries != self.row.seq:
			self.problem(
				"",
				_("the account counts {0} entries.").format(self.row.entries),
				_("It should count {0}, the number of its last entry.").format(self.row.seq),
			)
		self._sums()
		return self.found

	def _entry_too_many(self, entry: dict[str, Any]) -> None:
		self.incomplete = True
		self.problem(
			entry["name"],
			_("comes after the last entry that the account knows."),
			_("The last one should be number {0}.").format(self.row.seq),
		)

	def _gap(self, first: int, last: int) -> bool:
		"""Names the entries from first to last as missing; True if there are none."""
		if last < first:
			return True
		self.incomplete = True
		names = f"{self.row.name}-{first}" + (f" … {last}" if last > first else "")
		tail = last == self.row.seq
		self.problem(
			names,
			_("{0} entries are missing at the end: the tail was cut.").format(last - first + 1)
			if tail
			else _("{0} entries are missing.").format(last - first + 1),
			_("The account should have {0} entries.").format(self.row.seq),
		)
		return False

	def _one(self, entry: dict[str, Any], previous: str, head: str, whole: bool) -> None:
		"""One entry: its name, its hash, its link to the one before."""
		name = entry["name"]
		expected = f"{self.row.name}-{entry['seq']}"
		if name != expected:
			self.problem(name, _("has another name."), _("It should be {0}.").format(expected))
		self._of_wallet(name, entry["wallet"])
		entry["quantity"] = Decimal(entry["quantity"])
		entry["value"] = Decimal(entry["value"] or 0)
		self._add(entry, 1)
		linked = not whole or (entry["previous_hash"] or "") == head
		if _hash(entry) != entry["hash"]:
			self.altered.append({**entry, "previous_hash": entry["previous_hash"] if linked else head})
		elif not linked:
			self.problem(
				name,
				_("does not follow {0}: one of the two was changed and its hash computed anew.").format(
					previous or _("the beginning")
				),
				_("Its previous hash should be {0}, but is {1}.").format(
					_short(head), _short(entry["previous_hash"])
				),
			)

	def _of_wallet(self, name: str, wallet: str | None) -> None:
		"""No hash says of which wallet a row is: its account does."""
		if (wallet or POINTS) != self.row.wallet:
			self.problem(
				name,
				_("stands under {0}.").format(_(wallet or POINTS)),
				_("It should stand under {0}, as its account does.").format(_(self.row.wallet)),
			)

	def _add(self, entry: dict[str, Any], sign: int) -> None:
		quantity, lot = sign * entry["quantity"], entry["lot"]
		self.sum += quantity
		if lot:
			self.by_lot[lot] = self.by_lot.get(lot, ZERO) + quantity
			if entry["kind"] == "expire":
				self.expired[lot] = self.expired.get(lot, ZERO) - quantity

	def _sums(self) -> None:
		"""The sums, and with their help what an altered entry was."""
		for entry in self.altered:
			self._altered(entry)
		if not self.incomplete:
			if self.row.balance != self.sum:
				self.problem(
					"",
					_("the balance is {0}.").format(_number(self.row.balance)),
					_("It should be {0}, the sum of the entries.").format(_number(self.sum)),
				)
			self._lots()
		remaining = sum((Decimal(lot["remaining"]) for lot in self.lots.values()), ZERO)
		if remaining - self.row.deficit != self.row.balance:
			self.problem(
				"",
				_("the lots have {0} left and {1} are owed, but the balance is {2}.").format(
					_number(remaining), _number(self.row.deficit), _number(self.row.balance)
				),
				_("The balance should be {0}.").format(_number(remaining - self.row.deficit)),
			)

	def _lots(self) -> None:
		for name in {**self.lots, **self.by_lot}:
			lot, moved = self.lots.get(name), self.by_lot.get(name, ZERO)
			if lot is None:
				self.problem(
					name, _("the lot is missing."), _("It should have {0} left.").format(_number(moved))
				)
				continue
			self._of_wallet(name, lot["wallet"])
			left, original = Decimal(lot["remaining"]), Decimal(lot["original"])
			expired, died = Decimal(lot["expired"]), self.expired.get(name, ZERO)
			if left != moved:
				self.problem(
					name,
					_("the lot has {0} left.").format(_number(left)),
					_("It should have {0}, the sum of its entries.").format(_number(moved)),
				)
			elif not ZERO <= left <= original:
				self.problem(
					name,
					_("the lot has {0} left.").format(_number(left)),
					_("It should be between 0 and {0}.").format(_number(original)),
				)
			if expired != died:
				self.problem(
					name,
					(
						_("{0} points of the lot have expired.")
						if self.row.wallet == POINTS
						else _("{0} of the lot has expired.")
					).format(_number(expired)),
					_("By its entries it should be {0}.").format(_number(died)),
				)

	def _altered(self, entry: dict[str, Any]) -> None:
		what = _("was changed: its contents do not give its hash.")
		for column, value, should in self._guesses(entry):
			was = {**entry, column: value}
			if _hash(was) == entry["hash"]:  # then it is no guess
				self._add(entry, -1)
				self._add(was, 1)
				self.problem(entry["name"], what, should)
				return
		self.problem(entry["name"], what, _("The hash should be {0}.").format(_short(_hash(entry))))

	def _guesses(self, entry: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
		"""What the entry may have said: column, value, and how that is told."""
		points = _("Its points should be {0}, but are {1}.")
		if self.row.wallet != POINTS:
			points = _("Its amount should be {0}, but is {1}.")
		lot = self.lots.get(entry["lot"] or "")
		shortfalls = [self.row.balance - self.sum]
		if lot is not None:
			shortfalls.append(Decimal(lot["remaining"]) - self.by_lot.get(entry["lot"], ZERO))
			value = Decimal(lot["value"])
			yield (
				"value",
				value,
				_("Its value of a point should be {0}, but is {1}.").format(
					_number(value), _number(entry["value"])
				),
			)
		for shortfall in shortfalls:
			before = entry["quantity"] + shortfall
			yield "quantity", before, points.format(_number(before), _number(entry["quantity"]))
		for kind in KINDS:
			yield "kind", kind, _("Its kind should be {0}, but is {1}.").format(kind, entry["kind"])


def _hash(entry: Mapping[str, Any]) -> str:
	"""The hash the entry's contents give; "" where they cannot be an entry's at all."""
	try:
		return ledger.entry_hash(
			{**entry, "reason_code": entry["reason_code"] or "", "reason": entry["reason"] or ""}
		)
	except (AttributeError, TypeError):
		return ""


def _short(digest: str | None) -> str:
	return f"{digest[:16]}…" if digest else _("empty")


def _number(number: Decimal) -> str:
	return ledger.plain(number)


# ---------------------------------------------------------------------------------------------- reading


def _text(column: Any, name: str) -> Any:
	return Cast_(column, "char").as_(name)


def _accounts(member: str | None) -> Iterator[list[Row]]:
	account = frappe.qb.DocType("Club Account")
	query = (
		frappe.qb.from_(account)
		.select(
			account.name,
			account.member,
			account.seq,
			account.entries,
			_text(account.balance, "balance"),
			_text(account.deficit, "deficit"),
			account.head,
			account.wallet,
			account.gift_card,
		)
		.orderby(account.name)
		.limit(ACCOUNTS)
	)
	if member:
		query = query.where(account.member == member)
	last = ""
	while True:
		rows = query.where(account.name > last).run()
		if not rows:
			return
		last = rows[-1][0]
		yield [
			Row(
				name,
				of or "",
				seq or 0,
				entries or 0,
				Decimal(balance),
				Decimal(deficit),
				head or "",
				wallet or POINTS,
				card or "",
			)
			for name, of, seq, entries, balance, deficit, head, wallet, card in rows
		]


def _entries(accounts: list[str]) -> Iterator[dict[str, Any]]:
	"""The entries of these accounts, by account in the given order and by number, `CHUNK` at a time."""
	entry = frappe.qb.DocType("Club Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(*(_text(entry[each], each) if each in NUMBERS else entry[each] for each in COLUMNS))
		.orderby(entry.account)
		.orderby(entry.seq)
		.limit(CHUNK)
	)
	resumed = False
	left, where = accounts, entry.account.isin(accounts)
	while left:
		row: dict[str, Any] = {}
		count = 0
		for values in query.where(where).run():
			row = dict(zip(COLUMNS, values, strict=True))
			count += 1
			yield row
		if count == CHUNK:
			left = left[left.index(row["account"]) :]
			where = (entry.account == row["account"]) & (entry.seq > row["seq"])
			resumed = True
		elif resumed:
			left, resumed = left[1:], False
			where = entry.account.isin(left)
		else:
			return


class _Feed:
	"""A stream of entries, handed out account by account."""

	def __init__(self, entries: Iterator[dict[str, Any]]) -> None:
		self._entries = entries
		self._next = next(entries, None)

	def of(self, account: str) -> Iterator[dict[str, Any]]:
		"""The entries of the next account."""
		while self._next is not None and self._next["account"] == account:
			yield self._next
			self._next = next(self._entries, None)


def _lots(accounts: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
	"""The lots of these accounts: account -> name -> numbers as text."""
	lot = frappe.qb.DocType("Club Lot")
	numbers = ("original", "remaining", "expired", "value")
	rows = (
		frappe.qb.from_(lot)
		.select(lot.account, lot.name, lot.wallet, *(_text(lot[each], each) for each in numbers))
		.where(lot.account.isin(accounts))
		.run()
	)
	found: dict[str, dict[str, dict[str, Any]]] = {}
	for account, name, wallet, *values in rows:
		found.setdefault(account, {})[name] = {"wallet": wallet, **dict(zip(numbers, values, strict=True))}
	return found


def _without_account() -> Iterator[Problem]:
	"""Entries and lots whose account is not there."""
	account = frappe.qb.DocType("Club Account")
	for doctype, what in (
		("Club Ledger Entry", _("{0} entries belong to an account that is missing.")),
		("Club Lot", _("{0} lots belong to an account that is missing.")),
	):
		table = frappe.qb.DocType(doctype)
		rows = (
			frappe.qb.from_(table)
			.left_join(account)
			.on(account.name == table.account)
			.select(table.account, Max(table.member), Count(table.name))
			.where(account.name.isnull())
			.groupby(table.account)
			.run()
		)
		for name, member, count in rows:
			yield Problem(name or "", member or "", "", what.format(count), _("The account should be there."))


def totals() -> Iterator[Problem]:
	"""Documents whose totals are not the sums of their entries: no chain holds those, and the books are held against
	them."""
	entry, lot = frappe.qb.DocType("Club Ledger Entry"), frappe.qb.DocType("Club Lot")
	total = frappe.qb.DocType("Club Document Total")
	of = ("source_doctype", "source_name", "wallet", "kind", "company")
	told = frappe.qb.from_(total).select(
		*(total[each] for each in of),
		total.home,
		total.quantity.as_("told"),
		total.amount.as_("told_amount"),
		ValueWrapper(0).as_("moved"),
		ValueWrapper(0).as_("moved_amount"),
	)
	moved = (
		frappe.qb.from_(entry)
		.join(lot)
		.on(lot.name == entry.lot)
		.select(
			*(entry[each] for each in of),
			lot.company.as_("home"),
			ValueWrapper(0).as_("told"),
			ValueWrapper(0).as_("told_amount"),
			entry.quantity.as_("moved"),
			(entry.quantity * entry.value).as_("moved_amount"),
		)
		.where((entry.source_name > "") & entry.kind.isin(sorted(ledger.AT_FACE)))
		.where((entry.wallet != POINTS) | entry.source_doctype.isin(ledger.INVOICES))
	)
	both = told.union_all(moved).as_("both")
	sums = [Sum(both[each]) for each in ("told", "moved", "told_amount", "moved_amount")]
	rows = (
		frappe.qb.from_(both)
		.select(both.source_name, both.wallet, *(Cast_(each, "char") for each in sums))
		.groupby(*(both[each] for each in (*of, "home")))
		.having((sums[0] != sums[1]) | (sums[2] != sums[3]))
		.run()
	)
	for name, wallet, *numbers in rows:
		told_, moved_, told_amount, moved_amount = (Decimal(each) for each in numbers)
		said, right = (told_, moved_) if told_ != moved_ else (told_amount, moved_amount)
		yield Problem(
			"",
			"",
			name,
			_("the document's total of {0} is {1}.").format(_(wallet), _number(said)),
			_("It should be {0}, the sum of its entries.").format(_number(right)),
		)


def _accounts_gone(signed: Signed) -> Iterator[Problem]:
	"""Accounts that a signed digest knows and the site does not."""
	names = sorted(name for name, (count, _head) in signed.heads.items() if count)
	account = frappe.qb.DocType("Club Account")
	for start in range(0, len(names), ACCOUNTS):
		part = names[start : start + ACCOUNTS]
		there = {
			row[0]
			for row in frappe.qb.from_(account).select(account.name).where(account.name.isin(part)).run()
		}
		for name in part:
			if name not in there:
				yield Problem(
					name,
					"",
					"",
					_("the account is gone."),
					_("It should have at least {0} entries.").format(signed.heads[name][0]),
				)


# ---------------------------------------------------------------------------------------------- signing


def heads() -> Iterator[tuple[str, int, str]]:
	"""Name, number of the last entry and chain head of every account, in the order of their names."""
	for chunk in _accounts(None):
		for row in chunk:
			yield row.name, row.seq, row.head


def digest(made_at: str, rows: Iterable[tuple[str, int, str]] | None = None) -> dict[str, Any]:
	"""The signed digest of all chain heads, to be kept elsewhere. made_at: when, in ISO 8601.

	Raises DigestError where the site has no signing key."""
	text: list[str] = []
	write_digest(made_at, text.append, rows)
	body: dict[str, Any] = json.loads("".join(text))
	return body


def write_digest(
	made_at: str, write: Callable[[str], Any], rows: Iterable[tuple[str, int, str]] | None = None
) -> dict[str, Any]:
	"""Writes the digest as JSON, account by account, so that memory stays flat; returns it without its accounts.

	Raises DigestError where the site has no signing key."""
	private = _private_key()
	body: dict[str, Any] = {"format": FORMAT, "site": frappe.local.site, "made_at": made_at}
	write(json.dumps(body, ensure_ascii=False)[:-1] + ', "accounts": [')
	sums, comma = _Sums(), ""
	for name, count, head in heads() if rows is None else rows:
		sums.add(name, count, head)
		write(f"{comma}{json.dumps([name, count, head], ensure_ascii=False)}")
		comma = ", "
	said = sums.digest()
	more: dict[str, Any] = {"entries": said.entries, "sha256": said.sha256, "algorithm": "Ed25519"}
	more["public_key"] = _public_text(private.public_key())
	more["signature"] = private.sign(_signed_text({**body, **more})).hex()
	write("], " + json.dumps(more, ensure_ascii=False)[1:])
	return {**body, **more, "count": said.accounts}


def can_sign() -> bool:
	"""Whether the site has a signing key."""
	return len(str(frappe.conf.get(KEY) or "")) >= LEAST_KEY


class _Sums:
	"""The counts and the SHA-256 over accounts in their order, as they pass."""

	def __init__(self) -> None:
		self._whole, self._accounts, self._entries = hashlib.sha256(), 0, 0

	def add(self, name: str, count: int, head: str) -> None:
		self._whole.update(f"{name} {count} {head}\n".encode())
		self._accounts += 1
		self._entries += count

	def digest(self) -> Digest:
		return Digest(self._accounts, self._entries, self._whole.hexdigest())


def digest_of(body: Mapping[str, Any]) -> Digest:
	"""Counts of a digest, and the SHA-256 over its accounts in their order."""
	sums = _Sums()
	for name, count, head in body["accounts"]:
		sums.add(name, count, head)
	return sums.digest()


def digest_text(data: bytes) -> str:
	"""The text of a digest's file, also of a gzip one. Raises DigestError where it is neither."""
	try:
		return (gzip.decompress(data) if data.startswith(GZIP) else data).decode()
	except (OSError, EOFError, zlib.error, UnicodeDecodeError) as wrong:
		raise DigestError(_("This file is no digest of chain heads.")) from wrong


def read_digest(text: str, public_key: str | None = None) -> Signed:
	"""A digest that was exported, its signature checked.

	public_key: hexadecimal, where it was kept beside the digest; else the site's own key must have signed it. Raises
	DigestError where the file is none, was changed, or was signed by another key."""
	try:
		body = json.loads(text)
		if body["format"] != FORMAT:
			raise ValueError(body["format"])
		told, signature = bytes.fromhex(body["public_key"]), bytes.fromhex(body["signature"])
		heads_ = {str(name): (int(count), str(head)) for name, count, head in body["accounts"]}
		made_at, sha256 = str(body["made_at"]), str(body["sha256"])
		signed_text = _signed_text(body)
	except (ValueError, KeyError, TypeError) as wrong:
		raise DigestError(_("This file is no digest of chain heads.")) from wrong
	expected = public_key.strip().lower() if public_key else _public_text(_private_key().public_key())
	if told.hex() != expected:
		raise DigestError(
			_("The digest was signed with another key: {0}, expected {1}.").format(
				_short(told.hex()), _short(expected)
			)
		)
	try:
		Ed25519PublicKey.from_public_bytes(told).verify(signature, signed_text)
	except (InvalidSignature, ValueError) as wrong:
		raise DigestError(_("The digest was changed after it was signed.")) from wrong
	if digest_of(body).sha256 != sha256:
		raise DigestError(_("The digest was changed after it was signed."))
	return Signed(made_at, heads_)


def _signed_text(body: Mapping[str, Any]) -> bytes:
	parts = [body[key] for key in ("format", "site", "made_at", "entries", "sha256")]
	return json.dumps(parts, ensure_ascii=False).encode()


def _private_key() -> Ed25519PrivateKey:
	"""The site's key: a secret text of site_config.json, made a key by SHA-256."""
	secret = str(frappe.conf.get(KEY) or "")
	if not can_sign():
		raise DigestError(
			_(
				"The site has no signing key. Set one of at least {0} characters: bench --site {1} set-config {2} …"
			).format(LEAST_KEY, frappe.local.site, KEY)
		)
	return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{FORMAT} {secret}".encode()).digest())


def _public_text(key: Ed25519PublicKey) -> str:
	return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
