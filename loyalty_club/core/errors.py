"""The one kind of error the rules raise: a code, the facts, and a sentence in either language (`words.ERRORS`).

>>> str(ClubError("not_enough_points", wanted=60, available=40))
'60 points were asked for, but only 40 can be spent now. Ask for 40 or less.'
"""

from __future__ import annotations

from loyalty_club.core import words


class ClubError(Exception):
	"""Something the rules refuse. `code` is stable, `facts` are plain values; `text` is for people."""

	def __init__(self, code: str, **facts: object) -> None:
		super().__init__(code, facts)
		self.code = code
		self.facts = facts

	def text(self, style: words.Style) -> str:
		"""The sentence."""
		return words.error(self.code, self.facts, style)

	def __str__(self) -> str:
		return self.text(words.Style())


class RedemptionRefused(ClubError):
	"""A wish to spend points that the rules refuse. Nothing was changed."""
