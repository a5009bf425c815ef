"""What the benchmarks on a site share: the harness that makes sites (`tests/bench/run.py`), and percentiles."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType


def load() -> ModuleType:
	"""The module."""
	sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "bench"))
	return importlib.import_module("run")


def percentile(values: list[float], share: float) -> float:
	"""The value below which so many lie."""
	return sorted(values)[min(len(values) - 1, int(len(values) * share))]
