"""Our Faust transport (scheme `answerable://`): a message is a batch of records of one partition.

Faust's own path costs two tasks and a second of sleep here and there per message; none of it matters when a message is a batch.
There is at most one message under way per partition: an `Inbox` that goes on filling until its processor takes it, so a busy
worker gets larger batches by itself. Faust's acknowledgements and commits are not used: the next source offset is a record in
the changelog, committed together with what the batch changed (`stream.live.partition`), and after each assignment recovery
seeks every partition to that mark. So batches that a rebalance throws away are read again.

Offsets of a transactional topic have holes (commit markers), so a gap is no hole between offsets: each chunk says from which
position it was read, and the chain of positions must have no hole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import aiokafka
import faust
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest
from faust.transport.drivers import aiokafka as stock
from faust.types.tuples import TP, ConsumerMessage

from stream.live.transactions import STOP_TIMEOUT, Checkpoints

if TYPE_CHECKING:
    from stream.live.app import CentreApp

SCHEME: Final = "answerable"
FETCH_WAIT_MS: Final = 50
"""How long a quiet broker may hold a fetch back: one fetch is under way per broker, so it delays all partitions."""

FETCH_BYTES: Final = 1024 * 1024
MOST_BYTES: Final = 4 * FETCH_BYTES
"""What may wait for one partition: records of facts are large."""

POLL: Final = 0.5
THROTTLED_POLL: Final = 0.02


_weight = attrgetter("serialized_value_size")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records that were fetched at once: read from position `begin`, up to before `end`; `weight` in bytes."""

    begin: int
    end: int
    records: list[Any]
    weight: int = 0


@dataclass(slots=True)
class Inbox:
    """The batch under way to a processor. It goes on filling until it is taken."""

    tp: TP
    chunks: list[Chunk] = field(default_factory=list)
    size: int = 0
    weight: int = 0
    announced: bool = False
    on_take: Callable[[], None] = lambda: None

    def put(self, chunk: Chunk) -> None:
        """Add what was fetched."""
        self.chunks.append(chunk)
        self.size += len(chunk.records)
        self.weight += chunk.weight

    def is_full(self, most: int) -> bool:
        """Whether nothing more should be fetched: memory stays bounded under any backlog."""
        return self.size >= most or self.weight >= MOST_BYTES

    def take(self, most: int) -> list[Chunk]:
        """Give what is here, up to `most` records and a fetch's bytes but at least one chunk; the rest stays."""
        count = size = weight = 0
        for chunk in self.chunks:
            size += len(chunk.records)
            weight += chunk.weight
            if count and (size > most or weight > FETCH_BYTES):
                break
            count += 1
        chunks, self.chunks = self.chunks[:count], self.chunks[count:]
        self.size -= sum(len(chunk.records) for chunk in chunks)
        self.weight -= sum(chunk.weight for chunk in chunks)
        self.on_take()
        return chunks

    def clear(self) -> None:
        """Throw away what is here: it is read again from the mark."""
        self.chunks = []
        self.size = self.weight = 0


class BatchSchema(faust.Schema):  # type: ignore[type-arg]
    """Pass the batch on undecoded: the value of an event is an Inbox."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Any]:
        """Make the function that wraps a message."""

        async def decode(message: Any, **_: Any) -> Any:
            return faust.Event(app, message.key, message.value, message.headers, message)

        return decode


class WatchedClient(AIOKafkaClient):  # type: ignore[misc]
    """Kafka's client, which remembers when the group last heard of us: a worker that may have lost its session shows no series."""

    heard_at: float = float("-inf")

    async def send(self, node_id: int, request: Any, **more: Any) -> Any:
        """Send a request; a heartbeat counts from when it was sent."""
        sent_at = monotonic()
        response = await super().send(node_id, request, **more)
        if isinstance(request, HeartbeatRequest | JoinGroupRequest) and response.error_code == 0:
            self.heard_at = sent_at
        return response


class GroupConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]
    """aiokafka's consumer over a watched client."""

    def __init__(self, connection: Mapping[str, Any], **options: Any) -> None:
        """Make it in the loop that it will run in."""
        super().__init__(**connection, **options)
        shared = {
            name: options[name]
            for name in ("client_id", "metadata_max_age_ms", "request_timeout_ms", "retry_backoff_ms", "connections_max_idle_ms")
            if name in options
        }
        self._client = WatchedClient(**connection, **shared)

    @property
    def heard_at(self) -> float:
        """When (monotonic) the group last confirmed our session."""
        client: WatchedClient = self._client
        return client.heard_at

    def rejoin(self) -> None:
        """Ask the group for a new assignment."""
        if self._coordinator is not None:
            self._coordinator.request_rejoin()


class ConsumerThread(stock.AIOKafkaConsumerThread):
    """The thread that talks to Kafka: fetches, heartbeats, rebalances."""

    app: CentreApp
    _consumer: GroupConsumer | None = None

    def __post_init__(self) -> None:
        """Begin without positions."""
        super().__post_init__()
        self._positions: dict[TP, int] = {}
        self.epoch = 0

    def _create_worker_consumer(self, transport: Any) -> GroupConsumer:
        conf = self.app.conf
        self._assignor = self.app.assignor
        return GroupConsumer(
            self.app.connection,
            client_id=conf.broker_client_id,
            group_id=conf.id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            isolation_level="read_committed",
            metadata_max_age_ms=60_000,
            retry_backoff_ms=100,
        )

    async def on_thread_stop(self) -> None:
        """Leave the group, if the broker still answers."""
        consumer, self._consumer = self._consumer, None
        await super().on_thread_stop()
        if consumer is not None:
            try:
                await asyncio.wait_for(consumer.stop(), STOP_TIMEOUT)
            except (TimeoutError, KafkaError, asyncio.CancelledError):
                # Without a broker aiokafka's stop() never ends, or it ends with the cancellation of its own fetch.
                await consumer._client.close()  # noqa: SLF001

    async def _highwaters(self, partitions: list[TP]) -> Mapping[TP, int]:
        # Stock Faust asks for the last stable offset that a fetch brought, unknown (-1) before the first fetch.
        found: Mapping[TP, int] = await self._ensure_consumer().end_offsets(partitions)
        return found

    async def fetch(self, ready: set[TP], seconds: float, most: int) -> tuple[int, dict[TP, Chunk]]:
        """Fetch what is there of `ready`, with the epoch in which it was taken."""
        found: tuple[int, dict[TP, Chunk]] = await self.call_thread(self._fetch, ready, seconds, most)
        return found

    async def _fetch(self, ready: set[TP], seconds: float, most: int) -> tuple[int, dict[TP, Chunk]]:
        if not self.consumer.flow_active:
            return self.epoch, {}
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher  # noqa: SLF001 - as Faust's own driver does: getmany() restarts its time-out with each partition
        if consumer._closed or fetcher._closed:  # noqa: SLF001
            raise ConsumerStoppedError
        with fetcher._subscriptions.fetch_context():  # noqa: SLF001
            fetched = await fetcher.fetched_records(ready, timeout=seconds, max_records=most)
        chunks = {}
        for tp, records in fetched.items():
            key = TP(tp.topic, tp.partition)
            begin = self._positions.get(key)
            end = records[-1].offset + 1
            self._positions[key] = end
            if begin is not None:
                chunks[key] = Chunk(begin, end, records, sum(map(_weight, records)))
        return self.epoch, chunks

    async def seek_to(self, marks: Mapping[TP, int]) -> None:
        """Read on from these offsets."""
        await self.call_thread(self._seek_to, dict(marks))

    async def _seek_to(self, marks: dict[TP, int]) -> None:
        consumer = self._ensure_consumer()
        owned = consumer.assignment()
        for tp, offset in marks.items():
            if tp in owned:
                consumer.seek(aiokafka.TopicPartition(tp.topic, tp.partition), offset)
                self._positions[tp] = offset

    async def beginnings(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """The first offsets that the topics still hold."""
        found: Mapping[TP, int] = await self.call_thread(self._ensure_consumer().beginning_offsets, list(tps))
        return found

    def lag(self, tp: TP) -> int | None:
        """How many records behind the end this worker has read, None while that is unknown."""
        consumer = self._ensure_consumer()
        try:
            end = consumer.last_stable_offset(aiokafka.TopicPartition(tp.topic, tp.partition))
            # position() is a coroutine of the thread's own loop
            state = consumer._subscription.subscription.assignment.state_value(tp)  # noqa: SLF001
        except (IllegalStateError, AttributeError):
            return None
        if end is None or end < 0 or not state.has_valid_position:
            return None
        return max(int(end) - int(state.position), 0)

    async def rejoin(self) -> None:
        """Ask the group for a new assignment."""
        await self.call_thread(self._rejoin)

    async def _rejoin(self) -> None:
        consumer = self._ensure_consumer()
        consumer.rejoin()

    def in_session(self) -> bool:
        """Say whether the group has confirmed our session within its time-out, by the monotonic clock."""
        consumer = self._consumer
        return consumer is not None and monotonic() - consumer.heard_at < self.app.conf.broker_session_timeout

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing to verify: Faust's watch over acknowledgements does not apply."""


class Consumer(stock.Consumer):
    """Faust's consumer, with batches as messages and without acknowledgements."""

    app: CentreApp
    _thread: ConsumerThread

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin with empty inboxes."""
        super().__init__(*args, **options)
        self.inboxes: dict[TP, Inbox] = {}
        self._room = asyncio.Event()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def thread(self) -> ConsumerThread:
        """The thread that talks to Kafka."""
        return self._thread

    def stop_flow(self) -> None:
        """Stop delivering. What was fetched so far belongs to the past: it is read again from the marks."""
        super().stop_flow()
        self._thread.epoch += 1
        for inbox in self.inboxes.values():
            inbox.clear()
        self.inboxes = {}
        self._room.set()

    def inbox(self, tp: TP) -> Inbox:
        """The inbox of a partition, made where there is none."""
        found = self.inboxes.get(tp)
        if found is None:
            found = self.inboxes[tp] = Inbox(tp, on_take=self._room.set)
        return found

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(0)
                if self.flow_active:
                    await self._drain()
                else:
                    await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            # Faust's fetcher takes a cancellation during a rebalance for a crash, also where the worker just stops.
            if not fetcher.should_stop:
                raise

    async def _drain(self) -> None:
        """Fetch once, and deliver what came."""
        active = set(self._get_active_partitions())
        limit = self.app.batch_size
        ready = {tp for tp in active if not self.inbox(tp).is_full(limit)}
        if not ready:
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), timeout=0.1)
            except TimeoutError:
                return
            return
        seconds = POLL if len(ready) == len(active) else THROTTLED_POLL
        epoch, chunks = await self._thread.fetch(ready, seconds, limit)
        for tp, chunk in chunks.items():
            if epoch != self._thread.epoch or not self.flow_active:
                return
            inbox = self.inbox(tp)
            inbox.put(chunk)
            if not inbox.announced:
                await self.announce(inbox)

    async def announce(self, inbox: Inbox) -> None:
        """Send the inbox to its processor as a Faust message."""
        inbox.announced = True
        message = ConsumerMessage(
            inbox.tp.topic,
            inbox.tp.partition,
            inbox.chunks[-1].end - 1 if inbox.chunks else 0,
            0.0,
            0,
            [],
            None,
            inbox,  # type: ignore[arg-type]  # Faust hands the value on as it is
            None,
            0,
            0,
            inbox.tp,
            generation_id=self.app.consumer_generation_id,
        )
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def perform_seek(self) -> None:
        """Nothing: recovery seeks to the marks, the group's committed offsets are for lag tools only."""

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Nothing: each batch commits its own transaction."""
        return False


class Producer(stock.Producer):
    """Faust's own producer, which we do not write with: it must be able to connect all the same."""

    app: CentreApp

    def _new_producer(self, transactional_id: str | None = None) -> aiokafka.AIOKafkaProducer:
        return aiokafka.AIOKafkaProducer(**self.app.connection, client_id=self.client_id, transactional_id=transactional_id)


class Transport(stock.Transport):
    """Registered under the entry point group `faust.transports`."""

    Consumer = Consumer
    Producer = Producer
    TransactionManager = Checkpoints
