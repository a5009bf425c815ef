"""The walk of a new admin on a fresh site, in English and in Persian: follows the onboarding of the workspace from
customer groups to the first invoice that earns, by clicks alone. Leaves screenshots in docs/images/tour.

Run by hand: `make tour`, or `python tests/browser/admin.py --sites FOLDER` (its site is made anew unless `--keep`).
"""

from __future__ import annotations

from typing import Any

from desk import Desk, Walk, arguments, settle

EARNED = {"en": "185", "fa": "۱۸۵"}  # 10 points for each 1,000,000 rial of 18,500,000


class Admin(Walk):
	"""One language's walk."""

	def step(self, title: str) -> None:
		"""Opens one step of the onboarding, and says what it offers by clicking it."""
		self.desk.open(self.page, "/app/loyalty-club", 4)
		step = self.page.locator(".onboarding-step", has_text=self.say(title)).first
		step.click()
		self.page.wait_for_timeout(500)
		self.page.locator(".onboarding-step-footer button").first.click()
		settle(self.page)

	def go_on(self) -> None:
		"""The onboarding's own message after a saved document: Continue."""
		message = self.page.locator(
			".modal.show .modal-footer .btn-primary, .modal.show .btn-modal-primary"
		).last
		if message.count() and message.is_visible():
			message.click()
			settle(self.page)

	def groups(self) -> None:
		"""A customer group for each step of the club."""
		for n, group in enumerate(self.person["groups"]):
			if n == 0:
				self.step("Define Customer Groups")
			else:
				self.desk.open(self.page, "/app/customer-group/new")
			self.fill("customer_group_name", group)
			self.save()
			self.go_on()

	def settings(self) -> None:
		"""The settings are looked at and saved."""
		self.step("Choose Calendar, Money and Cards")
		self.shot("settings")
		self.save()
		self.go_on()

	def program(self) -> str:
		"""The program: one row for each group, the company and its account."""
		page = self.page
		self.step("Set Each Group's Scoring")
		self.fill("program_name", self.person["program"])
		for n, (group, threshold, points) in enumerate(self.person["tiers"], 1):
			if n > 1:
				page.locator("[data-fieldname=tiers] .grid-add-row").click()
				page.wait_for_timeout(500)
			self.cell("tiers", n, "customer_group", group, link=True)
			self.cell("tiers", n, "threshold", threshold)
			self.cell("tiers", n, "points", points)
		self.cell("companies", 1, "liability_account", "Loyalty Points", link=True)
		self.save()
		self.go_on()
		name: str = self.person["program"]
		self.desk.open(page, f"/app/club-program/{name}")
		self.sees(self.say("A draft: sales earn nothing until it is put in force."))
		return name

	def in_force(self, name: str) -> None:
		"""Put in Force, from the onboarding."""
		page = self.page
		self.step("Put the Program in Force")
		self.go_on()
		page.locator(".list-row a", has_text=name).first.click()
		settle(page)
		page.locator(".page-actions button:visible", has_text=self.say("Put in Force")).first.click()
		page.wait_for_timeout(700)
		page.locator(".modal.show .btn-primary:visible").last.click()
		settle(page, 4)
		self.sees(
			self.say("Version {0} is in force since {1}, and says what this form says.").split("{0}")[0]
		)
		self.shot("program", whole=True)

	def member(self) -> str:
		"""The first member."""
		self.step("Let a Customer Join")
		self.link("customer", self.person["customer"])
		self.save()
		member = str(self.page.evaluate("cur_frm.doc.name"))
		self.go_on()
		self.desk.open(self.page, f"/app/club-member/{member}")
		self.sees(self.say("No card has been issued yet."))
		self.sees(self.person["tiers"][0][0])
		self.shot("member-joined")
		return member

	def card(self, member: str) -> str:
		"""The first card."""
		self.step("Issue a Card")
		self.link("member", member)
		self.save()
		number = str(self.page.evaluate("cur_frm.doc.name"))
		self.go_on()
		self.desk.open(self.page, f"/app/loyalty-card/{number}")
		assert self.page.locator(".club-print svg").count() >= 1, "a barcode"
		return number

	def invoice(self, number: str) -> None:
		"""The first invoice that earns."""
		page = self.page
		self.step("Sell to a Member")
		self.go_on()
		field = page.locator("[data-fieldname=club_card] input:visible").first
		field.fill(number)
		field.press("Enter")
		settle(page)
		self.cell("items", 1, "item_code", "RICE", link=True)
		settle(page, 4)
		self.sees(self.say("This invoice will earn"))
		self.sees(EARNED[self.lang])
		self.save()
		self.go_on()
		self.save()  # the same button submits now
		self.confirm()
		self.go_on()
		self.sees(self.say("Points earned"))
		self.sees(EARNED[self.lang])

	def go(self) -> None:
		"""The whole walk."""
		self.desk.open(self.page, "/app/loyalty-club")
		self.shot("workspace-new")
		self.groups()
		self.settings()
		self.in_force(self.program())
		self.invoice(self.card(self.member()))
		self.desk.open(self.page, "/app/loyalty-club")
		self.shot("workspace", whole=True)


def main() -> None:
	"""Walks both languages."""
	given = arguments(__doc__, fresh=True)
	with Desk(given.sites, given.port, fresh=not given.keep) as desk:
		for lang in given.langs:
			person: dict[str, Any] = desk.on_site(
				f"import shop; print(json.dumps(shop.open_empty({lang!r})))"
			)
			with desk.page(person["user"], person["password"]) as page:
				Admin(desk, page, lang, person, given.out).go()


if __name__ == "__main__":
	main()
