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
from aiokafka.errors import CorruptRecordException, KafkaError
from faust.tables.manager import TableManager
from faust.types.tuples import TP
from mode import Service

from stream.errors import StateUnreadable
from stream.live.stores.position import Position, goes_on

if TYPE_CHECKING:
    from stream.live.app import CentreApp
    from stream.live.partition import Partition
    from stream.live.section import Section
    from stream.live.stores.entries import Entries

log = logging.getLogger(__name__)

RETRY: Final = 1.0
POLL_MS: Final = 200
FETCH_BYTES: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class Copy:
    """What is read of one changelog partition: into which entries, and from where to where."""

    entries: Entries
    topic: str  # Kafka's id of the changelog
    begin: int
    end: int
    asked: int  # when (ms) the end was asked for: what lies behind it was written later


async def read_changelogs(consumer: aiokafka.AIOKafkaConsumer, copies: Mapping[TP, Copy]) -> int:
    """Read each changelog partition into its entries until the position reaches the end; give the number of records.

    Raises StateUnreadable for a record that is damaged or has no key, StoreUnusable where the entries cannot be kept.
    """
    count = 0
    left = {aiokafka.TopicPartition(*tp): copy for tp, copy in copies.items() if copy.begin < copy.end}
    consumer.assign(list(left))
    for tp, copy in left.items():
        consumer.seek(tp, copy.begin)
    while left:
        try:
            fetched = await consumer.getmany(timeout_ms=POLL_MS)
        except CorruptRecordException as damaged:
            raise StateUnreadable(await _damaged(consumer, left)) from damaged
        for tp, records in fetched.items():
            copy = left[tp]
            position = Position(copy.topic, records[-1].offset + 1, records[-1].timestamp)
            copy.entries.apply(_changes(records), position)
            count += len(records)
        for tp in [tp for tp, copy in left.items() if await consumer.position(tp) >= copy.end]:
            del left[tp]
            consumer.pause(tp)
    for copy in copies.values():
        copy.entries.apply((), Position(copy.topic, copy.end, copy.asked))
    return count


def _changes(records: Iterable[Any]) -> list[tuple[bytes, bytes | None]]:
    """What the records say; StateUnreadable where one has no key."""
    changes = [(record.key, record.value) for record in records]
    if any(key is None for key, _ in changes):
        keyless = next(record for record in records if record.key is None)
        problem = (
            f"Record {keyless.offset} of {keyless.topic}, partition {keyless.partition}, has no key, so no worker wrote it: "
            "find out who did, and make the state anew with `answerable worker --rebuild`."
        )
        raise StateUnreadable(problem)
    return changes


async def _damaged(consumer: aiokafka.AIOKafkaConsumer, left: Iterable[Any]) -> str:
    """Where reading stopped at a record that does not match its check sum: each partition is asked by itself."""
    where = "a changelog"
    for tp in left:
        try:
            await consumer.getmany(tp, timeout_ms=POLL_MS)
        except CorruptRecordException:
            where = f"{tp.topic}, partition {tp.partition}, at offset {await consumer.position(tp)} or soon after it,"
    return f"A record of {where} is damaged: restore the topic from a replica, or make the state anew with `answerable worker --rebuild`."


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
        restored, count = await self._restore(held)
        marks = {partition.source(section): section.mark for partition in held for section in partition.sections.values()}
        await self._seek(marks)
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
            fetch_max_wait_ms=50,
            max_partition_fetch_bytes=FETCH_BYTES,
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
            count = await read_changelogs(consumer, copies)
        finally:
            await consumer.stop()
        for tp, copy in copies.items():
            partition, section = changelogs[tp]
            section.restore(copy.entries)
            partition.ends[tp] = ends[tp]
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
        self.app.store.close()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """End a recovery under way."""
        self.recovery.cancel()

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0) -> None:
        """Recover the new assignment."""
        self._recovery_started.set()
        self.recovery.begin(generation_id)
