"""Everything of the club can be reached: each DocType, report and page is linked from its workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

APP = Path(__file__).parent.parent / "loyalty_club"
MODULE = APP / "loyalty_club"
# What is opened from another record, never looked for.
INNER = {
	*(
		"Club Activity",
		"Club Posting",
		"Club Document Total",
		"Club Job Failure",
		"Club Score Cuts",
		"Gift Card Try",
	),
}


def records(kind: str) -> list[dict[str, Any]]:
	"""The records of the module of one kind."""
	return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(MODULE.glob(f"{kind}/*/*.json"))]


def links() -> set[tuple[str, str]]:
	"""Kind and name of what the workspace leads to."""
	(workspace,) = records("workspace")
	return {(row["link_type"], row["link_to"]) for row in workspace["links"] if row["type"] == "Link"}


def test_every_doctype_report_and_page_is_linked() -> None:
	wanted = {("Report", each["name"]) for each in records("report")}
	wanted |= {("Page", each["name"]) for each in records("page")}
	wanted |= {
		("DocType", each["name"])
		for each in records("doctype")
		if not each.get("istable") and each["name"] not in INNER
	}
	assert not wanted - links()
	assert len(wanted) > 30


def test_the_cards_of_the_workspace_have_what_they_count() -> None:
	(workspace,) = records("workspace")
	cards: dict[str, int] = {}
	counts = {}
	for row in workspace["links"]:
		if row["type"] == "Card Break":
			label = row["label"]
			cards[label], counts[label] = 0, row["link_count"]
		else:
			cards[label] += 1
	shown = [
		block["data"]["card_name"] for block in json.loads(workspace["content"]) if block["type"] == "card"
	]
	assert cards == counts
	assert shown == list(cards)


def test_the_sidebar_leads_to_what_there_is() -> None:
	sidebar = json.loads((APP / "workspace_sidebar" / "loyalty_club.json").read_text(encoding="utf-8"))
	own = {(row["link_type"], row["link_to"]) for row in sidebar["items"]} - {
		("Workspace", "Loyalty Club"),
		("DocType", "Sales Invoice"),
	}
	own -= {("Dashboard", each["name"]) for each in records("loyalty_club_dashboard")}
	assert own <= links()
	assert [row["idx"] for row in sidebar["items"]] == list(range(1, len(sidebar["items"]) + 1))


def test_the_dashboard_is_linked_and_shows_what_there_is() -> None:
	(workspace,), (dashboard,) = records("workspace"), records("loyalty_club_dashboard")
	assert {row["link_to"] for row in workspace["shortcuts"] if row["type"] == "Dashboard"} == {
		dashboard["name"]
	}
	cards, charts = (
		{each["name"]: each for each in records(kind)} for kind in ("number_card", "dashboard_chart")
	)
	assert {row["chart"] for row in dashboard["charts"]} == set(charts)
	assert {each["report_name"] for each in charts.values()} <= {each["name"] for each in records("report")}
	on_workspace = {row["number_card_name"] for row in workspace["number_cards"]}
	assert {row["card"] for row in dashboard["cards"]} == set(cards) - on_workspace
	# a dashboard shows a card's name, a workspace its label
	assert all(each["name"] == each["label"] for each in cards.values() if each["name"] not in on_workspace)
