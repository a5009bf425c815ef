"""Tier Reviews: carries out what a manager has approved for members whose day has come, and goes on where a worker was
killed. `engine.reviews` decides on a chunk; what is done is not found again, so that no cursor is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from loyalty_club.engine import reviews
from loyalty_club.engine.night.runner import Step


def count(day: date) -> int:
	"""How many approved decisions have come to their day."""
	return reviews.count_waiting(day)


def steps(day: date, cursor: str) -> Iterator[Step]:
	"""The chunks of a night."""
	for name in reviews.waiting(day):
		yield from reviews.steps(name, day)
