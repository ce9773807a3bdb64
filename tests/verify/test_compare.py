"""What counts as a difference between live and replay."""

from __future__ import annotations

from typing import Any

from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.figures import Figures
from stream.verify.compare import compared, differences

READING: dict[str, Any] = {
    "scope": {"queue": "billing"},
    "window": None,
    "as_of": 5,
    "measures": {"offered": 2, "staffed": None},
    "standards": [],
}
BREACH: dict[str, Any] = {"id": "few-wait/queue=billing/2026-03-02/1", "status": "firing", "value": 4, "revision": 3, "provisional": False}


def figures(topic: str, **records: Any) -> Figures:
    """Figures with the given last records."""
    out = Figures()
    for key, record in records.items():
        out.take(topic, key, record)
    return out


def test_equal_figures_have_no_difference() -> None:
    """What is equal says nothing."""
    assert differences(figures(QUEUE_READINGS, a=READING), figures(QUEUE_READINGS, a=READING)) == []


def test_a_difference_names_the_place_and_both_values() -> None:
    """The line says where, and what either side has."""
    other = {**READING, "measures": {"offered": 3, "staffed": None}}

    assert differences(figures(QUEUE_READINGS, a=READING), figures(QUEUE_READINGS, a=other)) == [
        "queue-readings a: measures.offered is 2 live and 3 in replay"
    ]


def test_a_missing_record_is_a_difference() -> None:
    """A figure that only one side has is not equal."""
    found = differences(figures(QUEUE_READINGS), figures(QUEUE_READINGS, a=READING))

    assert len(found) == 1
    assert found[0].startswith('queue-readings a: record is "nothing" live and {')


def test_how_a_breach_came_about_does_not_count() -> None:
    """Revision and whether it was provisional differ between a live worker and a replay, and may."""
    live = {**BREACH, "revision": 9, "provisional": True}

    assert differences(figures(STANDARD_BREACHES, a=live), figures(STANDARD_BREACHES, a=BREACH)) == []


def test_a_withdrawn_breach_never_was() -> None:
    """A provisional breach that did not hold is as if it had not been."""
    live = figures(STANDARD_BREACHES, a=BREACH, b={**BREACH, "status": "withdrawn"})

    assert differences(live, figures(STANDARD_BREACHES, a=BREACH)) == []


def test_watermarks_are_not_compared() -> None:
    """They say how far a partition is, which a replay of one partition cannot."""
    live = figures(QUEUE_READINGS, **{"!watermark/0": {"settled": 4}})

    assert (differences(live, Figures()), compared(live)) == ([], 0)


def test_an_empty_reading_is_as_good_as_none() -> None:
    """A queue of which everything was taken back was shown live for a moment, and is in no replay."""
    empty = {**READING, "measures": {"records": 0, "offered": 0, "max_waiting": 0, "closed": 0}}

    assert differences(figures(QUEUE_READINGS, a=empty), figures(QUEUE_READINGS)) == []
    assert differences(figures(QUEUE_READINGS), figures(QUEUE_READINGS, a=READING)) != []
