"""The centre as a whole, above the rows of the board."""

from __future__ import annotations

from typing import Any

from stream.board.model import head

LEVEL = {"formula": "strict", "within": 120.0, "target": 0.9}


def row(queue: str, level: dict[str, Any] | None, in_time: tuple[int, int]) -> dict[str, Any]:
    """A row of calls in which nothing is wrong."""
    figures = {"level": level, "level_30m": in_time, "level_day": in_time}
    return {"queue": queue, "channel": "call", "broken": [], "closed": False, "waiting": 0, "overdue": 0, "due_60m": 0, **figures}


def test_what_all_queues_promise_is_what_the_sum_is_held_against() -> None:
    """Shares are added up over the queues before they are divided."""
    found = head({}, [row("billing", LEVEL, (8, 10)), row("sales", dict(LEVEL), (1, 10))])

    assert {"channel": "calls", **LEVEL} == {**found["level"], "channel": found["level"]["channel"].lower()}
    assert (9, 20) == found["level_30m"]


def test_where_queues_promise_different_things_the_sum_is_held_against_none() -> None:
    """Else the target and the seconds on the wall would change with whichever queue is the worst just now."""
    rows = [row("billing", LEVEL, (8, 10)), row("sales", {**LEVEL, "within": 60.0}, (1, 10))]

    for made in (rows, rows[::-1]):
        found = head({}, made)
        assert (None, (9, 20)) == (found["level"], found["level_30m"])
