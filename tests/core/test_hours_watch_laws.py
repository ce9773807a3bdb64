"""The watch of opening hours is a function of the levels over time, however often it is told, read, or put away and taken back."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.hours_watch import CLOSINGS, KNOWN_OPEN, LEFT_AT_CLOSING, STAFFED_OPEN, HoursWatch
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar

MINUTE = 60_000
ZONE = ZoneInfo("Europe/Berlin")
HOURS = Schedule(ZONE, (((60, 150), (175, 240), (1420, 1470)),) * 7, always=False)
CALENDAR = Calendar(ZONE)
BEGIN = int(datetime(2026, 3, 28, 22, 50, tzinfo=UTC).timestamp() * 1000)
"""Ten minutes before midnight in Berlin, in the night in which the clocks change."""


class Book:
    """Numbers by half-hour."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.numbers: Counter[tuple[int, str]] = Counter()

    def add(self, at: int, name: str, value: int, *, rolling: bool) -> None:
        """Keep it under its half-hour."""
        self.numbers[CALENDAR.half_hour(at)[0], name] += value


def levels_at(steps: list[tuple[int, int, int]], at: int) -> Levels:
    """The levels of a minute: (from minute, staffed or -1 for unknown, waiting)."""
    made = Levels()
    for minute, staffed, waiting in steps:
        if BEGIN + minute * MINUTE <= at:
            made.known, made.staffed = made.known or staffed >= 0, max(0, staffed)
            made.clocks["waiting"] = {f"c{number}": BEGIN + minute * MINUTE for number in range(waiting)}
    return made


def truth(steps: list[tuple[int, int, int]], until: int) -> Counter[tuple[int, str]]:
    """Minute by minute, what each half-hour has, from the first minute on at which anything is known."""
    found = Book()
    begun = False
    for at in range(BEGIN, until, MINUTE):
        levels = levels_at(steps, at)
        before = levels_at(steps, at - 1)
        begun = begun or levels.known or bool(levels.waiting)
        if begun and HOURS.is_open(at - 1) and not HOURS.is_open(at):
            found.add(at, CLOSINGS, 1, rolling=True)
            left = [since for since in levels.waiting.values() if since < at]
            assert len(left) <= len(before.waiting)
            if left:
                found.add(at, LEFT_AT_CLOSING, len(left), rolling=True)
        if HOURS.is_open(at) and levels.known:
            found.add(at, KNOWN_OPEN, MINUTE, rolling=False)
            if levels.staffed:
                found.add(at, STAFFED_OPEN, MINUTE, rolling=False)
    return found.numbers


steps_of = st.lists(st.tuples(st.integers(0, 400), st.integers(-1, 2), st.integers(0, 2)), min_size=1, max_size=6, unique_by=lambda s: s[0])


@settings(max_examples=150, deadline=None)
@given(steps_of.map(sorted), st.lists(st.integers(0, 420), max_size=8), st.lists(st.integers(0, 420), max_size=3), st.integers(401, 420))
def test_however_it_is_told_it_counts_each_minute_once(
    steps: list[tuple[int, int, int]], told: list[int], stored: list[int], end: int
) -> None:
    """Cut anywhere, read in between, and made anew of what was stored: each half-hour has what its minutes say."""
    until = BEGIN + end * MINUTE
    cuts = sorted({minute for minute in (*told, *stored, *(step[0] for step in steps), end) if minute <= end})
    book = Book()
    watch = HoursWatch(HOURS, book, CALENDAR)
    for begin, finish in itertools.pairwise(cuts):
        since = BEGIN + begin * MINUTE
        if begin in stored:
            kept = watch.encode()
            watch = HoursWatch(HOURS, book, CALENDAR)
            watch.decode(kept, since)
        moved = max((BEGIN + step[0] * MINUTE for step in steps if step[0] <= begin), default=since)
        watch.lasted(since, BEGIN + finish * MINUTE, levels_at(steps, since), moved)
        if finish in told:
            watch.book(BEGIN + finish * MINUTE, moved)
    watch.book(until, until)
    assert truth(steps, until) == book.numbers
