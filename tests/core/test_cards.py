"""Card numbers and codes. Barcodes and QRs are read back from the picture, as a scanner would."""

import doctest
import random
import re
import secrets
from xml.etree import ElementTree

import pytest
from barcode.charsets import code128 as other_encoder
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club.core import cards
from loyalty_club.core.cards import (
	BANK_PREFIXES,
	CardError,
	card_number,
	check_prefix,
	code128_svg,
	group,
	luhn_digit,
	luhn_valid,
	mask,
	parse_card,
	qr_svg,
	random_digits,
)

DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=30)
PREFIXES = st.sampled_from(["999", "9990", "12345", "000000", "700", "400"])


def test_the_examples_in_the_module_hold() -> None:
	result = doctest.testmod(cards)
	assert result.attempted > 5
	assert result.failed == 0


# --- Check digit --------------------------------------------------------------------------------------------


def test_the_luhn_digit_of_the_standard_example() -> None:
	assert luhn_digit("7992739871") == "3"
	assert [digit for digit in "0123456789" if luhn_valid("7992739871" + digit)] == ["3"]


@pytest.mark.parametrize("number", ["4111111111111111", "5500000000000004", "378282246310005", "00"])
def test_known_numbers_are_valid(number: str) -> None:
	assert luhn_valid(number)
	assert luhn_digit(number[:-1]) == number[-1]


@given(DIGITS)
def test_exactly_one_check_digit_fits(body: str) -> None:
	assert [digit for digit in "0123456789" if luhn_valid(body + digit)] == [luhn_digit(body)]


@given(DIGITS, st.data())
def test_one_wrong_digit_is_found(body: str, data: st.DataObject) -> None:
	number = body + luhn_digit(body)
	place = data.draw(st.integers(0, len(number) - 1))
	wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
	assert not luhn_valid(number[:place] + wrong + number[place + 1 :])


@given(DIGITS, st.data())
def test_two_swapped_digits_are_found_except_09_and_90(body: str, data: st.DataObject) -> None:
	number = body + luhn_digit(body)
	place = data.draw(st.integers(0, len(number) - 2))
	pair = number[place : place + 2]
	swapped = number[:place] + pair[::-1] + number[place + 2 :]
	assert luhn_valid(swapped) is (pair in {"09", "90"} or pair[0] == pair[1])


def test_luhn_misses_09_swapped_for_90() -> None:
	assert luhn_valid("1234560912345674")
	assert luhn_valid("1234569012345674")


@pytest.mark.parametrize("text", ["", "0", "12a4", " 18", "۱۸", "1８", "-18", "1\n"])
def test_what_is_not_digits_is_never_valid(text: str) -> None:
	assert not luhn_valid(text)


@pytest.mark.parametrize("text", ["", "12a", "۷۹۹", "7992739871\n"])
def test_a_check_digit_needs_digits(text: str) -> None:
	with pytest.raises(CardError, match="digits 0 to 9 only"):
		luhn_digit(text)


# --- Numbers ------------------------------------------------------------------------------------------------


BANKS = """
	991975 170019 603799 589210 627648 207177 627961 603770 628023 627760 502908 627412 622106 639194
	627884 639347 502229 627488 502910 621986 639346 639607 502806 504706 502938 603769 610433 627353
	585983 589463 627381 639370 505785 505416 636214 636949 606373 504172 505801 628157 606256 639599
	507677 502937
"""


@pytest.mark.parametrize("bank", BANKS.split())
def test_a_club_prefix_is_never_a_bank_nor_the_beginning_of_one(bank: str) -> None:
	for prefix in (bank, bank[:5], bank[:4], bank[:3]):
		with pytest.raises(CardError, match=f"Card prefix {prefix} belongs to a bank"):
			check_prefix(prefix)


def test_bank_prefixes_are_six_digits() -> None:
	assert all(re.fullmatch("[0-9]{6}", prefix) for prefix in BANK_PREFIXES)


@pytest.mark.parametrize(
	("text", "prefix"), [("999", "999"), ("۹۹۹", "999"), (" 12345\u200f", "12345"), ("603798", "603798")]
)
def test_a_free_prefix_is_accepted_in_any_digits(text: str, prefix: str) -> None:
	assert check_prefix(text) == prefix


@pytest.mark.parametrize("text", ["", "99", "9999999", "99a", "9 99", "9-99", "九九九"])
def test_a_prefix_is_3_to_6_digits(text: str) -> None:
	with pytest.raises(CardError, match="give 3 to 6 digits"):
		check_prefix(text)


@given(PREFIXES, st.randoms(use_true_random=False))
def test_a_new_number_has_16_digits_its_prefix_and_its_check_digit(
	prefix: str, source: random.Random
) -> None:
	asked: list[int] = []

	def digits(count: int) -> str:
		asked.append(count)
		return "".join(source.choice("0123456789") for _ in range(count))

	number = card_number(prefix, digits)
	assert re.fullmatch("[0-9]{16}", number)
	assert number.startswith(prefix)
	assert luhn_valid(number)
	assert asked == [15 - len(prefix)]
	assert asked[0] >= 9
	assert number[:6] not in BANK_PREFIXES
	assert parse_card(number, prefix) == number


@pytest.mark.parametrize(
	"serial", ["", "12345678901", "1234567890123", "12345678901x", "۱۲۳۴۵۶۷۸۹۰۱۲", "-12345678901"]
)
def test_a_random_source_that_returns_no_digits_is_refused(serial: str) -> None:
	with pytest.raises(CardError, match="must return 12 digits"):
		card_number("999", lambda count: serial)


def test_a_refused_prefix_makes_no_number() -> None:
	with pytest.raises(CardError, match="belongs to a bank"):
		card_number("6037", lambda count: "1" * count)


@pytest.mark.parametrize(
	("drawn", "expected"), [(0, "000000000"), (42, "000000042"), (999999999, "999999999")]
)
def test_random_digits_keep_their_leading_zeros(drawn: int, expected: str) -> None:
	limits: list[int] = []

	def randbelow(limit: int) -> int:
		limits.append(limit)
		return drawn

	assert random_digits(randbelow)(9) == expected
	assert limits == [10**9]


def test_a_token_always_has_a_letter_and_fits_a_qr() -> None:
	lowest = cards.card_token(lambda limit: 0)
	assert lowest == "a" + "0" * 19
	assert qr_svg(lowest).startswith("<svg")
	tokens = {cards.card_token(secrets.randbelow) for _ in range(200)}
	assert len(tokens) == 200
	assert all(re.fullmatch("[a-z][0-9a-z]{19}", token) for token in tokens)


def test_the_secrets_module_is_a_random_source() -> None:
	numbers = {card_number("999", random_digits(secrets.randbelow)) for _ in range(50)}
	assert len(numbers) == 50


NUMBER = "9991234567890121"


@pytest.mark.parametrize(
	"text",
	[
		NUMBER,
		"9991 2345 6789 0121",
		"9991-2345-6789-0121",
		"9991–2345–6789–0121",
		"۹۹۹۱۲۳۴۵۶۷۸۹۰۱۲۱",
		"٩٩٩١ ٢٣٤٥ ٦٧٨٩ ٠١٢١",
		"\u202a9991\u00a02345\u00a06789\u00a00121\u202c\r\n",
		"9991\u200c2345\u200c6789\u200c0121",
	],
)
def test_a_card_is_read_however_it_is_typed_or_scanned(text: str) -> None:
	assert parse_card(text, "999") == NUMBER


@pytest.mark.parametrize(
	("text", "message"),
	[
		("", "only digits"),
		("999123456789012x", "only digits"),
		("9991/2345/6789/0121", "only digits"),
		("९९९१२३४५६७८९०१२१", "only digits"),
		("999123456789012", "16 digits, not 15"),
		("99912345678901210", "16 digits, not 17"),
		("9981234567890123", "not a card of this club; its cards begin with 999"),
		("6037991234567893", "6037••••••••7893 is a bank card"),
		("9991234567890120", "9991••••••••0120 has a wrong digit"),
	],
)
def test_what_is_no_card_of_this_club_is_refused_with_its_reason(text: str, message: str) -> None:
	with pytest.raises(CardError, match=message):
		parse_card(text, "999")


@pytest.mark.parametrize("text", ["9981234567890123", "6037991234567893", "9991234567890120"])
def test_no_refusal_quotes_a_whole_number(text: str) -> None:
	with pytest.raises(CardError) as refused:
		parse_card(text, "999")
	assert text[4:12] not in str(refused.value)


def test_a_card_number_is_masked_to_its_ends() -> None:
	assert mask("6219861012341234") == "6219••••••••1234"


@given(PREFIXES)
def test_a_grouped_number_is_read_back(prefix: str) -> None:
	number = card_number(prefix, lambda count: "7" * count)
	assert [len(part) for part in group(number).split()] == [4, 4, 4, 4]
	assert parse_card(group(number), prefix) == number


def test_groups_are_joined_by_a_space_that_right_to_left_text_does_not_turn_round() -> None:
	# Bidi class CS between two digits belongs to the number (Unicode annex 9, W4); a plain space does not.
	assert group(NUMBER) == "9991\u00a02345\u00a06789\u00a00121"


@pytest.mark.parametrize("text", ["", "123", NUMBER + "0", "9991 2345 6789 0121", "۹۹۹۱۲۳۴۵۶۷۸۹۰۱۲۱"])
def test_only_a_plain_number_is_masked_or_grouped(text: str) -> None:
	for show in (mask, group):
		with pytest.raises(CardError, match="16 digits, without spaces"):
			show(text)


# --- Print --------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def modules_of(svg: str) -> list[list[bool]]:
	"""The picture as rows of modules, dark or not, found by painting its rectangles."""
	root = ElementTree.fromstring(svg)
	left, top, width, height = map(int, root.attrib["viewBox"].split())
	assert (left, top) == (0, 0)
	rows = [[False] * width for _ in range(height)]
	paths = root.findall(f"{SVG}path")
	assert [path.attrib["fill"] for path in paths] == ["#fff", "#000"]
	rectangles = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z", paths[1].attrib["d"])
	assert "".join("M{} {}h{}v{}h-{}z".format(*found) for found in rectangles) == paths[1].attrib["d"]
	for x, y, w, h, back in (map(int, found) for found in rectangles):
		assert back == w
		for row in rows[y : y + h]:
			assert not any(row[x : x + w])
			row[x : x + w] = [True] * w
	return rows


def read_code128(svg: str) -> str:
	"""The text of a barcode: margins, symbols by another encoder's table, check symbol, stop."""
	line = "".join("1" if dark else "0" for dark in modules_of(svg)[20])
	margin, bars = "0" * 10, line[10:-10]
	assert line == margin + bars + margin
	stop = other_encoder.STOP + "11"
	assert bars.endswith(stop)
	body = bars.removesuffix(stop)
	assert len(body) % 11 == 0
	start, *values, check = (other_encoder.CODES.index(body[at : at + 11]) for at in range(0, len(body), 11))
	assert check == (start + sum(place * value for place, value in enumerate(values, start=1))) % 103
	if start == other_encoder.START_CODES["C"]:
		assert max(values) < 100
		return "".join(f"{value:02d}" for value in values)
	assert start == other_encoder.START_CODES["B"]
	assert max(values) < 95
	return "".join(chr(value + 32) for value in values)


MASKS = [
	lambda y, x: (y + x) % 2,
	lambda y, x: y % 2,
	lambda y, x: x % 3,
	lambda y, x: (y + x) % 3,
	lambda y, x: (y // 2 + x // 3) % 2,
	lambda y, x: y * x % 2 + y * x % 3,
	lambda y, x: (y * x % 2 + y * x % 3) % 2,
	lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
]


def read_qr(svg: str) -> tuple[str, str]:
	"""The text and the error correction of a QR of version 1 or 2 in byte mode (ISO/IEC 18004), unharmed."""
	rows = modules_of(svg)
	edge = len(rows) - 4
	grid = [row[4:edge] for row in rows[4:edge]]
	assert sum(map(sum, grid)) == sum(map(sum, rows))  # the margin is blank
	size = len(grid)
	assert size in (21, 25)

	around = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
	kind = int("".join(str(int(grid[y][x])) for y, x in around), 2) ^ 0b101010000010010
	level, masked = "MLHQ"[kind >> 13], MASKS[kind >> 10 & 7]

	def is_pattern(y: int, x: int) -> bool:
		finder = (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9)
		return finder or 6 in (y, x) or (size == 25 and 16 <= y <= 20 and 16 <= x <= 20)

	bits = []
	for turn, right in enumerate([*range(size - 1, 6, -2), 5, 3, 1]):  # column 6 is a timing pattern
		lines = range(size)
		for y in lines if turn % 2 else reversed(lines):
			for x in (right, right - 1):
				if not is_pattern(y, x):
					bits.append(str(int(grid[y][x] ^ (masked(y, x) == 0))))
	data = "".join(bits)
	assert data[:4] == "0100"
	length = int(data[4:12], 2)
	return bytes(int(data[12 + 8 * at : 20 + 8 * at], 2) for at in range(length)).decode(), level


@pytest.mark.parametrize(
	"text", [NUMBER, "0012345678901234", "1234567890123452", "00", "LC-0042/ab", "12345", "7", " ~"]
)
def test_a_barcode_reads_back_as_its_text(text: str) -> None:
	assert read_code128(code128_svg(text)) == text


@pytest.mark.parametrize("number", ["9912345678901234", "9999999999999999", "9900000000000000"])
def test_a_barcode_keeps_the_first_pair_of_a_number_that_begins_with_99(number: str) -> None:
	assert read_code128(code128_svg(number)) == number


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_any_printable_text_reads_back_from_its_barcode(text: str) -> None:
	assert read_code128(code128_svg(text)) == text


def test_a_card_number_takes_two_digits_a_symbol_and_fits_a_card() -> None:
	root = ElementTree.fromstring(code128_svg(NUMBER))
	# start, 8 pairs, check: 10 symbols of 11 modules; stop 13; margins 20.
	assert root.attrib["viewBox"] == "0 0 143 45"
	assert (root.attrib["width"], root.attrib["height"]) == ("48.62mm", "15.30mm")


def test_the_caption_stands_below_the_bars_left_to_right_and_escaped() -> None:
	svg = code128_svg(NUMBER, caption="<9991> & 2345")
	text = ElementTree.fromstring(svg).find(f"{SVG}text")
	assert text is not None
	assert text.text == "<9991> & 2345"
	assert text.attrib["direction"] == "ltr"
	assert int(text.attrib["y"]) > 45
	assert not any(any(row) for row in modules_of(svg)[45:])
	assert read_code128(svg) == NUMBER


@pytest.mark.parametrize("text", ["", "۹۹۹۱", "a\nb", "x" * 41, "é", "\x7f"])
def test_a_barcode_holds_1_to_40_printable_characters(text: str) -> None:
	with pytest.raises(CardError, match="1 to 40 letters, digits and signs"):
		code128_svg(text)


@pytest.mark.parametrize("token", ["a1B2", "Ab3_-xyzQWERTYuiop1234", "m~" * 12])
def test_a_qr_reads_back_as_its_token_with_error_correction_m_or_better(token: str) -> None:
	text, level = read_qr(qr_svg(token))
	assert text == token
	assert level in "MQH"


@given(st.binary(min_size=16, max_size=16))
def test_any_random_token_reads_back_from_its_qr(raw: bytes) -> None:
	token = "x" + raw.hex()[:20] + "-"
	assert read_qr(qr_svg(token))[0] == token


def test_a_longer_token_makes_a_larger_qr_within_its_margins() -> None:
	rows = modules_of(qr_svg("https://club.example/c/" + "Zz9" * 20))
	assert len(rows) == len(rows[0]) > 25 + 8
	assert all(rows[4][4:11])
	assert not any(rows[3])


@pytest.mark.parametrize(
	"text",
	[
		"09123456789",
		"+989123456789",
		"0912 345 6789",
		"0013542419",
		"001-354241-9",
		NUMBER,
		"9991-2345-6789-0121",
		"۰۹۱۲۳۴۵۶۷۸۹",
		"٠٩١٢٣٤٥٦٧٨٩",
		"123",
		"",
		"(0912)",
	],
)
def test_a_qr_never_holds_a_mobile_a_national_id_or_a_card_number(text: str) -> None:
	with pytest.raises(CardError, match="never a mobile, id or card number"):
		qr_svg(text)


@pytest.mark.parametrize("text", ["a b", "توکن", "a\n", "x" * 201])
def test_a_qr_token_is_plain_ascii_without_spaces(text: str) -> None:
	with pytest.raises(CardError, match="1 to 200 letters"):
		qr_svg(text)


@pytest.mark.parametrize("svg", [code128_svg(NUMBER, group(NUMBER)), qr_svg("Ab3_-xyzQWERTYuiop1234")])
def test_a_picture_is_one_inline_svg_that_refers_to_nothing_outside(svg: str) -> None:
	assert svg.startswith("<svg ")
	assert svg.endswith("</svg>")
	elements = list(ElementTree.fromstring(svg).iter())
	assert {element.tag for element in elements} <= {f"{SVG}svg", f"{SVG}path", f"{SVG}text"}
	assert not any("href" in name or name == "id" for element in elements for name in element.attrib)
	assert svg.count("http") == 1  # the name of the SVG language itself
	assert not re.search(r"<[?!]|url\(|@import|&(?!amp;|lt;|gt;)", svg)
