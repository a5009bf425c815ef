"""The card printer's file, read back: page sizes, pages, text, fonts, and what stands where."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from loyalty_club import card_pdf
from loyalty_club.core import card_face, cards
from loyalty_club.core.card_face import Card, Design, Fill, Text

POINT = 72 / 25.4
NUMBERS = ["9000123456789017", "9000000000000009", "9000998877665541"]
CARDS = [Card(number, f"token{n}") for n, number in enumerate(NUMBERS)]
PERSIAN = Design(
	title="باشگاه مشتریان",
	subtitle="Customer Club",
	back_text="یابنده لطفاً آن را به نزدیک‌ترین فروشگاه (Shop) بدهد.",
	rtl=True,
	code=card_face.BOTH,
)


def read(design: Design, *more: Card, **options: object) -> PdfReader:
	return PdfReader(io.BytesIO(card_pdf.draw(design, more or CARDS, {}, **options)))  # type: ignore[arg-type]


def picture(width: int = 300, height: int = 100, kind: str = "PNG", mode: str = "RGB") -> bytes:
	out = io.BytesIO()
	Image.new(mode, (width, height), "#c00").save(out, kind)
	return out.getvalue()


def test_each_page_is_exactly_a_card_of_id_1() -> None:
	for page in read(PERSIAN).pages:
		for box in (page.mediabox, page.trimbox, page.bleedbox):
			assert box.width == pytest.approx(85.60 * POINT, abs=0.01)
			assert box.height == pytest.approx(53.98 * POINT, abs=0.01)


@pytest.mark.parametrize(
	("bleed", "marks", "around"), [(True, False, 3.0), (True, True, 8.0), (False, True, 5.0)]
)
def test_bleed_and_crop_marks_lie_outside_the_card(bleed: bool, marks: bool, around: float) -> None:
	page = read(Design(bleed=bleed, crop_marks=marks)).pages[0]
	assert page.mediabox.width == pytest.approx((85.60 + 2 * around) * POINT, abs=0.01)
	assert page.mediabox.height == pytest.approx((53.98 + 2 * around) * POINT, abs=0.01)
	assert page.trimbox.width == pytest.approx(85.60 * POINT, abs=0.01)
	assert page.trimbox.left == pytest.approx(around * POINT, abs=0.01)
	assert page.bleedbox.height == pytest.approx((53.98 + 6 * bleed) * POINT, abs=0.01)


def test_front_and_back_take_turns_and_both_hold_the_number_as_text() -> None:
	pages = read(PERSIAN).pages
	assert len(pages) == 2 * len(NUMBERS)
	for n, number in enumerate(NUMBERS):
		for page in (pages[2 * n], pages[2 * n + 1]):
			assert number in page.extract_text().replace("\u00a0", "").replace(" ", "")
	assert "Customer Club" in pages[0].extract_text()
	assert "Customer Club" not in pages[1].extract_text()


def test_one_side_makes_one_page_a_card_and_says_how_far_it_is() -> None:
	told: list[int] = []
	pages = read(PERSIAN, sides=("back",), progress=told.append).pages
	assert (len(pages), told) == (3, [1, 2, 3])


def test_fonts_are_embedded_and_only_vazirmatn_is_used() -> None:
	found = set()
	for page in read(PERSIAN).pages:
		for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
			below = font.get_object()["/DescendantFonts"][0].get_object()
			assert "/FontFile2" in below["/FontDescriptor"].get_object()
			found.add(str(below["/BaseFont"]).split("+")[-1])
	assert found
	assert all("Vazirmatn" in name for name in found)


def test_persian_is_shaped_with_its_marks_and_read_from_the_right() -> None:
	"""A tanwin stands above its letter (fpdf2's own cell() loses it), a non-joiner holds letters apart."""
	sheet = card_pdf._Sheet(PERSIAN, {})
	sheet.pdf.set_font(card_pdf.FONT, "")
	glyphs, width = sheet.set("لطفاً", False, True)
	rises = [int(part.split()[5]) for part in glyphs.split(" Tj") if part.strip()]
	assert sorted(set(rises)) == [0, max(rises)]
	assert max(rises) > 100
	assert width == sheet.set("لطفا", False, True)[1]
	assert sheet.set("می‌شود", False, True)[1] != sheet.set("میشود", False, True)[1]
	assert card_pdf._reordered([(1, "c"), (2, "b"), (1, "a")]) == [(1, "a"), (2, "b"), (1, "c")]
	assert card_pdf._reordered([(0, "a"), (1, "c"), (2, "b"), (0, "d")]) == [
		(0, "a"),
		(2, "b"),
		(1, "c"),
		(0, "d"),
	]


def test_a_line_that_is_too_long_is_set_smaller() -> None:
	long = Design(title="A Club With A Name That No Card Is Wide Enough For, However Small")
	shape = next(shape for shape in card_face.front(long, CARDS[0]) if isinstance(shape, Text))
	sheet = card_pdf._Sheet(long, {})
	sheet.pdf.add_page()
	sheet.pdf.set_font(card_pdf.FONT, "B")
	assert sheet.set(shape.text, True, False)[1] * shape.size / POINT > shape.most
	sheet._text(shape)
	size = float(bytes(sheet.pdf.pages[1].contents).split(b" cm ")[0].split()[-6]) * 1000
	assert sheet.set(shape.text, True, False)[1] * size / POINT == pytest.approx(shape.most, abs=0.01)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_logo_and_a_background_are_in_the_file_once(kind: str) -> None:
	design = Design(pictures=frozenset({"logo", "front"}))
	contents = {"logo": picture(kind=kind), "front": picture(4000, 2500, kind)}
	pages = PdfReader(io.BytesIO(card_pdf.draw(design, CARDS, contents))).pages
	ids = {ref.idnum for n in (0, 2, 4) for ref in _pictures(pages[n])}
	assert len(ids) == 2
	widths = sorted(ref.get_object()["/Width"] for ref in _pictures(pages[0]))
	assert widths[-1] <= (85.60 + 6) / 25.4 * 600 + 1


def _pictures(page: Any) -> list[Any]:
	found = page["/Resources"]["/XObject"]
	return [found.raw_get(name) for name in found]


def test_a_picture_that_cannot_be_read_is_named() -> None:
	with pytest.raises(ValueError, match="logo"):
		card_pdf.draw(Design(pictures=frozenset({"logo"})), CARDS, {"logo": b"no picture"})


def test_the_back_has_the_barcode_on_white_with_its_quiet_zone() -> None:
	shapes = card_face.back(Design(back_colour="#000000"), CARDS[0])
	bars = next(shape for shape in shapes if isinstance(shape, card_face.Bars))
	white = next(shape for shape in shapes if isinstance(shape, Fill) and shape.colours == ("#ffffff",))
	quiet = 10 * bars.code.module / 100
	left = min(x for x, *_ in bars.rectangles())
	right = max(x + width for x, _y, width, _h in bars.rectangles())
	assert left - white.x >= quiet - 1e-9
	assert white.x + white.width - right >= quiet - 1e-9
	assert bars.code == cards.code128(CARDS[0].number)


def test_nothing_but_the_ground_and_crop_marks_leaves_the_card() -> None:
	card = Card(NUMBERS[0], "aToken", "مینا", "5,000,000 Rial", "valid until 1407/05/31", "1234")
	text = "\n".join(["one", "two", "three", "four", "five", "six"])
	for rtl in (False, True):
		design = Design("Club", "باشگاه", "x", text, "y", "PIN", rtl=rtl, code=card_face.BOTH)
		for shape in [*card_face.front(design, card), *card_face.back(design, card)][1:]:
			if isinstance(shape, Fill) and shape.width < card_face.WIDTH:
				assert 0 <= shape.x <= shape.x + shape.width <= card_face.WIDTH
			if isinstance(shape, Text):
				left = shape.x - {"left": 0, "middle": 0.5, "right": 1}[shape.anchor] * shape.most
				assert -0.01 <= left <= left + shape.most <= card_face.WIDTH + 0.01
				assert 5 <= shape.y <= card_face.HEIGHT - 3


def test_a_line_runs_as_its_first_letter_says_whatever_the_card_does() -> None:
	texts = {
		shape.text: (shape.rtl, shape.anchor)
		for shape in card_face.front(PERSIAN, CARDS[0])
		if isinstance(shape, Text)
	}
	assert texts["باشگاه مشتریان"] == (True, "right")
	assert texts["Customer Club"] == (False, "right")
	assert texts[cards.group(NUMBERS[0])] == (False, "middle")


def test_the_preview_has_the_same_texts_and_no_text_becomes_markup() -> None:
	design = Design(title="<b>&", pictures=frozenset({"logo"}))
	svg = card_face.svg(card_face.front(design, CARDS[0]), {"logo": '/files/a".png'}, "k")
	assert "&lt;b&gt;&amp;" in svg
	assert "<b>" not in svg
	assert "href='/files/a\".png'" in svg
	assert cards.group(NUMBERS[0]) in svg
