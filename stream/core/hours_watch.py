"""What a scope's opening hours make of its levels: who was left at closing, and for how long somebody was there while it was open.

Told by the timeline of every stretch in which no level changes, so it is a function of the set of facts. It counts from the first
level on that is known, because before that nobody knows anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

from stream.core.centre import Centre
from stream.core.levels import Levels
from stream.core.opening import hours_of
from stream.core.schedule import NEVER, Schedule
from stream.core.windows import Calendar

CLOSINGS: Final = "closings"
LEFT_AT_CLOSING: Final = "left_at_closing"
KNOWN_OPEN: Final = "known_open~"
STAFFED_OPEN: Final = "staffed_open~"
"""Numbers of a cell: closings, contacts left at them, ms open with known staffing, and those of them with somebody staffed."""

NAMES: Final = frozenset({"left_at_closing", "accessibility"})
"""The measures that are read from them."""

CARRIED: Final = 60 * 86_400_000
"""How long (ms) levels that nothing moves are believed: one mistyped year is no century of staffing."""
UNKNOWN, NOBODY, SOMEBODY = 0, 1, 2


class Windows(Protocol):
    """Who keeps the numbers."""

    def add(self, at: int, name: str, value: int, *, rolling: bool) -> None:
        """Add to every window around `at` (ms); to the rolling ones only where `rolling`."""
        ...


def watch_of(centre: Centre, dimensions: dict[str, str], windows: Windows, calendar: Calendar) -> HoursWatch | None:
    """The watch of a scope; None where nobody asks, and where it never closes unless a measure is asked for by its name."""
    named = centre.kept.measures
    if named is not None and NAMES.isdisjoint(named):
        return None
    schedule = hours_of(centre, dimensions)
    if schedule is None or (schedule.always and (named is None or "accessibility" not in named)):
        return None
    return HoursWatch(schedule, windows, calendar)


class HoursWatch:
    """The opening hours of one scope, moved on in the order of event time."""

    __slots__ = ("_begun", "_calendar", "_carried", "_closing", "_half_end", "_schedule", "_since", "_staffing", "_windows", "due")

    def __init__(self, schedule: Schedule, windows: Windows, calendar: Calendar) -> None:
        """Nothing is known yet."""
        self._schedule = schedule
        self._windows = windows
        self._calendar = calendar
        self._begun = False
        self._staffing = UNKNOWN
        self._since = self._carried = 0
        self._closing = self._half_end = NEVER
        self.due = NEVER
        """The next moment (ms) that it must be told of, whether a level changes or not."""

    def lasted(self, since: int, until: int, levels: Levels, moved: int) -> None:
        """The levels were as they are during [since, until); they last changed at `moved`."""
        staffing = UNKNOWN if not levels.known else SOMEBODY if levels.staffed else NOBODY
        if self._begun and staffing == self._staffing and until <= self.due:
            return
        if not self._begun:
            if not levels.known and not levels.waiting:
                return
            self._begin(since)
        if staffing != self._staffing:
            self._book(since, self._carried)
            self._staffing = staffing
            self._since = since
            self._half_end = self._calendar.half_hour(since)[1]
        self._carried = moved + CARRIED
        if until > self._closing:
            self._close(until, levels)
        if until > self._half_end:
            start, self._half_end = self._calendar.half_hour(until - 1)
            self._book(start, self._carried)
        self.due = min(self._closing, NEVER if staffing == UNKNOWN else self._half_end)

    def book(self, until: int, moved: int) -> None:
        """Count the open time up to `until` (ms), for a reading of it."""
        if self._begun:
            self._book(until, moved + CARRIED)

    def _begin(self, since: int) -> None:
        self._begun = True
        self._since = since
        self._carried = since + CARRIED
        self._look_ahead(since)

    def _look_ahead(self, since: int) -> None:
        self._closing = next(self._schedule.closings(since, NEVER), NEVER)

    def _close(self, until: int, levels: Levels) -> None:
        """Count the closings before `until`, and who was waiting then since before."""
        while self._closing < until and self._closing < self._carried:
            closing = self._closing
            self._windows.add(closing, CLOSINGS, 1, rolling=True)
            left = waiting_since_before(closing, levels.waiting.values())
            if left:
                self._windows.add(closing, LEFT_AT_CLOSING, left, rolling=True)
            self._look_ahead(closing + 1)
        if self._closing < until:
            self._look_ahead(until)

    def _book(self, until: int, carried: int) -> None:
        begin, self._since = self._since, max(self._since, until)
        if self._staffing == UNKNOWN:
            return
        for opens, closes in self._schedule.spans(begin, min(until, carried)):
            at = opens
            while at < closes:
                end = min(closes, self._calendar.half_hour(at)[1])
                self._windows.add(at, KNOWN_OPEN, end - at, rolling=False)
                if self._staffing == SOMEBODY:
                    self._windows.add(at, STAFFED_OPEN, end - at, rolling=False)
                at = end

    def encode(self) -> list[Any] | None:
        """What must survive; what follows from the hours is made of them."""
        return [self._since, self._staffing, self._carried] if self._begun else None

    def decode(self, stored: list[Any] | None, told_until: int) -> None:
        """Take it back; it had been told of all before `told_until`. Hours that changed meanwhile hold from there on."""
        if stored is None:
            return
        self._begun = True
        self._since, self._staffing, self._carried = stored
        self._look_ahead(told_until)
        self._half_end = self._calendar.half_hour(self._since)[1] if self._staffing != UNKNOWN else NEVER
        self.due = min(self._closing, self._half_end)


def waiting_since_before(moment: int, since: Iterable[int]) -> int:
    """How many of these waits had begun before a moment: a contact that comes as it closes is out of hours, not left."""
    return sum(1 for began in since if began < moment)
