"""The centre as a whole, above the rows of the board."""

from __future__ import annotations

from typing import Any

from stream.board.model import head
from stream.board.slices import Slice

LEVEL = {"formula": "strict", "within": 120.0, "target": 0.9, "error": 0.05}


def row(queue: str, level: dict[str, Any] | None, in_time: tuple[int, int]) -> dict[str, Any]:
    """A row of calls in which nothing is wrong."""
    figures = {"level": level, "level_30m": in_time, "level_day": in_time}
    return {
        "queue": queue,
        "channel": "call",
        "broken": [],
        "closed": False,
        "waiting": 0,
        "oldest_since": None,
        "overdue": 0,
        "due_60m": 0,
        **figures,
    }


def test_what_all_queues_promise_is_what_the_sum_is_held_against() -> None:
    """Shares are added up over the queues before they are divided."""
    found = head({}, [row("billing", LEVEL, (8, 10)), row("sales", dict(LEVEL), (1, 10))])

    assert {"channel": "calls", **LEVEL} == {**found["level"], "channel": found["level"]["channel"].lower()}
    assert (9, 20) == found["level_30m"]


def test_what_may_be_chance_is_no_miss() -> None:
    """One late call of two is below nine in ten and says nothing; eleven of twenty are no chance."""
    few = head({}, [row("billing", LEVEL, (1, 2))])
    many = head({}, [row("billing", LEVEL, (8, 10)), row("sales", dict(LEVEL), (1, 10))])
    very_many = head({}, [row("billing", LEVEL, (1_799, 2_000))])

    assert [False, True, True] == [found["missed_30m"] for found in (few, many, very_many)]
    assert [False, True, True] == [found["missed_day"] for found in (few, many, very_many)]


def test_where_queues_promise_different_things_the_sum_is_held_against_none() -> None:
    """Else the target and the seconds on the wall would change with whichever queue is the worst just now."""
    rows = [row("billing", LEVEL, (8, 10)), row("sales", {**LEVEL, "within": 60.0}, (1, 10))]

    for made in (rows, rows[::-1]):
        found = head({}, made)
        assert (None, (9, 20)) == (found["level"], found["level_30m"])


def test_who_waits_sits_at_the_telephone_or_in_a_chat() -> None:
    """A mail of last night would be the longest wait all day, and nobody would see the caller who waits for ten minutes."""
    level: tuple[int, int] = (0, 0)
    whole = Slice({}, {"all": {"waiting": 32, "longest_wait_seconds": 50_000.0}}, as_of=60_000_000)
    calls = row("billing", LEVEL, level) | {"waiting": 2, "oldest_since": 59_400_000}
    chats = row("sales", LEVEL, level) | {"waiting": 1, "oldest_since": 59_900_000, "channel": "chat"}
    mails = row("billing", None, level) | {"waiting": 29, "oldest_since": 10_000_000, "channel": "email"}

    shown = [head({"all": whole}, rows) for rows in ([mails, chats, calls], [mails])]

    assert [(True, 3, 59_400_000), (False, 32, 10_000_000)] == [(one["spoken"], one["waiting"], one["oldest_since"]) for one in shown]
