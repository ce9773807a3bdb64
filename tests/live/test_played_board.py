"""The board of a played day: its partitions are minutes of that day apart, and what it shows of one look fits together all the same."""

from __future__ import annotations

from typing import Any

from stream.board.table import lines, shown_at
from tests.live.made_up import CALLS, MINUTE, NOON, Made, verdict

CHATS = {"queue": "sales", "channel": "chat"}
TOO_MANY: dict[str, Any] = {"value": 6.0, "target": 3.0, "op": "<=", "unit": "contacts"}


def ahead() -> Made:
    """All is settled up to noon; the partition of the chats is at four minutes past."""
    made = Made(clock="played")
    made.queue(CALLS, waiting=1, wait=20.0)
    made.now = NOON + 4 * MINUTE
    made.queue(CHATS, waiting=2, wait=33.7, longest=[["c1", made.now - 33_700]])
    return made


def cells(board: dict[str, Any]) -> list[list[str]]:
    """Queue, what is broken, since when, how many wait and how long, of each row."""
    return [[line.split("\t")[at] for at in (0, 1, 2, 4, 5)] for line in list(lines(board))[2:]]


def test_who_waits_has_waited_as_long_as_the_reading_says() -> None:
    """Whichever partition has come furthest: the board's time is never before what it shows, and no wait is added or lost."""
    board = ahead().board.look(NOON + 5 * MINUTE)

    assert NOON + 4 * MINUTE == shown_at(board)
    assert [["billing Calls", "fine", "–", "1", "0:20"], ["sales Chat", "fine", "–", "2", "0:33"]] == cells(board)
    assert "waiting 3, longest 0:33 |" in next(lines(board))


def test_a_breach_is_shown_with_the_readings_of_its_moment() -> None:
    """It is told before them: until they come it would begin in the future, beside figures of before."""
    made = ahead()
    made.breach("open-a-new-queue", CALLS, NOON + 2 * MINUTE, **TOO_MANY)
    before = made.board.look(NOON + 5 * MINUTE)
    made.now = NOON + 3 * MINUTE
    made.queue(CALLS, verdict("open-a-new-queue", breached=True, value=5.0), waiting=5, wait=61.0)
    after = made.board.look(NOON + 6 * MINUTE)

    assert ["billing Calls", "fine", "–", "1", "0:20"] in cells(before)
    assert ["billing Calls", "5 waiting, at most 3", "12:02", "5", "1:01"] == cells(after)[0]


def test_whoever_is_listed_has_waited_as_long_as_the_row_says() -> None:
    """The list of those who wait longest counts back from the same moment."""
    made = ahead()
    made.breach("open-a-new-queue", CHATS, NOON + 3 * MINUTE, **TOO_MANY)
    made.now += MINUTE
    made.queue(CALLS)
    found = made.board.detail("channel=chat,queue=sales", NOON + 5 * MINUTE, "viewer")

    assert found is not None
    waits = [found["at"] - one["since"] for group in found["groups"] for one in group["contacts"]]
    assert [33_700] == waits
    assert 33_700 == found["at"] - found["row"]["oldest_since"]


def test_on_the_wall_clock_a_breach_is_shown_at_once_with_its_own_value() -> None:
    """A reading of before it broke says another one: 1 waiting is not what is broken where 3 may wait."""
    made = Made()
    made.queue(CALLS, verdict("open-a-new-queue", value=1.0))
    made.breach("open-a-new-queue", CALLS, NOON + 900, **TOO_MANY)

    assert "6 waiting, at most 3" == cells(made.board.look(NOON + 1_000))[0][1]
