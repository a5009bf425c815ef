"""A desk to be walked through in a browser: serves a site of its own and drives Chromium.

Needs Playwright in the Python that runs it, and Chromium. Made to be looked at, not to be part of `make test`: what it
leaves are screenshots.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image
from playwright.sync_api import Error, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
import run as bench_run  # noqa: E402

TIDY = """() => {
	document.querySelectorAll(".desk-alert").forEach((each) => each.remove());
	document.querySelectorAll(".form-footer").forEach((each) => (each.style.display = "none"));
	window.scrollTo(0, 0);
}"""
QUIET = ("socket.io", "favicon")


class Desk:
	"""A served site. `with Desk(folder, port) as desk: …`"""

	def __init__(self, folder: Path, port: int, *, fresh: bool = False) -> None:
		root = bench_run.find_bench()
		if root is None:
			raise SystemExit("No bench was found: set FRAPPE_BENCH_ROOT.")
		self.bench = bench_run.Bench(root, folder.expanduser().resolve())
		self.port, self.fresh = port, fresh
		self.address = f"http://localhost:{port}"
		self.server: subprocess.Popen[bytes] | None = None

	def __enter__(self) -> Desk:
		bench = self.bench
		bench.start_services()
		if self.fresh or not (bench.sites / bench.site).exists():
			bench.prepare()
			bench.new_site()
			bench.frappe("install-app", "loyalty_club", quiet=True)
		config = bench.sites / "common_site_config.json"
		settings = json.loads(config.read_text(encoding="utf-8"))
		config.write_text(json.dumps({**settings, "default_site": bench.site}, indent=1), encoding="utf-8")
		command = [str(bench.python), "-m", "frappe.utils.bench_helper", "frappe", "serve"]
		command += ["--port", str(self.port), "--noreload"]
		self.server = subprocess.Popen(
			command,
			cwd=bench.sites,
			env={**bench.environment(), "SITES_PATH": "."},
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
		)
		bench_run.wait_for("127.0.0.1", self.port, "The site")
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		if self.server is not None:
			self.server.terminate()
			self.server.wait()

	def on_site(self, code: str) -> Any:
		"""Runs Python on the site as Administrator, beside the modules of this folder; its last line is JSON."""
		here = str(Path(__file__).parent)
		code = f"import sys; sys.path.insert(0, {here!r})\nfrappe.set_user('Administrator')\n{code}"
		return json.loads(self.bench.execute(code).strip().splitlines()[-1])

	@contextmanager
	def page(self, user: str, password: str, *, width: int = 1360, height: int = 1000) -> Iterator[Page]:
		"""A browser's page of a user who is logged in. What goes wrong in it is printed."""
		with sync_playwright() as playwright:
			path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
			browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
			page = browser.new_context(viewport={"width": width, "height": height}).new_page()
			page.on("pageerror", lambda error: print("error in the page:", str(error)[:400]))
			page.on("response", lambda answer: _tell(answer.status, answer.url))
			login = page.request.post(f"{self.address}/api/method/login", form={"usr": user, "pwd": password})
			if login.status != 200:
				raise SystemExit(f"{user} cannot log in: {login.status}")
			page.set_default_timeout(12_000)
			page.set_default_navigation_timeout(60_000)
			try:
				yield page
			except Exception:
				failed = Path(tempfile.gettempdir()) / "club-walk-failed.png"
				page.screenshot(path=failed)
				print(f"where the walk ended: {failed}")
				raise
			browser.close()

	def open(self, page: Page, path: str, seconds: float = 5) -> None:
		"""Goes to a page of the site and waits until nothing is asked for any more."""
		page.goto(self.address + path)
		settle(page, seconds)


class Walk:
	"""One person's walk in one language: clicks, types, and asserts what the screen says."""

	def __init__(self, desk: Desk, page: Page, lang: str, person: dict[str, Any], out: Path) -> None:
		self.desk, self.page, self.lang, self.person, self.out = desk, page, lang, person, out

	def say(self, words: str) -> str:
		"""An English text as this person's desk says it."""
		return str(self.page.evaluate("(words) => __(words)", words))

	def sees(self, words: str, seconds: float = 10) -> None:
		"""These words are on the screen, or will be in a moment."""
		try:
			self.page.get_by_text(words).locator("visible=true").first.wait_for(timeout=seconds * 1000)
		except Error:
			raise AssertionError(f"the screen does not say {words!r}") from None

	def shot(self, name: str, *, whole: bool = False, of: str | None = None) -> None:
		"""One screenshot, without the messages that fade; of the page, or of one part of it."""
		self.page.evaluate(TIDY)
		path = self.out / f"{name}-{self.lang}.png"
		if of:
			self.page.locator(of).first.screenshot(path=path)
		else:
			self.page.screenshot(path=path, full_page=whole)
		shrink(path)

	def field(self, name: str) -> Locator:
		"""The input of a field: of the dialog that is open, else of the form."""
		inside = "input:visible, textarea:visible, select:visible"
		dialog = self.page.locator(f".modal.show [data-fieldname={name}]").locator(inside)
		return (
			dialog.first
			if dialog.count()
			else self.page.locator(f"[data-fieldname={name}]").locator(inside).first
		)

	def fill(self, name: str, value: str) -> None:
		"""Types into a field and leaves it."""
		field = self.field(name)
		field.fill(value)
		field.press("Tab")
		self.page.wait_for_timeout(300)

	def link(self, name: str, value: str) -> None:
		"""Types into a link field and takes what it offers."""
		self._choose(self.field(name), value)

	def cell(self, table: str, row: int, name: str, value: str, *, link: bool = False) -> None:
		"""Types into a cell of a table."""
		cell = self.page.locator(
			f"[data-fieldname={table}] .grid-row[data-idx='{row}'] .data-row [data-fieldname={name}]"
		).first
		cell.scroll_into_view_if_needed()
		cell.click()
		field = cell.locator("input:visible, textarea:visible").first
		if link:
			self._choose(field, value)
			return
		field.fill(value)
		field.press("Tab")
		self.page.wait_for_timeout(300)

	def _choose(self, field: Locator, value: str) -> None:
		field.click()
		field.fill(value)
		offered = self.page.locator(".awesomplete [role=option]:visible", has_text=value).first
		offered.wait_for(timeout=10_000)
		offered.click()
		settle(self.page, 1)

	def press(self, words: str) -> None:
		"""Clicks the button of the page that says these English words in the desk's language."""
		self.page.locator("button:visible", has_text=self.say(words)).first.click()
		settle(self.page, 1)

	def confirm(self) -> None:
		"""Says yes to the dialog."""
		self.page.locator(".modal.show .btn-primary:visible").last.click()
		settle(self.page)

	def save(self) -> None:
		"""The button that saves: of the dialog that is open, else of the form."""
		dialog = self.page.locator(
			".modal.show .modal-footer .btn-primary:visible, .modal.show .btn-modal-primary:visible"
		)
		button = dialog if dialog.count() else self.page.locator(".page-actions .primary-action:visible")
		button.last.click()
		settle(self.page)


def shrink(path: Path, colours: int = 128) -> None:
	"""A screenshot with few colours; a third of its bytes."""
	image = Image.open(path).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
	image.save(path, optimize=True)


def arguments(about: str | None, more: Sequence[str] = (), *, fresh: bool = False) -> argparse.Namespace:
	"""What every walk is asked with. more: options of this walk alone."""
	parser = argparse.ArgumentParser(description=about)
	parser.add_argument(
		"--sites", type=Path, default=Path("~/club-tour"), help="folder of the site; made if missing"
	)
	parser.add_argument("--port", type=int, default=8009)
	parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "tour")
	parser.add_argument("--lang", choices=("en", "fa"), help="one language only")
	for option in more:
		parser.add_argument(option)
	if fresh:
		parser.add_argument("--keep", action="store_true", help="do not make the site anew")
	given = parser.parse_args()
	given.out.mkdir(parents=True, exist_ok=True)
	given.langs = [given.lang] if given.lang else ["en", "fa"]
	return given


def settle(page: Page, seconds: float = 3) -> None:
	"""Until the desk has stopped asking the server."""
	until = time.monotonic() + 20
	page.wait_for_timeout(int(seconds * 1000))
	while time.monotonic() < until and page.evaluate("window.frappe?.request?.ajax_count > 0"):
		page.wait_for_timeout(300)


def _tell(status: int, url: str) -> None:
	if status >= 400 and not any(part in url for part in QUIET):
		print(status, url[:160])
