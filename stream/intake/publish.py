"""Sending events into Kafka: each under its key, at its own pace or faster, with marks that say until when all is sent.

One idempotent producer sends everything, so that within a partition records lie in the order of sending and a mark never
overtakes the events before it. It is aiokafka's with batches of our own: 4 us of CPU an event, where kafka-python takes 90.
All of contact-events is partitioned by murmur2 of the key, the default of Kafka's Java clients, kafka-python and aiokafka:
another producer of the same contacts (librdkafka: partitioner=murmur2_random) must do the same, or a contact's events lie
in two partitions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from stream.config.settings import Settings
from stream.core.events import CONTROLS, Event
from stream.errors import AnswerableError, BrokerMissing, PartMissing
from stream.intake.causes import Causes
from stream.intake.deliveries import Delivery, Disorder, Pending, deliveries
from stream.intake.kafka import admin_client, explain, partition_counts
from stream.wire.codec import ERASURE_TOPIC, EVENT_TOPICS, encode, mark, topic_of
from stream.wire.dead_letters import DEAD_LETTERS

Progress = Callable[[int], None]
"""Called now and then with the number of records sent so far."""

MARK_EVENT_TIME: Final = 10_000
MARK_RECORDS: Final = 2_000
MARK_WALL_TIME: Final = 0.25
"""A mark is due after both 10 s of event time and, whichever is first, 2 000 records or a quarter of a second."""

REPORT_RECORDS: Final = 500
CACHED_KEYS: Final = 100_000
GATHERED_RECORDS: Final = 2_000
BATCH_BYTES: Final = 512 * 1024
"""Half of what a broker takes at once by default."""
PATIENCE: Final = 60.0
SLOW: Final = 5.0
"""From so long a wait (s) on, it is told that the brokers are waited for."""
CLOSE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was sent. count: records of events, duplicates included; marks: times that all partitions were told; times in ms."""

    count: int
    duplicates: int
    marks: int
    first_time: int | None
    last_time: int | None
    seconds: float


def publish(
    events: Iterable[Event],
    settings: Settings,
    *,
    source: str,
    speed: float | None = None,
    shuffle_ms: int = 0,
    duplicate_every: int = 0,
    seed: int = 0,
    marks: bool = True,
    progress: Progress | None = None,
) -> Published:
    """Send events, which come in order of time, each to the topic of its type.

    speed: 1 is the events' own pace, 60 an hour a minute; None or 0 as fast as it goes.
    shuffle_ms: each event is late by up to that. duplicate_every: each so-many-th is sent twice. Both by `seed`.
    marks: whether to say until when all is sent; the last one ends the input.

    Raises BrokerMissing or PartMissing when Kafka does not take what is sent.
    """
    disorder = Disorder(shuffle=shuffle_ms, duplicate_every=duplicate_every, seed=seed)
    with closing(Sending(settings, source)) as sending:
        return _Run(sending, marks=marks, progress=progress).run(events, disorder, Pace(speed))


class Sending:
    """One idempotent producer, and where each record goes.

    Records are gathered into a batch per partition and sent by `tell`, `flush`, or when they are many: record by record either
    client costs ten times as much. Not for a thread in which an event loop runs.
    """

    def __init__(self, settings: Settings, source: str, *, patience: float = PATIENCE, slow: Callable[[], None] = lambda: None) -> None:
        """Connect, and find the partitions of the topics of events. Raises BrokerMissing or PartMissing.

        patience: how long (s) the brokers may take for a batch; an idempotent producer would try for ever.
        slow: is called once they have taken so long for one that people should hear of it (`SLOW`).
        """
        self._patience = patience
        self._slow = slow
        self._source = source
        self._settings = settings
        self._partition_of: dict[tuple[str, bytes], int] = {}
        self._batches: dict[tuple[str, int], Any] = {}
        self._gathered = 0
        # The admin client asks first, because it can say why a broker lets nobody in.
        with admin_client(settings) as client:
            counts = partition_counts(client)
        for topic in EVENT_TOPICS:
            if settings.topic(topic) not in counts:
                raise PartMissing(f"The topic {settings.topic(topic)} is not there: create it with `answerable topics apply`.")
        self._counts = counts
        self._partitions = {topic: counts[settings.topic(topic)] for topic in EVENT_TOPICS}
        self._runner = asyncio.Runner()
        self._producer: Any = self._run(self._connect())

    def send(self, event: Event) -> None:
        """Send one event under its key, with the next batch; what all must hear of goes to every partition."""
        if event.type in CONTROLS:
            self._everywhere(event)
            return
        topic = topic_of(event.type)
        key, value, headers = encode(event, self._source)
        if topic == ERASURE_TOPIC:
            for number in range(self._partitions[topic]):
                self._put(topic, number, key, value, headers)
            return
        partition = self._partition_of.get((topic, key))
        if partition is None:
            if len(self._partition_of) >= CACHED_KEYS:
                self._partition_of.clear()
            partition = self._partition_of[topic, key] = (murmur2(key) & 0x7FFFFFFF) % self._partitions[topic]
        self._put(topic, partition, key, value, headers)

    def set_aside(self, key: bytes, value: bytes) -> None:
        """Send a dead letter, with the next batch."""
        count = self._counts.get(self._settings.topic(DEAD_LETTERS))
        if count is None:
            raise PartMissing(f"The topic {self._settings.topic(DEAD_LETTERS)} is not there: create it with `answerable topics apply`.")
        self._put(DEAD_LETTERS, (murmur2(key) & 0x7FFFFFFF) % count, key, value, [])

    def tell(self, at: int, *, final: bool = False) -> None:
        """Tell every partition that all events up to `at` are sent, and send what was gathered."""
        self._everywhere(mark(at, self._source, final=final))
        self.flush()

    def _everywhere(self, event: Event) -> None:
        key, value, headers = encode(event, self._source)
        for topic, count in self._partitions.items():
            for partition in range(count):
                self._put(topic, partition, key, value, headers)

    def flush(self) -> None:
        """Send what was gathered and wait until the brokers have it. Raises BrokerMissing or PartMissing."""
        if self._gathered:
            batches, self._batches, self._gathered = self._batches, {}, 0
            self._run(self._deliver(batches))

    def close(self) -> None:
        """Send what was gathered, where that can be done, and disconnect."""
        with suppress(AnswerableError):
            self._run(asyncio.wait_for(self._producer.stop(), min(self._patience, CLOSE_SECONDS)))
        self._runner.close()

    def _put(self, topic: str, partition: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        batch = self._batches.get((topic, partition))
        if batch is None or batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            if batch is not None:
                self.flush()
            batch = self._batches[topic, partition] = self._producer.create_batch()
            batch.append(timestamp=None, key=key, value=value, headers=headers)
        self._gathered += 1
        if self._gathered >= GATHERED_RECORDS:
            self.flush()

    async def _connect(self) -> Any:
        producer = AIOKafkaProducer(**self._settings.for_aiokafka(), acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _deliver(self, batches: dict[tuple[str, int], Any]) -> None:
        timer = asyncio.get_running_loop().call_later(SLOW, self._slow)
        try:
            sent = [
                await self._producer.send_batch(batch, self._settings.topic(topic), partition=partition)
                for (topic, partition), batch in batches.items()
            ]
            await asyncio.wait_for(asyncio.gather(*sent), self._patience)
        finally:
            timer.cancel()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        with Causes("aiokafka") as causes:
            try:
                return self._runner.run(work)
            except KafkaError as error:
                raise explain(error, self._settings, causes.errors) from error
            except TimeoutError:
                at = self._settings.bootstrap_servers
                raise BrokerMissing(f"Kafka at {at} has taken nothing for {self._patience:g} s: look after its brokers.") from None


class Pace:
    """When a delivery is due on this machine's clock."""

    def __init__(self, speed: float | None) -> None:
        """`speed` times as fast as it happened; None or 0: at once."""
        self.speed = speed or 0.0
        self._start = 0.0
        self._first: int | None = None

    def wait(self, due: int) -> float:
        """How many seconds are left until the moment `due` (ms of event time); the first moment asked for is now."""
        if not self.speed:
            return 0.0
        if self._first is None:
            self._first, self._start = due, time.monotonic()
        return self._start + (due - self._first) / 1000 / self.speed - time.monotonic()

    def moment(self, left: float, due: int) -> int:
        """The event time (ms) of now, `left` seconds before `due`."""
        return due - int(left * self.speed * 1000)


class _Run:
    """One publishing, from the first event to the last mark."""

    def __init__(self, sending: Sending, *, marks: bool, progress: Progress | None) -> None:
        self.sending = sending
        self.marks = marks
        self.progress = progress
        self.pending = Pending()
        self.count = self.duplicates = self.told = 0
        self.first: int | None = None
        self.last: int | None = None
        self._told_at: int | None = None
        self._told_count = 0
        self._told_wall = time.monotonic()

    def run(self, events: Iterable[Event], disorder: Disorder, pace: Pace) -> Published:
        """Send everything, then the last mark."""
        start = time.monotonic()
        for delivery in deliveries(events, disorder, self.pending):
            while (left := pace.wait(delivery.due)) > 0:
                self._mark(self.pending.nothing_before(pace.moment(left, delivery.due)))
                self.sending.flush()
                time.sleep(min(left, MARK_WALL_TIME))
            self._send(delivery)
            if self.count % REPORT_RECORDS == 0 and self.progress is not None:
                self.progress(self.count)
            self._mark(self.pending.all_sent_up_to())
        if self.marks and self.last is not None:
            self.sending.tell(self.last, final=True)
            self.told += 1
        self.sending.flush()
        if self.progress is not None:
            self.progress(self.count)
        return Published(
            count=self.count,
            duplicates=self.duplicates,
            marks=self.told,
            first_time=self.first,
            last_time=self.last,
            seconds=time.monotonic() - start,
        )

    def _send(self, delivery: Delivery) -> None:
        event = delivery.event
        self.sending.send(event)
        delivery.sent = True
        self.count += 1
        self.duplicates += delivery.copy
        if self.first is None or event.time < self.first:
            self.first = event.time
        if self.last is None or event.time > self.last:
            self.last = event.time

    def _mark(self, at: int | None) -> None:
        """Say that all up to `at` is sent, where it is time to say so again."""
        if not self.marks or at is None or (self._told_at is not None and at - self._told_at < MARK_EVENT_TIME):
            return
        now = time.monotonic()
        if self.count - self._told_count < MARK_RECORDS and now - self._told_wall < MARK_WALL_TIME:
            return
        self.sending.tell(at)
        self.told += 1
        self._told_at, self._told_count, self._told_wall = at, self.count, now
