"""Persian text, numbers, money, mobiles and national ids, as people type and read them."""

import doctest
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_club import persian
from loyalty_club.persian import (
	GHERAN,
	NEW_RIAL,
	RIAL,
	TOMAN,
	MobileError,
	MoneyError,
	MoneyUnit,
	NationalIdError,
	NumberError,
	currency,
	format_money,
	format_number,
	mobile,
	national_id,
	normalise,
	parse_number,
	search_key,
	to_latin_digits,
	to_persian_digits,
	unit_on,
)

ZWNJ = "\u200c"
MINUS = "\u2212"
EXACT = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
PERSIAN_TEXT = st.text(st.sampled_from("کكيیىئأآءهٔ ٰٓ۰٠1٫٬ـ aßİ.,\u200c\u200e\u202b\u2067\u00a0\n"))


def test_the_examples_in_the_module_hold() -> None:
	result = doctest.testmod(persian)
	assert result.attempted > 10
	assert result.failed == 0


# --- Text ---------------------------------------------------------------------------------------------------


def test_digits_change_between_scripts_and_all_else_stays() -> None:
	assert to_latin_digits("۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ ي٫") == "0123456789 0123456789 ي٫"
	assert to_persian_digits("0123456789 ٠١٢٣٤٥٦٧٨٩ a.") == "۰۱۲۳۴۵۶۷۸۹ ۰۱۲۳۴۵۶۷۸۹ a."


@given(st.text(st.sampled_from("0123456789 abcکی/")))
def test_digits_there_and_back_are_the_same_text(text: str) -> None:
	assert to_latin_digits(to_persian_digits(text)) == text


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("علي", "علی"),
		("موسى", "موسی"),
		("كتاب", "کتاب"),
		("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
		("٠١٢٣٤٥٦٧٨٩", "0123456789"),
		("۱۲٫۵", "12.5"),
		("۱۲٬۰۰۰", "12,000"),
		("سـلام", "سلام"),
		("  علی \t رضا\u00a0\n ", "علی رضا"),
		(
			"\u064a\u0654",
			"\u0626",
		),  # a yeh and its hamza are one letter, not a Persian yeh with a stray hamza
		("\u0627\u0640\u0653", "\u0622"),  # a tatweel between an alef and its madda
	],
)
def test_one_spelling_is_left(text: str, expected: str) -> None:
	assert normalise(text) == expected


@pytest.mark.parametrize(
	"mark",
	[
		"\u200e",
		"\u200f",
		"\u061c",
		"\u202a",
		"\u202b",
		"\u202c",
		"\u202d",
		"\u202e",
		"\u2066",
		"\u2067",
		"\u2068",
		"\u2069",
	],
)
def test_bidi_marks_are_removed(mark: str) -> None:
	assert normalise(f"{mark}۰۹{mark}۱۲{mark}") == "0912"


def test_the_zero_width_non_joiner_stays_for_display_and_goes_for_search() -> None:
	assert normalise(f"كتاب{ZWNJ}خانه") == f"کتاب{ZWNJ}خانه"
	assert search_key(f"كتاب{ZWNJ}خانه") == search_key("کتابخانه") == "کتابخانه"
	assert search_key("Ali ۱۲") == search_key("ALI 12") == "ali 12"
	assert search_key("STRASSE") == search_key("straße")


@given(st.one_of(st.text(), PERSIAN_TEXT))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
	once = normalise(text)
	assert normalise(once) == once
	assert unicodedata.is_normalized("NFC", once)
	assert not set(once) & set(persian.BIDI_MARKS + persian.TATWEEL + "يىك۰۹٠٩٫٬")
	key = search_key(text)
	assert search_key(key) == key
	assert ZWNJ not in key


# --- Numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("۱۲٫۵", "12.5"),
		("۱۲,۰۰۰", "12000"),
		("۱۲٬۰۰۰", "12000"),
		("١٢٬٣٤٥٫٦٧", "12345.67"),
		("1,234,567.50", "1234567.50"),
		("1234567", "1234567"),
		("0", "0"),
		("007", "7"),
		("+5", "5"),
		("-5", "-5"),
		(f"{MINUS}5", "-5"),
		("5-", "-5"),
		(f"۱٬۰۰۰{MINUS}", "-1000"),
		("\u200e−۱۲٫۵\u200f ", "-12.5"),
		("0.000000000000000000000000000001", "0.000000000000000000000000000001"),
		("-123456789012345678901234567890.5", "-123456789012345678901234567890.5"),
	],
)
def test_a_number_is_read_exactly(text: str, expected: str) -> None:
	number = parse_number(text)
	assert number.as_tuple() == Decimal(expected).as_tuple()


@pytest.mark.parametrize("text", ["-0", "0-", f"{MINUS}0.00"])
def test_there_is_no_negative_zero(text: str) -> None:
	assert not parse_number(text).is_signed()


@pytest.mark.parametrize(
	"text",
	[
		"",
		" ",
		"-",
		".",
		"NaN",
		"Infinity",
		"-inf",
		"1_000",
		"1e5",
		"1E+5",
		"0x10",
		"12 000",
		"1,23",
		"12,34,567",
		"1234,567",
		",123",
		"1,,234",
		"1,234,",
		"1.2.3",
		"1.234,5",
		"1,234.567,8",
		".5",
		"5.",
		"1.5,000",
		"+-5",
		"-5-",
		"+5-",
		"5+",
		"--5",
		"- 5",
		"12ریال",
		"१२",
		"½",
		"²",
	],
)
def test_anything_else_is_no_number(text: str) -> None:
	with pytest.raises(NumberError, match="is not a number; write digits"):
		parse_number(text)


@pytest.mark.parametrize(
	("amount", "decimals", "en", "fa"),
	[
		("1234567.5", None, "1,234,567.5", "۱٬۲۳۴٬۵۶۷٫۵"),
		("1234567.50", None, "1,234,567.5", "۱٬۲۳۴٬۵۶۷٫۵"),
		("1E+6", None, "1,000,000", "۱٬۰۰۰٬۰۰۰"),
		("999", None, "999", "۹۹۹"),
		("1000", 0, "1,000", "۱٬۰۰۰"),
		("0.05", None, "0.05", "۰٫۰۵"),
		("12", 2, "12.00", "۱۲٫۰۰"),
		("-1234.5", None, "-1,234.5", f"\u200e{MINUS}۱٬۲۳۴٫۵"),
		("2.5", 0, "3", "۳"),
		("-2.5", 0, "-3", f"\u200e{MINUS}۳"),
		("2.345", 2, "2.35", "۲٫۳۵"),
		("-0.4", 0, "0", "۰"),
		("-0", None, "0", "۰"),
		("999.995", 2, "1,000.00", "۱٬۰۰۰٫۰۰"),
		("123456789012345678901234567890.125", 2, "123,456,789,012,345,678,901,234,567,890.13", None),
	],
)
def test_a_number_is_written_in_threes(amount: str, decimals: int | None, en: str, fa: str | None) -> None:
	assert format_number(Decimal(amount), "en", decimals) == en
	if fa is not None:
		assert format_number(Decimal(amount), "fa", decimals) == fa


def test_the_persian_minus_is_held_before_its_digits_by_a_left_to_right_mark() -> None:
	mark, sign, *digits = format_number(Decimal(-12), "fa")
	# Unicode annex 9: after a strong left-to-right character the digits are left-to-right (W7), and a sign
	# between two of one direction takes it (W6, N1); without the mark it would take the paragraph's.
	assert unicodedata.bidirectional(mark) == "L"
	assert unicodedata.bidirectional(sign) == "ES"
	assert {unicodedata.bidirectional(digit) for digit in digits} == {"EN"}


@given(EXACT, st.sampled_from(["fa", "en"]))
def test_a_written_number_is_read_back_exactly(amount: Decimal, lang: str) -> None:
	assert parse_number(format_number(amount, lang)) == amount


@pytest.mark.parametrize(
	("amount", "lang", "decimals", "message"),
	[
		("1", "de", None, "Language 'de'"),
		("NaN", "en", None, "NaN cannot be written"),
		("Infinity", "fa", 2, "Infinity cannot be written"),
		("1", "en", -1, "-1 decimals"),
	],
)
def test_what_cannot_be_written_is_refused(
	amount: str, lang: str, decimals: int | None, message: str
) -> None:
	with pytest.raises(NumberError, match=message):
		format_number(Decimal(amount), lang, decimals)


# --- Money --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("rial", "unit", "en", "fa"),
	[
		("1000000", RIAL, "1,000,000 rial", "۱٬۰۰۰٬۰۰۰ ریال"),
		("1000000", TOMAN, "100,000 toman", "۱۰۰٬۰۰۰ تومان"),
		("1234567", TOMAN, "123,456.7 toman", "۱۲۳٬۴۵۶٫۷ تومان"),
		("10000", GHERAN, "100 gheran", "۱۰۰ قران"),
		("10000", NEW_RIAL, "1.00 new rial", "۱٫۰۰ ریال جدید"),
		("12345", NEW_RIAL, "1.2345 new rial", "۱٫۲۳۴۵ ریال جدید"),
		("0", TOMAN, "0 toman", "۰ تومان"),
		("-5", TOMAN, "-0.5 toman", f"\u200e{MINUS}۰٫۵ تومان"),
		("0.5", RIAL, "0.5 rial", "۰٫۵ ریال"),
	],
)
def test_money_is_shown_exactly_and_always_with_its_unit(
	rial: str, unit: MoneyUnit, en: str, fa: str
) -> None:
	assert format_money(Decimal(rial), unit, "en") == en
	assert format_money(Decimal(rial), unit, "fa") == fa


@given(EXACT, st.sampled_from(sorted(persian.UNITS)), st.sampled_from(["fa", "en"]))
def test_no_unit_rounds_anything_away(rial: Decimal, code: str, lang: str) -> None:
	unit = persian.UNITS[code]
	shown = format_money(rial, unit, lang)
	name = unit.name_fa if lang == "fa" else unit.name_en
	assert shown.endswith(f" {name}")
	places = parse_number(shown.removesuffix(f" {name}")).as_tuple()
	assert Decimal((places.sign, places.digits, places.exponent + unit.factor.adjusted())) == rial


def test_the_redenomination_of_2025_is_10000_to_1_and_100_gheran() -> None:
	assert NEW_RIAL.factor == 10000 * RIAL.factor
	assert NEW_RIAL.factor == 100 * GHERAN.factor
	assert TOMAN.factor == 10


def test_units_are_found_by_code_and_named_in_words_that_fonts_have() -> None:
	assert {code: unit.code for code, unit in persian.UNITS.items()} == {
		code: code for code in ("RIAL", "TOMAN", "GHERAN", "NEW_RIAL")
	}
	assert not any("﷼" in unit.name_fa for unit in persian.UNITS.values())


def test_another_currency_is_shown_as_it_is_stored() -> None:
	pound = currency("GBP", "pound", "پوند", decimals=2)
	assert format_money(Decimal("1234.5"), pound, "en") == "1,234.50 pound"
	assert format_money(Decimal("-0.125"), pound, "fa") == f"\u200e{MINUS}۰٫۱۲۵ پوند"
	assert format_money(Decimal(12), currency("JPY", "yen", "ین", decimals=0), "en") == "12 yen"


@pytest.mark.parametrize(
	("fields", "message"),
	[
		(("X", "x", "x", Decimal(3), 0), "X has factor 3; only a power of ten"),
		(("X", "x", "x", Decimal(0), 0), "factor 0"),
		(("X", "x", "x", Decimal(-10), 0), "factor -10"),
		(("X", "x", "x", Decimal("NaN"), 0), "factor NaN"),
		(("X", "x", "x", Decimal("Infinity"), 0), "factor Infinity"),
		(("X", "x", "x", Decimal(1), -1), "-1 decimals"),
		(("X", "x", "", Decimal(1), 0), "always written with its unit"),
	],
)
def test_a_unit_that_could_not_be_shown_exactly_is_refused(fields: tuple, message: str) -> None:
	with pytest.raises(MoneyError, match=message):
		MoneyUnit(*fields)


def test_money_that_is_no_number_is_refused() -> None:
	with pytest.raises(NumberError, match="NaN cannot be written"):
		format_money(Decimal("NaN"), TOMAN, "en")
	with pytest.raises(NumberError, match="Language 'ar'"):
		format_money(Decimal(1), TOMAN, "ar")


SCHEDULE = [(date(2026, 3, 21), NEW_RIAL), (date(2020, 3, 20), RIAL), (date(2023, 3, 21), TOMAN)]


@pytest.mark.parametrize(
	("day", "unit"),
	[
		(date(2020, 3, 20), RIAL),
		(date(2023, 3, 20), RIAL),
		(date(2023, 3, 21), TOMAN),
		(date(2026, 3, 20), TOMAN),
		(date(2026, 3, 21), NEW_RIAL),
		(date(2030, 1, 1), NEW_RIAL),
	],
)
def test_the_unit_in_use_changes_on_the_day_it_is_set_for(day: date, unit: MoneyUnit) -> None:
	assert unit_on(day, SCHEDULE) is unit


def test_a_day_without_a_unit_and_two_units_on_one_day_are_refused() -> None:
	with pytest.raises(MoneyError, match="No money unit is set for 2020-03-19"):
		unit_on(date(2020, 3, 19), SCHEDULE)
	with pytest.raises(MoneyError, match="No money unit is set"):
		unit_on(date(2020, 3, 19), [])
	with pytest.raises(MoneyError, match="same day"):
		unit_on(date(2030, 1, 1), [*SCHEDULE, (date(2020, 3, 20), TOMAN)])


# --- Mobiles and ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"text",
	[
		"09123456789",
		"9123456789",
		"+989123456789",
		"00989123456789",
		"989123456789",
		"۰۹۱۲۳۴۵۶۷۸۹",
		"٠٩١٢٣٤٥٦٧٨٩",
		"0912 345 6789",
		"0912-345-6789",
		"(0912) 345.6789",
		"+98 0912 345 6789",
		"\u202a+989123456789\u202c",
		" \u200e09123456789\n",
	],
)
def test_every_way_to_write_a_mobile_is_the_same_number(text: str) -> None:
	assert mobile(text) == "+989123456789"


@pytest.mark.parametrize("text", ["+447400123456", "00447400123456"])
def test_a_foreign_mobile_keeps_its_country(text: str) -> None:
	assert mobile(text) == "+447400123456"


@pytest.mark.parametrize(
	"text",
	[
		"",
		"0",
		"02188776655",
		"+982188776655",
		"0912345678",
		"091234567890",
		"0912FLOWERS",
		"7400123456",
		"09123456789 ext 5",
		"09123456789,09123456780",
		"9123456789+",
		"+",
		"ندارد",
	],
)
def test_what_is_no_mobile_is_refused(text: str) -> None:
	with pytest.raises(MobileError, match="is not a mobile number; write it like 09123456789"):
		mobile(text)


def test_a_refused_mobile_is_not_quoted_in_full() -> None:
	with pytest.raises(MobileError) as refused:
		mobile("02188776655")
	assert "0218" in str(refused.value)
	assert "8877" not in str(refused.value)


@pytest.mark.parametrize("text", ["0013542419", "0499370899", "0084575948", "0963695398"])
def test_known_national_ids_are_valid_and_keep_their_zeros(text: str) -> None:
	assert national_id(text) == text
	assert national_id(text.lstrip("0")) == text
	assert national_id(f" {to_persian_digits(text)}\u200f") == text


def test_the_hyphens_of_a_printed_national_id_are_allowed() -> None:
	assert national_id("001-354241-9") == "0013542419"


@pytest.mark.parametrize("text", ["", "1354241", "00013542419", "001354241x", "+013542419", "००१३५४२४१९"])
def test_a_national_id_has_8_to_10_digits(text: str) -> None:
	with pytest.raises(NationalIdError, match="has 10 digits"):
		national_id(text)


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_equal_digits_are_no_national_id(digit: str) -> None:
	with pytest.raises(NationalIdError, match="ten equal digits"):
		national_id(digit * 10)


@given(st.text(st.sampled_from("0123456789"), min_size=9, max_size=9).filter(lambda body: len(set(body)) > 1))
def test_exactly_one_check_digit_fits(body: str) -> None:
	def accepted(digit: str) -> bool:
		try:
			return national_id(body + digit) == body + digit
		except NationalIdError:
			return False

	assert [digit for digit in "0123456789" if accepted(digit)] == [_check_digit(body)]


def _check_digit(body: str) -> str:
	remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(body)) % 11
	return str(remainder) if remainder in (0, 1) else str(11 - remainder)


@pytest.mark.parametrize("valid", ["0013542419", "0499370899", "0084575948", "0963695398"])
def test_no_digit_of_a_national_id_can_be_wrong_alone(valid: str) -> None:
	wrong = {valid[:place] + digit + valid[place + 1 :] for place in range(10) for digit in "0123456789"} - {
		valid
	}
	for text in wrong:
		with pytest.raises(NationalIdError, match="last digit"):
			national_id(text)
