"""What a centre looks like when its growth is measured: contacts that are open, and events that meet them at random."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from stream.core.centre import REAL_TIME
from stream.core.events import Event

QUARTERS: Final = 4
AWAY: Final = 100
"""How many contacts are between begin and offer, and between end and wrap-up."""

KEPT: Final = """\
kept:
  measures: [offered, answered, abandoned, wait_answered_mean_seconds, service_level, waiting]
  windows: [30m]
  scopes: [queue and channel]
"""
"""The measures of JOB.md, and no others."""

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """connected: the share of the open contacts that talk, in quarters; the others wait. hot: half of all contacts are in one queue."""

    contacts: int
    connected: float = 0.5
    queues: int = 40
    channels: tuple[str, ...] = ("call", "chat")
    hot: bool = False

    def centre(self, *, everything: bool = False) -> str:
        """The file that declares it. everything: all measures in all scopes and windows, else those of JOB.md."""
        told = f"channels: [{', '.join(self.channels)}]" + (", hours: office" if everything else "")
        queues = [f"  q{number:03d}: {{ {told} }}" for number in range(self.queues)]
        hours = "hours:\n  office: { daily: 00:00-24:00 }\n"
        return "\n".join(["version: 1", "time_zone: UTC", "queues:", *queues]) + "\n" + hours + ("" if everything else KEPT)


class Floor:
    """The contacts of a shape as they come and go. offered: how many were offered so far; waiting, connected: their numbers."""

    def __init__(self, shape: Shape, seed: int = 1) -> None:
        """Nobody is there yet."""
        self.offered = 0
        self.waiting: list[int] = []
        self.connected: list[int] = []
        self._shape = shape
        self._chance = Random(seed)  # noqa: S311 - repeatable numbers, not secret ones
        self._next = 0
        self._begun: deque[int] = deque()
        self._ended: deque[int] = deque()

    @property
    def waits(self) -> int:
        """How many wait: on asynchronous channels the wait is for a reply, which nobody writes here, so who talks still waits."""
        return len(self.waiting) + sum(1 for number in self.connected if self._channel(number) not in REAL_TIME)

    def opening(self, clock: Clock) -> Iterator[Event]:
        """Two events of each contact: begun and offered where it waits, offered and answered where it talks."""
        for number in range(self._shape.contacts):
            now = clock()
            if number // 2 % QUARTERS < self._shape.connected * QUARTERS:
                yield self._offer(number, now)
                yield _event("answered", number, now + 1, agent_id=f"a-{number % 999}")
                self.connected.append(number)
            else:
                yield self._begin(number, now)
                yield self._offer(number, now)
                self.waiting.append(number)
        self._next = self._shape.contacts

    def steady(self, count: int, clock: Clock) -> Iterator[Event]:
        """At least `count` events, while as many stay open.

        In turns one is begun, one is offered, any of those who wait is answered, any of those who talk ends, and one is wrapped up.
        """
        made = 0
        while made < count:
            for event in self._turn(clock()):
                made += 1
                yield event

    def _turn(self, now: int) -> Iterator[Event]:
        number = self._next
        self._next += 1
        yield self._begin(number, now)
        self._begun.append(number)
        if len(self._begun) <= AWAY:
            return
        number = self._begun.popleft()
        yield self._offer(number, now)
        self.waiting.append(number)
        number = self._any(self.waiting)
        yield _event("answered", number, now, agent_id=f"a-{number % 999}")
        self.connected.append(number)
        number = self._any(self.connected)
        yield _event("ended", number, now, by="customer")
        self._ended.append(number)
        if len(self._ended) > AWAY:
            yield _event("wrapped_up", self._ended.popleft(), now, acw_ms=1_000)

    def _any(self, numbers: list[int]) -> int:
        at = self._chance.randrange(len(numbers))
        numbers[at], numbers[-1] = numbers[-1], numbers[at]
        return numbers.pop()

    def _begin(self, number: int, now: int) -> Event:
        return _event("begun", number, now, channel=self._channel(number))

    def _offer(self, number: int, now: int) -> Event:
        self.offered += 1
        hot = self._shape.hot and number % 2
        queue = 0 if hot else number // 2 % self._shape.queues
        return _event("offered", number, now, queue=f"q{queue:03d}", channel=self._channel(number))

    def _channel(self, number: int) -> str:
        channels = self._shape.channels
        return channels[number // 2 // self._shape.queues % len(channels)]


def _event(kind: str, number: int, now: int, **more: Any) -> Event:
    contact = f"c-{number:08d}"
    return Event(now, f"contact.{kind}", contact, f"{contact}-{kind}", {"contact_id": contact, **more})
