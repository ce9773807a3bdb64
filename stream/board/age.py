"""How old what is shown is, and from when on that is said in red."""

from __future__ import annotations

from typing import Any, Final

from stream.board.words import span

STILL: Final = 20_000
"""Nothing new has been settled for so long (ms of the wall clock)."""
BEHIND: Final = 180_000
"""What is settled is so far (ms) behind the worker's clock, on the wall clock: a minute of lateness and a batch are usual."""


def age(*, played: bool, settled: int | None, moved: int | None, newest: int, now: int) -> dict[str, Any]:
    """What there is to say at `now` (ms of the worker's clock), whether or not anybody looked before.

    settled: up to when (event time, ms) all is counted; moved: when (ms of the wall clock) it came to that. newest: the time of the
    newest reading (ms), 0 where there is none. played: whether event time is not the wall clock's. `shown`: the moment of the board,
    before which nothing lies that it shows: some partitions have come further than all have.
    """
    if settled is None:
        return {"shown": None, "age": 0, "stale": True, "says": "No figures yet: the stream has settled nothing."}
    behind = 0 if played else now - settled
    still = max(0, now - moved) if moved is not None else 0
    old = max(still, behind if behind > BEHIND else 0)
    shown = max(newest, settled)
    stale = old > STILL
    says = f"These figures are {span(old / 1000)} old: nothing new has been counted since." if stale else ""
    if not stale and not played:
        old = max(0, now - shown)
    return {"shown": shown, "age": old, "stale": stale, "says": says}
