"""How old what is shown is, and from when on that is said in red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stream.board.words import span

STILL: Final = 20_000
"""Nothing new has been settled for so long (ms of the wall clock)."""
BEHIND: Final = 180_000
"""What is settled is so far (ms) behind the worker's clock, on the wall clock: a minute of lateness and a batch are usual."""


@dataclass(slots=True)
class Age:
    """Watches how far the figures have come."""

    played: bool
    settled: int | None = None
    moved: int | None = None
    """When (ms of the worker's clock) `settled` moved last."""

    def look(self, settled: int | None, newest: int, now: int) -> dict[str, Any]:
        """What there is to say at `now`. newest: the time of the newest reading (ms), 0 where there is none."""
        if settled != self.settled or self.moved is None:
            self.settled, self.moved = settled, now
        behind = 0 if self.played or settled is None else now - settled
        age = max(now - self.moved, behind if behind > BEHIND else 0)
        shown = settled if self.played else max(newest, settled or 0) or None
        if settled is None:
            return {"shown": None, "age": age, "stale": True, "says": "No figures yet: the stream has settled nothing."}
        stale = age > STILL
        says = f"These figures are {span(age / 1000)} old: nothing new has been counted since." if stale else ""
        if not stale and not self.played and shown is not None:
            age = max(0, now - shown)
        return {"shown": shown, "age": age, "stale": stale, "says": says}
