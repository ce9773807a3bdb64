"""The real stages of n partitions in memory, with a dict as each partition's committed table: Kafka without Kafka.

Records of facts wait in one line per reader and source partition, because that is all that Kafka promises of their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import orjson

from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.erasures import requests
from stream.core.events import CLOCK_MARKED, CONTROLS, ERASURE_REQUESTED, Event
from stream.core.ledger import NODE_OF, STAGES, TOLD, wanted_of
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import partition_of
from stream.core.stage import MARK, QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES, Output, Stage
from stream.core.topology import EVENT_NODES, FACT_TOPICS, NODES, SOURCES
from stream.replay.figures import Figures

FACT_READERS = {topic: name for name, topic in SOURCES.items() if topic in FACT_TOPICS}


class Pipeline:
    """Stages, their committed tables, and what came out of them."""

    def __init__(self, centre: Centre, standards: Sequence[Standard], partitions: int = 1, *, played: bool = True) -> None:
        """Begin with nothing."""
        self.centre = centre
        self.standards = tuple(standards)
        self.partitions = partitions
        self.played = played
        self.tables: dict[tuple[str, int], dict[bytes, bytes]] = {}
        self.stages: dict[tuple[str, int], Stage] = {}
        self.offsets: dict[tuple[str, int], int] = {}
        self.nodes = [node.name for node in NODES if node.name in wanted_of(centre, standards).nodes]
        self.lines: dict[tuple[str, int], dict[str, deque[Any]]] = {}
        self.topics: dict[str, dict[str, Any]] = {QUEUE_READINGS: {}, QUEUE_INTERVALS: {}, STANDARD_BREACHES: {}}
        self.breaches: list[dict[str, Any]] = []
        for name in self.nodes:
            for partition in range(partitions):
                self.tables[name, partition] = {}
                self.lines[name, partition] = {}
                self.restart(name, partition)

    def restart(self, name: str, partition: int) -> None:
        """Throw a partition's stage away and make it again of its committed table."""
        stage = STAGES[name](self.centre, self.standards, partition, self.partitions, self.played)
        if isinstance(stage, ContactStage):
            stage.hot = 2
        table = self.tables[name, partition]
        table[MARK] = b"%d" % (self.offsets.get((name, partition), -1) + 1)
        stage.restore(table)
        del table[MARK]
        self.stages[name, partition] = stage

    def restart_all(self) -> None:
        """A worker that owned everything is gone, and another one takes over."""
        for name, partition in list(self.stages):
            self.restart(name, partition)

    def scope_stage(self, partition: int) -> ScopeStage:
        """A partition of scope-facts."""
        stage = self.stages["scopes", partition]
        assert isinstance(stage, ScopeStage)
        return stage

    # -- in -----------------------------------------------------------------------------------------------------------

    def partition(self, event: Event) -> int:
        """Where an event's key goes."""
        return crc32(event.subject.encode()) % self.partitions

    def events(self, batch: Sequence[Event]) -> None:
        """Fold a batch of one arrival: every partition gets its own part of it, marks go to all."""
        for name in self.nodes:
            if name not in EVENT_NODES:
                continue
            for partition in range(self.partitions):
                own = [
                    event
                    for event in batch
                    if event.type == CLOCK_MARKED
                    or (name in TOLD if event.type in CONTROLS else NODE_OF[event.type] == name and self._goes(event, partition))
                ]
                if own:
                    self._fold(name, partition, own)

    def _goes(self, event: Event, partition: int) -> bool:
        return event.type == ERASURE_REQUESTED or self.partition(event) == partition

    def _fold(self, name: str, partition: int, batch: Sequence[Any]) -> None:
        offset = self.offsets[name, partition] = self.offsets.get((name, partition), -1) + len(batch)
        out = self.stages[name, partition].fold(batch, offset)
        self._commit(name, partition, out)

    def tick(self, name: str, partition: int, now: int) -> None:
        """Let time move on in one partition."""
        self._commit(name, partition, self.stages[name, partition].tick(now))

    def _commit(self, name: str, partition: int, out: Sequence[Output]) -> None:
        self._keep(name, partition)
        if name == "erasures":
            for other in self.nodes[1:]:
                self.stages[other, partition].erase(requests(out))
                self._keep(other, partition)
            return
        for topic, key, record in out:
            carried = orjson.loads(orjson.dumps(record))
            if topic in FACT_READERS:
                self.lines[FACT_READERS[topic], partition_of(key, self.partitions)].setdefault(carried["s"], deque()).append(carried)
            else:
                self.topics[topic][key.decode()] = carried
                if topic == STANDARD_BREACHES:
                    self.breaches.append(carried)

    def _keep(self, name: str, partition: int) -> None:
        table = self.tables[name, partition]
        for key, value in self.stages[name, partition].changes():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value

    # -- between ------------------------------------------------------------------------------------------------------

    def waiting_lines(self, name: str, partition: int) -> list[str]:
        """Sources of which records wait for a partition of a reader of facts."""
        return sorted(source for source, line in self.lines[name, partition].items() if line)

    def move(self, name: str, partition: int, source: str, count: int) -> None:
        """Fold the next `count` records of one source into a partition of a reader of facts."""
        line = self.lines[name, partition][source]
        batch = [line.popleft() for _ in range(min(count, len(line)))]
        if batch:
            self._fold(name, partition, batch)

    def drain(self) -> None:
        """Fold all that waits; who sends stands before who reads, and some partitions send to each other."""
        for name in self.nodes:
            while any(self.waiting_lines(name, partition) for partition in range(self.partitions)):
                for partition in range(self.partitions):
                    for source in self.waiting_lines(name, partition):
                        self.move(name, partition, source, len(self.lines[name, partition][source]))

    # -- out ----------------------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, dict[str, Any]]:
        """The final figures, comparable with those of `comparable`."""
        return _comparable(self.topics)


def comparable(figures: Figures) -> dict[str, dict[str, Any]]:
    """What must be equal: last reading per scope and window, last interval per window, last record per breach."""
    return _comparable(orjson.loads(orjson.dumps(figures.topics)))


def _comparable(topics: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        "readings": {key: record for key, record in topics.get(QUEUE_READINGS, {}).items() if tells(key, record)},
        "intervals": {key: without(record, "revision") for key, record in topics.get(QUEUE_INTERVALS, {}).items() if holds(record)},
        "breaches": {
            key: without(record, "revision", "provisional")
            for key, record in topics.get(STANDARD_BREACHES, {}).items()
            if record["status"] != "withdrawn"
        },
    }


def tells(key: str, record: dict[str, Any]) -> bool:
    """Whether a reading says anything: of a scope in which everything was taken back it is as good as none."""
    return not key.startswith("!") and holds(record)


def holds(record: dict[str, Any]) -> bool:
    """Whether anything is in a window: one in which everything was taken back again is as good as none."""
    measures = record["measures"]
    said = measures["staffed"] is not None or bool(measures.get("agent_state_seconds"))
    return said or any(measures[name] for name in ("records", "offered", "max_waiting", "closed")) or bool(measures.get("issues_opened"))


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    """A record less some of its fields."""
    return {name: value for name, value in record.items() if name not in names}
