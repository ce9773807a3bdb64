"""A running `answerable listen`, what it shows, and what it has published."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stream.config.settings import Settings
from stream.core.events import Event
from stream.wire.codec import EVENT_TOPICS, decode
from tests.parts.topics import records_of

PATIENCE: Final = 120.0


def listen(settings: Settings, source: str, mapping: Path) -> list[str]:
    """The words of the command; its state is kept beside the mapping."""
    words = ["listen", "--source", source, "--mapping", str(mapping), "--state", str(mapping.with_name("state.json")), "--web-port", "0"]
    return [*words, "--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix, "--json"]


@contextmanager
def listening(
    settings: Settings, source: str, mapping: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The command as a process, ready, with the address of its pages. `environment`: what it has beside ours."""
    call = [sys.executable, "-m", "stream", *listen(settings, source, mapping)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        yield process, json.loads(line)["web"]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def metrics(address: str) -> dict[str, float]:
    """The figures of the source on its page; one that has a reason is the last reason's."""
    with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - our own address
        page = answer.read().decode()
    return {name: float(value) for name, value in re.findall(r"^(cc_source_\w+)\{[^}]*\} (\S+)$", page, re.MULTILINE)}


def until(met: Callable[[], bool], what: str) -> None:
    """Wait for something, for as long as a loaded machine may take."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.05)


def published(settings: Settings) -> list[Event]:
    """All events of the topics, copies included."""
    return [decode(one.value, one.headers, one.key) for one in records_of(settings, EVENT_TOPICS)]


def plain(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Events in a fixed order, to be compared whole."""
    return sorted((one.id, one.time, one.type, one.subject, json.dumps(one.data, sort_keys=True)) for one in events)


def once(events: Iterable[Event]) -> list[Event]:
    """Each event once, as workers count it."""
    return list({one.id: one for one in events}.values())
