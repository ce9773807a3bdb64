"""Reads what workers have committed, without a group: the last record per key, until every partition has come to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.config.settings import Settings
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.errors import PartMissing
from stream.intake.kafka import BOOTSTRAP_TIMEOUT, explain
from stream.replay.figures import Figures

TOPICS: Final = (QUEUE_READINGS, QUEUE_INTERVALS, STANDARD_BREACHES)
WATERMARK: Final = "!watermark/"

Seen = Callable[[str, str, Any], None]
"""(topic, key, record): called for every record as it is read."""


class Outputs:
    """A reader of the three topics that workers write. `figures` holds the last record per key.

    times: up to when (ms) each partition of the scopes is settled. finished: the same of those that have come to the end.
    """

    def __init__(self, settings: Settings, seen: Seen | None = None) -> None:
        """Connect; raises BrokerMissing or PartMissing."""
        self._settings = settings
        self._seen = seen
        self.figures = Figures()
        self.finished: dict[int, int] = {}
        self.times: dict[int, int] = {}
        names = {settings.topic(topic): topic for topic in TOPICS}
        self._names = names
        try:
            self._consumer = KafkaConsumer(
                **settings.for_kafka_python(),
                bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT,
                isolation_level="read_committed",
                enable_auto_commit=False,
                fetch_max_wait_ms=100,
                # Else it looks for a broker that was away only after half a minute.
                reconnect_backoff_max_ms=500,
            )
            parts = []
            for name in names:
                numbers = self._consumer.partitions_for_topic(name)
                if not numbers:
                    raise PartMissing(f"The topic {name} is not there: create it with `answerable topics apply`.")
                parts += [TopicPartition(name, number) for number in sorted(numbers)]
            self._parts = parts
            self._consumer.assign(parts)
            self._consumer.seek_to_beginning(*parts)
        except KafkaError as error:
            raise explain(error, settings) from error

    def poll(self, seconds: float) -> int:
        """Read what there is within `seconds`; gives the number of records."""
        try:
            found = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise explain(error, self._settings) from error
        count = 0
        for part, records in found.items():
            topic = self._names[part.topic]
            for record in records:
                count += 1
                if record.value is not None:
                    self._take(topic, record.key.decode(), orjson.loads(record.value))
        return count

    def _take(self, topic: str, key: str, record: Any) -> None:
        if key.startswith(WATERMARK):
            self.times[record["partition"]] = record["settled"]
            if record["final"]:
                self.finished[record["partition"]] = record["settled"]
        self.figures.take(topic, key, record)
        if self._seen is not None:
            self._seen(topic, key, record)

    def settled(self, at: int) -> int:
        """How many partitions of the scopes have come to the end of the input, which is at `at` (ms)."""
        return sum(1 for settled in self.finished.values() if settled >= at)

    def passed(self, at: int) -> int:
        """How many partitions of the scopes have settled everything up to `at` (ms)."""
        return sum(1 for settled in self.times.values() if settled >= at)

    def drain(self, quiet: float = 0.5) -> None:
        """Read until nothing comes for `quiet` seconds."""
        since = time.monotonic()
        while time.monotonic() - since < quiet:
            if self.poll(quiet / 5):
                since = time.monotonic()

    def catch_up(self, seconds: float = 60.0) -> None:
        """Read all that is committed at this moment; on the wall clock more comes each second, so that it is never quiet.

        Raises PartMissing where that takes longer.
        """
        deadline = time.monotonic() + seconds
        try:
            ends = self._consumer.end_offsets(self._parts)
            while behind := [part for part, end in ends.items() if self._consumer.position(part) < end]:
                if time.monotonic() > deadline:
                    problem = f"{behind[0].topic} could not be read to its end within {seconds:g} s: look after the brokers."
                    raise PartMissing(problem)
                self.poll(0.1)
        except KafkaError as error:
            raise explain(error, self._settings) from error

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()
