"""The walk of a cashier at the Point of Sale, in English and in Persian, with a scanner that is a keyboard: scan
the card, sell, pay by points, credit and gift card, print; cards that are wrong; a connection that fails. Leaves
screenshots in docs/images/tour, and tells how many keys a sale took and how long the server worked for it.

Run by hand: `make tour`, or `python tests/browser/till.py --sites FOLDER` (a folder made once and kept). On v16:
`--invoice-type "Sales Invoice"` or `"POS Invoice"`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from desk import Desk, Walk, arguments, settle, shrink
from playwright.sync_api import Request, Route

SAVE = "**/api/method/frappe.desk.form.save.savedocs"
CART = """() => { const doc = cur_pos.frm.doc; return JSON.stringify([
	doc.customer || "", doc.items.map((row) => [row.item_code, row.qty]),
	(doc.payments || []).map((row) => [row.mode_of_payment, row.amount]), doc.club_card || ""]) }"""
TYPED = """(text) => { for (const key of [...text, "Enter"])
	document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })) }"""
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class Cashier(Walk):
	"""One language's walk."""

	def __init__(self, *given: Any) -> None:
		super().__init__(*given)
		self.actions: list[str] = []
		self.asked: list[tuple[str, float]] = []
		self.page.on("requestfinished", self._note)

	def _note(self, request: Request) -> None:
		if "/api/method/" in request.url:
			timing = request.timing
			self.asked.append((request.url, timing["responseStart"] - timing["requestStart"]))

	# ------------------------------------------------------------------------------------ hands

	def scan(self, number: str, seconds: float = 2) -> None:
		"""The scanner: one pull, its digits as fast keys, and Enter."""
		self.actions.append("scan")
		for digit in number:
			self.page.keyboard.press(digit)
		self.page.keyboard.press("Enter")
		settle(self.page, seconds)

	def key(self, name: str, seconds: float = 1.5) -> None:
		"""One key, or keys pressed together."""
		self.actions.append(name)
		self.page.keyboard.press(name)
		settle(self.page, seconds)

	def type(self, text: str) -> None:
		"""A person types: slower than a scanner."""
		self.actions.extend(text)
		self.page.keyboard.type(text, delay=300)

	def checkout(self) -> None:
		"""To the money, until a tender is chosen."""
		self.key("Control+Enter", 0.5)
		self.page.locator(".payment-modes .border-primary:visible").wait_for()
		settle(self.page, 1)

	def complete(self, seconds: float = 3) -> None:
		"""Completes the order, and says yes to ERPNext's question."""
		self.key("Control+Enter", 0.3)
		self.answer("Enter", seconds)

	def answer(self, name: str, seconds: float = 3) -> None:
		"""Answers the question on the screen by a key."""
		self.page.wait_for_function("window.cur_dialog && cur_dialog.confirm_dialog")
		self.key(name, seconds)

	def next_order(self) -> None:
		self.key("Control+Enter", 1)
		self.page.wait_for_function("cur_pos.frm.doc.docstatus === 0 && !frappe.dom.freeze_count")
		settle(self.page, 1)

	# ------------------------------------------------------------------------------------ eyes

	@property
	def doc(self) -> dict[str, Any]:
		"""The till's document, as the page has it."""
		found: dict[str, Any] = json.loads(self.page.evaluate("JSON.stringify(cur_pos.frm.doc)"))
		return found

	def cart(self) -> str:
		return str(self.page.evaluate(CART))

	def tender(self, mode: str) -> float:
		return sum(row["amount"] for row in self.doc["payments"] if row["mode_of_payment"] == mode)

	def server(self, code: str) -> Any:
		"""Asks the site itself."""
		return self.desk.on_site(code)

	def alert(self, of: str) -> str:
		"""The one message that says what is wrong; it is closed."""
		alerts = self.page.locator(".desk-alert.red")
		alerts.first.wait_for(timeout=8000)
		assert alerts.count() == 1, f"{alerts.count()} messages about {of}"
		text = alerts.first.inner_text()
		self.page.evaluate("document.querySelectorAll('.desk-alert').forEach((each) => each.remove())")
		return text

	# ------------------------------------------------------------------------------------ a sale

	def open(self) -> None:
		self.desk.open(self.page, "/app/point-of-sale", 4)
		self.page.wait_for_function("window.cur_pos && cur_pos.frm && !frappe.dom.freeze_count")

	def sale(self) -> str:
		"""Scan, two items, pay the most by points, take the money, print: no mouse."""
		self.actions, self.asked = [], []
		begun = time.monotonic()
		self.scan(self.person["card"])
		assert self.doc["customer"] == self.person["customer"]
		assert self.doc["club_card"] == self.person["card"]
		assert not self.doc["items"], "a card is no item"
		self.sees(self.person["customer_name"])
		self.shot("till-member")
		self.scan(self.person["barcode"], 3)
		self.page.locator(".club-earn").wait_for()
		assert [row["item_code"] for row in self.doc["items"]] == ["TEA"]
		self.shot("till-cart")
		self.key("F2")
		total = self.doc["rounded_total"] or self.doc["grand_total"]
		assert self.tender("Club Points") == 1_200_000, self.doc["payments"]
		self.checkout()
		assert self.tender("Club Points") == 1_200_000
		assert self.tender("Cash") == total - 1_200_000
		self.shot("till-payment")
		self.complete()
		took = time.monotonic() - begun
		self.page.locator(".club-receipt").first.wait_for()
		assert self.doc["docstatus"] == 1
		assert self.doc["club_status"] == "Posted"
		self.shot("till-summary")
		self._tell(took)
		return str(self.doc["name"])

	def _tell(self, took: float) -> None:
		club = [each for each in self.asked if "loyalty_club.api" in each[0]]
		submit = [each for each in self.asked if "savedocs" in each[0]]
		milliseconds = {
			name: round(sum(ms for _url, ms in rows))
			for name, rows in (("all", self.asked), ("club", club), ("saving and submitting", submit))
		}
		print(f"{self.lang}: {len(self.actions)} actions, scans among them: {self.actions}")
		print(
			f"{self.lang}: server {milliseconds} ms in {len(self.asked)} requests, {len(club)} the club's;"
			f" {took:.1f} s with the walk's own waiting"
		)

	# ------------------------------------------------------------------------------------ cards that are wrong

	def wrong_cards(self) -> None:
		"""Unknown, blocked, misread, another club's or a bank's: one message, and the cart stays as it is."""
		person = self.person
		self.next_order()
		self.scan(person["card"])
		self.scan(person["barcode"], 3)
		before = self.cart()
		misread = person["card"][:-1] + str((int(person["card"][-1]) + 1) % 10)
		for name, number in (
			("unknown", person["unknown"]),
			("blocked", person["blocked"]),
			("foreign", person["foreign"]),
			("misread", misread),
		):
			self.scan(number)
			said = self.alert(name)
			assert number[-4:].translate(PERSIAN) in said or number[-4:] in said, said
			assert self.cart() == before, f"a card that is {name} changed the cart"
		self.scan(person["unknown"], 1)
		self.shot_with_alert("till-unknown-card")

	def shot_with_alert(self, name: str) -> None:
		path = self.out / f"{name}-{self.lang}.png"
		self.page.screenshot(path=path)
		shrink(path)
		self.alert("unknown")

	def another_card(self) -> None:
		"""Somebody else's card over a filled cart: a question first; no leaves everything, yes changes the customer."""
		self.scan(self.person["other_card"])
		before = self.doc["customer"]
		assert before == self.person["customer"]
		self.answer("Escape")
		assert self.doc["customer"] == before
		self.scan(self.person["other_card"], 1)
		self.answer("Enter")
		assert self.doc["customer"] == self.person["other"], "the question is answered by Enter"
		assert self.doc["items"], "the cart stays"

	def at_payment(self) -> None:
		"""A card scanned while the money is counted selects the member and types nothing."""
		self.checkout()
		before = self.doc["payments"]
		self.scan(self.person["other_card"])
		after = self.doc["payments"]
		assert [row["amount"] for row in after] == [row["amount"] for row in before], (
			"digits fell into an amount"
		)
		self.scan(self.person["card"], 1)  # the first member comes back: a question, and back to the cart
		self.answer("Enter")
		assert self.doc["customer"] == self.person["customer"]
		assert self.page.locator(".items-selector").is_visible(), "another customer has another cart"

	# ------------------------------------------------------------------------------------ mobile, PIN, credit, gift

	def by_mobile(self) -> None:
		"""The mobile, typed in the box for customers; then points need the PIN."""
		self.open()
		box = self.page.locator(".customer-field input").first
		box.click()
		self.type(self.person["mobile"] if self.lang == "en" else self.person["mobile"].translate(PERSIAN))
		self.page.locator(
			".customer-field [role=option]:visible", has_text=self.person["customer"]
		).first.wait_for()
		settle(self.page, 1)
		offered = self.page.locator(".customer-field [role=option]:visible:has(strong)")
		assert offered.count() == 1, "the one member, and no search"
		self.shot("till-by-mobile")
		self.key("Enter", 3)
		assert self.doc["customer"] == self.person["customer"]
		assert not self.doc.get("club_card")
		self.page.evaluate("() => cur_pos.item_selector.search_field.set_focus()")
		self.scan(self.person["barcode"], 3)
		self.key("F2")
		self.page.locator(".modal.show [data-fieldname=pin] input").wait_for()
		self.shot("till-pin")
		self.type(self.person["pin"])
		self.key("Enter", 3)
		assert self.tender("Club Points") > 0, "the PIN is as good as the card"
		self.key("F2", 2)
		assert self.tender("Club Points") == 0, "pressed again, points pay nothing"

	def by_credit_and_gift_card(self) -> str:
		"""Credit by one key; a gift card by its scan and its PIN; together with points."""
		self.key("F2", 2)
		self.key("F4", 2)
		assert self.tender("Club Cash Credit") == 500_000, self.doc["payments"]
		self.checkout()
		self.scan(self.person["gift_card"], 1)
		self.page.locator(".modal.show [data-fieldname=pin] input").wait_for()
		self.shot("till-gift-card")
		self.type(self.person["gift_pin"])
		self.key("Enter", 3)
		assert self.tender("Club Gift Card") == 2_000_000, self.doc["payments"]
		total = self.doc["rounded_total"] or self.doc["grand_total"]
		assert abs(sum(row["amount"] for row in self.doc["payments"]) - total) < 1, self.doc["payments"]
		self.shot("till-all-tenders")
		self.complete()
		assert self.doc["docstatus"] == 1
		return str(self.doc["name"])

	# ------------------------------------------------------------------------------------ a bad connection

	def filled(self) -> None:
		if self.doc["docstatus"] == 1:
			self.next_order()
		self.scan(self.person["card"])
		self.scan(self.person["barcode"], 3)

	def orders(self) -> list[str]:
		"""The member's submitted orders."""
		return list(
			self.server(
				f"print(json.dumps(frappe.get_all({self.doc['doctype']!r},"
				f" {{'customer': {self.person['customer']!r}, 'docstatus': 1}}, pluck='name')))"
			)
		)

	def drafts(self) -> int:
		return int(
			self.server(
				f"print(json.dumps(frappe.db.count({self.doc['doctype']!r},"
				f" {{'customer': {self.person['customer']!r}, 'docstatus': 0}})))"
			)
		)

	def answer_is_lost(self) -> None:
		"""The server makes the sale, its answer never arrives: the till asks, and shows the sale."""
		before = self.orders()
		self.filled()
		self.checkout()
		self._once(lambda route: (route.fetch(), route.abort()))
		self.complete(5)
		assert self.doc["docstatus"] == 1, "the till knows that the sale was made"
		self.page.locator(".club-receipt").first.wait_for()
		assert len(self.orders()) == len(before) + 1

	def question_is_lost(self) -> None:
		"""The sale never reaches the server: the till says so; completed again, it is one sale."""
		before = self.orders()
		self.filled()
		self.checkout()
		self._once(lambda route: route.abort())
		self.complete(5)
		assert self.doc["docstatus"] == 0
		self.alert("the lost connection")
		assert self.page.locator(".submit-order-btn").is_visible(), "the money is still being counted"
		settle(self.page, 1)
		self.complete(4)
		assert self.doc["docstatus"] == 1
		assert len(self.orders()) == len(before) + 1

	def draft_is_lost(self) -> None:
		"""The answer to the checkout is lost, so the till does not know that the order is saved: still one sale."""
		before, drafts = self.orders(), self.drafts()
		self.filled()
		self._once(lambda route: (route.fetch(), route.abort()))
		self.key("Control+Enter", 6)
		assert not self.doc.get("__islocal"), "the till knows that the order is saved"
		self.complete(4)
		assert self.doc["docstatus"] == 1
		assert len(self.orders()) == len(before) + 1
		assert self.drafts() == drafts, "a draft beside the sale"

	def reload(self) -> None:
		"""The answer is lost and the page is loaded anew: it shows the sale that was made."""
		before = self.orders()
		self.filled()
		self.checkout()
		self._once(lambda route: route.fetch())  # never answered
		self.key("Control+Enter", 0.3)
		self.page.wait_for_function("window.cur_dialog && cur_dialog.confirm_dialog")
		self.actions.append("Enter")
		self.page.keyboard.press("Enter")
		self.page.wait_for_timeout(4000)
		self.open()
		self.page.locator(".past-order-summary .invoice-name:visible").first.wait_for()
		assert self.doc["docstatus"] == 1
		self.shot("till-after-reload")
		assert len(self.orders()) == len(before) + 1

	def persian_layout(self) -> None:
		"""A scanner types in whatever layout the keyboard has: Persian digits are digits."""
		self.open()
		self.page.evaluate(TYPED, self.person["card"].translate(PERSIAN))
		settle(self.page, 3)
		assert self.doc["customer"] == self.person["customer"]
		assert self.doc["club_card"] == self.person["card"]

	def twice(self) -> None:
		"""Two clicks on Complete Order, and two on Yes, are one sale."""
		before = self.orders()
		self.filled()
		self.checkout()
		self.page.evaluate("() => { const b = $('.submit-order-btn:visible'); b.click(); b.click(); }")
		settle(self.page, 1)
		self.page.evaluate("() => { const b = $('.modal.show .btn-primary:visible'); b.click(); b.click(); }")
		settle(self.page, 5)
		assert self.doc["docstatus"] == 1
		assert len(self.orders()) == len(before) + 1

	def _once(self, answer: Callable[[Route], Any]) -> None:
		self.page.route(SAVE, answer, times=1)

	# ------------------------------------------------------------------------------------ all of it

	def receipt(self, name: str) -> None:
		doctype = self.doc["doctype"]
		form = "Club POS Receipt" if doctype == "POS Invoice" else "Club Till Receipt"
		path = f"/printview?doctype={doctype}&name={name}&format={form}&no_letterhead=1&_lang={self.lang}"
		self.desk.open(self.page, re.sub(" ", "%20", path), 2)
		self.shot("till-receipt", of=".print-format")

	def go(self, only: str | None = None) -> None:
		"""The whole walk, or one part of it."""
		self.open()
		parts = [
			self.sale,
			self.wrong_cards,
			self.another_card,
			self.at_payment,
			self.by_mobile,
			self.by_credit_and_gift_card,
			self.answer_is_lost,
			self.question_is_lost,
			self.draft_is_lost,
			self.twice,
			self.reload,
			self.persian_layout,
		]
		made = {}
		for part in parts:
			if only is None or part.__name__ in only.split(","):
				made[part.__name__] = part()
				print(f"{self.lang}: {part.__name__} ✓")
		name = made.get("by_credit_and_gift_card") or made.get("sale")
		if name:
			self.receipt(str(name))


def main() -> None:
	"""Walks both languages."""
	given = arguments(__doc__, ("--invoice-type", "--only"))
	with Desk(given.sites, given.port) as desk:
		code = f"import till_shop; print(json.dumps(till_shop.open_till({given.invoice_type or ''!r})))"
		people = desk.on_site(code)
		for lang in given.langs:
			person = people[lang]
			with desk.page(person["user"], person["password"], width=1500) as page:
				Cashier(desk, page, lang, person, given.out).go(given.only)


if __name__ == "__main__":
	main()
