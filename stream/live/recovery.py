"""Our own recovery: on every assignment fence, compare, read the changelogs where they differ, and seek the sources to the marks.

A partition that was kept may meanwhile have been held by another worker, so nothing in memory is believed: if the changelog does
not end exactly where our own last transaction ended, the stage is made anew, of the copy that this worker's store has of the
changelog and of what follows its position (`stream.live.stores`). And a table is never empty because nothing could be read: reading
ends only when the position has reached the end that the broker named after the fencing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka.errors import KafkaError
from faust.tables.manager import TableManager
from faust.types.tuples import TP
from mode import Service

from stream.live.continuity import check_source
from stream.live.fetching import fetch
from stream.live.stores.position import Position, goes_on

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

    from stream.live.app import CentreApp
    from stream.live.partition import Partition
    from stream.live.section import Section
    from stream.live.stores.entries import Entries

log = logging.getLogger(__name__)

RETRY: Final = 1.0
LANES: Final = 4
"""Partitions that are read at a time: while one is unpacked, the broker gets the others ready."""


@dataclass(slots=True)
class Copy:
    """What is read of one changelog partition: into which entries, and from where to where."""

    entries: Entries
    topic: str  # Kafka's id of the changelog
    begin: int
    end: int
    asked: int  # when (ms) the end was asked for: what lies behind it was written later


async def read_changelogs(client: AIOKafkaClient, copies: Mapping[TP, Copy]) -> int:
    """Read each changelog partition into its entries until the position reaches the end; give the number of records.

    Raises StateUnreadable for a record that is damaged or has no key, StoreUnusable where the entries cannot be kept.
    """
    lanes = asyncio.Semaphore(LANES)

    async def read(tp: TP, copy: Copy) -> int:
        count = 0
        position = copy.begin
        async with lanes:
            while position < copy.end:
                found = await fetch(client, tp, position)
                if found.position > position:
                    position = found.position
                    copy.entries.apply(found.pairs, Position(copy.topic, position, found.at))
                    count += len(found.pairs)
        copy.entries.apply((), Position(copy.topic, max(position, copy.end), copy.asked))
        return count

    reading = [asyncio.ensure_future(read(tp, copy)) for tp, copy in copies.items()]
    try:
        return sum(await asyncio.gather(*reading))
    finally:
        for task in reading:
            task.cancel()


async def fence_all(held: Iterable[Partition]) -> None:
    """Fence all partitions. Where one fails, and where this is cancelled, the others are told to end and waited for.

    Raises what the first of those that failed raised.
    """
    fencing = [asyncio.ensure_future(partition.fence()) for partition in held]
    if not fencing:
        return
    try:
        await asyncio.wait(fencing, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        # Once each: a second cancellation would keep them from stopping their producers.
        for task in fencing:
            task.cancel()
        await asyncio.wait(fencing)
    failures = [failed for task in fencing if not task.cancelled() and (failed := task.exception()) is not None]
    if failures:
        raise failures[0]


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
        if generation != self.app.consumer_generation_id:
            return  # the group goes on without this assignment, and fencing would stop whoever has its numbers by now
        started = monotonic()
        held = list(self.app.holding.partitions.values())
        await fence_all(held)
        restored, count = await self._restore(held)
        marks = await self._seek({partition.source(section): section for partition in held for section in partition.sections.values()})
        if generation != self.app.consumer_generation_id or self.should_stop:
            return
        await self._resume(marks)
        said = "%d partitions are open after %.2f s: %d stages were made anew, of %d records that were read"
        log.info(said, len(held), monotonic() - started, restored, count)
        await self.app.holding.settle_in()

    async def _restore(self, held: Iterable[Partition]) -> tuple[int, int]:
        """Make those stages anew that are not as we left them; give how many they are, and how many records were read."""
        changelogs = {partition.changelog(section): (partition, section) for partition in held for section in partition.sections.values()}
        if not changelogs:
            return 0, 0
        consumer = aiokafka.AIOKafkaConsumer(
            **self.app.connection,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
        )
        try:
            await consumer.start()
            asked = self.app.now()
            tps = [aiokafka.TopicPartition(*tp) for tp in changelogs]
            ends = {TP(*tp): end for tp, end in (await consumer.end_offsets(tps)).items()}
            beginnings = {TP(*tp): begin for tp, begin in (await consumer.beginning_offsets(tps)).items()}
            copies = {
                tp: self._copy(section, (beginnings[tp], ends[tp]), asked)
                for tp, (partition, section) in changelogs.items()
                if partition.ends.get(tp) != ends[tp]
            }
            count = await read_changelogs(consumer._client, copies)  # noqa: SLF001 - a consumer has a client and does not offer it
        finally:
            await consumer.stop()
        for tp, copy in copies.items():
            partition, section = changelogs[tp]
            partition.restore(section, copy.entries, ends[tp])
            await asyncio.sleep(0)
        return len(copies), count

    def _copy(self, section: Section, bounds: tuple[int, int], asked: int) -> Copy:
        """The entries of a section, to be read on from their position where it can be believed, else from the beginning."""
        known = self.app.changelogs
        entries = self.app.table_of(section.processor.name).entries(section.number)
        topic = known.id_of(section.processor.name)
        position = entries.position
        if position is not None and goes_on(position, topic, bounds, now=asked, retention=known.retention):
            return Copy(entries, topic, position.offset, bounds[1], asked)
        entries.clear()
        return Copy(entries, topic, *bounds, asked)

    async def _seek(self, sections: Mapping[TP, Section]) -> dict[TP, int]:
        """Read on from the marks, and give them; what retention has deleted before it was read is lost, and said so.

        Raises PartMissing where a source cannot be what it was read from up to its mark.
        """
        bounds = await self.app.reader.thread.bounds(sections) if sections else {}
        for tp, (begin, end) in bounds.items():
            section = sections[tp]
            check_source(tp, section, end, self.app.changelogs.source_of(section.processor.name))
            if 0 < section.mark < begin:
                log.error("%s: records %d to %d were deleted before they were read", tp, section.mark, begin - 1)
        marks = {tp: section.mark for tp, section in sections.items()}
        await self.app.reader.thread.seek_to(marks)
        return marks

    async def _resume(self, marks: Iterable[TP]) -> None:
        """Let Faust deliver again, as its own recovery does at its end, and whoever waits for the tables hear of them before."""
        app = self.app
        await app.on_rebalance_complete.send()
        for name, table in app.tables.items():
            await table.on_recovery_completed({TP(app.changelog(name), number) for number in app.holding.partitions}, set())
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
        self.app.store.close()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """End a recovery under way."""
        self.recovery.cancel()

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0) -> None:
        """Recover the new assignment."""
        self._recovery_started.set()
        self.recovery.begin(generation_id)
