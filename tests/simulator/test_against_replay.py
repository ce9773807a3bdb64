"""The core, over a simulated day, finds the truth that the simulation noted in words of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.replay.report import report
from stream.simulator.comparing import found_of, rounded, truth_of
from stream.simulator.day import Simulation, simulate
from stream.simulator.features import ALL

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="module")
def centre() -> Centre:
    """The centre that the demo plays."""
    return read_centre(DEPLOY / "centre.yaml")


@pytest.fixture(scope="module")
def monday(centre: Centre) -> tuple[Simulation, Figures]:
    """A whole day of it, replayed."""
    simulation = simulate(centre)
    return simulation, replay(simulation.events, centre, read_standards(DEPLOY / "standards.yaml", centre))


def test_replay_finds_the_truth_in_every_scope(monday: tuple[Simulation, Figures]) -> None:
    """Every count, mean, maximum and service level of every scope is the simulation's own."""
    simulation, figures = monday
    assert truth_of(simulation) == found_of(report(figures), simulation)
    assert figures.events == simulation.truth.report()["events"]


def test_replay_finds_when_the_first_customers_give_up(monday: tuple[Simulation, Figures]) -> None:
    """Enough gave up on this day for a threshold: of all calls it is the simulation's own, by Kaplan and Meier."""
    simulation, figures = monday
    (record,) = [one for key, one in figures.of("queue-readings").items() if key == "channel=call|day"]
    begin, end = (_ms(record["window"][edge]) for edge in ("start", "end"))
    truth = simulation.truth.dropout({"channel": "call"}, begin, end)

    assert truth["threshold_seconds"] is not None
    assert rounded(truth) == rounded(record["measures"]["dropout_threshold"])


def test_replay_finds_the_truth_of_the_shipped_centre_when_all_happens(centre: Centre) -> None:
    """Queues with hours of their own, a lunch break in one, and all features: in every scope the figures are the simulation's own."""
    simulation = simulate(centre, seed=2, scale=0.1, features=ALL, number=3)
    figures = replay(simulation.events, centre, [])

    assert truth_of(simulation) == found_of(report(figures), simulation)
    assert simulation.truth.measures({"channel": "email"})["left_at_closing"] > 0


def test_lunch_breaks_the_standards_of_the_documents_and_all_of_them_clear(monday: tuple[Simulation, Figures]) -> None:
    """Queue length, waiting per agent, the service level and the first reply break at lunch, and nothing is broken in the evening."""
    simulation, figures = monday
    breaches = list(figures.of("standard-breaches").values())
    begun, ended = simulation.truth.lunch
    at_lunch = {breach["standard"] for breach in breaches if begun <= _ms(breach["started_at"]) < ended + 30 * 60_000}
    assert {"waiting-per-agent", "queue-length", "calls-answered", "first-response"} <= at_lunch
    assert {breach["status"] for breach in breaches} == {"resolved"}


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
