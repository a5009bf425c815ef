"""`loyalty-club lrfm` against a computation of its own in pandas, over real shops and the bundled one.

The real files lie outside the project; without them those cases are skipped with a word.
"""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
SCORES = ["L_score", "R_score", "F_score", "M_score"]


def run(*options: object) -> subprocess.CompletedProcess[str]:
	"""The real command."""
	command = [str(Path(sys.executable).parent / "loyalty-club"), "lrfm", *map(str, options)]
	return subprocess.run(command, capture_output=True, text=True, check=False)


def scored(out: Path, *options: object) -> pd.DataFrame:
	done = run(*options, "--out", out)
	assert done.returncode == 0, done.stderr
	return pd.read_csv(out, dtype={"customer": str}).set_index("customer")


def expected(lines: pd.DataFrame, start: str, as_of: str) -> pd.DataFrame:
	"""lines: customer, day, net. L, R, F, M and their scores, the pandas way."""
	first, now = pd.Timestamp(start), pd.Timestamp(as_of)
	inside = lines[(lines.day >= first) & (lines.day <= now)]
	days = inside.groupby(["customer", "day"], as_index=False).net.sum()
	days["net"] = days.net.round(6)
	bought = days[days.net > 0].groupby("customer").day.agg(["min", "max", "count"])
	found = pd.DataFrame(
		{
			"L": (bought["max"] - bought["min"]).dt.days,
			"R": (now - bought["max"]).dt.days,
			"F": bought["count"],
			"M": days.groupby("customer").net.sum().reindex(bought.index).round(6),
		}
	)
	for column in "LRFM":
		cuts = np.percentile(found[column], [20, 40, 60, 80])
		above = np.searchsorted(cuts, found[column], side="left")
		found[f"{column}_score"] = 5 - above if column == "R" else 1 + above
	found["score"] = found[SCORES].mean(axis=1)
	return found.sort_index()


def check(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
	assert list(found.index) == list(wanted.index)
	assert (found[["L", "R", "F"]] == wanted[["L", "R", "F"]]).all().all()
	assert np.allclose(found.M, wanted.M)
	assert (found[SCORES] == wanted[SCORES]).all().all()
	assert np.allclose(found.score, (wanted.score * 100 + 1e-9).round() / 100, atol=0.0051)
	classes = {
		"loyal": (wanted.L.mean() < wanted.L)
		& (wanted.R.mean() > wanted.R)
		& (wanted.F.mean() < wanted.F)
		& (wanted.M.mean() < wanted.M)
	}
	assert ((found["class"] == "Loyal") == classes["loyal"]).all()


# ------------------------------------------------------------------------------------------ a wholesaler's year

RETAIL = DATA / "online_retail.csv.gz"
RETAIL_MAP = "invoice=InvoiceNo,posting_date=InvoiceDate,customer=CustomerID,item=StockCode,qty=Quantity,rate=UnitPrice"


@pytest.mark.skipif(not RETAIL.exists(), reason=f"the real file is not here: {RETAIL.name}")
@pytest.mark.parametrize(
	("months", "start", "as_of"),
	[(0, "1900-01-01", "2011-12-09"), (12, "2010-12-10", "2011-12-09"), (6, "2011-01-01", "2011-06-30")],
)
def test_a_wholesalers_year_is_scored_as_pandas_scores_it(
	tmp_path: Path, months: int, start: str, as_of: str
) -> None:
	options = ("--invoices", RETAIL, "--map", RETAIL_MAP, "--calendar", "gregorian")
	found = scored(tmp_path / "out.csv", *options, "--months", months, "--as-of", as_of)
	lines = pd.read_csv(RETAIL, dtype={"CustomerID": str, "InvoiceNo": str}).dropna(subset=["CustomerID"])
	lines["day"] = pd.to_datetime(lines.InvoiceDate).dt.normalize()
	lines["net"] = lines.Quantity * lines.UnitPrice
	lines["customer"] = lines.CustomerID
	assert lines.InvoiceNo.str.startswith("C").sum() > 8000, "cancellations are among them"
	check(found, expected(lines, start, as_of))


# ------------------------------------------------------------------------------------------ a grocer's households

JOURNEY = DATA / "completejourney" / "transactions_sample.csv.gz"


@pytest.mark.skipif(not JOURNEY.exists(), reason=f"the real file is not here: {JOURNEY.name}")
@pytest.mark.parametrize(
	("months", "start", "as_of"), [(0, "1900-01-01", "2017-12-31"), (3, "2017-07-01", "2017-09-30")]
)
def test_a_grocers_households_are_scored_as_pandas_scores_them(
	tmp_path: Path, months: int, start: str, as_of: str
) -> None:
	lines = pd.read_csv(JOURNEY, dtype={"household_id": str, "basket_id": str, "product_id": str})
	lines["qty"] = 1
	lines["sales_value"] = lines.sales_value.round(2)  # one of them is 4.4e-16
	lines["at"] = lines.transaction_timestamp.str.replace("T", " ")
	lines = lines.sort_values("at")
	path = tmp_path / "journey.csv"
	columns = ["basket_id", "at", "household_id", "product_id", "qty", "sales_value"]
	lines[columns].to_csv(
		path, index=False, header=["invoice", "posting_date", "customer", "item", "qty", "rate"]
	)
	options = ("--invoices", path, "--calendar", "gregorian", "--months", months, "--as-of", as_of)
	found = scored(tmp_path / "out.csv", *options)
	lines["day"] = pd.to_datetime(lines.transaction_timestamp).dt.normalize()
	lines["net"] = lines.sales_value
	lines["customer"] = lines.household_id
	check(found, expected(lines, start, as_of))


# ------------------------------------------------------------------------------------------ the bundled shop

SHOP = ROOT / "fixtures" / "persian_shop.csv.gz"


def test_the_bundled_shop_is_scored_as_pandas_scores_it_each_return_on_its_invoices_day(
	tmp_path: Path,
) -> None:
	found = scored(tmp_path / "out.csv", "--invoices", SHOP, "--months", 0)
	with gzip.open(SHOP, "rt", encoding="utf-8", newline="") as file:
		lines = pd.DataFrame(csv.DictReader(file))
	lines = lines[lines.customer != ""]
	day_of = dict(zip(lines.invoice, lines.posting_date.str[:10], strict=True))
	lines["net"] = lines.qty.astype(float) * lines.rate.astype(float)
	back = (lines.net < 0) & lines.return_against.isin(day_of)
	assert back.sum() > 20, "returns that name their invoice are among them"
	dates = lines.posting_date.str[:10].where(~back, lines.return_against.map(day_of))
	lines["day"] = pd.to_datetime(dates)
	last = lines.posting_date.str[:10].max()
	check(found, expected(lines, "1900-01-01", last))


def test_a_window_of_jalali_months_begins_where_the_calendar_says(tmp_path: Path) -> None:
	path = tmp_path / "in.csv"
	header = "invoice,posting_date,customer,item,qty,rate\n"
	path.write_text(
		header + "1,2025-09-20,a,x,1,5\n2,2025-09-22,b,x,1,5\n3,2025-10-22,c,x,1,5\n", encoding="utf-8"
	)
	found = scored(tmp_path / "out.csv", "--invoices", path, "--months", 1, "--as-of", "2025-10-22")
	assert list(found.index) == ["c"], "30 Mehr, a month's last day: the window is Mehr alone"
	found = scored(tmp_path / "out.csv", "--invoices", path, "--months", 1, "--as-of", "2025-10-21")
	assert list(found.index) == ["b"], "29 Mehr: from 30 Shahrivar (21 September) on"


def test_a_program_says_the_limits_and_the_weights(tmp_path: Path) -> None:
	program = tmp_path / "program.json"
	program.write_text(
		'{"format": 1, "name": "Club", "spending": {"point_value": 1}, "tiers": [{"name": "a", "threshold": 0,'
		' "points": 1, "per": 1}], "lrfm": {"months": 0, "method": "limits", "length_limits": [1, 2, 3, 4],'
		' "recency_limits": [1, 2, 3, 4], "frequency_limits": [1, 2, 3, 4], "monetary_limits": [5, 6, 7, 8],'
		' "length_weight": 0, "recency_weight": 0, "frequency_weight": 1, "monetary_weight": 3}}',
		encoding="utf-8",
	)
	path = tmp_path / "in.csv"
	path.write_text(
		"invoice,posting_date,customer,item,qty,rate\n1,2025-01-01,a,x,1,5\n2,2025-01-03,a,x,1,2\n",
		encoding="utf-8",
	)
	(row,) = scored(tmp_path / "out.csv", "--invoices", path, "--program", program).itertuples()
	assert (row.L_score, row.R_score, row.F_score, row.M_score, row.score) == (2, 5, 2, 3, 2.75)


@pytest.mark.parametrize(
	("content", "options", "says"),
	[
		("invoice,posting_date\n", (), "customer"),
		("invoice,posting_date,customer,item,qty,rate\n1,1404-01-01,a,x,1,5\n", (), "Jalali date"),
		("invoice,posting_date,customer,item,qty,rate\n1,2025-01-01,a,x,one,5\n", (), "no number"),
		("invoice,posting_date,customer,item,qty,rate\n", ("--as-of", "tomorrow"), "--as-of"),
	],
)
def test_bad_input_ends_with_one_message_and_writes_nothing(
	tmp_path: Path, content: str, options: tuple[str, ...], says: str
) -> None:
	path, out = tmp_path / "in.csv", tmp_path / "out.csv"
	path.write_text(content, encoding="utf-8")
	out.write_text("what was there", encoding="utf-8")
	done = run("--invoices", path, "--out", out, *options)
	assert done.returncode == 2
	assert says in done.stderr
	assert done.stderr.count("\n") == 1
	assert out.read_text(encoding="utf-8") == "what was there"
	assert sorted(each.name for each in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_a_file_in_any_order_and_one_without_customers(tmp_path: Path) -> None:
	header = "invoice,posting_date,customer,item,qty,rate\n"
	path, out = tmp_path / "in.csv", tmp_path / "out.csv"
	path.write_text(header + "2,2025-01-09,a,x,1,5\n1,2025-01-01,a,x,1,5\n", encoding="utf-8")
	(row,) = scored(out, "--invoices", path).itertuples()
	assert (row.L, row.R, row.F) == (8, 0, 2)
	path.write_text(header + "2,2025-01-09,,x,1,5\n", encoding="utf-8")
	assert len(scored(out, "--invoices", path)) == 0


def test_the_summary_is_said_in_persian(tmp_path: Path) -> None:
	done = run("--invoices", SHOP, "--out", tmp_path / "out.csv", "--lang", "fa")
	assert done.returncode == 0
	assert "قهرمانان" in done.stdout
	assert "۰" in done.stdout or "۱" in done.stdout
