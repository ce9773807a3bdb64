"""Periods of the calendar in the centre's time zone: half-hours and days, weeks from Monday on, months, and the last 28 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from stream.core.closed_days import LENGTH
from stream.core.windows import DAY, DAYS_28, HALF, Calendar

CELLS: Final = {"half_hour": HALF, "day": DAY, "week": DAY, "month": DAY, DAYS_28: DAY}
"""The tumbling windows of which a period is made."""
HOUR: Final = 3_600_000
LONGEST: Final = {"half_hour": HOUR // 2, "day": 25 * HOUR, "week": 169 * HOUR, "month": 745 * HOUR, DAYS_28: 25 * HOUR}
"""How long (ms) it can be from the beginning of a period to that of the next; a day of changing clocks has 25 hours."""


class Periods:
    """The periods of one kind; the last one is remembered, because most questions are about it.

    The last 28 days are known by the one of them that closed last, and begin with each day anew.
    """

    __slots__ = ("_begin", "_calendar", "_end", "kind")

    def __init__(self, kind: str, calendar: Calendar) -> None:
        """`kind`: of PERIODS."""
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
        if self.kind in {"day", DAYS_28}:
            return self._calendar.day(at)
        zone = self._calendar.zone
        day = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if self.kind == "week":
            first = day - timedelta(days=day.weekday())
            return _stamp(first, zone), _stamp(first + timedelta(days=7), zone)
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return _stamp(first, zone), _stamp(following, zone)

    def first(self, begin: int) -> int:
        """The beginning (ms) of all that the period around `begin` is made of: of the last 28 days that of the first one."""
        return self._calendar.days_before(begin, LENGTH - 1) if self.kind == DAYS_28 else begin

    def earlier(self, begin: int, days: int) -> int:
        """The beginning of the period that lies `days` days of the calendar before the one that begins at `begin`: the same clock time."""
        zone = self._calendar.zone
        local = datetime.fromtimestamp(begin / 1000, UTC).astimezone(zone).replace(tzinfo=None)
        return self._found(_stamp(local - timedelta(days=days), zone))[0]


def _stamp(local: datetime, zone: tzinfo) -> int:
    return int(local.replace(tzinfo=zone).timestamp() * 1000)
