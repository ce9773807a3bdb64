"""What a scope is presumed to be up to now, before it is settled: a provisional timeline that is kept and moved on.

The settled timeline lies behind by the lateness, a minute by default. To judge up to now from there would apply the facts of that
minute again at every tick. So a copy runs ahead up to a little before now, where facts are expected no more, and only the rest is
applied to a copy of that copy each time. A fact that comes for a moment which the first copy has passed throws it away, and the
little is made longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stream.core.breach import Record
from stream.core.facts import Fact
from stream.core.judges import Judge
from stream.core.timeline import Timeline

LEAST_MARGIN: Final = 1_000
"""How long before now (ms) the kept copy ends where facts come quickly."""
CALM: Final = 200
"""After so many looks without a surprise the margin becomes smaller again."""


class Foresight:
    """The provisional timelines of one scope."""

    __slots__ = ("_calm", "_kept", "_make", "_margin", "_spare", "_timeline")

    def __init__(self, timeline: Timeline, make: Callable[[], list[Judge]]) -> None:
        """`timeline`: what is settled; `make` gives new judges of its standards."""
        self._timeline = timeline
        self._make = make
        self._kept: Timeline | None = None
        self._spare: list[Judge] | None = None
        self._margin = LEAST_MARGIN
        self._calm = 0

    def add(self, fact: Fact) -> None:
        """A fact that the settled timeline has taken as well."""
        kept = self._kept
        if kept is None:
            return
        if fact[1] > kept.position:
            kept.add(fact)
            return
        self._kept = None
        self._calm = 0
        self._margin *= 2

    def forget(self) -> None:
        """The settled timeline was put back."""
        self._kept = None

    def look(self, ahead: int) -> tuple[Timeline, list[Record]]:
        """The timeline as it is presumed to be at `ahead` (ms), and the breach records from what is settled up to then, in order."""
        settled = self._timeline
        self._grow_calm()
        end = ahead - self._margin
        if self._kept is not None and self._kept.position <= settled.position:
            self._kept = None
        if self._kept is None and end > settled.position:
            self._kept = settled.provisional(self._make(), end)
        elif self._kept is not None and end > self._kept.position:
            self._kept.advance(end)
        base = settled if self._kept is None else self._kept
        told = self._still_ahead()
        if base is not settled and not base.pending and base.due > ahead:
            return base, told
        self._spare = self._spare or self._make()
        last = base.provisional(self._spare, ahead)
        return last, told + [record for _, record in last.told or ()]

    def _still_ahead(self) -> list[Record]:
        """What the kept copy has told, less what is settled by now."""
        if self._kept is None:
            return []
        position = self._timeline.position
        self._kept.told = [(at, record) for at, record in self._kept.told or () if at > position]
        return [record for _, record in self._kept.told]

    def _grow_calm(self) -> None:
        self._calm += 1
        if self._calm >= CALM:
            self._calm = 0
            self._margin = max(LEAST_MARGIN, self._margin // 2)
