"""A report can be judged of every measure that has a number in the closed period: what is kept of it is what is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stream.config.centre import read_centre
from stream.config.reported import empty
from stream.core.breach import finite
from stream.core.declared import Standard
from stream.core.measures import BY_NAME
from stream.core.measures.entry import Measure
from stream.core.measures.paths import DEFAULT, WORDS, Number, number, parsed, rows
from stream.core.measures.paths import Path as Leading
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.simulator.day import simulate
from stream.simulator.features import named

CENTRE = read_centre(Path(__file__).parent.parent.parent / "deploy/centre.yaml")
SAYS_MORE = {"dropout_threshold"}
"""Of 28 days, so it is in no record of a day."""


def paths_of(measure: Measure) -> list[str]:
    """How a report names one number of it."""
    sample = empty(measure, Leading(measure.name))
    if isinstance(sample, list):
        return [f"{measure.name}[{row}]" for row in rows(sample)] or [measure.name]
    if isinstance(sample, dict):
        return [measure.name if name == DEFAULT else f"{measure.name}.{name}" for name in sample if name not in WORDS]
    return [f"{measure.name}.{name}" for name in measure.numbers] if measure.numbers else [measure.name]


PATHS = [path for measure in BY_NAME.values() if measure.kind != "level" for path in paths_of(measure)]


def promise(place: int, path: str) -> Standard:
    """A report that nothing keeps."""
    given: dict[str, Any] = {"calendar": "day", "per": (), "unit": "share", "grace": 0, "window": 0, "cadence": "report"}
    return Standard(name=f"p{place}", title="A promise", form="ratio", measure=path, op=">=", limit=1e12, **given)


@pytest.fixture(scope="module")
def figures() -> Figures:
    """A day with everything that the simulator can do, its issues and customers, judged on the next morning."""
    promised = [promise(place, path) for place, path in enumerate(PATHS)]
    day = simulate(CENTRE, seed=4, scale=0.03, features=named("all"))
    morning = datetime(2026, 3, 3, 3, tzinfo=UTC)
    return replay(day.events, CENTRE, promised, until=round(morning.timestamp() * 1000))


def read(record: dict[str, Any], path: str) -> Number:
    """The number in the record of the closed day."""
    leading = parsed(path)
    assert leading is not None
    return number(record["measures"].get(leading.measure), leading)


def test_a_report_reads_what_the_closed_day_says(figures: Figures) -> None:
    """The same number; and a verdict wherever there is one that is not 0."""
    intervals = [record for key, record in figures.of(QUEUE_INTERVALS).items() if key.startswith("all|day|")]
    assert intervals
    last = max(intervals, key=lambda record: record["window"]["start"])
    judged = {one["standard"]: one for one in last_reading(figures)}
    seen = 0
    for place, path in enumerate(PATHS):
        found, verdict = read(last, path), judged[f"p{place}"]
        if found.value and path.partition(".")[0] not in SAYS_MORE:
            seen += 1
            assert ("missed", finite(found.value)) == (verdict["status"], verdict["value"]), path
    assert seen > 100, seen


def last_reading(figures: Figures) -> list[dict[str, Any]]:
    """How every standard stands at the end."""
    found: list[dict[str, Any]] = figures.of(QUEUE_READINGS)["all|all"]["standards"]
    return found
