"""The stages alone, without a broker: where the cost of an event comes from, and what does not grow with Kafka."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zlib import crc32

from benchmarks.growth.shape import Floor, Shape
from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.ledger import wanted_of
from stream.core.presence import AgentStage
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import partition_of
from stream.core.stage import Output, Stage
from stream.core.topology import ALWAYS, SCOPE_FACTS
from stream.live.garbage import tidy
from stream.live.stores.memory import MemoryEntries
from stream.wire.facts import Encoder, decode

PARTITIONS: Final = 4
BATCH: Final = 5_000
MICRO: Final = 1e6
BEGIN: Final = 1_772_409_600_000
EVENTS_A_MS: Final = 50
"""So that event time moves as if 50 000 came a second."""


def declared(shape: Shape, standards: Path, *, everything: bool) -> tuple[Centre, tuple[Standard, ...]]:
    """The centre and the standards of a shape, read as a worker reads them."""
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "centre.yaml"
        file.write_text(shape.centre(everything=everything))
        centre = read_centre(file)
        return centre, tuple(read_standards(standards, centre))


class Core:
    """All partitions of the contacts and scopes stages, with what they have committed; their processor time (s) by stage."""

    def __init__(self, centre: Centre, standards: tuple[Standard, ...], partitions: int = PARTITIONS) -> None:
        """Empty."""
        # What only issues, customers and surveys tell is not measured here: nobody would ever say how far their time has come.
        wanted = replace(wanted_of(centre, standards), nodes=ALWAYS)
        numbers = range(partitions)
        self.contacts = [ContactStage(centre, number, partitions, played=False, wanted=wanted) for number in numbers]
        self.scopes = [ScopeStage(centre, standards, number, partitions, played=False, wanted=wanted) for number in numbers]
        self.spent = {"contacts": 0.0, "scopes": 0.0}
        self._agents = [AgentStage(centre, number, partitions, played=False, wanted=wanted) for number in numbers]
        both: list[Stage] = [*self.contacts, *self.scopes]
        self._entries = {id(stage): MemoryEntries() for stage in both}
        for stage in both:
            stage.restore(self._entries[id(stage)])
        self._offset = 0

    def feed(self, events: Iterable[Event], now: int) -> None:
        """Fold a batch in each partition, then what it brought forth."""
        count = len(self.contacts)
        parts: list[list[Any]] = [[] for _ in range(count)]
        for event in events:
            parts[crc32(event.subject.encode()) % count].append(event)
        self._offset += 1
        facts: list[list[Any]] = [[] for _ in range(count)]
        for number, stage in enumerate(self.contacts):
            out = [*self._fold("contacts", stage, parts[number]), *self._agents[number].tick(now)]
            encode = Encoder().encode
            for topic, key, record in out:
                if topic == SCOPE_FACTS:
                    facts[partition_of(key, count)].append(decode(encode(record)))
        for number, scoped in enumerate(self.scopes):
            self._fold("scopes", scoped, facts[number])

    def _fold(self, name: str, stage: Stage, batch: list[Any]) -> list[Output]:
        began = time.process_time()
        out = stage.fold(batch, self._offset)
        changes = stage.changes()
        self.spent[name] += time.process_time() - began
        self._entries[id(stage)].apply(changes, None)
        return out

    @property
    def waiting(self) -> int:
        """How many contacts wait, as the scopes of queues and channels say."""
        return sum(
            len(one.now.waiting) for stage in self.scopes for one in stage.scopes.values() if {"queue", "channel"} <= one.scope.keys()
        )


def cost(shape: Shape, events: int, standards: Path, *, everything: bool = False) -> dict[str, Any]:
    """Microseconds of processor time an event, by stage, with the contacts of `shape` open."""
    centre, judged = declared(shape, standards, everything=everything)
    floor, core = Floor(shape), Core(centre, judged)
    clock = _Clock()
    for batch in _batches(floor.opening(clock)):
        core.feed(batch, clock.now)
    tidy()
    core.spent = dict.fromkeys(core.spent, 0.0)
    count = 0
    for batch in _batches(floor.steady(events, clock)):
        core.feed(batch, clock.now)
        count += len(batch)
    return {
        "contacts_us": core.spent["contacts"] / count * MICRO,
        "scopes_us": core.spent["scopes"] / count * MICRO,
        "events": count,
        "waiting": core.waiting,
        "waiting_in_truth": floor.waits,
    }


class _Clock:
    """Event time: it moves on by a millisecond every so many events."""

    def __init__(self) -> None:
        self._asked = 0

    @property
    def now(self) -> int:
        return BEGIN + self._asked // EVENTS_A_MS

    def __call__(self) -> int:
        self._asked += 1
        return self.now


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH * PARTITIONS)):
        yield batch
