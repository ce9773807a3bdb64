"""Our own recovery: on every assignment fence, compare, read the changelogs where they differ, and seek the sources to the marks.

A partition that was kept may meanwhile have been held by another worker, so nothing in memory is believed: if the changelog does
not end exactly where our own last transaction ended, it is read again. And a table is never empty because nothing could be read:
reading ends only when the position has reached the end that the broker named after the fencing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka.errors import KafkaError
from faust.tables.manager import TableManager
from faust.types.tuples import TP
from mode import Service

from stream.errors import StateUnreadable

if TYPE_CHECKING:
    from stream.live.app import CentreApp
    from stream.live.partition import Partition

log = logging.getLogger(__name__)

RETRY: Final = 1.0
POLL_MS: Final = 200

Entries = dict[bytes, bytes]


async def read_changelogs(consumer: aiokafka.AIOKafkaConsumer, needed: Mapping[TP, int], beginnings: Mapping[TP, int]) -> dict[TP, Entries]:
    """Read each changelog partition from its beginning until the position reaches the end given in `needed`.

    Raises StateUnreadable for a record without a key.
    """
    found: dict[TP, Entries] = {tp: {} for tp in needed}
    left = {aiokafka.TopicPartition(*tp): end for tp, end in needed.items() if beginnings[tp] < end}
    consumer.assign(list(left))
    for tp in left:
        consumer.seek(tp, beginnings[TP(*tp)])
    while left:
        for tp, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            entries = found[TP(*tp)]
            for record in records:
                if record.key is None:
                    problem = f"Record {record.offset} of {tp.topic}, partition {tp.partition}, has no key: restore this changelog."
                    raise StateUnreadable(problem)
                if record.value is None:
                    entries.pop(record.key, None)
                else:
                    entries[record.key] = record.value
        for tp in [tp for tp, end in left.items() if await consumer.position(tp) >= end]:
            del left[tp]
            consumer.pause(tp)
    return found


class Recovery(Service):
    """Runs one recovery per assignment, outside of the rebalance's callback, because no heartbeat is sent in there."""

    def __init__(self, app: CentreApp, **options: Any) -> None:
        """Begin without an assignment."""
        super().__init__(**options)
        self.app = app
        self.completed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        """Let time move on in what was recovered."""
        self.add_future(self.app.holding.tick())

    async def on_stop(self) -> None:
        """End a recovery under way."""
        self.cancel()

    def cancel(self) -> None:
        """End a recovery under way: its assignment is over."""
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def begin(self, generation: int) -> None:
        """Recover the present assignment."""
        self.cancel()
        self._running = asyncio.ensure_future(self._recover(generation))

    async def _recover(self, generation: int) -> None:
        while not self.should_stop:
            try:
                await self._try(generation)
            except asyncio.CancelledError:
                raise
            except (KafkaError, TimeoutError, OSError) as failed:
                log.warning("the state cannot be recovered yet (%r): trying again", failed)
                await asyncio.sleep(RETRY)
            except Exception as error:  # noqa: BLE001 - the worker ends with it
                self.app.fail(error)
                return
            else:
                return

    async def _try(self, generation: int) -> None:
        started = monotonic()
        held = list(self.app.holding.partitions.values())
        await asyncio.gather(*(partition.fence() for partition in held))
        restored = await self._restore(held)
        marks = {partition.source(section): section.mark for partition in held for section in partition.sections.values()}
        await self._seek(marks)
        if generation != self.app.consumer_generation_id or self.should_stop:
            return
        await self._resume(marks)
        log.info("%d partitions are open, %d tables were read, after %.2f s", len(held), restored, monotonic() - started)
        await self.app.holding.settle_in()

    async def _restore(self, held: Iterable[Partition]) -> int:
        """Read what is not as we left it; say how many changelog partitions that were."""
        changelogs = {partition.changelog(section): (partition, section) for partition in held for section in partition.sections.values()}
        if not changelogs:
            return 0
        consumer = aiokafka.AIOKafkaConsumer(
            **self.app.connection,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            fetch_max_wait_ms=50,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await consumer.start()
            tps = [aiokafka.TopicPartition(*tp) for tp in changelogs]
            ends = {TP(*tp): end for tp, end in (await consumer.end_offsets(tps)).items()}
            beginnings = {TP(*tp): begin for tp, begin in (await consumer.beginning_offsets(tps)).items()}
            needed = {tp: end for tp, end in ends.items() if changelogs[tp][0].ends.get(tp) != end}
            found = await read_changelogs(consumer, needed, beginnings)
        finally:
            await consumer.stop()
        for tp, entries in found.items():
            partition, section = changelogs[tp]
            section.restore(entries)
            self.app.table_of(section.processor.name).replace(tp.partition, entries)
            partition.ends[tp] = ends[tp]
            await asyncio.sleep(0)
        return len(found)

    async def _seek(self, marks: Mapping[TP, int]) -> None:
        """Read on from the marks; what retention has deleted before it was read is lost, and said so."""
        beginnings = await self.app.reader.thread.beginnings(marks) if marks else {}
        for tp, begin in beginnings.items():
            mark = marks.get(TP(tp.topic, tp.partition), 0)
            if 0 < mark < begin:
                log.error("%s: records %d to %d were deleted before they were read", tp, mark, begin - 1)
        await self.app.reader.thread.seek_to(marks)

    async def _resume(self, marks: Iterable[TP]) -> None:
        """Let Faust deliver again, as its own recovery does at its end."""
        app = self.app
        await app.on_rebalance_complete.send()
        app.holding.open()
        app.consumer.resume_partitions(set(marks))
        self.completed.set()
        app.flow_control.resume()
        app.consumer.resume_flow()
        await app._fetcher.maybe_start()  # noqa: SLF001 - as Faust's own recovery does
        app.tables.on_actives_ready()
        app.tables.on_standbys_ready()
        app.on_rebalance_end()


class Tables(TableManager):
    """Faust's tables with our recovery. Changelogs are not part of the group's subscription: their numbers follow the sources."""

    app: CentreApp

    def __init__(self, app: CentreApp, **options: Any) -> None:
        """Take Faust's place for the recovery."""
        super().__init__(app, **options)
        self._ours = Recovery(app, beacon=self.beacon, loop=self.loop)

    @property
    def recovery(self) -> Recovery:  # type: ignore[override]  # Faust declares its own class there, and calls only what ours has
        """Our recovery."""
        return self._ours

    async def on_start(self) -> None:
        """Start the tables; nothing is waited for."""
        await self._update_channels()
        await self.recovery.start()

    async def _update_channels(self) -> None:
        self._tables_finalized.set()
        for table in self.values():
            await table.maybe_start()
        self._tables_registered.set()

    async def on_stop(self) -> None:
        """Stop fetching, then the tables."""
        await self.app._fetcher.stop()  # noqa: SLF001 - as Faust's own does
        await self.recovery.stop()
        for table in self.values():
            await table.stop()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """End a recovery under way."""
        self.recovery.cancel()

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0) -> None:
        """Recover the new assignment."""
        self._recovery_started.set()
        self.recovery.begin(generation_id)
