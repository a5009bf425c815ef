"""The walk of who makes the cards, in English and in Persian: design them, make a batch and its printer's file, hand
one out with a scanner, find a lost one and replace it. Leaves screenshots in docs/images/tour.

Run by hand: `make tour`, or `python tests/browser/cards.py --sites FOLDER` (a folder made once and kept).
"""

from __future__ import annotations

from typing import Any

from desk import Desk, Walk, arguments, settle

QUANTITY = 6
TEXTS = {
	"en": {
		"title": "Saffron Customer Club",
		"subtitle": "باشگاه مشتریان زعفران",
		"front_text": "With every purchase",
		"back_text": "Show this card to earn and to spend points. It is not transferable.\n"
		"If found, please hand it in at our nearest shop.",
		"contact": "+98 21 1234 5678 · saffron.example",
	},
	"fa": {
		"title": "باشگاه مشتریان زعفران",
		"subtitle": "Saffron Customer Club",
		"front_text": "همراه خریدهای شما",
		"back_text": "این کارت برای گرفتن و خرج‌کردن امتیاز است و به دیگری داده نمی‌شود.\n"
		"یابنده لطفاً آن را به نزدیک‌ترین فروشگاه ما بدهد.",
		"contact": "۰۲۱-۱۲۳۴۵۶۷۸ · saffron.example",
	},
}
LARGE = (
	".club-face { inline-size: 480px !important; } .club-faces { inline-size: fit-content; padding: 6px; }"
)
SUBMIT = """async () => {
	const doc = JSON.stringify(cur_frm.doc);
	await frappe.xcall("frappe.desk.form.save.savedocs", { doc, action: "Submit" });
	await cur_frm.reload_doc();
}"""


class Cards(Walk):
	"""One language's walk."""

	def type_into(self, name: str, value: str) -> None:
		"""Types into a field of the form and leaves it."""
		self.page.locator(f"[data-fieldname={name}]").locator("input, textarea").first.fill(value)
		self.page.keyboard.press("Tab")

	def design(self) -> str:
		"""The design is seen while it is typed."""
		page = self.page
		self.desk.open(page, "/app/club-card-design/new")
		name = f"Saffron {self.lang} {self.person['card'][-4:]}"
		self.type_into("design_name", name)
		for field, text in TEXTS[self.lang].items():
			self.type_into(field, text)
		page.evaluate(
			"(logo) => cur_frm.set_value({ logo, code: 'Barcode and QR Code' })", self.person["logo"]
		)
		settle(page, 2)
		drawn = page.locator(".club-face").first.text_content() or ""
		assert TEXTS[self.lang]["title"] in drawn, drawn
		assert page.locator(".club-face image").count() == 1
		wide = page.evaluate("""() => [...document.querySelectorAll(".club-face text")].filter((text) =>
			text.getComputedTextLength() > Number(text.dataset.most) + 0.1).length""")
		assert not wide, "a line is wider than its place"
		page.evaluate("() => cur_frm.save()")
		settle(page)
		self.shot("card-design")
		return name

	def batch(self, design: str) -> str:
		"""A batch is made at once, and its file has a page of card size for each side."""
		page = self.page
		self.desk.open(page, "/app/loyalty-card-batch/new")
		page.evaluate(
			"(given) => cur_frm.set_value(given)",
			{"program": self.person["program"], "quantity": QUANTITY, "design": design},
		)
		settle(page, 1)
		page.evaluate("() => cur_frm.save()")
		settle(page)
		page.evaluate(SUBMIT)
		settle(page)
		name = str(page.evaluate("cur_frm.doc.name"))
		self.press("Make Print File")
		settle(page, 4)
		self.sees(f"{name}.pdf")
		page.add_style_tag(content=LARGE)
		self.shot("card-batch", of=".club-faces:visible")
		numbers, file = self.on_site(f"[card_shop.blank({name!r}), card_shop.file_of({name!r})]")
		assert file["size"] == [85.6, 53.98], file["size"]
		assert len(file["digits"]) == 2 * QUANTITY
		assert file["digits"][::2] == numbers, "the fronts hold the numbers of the batch"
		return name

	def on_site(self, expression: str) -> Any:
		return self.desk.on_site(f"import card_shop; print(json.dumps({expression}))")

	def hand_out(self, number: str) -> None:
		"""A scanner types the number and Enter; the card is the member's."""
		page = self.page
		self.desk.open(page, f"/app/club-member/{self.person['member']}")
		self.press("Hand Out a Card")
		page.keyboard.type(number, delay=8)
		self.shot("card-hand-out")
		page.keyboard.press("Enter")
		settle(page)
		assert page.locator(f".club-found a[href$='{number}']").count() == 1

	def find(self, spare: str) -> None:
		"""The customer knows the name only; the lost card is replaced by one from the drawer."""
		page = self.page
		self.desk.open(page, "/app/loyalty-card")
		self.press("Find a Card")
		self.field("text").fill(self.person["customer_name"])
		settle(page, 2)
		old = self.person["card"]
		row = page.locator(".modal.show tr", has=page.locator(f"a[href$='{old}']")).first
		self.shot("card-find")
		row.locator("[data-replace]").click()
		settle(page, 1)
		page.locator(".modal.show input.club-scan:visible").fill(spare)
		page.locator(".modal.show .btn-primary:visible").last.click()
		settle(page, 3)
		assert row.locator(f"a[href$='{spare}']").count() == 1, "the old card names the one that replaced it"

	def go(self) -> None:
		"""The whole walk."""
		batch = self.batch(self.design())
		first, second, *_rest = self.on_site(f"card_shop.blank({batch!r})")
		self.hand_out(first)
		self.find(second)


def main() -> None:
	"""Walks both languages."""
	given = arguments(__doc__)
	with Desk(given.sites, given.port) as desk:
		people = desk.on_site("import card_shop; print(json.dumps(card_shop.open_cards()))")
		for lang in given.langs:
			person = people[lang]
			with desk.page(person["user"], person["password"]) as page:
				Cards(desk, page, lang, person, given.out).go()


if __name__ == "__main__":
	main()
