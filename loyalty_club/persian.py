"""Persian text and what is written in it: digits, letters, numbers, money, mobile numbers, national ids.

What it alone may do: decide what two spellings have in common. Text that enters (a form, a file, a scanner, a
message) passes through `normalise` or one of the readers below; numbers that leave pass through
`format_number` or `format_money`. It knows no settings: the unit money is shown in is an argument.

Its data: the digit and letter tables, MoneyUnit (a unit money is shown in) and MoneySchedule (which unit from
which day on). Money is stored in rial, or in a currency's own unit, as an exact Decimal; a unit only changes
how it is written, never what it is, and nothing is rounded away on the screen.

How it is used:

>>> normalise("  علي   كاظمي ۰۹۱۲ ")
'علی کاظمی 0912'
>>> parse_number("۱۲٬۵۰۰٫۷۵")
Decimal('12500.75')
>>> format_money(Decimal(1234567), TOMAN, "en")
'123,456.7 toman'
>>> format_money(Decimal(12000), RIAL, "fa")
'۱۲٬۰۰۰ ریال'
>>> mobile("۰۹۱۲ ۳۴۵ ۶۷۸۹")
'+989123456789'
>>> national_id("13542419")
'0013542419'
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType
from typing import Final, TypeAlias

import phonenumbers

LATIN_DIGITS: Final = "0123456789"
PERSIAN_DIGITS: Final = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩"

# LRM, RLM, ALM, the embeddings and overrides, the isolates (Unicode annex 9); and the tatweel.
BIDI_MARKS: Final = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TATWEEL: Final = "\u0640"
ZWNJ: Final = "\u200c"

_LRM: Final = "\u200e"
_MINUS: Final = "\u2212"

_TO_LATIN = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS, LATIN_DIGITS * 2)
_TO_PERSIAN = str.maketrans(LATIN_DIGITS + ARABIC_DIGITS, PERSIAN_DIGITS * 2)
_NORMAL = str.maketrans(
	PERSIAN_DIGITS + ARABIC_DIGITS + "يىك٫٬",
	LATIN_DIGITS * 2 + "ییک.,",
	BIDI_MARKS + TATWEEL,
)

_NUMBER = re.compile(rf"([+{_MINUS}-]?)([0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+)(\.[0-9]+)?([{_MINUS}-]?)")
_PHONE = re.compile(r"\+?[0-9 ().-]+")
_NATIONAL_ID = re.compile(r"[0-9]{8,10}")


class NumberError(ValueError):
	"""A text that is no number, or a number that cannot be written."""


class MoneyError(ValueError):
	"""A money unit or schedule that makes no sense."""


class MobileError(ValueError):
	"""A text that is no mobile number."""


class NationalIdError(ValueError):
	"""A text that is no Iranian national id."""


# --- Text ---------------------------------------------------------------------------------------------------


def to_latin_digits(text: str) -> str:
	"""The text with Persian (۰–۹) and Arabic (٠–٩) digits turned into 0–9, all else as it was."""
	return text.translate(_TO_LATIN)


def to_persian_digits(text: str) -> str:
	"""The text with Latin (0–9) and Arabic (٠–٩) digits turned into ۰–۹, all else as it was."""
	return text.translate(_TO_PERSIAN)


def normalise(text: str) -> str:
	"""The one spelling of a text that came from outside, fit to store and to show.

	Arabic ي ى ك become ی ک, digits become 0–9, ٫ and ٬ become the point and the comma; bidi marks and tatweel
	go; Unicode form NFC; white space is trimmed and collapsed to single spaces. The zero-width non-joiner
	stays. Applying it twice changes nothing more.
	"""
	# NFC first, so that a letter and its hamza are one letter before the letter is looked at; and again
	# after, because what was removed may have stood between a letter and its mark.
	plain = unicodedata.normalize("NFC", text).translate(_NORMAL)
	return " ".join(unicodedata.normalize("NFC", plain).split())


def search_key(text: str) -> str:
	"""What two texts are compared by: `normalise`, without the zero-width non-joiner and without case.

	>>> search_key("كتاب\u200cخانه") == search_key("کتابخانه")
	True
	"""
	return normalise(normalise(text).replace(ZWNJ, "").casefold())


# --- Numbers ------------------------------------------------------------------------------------------------


def parse_number(text: str) -> Decimal:
	"""The exact number a text shows.

	Accepts Persian, Arabic and Latin digits; a sign in front (+, -, −) or a minus behind, as right-to-left
	text is often pasted; thousands separators in groups of three; one decimal point with digits on both
	sides. Raises NumberError for everything else: exponents, underscores, NaN, Infinity, an empty text.

	>>> parse_number("۱۲٬۰۰۰−")
	Decimal('-12000')
	"""
	match = _NUMBER.fullmatch(normalise(text))
	if match is None or (match[1] and match[4]):
		raise NumberError(
			f"{text!r} is not a number; write digits, with separators in threes, such as 1,234,567.5."
		)
	number = Decimal(match[2].replace(",", "") + (match[3] or ""))
	negative = _MINUS in (match[1], match[4]) or "-" in (match[1], match[4])
	# copy_negate, because the minus operator rounds to 28 digits; and there is no negative zero here.
	return number.copy_negate() if negative and number else number


def format_number(amount: Decimal, lang: str, decimals: int | None = None) -> str:
	"""A number with its thousands grouped: 1,234,567.5 in "en", ۱٬۲۳۴٬۵۶۷٫۵ in "fa".

	Without `decimals` the number is shown exactly, without trailing zeros; with it, rounded half-up to that
	many. Raises NumberError for another language, negative decimals, NaN and Infinity.

	The minus sign: a hyphen in English, as spreadsheets expect it. In Persian it is a left-to-right mark and
	the minus sign U+2212, as Unicode CLDR writes it: the mark keeps the sign on the left of its digits, where
	a bare one, a neutral character at the edge of a number, would be moved to the right by right-to-left
	text. `parse_number` reads both.

	>>> format_number(Decimal("-1234567.5"), "en")
	'-1,234,567.5'
	"""
	return (
		_grouped(amount, lang, least=0)
		if decimals is None
		else _grouped(_rounded(amount, decimals), lang, decimals)
	)


# --- Money --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoneyUnit:
	"""A unit that stored money is shown in.

	`factor` is how many stored units make one of it (10 rial make a toman) and is a power of ten, so that
	nothing has to be rounded; `decimals` is how many decimals are always written. Raises MoneyError for other
	values.
	"""

	code: str
	name_en: str
	name_fa: str
	factor: Decimal
	decimals: int

	def __post_init__(self) -> None:
		if not (self.code and self.name_en and self.name_fa):
			raise MoneyError(
				f"Money unit {self.code!r} lacks a code or a name; money is always written with its unit."
			)
		if not self.factor.is_finite() or self.factor != Decimal((0, (1,), self.factor.adjusted())):
			raise MoneyError(
				f"Money unit {self.code} has factor {self.factor}; only a power of ten shows exactly."
			)
		if self.decimals < 0:
			raise MoneyError(f"Money unit {self.code} has {self.decimals} decimals; give 0 or more.")


RIAL: Final = MoneyUnit("RIAL", "rial", "ریال", Decimal(1), 0)
TOMAN: Final = MoneyUnit("TOMAN", "toman", "تومان", Decimal(10), 0)
# The redenomination law of 2025: 1 new rial = 100 gheran = 10,000 rial of before. Both here are measured in
# rial of before, which is what stays in the books until the company's currency itself changes.
GHERAN: Final = MoneyUnit("GHERAN", "gheran", "قران", Decimal(100), 0)
NEW_RIAL: Final = MoneyUnit("NEW_RIAL", "new rial", "ریال جدید", Decimal(10000), 2)

UNITS: Final[Mapping[str, MoneyUnit]] = MappingProxyType(
	{unit.code: unit for unit in (RIAL, TOMAN, GHERAN, NEW_RIAL)}
)

# Which unit money is shown in from which day on.
MoneySchedule: TypeAlias = Sequence[tuple[date, MoneyUnit]]


def currency(code: str, name_en: str, name_fa: str, decimals: int = 2) -> MoneyUnit:
	"""The unit of any other currency, shown as it is stored.

	>>> format_money(Decimal("1234.5"), currency("GBP", "pound", "پوند"), "en")
	'1,234.50 pound'
	"""
	return MoneyUnit(code, name_en, name_fa, Decimal(1), decimals)


def unit_on(day: date, schedule: MoneySchedule) -> MoneyUnit:
	"""The unit in use on a day: the entry with the latest `since` that is not after it.

	The entries may stand in any order. Raises MoneyError when two begin on one day and when the day lies
	before the first.

	>>> unit_on(date(2025, 9, 23), [(date(2020, 1, 1), RIAL), (date(2025, 9, 23), TOMAN)]).code
	'TOMAN'
	"""
	units = dict(schedule)
	if len(units) < len(schedule):
		raise MoneyError("Two money units begin on the same day; keep one of them.")
	begun = [since for since in units if since <= day]
	if not begun:
		raise MoneyError(
			f"No money unit is set for {day.isoformat()}; add one that begins on that day or before."
		)
	return units[max(begun)]


def format_money(amount_stored: Decimal, unit: MoneyUnit, lang: str) -> str:
	"""Stored money in a unit, the unit always written: ۱۲٬۰۰۰ ریال.

	`amount_stored` counts stored units (rial). It is shown exactly: 1,234,567 rial is 123,456.7 toman,
	although toman has no decimals. Raises NumberError as `format_number` does. The unit is a word, for the
	sign ﷼ is missing in common fonts.
	"""
	if not amount_stored.is_finite():
		raise NumberError(f"{amount_stored} cannot be written; give a finite number.")
	sign, digits, exponent = amount_stored.as_tuple()
	# Divided by moving the point, which no decimal context can round.
	shown = Decimal((sign, digits, int(exponent) - unit.factor.adjusted()))
	return f"{_grouped(shown, lang, unit.decimals)} {unit.name_fa if lang == 'fa' else unit.name_en}"


# --- Mobiles and ids ----------------------------------------------------------------------------------------


def mobile(text: str) -> str:
	"""A mobile number in E.164, +989123456789, from any of 0912…, 912…, +98…, 0098…, 98….

	A number without a country is Iranian; a foreign one needs its + or 00. Spaces, brackets, dots and hyphens
	are allowed. Raises MobileError for anything that the numbering plan (package phonenumbers) does not know
	to be a mobile: landlines, numbers too short or too long, text. The message quotes only the beginning of
	the number.

	>>> mobile("0098 912 345 6789")
	'+989123456789'
	"""
	plain = normalise(text)
	error = f"{_hint(plain)} is not a mobile number; write it like 09123456789 or +989123456789."
	if not _PHONE.fullmatch(plain):
		raise MobileError(error)
	try:
		number = phonenumbers.parse(plain, "IR")
	except phonenumbers.NumberParseException as cause:
		raise MobileError(error) from cause
	if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
		raise MobileError(error)
	return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national_id(text: str) -> str:
	"""An Iranian national id as 10 digits, leading zeros kept; 8 or 9 digits are those that lost their zeros.

	The last digit checks the others: their sum weighted 10 to 2, modulo 11, is r; the digit is r below 2,
	else 11 − r. Spaces and hyphens are allowed. Raises NationalIdError for another length, a wrong check
	digit and ten equal digits (which pass the check but are never issued). The message never quotes the id.

	>>> national_id("۰۴۹۹۳۷۰۸۹۹")
	'0499370899'
	"""
	plain = normalise(text).replace(" ", "").replace("-", "")
	if not _NATIONAL_ID.fullmatch(plain):
		raise NationalIdError(
			"A national id has 10 digits, or 8 or 9 without its leading zeros; check what was typed."
		)
	digits = plain.zfill(10)
	if len(set(digits)) == 1:
		raise NationalIdError("A national id of ten equal digits is never issued; ask for the real one.")
	weighted = zip(digits[:9], range(10, 1, -1), strict=True)
	remainder = sum(int(digit) * weight for digit, weight in weighted) % 11
	if int(digits[9]) != (remainder if remainder < 2 else 11 - remainder):
		raise NationalIdError(
			"The last digit of this national id does not fit the others; check what was typed."
		)
	return digits


# --- Inside -------------------------------------------------------------------------------------------------


def _hint(text: str) -> str:
	"""Enough of a text to recognise it by, not enough to call it."""
	return repr(text if len(text) <= 4 else f"{text[:4]}…")


def _rounded(amount: Decimal, decimals: int) -> Decimal:
	if decimals < 0:
		raise NumberError(f"A number cannot be written with {decimals} decimals; give 0 or more.")
	if not amount.is_finite():
		return amount
	precision = max(amount.adjusted(), 0) + decimals + 2
	return amount.quantize(Decimal((0, (1,), -decimals)), ROUND_HALF_UP, Context(prec=precision))


def _grouped(amount: Decimal, lang: str, least: int) -> str:
	"""The exact number in threes, with at least `least` decimals."""
	if lang not in ("fa", "en"):
		raise NumberError(f"Language {lang!r} is not known; use 'fa' or 'en'.")
	if not amount.is_finite():
		raise NumberError(f"{amount} cannot be written; give a finite number.")
	whole, _, fraction = f"{amount.copy_abs():f}".partition(".")
	fraction = fraction.rstrip("0").ljust(least, "0")
	text = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
	negative = amount < 0
	if lang == "en":
		return f"-{text}" if negative else text
	text = to_persian_digits(text).replace(",", "٬").replace(".", "٫")
	return f"{_LRM}{_MINUS}{text}" if negative else text
