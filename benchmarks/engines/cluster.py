"""The broker as the race uses it: a topic for a peer's figures, how far a group has come, and nothing left of a run behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from benchmarks.engines.engine import Job
from stream.config.settings import Settings
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.core.topology import SCOPE_FACTS
from stream.errors import PartMissing
from stream.intake.kafka import apply_topics
from stream.wire.codec import CONTACT_TOPIC
from stream.wire.dead_letters import DEAD_LETTERS

OF_A_RUN: Final = (SCOPE_FACTS, QUEUE_READINGS, QUEUE_INTERVALS, STANDARD_BREACHES, DEAD_LETTERS)
"""The product's topics that are made anew for each run; the events stay."""

CHANGED_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1


class Cluster:
    """An admin client of the broker."""

    def __init__(self, bootstrap: str) -> None:
        """Not connected before `async with`."""
        self._bootstrap = bootstrap
        self._admin: Any = None

    async def __aenter__(self) -> Self:
        """Connect."""
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await self._admin.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Disconnect."""
        await self._admin.close()

    async def make(self, job: Job, exchange: str | None) -> None:
        """The topics that a run writes to: those of the product under its prefix, and for a peer its figures and its exchange."""
        prefix = job.filled.topic.removesuffix(CONTACT_TOPIC)
        settings = Settings(bootstrap_servers=job.bootstrap, topic_prefix=prefix, partitions=job.partitions)
        await asyncio.to_thread(apply_topics, settings)
        # Kept uncompressed, because our own reader cannot unpack everything that a peer may pack.
        configs = {"cleanup.policy": "compact", "compression.type": "uncompressed"}
        made = [NewTopic(job.output, job.partitions, 1, topic_configs=configs)]
        if exchange is not None:
            made.append(NewTopic(f"{job.name}-{exchange}", job.partitions, 1))
        await self._admin.create_topics(made)
        await _until(lambda: self._is_there(job))

    async def clear(self, job: Job) -> None:
        """Delete what a run has made: a busy disk would slow the next one."""
        prefix = job.filled.topic.removesuffix(CONTACT_TOPIC)
        own = {prefix + name for name in OF_A_RUN}
        names = [name for name in await self._admin.list_topics() if name in own or job.name in name]
        await self._admin.delete_topics(names)
        await _until(lambda: self._are_gone(names))

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """The committed offsets of a group; none where there is no such group yet."""
        with suppress(KafkaError):
            found = await self._admin.list_consumer_group_offsets(group)
            return {(part.topic, part.partition): at.offset for part, at in found.items() if at.offset >= 0}
        return {}

    async def _is_there(self, job: Job) -> bool:
        (found,) = await self._admin.describe_topics([job.output])
        return len(found["partitions"]) == job.partitions and all(part["leader"] >= 0 for part in found["partitions"])

    async def _are_gone(self, names: list[str]) -> bool:
        return not set(names) & set(await self._admin.list_topics())


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, for a while: brokers hear of a change a moment after the controller took it."""
    until = time.monotonic() + CHANGED_SECONDS
    while not await holds():
        if time.monotonic() > until:
            raise PartMissing(f"The broker has not made or deleted topics within {CHANGED_SECONDS:.0f} s: look after it.")
        await asyncio.sleep(LOOK_SECONDS)
