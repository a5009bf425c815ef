"""The night signs all chain heads, keeps the file for a while, and says where it cannot."""

from __future__ import annotations

import gzip
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
from click.testing import CliRunner
from frappe import client

from loyalty_club import commands, verify
from loyalty_club.engine.night import runner
from loyalty_club.tests import builders
from loyalty_club.tests.builders import give, invoice, member
from loyalty_club.tests.people import acting_as, user

DAY = date(2026, 3, 21)
JOB = "Chain Digest"
SECRET = "kept outside the database, for tests"


class ChainDigest(builders.ClubCase):
	def setUp(self) -> None:
		super().setUp()
		conf = patch.dict(frappe.local.conf, {verify.KEY: SECRET})
		conf.start()
		self.addCleanup(conf.stop)
		self.one = member(self.program)
		give(self.one, 100)

	def signs(self, day: date) -> Any:
		"""The night's run of a day."""
		self.assertTrue(runner.run(JOB, day))
		return frappe.get_doc("Club Job Run", runner.name_of(JOB, day))

	def content(self, name: str) -> bytes:
		file = frappe.get_doc("File", frappe.db.get_value("Club Chain Digest", name, "file"))
		self.assertTrue(file.is_private)
		data: bytes = Path(file.get_full_path()).read_bytes()
		return data

	def test_it_holds_every_head_and_is_believed_by_verify(self) -> None:
		run = self.signs(DAY)
		row = frappe.get_doc("Club Chain Digest", DAY.isoformat())
		self.assertEqual(frappe.parse_json(run.did), {"digests": 1})
		self.assertEqual((run.done, run.total), (row.accounts, row.accounts))
		data = self.content(row.name)
		signed = verify.read_digest(verify.digest_text(data))
		self.assertEqual(signed.heads, {name: (seq, head) for name, seq, head in verify.heads()})
		body = json.loads(gzip.decompress(data))
		self.assertEqual(list(verify.digest_of(body)), [row.accounts, row.entries, row.sha256])
		self.assertEqual((body["signature"], body["public_key"]), (row.signature, row.public_key))
		self.assertEqual(list(verify.verify(self.one.name, signed)), [])

	def test_a_rewritten_chain_is_found_by_it(self) -> None:
		self.signs(DAY)
		signed = verify.read_digest(verify.digest_text(self.content(DAY.isoformat())))
		account = self.one.account
		frappe.db.savepoint("honest")
		entry = frappe.db.get_value("Club Ledger Entry", f"{account}-1", [*verify.COLUMNS], as_dict=True)
		entry.quantity = entry.quantity + 1
		head = verify.ledger.entry_hash(entry)
		frappe.db.set_value("Club Ledger Entry", entry.name, {"quantity": entry.quantity, "hash": head})
		frappe.db.set_value("Club Lot", f"{account}-1", {"remaining": 101, "original": 101})
		frappe.db.set_value("Club Account", account, {"balance": 101, "head": head})
		self.assertEqual(list(verify.verify(self.one.name)), [], "by itself the chain looks right")
		found = [problem.text for problem in verify.verify(self.one.name, signed)]
		self.assertIn("rewritten", " ".join(found))
		frappe.db.rollback(save_point="honest")

	def test_the_command_takes_the_file_as_it_is_kept(self) -> None:
		self.signs(DAY)
		data = self.content(DAY.isoformat())
		seen = []

		def verify_(member: Any, signed: Any, progress: Any) -> Any:
			seen.append(signed)
			return iter(())

		with tempfile.TemporaryDirectory() as folder, patch.object(commands, "_site") as site:
			site.return_value.__enter__.return_value = frappe
			for name, content in (("a.json.gz", data), ("a.json", gzip.decompress(data))):
				path = Path(folder, name)
				path.write_bytes(content)
				with patch.object(verify, "verify", verify_):
					done = CliRunner().invoke(
						commands.loyalty_club,
						["verify", "--digest", str(path)],
						obj=frappe._dict(profile=False),
					)
				self.assertEqual(done.exit_code, 0, (done.output, done.exception))
		self.assertEqual(len(seen), 2)
		self.assertEqual(seen[0], seen[1])
		for broken in (data[:50], b"\x1f\x8bnothing", b"\xff\xfe"):
			with self.assertRaisesRegex(verify.DigestError, "no digest"):
				verify.digest_text(broken)

	def test_the_same_heads_are_signed_once_a_day_and_others_again(self) -> None:
		self.signs(DAY)
		self.assertTrue(runner.run(JOB, DAY, again=True))
		self.assertEqual(frappe.db.count("Club Chain Digest", {"day": DAY}), 1)
		invoice(self.one.customer)
		self.assertTrue(runner.run(JOB, DAY, again=True))
		names = frappe.get_all("Club Chain Digest", {"day": DAY}, pluck="name", order_by="name")
		self.assertEqual(names, [DAY.isoformat(), f"{DAY.isoformat()}-2"])
		self.assertNotEqual(self.content(names[0]), self.content(names[1]))

	def test_old_files_go_and_what_they_said_stays(self) -> None:
		frappe.db.set_single_value("Loyalty Club Settings", "digest_days", 3)
		frappe.clear_document_cache("Loyalty Club Settings", "Loyalty Club Settings")
		self.signs(DAY)
		path = Path(frappe.get_doc("File", {"attached_to_name": DAY.isoformat()}).get_full_path())
		give(self.one, 1)
		self.assertEqual(frappe.parse_json(self.signs(DAY + timedelta(days=3)).did), {"digests": 1})
		self.assertTrue(path.exists())
		give(self.one, 1)
		did = frappe.parse_json(self.signs(DAY + timedelta(days=4)).did)
		self.assertEqual(did, {"digests": 1, "files_removed": 1})
		self.assertFalse(path.exists())
		row = frappe.get_doc("Club Chain Digest", DAY.isoformat())
		self.assertFalse(row.file)
		self.assertEqual(len(row.signature), 128)

	def test_without_a_key_the_night_goes_on_and_counts_it(self) -> None:
		with patch.dict(frappe.local.conf, {verify.KEY: ""}):
			run = self.signs(DAY)
		self.assertEqual((run.status, frappe.parse_json(run.did)), ("Completed", {"not_signed": 1}))
		self.assertFalse(frappe.db.count("Club Chain Digest", {"day": DAY}))
		self.assertFalse(frappe.db.exists("Error Log", {"method": ["like", f"%{JOB}%{DAY.isoformat()}%"]}))

	def test_missed_days_are_not_made_up_for(self) -> None:
		with builders.on_day(DAY):
			self.assertTrue(runner.night(DAY))
		with builders.on_day(DAY + timedelta(days=3)):
			give(self.one, 1)
			self.assertTrue(runner.night(DAY + timedelta(days=3)))
		days = frappe.get_all(
			"Club Chain Digest",
			{"day": ["between", [DAY, DAY + timedelta(days=9)]]},
			pluck="day",
			order_by="day",
		)
		self.assertEqual(days, [DAY, DAY + timedelta(days=3)])

	def test_nobody_changes_one_and_a_cashier_sees_none(self) -> None:
		self.signs(DAY)
		name = DAY.isoformat()
		with acting_as(user("Club Manager", "System Manager")):
			self.assertTrue(client.get("Club Chain Digest", name))
			for act in (
				lambda: client.set_value("Club Chain Digest", name, "sha256", "0"),
				lambda: frappe.delete_doc("Club Chain Digest", name),
			):
				with self.assertRaises(frappe.PermissionError):
					act()
		file = frappe.db.get_value("Club Chain Digest", name, "file")
		with acting_as(user("Club Cashier", "Sales User")):
			with self.assertRaises(frappe.PermissionError):
				client.get_list("Club Chain Digest")
			self.assertFalse(frappe.has_permission("File", "read", file))
		with acting_as(user("Club Accountant")):
			self.assertTrue(frappe.has_permission("File", "read", file))
