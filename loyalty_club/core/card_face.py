"""What stands where on a card of ID-1 size (ISO/IEC 7810: 85.60 × 53.98 mm), front and back.

What it alone may do: decide the places of a design's texts, pictures and codes. It draws nothing but the preview's SVG;
the printer's file is drawn from the same shapes by `loyalty_club.card_pdf`, so that what was looked at is what is
printed. Millimetres from the trimmed card's upper left corner; y of a text is its baseline; sizes of type in points.

Its data: a `Design` (the club's look), a `Card` (what differs from card to card), and shapes.

>>> card = Card("9991234567890121", "aToken")
>>> [shape.text for shape in front(Design(title="Saffron Club"), card) if isinstance(shape, Text)]
['Saffron Club', '9991\\xa02345\\xa06789\\xa00121']
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from loyalty_club.core import cards

WIDTH: Final = 85.60
HEIGHT: Final = 53.98
CORNER: Final = 3.18
BLEED: Final = 3.0
_MARK_LENGTH: Final = 4.0
_MARK_GAP: Final = 1.0  # between the bleed and a crop mark
_MARGIN: Final = 6.0
_MIDDLE: Final = WIDTH / 2
_INNER: Final = WIDTH - 2 * _MARGIN
_LINES: Final = 4  # of a text on the back

BARCODE, QR, BOTH = "barcode", "qr", "both"


@dataclass(frozen=True)
class Design:
	"""A club's look. colours: one, or two for a gradient; pictures: which of "logo", "front", "back" there are."""

	title: str = ""
	subtitle: str = ""
	front_text: str = ""
	back_text: str = ""
	contact: str = ""
	pin_label: str = ""
	rtl: bool = False
	colours: tuple[str, ...] = ("#0b5563", "#12303f")
	text_colour: str = "#ffffff"
	back_colour: str = "#f4f6f7"
	back_text_colour: str = "#22313a"
	pictures: frozenset[str] = frozenset()
	code: str = BARCODE
	bleed: bool = False
	crop_marks: bool = False

	@property
	def margin(self) -> float:
		"""Millimetres of paper around the trimmed card."""
		bleed = BLEED if self.bleed else 0.0
		return bleed + _MARK_GAP + _MARK_LENGTH if self.crop_marks else bleed


@dataclass(frozen=True)
class Card:
	"""What differs from card to card; value, valid: of a gift card, as they are printed; pin: its activation code."""

	number: str
	token: str = ""
	name: str = ""
	value: str = ""
	valid: str = ""
	pin: str = ""


class Fill(NamedTuple):
	"""A rectangle in one colour, or from the first to the second across its diagonal."""

	x: float
	y: float
	width: float
	height: float
	colours: tuple[str, ...]
	radius: float = 0.0


class Picture(NamedTuple):
	"""A picture in a rectangle; fit: "cover" fills it, "left", "middle" and "right" show all of it there."""

	name: str
	x: float
	y: float
	width: float
	height: float
	fit: str


class Text(NamedTuple):
	"""One line. anchor: what x is of it, "left", "middle" or "right"; wider than `most` it is set smaller."""

	text: str
	x: float
	y: float
	size: float
	colour: str
	anchor: str
	most: float
	rtl: bool
	bold: bool = False


class Bars(NamedTuple):
	"""A barcode or QR; black on what lies below."""

	x: float
	y: float
	code: cards.Code
	height: float = 0.0  # of its bars, where that differs from the code's own

	def rectangles(self) -> Iterator[tuple[float, float, float, float]]:
		"""x, y, width, height of each black rectangle, in millimetres."""
		module = self.code.module / 100
		for x, y, width, height in self.code.dark:
			tall = self.height or height * module
			yield self.x + x * module, self.y + y * module, width * module, tall


Shape: TypeAlias = Fill | Picture | Text | Bars


def front(design: Design, card: Card) -> list[Shape]:
	"""The front: picture or colours, logo, title, text, value, the number in fours, name, validity."""
	shapes = _ground(design, "front", design.colours)
	logo = "logo" in design.pictures
	start, end = _sides(design)
	if logo:
		x = WIDTH - _MARGIN - 24 if design.rtl else _MARGIN
		shapes.append(Picture("logo", x, 5.5, 24, 12, start))
	beside = end if logo else start
	width = _INNER - 26 if logo else _INNER
	shapes += _texts(
		design,
		(design.title, beside, 11.0, 13, width, True),
		(design.subtitle, beside, 16.2, 7.5, width, False),
		(design.front_text, start, 25.8, 8, _INNER * (0.5 if card.value else 1), False),
		(card.value, end, 27.0, 16, _INNER * 0.6, True),
	)
	number = cards.group(card.number)
	shapes.append(Text(number, _MIDDLE, 38.6, 17, design.text_colour, "middle", _INNER, False))
	shapes += _texts(
		design,
		(card.name, start, 47.4, 9, _INNER * 0.62, False),
		(card.valid, end, 47.4, 7, _INNER * (0.36 if card.name else 1), False),
	)
	return [*shapes, *_crop_marks(design)]


def back(design: Design, card: Card) -> list[Shape]:
	"""The back: the codes on white, the number below them, a gift card's activation code, the club's text."""
	shapes = _ground(design, "back", (design.back_colour,))
	barcode = cards.code128(card.number) if design.code != QR else None
	square = cards.qr(card.token) if design.code != BARCODE and card.token else None
	shapes += _codes(card, barcode, square)
	start, _end = _sides(design)
	colour = design.back_text_colour
	y = 31.0
	if card.pin:
		shapes.append(Fill(_MIDDLE - 24, 27.4, 48, 7.2, ("#ffffff",), 1.2))
		shapes += _texts(
			design, (design.pin_label, start, 32.0, 6.5, 20, False), colour="#444444", inset=14.5
		)
		beside = -1 if design.rtl else 1
		shapes.append(Text(card.pin, _MIDDLE + 9 * beside, 32.3, 12, "#000000", "middle", 26, False, True))
		y = 38.6
	lines = [line.strip() for line in design.back_text.splitlines() if line.strip()]
	room = _LINES - 1 if card.pin else _LINES
	for line in lines[:room]:
		shapes += _texts(design, (line, start, y, 7, _INNER, False), colour=colour)
		y += 3.8
	shapes += _texts(design, (design.contact, start, 49.6, 7, _INNER, True), colour=colour)
	return [*shapes, *_crop_marks(design)]


def svg(shapes: Iterable[Shape], pictures: Mapping[str, str], key: str) -> str:
	"""The shapes as one `<svg>` element of the trimmed card, without its crop marks.

	pictures: an address for each name; key: tells its gradient from another's on the same page. A text that must not
	be wider than so much says it in `data-most` (mm): who shows the picture sets it smaller.
	"""
	drawn = "".join(_svg_of(shape, pictures, key) for shape in shapes)
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" class="club-face" '
		f'style="border-radius:{CORNER / WIDTH * 100:.2f}% / {CORNER / HEIGHT * 100:.2f}%">{drawn}</svg>'
	)


# --- Inside -------------------------------------------------------------------------------------------------


def _sides(design: Design) -> tuple[str, str]:
	"""Where a line starts and ends."""
	return ("right", "left") if design.rtl else ("left", "right")


def _rtl(text: str, design: Design) -> bool:
	"""Whether a line runs from right to left: its first letter says so (Unicode annex 9, P2)."""
	for character in text:
		kind = unicodedata.bidirectional(character)
		if kind in ("L", "R", "AL"):
			return kind != "L"
	return design.rtl


def _ground(design: Design, name: str, colours: tuple[str, ...]) -> list[Shape]:
	whole = (-BLEED, -BLEED, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED)
	shapes: list[Shape] = [Fill(*whole, colours)]
	if name in design.pictures:
		shapes.append(Picture(name, *whole, "cover"))
	return shapes


def _texts(
	design: Design,
	*rows: tuple[str, str, float, float, float, bool],
	colour: str = "",
	inset: float = 0.0,
) -> list[Shape]:
	"""Texts at the left or right margin: text, side, y, size, most, bold; empty ones are left out."""
	at = {"left": _MARGIN + inset, "right": WIDTH - _MARGIN - inset}
	return [
		Text(text, at[side], y, size, colour or design.text_colour, side, most, _rtl(text, design), bold)
		for text, side, y, size, most, bold in rows
		if text
	]


def _codes(card: Card, barcode: cards.Code | None, square: cards.Code | None) -> list[Shape]:
	"""The codes side by side on white, in the middle; the number below the bars."""
	top, height, gap = 6.0, 17.5, 3.0
	widths = [code.width * code.module / 100 for code in (barcode, square) if code]
	x = _MIDDLE - (sum(widths) + gap * (len(widths) - 1)) / 2
	shapes: list[Shape] = []
	if barcode:
		width = widths[0]
		shapes.append(Fill(x, top, width, height, ("#ffffff",), 1.2))
		shapes.append(Bars(x, top + 1.6, barcode, 11.4))
		middle = x + width / 2
		number = cards.group(card.number)
		shapes.append(Text(number, middle, top + 16.2, 8, "#000000", "middle", width - 4, False))
		x += width + gap
	if square:
		side = widths[-1]
		shapes.append(Fill(x, top, side, max(height, side), ("#ffffff",), 1.2))
		shapes.append(Bars(x, top + (max(height, side) - side) / 2, square))
	return shapes


def _crop_marks(design: Design) -> list[Shape]:
	"""Hairlines at the corners, outside the bleed, that say where to cut."""
	if not design.crop_marks:
		return []
	near = (BLEED if design.bleed else 0.0) + _MARK_GAP
	thin = 0.1
	marks: list[Shape] = []
	for x in (0.0, WIDTH):
		for y in (-near - _MARK_LENGTH, HEIGHT + near):
			marks.append(Fill(x - thin / 2, y, thin, _MARK_LENGTH, ("#000000",)))
	for y in (0.0, HEIGHT):
		for x in (-near - _MARK_LENGTH, WIDTH + near):
			marks.append(Fill(x, y - thin / 2, _MARK_LENGTH, thin, ("#000000",)))
	return marks


_POINT: Final = 25.4 / 72  # millimetres
_SVG_FIT: Final = {
	"cover": "xMidYMid slice",
	"left": "xMinYMid meet",
	"middle": "xMidYMid meet",
	"right": "xMaxYMid meet",
}


def _svg_of(shape: Shape, pictures: Mapping[str, str], key: str) -> str:
	if isinstance(shape, Fill):
		fill, before = shape.colours[0], ""
		if len(shape.colours) > 1:
			fill = f"url(#{key})"
			before = (
				f'<linearGradient id="{key}" x1="0" y1="0" x2="1" y2="1">'
				f"<stop stop-color={quoteattr(shape.colours[0])}/>"
				f'<stop offset="1" stop-color={quoteattr(shape.colours[1])}/></linearGradient>'
			)
		return (
			f'{before}<rect x="{shape.x:.2f}" y="{shape.y:.2f}" width="{shape.width:.2f}" '
			f'height="{shape.height:.2f}" rx="{shape.radius}" fill={quoteattr(fill)}/>'
		)
	if isinstance(shape, Picture):
		return (
			f'<image x="{shape.x:.2f}" y="{shape.y:.2f}" width="{shape.width:.2f}" height="{shape.height:.2f}" '
			f'preserveAspectRatio="{_SVG_FIT[shape.fit]}" href={quoteattr(pictures.get(shape.name, ""))}/>'
		)
	if isinstance(shape, Bars):
		path = "".join(f"M{x:.3f} {y:.3f}h{w:.3f}v{h:.3f}h-{w:.3f}z" for x, y, w, h in shape.rectangles())
		return f'<path fill="#000" d="{path}"/>'
	# In SVG, "start" is the right end of a right-to-left text.
	ends = ("end", "start") if shape.rtl else ("start", "end")
	anchor = {"left": ends[0], "middle": "middle", "right": ends[1]}[shape.anchor]
	return (
		f'<text x="{shape.x:.2f}" y="{shape.y:.2f}" font-size="{shape.size * _POINT:.3f}" '
		f'font-weight="{700 if shape.bold else 400}" fill={quoteattr(shape.colour)} text-anchor="{anchor}" '
		f'direction="{"rtl" if shape.rtl else "ltr"}" data-most="{shape.most:.1f}">{escape(shape.text)}</text>'
	)
