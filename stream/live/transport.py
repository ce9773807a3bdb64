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
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import aiokafka
import faust
from faust.transport.drivers import aiokafka as stock
from faust.types.tuples import TP, ConsumerMessage

from stream.live.group import ConsumerThread
from stream.live.inbox import Inbox
from stream.live.transactions import Checkpoints

if TYPE_CHECKING:
    from stream.live.app import CentreApp

SCHEME: Final = "answerable"
POLL: Final = 0.5
THROTTLED_POLL: Final = 0.02


class BatchSchema(faust.Schema[bytes, bytes]):
    """Pass the batch on undecoded: the value of an event is an Inbox."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Any]:
        """Make the function that wraps a message."""

        async def decode(message: Any, **_: Any) -> Any:
            return faust.Event(app, message.key, message.value, message.headers, message)

        return decode


class Consumer(stock.Consumer):
    """Faust's consumer, with batches as messages and without acknowledgements."""

    app: CentreApp
    _thread: ConsumerThread

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin with empty inboxes."""
        super().__init__(*args, **options)
        self.inboxes: dict[TP, Inbox] = {}
        self._behind: dict[TP, int | None] = {}
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
        self._behind = {}
        self._room.set()

    def lag(self, tp: TP) -> int | None:
        """How many records behind the end is what came into the inboxes, None while that is unknown.

        The thread's position is ahead of that while records are on their way from there to here. Who took them for read would let
        time pass what they say.
        """
        now, then = self._thread.lag(tp), self._behind.get(tp)
        return None if now is None or then is None else max(now, then)

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
                    await self.wait(self.can_resume_flow)  # type: ignore[arg-type]  # mode declares futures and services, and waits for an event as well
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
        is_ahead = self.app.holding.is_ahead
        ready = {tp for tp in active if not self.inbox(tp).is_full(limit) and not is_ahead(tp)}
        if not ready:
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), timeout=0.1)
            except TimeoutError:
                return
            return
        seconds = POLL if len(ready) == len(active) else THROTTLED_POLL
        taken = await self._thread.fetch(ready, seconds)
        for tp, chunk in taken.chunks.items():
            if taken.epoch != self._thread.epoch or not self.flow_active:
                return
            inbox = self.inbox(tp)
            inbox.put(chunk)
            if not inbox.announced:
                await self.announce(inbox)
        if taken.epoch == self._thread.epoch:
            self._behind = taken.behind

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
            inbox,  # type: ignore[arg-type]  # declared as bytes, but Faust hands the value on as it is
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
