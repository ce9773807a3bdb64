"""Opening hours: when a centre, or a queue of it, is open.

A schedule is what the clock on the wall says: periods of a weekday in local time, other periods on special days, none on holidays.
A period belongs to the day on which it begins, also where it ends after midnight: a holiday closes what begins on it, not the night
before. In an hour that comes twice the clock says everything twice, and what it leaves out is never open.

Asked for at every step, so the open spans of each day (UTC) are worked out once, and long stretches are sums over days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType
from typing import Final

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
NEVER: Final = 2**62
AHEAD: Final = 400
"""How many days beyond the last special day are looked at for an opening: a year with all its holidays, and more."""
REMEMBERED: Final = 4_000
"""How many days are remembered with their spans; any number is right."""
ZONES_APART: Final = 3
"""So many local days in a row are asked which of them opens first where schedules of several zones are together."""
EPOCH: Final = date(1970, 1, 1).toordinal()

Periods = tuple[tuple[int, int], ...]
Span = tuple[int, int]
Spans = tuple[Span, ...]
Holidays = Callable[[int], Collection[date]]
"""The holidays of a year. For one year always the same dates."""
LOOK_BACK = 12
"""So many times the span to look back over is doubled: to 4096 days, or as many times what is looked for."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Opening hours in one time zone.

    week: for each weekday, Monday first, the periods that begin on it as (from, to) in minutes of the local day, half-open, in
    order; `to` is above 1440 where it ends on the next day.
    always: open at all times; the rest is empty then.
    days: the periods of special days, none for a closed one; they hold whatever the week and the holidays say.
    holidays: no period of the week begins on these dates. None: there are none.
    """

    zone: tzinfo
    week: tuple[Periods, ...] = ()
    always: bool = True
    days: Mapping[date, Periods] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    holidays: Holidays | None = None
    _known: dict[int, tuple[Spans, int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _first: dict[int, int | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _change: dict[int, int | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_open(self, at: int) -> bool:
        """Say whether `at` (ms) lies in a period."""
        return self.always or any(begin <= at < end for begin, end in self.day_spans(at // DAY_MS)[0])

    def next_change(self, at: int) -> int | None:
        """The first moment (ms) after `at` at which the answer of `is_open` changes, None where it never does.

        Asked at almost the same moment again and again, by every judge that keeps these hours, so the last answer is kept.
        """
        if self.always:
            return None
        for since, until in self._change.items():  # of one entry at most
            if since <= at and (at < until if until is not None else at // DAY_MS == since // DAY_MS):
                return until
        found = self._find_change(at)
        self._change.clear()
        self._change[at] = found
        return found

    def _find_change(self, at: int) -> int | None:
        opened = self.is_open(at)
        for day in range(at // DAY_MS, self.last_day(at)):
            spans = self.day_spans(day)[0]
            if opened:
                closes = next((end for begin, end in spans if begin <= at < end), at)
                if closes < (day + 1) * DAY_MS:
                    return closes
                at = closes
            else:
                opens = next((begin for begin, _ in spans if begin > at), None)
                if opens is not None:
                    return opens
        return None

    def last_change(self, at: int) -> int | None:
        """The last moment (ms) up to `at`, itself included, at which the answer of `is_open` changed; None where there was none."""
        if self.always:
            return None
        opened = self.is_open(at)
        for day in range(at // DAY_MS, self.first_day(at), -1):
            spans = self.day_spans(day)[0]
            if opened:
                opens = next((begin for begin, end in spans if begin <= at < end), at + 1)
                if opens > day * DAY_MS:
                    return opens
                at = opens - 1
            else:
                closes = next((end for _, end in reversed(spans) if end <= at), None)
                if closes is not None:
                    return closes
        return None

    def spans(self, begin: int, end: int) -> Iterator[Span]:
        """The open parts of [begin, end) in order, cut at midnight UTC."""
        if self.always:
            if begin < end:
                yield begin, end
            return
        for day in range(begin // DAY_MS, -(-end // DAY_MS)):
            for opens, closes in self.day_spans(day)[0]:
                if closes > begin and opens < end:
                    yield max(opens, begin), min(closes, end)

    def changes(self, begin: int, end: int) -> Iterator[tuple[int, bool]]:
        """Openings (True) and closings (False) in [begin, end), in order."""
        change = self.next_change(begin - 1)
        while change is not None and change < end:
            yield change, self.is_open(change)
            change = self.next_change(change)

    def openings(self, begin: int, end: int) -> Iterator[int]:
        """The moments in [begin, end) at which it opens."""
        return (at for at, opens in self.changes(begin, end) if opens)

    def closings(self, begin: int, end: int) -> Iterator[int]:
        """The moments in [begin, end) at which it closes."""
        return (at for at, opens in self.changes(begin, end) if not opens)

    def opening_day(self, at: int) -> Span:
        """The opening day around `at` as [begin, end) in ms: from the first opening of a local day to the first of the next one.

        Every period belongs to the local day on which it begins, a night too; what is closed belongs to the day before. Where
        nothing opened before `at`, or opens after it, the span is open at that end (-NEVER, NEVER). One that is always open has none.
        """
        day, first = at // DAY_MS + 1, self.first_day(at)
        while day > first and ((opened := self.opens_on(day)) is None or opened > at):
            day -= 1
        begin = self.opens_on(day)
        last = self.last_day(at)
        day += 1
        while day < last and self.opens_on(day) is None:
            day += 1
        # In several zones together a later day may open first.
        ends = [opens for later in range(day, day + ZONES_APART) if (opens := self.opens_on(later)) is not None]
        return (-NEVER if begin is None else begin), min(ends, default=NEVER)

    def open_between(self, begin: int, end: int) -> int:
        """So many ms of [begin, end) it is open; 0 where the end is before the beginning."""
        if end <= begin or self.always:
            return max(0, end - begin)
        first, last = begin // DAY_MS, (end - 1) // DAY_MS
        if first == last:
            return _within(self.day_spans(first)[0], begin, end)
        between = sum(self.day_spans(day)[1] for day in range(first + 1, last))
        return between + _within(self.day_spans(first)[0], begin, end) + _within(self.day_spans(last)[0], begin, end)

    def after(self, at: int, spent: int) -> int:
        """The first moment (ms) by which `spent` ms of open time have passed since `at`; NEVER where they never do."""
        if self.always or spent <= 0:
            return at + max(0, spent)
        left, until = spent, self.last_day(at)
        day = at // DAY_MS
        while day < until:
            spans, total = self.day_spans(day)
            if total < left and day * DAY_MS >= at:
                left -= total
            else:
                for opens, closes in spans:
                    length = max(0, closes - max(opens, at))
                    if length >= left:
                        return max(opens, at) + left
                    left -= length
            if total:
                until = max(until, day + AHEAD)
            day += 1
        return NEVER

    def before(self, at: int, spent: int) -> int:
        """The latest moment (ms) since which `spent` ms of open time have passed at `at`; `at - spent` where so much is not open."""
        if self.always or spent <= 0:
            return at - max(0, spent)
        low = at - max(spent, DAY_MS)
        for _ in range(LOOK_BACK):
            if self.open_between(low, at) >= spent:
                break
            low -= at - low
        else:
            return at - spent
        high = at
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.open_between(middle, at) >= spent else (low, middle)
        return low

    def opens_on(self, day: int) -> int | None:
        """When the first of the periods begins that begin on a local day (in days since 1970); None where none does."""
        if day not in self._first:
            if len(self._first) >= REMEMBERED:
                self._first.clear()
            self._first[day] = self._first_opening(day)
        return self._first[day]

    def last_day(self, at: int) -> int:
        """The day after the last one at which to look for a change after `at`."""
        return max(at // DAY_MS, max((_number(day) for day in self.days), default=0)) + AHEAD

    def first_day(self, at: int) -> int:
        """The day before the first one at which to look for a change before `at`."""
        return min(at // DAY_MS, min((_number(day) for day in self.days), default=at // DAY_MS)) - AHEAD

    def day_spans(self, day: int) -> tuple[Spans, int]:
        """The open spans of a day (UTC, in days since 1970), apart from each other and in order, and their length in all."""
        found = self._known.get(day)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            spans = joined(self._open_spans(day))
            found = self._known[day] = (spans, sum(end - begin for begin, end in spans))
        return found

    def _first_opening(self, day: int) -> int | None:
        if not self.begins_on(date.fromordinal(day + EPOCH)):
            return None
        return min((since for near in (day - 1, day, day + 1) for since, _, local in self._pieces(near) if local == day), default=None)

    def _open_spans(self, day: int) -> Iterator[Span]:
        return ((since, until) for since, until, _ in self._pieces(day))

    def _pieces(self, day: int) -> Iterator[tuple[int, int, int]]:
        """The parts of periods in a day (UTC), each with the local day on which its period begins."""
        for begin, end, offset in self._stretches(day * DAY_MS, (day + 1) * DAY_MS):
            for local in range((begin + offset) // DAY_MS - 1, (end + offset - 1) // DAY_MS + 1):
                for opens, closes in self.begins_on(date.fromordinal(local + EPOCH)):
                    since = max(begin, local * DAY_MS + opens * MINUTE_MS - offset)
                    until = min(end, local * DAY_MS + closes * MINUTE_MS - offset)
                    if since < until:
                        yield since, until, local

    def begins_on(self, day: date) -> Periods:
        """The periods that begin on a local day, in its minutes; not of one that is always open, nor of several together."""
        special = self.days.get(day)
        if special is not None:
            return special
        if not self.week or (self.holidays is not None and day in self.holidays(day.year)):
            return ()
        return self.week[day.weekday()]

    def _stretches(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """[begin, end) cut where the clocks change, as (begin, end, offset of local time in ms)."""
        first, last = self._offset(begin), self._offset(end - 1)
        if first == last:
            yield begin, end, first
            return
        early, late = begin, end - 1
        while late - early > 1:
            middle = (early + late) // 2
            early, late = (middle, late) if self._offset(middle) == first else (early, middle)
        yield begin, late, first
        yield late, end, last

    def _offset(self, at: int) -> int:
        found = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone).utcoffset()
        return 0 if found is None else round(found.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Together(Schedule):
    """Several schedules as one: open while any of `parts` is. Made by `together`."""

    parts: tuple[Schedule, ...] = ()

    def last_day(self, at: int) -> int:
        """As of any of the parts."""
        return max(part.last_day(at) for part in self.parts)

    def first_day(self, at: int) -> int:
        """As of any of the parts."""
        return min(part.first_day(at) for part in self.parts)

    def _open_spans(self, day: int) -> Iterator[Span]:
        return (span for part in self.parts for span in part.day_spans(day)[0])

    def _first_opening(self, day: int) -> int | None:
        found = (part.opens_on(day) for part in self.parts)
        return min((opens for opens in found if opens is not None), default=None)


def together(schedules: Sequence[Schedule]) -> Schedule:
    """The schedule that is open while any of these is; at least one is needed."""
    first = schedules[0]
    if all(other == first for other in schedules):
        return first
    if any(part.always for part in schedules):
        return Schedule(first.zone)
    return Together(first.zone, always=False, parts=tuple(schedules))


def joined(spans: Iterator[Span]) -> Spans:
    """Spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def _within(spans: Spans, begin: int, end: int) -> int:
    return sum(max(0, min(closes, end) - max(opens, begin)) for opens, closes in spans)


def _number(day: date) -> int:
    return day.toordinal() - EPOCH


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
