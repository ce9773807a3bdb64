"""What the board holds the figures of a queue against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.board.promises import Promises
from stream.core.centre import ALWAYS
from stream.core.declared import Standard


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_limits_the_one_that_is_broken_is_shown(order: int) -> None:
    """Five wait, of whom a warning allows three: the fifteen of the critical one would look as if all were well. Of sixteen it counts."""
    limits = {"warning": 3, "critical": 15}
    standards = [
        Standard(name=severity, title=severity, form="level", measure="waiting", limit=limit, severity=severity, grace=0)
        for severity, limit in limits.items()
    ]

    targets = Promises(standards[::order]).of("billing", "call")

    assert [3, 3, 3, 15] == [targets.waiting(now) for now in (None, 2, 5, 16)]
    assert Promises([]).of("billing", "call").waiting(5) is None


HOUR = Standard(name="hour", title="hour", form="clock", measure="first_response", within=3_600_000)
LONGEST = Standard(name="longest", title="longest", form="level", measure="longest_wait", limit=300)
LEVEL = Standard(name="level", title="level", form="percentage", measure="service_level", objective=0.9, within=120_000)


@pytest.mark.parametrize(
    ("standards", "channel", "seconds", "share"),
    [
        ([HOUR], "email", None, None),  # it came at ten to six; at five past eight it has waited for a quarter of an hour of its hour
        ([replace(HOUR, hours=ALWAYS)], "email", 3_600.0, None),
        ([HOUR], "chat", 3_600.0, None),
        ([LEVEL], "call", 120.0, 0.9),  # nine in ten within two minutes: of the one who waits longest that is not promised
        ([LEVEL, LONGEST, HOUR], "call", 300.0, None),
        ([LONGEST, replace(LONGEST, name="stricter", limit=200)], "call", 200.0, None),
        ([], "call", None, None),
    ],
)
def test_who_waits_longest_is_held_against_what_is_promised_of_a_wait(
    standards: list[Standard], channel: str, seconds: float | None, share: float | None
) -> None:
    """The wait goes on while a queue is closed, the clock of its opening hours does not."""
    targets = Promises(standards).of("billing", channel)
    assert (seconds, share) == (targets.wait_seconds, targets.wait_share)
