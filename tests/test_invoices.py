"""Files of invoices through the command line: what is wrong with one is said once, and how it is written is all one."""

from __future__ import annotations

import gzip
import json
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from shop import HEADER, Shop, refused

SALE = "A-1,2025-03-21,Sara,tea,1,1000"
MORE = f"{HEADER},redeem_points,return_against,tax,posting_time"
PERSIAN = re.compile("[\u0600-\u06ff]")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
	return Shop(tmp_path)


# --- What cannot be read ----------------------------------------------------------------------------------------------


class Bad(NamedTuple):
	"""A file, where its problem is ("" and 0: nowhere in particular), and words the message must have."""

	content: str | bytes
	line: int
	column: str
	says: str


def rows(*rows: str, header: str = HEADER) -> str:
	return "\n".join([header, *rows, ""])


BAD = {
	"empty file": Bad("", 1, "", "empty"),
	"blank lines only": Bad("\n\n  \n", 1, "", "empty"),
	"missing column": Bad(rows(header="invoice,posting_date,customer,item,qty"), 1, "rate", "no such column"),
	"names what the file has": Bad(rows(header="No;Date"), 1, "invoice", "the file has: No;Date"),
	"duplicate column": Bad(rows(header=f"{HEADER},rate"), 1, "rate", "two columns"),
	"column missing behind blank lines": Bad("\n\nNo\n", 3, "invoice", "no such column"),
	"impossible date": Bad(
		rows(SALE, "A-2,2025-02-30,Sara,tea,1,1000"), 3, "posting_date", "“2025-02-30” is no date that exists"
	),
	"Jalali date": Bad(
		rows("A,1404/01/15,Sara,tea,1,1000"), 2, "posting_date", "1404/01/15 is a Jalali date"
	),
	"Jalali date, dashes": Bad(rows("A,1403-12-30,Sara,tea,1,1000"), 2, "posting_date", "Jalali"),
	"Jalali date, dots": Bad(rows("A,1403.12.30,Sara,tea,1,1000"), 2, "posting_date", "Jalali"),
	"Jalali date, one block": Bad(rows("A,14040115,Sara,tea,1,1000"), 2, "posting_date", "Jalali"),
	"Jalali date in Persian digits": Bad(
		rows("A,۱۴۰۴/۰۱/۱۵,Sara,tea,1,1000"), 2, "posting_date", "۱۴۰۴/۰۱/۱۵ is a Jalali date"
	),
	"Jalali date with a time": Bad(rows("A,1404/1/5 10:30,Sara,tea,1,1000"), 2, "posting_date", "Jalali"),
	"no date": Bad(rows("A,,Sara,tea,1,1000"), 2, "posting_date", "“” is no date"),
	"a digit too many in a date": Bad(rows(SALE, "A,2025-03-219,S,t,1,1"), 3, "posting_date", "2025-03-219"),
	"a digit too many in a date seen before": Bad(
		rows(SALE, "A,2025-03-211,S,t,1,1"), 3, "posting_date", "no date"
	),
	"American date": Bad(rows("A,03/21/2025,Sara,tea,1,1000"), 2, "posting_date", "no date"),
	"ISO week": Bad(rows("A,2025-W12-5,Sara,tea,1,1000"), 2, "posting_date", "no date"),
	"underscore in a date": Bad(rows("A,2025-0_3-1,Sara,tea,1,1000"), 2, "posting_date", "no date"),
	"date before there were shops": Bad(rows("A,1899-12-30,S,t,1,1"), 2, "posting_date", "1950 to 2099"),
	"date beyond the calendars": Bad(rows("A,9999-12-31,S,t,1,1"), 2, "posting_date", "1950 to 2099"),
	"text behind a date": Bad(rows("A,2025-03-21 noon,S,t,1,1"), 2, "posting_date", "“noon” is no time"),
	"hour 25": Bad(
		rows("A,2025-03-21,S,t,1,1,,,,25:00", header=MORE), 2, "posting_time", "“25:00” is no time"
	),
	"text in a number": Bad(rows(SALE, SALE, "A-2,2025-03-21,S,t,two,1"), 4, "qty", "“two” is no number"),
	"nothing in a number": Bad(rows("A,2025-03-21,S,t,1,"), 2, "rate", "“” is no number"),
	"NaN": Bad(rows("A,2025-03-21,S,t,NaN,1"), 2, "qty", "NaN"),
	"Infinity": Bad(rows("A,2025-03-21,S,t,1,-Infinity"), 2, "rate", "-Infinity"),
	"1e5": Bad(rows("A,2025-03-21,S,t,1,1e5"), 2, "rate", "1e5"),
	"underscore in a number": Bad(rows("A,2025-03-21,S,t,1,1_000"), 2, "rate", "1_000"),
	"odd thousands": Bad(rows('A,2025-03-21,S,t,1,"1,00"'), 2, "rate", "1,00"),
	"text in the tax": Bad(rows("A,2025-03-21,S,t,1,1,,,VAT,", header=MORE), 2, "tax", "VAT"),
	"barcode in the price": Bad(
		rows("A,2025-03-21,S,t,1,6260000000017"), 2, "rate", "larger than any amount"
	),
	"5,000 digits": Bad(rows(f"A,2025-03-21,S,t,{'9' * 5000},1"), 2, "qty", "larger than any amount"),
	"too few fields": Bad(rows(SALE, "A-2,2025-03-21,Sara"), 3, "", "is 3 in this row and 6"),
	"too many fields": Bad(rows(SALE, f"{SALE},"), 3, "", "is 7 in this row and 6"),
	"no invoice": Bad(rows(" ,2025-03-21,S,t,1,1"), 2, "invoice", "names no invoice"),
	"two customers": Bad(
		rows(SALE, "A-1,2025-03-21,Omid,tea,1,1"), 3, "customer", "“Sara” above and to “Omid”"
	),
	"two customers, apart": Bad(
		rows(SALE, "A-2,2025-03-21,Omid,t,1,1", "A-1,2025-03-21,,tea,1,1"), 4, "customer", "A-1"
	),
	"two days": Bad(
		rows(SALE, "A-1,2025-03-22,Sara,tea,1,1000"), 3, "posting_date", "A-1 has rows on two days"
	),
	"two days, unsorted": Bad(
		rows("A-1,2025-03-22,Sara,tea,1,1000", SALE), 2, "posting_date", "A-1 has rows on two days"
	),
	"two redemptions": Bad(
		rows("A,2025-03-21,S,t,1,1,5,,,", "A,2025-03-21,S,u,1,1,6,,,", header=MORE),
		3,
		"redeem_points",
		"5 points",
	),
	"negative redemption": Bad(
		rows("A,2025-03-21,S,t,1,1,-5,,,", header=MORE), 2, "redeem_points", "-5 points"
	),
	"two originals": Bad(
		rows("R,2025-03-21,S,t,-1,1,,A,,", "R,2025-03-21,S,u,-1,1,,B,,", header=MORE),
		3,
		"return_against",
		"of A",
	),
	"not UTF-8": Bad(rows(SALE, SALE, "A-1,2025-03-21,Zoë,tea,1,1000").encode("latin-1"), 4, "", "not UTF-8"),
	"not UTF-8, far down": Bad(
		rows(*[SALE] * 3000, "é", *[SALE] * 3000).encode("latin-1"), 3002, "", "not UTF-8"
	),
	"UTF-16": Bad(rows(SALE).encode("utf-16"), 1, "", "not UTF-8"),
	"NUL": Bad(rows(*[SALE] * 500, "A-1,2025-03-21,Sa\0ra,tea,1,1000"), 502, "", "NUL byte"),
	"UTF-16 without a mark": Bad(rows(SALE).encode("utf-16-le"), 1, "", "NUL byte"),
	"unclosed quote": Bad(rows(SALE, 'A-2,2025-03-21,Sara,"tea,1,1000', SALE), 3, "", "not closed"),
	"unclosed quote at the end": Bad(rows(SALE) + 'A-2,2025-03-21,Sara,tea,1,"1000', 3, "", "not closed"),
	"unclosed quote, larger than a field may be": Bad(
		rows(SALE, 'A-2,2025-03-21,Sara,"tea,1,1000', *[SALE] * 6000), 3, "", "not closed"
	),
	"unclosed quote that another closes": Bad(
		rows(SALE, '"A-2,2025-03-21,Sara,tea,1,1000', SALE, 'A-3",2025-03-21'),
		3,
		"",
		"is 2 in this row and 6",
	),
	"text behind a quote": Bad(rows('A,2025-03-21,"Sara" M.,tea,1,1000'), 2, "", "not closed"),
	"escapes for a terminal": Bad(rows("A,2025-03-21,S,t,\x1b[2J\n,1"), 2, "", "is 5 in this row"),
	"escapes in a number": Bad(rows("A,2025-03-21,S,t,\x1b[2J,1"), 2, "qty", "“\ufffd[2J”"),
	"bad line of an unsorted file": Bad(
		rows("A-2,2025-03-22,Sara,tea,1,1000", SALE, "A-3,2025-03-2x,Sara,tea,1,1000"),
		4,
		"posting_date",
		"no date",
	),
	"bad number in an unsorted file": Bad(
		rows("A-2,2025-03-22,Sara,tea,1,x", "A-0,2025-03-23,Sara,tea,1,1", SALE), 2, "rate", "no number"
	),
	"short row of an unsorted file": Bad(
		rows("A-2,2025-03-22,Sara,tea,1,1000", SALE, "A-3"), 4, "", "is 1 in"
	),
	"bad number of nobody": Bad(rows("A-2,2025-03-22,,tea,1,x"), 2, "rate", "no number"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_what_is_wrong_is_said_once_and_nothing_is_left(shop: Shop, bad: Bad) -> None:
	shop.write(bad.content)
	place = f"{shop.invoices}, line {bad.line}" + (f", column “{bad.column}”" if bad.column else "")
	message = refused(shop.backtest, shop)
	assert message.startswith(f"Error: {place}: ")
	assert bad.says in message
	assert len(message) < 600

	shop.out.mkdir()
	(shop.out / "summary.json").write_text("earlier")
	(shop.out / "ours.txt").write_text("of the user")
	place = f"{shop.invoices}، خط {bad.line}" + (f"، ستون «{bad.column}»" if bad.column else "")
	message = refused(lambda: shop.backtest("--lang", "fa"), shop)
	assert message.startswith(f"خطا: {place}: ")
	assert PERSIAN.search(message.removeprefix(f"خطا: {place}: "))


def year() -> bytes:
	return rows(*(f"A-{n},2025-03-{1 + n // 20:02},C-{n % 37},tea,1,{n}000" for n in range(1, 400))).encode()


def test_a_gzip_file_that_is_cut_off_is_refused_wherever_it_ends(shop: Shop) -> None:
	packed = gzip.compress(year(), mtime=0)
	for length in (1, 2, 3, 9, 10, 11, 20, *range(100, len(packed), 300), *range(-9, 0)):
		shop.write(packed[:length], "sales.csv.gz")
		message = refused(shop.backtest, shop)
		assert message.startswith(f"Error: {shop.invoices}")
		assert "gzip" in message, (length, message)


def test_a_damaged_gzip_file_is_called_that_whatever_its_numbers_have_become(shop: Shop) -> None:
	packed = gzip.compress(year(), 1, mtime=0)
	chance = random.Random(1404)
	for _ in range(16):
		damaged = bytearray(packed)
		damaged[chance.randrange(10, len(packed))] ^= 1 << chance.randrange(8)
		shop.write(bytes(damaged), "sales.csv.gz")
		assert "gzip" in refused(shop.backtest, shop)
	shop.write(packed + b"and more", "sales.csv.gz")
	assert "gzip" in refused(shop.backtest, shop)


def test_a_wrong_line_in_a_sound_gzip_file_is_named(shop: Shop) -> None:
	shop.write(gzip.compress(rows(SALE, "A-2,2025-02-30,Sara,tea,1,1000").encode()), "sales.csv.gz")
	assert "line 3, column “posting_date”" in refused(shop.backtest, shop)


# --- How good files are written ---------------------------------------------------------------------------------------

COLUMNS = (
	"invoice,posting_date,posting_time,customer,item,item_group,brand,branch,"
	"qty,rate,tax,return_against,redeem_points"
)
DAYS = [
	"S-1,2025-03-21,10:00,علی کاظمی,tea,food,Negin,North,2,5000,1000,,",
	"S-1,2025-03-21,10:00,علی کاظمی,cup,home,,North,1,2500,250,,",
	"S-2,2025-03-21,10:05,Sara,bread,food,,North,4,1000,0,,",
	"S-3,2025-04-02,12:30:15,Sara,coat,wear,,South,1,120000,12000,,40",
	"R-1,2025-04-02,18:00,Sara,coat,wear,,South,-1,120000,-12000,S-3,",
	"S-4,2025-05-01,08:00,,tea,food,,North,1,5000,500,,",
	"S-4,2025-05-01,08:00,,cup,home,,North,1,2500,250,,",
	"S-5,2025-05-02,11:00,علی کاظمی,nuts,food,,North,1.5,2000,0,,",
	"S-5,2025-05-02,11:00,علی کاظمی,coupon,,,North,1,-500,0,,",
	"S-6,2025-05-03,11:00,Sara,bread,food,,North,2,1000,0,,5000",
	"S-6,2025-05-03,11:00,Sara,bag,home,,North,0,10,0,,",
	"S-7,2025-05-03,12:00,علی کاظمی,tea,food,,North,-1,5000,-500,,",
	"S-7,2025-05-03,12:00,علی کاظمی,bag,home,,North,1,8000,800,,",
]
# S-1 125, S-2 40, S-3 1,196 (of 132,000 with tax 400 are paid by points), S-5 25, S-6 20, S-7 80 points; R-1 takes
# S-3 back, the tea of S-7 50 points of S-1.
EXPECTED = {
	"invoices": 6,
	"returns": 2,
	"members": 2,
	"net_sales": 24000,
	"points_earned": 1486,
	"points_redeemed": 40,
	"points_restored": 40,
	"points_expired": 0,
	"points_reversed": 1246,
	"points_outstanding": 240,
	"value_outstanding": 2400,
	"members_per_tier": {"bronze": 2, "silver": 0},
	"lines_without_customer": 2,
	"redemptions_refused": 1,
	"after_as_of": 0,
	"already_posted": 0,
	"first_day": "2025-03-21",
	"last_day": "2025-05-03",
	"as_of": "2025-05-03",
}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Shop:
	shop = Shop(tmp_path_factory.mktemp("usual"))
	shop.sell(*DAYS, header=COLUMNS)
	summary = shop.good()
	assert {key: summary[key] for key in EXPECTED} == EXPECTED
	return shop


def table() -> list[list[str]]:
	return [line.split(",") for line in (COLUMNS, *DAYS)]


def quoted() -> str:
	return "".join(",".join(f'"{field}"' for field in row) + "\n" for row in table())


def other_columns() -> str:
	"""Back to front, with columns nobody asked for between them."""
	return "".join(
		",".join([*reversed(row), "", "note" if n else "remarks"]) + "\n" for n, row in enumerate(table())
	)


def persian_digits() -> str:
	"""In every date, time and number, with Persian separators and slashes."""
	digits = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
	found = [COLUMNS]
	for row in table()[1:]:
		for n in (1, 2, 8, 9, 10, 12):
			row[n] = row[n].translate(digits)
		row[1] = row[1].replace("-", "/")
		row[9] = row[9].replace("۱۲۰۰۰۰", "۱۲۰٬۰۰۰")
		row[8] = row[8].replace("-۱", "۱-").replace(".", "٫")
		found.append(",".join(row))
	return "\n".join(found)


def time_in_date() -> str:
	"""As the UCI file has it: no column for the time, it stands behind the date."""
	return "".join(",".join([row[0], f"{row[1]} {row[2]}", *row[3:]]) + "\n" for row in table()).replace(
		"posting_date posting_time", "posting_date"
	)


PLAIN = "\n".join([COLUMNS, *DAYS, ""])
WRITTEN: dict[str, str | bytes] = {
	"BOM": "\ufeff" + PLAIN,
	"CRLF": PLAIN.replace("\n", "\r\n"),
	"CR": PLAIN.replace("\n", "\r"),
	"BOM, CRLF, quotes": "\ufeff" + quoted().replace("\n", "\r\n"),
	"no line end at the end": PLAIN.rstrip("\n"),
	"blank lines": "\n \n" + PLAIN.replace("\nS-5", f"\n\n{',' * 12}\n   \nS-5") + "\n\n",
	"spaces around": PLAIN.replace(",", " , "),
	"other columns": other_columns(),
	"Persian digits": persian_digits(),
	"short dates and times": PLAIN.replace("-04-02", "-4-2").replace("08:00", "8:00"),
	"time behind the date": time_in_date(),
	"Arabic letters": PLAIN.replace("11:00,علی کاظمی", "11:00,علي  كاظمي\u200f"),
	"gzip": gzip.compress(PLAIN.encode()),
	"gzip in two parts": gzip.compress(PLAIN[:300].encode()) + gzip.compress(PLAIN[300:].encode()),
	"interleaved": "\n".join(
		[COLUMNS, DAYS[0], DAYS[2], DAYS[1], *DAYS[3:9], DAYS[10], DAYS[11], DAYS[9], DAYS[12]]
	),
	"redemption on any row": PLAIN.replace("2,1000,0,,5000", "2,1000,0,,").replace(
		"0,10,0,,", "0,10,0,,5000"
	),
	"redemption on every row": PLAIN.replace("0,10,0,,", "0,10,0,,5000.0"),
	"last first": "\n".join([COLUMNS, *reversed(DAYS)]),
	"any order": "\n".join([COLUMNS, *random.Random(7).sample(DAYS, len(DAYS))]),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=list(WRITTEN))
def test_the_same_sales_are_the_same_however_they_are_written(
	shop: Shop, usual: Shop, content: str | bytes
) -> None:
	shop.write(content)
	shop.good()
	for name in ("summary.json", "ledger.csv", "members.csv"):
		assert shop.text(name) == usual.text(name)


def test_gzip_is_known_by_its_content_and_not_by_its_name(shop: Shop, usual: Shop) -> None:
	for content, name in ((gzip.compress(PLAIN.encode()), "sales.txt"), (PLAIN.encode(), "sales.csv.gz")):
		shop.write(content, name)
		assert shop.good() == usual.summary()


def test_quoted_commas_quotes_and_line_ends_belong_to_their_field(shop: Shop) -> None:
	shop.sell(
		'A,2025-03-21,"Karimi, ""Sara""","tea,\nblack",2,"1,500"', 'A,2025-03-21,"Karimi, ""Sara""",cup,1,500'
	)
	assert shop.good()["points_earned"] == 35
	assert [member["customer"] for member in shop.rows("members.csv")] == ['Karimi, "Sara"']
	shop.sell('A,2025-03-21,Sara,"tea,\nblack",2,1500', "A,2025-03-21,Omid,cup,1,500")
	assert "line 4, column “customer”" in refused(lambda: shop.backtest("--out", shop.folder / "no"), shop)


def test_one_name_in_arabic_and_persian_letters_is_one_member(shop: Shop) -> None:
	shop.sell("A,2025-03-21,علي كاظمي,tea,1,1000", "B,2025-03-22,علی کاظمی,tea,1,1000")
	assert shop.good()["members"] == 1
	assert shop.rows("members.csv")[0]["customer"] == "علی کاظمی"


def test_one_invoice_number_in_persian_and_latin_digits_is_one_invoice(shop: Shop) -> None:
	shop.sell("۱۲,2025-03-21,Sara,tea,1,600", "12 ,2025-03-21,Sara,cup,1,600")
	summary = shop.good()
	assert (summary["invoices"], summary["points_earned"]) == (1, 12)


def test_a_header_alone_is_a_history_without_anything(shop: Shop) -> None:
	shop.sell()
	summary = shop.good()
	assert {
		summary[key] for key in ("invoices", "returns", "members", "net_sales", "points_outstanding")
	} == {0}
	assert summary["first_day"] is summary["last_day"] is summary["as_of"] is None
	assert shop.good("--as-of", "2025-03-21", "--lang", "fa")["as_of"] == "2025-03-21"


def test_other_headers_are_mapped_to_ours(shop: Shop) -> None:
	"""Those of the UCI file Online Retail."""
	shop.sell(
		"536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2500,17850.0,United Kingdom",
		"C536366,85123A,WHITE HOLDER,-2,2010-12-01 09:00:00,2500,17850.0,United Kingdom",
		"536367,POST,POSTAGE,1,2010-12-01 10:00:00,400,,United Kingdom",
		header="InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
	)
	names = (
		"invoice=InvoiceNo, posting_date=InvoiceDate,customer=CustomerID,"
		"item=StockCode,qty=Quantity,rate=UnitPrice,"
	)
	summary = shop.good("--map", names)
	assert (summary["points_earned"], summary["points_reversed"]) == (150, 50)
	assert summary["lines_without_customer"] == 1
	message = refused(lambda: shop.backtest("--map", names.replace("UnitPrice", "Price")), shop)
	assert "line 1, column “Price”" in message
	assert "--map rate=" in message


# --- What the rows mean -----------------------------------------------------------------------------------------------


def test_a_time_decides_what_came_first_on_a_day(shop: Shop) -> None:
	late = "B,2025-03-21,Sara,tea,1,1000,100,,,17:30"
	early = "A,2025-03-21,Sara,tea,10,1000,,,,9:05"
	shop.sell(late, early, header=MORE)
	summary = shop.good()
	assert (summary["points_redeemed"], summary["redemptions_refused"]) == (100, 0)
	shop.sell(late.replace("17:30", ""), early.replace("9:05", ""), header=MORE)
	summary = shop.good()
	assert (summary["points_redeemed"], summary["redemptions_refused"]) == (0, 1)


def test_a_refused_redemption_is_counted_and_the_purchase_earns_in_full(shop: Shop) -> None:
	shop.sell("A,2025-03-21,Sara,tea,1,1000,,,,", "B,2025-03-22,Sara,tea,1,1000,11,,,", header=MORE)
	summary = shop.good()
	assert summary["redemptions_refused"] == 1
	assert (summary["points_earned"], summary["points_redeemed"]) == (20, 0)


def reversed_by(shop: Shop) -> str:
	"""The invoice that the first reversed points came from."""
	reason = next(entry["reason"] for entry in shop.rows("ledger.csv") if entry["kind"] == "reverse")
	return str(json.loads(reason)["document"])


def test_a_return_finds_its_invoice_of_the_same_day(shop: Shop) -> None:
	sale = "A,2025-03-21,Sara,tea,3,1000,,,,"
	shop.sell(sale, "R,2025-03-21,Sara,tea,-2,1000,,A,,", header=MORE)
	summary = shop.good()
	assert (summary["points_earned"], summary["points_reversed"]) == (30, 20)
	assert reversed_by(shop) == "A"
	both = ["R,2025-03-21,Sara,tea,-1,1000,,,,", "R,2025-03-21,Sara,tea,-1,1000,,A,,"]
	shop.sell(sale, *both, header=MORE)
	assert shop.good() == summary
	assert reversed_by(shop) == "A"


def test_a_line_below_zero_takes_off_its_invoice_and_comes_back_with_it(shop: Shop) -> None:
	shop.write_program(earning={"base": "with_tax"})
	sale = ["A,2025-03-21,Sara,tea,10,1000,,,1000,", "A,2025-03-21,Sara,coupon,1,-2000,,,-200,"]
	shop.sell(*sale, header=MORE)
	assert shop.good()["points_earned"] == 88
	for tax, coupon_tax in (("-1000", "200"), ("1000", "-200")):
		shop.sell(
			*sale,
			f"R,2025-03-22,Sara,tea,-10,1000,,A,{tax},",
			f"R,2025-03-22,Sara,coupon,-1,-2000,,A,{coupon_tax},",
			header=MORE,
		)
		summary = shop.good()
		assert summary["points_reversed"] == 88
		assert summary["net_sales"] == summary["points_outstanding"] == 0


def test_goods_both_ways_on_one_invoice_are_a_return_and_then_a_sale(shop: Shop) -> None:
	shop.sell(
		"A,2025-03-21,Sara,tea,10,1000", "B,2025-03-22,Sara,tea,-4,1000", "B,2025-03-22,Sara,cup,1,6000"
	)
	summary = shop.good()
	assert (summary["invoices"], summary["returns"]) == (2, 1)
	assert (summary["points_earned"], summary["points_reversed"], summary["net_sales"]) == (160, 40, 12000)


def test_rows_of_nobody_are_counted_and_left_out(shop: Shop) -> None:
	shop.sell(
		"A,2025-03-21,,tea,1,1000",
		"B,2025-03-21,Sara,tea,1,1000",
		"C,2025-03-22,  ,tea,1,1000",
		"C,2025-03-22,,u,1,1",
	)
	summary = shop.good()
	assert (summary["lines_without_customer"], summary["members"], summary["net_sales"]) == (3, 1, 1000)


def test_a_quantity_of_zero_is_nothing(shop: Shop) -> None:
	shop.sell("A,2025-03-21,Sara,tea,0,1000", "B,2025-03-22,Sara,tea,1,1000", "B,2025-03-22,Sara,cup,0.00,7")
	summary = shop.good()
	assert (summary["invoices"], summary["points_earned"]) == (1, 10)


def test_the_largest_numbers_that_are_read_are_reckoned_with(shop: Shop) -> None:
	most = "99999999,999999999999.9999999999"
	shop.write_program(point_decimals=2, earning={"base": "with_tax"})
	shop.sell(
		f"A,2025-03-21,Sara,tea,{most},5,,999999999999,",
		"B,2025-03-22,Sara,tea,0.0000000000000000000001,0.0000000000000000000001,5,,,",
		f"R,2025-03-23,Sara,tea,-{most},,A,999999999999,",
		f"R-2,2025-03-23,Sara,cup,-{most},,,999999999999,",
		header=MORE,
	)
	assert Decimal(shop.good()["points_earned"]) > 10**17


def test_fractions_are_exact(shop: Shop) -> None:
	shop.sell(*(f"A,2025-03-21,Sara,nuts{n},0.1,1000.3" for n in range(10)))
	assert shop.good()["net_sales"] == "1000.3"
