"""The shop's cards, on a site made by `tests/bench/run.py --sites`: run on the site, by `desk.Desk`."""

from __future__ import annotations

import io
from typing import Any

import frappe
import shop
from PIL import Image, ImageDraw

from loyalty_club.tests import builders

MANAGERS = {  # language -> the manager's user, the member, the mobile
	"en": ("cards@example.com", "Mina Rahimi", "09123456789"),
	"fa": ("kart@example.com", "مینا رحیمی", "09351112233"),
}
ROLES = ("Club Manager", "Sales User")


def open_cards() -> dict[str, Any]:
	"""The shop, a logo, and a member with a card in each language; returns who may be used, by language."""
	builders.before_tests()
	shop._desk()
	program = shop._program()
	made = {}
	for lang, (user, name, mobile) in MANAGERS.items():
		shop._user(user, lang, ROLES)
		for old in frappe.get_all("Club Member", {"mobile": ["like", f"%{mobile[1:]}"]}, pluck="name"):
			frappe.db.set_value("Club Member", old, "mobile", None)
		member = builders.member(program, builders.customer(name), mobile=mobile)
		builders.give(member, 1200)
		made[lang] = {
			"user": user,
			"password": shop.PASSWORD,
			"program": program.name,
			"member": member.name,
			"customer_name": name,
			"card": builders.card(member),
			"logo": _logo(),
		}
	frappe.db.commit()
	frappe.clear_cache()
	return made


def blank(batch: str) -> list[str]:
	"""Numbers of the cards of a batch that nobody has yet."""
	return frappe.get_all("Loyalty Card", {"batch": batch, "status": "Blank"}, pluck="name", order_by="name")


def file_of(batch: str) -> dict[str, Any]:
	"""What the file of a batch holds: pages, size in millimetres of the first, and the digits on each."""
	from pypdf import PdfReader

	row = frappe.get_all("File", {"attached_to_name": batch, "is_private": 1}, pluck="name")
	pdf = PdfReader(frappe.get_doc("File", row[-1]).get_full_path())
	box = pdf.pages[0].mediabox
	return {
		"size": [round(float(side) / 72 * 25.4, 2) for side in (box.width, box.height)],
		"digits": ["".join(filter(str.isdigit, page.extract_text())) for page in pdf.pages],
	}


def _logo() -> str:
	"""A saffron flower, of sorts."""
	image = Image.new("RGBA", (400, 400))
	draw = ImageDraw.Draw(image)
	draw.ellipse((10, 10, 390, 390), fill="#F4B942")
	for turn in range(3):
		draw.pieslice((80, 60, 320, 360), 205 + turn * 45, 235 + turn * 45, fill="#7A1F3D")
	content = io.BytesIO()
	image.save(content, "PNG")
	file = frappe.get_doc({"doctype": "File", "file_name": "saffron.png", "content": content.getvalue()})
	url: str = file.insert().file_url
	return url
