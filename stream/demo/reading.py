"""What the demo reads back from Kafka: committed records only, from the beginning, without a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from heapq import merge
from threading import Event as Flag
from threading import Thread
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.config.settings import Settings
from stream.core.events import CLOCK_MARKED
from stream.intake.kafka import READ_TO_THE_END
from stream.wire.codec import EVENT_TOPICS

POLL_MS = 200
Record = dict[str, Any]


def consumer(settings: Settings, topics: tuple[str, ...]) -> Any:
    """A read-committed consumer of all partitions of some declared topics, at their beginning."""
    made: Any = KafkaConsumer(
        **settings.for_kafka_python(),
        isolation_level="read_committed",
        group_id=None,
        enable_auto_commit=False,
        **READ_TO_THE_END,
    )
    partitions = [TopicPartition(settings.topic(topic), number) for topic in topics for number in range(settings.partitions)]
    made.assign(partitions)
    made.seek_to_beginning(*partitions)
    return made


def records(settings: Settings, *topics: str) -> Iterator[Any]:
    """All records that are in the topics now."""
    reading = consumer(settings, topics)
    try:
        ends = reading.end_offsets(reading.assignment())
        while any(reading.position(partition) < end for partition, end in ends.items()):
            for batch in reading.poll(POLL_MS).values():
                yield from batch
    finally:
        reading.close()


def count_events(settings: Settings) -> int:
    """How many events the event topics hold, marks of the clock left out."""
    mark = f"cc.{CLOCK_MARKED}.v1".encode()
    return sum(dict(record.headers).get("ce_type") != mark for record in records(settings, *EVENT_TOPICS))


def last_readings(settings: Settings) -> dict[str, Record]:
    """The last reading by key."""
    return {record.key.decode(): orjson.loads(record.value) for record in records(settings, "queue-readings") if record.value}


class Breaches(Thread):
    """Follows standard-breaches: the last record by id, and a call for each that begins or ends."""

    def __init__(self, settings: Settings, tell: Callable[[Record], None]) -> None:
        """`tell` is called, from this thread, for every change of a breach's status."""
        super().__init__(name="breaches", daemon=True)
        self.latest: dict[str, Record] = {}
        self.fired: set[str] = set()
        self._settings = settings
        self._tell = tell
        self._ended = Flag()
        self._caught_up = Flag()

    def run(self) -> None:
        """Follow until `end`."""
        reading = consumer(self._settings, ("standard-breaches",))
        try:
            while not self._ended.is_set():
                batches = reading.poll(POLL_MS)
                # By event time across partitions; within one, where all records of an id are, as they lie.
                taken = ([orjson.loads(record.value) for record in batch] for batch in batches.values())
                for breach in merge(*taken, key=lambda breach: breach["at"]):
                    self.take(breach)
                if not batches:
                    ends = reading.end_offsets(reading.assignment())
                    if all(reading.position(partition) >= end for partition, end in ends.items()):
                        self._caught_up.set()
        except KafkaError:
            if not self._ended.is_set():
                raise
        finally:
            reading.close()

    def take(self, breach: Record) -> None:
        """Take one record; of an id the last one is true."""
        before = self.latest.get(breach["id"])
        self.latest[breach["id"]] = breach
        if breach["status"] == "firing":
            self.fired.add(breach["id"])
        if before is None or before["status"] != breach["status"]:
            self._tell(breach)

    def catch_up(self, seconds: float) -> None:
        """Wait until all that is in the topic now has been taken."""
        self._caught_up.clear()
        self._caught_up.wait(seconds)

    def end(self) -> None:
        """Stop following."""
        self._ended.set()
        self.join(5)


class Settling:
    """How far the workers have settled the input, by what they tell of it."""

    def __init__(self, partitions: int) -> None:
        """`partitions`: how many have to settle its end."""
        self._partitions = partitions
        self._settled: dict[bytes, int] = {}
        self._done: set[bytes] = set()

    @property
    def done(self) -> bool:
        """Whether all of them have settled the end of the input."""
        return len(self._done) == self._partitions

    def take(self, key: bytes, value: bytes) -> bool:
        """Take a reading as it stands in Kafka; True where a partition has come further than ever."""
        if not key.startswith(b"!watermark/"):
            return False
        told = orjson.loads(value)
        if told["final"]:
            self._done.add(key)
        further = bool(told["settled"] > self._settled.get(key, -1))
        if further:
            self._settled[key] = told["settled"]
        return further


def wait_until_settled(settings: Settings, seconds: float, check: Callable[[], None]) -> bool:
    """Wait until every partition has settled the end of the input; False where for so many seconds none has come any further."""
    reading = consumer(settings, ("queue-readings",))
    settling = Settling(settings.partitions)
    until = time.monotonic() + seconds
    try:
        while not settling.done and time.monotonic() < until:
            check()
            for batch in reading.poll(POLL_MS).values():
                if sum(settling.take(record.key, record.value) for record in batch):  # each of them is taken
                    until = time.monotonic() + seconds
    finally:
        reading.close()
    return settling.done
