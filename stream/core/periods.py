"""Periods of the calendar in the centre's time zone: half-hours and days, weeks from Monday on, months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from stream.core.windows import DAY, HALF, Calendar

CELLS: Final = {"half_hour": HALF, "day": DAY, "week": DAY, "month": DAY}
"""The tumbling windows of which a period is made."""
LONGEST: Final = {"half_hour": 30 * 60_000, "day": 25 * 3_600_000, "week": 169 * 3_600_000, "month": 745 * 3_600_000}
"""How long (ms) a period can be; a day of changing clocks has 25 hours."""


class Periods:
    """The periods of one kind; the last one is remembered, because most questions are about it."""

    __slots__ = ("_begin", "_calendar", "_end", "kind")

    def __init__(self, kind: str, calendar: Calendar) -> None:
        """`kind`: of CALENDARS."""
        self.kind = kind
        self._calendar = calendar
        self._begin = self._end = 0

    def around(self, at: int) -> tuple[int, int]:
        """The period around `at` as [begin, end) in ms."""
        if not self._begin <= at < self._end:
            self._begin, self._end = self._found(at)
        return self._begin, self._end

    def _found(self, at: int) -> tuple[int, int]:
        if self.kind == "half_hour":
            return self._calendar.half_hour(at)
        if self.kind == "day":
            return self._calendar.day(at)
        zone = self._calendar.zone
        day = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if self.kind == "week":
            first = day - timedelta(days=day.weekday())
            return _stamp(first, zone), _stamp(first + timedelta(days=7), zone)
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return _stamp(first, zone), _stamp(following, zone)

    def earlier(self, begin: int, days: int) -> int:
        """The beginning of the period that lies `days` days of the calendar before the one that begins at `begin`: the same clock time."""
        zone = self._calendar.zone
        local = datetime.fromtimestamp(begin / 1000, UTC).astimezone(zone).replace(tzinfo=None)
        return self._found(_stamp(local - timedelta(days=days), zone))[0]


def _stamp(local: datetime, zone: tzinfo) -> int:
    return int(local.replace(tzinfo=zone).timestamp() * 1000)
