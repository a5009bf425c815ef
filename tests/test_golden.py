"""The bundled year of a shop gives the results that were agreed on, to the last entry."""

from __future__ import annotations

import gzip
import hashlib
import json
import runpy
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"


def test_the_bundled_year_gives_the_golden_results() -> None:
	golden = json.loads((FIXTURES / "persian_shop.golden.json").read_text(encoding="utf-8"))
	now = runpy.run_path(str(FIXTURES / "make_golden.py"))["results"]()
	assert now["outcome"]["summary"] == golden["outcome"]["summary"]
	assert now["story"] == golden["story"]
	assert now == golden


def test_the_seeded_script_makes_the_bundled_invoices_again(tmp_path: Path) -> None:
	runpy.run_path(str(FIXTURES / "make_persian_shop.py"))["main"](tmp_path)
	made = gzip.decompress((tmp_path / "persian_shop.csv.gz").read_bytes())
	bundled = gzip.decompress((FIXTURES / "persian_shop.csv.gz").read_bytes())
	assert hashlib.sha256(made).hexdigest() == hashlib.sha256(bundled).hexdigest()
