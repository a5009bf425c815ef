"""A shop to look at: company, groups, program, members with cards, and some weeks of invoices, returns and redemptions;
some credit, two gift cards and a transfer.

`loyalty-club demo` makes it once, through the real documents, in one transaction: all of it is there or nothing. The
same size gives the same shop. It needs ERPNext and nothing else, not even the set-up wizard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import add_days, flt, get_url_to_form, get_url_to_list, getdate

from loyalty_club import persian, policy
from loyalty_club.engine import gift_cards, gift_sales, members, transfers

PROGRAM = "Demo Club"
COMPANY, ABBR = "فروشگاه باران", "BRN"
PRICES = "فهرست بهای باران"
CURRENCY = "IRR"
MILLION = 1_000_000
SEED = 1405

GROUPS = (  # group, title, from which net spend in a year (Rial), points per million
	("Bronze", "برنزی", 0, 10),
	("Silver", "نقره‌ای", 250 * MILLION, 15),
	("Gold", "طلایی", 800 * MILLION, 20),
)
ITEM_GROUPS = ("چای و قهوه", "برنج و حبوبات", "خشکبار و زعفران", "سکه و طلا")
ITEMS = (  # code, name, group, price (Rial)
	("TEA-500", "چای شکستهٔ لاهیجان ۵۰۰ گرم", 0, 4_800_000),
	("COFFEE-250", "قهوهٔ عربیکا ۲۵۰ گرم", 0, 6_900_000),
	("RICE-10", "برنج طارم هاشمی ۱۰ کیلو", 1, 18_500_000),
	("LENTIL-1", "عدس درشت ۱ کیلو", 1, 1_250_000),
	("SAFFRON-5", "زعفران سرگل ۵ گرم", 2, 9_400_000),
	("PISTACHIO-1", "پستهٔ اکبری ۱ کیلو", 2, 14_200_000),
	("DATE-1", "خرمای مضافتی ۱ کیلو", 2, 2_300_000),
	("COIN", "سکهٔ یادبود", 3, 95_000_000),
)
FIRST = (
	"مینا سارا نرگس مریم زهرا لیلا پریسا شیرین نازنین فاطمه الهام ندا آرزو مهسا سحر "
	"علی رضا حسین محمد امیر بهرام کاوه سینا آرش پویا مهدی حمید سعید بابک فرهاد"
)
LAST = (
	"احمدی کریمی رضایی حسینی محمدی موسوی جعفری صادقی رستمی شریفی کاظمی نوری قاسمی باقری یزدانی "
	"تهرانی اصفهانی شیرازی تبریزی گیلانی"
)


class Size(NamedTuple):
	"""How big the shop is."""

	customers: int = 30
	weeks: int = 8

	@property
	def invoices(self) -> int:
		"""About how many invoices that gives."""
		return max(self.customers, self.customers * self.weeks // 2)


@dataclass
class Made:
	"""What was made, or is there."""

	company: str
	program: str
	new: bool
	counts: dict[str, int] = field(default_factory=dict)
	member: str = ""
	card: str = ""

	def lines(self) -> list[str]:
		"""What to tell, and where to look."""
		told = [
			_("The demonstration is ready in {0}.").format(self.company)
			if self.new
			else _("The demonstration is there already, in {0}.").format(self.company)
		]
		told += [f"  {count:>6}  {_(name)}" for name, count in self.counts.items()]
		told += [
			_("Where to look:"),
			f"  {_('Program')}: {get_url_to_form('Club Program', self.program)}",
			f"  {_('Members')}: {get_url_to_list('Club Member')}",
			f"  {_('One member')}: {get_url_to_form('Club Member', self.member)}",
			f"  {_('Ledger')}: {get_url_to_list('Club Ledger Entry')}",
			_("Make a Sales Invoice, and scan or type this card: {0}").format(self.card),
		]
		return told


def check(company: str | None, force: bool) -> None:
	"""Raises ValidationError where the demonstration must not or cannot be made."""
	own = frappe.db.count("Club Member", {"program": ["!=", PROGRAM]})
	if own and not force:
		frappe.throw(
			_(
				"This site has {0} club members of its own; a demonstration belongs on another site, or use --force."
			).format(own)
		)
	if company is None:
		return
	currency = frappe.db.get_value("Company", company, "default_currency")
	if not currency:
		frappe.throw(_("There is no company {0}.").format(company))
	if currency != CURRENCY:
		frappe.throw(
			_("{0} keeps its books in {1}; the demonstration is in {2}. Leave --company away.").format(
				company, currency, CURRENCY
			)
		)


def make(
	company: str | None = None, size: Size | None = None, progress: Callable[[int], None] = lambda n: None
) -> Made:
	"""Makes the shop, if it is not there. Does not commit."""
	size = size or Size()
	if frappe.db.exists("Club Program", PROGRAM):
		return _made(new=False)
	random = Random(SEED)
	today = policy.club_today()
	first = today - timedelta(weeks=size.weeks)
	fresh = _roots()
	_fiscal_years(first, today)
	company = company or _company()
	if fresh:
		_finish_wizard(company)
	_groups()
	_items()
	program = _program(company)
	people = [_person(n, program, first, random) for n in range(size.customers)]
	shop = _Shop(company, random, people)
	days = sorted(random.randrange(size.weeks * 7 + 1) for _n in range(size.invoices))
	for n in days:
		shop.sell(first + timedelta(days=n))
		progress(1)
	shop.wallets(program.name)
	return _made(new=True)


def _made(*, new: bool) -> Made:
	company = frappe.db.get_value("Club Program Company", {"parent": PROGRAM}, "company")
	made = Made(company, PROGRAM, new)
	of = frappe.get_all("Club Member", {"program": PROGRAM}, pluck="name", order_by="name")
	invoices = {"company": company, "docstatus": 1, "club_member": ["in", of]}
	made.counts = {
		"members": len(of),
		"cards": frappe.db.count("Loyalty Card", {"member": ["in", of]}),
		"invoices": frappe.db.count("Sales Invoice", {**invoices, "is_return": 0}),
		"returns": frappe.db.count("Sales Invoice", {**invoices, "is_return": 1}),
		"ledger entries": frappe.db.count("Club Ledger Entry", {"member": ["in", of]}),
		"redemptions": frappe.db.count("Club Ledger Entry", {"member": ["in", of], "kind": "redeem"}),
		"gift cards": frappe.db.count("Gift Card", {"program": PROGRAM}),
		"transfers": frappe.db.count("Club Transfer", {"giver": ["in", of], "docstatus": 1}),
	}
	best = _richest(of)
	made.member = best[0] if best else ""
	made.card = frappe.db.get_value("Loyalty Card", {"member": made.member, "status": "Active"}) or ""
	return made


def _richest(of: list[str]) -> list[str]:
	"""These members, the one with the most points first."""
	filters = {"member": ["in", of], "wallet": "Points"}
	found: list[str] = frappe.get_all("Club Account", filters, pluck="member", order_by="balance desc, name")
	return found


# ---------------------------------------------------------------------------------------------- masters


def _insert(doctype: str, name: str, **fields: Any) -> str:
	"""Makes a record that is not there; returns its name."""
	found = frappe.db.exists(doctype, name)
	if found:
		return str(found)
	doc = frappe.get_doc({"doctype": doctype, **fields})
	doc.flags.ignore_permissions = True
	made: str = doc.insert().name
	return made


def _roots() -> bool:
	"""What the set-up wizard makes first, where nobody ran it; whether it was so."""
	fresh = not frappe.get_all("Company", limit=1)
	if fresh:
		from erpnext.setup.setup_wizard.operations.install_fixtures import install

		install("Iran")
		if not frappe.db.get_single_value("System Settings", "time_zone"):
			frappe.db.set_single_value("System Settings", "time_zone", "Asia/Tehran")
	_insert("Currency", CURRENCY, currency_name=CURRENCY, symbol="﷼")
	frappe.db.set_value("Currency", CURRENCY, "enabled", 1)
	return fresh


def _finish_wizard(company: str) -> None:
	"""What the set-up wizard makes last: the company is the default one, and the desk opens without the wizard."""
	from erpnext.setup.setup_wizard.operations.install_fixtures import install_defaults
	from frappe.desk.page.setup_wizard.setup_wizard import disable_future_access

	install_defaults(frappe._dict(company_name=company, currency=CURRENCY, country="Iran"))
	frappe.db.set_value(
		"Installed Application", {"app_name": ["in", ["frappe", "erpnext"]]}, "is_setup_complete", 1
	)
	disable_future_access()


def _price_list() -> str:
	"""A selling price list in the demonstration's currency: of another, ERPNext would look for an exchange rate."""
	found = frappe.db.get_value("Price List", {"selling": 1, "enabled": 1, "currency": CURRENCY})
	if found:
		return str(found)
	return _insert(
		"Price List", PRICES, price_list_name=PRICES, selling=1, buying=0, enabled=1, currency=CURRENCY
	)


def _fiscal_years(first: date, last: date) -> None:
	for year in range(first.year, last.year + 1):
		covered = frappe.db.exists(
			"Fiscal Year",
			{
				"year_start_date": ["<=", max(first, date(year, 1, 1))],
				"year_end_date": [">=", min(last, date(year, 12, 31))],
			},
		)
		if not covered:
			_insert(
				"Fiscal Year",
				str(year),
				year=str(year),
				year_start_date=f"{year}-01-01",
				year_end_date=f"{year}-12-31",
			)


def _company() -> str:
	return _insert(
		"Company",
		COMPANY,
		company_name=COMPANY,
		abbr=ABBR,
		default_currency=CURRENCY,
		country="Iran",
		create_chart_of_accounts_based_on="Standard Template",
		chart_of_accounts="Standard",
	)


def _groups() -> None:
	root = frappe.db.get_value("Customer Group", {"is_group": 1, "parent_customer_group": ["is", "not set"]})
	for name, *_rest in GROUPS:
		_insert("Customer Group", name, customer_group_name=name, parent_customer_group=root)


def _items() -> None:
	root = frappe.db.get_value("Item Group", {"is_group": 1, "parent_item_group": ["is", "not set"]})
	for name in ITEM_GROUPS:
		_insert("Item Group", name, item_group_name=name, parent_item_group=root)
	unit = "Nos" if frappe.db.exists("UOM", "Nos") else frappe.get_all("UOM", pluck="name", limit=1)[0]
	for code, name, group, price in ITEMS:
		_insert(
			"Item",
			code,
			item_code=code,
			item_name=name,
			item_group=ITEM_GROUPS[group],
			stock_uom=unit,
			is_stock_item=0,
			standard_rate=price,
		)


def _account(company: str, name: str, beside: str = "default_payable_account", **fields: Any) -> str:
	"""A liability account above the company's creditors, or one beside another account of the company's."""
	found = frappe.db.get_value("Account", {"company": company, "account_name": name, "is_group": 0})
	if found:
		return str(found)
	other = frappe.db.get_value("Company", company, beside)
	group = frappe.db.get_value("Account", other, "parent_account") if other else None
	if beside == "default_payable_account":
		group = (frappe.db.get_value("Account", group, "parent_account") if group else None) or group
	doc = frappe.get_doc(
		{"doctype": "Account", "account_name": name, "parent_account": group, "company": company, **fields}
	)
	doc.flags.ignore_permissions = True
	made: str = doc.insert().name
	return made


def _program(company: str) -> Any:
	doc = frappe.get_doc(
		{
			"doctype": "Club Program",
			"program_name": PROGRAM,
			"title_fa": "باشگاه باران",
			"currency": CURRENCY,
			"calendar": "Jalali",
			"display_unit": "Toman",
			"point_value": 1000,
			"max_share": 50,
			"expiry": "end_of_quarter",
			"expiry_count": 2,
			"companies": [
				{
					"company": company,
					"liability_account": _account(company, "امتیاز باشگاه مشتریان"),
					"marketing_account": _account(company, "هزینهٔ هدیه‌های باشگاه", "round_off_account"),
				}
			],
			"tiers": [
				{
					"customer_group": name,
					"title_fa": title,
					"threshold": threshold,
					"points": points,
					"per": MILLION,
				}
				for name, title, threshold, points in GROUPS
			],
			"exclude": [{"choice": "Item Group", "value": ITEM_GROUPS[3]}],
			"rules": [
				{"rule": "First purchase", "title_fa": "هدیهٔ نخستین خرید", "add": 20, "first_purchase": 1}
			],
		}
	).insert()
	doc.put_in_force()
	settings = frappe.get_single("Loyalty Club Settings")
	settings.program = settings.program or doc.name
	settings.transfer_points = 1
	settings.save()
	return doc


# ---------------------------------------------------------------------------------------------- people


class _Person(NamedTuple):
	customer: str
	member: str
	card: str
	taste: int  # how many of the dearest rows a purchase has, 1 to 4


def _person(n: int, program: Any, first: date, random: Random) -> _Person:
	given, family = FIRST.split(), LAST.split()
	name = f"{given[n % len(given)]} {family[(n * 7 + n // len(given)) % len(family)]}"
	mobile = persian.mobile(f"0912{random.randrange(10**7):07}")
	customer = frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": name,
			"customer_type": "Individual",
			"customer_group": GROUPS[0][0],
			"territory": frappe.db.get_value("Territory", {"parent_territory": ["is", "not set"]}),
		}
	).insert()
	member = members.join(
		customer.name,
		program.name,
		channel="Demo",
		joined_on=first,
		mobile=mobile,
		birthday=date(1965 + random.randrange(40), 1 + random.randrange(12), 1 + random.randrange(28)),
		service_messages=1,
	)
	card = frappe.get_doc(
		{"doctype": "Loyalty Card", "member": member.name, "status": "Active", "issued_on": first}
	).insert()
	return _Person(customer.name, member.name, card.name, 1 + (random.random() < 0.4) + 2 * (n % 6 == 0))


class _Shop:
	"""Sells, takes back, and cancels now and then."""

	def __init__(self, company: str, random: Random, people: list[_Person]) -> None:
		self.company = company
		self.random = random
		self.people = people
		self.receivable = frappe.db.get_value("Company", company, "default_receivable_account")
		self.vat = _account(company, "مالیات بر ارزش افزوده", account_type="Tax", tax_rate=10)
		self.cash = self._cash()
		self.prices = _price_list()
		self.sold: list[str] = []
		self.n = 0

	def _cash(self) -> str:
		"""A mode of payment with the company's till."""
		mode = frappe.get_doc(
			"Mode of Payment", _insert("Mode of Payment", "Cash", mode_of_payment="Cash", type="Cash")
		)
		if not any(row.company == self.company for row in mode.accounts):
			till = frappe.db.get_value(
				"Company", self.company, "default_cash_account"
			) or frappe.db.get_value(
				"Account", {"company": self.company, "account_type": "Cash", "is_group": 0}
			)
			mode.append("accounts", {"company": self.company, "default_account": till})
			mode.save()
		return str(mode.name)

	def sell(self, day: date) -> None:
		"""One purchase on that day; sometimes one is brought back, or entered by mistake and cancelled."""
		person = self.people[self.n] if self.n < len(self.people) else self.random.choice(self.people)
		self.n += 1
		doc = self._invoice(person, day)
		doc.insert()
		doc.submit()
		if self.n % 23 == 0:
			doc.cancel()
			return
		self.sold.append(doc.name)
		if self.n % 9 == 0:
			self._bring_back(self.random.choice(self.sold[-12:]), day)

	def _invoice(self, person: _Person, day: date) -> Any:
		rows = [
			{"item_code": code, "qty": 1 + self.random.randrange(3), "rate": price}
			for code, _name, group, price in self.random.sample(ITEMS, person.taste + 1)
			if group != 3 or self.random.random() < 0.2
		] or [{"item_code": ITEMS[0][0], "qty": 1, "rate": ITEMS[0][3]}]
		doc = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"company": self.company,
				"customer": person.customer,
				"currency": CURRENCY,
				"selling_price_list": self.prices,
				"set_posting_time": 1,
				"posting_date": day,
				"due_date": add_days(day, 30),
				"debit_to": self.receivable,
				"club_card": person.card,
				"items": rows,
				"taxes": [
					{
						"charge_type": "On Net Total",
						"account_head": self.vat,
						"rate": 10,
						"description": "مالیات بر ارزش افزوده",
					}
				],
			}
		)
		points = self._points(doc, person)
		if points:
			doc.append("club_redemptions", {"points": points})
		if self.n % 3:
			gross = sum(row["qty"] * row["rate"] for row in rows) * 11 // 10
			doc.is_pos = 1
			doc.append("payments", {"mode_of_payment": self.cash, "amount": gross - points * 1000})
		return doc

	def _points(self, doc: Any, person: _Person) -> int:
		"""Every fourth or so spends what it may."""
		if self.n <= len(self.people) or self.random.random() > 0.3:
			return 0
		from loyalty_club.engine import draft

		asked = frappe.copy_doc(doc)
		asked.club_card = person.card
		asked.run_method("set_missing_values")
		asked.run_method("calculate_taxes_and_totals")
		return int(flt(draft.panel(asked).get("most")))

	def _bring_back(self, name: str, day: date) -> None:
		from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

		if frappe.db.exists("Sales Invoice", {"return_against": name, "docstatus": 1}):
			return
		doc = make_sales_return(name)
		doc.update({"set_posting_time": 1, "posting_date": max(day, getdate(doc.posting_date))})
		doc.posting_date = day
		if len(doc.items) > 1:
			doc.set("items", doc.items[:1])
		if doc.is_pos:
			doc.set("payments", [])
			doc.append("payments", {"mode_of_payment": self.cash, "amount": 0})
		doc.run_method("calculate_taxes_and_totals")
		if doc.is_pos:
			doc.payments[0].amount = doc.grand_total
		doc.insert()
		doc.submit()

	# ------------------------------------------------------------------------------------ credit, gift cards, transfer

	def wallets(self, program: str) -> None:
		"""Today: credit paid in and given, a gift card sold and one given, and points that change hands."""
		first, second = self.people[0], self.people[1]
		self._adjust("Cash Credit", 20 * MILLION, "Paid In", "واریز به اعتبار", member=first.member)
		until = add_days(policy.club_today(), 90)
		self._adjust(
			"Gift Credit", 2 * MILLION, "Gift", "هدیهٔ باشگاه", member=second.member, expires_on=until
		)
		sold, given = gift_cards.make(program, 2, company=self.company, face_value=Decimal(5 * MILLION))
		self._sell_gift_card(first, sold.number)
		self._adjust("Gift Card", 3 * MILLION, "Gift", "جایزهٔ قرعه‌کشی", gift_card=given.name)
		giver, receiver, *_others = _richest([each.member for each in self.people])
		transfer = frappe.get_doc(
			{
				"doctype": "Club Transfer",
				"giver": giver,
				"receiver": receiver,
				"wallet": "Points",
				"quantity": 5,
				"company": self.company,
				"posting_date": policy.club_today(),
			}
		).insert()
		transfers.approve(transfer, "نمایش")

	def _adjust(self, wallet: str, amount: int, kind: str, why: str, **fields: Any) -> None:
		frappe.get_doc(
			{
				"doctype": "Club Adjustment",
				"wallet": wallet,
				"kind": kind,
				"points": amount,
				"mode_of_payment": self.cash if kind == "Paid In" else None,
				"company": self.company,
				"posting_date": policy.club_today(),
				"reason": why,
				**fields,
			}
		).insert().submit()

	def _sell_gift_card(self, person: _Person, number: str) -> None:
		row = gift_sales.row_for(number, self.company)
		doc = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"company": self.company,
				"customer": person.customer,
				"currency": CURRENCY,
				"selling_price_list": self.prices,
				"debit_to": self.receivable,
				"is_pos": 1,
				"items": [{key: row[key] for key in ("item_code", "club_gift_card", "qty", "rate")}],
				"payments": [{"mode_of_payment": self.cash, "amount": row["rate"]}],
			}
		)
		doc.insert().submit()
