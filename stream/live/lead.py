"""Back-pressure between partitions: a source that is too far ahead of the slowest one is read no further until that has come closer.

Figures are put together in the order of time, so what one source tells waits, in memory and in state, until all others have come as
far. Under a backlog that lies in one partition alone this would be as much as the others hold.
"""

from __future__ import annotations

import logging
from collections import deque
from math import inf
from typing import Final

from stream.core.watermark import NOTHING

log = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds without a step of the slowest source after which nobody waits for it any more: it may be without a worker, or its source
without a clock, and the others go on to show the present."""


NEAR: Final = 60_000
"""Milliseconds of event time: what is restored less than that ahead of the slowest source is no backlog."""


class Lead:
    """How many events of one source partition were read whose time the slowest source has not reached yet."""

    __slots__ = ("_most", "_moved_at", "_passed", "_reached", "_read", "_steps", "_tired", "_told", "_until")

    def __init__(self, most: int) -> None:
        """Begin at nothing. Once `most` were read that the slowest source has not reached, it is waited for."""
        self._most = most
        self._read = self._told = self._passed = 0
        self._until = self._reached = NOTHING
        self._moved_at = -inf
        self._tired = False
        self._steps: deque[tuple[int, int]] = deque()

    def resume(self, until: int) -> None:
        """Begin where the state of a source was restored that has come to `until` (ms of event time).

        How many events wait in the restored state nobody knows: as many as may, until the slowest source is near.
        """
        self._read = self._told = self._most
        self._passed = 0
        self._until = until
        self._steps = deque([(until - NEAR, self._read)])

    def read(self, count: int, until: int) -> None:
        """So many more were read, and up to `until` (ms of event time) nothing else is expected of this source.

        What came since time moved last counts once it moves again: it may need the next record for that.
        """
        self._read += count
        if until > self._until:
            self._until, self._told = until, self._read
            self._steps.append((until, self._read))

    def is_too_long(self, reached: int, now: float) -> bool:
        """Whether to wait for the slowest source, which has come to `reached` (ms of event time), at `now` (s of any clock)."""
        if reached > self._reached:
            self._reached, self._moved_at = reached, now
            while self._steps and self._steps[0][0] <= reached:
                self._passed = self._steps.popleft()[1]
        too_long = self._told - self._passed >= self._most
        waits = too_long and now - self._moved_at < PATIENCE
        tired = too_long and not waits and self._reached > NOTHING
        if tired and not self._tired:
            log.warning("the slowest partition has not moved for %.0f s: the others go on, and what they tell waits in memory", PATIENCE)
        self._tired = tired
        return waits
