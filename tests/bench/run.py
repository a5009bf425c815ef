"""Runs the app's own tests on a real Frappe and ERPNext: `make bench-test`.

Finds a bench (`FRAPPE_BENCH_ROOT`, else ~/frappe-bench), starts its database and redis if they are installed and
stopped, and makes a fresh site with ERPNext and this checkout. The bench itself is not touched: the site lives in a
folder of its own that is removed afterwards, and the checkout comes first on PYTHONPATH. Then: `run-tests`, many
processes at once, the night under fire, migrate twice, uninstall, a look for leftovers, install again.

`--sites DIR` makes the site there and keeps it, to work with; `--only MODULE` runs one test module.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import nights

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "admin"
# What the app imports: module and package.
NEEDS = {
	"jdatetime": "jdatetime",
	"jalali_core": "jalali-core",
	"segno": "segno",
	"phonenumbers": "phonenumbers",
	"pydantic": "pydantic",
	"fpdf": "fpdf2",
	"defusedxml": "defusedxml",
	"uharfbuzz": "uharfbuzz",
}


class Failed(Exception):
	"""Something went wrong; the message is for people. A second argument is everything that was printed."""

	def __str__(self) -> str:
		return str(self.args[0])


class Bench:
	"""A bench that is only read, and a folder of sites beside it."""

	def __init__(self, root: Path, folder: Path) -> None:
		self.root = root
		self.python = root / "env" / "bin" / "python"
		self.config = json.loads((root / "sites" / "common_site_config.json").read_text(encoding="utf-8"))
		self.folder = folder
		digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
		self.site = f"club-{digest}.localhost"  # a folder's own, so that two rounds at once do not meet
		self.module = "loyalty_club.tests.concurrency"  # where `begin` finds its steps
		self.sites = folder / "sites"
		self.deps = folder / "deps"

	def prepare(self) -> None:
		"""The folder of sites: its own apps.txt and configuration, the bench's assets, what the app needs to import."""
		for name in ("sites", "logs", "config", "deps"):
			(self.folder / name).mkdir(parents=True, exist_ok=True)
		apps = ["frappe", "erpnext"]
		if (self.root / "apps" / "payments").exists():
			apps.append("payments")
		(self.sites / "apps.txt").write_text("\n".join([*apps, "loyalty_club"]) + "\n", encoding="utf-8")
		config = {key: value for key, value in self.config.items() if key not in ("default_site",)}
		config["allow_tests"] = True
		(self.sites / "common_site_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
		assets = self.sites / "assets"
		if not assets.exists():
			assets.mkdir()
			for each in (self.root / "sites" / "assets").iterdir():
				(assets / each.name).symlink_to(each.resolve())
			(assets / "loyalty_club").unlink(missing_ok=True)
			(assets / "loyalty_club").symlink_to(ROOT / "loyalty_club" / "public")
		apps_folder = self.folder / "apps"
		if not apps_folder.exists():
			apps_folder.mkdir()
			for each in (self.root / "apps").iterdir():
				(apps_folder / each.name).symlink_to(each.resolve())
			(apps_folder / "loyalty_club").symlink_to(ROOT)
		missing = [package for module, package in NEEDS.items() if not self.imports(module)]
		if missing:  # without what they depend on, which is Frappe's own and must stay its own version
			install = [str(self.python), "-m", "pip", "install", "--quiet", "--upgrade", "--no-deps"]
			run([*install, "--target", str(self.deps), *missing])

	def imports(self, name: str) -> bool:
		"""Whether the bench's environment has a module."""
		code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
		return (
			subprocess.run([str(self.python), "-c", code], env=self.environment(), check=False).returncode
			== 0
		)

	def environment(self) -> dict[str, str]:
		"""The checkout first, then what it needs."""
		env = {**os.environ, "PYTHONPATH": f"{ROOT}:{self.deps}", "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"}
		env["FRAPPE_STREAM_LOGGING"] = ""
		env.setdefault("CLUB_TILL_DAY", "200")
		return env

	def frappe(self, *command: str, on_site: bool = True, quiet: bool = False) -> str:
		"""Runs a bench command in the folder of sites; returns what it printed."""
		whole = [str(self.python), "-m", "frappe.utils.bench_helper", "frappe"]
		if on_site:
			whole += ["--site", self.site]
		return run([*whole, *command], cwd=self.sites, env=self.environment(), quiet=quiet)

	def execute(self, code: str) -> str:
		"""Runs Python on the site; returns what it printed."""
		whole = (
			"import frappe, json\n"
			f"frappe.init(site={self.site!r}, sites_path={str(self.sites)!r})\n"
			"frappe.connect()\n" + code
		)
		return run([str(self.python), "-c", whole], cwd=self.sites, env=self.environment(), quiet=True)

	def begin(self, step: str, story: object, **options: object) -> subprocess.Popen[str]:
		"""Starts a step of a module with a `main` in a process, so in a connection, of its own."""
		given = json.dumps({"step": step, "story": json.dumps(story), **options})
		command = [
			str(self.python),
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"--site",
			self.site,
			"execute",
		]
		command += [f"{self.module}.main", "--kwargs", given]
		return subprocess.Popen(
			command,
			cwd=self.sites,
			env=self.environment(),
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
		)

	@staticmethod
	def answer(process: subprocess.Popen[str]) -> Any:
		"""What a step answered. Raises Failed with what it printed if it did not."""
		said = process.communicate()[0]
		for line in said.splitlines():
			if line.startswith("ANSWER "):
				return json.loads(line.removeprefix("ANSWER "))
		raise Failed(said[-4000:])

	def ask(self, step: str, story: object, **options: object) -> Any:
		"""Runs one step and waits for its answer."""
		return self.answer(self.begin(step, story, **options))

	# ------------------------------------------------------------------------------------------ services

	def start_services(self) -> None:
		"""Database and redis, where they are installed and stopped."""
		host, port = self.config.get("db_host", "127.0.0.1"), int(self.config.get("db_port", 3306))
		if not answers(host, port):
			for command in (["service", "mariadb", "start"], ["systemctl", "start", "mariadb"]):
				if shutil.which(command[0]):
					subprocess.run(command, capture_output=True, check=False)
				if answers(host, port):
					break
			wait_for(host, port, "MariaDB")
		for key in ("redis_cache", "redis_queue"):
			address = urlparse(self.config[key])
			host, port = address.hostname or "127.0.0.1", address.port or 6379
			if not answers(host, port):
				subprocess.Popen(
					[
						"redis-server",
						"--port",
						str(port),
						"--bind",
						"127.0.0.1",
						"--save",
						"",
						"--appendonly",
						"no",
					],
					stdout=subprocess.DEVNULL,
					stderr=subprocess.DEVNULL,
					cwd=self.folder,
				)
				wait_for(host, port, "redis")

	# ------------------------------------------------------------------------------------------ the site

	def new_site(self) -> None:
		"""A fresh site with ERPNext and the app."""
		root = ["--db-root-username", str(self.config.get("root_login", "root"))]
		root += ["--db-root-password", str(self.config.get("root_password", ""))]
		self.drop_site()
		self.frappe(
			"new-site",
			self.site,
			"--admin-password",
			PASSWORD,
			*root,
			"--mariadb-user-host-login-scope=%",
			"--force",
			on_site=False,
			quiet=True,
		)
		for app in ("erpnext", "payments"):
			if app in (self.sites / "apps.txt").read_text(encoding="utf-8").split():
				self.frappe("install-app", app, quiet=True)

	def drop_site(self) -> None:
		"""Takes the site away, if there is one."""
		if (self.sites / self.site).exists():
			root = ["--db-root-username", str(self.config.get("root_login", "root"))]
			root += ["--db-root-password", str(self.config.get("root_password", ""))]
			self.frappe("drop-site", self.site, "--no-backup", "--force", *root, on_site=False, quiet=True)

	def leftovers(self) -> list[str]:
		"""What the app left behind after it was uninstalled."""
		code = """
found = []
for doctype in (
	"DocType", "Custom Field", "Report", "Workspace", "Print Format",
	"Property Setter", "Number Card", "Dashboard Chart", "Page", "Module Onboarding", "Workspace Sidebar",
):
	if not frappe.db.table_exists(doctype):
		continue
	found += [f"{doctype} {name}" for name in frappe.get_all(doctype, {"module": "Loyalty Club"}, pluck="name")]
for doctype, filters in (
	("Role", {"name": ["like", "Club %"]}),
	("Module Def", {"name": "Loyalty Club"}),
	("Mode of Payment", {"name": ["like", "Club %"], "enabled": 1}),  # what has paid an invoice is switched off
):
	found += [f"{doctype} {name}" for name in frappe.get_all(doctype, filters, pluck="name")]
for pattern in ("tabClub%", "tabLoyalty C%", "tabGift Card%"):
	found += [row[0] for row in frappe.db.sql("show tables like %s", (pattern,))]
for doctype in (
	"Sales Invoice", "Sales Invoice Item", "POS Invoice", "POS Invoice Item", "POS Profile",
	"Customer", "Customer Group",
):
	found += [f"{doctype}.{column}" for column in frappe.db.get_table_columns(doctype) if column.startswith("club_")]
print(json.dumps(found))
"""
		found: list[str] = json.loads(self.execute(code).strip().splitlines()[-1])
		return found


def run(command: list[str], *, quiet: bool = False, **options: object) -> str:
	"""Runs a command; shows what it prints as it comes, unless quiet. Raises Failed with the end of it."""
	process = subprocess.Popen(
		command,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		encoding="utf-8",
		errors="replace",
		**options,
	)  # type: ignore[call-overload]
	lines = []
	assert process.stdout is not None
	for line in process.stdout:
		lines.append(line)
		if not quiet:
			print(line, end="", flush=True)
	text = "".join(lines)
	if process.wait():
		shown = " ".join(each for each in command[-8:] if each != PASSWORD)
		raise Failed(
			f"{shown} ended with {process.returncode}:\n{''.join(lines[-40:]) if quiet else ''}", text
		)
	return text


def answers(host: str, port: int) -> bool:
	"""Whether something listens there."""
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex((host, port)) == 0


def wait_for(host: str, port: int, what: str) -> None:
	"""Until it answers."""
	for _second in range(40):
		if answers(host, port):
			return
		time.sleep(1)
	raise Failed(f"{what} does not answer on {host}:{port}; start it, or install it.")


def find_bench() -> Path | None:
	"""The bench to use."""
	given = os.environ.get("FRAPPE_BENCH_ROOT")
	root = Path(given).expanduser() if given else Path.home() / "frappe-bench"
	return root if (root / "sites" / "common_site_config.json").exists() else None


def test(bench: Bench, only: str | None) -> None:
	"""The whole round."""
	bench.new_site()
	print("== install", flush=True)
	bench.frappe("install-app", "loyalty_club")
	bench.frappe("set-config", "allow_tests", "true", quiet=True)
	print("== run-tests", flush=True)
	command = ["run-tests", "--module", only] if only else ["run-tests", "--app", "loyalty_club"]
	said = bench.frappe(*command)
	count = re.findall(r"^Ran (\d+) tests?", said, re.MULTILINE)
	if re.search(r"^FAILED", said, re.MULTILINE) or not any(int(each) for each in count):
		raise Failed("bench tests failed, or none ran")
	if only:
		return
	print("== eight tills at once", flush=True)
	many_tills(bench)
	print("== twenty tills and one corporate member", flush=True)
	corporate(bench)
	print("== the night under fire", flush=True)
	nights.under_fire(bench)
	print("== migrate twice, uninstall, install again", flush=True)
	bench.frappe("migrate", quiet=True)
	bench.frappe("migrate", quiet=True)
	for _round in range(2):
		bench.frappe("uninstall-app", "loyalty_club", "--yes", "--no-backup", quiet=True)
		left = bench.leftovers()
		if left:
			raise Failed(f"uninstalling left behind: {', '.join(left)}")
		bench.frappe("install-app", "loyalty_club", quiet=True)
	print(
		f"{sum(map(int, count))} bench tests passed; migrated, uninstalled and installed again, nothing left behind"
	)


def keep_data(bench: Bench) -> None:
	"""Asked to, uninstalling keeps the data, and the next install has it again; also what a version kept that knew no
	totals of documents."""
	bench.module = "loyalty_club.tests.keeping"
	story = bench.ask("tell", {})
	bench.frappe("set-config", "loyalty_club_keep_data", "1", quiet=True)
	bench.frappe("uninstall-app", "loyalty_club", "--yes", "--no-backup", quiet=True)
	bench.execute("frappe.db.sql_ddl('drop table `kept_tabClub Document Total`')")
	bench.frappe("install-app", "loyalty_club", quiet=True)
	bench.ask("look", story)


TILLS = 8
CROSSINGS = 25  # transfers of each of four, two in either direction


def many_tills(bench: Bench) -> None:
	"""Real connections at once, with the database's snapshot isolation off and, where it knows it, on;
	transfers that cross each other; and pairs of new members whose first purchases meet. `CLUB_OPERATIONS`: how many
	operations in each round."""
	operations = int(os.environ.get("CLUB_OPERATIONS", "1000"))
	for isolation in (0, 1):
		story = bench.ask("prepare", {}, isolation=isolation)
		if isolation and not story["knows isolation"]:
			print("this database has no innodb_snapshot_isolation")
			continue
		opens = time.time() + 10
		tills = [
			bench.begin("work", story, seed=n, operations=operations // TILLS, doors_open=opens)
			for n in range(TILLS)
		]
		told: dict[str, int] = {}
		for till in tills:
			for what, count in bench.answer(till).items():
				told[what] = told.get(what, 0) + count
		print(
			f"snapshot isolation {'on' if isolation else 'off'}: {told}, {bench.ask('check', story)}",
			flush=True,
		)
		before, opens = bench.ask("endow", story), time.time() + 10
		givers = [
			bench.begin("crossing", story, who=who, rounds=CROSSINGS, doors_open=opens) for who in range(4)
		]
		crossed = [bench.answer(each) for each in givers]
		if any(each != {"moved": CROSSINGS, "try again": 0} for each in crossed):
			raise Failed(f"transfers that cross each other: {crossed}")
		if bench.ask("together", story) != before:
			raise Failed("transfers that cross each other made or lost points")
		print(f"{4 * CROSSINGS} transfers crossed, none was told to try again", flush=True)
		story = bench.ask("newcomers", story, pairs=3)
		for pair in range(3):
			opens = time.time() + 8
			both = [
				bench.begin("first_purchases", story, who=2 * pair + n, doors_open=opens) for n in range(2)
			]
			if [bench.answer(each) for each in both] != ["Posted", "Posted"]:
				raise Failed("two first purchases at once did not both earn")
		claim_at_once(bench, story)
		limit_at_once(bench, story)
		gift_cards_at_once(bench, story)
		bench.ask("check", story)


TILLS_OF_A_PROCESS = 5


def corporate(bench: Bench) -> None:
	"""Twenty tills of the Point of Sale sell to one corporate member at once; the same sale arrives twice at once.
	`CLUB_TILL_ROUNDS`: how many sales of each till."""
	before, bench.module = bench.module, "loyalty_club.tests.tills"
	rounds = int(os.environ.get("CLUB_TILL_ROUNDS", "1"))
	story = bench.ask("prepare", {})
	print(f"the same sale twice at once: {bench.ask('twice', story, races=2)}", flush=True)
	sales: list[str] = []
	paying = 0
	for isolation in (0, 1) if story["knows isolation"] else (0,):
		opens = time.time() + 10
		tills = [
			bench.begin(
				"sell",
				story,
				tills=TILLS_OF_A_PROCESS,
				rounds=rounds,
				first=n * TILLS_OF_A_PROCESS,
				isolation=isolation,
				doors_open=opens,
			)
			for n in range(4)
		]
		for told in [bench.answer(till) for till in tills]:
			if told["deadlocks"]:
				raise Failed(f"twenty tills at one member: {told['deadlocks']} deadlocks")
			sales, paying = sales + told["sales"], paying + told["paying"]
	print(f"twenty tills at one member: {bench.ask('check', story, sales=sales, paying=paying)}", flush=True)
	bench.module = before


def claim_at_once(bench: Bench, story: dict[str, Any]) -> None:
	"""Two claim the same receipts at the same moments: each receipt goes to one of them."""
	story = bench.ask("receipts", story, races=5)
	opens = time.time() + 8
	got = [
		bench.answer(each)
		for each in [bench.begin("claim", story, who=n, doors_open=opens) for n in range(2)]
	]
	if sorted(got[0] + got[1]) != sorted(name for name, _code in story["receipts"]):
		raise Failed(f"receipts claimed by two at once went to {got}")
	print(f"receipts claimed by two at once: {len(got[0])} to one, {len(got[1])} to the other", flush=True)


def limit_at_once(bench: Bench, story: dict[str, Any]) -> None:
	"""Six tills sell to one member at once who may get three awards a day: three are given."""
	story = bench.ask("favourite", story, limit=3)
	opens = time.time() + 8
	tills = [bench.begin("first_purchases", story, who=n, doors_open=opens) for n in range(6)]
	told, given = [bench.answer(each) for each in tills], bench.ask("favoured", story)
	if (told, given) != (["Posted"] * 6, 3):
		raise Failed(f"six sales at once under a limit of three awards: {told}, {given} awards")


def gift_cards_at_once(bench: Bench, story: dict[str, Any]) -> None:
	"""Tills spend the same gift cards at the same moments: two for seven tenths each, of whom one wins, and four
	for three tenths each, of whom three do."""
	for tills, amount, winners in ((2, 700_000, 1), (4, 300_000, 3)):
		story = bench.ask("gift_card", story, races=3, tills=tills, amount=amount)
		opens = time.time() + 8
		each = [bench.begin("spend_gift", story, who=n, doors_open=opens) for n in range(tills)]
		told = list(zip(*[bench.answer(till) for till in each], strict=True))
		left = bench.ask("gifts_left", story)
		fair = [sorted(["paid"] * winners + ["refused"] * (tills - winners))] * 3
		if [sorted(one) for one in told] != fair or left != [1_000_000 - winners * amount] * 3:
			raise Failed(f"{tills} tills at one gift card: {told}, {left} left")
	print("gift cards spent by two and by four tills at once: as much as was on them", flush=True)


def main() -> int:
	"""Runs it and says how it went."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--sites", type=Path, help="make the site in this folder and keep it")
	parser.add_argument("--only", help="run one test module")
	options = parser.parse_args()
	root = find_bench()
	if root is None:
		print(
			"\n*** NO BENCH FOUND: the tests on a real ERPNext did not run. ***\n"
			"*** Set FRAPPE_BENCH_ROOT, or make a bench at ~/frappe-bench with frappe and erpnext (v15 or v16). ***\n"
		)
		return 0
	folder = options.sites or Path(tempfile.mkdtemp(prefix="club-bench-"))
	bench = Bench(root, folder.resolve())
	try:
		bench.prepare()
		bench.start_services()
		if options.sites:
			bench.new_site()
			bench.frappe("install-app", "loyalty_club")
			print(f"site {bench.site} in {bench.sites}")
		else:
			test(bench, options.only)
	except (Failed, nights.Unequal) as failed:
		print(f"\nbench-test: {failed}", file=sys.stderr)
		return 1
	finally:
		if not options.sites:
			try:
				bench.drop_site()
			except Failed as failed:
				print(failed, file=sys.stderr)
			shutil.rmtree(folder, ignore_errors=True)
	return 0


if __name__ == "__main__":
	sys.exit(main())
