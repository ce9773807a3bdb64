"""The local times of a file -> milliseconds UTC, through midnights and clock changes, without a crash or a step back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60_000
DAY: Final = 86_400_000
HALF_DAY: Final = DAY // 2
NOISE: Final = 3_600_000
NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are counted from a local midnight
MILLISECOND: Final = timedelta(milliseconds=1)


class LocalClock:
    """A zone's local time. Local moments are milliseconds since 1970-01-01 00:00 on the zone's own clock."""

    def __init__(self, zone: tzinfo) -> None:
        """Remember the zone; its offsets are looked up once per minute of local time, because no clock changes within one."""
        self.zone = zone
        self._offsets = lru_cache(maxsize=65_536)(self._look_up)

    def utc(self, local: int, near: int | None = None) -> int:
        """The moment at which the clock shows `local`.

        A time that the clock shows twice is taken nearest to `near` (the first one without it); one that it never shows is
        counted on from before the change.
        """
        first, second = self._offsets(local // MINUTE)
        if near is not None and first != second and abs(local - second - near) < abs(local - first - near):
            return local - second
        return local - first

    def day(self, midnight: int) -> tuple[int, int]:
        """The day that begins at the local `midnight`, as the half-open moments [from, to)."""
        return self.utc(midnight), self.utc(midnight + DAY)

    def _look_up(self, minute: int) -> tuple[int, int]:
        moment = NAIVE_EPOCH + timedelta(minutes=minute)
        found = []
        for fold in (0, 1):
            offset = moment.replace(tzinfo=self.zone, fold=fold).utcoffset() or timedelta()
            found.append(offset // MILLISECOND)
        return found[0], found[1]


def local_midnight(day: date) -> int:
    """The local moment at which a day begins."""
    return (datetime(day.year, day.month, day.day) - NAIVE_EPOCH) // MILLISECOND  # noqa: DTZ001 - a local midnight


def next_time(clock_time: int, day: int, previous: int | None) -> int:
    """The local moment of a time of day that follows `previous` in its row, where the row's date is the local midnight `day`.

    More than 12 h before the one before it: on the next day. A smaller step back is noise on the same day; one of less than an
    hour is still noise where it reaches back over a midnight, and no step of 23 h forward.
    """
    if previous is None:
        return day + clock_time
    here = previous - previous % DAY + clock_time
    if previous - here > HALF_DAY:
        return here + DAY
    if here - previous > DAY - NOISE:
        return here - DAY
    return here


def time_of_day(form: str) -> Callable[[str], int]:
    """How a time of day is read, in milliseconds since midnight; the reader raises ValueError."""
    return _hours_minutes_seconds if form == "%H:%M:%S" else lambda text: _since_midnight(text, form)


def moment(form: str, clock: LocalClock) -> Callable[[str, int | None], int]:
    """How a full date and time is read, in milliseconds UTC, near another one; the reader raises ValueError.

    form: "iso", "epoch" (seconds), "epoch_ms", or a strptime format.
    """
    if form in {"epoch", "epoch_ms"}:
        unit = SECOND if form == "epoch" else 1
        return lambda text, _: round(float(text) * unit)

    def read(text: str, near: int | None) -> int:
        found = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007 - a zone follows
        if found.tzinfo is not None:
            return (found - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND
        return clock.utc((found - NAIVE_EPOCH) // MILLISECOND, near)

    return read


@lru_cache(maxsize=65_536)
def _hours_minutes_seconds(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    if not (hours.isdecimal() and minutes.isdecimal() and seconds.isdecimal()):
        raise ValueError(text)
    found = int(hours), int(minutes), int(seconds)
    if any(value >= limit for value, limit in zip(found, (24, 60, 60), strict=True)):
        raise ValueError(text)
    return (found[0] * 3600 + found[1] * 60 + found[2]) * SECOND


def _since_midnight(text: str, form: str) -> int:
    found = datetime.strptime(text, form)  # noqa: DTZ007 - a time of day has no zone
    return ((found.hour * 60 + found.minute) * 60 + found.second) * SECOND + found.microsecond // 1000
