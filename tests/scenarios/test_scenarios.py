"""Every scenario comes out as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.reading import Scenario, breaches, figure, play, scenarios, verdict


def name_of(scenario: Scenario) -> str:
    """How a scenario is called in the list of tests."""
    return scenario.path.stem


@pytest.mark.parametrize("scenario", scenarios(), ids=name_of)
def test_a_scenario_comes_out_as_it_is_written(scenario: Scenario, tmp_path: Path) -> None:
    """Each figure, each breach and each verdict of it."""
    assert any(scenario.lines.values()), "a scenario that says nothing proves nothing"
    played = {block: play(scenario, tmp_path, block) for block, lines in scenario.lines.items() if lines}
    for line in scenario.lines["figures"]:
        expected, actual = figure(played["figures"], line)
        assert expected == (pytest.approx(actual, rel=1e-9) if isinstance(actual, float) else actual), line
    for line in scenario.lines["breaches"]:
        said, found = breaches(played["breaches"], line)
        assert said == found, line
    for line in scenario.lines["verdicts"]:
        (status, value), (stands, measured) = verdict(played["verdicts"], line)
        assert (status, value) == (stands, measured if value is None else pytest.approx(measured, abs=1e-4)), line


def test_every_scenario_says_what_of_its_promise_comes_true() -> None:
    """A figure alone breaks nothing: each has a standard, and what becomes of it."""
    assert [] == [one.path.name for one in scenarios() if not one.lines["breaches"] and not one.lines["verdicts"]]
