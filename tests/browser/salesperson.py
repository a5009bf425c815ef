"""The walk of a salesperson, in English and in Persian: find the member by mobile, sell, pay with points, submit, take
goods back. Leaves screenshots in docs/images/tour.

Run by hand: `make tour`, or `python tests/browser/salesperson.py --sites FOLDER` (a folder made once and kept).
"""

from __future__ import annotations

from desk import Desk, Walk, arguments, settle

PRINT = "/printview?doctype=Sales%20Invoice&name={0}&format=Standard&no_letterhead=1&_lang={1}"
SUBMIT = """async () => {
	const doc = JSON.stringify(cur_frm.doc);
	await frappe.xcall("frappe.desk.form.save.savedocs", { doc, action: "Submit" });
	await cur_frm.reload_doc();
}"""
ADD_ITEM = """async (item) => {
	const row = cur_frm.doc.items[0];
	await frappe.model.set_value(row.doctype, row.name, "item_code", item);
}"""
RETURN = """() => frappe.model.open_mapped_doc({
	method: "erpnext.accounts.doctype.sales_invoice.sales_invoice.make_sales_return", frm: cur_frm })"""


class Salesperson(Walk):
	"""One language's walk."""

	def new_invoice(self, item: str) -> None:
		"""Finds the member by mobile and sells one item."""
		page = self.page
		self.desk.open(page, "/app/sales-invoice/new")
		field = page.locator("[data-fieldname=club_card] input").first
		field.fill(self.person["mobile"])
		field.press("Enter")
		settle(page)
		page.evaluate(ADD_ITEM, item)
		settle(page, 4)

	def save_invoice(self) -> str:
		self.page.evaluate("() => cur_frm.save()")
		settle(self.page)
		return str(self.page.evaluate("cur_frm.doc.name"))

	def submit(self) -> str:
		name = self.save_invoice()
		self.page.evaluate(SUBMIT)
		settle(self.page)
		return name

	def sell(self) -> str:
		"""A sale that earns."""
		self.new_invoice("RICE")
		self.shot("sales-invoice-draft")
		return self.submit()

	def pay_with_points(self) -> str:
		"""A sale that points pay: the mobile is not enough, the card is scanned in the dialog."""
		page = self.page
		self.new_invoice("SAFFRON")
		page.locator(".club-buttons .btn-primary").first.click()
		settle(page)
		card = page.locator(".modal.show [data-fieldname=card] input")
		self.shot("pay-with-points")
		card.fill(self.person["card"])
		card.press("Enter")
		settle(page)
		name = self.submit()
		self.shot("submitted")
		return name

	def take_back(self, name: str) -> str:
		"""The first sale comes back after its points were spent: their value is withheld."""
		page = self.page
		self.desk.open(page, f"/app/sales-invoice/{name}")
		page.evaluate(RETURN)
		settle(page, 5)
		self.shot("return-draft")
		page.locator(".club-buttons .btn-primary").first.click()
		settle(page)
		returned = self.submit()
		self.shot("return-submitted")
		return returned

	def prints(self, **names: str) -> None:
		for what, name in names.items():
			self.desk.open(self.page, PRINT.format(name, self.lang), 2)
			self.shot(what, of=".print-format")

	def forms(self) -> None:
		self.desk.open(self.page, f"/app/club-member/{self.person['member']}")
		self.shot("member")
		self.desk.open(self.page, f"/app/loyalty-card/{self.person['card']}")
		self.shot("card")
		self.desk.open(self.page, f"/app/customer/{self.person['customer']}")
		self.page.locator(".form-tabs .nav-link:visible", has_text=self.say("Loyalty Club")).first.click()
		settle(self.page, 1)
		self.shot("customer")

	def go(self) -> None:
		"""The whole walk."""
		earning = self.sell()
		paying = self.pay_with_points()
		returned = self.take_back(earning)
		self.prints(**{"print": paying, "print-earning": earning, "print-return": returned})
		self.forms()


def main() -> None:
	"""Walks both languages."""
	given = arguments(__doc__)
	with Desk(given.sites, given.port) as desk:
		people = desk.on_site("import shop; print(json.dumps(shop.open_shop()))")
		for lang in given.langs:
			person = people[lang]
			with desk.page(person["user"], person["password"]) as page:
				Salesperson(desk, page, lang, person, given.out).go()


if __name__ == "__main__":
	main()
