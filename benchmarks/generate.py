"""The events that all engines work through: a centre of many queues whose contacts overlap, the same for the same seed.

Contacts arrive over whole days, more by day than by night, and a thousand or two are open at once. Each is begun, offered to a
queue, and then answered, ended and wrapped up, or abandoned. Events come in order of time, and the first N of a longer run are
those of a run of N: a slow engine can be given fewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import islice
from random import Random
from typing import Any, Final

from stream.core.events import Event

QUEUES: Final = tuple(f"q{number:02d}" for number in range(40))
CHANNELS: Final = ("call", "chat")
BEGIN: Final = 1_772_409_600_000
"""2026-03-02T00:00:00Z, a Monday."""

CONTACTS_A_SECOND: Final = 8.0
DAY: Final = 86_400.0
SWING: Final = 0.6
"""By how much arrivals rise at noon and fall at midnight."""

ABANDON_SHARE: Final = 0.12
AGENTS: Final = 2_000

_Planned = tuple[float, int, int, str, str, dict[str, Any]]


def events(count: int, seed: int = 1, queues: tuple[str, ...] = QUEUES, channels: tuple[str, ...] = CHANNELS) -> Iterator[Event]:
    """The first `count` events of the centre of that seed."""
    return islice(_endless(Random(seed), queues, channels), count)  # noqa: S311 - repeatable numbers, not secret ones


def _endless(chance: Random, queues: tuple[str, ...], channels: tuple[str, ...]) -> Iterator[Event]:
    """Contacts as they arrive; what lies ahead of each waits on a heap until time has come so far."""
    ahead: list[_Planned] = []
    now, number = 0.0, 0
    while True:
        rate = CONTACTS_A_SECOND * (1 - SWING * math.cos(2 * math.pi * now / DAY))
        now += chance.expovariate(rate)
        while ahead and ahead[0][0] < now:
            at, _, step, kind, contact, data = heappop(ahead)
            yield Event(BEGIN + int(at * 1000), kind, contact, f"{contact}-{step}", data)
        number += 1
        for planned in _contact(chance, now, number, queues, channels):
            heappush(ahead, planned)


def _contact(chance: Random, at: float, number: int, queues: tuple[str, ...], channels: tuple[str, ...]) -> Iterator[_Planned]:
    """What will happen to one contact. Each step is at least a millisecond after the one before it."""
    contact = f"c-{number:08d}"
    # Squared, so that some queues are busy and others quiet, as in any centre.
    queue = queues[int(len(queues) * chance.random() ** 2)]
    channel = channels[int(len(channels) * chance.random())]
    yield at, number, 0, "contact.begun", contact, {"contact_id": contact, "channel": channel, "customer_ref": f"k-{number % 99_991}"}
    at += 0.001 + chance.expovariate(1 / 10)
    yield at, number, 1, "contact.offered", contact, {"contact_id": contact, "queue": queue, "channel": channel}
    if chance.random() < ABANDON_SHARE:
        at += 0.001 + chance.expovariate(1 / 60)
        yield at, number, 2, "contact.abandoned", contact, {"contact_id": contact, "stage": "queue"}
        return
    agent = f"a-{chance.randrange(AGENTS)}"
    at += 0.001 + chance.expovariate(1 / 25)
    yield at, number, 2, "contact.answered", contact, {"contact_id": contact, "agent_id": agent}
    at += 0.001 + chance.expovariate(1 / 180)
    yield at, number, 3, "contact.ended", contact, {"contact_id": contact, "by": "customer" if number % 3 else "agent"}
    spent = chance.randrange(1, 60_000)
    yield at + spent / 1000, number, 4, "contact.wrapped_up", contact, {"contact_id": contact, "agent_id": agent, "acw_ms": spent}
