"""Cards in daily life: batches and their files, handing out, finding, blocking, replacing."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import frappe
from frappe.utils import add_days, today
from PIL import Image
from pypdf import PdfReader

from loyalty_club import api, card_print
from loyalty_club.api import cards as desk
from loyalty_club.core import cards
from loyalty_club.engine import batches, gift_cards, members
from loyalty_club.patches import last_four_of_cards
from loyalty_club.tests.builders import COMPANY, ClubCase, M, balance, card, customer, give, member, program
from loyalty_club.tests.people import acting_as, user

POINT = 72 / 25.4


def batch(club: Any, quantity: int, submit: bool = True, **fields: Any) -> Any:
	"""A batch of cards; submitted unless said otherwise."""
	doc = frappe.get_doc(
		{"doctype": "Loyalty Card Batch", "program": club.name, "quantity": quantity, **fields}
	).insert()
	if submit:
		doc.submit()
		doc.reload()
	return doc


def design(**fields: Any) -> Any:
	"""A design of the club's own."""
	return frappe.get_doc(
		{
			"doctype": "Club Card Design",
			"design_name": f"Design {frappe.generate_hash(length=6)}",
			"title": "باشگاه مشتریان",
			"subtitle": "Customer Club",
			**fields,
		}
	).insert()


def blank(of: Any) -> list[str]:
	"""Numbers of a batch's blank cards."""
	return frappe.get_all("Loyalty Card", filters={"batch": of.name, "status": "Blank"}, pluck="name")


def read(of: Any) -> list[PdfReader]:
	"""The files of a batch."""
	of.reload()
	return [PdfReader(io.BytesIO(card_print.content(row.file_url))) for row in card_print.files(of)]


def digits(page: Any) -> str:
	"""The digits that stand on a page."""
	return re.sub(r"\D", "", page.extract_text())


class Making(ClubCase):
	def test_a_small_batch_is_there_at_once_with_numbers_of_the_club(self) -> None:
		doc = batch(self.program, 7)
		self.assertEqual((doc.status, doc.made), ("Ready", 7))
		rows = frappe.get_all(
			"Loyalty Card", {"batch": doc.name}, ["name", "token", "last_four", "status", "member"]
		)
		self.assertEqual(len({row.token for row in rows} | {row.name for row in rows}), 14)
		for row in rows:
			self.assertEqual(cards.parse_card(row.name, doc.prefix), row.name)
			self.assertEqual((row.last_four, row.status, row.member), (row.name[-4:], "Blank", None))

	def test_a_large_batch_is_the_workers_and_ends_with_exactly_its_number(self) -> None:
		doc = batch(self.program, 1201)
		self.assertEqual((doc.status, len(blank(doc))), ("Making", 0))
		batches.make(doc.name)
		doc.reload()
		self.assertEqual((doc.status, doc.made, len(blank(doc))), ("Ready", 1201, 1201))

	def test_a_run_that_was_cut_off_goes_on_and_one_too_many_adds_nothing(self) -> None:
		doc = batch(self.program, 1201)
		self.assertTrue(batches._step(doc.name))
		doc.reload()
		self.assertEqual((doc.status, doc.made), ("Making", batches.AT_ONCE))
		before = set(blank(doc))
		batches.make(doc.name)
		batches.make(doc.name)
		self.assertEqual(len(blank(doc)), 1201)
		self.assertLess(before, set(blank(doc)))
		with self.assert_refused("nothing left to make"):
			desk.resume_batch(doc.name)

	def test_a_number_that_is_taken_is_drawn_again_and_the_database_says_so(self) -> None:
		taken = blank(batch(self.program, 2))
		drawn = iter([int(taken[0][4:15]), int(taken[1][4:15]), *range(10**9, 10**9 + 50)])
		randbelow = batches.secrets.randbelow
		batches.secrets.randbelow = lambda limit: next(drawn) if limit > 36 else randbelow(limit)
		try:
			doc = batch(self.program, 4)
		finally:
			batches.secrets.randbelow = randbelow
		self.assertEqual(len(blank(doc)), 4)
		self.assertFalse(set(blank(doc)) & set(taken))
		with self.assertRaises(frappe.DuplicateEntryError):
			frappe.get_doc({"doctype": "Loyalty Card", "card_number": taken[0], "status": "Blank"}).insert()

	def test_a_cancelled_batch_takes_its_cards_away_unless_one_is_out_and_a_late_worker_makes_none(
		self,
	) -> None:
		doc = batch(self.program, 3)
		desk.print_batch(doc.name)
		doc.reload()
		doc.cancel()
		self.assertEqual((blank(doc), card_print.files(doc), doc.status), ([], [], "Cancelled"))
		batches.make(doc.name)
		self.assertEqual(blank(doc), [])
		out = batch(self.program, 3)
		members.hand_out(blank(out)[0], member(self.program).name)
		with self.assert_refused("1 cards of this batch have been handed out"):
			out.cancel()

	def test_a_batch_has_a_number_of_cards_that_can_be_made(self) -> None:
		for quantity in (0, -1, batches.MOST + 1):
			with self.subTest(quantity), self.assert_refused("1 to 20,000"):
				batch(self.program, quantity, submit=False)


class Upgrading(ClubCase):
	def test_older_cards_get_their_digits_and_a_token_that_a_qr_can_hold(self) -> None:
		old, other = card(member(self.program)), card(member(self.program))
		kept = frappe.db.get_value("Loyalty Card", other, "token")
		frappe.db.set_value("Loyalty Card", old, {"last_four": None, "token": "0" * 20})
		last_four_of_cards.execute()
		row = frappe.get_doc("Loyalty Card", old)
		self.assertEqual(row.last_four, old[-4:])
		self.assertTrue(row.token[0].isalpha())
		self.assertEqual(frappe.db.get_value("Loyalty Card", other, "token"), kept)
		self.assertTrue(api.card_panel(old)["qr"].startswith("<svg"))


class Printing(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		self.design = design()

	def test_the_file_is_private_has_a_page_a_side_of_cr80_and_every_number(self) -> None:
		doc = batch(self.program, 5, design=self.design.name)
		desk.print_batch(doc.name)
		(file,) = card_print.files(doc)
		self.assertTrue(file.file_url.startswith("/private/files/"))
		(pdf,) = read(doc)
		self.assertEqual(len(pdf.pages), 10)
		for n, number in enumerate(sorted(blank(doc))):
			self.assertEqual(digits(pdf.pages[2 * n]), number)
			self.assertIn(number, digits(pdf.pages[2 * n + 1]))
		for page in pdf.pages:
			self.assertAlmostEqual(float(page.mediabox.width), 85.60 * POINT, delta=0.01)
			self.assertAlmostEqual(float(page.mediabox.height), 53.98 * POINT, delta=0.01)
			for font in page["/Resources"]["/Font"].values():
				below = font.get_object()["/DescendantFonts"][0].get_object()
				self.assertIn("/FontFile2", below["/FontDescriptor"].get_object())
		self.assertIn("Customer Club", pdf.pages[0].extract_text())

	def test_fronts_and_backs_may_be_files_of_their_own(self) -> None:
		doc = batch(self.program, 4, files="Two Files, Fronts and Backs")
		desk.print_batch(doc.name)
		fronts, backs = read(doc)
		self.assertEqual((len(fronts.pages), len(backs.pages)), (4, 4))
		for front, back in zip(fronts.pages, backs.pages, strict=True):
			self.assertEqual(digits(front), digits(back))

	def test_a_batch_is_cut_into_files_of_a_size_that_a_printer_takes(self) -> None:
		doc = batch(self.program, 5)
		most, card_print.IN_A_FILE = card_print.IN_A_FILE, 2
		try:
			desk.print_batch(doc.name)
		finally:
			card_print.IN_A_FILE = most
		self.assertEqual([len(pdf.pages) for pdf in read(doc)], [4, 4, 2])

	def test_printing_again_replaces_the_file_and_leaves_out_what_no_longer_works(self) -> None:
		doc = batch(self.program, 3)
		desk.print_batch(doc.name)
		lost = blank(doc)[0]
		api.block_card(lost, "torn")
		doc.reload()
		desk.print_batch(doc.name)
		(pdf,) = read(doc)
		self.assertEqual(len(pdf.pages), 4)
		self.assertNotIn(lost, "".join(digits(page) for page in pdf.pages))

	def test_a_large_batch_is_printed_by_a_worker_and_not_before_it_is_made(self) -> None:
		doc = batch(self.program, 201)
		with self.assert_refused("not made yet"):
			desk.print_batch(doc.name)
		batches.make(doc.name)
		desk.print_batch(doc.name)
		self.assertEqual(desk.batch_panel(doc.name)["print_status"], "Printing")
		self.assertEqual(card_print.files(doc), [])
		card_print.make(doc.name)
		shown = desk.batch_panel(doc.name)
		self.assertEqual((shown["print_status"], len(shown["files"]), shown["blank"]), ("", 1, "201"))

	def test_what_a_lost_worker_left_is_asked_for_again_by_the_scheduler(self) -> None:
		making, printing, _done = batch(self.program, 201), batch(self.program, 201), batch(self.program, 1)
		batches.make(printing.name)
		desk.print_batch(printing.name)
		asked: list[tuple[str, str]] = []
		enqueue, batches.enqueue = batches.enqueue, lambda method, name: asked.append((method, name))
		try:
			batches.resume_unfinished()
		finally:
			batches.enqueue = enqueue
		ours = {making.name, printing.name, _done.name}
		self.assertEqual(
			[each for each in asked if each[1] in ours],
			[
				("loyalty_club.engine.batches.make", making.name),
				("loyalty_club.card_print.make", printing.name),
			],
		)
		for method, _name in asked:
			self.assertTrue(callable(frappe.get_attr(method)))
		card_print.make(printing.name)
		card_print.make(printing.name)
		self.assertEqual(len(card_print.files(printing)), 1)

	def test_a_card_that_was_handed_out_is_printed_with_its_members_name(self) -> None:
		sara = member(self.program, customer("Sara Karimi"))
		frappe.db.set_value("Club Card Design", self.design.name, "is_default", 1)
		for show, expected in ((1, True), (0, False)):
			frappe.db.set_value("Club Card Design", self.design.name, "show_name", show)
			frappe.clear_document_cache("Club Card Design", self.design.name)
			desk.print_card(card(sara))
			pdf = PdfReader(io.BytesIO(frappe.local.response.filecontent))
			self.assertEqual(len(pdf.pages), 2)
			self.assertEqual("Sara Karimi" in pdf.pages[0].extract_text(), expected)

	def test_a_cashier_sees_no_batch_and_so_none_of_its_files(self) -> None:
		doc = batch(self.program, 2)
		desk.print_batch(doc.name)
		file = frappe.get_doc("File", card_print.files(doc)[0].name)
		with acting_as(user("Club Cashier")):
			self.assertFalse(frappe.has_permission("File", "read", doc=file))
			for call in (desk.batch_panel, desk.print_batch, desk.resume_batch):
				with self.assertRaises(frappe.PermissionError):
					call(doc.name)
		with acting_as(user("Club Manager")):
			self.assertTrue(frappe.has_permission("File", "read", doc=file))
			self.assertEqual(desk.batch_panel(doc.name)["status"], "Ready")


class Designs(ClubCase):
	def picture(self, kind: str = "PNG", content: bytes | None = None, name: str = "logo") -> str:
		if content is None:
			out = io.BytesIO()
			Image.new("RGB", (200, 80), "#c00").save(out, kind)
			content = out.getvalue()
		file = frappe.get_doc(
			{"doctype": "File", "file_name": f"{name}.{kind.lower()}", "is_private": 1, "content": content}
		).insert()
		self.addCleanup(Path(file.get_full_path()).unlink, missing_ok=True)
		url: str = file.file_url
		return url

	def test_the_preview_shows_what_the_form_says_before_it_is_saved(self) -> None:
		form = frappe.new_doc("Club Card Design")
		form.update({"title": "Tea House", "colour_1": "#ABCDEF", "colour_2": "", "language": "English"})
		shown = desk.design_preview(json.dumps(form.as_dict(), default=str))
		self.assertIn("Tea House", shown["front"])
		self.assertIn("#ABCDEF", shown["front"])
		self.assertIn("Mina Rezaei", shown["front"])
		self.assertNotIn("linearGradient", shown["front"])
		self.assertNotIn("Tea House", shown["back"])
		self.assertFalse(frappe.db.exists("Club Card Design", {"title": "Tea House"}))

	def test_a_gift_cards_preview_shows_value_validity_and_code(self) -> None:
		shown = card_print.preview(design(kind="Gift Card", language="English"))
		self.assertIn("5,000,000", shown["front"])
		self.assertIn("Valid until", shown["front"])
		self.assertIn(card_print.SAMPLE_PIN, shown["back"])

	def test_a_batchs_preview_shows_what_its_cards_will_say(self) -> None:
		look = design(language="English")
		shown = desk.batch_panel(batch(self.program, 1, design=look.name).name)
		self.assertEqual(shown["design"], look.name)
		self.assertNotIn("Mina Rezaei", shown["preview"]["front"])
		gift = {"kind": "Gift Card", "company": COMPANY, "face_value": 7 * M}
		gift["design"] = design(kind="Gift Card", language="English").name
		shown = desk.batch_panel(batch(self.program, 1, **gift).name)
		self.assertIn("7,000,000", shown["preview"]["front"])
		self.assertNotIn("Valid until", shown["preview"]["front"])

	def test_pictures_of_the_site_are_printed(self) -> None:
		look = design(logo=self.picture(), front_image=self.picture("JPEG", name="front"))
		pdf = PdfReader(io.BytesIO(card_print.card_file(_card(self.program), look.name)))
		self.assertEqual(len(pdf.pages[0]["/Resources"]["/XObject"]), 2)

	def test_what_is_no_picture_and_what_is_not_here_is_refused_by_name(self) -> None:
		with self.assert_refused("Logo is no picture"):
			design(logo=self.picture("PNG", b"no picture at all"))
		with self.assert_refused("no file of this site"):
			design(logo="https://example.com/logo.png")
		with self.assert_refused("Colour is no colour"):
			design(colour_1="red")

	def test_one_design_of_a_kind_is_the_default_and_a_batch_takes_only_its_kind(self) -> None:
		first, second = design(is_default=1), design(is_default=1)
		gift = design(kind="Gift Card", is_default=1)
		self.assertEqual(frappe.db.get_value("Club Card Design", first.name, "is_default"), 0)
		self.assertEqual(card_print.design_of(None, "Loyalty Card").name, second.name)
		self.assertEqual(card_print.design_of(None, "Gift Card").name, gift.name)
		with self.assert_refused("is not for cards of the kind"):
			batch(self.program, 1, design=gift.name, submit=False)


class Gifts(ClubCase):
	def make(self, quantity: int = 3, **fields: Any) -> Any:
		given = {"kind": "Gift Card", "company": COMPANY, "face_value": 5 * M, **fields}
		return batch(self.program, quantity, **given)

	def test_gift_cards_are_made_blank_with_their_value_and_company(self) -> None:
		end = add_days(today(), 400)
		doc = self.make(expires_on=end)
		rows = frappe.get_all(
			"Gift Card", {"batch": doc.name}, ["status", "face_value", "company", "expires_on", "account"]
		)
		self.assertEqual((len(rows), doc.made, doc.status), (3, 3, "Ready"))
		for row in rows:
			self.assertEqual(
				(row.status, row.face_value, row.company, row.account), ("Blank", 5 * M, COMPANY, None)
			)
			self.assertEqual(str(row.expires_on), end)

	def test_number_and_code_are_in_the_file_once_and_nowhere_afterwards(self) -> None:
		doc = self.make(design=design(kind="Gift Card", language="English").name)
		names = frappe.get_all("Gift Card", {"batch": doc.name}, pluck="name", order_by="name")
		secrets = gift_cards.secrets_of(names)
		desk.print_batch(doc.name)
		(pdf,) = read(doc)
		self.assertEqual(len(pdf.pages), 6)
		for n, name in enumerate(names):
			front, back = pdf.pages[2 * n], pdf.pages[2 * n + 1]
			self.assertTrue(digits(front).endswith(secrets[name].number))
			self.assertIn("5,000,000", front.extract_text())
			self.assertIn(secrets[name].number, digits(back))
			self.assertRegex(back.extract_text(), rf"code\s*{secrets[name].pin}\b")
			self.assertTrue(gift_cards.check_pin(name, secrets[name].pin))
		self.assertEqual(gift_cards.secrets_of(names), {})
		with self.assert_refused("no longer kept"):
			desk.print_batch(doc.name)
		self.assertFalse(desk.batch_panel(doc.name)["may_print"])

	def test_a_file_that_cannot_be_made_keeps_the_codes(self) -> None:
		look = design(kind="Gift Card")
		doc = self.make(design=look.name)
		names = frappe.get_all("Gift Card", {"batch": doc.name}, pluck="name")
		frappe.db.set_value("Club Card Design", look.name, "logo", "/files/gone.png")
		frappe.clear_document_cache("Club Card Design", look.name)
		with self.assert_refused("no file of this site"):
			desk.print_batch(doc.name)
		self.assertEqual(len(gift_cards.secrets_of(names)), 3)

	def test_a_gift_batch_needs_its_company_and_a_day_to_come(self) -> None:
		doc = self.make(submit=False)
		doc.company = None
		with self.assert_refused("Choose the company"):
			doc.save()
		with self.assert_refused("expired already"):
			self.make(expires_on=today())

	def test_a_gift_batch_belongs_to_a_company_of_its_program(self) -> None:
		doc = self.make(submit=False)
		doc.company = "Nobody's Company"
		doc.flags.ignore_links = True
		with self.assert_refused("is not in force in Nobody"):
			doc.save()

	def test_a_cancelled_gift_batch_leaves_no_card_and_no_code(self) -> None:
		doc = self.make()
		names = frappe.get_all("Gift Card", {"batch": doc.name}, pluck="name")
		doc.cancel()
		self.assertFalse(frappe.db.exists("Gift Card", {"batch": doc.name}))
		self.assertEqual(gift_cards.secrets_of(names), {})


def _card(club: Any) -> Any:
	return frappe.get_doc("Loyalty Card", card(member(club)))


class HandingOut(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program, mobile="09901234567")
		self.batch = batch(self.program, 4)
		self.number = blank(self.batch)[0]

	def test_a_scanned_blank_card_is_the_members_and_finds_the_member(self) -> None:
		with self.assert_refused("belongs to nobody yet"):
			members.find(self.number)
		with acting_as(user("Club Cashier", "Sales User")):
			typed = cards.group(self.number).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
			self.assertEqual(desk.hand_out(typed, self.mina.name), self.number)
		row = frappe.get_doc("Loyalty Card", self.number)
		self.assertEqual((row.status, row.member, str(row.issued_on)), ("Active", self.mina.name, today()))
		self.assertEqual(members.find(self.number).member.name, self.mina.name)

	def test_the_qr_on_a_card_says_the_same_as_its_barcode(self) -> None:
		token = frappe.db.get_value("Loyalty Card", self.number, "token")
		self.assertEqual(desk.hand_out(token, self.mina.name), self.number)
		found = members.find(token)
		self.assertEqual((found.member.name, found.by, found.card), (self.mina.name, "card", self.number))
		self.assertEqual([row["name"] for row in desk.find(token)], [self.number])
		with self.assert_refused("No member has the card"):
			members.find("0" * 19 + "a")

	def test_a_member_may_have_several_cards(self) -> None:
		for number in blank(self.batch)[:3]:
			desk.hand_out(number, self.mina.name)
		shown = api.member_panel(self.mina.name)["cards"]
		self.assertEqual(len([each for each in shown if each["status"] == "Active"]), 3)

	def test_a_card_that_is_out_blocked_unknown_or_of_another_program_is_refused_with_what_to_do(
		self,
	) -> None:
		sara = member(self.program)
		first, second, third, _fourth = blank(self.batch)
		desk.hand_out(first, self.mina.name)
		api.block_card(second)
		for number, words in (
			(first, f"is the card of member {self.mina.name} already"),
			(second, "is Blocked. Take another"),
			("123", "type the 16 digits"),
			(third[:15] + str((int(third[15]) + 1) % 10), "a digit is wrong"),
			(cards.card_number("9990", lambda count: "1" * count), "There is no card"),
		):
			with self.subTest(words), self.assert_refused(words):
				desk.hand_out(number, sara.name)
		api.leave_club(sara.name)
		with self.assert_refused("is Left and is given no card"):
			desk.hand_out(third, sara.name)

	def test_a_card_of_another_club_is_refused(self) -> None:
		foreign = program()
		number = blank(batch(foreign, 1))[0]
		with self.assert_refused(f"is for members of {foreign.name}"):
			desk.hand_out(number, self.mina.name)

	def test_one_who_may_not_change_cards_hands_out_none(self) -> None:
		with acting_as(user("Club Accountant")), self.assertRaises(frappe.PermissionError):
			desk.hand_out(self.number, self.mina.name)


class LostCards(ClubCase):
	def setUp(self) -> None:
		super().setUp()
		self.mina = member(self.program, customer("Mina Azadi"), mobile="09901234567")
		self.card = card(self.mina)
		give(self.mina, 700)

	def names(self, text: str = "", status: str = "") -> list[str]:
		return [row["name"] for row in desk.find(text, status)]

	def test_a_card_is_found_by_whatever_the_customer_knows(self) -> None:
		card(member(self.program, mobile="09905554433"))
		for text in (
			self.card,
			cards.group(self.card),
			"09901234567",
			"۰۹۹۰ ۱۲۳ ۴۵۶۷",
			self.mina.name.lower(),
			"mina aza",
		):
			with self.subTest(text):
				self.assertEqual(self.names(text), [self.card])
		self.assertIn(self.card, self.names(self.card[-4:]))
		self.assertEqual(self.names("nobody has this name"), [])

	def test_the_status_narrows_and_empty_shows_the_latest(self) -> None:
		self.assertIn(self.card, self.names())
		self.assertEqual(self.names("09901234567", "Blocked"), [])
		api.block_card(self.card, "left in a taxi")
		(row,) = desk.find("09901234567", "Blocked")
		self.assertEqual((row["reason"], row["customer_name"]), ("left in a taxi", "Mina Azadi"))
		self.assertTrue(row["blocked_on"])
		self.assertNotIn(self.card, row["number"])

	def test_replacing_by_a_blank_card_keeps_the_balance_the_date_and_the_reason(self) -> None:
		number = blank(batch(self.program, 1))[0]
		self.assertEqual(api.replace_card(self.card, "torn", number), number)
		self.assertEqual(members.find(number).member.name, self.mina.name)
		self.assertEqual(balance(self.mina), 700)
		rows = {row["name"]: row for row in desk.find("09901234567")}
		self.assertEqual(
			(rows[self.card]["status"], rows[self.card]["reason"], rows[self.card]["replaced_by"]),
			("Replaced", "torn", number),
		)
		self.assertTrue(rows[self.card]["blocked_on"])
		self.assertEqual(frappe.db.get_value("Loyalty Card", number, "replaces"), self.card)
		self.assertEqual(api.card_panel(self.card)["reason"], "torn")

	def test_a_replacement_that_cannot_be_leaves_the_old_card_as_it_was(self) -> None:
		frappe.db.savepoint("before_replacing")
		with self.assert_refused("There is no card"):
			api.replace_card(self.card, "torn", cards.card_number("9990", lambda count: "1" * count))
		frappe.db.rollback(save_point="before_replacing")
		self.assertEqual(frappe.db.get_value("Loyalty Card", self.card, "status"), "Active")

	def test_a_blocked_card_that_is_replaced_keeps_its_reason_and_a_found_one_has_none(self) -> None:
		api.block_card(self.card, "stolen")
		api.unblock_card(self.card)
		self.assertIsNone(frappe.db.get_value("Loyalty Card", self.card, "block_reason"))
		api.block_card(self.card, "stolen")
		api.replace_card(self.card)
		self.assertEqual(api.card_panel(self.card)["reason"], "stolen")

	def test_who_is_confined_to_other_members_finds_nothing(self) -> None:
		other = member(self.program)
		who = user("Club Cashier")
		frappe.get_doc(
			{"doctype": "User Permission", "user": who, "allow": "Club Member", "for_value": other.name}
		).insert()
		with acting_as(who):
			self.assertEqual(self.names("09901234567"), [])
		with acting_as(user("Sales User")), self.assertRaises(frappe.PermissionError):
			desk.find("09901234567")
