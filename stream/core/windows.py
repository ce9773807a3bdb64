"""Half-open windows of event time, and the cells in which they count.

Tumbling: half-hours and days in the centre's time zone. Rolling: 5, 15 and 60 minutes, made of panes of 10 s. The last 28 days are
made of closed days. The whole is one window that never ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

PANE: Final = 10_000
HALF_HOUR: Final = 30 * 60_000
ROLLING: Final = {"5m": 5 * 60_000, "15m": 15 * 60_000, "60m": 60 * 60_000}
LONGEST: Final = max(ROLLING.values())
WHOLE: Final = "all"
DAY: Final = "day"
HALF: Final = "30m"
PANES: Final = "pane"
TUMBLING: Final = (HALF, DAY)
DAYS_28: Final = "28d"
"""The last 28 closed days (see `stream.core.closed_days`)."""
NAMES: Final = (HALF, DAY, *ROLLING, DAYS_28)


class Calendar:
    """Finds the day and the half-hour of a moment in one time zone. Days have 23 or 25 hours where the clocks change."""

    __slots__ = ("_begin", "_end", "zone")

    def __init__(self, zone: tzinfo) -> None:
        """Keep the zone."""
        self.zone = zone
        self._begin = self._end = 0

    def day(self, at: int) -> tuple[int, int]:
        """The local day around `at` as [begin, end) in ms."""
        if not self._begin <= at < self._end:
            local = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            self._begin = int(midnight.timestamp() * 1000)
            following = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self.zone)
            self._end = int(following.timestamp() * 1000)
        return self._begin, self._end

    def days_before(self, begin: int, days: int) -> int:
        """The beginning of the local day that lies so many days of the calendar before the one that begins at `begin`."""
        local = datetime.fromtimestamp(begin / 1000, UTC).astimezone(self.zone).replace(tzinfo=None) - timedelta(days=days)
        return int(local.replace(tzinfo=self.zone).timestamp() * 1000)

    def half_hour(self, at: int) -> tuple[int, int]:
        """The half-hour around `at`, counted from local midnight."""
        begin, end = self.day(at)
        start = begin + (at - begin) // HALF_HOUR * HALF_HOUR
        return start, min(start + HALF_HOUR, end)

    def window(self, name: str, at: int) -> tuple[int, int]:
        """The tumbling window called `name` around `at`."""
        return self.day(at) if name == DAY else self.half_hour(at)

    def iso(self, at: int) -> str:
        """A moment in local time with its offset, e.g. "2026-03-02T08:30:00+01:00"."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone).isoformat(timespec="seconds")

    def date(self, at: int) -> str:
        """The local date of `at`, e.g. "2026-03-02"."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone).date().isoformat()


def pane_of(at: int) -> int:
    """The start of the pane around `at`."""
    return at // PANE * PANE


class Cell:
    """Mergeable numbers of one scope and window.

    n: counts, sums and bucket counts by name; they add. top: maxima by name. changed: since its interval was sent.
    name: the window's; it and the start are the cell's key in its scope.
    """

    __slots__ = ("changed", "end", "n", "name", "revision", "start", "top")

    def __init__(self, start: int, end: int, name: str = "") -> None:
        """An empty cell for [start, end)."""
        self.name = name
        self.start = start
        self.end = end
        self.n: defaultdict[str, int] = defaultdict(int)
        self.top: dict[str, int] = {}
        self.revision = 0
        self.changed = False

    @property
    def empty(self) -> bool:
        """Whether all that was counted here was taken back."""
        return not self.top and not any(self.n.values())

    def raise_to(self, name: str, value: int) -> bool:
        """Keep a maximum; say whether it is a new one."""
        if value <= self.top.get(name, -1):
            return False
        self.top[name] = value
        return True

    def encode(self) -> list[Any]:
        """What must survive."""
        return [self.start, self.end, self.n, self.top, self.revision, int(self.changed)]

    @classmethod
    def decode(cls, stored: list[Any], name: str = "") -> Cell:
        """The cell that `encode` gave."""
        cell = cls(stored[0], stored[1], name)
        n, cell.top, cell.revision, changed = stored[2:]
        cell.n = defaultdict(int, n)
        cell.changed = bool(changed)
        return cell


def merged(cells: Iterable[Cell], start: int, end: int, name: str = "") -> Cell:
    """One cell for [start, end) with all that is in these: numbers are added, of maxima the largest is kept."""
    out = Cell(start, end, name)
    for cell in cells:
        for key, amount in cell.n.items():
            out.n[key] += amount
        for key, value in cell.top.items():
            out.raise_to(key, value)
    return out
