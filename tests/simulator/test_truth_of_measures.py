"""Of every measure the simulation knows the truth, or there stands here why not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from stream.core.measures import MEASURES
from stream.simulator.day import Simulation
from tests.simulator.test_features import play

ROOT: Final = Path(__file__).parents[2]
RECONCILED: Final = "kept on request; tests/core/measures/test_attribution.py holds it against the reconciliation, which counts apart"
ELSEWHERE: Final = {
    "dropout_threshold": "`Truth.dropout` knows it of days: tests/simulator/test_features.py, test_against_replay.py",
    "service_level_by_answer": RECONCILED,
    "service_level_by_end": RECONCILED,
}
"""Known by other code than the core's, in another place than the report of the truth."""
UNKNOWN: Final = {
    "excluded": "no contact of the simulation is a test or a wrong number; by hand in tests/core/test_contact.py",
    "agents_by_state": "of now; how long each state lasted is known (agent_state_seconds), by hand in tests/core/test_standing.py",
    "waiting_per_agent": "waiting / staffed, which are both known; by hand in docs/standards, 1",
    "open_first_response_age_seconds": "of now; by hand in docs/standards, 6",
    "open_response_age_seconds": "of now; by hand in docs/standards, 7",
    "open_turns": "of now; by hand in docs/standards, 7",
    "talk_longest_seconds": "of now: the day ends when nobody talks any more; by hand in docs/standards, 16",
    "paused_seconds": "the notes of people have no reasons; by hand in tests/core/measures/test_agents.py",
    "agents_over_limit": "of now; by hand in tests/core/measures/test_agents.py",
    "agents_share": "of now; by hand in tests/core/measures/test_agents.py",
    "clocks": "the simulated centre declares none; by hand in docs/standards, 25, and tests/core/test_clocks.py",
}
"""Of which it knows nothing: why, and who does."""


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """A day on which everything happens."""
    return play(1, number=1)[1]


def test_every_measure_has_its_truth_or_the_reason_why_not(simulation: Simulation) -> None:
    """A new measure is in one of the three; what got its truth is not excused any longer."""
    known = {name for entry in simulation.truth.report()["scopes"] for name in entry["measures"]}

    assert {measure.name for measure in MEASURES} == known | ELSEWHERE.keys() | UNKNOWN.keys()
    assert [] == sorted(known & (ELSEWHERE.keys() | UNKNOWN.keys()))


def test_a_reason_names_tests_that_are_there() -> None:
    """Whoever reads it finds who knows the figure instead."""
    for name, reason in {**ELSEWHERE, **UNKNOWN}.items():
        named = re.findall(r"tests/[\w/]+\.py", reason)
        assert named or "docs/standards" in reason, name
        assert [] == [path for path in named if not (ROOT / path).is_file()]


def test_the_truth_of_what_is_so_at_the_end_is_not_of_nothing(simulation: Simulation) -> None:
    """Somebody waits, and an issue is open: figures that agree are not all empty."""
    found = simulation.truth.measures({})
    assert [] == [name for name in ("waiting", "longest_wait_seconds", "open_issues", "oldest_issue_seconds") if not found[name]]
