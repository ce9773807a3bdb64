"""Clocks in business time that pause: open time since a start, less the spans in which it is somebody else's turn.

What is kept of a clock are instants only: when it started, when it stopped, and the spans in which the customer was asked. How much
has passed and when it is due is derived when somebody reads it, so changed hours or a changed target hold at once, for running clocks
too, and no pause is lost. (That pauses vanish when the agreement changes is what users of other ticket systems complain of.)

Spans are half-open, in ms; the end of a pause that goes on is None. Open time is that of a `Schedule`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stream.core.schedule import NEVER, Schedule, joined

Pause = tuple[int, int | None]


def merged(pauses: Iterable[Pause]) -> tuple[tuple[int, int], ...]:
    """Pauses in order, those that touch or overlap made one, empty ones left out; the end of one that goes on is NEVER."""
    ends = ((begin, NEVER if end is None else end) for begin, end in pauses)
    return joined(iter([(begin, end) for begin, end in ends if begin < end]))


def running(started: int, pauses: Iterable[Pause], until: int) -> Iterator[tuple[int, int]]:
    """The parts of [started, until) that are in no pause, in order."""
    at = started
    for begin, end in merged(pauses):
        if at < min(begin, until):
            yield at, min(begin, until)
        at = max(at, end)
    if at < until:
        yield at, until


def elapsed(schedule: Schedule, started: int, pauses: Iterable[Pause], at: int) -> int:
    """The open time (ms) from `started` to `at` that lies in no pause; 0 where `at` is before the start."""
    return sum(schedule.open_between(begin, end) for begin, end in running(started, pauses, at))


def due(schedule: Schedule, started: int, pauses: Iterable[Pause], at: int, within: int) -> int | None:
    """The moment (ms) by which `within` ms have passed on the clock, as far as is known at `at`.

    None while a pause goes on at `at` before that: nobody knows when it ends. What is planned after `at` is not looked at: a clock
    that runs now is taken to run on. The first moment, so a clock that has used up its time is due in the past.
    """
    left = within
    known = [(begin, end) for begin, end in pauses if begin <= at]
    for begin, end in running(started, known, NEVER):
        if end == NEVER:
            found = schedule.after(begin, left)
            return None if found >= NEVER else found
        passed = schedule.open_between(begin, end)
        if passed >= left:
            return schedule.after(begin, left)
        left -= passed
    return None


class PausableClock:
    """A clock that a judge moves on as facts come, in order of time or not.

    What it holds is a set of instants: told twice, or in another order, they are the same clock.
    """

    __slots__ = ("_asked", "_heard", "started", "stopped")

    def __init__(self, started: int) -> None:
        """Run from `started` (ms) on."""
        self.started = started
        self.stopped: int | None = None
        self._asked: list[int] = []
        self._heard: list[int] = []

    def pause(self, at: int) -> None:
        """From `at` on it is the customer's turn; where it is already, nothing changes."""
        _keep(self._asked, at)

    def resume(self, at: int) -> None:
        """From `at` on it is ours again; of a clock that runs nothing changes."""
        _keep(self._heard, at)

    def stop(self, at: int) -> None:
        """It is done. Of several ends the first one holds."""
        self.stopped = at if self.stopped is None else min(at, self.stopped)

    def reopen(self) -> None:
        """It is not done after all: the time since it stopped counts as if it had run."""
        self.stopped = None

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The spans in which it is the customer's turn, in order. In the same ms a resumption goes before a pause."""
        found: list[Pause] = []
        until = -NEVER
        for asked in self._asked:
            if asked < until:
                continue
            index = bisect_right(self._heard, asked)
            if index == len(self._heard):
                found.append((asked, None))
                break
            until = self._heard[index]
            found.append((asked, until))
        return tuple(found)

    def paused(self, at: int) -> bool:
        """Whether it is the customer's turn at `at`."""
        return any(begin <= at and (end is None or at < end) for begin, end in self.pauses)

    def elapsed(self, schedule: Schedule, at: int) -> int:
        """Open time (ms) that has passed on it up to `at`, or until it stopped."""
        return elapsed(schedule, self.started, self.pauses, at if self.stopped is None else min(at, self.stopped))

    def due(self, schedule: Schedule, at: int, within: int) -> int | None:
        """When `within` ms are used up, as known at `at`; None where that will not be: it is paused, or stopped before."""
        found = due(schedule, self.started, self.pauses, at if self.stopped is None else min(at, self.stopped), within)
        return None if found is None or (self.stopped is not None and found > self.stopped) else found

    def encode(self) -> list[Any]:
        """Compact: the start, the end or None, and the other instants as steps from the start."""
        steps = [[at - self.started for at in instants] for instants in (self._asked, self._heard)]
        return [self.started, self.stopped, *steps] if any(steps) else [self.started, self.stopped]

    @classmethod
    def decode(cls, stored: Sequence[Any]) -> PausableClock:
        """The clock that `encode` gave."""
        clock = cls(stored[0])
        clock.stopped = stored[1]
        if stored[2:]:
            clock._asked, clock._heard = ([clock.started + step for step in steps] for steps in stored[2:])
        return clock


def _keep(instants: list[int], at: int) -> None:
    index = bisect_right(instants, at)
    if not index or instants[index - 1] != at:
        instants.insert(index, at)
