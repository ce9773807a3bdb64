"""A closed queue is closed, not fine, and who still waits there is said."""

from __future__ import annotations

from datetime import datetime

from tests.live.made_up import BERLIN, Made


def at(hour: int) -> int:
    """A Monday's hour in Berlin (ms)."""
    return int(datetime(2026, 3, 2, hour, tzinfo=BERLIN).timestamp() * 1000)


def billing(now: int, *, waiting: int) -> Made:
    """Calls of billing at a moment, with nothing broken."""
    made = Made(now=now)
    made.read({"queue": "billing", "channel": "call"}, "all", {"waiting": waiting, "agents_by_state": None})
    return made


def test_after_hours_a_queue_is_closed_and_its_callers_are_told() -> None:
    """Nine wait in a queue that closed at 18:00."""
    made = billing(at(23), waiting=9)
    board = made.board.look(made.now)
    row = board["rows"]["channel=call,queue=billing"]
    assert (True, 0, 1, 9) == (row["closed"], board["head"]["fine"], board["head"]["closed"], board["head"]["left_waiting"])


def test_in_its_hours_the_same_queue_is_fine() -> None:
    """Open, and nothing is broken."""
    made = billing(at(11), waiting=9)
    board = made.board.look(made.now)
    assert (1, 0, 0) == (board["head"]["fine"], board["head"]["closed"], board["head"]["left_waiting"])
