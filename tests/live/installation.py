"""An installation of its own on the tests' broker: topics, workers with the counting stages, records in and out."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiokafka
import orjson

from stream.config.settings import Settings
from stream.intake.kafka import admin_client, apply, wanted_topics

ROOT = Path(__file__).parents[2]
START_SECONDS = 40.0
QUIET_SECONDS = 20.0


@dataclass
class Worker:
    """A worker process."""

    process: subprocess.Popen[str]
    log: Path
    address: str = ""

    def wait_ready(self) -> Self:
        """Wait for its line of readiness."""
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address, f"the worker did not start:\n{self.log.read_text()[-4000:]}"
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Ask one of its pages: status and text."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=20) as answer:  # noqa: S310 - our own address
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self, timeout: float = 30.0) -> int:
        """Wait for its end; its exit code."""
        return self.process.wait(timeout)

    def stop(self) -> int:
        """Stop it cleanly; its exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()


@dataclass
class Installation:
    """Topics with a prefix of their own, and the workers over them."""

    settings: Settings
    directory: Path
    workers: list[Worker] = field(default_factory=list)

    @classmethod
    def make(cls, bootstrap: str, directory: Path, **given: Any) -> Self:
        """Make the topics."""
        prefix = f"t{uuid4().hex[:8]}-"
        settings = Settings(bootstrap_servers=bootstrap, topic_prefix=prefix, application_id=f"{prefix}app", clock="played", **given)
        with admin_client(settings) as admin:
            apply(admin, wanted_topics(settings))
        return cls(settings, directory)

    def start(self, *, file_limit: int | None = None, **more: str) -> Worker:
        """Start a worker; `more` are settings, `file_limit` the bytes beyond which it can write no file."""
        settings = self.settings
        env = {
            **os.environ,
            "ANSWERABLE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "ANSWERABLE_TOPIC_PREFIX": settings.topic_prefix,
            "ANSWERABLE_APPLICATION_ID": settings.application_id,
            "ANSWERABLE_CLOCK": settings.clock,
            "ANSWERABLE_SESSION_TIMEOUT": "6s",
            "ANSWERABLE_WEB_PORT": "0",
            "ANSWERABLE_DATA_DIR": str(self.directory),
            **{f"ANSWERABLE_{name.upper()}": value for name, value in more.items()},
            **({} if file_limit is None else {"FILE_LIMIT": str(file_limit)}),
        }
        log = self.directory / f"worker-{len(self.workers)}.log"
        command = [sys.executable, "-m", "tests.live.counting_worker"]
        with log.open("w") as stderr:
            process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
        worker = Worker(process, log)
        self.workers.append(worker)
        return worker

    def start_all(self, count: int) -> list[Worker]:
        """Start workers at once, and wait until all are ready."""
        return [worker.wait_ready() for worker in [self.start() for _ in range(count)]]

    def close(self) -> None:
        """Kill what is left."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
            if worker.process.stdout is not None:
                worker.process.stdout.close()

    def send(self, records: Iterable[tuple[str, bytes, bytes]], *, rate: float | None = None) -> None:
        """Write (declared topic, key, value) records, at most `rate` a second."""
        asyncio.run(self._send(list(records), rate))

    def producer(self) -> Any:
        """A producer of the test's own."""
        return aiokafka.AIOKafkaProducer(bootstrap_servers=self.settings.brokers, linger_ms=5)

    async def _send(self, records: list[tuple[str, bytes, bytes]], rate: float | None) -> None:
        producer = self.producer()
        await producer.start()
        started = time.monotonic()
        sent = []
        for number, (topic, key, value) in enumerate(records):
            if rate is not None and number / rate > time.monotonic() - started:
                await asyncio.sleep(number / rate - (time.monotonic() - started))
            sent.append(await producer.send(self.settings.topic(topic), value, key))
        await asyncio.gather(*sent)
        await producer.stop()

    def read(self, topic: str, count: int) -> list[dict[str, Any]]:
        """Read committed records of a declared topic until `count` are there and then for a moment more, so that surplus shows."""
        return asyncio.run(self._read(topic, count))

    async def _read(self, topic: str, count: int) -> list[dict[str, Any]]:
        consumer = aiokafka.AIOKafkaConsumer(
            self.settings.topic(topic),
            bootstrap_servers=self.settings.brokers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [orjson.loads(record.value) for record in records]
                deadline = time.monotonic() + (1.0 if len(found) >= count else QUIET_SECONDS)
            if len(found) >= count:
                deadline = min(deadline, time.monotonic() + 1.0)
                count = 2**31
        await consumer.stop()
        return found


@contextmanager
def installation(bootstrap: str, directory: Path, **given: Any) -> Iterator[Installation]:
    """An installation that leaves nothing running."""
    made = Installation.make(bootstrap, directory, **given)
    try:
        yield made
    finally:
        made.close()


def events(ids: Iterable[int], *, keys: int = 37, prefix: str = "e") -> list[tuple[str, bytes, bytes]]:
    """Records for the counting stages, spread over contact-events and agent-events."""
    return [
        (
            "agent-events" if number % 3 == 0 else "contact-events",
            b"k%d" % (number % keys),
            record(f"{prefix}{number}", f"k{number % keys}"),
        )
        for number in ids
    ]


def record(identity: str, key: str) -> bytes:
    """One record."""
    return orjson.dumps({"id": identity, "k": key})


def counted(ids: Iterable[int], *, keys: int = 37) -> dict[str, Any]:
    """What a plain fold of these events gives: every id once, and per key the counts from 1 up."""
    identities = []
    per_key: dict[str, int] = {}
    for number in ids:
        identities.append(f"e{number}")
        per_key[f"k{number % keys}"] = per_key.get(f"k{number % keys}", 0) + 1
    return {"ids": sorted(identities), "counts": {key: list(range(1, count + 1)) for key, count in sorted(per_key.items())}}


def as_counted(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The same of what the workers wrote."""
    counts: dict[str, list[int]] = {}
    for one in found:
        counts.setdefault(one["k"], []).append(one["n"])
    return {"ids": sorted(one["id"] for one in found), "counts": {key: sorted(values) for key, values in sorted(counts.items())}}
