"""Exact fractions: the standard library's, or quicktions', which are the same in C, where that is installed.

Every module of the rules takes `Fraction` from here. Without quicktions a replay takes about a sixth longer, and gives
the same results to the last digit.

>>> Fraction(1, 3) + Fraction(1, 6)
Fraction(1, 2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from fractions import Fraction as Fraction
else:
	try:
		from quicktions import Fraction
	except ImportError:
		from fractions import Fraction

__all__ = ["Fraction"]
