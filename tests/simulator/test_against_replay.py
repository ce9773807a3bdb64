"""The core, over a simulated day, finds the truth that the simulation noted in words of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.replay.driver import Figures, replay
from stream.replay.report import report
from stream.simulator.day import Simulation, simulate

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


def comparable(measures: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The named measures, means to the microsecond, and of the service levels the strict one."""
    found = {name: round(value, 6) if isinstance(value := measures[name], float) else value for name in names}
    found["service_level"] = [level for level in measures["service_level"] if level["formula"] == "strict"]
    return found


def test_replay_finds_the_truth_in_every_scope(monday: tuple[Simulation, Figures]) -> None:
    """Every count, mean, maximum and service level of every scope is the simulation's own."""
    simulation, figures = monday
    truth = {tuple(sorted(entry["scope"].items())): entry["measures"] for entry in simulation.truth.report()["scopes"]}
    found = {tuple(sorted(entry["scope"].items())): entry["measures"] for entry in report(figures)["scopes"]}
    names = [name for name in truth[()] if name != "first_responses_within_60_minutes"]
    assert {scope: comparable(truth[scope], names) for scope in truth} == {scope: comparable(found[scope], names) for scope in truth}
    assert figures.events == simulation.truth.report()["events"]


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
