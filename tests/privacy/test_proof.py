"""The proof on a real Kafka: who asks to be forgotten leaves every changelog, figures stay, and a raw number is nowhere.

One worker, its changelogs with small segments that are compacted at once; calls of a call log, whose column of numbers is personal.
What workers keep of their state is in memory, or on disk in RocksDB.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from kafka.admin import ConfigResource, ConfigResourceType

from stream.cli import main
from stream.config.settings import Settings, load
from stream.core.pseudonyms import Pseudonyms
from stream.core.topology import SOURCES
from stream.embedded.broker import Broker
from stream.intake.kafka import admin_client, apply_topics
from stream.live.changelogs import changelog_name

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 150.0
KEY = "a secret of the test's own"
FORGOTTEN, STAYS = "+49 30 5550100", "+49 30 5550199"
REF, OTHER = (Pseudonyms(KEY.encode()).of("customer", number) for number in (FORGOTTEN, STAYS))
MAPPING = """\
version: 1
time_zone: UTC
contact: {id: [call]}
times: {columns: [queued, taken, over], format: iso}
begun: queued
offered: queued
answered: taken
ended: over
left_queue: over
queue: {value: billing}
channel: {value: call}
customer: {column: number}
outcome: {column: result, values: {DONE: answered, GONE: abandoned}}
"""
AT_ONCE = {
    "segment.ms": "500",
    "min.cleanable.dirty.ratio": "0.001",
    "max.compaction.lag.ms": "500",
    "delete.retention.ms": "100",
    "file.delete.delay.ms": "100",
}
"""A changelog that is compacted as fast as Kafka can."""
SETTLED = ("offered", "answered", "abandoned", "closed", "issues_opened", "issues_resolved", "fcr", "resolution_rate")
"""Figures that no later moment changes."""


@dataclass
class Running:
    """A worker of the product."""

    process: subprocess.Popen[str]
    web: str
    log: Path

    def page(self, path: str) -> str:
        """One of its pages."""
        with urllib.request.urlopen(self.web + path, timeout=10) as answer:  # noqa: S310 - our own address
            text: str = answer.read().decode()
        return text

    def figures(self) -> dict[str, Any]:
        """What is said of everything."""
        for one in json.loads(self.page("/api/readings"))["readings"]:
            if one["scope"] == {} and one["window"] is None:
                return {name: one["measures"].get(name) for name in SETTLED}
        return {}

    def all_of_them(self) -> dict[str, Any]:
        """The figures once they have all five calls, four of which are of somebody; nothing before."""
        found = self.figures()
        return found if found.get("issues_opened") == 5 and found["fcr"]["provisional"] == 4 else {}


@contextmanager
def worker(settings: Settings, place: Path, **more: str) -> Iterator[Running]:
    """One worker, from its line of readiness to its clean end."""
    centre = place / "centre.yaml"
    shipped = (ROOT / "deploy/centre.yaml").read_text()
    centre.write_text(shipped.replace("lateness: 1m", "lateness: 10s"))
    log = place / f"worker-{uuid.uuid4().hex[:4]}.log"
    options = ["--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix, "--centre", str(centre)]
    options += ["--application-id", settings.application_id, "--web-port", "0", "--json", "--log-level", "info"]
    env = {**os.environ, "ANSWERABLE_DATA_DIR": str(place / "data"), "ANSWERABLE_KEEP_REJECTED_BYTES": "true", **more}
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "stream", "worker", *options], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()[-3000:]
            yield Running(process, json.loads(line)["web"], log)
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(30)
        finally:
            process.kill()


def command(*words: str, text: str = "") -> Result:
    """Call a command with the key."""
    return CliRunner(env={"ANSWERABLE_PSEUDONYM_KEY": KEY, "ANSWERABLE_CONFIG": ""}).invoke(main, [*words], input=text)


def until(what: str, seen: Any) -> Any:
    """Wait for what `seen` gives to be true; give it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = seen()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what}: not seen in {WAIT_SECONDS:.0f} s")


def calls(path: Path) -> None:
    """A log of six calls of the last seconds, of three customers, the last of which has a time that is none."""
    now = datetime.now(UTC).replace(microsecond=0)
    rows = ["call,number,queued,taken,over,result"]
    for index, number in enumerate((FORGOTTEN, STAYS, FORGOTTEN, STAYS, "anonymous caller 7")):
        begin = now - timedelta(seconds=8 - index)
        taken = (begin + timedelta(seconds=1)).isoformat() if index != 3 else ""
        over = (begin + timedelta(seconds=3)).isoformat()
        rows.append(f"n{index},{number},{begin.isoformat()},{taken},{over},{'DONE' if taken else 'GONE'}")
    rows.append(f"n9,{FORGOTTEN},{FORGOTTEN},,,DONE")
    path.write_text("\n".join(rows) + "\n")


def holding(directory: Path, text: str, *names: str) -> list[str]:
    """The files below a directory, or in those of its directories whose names begin so, that hold a text. All are uncompressed.

    Kafka's indices, of offsets and times alone, are not looked at: there are tens of megabytes of them for each partition.
    """
    found = []
    for parent, _, files in os.walk(directory):  # passes over what is deleted meanwhile
        if names and not Path(parent).name.startswith(names):
            continue
        for path in (Path(parent, name) for name in files if not name.endswith("index")):
            with suppress(FileNotFoundError):  # compacted meanwhile
                if text.encode() in path.read_bytes():
                    found.append(str(path.relative_to(directory)))
    return sorted(found)


def alter(settings: Settings, config: dict[str, str]) -> None:
    """Have all changelogs compacted at once: the broker looks for what to compact every half second, not every 15."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, changelog_name(settings, name), config) for name in SOURCES]
    resources.append(ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "500"}))
    with admin_client(settings) as admin:
        admin.alter_configs(resources)


def prepared(broker: Broker) -> tuple[Settings, tuple[str, ...], list[str]]:
    """Topics of their own; the options that name them, and their changelogs."""
    name = f"privacy-{uuid.uuid4().hex[:8]}-"
    settings = load(None, {}, bootstrap_servers=broker.bootstrap, topic_prefix=name, application_id=f"{name}app")
    apply_topics(settings)
    return settings, ("--bootstrap-servers", broker.bootstrap, "--prefix", name), [changelog_name(settings, one) for one in SOURCES]


def published(place: Path, where: Sequence[str]) -> Result:
    """`answerable publish` of a call log."""
    log, mapping = place / "calls.csv", place / "calls.yaml"
    mapping.write_text(MAPPING)
    calls(log)
    sent = command("publish", "--source", "call-log", "--mapping", str(mapping), str(log), *where)
    assert 1 == sent.exit_code, sent.output  # one line is no call
    return sent


def forgotten(broker: Broker, where: Sequence[str], changelogs: Sequence[str]) -> Result:
    """`answerable erase` of one of the two, until only the other one is in a changelog."""
    data = broker.directory / "data"
    asked = command("erase", "--customer-file", "-", *where, text=f"{FORGOTTEN}\n")
    assert 0 == asked.exit_code, asked.output
    until("a changelog without the pseudonym", lambda: not holding(data, REF, *changelogs))
    assert holding(data, OTHER, *changelogs)
    return asked


def test_who_asks_is_in_no_segment_any_more_and_a_number_never_was(broker: Broker, tmp_path: Path) -> None:
    """`publish` of a call log, `erase` of one of its numbers, compaction; then a second worker takes over from what is left."""
    settings, where, changelogs = prepared(broker)
    data = broker.directory / "data"

    with worker(settings, tmp_path) as first:
        alter(settings, AT_ONCE)
        sent = published(tmp_path, where)
        expected = until("the calls", first.all_of_them)
        until("the pseudonym in the customers' changelog", lambda: holding(data, REF, changelog_name(settings, "customers")))
        asked = forgotten(broker, where, changelogs)
        assert expected == first.figures()
        shown = [first.page(path) for path in ("/metrics", "/api/readings", "/")]
    with worker(settings, tmp_path) as second:
        assert expected == until("figures after a restart", lambda: (found := second.figures()).get("offered") and found)
        assert not holding(data, REF, *changelogs)
        shown += [second.page(path) for path in ("/metrics", "/api/readings", "/")]

    said = [*shown, sent.output, asked.output, *(one.log.read_text() for one in (first, second))]
    ours = (settings.topic_prefix, settings.application_id, "__")  # in other topics a moment may look like a number
    shortened = [number.replace(" ", "")[3:] for number in (FORGOTTEN, STAYS)]
    for raw in (FORGOTTEN, STAYS, *shortened, "anonymous caller"):
        assert [] == holding(data, raw, *ours)
        assert [] == holding(tmp_path / "data", raw)
        assert [] == [text[:200] for text in said if raw in text]
    assert [] == [text[:200] for text in said if REF in text or OTHER in text]


def test_who_asks_is_in_no_file_of_rocksdb_once_it_is_made_anew(broker: Broker, tmp_path: Path) -> None:
    """A worker that keeps its state on disk is asked while it runs; then, as docs/privacy.md says, it reads the changelogs into a new one.

    Before, the raw bytes of the directory have the pseudonym, so that a search which finds nothing later has looked where it was.
    """
    settings, where, changelogs = prepared(broker)
    state = tmp_path / "data" / "state"

    with worker(settings, tmp_path, ANSWERABLE_STORE="rocksdb") as first:
        alter(settings, AT_ONCE)
        published(tmp_path, where)
        expected = until("the calls", first.all_of_them)
    assert holding(state, REF)  # written when it ended
    with worker(settings, tmp_path, ANSWERABLE_STORE="rocksdb") as second:
        assert expected == until("figures after a restart", lambda: (found := second.figures()).get("offered") and found)
        forgotten(broker, where, changelogs)
        assert expected == second.figures()
    shutil.rmtree(state)
    with worker(settings, tmp_path, ANSWERABLE_STORE="rocksdb") as third:
        assert expected == until("figures of what is left", lambda: (found := third.figures()).get("offered") and found)
    assert holding(state, OTHER)
    assert [] == holding(state, REF)
    assert [] == holding(broker.directory / "data", REF, *changelogs)
