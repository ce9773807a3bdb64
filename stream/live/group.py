"""Our member of the consumer group: its connection, and the thread in which it fetches, sends heartbeats and rebalances."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiokafka
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest
from faust.transport.drivers import aiokafka as stock
from faust.types.tuples import TP

from stream.live.inbox import FETCH_BYTES, Chunk
from stream.live.reading import take
from stream.live.transactions import STOP_TIMEOUT

if TYPE_CHECKING:
    from stream.live.app import CentreApp

FETCH_WAIT_MS: Final = 50
"""How long a quiet broker may hold a fetch back: one fetch is under way per broker, so it delays all partitions."""


class WatchedClient(AIOKafkaClient):  # type: ignore[misc]  # aiokafka ships no types
    """Kafka's client, which remembers when the group last heard of us: a worker that may have lost its session shows no series."""

    heard_at: float = float("-inf")

    async def send(self, node_id: int, request: Any, **more: Any) -> Any:
        """Send a request; a heartbeat counts from when it was sent."""
        sent_at = monotonic()
        response = await super().send(node_id, request, **more)
        if isinstance(request, HeartbeatRequest | JoinGroupRequest) and response.error_code == 0:
            self.heard_at = sent_at
        return response


class GroupConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]  # as above
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


class Taken(NamedTuple):
    """What was fetched: in which epoch it was taken, by partition, and how far behind the end each partition was then."""

    epoch: int
    chunks: dict[TP, Chunk]
    behind: dict[TP, int | None]


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
            # Nothing is fetched while a large state is recovered.
            max_poll_interval_ms=15 * 60_000,
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
                await consumer._client.close()  # noqa: SLF001 - there is no other way to let go of the connections

    async def _highwaters(self, partitions: list[TP]) -> Mapping[TP, int]:
        # Stock Faust asks for the last stable offset that a fetch brought, unknown (-1) before the first fetch.
        found: Mapping[TP, int] = await self._ensure_consumer().end_offsets(partitions)
        return found

    async def fetch(self, ready: set[TP], seconds: float) -> Taken:
        """Take what was fetched of `ready`."""
        found: Taken = await self.call_thread(self._fetch, ready, seconds)
        return found

    async def _fetch(self, ready: set[TP], seconds: float) -> Taken:
        if not self.consumer.flow_active:
            return Taken(self.epoch, {}, {})
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher  # noqa: SLF001 - as Faust's own driver does
        if consumer._closed or fetcher._closed:  # noqa: SLF001 - as above
            raise ConsumerStoppedError
        with fetcher._subscriptions.fetch_context():  # noqa: SLF001 - as above
            fetched = await take(fetcher, ready, seconds)
        chunks = {}
        for tp, (records, size) in fetched.items():
            key = TP(tp.topic, tp.partition)
            begin = self._positions.get(key)
            end = records[-1].offset + 1
            self._positions[key] = end
            if begin is not None:
                chunks[key] = Chunk(begin, end, records, size)
        return Taken(self.epoch, chunks, {tp: self.lag(tp) for tp in consumer.assignment()})

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

    async def bounds(self, tps: Iterable[TP]) -> dict[TP, tuple[int, int]]:
        """The first offset that each topic still holds, and its end."""
        wanted = list(tps)
        begins: Mapping[TP, int] = await self.call_thread(self._ensure_consumer().beginning_offsets, wanted)
        ends: Mapping[TP, int] = await self.call_thread(self._ensure_consumer().end_offsets, wanted)
        return {TP(tp.topic, tp.partition): (begin, ends[tp]) for tp, begin in begins.items()}

    def lag(self, tp: TP) -> int | None:
        """How many records behind the end this thread has read, None while that is unknown."""
        consumer = self._ensure_consumer()
        try:
            end = consumer.last_stable_offset(aiokafka.TopicPartition(tp.topic, tp.partition))
            state = consumer._subscription.subscription.assignment.state_value(tp)  # noqa: SLF001 - position() is a coroutine of the thread's loop
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
