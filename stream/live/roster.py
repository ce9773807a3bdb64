"""Follows agent-events for supervisors: from the day before on, read by whichever worker is asked, and only once one has asked."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka.errors import KafkaError

from stream.core.events import Event
from stream.wire.codec import AGENT_TOPIC, decode_all

if TYPE_CHECKING:
    from stream.board.roster import Roster
    from stream.config.settings import Settings

log = logging.getLogger(__name__)

BEFORE: Final = 24 * 60 * 60_000
"""How far back (ms) is read: who said nothing since is in no shift any more."""
PATIENCE: Final = 10.0
"""Seconds that the first who asks waits for what was said until now."""
RETRY: Final = 1.0


class RosterReader:
    """Fills a roster from the first question on."""

    def __init__(self, settings: Settings, roster: Roster) -> None:
        """Nothing is read before somebody asks."""
        self._settings = settings
        self._roster = roster
        self._following: asyncio.Task[None] | None = None
        self._caught_up = asyncio.Event()

    async def rows(self, now: int) -> list[dict[str, Any]]:
        """The roster's rows, once all that was said until the first question has been read."""
        if self._following is None:
            self._following = asyncio.ensure_future(self._follow(now))
        try:
            await asyncio.wait_for(self._caught_up.wait(), PATIENCE)
        except TimeoutError:
            log.warning("agents are shown before all that was said of them has been read")
        return self._roster.rows(now)

    async def stop(self) -> None:
        """Follow no more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})

    async def _follow(self, now: int) -> None:
        while True:
            try:
                await self._read(now)
            except (KafkaError, OSError) as lost:
                log.warning("agents cannot be followed (%r): trying again", lost)
                await asyncio.sleep(RETRY)

    async def _read(self, now: int) -> None:
        topic = self._settings.topic(AGENT_TOPIC)
        consumer = aiokafka.AIOKafkaConsumer(
            topic, **self._settings.for_aiokafka(), group_id=None, enable_auto_commit=False, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            parts = list(consumer.assignment())
            first = await consumer.offsets_for_times(dict.fromkeys(parts, now - BEFORE))
            ends = await consumer.end_offsets(parts)
            for part in parts:
                consumer.seek(part, first[part].offset if first[part] is not None else ends[part])
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for event in decode_all(records, AGENT_TOPIC):
                        if isinstance(event, Event):
                            self._roster.take(event)
                if not self._caught_up.is_set() and all([await consumer.position(part) >= ends[part] for part in parts]):
                    self._caught_up.set()
        finally:
            await consumer.stop()
