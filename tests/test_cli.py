"""`loyalty-club` as a user runs it: what it writes, what it refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

import errno
import gzip
import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from shop import FILES, PROGRAM, SCRIPT, Shop, call, refused, run

from loyalty_club.cli.messages import system_error

FIXTURES = Path(__file__).parent.parent / "fixtures"
PROGRAMS = sorted(FIXTURES.glob("*.program.json"))
SALE = "A-1,2025-03-21,Sara,tea,1,1000"
SALES = (
	SALE,
	"A-2,2025-09-23,علی,tea,12,10000",
	"A-3,2025-09-24,علی,cup,1,10000",
	"R-4,2025-09-25,Sara,tea,-1,1000",
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
	shop = Shop(tmp_path)
	shop.sell(*SALES)
	return shop


# --- What a back-test writes ------------------------------------------------------------------------------------------


def test_a_backtest_of_six_weeks_of_the_bundled_shop(tmp_path: Path) -> None:
	"""In a process of its own, in Persian and Jalali, then in English and Gregorian: other words, the same numbers."""
	shop = Shop(tmp_path)
	with gzip.open(FIXTURES / "persian_shop.csv.gz", "rt", encoding="utf-8", newline="") as file:
		header, *lines = file.read().splitlines()
	shop.write(
		gzip.compress("\n".join([header, *(line for line in lines if line[20:30] < "2025-05-01")]).encode())
	)
	shop.program = FIXTURES / "persian_shop.program.json"
	result = shop.run("--lang", "fa", "--calendar", "jalali")
	assert (result.code, result.err) == (0, "")
	assert str(shop.out / "report.html") in result.out
	summary = shop.checked()
	assert summary["invoices"] > 1000
	for key in ("returns", "points_redeemed", "points_restored", "points_reversed", "lines_without_customer"):
		assert summary[key] > 0, key
	assert set(summary["members_per_tier"]) == {"bronze", "silver", "gold"}
	persian, report = shop.rows("ledger.csv"), shop.text("report.html")
	assert '<html lang="fa" dir="rtl"' in report
	assert "اردیبهشت ۱۴۰۴" in report

	english = Shop(tmp_path)
	english.invoices, english.program, english.out = shop.invoices, shop.program, tmp_path / "english"
	assert english.good("--lang", "en", "--calendar", "gregorian") == summary
	assert english.text("members.csv") == shop.text("members.csv")
	ledger = english.rows("ledger.csv")
	assert len(ledger) == len(persian)
	for theirs, ours in zip(ledger, persian, strict=True):
		said, told = theirs.pop("in_words"), ours.pop("in_words")
		assert theirs == ours
		assert said != told
		assert said.isascii() or "“" in said
		assert "امتیاز" in told
	report = english.text("report.html")
	assert '<html lang="en"' in report
	assert "April 2025" in report
	assert "Ordibehesht 1404" not in report


def test_calendar_cuts_the_months_of_the_report_and_nothing_else(shop: Shop) -> None:
	shop.write_program(expiry={"kind": "end_of_quarter", "count": 1})
	reports = {}
	for calendar in ("jalali", "gregorian"):
		summary = shop.good("--calendar", calendar)
		numbers = [{**entry, "in_words": ""} for entry in shop.rows("ledger.csv")]
		reports[calendar] = (summary, numbers, shop.text("members.csv"))
		assert ("Mehr 1404" in shop.text("report.html")) == (calendar == "jalali")
		assert ("September 2025" in shop.text("report.html")) == (calendar == "gregorian")
	assert reports["jalali"] == reports["gregorian"]
	assert reports["jalali"][0]["points_expired"] > 0


def test_the_programs_own_calendar_is_the_default(shop: Shop) -> None:
	shop.write_program(calendar="gregorian")
	shop.good()
	assert "September 2025" in shop.text("report.html")


def test_the_screen_shows_the_summary_and_where_the_report_is(shop: Shop) -> None:
	said = shop.backtest().out
	for key, value in shop.summary().items():
		assert key in said
		if isinstance(value, (int, str)) and not key.startswith(("net_", "points_", "value_")):
			assert f"{key:24} {value}\n" in said
	assert "Report: " in said
	assert "گزارش: " in shop.backtest("--lang", "fa").out


def test_two_runs_write_the_same_bytes(shop: Shop) -> None:
	shop.good()
	first = shop.files()
	assert shop.run(env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tehran", "LC_ALL": "C"}).code == 0
	assert shop.files() == first


def test_as_of_leaves_out_what_came_later(shop: Shop) -> None:
	summary = shop.good("--as-of", "2025-09-23")
	assert (summary["as_of"], summary["last_day"]) == ("2025-09-23", "2025-09-23")
	assert (summary["after_as_of"], summary["invoices"], summary["returns"]) == (2, 2, 0)
	assert summary["points_outstanding"] == 1210
	assert shop.good("--as-of", "۲۰۲۵/۰۹/۲۳") == summary
	assert shop.good("--as-of", "2025-03-20")["after_as_of"] == 4


def test_as_of_lets_time_pass_behind_the_last_invoice(shop: Shop) -> None:
	shop.write_program(expiry={"kind": "months", "count": 12})
	assert shop.good()["points_expired"] == 0
	assert shop.good("--as-of", "2030-03-20")["points_outstanding"] == 0


def test_results_replace_earlier_ones_and_leave_the_rest_of_the_folder(shop: Shop) -> None:
	shop.out.mkdir()
	for name in (*FILES, "ours.txt"):
		(shop.out / name).write_text("earlier")
	assert shop.backtest().code == 0
	assert shop.text("ours.txt") == "earlier"
	(shop.out / "ours.txt").unlink()
	assert shop.checked()["invoices"] == 3
	assert sorted(path.name for path in shop.folder.iterdir()) == ["club.json", "out", "sales.csv"]


def test_the_folder_for_the_results_is_made_with_those_above_it(shop: Shop) -> None:
	shop.out = shop.folder / "a" / "b"
	shop.good()


# --- Refusals, in a process of their own ------------------------------------------------------------------------------


def test_a_bad_date_ends_with_one_message_and_leaves_nothing(shop: Shop) -> None:
	shop.sell(SALE, "A-2,2025-02-30,Sara,tea,1,1000")
	assert refused(shop.run, shop) == (
		f"Error: {shop.invoices}, line 3, column “posting_date”: "
		"“2025-02-30” is no date that exists; write it like 2025-03-21"
	)


def test_a_bad_date_in_persian(shop: Shop) -> None:
	shop.sell(SALE, "A-2,1404/01/15,Sara,tea,1,1000")
	assert refused(lambda: shop.run("--lang", "fa"), shop) == (
		f"خطا: {shop.invoices}، خط 3، ستون «posting_date»: 1404/01/15 تاریخ جلالی است و این‌جا میلادی لازم است؛ "
		"تاریخ‌ها را میلادی (2025-03-21) خروجی بگیرید"
	)


def test_earlier_results_stay_as_they_were_byte_for_byte(shop: Shop) -> None:
	shop.good()
	shop.write(gzip.compress(shop.invoices.read_bytes() * 50)[:-5])
	assert "gzip" in refused(shop.run, shop)


def test_a_folder_that_was_made_for_nothing_goes_again(shop: Shop) -> None:
	shop.sell("A,2025-03-21,Sara,tea,x,1")
	(shop.folder / "a").mkdir()
	refused(lambda: shop.backtest("--out", shop.folder / "a" / "b" / "c" / "d"), shop)


def test_a_full_disk_is_said_once_and_leaves_nothing(shop: Shop) -> None:
	shop.good()
	for most in (20_000, 300_000):  # where the scratch store does not fit; where the report does not

		def limit(most: int = most) -> None:
			resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

		assert f"{shop.out} cannot be written (" in refused(lambda: shop.run(preexec_fn=limit), shop)


def test_a_run_that_is_stopped_leaves_nothing(shop: Shop) -> None:
	shop.invoices.unlink()
	os.mkfifo(shop.invoices)  # it waits for the rest of the file
	process = subprocess.Popen([SCRIPT, *shop.command()], stderr=subprocess.PIPE)
	with shop.invoices.open("w") as file:
		file.write(f"{SALE}\n")
		file.flush()
		give_up = time.monotonic() + 30
		while not list(shop.folder.glob(".loyalty-club-*")):
			assert time.monotonic() < give_up
			time.sleep(0.02)
		process.send_signal(signal.SIGTERM)
		assert process.wait(30) == 128 + signal.SIGTERM
	assert process.communicate()[1] == b""
	assert sorted(path.name for path in shop.folder.iterdir()) == ["club.json", "sales.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unwritable for root")
def test_a_folder_that_cannot_be_written_to(shop: Shop) -> None:
	shop.folder.chmod(0o555)
	try:
		message = refused(shop.backtest, shop)
	finally:
		shop.folder.chmod(0o755)
	assert f"{shop.out} cannot be written (Permission denied)" in message


def test_out_that_is_no_folder(shop: Shop) -> None:
	out = shop.folder / "results"
	out.write_text("a file of the user")
	assert f"{out} exists and is no folder" in refused(lambda: shop.run("--out", out), shop)
	assert "پوشه نیست" in refused(lambda: shop.backtest("--out", out, "--lang", "fa"), shop)
	assert "cannot be written" in refused(lambda: shop.backtest("--out", out / "below"), shop)
	assert "cannot be written" in refused(lambda: shop.backtest("--out", "/dev/null/x/y"), shop)
	(shop.out / "report.html").mkdir(parents=True)
	assert "report.html is a folder" in refused(shop.backtest, shop)


def test_files_that_are_not_there(shop: Shop) -> None:
	shop.invoices.unlink()
	assert refused(shop.run, shop) == f"Error: {shop.invoices}: cannot be opened (No such file or directory)"
	assert refused(lambda: shop.backtest("--lang", "fa"), shop).startswith(
		f"خطا: {shop.invoices}: باز نمی‌شود"
	)
	shop.invoices = shop.folder
	assert "cannot be opened (Is a directory)" in refused(shop.backtest, shop)
	shop.program.unlink()
	assert f"{shop.program}: cannot be opened" in refused(shop.backtest, shop)
	assert "cannot be opened" in refused(lambda: call("check", shop.program), shop)


@pytest.mark.parametrize(
	"given", ["item", "=x", "item=", "thing=x", "item=a,item=b", "invoice=invoice,nope", " "]
)
def test_a_map_that_maps_nothing_of_ours(shop: Shop, given: str) -> None:
	message = refused(lambda: shop.backtest("--map", given), shop)
	assert message.startswith(f"Error: --map {given.rpartition(',')[2]}: write it as our=theirs")
	assert "posting_date" in message
	assert "به شکل our=theirs" in refused(lambda: shop.backtest("--map", given, "--lang", "fa"), shop)


@pytest.mark.parametrize(
	"given",
	[
		"1404/12/29",
		"1404-12-29",
		"۱۴۰۴/۱۲/۲۹",
		"2025-02-30",
		"today",
		"2025-03-21 10:00",
		"1899-12-31",
		"9999-12-31",
	],
)
def test_a_day_to_look_back_from_that_is_none(shop: Shop, given: str) -> None:
	assert f"--as-of {given} is no Gregorian date" in refused(lambda: shop.backtest("--as-of", given), shop)
	assert "میلادی" in refused(lambda: shop.backtest("--as-of", given, "--lang", "fa"), shop)


def test_options_that_are_missing_or_unknown_end_with_2(shop: Shop) -> None:
	for words in (["backtest"], ["backtest", "--out", "x"], [*shop.command(), "--lang", "de"], ["nothing"]):
		result = call(*words)
		assert result.code == 2
		assert "Traceback" not in result.err
	assert [run("--version").code, call("--help").code, call("backtest", "-h").code] == [0, 0, 0]


# --- Programs ---------------------------------------------------------------------------------------------------------

TIER = PROGRAM["tiers"][0]
BAD_PROGRAMS: dict[str, tuple[Any, str, str]] = {
	"empty": ("", "line 1, column 1", "not JSON"),
	"not JSON": ('{"format": 1,\n\t"name": }', "line 2, column 10", "not JSON"),
	"cut off": (json.dumps(PROGRAM)[:-1], "line 1, column", "not JSON"),
	"a list": ("[]", "line 1, column 1", "JSON object"),
	"not UTF-8": (json.dumps(PROGRAM).replace("Corner", "Café").encode("latin-1"), "", "not UTF-8"),
	"no format": ({"format": None}, "format", '"format": 1'),
	"another format": ({"format": 2}, "format", '"format": 1'),
	"format as text": ({"format": "1"}, "format", '"format": 1'),
	"key twice": ('{"format": 1, "name": "a", "name": "b"}', "name", "twice"),
	"no tiers": ({"tiers": []}, "tiers", "at least one"),
	"tiers overlap": ({"tiers": [TIER, {**TIER, "name": "gold"}]}, "tiers.1.threshold", "overlap"),
	"tiers named alike": ({"tiers": [TIER, {**TIER, "threshold": 5}]}, "tiers.1.name", "bronze"),
	"unknown setting": ({"colour": "red"}, "colour", "no setting"),
	"unknown setting of a part": (
		{"spending": {"point_value": 1, "vlaue": 2}},
		"spending.vlaue",
		"no setting",
	),
	"text in a number": ({"tiers": [{**TIER, "per": "many"}]}, "tiers.0.per", '"many" is not a number'),
	"number in a text": ({"name": 5}, "name", "5 is not a text"),
	"NaN": (
		json.dumps({**PROGRAM, "spending": {"point_value": float("nan")}}),
		"spending.point_value",
		"NaN",
	),
	"nothing of what must be": ('{"format": 1, "name": "a"}', "tiers", "missing"),
	"unknown choice": ({"expiry": {"kind": "weekly"}}, "expiry.kind", "weekly"),
	"Jalali date": (
		{"earning": {"rules": [{"name": "Nowruz", "multiply": 2, "when": {"from_date": "1404-01-01"}}]}},
		"earning.rules.0.when.from_date",
		"Jalali",
	),
}


@pytest.mark.parametrize("given", BAD_PROGRAMS.values(), ids=list(BAD_PROGRAMS))
def test_a_program_that_cannot_be_meant_is_refused_where_it_is_wrong(
	shop: Shop, given: tuple[Any, str, str]
) -> None:
	content, where, says = given
	if isinstance(content, dict):
		shop.write_program(**content)
	else:
		shop.write_program(content)
	for do in (shop.backtest, lambda: call("check", shop.program)):
		message = refused(do, shop)
		assert message.startswith(f"Error: {shop.program}{', ' if where else ': '}{where}")
		assert says in message
	in_persian = [
		refused(lambda: shop.backtest("--lang", "fa"), shop),
		refused(lambda: call("check", shop.program, "--lang", "fa"), shop),
	]
	assert in_persian[0] == in_persian[1]
	assert in_persian[0].startswith(f"خطا: {shop.program}{'، ' if where else ': '}")
	said = in_persian[0].removeprefix(f"خطا: {shop.program}")
	assert re.search("[آ-ی]{2}", said)
	assert not re.search("[A-Za-z]+ [A-Za-z]+", said), said


def test_a_program_that_is_wrong_in_a_process_of_its_own(shop: Shop) -> None:
	shop.write_program('{"format": 1,\n\t"name": }')
	message = f"Error: {shop.program}, line 2, column 10: not JSON"
	assert refused(shop.run, shop).startswith(message)


WRONG_IN_PERSIAN: dict[str, tuple[Any, str]] = {
	"not JSON": (BAD_PROGRAMS["not JSON"][0], "، خط ۲، ستون ۱۰: JSON نیست: این‌جا مقداری باید باشد"),
	"not UTF-8": (BAD_PROGRAMS["not UTF-8"][0], ": متن UTF-8 نیست؛ فایل را با UTF-8 ذخیره کنید"),
	"key twice": (BAD_PROGRAMS["key twice"][0], "، name: در یک شیء دو بار آمده است؛ یکی را نگه دارید"),
	"missing": (BAD_PROGRAMS["nothing of what must be"][0], "، tiers: نوشته نشده است"),
	"unknown setting": ({"colour": "red"}, "، colour: از تنظیم‌های برنامه نیست؛ املای آن را بررسی کنید"),
	"text in a number": ({"tiers": [{**TIER, "per": "many"}]}, "، tiers.0.per: «many» عدد نیست"),
	"unknown choice": (
		{"calendar": "lunar"},
		"، calendar: به جای «lunar» یکی از این‌ها را بنویسید: «jalali» یا «gregorian»",
	),
	"number in an object": ({"earning": 5}, "، earning: 5: این‌جا یک شیء JSON باید باشد: { … }"),
	"tiers named alike": (
		{"tiers": [TIER, {**TIER, "threshold": 5}]},
		"، tiers.1.name: دو سطح با نام «bronze» هست",
	),
	"out of range": (
		{"returns": {"accepted_days": -1}},
		"، returns.accepted_days: −۱ روز: عددی از ۰ تا ۷٬۳۲۰ بنویسید (۲۰ سال)",
	),
}


@pytest.mark.parametrize("given", WRONG_IN_PERSIAN.values(), ids=list(WRONG_IN_PERSIAN))
def test_what_is_wrong_in_a_program_is_said_in_persian(shop: Shop, given: tuple[Any, str]) -> None:
	content, says = given
	if isinstance(content, dict):
		shop.write_program(**content)
	else:
		shop.write_program(content)
	message = refused(lambda: run("check", shop.program, "--lang", "fa"), shop)
	assert re.sub("[\u200e\u200f]", "", message) == f"خطا: {shop.program}{says}"


def test_a_program_that_cannot_be_opened_is_said_in_persian(shop: Shop) -> None:
	for program, why in (
		(shop.folder / "none.json", "چنین فایلی نیست"),
		(shop.folder, "پوشه است"),
		(shop.program / "below", "بخشی از مسیر پوشه نیست"),
		(shop.folder / ("x" * 300), "نامش بیش از اندازه بلند است"),
	):
		message = refused(lambda program=program: call("check", program, "--lang", "fa"), shop)
		assert message == f"خطا: {program}: باز نمی‌شود ({why})"
	assert system_error(OSError(errno.EIO, "Input/output error"), "fa") == "خطای سیستم EIO"
	assert system_error(OSError("odd"), "fa") == "خطای سیستم"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name.split(".")[0])
def test_check_says_what_a_program_does_and_what_is_dangerous_in_it(program: Path) -> None:
	assert len(PROGRAMS) >= 2
	said = call("check", program)
	assert (said.code, said.err) == (0, "")
	assert f"{program} is a valid program.\n\nWhat it does\n  • " in said.out
	assert "\nWhat to watch\n  " in said.out
	for tier in json.loads(program.read_text(encoding="utf-8"))["tiers"]:
		assert tier["name"] in said.out
	persian = call("check", program, "--lang", "fa")
	assert (persian.code, persian.err) == (0, "")
	assert "چه می‌کند" in persian.out
	assert persian.out.count("\n") == said.out.count("\n")
	assert call("check", program) == said


def test_check_speaks_persian_where_the_terminal_does_not() -> None:
	"""Redirected on Windows, for one."""
	program = FIXTURES / "online_retail.program.json"
	said = call("check", program, "--lang", "fa").out
	assert run("check", program, "--lang", "fa", env={**os.environ, "PYTHONIOENCODING": "cp1252"}).out == said


def test_a_margin_is_weighed_against_what_points_cost(shop: Shop) -> None:
	"""100 points per 1,000 at 10 each give the whole price away."""
	shop.write_program(tiers=[{**TIER, "points": 100}])
	generous = call("check", shop.program, "--margin", "0.15").out
	assert "15%" in generous
	assert call("check", shop.program, "--margin", "۰٫۱۵").out == generous
	assert "15%" not in call("check", shop.program).out
	for margin in ("15", "-0.1", "much", "NaN", "1e-1"):
		message = refused(lambda margin=margin: call("check", shop.program, "--margin", margin), shop)
		assert message.startswith(f"Error: --margin {margin} is no share")


def test_schema_knows_every_setting_of_the_bundled_programs() -> None:
	result = run("schema")
	assert (result.code, result.err) == (0, "")
	schema = json.loads(result.out)
	assert schema["properties"]["format"] == {"const": 1}
	for program in PROGRAMS:
		assert set(json.loads(program.read_text(encoding="utf-8"))) <= set(schema["properties"])
	assert set(schema["required"]) == {"format", "name", "tiers", "spending"}


# --- On a terminal ----------------------------------------------------------------------------------------------------


def on_terminal(*words: object) -> tuple[int, str]:
	"""Exit code and stderr of a command whose stderr is a terminal."""
	ours, theirs = pty.openpty()
	command = [SCRIPT, *map(str, words)]
	env = {**os.environ, "TERM": "xterm"}
	with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=env) as process:
		os.close(theirs)
		seen = b""
		while select.select([ours], [], [], 30)[0]:
			try:
				found = os.read(ours, 4096)
			except OSError:  # the other end was closed
				break
			if not found:
				break
			seen += found
		os.close(ours)
		return process.wait(30), seen.decode()


def test_progress_shows_on_a_terminal_and_nowhere_else(shop: Shop) -> None:
	code, seen = on_terminal(*shop.command())
	assert code == 0
	assert "Replaying" in seen
	assert "100%" in seen
	assert "sorting" not in seen
	shop.sell(*reversed(SALES))
	code, seen = on_terminal(*shop.command("--lang", "fa"))
	assert code == 0
	assert "بازپخش" in seen
	assert "نخست مرتب می‌شود" in seen
	assert shop.run("--lang", "fa").err == ""
