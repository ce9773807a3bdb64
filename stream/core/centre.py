"""The centre as its people declare it (deploy/centre.yaml): queues, channels, time zone, opening hours, limits.

Records only; `stream.config.centre` reads the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from stream.core.schedule import Schedule
from stream.core.wanted import Kept

REAL_TIME = frozenset({"call", "chat"})
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Queue:
    """A place where contacts wait: its name, its channels, and the name of its opening hours."""

    name: str
    channels: tuple[str, ...]
    hours: str = "always"


@dataclass(frozen=True, slots=True)
class Centre:
    """Everything about the centre that the core needs.

    queues: by name; empty means an open centre, which takes every queue as it comes (replay of a foreign file).
    hours: schedules by name; "always" is always there.
    short_abandon: abandons up to this wait (ms) are short.
    lateness: how much later (ms) than the newest event of its source an event may arrive and still count in full.
    ring_cadence: ms of one ring.
    kept: which measures, windows and kinds of scopes are kept.
    """

    name: str = "centre"
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    queues: dict[str, Queue] = field(default_factory=dict)
    hours: dict[str, Schedule] = field(default_factory=dict)
    short_abandon: int = 5_000
    lateness: int = 60_000
    ring_cadence: int = 6_000
    kept: Kept = field(default_factory=Kept)

    def queue(self, name: str) -> str:
        """The queue under which `name` counts: itself where declared or the centre is open, else "other"."""
        return name if not self.queues or name in self.queues else OTHER

    def schedule(self, hours: str) -> Schedule:
        """The schedule called `hours`; unknown names are refused when the file is read, so only "always" is made here."""
        found = self.hours.get(hours)
        return found if found is not None else Schedule(self.zone)
