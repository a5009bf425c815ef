"""Cards as the club prints them: the preview of a design, the printer's file of a batch, of one card.

Reads designs, cards and pictures; writes only a batch's private files and when they were made. What stands where is
`core.card_face`'s to say, and the file `card_pdf` draws. A gift card's activation code is in the clear until its file
is made: the same transaction makes the file and forgets the codes.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from loyalty_club import card_pdf, policy
from loyalty_club.core import card_face, cards
from loyalty_club.core.card_face import Card, Design
from loyalty_club.engine import batches, gift_cards

IN_A_FILE = 1000  # cards; more make more files
SIDES = {
	"One File, Front and Back in Turn": (("front", "back"),),
	"Two Files, Fronts and Backs": (("front",), ("back",)),
}
CODES = {
	"Barcode": card_face.BARCODE,
	"QR Code": card_face.QR,
	"Barcode and QR Code": card_face.BOTH,
}
PICTURES = {"logo": "logo", "front": "front_image", "back": "back_image"}  # of the shapes: the design's field
SAMPLES = {"fa": "مینا رضایی", "en": "Mina Rezaei"}
SAMPLE_VALUE, SAMPLE_PIN = 5_000_000, "4826"
_PROGRESS = "loyalty_club_card_print"


# ---------------------------------------------------------------------------------------------- design


def design_of(name: str | None, kind: str) -> Any:
	"""The design of that name, else the kind's default one, else the latest, else a plain one."""
	if not name:
		found = frappe.get_all(
			"Club Card Design",
			filters={"kind": kind},
			pluck="name",
			order_by="is_default desc, modified desc",
			limit=1,
		)
		name = found[0] if found else None
	if name:
		return frappe.get_cached_doc("Club Card Design", name)
	plain = frappe.new_doc("Club Card Design")
	plain.update({"kind": kind, "language": "Persian" if policy.language() == "fa" else "English"})
	return plain


def language(doc: Any) -> str:
	"""The language of a design's own words."""
	return "fa" if doc.language == "Persian" else "en"


def face(doc: Any) -> Design:
	"""A design as the shapes take it."""
	colours = tuple(colour for colour in (doc.colour_1, doc.colour_2) if colour)
	gift = doc.kind == "Gift Card"
	return Design(
		title=doc.title or "",
		subtitle=doc.subtitle or "",
		front_text=doc.front_text or "",
		back_text=doc.back_text or "",
		contact=doc.contact or "",
		pin_label=_("Activation code", language(doc)),
		rtl=doc.language == "Persian",
		colours=colours or ("#ffffff",),
		text_colour=doc.text_colour or "#000000",
		back_colour=doc.back_colour or "#ffffff",
		back_text_colour=doc.back_text_colour or "#000000",
		pictures=frozenset(name for name, field in PICTURES.items() if doc.get(field)),
		code=card_face.BARCODE if gift else CODES.get(doc.code, card_face.BARCODE),
		bleed=bool(doc.bleed),
		crop_marks=bool(doc.crop_marks),
	)


def preview(doc: Any, batch: Any = None) -> dict[str, str]:
	"""Front and back of a design, saved or not, as SVG with made-up contents; those of a batch where it is given."""
	lang = language(doc)
	gift = doc.kind == "Gift Card"
	club = policy.settings()
	prefix = (club.gift_card_prefix if gift else club.card_prefix) or "9000"
	number = cards.card_number(prefix, lambda count: "1234567890123"[:count])
	if gift:
		year = policy.club_today().year + 1
		like = batch or frappe._dict(face_value=SAMPLE_VALUE, expires_on=f"{year}-12-31")
		card = Card(number, pin=SAMPLE_PIN, **_promise(like, doc))
	else:
		card = Card(number, "aTokenOfTwentyLetters", SAMPLES[lang] if doc.show_name and not batch else "")
	design = face(doc)
	addresses = {name: doc.get(field) or "" for name, field in PICTURES.items()}
	return {
		side: card_face.svg(draw(design, card), addresses, f"club-{side}")
		for side, draw in card_pdf.FACES.items()
	}


def _promise(batch: Any, doc: Any) -> dict[str, str]:
	"""What a gift card of the batch says of its value and validity, in the design's language."""
	program = policy.in_force(batch.program) if batch.program else None
	style = policy.style(program.rules if program else None, language(doc))
	value = style.money(policy.exact(batch.face_value)) if batch.face_value and doc.show_value else ""
	if not batch.expires_on:
		return {"value": value}
	day = style.day(frappe.utils.getdate(batch.expires_on))
	return {"value": value, "valid": _("Valid until {0}", style.lang).format(day)}


def content(address: str) -> bytes:
	"""A picture's content. Raises ValidationError unless it is a file of this site that the user may see."""
	name = frappe.db.get_value("File", {"file_url": address}, "name")
	if not name:
		frappe.throw(_("{0} is no file of this site. Upload the picture.").format(address))
	file = frappe.get_doc("File", name)
	file.check_permission("read")
	return Path(file.get_full_path()).read_bytes()  # get_content() takes some pictures for text


def pictures(doc: Any) -> dict[str, bytes]:
	"""The contents of a design's pictures."""
	return {name: content(doc.get(field)) for name, field in PICTURES.items() if doc.get(field)}


def check_pictures(doc: Any) -> None:
	"""Refuses a design with a picture that cannot be printed. Raises ValidationError that names the field."""
	from PIL import Image, UnidentifiedImageError

	for name, found in pictures(doc).items():
		try:
			Image.open(io.BytesIO(found)).verify()
		except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
			frappe.throw(
				_("{0} is no picture that can be printed. Use PNG or JPEG.").format(
					_(doc.meta.get_label(PICTURES[name]))
				)
			)


# ---------------------------------------------------------------------------------------------- one card


def card_file(doc: Any, design: str | None = None) -> bytes:
	"""Front and back of one Loyalty Card as a PDF."""
	chosen = design or (frappe.db.get_value(batches.BATCH, doc.batch, "design") if doc.batch else None)
	look = design_of(chosen, "Loyalty Card")
	name = doc.customer_name or "" if look.show_name else ""
	return card_pdf.draw(face(look), [Card(doc.name, doc.token or "", name)], pictures(look))


# ---------------------------------------------------------------------------------------------- a batch


def start(batch: Any) -> None:
	"""Has a batch's files made: at once if the cards are few, else by a worker. Raises ValidationError that says why
	not."""
	if batch.docstatus != 1 or batch.status != "Ready":
		frappe.throw(_("The cards of {0} are not made yet. Submit the batch and wait.").format(batch.name))
	if batch.kind == "Gift Card" and batch.printed_on:
		frappe.throw(
			_(
				"The activation codes of {0} were printed and are no longer kept. Use the file that was made then, or "
				"cancel the batch and make another."
			).format(batch.name)
		)
	check_pictures(design_of(batch.design, batch.kind))
	batch.db_set("print_status", "Printing")
	if batch.quantity <= batches.WHILE_ONE_WAITS:
		_print(batch)
	else:
		batches.enqueue("loyalty_club.card_print.make", batch.name)


def make(name: str) -> None:
	"""What a worker runs: makes a batch's files."""
	try:
		frappe.db.get_value(batches.BATCH, name, "name", for_update=True)
		batch = frappe.get_doc(batches.BATCH, name)
		if batch.print_status == "Printing":
			_print(batch)
	except Exception:
		frappe.db.rollback()
		frappe.db.set_value(batches.BATCH, name, "print_status", "Failed", update_modified=False)
		frappe.log_error(title=f"Loyalty Club: the cards of {name} could not be printed")
		if not frappe.flags.in_test:
			frappe.db.commit()
		raise


def progress(batch: Any) -> int:
	"""How many cards are drawn by now."""
	return int(frappe.cache.get_value(f"{_PROGRESS}:{batch.name}") or 0)


def _print(batch: Any) -> None:
	frappe.db.get_value(batches.BATCH, batch.name, "name", for_update=True)  # one at a time
	doc = design_of(batch.design, batch.kind)
	rows = _gift_cards(batch, doc) if batch.kind == "Gift Card" else _loyalty_cards(batch)
	if not rows:
		frappe.throw(_("{0} has no card left to print.").format(batch.name))
	before = files(batch)
	design, contents = face(doc), pictures(doc)
	ways = SIDES.get(batch.files) or SIDES["One File, Front and Back in Turn"]
	parts = range(0, len(rows), IN_A_FILE)
	done = 0
	for n, start_at in enumerate(parts, start=1):
		part = [card for _name, card in rows[start_at : start_at + IN_A_FILE]]
		for sides in ways:
			named = [batch.name, *([str(n)] if len(parts) > 1 else []), *(sides if len(ways) > 1 else ())]
			pdf = card_pdf.draw(design, part, contents, sides, _tell(batch, done, len(ways)))
			done += len(part)
			_attach(batch, "-".join(named) + ".pdf", pdf)
	if batch.kind == "Gift Card":
		gift_cards.wipe([name for name, _card in rows])
	_delete(before)
	batch.db_set({"print_status": "", "printed_on": frappe.utils.now_datetime()}, update_modified=False)


def _tell(batch: Any, before: int, ways: int) -> Any:
	def tell(done: int) -> None:
		if done % 50 == 0:
			frappe.cache.set_value(f"{_PROGRESS}:{batch.name}", (before + done) // ways, expires_in_sec=600)

	return tell


def _loyalty_cards(batch: Any) -> list[tuple[str, Card]]:
	"""Those that still may be handed out or are in use."""
	show_name = design_of(batch.design, batch.kind).show_name
	return [
		(row.name, Card(row.name, row.token or "", (row.customer_name or "") if show_name else ""))
		for row in frappe.get_all(
			"Loyalty Card",
			filters={"batch": batch.name, "status": ["in", ["Blank", "Active"]]},
			fields=["name", "token", "customer_name"],
			order_by="name asc",
		)
	]


def _gift_cards(batch: Any, doc: Any) -> list[tuple[str, Card]]:
	"""Those that nobody has yet, with number and activation code."""
	promise = _promise(batch, doc)
	names = frappe.get_all(
		"Gift Card", filters={"batch": batch.name, "status": "Blank"}, pluck="name", order_by="name asc"
	)
	found = gift_cards.secrets_of(names)
	return [
		(name, Card(found[name].number, pin=found[name].pin, **promise)) for name in names if name in found
	]


def _attach(batch: Any, name: str, pdf: bytes) -> None:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name,
			"attached_to_doctype": batches.BATCH,
			"attached_to_name": batch.name,
			"is_private": 1,
			"content": pdf,
		}
	)
	file.flags.ignore_permissions = True
	file.insert()


def files(batch: Any) -> list[Any]:
	"""The files that were made of a batch: name, file_name, file_url, file_size (bytes)."""
	rows: list[Any] = frappe.get_all(
		"File",
		filters={
			"attached_to_doctype": batches.BATCH,
			"attached_to_name": batch.name,
			"file_name": ["like", f"{batch.name}%.pdf"],
			"is_private": 1,
		},
		fields=["name", "file_name", "file_url", "file_size"],
		order_by="creation asc",
	)
	return rows


def drop_files(batch: Any) -> None:
	"""Takes the files of a batch away."""
	_delete(files(batch))


def _delete(rows: list[Any]) -> None:
	for row in rows:
		frappe.delete_doc("File", row.name, ignore_permissions=True)
