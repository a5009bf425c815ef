"""The ledger against the books: does each liability account of the club stand where its documents say? Reads only.

One account of one company at a time, up to a day, debit positive, Rial (the company's currency). What submitted
documents say in the ledger (spent, given back, given by documents of the club, settled between companies), which it
keeps the totals of, is held against the account's GL entries, document by document. What is on its way stands on lines
of its own: receipts of tills that are not closed yet, journals between companies that are not posted or dated later,
gift cards sold and not paid. What valuations of the liability posted, and vouchers that are nobody's of the club, are
named. What then is left is a mistake, and is named, too.

Cancelled documents are left out on both sides: their GL entries are cancelled, and in the ledger they undo themselves.

Most documents agree, and are not read one by one. Both sides are put into `SHEAVES` by the documents' names and the
database sums each sheaf up twice, plainly and with each amount times a 60-bit number of its document (SHA-256). Where
both sums are the ledger's, each document's amount is; a sheaf where they are not is opened, and its documents are
named.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Cast_, Coalesce, Concat
from pypika.terms import Function, ValueWrapper

from loyalty_club import document_totals, permissions, policy
from loyalty_club.core.model import ZERO
from loyalty_club.document_totals import Key, text_of_sum
from loyalty_club.engine.invoice import DOCTYPES
from loyalty_club.policy import exact

CENT = Decimal("0.01")
VALUATION = "Club Liability Valuation"
SHEAVES = 1024
FIELDS = {"redeem": "spent", "restore": "given_back"}  # where an entry's kind stands; the others give
Place = tuple[str, str, str]  # company, program and wallet


class Item(NamedTuple):
	"""A document or voucher on a line."""

	doctype: str
	name: str
	day: date | None
	amount: Decimal


class Branch(NamedTuple):
	"""What of an account is a branch's ("" is nobody's): what the books should show of the club's vouchers, and do."""

	name: str
	expected: Decimal
	booked: Decimal

	@property
	def rest(self) -> Decimal:
		"""What stands in the books of another branch, or of none."""
		return self.expected - self.booked


class Account(NamedTuple):
	"""One liability account as it was found."""

	company: str
	account: str
	wallets: tuple[str, ...]
	spent: Decimal  # what the ledger says of submitted documents …
	given_back: Decimal
	given: Decimal  # by documents of the club: credit and gift cards, withheld refunds
	between: Decimal  # between companies
	tax: Decimal  # what of spent and given back (without what was a discount) paid tax, by the documents' share of it
	at_tills: list[Item]  # … and of that, what is not in the books yet
	not_posted: list[Item]
	unpaid: list[Item]  # in the books, not in the ledger before it is paid
	booked: Decimal  # what the club's vouchers did to the account
	others: list[Item]  # vouchers that are none of the club's
	wrong: list[Item]  # what is left: expected less booked
	valued: list[Item]  # journals of liability valuations
	branches: tuple[Branch, ...] = ()  # where Branch is an accounting dimension

	@property
	def said(self) -> Decimal:
		"""What the ledger says in all."""
		return self.spent + self.given_back + self.given + self.between

	@property
	def expected(self) -> Decimal:
		"""What the books should show of it now."""
		return self.said - total(self.at_tills) - total(self.not_posted) + total(self.unpaid)

	@property
	def balance(self) -> Decimal:
		"""The account's debits less its credits."""
		return self.booked + total(self.others) + total(self.valued)

	@property
	def rest(self) -> Decimal:
		"""What nothing explains: 0 where all is well."""
		return self.expected - self.booked


def total(items: Iterable[Item]) -> Decimal:
	"""The sum of a line's documents."""
	return sum((item.amount for item in items), ZERO)


def accounts(company: str | None = None, program: str | None = None) -> dict[Key, list[tuple[str, str]]]:
	"""The liability accounts of programs in force, by company and account, each with the programs and wallets that use
	it; those the present user may see."""
	found: dict[Key, list[tuple[str, str]]] = defaultdict(list)
	seen = permissions.allowed("Company", "Club Ledger Entry")
	filters: dict[str, Any] = {"active_version": ["is", "set"], **({"name": program} if program else {})}
	for name in frappe.get_all("Club Program", filters=filters, pluck="name", order_by="creation asc"):
		in_force = policy.in_force(name)
		for each in in_force.companies.values() if in_force else ():
			if (company and each.company != company) or (seen and each.company not in seen):
				continue
			for wallet, of in each.wallets.items():
				if of.account:
					found[each.company, of.account].append((name, wallet))
	return found


def reconcile(until: date, company: str | None = None, program: str | None = None) -> list[Account]:
	"""Holds each account against the ledger as of a day's end. An account that several programs use is looked at
	whole, whichever program is asked for."""
	whole = accounts(company)
	held = [_Held(*key, whole[key], until) for key in accounts(company, program)]
	if not held:
		return []
	kinds = list(_at_face(until))
	sums, tax = _sums(kinds)
	opened = set().union(*(one.disagreeing(sums) for one in held))
	users: dict[Place, list[_Held]] = defaultdict(list)
	for one in held:
		one.read(opened)
		for name, wallet in one.uses:
			users[one.company, name, wallet].append(one)
			one.tax += tax.get((one.company, name, wallet), ZERO)
	with closing(_movements(kinds, opened)) as moves:
		for move in moves:
			for side in {move.company, move.home}:
				for one in users.get((side, move.program, move.wallet), ()):
					one.add(move)
	return [one.found() for one in held]


class _Sheaf(NamedTuple):
	"""What some documents come to (Rial, debit positive), and each amount times the number of its document; in the
	books it is all `given`."""

	branch: str
	spent: Decimal
	given_back: Decimal
	given: Decimal
	weighed: Decimal

	@property
	def face(self) -> Decimal:
		return self.spent + self.given_back + self.given


def _weight(sheaves: Iterable[_Sheaf]) -> tuple[Decimal, Decimal]:
	"""What two sides that say the same of each document have in common."""
	sheaves = list(sheaves)
	return sum((one.face for one in sheaves), ZERO), sum((one.weighed for one in sheaves), ZERO)


class _Held:
	"""One account while the ledger is held against its books: first by sheaves; of those that disagree the books are
	read, then what the ledger says of a document is taken off, so that only what does not agree (yet) is kept."""

	def __init__(self, company: str, account: str, uses: list[tuple[str, str]], until: date) -> None:
		self.company, self.account, self.uses = company, account, uses
		self._until, self._dimension = until, _dimension()
		self._owners, self._pending, self._settlements = _journals(company, until)
		self._into = _receipts(company, until, self._owners.values())
		self.tax = ZERO
		self._sums = dict.fromkeys(("spent", "given_back", "given", "between"), ZERO)
		# Expected less booked, and when it was booked last.
		self._left: dict[Key, tuple[Decimal, date | None]] = {}
		self._said: set[Key] = set()  # what of it the ledger knows
		self._known: set[Key] = set()  # documents that the club made a journal for
		self._at_tills: dict[Key, tuple[Decimal, date, str]] = {}  # amount, day, branch
		self._unsettled: dict[Key, Decimal] = defaultdict(
			lambda: ZERO
		)  # between companies, less what is posted
		self._about: dict[Key, tuple[date, str]] = {}  # day and branch of that, days of valuations
		self._expected: dict[str, Decimal] = defaultdict(lambda: ZERO)  # by branch
		self._booked: dict[str, Decimal] = defaultdict(lambda: ZERO)
		self._places: dict[Key, list[tuple[str, Decimal]]] = {}  # of vouchers that may be none of the club's
		self._balance, self._valued = ZERO, defaultdict[Key, Decimal](lambda: ZERO)
		self._ledger: dict[int, list[_Sheaf]] = defaultdict(list)
		self._books: dict[int, list[_Sheaf]] = defaultdict(list)

	# ------------------------------------------------------------------------------------------ sheaves

	def disagreeing(self, sums: Mapping[Place, list[tuple[int, _Sheaf]]]) -> set[int]:
		"""The sheaves in which the books do not show of each document what the ledger says of it. sums: what it says,
		place by place."""
		for name, wallet in self.uses:
			for sheaf, one in sums.get((self.company, name, wallet), ()):
				self._ledger[sheaf].append(one)
		query, gl, key, place = self._entries()
		amount = gl.debit - gl.credit
		sheaf = _sheaf(key)
		rows = (
			query.select(sheaf, place, text_of_sum(amount), text_of_sum(amount * _number(key)))
			.groupby(sheaf, place)
			.run()
		)
		for number, where, net, weighed in rows:
			self._books[number].append(_Sheaf(where, ZERO, ZERO, exact(net), exact(weighed)))
		return {
			each
			for each in {*self._ledger, *self._books}
			if _weight(self._ledger.get(each, ())) != _weight(self._books.get(each, ()))
		}

	def _close(self, opened: Collection[int]) -> None:
		"""Takes the sums of sheaves that agree."""
		for sheaf, said in self._ledger.items():
			for one in said if sheaf not in opened else ():
				for field in ("spent", "given_back", "given"):
					self._sums[field] += getattr(one, field)
				self._expected[one.branch] += one.face
		for sheaf, booked in self._books.items():
			for one in booked if sheaf not in opened else ():
				self._balance += one.face
				self._booked[one.branch] += one.face

	def _entries(self) -> tuple[Any, Any, Any, Any]:
		"""The account's GL entries: a query that selects nothing yet, the table, the key of the document that each
		belongs to (a journal's is the club's document, where one made it), and where it happened."""
		gl, row = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Club Redemption")
		given = frappe.qb.DocType("Club Adjustment")
		of_journal = gl.voucher_type == "Journal Entry"
		query = (
			frappe.qb.from_(gl)
			.left_join(row)
			.on(of_journal & (row.journal_entry == gl.voucher_no))
			.left_join(given)
			.on(of_journal & (given.journal_entry == gl.voucher_no))
			.where((gl.account == self.account) & (gl.is_cancelled == 0) & (gl.posting_date <= self._until))
		)
		key = Coalesce(
			_key(row.parenttype, row.parent),
			_key("Club Adjustment", given.name),
			_key(gl.voucher_type, gl.voucher_no),
		)
		place = Coalesce(gl[self._dimension], "") if self._dimension else ValueWrapper("")
		return query, gl, key, place

	# ------------------------------------------------------------------------------------------ the books

	def read(self, opened: Collection[int]) -> None:
		"""The account's GL entries in sheaves that are opened: a voucher's may be several, which add up."""
		self._close(opened)
		if not opened:
			return
		query, gl, key, place = self._entries()
		query = query.select(
			gl.voucher_type, gl.voucher_no, key, place, Cast_(gl.debit - gl.credit, "char"), gl.posting_date
		).where(_sheaf(key).isin(sorted(opened)))
		with closing(_each(query)) as rows:
			for doctype, name, of, where, text, day in rows:
				kind, document = of.split("|", 1)
				self._book((doctype, name), (sys.intern(kind), document), where, exact(text), day)

	def _book(self, voucher: Key, of: Key, where: str, amount: Decimal, day: date) -> None:
		document = self._owners.get(voucher, of)
		if document != voucher:
			self._known.add(document)
		key = self._into.get(document, document)
		self._balance += amount
		if voucher in self._settlements and document in self._pending:
			self._unsettled[document] -= amount
		if key[0] == VALUATION:
			self._valued[key] += amount
			self._about[key] = (day, "")
			return
		self._take(key, -amount, day)
		if self._dimension:
			self._booked[where] += amount
			self._places.setdefault(key, []).append((where, amount))

	def _take(self, key: Key, amount: Decimal, day: date | None = None) -> None:
		"""Adds to what is left of a document; what comes to nothing is forgotten."""
		left, booked = self._left.get(key, (ZERO, None))
		if left + amount:
			self._left[key] = left + amount, max(day, booked) if day and booked else day or booked
		else:
			self._left.pop(key, None)
			self._said.discard(key)

	# ------------------------------------------------------------------------------------------ the ledger

	def add(self, move: _Movement) -> None:
		"""Takes what the ledger says of a document off what is booked."""
		here, due = move.company == self.company, move.due(self.company)
		face = move.face if here else ZERO
		self._sums["between"] += due
		if here:
			self._sums[move.field] += face
		if not face and not due:
			return
		branch = move.branch if here else ""
		key = ("Sales Invoice", move.into) if here and move.into else move.key
		self._expected[branch] += face + due
		self._say(key, face + due)
		if here and key[0] == "POS Invoice":
			before = self._at_tills.get(key, (ZERO,))[0]
			self._at_tills[key] = (before + face, move.day, branch)
		if move.key in self._pending:
			self._unsettled[move.key] += due
			self._about[move.key] = move.day, branch or self._about.get(move.key, (None, ""))[1]

	def _say(self, key: Key, amount: Decimal) -> None:
		"""Adds to what is left of a document that the ledger knows."""
		self._places.pop(key, None)
		self._said.add(key)
		self._take(key, amount)

	# ------------------------------------------------------------------------------------------ what is left

	def found(self) -> Account:
		"""What was found, when everything is added."""
		at_tills = [Item(*key, day, amount) for key, (amount, day, _at) in self._at_tills.items() if amount]
		not_posted = []
		for key, missing in self._unsettled.items():
			if missing:
				not_posted.append(Item(*key, self._about.get(key, (self._until, ""))[0], missing))
		for item in (*at_tills, *not_posted):
			key = item.doctype, item.name
			branch = (self._at_tills.get(key) or self._about.get(key) or ("",))[-1]
			self._expected[branch] -= item.amount
			self._say(self._into.get(key, key), -item.amount)
		unpaid, others, wrong = [], [], []
		for key, (left, day) in self._left.items():
			if key in self._said or key in self._known or _is_consolidated(key):
				if abs(left) >= CENT:
					wrong.append(Item(*key, day, left))
			else:
				(unpaid if _is_unpaid(key) else others).append(Item(*key, day, -left))
		for key, places in self._places.items():
			if key not in self._known and not _is_consolidated(key):
				for where, amount in places:
					self._booked[where] -= amount
		valued = [Item(*key, self._about[key][0], amount) for key, amount in self._valued.items()]
		return Account(
			self.company,
			self.account,
			tuple(dict.fromkeys(wallet for _program, wallet in self.uses)),
			*self._sums.values(),
			self.tax,
			sorted(at_tills, key=_order),
			sorted(not_posted, key=_order),
			sorted(unpaid, key=_order),
			self._balance - total(others) - total(valued),
			sorted(others, key=_order),
			sorted(wrong, key=_order),
			sorted(valued, key=_order),
			_branches(self._expected, self._booked) if self._dimension else (),
		)


def _each(query: Any) -> Generator[list[Any], None, None]:
	"""A query's rows, some hundreds at a time in memory. No other may be asked before it is closed."""
	with frappe.db.unbuffered_cursor():
		yield from query.run(as_list=True, as_iterator=True)


def _is_consolidated(key: Key) -> bool:
	"""Whether it is what a till's closing put receipts together in."""
	return key[0] == "Sales Invoice" and bool(frappe.db.get_value(*key, "is_consolidated"))


def _branches(expected: Mapping[str, Decimal], booked: Mapping[str, Decimal]) -> tuple[Branch, ...]:
	found = [
		Branch(name, expected.get(name, ZERO), booked.get(name, ZERO))
		for name in sorted({*expected, *booked})
	]
	return tuple(each for each in found if each.expected or each.booked)


def _dimension() -> str | None:
	"""The field of GL Entry that is the branch, where Branch is an accounting dimension."""
	links = frappe.get_meta("GL Entry").get_link_fields()
	return next((field.fieldname for field in links if field.options == "Branch"), None)


def _order(item: Item) -> tuple[date, str]:
	return item.day or date.min, item.name


def _is_unpaid(key: Key) -> bool:
	"""Whether it is an invoice that still owes: what it sold is given when it is paid."""
	if key[0] not in DOCTYPES:
		return False
	return bool(exact(frappe.db.get_value(*key, "outstanding_amount")))


# ---------------------------------------------------------------------------------------------- what the ledger says


class _Movement(NamedTuple):
	"""What a document did to one wallet's lots of one company, by entries of one kind (Rial, debit positive)."""

	key: Key
	day: date
	company: str  # where it was done
	branch: str
	home: str  # where the lots were given
	program: str
	wallet: str
	into: str  # what a till's receipt was put together in
	field: str  # where it stands
	face: Decimal  # what its own vouchers debit where it was done

	def due(self, company: str) -> Decimal:
		"""What its settlement debits to a company's account."""
		if self.company == self.home:
			return ZERO
		return self.face if company == self.home else -self.face


class _AtFace(NamedTuple):
	"""What submitted documents of a kind did up to a day: a query that selects nothing yet, and what it can select."""

	doctype: str
	query: Any
	total: Any  # the table of totals
	document: Any  # and of the documents
	day: Any
	into: Any  # what a till's receipt was put together in
	home: Any  # the company of the lots
	key: Any  # of what shows it in the books


def _at_face(until: date) -> Iterator[_AtFace]:
	"""The kinds of documents that did something."""
	for doctype in document_totals.sources():
		total, document, day, query = document_totals.of_kind(doctype)
		into: Any = ValueWrapper("")
		key = _key(doctype, total.source_name)
		if doctype in DOCTYPES:  # points that were a discount paid nothing
			query = query.where(
				(document.club_discount == 0)
				| total.kind.notin(["redeem", "restore"])
				| (total.wallet != "Points")
			)
		if doctype == "POS Invoice":
			whole = frappe.qb.DocType("Sales Invoice").as_("whole")
			query = query.left_join(whole).on(
				(whole.name == document.consolidated_invoice)
				& (whole.docstatus == 1)
				& (whole.posting_date <= until)
			)
			into = Coalesce(whole.name, "")
			key = Coalesce(_key("Sales Invoice", whole.name), key)
		query = query.where((day <= until) & (total.company > ""))
		yield _AtFace(doctype, query, total, document, day, into, Coalesce(total.home, total.company), key)


def _sums(
	kinds: Iterable[_AtFace],
) -> tuple[dict[Place, list[tuple[int, _Sheaf]]], dict[Place, Decimal]]:
	"""What the ledger says by sheaves, of lots of the company where it was done; and the tax in what was spent less
	what was given back there, of whichever lots: of each invoice the share of it that is tax (Rial)."""
	programs, by_branch = document_totals.programs(), bool(_dimension())
	found: dict[Place, list[tuple[int, _Sheaf]]] = defaultdict(list)
	taxes: dict[Place, Decimal] = defaultdict(lambda: ZERO)
	for each in kinds:
		total, document = each.total, each.document
		sheaf, amount = _sheaf(each.key), total.amount * -1
		own = Case().when(each.home == total.company, 1).else_(0)
		branch = Coalesce(total.branch, "") if by_branch else ValueWrapper("")
		tax = amount * 0
		if each.doctype in DOCTYPES:
			tax = amount * document.base_total_taxes_and_charges / document.base_grand_total
		by = (own, total.company, total.program_version, total.wallet, sheaf, branch)
		rows = (
			each.query.select(*by)
			.select(*(text_of_sum(Case().when(total.kind == kind, amount).else_(0)) for kind in FIELDS))
			.select(text_of_sum(amount), text_of_sum(amount * _number(each.key)))
			.select(Coalesce(text_of_sum(Case().when(total.kind.isin(list(FIELDS)), tax).else_(0)), "0"))
			.groupby(*by)
			.run()
		)
		for is_own, company, version, wallet, number, where, *texts in rows:
			place = company, programs.get(version, ""), wallet
			spent, given_back, face, weighed, tax_ = (exact(text) for text in texts)
			taxes[place] += tax_
			if is_own:
				one = _Sheaf(where, spent, given_back, face - spent - given_back, weighed)
				found[place].append((number, one))
	return found, taxes


def _movements(kinds: Iterable[_AtFace], opened: Collection[int]) -> Generator[_Movement, None, None]:
	"""Everything that was done in sheaves that are opened, and whatever was done to lots of another company."""
	programs = document_totals.programs()
	for each in kinds:
		total, foreign = each.total, each.home != each.total.company
		query = each.query.where(
			foreign | _sheaf(each.key).isin(sorted(opened)) if opened else foreign
		).select(
			total.source_name,
			each.day,
			total.company,
			Coalesce(total.branch, ""),
			each.home,
			total.program_version,
			total.wallet,
			each.into,
			total.kind,
			Cast_(total.amount * -1, "char"),
		)
		with closing(_each(query)) as rows:
			for name, day, company, branch, home, version, wallet, into, kind, amount in rows:
				yield _Movement(
					(each.doctype, name),
					day,
					company,
					branch,
					home,
					programs.get(version, ""),
					wallet,
					into,
					FIELDS.get(kind, "given"),
					exact(amount),
				)


def _key(doctype: Any, name: Any) -> Any:
	"""A document in one text."""
	return Concat(doctype, "|", name)


def _sheaf(key: Any) -> Any:
	"""The sheaf of a key."""
	return Function("mod", Function("crc32", key), SHEAVES)


def _number(key: Any) -> Any:
	"""A number of 60 bits that is as good as a key's own."""
	return Cast_(Function("conv", Function("left", Function("sha2", key, 256), 15), 16, 10), "unsigned")


# ---------------------------------------------------------------------------------------------- what the books say


def _receipts(company: str, until: date, documents: Iterable[Key]) -> dict[Key, Key]:
	"""Of some documents, what a till's closing put receipts of a company together in."""
	names = sorted({name for doctype, name in documents if doctype == "POS Invoice"})
	if not names:
		return {}
	receipt, invoice = frappe.qb.DocType("POS Invoice"), frappe.qb.DocType("Sales Invoice")
	rows = (
		frappe.qb.from_(receipt)
		.join(invoice)
		.on(invoice.name == receipt.consolidated_invoice)
		.select(receipt.name, invoice.name)
		.where((receipt.company == company) & (receipt.docstatus == 1) & (invoice.docstatus == 1))
		.where((invoice.posting_date <= until) & receipt.name.isin(names))
		.run()
	)
	return {("POS Invoice", name): ("Sales Invoice", into) for name, into in rows}


def _journals(company: str, until: date) -> tuple[dict[Key, Key], set[Key], set[Key]]:
	"""Whose each journal of valuations and settlements is; documents whose settlement is on its way; settlements'
	journals."""
	owners: dict[Key, Key] = {}
	for each in frappe.get_all(
		VALUATION,
		filters={"company": company, "journal_entry": ["is", "set"]},
		fields=["name", "journal_entry"],
	):
		owners["Journal Entry", each.journal_entry] = (VALUATION, each.name)
	pending: set[Key] = set()
	journals: set[Key] = set()
	for own, other, dated in (
		("journal_entry", "company", "journal_date"),
		("origin_journal_entry", "origin", "origin_date"),
	):
		for each in frappe.get_all(
			"Club Settlement",
			filters={other: company, "status": ["!=", "Cancelled"]},
			fields=["document_type", "document", own, dated],
		):
			document = (each.document_type, each.document)
			if not each.get(own) or each.get(dated) > until:
				pending.add(document)
			if each.get(own):
				owners["Journal Entry", each.get(own)] = document
				journals.add(("Journal Entry", each.get(own)))
	return owners, pending, journals
