"""The line above the table of `answerable top`."""

from __future__ import annotations

from stream.board.table import lines
from tests.live.made_up import CALLS, NOON, Made

WIDER = {"channel": "email"}


def test_a_line_that_is_wider_than_a_queue_is_said_to_be_so() -> None:
    """Else one line would be in breach while all queues are fine; and one line is no lines."""
    made = Made()
    made.queue(CALLS)
    before = next(lines(made.board.look(NOON)))
    made.breach("first-response", WIDER, NOON - 1_000)
    wider = next(lines(made.board.look(NOON + 1_000)))
    made.breach("queue-length", CALLS, NOON - 1_000)
    both = next(lines(made.board.look(NOON + 2_000)))

    assert [
        "0 lines in breach, 1 of 1 queue fine, 0 closed",
        "1 line in breach (1 wider than a queue), 1 of 1 queue fine, 0 closed",
        "2 lines in breach (1 wider than a queue), 0 of 1 queue fine, 0 closed",
    ] == [line.split(" | ")[1] for line in (before, wider, both)]


def test_agents_that_nobody_has_counted_together_are_unknown_for_the_whole_centre_alone() -> None:
    """Those of a queue may be known before, or where a centre keeps no figures of the whole."""
    made = Made()
    made.queue(CALLS)
    unknown = next(lines(made.board.look(NOON)))
    made.whole(1, 20.0, {"available": 1, "reserved": 1, "on_contact": 2, "wrap_up": 0, "paused": 4})
    known = next(lines(made.board.look(NOON + 1_000)))

    said = [line.split(" | ")[3] for line in (unknown, known)]
    assert ["agents of the whole centre: unknown", "agents: 1 available, 3 on contact, 0 wrap-up, 4 paused"] == said
