"""The night's digest: all chain heads, signed, and kept as a file that can be taken away. The only code that writes
Club Chain Digest.

A digest is made in one go, for it is of one moment: read some hundreds of accounts at a time and packed as it is
written, so that memory holds the packed file and nothing else (about 45 bytes an account). Files older than the
settings say are removed; the rows stay, with the count, the sum and the signature. Without a signing key nothing is
signed, and the run counts that as `not_signed`.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import frappe

from loyalty_club import policy, verify
from loyalty_club.engine.night.runner import Step

DIGEST = "Club Chain Digest"
KEPT_DAYS = 30


def count(day: date) -> int:
	"""How many accounts there are."""
	return verify.count_accounts()


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""Signs the heads as they are now, then removes old files."""
	removed = _remove_old(day)
	did = {"files_removed": removed} if removed else {}
	if not verify.can_sign():
		yield Step("", 0, {**did, "not_signed": 1})
		return
	made = make(day)
	yield Step("", made["count"], {**did, "digests": int(made["kept"])})


def make(day: date) -> dict[str, Any]:
	"""Signs all chain heads and keeps what came of it, unless the day's digest says the same already; the digest
	without its accounts. `count`: the accounts, `kept`: whether it was kept.

	Raises DigestError where the site has no signing key."""
	now = frappe.utils.now_datetime()
	packed = io.BytesIO()
	with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
		body = verify.write_digest(now.isoformat(timespec="seconds"), lambda text: file.write(text.encode()))
	table = frappe.qb.DocType(DIGEST)
	known = (
		frappe.qb.from_(table)
		.select(table.sha256)
		.where(table.day == day)
		.orderby(table.name)
		.run(pluck=True)
	)
	if body["sha256"] in known:
		return {**body, "kept": False}
	name = day.isoformat() + (f"-{len(known) + 1}" if known else "")
	row = {
		"name": name,
		"creation": now,
		"modified": now,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"day": day,
		"made_at": now,
		"accounts": body["count"],
		**{key: body[key] for key in ("entries", "sha256", "signature", "public_key")},
	}
	query = frappe.qb.into(table).columns(*row).insert(*row.values())
	query.on_duplicate_key_update(table.name, table.name).run()  # another night's of the same moment stays
	if frappe.db.get_value(DIGEST, name, "signature") == body["signature"]:
		frappe.db.set_value(DIGEST, name, "file", _keep(name, packed.getvalue()), update_modified=False)
	return {**body, "kept": True}


def _keep(name: str, data: bytes) -> str:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"club-chain-digest-{name}.json.gz",
			"attached_to_doctype": DIGEST,
			"attached_to_name": name,
			"is_private": 1,
			"content": data,
		}
	)
	file.flags.ignore_permissions = True
	file.insert()
	made: str = file.name
	return made


def _remove_old(day: date) -> int:
	"""Removes the files of digests that are older than the settings say; how many."""
	kept = policy.settings().digest_days or KEPT_DAYS
	rows = frappe.get_all(
		DIGEST, {"day": ["<", day - timedelta(days=kept)], "file": ["is", "set"]}, ["name", "file"]
	)
	for row in rows:  # a file that a digest names cannot be deleted
		frappe.db.set_value(DIGEST, row.name, "file", None, update_modified=False)
		frappe.delete_doc(
			"File", row.file, ignore_permissions=True, ignore_missing=True, delete_permanently=True
		)
	return len(rows)
