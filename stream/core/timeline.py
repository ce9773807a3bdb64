"""The timeline of one scope: its levels and judges, moved on in the order of event time, facts before time at each moment.

Only what is settled is applied, so the timeline is a function of the set of facts. `copy` gives one that may run ahead with
what is known so far: what it says is provisional.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from typing import Any, Final, Protocol

from stream.core.breach import Record, finite, iso
from stream.core.centre import Centre
from stream.core.declared import Standard, governing
from stream.core.facts import AGENT_KINDS, ENTER_KINDS, ENTERED, LEAVE_KINDS, LEFT, Fact
from stream.core.hours_watch import HoursWatch
from stream.core.judges import JUDGES, NEVER, Judge, judge_of
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.scopes import scope_of
from stream.core.staff import STAFF_KINDS, Staff
from stream.core.watermark import NOTHING
from stream.core.windows import Calendar

CARRIED: Final = 60 * 86_400_000
"""How long (ms) a level of waiting contacts that nothing moves is carried into new windows: one mistyped year is no century of them."""

LEVEL_KINDS: Final = frozenset({*ENTER_KINDS, *LEAVE_KINDS, *AGENT_KINDS})

Waiting = tuple[int, int, str, bool, str, int, int, Fact]
"""A fact that is not settled yet, behind what orders it: (when, rank, subject, leaves, kind, value, at, fact)."""


def ordered_kinds(judges: Iterable[Judge], maxima: frozenset[str]) -> frozenset[str]:
    """Kinds of which the order matters to these judges, or that may only count when they are settled; the others only add."""
    kinds = {kind for judge in judges for kind in judge.kinds} | maxima
    return frozenset(kinds | ({LEFT} if ENTERED in maxima else set()))


class Peaks(Protocol):
    """Who is told of maxima (ms of event time)."""

    def reached(self, when: int, name: str, value: int) -> None:
        """A maximum was reached at `when`."""
        ...

    def lasted(self, since: int, until: int, level: int) -> None:
        """So many contacts waited during [since, until)."""
        ...


def judges_of(scope: str, centre: Centre, standards: Sequence[Standard], calendar: Calendar) -> list[Judge]:
    """The judges of the standards that hold for a scope, reports left out: those are no matter of the timeline."""
    dimensions = scope_of(scope)
    return [
        judge_of(standard)(standard, scope, centre, _schedule(standard, dimensions, centre), calendar)
        for standard in governing(standards, dimensions)
        if standard.form in JUDGES
    ]


def _schedule(standard: Standard, dimensions: dict[str, str], centre: Centre) -> Schedule:
    if standard.hours != "queue":
        return centre.schedule(standard.hours)
    queue = centre.queues.get(dimensions.get("queue", ""))
    return centre.schedule(queue.hours if queue is not None else "always")


class Timeline:
    """Facts that are not settled yet, and the levels and judges as they were at `position` (ms)."""

    __slots__ = (
        *("_by_kind", "_cancelled", "_changed_at", "_fresh", "_in_place", "_left", "_moved_at", "_waiting", "due", "judges", "levels"),
        *("maxima", "peaks", "position", "staff", "told", "watch"),
    )

    def __init__(self, judges: list[Judge], peaks: Peaks | None, maxima: frozenset[str], watch: HoursWatch | None = None) -> None:
        """`peaks` is told of the maxima of these kinds, `watch` of how long levels last.

        Both are None where nobody asks, and on a provisional copy.
        """
        self.judges = judges
        self.maxima = maxima
        self._by_kind = {kind: [judge for judge in judges if kind in judge.kinds] for judge in judges for kind in judge.kinds}
        self.levels = Levels(tracking=True)
        self.position = NOTHING
        self.due = NEVER
        self.peaks = peaks
        self.watch = watch
        self.staff: Staff | None = None
        """Who is told of agents; None where nobody asks how long they were in what state, and on a provisional copy."""
        self.told: list[tuple[int, Record]] | None = None
        """On a provisional copy: the breach records that it brought forth, with the moment (ms) at which it did."""
        self._changed_at = NOTHING
        self._moved_at = NOTHING
        self._fresh: list[Judge] = []
        self._left: list[Record] = []
        """Breach records of judges that are no more."""
        self._waiting: list[Waiting] = []
        self._in_place = 0
        """So many of the first that wait are in order."""
        self._cancelled: dict[tuple[Any, ...], int] = {}

    @property
    def pending(self) -> int:
        """How many facts wait to be settled."""
        return len(self._waiting)

    @property
    def next(self) -> int:
        """When the next thing happens that is known of: a fact, or a moment at which a judge looks again."""
        waiting = self._in_order()
        return min(self.due, waiting[0][0]) if waiting else self.due

    def _in_order(self) -> list[Waiting]:
        """What waits, sorted. Facts come nearly in order, so only the last are moved: a minute of them waits, and batches are many."""
        waiting, done = self._waiting, self._in_place
        if done < len(waiting):
            first = bisect_left(waiting, min(waiting[done:]), 0, done)
            waiting[first:] = sorted(waiting[first:])
            self._in_place = len(waiting)
        return waiting

    def add(self, fact: Fact) -> None:
        """Take a fact; a late one is applied at once, a withdrawn one cancels what waits."""
        kind, when, at, rank, subject, value, weight, _ = fact
        if when <= self.position:
            self._late(fact)
        elif weight > 0:
            self._waiting.append((when, rank, subject, kind in LEAVE_KINDS, kind, value, at, fact))
        else:
            cancelled = (kind, when, at, subject, value)
            self._cancelled[cancelled] = self._cancelled.get(cancelled, 0) + 1

    def _late(self, fact: Fact) -> None:
        """Too late for a verdict that is closed: it mends the levels, and what goes on is judged from now on."""
        if fact[0] in LEVEL_KINDS:
            self.levels.apply(fact)
            self.levels.sort()
            if self.staff is not None and fact[0] in STAFF_KINDS:
                self.staff.apply(self.position, fact)
            for judge in self.judges:
                if fact[0] in judge.kinds:
                    judge.late(fact, self.levels, self.position)
            self._look_ahead()

    def advance(self, to: int) -> None:
        """Settle everything up to `to` (ms), facts before time at each moment."""
        waiting = self._in_order()
        done, count = 0, len(waiting)
        while True:
            when = waiting[done][0] if done < count else NEVER
            if when <= to and when <= self.due:
                self._apply(waiting[done][7])
                done += 1
            elif (due := max(self.due, self.position + 1)) <= to:
                self._on_time(due)
            else:
                break
        del waiting[:done]
        self._in_place -= done
        self._lasted(to + 1)
        self.position = max(self.position, to)
        if self._cancelled:
            self._cancelled = {key: count for key, count in self._cancelled.items() if key[1] > to}

    def idles(self, to: int) -> bool:
        """Whether nothing happens up to `to` (ms), and it may be passed in one step."""
        if self._waiting or self.due <= to or self.levels.waiting or (self.watch is not None and self.watch.due <= to):
            return False
        self.position = max(self.position, to)
        return True

    def book(self) -> None:
        """Count what lasts up to now, for a reading."""
        if self.watch is not None and self.position > NOTHING:
            self.watch.book(self.position, self._moved_at)

    def _lasted(self, until: int) -> None:
        """Tell how long the waiting level stayed as it is, so that a window into which it lasts knows it."""
        since, self._changed_at = self._changed_at, until
        if self.watch is not None and since > NOTHING:
            self.watch.lasted(since, until, self.levels, self._moved_at)
        if self.peaks is None or since <= NOTHING or not self.levels.waiting:
            return
        end = min(until, self._moved_at + CARRIED)
        if end > since:
            self.peaks.lasted(since, end, len(self.levels.waiting))

    def _apply(self, fact: Fact) -> None:
        kind, when, at, _, subject, value, _, _ = fact
        if self._cancelled and self._is_cancelled((kind, when, at, subject, value)):
            return
        levels = self.levels
        if kind in LEVEL_KINDS:
            if when > self._changed_at:
                self._lasted(when)
            levels.apply(fact)
            if self.staff is not None and kind in STAFF_KINDS:
                self.staff.apply(when, fact)
            self._moved_at = when
            if kind == ENTERED and self.peaks is not None:
                self.peaks.reached(when, "waiting^", len(levels.waiting))
        elif self.peaks is not None and kind in self.maxima:
            self.peaks.reached(at, kind + "^", value)
        judges = self._by_kind.get(kind)
        if judges:
            due = self.due
            for judge in judges:
                judge.apply(fact, levels)
                due = min(due, judge.due)
                if self.told is not None:
                    self.told.extend((when, record) for record in judge.take_changed())
            self.due = due

    def _is_cancelled(self, cancelled: tuple[Any, ...]) -> bool:
        """Whether a fact that waited has been withdrawn meanwhile."""
        count = self._cancelled.get(cancelled)
        if count is None:
            return False
        if count == 1:
            del self._cancelled[cancelled]
        else:
            self._cancelled[cancelled] = count - 1
        return True

    def _on_time(self, at: int) -> None:
        for judge in self.judges:
            if judge.due <= at:
                judge.on_time(at, self.levels)
                if self.told is not None:
                    self.told.extend((at, record) for record in judge.take_changed())
        self._look_ahead()

    def _look_ahead(self) -> None:
        due = NEVER
        for judge in self.judges:
            due = min(due, judge.due)
        self.due = due

    @property
    def ended_by_change(self) -> frozenset[str]:
        """The ids of breaches that changes of the standards have ended since the last `take_changed`."""
        return frozenset(record["id"] for record in self._left)

    def take_changed(self) -> list[Record]:
        """Breach records since the last call, in order."""
        left, self._left = self._left, []
        return left + [record for judge in self.judges for record in judge.take_changed()]

    def adopt(self, judges: list[Judge]) -> None:
        """Judge by other standards from the moment after `position` on.

        Those that were there as they are go on. A changed one keeps what it knows, where it is about the same; its breaches that are
        none any more end now, as do those of standards that are gone. New ones begin now.
        """
        known = {judge.standard.key: judge for judge in self.judges}
        self.judges = [self._taken_over(judge, known.pop(judge.standard.key, None)) for judge in judges]
        for judge in known.values():
            self._end(judge, ())
        self._by_kind = {kind: [judge for judge in self.judges if kind in judge.kinds] for judge in self.judges for kind in judge.kinds}
        self._look_ahead()

    def _taken_over(self, judge: Judge, old: Judge | None) -> Judge:
        if old is not None and old.standard == judge.standard:
            return old
        if old is not None and old.kind == judge.kind:
            judge.copy_from(old)
            judge.restored(self.levels, self.position)
            judge.take_changed()  # told by the old one, before what ends now
            self._end(old, {record["id"] for record in judge.open_records()})
        else:
            judge.restored(self.levels, self.position)
            if old is not None:
                self._end(old, ())
        if self._moved_at > NOTHING:  # where nothing happened yet there is nothing to look at
            judge.due = self.position + 1
        return judge

    def _end(self, judge: Judge, going_on: Container[str]) -> None:
        """The breaches of a judge that is no more end at the moment after `position`."""
        self._left += judge.take_changed()
        ended = {"status": "resolved", "ended_at": iso(self.position + 1), "value_at_end": finite(judge.value)}
        self._left += [{**record, **ended} for record in judge.open_records() if record["id"] not in going_on]

    def provisional(self, fresh: list[Judge], to: int) -> Timeline:
        """A copy that has run ahead to `to` with all that is known; `fresh` are judges of the same standards, of no other use."""
        other = Timeline(fresh, None, self.maxima)
        for mine, its in zip(self.judges, fresh, strict=True):
            its.copy_from(mine)
        other.levels = self.levels.copy()
        other.position = self.position
        other.due = self.due
        other.told = []
        other._waiting = list(self._in_order())
        other._in_place = len(other._waiting)
        other._cancelled = dict(self._cancelled)
        other.advance(to)
        return other

    def encode(self) -> list[Any]:
        """What must survive besides levels and waiting facts, which are kept apart: position and judges by standard."""
        return [
            self.position,
            self.position,
            self._changed_at,
            self._moved_at,
            {judge.standard.key: judge.encode() for judge in self.judges},
            self.levels.encode_odd(),
            *([] if self.watch is None and not self._left else [None if self.watch is None else self.watch.encode()]),
            *([self._left] if self._left else ()),
        ]

    def decode(self, stored: list[Any]) -> None:
        """Take it back; a standard that was not declared before starts now."""
        self.position, _, self._changed_at, self._moved_at, judges, odd, *more = stored
        if self.watch is not None and more and more[0] is not None:
            self.watch.decode(more[0], self._changed_at)
        self._left = more[1] if more[1:] else []
        self.levels.decode_odd(odd)
        self._fresh = []
        for judge in self.judges:
            known = judges.get(judge.standard.key)
            if known is not None and known[0] == judge.kind:
                judge.decode(known)
            else:
                self._fresh.append(judge)

    def restored(self) -> None:
        """After the levels were put back: what follows from them."""
        self.levels.sort()
        for judge in self.judges:
            judge.restored(self.levels, self.position)
        for judge in self._fresh:
            judge.due = self.position + 1
        self._look_ahead()
