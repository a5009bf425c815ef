"""`loyalty-club verify` and `digest`: whoever changes the ledger behind its back is found, and the entry named."""

from __future__ import annotations

import json
from typing import Any

import frappe

from loyalty_club import ledger, verify
from loyalty_club.patches import document_totals
from loyalty_club.tests.builders import (
	COMPANY,
	ClubCase,
	M,
	SiteTestCase,
	bring_back,
	customer,
	give,
	invoice,
	line,
	member,
	redeeming,
)
from loyalty_club.tests.test_wallets import WalletCase

KEY = "a secret that is in no database"


class VerifyCase(ClubCase):
	"""A member with five entries: 1000 given, 97 earned, 300 spent, some of it brought back."""

	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program)
		give(self.mina, 1000)
		sold = invoice(self.mina.customer, line("TEA", 10 * M, qty=2), **redeeming(self.mina, 300))
		bring_back(sold, shares={0: 1})
		self.account = self.mina.reload().account
		self.names = frappe.get_all(
			"Club Ledger Entry", {"account": self.account}, pluck="name", order_by="seq"
		)
		self.assertGreaterEqual(len(self.names), 5)

	def tearDown(self) -> None:
		frappe.db.rollback(save_point="club_case")
		frappe.db.savepoint("club_case")
		super().tearDown()

	def change(self, name: str, **values: Any) -> None:
		"""What somebody with access to the database does."""
		for column, value in values.items():
			frappe.db.set_value("Club Ledger Entry", name, column, value, update_modified=False)

	def remove(self, name: str) -> None:
		frappe.db.delete("Club Ledger Entry", {"name": name})

	def found(self, **options: Any) -> list[verify.Problem]:
		return list(verify.verify(self.mina.name, **options))

	def rewrite(self) -> None:
		"""Computes the whole chain anew, as somebody would who knows the code."""
		head = ""
		rows = frappe.get_all(
			"Club Ledger Entry", filters={"account": self.account}, fields=["*"], order_by="seq"
		)
		for row in rows:
			row.previous_hash = head
			head = ledger.entry_hash(row)
			self.change(row.name, hash=head, previous_hash=row.previous_hash)
		frappe.db.set_value("Club Account", self.account, {"head": head, "entries": len(rows)})


class Verifying(VerifyCase):
	def test_an_untouched_ledger_is_right(self) -> None:
		self.assertEqual(self.found(), [])
		self.assertEqual(list(verify.verify()), [])

	def test_an_altered_row_is_found_and_named_with_what_it_was(self) -> None:
		self.change(self.names[0], quantity=9000)
		(problem,) = self.found()
		self.assertEqual(
			(problem.account, problem.member, problem.entry),
			(self.account, self.mina.name, self.names[0]),
		)
		self.assertIn("contents do not give its hash", problem.what)
		self.assertEqual(problem.should, "Its points should be 1000, but are 9000.")
		self.assertIn(self.names[0], problem.text)

	def test_each_column_of_the_chain_counts(self) -> None:
		before = frappe.get_doc("Club Ledger Entry", self.names[1])
		for column, value in {
			"posting_date": "2020-01-01",
			"recorded_at": "2020-01-01 00:00:00.000001",
			"kind": "adjust" if before.kind != "adjust" else "award",
			"quantity": before.quantity + 0.01,
			"value": before.value + 1,
			"source_name": "SINV-OTHER",
			"tier": "Gold",
			"program_version": "other",
			"reason_code": "other",
			"reason": "{}",
			"posting_key": "other",
			"hash": "0" * 64,
		}.items():
			with self.subTest(column):
				self.change(self.names[1], **{column: value})
				self.assertIn(self.names[1], [problem.entry for problem in self.found()])
				self.change(self.names[1], **{column: before.get(column)})
				self.assertEqual(self.found(), [])

	def test_an_altered_row_whose_own_hash_was_computed_anew_is_found_by_the_next(self) -> None:
		self.change(self.names[1], reason_code="other")
		row = frappe.get_all("Club Ledger Entry", filters={"name": self.names[1]}, fields=["*"])[0]
		self.change(self.names[1], hash=ledger.entry_hash(row))
		(problem,) = self.found()
		self.assertEqual(problem.entry, self.names[2])
		self.assertIn(f"does not follow {self.names[1]}", problem.what)

	def test_the_last_row_altered_with_its_hash_is_found_by_the_head(self) -> None:
		self.change(self.names[-1], reason_code="other")
		row = frappe.get_all("Club Ledger Entry", filters={"name": self.names[-1]}, fields=["*"])[0]
		self.change(self.names[-1], hash=ledger.entry_hash(row))
		(problem,) = self.found()
		self.assertEqual(problem.entry, self.names[-1])
		self.assertIn("not the head of the chain", problem.what)

	def test_a_removed_row_is_found_and_named(self) -> None:
		self.remove(self.names[2])
		(problem,) = self.found()
		self.assertEqual(problem.entry, self.names[2])
		self.assertEqual(problem.what, "1 entries are missing.")

	def test_a_cut_tail_is_found_and_named(self) -> None:
		self.remove(self.names[-1])
		self.remove(self.names[-2])
		(problem,) = self.found()
		n = len(self.names)
		self.assertEqual(problem.entry, f"{self.account}-{n - 1} … {n}")
		self.assertIn("2 entries are missing at the end: the tail was cut", problem.what)
		self.assertEqual(problem.should, f"The account should have {n} entries.")

	def test_a_row_too_many_is_found(self) -> None:
		frappe.db.set_value("Club Account", self.account, "seq", len(self.names) - 1)
		self.assertIn(self.names[-1], [problem.entry for problem in self.found()])

	def test_balance_lots_and_count_that_do_not_add_up_are_found(self) -> None:
		frappe.db.set_value("Club Account", self.account, "balance", 7)
		self.assertIn("the balance is 7.", [problem.what for problem in self.found()])
		frappe.db.set_value("Club Account", self.account, {"balance": 797 + 90, "entries": 99})
		self.assertIn("the account counts 99 entries.", [problem.what for problem in self.found()])

	def test_a_lot_that_has_more_left_than_its_entries_say_is_found(self) -> None:
		lot = frappe.get_all("Club Lot", {"account": self.account}, pluck="name", order_by="seq")[0]
		frappe.db.set_value("Club Lot", lot, "remaining", 999)
		self.assertIn(lot, [problem.entry for problem in self.found()])
		frappe.db.delete("Club Lot", {"name": lot})
		self.assertIn("the lot is missing.", [problem.what for problem in self.found()])

	def test_entries_without_their_account_are_found(self) -> None:
		frappe.db.delete("Club Account", {"name": self.account})
		whats = [problem.what for problem in verify.verify() if problem.account == self.account]
		self.assertIn(f"{len(self.names)} entries belong to an account that is missing.", whats)

	def test_renaming_customer_and_company_changes_nothing(self) -> None:
		frappe.rename_doc("Customer", self.mina.customer, "Another Mina")
		self.assertEqual(self.found(), [])

	def test_small_chunks_see_the_same(self) -> None:
		others = [member(self.program) for _n in range(3)]
		for each in others:
			give(each, 5)
			give(each, 6)
		chunk, accounts = verify.CHUNK, verify.ACCOUNTS
		try:
			for verify.CHUNK in (1, 2, 3):
				verify.ACCOUNTS = 2
				self.assertEqual(list(verify.verify()), [])
			self.remove(self.names[2])
			self.assertEqual([each.entry for each in verify.verify()], [self.names[2]])
		finally:
			verify.CHUNK, verify.ACCOUNTS = chunk, accounts


class Totals(VerifyCase):
	"""What the books are held against: no chain holds it."""

	def problems(self) -> list[tuple[str, str, str]]:
		return [(each.entry, each.what, each.should) for each in verify.verify()]

	def total(self, kind: str) -> Any:
		names = frappe.get_all("Club Ledger Entry", {"account": self.account}, pluck="source_name")
		filters = {"kind": kind, "source_name": ["in", names]}
		(found,) = frappe.get_all("Club Document Total", filters, ["*"])
		return found

	def test_one_for_what_was_spent_and_one_for_what_came_back(self) -> None:
		spent, restored = self.total("redeem"), self.total("restore")
		self.assertEqual((spent.wallet, spent.quantity, spent.amount), ("Points", -300, -300_000))
		self.assertEqual((restored.quantity, restored.amount), (150, 150_000))
		self.assertEqual((spent.company, spent.home), (COMPANY, COMPANY))

	def test_an_altered_total_is_found_and_the_document_named(self) -> None:
		spent = self.total("redeem")
		frappe.db.set_value("Club Document Total", spent.name, "amount", -300_001)
		name = spent.source_name
		wrong = "the document's total of Points is -300001."
		should = "It should be -300000, the sum of its entries."
		self.assertEqual(self.problems(), [(name, wrong, should)])
		frappe.db.set_value("Club Document Total", spent.name, {"amount": -300_000, "quantity": -299})
		self.assertEqual(
			self.problems(),
			[
				(
					name,
					"the document's total of Points is -299.",
					"It should be -300, the sum of its entries.",
				)
			],
		)

	def test_a_total_that_is_gone_or_another_companys_is_found(self) -> None:
		spent = self.total("redeem")
		frappe.db.set_value("Club Document Total", spent.name, "home", None)
		self.assertEqual(
			{each[1] for each in self.problems()},
			{"the document's total of Points is 0.", "the document's total of Points is -300."},
		)
		frappe.db.delete("Club Document Total", {"name": spent.name})
		((_name, what, should),) = self.problems()
		self.assertEqual(what, "the document's total of Points is 0.")
		self.assertEqual(should, "It should be -300, the sum of its entries.")

	def test_those_of_before_are_the_same(self) -> None:
		fields = [
			*("source_doctype", "source_name", "posting_date", "kind", "wallet", "program_version"),
			*("company", "branch", "home", "home_branch", "quantity", "amount"),
		]
		known = sorted(frappe.get_all("Club Document Total", fields=fields, as_list=True), key=str)
		self.assertTrue(known)
		document_totals.execute()
		found = frappe.get_all("Club Document Total", fields=fields, as_list=True)
		self.assertEqual(sorted(found, key=str), known)


class Money(WalletCase):
	"""Cash Credit and a gift card, both spent from by one invoice that came back in part."""

	def setUp(self) -> None:
		super().setUp()
		self.put("Cash Credit", M)
		self.gift, proof = self.gift_card(400_000)
		paid = self.rows(cash_credit=300_000, cards=((self.gift, proof, 200_000),))
		sold = invoice(self.mina.customer, line(rate=M, qty=2), vat=False, **paid)
		bring_back(sold, shares={0: 1})
		self.card_account = frappe.db.get_value("Club Account", {"gift_card": self.gift}, "name")

	def tearDown(self) -> None:
		frappe.db.rollback(save_point="club_case")
		frappe.db.savepoint("club_case")
		super().tearDown()

	def test_every_wallet_is_right(self) -> None:
		self.assertEqual(list(verify.verify()), [])

	def test_an_altered_amount_of_a_gift_card_is_found_and_the_card_named(self) -> None:
		frappe.db.set_value("Club Ledger Entry", f"{self.card_account}-1", "quantity", 900_000)
		problem, of_document = verify.verify()
		self.assertEqual(
			(problem.account, problem.member, problem.gift_card), (self.card_account, "", self.gift)
		)
		self.assertEqual(problem.should, "Its amount should be 400000, but is 900000.")
		self.assertIn(self.gift, problem.text)
		given = frappe.db.get_value("Club Ledger Entry", f"{self.card_account}-1", "source_name")
		self.assertEqual(
			(of_document.entry, of_document.should),
			(given, "It should be 900000, the sum of its entries."),
		)

	def test_a_row_that_was_put_under_another_wallet_is_found(self) -> None:
		account = frappe.db.get_value(
			"Club Account", {"member": self.mina.name, "wallet": "Cash Credit"}, "name"
		)
		lot = frappe.get_all("Club Lot", {"account": account}, pluck="name")[0]
		for doctype, name in (("Club Ledger Entry", f"{account}-2"), ("Club Lot", lot)):
			with self.subTest(doctype):
				frappe.db.set_value(doctype, name, "wallet", "Points", update_modified=False)
				(problem,) = verify.verify(self.mina.name)
				self.assertEqual((problem.entry, problem.what), (name, "stands under Points."))
				frappe.db.set_value(doctype, name, "wallet", "Cash Credit", update_modified=False)
		self.assertEqual(list(verify.verify(self.mina.name)), [])


class Signing(VerifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.before = frappe.local.conf.get(verify.KEY)
		frappe.local.conf[verify.KEY] = KEY
		self.text = json.dumps(verify.digest("2026-01-01T00:00:00"))
		self.signed = verify.read_digest(self.text)

	def tearDown(self) -> None:
		frappe.local.conf[verify.KEY] = self.before
		super().tearDown()

	def test_history_may_grow_after_the_digest(self) -> None:
		self.assertEqual(self.found(signed=self.signed), [])
		invoice(self.mina.customer, line("TEA", 10 * M))
		give(member(self.program, customer()), 5)
		self.assertEqual(list(verify.verify(signed=self.signed)), [])

	def test_a_rewritten_chain_is_right_in_itself_but_not_by_the_digest(self) -> None:
		self.change(self.names[1], reason='{"points": 1}')
		self.rewrite()
		self.assertEqual(self.found(), [])
		(problem,) = self.found(signed=self.signed)
		self.assertEqual((problem.account, problem.entry), (self.account, self.names[-1]))
		self.assertIn("the chain was rewritten", problem.what)

	def test_a_rewritten_chain_that_has_grown_since_is_found_too(self) -> None:
		give(self.mina, 5)
		self.change(self.names[1], reason='{"points": 1}')
		self.rewrite()
		(problem,) = self.found(signed=self.signed)
		self.assertEqual(problem.entry, self.names[-1])

	def test_a_tail_cut_together_with_the_account_is_found(self) -> None:
		cut = frappe.get_doc("Club Ledger Entry", self.names[-1])
		self.remove(cut.name)
		frappe.db.set_value("Club Account", self.account, "seq", len(self.names) - 1)
		self.rewrite()
		whats = [problem.what for problem in self.found(signed=self.signed)]
		self.assertIn("the chain is shorter than when the digest was signed.", whats)

	def test_an_account_that_is_gone_with_everything_is_found(self) -> None:
		for doctype in ("Club Ledger Entry", "Club Lot"):
			frappe.db.delete(doctype, {"account": self.account})
		frappe.db.delete("Club Account", {"name": self.account})
		found = [problem for problem in verify.verify(signed=self.signed) if problem.account == self.account]
		self.assertEqual([problem.what for problem in found], ["the account is gone."])

	def test_a_digest_that_was_changed_or_signed_by_another_is_refused(self) -> None:
		body = json.loads(self.text)
		for key, value in {
			"accounts": [*body["accounts"], ["x", 1, "y"]],
			"made_at": "2027-01-01T00:00:00",
			"signature": "00" * 64,
			"sha256": "00",
		}.items():
			with self.subTest(key), self.assertRaisesRegex(verify.DigestError, "was changed"):
				verify.read_digest(json.dumps({**body, key: value}))
		with self.assertRaisesRegex(verify.DigestError, "no digest"):
			verify.read_digest("[]")
		frappe.local.conf[verify.KEY] = "another secret of another site"
		with self.assertRaisesRegex(verify.DigestError, "another key"):
			verify.read_digest(self.text)
		self.assertEqual(verify.read_digest(self.text, body["public_key"]), self.signed)

	def test_without_a_key_there_is_no_digest(self) -> None:
		frappe.local.conf[verify.KEY] = "short"
		with self.assertRaisesRegex(verify.DigestError, "no signing key"):
			verify.digest("2026-01-01T00:00:00")


class Command(SiteTestCase):
	def test_frappe_finds_the_commands(self) -> None:
		from frappe.utils.bench_helper import get_app_commands

		group = get_app_commands("loyalty_club")["loyalty-club"]
		self.assertLessEqual({"verify", "digest", "import-native", "demo"}, set(group.commands))
