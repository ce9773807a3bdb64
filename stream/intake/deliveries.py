"""The order in which events are delivered: as they happened, or shuffled and doubled on purpose. Pure.

A delivery never lies about time: `Pending` knows the least event time that is still to come, and marks say no more than that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Final

from stream.core.events import CLOCK_MARKED, Event

DUPLICATE_WITHIN: Final = 30_000
"""A second copy comes at most this much event time (ms) after the event."""


@dataclass(slots=True)
class Delivery:
    """One event on its way. due: the moment (ms of event time) at which it is delivered; copy: whether it was sent before."""

    due: int
    event: Event
    copy: bool = False
    sent: bool = False


@dataclass(slots=True)
class Pending:
    """What has been read and not yet been sent, in order of event time."""

    waiting: deque[Delivery] = field(default_factory=deque)
    newest: int | None = None

    def read(self, delivery: Delivery) -> None:
        """An event has been read; its time is not before the one read before it."""
        self.waiting.append(delivery)
        self.newest = delivery.event.time

    def all_sent_up_to(self) -> int | None:
        """The latest time (ms) up to which all events are sent, None before the first.

        Events of the newest time that was read may still follow, so that millisecond is never in it.
        """
        while self.waiting and self.waiting[0].sent:
            self.waiting.popleft()
        if self.waiting:
            return self.waiting[0].event.time - 1
        return None if self.newest is None else self.newest - 1

    def nothing_before(self, now: int) -> int:
        """The latest time up to which all events are sent in a pause at `now` (ms of event time).

        In a pause the next event has been read, so what is not read yet is later than now; and no mark runs ahead of the pause.
        """
        known = self.all_sent_up_to() if self.waiting else None
        return now - 1 if known is None or not self.waiting else min(known, now - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """How deliveries differ from the order of events: late by up to `shuffle` ms, every `duplicate_every`-th sent twice (0: none)."""

    shuffle: int = 0
    duplicate_every: int = 0
    seed: int = 0


def deliveries(events: Iterable[Event], disorder: Disorder, pending: Pending) -> Iterator[Delivery]:
    """Each event, and its copies, in the order of delivery. `events` are in order of time; marks among them are left out.

    The caller sets `sent` on a delivery once it is on its way; only then does `pending` count it as sent.
    """
    random = Random(disorder.seed)  # noqa: S311 - repeatable, not secret
    heap: list[tuple[int, int, Delivery]] = []
    number = pushed = 0
    for event in events:
        if event.type == CLOCK_MARKED:
            continue
        while heap and heap[0][0] < event.time:
            yield heappop(heap)[2]
        number += 1
        late = random.randint(0, disorder.shuffle) if disorder.shuffle else 0
        delivery = Delivery(event.time + late, event)
        pending.read(delivery)
        pushed += 1
        heappush(heap, (delivery.due, pushed, delivery))
        if disorder.duplicate_every and number % disorder.duplicate_every == 0:
            again = Delivery(event.time + random.randint(late, max(late, DUPLICATE_WITHIN)), event, copy=True)
            pushed += 1
            heappush(heap, (again.due, pushed, again))
    while heap:
        yield heappop(heap)[2]
