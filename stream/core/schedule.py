"""Opening hours: when a centre, or a queue of it, is open. Half-open periods in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weekly opening hours in one time zone.

    week: for each weekday, Monday first, the periods as (from, to) in minutes of the local day, half-open, in order.
    always: open at all times; `week` is empty then.
    """

    zone: tzinfo
    week: tuple[tuple[tuple[int, int], ...], ...] = ()
    always: bool = True

    def is_open(self, at: int) -> bool:
        """Say whether `at` (ms) lies in a period."""
        if self.always:
            return True
        local = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)
        minute = local.hour * 60 + local.minute + (local.second + local.microsecond / 1e6) / 60
        return any(begin <= minute < end for begin, end in self.week[local.weekday()])

    def next_change(self, at: int) -> int | None:
        """The first moment (ms) after `at` at which the answer of `is_open` changes, None where it never does."""
        if self.always or not any(self.week):
            return None
        local = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for days in range(9):
            for stamp in self._edges(midnight + timedelta(days=days)):
                if stamp > at and self.is_open(stamp) != self.is_open(stamp - 1):
                    return stamp
        return None

    def _edges(self, day: datetime) -> list[int]:
        """Where the answer may change on a local day: its edges, both times in a repeated hour, and where the clocks change."""
        minutes = {minute for period in self.week[day.weekday()] for minute in period}
        edges = {self._stamp(day + timedelta(minutes=minute), fold) for minute in minutes for fold in (0, 1)}
        early, late = self._stamp(day, 0), self._stamp(day + timedelta(days=1), 0)
        if late - early != MINUTES_A_DAY * 60_000:
            before = self._offset(early)
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if self._offset(middle) == before else (early, middle)
            edges.add(late)
        return sorted(edges)

    def _stamp(self, local: datetime, fold: int) -> int:
        return int(local.replace(tzinfo=self.zone, fold=fold).timestamp() * 1000)

    def _offset(self, at: int) -> timedelta | None:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone).utcoffset()

    def after(self, at: int, spent: int) -> int:
        """The moment (ms) by which `spent` ms of open time have passed since `at`; calendar time where it is always open."""
        if self.always or not any(self.week):
            return at + spent
        moment, left = at, spent
        while True:
            change = self.next_change(moment)
            if change is None:
                return moment + left
            if self.is_open(moment):
                if moment + left <= change:
                    return moment + left
                left -= change - moment
            moment = change


class OpenNow:
    """Remembers for how long the answer of a schedule holds, because it is asked at every step."""

    __slots__ = ("_from", "_open", "_until", "grace", "schedule")

    def __init__(self, schedule: Schedule, grace: int = 0) -> None:
        """`grace`: ms after opening that still count as closed."""
        self.schedule = schedule
        self.grace = grace
        self._from = self._until = 0
        self._open = True

    def at(self, at: int) -> tuple[bool, int | None]:
        """Whether it is open at `at`, and until when (ms) that holds; None = for ever."""
        if self.schedule.always:
            return True, None
        if not self._from <= at < self._until:
            self._open = self.schedule.is_open(at)
            change = self.schedule.next_change(at)
            self._from, self._until = at, change if change is not None else 2**62
            opened = self._opened(at) if self._open and self.grace else None
            if opened is not None:
                self._open = False
                self._until = min(self._until, opened + self.grace)
        return self._open, self._until

    def _opened(self, at: int) -> int | None:
        """When the period around `at` began, None where that is the grace ago or more."""
        opened, moment = None, at - self.grace
        while (change := self.schedule.next_change(moment)) is not None and change <= at:
            opened, moment = change, change
        return opened
