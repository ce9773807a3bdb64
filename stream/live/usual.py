"""Reads what is usual at this time out of queue-intervals, while somebody looks at the board.

Only the half-hours of the same time in earlier weeks are read: the topic is asked for the offsets of the times at which they were
closed, so that of a year of intervals some minutes are. An interval is told when its lateness has passed; a correction that came
much later is not seen here.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiokafka
import orjson
from aiokafka.errors import KafkaError

from stream.core.breach import moment
from stream.core.stage import QUEUE_INTERVALS
from stream.core.windows import HALF_HOUR

if TYPE_CHECKING:
    from stream.board.usual import Usual
    from stream.config.settings import Settings

log = logging.getLogger(__name__)

LATER: Final = 10 * 60_000
"""How long after its end (ms) an interval is looked for: the lateness, and what a restart of its worker takes."""
AGAIN: Final = 5 * 60_000
"""After a failure it is tried again after so long (ms)."""


class UsualReader:
    """Fills a `Usual` once per half-hour, in the background."""

    def __init__(self, settings: Settings, usual: Usual) -> None:
        """Nothing is read before somebody asks."""
        self._settings = settings
        self._usual = usual
        self._next = 0
        self._reading: asyncio.Task[None] | None = None

    def ask(self, now: int) -> None:
        """Somebody looks at the board: read what it needs, unless that is being done or was."""
        if now < self._next or (self._reading is not None and not self._reading.done()):
            return
        self._next = now + AGAIN
        self._reading = asyncio.ensure_future(self._fill(now))

    async def stop(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def _fill(self, now: int) -> None:
        try:
            await self.read(now)
            self._next = self._usual.calendar.half_hour(now)[1]
        except (KafkaError, OSError) as lost:
            log.warning("what is usual cannot be read (%r): the board says causes without it", lost)

    async def read(self, now: int) -> None:
        """Read the half-hours that matter at `now` (ms)."""
        self._usual.forget(now)
        wanted = self._usual.wanted(now)
        by_week: dict[int, list[int]] = {}
        for start, week in wanted.items():
            by_week.setdefault(week, []).append(start)
        consumer = aiokafka.AIOKafkaConsumer(
            **self._settings.for_aiokafka(), group_id=None, enable_auto_commit=False, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            topic = self._settings.topic(QUEUE_INTERVALS)
            parts = [aiokafka.TopicPartition(topic, number) for number in await _partitions(consumer, topic)]
            if not parts:
                return
            consumer.assign(parts)
            for starts in by_week.values():
                await self._span(consumer, parts, min(starts) + HALF_HOUR, max(starts) + HALF_HOUR + LATER, wanted)
        finally:
            await consumer.stop()

    async def _span(self, consumer: Any, parts: list[Any], begin: int, end: int, wanted: dict[int, int]) -> None:
        """Read what was appended from `begin` to `end` (ms)."""
        first = await consumer.offsets_for_times(dict.fromkeys(parts, begin))
        beyond = await consumer.offsets_for_times(dict.fromkeys(parts, end))
        newest = await consumer.end_offsets(parts)
        until = {}
        for part in parts:
            if first[part] is not None:
                until[part] = beyond[part].offset if beyond[part] is not None else newest[part]
                consumer.seek(part, first[part].offset)
        consumer.pause(*parts)
        left = {part for part, stop in until.items() if first[part].offset < stop}
        consumer.resume(*left)
        while left:
            for part, records in (await consumer.getmany(*left, timeout_ms=500)).items():
                for record in records:
                    if record.offset < until[part]:
                        self._take(record.key, record.value, wanted)
            for part in list(left):
                if await consumer.position(part) >= until[part]:
                    consumer.pause(part)
                    left.discard(part)

    def _take(self, key: bytes, value: bytes | None, wanted: dict[int, int]) -> None:
        scope, window, start = key.decode().split("|")
        if window == "30m" and value is not None and moment(start) in wanted:
            self._usual.take(scope, moment(start), orjson.loads(value)["measures"])


async def _partitions(consumer: Any, topic: str) -> list[int]:
    """The topic's partitions; none where it is not there."""
    await consumer._client.force_metadata_update()  # noqa: SLF001 - without a subscription aiokafka asks for no topic by itself
    return sorted(consumer.partitions_for_topic(topic) or ())
