"""Loyalty cards: their numbers, and what is printed on them.

What it alone may do: make a card number, decide whether a typed or scanned text is one, and draw its barcode
or a token's QR. It draws no randomness of its own: the source is passed in (`secrets.randbelow` in the
running club, a fixed one in a test). Which numbers are already taken, and which card is blocked, is the
database's to know.

Its data: a card number is 16 digits, as on a bank card, so that every till can take it: the club's prefix (3
to 6 digits, a setting), a random serial of at least 9 digits (not sequential: a neighbour's number cannot be
guessed), and the Luhn check digit. The prefix must not be that of a bank, for a club card must never be taken
for one.

How it is used:

>>> number = card_number("999", lambda n: "123456789012"[:n])
>>> number
'9991234567890121'
>>> parse_card("۹۹۹۱-۲۳۴۵-۶۷۸۹-۰۱۲۱", "999") == number
True
>>> mask(number)
'9991••••••••0121'
>>> code128_svg(number)[:42]
'<svg xmlns="http://www.w3.org/2000/svg" wi'
"""

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

import segno

from loyalty_club.persian import ZWNJ, normalise

CARD_LENGTH: Final = 16
TOKEN_LENGTH: Final = 20
_TOKEN_SIGNS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SERIAL_LENGTH: Final = 9  # the fewest random digits a number may have

# The first six digits (issuer identification numbers, ISO/IEC 7812) of cards issued by Iranian banks, of
# merged and closed ones too: their cards are still in pockets. The central bank publishes no list for
# machines; this one is gathered from the banks' own cards and from public lists. A prefix too many only costs
# a club one choice.
BANK_PREFIXES: Final[frozenset[str]] = frozenset(
	{
		"170019",  # Melli
		"207177",  # Tosee Saderat
		"502229",  # Pasargad
		"502806",  # Shahr
		"502908",  # Tosee Taavon
		"502910",  # Karafarin
		"502937",  # issuer not confirmed
		"502938",  # Dey
		"504172",  # Resalat
		"504706",  # Shahr
		"505416",  # Gardeshgari
		"505426",  # Gardeshgari
		"505785",  # Iran Zamin
		"505801",  # Kosar
		"505809",  # Khavarmianeh
		"507677",  # Noor
		"581874",  # Iran-Venezuela
		"585947",  # Khavarmianeh
		"585983",  # Tejarat
		"589210",  # Sepah
		"589463",  # Refah
		"603769",  # Saderat
		"603770",  # Keshavarzi
		"603799",  # Melli
		"606256",  # Melal (Askarieh)
		"606373",  # Mehr Iran
		"610433",  # Mellat
		"621986",  # Saman
		"622106",  # Parsian
		"627353",  # Tejarat
		"627381",  # Ansar
		"627412",  # Eghtesad Novin
		"627488",  # Karafarin
		"627648",  # Tosee Saderat
		"627760",  # Post Bank
		"627884",  # Parsian
		"627961",  # Sanat va Madan
		"628023",  # Maskan
		"628157",  # Etebari Tosee
		"636214",  # Ayandeh
		"636795",  # central bank
		"636797",  # central bank
		"636949",  # Hekmat Iranian
		"639194",  # Parsian
		"639217",  # Keshavarzi
		"639346",  # Sina
		"639347",  # Pasargad
		"639370",  # Mehr Eghtesad
		"639599",  # Ghavamin
		"639607",  # Sarmayeh
		"903769",  # Saderat
		"991975",  # Mellat
	}
)

# Some tills and keyboards write a dash where a person wrote a hyphen: U+2010 to U+2015 and the minus sign.
_BETWEEN_DIGITS = re.compile(rf"[ \-\u2010-\u2015\u2212{ZWNJ}]")
_DIGITS = re.compile(r"[0-9]+")
_PRINTABLE = re.compile(r"[ -~]{1,40}")
_TOKEN = re.compile(r"[!-~]{1,200}")

# Code 128 (ISO/IEC 15417): the widths of bar, space, bar, space, bar, space for each symbol value 0 to 105,
# in modules, each followed by a space; and the stop. A symbol is 11 modules wide, the stop 13. Encoded
# here and not by a package: python-barcode 0.16.1 drops the first pair of a number that begins with 99.
_CODE128_WIDTHS: Final = (
	"212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
	"122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
	"322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
	"112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
	"331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
	"112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
	"124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
	"411311 113141 114131 311141 411131 211412 211214 211232"
)
_CODE128_STOP: Final = "2331112"
_CODE128_START_B: Final = 104
_CODE128_START_C: Final = 105

# The narrowest bar in hundredths of a millimetre: 4 dots of a 300 dpi card printer, 6 for the QR.
_BAR_MODULE: Final = 34
_QR_MODULE: Final = 50
# Sizes in modules. ISO/IEC 15417 asks for 10 blank modules on either side, ISO/IEC 18004 for 4 around a QR.
_BAR_HEIGHT: Final = 45
_BAR_MARGIN: Final = 10
_CAPTION_HEIGHT: Final = 14
_QR_MARGIN: Final = 4


class CardError(ValueError):
	"""A text that is no card number of this club, or that cannot be printed on a card."""


class Code(NamedTuple):
	"""A barcode or QR with the blank margin that scanners need.

	width, height: in modules; module: its side in hundredths of a millimetre; dark: rectangles (x, y, width, height, in
	modules)."""

	width: int
	height: int
	module: int
	dark: list[tuple[int, int, int, int]]


# --- Check digit --------------------------------------------------------------------------------------------


def luhn_digit(body: str) -> str:
	"""The check digit that makes `body` plus that digit valid (Luhn, ISO/IEC 7812-1 annex B).

	Raises CardError unless `body` is digits 0–9. Luhn finds every single wrong digit and every swap of
	neighbours but one: it misses 09 written as 90, so 1234560912345674 and 1234569012345674 are both valid.
	Whether the card exists is therefore always asked of the database.

	>>> luhn_digit("7992739871")
	'3'
	"""
	if not _DIGITS.fullmatch(body):
		raise CardError("A check digit is made from the digits 0 to 9 only; remove everything else.")
	return str(-_luhn_sum(body + "0") % 10)


def luhn_valid(number: str) -> bool:
	"""Whether the last digit of `number` checks the others (Luhn).

	False for anything but two or more digits 0–9. It misses 09 swapped for 90; see `luhn_digit`.
	"""
	return len(number) > 1 and bool(_DIGITS.fullmatch(number)) and _luhn_sum(number) % 10 == 0


# --- Numbers ------------------------------------------------------------------------------------------------


def check_prefix(prefix: str) -> str:
	"""The prefix of a club's card numbers, normalised: 3 to 6 digits that no bank's cards begin with.

	Raises CardError for another length and for a prefix that is a bank's or the beginning of one: 502 would
	let the random digits complete a bank's 502229.

	>>> check_prefix("۹۹۹")
	'999'
	"""
	digits = normalise(prefix)
	if not _DIGITS.fullmatch(digits) or not 3 <= len(digits) <= 6:
		raise CardError(f"Card prefix {prefix!r} is not possible; give 3 to 6 digits.")
	for bank in sorted(BANK_PREFIXES):
		if bank.startswith(digits):
			raise CardError(f"Card prefix {digits} belongs to a bank ({bank}…); choose another, such as 999.")
	return digits


def card_number(prefix: str, digits: Callable[[int], str]) -> str:
	"""A new card number: the prefix, random digits up to 15 (at least 9), the Luhn digit.

	`digits(n)` is the random source: it returns n decimal digits. That the number is not taken yet is for the
	caller to make sure. Raises CardError for a refused prefix and for a source that returns anything else.
	"""
	prefix = check_prefix(prefix)
	wanted = CARD_LENGTH - 1 - len(prefix)
	serial = digits(wanted)
	if len(serial) != wanted or not _DIGITS.fullmatch(serial):
		raise CardError(f"The random source must return {wanted} digits, 0 to 9; {serial!r} is not that.")
	return prefix + serial + luhn_digit(prefix + serial)


def random_digits(randbelow: Callable[[int], int]) -> Callable[[int], str]:
	"""A source for `card_number` out of a `randbelow`, in the running club that of the module `secrets`.

	>>> random_digits(lambda limit: 42)(9)
	'000000042'
	"""

	def digits(count: int) -> str:
		return f"{randbelow(10**count):0{count}d}"

	return digits


def card_token(randbelow: Callable[[int], int]) -> str:
	"""What a card's QR holds: 20 random letters and digits, the first a letter, so that none is taken for a number.

	`randbelow` is the random source, in the running club that of the module `secrets`.

	>>> card_token(lambda limit: limit - 1)
	'zzzzzzzzzzzzzzzzzzzz'
	"""
	first = _TOKEN_SIGNS[10 + randbelow(26)]
	return first + "".join(_TOKEN_SIGNS[randbelow(36)] for _ in range(TOKEN_LENGTH - 1))


def parse_card(text: str, prefix: str) -> str:
	"""The 16 digits of a typed or scanned card number of the club with this prefix.

	Accepts Persian and Arabic digits, spaces, hyphens and bidi marks. Raises CardError, each with its own
	sentence, for another length, other characters, another prefix, and a wrong check digit. No message quotes
	more than the first and last four digits.
	"""
	prefix = check_prefix(prefix)
	number = _BETWEEN_DIGITS.sub("", normalise(text))
	if not _DIGITS.fullmatch(number):
		raise CardError("A card number has only digits; scan the card again or type the 16 digits on it.")
	if len(number) != CARD_LENGTH:
		raise CardError(f"A card number has 16 digits, not {len(number)}; scan the card or type all of them.")
	if number[:6] in BANK_PREFIXES:
		raise CardError(f"{mask(number)} is a bank card; scan the club's card, which begins with {prefix}.")
	if not number.startswith(prefix):
		raise CardError(f"{mask(number)} is not a card of this club; its cards begin with {prefix}.")
	if not luhn_valid(number):
		raise CardError(f"{mask(number)} has a wrong digit; compare it with the card and type it again.")
	return number


def mask(number: str) -> str:
	"""A card number fit for receipts and logs: its first and last four digits, 6219••••••••1234.

	Raises CardError unless given 16 digits. In right-to-left text put it in `<bdi dir="ltr">`.
	"""
	_check_number(number)
	return number[:4] + "•" * (CARD_LENGTH - 8) + number[-4:]


def group(number: str) -> str:
	"""A card number in four groups of four, as printed on the card.

	The groups are joined by no-break spaces: a right-to-left line, where `<bdi>` cannot be used (a text
	message), then neither breaks the number nor turns its groups round, as it does with ordinary ones. Raises
	CardError unless given 16 digits.

	>>> group("9991234567890121").split()
	['9991', '2345', '6789', '0121']
	"""
	_check_number(number)
	return "\u00a0".join(number[start : start + 4] for start in range(0, CARD_LENGTH, 4))


# --- Print --------------------------------------------------------------------------------------------------


def code128(text: str) -> Code:
	"""The Code 128 barcode (ISO/IEC 15417) of a text.

	An even number of digits is written two to a symbol (set C), any other text in set B. Raises CardError unless the
	text is 1 to 40 printable ASCII characters.
	"""
	if not _PRINTABLE.fullmatch(text):
		raise CardError("A barcode holds 1 to 40 letters, digits and signs of ASCII; correct the text.")
	widths = "".join(_CODE128_WIDTHS[7 * value :][:6] for value in _code128_values(text)) + _CODE128_STOP
	bars, x = [], _BAR_MARGIN
	for index, modules in enumerate(map(int, widths)):
		if index % 2 == 0:
			bars.append((x, 0, modules, _BAR_HEIGHT))
		x += modules
	return Code(x + _BAR_MARGIN, _BAR_HEIGHT, _BAR_MODULE, bars)


def code128_svg(text: str, caption: str = "") -> str:
	"""`code128` as one `<svg>` element to put into a page.

	It has its size in millimetres and the blank margins that scanners need, keeps its shape at any size that
	CSS gives it, and refers to nothing outside itself. `caption` is printed below the bars, such as `group(number)`.
	"""
	code = code128(text)
	if not caption:
		return _svg(code)
	code = code._replace(height=code.height + _CAPTION_HEIGHT)
	below = (
		f'<text x="{code.width // 2}" y="{code.height - 3}" font-family="monospace" font-size="11" '
		f'text-anchor="middle" direction="ltr">{escape(caption)}</text>'
	)
	return _svg(code, below)


def qr(token: str) -> Code:
	"""The QR code (ISO/IEC 18004, error correction M or better) of a token.

	A QR holds an opaque token, which says nothing about its holder to whoever photographs the card: never a
	mobile number, a national id or a card number. Anything without a letter, digits with or without signs
	between them, is therefore refused. Raises CardError for that and unless the token is 1 to 200 printable
	ASCII characters without spaces.
	"""
	if not any(character.isalpha() for character in token):
		raise CardError("A QR holds an opaque token, never a mobile, id or card number; make a random one.")
	if not _TOKEN.fullmatch(token):
		raise CardError("A QR token has 1 to 200 letters, digits and signs of ASCII; make another.")
	rows = segno.make_qr(token, error="m").matrix
	dark = []
	for y, row in enumerate(rows, start=_QR_MARGIN):
		x = _QR_MARGIN
		for module, run in groupby(row):
			length = len(list(run))
			if module:
				dark.append((x, y, length, 1))
			x += length
	size = len(rows) + 2 * _QR_MARGIN
	return Code(size, size, _QR_MODULE, dark)


def qr_svg(token: str) -> str:
	"""`qr` as one `<svg>` element."""
	return _svg(qr(token))


# --- Inside -------------------------------------------------------------------------------------------------


def _luhn_sum(number: str) -> int:
	"""The digits added up from the right, every second one doubled and its own digits added."""
	straight = sum(int(digit) for digit in number[::-2])
	doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
	return straight + doubled


def _check_number(number: str) -> None:
	if len(number) != CARD_LENGTH or not _DIGITS.fullmatch(number):
		raise CardError("A card number has 16 digits, without spaces; read the text with parse_card first.")


def _code128_values(text: str) -> list[int]:
	"""The symbol values of a text, its start first and its check symbol last.

	The check is the start plus each value times its position, modulo 103.
	"""
	if _DIGITS.fullmatch(text) and len(text) % 2 == 0:
		values = [_CODE128_START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
	else:
		values = [_CODE128_START_B, *(ord(character) - 32 for character in text)]
	check = values[0] + sum(position * value for position, value in enumerate(values))
	return [*values, check % 103]


def _svg(code: Code, below: str = "") -> str:
	"""Black rectangles on white; `below` is put behind them."""

	def millimetres(modules: int) -> str:
		return "{}.{:02d}mm".format(*divmod(modules * code.module, 100))

	width, height = code.width, code.height
	path = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in code.dark)
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres(width)}" '
		f'height="{millimetres(height)}" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
		f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/><path fill="#000" d="{path}"/>{below}</svg>'
	)
