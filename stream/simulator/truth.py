"""What really happened on a synthetic day, noted as it happens and counted without a line of `stream.core`.

Only the simulation writes here. The report has the shape of `answerable replay --report json`, so that the two can be laid side by side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

WITHIN_SECONDS: Final = (20, 60, 120)
REPLY_MINUTES: Final = 60


@dataclass(slots=True)
class Tally:
    """The notes about one queue and channel. Times are milliseconds."""

    records: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    abandoned_before_queue: int = 0
    ring_missed: int = 0
    waits: list[int] = field(default_factory=list)
    abandon_waits: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    first_responses: list[int] = field(default_factory=list)
    responses: list[int] = field(default_factory=list)
    stays: list[tuple[int, int]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another tally's notes in."""
        for name in ("records", "offered", "answered", "abandoned", "short_abandoned", "abandoned_before_queue", "ring_missed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("waits", "abandon_waits", "handles", "first_responses", "responses", "stays"):
            getattr(self, name).extend(getattr(other, name))


@dataclass(slots=True)
class Truth:
    """The notes of a day by (queue, channel); complete when the simulation has ended."""

    tallies: defaultdict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    events: int = 0
    lunch: tuple[int, int] = (0, 0)

    def report(self) -> dict[str, Any]:
        """The whole, each queue, each channel and each of both, as one JSON object."""
        return {
            "events": self.events,
            "lunch": {"from_ms": self.lunch[0], "to_ms": self.lunch[1]},
            "scopes": [{"scope": scope, "measures": measures(self.sum(**scope))} for scope in self.scopes()],
        }

    def scopes(self) -> list[dict[str, str]]:
        """Every scope that has notes, the whole first."""
        queues = sorted({queue for queue, _ in self.tallies})
        channels = sorted({channel for _, channel in self.tallies})
        both = [{"queue": queue, "channel": channel} for queue, channel in sorted(self.tallies)]
        return [{}, *({"queue": queue} for queue in queues), *({"channel": channel} for channel in channels), *both]

    def sum(self, queue: str | None = None, channel: str | None = None) -> Tally:
        """The notes of a scope."""
        total = Tally()
        for (each_queue, each_channel), tally in self.tallies.items():
            if queue in {None, each_queue} and channel in {None, each_channel}:
                total.add(tally)
        return total


def measures(tally: Tally) -> dict[str, Any]:
    """The measures of a tally, by their names in the report; no data is None."""
    within_hour = sum(1 for response in tally.first_responses if response <= REPLY_MINUTES * 60_000)
    return {
        "records": tally.records,
        "offered": tally.offered,
        "answered": tally.answered,
        "abandoned": tally.abandoned,
        "short_abandoned": tally.short_abandoned,
        "abandoned_before_queue": tally.abandoned_before_queue,
        "ring_missed": tally.ring_missed,
        "wait_answered_mean_seconds": mean(tally.waits),
        "wait_max_seconds": longest(tally.waits + tally.abandon_waits),
        "handle_mean_seconds": mean(tally.handles),
        "max_waiting": deepest(tally.stays),
        "service_level": [service_level(tally, seconds) for seconds in WITHIN_SECONDS],
        "first_responses": len(tally.first_responses),
        "first_responses_within_60_minutes": within_hour,
        "responses": len(tally.responses),
    }


def service_level(tally: Tally, seconds: int) -> dict[str, Any]:
    """The share of all offered contacts that were answered within these seconds."""
    numerator = sum(1 for wait in tally.waits if wait <= seconds * 1_000)
    return {
        "formula": "strict",
        "within_seconds": seconds,
        "numerator": numerator,
        "denominator": tally.offered,
        "ratio": numerator / tally.offered if tally.offered else None,
    }


def mean(values: list[int]) -> float | None:
    """The mean in seconds, None of nothing."""
    return sum(values) / len(values) / 1_000 if values else None


def longest(values: list[int]) -> float | None:
    """The longest in seconds, None of nothing."""
    return max(values) / 1_000 if values else None


def deepest(stays: list[tuple[int, int]]) -> int:
    """The most contacts that waited at once; who leaves at a moment leaves before who comes, and who never waited does not count."""
    edges = sorted([(until, -1) for since, until in stays if until > since] + [(since, 1) for since, until in stays if until > since])
    level = highest = 0
    for _, change in edges:
        level += change
        highest = max(highest, level)
    return highest
