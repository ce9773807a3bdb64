"""The product as it runs in production, on a broker of its own: workers on the wall clock, for latency, recovery and scraping."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiokafka import AIOKafkaProducer

from benchmarks.engines.cluster import Cluster
from benchmarks.filling import BATCH_BYTES, Filling
from stream.config.settings import Settings
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import apply_topics
from stream.wire.codec import CONTACT_TOPIC
from stream.worker_process import WorkerProcess

PARTITIONS: Final = 4
SESSION_TIMEOUT: Final = "6s"
LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 120.0


@contextmanager
def declared(text: str) -> Iterator[Path]:
    """A centre's file that says so, as long as it is needed."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as centre:
        centre.write(text)
        centre.flush()
        yield Path(centre.name)


@dataclass(slots=True)
class Installation:
    """A broker, its topics, and workers that are ready."""

    settings: Settings
    workers: list[WorkerProcess]
    sent: int = 0

    async def send(self, events: Iterable[Event]) -> None:
        """Send events as fast as it goes; the time in them is what counts."""
        producer: Any = AIOKafkaProducer(**self.settings.for_aiokafka(), acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
        await producer.start()
        try:
            filling = Filling(producer, self.settings)
            for event in events:
                await filling.event(event)
            await filling.finish()
            self.sent += sum(filling.records)
        finally:
            await producer.stop()

    async def settled(self) -> None:
        """Wait until the workers have committed all that was sent. Raises PartMissing where they do not move any more."""
        moved, last = time.monotonic(), -1
        async with Cluster(self.settings.bootstrap_servers) as cluster:
            while True:
                for worker in self.workers:
                    worker.check()
                offsets = await cluster.committed(self.settings.installation)
                done = sum(offset for (topic, _), offset in offsets.items() if topic == self.settings.topic(CONTACT_TOPIC))
                if done >= self.sent:
                    return
                if done != last:
                    moved, last = time.monotonic(), done
                elif time.monotonic() - moved > PATIENCE_SECONDS:
                    raise PartMissing(f"The workers are stuck at {done} of {self.sent} events.")
                await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def installation(
    count: int, centre: Path, standards: Path, *, partitions: int = PARTITIONS, store: str = "memory"
) -> AsyncIterator[Installation]:
    """So many workers on the wall clock, under that centre and those standards."""
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as scratch, Broker(Path(scratch) / "broker") as broker:
        settings = Settings(bootstrap_servers=broker.bootstrap, partitions=partitions)
        await asyncio.to_thread(apply_topics, settings)
        named = {
            "bootstrap_servers": broker.bootstrap,
            "partitions": str(partitions),
            "store": store,
            "session_timeout": SESSION_TIMEOUT,
            "centre_file": str(centre),
            "standards_file": str(standards),
        }
        workers = [WorkerProcess(number, Path(scratch), named) for number in range(1, count + 1)]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                await asyncio.to_thread(worker.wait)
            yield Installation(settings, workers)
        finally:
            for worker in workers:
                worker.kill()


async def scrape(session: aiohttp.ClientSession, address: str) -> bytes:
    """A worker's metrics page."""
    async with session.get(f"{address}/metrics") as answer:
        return await answer.read()


def samples(page: bytes, name: str) -> Mapping[str, float]:
    """The samples of one metric by their labels, braces included."""
    found: dict[str, float] = {}
    begin = name.encode()
    for line in page.splitlines():
        if line.startswith(begin):
            labels, _, value = line[len(begin) :].decode().rpartition(" ")
            found[labels] = found.get(labels, 0.0) + float(value)
    return found
