"""The worker's own figures: what it processed, where it stands. The live driver writes them, the metrics page reads them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stream.errors import RejectedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

DELAY_BOUNDS: Final = (10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000)
"""Bounds (ms) of the event delay: from a good broker's round trip up to an hour behind."""


@dataclass(slots=True)
class TopicFigures:
    """What was done with the events of one topic since the worker started.

    delays: counts per bucket of DELAY_BOUNDS, not cumulated; delay_sum: ms.
    """

    processed: int = 0
    late: int = 0
    duplicate: int = 0
    unknown_queue: int = 0
    unknown_agent: int = 0
    rejected: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RejectedRecord.REASONS, 0))
    delays: list[int] = field(default_factory=lambda: [0] * (len(DELAY_BOUNDS) + 1))
    delay_sum: int = 0

    def reject(self, reason: str, count: int = 1) -> None:
        """Count records that were set aside for `reason`, one of RejectedRecord.REASONS."""
        self.rejected[reason] += count

    def delay(self, delays: Iterable[int]) -> None:
        """Count how long (ms) after their time events were processed; an event ahead of the clock counts as 0."""
        # Events come nearly in order of time, so sorting costs little, and each bound is looked up once.
        ordered = sorted(delays)
        below = 0
        for bucket, bound in enumerate(DELAY_BOUNDS):
            upto = bisect_right(ordered, bound)
            self.delays[bucket] += upto - below
            below = upto
        self.delays[-1] += len(ordered) - below
        self.delay_sum += sum(ordered[bisect_left(ordered, 0) :])


@dataclass(slots=True)
class WorkerFigures:
    """A worker at one moment. It is filled in place; reading it copies nothing, so both happen on the worker's event loop.

    topics: by the name of each input topic. lag, watermarks (ms): by topic and partition, owned ones only.
    assigned: owned partitions by topic. ready: all of them are recovered and served. canary: synthetic contacts are expected.
    """

    topics: dict[str, TopicFigures] = field(default_factory=dict)
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    watermarks: dict[tuple[str, int], int] = field(default_factory=dict)
    assigned: dict[str, int] = field(default_factory=dict)
    rebalances: int = 0
    ready: bool = False
    canary: bool = False

    def topic(self, name: str) -> TopicFigures:
        """Give the figures of one topic, made at 0 when it is new."""
        return self.topics.setdefault(name, TopicFigures())
