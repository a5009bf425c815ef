"""What every test here starts with: no example of a property is timed, for speed is a benchmark's business."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
