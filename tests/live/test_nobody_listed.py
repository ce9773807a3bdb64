"""What the page of a row says where something is red and no contact is listed."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.scopes import key_by
from tests.live.made_up import CALLS, Made, verdict

BEFORE = "Who missed the share did so before such contacts were kept, with the last update: whoever misses it from now on is listed."
LASTS = "Nobody whom the share counts now has missed it: it stays in breach until enough contacts have kept it."
NO_SHARE = "Nobody waits here now, and what is red is no share that a standard judges: who was behind it is not kept."


@pytest.mark.parametrize(
    ("standard", "waiting", "says"),
    [
        (verdict("calls-answered", breached=True, value=0.5, target=0.9, numerator=5, denominator=10), 0, BEFORE),
        (verdict("calls-answered", breached=True, value=0.5, target=0.9, numerator=5, denominator=10), 4, BEFORE),
        (verdict("calls-answered", breached=True, target=0.9, numerator=0, denominator=0), 0, LASTS),
        (verdict("quick-answers", breached=True, value=50.0, target=40.0), 0, NO_SHARE),
        (verdict("calls-answered", value=0.95, target=0.9, numerator=95, denominator=100), 0, ""),
    ],
)
def test_why_nobody_is_listed_is_said_as_it_is(standard: dict[str, Any], waiting: int, says: str) -> None:
    """A share that was missed before its contacts were kept is a share that a standard judges."""
    made = Made()
    made.queue(CALLS, standard, waiting=waiting, wait=20.0 if waiting else None)
    if standard["breached"]:
        made.breach(standard["standard"], CALLS, made.now - 60_000)
    made.whole(waiting, 20.0, {"available": 3})
    found = made.board.detail(key_by(CALLS), made.now, "viewer")
    assert found is not None
    assert (says, []) == (found["nobody"], found["groups"])
