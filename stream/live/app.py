"""The Faust app of this centre: Faust's settings, our transport and tables, and the processors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import faust

from stream.core.scope_stage import ScopeStage
from stream.core.topology import SOURCES
from stream.errors import StoreUnusable
from stream.live.changelogs import changelog_name
from stream.live.holding import Holding
from stream.live.pace import Pace
from stream.live.processors import OUTPUTS, TIMED, add_agents
from stream.live.recovery import Tables
from stream.live.rejoining import Rejoining
from stream.live.section import Folded, Processor, Section
from stream.live.stores.choose import choose
from stream.live.stores.position import Changelogs
from stream.live.tables import StateTable
from stream.live.transactions import Writer
from stream.live.transport import SCHEME
from stream.sinks.figures import WorkerFigures

if TYPE_CHECKING:
    from stream.config.settings import Settings
    from stream.core.declared import Standard
    from stream.core.snapshot import Snapshot
    from stream.live.partition import Partition
    from stream.live.transport import Consumer

COMMITS_A_SECOND: Final = 40.0
BURST: Final = 8
SCRAPE_WAIT: Final = 2.0
"""Seconds that a scrape waits for a partition's transaction under way; a partition that takes longer shows no series."""

FUTURE_TOLERANCE: Final = 10 * 60_000
HEARTBEATS_A_SESSION: Final = 12
"""A rebalance is noticed with the next heartbeat."""


class CentreApp(faust.App):
    """A Faust app that knows the partitions of this worker and what they need."""

    tables: Tables

    def __init__(
        self, settings: Settings, processors: Sequence[Processor], partitions: int, changelogs: Changelogs, **options: Any
    ) -> None:
        """Make the app; nothing is connected before it starts. Raises PartMissing or StoreUnusable where the state cannot be kept."""
        super().__init__(settings.installation, **options)
        self.changelogs = changelogs
        self.store = choose(settings, changelogs.retention)
        self.in_worker = True
        self.settings = settings
        self.connection: dict[str, Any] = settings.for_aiokafka()
        self.processors = tuple(processors)
        self.partitions = partitions
        self.outputs = OUTPUTS
        self.timed = TIMED
        self.batch_size = settings.batch_size
        self.played = settings.clock == "played"
        self.histograms_by_queue = settings.histograms_by_queue
        self.tolerance = FUTURE_TOLERANCE
        self.reject_share = settings.reject_share
        self.keep_rejected_bytes = settings.keep_rejected_bytes
        self.pace = Pace(COMMITS_A_SECOND, BURST)
        self.figures = WorkerFigures(canary=settings.canary)
        for processor in self.processors:
            self.figures.topic(SOURCES[processor.name])
        self.holding = Holding(self)
        self.failed: BaseException | None = None
        self.opened = asyncio.Event()
        self.ended = asyncio.Event()
        self._rejoining = Rejoining(self._rejoin, lambda: self.figures.rebalances)

    def now(self) -> int:
        """The worker's clock, ms."""
        return time.time_ns() // 1_000_000

    def topic_name(self, declared: str) -> str:
        """The name in Kafka of a declared topic."""
        return self.settings.topic(declared)

    def changelog(self, processor: str) -> str:
        """The name of a processor's changelog topic."""
        return changelog_name(self.settings, processor)

    @property
    def reader(self) -> Consumer:
        """The consumer, as our transport's."""
        return cast("Consumer", self.consumer)

    def writer(self, number: int) -> Writer:
        """A producer of a partition number's transactions, not started: starting it fences whoever holds the number."""
        return Writer(self.connection, f"{self.conf.id}-{number}", self.conf.id)

    def table_of(self, processor: str) -> StateTable:
        """The table of a processor."""
        return cast("StateTable", self.tables[processor])

    def fail(self, error: BaseException) -> None:
        """End the worker because of an error; the first one is told."""
        if self.failed is None:
            self.failed = error
        for partition in self.holding.partitions.values():
            partition.open = False
        self.ended.set()

    def rejoin_soon(self, *, after: float) -> None:
        """Ask for a new assignment, unless one comes before."""
        self._rejoining.soon(after)

    async def _rejoin(self) -> None:
        if not self.should_stop:
            await self.reader.thread.rejoin()

    def count(self, section: Section, folded: Folded, read: int) -> None:
        """Count what was committed."""
        if not read:
            return
        figures = self.figures.topic(SOURCES[section.processor.name])
        for _, rejected in folded.rejected:
            figures.reject(rejected.reason)
        figures.unknown_queue += section.processor.astray(folded.folded)
        figures.unknown_agent += section.processor.strangers(folded.folded)
        known = getattr(section.stage, "figures", None)
        if known is None:
            figures.processed += len(folded.folded)
        else:
            figures.processed += known["processed"]
            figures.late += known["late"]
            figures.duplicate += known["duplicate"]
            known.update(dict.fromkeys(known, 0))
        if not self.played and section.processor.name in self.timed:
            now = self.now()
            figures.delay([now - event.time for event in folded.folded])

    def in_session(self) -> bool:
        """Say whether the group surely still counts us in."""
        return self._consumer is not None and self.reader.thread.in_session()

    def standards(self, begun_with: Sequence[Standard]) -> Sequence[Standard]:
        """What is promised now, as the partitions of this worker hold it: a change may have come since it began with its file."""
        for partition in self.holding.partitions.values():
            for section in partition.sections.values():
                if partition.recovered and isinstance(section.stage, ScopeStage):
                    return section.stage.frame.standards
        return begun_with

    async def snapshots(self) -> list[Snapshot]:
        """What the partitions show that are here and recovered; nothing where our session may be lost.

        Where partitions stand is forgotten then, too: a worker that was stopped for long may be asked before its next tick.
        """
        shown = await asyncio.gather(*map(self._snapshots_of, self.holding.partitions.values()))
        if not self.in_session():
            self.holding.forget_figures()
            return []
        return [snapshot for snapshots in shown for snapshot in snapshots]

    async def _snapshots_of(self, partition: Partition) -> list[Snapshot]:
        try:
            return await asyncio.wait_for(partition.snapshots(), SCRAPE_WAIT)
        except TimeoutError:
            return []


def build_app(settings: Settings, processors: Sequence[Processor], partitions: int, changelogs: Changelogs | None = None) -> CentreApp:
    """Build the app of one worker; `changelogs`: what Kafka says of them. Raises PartMissing or StoreUnusable."""
    session = settings.session_timeout / 1000
    data_dir = settings.data_dir / "faust"
    # Faust makes its own folder, but none above it.
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise StoreUnusable(data_dir, refused.strerror or str(refused)) from None
    app = CentreApp(
        settings,
        processors,
        partitions,
        changelogs or Changelogs(),
        broker=f"{SCHEME}://{settings.brokers[0]}",
        processing_guarantee="exactly_once",
        key_serializer="raw",
        value_serializer="raw",
        Table=StateTable,
        TableManager=Tables,
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        datadir=str(data_dir),
        store="memory://",
        stream_wait_empty=False,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / HEARTBEATS_A_SESSION,
        broker_rebalance_timeout=60.0,
        broker_request_timeout=max(40.0, session + 5),
    )
    for processor in app.processors:
        app.Table(processor.name, key_type=bytes, value_type=bytes, partitions=partitions)
    add_agents(app)
    return app
