"""The thirty-four standards: each is measured, has an example, and its page; the shipped ones belong to them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stream.core.declared import CADENCES, FORMS
from stream.core.measures import BY_NAME
from stream.generate.rows import OF_NO_ROW, ROWS, Row
from tests.scenarios.reading import FIGURE, Scenario, scenarios

ROOT = Path(__file__).parents[2]
DECLARED = {one["name"]: one for one in yaml.safe_load((ROOT / "deploy/standards.yaml").read_text(encoding="utf-8"))["standards"]}
CALLS = {1: "page", 2: "page", 4: "page"} | dict.fromkeys((3, 6, 7, 8, 24, 25, 30), "ticket")
"""Whom a broken standard calls; the other rows are reports, the drop-out threshold (5), which is one of 28 closed days, among them."""


def name_of(row: Row) -> str:
    """How a row is called in the list of tests."""
    return row.slug


def shown(scenario: Scenario) -> set[str]:
    """The measures whose figures a scenario states."""
    said = [FIGURE.fullmatch(line) for line in scenario.lines["figures"]]
    return {one["measure"].partition("[")[0].partition(".")[0] for one in said if one is not None}


def test_all_thirty_four_are_there() -> None:
    """By number, in order, with names of their own."""
    assert list(range(1, 35)) == [row.number for row in ROWS]
    assert 34 == len({row.slug for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_is_measured_and_declared_in_words_that_are_known(row: Row) -> None:
    """At least one measure, all of them in the registry; forms and cadence as in the standards' file."""
    assert row.measures
    assert [] == [name for name in row.measures if name not in BY_NAME]
    assert set(row.forms) <= set(FORMS)
    assert row.cadence in CADENCES
    assert CALLS.get(row.number, "report") == row.cadence


def test_every_row_has_one_scenario_under_its_name() -> None:
    """So that whoever reads a page finds its example, and no example is without a page."""
    assert [row.slug for row in ROWS] == [scenario.path.stem for scenario in scenarios()]


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_has_a_timeline_a_figure_of_each_measure_and_a_page_that_shows_both(row: Row) -> None:
    """Each measure that the page explains has a figure that was worked out by hand, from a timeline that stands on the page, too."""
    scenario = next((one for one in scenarios() if one.number == row.number), None)
    page = ROOT / "docs/standards" / f"{row.slug}.md"

    assert scenario is not None, f"no scenario tests/scenarios/{row.slug}.md"
    assert [] == sorted(set(row.measures) - shown(scenario)), f"figures that {scenario.path.name} lacks"
    assert page.is_file(), f"no page {page.name}: run `make generate`"
    assert [] == [name for name in ("timeline", "figures") if scenario.blocks[name] not in page.read_text(encoding="utf-8")]


def test_every_shipped_standard_belongs_to_one_row() -> None:
    """And every one that a row names is shipped; what is about none of them is named, so that none is forgotten."""
    assert sorted(DECLARED) == sorted([*OF_NO_ROW, *(name for row in ROWS for name in row.shipped)])


def test_a_row_ships_only_forms_that_its_page_names() -> None:
    """What is declared is among the forms in which the page says that it can be."""
    assert [] == [(row.number, name) for row in ROWS for name in row.shipped if DECLARED[name]["form"] not in row.forms]


def test_no_page_is_left_of_a_row_that_is_none() -> None:
    """A renamed standard leaves no page behind."""
    assert {"README.md", *(f"{row.slug}.md" for row in ROWS)} == {path.name for path in (ROOT / "docs/standards").glob("*")}
