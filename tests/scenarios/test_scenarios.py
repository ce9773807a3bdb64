"""Every scenario comes out as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.reading import Scenario, breaches, figure, play, scenarios


def name_of(scenario: Scenario) -> str:
    """How a scenario is called in the list of tests."""
    return scenario.path.stem


@pytest.mark.parametrize("scenario", scenarios(), ids=name_of)
def test_a_scenario_comes_out_as_it_is_written(scenario: Scenario, tmp_path: Path) -> None:
    """Each figure and each breach of it."""
    figures = play(scenario, tmp_path)
    assert scenario.lines["figures"] or scenario.lines["breaches"], "a scenario that says nothing proves nothing"
    for line in scenario.lines["figures"]:
        expected, actual = figure(figures, line)
        assert expected == (pytest.approx(actual, rel=1e-9) if isinstance(actual, float) else actual), line
    for line in scenario.lines["breaches"]:
        said, found = breaches(figures, line)
        assert said == found, line
