"""The command line. `main` is what `loyalty-club` runs; it says so when its own packages are missing."""

from __future__ import annotations

import sys


def main() -> None:
	"""Runs the command line, which needs the extra `cli`."""
	try:
		from loyalty_club.cli.main import main as run
	except ModuleNotFoundError as error:
		if error.name not in ("click", "jinja2", "plotly"):
			raise
		sys.exit(f"loyalty-club needs the package “{error.name}”: pip install 'loyalty_club[cli]'")
	run()
