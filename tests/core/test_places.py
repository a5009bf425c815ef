"""Places: the most specific row decides; an empty list allows everything."""

from __future__ import annotations

import pytest

from loyalty_club.core.places import Place, What, allowed, shut, where

A = Place("A")
OUTLET = Place("A", "Outlet", earn=False)
NORTH_ONLY = Place("A", "North")
CLOSED = Place("A", "Outlet", earn=False, spend=False)


@pytest.mark.parametrize(
	("rows", "company", "branch", "what", "may"),
	[
		([], "A", "Outlet", "earn", True),
		([A], "A", "Outlet", "earn", True),
		([A], "A", "", "spend", True),
		([A], "B", "", "earn", False),
		([A, OUTLET], "A", "Outlet", "earn", False),
		([OUTLET, A], "A", "Outlet", "spend", True),
		([A, OUTLET], "A", "North", "earn", True),
		([A, OUTLET], "A", "", "earn", True),
		([A, OUTLET], "B", "Outlet", "spend", False),
		([NORTH_ONLY], "A", "South", "earn", False),
		([NORTH_ONLY], "A", "", "earn", False),
		([NORTH_ONLY], "A", "North", "earn", True),
		([A, CLOSED], "A", "Outlet", "spend", False),
	],
)
def test_the_most_specific_row_decides(
	rows: list[Place], company: str, branch: str, what: What, may: bool
) -> None:
	assert allowed(rows, company, branch, what) is may


def test_where_something_is_allowed() -> None:
	assert where([OUTLET, A, Place("B")], "earn") == [A, Place("B")]
	assert where([OUTLET, A], "spend") == [A, OUTLET]


def test_a_company_that_is_listed_only_to_forbid_is_told() -> None:
	assert shut([CLOSED]) == ["A"]
	assert shut([CLOSED, A, OUTLET]) == []
	assert shut([]) == []
