"""Topics that are full before anybody reads them: the events as the product's producers send them, headers, keys and clock marks alike.

The same events go into a file, from which `expected.py` counts what must come out.

    python -m benchmarks.filling --bootstrap 127.0.0.1:9092 --prefix bench- --events 1000000 events.jsonl
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from kafka.partitioner.default import murmur2

from benchmarks.expected import HALF_HOUR
from benchmarks.generate import events
from stream.config.settings import Settings
from stream.core.events import Event
from stream.intake.kafka import apply_topics
from stream.wire.codec import AGENT_TOPIC, CONTACT_TOPIC, encode, mark, to_json_line

SOURCE: Final = "bench"
BATCH_BYTES: Final = 512 * 1024
MARK_EVENTS: Final = 2_000
"""As often as `answerable publish` says until when all is sent."""

IN_FLIGHT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A topic that is full. records: with the marks."""

    topic: str
    events: int
    records: int
    file: Path


class Filling:
    """Batches of both event topics, a partition each, sent when they are full."""

    def __init__(self, producer: Any, settings: Settings) -> None:
        """`producer`: an idempotent one that has started, so that a partition's records keep their order."""
        self._producer = producer
        self._settings = settings
        self._batches: dict[tuple[str, int], Any] = {}
        self._sent: list[Any] = []
        self._partition_of: dict[bytes, int] = {}
        self.records = [0] * settings.partitions

    async def event(self, event: Event) -> None:
        """Put one event into the partition of its key."""
        key, value, headers = encode(event, SOURCE)
        partition = self._partition_of.get(key)
        if partition is None:
            partition = self._partition_of[key] = (murmur2(key) & 0x7FFFFFFF) % self._settings.partitions
        elif event.type in ("contact.wrapped_up", "contact.abandoned"):
            del self._partition_of[key]
        await self._put(CONTACT_TOPIC, partition, key, value, headers)

    async def mark(self, at: int, *, final: bool = False) -> None:
        """Tell every partition of both topics that all up to `at` is sent."""
        key, value, headers = encode(mark(at, SOURCE, final=final), SOURCE)
        for topic in (CONTACT_TOPIC, AGENT_TOPIC):
            for partition in range(self._settings.partitions):
                await self._put(topic, partition, key, value, headers)

    async def finish(self) -> None:
        """Send what is left and wait until the broker has all of it."""
        for place in list(self._batches):
            await self._send(*place)
        await asyncio.gather(*self._sent)
        self._sent.clear()

    async def _put(self, topic: str, partition: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        batch = self._batches.get((topic, partition))
        if batch is None or batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            if batch is not None:
                await self._send(topic, partition)
            batch = self._batches[topic, partition] = self._producer.create_batch()
            batch.append(timestamp=None, key=key, value=value, headers=headers)
        if topic == CONTACT_TOPIC:
            self.records[partition] += 1

    async def _send(self, topic: str, partition: int) -> None:
        batch = self._batches.pop((topic, partition))
        self._sent.append(await self._producer.send_batch(batch, self._settings.topic(topic), partition=partition))
        if len(self._sent) >= IN_FLIGHT:
            await asyncio.gather(*self._sent)
            self._sent.clear()


async def fill(settings: Settings, found: Iterable[Event], file: Path) -> Filled:
    """Make the topics of `settings`, fill them and write the file."""
    await asyncio.to_thread(apply_topics, settings)
    producer: Any = AIOKafkaProducer(**settings.for_aiokafka(), acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
    await producer.start()
    count = last = 0
    try:
        filling = Filling(producer, settings)
        with file.open("wb", buffering=1 << 20) as lines:
            for event in found:
                await filling.event(event)
                lines.write(to_json_line(event, SOURCE))
                count, last = count + 1, event.time
                if count % MARK_EVENTS == 0:
                    await filling.mark(last - 1)
        # The last half-hour is to be closed too, so the end of the input is the end of that.
        await filling.mark((last // HALF_HOUR + 1) * HALF_HOUR, final=True)
        await filling.finish()
    finally:
        await producer.stop()
    return Filled(topic=settings.topic(CONTACT_TOPIC), events=count, records=sum(filling.records), file=file)


def main() -> None:
    """Fill the topics of one prefix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--prefix", default="bench-")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    settings = Settings(bootstrap_servers=chosen.bootstrap, topic_prefix=chosen.prefix, partitions=chosen.partitions)
    print(asyncio.run(fill(settings, events(chosen.events, chosen.seed), chosen.file)))


if __name__ == "__main__":
    main()
