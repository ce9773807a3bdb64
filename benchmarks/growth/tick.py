"""What passing time costs where many queues are watched: all measures, all scopes and windows, and the shipped standards."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import islice
from statistics import mean
from typing import Any, Final

import orjson

from benchmarks.growth.core import BEGIN, MICRO, Core, declared
from benchmarks.growth.shape import Floor, Shape
from benchmarks.growth.workers import SHIPPED
from stream.core.events import CHANNELS

EVENTS_A_SECOND: Final = 800
BATCHES_A_SECOND: Final = 10
SETTLED_AFTER: Final = 70
"""Seconds that are played before anything is measured: the lateness, so that what comes in and what is settled are as much."""

MILLI: Final = 1e3


def cost(queues: int, contacts: int, seconds: int, settle: int = SETTLED_AFTER) -> dict[str, Any]:
    """Milliseconds of processor time for a second of a worker that holds all partitions, by what it goes to."""
    shape = Shape(contacts=contacts, queues=queues, channels=CHANNELS)
    core = Core(*declared(shape, SHIPPED, everything=True))
    floor = Floor(shape)
    clock = _Clock()
    core.feed(floor.opening(clock), clock())
    source = floor.steady(EVENTS_A_SECOND * (settle + seconds) * 2, clock)
    taken: list[dict[str, float]] = []
    for number in range(settle + seconds):
        core.spent = dict.fromkeys(core.spent, 0.0)
        for _ in range(BATCHES_A_SECOND):
            clock.now += 1_000 // BATCHES_A_SECOND
            core.feed(islice(source, EVENTS_A_SECOND // BATCHES_A_SECOND), clock())
        second = _tick(core, clock())
        if number >= settle:
            taken.append({"fold_contacts_ms": core.spent["contacts"] * MILLI, "fold_scopes_ms": core.spent["scopes"] * MILLI, **second})
    found = {name: mean(one[name] for one in taken) for name in taken[0]}
    folds = found["fold_contacts_ms"] + found["fold_scopes_ms"]
    ticks = found["tick_ms"] + found["encode_ms"] + found["changes_ms"]
    return {
        **found,
        "share_of_a_core": (folds + ticks) / MILLI,
        "fold_us_per_event": folds / MILLI / EVENTS_A_SECOND * MICRO,
        "waiting": core.waiting,
        "waiting_in_truth": floor.waits,
    }


def _tick(core: Core, now: int) -> dict[str, float]:
    """One tick of the scopes, its records as they are sent, what is stored of it, and a scrape; all partitions summed up."""
    spent: defaultdict[str, float] = defaultdict(float)
    for stage in core.scopes:
        moments = [time.process_time()]
        out = stage.tick(now)
        moments.append(time.process_time())
        size = sum(len(orjson.dumps(value)) for _, _, value in out)
        moments.append(time.process_time())
        stage.changes()
        moments.append(time.process_time())
        stage.snapshot()
        moments.append(time.process_time())
        names = ("tick_ms", "encode_ms", "changes_ms", "snapshot_ms")
        for name, sooner, later in zip(names, moments, moments[1:], strict=False):
            spent[name] += (later - sooner) * MILLI
        spent["records"] += len(out)
        spent["bytes"] += size
    return dict(spent)


class _Clock:
    """Event time, moved by who plays."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> int:
        return self.now
