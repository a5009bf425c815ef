"""The only place that draws the card printer's file: the shapes of `core.card_face` as a PDF, one page a side.

Knows no database and no site. Pages are exactly the card (or the card with its bleed and crop marks, with TrimBox and
BleedBox saying so); fonts are embedded, Persian is shaped by HarfBuzz, numbers stand in the file as text. fpdf2 and
uharfbuzz are loaded when a file is made, not by every process of the desk.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from loyalty_club.core import card_face
from loyalty_club.core.card_face import Bars, Card, Design, Fill, Picture, Shape, Text

FONTS = Path(__file__).parent / "public" / "fonts" / "vazirmatn"
FONT = "Vazirmatn"
FACES: dict[str, Callable[[Design, Card], list[Shape]]] = {"front": card_face.front, "back": card_face.back}
_POINT = 25.4 / 72  # millimetres
_ANCHOR = {"left": 0.0, "middle": 0.5, "right": 1.0}
_DPI = 600  # what a picture is brought to; a card printer has 300


def draw(
	design: Design,
	cards: Iterable[Card],
	pictures: Mapping[str, bytes],
	sides: tuple[str, ...] = ("front", "back"),
	progress: Callable[[int], None] | None = None,
) -> bytes:
	"""The file: for each card a page of each of the sides. pictures: the content of each that the design has.

	progress: told how many cards are drawn. Raises ValueError for a picture that cannot be read.
	"""
	pdf = _Sheet(design, pictures)
	for done, card in enumerate(cards, start=1):
		for side in sides:
			pdf.page(FACES[side](design, card))
		if progress:
			progress(done)
	return pdf.bytes()


class _Sheet:
	"""A PDF that knows the shapes."""

	def __init__(self, design: Design, pictures: Mapping[str, bytes]) -> None:
		from fpdf import FPDF

		self.margin, self.bleed = design.margin, card_face.BLEED if design.bleed else 0.0
		self.size = (card_face.WIDTH + 2 * self.margin, card_face.HEIGHT + 2 * self.margin)
		self.pdf: Any = FPDF(unit="mm", format=self.size)
		self.pdf.set_margin(0)
		self.pdf.c_margin = 0
		self.pdf.set_auto_page_break(False)
		self.pdf.add_font(FONT, "", FONTS / "Vazirmatn-Regular.ttf")
		self.pdf.add_font(FONT, "B", FONTS / "Vazirmatn-Bold.ttf")
		self.contents = pictures
		self.pictures: dict[tuple[str, float, float], Any] = {}
		self.set = lru_cache(maxsize=1000)(self._set)
		self.draws: dict[type, Callable[[Any], None]] = {
			Fill: self._fill,
			Picture: self._picture,
			Text: self._text,
			Bars: self._bars,
		}

	def bytes(self) -> bytes:
		return bytes(self.pdf.output())

	def page(self, shapes: Iterable[Shape]) -> None:
		self.pdf.add_page()
		page = self.pdf.pages[self.pdf.page]
		page.trim_box = self._box(self.margin)
		page.bleed_box = self._box(self.margin - self.bleed)
		for shape in shapes:
			self.draws[type(shape)](shape)

	def _box(self, inset: float) -> str:
		width, height = self.size
		left, right = inset / _POINT, (width - inset) / _POINT
		bottom, top = inset / _POINT, (height - inset) / _POINT
		return f"[{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}]"

	def _fill(self, shape: Fill) -> None:
		x, y, width, height = self._clipped(shape)
		if len(shape.colours) > 1:
			from fpdf.pattern import LinearGradient

			gradient = LinearGradient(x, y, x + width, y + height, colors=list(shape.colours))
			with self.pdf.use_pattern(gradient):
				self.pdf.rect(x, y, width, height, style="F")
			return
		self.pdf.set_fill_color(shape.colours[0])
		rounded = bool(shape.radius)
		self.pdf.rect(x, y, width, height, style="F", round_corners=rounded, corner_radius=shape.radius)

	def _clipped(self, shape: Fill | Picture) -> tuple[float, float, float, float]:
		"""A rectangle on the page; a ground ends with the bleed, so that crop marks stand on bare paper."""
		x, y, width, height = shape.x, shape.y, shape.width, shape.height
		if x == -card_face.BLEED and y == -card_face.BLEED:
			x, y = -self.bleed, -self.bleed
			width, height = card_face.WIDTH + 2 * self.bleed, card_face.HEIGHT + 2 * self.bleed
		return x + self.margin, y + self.margin, width, height

	def _picture(self, shape: Picture) -> None:
		x, y, width, height = self._clipped(shape)
		image = self._prepared(shape, width, height)
		if shape.fit != "cover":
			shown_width = min(width, height * image.width / image.height)
			shown_height = shown_width * image.height / image.width
			x += _ANCHOR[shape.fit] * (width - shown_width)
			y += (height - shown_height) / 2
			width, height = shown_width, shown_height
		self.pdf.image(image, x=x, y=y, w=width, h=height)

	def _prepared(self, shape: Picture, width: float, height: float) -> Any:
		"""A picture cut to its place and no finer than can be printed; the same object each time, so that the file
		holds it once."""
		key = (shape.name, width, height)
		if key not in self.pictures:
			from PIL import Image, ImageOps, UnidentifiedImageError

			try:
				image = Image.open(io.BytesIO(self.contents[shape.name]))
				image = ImageOps.exif_transpose(image).convert("RGBA")
			except (UnidentifiedImageError, OSError, KeyError) as wrong:
				raise ValueError(shape.name) from wrong
			most = (round(width / 25.4 * _DPI), round(height / 25.4 * _DPI))
			if shape.fit == "cover":
				share = max(most[0] / image.width, most[1] / image.height)
				target = most if share < 1 else (round(most[0] / share), round(most[1] / share))
				image = ImageOps.fit(image, target)
			else:
				image.thumbnail(most)
			if image.getchannel("A").getextrema()[0] == 255:
				image = image.convert("RGB")
			self.pictures[key] = image
		return self.pictures[key]

	def _text(self, shape: Text) -> None:
		pdf = self.pdf
		pdf.set_font(FONT, "B" if shape.bold else "")
		glyphs, width = self.set(shape.text, shape.bold, shape.rtl)
		size = min(shape.size, shape.size * shape.most / (width * shape.size * _POINT or shape.most))
		x = shape.x - _ANCHOR[shape.anchor] * width * size * _POINT
		pdf.set_text_color(shape.colour)
		pdf._out(
			f"q {pdf.text_color.serialize().lower()} {size / 1000:.6f} 0 0 {size / 1000:.6f} "
			f"{(x + self.margin) * pdf.k:.3f} {(pdf.h - shape.y - self.margin) * pdf.k:.3f} cm "
			f"BT {pdf._set_font_for_page(pdf.current_font, 1000, wrap_in_text_object=False)} {glyphs} ET Q"
		)

	def _set(self, text: str, bold: bool, rtl: bool) -> tuple[str, float]:
		"""A line set in the current font: its glyphs, each at its place in thousandths of the size, and its width as a
		share of the size.

		FPDF's own cell() splits a line where the script changes, so that the marks of a letter (U+064B) lose it;
		here only the direction splits it."""
		from fpdf.bidi import BidiParagraph
		from fpdf.enums import TextDirection

		font = self.pdf.current_font
		base = TextDirection.RTL if rtl else TextDirection.LTR
		characters = BidiParagraph(text=text, base_direction=base, preserve_bn_chars=True).get_characters()
		runs = [
			(level, "".join(each.character for each in run))
			for level, run in groupby(characters, key=lambda each: each.embedding_level)
		]
		shown, pen = [], 0.0
		for level, run in _reordered(runs):
			direction = TextDirection.RTL if level % 2 else TextDirection.LTR
			for glyph in font.shape_text(run, 10, {"fragment_direction": direction, "features": {}}):
				if glyph["mapped_char"] is not None:
					x, y = pen + glyph["x_offset"] * font.scale, glyph["y_offset"] * font.scale
					code = font.escape_text(chr(glyph["mapped_char"]))
					shown.append(f"1 0 0 1 {x:.0f} {y:.0f} Tm ({code}) Tj")
				pen += glyph["x_advance"] * font.scale
		return " ".join(shown), pen / 1000

	def _bars(self, shape: Bars) -> None:
		pdf = self.pdf
		pdf.set_fill_color(0)
		scale, top = pdf.k, pdf.h
		path = " ".join(
			f"{(x + self.margin) * scale:.3f} {(top - y - self.margin - h) * scale:.3f} "
			f"{w * scale:.3f} {h * scale:.3f} re"
			for x, y, w, h in shape.rectangles()
		)
		pdf._out(f"{pdf.fill_color.serialize().lower()} {path} f")


def _reordered(runs: list[tuple[int, str]]) -> list[tuple[int, str]]:
	"""Runs of embedding levels in the order they stand on the line, from the left (Unicode annex 9, L2)."""
	for least in range(max((level for level, _run in runs), default=0), 0, -1):
		lines: list[tuple[int, str]] = []
		for deep, group in groupby(runs, key=lambda each: each[0] >= least):
			part = list(group)
			lines += reversed(part) if deep else part
		runs = lines
	return runs
