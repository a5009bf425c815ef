"""The report: complete in itself, in one language at a time, harmless, and saying what the outcome says."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from loyalty_club import jalali
from loyalty_club.cli import charts, report, report_words
from loyalty_club.cli.report_words import Voice
from loyalty_club.core.outcome import Bucket, Month, Outcome, Summary, TierRow, Undone
from loyalty_club.persian import NEW_RIAL, RIAL, TOMAN, MoneyUnit

HOSTILE = "</script><img src=x onerror=alert(1)>"
TITLES = {
	"en": {"bronze": "Bronze", "silver": "Silver", "gold": "Gold"},
	"fa": {"bronze": "برنزی", "silver": "نقره‌ای", "gold": "طلایی"},
}
D = Decimal


def month(year: int, number: int, sales: str, *points: str) -> Month:
	"""A Jalali month with earned, redeemed, restored, expired, reversed; a point is worth 1,000 rial."""
	start, end = jalali.month(year, number)
	earned, redeemed, restored, expired, reversed_ = (D(amount) for amount in points)
	return Month(
		start=start,
		end=end,
		net_sales=D(sales),
		earned=earned,
		redeemed=redeemed,
		restored=restored,
		expired=expired,
		reversed=reversed_,
		earned_value=1000 * (earned - reversed_),
		redeemed_value=1000 * (redeemed - restored),
	)


def outcome() -> Outcome:
	"""Three months of a club with three tiers: 61,250 − 20,190 + 640 − 3,100 − 2,475 = 36,125 points."""
	months = (
		month(1403, 11, "1930000000", "19300", "0", "0", "0", "450"),
		month(1403, 12, "2716500000", "27150", "9840", "120", "0", "1375"),
		month(1404, 1, "1480000000", "14800", "10350", "520", "3100", "650"),
	)
	return Outcome(
		summary=Summary(
			program="باشگاه مشتریان نمونه",
			first_day=months[0].start,
			last_day=date(2025, 4, 19),
			as_of=date(2025, 4, 20),
			invoices=1874,
			returns=93,
			members=412,
			net_sales=D("6126500000"),
			points_earned=D(61250),
			points_redeemed=D(20190),
			points_restored=D(640),
			points_expired=D(3100),
			points_reversed=D(2475),
			points_outstanding=D(36125),
			points_pending=D(1207),
			points_deficit=D(308),
			value_outstanding=D(36433000),
			members_per_tier={"": 4, "bronze": 300, "silver": 85, "gold": 23},
			lines_without_customer=57,
			redemptions_refused=11,
			already_posted=6,
			after_as_of=19,
		),
		months=months,
		tiers=(
			TierRow("", "", 4, D(0), D(0), D(0)),
			TierRow("bronze", "برنزی", 300, D("2450600000"), D(20825), D(12642)),
			TierRow("silver", "نقره‌ای", 85, D("2021745000"), D(20212), D(12643)),
			TierRow("gold", "طلایی", 23, D("1654155000"), D(20213), D(10840)),
		),
		by_age=(
			Bucket("0", None, None, D(12500), D(12500000)),
			Bucket("1", None, None, D(23933), D(23933000)),
		),
		by_expiry=(
			Bucket("never", None, None, D(433), D(433000)),
			Bucket("month", *jalali.month(1404, 6), D(16000), D(16000000)),
			Bucket("month", *jalali.month(1404, 7), D(20000), D(20000000)),
		),
		undone=(
			Undone(HOSTILE, "gold", D(90000000), D(81000000), D(900), D(810), D(-52)),
			Undone("CUST-0042", "", D(7000000), D(7000000), D(70), D(70), D(0)),
		),
	)


def empty() -> Outcome:
	"""A file without one countable invoice."""
	full = outcome()
	nothing: dict[str, Any] = {
		name: D(0) if isinstance(value, Decimal) else 0
		for name, value in ((name, getattr(full.summary, name)) for name in Summary.__slots__)
		if isinstance(value, int | Decimal)
	}
	summary = replace(full.summary, **nothing, first_day=None, last_day=None, as_of=None, members_per_tier={})
	return Outcome(replace(summary, lines_without_customer=31), (), (), (), (), ())


def render(
	found: Outcome,
	lang: str = "en",
	calendar: str = "jalali",
	unit: MoneyUnit = TOMAN,
	tier_titles: Mapping[str, str] | None = None,
	in_words: tuple[str, ...] = (),
	warnings: tuple[str, ...] = (),
	source_name: str = "sales.csv",
) -> str:
	return report.render(
		found,
		lang=lang,
		calendar=calendar,
		unit=unit,
		tier_titles=TITLES[lang] if tier_titles is None else tier_titles,
		in_words=in_words,
		warnings=warnings,
		source_name=source_name,
	)


class Page(HTMLParser):
	"""The page as a browser takes it apart: tags with attributes, visible text, styles and scripts."""

	def __init__(self, text: str) -> None:
		super().__init__(convert_charrefs=True)
		self.tags: list[tuple[str, dict[str, str | None]]] = []
		self.styles: list[str] = []
		self.scripts: list[str] = []
		self.texts: list[str] = []
		self.quoted: list[str] = []
		self._inside: list[str] = []
		self.feed(text)
		self.close()

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		self.tags.append((tag, dict(attrs)))
		if tag in ("style", "script", "bdi", "title"):
			self._inside.append(tag)

	def handle_endtag(self, tag: str) -> None:
		if self._inside and self._inside[-1] == tag:
			self._inside.pop()

	def handle_data(self, data: str) -> None:
		where = self._inside[-1] if self._inside else ""
		{"style": self.styles, "script": self.scripts, "bdi": self.quoted, "title": [], "": self.texts}[
			where
		].append(data)

	@property
	def said(self) -> str:
		"""What the report itself says: all visible text but names quoted from the file."""
		return " ".join(" ".join(self.texts).split())

	@property
	def drawings(self) -> list[dict[str, Any]]:
		return next(json.loads(script) for script in self.scripts if script.startswith("["))


def plot_texts(page: Page) -> list[str]:
	"""Every text that a chart shows, its names of customers excepted."""
	shown: list[str] = []
	for drawing in page.drawings:
		for trace in drawing["data"]:
			shown += [*trace.get("text", []), *trace["hovertext"]]
		shown += drawing["layout"]["yaxis"].get("ticktext", [])
		shown += [line for label in drawing.get("labels", []) for line in label]
	return [re.sub("\u2068[^\u2069]*\u2069", "", text) for text in shown]


# --- Nothing comes from elsewhere -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", report_words.LANGUAGES)
def test_no_resource_is_loaded_from_anywhere(lang: str) -> None:
	page = Page(render(outcome(), lang))
	for tag, attributes in page.tags:
		assert tag not in ("link", "img", "iframe", "object", "embed", "base"), tag
		for name in ("src", "href", "srcset", "data", "action", "poster"):
			assert name not in attributes, (tag, attributes)
		assert "url(" not in (attributes.get("style") or "")
	styles = "\n".join(page.styles)
	assert "@import" not in styles
	targets = re.findall(r"url\(\s*['\"]?([^)]{0,40})", styles)
	assert len(targets) == 2
	assert all(target.startswith("data:font/woff2;base64,") for target in targets)


def test_the_page_forbids_itself_the_network() -> None:
	page = Page(render(outcome()))
	policies = [attributes.get("content") or "" for tag, attributes in page.tags if tag == "meta"]
	assert any(policy.startswith("default-src 'none';") and "http" not in policy for policy in policies)


def test_the_font_names_its_licence() -> None:
	assert "SIL Open Font License" in "\n".join(Page(render(outcome())).styles)


def test_plotly_stands_in_the_page_once() -> None:
	scripts = Page(render(outcome())).scripts
	assert sum("Plotly, Inc." in script for script in scripts) == 1


# --- One language at a time -------------------------------------------------------------------------------------


def test_persian_says_persian_digits_only() -> None:
	page = Page(render(outcome(), "fa"))
	assert not re.search("[0-9٠-٩]", page.said)
	assert not [text for text in plot_texts(page) if re.search("[0-9٠-٩]", text)]
	assert re.search("[۰-۹]", page.said)


def test_english_says_latin_digits_and_letters_only() -> None:
	page = Page(render(replace(outcome(), undone=()), "en"))
	assert not re.search("[\u0600-\u06ff]", page.said)
	assert not [text for text in plot_texts(page) if re.search("[\u0600-\u06ff]", text)]


@pytest.mark.parametrize(("lang", "direction"), [("fa", "rtl"), ("en", "ltr")])
def test_language_and_direction_are_declared(lang: str, direction: str) -> None:
	page = Page(render(outcome(), lang))
	assert ("html", {"lang": lang, "dir": direction}) in page.tags
	plots = [attributes for _, attributes in page.tags if attributes.get("class") == "plot"]
	assert len(plots) == 6
	assert {attributes["dir"] for attributes in plots} == {"ltr"}


def test_time_runs_from_the_right_in_persian() -> None:
	def months(lang: str) -> dict[str, Any]:
		layout: dict[str, Any] = Page(render(outcome(), lang)).drawings[0]["layout"]
		return layout

	assert months("fa")["xaxis"]["range"] == [2.5, -0.5]
	assert months("fa")["yaxis"]["side"] == "right"
	assert months("en")["xaxis"]["range"] == [-0.5, 2.5]
	assert months("en")["yaxis"]["side"] == "left"


def test_dates_follow_the_calendar() -> None:
	assert "1 Bahman 1403 to 30 Farvardin 1404" in Page(render(outcome())).said
	assert "از ۱ بهمن ۱۴۰۳ تا ۳۰ فروردین ۱۴۰۴" in Page(render(outcome(), "fa")).said
	assert "20 January 2025 to 19 April 2025" in Page(render(outcome(), calendar="gregorian")).said
	assert (
		"از ۲۰ ژانویهٔ ۲۰۲۵ تا ۱۹ آوریل ۲۰۲۵".replace("ٔ", "")
		in Page(render(outcome(), "fa", "gregorian")).said
	)


def test_every_message_is_there_in_both_languages_with_the_same_places() -> None:
	for key, (english, persian) in report_words.MESSAGES.items():
		assert english, key
		assert persian, key
		assert set(re.findall(r"\{\d\}", english)) == set(re.findall(r"\{\d\}", persian)), key


def test_unknown_language_and_calendar_are_refused() -> None:
	with pytest.raises(ValueError, match="Language 'de'"):
		render(outcome(), "de", tier_titles={})
	with pytest.raises(ValueError, match="Calendar 'julian'"):
		render(outcome(), calendar="julian")


# --- Nothing in a name does anything ----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", report_words.LANGUAGES)
def test_a_hostile_name_is_only_shown(lang: str) -> None:
	found = outcome()
	found = replace(
		found,
		summary=replace(found.summary, program=HOSTILE),
		tiers=(replace(found.tiers[0], name=HOSTILE, title_fa=HOSTILE), *found.tiers[1:]),
	)
	text = render(found, lang, tier_titles={}, in_words=(HOSTILE,), warnings=(HOSTILE,), source_name=HOSTILE)
	page = Page(text)
	assert HOSTILE not in text
	assert "img" not in {tag for tag, _ in page.tags}
	assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
	assert page.quoted.count(HOSTILE) == 3  # program, source, customer
	assert text.count("</script>") == len([tag for tag, _ in page.tags if tag == "script"]) == 3
	for drawing in page.drawings:
		# Plotly reads a little HTML in its texts, so the names in them have to be escaped once more.
		shown = json.dumps(drawing, ensure_ascii=False)
		assert "</script" not in shown
		assert "<img" not in shown


def test_the_names_in_charts_stand_in_their_own_direction() -> None:
	undone = Page(render(outcome(), "fa")).drawings[-1]
	assert undone["layout"]["yaxis"]["ticktext"] == [
		"\u2068&lt;/script&gt;&lt;img src…\u2069",
		"\u2068CUST-0042\u2069",
	]


# --- What is said is what was found -----------------------------------------------------------------------------


def test_key_figures_are_the_outcome_s() -> None:
	said = Page(render(outcome())).said
	for expected in (
		"Members 412",
		"Invoices 1,874 and returns: 93",
		"Net sales 613 million toman 612,650,000 toman",
		"Cost as a share of sales 0.32%",  # 19,550,000 of 6,126,500,000 rial
		"0.96% had every point been redeemed",  # 58,775,000
		"Points earned 61,250",
		"Points redeemed 19,550",
		"paid for 1.96 million toman",
		"Points expired 3,100 5.1% of all points earned",
		"Points taken back 2,475",
		"Points outstanding 36,125 worth 3.64 million toman",
	):
		assert expected in said


def test_the_identity_is_written_out() -> None:
	assert (
		"+ Earned 61,250 − Redeemed 20,190 + Given back on returns 640 − Expired 3,100 "
		"− Taken back by returns 2,475 = Outstanding 36,125"
	) in Page(render(outcome())).said


def test_the_identity_s_bars_meet() -> None:
	"""Each bar begins where the one before ended, and the last is what is left."""
	found = outcome()
	steps = report._identity(found.summary, Voice("en", "jalali", RIAL, {}))
	ends = [(D(step.offset[:-1]), D(step.offset[:-1]) + D(step.width[:-1])) for step in steps]
	tolerance = D("0.002")
	assert ends[0] == (D(0), D(100))
	assert abs(ends[1][1] - ends[0][1]) <= tolerance
	assert abs(ends[2][0] - ends[1][0]) <= tolerance
	assert abs(ends[3][1] - ends[2][1]) <= tolerance
	assert abs(ends[4][1] - ends[3][0]) <= tolerance
	assert ends[5][0] == 0
	assert abs(ends[5][1] - ends[4][0]) <= tolerance


def test_a_balance_below_zero_keeps_its_bars_on_the_page() -> None:
	summary = replace(
		outcome().summary,
		points_earned=D(10),
		points_redeemed=D(8),
		points_reversed=D(9),
		points_outstanding=D(-7),
	)
	steps = report._identity(summary, Voice("fa", "jalali", RIAL, {}))
	for step in steps:
		assert D(step.offset[:-1]) >= 0
		assert D(step.offset[:-1]) + D(step.width[:-1]) <= D("100.001")


def test_tables_hold_the_outcome_s_numbers() -> None:
	said = Page(render(outcome())).said
	for expected in (
		"Esfand 1403 27,150 9,720 0 1,375",
		"Farvardin 1404 148,000,000 1,415,000 0.96% 983,000 0.66%",
		"Silver 85 20.6% 202,174,500 33.0% 20,212 12,643",
		"Below the first tier 4 1.0% 0 0.0% 0 0",
		"under 1 12,500 1,250,000",
		"1 to 3 23,933 2,393,300",
		"Shahrivar 1404 16,000 1,600,000 Mehr 1404 20,000 2,000,000 no expiry 433 43,300",
		"Gold 9,000,000 8,100,000 900 810 -52",
	):
		assert expected in said
	assert "طلایی ۹٬۰۰۰٬۰۰۰ ۸٬۱۰۰٬۰۰۰ ۹۰۰ ۸۱۰ \u200e−۵۲" in Page(render(outcome(), "fa")).said


def test_charts_draw_the_outcome_s_numbers() -> None:
	months, cost, tiers, age, expiry, undone = Page(render(outcome())).drawings
	assert [trace["y"] for trace in months["data"]] == [
		[19300, 27150, 14800],
		[0, -9720, -9830],
		[0, 0, -3100],
		[-450, -1375, -650],
	]
	assert tiers["data"][0]["x"] == pytest.approx([4 / 412, 300 / 412, 85 / 412, 23 / 412])
	assert cost["data"][1]["y"] == pytest.approx([0, 0.357813, 0.664189], rel=1e-5)
	assert age["data"][0]["y"] == [12500, 23933]
	assert expiry["data"][0]["y"] == [16000, 20000, 433]
	assert [trace["x"] for trace in undone["data"]] == [[900, 70], [810, 70]]


def test_money_is_in_the_chosen_unit() -> None:
	assert "6.13 billion rial 6,126,500,000 rial" in Page(render(outcome(), unit=RIAL)).said
	assert "۶٫۱۳ میلیارد ریال ۶٬۱۲۶٬۵۰۰٬۰۰۰ ریال" in Page(render(outcome(), "fa", unit=RIAL)).said
	assert "Net sales 612,650.00 new rial" in Page(render(outcome(), unit=NEW_RIAL)).said


def test_what_did_not_happen_is_not_mentioned() -> None:
	found = outcome()
	said = Page(render(found)).said
	for number in ("1,207", "308", "57", "11", "19"):
		assert f": {number}." in said
	calm = replace(
		found.summary,
		points_pending=D(0),
		points_deficit=D(0),
		lines_without_customer=0,
		redemptions_refused=0,
		after_as_of=0,
		already_posted=0,
	)
	assert "Also worth knowing" not in Page(render(replace(found, summary=calm))).said


def test_only_the_first_customers_are_named_and_the_rest_counted() -> None:
	many = tuple(
		Undone(f"C-{number:03d}", "gold", D(1000), D(1000), D(10), D(10), D(0)) for number in range(40)
	)
	page = Page(render(replace(outcome(), undone=many)))
	assert len(page.drawings[-1]["data"][0]["x"]) == charts.TOP_UNDONE
	assert "C-014" in page.quoted
	assert "C-015" not in page.quoted
	assert "the 15 customers with the most points taken back." in page.said


def test_a_month_without_sales_has_no_share() -> None:
	found = outcome()
	page = Page(render(replace(found, months=(replace(found.months[0], net_sales=D(0)), *found.months[1:]))))
	assert page.drawings[1]["data"][0]["y"][0] is None
	assert "Bahman 1403 0 1,885,000 — 0 —" in page.said


def test_the_rules_after_the_tiers_are_folded_when_they_are_many() -> None:
	rules = tuple(f"Rule {name}." for name in "abcdefg")

	def folds(found: Outcome, in_words: tuple[str, ...]) -> list[dict[str, str | None]]:
		page = Page(render(found, in_words=in_words))
		assert " ".join(in_words[3:]) in page.said
		return [attributes for _, attributes in page.tags if attributes.get("class") == "rules"]

	assert folds(outcome(), rules) == [{"class": "rules"}]
	assert "Rule c. All other rules (4) Rule d." in Page(render(outcome(), in_words=rules)).said
	assert folds(outcome(), rules[:5]) == []
	assert folds(empty(), rules) == [{"class": "rules", "open": None}]


def test_few_columns_carry_their_numbers_and_many_a_scale() -> None:
	age, expiry = Page(render(outcome())).drawings[3:5]
	assert age["data"][0]["text"] == ["12,500", "23,933"]
	assert expiry["data"][0]["text"] == ["16,000", "20,000", "433"]
	many = tuple(Bucket("month", *jalali.month(1404, number), D(5), D(5000)) for number in range(1, 11))
	page = Page(render(replace(outcome(), by_expiry=many)))
	assert page.drawings[4]["data"][0]["text"] == []
	assert page.drawings[4]["layout"]["yaxis"]["ticktext"]


def test_ages_that_no_point_reaches_are_left_out() -> None:
	zero = tuple(Bucket(key, None, None, D(0), D(0)) for key in ("3", "6", "12"))
	page = Page(render(replace(outcome(), by_age=(*outcome().by_age, *zero))))
	assert page.drawings[3]["data"][0]["y"] == [12500, 23933]
	assert "3 to 6" not in page.said


def test_the_club_may_have_a_title_of_its_own() -> None:
	arguments: dict[str, Any] = {"in_words": (), "warnings": (), "source_name": "sales.csv"}
	text = report.render(
		outcome(), lang="en", calendar="jalali", unit=TOMAN, tier_titles={}, title="Sample club", **arguments
	)
	assert "Sample club" in Page(text).quoted


# --- The edges --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", report_words.LANGUAGES)
def test_an_empty_outcome_says_so_instead_of_drawing(lang: str) -> None:
	text = render(empty(), lang, in_words=("Rules.",), warnings=("Careful.",))
	page = Page(text)
	assert report_words.MESSAGES["nothing"][report_words.LANGUAGES.index(lang)] in page.said
	assert "Rules." in page.said
	assert "Careful." in page.said
	assert ("31" if lang == "en" else "۳۱") in page.said
	assert not page.scripts


def test_parts_that_are_missing_leave_a_sentence() -> None:
	bare = replace(outcome(), tiers=(), by_age=(), by_expiry=(), undone=())
	page = Page(render(bare))
	assert [drawing["id"] for drawing in page.drawings] == ["chart-months", "chart-cost"]
	assert "This club has no tiers." in page.said
	assert page.said.count("No points are outstanding.") == 2
	assert "No return took points back." in page.said


@pytest.mark.parametrize("lang", report_words.LANGUAGES)
def test_the_same_outcome_gives_the_same_bytes(lang: str) -> None:
	assert render(outcome(), lang) == render(outcome(), lang)


@pytest.mark.parametrize(
	("low", "high", "expected"),
	[
		("0", "0", ["0", "1"]),
		("0", "1.2", ["0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]),
		("-430", "669", ["-600", "-400", "-200", "0", "200", "400", "600", "800"]),
		("0", "5", ["0", "1", "2", "3", "4", "5"]),
		("12", "43000000", ["0", "10000000", "20000000", "30000000", "40000000", "50000000"]),
	],
)
def test_axes_have_round_steps_that_hold_everything(low: str, high: str, expected: list[str]) -> None:
	assert charts.nice_ticks(D(low), D(high)) == [D(step) for step in expected]
