"""A desk to be walked through in a browser: serves a site of its own and drives Chromium.

Needs Playwright in the Python that runs it, and Chromium. Made to be looked at, not to be part of `make test`: what it
leaves are screenshots.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
import run as bench_run  # noqa: E402

QUIET = ("socket.io", "favicon")


class Desk:
	"""A served site. `with Desk(folder, port) as desk: …`"""

	def __init__(self, folder: Path, port: int) -> None:
		root = bench_run.find_bench()
		if root is None:
			raise SystemExit("No bench was found: set FRAPPE_BENCH_ROOT.")
		self.bench = bench_run.Bench(root, folder.expanduser().resolve())
		self.port = port
		self.address = f"http://localhost:{port}"
		self.server: subprocess.Popen[bytes] | None = None

	def __enter__(self) -> Desk:
		bench = self.bench
		bench.start_services()
		if not (bench.sites / bench.site).exists():
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
			yield page
			browser.close()

	def open(self, page: Page, path: str, seconds: float = 5) -> None:
		"""Goes to a page of the site and waits until nothing is asked for any more."""
		page.goto(self.address + path)
		settle(page, seconds)


def settle(page: Page, seconds: float = 3) -> None:
	"""Until the desk has stopped asking the server."""
	until = time.monotonic() + 20
	page.wait_for_timeout(int(seconds * 1000))
	while time.monotonic() < until and page.evaluate("window.frappe?.request?.ajax_count > 0"):
		page.wait_for_timeout(300)


def _tell(status: int, url: str) -> None:
	if status >= 400 and not any(part in url for part in QUIET):
		print(status, url[:160])
