"""Follows what an engine commits: keeps the last value of each key as bytes, and parses nothing before it is asked to."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.engines.engine import Run


class Following:
    """A read-committed reader of some topics, from their beginning."""

    def __init__(self, bootstrap: str, run: Run, partitions: int) -> None:
        """Nothing is read before `async with`."""
        self.outputs: dict[tuple[str, bytes], bytes] = {}
        self.changes = 0
        """How many values were new."""

        self._run = run
        self._parts = [TopicPartition(topic, number) for topic in run.topics for number in range(partitions)]
        self._consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", fetch_max_wait_ms=100)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to read."""
        await self._consumer.start()
        self._consumer.assign(self._parts)
        await self._consumer.seek_to_beginning(*self._parts)
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._consumer.stop()

    def check(self) -> None:
        """Raise what ended the reading, if anything did."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def _follow(self) -> None:
        outputs, wants = self.outputs, self._run.wants
        while True:
            for part, records in (await self._consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    key = part.topic, record.key
                    if record.value is not None and wants(part.topic, record.key) and outputs.get(key) != record.value:
                        outputs[key] = record.value
                        self.changes += 1
