"""What a synthetic day looks like before anybody calls: its lines, its people, their shifts and breaks.

Nothing here happens yet; `floor.py` plays it. No waits and no counts may enter: they are outcomes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Final

from stream.core.centre import Centre, Queue

if TYPE_CHECKING:
    from stream.core.schedule import Schedule

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
LONGEST_SHIFT: Final = 11 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How contacts of a channel come and how long they take, in a queue of weight 1. Times are mean milliseconds.

    per_hour: contacts at the busiest time. handle: how long a person is busy with one. patience: how long a customer waits, 0 = for ever.
    slots: contacts a person has at once. cover: the share of a team that stays at lunch.
    """

    per_hour: float
    handle: int
    wrap_up: int
    patience: int
    slots: int
    cover: float


PROFILES: Final = {
    "call": Profile(per_hour=120, handle=240 * SECOND, wrap_up=25 * SECOND, patience=16 * MINUTE, slots=1, cover=0.25),
    "chat": Profile(per_hour=60, handle=270 * SECOND, wrap_up=0, patience=9 * MINUTE, slots=2, cover=0.25),
    "email": Profile(per_hour=36, handle=210 * SECOND, wrap_up=0, patience=0, slots=1, cover=0.0),
    "social": Profile(per_hour=16, handle=120 * SECOND, wrap_up=0, patience=0, slots=1, cover=0.25),
}

WEIGHTS: Final = (0.8, 0.55, 1.25, 0.45)
"""How busy the queues are, in the order in which the centre declares them; further ones are as busy as the last."""

CURVE: Final = ((0.0, 0.35), (0.12, 0.75), (0.25, 1.0), (0.38, 0.9), (0.45, 1.0), (0.55, 0.85), (0.75, 0.7), (0.9, 0.4), (1.0, 0.2))
"""How busy the day is, from opening (0) to closing (1); linear between the points."""

DEFAULT_CENTRE: Final = Centre(
    name="synthetic",
    queues={
        "billing": Queue("billing", ("call", "chat", "email")),
        "sales": Queue("sales", ("call", "chat")),
        "support": Queue("support", ("call", "chat", "email")),
        "orders": Queue("orders", ("chat", "email")),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One channel of one queue on one day: its opening periods (ms, half-open) and how many contacts come an hour at the peak.

    always: the queue is never closed, though people only work, and contacts only come, in the periods.
    """

    queue: str
    channel: str
    periods: tuple[tuple[int, int], ...]
    per_hour: float
    always: bool = False

    def open_at(self, at: int) -> bool:
        """Whether the queue is open at this moment (ms)."""
        return self.always or any(begin <= at < end for begin, end in self.periods)

    @property
    def opens(self) -> int:
        """When the line opens first (ms)."""
        return self.periods[0][0]

    @property
    def closes(self) -> int:
        """When the line closes last (ms)."""
        return self.periods[-1][1]

    def rate(self, at: int) -> float:
        """Contacts an hour at `at`; nobody comes while the line is closed."""
        if not any(begin <= at < end for begin, end in self.periods):
            return 0.0
        return self.per_hour * curve((at - self.opens) / (self.closes - self.opens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent's day: what they can do, from when to when (ms), and their breaks as (from, length, reason), in order."""

    id: str
    queues: tuple[str, ...]
    channels: tuple[str, ...]
    slots: int
    starts: int
    ends: int
    breaks: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A day: its name (yyyymmdd), the seed, its lines, its people, when lunch is (ms), and up to which wait (ms) an abandon is short.

    lateness: so long after its end (ms) a thread is still the same one when the customer writes again.
    """

    day: str
    seed: int
    lines: tuple[Line, ...] = ()
    people: tuple[Person, ...] = ()
    lunch: int = 0
    short_abandon: int = field(default=5 * SECOND)
    lateness: int = field(default=MINUTE)


def curve(share: float) -> float:
    """How busy the centre is at this share of its day, 0 outside it."""
    if not 0.0 <= share < 1.0:
        return 0.0
    for (left, low), (right, high) in pairwise(CURVE):
        if share < right:
            return low + (high - low) * (share - left) / (right - left)
    return 0.0


def plan(centre: Centre, *, day: date, seed: int, scale: float = 1.0) -> Plan:
    """Plan a day of a centre; one without queues gets `DEFAULT_CENTRE`'s, a queue that is closed that day has no lines.

    scale multiplies the contacts; the people follow from them, so that a big centre is a big one and not an overloaded one.
    """
    queues = centre.queues or DEFAULT_CENTRE.queues
    random = Random(f"plan {seed} {day.isoformat()}")
    lines: list[Line] = []
    for index, queue in enumerate(queues.values()):
        periods = opening(centre.schedule(queue.hours), day)
        weight = WEIGHTS[min(index, len(WEIGHTS) - 1)] * scale
        lines += [
            Line(
                queue=queue.name,
                channel=channel,
                periods=periods,
                per_hour=PROFILES[channel].per_hour * weight,
                always=centre.schedule(queue.hours).always,
            )
            for channel in queue.channels
            if periods
        ]
    lunch = moment(centre.zone, day, 12 * 60)
    if lines and not min(line.opens for line in lines) + HOUR <= lunch < max(line.closes for line in lines) - 2 * HOUR:
        lunch = (min(line.opens for line in lines) + max(line.closes for line in lines)) // 2
    people: list[Person] = []
    for line in lines:
        people += team(line, lines, len(people), lunch, random)
    return Plan(
        day=day.strftime("%Y%m%d"),
        seed=seed,
        lines=tuple(lines),
        people=tuple(people),
        lunch=lunch,
        short_abandon=centre.short_abandon,
        lateness=centre.lateness,
    )


def moment(zone: tzinfo, day: date, minute: int) -> int:
    """The time (ms) of this minute of the local day."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    return round(local.astimezone(UTC).timestamp()) * SECOND


def opening(schedule: Schedule, day: date) -> tuple[tuple[int, int], ...]:
    """From when to when (ms) a schedule is open that day; one that always is works from 8 to 18."""
    minutes = ((8 * 60, 18 * 60),) if schedule.always else schedule.begins_on(day)
    return tuple((moment(schedule.zone, day, begin), moment(schedule.zone, day, end)) for begin, end in minutes)


def shifts(line: Line) -> list[tuple[int, int]]:
    """When a line's people come and go: one shift, on a long day two that overlap. They come early and stay until all is done."""
    opens, closes = line.opens - 10 * MINUTE, line.closes + 5 * MINUTE
    middle = (line.opens + line.closes) // 2
    return [(opens, closes)] if line.closes - line.opens <= LONGEST_SHIFT else [(opens, middle + 15 * MINUTE), (middle, closes)]


def team(line: Line, lines: list[Line], numbered: int, lunch: int, random: Random) -> list[Person]:
    """Staff one line: enough for its peak outside lunch, far too few at lunch; every fourth person also serves another queue."""
    profile = PROFILES[line.channel]
    load = line.per_hour * (profile.handle + profile.wrap_up) / HOUR / profile.slots
    size = math.ceil(load * 1.1 + 1.2 * math.sqrt(load)) + 1
    covering = max(1, round(size * profile.cover)) if profile.cover else 0
    others = [
        other.queue for other in lines if other.channel == line.channel and other.queue != line.queue and other.periods == line.periods
    ]
    people: list[Person] = []
    for starts, ends in shifts(line):
        for index in range(size):
            breaks = coffee(line, lunch, random)
            if index >= covering:
                together = 0 if covering else 8 * MINUTE
                breaks.append((lunch + random.randrange(4 * MINUTE), together + 52 * MINUTE + random.randrange(10 * MINUTE), "lunch"))
            second = (others[index % len(others)],) if others and index % 4 == 3 else ()
            people.append(
                Person(
                    id=f"agent-{numbered + len(people) + 1:03d}",
                    queues=(line.queue, *second),
                    channels=(line.channel,),
                    slots=profile.slots,
                    starts=starts + random.randrange(8 * MINUTE),
                    ends=ends,
                    breaks=tuple(sorted(breaks)),
                )
            )
    return people


def coffee(line: Line, lunch: int, random: Random) -> list[tuple[int, int, str]]:
    """A short break before lunch and one after it, well away from lunch, where the day is long enough."""
    breaks = []
    for begin, end in ((line.opens + 30 * MINUTE, lunch - 30 * MINUTE), (lunch + 2 * HOUR, line.closes - 40 * MINUTE)):
        if end > begin:
            breaks.append((random.randrange(begin, end), 10 * MINUTE, "break"))
    return breaks
