"""Each fault once, with a small day: what live workers say equals the replay, to the record."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.faults.harms import Scene
from benchmarks.faults.rounds import CASES, Case, day_of, run
from stream.embedded.broker import Broker
from stream.replay.driver import replay


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_fault_loses_nothing_and_counts_nothing_twice(case: Case, broker: Broker) -> None:
    """Report, last readings and last breaches are those of the replay, and each fault was recovered from."""
    spared = None if case.name == "broker" else broker

    result = run(case, 1, f"test/{case.name}", day_of(case, small=True), small=True, broker=spared)

    assert [] == result.differences, f"see {result.kept}"
    assert None not in result.recovered
    assert [] != result.recovered
    assert result.records > (300 if case.harm else 10)


def test_some_contacts_of_the_day_are_lost() -> None:
    """Nothing is heard of them after the offer, so that what time alone decides has to survive the faults, too."""
    figures = day_of(CASES[0], small=True).replayed.of("queue-readings")["all|all"]["measures"]

    assert figures["lost"] > 1


@pytest.mark.timeout(300)
def test_a_figure_that_differs_fails_the_round(broker: Broker) -> None:
    """Held against the replay of a day with one contact less, the same workers differ, and what they left is kept."""
    case = Case("none", "nothing", nothing, 1)
    small_day = day_of(case, small=True)
    missing = next(event.subject for event in small_day.events if event.type == "contact.offered")
    others = [event for event in small_day.events if event.subject != missing]
    wrong = replace(small_day, replayed=replay(others, small_day.centre, small_day.standards), seconds=0.5)

    result = run(case, 1, "test/none", wrong, small=True, broker=broker)

    assert not result.equal
    assert any("queue-readings" in line for line in result.differences)
    assert (Path(result.kept) / "worker-1.log").exists()
    shutil.rmtree(result.kept)


def nothing(scene: Scene) -> None:
    """Do no harm."""
