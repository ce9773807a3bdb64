"""All partition numbers that this worker holds: they are taken over, opened, suspended and given up together."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

from stream.core.topology import SOURCES
from stream.live.garbage import give_back, tidy
from stream.live.partition import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from faust.types.tuples import TP

    from stream.live.app import CentreApp

TICK: Final = 1.0
FIRST_TICK: Final = 0.05
GIVE_BACK_TICKS: Final = 60


class Holding:
    """The partitions of this worker by number."""

    def __init__(self, app: CentreApp) -> None:
        """Begin without any."""
        self.app = app
        self.partitions: dict[int, Partition] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def suspend(self) -> None:
        """Let no new transaction begin, and wait for those under way: a rebalance has begun."""
        held = list(self.partitions.values())
        for partition in held:
            partition.open = False
            partition.recovered = False
        self.forget_figures()
        self.app.figures.ready = False
        for partition in held:
            async with partition.lock:
                pass

    async def assign(self, assigned: Iterable[TP]) -> None:
        """Give up what is no longer ours, and make what is new; recovery opens them."""
        await self.suspend()
        topics = {processor.topic for processor in self.app.processors}
        numbers = {tp.partition for tp in assigned if tp.topic in topics}
        for number in set(self.partitions) - numbers:
            self._give_up(number)
        for number in sorted(numbers - set(self.partitions)):
            self.partitions[number] = Partition(self.app, number)
        self.app.figures.assigned = dict.fromkeys([SOURCES[processor.name] for processor in self.app.processors], len(numbers))
        self.app.figures.rebalances += 1

    def _give_up(self, number: int) -> None:
        partition = self.partitions.pop(number)
        for processor in self.app.processors:
            self.app.table_of(processor.name).drop(number)
        task = asyncio.ensure_future(partition.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def is_ahead(self, tp: TP) -> bool:
        """Whether a source of ours is so far ahead of all others that it should not be read for now."""
        partition = self.partitions.get(tp.partition)
        return partition is not None and partition.is_ahead(tp.topic)

    def open(self) -> None:
        """Begin to process."""
        tidy()
        for partition in self.partitions.values():
            partition.open = True

    async def settle_in(self) -> None:
        """Wait until every partition has moved on to the present once; from then on this worker is ready."""
        held = list(self.partitions.values())
        while behind := [partition for partition in held if partition.open and not partition.recovered]:
            # wait() leaves them to their transactions where this is cancelled.
            await asyncio.wait([asyncio.ensure_future(self._tick(partition)) for partition in behind])
            await asyncio.sleep(FIRST_TICK)
        if all(partition.recovered for partition in held):
            self.app.figures.ready = True
            self.app.opened.set()

    async def close(self) -> None:
        """End: finish what is under way, and close all producers."""
        self.app.figures.ready = False
        await asyncio.gather(*(partition.close() for partition in self.partitions.values()), *self._closing)
        self.partitions = {}

    async def tick(self) -> None:
        """Once a second, time moves on in every partition; one that takes longer misses a tick and delays no other.

        Their turns are spread over the second: a tick makes all readings of a partition, and meanwhile nothing else goes on.
        """
        ticking: dict[int, asyncio.Task[None]] = {}
        try:
            for count in itertools.count(1):
                held = list(self.partitions.items())
                for number, partition in held:
                    await asyncio.sleep(TICK / len(held))
                    if partition.open and (number not in ticking or ticking[number].done()):
                        ticking[number] = asyncio.ensure_future(self._tick(partition))
                if not held:
                    await asyncio.sleep(TICK)
                self._watch()
                if count % GIVE_BACK_TICKS == 0:
                    give_back()
        finally:
            for task in ticking.values():
                task.cancel()

    async def _tick(self, partition: Partition) -> None:
        try:
            await partition.tick()
        except Exception as error:  # noqa: BLE001 - the worker ends with it
            self.app.fail(error)

    def forget_figures(self) -> None:
        """Show of no partition any more where it stands."""
        self.app.figures.lag = {}
        self.app.figures.watermarks = {}

    def _watch(self) -> None:
        """Fill in where the partitions stand; nothing where another worker may have them already."""
        figures = self.app.figures
        self.forget_figures()
        if not self.app.in_session():
            return
        for partition in self.partitions.values():
            if not partition.recovered:
                continue
            for section in partition.sections.values():
                tp = partition.source(section)
                topic = SOURCES[section.processor.name]
                behind = self.app.reader.thread.lag(tp)
                if behind is not None:
                    figures.lag[topic, tp.partition] = behind + self.app.reader.inbox(tp).size
                watermark = getattr(section.stage, "watermark", None)
                if watermark is not None and watermark.settled > 0:
                    figures.watermarks[topic, tp.partition] = watermark.settled
