"""What the tests of running intakes share: an installation of their own, the command as a child process, what came into the topics."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from stream.config.settings import Settings, load
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.errors import DataError
from stream.intake.follow import saved_position
from stream.intake.kafka import apply_topics
from stream.wire.codec import EVENT_TOPICS, decode
from tests.parts.topics import records_of

PATIENCE: Final = 90.0
"""Seconds in which a loaded machine does anything."""


def installation(broker: Broker) -> Settings:
    """The settings of an installation with its topics, that nobody else uses."""
    found = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"l{uuid4().hex[:8]}-", partitions=2)
    apply_topics(found)
    return found


def command(settings: Settings, source: str, state: Path, *words: str | Path) -> list[str]:
    """The call of `answerable listen`; `words`: where the source is."""
    found = [sys.executable, "-m", "stream", "listen", "--source", source, "--state", str(state), *map(str, words)]
    return [*found, "--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix, "--web-port", "0", "--json"]


@contextmanager
def running(called: Sequence[str], **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen`, ready, with the address of its pages; what it says on stderr is the caller's to read."""
    with ready(called, **environment) as (process, told):
        yield process, told["web"]


@contextmanager
def ready(called: Sequence[str], **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """The same with all that its line of readiness tells."""
    process = subprocess.Popen(called, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def page(address: str) -> list[str]:
    """The lines of /metrics."""
    with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - our own address
        text: str = answer.read().decode()
    return text.splitlines()


def until(met: Callable[[], bool], what: str) -> None:
    """Wait for something, for as long as a loaded machine may take."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.05)


def until_read(state: Path, log: Path) -> None:
    """Wait until the saved position is the end of the log."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(DataError):
            saved = saved_position(state, log)
            if saved and (saved["position"]["inode"], saved["position"]["offset"]) == (log.stat().st_ino, log.stat().st_size):
                return
        time.sleep(0.1)
    pytest.fail(f"{log} was not read to its end")


def published(settings: Settings, topics: tuple[str, ...] = EVENT_TOPICS) -> list[Event]:
    """All events of the topics, copies included."""
    return [decode(one.value, one.headers, one.key) for one in records_of(settings, topics)]
