"""The whole way of a breach: events, Kafka, worker, /metrics, Prometheus, Alertmanager, and the webhook of an automated pipeline.

What arrives there as firing and later as resolved is what stands in the topic standard-breaches.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from kafka import KafkaConsumer, TopicPartition

from stream.cli.intervals import command
from stream.config.centre import read_centre
from stream.config.settings import Settings, load
from stream.config.standards import read_standards
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.intake.files import read_events
from stream.intake.kafka import apply_topics
from stream.intake.publish import publish
from stream.wire.outputs import breach_headers
from tests.deploy.alerting import Pipeline, alertmanager, fetch, pipeline, prometheus, running, wait_until

ROOT = Path(__file__).parents[2]
WEEK = "bank-calls-1999-02-01-to-07.tsv"
MAPPING = ROOT / "tests" / "sources" / "call_log" / "bank-1999.mapping.yaml"
SPEED = 400
"""Event time runs this much faster: half an hour is 4.5 seconds, so that a breach lasts several scrapes of one second."""
LONG = 4 * SPEED * 1000
"""A breach of this length (ms of event time) cannot pass unseen between scrapes."""

STANDARDS = """\
version: 1
standards:
  - name: calls-answered
    title: Nine calls in ten are answered within two minutes
    form: percentage
    measure: service_level
    formula: strict
    objective: 90%
    within: 2m
    window: 30m
    per: [queue, channel]
    severity: critical
    cadence: page
"""
Scope = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Played:
    """What the two ends said, and the metrics page before the first event and after the last."""

    heard: Pipeline
    breaches: list[dict[str, Any]]
    before: bytes
    page: bytes
    prefix: str


def the_afternoon(week: Path, directory: Path) -> Iterator[Event]:
    """Read the calls of 1999-02-03 between 12:45 and 16:30: the queue PS falls to one in five in time, and recovers."""
    part = directory / "afternoon.tsv"
    with week.open(newline="") as calls, part.open("w", newline="") as out:
        rows = csv.DictReader(calls, delimiter="\t")
        writer = csv.DictWriter(out, rows.fieldnames or [], delimiter="\t")
        writer.writeheader()
        writer.writerows(row for row in rows if row["date"] == "990203" and "12:45:00" <= row["vru_entry"].zfill(8) < "16:30:00")
    with read_events("call-log", MAPPING, [part]) as events:
        yield from events


def a_look_alike() -> Iterator[Event]:
    """Make three hours of calls: 40 minutes of good answers, 40 in which everybody waits three minutes, then good ones again."""
    begin = int(datetime(2026, 11, 2, 8, tzinfo=UTC).timestamp()) * 1000
    events = []
    for number in range(540):
        at = begin + number * 20_000
        wait = 180_000 if 120 <= number < 240 else 5_000
        contact = f"call-{number}"
        events += [
            Event(at, "contact.offered", contact, f"{contact}-1", {"contact_id": contact, "queue": "billing", "channel": "call"}),
            Event(at + wait, "contact.answered", contact, f"{contact}-2", {"contact_id": contact, "agent_id": "a1"}),
            Event(at + wait + 90_000, "contact.ended", contact, f"{contact}-3", {"contact_id": contact, "by": "customer"}),
        ]
    yield from sorted(events, key=lambda event: event.time)


def play(events: Iterable[Event], zone: str, queues: Iterable[str], broker: Broker, binaries: tuple[Path, Path], directory: Path) -> Played:
    """Publish the events at SPEED to one worker under Prometheus and Alertmanager; give what came out when all was resolved."""
    (directory / "standards.yaml").write_text(STANDARDS)
    declared = "".join(f"  {queue}: {{channels: [call]}}\n" for queue in queues)
    (directory / "centre.yaml").write_text(f"version: 1\nname: Proof\ntime_zone: {zone}\nqueues:\n{declared}")
    standards = read_standards(directory / "standards.yaml", read_centre(directory / "centre.yaml"))
    name = f"alert-{uuid.uuid4().hex[:8]}"
    port = free_ports(1)[0]
    given = {
        "bootstrap_servers": broker.bootstrap,
        "topic_prefix": f"{name}-",
        "application_id": name,
        "web_port": str(port),
        "clock": "played",
        "partitions": "2",
        "centre_file": str(directory / "centre.yaml"),
        "standards_file": str(directory / "standards.yaml"),
        "data_dir": str(directory),
    }
    environment = {f"ANSWERABLE_{key.upper()}": value for key, value in given.items()}
    settings = load(None, environment)
    apply_topics(settings)
    with ExitStack() as parts:
        heard = parts.enter_context(pipeline())
        start = [sys.executable, "-m", "stream", "worker"]
        worker = parts.enter_context(running(start, directory / "worker.log", cwd=ROOT, env=os.environ | environment))
        wait_until("the worker is ready", lambda: fetch(f"http://127.0.0.1:{port}/readyz") is not None, 60, worker)
        sender = parts.enter_context(alertmanager(binaries[1], heard.url, directory / "alertmanager"))
        parts.enter_context(prometheus(binaries[0], [f"127.0.0.1:{port}"], [sender], standards, directory / "prometheus"))
        before = fetch(f"http://127.0.0.1:{port}/metrics") or b""
        publish(events, settings, source="alert-proof", speed=SPEED)
        wait_until("every alert is resolved", lambda: heard.heard("firing") == heard.heard("resolved"), 20)
        time.sleep(1)
        page = fetch(f"http://127.0.0.1:{port}/metrics") or b""
        (directory / "metrics.txt").write_bytes(page)
        return Played(heard, breaches(settings), before, page, settings.topic_prefix)


def breaches(settings: Settings) -> list[dict[str, Any]]:
    """Read standard-breaches to its end: of each breach the last record."""
    consumer = KafkaConsumer(**settings.for_kafka_python(), isolation_level="read_committed")
    topic = settings.topic("standard-breaches")
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    found: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + 20
    while any(consumer.position(one) < ends[one] for one in partitions) and time.monotonic() < until:
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                breach = orjson.loads(record.value)
                assert breach_headers(breach, settings.installation) == list(record.headers)
                found[breach["id"]] = breach
    consumer.close()
    return list(found.values())


def scope_of(breach: dict[str, Any]) -> Scope:
    """Give a breach's standard, queue and channel, as an alert's labels name them."""
    return breach["standard"], breach["scope"].get("queue", ""), breach["scope"].get("channel", "")


def lasted(breach: dict[str, Any]) -> float:
    """Give how long (ms of event time) a breach lasted."""
    began, ended = (datetime.fromisoformat(breach[name]).timestamp() * 1000 for name in ("started_at", "ended_at"))
    return ended - began


def check(played: Played, promtool: Path, course_of: Scope) -> None:
    """Compare both ends, and look at the page."""
    resolved = [breach for breach in played.breaches if breach["status"] == "resolved"]
    long = {scope_of(breach) for breach in resolved if lasted(breach) >= LONG}
    assert course_of in long
    assert long <= played.heard.heard("firing") <= {scope_of(breach) for breach in played.breaches}
    assert long <= played.heard.heard("resolved")
    course = played.heard.course(*course_of[:2])
    assert ["firing", "resolved"] == course[:2]
    said = subprocess.run([str(promtool), "check", "metrics"], input=played.page, capture_output=True, check=False, timeout=30)
    assert (0, b"", b"") == (said.returncode, said.stdout, said.stderr)


@pytest.fixture
def binaries(prometheus_binary: Path, alertmanager_binary: Path) -> tuple[Path, Path]:
    """Debian's Prometheus and Alertmanager."""
    return prometheus_binary, alertmanager_binary


def test_a_breach_of_a_made_up_centre_reaches_the_pipeline(
    broker: Broker, binaries: tuple[Path, Path], promtool: Path, tmp_path: Path
) -> None:
    """Forty bad minutes are heard as firing and then as resolved, for the standard and scope that stand in Kafka."""
    played = play(a_look_alike(), "Europe/Berlin", ["billing"], broker, binaries, tmp_path)
    check(played, promtool, ("calls-answered", "billing", "call"))
    assert ["firing", "resolved"] == played.heard.course("calls-answered", "billing")
    series = b"\n".join(line for line in played.page.splitlines() if not line.startswith(b"#"))
    # The topic of facts is called customer-facts; anything else of a customer would be personal data.
    assert not re.search(rb"call-\d|agent_id|customer", series.replace(b'topic="customer-facts"', b""))
    assert b'cc_answer_wait_seconds_count{channel="call"} 540' in series.splitlines()
    offered = b'cc_contacts_offered_total{queue="billing",channel="call"}'
    assert (offered + b" 0") in played.before.splitlines()
    assert (offered + b" 540") in played.page.splitlines()
    arguments = ["--csv", "--bootstrap-servers", broker.bootstrap, "--prefix", played.prefix]
    printed = CliRunner().invoke(command, arguments, catch_exceptions=False).stdout
    half_hours = list(csv.DictReader(printed.splitlines()))
    assert (6, 540) == (len(half_hours), sum(int(row["offered"]) for row in half_hours))
    assert ["1.0", "0.3333"] == [row["service_level_120s"] for row in (half_hours[0], half_hours[2])]


def test_a_breach_of_a_real_afternoon_reaches_the_pipeline(
    broker: Broker, binaries: tuple[Path, Path], promtool: Path, shared: Path, tmp_path: Path
) -> None:
    """A real call centre's bad hour is heard likewise, and no caller, call or agent stands in the metrics."""
    week = shared / "data" / WEEK
    queues = ["PS", "PE", "IN", "NW", "NE", "TT"]
    played = play(the_afternoon(week, tmp_path), "Asia/Jerusalem", queues, broker, binaries, tmp_path)
    check(played, promtool, ("calls-answered", "PS", "call"))
    with week.open(newline="") as calls:
        people = {value for row in csv.DictReader(calls, delimiter="\t") for value in (row["vru+line"], row["server"])} - {"NO_SERVER"}
    words = set(re.findall(rb"[A-Za-z0-9]+", played.page))
    assert set() == words & {person.encode() for person in people}
